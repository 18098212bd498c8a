//! Runs of tests and fixtures over a small policy.

use policyc_compile::hir::{BudgetId, MarkId, TestStepKind, Value, Verdict as Expected};

use super::{FixtureStatus, Mode, Options, Problem, TestReport, TestStatus, headline, json, junit, run};
use crate::files::MemoryFiles;
use crate::testing::{fetch, pay, spend_left, suite, test};

fn expect(verdict: Expected, by: &[&str], code: Option<&str>) -> TestStepKind {
    TestStepKind::ExpectDecision {
        verdict,
        by: by.iter().map(|b| (*b).to_owned()).collect(),
        code: code.map(str::to_owned),
        told: Default::default(),
    }
}

fn go(tests: Vec<policyc_compile::hir::Test>, files: &MemoryFiles, options: &Options) -> TestReport {
    let options = Options { folders: vec![".".into(), "fixtures".into()], ..options.clone() };
    run(&suite(tests), files, &options, &|_| {})
}

fn only(tests: Vec<policyc_compile::hir::Test>) -> TestReport {
    go(tests, &MemoryFiles::default(), &Options::default())
}

#[test]
fn a_trajectory_passes() {
    let report = only(vec![
        test(
            "pay, be tainted, stop",
            vec![
                pay(100),
                expect(Expected::Allow, &["small"], None),
                spend_left(150),
                pay(120),
                expect(Expected::Hold, &["large"], Some("rule")),
                TestStepKind::Approve { yes: true, group: Some("finance".into()) },
                expect(Expected::Allow, &[], None),
                spend_left(30),
                fetch(),
                TestStepKind::Result { ok: true, content: Value::Text("hello".into()), usage: Default::default() },
                pay(1),
                expect(Expected::Deny, &["tainted"], Some("rule")),
            ],
        ),
        test(
            "what is given counts",
            vec![
                TestStepKind::GivenUsed(BudgetId(1), Value::Int(200)),
                pay(60),
                expect(Expected::Deny, &["spend"], Some("budget")),
                spend_left(50),
            ],
        ),
        test(
            "a mark that is given",
            vec![TestStepKind::GivenMark(MarkId(0)), pay(1), expect(Expected::Deny, &["tainted"], None)],
        ),
    ]);
    assert!(report.ok(), "{report:#?}");
    assert_eq!(report.tests.iter().map(|t| t.expectations).collect::<Vec<_>>(), [6, 2, 1]);
}

#[test]
fn a_failure_says_what_was_decided_by_what_and_with_which_values() {
    let report = only(vec![test(
        "a wrong idea",
        vec![
            pay(200),
            expect(Expected::Allow, &["small"], None),
            spend_left(99),
            pay(5),
            expect(Expected::Deny, &[], None),
        ],
    )]);
    let TestStatus::Failed(failures) = &report.tests[0].status else { panic!("{report:#?}") };
    assert_eq!(failures.len(), 3, "{failures:#?}");
    assert_eq!(headline(&failures[0]), "expected allow by small, got hold by large");
    assert_eq!(failures[0].values, [("args.amount".to_owned(), "200".to_owned())]);
    assert_eq!(failures[0].rerun, "policyc test -k \"a wrong idea\"");
    assert!(failures[0].event.contains("\"bank.pay\""));
    // The name of a wider expression: only that the value of the budget is there matters here.
    assert!(failures[1].values.iter().any(|(_, value)| value == "250"), "{:#?}", failures[1].values);
    assert_eq!(headline(&failures[2]), "expected deny, got allow by small");
    assert!(!report.ok());
    let value = json("bank", &report);
    assert_eq!(value["tests"][0]["failures"][0]["actual"]["by"][0], "large");
    assert!(junit("bank", &report).unwrap().contains("expected allow by small, got hold by large"));
}

#[test]
fn a_run_without_tests_or_with_a_filter_that_meets_none_fails() {
    assert_eq!(only(vec![]).problems, [Problem::NoTests]);
    let filter = |k: &str| Options { filter: super::Filter::new([k.to_owned()]), ..Options::default() };
    let tests = || vec![test("one", vec![pay(1), expect(Expected::Allow, &[], None)])];
    let report = go(tests(), &MemoryFiles::default(), &filter("two"));
    assert_eq!(report.problems, [Problem::NothingMatches { patterns: vec!["two".into()], of: 1, near: None }]);
    assert!(go(tests(), &MemoryFiles::default(), &filter("money")).ok(), "a tag is a name");
}

const CALLS: &str = concat!(
    r#"{"call":"b","tool":"bank.pay","args":{"amount":500,"to":"x"},"agent":{"id":"a"},"session":"s"}"#,
    "\n",
    r#"{"call":"a","tool":"bank.pay","args":{"amount":5,"to":"x"},"agent":{"id":"a"},"session":"s"}"#,
    "\n",
    r#"{"call":"a","tool":"bank.steal","args":{}}"#,
    "\n",
);

#[test]
fn fixtures_are_found_written_when_asked_and_compared() {
    let files = MemoryFiles::new([("fixtures/pay.calls.jsonl", CALLS), ("walk.trace.jsonl", CALLS)]);
    let status = |report: &TestReport| report.fixtures.iter().map(|f| f.status.clone()).collect::<Vec<_>>();
    let check = Options::default();
    let update = Options { mode: Mode::Update, ..Options::default() };

    assert_eq!(status(&go(vec![], &files, &check)), [FixtureStatus::Missing, FixtureStatus::Missing]);
    let in_ci = Options { ci: true, ..update.clone() };
    assert_eq!(status(&go(vec![], &files, &in_ci)), [FixtureStatus::Missing, FixtureStatus::Missing]);
    assert_eq!(files.text("fixtures/pay.calls.snap"), None);

    let written = go(vec![], &files, &update);
    assert!(written.ok(), "{written:#?}");
    assert_eq!(
        files.text("fixtures/pay.calls.snap").unwrap(),
        "policyc decisions 2: pay.calls.jsonl\n\n\
         call  tool        decision  by            with  state        reason\n\
         a     bank.pay    allow     small         -     spend[a] +5  because of small\n\
         a     bank.steal  deny      unknown-tool  -     -            the tool `bank.steal` is not declared by the policy\n\
         b     bank.pay    deny      budget spend  -     -            the budget `spend` has 0 of 250 used, and this call needs 500\n"
    );
    let walk = files.text("walk.trace.snap").unwrap();
    assert!(walk.lines().nth(3).unwrap().starts_with("b "), "a trace keeps its order: {walk}");
    assert!(go(vec![], &files, &check).ok());

    let changed = files.text("walk.trace.snap").unwrap().replace("allow", "deny ");
    crate::Files::write(&files, "walk.trace.snap", &changed).unwrap();
    let report = go(vec![], &files, &check);
    let FixtureStatus::Different { changed: 1, diff } = &report.fixtures[1].status else { panic!("{report:#?}") };
    assert!(diff.contains("+a     bank.pay    allow"), "{diff}");
}

/// SPEC: [S7.9]
#[test]
fn a_row_says_what_has_changed_of_the_state() {
    let agent = r#""agent":{"id":"a"},"session":"s"}"#;
    let lines = [
        format!(r#"{{"call":"1","tool":"web.fetch","args":{{"url":"u"}},{agent}"#),
        r#"{"result":"1","content":"x","session":"s"}"#.to_owned(),
        r#"{"result":"1","content":"x","session":"s"}"#.to_owned(),
        format!(r#"{{"call":"2","tool":"web.fetch","args":{{"url":"u"}},{agent}"#),
        r#"{"result":"2","status":"not-run","session":"s"}"#.to_owned(),
        r#"{"user":"go on","session":"t"}"#.to_owned(),
        r#"{"call":"3","tool":"bank.pay","args":{"amount":101,"to":"x"},"agent":{"id":"a"},"session":"t"}"#.to_owned(),
        r#"{"approve":"3","group":"finance","session":"t"}"#.to_owned(),
    ];
    let files = MemoryFiles::new([("walk.trace.jsonl", lines.join("\n").as_str())]);
    go(vec![], &files, &Options { mode: Mode::Update, ..Options::default() });
    let rows = files.text("walk.trace.snap").unwrap();
    let cells = |row: &str| row.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = rows.lines().skip(3).map(cells).collect();
    let seen: Vec<[&str; 3]> = rows.iter().map(|r| [r[0].as_str(), r[2].as_str(), r[5].as_str()]).collect();
    assert_eq!(
        seen,
        [
            ["1", "allow", "pages[s] +1"],
            ["1 result", "pass", "+untrusted"],
            ["1", "deny", "-"],
            ["2", "allow", "pages[s] +1"],
            ["2 result", "pass", "pages[s] -1"],
            ["3", "hold", "-"],
            ["3 approve", "allow", "spend[a] +101"],
        ]
    );
}

#[test]
fn a_snapshot_that_no_fixture_uses_is_a_finding() {
    let ours = "policyc decisions 1: old.calls.jsonl\n";
    let files = MemoryFiles::new([("old.calls.snap", ours), ("theirs.snap", "other"), ("e.calls.jsonl", "")]);
    let tests = || vec![test("one", vec![pay(1), expect(Expected::Allow, &[], None)])];
    let report = go(tests(), &files, &Options::default());
    assert_eq!(report.problems, [Problem::UnusedSnapshot { path: "old.calls.snap".into(), removed: false }]);
    assert_eq!(report.fixtures[0].status, FixtureStatus::Empty);
    let report = go(tests(), &files, &Options { mode: Mode::Update, ..Options::default() });
    assert_eq!(report.problems, [Problem::UnusedSnapshot { path: "old.calls.snap".into(), removed: true }]);
    assert!(files.text("theirs.snap").is_some() && files.text("old.calls.snap").is_none());
}
