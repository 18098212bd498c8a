//! `explain`: why a call was decided so, what a diagnostic's code means, what a module of the standard library offers.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use policyc_diag::suggest;
use policyc_runtime::decision::Verdict;
use policyc_runtime::event;
use policyc_runtime::explain::Explanation;
use policyc_runtime::limits::Limits;
use policyc_runtime::state::State;
use policyc_runtime::wire::Doc;
use policyc_runtime::{Engine, Loaded};

use crate::cli::formats;
use crate::commands::{ready, split_policy};
use crate::incidents;
use crate::output::{Ending, Fault, Format, Outcome, Output, inline};
use crate::pages;
use crate::render::explanation::{Style, draw};

/// What it writes.
const FORMATS: &[Format] = &[Format::Human, Format::Plain, Format::Json];

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "The first path is the policy if it is a project folder, a .policy file or a compiled policy;\n\
    otherwise the policy is the project of the current folder.\n\n\
    Examples:\n  policyc explain E0301\n  policyc explain std.net\n  policyc explain std.incidents\n  policyc explain examples/banking event.json\n  \
    policyc explain examples/banking --trace week.jsonl --call c-17"
)]
pub struct Options {
    /// A code, a module of the standard library, or a policy and a file with an event (- for standard input)
    #[arg(value_name = "CODE | MODULE | [POLICY] EVENT")]
    what: Vec<PathBuf>,
    /// A trace; everything before the call is replayed
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// The id of the call; the last call if it is not said
    #[arg(long, value_name = "ID")]
    call: Option<String>,
    /// Show everything that applied, not only what decided
    #[arg(long)]
    all: bool,
    /// End with 1 if the call is denied or held
    #[arg(long)]
    exit_decision: bool,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FORMATS), default_value = "human")]
    format: Format,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    if let ([what], None) = (options.what.as_slice(), &options.trace)
        && let Some(word) = what.to_str()
    {
        if word == incidents::NAME {
            let page = incidents::page();
            // Plain is the file as it stands in the docs.
            let shown = if options.format == Format::Plain { page } else { pages::paint(&page, out.paint()) };
            out.data(shown.as_bytes());
            return Ok(Ending::Clean);
        }
        let page = pages::code(word).map(|page| pages::paint(page, out.paint()));
        if let Some(page) = page.or_else(|| pages::module(word, out.paint())) {
            out.data(page.as_bytes());
            return Ok(Ending::Clean);
        }
        let is_module = word == "std" || word.starts_with("std.");
        if !is_module && word.contains(['.', '/']) && !what.exists() {
            return Err(Fault::new(format!("there is no file `{word}`")).into());
        }
        if pages::looks_like_code(word) || (!what.exists() && what != Path::new("-")) {
            return Err(pages::unknown(word).into());
        }
    }
    let format = options.format;
    let (policy, events) = split_policy(&options.what);
    let events = match (&options.trace, events) {
        (Some(trace), []) => trace,
        (None, [event]) => event,
        (Some(_), [extra, ..]) => {
            return Err(Fault::new(format!("`{}` is too much beside --trace", extra.display())).into());
        }
        (None, [_, extra, ..]) => {
            return Err(Fault::new(format!("`{}` is one file too many", extra.display()))
                .help("explain takes a policy and one file of events; a call of a trace is named with --trace FILE --call ID")
                .into());
        }
        (None, []) => {
            return Err(Fault::new("it is not said what to explain")
                .help("name a code (E0301), a module (std.net), a file with an event, or --trace FILE --call ID")
                .into());
        }
    };
    let ready = ready(policy, out)?;
    let explanation = find(&ready.loaded, events, options.call.as_deref())?;
    match format {
        Format::Json => {
            out.line(&serde_json::to_string_pretty(&explanation.to_json()).unwrap_or_default());
        }
        Format::Human
        | Format::Plain
        | Format::Jsonl
        | Format::Sarif
        | Format::Github
        | Format::Junit
        | Format::Tap => {
            let style = Style { paint: out.paint(), width: out.width, prefix: &ready.prefix, all: options.all };
            out.data(draw(&explanation, style).as_bytes());
        }
    }
    let refused = explanation.decision.verdict != Verdict::Allow;
    Ok(Ending::found(options.exit_decision && refused))
}

/// Replays events up to the call and explains it.
fn find<'l>(loaded: &'l Loaded, path: &Path, call: Option<&str>) -> Result<Explanation<'l>, Fault> {
    let name = path.display();
    let unreadable = |e: std::io::Error| Fault::new(format!("`{name}` cannot be read: {e}"));
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let mut lines = Lines(BufReader::new(input));
    let mut engine = Engine::new(loaded);
    let mut state = State::new();
    let (mut line, mut number) = (Vec::new(), 0);
    let mut doc = Doc::new();
    let mut found = None;
    let mut ids: Vec<String> = Vec::new();
    let mut whole = Vec::new();
    while lines.next(&mut line).map_err(unreadable)? {
        number += 1;
        // One event may be written over several lines; a trace begins with a whole one.
        if number == 1 && line.len() < Limits::DEFAULT.line_bytes && call.is_none() && is_only_part(&line) {
            whole = std::mem::take(&mut line);
            break;
        }
        let id = doc.parse(&line, &Limits::DEFAULT).ok().and_then(|()| event::call_id(&doc).map(str::to_owned));
        if call.is_none_or(|wanted| id.as_deref() == Some(wanted))
            && let Some(explanation) = engine.explain(&state, &line)
        {
            found = Some(explanation);
            if call.is_some() {
                break;
            }
        }
        engine.step(&mut state, &line, number);
        ids.extend(id.filter(|_| ids.len() < 100_000));
    }
    if !whole.is_empty() {
        whole.push(b'\n');
        let most = u64::try_from(Limits::DEFAULT.line_bytes).unwrap_or(u64::MAX);
        lines.0.take(most).read_to_end(&mut whole).map_err(unreadable)?;
        found = engine.explain(&state, &whole);
    }
    found.ok_or_else(|| match call {
        None => {
            Fault::new(format!("there is no call in `{name}`")).help("an event that is a call has the key \"call\"")
        }
        Some(wanted) => {
            let fault = Fault::new(format!("there is no call `{}` in `{name}`", inline(wanted, 80)));
            match suggest(wanted, ids.iter().map(String::as_str)) {
                Some(near) => fault.help(format!("there is `{}`", inline(near, 80))),
                None => fault.help(format!("it has {} calls; `policyc simulate` lists what was refused", ids.len())),
            }
        }
    })
}

/// A first line that opens an object and does not close it.
fn is_only_part(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    text.first() == Some(&b'{') && text.last() != Some(&b'}')
}

/// Lines with a bound: of a longer one so much is kept that it is seen to be too long.
struct Lines<R>(BufReader<R>);

impl<R: Read> Lines<R> {
    fn next(&mut self, line: &mut Vec<u8>) -> std::io::Result<bool> {
        line.clear();
        let most = u64::try_from(Limits::DEFAULT.line_bytes).unwrap_or(u64::MAX).saturating_add(2);
        let read = self.0.by_ref().take(most).read_until(b'\n', line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if u64::try_from(read).unwrap_or(u64::MAX) == most {
            self.0.skip_until(b'\n')?;
        }
        Ok(read > 0)
    }
}
