//! A large group of rules, filed by access tests.
//!
//! Rules that share a test stand behind one *gate*. For each value asked of there is a table of exact values, an
//! automaton over the texts that must stand in it, and two lists of bounds; the value at hand opens the gates. Where
//! the value is not known, or of another kind than the tests expect, every gate through which a rule may apply is
//! open. Exact values are found by their hash alone: two values with one hash open each other's gates, and the
//! conditions behind them settle it.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use aho_corasick::AhoCorasick;

use super::access::{self, How, Kind, Test};
use super::candidate;
use crate::eval::glob::Where;
use crate::eval::{Evaluator, Scratch, grow};
use crate::policy::{AtomId, Const, ConstId, Policy, RoleId, RuleId, TermId};
use crate::quick::{Quick, hash_bytes};
use crate::value::Value;

/// So many texts that must stand in a value are compared one by one; more are searched for by one automaton.
const COMPARED: usize = 12;

/// The rules that stand behind one test.
type GateId = u32;

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

/// A group, filed.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Rules that no test keeps away.
    unfiled: Vec<RuleId>,
    gates: Vec<Vec<RuleId>>,
    values: Vec<ByValue>,
    /// Sorted by role.
    roles: Vec<(RoleId, GateId)>,
}

/// The tests of one value.
#[derive(Debug)]
struct ByValue {
    term: TermId,
    /// The argument or label without which it is absent, if that has no default.
    argument: Option<TermId>,
    kind: Kind,
    /// By exact value: a range of `exact_gates`.
    exact: Exact,
    exact_gates: Box<[GateId]>,
    /// Everything else; mostly there is nothing else, and what is at hand is smaller without it.
    rest: Option<Box<Rest>>,
    /// Rules that may apply where the value is not known.
    unknown: Box<[RuleId]>,
    /// Of these, rules that may apply where it is absent: their condition does not ask for it to be there.
    absent: Box<[RuleId]>,
}

/// Tests of one value that are not for exact values.
#[derive(Debug)]
struct Rest {
    /// By member, if the value is a list.
    members: Exact,
    member_gates: Vec<GateId>,
    /// `value >= bound`, sorted by bound.
    at_least: Vec<(i128, GateId)>,
    /// `value <= bound`, sorted by bound.
    at_most: Vec<(i128, GateId)>,
    /// Texts that must stand at one end of it.
    ends: Vec<(Where, Box<str>, GateId)>,
    parts: Option<Parts>,
}

/// Texts that must stand in the value.
#[derive(Debug)]
struct Parts {
    automaton: AhoCorasick,
    /// By pattern of the automaton.
    gates: Vec<Vec<GateId>>,
}

type Exact = HashMap<u64, (u32, u32), BuildHasherDefault<Quick>>;

fn hash_number(n: i128) -> u64 {
    hash_bytes(&n.to_le_bytes())
}

fn hash_bool(value: bool) -> u64 {
    hash_number(i128::from(value))
}

/// What is filed under exact values and members, before it is laid out.
#[derive(Default)]
struct Draft {
    exact: BTreeMap<u64, Vec<GateId>>,
    members: BTreeMap<u64, Vec<GateId>>,
    at_least: Vec<(i128, GateId)>,
    at_most: Vec<(i128, GateId)>,
    ends: Vec<(Where, Box<str>, GateId)>,
    parts: BTreeMap<String, Vec<GateId>>,
    unknown: Vec<RuleId>,
    absent: Vec<RuleId>,
}

impl Index {
    pub(super) fn new(policy: &Policy, rules: &[RuleId], budget: &mut Budget) -> Self {
        let choices: Vec<Vec<Vec<Test>>> = rules
            .iter()
            .map(|rule| policy.rules.get(rule.index()).map_or_else(Vec::new, |r| access::choices(policy, r.when)))
            .collect();
        // A test that many rules share settles little.
        let mut shared: BTreeMap<(AtomId, bool), usize> = BTreeMap::new();
        for test in choices.iter().flatten().flatten() {
            let count = shared.entry(test.literal).or_default();
            *count = count.saturating_add(1);
        }
        let cost = |tests: &Vec<Test>| -> usize {
            let each = |t: &Test| t.cost.saturating_add(shared.get(&t.literal).map_or(0, |n| n >> 2));
            tests.iter().map(each).sum()
        };
        let mut index = Self::default();
        let mut drafts: BTreeMap<(TermId, Kind), Draft> = BTreeMap::new();
        let mut gates: BTreeMap<(AtomId, bool), Option<GateId>> = BTreeMap::new();
        for (rule, choices) in rules.iter().zip(&choices) {
            let best = choices.iter().min_by_key(|tests| cost(tests));
            let filed = best.is_some_and(|tests| index.file(policy, *rule, tests, &mut drafts, &mut gates, budget));
            if !filed {
                index.unfiled.push(*rule);
            }
        }
        index.values = drafts.into_iter().map(|((term, kind), draft)| draft.lay_out(policy, term, kind)).collect();
        index.roles.sort_unstable();
        index
    }

    /// Puts a rule behind the gates of its tests; `false` if there is no room for one of them.
    fn file(
        &mut self,
        policy: &Policy,
        rule: RuleId,
        tests: &[Test],
        drafts: &mut BTreeMap<(TermId, Kind), Draft>,
        gates: &mut BTreeMap<(AtomId, bool), Option<GateId>>,
        budget: &mut Budget,
    ) -> bool {
        let mut opened = Vec::with_capacity(tests.len());
        for test in tests {
            let gate = *gates.entry(test.literal).or_insert_with(|| {
                let size = match &test.how {
                    How::Among(constant) => members(policy, constant).len(),
                    How::Is(_) | How::Has(_) | How::AtLeast(_) | How::AtMost(_) => 1,
                    How::Contains(..) | How::Role(_) => 1,
                };
                budget.take(size).then(|| self.gate(policy, test, drafts)).flatten()
            });
            match gate {
                Some(gate) => opened.push(gate),
                None => return false,
            }
        }
        let guards = policy.rules.get(rule.index()).map_or_else(Vec::new, |r| access::guards(policy, r.when));
        for (test, gate) in tests.iter().zip(opened) {
            if let Some(gate) = usize::try_from(gate).ok().and_then(|g| self.gates.get_mut(g)) {
                gate.push(rule);
            }
            let Some(term) = test.term else { continue };
            if let Some(draft) = drafts.get_mut(&(term, test.kind)).filter(|_| test.on_unknown) {
                draft.unknown.push(rule);
                if !guards.contains(&access::source(policy, term)) {
                    draft.absent.push(rule);
                }
            }
        }
        true
    }

    /// A new gate, found by the test.
    fn gate(&mut self, policy: &Policy, test: &Test, drafts: &mut BTreeMap<(TermId, Kind), Draft>) -> Option<GateId> {
        let gate = GateId::try_from(self.gates.len()).ok()?;
        self.gates.push(Vec::new());
        let Some(term) = test.term else {
            if let How::Role(role) = test.how {
                self.roles.push((role, gate));
            }
            return Some(gate);
        };
        let draft = drafts.entry((term, test.kind)).or_default();
        match &test.how {
            How::Among(constant) => {
                for member in members(policy, constant) {
                    if let Some(hash) = hash_const(policy, *member) {
                        draft.exact.entry(hash).or_default().push(gate);
                    }
                }
            }
            How::Is(value) => draft.exact.entry(hash_bool(*value)).or_default().push(gate),
            How::Has(constant) => {
                if let Some(hash) = hash_const(policy, *constant) {
                    draft.members.entry(hash).or_default().push(gate);
                }
            }
            How::AtLeast(bound) => draft.at_least.push((*bound, gate)),
            How::AtMost(bound) => draft.at_most.push((*bound, gate)),
            How::Contains(place, part) => draft.ends.push((*place, part.as_str().into(), gate)),
            How::Role(_) => {}
        }
        Some(gate)
    }

    /// Looks at every rule that may apply.
    pub(super) fn visit<'c>(&'c self, evaluator: &mut Evaluator<'c, '_>) {
        for rule in &self.unfiled {
            look(evaluator, *rule);
        }
        self.visit_roles(evaluator);
        let mut gates = std::mem::take(&mut evaluator.scratch.gates);
        let mut open = std::mem::take(&mut evaluator.scratch.open);
        grow(&mut gates, self.gates.len());
        for by_value in &self.values {
            if by_value.absent.is_empty() && by_value.argument.is_some_and(|a| evaluator.did_not_come(a)) {
                continue;
            }
            let value = evaluator.term(by_value.term);
            open.clear();
            let since = evaluator.scratch.tick();
            let found = by_value.open(evaluator, &value, |gate| {
                let index = usize::try_from(gate).unwrap_or(usize::MAX);
                if Scratch::first_time(&mut gates, index, since, since) {
                    open.push(gate);
                }
            });
            match found {
                Opened::Known => {}
                Opened::Unknown => by_value.unknown.iter().for_each(|rule| look(evaluator, *rule)),
                Opened::Absent => by_value.absent.iter().for_each(|rule| look(evaluator, *rule)),
            }
            for gate in &open {
                let rules = usize::try_from(*gate).ok().and_then(|g| self.gates.get(g));
                rules.into_iter().flatten().for_each(|rule| look(evaluator, *rule));
            }
            if evaluator.exhausted() {
                break;
            }
        }
        evaluator.scratch.gates = gates;
        evaluator.scratch.open = open;
    }

    fn visit_roles(&self, evaluator: &mut Evaluator<'_, '_>) {
        if self.roles.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(role) = evaluator.roles().get(at).copied() {
            at = at.saturating_add(1);
            let from = self.roles.partition_point(|(r, _)| *r < role);
            for (_, gate) in self.roles.iter().skip(from).take_while(|(r, _)| *r == role) {
                let rules = usize::try_from(*gate).ok().and_then(|g| self.gates.get(g));
                rules.into_iter().flatten().for_each(|rule| look(evaluator, *rule));
            }
        }
    }
}

/// A candidate, unless it is one already.
fn look(evaluator: &mut Evaluator<'_, '_>, rule: RuleId) {
    if evaluator.first_visit(rule) {
        candidate(evaluator, rule);
    }
}

/// What a value could say.
enum Opened {
    Known,
    /// Besides the gates that were opened, everything that may apply where the value is not known.
    Unknown,
    Absent,
}

impl ByValue {
    fn open<'c>(&'c self, ev: &mut Evaluator<'c, '_>, value: &Value<'c>, mut gate: impl FnMut(GateId)) -> Opened {
        let rest = self.rest.as_deref();
        // Whether the value is of the kind that every test expects.
        let expected = match value {
            Value::Absent => return Opened::Absent,
            Value::Unknown(_) => return Opened::Unknown,
            Value::Bool(b) if self.kind == Kind::Bool => {
                self.exactly(hash_bool(*b), &mut gate);
                true
            }
            Value::Num(n, unit) if self.kind == Kind::of(*unit) => {
                self.exactly(hash_number(*n), &mut gate);
                rest.into_iter().for_each(|rest| rest.open_bounds(*n, &mut gate));
                true
            }
            _ if self.kind == Kind::Text => match ev.text(value).map(str::len) {
                Some(len) => {
                    if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX)) {
                        return Opened::Unknown;
                    }
                    if let Some(text) = ev.text(value) {
                        self.exactly(hash_bytes(text.as_bytes()), &mut gate);
                        rest.into_iter().for_each(|rest| rest.open_text(text, &mut gate));
                    }
                    rest.is_none_or(|rest| rest.members.is_empty())
                }
                // A list: of its members alone may be asked.
                None => match rest {
                    Some(rest) if self.exact.is_empty() && rest.asks_members_only() => {
                        rest.open_members(ev, value, &mut gate)
                    }
                    Some(_) | None => false,
                },
            },
            Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) | Value::Wire(..) => false,
            Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) => false,
        };
        if expected {
            return Opened::Known;
        }
        // Of another kind than some test expects: that test's answer is unknown.
        self.exact_gates.iter().for_each(|g| gate(*g));
        rest.into_iter().for_each(|rest| rest.every_gate(&mut gate));
        Opened::Unknown
    }

    fn exactly(&self, hash: u64, gate: &mut impl FnMut(GateId)) {
        if !self.exact.is_empty() {
            range(&self.exact, &self.exact_gates, hash).for_each(|g| gate(*g));
        }
    }
}

impl Rest {
    fn asks_members_only(&self) -> bool {
        self.ends.is_empty() && self.parts.is_none()
    }

    fn open_bounds(&self, n: i128, gate: &mut impl FnMut(GateId)) {
        let end = self.at_least.partition_point(|(bound, _)| *bound <= n);
        self.at_least.iter().take(end).for_each(|(_, g)| gate(*g));
        let start = self.at_most.partition_point(|(bound, _)| *bound < n);
        self.at_most.iter().skip(start).for_each(|(_, g)| gate(*g));
    }

    fn open_text(&self, text: &str, gate: &mut impl FnMut(GateId)) {
        for (place, part, g) in &self.ends {
            let stands = match place {
                Where::Start => text.starts_with(&**part),
                Where::End => text.ends_with(&**part),
                Where::Somewhere => true,
            };
            if stands {
                gate(*g);
            }
        }
        if let Some(parts) = &self.parts {
            parts.open(text, gate);
        }
    }

    /// Opens the gates of the members; `false` if it is no list, or if some member is no text, so that the answer may
    /// be unknown.
    fn open_members<'c>(&self, ev: &mut Evaluator<'c, '_>, value: &Value<'c>, gate: &mut impl FnMut(GateId)) -> bool {
        let Some(members) = ev.members(value) else { return false };
        let mut all_texts = true;
        for member in members.values(ev) {
            let Some(len) = ev.text(&member).map(str::len) else {
                all_texts = false;
                continue;
            };
            if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX).saturating_add(1)) {
                return false;
            }
            if let Some(text) = ev.text(&member) {
                range(&self.members, &self.member_gates, hash_bytes(text.as_bytes())).for_each(|g| gate(*g));
            }
        }
        all_texts
    }

    fn every_gate(&self, gate: &mut impl FnMut(GateId)) {
        self.member_gates.iter().for_each(|g| gate(*g));
        self.at_least.iter().chain(&self.at_most).for_each(|(_, g)| gate(*g));
        self.ends.iter().for_each(|(.., g)| gate(*g));
        if let Some(parts) = &self.parts {
            parts.gates.iter().flatten().for_each(|g| gate(*g));
        }
    }
}

impl Parts {
    fn open(&self, text: &str, gate: &mut impl FnMut(GateId)) {
        for found in self.automaton.find_overlapping_iter(text) {
            let gates = self.gates.get(found.pattern().as_usize());
            gates.into_iter().flatten().for_each(|g| gate(*g));
        }
    }
}

impl Draft {
    fn parts(&mut self) -> Option<Parts> {
        if self.parts.is_empty() {
            return None;
        }
        let parts = std::mem::take(&mut self.parts);
        let automaton = AhoCorasick::new(parts.keys());
        let gates: Vec<Vec<GateId>> = parts.into_values().collect();
        match automaton {
            Ok(automaton) => Some(Parts { automaton, gates }),
            // Too large for an automaton: every text opens all of them.
            Err(_) => {
                self.ends.extend(gates.into_iter().flatten().map(|gate| (Where::Somewhere, Box::default(), gate)));
                None
            }
        }
    }

    fn lay_out(mut self, policy: &Policy, term: TermId, kind: Kind) -> ByValue {
        self.at_least.sort_unstable();
        self.at_most.sort_unstable();
        // A few texts are faster compared than searched for; those in the middle go through to the condition.
        if self.ends.len() > COMPARED {
            for (_, part, gate) in std::mem::take(&mut self.ends) {
                self.parts.entry(part.into()).or_default().push(gate);
            }
        }
        let parts = self.parts();
        let (exact, exact_gates) = flat(self.exact);
        let (members, member_gates) = flat(self.members);
        let more = !members.is_empty() || !self.at_least.is_empty() || !self.at_most.is_empty();
        let more = more || !self.ends.is_empty() || parts.is_some();
        let (at_least, at_most, ends) = (self.at_least, self.at_most, self.ends);
        let rest = Rest { members, member_gates, at_least, at_most, ends, parts };
        ByValue {
            term,
            argument: access::argument(policy, term),
            kind,
            exact,
            exact_gates: exact_gates.into(),
            rest: more.then(|| Box::new(rest)),
            unknown: self.unknown.into(),
            absent: self.absent.into(),
        }
    }
}

fn flat(map: BTreeMap<u64, Vec<GateId>>) -> (Exact, Vec<GateId>) {
    let mut exact = Exact::default();
    let mut all = Vec::new();
    for (hash, gates) in map {
        let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.extend(gates);
        exact.insert(hash, (start, u32::try_from(all.len()).unwrap_or(u32::MAX)));
    }
    (exact, all)
}

fn range<'i>(exact: &Exact, gates: &'i [GateId], hash: u64) -> std::slice::Iter<'i, GateId> {
    let found =
        exact.get(&hash).and_then(|(start, end)| gates.get(usize::try_from(*start).ok()?..usize::try_from(*end).ok()?));
    found.unwrap_or(&[]).iter()
}

/// The members of a list, or the constant itself.
fn members<'p>(policy: &'p Policy, constant: &'p ConstId) -> &'p [ConstId] {
    match policy.consts.get(constant.index()) {
        Some(Const::List(members)) => members,
        Some(_) => std::slice::from_ref(constant),
        None => &[],
    }
}

fn hash_const(policy: &Policy, constant: ConstId) -> Option<u64> {
    match policy.consts.get(constant.index())? {
        Const::Text(text) => Some(hash_bytes(policy.text(*text).as_bytes())),
        Const::Num(n, _) => Some(hash_number(*n)),
        Const::Bool(value) => Some(hash_bool(*value)),
        Const::Host(_) | Const::Network(_) | Const::Path(_) | Const::List(_) | Const::Record(_) | Const::Null => None,
    }
}
