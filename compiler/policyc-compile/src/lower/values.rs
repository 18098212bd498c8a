//! Constants and shapes: what is compared with, and what the wire is checked against.

use policyc_runtime::num::{Decimal, SCALE};
use policyc_runtime::policy::{Const, ConstId, Field, Risk, Shape, ShapeId, ToolSet, Unit};

use super::arena::Arena;
use super::json;
use crate::hir::{self, Ty, Value};

/// A type without `?`.
pub(crate) fn strip(ty: &Ty) -> &Ty {
    let mut ty = ty;
    while let Ty::Optional(inner) = ty {
        ty = inner;
    }
    ty
}

/// The type of a list's or set's members, or of a map's values.
pub(super) fn member_type(ty: &Ty) -> Option<&Ty> {
    match strip(ty) {
        Ty::List(t) | Ty::Set(t) | Ty::Map(t) => Some(t),
        Ty::Bool
        | Ty::Int
        | Ty::Decimal
        | Ty::Money(_)
        | Ty::Text
        | Ty::Enum(_)
        | Ty::Risk
        | Ty::Duration
        | Ty::Time
        | Ty::Record(_)
        | Ty::Union(_)
        | Ty::Optional(_)
        | Ty::Json
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
        | Ty::Poison => None,
    }
}

/// The rank of a risk, from 0.
pub(super) fn rank(risk: Risk) -> i128 {
    match risk {
        Risk::Read => 0,
        Risk::Modify => 1,
        Risk::External => 2,
        Risk::Delete => 3,
    }
}

/// A set of tools as bits, one word for each 64 tools of the policy.
pub(super) fn tool_bits(tools: &hir::ToolSet, of: usize) -> ToolSet {
    let mut words = vec![0_u64; of.div_ceil(64)];
    for tool in tools {
        if let Some(word) = words.get_mut(tool.index() / 64) {
            *word |= 1 << (tool.0 & 63);
        }
    }
    ToolSet(words)
}

impl Arena {
    /// What amounts of this type are counted in.
    pub(super) fn unit(&mut self, ty: &Ty) -> Unit {
        match strip(ty) {
            Ty::Decimal => Unit::Decimal,
            Ty::Money(currency) => Unit::Money(self.string(currency)),
            Ty::Duration => Unit::Duration,
            Ty::Time => Unit::Time,
            Ty::Bool
            | Ty::Int
            | Ty::Text
            | Ty::Enum(_)
            | Ty::Risk
            | Ty::List(_)
            | Ty::Set(_)
            | Ty::Map(_)
            | Ty::Record(_)
            | Ty::Union(_)
            | Ty::Optional(_)
            | Ty::Json
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
            | Ty::Poison => Unit::Count,
        }
    }

    /// A constant of a type. Only an integer looks at the type: it may stand where a decimal is needed.
    pub(super) fn value(&mut self, value: &Value, ty: &Ty) -> ConstId {
        let constant = match value {
            Value::Null => Const::Null,
            Value::Bool(b) => Const::Bool(*b),
            Value::Int(n) if *strip(ty) == Ty::Decimal => Const::Num(Decimal::from_int(*n).raw(), Unit::Decimal),
            Value::Int(n) => Const::Num(i128::from(*n), Unit::Count),
            Value::Decimal(d) => Const::Num(d.raw(), Unit::Decimal),
            Value::Money(d, currency) => Const::Num(d.raw(), Unit::Money(self.string(currency))),
            Value::Text(t) | Value::Enum(t) | Value::Regex(t) => Const::Text(self.string(t)),
            Value::Risk(risk) => Const::Num(rank(*risk), Unit::Count),
            Value::Duration(ns) => Const::Num(i128::from(*ns), Unit::Duration),
            Value::Time(ns) => Const::Num(i128::from(*ns), Unit::Time),
            Value::Host(t) => Const::Host(self.string(t)),
            Value::Network(t) => Const::Network(self.string(t)),
            Value::Path(t) => Const::Path(self.string(t)),
            Value::List(items) => {
                let of = member_type(ty).unwrap_or(&Ty::Json);
                Const::List(items.iter().map(|item| self.value(item, of)).collect())
            }
            Value::Record(entries) => {
                let of = member_type(ty);
                let mut fields = Vec::with_capacity(entries.len());
                for (key, item) in entries {
                    let of = of.or_else(|| record_field(ty, key)).unwrap_or(&Ty::Json);
                    let item = self.value(item, of);
                    fields.push((self.string(key), item));
                }
                Const::Record(fields)
            }
        };
        self.constant(constant)
    }

    /// An amount as a plain count of its unit; `None` if it is none.
    pub(super) fn amount(value: &Value, ty: &Ty) -> Option<i128> {
        match value {
            Value::Int(n) if *strip(ty) == Ty::Decimal => Some(Decimal::from_int(*n).raw()),
            Value::Int(n) | Value::Duration(n) | Value::Time(n) => Some(i128::from(*n)),
            Value::Decimal(d) | Value::Money(d, _) => Some(d.raw()),
            Value::Null
            | Value::Bool(_)
            | Value::Text(_)
            | Value::Enum(_)
            | Value::Risk(_)
            | Value::Host(_)
            | Value::Network(_)
            | Value::Path(_)
            | Value::Regex(_)
            | Value::List(_)
            | Value::Record(_) => None,
        }
    }

    /// One, in a unit; what a budget charges if it does not say.
    pub(super) fn one(&mut self, ty: &Ty) -> ConstId {
        let unit = self.unit(ty);
        let one = match unit {
            Unit::Count | Unit::Duration | Unit::Time => 1,
            Unit::Decimal | Unit::Money(_) => SCALE,
        };
        self.constant(Const::Num(one, unit))
    }

    /// The members of a constant list, sorted by what they say and each once: equal sets are one constant.
    pub(super) fn sorted(&mut self, members: &[ConstId]) -> ConstId {
        let mut keyed: Vec<(u8, i128, String, ConstId)> = members
            .iter()
            .map(|id| {
                let (kind, number, text) = match self.const_at(*id) {
                    Some(Const::Bool(b)) => (0, i128::from(*b), None),
                    Some(Const::Num(n, _)) => (1, *n, None),
                    Some(Const::Text(s)) => (2, 0, Some(*s)),
                    Some(Const::Host(s)) => (3, 0, Some(*s)),
                    Some(Const::Network(s)) => (4, 0, Some(*s)),
                    Some(Const::Path(s)) => (5, 0, Some(*s)),
                    Some(Const::List(_) | Const::Record(_) | Const::Null) | None => (6, 0, None),
                };
                (kind, number, text.map_or("", |s| self.policy.text(s)).to_owned(), *id)
            })
            .collect();
        keyed.sort();
        keyed.dedup();
        self.constant(Const::List(keyed.into_iter().map(|(.., id)| id).collect()))
    }

    /// What the wire is checked against.
    pub(super) fn shape_of(&mut self, ty: &Ty) -> ShapeId {
        let shape = match ty {
            Ty::Bool => Shape::Bool,
            Ty::Int => Shape::Int,
            Ty::Decimal => Shape::Decimal,
            Ty::Money(currency) => Shape::Money(self.string(currency)),
            Ty::Text
            | Ty::Shell(_)
            | Ty::Sql(_)
            | Ty::Url
            | Ty::Path(_)
            | Ty::Host
            | Ty::Ip
            | Ty::Cidr
            | Ty::Email
            | Ty::Regex => Shape::Text,
            Ty::Enum(variants) => {
                let mut sorted: Vec<&String> = variants.iter().collect();
                sorted.sort();
                sorted.dedup();
                Shape::Enum(sorted.into_iter().map(|v| self.string(v)).collect())
            }
            Ty::Risk => {
                let mut names = Risk::ALL.map(Risk::name);
                names.sort_unstable();
                Shape::Enum(names.into_iter().map(|n| self.string(n)).collect())
            }
            Ty::Duration => Shape::Duration,
            Ty::Time => Shape::Time,
            Ty::List(t) => Shape::List(self.shape_of(t)),
            Ty::Set(t) => Shape::Set(self.shape_of(t)),
            Ty::Map(t) => Shape::Map(self.shape_of(t)),
            Ty::Record(record) => Shape::Record { fields: self.fields(&record.fields), open: record.open },
            Ty::Union(branches) => Shape::Union(branches.iter().map(|t| self.shape_of(t)).collect()),
            Ty::Optional(t) => Shape::Optional(self.shape_of(t)),
            Ty::Json | Ty::Session | Ty::Poison => Shape::Json,
        };
        self.shape(shape)
    }

    /// Fields, sorted by name.
    pub(super) fn fields(&mut self, fields: &[hir::Field]) -> Vec<Field> {
        let mut sorted: Vec<&hir::Field> = fields.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        sorted.into_iter().map(|f| self.field(f)).collect()
    }

    /// A field; it is required if it has no default and may not be absent.
    pub(super) fn field(&mut self, field: &hir::Field) -> Field {
        let required = field.default.is_none() && !matches!(field.ty, Ty::Optional(_));
        let default = field.default.as_ref().map(|value| self.string(&json::value(value)));
        Field { name: self.string(&field.name), shape: self.shape_of(&field.ty), required, default }
    }
}

fn record_field<'t>(ty: &'t Ty, key: &str) -> Option<&'t Ty> {
    if let Ty::Record(record) = strip(ty) { record.fields.iter().find(|f| f.name == key).map(|f| &f.ty) } else { None }
}
