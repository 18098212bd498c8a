//! Calls: decided, charged, remembered.
//!
//! A call runs only if it could be remembered: marks and budgets would be blind to what nobody remembers. One that was
//! refused before any rule is remembered all the same, since a recorded trace has its result.

use crate::decide::{admit, budgets, judge, refused};
use crate::decision::{Decision, Verdict};
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::Call;
use crate::hash;
use crate::loaded::Loaded;
use crate::policy::{BudgetId, ToolId, Window};
use crate::refusal::{Refusal, RefusalCode};
use crate::render;
use crate::state::{Due, MarkChanges, Meter, NewCall, Reservation, Standing, State, Waiting, mark_bit};

/// Decides a call without remembering it.
pub(crate) fn decide_call<'l>(
    loaded: &'l Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> Decision<'l> {
    let decision = judge_call(loaded, state, call, scratch).0;
    Decision { call_hash: Some(hash::call_hash(call, &mut scratch.bytes)), ..decision }
}

fn judge_call<'l>(
    loaded: &'l Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> (Decision<'l>, Option<ToolId>, Vec<Due>) {
    let tool = match admit(loaded, state, call) {
        Ok(tool) => tool,
        Err(refusal) => {
            scratch.forget();
            return (render::refusal(loaded, Some(call.id), &refused(refusal)), None, Vec::new());
        }
    };
    let history = state.view(call.session, call.turn, call.at);
    let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
    let mut evaluator = Evaluator::new(loaded, subject, scratch);
    let outcome = judge(&mut evaluator);
    let decision = render::decision(loaded, &mut evaluator, &outcome);
    let dues = dues(&mut evaluator, outcome.verdict);
    evaluator.end();
    (decision, Some(tool), dues)
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

/// Decides a call and remembers it; the answer does not have the call's hash yet.
pub(super) fn step<'l>(loaded: &'l Loaded, state: &mut State, call: &Call<'_>, scratch: &mut Scratch) -> Decision<'l> {
    let (mut decision, tool, dues) = judge_call(loaded, state, call, scratch);
    let Some(tool) = tool else {
        remember_refused(loaded, state, call, decision.code, scratch);
        return decision;
    };
    let at = state.view(call.session, call.turn, call.at).now();
    // A held call takes nothing until it is approved, unless the attempt counts; what it will take is noted.
    let held = decision.verdict == Verdict::Hold;
    let line = (held || loaded.asks_later(tool)).then(|| call.line());
    let (later, now): (Vec<Due>, Vec<Due>) =
        dues.into_iter().partition(|due| held && !counts_attempts(loaded, due.budget));
    let reserved = reserve(loaded, state, now, at);
    let reserved = reserved.and_then(|reserved| {
        let standing = match decision.verdict {
            Verdict::Allow => Standing::Running,
            Verdict::Hold => Standing::Held,
            Verdict::Deny => Standing::Denied,
        };
        let kept = if standing == Standing::Denied { Vec::new() } else { reserved.clone() };
        let waiting = held.then(|| Waiting {
            due: later,
            approvers: decision.approvers.iter().map(|group| (*group).into()).collect(),
            asked: decision.approvers.len(),
            expires_at: decision.expires_ns.zip(at).map(|(wait, now)| now.saturating_add(wait)),
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
    });
    if let Err(refusal) = reserved {
        // What cannot be remembered must not run: marks and budgets would be blind to it.
        decision = render::refusal(loaded, Some(call.id), &refused(refusal));
    }
    decision
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
