//! A policy, a state and what decides with them: the one way in which this crate asks the runtime.

use std::collections::BTreeSet;

use policyc_runtime::decision::{Decision, Step};
use policyc_runtime::event::{self, CallResult, Event};
use policyc_runtime::explain::{self, Observed};
use policyc_runtime::policy::{BudgetId, MarkId, NodeId};
use policyc_runtime::probe::{self, Probe};
use policyc_runtime::state::{Standing, State};
use policyc_runtime::wire::Doc;
use policyc_runtime::{Brief, Engine, Loaded, Scratch, Truth, Wants};

use crate::coverage::Observer;

/// Decides events one after the other and remembers them.
pub(crate) struct Decider<'l> {
    engine: Engine<'l>,
    state: State,
    observer: Option<Observer<'l>>,
    /// What events change is noted.
    notes: bool,
}

/// What is true of a state, seen from a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standings {
    /// Whether the session has each mark.
    pub(crate) marks: Vec<Truth>,
    /// What is used of each budget, if its key is known.
    pub(crate) used: Vec<Option<i128>>,
}

/// A call that speaks for a test in which there is none yet.
const NOBODY: &str = r#"{"call":"-","tool":"-","args":{},"session":"session"}"#;

impl<'l> Decider<'l> {
    /// Nothing is remembered yet.
    pub(crate) fn new(loaded: &'l Loaded) -> Self {
        Self { engine: Engine::new(loaded), state: State::new(), observer: None, notes: false }
    }

    /// As `new`, with somebody who watches.
    pub(crate) fn watched(loaded: &'l Loaded, observer: Option<Observer<'l>>) -> Self {
        Self { observer, ..Self::new(loaded) }
    }

    /// What was seen; nothing if nobody watched.
    pub(crate) fn into_hits(self) -> Vec<u32> {
        self.observer.map(Observer::into_hits).unwrap_or_default()
    }

    /// Takes note of what events change from now on.
    pub(crate) fn noting(mut self) -> Self {
        self.notes = true;
        self.state.watch();
        self
    }

    /// What the events since the last question have changed, in words.
    pub(crate) fn changes(&mut self) -> Vec<String> {
        explain::changes(self.engine.loaded(), &self.state.take_changes())
    }

    /// Forgets everything that was remembered.
    pub(crate) fn forget(&mut self) {
        self.state = State::new();
        if self.notes {
            self.state.watch();
        }
    }

    /// Decides a line and remembers it. `number` is the line's, from 1.
    pub(crate) fn step(&mut self, line: &[u8], number: u64) -> Step<'l> {
        let Some(observer) = &mut self.observer else { return self.engine.step(&mut self.state, line, number) };
        observer.before(&self.state, line);
        let step = self.engine.step(&mut self.state, line, number);
        observer.after(&step);
        step
    }

    /// As `step`, for who counts: words only where they are wanted.
    pub(crate) fn brief(&mut self, line: &[u8], number: u64, wants: &mut Wants<'_>) -> Brief<'_, 'l> {
        self.engine.brief(&mut self.state, line, number, wants)
    }

    /// Decides a line without remembering it; `None` if it is no readable call.
    pub(crate) fn decide(&mut self, line: &[u8]) -> Option<Decision<'l>> {
        self.engine.decide(&self.state, line)
    }

    /// As `decide`, with somebody who watches.
    pub(crate) fn decide_watched(&mut self, line: &[u8], observer: &mut Observer<'_>) -> Option<Decision<'l>> {
        observer.before(&self.state, line);
        let decision = self.engine.decide(&self.state, line)?;
        observer.after(&Step::Call(decision.clone()));
        Some(decision)
    }

    /// What a line would be answered and what is true of the state after it, without remembering it. `call` is the line
    /// of the call that questions about the state are seen from.
    pub(crate) fn try_step(&mut self, line: &[u8], call: &str) -> (Step<'l>, Standings) {
        let before = self.state.clone();
        let step = self.engine.step(&mut self.state, line, 1);
        let standings = self.standings(call);
        self.state = before;
        (step, standings)
    }

    /// What a call would be decided after another event, without remembering either.
    pub(crate) fn try_both(&mut self, first: &[u8], call: &[u8]) -> Option<Decision<'l>> {
        let before = self.state.clone();
        self.engine.step(&mut self.state, first, 1);
        let decision = self.engine.decide(&self.state, call);
        self.state = before;
        decision
    }

    /// What is true of the state, seen from a call that was decided.
    pub(crate) fn standings(&self, call: &str) -> Standings {
        let loaded = self.engine.loaded();
        let policy = loaded.policy();
        let mut standings = Standings::default();
        let Ok(doc) = Doc::of(call) else { return standings };
        let Ok(Event::Call(call)) = event::read(&doc) else { return standings };
        probe::look_back(loaded, &self.state, &call, &mut Scratch::new(), &mut |asker| {
            standings.marks = (0..).map(MarkId).take(policy.marks.len()).map(|mark| asker.session_has(mark)).collect();
            standings.used = (0..).map(BudgetId).take(policy.budgets.len()).map(|budget| asker.used(budget)).collect();
        });
        standings
    }

    /// How the call stands that an answer speaks of.
    pub(crate) fn standing_of(&self, answer: &str) -> Option<Standing> {
        match event::read(&Doc::of(answer).ok()?).ok()? {
            Event::Answer(answer) => self.state.call(answer.id).map(|record| record.standing),
            Event::User(_) | Event::Call(_) | Event::Result(_) => None,
        }
    }

    /// Gives a session a mark.
    pub(crate) fn mark(&mut self, session: &str, mark: MarkId) -> Result<(), String> {
        self.state.touch(session, None).map_err(|refusal| refusal.to_string())?;
        self.state.set_mark(session, mark);
        Ok(())
    }

    /// Charges a budget for the keys of these calls, each key once.
    pub(crate) fn charge<'c>(
        &mut self,
        (budget, amount, at): (BudgetId, i128, i64),
        calls: impl Iterator<Item = &'c str>,
    ) -> Result<(), String> {
        let (mut keys, mut scratch) = (BTreeSet::new(), Scratch::new());
        for line in calls {
            // A line that is no call is refused when it is played.
            let Ok(doc) = Doc::of(line) else { continue };
            if let Ok(Event::Call(call)) = event::read(&doc) {
                let loaded = self.engine.loaded();
                probe::give_used(loaded, &mut self.state, &call, (budget, amount, at), &mut keys, &mut scratch)
                    .map_err(|refusal| refusal.to_string())?;
            }
        }
        Ok(())
    }

    /// Asks a condition, seen from a call and its result; either line may be missing.
    pub(crate) fn ask(&self, call: Option<&str>, result: Option<&str>, node: NodeId) -> Result<Probe, String> {
        let refused = |refusal: policyc_runtime::refusal::Refusal| refusal.to_string();
        let doc = Doc::of(call.unwrap_or(NOBODY)).map_err(refused)?;
        let Event::Call(call) = event::read(&doc).map_err(refused)? else {
            return Err("the condition is about an event that is no call".to_owned());
        };
        let result_doc = result.map(Doc::of).transpose().map_err(refused)?;
        let result: Option<CallResult<'_>> = match result_doc.as_ref().map(event::read).transpose().map_err(refused)? {
            Some(Event::Result(result)) => Some(result),
            Some(Event::User(_) | Event::Call(_) | Event::Answer(_)) | None => None,
        };
        Ok(probe::probe(self.engine.loaded(), &self.state, &call, result.as_ref(), node, &mut Scratch::new()))
    }

    /// The values under the conditions of these rules, seen from a call and its result, before either is remembered.
    pub(crate) fn values(&self, call: &str, result: Option<&str>, rules: &[String]) -> Vec<Observed> {
        let policy = self.engine.loaded().policy();
        let mut seen = Vec::new();
        for rule in policy.rules.iter().filter(|rule| rules.iter().any(|name| *name == policy.text(rule.name))) {
            let Ok(probe) = self.ask(Some(call), result, rule.when) else { continue };
            for value in probe.values {
                if !seen.contains(&value) {
                    seen.push(value);
                }
            }
        }
        seen
    }
}
