//! `simulate`: every event of a trace decided, state carried along.

use std::cell::Cell;
use std::fs;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use policyc_harness::simulate::{self, Answer, Report, SHOWN_GROUPS, Trace, grouped};

use crate::cli::formats;
use crate::commands::{ready, split_policy};
use crate::output::{Ending, Fault, Format, Outcome, Output, inline};
use crate::project::slashes;

/// How deep folders of traces are searched.
const MAX_FOLDERS: usize = 16;
/// What takes longer shows that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// What it writes.
const FORMATS: &[Format] = &[Format::Human, Format::Plain, Format::Jsonl, Format::Json];

/// Arguments of `simulate`.
#[derive(Debug, Args)]
#[command(
    after_help = "The first path is the policy if it is a project folder, a .policy file or a compiled policy;\n\
    otherwise the policy is the project of the current folder. Refusals are results: they do not change the exit status.\n\n\
    Examples:\n  policyc simulate examples/banking week.jsonl\n  policyc simulate banking.policyc traces/ --format jsonl\n  \
    tail -f events.jsonl | policyc simulate - --format jsonl"
)]
pub struct Options {
    /// The policy (optional), then traces: files, folders of .jsonl files, or - for standard input
    #[arg(value_name = "[POLICY] TRACE", required = true)]
    paths: Vec<PathBuf>,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FORMATS), default_value = "human")]
    format: Format,
    /// How many workers decide [default: as many as there are cores; the result is the same]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Begin each file with nothing remembered
    #[arg(long)]
    separate: bool,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let format = options.format;
    let (policy, traces) = split_policy(&options.paths);
    if traces.is_empty() {
        return Err(Fault::new("no trace is named")
            .help("name files of events, folders of them, or `-`: policyc simulate examples/banking trace.jsonl")
            .into());
    }
    let files = trace_files(traces)?;
    let ready = ready(policy, out)?;
    let from_input = files.iter().any(|f| f == Path::new("-"));
    let jobs = options.jobs.unwrap_or_else(|| if from_input { 1 } else { cores() });
    let total = files.iter().filter_map(|f| fs::metadata(f).ok()).map(|m| m.len()).sum();
    let answers = format == Format::Jsonl;
    let settings = simulate::Options { jobs, separate: options.separate, answers, ..simulate::Options::default() };
    let bar = Bar::new(total, format == Format::Jsonl && std::io::stdout().is_terminal());
    let mut write = |answer: &Answer<'_>| {
        out.data(answer.json);
        out.data(b"\n");
        if from_input {
            out.flush();
        }
        if out.is_broken() { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    };
    let traces = files.iter().map(|f| trace(f)).collect();
    let report = simulate::simulate(&ready.loaded, traces, &settings, &mut write, &|done| bar.at(done));
    bar.end();
    // Only a reader that went away stops a simulation.
    let Ok(report) = report else { return Ok(Ending::Clean) };
    for (name, why) in &report.unreadable {
        out.say(&format!("error: `{}` cannot be read: {why}", inline(name, 200)));
    }
    match format {
        Format::Jsonl => out.say(&report.headline()),
        Format::Json => {
            out.line(&serde_json::to_string_pretty(&report.json()).unwrap_or_default());
            out.say(&report.headline());
        }
        Format::Human | Format::Plain | Format::Sarif | Format::Github | Format::Junit | Format::Tap => {
            show(&report, out, policy.first());
        }
    }
    Ok(if report.unreadable.is_empty() { Ending::Clean } else { Ending::Usage })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The files of all paths, folders searched for `.jsonl` files.
fn trace_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        in_folder(path, 0, &mut files)?;
        if files.len() == before {
            return Err(Fault::new(format!("there is no trace in `{}`", path.display()))
                .help("a trace is a file that ends in `.jsonl`"));
        }
    }
    Ok(files)
}

fn in_folder(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let fault = |e: std::io::Error| Fault::new(format!("`{}` cannot be read: {e}", folder.display()));
    let mut found = fs::read_dir(folder)
        .map_err(fault)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fault)?;
    found.sort();
    for path in found {
        if path.is_dir() {
            if depth < MAX_FOLDERS {
                in_folder(&path, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson") {
            files.push(path);
        }
    }
    Ok(())
}

fn trace(path: &Path) -> Trace<'_> {
    Trace {
        name: slashes(path),
        open: Box::new(move || {
            let read: Box<dyn Read> =
                if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(fs::File::open(path)?) };
            Ok(read)
        }),
    }
}

/// The largest groups of refusals with an example each, and everything in one line.
fn show(report: &Report, out: &mut Output, policy: Option<&PathBuf>) {
    let paint = out.paint();
    for group in report.refusals.iter().take(SHOWN_GROUPS) {
        let by: Vec<&str> = group.rules.iter().chain(&group.budgets).map(String::as_str).collect();
        let by = if by.is_empty() { group.code.clone() } else { by.join(", ") };
        let word = if group.decision == "hold" { paint.yellow("hold") } else { paint.red("deny") };
        out.line(&format!("{:>9}  {word}  {}", grouped(group.count), paint.bold(&by)));
        let example = &group.example;
        let call = example.call.as_deref().map_or(String::new(), |c| format!("  call {}", inline(c, 60)));
        let place = paint.dim(&format!("{}:{}{call}", inline(&example.input, 120), example.line));
        out.line(&format!("                 {}", inline(&example.reason, 160)));
        out.line(&format!("                 {place}"));
    }
    if report.refusals.len() > SHOWN_GROUPS {
        let more = report.refusals.len() - SHOWN_GROUPS;
        out.line(&format!("           … and {more} smaller groups (--format json has all)"));
    }
    let never: Vec<&str> = report.never_applied().map(|r| r.name.as_str()).collect();
    if report.counts.lines == 0 {
        out.say("no event was read");
    } else if !never.is_empty() {
        let shown = never.iter().take(8).copied().collect::<Vec<_>>().join(", ");
        let more = if never.len() > 8 { format!(" and {} more", never.len() - 8) } else { String::new() };
        out.line(&paint.dim(&format!("never applied: {shown}{more}")));
    }
    out.line(&paint.bold(&report.headline()));
    let example = report.refusals.first().map(|g| &g.example);
    if let Some((example, call)) = example.and_then(|e| e.call.as_deref().map(|c| (e, c)))
        && example.input != "-"
    {
        let policy = policy.map_or(String::new(), |p| format!("{} ", shell_word(&slashes(p))));
        let (input, call) = (shell_word(&example.input), shell_word(call));
        out.say(&format!("why: policyc explain {policy}--trace {input} --call {call}"));
    }
}

/// A word that a shell reads back as this text.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", inline(text, usize::MAX).replace('\'', "'\\''"))
}

/// A progress bar on standard error, if that is a terminal and it takes more than a second.
struct Bar {
    bar: ProgressBar,
    began: Instant,
    shown: Cell<bool>,
    wanted: bool,
}

impl Bar {
    fn new(total: u64, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        let wanted = total > 0 && !quiet && std::io::stderr().is_terminal();
        Self { bar, began: Instant::now(), shown: Cell::new(false), wanted }
    }

    fn at(&self, done: u64) {
        if self.wanted && !self.shown.get() && self.began.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown.set(true);
        }
        self.bar.set_position(done);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_shell_is_quoted_where_it_has_to_be() {
        assert_eq!(shell_word("a/b-1.jsonl"), "a/b-1.jsonl");
        assert_eq!(shell_word("it's $x"), r"'it'\''s $x'");
        assert_eq!(shell_word(""), "''");
    }
}
