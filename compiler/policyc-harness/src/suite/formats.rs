//! A run of the tests for other programs: TAP, annotations of GitHub Actions, SARIF.
//!
//! Annotations and SARIF hold what is wrong; TAP holds everything. Text that came out of a call cannot forge a line of
//! any of them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::junit::headline;
use super::report::{FixtureStatus, TestReport, TestStatus};

/// Something that is wrong, and where.
struct Finding {
    /// A stable name of what is wrong.
    code: &'static str,
    /// The file; empty if it is about the run.
    file: String,
    line: u32,
    title: String,
    message: String,
}

fn findings(report: &TestReport, prefix: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    for test in &report.tests {
        let TestStatus::Failed(failures) = &test.status else { continue };
        for failure in failures {
            let mut message = headline(failure);
            for (what, value) in &failure.values {
                let _ = write!(message, "\n{what}: {value}");
            }
            let _ = write!(message, "\nagain: {}", failure.rerun);
            out.push(Finding {
                code: "test-failed",
                file: format!("{prefix}{}", test.file),
                line: failure.line,
                title: test.name.clone(),
                message,
            });
        }
    }
    for fixture in &report.fixtures {
        let (code, message) = match &fixture.status {
            FixtureStatus::Matches | FixtureStatus::Written { .. } => continue,
            FixtureStatus::Missing => {
                ("snapshot-missing", "there is no snapshot yet: `policyc test --update`".to_owned())
            }
            FixtureStatus::Different { changed, diff } => {
                let accept = "if that is as it should be: `policyc test --update`";
                ("snapshot-different", format!("{changed} decisions are not those of the snapshot; {accept}\n{diff}"))
            }
            FixtureStatus::Empty => {
                ("fixture-empty", "the fixture has no event: write one a line, or remove it".to_owned())
            }
            FixtureStatus::Unusable(why) => ("fixture-unusable", why.clone()),
        };
        let file = format!("{prefix}{}", fixture.file);
        out.push(Finding { code, title: file.clone(), file, line: 1, message });
    }
    for problem in report.problems.iter().filter(|p| p.fails()) {
        let help = problem.help().map_or(String::new(), |help| format!("\nhelp: {help}"));
        out.push(Finding {
            code: problem.code(),
            file: problem.file().map_or(String::new(), |file| format!("{prefix}{file}")),
            line: 1,
            title: problem.code().to_owned(),
            message: format!("{problem}{help}"),
        });
    }
    out
}

/// On one line, without anything that a terminal or a parser would take for its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The Test Anything Protocol, version 14.
pub fn tap(report: &TestReport, prefix: &str) -> String {
    let mut points: Vec<(bool, String, Option<String>, Vec<String>)> = Vec::new();
    for test in &report.tests {
        let place = format!("{prefix}{}:{}", test.file, test.line);
        let name = format!("{} ({place})", test.name);
        match &test.status {
            TestStatus::Passed => points.push((true, name, None, Vec::new())),
            TestStatus::Skipped(why) => points.push((true, name, Some(format!("SKIP {why}")), Vec::new())),
            TestStatus::Known(why) => points.push((false, name, Some(format!("TODO {why}")), Vec::new())),
            TestStatus::Failed(failures) => points.push((
                false,
                name,
                None,
                failures.iter().map(|f| format!("line {}: {}", f.line, headline(f))).collect(),
            )),
        }
    }
    let others = TestReport { tests: Vec::new(), ..report.clone() };
    let wrong = findings(&others, prefix);
    for fixture in report.fixtures.iter().filter(|f| !f.status.fails()) {
        points.push((true, format!("{prefix}{}", fixture.file), None, Vec::new()));
    }
    for finding in wrong {
        let lines = finding.message.lines().map(str::to_owned).collect();
        points.push((false, finding.title, None, lines));
    }
    let mut out = format!("TAP version 14\n1..{}\n", points.len());
    for (number, (ok, name, directive, lines)) in (1_usize..).zip(points) {
        // `#` begins a directive, and a backslash escapes it.
        let name = one_line(&name).replace('\\', "\\\\").replace('#', "\\#");
        let directive = directive.map_or(String::new(), |d| format!(" # {}", one_line(&d)));
        let _ = writeln!(out, "{} {number} - {name}{directive}", if ok { "ok" } else { "not ok" });
        if !lines.is_empty() {
            out.push_str("  ---\n  failures:\n");
            for line in lines {
                let _ = writeln!(out, "    - {}", Value::String(one_line(&line)));
            }
            out.push_str("  ...\n");
        }
    }
    out
}

/// Annotations of GitHub Actions, one a line.
pub fn github(report: &TestReport, prefix: &str) -> String {
    let data = |t: &str| t.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |t: &str| data(t).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    for finding in findings(report, prefix) {
        let mut place = String::new();
        if !finding.file.is_empty() {
            let _ = write!(place, "file={},line={},", property(&finding.file), finding.line.max(1));
        }
        let _ = writeln!(out, "::error {place}title={}::{}", property(&finding.title), data(&finding.message));
    }
    out
}

/// A path as a reference: what a URI has no character for is written in hexadecimal.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// SARIF 2.1.0; `version` is the tool's.
pub fn sarif(report: &TestReport, prefix: &str, version: &str) -> Value {
    let findings = findings(report, prefix);
    let mut codes: Vec<&str> = findings.iter().map(|f| f.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let results = findings.iter().map(|finding| {
        let locations = if finding.file.is_empty() {
            json!([])
        } else {
            json!([{ "physicalLocation": {
                "artifactLocation": { "uri": uri(&finding.file) },
                "region": { "startLine": finding.line.max(1) },
            } }])
        };
        json!({
            "ruleId": finding.code,
            "level": "error",
            "message": { "text": format!("{}: {}", finding.title, finding.message) },
            "locations": locations,
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "policyc",
                "version": version,
                "rules": codes.iter().map(|c| json!({ "id": c })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}
