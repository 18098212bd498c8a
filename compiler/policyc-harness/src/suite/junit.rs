//! A run of the tests as JUnit XML.
//!
//! One suite for each file, one for fixtures, one for what is wrong with the run itself; no times, so that the same
//! run gives the same bytes. Nothing stands in it that the schema does not have by which Jenkins' xUnit plugin refuses
//! whole reports, so that where a test stands is said in words.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::report::{Failure, FailureKind, FixtureStatus, TestReport, TestStatus};

/// The XML of a run; `name` is the project's.
///
/// # Errors
/// If the XML cannot be written, which the text says.
pub fn junit(name: &str, report: &TestReport) -> Result<String, String> {
    let mut out = Report::new(name);
    let mut files: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for test in &report.tests {
        let status = match &test.status {
            TestStatus::Passed => TestCaseStatus::success(),
            TestStatus::Skipped(why) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why.as_str());
                status
            }
            TestStatus::Known(why) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(format!("known to fail: {why}")).set_type("known");
                status
            }
            TestStatus::Failed(failures) => {
                let message = failures.first().map(headline).unwrap_or_default();
                let all: Vec<String> = failures.iter().map(|f| in_full(&test.file, f)).collect();
                failed(NonSuccessKind::Failure, &message, "expectation", &all.join("\n\n"))
            }
        };
        let mut case = TestCase::new(test.name.as_str(), status);
        case.set_classname(test.file.as_str());
        let suite = files.entry(&test.file).or_insert_with(|| {
            let mut suite = TestSuite::new(test.file.as_str());
            suite.extra.insert("file".into(), test.file.as_str().into());
            suite
        });
        suite.add_test_case(case);
    }
    out.add_test_suites(files.into_values());
    if !report.fixtures.is_empty() {
        let mut suite = TestSuite::new("fixtures");
        for fixture in &report.fixtures {
            let fail = |message: &str, kind: &str, text: &str| failed(NonSuccessKind::Failure, message, kind, text);
            let status = match &fixture.status {
                FixtureStatus::Matches | FixtureStatus::Written { .. } => TestCaseStatus::success(),
                FixtureStatus::Missing => {
                    fail(&format!("there is no snapshot `{}`", fixture.snapshot), "missing-snapshot", "")
                }
                FixtureStatus::Different { changed, diff } => {
                    fail(&format!("{changed} decisions are not those of the snapshot"), "different", diff)
                }
                FixtureStatus::Empty => fail("the fixture has no event", "empty-fixture", ""),
                FixtureStatus::Unusable(why) => failed(NonSuccessKind::Error, why, "unusable", ""),
            };
            let mut case = TestCase::new(fixture.file.as_str(), status);
            case.set_classname("fixtures");
            suite.add_test_case(case);
        }
        out.add_test_suite(suite);
    }
    let failing: Vec<_> = report.problems.iter().filter(|p| p.fails()).collect();
    if !failing.is_empty() {
        let mut suite = TestSuite::new("run");
        for problem in failing {
            let help = problem.help().unwrap_or_default();
            let status = failed(NonSuccessKind::Error, &problem.to_string(), problem.code(), &help);
            let mut case = TestCase::new(problem.code(), status);
            case.set_classname("run");
            suite.add_test_case(case);
        }
        out.add_test_suite(suite);
    }
    // XML has no character for these two, and nobody takes them out.
    let readable = |xml: String| xml.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    out.to_string().map(readable).map(without_skipped).map_err(|e| e.to_string())
}

/// The schema counts skipped tests by suite, and not once more for all of them.
fn without_skipped(xml: String) -> String {
    let Some((before, rest)) = xml.split_once("<testsuites ") else { return xml };
    let Some((tag, after)) = rest.split_once('>') else { return xml };
    let attributes: Vec<&str> = tag.split("\" ").filter(|attribute| !attribute.starts_with("skipped=")).collect();
    format!("{before}<testsuites {}>{after}", attributes.join("\" "))
}

fn failed(kind: NonSuccessKind, message: &str, ty: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message).set_type(ty);
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}

/// What was not met, on one line.
pub fn headline(failure: &Failure) -> String {
    match &failure.kind {
        FailureKind::Decision { expected, actual, .. } => format!("expected {expected}, got {actual}"),
        FailureKind::Condition => format!("`{}` is not known to be true", failure.source),
        FailureKind::NoAnswer => "there was no answer to compare with".to_owned(),
        FailureKind::Other(why) | FailureKind::Broken(why) => why.clone(),
    }
}

fn in_full(file: &str, failure: &Failure) -> String {
    let mut out = format!("{file}:{}: {}", failure.line, headline(failure));
    if let FailureKind::Decision { reason, .. } = &failure.kind
        && !reason.is_empty()
    {
        out.push_str(&format!("\nreason: {reason}"));
    }
    for (what, value) in &failure.values {
        out.push_str(&format!("\n  {what} = {value}"));
    }
    if !failure.event.is_empty() {
        out.push_str(&format!("\nevent: {}", failure.event));
    }
    out.push_str(&format!("\nrerun: {}", failure.rerun));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::report::{FixtureOutcome, Problem, TestOutcome, Verdict};

    #[test]
    fn a_report_is_well_formed_and_stable() {
        let failure = Failure {
            place: Default::default(),
            line: 7,
            source: "expect deny by no_drop".into(),
            kind: FailureKind::Decision {
                expected: Verdict { decision: "deny".into(), by: vec!["no_drop".into()], code: String::new() },
                actual: Verdict { decision: "allow".into(), by: vec!["readers_read".into()], code: "rule".into() },
                reason: String::new(),
            },
            event: "{\"call\":\"1\",\"tool\":\"<&\u{1b}\"}".into(),
            values: vec![("args.count".into(), "5".into())],
            rerun: "policyc test -k 'drop'".into(),
        };
        let test = |name: &str, status| TestOutcome {
            name: name.into(),
            tags: vec![],
            file: "a.policy".into(),
            line: 5,
            status,
            expectations: 1,
        };
        let report = TestReport {
            tests: vec![
                test("fine", TestStatus::Passed),
                test("drop", TestStatus::Failed(vec![failure])),
                test("later", TestStatus::Skipped("no tool yet".into())),
            ],
            fixtures: vec![FixtureOutcome {
                file: "x.calls.jsonl".into(),
                snapshot: "x.calls.snap".into(),
                rows: 2,
                status: FixtureStatus::Missing,
            }],
            problems: vec![Problem::UnusedSnapshot { path: "y.calls.snap".into(), removed: false }],
            coverage: None,
            weak: Vec::new(),
        };
        let xml = junit("bank", &report).unwrap();
        assert_eq!(xml, junit("bank", &report).unwrap());
        assert!(xml.contains(r#"<testsuites name="bank" tests="5" failures="2" errors="1">"#), "{xml}");
        assert!(xml.contains("expected deny by no_drop, got allow by readers_read"), "{xml}");
        assert!(xml.contains("args.count = 5") && xml.contains("&lt;&amp;"), "{xml}");
        assert!(!xml.contains('\u{1b}'), "{xml}");
        assert!(!report.ok());
    }
}
