//! The command line as clap reads it, and what becomes of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum as _};

use crate::commands;
use crate::output::{Format, Output, Stop};

/// A policy language for what AI agents may do: check, test, simulate and explain.
#[derive(Debug, Parser)]
#[command(name = "policyc", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Where to start:\n  policyc test examples/banking                            run a policy's tests\n  \
    policyc simulate examples/banking trace.jsonl            decide a recorded agent\n  \
    policyc explain examples/banking --trace trace.jsonl     why a call was refused\n  \
    policyc explain std.net                                  what the standard library offers\n\n\
    Exit status: 0 nothing wrong, 1 findings, 2 the command line or a file is at fault, 101 a bug of ours."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake of a policy at once
    Check(commands::check::Options),
    /// Write policies in the one style
    Fmt(commands::fmt::Options),
    /// Run tests and fixtures, compare snapshots
    Test(commands::test::Options),
    /// Decide every event of a trace
    Simulate(commands::simulate::Options),
    /// Say why a call was decided so, or what a code or a std module means
    Explain(commands::explain::Options),
    /// Draw the decision tree of a tool, or of all
    Graph(commands::graph::Options),
    /// Compile a policy into one file
    Build(commands::build::Options),
    /// Show what is in a compiled policy
    Inspect(commands::inspect::Options),
}

/// What is compiled.
#[derive(Debug, Args)]
pub struct PolicyPaths {
    /// A project folder (with a policy.toml, found upwards) or .policy files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Parses `--format` of a command that writes these; others are not offered.
pub fn formats(allowed: &'static [Format]) -> impl TypedValueParser<Value = Format> {
    let names = allowed.iter().filter_map(|f| f.to_possible_value());
    PossibleValuesParser::new(names).map(|name| Format::from_str(&name, false).unwrap_or(Format::Human))
}

/// Reads the arguments, runs the command, and gives the exit status.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let mut out = Output::new();
    let Some(command) = cli.command else {
        // Whoever types the bare name wants to know what there is.
        let help = Cli::command().render_help();
        out.data(help.to_string().as_bytes());
        out.flush();
        return ExitCode::SUCCESS;
    };
    let ending = match command {
        Command::Check(options) => commands::check::run(options, &mut out),
        Command::Fmt(options) => commands::fmt::run(options, &mut out),
        Command::Test(options) => commands::test::run(options, &mut out),
        Command::Simulate(options) => commands::simulate::run(options, &mut out),
        Command::Explain(options) => commands::explain::run(options, &mut out),
        Command::Graph(options) => commands::graph::run(options, &mut out),
        Command::Build(options) => commands::build::run(options, &mut out),
        Command::Inspect(options) => commands::inspect::run(options, &mut out),
    };
    let code = match ending {
        Ok(ending) => ending.code(),
        Err(Stop::Said(ending)) => ending.code(),
        Err(Stop::Fault(fault)) => {
            out.say(&format!("error: {}", fault.message));
            if let Some(help) = fault.help {
                out.say(&format!("help: {help}"));
            }
            2
        }
    };
    out.flush();
    ExitCode::from(code)
}
