//! The command line: the only crate that prints, reads arguments, environment and files, or exits.
//!
//! One file for each command in `commands`; everything that is drawn stands in `render`. Nothing here decides
//! anything: decisions come from `policyc-runtime`, findings from `policyc-compile`.
#![expect(clippy::disallowed_methods, reason = "the binary is where files, environment and clock are read")]

mod cli;
mod commands;
mod files;
mod incidents;
mod output;
mod pages;
mod project;
mod render;
mod stdlib;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    // A panic ends with status 101 by itself; here it only learns to say so.
    cli::run()
}

/// What a panic says: that it is not the fault of whoever typed the command, and what to send.
fn report_bug(info: &std::panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map_or(String::new(), |l| format!(" at {}:{}", l.file(), l.line()));
    let _ = writeln!(
        std::io::stderr(),
        "policyc {} has a bug: {}{place}\nNothing was allowed by it. Please report it with the command and its input.",
        env!("CARGO_PKG_VERSION"),
        output::printable(text.unwrap_or("it panicked"))
    );
}
