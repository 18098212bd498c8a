//! `test --watch`: after each change of a file, what the change touches is run again.
//!
//! Files are looked at four times a second instead of being told of by the system: a policy has a handful of them, and
//! looking works the same on every system, on network folders and in containers. What the change touches is decided
//! narrowly only where that is sure: a fixture or its snapshot is that fixture, a file of the policy in which nothing
//! but tests differs is those tests; everything else is everything.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use policyc_compile::lower::{StepKind, TestSuite};
use policyc_harness::Files as _;
use policyc_harness::suite::snapshot_of;

use super::{Disk, Options, coverage::Form, once, open};
use crate::output::{Ending, Fault, Format, Outcome, Output, Stop, in_ci, inline};
use crate::project::Project;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(250);
/// Files that are still being written are waited for, so many times at most.
const MOST_WAITS: usize = 20;

/// Runs the tests, and again what each change touches, until `q` is typed or the process is ended.
pub fn run(options: &Options, form: Option<Form>, out: &mut Output) -> Outcome {
    if in_ci() {
        return Err(Fault::new("`--watch` waits for somebody who changes files, and CI is set").into());
    }
    if !matches!(options.format, Format::Human | Format::Plain) {
        return Err(Fault::new("`--watch` writes for people").help("leave `--format` out").into());
    }
    let quit = quits();
    let mut world = World::default();
    let mut before: Option<Seen> = None;
    let mut changed = BTreeSet::new();
    let mut ending;
    // What is written while it is compiled counts as a change.
    world.look(options);
    loop {
        let read = RefCell::new(BTreeSet::new());
        let found = open(options, &read, out);
        world.learn(options, read.into_inner());
        match found {
            Ok(opened) => {
                let now = Seen::of(&opened.suite);
                let disk = Disk { root: opened.project.root.clone() };
                let names = |folder: &String| disk.list(folder).unwrap_or_default();
                let fixtures = opened.project.fixtures.iter().flat_map(names);
                let fixtures = fixtures.filter(|name| snapshot_of(name).is_some()).count();
                let touched = before.as_ref().map_or(Touched::All, |before| {
                    touched(before, &now, &changed, |folder| disk.list(folder).unwrap_or_default())
                });
                out.flush();
                ending = match touched {
                    Touched::All => once(options, form, &opened, None, out),
                    Touched::Only(names) if names.is_empty() => {
                        out.line("nothing to run: no test and no fixture has changed");
                        Ok(Ending::Clean)
                    }
                    Touched::Only(names) => {
                        out.line(&format!("touched: {} of {}", names.len(), now.tests.len().saturating_add(fixtures)));
                        once(options, form, &opened, Some(names), out)
                    }
                };
                before = Some(now);
            }
            Err(why) => {
                ending = Err(why);
                before = None;
            }
        }
        if let Err(Stop::Fault(fault)) = &ending {
            out.say(&format!("error: {}", fault.message));
            if let Some(help) = &fault.help {
                out.say(&format!("help: {help}"));
            }
        }
        out.line("waiting for a change; q and Enter ends it");
        out.flush();
        match world.wait(options, &quit, out) {
            Some(paths) => changed = paths,
            None => break,
        }
        let shown: Vec<String> = changed.iter().take(6).map(|path| inline(path, 80)).collect();
        let more = if changed.len() > shown.len() { ", …" } else { "" };
        out.line(&format!("\nchanged: {}{more}", shown.join(", ")));
    }
    match ending {
        Ok(ending) | Err(Stop::Said(ending)) => Ok(ending),
        Err(Stop::Fault(_)) => Ok(Ending::Usage),
    }
}

/// Hears whether somebody types `q`. Where nobody can type, only the end of the process ends it.
fn quits() -> Arc<AtomicBool> {
    let quit = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&quit);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if matches!(line.trim(), "q" | "quit") {
                heard.store(true, Ordering::Relaxed);
                return;
            }
        }
    });
    quit
}

/// The files as they were when they were looked at.
#[derive(Default)]
struct World {
    /// What the latest compilation has read, relative to the project.
    read: BTreeSet<String>,
    stamps: BTreeMap<String, Stamp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    /// Of what is in it.
    hash: u64,
}

impl World {
    /// Looks at everything; the names of what is not as it was.
    fn look(&mut self, options: &Options) -> BTreeSet<String> {
        let mut stamps = BTreeMap::new();
        if let Ok(project) = Project::open(&options.policy.paths) {
            let folders = project.fixtures.iter().flat_map(|folder| {
                let names = Disk { root: project.root.clone() }.list(folder).unwrap_or_default();
                let is_one = |name: &String| snapshot_of(name).is_some() || name.ends_with(".snap");
                names.into_iter().filter(is_one).map(move |name| joined(folder, &name))
            });
            let manifest = project.root.join("policy.toml").is_file().then(|| "policy.toml".to_owned());
            let files =
                folders.chain(manifest).chain(project.input.files.iter().cloned()).chain(self.read.iter().cloned());
            for name in files.collect::<BTreeSet<String>>() {
                let old = self.stamps.get(&name);
                if let Some(stamp) = stamp(&project.root.join(&name), old) {
                    stamps.insert(name, stamp);
                }
            }
        }
        let same = |name: &&String| stamps.get(*name).map(|s| s.hash) == self.stamps.get(*name).map(|s| s.hash);
        let names: BTreeSet<&String> = stamps.keys().chain(self.stamps.keys()).collect();
        let changed = names.into_iter().filter(|name| !same(name)).cloned().collect();
        self.stamps = stamps;
        changed
    }

    /// Takes note of what a compilation has read; what was not known is looked at now.
    fn learn(&mut self, options: &Options, read: BTreeSet<String>) {
        if let Ok(project) = Project::open(&options.policy.paths) {
            for name in &read {
                let old = self.stamps.get(name).copied();
                if let Some(stamp) = stamp(&project.root.join(name), old.as_ref()).filter(|_| old.is_none()) {
                    self.stamps.insert(name.clone(), stamp);
                }
            }
        }
        self.read.extend(read);
    }

    /// Waits until something has changed and changes no more; `None` when it is to end.
    fn wait(&mut self, options: &Options, quit: &AtomicBool, out: &Output) -> Option<BTreeSet<String>> {
        let mut changed = BTreeSet::new();
        while changed.is_empty() {
            std::thread::sleep(EVERY);
            if quit.load(Ordering::Relaxed) || out.is_broken() {
                return None;
            }
            changed = self.look(options);
        }
        for _ in 0..MOST_WAITS {
            std::thread::sleep(EVERY / 2);
            let more = self.look(options);
            if more.is_empty() {
                break;
            }
            changed.extend(more);
        }
        Some(changed)
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() || folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What tells a file from an earlier one of its name; it is read only where its time or its length differ.
fn stamp(path: &Path, old: Option<&Stamp>) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let (modified, len) = (meta.modified().ok(), meta.len());
    if let Some(old) = old.filter(|old| old.modified == modified && modified.is_some() && old.len == len) {
        return Some(*old);
    }
    let mut hasher = DefaultHasher::new();
    std::fs::read(path).ok()?.hash(&mut hasher);
    Some(Stamp { modified, len, hash: hasher.finish() })
}

/// What a change asks for.
#[derive(Debug, PartialEq, Eq)]
enum Touched {
    All,
    /// Tests by name and fixtures by path.
    Only(BTreeSet<String>),
}

/// The texts of a suite, tests apart from everything else.
#[derive(Default)]
struct Seen {
    /// By name: what is written, and what goes over the wire.
    tests: BTreeMap<String, Vec<String>>,
    /// By file: what is left without the tests.
    rest: BTreeMap<String, String>,
}

impl Seen {
    fn of(suite: &TestSuite) -> Self {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let mut seen = Self::default();
        let mut cuts: BTreeMap<u32, BTreeSet<(u32, u32)>> = BTreeMap::new();
        for test in &suite.tests {
            cuts.entry(test.place.file).or_default().insert((test.place.start, test.place.end));
            let file = suite.policy.files.get(index(test.place.file));
            let text = file.and_then(|f| f.text.get(index(test.place.start)..index(test.place.end)));
            let lines = test.steps.iter().filter_map(|step| match &step.kind {
                StepKind::Event { line, .. } => Some(line.clone()),
                StepKind::ExpectDecision { .. } | StepKind::Expect { .. } => None,
            });
            seen.tests.insert(test.name.clone(), text.map(str::to_owned).into_iter().chain(lines).collect());
        }
        for (number, file) in (0..).zip(&suite.policy.files) {
            let (mut rest, mut from) = (String::new(), 0);
            for (start, end) in cuts.get(&number).into_iter().flatten() {
                rest.push_str(file.text.get(from..index(*start)).unwrap_or(""));
                from = index(*end);
            }
            rest.push_str(file.text.get(from..).unwrap_or(""));
            // Where the tests stand in their file means nothing.
            let lines: Vec<&str> = rest.lines().filter(|line| !line.trim().is_empty()).collect();
            seen.rest.insert(file.name.clone(), lines.join("\n"));
        }
        seen
    }
}

/// What changed files touch. `list` gives the names of the files of a folder.
fn touched(before: &Seen, now: &Seen, changed: &BTreeSet<String>, list: impl Fn(&str) -> Vec<String>) -> Touched {
    let mut names = BTreeSet::new();
    for path in changed {
        let (folder, _) = path.rsplit_once('/').unwrap_or((".", path));
        let there = || list(folder).into_iter().map(|name| joined(folder, &name));
        let fixture = there()
            .find(|fixture| fixture == path || path.ends_with(".snap") && snapshot_of(fixture).as_ref() == Some(path));
        let fixture = fixture.filter(|fixture| snapshot_of(fixture).is_some());
        match fixture {
            Some(fixture) => {
                names.insert(fixture);
            }
            None if now.rest.contains_key(path) && now.rest == before.rest => {
                let differs = |(name, test): &(&String, &Vec<String>)| before.tests.get(*name) != Some(*test);
                names.extend(now.tests.iter().filter(differs).map(|(name, _)| name.clone()));
            }
            None => return Touched::All,
        }
    }
    Touched::Only(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(tests: &[(&str, &str)], rest: &str) -> Seen {
        let tests = tests.iter().map(|(name, text)| ((*name).to_owned(), vec![(*text).to_owned()]));
        Seen { tests: tests.collect(), rest: [("a.policy".to_owned(), rest.to_owned())].into() }
    }

    fn only(names: &[&str]) -> Touched {
        Touched::Only(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_change_touches_what_it_can_change_and_no_less() {
        let before = seen(&[("one", "1"), ("two", "2")], "rule");
        let ask = |now: &Seen, paths: &[&str]| {
            let changed = paths.iter().map(|path| (*path).to_owned()).collect();
            touched(&before, now, &changed, |folder| match folder {
                "fixtures" => vec!["x.calls.jsonl".to_owned(), "x.calls.snap".to_owned(), "list.json".to_owned()],
                _ => vec!["a.policy".to_owned(), "prices.csv".to_owned()],
            })
        };
        let same = seen(&[("one", "1"), ("two", "2")], "rule");
        assert_eq!(ask(&same, &["a.policy"]), only(&[]), "only where tests stand");
        assert_eq!(
            ask(&seen(&[("one", "1"), ("two", "3"), ("three", "")], "rule"), &["a.policy"]),
            only(&["three", "two"])
        );
        assert_eq!(ask(&seen(&[("one", "1"), ("two", "3")], "another"), &["a.policy"]), Touched::All);
        assert_eq!(ask(&same, &["fixtures/x.calls.snap"]), only(&["fixtures/x.calls.jsonl"]));
        assert_eq!(ask(&same, &["a.policy", "fixtures/x.calls.jsonl"]), only(&["fixtures/x.calls.jsonl"]));
        for all in ["prices.csv", "policy.toml", "fixtures/gone.calls.jsonl", "fixtures/list.json", "b.policy"] {
            assert_eq!(ask(&same, &[all]), Touched::All, "{all}");
        }
    }
}
