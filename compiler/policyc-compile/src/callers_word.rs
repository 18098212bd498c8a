//! The caller's own word may restrict, never grant.
//!
//! A label `from caller` is a statement of whoever makes the call. What a condition asks of such labels is followed
//! through functions, variables and marks, and each question is known by its sign: whether a *yes* makes the
//! condition true, or a *no* does. A grant may not ask at all; a restriction may ask only so that a *yes* restricts,
//! or the caller would lift it by what it says. Nothing here looks at a call.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "signs are turned where that is listed; everything else, also what is new, asks with the sign it stands in"
)]

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Diagnostic, Span, code};

use crate::checker::{Checker, strip};
use crate::contradictions::{children, constant_truth};
use crate::hir::{CompareOp, Expr, ExprKind, Label, LabelId, MarkId, Ty, Value, VarId};

/// What an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A label `from caller`.
    Label(LabelId),
    /// A mark; whether the caller's word sets it is known only when all `after`s are.
    Mark(MarkId),
    /// The parameter of a function, by its place.
    Param(usize),
}

/// Where a source is asked, by what its answer does to the whole condition.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// A yes helps to make it true.
    yes: Option<Span>,
    /// A no helps to make it true.
    no: Option<Span>,
}

/// Everything that a condition or value asks.
pub(crate) type Asks = BTreeMap<Source, Asked>;

/// What the caller's word must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `allow`, `clear`: no question at all. The words say what it does.
    Grants(&'static str),
    /// `deny`, `hold`, `redact`, `quarantine`, `mark`: only questions whose yes restricts.
    Restricts,
    /// Charges: no question at all, since the first charge that fits counts.
    Charges,
}

/// Which answers make a condition true.
#[derive(Clone, Copy)]
struct Sign {
    yes: bool,
    no: bool,
}

const YES: Sign = Sign { yes: true, no: false };
const BOTH: Sign = Sign { yes: true, no: true };

impl Sign {
    fn turned(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }
}

/// One walk through one expression.
struct Walk<'c> {
    labels: &'c [Label],
    asked_by: &'c [Asks],
    /// What the variables in scope come from.
    vars: Vec<(VarId, Vec<(Source, Span)>)>,
    found: Asks,
}

impl Walk<'_> {
    fn note(&mut self, source: Source, sign: Sign, at: Span) {
        let asked = self.found.entry(source).or_default();
        if sign.yes {
            asked.yes.get_or_insert(at);
        }
        if sign.no {
            asked.no.get_or_insert(at);
        }
    }

    fn is_callers(&self, id: LabelId) -> bool {
        self.labels.get(id.index()).is_some_and(|l| l.from_caller)
    }

    /// A condition, asked with a sign. Expressions are bounded in depth by the parser.
    fn condition(&mut self, e: &Expr, sign: Sign) {
        match &e.kind {
            ExprKind::And(of) | ExprKind::Or(of) => of.iter().for_each(|e| self.condition(e, sign)),
            ExprKind::Not(of) => self.condition(of, sign.turned()),
            ExprKind::Surely(of) => self.condition(of, sign),
            ExprKind::Compare(op, a, b) => {
                let sign = match op {
                    CompareOp::Ne => sign.turned(),
                    CompareOp::Eq | CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => sign,
                };
                let sign = match (strip(&a.ty), &a.kind, &b.kind) {
                    // `x == false` is `not x`.
                    (Ty::Bool, ExprKind::Const(Value::Bool(b)), _) | (Ty::Bool, _, ExprKind::Const(Value::Bool(b))) => {
                        if *b {
                            sign
                        } else {
                            sign.turned()
                        }
                    }
                    (Ty::Bool, _, _) => BOTH,
                    (_, _, _) => sign,
                };
                self.question(e, sign);
            }
            ExprKind::In(x, _) | ExprKind::Contains(_, x) if *strip(&x.ty) == Ty::Bool => self.question(e, BOTH),
            ExprKind::SessionHas(mark) => self.note(Source::Mark(*mark), sign, e.span),
            ExprKind::ValueHas(_, mark) => {
                self.note(Source::Mark(*mark), sign, e.span);
                self.question(e, sign);
            }
            ExprKind::Quantified { all, var, list, body, .. } => {
                // A longer list makes more of `any` true, and less of `all`.
                let of = self.sources(list);
                for (source, at) in &of {
                    self.note(*source, if *all { sign.turned() } else { sign }, *at);
                }
                self.vars.push((*var, of));
                self.condition(body, sign);
                self.vars.pop();
            }
            ExprKind::Call(id, args) => {
                // INVARIANT: functions call only functions before them, so what this one asks is known, and no body
                // is gone through twice: functions that call each other twice would double the work with each step.
                let asks = self.asked_by.get(id.index()).cloned().unwrap_or_default();
                for (source, asked) in asks {
                    let inside = Sign { yes: asked.yes.is_some(), no: asked.no.is_some() };
                    let sign = Sign {
                        yes: (sign.yes && inside.yes) || (sign.no && inside.no),
                        no: (sign.yes && inside.no) || (sign.no && inside.yes),
                    };
                    match source {
                        Source::Label(_) | Source::Mark(_) => self.note(source, sign, e.span),
                        Source::Param(at) => {
                            for (source, at) in args.get(at).map(|a| self.sources(a)).unwrap_or_default() {
                                self.note(source, sign, at);
                            }
                        }
                    }
                }
            }
            _ => self.question(e, sign),
        }
    }

    /// A question that is no condition inside: all that its values come from is asked.
    fn question(&mut self, e: &Expr, sign: Sign) {
        // Where silence is a yes already, saying something else is a no.
        let sign = if self.is_yes_by_default(e) { BOTH } else { sign };
        for child in children(e) {
            for (source, at) in self.sources(child) {
                self.note(source, sign, at);
            }
        }
    }

    /// Whether the default of a label answers the question with yes.
    fn is_yes_by_default(&self, e: &Expr) -> bool {
        let of_label = |e: &Expr| match &e.kind {
            ExprKind::Label(id) if self.is_callers(*id) => {
                self.labels.get(id.index()).and_then(|l| l.field.default.clone())
            }
            ExprKind::Const(value) => Some(value.clone()),
            _ => None,
        };
        let constant = |of: &Expr| {
            let value = of_label(of)?;
            Some(Box::new(Expr { kind: ExprKind::Const(value), ty: of.ty.clone(), span: of.span }))
        };
        let kind = match &e.kind {
            ExprKind::IsTrue(of) => constant(of).map(ExprKind::IsTrue),
            ExprKind::Compare(op, a, b) => match (constant(a), constant(b)) {
                (Some(a), Some(b)) => Some(ExprKind::Compare(*op, a, b)),
                (_, _) => None,
            },
            ExprKind::In(a, b) => match (constant(a), constant(b)) {
                (Some(a), Some(b)) => Some(ExprKind::In(a, b)),
                (_, _) => None,
            },
            _ => None,
        };
        kind.is_some_and(|kind| constant_truth(&Expr { kind, ty: Ty::Bool, span: e.span }) == Some(true))
    }

    /// What a value comes from, each with where that stands.
    fn sources(&self, e: &Expr) -> Vec<(Source, Span)> {
        let mut found: BTreeMap<Source, Span> = BTreeMap::new();
        self.add_sources(e, &mut found);
        found.into_iter().collect()
    }

    fn add_sources(&self, e: &Expr, found: &mut BTreeMap<Source, Span>) {
        match &e.kind {
            ExprKind::Label(id) if self.is_callers(*id) => {
                found.entry(Source::Label(*id)).or_insert(e.span);
            }
            ExprKind::Var(id) => {
                for (source, _) in self.vars.iter().rev().find(|(v, _)| v == id).into_iter().flat_map(|(_, of)| of) {
                    found.entry(*source).or_insert(e.span);
                }
            }
            ExprKind::Call(id, args) => {
                for source in self.asked_by.get(id.index()).into_iter().flat_map(|asks| asks.keys()) {
                    match source {
                        Source::Label(_) | Source::Mark(_) => {
                            found.entry(*source).or_insert(e.span);
                        }
                        Source::Param(at) => args.get(*at).into_iter().for_each(|a| self.add_sources(a, found)),
                    }
                }
            }
            _ => children(e).into_iter().for_each(|child| self.add_sources(child, found)),
        }
    }
}

impl Checker<'_, '_> {
    fn walk(&self, params: usize) -> Walk<'_> {
        let var = |i: usize| VarId(u32::try_from(i).unwrap_or(u32::MAX));
        let vars = (0..params).map(|i| (var(i), vec![(Source::Param(i), Span::default())])).collect();
        Walk { labels: &self.program.labels, asked_by: &self.asked_by, vars, found: Asks::new() }
    }

    /// What a function asks, for those that call it.
    pub fn asks_of_function(&self, body: &Expr, params: usize) -> Asks {
        let mut walk = self.walk(params);
        if body.ty == Ty::Bool {
            walk.condition(body, YES);
        } else {
            for (source, at) in walk.sources(body) {
                walk.note(source, YES, at);
            }
        }
        walk.found
    }

    /// What a condition asks.
    fn asks_of(&self, when: &Expr) -> Asks {
        let mut walk = self.walk(0);
        walk.condition(when, YES);
        walk.found
    }

    /// Refuses a condition that lets the caller's own word grant, or lift what restricts.
    pub fn refuse_callers_word(&mut self, when: &Expr, role: Role) {
        let asks = self.asks_of(when);
        self.refuse_asked(asks, role);
    }

    /// Refuses a budget that counts for each value of the caller's own word.
    pub fn refuse_callers_key(&mut self, id: LabelId, at: Span) {
        if self.program.labels.get(id.index()).is_some_and(|l| l.from_caller) {
            self.say_callers_word(Source::Label(id), at, "counts for each value of", "a new value begins a new count");
        }
    }

    fn refuse_asked(&mut self, asks: Asks, role: Role) {
        for (source, asked) in asks {
            let is_callers = match source {
                Source::Label(_) => true,
                Source::Mark(mark) => self.callers_marks.contains(&mark),
                Source::Param(_) => false,
            };
            if !is_callers {
                continue;
            }
            // A mark that the caller's word sets is never cleared by it, so only its yes is the caller's.
            let at = match (role, source) {
                (Role::Grants(_), Source::Mark(_)) => asked.yes,
                (Role::Restricts, _) => asked.no,
                (Role::Grants(_) | Role::Charges, _) => asked.yes.or(asked.no),
            };
            let Some(at) = at else { continue };
            let (does, help) = match role {
                Role::Grants(does) => (does, "what the caller says of itself may restrict, never grant"),
                Role::Restricts => (
                    "is lifted by",
                    "what the caller says may restrict, never lift: ask so that a yes restricts, not by `not`, `unless`, `!=`, `all`, nor what the default says already",
                ),
                Role::Charges => ("charges by", "what a call costs does not depend on what the caller says of itself"),
            };
            self.say_callers_word(source, at, does, help);
        }
    }

    fn say_callers_word(&mut self, source: Source, at: Span, does: &str, help: &str) {
        let said = match source {
            Source::Label(id) => {
                let Some(label) = self.program.labels.get(id.index()) else { return };
                let name = &label.field.name;
                let message = format!("this {does} `labels.{name}`, which is the caller's own word");
                Diagnostic::new(&code::GRANT_ON_CALLERS_WORD, at, message)
                    .also(label.field.span, "from caller")
                    .help(help)
                    .help("if the host states it, declare the label `from host`")
            }
            Source::Mark(id) => {
                let Some(mark) = self.program.marks.get(id.index()) else { return };
                let name = &mark.name;
                let message = format!("this {does} the mark `{name}`, which the caller's own word sets");
                Diagnostic::new(&code::GRANT_ON_CALLERS_WORD, at, message).also(mark.span, "the mark").help(help)
            }
            Source::Param(_) => return,
        };
        self.say(said);
    }

    /// Which marks the caller's word sets, and whether any `after` or charge lets it do more than that.
    pub fn callers_marks_and_charges(&mut self) {
        let afters = std::mem::take(&mut self.program.afters);
        let asks: Vec<Asks> =
            afters.iter().map(|a| a.when.as_ref().map(|e| self.asks_of(e)).unwrap_or_default()).collect();
        let mut marks: BTreeSet<MarkId> = BTreeSet::new();
        loop {
            let known = marks.len();
            for (after, asks) in afters.iter().zip(&asks).filter(|(a, _)| !a.clear) {
                let is_callers = |source: &Source| match source {
                    Source::Label(_) => true,
                    Source::Mark(mark) => marks.contains(mark),
                    Source::Param(_) => false,
                };
                if asks.keys().any(is_callers) {
                    marks.insert(after.mark);
                }
            }
            if marks.len() == known {
                break;
            }
        }
        self.callers_marks = marks;
        for (after, asks) in afters.iter().zip(asks) {
            self.refuse_asked(asks, if after.clear { Role::Grants("clears a mark on") } else { Role::Restricts });
        }
        self.program.afters = afters;
        self.callers_charges();
    }

    /// What a call costs does not depend on the caller's word: the first charge that fits counts, so a yes to one is
    /// a no to the next.
    fn callers_charges(&mut self) {
        let budgets = std::mem::take(&mut self.program.budgets);
        for charge in budgets.iter().flat_map(|b| &b.charges) {
            let mut asks = charge.when.as_ref().map(|e| self.asks_of(e)).unwrap_or_default();
            for amount in [Some(&charge.amount), charge.settle.as_ref()].into_iter().flatten() {
                for (source, at) in self.walk(0).sources(amount) {
                    asks.entry(source).or_default().yes.get_or_insert(at);
                }
            }
            self.refuse_asked(asks, Role::Charges);
        }
        self.program.budgets = budgets;
    }
}
