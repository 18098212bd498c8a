//! Two types as one: `either` admits what one of them admits, `both` what each of them does.
//!
//! The wire tells the branches of a union apart by their form alone, so two types of one form become one type.
//! Neither function ever admits less than the schema; where they admit more, the server still checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hir::{Field, RecordTy, Ty};

/// How a value looks on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FormOf {
    Bool,
    Number,
    Text,
    List,
    Object,
    /// Everything.
    Any,
}

fn form(ty: &Ty) -> FormOf {
    match ty {
        Ty::Bool => FormOf::Bool,
        Ty::Int | Ty::Decimal => FormOf::Number,
        Ty::Text
        | Ty::Enum(_)
        | Ty::Risk
        | Ty::Time
        | Ty::Shell(_)
        | Ty::Sql(_)
        | Ty::Url
        | Ty::Path(_)
        | Ty::Host
        | Ty::Ip
        | Ty::Cidr
        | Ty::Email
        | Ty::Regex => FormOf::Text,
        Ty::List(_) | Ty::Set(_) => FormOf::List,
        Ty::Map(_) | Ty::Record(_) => FormOf::Object,
        // These take several forms on the wire, or none that a schema could mean.
        Ty::Money(_) | Ty::Duration | Ty::Union(_) | Ty::Optional(_) | Ty::Json | Ty::Session | Ty::Poison => {
            FormOf::Any
        }
    }
}

/// `T?`, once.
pub(super) fn optional(ty: Ty) -> Ty {
    if matches!(ty, Ty::Optional(_)) { ty } else { Ty::Optional(Arc::new(ty)) }
}

/// The type without `?`, and whether there was one.
fn split(ty: Ty) -> (Ty, bool) {
    let mut ty = ty;
    let mut may_be_absent = false;
    while let Ty::Optional(inner) = ty {
        ty = (*inner).clone();
        may_be_absent = true;
    }
    (ty, may_be_absent)
}

/// What one of these types admits.
pub(super) fn either(types: impl IntoIterator<Item = Ty>) -> Ty {
    let mut branches: BTreeMap<FormOf, Ty> = BTreeMap::new();
    let mut may_be_absent = false;
    for ty in types {
        let (ty, absent) = split(ty);
        may_be_absent |= absent;
        let parts = if let Ty::Union(parts) = &ty { parts.to_vec() } else { vec![ty] };
        for part in parts {
            let of = form(&part);
            let merged = match branches.remove(&of) {
                Some(before) => same_form(before, part),
                None => part,
            };
            branches.insert(of, merged);
        }
    }
    let ty = if branches.contains_key(&FormOf::Any) {
        Ty::Json
    } else {
        let mut all: Vec<Ty> = branches.into_values().collect();
        match (all.pop(), all.is_empty()) {
            (None, _) => Ty::Json,
            (Some(only), true) => only,
            (Some(last), false) => {
                all.push(last);
                Ty::Union(all.into())
            }
        }
    };
    if may_be_absent { optional(ty) } else { ty }
}

/// Two types of one form.
fn same_form(a: Ty, b: Ty) -> Ty {
    if a == b {
        return a;
    }
    match (&a, &b) {
        (Ty::Int | Ty::Decimal, Ty::Int | Ty::Decimal) => Ty::Decimal,
        (Ty::Enum(x), Ty::Enum(y)) => {
            let mut variants = x.to_vec();
            variants.extend(y.iter().filter(|v| !x.contains(v)).cloned());
            Ty::Enum(variants.into())
        }
        (Ty::List(x) | Ty::Set(x), Ty::List(y) | Ty::Set(y)) => {
            Ty::List(Arc::new(either([(**x).clone(), (**y).clone()])))
        }
        (Ty::Map(x), Ty::Map(y)) => Ty::Map(Arc::new(either([(**x).clone(), (**y).clone()]))),
        (Ty::Record(x), Ty::Record(y)) => Ty::Record(Arc::new(either_record(x, y))),
        (Ty::Map(_), Ty::Record(_)) | (Ty::Record(_), Ty::Map(_)) => Ty::Map(Arc::new(Ty::Json)),
        (_, _) if form(&a) == FormOf::Text => Ty::Text,
        (_, _) => Ty::Json,
    }
}

/// A record that is one of two: what only one has may be absent.
fn either_record(a: &RecordTy, b: &RecordTy) -> RecordTy {
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    for (one, two) in [(a, b), (b, a)] {
        for field in &one.fields {
            let twin = two.fields.iter().find(|f| f.name == field.name);
            let ty = match twin {
                Some(twin) => either([field.ty.clone(), twin.ty.clone()]),
                None => optional(field.ty.clone()),
            };
            let default = field.default.clone().filter(|d| twin.is_some_and(|t| t.default.as_ref() == Some(d)));
            let may_be_absent =
                default.is_none() && (field.default.is_some() || twin.is_some_and(|t| t.default.is_some()));
            let ty = if may_be_absent { optional(ty) } else { ty };
            fields.entry(field.name.clone()).or_insert(Field { ty, default, ..field.clone() });
        }
    }
    RecordTy { fields: fields.into_values().collect(), open: a.open || b.open }
}

/// What each of two types admits; `None` if no type here says that.
pub(super) fn both(a: Ty, b: Ty) -> Option<Ty> {
    let ((a, absent_a), (b, absent_b)) = (split(a), split(b));
    let ty = match (&a, &b) {
        (Ty::Json, _) => b,
        (_, Ty::Json) => a,
        (x, y) if x == y => a,
        (Ty::Int, Ty::Decimal) | (Ty::Decimal, Ty::Int) => Ty::Int,
        (Ty::Text, _) if form(&b) == FormOf::Text => b,
        (_, Ty::Text) if form(&a) == FormOf::Text => a,
        (Ty::Enum(x), Ty::Enum(y)) => {
            let common: Vec<String> = x.iter().filter(|v| y.contains(v)).cloned().collect();
            if common.is_empty() {
                return None;
            }
            Ty::Enum(common.into())
        }
        (Ty::Record(x), Ty::Record(y)) => Ty::Record(Arc::new(both_records(x, y)?)),
        (Ty::Map(of), Ty::Record(record)) | (Ty::Record(record), Ty::Map(of)) if **of == Ty::Json => {
            Ty::Record(Arc::clone(record))
        }
        (Ty::List(x), Ty::List(y)) => Ty::List(Arc::new(both((**x).clone(), (**y).clone())?)),
        (Ty::Union(parts), other) | (other, Ty::Union(parts)) => {
            let fitting = parts.iter().filter_map(|part| both(part.clone(), other.clone()));
            let fitting: Vec<Ty> = fitting.collect();
            if fitting.is_empty() {
                return None;
            }
            either(fitting)
        }
        (_, _) => return None,
    };
    Some(if absent_a && absent_b { optional(ty) } else { ty })
}

/// A record that is each of two: the parts of an `allOf` describe it together.
fn both_records(a: &RecordTy, b: &RecordTy) -> Option<RecordTy> {
    let mut fields: BTreeMap<String, Field> = a.fields.iter().map(|f| (f.name.clone(), f.clone())).collect();
    for field in &b.fields {
        let merged = match fields.remove(&field.name) {
            None => field.clone(),
            Some(before) => Field {
                ty: both(before.ty, field.ty.clone())?,
                default: before.default.or_else(|| field.default.clone()),
                ..field.clone()
            },
        };
        fields.insert(field.name.clone(), merged);
    }
    Some(RecordTy { fields: fields.into_values().collect(), open: a.open || b.open })
}
