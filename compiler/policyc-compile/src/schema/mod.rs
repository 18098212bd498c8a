//! Tools that others describe: MCP `tools/list`, OpenAI and Anthropic function lists.
//!
//! JSON Schema becomes types. The reading is closed where a schema is silent: an argument that no property names is
//! not admitted unless the schema says `additionalProperties`. Keywords that only narrow what a type admits
//! (`pattern`, `minimum`, `maxItems`, `not`, `if`, …) are not checked by a policy and are passed over: the server
//! still checks them, and no rule can rely on them. What has no type here is read as `json` and reported. A
//! server's hints are its own word and count only where the author says so.

mod join;
mod types;

use std::collections::BTreeSet;

use policyc_diag::{Severity, Span};
use policyc_runtime::limits::Limits;
use policyc_runtime::wire::{Doc, Json, Kind};

use crate::hir::{Field, Risk, Tool, Ty};
use types::Reader;

/// What holds for one file of tools.
const TOOLS: Limits = Limits {
    line_bytes: 8 << 20,
    depth: 64,
    members: 10_000,
    nodes: 1_000_000,
    text_bytes: 1 << 20,
    number_bytes: 256,
};

/// Something that a schema says and a policy cannot, or that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// An error leaves the tool out or an argument without a type; a warning says what is read as `json` or passed
    /// over, and the tool can be used (`refine tool` gives it a better type).
    pub severity: Severity,
    /// The tool as the file calls it; empty if it is the whole file.
    pub tool: String,
    /// Where in the tool: `inputSchema/properties/x`; empty for the tool itself.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

/// The tools of a file, in order of their names.
pub fn import(text: &str, prefix: Option<&str>, trust_hints: bool) -> (Vec<Tool>, Vec<SchemaProblem>) {
    let mut problems = Vec::new();
    let mut doc = Doc::new();
    if let Err(refusal) = doc.parse(text.as_bytes(), &TOOLS) {
        problems.push(error("", refusal.message));
        return (Vec::new(), problems);
    }
    let Some(list) = list_of(doc.root()) else {
        let message = "there is no list of tools: neither a list, nor `tools`, nor `result` with `tools`";
        problems.push(error("", message));
        return (Vec::new(), problems);
    };
    let mut tools: Vec<Tool> = Vec::new();
    let mut names = BTreeSet::new();
    let mut left = MAX_SCHEMAS_OF_A_FILE;
    for (index, item) in list.items().enumerate() {
        let Some(described) = described(item, index, &mut problems) else { continue };
        if !names.insert(described.name.to_owned()) {
            problems.push(error(described.name, "the tool stands twice"));
            continue;
        }
        tools.extend(tool(&described, prefix, trust_hints, &mut left, &mut problems));
    }
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    (tools, problems)
}

fn error(tool: &str, message: impl Into<String>) -> SchemaProblem {
    SchemaProblem { severity: Severity::Error, tool: tool.to_owned(), path: String::new(), message: message.into() }
}

/// How many schemas of one file are read, those that references lead to counted each time.
const MAX_SCHEMAS_OF_A_FILE: usize = 400_000;

/// The list, wherever it stands: bare, under `tools`, or in an answer's `result`.
fn list_of(root: Json<'_>) -> Option<Json<'_>> {
    let within = |json: Json<'_>| json.kind() == Kind::List;
    if within(root) {
        return Some(root);
    }
    let answer = root.get("result").unwrap_or(root);
    [answer.get("tools"), answer.get("functions")].into_iter().flatten().find(|list| within(*list))
}

/// A tool as the file describes it.
struct Described<'d> {
    name: &'d str,
    /// The key under which the schema of its arguments stands, and the schema.
    input: Option<(&'static str, Json<'d>)>,
    output: Option<Json<'d>>,
    hints: Option<Json<'d>>,
}

fn described<'d>(item: Json<'d>, index: usize, problems: &mut Vec<SchemaProblem>) -> Option<Described<'d>> {
    // OpenAI's chat form wraps the function; the others are flat.
    let body = item.get("function").filter(|f| f.kind() == Kind::Object).unwrap_or(item);
    let name = body.get("name").and_then(Json::text).filter(|name| !name.is_empty());
    let Some(name) = name else {
        problems.push(error("", format!("tool {} has no name", index.saturating_add(1))));
        return None;
    };
    let is_function = item.get("type").and_then(Json::text) == Some("function");
    let keys = ["inputSchema", "input_schema", "parameters"];
    let mut schemas = keys.into_iter().filter_map(|key| body.get(key).map(|schema| (key, schema)));
    let input = schemas.next().filter(|(_, schema)| !schema.is_null());
    if let Some((other, _)) = schemas.next() {
        problems.push(error(name, format!("the arguments are described twice, the second time under `{other}`")));
        return None;
    }
    if input.is_none() && !is_function {
        problems.push(error(name, "the tool has no schema of its arguments (`inputSchema`)"));
        return None;
    }
    Some(Described { name, input, output: body.get("outputSchema"), hints: body.get("annotations") })
}

fn tool(
    described: &Described<'_>,
    prefix: Option<&str>,
    trust_hints: bool,
    left: &mut usize,
    problems: &mut Vec<SchemaProblem>,
) -> Option<Tool> {
    let (args, open) = match described.input {
        Some((key, schema)) => {
            let mut reader = Reader::new(schema, described.name, key, left, problems);
            reader.arguments()?
        }
        None => (Vec::new(), false),
    };
    let returns = match described.output {
        Some(schema) if !schema.is_null() => {
            Reader::new(schema, described.name, "outputSchema", left, problems).whole()
        }
        Some(_) | None => Ty::Text,
    };
    Some(Tool {
        name: prefix.map_or_else(|| described.name.to_owned(), |prefix| format!("{prefix}.{}", described.name)),
        args,
        open,
        returns,
        risk: if trust_hints { hinted(described.hints) } else { Risk::Delete },
        tags: BTreeSet::new(),
        span: Span::default(),
    })
}

/// The risk that a server's hints claim, with MCP's own defaults for what they do not say: a tool destroys unless it
/// only reads, and it reaches an open world.
fn hinted(hints: Option<Json<'_>>) -> Risk {
    let Some(hints) = hints else { return Risk::Delete };
    let hint = |key: &str, default: bool| hints.get(key).and_then(Json::bool).unwrap_or(default);
    let (reads, destroys, open) =
        (hint("readOnlyHint", false), hint("destructiveHint", true), hint("openWorldHint", true));
    match (reads, destroys, open) {
        (false, true, _) => Risk::Delete,
        (_, _, true) => Risk::External,
        (true, _, false) => Risk::Read,
        (false, false, false) => Risk::Modify,
    }
}

/// Fields in order of their names.
fn sorted(mut fields: Vec<Field>) -> Vec<Field> {
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    fields
}

#[cfg(test)]
mod tests;
