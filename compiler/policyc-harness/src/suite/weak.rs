//! Tests that say less than they seem to: what to look at, never a failure.

use std::collections::{BTreeMap, BTreeSet};

use policyc_compile::hir::Verdict as Expected;
use policyc_compile::lower::{LoweredStep, LoweredTest, StepKind, TestSuite};
use policyc_runtime::Loaded;
use policyc_runtime::policy::Effect;
use rayon::prelude::*;

use super::report::Weak;
use super::scenario;
use crate::coverage::{Coverage, Kind, spot};

/// How many rules are taken away one after the other: each makes a policy to be loaded, and nobody waits for a note.
const MOST_RULES: usize = 200;

/// Expectations that whatever denies meets, and those that name a rule without which the decision is the same.
pub(super) fn expectations(suite: &TestSuite) -> Vec<Weak> {
    let policy = &suite.policy;
    let tests = || suite.tests.iter().filter(|test| test.skip.is_none() && test.fails.is_none());
    let weak = |code, test: &LoweredTest, step: &LoweredStep, why| {
        let spot = spot(policy, step.place);
        Weak { code, name: test.name.clone(), file: spot.file, line: spot.line, why }
    };
    let mut found = Vec::new();
    // Tests by the one rule that they name.
    let mut naming: BTreeMap<&str, Vec<(&LoweredTest, usize)>> = BTreeMap::new();
    for test in tests() {
        for (at, step) in test.steps.iter().enumerate() {
            let StepKind::ExpectDecision { verdict, by, code, judged, .. } = &step.kind else { continue };
            if let ([rule], Expected::Deny | Expected::Hold | Expected::Allow) = (by.as_slice(), verdict) {
                naming.entry(rule).or_default().push((test, at));
            }
            if *verdict == Expected::Deny && by.is_empty() && code.is_none() && !judged {
                let why = "`expect deny` is met by whatever denies: write `by RULE`, or `code default`".to_owned();
                found.push(weak("bare-deny", test, step, why));
            }
        }
    }
    let rules: Vec<_> = policy.rules.iter().enumerate().filter(|(_, rule)| !rule.observe).collect();
    let named: Vec<_> = rules
        .iter()
        .filter_map(|(at, rule)| Some((*at, policy.text(rule.name), naming.get(policy.text(rule.name))?)))
        .take(MOST_RULES)
        .collect();
    let same = named.par_iter().map(|(at, name, tests)| {
        let mut without = policy.clone();
        if let Some(rule) = without.rules.get_mut(*at) {
            rule.observe = true;
        }
        let Ok(loaded) = Loaded::new(without) else { return Vec::new() };
        let mut found = Vec::new();
        for (test, at) in tests.iter() {
            let Some(step) = test.steps.get(*at) else { continue };
            let StepKind::ExpectDecision { of, verdict, .. } = &step.kind else { continue };
            if scenario::decided(&loaded, test, *of).is_some_and(|decided| decided == scenario::word(*verdict)) {
                let why = format!("the decision is `{}` without `{name}` too", scenario::word(*verdict));
                found.push(weak("same-without", test, step, why));
            }
        }
        found
    });
    found.extend(same.collect::<Vec<_>>().into_iter().flatten());
    // Each row of a table is a test of its own; a line is said once, and only if it is so in every row.
    let rows = |line: &(String, usize)| {
        let at = |step: &&LoweredStep| {
            let spot = spot(policy, step.place);
            matches!(step.kind, StepKind::ExpectDecision { .. }) && (spot.file, spot.line) == *line
        };
        tests().flat_map(|test| &test.steps).filter(at).count()
    };
    let mut counts: BTreeMap<(&'static str, (String, usize)), usize> = BTreeMap::new();
    for one in &found {
        *counts.entry((one.code, (one.file.clone(), one.line))).or_default() += 1;
    }
    let mut said = BTreeSet::new();
    found.retain(|one| {
        let key = (one.code, (one.file.clone(), one.line));
        counts.get(&key).is_some_and(|count| *count >= rows(&key.1)) && said.insert(key)
    });
    found.sort_by(|a, b| (&a.file, a.line, a.code).cmp(&(&b.file, b.line, b.code)));
    found
}

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
