//! Why a condition holds, or does not: the smallest part of it that settles that.
//!
//! Of an `and` that holds every part counts, of one that fails the first part that fails; an `or` the other way round.
//! A quantifier that holds is justified by its first member that makes it true. This is written once; explanations,
//! the list of unknowns and whoever measures coverage look through it.

use crate::eval::Evaluator;
use crate::policy::{Atom, AtomId, Node, NodeId};

/// One question that settles a condition, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The node that asks it.
    pub node: NodeId,
    /// The outermost of the negations right around it; itself if there are none.
    pub outer: NodeId,
    pub atom: AtomId,
    /// It stands under an odd number of negations.
    pub negated: bool,
    /// The answer, on its side, negation included.
    pub holds: bool,
}

/// How many parts of a failing condition are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// One is reason enough.
    First,
    /// All of them.
    All,
    /// Those that would have to change, along the shortest way.
    Nearest,
}

type Show<'v, 'c, 's> = dyn FnMut(&mut Evaluator<'c, 's>, Settled) + 'v;

/// Shows everything that settles a condition, while the variables of quantifiers are bound. Recursion is as deep as the
/// condition, which `verify` has bounded.
pub(crate) fn justify<'c, 's>(
    evaluator: &mut Evaluator<'c, 's>,
    node: NodeId,
    failing: Failing,
    show: &mut Show<'_, 'c, 's>,
) {
    walk(evaluator, Step { node, outer: None, negated: false }, failing, show);
}

/// How many questions would have to be answered otherwise for a failing condition to hold.
pub(crate) fn distance(evaluator: &mut Evaluator<'_, '_>, node: NodeId) -> usize {
    let loaded = evaluator.loaded;
    match loaded.policy().nodes.get(node.index()) {
        // Nothing can change these.
        Some(Node::True | Node::False) | None => usize::MAX,
        Some(Node::Atom(..)) => 1,
        Some(Node::Not(child)) => distance(evaluator, *child),
        Some(what @ (Node::And(children) | Node::Or(children))) => {
            let settling = matches!(what, Node::Or(_));
            if evaluator.node(node) == settling {
                children.iter().fold(0_usize, |sum, child| {
                    let counts = evaluator.node(*child) == settling;
                    if counts { sum.saturating_add(distance(evaluator, *child)) } else { sum }
                })
            } else {
                children.iter().map(|child| distance(evaluator, *child)).min().unwrap_or(usize::MAX)
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Step {
    node: NodeId,
    outer: Option<NodeId>,
    negated: bool,
}

fn walk<'c, 's>(evaluator: &mut Evaluator<'c, 's>, step: Step, failing: Failing, show: &mut Show<'_, 'c, 's>) {
    let loaded = evaluator.loaded;
    let Step { node, outer, negated } = step;
    let Some(what) = loaded.policy().nodes.get(node.index()) else { return };
    let part = |child: &NodeId| Step { node: *child, outer: None, negated };
    match what {
        Node::True | Node::False => {}
        Node::Not(child) => {
            let outer = Some(outer.unwrap_or(node));
            walk(evaluator, Step { node: *child, outer, negated: !negated }, failing, show);
        }
        Node::And(children) | Node::Or(children) => {
            let value = evaluator.node(node);
            let fails = value == negated;
            // The value of a part that settles the whole by itself.
            let settling = matches!(what, Node::Or(_));
            if value == settling {
                let every = fails && failing != Failing::First;
                for child in children {
                    if evaluator.node(*child) == settling {
                        walk(evaluator, part(child), failing, show);
                        if !every {
                            break;
                        }
                    }
                }
            } else if fails && failing == Failing::Nearest {
                if let Some(child) = children.iter().min_by_key(|child| distance(evaluator, **child)) {
                    walk(evaluator, part(child), failing, show);
                }
            } else {
                children.iter().for_each(|child| walk(evaluator, part(child), failing, show));
            }
        }
        Node::Atom(atom, _) => {
            let value = evaluator.node(node);
            let outer = outer.unwrap_or(node);
            show(evaluator, Settled { node, outer, atom: *atom, negated, holds: value != negated });
            if let (true, Some(Atom::Any { list, depth, body })) = (value, loaded.policy().atoms.get(atom.index())) {
                let of = evaluator.term(*list);
                let Some(members) = evaluator.members(&of) else { return };
                for member in members.values(evaluator) {
                    let found = evaluator.with_member(*depth, (member, *list), |inner| {
                        let holds = inner.node(*body);
                        if holds {
                            walk(inner, part(body), failing, show);
                        }
                        holds
                    });
                    if found || evaluator.exhausted() {
                        break;
                    }
                }
            }
        }
    }
}
