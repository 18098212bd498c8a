//! What answers say of rules, close together.
//!
//! Every answer names some rules, and most rules have nothing to say besides. With many of them, going to each for its
//! name and its silence costs more than saying it. Nothing here decides.

use crate::policy::{Policy, Rule, RuleId};

/// Names, and who has more to say.
#[derive(Debug)]
pub(crate) struct Spoken {
    names: Box<str>,
    /// By rule: where its name ends and the next begins, and whether it has a reason, a suggestion, approvers, a time
    /// to wait or obligations.
    rules: Box<[(u32, bool)]>,
}

impl Spoken {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut names = String::new();
        let rules = policy.rules.iter().map(|rule| {
            names.push_str(policy.text(rule.name));
            (u32::try_from(names.len()).unwrap_or(u32::MAX), has_more(rule))
        });
        let rules = rules.collect();
        Self { names: names.into(), rules }
    }

    /// A rule's name.
    pub(crate) fn name(&self, rule: RuleId) -> &str {
        let place = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let Some((end, _)) = self.rules.get(rule.index()) else { return "" };
        let start = rule.index().checked_sub(1).and_then(|before| self.rules.get(before)).map_or(0, |(end, _)| *end);
        self.names.get(place(start)..place(*end)).unwrap_or("")
    }

    /// Whether a rule says more than its name.
    pub(crate) fn has_more(&self, rule: RuleId) -> bool {
        self.rules.get(rule.index()).is_none_or(|(_, more)| *more)
    }
}

fn has_more(rule: &Rule) -> bool {
    let words = rule.because.is_some() || rule.suggest.is_some();
    words || !rule.approvers.is_empty() || rule.expires.is_some() || !rule.obligations.is_empty()
}
