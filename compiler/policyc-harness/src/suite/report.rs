//! What a run of the tests found.
//!
//! Plain data in a stable order: tests in source order, fixtures by path. Rendering is the caller's; the two forms
//! for machines (`junit`, `json`) are beside it.

use policyc_runtime::policy::Place;

use crate::coverage::Coverage;

/// A run of tests and fixtures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// Tests, in source order.
    pub tests: Vec<TestOutcome>,
    /// Fixtures, by path.
    pub fixtures: Vec<FixtureOutcome>,
    /// What is wrong with the run itself.
    pub problems: Vec<Problem>,
    /// What was seen of the policy, if that was counted.
    pub coverage: Option<Coverage>,
    /// What tests leave open; it fails nothing.
    pub weak: Vec<Weak>,
}

/// Something that tests leave open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weak {
    /// A stable name.
    pub code: &'static str,
    /// Of which rule or test.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is open.
    pub why: String,
}

/// How one test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The file it stands in.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: u32,
    /// How it went.
    pub status: TestStatus,
    /// How many expectations were looked at.
    pub expectations: usize,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestStatus {
    /// Everything is as expected.
    Passed,
    /// Something is not; never empty.
    Failed(Vec<Failure>),
    /// It was not run, because.
    Skipped(String),
    /// Something is not as expected, and that is known, because.
    Known(String),
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The expectation's bytes in its file.
    pub place: Place,
    /// Its line, from 1.
    pub line: u32,
    /// As it is written.
    pub source: String,
    /// What was not met.
    pub kind: FailureKind,
    /// The event that it is about, as it went over the wire; empty if there is none.
    pub event: String,
    /// The values that mattered: how a rule would write it, and what it was.
    pub values: Vec<(String, String)>,
    /// A command that runs just this test again.
    pub rerun: String,
}

/// What was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Another decision, or another rule, or another code.
    Decision {
        /// What was expected.
        expected: Verdict,
        /// What was decided.
        actual: Verdict,
        /// What the decision says for people.
        reason: String,
    },
    /// A condition that is not known to be true.
    Condition,
    /// Something else is not as expected, in words.
    Other(String),
    /// There was no answer to compare with.
    NoAnswer,
    /// The test cannot be run at all, because.
    Broken(String),
}

/// A decision as tests speak of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// `allow`, `hold`, `deny`, `pass`, `redact`, `quarantine`.
    pub decision: String,
    /// By these rules and budgets, sorted; empty: by none, or not said.
    pub by: Vec<String>,
    /// With this code; empty: not said.
    pub code: String,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.decision)?;
        if !self.by.is_empty() {
            write!(f, " by {}", self.by.join(", "))?;
        }
        // `rule` and `budget` say no more than the names before them.
        if !self.code.is_empty() && (self.by.is_empty() || !matches!(self.code.as_str(), "rule" | "budget")) {
            write!(f, " code {}", self.code)?;
        }
        Ok(())
    }
}

/// How one fixture went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixtureOutcome {
    /// The fixture's path.
    pub file: String,
    /// The path of its snapshot.
    pub snapshot: String,
    /// How many answers it has.
    pub rows: usize,
    /// How it went.
    pub status: FixtureStatus,
}

/// How a fixture went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixtureStatus {
    /// The decisions are those of the snapshot.
    Matches,
    /// There is no snapshot, and none was to be written.
    Missing,
    /// The decisions are others.
    Different {
        /// How many rows differ.
        changed: usize,
        /// What differs, as a unified diff.
        diff: String,
    },
    /// The snapshot was written.
    Written {
        /// How many rows differ from what was there; all of them if there was nothing.
        changed: usize,
        /// There was no snapshot before.
        new: bool,
    },
    /// The fixture has no event.
    Empty,
    /// The fixture or its snapshot cannot be read or written, because.
    Unusable(String),
}

/// What is wrong with a run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no test and no fixture.
    NoTests,
    /// The filter takes none of them.
    NothingMatches {
        /// The patterns.
        patterns: Vec<String>,
        /// How many tests and fixtures there are.
        of: usize,
        /// A name that is near.
        near: Option<String>,
    },
    /// No fixture uses the snapshot.
    UnusedSnapshot {
        /// Its path.
        path: String,
        /// It was removed.
        removed: bool,
    },
    /// A folder of fixtures cannot be read, because.
    UnreadableFolder {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
    /// The policy with its expectations cannot be loaded, because.
    BadSuite(String),
    /// Tests that were not begun, because one had failed.
    Stopped {
        /// How many.
        left: usize,
    },
    /// Only what failed the last time was asked for, and nothing did.
    NoneFailed,
    /// Every test says `skip`, and there is no fixture.
    AllSkipped {
        /// How many.
        of: usize,
    },
    /// Nothing stands in a file of the policy.
    EmptyFile {
        /// Its path.
        path: String,
    },
    /// Tests of a module that this policy uses: they are run where that module is what is tested.
    TestsElsewhere {
        /// The module's file.
        path: String,
        /// How many tests it has.
        tests: usize,
    },
    /// A file that looks like a fixture and is none.
    UnusedFixture {
        /// Its path.
        path: String,
        /// What it may be meant to be called.
        instead: Option<String>,
    },
    /// A folder of fixtures that policy.toml names is not there.
    MissingFolder {
        /// Its path.
        path: String,
    },
    /// Calls of a fixture are of a tool that the policy does not declare.
    UndeclaredTool {
        /// The fixture.
        path: String,
        /// The first such call.
        call: String,
        /// How many there are.
        calls: usize,
        /// The tool.
        tool: String,
        /// The declared tool that may be meant.
        near: Option<String>,
        /// The snapshot has it already.
        recorded: bool,
    },
}

impl Problem {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTests => "no-tests",
            Self::NothingMatches { .. } => "nothing-matches",
            Self::UnusedSnapshot { .. } => "unused-snapshot",
            Self::UnreadableFolder { .. } => "unreadable-folder",
            Self::BadSuite(_) => "bad-suite",
            Self::Stopped { .. } => "stopped",
            Self::NoneFailed => "none-failed",
            Self::AllSkipped { .. } => "all-skipped",
            Self::EmptyFile { .. } => "empty-file",
            Self::TestsElsewhere { .. } => "tests-elsewhere",
            Self::UnusedFixture { .. } => "unused-fixture",
            Self::MissingFolder { .. } => "missing-folder",
            Self::UndeclaredTool { .. } => "undeclared-tool",
        }
    }

    /// Whether it makes the run fail. A tool that looks like a slip of the pen does until the snapshot has it.
    pub fn fails(&self) -> bool {
        match self {
            Self::UnusedSnapshot { removed, .. } => !removed,
            Self::UndeclaredTool { near, recorded, .. } => near.is_some() && !recorded,
            Self::TestsElsewhere { .. } => false,
            Self::NoTests
            | Self::NothingMatches { .. }
            | Self::UnreadableFolder { .. }
            | Self::BadSuite(_)
            | Self::Stopped { .. }
            | Self::NoneFailed
            | Self::AllSkipped { .. }
            | Self::EmptyFile { .. }
            | Self::UnusedFixture { .. }
            | Self::MissingFolder { .. } => true,
        }
    }

    /// The file that it is about.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::UnusedSnapshot { path, .. }
            | Self::EmptyFile { path }
            | Self::TestsElsewhere { path, .. }
            | Self::UnusedFixture { path, .. }
            | Self::UndeclaredTool { path, .. } => Some(path),
            Self::NoTests
            | Self::NothingMatches { .. }
            | Self::UnreadableFolder { .. }
            | Self::MissingFolder { .. }
            | Self::BadSuite(_)
            | Self::Stopped { .. }
            | Self::NoneFailed
            | Self::AllSkipped { .. } => None,
        }
    }

    /// What to do about it. Commands are written as `policyc test`, without the policy's path.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoTests => "write `test \"…\" { call TOOL { … } expect allow by RULE }` in the policy, or put a \
                `*.calls.jsonl` beside it"
                .to_owned(),
            Self::NothingMatches { near: Some(near), .. } => {
                format!("did you mean `{near}`? `policyc test` lists all of them")
            }
            Self::NothingMatches { near: None, .. } => {
                "`policyc test` lists all of them; `-k` takes a piece of a name, a tag, a file or a rule".to_owned()
            }
            Self::UnusedSnapshot { removed: false, .. } => "`policyc test --update` removes it".to_owned(),
            Self::Stopped { .. } => "leave `--fail-fast` out to run all of them".to_owned(),
            Self::NoneFailed => "`policyc test` runs all of them".to_owned(),
            Self::AllSkipped { .. } => "take `skip because` from one of them, or write one that runs".to_owned(),
            Self::EmptyFile { .. } => "write a test or a rule in it, or remove it".to_owned(),
            Self::TestsElsewhere { path, .. } => format!("`policyc test {path}` runs them"),
            Self::UnusedFixture { instead: Some(instead), .. } => format!("call it `{instead}`"),
            Self::UnusedFixture { instead: None, .. } => {
                "call it `*.calls.jsonl` (each call by itself) or `*.trace.jsonl` (one after the other), or move it"
                    .to_owned()
            }
            Self::MissingFolder { .. } => "make it, or correct `fixtures` in policy.toml".to_owned(),
            Self::UndeclaredTool { near: Some(near), recorded, .. } => {
                let keep = "keep it in a test: `expect deny code unknown-tool`";
                if *recorded {
                    format!("did you mean `{near}`? If it is to be refused, {keep}")
                } else {
                    format!("did you mean `{near}`? If it is to be refused, `policyc test --update` records that")
                }
            }
            Self::UnusedSnapshot { removed: true, .. }
            | Self::UndeclaredTool { near: None, .. }
            | Self::UnreadableFolder { .. }
            | Self::BadSuite(_) => return None,
        })
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTests => write!(f, "there is no test and no fixture"),
            Self::NothingMatches { patterns, of, .. } => {
                let patterns: Vec<String> = patterns.iter().map(|p| format!("`{p}`")).collect();
                write!(f, "none of {of} tests and fixtures meets {}", patterns.join(" or "))
            }
            Self::UnusedSnapshot { path, removed: false } => write!(f, "no fixture uses the snapshot `{path}`"),
            Self::UnusedSnapshot { path, removed: true } => write!(f, "removed `{path}`, which no fixture uses"),
            Self::UnreadableFolder { path, why } => write!(f, "the folder `{path}` cannot be read: {why}"),
            Self::Stopped { left: 1 } => write!(f, "1 test was not begun after the first failure"),
            Self::Stopped { left } => write!(f, "{left} tests were not begun after the first failure"),
            Self::NoneFailed => write!(f, "nothing failed the last time, so nothing was run"),
            Self::BadSuite(why) => write!(f, "the tests cannot be loaded: {why}"),
            Self::AllSkipped { of: 1 } => write!(f, "the only test is skipped, so nothing was tested"),
            Self::AllSkipped { of } => write!(f, "all {of} tests are skipped, so nothing was tested"),
            Self::EmptyFile { path } => write!(f, "nothing stands in `{path}`"),
            Self::TestsElsewhere { path, tests: 1 } => write!(f, "the test in `{path}` was not run"),
            Self::TestsElsewhere { path, tests } => write!(f, "the {tests} tests in `{path}` were not run"),
            Self::UnusedFixture { path, .. } => write!(f, "nothing reads `{path}`"),
            Self::MissingFolder { path } => {
                write!(f, "policy.toml names the folder `{path}` for fixtures, and it is not there")
            }
            Self::UndeclaredTool { path, call, calls: 1, tool, .. } => {
                write!(f, "the call `{call}` in `{path}` is of the tool `{tool}`, which the policy does not declare")
            }
            Self::UndeclaredTool { path, call, calls, tool, .. } => write!(
                f,
                "{calls} calls in `{path}`, the first `{call}`, are of the tool `{tool}`, which the policy does not \
                 declare"
            ),
        }
    }
}

impl FixtureStatus {
    /// Whether it makes the run fail.
    pub fn fails(&self) -> bool {
        match self {
            Self::Matches | Self::Written { .. } => false,
            Self::Missing | Self::Different { .. } | Self::Empty | Self::Unusable(_) => true,
        }
    }
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that were not run.
    pub skipped: usize,
    /// Tests that fail and are known to.
    pub known: usize,
    /// Fixtures whose decisions are those of the snapshot.
    pub fixtures_matching: usize,
    /// Fixtures with another outcome that makes the run fail.
    pub fixtures_failed: usize,
    /// Snapshots that were written.
    pub snapshots_written: usize,
    /// Problems of the run itself that make it fail.
    pub problems: usize,
}

impl TestReport {
    /// Whether the run is green: nothing failed, and something was run.
    pub fn ok(&self) -> bool {
        let totals = self.totals();
        totals.failed == 0 && totals.fixtures_failed == 0 && totals.problems == 0
    }

    /// Counts.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for test in &self.tests {
            let count = match test.status {
                TestStatus::Passed => &mut totals.passed,
                TestStatus::Failed(_) => &mut totals.failed,
                TestStatus::Skipped(_) => &mut totals.skipped,
                TestStatus::Known(_) => &mut totals.known,
            };
            *count += 1;
        }
        for fixture in &self.fixtures {
            let count = match &fixture.status {
                FixtureStatus::Matches => &mut totals.fixtures_matching,
                FixtureStatus::Written { .. } => &mut totals.snapshots_written,
                FixtureStatus::Missing
                | FixtureStatus::Different { .. }
                | FixtureStatus::Empty
                | FixtureStatus::Unusable(_) => &mut totals.fixtures_failed,
            };
            *count += 1;
        }
        totals.problems = self.problems.iter().filter(|p| p.fails()).count();
        totals
    }
}
