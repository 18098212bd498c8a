//! Commands as they are written: lists, pipelines, control flow, redirections, here-documents.
//!
//! A strict reading: what bash refuses is unknown, and so is what its versions or options read differently.

use std::cell::OnceCell;
use std::rc::Rc;

use super::Text;
use super::cursor::{Parser, Pending, is_meta, is_name};
use super::tree::{
    Assigned, Assignment, Compound, Item, Operator, Part, Pipeline, Raw, Redirection, Script, Simple, Target, Then,
    Token, What,
};
use crate::Unknown;

const SYNTAX: Unknown = Unknown("the text is no shell script");
const CLOSING: [&str; 7] = ["then", "else", "elif", "fi", "do", "done", "esac"];

impl Parser<'_> {
    /// The whole text.
    pub fn script(mut self) -> Result<Script, Unknown> {
        let script = self.list()?;
        if self.peek().is_some() {
            return Err(SYNTAX);
        }
        if !self.pending.is_empty() {
            return Err(Unknown("a here-document has no end"));
        }
        Ok(script)
    }

    /// Commands up to what cannot begin one.
    pub fn list(&mut self) -> Result<Script, Unknown> {
        let mut script = Script::default();
        let mut is_open = false;
        loop {
            self.gap()?;
            let ends = match self.peek() {
                None | Some(b')') => true,
                Some(b';') => {
                    if !matches!(self.peek_second(), Some(b';' | b'&')) {
                        return Err(SYNTAX);
                    }
                    true
                }
                Some(_) => self.is_closing(),
            };
            if ends {
                return if is_open { Err(SYNTAX) } else { Ok(script) };
            }
            let pipeline = self.pipeline()?;
            self.skip_blanks();
            let mut is_last = false;
            let then = match self.peek() {
                Some(b'&') if self.eat("&&") => Then::And,
                Some(b'|') if self.eat("||") => Then::Or,
                Some(b'&') => {
                    self.bump();
                    Then::Background
                }
                Some(b';') => {
                    if !matches!(self.peek_second(), Some(b';' | b'&')) {
                        self.bump();
                    }
                    Then::Next
                }
                Some(b'\n') => Then::Next,
                _ => {
                    is_last = true;
                    Then::Next
                }
            };
            is_open = matches!(then, Then::And | Then::Or);
            script.items.push(Item { pipeline, then });
            if is_last && !matches!(self.peek(), None | Some(b')')) {
                return Err(SYNTAX);
            }
        }
    }

    /// Blanks and line ends; the bodies of here-documents are read here.
    fn gap(&mut self) -> Result<(), Unknown> {
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.bump();
            for pending in std::mem::take(&mut self.pending) {
                self.here_document(&pending)?;
            }
        }
    }

    fn here_document(&mut self, pending: &Pending) -> Result<(), Unknown> {
        let mut text = String::new();
        loop {
            let Some(line) = self.take_line() else { return Err(Unknown("a here-document has no end")) };
            let line = if pending.strips_tabs { line.trim_start_matches('\t') } else { line };
            let mut line = std::borrow::Cow::Borrowed(line);
            while !pending.is_quoted && ends_in_backslash(&line) {
                let Some(next) = self.take_line() else { return Err(Unknown("a here-document has no end")) };
                let joined = line.to_mut();
                joined.pop();
                joined.push_str(next);
            }
            if line == pending.delimiter {
                break;
            }
            text.push_str(&line);
            text.push('\n');
        }
        let raw = if pending.is_quoted {
            Raw::One(Part::Quoted(text.into()))
        } else {
            self.enter()?;
            let raw = Parser::new(&text, self.depth, self.budget)?.here_body()?;
            self.leave();
            raw
        };
        // a here-document is read once
        pending.body.set(raw).map_err(|_| SYNTAX)
    }

    /// Whether a reserved word stands here that ends a list.
    fn is_closing(&mut self) -> bool {
        let rest = self.rest();
        let end = rest.bytes().position(is_meta).unwrap_or(rest.len());
        rest.get(..end).is_some_and(|word| word == "}" || CLOSING.contains(&word))
    }

    /// Passes over a reserved word.
    fn reserved(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let start = self.at();
        if self.eat(word) && self.peek().is_none_or(is_meta) {
            return true;
        }
        self.back_to(start);
        false
    }

    fn expect(&mut self, word: &str) -> Result<(), Unknown> {
        if self.reserved(word) { Ok(()) } else { Err(SYNTAX) }
    }

    /// A list that may not be empty.
    fn body(&mut self) -> Result<Script, Unknown> {
        self.enter()?;
        let script = self.list()?;
        self.leave();
        if script.items.is_empty() { Err(SYNTAX) } else { Ok(script) }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Unknown> {
        let mut commands = Vec::new();
        let mut is_timed = false;
        let mut is_negated = false;
        loop {
            if self.reserved("!") {
                is_timed = true;
                is_negated = true;
                continue;
            }
            let start = self.at();
            if self.reserved("time") {
                self.skip_blanks();
                if self.reserved("-p") {
                    self.reserved("--");
                }
                if self.peek() == Some(b'-') {
                    // bash runs a program of that name, other shells the program `time`
                    self.back_to(start);
                    break;
                }
                is_timed = true;
                continue;
            }
            break;
        }
        if is_timed && matches!(self.peek(), None | Some(b'\n' | b';' | b'&' | b'|' | b')')) {
            commands.push(Compound { what: What::Simple(Simple::default()), redirections: Vec::new() });
            return Ok(Pipeline { commands, is_negated });
        }
        loop {
            commands.push(self.command()?);
            self.skip_blanks();
            if self.peek() != Some(b'|') || self.peek_second() == Some(b'|') {
                return Ok(Pipeline { commands, is_negated });
            }
            self.eat("|");
            self.eat("&");
            self.gap()?;
        }
    }

    fn command(&mut self) -> Result<Compound, Unknown> {
        self.skip_blanks();
        let what = match self.peek() {
            Some(b'(') => self.parentheses()?,
            Some(b'<' | b'>' | b'&') => return self.simple(None),
            Some(b'|' | b';' | b')' | b'\n') | None => return Err(SYNTAX),
            Some(_) => {
                let Some(word) = self.word()? else { return Err(SYNTAX) };
                let Some(plain) = word.plain() else { return self.simple(Some(word)) };
                match plain {
                    "{" => {
                        let body = self.body()?;
                        self.expect("}")?;
                        What::Group(body)
                    }
                    "if" => self.conditional()?,
                    "while" | "until" => {
                        let condition = self.body()?;
                        What::Loop(condition, self.do_group()?)
                    }
                    "for" | "select" => self.iteration(plain == "for")?,
                    "case" => self.choice()?,
                    "function" => return self.function_keyword(),
                    "[[" => What::Test(self.test()?),
                    "coproc" => {
                        self.enter()?;
                        let inner = self.command()?;
                        self.leave();
                        if !matches!(inner.what, What::Simple(_)) {
                            return Err(Unknown("a coprocess that is no simple command"));
                        }
                        What::Coprocess(Box::new(inner))
                    }
                    "}" | "!" => return Err(SYNTAX),
                    _ if CLOSING.contains(&plain) => return Err(SYNTAX),
                    _ => return self.simple(Some(word)),
                }
            }
        };
        let redirections = self.redirections()?;
        Ok(Compound { what, redirections })
    }

    fn parentheses(&mut self) -> Result<What, Unknown> {
        self.eat("(");
        let is_double = self.peek() == Some(b'(');
        if is_double {
            let start = self.at();
            self.bump();
            if let Some(expression) = self.parenthesized()? {
                return Ok(What::Arithmetic(expression));
            }
            self.back_to(start);
        }
        let before = self.budget.here_documents;
        let body = self.body()?;
        if is_double && self.budget.here_documents != before {
            // bash reads the text again that was no arithmetic, and takes the end of the document for a command
            return Err(Unknown("a here-document in two subshells that begin as arithmetic does"));
        }
        if self.eat(")") { Ok(What::Subshell(body)) } else { Err(SYNTAX) }
    }

    fn conditional(&mut self) -> Result<What, Unknown> {
        let mut arms = Vec::new();
        loop {
            let condition = self.body()?;
            self.expect("then")?;
            arms.push((condition, self.body()?));
            if self.reserved("elif") {
                continue;
            }
            let otherwise = if self.reserved("else") { Some(self.body()?) } else { None };
            self.expect("fi")?;
            return Ok(What::If(arms, otherwise));
        }
    }

    fn do_group(&mut self) -> Result<Script, Unknown> {
        self.gap()?;
        if self.reserved("{") {
            let body = self.body()?;
            self.expect("}")?;
            return Ok(body);
        }
        self.expect("do")?;
        let body = self.body()?;
        self.expect("done")?;
        Ok(body)
    }

    fn iteration(&mut self, is_for: bool) -> Result<What, Unknown> {
        self.skip_blanks();
        if is_for && self.eat("((") {
            let expression = self.parenthesized()?.ok_or(SYNTAX)?;
            self.skip_blanks();
            self.eat(";");
            return Ok(What::Count(expression, self.do_group()?));
        }
        let name = self.word()?.ok_or(SYNTAX)?;
        let name = Text::new(name.plain().filter(|name| is_name(name)).ok_or(SYNTAX)?);
        self.gap()?;
        let mut words = None;
        if self.reserved("in") {
            let mut list = Vec::new();
            loop {
                self.skip_blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
            if !matches!(self.peek(), Some(b';' | b'\n')) {
                return Err(SYNTAX);
            }
        }
        self.skip_blanks();
        self.eat(";");
        Ok(What::For(name, words, self.do_group()?))
    }

    fn choice(&mut self) -> Result<What, Unknown> {
        self.skip_blanks();
        let word = self.word()?.ok_or(SYNTAX)?;
        self.gap()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.gap()?;
            if self.reserved("esac") {
                return Ok(What::Case(word, arms));
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.skip_blanks();
                patterns.push(self.word()?.ok_or(SYNTAX)?);
                self.skip_blanks();
                if !self.eat("|") {
                    break;
                }
            }
            if !self.eat(")") {
                return Err(SYNTAX);
            }
            self.enter()?;
            let body = self.list()?;
            self.leave();
            arms.push((patterns, body));
            if self.eat(";;&") || self.eat(";&") {
                return Err(Unknown("an arm of a `case` falls through"));
            }
            if !self.eat(";;") {
                self.gap()?;
                self.expect("esac")?;
                return Ok(What::Case(word, arms));
            }
        }
    }

    fn function_keyword(&mut self) -> Result<Compound, Unknown> {
        self.skip_blanks();
        let name = self.word()?.ok_or(SYNTAX)?;
        let name = Text::new(name.plain().ok_or(SYNTAX)?);
        self.skip_blanks();
        if self.peek() == Some(b'(') && self.peek_second() != Some(b'(') {
            self.eat("(");
            self.skip_blanks();
            if !self.eat(")") {
                return Err(SYNTAX);
            }
        }
        self.function(name)
    }

    fn function(&mut self, name: Text) -> Result<Compound, Unknown> {
        self.gap()?;
        self.enter()?;
        let body = self.command()?;
        self.leave();
        if matches!(body.what, What::Simple(_) | What::Function(..) | What::Coprocess(_)) {
            return Err(SYNTAX);
        }
        Ok(Compound { what: What::Function(name, Rc::new(body)), redirections: Vec::new() })
    }

    /// The words of `[[ … ]]`, its end passed over.
    fn test(&mut self) -> Result<Vec<Token>, Unknown> {
        let mut tokens: Vec<Token> = Vec::new();
        loop {
            self.gap()?;
            let operator = match self.peek().ok_or(SYNTAX)? {
                b'&' if self.eat("&&") => Some("&&"),
                b'|' if self.eat("||") => Some("||"),
                b'(' => Some("("),
                b')' => Some(")"),
                b'<' if self.peek_second() != Some(b'(') => Some("<"),
                b'>' if self.peek_second() != Some(b'(') => Some(">"),
                b';' | b'&' | b'|' => return Err(SYNTAX),
                _ => None,
            };
            if let Some(operator) = operator {
                if operator.len() == 1 {
                    self.bump();
                }
                tokens.push(Token::Operator);
                continue;
            }
            let is_right = match tokens.last() {
                Some(Token::Word(word)) => matches!(word.plain(), Some("=~" | "==" | "=" | "!=")),
                _ => false,
            };
            let word = if is_right { self.right_side()? } else { self.word()?.ok_or(SYNTAX)? };
            if word.plain() == Some("]]") {
                return if tokens.is_empty() { Err(SYNTAX) } else { Ok(tokens) };
            }
            tokens.push(Token::Word(word));
        }
    }

    /// A pattern or regular expression, in which parentheses may stand.
    fn right_side(&mut self) -> Result<Raw, Unknown> {
        let mut raw = Raw::default();
        let mut open = 0_usize;
        loop {
            if let Some(word) = self.word()? {
                raw.extend(word);
                continue;
            }
            match self.peek().ok_or(SYNTAX)? {
                b'(' => open = open.saturating_add(1),
                b')' if open > 0 => open = open.saturating_sub(1),
                b'|' if self.peek_second() != Some(b'|') || open > 0 => {}
                b' ' | b'\t' | b'<' | b'>' | b'&' | b';' if open > 0 => {}
                _ if raw.parts().is_empty() => return Err(SYNTAX),
                _ => return Ok(raw),
            }
            self.bump();
            raw.push(Part::Quoted(Text::default()));
        }
    }

    fn simple(&mut self, first: Option<Raw>) -> Result<Compound, Unknown> {
        let mut simple = Simple::default();
        let mut redirections = Vec::new();
        let mut next = first;
        let mut declares = false;
        loop {
            if let Some(word) = next.take() {
                if matches!(self.peek(), Some(b'<' | b'>'))
                    && let Some(descriptor) = word.plain().and_then(descriptor)
                    && let Some(redirection) = self.redirection(descriptor)?
                {
                    redirections.push(redirection);
                    continue;
                }
                let is_command = simple.words.is_empty();
                if is_command || declares {
                    match self.assignment(word, !is_command)? {
                        Ok(assignment) => {
                            simple.assignments.push(assignment);
                            continue;
                        }
                        Err(word) => {
                            if is_command {
                                // most commands have fewer
                                simple.words.reserve(8);
                            }
                            simple.words.push(word);
                        }
                    }
                } else {
                    simple.words.push(word);
                }
                if is_command {
                    let plain = simple.words.first().and_then(Raw::plain).unwrap_or("");
                    declares = matches!(plain, "declare" | "typeset" | "local" | "export" | "readonly");
                    let is_alone = redirections.is_empty() && simple.assignments.is_empty();
                    self.skip_blanks();
                    if is_alone && self.peek() == Some(b'(') && !plain.is_empty() {
                        let name = Text::new(plain);
                        self.eat("(");
                        self.skip_blanks();
                        return if self.eat(")") { self.function(name) } else { Err(SYNTAX) };
                    }
                }
            }
            self.skip_blanks();
            if let Some(redirection) = self.redirection(None)? {
                redirections.push(redirection);
                continue;
            }
            next = self.word()?;
            if next.is_none() {
                break;
            }
        }
        if self.peek() == Some(b'(') {
            return Err(SYNTAX);
        }
        Ok(Compound { what: What::Simple(simple), redirections })
    }

    fn redirections(&mut self) -> Result<Vec<Redirection>, Unknown> {
        let mut out = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at();
            let mut descriptor_here = None;
            if self.peek().is_some_and(|b| b.is_ascii_digit() || b == b'{') {
                let word = self.word()?;
                descriptor_here = word.as_ref().and_then(Raw::plain).and_then(descriptor);
                if descriptor_here.is_none() || !matches!(self.peek(), Some(b'<' | b'>')) {
                    self.back_to(start);
                    return Ok(out);
                }
            }
            match self.redirection(descriptor_here.flatten())? {
                Some(redirection) => out.push(redirection),
                None => return Ok(out),
            }
        }
    }

    fn redirection(&mut self, descriptor: Option<u32>) -> Result<Option<Redirection>, Unknown> {
        if !matches!(self.peek(), Some(b'<' | b'>' | b'&')) {
            return Ok(None);
        }
        let operator = match (self.peek(), self.peek_second()) {
            (Some(b'<' | b'>'), Some(b'(')) => return Ok(None),
            (Some(b'&'), Some(b'>')) => {
                if !self.eat("&>>") {
                    self.eat("&>");
                }
                Operator::Both
            }
            (Some(b'<'), _) => {
                if self.eat("<<<") {
                    Operator::HereString
                } else if self.eat("<<-") {
                    return self.here(true, descriptor).map(Some);
                } else if self.eat("<<") {
                    return self.here(false, descriptor).map(Some);
                } else if self.eat("<&") {
                    Operator::Duplicate
                } else if self.eat("<>") {
                    Operator::ReadWrite
                } else {
                    self.eat("<");
                    Operator::Read
                }
            }
            (Some(b'>'), _) => {
                if self.eat(">>") {
                    Operator::Append
                } else if self.eat(">&") {
                    Operator::Both
                } else {
                    let _ = self.eat(">|") || self.eat(">");
                    Operator::Write
                }
            }
            _ => return Ok(None),
        };
        self.skip_blanks();
        let word = self.word()?.ok_or(SYNTAX)?;
        let is_duplicate = operator == Operator::Both
            && word.plain().is_some_and(|w| w == "-" || w.strip_suffix('-').unwrap_or(w).parse::<u32>().is_ok());
        let operator = if is_duplicate { Operator::Duplicate } else { operator };
        Ok(Some(Redirection { operator, target: Target::Word(word), descriptor }))
    }

    fn here(&mut self, strips_tabs: bool, descriptor: Option<u32>) -> Result<Redirection, Unknown> {
        self.skip_blanks();
        let word = self.word()?.ok_or(SYNTAX)?;
        let mut delimiter = String::new();
        let mut is_quoted = false;
        for part in word.parts() {
            match part {
                Part::Text(text) => delimiter.push_str(text),
                Part::Quoted(text) => {
                    is_quoted = true;
                    delimiter.push_str(text);
                }
                Part::Opaque | Part::Parameter(_) | Part::Command(..) | Part::Process(..) | Part::Arithmetic(..) => {
                    return Err(Unknown("the end of a here-document is an expansion"));
                }
            }
        }
        if delimiter.contains('\n') {
            return Err(Unknown("the end of a here-document has two lines"));
        }
        self.budget.here_documents = self
            .budget
            .here_documents
            .checked_sub(1)
            .ok_or(Unknown("the text has more here-documents than are read"))?;
        let body = Rc::new(OnceCell::new());
        self.pending.push(Pending { delimiter, is_quoted, strips_tabs, body: Rc::clone(&body) });
        Ok(Redirection { operator: Operator::HereDocument, target: Target::Here(body), descriptor })
    }

    /// The word as an assignment, if it is one; else the word.
    fn assignment(&mut self, mut word: Raw, is_argument: bool) -> Result<Result<Assignment, Raw>, Unknown> {
        let Some(Part::Text(text)) = word.parts().first() else { return Ok(Err(word)) };
        let end = text.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(text.len());
        let Some((name, rest)) = text.split_at_checked(end).filter(|(name, _)| is_name(name)) else {
            return Ok(Err(word));
        };
        let name = Text::new(name);
        if rest.starts_with('[') {
            let closes = |part: &Part| matches!(part, Part::Text(t) if t.contains(']'));
            let assigns = |part: &Part| matches!(part, Part::Text(t) if t.contains("]=") || t.contains("]+="));
            if word.parts().iter().any(assigns) {
                let value = Assigned::Word(Raw::default());
                return Ok(Ok(Assignment { name, index: Some(word), append: false, value, is_argument }));
            }
            if !word.parts().iter().any(closes) && !is_argument {
                return Err(Unknown("a word that may be an assignment with an index"));
            }
            return Ok(Err(word));
        }
        let (append, length) = match rest.as_bytes() {
            [b'=', ..] => (false, 1_usize),
            [b'+', b'=', ..] => (true, 2),
            _ => return Ok(Err(word)),
        };
        let rest = Text::new(rest.get(length..).unwrap_or(""));
        if rest.is_empty() && word.parts().len() == 1 && self.peek() == Some(b'(') {
            self.bump();
            let mut list = Vec::new();
            loop {
                self.gap()?;
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            if !self.eat(")") || !self.peek().is_none_or(is_meta) {
                return Err(SYNTAX);
            }
            return Ok(Ok(Assignment { name, index: None, append, value: Assigned::List(list), is_argument }));
        }
        word.replace_first((!rest.is_empty()).then_some(Part::Text(rest)));
        Ok(Ok(Assignment { name, index: None, append, value: Assigned::Word(word), is_argument }))
    }
}

/// The descriptor that a word before `<` or `>` names: a number, or `{name}`.
#[expect(clippy::option_option, reason = "no descriptor at all, one that the shell chooses, a number")]
fn descriptor(word: &str) -> Option<Option<u32>> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return word.parse().ok().map(Some);
    }
    word.strip_prefix('{').and_then(|w| w.strip_suffix('}')).filter(|w| is_name(w)).map(|_| None)
}

fn ends_in_backslash(line: &str) -> bool {
    let count = line.bytes().rev().take_while(|b| *b == b'\\').count();
    count % 2 == 1
}
