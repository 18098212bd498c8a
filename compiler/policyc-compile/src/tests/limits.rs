//! Small texts that would mean much work: each is checked in time, or refused with an error.
//!
//! None of these tests looks at a clock: what doubles with each of sixty steps does not end at all.

use super::says;

/// `f0` calls `f1` twice, and so on, sixty steps; the last one asks `last`.
fn doubling(last: &str) -> String {
    let steps = (0..60).map(|i| format!("fn f{i}(x: string) = f{n}(x) or f{n}(x)\n", n = i + 1));
    format!("{}fn f60(x: string) = {last}\n", steps.collect::<String>())
}

#[test]
fn functions_that_call_a_function_twice_are_gone_through_once() {
    let head = "tool t(x: string) risk read\nlabel word: string from caller\n";
    let rule = "rule a\n  allow t\n  when f0(args.x)\n";
    says(&format!("{head}{rule}{}", doubling("x == \"a\"")), &[]);
    says(
        &format!("{head}{rule}{}", doubling("x == labels.word")),
        &["E0501 5:8 this allows on `labels.word`, which is the caller's own word"],
    );
}

/// `let a0 = [a1, a1]`, and so on.
fn nested(steps: usize, of: impl Fn(usize) -> String, last: &str) -> String {
    let lets: String = (0..steps).map(|i| format!("let a{i} = {}\n", of(i + 1))).collect();
    format!("{lets}let a{steps} = {last}\n")
}

#[test]
fn constants_that_double_are_refused() {
    let rest = "tool t(x: int) risk read\nrule a\n  allow t\n  when args.x in ";
    let policy = |lets: String, set: &str| format!("{rest}{set}\n{lets}");
    says(&policy(nested(40, |i| format!("[a{i}, a{i}]"), "[1]"), "{ len(a0) }"), &["E0414 28:11 "]);
    says(&policy(nested(40, |i| format!("{{ x: a{i}, y: a{i} }}"), "{ x: 1 }"), "{ 1 }"), &["L0201 ", "E0414 29:11 "]);
    // A text counts by its length.
    let long = format!("\"{}\"", "x".repeat(100_000));
    let many = nested(1, |i| format!("[{}]", vec![format!("a{i}"); 300].join(", ")), &long);
    says(&policy(many, "{ len(a0) }"), &["E0414 5:10 "]);
    // As large as people write them.
    let fine: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    says(&policy(nested(0, |_| String::new(), &format!("{{ {} }}", fine.join(", "))), "a0"), &[]);
}

#[test]
fn constants_are_not_deeper_than_anybody_recurses() {
    let rest = "tool t(x: int) risk read\nrule a\n  allow t\n  when args.x == len(a0)\n";
    says(&format!("{rest}{}", nested(5_000, |i| format!("[a{i}]"), "[1]")), &["E0414 "]);
    says(&format!("{rest}{}", nested(60, |i| format!("[a{i}]"), "[1]")), &[]);
}

#[test]
fn a_large_constant_is_not_written_out_everywhere() {
    let members: Vec<String> = (0..20_000).map(|n| format!("\"{n}\"")).collect();
    let rules: String = (0..500).map(|n| format!("rule r{n}\n  allow t\n  when args.x in known_ones\n")).collect();
    let head = format!("tool t(x: string) risk read\nlet known_ones = {{ {} }}\n", members.join(", "));
    says(
        &format!("{head}{rules}"),
        &["E0414 1379:18 with `known_ones` here, the constants of this policy are too large"],
    );
    let rules = rules.replace("args.x in known_ones", "known(args.x)");
    says(&format!("{head}fn known(x: string) = x in known_ones\n{rules}"), &[]);
}

#[test]
fn roles_in_long_chains_and_rings_are_refused_in_time() {
    let head = "tool t() risk read\nrule a\n  allow t\n  for r0\n";
    let chain = |n: usize| (0..n).map(|i| format!("role r{i} extends r{}\n", i + 1)).collect::<String>();
    says(&format!("{head}{}role r1000\n", chain(1_000)), &[]);
    says(&format!("{head}{}role r20000\n", chain(20_000)), &["E0409 "]);
    says(&format!("{head}{}role r20000 extends r0\n", chain(20_000)), &["E0205 "]);
    let flat: String = (0..20_000).map(|i| format!("role r{i}\n")).collect();
    says(&format!("{head}{flat}"), &[]);
}

#[test]
fn chains_of_definitions_of_any_length_are_put_in_order() {
    let head = "tool t(x: int) risk read\nrule a\n  allow g0\n  when args.x == a0\n";
    let lets: String = (0..20_000).map(|i| format!("let a{i} = a{}\n", i + 1)).collect();
    let groups: String = (0..20_000).map(|i| format!("group g{i} = {{ g{} }}\n", i + 1)).collect();
    says(&format!("{head}{lets}let a20000 = 1\n{groups}group g20000 = {{ t }}\n"), &[]);
}

#[test]
fn rules_that_disagree_are_said_so_often_and_no_more() {
    let head = "tool t(x: string) risk read\n";
    let rules = (0..60).map(|i| format!("rule r{i}\n  allow t\n  with {{ k: {i} }}\n"));
    let lines = crate::diagnostics(&format!("{head}{}", rules.collect::<String>()));
    assert_eq!(lines.len(), 100);
    assert!(lines.iter().all(|l| l.starts_with("E0503 ")), "{lines:#?}");
}
