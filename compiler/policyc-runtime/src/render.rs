//! Puts a verdict into words: reasons, suggestions, obligations, what was unknown.
//!
//! Nothing here decides. Values that come out of the call are shown shortened; whoever prints a reason escapes it.

use std::collections::BTreeSet;

use crate::decide::Outcome;
use crate::decision::{BY_DEFAULT, Decision, Suggestion, Unknown, Verdict};
use crate::eval::{Evaluator, Scratch};
use crate::explain::naming::{blame_term, show_number, show_term, unknowns_of};
use crate::loaded::Loaded;
use crate::policy::{BudgetId, Rule, RuleId, Suggest, TemplateId, TemplatePart};
use crate::refusal::{RefusalCode, quoted};
use crate::tree::{Tier, rules_of};

/// A reason is at most so many bytes.
const REASON: usize = 4096;
/// Of a call that nothing allows, so many allow rules are asked what they did not know.
const ASKED: usize = 64;

/// A template with its values.
pub(crate) fn template(evaluator: &mut Evaluator<'_, '_>, id: TemplateId) -> String {
    let loaded = evaluator.loaded;
    let mut out = String::new();
    for part in loaded.policy().templates.get(id.index()).into_iter().flat_map(|t| &t.0) {
        if out.len() > REASON {
            break;
        }
        match part {
            TemplatePart::Text(text) => out.push_str(loaded.policy().text(*text)),
            TemplatePart::Value(term) => out.push_str(show_term(evaluator, *term).as_deref().unwrap_or("?")),
        }
    }
    out
}

/// Who is to approve a held call, and for how long that is awaited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Awaited<'l> {
    /// Sorted.
    pub approvers: Vec<&'l str>,
    /// In nanoseconds.
    pub expires_ns: Option<i64>,
}

/// What a call that was judged waits for; nothing unless it is held.
pub(crate) fn awaited<'l>(loaded: &'l Loaded, scratch: &Scratch, verdict: Verdict) -> Awaited<'l> {
    if verdict != Verdict::Hold {
        return Awaited::default();
    }
    let policy = loaded.policy();
    let of_rules = speaking(loaded, scratch.rules());
    let of_budgets = scratch.budgets().iter().filter_map(|b| policy.budgets.get(b.index()));
    let groups = of_rules.clone().flat_map(|r| &r.approvers).chain(of_budgets.flat_map(|b| &b.approvers));
    let groups: BTreeSet<&str> = groups.map(|g| policy.text(*g)).collect();
    Awaited { approvers: groups.into_iter().collect(), expires_ns: of_rules.filter_map(|r| r.expires).min() }
}

/// The decision on a call that was judged, in the words of the policy that judged it.
pub(crate) fn decision<'l>(loaded: &'l Loaded, evaluator: &mut Evaluator<'_, '_>, outcome: &Outcome) -> Decision<'l> {
    let policy = loaded.policy();
    let Awaited { approvers, expires_ns } = awaited(loaded, evaluator.scratch, outcome.verdict);
    let rules = std::mem::take(&mut evaluator.scratch.applied);
    let exceeded = std::mem::take(&mut evaluator.scratch.exceeded);
    let mut decision = Decision {
        call: Some(evaluator.subject.call.id.to_owned()),
        verdict: outcome.verdict,
        code: outcome.code,
        rules: rules.iter().map(|r| loaded.rule_name(*r)).collect(),
        budgets: exceeded.iter().map(|b| loaded.budget_name(*b)).collect(),
        observed: evaluator.scratch.observed.iter().map(|r| loaded.rule_name(*r)).collect(),
        reason: reason(evaluator, outcome, &rules, &exceeded),
        unknown: unknown(evaluator, outcome, &rules, &exceeded),
        approvers,
        expires_ns,
        policy: *loaded.hash(),
        ..Decision::default()
    };
    if outcome.verdict != Verdict::Allow {
        decision.suggest = suggestion(evaluator, &rules);
    }
    if outcome.code != RefusalCode::ConflictingObligations.name() {
        let obligations = evaluator.scratch.obligations.iter();
        decision.obligations = obligations.map(|(k, v)| (policy.text(*k), policy.text(*v))).collect();
    }
    evaluator.scratch.applied = rules;
    evaluator.scratch.exceeded = exceeded;
    decision
}

/// The decision on a call that was refused before any rule.
pub(crate) fn refusal<'l>(loaded: &'l Loaded, id: Option<&str>, outcome: &Outcome) -> Decision<'l> {
    Decision {
        call: id.map(str::to_owned),
        code: outcome.code,
        reason: outcome.refusal.as_ref().map_or_else(String::new, |r| r.message.clone()),
        policy: *loaded.hash(),
        ..Decision::default()
    }
}

/// The rules that say more than their names.
fn speaking<'l>(loaded: &'l Loaded, rules: &[RuleId]) -> impl Iterator<Item = &'l Rule> + Clone {
    rules
        .iter()
        .filter(|rule| loaded.spoken.has_more(**rule))
        .filter_map(|rule| loaded.policy().rules.get(rule.index()))
}

/// In the words of the rules and budgets that decided; of those that have none, their names.
fn reason(evaluator: &mut Evaluator<'_, '_>, outcome: &Outcome, rules: &[RuleId], exceeded: &[BudgetId]) -> String {
    let loaded = evaluator.loaded;
    if outcome.code == BY_DEFAULT {
        return format!("no rule allows this call of {}", quoted(evaluator.subject.call.tool));
    }
    if outcome.code == RefusalCode::LimitSteps.name() {
        return "the decision takes too many steps".to_owned();
    }
    if outcome.code == RefusalCode::ConflictingObligations.name() {
        return format!("the rules {} ask for different things under one obligation", named(loaded, rules));
    }
    let mut parts: Vec<String> = Vec::new();
    for because in speaking(loaded, rules).filter_map(|rule| rule.because) {
        let part = template(evaluator, because);
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    if outcome.verdict != Verdict::Allow {
        for budget in exceeded {
            parts.push(over_budget(evaluator, *budget));
        }
        if parts.is_empty() {
            let verb = if outcome.verdict == Verdict::Hold { "held" } else { "denied" };
            parts.push(format!("{verb} by {}", named(loaded, rules)));
        }
    }
    let mut reason = parts.join("; ");
    if let Some((at, _)) = reason.char_indices().find(|(at, _)| *at >= REASON) {
        reason.truncate(at);
        reason.push('…');
    }
    reason
}

/// The names of rules, for people.
fn named(loaded: &Loaded, rules: &[RuleId]) -> String {
    let mut names = String::new();
    for rule in rules {
        let before = if names.is_empty() { "`" } else { ", `" };
        [before, loaded.rule_name(*rule), "`"].into_iter().for_each(|part| names.push_str(part));
    }
    names
}

fn over_budget(evaluator: &mut Evaluator<'_, '_>, id: BudgetId) -> String {
    let loaded = evaluator.loaded;
    let Some(budget) = loaded.policy().budgets.get(id.index()) else { return String::new() };
    if let Some(because) = budget.because {
        return template(evaluator, because);
    }
    let name = loaded.budget_name(id);
    let show = |n: i128| show_number(loaded.policy(), n, budget.unit);
    let amount = evaluator.amount(id).flatten();
    match (evaluator.used(id), amount) {
        (Some(used), Some(amount)) => format!(
            "the budget `{name}` has {} of {} used, and this call needs {}",
            show(used),
            show(budget.limit),
            show(amount)
        ),
        _ => format!("what this call adds to the budget `{name}` is not known"),
    }
}

/// What was not known and counted against the call.
fn unknown(
    evaluator: &mut Evaluator<'_, '_>,
    outcome: &Outcome,
    rules: &[RuleId],
    exceeded: &[BudgetId],
) -> Vec<Unknown> {
    let loaded = evaluator.loaded;
    let policy = loaded.policy();
    let mut found = BTreeSet::new();
    if outcome.verdict != Verdict::Allow && outcome.code != RefusalCode::LimitSteps.name() {
        // A rule that applies is settled by questions that were asked: where all had answers, nothing was unknown.
        let doubtful = if evaluator.in_doubt { rules } else { &[] };
        for rule in doubtful.iter().filter_map(|r| policy.rules.get(r.index())) {
            unknowns_of(evaluator, rule.when, &mut found);
        }
        for budget in exceeded {
            if evaluator.amount(*budget) == Some(None)
                && let Some(charge) = evaluator.charge(*budget)
            {
                blame_term(evaluator, charge.amount, &mut found);
            }
        }
    }
    if outcome.code == BY_DEFAULT && evaluator.saw_unknown {
        // An allow rule would have needed to know. What is merely absent is no surprise, and is left out.
        for rule in rules_of(policy, evaluator.subject.tool, Tier::Allow).take(ASKED) {
            if let Some(rule) = policy.rules.get(rule.index()) {
                unknowns_of(evaluator, rule.when, &mut found);
            }
        }
        found.retain(|u| u.why != crate::value::ABSENT);
    }
    found.into_iter().collect()
}

fn suggestion(evaluator: &mut Evaluator<'_, '_>, rules: &[RuleId]) -> Option<Suggestion> {
    let loaded = evaluator.loaded;
    let policy = loaded.policy();
    let first = speaking(loaded, rules).find_map(|r| r.suggest.as_ref())?;
    Some(match first {
        Suggest::Text(text) => Suggestion::Text(template(evaluator, *text)),
        Suggest::Call(tool, args) => Suggestion::Call {
            tool: policy.tools.get(tool.index()).map_or_else(String::new, |t| policy.text(t.name).to_owned()),
            args: policy.text(*args).to_owned(),
        },
    })
}
