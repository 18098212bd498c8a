//! Types and lists as people say them, for messages.

use crate::hir::{Dialect, Ty};

/// "`a`", "`a` and `b`", "`a`, `b` and `c`"; long lists are cut short.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "and")
}

/// As `listed`, with "or".
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "or")
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    if names.len() > SHOWN + 1 {
        let more = names.len() - SHOWN;
        names.truncate(SHOWN);
        return format!("{} {word} {more} more", names.join(", "));
    }
    match names.pop() {
        None => "nothing".to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} {word} {last}", names.join(", ")),
    }
}

/// "an integer", "a list of texts".
pub(crate) fn one(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "a truth value".to_owned(),
        Ty::Int => "an integer".to_owned(),
        Ty::Decimal => "a decimal number".to_owned(),
        Ty::Money(currency) => format!("an amount of {currency}"),
        Ty::Text => "a text".to_owned(),
        Ty::Enum(variants) => format!("one of {}", listed(variants.iter().map(String::as_str))),
        Ty::Risk => "a risk".to_owned(),
        Ty::Duration => "a duration".to_owned(),
        Ty::Time => "a time".to_owned(),
        Ty::List(of) => format!("a list of {}", many(of)),
        Ty::Set(of) => format!("a set of {}", many(of)),
        Ty::Map(of) => format!("a map to {}", many(of)),
        Ty::Record(_) => "a record".to_owned(),
        Ty::Union(of) => of.iter().map(one).collect::<Vec<_>>().join(" or "),
        Ty::Optional(of) => one(of),
        Ty::Json => "any JSON".to_owned(),
        Ty::Shell(_) => "a shell command".to_owned(),
        Ty::Sql(Dialect::Named(dialect)) => format!("an SQL text of `{dialect}`"),
        Ty::Sql(Dialect::Argument(by)) => format!("an SQL text of the dialect in `{by}`"),
        Ty::Url => "a URL".to_owned(),
        Ty::Path(_) => "a path".to_owned(),
        Ty::Host => "a host".to_owned(),
        Ty::Ip => "an address".to_owned(),
        Ty::Cidr => "a network".to_owned(),
        Ty::Email => "a mail address".to_owned(),
        Ty::Regex => "a regular expression".to_owned(),
        Ty::Session => "the session".to_owned(),
        Ty::Poison => "something that could not be read".to_owned(),
    }
}

/// "integers", "lists of texts".
pub(crate) fn many(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "truth values".to_owned(),
        Ty::Int => "integers".to_owned(),
        Ty::Decimal => "decimal numbers".to_owned(),
        Ty::Money(currency) => format!("amounts of {currency}"),
        Ty::Text => "texts".to_owned(),
        Ty::Enum(variants) => format!("values among {}", listed(variants.iter().map(String::as_str))),
        Ty::Risk => "risks".to_owned(),
        Ty::Duration => "durations".to_owned(),
        Ty::Time => "times".to_owned(),
        Ty::List(of) => format!("lists of {}", many(of)),
        Ty::Set(of) => format!("sets of {}", many(of)),
        Ty::Map(of) => format!("maps to {}", many(of)),
        Ty::Record(_) => "records".to_owned(),
        Ty::Union(of) => of.iter().map(many).collect::<Vec<_>>().join(" or "),
        Ty::Optional(of) => many(of),
        Ty::Json => "any JSON".to_owned(),
        Ty::Shell(_) => "shell commands".to_owned(),
        Ty::Sql(_) => "SQL texts".to_owned(),
        Ty::Url => "URLs".to_owned(),
        Ty::Path(_) => "paths".to_owned(),
        Ty::Host => "hosts".to_owned(),
        Ty::Ip => "addresses".to_owned(),
        Ty::Cidr => "networks".to_owned(),
        Ty::Email => "mail addresses".to_owned(),
        Ty::Regex => "regular expressions".to_owned(),
        Ty::Session => "sessions".to_owned(),
        Ty::Poison => "things that could not be read".to_owned(),
    }
}
