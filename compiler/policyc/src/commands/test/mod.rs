//! `test`: the tests of a policy and its fixtures, compared with their snapshots, and what they have seen of it.

mod coverage;
mod memory;
mod mutants;
mod review;
mod watch;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use policyc_compile::Compiled;
use policyc_compile::lower::{TestSuite, lower_tests};
use policyc_harness::suite::{self, Filter, Mode, Problem};
use policyc_harness::{Files, mutate};

use crate::cli::{PolicyPaths, formats};
use crate::commands::{compile_from, ending_of};
use crate::output::{Ending, Fault, Format, Outcome, Output, Stop, in_ci};
use crate::project::Project;
use crate::render::diagnostics::{self, Context};
use crate::render::tests::{Shown, draw};

use coverage::{Form, Least, least, only_changed};
use memory::{Clock, Memory, chosen};

/// What it writes.
const FORMATS: &[Format] =
    &[Format::Human, Format::Plain, Format::Json, Format::Junit, Format::Tap, Format::Github, Format::Sarif];

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  policyc test\n  policyc test examples/banking -k payee\n  policyc test --update\n  \
    policyc test --format junit > tests.xml"
)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyPaths,
    /// Run what has this in its name, tags, file or rules; `*` and `?` make it a glob. May be repeated
    #[arg(short = 'k', long = "filter", value_name = "FILTER")]
    filter: Vec<String>,
    /// Run only what failed the last time
    #[arg(long)]
    failed: bool,
    /// Begin no test after one has failed
    #[arg(long)]
    fail_fast: bool,
    /// Begin tests in another order; a number makes it the same again
    #[arg(long, value_name = "SEED", num_args = 0..=1, default_missing_value = "0")]
    shuffle: Option<u64>,
    /// Show how long the slowest tests took
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10")]
    durations: Option<usize>,
    /// Write snapshots that are missing or different (never when CI is set)
    #[arg(long)]
    update: bool,
    /// Look at one changed decision after the other, and write those that are accepted
    #[arg(long, conflicts_with_all = ["update", "pending", "mutate"])]
    review: bool,
    /// Only list snapshots that are missing or different
    #[arg(long, conflicts_with = "update")]
    pending: bool,
    /// Run again what a change of a file touches, until `q` is typed
    #[arg(long, conflicts_with_all = ["update", "review", "pending", "mutate", "failed"])]
    watch: bool,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FORMATS), default_value = "human")]
    format: Format,
    /// Show what was not seen, or write it as html, lcov, cobertura or json
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "terminal")]
    coverage: Option<String>,
    /// Where the form of `--coverage` is written [default: by its form, in the current folder]
    #[arg(long, value_name = "FILE", requires = "coverage")]
    coverage_file: Option<PathBuf>,
    /// Do not count what is seen
    #[arg(long, conflicts_with_all = ["coverage", "min", "changed"])]
    no_coverage: bool,
    /// Fail below this, in all and in each file: `rule=90`, `mcdc=80`, … May be repeated
    #[arg(long, value_name = "KIND=N", value_parser = least)]
    min: Vec<Least>,
    /// Count only what stands on lines that differ from this git revision
    #[arg(long, value_name = "REV")]
    changed: Option<String>,
    /// Change the policy in one place after the other, and show which changes no test notices
    #[arg(long, conflicts_with_all = ["update", "pending"])]
    mutate: bool,
    /// How many workers run tests [default: as many as there are cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
}

/// Runs it.
pub fn run(mut options: Options, out: &mut Output) -> Outcome {
    // `--coverage examples/banking`: the word is what is tested.
    let form = options.coverage.take().map(|word| {
        Form::of(&word).unwrap_or_else(|| {
            options.policy.paths.insert(0, PathBuf::from(word));
            Form::Terminal
        })
    });
    if options.watch {
        return watch::run(&options, form, out);
    }
    let opened = open(&options, &RefCell::default(), out)?;
    once(&options, form, &opened, None, out)
}

/// A project, compiled, with its tests.
struct Opened {
    project: Project,
    compiled: Compiled,
    suite: TestSuite,
}

/// Compiles; what is wrong is shown. `read` learns which files were read.
fn open(options: &Options, read: &RefCell<BTreeSet<String>>, out: &mut Output) -> Result<Opened, Stop> {
    let project = Project::open(&options.policy.paths)?;
    let (compiled, policy) = compile_from(&project, &project.noted(read), out)?;
    let suite = lower_tests(&compiled.program, &policy).map_err(|found| {
        let context = Context { sources: &compiled.sources, prefix: &project.prefix };
        for diagnostic in &found {
            let text = diagnostics::human(&context, diagnostic, out.colour_talk, out.width);
            out.say(&text);
        }
        Stop::Said(ending_of(&found).max(Ending::Findings))
    })?;
    Ok(Opened { project, compiled, suite })
}

/// Runs the tests once; only these tests and fixtures, if they are named.
fn once(
    options: &Options,
    form: Option<Form>,
    Opened { project, compiled, suite }: &Opened,
    only: Option<BTreeSet<String>>,
    out: &mut Output,
) -> Outcome {
    let format = options.format;
    let ci = in_ci();
    if ci && options.update {
        out.say("CI is set: no snapshot is written");
    }
    let mode = match (options.update, options.pending) {
        (true, _) => Mode::Update,
        (false, true) => Mode::Pending,
        (false, false) => Mode::Check,
    };
    let shuffle = options.shuffle.map(|seed| if seed == 0 { chosen() } else { seed });
    if let Some(seed) = shuffle {
        out.say(&format!("tests begin in the order of --shuffle {seed}"));
    }
    let memory = Memory::of(project);
    // What a change touches is not everything.
    let part = only.is_some();
    let settings = suite::Options {
        mode,
        ci,
        filter: Filter::new(options.filter.iter().cloned()),
        jobs: options.jobs,
        folders: project.fixtures.clone(),
        // What one of several tests sees is not what the tests see.
        coverage: !options.no_coverage && !options.pending && !part,
        fail_fast: options.fail_fast,
        shuffle,
        only: only.or_else(|| options.failed.then(|| memory.failed())),
    };
    let disk = Disk { root: project.root.clone() };
    if options.review {
        return review::run(suite, &disk, &project.fixtures, &project.prefix, out);
    }
    let began = Instant::now();
    let clock = Clock::default();
    let mut report = suite::run(suite, &disk, &settings, &|moment| clock.hears(moment));
    let missing = project.fixtures_named.iter().filter(|folder| !project.root.join(folder).is_dir());
    report.problems.extend(missing.map(|path| Problem::MissingFolder { path: path.clone() }));
    if !options.pending && !part {
        memory.remember(&report);
    }
    if let (Some(revision), Some(seen)) = (&options.changed, &mut report.coverage) {
        only_changed(revision, project, &suite.policy, seen)?;
    }
    let mutants = if options.mutate && report.ok() {
        Some(mutants::run(compiled, suite, (&disk, &project.fixtures), options.jobs, out)?)
    } else {
        None
    };
    match format {
        Format::Json => {
            let mut document = suite::json(&project.input.name, &report);
            if let (Some(mutants), Some(document)) = (&mutants, document.as_object_mut()) {
                document.insert("mutation".to_owned(), mutate::json(&project.input.name, mutants));
            }
            out.line(&serde_json::to_string_pretty(&document).unwrap_or_default());
        }
        Format::Junit => {
            let xml = suite::junit(&project.input.name, &report)
                .map_err(|e| Fault::new(format!("the report cannot be written: {e}")))?;
            out.line(xml.trim_end());
        }
        Format::Tap => out.data(suite::tap(&report, &project.prefix).as_bytes()),
        Format::Github => out.data(suite::github(&report, &project.prefix).as_bytes()),
        Format::Sarif => {
            let document = suite::sarif(&report, &project.prefix, env!("CARGO_PKG_VERSION"));
            out.line(&serde_json::to_string_pretty(&document).unwrap_or_default());
        }
        Format::Human | Format::Plain | Format::Jsonl => {
            // How long it took is of interest to whoever waits, and differs from run to run.
            let took = (format == Format::Human && out.on_terminal()).then(|| began.elapsed());
            let target = options.policy.paths.first().map_or(String::new(), |p| format!(" {}", p.display()));
            let pending = options.pending;
            let shown = Shown { prefix: &project.prefix, paint: out.paint(), ci, pending, took, target };
            let ran = !(report.tests.is_empty() && report.fixtures.is_empty());
            let seen = report.coverage.as_ref().filter(|_| ran);
            let seen = seen.map(|c| coverage::shown(form, suite, c, &project.prefix, out));
            if let Some(most) = options.durations {
                out.data(clock.slowest(most).as_bytes());
            }
            out.data(draw(&report, &shown, seen.as_deref().unwrap_or("")).as_bytes());
            if let Some(mutants) = &mutants {
                out.data(mutants::shown(mutants, &project.prefix, out.paint()).as_bytes());
            }
        }
    }
    let mut too_little = Vec::new();
    if let Some(seen) = &report.coverage {
        if let Some(form) = form {
            coverage::write(form, options.coverage_file.as_ref(), (&suite.policy, seen), &project.prefix, out)?;
        }
        too_little = coverage::too_little(&suite.policy, seen, &options.min);
    }
    for least in &options.min {
        let Least::Mutants(percent) = least else { continue };
        match &mutants {
            Some(found) if found.score() < *percent => {
                too_little.push(format!("{} % of the mutants were noticed, less than {percent} %", found.score()));
            }
            Some(_) => {}
            None => {
                too_little.push("no mutant was tried: `--min mutants` needs `--mutate` and tests that pass".to_owned())
            }
        }
    }
    for sentence in &too_little {
        out.say(&format!("error: {sentence}"));
    }
    Ok(Ending::found(!report.ok() || !too_little.is_empty()))
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
