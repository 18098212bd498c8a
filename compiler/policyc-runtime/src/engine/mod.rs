//! Carries a trace along: each event is judged, remembered, and answered.
//!
//! `step` is the whole of it: one event in, an answer out, the state moved on. What was remembered of a call (its line,
//! what it reserved) is what its result or its approval is judged by. `Engine` adds the reading of lines and the memory
//! that is used again from line to line.

mod answers;
mod brief;
mod calls;
mod results;
mod screening;

use crate::decide::refused;
use crate::decision::{Decision, Rejection, Step};
use crate::eval::Scratch;
use crate::event::{self, Call, Event};
use crate::explain::{Explanation, explain};
use crate::limits::Limits;
use crate::loaded::Loaded;
use crate::refusal::Refusal;
use crate::render;
use crate::state::State;
use crate::wire::Doc;
pub use brief::{Brief, Judged, Wants};
pub(crate) use calls::decide_call;

/// Judges one event and remembers it. Never fails: what cannot be judged is refused in the answer.
pub fn step<'l>(loaded: &'l Loaded, state: &mut State, event: &Event<'_>, scratch: &mut Scratch) -> Step<'l> {
    in_brief(loaded, state, event, scratch, &mut |_| true).in_full()
}

/// As `step`; a decision on a call is put into words only if it is wanted.
fn in_brief<'s, 'l>(
    loaded: &'l Loaded,
    state: &mut State,
    event: &Event<'_>,
    scratch: &'s mut Scratch,
    wants: &mut Wants<'_>,
) -> Brief<'s, 'l> {
    match event {
        Event::User(user) => {
            let recorded = match loaded.remembers() {
                true => state.record_user(user.session, user.text, user.at),
                false => state.touch(user.session, user.at),
            };
            recorded.map_or_else(|refusal| rejected(None, refusal), |()| Brief::Quiet)
        }
        Event::Call(call) => {
            let (outcome, words) = calls::step(loaded, state, call, scratch, wants);
            Brief::Call { judged: scratch.judged(&outcome), words }
        }
        Event::Result(result) => {
            results::step(loaded, state, result, scratch).unwrap_or_else(|refusal| rejected(Some(result.id), refusal))
        }
        Event::Answer(answer) => {
            answers::step(loaded, state, answer, scratch).unwrap_or_else(|refusal| rejected(Some(answer.id), refusal))
        }
    }
}

fn rejected<'l>(id: Option<&str>, refusal: Refusal) -> Brief<'static, 'l> {
    Brief::Refused(Rejection {
        line: 0,
        call: id.map(str::to_owned),
        code: refusal.code.name(),
        reason: refusal.message,
    })
}

/// Reads the line of a call that was accepted once, and hands the call on; `None` if it cannot be read again.
fn with_past<R>(line: &str, scratch: &mut Scratch, then: impl FnOnce(&Call<'_>, &mut Scratch) -> R) -> Option<R> {
    let mut past = std::mem::take(&mut scratch.past);
    let done = match past.parse(line.as_bytes(), &PAST).map(|()| event::read(&past)) {
        Ok(Ok(Event::Call(call))) => Some(then(&call, scratch)),
        Ok(Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) | Err(_)) | Err(_) => None,
    };
    scratch.past = past;
    done
}

/// A call that was accepted once is read again whatever its limits were.
const PAST: Limits = Limits {
    line_bytes: usize::MAX,
    depth: 1024,
    members: usize::MAX,
    nodes: usize::MAX,
    text_bytes: usize::MAX,
    number_bytes: usize::MAX,
};
/// Reads lines and answers them; its memory is used again from line to line.
#[derive(Debug)]
pub struct Engine<'l> {
    loaded: &'l Loaded,
    limits: Limits,
    doc: Doc,
    scratch: Scratch,
}

impl<'l> Engine<'l> {
    /// For a policy, with the default limits.
    pub fn new(loaded: &'l Loaded) -> Self {
        Self::with_limits(loaded, Limits::DEFAULT)
    }

    /// For a policy, with other limits.
    pub fn with_limits(loaded: &'l Loaded, limits: Limits) -> Self {
        Self { loaded, limits, doc: Doc::new(), scratch: Scratch::new() }
    }

    /// The policy.
    pub fn loaded(&self) -> &'l Loaded {
        self.loaded
    }

    /// Judges one line and remembers it. `number` is the line's, from 1.
    pub fn step(&mut self, state: &mut State, line: &[u8], number: u64) -> Step<'l> {
        self.brief(state, line, number, &mut |_| true).in_full()
    }

    /// As `step`, for who counts: a decision on a call comes by number, and in words only if it is wanted.
    pub fn brief(&mut self, state: &mut State, line: &[u8], number: u64, wants: &mut Wants<'_>) -> Brief<'_, 'l> {
        let event = match self.doc.parse(line, &self.limits) {
            Ok(()) => event::read(&self.doc),
            Err(refusal) => Err(refusal),
        };
        let told = match event {
            Ok(event) => in_brief(self.loaded, state, &event, &mut self.scratch, wants),
            Err(refusal) => rejected(self.spoken_of(), refusal),
        };
        match told {
            Brief::Refused(rejection) => Brief::Refused(Rejection { line: number, ..rejection }),
            Brief::Quiet | Brief::Call { .. } | Brief::Result(_) => told,
        }
    }

    /// The id of the call that a refused line speaks of, as far as it could be read.
    fn spoken_of(&self) -> Option<&str> {
        self.doc.root().get("call").and_then(|id| id.text()).or_else(|| self.doc.refused_call())
    }

    /// As `step`; appends the answer as a line of JSON, if there is one.
    pub fn line(&mut self, state: &mut State, line: &[u8], number: u64, out: &mut Vec<u8>) {
        if self.step(state, line, number).write_json(out) {
            out.push(b'\n');
        }
    }

    /// Decides a call without remembering it; `None` if the line is no readable call.
    pub fn decide(&mut self, state: &State, line: &[u8]) -> Option<Decision<'l>> {
        self.doc.parse(line, &self.limits).ok()?;
        match event::read(&self.doc) {
            Ok(Event::Call(call)) => Some(decide_call(self.loaded, state, &call, &mut self.scratch)),
            Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) | Err(_) => None,
        }
    }

    /// Explains the decision on a call without remembering it. A line that is no readable call is explained by the
    /// refusal that it gets; other events, which decide nothing, give `None`.
    pub fn explain(&mut self, state: &State, line: &[u8]) -> Option<Explanation<'l>> {
        let event = match self.doc.parse(line, &self.limits) {
            Ok(()) => event::read(&self.doc),
            Err(refusal) => Err(refusal),
        };
        match event {
            Ok(Event::Call(call)) => Some(explain(self.loaded, state, &call, &mut self.scratch)),
            Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) => None,
            Err(refusal) => {
                let decision = render::refusal(self.loaded, self.spoken_of(), &refused(refusal));
                Some(Explanation { decision, ..Explanation::default() })
            }
        }
    }
}
