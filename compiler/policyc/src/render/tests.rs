//! A run of the tests as people read it: a line for each test, failures again at the end, the verdict last.

use std::time::Duration;

use policyc_harness::suite::{
    Failure, FailureKind, FixtureStatus, Problem, TestOutcome, TestReport, TestStatus, headline,
};

use crate::output::{Paint, inline, printable};

/// How it is drawn.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Written before each path.
    pub prefix: &'a str,
    /// Colours.
    pub paint: Paint,
    /// Nothing is written here.
    pub ci: bool,
    /// Only what waits for review was asked for.
    pub pending: bool,
    /// How long it took, if that is shown.
    pub took: Option<Duration>,
    /// The policy as it was named, with a space before it.
    pub target: String,
}

/// The report as text; what was seen of the policy stands before the verdict.
pub fn draw(report: &TestReport, shown: &Shown<'_>, seen: &str) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text.trim_end());
        out.push('\n');
    };
    let paint = shown.paint;
    for test in &report.tests {
        line(&test_line(test, paint));
    }
    for fixture in &report.fixtures {
        let file = format!("{}{}", shown.prefix, printable(&fixture.file));
        let (word, note) = match &fixture.status {
            FixtureStatus::Matches => (paint.green("PASS"), count(fixture.rows, "decision")),
            FixtureStatus::Written { new: true, .. } => (paint.yellow(" NEW"), count(fixture.rows, "decision")),
            FixtureStatus::Written { changed, .. } => {
                (paint.yellow("SNAP"), format!("{} changed", count(*changed, "decision")))
            }
            FixtureStatus::Missing if shown.pending => (paint.yellow(" NEW"), "there is no snapshot yet".to_owned()),
            FixtureStatus::Missing => (paint.red("FAIL"), "there is no snapshot yet".to_owned()),
            FixtureStatus::Different { changed, .. } => {
                (paint.red("FAIL"), format!("{} changed", count(*changed, "decision")))
            }
            FixtureStatus::Empty => (paint.red("FAIL"), "it has no event: write one a line, or remove it".to_owned()),
            FixtureStatus::Unusable(why) => (paint.red("FAIL"), inline(why, 200)),
        };
        line(&format!("  {word}  {file}  {}", paint.dim(&note)));
    }
    let failed = report.tests.iter().filter(|t| matches!(t.status, TestStatus::Failed(_)));
    for test in failed {
        line("");
        line(&format!(
            "{}  {}  {}",
            paint.red("FAIL"),
            paint.bold(&inline(&test.name, 120)),
            place(test, test.line, shown)
        ));
        if let TestStatus::Failed(failures) = &test.status {
            for failure in failures {
                for text in failure_lines(failure, shown, test) {
                    line(&text);
                }
            }
        }
    }
    for fixture in &report.fixtures {
        if let FixtureStatus::Different { diff, .. } = &fixture.status {
            line("");
            line(&format!("{}  {}{}", paint.red("FAIL"), shown.prefix, printable(&fixture.file)));
            for text in diff.lines() {
                let text = printable(text);
                let painted = match text.chars().next() {
                    Some('+') => paint.green(&text),
                    Some('-') => paint.red(&text),
                    Some(_) | None => text,
                };
                line(&format!("  {painted}"));
            }
        }
    }
    for problem in &report.problems {
        line("");
        let word = if problem.fails() { paint.red("error") } else { paint.yellow("note") };
        line(&format!("{word}: {}", printable(&problem.to_string())));
        if let Some(help) = problem_help(problem, shown) {
            line(&format!("help: {help}"));
        }
    }
    for weak in &report.weak {
        let at = format!("{}{}:{}", shown.prefix, printable(&weak.file), weak.line);
        line(&format!("{}: {}  {}", paint.yellow("note"), inline(&weak.why, 200), paint.dim(&at)));
    }
    line("");
    if !seen.is_empty() {
        line(seen);
    }
    line(&verdict(report, shown));
    if let Some(next) = next(report, shown) {
        line(&next);
    }
    out
}

fn test_line(test: &TestOutcome, paint: Paint) -> String {
    let name = inline(&test.name, 120);
    match &test.status {
        TestStatus::Passed => format!("  {}  {name}", paint.green("PASS")),
        TestStatus::Failed(failures) => {
            format!("  {}  {name}  {}", paint.red("FAIL"), paint.dim(&count(failures.len(), "expectation")))
        }
        TestStatus::Known(why) => {
            format!(
                "  {}  {name}  {}",
                paint.yellow("TODO"),
                paint.dim(&format!("known to fail: {}", inline(why, 120)))
            )
        }
        TestStatus::Skipped(why) => format!("  {}  {name}  {}", paint.yellow("SKIP"), paint.dim(&inline(why, 120))),
    }
}

fn place(test: &TestOutcome, line: u32, shown: &Shown<'_>) -> String {
    shown.paint.dim(&format!("{}{}:{line}", shown.prefix, printable(&test.file)))
}

fn failure_lines(failure: &Failure, shown: &Shown<'_>, test: &TestOutcome) -> Vec<String> {
    let paint = shown.paint;
    let mut lines = vec![
        format!("      {}", inline(&headline(failure), 200)),
        format!("      {:>4} │ {}", failure.line, inline(failure.source.trim(), 200)),
    ];
    if let FailureKind::Decision { reason, .. } = &failure.kind
        && !reason.is_empty()
    {
        lines.push(format!("      {}", paint.dim(&inline(reason, 300))));
    }
    if !failure.event.is_empty() {
        lines.push(format!("      {} {}", paint.dim("event"), inline(&failure.event, 300)));
    }
    for (what, value) in &failure.values {
        lines.push(format!("      {}: {}", paint.dim(&inline(what, 120)), inline(value, 200)));
    }
    // The command of the harness knows the test, not where the policy is.
    let rerun = failure.rerun.replacen("policyc test", &format!("policyc test{}", shown.target), 1);
    lines.push(format!("      {} {}", paint.dim("again:"), inline(&rerun, 300)));
    if failure.line != test.line {
        lines.push(format!("      {}", place(test, failure.line, shown)));
    }
    lines
}

/// The harness knows what to do, not where the policy is.
fn problem_help(problem: &Problem, shown: &Shown<'_>) -> Option<String> {
    let named = |help: String| {
        if let Problem::TestsElsewhere { path, .. } = problem {
            return help.replace(path, &format!("{}{path}", shown.prefix));
        }
        help.replace("`policyc test", &format!("`policyc test{}", shown.target))
    };
    problem.help().map(named).map(|help| printable(&help))
}

/// `14 passed, 1 failed, 2 skipped; 3 fixtures match`
fn verdict(report: &TestReport, shown: &Shown<'_>) -> String {
    let totals = report.totals();
    let mut parts = Vec::new();
    let mut part = |n: usize, text: String| {
        if n > 0 {
            parts.push(text);
        }
    };
    part(totals.passed, format!("{} passed", count(totals.passed, "test")));
    part(totals.failed, format!("{} failed", count(totals.failed, "test")));
    part(totals.skipped, format!("{} skipped", totals.skipped));
    part(totals.known, format!("{} known to fail", totals.known));
    part(totals.fixtures_matching, format!("{} as recorded", count(totals.fixtures_matching, "fixture")));
    part(totals.snapshots_written, format!("{} written", count(totals.snapshots_written, "snapshot")));
    let waiting = if shown.pending { "waiting for review" } else { "failed" };
    part(totals.fixtures_failed, format!("{} {waiting}", count(totals.fixtures_failed, "fixture")));
    let said = if parts.is_empty() { "nothing was tested".to_owned() } else { parts.join(", ") };
    let took = shown.took.map_or(String::new(), |t| format!(" in {:.2} s", t.as_secs_f64()));
    let verdict = format!("{said}{took}");
    if report.ok() { shown.paint.green(&verdict) } else { shown.paint.red(&verdict) }
}

/// What to do next.
fn next(report: &TestReport, shown: &Shown<'_>) -> Option<String> {
    let target = &shown.target;
    let waits = |f: &FixtureStatus| matches!(f, FixtureStatus::Missing | FixtureStatus::Different { .. });
    if report.fixtures.iter().any(|f| waits(&f.status)) {
        if shown.ci {
            return Some(format!(
                "CI writes no snapshot: if that is as it should be, run `policyc test{target} --update` where you work, \
                 read the difference and commit it"
            ));
        }
        return Some(format!("if that is as it should be: policyc test{target} --update"));
    }
    let fixture = report.fixtures.first()?;
    report.ok().then(|| format!("next: policyc simulate{target} {}{}", shown.prefix, printable(&fixture.file)))
}

fn count(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}
