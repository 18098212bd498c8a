//! Small changes to a condition, one at a time: each as the changed tree and as an edit of the source.

use policyc_compile::hir::{CompareOp, Decimal, Expr, ExprKind, Ty, Value};
use policyc_diag::Span;

use super::raw::raw;

/// One change: what kind, which bytes of the source become which text, and the tree after it.
pub(super) struct Variant {
    pub(super) operator: &'static str,
    pub(super) span: Span,
    pub(super) text: String,
    pub(super) expr: Expr,
}

/// The text of a place.
pub(super) type Source<'s> = dyn Fn(Span) -> String + 's;

/// How many members of one list are left out, one at a time.
const MOST_MEMBERS: usize = 4;

/// Every change of a condition, outermost first. Recursion is as deep as the language nests.
pub(super) fn variants(e: &Expr, source: &Source<'_>) -> Vec<Variant> {
    let mut out = own(e, source);
    let count = parts(&mut e.clone()).len();
    for index in 0..count {
        let Some(part) = parts(&mut e.clone()).into_iter().nth(index).map(|p| p.clone()) else { continue };
        for variant in variants(&part, source) {
            let mut copy = e.clone();
            if let Some(slot) = parts(&mut copy).into_iter().nth(index) {
                *slot = variant.expr;
            }
            out.push(Variant { expr: copy, ..variant });
        }
    }
    out
}

/// The parts that are changed in turn.
fn parts(e: &mut Expr) -> Vec<&mut Expr> {
    match &mut e.kind {
        ExprKind::Not(a)
        | ExprKind::Surely(a)
        | ExprKind::IsTrue(a)
        | ExprKind::Neg(a)
        | ExprKind::ToDecimal(a)
        | ExprKind::Lower(a)
        | ExprKind::Len(a) => vec![a],
        ExprKind::And(all) | ExprKind::Or(all) => all.iter_mut().collect(),
        ExprKind::Arith(_, a, b) | ExprKind::Compare(_, a, b) | ExprKind::In(a, b) => vec![a, b],
        ExprKind::StartsWith(_, b) | ExprKind::EndsWith(_, b) | ExprKind::Contains(_, b) => vec![b],
        ExprKind::Quantified { body, .. } => vec![body],
        ExprKind::Const(_)
        | ExprKind::Arg(_)
        | ExprKind::Args
        | ExprKind::Label(_)
        | ExprKind::AgentId
        | ExprKind::AgentTenant
        | ExprKind::AgentAttr(_)
        | ExprKind::HasRole(_)
        | ExprKind::SessionId
        | ExprKind::SessionAge
        | ExprKind::ToolName
        | ExprKind::ToolRisk
        | ExprKind::ToolTags
        | ExprKind::Time
        | ExprKind::Budget(..)
        | ExprKind::Result
        | ExprKind::ResultOk
        | ExprKind::UsageTokens
        | ExprKind::UsageCost
        | ExprKind::UsageTime
        | ExprKind::Task
        | ExprKind::Var(_)
        | ExprKind::Field(..)
        | ExprKind::Member(..)
        | ExprKind::Index(..)
        | ExprKind::Lookup(..)
        | ExprKind::Call(..)
        | ExprKind::Narrow(_)
        | ExprKind::Within(..)
        | ExprKind::Like(..)
        | ExprKind::Matches(..)
        | ExprKind::Present(_)
        | ExprKind::SessionHas(_)
        | ExprKind::ValueHas(..)
        | ExprKind::FromUser(_)
        | ExprKind::FromTools(..) => Vec::new(),
    }
}

/// Changes of the expression itself.
fn own(e: &Expr, source: &Source<'_>) -> Vec<Variant> {
    let mut out = Vec::new();
    let mut push = |operator, text: String, kind| {
        out.push(Variant { operator, span: e.span, text, expr: Expr { kind, ..e.clone() } });
    };
    let joined = |all: &[Expr], word: &str| {
        let parts: Vec<String> = all.iter().map(|part| format!("({})", source(part.span))).collect();
        parts.join(word)
    };
    if let Some((text, kind)) = raw(e, source) {
        push("raw text", text, kind);
    }
    match &e.kind {
        ExprKind::And(all) => push("and to or", joined(all, " or "), ExprKind::Or(all.clone())),
        ExprKind::Or(all) => push("or to and", joined(all, " and "), ExprKind::And(all.clone())),
        // What it denies is changed.
        ExprKind::Surely(of) => push("sure to perhaps", source(of.span), of.kind.clone()),
        ExprKind::Not(_) | ExprKind::IsTrue(_) => {}
        ExprKind::Const(value) => {
            for (operator, value) in constants(value, &e.ty) {
                push(operator, written(&value), ExprKind::Const(value));
            }
        }
        ExprKind::Quantified { all, var, name, list, body } => {
            let (word, now) = if *all { ("all ", "any ") } else { ("any ", "all ") };
            let flipped = ExprKind::Quantified {
                all: !*all,
                var: *var,
                name: name.clone(),
                list: list.clone(),
                body: body.clone(),
            };
            push("any and all", source(e.span).replacen(word, now, 1), flipped);
            atom(e, source, &mut push);
        }
        ExprKind::Compare(op, a, b) => {
            let (left, right) = (source(a.span), source(b.span));
            if let Some((word, other)) = bounds(*op) {
                push("bound", format!("{left} {word} {right}"), ExprKind::Compare(other, a.clone(), b.clone()));
            }
            atom(e, source, &mut push);
        }
        ExprKind::Like(x, glob) => {
            let left = source(x.span);
            if !(glob.starts_with('*') && glob.ends_with('*')) {
                let wide = format!("*{}*", glob.trim_matches('*'));
                push("pattern widened", format!("{left} like {wide:?}"), ExprKind::Like(x.clone(), wide));
            }
            if let Some(at) = glob.find('*') {
                let (head, tail) = glob.split_at(at);
                let narrow = format!("{head}{}", tail.trim_start_matches('*'));
                push("pattern narrowed", format!("{left} like {narrow:?}"), ExprKind::Like(x.clone(), narrow));
            }
            atom(e, source, &mut push);
        }
        ExprKind::Matches(x, regex) => {
            let wide = regex.trim_start_matches('^').trim_end_matches('$');
            if wide != regex && !wide.ends_with('\\') && !wide.contains('|') && !wide.is_empty() {
                let text = format!("{} matches /{wide}/", source(x.span));
                push("pattern widened", text, ExprKind::Matches(x.clone(), wide.to_owned()));
            }
            atom(e, source, &mut push);
        }
        ExprKind::StartsWith(a, b) | ExprKind::EndsWith(a, b) => {
            let text = format!("{} contains {}", source(a.span), source(b.span));
            push("pattern widened", text, ExprKind::Contains(a.clone(), b.clone()));
            atom(e, source, &mut push);
        }
        ExprKind::HasRole(_)
        | ExprKind::Within(..)
        | ExprKind::In(..)
        | ExprKind::Contains(..)
        | ExprKind::Present(_)
        | ExprKind::SessionHas(_)
        | ExprKind::ValueHas(..)
        | ExprKind::FromUser(_)
        | ExprKind::FromTools(..)
        | ExprKind::Call(..) => atom(e, source, &mut push),
        ExprKind::Arg(_)
        | ExprKind::Args
        | ExprKind::Label(_)
        | ExprKind::AgentId
        | ExprKind::AgentTenant
        | ExprKind::AgentAttr(_)
        | ExprKind::SessionId
        | ExprKind::SessionAge
        | ExprKind::ToolName
        | ExprKind::ToolRisk
        | ExprKind::ToolTags
        | ExprKind::Time
        | ExprKind::Budget(..)
        | ExprKind::Result
        | ExprKind::ResultOk
        | ExprKind::UsageTokens
        | ExprKind::UsageCost
        | ExprKind::UsageTime
        | ExprKind::Task
        | ExprKind::Var(_)
        | ExprKind::Field(..)
        | ExprKind::Member(..)
        | ExprKind::Index(..)
        | ExprKind::Lookup(..)
        | ExprKind::Narrow(_)
        | ExprKind::ToDecimal(_)
        | ExprKind::Arith(..)
        | ExprKind::Neg(_)
        | ExprKind::Lower(_)
        | ExprKind::Len(_) => {}
    }
    out
}

/// Negated, and fixed either way.
fn atom(e: &Expr, source: &Source<'_>, push: &mut dyn FnMut(&'static str, String, ExprKind)) {
    if e.ty != Ty::Bool {
        return;
    }
    push("negated", format!("not ({})", source(e.span)), ExprKind::Not(Box::new(e.clone())));
    push("fixed", "true".to_owned(), ExprKind::Const(Value::Bool(true)));
    push("fixed", "false".to_owned(), ExprKind::Const(Value::Bool(false)));
}

/// `<` and `<=`, `>` and `>=`.
fn bounds(op: CompareOp) -> Option<(&'static str, CompareOp)> {
    match op {
        CompareOp::Lt => Some(("<=", CompareOp::Le)),
        CompareOp::Le => Some(("<", CompareOp::Lt)),
        CompareOp::Gt => Some((">=", CompareOp::Ge)),
        CompareOp::Ge => Some((">", CompareOp::Gt)),
        CompareOp::Eq | CompareOp::Ne => None,
    }
}

const SECOND: i64 = 1_000_000_000;

/// Other values in place of a constant.
pub(super) fn constants(value: &Value, ty: &Ty) -> Vec<(&'static str, Value)> {
    let cent = Decimal::parse("0.01");
    let shift = |d: &Decimal| -> Vec<Decimal> {
        let Some(cent) = cent else { return Vec::new() };
        [d.checked_add(cent), d.checked_sub(cent)].into_iter().flatten().collect()
    };
    match value {
        Value::Int(n) => {
            [n.checked_add(1), n.checked_sub(1)].into_iter().flatten().map(|n| ("unit", Value::Int(n))).collect()
        }
        Value::Decimal(d) => shift(d).into_iter().map(|d| ("unit", Value::Decimal(d))).collect(),
        Value::Money(d, of) => shift(d).into_iter().map(|d| ("unit", Value::Money(d, of.clone()))).collect(),
        Value::Duration(n) => {
            let both = [n.checked_add(SECOND), n.checked_sub(SECOND)];
            both.into_iter().flatten().map(|n| ("unit", Value::Duration(n))).collect()
        }
        Value::Text(t) => vec![("constant", Value::Text(format!("{t}-other")))],
        Value::Enum(now) => {
            let other = if let Ty::Enum(all) = ty { all.iter().find(|v| *v != now) } else { None };
            other.map(|v| ("constant", Value::Enum(v.clone()))).into_iter().collect()
        }
        Value::Bool(b) => vec![("constant", Value::Bool(!b))],
        Value::List(members) => {
            let without = (0..members.len().min(MOST_MEMBERS)).map(|at| {
                let left = members.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, v)| v.clone()).collect();
                ("member", Value::List(left))
            });
            without.collect()
        }
        Value::Null
        | Value::Risk(_)
        | Value::Time(_)
        | Value::Host(_)
        | Value::Network(_)
        | Value::Path(_)
        | Value::Regex(_)
        | Value::Record(_) => Vec::new(),
    }
}

/// A constant as it would be written.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Decimal(d) => d.to_string(),
        Value::Money(d, of) => format!("{d} {of}"),
        Value::Text(t) => format!("{t:?}"),
        Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) => t.clone(),
        Value::Risk(r) => r.name().to_owned(),
        Value::Duration(n) if n % SECOND == 0 => format!("{} s", n / SECOND),
        Value::Duration(n) => format!("{} ms", n / 1_000_000),
        Value::Time(n) => format!("time {n}"),
        Value::Regex(r) => format!("/{r}/"),
        Value::List(all) => format!("{{ {} }}", all.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Record(all) => {
            let entries: Vec<String> = all.iter().map(|(k, v)| format!("{k}: {}", written(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
