//! `+ - *` and `-x`: numbers with units. Constants are folded, and a constant that overflows is a mistake.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, BinaryOp, ExprKind as K};

use super::{Place, constant, poison};
use crate::checker::{Checker, strip};
use crate::hir::{ArithOp, Decimal, Expr, ExprKind, Ty, Value};
use crate::words;

impl<'a> Checker<'a, '_> {
    pub(super) fn negative(&mut self, of: &'a ast::Expr, expected: Option<&Ty>, span: Span, p: &mut Place<'a>) -> Expr {
        if let K::Number(digits) = &of.kind
            && !digits.contains('.')
        {
            // The smallest integer has no positive twin.
            return match format!("-{digits}").parse::<i64>() {
                Ok(n) => constant(Value::Int(n), Ty::Int, span),
                Err(_) => {
                    let message = format!("`-{digits}` does not fit an integer");
                    self.error(&code::OUT_OF_RANGE, span, message, "integers have 64 bits");
                    poison(span)
                }
            };
        }
        let value = self.value(of, expected, p);
        match strip(&value.ty).clone() {
            Ty::Poison => poison(span),
            ty @ (Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Duration) => {
                if let ExprKind::Const(v) = &value.kind {
                    return self.folded(negated(v), ty, span);
                }
                Expr { kind: ExprKind::Neg(value.into()), ty, span }
            }
            ty => {
                let message = format!("`{}` is {} and has no negative", self.text(value.span), words::one(&ty));
                self.say(Diagnostic::new(&code::TYPE_MISMATCH, span, message));
                poison(span)
            }
        }
    }

    pub(super) fn arith(
        &mut self,
        op: BinaryOp,
        at: Span,
        a: &'a ast::Expr,
        b: &'a ast::Expr,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let a = self.value(a, None, p);
        let of_a = strip(&a.ty).clone();
        // What `usage.cost` is an amount of, its neighbour says.
        let b = self.value(b, if matches!(of_a, Ty::Money(_)) { Some(&of_a) } else { None }, p);
        if a.ty == Ty::Poison || b.ty == Ty::Poison {
            return poison(span);
        }
        let of_b = strip(&b.ty).clone();
        let op = match op {
            BinaryOp::Add => ArithOp::Add,
            BinaryOp::Sub => ArithOp::Sub,
            _ => ArithOp::Mul,
        };
        let ty = match (op, &of_a, &of_b) {
            (_, Ty::Int, Ty::Int) => Ty::Int,
            (_, Ty::Int | Ty::Decimal, Ty::Int | Ty::Decimal) => Ty::Decimal,
            (ArithOp::Add | ArithOp::Sub, Ty::Money(x), Ty::Money(y)) if x == y => of_a.clone(),
            (ArithOp::Mul, money @ Ty::Money(_), Ty::Int | Ty::Decimal)
            | (ArithOp::Mul, Ty::Int | Ty::Decimal, money @ Ty::Money(_)) => money.clone(),
            (ArithOp::Add | ArithOp::Sub, Ty::Duration, Ty::Duration) => Ty::Duration,
            (ArithOp::Mul, Ty::Duration, Ty::Int) | (ArithOp::Mul, Ty::Int, Ty::Duration) => Ty::Duration,
            (ArithOp::Sub, Ty::Time, Ty::Time) => Ty::Duration,
            (ArithOp::Add | ArithOp::Sub, Ty::Time, Ty::Duration) | (ArithOp::Add, Ty::Duration, Ty::Time) => Ty::Time,
            (_, _, _) => {
                let sign = match op {
                    ArithOp::Add => "+",
                    ArithOp::Sub => "-",
                    ArithOp::Mul => "*",
                };
                let message = format!("`{sign}` is not defined for {} and {}", words::one(&of_a), words::one(&of_b));
                let said = Diagnostic::new(&code::TYPE_MISMATCH, at, message)
                    .also(a.span, words::one(&of_a))
                    .also(b.span, words::one(&of_b));
                let said = match (&of_a, &of_b) {
                    (Ty::Text, _) | (_, Ty::Text) => said.help("texts are not put together in a condition"),
                    (Ty::Money(_), Ty::Money(_)) => said.help("amounts of different currencies have no sum"),
                    (_, _) => said,
                };
                self.say(said);
                return poison(span);
            }
        };
        if let (ExprKind::Const(x), ExprKind::Const(y)) = (&a.kind, &b.kind) {
            return self.folded(calculated(op, x, y, &ty), ty, span);
        }
        let (a, b) = if ty == Ty::Decimal { (self.fit(a, &Ty::Decimal), self.fit(b, &Ty::Decimal)) } else { (a, b) };
        Expr { kind: ExprKind::Arith(op, a.into(), b.into()), ty, span }
    }

    fn folded(&mut self, value: Option<Value>, ty: Ty, span: Span) -> Expr {
        match value {
            Some(value) => constant(value, ty, span),
            None => {
                let message = format!("`{}` does not fit {}", self.text(span), words::one(&ty));
                self.error(&code::OUT_OF_RANGE, span, message, "at run time this would be unknown for every call");
                poison(span)
            }
        }
    }
}

fn negated(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Int(n) => Value::Int(n.checked_neg()?),
        Value::Duration(n) => Value::Duration(n.checked_neg()?),
        Value::Decimal(d) => Value::Decimal(d.checked_neg()?),
        Value::Money(d, currency) => Value::Money(d.checked_neg()?, currency.clone()),
        _ => return None,
    })
}

fn calculated(op: ArithOp, a: &Value, b: &Value, ty: &Ty) -> Option<Value> {
    let ints = |a: i64, b: i64| match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
    };
    let decimals = |a: Decimal, b: Decimal| match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
    };
    let number = |v: &Value| match v {
        Value::Int(n) => Some(Decimal::from_int(*n)),
        Value::Decimal(d) | Value::Money(d, _) => Some(*d),
        _ => None,
    };
    let count = |v: &Value| match v {
        Value::Int(n) | Value::Duration(n) | Value::Time(n) => Some(*n),
        _ => None,
    };
    Some(match ty {
        Ty::Decimal => Value::Decimal(decimals(number(a)?, number(b)?)?),
        Ty::Money(currency) => Value::Money(decimals(number(a)?, number(b)?)?, currency.clone()),
        Ty::Int => Value::Int(ints(count(a)?, count(b)?)?),
        Ty::Duration => Value::Duration(ints(count(a)?, count(b)?)?),
        Ty::Time => Value::Time(ints(count(a)?, count(b)?)?),
        _ => return None,
    })
}
