//! Parameter expansion, where the value is known; else unknown, with what stands inside walked all the same.

use smol_str::{StrExt, ToSmolStr, format_smolstr};

use super::environment::{Environment, Value, is_live};
use super::expand::{Fields, How};
use super::tree::{Action, Index, Parameter, Part, Quoted, Raw};
use super::walk::Reader;
use super::{Text, Word, pattern};
use crate::Unknown;

impl Reader {
    /// Adds what a parameter expands to.
    pub fn parameter(
        &mut self,
        parameter: &Parameter,
        env: &mut Environment,
        how: How,
        out: &mut Fields,
    ) -> Result<(), Unknown> {
        let is_all = matches!(parameter.index, Some(Index::All));
        if let Some(Index::At(raw)) = &parameter.index {
            self.arithmetic(raw, env)?;
        }
        if matches!(parameter.action, Action::Value) && (is_all || matches!(parameter.name.as_str(), "@" | "*")) {
            return self.all(parameter, env, how, out);
        }
        let value = self.base(parameter, env);
        let (quoted, name) = (parameter.quoted, parameter.name.as_str());
        let value = match &parameter.action {
            Action::Value => value,
            Action::Length => match value {
                Some(Value::Text(text)) if text.is_ascii() && !is_all => Some(Value::Text(text.len().to_smolstr())),
                _ => Some(Value::Digits),
            },
            Action::Indirect => {
                // a name that is not set ends the line
                self.jump(env)?;
                self.indirect(value, env)
            }
            Action::Default(kind, colon, raw) => {
                return self.default(parameter, value, *kind, *colon, raw, env, how, out);
            }
            Action::Remove(at_end, longest, raw) => {
                let own = self.pattern_text(raw, env)?;
                match (value, own) {
                    (Some(Value::Text(text)), Some(own)) if !is_all => {
                        // every cut of the text is matched
                        self.spend(text.len().saturating_mul(text.len()).div_ceil(16).min(16 * 1024))?;
                        Some(remove(&text, &own, *at_end, *longest).map_or(Value::Unknown, Value::Text))
                    }
                    (Some(Value::Unset), _) => Some(Value::Unset),
                    _ => Some(Value::Unknown),
                }
            }
            Action::Replace(kind, raw, by) => {
                let own = self.pattern_text(raw, env)?;
                let by = match by {
                    Some(by) => self.pattern_text(by, env)?,
                    None => Some(String::new()),
                };
                match (value, own, by) {
                    (Some(Value::Text(text)), Some(own), Some(by)) if !is_all => Some(replace(&text, &own, &by, *kind)),
                    (Some(Value::Unset), ..) => Some(Value::Unset),
                    _ => Some(Value::Unknown),
                }
            }
            Action::Slice(offset, length) => {
                self.jump(env)?;
                self.arithmetic(offset, env)?;
                if let Some(length) = length {
                    self.arithmetic(length, env)?;
                }
                match value {
                    Some(Value::Text(text)) if text.is_ascii() && !is_all && !matches!(name, "@" | "*") => {
                        Some(slice(&text, offset, length.as_ref()).map_or(Value::Unknown, Value::Text))
                    }
                    _ => Some(Value::Unknown),
                }
            }
            Action::Case(upper, all, raw) => {
                self.visit(raw, env)?;
                match value {
                    Some(Value::Text(text)) if text.is_ascii() && *all && raw.parts().is_empty() => {
                        Some(Value::Text(if *upper {
                            text.to_ascii_uppercase_smolstr()
                        } else {
                            text.to_ascii_lowercase_smolstr()
                        }))
                    }
                    _ => Some(Value::Unknown),
                }
            }
            Action::Transform(kind) => {
                let is_plain = matches!(&value, Some(Value::Text(text)) if !text.contains(['$', '`', '\\']));
                if *kind == b'P' && !is_plain {
                    self.hide("a prompt that is expanded", env);
                }
                Some(Value::Unknown)
            }
        };
        match value {
            Some(value) => self.value(&value, quoted, env, how, out),
            None => {
                self.outside(name, quoted, how, out);
                Ok(())
            }
        }
    }

    /// A variable that the text says nothing about.
    fn outside(&mut self, name: &str, quoted: Quoted, how: How, out: &mut Fields) {
        if name == "HOME" {
            // where `~` leads
            out.home();
            return;
        }
        out.unknown(quoted == Quoted::No && how == How::Words);
    }

    /// The value of the parameter by itself; `None` comes from outside.
    fn base(&mut self, parameter: &Parameter, env: &Environment) -> Option<Value> {
        let name = parameter.name.as_str();
        if name == "PWD" && env.get(name).is_none() {
            return Some(match env.folders.as_slice() {
                [Some(folder)] if folder.starts_with('/') => Value::Text(folder.clone()),
                _ => Value::Unknown,
            });
        }
        if matches!(name, "#" | "?" | "$" | "!" | "RANDOM" | "SECONDS" | "LINENO" | "UID" | "EUID" | "PPID" | "BASHPID")
        {
            return Some(Value::Digits);
        }
        if name == "IFS" && env.get(name).is_none() && !env.is_open {
            return Some(Value::Text(Text::new_static(" \t\n")));
        }
        if is_live(name) || matches!(name, "-" | "0") {
            return Some(Value::Unknown);
        }
        if let Ok(number) = name.parse::<usize>() {
            return match &env.positional {
                None if env.is_open => Some(Value::Unknown),
                None => None,
                Some(words) => Some(match words.get(number.wrapping_sub(1)) {
                    None => Value::Unset,
                    Some(word) => value_of(word),
                }),
            };
        }
        if matches!(name, "@" | "*") {
            return Some(Value::Unknown);
        }
        let value = env.get_or_outside(name);
        match (&parameter.index, value) {
            (None | Some(Index::All), value) => value,
            (Some(Index::At(raw)), Some(Value::List(words))) => {
                let at = match raw.parts() {
                    [Part::Quoted(text)] => text.trim().parse::<usize>().ok(),
                    _ => None,
                };
                Some(match at {
                    Some(at) => words.get(at).map_or(Value::Unset, value_of),
                    None => Value::Unknown,
                })
            }
            (Some(Index::At(_)), _) => Some(Value::Unknown),
        }
    }

    /// `"$@"`, `$*`, `${name[@]}`.
    fn all(&mut self, parameter: &Parameter, env: &mut Environment, how: How, out: &mut Fields) -> Result<(), Unknown> {
        let words = match parameter.name.as_str() {
            "@" | "*" => env.positional.clone(),
            name => match env.get(name) {
                Some(Value::List(words)) => Some(words.clone()),
                Some(Value::Text(text)) => Some(vec![Word::Literal(text.clone())]),
                Some(Value::Unset) => Some(Vec::new()),
                _ => None,
            },
        };
        let Some(words) = words else {
            out.unknown(how == How::Words);
            return Ok(());
        };
        if how == How::Text && words.len() > 1 {
            out.unknown(false);
            return Ok(());
        }
        if parameter.name == "*" && parameter.quoted == Quoted::Yes && words.len() > 1 {
            out.unknown(false);
            return Ok(());
        }
        if words.is_empty() && parameter.quoted == Quoted::Yes && how == How::Words {
            // no word at all, unless something else stands within its quotes
            out.unknown(true);
        }
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                out.cut();
            }
            self.word(word, parameter.quoted == Quoted::No, env, out)?;
        }
        Ok(())
    }

    fn indirect(&mut self, value: Option<Value>, env: &mut Environment) -> Option<Value> {
        match value {
            Some(Value::Text(name)) if super::cursor::is_name(&name) && !is_live(&name) => env.get_or_outside(&name),
            None => Some(Value::Unknown),
            Some(_) => {
                self.hide("a variable whose name is known only at run time", env);
                Some(Value::Unknown)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one expansion, taken apart")]
    fn default(
        &mut self,
        parameter: &Parameter,
        value: Option<Value>,
        kind: u8,
        colon: bool,
        raw: &Raw,
        env: &mut Environment,
        how: How,
        out: &mut Fields,
    ) -> Result<(), Unknown> {
        let quoted = parameter.quoted;
        let is_null = match &value {
            Some(Value::Unset) => Some(true),
            Some(Value::Text(text)) => Some(colon && text.is_empty()),
            Some(Value::Digits | Value::Glob(_)) => Some(false),
            Some(Value::List(_) | Value::Unknown) | None => None,
        };
        match (is_null, kind) {
            (Some(false), b'-' | b'=' | b'?') => {
                let value = value.unwrap_or(Value::Unknown);
                self.value(&value, quoted, env, how, out)
            }
            (Some(true), b'-') | (Some(false), b'+') => self.alternative(raw, quoted, env, how, out),
            (Some(true), b'+') => {
                if quoted == Quoted::Yes {
                    out.quoted("");
                }
                Ok(())
            }
            (Some(true), b'=') => {
                let word = self.text(raw, env)?;
                let value = value_of(&word);
                env.set(&parameter.name, value.clone());
                self.value(&value, quoted, env, how, out)
            }
            _ => {
                if kind == b'=' {
                    env.set(&parameter.name, Value::Unknown);
                }
                if kind == b'?' {
                    self.jump(env)?;
                }
                self.visit(raw, env)?;
                out.unknown(quoted == Quoted::No && how == How::Words);
                Ok(())
            }
        }
    }

    /// The word of `${x:-word}`, split like any expansion.
    fn alternative(
        &mut self,
        raw: &Raw,
        quoted: Quoted,
        env: &mut Environment,
        how: How,
        out: &mut Fields,
    ) -> Result<(), Unknown> {
        for part in raw.parts() {
            match part {
                Part::Text(text) => {
                    if text.starts_with('~') {
                        out.unknown(true);
                    }
                    self.value(&Value::Text(text.clone()), quoted, env, how, out)?;
                }
                Part::Quoted(_)
                | Part::Opaque
                | Part::Parameter(_)
                | Part::Command(..)
                | Part::Process(..)
                | Part::Arithmetic(..) => self.parts(std::slice::from_ref(part), env, how, out, false)?,
            }
        }
        if quoted == Quoted::Yes {
            out.quoted("");
        }
        Ok(())
    }

    /// A word that is read as a glob, with quoted parts escaped; `None` if it is not known.
    fn pattern_text(&mut self, raw: &Raw, env: &mut Environment) -> Result<Option<String>, Unknown> {
        let mut out = String::new();
        for part in raw.parts() {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Quoted(text) => out.push_str(&pattern::escape(text)),
                Part::Opaque | Part::Parameter(_) | Part::Command(..) | Part::Process(..) | Part::Arithmetic(..) => {
                    self.visit(raw, env)?;
                    return Ok(None);
                }
            }
        }
        Ok(Some(out))
    }
}

pub(super) fn value_of(word: &Word) -> Value {
    match word {
        Word::Literal(text) => Value::Text(text.clone()),
        Word::Pattern(own) => Value::Glob(own.clone()),
        Word::Unknown => Value::Unknown,
    }
}

/// `${x#own}` and its kin; `None` where the glob is not read exactly or the text is long.
fn remove(text: &str, own: &str, at_end: bool, longest: bool) -> Option<Text> {
    if !pattern::is_exact(own) || text.len() > 512 || own.len() > 64 || own.starts_with('~') {
        return None;
    }
    let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    // the shortest match first
    if at_end {
        cuts.reverse();
    }
    if longest {
        cuts.reverse();
    }
    for cut in cuts {
        let (head, tail) = text.split_at_checked(cut)?;
        let (removed, kept) = if at_end { (tail, head) } else { (head, tail) };
        if pattern::matches(own, removed) {
            return Some(kept.into());
        }
    }
    Some(text.into())
}

/// `${x/own/by}`, for texts without globs.
fn replace(text: &str, own: &str, by: &str, kind: Option<u8>) -> Value {
    if pattern::is_glob(own) || own.contains('\\') || by.contains(['\\', '&']) || own.is_empty() || own.starts_with('~')
    {
        return Value::Unknown;
    }
    Value::Text(match kind {
        Some(b'/') => text.replace_smolstr(own, by),
        Some(b'#') => match text.strip_prefix(own) {
            Some(rest) => format_smolstr!("{by}{rest}"),
            None => text.into(),
        },
        Some(b'%') => match text.strip_suffix(own) {
            Some(rest) => format_smolstr!("{rest}{by}"),
            None => text.into(),
        },
        _ => text.replacen_smolstr(own, by, 1),
    })
}

/// `${x:offset:length}` with plain numbers.
fn slice(text: &str, offset: &Raw, length: Option<&Raw>) -> Option<Text> {
    let number = |raw: &Raw| match raw.parts() {
        [Part::Text(text) | Part::Quoted(text)] => {
            // a leading zero is octal
            let text = text.trim();
            if text.len() > 1 && text.starts_with('0') { None } else { text.parse::<usize>().ok() }
        }
        _ => None,
    };
    let from = number(offset)?.min(text.len());
    let length = match length {
        Some(length) => number(length)?,
        None => text.len(),
    };
    let to = from.saturating_add(length).min(text.len());
    text.get(from..to).map(Text::new)
}
