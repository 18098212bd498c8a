//! Constants: literals, and how a constant becomes one of the type that is needed.
//!
//! A text becomes a host, a path, a time … where one is expected (never a number or an amount), and only if the readers of the runtime agree
//! that it is one. Nothing is rounded, and nothing that does not fit is bent until it does.

use std::collections::BTreeMap;

use policyc_runtime::read::unit_nanos;
use policyc_runtime::time::parse as time;

use crate::checker::strip;
use crate::hir::{Decimal, Risk, Ty, Value};

/// What was found out about constants once and need not be found out again.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    /// Regular expressions that were compiled, with what was wrong.
    pub regexes: BTreeMap<String, Result<(), String>>,
    /// What was written out so far of constants that have a name.
    written: usize,
    /// Whether it was said that this is too much: then it is said once.
    said: bool,
}

/// How large one constant may be.
pub(crate) const MAX_SIZE: usize = 250_000;
/// How deep lists and records of one constant may be.
pub(crate) const MAX_NESTED: usize = 64;
/// How large everything may be that is written out where a constant's name stands.
const MAX_WRITTEN: usize = 8_000_000;

impl Constants {
    /// Whether a constant may be written out once more.
    pub fn write_out(&mut self, value: &Value) -> bool {
        self.written = self.written.saturating_add(size(value));
        self.written <= MAX_WRITTEN
    }

    /// Whether it was asked before that too much is written out.
    pub fn is_said(&mut self) -> bool {
        std::mem::replace(&mut self.said, true)
    }
}

/// How large a constant is: its values, and its texts for each 64 bytes.
///
/// A list holds what its members' names stand for, so lists of lists double with each line.
pub(crate) fn size(value: &Value) -> usize {
    let text = |t: &str| 1 + t.len() / 64;
    match value {
        Value::Text(t)
        | Value::Enum(t)
        | Value::Host(t)
        | Value::Network(t)
        | Value::Path(t)
        | Value::Regex(t)
        | Value::Money(_, t) => text(t),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Decimal(_)
        | Value::Risk(_)
        | Value::Duration(_)
        | Value::Time(_) => 1,
        Value::List(items) => items.iter().map(size).fold(1, usize::saturating_add),
        Value::Record(entries) => {
            entries.iter().map(|(k, v)| text(k).saturating_add(size(v))).fold(1, usize::saturating_add)
        }
    }
}

/// How deep lists and records stand in each other.
pub(crate) fn nested(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(nested).max().unwrap_or(0),
        Value::Record(entries) => 1 + entries.values().map(nested).max().unwrap_or(0),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Decimal(_)
        | Value::Money(..)
        | Value::Text(_)
        | Value::Enum(_)
        | Value::Risk(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Host(_)
        | Value::Network(_)
        | Value::Path(_)
        | Value::Regex(_) => 0,
    }
}

/// Why a constant is none of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// It is of another kind.
    Kind,
    /// It is a text that does not read as the type, because.
    Text(String),
    /// The enum has no such value.
    Variant(String),
    /// A record has no such field, or lacks one.
    Field(String),
}

/// The constant as one of a type.
pub(crate) fn convert(value: &Value, to: &Ty) -> Result<Value, Misfit> {
    match (strip(to), value) {
        (Ty::Poison | Ty::Json, _) => Ok(value.clone()),
        (_, Value::Null) => {
            if matches!(to, Ty::Optional(_)) {
                Ok(Value::Null)
            } else {
                Err(Misfit::Kind)
            }
        }
        (Ty::Union(branches), _) => {
            let exact = branches.iter().find_map(|b| convert(value, b).ok().filter(|v| v == value));
            exact.or_else(|| branches.iter().find_map(|b| convert(value, b).ok())).ok_or(Misfit::Kind)
        }
        (Ty::Bool, Value::Bool(_))
        | (Ty::Int, Value::Int(_))
        | (Ty::Decimal, Value::Decimal(_))
        | (Ty::Text | Ty::Shell(_) | Ty::Sql(_) | Ty::Regex, Value::Text(_))
        | (Ty::Regex, Value::Regex(_))
        | (Ty::Risk, Value::Risk(_))
        | (Ty::Duration, Value::Duration(_))
        | (Ty::Time, Value::Time(_))
        | (Ty::Cidr, Value::Network(_))
        | (Ty::Host, Value::Host(_))
        | (Ty::Path(_), Value::Path(_)) => Ok(value.clone()),
        (Ty::Decimal, Value::Int(n)) => Ok(Value::Decimal(Decimal::from_int(*n))),
        (Ty::Money(currency), Value::Money(_, of)) if currency == of => Ok(value.clone()),
        (Ty::Text, Value::Enum(t)) => Ok(Value::Text(t.clone())),
        (Ty::Enum(variants), Value::Text(t) | Value::Enum(t)) => {
            if variants.contains(t) {
                Ok(Value::Enum(t.clone()))
            } else {
                Err(Misfit::Variant(t.clone()))
            }
        }
        (Ty::Risk, Value::Text(t)) => risk(t).map(Value::Risk).ok_or_else(|| Misfit::Variant(t.clone())),
        (Ty::Duration, Value::Text(t)) => duration_text(t)
            .map(Value::Duration)
            .ok_or_else(|| Misfit::Text("durations are written `90s`, `5min`".into())),
        (Ty::Time, Value::Text(t)) => {
            time(t).map(Value::Time).ok_or_else(|| Misfit::Text("times are written `2026-01-31T12:00:00Z`".to_owned()))
        }
        (Ty::Host, Value::Text(t)) => read(policyc_facets::host(t)).map(|h| Value::Host(h.to_string())),
        (Ty::Ip, Value::Text(t) | Value::Host(t)) => read(policyc_facets::ip(t)).map(|a| Value::Host(a.to_string())),
        (Ty::Cidr, Value::Text(t) | Value::Host(t)) => {
            read(policyc_facets::cidr(t)).map(|n| Value::Network(n.to_string()))
        }
        (Ty::Url, Value::Text(t)) => read(policyc_facets::url(t)).map(|_| value.clone()),
        (Ty::Email, Value::Text(t)) => read(policyc_facets::email(t)).map(|_| value.clone()),
        (Ty::Path(_), Value::Text(t)) => read(policyc_facets::path(t, None)).map(|p| Value::Path(p.to_string())),
        (Ty::List(of), Value::List(items)) => {
            items.iter().map(|v| convert(v, of)).collect::<Result<_, _>>().map(Value::List)
        }
        (Ty::Set(of), Value::List(items)) => {
            items.iter().map(|v| convert(v, of)).collect::<Result<Vec<_>, _>>().map(set)
        }
        (Ty::List(_) | Ty::Set(_), Value::Record(entries)) if entries.is_empty() => Ok(Value::List(Vec::new())),
        (Ty::Map(of), Value::Record(entries)) => entries
            .iter()
            .map(|(k, v)| convert(v, of).map(|v| (k.clone(), v)))
            .collect::<Result<_, _>>()
            .map(Value::Record),
        (Ty::Record(record), Value::Record(entries)) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                match record.fields.iter().find(|f| f.name == *key) {
                    Some(field) => out.insert(key.clone(), convert(value, &field.ty)?),
                    None if record.open => out.insert(key.clone(), value.clone()),
                    None => return Err(Misfit::Field(format!("there is no field `{key}`"))),
                };
            }
            for field in &record.fields {
                let may_lack = field.default.is_some() || matches!(field.ty, Ty::Optional(_));
                if !may_lack && !out.contains_key(&field.name) {
                    return Err(Misfit::Field(format!("the field `{}` is missing", field.name)));
                }
            }
            Ok(Value::Record(out))
        }
        (_, _) => Err(Misfit::Kind),
    }
}

/// A set: sorted, each member once.
pub(crate) fn set(mut items: Vec<Value>) -> Value {
    items.sort();
    items.dedup();
    Value::List(items)
}

fn read<T>(read: Result<T, policyc_facets::Unknown>) -> Result<T, Misfit> {
    read.map_err(|why| Misfit::Text(why.to_string()))
}

/// A risk by its name.
pub(crate) fn risk(word: &str) -> Option<Risk> {
    Risk::ALL.into_iter().find(|r| r.name() == word)
}

/// A number of units as nanoseconds, if it is exact and fits.
pub(crate) fn duration(digits: &str, unit: &str) -> Option<i64> {
    let nanos = Decimal::from_int(unit_nanos(unit)?);
    Decimal::parse(digits)?.checked_mul(nanos)?.to_int()
}

fn duration_text(text: &str) -> Option<i64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at_checked(at)?;
    duration(digits, unit)
}

/// A constant as it would be written, for names and messages.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Decimal(d) => d.to_string(),
        Value::Money(d, currency) => format!("{d} {currency}"),
        Value::Text(t) => format!("{t:?}"),
        Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) => t.clone(),
        Value::Risk(risk) => risk.name().to_owned(),
        Value::Duration(ns) | Value::Time(ns) => format!("{ns} ns"),
        Value::Regex(re) => format!("/{re}/"),
        Value::List(items) => format!("{{{}}}", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Record(entries) => {
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// What is wrong with a regular expression, in a few words.
pub(crate) fn regex_problem(regex: &str) -> Result<(), String> {
    use regex_automata::meta::{Config, Regex};
    use regex_automata::util::syntax;
    const SIZE: usize = 1 << 20;
    let config = Config::new().nfa_size_limit(Some(SIZE)).onepass_size_limit(Some(SIZE)).hybrid(false);
    Regex::builder().configure(config).syntax(syntax::Config::new().nest_limit(64)).build(regex).map(|_| ()).map_err(
        |e| {
            if e.size_limit().is_some() {
                return "it is too large once it is compiled".to_owned();
            }
            let said = e.syntax_error().map_or_else(|| e.to_string(), ToString::to_string);
            let last = said.lines().last().unwrap_or("").trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_exactly() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2026-01-01T00:00:00Z"), Some(1_767_225_600_000_000_000));
        assert_eq!(time("2024-02-29T12:30:00.5+01:00"), Some(1_709_206_200_500_000_000));
        assert_eq!(time("2023-02-29T00:00:00Z"), None);
        assert_eq!(time("2026-01-01T00:00:00"), None);
        assert_eq!(time("2026-01-01"), None);
    }

    #[test]
    fn texts_become_what_is_expected_or_say_why_not() {
        let text = |t: &str| Value::Text(t.to_owned());
        assert_eq!(convert(&text("5min"), &Ty::Duration), Ok(Value::Duration(300_000_000_000)));
        assert_eq!(convert(&text("5.0.0.0/8"), &Ty::Cidr), Ok(Value::Network("5.0.0.0/8".to_owned())));
        // Amounts and numbers stand without quotes; a text is never one.
        assert_eq!(convert(&text("12.50 EUR"), &Ty::Money("EUR".to_owned())), Err(Misfit::Kind));
        assert_eq!(convert(&text("12.50"), &Ty::Decimal), Err(Misfit::Kind));
        assert!(matches!(convert(&text("not a host"), &Ty::Host), Err(Misfit::Text(_))));
        let set = Ty::Set(Ty::Int.into());
        let list = Value::List(vec![Value::Int(2), Value::Int(1), Value::Int(2)]);
        assert_eq!(convert(&list, &set), Ok(Value::List(vec![Value::Int(1), Value::Int(2)])));
    }

    #[test]
    fn a_bad_regular_expression_says_why() {
        assert_eq!(regex_problem("a+"), Ok(()));
        assert_eq!(regex_problem("(a"), Err("unclosed group".to_owned()));
        assert!(regex_problem(r"a(?=b)").is_err());
    }
}
