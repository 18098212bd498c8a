//! The command line as clap reads it, and what becomes of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::{Fault, Format, Output, Stop};

/// A policy language for what AI agents may do: check, test, simulate and explain.
#[derive(Debug, Parser)]
#[command(name = "policyc", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Start with `policyc test examples/banking`, or `policyc explain std.net`.\n\
    Exit status: 0 nothing wrong, 1 findings, 2 the command line or a file is at fault, 101 a bug of ours.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake of a policy at once
    Check(commands::check::Options),
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

/// How output is written.
#[derive(Debug, Args)]
pub struct FormatOption {
    /// How output is written
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
}

impl FormatOption {
    /// The format, or the default of the command; others than `allowed` are a fault.
    pub fn among(&self, allowed: &[Format]) -> Result<Format, Fault> {
        let format = self.format.or(allowed.first().copied()).unwrap_or(Format::Human);
        if allowed.contains(&format) {
            return Ok(format);
        }
        let names: Vec<String> = allowed.iter().map(|f| format!("{f:?}").to_lowercase()).collect();
        Err(Fault::new(format!("this command has no format `{}`", format!("{format:?}").to_lowercase()))
            .help(format!("it writes {}", names.join(", "))))
    }
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
    let ending = match cli.command {
        Command::Check(options) => commands::check::run(options, &mut out),
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
