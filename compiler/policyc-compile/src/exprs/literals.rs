//! Literals: numbers, amounts, networks, expressions, lists and records. All of them are constants.

use std::collections::BTreeMap;

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, Name};

use super::{Place, constant, poison};
use crate::checker::{Checker, strip};
use crate::constants::{self, convert};
use crate::hir::{Decimal, Expr, ExprKind, Field, Ty, Value};
use crate::words;

impl<'a> Checker<'a, '_> {
    pub(super) fn number(&mut self, digits: &str, span: Span) -> Expr {
        if digits.contains('.') {
            return match decimal(digits) {
                Some(d) => constant(Value::Decimal(d), Ty::Decimal, span),
                None => {
                    let message = format!("`{digits}` does not fit a decimal");
                    self.error(
                        &code::OUT_OF_RANGE,
                        span,
                        message,
                        "decimals have 18 digits behind the point and are below 1.7 × 10²⁰",
                    );
                    poison(span)
                }
            };
        }
        match digits.parse::<i64>() {
            Ok(n) => constant(Value::Int(n), Ty::Int, span),
            Err(_) => {
                let message = format!("`{digits}` does not fit an integer");
                self.error(&code::OUT_OF_RANGE, span, message, "integers have 64 bits");
                poison(span)
            }
        }
    }

    pub(super) fn money(&mut self, digits: &str, currency: &str, span: Span) -> Expr {
        match decimal(digits) {
            Some(d) => constant(Value::Money(d, currency.to_owned()), Ty::Money(currency.to_owned()), span),
            None => {
                let message = format!("`{digits} {currency}` does not fit an amount");
                self.error(
                    &code::OUT_OF_RANGE,
                    span,
                    message,
                    "amounts have 18 digits behind the point and are below 1.7 × 10²⁰",
                );
                poison(span)
            }
        }
    }

    pub(super) fn duration(&mut self, digits: &str, unit: &str, span: Span) -> Expr {
        match constants::duration(digits, unit) {
            Some(ns) => constant(Value::Duration(ns), Ty::Duration, span),
            None => {
                let message = format!("`{digits} {unit}` does not fit a duration");
                self.error(&code::OUT_OF_RANGE, span, message, "durations are whole nanoseconds, up to 292 years");
                poison(span)
            }
        }
    }

    pub(super) fn net(&mut self, text: &str, span: Span) -> Expr {
        let ty = if text.contains('/') { Ty::Cidr } else { Ty::Ip };
        match convert(&Value::Text(text.to_owned()), &ty) {
            Ok(value) => constant(value, ty, span),
            // The parser has refused what is no address at all; this is one that clients read differently.
            Err(constants::Misfit::Text(why)) => {
                self.say(Diagnostic::new(
                    &code::BAD_LITERAL,
                    span,
                    format!("`{text}` is not {}: {why}", words::one(&ty)),
                ));
                poison(span)
            }
            Err(_) => poison(span),
        }
    }

    pub(super) fn regex(&mut self, text: &str, span: Span) -> Expr {
        let known = self.constants.regexes.get(text).cloned();
        let checked = known.unwrap_or_else(|| {
            let checked = constants::regex_problem(text);
            self.constants.regexes.insert(text.to_owned(), checked.clone());
            checked
        });
        match checked {
            Ok(()) => constant(Value::Regex(text.to_owned()), Ty::Regex, span),
            Err(why) => {
                let message = format!("this regular expression cannot be read: {why}");
                self.error(
                    &code::BAD_PATTERN,
                    span,
                    message,
                    "look-around and back-references are not there: matching is linear",
                );
                poison(span)
            }
        }
    }

    pub(super) fn list(
        &mut self,
        items: &'a [ast::Expr],
        square: bool,
        expected: Option<&Ty>,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let of = expected.and_then(member_of);
        let items = self.items_of(items, of.as_ref(), p);
        self.list_of(items, square, of, span)
    }

    /// The members of a list, each as what is expected.
    pub(super) fn items_of(&mut self, items: &'a [ast::Expr], of: Option<&Ty>, p: &mut Place<'a>) -> Vec<Expr> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let value = self.value(item, of, p);
            out.push(match of {
                Some(of) if !p.lenient => self.fit(value, of),
                Some(_) | None => value,
            });
        }
        out
    }

    /// A list of constants.
    pub(super) fn list_of(&mut self, items: Vec<Expr>, square: bool, of: Option<Ty>, span: Span) -> Expr {
        let mut member = of.clone();
        let mut values = Vec::with_capacity(items.len());
        let mut healthy = true;
        for item in items {
            healthy &= item.ty != Ty::Poison;
            let ExprKind::Const(value) = &item.kind else {
                let message = format!("`{}` is no constant", self.text(item.span));
                self.error(
                    &code::NOT_CONSTANT,
                    item.span,
                    message,
                    "a list holds constants; compare with each value by `==` and join with `or`",
                );
                healthy = false;
                continue;
            };
            values.push(value.clone());
            if of.is_some() || item.ty == Ty::Poison {
                continue;
            }
            member = match member {
                None => Some(item.ty.clone()),
                Some(so_far) => match unify(&so_far, &item.ty) {
                    Some(both) => Some(both),
                    None => {
                        let message = format!(
                            "`{}` is {}, the members before it are {}",
                            self.text(item.span),
                            words::one(&item.ty),
                            words::many(&so_far)
                        );
                        self.error(&code::TYPE_MISMATCH, item.span, message, "the members of a list have one type");
                        healthy = false;
                        Some(so_far)
                    }
                },
            };
        }
        if !healthy {
            return poison(span);
        }
        let member = member.unwrap_or(Ty::Json);
        if member == Ty::Decimal {
            values = values.iter().map(|v| convert(v, &Ty::Decimal).unwrap_or(Value::Null)).collect();
        }
        if square {
            return self.bounded(Value::List(values), Ty::List(member.into()), span);
        }
        self.bounded(constants::set(values), Ty::Set(member.into()), span)
    }

    /// A list or record, if it is not too large.
    ///
    /// Every list and record comes by here, so none is deeper than its parts allow, and whoever walks one recurses
    /// no deeper than the limit.
    fn bounded(&mut self, value: Value, ty: Ty, span: Span) -> Expr {
        let (size, nested) = (constants::size(&value), constants::nested(&value));
        if size <= constants::MAX_SIZE && nested <= constants::MAX_NESTED {
            return constant(value, ty, span);
        }
        let (message, help) = if nested > constants::MAX_NESTED {
            let message =
                format!("`{}` holds lists or records more than {} deep", self.text(span), constants::MAX_NESTED);
            (message, "write fewer into each other")
        } else {
            let message = format!("`{}` holds more than {} values, written out", self.text(span), constants::MAX_SIZE);
            (message, "read large tables with `data NAME: TYPE from \"FILE\"`")
        };
        self.error(&code::CONSTANT_TOO_LARGE, span, message, help);
        poison(span)
    }

    pub(super) fn record(
        &mut self,
        entries: &'a [(Name, ast::Expr)],
        expected: Option<&Ty>,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        let mut fields: Vec<Field> = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut healthy = true;
        for (key, e) in entries {
            if let Some(first) = seen.insert(&key.text, key.span) {
                self.twice(&key.text, key.span, first);
                healthy = false;
                continue;
            }
            let of = expected.and_then(|ty| field_of(ty, &key.text));
            let value = self.value(e, of.as_ref(), p);
            let value = match &of {
                Some(of) if !p.lenient => self.fit(value, of),
                Some(_) | None => value,
            };
            match value.kind {
                _ if value.ty == Ty::Poison => healthy = false,
                ExprKind::Const(v) => {
                    values.insert(key.text.clone(), v);
                    fields.push(Field { name: key.text.clone(), ty: value.ty, default: None, span: key.span });
                }
                _ => {
                    let message = format!("`{}` is no constant", self.text(value.span));
                    self.error(&code::NOT_CONSTANT, value.span, message, "a record holds constants");
                    healthy = false;
                }
            }
        }
        if !healthy {
            return poison(span);
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let ty = self.record_of(fields);
        self.bounded(Value::Record(values), ty, span)
    }
}

fn decimal(digits: &str) -> Option<Decimal> {
    let plain = digits.trim_start_matches('0');
    let plain = if plain.is_empty() || plain.starts_with('.') { format!("0{plain}") } else { plain.to_owned() };
    Decimal::parse(&plain)
}

/// The type of the members that a list of this type has.
fn member_of(ty: &Ty) -> Option<Ty> {
    match strip(ty) {
        Ty::List(of) | Ty::Set(of) => Some((**of).clone()),
        Ty::Union(branches) => branches.iter().find_map(member_of),
        _ => None,
    }
}

/// The type of a field of a record or map of this type.
fn field_of(ty: &Ty, name: &str) -> Option<Ty> {
    match strip(ty) {
        Ty::Map(of) => Some((**of).clone()),
        Ty::Record(record) => record.fields.iter().find(|f| f.name == name).map(|f| f.ty.clone()),
        Ty::Union(branches) => branches.iter().find_map(|b| field_of(b, name)),
        _ => None,
    }
}

/// The type of a list with members of both types.
fn unify(a: &Ty, b: &Ty) -> Option<Ty> {
    let is_net = |t: &Ty| matches!(t, Ty::Ip | Ty::Cidr | Ty::Host);
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Ty::Int, Ty::Decimal) | (Ty::Decimal, Ty::Int) => Some(Ty::Decimal),
        (Ty::Ip, Ty::Cidr) | (Ty::Cidr, Ty::Ip) => Some(Ty::Cidr),
        (Ty::Union(of), b) if of.contains(b) => Some(a.clone()),
        (Ty::Text, b) if is_net(b) || *b == Ty::Regex => Some(Ty::Union(vec![Ty::Text, b.clone()].into())),
        (a, Ty::Text) if is_net(a) || *a == Ty::Regex => Some(Ty::Union(vec![Ty::Text, a.clone()].into())),
        (Ty::Union(of), b) if is_net(b) && of.iter().any(is_net) => Some(a.clone()),
        (_, _) => None,
    }
}
