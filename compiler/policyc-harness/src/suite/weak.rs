//! Tests that say less than they seem to: what to look at, never a failure.

use policyc_compile::lower::TestSuite;
use policyc_runtime::policy::Effect;

use super::report::Weak;
use crate::coverage::{Coverage, Kind, spot};

/// Rules that restrict under a condition and were never asked about a call that they must let pass: a test of them
/// would pass as well if they had no condition.
pub(super) fn without_look_alike(suite: &TestSuite, coverage: &Coverage) -> Vec<Weak> {
    let policy = &suite.policy;
    let hits = |kind: Kind, name: &str| {
        coverage.seen().find(|(goal, _)| goal.kind == kind && goal.name == name).map_or(0, |(_, hits)| hits)
    };
    let conditional = suite.plan.rules.iter().filter(|planned| planned.when.is_some());
    let rules = conditional.filter_map(|planned| policy.rules.get(planned.rule.index()));
    let restricting = rules.filter(|rule| match rule.effect {
        Effect::Deny | Effect::Hold => !rule.observe,
        Effect::Allow | Effect::Redact | Effect::Quarantine => false,
    });
    let weak = restricting.filter_map(|rule| {
        let name = policy.text(rule.name);
        let (asked, applied) = (hits(Kind::Reached, name), hits(Kind::Rule, name));
        let spot = spot(policy, rule.place);
        (asked > 0 && asked == applied).then(|| Weak {
            code: "no-look-alike",
            name: name.to_owned(),
            file: spot.file,
            line: spot.line,
            why: format!("no test asks `{name}` about a call that it must let pass"),
        })
    });
    weak.collect()
}
