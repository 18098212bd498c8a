//! What budgets count for the call at hand.
//!
//! The amount that a call would add is evaluated here, and what was used is looked up; nothing is taken.

use super::Evaluator;
use crate::canonical;
use crate::hash;
use crate::policy::{BudgetId, BudgetKey, Field};
use crate::state::push_key_part;
use crate::value::Value;
use crate::wire::Json;

impl<'c> Evaluator<'c, '_> {
    /// What has been charged and reserved for the call's key; `None` if it is not known what counts.
    pub(crate) fn used(&mut self, budget: BudgetId) -> Option<i128> {
        self.key(budget)?;
        Some(self.subject.state.used(budget, &self.scratch.key, self.subject.history.now()))
    }

    /// Writes the key under which a budget counts the call to `scratch.key`.
    pub(crate) fn key(&mut self, budget: BudgetId) -> Option<()> {
        let loaded = self.loaded;
        let policy = loaded.policy();
        let call = self.subject.call;
        let declared = policy.budgets.get(budget.index())?;
        let mut key = std::mem::take(&mut self.scratch.key);
        key.clear();
        let mut known = true;
        for part in &declared.per {
            let text = match part {
                BudgetKey::Agent => call.agent_id,
                BudgetKey::Session => call.session,
                BudgetKey::Task => call.task,
                BudgetKey::Tenant => call.tenant,
                BudgetKey::Tool => Some(call.tool),
                BudgetKey::Call => {
                    let tool = policy.tools.get(self.subject.tool.index()).filter(|_| self.subject.fits);
                    let hash = hash::call_key(loaded, tool.map(|t| t.args), call, &mut self.scratch.bytes);
                    push_key_part(&mut key, &hash);
                    continue;
                }
                BudgetKey::Label(label) => {
                    known &= self.push_value(call.labels, policy.labels.get(label.index()), &mut key);
                    continue;
                }
                BudgetKey::Attr(attribute) => {
                    known &= self.push_value(call.agent, policy.attributes.get(attribute.index()), &mut key);
                    continue;
                }
            };
            match text {
                Some(text) => push_key_part(&mut key, text.as_bytes()),
                None => known = false,
            }
        }
        self.scratch.key = key;
        known.then_some(())
    }

    fn push_value(&mut self, object: Option<Json<'c>>, field: Option<&'c Field>, key: &mut Vec<u8>) -> bool {
        let (Value::Wire(json, _), Some(field)) = (self.declared(object, field), field) else { return false };
        self.scratch.bytes.clear();
        canonical::encode(self.loaded, field.shape, json, &mut self.scratch.bytes);
        push_key_part(key, &self.scratch.bytes);
        true
    }

    /// What the call would add to a budget: `None` if it does not count the call, an unknown amount as `None` within.
    pub(crate) fn amount(&mut self, budget: BudgetId) -> Option<Option<i128>> {
        let loaded = self.loaded;
        let declared = loaded.policy().budgets.get(budget.index())?;
        if declared.charges.is_empty() {
            return Some(Some(1));
        }
        // Of the charges that may be meant the dearest counts.
        let mut most: Option<Option<i128>> = None;
        for charge in &declared.charges {
            if !self.may_count(charge) {
                continue;
            }
            let amount = self.term(charge.amount).number();
            let amount = amount.filter(|(_, unit)| *unit == declared.unit).map(|(n, _)| n.max(0));
            most = Some(most.map_or(amount, |most| most.zip(amount).map(|(a, b)| a.max(b))));
            if self.node(charge.surely) {
                break;
            }
        }
        most
    }

    fn may_count(&mut self, charge: &crate::policy::Charge) -> bool {
        let tools = self.loaded.policy().tool_sets.get(charge.tools.index());
        tools.is_some_and(|t| t.has(self.subject.tool)) && self.node(charge.when)
    }

    /// The charge that is meant, if that is known.
    pub(crate) fn charge(&mut self, budget: BudgetId) -> Option<&'c crate::policy::Charge> {
        let loaded = self.loaded;
        let policy = loaded.policy();
        let declared = policy.budgets.get(budget.index())?;
        let first = declared.charges.iter().find(|charge| self.may_count(charge))?;
        self.node(first.surely).then_some(first)
    }

    /// Whether one more amount goes past the limit. What is not known does.
    pub(crate) fn exceeds(&mut self, budget: BudgetId, amount: Option<i128>) -> bool {
        let limit = self.loaded.policy().budgets.get(budget.index()).map(|b| b.limit);
        let sum = self.used(budget).zip(amount).and_then(|(used, more)| used.checked_add(more));
        sum.zip(limit).is_none_or(|(sum, limit)| sum > limit)
    }
}
