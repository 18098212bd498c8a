//! Explanations as JSON, with a version; keys are sorted.

use serde_json::{Value, json};

use super::{BudgetReport, Explanation, Literal, RuleReport, VERSION};

impl Explanation<'_> {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "version": VERSION,
            // What was written is JSON, so it can be read.
            "decision": serde_json::from_str::<Value>(&self.decision.to_json()).unwrap_or(Value::Null),
            "tool": self.tool,
            "deciding": self.deciding.iter().map(rule).collect::<Vec<_>>(),
            "observed": self.observed.iter().map(rule).collect::<Vec<_>>(),
            "nearest": self.nearest.iter().map(rule).collect::<Vec<_>>(),
            "budgets": self.budgets.iter().map(budget).collect::<Vec<_>>(),
        })
    }
}

fn rule(report: &RuleReport) -> Value {
    json!({
        "rule": report.name,
        "effect": report.effect.name(),
        "file": report.file,
        "line": report.line,
        "because": report.because,
        "lines": report.lines.iter().map(|l| json!({"line": l.number, "text": l.text})).collect::<Vec<_>>(),
        "literals": report.literals.iter().map(literal).collect::<Vec<_>>(),
    })
}

fn literal(literal: &Literal) -> Value {
    json!({
        "text": literal.text,
        "line": literal.line,
        "columns": [literal.columns.0, literal.columns.1],
        "holds": literal.holds,
        "unknown": literal.unknown,
        "sentence": literal.sentence,
        "values": literal
            .values
            .iter()
            .map(|v| json!({"what": v.what, "value": v.value, "why": v.why}))
            .collect::<Vec<_>>(),
    })
}

fn budget(report: &BudgetReport) -> Value {
    json!({
        "budget": report.name,
        "used": report.used,
        "amount": report.amount,
        "limit": report.limit,
        "exceeded": report.exceeded,
        "file": report.file,
        "line": report.line,
    })
}
