//! Values as the oracle sees them: what came over the wire, read as the type that the policy gave it.
//!
//! A value keeps the JSON that it came from, because marks and origin look at the text and not at its meaning.

use std::collections::BTreeMap;

use policyc_compile::hir::{Risk, Ty, Value};

use super::json::Json;
use super::readings;
use super::structured::{self, Facet};
use super::{clock, number};

/// True, false, or not known [S4.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Three {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// Nobody can tell.
    Unknown,
}

impl Three {
    /// Of something known.
    pub fn known(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    /// Of something that may not be known.
    pub fn of(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::known)
    }

    /// `not`
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// `and` over many; true over none.
    pub fn all(many: impl IntoIterator<Item = Self>) -> Self {
        let many: Vec<Self> = many.into_iter().collect();
        if many.contains(&Self::False) {
            Self::False
        } else if many.contains(&Self::Unknown) {
            Self::Unknown
        } else {
            Self::True
        }
    }

    /// `or` over many; false over none.
    pub fn any(many: impl IntoIterator<Item = Self>) -> Self {
        Self::all(many.into_iter().map(Self::negated)).negated()
    }

    /// It is not known to be false.
    pub fn may(self) -> bool {
        self != Self::False
    }

    /// It is known to be true.
    pub fn must(self) -> bool {
        self == Self::True
    }
}

/// A value with where it came from.
#[derive(Clone, Debug)]
pub struct Val {
    /// What it means.
    pub v: V,
    /// The JSON that it was, if it came over the wire (or stands in for it, as a default does).
    pub raw: Option<Json>,
    /// The argument of the call in which it stands.
    pub arg: Option<String>,
    /// The text that was read out of another or computed, if it is one.
    pub derived: Option<String>,
    /// It stands in the policy.
    pub constant: bool,
}

/// What a value means.
#[derive(Clone, Debug)]
pub enum V {
    /// There is none.
    Absent,
    /// It cannot be read or computed.
    Unknown,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A count of 10⁻¹⁸.
    Decimal(i128),
    /// A count of 10⁻¹⁸ of a currency.
    Money(i128, String),
    /// A text or an enum value.
    Text(String),
    /// A risk.
    Risk(Risk),
    /// Nanoseconds.
    Duration(i64),
    /// Nanoseconds since 1970.
    Time(i64),
    /// A list or set.
    List(Vec<Val>),
    /// A record or map.
    Fields(BTreeMap<String, Val>),
    /// A structured text that could be read.
    Facet(Facet),
    /// A text of a type that nobody looks into, a union before it is narrowed, or plain JSON.
    Opaque,
}

impl Val {
    /// A value that was computed or stands in the policy.
    pub fn new(v: V) -> Self {
        Self { v, raw: None, arg: None, derived: None, constant: false }
    }

    /// A value that was read out of a text or computed from one.
    pub fn derived(v: V) -> Self {
        let derived = match &v {
            V::Text(text) => Some(text.clone()),
            V::Facet(facet) => Some(facet.shown()),
            _ => None,
        };
        Self { derived, ..Self::new(v) }
    }

    /// A value of the wire; `base` is what the argument says by which its texts are read.
    pub fn wire(json: &Json, ty: &Ty, arg: Option<&str>, base: Option<&Self>) -> Self {
        let v = read(json, ty, arg, base);
        let raw = if matches!(v, V::Absent) { None } else { Some(json.clone()) };
        Self { raw, arg: arg.map(str::to_owned), ..Self::new(v) }
    }

    /// A constant.
    pub fn constant(value: &Value) -> Self {
        let v = match value {
            Value::Null => V::Absent,
            Value::Bool(b) => V::Bool(*b),
            Value::Int(n) => V::Int(*n),
            Value::Decimal(d) => V::Decimal(d.raw()),
            Value::Money(d, currency) => V::Money(d.raw(), currency.clone()),
            Value::Text(t) | Value::Enum(t) => V::Text(t.clone()),
            Value::Risk(risk) => V::Risk(*risk),
            Value::Duration(n) => V::Duration(*n),
            Value::Time(n) => V::Time(*n),
            Value::Host(t) => structured::constant(&Ty::Host, t),
            Value::Network(t) => structured::constant(&Ty::Cidr, t),
            Value::Path(t) => structured::constant(&Ty::Path(None), t),
            Value::Regex(t) => V::Text(t.clone()),
            Value::List(items) => V::List(items.iter().map(Self::constant).collect()),
            Value::Record(fields) => V::Fields(fields.iter().map(|(k, x)| (k.clone(), Self::constant(x))).collect()),
        };
        Self { raw: constant_json(value), constant: true, ..Self::new(v) }
    }

    /// A default: a constant in the place of what did not come.
    pub fn default_of(value: &Value, ty: &Ty, arg: Option<&str>, base: Option<&Self>) -> Self {
        match constant_json(value) {
            Some(json) => Self::wire(&json, ty, arg, base),
            None => Self::new(V::Absent),
        }
    }

    /// A condition's value.
    pub fn truth(three: Three) -> Self {
        Self::new(match three {
            Three::True => V::Bool(true),
            Three::False => V::Bool(false),
            Three::Unknown => V::Unknown,
        })
    }
}

/// What the JSON of a constant would be.
fn constant_json(value: &Value) -> Option<Json> {
    let decimal = |d: &policyc_compile::hir::Decimal| d.to_string();
    Some(match value {
        Value::Null => return None,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) => Json::Number(n.to_string()),
        Value::Decimal(d) => Json::Number(decimal(d)),
        Value::Money(d, currency) => Json::Text(format!("{} {currency}", decimal(d))),
        Value::Text(t) | Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) | Value::Regex(t) => {
            Json::Text(t.clone())
        }
        Value::Risk(risk) => Json::Text(risk.name().to_owned()),
        Value::Duration(n) => Json::Text(format!("{n}ns")),
        Value::Time(_) => return None,
        Value::List(items) => Json::List(items.iter().filter_map(constant_json).collect()),
        Value::Record(fields) => {
            Json::Object(fields.iter().filter_map(|(k, x)| Some((k.clone(), constant_json(x)?))).collect())
        }
    })
}

/// The JSON read as a type; `Unknown` if it is none.
fn read(json: &Json, ty: &Ty, arg: Option<&str>, base: Option<&Val>) -> V {
    let by = base.filter(|_| ty.read_by().is_some());
    let found = match (ty, json) {
        (Ty::Optional(_) | Ty::Json, Json::Null) => return V::Absent,
        (Ty::Optional(inner), _) => return read(json, inner, arg, base),
        (Ty::Bool, Json::Bool(b)) => Some(V::Bool(*b)),
        (Ty::Int, Json::Number(n)) => number::int(n).map(V::Int),
        (Ty::Decimal, Json::Number(n)) => number::decimal(n).map(V::Decimal),
        (Ty::Decimal, Json::Text(t)) => number::plain(t).map(V::Decimal),
        (Ty::Money(currency), Json::Number(n)) => number::decimal(n).map(|d| V::Money(d, currency.clone())),
        (Ty::Money(currency), Json::Text(t)) => money(t, currency).map(|d| V::Money(d, currency.clone())),
        (Ty::Text | Ty::Enum(_) | Ty::Regex, Json::Text(t)) => Some(V::Text(t.clone())),
        (Ty::Risk, Json::Text(t)) => Risk::ALL.into_iter().find(|r| r.name() == t).map(V::Risk),
        (Ty::Duration, Json::Text(t)) => clock::duration(t).map(V::Duration),
        (Ty::Duration, Json::Number(n)) => clock::seconds(n).map(V::Duration),
        (Ty::Time, Json::Text(t)) => clock::time(t).map(V::Time),
        (Ty::List(of) | Ty::Set(of), Json::List(items)) => {
            Some(V::List(items.iter().map(|item| Val::wire(item, of, arg, base)).collect()))
        }
        (Ty::Map(of), Json::Object(entries)) => {
            Some(V::Fields(entries.iter().map(|(k, x)| (k.clone(), Val::wire(x, of, arg, base))).collect()))
        }
        (Ty::Record(record), Json::Object(_)) => {
            let mut fields = BTreeMap::new();
            for field in &record.fields {
                let value = match (json.get(&field.name), &field.default) {
                    (Some(found), _) => Val::wire(found, &field.ty, arg, base),
                    (None, Some(default)) => Val::default_of(default, &field.ty, arg, base),
                    (None, None) => Val::new(V::Absent),
                };
                fields.insert(field.name.clone(), value);
            }
            Some(V::Fields(fields))
        }
        (Ty::Union(_) | Ty::Json, _) => Some(V::Opaque),
        (Ty::Shell(_) | Ty::Sql(_), Json::Text(t)) => readings::read(ty, t, arg, by),
        (Ty::Url | Ty::Path(_) | Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email, Json::Text(t)) => {
            structured::read(ty, t, by).map(V::Facet)
        }
        (
            Ty::Bool
            | Ty::Int
            | Ty::Decimal
            | Ty::Money(_)
            | Ty::Text
            | Ty::Enum(_)
            | Ty::Risk
            | Ty::Duration
            | Ty::Time
            | Ty::List(_)
            | Ty::Set(_)
            | Ty::Map(_)
            | Ty::Record(_)
            | Ty::Shell(_)
            | Ty::Sql(_)
            | Ty::Url
            | Ty::Path(_)
            | Ty::Host
            | Ty::Ip
            | Ty::Cidr
            | Ty::Email
            | Ty::Regex
            | Ty::Session
            | Ty::Poison,
            _,
        ) => None,
    };
    found.unwrap_or(V::Unknown)
}

/// `12.50` or `12.50 USD`
fn money(text: &str, currency: &str) -> Option<i128> {
    let amount = text.strip_suffix(currency).and_then(|t| t.strip_suffix(' ')).unwrap_or(text);
    number::plain(amount)
}

/// Whether a value of the wire has the type's form [S1, S4]; structured texts need only be texts.
pub fn fits(json: &Json, ty: &Ty) -> bool {
    match (ty, json) {
        (Ty::Optional(_), Json::Null) => true,
        (Ty::Optional(inner), _) => fits(json, inner),
        (Ty::Json | Ty::Poison, _) => true,
        (Ty::Enum(values), Json::Text(t)) => values.contains(t),
        (Ty::Shell(_) | Ty::Sql(_) | Ty::Url | Ty::Path(_) | Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email, _) => {
            matches!(json, Json::Text(_))
        }
        (Ty::List(of), Json::List(items)) => items.iter().all(|item| fits(item, of)),
        (Ty::Set(of), Json::List(items)) => {
            let repeated = items.iter().enumerate().any(|(i, a)| items.iter().take(i).any(|b| same(a, b)));
            !repeated && items.iter().all(|item| fits(item, of))
        }
        (Ty::Map(of), Json::Object(entries)) => entries.iter().all(|(_, x)| fits(x, of)),
        (Ty::Record(record), Json::Object(entries)) => {
            let declared = |key: &str| record.fields.iter().any(|f| f.name == key);
            let all_there = record.fields.iter().all(|field| match json.get(&field.name) {
                Some(found) => fits(found, &field.ty),
                None => field.default.is_some() || matches!(field.ty, Ty::Optional(_)),
            });
            all_there && (record.open || entries.iter().all(|(k, _)| declared(k)))
        }
        (Ty::Union(branches), _) => branches.iter().any(|branch| fits(json, branch)),
        (
            Ty::Bool
            | Ty::Int
            | Ty::Decimal
            | Ty::Money(_)
            | Ty::Text
            | Ty::Enum(_)
            | Ty::Risk
            | Ty::Duration
            | Ty::Time
            | Ty::List(_)
            | Ty::Set(_)
            | Ty::Map(_)
            | Ty::Record(_)
            | Ty::Regex
            | Ty::Session,
            _,
        ) => !matches!(read(json, ty, None, None), V::Unknown),
    }
}

/// Equal by structure; numbers by exact value, objects whatever the order of their keys.
pub fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => match (number::decimal(x), number::decimal(y)) {
            (Some(x), Some(y)) => x == y,
            (None, Some(_)) | (Some(_), None) | (None, None) => x == y,
        },
        (Json::List(x), Json::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(p, q)| same(p, q)),
        (Json::Object(x), Json::Object(_)) => {
            x.len() == b.entries().len() && x.iter().all(|(k, p)| b.get(k).is_some_and(|q| same(p, q)))
        }
        _ => a == b,
    }
}

/// The texts and numbers within a value of the wire, and the keys that its type does not name. SPEC: [S6.3]
pub fn texts(json: &Json, ty: Option<&Ty>) -> Vec<String> {
    let ty = match ty {
        Some(Ty::Optional(of)) => return texts(json, Some(of)),
        other => other,
    };
    match (json, ty) {
        (Json::Null | Json::Bool(_), _) => Vec::new(),
        (Json::Number(text) | Json::Text(text), _) => vec![text.clone()],
        (Json::List(items), Some(Ty::List(of) | Ty::Set(of))) => {
            items.iter().flat_map(|x| texts(x, Some(of))).collect()
        }
        (Json::List(items), _) => items.iter().flat_map(|x| texts(x, None)).collect(),
        (Json::Object(entries), _) => {
            let one = |(key, value): &(String, Json)| {
                let field = match ty {
                    Some(Ty::Record(record)) => record.fields.iter().find(|f| f.name == *key),
                    _ => None,
                };
                match (field, ty) {
                    (Some(field), _) => texts(value, Some(&field.ty)),
                    (None, Some(Ty::Map(of))) => [vec![key.clone()], texts(value, Some(of))].concat(),
                    (None, _) => [vec![key.clone()], texts(value, None)].concat(),
                }
            };
            entries.iter().flat_map(one).collect()
        }
    }
}
