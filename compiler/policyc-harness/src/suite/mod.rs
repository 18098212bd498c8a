//! `test`: scenarios of the language and fixture files with their snapshots.

mod filter;
mod fixtures;
mod json;
mod junit;
mod report;
mod run;
mod scenario;
mod snapshot;

pub use filter::Filter;
pub use json::{VERSION as JSON_VERSION, json};
pub use junit::{headline, junit};
pub use report::{
    Failure, FailureKind, FixtureOutcome, FixtureStatus, Problem, TestOutcome, TestReport, TestStatus, Totals, Verdict,
};
pub use run::{Mode, Options, run};
pub use snapshot::{Row, changed_rows, difference, table};

#[cfg(test)]
mod tests;
