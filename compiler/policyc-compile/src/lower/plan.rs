//! What can be seen of a policy while it decides: the conditions of its rules as they were written, not as they are
//! evaluated.
//!
//! Evaluation shares and simplifies; whoever measures coverage wants the writer's own `and`, `or` and `not`. The plan
//! keeps them, with both sides of each condition as nodes that are appended to the policy under test. Nothing here
//! observes anything, and the policy that is deployed knows nothing of it.

use std::collections::HashMap;

use policyc_runtime::policy::{Atom, Node, NodeId, Place, RuleId, Side, TermId};

use super::lowerer::{Lowerer, Scope, place};
use crate::hir::{Expr, ExprKind, Rule, Ty};

/// How deep a condition is looked into; the language nests at most 64 deep, functions written out add to that.
const MAX_DEPTH: usize = 160;

/// What can be seen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// By rule id.
    pub rules: Vec<PlannedRule>,
    /// In the order of the policy.
    pub afters: Vec<PlannedAfter>,
    /// Every condition, each place once: those of a function once for all its callers.
    pub conditions: Vec<PlannedCondition>,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct PlannedRule {
    /// Which.
    pub rule: RuleId,
    /// The side that decides.
    pub side: Side,
    /// Its roles and condition; `None` if it always applies.
    pub when: Option<Tree>,
}

/// An `after`.
#[derive(Clone, Debug)]
pub struct PlannedAfter {
    /// The item.
    pub place: Place,
    /// The side that decides.
    pub side: Side,
    /// Its condition.
    pub when: Option<Tree>,
}

/// A condition that is no `and`, `or` or `not` of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedCondition {
    /// Where it stands.
    pub place: Place,
    /// A call that fits the policy can leave it unknown.
    pub unknowable: bool,
    /// It joins others, so that it may be hidden by them.
    pub joined: bool,
}

/// A condition as it was written.
#[derive(Clone, Debug)]
pub enum Tree {
    /// One that is not taken apart.
    Leaf {
        /// The index in `Plan::conditions`.
        condition: usize,
        /// It may be true.
        may: NodeId,
        /// It must be true.
        must: NodeId,
    },
    /// What the compiler knew already.
    Known(bool),
    /// `not`
    Not(Box<Tree>),
    /// `and`
    And(Vec<Tree>),
    /// `or`
    Or(Vec<Tree>),
    /// `any` or `all`: a condition by itself, and one for each member.
    Each {
        /// The index in `Plan::conditions`.
        condition: usize,
        /// It may be true.
        may: NodeId,
        /// It must be true.
        must: NodeId,
        /// Over which list.
        list: TermId,
        /// The depth of its variable.
        depth: u8,
        /// Asked of each member.
        body: Box<Tree>,
    },
}

/// The plan while it is made.
#[derive(Default)]
struct Sketch {
    plan: Plan,
    known: HashMap<Place, usize>,
    depth: usize,
}

impl Sketch {
    fn condition(&mut self, at: Place, unknowable: bool, joined: bool) -> usize {
        let next = self.plan.conditions.len();
        let index = *self.known.entry(at).or_insert(next);
        if index == next {
            self.plan.conditions.push(PlannedCondition { place: at, unknowable, joined });
        } else if let Some(condition) = self.plan.conditions.get_mut(index) {
            condition.unknowable |= unknowable;
            condition.joined |= joined;
        }
        index
    }
}

impl Lowerer<'_> {
    /// What can be seen of the program.
    pub(super) fn plan(&mut self) -> Plan {
        let mut sketch = Sketch::default();
        let program = self.program;
        for (rule, id) in program.rules.iter().zip((0..).map(RuleId)) {
            self.begin();
            let side = if rule.effect.grants() { Side::Must } else { Side::May };
            let when = self.rule_tree(rule, &mut sketch);
            sketch.plan.rules.push(PlannedRule { rule: id, side, when });
        }
        for after in &program.afters {
            self.begin();
            let side = if after.clear { Side::Must } else { Side::May };
            let when = after.when.as_ref().map(|e| self.tree(e, false, &mut Scope::default(), &mut sketch));
            sketch.plan.afters.push(PlannedAfter { place: place(after.span), side, when });
        }
        let _ = self.take_sites(); // the places of these nodes are in the plan
        sketch.plan
    }

    fn rule_tree(&mut self, rule: &Rule, sketch: &mut Sketch) -> Option<Tree> {
        let mut parts = Vec::new();
        let both = !rule.roles.is_empty() && rule.when.is_some();
        if !rule.roles.is_empty() {
            let sides = [Side::May, Side::Must].map(|side| {
                let roles: Vec<NodeId> = rule.roles.iter().map(|r| self.arena.atom(Atom::HasRole(*r), side)).collect();
                self.arena.or(roles)
            });
            let [may, must] = sides;
            let condition = sketch.condition(place(rule.roles_span), false, both);
            parts.push(Tree::Leaf { condition, may, must });
        }
        if let Some(when) = &rule.when {
            match self.tree(when, both, &mut Scope::default(), sketch) {
                Tree::And(more) => parts.extend(more),
                tree @ (Tree::Leaf { .. } | Tree::Known(_) | Tree::Not(_) | Tree::Or(_) | Tree::Each { .. }) => {
                    parts.push(tree);
                }
            }
        }
        match (parts.pop(), parts.is_empty()) {
            (None, _) => None,
            (Some(only), true) => Some(only),
            (Some(last), false) => {
                parts.push(last);
                Some(Tree::And(parts))
            }
        }
    }

    fn tree(&mut self, e: &Expr, joined: bool, scope: &mut Scope, sketch: &mut Sketch) -> Tree {
        if sketch.depth >= MAX_DEPTH {
            return self.leaf(e, joined, scope, sketch);
        }
        sketch.depth += 1;
        let tree = self.taken_apart(e, joined, scope, sketch);
        sketch.depth = sketch.depth.saturating_sub(1);
        tree
    }

    fn taken_apart(&mut self, e: &Expr, joined: bool, scope: &mut Scope, sketch: &mut Sketch) -> Tree {
        match &e.kind {
            ExprKind::IsTrue(inner) => self.leaf(inner, joined, scope, sketch),
            ExprKind::Surely(inner) => self.tree(inner, joined, scope, sketch),
            ExprKind::Not(inner) => Tree::Not(Box::new(self.tree(inner, joined, scope, sketch))),
            ExprKind::And(operands) => {
                let trees = operands.iter().map(|o| self.tree(o, true, scope, sketch));
                Tree::And(trees.collect())
            }
            ExprKind::Or(operands) => {
                let trees = operands.iter().map(|o| self.tree(o, true, scope, sketch));
                Tree::Or(trees.collect())
            }
            ExprKind::Call(function, args) => {
                let Some((function, called)) = self.called(*function, args, scope) else {
                    return self.leaf(e, joined, scope, sketch);
                };
                let mut inner = Self::inside(&called);
                self.tree(&function.body, joined, &mut inner, sketch)
            }
            ExprKind::Quantified { var, list, body, .. } => {
                let whole = self.leaf(e, joined, scope, sketch);
                let Tree::Leaf { condition, may, must } = whole else { return whole };
                let mut inside = None;
                let any = self.any(list, *var, Side::May, scope, |me, scope| {
                    inside = Some(me.tree(body, false, scope, sketch));
                    me.condition(body, Side::May, scope)
                });
                match (self.quantifier(any), inside) {
                    (Some((list, depth)), Some(body)) => {
                        Tree::Each { condition, may, must, list, depth, body: Box::new(body) }
                    }
                    (_, _) => Tree::Leaf { condition, may, must },
                }
            }
            ExprKind::Const(_)
            | ExprKind::Arg(_)
            | ExprKind::Args
            | ExprKind::Label(_)
            | ExprKind::AgentId
            | ExprKind::AgentTenant
            | ExprKind::AgentAttr(_)
            | ExprKind::HasRole(_)
            | ExprKind::SessionId
            | ExprKind::SessionAge
            | ExprKind::ToolName
            | ExprKind::ToolRisk
            | ExprKind::ToolTags
            | ExprKind::Time
            | ExprKind::Budget(..)
            | ExprKind::Result
            | ExprKind::ResultOk
            | ExprKind::UsageTokens
            | ExprKind::UsageCost
            | ExprKind::UsageTime
            | ExprKind::Task
            | ExprKind::Var(_)
            | ExprKind::Field(..)
            | ExprKind::Member(..)
            | ExprKind::Index(..)
            | ExprKind::Lookup(..)
            | ExprKind::Narrow(_)
            | ExprKind::ToDecimal(_)
            | ExprKind::Arith(..)
            | ExprKind::Neg(_)
            | ExprKind::Lower(_)
            | ExprKind::Len(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::Within(..)
            | ExprKind::Like(..)
            | ExprKind::Matches(..)
            | ExprKind::StartsWith(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Contains(..)
            | ExprKind::Present(_)
            | ExprKind::SessionHas(_)
            | ExprKind::ValueHas(..)
            | ExprKind::FromUser(_)
            | ExprKind::FromTools(..) => self.leaf(e, joined, scope, sketch),
        }
    }

    fn leaf(&mut self, e: &Expr, joined: bool, scope: &mut Scope, sketch: &mut Sketch) -> Tree {
        let (may, must) = (self.condition(e, Side::May, scope), self.condition(e, Side::Must, scope));
        match (self.arena.node_at(may), self.arena.node_at(must)) {
            (Some(Node::False), _) => Tree::Known(false),
            (_, Some(Node::True)) => Tree::Known(true),
            (_, _) => {
                let condition = sketch.condition(place(e.span), may != must && unknowable(e), joined);
                Tree::Leaf { condition, may, must }
            }
        }
    }

    /// The list and the variable of the quantifier that a node is, also behind a `not`.
    fn quantifier(&self, node: NodeId) -> Option<(TermId, u8)> {
        let atom = match self.arena.node_at(node)? {
            Node::Atom(atom, _) => *atom,
            Node::True | Node::False | Node::Not(_) | Node::And(_) | Node::Or(_) => return None,
        };
        if let Some(Atom::Any { list, depth, .. }) = self.arena.policy.atoms.get(atom.index()) {
            return Some((*list, *depth));
        }
        None
    }
}

/// Whether a call that fits the policy can leave a condition unknown: something in it may be absent, or is a text that
/// may not be readable. An overflow is left out: no test is worse for not having one.
fn unknowable(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Const(_)
        | ExprKind::Args
        | ExprKind::AgentId
        | ExprKind::HasRole(_)
        | ExprKind::SessionId
        | ExprKind::SessionAge
        | ExprKind::ToolName
        | ExprKind::ToolRisk
        | ExprKind::ToolTags
        | ExprKind::Time
        | ExprKind::Budget(..)
        | ExprKind::Result
        | ExprKind::ResultOk
        | ExprKind::Present(_)
        | ExprKind::SessionHas(_) => false,
        ExprKind::AgentTenant
        | ExprKind::Task
        | ExprKind::UsageTokens
        | ExprKind::UsageCost
        | ExprKind::UsageTime
        | ExprKind::Index(..)
        | ExprKind::Lookup(..)
        | ExprKind::Member(..)
        | ExprKind::Narrow(_) => true,
        ExprKind::Arg(_) | ExprKind::Label(_) | ExprKind::AgentAttr(_) | ExprKind::Var(_) => may_be_unreadable(&e.ty),
        ExprKind::Field(base, _) => may_be_unreadable(&e.ty) || unknowable(base),
        ExprKind::ToDecimal(a) | ExprKind::Neg(a) | ExprKind::Lower(a) | ExprKind::Len(a) => unknowable(a),
        ExprKind::IsTrue(a)
        | ExprKind::Not(a)
        | ExprKind::Surely(a)
        | ExprKind::Like(a, _)
        | ExprKind::Matches(a, _) => unknowable(a),
        // `from` and `has` ask for the text as it came.
        ExprKind::ValueHas(a, _) | ExprKind::FromUser(a) | ExprKind::FromTools(a, _) => may_be_absent(&a.ty),
        ExprKind::And(all) | ExprKind::Or(all) | ExprKind::Call(_, all) => all.iter().any(unknowable),
        ExprKind::Arith(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Within(a, b)
        | ExprKind::StartsWith(a, b)
        | ExprKind::EndsWith(a, b)
        | ExprKind::Contains(a, b) => unknowable(a) || unknowable(b),
        ExprKind::Quantified { list, body, .. } => unknowable(list) || unknowable(body),
    }
}

fn may_be_absent(ty: &Ty) -> bool {
    matches!(ty, Ty::Optional(_))
}

fn may_be_unreadable(ty: &Ty) -> bool {
    let structured = matches!(
        ty,
        Ty::Url | Ty::Path(_) | Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email | Ty::Shell(_) | Ty::Sql(_) | Ty::Union(_)
    );
    structured || may_be_absent(ty)
}
