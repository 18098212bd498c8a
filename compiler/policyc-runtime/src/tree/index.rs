//! A large group of rules, filed by access tests.
//!
//! Rules that share a test stand behind one *gate*. One table for the group holds all exact values; beside it, for each
//! value asked of, an automaton over the texts that must stand in it, and two lists of bounds. The value at hand opens
//! the gates. Where it is not known, or of another kind than the tests expect, every gate through which a rule may
//! apply is open. What opens a gate is at times less than its test (the hash of a number, a part of a glob): the
//! conditions behind it settle it, but for rules that are settled by the test itself.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::access::Kind;
use super::{Entry, candidate};
use crate::eval::glob::Where;
use crate::eval::{Evaluator, Memo, Scratch, grow};
use crate::policy::{Policy, Read, RoleId, StrId, TermId};
use crate::quick::{Tables, hash_bytes, mix};
use crate::value::Value;

/// The rules that stand behind one test.
pub(super) type GateId = u32;

/// A large group of rules. What it is made of lies in the stores of the tree, close together: most of the time of a call
/// goes into reaching memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Index {
    /// Rules that no test keeps away, in `Stores::entries`.
    pub(super) unfiled: Span,
    /// The values that are asked of.
    pub(super) heads: Span,
    /// Gates behind roles, sorted by role.
    pub(super) roles: Span,
    /// Its table of exact values, which are salted with the head that asks: ranges of `Stores::filed`.
    pub(super) exact: Span,
    /// What all heads have in `Stores::bounds` and `Stores::ends`.
    pub(super) bounds: Span,
    pub(super) ends: Span,
}

/// What the indexes of all groups are made of.
#[derive(Debug, Default)]
pub(super) struct Stores {
    /// Rules, those behind one gate next to each other.
    pub(super) entries: Vec<Entry>,
    /// By gate: the rules behind it.
    pub(super) gates: Vec<Span>,
    pub(super) heads: Vec<Head>,
    /// In the order of the heads, what is rarely needed of them.
    pub(super) values: Vec<ByValue>,
    pub(super) exact: Tables,
    pub(super) filed: Vec<Filed>,
    /// Head by head: bounds, each kind sorted.
    pub(super) bounds: Vec<(i128, GateId)>,
    /// Head by head: texts that must stand at one end of the value.
    pub(super) ends: Vec<End>,
    /// In the order of the ends: the whole text, if its end does not have all of it.
    pub(super) wholes: Vec<Option<Box<str>>>,
    pub(super) roles: Vec<(RoleId, GateId)>,
}

/// A value that is asked of.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) term: TermId,
    /// How it is read, if it is an argument or label that is plainly read.
    pub(super) plain: Option<Read>,
    /// The argument or label that it is read from, if it is.
    pub(super) source: Option<TermId>,
    pub(super) kind: Kind,
    /// `value >= bound` and `value <= bound`.
    pub(super) at_least: Span,
    pub(super) at_most: Span,
    pub(super) ends: Span,
    /// Without its source there is nothing to open.
    pub(super) needed: bool,
    /// There are tests for exact values.
    pub(super) exact: bool,
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

    pub(super) fn of_range(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }

    fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub(super) fn range(self) -> Range<usize> {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        index(self.start)..index(self.end)
    }

    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        all.get(self.range()).unwrap_or(&[])
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
    pub(super) members: bool,
    pub(super) parts: Option<Parts>,
}

/// A text that must stand at one end of the value: up to eight of its bytes, which settle most, and where they stand.
#[derive(Debug)]
pub(super) struct End {
    bytes: [u8; 8],
    gate: GateId,
    distance: u16,
    len: u8,
    from_start: bool,
}

/// An end, and the whole text if that is more.
pub(super) type WholeEnd = (End, Option<Box<str>>);

impl End {
    /// For a text that begins (`from_start`) or ends with `part`; and all of `part` if that is more. Of a long one the
    /// bytes that stand furthest inside are taken: what many texts share mostly stands at their ends.
    pub(super) fn new(text: &str, from_start: bool, gate: GateId) -> WholeEnd {
        let part = text.as_bytes();
        let window = if from_start { part.last_chunk::<8>() } else { part.first_chunk::<8>() };
        let distance = if from_start { part.len().saturating_sub(8) } else { part.len() };
        let mut bytes = [0; 8];
        let (len, distance) = match (window, u16::try_from(distance)) {
            (Some(window), Ok(distance)) => {
                bytes = *window;
                (8, distance)
            }
            (None, Ok(distance)) => {
                bytes.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
                (u8::try_from(part.len()).unwrap_or(8), distance)
            }
            // Too far inside.
            (_, Err(_)) => (0, 0),
        };
        let whole = (part.len() > usize::from(len)).then(|| text.into());
        (Self { bytes, gate, distance, len, from_start }, whole)
    }

    /// Whether its bytes stand in a text.
    fn stands_in(&self, text: &[u8]) -> bool {
        let distance = usize::from(self.distance);
        let start = if self.from_start { Some(distance) } else { text.len().checked_sub(distance) };
        let Some(rest) = start.and_then(|start| text.get(start..)) else { return false };
        match (self.len, rest.first_chunk::<8>()) {
            (8, window) => window == Some(&self.bytes),
            (len, _) => self.bytes.get(..usize::from(len)).is_some_and(|bytes| rest.starts_with(bytes)),
        }
    }

    /// Whether it stands in a text, given all of it.
    fn stands_whole(&self, whole: Option<&str>, text: &str) -> bool {
        self.stands_in(text.as_bytes())
            && whole.is_none_or(|whole| if self.from_start { text.starts_with(whole) } else { text.ends_with(whole) })
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

/// Which head asks, and the table of its index.
type Asked<'h> = (usize, &'h Head, Span);

/// What a value could say.
enum Opened {
    Known,
    /// Besides the gates that were opened, everything that may apply where the value is not known.
    Unknown,
    Absent,
}

impl Stores {
    /// Goes once to where the parts of an index lie, before any is needed. With many rules they are far away, and the
    /// ways there are walked side by side, while `visit` would walk one after the other.
    pub(super) fn reach(&self, index: Index) {
        fn each<T>(all: &[T], span: Span, number: impl Fn(&T) -> u32) -> u32 {
            let line = 64_usize.checked_div(size_of::<T>()).unwrap_or(1).max(1);
            span.of(all).iter().step_by(line).take(16).fold(0, |sum, part| sum ^ number(part))
        }
        let rules = each(&self.entries, index.unfiled, |entry| entry.rule.0);
        let heads = each(&self.heads, index.heads, |head| head.term.0);
        let bounds = each(&self.bounds, index.bounds, |(_, gate)| *gate);
        let ends = each(&self.ends, index.ends, |end| end.gate);
        std::hint::black_box(rules ^ heads ^ bounds ^ ends);
    }

    /// Looks at every rule of a group that may apply; it may look at one more than once.
    pub(super) fn visit<'c>(&'c self, index: Index, evaluator: &mut Evaluator<'c, '_>) {
        for entry in index.unfiled.of(&self.entries) {
            candidate(evaluator, *entry);
        }
        self.visit_roles(index.roles.of(&self.roles), evaluator);
        let mut gates = std::mem::take(&mut evaluator.scratch.gates);
        let mut open = std::mem::take(&mut evaluator.scratch.open);
        grow(&mut gates, self.gates.len());
        for (at, head) in index.heads.range().zip(index.heads.of(&self.heads)) {
            if head.needed && head.source.is_some_and(|argument| evaluator.did_not_come(argument)) {
                continue;
            }
            let plain = head.source.zip(head.plain).and_then(|(of, how)| evaluator.plain(of, how));
            let value = plain.unwrap_or_else(|| evaluator.term(head.term));
            open.clear();
            let since = evaluator.scratch.tick();
            let mut opening = Opening { gates: &mut gates, open: &mut open, since };
            let found = self.open(evaluator, (at, head, index.exact), &value, &mut opening);
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
        for entry in span.of(&self.entries) {
            candidate(evaluator, Entry { settled: entry.settled && passed, ..*entry });
        }
    }

    fn visit_roles(&self, roles: &[(RoleId, GateId)], evaluator: &mut Evaluator<'_, '_>) {
        if roles.is_empty() {
            return;
        }
        if !evaluator.states_roles() {
            roles.iter().for_each(|(_, gate)| self.pass(evaluator, *gate, false));
            return;
        }
        let mut at = 0;
        while let Some(role) = evaluator.roles().get(at).copied() {
            at = at.saturating_add(1);
            let from = roles.partition_point(|(r, _)| *r < role);
            for (_, gate) in roles.iter().skip(from).take_while(|(r, _)| *r == role) {
                self.pass(evaluator, *gate, false);
            }
        }
    }

    /// Opens the gates of an exact value; of a text, those that it has and not only its hash.
    fn open_exact(
        &self,
        policy: &Policy,
        table: Span,
        (salt, hash): (Salt, u64),
        text: Option<&str>,
        mut open: impl FnMut(GateId),
    ) {
        let Some(range) = self.exact.get(table.range(), salt.mixed(hash)) else { return };
        for filed in self.filed.get(range).unwrap_or(&[]) {
            if filed.text.map(|id| policy.text(id)) == text {
                open(filed.gate);
            }
        }
    }

    fn open<'c>(
        &'c self,
        ev: &mut Evaluator<'c, '_>,
        (at, head, table): Asked<'_>,
        value: &Value<'c>,
        to: &mut Opening<'_>,
    ) -> Opened {
        let policy = ev.loaded.policy();
        let exact = |hash: u64, to: &mut Opening<'_>| {
            if head.exact {
                self.open_exact(policy, table, (Salt::of(at, false), hash), None, |gate| to.gate(gate));
            }
        };
        let more = if head.more { self.values.get(at) } else { None };
        // Whether the value is of the kind that every test expects.
        let expected = match value {
            Value::Absent => return Opened::Absent,
            Value::Unknown(_) => return Opened::Unknown,
            Value::Bool(b) if head.kind == Kind::Bool => {
                exact(hash_bool(*b), to);
                true
            }
            Value::Num(n, unit) if head.kind == Kind::of(*unit) => {
                exact(hash_number(*n), to);
                self.open_bounds(head, *n, to);
                true
            }
            Value::Text(text) if head.kind == Kind::Text => {
                if !ev.spend(u64::try_from(text.len() >> 3).unwrap_or(u64::MAX)) {
                    return Opened::Unknown;
                }
                self.open_text(policy, (at, head, table), text, to);
                more.is_none_or(|more| !more.members)
            }
            _ if head.kind == Kind::Text => match ev.text(value).map(str::len) {
                Some(len) => {
                    if !ev.spend(u64::try_from(len >> 3).unwrap_or(u64::MAX)) {
                        return Opened::Unknown;
                    }
                    if let Some(text) = ev.text(value) {
                        self.open_text(policy, (at, head, table), text, to);
                    }
                    more.is_none_or(|more| !more.members)
                }
                // A list: of its members alone may be asked.
                None => match more.filter(|more| head.asks_members_only() && more.parts.is_none()) {
                    Some(ByValue { members: true, .. }) => {
                        self.open_members(ev, value, (table, Salt::of(at, true)), to)
                    }
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
        (table, salt): (Span, Salt),
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
                let hash = hash_bytes(text.as_bytes());
                self.open_exact(ev.loaded.policy(), table, (salt, hash), Some(text), |gate| to.again(gate));
            }
        }
        all_texts
    }

    fn open_text(&self, policy: &Policy, (at, head, table): Asked<'_>, text: &str, to: &mut Opening<'_>) {
        if head.exact {
            let hash = hash_bytes(text.as_bytes());
            self.open_exact(policy, table, (Salt::of(at, false), hash), Some(text), |gate| to.gate(gate));
        }
        for (at, end) in head.ends.range().zip(head.ends.of(&self.ends)) {
            if end.stands_in(text.as_bytes()) {
                let whole = self.wholes.get(at).and_then(|whole| whole.as_deref());
                if end.stands_whole(whole, text) {
                    to.gate(end.gate);
                }
            }
        }
        if let Some(parts) = self.values.get(at).filter(|_| head.more).and_then(|more| more.parts.as_ref()) {
            parts.open(text, to);
        }
    }

    fn open_bounds(&self, head: &Head, n: i128, to: &mut Opening<'_>) {
        let at_least = head.at_least.of(&self.bounds);
        at_least.iter().take_while(|(bound, _)| *bound <= n).for_each(|(_, gate)| to.gate(*gate));
        let at_most = head.at_most.of(&self.bounds).iter().rev();
        at_most.take_while(|(bound, _)| *bound >= n).for_each(|(_, gate)| to.gate(*gate));
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

impl Head {
    fn asks_members_only(&self) -> bool {
        !self.exact && self.ends.is_empty()
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
            let (end, whole) = End::new(part, from_start, 0);
            let stands_in = |text: &str| end.stands_whole(whole.as_deref(), text);
            for text in texts {
                assert!(stands_in(text), "{part} {text}");
            }
            for text in ["", "/", "m", "/srv/data/u098/", "_085.pem"] {
                let has = if from_start { text.starts_with(part) } else { text.ends_with(part) };
                assert_eq!(stands_in(text), has, "{part} {text}");
            }
        }
    }
}
