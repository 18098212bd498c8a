//! Expressions: what each means where it stands, and of which type it is.
//!
//! Values and conditions are told apart here: a value of type `bool` can be asked, a condition can never be compared.
//! A bare word is a variable, else a definition, else a value of the enum that the other side has. Whatever is wrong
//! is said once and becomes poison. Nothing here is deeper than what the parser let through.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operator names the types that it is defined for; every other one, also a new one, is a mistake"
)]

mod arith;
mod compare;
mod functions;
mod history;
mod literals;
mod members;
mod membership;
mod names;
mod texts;

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, BinaryOp, ExprKind as K, UnaryOp};

use crate::checker::{Checker, strip};
use crate::constants::{Misfit, convert};
use crate::hir::{Expr, ExprKind, ToolSet, Ty, Value, VarId};
use crate::modules::ModuleId;
use crate::words;

/// What can be asked where an expression stands.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Constants alone; the words say of what.
    Constant(&'static str),
    /// All but the call's arguments and the result.
    Function,
    /// All but the result.
    Call(ToolSet),
    /// Everything.
    Result(ToolSet),
    /// Everything, but nothing is known of the tools: of that, something has been said.
    Lost,
}

/// Where an expression stands.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub module: ModuleId,
    pub what: What,
    /// The names in scope, the innermost last.
    pub locals: Vec<Local<'a>>,
    /// The next variable.
    pub next_var: u32,
    /// Every quantified variable that was met: a text that explains the condition may name it.
    pub met: Vec<Local<'a>>,
    /// Whether `surely` may stand here: in the condition of a rule that restricts.
    pub restricts: bool,
    /// What is needed is a hint only: values of a test's call may be wrong on purpose.
    pub lenient: bool,
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(crate) struct Local<'a> {
    pub name: String,
    pub kind: LocalKind<'a>,
}

/// What a name in scope stands for.
#[derive(Clone, Debug)]
pub(crate) enum LocalKind<'a> {
    /// A variable.
    Var(VarId, Ty),
    /// An expression of a test's table, read anew wherever the name stands.
    Row(&'a ast::Expr),
    /// A value that a column of a test's table can have.
    Value(Value, Ty),
}

impl Place<'_> {
    /// A place without names of its own.
    pub fn new(module: ModuleId, what: What) -> Self {
        Self { module, what, locals: Vec::new(), next_var: 0, met: Vec::new(), restricts: false, lenient: false }
    }
}

/// What stands where something was wrong.
pub(crate) fn poison(span: Span) -> Expr {
    Expr { kind: ExprKind::Const(Value::Null), ty: Ty::Poison, span }
}

/// A constant.
pub(crate) fn constant(value: Value, ty: Ty, span: Span) -> Expr {
    Expr { kind: ExprKind::Const(value), ty, span }
}

/// A condition.
pub(crate) fn asks(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Ty::Bool, span }
}

/// Whether this is written as a condition.
pub(crate) fn is_condition(e: &ast::Expr) -> bool {
    match &e.kind {
        K::Unary(UnaryOp::Not, _) | K::Present(..) | K::Has(..) | K::From(..) | K::Quantified { .. } => true,
        K::Binary(op, ..) => !matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul),
        K::Bool(_)
        | K::Number(_)
        | K::Money(..)
        | K::Duration(..)
        | K::Text(_)
        | K::Net(_)
        | K::Regex(_)
        | K::Null
        | K::List { .. }
        | K::Record(_)
        | K::Name(_)
        | K::Field(..)
        | K::Index(..)
        | K::Call(..)
        | K::Unary(UnaryOp::Neg, _) => false,
    }
}

impl<'a> Checker<'a, '_> {
    /// A condition; of type `Bool`, or poison.
    pub fn condition(&mut self, e: &'a ast::Expr, p: &mut Place<'a>) -> Expr {
        match &e.kind {
            K::Unary(UnaryOp::Not, of) => {
                let of = self.condition(of, p);
                if of.ty == Ty::Poison { poison(e.span) } else { asks(ExprKind::Not(of.into()), e.span) }
            }
            K::Binary(op, at, a, b) => self.asked(e, *op, *at, a, b, p),
            K::Present(of, negated) => {
                let asked = self.present(of, e.span, p);
                negate_if(*negated, asked)
            }
            K::Has(of, mark) => self.has(of, mark, e.span, p),
            K::From(of, origin) => self.from(of, origin, e.span, p),
            K::Quantified { all, var, list, body } => self.quantified(*all, var, list, body, e.span, p),
            K::Call(callee, args) => {
                let call = self.call(callee, args, e.span, p, true);
                self.ask_value(call)
            }
            K::Bool(_)
            | K::Number(_)
            | K::Money(..)
            | K::Duration(..)
            | K::Text(_)
            | K::Net(_)
            | K::Regex(_)
            | K::Null
            | K::List { .. }
            | K::Record(_)
            | K::Name(_)
            | K::Field(..)
            | K::Index(..)
            | K::Unary(UnaryOp::Neg, _) => {
                let value = self.value(e, Some(&Ty::Bool), p);
                self.ask_value(value)
            }
        }
    }

    fn ask_value(&mut self, value: Expr) -> Expr {
        match (strip(&value.ty), &value.kind) {
            (Ty::Poison, _) => value,
            (Ty::Bool, ExprKind::Const(_) | ExprKind::Call(..) | ExprKind::Surely(_)) => Expr { ty: Ty::Bool, ..value },
            (Ty::Bool, _) => {
                let span = value.span;
                asks(ExprKind::IsTrue(value.into()), span)
            }
            (ty, _) => {
                let message = format!("`{}` is {} and no condition", self.text(value.span), words::one(ty));
                self.error(
                    &code::NOT_A_CONDITION,
                    value.span,
                    message,
                    "compare it with something, or ask `is present`",
                );
                poison(value.span)
            }
        }
    }

    fn asked(
        &mut self,
        e: &'a ast::Expr,
        op: BinaryOp,
        at: Span,
        a: &'a ast::Expr,
        b: &'a ast::Expr,
        p: &mut Place<'a>,
    ) -> Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let mut operands = Vec::new();
                let mut healthy = true;
                for side in [a, b] {
                    let side = self.condition(side, p);
                    healthy &= side.ty != Ty::Poison;
                    match (op, side.kind) {
                        (BinaryOp::And, ExprKind::And(more)) | (BinaryOp::Or, ExprKind::Or(more)) => {
                            operands.extend(more)
                        }
                        (_, kind) => operands.push(Expr { kind, ty: side.ty, span: side.span }),
                    }
                }
                if !healthy {
                    return poison(e.span);
                }
                let kind = if op == BinaryOp::And { ExprKind::And(operands) } else { ExprKind::Or(operands) };
                asks(kind, e.span)
            }
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.compare(op, a, b, e.span, p)
            }
            BinaryOp::In => self.is_in(a, b, e.span, p),
            BinaryOp::NotIn => {
                let asked = self.is_in(a, b, e.span, p);
                negate_if(true, asked)
            }
            BinaryOp::Within => self.within(a, b, e.span, p),
            BinaryOp::NotWithin => {
                let asked = self.within(a, b, e.span, p);
                negate_if(true, asked)
            }
            BinaryOp::Contains => self.contains(a, b, e.span, p),
            BinaryOp::Like => self.like(a, b, e.span, p),
            BinaryOp::Matches => self.matches(a, b, e.span, p),
            BinaryOp::StartsWith | BinaryOp::EndsWith => {
                self.begins_or_ends(op == BinaryOp::StartsWith, a, b, e.span, p)
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                let value = self.arith(op, at, a, b, e.span, p);
                self.ask_value(value)
            }
        }
    }

    /// A value of whatever type it has; `expected` gives bare words and empty braces their meaning.
    pub fn value(&mut self, e: &'a ast::Expr, expected: Option<&Ty>, p: &mut Place<'a>) -> Expr {
        match &e.kind {
            K::Bool(b) => constant(Value::Bool(*b), Ty::Bool, e.span),
            K::Number(digits) => self.number(digits, e.span),
            K::Money(digits, currency) => self.money(digits, currency, e.span),
            K::Duration(digits, unit) => self.duration(digits, unit, e.span),
            K::Text(text) => constant(Value::Text(text.clone()), Ty::Text, e.span),
            K::Net(text) => self.net(text, e.span),
            K::Regex(text) => self.regex(text, e.span),
            K::Null => constant(Value::Null, Ty::Optional(Ty::Json.into()), e.span),
            K::List { items, square } => self.list(items, *square, expected, e.span, p),
            K::Record(entries) => self.record(entries, expected, e.span, p),
            K::Name(name) => self.name(name, expected, e.span, p),
            K::Field(of, name) => self.field(of, name, expected, e, p),
            K::Index(of, key) => self.index(of, key, e.span, p),
            K::Call(callee, args) => self.call(callee, args, e.span, p, false),
            K::Unary(UnaryOp::Neg, of) => self.negative(of, expected, e.span, p),
            K::Binary(op @ (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul), at, a, b) => {
                self.arith(*op, *at, a, b, e.span, p)
            }
            K::Unary(UnaryOp::Not, _)
            | K::Binary(..)
            | K::Present(..)
            | K::Has(..)
            | K::From(..)
            | K::Quantified { .. } => {
                let said = self.diagnostics.len();
                let _ = self.condition(e, p);
                if said == self.diagnostics.len() {
                    self.refuse_condition(e.span);
                }
                poison(e.span)
            }
        }
    }

    pub(super) fn refuse_condition(&mut self, span: Span) {
        let message = format!("`{}` is a condition, and a value is needed here", self.text(span));
        self.error(
            &code::NOT_A_VALUE,
            span,
            message,
            "a condition cannot be compared or handed on: join it with `and`, `or`, `not`",
        );
    }

    /// A value of a type.
    pub fn value_of(&mut self, e: &'a ast::Expr, ty: &Ty, p: &mut Place<'a>) -> Expr {
        let value = self.value(e, Some(ty), p);
        self.fit(value, ty)
    }

    /// The value as one of a type; says so if it is none.
    pub fn fit(&mut self, e: Expr, to: &Ty) -> Expr {
        let needed = strip(to);
        if matches!(e.ty, Ty::Poison) || matches!(needed, Ty::Poison) {
            return e;
        }
        if let ExprKind::Const(value) = &e.kind {
            return match convert(value, to) {
                Ok(_) if *needed == Ty::Json => e,
                Ok(value) => constant(value, needed.clone(), e.span),
                Err(why) => {
                    self.misfit(&e, needed, why);
                    poison(e.span)
                }
            };
        }
        let has = strip(&e.ty);
        match (has, needed) {
            (a, b) if a == b => e,
            (_, Ty::Json) | (Ty::Path(_), Ty::Path(_)) | (Ty::Shell(_), Ty::Shell(_)) | (Ty::Enum(_), Ty::Text) => e,
            (Ty::Int, Ty::Decimal) => {
                let span = e.span;
                Expr { kind: ExprKind::ToDecimal(e.into()), ty: Ty::Decimal, span }
            }
            (Ty::Union(branches), one) if branches.contains(one) => {
                let span = e.span;
                Expr { kind: ExprKind::Narrow(e.into()), ty: one.clone(), span }
            }
            (_, Ty::Union(branches)) if branches.contains(has) => e,
            (_, _) => {
                self.misfit(&e, needed, Misfit::Kind);
                poison(e.span)
            }
        }
    }

    /// Says why a value is none of a type.
    pub fn misfit(&mut self, e: &Expr, needed: &Ty, why: Misfit) {
        let text = self.text(e.span);
        match why {
            Misfit::Kind => {
                let message =
                    format!("`{text}` is {}, and {} is needed here", words::one(strip(&e.ty)), words::one(needed));
                let said = Diagnostic::new(&code::TYPE_MISMATCH, e.span, message);
                let said = match (needed, strip(&e.ty)) {
                    (Ty::Money(currency), Ty::Int | Ty::Decimal) if matches!(e.kind, ExprKind::Const(_)) => said
                        .help(format!("an amount has a currency: `{text} {currency}`"))
                        .fix(format!("write `{text} {currency}`"), e.span.after(), format!(" {currency}"), false),
                    (Ty::Duration, Ty::Int | Ty::Decimal) => said.help("a duration has a unit: `10 min`"),
                    (Ty::Url | Ty::Host | Ty::Path(_) | Ty::Email | Ty::Ip | Ty::Cidr, Ty::Text) => {
                        let word = type_word(needed);
                        said.help(format!("give it the type `{word}` where it is declared"))
                    }
                    (_, _) => said,
                };
                self.say(said);
            }
            Misfit::Text(why) => {
                let message = format!("`{text}` is not {}: {why}", words::one(needed));
                self.say(Diagnostic::new(&code::BAD_LITERAL, e.span, message));
            }
            Misfit::Variant(word) => self.unknown_variant(&word, needed, e.span),
            Misfit::Field(why) => {
                let message = format!("`{text}` does not fit: {why}");
                self.say(Diagnostic::new(&code::TYPE_MISMATCH, e.span, message));
            }
        }
    }

    /// An enum or the risks have no such value.
    pub fn unknown_variant(&mut self, word: &str, ty: &Ty, span: Span) {
        match ty {
            Ty::Risk => {
                let known: Vec<&str> = crate::hir::Risk::ALL.iter().map(|r| r.name()).collect();
                let otherwise = format!("the risks are {}", words::listed(known.iter().copied()));
                self.unknown(&code::UNKNOWN_RISK, span, format!("there is no risk `{word}`"), word, known, &otherwise);
            }
            _ => {
                let variants = variants_of(ty);
                let otherwise = format!("it is one of {}", words::listed(variants.iter().map(String::as_str)));
                let message = format!("`{word}` is none of its values");
                let known = variants.iter().map(String::as_str);
                self.unknown(&code::UNKNOWN_VARIANT, span, message, word, known, &otherwise);
            }
        }
    }
}

/// The values of an enum, also of one among other types.
pub(crate) fn variants_of(ty: &Ty) -> Vec<String> {
    match strip(ty) {
        Ty::Enum(variants) => variants.to_vec(),
        Ty::Union(branches) => branches.iter().flat_map(variants_of).collect(),
        Ty::Risk => crate::hir::Risk::ALL.iter().map(|r| r.name().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// A type as it is written in a declaration.
fn type_word(ty: &Ty) -> &'static str {
    match ty {
        Ty::Url => "url",
        Ty::Host => "host",
        Ty::Path(_) => "path",
        Ty::Email => "email",
        Ty::Ip => "ip",
        _ => "cidr",
    }
}

fn negate_if(negated: bool, e: Expr) -> Expr {
    if !negated || e.ty == Ty::Poison {
        return e;
    }
    let span = e.span;
    asks(ExprKind::Not(e.into()), span)
}
