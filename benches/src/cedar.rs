//! `cedar-policy` on the same rules: `forbid` for deny, `permit` for the others, and an approval is a permit whose
//! policy says so. Requests are built beforehand; only `is_authorized` is timed.

use std::fmt::Write as _;
use std::str::FromStr as _;

use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request};
use serde_json::{Value, json};

use crate::workload::{Condition, Request as Call, Rule, Tool, Workload};

/// The rules as Cedar reads them.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    approvals: std::collections::HashSet<String>,
    entities: Entities,
}

type Failure = Box<dyn std::error::Error>;

impl Cedar {
    /// Translates the rules.
    pub fn new(work: &Workload) -> Result<Self, Failure> {
        let mut text = String::new();
        for rule in &work.rules {
            write_rule(&mut text, rule);
        }
        let policies = PolicySet::from_str(&text)?;
        let is_hold = |p: &&cedar_policy::Policy| p.annotation("hold").is_some();
        let approvals = policies.policies().filter(is_hold).map(|p| p.id().to_string()).collect();
        let entities = Entities::from_entities(std::iter::empty::<Entity>(), None)?;
        Ok(Self { authorizer: Authorizer::new(), policies, approvals, entities })
    }

    /// A request as Cedar reads it.
    pub fn request(call: &Call) -> Result<Request, Failure> {
        let context = json!({
            "role": call.role, "capabilities": call.capabilities, "labels": call.labels,
            "args": call.args, "tool": call.tool,
        });
        let context = Context::from_json_value(context, None)?;
        let uid = EntityUid::from_str;
        Ok(Request::new(uid("Agent::\"a1\"")?, uid("Action::\"call\"")?, uid("Tool::\"t\"")?, context, None)?)
    }

    /// The decision, as the workload writes it.
    pub fn decide(&self, request: &Request) -> u8 {
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        let mut reasons = response.diagnostics().reason().peekable();
        match response.decision() {
            Decision::Deny if reasons.peek().is_some() => b'3',
            Decision::Deny => b'0',
            Decision::Allow if reasons.any(|id| self.approvals.contains(&id.to_string())) => b'2',
            Decision::Allow => b'1',
        }
    }
}

fn write_rule(out: &mut String, rule: &Rule) {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut all = Vec::new();
    match &rule.tool {
        Tool::Exact(name) => all.push(format!("context.tool == {}", quoted(name))),
        Tool::Namespace(name) => all.push(format!("context.tool like {}", quoted(&format!("{name}.*")))),
        Tool::Any => {}
    }
    for condition in &rule.when {
        all.push(match condition {
            Condition::Role { role } => format!("context.role == {}", quoted(role)),
            Condition::Capability { capability } => format!("context.capabilities.contains({})", quoted(capability)),
            Condition::Label { label, eq } => {
                format!("context.labels has {label} && context.labels.{label} == {}", quoted(eq))
            }
            Condition::Number { arg, op, value } => {
                format!("context.args has {arg} && context.args.{arg} {op} {value}")
            }
            Condition::Prefix { arg, prefix } => like(arg, &format!("{prefix}*")),
            Condition::Suffix { arg, suffix } => like(arg, &format!("*{suffix}")),
            Condition::Glob { arg, glob } => like(arg, glob),
            Condition::In { arg, r#in } => {
                let items: Vec<String> = r#in.iter().map(|t| quoted(t)).collect();
                format!("context.args has {arg} && [{}].contains(context.args.{arg})", items.join(", "))
            }
        });
    }
    let effect = if rule.effect == "deny" { "forbid" } else { "permit" };
    let hold = if rule.effect == "require_approval" { "@hold(\"yes\")\n" } else { "" };
    let when = if all.is_empty() { String::new() } else { format!(" when {{ {} }}", all.join(" && ")) };
    let _ = writeln!(out, "{hold}{effect}(principal, action, resource){when};");
}

fn like(arg: &str, glob: &str) -> String {
    format!("context.args has {arg} && context.args.{arg} like {}", Value::from(glob))
}
