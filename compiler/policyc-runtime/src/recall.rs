//! What is worth remembering within a call, and for how long.
//!
//! The answer to a condition counts until a variable that it depends on is bound anew. An answer that nobody asks for
//! twice is not remembered at all: with many rules, reaching the place where it would be kept costs more than the
//! answer. None of this changes an answer.

use crate::policy::{Atom, AtomId, Node, NodeId, Policy, TermId};
use crate::verify::{Dependencies, Vars};

/// Derived once from a policy that was verified.
#[derive(Debug)]
pub(crate) struct Recall {
    vars: Dependencies,
    nodes: Bits,
    atoms: Bits,
}

impl Recall {
    pub(crate) fn new(policy: &Policy, mut vars: Dependencies) -> Self {
        for table in [&mut vars.terms, &mut vars.atoms, &mut vars.nodes] {
            // A policy without quantifiers needs no table, and nothing is looked up in it.
            if table.iter().all(|vars| *vars == 0) {
                *table = Vec::new();
            }
        }
        let mut asked = Asked(vec![0; policy.nodes.len()]);
        policy.rules.iter().for_each(|rule| asked.ask(rule.when.index(), 1));
        policy.afters.iter().for_each(|after| asked.ask(after.when.index(), 1));
        policy.budgets.iter().flat_map(|budget| &budget.charges).for_each(|charge| {
            asked.ask(charge.when.index(), 1);
            asked.ask(charge.surely.index(), 1);
        });
        for atom in &policy.atoms {
            if let Atom::Any { body, .. } = atom {
                asked.ask(body.index(), EACH_MEMBER);
            }
        }
        let (mut nodes, mut atoms) = (Bits::new(policy.nodes.len()), Bits::new(policy.atoms.len()));
        let mut asked_atoms = Asked(vec![0; policy.atoms.len()]);
        // Whoever asks stands behind what it asks, so that one pass from behind sees how often.
        for (at, node) in policy.nodes.iter().enumerate().rev() {
            let times = asked.times(at);
            if times > 1 {
                nodes.set(at);
            }
            // What is remembered asks for its parts once, but not what is asked for each member.
            let times = if times >= EACH_MEMBER { EACH_MEMBER } else { 1 };
            match node {
                Node::True | Node::False => {}
                Node::Not(child) => asked.ask(child.index(), times),
                Node::And(children) | Node::Or(children) => children.iter().for_each(|c| asked.ask(c.index(), times)),
                // Nodes that ask an atom are not remembered themselves.
                Node::Atom(atom, _) => asked_atoms.ask(atom.index(), asked.times(at)),
            }
        }
        (0..policy.atoms.len()).filter(|at| asked_atoms.times(*at) > 1).for_each(|at| atoms.set(at));
        Self { vars, nodes, atoms }
    }

    /// The variables that a value depends on.
    pub(crate) fn term_vars(&self, id: TermId) -> Vars {
        self.vars.terms.get(id.index()).copied().unwrap_or(0)
    }

    /// The variables that an answer depends on, if it is worth remembering.
    pub(crate) fn node_vars(&self, id: NodeId) -> Option<Vars> {
        self.nodes.get(id.index()).then(|| self.vars.nodes.get(id.index()).copied().unwrap_or(0))
    }

    /// The variables that an answer depends on, if it is worth remembering.
    pub(crate) fn atom_vars(&self, id: AtomId) -> Option<Vars> {
        self.atoms.get(id.index()).then(|| self.vars.atoms.get(id.index()).copied().unwrap_or(0))
    }
}

/// More often than anything is asked otherwise.
const EACH_MEMBER: u32 = 1 << 30;

/// How often each entry of a table is asked for within a call, at least.
struct Asked(Vec<u32>);

impl Asked {
    fn ask(&mut self, at: usize, times: u32) {
        if let Some(count) = self.0.get_mut(at) {
            *count = count.saturating_add(times);
        }
    }

    fn times(&self, at: usize) -> u32 {
        self.0.get(at).copied().unwrap_or(0)
    }
}

/// A set of small numbers.
#[derive(Debug)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    pub(crate) fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at >> 6) {
            *word |= 1 << (at & 63);
        }
    }

    pub(crate) fn get(&self, at: usize) -> bool {
        self.0.get(at >> 6).is_some_and(|word| word >> (at & 63) & 1 == 1)
    }
}
