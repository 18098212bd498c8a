//! A large group of rules, filed by access tests.
//!
//! Rules that share a test stand behind one *gate*. One table for the group holds all exact values; beside it, for each
//! value asked of, an automaton over the texts that must stand in it, and two lists of bounds. The value at hand opens
//! the gates. Where it is not known, or of another kind than the tests expect, every gate through which a rule may
//! apply is open. What opens a gate is at times less than its test (a hash, a few bytes of a text): the conditions
//! behind it settle it.

use aho_corasick::AhoCorasick;

use super::access::Kind;
use super::{Entry, candidate};
use crate::eval::{Evaluator, Memo, Scratch, grow};
use crate::policy::{RoleId, TermId};
use crate::quick::{Table, hash_bytes, mix};
use crate::value::Value;

/// The rules that stand behind one test.
pub(super) type GateId = u32;

/// A group, filed. What a call needs of it lies close together: most of its time goes into reaching memory.
#[derive(Debug)]
pub(super) struct Index {
    /// Rules that no test keeps away.
    pub(super) unfiled: Box<[Entry]>,
    /// The rules behind the gates, one gate after the other, and where those of each begin and end.
    pub(super) behind: Box<[Entry]>,
    pub(super) gates: Box<[(u32, u32)]>,
    /// The values that are asked of, and, in the same order, what is rarely needed of them.
    pub(super) heads: Box<[Head]>,
    pub(super) values: Box<[ByValue]>,
    /// Exact values, salted with the head that asks: ranges of `filed`.
    pub(super) exact: Table,
    pub(super) filed: Box<[GateId]>,
    /// Sorted by role.
    pub(super) roles: Box<[(RoleId, GateId)]>,
}

/// A value that is asked of.
#[derive(Debug)]
pub(super) struct Head {
    /// The argument or label without which there is nothing to open.
    pub(super) need: Option<TermId>,
    pub(super) term: TermId,
    pub(super) kind: Kind,
    /// Sets the exact values of this head apart from those of others; nothing if it has none.
    pub(super) exact: Option<Salt>,
    /// There are tests for more than exact values.
    pub(super) more: bool,
}

/// What a hash is mixed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Salt(u64);

impl Salt {
    pub(super) fn of(head: usize, members: bool) -> Self {
        let n = u64::try_from(head).unwrap_or(u64::MAX).wrapping_mul(2).wrapping_add(u64::from(members));
        Self(mix(n.wrapping_add(1)))
    }

    pub(super) fn mixed(self, hash: u64) -> u64 {
        mix(hash ^ self.0)
    }
}

/// What is needed of a value besides its exact values.
#[derive(Debug)]
pub(super) struct ByValue {
    /// Every gate that it may open.
    pub(super) gates: Box<[GateId]>,
    /// Rules that may apply where it is not known.
    pub(super) unknown: Box<[Entry]>,
    /// Of these, rules that may apply where it is absent: their condition does not ask for it to be there.
    pub(super) absent: Box<[Entry]>,
    /// Its members are asked of, if it is a list.
    pub(super) members: Option<Salt>,
    /// `value >= bound`, sorted by bound.
    pub(super) at_least: Box<[(i128, GateId)]>,
    /// `value <= bound`, sorted by bound.
    pub(super) at_most: Box<[(i128, GateId)]>,
    /// Texts that must stand at one end of it.
    pub(super) ends: Box<[End]>,
    pub(super) parts: Option<Parts>,
}

/// Up to eight bytes that must stand at a distance from one end of a text.
#[derive(Debug)]
pub(super) struct End {
    bytes: [u8; 8],
    len: u8,
    from_start: bool,
    distance: u32,
    gate: GateId,
}

impl End {
    /// For a text that begins (`from_start`) or ends with `part`. Of a long one the bytes that stand furthest inside
    /// are taken: what many texts share mostly stands at their ends.
    pub(super) fn new(part: &str, from_start: bool, gate: GateId) -> Self {
        let part = part.as_bytes();
        let window = if from_start { part.last_chunk::<8>() } else { part.first_chunk::<8>() };
        let mut bytes = [0; 8];
        let len = match window {
            Some(whole) => {
                bytes = *whole;
                8
            }
            None => {
                bytes.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
                part.len()
            }
        };
        let distance = if from_start { part.len().saturating_sub(len) } else { part.len() };
        let distance = u32::try_from(distance).unwrap_or(u32::MAX);
        Self { bytes, len: u8::try_from(len).unwrap_or(8), from_start, distance, gate }
    }

    fn stands_in(&self, text: &[u8]) -> bool {
        let distance = usize::try_from(self.distance).unwrap_or(usize::MAX);
        let start = if self.from_start { Some(distance) } else { text.len().checked_sub(distance) };
        let Some(rest) = start.and_then(|start| text.get(start..)) else { return false };
        match (self.len, rest.first_chunk::<8>()) {
            (8, window) => window == Some(&self.bytes),
            (len, _) => self.bytes.get(..usize::from(len)).is_some_and(|bytes| rest.starts_with(bytes)),
        }
    }
}

/// Texts that must stand in the value.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) automaton: AhoCorasick,
    /// By pattern of the automaton.
    pub(super) gates: Vec<Vec<GateId>>,
}

pub(super) fn hash_number(n: i128) -> u64 {
    hash_bytes(&n.to_le_bytes())
}

pub(super) fn hash_bool(value: bool) -> u64 {
    hash_number(i128::from(value))
}

/// What a value could say.
enum Opened {
    Known,
    /// Besides the gates that were opened, everything that may apply where the value is not known.
    Unknown,
    Absent,
}

impl Index {
    /// Looks at every rule that may apply; it may look at one more than once.
    pub(super) fn visit<'c>(&'c self, evaluator: &mut Evaluator<'c, '_>) {
        for entry in &self.unfiled {
            candidate(evaluator, *entry);
        }
        self.visit_roles(evaluator);
        let mut gates = std::mem::take(&mut evaluator.scratch.gates);
        let mut open = std::mem::take(&mut evaluator.scratch.open);
        grow(&mut gates, self.gates.len());
        for (at, head) in self.heads.iter().enumerate() {
            if head.need.is_some_and(|argument| evaluator.did_not_come(argument)) {
                continue;
            }
            let value = evaluator.term(head.term);
            open.clear();
            let since = evaluator.scratch.tick();
            let mut opening = Opening { gates: &mut gates, open: &mut open, since };
            let found = self.open(evaluator, (at, head), &value, &mut opening);
            let rare = || self.values.get(at);
            let entries = match found {
                Opened::Known => &[],
                Opened::Unknown => rare().map_or(&[][..], |by_value| &by_value.unknown),
                Opened::Absent => rare().map_or(&[][..], |by_value| &by_value.absent),
            };
            entries.iter().for_each(|entry| candidate(evaluator, *entry));
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
        if !evaluator.states_roles() {
            self.roles.iter().for_each(|(_, gate)| self.pass(evaluator, *gate));
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

    /// The gates of an exact value.
    fn exactly(&self, salt: Salt, hash: u64) -> &[GateId] {
        self.exact.get(salt.mixed(hash)).and_then(|range| self.filed.get(range)).unwrap_or(&[])
    }

    fn open<'c>(
        &'c self,
        ev: &mut Evaluator<'c, '_>,
        (at, head): (usize, &'c Head),
        value: &Value<'c>,
        to: &mut Opening<'_>,
    ) -> Opened {
        let more = if head.more { self.values.get(at) } else { None };
        let exactly = |hash: u64, to: &mut Opening<'_>| {
            head.exact.into_iter().flat_map(|salt| self.exactly(salt, hash)).for_each(|gate| to.gate(*gate));
        };
        // Whether the value is of the kind that every test expects.
        let expected = match value {
            Value::Absent => return Opened::Absent,
            Value::Unknown(_) => return Opened::Unknown,
            Value::Bool(b) if head.kind == Kind::Bool => {
                exactly(hash_bool(*b), to);
                true
            }
            Value::Num(n, unit) if head.kind == Kind::of(*unit) => {
                exactly(hash_number(*n), to);
                more.into_iter().for_each(|more| more.open_bounds(*n, to));
                true
            }
            _ if head.kind == Kind::Text => match ev.text(value).map(str::len) {
                Some(len) => {
                    if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX)) {
                        return Opened::Unknown;
                    }
                    if let Some(text) = ev.text(value) {
                        exactly(hash_bytes(text.as_bytes()), to);
                        more.into_iter().for_each(|more| more.open_text(text, to));
                    }
                    more.is_none_or(|more| more.members.is_none())
                }
                // A list: of its members alone may be asked.
                None => match more.filter(|more| head.exact.is_none() && more.asks_members_only()) {
                    Some(ByValue { members: Some(salt), .. }) => self.open_members(ev, value, *salt, to),
                    Some(_) | None => false,
                },
            },
            Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) | Value::Wire(..) => false,
            Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) | Value::Part(..) => false,
        };
        if expected {
            return Opened::Known;
        }
        // Of another kind than some test expects: that test's answer is unknown.
        self.values.get(at).into_iter().flat_map(|by_value| &by_value.gates).for_each(|gate| to.again(*gate));
        Opened::Unknown
    }

    /// Opens the gates of the members; `false` if it is no list, or if some member is no text, so that the answer may
    /// be unknown.
    fn open_members<'c>(
        &self,
        ev: &mut Evaluator<'c, '_>,
        value: &Value<'c>,
        salt: Salt,
        to: &mut Opening<'_>,
    ) -> bool {
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
                self.exactly(salt, hash_bytes(text.as_bytes())).iter().for_each(|gate| to.again(*gate));
            }
        }
        all_texts
    }
}

/// The gates that the value at hand opens.
struct Opening<'o> {
    gates: &'o mut [Memo],
    open: &'o mut Vec<GateId>,
    since: u32,
}

impl Opening<'_> {
    /// Opens a gate that is come upon once.
    fn gate(&mut self, gate: GateId) {
        self.open.push(gate);
    }

    /// Opens a gate that may have been opened before: a long value can come upon it any number of times.
    fn again(&mut self, gate: GateId) {
        let index = usize::try_from(gate).unwrap_or(usize::MAX);
        if Scratch::first_time(self.gates, index, self.since, self.since) {
            self.open.push(gate);
        }
    }
}

impl ByValue {
    /// Whether it has tests for more than exact values.
    pub(super) fn is_more(&self) -> bool {
        let bounds = !self.at_least.is_empty() || !self.at_most.is_empty();
        bounds || self.members.is_some() || !self.asks_members_only()
    }

    fn asks_members_only(&self) -> bool {
        self.ends.is_empty() && self.parts.is_none()
    }

    fn open_bounds(&self, n: i128, to: &mut Opening<'_>) {
        let end = self.at_least.partition_point(|(bound, _)| *bound <= n);
        self.at_least.iter().take(end).for_each(|(_, gate)| to.gate(*gate));
        let start = self.at_most.partition_point(|(bound, _)| *bound < n);
        self.at_most.iter().skip(start).for_each(|(_, gate)| to.gate(*gate));
    }

    fn open_text(&self, text: &str, to: &mut Opening<'_>) {
        let stands = |end: &&End| end.stands_in(text.as_bytes());
        self.ends.iter().filter(stands).for_each(|end| to.gate(end.gate));
        if let Some(parts) = &self.parts {
            for found in parts.automaton.find_overlapping_iter(text) {
                let gates = parts.gates.get(found.pattern().as_usize());
                gates.into_iter().flatten().for_each(|gate| to.again(*gate));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_lets_every_text_through_that_has_it() {
        for (part, from_start, texts) in [
            ("/srv/data/u099/", true, ["/srv/data/u099/", "/srv/data/u099/x"]),
            ("/a", true, ["/a", "/ab"]),
            ("_084.pem", false, ["_084.pem", "x_084.pem"]),
            ("long_end_of_it.pem", false, ["long_end_of_it.pem", "a long_end_of_it.pem"]),
            ("é", false, ["é", "caffé"]),
        ] {
            let end = End::new(part, from_start, 0);
            for text in texts {
                assert!(end.stands_in(text.as_bytes()), "{part} {text}");
            }
            for text in ["", "/", "m", "/srv/data/u098/", "_085.pem"] {
                let has = if from_start { text.starts_with(part) } else { text.ends_with(part) };
                assert_eq!(end.stands_in(text.as_bytes()), has, "{part} {text}");
            }
        }
    }
}
