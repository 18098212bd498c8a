//! Counts of what was decided, kept while it is decided.
//!
//! A tally takes answers in any order and tallies can be added up: the sums are the same, and the example of a group
//! is always its earliest line. Counting an answer like one before it does not allocate.

use std::collections::{BTreeMap, HashMap};

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

struct Group {
    count: u64,
    ordinal: u64,
    first: RefusalGroup,
}

/// Counts so far.
#[derive(Default)]
pub(super) struct Tally {
    counts: Counts,
    decided: HashMap<String, u64>,
    observed: HashMap<String, u64>,
    budgets: HashMap<String, u64>,
    groups: HashMap<String, Group>,
    key: String,
}

impl Tally {
    /// Counts one line and its answer.
    pub(super) fn count(&mut self, at: At<'_>, step: &Step) {
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
                    self.refused(at, decision.verdict, decision.code, named, said);
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
                self.refused(at, Verdict::Deny, rejection.code, (&[], &[]), said);
            }
        }
    }

    fn refused(
        &mut self,
        at: At<'_>,
        verdict: Verdict,
        code: &str,
        (rules, budgets): (&[String], &[String]),
        (call, reason): (Option<&str>, &str),
    ) {
        self.key.clear();
        // Names hold no control characters, so what is put between them keeps keys apart.
        for part in [verdict.name(), code].into_iter().chain(rules.iter().map(String::as_str)) {
            self.key.push_str(part);
            self.key.push('\x1f');
        }
        self.key.push('\x1e');
        for part in budgets {
            self.key.push_str(part);
            self.key.push('\x1f');
        }
        let example = || Example {
            input: at.input.to_owned(),
            line: at.line,
            call: call.map(str::to_owned),
            reason: reason.to_owned(),
        };
        if let Some(group) = self.groups.get_mut(&self.key) {
            group.count += 1;
            if at.ordinal < group.ordinal {
                group.ordinal = at.ordinal;
                group.first.example = example();
            }
            return;
        }
        let first = RefusalGroup {
            decision: verdict.name(),
            code: code.to_owned(),
            rules: rules.to_vec(),
            budgets: budgets.to_vec(),
            count: 0,
            example: example(),
        };
        self.groups.insert(self.key.clone(), Group { count: 1, ordinal: at.ordinal, first });
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
                    mine.first = group.first;
                }
            }
        });
    }

    /// The report, without what only the caller knows.
    pub(super) fn report(self, loaded: &Loaded) -> Report {
        let policy = loaded.policy();
        let count = |of: &HashMap<String, u64>, name: &str| of.get(name).copied().unwrap_or(0);
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
        let mut groups: Vec<(u64, Group)> = self.groups.into_values().map(|g| (g.count, g)).collect();
        groups.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.ordinal.cmp(&b.1.ordinal)));
        Report {
            counts: self.counts,
            rules,
            budgets: self.budgets.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect(),
            refusals: groups.into_iter().map(|(count, group)| RefusalGroup { count, ..group.first }).collect(),
            inputs: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

fn add_all(into: &mut HashMap<String, u64>, names: &[String]) {
    for name in names {
        match into.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(into.insert(name.clone(), 1)),
        }
    }
}
