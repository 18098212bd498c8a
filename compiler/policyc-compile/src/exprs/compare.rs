//! `== != < <= > >=`: two values of one type.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, BinaryOp};

use super::{Place, asks, constant, poison};
use crate::checker::{Checker, strip};
use crate::constants::{Misfit, convert};
use crate::hir::{CompareOp, Expr, ExprKind, Ty, Value};
use crate::words;

impl<'a> Checker<'a, '_> {
    /// Both sides of an operator, each giving the other's bare words their meaning.
    pub(super) fn both(&mut self, a: &'a ast::Expr, b: &'a ast::Expr, p: &mut Place<'a>) -> (Expr, Expr) {
        if self.needs_type(a, p) && !self.needs_type(b, p) {
            let b = self.value(b, None, p);
            let ty = strip(&b.ty).clone();
            return (self.value(a, Some(&ty), p), b);
        }
        let a = self.value(a, None, p);
        let ty = strip(&a.ty).clone();
        let b = self.value(b, Some(&ty), p);
        (a, b)
    }

    pub(super) fn compare(
        &mut self,
        op: BinaryOp,
        a: &'a ast::Expr,
        b: &'a ast::Expr,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let op = match op {
            BinaryOp::Ne => CompareOp::Ne,
            BinaryOp::Lt => CompareOp::Lt,
            BinaryOp::Le => CompareOp::Le,
            BinaryOp::Gt => CompareOp::Gt,
            BinaryOp::Ge => CompareOp::Ge,
            _ => CompareOp::Eq,
        };
        let (a, b) = self.both(a, b, p);
        self.compared(op, a, b, span)
    }

    /// A comparison of two values.
    pub(super) fn compared(&mut self, op: CompareOp, a: Expr, b: Expr, span: Span) -> Expr {
        if a.ty == Ty::Poison || b.ty == Ty::Poison {
            return poison(span);
        }
        for (one, other) in [(&a, &b), (&b, &a)] {
            if matches!(one.kind, ExprKind::Const(Value::Null)) {
                let asked = self.text(other.span);
                let question = if op == CompareOp::Eq { "is not present" } else { "is present" };
                self.say(
                    Diagnostic::new(&code::TYPE_MISMATCH, span, "nothing can be compared with `null`")
                        .help(format!("write `{asked} {question}`"))
                        .fix(format!("write `{asked} {question}`"), span, format!("{asked} {question}"), false),
                );
                return poison(span);
            }
        }
        for side in [&a, &b] {
            match strip(&side.ty) {
                Ty::Shell(_) | Ty::Sql(_) => {
                    self.not_a_plain_text(side, span);
                    return poison(span);
                }
                Ty::Regex => {
                    let message = format!("`{}` is a regular expression", self.text(side.span));
                    self.error(&code::TYPE_MISMATCH, span, message, "write `x matches /…/`");
                    return poison(span);
                }
                _ => {}
            }
        }
        let Some((a, b)) = self.alike(a, b, span) else { return poison(span) };
        let ordered = matches!(op, CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge);
        let ty = strip(&a.ty);
        let has_order =
            matches!(ty, Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Duration | Ty::Time | Ty::Risk | Ty::Poison);
        if ordered && !has_order {
            let message = format!("{} have no order", words::many(ty));
            self.error(&code::TYPE_MISMATCH, span, message, "numbers, amounts, durations, times and risks have one");
            return poison(span);
        }
        asks(ExprKind::Compare(op, a.into(), b.into()), span)
    }

    /// Two values as values of one type; says so if there is none.
    pub(super) fn alike(&mut self, a: Expr, b: Expr, span: Span) -> Option<(Expr, Expr)> {
        if a.ty == Ty::Poison || b.ty == Ty::Poison {
            return None;
        }
        let (of_a, of_b) = (strip(&a.ty).clone(), strip(&b.ty).clone());
        if of_a == of_b {
            return Some((a, b));
        }
        match (&of_a, &of_b) {
            (Ty::Json, _) | (_, Ty::Json) => return Some((a, b)),
            (Ty::Path(_), Ty::Path(_)) | (Ty::Text, Ty::Enum(_)) | (Ty::Enum(_), Ty::Text)
                if !is_const(&a) && !is_const(&b) =>
            {
                return Some((a, b));
            }
            (Ty::Union(branches), _) if !is_const(&a) => {
                if let Some(branch) = branch_for(branches, &b) {
                    return self.alike(narrow(a, branch), b, span);
                }
            }
            (_, Ty::Union(branches)) if !is_const(&b) => {
                if let Some(branch) = branch_for(branches, &a) {
                    return self.alike(a, narrow(b, branch), span);
                }
            }
            (Ty::Int, Ty::Decimal) => return Some((self.fit(a, &Ty::Decimal), b)),
            (Ty::Decimal, Ty::Int) => return Some((a, self.fit(b, &Ty::Decimal))),
            (_, _) => {}
        }
        let mut why = Misfit::Kind;
        if let ExprKind::Const(value) = &b.kind {
            match convert(value, &of_a) {
                Ok(value) => {
                    let span = b.span;
                    return Some((a, constant(value, of_a, span)));
                }
                Err(Misfit::Kind) => {}
                Err(other) => why = other,
            }
        }
        if let ExprKind::Const(value) = &a.kind {
            match convert(value, &of_b) {
                Ok(value) => {
                    let span = a.span;
                    return Some((constant(value, of_b, span), b));
                }
                Err(Misfit::Kind) => {}
                Err(other) => {
                    self.misfit(&a, &of_b, other);
                    return None;
                }
            }
        }
        if why != Misfit::Kind {
            self.misfit(&b, &of_a, why);
            return None;
        }
        let message = format!(
            "`{}` is {} and `{}` is {}: they do not compare",
            self.text(a.span),
            words::one(&of_a),
            self.text(b.span),
            words::one(&of_b)
        );
        let said = Diagnostic::new(&code::TYPE_MISMATCH, span, message);
        let said = match (&of_a, &of_b) {
            (Ty::Money(currency), Ty::Int | Ty::Decimal) if is_const(&b) => currency_fix(said, currency, b.span),
            (Ty::Int | Ty::Decimal, Ty::Money(currency)) if is_const(&a) => currency_fix(said, currency, a.span),
            (Ty::Money(_), Ty::Money(_)) => said.help("amounts of different currencies have no common measure here"),
            (Ty::Duration, Ty::Int | Ty::Decimal) | (Ty::Int | Ty::Decimal, Ty::Duration) => {
                said.help("a duration has a unit: `10 min`")
            }
            (Ty::List(_) | Ty::Set(_), _) => said.help("ask `any x in xs: …`, `all x in xs: …` or `xs contains x`"),
            (_, Ty::List(_) | Ty::Set(_)) => said.help("ask `x in xs`"),
            (Ty::Int | Ty::Decimal, Ty::Text) if is_const(&b) => said.help("numbers stand without quotes"),
            (_, _) => said,
        };
        self.say(said);
        None
    }
}

fn currency_fix(said: Diagnostic, currency: &str, at: Span) -> Diagnostic {
    said.help("an amount has a currency").fix(
        format!("write `{currency}` behind it"),
        at.after(),
        format!(" {currency}"),
        false,
    )
}

pub(super) fn is_const(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Const(_))
}

pub(super) fn narrow(e: Expr, to: Ty) -> Expr {
    let span = e.span;
    Expr { kind: ExprKind::Narrow(e.into()), ty: to, span }
}

/// The branch of a union that fits the other side.
pub(super) fn branch_for(branches: &[Ty], other: &Expr) -> Option<Ty> {
    let of = strip(&other.ty);
    if let Some(same) = branches.iter().find(|b| *b == of) {
        return Some(same.clone());
    }
    if let ExprKind::Const(value) = &other.kind {
        let exact = branches.iter().find(|b| convert(value, b).as_ref() == Ok(value));
        return exact.or_else(|| branches.iter().find(|b| convert(value, b).is_ok())).cloned();
    }
    let number = |t: &Ty| matches!(t, Ty::Int | Ty::Decimal);
    branches.iter().find(|b| number(b) && number(of)).cloned()
}
