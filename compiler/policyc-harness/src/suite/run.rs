//! A run: the tests and the fixtures that the filter takes, in parallel, reported in a stable order.

use policyc_compile::lower::TestSuite;
use policyc_runtime::Loaded;
use rayon::prelude::*;

use super::filter::Filter;
use super::report::{Problem, TestOutcome, TestReport};
use super::{fixtures, scenario};
use crate::files::Files;

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
}

/// Runs tests and fixtures. `progress` hears of each test that is done, in any order.
pub fn run(
    suite: &TestSuite,
    files: &dyn Files,
    options: &Options,
    progress: &(dyn Fn(&TestOutcome) + Sync),
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
    let job = fixtures::Job { loaded: &loaded, files, folders: &options.folders, filter, write };
    let found = fixtures::find(&job);
    let tests = if options.mode == Mode::Pending { &[] } else { suite.tests.as_slice() };
    let all = tests.len().saturating_add(found.len());
    let taken: Vec<_> = tests
        .iter()
        .filter(|test| {
            let (file, _) = scenario::whereabouts(loaded.policy(), test.place);
            filter.takes([test.name.as_str(), file.as_str()].into_iter().chain(test.tags.iter().map(String::as_str)))
        })
        .collect();
    let work = || {
        let tests = taken.par_iter().map(|test| {
            let outcome = scenario::run(&loaded, test);
            progress(&outcome);
            outcome
        });
        let tests: Vec<TestOutcome> = tests.collect();
        let (fixtures, problems) = fixtures::run(&job, found);
        TestReport { tests, fixtures, problems }
    };
    let mut report = match rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    if all == 0 && options.mode != Mode::Pending {
        report.problems.push(Problem::NoTests);
    } else if !filter.is_empty() && report.tests.is_empty() && report.fixtures.is_empty() {
        report.problems.push(Problem::NothingMatches { patterns: filter.patterns().to_vec(), of: all });
    }
    report
}
