//! Decisions in brief: by number, without a word.
//!
//! Who replays a long trace counts most decisions and reads few of them. Putting one into words costs about as much as
//! coming to it, so it is done only for those that are wanted. Nothing here decides.

use crate::decide::Outcome;
use crate::decision::{Decision, Rejection, Screening, Step, Verdict};
use crate::eval::Scratch;
use crate::policy::{BudgetId, RuleId};

/// A decision on a call, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Judged<'s> {
    /// What is to be done.
    pub verdict: Verdict,
    /// `rule`, `budget`, `default`, or the stable name of a refusal.
    pub code: &'static str,
    /// All rules of the winning effect, sorted.
    pub rules: &'s [RuleId],
    /// All budgets that the call would exceed, sorted.
    pub budgets: &'s [BudgetId],
    /// Rules that only observe and would have applied, sorted.
    pub observed: &'s [RuleId],
}

/// Says of a decision whether it is wanted in words.
pub type Wants<'w> = dyn FnMut(&Judged<'_>) -> bool + 'w;

/// What one event led to, as `Step` says it, but for the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brief<'s, 'l> {
    /// Nothing to say.
    Quiet,
    /// A call was decided.
    Call {
        /// By number.
        judged: Judged<'s>,
        /// In words, if they were wanted.
        words: Option<Box<Decision<'l>>>,
    },
    /// A result was screened.
    Result(Screening<'l>),
    /// The event was refused.
    Refused(Rejection),
}

impl<'l> Brief<'_, 'l> {
    /// In full. A decision that nobody put into words is the default one: `deny`.
    #[must_use]
    pub fn in_full(self) -> Step<'l> {
        match self {
            Self::Quiet => Step::Quiet,
            Self::Call { words, .. } => Step::Call(words.map(|words| *words).unwrap_or_default()),
            Self::Result(screening) => Step::Result(screening),
            Self::Refused(rejection) => Step::Refused(rejection),
        }
    }
}

impl Scratch {
    /// The last decision, by number.
    pub(super) fn judged(&self, outcome: &Outcome) -> Judged<'_> {
        let Outcome { verdict, code, .. } = *outcome;
        Judged { verdict, code, rules: self.rules(), budgets: self.budgets(), observed: self.observed() }
    }
}
