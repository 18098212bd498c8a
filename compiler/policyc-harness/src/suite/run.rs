//! A run: the tests and the fixtures that the filter takes, in parallel, reported in a stable order.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use policyc_compile::lower::{LoweredTest, StepKind, TestSuite};
use policyc_runtime::Loaded;
use rayon::prelude::*;

use super::filter::Filter;
use super::report::{Problem, TestOutcome, TestReport, TestStatus};
use super::{fixtures, scenario, weak};
use crate::coverage::{Coverage, Layout, Observer};
use crate::decider::Decider;
use crate::files::Files;
use crate::workers;

/// What to do with snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Compare: a missing or different snapshot is a failure.
    #[default]
    Check,
    /// Write what is missing or different; nothing is written in CI, so there it is `Check`.
    Update,
    /// Only compare, and run no test: what is missing or different is the list of what waits for review.
    Pending,
}

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to do with snapshots.
    pub mode: Mode,
    /// Nothing may be written.
    pub ci: bool,
    /// Which tests and fixtures are meant.
    pub filter: Filter,
    /// Workers; 0 is as many as the machine has.
    pub jobs: usize,
    /// Folders of fixtures; those that are not there have none.
    pub folders: Vec<String>,
    /// What tests and fixtures see of the policy is counted.
    pub coverage: bool,
    /// No test begins after one has failed.
    pub fail_fast: bool,
    /// Tests begin in an order that this number stands for; they are reported in source order all the same.
    pub shuffle: Option<u64>,
    /// Only tests and fixtures of these names.
    pub only: Option<BTreeSet<String>>,
}

/// What happens while tests run, on the thread that runs them.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// A test begins.
    Begins(&'a str),
    /// It is done.
    Done(&'a TestOutcome),
}

/// Who watches a trace.
#[derive(Clone, Copy)]
pub(super) struct Watch<'l> {
    loaded: &'l Loaded,
    suite: &'l TestSuite,
    layout: Option<&'l Layout>,
}

impl<'l> Watch<'l> {
    /// Nobody watches.
    pub(super) fn plain(loaded: &'l Loaded, suite: &'l TestSuite) -> Self {
        Self { loaded, suite, layout: None }
    }

    /// A fresh decider, watched if that was asked for.
    pub(super) fn decider(self) -> Decider<'l> {
        let observer = self.layout.map(|layout| Observer::new(self.loaded, self.suite, layout));
        Decider::watched(self.loaded, observer)
    }

    pub(super) fn loaded(self) -> &'l Loaded {
        self.loaded
    }
}

/// Another order, the same for the same number.
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..list.len()).rev() {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let among = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        list.swap(last, usize::try_from(z % among).unwrap_or(0));
    }
}

/// Adds what was seen elsewhere.
pub(super) fn add(mut a: Vec<u32>, b: Vec<u32>) -> Vec<u32> {
    if a.is_empty() {
        return b;
    }
    for (to, more) in a.iter_mut().zip(b) {
        *to = to.saturating_add(more);
    }
    a
}

/// The names by which a test is asked for: its own, its tags, and the rules and budgets that it expects.
fn names_of(test: &LoweredTest) -> impl Iterator<Item = &str> {
    let rules = test.steps.iter().flat_map(|step| match &step.kind {
        StepKind::ExpectDecision { by, .. } => by.as_slice(),
        StepKind::Event { .. } | StepKind::Expect { .. } => &[],
    });
    std::iter::once(&test.name).chain(&test.tags).chain(rules).map(String::as_str)
}

/// What may be meant by a filter that meets nothing.
fn near(suite: &TestSuite, filter: &Filter) -> Option<String> {
    let policy = &suite.policy;
    let rules = policy.rules.iter().map(|rule| policy.text(rule.name));
    let known: Vec<&str> = suite.tests.iter().flat_map(names_of).chain(rules).collect();
    let words: Vec<&str> = known.iter().flat_map(|name| name.split_whitespace()).collect();
    let mut near = filter.patterns().iter().filter_map(|pattern| {
        policyc_diag::suggest(pattern, known.iter().copied())
            .or_else(|| policyc_diag::suggest(pattern, words.iter().copied()))
    });
    near.next().map(str::to_owned)
}

/// Runs tests and fixtures. `progress` hears of each test, in any order.
pub fn run(
    suite: &TestSuite,
    files: &dyn Files,
    options: &Options,
    progress: &(dyn Fn(Moment<'_>) + Sync),
) -> TestReport {
    let mut report = TestReport::default();
    let loaded = match Loaded::new(suite.policy.clone()) {
        Ok(loaded) => loaded,
        Err(why) => {
            report.problems.push(Problem::BadSuite(why.to_string()));
            return report;
        }
    };
    let filter = &options.filter;
    let write = options.mode == Mode::Update && !options.ci;
    let watched = options.coverage.then(|| Layout::of(suite));
    let watch = Watch { loaded: &loaded, suite, layout: watched.as_ref().map(|(layout, _)| layout) };
    let only = options.only.as_ref();
    let job = fixtures::Job { watch, files, folders: &options.folders, filter, only, write };
    let found = fixtures::find(&job);
    let tests = if options.mode == Mode::Pending { &[] } else { suite.tests.as_slice() };
    let all = tests.len().saturating_add(found.len());
    let mut taken: Vec<(usize, &LoweredTest)> = tests
        .iter()
        .enumerate()
        .filter(|(_, test)| options.only.as_ref().is_none_or(|only| only.contains(&test.name)))
        .filter(|(_, test)| {
            let (file, _) = scenario::whereabouts(loaded.policy(), test.place);
            filter.takes(names_of(test).chain([file.as_str()]))
        })
        .collect();
    if let Some(seed) = options.shuffle {
        shuffle(&mut taken, seed);
    }
    let stop = AtomicBool::new(false);
    let work = || {
        let tests = taken.par_iter().map(|(at, test)| {
            if options.fail_fast && stop.load(Ordering::Relaxed) {
                return None;
            }
            progress(Moment::Begins(&test.name));
            let (outcome, hits) = scenario::run(watch, test);
            if matches!(outcome.status, TestStatus::Failed(_)) {
                stop.store(true, Ordering::Relaxed);
            }
            progress(Moment::Done(&outcome));
            Some((*at, outcome, hits))
        });
        let mut done: Vec<(usize, TestOutcome, Vec<u32>)> = tests.collect::<Vec<_>>().into_iter().flatten().collect();
        done.sort_by_key(|(at, ..)| *at);
        let (tests, seen): (Vec<TestOutcome>, Vec<Vec<u32>>) = done.into_iter().map(|(_, o, h)| (o, h)).unzip();
        let (fixtures, more, mut problems) = fixtures::run(&job, found);
        let left = taken.len().saturating_sub(tests.len());
        if left > 0 {
            problems.push(Problem::Stopped { left });
        }
        let hits = seen.into_iter().chain(more).fold(Vec::new(), add);
        (TestReport { tests, fixtures, problems, coverage: None, weak: Vec::new() }, hits)
    };
    let (mut report, hits) = workers::with(options.jobs, work);
    report.coverage = watched.map(|(layout, goals)| {
        let hits = if hits.is_empty() { vec![0; layout.len()] } else { hits };
        Coverage { goals, hits }
    });
    // What a part of the tests leaves open is not what the tests leave open.
    if filter.is_empty() && options.only.is_none() {
        report.weak = report.coverage.iter().flat_map(|seen| weak::without_look_alike(suite, seen)).collect();
        // A test that fails says something else first.
        if options.coverage && report.totals().failed == 0 {
            report.weak.extend(weak::expectations(suite));
        }
    }
    let nothing_ran = report.tests.is_empty() && report.fixtures.is_empty();
    let skipped = report.totals().skipped;
    let whole = filter.is_empty() && options.only.is_none() && options.mode != Mode::Pending;
    if whole {
        report.problems.extend(suite.empty_files.iter().map(|path| Problem::EmptyFile { path: path.clone() }));
        let elsewhere = suite.elsewhere.iter().map(|(path, tests)| (path.clone(), *tests));
        report.problems.extend(elsewhere.map(|(path, tests)| Problem::TestsElsewhere { path, tests }));
    }
    if all == 0 && options.mode != Mode::Pending {
        report.problems.push(Problem::NoTests);
    } else if options.only.is_some() && nothing_ran {
        report.problems.push(Problem::NoneFailed);
    } else if !filter.is_empty() && nothing_ran {
        let (patterns, near) = (filter.patterns().to_vec(), near(suite, filter));
        report.problems.push(Problem::NothingMatches { patterns, of: all, near });
    } else if skipped > 0 && skipped == report.tests.len() && report.fixtures.is_empty() {
        report.problems.push(Problem::AllSkipped { of: skipped });
    }
    report
}
