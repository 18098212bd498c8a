//! Schemas, right and wrong, of all the kinds of lists.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "the tests read recorded lists and say if they are not there"
)]

use super::*;

/// A type as the language writes it.
fn shown(ty: &Ty) -> String {
    match ty {
        Ty::List(t) => format!("list<{}>", shown(t)),
        Ty::Set(t) => format!("set<{}>", shown(t)),
        Ty::Map(t) => format!("map<string, {}>", shown(t)),
        Ty::Optional(t) => format!("{}?", shown(t)),
        Ty::Union(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        Ty::Enum(all) => all.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(" | "),
        Ty::Record(r) => fields(&r.fields, r.open),
        Ty::Text => "string".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn fields(all: &[Field], open: bool) -> String {
    let mut parts: Vec<String> = all
        .iter()
        .map(|f| {
            let default = f.default.as_ref().map_or(String::new(), |d| format!(" = {d:?}"));
            format!("{}: {}{default}", f.name, shown(&f.ty))
        })
        .collect();
    if open {
        parts.push("...".to_owned());
    }
    format!("{{ {} }}", parts.join(", "))
}

/// The type of one property that must be there, with the definitions beside it.
fn property(schema: &str) -> String {
    let (tools, problems) = import(
        &format!(
            r##"[{{"name": "t", "inputSchema": {{"type": "object", "required": ["x"], "properties": {{"x": {schema}}},
            "$defs": {{"Word": {{"enum": ["a", "b"]}}, "Tree": {{"type": "object", "properties":
            {{"kids": {{"type": "array", "items": {{"$ref": "#/$defs/Tree"}}}}}}}}}}}}}}]"##
        ),
        None,
        false,
    );
    let mut text = tools.first().map_or("no tool".to_owned(), |t| fields(&t.args, t.open));
    for p in problems {
        text.push_str(&format!("\n{:?} {} {}: {}", p.severity, p.tool, p.path, p.message));
    }
    text
}

#[test]
fn schemas_become_types() {
    for (schema, expected) in [
        (r#"{"type": "string"}"#, "string"),
        (r#"{"type": "string", "pattern": "^a", "maxLength": 3}"#, "string"),
        (r#"{"type": "string", "format": "uri"}"#, "url"),
        (r#"{"type": "string", "format": "email"}"#, "email"),
        (r#"{"type": "string", "format": "ipv6"}"#, "ip"),
        (r#"{"type": "string", "format": "hostname"}"#, "host"),
        (r#"{"type": "string", "format": "date-time"}"#, "time"),
        (r#"{"type": "string", "format": "date"}"#, "string"),
        (r#"{"type": "number"}"#, "decimal"),
        (r#"{"type": "integer", "minimum": 0}"#, "int"),
        (r#"{"type": "boolean"}"#, "bool"),
        (r#"{"enum": ["b", "a", "b"]}"#, r#""b" | "a""#),
        (r#"{"const": "on"}"#, r#""on""#),
        (r#"{"type": "string", "enum": ["a", null]}"#, r#""a""#),
        (r#"{"type": ["string", "null"], "enum": ["a", null]}"#, r#""a"?"#),
        (r#"{"enum": [1, 2]}"#, "int"),
        (r#"{"enum": [1, 2.5, "auto"]}"#, r#"decimal | "auto""#),
        (r#"{"type": ["integer", "string"]}"#, "int | string"),
        (r#"{"type": "string", "nullable": true}"#, "string?"),
        (r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#, "string?"),
        (r#"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, "decimal"),
        (r#"{"anyOf": [{"const": "a"}, {"const": "b"}]}"#, r#""a" | "b""#),
        (r#"{"anyOf": [{"type": "string", "format": "uri"}, {"type": "string"}]}"#, "string"),
        (r#"{"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}"#, "string | list<string>"),
        (r#"{"type": "array"}"#, "list<json>"),
        (r#"{"type": "array", "items": {"type": "integer"}, "uniqueItems": true}"#, "set<int>"),
        (r#"{"type": "object"}"#, "map<string, json>"),
        (r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#, "map<string, int>"),
        (r#"{"type": "object", "additionalProperties": false}"#, "{  }"),
        (
            r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 3}}}"#,
            "{ a: string?, b: int = Int(3) }",
        ),
        (
            r#"{"properties": {"a": {"type": "number", "default": 0.1}}, "required": ["b"], "additionalProperties": true}"#,
            "{ a: decimal = Decimal(Decimal(100000000000000000)), b: json, ... }",
        ),
        (r##"{"$ref": "#/$defs/Word"}"##, r#""a" | "b""#),
        (r##"{"$ref": "#/%24defs/Word", "description": "a word"}"##, r#""a" | "b""#),
        (
            r#"{"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}, {"required": ["a"]}]}"#,
            "{ a: string, b: int? }",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
                "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#,
            "{ a: string?, b: int? }",
        ),
        (
            r#"{"oneOf": [{"type": "object", "required": ["kind", "n"], "properties": {"kind": {"const": "x"}, "n": {"type": "integer"}}},
                          {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "y"}}}]}"#,
            r#"{ kind: "x" | "y", n: int? }"#,
        ),
        (r#"true"#, "json"),
        (r#"{"description": "whatever"}"#, "json"),
        (r#"{"type": "string", "not": {"const": "x"}, "if": {}, "then": false}"#, "string"),
    ] {
        assert_eq!(property(schema), format!("{{ x: {expected} }}"), "{schema}");
    }
}

#[test]
fn what_has_no_type_here_is_reported() {
    for (schema, expected) in [
        (
            r##"{"$ref": "#/$defs/Tree"}"##,
            "{ x: { kids: list<json>? } }\nWarning t inputSchema/properties/x/properties/kids/items: `#/$defs/Tree` contains itself; from there on it is read as `json`",
        ),
        (
            r##"{"$ref": "#/$defs/None"}"##,
            "{ x: json }\nError t inputSchema/properties/x: `#/$defs/None` is not in this schema",
        ),
        (
            r#"{"$ref": "https://example.com/s.json"}"#,
            "{ x: json }\nWarning t inputSchema/properties/x: `https://example.com/s.json` is another document; it is read as `json`",
        ),
        (
            r#"{"type": "array", "prefixItems": [{"type": "string"}]}"#,
            "{ x: list<json> }\nWarning t inputSchema/properties/x: a list with a type for each place is read as a list of `json`",
        ),
        (
            r#"{"allOf": [{"type": "string"}, {"type": "integer"}]}"#,
            "{ x: json }\nWarning t inputSchema/properties/x: these types together have no name here; it is read as `json`",
        ),
        (r#"{"type": "text"}"#, "{ x: json }\nError t inputSchema/properties/x: `text` is no type of JSON Schema"),
        (
            r#"false"#,
            "{ x: json }\nError t inputSchema/properties/x: `false` admits nothing, so no call could ever fit",
        ),
        (
            r#"{"properties": {"a": {"type": "integer", "default": "many"}}}"#,
            "{ x: { a: int? } }\nWarning t inputSchema/properties/x/properties/a: the default is not of the property's type and does not count",
        ),
    ] {
        assert_eq!(property(schema), expected, "{schema}");
    }
}

#[test]
fn every_kind_of_list_is_read() {
    let schema = r#"{"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}"#;
    for (form, text) in [
        ("bare", format!(r#"[{{"name": "find", "inputSchema": {schema}}}]"#)),
        ("mcp", format!(r#"{{"tools": [{{"name": "find", "description": "d", "inputSchema": {schema}}}]}}"#)),
        (
            "answer",
            format!(
                r#"{{"jsonrpc": "2.0", "id": 1, "result": {{"tools": [{{"name": "find", "inputSchema": {schema}}}]}}}}"#
            ),
        ),
        ("chat", format!(r#"[{{"type": "function", "function": {{"name": "find", "parameters": {schema}}}}}]"#)),
        ("responses", format!(r#"[{{"type": "function", "name": "find", "strict": true, "parameters": {schema}}}]"#)),
        ("anthropic", format!(r#"[{{"name": "find", "input_schema": {schema}}}]"#)),
    ] {
        let (tools, problems) = import(&text, Some("web"), false);
        assert_eq!(problems, Vec::new(), "{form}");
        let found: Vec<_> = tools.iter().map(|t| (t.name.as_str(), fields(&t.args, t.open), t.risk)).collect();
        assert_eq!(found, [("web.find", "{ q: string }".to_owned(), Risk::Delete)], "{form}");
    }
}

#[test]
fn arguments_are_closed_unless_the_schema_says_otherwise() {
    for (schema, expected) in [
        (r#"{}"#, "{  }"),
        (r#"{"type": "object"}"#, "{  }"),
        (r#"{"type": "object", "properties": {}}"#, "{  }"),
        (r#"{"type": "object", "additionalProperties": false}"#, "{  }"),
        (r#"{"type": "object", "additionalProperties": true}"#, "{ ... }"),
        (r#"{"type": "object", "additionalProperties": {"type": "string"}}"#, "{ ... }"),
    ] {
        let (tools, problems) = import(&format!(r#"[{{"name": "t", "inputSchema": {schema}}}]"#), None, false);
        assert_eq!(problems, Vec::new());
        assert_eq!(tools.first().map(|t| fields(&t.args, t.open)).as_deref(), Some(expected), "{schema}");
    }
}

#[test]
fn hints_count_only_where_they_are_trusted() {
    for (hints, risk) in [
        ("{}", Risk::Delete),
        (r#"{"readOnlyHint": true}"#, Risk::External),
        (r#"{"readOnlyHint": true, "openWorldHint": false}"#, Risk::Read),
        (r#"{"readOnlyHint": true, "openWorldHint": true}"#, Risk::External),
        (r#"{"destructiveHint": false}"#, Risk::External),
        (r#"{"destructiveHint": false, "openWorldHint": false}"#, Risk::Modify),
        (r#"{"destructiveHint": true, "openWorldHint": false}"#, Risk::Delete),
        (r#"{"readOnlyHint": "yes", "openWorldHint": false}"#, Risk::Delete),
    ] {
        let text = format!(r#"[{{"name": "t", "inputSchema": {{}}, "annotations": {hints}}}]"#);
        let risk_of = |trust| import(&text, None, trust).0.first().map(|t| t.risk);
        assert_eq!((risk_of(true), risk_of(false)), (Some(risk), Some(Risk::Delete)), "{hints}");
    }
}

#[test]
fn a_broken_list_says_what_is_wrong() {
    let said = |text: &str| {
        let problems = import(text, None, false).1;
        problems.iter().map(|p| format!("{}: {}", p.tool, p.message)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(said("{}"), ": there is no list of tools: neither a list, nor `tools`, nor `result` with `tools`");
    assert_eq!(said(r#"[{"inputSchema": {}}]"#), ": tool 1 has no name");
    assert_eq!(said(r#"[{"name": "a"}]"#), "a: the tool has no schema of its arguments (`inputSchema`)");
    assert_eq!(said(r#"[{"type": "function", "name": "a"}]"#), "");
    assert_eq!(
        said(r#"[{"name": "a", "inputSchema": {}}, {"name": "a", "inputSchema": {}}]"#),
        "a: the tool stands twice"
    );
    assert_eq!(
        said(r#"[{"name": "a", "inputSchema": {"type": "string"}}]"#),
        "a: the arguments of a tool are an object, and this schema does not say so"
    );
    assert!(!said(r#"[{"name": "a", "name": "b"}]"#).is_empty(), "a key stands once");
    assert!(!said("[").is_empty());
}

#[test]
fn references_that_double_end_within_the_limits() {
    let mut defs = String::from(r#""d0": {"type": "string"}"#);
    for i in 1..40 {
        let before = i - 1;
        defs.push_str(&format!(
            r##", "d{i}": {{"properties": {{"a": {{"$ref": "#/$defs/d{before}"}}, "b": {{"$ref": "#/$defs/d{before}"}}}}}}"##
        ));
    }
    let text = format!(r##"[{{"name": "t", "inputSchema": {{"$ref": "#/$defs/d39", "$defs": {{{defs}}}}}}}]"##);
    let (_, problems) = import(&text, None, false);
    assert!(problems.iter().any(|p| p.message.contains("too large")));
}

#[test]
fn real_servers_are_read_without_an_error() {
    // The recorded lists lie beside the repository; without them there is nothing to look at here.
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("POLICYC_SHARED").unwrap_or_else(|_| beside.to_owned());
    let root = std::path::Path::new(&shared).join("data");
    let mut read = 0;
    for folder in ["mcp-tools", "agentdojo"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.flatten().map(|e| e.path()) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let is_list = folder == "mcp-tools" || name.starts_with("tools-");
            if !is_list || path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let (tools, problems) = import(&std::fs::read_to_string(&path).unwrap(), Some("p"), true);
            read += tools.len();
            assert_eq!(problems, Vec::new(), "{name}");
        }
    }
    if read == 0 {
        println!("skipped: no recorded lists of tools in {}", root.display());
    }
}
