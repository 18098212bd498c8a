//! From an event to its answer: rules, budgets, marks.

use std::collections::{BTreeMap, BTreeSet};

use policyc_compile::hir::{self, MarkId, Program, Rule, Value};

use super::budget::{Due, amount, may_be_meant};
use super::eval::Scope;
use super::event::{self, Codes, Event, Kind};
use super::glob;
use super::json;
use super::memory::Remembered;
use super::needs::Needs;
use super::state::{Past, Standing, State};
use super::value::Three;
use super::value::{V, Val};

pub use policyc_compile::hir::Effect;

/// What the oracle says of one line.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing needs to be said.
    Quiet,
    /// Refused before a rule was asked, with one of these codes.
    Refused(Codes),
    /// A call was decided.
    Call {
        /// `Allow`, `Hold` or `Deny`.
        effect: Effect,
        /// `rule`, `budget`, `default` or `conflicting-obligations`.
        code: &'static str,
        /// The rules that made it, sorted.
        rules: BTreeSet<String>,
        /// The budgets that it exceeds.
        budgets: BTreeSet<String>,
        /// Rules that only observe.
        observed: BTreeSet<String>,
        /// Groups that must approve.
        approvers: BTreeSet<String>,
        /// How long they have, in nanoseconds.
        expires: Option<i64>,
        /// Keys of the obligations.
        obligations: BTreeMap<String, Value>,
    },
    /// A result was looked at.
    Result {
        /// `None` is `pass`.
        effect: Option<Effect>,
        /// The rules that made it.
        rules: BTreeSet<String>,
        /// Rules that only observe.
        observed: BTreeSet<String>,
        /// What is cut out, in bytes; `None` if the content is no text.
        spans: Option<Vec<(usize, usize)>>,
    },
}

/// A policy with everything that it remembers.
pub struct Oracle<'a> {
    program: &'a Program,
    needs: Needs,
    state: State,
}

impl<'a> Oracle<'a> {
    /// A policy in a fresh state.
    pub fn new(program: &'a Program) -> Self {
        Self { program, needs: Needs::of(program), state: State::default() }
    }

    /// Whether an answer hung on how a window is cut into buckets; nothing after it can be compared.
    pub fn is_ambiguous(&self) -> bool {
        self.state.budgets.ambiguous.get()
    }

    /// The next line of a trace.
    pub fn line(&mut self, line: &[u8]) -> Answer {
        let event = json::read(line).map_err(unreadable).and_then(|json| event::read(&json));
        match event {
            Err(codes) => Answer::Refused(codes),
            Ok(event) => match event.kind {
                Kind::User => self.user(&event),
                Kind::Call => self.call(event),
                Kind::Result => self.result(&event),
                Kind::Approve | Kind::Reject => self.answer(&event),
            },
        }
    }

    fn user(&mut self, event: &Event) -> Answer {
        let session = event.session.as_deref();
        self.state.see(session, event.at);
        if let Some(name) = session {
            self.state.open(name).user.push(event.id.clone());
        }
        Answer::Quiet
    }

    fn call(&mut self, event: Event) -> Answer {
        let (tool, mut codes) = event.refusals(self.program, &self.needs);
        if self.state.calls.contains_key(&event.id) {
            codes.insert("duplicate-call");
            return Answer::Refused(codes);
        }
        let now = self.state.see(event.session.as_deref(), event.at);
        let turn = event.session.as_deref().map_or(1, |name| {
            let session = self.state.open(name);
            let number = session.turn_of(event.turn.as_ref());
            session.turn = (number, event.turn.clone());
            number
        });
        let (Some(tool), true) = (tool, codes.is_empty()) else {
            if let Some(tool) = tool {
                let (program, state, call) = (self.program, &self.state, &event);
                let due = state.budgets.due(&Scope {
                    program,
                    state,
                    call,
                    tool,
                    fits: false,
                    turn,
                    now,
                    result: None,
                    vars: Vec::new(),
                });
                self.state.budgets.charge(&due, &event.id, now);
            }
            // SPEC: [S6.2] a recorded trace has its result all the same, and that marks.
            let (due, waits_for) = (Vec::new(), BTreeSet::new());
            let id = event.id.clone();
            let past = Past {
                event,
                tool,
                fits: false,
                turn,
                standing: Standing::Refused,
                due,
                waits_for,
                asked: 0,
                until: None,
            };
            self.state.calls.insert(id, past);
            return Answer::Refused(codes);
        };
        let (program, state) = (self.program, &self.state);
        let scope = Scope { program, state, call: &event, tool, fits: true, turn, now, result: None, vars: Vec::new() };
        let due = self.state.budgets.due(&scope);
        let (answer, standing) = combine(&scope, &due);
        let charged: Vec<Due> = match standing {
            Standing::Allowed => due.clone(),
            // SPEC: [S6.10]
            Standing::Refused | Standing::Held => due.iter().filter(|d| self.counts_attempts(d)).cloned().collect(),
            Standing::Done => Vec::new(),
        };
        self.state.budgets.charge(&charged, &event.id, now);
        let (waits_for, until) = match &answer {
            Answer::Call { approvers, expires, .. } => {
                (approvers.clone(), expires.zip(now).map(|(wait, now)| now.saturating_add(wait)))
            }
            Answer::Quiet | Answer::Refused(_) | Answer::Result { .. } => (BTreeSet::new(), None),
        };
        if let (Standing::Allowed, Some(session)) = (standing, &event.session) {
            self.state.open(session).open.push((event.id.clone(), turn));
        }
        let id = event.id.clone();
        let asked = waits_for.len();
        let past = Past { event, tool: Some(tool), fits: true, turn, standing, due, waits_for, asked, until };
        self.state.calls.insert(id, past);
        answer
    }

    fn counts_attempts(&self, due: &Due) -> bool {
        self.program.budgets.get(due.budget.index()).is_some_and(|b| b.attempts)
    }

    /// SPEC: [S6.9] a held call reserves once everybody has approved it.
    fn answer(&mut self, event: &Event) -> Answer {
        let Some(mut past) = self.state.calls.get(&event.id).cloned() else {
            return Answer::Refused(Codes::from(["unknown-call"]));
        };
        if event.session.is_some() && event.session != past.event.session {
            return Answer::Refused(Codes::from(["unknown-call"]));
        }
        if past.standing != Standing::Held {
            return Answer::Refused(Codes::from(["unknown-call"]));
        }
        // SPEC: [S6.12]
        if event.kind == Kind::Approve && event.at.is_none() && self.needs.time {
            return Answer::Refused(Codes::from(["missing-time"]));
        }
        let now = self.state.see(past.event.session.as_deref(), event.at);
        if past.until.zip(now).is_some_and(|(until, now)| now > until) {
            past.standing = Standing::Refused;
            self.state.calls.insert(event.id.clone(), past);
            return Answer::Refused(Codes::from(["unknown-call"]));
        }
        if event.kind == Kind::Reject {
            past.standing = Standing::Refused;
        } else {
            match &event.group {
                // SPEC: [S6.14] nobody speaks for a group that was not asked, or for several at once.
                Some(group) if past.asked > 0 && !past.waits_for.contains(group) => {
                    return Answer::Refused(Codes::from(["unknown-approver"]));
                }
                None if past.asked > 1 => return Answer::Refused(Codes::from(["unknown-approver"])),
                Some(group) => past.waits_for.retain(|g| g != group),
                None => past.waits_for.clear(),
            }
            if past.waits_for.is_empty() {
                if let Some(code) = self.denied_by_now(&past, now) {
                    past.standing = Standing::Refused;
                    self.state.calls.insert(event.id.clone(), past);
                    return Answer::Refused(Codes::from([code]));
                }
                // A budget that held the call has been answered; any other is asked again.
                let (program, budgets) = (self.program, &self.state.budgets);
                let charged = past.due.iter().filter(|due| !self.counts_attempts(due));
                let due: Vec<Due> = charged.cloned().collect();
                if due.iter().any(|due| !due.exceeded && budgets.past(program, due, now)) {
                    past.standing = Standing::Refused;
                    self.state.calls.insert(event.id.clone(), past);
                    return Answer::Refused(Codes::from(["budget"]));
                }
                past.standing = Standing::Allowed;
                self.state.budgets.charge(&due, &event.id, now);
                if let Some(session) = &past.event.session {
                    self.state.open(session).open.push((event.id.clone(), past.turn));
                }
            }
        }
        self.state.calls.insert(event.id.clone(), past);
        Answer::Quiet
    }

    /// SPEC: [S6.14] a rule that denies is asked again when the last approval comes.
    fn denied_by_now(&self, past: &Past, now: Option<i64>) -> Option<&'static str> {
        let (program, state, call, tool) = (self.program, &self.state, &past.event, past.tool?);
        let turn = past.turn;
        let scope = Scope { program, state, call, tool, fits: true, turn, now, result: None, vars: Vec::new() };
        match combine(&scope, &self.state.budgets.due(&scope)).0 {
            Answer::Call { effect: Effect::Deny, code, .. } if code != "default" && code != "budget" => Some(code),
            Answer::Call { .. } | Answer::Quiet | Answer::Refused(_) | Answer::Result { .. } => None,
        }
    }

    fn result(&mut self, event: &Event) -> Answer {
        let Some(past) = self.state.calls.get(&event.id).cloned() else {
            return Answer::Refused(Codes::from(["unknown-call"]));
        };
        if event.session.is_some() && event.session != past.event.session {
            return Answer::Refused(Codes::from(["unknown-call"]));
        }
        if past.standing == Standing::Done {
            return Answer::Refused(Codes::from(["unknown-call"]));
        }
        let Some(tool) = past.tool else {
            if let Some(past) = self.state.calls.get_mut(&event.id) {
                past.standing = Standing::Done;
            }
            // Nobody knows the tool, so nobody knows what its result may hold.
            let screens = self.program.rules.iter().any(|r| matches!(r.effect, Effect::Redact | Effect::Quarantine));
            let (rules, observed, spans) = (BTreeSet::new(), BTreeSet::new(), None);
            return if screens {
                Answer::Result { effect: Some(Effect::Quarantine), rules, observed, spans }
            } else {
                Answer::Quiet
            };
        };
        let session = past.event.session.clone();
        let now = self.state.see(session.as_deref(), event.at);
        if let Some(name) = &session {
            self.state.open(name).open.retain(|(id, _)| *id != event.id);
        }
        if let Some(past) = self.state.calls.get_mut(&event.id) {
            past.standing = Standing::Done;
        }
        if event.status.as_deref() == Some("not-run") {
            // What a refused attempt was charged is not given back.
            if past.standing == Standing::Allowed {
                self.state.budgets.release(&event.id);
            }
            return Answer::Quiet;
        }
        let scope = Scope {
            program: self.program,
            state: &self.state,
            call: &past.event,
            tool,
            fits: past.fits,
            turn: past.turn,
            now,
            result: Some(event),
            vars: Vec::new(),
        };
        let answer = screen(&scope);
        let (set, mut clear, on_result) = marks(&scope);
        // SPEC: [S6.1] only what ran, and ran well, clears.
        if past.standing != Standing::Allowed || event.status.as_deref().is_some_and(|s| s != "ok") {
            clear.clear();
        }
        let settled = settlements(&scope, &past);
        for (budget, amount) in settled {
            self.state.budgets.settle(budget, &event.id, amount);
        }
        if let Some(name) = &session {
            let session = self.state.open(name);
            // SPEC: [S6.1] where both apply, the mark stays.
            session.marks.retain(|mark| !clear.contains(mark));
            session.marks.extend(set);
            let texts: Vec<String> = event.content.iter().flat_map(json::said).collect();
            session.results.push(Remembered { tool, marks: on_result, text: texts.join("\n") });
        }
        answer
    }
}

/// Whether something is a bad number or no JSON at all is in the eye of the reader.
fn unreadable(code: &'static str) -> Codes {
    if code == "malformed-call" { Codes::from([code, "bad-number"]) } else { Codes::from([code]) }
}

/// SPEC: [S5.1] whether a rule applies to the call.
fn applies(rule: &Rule, scope: &Scope) -> bool {
    let role = match scope.call.roles(scope.program) {
        _ if rule.roles.is_empty() => Three::True,
        Some(roles) => Three::known(rule.roles.iter().any(|r| roles.contains(r))),
        None => Three::Unknown,
    };
    let holds = || {
        let when = Three::all([role, rule.when.as_ref().map_or(Three::True, |when| scope.cond(when))]);
        if rule.effect == Effect::Allow { when.must() } else { when.may() }
    };
    rule.tools.contains(&scope.tool) && holds()
}

fn names<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> BTreeSet<String> {
    rules.into_iter().map(|r| r.name.clone()).collect()
}

/// SPEC: [S5.2] [S5.3] [S5.4] [S5.5] [S6.8] [S6.13]
fn combine(scope: &Scope, due: &[Due]) -> (Answer, Standing) {
    let on_calls = |r: &&Rule| matches!(r.effect, Effect::Allow | Effect::Hold | Effect::Deny);
    let (observing, deciding): (Vec<&Rule>, Vec<&Rule>) =
        scope.program.rules.iter().filter(on_calls).filter(|r| applies(r, scope)).partition(|r| r.observe);
    let of = |effect| deciding.iter().copied().filter(move |r| r.effect == effect).collect::<Vec<_>>();
    let strongest = [Effect::Deny, Effect::Hold, Effect::Allow].into_iter().find(|e| !of(*e).is_empty());
    let mut effect = strongest.unwrap_or(Effect::Deny);
    let mut winning = strongest.map_or(Vec::new(), of);
    let mut code = if strongest.is_some() { "rule" } else { "default" };
    let mut exceeded = BTreeSet::new();
    let mut approvers: BTreeSet<String> = BTreeSet::new();
    if effect != Effect::Deny {
        let budgets = due.iter().filter(|d| d.exceeded).filter_map(|d| scope.program.budgets.get(d.budget.index()));
        let budgets: Vec<_> = budgets.collect();
        exceeded = budgets.iter().map(|b| b.name.clone()).collect();
        if budgets.iter().any(|b| !b.hold) {
            (effect, winning, code) = (Effect::Deny, Vec::new(), "budget");
        } else if !budgets.is_empty() {
            if effect == Effect::Allow {
                (effect, winning, code) = (Effect::Hold, Vec::new(), "budget");
            }
            approvers.extend(budgets.iter().flat_map(|b| b.approvers.clone()));
        }
    }
    let mut obligations: BTreeMap<String, Value> = BTreeMap::new();
    // Whoever may run after a review is bound by what would bind it without one.
    let bound = if effect == Effect::Hold { of(Effect::Allow) } else { Vec::new() };
    for (key, value) in winning.iter().chain(&bound).flat_map(|r| &r.obligations) {
        if obligations.insert(key.clone(), value.clone()).is_some_and(|before| before != *value) {
            (effect, code) = (Effect::Deny, "conflicting-obligations");
        }
    }
    if code == "conflicting-obligations" {
        obligations.clear();
    }
    let expires = if effect == Effect::Hold { winning.iter().filter_map(|r| r.expires).min() } else { None };
    if effect == Effect::Hold {
        approvers.extend(winning.iter().flat_map(|r| r.approvers.clone()));
    } else {
        approvers.clear();
    }
    let standing = match effect {
        Effect::Allow => Standing::Allowed,
        Effect::Hold => Standing::Held,
        Effect::Deny | Effect::Redact | Effect::Quarantine => Standing::Refused,
    };
    let (rules, observed) = (names(winning), names(observing));
    (Answer::Call { effect, code, rules, budgets: exceeded, observed, approvers, expires, obligations }, standing)
}

/// SPEC: [S5.9]
fn screen(scope: &Scope) -> Answer {
    let on_results = |r: &&Rule| matches!(r.effect, Effect::Redact | Effect::Quarantine);
    if !scope.program.rules.iter().any(|r| on_results(&r)) {
        return Answer::Quiet;
    }
    let (observing, deciding): (Vec<&Rule>, Vec<&Rule>) =
        scope.program.rules.iter().filter(on_results).filter(|r| applies(r, scope)).partition(|r| r.observe);
    let text = scope.result.and_then(|r| r.content.as_ref()).and_then(json::Json::text).unwrap_or("");
    let is_text = scope.result.is_some_and(|r| r.content.as_ref().is_none_or(|c| c.text().is_some()));
    let cut = |rule: &Rule| -> Vec<(usize, usize)> {
        if rule.redacts.is_empty() {
            return Vec::from([(0, text.len())]);
        }
        rule.redacts.iter().flat_map(|pattern| pattern_spans(pattern, text)).collect()
    };
    let quarantined: Vec<&Rule> = deciding.iter().copied().filter(|r| r.effect == Effect::Quarantine).collect();
    // A redaction that finds nothing to cut out is none. In a content that is no text it looks at each text.
    let inside: Vec<String> = scope.result.and_then(|r| r.content.as_ref()).map_or_else(Vec::new, json::texts_and_keys);
    let finds = |rule: &Rule| match is_text {
        true => !cut(rule).is_empty(),
        false => {
            let found = |text: &String| rule.redacts.iter().flat_map(|p| pattern_spans(p, text)).any(|(a, b)| a < b);
            rule.redacts.is_empty() || inside.iter().any(found)
        }
    };
    let redacting: Vec<&Rule> = deciding.iter().copied().filter(|r| r.effect == Effect::Redact && finds(r)).collect();
    let (effect, rules, spans) = if !quarantined.is_empty() {
        (Some(Effect::Quarantine), quarantined, Vec::new())
    } else if !redacting.is_empty() {
        let spans = redacting.iter().flat_map(|r| cut(r)).collect();
        (Some(Effect::Redact), redacting, united(spans))
    } else {
        (None, Vec::new(), Vec::new())
    };
    let spans = if is_text { Some(spans) } else { None };
    Answer::Result { effect, rules: names(rules), observed: names(observing), spans }
}

fn pattern_spans(pattern: &Value, text: &str) -> Vec<(usize, usize)> {
    match pattern {
        Value::Regex(re) => glob::spans(re, text).unwrap_or_default(),
        Value::Text(part) if !part.is_empty() => text.match_indices(part).map(|(at, m)| (at, at + m.len())).collect(),
        _ => Vec::new(),
    }
}

/// Every byte that any span covers, as spans that do not touch.
fn united(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.retain(|(from, to)| from < to);
    spans.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (from, to) in spans {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// What `after` sets on the session, clears from it, and sets on the result. SPEC: [S6.1] [S6.2]
fn marks(scope: &Scope) -> (BTreeSet<MarkId>, BTreeSet<MarkId>, BTreeSet<MarkId>) {
    let (mut set, mut clear, mut on_result) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for after in scope.program.afters.iter().filter(|a| a.tools.contains(&scope.tool)) {
        let when = after.when.as_ref().map(|when| scope.cond(when));
        let (may, must) = (when.is_none_or(|w| w.may()), when.is_none_or(|w| w.must()));
        match (after.clear, after.on_result) {
            (true, false) if must => _ = clear.insert(after.mark),
            (false, false) if may => _ = set.insert(after.mark),
            (false, true) if may => _ = on_result.insert(after.mark),
            _ => {}
        }
    }
    (set, clear, on_result)
}

/// Amounts that the result tells, by budget. SPEC: [S6.9]
fn settlements(scope: &Scope, past: &Past) -> Vec<(hir::BudgetId, i128)> {
    let mut out = Vec::new();
    if past.standing != Standing::Allowed {
        return out;
    }
    let before = Scope { result: None, vars: Vec::new(), ..*scope };
    for due in past.due.iter().filter(|d| scope.state.budgets.charged(d.budget, &past.event.id)) {
        let Some(budget) = scope.program.budgets.get(due.budget.index()) else { continue };
        let [charge] = may_be_meant(budget, &before)[..] else { continue };
        let surely = charge.when.as_ref().is_none_or(|when| before.cond(when).must());
        let Some(settle) = charge.settle.as_ref().filter(|_| surely) else { continue };
        let value: Val = scope.value(settle);
        if let Some(real) = amount(&value.v)
            && real >= 0
            && !matches!(value.v, V::Unknown)
        {
            out.push((due.budget, real));
        }
    }
    out
}
