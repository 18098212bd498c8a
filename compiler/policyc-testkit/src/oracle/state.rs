//! Everything that was remembered: sessions, budgets, calls. No limits here; the generators stay below them.

use std::collections::{BTreeMap, BTreeSet};

use policyc_compile::hir::ToolId;

use super::Event;
use super::budget::{Budgets, Due};
use super::memory::Session;

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    sessions: BTreeMap<String, Session>,
    /// Budgets.
    pub budgets: Budgets,
    /// Calls by id.
    pub calls: BTreeMap<String, Past>,
}

/// A call that was decided.
#[derive(Clone, Debug)]
pub struct Past {
    /// The call.
    pub event: Event,
    /// Its tool; `None` if it was refused before a rule was asked.
    pub tool: Option<ToolId>,
    /// It fitted what the policy declares.
    pub fits: bool,
    /// The number of its turn within its session.
    pub turn: u64,
    /// What became of it.
    pub standing: Standing,
    /// What each budget charges for it.
    pub due: Vec<Due>,
    /// Groups that must still approve.
    pub waits_for: BTreeSet<String>,
    /// How many were asked to.
    pub asked: usize,
    /// When an approval comes too late.
    pub until: Option<i64>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was denied or refused.
    Refused,
    /// It waits for people.
    Held,
    /// It may run.
    Allowed,
    /// Its result is there.
    Done,
}

impl State {
    /// A session, if anything is known of it.
    pub fn session(&self, name: &str) -> Option<&Session> {
        self.sessions.get(name)
    }

    /// A session, new if need be.
    pub fn open(&mut self, name: &str) -> &mut Session {
        self.sessions.entry(name.to_owned()).or_default()
    }

    /// A session sees an event: what the time is for it, if it says so at all.
    pub fn see(&mut self, session: Option<&str>, at: Option<i64>) -> Option<i64> {
        let Some(name) = session else { return at };
        let session = self.open(name);
        if session.first.is_none() {
            session.first = at;
        }
        session.latest = session.latest.max(at);
        at.and(session.latest)
    }
}
