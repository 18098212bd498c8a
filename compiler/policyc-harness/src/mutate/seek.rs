//! Looks for a test on which two policies differ, near the tests that there are.
//!
//! Each call of a test is decided again, in the state in which it was, with one value exchanged for another that the
//! policies speak of; after a test the calls of all tests are tried. Where decisions are the same, what results become
//! and what is left behind (marks, budgets) is compared too. What is found has been played by both; what is not found
//! may still be there.

use policyc_compile::lower::{EventKind, LoweredStep, LoweredTest, Setup, StepKind, TestSuite};
use policyc_runtime::decision::{Decision, Handling, Step};
use policyc_runtime::explain::show_number;
use policyc_runtime::num::Decimal;
use policyc_runtime::policy::{BudgetId, Policy, Unit};
use policyc_runtime::{Loaded, Truth, time};
use serde_json::{Map, Value};

use super::pool::Pool;
use super::write::{self, decided, screened};
use crate::decider::{Decider, Standings};
use crate::suite::{cut_out, prepare};

/// How many calls are tried for one mutant, and for all of them together.
const MOST_CALLS: usize = 4_000;
const MOST_IN_ALL: usize = 40_000;
/// How many events are played for what they leave behind.
const MOST_PLAYED: usize = 1_500;
/// How many calls and results of other tests are tried.
const MOST_OTHERS: usize = 40;

/// How much may be tried for each of so many survivors: whoever has many needs the list more than the tests.
pub(super) fn share(survivors: usize) -> usize {
    MOST_IN_ALL.checked_div(survivors).unwrap_or(0)
}

/// A test that holds for the policy and not for the mutant, if trying so many calls shows one.
pub(super) fn killer(original: &Loaded, mutant: &Loaded, suite: &TestSuite, share: usize) -> Option<String> {
    let others = |kind: EventKind| {
        let mut lines: Vec<&str> = Vec::new();
        for step in suite.tests.iter().flat_map(|test| &test.steps) {
            if let StepKind::Event { what, line } = &step.kind
                && *what == kind
                && lines.len() < MOST_OTHERS
                && !lines.contains(&line.as_str())
            {
                lines.push(line);
            }
        }
        lines.iter().filter_map(|line| read(line)).collect::<Vec<_>>()
    };
    let mut search = Search {
        original,
        mutant,
        pool: Pool::of(original.policy(), mutant.policy()),
        calls: others(EventKind::Call),
        results: others(EventKind::Result),
        left: 0,
        plays: 0,
    };
    let tests = || suite.tests.iter().filter(|test| test.skip.is_none() && test.fails.is_none());
    let stages = [Search::decisions, Search::traces, Search::alone, Search::spent];
    for stage in stages {
        (search.left, search.plays) = (MOST_CALLS.min(share), MOST_PLAYED.min(share));
        for test in tests() {
            let found = stage(&mut search, test);
            if found.is_some() {
                return found;
            }
            if search.left == 0 || search.plays == 0 {
                break;
            }
        }
    }
    None
}

/// Two policies, and what is tried on them.
struct Search<'s> {
    original: &'s Loaded,
    mutant: &'s Loaded,
    pool: Pool,
    /// Calls and results of all tests.
    calls: Vec<Map<String, Value>>,
    results: Vec<Map<String, Value>>,
    left: usize,
    plays: usize,
}

/// The two policies in the middle of a test.
struct Both<'l> {
    one: Decider<'l>,
    two: Decider<'l>,
    number: u64,
}

impl<'l> Both<'l> {
    fn of(original: &'l Loaded, mutant: &'l Loaded, test: &LoweredTest) -> Option<Self> {
        let (mut one, mut two) = (Decider::new(original), Decider::new(mutant));
        prepare(&mut one, test).ok()?;
        prepare(&mut two, test).ok()?;
        Some(Self { one, two, number: 0 })
    }

    fn step(&mut self, line: &str) {
        self.number = self.number.saturating_add(1);
        self.one.step(line.as_bytes(), self.number);
        self.two.step(line.as_bytes(), self.number);
    }

    /// What a call is decided by the policy, if the mutant decides otherwise.
    fn differs(&mut self, call: &str) -> Option<Decision<'l>> {
        let (was, now) = (self.one.decide(call.as_bytes())?, self.two.decide(call.as_bytes())?);
        (told(&was) != told(&now) && was.code != "limit-steps").then_some(was)
    }
}

impl Search<'_> {
    /// Calls near those of a test, in its states.
    fn decisions(&mut self, test: &LoweredTest) -> Option<String> {
        let mut both = Both::of(self.original, self.mutant, test)?;
        let mut before: Vec<&str> = Vec::new();
        for step in &test.steps {
            let StepKind::Event { what, line } = &step.kind else { continue };
            if let (EventKind::Call, Some(call)) = (what, read(line)) {
                for candidate in self.pool.near(self.original.policy(), &call) {
                    self.left = self.left.checked_sub(1)?;
                    let text = Value::Object(candidate).to_string();
                    if let Some(was) = both.differs(&text) {
                        before.push(&text);
                        return Some(write::test(test, self.original.policy(), &before, &[decided(&was)]));
                    }
                }
            }
            both.step(line);
            before.push(line);
        }
        None
    }

    /// What events of a test leave behind, results that it may get, and calls that may follow it.
    fn traces(&mut self, test: &LoweredTest) -> Option<String> {
        let policy = self.original.policy();
        let mut both = Both::of(self.original, self.mutant, test)?;
        let mut before: Vec<&str> = Vec::new();
        let mut call: Option<&str> = None;
        let mut calls = 0_usize;
        for step in &test.steps {
            let StepKind::Event { what, line } = &step.kind else { continue };
            let near = match (what, read(line)) {
                (EventKind::Call, Some(read)) => self.pool.near(policy, &read),
                (EventKind::Result, Some(read)) => self.contents(&read),
                (EventKind::User | EventKind::Answer, _) | (EventKind::Call | EventKind::Result, None) => Vec::new(),
            };
            if *what == EventKind::Call {
                (call, calls) = (Some(line.as_str()), calls.saturating_add(1));
            }
            for candidate in near {
                let text = Value::Object(candidate).to_string();
                let about = if *what == EventKind::Call { text.as_str() } else { call.unwrap_or("") };
                if let Some(expected) = self.left_behind(&mut both, &text, about)? {
                    before.push(&text);
                    return Some(write::test(test, policy, &before, &[expected]));
                }
            }
            both.step(line);
            before.push(line);
            if let (EventKind::Call, Some(read)) = (what, read(line)) {
                for result in self.results_of(&read) {
                    if let Some(expected) = self.left_behind(&mut both, &result, line)? {
                        before.push(&result);
                        return Some(write::test(test, policy, &before, &[expected]));
                    }
                    // What a result leaves behind may show in the next call.
                    if let Some((next, was)) = self.after(&mut both, &result, line, calls)? {
                        before.extend([result.as_str(), next.as_str()]);
                        return Some(write::test(test, policy, &before, &[decided(&was)]));
                    }
                }
            }
        }
        let said = before.iter().rev().find(|line| line.contains("\"result\"")).copied().unwrap_or("");
        for next in self.followers(call?, said, calls) {
            self.plays = self.plays.checked_sub(1)?;
            if let Some(was) = both.differs(&next) {
                before.push(&next);
                return Some(write::test(test, policy, &before, &[decided(&was)]));
            }
        }
        None
    }

    /// Each call of a test by itself, with a result.
    fn alone(&mut self, test: &LoweredTest) -> Option<String> {
        let fresh = LoweredTest { setup: Vec::new(), ..test.clone() };
        for step in &test.steps {
            let StepKind::Event { what: EventKind::Call, line } = &step.kind else { continue };
            let Some(mut call) = read(line) else { continue };
            call.insert("call".to_owned(), Value::from("c1"));
            let text = Value::Object(call.clone()).to_string();
            let mut both = Both::of(self.original, self.mutant, &fresh)?;
            both.step(&text);
            for result in self.results_of(&call) {
                if let Some(expected) = self.left_behind(&mut both, &result, &text)? {
                    let events = [text.as_str(), result.as_str()];
                    return Some(write::test(&fresh, self.original.policy(), &events, &[expected]));
                }
                if let Some((next, was)) = self.after(&mut both, &result, &text, 1)? {
                    let events = [text.as_str(), result.as_str(), next.as_str()];
                    return Some(write::test(&fresh, self.original.policy(), &events, &[decided(&was)]));
                }
            }
        }
        None
    }

    /// Each call of a test by itself, with a budget that is used up to its limit, or nearly.
    fn spent(&mut self, test: &LoweredTest) -> Option<String> {
        let policy = self.original.policy();
        for step in &test.steps {
            let StepKind::Event { what: what @ EventKind::Call, line } = &step.kind else { continue };
            let Some(mut call) = read(line) else { continue };
            call.insert("call".to_owned(), Value::from("c1"));
            let at = call.get("at").and_then(Value::as_str).and_then(time::parse).unwrap_or(0);
            let text = Value::Object(call).to_string();
            for (id, budget) in (0..).map(BudgetId).zip(&policy.budgets) {
                let unit = match budget.unit {
                    Unit::Count => 1,
                    Unit::Decimal | Unit::Money(_) => Decimal::parse("0.01").map_or(1, Decimal::raw),
                    Unit::Duration | Unit::Time => 1_000_000_000,
                };
                for amount in [Some(budget.limit), budget.limit.checked_sub(unit), budget.limit.checked_add(unit)] {
                    self.plays = self.plays.checked_sub(1)?;
                    let Some(amount) = amount.filter(|amount| *amount > 0) else { continue };
                    let event = StepKind::Event { what: *what, line: text.clone() };
                    let fresh = LoweredTest {
                        setup: vec![Setup::Used { budget: id, amount, at }],
                        steps: vec![LoweredStep { kind: event, place: step.place }],
                        ..test.clone()
                    };
                    let mut both = Both::of(self.original, self.mutant, &fresh)?;
                    if let Some(was) = both.differs(&text) {
                        return Some(write::test(&fresh, policy, &[&text], &[decided(&was)]));
                    }
                }
            }
        }
        None
    }

    /// What is expected of an event by the policy, if the mutant leaves something else behind; `None` outside when
    /// enough was tried.
    fn left_behind(&mut self, both: &mut Both<'_>, line: &str, call: &str) -> Option<Option<String>> {
        self.plays = self.plays.checked_sub(1)?;
        let (was, stood) = both.one.try_step(line.as_bytes(), call);
        let (now, stands) = both.two.try_step(line.as_bytes(), call);
        // A policy that has no rule for results lets them pass without a word.
        let cut = |step: &Step<'_>| match step {
            Step::Result(screening) if screening.handling != Handling::Pass => {
                let rules: Vec<String> = screening.rules.iter().map(|rule| (*rule).to_owned()).collect();
                Some((screening.handling, rules, cut_out(screening, line)))
            }
            Step::Result(_) | Step::Quiet | Step::Call(_) | Step::Refused(_) => None,
        };
        if cut(&was) != cut(&now) {
            return Some(Some(if let Step::Result(was) = &was { screened(was, line) } else { "pass".to_owned() }));
        }
        Some(difference(self.original.policy(), &stood, &stands))
    }

    /// A call behind a result on which the two differ.
    fn after<'l>(
        &mut self,
        both: &mut Both<'l>,
        result: &str,
        call: &str,
        calls: usize,
    ) -> Option<Option<(String, Decision<'l>)>> {
        for next in self.followers(call, result, calls) {
            self.plays = self.plays.checked_sub(1)?;
            let was = both.one.try_both(result.as_bytes(), next.as_bytes());
            let now = both.two.try_both(result.as_bytes(), next.as_bytes());
            if let (Some(was), Some(now)) = (was, now)
                && told(&was) != told(&now)
            {
                return Some(Some((next, was)));
            }
        }
        Some(None)
    }

    /// The calls of all tests, as they would come after another call and its result; then with what the result says in
    /// place of each text.
    fn followers(&self, call: &str, result: &str, calls: usize) -> Vec<String> {
        let Some(last) = read(call) else { return Vec::new() };
        let id = format!("c{}", calls.saturating_add(1));
        let said = read(result).and_then(|result| result.get("content").cloned()).filter(Value::is_string);
        let saying = self.calls.iter().flat_map(|next| {
            let args = next.get("args").and_then(Value::as_object).cloned().unwrap_or_default();
            let texts: Vec<String> = args.iter().filter(|(_, v)| v.is_string()).map(|(k, _)| k.clone()).collect();
            let said = said.as_ref();
            texts.into_iter().filter_map(move |key| {
                let (mut next, mut args) = (next.clone(), args.clone());
                args.insert(key, said?.clone());
                next.insert("args".to_owned(), Value::Object(args));
                Some(next)
            })
        });
        let follow = |mut next: Map<String, Value>| {
            next.insert("call".to_owned(), Value::from(id.clone()));
            if let Some(session) = last.get("session") {
                next.insert("session".to_owned(), session.clone());
            }
            later(&last, &mut next, 2);
            Value::Object(next).to_string()
        };
        self.calls.iter().cloned().chain(saying).map(follow).collect()
    }

    /// Results that a call may get.
    fn results_of(&self, call: &Map<String, Value>) -> Vec<String> {
        let Some(id) = call.get("call") else { return Vec::new() };
        let of = |result: &Map<String, Value>| {
            let mut result = result.clone();
            result.insert("result".to_owned(), id.clone());
            if let Some(session) = call.get("session") {
                result.insert("session".to_owned(), session.clone());
            }
            later(call, &mut result, 1);
            Value::Object(result).to_string()
        };
        self.results.iter().map(of).collect()
    }

    /// A result with the contents of others.
    fn contents(&self, result: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let with = |other: &Map<String, Value>| {
            let mut result = result.clone();
            for key in ["content", "status", "usage"] {
                match other.get(key) {
                    Some(value) => result.insert(key.to_owned(), value.clone()),
                    None => result.remove(key),
                };
            }
            result
        };
        std::iter::once(result.clone()).chain(self.results.iter().map(with)).collect()
    }
}

/// Puts an event so many seconds behind another.
fn later(before: &Map<String, Value>, event: &mut Map<String, Value>, seconds: i64) {
    let at = before.get("at").and_then(Value::as_str).and_then(time::parse);
    if let Some(at) = at.and_then(|at| at.checked_add(seconds.saturating_mul(1_000_000_000))) {
        event.insert("at".to_owned(), Value::from(time::format(at)));
    }
}

/// What holds of the one state and not of the other, as an expectation.
fn difference(policy: &Policy, was: &Standings, now: &Standings) -> Option<String> {
    for ((mark, was), now) in policy.marks.iter().zip(&was.marks).zip(&now.marks) {
        let name = policy.text(*mark);
        if *was == Truth::TRUE && *now != Truth::TRUE {
            return Some(format!("session has {name}"));
        }
        if *was == Truth::FALSE && *now != Truth::FALSE {
            return Some(format!("not session has {name}"));
        }
    }
    for ((budget, was), now) in policy.budgets.iter().zip(&was.used).zip(&now.used) {
        if let (Some(used), true) = (was, was != now) {
            let used = show_number(policy, *used, budget.unit);
            return Some(format!("budgets.{}.used == {used}", policy.text(budget.name)));
        }
    }
    None
}

fn read(line: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(line) {
        Ok(Value::Object(event)) => Some(event),
        Ok(_) | Err(_) => None,
    }
}

/// What a test can say of a decision.
fn told<'a>(decision: &'a Decision<'a>) -> impl PartialEq + 'a {
    let along = (&decision.obligations, &decision.approvers);
    (decision.verdict.name(), &decision.rules, &decision.budgets, decision.code, along)
}
