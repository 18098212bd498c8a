//! `test`: the tests of a policy and its fixtures, compared with their snapshots.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use policyc_compile::lower::lower_tests;
use policyc_harness::Files;
use policyc_harness::suite::{self, Filter, Mode};

use crate::cli::{PolicyPaths, formats};
use crate::commands::{compile_or_show, ending_of};
use crate::output::{Ending, Fault, Format, Outcome, Output, Stop, in_ci};
use crate::project::Project;
use crate::render::diagnostics::{self, Context};
use crate::render::tests::{Shown, draw};

/// What it writes.
const FORMATS: &[Format] = &[Format::Human, Format::Plain, Format::Json, Format::Junit];

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  policyc test\n  policyc test examples/banking -k payee\n  policyc test --update\n  \
    policyc test --format junit > tests.xml"
)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyPaths,
    /// Run what has this in its name, tags or file; `*` and `?` make it a glob. May be repeated
    #[arg(short = 'k', long = "filter", value_name = "FILTER")]
    filter: Vec<String>,
    /// Write snapshots that are missing or different (never when CI is set)
    #[arg(long)]
    update: bool,
    /// Only list snapshots that are missing or different
    #[arg(long, conflicts_with = "update")]
    pending: bool,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FORMATS), default_value = "human")]
    format: Format,
    /// How many workers run tests [default: as many as there are cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let format = options.format;
    let project = Project::open(&options.policy.paths)?;
    let (compiled, policy) = compile_or_show(&project, out)?;
    let suite = lower_tests(&compiled.program, &policy).map_err(|found| {
        let context = Context { sources: &compiled.sources, prefix: &project.prefix };
        for diagnostic in &found {
            let text = diagnostics::human(&context, diagnostic, out.colour_talk, out.width);
            out.say(&text);
        }
        Stop::Said(ending_of(&found).max(Ending::Findings))
    })?;
    let ci = in_ci();
    if ci && options.update {
        out.say("CI is set: no snapshot is written");
    }
    let mode = match (options.update, options.pending) {
        (true, _) => Mode::Update,
        (false, true) => Mode::Pending,
        (false, false) => Mode::Check,
    };
    let settings = suite::Options {
        mode,
        ci,
        filter: Filter::new(options.filter),
        jobs: options.jobs,
        folders: project.fixtures.clone(),
    };
    let disk = Disk { root: project.root.clone() };
    let began = Instant::now();
    let report = suite::run(&suite, &disk, &settings, &|_| {});
    match format {
        Format::Json => {
            let document = suite::json(&project.input.name, &report);
            out.line(&serde_json::to_string_pretty(&document).unwrap_or_default());
        }
        Format::Junit => {
            let xml = suite::junit(&project.input.name, &report)
                .map_err(|e| Fault::new(format!("the report cannot be written: {e}")))?;
            out.line(xml.trim_end());
        }
        Format::Human | Format::Plain | Format::Jsonl | Format::Sarif | Format::Github => {
            // How long it took is of interest to whoever waits, and differs from run to run.
            let took = (format == Format::Human && out.on_terminal()).then(|| began.elapsed());
            let target = options.policy.paths.first().map_or(String::new(), |p| format!(" {}", p.display()));
            let shown = Shown { prefix: &project.prefix, paint: out.paint(), pending: options.pending, took, target };
            out.data(draw(&report, &shown).as_bytes());
        }
    }
    Ok(Ending::found(!report.ok()))
}

/// The folder of the project, as the harness reads and writes it.
struct Disk {
    root: PathBuf,
}

impl Files for Disk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let folder = self.root.join(folder);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.root.join(path))
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.root.join(path), text)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.root.join(path))
    }
}
