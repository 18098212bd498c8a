//! Events as steps of a test, in the language.

use std::fmt::Write as _;

use policyc_compile::lower::{LoweredTest, Setup};
use policyc_runtime::decision::{Decision, Handling, Screening};
use policyc_runtime::explain::show_number;
use policyc_runtime::policy::Policy;
use policyc_runtime::time;
use serde_json::{Map, Value};

use crate::suite::cut_out;

/// A test made from another: its events, and what is expected of the last of them.
pub(crate) fn test(like: &LoweredTest, policy: &Policy, events: &[&str], expected: &[String]) -> String {
    let said = expected.first().map_or("", |e| [" approvers ", " with ", " cuts "].into_iter().fold(e, cut_at));
    let mut out = format!("test {} {{\n", text(&format!("as “{}”, but {said}", like.name)));
    given(&like.setup, policy, &mut out);
    let mut clock = Clock { next: None };
    for line in events {
        if let Ok(Value::Object(event)) = serde_json::from_str::<Value>(line) {
            clock.step(&event, &mut out);
            step(&event, &mut out);
        }
    }
    for expectation in expected {
        let _ = writeln!(out, "  expect {expectation}");
    }
    out.push_str("}\n");
    out
}

fn cut_at<'t>(text: &'t str, at: &str) -> &'t str {
    text.split_once(at).map_or(text, |(before, _)| before)
}

/// What was decided, as an expectation says it.
pub(crate) fn decided(decision: &Decision) -> String {
    let mut out = decision.verdict.name().to_owned();
    let by: Vec<&str> = decision.rules.iter().chain(&decision.budgets).copied().collect();
    if by.is_empty() {
        let _ = write!(out, " code {}", decision.code);
    } else {
        let _ = write!(out, " by {}", by.join(", "));
    }
    if !decision.approvers.is_empty() {
        let groups: Vec<String> = decision.approvers.iter().map(|group| text(group)).collect();
        let _ = write!(out, " approvers {}", groups.join(", "));
    }
    if !decision.obligations.is_empty() {
        let all: Vec<String> = decision
            .obligations
            .iter()
            .filter_map(|(k, v)| Some(format!("{}: {}", key(k), value(&serde_json::from_str(v).ok()?))))
            .collect();
        let _ = write!(out, " with {{ {} }}", all.join(", "));
    }
    out
}

/// What happened to a result, as an expectation says it; `line` is the event.
pub(crate) fn screened(screening: &Screening, line: &str) -> String {
    let mut out = screening.handling.name().to_owned();
    if !screening.rules.is_empty() {
        let _ = write!(out, " by {}", screening.rules.join(", "));
    }
    let cut = cut_out(screening, line);
    if screening.handling == Handling::Redact && !cut.is_empty() {
        let cut: Vec<String> = cut.iter().map(|t| text(t)).collect();
        let _ = write!(out, " cuts {}", cut.join(", "));
    }
    out
}

fn given(setup: &[Setup], policy: &Policy, out: &mut String) {
    let mut entries: Vec<String> = Vec::new();
    for setup in setup {
        let entry = match setup {
            Setup::Mark { mark, .. } => {
                let name = policy.marks.get(mark.index()).map_or("?", |name| policy.text(*name));
                format!("session has {name}")
            }
            Setup::Used { budget, amount, .. } => {
                let Some(budget) = policy.budgets.get(budget.index()) else { continue };
                let amount = show_number(policy, *amount, budget.unit);
                format!("budgets.{}.used == {amount}", policy.text(budget.name))
            }
        };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    if !entries.is_empty() {
        let _ = writeln!(out, "  given {{ {} }}", entries.join(", "));
    }
}

/// The clock of a test, as far as it has to be said: it begins with the year 2026 and moves on one second with each
/// event.
struct Clock {
    next: Option<i64>,
}

impl Clock {
    fn step(&mut self, event: &Map<String, Value>, out: &mut String) {
        const SECOND: i64 = 1_000_000_000;
        let Some(at) = event.get("at").and_then(Value::as_str) else { return };
        let Some(nanos) = time::parse(at) else { return };
        let next = self.next.or_else(|| time::parse("2026-01-01T00:00:00Z"));
        if next != Some(nanos) {
            let _ = writeln!(out, "  at {}", text(at));
        }
        self.next = nanos.checked_add(SECOND);
    }
}

fn step(event: &Map<String, Value>, out: &mut String) {
    if let Some(Value::String(said)) = event.get("user") {
        let _ = writeln!(out, "  user {}", text(said));
    } else if event.contains_key("call") {
        call(event, out);
    } else if event.contains_key("result") {
        let failed = event.get("status").and_then(Value::as_str) == Some("error");
        let content = event.get("content").map_or("\"\"".to_owned(), value);
        let usage = event.get("usage").map_or(String::new(), |u| format!(" with {}", object(Some(u))));
        let _ = writeln!(out, "  result {}{content}{usage}", if failed { "error " } else { "" });
    } else {
        let word = if event.contains_key("approve") { "approve" } else { "reject" };
        let group = event.get("group").map_or(String::new(), |g| format!(" {}", value(g)));
        let _ = writeln!(out, "  {word}{group}");
    }
}

fn call(event: &Map<String, Value>, out: &mut String) {
    let tool = event.get("tool").and_then(Value::as_str).unwrap_or("");
    let _ = write!(out, "  call {tool} {}", object(event.get("args")));
    let agent = event.get("agent").and_then(Value::as_object);
    let said = |key: &str| agent.and_then(|a| a.get(key));
    if let Some(id) = said("id") {
        let _ = write!(out, " by {}", value(id));
    }
    let roles: Vec<&str> =
        said("roles").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !roles.is_empty() {
        let _ = write!(out, " as {}", roles.join(", "));
    }
    for (word, found) in [("tenant", said("tenant")), ("task", event.get("task")), ("turn", event.get("turn"))] {
        if let Some(found) = found {
            let _ = write!(out, " {word} {}", value(found));
        }
    }
    if let Some(session) = event.get("session").filter(|s| s.as_str() != Some("session")) {
        let _ = write!(out, " in {}", value(session));
    }
    let mut with = event.get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
    with.extend(
        agent
            .into_iter()
            .flatten()
            .filter(|(k, _)| !matches!(k.as_str(), "id" | "roles" | "tenant"))
            .map(|(k, v)| (k.clone(), v.clone())),
    );
    if !with.is_empty() {
        let _ = write!(out, " with {}", object(Some(&Value::Object(with))));
    }
    if let Some(Value::Object(marks)) = event.get("marks") {
        let entry = |(argument, marks): (&String, &Value)| {
            let marks: Vec<&str> = marks.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("{}: {{ {} }}", key(argument), marks.join(", "))
        };
        let _ = write!(out, " marks {{ {} }}", marks.iter().map(entry).collect::<Vec<_>>().join(", "));
    }
    out.push('\n');
}

fn object(of: Option<&Value>) -> String {
    match of {
        Some(Value::Object(entries)) if !entries.is_empty() => {
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{}: {}", key(k), value(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Some(_) | None => "{}".to_owned(),
    }
}

fn key(name: &str) -> String {
    let mut chars = name.chars();
    let word = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if word { name.to_owned() } else { text(name) }
}

fn value(of: &Value) -> String {
    match of {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(t) => text(t),
        Value::Array(all) => format!("[{}]", all.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => object(Some(of)),
    }
}

/// A text of the language.
fn text(of: &str) -> String {
    let mut out = String::from("\"");
    for c in of.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
