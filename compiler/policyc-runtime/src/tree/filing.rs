//! Files a large group of rules under their access tests: the slow half of `index`, done once when a policy is loaded.

use std::collections::{BTreeMap, HashMap};
use std::mem::take;

use aho_corasick::AhoCorasick;

use super::Entry;
use super::access::{self, Choices, How, Kind, Test};
use super::index::{
    ByValue, End, Filed, GateId, Head, Index, Parts, Salt, Span, Stores, WholeEnd, hash_bool, hash_number,
};
use crate::eval::glob::Where;
use crate::policy::{AtomId, Const, ConstId, Policy, RoleId, RuleId, StrId, TermId};
use crate::quick::hash_bytes;

/// So many texts that must stand in a value are compared one by one; more are searched for by one automaton.
const COMPARED: usize = 12;

/// How many exact values may be filed, all groups together: in proportion to the policy, so that a set of texts that
/// many groups share is not copied into each without bound.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(policy: &Policy) -> Self {
        let members = policy.consts.iter().map(|c| match c {
            Const::List(members) => members.len(),
            Const::Record(_) | Const::Bool(_) | Const::Num(..) | Const::Text(_) | Const::Null => 1,
            Const::Host(_) | Const::Network(_) | Const::Path(_) => 1,
        });
        let size = members.sum::<usize>().saturating_add(policy.nodes.len()).saturating_add(policy.rules.len());
        Self(size.saturating_mul(4))
    }

    /// Takes room for so many; single ones are always granted.
    fn take(&mut self, n: usize) -> bool {
        if n <= 1 {
            return true;
        }
        match self.0.checked_sub(n) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// Files the rules of a group.
pub(super) fn file(policy: &Policy, rules: &[RuleId], budget: &mut Budget, into: &mut Stores) -> Index {
    let mut choices = Choices::default();
    rules.iter().filter_map(|rule| policy.rules.get(rule.index())).for_each(|rule| choices.add(policy, rule.when));
    // A test that many rules share settles little.
    let mut shared: HashMap<(AtomId, bool), usize> = HashMap::new();
    for test in &choices.tests {
        let count = shared.entry(test.literal).or_default();
        *count = count.saturating_add(1);
    }
    let cost = |tests: &&[Test]| -> usize {
        let each = |t: &Test| t.cost.saturating_add(shared.get(&t.literal).map_or(0, |n| n >> 2));
        tests.iter().map(each).sum()
    };
    let mut filing = Filing { gates: number(into.gates.len()), ..Filing::default() };
    let mut unfiled = Vec::new();
    for (rule, choices) in rules.iter().zip(choices.rules()) {
        let best = choices.min_by_key(cost);
        if !best.is_some_and(|tests| filing.file(policy, *rule, tests, budget)) {
            unfiled.push(Entry::new(policy, *rule));
        }
    }
    filing.lay_out(policy, unfiled, into)
}

/// A group while it is filed.
#[derive(Default)]
struct Filing {
    /// How many gates there are in all stores, and which rules of this group stand behind which.
    gates: GateId,
    behind: Vec<(GateId, RuleId, bool)>,
    roles: Vec<(RoleId, GateId)>,
    drafts: BTreeMap<(TermId, Kind), Draft>,
    /// By question; none where there was no room.
    by_test: HashMap<(AtomId, bool), Option<GateId>>,
}

impl Filing {
    /// Puts a rule behind the gates of its tests; `false` if there is no room for one of them.
    fn file(&mut self, policy: &Policy, rule: RuleId, tests: &[Test], budget: &mut Budget) -> bool {
        let mut opened = Vec::with_capacity(tests.len());
        for test in tests {
            let gate = match self.by_test.get(&test.literal) {
                Some(gate) => *gate,
                None => {
                    let size = match &test.how {
                        How::Among(constant) => members(policy, constant).len(),
                        How::Is(_) | How::Has(_) | How::AtLeast(_) | How::AtMost(_) => 1,
                        How::Contains(..) | How::Role(_) => 1,
                    };
                    let gate = budget.take(size).then(|| self.gate(policy, test)).flatten();
                    self.by_test.insert(test.literal, gate);
                    gate
                }
            };
            match gate {
                Some(gate) => opened.push(gate),
                None => return false,
            }
        }
        let when = policy.rules.get(rule.index()).map(|r| r.when);
        let guards = when.map_or_else(Vec::new, |when| access::guards(policy, when));
        for (test, gate) in tests.iter().zip(opened) {
            // Of several tests each is less than the condition.
            let settled = tests.len() == 1 && when.is_some_and(|when| access::settles(policy, when, test));
            self.behind.push((gate, rule, settled));
            let Some(term) = test.term else { continue };
            if let Some(draft) = self.drafts.get_mut(&(term, test.kind)).filter(|_| test.on_unknown) {
                draft.unknown.push(rule);
                if !guards.contains(&access::source(policy, term)) {
                    draft.absent.push(rule);
                }
            }
        }
        true
    }

    /// A new gate, found by the test.
    fn gate(&mut self, policy: &Policy, test: &Test) -> Option<GateId> {
        let gate = self.gates;
        self.gates = gate.checked_add(1)?;
        let Some(term) = test.term else {
            if let How::Role(role) = test.how {
                self.roles.push((role, gate));
            }
            return Some(gate);
        };
        let draft = self.drafts.entry((term, test.kind)).or_default();
        match &test.how {
            How::Among(constant) => {
                for member in members(policy, constant) {
                    draft.exact.extend(hash_const(policy, *member).map(|(hash, text)| (hash, gate, text)));
                }
            }
            How::Is(value) => draft.exact.push((hash_bool(*value), gate, None)),
            How::Has(constant) => {
                draft.members.extend(hash_const(policy, *constant).map(|(hash, text)| (hash, gate, text)));
            }
            How::AtLeast(bound) => draft.at_least.push((*bound, gate)),
            How::AtMost(bound) => draft.at_most.push((*bound, gate)),
            How::Contains(place, part) => draft.ends.push((*place, part.clone(), gate)),
            How::Role(_) => {}
        }
        Some(gate)
    }

    /// Puts everything where it is found fast.
    fn lay_out(mut self, policy: &Policy, unfiled: Vec<Entry>, stores: &mut Stores) -> Index {
        let unfiled = span_of(&mut stores.entries, unfiled);
        self.behind.sort_unstable();
        for gate in number(stores.gates.len())..self.gates {
            let from = self.behind.partition_point(|(g, ..)| *g < gate);
            let behind = self.behind.iter().skip(from).take_while(|(g, ..)| *g == gate);
            let entries = behind.map(|(_, rule, settled)| Entry { settled: *settled, ..Entry::new(policy, *rule) });
            stores.gates.push(span_of(&mut stores.entries, entries));
        }
        let (first_head, mut ranges) = (stores.heads.len(), Vec::new());
        let (first_bound, first_end) = (stores.bounds.len(), stores.ends.len());
        for ((term, kind), mut draft) in self.drafts {
            let mut lay = |mut table: Vec<Exact>, members: bool| {
                let salt = Salt::of(stores.heads.len(), members);
                table.sort_unstable();
                for gates in table.chunk_by(|(a, ..), (b, ..)| a == b) {
                    let gates_of = gates.iter().map(|(_, gate, text)| Filed { gate: *gate, text: *text });
                    let span = span_of(&mut stores.filed, gates_of).range();
                    let hash = gates.first().map_or(0, |(hash, ..)| *hash);
                    ranges.push((salt.mixed(hash), (number(span.start), number(span.end))));
                }
                !table.is_empty()
            };
            let all = draft.all();
            let (exact, members) = (lay(take(&mut draft.exact), false), lay(take(&mut draft.members), true));
            let mut sorted = |mut list: Vec<(i128, GateId)>| {
                list.sort_unstable();
                span_of(&mut stores.bounds, list)
            };
            let (at_least, at_most) = (sorted(take(&mut draft.at_least)), sorted(take(&mut draft.at_most)));
            let (compared, parts) = texts(take(&mut draft.ends));
            let (ends, wholes): (Vec<End>, Vec<Option<Box<str>>>) = compared.into_iter().unzip();
            stores.wholes.extend(wholes);
            let value = draft.lay_out(policy, all, members, parts);
            stores.heads.push(Head {
                term,
                plain: access::plain(policy, term),
                source: access::argument(policy, term),
                kind,
                at_least,
                at_most,
                ends: span_of(&mut stores.ends, ends),
                needed: value.absent.is_empty(),
                exact,
                more: value.members || value.parts.is_some(),
            });
            stores.values.push(value);
        }
        self.roles.sort_unstable();
        Index {
            unfiled,
            heads: Span::new(first_head, stores.heads.len()),
            roles: span_of(&mut stores.roles, self.roles),
            exact: Span::of_range(stores.exact.add(&ranges)),
            bounds: Span::new(first_bound, stores.bounds.len()),
            ends: Span::new(first_end, stores.ends.len()),
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Puts a list behind what is there already, and says where.
pub(super) fn span_of<T>(all: &mut Vec<T>, list: impl IntoIterator<Item = T>) -> Span {
    let start = all.len();
    all.extend(list);
    Span::new(start, all.len())
}

/// The hash of a value, the gate behind it, and the value if it is a text.
type Exact = (u64, GateId, Option<StrId>);

/// What is filed under one value, before it is laid out.
#[derive(Default)]
struct Draft {
    exact: Vec<Exact>,
    members: Vec<Exact>,
    at_least: Vec<(i128, GateId)>,
    at_most: Vec<(i128, GateId)>,
    ends: Vec<(Where, String, GateId)>,
    unknown: Vec<RuleId>,
    absent: Vec<RuleId>,
}

impl Draft {
    /// Every gate that the value may open.
    fn all(&self) -> Vec<GateId> {
        let tables = self.exact.iter().chain(&self.members).map(|(_, gate, _)| gate);
        let bounds = self.at_least.iter().chain(&self.at_most).map(|(_, gate)| gate);
        let mut all: Vec<GateId> =
            tables.chain(bounds).chain(self.ends.iter().map(|(.., gate)| gate)).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn lay_out(self, policy: &Policy, gates: Vec<GateId>, members: bool, parts: Option<Parts>) -> ByValue {
        let entries = |rules: Vec<RuleId>| rules.into_iter().map(|rule| Entry::new(policy, rule)).collect();
        ByValue { gates: gates.into(), unknown: entries(self.unknown), absent: entries(self.absent), members, parts }
    }
}

/// Texts that must stand in a value: a few at its ends are compared, more are searched for.
fn texts(all: Vec<(Where, String, GateId)>) -> (Vec<WholeEnd>, Option<Parts>) {
    let end = |(place, part, gate): &(Where, String, GateId)| match place {
        Where::Start => End::new(part, true, *gate),
        Where::End => End::new(part, false, *gate),
        // What may stand anywhere goes through to its condition.
        Where::Somewhere => End::new("", true, *gate),
    };
    if all.len() <= COMPARED {
        return (all.iter().map(end).collect(), None);
    }
    let mut parts: BTreeMap<&str, Vec<(Where, GateId)>> = BTreeMap::new();
    for (place, part, gate) in &all {
        parts.entry(part).or_default().push((*place, *gate));
    }
    match AhoCorasick::new(parts.keys()) {
        Ok(automaton) => (Vec::new(), Some(Parts { automaton, gates: parts.into_values().collect() })),
        // Too large for an automaton.
        Err(_) => (all.iter().map(end).collect(), None),
    }
}

/// The members of a list, or the constant itself.
fn members<'p>(policy: &'p Policy, constant: &'p ConstId) -> &'p [ConstId] {
    match policy.consts.get(constant.index()) {
        Some(Const::List(members)) => members,
        Some(_) => std::slice::from_ref(constant),
        None => &[],
    }
}

/// The hash of a constant, and itself if it is a text.
fn hash_const(policy: &Policy, constant: ConstId) -> Option<(u64, Option<StrId>)> {
    match policy.consts.get(constant.index())? {
        Const::Text(text) => Some((hash_bytes(policy.text(*text).as_bytes()), Some(*text))),
        Const::Num(n, _) => Some((hash_number(*n), None)),
        Const::Bool(value) => Some((hash_bool(*value), None)),
        Const::Host(_) | Const::Network(_) | Const::Path(_) | Const::List(_) | Const::Record(_) | Const::Null => None,
    }
}
