//! Options and operands of a program's words, the way `getopt` takes them apart.
//!
//! A word that is not known, or an option that the table does not name, makes the reading unclear: what follows may
//! be its value or an operand.

use smol_str::SmolStrBuilder;

use super::expand::Field;
use super::{Text, Word};

/// Words taken apart.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Options as they are written (`-u`, `--user`, in full), with their values.
    pub options: Vec<(Text, Option<Field>)>,
    pub operands: Vec<Field>,
    /// Whether some option is not in the table, or a word is not known.
    pub is_unclear: bool,
}

impl Parsed {
    /// The values of an option under any of its names.
    pub fn values<'p>(&'p self, names: &'p [&str]) -> impl Iterator<Item = &'p Field> {
        self.options.iter().filter(|(own, _)| names.contains(&own.as_str())).filter_map(|(_, value)| value.as_ref())
    }

    pub fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(own, _)| names.contains(&own.as_str()))
    }
}

/// Takes `args` apart. `shorts` is as for `getopt`: `u:` takes a value, `i::` only an attached one. In `longs`, `user=`
/// takes a value, `color?` only an attached one. With `stops`, the first operand ends the options.
pub(super) fn parse(args: &[Field], shorts: &str, longs: &[&str], stops: bool) -> Parsed {
    let mut out = Parsed::default();
    let mut rest = args.iter();
    while let Some(field) = rest.next() {
        let Some(text) = field.text() else {
            out.is_unclear |= match &field.word {
                Word::Pattern(own) => field.is_many || own.starts_with(['*', '?', '[', '-']),
                Word::Unknown | Word::Literal(_) => true,
            };
            out.operands.push(field.clone());
            if stops {
                break;
            }
            continue;
        };
        if text == "--" {
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            let (name, attached) = match long.split_once('=') {
                Some((name, value)) => (name, Some(Field::literal(value))),
                None => (long, None),
            };
            let exact =
                longs.iter().find(|own| own.strip_prefix(name).is_some_and(|kind| matches!(kind, "" | "=" | "?")));
            let mut prefixed = longs.iter().filter(|own| own.starts_with(name));
            let found = exact.or_else(|| prefixed.next().filter(|_| prefixed.next().is_none()));
            match found {
                Some(own) if own.ends_with('=') => {
                    let value = attached.or_else(|| rest.next().cloned());
                    out.options.push((option("--", own.trim_end_matches('=')), value));
                }
                Some(own) => out.options.push((option("--", own.trim_end_matches('?')), attached)),
                None => {
                    out.is_unclear |= attached.is_none();
                    out.options.push((option("--", name), attached));
                }
            }
        } else if text.len() > 1 && text.starts_with('-') {
            for (at, letter) in text.char_indices().skip(1) {
                let end = at.saturating_add(letter.len_utf8());
                let name = option("-", text.get(at..end).unwrap_or(""));
                let tail = text.get(end..).unwrap_or("");
                let kind =
                    shorts.find(letter).filter(|_| letter != ':').and_then(|at| shorts.get(at.saturating_add(1)..));
                match kind {
                    Some(kind) if kind.starts_with("::") => {
                        out.options.push((name, (!tail.is_empty()).then(|| Field::literal(tail))));
                        break;
                    }
                    Some(kind) if kind.starts_with(':') => {
                        let value = if tail.is_empty() { rest.next().cloned() } else { Some(Field::literal(tail)) };
                        out.options.push((name, value));
                        break;
                    }
                    Some(_) => out.options.push((name, None)),
                    None => {
                        out.is_unclear = true;
                        out.options.push((name, None));
                    }
                }
            }
        } else {
            out.operands.push(field.clone());
            if stops {
                break;
            }
        }
    }
    out.operands.extend(rest.cloned());
    out
}

/// The name of an option with its dashes.
fn option(dashes: &str, name: &str) -> Text {
    let mut out = SmolStrBuilder::new();
    out.push_str(dashes);
    out.push_str(name);
    out.finish()
}
