//! Coverage and mutation: what tests have seen of a policy, and which changes of it they notice.

use std::collections::BTreeMap;

use policyc_compile::Compiled;
use policyc_compile::lower::lower_tests;
use policyc_harness::MemoryFiles;
use policyc_harness::coverage::{Coverage, Kind, Tally, cobertura, html, json, lcov};
use policyc_harness::mutate::{Fate, Mutants, mutate};
use policyc_harness::suite::{Options, TestReport, run};
use policyc_runtime::policy::Policy;

use crate::support::{compile_example, compile_files, files, messages, root};

const POLICY: &str = r#"edition 1
tool pay(to: string, amount: int, note: string?) risk external
tool look() risk read

role boss

mark seen

after look mark session seen

budget many
  limit 2
  per session
  charge 1 on pay

fn small(n: int) = n <= 100

rule looking
  allow look

rule paying
  allow pay
  when small(args.amount) and (args.to == "ana" or args.to == "bob")

rule notes
  deny pay
  when args.note contains "secret"

rule bosses
  allow pay
  for boss
  when session has seen
"#;

const TESTS: &str = r#"
test "ana is paid" {
  call pay { to: "ana", amount: 100, note: "lunch" }
  expect allow by paying
}

test "a stranger is not" {
  call pay { to: "eve", amount: 100, note: "lunch" }
  expect deny code default
}
"#;

fn compiled(text: &str) -> Compiled {
    let all = BTreeMap::from([("a.policy".to_owned(), text.as_bytes().to_vec())]);
    let compiled = compile_files("a", all, vec!["a.policy".to_owned()]);
    assert!(!compiled.has_errors(), "{:?}", messages(&compiled));
    compiled
}

fn tried(compiled: &Compiled, files: &BTreeMap<String, Vec<u8>>) -> (TestReport, Policy) {
    let suite = lower_tests(&compiled.program, compiled.policy.as_ref().unwrap()).unwrap();
    let options =
        Options { ci: true, coverage: true, folders: vec![".".into(), "fixtures".into()], ..Options::default() };
    (run(&suite, &memory(files), &options, &|_| ()), suite.policy)
}

fn memory(files: &BTreeMap<String, Vec<u8>>) -> MemoryFiles {
    let texts = files.iter().filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)));
    MemoryFiles::new(texts)
}

fn seen(text: &str) -> (Coverage, Policy) {
    let (report, policy) = tried(&compiled(text), &BTreeMap::new());
    (report.coverage.unwrap(), policy)
}

fn of(coverage: &Coverage, kind: Kind) -> (usize, usize) {
    let Tally { seen, of } = coverage.tally(kind);
    (seen, of)
}

fn hits(coverage: &Coverage, name: &str, what: &str) -> u32 {
    let goal = coverage.seen().find(|(goal, _)| goal.name == name && goal.what == what);
    goal.unwrap_or_else(|| panic!("there is no goal `{name}` {what}")).1
}

/// SPEC: [S7.7]
#[test]
fn what_was_seen_is_counted() {
    let (coverage, _) = seen(&format!("{POLICY}{TESTS}"));
    assert_eq!(of(&coverage, Kind::Rule), (1, 4), "only `paying` decided");
    assert_eq!(of(&coverage, Kind::Reached), (3, 4), "`looking` was never asked");
    assert_eq!(hits(&coverage, "n <= 100", "true"), 2);
    assert_eq!(hits(&coverage, "n <= 100", "false"), 0);
    assert_eq!(hits(&coverage, "args.to == \"ana\"", "true alone decides"), 1);
    assert_eq!(hits(&coverage, "args.to == \"ana\"", "false alone decides"), 1, "eve is neither");
    assert_eq!(hits(&coverage, "args.to == \"bob\"", "true alone decides"), 0);
    assert_eq!(hits(&coverage, "n <= 100", "false alone decides"), 0);
    assert_eq!(hits(&coverage, "args.note contains \"secret\"", "unknown"), 0);
    assert_eq!(of(&coverage, Kind::Unknown), (0, 1), "only a note may be left out");
    assert_eq!(of(&coverage, Kind::Budget), (0, 2));
    assert_eq!(of(&coverage, Kind::Mark), (0, 1));
    assert_eq!(of(&coverage, Kind::Tool), (1, 2));
    assert_eq!(of(&coverage, Kind::Argument), (3, 4), "a note was never left out");
    assert_eq!(of(&coverage, Kind::Default), (1, 1));

    let more = r#"
test "the third is too many" {
  call pay { to: "bob", amount: 1 }
  expect deny by notes
  call look {}
  expect allow by looking
  result "hello"
  call pay { to: "eve", amount: 101, note: "" } as boss
  expect allow by bosses
  call pay { to: "eve", amount: 101, note: "" } as boss
  expect allow by bosses
  call pay { to: "eve", amount: 101, note: "" } as boss
  expect deny by many code budget
}
"#;
    let (coverage, _) = seen(&format!("{POLICY}{TESTS}{more}"));
    assert_eq!(of(&coverage, Kind::Rule), (4, 4));
    assert_eq!(hits(&coverage, "args.note contains \"secret\"", "unknown"), 1);
    assert_eq!(of(&coverage, Kind::Budget), (2, 2), "used up by the second call, refused the third");
    assert_eq!(of(&coverage, Kind::Mark), (1, 1));
    assert_eq!(hits(&coverage, "boss", "true alone decides"), 3);
}

/// SPEC: [S7.7]
#[test]
fn coverage_knows_no_line_breaks_and_no_tests() {
    let text = format!("{POLICY}{TESTS}");
    let broken_up = text.replace(" and ", "\n    and\n    ").replace(" or ", "\n      or\n\n      ");
    let (one, two) = (seen(&text).0, seen(&broken_up).0);
    for kind in Kind::ALL {
        assert_eq!(one.tally(kind), two.tally(kind), "{}", kind.name());
    }
    // More tests, and tests that fail, are no more to be seen.
    let failing = format!("{text}\ntest \"wrong\" {{\n  call look {{}}\n  expect deny by notes\n}}\n");
    let (report, _) = tried(&compiled(&failing), &BTreeMap::new());
    assert!(!report.ok());
    let failing = report.coverage.unwrap();
    assert_eq!(failing.goals.len(), one.goals.len());
    assert_eq!(of(&failing, Kind::Rule), (2, 4), "a test that fails has seen what it has seen");
    let from = text.find("test \"").unwrap();
    assert!(failing.goals.iter().filter_map(|g| g.place).all(|p| usize::try_from(p.end).unwrap() <= from));
}

#[test]
fn other_programs_can_read_what_was_seen() {
    let text = format!("{POLICY}{TESTS}");
    let (coverage, policy) = seen(&text);
    let line = |needle: &str| text.lines().position(|l| l.contains(needle)).unwrap() + 1;
    let files = crate::formats::lcov::read(&lcov(&policy, &coverage, "here/"));
    let lines = &files["here/a.policy"];
    assert!(lines[&line("rule paying")] > 0 && lines[&line("rule looking")] == 0, "{lines:?}");
    assert!(!lines.contains_key(&line("test \"ana")));

    let xml = cobertura(&policy, &coverage, "here/");
    assert!(xml.contains("<!DOCTYPE coverage SYSTEM"), "{xml}");
    assert!(xml.contains(&format!("<line number=\"{}\" hits=\"0\" branch=\"false\"/>", line("rule looking"))), "{xml}");
    let document = json(&policy, &coverage);
    assert_eq!(document["totals"]["rule"]["seen"], 1);
    assert_eq!(document["files"]["a.policy"]["rule"]["of"], 4);

    let page = html(&policy, &coverage, "<svg id=\"drawn\"></svg>");
    assert!(page.contains("<svg id=\"drawn\">") && !page.contains("<script") && !page.contains("http://"), "{page}");
    assert!(page.contains("class=\"yes\"") && page.contains("class=\"no\"") && page.contains("class=\"part\""));
    assert!(page.contains("args.to == &quot;bob&quot;"), "what was written is shown, escaped");
    let strip = |page: &str| {
        let mut out = String::new();
        let mut tag = false;
        for c in page.chars() {
            match c {
                '<' => tag = true,
                '>' => tag = false,
                c if !tag => out.push(c),
                _ => {}
            }
        }
        out
    };
    assert!(strip(&page).contains("mark session seen"), "the source is whole");
}

fn mutants(compiled: &Compiled, files: &BTreeMap<String, Vec<u8>>) -> Mutants {
    let suite = lower_tests(&compiled.program, compiled.policy.as_ref().unwrap()).unwrap();
    let folders = [".".to_owned(), "fixtures".to_owned()];
    mutate(&compiled.program, &compiled.sources, &suite, (&memory(files), &folders), 0, &|_| ()).unwrap()
}

/// SPEC: [S7.8]
#[test]
fn a_change_that_no_test_notices_survives_with_a_test_that_would() {
    let text = format!("{POLICY}{TESTS}");
    let found = mutants(&compiled(&text), &BTreeMap::new());
    let fate = |item: &str, diff: &str| {
        let mutant = found.all.iter().find(|m| m.item == item && m.diff.contains(diff));
        mutant.unwrap_or_else(|| panic!("no mutant of {item} with {diff}: {found:#?}")).fate.clone()
    };
    assert_eq!(fate("paying", "+  deny pay"), Fate::Killed("ana is paid".to_owned()));
    assert_eq!(fate("paying", "+  when (small(args.amount)) or ("), Fate::Killed("a stranger is not".to_owned()));
    assert_eq!(fate("small", "n < 100"), Fate::Killed("ana is paid".to_owned()), "100 is tried");
    let Fate::Survived { killer: Some(test) } = fate("small", "<= 101") else { panic!("101 is not tried") };
    // The test that comes with it holds, and makes the difference.
    let better = mutants(&compiled(&format!("{text}\n{test}")), &BTreeMap::new());
    let now = better.all.iter().find(|m| m.item == "small" && m.diff.contains("<= 101")).unwrap();
    assert!(matches!(now.fate, Fate::Killed(_)), "{test}");
    assert!(better.score() > found.score());
}

/// Marks, charges, results and the clock: what no decision of a single call shows.
const STATEFUL: &str = r#"edition 1
tool web.fetch(address: url) -> string risk read
tool web.post(address: url, body: string) risk external
tool files.read(path: path) -> string risk read
tool files.list(path: path) risk read
tool jobs.run(command: shell) risk modify

mark untrusted
mark private

after web.fetch mark session untrusted
after files.read mark result private

budget fetches
  limit 3 every 1 h per session
  charge 1 on web.fetch

budget spend
  limit 9 USD per agent
  charge 0 USD settle usage.cost on web.post

rule reading
  allow web.fetch, files

group files = { files.* }

rule posting
  allow web.post
  when args.address.host == "example.com"

rule running
  allow jobs.run
  unless any c in args.command.commands: c.program == "rm"

rule what_is_private_stays
  deny web.post
  when args.body has private

rule what_strangers_wrote_is_asked_about
  hold jobs.run
  when session has untrusted
  approvers "boss"

rule keys
  redact files.read
  matching /key-[0-9]+/

test "everything once" {
  at "2026-03-01T10:00:00Z"
  call web.fetch { address: "https://example.com/a" }
  expect allow by reading
  result "hello"
  call files.read { path: "/a" }
  expect allow by reading
  result "a key-12 of many words and so on"
  call web.post { address: "https://example.com/in", body: "hi" }
  expect allow by posting
  result "" with { cost: 2 USD }
  call files.list { path: "/a" }
  expect allow by reading
}

test "a job" {
  given { budgets.fetches.used == 2 }
  call jobs.run { command: "ls" }
  expect allow by running
}
"#;

/// SPEC: [S7.8]
#[test]
fn the_test_that_comes_with_a_survivor_notices_it() {
    let found = mutants(&compiled(STATEFUL), &BTreeMap::new());
    let mut text = STATEFUL.to_owned();
    let (mut with, mut names) = (Vec::new(), Vec::new());
    for (number, mutant) in found.survivors().enumerate() {
        let Fate::Survived { killer: Some(killer) } = &mutant.fate else { continue };
        names.push((mutant.operator, mutant.item.as_str()));
        with.push((mutant.operator, mutant.diff.clone()));
        text.push('\n');
        text.push_str(&killer.replacen("test \"as", &format!("test \"{number}: as"), 1));
    }
    for wanted in [
        ("mark dropped", "untrusted"),
        ("mark dropped", "private"),
        ("tools widened", "reading"),
        ("tools widened", "posting"),
        ("tools widened", "untrusted"),
        ("raw text", "posting"),
        ("raw text", "running"),
        ("rule dropped", "keys"),
        ("effect", "keys"),
        ("limit", "fetches"),
        ("effect", "spend"),
    ] {
        let at = found.all.iter().filter(|m| (m.operator, m.item.as_str()) == wanted);
        let fates: Vec<_> = at.map(|m| &m.fate).collect();
        assert!(!fates.is_empty(), "{wanted:?}");
        let killed = |fate: &&Fate| matches!(fate, Fate::Killed(_));
        assert!(names.contains(&wanted) || fates.iter().all(killed), "{wanted:?}: {fates:#?}");
    }
    // All of them hold, and each of these mutants is noticed now.
    let (report, _) = tried(&compiled(&text), &BTreeMap::new());
    assert!(report.ok(), "{report:#?}\n{text}");
    let better = mutants(&compiled(&text), &BTreeMap::new());
    for (operator, diff) in with {
        let now = better.all.iter().find(|m| (m.operator, &m.diff) == (operator, &diff)).unwrap();
        assert!(matches!(now.fate, Fate::Killed(_)), "{operator}: {diff}\n{text}");
    }
}

#[test]
fn tests_that_fail_teach_nothing_about_mutants() {
    let wrong = compiled(&format!("{POLICY}\ntest \"wrong\" {{\n  call look {{}}\n  expect deny by notes\n}}\n"));
    let suite = lower_tests(&wrong.program, wrong.policy.as_ref().unwrap()).unwrap();
    let none = MemoryFiles::default();
    let said = mutate(&wrong.program, &wrong.sources, &suite, (&none, &[]), 0, &|_| ()).unwrap_err();
    assert!(said.to_string().contains("`wrong` fails"), "{said}");
}

/// Every example is tested as its README says: rules, sides of `and` and `or`, and, but for the workbench, mutants.
#[test]
fn the_examples_are_tested_thoroughly() {
    for name in ["banking", "control-plane", "fleet", "roles", "workbench", "workspace"] {
        let compiled = compile_example(name);
        let all = files(&root().join("examples").join(name));
        let (report, _) = tried(&compiled, &all);
        let coverage = report.coverage.unwrap();
        let (rule, mcdc) = (coverage.tally(Kind::Rule), coverage.tally(Kind::Mcdc));
        assert!(rule.percent() >= 90, "examples/{name}: {rule:?}");
        assert!(mcdc.percent() >= 80, "examples/{name}: {mcdc:?}");
        // Six hundred tests, once for each of hundreds of changes, take longer than all the other tests together.
        if name == "workbench" {
            println!("examples/{name}: its mutants are left out: `policyc test examples/{name} --mutate` tries them");
            continue;
        }
        let found = mutants(&compiled, &all);
        println!(
            "examples/{name}: rule {} %, mcdc {} %, mutants {} % of {}",
            rule.percent(),
            mcdc.percent(),
            found.score(),
            found.killed() + found.survivors().count()
        );
        assert!(found.score() >= 85, "examples/{name}: {:#?}", found.survivors().collect::<Vec<_>>());
    }
}

/// `cargo test --release -p policyc-tests --test all ten_thousand -- --nocapture` prints how long it takes (benches/
/// has it as a benchmark); without optimisation the times say nothing, and only the decisions are compared.
#[test]
fn ten_thousand_calls_over_three_hundred_rules_are_soon_run() {
    let (policy, calls) = policyc_testkit::large::policy_and_calls();
    let compiled = compiled(&policy);
    let suite = lower_tests(&compiled.program, compiled.policy.as_ref().unwrap()).unwrap();
    let files = MemoryFiles::new([("fixtures/large.calls.jsonl", calls.as_str())]);
    let options = Options { folders: vec!["fixtures".into()], ..Options::default() };
    let update = Options { mode: policyc_harness::suite::Mode::Update, ..options.clone() };
    assert!(run(&suite, &files, &update, &|_| ()).ok());
    let mut times = Vec::new();
    for coverage in [false, true] {
        let best = (0..3).map(|_| {
            let began = std::time::Instant::now();
            let report = run(&suite, &files, &Options { coverage, ..options.clone() }, &|_| ());
            assert!(report.ok() && report.fixtures[0].rows == 10_000);
            began.elapsed()
        });
        times.push(best.min().unwrap());
    }
    let ratio = times[1].as_secs_f64() / times[0].as_secs_f64();
    println!("10,000 calls, 300 rules: {:?} without coverage, {:?} with, {ratio:.2} times as long", times[0], times[1]);
    if !cfg!(debug_assertions) {
        assert!(times[0].as_secs_f64() < 1.0 && times[1].as_secs_f64() < 3.0, "{times:?}");
    }
}
