//! A policy that was verified, with everything that is derived from it.
//!
//! Nothing here is stored in a bundle: loading derives it anew. Whoever holds a `Loaded` may evaluate it without
//! checking ids again.

use crate::bundle;
use crate::policy::{BudgetId, Policy, RuleId};
use crate::verify::{Dependencies, LoadError, verify};

/// A policy that was verified and indexed; shared between threads, never changed.
#[derive(Debug)]
pub struct Loaded {
    policy: Policy,
    hash: [u8; 32],
    #[expect(dead_code, reason = "read by the evaluator")]
    pub(crate) vars: Dependencies,
}

impl Loaded {
    /// Verifies a policy and derives what evaluation needs.
    pub fn new(policy: Policy) -> Result<Self, LoadError> {
        let vars = verify(&policy)?;
        let hash = bundle::hash(&policy).map_err(|_| LoadError::NotEncodable)?;
        Ok(Self { policy, hash, vars })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// SHA-256 of the policy.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// A rule's name.
    pub fn rule_name(&self, rule: RuleId) -> &str {
        self.policy.rules.get(rule.index()).map_or("", |r| self.policy.text(r.name))
    }

    /// A budget's name.
    pub fn budget_name(&self, budget: BudgetId) -> &str {
        self.policy.budgets.get(budget.index()).map_or("", |b| self.policy.text(b.name))
    }
}
