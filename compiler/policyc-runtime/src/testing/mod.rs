//! Builds small policies by hand, for the tests of this crate.

mod differential;
mod scenarios;

use std::collections::HashMap;
use std::hash::Hash;

use crate::policy::*;
use crate::{Engine, Loaded, state::State};

/// A policy in the making; everything is interned.
#[derive(Default)]
pub(crate) struct Build {
    pub policy: Policy,
    strings: HashMap<String, StrId>,
    consts: HashMap<Const, ConstId>,
    terms: HashMap<Term, TermId>,
    atoms: HashMap<Atom, AtomId>,
    nodes: HashMap<Node, NodeId>,
    shapes: HashMap<Shape, ShapeId>,
    sets: HashMap<ToolSet, ToolSetId>,
    patterns: HashMap<Pattern, PatternId>,
}

fn intern<T: Clone + Eq + Hash, I: Copy>(list: &mut Vec<T>, ids: &mut HashMap<T, I>, item: T, id: fn(u32) -> I) -> I {
    *ids.entry(item).or_insert_with_key(|item| {
        list.push(item.clone());
        id(u32::try_from(list.len() - 1).unwrap())
    })
}

impl Build {
    pub fn s(&mut self, text: &str) -> StrId {
        if let Some(id) = self.strings.get(text) {
            return *id;
        }
        self.policy.strings.push(text.into());
        let id = StrId(u32::try_from(self.policy.strings.len() - 1).unwrap());
        self.strings.insert(text.to_owned(), id);
        id
    }

    pub fn c(&mut self, constant: Const) -> ConstId {
        intern(&mut self.policy.consts, &mut self.consts, constant, ConstId)
    }

    pub fn t(&mut self, term: Term) -> TermId {
        intern(&mut self.policy.terms, &mut self.terms, term, TermId)
    }

    pub fn shape(&mut self, shape: Shape) -> ShapeId {
        intern(&mut self.policy.shapes, &mut self.shapes, shape, ShapeId)
    }

    pub fn optional(&mut self, shape: Shape) -> ShapeId {
        let inner = self.shape(shape);
        self.shape(Shape::Optional(inner))
    }

    pub fn node(&mut self, node: Node) -> NodeId {
        intern(&mut self.policy.nodes, &mut self.nodes, node, NodeId)
    }

    pub fn ask(&mut self, atom: Atom, side: Side) -> NodeId {
        let atom = intern(&mut self.policy.atoms, &mut self.atoms, atom, AtomId);
        self.node(Node::Atom(atom, side))
    }

    pub fn and(&mut self, mut nodes: Vec<NodeId>) -> NodeId {
        nodes.sort_unstable();
        nodes.dedup();
        if let [only] = *nodes { only } else { self.node(Node::And(nodes.into())) }
    }

    pub fn or(&mut self, mut nodes: Vec<NodeId>) -> NodeId {
        nodes.sort_unstable();
        nodes.dedup();
        if let [only] = *nodes { only } else { self.node(Node::Or(nodes.into())) }
    }

    pub fn not(&mut self, node: NodeId) -> NodeId {
        self.node(Node::Not(node))
    }

    pub fn text(&mut self, text: &str) -> TermId {
        let text = self.s(text);
        let constant = self.c(Const::Text(text));
        self.t(Term::Const(constant))
    }

    pub fn int(&mut self, n: i128) -> TermId {
        let constant = self.c(Const::Num(n, Unit::Count));
        self.t(Term::Const(constant))
    }

    pub fn texts(&mut self, texts: &[&str]) -> ConstId {
        let members = texts.iter().map(|t| {
            let text = self.s(t);
            self.c(Const::Text(text))
        });
        let members = members.collect();
        self.c(Const::List(members))
    }

    pub fn arg(&mut self, name: &str, how: Read) -> TermId {
        let name = self.s(name);
        let raw = self.t(Term::Arg(name));
        self.t(Term::Read(raw, how))
    }

    pub fn raw_arg(&mut self, name: &str) -> TermId {
        let name = self.s(name);
        self.t(Term::Arg(name))
    }

    pub fn glob(&mut self, glob: &str) -> PatternId {
        let glob = self.s(glob);
        intern(&mut self.policy.patterns, &mut self.patterns, Pattern::Glob(glob), PatternId)
    }

    pub fn regex(&mut self, regex: &str) -> PatternId {
        let regex = self.s(regex);
        intern(&mut self.policy.patterns, &mut self.patterns, Pattern::Regex(regex), PatternId)
    }

    /// Tools must come in the order of their names.
    pub fn tool(&mut self, name: &str, fields: &[(&str, ShapeId)]) -> ToolId {
        let mut fields: Vec<Field> = fields
            .iter()
            .map(|(name, shape)| Field {
                name: self.s(name),
                shape: *shape,
                required: !matches!(self.policy.shapes[shape.index()], Shape::Optional(_)),
                default: None,
            })
            .collect();
        fields.sort_by_key(|f| self.policy.text(f.name).to_owned());
        let args = self.shape(Shape::Record { fields, open: false });
        let result = self.shape(Shape::Text);
        let name = self.s(name);
        self.policy.tools.push(Tool { name, args, result, risk: Risk::Read, tags: Vec::new() });
        ToolId(u32::try_from(self.policy.tools.len() - 1).unwrap())
    }

    pub fn set(&mut self, tools: &[ToolId]) -> ToolSetId {
        let mut words = vec![0_u64; self.policy.tools.len().div_ceil(64)];
        for tool in tools {
            words[tool.index() / 64] |= 1 << (tool.0 % 64);
        }
        intern(&mut self.policy.tool_sets, &mut self.sets, ToolSet(words), ToolSetId)
    }

    pub fn rule(&mut self, name: &str, effect: Effect, tools: ToolSetId, when: NodeId) -> &mut Rule {
        let name = self.s(name);
        self.policy.rules.push(Rule {
            name,
            effect,
            observe: false,
            tools,
            when,
            because: None,
            suggest: None,
            approvers: Vec::new(),
            expires: None,
            obligations: Vec::new(),
            redacts: Vec::new(),
            doc: None,
            place: Place::default(),
        });
        self.policy.rules.last_mut().unwrap()
    }

    pub fn load(mut self) -> Loaded {
        let strings = self.policy.strings.clone();
        self.policy.rules.sort_by_key(|r| strings[r.name.index()].clone());
        self.policy.budgets.sort_by_key(|b| strings[b.name.index()].clone());
        Loaded::new(self.policy).unwrap()
    }
}

/// Answers lines one after the other, in one state.
pub(crate) fn replay(loaded: &Loaded, lines: &[&str]) -> Vec<serde_json::Value> {
    let (mut engine, mut state) = (Engine::new(loaded), State::new());
    let answer = |(line, number): (&&str, u64)| {
        let mut out = Vec::new();
        engine.line(&mut state, line.as_bytes(), number, &mut out);
        if out.is_empty() { serde_json::Value::Null } else { serde_json::from_slice(&out).unwrap() }
    };
    lines.iter().zip(1..).map(answer).collect()
}

/// Numbers that look random.
pub(crate) struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
