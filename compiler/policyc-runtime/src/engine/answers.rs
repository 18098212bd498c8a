//! Answers to held calls: approvals and rejections.

use crate::decision::{BY_BUDGET, Rejection, Step};
use crate::event::Answer;
use crate::explain::naming::show_number;
use crate::loaded::Loaded;
use crate::refusal::{Refusal, RefusalCode, quoted};
use crate::state::{Due, Standing, State};

use super::calls::reserve;

/// An approval or rejection of a held call.
pub(super) fn step(loaded: &Loaded, state: &mut State, answer: &Answer<'_>) -> Result<Step, Refusal> {
    let record = state.call_for(answer.id, answer.session)?;
    let now = state.view_of(record, answer.at).now();
    let late = record.expires_at.zip(now).is_some_and(|(until, now)| now > until);
    let waiting = || format!("the call {} does not wait for approval", quoted(answer.id));
    if record.standing != Standing::Held {
        return Err(Refusal::new(RefusalCode::UnknownCall, waiting()));
    }
    if answer.approve && answer.at.is_none() && loaded.needs().always.time {
        let message = "the policy needs `at`, and the approval does not have it";
        return Err(Refusal::new(RefusalCode::MissingTime, message));
    }
    let (session, groups) = (record.session.clone(), record.approvers.len());
    let dues = record.due.clone();
    if let Some(session) = &session {
        state.touch(session, answer.at)?;
    }
    if late {
        state.finish(answer.id, Standing::Rejected);
        let message = format!("the time to approve the call {} is over", quoted(answer.id));
        return Err(Refusal::new(RefusalCode::UnknownCall, message));
    }
    if !answer.approve {
        state.finish(answer.id, Standing::Rejected);
        return Ok(Step::Quiet);
    }
    // Somebody who does not say for whom cannot speak for several groups.
    if answer.group.is_none() && groups > 1 {
        return Ok(Step::Quiet);
    }
    if state.approve(answer.id, answer.group) == Some(0) {
        // Meanwhile others may have taken what was left.
        if let Some(due) = dues.iter().find(|due| !due.known && is_past(loaded, state, due, now)) {
            state.finish(answer.id, Standing::Rejected);
            return Ok(Step::Refused(over_budget(loaded, state, answer.id, due, now)));
        }
        let reserved = reserve(loaded, state, dues, now)?;
        state.start(answer.id, reserved);
    }
    Ok(Step::Quiet)
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
