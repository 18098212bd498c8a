//! Values that policies speak of, and calls that differ from one in one of them.

use std::collections::BTreeSet;

use policyc_runtime::num::Decimal;
use policyc_runtime::policy::{Atom, Const, Field, Pattern, Policy, Shape, Unit};
use serde_json::{Map, Value};

/// How many values of one kind.
const MOST_VALUES: usize = 60;

/// Values that the policies speak of.
pub(crate) struct Pool {
    values: Vec<Value>,
    roles: Vec<String>,
}

impl Pool {
    pub(crate) fn of(original: &Policy, mutant: &Policy) -> Self {
        let (mut numbers, mut texts) = (BTreeSet::new(), BTreeSet::new());
        for policy in [original, mutant] {
            for constant in &policy.consts {
                match constant {
                    Const::Num(n, Unit::Count) => {
                        numbers.extend([n.saturating_sub(1), *n, n.saturating_add(1)].map(|n| n.to_string()));
                    }
                    Const::Num(n, Unit::Decimal | Unit::Money(_)) => {
                        let cent = Decimal::parse("0.01").map_or(0, Decimal::raw);
                        let near = [n.saturating_sub(cent), *n, n.saturating_add(cent)];
                        numbers.extend(near.into_iter().map(|raw| Decimal::from_raw(raw).to_string()));
                    }
                    Const::Num(n, Unit::Duration) => {
                        texts.extend([-1, 0, 1].map(|s| format!("{}s", n / 1_000_000_000 + s)));
                    }
                    Const::Text(id) | Const::Host(id) | Const::Network(id) | Const::Path(id) => {
                        texts.insert(policy.text(*id).to_owned());
                    }
                    Const::Num(_, Unit::Time) | Const::Bool(_) | Const::List(_) | Const::Record(_) | Const::Null => {}
                }
            }
            for pattern in &policy.patterns {
                if let Pattern::Glob(glob) = pattern {
                    let glob = policy.text(*glob);
                    texts.insert(glob.replace(['*', '?'], "x"));
                    texts.insert(glob.replace('*', ""));
                    texts.insert(format!("x{}x", glob.replace('*', "")));
                }
            }
            for shape in &policy.shapes {
                if let Shape::Enum(values) = shape {
                    texts.extend(values.iter().map(|v| policy.text(*v).to_owned()));
                }
            }
        }
        // Where the mutant looks for a text in a plain one: it may stand there and mean something else.
        let looks = |policy: &Policy| policy.atoms.iter().filter(|a| matches!(a, Atom::Contains(..))).count();
        let mut elsewhere = Vec::new();
        if looks(mutant) > looks(original) {
            for word in texts.iter().filter(|t| !t.is_empty() && !t.contains(char::is_whitespace)).take(MOST_VALUES) {
                elsewhere.push(Value::from(format!("echo {word}")));
                elsewhere.push(Value::from(format!("https://elsewhere.test/{}", word.trim_start_matches('/'))));
            }
        }
        let number = |n: String| serde_json::from_str::<Value>(&n).ok();
        let mut values: Vec<Value> = numbers.into_iter().take(MOST_VALUES).filter_map(number).collect();
        values.extend(elsewhere);
        values.extend(texts.into_iter().take(MOST_VALUES).map(Value::String));
        values.extend([Value::Bool(true), Value::Bool(false), Value::String("something else".to_owned())]);
        let roles = original.roles.iter().map(|r| original.text(r.name).to_owned()).collect();
        Self { values, roles }
    }

    /// The call itself, and the call with one thing changed; then the same with texts that nobody named before, so that
    /// what speaks of their origin is out of the way.
    pub(crate) fn near(&self, policy: &Policy, call: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let mut out = self.one_change(policy, call);
        if let Some(Value::Object(args)) = call.get("args") {
            let fresh = args.iter().map(|(key, value)| {
                let value = if value.is_string() { Value::from("somebody") } else { value.clone() };
                (key.clone(), value)
            });
            let mut fresh_call = call.clone();
            fresh_call.insert("args".to_owned(), Value::Object(fresh.collect()));
            if fresh_call != *call {
                out.extend(self.one_change(policy, &fresh_call));
            }
        }
        out
    }

    fn one_change(&self, policy: &Policy, call: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let mut out = vec![call.clone()];
        let agent = call.get("agent").and_then(Value::as_object);
        for role in self.roles.iter().map(|r| vec![r.clone()]).chain([Vec::new()]) {
            let mut changed = call.clone();
            let mut agent = agent.cloned().unwrap_or_default();
            agent.insert("roles".to_owned(), Value::from(role));
            changed.insert("agent".to_owned(), Value::Object(agent));
            out.push(changed);
        }
        let tool = call.get("tool").and_then(Value::as_str).unwrap_or("");
        let declared = policy.tools.iter().find(|t| policy.text(t.name) == tool);
        let fields = declared.and_then(|t| policy.shapes.get(t.args.index()));
        let args: &[Field] = if let Some(Shape::Record { fields, .. }) = fields { fields } else { &[] };
        for (within, fields) in [("args", args), ("labels", policy.labels.as_slice())] {
            let object = call.get(within).and_then(Value::as_object).cloned().unwrap_or_default();
            for field in fields {
                let key = policy.text(field.name);
                let now = object.get(key);
                let mut exchange = |value: Option<Value>| {
                    let (mut changed, mut object) = (call.clone(), object.clone());
                    match value {
                        Some(value) => object.insert(key.to_owned(), value),
                        None => object.remove(key),
                    };
                    changed.insert(within.to_owned(), Value::Object(object));
                    out.push(changed);
                };
                if now.is_some() {
                    exchange(None);
                }
                let list = is_list(policy, field);
                for value in self.values.iter().filter(|v| now.is_none_or(|now| list || same_kind(now, v))) {
                    exchange(Some(if list { Value::Array(vec![value.clone()]) } else { value.clone() }));
                }
            }
        }
        out
    }
}

fn is_list(policy: &Policy, field: &Field) -> bool {
    let mut shape = policy.shapes.get(field.shape.index());
    if let Some(Shape::Optional(inner)) = shape {
        shape = policy.shapes.get(inner.index());
    }
    matches!(shape, Some(Shape::List(_) | Shape::Set(_)))
}

fn same_kind(a: &Value, b: &Value) -> bool {
    (a.is_string() && b.is_string()) || (a.is_number() && b.is_number()) || (a.is_boolean() && b.is_boolean())
}
