//! Budgets as plain lists of what was charged when.
//!
//! Sums are exact here; the runtime may count a charge up to one sixtieth of the window too long. Where that could
//! make a difference the oracle says so through `ambiguous`, and the comparison stops there.

use std::cell::Cell;

use policyc_compile::hir::{Budget, BudgetId, BudgetKey, Charge, ExprKind, Program, Ty, Value, Window};

use super::clock;
use super::eval::Scope;
use super::value::{Three, V};

/// Everything that was charged.
#[derive(Clone, Debug, Default)]
pub struct Budgets {
    entries: Vec<Entry>,
    /// The latest time seen by budget and key.
    latest: Vec<(BudgetId, String, i64)>,
    /// A question was asked whose answer depends on how a window is cut into buckets.
    pub ambiguous: Cell<bool>,
}

/// One charge or reservation.
#[derive(Clone, Debug)]
struct Entry {
    budget: BudgetId,
    key: String,
    at: Option<i64>,
    amount: i128,
    call: String,
}

/// What a call would be charged, by one budget.
#[derive(Clone, Debug)]
pub struct Due {
    /// Which budget.
    pub budget: BudgetId,
    /// Under which key.
    pub key: String,
    /// How much; `None` if that is unknown.
    pub amount: Option<i128>,
    /// It does not fit any more.
    pub exceeded: bool,
}

/// An amount as a raw number.
pub fn amount(value: &V) -> Option<i128> {
    match value {
        V::Int(n) | V::Duration(n) | V::Time(n) => Some(i128::from(*n)),
        V::Decimal(n) | V::Money(n, _) => Some(*n),
        _ => None,
    }
}

/// A raw number as a value of the type.
pub fn as_type(raw: i128, ty: &Ty) -> Option<V> {
    match ty {
        Ty::Int => i64::try_from(raw).ok().map(V::Int),
        Ty::Decimal => Some(V::Decimal(raw)),
        Ty::Money(currency) => Some(V::Money(raw, currency.clone())),
        Ty::Duration => i64::try_from(raw).ok().map(V::Duration),
        _ => None,
    }
}

/// All charges are one, so that the window is exact.
fn counts_calls(budget: &Budget) -> bool {
    let one = |e: &policyc_compile::hir::Expr| matches!(e.kind, ExprKind::Const(Value::Int(1)));
    budget.ty == Ty::Int && budget.charges.iter().all(|c| one(&c.amount) && c.settle.is_none())
}

/// The key of the call; `None` if a part of it is not known.
fn key(program: &Program, budget: &Budget, scope: &Scope) -> Option<String> {
    let part = |k: &BudgetKey| scope.call.key(program, *k, scope.fits).map(|part| format!("{part:?};"));
    budget.per.iter().map(part).collect()
}

/// The charges that may be meant: up to the first that surely is.
pub fn may_be_meant<'b>(budget: &'b Budget, scope: &Scope) -> Vec<&'b Charge> {
    let mut meant = Vec::new();
    for charge in budget.charges.iter().filter(|c| c.tools.contains(&scope.tool)) {
        let when = charge.when.as_ref().map_or(Three::True, |when| scope.cond(when));
        if when.may() {
            meant.push(charge);
        }
        if when.must() {
            break;
        }
    }
    meant
}

impl Budgets {
    /// What is used for the key of this call, before this call.
    pub fn used(&self, scope: &Scope, id: BudgetId) -> Option<i128> {
        let budget = scope.program.budgets.get(id.index())?;
        self.used_under(budget, id, &key(scope.program, budget, scope)?, scope.now)
    }

    /// Whether a charge that was noted earlier no longer fits. SPEC: [S6.9]
    pub fn past(&self, program: &Program, due: &Due, now: Option<i64>) -> bool {
        let Some(budget) = program.budgets.get(due.budget.index()) else { return true };
        let limit = amount(&super::value::Val::constant(&budget.limit).v);
        let used = self.used_under(budget, due.budget, &due.key, now);
        let sum = used.zip(due.amount).and_then(|(used, more)| used.checked_add(more));
        sum.zip(limit).is_none_or(|(sum, limit)| sum > limit)
    }

    fn used_under(&self, budget: &Budget, id: BudgetId, key: &str, now: Option<i64>) -> Option<i128> {
        // SPEC: [S6.12]
        let seen = self.latest.iter().filter(|(b, k, _)| *b == id && *k == key).map(|(_, _, at)| *at).max();
        let now = now.max(seen).map_or(0, i128::from);
        let sum_from = |from: Option<i128>| -> Option<i128> {
            let inside = |at: Option<i64>| from.is_none_or(|from| at.is_some_and(|at| i128::from(at) > from));
            let entries = self.entries.iter().filter(|e| e.budget == id && e.key == key && inside(e.at));
            entries.map(|e| e.amount).try_fold(0_i128, i128::checked_add)
        };
        match budget.window {
            Window::Lifetime => sum_from(None),
            Window::Calendar(unit) => {
                let now = i64::try_from(now).ok()?;
                sum_from(Some(clock::period(now, unit) - 1))
            }
            Window::Sliding(width) => {
                let from = now - i128::from(width);
                let exact = sum_from(Some(from));
                if !counts_calls(budget) && exact != sum_from(Some(from - i128::from(width) / 60 - 1)) {
                    self.ambiguous.set(true);
                }
                exact
            }
        }
    }

    /// What each budget would charge for this call; of one that was refused before the rules, each that counts
    /// attempts and has what it needs to know. SPEC: [S6.8] [S6.10]
    pub fn due(&self, scope: &Scope) -> Vec<Due> {
        let mut all = Vec::new();
        for (budget, at) in scope.program.budgets.iter().zip(0..) {
            let timeless = scope.now.is_none() && !matches!(budget.window, Window::Lifetime);
            if !scope.fits && (!budget.attempts || timeless || key(scope.program, budget, scope).is_none()) {
                continue;
            }
            let id = BudgetId(at);
            let charged = if budget.charges.is_empty() {
                amount(&super::value::Val::constant(&Value::Int(1)).v)
            } else {
                let meant = may_be_meant(budget, scope);
                if meant.is_empty() {
                    continue;
                }
                // A negative amount gives nothing back.
                let amounts = meant.iter().map(|c| Some(amount(&scope.value(&c.amount).v)?.max(0)));
                amounts.collect::<Option<Vec<i128>>>().and_then(|all| all.into_iter().max())
            };
            let limit = amount(&super::value::Val::constant(&budget.limit).v);
            let sum = self.used(scope, id).zip(charged).and_then(|(used, more)| used.checked_add(more));
            let exceeded = sum.zip(limit).is_none_or(|(sum, limit)| sum > limit);
            let key = key(scope.program, budget, scope).unwrap_or_default();
            all.push(Due { budget: id, key, amount: charged, exceeded });
        }
        all
    }

    /// Charges; an unknown amount charges nothing, because it was never allowed.
    pub fn charge(&mut self, due: &[Due], call: &str, now: Option<i64>) {
        for due in due {
            let amount = due.amount.unwrap_or(0);
            let latest = self.latest.iter().filter(|(b, k, _)| *b == due.budget && *k == due.key);
            let now = now.max(latest.map(|(_, _, at)| *at).max());
            let entry = Entry { budget: due.budget, key: due.key.clone(), at: now, amount, call: call.to_owned() };
            self.latest.extend(now.map(|now| (due.budget, due.key.clone(), now)));
            self.entries.push(entry);
        }
    }

    /// Replaces what a call was charged.
    pub fn settle(&mut self, budget: BudgetId, call: &str, amount: i128) {
        for entry in self.entries.iter_mut().filter(|e| e.budget == budget && e.call == call) {
            entry.amount = amount.max(0);
        }
    }

    /// Takes back what a call was charged.
    pub fn release(&mut self, call: &str) {
        self.entries.retain(|e| e.call != call);
    }

    /// Whether the call was charged by the budget.
    pub fn charged(&self, budget: BudgetId, call: &str) -> bool {
        self.entries.iter().any(|e| e.budget == budget && e.call == call)
    }
}
