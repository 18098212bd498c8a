//! Conditions that are always the same: by constants, or because their parts exclude each other.
//!
//! What is found is certain, what is certain is not always found: only comparisons of one value with constants, and
//! a question together with its own negation, are looked at, within a bound. Nothing here decides a call.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is understood is listed; of everything else, also what is new, nothing is claimed"
)]

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::Span;

use crate::checker::strip;
use crate::hir::{CompareOp, Expr, ExprKind, Risk, Ty, Value};

/// How many steps one question may take.
const STEPS: usize = 4_000;

/// The expressions inside one.
pub(crate) fn children(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Field(a, _)
        | ExprKind::Member(a, _)
        | ExprKind::Lookup(_, a)
        | ExprKind::Narrow(a)
        | ExprKind::ToDecimal(a)
        | ExprKind::Neg(a)
        | ExprKind::Lower(a)
        | ExprKind::Len(a)
        | ExprKind::IsTrue(a)
        | ExprKind::Not(a)
        | ExprKind::Surely(a)
        | ExprKind::Like(a, _)
        | ExprKind::Matches(a, _)
        | ExprKind::Present(a)
        | ExprKind::ValueHas(a, _)
        | ExprKind::FromUser(a)
        | ExprKind::FromTools(a, _) => vec![a],
        ExprKind::Index(a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Within(a, b)
        | ExprKind::StartsWith(a, b)
        | ExprKind::EndsWith(a, b)
        | ExprKind::Contains(a, b) => vec![a, b],
        ExprKind::Quantified { list, body, .. } => vec![list, body],
        ExprKind::Call(_, of) | ExprKind::And(of) | ExprKind::Or(of) => of.iter().collect(),
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
        | ExprKind::SessionHas(_) => Vec::new(),
    }
}

/// What a condition always is, if its constants alone decide it.
pub(crate) fn constant_truth(e: &Expr) -> Option<bool> {
    match &e.kind {
        ExprKind::Const(Value::Bool(b)) => Some(*b),
        ExprKind::IsTrue(of) | ExprKind::Surely(of) => constant_truth(of),
        ExprKind::Not(of) => constant_truth(of).map(|b| !b),
        ExprKind::And(of) => {
            let parts: Vec<Option<bool>> = of.iter().map(constant_truth).collect();
            if parts.contains(&Some(false)) { Some(false) } else { parts.iter().all(Option::is_some).then_some(true) }
        }
        ExprKind::Or(of) => {
            let parts: Vec<Option<bool>> = of.iter().map(constant_truth).collect();
            if parts.contains(&Some(true)) { Some(true) } else { parts.iter().all(Option::is_some).then_some(false) }
        }
        ExprKind::Compare(op, a, b) => {
            let (ExprKind::Const(x), ExprKind::Const(y)) = (&a.kind, &b.kind) else { return None };
            let order = x.cmp(y);
            Some(match op {
                CompareOp::Eq => order.is_eq(),
                CompareOp::Ne => order.is_ne(),
                CompareOp::Lt => order.is_lt(),
                CompareOp::Le => order.is_le(),
                CompareOp::Gt => order.is_gt(),
                CompareOp::Ge => order.is_ge(),
            })
        }
        ExprKind::In(x, xs) | ExprKind::Contains(xs, x) => match (&x.kind, &xs.kind) {
            (_, ExprKind::Const(Value::List(items))) if items.is_empty() => Some(false),
            (ExprKind::Const(x), ExprKind::Const(Value::List(items))) => Some(items.contains(x)),
            (ExprKind::Const(Value::Text(key)), ExprKind::Const(Value::Record(entries))) => {
                Some(entries.contains_key(key))
            }
            (_, _) => None,
        },
        _ => None,
    }
}

/// The parts of a condition that are always the same, where the whole is not.
pub(crate) fn constant_parts(e: &Expr) -> Vec<Span> {
    match &e.kind {
        ExprKind::And(of) | ExprKind::Or(of) => {
            let constant = |part: &Expr| constant_truth(part).is_some();
            of.iter().flat_map(|p| if constant(p) { vec![p.span] } else { constant_parts(p) }).collect()
        }
        ExprKind::Not(of) | ExprKind::Surely(of) => constant_parts(of),
        ExprKind::Quantified { body, .. } => {
            if constant_truth(body).is_some() {
                vec![body.span]
            } else {
                constant_parts(body)
            }
        }
        _ => Vec::new(),
    }
}

/// Whether these conditions can never be true together, over tools of these names and risks (none: any).
///
/// With `sure`, only questions that are never unknown count: a condition that restricts applies where it is unknown.
pub(crate) fn impossible(conditions: &[&Expr], tools: &[(String, Risk)], sure: bool) -> bool {
    let mut facts = Facts { sure, ..Facts::default() };
    if !tools.is_empty() {
        let risks = tools.iter().map(|(_, r)| Value::Risk(*r)).collect();
        let names = tools.iter().map(|(n, _)| Value::Text(n.clone())).collect();
        facts.about.insert("tool.risk".to_owned(), Domain { allowed: Some(risks), ..Domain::default() });
        facts.about.insert("tool.name".to_owned(), Domain { allowed: Some(names), ..Domain::default() });
    }
    let open = conditions.iter().map(|c| (*c, true)).collect();
    let mut steps = STEPS;
    facts.contradict(open, Vec::new(), &mut steps)
}

type Choice<'e> = Vec<(&'e Expr, bool)>;

/// What is known of values.
#[derive(Clone, Default)]
struct Facts {
    sure: bool,
    about: BTreeMap<String, Domain>,
}

/// What one value can be.
#[derive(Clone, Default)]
struct Domain {
    allowed: Option<BTreeSet<Value>>,
    excluded: BTreeSet<Value>,
    /// The bound, and whether it is excluded itself.
    above: Option<(Value, bool)>,
    below: Option<(Value, bool)>,
}

impl Domain {
    fn is_empty(&self) -> bool {
        let fits = |v: &Value| {
            let above = self.above.as_ref().is_none_or(|(b, strict)| if *strict { v > b } else { v >= b });
            let below = self.below.as_ref().is_none_or(|(b, strict)| if *strict { v < b } else { v <= b });
            above && below && !self.excluded.contains(v)
        };
        if let Some(allowed) = &self.allowed {
            return !allowed.iter().any(fits);
        }
        match (&self.above, &self.below) {
            (Some((a, strict_a)), Some((b, strict_b))) => {
                let gap = matches!((a, b), (Value::Int(a), Value::Int(b)) if *strict_a && *strict_b && a.checked_add(1) == Some(*b));
                a > b || (a == b && (*strict_a || *strict_b)) || gap
            }
            (_, _) => false,
        }
    }
}

impl Facts {
    /// Whether all of these cannot be true together.
    fn contradict<'e>(&mut self, mut open: Choice<'e>, mut choices: Vec<Choice<'e>>, steps: &mut usize) -> bool {
        while let Some((e, yes)) = open.pop() {
            let Some(left) = steps.checked_sub(1) else { return false };
            *steps = left;
            match (&e.kind, yes) {
                (ExprKind::And(of), true) | (ExprKind::Or(of), false) => open.extend(of.iter().map(|e| (e, yes))),
                (ExprKind::And(of), false) | (ExprKind::Or(of), true) => {
                    choices.push(of.iter().map(|e| (e, yes)).collect());
                }
                (ExprKind::Not(of), _) => open.push((of, !yes)),
                (ExprKind::Surely(of), true) => open.push((of, true)),
                (ExprKind::IsTrue(of), _) if matches!(of.kind, ExprKind::Const(_)) => open.push((of, yes)),
                (ExprKind::Const(Value::Bool(b)), _) => {
                    if *b != yes {
                        return true;
                    }
                }
                (_, _) => {
                    if self.add(e, yes) {
                        return true;
                    }
                }
            }
        }
        let Some(choice) = choices.pop() else { return false };
        // Every way to make the choice true must fail.
        choice.into_iter().all(|(e, yes)| self.clone().contradict(vec![(e, yes)], choices.clone(), steps))
    }

    /// Adds what an answer says; true if it contradicts what is known.
    fn add(&mut self, e: &Expr, yes: bool) -> bool {
        match (&e.kind, constants_side(e)) {
            (ExprKind::Compare(..), Some((subject, op, value))) => {
                let op = if yes { op } else { opposite(op) };
                self.narrow(subject, |d| match op {
                    CompareOp::Eq => d.keep(BTreeSet::from([value])),
                    CompareOp::Ne => {
                        d.excluded.insert(value);
                    }
                    CompareOp::Lt => d.below(value, true),
                    CompareOp::Le => d.below(value, false),
                    CompareOp::Gt => d.above(value, true),
                    CompareOp::Ge => d.above(value, false),
                })
            }
            (ExprKind::In(x, xs), _) => match &xs.kind {
                ExprKind::Const(Value::List(items)) => {
                    let items: BTreeSet<Value> = items.iter().cloned().collect();
                    self.narrow(x, |d| if yes { d.keep(items) } else { d.excluded.extend(items) })
                }
                _ => self.question(e, yes),
            },
            (ExprKind::IsTrue(x), _) => self.narrow(x, |d| d.keep(BTreeSet::from([Value::Bool(yes)]))),
            (_, _) => self.question(e, yes),
        }
    }

    fn narrow(&mut self, subject: &Expr, change: impl FnOnce(&mut Domain)) -> bool {
        if self.sure && !always_known(subject) {
            return false;
        }
        let Some(key) = key(subject) else { return false };
        let domain = self.about.entry(key).or_insert_with(|| whole(subject));
        change(domain);
        domain.is_empty()
    }

    /// A question that is only known to exclude its own negation.
    fn question(&mut self, e: &Expr, yes: bool) -> bool {
        let known = match &e.kind {
            ExprKind::HasRole(_) => true,
            ExprKind::Present(of) => matches!(of.kind, ExprKind::Arg(_) | ExprKind::Label(_) | ExprKind::AgentAttr(_)),
            _ => false,
        };
        if self.sure && !known {
            return false;
        }
        let Some(key) = key(e) else { return false };
        let domain = self.about.entry(key).or_default();
        domain.keep(BTreeSet::from([Value::Bool(yes)]));
        domain.is_empty()
    }
}

impl Domain {
    fn keep(&mut self, values: BTreeSet<Value>) {
        self.allowed = Some(match self.allowed.take() {
            Some(before) => before.intersection(&values).cloned().collect(),
            None => values,
        });
    }

    fn above(&mut self, value: Value, strict: bool) {
        if self.above.as_ref().is_none_or(|(b, s)| (&value, strict) > (b, *s)) {
            self.above = Some((value, strict));
        }
    }

    fn below(&mut self, value: Value, strict: bool) {
        if self.below.as_ref().is_none_or(|(b, s)| value < *b || (value == *b && strict && !*s)) {
            self.below = Some((value, strict));
        }
    }
}

/// What a value of a type can be at all.
fn whole(e: &Expr) -> Domain {
    let allowed = match strip(&e.ty) {
        Ty::Bool => Some(BTreeSet::from([Value::Bool(false), Value::Bool(true)])),
        Ty::Enum(variants) => Some(variants.iter().map(|v| Value::Enum(v.clone())).collect()),
        Ty::Risk => Some(Risk::ALL.iter().map(|r| Value::Risk(*r)).collect()),
        _ => None,
    };
    Domain { allowed, ..Domain::default() }
}

/// A comparison with a constant: what is compared, how, with what.
fn constants_side(e: &Expr) -> Option<(&Expr, CompareOp, Value)> {
    let ExprKind::Compare(op, a, b) = &e.kind else { return None };
    match (&a.kind, &b.kind) {
        (_, ExprKind::Const(value)) => Some((a, *op, value.clone())),
        (ExprKind::Const(value), _) => Some((b, mirrored(*op), value.clone())),
        (_, _) => None,
    }
}

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
        CompareOp::Eq | CompareOp::Ne => op,
    }
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// Whether a value is there and readable in every call that is not refused.
fn always_known(e: &Expr) -> bool {
    let is_plain = matches!(
        e.ty,
        Ty::Bool | Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Text | Ty::Enum(_) | Ty::Risk | Ty::Duration | Ty::Time
    );
    let is_there = matches!(
        e.kind,
        ExprKind::Arg(_) | ExprKind::Label(_) | ExprKind::AgentAttr(_) | ExprKind::ToolName | ExprKind::ToolRisk
    );
    is_plain && is_there
}

/// The same for expressions that are the same, wherever they stand.
fn key(e: &Expr) -> Option<String> {
    let with = |name: &str, of: &Expr| key(of).map(|k| format!("{name}({k})"));
    Some(match &e.kind {
        ExprKind::Arg(name) => format!("args.{name}"),
        ExprKind::Args => "args".to_owned(),
        ExprKind::Label(id) => format!("labels.{}", id.0),
        ExprKind::AgentId => "agent.id".to_owned(),
        ExprKind::AgentTenant => "agent.tenant".to_owned(),
        ExprKind::AgentAttr(id) => format!("agent.{}", id.0),
        ExprKind::HasRole(id) => format!("role {}", id.0),
        ExprKind::SessionId => "session.id".to_owned(),
        ExprKind::SessionAge => "session.age".to_owned(),
        ExprKind::ToolName => "tool.name".to_owned(),
        ExprKind::ToolRisk => "tool.risk".to_owned(),
        ExprKind::ToolTags => "tool.tags".to_owned(),
        ExprKind::Time => "time".to_owned(),
        ExprKind::Task => "task".to_owned(),
        ExprKind::Result => "result".to_owned(),
        ExprKind::ResultOk => "result ok".to_owned(),
        ExprKind::Budget(id, field) => format!("budget {} {field:?}", id.0),
        ExprKind::SessionHas(id) => format!("session has {}", id.0),
        ExprKind::Var(id) => format!("var {}", id.0),
        ExprKind::Const(value) => format!("{value:?}"),
        ExprKind::Field(of, name) => format!("{}.{name:?}", key(of)?),
        ExprKind::Member(of, member) => format!("{}.{member:?}", key(of)?),
        ExprKind::Index(of, at) => format!("{}[{}]", key(of)?, key(at)?),
        ExprKind::Lookup(table, at) => format!("table {}[{}]", table.0, key(at)?),
        ExprKind::Narrow(of) => return key(of),
        ExprKind::ToDecimal(of) => with("decimal", of)?,
        ExprKind::Lower(of) => with("lower", of)?,
        ExprKind::Len(of) => with("len", of)?,
        ExprKind::Present(of) => with("present", of)?,
        ExprKind::FromUser(of) => with("from user", of)?,
        ExprKind::ValueHas(of, mark) => format!("{} has {}", key(of)?, mark.0),
        ExprKind::Like(of, glob) => format!("{} like {glob:?}", key(of)?),
        ExprKind::Matches(of, regex) => format!("{} matches {regex:?}", key(of)?),
        ExprKind::StartsWith(a, b) => format!("{} starts {}", key(a)?, key(b)?),
        ExprKind::EndsWith(a, b) => format!("{} ends {}", key(a)?, key(b)?),
        ExprKind::Contains(a, b) => format!("{} contains {}", key(a)?, key(b)?),
        ExprKind::In(a, b) => format!("{} in {}", key(a)?, key(b)?),
        ExprKind::Within(a, b) => format!("{} within {}", key(a)?, key(b)?),
        _ => return None,
    })
}
