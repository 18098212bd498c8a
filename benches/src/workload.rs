//! The workload: rules, requests and right answers, read from the shared data.
//!
//! Rules become a policy in the language, requests become events on the wire; nothing else is done to either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

/// A rule as the workload says it.
#[derive(Debug, Deserialize)]
pub struct Rule {
    pub id: u32,
    pub effect: String,
    pub tool: Tool,
    pub when: Vec<Condition>,
}

/// Over which tools.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    Exact(String),
    Namespace(String),
    Any,
}

/// One condition; all of a rule's must hold.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Condition {
    Role { role: String },
    Capability { capability: String },
    Label { label: String, eq: String },
    Number { arg: String, op: String, value: i64 },
    Prefix { arg: String, prefix: String },
    Suffix { arg: String, suffix: String },
    Glob { arg: String, glob: String },
    In { arg: String, r#in: Vec<String> },
}

/// A request as the workload says it.
#[derive(Debug, Deserialize)]
pub struct Request {
    pub tool: String,
    pub role: String,
    pub capabilities: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub args: BTreeMap<String, Value>,
}

/// Everything for one number of rules.
pub struct Workload {
    pub rules: Vec<Rule>,
    pub requests: Vec<Request>,
    /// `0` nothing matched, `1` allow, `2` approval, `3` deny.
    pub expected: Vec<u8>,
}

#[derive(Deserialize)]
struct RuleFile {
    rules: Vec<Rule>,
}

type Failure = Box<dyn std::error::Error>;

fn unzip(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    Ok(text)
}

impl Workload {
    /// Reads the workload of `n` rules from a folder.
    pub fn read(folder: &Path, n: usize) -> Result<Self, Failure> {
        let rules: RuleFile = serde_json::from_str(&unzip(&folder.join(format!("rules-{n}.json.gz")))?)?;
        let requests = unzip(&folder.join(format!("requests-{n}.jsonl.gz")))?;
        let requests = requests.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>()?;
        let expected = std::fs::read(folder.join(format!("expected-{n}.txt")))?;
        let expected = expected.into_iter().filter(u8::is_ascii_digit).collect();
        Ok(Self { rules: rules.rules, requests, expected })
    }

    /// The rules as a policy in the language.
    pub fn policy(&self) -> String {
        let mut out = String::from("edition 1\n\n");
        let (mut tools, mut texts, mut numbers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut roles, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for request in &self.requests {
            tools.insert(request.tool.as_str());
            roles.insert(request.role.as_str());
            labels.extend(request.labels.keys().map(String::as_str));
            for (name, value) in &request.args {
                if value.is_string() {
                    texts.insert(name.as_str())
                } else {
                    numbers.insert(name.as_str())
                };
            }
        }
        for rule in &self.rules {
            if let Tool::Exact(name) = &rule.tool {
                tools.insert(name);
            }
            for condition in &rule.when {
                match condition {
                    Condition::Role { role } => drop(roles.insert(role)),
                    Condition::Label { label, .. } => drop(labels.insert(label)),
                    Condition::Number { arg, .. } => drop(numbers.insert(arg)),
                    Condition::Prefix { arg, .. }
                    | Condition::Suffix { arg, .. }
                    | Condition::Glob { arg, .. }
                    | Condition::In { arg, .. } => drop(texts.insert(arg)),
                    Condition::Capability { .. } => {}
                }
            }
        }
        let args: Vec<String> = (texts.iter().map(|a| format!("{a}: string?")))
            .chain(numbers.iter().map(|a| format!("{a}: int?")))
            .collect();
        for tool in &tools {
            let _ = writeln!(out, "tool {tool}({}) risk read", args.join(", "));
        }
        for role in &roles {
            let _ = writeln!(out, "role {}", role.replace('-', "_"));
        }
        for label in &labels {
            let _ = writeln!(out, "label {label}: string?");
        }
        let _ = writeln!(out, "label capabilities: set<string>");
        for rule in &self.rules {
            let effect = if rule.effect == "require_approval" { "hold" } else { &rule.effect };
            let tool = match &rule.tool {
                Tool::Exact(name) => name.clone(),
                Tool::Namespace(name) => format!("{name}.*"),
                Tool::Any => "tool".to_owned(),
            };
            let _ = write!(out, "rule r{:05}\n  {effect} {tool}\n", rule.id);
            for condition in &rule.when {
                if let Condition::Role { role } = condition {
                    let _ = writeln!(out, "  for {}", role.replace('-', "_"));
                }
            }
            let conditions: Vec<String> = rule.when.iter().filter_map(condition).collect();
            if !conditions.is_empty() {
                let _ = writeln!(out, "  when {}", conditions.join(" and "));
            }
            if effect == "hold" {
                let _ = writeln!(out, "  approvers \"ops\"");
            }
        }
        out
    }

    /// The requests as events on the wire, one line each.
    pub fn events(&self) -> Vec<String> {
        let event = |(i, r): (usize, &Request)| {
            let mut labels: serde_json::Map<String, Value> =
                r.labels.iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect();
            labels.insert("capabilities".to_owned(), Value::from(r.capabilities.clone()));
            let role = r.role.replace('-', "_");
            json!({
                "call": format!("c{i}"),
                "tool": r.tool,
                "args": r.args,
                "agent": { "id": "a1", "roles": [role] },
                "labels": labels,
            })
            .to_string()
        };
        self.requests.iter().enumerate().map(event).collect()
    }
}

/// A condition in the language; an argument that is not there meets nothing in this workload.
fn condition(condition: &Condition) -> Option<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    Some(match condition {
        Condition::Role { .. } => return None,
        Condition::Capability { capability } => format!("{} in labels.capabilities", quoted(capability)),
        Condition::Label { label, eq } => {
            format!("labels.{label} is present and labels.{label} == {}", quoted(eq))
        }
        Condition::Number { arg, op, value } => format!("args.{arg} is present and args.{arg} {op} {value}"),
        Condition::Prefix { arg, prefix } => {
            format!("args.{arg} is present and args.{arg} starts with {}", quoted(prefix))
        }
        Condition::Suffix { arg, suffix } => {
            format!("args.{arg} is present and args.{arg} ends with {}", quoted(suffix))
        }
        Condition::Glob { arg, glob } => format!("args.{arg} is present and args.{arg} like {}", quoted(glob)),
        Condition::In { arg, r#in } => {
            let items: Vec<String> = r#in.iter().map(|t| quoted(t)).collect();
            format!("args.{arg} is present and args.{arg} in {{ {} }}", items.join(", "))
        }
    })
}
