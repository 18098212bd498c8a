//! A run of the tests as JSON, with a version: programs read it, so that a field is added but never changed.

use serde_json::{Value, json};

use super::junit::headline;
use super::report::{FailureKind, FixtureStatus, TestReport, TestStatus, Verdict};
use crate::coverage::Kind;

/// Version of the form.
pub const VERSION: u32 = 1;

/// The JSON of a run; `name` is the project's.
pub fn json(name: &str, report: &TestReport) -> Value {
    let totals = report.totals();
    json!({
        "version": VERSION,
        "kind": "test",
        "name": name,
        "ok": report.ok(),
        "totals": {
            "passed": totals.passed,
            "failed": totals.failed,
            "skipped": totals.skipped,
            "known": totals.known,
            "fixtures_matching": totals.fixtures_matching,
            "fixtures_failed": totals.fixtures_failed,
            "snapshots_written": totals.snapshots_written,
            "problems": totals.problems,
        },
        "tests": report.tests.iter().map(|test| {
            let (status, skipped, failures) = match &test.status {
                TestStatus::Passed => ("passed", None, vec![]),
                TestStatus::Skipped(why) => ("skipped", Some(why), vec![]),
                TestStatus::Known(why) => ("known", Some(why), vec![]),
                TestStatus::Failed(failures) => ("failed", None, failures.iter().map(failure).collect()),
            };
            json!({
                "name": test.name,
                "tags": test.tags,
                "file": test.file,
                "line": test.line,
                "status": status,
                "expectations": test.expectations,
                "skipped": skipped,
                "failures": failures,
            })
        }).collect::<Vec<_>>(),
        "fixtures": report.fixtures.iter().map(|fixture| {
            let (status, changed, detail) = match &fixture.status {
                FixtureStatus::Matches => ("matches", 0, None),
                FixtureStatus::Missing => ("missing", fixture.rows, None),
                FixtureStatus::Different { changed, diff } => ("different", *changed, Some(diff)),
                FixtureStatus::Written { changed, .. } => ("written", *changed, None),
                FixtureStatus::Empty => ("empty", 0, None),
                FixtureStatus::Unusable(why) => ("unusable", 0, Some(why)),
            };
            json!({
                "file": fixture.file,
                "snapshot": fixture.snapshot,
                "rows": fixture.rows,
                "status": status,
                "changed": changed,
                "detail": detail,
            })
        }).collect::<Vec<_>>(),
        "coverage": report.coverage.as_ref().map(|coverage| {
            let totals = Kind::ALL.into_iter().map(|kind| {
                let tally = coverage.tally(kind);
                (kind.name().to_owned(), json!({ "seen": tally.seen, "of": tally.of }))
            });
            Value::Object(totals.collect())
        }),
        "weak": report.weak.iter().map(|weak| {
            json!({ "code": weak.code, "name": weak.name, "file": weak.file, "line": weak.line, "why": weak.why })
        }).collect::<Vec<_>>(),
        "problems": report.problems.iter().map(|problem| {
            json!({ "code": problem.code(), "message": problem.to_string(), "fails": problem.fails() })
        }).collect::<Vec<_>>(),
    })
}

fn failure(failure: &super::report::Failure) -> Value {
    let (expected, actual, reason) = match &failure.kind {
        FailureKind::Decision { expected, actual, reason } => {
            (Some(verdict(expected)), Some(verdict(actual)), Some(reason))
        }
        FailureKind::Condition | FailureKind::NoAnswer | FailureKind::Other(_) | FailureKind::Broken(_) => {
            (None, None, None)
        }
    };
    json!({
        "line": failure.line,
        "source": failure.source,
        "message": headline(failure),
        "expected": expected,
        "actual": actual,
        "reason": reason,
        "event": failure.event,
        "values": failure.values.iter().map(|(what, value)| json!({ "what": what, "value": value })).collect::<Vec<_>>(),
        "rerun": failure.rerun,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({ "decision": verdict.decision, "by": verdict.by, "code": verdict.code })
}
