//! Traces that other programs recorded, as events: chat messages as OpenAI writes them, spans of OpenTelemetry's
//! conventions for generative AI, logs of MCP's JSON-RPC.
//!
//! Nothing is guessed: a call whose arguments were not recorded, or cannot be read, becomes a line that the reader
//! refuses, and so stands in the snapshot as what it is. What is neither a user's message nor a call nor a result is
//! left out. What these shapes do not record (labels, roles) is not there for the policy either.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policyc_runtime::limits::Limits;
use policyc_runtime::time;
use policyc_runtime::wire::{Doc, Json};

use crate::yaml;

/// A way in which traces are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `*.messages.json`: a list of chat messages, or an object with one under `messages`.
    Messages,
    /// `*.spans.json`: OTLP's JSON, or a list of spans.
    Spans,
    /// `*.mcp.jsonl`: a JSON-RPC message a line.
    Mcp,
    /// `*.calls.yaml`, `*.trace.yaml`: events, written by hand.
    Yaml,
}

impl Shape {
    /// By the end of a file's name, and what is cut off for the name of its snapshot.
    pub fn of(name: &str) -> Option<(Self, &'static str)> {
        let known = [
            (Self::Yaml, ".calls.yaml", ".yaml"),
            (Self::Yaml, ".trace.yaml", ".yaml"),
            (Self::Messages, ".messages.json", ".json"),
            (Self::Spans, ".spans.json", ".json"),
            (Self::Mcp, ".mcp.jsonl", ".jsonl"),
        ];
        known.into_iter().find(|(_, end, _)| name.ends_with(end)).map(|(shape, _, cut)| (shape, cut))
    }
}

/// A whole recording is read with room; each line of it is held to the limits of a line later.
const ROOM: Limits = Limits {
    line_bytes: 64 << 20,
    depth: 128,
    members: 1_000_000,
    nodes: 8_000_000,
    text_bytes: 16 << 20,
    number_bytes: 64,
};

/// The events of a recording, a line each.
///
/// # Errors
/// When the recording is not of the shape that its name says.
pub fn events(shape: Shape, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let lines = match shape {
        Shape::Messages => messages(whole(bytes)?.root())?,
        Shape::Spans => spans(whole(bytes)?.root())?,
        Shape::Mcp => mcp(bytes),
        Shape::Yaml => yaml::lines(std::str::from_utf8(bytes).map_err(|e| e.to_string())?)?,
    };
    let mut out = Vec::new();
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    Ok(out)
}

fn whole(bytes: &[u8]) -> Result<Doc, String> {
    let mut doc = Doc::new();
    doc.parse(bytes, &ROOM).map_err(|refusal| refusal.to_string())?;
    Ok(doc)
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The line of an event: its fields, those that are known.
fn line(fields: &[(&str, Option<String>)]) -> String {
    let mut out = String::from("{");
    for (key, value) in fields.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
        if out.len() > 1 {
            out.push(',');
        }
        let _ = write!(out, "{}:{value}", quoted(key));
    }
    out.push('}');
    out
}

/// Arguments that were recorded as a text of JSON; `None` if there are none. One that cannot be read is handed on as it
/// is, so that the reader refuses it for what is wrong with it.
fn arguments(text: Option<&str>) -> Option<String> {
    let text = text?;
    let mut doc = Doc::new();
    if doc.parse(text.as_bytes(), &ROOM).is_ok() {
        return Some(doc.root().to_string());
    }
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    Some(if is_json { text.replace(['\n', '\r'], " ") } else { quoted(text) })
}

/// The text of a message: a text, or the texts among its parts.
fn content(json: Json<'_>) -> String {
    if let Some(text) = json.text() {
        return text.to_owned();
    }
    let parts = json.items().filter_map(|part| part.get("text").or_else(|| part.get("content"))?.text());
    parts.collect::<Vec<_>>().join("\n")
}

const SESSION: &str = "\"session\"";

fn user(text: &str, session: &str, at: Option<String>) -> String {
    line(&[("user", Some(quoted(text))), ("session", Some(session.to_owned())), ("at", at)])
}

fn messages(root: Json<'_>) -> Result<Vec<String>, String> {
    let list = root.get("messages").unwrap_or(root);
    if list.items().next().is_none() {
        return Err("this is no list of chat messages".to_owned());
    }
    let session = || Some(SESSION.to_owned());
    let (mut out, mut turn) = (Vec::new(), 0_usize);
    for message in list.items() {
        let said = message.get("content").map(content);
        match message.get("role").and_then(Json::text) {
            Some("user") => out.push(user(&said.unwrap_or_default(), SESSION, None)),
            Some("assistant") => {
                turn = turn.saturating_add(1);
                for call in message.get("tool_calls").into_iter().flat_map(Json::items) {
                    let function = call.get("function").unwrap_or(call);
                    let args = function.get("arguments");
                    let args = match args.and_then(Json::text) {
                        Some(text) => arguments(Some(text)),
                        None => args.filter(|a| !a.is_null()).map(|a| a.to_string()),
                    };
                    out.push(line(&[
                        ("call", call.get("id").and_then(Json::text).map(quoted)),
                        ("tool", function.get("name").and_then(Json::text).map(quoted)),
                        ("args", args),
                        ("session", session()),
                        ("turn", Some(quoted(&turn.to_string()))),
                    ]));
                }
            }
            Some("tool") => out.push(line(&[
                ("result", message.get("tool_call_id").and_then(Json::text).map(quoted)),
                ("content", Some(quoted(&said.unwrap_or_default()))),
                ("session", session()),
            ])),
            Some(_) => {}
            None => return Err("a message says no role".to_owned()),
        }
    }
    Ok(out)
}

/// A span with its attributes.
struct Span<'d> {
    begin: i64,
    end: i64,
    attributes: BTreeMap<&'d str, Json<'d>>,
    failed: bool,
}

impl<'d> Span<'d> {
    fn of(span: Json<'d>) -> Self {
        let nanos = |key: &str| {
            let value = span.get(key);
            let text = value.and_then(Json::text).map(str::to_owned);
            text.or_else(|| value.map(|v| v.to_string())).and_then(|t| t.parse().ok()).unwrap_or(0)
        };
        let attributes = span.get("attributes").into_iter().flat_map(|list| list.items());
        let attributes = attributes.filter_map(|a| {
            let value = a.get("value")?;
            Some((a.get("key")?.text()?, value.get("stringValue").unwrap_or(value)))
        });
        let status = span.get("status").and_then(|s| s.get("code"));
        let failed = status.is_some_and(|code| code.to_string() == "2" || code.text() == Some("STATUS_CODE_ERROR"));
        Self {
            begin: nanos("startTimeUnixNano"),
            end: nanos("endTimeUnixNano"),
            attributes: attributes.collect(),
            failed,
        }
    }

    fn text(&self, key: &str) -> Option<&'d str> {
        self.attributes.get(key).copied().and_then(Json::text)
    }
}

fn spans(root: Json<'_>) -> Result<Vec<String>, String> {
    let mut all: Vec<Span<'_>> = Vec::new();
    for resource in root.get("resourceSpans").into_iter().flat_map(Json::items) {
        for scope in resource.get("scopeSpans").into_iter().flat_map(Json::items) {
            all.extend(scope.get("spans").into_iter().flat_map(Json::items).map(Span::of));
        }
    }
    all.extend(root.items().map(Span::of));
    if all.is_empty() {
        return Err("there is no span in it: `resourceSpans`, or a list of spans".to_owned());
    }
    // What a span has brought is known when it ends, what it asks for when it begins.
    let mut events: Vec<(i64, usize, String)> = Vec::new();
    let mut said: Vec<String> = Vec::new();
    all.sort_by_key(|span| span.begin);
    for (number, span) in all.iter().enumerate() {
        let session = quoted(span.text("gen_ai.conversation.id").unwrap_or("session"));
        let moment = |nanos: i64| Some(quoted(&time::format(nanos)));
        for text in user_texts(span) {
            if !said.contains(&text) {
                events.push((span.begin, number, user(&text, &session, moment(span.begin))));
                said.push(text);
            }
        }
        if span.text("gen_ai.operation.name") != Some("execute_tool") {
            continue;
        }
        let id = span.text("gen_ai.tool.call.id").map_or_else(|| format!("span-{number}"), str::to_owned);
        let agent = span.text("gen_ai.agent.id").map(|id| line(&[("id", Some(quoted(id)))]));
        let call = line(&[
            ("call", Some(quoted(&id))),
            ("tool", span.text("gen_ai.tool.name").map(quoted)),
            ("args", arguments(span.text("gen_ai.tool.call.arguments"))),
            ("agent", agent),
            ("session", Some(session.clone())),
            ("at", moment(span.begin)),
        ]);
        events.push((span.begin, number, call));
        if let Some(result) = span.text("gen_ai.tool.call.result") {
            let status = if span.failed { "error" } else { "ok" };
            let result = line(&[
                ("result", Some(quoted(&id))),
                ("status", Some(quoted(status))),
                ("content", Some(quoted(result))),
                ("session", Some(session)),
                ("at", moment(span.end)),
            ]);
            events.push((span.end, number, result));
        }
    }
    events.sort_by_key(|(at, ..)| *at);
    Ok(events.into_iter().map(|(.., line)| line).collect())
}

/// What the user said, as a span of a model's call records it.
fn user_texts(span: &Span<'_>) -> Vec<String> {
    let Some(text) = span.text("gen_ai.input.messages") else { return Vec::new() };
    let mut doc = Doc::new();
    if doc.parse(text.as_bytes(), &ROOM).is_err() {
        return Vec::new();
    }
    let of_user = doc.root().items().filter(|m| m.get("role").and_then(Json::text) == Some("user"));
    of_user.filter_map(|m| m.get("parts").or_else(|| m.get("content"))).map(content).collect()
}

fn mcp(bytes: &[u8]) -> Vec<String> {
    let (mut out, mut doc, mut waiting) = (Vec::new(), Doc::new(), Vec::new());
    for text in bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()) {
        if doc.parse(text, &ROOM).is_err() {
            // The reader says what is wrong with it.
            out.push(String::from_utf8_lossy(text).into_owned());
            continue;
        }
        let message = doc.root().get("message").unwrap_or(doc.root());
        let Some(id) = message.get("id").map(|id| id.to_string()) else { continue };
        let session = Some(SESSION.to_owned());
        match message.get("method").and_then(Json::text) {
            Some("tools/call") => {
                let params = message.get("params");
                let args = params.and_then(|p| p.get("arguments")).map_or("{}".to_owned(), |a| a.to_string());
                out.push(line(&[
                    ("call", Some(quoted(&id))),
                    ("tool", params.and_then(|p| p.get("name")).and_then(Json::text).map(quoted)),
                    ("args", Some(args)),
                    ("session", session),
                ]));
                waiting.push(id);
            }
            Some(_) => {}
            None if waiting.contains(&id) => {
                let result = message.get("result");
                let failed =
                    result.is_none() || result.and_then(|r| r.get("isError")).and_then(Json::bool) == Some(true);
                let said = result.and_then(|r| r.get("content")).map(content).unwrap_or_default();
                out.push(line(&[
                    ("result", Some(quoted(&id))),
                    ("status", Some(quoted(if failed { "error" } else { "ok" }))),
                    ("content", Some(quoted(&said))),
                    ("session", session),
                ]));
                waiting.retain(|w| *w != id);
            }
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: Shape, text: &str) -> Vec<String> {
        let bytes = events(shape, text.as_bytes()).unwrap();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn chat_messages_become_events() {
        let text = r#"{"messages": [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": [{"type": "text", "text": "pay \"ana\""}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": "{\"n\": 1,\n \"to\": \"ana\"}"}},
                {"id": "c2", "type": "function", "function": {"name": "pay"}},
                {"id": "c3", "type": "function", "function": {"name": "pay", "arguments": "{\"n\": 1, \"n\": 2}"}},
                {"id": "c4", "type": "function", "function": {"name": "pay", "arguments": "} , \"x\": {"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "done"}]}"#;
        assert_eq!(
            of(Shape::Messages, text),
            [
                r#"{"user":"pay \"ana\"","session":"session"}"#,
                r#"{"call":"c1","tool":"pay","args":{"n":1,"to":"ana"},"session":"session","turn":"1"}"#,
                r#"{"call":"c2","tool":"pay","session":"session","turn":"1"}"#,
                r#"{"call":"c3","tool":"pay","args":{"n": 1, "n": 2},"session":"session","turn":"1"}"#,
                r#"{"call":"c4","tool":"pay","args":"} , \"x\": {","session":"session","turn":"1"}"#,
                r#"{"result":"c1","content":"done","session":"session"}"#,
            ]
        );
        assert!(events(Shape::Messages, b"{}").is_err());
    }

    #[test]
    fn spans_become_events_in_the_order_of_time() {
        let text = r#"{"resourceSpans": [{"scopeSpans": [{"spans": [
            {"name": "execute_tool pay", "startTimeUnixNano": "1767225602000000000", "endTimeUnixNano": "1767225603000000000",
             "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
                {"key": "gen_ai.tool.name", "value": {"stringValue": "pay"}},
                {"key": "gen_ai.tool.call.id", "value": {"stringValue": "c1"}},
                {"key": "gen_ai.tool.call.arguments", "value": {"stringValue": "{\"n\":1}"}},
                {"key": "gen_ai.tool.call.result", "value": {"stringValue": "done"}}]},
            {"name": "chat", "startTimeUnixNano": "1767225601000000000", "endTimeUnixNano": "1767225602000000000",
             "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                {"key": "gen_ai.input.messages", "value": {"stringValue":
                    "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"pay ana\"}]}]"}}]}
            ]}]}]}"#;
        assert_eq!(
            of(Shape::Spans, text),
            [
                r#"{"user":"pay ana","session":"session","at":"2026-01-01T00:00:01Z"}"#,
                r#"{"call":"c1","tool":"pay","args":{"n":1},"session":"session","at":"2026-01-01T00:00:02Z"}"#,
                r#"{"result":"c1","status":"ok","content":"done","session":"session","at":"2026-01-01T00:00:03Z"}"#,
            ]
        );
    }

    #[test]
    fn json_rpc_becomes_events() {
        let text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n\
            {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"pay\",\"arguments\":{\"n\":1}}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[]}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}}\n\
            {\"jsonrpc\":\"2.0\",\"id\":3,\"id\":4}\n";
        assert_eq!(
            of(Shape::Mcp, text),
            [
                r#"{"call":"2","tool":"pay","args":{"n":1},"session":"session"}"#,
                r#"{"result":"2","status":"ok","content":"done","session":"session"}"#,
                r#"{"jsonrpc":"2.0","id":3,"id":4}"#,
            ]
        );
    }
}
