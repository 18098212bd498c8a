//! From a word as it is written to the words that a command gets.
//!
//! In bash's order: braces, tilde, parameters and substitutions, splitting, globs. Each resulting word is known, a
//! glob, or unknown; an unquoted unknown may be any number of words.

use smol_str::SmolStrBuilder;

use super::braces::{self, Piece};
use super::environment::{Environment, Value};
use super::tree::{Flow, Part, Quoted, Raw};
use super::walk::Reader;
use super::{MAX_EXPANDED, MAX_FIELDS, Text, Word, pattern};
use crate::Unknown;

/// A word of a command, once it is expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub word: Word,
    /// Whether it may be any number of words, of any text.
    pub is_many: bool,
}

impl Field {
    pub fn literal(text: impl Into<Text>) -> Self {
        Self { word: Word::Literal(text.into()), is_many: false }
    }

    pub fn text(&self) -> Option<&str> {
        if self.is_many { None } else { self.word.literal() }
    }

    pub const MANY: Self = Self { word: Word::Unknown, is_many: true };
}

/// Builds fields out of pieces of text.
#[derive(Default)]
pub(super) struct Fields {
    done: Vec<Field>,
    text: SmolStrBuilder,
    glob: Option<String>,
    is_unknown: bool,
    is_many: bool,
    is_present: bool,
    has_backslash: bool,
}

impl Fields {
    pub fn quoted(&mut self, text: &str) {
        self.is_present = true;
        self.text.push_str(text);
        if let Some(glob) = &mut self.glob {
            glob.push_str(&pattern::escape(text));
        }
    }

    /// Text in which globs are live.
    pub fn live(&mut self, text: &str) {
        self.is_present = true;
        if text.contains(['*', '?', '[']) && self.glob.is_none() {
            self.glob = Some(pattern::escape(self.text.as_str()).into_owned());
        }
        self.text.push_str(text);
        if let Some(glob) = &mut self.glob {
            if text.contains('\\') {
                self.has_backslash = true;
            }
            glob.push_str(text);
        }
    }

    /// A glob whose matches stand here.
    pub fn matched(&mut self, own: &str) {
        self.is_present = true;
        self.glob.get_or_insert_with(|| pattern::escape(self.text.as_str()).into_owned()).push_str(own);
        self.text.push_str(own);
    }

    /// The folder of whoever runs the text, which only begins a path.
    pub fn home(&mut self) {
        if self.is_present && !self.text.is_empty() {
            self.unknown(false);
        }
        self.quoted("~");
    }

    pub fn unknown(&mut self, is_many: bool) {
        self.is_present = true;
        self.is_unknown = true;
        self.is_many |= is_many;
    }

    /// Ends the field here.
    pub fn cut(&mut self) {
        if !std::mem::take(&mut self.is_present) {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let glob = self.glob.take();
        let is_many = std::mem::take(&mut self.is_many);
        let unclear = std::mem::take(&mut self.has_backslash);
        let word = if std::mem::take(&mut self.is_unknown) || unclear {
            Word::Unknown
        } else {
            match glob.filter(|glob| pattern::is_glob(glob)) {
                Some(glob) => Word::Pattern(glob.into()),
                None => Word::Literal(text.finish()),
            }
        };
        self.done.push(Field { word, is_many });
    }

    pub fn finish(mut self) -> Vec<Field> {
        self.cut();
        self.done
    }

    /// The fields as one word.
    pub fn single(self) -> Word {
        let mut fields = self.finish().into_iter();
        match (fields.next(), fields.next()) {
            (None, _) => Word::Literal(Text::default()),
            (Some(field), None) => field.word,
            (Some(_), Some(_)) => Word::Unknown,
        }
    }

    /// Text of an unquoted expansion, split as the shell does.
    fn split(&mut self, text: &str, separators: &str) {
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n') && separators.contains(c);
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            if !separators.contains(c) {
                let mut bytes = [0; 4];
                self.live(c.encode_utf8(&mut bytes));
                continue;
            }
            let mut hard = usize::from(!is_blank(c));
            // a separator that is no blank takes the blanks around it along
            while let Some(next) = rest.peek().copied().filter(|next| separators.contains(*next)) {
                if !is_blank(next) {
                    if hard == 1 {
                        break;
                    }
                    hard = 1;
                }
                rest.next();
            }
            if hard == 1 && !self.is_present {
                self.is_present = true;
            }
            self.cut();
        }
    }
}

/// How a word is expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// To any number of words.
    Words,
    /// To exactly one text: assignments, here-documents, the word of a `case`.
    Text,
}

/// Whether something in unquoted text is expanded.
fn is_live(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'{' | b'~' | b'*' | b'?' | b'['))
}

impl Reader {
    /// The words of a command.
    pub fn fields(&mut self, raws: &[Raw], env: &mut Environment) -> Result<Vec<Field>, Unknown> {
        let mut out = Fields { done: Vec::with_capacity(raws.len()), ..Fields::default() };
        for raw in raws {
            match raw.parts() {
                [Part::Text(text)] if !is_live(text) => {
                    out.done.push(Field::literal(text.clone()));
                    continue;
                }
                // braces without anything in them stay, as `find` and its kin want them
                [Part::Text(text)] if text == "{}" => self.one(text, &mut out)?,
                [Part::Quoted(text)] => self.one(text, &mut out)?,
                parts if braces::may_expand(parts) => {
                    for word in braces::expand(&braces::pieces(parts), 0)? {
                        self.pieces(&word, env, &mut out)?;
                    }
                }
                parts => {
                    self.parts(parts, env, How::Words, &mut out, true)?;
                    out.cut();
                }
            }
            if out.done.len() > MAX_FIELDS {
                return Err(Unknown("a command has more words than are read"));
            }
        }
        Ok(out.finish())
    }

    /// A word of which nothing is expanded.
    fn one(&mut self, text: &Text, out: &mut Fields) -> Result<(), Unknown> {
        self.count(text.len())?;
        out.done.push(Field::literal(text.clone()));
        Ok(())
    }

    fn pieces(&mut self, word: &[Piece<'_>], env: &mut Environment, out: &mut Fields) -> Result<(), Unknown> {
        let mut text = String::new();
        let mut is_first = true;
        for piece in word {
            match piece {
                Piece::Char(c) => text.push(*c),
                Piece::Part(part) => {
                    if !text.is_empty() {
                        self.live(&std::mem::take(&mut text), is_first, env, out)?;
                        is_first = false;
                    }
                    self.parts(std::slice::from_ref(*part), env, How::Words, out, is_first)?;
                    is_first = false;
                }
            }
        }
        if !text.is_empty() {
            self.live(&text, is_first && word.iter().all(|p| matches!(p, Piece::Char(_))), env, out)?;
        }
        out.cut();
        Ok(())
    }

    /// One text, without splitting or globs.
    pub fn text(&mut self, raw: &Raw, env: &mut Environment) -> Result<Word, Unknown> {
        if let [Part::Text(text)] = raw.parts()
            && !text.contains('~')
        {
            return Ok(Word::Literal(text.clone()));
        }
        let mut fields = Fields::default();
        self.parts(raw.parts(), env, How::Text, &mut fields, true)?;
        Ok(fields.single())
    }

    /// Text that a glob may be read in: the target of a redirection.
    pub fn target(&mut self, raw: &Raw, env: &mut Environment) -> Result<Word, Unknown> {
        let mut fields = self.fields(std::slice::from_ref(raw), env)?.into_iter();
        Ok(match (fields.next(), fields.next()) {
            (Some(field), None) if !field.is_many => field.word,
            _ => Word::Unknown,
        })
    }

    /// Adds parts of a word to the fields.
    pub fn parts(
        &mut self,
        parts: &[Part],
        env: &mut Environment,
        how: How,
        out: &mut Fields,
        is_start: bool,
    ) -> Result<(), Unknown> {
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => {
                    let is_whole = parts.len() == 1;
                    let tilde = is_start && at == 0 && (is_whole || text.contains('/'));
                    if how == How::Text {
                        self.count(text.len())?;
                        if is_start && at == 0 && text.starts_with('~') && !tilde {
                            out.unknown(false);
                        } else {
                            out.quoted(text);
                        }
                    } else {
                        self.live(text, is_start && at == 0, env, out)?;
                        if is_start && at == 0 && text.starts_with('~') && !tilde {
                            out.unknown(false);
                        }
                    }
                }
                Part::Quoted(text) => {
                    self.count(text.len())?;
                    out.quoted(text);
                }
                Part::Opaque => out.unknown(false),
                Part::Parameter(parameter) => self.parameter(parameter, env, how, out)?,
                Part::Command(script, quoted) => {
                    let start = self.commands.len();
                    self.subshell(script, env)?;
                    let value = self.printed(start, script);
                    self.value(&value, *quoted, env, how, out)?;
                }
                Part::Process(script, flow) => {
                    self.process(script, *flow, env)?;
                    out.matched("/dev/fd/*");
                }
                Part::Arithmetic(raw, quoted) => {
                    self.arithmetic(raw, env)?;
                    self.value(&Value::Digits, *quoted, env, how, out)?;
                }
            }
        }
        Ok(())
    }

    fn live(&mut self, text: &str, is_start: bool, env: &Environment, out: &mut Fields) -> Result<(), Unknown> {
        self.count(text.len())?;
        if is_start && text.starts_with("~+") || text.starts_with("~-") {
            out.unknown(false);
            return Ok(());
        }
        if is_start && (text == "~" || text.starts_with("~/")) && env.get("HOME").is_some() {
            match env.get("HOME") {
                Some(Value::Text(home)) => {
                    out.quoted(home);
                    out.live(text.get(1..).unwrap_or(""));
                }
                _ => out.unknown(false),
            }
            return Ok(());
        }
        out.live(text);
        Ok(())
    }

    /// Adds a value to the fields.
    pub fn value(
        &mut self,
        value: &Value,
        quoted: Quoted,
        env: &Environment,
        how: How,
        out: &mut Fields,
    ) -> Result<(), Unknown> {
        let splits = quoted == Quoted::No && how == How::Words;
        match value {
            Value::Unset => {
                if quoted == Quoted::Yes {
                    out.quoted("");
                }
            }
            Value::Text(text) => {
                self.count(text.len())?;
                match (splits, env.separators()) {
                    (false, _) => out.quoted(text),
                    (true, Some(separators)) => out.split(text, separators),
                    (true, None) => out.unknown(true),
                }
            }
            Value::Glob(own) => {
                self.count(own.len())?;
                out.matched(own);
                out.is_many |= splits;
            }
            Value::Digits => {
                let is_plain = env.separators().is_some_and(|s| !s.bytes().any(|b| b.is_ascii_digit() || b == b'-'));
                out.unknown(splits && !is_plain);
            }
            Value::List(words) => {
                if let Some(word) = words.first() {
                    self.word(word, splits, env, out)?;
                }
            }
            Value::Unknown => out.unknown(splits),
        }
        Ok(())
    }

    /// Adds a word that an array or a positional parameter holds.
    pub fn word(&mut self, word: &Word, splits: bool, env: &Environment, out: &mut Fields) -> Result<(), Unknown> {
        let (quoted, how) = if splits { (Quoted::No, How::Words) } else { (Quoted::Yes, How::Words) };
        match word {
            Word::Literal(text) => self.value(&Value::Text(text.clone()), quoted, env, how, out),
            Word::Pattern(own) => self.value(&Value::Glob(own.clone()), quoted, env, how, out),
            Word::Unknown => self.value(&Value::Unknown, quoted, env, how, out),
        }
    }

    /// Bytes that expansions build.
    pub fn count(&mut self, bytes: usize) -> Result<(), Unknown> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > MAX_EXPANDED {
            return Err(Unknown("expansions build more text than is read"));
        }
        Ok(())
    }

    /// Walks what stands in parts that may or may not be expanded.
    pub fn visit(&mut self, raw: &Raw, env: &mut Environment) -> Result<(), Unknown> {
        if raw.parts().iter().all(|part| matches!(part, Part::Text(_) | Part::Quoted(_) | Part::Opaque)) {
            return Ok(());
        }
        self.weigh(env)?;
        let mut copy = env.clone();
        self.parts(raw.parts(), &mut copy, How::Text, &mut Fields::default(), false)?;
        env.join(&copy);
        Ok(())
    }

    fn process(&mut self, script: &super::tree::Script, flow: Flow, env: &Environment) -> Result<(), Unknown> {
        match flow {
            Flow::From => {
                let start = self.commands.len();
                self.subshell(script, env)?;
                let programs = self.programs_since(start)?;
                self.fed.extend(programs);
                Ok(())
            }
            Flow::Into => {
                // the commands read what the command around them writes; that one's name is not known yet
                let outer = std::mem::take(&mut self.stdin_from);
                let start = self.commands.len();
                let done = self.subshell(script, env);
                self.stdin_from = outer;
                self.fed_into.push((start, self.commands.len()));
                done
            }
        }
    }
}
