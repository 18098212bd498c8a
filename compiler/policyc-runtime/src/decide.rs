//! From a call to its verdict.
//!
//! `decide` is pure: policy, state and call in, verdict out; it takes nothing from the state and needs no clock. What
//! was found about the call comes together in `combine`, and no other code can say `allow`.

use crate::decision::{BY_BUDGET, BY_DEFAULT, BY_RULE, Verdict};
use crate::eval::{Came, Evaluator, Scratch, Subject};
use crate::event::Call;
use crate::loaded::Loaded;
use crate::policy::{BudgetId, ToolId};
use crate::refusal::{Refusal, RefusalCode};
use crate::schema;
use crate::state::State;
use crate::tree::{self, Tier};

/// The verdict on a call. The rules and budgets that made it are in the scratch memory until the next decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be done.
    pub verdict: Verdict,
    /// `rule`, `budget`, `default`, or the stable name of a refusal.
    pub code: &'static str,
    /// The tool; `None` if the policy does not know it.
    pub tool: Option<ToolId>,
    /// Why no rule was asked, if none was.
    pub refusal: Option<Refusal>,
}

/// Decides a call: pure, total, and free of allocation once the scratch memory has grown, unless structured texts are
/// read or the call is refused.
pub fn decide(loaded: &Loaded, state: &State, call: &Call<'_>, scratch: &mut Scratch) -> Outcome {
    let Admitted { tool, came } = match admit(loaded, state, call, scratch) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            scratch.forget();
            return refused(refusal);
        }
    };
    let history = state.view(call.session, call.turn, call.at);
    let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
    let mut evaluator = Evaluator::with(loaded, subject, came, scratch);
    let outcome = judge(&mut evaluator);
    evaluator.end();
    outcome
}

/// A call that may be judged.
pub(crate) struct Admitted {
    pub tool: ToolId,
    /// What came with it and may be asked for.
    pub came: Vec<Came>,
}

/// What comes before any rule: the schema, what the policy needs to know, room in the state.
pub(crate) fn admit(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
) -> Result<Admitted, Refusal> {
    let mut came = scratch.no_arrivals();
    let tool = schema::admit_seeing(loaded.policy(), loaded.needs(), call, |tool, key, value| {
        came.extend(Came::new(loaded.asked_under(tool, key), value));
    })?;
    state.admits(Some(call.id), call.session, 0)?;
    Ok(Admitted { tool, came })
}

/// The verdict on what was refused before any rule.
pub(crate) fn refused(refusal: Refusal) -> Outcome {
    Outcome { verdict: Verdict::Deny, code: refusal.code.name(), tool: None, refusal: Some(refusal) }
}

/// Asks the rules and budgets.
pub(crate) fn judge(evaluator: &mut Evaluator<'_, '_>) -> Outcome {
    let mut applied = std::mem::take(&mut evaluator.scratch.applied);
    let mut strongest = None;
    for (tier, verdict) in [(Tier::Deny, Verdict::Deny), (Tier::Hold, Verdict::Hold), (Tier::Allow, Verdict::Allow)] {
        tree::applying(evaluator, tier, &mut applied);
        if !applied.is_empty() {
            strongest = Some(verdict);
            break;
        }
    }
    evaluator.scratch.applied = applied;
    if strongest == Some(Verdict::Hold) {
        // What binds the call unreviewed binds it reviewed.
        let mut binding = std::mem::take(&mut evaluator.scratch.binding);
        tree::applying(evaluator, Tier::Allow, &mut binding);
        evaluator.scratch.binding = binding;
    }
    let budgets = budgets(evaluator, strongest.is_some_and(|s| s != Verdict::Deny));
    let found =
        Found { exhausted: evaluator.exhausted(), strongest, budgets, conflict: obligations_conflict(evaluator) };
    let (verdict, code) = combine(&found);
    // Last, and aside: what only observes must not use up what decides.
    let mut observed = std::mem::take(&mut evaluator.scratch.observed);
    evaluator.aside(|evaluator| tree::applying(evaluator, Tier::Observe, &mut observed));
    evaluator.scratch.observed = observed;
    if code == RefusalCode::ConflictingObligations.name() {
        // It takes both to disagree.
        let Scratch { applied, binding, .. } = &mut *evaluator.scratch;
        applied.append(binding);
        applied.sort_unstable();
    } else if code != BY_RULE {
        evaluator.scratch.applied.clear();
        if verdict != Verdict::Hold {
            evaluator.scratch.obligations.clear();
        }
    }
    Outcome { verdict, code, tool: Some(evaluator.subject.tool), refusal: None }
}

/// What budgets say of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Budgets {
    Within,
    Hold,
    Deny,
}

/// All that a verdict depends on.
#[derive(Debug)]
struct Found {
    /// The steps were used up, so that nothing else here can be relied on.
    exhausted: bool,
    /// The strongest effect of a rule that applies.
    strongest: Option<Verdict>,
    budgets: Budgets,
    /// Two rules of that effect, or of `allow` where it is `hold`, disagree on an obligation.
    conflict: bool,
}

/// Builds the verdict. INVARIANT: this is the only place that can say `allow`.
fn combine(found: &Found) -> (Verdict, &'static str) {
    if found.exhausted {
        return (Verdict::Deny, RefusalCode::LimitSteps.name());
    }
    let (verdict, code) = match (found.strongest, found.budgets) {
        (None, _) => (Verdict::Deny, BY_DEFAULT),
        (Some(Verdict::Deny), _) => (Verdict::Deny, BY_RULE),
        (Some(Verdict::Hold | Verdict::Allow), Budgets::Deny) => (Verdict::Deny, BY_BUDGET),
        (Some(Verdict::Hold), Budgets::Within | Budgets::Hold) => (Verdict::Hold, BY_RULE),
        (Some(Verdict::Allow), Budgets::Hold) => (Verdict::Hold, BY_BUDGET),
        (Some(Verdict::Allow), Budgets::Within) => (Verdict::Allow, BY_RULE),
    };
    if found.conflict && (code == BY_RULE || verdict == Verdict::Hold) {
        return (Verdict::Deny, RefusalCode::ConflictingObligations.name());
    }
    (verdict, code)
}

/// What the call would add to each budget, and which of them it would exceed. Budgets can only make a decision
/// stronger, so a call that is denied already exceeds none; what it adds matters to those that count attempts.
pub(crate) fn budgets(evaluator: &mut Evaluator<'_, '_>, may_run: bool) -> Budgets {
    let loaded = evaluator.loaded;
    let mut worst = Budgets::Within;
    for (budget, id) in loaded.policy().budgets.iter().zip(0_u32..) {
        if !may_run && !budget.attempts {
            continue;
        }
        let id = BudgetId(id);
        let Some(amount) = evaluator.amount(id) else { continue };
        evaluator.scratch.charges.push((id, amount));
        if may_run && evaluator.exceeds(id, amount) {
            evaluator.scratch.exceeded.push(id);
            worst = worst.max(if budget.hold { Budgets::Hold } else { Budgets::Deny });
        }
    }
    worst
}

/// Unites the obligations of the rules that apply, for a hold also those of the allow rules; whether two disagree.
fn obligations_conflict(evaluator: &mut Evaluator<'_, '_>) -> bool {
    let policy = evaluator.loaded.policy();
    let Scratch { applied, binding, obligations, .. } = &mut *evaluator.scratch;
    obligations.clear();
    let mut conflict = false;
    let rules = applied.iter().chain(binding.iter()).filter(|rule| evaluator.loaded.spoken.has_more(**rule));
    let rules = rules.filter_map(|rule| policy.rules.get(rule.index()));
    for (key, value) in rules.flat_map(|r| &r.obligations) {
        match obligations.iter().find(|(k, _)| k == key) {
            Some((_, before)) => conflict |= before != value,
            None => obligations.push((*key, *value)),
        }
    }
    obligations.sort_unstable_by(|(a, _), (b, _)| policy.text(*a).cmp(policy.text(*b)));
    conflict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_allow_rule_within_its_budgets_allows() {
        let mut allowed = 0;
        for exhausted in [false, true] {
            for strongest in [None, Some(Verdict::Deny), Some(Verdict::Hold), Some(Verdict::Allow)] {
                for budgets in [Budgets::Within, Budgets::Hold, Budgets::Deny] {
                    for conflict in [false, true] {
                        let (verdict, _) = combine(&Found { exhausted, strongest, budgets, conflict });
                        allowed += usize::from(verdict == Verdict::Allow);
                    }
                }
            }
        }
        assert_eq!(allowed, 1);
    }
}
