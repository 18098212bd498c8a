//! A JSON value as a constant of a type.

use std::collections::BTreeMap;

use policyc_facets as facets;
use policyc_runtime::num::Decimal;
use policyc_runtime::policy::Risk;
use policyc_runtime::read;
use policyc_runtime::wire::{Json, Kind};

use super::at::At;
use crate::hir::{RecordTy, Ty, Value};
use crate::words::one;

/// The value, if it is of the type; otherwise at least one problem more.
pub(crate) fn typed(json: Json<'_>, ty: &Ty, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
    let value = match ty {
        Ty::Optional(inner) => {
            return if json.is_null() { Some(Value::Null) } else { typed(json, inner, at, problems) };
        }
        Ty::Json => return any(json, at, problems),
        Ty::Poison => Some(Value::Null),
        Ty::List(of) => return list(json, of, at, problems).map(Value::List),
        Ty::Set(of) => return set(json, of, at, problems),
        Ty::Map(of) => return map(json, of, at, problems),
        Ty::Record(record) => return fields(json, record, at, problems),
        Ty::Union(branches) => branches.iter().find_map(|branch| typed(json, branch, at, &mut Vec::new())),
        Ty::Bool => json.bool().map(Value::Bool),
        Ty::Int => read::int(json).map(Value::Int),
        Ty::Decimal => read::decimal(json).map(|raw| Value::Decimal(Decimal::from_raw(raw))),
        Ty::Money(currency) => {
            read::money(json, currency).map(|raw| Value::Money(Decimal::from_raw(raw), currency.clone()))
        }
        Ty::Duration => read::duration(json).map(Value::Duration),
        Ty::Time => read::time(json).map(Value::Time),
        Ty::Text | Ty::Shell(_) | Ty::Sql(_) => json.text().map(|t| Value::Text(t.to_owned())),
        Ty::Enum(variants) => {
            let text = json.text();
            if let Some(word) = text
                && !variants.iter().any(|v| v == word)
            {
                let nearest = policyc_diag::suggest(word, variants.iter().map(String::as_str));
                let help = nearest.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
                problems.push(format!("{at}: `{word}` is not {}{help}", one(ty)));
                return None;
            }
            text.map(|t| Value::Enum(t.to_owned()))
        }
        Ty::Risk => json.text().and_then(|t| Risk::ALL.into_iter().find(|r| r.name() == t)).map(Value::Risk),
        Ty::Url => return structured(json, facets::url, |_, text| Value::Text(text.to_owned()), ty, at, problems),
        Ty::Email => return structured(json, facets::email, |_, text| Value::Text(text.to_owned()), ty, at, problems),
        Ty::Host => return structured(json, facets::host, |host, _| Value::Host(host.to_string()), ty, at, problems),
        Ty::Ip => return structured(json, facets::ip, |ip, _| Value::Host(ip.to_string()), ty, at, problems),
        Ty::Cidr => return structured(json, facets::cidr, |net, _| Value::Network(net.to_string()), ty, at, problems),
        Ty::Path(_) => {
            let path = |text: &str| facets::path(text, None);
            return structured(json, path, |path, _| Value::Path(path.to_string()), ty, at, problems);
        }
        Ty::Regex | Ty::Session => None,
    };
    if value.is_none() {
        wrong(json, ty, at, problems);
    }
    value
}

fn wrong(json: Json<'_>, ty: &Ty, at: &At<'_>, problems: &mut Vec<String>) {
    problems.push(format!("{at}: {} is not {}", shown(json), one(ty)));
}

fn structured<T>(
    json: Json<'_>,
    read: impl Fn(&str) -> Result<T, facets::Unknown>,
    value: impl Fn(T, &str) -> Value,
    ty: &Ty,
    at: &At<'_>,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let Some(text) = json.text() else {
        wrong(json, ty, at, problems);
        return None;
    };
    match read(text) {
        Ok(read) => Some(value(read, text)),
        Err(why) => {
            problems.push(format!("{at}: {} is not {}: {why}", shown(json), one(ty)));
            None
        }
    }
}

fn list(json: Json<'_>, of: &Ty, at: &At<'_>, problems: &mut Vec<String>) -> Option<Vec<Value>> {
    if json.kind() != Kind::List {
        problems.push(format!("{at}: {} is no list", shown(json)));
        return None;
    }
    let members = json.items().enumerate().map(|(i, item)| typed(item, of, &At::Item(at, i), problems));
    // Every member is looked at, so that all problems are found in one run.
    members.collect::<Vec<_>>().into_iter().collect()
}

fn set(json: Json<'_>, of: &Ty, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
    let members = list(json, of, at, problems)?;
    let mut sorted: Vec<(Value, usize)> = members.into_iter().zip(1..).collect();
    sorted.sort();
    let mut once: Vec<(Value, usize)> = Vec::with_capacity(sorted.len());
    for (value, index) in sorted {
        match once.last() {
            Some((last, first)) if *last == value => {
                problems.push(format!("{at}: item {index} already stands as item {first}"));
            }
            Some(_) | None => once.push((value, index)),
        }
    }
    Some(Value::List(once.into_iter().map(|(value, _)| value).collect()))
}

fn map(json: Json<'_>, of: &Ty, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
    if json.kind() != Kind::Object {
        problems.push(format!("{at}: {} is no object", shown(json)));
        return None;
    }
    let mut entries = BTreeMap::new();
    for (key, value) in json.entries() {
        if let Some(value) = typed(value, of, &At::Key(at, key), problems) {
            entries.insert(key.to_owned(), value);
        }
    }
    Some(Value::Record(entries))
}

fn fields(json: Json<'_>, record: &RecordTy, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
    if json.kind() != Kind::Object {
        problems.push(format!("{at}: {} is no object", shown(json)));
        return None;
    }
    let mut entries = BTreeMap::new();
    for (key, value) in json.entries() {
        let at = At::Key(at, key);
        let value = match record.fields.iter().find(|f| f.name == key) {
            Some(field) => typed(value, &field.ty, &at, problems),
            None if record.open => any(value, &at, problems),
            None => {
                let nearest = policyc_diag::suggest(key, record.fields.iter().map(|f| f.name.as_str()));
                let help = nearest.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
                problems.push(format!("{at} is not declared{help}"));
                None
            }
        };
        if let Some(value) = value {
            entries.insert(key.to_owned(), value);
        }
    }
    complete(&mut entries, record, at, problems);
    Some(Value::Record(entries))
}

/// Fills in defaults and names what is missing.
pub(super) fn complete(
    entries: &mut BTreeMap<String, Value>,
    record: &RecordTy,
    at: &At<'_>,
    problems: &mut Vec<String>,
) {
    for field in &record.fields {
        let is_there = entries.get(&field.name).is_some_and(|value| *value != Value::Null);
        if is_there {
            continue;
        }
        match (&field.default, &field.ty) {
            (Some(default), _) => {
                entries.insert(field.name.clone(), default.clone());
            }
            (None, Ty::Optional(_) | Ty::Json) => {}
            (None, _) => problems.push(format!("{at}: `{}` is missing", field.name)),
        }
    }
}

/// Any JSON value as it is.
fn any(json: Json<'_>, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
    match json.kind() {
        Kind::Null => Some(Value::Null),
        Kind::Bool(b) => Some(Value::Bool(b)),
        Kind::Text(t) => Some(Value::Text(t.to_owned())),
        Kind::Number(raw) => {
            let number = read::int(json).map(Value::Int);
            let number = number.or_else(|| read::decimal(json).map(|raw| Value::Decimal(Decimal::from_raw(raw))));
            if number.is_none() {
                problems.push(format!("{at}: `{raw}` has more digits than a decimal holds"));
            }
            number
        }
        Kind::List => list(json, &Ty::Json, at, problems).map(Value::List),
        Kind::Object => map(json, &Ty::Json, at, problems),
    }
}

fn shown(json: Json<'_>) -> String {
    match json.kind() {
        Kind::Null => "`null`".to_owned(),
        Kind::Bool(b) => format!("`{b}`"),
        Kind::Number(raw) => format!("`{}`", short(raw)),
        Kind::Text(text) => format!("`{}`", short(text)),
        Kind::List => "a list".to_owned(),
        Kind::Object => "an object".to_owned(),
    }
}

/// As much of a text as fits into a sentence.
fn short(text: &str) -> String {
    const FIT: usize = 40;
    if text.chars().count() <= FIT {
        return text.to_owned();
    }
    text.chars().take(FIT).chain(['…']).collect()
}
