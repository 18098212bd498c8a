//! The tables of the compiled policy while they are filled: each thing once.
//!
//! Equal texts, constants, values, questions and conditions get one id, and a condition is simplified when it is
//! made, so two conditions that are equal after simplification are one node. Simplifying uses two facts only: the
//! laws of two-valued logic, and that what must be true may be true.

use std::collections::HashMap;
use std::hash::Hash;

use policyc_runtime::policy::{
    Atom, AtomId, Const, ConstId, Node, NodeId, Pattern, PatternId, Policy, Shape, ShapeId, Side, StrId, Template,
    TemplateId, Term, TermId, ToolSet, ToolSetId,
};

/// The tables and, for each, where a thing already stands.
#[derive(Default)]
pub(super) struct Arena {
    pub(super) policy: Policy,
    /// How much was done so far; whoever lowers stops when it is too much.
    pub(super) work: usize,
    strings: HashMap<Box<str>, StrId>,
    shapes: HashMap<Shape, ShapeId>,
    tool_sets: HashMap<ToolSet, ToolSetId>,
    consts: HashMap<Const, ConstId>,
    patterns: HashMap<Pattern, PatternId>,
    terms: HashMap<Term, TermId>,
    atoms: HashMap<Atom, AtomId>,
    nodes: HashMap<Node, NodeId>,
    templates: HashMap<Template, TemplateId>,
}

/// The two connectives; each is the other's mirror.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joined {
    And,
    Or,
}

pub(super) fn next_id(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn intern<T: Clone + Eq + Hash, I: Copy>(
    list: &mut Vec<T>,
    index: &mut HashMap<T, I>,
    id: fn(u32) -> I,
    item: T,
    work: &mut usize,
) -> I {
    if let Some(known) = index.get(&item) {
        return *known;
    }
    *work = work.saturating_add(1);
    let new = id(next_id(list.len()));
    list.push(item.clone());
    index.insert(item, new);
    new
}

fn places<T: Clone + Eq + Hash, I>(list: &[T], id: fn(u32) -> I) -> HashMap<T, I> {
    list.iter().cloned().zip((0..).map(id)).collect()
}

impl Arena {
    /// Goes on from a finished policy; all its ids stay.
    pub(super) fn resume(policy: Policy) -> Self {
        Self {
            work: 0,
            strings: places(&policy.strings, StrId),
            shapes: places(&policy.shapes, ShapeId),
            tool_sets: places(&policy.tool_sets, ToolSetId),
            consts: places(&policy.consts, ConstId),
            patterns: places(&policy.patterns, PatternId),
            terms: places(&policy.terms, TermId),
            atoms: places(&policy.atoms, AtomId),
            nodes: places(&policy.nodes, NodeId),
            templates: places(&policy.templates, TemplateId),
            policy,
        }
    }

    pub(super) fn string(&mut self, text: &str) -> StrId {
        if let Some(known) = self.strings.get(text) {
            return *known;
        }
        let id = StrId(next_id(self.policy.strings.len()));
        self.policy.strings.push(text.into());
        self.strings.insert(text.into(), id);
        id
    }

    pub(super) fn shape(&mut self, shape: Shape) -> ShapeId {
        intern(&mut self.policy.shapes, &mut self.shapes, ShapeId, shape, &mut self.work)
    }

    pub(super) fn tool_set(&mut self, set: ToolSet) -> ToolSetId {
        intern(&mut self.policy.tool_sets, &mut self.tool_sets, ToolSetId, set, &mut self.work)
    }

    pub(super) fn constant(&mut self, constant: Const) -> ConstId {
        intern(&mut self.policy.consts, &mut self.consts, ConstId, constant, &mut 0)
    }

    pub(super) fn text(&mut self, text: &str) -> ConstId {
        let text = self.string(text);
        self.constant(Const::Text(text))
    }

    pub(super) fn pattern(&mut self, pattern: Pattern) -> PatternId {
        intern(&mut self.policy.patterns, &mut self.patterns, PatternId, pattern, &mut self.work)
    }

    pub(super) fn template(&mut self, template: Template) -> TemplateId {
        intern(&mut self.policy.templates, &mut self.templates, TemplateId, template, &mut self.work)
    }

    pub(super) fn term(&mut self, term: Term) -> TermId {
        intern(&mut self.policy.terms, &mut self.terms, TermId, term, &mut self.work)
    }

    pub(super) fn const_at(&self, id: ConstId) -> Option<&Const> {
        self.policy.consts.get(id.index())
    }

    pub(super) fn term_at(&self, id: TermId) -> Option<&Term> {
        self.policy.terms.get(id.index())
    }

    /// The constant that a term is, if it is one.
    pub(super) fn const_of(&self, term: TermId) -> Option<ConstId> {
        if let Some(Term::Const(id)) = self.term_at(term) { Some(*id) } else { None }
    }

    fn node(&mut self, node: Node) -> NodeId {
        intern(&mut self.policy.nodes, &mut self.nodes, NodeId, node, &mut self.work)
    }

    pub(super) fn node_at(&self, id: NodeId) -> Option<&Node> {
        self.policy.nodes.get(id.index())
    }

    pub(super) fn known(&mut self, value: bool) -> NodeId {
        self.node(if value { Node::True } else { Node::False })
    }

    /// What an unknown condition is on this side.
    pub(super) fn unknown(&mut self, side: Side) -> NodeId {
        self.known(side == Side::May)
    }

    pub(super) fn atom(&mut self, atom: Atom, side: Side) -> NodeId {
        let id = intern(&mut self.policy.atoms, &mut self.atoms, AtomId, atom, &mut self.work);
        self.node(Node::Atom(id, side))
    }

    pub(super) fn not(&mut self, id: NodeId) -> NodeId {
        match self.node_at(id) {
            Some(Node::True) => self.known(false),
            Some(Node::False) => self.known(true),
            Some(Node::Not(inner)) => *inner,
            Some(Node::Atom(..) | Node::And(_) | Node::Or(_)) | None => self.node(Node::Not(id)),
        }
    }

    pub(super) fn and(&mut self, operands: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.join(Joined::And, operands)
    }

    pub(super) fn or(&mut self, operands: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.join(Joined::Or, operands)
    }

    fn join(&mut self, op: Joined, operands: impl IntoIterator<Item = NodeId>) -> NodeId {
        let settled = op == Joined::Or; // one operand of this value settles the whole
        let mut flat: Vec<NodeId> = Vec::new();
        for id in operands {
            match (op, self.node_at(id)) {
                (_, Some(Node::True)) if settled => return self.known(true),
                (_, Some(Node::False)) if !settled => return self.known(false),
                (_, Some(Node::True | Node::False)) => {}
                (Joined::And, Some(Node::And(inner))) | (Joined::Or, Some(Node::Or(inner))) => {
                    flat.extend(inner.iter().copied());
                }
                (_, Some(Node::Atom(..) | Node::Not(_) | Node::And(_) | Node::Or(_)) | None) => flat.push(id),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        self.work = self.work.saturating_add(flat.len());
        if self.is_settled(op, &flat) {
            return self.known(settled);
        }
        let kept: Vec<NodeId> = flat.iter().copied().filter(|id| !self.is_implied(op, *id, &flat)).collect();
        match kept.as_slice() {
            [] => self.known(!settled),
            [only] => *only,
            [_, _, ..] => match op {
                Joined::And => self.node(Node::And(kept.into())),
                Joined::Or => self.node(Node::Or(kept.into())),
            },
        }
    }

    /// Whether two operands cannot both be true (`and`) or both be false (`or`).
    fn is_settled(&self, op: Joined, flat: &[NodeId]) -> bool {
        flat.iter().any(|id| match self.node_at(*id) {
            Some(Node::Not(inner)) => {
                let other = match (op, self.node_at(*inner)) {
                    // must a, not may a
                    (Joined::And, Some(Node::Atom(a, Side::May))) => self.literal(*a, Side::Must),
                    // may a, not must a
                    (Joined::Or, Some(Node::Atom(a, Side::Must))) => self.literal(*a, Side::May),
                    (Joined::And | Joined::Or, _) => None,
                };
                [Some(*inner), other].into_iter().flatten().any(|n| flat.binary_search(&n).is_ok())
            }
            Some(Node::True | Node::False | Node::Atom(..) | Node::And(_) | Node::Or(_)) | None => false,
        })
    }

    /// Whether another operand makes this one superfluous: `must a` implies `may a`, `not may a` implies `not must a`.
    fn is_implied(&self, op: Joined, id: NodeId, flat: &[NodeId]) -> bool {
        let (atom, side, negated) = match self.node_at(id) {
            Some(Node::Atom(a, side)) => (*a, *side, false),
            Some(Node::Not(inner)) => match self.node_at(*inner) {
                Some(Node::Atom(a, side)) => (*a, *side, true),
                Some(Node::True | Node::False | Node::Not(_) | Node::And(_) | Node::Or(_)) | None => return false,
            },
            Some(Node::True | Node::False | Node::And(_) | Node::Or(_)) | None => return false,
        };
        let other = match side {
            Side::May => Side::Must,
            Side::Must => Side::May,
        };
        let is_stronger = (side == Side::Must) != negated;
        if is_stronger != (op == Joined::Or) {
            return false;
        }
        let twin = self
            .literal(atom, other)
            .and_then(|n| if negated { self.nodes.get(&Node::Not(n)).copied() } else { Some(n) });
        twin.is_some_and(|n| flat.binary_search(&n).is_ok())
    }

    fn literal(&self, atom: AtomId, side: Side) -> Option<NodeId> {
        self.nodes.get(&Node::Atom(atom, side)).copied()
    }
}
