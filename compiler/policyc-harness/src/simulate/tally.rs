//! Counts of what was decided, kept while it is decided.
//!
//! A tally takes answers in any order and tallies can be added up: the sums are the same, and the example of a group
//! is always its earliest line. Counting an answer like one before it does not allocate.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use policyc_runtime::Loaded;
use policyc_runtime::decision::{Handling, Step, Verdict};

use super::report::{Counts, Example, RefusalGroup, Report, RuleCount};

/// Where an answer belongs.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    /// Of all lines of all inputs, from 0.
    pub(super) ordinal: u64,
    /// The input's name.
    pub(super) input: &'a str,
    /// The line in it, from 1.
    pub(super) line: u64,
}

struct Group<'l> {
    count: u64,
    ordinal: u64,
    verdict: Verdict,
    code: &'static str,
    rules: Vec<&'l str>,
    budgets: Vec<&'l str>,
    example: Example,
}

/// Counts by name: the policy chose the names, so a quick hash will do.
type ByName<'l> = HashMap<&'l str, u64, FixedState>;

/// Counts so far.
#[derive(Default)]
pub(super) struct Tally<'l> {
    counts: Counts,
    decided: ByName<'l>,
    observed: ByName<'l>,
    budgets: ByName<'l>,
    /// By verdict, code and names.
    groups: HashMap<Vec<&'l str>, Group<'l>, FixedState>,
    key: Vec<&'l str>,
}

impl<'l> Tally<'l> {
    /// Counts one line and its answer.
    pub(super) fn count(&mut self, at: At<'_>, step: &Step<'l>) {
        self.counts.lines += 1;
        match step {
            Step::Quiet => {}
            Step::Call(decision) => {
                self.counts.calls += 1;
                match decision.verdict {
                    Verdict::Allow => self.counts.allow += 1,
                    Verdict::Hold => self.counts.hold += 1,
                    Verdict::Deny => self.counts.deny += 1,
                }
                add_all(&mut self.decided, &decision.rules);
                add_all(&mut self.observed, &decision.observed);
                add_all(&mut self.budgets, &decision.budgets);
                if decision.verdict != Verdict::Allow {
                    let named = (decision.rules.as_slice(), decision.budgets.as_slice());
                    let said = (decision.call.as_deref(), decision.reason.as_str());
                    self.refused(at, (decision.verdict, decision.code), named, said);
                }
            }
            Step::Result(screening) => {
                match screening.handling {
                    Handling::Pass => self.counts.pass += 1,
                    Handling::Redact => self.counts.redact += 1,
                    Handling::Quarantine => self.counts.quarantine += 1,
                }
                add_all(&mut self.decided, &screening.rules);
                add_all(&mut self.observed, &screening.observed);
            }
            Step::Refused(rejection) => {
                self.counts.errors += 1;
                let said = (rejection.call.as_deref(), rejection.reason.as_str());
                self.refused(at, (Verdict::Deny, rejection.code), (&[], &[]), said);
            }
        }
    }

    fn refused(
        &mut self,
        at: At<'_>,
        (verdict, code): (Verdict, &'static str),
        (rules, budgets): (&[&'l str], &[&'l str]),
        (call, reason): (Option<&str>, &str),
    ) {
        self.key.clear();
        self.key.extend([verdict.name(), code]);
        self.key.extend(rules);
        // No name is empty.
        self.key.push("");
        self.key.extend(budgets);
        let example = || Example {
            input: at.input.to_owned(),
            line: at.line,
            call: call.map(str::to_owned),
            reason: reason.to_owned(),
        };
        if let Some(group) = self.groups.get_mut(self.key.as_slice()) {
            group.count += 1;
            if at.ordinal < group.ordinal {
                group.ordinal = at.ordinal;
                group.example = example();
            }
            return;
        }
        let (rules, budgets) = (rules.to_vec(), budgets.to_vec());
        let group = Group { count: 1, ordinal: at.ordinal, verdict, code, rules, budgets, example: example() };
        self.groups.insert(self.key.clone(), group);
    }

    /// Adds another tally to this one.
    pub(super) fn add(&mut self, other: Self) {
        self.counts.add(&other.counts);
        for (into, from) in [
            (&mut self.decided, other.decided),
            (&mut self.observed, other.observed),
            (&mut self.budgets, other.budgets),
        ] {
            from.into_iter().for_each(|(name, count)| *into.entry(name).or_insert(0) += count);
        }
        // Sums and minima: the order in which they are taken does not matter.
        other.groups.into_iter().for_each(|(key, group)| match self.groups.get_mut(&key) {
            None => drop(self.groups.insert(key, group)),
            Some(mine) => {
                mine.count += group.count;
                if group.ordinal < mine.ordinal {
                    mine.ordinal = group.ordinal;
                    mine.example = group.example;
                }
            }
        });
    }

    /// The report, without what only the caller knows.
    pub(super) fn report(self, loaded: &Loaded) -> Report {
        let policy = loaded.policy();
        let count = |of: &ByName<'l>, name: &str| of.get(name).copied().unwrap_or(0);
        let rules = policy.rules.iter().map(|rule| {
            let name = policy.text(rule.name);
            RuleCount {
                name: name.to_owned(),
                effect: rule.effect.name(),
                decided: count(&self.decided, name),
                observed: count(&self.observed, name),
            }
        });
        let rules = rules.collect();
        let mut groups: Vec<Group<'l>> = self.groups.into_values().collect();
        groups.sort_by(|a, b| b.count.cmp(&a.count).then(a.ordinal.cmp(&b.ordinal)));
        let budgets: BTreeMap<&str, u64> = self.budgets.into_iter().collect();
        Report {
            counts: self.counts,
            rules,
            budgets: budgets.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
            refusals: groups.into_iter().map(Group::reported).collect(),
            inputs: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl Group<'_> {
    fn reported(self) -> RefusalGroup {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        RefusalGroup {
            decision: self.verdict.name(),
            code: self.code.to_owned(),
            rules: owned(self.rules),
            budgets: owned(self.budgets),
            count: self.count,
            example: self.example,
        }
    }
}

fn add_all<'l>(into: &mut ByName<'l>, names: &[&'l str]) {
    for name in names {
        *into.entry(name).or_insert(0) += 1;
    }
}
