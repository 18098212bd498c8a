//! Coverage for other programs: LCOV, Cobertura's XML and JSON.
//!
//! These count lines, so each goal is counted on the line on which it begins; two goals on one line are two branches of
//! it. A file's name is the one that diagnostics use, with what the caller puts before it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policyc_runtime::policy::Policy;
use serde_json::{Value, json as object};

use super::Coverage;
use super::goals::{Goal, Kind, Tally};
use super::places::{self, Spot, spot};

/// Version of the JSON.
pub const VERSION: u32 = 1;

/// A line of a file: rules that begin on it, and branches.
#[derive(Default)]
struct Line {
    hits: u32,
    rules: Vec<(String, u32)>,
    branches: Vec<(String, u32)>,
}

type Lines = BTreeMap<String, BTreeMap<usize, Line>>;

/// What has a place, by file and line.
fn lines(policy: &Policy, coverage: &Coverage) -> Lines {
    let mut files = Lines::new();
    for (goal, hits) in coverage.seen().filter(|(goal, _)| goal.counts) {
        let Some(place) = goal.place else { continue };
        let Spot { file, line, .. } = spot(policy, place);
        let line = files.entry(file).or_default().entry(line).or_default();
        match goal.kind {
            Kind::Rule => {
                line.rules.push((goal.name.clone(), hits));
                line.hits = line.hits.max(hits);
            }
            // A line was executed if the rule on it was asked, or the condition on it was anything at all.
            Kind::Reached => line.hits = line.hits.max(hits),
            Kind::Condition | Kind::Unknown | Kind::Mcdc | Kind::Budget | Kind::Mark => {
                line.branches.push((format!("{}: {}", goal.name, goal.what), hits));
                line.hits = line.hits.max(hits);
            }
            Kind::Tool | Kind::Argument | Kind::Default => {}
        }
    }
    files
}

/// LCOV's tracefile: rules as functions, what a condition can be as branches. `prefix` stands before each path.
pub fn lcov(policy: &Policy, coverage: &Coverage, prefix: &str) -> String {
    let mut out = String::from("TN:\n");
    for (file, lines) in lines(policy, coverage) {
        let _ = writeln!(out, "SF:{prefix}{}", one_line(&file));
        let (mut rules, mut rules_hit, mut branches, mut branches_hit, mut hit) = (0_usize, 0, 0_usize, 0, 0);
        for (number, line) in &lines {
            for (name, _) in &line.rules {
                let _ = writeln!(out, "FN:{number},{}", one_line(name));
            }
        }
        for line in lines.values() {
            for (name, hits) in &line.rules {
                let _ = writeln!(out, "FNDA:{hits},{}", one_line(name));
                rules = rules.saturating_add(1);
                rules_hit += usize::from(*hits > 0);
            }
        }
        let _ = writeln!(out, "FNF:{rules}\nFNH:{rules_hit}");
        for (number, line) in &lines {
            for (index, (_, hits)) in line.branches.iter().enumerate() {
                // `-`: the line was never executed.
                let taken = if line.hits == 0 { "-".to_owned() } else { hits.to_string() };
                let _ = writeln!(out, "BRDA:{number},0,{index},{taken}");
                branches = branches.saturating_add(1);
                branches_hit += usize::from(*hits > 0);
            }
        }
        let _ = writeln!(out, "BRF:{branches}\nBRH:{branches_hit}");
        for (number, line) in &lines {
            let _ = writeln!(out, "DA:{number},{}", line.hits);
            hit += usize::from(line.hits > 0);
        }
        let _ = writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `0.8750`, in whole numbers.
fn rate(seen: usize, of: usize) -> String {
    let parts = seen.saturating_mul(10_000).checked_div(of).unwrap_or(10_000);
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

/// Text for XML: escaped, without what XML 1.0 has no character for.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Cobertura's XML (coverage-04). It has no time of its own; whoever needs one adds it.
pub fn cobertura(policy: &Policy, coverage: &Coverage, prefix: &str) -> String {
    let files = lines(policy, coverage);
    let count = |line: &Line| {
        let taken = line.branches.iter().filter(|(_, hits)| *hits > 0).count();
        (taken, line.branches.len())
    };
    let total = |lines: &mut dyn Iterator<Item = &Line>| {
        lines.fold((0_usize, 0_usize, 0_usize, 0_usize), |sum, line| {
            let (taken, branches) = count(line);
            (sum.0 + usize::from(line.hits > 0), sum.1 + 1, sum.2 + taken, sum.3 + branches)
        })
    };
    let (hit, all, taken, branches) = total(&mut files.values().flat_map(BTreeMap::values));
    let mut out = String::from(
        "<?xml version=\"1.0\" ?>\n<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n",
    );
    let (lines_rate, branches_rate) = (rate(hit, all), rate(taken, branches));
    let _ = writeln!(
        out,
        "<coverage line-rate=\"{lines_rate}\" branch-rate=\"{branches_rate}\" lines-covered=\"{hit}\" \
         lines-valid=\"{all}\" branches-covered=\"{taken}\" branches-valid=\"{branches}\" complexity=\"0\" \
         version=\"policyc {VERSION}\" timestamp=\"0\">\n  <sources><source>.</source></sources>\n  <packages>\n    \
         <package name=\"{}\" line-rate=\"{lines_rate}\" branch-rate=\"{branches_rate}\" complexity=\"0\">\n      \
         <classes>",
        xml(&policy.name)
    );
    for (file, lines) in &files {
        let (hit, all, taken, branches) = total(&mut lines.values());
        let _ = writeln!(
            out,
            "        <class name=\"{0}\" filename=\"{1}{0}\" line-rate=\"{2}\" branch-rate=\"{3}\" complexity=\"0\">\n          \
             <methods/>\n          <lines>",
            xml(file),
            xml(prefix),
            rate(hit, all),
            rate(taken, branches)
        );
        for (number, line) in lines {
            let (taken, of) = count(line);
            let branch = if of == 0 {
                "branch=\"false\"".to_owned()
            } else {
                let percent = Tally { seen: taken, of }.percent();
                format!("branch=\"true\" condition-coverage=\"{percent}% ({taken}/{of})\"")
            };
            let _ = writeln!(out, "            <line number=\"{number}\" hits=\"{}\" {branch}/>", line.hits);
        }
        out.push_str("          </lines>\n        </class>\n");
    }
    out.push_str("      </classes>\n    </package>\n  </packages>\n</coverage>\n");
    out
}

fn goal_json(policy: &Policy, goal: &Goal, hits: u32) -> Value {
    let spot = goal.place.map(|place| spot(policy, place));
    object!({
        "kind": goal.kind.name(),
        "name": goal.name,
        "what": goal.what,
        "hits": hits,
        "file": spot.as_ref().map(|s| s.file.as_str()),
        "line": spot.as_ref().map(|s| s.line),
        "column": spot.as_ref().map(|s| s.column),
    })
}

/// Coverage as JSON: totals by kind, by file and kind, and each goal.
pub fn json(policy: &Policy, coverage: &Coverage) -> Value {
    let tally = |tally: Tally| object!({ "seen": tally.seen, "of": tally.of, "percent": tally.percent() });
    let totals = |of: &dyn Fn(Kind) -> Tally| -> Value {
        let entries = Kind::ALL.into_iter().map(|kind| (kind.name().to_owned(), tally(of(kind))));
        Value::Object(entries.collect())
    };
    let files = coverage.files(policy).into_iter().filter_map(|id| {
        let name = places::file(policy, id)?.name.clone();
        Some((name, totals(&|kind| coverage.tally_in(kind, id))))
    });
    object!({
        "version": VERSION,
        "kind": "coverage",
        "name": policy.name,
        "totals": totals(&|kind| coverage.tally(kind)),
        "files": Value::Object(files.collect()),
        "goals": coverage.seen().filter(|(goal, _)| goal.counts).map(|(goal, hits)| goal_json(policy, goal, hits))
            .collect::<Vec<_>>(),
    })
}
