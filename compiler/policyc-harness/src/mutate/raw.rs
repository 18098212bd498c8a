//! What a structured text is asked, asked of the text as it came: what people write before they know better.

use policyc_compile::hir::{CompareOp, Expr, ExprKind, Ty, Value};

use super::exprs::Source;

/// How many texts one question is made of.
const MOST: usize = 6;

/// The condition over the plain text, as it would be written and as a tree; `None` if it asks no structured argument.
pub(super) fn raw(e: &Expr, source: &Source<'_>) -> Option<(String, ExprKind)> {
    let kind = &e.kind;
    if let ExprKind::Within(x, y) = kind {
        let base = base(x)?;
        if let ExprKind::Const(Value::Path(p)) = &y.kind {
            let starts = ExprKind::StartsWith(Box::new(plain(base)), Box::new(text(p, y)));
            return Some((format!("{} starts with {p:?}", source(base.span)), starts));
        }
        return contains(base, &texts(y), source);
    }
    if let ExprKind::Compare(CompareOp::Eq, x, y) | ExprKind::In(x, y) = kind {
        return contains(base(x)?, &texts(y), source);
    }
    if let ExprKind::StartsWith(x, y) | ExprKind::EndsWith(x, y) | ExprKind::Contains(x, y) = kind {
        return contains(member_base(x)?, &texts(y), source);
    }
    if let ExprKind::Like(x, glob) = kind {
        let base = member_base(x)?;
        let like = ExprKind::Like(Box::new(plain(base)), glob.clone());
        return Some((format!("{} like {glob:?}", source(base.span)), like));
    }
    if let ExprKind::Matches(x, regex) = kind {
        let base = member_base(x)?;
        let matches = ExprKind::Matches(Box::new(plain(base)), regex.clone());
        return Some((format!("{} matches /{regex}/", source(base.span)), matches));
    }
    // `any c in args.command.commands: c.program == "rm"`
    let ExprKind::Quantified { list, body, .. } = kind else { return None };
    contains(member_base(list)?, &asked(body), source)
}

/// The argument of a structured type that is asked, or of which a member is.
fn base(e: &Expr) -> Option<&Expr> {
    let mut e = e;
    while let ExprKind::Member(of, _) | ExprKind::Field(of, _) = &e.kind {
        e = of;
    }
    let structured =
        matches!(e.ty, Ty::Shell(_) | Ty::Sql(_) | Ty::Url | Ty::Path(_) | Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email);
    (matches!(e.kind, ExprKind::Arg(_)) && structured).then_some(e)
}

/// The same, if a member of it is asked: of the text itself these questions are the same already.
fn member_base(e: &Expr) -> Option<&Expr> {
    matches!(e.kind, ExprKind::Member(..) | ExprKind::Field(..)).then(|| base(e)).flatten()
}

fn plain(base: &Expr) -> Expr {
    Expr { ty: Ty::Text, ..base.clone() }
}

fn text(t: &str, at: &Expr) -> Expr {
    Expr { kind: ExprKind::Const(Value::Text(t.to_owned())), ty: Ty::Text, span: at.span }
}

/// The texts that a constant stands for.
fn texts(e: &Expr) -> Vec<String> {
    let ExprKind::Const(value) = &e.kind else { return Vec::new() };
    let one = |value: &Value| match value {
        Value::Text(t) | Value::Host(t) | Value::Path(t) | Value::Network(t) | Value::Enum(t) => Some(t.clone()),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Decimal(_)
        | Value::Money(..)
        | Value::Risk(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Regex(_)
        | Value::List(_)
        | Value::Record(_) => None,
    };
    if let Value::List(all) = value { all.iter().filter_map(one).collect() } else { one(value).into_iter().collect() }
}

/// The texts of the first comparison in a condition over a member.
fn asked(body: &Expr) -> Vec<String> {
    let mut own = Vec::new();
    if let ExprKind::Compare(CompareOp::Eq, _, y)
    | ExprKind::In(_, y)
    | ExprKind::StartsWith(_, y)
    | ExprKind::EndsWith(_, y)
    | ExprKind::Contains(_, y) = &body.kind
    {
        own = texts(y);
    } else if let ExprKind::Like(_, glob) = &body.kind {
        own.push(glob.replace(['*', '?'], ""));
    }
    let filled = |found: &Vec<String>| !found.is_empty();
    Some(own).filter(filled).or_else(|| body.children().into_iter().map(asked).find(filled)).unwrap_or_default()
}

/// `TEXT contains "a" or TEXT contains "b"`
fn contains(base: &Expr, texts: &[String], source: &Source<'_>) -> Option<(String, ExprKind)> {
    let texts: Vec<&String> = texts.iter().filter(|t| !t.is_empty()).take(MOST).collect();
    let one = |t: &String| Expr {
        kind: ExprKind::Contains(Box::new(plain(base)), Box::new(text(t, base))),
        ty: Ty::Bool,
        span: base.span,
    };
    let written: Vec<String> = texts.iter().map(|t| format!("{} contains {t:?}", source(base.span))).collect();
    let kind = match texts.as_slice() {
        [] => return None,
        [only] => one(only).kind,
        several => ExprKind::Or(several.iter().map(|t| one(t)).collect()),
    };
    Some((written.join(" or "), kind))
}
