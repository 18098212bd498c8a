//! The parts of an expression.

use policyc_compile::hir::{Expr, ExprKind};

/// All expressions directly inside this one.
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
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
        | ExprKind::SessionHas(_) => Vec::new(),
        ExprKind::Field(a, _)
        | ExprKind::Member(a, _)
        | ExprKind::Lookup(_, a)
        | ExprKind::Narrow(a)
        | ExprKind::ToDecimal(a)
        | ExprKind::Neg(a)
        | ExprKind::Lower(a)
        | ExprKind::Len(a)
        | ExprKind::IsTrue(a)
        | ExprKind::Not(a)
        | ExprKind::Surely(a)
        | ExprKind::Like(a, _)
        | ExprKind::Matches(a, _)
        | ExprKind::Present(a)
        | ExprKind::ValueHas(a, _)
        | ExprKind::FromUser(a)
        | ExprKind::FromTools(a, _) => vec![a],
        ExprKind::Index(a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Within(a, b)
        | ExprKind::StartsWith(a, b)
        | ExprKind::EndsWith(a, b)
        | ExprKind::Contains(a, b)
        | ExprKind::Quantified { list: a, body: b, .. } => vec![a, b],
        ExprKind::And(many) | ExprKind::Or(many) | ExprKind::Call(_, many) => many.iter().collect(),
    }
}
