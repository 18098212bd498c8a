//! Why a condition holds, or does not: the smallest part of it that settles that.
//!
//! Of an `and` that holds every part counts, of one that fails the first part that fails; an `or` the other way round.
//! A quantifier that holds is justified by its first member that makes it true. This is written once; explanations,
//! the list of unknowns and whoever measures coverage look through it.

use crate::eval::Evaluator;
use crate::policy::{Atom, AtomId, Node, NodeId, Side};

/// One question that settles a condition, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The node that asks it.
    pub node: NodeId,
    pub atom: AtomId,
    pub side: Side,
    /// It stands under an odd number of negations.
    pub negated: bool,
    /// The answer, on this side, negation included.
    pub holds: bool,
}

/// How many parts of a failing condition are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// One is reason enough.
    First,
    /// All of them: what would have to change.
    All,
}

/// Shows everything that settles a condition, while the variables of quantifiers are bound. Recursion is as deep as the
/// condition, which `verify` has bounded.
pub(crate) fn justify<'c, 's>(
    evaluator: &mut Evaluator<'c, 's>,
    node: NodeId,
    failing: Failing,
    show: &mut dyn FnMut(&mut Evaluator<'c, 's>, Settled),
) {
    walk(evaluator, node, false, failing, show);
}

fn walk<'c, 's>(
    evaluator: &mut Evaluator<'c, 's>,
    node: NodeId,
    negated: bool,
    failing: Failing,
    show: &mut dyn FnMut(&mut Evaluator<'c, 's>, Settled),
) {
    let loaded = evaluator.loaded;
    let Some(what) = loaded.policy().nodes.get(node.index()) else { return };
    match what {
        Node::True | Node::False => {}
        Node::Not(child) => walk(evaluator, *child, !negated, failing, show),
        Node::And(children) | Node::Or(children) => {
            let value = evaluator.node(node);
            // The value of a part that settles the whole by itself.
            let settling = matches!(what, Node::Or(_));
            if value == settling {
                let every = failing == Failing::All && value == negated;
                for child in children {
                    if evaluator.node(*child) == settling {
                        walk(evaluator, *child, negated, failing, show);
                        if !every {
                            break;
                        }
                    }
                }
            } else {
                children.iter().for_each(|child| walk(evaluator, *child, negated, failing, show));
            }
        }
        Node::Atom(atom, side) => {
            let value = evaluator.node(node);
            show(evaluator, Settled { node, atom: *atom, side: *side, negated, holds: value != negated });
            if let (true, Some(Atom::Any { list, depth, body })) = (value, loaded.policy().atoms.get(atom.index())) {
                let of = evaluator.term(*list);
                let Some(members) = evaluator.members(&of) else { return };
                for member in members.values(evaluator) {
                    let found = evaluator.with_member(*depth, (member, *list), |inner| {
                        let holds = inner.node(*body);
                        if holds {
                            walk(inner, *body, negated, failing, show);
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
