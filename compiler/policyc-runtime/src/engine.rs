//! Carries a trace along: each event is judged, remembered, and answered.
//!
//! `step` is the whole of it: one event in, an answer out, the state moved on. What was remembered of a call (its line,
//! what it reserved) is what its result or its approval is judged by. `Engine` adds the reading of lines and the memory
//! that is used again from line to line.

use std::collections::BTreeSet;

use crate::decide::{admit, budgets, judge, refused};
use crate::decision::{BY_BUDGET, BY_DEFAULT, BY_RULE, Decision, Handling, Rejection, Screening, Step, Verdict};
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::{self, Answer, Call, CallResult, Event, Status};
use crate::explain::naming::{show_number, unknowns_of};
use crate::explain::{Explanation, explain};
use crate::hash;
use crate::limits::Limits;
use crate::loaded::{Loaded, Matcher};
use crate::policy::{BudgetId, RuleId, ToolId, Window};
use crate::refusal::{Refusal, RefusalCode, quoted};
use crate::render;
use crate::schema;
use crate::state::{CallRecord, Due, MarkChanges, Meter, NewCall, Reservation, Standing, State, mark_bit};
use crate::tree::{self, Tier};
use crate::wire::Doc;

/// Judges one event and remembers it. Never fails: what cannot be judged is refused in the answer.
pub fn step(loaded: &Loaded, state: &mut State, event: &Event<'_>, scratch: &mut Scratch) -> Step {
    match event {
        Event::User(user) => {
            let recorded = match loaded.remembers() {
                true => state.record_user(user.session, user.text, user.at),
                false => state.touch(user.session, user.at),
            };
            recorded.map_or_else(|refusal| rejected(None, refusal), |()| Step::Quiet)
        }
        Event::Call(call) => Step::Call(step_call(loaded, state, call, scratch)),
        Event::Result(result) => {
            step_result(loaded, state, result, scratch).unwrap_or_else(|refusal| rejected(Some(result.id), refusal))
        }
        Event::Answer(answer) => {
            step_answer(loaded, state, answer).unwrap_or_else(|refusal| rejected(Some(answer.id), refusal))
        }
    }
}

fn rejected(id: Option<&str>, refusal: Refusal) -> Step {
    Step::Refused(Rejection {
        line: 0,
        call: id.map(str::to_owned),
        code: refusal.code.name(),
        reason: refusal.message,
    })
}

/// Decides a call without remembering it.
pub(crate) fn decide_call(loaded: &Loaded, state: &State, call: &Call<'_>, scratch: &mut Scratch) -> Decision {
    judge_call(loaded, state, call, scratch).0
}

fn judge_call(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> (Decision, Option<ToolId>, Vec<Due>) {
    let hash = hash::call_hash(call, &mut scratch.bytes);
    let tool = match admit(loaded, state, call) {
        Ok(tool) => tool,
        Err(refusal) => {
            scratch.forget();
            let decision = render::refusal(loaded, Some(call.id), &refused(refusal));
            return (Decision { call_hash: Some(hash), ..decision }, None, Vec::new());
        }
    };
    let history = state.view(call.session, call.turn, call.at);
    let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
    let mut evaluator = Evaluator::new(loaded, subject, scratch);
    let outcome = judge(&mut evaluator);
    let decision = render::decision(&mut evaluator, &outcome);
    let dues = dues(&mut evaluator, outcome.verdict);
    evaluator.end();
    (Decision { call_hash: Some(hash), ..decision }, Some(tool), dues)
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

fn step_call(loaded: &Loaded, state: &mut State, call: &Call<'_>, scratch: &mut Scratch) -> Decision {
    let (mut decision, tool, dues) = judge_call(loaded, state, call, scratch);
    let Some(tool) = tool else {
        remember_refused(loaded, state, call, decision.code, scratch);
        return decision;
    };
    let at = state.view(call.session, call.turn, call.at).now();
    let line = loaded.asks_later(tool).then(|| call.line());
    // A held call takes nothing until it is approved, unless the attempt counts; what it will take is noted.
    let held = decision.verdict == Verdict::Hold;
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
        let expires_at = decision.expires_ns.zip(at).map(|(wait, now)| now.saturating_add(wait));
        let new = NewCall {
            id: Some(call.id),
            tool: Some(tool),
            session: call.session,
            turn: call.turn,
            at: call.at,
            standing,
            line,
            reserved: kept,
            due: later,
            approvers: decision.approvers.iter().map(|a| a.as_str().into()).collect(),
            expires_at,
            changes: changes_of(loaded, tool),
        };
        state.record_call(new).inspect_err(|_| {
            reserved.iter().for_each(|r| state.release(r));
        })
    });
    if let Err(refusal) = reserved {
        // What cannot be remembered must not run: marks and budgets would be blind to it.
        let hash = decision.call_hash;
        decision = Decision { call_hash: hash, ..render::refusal(loaded, Some(call.id), &refused(refusal)) };
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
        due: Vec::new(),
        approvers: Vec::new(),
        expires_at: None,
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
fn reserve(loaded: &Loaded, state: &mut State, dues: Vec<Due>, at: Option<i64>) -> Result<Vec<Reservation>, Refusal> {
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

/// An approval or rejection of a held call.
fn step_answer(loaded: &Loaded, state: &mut State, answer: &Answer<'_>) -> Result<Step, Refusal> {
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

/// The result of a call: screened, then remembered with its marks; what the call reserved is settled.
fn step_result(
    loaded: &Loaded,
    state: &mut State,
    result: &CallResult<'_>,
    scratch: &mut Scratch,
) -> Result<Step, Refusal> {
    let record = state.call_for(result.id, result.session)?;
    if record.tool.is_none() && record.standing == Standing::Denied {
        // A tool that the policy does not know has no rules that could speak of its result.
        state.finish(result.id, Standing::Done);
        return Ok(if loaded.tree().screens() { Step::Result(unjudged(loaded, result)) } else { Step::Quiet });
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
        return Ok(Step::Quiet);
    }
    let mut past = std::mem::take(&mut scratch.past);
    let judged = state.call(result.id).and_then(|record| {
        let line = record.line.as_deref()?;
        past.parse(line.as_bytes(), &PAST).ok()?;
        match event::read(&past) {
            Ok(Event::Call(call)) => Some(judge_result(loaded, state, record, &call, tool, result, &reserved, scratch)),
            Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) | Err(_) => None,
        }
    });
    scratch.past = past;
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
        Some(screening) => Step::Result(screening),
        None if loaded.tree().screens() => Step::Result(passed(loaded, result)),
        None => Step::Quiet,
    })
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

type Judged = (Option<Screening>, Marks, Vec<Option<i128>>);

#[expect(clippy::too_many_arguments, reason = "all that a result is judged by")]
fn judge_result(
    loaded: &Loaded,
    state: &State,
    record: &CallRecord,
    call: &Call<'_>,
    tool: ToolId,
    result: &CallResult<'_>,
    reserved: &[Reservation],
    scratch: &mut Scratch,
) -> Judged {
    let history = state.view_of(record, result.at);
    // Which charge fits was a question about the call alone.
    let fits = schema::admit(loaded.policy(), loaded.needs(), call).is_ok();
    let before = Subject { call, tool, result: None, history: &history, state, fits };
    let mut evaluator = Evaluator::new(loaded, before, scratch);
    let terms = reserved.iter().map(|r| evaluator.charge(r.budget).and_then(|c| c.settle)).collect::<Vec<_>>();
    evaluator.end();
    let subject = Subject { result: Some(result), ..before };
    let mut evaluator = Evaluator::new(loaded, subject, scratch);
    let screening = loaded.tree().screens().then(|| screen(&mut evaluator, result));
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
        screening.observed = observed.iter().map(|r| loaded.rule_name(*r).to_owned()).collect();
    }
    evaluator.end();
    (screening, marks, settled)
}

/// The result goes through.
fn passed(loaded: &Loaded, result: &CallResult<'_>) -> Screening {
    Screening {
        result: result.id.to_owned(),
        handling: Handling::Pass,
        code: BY_DEFAULT,
        reason: "no rule keeps this result back".to_owned(),
        policy: *loaded.hash(),
        ..Screening::default()
    }
}

/// The result cannot be judged.
fn kept_back(loaded: &Loaded, result: &CallResult<'_>) -> Screening {
    Screening {
        result: result.id.to_owned(),
        handling: Handling::Quarantine,
        code: RefusalCode::LimitSteps.name(),
        reason: "the result takes too many steps to judge".to_owned(),
        policy: *loaded.hash(),
        ..Screening::default()
    }
}

/// The result of a tool that the policy does not know.
fn unjudged(loaded: &Loaded, result: &CallResult<'_>) -> Screening {
    Screening {
        code: RefusalCode::UnknownTool.name(),
        reason: "the policy does not know the tool of this call".to_owned(),
        ..kept_back(loaded, result)
    }
}

/// Asks the rules over results. `quarantine` beats `redact` beats `pass`.
fn screen(evaluator: &mut Evaluator<'_, '_>, result: &CallResult<'_>) -> Screening {
    let loaded = evaluator.loaded;
    let mut rules = Vec::new();
    let mut screening = passed(loaded, result);
    tree::applying(evaluator, Tier::Quarantine, &mut rules);
    if rules.is_empty() {
        tree::applying(evaluator, Tier::Redact, &mut rules);
        (rules, screening.spans) = spans(evaluator, result, &rules);
        if rules.is_empty() {
            return screening;
        }
        screening.handling = Handling::Redact;
    } else {
        screening.handling = Handling::Quarantine;
    }
    screening.code = BY_RULE;
    screening.rules = rules.iter().map(|r| loaded.rule_name(*r).to_owned()).collect();
    let policy = loaded.policy();
    let mut reasons: Vec<String> = Vec::new();
    let mut unknown = BTreeSet::new();
    for rule in rules.iter().filter_map(|r| policy.rules.get(r.index())) {
        if let Some(because) = rule.because {
            let reason = render::template(evaluator, because);
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        unknowns_of(evaluator, rule.when, &mut unknown);
    }
    screening.unknown = unknown.into_iter().collect();
    screening.reason = if reasons.is_empty() {
        let names: Vec<String> = screening.rules.iter().map(|r| format!("`{r}`")).collect();
        format!("{} by {}", screening.handling.name(), names.join(", "))
    } else {
        reasons.join("; ")
    };
    screening
}

/// Patterns may look through so many bytes of one result; past it, they hide all of it.
const SEARCHED: usize = 256 << 20;

/// The rules that cut something out, and what they cut out, united. Of a content that is no text the patterns are
/// looked for in each of its texts, and whoever finds one cuts out the whole.
fn spans(
    evaluator: &mut Evaluator<'_, '_>,
    result: &CallResult<'_>,
    rules: &[RuleId],
) -> (Vec<RuleId>, Vec<(usize, usize)>) {
    let loaded = evaluator.loaded;
    let plain = result.content.map_or(Some(""), |content| content.text());
    let texts: Vec<&str> = match (plain, result.content) {
        (Some(text), _) => vec![text],
        (None, content) => content.into_iter().flat_map(|content| content.texts_and_keys()).collect(),
    };
    let len = plain.map_or_else(|| result.content.map_or(0, |content| content.to_string().len()), str::len);
    let whole = (0, len);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut cutting = Vec::new();
    let mut left = SEARCHED;
    for id in rules {
        let Some(rule) = loaded.policy().rules.get(id.index()) else { continue };
        let before = spans.len();
        if rule.redacts.is_empty() {
            spans.push(whole);
        }
        for pattern in &rule.redacts {
            for text in &texts {
                let cost = u64::try_from(text.len() >> 2).unwrap_or(u64::MAX).saturating_add(1);
                let found = match loaded.matcher(*pattern) {
                    Some(Matcher::Regex(regex)) if evaluator.spend(cost) => regex.spans(text, &mut left),
                    Some(Matcher::Glob(glob)) if evaluator.spend(cost) => {
                        Some(if glob.fits(text) { vec![whole] } else { Vec::new() })
                    }
                    Some(_) | None => None,
                };
                // A pattern that cannot be used hides everything.
                let found = found.unwrap_or_else(|| vec![whole]);
                if plain.is_some() {
                    spans.extend(found);
                } else if found.iter().any(|(start, end)| start < end) {
                    spans.push(whole);
                    break;
                }
            }
        }
        if spans.len() > before {
            cutting.push(*id);
        }
    }
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut united: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match united.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => united.push((start, end)),
        }
    }
    (cutting, united)
}

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
    pub fn step(&mut self, state: &mut State, line: &[u8], number: u64) -> Step {
        let event = match self.doc.parse(line, &self.limits) {
            Ok(()) => event::read(&self.doc),
            Err(refusal) => Err(refusal),
        };
        let stepped = match event {
            Ok(event) => step(self.loaded, state, &event, &mut self.scratch),
            Err(refusal) => rejected(self.doc.root().get("call").and_then(|id| id.text()), refusal),
        };
        match stepped {
            Step::Refused(rejection) => Step::Refused(Rejection { line: number, ..rejection }),
            Step::Quiet | Step::Call(_) | Step::Result(_) => stepped,
        }
    }

    /// As `step`; appends the answer as a line of JSON, if there is one.
    pub fn line(&mut self, state: &mut State, line: &[u8], number: u64, out: &mut Vec<u8>) {
        if self.step(state, line, number).write_json(out) {
            out.push(b'\n');
        }
    }

    /// Decides a call without remembering it; `None` if the line is no readable call.
    pub fn decide(&mut self, state: &State, line: &[u8]) -> Option<Decision> {
        self.doc.parse(line, &self.limits).ok()?;
        match event::read(&self.doc) {
            Ok(Event::Call(call)) => Some(decide_call(self.loaded, state, &call, &mut self.scratch)),
            Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) | Err(_) => None,
        }
    }

    /// Explains the decision on a call without remembering it. A line that is no readable call is explained by the
    /// refusal that it gets; other events, which decide nothing, give `None`.
    pub fn explain(&mut self, state: &State, line: &[u8]) -> Option<Explanation> {
        let event = match self.doc.parse(line, &self.limits) {
            Ok(()) => event::read(&self.doc),
            Err(refusal) => Err(refusal),
        };
        match event {
            Ok(Event::Call(call)) => Some(explain(self.loaded, state, &call, &mut self.scratch)),
            Ok(Event::User(_) | Event::Result(_) | Event::Answer(_)) => None,
            Err(refusal) => {
                let id = self.doc.root().get("call").and_then(|id| id.text());
                let decision = render::refusal(self.loaded, id, &refused(refusal));
                Some(Explanation { decision, ..Explanation::default() })
            }
        }
    }
}
