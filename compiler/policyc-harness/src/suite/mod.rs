//! `test`: scenarios of the language and fixture files with their snapshots.

mod filter;
mod fixtures;
mod formats;
mod json;
mod junit;
mod report;
mod review;
mod run;
mod scenario;
mod snapshot;
mod trial;
mod weak;

pub use filter::Filter;
pub use fixtures::snapshot_of;
pub use formats::{github, sarif, tap, uri};
pub use json::{VERSION as JSON_VERSION, json};
pub use junit::{headline, junit};
pub use report::{
    Failure, FailureKind, FixtureOutcome, FixtureStatus, Problem, TestOutcome, TestReport, TestStatus, Totals, Verdict,
    Weak,
};
pub use review::{Change, Waiting, waiting};
pub use run::{Mode, Moment, Options, run};
pub(crate) use scenario::{cut_out, prepare};
pub use snapshot::{Row, changed_rows, difference, table};

pub(crate) use trial::{Trial, TrialError};

#[cfg(test)]
mod tests;
