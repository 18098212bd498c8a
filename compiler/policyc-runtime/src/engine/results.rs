//! Results: screened, settled, and remembered with their marks.

use crate::decision::Screening;
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::{Call, CallResult, Status};
use crate::loaded::Loaded;
use crate::policy::ToolId;
use crate::refusal::{Refusal, RefusalCode, quoted};
use crate::schema;
use crate::state::{CallRecord, Reservation, Standing, State, mark_bit};
use crate::tree::{self, Tier};

use super::screening::{kept_back, passed, screen, unjudged};
use super::{Brief, with_past};

/// The result of a call: screened, then remembered with its marks; what the call reserved is settled.
pub(super) fn step<'l>(
    loaded: &'l Loaded,
    state: &mut State,
    result: &CallResult<'_>,
    scratch: &mut Scratch,
) -> Result<Brief<'static, 'l>, Refusal> {
    let record = state.call_for(result.id, result.session)?;
    if record.tool.is_none() && record.standing == Standing::Denied {
        // A tool that the policy does not know has no rules that could speak of its result.
        state.finish(result.id, Standing::Done);
        return Ok(if loaded.tree().screens() { Brief::Result(unjudged(loaded, result)) } else { Brief::Quiet });
    }
    let (Some(tool), false) = (record.tool, record.standing == Standing::Done) else {
        let message = format!("no result of the call {} is awaited", quoted(result.id));
        return Err(Refusal::new(RefusalCode::UnknownCall, message));
    };
    let reserved = if record.standing == Standing::Running { record.reserved.clone() } else { Vec::new() };
    let session = record.session.clone();
    if let Some(session) = &session {
        state.touch(session, result.at)?;
    }
    if result.status == Status::NotRun {
        state.finish(result.id, Standing::Done);
        reserved.iter().for_each(|r| state.release(r));
        return Ok(Brief::Quiet);
    }
    let judged = state.call(result.id).and_then(|record| {
        let judging = Judging { loaded, state, record, tool, result, reserved: &reserved };
        with_past(record.line.as_deref()?, scratch, |call, scratch| judging.judge(call, scratch))
    });
    let asked = loaded.asks_later(tool);
    let (screening, marks, settled) = match judged {
        Some(judged) => judged,
        None if !asked => (None, Marks::default(), Vec::new()),
        // What was remembered of the call cannot be read again: the result is kept back and carries every mark.
        None => (Some(kept_back(loaded, result)), Marks::all(), Vec::new()),
    };
    state.finish(result.id, Standing::Done);
    for (reservation, actual) in reserved.iter().zip(settled) {
        if let Some(actual) = actual {
            state.settle(reservation, actual);
        }
    }
    if let Some(session) = &session {
        for mark in (0..64).map(crate::policy::MarkId).take(loaded.policy().marks.len()) {
            let bit = mark_bit(mark);
            if marks.set & bit != 0 {
                state.set_mark(session, mark);
            } else if marks.clear & bit != 0 {
                state.clear_mark(session, mark);
            }
        }
        if let Some(content) = result.content.filter(|_| loaded.remembers()) {
            state.record_result(session, tool, marks.on_result, content, result.at)?;
        }
    }
    Ok(match screening {
        Some(screening) => Brief::Result(screening),
        None if loaded.tree().screens() => Brief::Result(passed(loaded, result)),
        None => Brief::Quiet,
    })
}

/// Bit `n` is mark `n`.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    set: u64,
    clear: u64,
    on_result: u64,
}

impl Marks {
    fn all() -> Self {
        Self { set: u64::MAX, clear: 0, on_result: u64::MAX }
    }
}

type Judged<'l> = (Option<Screening<'l>>, Marks, Vec<Option<i128>>);

/// All that a result is judged by, but for its call.
struct Judging<'l, 'j, 'e> {
    loaded: &'l Loaded,
    state: &'j State,
    record: &'j CallRecord,
    tool: ToolId,
    result: &'j CallResult<'e>,
    reserved: &'j [Reservation],
}

impl<'l> Judging<'l, '_, '_> {
    fn judge(&self, call: &Call<'_>, scratch: &mut Scratch) -> Judged<'l> {
        let Self { loaded, state, record, tool, result, reserved } = *self;
        let history = state.view_of(record, result.at);
        // Which charge fits was a question about the call alone.
        let fits = schema::admit(loaded.policy(), loaded.needs(), call).is_ok();
        let before = Subject { call, tool, result: None, history: &history, state, fits };
        let mut evaluator = Evaluator::new(loaded, before, scratch);
        let terms = reserved.iter().map(|r| evaluator.charge(r.budget).and_then(|c| c.settle)).collect::<Vec<_>>();
        evaluator.end();
        let subject = Subject { result: Some(result), ..before };
        let mut evaluator = Evaluator::new(loaded, subject, scratch);
        let screening = loaded.tree().screens().then(|| screen(loaded, &mut evaluator, result));
        let settled = terms.into_iter().zip(reserved).map(|(term, reservation)| {
            let unit = loaded.policy().budgets.get(reservation.budget.index()).map(|b| b.unit);
            let (n, of) = evaluator.term(term?).number()?;
            // Nobody is paid for a call: what is below nothing is no amount.
            (Some(of) == unit && n >= 0).then_some(n)
        });
        let settled = settled.collect();
        let mut marks = Marks::default();
        // What a result says clears only where the tool has certainly run, and well.
        let ran = record.standing == Standing::Running && result.status == Status::Ok;
        for after in loaded.policy().afters.iter() {
            let tools = loaded.policy().tool_sets.get(after.tools.index());
            if !tools.is_some_and(|t| t.has(tool)) {
                continue;
            }
            let holds = evaluator.node(after.when);
            let known = !evaluator.exhausted();
            match (after.clear, after.on_result) {
                (false, on_result) if holds || !known => {
                    let to = if on_result { &mut marks.on_result } else { &mut marks.set };
                    *to |= mark_bit(after.mark);
                }
                (true, false) if holds && known && ran => marks.clear |= mark_bit(after.mark),
                _ => {}
            }
        }
        let mut screening = if evaluator.exhausted() { Some(kept_back(loaded, result)) } else { screening };
        if let Some(screening) = &mut screening {
            let mut observed = Vec::new();
            evaluator.aside(|evaluator| tree::applying(evaluator, Tier::ObserveResult, &mut observed));
            screening.observed = observed.iter().map(|r| loaded.rule_name(*r)).collect();
        }
        evaluator.end();
        (screening, marks, settled)
    }
}
