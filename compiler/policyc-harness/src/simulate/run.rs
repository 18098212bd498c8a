//! Decides the lines of a feed, one after the other or in parallel, with the same answers in the same order.
//!
//! In parallel the whole input is held, its lines are put into groups that cannot influence each other (`keys`,
//! `groups`), and each worker takes whole groups with a state of its own. Waves of lines keep the answers that wait
//! for their turn few. Where the input is larger than what may be held, where everything is one group, or where a
//! limit of the state might be met (it counts over all groups), it is one line after the other.

use std::io;

use policyc_runtime::Loaded;
use policyc_runtime::limits::{Limits, StateLimits};
use policyc_runtime::wire::Doc;
use rayon::prelude::*;

use super::feed::{Feed, Place, Trace};
use super::groups::Groups;
use super::keys::KeyPlan;
use super::report::{InputCount, Report};
use super::tally::{At, Tally};
use crate::decider::Decider;
use crate::workers::pool;

/// Lines of a wave: so many answers wait for their turn at most. Tests have many small ones.
const WAVE: usize = if cfg!(test) { 64 } else { 16_384 };

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Workers; 0 and 1 are one line after the other.
    pub jobs: usize,
    /// How many bytes of input may be held to decide it in parallel.
    pub hold_bytes: usize,
    /// Each input begins with nothing remembered; otherwise they are one trace.
    pub separate: bool,
    /// The answers are wanted, not only the report.
    pub answers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { jobs: 1, hold_bytes: 512 << 20, separate: false, answers: true }
    }
}

/// A line and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The input's name.
    pub input: &'a str,
    /// The line in it, from 1.
    pub line: u64,
    /// The line as it came, cut behind the limit.
    pub event: &'a [u8],
    /// The answer as one JSON object, without a line end.
    pub json: &'a [u8],
}

/// Takes the answers.
pub type OnAnswer<'a> = dyn FnMut(&Answer<'_>) -> io::Result<()> + 'a;

/// Decides every line of the traces, in order, state carried along. Lines without an answer (user messages, results
/// that no rule looks at) are not handed out, and none is if they are not wanted. `progress` hears how many bytes were decided.
///
/// # Errors
/// What `on_answer` gives; then the rest is not decided. A trace that cannot be read is part of the report.
pub fn simulate(
    loaded: &Loaded,
    traces: Vec<Trace<'_>>,
    options: &Options,
    on_answer: &mut OnAnswer<'_>,
    progress: &dyn Fn(u64),
) -> io::Result<Report> {
    let runs: Vec<Vec<Trace<'_>>> =
        if options.separate { traces.into_iter().map(|t| vec![t]).collect() } else { vec![traces] };
    let mut tally = Tally::new(loaded);
    let (mut inputs, mut unreadable) = (Vec::new(), Vec::new());
    let (mut lines, mut bytes) = (0, 0);
    for traces in runs {
        let mut feed = Feed::new(traces, Limits::DEFAULT.line_bytes);
        let mut run = Run { loaded, answers: options.answers, on_answer, progress, lines, bytes };
        tally.add(run.feed(&mut feed, options)?);
        lines = run.lines;
        bytes = bytes.saturating_add(feed.bytes());
        inputs.append(&mut feed.inputs);
        unreadable.append(&mut feed.unreadable);
    }
    progress(bytes);
    Ok(Report { inputs, unreadable, ..tally.report() })
}

struct Run<'r, 'l, 'o> {
    loaded: &'l Loaded,
    /// Answers are wanted.
    answers: bool,
    on_answer: &'r mut OnAnswer<'o>,
    progress: &'r dyn Fn(u64),
    /// Lines decided before and in this run.
    lines: u64,
    /// Bytes decided before this run.
    bytes: u64,
}

/// The lines that are held.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    lines: Vec<HeldLine>,
}

struct HeldLine {
    start: usize,
    end: usize,
    place: Place,
}

impl Held {
    fn line(&self, line: &HeldLine) -> &[u8] {
        self.bytes.get(line.start..line.end).unwrap_or(&[])
    }

    /// Takes lines until there are no more (`true`) or they are too many.
    fn fill(&mut self, feed: &mut Feed<'_>, most: usize) -> bool {
        while self.bytes.len() < most && self.lines.len() < MOST_HELD_LINES {
            let start = self.bytes.len();
            let Some(place) = feed.next(&mut self.bytes) else { return true };
            self.lines.push(HeldLine { start, end: self.bytes.len(), place });
        }
        false
    }
}

/// Lines are numbered in 32 bits while they are held.
const MOST_HELD_LINES: usize = 1 << 30;

/// One state and what decides with it.
struct Worker<'l> {
    decider: Decider<'l>,
    /// Answers are wanted.
    answers: bool,
    tally: Tally<'l>,
    /// Answers of this wave, one behind the other, and where each line's ends.
    json: Vec<u8>,
    ends: std::collections::VecDeque<usize>,
}

impl<'l> Worker<'l> {
    fn new(loaded: &'l Loaded, answers: bool) -> Self {
        Self {
            decider: Decider::new(loaded),
            answers,
            tally: Tally::new(loaded),
            json: Vec::new(),
            ends: std::collections::VecDeque::new(),
        }
    }

    /// Decides a line; its answer is appended to `json`.
    fn decide(&mut self, at: At<'_>, line: &[u8]) {
        let Self { decider, answers, tally, json, ends: _ } = self;
        let brief = decider.brief(line, at.line, &mut |judged| *answers || tally.lacks(judged));
        tally.count(at, &brief);
        if *answers {
            brief.in_full().write_json(json);
        }
    }
}

impl<'l> Run<'_, 'l, '_> {
    fn feed(&mut self, feed: &mut Feed<'_>, options: &Options) -> io::Result<Tally<'l>> {
        if options.jobs < 2 {
            let mut worker = self.worker();
            self.rest(&mut worker, feed)?;
            return Ok(worker.tally);
        }
        let mut held = Held::default();
        let all = held.fill(feed, options.hold_bytes);
        if all && let Some(pool) = pool(options.jobs) {
            let shards = options.jobs.saturating_mul(4);
            let loaded = self.loaded;
            if let Some(shard_of) = pool.install(|| shards_of(loaded, &held, shards)) {
                return self.waves(&pool, &feed.inputs, &held, &shard_of, shards);
            }
        }
        let mut worker = self.worker();
        for line in &held.lines {
            self.one(&mut worker, feed.name(line.place.input), line.place, held.line(line))?;
        }
        drop(held);
        self.rest(&mut worker, feed)?;
        Ok(worker.tally)
    }

    fn worker(&self) -> Worker<'l> {
        Worker::new(self.loaded, self.answers)
    }

    /// What the feed still has, one line after the other.
    fn rest(&mut self, worker: &mut Worker<'l>, feed: &mut Feed<'_>) -> io::Result<()> {
        let mut line = Vec::new();
        while let Some(place) = feed.next(&mut line) {
            self.one(worker, feed.name(place.input), place, &line)?;
            line.clear();
            if self.lines.is_multiple_of(1024) {
                (self.progress)(self.bytes.saturating_add(feed.bytes()));
            }
        }
        Ok(())
    }

    fn one(&mut self, worker: &mut Worker<'l>, input: &str, place: Place, line: &[u8]) -> io::Result<()> {
        worker.json.clear();
        worker.decide(At { ordinal: self.lines, input, line: place.number }, line);
        self.lines += 1;
        if worker.json.is_empty() {
            return Ok(());
        }
        (self.on_answer)(&Answer { input, line: place.number, event: line, json: &worker.json })
    }

    fn waves(
        &mut self,
        pool: &rayon::ThreadPool,
        inputs: &[InputCount],
        held: &Held,
        shard_of: &[u32],
        shards: usize,
    ) -> io::Result<Tally<'l>> {
        let name = |place: Place| inputs.get(place.input).map_or("", |input| input.name.as_str());
        let mut workers: Vec<Worker<'l>> = (0..shards).map(|_| self.worker()).collect();
        let index = |shard: u32| usize::try_from(shard).unwrap_or(0);
        let mut done = 0_u64;
        for (wave, shard_of) in held.lines.chunks(WAVE).zip(shard_of.chunks(WAVE)) {
            let first = self.lines;
            let decide = |(mine, worker): (usize, &mut Worker<'l>)| {
                worker.json.clear();
                worker.ends.clear();
                for ((ordinal, line), shard) in (first..).zip(wave).zip(shard_of) {
                    if index(*shard) == mine {
                        let at = At { ordinal, input: name(line.place), line: line.place.number };
                        worker.decide(at, held.line(line));
                        worker.ends.push_back(worker.json.len());
                    }
                }
            };
            pool.install(|| workers.par_iter_mut().enumerate().for_each(decide));
            let mut starts = vec![0; shards];
            for (line, shard) in wave.iter().zip(shard_of) {
                let (Some(worker), Some(start)) = (workers.get_mut(index(*shard)), starts.get_mut(index(*shard)))
                else {
                    continue;
                };
                let Some(end) = worker.ends.pop_front() else { continue };
                let json = worker.json.get(*start..end).unwrap_or(&[]);
                if !json.is_empty() {
                    let input = name(line.place);
                    let event = held.line(line);
                    (self.on_answer)(&Answer { input, line: line.place.number, event, json })?;
                }
                *start = end;
                done = done.saturating_add(u64::try_from(line.end.saturating_sub(line.start)).unwrap_or(0));
            }
            self.lines = self.lines.saturating_add(u64::try_from(wave.len()).unwrap_or(0));
            (self.progress)(self.bytes.saturating_add(done));
        }
        let mut tally = Tally::new(self.loaded);
        workers.into_iter().for_each(|worker| tally.add(worker.tally));
        Ok(tally)
    }
}

/// Which shard decides each line; `None` if one after the other is as good or is needed.
fn shards_of(loaded: &Loaded, held: &Held, shards: usize) -> Option<Vec<u32>> {
    let limits = StateLimits::DEFAULT;
    let counters = held.lines.len().saturating_mul(loaded.policy().budgets.len());
    let fits = held.lines.len() < limits.sessions.min(limits.calls)
        && held.bytes.len() < limits.open_bytes.min(limits.text_bytes)
        && counters < limits.counters.min(limits.stamps);
    if !fits {
        return None;
    }
    let plan = KeyPlan::new(loaded);
    let parts = held.lines.par_chunks(1024).map_init(
        || (Doc::new(), Vec::new()),
        |(doc, keys), lines| {
            let (mut all, mut counts) = (Vec::new(), Vec::with_capacity(lines.len()));
            for line in lines {
                plan.keys(held.line(line), doc, keys);
                counts.push(keys.len());
                all.extend_from_slice(keys);
            }
            (all, counts)
        },
    );
    let parts: Vec<(Vec<u64>, Vec<usize>)> = parts.collect();
    let mut groups = Groups::new();
    for (keys, counts) in &parts {
        let mut rest = keys.as_slice();
        for count in counts {
            let (these, others) = rest.split_at_checked(*count).unwrap_or((rest, &[]));
            groups.add(these);
            rest = others;
        }
    }
    let weight = |line: usize| {
        let bytes = held.lines.get(line).map_or(0, |l| l.end.saturating_sub(l.start));
        u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(256)
    };
    let shard_of = groups.deal(shards, weight);
    let first = shard_of.first()?;
    (!shard_of.iter().all(|shard| shard == first)).then_some(shard_of)
}
