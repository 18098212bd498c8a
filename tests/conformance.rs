//! `tests/conformance/*.jsonl`: a policy, events, decisions. Oracle, evaluator and bundle round trip read them here;
//! other bindings of the runtime read the same files.
//!
//! A line is `{"name", "spec": ["S4.3"], "policy": "…", "files"?: {name: text}, "events": […], "decisions": […]}`. A
//! decision has the fields that matter: `decision`, `code`, and where they are given `rules`, `budgets`, `observed`,
//! `approvers`, `expires`, `obligations`, `spans`; `null` stands for an event without an answer. Every event is
//! written as it goes over the wire; one that is no JSON is a text.

use policyc_runtime::state::State;
use policyc_runtime::{Engine, Loaded};
use policyc_testkit::both::compile_texts;
use serde_json::Value;

fn check(case: &Value) {
    let name = case["name"].as_str().expect("a case has a name");
    let policy = case["policy"].as_str().expect("a case has a policy");
    let files = case["files"].as_object().into_iter().flatten();
    let files = files.map(|(name, text)| (name.as_str(), text.as_str().expect("a file is a text")));
    let compiled = compile_texts([("case.policy", policy)].into_iter().chain(files));
    let shown: Vec<_> = compiled.diagnostics.iter().map(|d| format!("{}: {}", d.code.number, d.message)).collect();
    assert!(!compiled.has_errors(), "{name}: {shown:#?}");
    let events: Vec<String> = case["events"]
        .as_array()
        .expect("a case has events")
        .iter()
        .map(|event| event.as_str().map_or_else(|| event.to_string(), str::to_owned))
        .collect();
    let decisions = case["decisions"].as_array().expect("a case has decisions");
    assert_eq!(events.len(), decisions.len(), "{name}: each event has a decision or null");
    // Oracle and bundle.
    super::suite::answers(&compiled, &events, name);
    let loaded = Loaded::new(compiled.policy.expect("it has no errors")).expect("it loads");
    let (mut engine, mut state) = (Engine::new(&loaded), State::new());
    for ((event, wanted), number) in events.iter().zip(decisions).zip(1..) {
        let mut out = Vec::new();
        engine.line(&mut state, event.as_bytes(), number, &mut out);
        let found: Value = if out.is_empty() { Value::Null } else { serde_json::from_slice(&out).expect("JSON") };
        match wanted {
            Value::Null => assert_eq!(found, Value::Null, "{name}, event {number}"),
            Value::Object(fields) => {
                for (key, value) in fields {
                    assert_eq!(found.get(key), Some(value), "{name}, event {number}, `{key}` of\n{found:#}");
                }
            }
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                panic!("{name}: {other} is no decision")
            }
        }
    }
}

#[test]
fn conformance() {
    let folder = super::root().join("tests/conformance");
    let mut count = 0;
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("tests/conformance is there").flatten().map(|e| e.path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a conformance file is UTF-8");
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            check(&serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}\n{line}", file.display())));
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} cases");
}
