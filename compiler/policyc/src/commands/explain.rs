//! `explain`: why a call was decided so, what a diagnostic's code means, what a module of the standard library offers.

use clap::Args;

use crate::output::{Ending, Outcome, Output};
use crate::pages;

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  policyc explain E0301\n  policyc explain std.net")]
pub struct Options {
    /// A code (E0301, unknown-argument) or a module of the standard library (std.net)
    #[arg(value_name = "WHAT")]
    what: String,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let paint = out.paint();
    if let Some(page) = pages::code(&options.what) {
        out.data(pages::paint(page, paint).as_bytes());
        return Ok(Ending::Clean);
    }
    if let Some(page) = pages::module(&options.what, paint) {
        out.data(page.as_bytes());
        return Ok(Ending::Clean);
    }
    Err(pages::unknown(&options.what).into())
}
