//! Calls: decided, charged, remembered.
//!
//! A call runs only if it could be remembered: marks and budgets would be blind to what nobody remembers. One that was
//! refused before any rule is remembered all the same, since a recorded trace has its result.

use crate::decide::{Admitted, Outcome, admit, budgets, judge, refused};
use crate::decision::{Decision, Verdict};
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::Call;
use crate::hash;
use crate::loaded::Loaded;
use crate::policy::{BudgetId, ToolId, Window};
use crate::refusal::{Refusal, RefusalCode};
use crate::render::{self, Awaited};
use crate::state::{Due, MarkChanges, Meter, NewCall, Reservation, Standing, State, Waiting, mark_bit};

use super::brief::Wants;

/// Decides a call without remembering it.
pub(crate) fn decide_call<'l>(
    loaded: &'l Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> Decision<'l> {
    let words = judge_call(loaded, state, call, scratch, &mut |_| true).words;
    hashed(words, call, scratch).map(|words| *words).unwrap_or_default()
}

/// What was found about a call, before it is remembered. Its rules and budgets are in the scratch memory.
struct Found<'l> {
    outcome: Outcome,
    dues: Vec<Due>,
    awaited: Awaited<'l>,
    words: Option<Box<Decision<'l>>>,
}

fn judge_call<'l>(
    loaded: &'l Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
    wants: &mut Wants<'_>,
) -> Found<'l> {
    let Admitted { tool, came } = match admit(loaded, state, call, scratch) {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(loaded, call, refusal, scratch, wants),
    };
    let history = state.view(call.session, call.turn, call.at);
    let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
    let mut evaluator = Evaluator::with(loaded, subject, came, scratch);
    let outcome = judge(&mut evaluator);
    let awaited = render::awaited(loaded, evaluator.scratch, outcome.verdict);
    let wanted = wants(&evaluator.scratch.judged(&outcome));
    let words = wanted.then(|| Box::new(render::decision(loaded, &mut evaluator, &outcome)));
    let dues = dues(&mut evaluator, outcome.verdict);
    evaluator.end();
    Found { outcome, dues, awaited, words }
}

/// What is found of a call that is refused without asking a rule, or whatever they said.
fn refuse<'l>(
    loaded: &'l Loaded,
    call: &Call<'_>,
    refusal: Refusal,
    scratch: &mut Scratch,
    wants: &mut Wants<'_>,
) -> Found<'l> {
    scratch.forget();
    let outcome = refused(refusal);
    let words = wants(&scratch.judged(&outcome)).then(|| Box::new(render::refusal(loaded, Some(call.id), &outcome)));
    Found { outcome, dues: Vec::new(), awaited: Awaited::default(), words }
}

/// A decision in words says what it is about by a hash of the call.
fn hashed<'l>(
    mut words: Option<Box<Decision<'l>>>,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> Option<Box<Decision<'l>>> {
    if let Some(words) = &mut words {
        words.call_hash = Some(hash::call_hash(call, &mut scratch.bytes));
    }
    words
}

/// What the call takes from budgets, whose amounts have been found: where it is denied, from those that count attempts.
fn dues(evaluator: &mut Evaluator<'_, '_>, verdict: Verdict) -> Vec<Due> {
    let charges = std::mem::take(&mut evaluator.scratch.charges);
    let mut dues = Vec::new();
    for (budget, amount) in &charges {
        let attempts = counts_attempts(evaluator.loaded, *budget);
        if (verdict != Verdict::Deny || attempts) && evaluator.key(*budget).is_some() {
            // An unknown amount was not within the limit; it charges nothing.
            let key = evaluator.scratch.key.as_slice().into();
            let known = evaluator.scratch.exceeded.contains(budget);
            dues.push(Due { budget: *budget, key, amount: amount.unwrap_or(0), known });
        }
    }
    evaluator.scratch.charges = charges;
    dues
}

fn counts_attempts(loaded: &Loaded, budget: BudgetId) -> bool {
    loaded.policy().budgets.get(budget.index()).is_some_and(|b| b.attempts)
}

/// Decides a call and remembers it. What it says of rules and budgets is in the scratch memory.
pub(super) fn step<'l>(
    loaded: &'l Loaded,
    state: &mut State,
    call: &Call<'_>,
    scratch: &mut Scratch,
    wants: &mut Wants<'_>,
) -> (Outcome, Option<Box<Decision<'l>>>) {
    let mut found = judge_call(loaded, state, call, scratch, wants);
    match found.outcome.tool {
        None => remember_refused(loaded, state, call, found.outcome.code, scratch),
        Some(tool) => {
            if let Err(refusal) = remember(loaded, state, call, tool, &mut found) {
                // What cannot be remembered must not run: marks and budgets would be blind to it.
                found = refuse(loaded, call, refusal, scratch, wants);
            }
        }
    }
    (found.outcome, hashed(found.words, call, scratch))
}

/// Remembers a call that was judged, with what it takes.
fn remember(
    loaded: &Loaded,
    state: &mut State,
    call: &Call<'_>,
    tool: ToolId,
    found: &mut Found<'_>,
) -> Result<(), Refusal> {
    let at = state.view(call.session, call.turn, call.at).now();
    // A held call takes nothing until it is approved, unless the attempt counts; what it will take is noted.
    let held = found.outcome.verdict == Verdict::Hold;
    let line = (held || loaded.asks_later(tool)).then(|| call.line());
    let dues = std::mem::take(&mut found.dues);
    let (later, now): (Vec<Due>, Vec<Due>) =
        dues.into_iter().partition(|due| held && !counts_attempts(loaded, due.budget));
    let reserved = reserve(loaded, state, now, at)?;
    let standing = match found.outcome.verdict {
        Verdict::Allow => Standing::Running,
        Verdict::Hold => Standing::Held,
        Verdict::Deny => Standing::Denied,
    };
    let kept = if standing == Standing::Denied { Vec::new() } else { reserved.clone() };
    let Awaited { approvers, expires_ns } = &found.awaited;
    let waiting = held.then(|| Waiting {
        due: later,
        approvers: approvers.iter().map(|group| (*group).into()).collect(),
        asked: approvers.len(),
        expires_at: expires_ns.zip(at).map(|(wait, now)| now.saturating_add(wait)),
    });
    let new = NewCall {
        id: Some(call.id),
        tool: Some(tool),
        session: call.session,
        turn: call.turn,
        at: call.at,
        standing,
        line,
        reserved: kept,
        waiting: waiting.map(Box::new),
        changes: changes_of(loaded, tool),
    };
    state.record_call(new).inspect_err(|_| {
        reserved.iter().for_each(|r| state.release(r));
    })
}

/// The marks of its session that a call of a tool may change.
fn changes_of(loaded: &Loaded, tool: ToolId) -> MarkChanges {
    let mut changes = MarkChanges::default();
    for after in loaded.policy().afters.iter().filter(|a| !a.on_result) {
        if loaded.policy().tool_sets.get(after.tools.index()).is_some_and(|t| t.has(tool)) {
            let bits = if after.clear { &mut changes.clear } else { &mut changes.set };
            *bits |= mark_bit(after.mark);
        }
    }
    changes
}

/// A call that was refused before any rule is remembered all the same: a recorded trace has its result, and that marks.
fn remember_refused(loaded: &Loaded, state: &mut State, call: &Call<'_>, code: &'static str, scratch: &mut Scratch) {
    if code == RefusalCode::DuplicateCall.name() {
        return;
    }
    let tool = loaded.needs().tool(loaded.policy(), call.tool);
    let refused = NewCall {
        id: Some(call.id),
        tool,
        session: call.session,
        turn: call.turn,
        at: call.at,
        standing: Standing::Denied,
        line: tool.filter(|tool| loaded.asks_later(*tool)).map(|_| call.line()),
        reserved: Vec::new(),
        waiting: None,
        changes: MarkChanges::default(),
    };
    let (dues, at) = tool.map_or_else(Default::default, |tool| attempted(loaded, state, call, tool, scratch));
    // Where there is no room the call stays unknown, and so does its result.
    if state.record_call(refused).is_ok() {
        let _no_room = reserve(loaded, state, dues, at);
    }
}

/// What a call that was refused before any rule takes from budgets that count attempts, and when.
fn attempted(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    tool: ToolId,
    scratch: &mut Scratch,
) -> (Vec<Due>, Option<i64>) {
    if !loaded.policy().budgets.iter().any(|b| b.attempts) {
        return Default::default();
    }
    let history = state.view(call.session, call.turn, call.at);
    let at = history.now();
    let subject = Subject { call, tool, result: None, history: &history, state, fits: false };
    let mut evaluator = Evaluator::new(loaded, subject, scratch);
    budgets(&mut evaluator, false);
    let mut dues = dues(&mut evaluator, Verdict::Deny);
    evaluator.end();
    // Without a time nothing can be put into a window.
    dues.retain(|due| at.is_some() || !has_window(loaded, due.budget));
    (dues, at)
}

fn has_window(loaded: &Loaded, budget: BudgetId) -> bool {
    loaded.policy().budgets.get(budget.index()).is_none_or(|b| b.window != Window::Lifetime)
}

/// Takes all charges, or none.
pub(super) fn reserve(
    loaded: &Loaded,
    state: &mut State,
    dues: Vec<Due>,
    at: Option<i64>,
) -> Result<Vec<Reservation>, Refusal> {
    let mut reserved = Vec::with_capacity(dues.len());
    for Due { budget, key, amount, .. } in dues {
        let Some(declared) = loaded.policy().budgets.get(budget.index()) else { continue };
        match state.reserve(budget, &key, Meter::of(loaded.policy(), declared), amount, at) {
            Ok(taken) => reserved.push(taken),
            Err(refusal) => {
                reserved.iter().for_each(|r| state.release(r));
                return Err(refusal);
            }
        }
    }
    Ok(reserved)
}
