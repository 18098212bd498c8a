//! The tests and fixtures of a policy as a yardstick for changed ones: what was decided once, and whether a changed
//! policy is told from it.

use policyc_compile::lower::TestSuite;
use policyc_runtime::Loaded;

use super::filter::Filter;
use super::report::TestStatus;
use super::run::Watch;
use super::snapshot::Row;
use super::{fixtures, scenario};
use crate::files::Files;
use crate::traces;

/// Why there is no yardstick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialError {
    /// A test fails as it is.
    Failing(String),
    /// There is no test and no fixture.
    NoTests,
    /// A fixture cannot be read, because.
    Unusable(String),
}

struct Played {
    name: String,
    bytes: Vec<u8>,
    apart: bool,
    rows: Vec<Row>,
}

/// What tests expect and how fixtures were decided.
pub(crate) struct Trial {
    fixtures: Vec<Played>,
}

impl Trial {
    /// Runs everything once.
    pub(crate) fn new(
        loaded: &Loaded,
        suite: &TestSuite,
        files: &dyn Files,
        folders: &[String],
    ) -> Result<Self, TrialError> {
        let watch = Watch::plain(loaded, suite);
        for test in suite.tests.iter().filter(|test| test.fails.is_none()) {
            if let TestStatus::Failed(_) = scenario::run(watch, test).0.status {
                return Err(TrialError::Failing(test.name.clone()));
            }
        }
        let filter = Filter::default();
        let found = fixtures::find(&fixtures::Job { watch, files, folders, filter: &filter, only: None, write: false });
        let mut played = Vec::new();
        for (name, apart, shape) in found.paths() {
            let bytes = files.read(&name).map_err(|e| TrialError::Unusable(format!("`{name}` cannot be read: {e}")))?;
            let bytes = shape
                .map_or(Ok(bytes.clone()), |shape| traces::events(shape, &bytes))
                .map_err(|e| TrialError::Unusable(format!("`{name}` cannot be read: {e}")))?;
            let decided = fixtures::decide(watch, &bytes, apart)
                .map_err(|e| TrialError::Unusable(format!("`{name}` cannot be read: {e}")))?;
            if let Some((rows, _)) = decided {
                played.push(Played { name, bytes, apart, rows });
            }
        }
        if suite.tests.is_empty() && played.is_empty() {
            return Err(TrialError::NoTests);
        }
        Ok(Self { fixtures: played })
    }

    /// The first test or fixture that tells a changed policy from the one that this was made of.
    pub(crate) fn noticed(&self, loaded: &Loaded, changed: &TestSuite) -> Option<String> {
        let watch = Watch::plain(loaded, changed);
        // A test that is known to fail tells nothing.
        let mut tests = changed.tests.iter().filter(|test| test.fails.is_none());
        let failing = tests.find(|test| matches!(scenario::run(watch, test).0.status, TestStatus::Failed(_)));
        if let Some(test) = failing {
            return Some(test.name.clone());
        }
        let differs = |f: &&Played| {
            fixtures::decide(watch, &f.bytes, f.apart).is_ok_and(|now| now.is_none_or(|(rows, _)| rows != f.rows))
        };
        self.fixtures.iter().find(differs).map(|f| f.name.clone())
    }
}
