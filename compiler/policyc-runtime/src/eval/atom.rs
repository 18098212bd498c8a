//! Answers questions about values: true, false or unknown.
//!
//! An absent or unknown value makes the answer unknown, except where the question is whether there is a value. No
//! answer is a guess.

use super::Evaluator;
use super::term::wire;
use crate::loaded::{Keys, Matcher};
use crate::policy::{Atom, ConstId, MarkId, PatternId, Read, StrId, Term, TermId, ToolSetId};
use crate::truth::Truth;
use crate::value::{Structure, Value};
use crate::wire::{Json, Kind};

/// The members of what a quantifier runs over.
#[derive(Clone)]
pub(crate) enum Members<'c> {
    List(crate::wire::Items<'c>, Option<crate::policy::ShapeId>),
    Map(crate::wire::Entries<'c>, Option<crate::policy::ShapeId>),
    Const(std::slice::Iter<'c, ConstId>),
    Tags(std::slice::Iter<'c, StrId>),
    Parts(std::vec::IntoIter<Value<'c>>),
}

impl<'c> Evaluator<'c, '_> {
    pub(super) fn ask(&mut self, atom: &'c Atom) -> Truth {
        match atom {
            Atom::IsTrue(term) => match self.term(*term) {
                Value::Bool(value) => Truth::known(value),
                Value::Unknown(_) | Value::Absent | Value::Num(..) | Value::Text(_) | Value::Computed(_) => {
                    Truth::UNKNOWN
                }
                Value::Wire(json, _) => json.bool().map_or(Truth::UNKNOWN, Truth::known),
                Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) => Truth::UNKNOWN,
                Value::Part(..) => Truth::UNKNOWN,
            },
            Atom::Eq(a, b) => self.of_two(*a, *b, Self::equal),
            Atom::Lt(a, b) => self.of_two(*a, *b, |_, a, b| Self::ordered(a, b, |o| o.is_lt())),
            Atom::Le(a, b) => self.of_two(*a, *b, |_, a, b| Self::ordered(a, b, |o| o.is_le())),
            Atom::InConst(term, list) => {
                let value = self.term(*term);
                self.in_const(value, *list)
            }
            Atom::InWire(member, list, how) => {
                let (member, list) = (self.term(*member), self.term(*list));
                self.in_wire(member, list, *how)
            }
            Atom::Fits(term, pattern) => {
                let value = self.term(*term);
                self.fits(value, *pattern)
            }
            Atom::StartsWith(a, b) => self.of_texts(*a, *b, |a, b| a.starts_with(b)),
            Atom::EndsWith(a, b) => self.of_texts(*a, *b, |a, b| a.ends_with(b)),
            Atom::Contains(a, b) => self.of_texts(*a, *b, |a, b| a.contains(b)),
            Atom::WithinNet(term, list) => {
                let value = self.term(*term);
                self.within_const(value, *list)
            }
            Atom::WithinValue(a, b) => self.of_two(*a, *b, Self::within_value),
            Atom::WithinPath(a, b) => self.of_two(*a, *b, Self::within_path),
            Atom::Present(term) => {
                let raw = self.raw(*term);
                match self.term(raw) {
                    Value::Absent => Truth::FALSE,
                    Value::Unknown(_) => Truth::UNKNOWN,
                    Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) => Truth::TRUE,
                    Value::Wire(..) | Value::Const(_) | Value::Tags(_) => Truth::TRUE,
                    Value::Read(_) | Value::ConstRead(_) | Value::Part(..) => Truth::TRUE,
                }
            }
            Atom::HasRole(role) if self.states_roles() => Truth::known(self.roles().binary_search(role).is_ok()),
            Atom::HasRole(_) => Truth::UNKNOWN,
            Atom::SessionHas(mark) => self.subject.history.session_has(*mark),
            Atom::ValueHas(term, mark) => self.value_has(*term, *mark),
            Atom::FromUser(term) => self.stands_in_user(*term),
            Atom::FromTools(term, tools) => self.stands_in_tools(*term, *tools),
            Atom::Any { list, depth, body } => self.any(*list, *depth, *body),
        }
    }

    /// A question of two values; unknown if one of them is.
    fn of_two(&mut self, a: TermId, b: TermId, ask: impl FnOnce(&mut Self, &Value<'c>, &Value<'c>) -> Truth) -> Truth {
        let (a, b) = (self.term(a), self.term(b));
        if a.why().is_some() || b.why().is_some() { Truth::UNKNOWN } else { ask(self, &a, &b) }
    }

    fn of_texts(&mut self, a: TermId, b: TermId, ask: fn(&str, &str) -> bool) -> Truth {
        let (a, b) = (self.term(a), self.term(b));
        let len = self.text(&a).map_or(0, str::len);
        if !self.spend_bytes(len, 1) {
            return Truth::UNKNOWN;
        }
        match (self.text(&a), self.text(&b)) {
            (Some(a), Some(b)) => Truth::known(ask(a, b)),
            _ => Truth::UNKNOWN,
        }
    }

    fn fits(&mut self, value: Value<'c>, pattern: PatternId) -> Truth {
        let Some(matcher) = self.loaded.matcher(pattern) else { return Truth::UNKNOWN };
        let Some(len) = self.text(&value).map(str::len) else { return Truth::UNKNOWN };
        let cost = match matcher {
            Matcher::Glob(glob) => glob.cost(),
            Matcher::Regex(_) => 8,
        };
        if !self.spend_bytes(len, cost) {
            return Truth::UNKNOWN;
        }
        let Some(text) = self.text(&value) else { return Truth::UNKNOWN };
        match matcher {
            Matcher::Glob(glob) => Truth::known(glob.fits(text)),
            Matcher::Regex(regex) => regex.is_match(text).map_or(Truth::UNKNOWN, Truth::known),
        }
    }

    /// Whether a scalar is among the members of a list, or a key of an object.
    fn in_wire(&mut self, member: Value<'c>, list: Value<'c>, how: Option<Read>) -> Truth {
        if member.why().is_some() || list.why().is_some() {
            return Truth::UNKNOWN;
        }
        let Some(how) = how else {
            if let (Some(key), Value::Part(..)) = (self.text(&member), list) {
                return self.part_has(&list, key).map_or(Truth::UNKNOWN, Truth::known);
            }
            let (Some(key), Value::Wire(json, _)) = (self.text(&member), list) else { return Truth::UNKNOWN };
            return if json.kind() == Kind::Object { Truth::known(json.get(key).is_some()) } else { Truth::UNKNOWN };
        };
        let Some(members) = self.members(&list) else { return Truth::UNKNOWN };
        let mut found = Truth::FALSE;
        for item in members.values(self) {
            if !self.spend(1) {
                return Truth::UNKNOWN;
            }
            found = found.or(self.equal_as(&member, &item, how));
            if found.must() {
                return found;
            }
        }
        found
    }

    /// What a quantifier or a membership runs over; `None` if it is no list or map.
    pub(crate) fn members(&self, list: &Value<'c>) -> Option<Members<'c>> {
        let policy = self.loaded.policy();
        match list {
            Value::Wire(json, shape) => {
                let member = shape.and_then(|s| self.loaded.inner(s)).and_then(|s| self.loaded.member_shape(s));
                match json.kind() {
                    Kind::List => Some(Members::List(json.items(), member)),
                    Kind::Object => Some(Members::Map(json.entries(), member)),
                    Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => None,
                }
            }
            Value::Const(constant) => match policy.consts.get(constant.index()) {
                Some(crate::policy::Const::List(members)) => Some(Members::Const(members.iter())),
                Some(_) | None => None,
            },
            Value::Tags(tool) => policy.tools.get(tool.index()).map(|t| Members::Tags(t.tags.iter())),
            Value::Part(..) => self.part_members(list).map(|members| Members::Parts(members.into_iter())),
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) | Value::Text(_) => None,
            Value::Computed(_) | Value::Read(_) | Value::ConstRead(_) => None,
        }
    }

    /// Whether the body holds for some member. It is of the side on which the atom stands, so the answer is both bits;
    /// only where there is no list it is unknown.
    fn any(&mut self, list: TermId, depth: u8, body: crate::policy::NodeId) -> Truth {
        let value = self.term(list);
        let Some(members) = self.members(&value) else { return Truth::UNKNOWN };
        for member in members.values(self) {
            if !self.spend(1) {
                return Truth::UNKNOWN;
            }
            let before = self.bind(depth, member, list);
            let holds = self.node(body);
            self.unbind(depth, before);
            if holds {
                return Truth::TRUE;
            }
        }
        Truth::FALSE
    }

    /// A value before it was read as a scalar: what marks, origin and presence are about.
    pub(crate) fn raw(&self, term: TermId) -> TermId {
        let mut at = term;
        while let Some(Term::Read(of, _) | Term::ReadPath(of, _) | Term::ReadShell(of, _) | Term::ReadSql(of, _)) =
            self.loaded.policy().terms.get(at.index())
        {
            at = *of;
        }
        at
    }

    /// The argument that a value is a part of.
    pub(crate) fn argument(&self, term: TermId) -> Option<StrId> {
        let mut at = term;
        loop {
            match self.loaded.policy().terms.get(at.index())? {
                Term::Arg(name) => return Some(*name),
                Term::Var(depth) => at = self.list_of(*depth)?,
                Term::Field(of, _) | Term::Index(of, _) | Term::Read(of, _) | Term::ReadPath(of, _) => at = *of,
                Term::ReadShell(of, _) | Term::ReadSql(of, _) => at = *of,
                Term::Member(of, _) | Term::Lower(of) => at = *of,
                Term::Const(_) | Term::Args | Term::Label(_) | Term::Attr(_) | Term::AgentId | Term::AgentTenant => {
                    return None;
                }
                Term::SessionId | Term::SessionAge | Term::Task | Term::ToolName | Term::ToolRisk | Term::ToolTags => {
                    return None;
                }
                Term::Time | Term::Budget(..) | Term::Result | Term::ResultOk | Term::UsageTokens => return None,
                Term::UsageCost(_) | Term::UsageTime | Term::Lookup(..) | Term::ConstField(..) => return None,
                Term::Add(..) | Term::Sub(..) | Term::Mul(..) | Term::Neg(_) | Term::ToDecimal(_) | Term::Len(_) => {
                    return None;
                }
            }
        }
    }

    fn value_has(&mut self, term: TermId, mark: MarkId) -> Truth {
        let policy = self.loaded.policy();
        let name = policy.marks.get(mark.index()).map_or("", |m| policy.text(*m));
        let raw = self.raw(term);
        let value = self.term(raw);
        if value.why().is_some() {
            return Truth::UNKNOWN;
        }
        let call = self.subject.call;
        let stated = match (self.argument(term), policy.terms.get(raw.index())) {
            (Some(argument), _) => call.states_mark(policy.text(argument), name),
            (None, Some(Term::Args)) => {
                let marks = call.marks.into_iter().flat_map(Json::entries);
                marks.flat_map(|(_, marks)| marks.items()).any(|m| m.text() == Some(name))
            }
            (None, _) => false,
        };
        if stated {
            return Truth::TRUE;
        }
        let has = |me: &Self, text: &str| me.subject.history.text_has(text, mark);
        self.derived_text(&value, has).unwrap_or_else(|| self.any_text(&value, has))
    }

    fn stands_in_user(&mut self, term: TermId) -> Truth {
        let raw = self.raw(term);
        let value = self.term(raw);
        let stands = |me: &Self, text: &str| me.subject.history.text_from_user(text);
        // Every text stands there unless some text does not.
        self.derived_text(&value, stands).unwrap_or_else(|| !self.any_text(&value, |me, text| !stands(me, text)))
    }

    fn stands_in_tools(&mut self, term: TermId, tools: ToolSetId) -> Truth {
        let raw = self.raw(term);
        let value = self.term(raw);
        let loaded = self.loaded;
        let Some(tools) = loaded.policy().tool_sets.get(tools.index()) else { return Truth::UNKNOWN };
        let stands = |me: &Self, text: &str| me.subject.history.text_from_tools(text, tools);
        self.derived_text(&value, stands).unwrap_or_else(|| self.any_text(&value, stands))
    }

    /// Of a text that was read out of another or computed, only "yes" is known: it may have come in other words.
    /// Nothing if the value is no such text.
    fn derived_text(&self, value: &Value<'c>, ask: impl Fn(&Self, &str) -> Truth) -> Option<Truth> {
        let answer = match value {
            Value::Computed(_) => self.text(value).map_or(Truth::UNKNOWN, |text| ask(self, text)),
            Value::Part(..) if self.text(value).is_some() => {
                self.text(value).map_or(Truth::UNKNOWN, |text| ask(self, text))
            }
            Value::Read(_) | Value::Part(..) => {
                let shown = self.structure(value).map(Structure::show);
                shown.map_or(Truth::UNKNOWN, |text| ask(self, &text))
            }
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) | Value::Text(_) => return None,
            Value::Wire(..) | Value::Const(_) | Value::Tags(_) | Value::ConstRead(_) => return None,
        };
        Some(answer.or(Truth::UNKNOWN))
    }

    /// Whether something is so of some text inside a value. Of what is no text and holds none, nothing is known.
    fn any_text(&mut self, value: &Value<'c>, mut ask: impl FnMut(&Self, &str) -> Truth) -> Truth {
        match value {
            Value::Wire(json, _) if matches!(json.kind(), Kind::Bool(_) | Kind::Null) => Truth::UNKNOWN,
            Value::Wire(json, shape) => self.any_text_within(*json, shape.map_or(Keys::Names, Keys::Of), &mut ask),
            Value::Text(text) => ask(self, text),
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) => Truth::UNKNOWN,
            Value::Computed(_) | Value::Read(_) => Truth::UNKNOWN,
            Value::Const(_) | Value::Tags(_) | Value::ConstRead(_) | Value::Part(..) => Truth::UNKNOWN,
        }
    }

    /// Of a value of the wire: its texts and numbers, and the keys that its type does not name. Values nest as deep as
    /// events may, so this recursion is bounded.
    fn any_text_within(&mut self, json: Json<'c>, keys: Keys, ask: &mut impl FnMut(&Self, &str) -> Truth) -> Truth {
        if !self.spend(4) {
            return Truth::UNKNOWN;
        }
        let mut found = Truth::FALSE;
        match json.kind() {
            Kind::Null | Kind::Bool(_) => {}
            Kind::Number(text) | Kind::Text(text) => found = ask(self, text),
            Kind::List => {
                let (_, within) = self.loaded.within(keys, None);
                for item in json.items() {
                    found = found.or(self.any_text_within(item, within, ask));
                    if found.must() {
                        break;
                    }
                }
            }
            Kind::Object => {
                for (key, value) in json.entries() {
                    let (named, within) = self.loaded.within(keys, Some(key));
                    if !named {
                        found = found.or(ask(self, key));
                    }
                    found = found.or(self.any_text_within(value, within, ask));
                    if found.must() {
                        break;
                    }
                }
            }
        }
        found
    }
}

impl<'c> Members<'c> {
    /// The members as values, one after the other.
    pub(crate) fn values(self, evaluator: &Evaluator<'c, '_>) -> impl Iterator<Item = Value<'c>> + use<'c> {
        let loaded = evaluator.loaded;
        let mut members = self;
        std::iter::from_fn(move || match &mut members {
            Self::List(items, shape) => items.next().map(|json| wire(json, *shape)),
            Self::Map(entries, shape) => entries.next().map(|(_, json)| wire(json, *shape)),
            Self::Const(ids) => ids.next().map(|c| loaded.constant(*c)),
            Self::Parts(parts) => parts.next(),
            Self::Tags(tags) => tags.next().map(|t| Value::Text(loaded.policy().text(*t))),
        })
    }
}
