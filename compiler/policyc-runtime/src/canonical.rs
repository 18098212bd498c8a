//! One encoding for each declared value, however it came: what budgets count under.
//!
//! What the type lets a caller spell in several ways is encoded by what it means: numbers, amounts, durations and
//! times by value, sets without order, fields that are absent, null or spelled-out defaults not at all. Structured
//! texts, which are texts to the wire, and everything that no type speaks of keep their spelling. Nothing here
//! refuses: what does not fit its type is encoded as it came.

use crate::hash;
use crate::loaded::Loaded;
use crate::policy::{Field, Shape, ShapeId};
use crate::read;
use crate::schema;
use crate::wire::{Json, Kind};

/// Appends the encoding of a value of a shape. Values nest as deep as the reader allows, so this recursion is bounded.
pub(crate) fn encode(loaded: &Loaded, shape: ShapeId, value: Json<'_>, out: &mut Vec<u8>) {
    let policy = loaded.policy();
    let Some(declared) = policy.shapes.get(shape.index()) else { return hash::encode(value, out) };
    match (declared, value.kind()) {
        (Shape::Optional(inner), kind) if kind != Kind::Null => encode(loaded, *inner, value, out),
        (Shape::Int, _) => number(b'i', read::int(value).map(i128::from), value, out),
        (Shape::Decimal, _) => number(b'd', read::decimal(value), value, out),
        (Shape::Money(currency), _) => number(b'd', read::money(value, policy.text(*currency)), value, out),
        (Shape::Duration, _) => number(b'u', read::duration(value).map(i128::from), value, out),
        (Shape::Time, _) => number(b'z', read::time(value).map(i128::from), value, out),
        (Shape::List(item), Kind::List) => {
            out.push(b'l');
            push_len(value.len(), out);
            value.items().for_each(|member| encode(loaded, *item, member, out));
        }
        (Shape::Set(item), Kind::List) => {
            let mut members: Vec<Vec<u8>> = value.items().map(|member| encoded(loaded, *item, member)).collect();
            members.sort_unstable();
            members.dedup();
            out.push(b'm');
            push_len(members.len(), out);
            members.iter().for_each(|member| out.extend_from_slice(member));
        }
        (Shape::Map(item), Kind::Object) => {
            let mut entries: Vec<(&str, Json<'_>)> = value.entries().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'o');
            push_len(entries.len(), out);
            for (key, member) in entries {
                push_key(key, out);
                encode(loaded, *item, member, out);
            }
        }
        (Shape::Record { fields, .. }, Kind::Object) => record(loaded, fields, value, out),
        (Shape::Union(branches), _) => {
            // A value that several branches fit counts by one that has a meaning beyond its spelling.
            let fits = |branch: &&ShapeId| schema::validate(policy, **branch, value, "").is_ok();
            let meant = |branch: &&ShapeId| {
                let shape = policy.shapes.get(branch.index());
                !matches!(shape, Some(Shape::Decimal | Shape::Money(_) | Shape::Duration | Shape::Time))
            };
            match branches.iter().filter(fits).min_by_key(meant) {
                Some(branch) => encode(loaded, *branch, value, out),
                None => hash::encode(value, out),
            }
        }
        (Shape::Optional(_) | Shape::Bool | Shape::Text | Shape::Enum(_) | Shape::Json, _) => hash::encode(value, out),
        (Shape::List(_) | Shape::Set(_) | Shape::Map(_) | Shape::Record { .. }, _) => hash::encode(value, out),
    }
}

fn encoded(loaded: &Loaded, shape: ShapeId, value: Json<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(loaded, shape, value, &mut out);
    out
}

/// The declared fields that say something, then the others, each by key; a zero byte ends them.
fn record(loaded: &Loaded, fields: &[Field], value: Json<'_>, out: &mut Vec<u8>) {
    let policy = loaded.policy();
    out.push(b'r');
    for field in fields {
        let key = policy.text(field.name);
        let Some(member) = value.get(key).filter(|member| !member.is_null()) else { continue };
        let default = field.default.and_then(|text| loaded.default(text));
        let spelled = encoded(loaded, field.shape, member);
        if default.is_some_and(|default| encoded(loaded, field.shape, default) == spelled) {
            continue;
        }
        push_key(key, out);
        out.extend_from_slice(&spelled);
    }
    let declared = |key: &str| fields.binary_search_by(|f| policy.text(f.name).cmp(key)).is_ok();
    let mut others: Vec<(&str, Json<'_>)> = value.entries().filter(|(key, _)| !declared(key)).collect();
    others.sort_unstable_by_key(|(key, _)| *key);
    for (key, member) in others {
        push_key(key, out);
        hash::encode(member, out);
    }
    out.push(0);
}

fn number(tag: u8, number: Option<i128>, value: Json<'_>, out: &mut Vec<u8>) {
    match number {
        Some(number) => {
            out.push(tag);
            out.extend_from_slice(&number.to_le_bytes());
        }
        None => hash::encode(value, out),
    }
}

fn push_key(key: &str, out: &mut Vec<u8>) {
    out.push(b'k');
    push_len(key.len(), out);
    out.extend_from_slice(key.as_bytes());
}

fn push_len(len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u64::try_from(len).unwrap_or(u64::MAX).to_le_bytes());
}
