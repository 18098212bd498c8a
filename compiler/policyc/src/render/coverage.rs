//! Coverage as people read it: a line for all kinds, and, if asked, what was not seen.

use policyc_compile::lower::TestSuite;
use policyc_harness::coverage::{Coverage, Kind, spot, suggest};

use crate::output::{Paint, inline};

/// How much of what is missing is shown at a terminal; the other forms have all of it.
const MOST: usize = 40;
/// How many tests are proposed at once.
const MOST_TESTS: usize = 5;

/// `coverage  rule 5/6 (83 %), condition 8/10 (80 %)`
pub fn summary(coverage: &Coverage, paint: Paint) -> String {
    let kinds = Kind::ALL.into_iter().map(|kind| (kind, coverage.tally(kind))).filter(|(_, tally)| tally.of > 0);
    let parts: Vec<String> = kinds
        .map(|(kind, tally)| {
            let text = format!("{} {}/{} ({} %)", kind.name(), tally.seen, tally.of, tally.percent());
            if tally.seen == tally.of { text } else { paint.yellow(&text) }
        })
        .collect();
    let all = if parts.is_empty() { "there is nothing to be seen".to_owned() } else { parts.join(", ") };
    format!("{} {all}", paint.bold("coverage"))
}

/// What was not seen, a line each.
pub fn missing(suite: &TestSuite, coverage: &Coverage, prefix: &str, paint: Paint) -> String {
    let policy = &suite.policy;
    let missing: Vec<_> = coverage.missing().collect();
    let mut out = String::new();
    for goal in missing.iter().take(MOST) {
        let at = goal.place.map_or(String::new(), |place| {
            let spot = spot(policy, place);
            format!("  {prefix}{}:{}:{}", spot.file, spot.line, spot.column)
        });
        let what = format!("  {:9} {}: never {}", goal.kind.name(), inline(&goal.name, 80), goal.what);
        out.push_str(&format!("{}{}\n", paint.yellow(&what), paint.dim(&at)));
    }
    if missing.len() > MOST {
        let rest = missing.len().saturating_sub(MOST);
        out.push_str(&format!("  and {rest} more: `--coverage=html` or `--coverage=json` has all of them\n"));
    }
    let mut tests: Vec<String> = suggest(suite, coverage).into_iter().map(|(_, test)| test).collect();
    tests.dedup();
    if !tests.is_empty() {
        out.push_str(&format!("{}\n", paint.dim("tests that would see more, if what they expect is right:")));
    }
    for test in tests.iter().take(MOST_TESTS) {
        for line in test.lines() {
            out.push_str(&format!("    {}\n", inline(line, 400)));
        }
    }
    out
}
