//! Counts of what was decided, kept while it is decided.
//!
//! A tally takes answers in any order and tallies can be added up: the sums are the same, and the example of a group
//! is always its earliest line. Rules and budgets are counted by number: counting an answer like one before it does not
//! allocate, and needs no word of it.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use policyc_runtime::decision::{Handling, Rejection, Verdict};
use policyc_runtime::policy::{BudgetId, RuleId};
use policyc_runtime::{Brief, Judged, Loaded};

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

/// Refusals that have verdict, code, rules and budgets in common.
struct Group {
    count: u64,
    ordinal: u64,
    example: Example,
}

/// Groups of one verdict and code, by rules and budgets. The policy chose their numbers, so a quick hash will do.
type ByNumbers = HashMap<Box<[u32]>, Group, FixedState>;

/// Between the numbers of rules and those of budgets.
const BETWEEN: u32 = u32::MAX;

/// Counts so far.
pub(super) struct Tally<'l> {
    loaded: &'l Loaded,
    counts: Counts,
    /// By rule.
    decided: Vec<u64>,
    observed: Vec<u64>,
    /// By budget.
    budgets: Vec<u64>,
    groups: BTreeMap<(Verdict, &'static str), ByNumbers>,
    key: Vec<u32>,
}

impl<'l> Tally<'l> {
    /// Nothing is counted yet.
    pub(super) fn new(loaded: &'l Loaded) -> Self {
        let (rules, budgets) = (loaded.policy().rules.len(), loaded.policy().budgets.len());
        Self {
            loaded,
            counts: Counts::default(),
            decided: vec![0; rules],
            observed: vec![0; rules],
            budgets: vec![0; budgets],
            groups: BTreeMap::new(),
            key: Vec::new(),
        }
    }

    /// Whether a decision is the first of its group, whose example has words.
    pub(super) fn lacks(&mut self, judged: &Judged<'_>) -> bool {
        judged.verdict != Verdict::Allow && self.group(judged).is_none()
    }

    fn group(&mut self, judged: &Judged<'_>) -> Option<&mut Group> {
        self.key.clear();
        self.key.extend(judged.rules.iter().map(|rule| rule.0));
        self.key.push(BETWEEN);
        self.key.extend(judged.budgets.iter().map(|budget| budget.0));
        self.groups.get_mut(&(judged.verdict, judged.code))?.get_mut(self.key.as_slice())
    }

    /// Counts one line and its answer.
    pub(super) fn count(&mut self, at: At<'_>, brief: &Brief<'_, '_>) {
        self.counts.lines += 1;
        match brief {
            Brief::Quiet => {}
            Brief::Call { judged, words } => {
                self.counts.calls += 1;
                match judged.verdict {
                    Verdict::Allow => self.counts.allow += 1,
                    Verdict::Hold => self.counts.hold += 1,
                    Verdict::Deny => self.counts.deny += 1,
                }
                add_all(&mut self.decided, judged.rules.iter().map(|rule| rule.0));
                add_all(&mut self.observed, judged.observed.iter().map(|rule| rule.0));
                add_all(&mut self.budgets, judged.budgets.iter().map(|budget| budget.0));
                if judged.verdict != Verdict::Allow {
                    let said = words.as_ref().map(|words| (words.call.as_deref(), words.reason.as_str()));
                    self.refused(at, judged, said.unwrap_or_default());
                }
            }
            Brief::Result(screening) => {
                match screening.handling {
                    Handling::Pass => self.counts.pass += 1,
                    Handling::Redact => self.counts.redact += 1,
                    Handling::Quarantine => self.counts.quarantine += 1,
                }
                let loaded = self.loaded;
                let number = |name: &&str| loaded.rule_named(name).map(|rule| rule.0);
                add_all(&mut self.decided, screening.rules.iter().filter_map(number));
                add_all(&mut self.observed, screening.observed.iter().filter_map(number));
            }
            Brief::Refused(Rejection { code, call, reason, line: _ }) => {
                self.counts.errors += 1;
                let judged = Judged { verdict: Verdict::Deny, code, rules: &[], budgets: &[], observed: &[] };
                self.refused(at, &judged, (call.as_deref(), reason));
            }
        }
    }

    fn refused(&mut self, at: At<'_>, judged: &Judged<'_>, (call, reason): (Option<&str>, &str)) {
        let example = || Example {
            input: at.input.to_owned(),
            line: at.line,
            call: call.map(str::to_owned),
            reason: reason.to_owned(),
        };
        if let Some(group) = self.group(judged) {
            group.count += 1;
            if at.ordinal < group.ordinal {
                group.ordinal = at.ordinal;
                group.example = example();
            }
            return;
        }
        let group = Group { count: 1, ordinal: at.ordinal, example: example() };
        self.groups.entry((judged.verdict, judged.code)).or_default().insert(self.key.as_slice().into(), group);
    }

    /// Adds another tally of the same policy to this one.
    pub(super) fn add(&mut self, other: Self) {
        self.counts.add(&other.counts);
        for (into, from) in [
            (&mut self.decided, other.decided),
            (&mut self.observed, other.observed),
            (&mut self.budgets, other.budgets),
        ] {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        }
        // Sums and minima: the order in which they are taken does not matter.
        for (said, groups) in other.groups {
            let mine = self.groups.entry(said).or_default();
            groups.into_iter().for_each(|(key, group)| match mine.get_mut(&key) {
                None => drop(mine.insert(key, group)),
                Some(mine) => {
                    mine.count += group.count;
                    if group.ordinal < mine.ordinal {
                        mine.ordinal = group.ordinal;
                        mine.example = group.example;
                    }
                }
            });
        }
    }

    /// The report, without what only the caller knows.
    pub(super) fn report(self) -> Report {
        let (loaded, policy) = (self.loaded, self.loaded.policy());
        let counts = self.decided.iter().zip(&self.observed);
        let rules = policy.rules.iter().zip(counts).map(|(rule, (decided, observed))| RuleCount {
            name: policy.text(rule.name).to_owned(),
            effect: rule.effect.name(),
            decided: *decided,
            observed: *observed,
        });
        let budgets = policy.budgets.iter().zip(&self.budgets).filter(|(_, count)| **count > 0);
        let budgets = budgets.map(|(budget, count)| (policy.text(budget.name).to_owned(), *count));
        let groups = self.groups.into_iter().flat_map(|(said, groups)| {
            groups.into_iter().map(move |(key, group)| (group.ordinal, reported(loaded, said, &key, group)))
        });
        let mut groups: Vec<(u64, RefusalGroup)> = groups.collect();
        groups.sort_by(|(at_a, a), (at_b, b)| b.count.cmp(&a.count).then(at_a.cmp(at_b)));
        Report {
            counts: self.counts,
            rules: rules.collect(),
            budgets: budgets.collect(),
            refusals: groups.into_iter().map(|(_, group)| group).collect(),
            inputs: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

fn reported(
    loaded: &Loaded,
    (verdict, code): (Verdict, &'static str),
    key: &[u32],
    Group { count, example, ordinal: _ }: Group,
) -> RefusalGroup {
    let mut parts = key.splitn(2, |number| *number == BETWEEN);
    let mut part = || parts.next().unwrap_or_default().iter();
    let rules = part().map(|rule| loaded.rule_name(RuleId(*rule)).to_owned()).collect();
    let budgets = part().map(|budget| loaded.budget_name(BudgetId(*budget)).to_owned()).collect();
    RefusalGroup { decision: verdict.name(), code: code.to_owned(), rules, budgets, count, example }
}

fn add_all(into: &mut [u64], numbers: impl Iterator<Item = u32>) {
    for number in numbers {
        if let Some(count) = usize::try_from(number).ok().and_then(|number| into.get_mut(number)) {
            *count += 1;
        }
    }
}
