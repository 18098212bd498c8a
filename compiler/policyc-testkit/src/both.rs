//! One trace through the evaluator and through the oracle, answer by answer.
//!
//! The two must say the same; where the specification leaves a choice (which of several refusals is named), any of
//! them will do. The reason, the hashes and what is called unknown belong to the evaluator alone.

use std::collections::{BTreeMap, BTreeSet};

use policyc_compile::hir::{Effect, Program, Value};
use policyc_compile::{Compiled, Input, Texts, compile};
use policyc_runtime::decision::{Handling, Step, Verdict};
use policyc_runtime::state::State;
use policyc_runtime::{Engine, Loaded};

use crate::oracle::{Answer, Oracle};

/// Compiles texts; those that end in `.policy` and lie in no folder form the root module.
pub fn compile_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Compiled {
    let texts: BTreeMap<String, Vec<u8>> =
        texts.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    let files = texts.keys().filter(|name| name.ends_with(".policy") && !name.contains('/')).cloned().collect();
    compile(&Input { name: "generated".into(), files }, &Texts(texts))
}

/// How a trace went.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// So many lines got the same answer from both; the rest hung on how a window is cut into buckets.
    Same(usize),
    /// The first line on which they differ.
    Differs {
        /// Its index.
        line: usize,
        /// What the evaluator says.
        evaluator: String,
        /// What the oracle says.
        oracle: String,
    },
}

/// Puts each line to both.
pub fn compare(program: &Program, loaded: &Loaded, lines: &[String]) -> Comparison {
    let mut engine = Engine::new(loaded);
    let mut state = State::new();
    let mut oracle = Oracle::new(program);
    for (n, line) in lines.iter().enumerate() {
        let number = u64::try_from(n).unwrap_or(u64::MAX).saturating_add(1);
        let step = engine.step(&mut state, line.as_bytes(), number);
        let answer = oracle.line(line.as_bytes());
        if oracle.is_ambiguous() || only_asked_in_vain(&answer, &step) {
            return Comparison::Same(n);
        }
        if !agree(&answer, &step) {
            return Comparison::Differs { line: n, evaluator: format!("{step:#?}"), oracle: format!("{answer:#?}") };
        }
    }
    Comparison::Same(lines.len())
}

/// The oracle misses a field that the policy asks for, and the evaluator does not, because whatever asks for it folds
/// away: `x == 1 or x != 1` where both may be true. Behind it the two remember different things.
fn only_asked_in_vain(answer: &Answer, step: &Step<'_>) -> bool {
    let fields = ["missing-session", "missing-agent", "missing-tenant", "missing-task", "missing-time"];
    match (answer, step) {
        (Answer::Refused(codes), Step::Call(decision)) => {
            codes.iter().all(|code| fields.contains(code)) && !codes.contains(decision.code)
        }
        _ => false,
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Whether the two answers say the same.
pub fn agree(answer: &Answer, step: &Step<'_>) -> bool {
    match (answer, step) {
        (Answer::Quiet, Step::Quiet) => true,
        (Answer::Refused(codes), Step::Refused(rejection)) => codes.contains(rejection.code),
        (Answer::Refused(codes), Step::Call(decision)) => {
            codes.contains(decision.code) && decision.verdict == Verdict::Deny && decision.rules.is_empty()
        }
        (
            Answer::Call { effect, code, rules, budgets, observed, approvers, expires, obligations },
            Step::Call(decision),
        ) => {
            let same_effect = match decision.verdict {
                Verdict::Allow => *effect == Effect::Allow,
                Verdict::Hold => *effect == Effect::Hold,
                Verdict::Deny => *effect == Effect::Deny,
            };
            let conflict = *code == "conflicting-obligations";
            same_effect
                && decision.code == *code
                && (conflict || set(&decision.rules) == *rules)
                && set(&decision.budgets) == *budgets
                && set(&decision.observed) == *observed
                && (conflict || set(&decision.approvers) == *approvers)
                && (conflict || decision.expires_ns == *expires)
                && (conflict || same_obligations(obligations, &decision.obligations))
        }
        (Answer::Result { effect, rules, observed, spans }, Step::Result(screening)) => {
            // Where the content is no text, a rule with patterns may or may not find something in its JSON.
            let open = spans.is_none() && *effect == Some(Effect::Redact);
            let same_effect = match screening.handling {
                Handling::Pass => effect.is_none() || open,
                Handling::Redact => *effect == Some(Effect::Redact),
                Handling::Quarantine => *effect == Some(Effect::Quarantine),
            };
            let found = set(&screening.rules);
            same_effect
                && (found == *rules || (open && found.is_subset(rules)))
                && set(&screening.observed) == *observed
                && spans.as_ref().is_none_or(|spans| *spans == screening.spans)
        }
        (Answer::Quiet | Answer::Refused(_) | Answer::Call { .. } | Answer::Result { .. }, _) => false,
    }
}

fn same_obligations(oracle: &BTreeMap<String, Value>, evaluator: &[(&str, &str)]) -> bool {
    let written = |value: &Value| match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Text(t) | Value::Enum(t) => format!("\"{t}\""),
        other => format!("{other:?}"),
    };
    let oracle = oracle.iter().map(|(key, value)| (key.as_str(), written(value)));
    oracle.eq(evaluator.iter().map(|(key, value)| (*key, (*value).to_owned())))
}

/// A generated policy with its data files.
pub fn compile_generated(items: &[String]) -> Compiled {
    let source = items.join("\n\n");
    compile_texts([("generated.policy", source.as_str()), crate::generate::PRICES, crate::generate::BLOCKED])
}

/// Compiles items and compares a trace; `None` if they are no policy.
fn compare_items(items: &[String], lines: &[String]) -> Option<Comparison> {
    let compiled = compile_generated(items);
    let loaded = Loaded::new(compiled.policy?).ok()?;
    Some(compare(&compiled.program, &loaded, lines))
}

/// A smaller policy and a shorter trace on which evaluator and oracle still differ: whatever can be left out is.
pub fn shrink(items: &[String], lines: &[String]) -> (Vec<String>, Vec<String>) {
    let differs = |items: &[String], lines: &[String]| match compare_items(items, lines) {
        Some(Comparison::Differs { line, .. }) => Some(line),
        Some(Comparison::Same(_)) | None => None,
    };
    let (mut items, mut lines) = (items.to_vec(), lines.to_vec());
    let Some(last) = differs(&items, &lines) else { return (items, lines) };
    lines.truncate(last + 1);
    loop {
        let before = (items.len(), lines.len());
        for what in (0..items.len()).rev() {
            let mut fewer = items.clone();
            fewer.remove(what);
            if differs(&fewer, &lines).is_some() {
                items = fewer;
            }
        }
        for what in (0..lines.len()).rev() {
            let mut fewer = lines.clone();
            fewer.remove(what);
            if differs(&items, &fewer).is_some() {
                lines = fewer;
            }
        }
        if (items.len(), lines.len()) == before {
            return (items, lines);
        }
    }
}
