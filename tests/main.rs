//! The project's tests, one binary.
#![expect(clippy::disallowed_methods, reason = "tests read the project's files and say how many cases they run")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers outside of test functions too, and says what it left out"
)]

mod agentdojo;
mod code_pages;
mod conformance;
mod editors;
mod examples;
mod formats;
mod harness;
mod incidents;
mod mutations;
mod properties;
mod suite;
mod support;
mod tidy;
mod workbench;

use std::path::PathBuf;

/// The project's folder.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), std::path::Path::to_owned)
}
