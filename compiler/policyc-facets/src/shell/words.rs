//! Words as they are written: quotes, and where expansions stand in them.
//!
//! Nothing is expanded here. Where bash versions or contexts read the same quotes differently, the text is unknown.

use std::borrow::Cow;

use smol_str::SmolStrBuilder;

use super::Text;
use super::cursor::{Parser, is_meta, is_name_start};
use super::tree::{Action, Flow, Index, Parameter, Part, Quoted, Raw};
use crate::Unknown;

const UNCLOSED: Unknown = Unknown("a quote or an expansion is not closed");

/// Puts parts together, joining neighbouring texts of one kind.
#[derive(Default)]
struct Builder<'t> {
    done: Raw,
    /// The text that is not among the parts yet, and whether it is quoted.
    open: Option<(Quoted, Cow<'t, str>)>,
}

impl<'t> Builder<'t> {
    fn flush(&mut self) {
        match self.open.take() {
            Some((Quoted::No, text)) => self.done.push(Part::Text(Text::new(text))),
            Some((Quoted::Yes, text)) => self.done.push(Part::Quoted(Text::new(text))),
            None => {}
        }
    }

    fn push(&mut self, part: Part) {
        self.flush();
        if let Part::Quoted(text) = part {
            self.open = Some((Quoted::Yes, Cow::Owned(text.into())));
        } else {
            self.done.push(part);
        }
    }

    /// Text behind what is there; quoted text is a part even if it is empty.
    fn add(&mut self, quoted: Quoted, text: &'t str) {
        match &mut self.open {
            Some((own, open)) if *own == quoted => {
                if open.is_empty() {
                    *open = Cow::Borrowed(text);
                } else if !text.is_empty() {
                    open.to_mut().push_str(text);
                }
            }
            _ if text.is_empty() && quoted == Quoted::No => {}
            _ => {
                self.flush();
                self.open = Some((quoted, Cow::Borrowed(text)));
            }
        }
    }

    fn quoted(&mut self, text: &'t str) {
        self.add(Quoted::Yes, text);
    }

    fn finish(mut self) -> Raw {
        self.flush();
        self.done
    }
}

impl<'t> Parser<'t> {
    /// The word here, if one begins here.
    pub fn word(&mut self) -> Result<Option<Raw>, Unknown> {
        let mut out = Builder::default();
        let run = self.run();
        if !run.is_empty() && self.raw().is_none_or(|b| is_meta(b) && !matches!(b, b'<' | b'>')) {
            self.count_word()?;
            return Ok(Some(Raw::One(Part::Text(Text::new(run)))));
        }
        out.add(Quoted::No, run);
        let mut is_empty = run.is_empty();
        while let Some(byte) = self.peek() {
            if is_meta(byte) {
                if !(matches!(byte, b'<' | b'>') && self.peek_second() == Some(b'(')) {
                    break;
                }
                out.push(self.process(byte)?);
                is_empty = false;
                continue;
            }
            is_empty = false;
            if !self.unquoted(byte, &mut out)? {
                out.add(Quoted::No, self.run());
            }
        }
        if is_empty {
            return Ok(None);
        }
        self.count_word()?;
        Ok(Some(out.finish()))
    }

    /// The characters here that stand for themselves outside of quotes, passed over.
    fn run(&mut self) -> &'t str {
        let rest = self.rest();
        let is_end = |b: u8| is_meta(b) || matches!(b, b'\\' | b'\'' | b'"' | b'$' | b'`');
        let length = rest.bytes().position(is_end).unwrap_or(rest.len());
        let start = self.at();
        self.back_to(start.saturating_add(length));
        self.slice(start, self.at())
    }

    /// Quotes and expansions outside of double quotes; false if the byte is none of them.
    fn unquoted(&mut self, byte: u8, out: &mut Builder<'t>) -> Result<bool, Unknown> {
        match byte {
            b'\\' => {
                self.bump();
                match self.take_one() {
                    Some(c) => out.quoted(c),
                    None => out.quoted("\\"),
                }
            }
            b'\'' => {
                self.bump();
                let length = self.rest().find('\'').ok_or(UNCLOSED)?;
                let start = self.at();
                let end = start.saturating_add(length);
                out.quoted(self.slice(start, end));
                self.back_to(end);
                self.bump();
            }
            b'"' => {
                self.bump();
                self.double_quoted(out)?;
            }
            b'$' => {
                if let Some(part) = self.dollar(Quoted::No, out)? {
                    out.push(part);
                }
            }
            b'`' => {
                let part = self.backquote(Quoted::No)?;
                out.push(part);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn double_quoted(&mut self, out: &mut Builder<'t>) -> Result<(), Unknown> {
        out.quoted("");
        loop {
            match self.peek().ok_or(UNCLOSED)? {
                b'"' => {
                    self.bump();
                    return Ok(());
                }
                byte => self.within_quotes(byte, b"$`\"\\", out)?,
            }
        }
    }

    /// One character or expansion within double quotes or a here-document.
    fn within_quotes(&mut self, byte: u8, escapable: &[u8], out: &mut Builder<'t>) -> Result<(), Unknown> {
        match byte {
            b'\\' => {
                self.bump();
                match self.raw() {
                    Some(next) if escapable.contains(&next) => {
                        let start = self.at();
                        self.bump();
                        out.quoted(self.slice(start, self.at()));
                    }
                    _ => out.quoted("\\"),
                }
            }
            b'$' => {
                if let Some(part) = self.dollar(Quoted::Yes, out)? {
                    out.push(part);
                }
            }
            b'`' => {
                let part = self.backquote(Quoted::Yes)?;
                out.push(part);
            }
            _ => {
                let start = self.at();
                self.take_char();
                let rest = self.rest();
                let length = rest.bytes().position(|b| matches!(b, b'\\' | b'"' | b'$' | b'`')).unwrap_or(rest.len());
                self.back_to(self.at().saturating_add(length));
                out.quoted(self.slice(start, self.at()));
            }
        }
        Ok(())
    }

    /// The body of a here-document whose delimiter is not quoted.
    pub fn here_body(mut self) -> Result<Raw, Unknown> {
        let mut out = Builder::default();
        out.quoted("");
        while let Some(byte) = self.peek() {
            self.within_quotes(byte, b"$`\\", &mut out)?;
        }
        Ok(out.finish())
    }

    /// An arithmetic expression: text with expansions in it.
    pub fn expression(mut self) -> Result<Raw, Unknown> {
        if self.rest().contains(['\'', '\\']) {
            return Err(Unknown("an arithmetic expression holds quotes"));
        }
        let mut out = Builder::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.bump(),
                _ => self.within_quotes(byte, b"", &mut out)?,
            }
        }
        Ok(out.finish())
    }

    /// What a `$` here begins; a `$` that begins nothing is added as text.
    fn dollar(&mut self, quoted: Quoted, out: &mut Builder<'t>) -> Result<Option<Part>, Unknown> {
        let next = self.peek_second();
        self.peek();
        self.bump();
        match next {
            Some(b'(') => {
                self.eat("(");
                if self.peek() == Some(b'(') {
                    let start = self.at();
                    self.bump();
                    if let Some(expression) = self.parenthesized()? {
                        return Ok(Some(Part::Arithmetic(Box::new(expression), quoted)));
                    }
                    self.back_to(start);
                }
                let script = self.substitution()?;
                Ok(Some(Part::Command(script, quoted)))
            }
            Some(b'{') => {
                self.eat("{");
                self.enter()?;
                let parameter = self.braced(quoted)?;
                self.leave();
                Ok(Some(parameter))
            }
            Some(b'[') => Err(Unknown("`$[` is arithmetic of old shells")),
            Some(b'\'') if quoted == Quoted::No => {
                self.eat("'");
                self.ansi().map(Some)
            }
            Some(b'"') if quoted == Quoted::No => {
                self.eat("\"");
                self.double_quoted(out)?;
                Ok(None)
            }
            Some(byte) if is_name_start(byte) => Ok(Some(simple(self.name(), quoted))),
            Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => {
                self.peek();
                self.bump();
                Ok(Some(simple(Text::from(char::from(byte)), quoted)))
            }
            _ => {
                out.add(quoted, "$");
                Ok(None)
            }
        }
    }

    fn name(&mut self) -> Text {
        let mut name = SmolStrBuilder::new();
        while let Some(byte) = self.peek().filter(|b| is_name_start(*b) || b.is_ascii_digit()) {
            name.push(char::from(byte));
            self.bump();
        }
        name.finish()
    }

    /// Commands up to `)`.
    fn substitution(&mut self) -> Result<super::tree::Script, Unknown> {
        let outer = std::mem::take(&mut self.pending);
        let start = self.at();
        self.enter()?;
        let script = self.list()?;
        self.leave();
        if !self.pending.is_empty() {
            return Err(Unknown("a here-document has no end within its substitution"));
        }
        if !outer.is_empty() && self.slice(start, self.at()).contains('\n') {
            return Err(Unknown("lines of a here-document and of a substitution cross"));
        }
        self.pending = outer;
        if !self.eat(")") {
            return Err(UNCLOSED);
        }
        Ok(script)
    }

    /// `<(…)` or `>(…)`.
    fn process(&mut self, byte: u8) -> Result<Part, Unknown> {
        self.peek();
        self.bump();
        self.eat("(");
        let script = self.substitution()?;
        Ok(Part::Process(script, if byte == b'<' { Flow::From } else { Flow::Into }))
    }

    fn backquote(&mut self, quoted: Quoted) -> Result<Part, Unknown> {
        self.peek();
        self.bump();
        let mut text = String::new();
        loop {
            match self.take_char().ok_or(UNCLOSED)? {
                '`' => break,
                '\\' => match self.take_char().ok_or(UNCLOSED)? {
                    c @ ('`' | '\\' | '$') => text.push(c),
                    '"' if quoted == Quoted::Yes => text.push('"'),
                    c => {
                        text.push('\\');
                        text.push(c);
                    }
                },
                c => text.push(c),
            }
        }
        self.enter()?;
        let script = Parser::new(&text, self.depth, self.budget)?.script()?;
        self.leave();
        Ok(Part::Command(script, quoted))
    }

    /// The expression up to `))`, if the parentheses close like that; else `None`, wherever the place is then.
    pub fn parenthesized(&mut self) -> Result<Option<Raw>, Unknown> {
        let start = self.at();
        let mut open = 0_usize;
        loop {
            let Some(byte) = self.raw() else { return Ok(None) };
            let here = self.at();
            self.bump();
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' if open > 0 => open = open.saturating_sub(1),
                b')' => {
                    if !self.eat(")") {
                        return Ok(None);
                    }
                    let end = self.at();
                    self.enter()?;
                    let text = self.slice(start, here);
                    let raw = Parser::new(text, self.depth, self.budget)?.expression()?;
                    self.leave();
                    self.back_to(end);
                    return Ok(Some(raw));
                }
                b'\\' => self.bump(),
                b'\'' | b'"' | b'`' => loop {
                    match self.raw() {
                        None => return Ok(None),
                        Some(b'\\') if byte != b'\'' => {
                            self.bump();
                            self.bump();
                        }
                        Some(next) => {
                            self.bump();
                            if next == byte {
                                break;
                            }
                        }
                    }
                },
                _ => {}
            }
        }
    }

    /// `${…}`, behind its brace.
    fn braced(&mut self, quoted: Quoted) -> Result<Part, Unknown> {
        const BAD: Unknown = Unknown("a parameter expansion is not one that is read");
        let second = self.peek_second();
        let is_subject = |b: u8| is_name_start(b) || b.is_ascii_digit() || matches!(b, b'@' | b'*');
        let mut action = Action::Value;
        match self.peek() {
            Some(b'#') if second.is_some_and(is_subject) => {
                self.bump();
                action = Action::Length;
            }
            Some(b'!') if second.is_some_and(is_subject) => {
                self.bump();
                action = Action::Indirect;
            }
            _ => {}
        }
        let name = match self.peek().ok_or(UNCLOSED)? {
            byte if is_name_start(byte) => self.name(),
            byte if byte.is_ascii_digit() => {
                let mut digits = SmolStrBuilder::new();
                while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
                    digits.push(char::from(byte));
                    self.bump();
                }
                digits.finish()
            }
            byte if b"@*#?-$!".contains(&byte) => {
                self.bump();
                Text::from(char::from(byte))
            }
            _ => return Err(BAD),
        };
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.bump();
            index = Some(self.index()?);
        }
        let done = self.peek().ok_or(UNCLOSED)?;
        if done == b'}' {
            self.bump();
            return Ok(Part::Parameter(Box::new(Parameter { name, index, action, quoted })));
        }
        if matches!(action, Action::Indirect) && matches!(done, b'@' | b'*') && self.peek_second() == Some(b'}') {
            self.bump();
            self.bump();
            return Ok(Part::Opaque);
        }
        if !matches!(action, Action::Value) {
            return Err(BAD);
        }
        self.bump();
        let action = match done {
            b':' => match self.peek().ok_or(UNCLOSED)? {
                kind @ (b'-' | b'=' | b'+' | b'?') => {
                    self.bump();
                    Action::Default(kind, true, self.operand(b"", quoted, true)?)
                }
                _ => {
                    let offset = self.operand(b":", quoted, false)?;
                    let length = if self.eat(":") { Some(self.operand(b"", quoted, false)?) } else { None };
                    Action::Slice(offset, length)
                }
            },
            kind @ (b'-' | b'=' | b'+' | b'?') => Action::Default(kind, false, self.operand(b"", quoted, true)?),
            kind @ (b'#' | b'%') => {
                let longest = self.peek() == Some(kind);
                if longest {
                    self.bump();
                }
                Action::Remove(kind == b'%', longest, self.operand(b"", quoted, false)?)
            }
            b'/' => {
                let kind = self.peek().filter(|b| matches!(b, b'/' | b'#' | b'%'));
                if kind.is_some() {
                    self.bump();
                }
                let pattern = self.operand(b"/", quoted, false)?;
                let by = if self.eat("/") { Some(self.operand(b"", quoted, false)?) } else { None };
                Action::Replace(kind, pattern, by)
            }
            kind @ (b'^' | b',') => {
                let all = self.peek() == Some(kind);
                if all {
                    self.bump();
                }
                Action::Case(kind == b'^', all, self.operand(b"", quoted, false)?)
            }
            b'@' => {
                let kind = self.peek().filter(u8::is_ascii_alphabetic).ok_or(BAD)?;
                self.bump();
                Action::Transform(kind)
            }
            _ => return Err(BAD),
        };
        if !self.eat("}") {
            return Err(UNCLOSED);
        }
        Ok(Part::Parameter(Box::new(Parameter { name, index, action, quoted })))
    }

    /// What stands in `[…]`, its end passed over.
    pub fn index(&mut self) -> Result<Index, Unknown> {
        if matches!(self.peek(), Some(b'@' | b'*')) && self.peek_second() == Some(b']') {
            self.bump();
            self.bump();
            return Ok(Index::All);
        }
        let mut out = Builder::default();
        loop {
            match self.peek().ok_or(UNCLOSED)? {
                b']' => {
                    self.bump();
                    return Ok(Index::At(out.finish()));
                }
                b'[' | b'\'' | b'"' | b'\\' => return Err(Unknown("an index holds quotes or brackets")),
                byte => self.within_index(byte, &mut out)?,
            }
        }
    }

    fn within_index(&mut self, byte: u8, out: &mut Builder<'t>) -> Result<(), Unknown> {
        match byte {
            b'$' | b'`' => self.within_quotes(byte, b"", out),
            _ => {
                if let Some(c) = self.take_one() {
                    out.quoted(c);
                }
                Ok(())
            }
        }
    }

    /// A word within `${…}`, up to one of `stops` or the closing brace, which stays.
    fn operand(&mut self, stops: &[u8], quoted: Quoted, is_default: bool) -> Result<Raw, Unknown> {
        let mut out = Builder::default();
        self.count_word()?;
        loop {
            let byte = self.peek().ok_or(UNCLOSED)?;
            if byte == b'}' || stops.contains(&byte) {
                return Ok(out.finish());
            }
            match (byte, quoted) {
                (b'\'', Quoted::Yes) if is_default => {
                    self.bump();
                    out.quoted("'");
                }
                (b'\'', Quoted::Yes) => return Err(Unknown("an expansion within quotes holds quotes")),
                (b'$', Quoted::Yes) if self.peek_second() == Some(b'\'') => {
                    return Err(Unknown("an expansion within quotes holds quotes"));
                }
                (b'\\', Quoted::Yes) if is_default => {
                    self.bump();
                    match self.take_one().ok_or(UNCLOSED)? {
                        c @ ("}" | "$" | "`" | "\"" | "\\") => out.quoted(c),
                        _ => return Err(Unknown("an expansion within quotes holds a backslash")),
                    }
                }
                (b'<' | b'>', Quoted::No) if self.peek_second() == Some(b'(') => {
                    return Err(Unknown("an expansion holds a process substitution"));
                }
                (b'$' | b'`', Quoted::Yes) => self.within_quotes(byte, b"", &mut out)?,
                _ => {
                    if !self.unquoted(byte, &mut out)?
                        && let Some(c) = self.take_one()
                    {
                        out.add(quoted, c);
                    }
                }
            }
        }
    }

    /// `$'…'`, behind its quote.
    fn ansi(&mut self) -> Result<Part, Unknown> {
        let mut bytes: Vec<u8> = Vec::new();
        let mut is_clear = true;
        loop {
            let c = self.take_char().ok_or(UNCLOSED)?;
            if c == '\'' {
                break;
            }
            if c != '\\' {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let c = self.take_char().ok_or(UNCLOSED)?;
            let simple = match c {
                'n' => b'\n',
                't' => b'\t',
                'a' => 7,
                'b' => 8,
                'e' | 'E' => 27,
                'f' => 12,
                'r' => b'\r',
                'v' => 11,
                '\\' | '\'' | '"' | '?' => u8::try_from(c).unwrap_or(0),
                'x' => self.digits(16, 2).unwrap_or_else(|| {
                    is_clear = false;
                    b'?'
                }),
                '0'..='7' => {
                    self.back_to(self.at().saturating_sub(1));
                    self.digits(8, 3).unwrap_or(0)
                }
                'u' | 'U' => match self.digits(16, if c == 'u' { 4 } else { 8 }) {
                    Some(byte) if byte.is_ascii() => byte,
                    _ => 0,
                },
                // `\cx` and what is no escape
                _ => 0,
            };
            // NUL ends the text, and what is not ASCII depends on the locale
            is_clear &= simple != 0 && simple != 1 && simple != 127;
            bytes.push(simple);
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) if is_clear => Part::Quoted(text.into()),
            _ => Part::Opaque,
        })
    }

    fn digits(&mut self, base: u32, most: usize) -> Option<u8> {
        let mut value: Option<u32> = None;
        for _ in 0..most {
            let Some(digit) = self.raw().and_then(|b| char::from(b).to_digit(base)) else { break };
            value = Some(value.unwrap_or(0).saturating_mul(base).saturating_add(digit));
            self.bump();
        }
        value.and_then(|value| u8::try_from(value).ok())
    }
}

fn simple(name: Text, quoted: Quoted) -> Part {
    Part::Parameter(Box::new(Parameter { name, index: None, action: Action::Value, quoted }))
}
