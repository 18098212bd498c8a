//! Whether a condition chooses rows, or takes all of them under the look of one.
//!
//! Conditions are folded: constants, a value compared with itself, `or` with what is always true, a test together with
//! its opposite. What could hold of every row without being visibly constant (`id > 0`, `name <> ''`, `is not null`, a
//! subquery without a condition of its own) is not told either way. Nothing is known of the rows.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enums have a hundred variants; what is not named here is not relied on"
)]

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator as Op, Expr, Query, SetExpr, TableFactor, UnaryOperator, Value, visit_expressions,
};

/// What is known of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// It holds of every row.
    Always,
    /// It holds of no row.
    Never,
    /// It chooses.
    Chooses,
    /// It may hold of every row.
    Doubtful,
}

/// How deep conditions are looked into.
const DEPTH: usize = 400;

/// Whether the condition holds of every row; `None` where that cannot be told.
pub(super) fn is_trivial(condition: &Expr) -> Option<bool> {
    match bound(condition, DEPTH) {
        Bound::Always => Some(true),
        Bound::Never | Bound::Chooses => Some(false),
        Bound::Doubtful => None,
    }
}

fn bound(expr: &Expr, depth: usize) -> Bound {
    let Some(depth) = depth.checked_sub(1) else { return Bound::Doubtful };
    let of = |e: &Expr| bound(e, depth);
    if let Expr::Nested(e) | Expr::Cast { expr: e, .. } | Expr::IsTrue(e) | Expr::Collate { expr: e, .. } = expr {
        return of(e);
    }
    if let Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr: e } | Expr::IsFalse(e) = expr {
        return not(of(e));
    }
    if let Expr::Value(value) = expr {
        return constant(&value.value);
    }
    if let Expr::Identifier(_) | Expr::CompoundIdentifier(_) = expr {
        return Bound::Chooses;
    }
    if let Expr::IsNull(e) = expr {
        return if is_literal(e) { not_null(e) } else { choosing(e) };
    }
    if let Expr::IsNotNull(e) = expr {
        return if is_literal(e) { not(not_null(e)) } else { Bound::Doubtful };
    }
    if let Expr::IsNotDistinctFrom(a, b) = expr {
        return compare(a, &Op::Eq, b);
    }
    if let Expr::IsDistinctFrom(a, b) = expr {
        return compare(a, &Op::NotEq, b);
    }
    if let Expr::BinaryOp { left, op, right } = expr {
        return match op {
            Op::And => and(of(left), of(right)),
            Op::Or if opposite(left, right) => Bound::Always,
            Op::Or => or(of(left), of(right)),
            op => compare(left, op, right),
        };
    }
    if let Expr::Between { expr: e, negated, low, high } = expr {
        let both = and(compare(e, &Op::GtEq, low), compare(e, &Op::LtEq, high));
        return if *negated { not(both) } else { both };
    }
    if let Expr::InList { expr: e, list, negated } = expr {
        let any = list.iter().map(|item| compare(e, &Op::Eq, item)).fold(Bound::Never, or);
        return if *negated { not(any) } else { any };
    }
    if let Expr::InSubquery { expr: e, subquery, negated: false } = expr {
        return if has_columns(e) && chooses(subquery, depth) { Bound::Chooses } else { Bound::Doubtful };
    }
    if let Expr::Exists { subquery, negated: false } = expr {
        let tied = is_correlated(subquery) && chooses(subquery, depth);
        return if tied { Bound::Chooses } else { Bound::Doubtful };
    }
    if let Expr::AnyOp { left, compare_op: Op::Eq, right, .. } = expr {
        let plain = !matches!(bare(right), Expr::Subquery(_));
        return if plain && has_columns(left) { Bound::Chooses } else { Bound::Doubtful };
    }
    if let Expr::Like { negated, expr: e, pattern, .. } | Expr::ILike { negated, expr: e, pattern, .. } = expr {
        let fits = matching(e, pattern, &['%', '_']);
        return if *negated { not(fits) } else { fits };
    }
    if let Expr::SimilarTo { negated, expr: e, pattern, .. } | Expr::RLike { negated, expr: e, pattern, .. } = expr {
        let fits = matching(e, pattern, &WILD);
        return if *negated { not(fits) } else { fits };
    }
    Bound::Doubtful
}

/// What a regular expression is made of that fits everything.
const WILD: [char; 11] = ['%', '_', '.', '*', '^', '$', '(', ')', '?', '+', '|'];

fn not(of: Bound) -> Bound {
    match of {
        Bound::Always => Bound::Never,
        Bound::Never => Bound::Always,
        // All rows but the chosen ones: that may be nearly all.
        Bound::Chooses | Bound::Doubtful => Bound::Doubtful,
    }
}

fn and(a: Bound, b: Bound) -> Bound {
    match (a, b) {
        (Bound::Never, _) | (_, Bound::Never) => Bound::Never,
        (Bound::Chooses, _) | (_, Bound::Chooses) => Bound::Chooses,
        (Bound::Always, Bound::Always) => Bound::Always,
        (Bound::Doubtful | Bound::Always, Bound::Doubtful) | (Bound::Doubtful, Bound::Always) => Bound::Doubtful,
    }
}

fn or(a: Bound, b: Bound) -> Bound {
    match (a, b) {
        (Bound::Always, _) | (_, Bound::Always) => Bound::Always,
        (Bound::Doubtful, _) | (_, Bound::Doubtful) => Bound::Doubtful,
        (Bound::Chooses, _) | (_, Bound::Chooses) => Bound::Chooses,
        (Bound::Never, Bound::Never) => Bound::Never,
    }
}

fn known(holds: bool) -> Bound {
    if holds { Bound::Always } else { Bound::Never }
}

fn constant(value: &Value) -> Bound {
    if let Value::Boolean(holds) = value {
        return known(*holds);
    }
    if matches!(value, Value::Null) {
        return Bound::Never;
    }
    match integer(value) {
        Some(n) => known(n != 0),
        None => Bound::Doubtful,
    }
}

fn not_null(literal: &Expr) -> Bound {
    known(matches!(bare(literal), Expr::Value(v) if matches!(v.value, Value::Null)))
}

fn choosing(expr: &Expr) -> Bound {
    if has_columns(expr) { Bound::Chooses } else { Bound::Doubtful }
}

fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Nested(inside) = expr {
        expr = inside;
    }
    expr
}

fn is_literal(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Value(v) if !matches!(v.value, Value::Placeholder(_)))
}

fn integer(value: &Value) -> Option<i128> {
    if let Value::Number(digits, _) = value { digits.parse().ok() } else { None }
}

fn number(expr: &Expr) -> Option<i128> {
    match bare(expr) {
        Expr::Value(value) => integer(&value.value),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr).and_then(i128::checked_neg),
        _ if matches!(expr, Expr::Nested(_)) => None,
        _ => None,
    }
}

fn string(expr: &Expr) -> Option<&str> {
    let Expr::Value(value) = bare(expr) else { return None };
    match &value.value {
        Value::SingleQuotedString(s) | Value::DoubleQuotedString(s) | Value::EscapedStringLiteral(s) => Some(s),
        _ if matches!(value.value, Value::Null) => None,
        _ => None,
    }
}

/// The same but for brackets; the positions of names do not count for the library's equality.
fn same(a: &Expr, b: &Expr) -> bool {
    bare(a) == bare(b)
}

fn compare(a: &Expr, op: &Op, b: &Expr) -> Bound {
    if same(a, b) {
        return match op {
            Op::Eq | Op::GtEq | Op::LtEq | Op::Spaceship => Bound::Always,
            Op::NotEq | Op::Lt | Op::Gt => Bound::Never,
            _ if is_literal(a) => Bound::Doubtful,
            _ => Bound::Doubtful,
        };
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return match op {
            Op::Eq | Op::Spaceship => known(a == b),
            Op::NotEq => known(a != b),
            Op::Lt => known(a < b),
            Op::LtEq => known(a <= b),
            Op::Gt => known(a > b),
            Op::GtEq => known(a >= b),
            _ => Bound::Doubtful,
        };
    }
    if let (Some(_), Some(_)) = (string(a), string(b)) {
        return match op {
            Op::Eq | Op::Spaceship => Bound::Never,
            Op::NotEq => Bound::Always,
            _ => Bound::Doubtful,
        };
    }
    let (of_a, of_b) = (columns(a), columns(b));
    if of_a.is_empty() && of_b.is_empty() {
        return Bound::Doubtful;
    }
    // `x + 0 = x`
    if of_a == of_b || has_unbound_query(a) || has_unbound_query(b) {
        return Bound::Doubtful;
    }
    // From the side of the column.
    let (op, other) = if of_a.is_empty() { (turned(op), a) } else { (op.clone(), b) };
    match op {
        Op::NotEq | Op::PGNotLikeMatch | Op::PGNotILikeMatch | Op::PGRegexNotMatch | Op::PGRegexNotIMatch => {
            Bound::Doubtful
        }
        Op::Gt | Op::GtEq if number(other).is_some_and(|n| n <= 0) || string(other) == Some("") => Bound::Doubtful,
        Op::Lt | Op::LtEq if number(other).is_some_and(|n| n >= 1_000_000) => Bound::Doubtful,
        Op::PGRegexMatch | Op::PGRegexIMatch | Op::PGLikeMatch | Op::PGILikeMatch | Op::Regexp => matching(a, b, &WILD),
        _ => Bound::Chooses,
    }
}

fn turned(op: &Op) -> Op {
    match op {
        Op::Lt => Op::Gt,
        Op::LtEq => Op::GtEq,
        Op::Gt => Op::Lt,
        Op::GtEq => Op::LtEq,
        op => op.clone(),
    }
}

/// A text against a pattern.
fn matching(text: &Expr, pattern: &Expr, wild: &[char]) -> Bound {
    if same(text, pattern) {
        return Bound::Always;
    }
    if !has_columns(text) || same_columns(text, pattern) {
        return Bound::Doubtful;
    }
    match string(pattern) {
        Some("%") => Bound::Always,
        Some(p) if p.trim_matches(wild).is_empty() => Bound::Doubtful,
        Some(_) | None => Bound::Chooses,
    }
}

/// `a = b` beside `a <> b`, `x` beside `not x`, and their like.
fn opposite(a: &Expr, b: &Expr) -> bool {
    let (a, b) = (bare(a), bare(b));
    match (a, b) {
        (Expr::UnaryOp { op: UnaryOperator::Not, expr }, other)
        | (other, Expr::UnaryOp { op: UnaryOperator::Not, expr }) => same(expr, other),
        (Expr::IsNull(x), Expr::IsNotNull(y)) | (Expr::IsNotNull(x), Expr::IsNull(y)) => same(x, y),
        (
            Expr::BinaryOp { left: a_left, op: a_op, right: a_right },
            Expr::BinaryOp { left: b_left, op: b_op, right: b_right },
        ) => {
            let pair = |x: &Op, y: &Op| {
                matches!((x, y), (Op::Eq, Op::NotEq) | (Op::Lt, Op::GtEq | Op::Gt) | (Op::LtEq, Op::Gt | Op::GtEq))
            };
            same(a_left, b_left) && same(a_right, b_right) && (pair(a_op, b_op) || pair(b_op, a_op))
        }
        _ => false,
    }
}

fn columns(expr: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let _all: ControlFlow<()> = visit_expressions(expr, |e| {
        if let Expr::Identifier(name) = e {
            found.insert(name.value.to_lowercase());
        }
        if let Expr::CompoundIdentifier(parts) = e {
            found.insert(parts.iter().map(|p| p.value.to_lowercase()).collect::<Vec<_>>().join("."));
        }
        ControlFlow::Continue(())
    });
    found
}

fn has_columns(expr: &Expr) -> bool {
    !columns(expr).is_empty()
}

fn same_columns(a: &Expr, b: &Expr) -> bool {
    columns(a) == columns(b)
}

/// A subquery that may give every value there is.
fn has_unbound_query(expr: &Expr) -> bool {
    let found = visit_expressions(expr, |e| match e {
        Expr::Subquery(query) if !chooses(query, DEPTH) && !is_single(query) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

/// One row for all: `(select max(id) from t)`.
fn is_single(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    select.projection.len() == 1
}

fn chooses(query: &Query, depth: usize) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    select.selection.as_ref().is_some_and(|condition| bound(condition, depth) == Bound::Chooses)
}

/// Whether a subquery names a table that it does not have itself.
fn is_correlated(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let Some(condition) = &select.selection else { return false };
    let mut own = BTreeSet::new();
    let factors =
        select.from.iter().flat_map(|f| std::iter::once(&f.relation).chain(f.joins.iter().map(|j| &j.relation)));
    for factor in factors {
        let TableFactor::Table { name, alias, .. } = factor else { return false };
        match alias {
            Some(alias) => own.insert(alias.name.value.to_lowercase()),
            None => own.insert(super::walk::last(name)),
        };
    }
    columns(condition).iter().any(|c| c.split_once('.').is_some_and(|(table, _)| !own.contains(table)))
}
