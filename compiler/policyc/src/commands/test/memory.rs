//! What `test` knows from one run to the next, and how long tests take.
//!
//! Which tests failed is kept outside of the project, in the system's folder for temporary files: nothing there is ever
//! read but names, and losing it costs nothing.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant, SystemTime};

use policyc_harness::suite::{Moment, TestReport, TestStatus};

use crate::project::Project;

/// Names of tests and fixtures that failed.
pub struct Memory {
    file: PathBuf,
}

impl Memory {
    /// Of a project.
    pub fn of(project: &Project) -> Self {
        let mut hasher = DefaultHasher::new();
        std::fs::canonicalize(&project.root).unwrap_or_default().hash(&mut hasher);
        project.input.files.hash(&mut hasher);
        Self { file: std::env::temp_dir().join(format!("policyc-failed-{:016x}", hasher.finish())) }
    }

    /// What failed the last time.
    pub fn failed(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Takes note of what failed; where that cannot be written it is forgotten.
    pub fn remember(&self, report: &TestReport) {
        let tests = report.tests.iter().filter(|t| matches!(t.status, TestStatus::Failed(_))).map(|t| &t.name);
        let fixtures = report.fixtures.iter().filter(|f| f.status.fails()).map(|f| &f.file);
        let names: Vec<&str> = tests.chain(fixtures).map(String::as_str).filter(|n| !n.contains('\n')).collect();
        if names.is_empty() {
            let _ = std::fs::remove_file(&self.file);
        } else {
            let _ = std::fs::write(&self.file, names.join("\n"));
        }
    }
}

/// A number that nobody chose.
pub fn chosen() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()).wrapping_add(now.as_secs()).max(1)
}

/// How long each test took.
#[derive(Default)]
pub struct Clock {
    running: Mutex<HashMap<ThreadId, Instant>>,
    took: Mutex<Vec<(Duration, String)>>,
}

impl Clock {
    /// Hears of a test.
    pub fn hears(&self, moment: Moment<'_>) {
        let thread = std::thread::current().id();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match moment {
            Moment::Begins(_) => {
                running.insert(thread, Instant::now());
            }
            Moment::Done(outcome) => {
                if let Some(began) = running.remove(&thread) {
                    let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
                    took.push((began.elapsed(), outcome.name.clone()));
                }
            }
        }
    }

    /// The slowest tests, a line each.
    pub fn slowest(&self, most: usize) -> String {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner).clone();
        took.sort_by(|a, b| b.cmp(a));
        let lines = took.iter().take(most).map(|(time, name)| {
            let micros = time.as_micros();
            format!("  {:>5}.{:03} ms  {}\n", micros / 1000, micros % 1000, crate::output::inline(name, 120))
        });
        lines.collect()
    }
}
