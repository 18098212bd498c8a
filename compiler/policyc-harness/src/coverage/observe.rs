//! Watches a trace while it is decided: before each event its conditions are asked as the writer wrote them, after it
//! the answer is read.
//!
//! The observer asks in the same state and through the same evaluator as the decision, and changes neither.

use std::collections::HashMap;

use policyc_compile::lower::{Plan, TestSuite, Tree};
use policyc_runtime::decision::{Handling, Step, Verdict};
use policyc_runtime::event::{self, CallResult, Event};
use policyc_runtime::limits::Limits;
use policyc_runtime::policy::{BudgetId, NodeId, Side, ToolId};
use policyc_runtime::probe::{self, Asker, Due};
use policyc_runtime::state::State;
use policyc_runtime::wire::{Doc, Json};
use policyc_runtime::{Loaded, Scratch};

use super::goals::{BUDGET, CONDITION, Layout, RULE};

/// Counts what one trace shows.
pub(crate) struct Observer<'l> {
    loaded: &'l Loaded,
    plan: &'l Plan,
    layout: &'l Layout,
    rules: HashMap<&'l str, usize>,
    budgets: HashMap<&'l str, usize>,
    hits: Vec<u32>,
    scratch: Scratch,
    doc: Doc,
    past: Doc,
    /// What the call at hand means to each budget that counts it.
    dues: Vec<(usize, Due)>,
}

impl<'l> Observer<'l> {
    pub(crate) fn new(loaded: &'l Loaded, suite: &'l TestSuite, layout: &'l Layout) -> Self {
        let policy = loaded.policy();
        Self {
            loaded,
            plan: &suite.plan,
            layout,
            rules: policy.rules.iter().enumerate().map(|(i, r)| (policy.text(r.name), i)).collect(),
            budgets: policy.budgets.iter().enumerate().map(|(i, b)| (policy.text(b.name), i)).collect(),
            hits: vec![0; layout.len],
            scratch: Scratch::new(),
            doc: Doc::new(),
            past: Doc::new(),
            dues: Vec::new(),
        }
    }

    /// What was counted.
    pub(crate) fn into_hits(self) -> Vec<u32> {
        self.hits
    }

    /// Looks at an event before it is decided.
    pub(crate) fn before(&mut self, state: &State, line: &[u8]) {
        self.dues.clear();
        let mut doc = std::mem::take(&mut self.doc);
        if doc.parse(line, &Limits::DEFAULT).is_ok() {
            match event::read(&doc) {
                Ok(Event::Call(call)) => {
                    let (loaded, mut scratch) = (self.loaded, std::mem::take(&mut self.scratch));
                    probe::look(loaded, state, &call, None, &mut scratch, &mut |tool, asker| {
                        self.call(tool, call.args, asker);
                    });
                    self.scratch = scratch;
                }
                Ok(Event::Result(result)) => self.before_result(state, &result),
                Ok(Event::User(_) | Event::Answer(_)) | Err(_) => {}
            }
        }
        self.doc = doc;
    }

    fn before_result(&mut self, state: &State, result: &CallResult<'_>) {
        let Some(line) = state.call(result.id).and_then(|record| record.line.as_deref()) else { return };
        let mut past = std::mem::take(&mut self.past);
        if past.parse(line.as_bytes(), &Limits::DEFAULT).is_ok()
            && let Ok(Event::Call(call)) = event::read(&past)
        {
            let (loaded, mut scratch) = (self.loaded, std::mem::take(&mut self.scratch));
            probe::look(loaded, state, &call, Some(result), &mut scratch, &mut |tool, asker| self.result(tool, asker));
            self.scratch = scratch;
        }
        self.past = past;
    }

    fn call(&mut self, tool: ToolId, args: Json<'_>, asker: &mut Asker<'_, '_, '_>) {
        let (layout, plan) = (self.layout, self.plan);
        self.hit(layout.tools.saturating_add(tool.index()));
        for (name, goal) in layout.arguments.get(tool.index()).into_iter().flatten() {
            let given = args.get(name).is_some_and(|value| !value.is_null());
            self.hit(goal.saturating_add(usize::from(!given)));
        }
        for rule in layout.on_call.get(tool.index()).into_iter().flatten() {
            self.ask(plan, *rule, asker);
        }
        for budget in 0..self.loaded.policy().budgets.len() {
            let id = BudgetId(u32::try_from(budget).unwrap_or(u32::MAX));
            if let Some(due) = asker.due(id) {
                self.dues.push((budget, due));
            }
        }
    }

    fn result(&mut self, tool: ToolId, asker: &mut Asker<'_, '_, '_>) {
        let (layout, plan) = (self.layout, self.plan);
        for rule in layout.on_result.get(tool.index()).into_iter().flatten() {
            self.ask(plan, *rule, asker);
        }
        for after in layout.after.get(tool.index()).into_iter().flatten() {
            let holds = match plan.afters.get(*after).and_then(|a| Some((a.side, a.when.as_ref()?))) {
                Some((side, when)) => self.condition(when, side, asker),
                None => true,
            };
            if holds {
                self.hit(layout.afters.saturating_add(*after));
            }
        }
    }

    fn ask(&mut self, plan: &Plan, rule: usize, asker: &mut Asker<'_, '_, '_>) {
        self.hit(rule.saturating_mul(RULE));
        if let Some((side, when)) = plan.rules.get(rule).and_then(|r| Some((r.side, r.when.as_ref()?))) {
            self.condition(when, side, asker);
        }
    }

    /// A whole condition: every part as it is, and every part that decided alone.
    fn condition(&mut self, tree: &Tree, side: Side, asker: &mut Asker<'_, '_, '_>) -> bool {
        let holds = self.parts(tree, side, asker);
        if matches!(tree, Tree::And(_) | Tree::Or(_) | Tree::Not(_)) {
            self.alone(tree, side, asker);
        }
        holds
    }

    fn parts(&mut self, tree: &Tree, side: Side, asker: &mut Asker<'_, '_, '_>) -> bool {
        match tree {
            Tree::Known(value) => *value,
            Tree::Not(inner) => !self.parts(inner, other(side), asker),
            Tree::And(parts) => self.holding(parts, side, asker) == parts.len(),
            Tree::Or(parts) => self.holding(parts, side, asker) > 0,
            Tree::Leaf { condition, may, must } => self.leaf(*condition, (*may, *must), side, asker),
            Tree::Each { condition, may, must, list, depth, body } => {
                asker.each(*list, *depth, &mut |inner| {
                    self.condition(body, side, inner);
                });
                self.leaf(*condition, (*may, *must), side, asker)
            }
        }
    }

    /// How many parts hold; every one is asked, also where one is enough.
    fn holding(&mut self, parts: &[Tree], side: Side, asker: &mut Asker<'_, '_, '_>) -> usize {
        let mut count = 0_usize;
        for part in parts {
            count = count.saturating_add(usize::from(self.parts(part, side, asker)));
        }
        count
    }

    fn leaf(&mut self, condition: usize, nodes: (NodeId, NodeId), side: Side, asker: &mut Asker<'_, '_, '_>) -> bool {
        let (may, must) = (asker.holds(nodes.0), asker.holds(nodes.1));
        if asker.is_reliable() {
            let seen = match (may, must) {
                (_, true) => 0,
                (false, false) => 1,
                (true, false) => 2,
            };
            self.hit(self.goal(condition, seen));
        }
        match side {
            Side::May => may,
            Side::Must => must,
        }
    }

    fn goal(&self, condition: usize, offset: usize) -> usize {
        self.layout.conditions.saturating_add(condition.saturating_mul(CONDITION)).saturating_add(offset)
    }

    /// Walks to the parts whose change alone would change the whole: of an `and` those whose siblings are all true, of
    /// an `or` those whose siblings are all false.
    fn alone(&mut self, tree: &Tree, side: Side, asker: &mut Asker<'_, '_, '_>) {
        match tree {
            Tree::Known(_) => {}
            Tree::Not(inner) => self.alone(inner, other(side), asker),
            Tree::And(parts) | Tree::Or(parts) => {
                let hides = matches!(tree, Tree::Or(_));
                let hiding = |me: &Tree, asker: &mut Asker<'_, '_, '_>| value(me, side, asker) == hides;
                let mut count = 0_usize;
                let mut only = None;
                for (index, part) in parts.iter().enumerate() {
                    if hiding(part, asker) {
                        count = count.saturating_add(1);
                        only = Some(index);
                    }
                }
                for (index, part) in parts.iter().enumerate() {
                    if count == 0 || (count == 1 && only == Some(index)) {
                        self.alone(part, side, asker);
                    }
                }
            }
            Tree::Leaf { condition, .. } | Tree::Each { condition, .. } => {
                let offset = if value(tree, side, asker) { 3 } else { 4 };
                self.hit(self.goal(*condition, offset));
            }
        }
    }

    /// Reads the answer to the event that was looked at.
    pub(crate) fn after(&mut self, step: &Step<'_>) {
        match step {
            Step::Quiet | Step::Refused(_) => {}
            Step::Call(decision) => {
                self.decided(decision.rules.iter().chain(&decision.observed));
                if decision.code == "default" {
                    self.hit(self.layout.default);
                }
                let dues = std::mem::take(&mut self.dues);
                for (budget, due) in &dues {
                    let used_up = due.amount.is_some_and(|a| a > 0) && due.amount == due.left;
                    if used_up && decision.verdict != Verdict::Deny {
                        self.hit(self.layout.budgets.saturating_add(budget.saturating_mul(BUDGET)));
                    }
                }
                self.dues = dues;
                for name in &decision.budgets {
                    if let Some(budget) = self.budgets.get(*name) {
                        let first = self.layout.budgets.saturating_add(budget.saturating_mul(BUDGET));
                        self.hit(first.saturating_add(1));
                    }
                }
            }
            Step::Result(screening) if screening.handling == Handling::Pass => self.decided(screening.observed.iter()),
            Step::Result(screening) => self.decided(screening.rules.iter().chain(&screening.observed)),
        }
    }

    fn decided<'n>(&mut self, names: impl Iterator<Item = &'n &'n str>) {
        for name in names {
            if let Some(rule) = self.rules.get(*name) {
                self.hit(rule.saturating_mul(RULE).saturating_add(1));
            }
        }
    }

    fn hit(&mut self, goal: usize) {
        if let Some(count) = self.hits.get_mut(goal) {
            *count = count.saturating_add(1);
        }
    }
}

/// What a part is on a side, counting nothing.
fn value(tree: &Tree, side: Side, asker: &mut Asker<'_, '_, '_>) -> bool {
    match tree {
        Tree::Known(value) => *value,
        Tree::Not(inner) => !value(inner, other(side), asker),
        Tree::And(parts) => parts.iter().all(|part| value(part, side, asker)),
        Tree::Or(parts) => parts.iter().any(|part| value(part, side, asker)),
        Tree::Leaf { may, must, .. } | Tree::Each { may, must, .. } => match side {
            Side::May => asker.holds(*may),
            Side::Must => asker.holds(*must),
        },
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::May => Side::Must,
        Side::Must => Side::May,
    }
}
