//! What becomes of a result: it passes, is cut, or is kept back.

use std::collections::BTreeSet;

use crate::decision::{BY_DEFAULT, BY_RULE, Handling, Screening};
use crate::eval::Evaluator;
use crate::event::CallResult;
use crate::explain::naming::unknowns_of;
use crate::loaded::{Loaded, Matcher};
use crate::policy::RuleId;
use crate::refusal::RefusalCode;
use crate::render;
use crate::tree::{self, Tier};

/// The result goes through.
pub(super) fn passed<'l>(loaded: &'l Loaded, result: &CallResult<'_>) -> Screening<'l> {
    Screening {
        result: result.id.to_owned(),
        handling: Handling::Pass,
        code: BY_DEFAULT,
        reason: "no rule keeps this result back".to_owned(),
        policy: *loaded.hash(),
        ..Screening::default()
    }
}

/// The result cannot be judged.
pub(super) fn kept_back<'l>(loaded: &'l Loaded, result: &CallResult<'_>) -> Screening<'l> {
    Screening {
        result: result.id.to_owned(),
        handling: Handling::Quarantine,
        code: RefusalCode::LimitSteps.name(),
        reason: "the result takes too many steps to judge".to_owned(),
        policy: *loaded.hash(),
        ..Screening::default()
    }
}

/// The result of a tool that the policy does not know.
pub(super) fn unjudged<'l>(loaded: &'l Loaded, result: &CallResult<'_>) -> Screening<'l> {
    Screening {
        code: RefusalCode::UnknownTool.name(),
        reason: "the policy does not know the tool of this call".to_owned(),
        ..kept_back(loaded, result)
    }
}

/// Asks the rules over results. `quarantine` beats `redact` beats `pass`.
pub(super) fn screen<'l>(
    loaded: &'l Loaded,
    evaluator: &mut Evaluator<'_, '_>,
    result: &CallResult<'_>,
) -> Screening<'l> {
    let mut rules = Vec::new();
    let mut screening = passed(loaded, result);
    tree::applying(evaluator, Tier::Quarantine, &mut rules);
    if rules.is_empty() {
        tree::applying(evaluator, Tier::Redact, &mut rules);
        (rules, screening.spans) = spans(evaluator, result, &rules);
        if rules.is_empty() {
            return screening;
        }
        screening.handling = Handling::Redact;
    } else {
        screening.handling = Handling::Quarantine;
    }
    screening.code = BY_RULE;
    screening.rules = rules.iter().map(|r| loaded.rule_name(*r)).collect();
    let policy = loaded.policy();
    let mut reasons: Vec<String> = Vec::new();
    let mut unknown = BTreeSet::new();
    for rule in rules.iter().filter_map(|r| policy.rules.get(r.index())) {
        if let Some(because) = rule.because {
            let reason = render::template(evaluator, because);
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        unknowns_of(evaluator, rule.when, &mut unknown);
    }
    screening.unknown = unknown.into_iter().collect();
    screening.reason = if reasons.is_empty() {
        let names: Vec<String> = screening.rules.iter().map(|r| format!("`{r}`")).collect();
        format!("{} by {}", screening.handling.name(), names.join(", "))
    } else {
        reasons.join("; ")
    };
    screening
}

/// Patterns may look through so many bytes of one result; past it, they hide all of it.
const SEARCHED: usize = 256 << 20;

/// The rules that cut something out, and what they cut out, united. Of a content that is no text the patterns are
/// looked for in each of its texts, and whoever finds one cuts out the whole.
fn spans(
    evaluator: &mut Evaluator<'_, '_>,
    result: &CallResult<'_>,
    rules: &[RuleId],
) -> (Vec<RuleId>, Vec<(usize, usize)>) {
    let loaded = evaluator.loaded;
    let plain = result.content.map_or(Some(""), |content| content.text());
    let texts: Vec<&str> = match (plain, result.content) {
        (Some(text), _) => vec![text],
        (None, content) => content.into_iter().flat_map(|content| content.texts_and_keys()).collect(),
    };
    let len = plain.map_or_else(|| result.content.map_or(0, |content| content.to_string().len()), str::len);
    let whole = (0, len);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut cutting = Vec::new();
    let mut left = SEARCHED;
    for id in rules {
        let Some(rule) = loaded.policy().rules.get(id.index()) else { continue };
        let before = spans.len();
        if rule.redacts.is_empty() {
            spans.push(whole);
        }
        for pattern in &rule.redacts {
            for text in &texts {
                let cost = u64::try_from(text.len() >> 2).unwrap_or(u64::MAX).saturating_add(1);
                let found = match loaded.matcher(*pattern) {
                    Some(Matcher::Regex(regex)) if evaluator.spend(cost) => regex.spans(text, &mut left),
                    Some(Matcher::Glob(glob)) if evaluator.spend(cost) => {
                        Some(if glob.fits(text) { vec![whole] } else { Vec::new() })
                    }
                    Some(_) | None => None,
                };
                // A pattern that cannot be used hides everything.
                let found = found.unwrap_or_else(|| vec![whole]);
                if plain.is_some() {
                    spans.extend(found);
                } else if found.iter().any(|(start, end)| start < end) {
                    spans.push(whole);
                    break;
                }
            }
        }
        if spans.len() > before {
            cutting.push(*id);
        }
    }
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    let mut united: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match united.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => united.push((start, end)),
        }
    }
    (cutting, united)
}
