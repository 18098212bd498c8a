//! What holds for every policy and every event: generated policies and traces, as many as `POLICYC_CASES` says.
//!
//! A case is a pair of a policy and an event. Everything is made from numbers, so a failure names the number of its
//! policy and prints what is left of it once all that does not matter is taken out.

use std::sync::atomic::{AtomicUsize, Ordering};

use policyc_compile::Compiled;
use policyc_diag::{Severity, SourceMap};
use policyc_harness::simulate::{Options, Trace, simulate};
use policyc_runtime::decision::Verdict;
use policyc_runtime::state::State;
use policyc_runtime::{Engine, Loaded, bundle};
use policyc_testkit::Rng;
use policyc_testkit::both::{Comparison, compare, compile_generated, shrink};
use policyc_testkit::generate::{World, trace};
use rayon::prelude::*;

/// Events of one trace.
const EVENTS: usize = 100;

/// How many (policy, event) pairs each property looks at.
fn cases() -> usize {
    std::env::var("POLICYC_CASES").ok().and_then(|n| n.replace('_', "").parse().ok()).unwrap_or(2_000)
}

/// How many policies that makes.
fn policies() -> u64 {
    // A few more, because some traces cannot be compared to their end.
    u64::try_from((cases() + cases() / 10).div_ceil(EVENTS)).expect("a number of policies")
}

/// Compiles a generated policy; `None` if all that is wrong with it is that some rule can never apply, which a
/// generator cannot always see.
fn compiled(seed: u64, items: &[String]) -> Option<(Compiled, Loaded)> {
    let compiled = compile_generated(items);
    let errors: Vec<_> = compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    if !errors.is_empty() {
        let shown: Vec<String> = errors
            .iter()
            .map(|d| {
                format!("{} line {}: {}", d.code.number, compiled.sources.line_col(d.primary.span).line, d.message)
            })
            .collect();
        let excused = ["E0503", "E0504"];
        assert!(
            errors.iter().all(|d| excused.contains(&d.code.number)),
            "policy {seed} does not compile:\n{}\n\n{}",
            shown.join("\n"),
            numbered(&items.join("\n\n")),
        );
        return None;
    }
    let policy = compiled.policy.clone().expect("a policy without errors is compiled");
    let loaded = Loaded::new(policy).unwrap_or_else(|e| panic!("policy {seed} does not load: {e}"));
    Some((compiled, loaded))
}

fn numbered(text: &str) -> String {
    text.lines().enumerate().map(|(n, line)| format!("{:>3} {line}\n", n + 1)).collect()
}

/// The answers to a trace, as bytes.
fn answers(loaded: &Loaded, lines: &[String]) -> Vec<u8> {
    let mut engine = Engine::new(loaded);
    let mut state = State::new();
    let mut out = Vec::new();
    for (line, number) in lines.iter().zip(1..) {
        engine.line(&mut state, line.as_bytes(), number, &mut out);
    }
    out
}

/// SPEC: [P3] [P4] [S4.1] [S4.2] [S5.1]
#[test]
fn decide_is_what_the_oracle_says() {
    let (pairs, skipped) = (AtomicUsize::new(0), AtomicUsize::new(0));
    (0..policies()).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let Some((compiled, loaded)) = compiled(seed, &world.items) else {
            skipped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let lines = trace(&world, seed, EVENTS);
        match compare(&compiled.program, &loaded, &lines) {
            Comparison::Same(count) => {
                pairs.fetch_add(count, Ordering::Relaxed);
            }
            Comparison::Differs { .. } => {
                let (items, lines) = shrink(&world.items, &lines);
                let small = compile_generated(&items);
                let loaded = Loaded::new(small.policy.expect("it was compiled before")).expect("and loaded");
                panic!(
                    "policy {seed}: evaluator and oracle differ\n\n{}\n\n{}\n\n{:#?}",
                    items.join("\n\n"),
                    lines.join("\n"),
                    compare(&small.program, &loaded, &lines),
                );
            }
        }
    });
    let (pairs, skipped) = (pairs.into_inner(), skipped.into_inner());
    #[expect(clippy::print_stdout, reason = "whoever runs many cases wants to see how many")]
    {
        println!("decide == oracle on {pairs} (policy, event) pairs; {skipped} policies had a rule that never applies");
    }
    assert!(pairs * 10 > cases() * 9, "too few pairs were compared: {pairs}");
}

/// SPEC: [P2] [S0.2]
#[test]
fn order_never_matters() {
    (0..policies().div_ceil(4)).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let Some((_, loaded)) = compiled(seed, &world.items) else { return };
        let mut shuffled = world.items.clone();
        // `edition 1` stays first.
        if let Some((_, rest)) = shuffled.split_first_mut() {
            Rng::new(seed).shuffle(rest);
        }
        let (_, other) = compiled(seed, &shuffled).expect("the order of items is no matter of errors");
        let lines = trace(&world, seed, EVENTS);
        let (a, b) = (answers(&loaded, &lines), answers(&other, &lines));
        assert_eq!(without_hash(&a), without_hash(&b), "policy {seed}\n{}", world.source());
    });
}

/// The hash of a policy is over its places too, so it differs where nothing else does.
fn without_hash(answers: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(answers).expect("answers are UTF-8");
    let without = |line: &str| {
        let mut json: serde_json::Value = serde_json::from_str(line).expect("an answer is JSON");
        json.as_object_mut().expect("an answer is an object").remove("policy");
        json
    };
    text.lines().map(without).collect()
}

/// SPEC: [S1.8]
#[test]
fn formatting_is_idempotent_and_keeps_the_meaning() {
    (0..policies().div_ceil(4)).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let source = world.source();
        let once =
            policyc_syntax::format(&source).unwrap_or_else(|_| panic!("policy {seed} is not formatted\n{source}"));
        let twice =
            policyc_syntax::format(&once).unwrap_or_else(|_| panic!("policy {seed} is not formatted twice\n{once}"));
        assert_eq!(once, twice, "policy {seed}");
        let Some((_, loaded)) = compiled(seed, &world.items) else { return };
        let (_, other) = compiled(seed, std::slice::from_ref(&once)).expect("formatting makes no errors");
        let lines = trace(&world, seed, EVENTS);
        assert_eq!(
            without_hash(&answers(&loaded, &lines)),
            without_hash(&answers(&other, &lines)),
            "policy {seed}\n{once}"
        );
    });
}

/// SPEC: [S9.3]
#[test]
fn simulating_in_parallel_gives_the_same_bytes() {
    for seed in 0..policies().div_ceil(8) {
        let world = World::new(seed);
        let Some((_, loaded)) = compiled(seed, &world.items) else { continue };
        let text = trace(&world, seed, EVENTS * 2).join("\n");
        let run = |jobs: usize| {
            let mut out: Vec<(u64, Vec<u8>)> = Vec::new();
            let options = Options { jobs, ..Options::default() };
            let traces = vec![Trace::bytes("generated.jsonl", text.as_bytes())];
            let report = simulate(
                &loaded,
                traces,
                &options,
                &mut |answer| {
                    out.push((answer.line, answer.json.to_vec()));
                    Ok(())
                },
                &|_| {},
            );
            (out, report.expect("answers are taken").json())
        };
        assert_eq!(run(1), run(4), "policy {seed}\n{}\n{text}", world.source());
    }
}

/// SPEC: [S8.12] [S8.13]
#[test]
fn a_bundle_decides_the_same_and_the_same_input_gives_the_same_bytes() {
    (0..policies().div_ceil(4)).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let Some((_, loaded)) = compiled(seed, &world.items) else { return };
        let (_, again) = compiled(seed, &world.items).expect("it compiled before");
        let bytes = bundle::write(loaded.policy()).expect("a policy can be written");
        assert_eq!(bytes, bundle::write(again.policy()).expect("a policy can be written"), "policy {seed}");
        let read = Loaded::of(bundle::read(&bytes).expect("what was written can be read")).expect("and loaded");
        let lines = trace(&world, seed, EVENTS);
        assert_eq!(answers(&loaded, &lines), answers(&read, &lines), "policy {seed}");
        assert_eq!(answers(&loaded, &lines), answers(&loaded, &lines), "policy {seed} is not pure");
    });
}

/// A rule that restricts, added to any policy, turns no `deny` into `allow`. Calls stand alone here, because what a
/// denied call leaves behind differs.
///
/// SPEC: [P2] [S5.2]
#[test]
fn a_restricting_rule_never_allows() {
    (0..policies().div_ceil(4)).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let Some((_, loaded)) = compiled(seed, &world.items) else { return };
        let mut rng = Rng::new(seed ^ 0xA11);
        let effect = rng.word(&["deny", "hold"]);
        let approvers = if effect == "hold" { "\n  approvers \"finops\"" } else { "" };
        let more = format!("rule added\n  {effect} *\n  when session has secret or \"infra\" in tool.tags{approvers}");
        let mut items = world.items.clone();
        items.push(more);
        let (_, stricter) = compiled(seed, &items).expect("the added rule is well formed");
        for line in trace(&world, seed, EVENTS) {
            let decide =
                |loaded: &Loaded| Engine::new(loaded).decide(&State::new(), line.as_bytes()).map(|d| d.verdict);
            let (before, after) = (decide(&loaded), decide(&stricter));
            // A hold asks people where nothing was allowed before; it never allows by itself.
            let granted = after == Some(Verdict::Allow) && before != Some(Verdict::Allow);
            assert!(!granted, "policy {seed}: {before:?} became {after:?}\n{}\n{line}", items.join("\n\n"));
        }
    });
}

/// A structured text that cannot be read never takes a `deny` away from a rule that reads it.
///
/// SPEC: [P3] [S4.16]
#[test]
fn what_cannot_be_read_is_unsafe() {
    let condition = [
        ("url", "args.x.host within \"example.com\""),
        ("url", "not args.x.host within \"example.com\""),
        ("host", "args.x within 10.0.0.0/8"),
        ("host", "not (args.x == \"example.com\" or args.x within \"evil.test\")"),
        ("path", "args.x within \"/etc\""),
        ("path", "not args.x within \"/workspace\""),
        ("email", "args.x within \"evil.test\""),
        ("email", "args.x.host != \"example.com\""),
        ("ip", "args.x within { 10.0.0.0/8, 127.0.0.0/8 }"),
        ("cidr", "args.x.size > 256"),
    ];
    for (ty, when) in condition {
        let items = [
            format!("tool t(x: {ty}) risk read"),
            format!("rule no\n  deny t\n  when {when}"),
            "rule yes\n  allow t".into(),
        ];
        let (_, loaded) = compiled(0, &items).expect("it is well formed");
        for unreadable in ["", "\\u0000", "not \\\\ readable", "~root/%zz", "http://0x7f.1/"] {
            let line = format!(r#"{{"call":"c","tool":"t","args":{{"x":"{unreadable}"}}}}"#);
            let decision = Engine::new(&loaded).decide(&State::new(), line.as_bytes()).expect("it is a call");
            assert_eq!(decision.rules, ["no"], "{ty} {when} {unreadable}");
        }
        // And a rule that grants never applies on it.
        let items = [items[0].clone(), format!("rule yes\n  allow t\n  when {when}")];
        let (_, loaded) = compiled(0, &items).expect("it is well formed");
        let line = r#"{"call":"c","tool":"t","args":{"x":"\u0000"}}"#;
        let decision = Engine::new(&loaded).decide(&State::new(), line.as_bytes()).expect("it is a call");
        assert_eq!(decision.code, "default", "{ty} {when}");
    }
}

/// SPEC: [P1]
#[test]
fn what_no_rule_allows_is_denied() {
    (0..policies().div_ceil(4)).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let granting = |item: &&String| item.starts_with("rule ") && item.contains("allow ");
        let items: Vec<String> = world.items.iter().filter(|item| !granting(item)).cloned().collect();
        let Some((_, loaded)) = compiled(seed, &items) else { return };
        let text = String::from_utf8(answers(&loaded, &trace(&world, seed, EVENTS))).expect("answers are UTF-8");
        assert!(!text.contains(r#""decision":"allow""#), "policy {seed}\n{}\n{text}", items.join("\n\n"));
    });
}

#[test]
fn generated_policies_parse() {
    for seed in 0..policies() {
        let source = World::new(seed).source();
        let mut map = SourceMap::default();
        let file = map.add("generated.policy", source.clone());
        let (_, diagnostics) = policyc_syntax::parse(file, &source);
        assert!(diagnostics.is_empty(), "policy {seed}\n{source}\n{diagnostics:#?}");
    }
}
