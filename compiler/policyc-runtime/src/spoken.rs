//! What answers say of rules, close together.
//!
//! Every answer names some rules, and most rules have nothing to say besides. With many of them, going to each for its
//! name and its silence costs more than saying it. Nothing here decides.

use crate::policy::{Policy, Rule, RuleId};
use crate::recall::Bits;

/// Names, and who has more to say.
#[derive(Debug)]
pub(crate) struct Spoken {
    names: Box<str>,
    /// By rule: where its name ends and the next begins.
    ends: Box<[u32]>,
    /// The rules that have a reason, a suggestion, approvers, a time to wait or obligations.
    more: Bits,
}

impl Spoken {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut names = String::new();
        let ends = policy.rules.iter().map(|rule| {
            names.push_str(policy.text(rule.name));
            u32::try_from(names.len()).unwrap_or(u32::MAX)
        });
        let ends = ends.collect();
        let mut more = Bits::new(policy.rules.len());
        policy.rules.iter().enumerate().filter(|(_, rule)| has_more(rule)).for_each(|(at, _)| more.set(at));
        Self { names: names.into(), ends, more }
    }

    /// A rule's name.
    pub(crate) fn name(&self, rule: RuleId) -> &str {
        let place = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let Some(end) = self.ends.get(rule.index()) else { return "" };
        let start = rule.index().checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.names.get(place(start)..place(*end)).unwrap_or("")
    }

    /// Whether a rule says more than its name.
    pub(crate) fn has_more(&self, rule: RuleId) -> bool {
        self.more.get(rule.index())
    }
}

fn has_more(rule: &Rule) -> bool {
    let words = rule.because.is_some() || rule.suggest.is_some();
    words || !rule.approvers.is_empty() || rule.expires.is_some() || !rule.obligations.is_empty()
}
