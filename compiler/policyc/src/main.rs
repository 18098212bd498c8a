//! The command line: the only crate that prints, reads arguments, environment and files, or exits.
//!
//! One file for each command in `commands`; everything that is drawn stands in `render`. Nothing here decides
//! anything: decisions come from `policyc-runtime`, findings from `policyc-compile`.

mod cli;
mod commands;
mod output;
mod pages;
mod project;
mod render;
mod stdlib;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
