//! Access tests: for a rule, a few questions one of which must hold for the rule to apply.
//!
//! Of the parts of an `and` the one that promises to settle most is taken; an `or` needs one of each part. A rule for
//! which there are none stays unfiled. "Must hold" is meant two-valued: where the value asked of is not known, the
//! test says whether the rule may apply all the same.

use std::ops::Range;

use crate::eval::glob::{Glob, Where};
use crate::policy::{
    Atom, AtomId, Const, ConstId, Node, NodeId, Pattern, Policy, Read, RoleId, Side, StrId, Term, TermId, Unit,
};

/// A rule needs at most so many tests; one that needs more stays unfiled.
const MAX_TESTS: usize = 8;
/// At most so many parts of a condition are looked at.
const MAX_PARTS: usize = 64;

/// What kind of value a test expects; another kind makes the question unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Text,
    Bool,
    Count,
    Decimal,
    Money(StrId),
    Duration,
    Time,
}

impl Kind {
    pub(super) fn of(unit: Unit) -> Self {
        match unit {
            Unit::Count => Self::Count,
            Unit::Decimal => Self::Decimal,
            Unit::Money(currency) => Self::Money(currency),
            Unit::Duration => Self::Duration,
            Unit::Time => Self::Time,
        }
    }
}

/// How a value finds the test.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum How {
    /// It is one of the members of this constant (a list, or a single one).
    Among(ConstId),
    /// It is this truth value.
    Is(bool),
    /// This is a member of it.
    Has(ConstId),
    /// It is at least this.
    AtLeast(i128),
    /// It is at most this.
    AtMost(i128),
    /// This text stands in it.
    Contains(Where, String),
    /// The agent has this role.
    Role(RoleId),
}

/// One access test.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    /// Which question it comes from: atom, and whether it is asked for or against.
    pub literal: (AtomId, bool),
    /// Of what it asks; nothing for roles.
    pub term: Option<TermId>,
    pub kind: Kind,
    pub how: How,
    /// Whether the rule may apply where the value is not known.
    pub on_unknown: bool,
    /// How likely it is to hold; smaller is better.
    pub cost: usize,
}

/// The tests that could be asked of the rules of a group, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Choices {
    pub tests: Vec<Test>,
    /// The choices: each is a range of tests, all of which are needed.
    choices: Vec<Range<usize>>,
    /// By rule: its choices, each of which would do.
    rules: Vec<Range<usize>>,
}

impl Choices {
    /// Adds the choices for the next rule.
    pub fn add(&mut self, policy: &Policy, when: NodeId) {
        let from = self.choices.len();
        let mut left = MAX_PARTS;
        let whole = std::slice::from_ref(&when);
        let (parts, positive) = match policy.nodes.get(when.index()) {
            Some(Node::And(children)) => (&**children, true),
            Some(Node::Not(child)) => match policy.nodes.get(child.index()) {
                Some(Node::Or(children)) => (&**children, false),
                Some(_) | None => (whole, true),
            },
            Some(_) | None => (whole, true),
        };
        for part in parts {
            let start = self.tests.len();
            if tests(policy, *part, positive, &mut left, &mut self.tests) {
                self.choices.push(start..self.tests.len());
            }
        }
        self.rules.push(from..self.choices.len());
    }

    /// Rule by rule, in the order in which they came: its choices.
    pub fn rules(&self) -> impl Iterator<Item = impl Iterator<Item = &[Test]>> {
        self.rules.iter().map(|choices| {
            let choices = self.choices.get(choices.clone()).unwrap_or(&[]);
            choices.iter().map(|tests| self.tests.get(tests.clone()).unwrap_or(&[]))
        })
    }
}

/// Whether a rule is settled by one test: where the value is known, is of the kind that the test expects and passes it,
/// the rule applies. Its condition is the test's question, asked for, and at most asks besides whether the value came.
pub(super) fn settles(policy: &Policy, when: NodeId, test: &Test) -> bool {
    let (atom, asked_for) = test.literal;
    let exact = match policy.atoms.get(atom.index()) {
        Some(Atom::Eq(..) | Atom::InConst(..)) => test.kind == Kind::Text,
        Some(Atom::Lt(..) | Atom::Le(..) | Atom::StartsWith(..) | Atom::EndsWith(..)) => true,
        Some(_) | None => false,
    };
    let came = test.term.and_then(|term| argument(policy, term));
    let part = |node: &NodeId| match policy.nodes.get(node.index()) {
        Some(Node::Atom(asked, _)) => {
            *asked == atom
                || match policy.atoms.get(asked.index()) {
                    Some(Atom::Present(term)) => came == Some(read_from(policy, *term)),
                    Some(_) | None => false,
                }
        }
        Some(_) | None => false,
    };
    exact
        && asked_for
        && match policy.nodes.get(when.index()) {
            Some(Node::And(parts)) => parts.iter().all(part),
            Some(Node::Atom(asked, _)) => *asked == atom,
            Some(_) | None => false,
        }
}

/// What must be there for a rule to apply at all: the values that its condition asks to be present.
pub(super) fn guards(policy: &Policy, when: NodeId) -> Vec<TermId> {
    let present = |node: &NodeId| match policy.nodes.get(node.index()) {
        Some(Node::Atom(atom, _)) => match policy.atoms.get(atom.index()) {
            Some(Atom::Present(term)) => Some(source(policy, *term)),
            Some(_) | None => None,
        },
        Some(_) | None => None,
    };
    match policy.nodes.get(when.index()) {
        Some(Node::And(children)) => children.iter().filter_map(present).collect(),
        Some(_) => present(&when).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The value without which this one is absent, and with which it is there.
pub(super) fn source(policy: &Policy, term: TermId) -> TermId {
    let mut at = term;
    while let Some(
        Term::Read(of, _)
        | Term::ReadPath(of, _)
        | Term::ReadShell(of, _)
        | Term::ReadSql(of, _)
        | Term::Lower(of)
        | Term::ToDecimal(of)
        | Term::Len(of),
    ) = policy.terms.get(at.index())
    {
        at = *of;
    }
    at
}

/// The value that is read to get this one.
pub(super) fn read_from(policy: &Policy, term: TermId) -> TermId {
    let mut at = term;
    while let Some(Term::Read(of, _) | Term::ReadPath(of, _) | Term::ReadShell(of, _) | Term::ReadSql(of, _)) =
        policy.terms.get(at.index())
    {
        at = *of;
    }
    at
}

/// How a value is read, if it is an argument or label and reading it needs no memory.
pub(super) fn plain(policy: &Policy, term: TermId) -> Option<Read> {
    let Term::Read(of, how) = policy.terms.get(term.index())? else { return None };
    let scalar = match how {
        Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Text | Read::Duration | Read::Time => true,
        Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => false,
        Read::Sql(_) | Read::Shell => false,
    };
    let came = matches!(policy.terms.get(of.index()), Some(Term::Arg(_) | Term::Label(_)));
    (scalar && came).then_some(*how)
}

/// The argument or label that a value is read from.
pub(super) fn argument(policy: &Policy, term: TermId) -> Option<TermId> {
    let source = source(policy, term);
    matches!(policy.terms.get(source.index()), Some(Term::Arg(_) | Term::Label(_))).then_some(source)
}

/// Tests for a condition, or for its negation. The recursion is as deep as the condition, which is bounded.
fn tests(policy: &Policy, node: NodeId, positive: bool, left: &mut usize, out: &mut Vec<Test>) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    let from = out.len();
    match (policy.nodes.get(node.index()), positive) {
        (None, _) | (Some(Node::True), true) | (Some(Node::False), false) => false,
        // Never holds: no test lets it through.
        (Some(Node::False), true) | (Some(Node::True), false) => true,
        (Some(Node::Not(child)), _) => tests(policy, *child, !positive, left, out),
        (Some(Node::And(children)), true) | (Some(Node::Or(children)), false) => {
            let mut least = None;
            for child in children {
                let start = out.len();
                if !tests(policy, *child, positive, left, out) {
                    continue;
                }
                let cost: usize = out.iter().skip(start).map(|t| t.cost).sum();
                if least.is_none_or(|least| cost < least) {
                    least = Some(cost);
                    out.drain(from..start);
                } else {
                    out.truncate(start);
                }
            }
            least.is_some()
        }
        (Some(Node::Or(children)), true) | (Some(Node::And(children)), false) => {
            let all = children
                .iter()
                .all(|child| tests(policy, *child, positive, left, out) && out.len().saturating_sub(from) <= MAX_TESTS);
            if !all {
                out.truncate(from);
            }
            all
        }
        (Some(Node::Atom(atom, side)), _) => {
            let found = policy.atoms.get(atom.index()).and_then(|a| atom_test(policy, a, positive));
            // For: unknown holds on the side of `may`. Against: on the side of `must`.
            let on_unknown = (*side == Side::May) == positive;
            let literal = (*atom, positive);
            out.extend(found.map(|(term, kind, how, cost)| Test { literal, term, kind, how, on_unknown, cost }));
            out.len() > from
        }
    }
}

type Found = (Option<TermId>, Kind, How, usize);

fn atom_test(policy: &Policy, atom: &Atom, positive: bool) -> Option<Found> {
    match (atom, positive) {
        (Atom::IsTrue(term), _) => fetched(policy, *term).map(|t| (Some(t), Kind::Bool, How::Is(positive), 50)),
        (Atom::Lt(a, b), _) => bound(policy, (*a, *b), true, positive),
        (Atom::Le(a, b), _) => bound(policy, (*a, *b), false, positive),
        (Atom::Eq(a, b), true) => {
            let (term, constant) = with_constant(policy, *a, *b).or_else(|| with_constant(policy, *b, *a))?;
            let kind = const_kind(policy, constant)?;
            Some((Some(term), kind, How::Among(constant), 2))
        }
        (Atom::InConst(term, list), true) => {
            let Const::List(members) = policy.consts.get(list.index())? else { return None };
            let mut kinds = members.iter().map(|m| const_kind(policy, *m));
            let kind = kinds.next()??;
            if kinds.any(|k| k != Some(kind)) {
                return None;
            }
            let cost = members.len().saturating_add(1);
            Some((Some(fetched(policy, *term)?), kind, How::Among(*list), cost))
        }
        (Atom::InWire(member, list, Some(Read::Text)), true) => {
            let (Some(list), constant) = (fetched(policy, *list), constant(policy, *member)?) else { return None };
            matches!(policy.consts.get(constant.index()), Some(Const::Text(_))).then_some((
                Some(list),
                Kind::Text,
                How::Has(constant),
                4,
            ))
        }
        (Atom::Fits(term, pattern), true) => {
            let Pattern::Glob(glob) = policy.patterns.get(pattern.index())? else { return None };
            let (place, literal) = Glob::new(policy.text(*glob)).literal()?;
            contains(policy, *term, place, literal)
        }
        (Atom::StartsWith(term, part) | Atom::EndsWith(term, part) | Atom::Contains(term, part), true) => {
            let Const::Text(part) = policy.consts.get(constant(policy, *part)?.index())? else { return None };
            let place = if matches!(atom, Atom::StartsWith(..)) {
                Where::Start
            } else if matches!(atom, Atom::EndsWith(..)) {
                Where::End
            } else {
                Where::Somewhere
            };
            contains(policy, *term, place, policy.text(*part).to_owned())
        }
        (Atom::HasRole(role), true) => Some((None, Kind::Text, How::Role(*role), 8)),
        _ => None,
    }
}

fn contains(policy: &Policy, term: TermId, place: Where, literal: String) -> Option<Found> {
    let cost = match literal.len() {
        0 => return None,
        1 | 2 => 40,
        _ => 8,
    };
    Some((Some(fetched(policy, term)?), Kind::Text, How::Contains(place, literal), cost))
}

/// `a < b` (`strict`) or `a <= b`, or its negation, where one side is a constant.
fn bound(policy: &Policy, (a, b): (TermId, TermId), strict: bool, positive: bool) -> Option<Found> {
    let (term, constant, at_most) = match with_constant(policy, a, b) {
        Some((term, constant)) => (term, constant, positive),
        None => {
            let (term, constant) = with_constant(policy, b, a)?;
            (term, constant, !positive)
        }
    };
    let Const::Num(n, unit) = policy.consts.get(constant.index())? else { return None };
    // Values of one unit are whole numbers of its smallest part, so that `< n` is `<= n - 1`.
    let n = match (strict == positive, at_most) {
        (false, _) => *n,
        (true, true) => n.checked_sub(1)?,
        (true, false) => n.checked_add(1)?,
    };
    let how = if at_most { How::AtMost(n) } else { How::AtLeast(n) };
    Some((Some(term), Kind::of(*unit), how, 30))
}

/// A value that is no constant, and a constant.
fn with_constant(policy: &Policy, term: TermId, other: TermId) -> Option<(TermId, ConstId)> {
    Some((fetched(policy, term)?, constant(policy, other)?))
}

fn constant(policy: &Policy, term: TermId) -> Option<ConstId> {
    if let Term::Const(constant) = policy.terms.get(term.index())? { Some(*constant) } else { None }
}

/// A value that is asked for once a call: no constant.
fn fetched(policy: &Policy, term: TermId) -> Option<TermId> {
    let found = policy.terms.get(term.index())?;
    (!matches!(found, Term::Const(_) | Term::Var(_))).then_some(term)
}

fn const_kind(policy: &Policy, constant: ConstId) -> Option<Kind> {
    match policy.consts.get(constant.index())? {
        Const::Text(_) => Some(Kind::Text),
        Const::Num(_, unit) => Some(Kind::of(*unit)),
        Const::Bool(_) => Some(Kind::Bool),
        Const::Host(_) | Const::Network(_) | Const::Path(_) | Const::List(_) | Const::Record(_) | Const::Null => None,
    }
}
