//! Fixture files beside the policy and the snapshots of their decisions.
//!
//! `X.calls.jsonl` holds calls that know nothing of each other, `X.trace.jsonl` one trace; the decisions are kept in
//! `X.calls.snap` and `X.trace.snap`. Traces that other programs recorded are read by `traces` first. Files are found
//! without being named, so one that looks like a fixture or a snapshot and is not used is a finding. A snapshot is
//! written only when asked, and never in CI.

use std::collections::{BTreeMap, BTreeSet};

use policyc_runtime::decision::{Decision, Screening, Step, Suggestion};
use policyc_runtime::limits::Limits;
use policyc_runtime::state::Standing;
use policyc_runtime::wire::{Doc, Json};
use rayon::prelude::*;

use super::filter::Filter;
use super::report::{FixtureOutcome, FixtureStatus, Problem};
use super::run::{Watch, add};
use super::snapshot::{self, HEAD, Row};
use crate::decider::Decider;
use crate::files::{Files, join};
use crate::simulate::Lines;
use crate::traces::{self, Shape};

/// Where fixtures are and what to do with snapshots.
pub(super) struct Job<'a> {
    pub(super) watch: Watch<'a>,
    pub(super) files: &'a dyn Files,
    /// Folders to look in, in any order.
    pub(super) folders: &'a [String],
    pub(super) filter: &'a Filter,
    /// Only fixtures of these names.
    pub(super) only: Option<&'a BTreeSet<String>>,
    /// Snapshots may be written.
    pub(super) write: bool,
}

/// Fixtures and snapshots that were found.
#[derive(Default)]
pub(super) struct Found {
    fixtures: Vec<Fixture>,
    unused: Vec<String>,
    /// Files that look like fixtures, with what they may be meant to be called.
    astray: Vec<(String, Option<String>)>,
    pub(super) problems: Vec<Problem>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fixture {
    path: String,
    name: String,
    /// Each line in a state of its own.
    apart: bool,
    /// How another program recorded it.
    shape: Option<Shape>,
    snapshot: String,
}

impl Found {
    /// How many fixtures there are.
    pub(super) fn len(&self) -> usize {
        self.fixtures.len()
    }

    /// As `paths`, with the path of each one's snapshot after its own.
    pub(super) fn with_snapshots(self) -> impl Iterator<Item = (String, String, bool, Option<Shape>)> {
        self.fixtures.into_iter().map(|f| (f.path, f.snapshot, f.apart, f.shape))
    }

    /// Their paths, whether each line stands apart, and how another program recorded them.
    pub(super) fn paths(self) -> impl Iterator<Item = (String, bool, Option<Shape>)> {
        self.fixtures.into_iter().map(|f| (f.path, f.apart, f.shape))
    }
}

/// The snapshot of a fixture, if a file of this name is one.
pub fn snapshot_of(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ours = name.ends_with(".calls.jsonl") || name.ends_with(".trace.jsonl");
    let cut = if ours { ".jsonl" } else { Shape::of(name)?.1 };
    Some(format!("{}.snap", path.strip_suffix(cut).unwrap_or(path)))
}

/// Looks through the folders.
pub(super) fn find(job: &Job<'_>) -> Found {
    let mut found = Found::default();
    let mut snapshots = Vec::new();
    for folder in job.folders {
        let names = match job.files.list(folder) {
            Ok(names) => names,
            Err(why) => {
                let (path, why) = (folder.clone(), why.to_string());
                found.problems.push(Problem::UnreadableFolder { path, why });
                continue;
            }
        };
        for name in names {
            let path = join(folder, &name);
            if let Some(snapshot) = snapshot_of(&path) {
                let apart = name.ends_with(".calls.jsonl") || name.ends_with(".calls.yaml");
                let shape = Shape::of(&name).map(|(shape, _)| shape);
                found.fixtures.push(Fixture { path, name, apart, shape, snapshot });
            } else if name.ends_with(".snap") {
                snapshots.push(path);
            } else if let Some(instead) = astray(job, folder, &name) {
                found.astray.push((path, instead.map(|name| join(folder, &name))));
            }
        }
    }
    found.fixtures.sort();
    found.fixtures.dedup();
    found.astray.sort();
    found.astray.dedup();
    snapshots.sort();
    snapshots.dedup();
    snapshots.retain(|path| !found.fixtures.iter().any(|f| f.snapshot == *path));
    // Other tools have snapshots with this ending too; ours say so.
    snapshots.retain(|path| job.files.read(path).is_ok_and(|bytes| bytes.starts_with(HEAD.as_bytes())));
    found.unused = snapshots;
    found
}

/// Whether a file that is no fixture looks like one, and what it may be meant to be called. A folder of fixtures has
/// nothing else of these endings in it but what the policy itself reads; beside the policy much may lie.
fn astray(job: &Job<'_>, folder: &str, name: &str) -> Option<Option<String>> {
    let kinds = [("calls", "jsonl"), ("trace", "jsonl"), ("messages", "json"), ("spans", "json"), ("mcp", "jsonl")];
    let (rest, ending) = name.rsplit_once('.')?;
    let by_hand = ["yaml", "yml"].contains(&ending);
    if !by_hand && !["json", "jsonl", "ndjson"].contains(&ending) {
        return None;
    }
    let meant = rest.rsplit_once('.').and_then(|(stem, kind)| {
        let known = kinds.iter().find(|(k, _)| *k == kind);
        let near = || {
            let near = policyc_diag::suggest(kind, kinds.map(|(k, _)| k))?;
            kinds.iter().find(|(k, _)| *k == near)
        };
        let (kind, usual) = known.or_else(near)?;
        let ending = if by_hand && ["calls", "trace"].contains(kind) { "yaml" } else { usual };
        Some(format!("{stem}.{kind}.{ending}"))
    });
    let beside = folder.is_empty() || folder == ".";
    let policy = job.watch.loaded().policy();
    let is_read = || policy.files.iter().any(|file| file.text.contains(name));
    ((meant.is_some() || !beside) && !is_read()).then_some(meant)
}

/// Decides the fixtures that the filter takes and compares their snapshots.
pub(super) fn run(job: &Job<'_>, found: Found) -> (Vec<FixtureOutcome>, Vec<Vec<u32>>, Vec<Problem>) {
    let meant = |f: &Fixture| {
        let named = || job.filter.takes([f.path.as_str()]) || job.filter.takes_one_of(decided_by(job, f));
        named() && job.only.is_none_or(|only| only.contains(&f.path))
    };
    let taken: Vec<Fixture> = found.fixtures.into_iter().filter(meant).collect();
    let done: Vec<Done> = taken.into_par_iter().map(|fixture| compared(job, fixture)).collect();
    let mut problems = found.problems;
    let (mut outcomes, mut seen) = (Vec::new(), Vec::new());
    for one in done {
        outcomes.push(one.outcome);
        seen.push(one.hits);
        problems.extend(one.undeclared);
    }
    // Whoever asks for one test does not ask about the rest.
    if job.filter.is_empty() && job.only.is_none() {
        problems.extend(found.unused.into_iter().map(|path| {
            let removed = job.write && job.files.remove(&path).is_ok();
            Problem::UnusedSnapshot { path, removed }
        }));
        problems.extend(found.astray.into_iter().map(|(path, instead)| Problem::UnusedFixture { path, instead }));
    }
    (outcomes, seen, problems)
}

/// The rules and budgets that a fixture's snapshot names.
fn decided_by(job: &Job<'_>, fixture: &Fixture) -> Vec<String> {
    if job.filter.is_empty() {
        return Vec::new();
    }
    let stored = job.files.read(&fixture.snapshot).unwrap_or_default();
    snapshot::decided_by(&String::from_utf8_lossy(&stored))
}

/// How a fixture went, what it has seen, and the tools in it that nobody declares.
struct Done {
    outcome: FixtureOutcome,
    hits: Vec<u32>,
    undeclared: Vec<Problem>,
}

fn compared(job: &Job<'_>, fixture: Fixture) -> Done {
    let outcome =
        |rows, status| FixtureOutcome { file: fixture.path.clone(), snapshot: fixture.snapshot.clone(), rows, status };
    let bare = |status| Done { outcome: outcome(0, status), hits: Vec::new(), undeclared: Vec::new() };
    let bytes = match job.files.read(&fixture.path) {
        Ok(bytes) => bytes,
        Err(why) => return bare(FixtureStatus::Unusable(why.to_string())),
    };
    let bytes = match fixture.shape {
        None => bytes,
        Some(shape) => match traces::events(shape, &bytes) {
            Ok(events) => events,
            Err(why) => return bare(FixtureStatus::Unusable(why)),
        },
    };
    let (rows, hits) = match decide(job.watch, &bytes, fixture.apart) {
        Ok(Some(decided)) => decided,
        Ok(None) => return bare(FixtureStatus::Empty),
        Err(why) => return bare(FixtureStatus::Unusable(why.to_string())),
    };
    let stored = match job.files.read(&fixture.snapshot) {
        // A checkout may have turned the line ends.
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n")),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(why) => {
            let why = format!("the snapshot `{}` cannot be read: {why}", fixture.snapshot);
            return bare(FixtureStatus::Unusable(why));
        }
    };
    let undeclared = undeclared(job, &fixture, &rows, stored.as_deref().unwrap_or(""));
    let now = snapshot::table(&fixture.name, &rows);
    let answers = rows.iter().filter(|row| row.is_answer()).count();
    let status = match stored {
        Some(stored) if stored == now => FixtureStatus::Matches,
        stored if job.write => match job.files.write(&fixture.snapshot, &now) {
            Ok(()) => FixtureStatus::Written {
                changed: stored.as_ref().map_or(answers, |old| snapshot::changed_rows(old, &now)),
                new: stored.is_none(),
            },
            Err(why) => {
                FixtureStatus::Unusable(format!("the snapshot `{}` cannot be written: {why}", fixture.snapshot))
            }
        },
        None => FixtureStatus::Missing,
        Some(stored) => FixtureStatus::Different {
            changed: snapshot::changed_rows(&stored, &now),
            diff: snapshot::difference(&fixture.snapshot, &stored, &now),
        },
    };
    Done { outcome: outcome(answers, status), hits, undeclared }
}

/// Tools of a fixture that the policy does not declare, each once. One that is near a declared tool, or has its last
/// word, is more likely a slip than a call that was recorded; one that is far from all is worth a word when it is new.
fn undeclared(job: &Job<'_>, fixture: &Fixture, rows: &[Row], stored: &str) -> Vec<Problem> {
    let policy = job.watch.loaded().policy();
    let known: Vec<&str> = policy.tools.iter().map(|tool| policy.text(tool.name)).collect();
    let mut tools: BTreeMap<&str, (usize, &Row)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.by == "unknown-tool") {
        tools.entry(&row.tool).or_insert((0, row)).0 += 1;
    }
    let last = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
    let problems = tools.into_iter().map(|(tool, (calls, first))| {
        let same_last = || known.iter().copied().find(|name| last(name) == last(tool));
        let near = policyc_diag::suggest(tool, known.iter().copied()).or_else(same_last);
        Problem::UndeclaredTool {
            path: fixture.path.clone(),
            call: first.call.clone(),
            calls,
            tool: tool.to_owned(),
            near: near.map(str::to_owned),
            recorded: snapshot::has_row(stored, first),
        }
    });
    let worth_a_word = |p: &Problem| !matches!(p, Problem::UndeclaredTool { near: None, recorded: true, .. });
    problems.filter(worth_a_word).collect()
}

/// How many lines that stand apart one worker takes at a time.
const AT_A_TIME: usize = 256;

/// The answers to the lines of a fixture, and what they have shown; `None` if it has no line. Calls that stand apart
/// are sorted by id, so that a new one moves no other.
pub(super) fn decide(watch: Watch<'_>, bytes: &[u8], apart: bool) -> std::io::Result<Option<(Vec<Row>, Vec<u32>)>> {
    let mut lines = Lines::new(bytes, Limits::DEFAULT.line_bytes);
    let (mut line, mut all) = (Vec::new(), Vec::new());
    while let Some((number, _)) = lines.next(&mut line)? {
        all.push((number, std::mem::take(&mut line)));
    }
    if all.is_empty() {
        return Ok(None);
    }
    let part = |lines: &[(u64, Vec<u8>)]| {
        let (mut decider, mut doc, mut rows) = (watch.decider().noting(), Doc::new(), Vec::with_capacity(lines.len()));
        for (number, line) in lines {
            if apart {
                decider.forget();
            }
            let step = decider.step(line, *number);
            let changed = decider.changes().join("; ");
            rows.extend(row(&step, (line, *number), changed, &decider, &mut doc));
        }
        (rows, decider.into_hits())
    };
    if !apart {
        return Ok(Some(part(&all)));
    }
    let parts: Vec<(Vec<Row>, Vec<u32>)> = all.par_chunks(AT_A_TIME).map(part).collect();
    let (mut rows, mut hits) = (Vec::new(), Vec::new());
    for (more, seen) in parts {
        rows.extend(more);
        hits = add(hits, seen);
    }
    rows.sort_by(|a, b| a.call.cmp(&b.call));
    Ok(Some((rows, hits)))
}

/// The row of an answer; an event without one has a row if it has changed what is remembered.
fn row(
    step: &Step<'_>,
    (line, number): (&[u8], u64),
    state: String,
    decider: &Decider<'_>,
    doc: &mut Doc,
) -> Option<Row> {
    let root = doc.parse(line, &Limits::DEFAULT).ok().map(|()| doc.root());
    let said = |key: &str| root.and_then(|root| root.get(key)).and_then(Json::text).map(str::to_owned);
    let tool = said("tool").unwrap_or_default();
    let of_line = || format!("line {number}");
    Some(match step {
        Step::Quiet if state.is_empty() => return None,
        Step::Quiet => {
            let answered = ["result", "approve", "reject"].into_iter().find_map(|key| Some((key, said(key)?)));
            let standing = std::str::from_utf8(line).ok().and_then(|line| decider.standing_of(line));
            let runs = standing == Some(Standing::Running);
            Row {
                call: answered.map_or_else(of_line, |(key, id)| format!("{id} {key}")),
                tool,
                decision: if runs { "allow" } else { "pass" }.to_owned(),
                by: String::new(),
                with: String::new(),
                state,
                reason: String::new(),
            }
        }
        Step::Call(decision) => Row {
            call: decision.call.clone().unwrap_or_else(of_line),
            tool,
            decision: decision.verdict.name().to_owned(),
            by: by(&decision.rules, &decision.budgets, decision.code),
            with: comes_along(decision),
            state,
            reason: decision.reason.clone(),
        },
        Step::Result(screening) => Row {
            call: format!("{} result", screening.result),
            tool,
            decision: screening.handling.name().to_owned(),
            by: by(&screening.rules, &[], screening.code),
            with: cut_out(screening),
            state,
            reason: screening.reason.clone(),
        },
        Step::Refused(rejection) => Row {
            call: rejection.call.clone().unwrap_or_else(of_line),
            tool,
            decision: "deny".to_owned(),
            by: rejection.code.to_owned(),
            with: String::new(),
            state,
            reason: rejection.reason.clone(),
        },
    })
}

fn by(rules: &[&str], budgets: &[&str], code: &str) -> String {
    let rules = rules.iter().map(|rule| (*rule).to_owned());
    let names: Vec<String> = rules.chain(budgets.iter().map(|b| format!("budget {b}"))).collect();
    if names.is_empty() { code.to_owned() } else { names.join(", ") }
}

fn comes_along(decision: &Decision<'_>) -> String {
    let mut parts = Vec::new();
    if !decision.approvers.is_empty() {
        parts.push(format!("approvers {}", decision.approvers.join(", ")));
    }
    if let Some(nanos) = decision.expires_ns {
        parts.push(format!("expires {} s", nanos / 1_000_000_000));
    }
    parts.extend(decision.obligations.iter().map(|(key, value)| format!("{key}={value}")));
    if let Some(Suggestion::Call { tool, args }) = &decision.suggest {
        parts.push(format!("suggests {tool} {args}"));
    }
    unknown_and_observed(&mut parts, decision.unknown.iter().map(|u| u.what.as_str()), &decision.observed);
    parts.join("; ")
}

fn cut_out(screening: &Screening<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !screening.spans.is_empty() {
        let spans: Vec<String> = screening.spans.iter().map(|(start, end)| format!("{start}..{end}")).collect();
        parts.push(format!("without {}", spans.join(", ")));
    }
    unknown_and_observed(&mut parts, screening.unknown.iter().map(|u| u.what.as_str()), &screening.observed);
    parts.join("; ")
}

fn unknown_and_observed<'a>(parts: &mut Vec<String>, unknown: impl Iterator<Item = &'a str>, observed: &[&str]) {
    let unknown: Vec<&str> = unknown.collect();
    if !unknown.is_empty() {
        parts.push(format!("unknown {}", unknown.join(", ")));
    }
    if !observed.is_empty() {
        parts.push(format!("observed {}", observed.join(", ")));
    }
}
