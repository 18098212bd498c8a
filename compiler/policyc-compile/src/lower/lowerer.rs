//! What is known while expressions are lowered: the tables, the variables in scope, functions already written out,
//! and how much more may be done.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use policyc_diag::{Diagnostic, Span, code};
use policyc_runtime::policy::{NodeId, Place, Side};

use super::arena::Arena;
use super::terms::{Form, Held};
use crate::hir::{Expr, FnId, Function, Program, VarId};

/// How deep expressions may be, calls of functions written out.
const MAX_DEPTH: usize = 192;
/// How much may be made for one item, and in all. Functions that call each other twice with different arguments
/// reach the first long before memory ends; nothing that people write by hand comes near.
const MAX_ITEM_WORK: usize = 400_000;
const MAX_WORK: usize = 12_000_000;
/// How many places are remembered for one rule.
const MAX_SITES: usize = 256;

/// The variables in scope.
#[derive(Clone, Default)]
pub(super) struct Scope {
    vars: Vec<(VarId, Held)>,
    /// How many quantifiers are around, those of calling functions included.
    pub(super) depth: u8,
}

impl Scope {
    pub(super) fn find(&self, id: VarId) -> Option<Held> {
        self.vars.iter().rev().find(|(var, _)| *var == id).map(|(_, held)| *held)
    }

    pub(super) fn push(&mut self, id: VarId, held: Held) {
        self.vars.push((id, held));
    }

    pub(super) fn pop(&mut self) {
        self.vars.pop();
    }
}

type Sites = BTreeSet<(NodeId, Place)>;
/// A function, what it is called with, and how many quantifiers are around.
pub(super) type Called = (FnId, Vec<Held>, u8);

/// Lowers the expressions of one program.
pub(super) struct Lowerer<'p> {
    pub(super) program: &'p Program,
    pub(super) arena: Arena,
    pub(super) problems: Vec<Diagnostic>,
    /// Where the conditions of the current rule stand.
    sites: Sites,
    depth: usize,
    /// `arena.work` when the current item began.
    began: usize,
    stopped: bool,
    values: HashMap<Called, Held>,
    conditions: HashMap<(Called, Side), (NodeId, Rc<Sites>)>,
}

/// A place of the source as the compiled policy keeps it.
pub(super) fn place(span: Span) -> Place {
    Place { file: span.file.0, start: span.start, end: span.end }
}

impl<'p> Lowerer<'p> {
    pub(super) fn new(program: &'p Program, arena: Arena) -> Self {
        Self {
            program,
            arena,
            problems: Vec::new(),
            sites: BTreeSet::new(),
            depth: 0,
            began: 0,
            stopped: false,
            values: HashMap::new(),
            conditions: HashMap::new(),
        }
    }

    /// A new item: what the one before needed does not count against it.
    pub(super) fn begin(&mut self) {
        self.began = self.arena.work;
    }

    /// One step deeper; `false` once something was too large, and then nothing more is made.
    pub(super) fn enter(&mut self, span: Span) -> bool {
        self.arena.work = self.arena.work.saturating_add(1);
        if self.stopped {
            return false;
        }
        let item_work = self.arena.work.saturating_sub(self.began);
        if self.depth >= MAX_DEPTH || item_work > MAX_ITEM_WORK || self.arena.work > MAX_WORK {
            self.stop(span);
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reports that the policy is too large; the rest is not looked at.
    pub(super) fn stop(&mut self, span: Span) {
        if self.stopped {
            return;
        }
        self.stopped = true;
        let problem = Diagnostic::new(&code::TOO_LARGE, span, "this is too large once its functions are written out")
            .help("split the condition into several rules, or let the function call others less often");
        self.problems.push(problem);
    }

    pub(super) fn refuse_condition(&mut self, span: Span) {
        let problem = Diagnostic::new(&code::NOT_A_VALUE, span, "a condition stands where a value is needed")
            .help("write the condition out where it is asked");
        self.problems.push(problem);
    }

    /// Remembers where a condition stands.
    pub(super) fn note(&mut self, node: NodeId, span: Span) {
        let told = matches!(
            self.arena.node_at(node),
            Some(policyc_runtime::policy::Node::True | policyc_runtime::policy::Node::False) | None
        );
        if !told && span.end > span.start && self.sites.len() < MAX_SITES {
            self.sites.insert((node, place(span)));
        }
    }

    /// The places noted since the last time.
    pub(super) fn take_sites(&mut self) -> BTreeSet<(NodeId, Place)> {
        std::mem::take(&mut self.sites)
    }

    /// A function's value for these arguments.
    pub(super) fn call_value(&mut self, id: FnId, args: &[Expr], scope: &mut Scope) -> Held {
        let Some((function, called)) = self.called(id, args, scope) else { return self.nothing() };
        if let Some(known) = self.values.get(&called) {
            return *known;
        }
        // Not read yet: `from` and `has` ask for the value as it came, and a comparison reads it as its type.
        let mut inner = Self::inside(&called);
        let held = self.held(&function.body, &mut inner);
        self.values.insert(called, held);
        held
    }

    /// A function's condition for these arguments.
    pub(super) fn call_condition(&mut self, id: FnId, args: &[Expr], side: Side, scope: &mut Scope) -> NodeId {
        let Some((function, called)) = self.called(id, args, scope) else { return self.arena.unknown(side) };
        let key = (called, side);
        if let Some((node, sites)) = self.conditions.get(&key) {
            let (node, sites) = (*node, Rc::clone(sites));
            self.add_sites(&sites);
            return node;
        }
        let outer = self.take_sites();
        let mut inner = Self::inside(&key.0);
        let node = self.condition(&function.body, side, &mut inner);
        let sites = Rc::new(std::mem::replace(&mut self.sites, outer));
        self.add_sites(&sites);
        self.conditions.insert(key, (node, sites));
        node
    }

    pub(super) fn called(&mut self, id: FnId, args: &[Expr], scope: &mut Scope) -> Option<(&'p Function, Called)> {
        let program = self.program;
        let function = program.functions.get(id.index())?;
        let args = args.iter().map(|arg| self.handed(arg, scope)).collect();
        Some((function, (id, args, scope.depth)))
    }

    /// A value that a function gets. The argument by which it is read goes with it.
    fn handed(&mut self, arg: &Expr, scope: &mut Scope) -> Held {
        let held = self.held(arg, scope);
        match (held.form, super::values::strip(&arg.ty).read_by()) {
            (Form::Wire, Some(by)) => Held { form: Form::WireFrom(self.arena.string(by)), ..held },
            (_, _) => held,
        }
    }

    pub(super) fn inside((_, args, depth): &Called) -> Scope {
        Scope { vars: (0..).map(VarId).zip(args.iter().copied()).collect(), depth: *depth }
    }

    fn add_sites(&mut self, more: &Sites) {
        self.arena.work = self.arena.work.saturating_add(more.len());
        for site in more {
            if self.sites.len() >= MAX_SITES {
                break;
            }
            self.sites.insert(*site);
        }
    }

    /// The term of a variable of the quantifier at this depth.
    pub(super) fn bound(&mut self, depth: u8, constant: bool) -> Held {
        let term = self.arena.term(policyc_runtime::policy::Term::Var(depth));
        Held { term, form: if constant { Form::Constant } else { Form::Wire } }
    }
}
