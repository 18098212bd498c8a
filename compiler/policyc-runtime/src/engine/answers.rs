//! Answers to held calls: approvals and rejections.
//!
//! Anybody may reject. An approval is that of a group which was asked, and the last one lets the call run only if
//! nothing that has happened since it was held denies it.

use crate::decide::judge;
use crate::decision::{BY_BUDGET, BY_DEFAULT, Rejection, Verdict};
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::Answer;
use crate::explain::naming::show_number;
use crate::loaded::Loaded;
use crate::refusal::{Refusal, RefusalCode, quoted};
use crate::render;
use crate::state::{Due, Standing, State, Waiting};

use super::calls::reserve;
use super::{Brief, with_past};

/// An approval or rejection of a held call.
pub(super) fn step<'l>(
    loaded: &'l Loaded,
    state: &mut State,
    answer: &Answer<'_>,
    scratch: &mut Scratch,
) -> Result<Brief<'static, 'l>, Refusal> {
    let record = state.call_for(answer.id, answer.session)?;
    let now = state.view_of(record, answer.at).now();
    let expires_at = record.waiting.as_ref().and_then(|waiting| waiting.expires_at);
    let late = expires_at.zip(now).is_some_and(|(until, now)| now > until);
    if record.standing != Standing::Held {
        let message = format!("the call {} does not wait for approval", quoted(answer.id));
        return Err(Refusal::new(RefusalCode::UnknownCall, message));
    }
    if answer.approve && answer.at.is_none() && loaded.needs().always.time {
        let message = "the policy needs `at`, and the approval does not have it";
        return Err(Refusal::new(RefusalCode::MissingTime, message));
    }
    if let Some(session) = record.session.clone() {
        state.touch(&session, answer.at)?;
    }
    if late {
        state.finish(answer.id, Standing::Rejected);
        let message = format!("the time to approve the call {} is over", quoted(answer.id));
        return Err(Refusal::new(RefusalCode::UnknownCall, message));
    }
    if !answer.approve {
        state.finish(answer.id, Standing::Rejected);
        return Ok(Brief::Quiet);
    }
    if let Some(waiting) = state.call(answer.id).and_then(|record| record.waiting.as_deref()) {
        speaks(waiting, answer)?;
    }
    if state.approve(answer.id, answer.group) == Some(0) {
        let refused =
            denied_by_now(loaded, state, answer, scratch).or_else(|| spent_by_now(loaded, state, answer, now));
        if let Some(refused) = refused {
            state.finish(answer.id, Standing::Rejected);
            return Ok(Brief::Refused(refused));
        }
        let waiting = state.call(answer.id).and_then(|record| record.waiting.as_ref());
        let dues = waiting.map(|waiting| waiting.due.clone()).unwrap_or_default();
        let reserved = reserve(loaded, state, dues, now)?;
        state.start(answer.id, reserved);
    }
    Ok(Brief::Quiet)
}

/// Whether an approval is of a group that is awaited. Who does not say for whom can speak for one group, not for several.
fn speaks(waiting: &Waiting, answer: &Answer<'_>) -> Result<(), Refusal> {
    let id = quoted(answer.id);
    let awaited = || waiting.approvers.iter().map(|g| quoted(g)).collect::<Vec<_>>().join(", ");
    let message = match answer.group {
        None if waiting.asked > 1 => {
            format!("the call {id} waits for {}, and the approval does not say whose it is", awaited())
        }
        Some(group) if waiting.asked > 0 && !waiting.approvers.iter().any(|g| **g == *group) => {
            format!("the call {id} waits for {}, not for {}", awaited(), quoted(group))
        }
        None | Some(_) => return Ok(()),
    };
    Err(Refusal::new(RefusalCode::UnknownApprover, message))
}

/// What has happened since the call was held counts: every rule that denies is asked again.
fn denied_by_now(loaded: &Loaded, state: &State, answer: &Answer<'_>, scratch: &mut Scratch) -> Option<Rejection> {
    let record = state.call(answer.id)?;
    let denies = |code, reason| Some(Rejection { line: 0, call: Some(answer.id.to_owned()), code, reason });
    let (Some(tool), Some(line)) = (record.tool, record.line.as_deref()) else {
        return denies(RefusalCode::UnknownCall.name(), "the held call was not remembered".to_owned());
    };
    let decision = with_past(line, scratch, |call, scratch| {
        let history = state.view_of(record, answer.at);
        let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
        let mut evaluator = Evaluator::new(loaded, subject, scratch);
        let outcome = judge(&mut evaluator);
        let decision = render::decision(loaded, &mut evaluator, &outcome);
        evaluator.end();
        decision
    });
    match decision {
        None => denies(RefusalCode::UnknownCall.name(), "the held call cannot be read again".to_owned()),
        // Whoever approves allows it; what budgets have left is asked of what the call will take.
        Some(d) if d.verdict != Verdict::Deny || d.code == BY_DEFAULT || d.code == BY_BUDGET => None,
        Some(d) => denies(d.code, format!("the call {} is denied by now: {}", quoted(answer.id), d.reason)),
    }
}

/// Meanwhile others may have taken what was left.
fn spent_by_now(loaded: &Loaded, state: &State, answer: &Answer<'_>, now: Option<i64>) -> Option<Rejection> {
    let waiting = state.call(answer.id)?.waiting.as_ref()?;
    let due = waiting.due.iter().find(|due| !due.known && is_past(loaded, state, due, now))?;
    Some(over_budget(loaded, state, answer.id, due, now))
}

/// Whether a charge goes past the limit of its budget.
fn is_past(loaded: &Loaded, state: &State, due: &Due, now: Option<i64>) -> bool {
    let limit = loaded.policy().budgets.get(due.budget.index()).map(|b| b.limit);
    let sum = state.used(due.budget, &due.key, now).checked_add(due.amount.max(0));
    sum.zip(limit).is_none_or(|(sum, limit)| sum > limit)
}

/// An approval that comes when nothing is left.
fn over_budget(loaded: &Loaded, state: &State, id: &str, due: &Due, now: Option<i64>) -> Rejection {
    let show = |n: i128| match loaded.policy().budgets.get(due.budget.index()) {
        Some(budget) => show_number(loaded.policy(), n, budget.unit),
        None => "?".to_owned(),
    };
    let (name, used) = (loaded.budget_name(due.budget), show(state.used(due.budget, &due.key, now)));
    let reason =
        format!("the budget `{name}` has {used} used by now, and the call {} needs {}", quoted(id), show(due.amount));
    Rejection { line: 0, call: Some(id.to_owned()), code: BY_BUDGET, reason }
}
