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
use super::{Entry, candidate};
use crate::eval::glob::Where;
use crate::eval::{Evaluator, Memo, Scratch, grow};
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

/// A group, filed. What a call needs of it lies close together: most of its time goes into reaching memory.
#[derive(Debug)]
pub(super) struct Index {
    /// Rules that no test keeps away.
    unfiled: Box<[Entry]>,
    /// The rules behind the gates, one gate after the other, and where those of each begin and end.
    behind: Box<[Entry]>,
    gates: Box<[(u32, u32)]>,
    /// By value: the argument or label without which there is nothing to open.
    needs: Box<[Option<TermId>]>,
    values: Box<[ByValue]>,
    /// Sorted by role.
    roles: Box<[(RoleId, GateId)]>,
}

/// A group while it is filed.
#[derive(Default)]
struct Filing {
    gates: Vec<Vec<RuleId>>,
    roles: Vec<(RoleId, GateId)>,
    drafts: BTreeMap<(TermId, Kind), Draft>,
    /// By question; none where there was no room.
    by_test: BTreeMap<(AtomId, bool), Option<GateId>>,
}

/// The tests of one value.
#[derive(Debug)]
struct ByValue {
    term: TermId,
    kind: Kind,
    /// By exact value: a range of `exact_gates`.
    exact: Exact,
    exact_gates: Box<[GateId]>,
    /// Everything else; mostly there is nothing else, and what is at hand is smaller without it.
    rest: Option<Box<Rest>>,
    /// Rules that may apply where the value is not known.
    unknown: Box<[Entry]>,
    /// Of these, rules that may apply where it is absent: their condition does not ask for it to be there.
    absent: Box<[Entry]>,
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
        let mut filing = Filing::default();
        let mut unfiled = Vec::new();
        for (rule, choices) in rules.iter().zip(&choices) {
            let best = choices.iter().min_by_key(|tests| cost(tests));
            if !best.is_some_and(|tests| filing.file(policy, *rule, tests, budget)) {
                unfiled.push(Entry::new(policy, *rule));
            }
        }
        filing.lay_out(policy, unfiled)
    }

    /// Looks at every rule that may apply; it may look at one more than once.
    pub(super) fn visit<'c>(&'c self, evaluator: &mut Evaluator<'c, '_>) {
        for entry in &self.unfiled {
            candidate(evaluator, *entry);
        }
        self.visit_roles(evaluator);
        let mut gates = std::mem::take(&mut evaluator.scratch.gates);
        let mut open = std::mem::take(&mut evaluator.scratch.open);
        grow(&mut gates, self.gates.len());
        for (need, by_value) in self.needs.iter().zip(&self.values) {
            if need.is_some_and(|argument| evaluator.did_not_come(argument)) {
                continue;
            }
            let value = evaluator.term(by_value.term);
            open.clear();
            let since = evaluator.scratch.tick();
            let opening = Opening { gates: &mut gates, open: &mut open, since };
            match by_value.open(evaluator, &value, opening) {
                Opened::Known => {}
                Opened::Unknown => by_value.unknown.iter().for_each(|entry| candidate(evaluator, *entry)),
                Opened::Absent => by_value.absent.iter().for_each(|entry| candidate(evaluator, *entry)),
            }
            open.iter().for_each(|gate| self.pass(evaluator, *gate));
            if evaluator.exhausted() {
                break;
            }
        }
        evaluator.scratch.gates = gates;
        evaluator.scratch.open = open;
    }

    /// Looks at the rules behind a gate.
    fn pass(&self, evaluator: &mut Evaluator<'_, '_>, gate: GateId) {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let range = self.gates.get(index(gate)).map(|(start, end)| index(*start)..index(*end));
        let entries = range.and_then(|range| self.behind.get(range)).unwrap_or(&[]);
        entries.iter().for_each(|entry| candidate(evaluator, *entry));
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
                self.pass(evaluator, *gate);
            }
        }
    }
}

/// The gates that the value at hand opens.
struct Opening<'o> {
    gates: &'o mut [Memo],
    open: &'o mut Vec<GateId>,
    since: u32,
}

impl Opening<'_> {
    /// Opens a gate of a table that names it once.
    fn gate(&mut self, gate: GateId) {
        self.open.push(gate);
    }

    /// Opens a gate that a long value can come upon any number of times.
    fn again(&mut self, gate: GateId) {
        let index = usize::try_from(gate).unwrap_or(usize::MAX);
        if Scratch::first_time(self.gates, index, self.since, self.since) {
            self.open.push(gate);
        }
    }
}

impl Filing {
    /// Puts a rule behind the gates of its tests; `false` if there is no room for one of them.
    fn file(
        &mut self,
        policy: &Policy,
        rule: RuleId,
        tests: &[Test],
        budget: &mut Budget,
    ) -> bool {
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
        let guards = policy.rules.get(rule.index()).map_or_else(Vec::new, |r| access::guards(policy, r.when));
        for (test, gate) in tests.iter().zip(opened) {
            if let Some(gate) = usize::try_from(gate).ok().and_then(|g| self.gates.get_mut(g)) {
                gate.push(rule);
            }
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
        let gate = GateId::try_from(self.gates.len()).ok()?;
        self.gates.push(Vec::new());
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

    /// Puts everything where it is found fast.
    fn lay_out(mut self, policy: &Policy, unfiled: Vec<Entry>) -> Index {
        self.roles.sort_unstable();
        let mut behind = Vec::new();
        let mut gates = Vec::with_capacity(self.gates.len());
        for rules in self.gates {
            let start = u32::try_from(behind.len()).unwrap_or(u32::MAX);
            behind.extend(rules.into_iter().map(|rule| Entry::new(policy, rule)));
            gates.push((start, u32::try_from(behind.len()).unwrap_or(u32::MAX)));
        }
        let (mut needs, mut values) = (Vec::new(), Vec::new());
        for ((term, kind), draft) in self.drafts {
            let value = draft.lay_out(policy, term, kind);
            needs.push(access::argument(policy, term).filter(|_| value.absent.is_empty()));
            values.push(value);
        }
        Index {
            unfiled: unfiled.into(),
            behind: behind.into(),
            gates: gates.into(),
            needs: needs.into(),
            values: values.into(),
            roles: self.roles.into(),
        }
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
    fn open<'c>(&'c self, ev: &mut Evaluator<'c, '_>, value: &Value<'c>, mut to: Opening<'_>) -> Opened {
        let rest = self.rest.as_deref();
        // Whether the value is of the kind that every test expects.
        let expected = match value {
            Value::Absent => return Opened::Absent,
            Value::Unknown(_) => return Opened::Unknown,
            Value::Bool(b) if self.kind == Kind::Bool => {
                self.exactly(hash_bool(*b), &mut to);
                true
            }
            Value::Num(n, unit) if self.kind == Kind::of(*unit) => {
                self.exactly(hash_number(*n), &mut to);
                rest.into_iter().for_each(|rest| rest.open_bounds(*n, &mut to));
                true
            }
            _ if self.kind == Kind::Text => match ev.text(value).map(str::len) {
                Some(len) => {
                    if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX)) {
                        return Opened::Unknown;
                    }
                    if let Some(text) = ev.text(value) {
                        self.exactly(hash_bytes(text.as_bytes()), &mut to);
                        rest.into_iter().for_each(|rest| rest.open_text(text, &mut to));
                    }
                    rest.is_none_or(|rest| rest.members.is_empty())
                }
                // A list: of its members alone may be asked.
                None => match rest {
                    Some(rest) if self.exact.is_empty() && rest.asks_members_only() => {
                        rest.open_members(ev, value, &mut to)
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
        self.exact_gates.iter().for_each(|g| to.again(*g));
        rest.into_iter().for_each(|rest| rest.every_gate(&mut to));
        Opened::Unknown
    }

    fn exactly(&self, hash: u64, to: &mut Opening<'_>) {
        if !self.exact.is_empty() {
            range(&self.exact, &self.exact_gates, hash).for_each(|g| to.gate(*g));
        }
    }
}

impl Rest {
    fn asks_members_only(&self) -> bool {
        self.ends.is_empty() && self.parts.is_none()
    }

    fn open_bounds(&self, n: i128, to: &mut Opening<'_>) {
        let end = self.at_least.partition_point(|(bound, _)| *bound <= n);
        self.at_least.iter().take(end).for_each(|(_, g)| to.gate(*g));
        let start = self.at_most.partition_point(|(bound, _)| *bound < n);
        self.at_most.iter().skip(start).for_each(|(_, g)| to.gate(*g));
    }

    fn open_text(&self, text: &str, to: &mut Opening<'_>) {
        for (place, part, g) in &self.ends {
            let stands = match place {
                Where::Start => text.starts_with(&**part),
                Where::End => text.ends_with(&**part),
                Where::Somewhere => true,
            };
            if stands {
                to.gate(*g);
            }
        }
        if let Some(parts) = &self.parts {
            parts.open(text, to);
        }
    }

    /// Opens the gates of the members; `false` if it is no list, or if some member is no text, so that the answer may
    /// be unknown.
    fn open_members<'c>(&self, ev: &mut Evaluator<'c, '_>, value: &Value<'c>, to: &mut Opening<'_>) -> bool {
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
                range(&self.members, &self.member_gates, hash_bytes(text.as_bytes())).for_each(|g| to.again(*g));
            }
        }
        all_texts
    }

    fn every_gate(&self, to: &mut Opening<'_>) {
        self.member_gates.iter().for_each(|g| to.again(*g));
        self.at_least.iter().chain(&self.at_most).for_each(|(_, g)| to.again(*g));
        self.ends.iter().for_each(|(.., g)| to.again(*g));
        if let Some(parts) = &self.parts {
            parts.gates.iter().flatten().for_each(|g| to.again(*g));
        }
    }
}

impl Parts {
    fn open(&self, text: &str, to: &mut Opening<'_>) {
        for found in self.automaton.find_overlapping_iter(text) {
            let gates = self.gates.get(found.pattern().as_usize());
            gates.into_iter().flatten().for_each(|g| to.again(*g));
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
            kind,
            exact,
            exact_gates: exact_gates.into(),
            rest: more.then(|| Box::new(rest)),
            unknown: self.unknown.into_iter().map(|rule| Entry::new(policy, rule)).collect(),
            absent: self.absent.into_iter().map(|rule| Entry::new(policy, rule)).collect(),
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
