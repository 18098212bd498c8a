//! Events as steps of a test, in the language.

use std::fmt::Write as _;

use policyc_runtime::decision::Decision;
use serde_json::{Map, Value};

/// A test: the events before, the call, and what is decided of it. `like` is the test that it was made from.
pub(crate) fn test(like: &str, before: &[&str], call: &Map<String, Value>, decision: &Decision) -> String {
    let mut out = format!("test {} {{\n", text(&format!("as “{like}”, but")));
    for line in before {
        if let Ok(Value::Object(event)) = serde_json::from_str::<Value>(line) {
            step(&event, &mut out);
        }
    }
    step(call, &mut out);
    let _ = write!(out, "  expect {}", decision.verdict.name());
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
    out.push_str("\n}\n");
    out
}

fn step(event: &Map<String, Value>, out: &mut String) {
    if let Some(Value::String(said)) = event.get("user") {
        let _ = writeln!(out, "  user {}", text(said));
    } else if event.contains_key("call") {
        call(event, out);
    } else if event.contains_key("result") {
        let failed = event.get("status").and_then(Value::as_str) == Some("error");
        let content = event.get("content").map_or("\"\"".to_owned(), value);
        let _ = writeln!(out, "  result {}{content}", if failed { "error " } else { "" });
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
