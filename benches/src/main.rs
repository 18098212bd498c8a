//! Peers side by side on one workload.
//!
//! Every peer must give the expected decision on every request before any time counts. Rounds are interleaved, the
//! quietest round of each peer counts, and what is reported is a ratio within this one run: the machine is noisy.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its data and the clock")]

mod alloc;
#[cfg(feature = "cedar")]
mod cedar;
mod naive;
mod readers;
mod tests;
mod workload;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use policyc_compile::{Input, SourceError, Sources, compile};
use policyc_runtime::decision::Verdict;
use policyc_runtime::event::{self, Event};
use policyc_runtime::limits::Limits;
use policyc_runtime::policy::Policy;
use policyc_runtime::state::State;
use policyc_runtime::wire::Doc;
use policyc_runtime::{Engine, Loaded, Scratch, bundle, decide};

use crate::workload::Workload;

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 15;

/// One policy text as the compiler's source.
struct OneFile(String);

impl Sources for OneFile {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if path == "bench.policy" { Ok(self.0.clone().into_bytes()) } else { Err(SourceError::NotFound) }
    }
}

fn main() -> Result<(), Failure> {
    let shared = std::env::var_os("POLICYC_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let only = std::env::args().nth(1);
    let is_wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_wanted("tests") {
        tests::measure()?;
        println!();
    }
    if is_wanted("readers") {
        readers::measure(&shared)?;
        println!();
    }
    if only.is_some() {
        return Ok(());
    }
    println!("| what | 100 rules | 1,000 | 10,000 |\n| --- | ---: | ---: | ---: |");
    let mut columns = Vec::new();
    for n in [100, 1_000, 10_000] {
        columns.push(measure(&Workload::read(&shared.join("bench"), n)?)?);
    }
    let rows = columns.first().map_or(0, Vec::len);
    for row in 0..rows {
        let cells: Vec<&str> = columns.iter().filter_map(|c| c.get(row)).map(|(_, cell)| cell.as_str()).collect();
        let name = columns.first().and_then(|c| c.get(row)).map_or("", |(name, _)| name);
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}

/// The quietest of several rounds.
#[derive(Clone, Copy)]
struct Best(Duration);

impl Best {
    const NONE: Self = Self(Duration::MAX);

    fn time(&mut self, round: impl FnOnce()) {
        let start = Instant::now();
        round();
        self.0 = self.0.min(start.elapsed());
    }

    fn nanos_each(self, n: usize) -> f64 {
        self.0.as_secs_f64() * 1e9 / n.max(1) as f64
    }
}

fn shown(verdict: Verdict, code: &str) -> u8 {
    match verdict {
        Verdict::Allow => b'1',
        Verdict::Hold => b'2',
        Verdict::Deny if code == "default" => b'0',
        Verdict::Deny => b'3',
    }
}

/// One column of the table.
fn measure(work: &Workload) -> Result<Vec<(String, String)>, Failure> {
    let text = work.policy();
    let (compiling, policy) = compile_timed(&text)?;
    let bytes = bundle::write(&policy)?;
    let mut loading = Best::NONE;
    for _ in 0..5 {
        loading.time(|| drop(black_box(bundle::read(&bytes).map(Loaded::of))));
    }
    let loaded = Loaded::new(policy)?;
    let events = work.events();
    let n = events.len();

    // The right answers first.
    let docs: Vec<Doc> = events.iter().map(|e| Doc::of(e).map_err(|r| r.message)).collect::<Result<_, _>>()?;
    let calls: Vec<_> = docs.iter().filter_map(|d| event::read(d).ok()).collect();
    let (state, mut scratch) = (State::new(), Scratch::new());
    let decide_all = |scratch: &mut Scratch, check: bool| {
        let mut wrong = 0;
        for (event, expected) in calls.iter().zip(&work.expected) {
            let Event::Call(call) = event else { continue };
            let outcome = black_box(decide(&loaded, &state, call, scratch));
            wrong += usize::from(check && shown(outcome.verdict, outcome.code) != *expected);
        }
        wrong
    };
    let wrong = decide_all(&mut scratch, true);
    let naive_wrong =
        work.requests.iter().zip(&work.expected).filter(|(r, e)| naive::decide(&work.rules, r) != **e).count();
    if calls.len() != work.expected.len() || wrong + naive_wrong > 0 {
        return Err(format!("{} of {n} calls read, {wrong} wrong, naive {naive_wrong} wrong", calls.len()).into());
    }

    // No allocation once the scratch memory has grown.
    let before = alloc::count();
    decide_all(&mut scratch, false);
    let allocations = alloc::count() - before;

    let mut value = Best::NONE;
    let mut doc_only = Best::NONE;
    let mut deciding = Best::NONE;
    let mut bytes_to_decision = Best::NONE;
    let mut replaying = Best::NONE;
    let mut looping = Best::NONE;
    let mut doc = Doc::new();
    let mut out = Vec::new();
    let naive_sample = if work.rules.len() > 1_000 { 1_000 } else { n };
    for _ in 0..ROUNDS {
        value.time(|| {
            for event in &events {
                black_box(serde_json::from_str::<serde_json::Value>(event).is_ok());
            }
        });
        doc_only.time(|| {
            for event in &events {
                black_box(doc.parse(event.as_bytes(), &Limits::DEFAULT).is_ok());
            }
        });
        deciding.time(|| {
            black_box(decide_all(&mut scratch, false));
        });
        bytes_to_decision.time(|| {
            for line in &events {
                let read = doc.parse(line.as_bytes(), &Limits::DEFAULT).and_then(|()| event::read(&doc));
                if let Ok(Event::Call(call)) = read {
                    black_box(decide(&loaded, &state, &call, &mut scratch));
                }
            }
        });
        replaying.time(|| {
            let (mut engine, mut state) = (Engine::new(&loaded), State::new());
            for (line, number) in events.iter().zip(1..) {
                out.clear();
                engine.line(&mut state, line.as_bytes(), number, &mut out);
                black_box(&out);
            }
        });
        looping.time(|| {
            for request in work.requests.iter().take(naive_sample) {
                black_box(naive::decide(&work.rules, request));
            }
        });
    }

    let parse = value.nanos_each(n);
    let mut rows = Vec::new();
    let mut row = |name: &str, nanos: f64| {
        rows.push((name.to_owned(), format!("{} ({:.2} ×)", human(nanos), nanos / parse)));
    };
    row("parse the event, `serde_json` to `Value` (the unit)", parse);
    row("parse the event, policyc", doc_only.nanos_each(n));
    row("policyc: decide on a read event", deciding.nanos_each(n));
    row("policyc: from bytes to decision", bytes_to_decision.nanos_each(n));
    row("policyc: from line to decision line, state kept (`simulate`)", replaying.nanos_each(n));
    row("naive loop", looping.nanos_each(naive_sample));
    #[cfg(feature = "cedar")]
    row("`cedar-policy`", measure_cedar(work)?);
    rows.push(("allocations in 10,000 decisions".to_owned(), allocations.to_string()));
    rows.push(("compile from source".to_owned(), human(compiling.nanos_each(1))));
    rows.push(("load the compiled policy".to_owned(), human(loading.nanos_each(1))));
    rows.push(("compiled policy".to_owned(), format!("{} kB", bytes.len() / 1000)));
    Ok(rows)
}

fn compile_timed(text: &str) -> Result<(Best, Policy), Failure> {
    let source = OneFile(text.to_owned());
    let input = Input { name: "bench".to_owned(), files: vec!["bench.policy".to_owned()] };
    let (mut best, mut policy) = (Best::NONE, None);
    for _ in 0..3 {
        best.time(|| {
            let compiled = compile(&input, &source);
            if compiled.policy.is_none() {
                for d in compiled.diagnostics.iter().take(5) {
                    println!("{} {}", d.code.number, d.message);
                }
            }
            policy = compiled.policy;
        });
    }
    Ok((best, policy.ok_or("the workload does not compile")?))
}

/// A sample of the requests: at 10,000 rules one decision takes milliseconds.
#[cfg(feature = "cedar")]
fn measure_cedar(work: &Workload) -> Result<f64, Failure> {
    let cedar = cedar::Cedar::new(work)?;
    let sample = (1_000_000 / work.rules.len().max(1)).clamp(100, 2_000);
    let requests: Vec<_> = work.requests.iter().take(sample).map(cedar::Cedar::request).collect::<Result<_, _>>()?;
    let wrong = requests.iter().zip(&work.expected).filter(|(r, e)| cedar.decide(r) != **e).count();
    if wrong > 0 {
        return Err(format!("cedar-policy: {wrong} of {sample} wrong").into());
    }
    let mut best = Best::NONE;
    for _ in 0..3 {
        best.time(|| {
            for request in &requests {
                black_box(cedar.decide(request));
            }
        });
    }
    Ok(best.nanos_each(sample))
}

fn human(nanos: f64) -> String {
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n if n < 1e9 => format!("{:.2} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}
