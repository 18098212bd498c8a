//! Changes of what is remembered, in words: `+untrusted`, `result +untrusted`, `spend[ana] +3.20 USD`.
//!
//! What several charges of one event do to one counter is said once, and what comes to nothing is not said.

use crate::explain::naming::show_number;
use crate::loaded::Loaded;
use crate::policy::{Budget, BudgetKey, MarkId};
use crate::state::{Change, mark_bit};

/// The words: marks of the session, marks on the result, then counters, each in the order in which they changed first.
pub fn changes(loaded: &Loaded, changes: &[Change]) -> Vec<String> {
    let policy = loaded.policy();
    let mark = |mark: MarkId| policy.marks.get(mark.index()).map_or("?", |name| policy.text(*name));
    let (mut marks, mut values) = (Vec::new(), Vec::new());
    let mut counters: Vec<(&Change, i128)> = Vec::new();
    for change in changes {
        match change {
            Change::Session { mark: id, set } => marks.push(format!("{}{}", if *set { '+' } else { '-' }, mark(*id))),
            Change::Result { marks: bits } => {
                let all = (0..64).map(MarkId).take(policy.marks.len());
                let carried = all.filter(|id| bits & mark_bit(*id) != 0);
                values.extend(carried.map(|id| format!("result +{}", mark(id))));
            }
            Change::Counter { budget, key, by } => {
                let same = |(other, _): &&mut (&Change, i128)| matches!(other, Change::Counter { budget: b, key: k, .. } if b == budget && k == key);
                match counters.iter_mut().find(same) {
                    Some((_, sum)) => *sum = sum.saturating_add(*by),
                    None => counters.push((change, *by)),
                }
            }
        }
    }
    let counted = counters.into_iter().filter(|(_, by)| *by != 0).filter_map(|(change, by)| {
        let Change::Counter { budget: id, key, .. } = change else { return None };
        let budget = policy.budgets.get(id.index())?;
        let sign = if by > 0 { "+" } else { "-" };
        let amount = show_number(policy, i128::try_from(by.unsigned_abs()).unwrap_or(i128::MAX), budget.unit);
        Some(format!("{}{} {sign}{amount}", loaded.budget_name(*id), counter(budget, key)))
    });
    marks.into_iter().chain(values).chain(counted).collect()
}

/// Which of a budget's counters; nothing where there is only one.
fn counter(budget: &Budget, mut key: &[u8]) -> String {
    let mut parts = Vec::new();
    for of in &budget.per {
        let Some(part) = next_part(&mut key) else { break };
        parts.push(match of {
            BudgetKey::Agent | BudgetKey::Session | BudgetKey::Task | BudgetKey::Tenant | BudgetKey::Tool => {
                String::from_utf8_lossy(part).into_owned()
            }
            BudgetKey::Call => "this call".to_owned(),
            BudgetKey::Label(_) | BudgetKey::Attr(_) => declared(part),
        });
    }
    if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(", ")) }
}

/// A part as `push_key_part` wrote it.
fn next_part<'k>(key: &mut &'k [u8]) -> Option<&'k [u8]> {
    let (len, rest) = key.split_first_chunk::<8>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
    *key = rest;
    Some(part)
}

/// A declared value as `canonical` wrote it: texts and truth values are readable, others are told apart elsewhere.
fn declared(part: &[u8]) -> String {
    let text = match part {
        [b't'] => Some("true".to_owned()),
        [b'f'] => Some("false".to_owned()),
        [b'n'] => Some("null".to_owned()),
        [b'i', number @ ..] => number.try_into().ok().map(|n| i128::from_le_bytes(n).to_string()),
        [b's', 255, _, _, _, _, _, _, _, _, text @ ..] | [b's', _, text @ ..] => {
            std::str::from_utf8(text).ok().map(str::to_owned)
        }
        _ => None,
    };
    text.unwrap_or_else(|| "…".to_owned())
}
