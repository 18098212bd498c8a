//! What events have changed, for whoever shows it.
//!
//! Nothing is noted unless that was asked for, and nothing is ever decided by what was noted.

use super::State;
use crate::policy::{BudgetId, MarkId};

/// One change of what is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A session got a mark or lost it.
    Session {
        /// Which.
        mark: MarkId,
        /// It has it now.
        set: bool,
    },
    /// The text of a result was remembered with marks.
    Result {
        /// Bit `n` is mark `n`.
        marks: u64,
    },
    /// A counter of a budget was charged, settled or given something back.
    Counter {
        /// Of which budget.
        budget: BudgetId,
        /// Which of its counters.
        key: Box<[u8]>,
        /// By how much.
        by: i128,
    },
}

impl State {
    /// Notes changes from now on, until they are taken.
    pub fn watch(&mut self) {
        self.changes.get_or_insert_default();
    }

    /// The changes since they were taken the last time; none if nobody watches.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.changes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn note(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change());
        }
    }
}
