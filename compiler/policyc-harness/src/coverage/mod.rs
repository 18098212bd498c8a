//! Coverage: what the tests and fixtures have seen of a policy.
//!
//! The unit is what the writer wrote: a rule, a condition, the boundary of a budget. A line break means nothing here,
//! and what stands in a test is never counted. Seen is what happened while an event was decided; nothing is derived
//! from what a rule might have done.

mod forms;
mod goals;
mod html;
mod observe;
mod places;
mod suggest;

pub use forms::{cobertura, json, lcov};
pub use goals::{Goal, Kind, Tally};
pub use html::html;
pub use places::{Spot, spot};
pub use suggest::suggest;

pub(crate) use goals::Layout;
pub(crate) use observe::Observer;

use policyc_runtime::policy::{Place, Policy};

/// What was to be seen, and how often it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// In a stable order: by kind, then as they stand in the policy.
    pub goals: Vec<Goal>,
    /// How often each was seen.
    pub hits: Vec<u32>,
}

impl Coverage {
    /// Goals with the number of times that they were seen.
    pub fn seen(&self) -> impl Iterator<Item = (&Goal, u32)> {
        self.goals.iter().zip(self.hits.iter().copied())
    }

    /// What was not seen and counts.
    pub fn missing(&self) -> impl Iterator<Item = &Goal> {
        self.seen().filter(|(goal, hits)| goal.counts && *hits == 0).map(|(goal, _)| goal)
    }

    /// Seen and to be seen, of one kind.
    pub fn tally(&self, kind: Kind) -> Tally {
        self.tally_of(|goal| goal.kind == kind)
    }

    /// Seen and to be seen, of one kind in one file.
    pub fn tally_in(&self, kind: Kind, file: u32) -> Tally {
        self.tally_of(|goal| goal.kind == kind && goal.place.is_some_and(|p| p.file == file))
    }

    fn tally_of(&self, takes: impl Fn(&Goal) -> bool) -> Tally {
        let mut tally = Tally::default();
        for (_, hits) in self.seen().filter(|(goal, _)| goal.counts && takes(goal)) {
            tally.of = tally.of.saturating_add(1);
            tally.seen = tally.seen.saturating_add(usize::from(hits > 0));
        }
        tally
    }

    /// Counts only what stands in these places; goals without a place do not count any more.
    pub fn keep(&mut self, takes: impl Fn(Place) -> bool) {
        for goal in &mut self.goals {
            goal.counts &= goal.place.is_some_and(&takes);
        }
    }

    /// Files in which there is anything to be seen.
    pub fn files(&self, policy: &Policy) -> Vec<u32> {
        let mut files: Vec<u32> = self.goals.iter().filter(|g| g.counts).filter_map(|g| Some(g.place?.file)).collect();
        files.sort_unstable();
        files.dedup();
        files.retain(|file| places::file(policy, *file).is_some());
        files
    }
}
