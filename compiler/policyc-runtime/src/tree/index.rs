//! A large group of rules, filed by access tests.
//!
//! Rules that share a test stand behind one *gate*. One table for the group holds all exact values; beside it, for each
//! value asked of, an automaton over the texts that must stand in it, and two lists of bounds. The value at hand opens
//! the gates. Where it is not known, or of another kind than the tests expect, every gate through which a rule may
//! apply is open. What opens a gate is at times less than its test (the hash of a number, a part of a glob): the
//! conditions behind it settle it, but for rules that are settled by the test itself.

use aho_corasick::AhoCorasick;

use super::access::Kind;
use super::{Entry, candidate};
use crate::eval::glob::Where;
use crate::eval::{Evaluator, Memo, Scratch, grow};
use crate::policy::{Policy, Read, RoleId, StrId, TermId};
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
    pub(super) gates: Box<[Span]>,
    /// The values that are asked of, and, in the same order, what is rarely needed of them.
    pub(super) heads: Box<[Head]>,
    pub(super) values: Box<[ByValue]>,
    /// Exact values, salted with the head that asks: ranges of `filed`.
    pub(super) exact: Table,
    pub(super) filed: Box<[Filed]>,
    /// Head by head: bounds, each kind sorted.
    pub(super) bounds: Box<[(i128, GateId)]>,
    /// Head by head: texts that must stand at one end of the value.
    pub(super) ends: Box<[End]>,
    /// Sorted by role.
    pub(super) roles: Box<[(RoleId, GateId)]>,
}

/// A value that is asked of.
#[derive(Debug)]
pub(super) struct Head {
    /// The argument or label without which there is nothing to open.
    pub(super) need: Option<TermId>,
    pub(super) term: TermId,
    /// The argument or label that it is, if it is read from nothing else, and how.
    pub(super) plain: Option<(TermId, Read)>,
    pub(super) kind: Kind,
    /// Sets the exact values of this head apart from those of others; nothing if it has none.
    pub(super) exact: Option<Salt>,
    /// `value >= bound` and `value <= bound`, in `bounds`.
    pub(super) at_least: Span,
    pub(super) at_most: Span,
    /// In `ends`.
    pub(super) ends: Span,
    /// There are tests for members or for texts anywhere.
    pub(super) more: bool,
}

/// A range of places.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: number(start), end: number(end) }
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn of<T>(self, all: &[T]) -> &[T] {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        all.get(index(self.start)..index(self.end)).unwrap_or(&[])
    }
}

/// A gate behind an exact value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filed {
    pub(super) gate: GateId,
    /// The value, if it is a text: another one may have its hash.
    pub(super) text: Option<StrId>,
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

/// What is rarely needed of a value.
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
    pub(super) parts: Option<Parts>,
}

/// A text that must stand at one end of the value: up to eight of its bytes, which settle most, and where they stand.
#[derive(Debug)]
pub(super) struct End {
    bytes: [u8; 8],
    len: u8,
    from_start: bool,
    distance: u32,
    gate: GateId,
    /// All of it, if it has more than these; nothing if it may stand anywhere.
    whole: Option<Box<str>>,
}

impl End {
    /// For a text that begins (`from_start`) or ends with `part`. Of a long one the bytes that stand furthest inside
    /// are taken: what many texts share mostly stands at their ends.
    pub(super) fn new(text: &str, from_start: bool, gate: GateId) -> Self {
        let part = text.as_bytes();
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
        let whole = (part.len() > 8).then(|| text.into());
        Self { bytes, len: u8::try_from(len).unwrap_or(8), from_start, distance, gate, whole }
    }

    fn stands_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let distance = usize::try_from(self.distance).unwrap_or(usize::MAX);
        let start = if self.from_start { Some(distance) } else { bytes.len().checked_sub(distance) };
        let Some(rest) = start.and_then(|start| bytes.get(start..)) else { return false };
        let window = match (self.len, rest.first_chunk::<8>()) {
            (8, window) => window == Some(&self.bytes),
            (len, _) => self.bytes.get(..usize::from(len)).is_some_and(|bytes| rest.starts_with(bytes)),
        };
        window
            && self
                .whole
                .as_deref()
                .is_none_or(|whole| if self.from_start { text.starts_with(whole) } else { text.ends_with(whole) })
    }
}

/// Texts that must stand in the value.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) automaton: AhoCorasick,
    /// By pattern of the automaton: where it must stand.
    pub(super) gates: Vec<Vec<(Where, GateId)>>,
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
            let plain = head.plain.and_then(|(of, how)| evaluator.plain(of, how));
            let value = plain.unwrap_or_else(|| evaluator.term(head.term));
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
            let passed = matches!(found, Opened::Known);
            open.iter().for_each(|gate| self.pass(evaluator, *gate, passed));
            if evaluator.exhausted() {
                break;
            }
        }
        evaluator.scratch.gates = gates;
        evaluator.scratch.open = open;
    }

    /// Looks at the rules behind a gate. Unless its test was passed, nothing is settled by it.
    fn pass(&self, evaluator: &mut Evaluator<'_, '_>, gate: GateId, passed: bool) {
        let span = usize::try_from(gate).ok().and_then(|gate| self.gates.get(gate).copied()).unwrap_or_default();
        for entry in span.of(&self.behind) {
            candidate(evaluator, Entry { settled: entry.settled && passed, ..*entry });
        }
    }

    fn visit_roles(&self, evaluator: &mut Evaluator<'_, '_>) {
        if self.roles.is_empty() {
            return;
        }
        if !evaluator.states_roles() {
            self.roles.iter().for_each(|(_, gate)| self.pass(evaluator, *gate, false));
            return;
        }
        let mut at = 0;
        while let Some(role) = evaluator.roles().get(at).copied() {
            at = at.saturating_add(1);
            let from = self.roles.partition_point(|(r, _)| *r < role);
            for (_, gate) in self.roles.iter().skip(from).take_while(|(r, _)| *r == role) {
                self.pass(evaluator, *gate, false);
            }
        }
    }

    /// The gates of an exact value; of a text, those that it has and not only its hash.
    fn exactly<'i>(
        &'i self,
        policy: &'i Policy,
        salt: Salt,
        hash: u64,
        text: Option<&'i str>,
    ) -> impl Iterator<Item = GateId> + 'i {
        let filed = self.exact.get(salt.mixed(hash)).and_then(|range| self.filed.get(range)).unwrap_or(&[]);
        let is = move |filed: &&Filed| filed.text.map(|id| policy.text(id)) == text;
        filed.iter().filter(is).map(|filed| filed.gate)
    }

    fn open<'c>(
        &'c self,
        ev: &mut Evaluator<'c, '_>,
        (at, head): (usize, &'c Head),
        value: &Value<'c>,
        to: &mut Opening<'_>,
    ) -> Opened {
        let policy = ev.loaded.policy();
        let more = if head.more { self.values.get(at) } else { None };
        let exactly = |hash: &dyn Fn() -> u64, text: Option<&str>, to: &mut Opening<'_>| {
            let gates = head.exact.into_iter().flat_map(|salt| self.exactly(policy, salt, hash(), text));
            gates.for_each(|gate| to.gate(gate));
        };
        // Whether the value is of the kind that every test expects.
        let expected = match value {
            Value::Absent => return Opened::Absent,
            Value::Unknown(_) => return Opened::Unknown,
            Value::Bool(b) if head.kind == Kind::Bool => {
                exactly(&|| hash_bool(*b), None, to);
                true
            }
            Value::Num(n, unit) if head.kind == Kind::of(*unit) => {
                exactly(&|| hash_number(*n), None, to);
                self.open_bounds(head, *n, to);
                true
            }
            _ if head.kind == Kind::Text => match ev.text(value).map(str::len) {
                Some(len) => {
                    if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX)) {
                        return Opened::Unknown;
                    }
                    if let Some(text) = ev.text(value) {
                        exactly(&|| hash_bytes(text.as_bytes()), Some(text), to);
                        let ends = head.ends.of(&self.ends).iter().filter(|end| end.stands_in(text));
                        ends.for_each(|end| to.gate(end.gate));
                        more.and_then(|more| more.parts.as_ref()).into_iter().for_each(|parts| parts.open(text, to));
                    }
                    more.is_none_or(|more| more.members.is_none())
                }
                // A list: of its members alone may be asked.
                None => match more.filter(|more| head.asks_members_only() && more.parts.is_none()) {
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
                let gates = self.exactly(ev.loaded.policy(), salt, hash_bytes(text.as_bytes()), Some(text));
                gates.for_each(|gate| to.again(gate));
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

impl Index {
    fn open_bounds(&self, head: &Head, n: i128, to: &mut Opening<'_>) {
        let at_least = head.at_least.of(&self.bounds);
        at_least.iter().take_while(|(bound, _)| *bound <= n).for_each(|(_, gate)| to.gate(*gate));
        let at_most = head.at_most.of(&self.bounds).iter().rev();
        at_most.take_while(|(bound, _)| *bound >= n).for_each(|(_, gate)| to.gate(*gate));
    }
}

impl Head {
    fn asks_members_only(&self) -> bool {
        self.exact.is_none() && self.ends.is_empty()
    }
}

impl Parts {
    fn open(&self, text: &str, to: &mut Opening<'_>) {
        for found in self.automaton.find_overlapping_iter(text) {
            let stands = |place: &Where| match place {
                Where::Start => found.start() == 0,
                Where::End => found.end() == text.len(),
                Where::Somewhere => true,
            };
            let gates = self.gates.get(found.pattern().as_usize()).into_iter().flatten();
            gates.filter(|(place, _)| stands(place)).for_each(|(_, gate)| to.again(*gate));
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
                assert!(end.stands_in(text), "{part} {text}");
            }
            for text in ["", "/", "m", "/srv/data/u098/", "_085.pem"] {
                let has = if from_start { text.starts_with(part) } else { text.ends_with(part) };
                assert_eq!(end.stands_in(text), has, "{part} {text}");
            }
        }
    }
}
