//! Lowering, seen from its result: against three-valued logic, against two-valued logic, and as text.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one form of many")]

use std::collections::BTreeMap;

use policyc_diag::{SourceMap, Span};
use policyc_runtime::Truth;
use policyc_runtime::policy::{Atom, AtomId, Effect, LabelId, Node, NodeId, Policy, Risk, Side, Term, TermId, ToolId};

use super::arena::Arena;
use super::{lower, lower_tests};
use crate::hir::{
    ArithOp, CompareOp, Decimal, Expr, ExprKind, Field, FnId, Function, Label, Mark, MarkId, Program, Role, RoleId,
    Rule, Template, TemplatePart, Test, TestCall, TestStep, TestStepKind, Told, Tool, Ty, Value, VarId, Verdict,
};

mod items;

/// A small generator of numbers: the same seed, the same numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

fn cond(kind: ExprKind) -> Expr {
    expr(kind, Ty::Bool)
}

fn rule(name: &str, effect: Effect, when: Option<Expr>) -> Rule {
    Rule {
        name: name.to_owned(),
        doc: None,
        observe: false,
        effect,
        tools: [ToolId(0)].into(),
        roles: [].into(),
        roles_span: Span::default(),
        when,
        because: None,
        suggest: None,
        approvers: Vec::new(),
        expires: None,
        obligations: BTreeMap::new(),
        redacts: Vec::new(),
        span: Span::default(),
    }
}

fn field(name: &str, ty: Ty) -> Field {
    Field { name: name.to_owned(), ty, default: None, span: Span::default() }
}

fn tool(name: &str, args: Vec<Field>) -> Tool {
    Tool {
        name: name.to_owned(),
        args,
        open: false,
        returns: Ty::Text,
        risk: Risk::Modify,
        tags: [].into(),
        span: Span::default(),
    }
}

// Conditions against three-valued logic ---------------------------------------------------------------------------

/// Three-valued logic, naive: what SPEC says, over the typed tree.
struct World {
    /// Truth of label i.
    labels: Vec<Truth>,
    /// Truth of field f of member m.
    members: Vec<Vec<Truth>>,
    functions: Vec<Function>,
}

const LISTS: [(&str, Option<&[usize]>); 4] =
    [("none", Some(&[])), ("two", Some(&[0, 1])), ("three", Some(&[1, 2, 3])), ("absent", None)];

impl World {
    fn random(random: &mut Random) -> Self {
        let mut truth = |_| match random.below(3) {
            0 => Truth::TRUE,
            1 => Truth::FALSE,
            _ => Truth::UNKNOWN,
        };
        let labels = (0..4).map(&mut truth).collect();
        let members = (0..4).map(|_| (0..2).map(&mut truth).collect()).collect();
        let mut world = Self { labels, members, functions: Vec::new() };
        for i in 0..3 {
            let body = world.condition(random, 3, &[VarId(0)], 1);
            let params = vec![("p".to_owned(), Ty::Json)];
            world.functions.push(Function { name: format!("f{i}"), params, ty: Ty::Bool, body });
        }
        world
    }

    fn condition(&self, random: &mut Random, depth: u32, vars: &[VarId], next: u32) -> Expr {
        let var =
            |random: &mut Random| vars.get(usize::try_from(random.below(64)).unwrap() % vars.len().max(1)).copied();
        let kind = match (random.below(if depth == 0 { 2 } else { 9 }), var(random)) {
            (0, Some(var)) => {
                let base = Box::new(expr(ExprKind::Var(var), Ty::Json));
                ExprKind::Field(base, format!("f{}", random.below(2)))
            }
            (0 | 1, _) => ExprKind::Label(LabelId(u32::try_from(random.below(4)).unwrap())),
            (2, _) => ExprKind::Const(Value::Bool(random.below(2) == 0)),
            (3, _) => ExprKind::Not(Box::new(self.condition(random, depth - 1, vars, next))),
            (4, _) => {
                ExprKind::And((0..=random.below(3)).map(|_| self.condition(random, depth - 1, vars, next)).collect())
            }
            (5, _) => {
                ExprKind::Or((0..=random.below(3)).map(|_| self.condition(random, depth - 1, vars, next)).collect())
            }
            (6, Some(var)) if !self.functions.is_empty() => {
                let id = FnId(u32::try_from(random.below(u64::try_from(self.functions.len()).unwrap())).unwrap());
                ExprKind::Call(id, vec![expr(ExprKind::Var(var), Ty::Json)])
            }
            (_, _) => {
                let (name, _) = LISTS[usize::try_from(random.below(4)).unwrap()];
                let list = expr(ExprKind::Arg(name.to_owned()), Ty::List(std::sync::Arc::new(Ty::Json)));
                let inside: Vec<VarId> = vars.iter().copied().chain([VarId(next)]).collect();
                let body = self.condition(random, depth - 1, &inside, next + 1);
                ExprKind::Quantified {
                    all: random.below(2) == 0,
                    var: VarId(next),
                    name: "v".to_owned(),
                    list: Box::new(list),
                    body: Box::new(body),
                }
            }
        };
        cond(kind)
    }

    fn truth(&self, e: &Expr, vars: &BTreeMap<VarId, usize>) -> Truth {
        let member = |e: &Expr| match &e.kind {
            ExprKind::Var(id) => vars[id],
            other => panic!("{other:?}"),
        };
        match &e.kind {
            ExprKind::Const(Value::Bool(b)) => Truth::known(*b),
            ExprKind::Label(id) => self.labels[id.index()],
            ExprKind::Field(base, name) => self.members[member(base)][usize::from(name == "f1")],
            ExprKind::Not(a) => !self.truth(a, vars),
            ExprKind::And(all) => all.iter().fold(Truth::TRUE, |t, a| t.and(self.truth(a, vars))),
            ExprKind::Or(all) => all.iter().fold(Truth::FALSE, |t, a| t.or(self.truth(a, vars))),
            ExprKind::Call(id, args) => {
                self.truth(&self.functions[id.index()].body, &[(VarId(0), member(&args[0]))].into())
            }
            ExprKind::Quantified { all, var, list, body, .. } => {
                let ExprKind::Arg(name) = &list.kind else { panic!("a list") };
                let Some(members) = LISTS.iter().find(|(n, _)| n == name).and_then(|(_, m)| *m) else {
                    return Truth::UNKNOWN;
                };
                let each = members.iter().map(|m| {
                    let mut inside = vars.clone();
                    inside.insert(*var, *m);
                    self.truth(body, &inside)
                });
                if *all { each.fold(Truth::TRUE, Truth::and) } else { each.fold(Truth::FALSE, Truth::or) }
            }
            other => panic!("{other:?}"),
        }
    }

    /// The compiled condition, evaluated the plain way.
    fn node(&self, policy: &Policy, id: NodeId, vars: &[usize]) -> bool {
        match &policy.nodes[id.index()] {
            Node::True => true,
            Node::False => false,
            Node::Not(a) => !self.node(policy, *a, vars),
            Node::And(all) => all.iter().all(|a| self.node(policy, *a, vars)),
            Node::Or(all) => all.iter().any(|a| self.node(policy, *a, vars)),
            Node::Atom(atom, side) => {
                let truth = self.atom(policy, *atom, vars);
                if *side == Side::May { truth.may() } else { truth.must() }
            }
        }
    }

    fn atom(&self, policy: &Policy, id: AtomId, vars: &[usize]) -> Truth {
        match &policy.atoms[id.index()] {
            Atom::IsTrue(t) => match &policy.terms[t.index()] {
                Term::Read(t, _) => match &policy.terms[t.index()] {
                    Term::Label(id) => self.labels[id.index()],
                    Term::Field(base, name) => {
                        let Term::Var(depth) = &policy.terms[base.index()] else { panic!("a variable") };
                        self.members[vars[usize::from(*depth)]][usize::from(policy.text(*name) == "f1")]
                    }
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            },
            Atom::Any { list, depth, body } => {
                let Term::Arg(name) = &policy.terms[list.index()] else { panic!("a list") };
                let name = policy.text(*name);
                let Some(members) = LISTS.iter().find(|(n, _)| *n == name).and_then(|(_, m)| *m) else {
                    return Truth::UNKNOWN;
                };
                assert_eq!(usize::from(*depth), vars.len(), "the depth of a variable is that of its quantifier");
                Truth::known(members.iter().any(|m| {
                    let inside: Vec<usize> = vars.iter().copied().chain([*m]).collect();
                    self.node(policy, *body, &inside)
                }))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_two_sides_are_three_valued_logic() {
    let mut random = Random(0x5eed);
    let mut unknown = 0;
    for _ in 0..400 {
        let world = World::random(&mut random);
        let conditions: Vec<Expr> = (0..12).map(|_| world.condition(&mut random, 4, &[], 0)).collect();
        let rules = conditions.iter().enumerate().flat_map(|(i, c)| {
            [Effect::Deny, Effect::Allow].map(|e| rule(&format!("{i}{}", e.name()), e, Some(c.clone())))
        });
        let program = Program {
            tools: vec![tool("t", Vec::new())],
            functions: world.functions.clone(),
            rules: rules.collect(),
            ..Program::default()
        };
        let policy = lower(&program, &SourceMap::default()).unwrap();
        assert_well_formed(&policy);
        for (c, pair) in conditions.iter().zip(policy.rules.chunks(2)) {
            let expected = world.truth(c, &BTreeMap::new());
            let found = (world.node(&policy, pair[0].when, &[]), world.node(&policy, pair[1].when, &[]));
            assert_eq!(found, (expected.may(), expected.must()), "{c:#?}");
            unknown += u32::from(expected.is_unknown());
        }
    }
    assert!(unknown > 500, "unknown is not a rare case here: {unknown}");
}

/// The invariants of the compiled policy's nodes.
fn assert_well_formed(policy: &Policy) {
    for (id, node) in (0..).map(NodeId).zip(&policy.nodes) {
        let operands: Vec<NodeId> = match node {
            Node::True | Node::False | Node::Atom(..) => Vec::new(),
            Node::Not(a) => {
                assert!(!matches!(policy.nodes[a.index()], Node::Not(_) | Node::True | Node::False), "{node:?}");
                vec![*a]
            }
            Node::And(all) | Node::Or(all) => {
                assert!(all.len() > 1 && all.is_sorted_by(|a, b| a < b), "{node:?}");
                for a in all {
                    let child = &policy.nodes[a.index()];
                    assert!(!matches!(child, Node::True | Node::False), "{node:?}");
                    assert!(std::mem::discriminant(child) != std::mem::discriminant(node), "{node:?}");
                    if let Node::Not(inner) = child {
                        assert!(!all.contains(inner), "{node:?}");
                    }
                }
                all.to_vec()
            }
        };
        assert!(operands.iter().all(|a| *a < id), "a child comes before its parent");
    }
    for (i, node) in policy.nodes.iter().enumerate() {
        assert!(!policy.nodes[..i].contains(node) || policy.nodes.len() > 300, "each once");
    }
}

#[test]
fn simplifying_never_changes_what_a_condition_means() {
    let mut random = Random(0xface);
    for _ in 0..2000 {
        let mut arena = Arena::default();
        let mut made: Vec<(NodeId, Vec<bool>)> = Vec::new();
        // Three atoms, each true, false or unknown: 27 valuations.
        let truths: Vec<[Truth; 3]> = (0..27)
            .map(|n| [n % 3, n / 3 % 3, n / 9].map(|t| [Truth::TRUE, Truth::FALSE, Truth::UNKNOWN][t]))
            .collect();
        for mark in 0..3 {
            for side in [Side::May, Side::Must] {
                let bit = |t: &[Truth; 3]| {
                    let t = t[usize::try_from(mark).unwrap()];
                    if side == Side::May { t.may() } else { t.must() }
                };
                let id = arena.atom(Atom::SessionHas(MarkId(mark)), side);
                made.push((id, truths.iter().map(bit).collect()));
            }
        }
        for value in [true, false] {
            let id = arena.known(value);
            made.push((id, vec![value; 27]));
        }
        for _ in 0..25 {
            let pick = |random: &mut Random| made[usize::try_from(random.below(64)).unwrap() % made.len()].clone();
            let operands: Vec<(NodeId, Vec<bool>)> = (0..random.below(4)).map(|_| pick(&mut random)).collect();
            let ids: Vec<NodeId> = operands.iter().map(|(id, _)| *id).collect();
            let column = |i: usize| operands.iter().map(move |(_, values)| values[i]);
            let (id, values): (NodeId, Vec<bool>) = match random.below(3) {
                0 => (arena.and(ids), (0..27).map(|i| column(i).all(|v| v)).collect()),
                1 => (arena.or(ids), (0..27).map(|i| column(i).any(|v| v)).collect()),
                _ => {
                    let (id, values) = pick(&mut random);
                    (arena.not(id), values.iter().map(|v| !v).collect())
                }
            };
            let found: Vec<bool> = truths.iter().map(|t| literal(&arena.policy, id, t)).collect();
            assert_eq!(found, values);
            made.push((id, values));
        }
        assert_well_formed(&arena.policy);
    }
}

fn literal(policy: &Policy, id: NodeId, truths: &[Truth; 3]) -> bool {
    match &policy.nodes[id.index()] {
        Node::True => true,
        Node::False => false,
        Node::Not(a) => !literal(policy, *a, truths),
        Node::And(all) => all.iter().all(|a| literal(policy, *a, truths)),
        Node::Or(all) => all.iter().any(|a| literal(policy, *a, truths)),
        Node::Atom(atom, side) => {
            let Atom::SessionHas(mark) = &policy.atoms[atom.index()] else { panic!("a mark") };
            let truth = truths[mark.index()];
            if *side == Side::May { truth.may() } else { truth.must() }
        }
    }
}

#[test]
fn what_must_be_settles_what_may_be() {
    let mut arena = Arena::default();
    let may = arena.atom(Atom::IsTrue(TermId(0)), Side::May);
    let must = arena.atom(Atom::IsTrue(TermId(0)), Side::Must);
    let (not_may, not_must) = (arena.not(may), arena.not(must));
    let (yes, no) = (arena.known(true), arena.known(false));
    assert_eq!(arena.and([must, not_may]), no);
    assert_eq!(arena.or([may, not_must]), yes);
    assert_eq!(arena.and([may, must]), must);
    assert_eq!(arena.or([may, must]), may);
    assert_eq!(arena.and([not_may, not_must]), not_may);
    assert_eq!(arena.or([not_may, not_must]), not_must);
    assert_ne!(arena.and([may, not_must]), no, "what is unknown is neither");
}
