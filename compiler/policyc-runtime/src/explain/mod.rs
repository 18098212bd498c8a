//! Why a call was decided as it was: for people who read it and programs that draw it.
//!
//! An explanation names what decided and nothing else: the rules, the parts of their conditions that made them apply,
//! with the values seen, what was unknown, and for a call that nothing allowed the rules that came nearest. It is
//! plain data; drawing it is the binary's business.

mod changes;
mod json;
pub(crate) mod justify;
pub(crate) mod naming;
mod sentence;

use std::collections::BTreeMap;

use crate::decide::{Admitted, admit, judge, refused};
use crate::decision::{BY_DEFAULT, Decision, Unknown};
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::Call;
use crate::hash;
use crate::loaded::Loaded;
use crate::policy::{BudgetId, Effect, NodeId, Place, Policy, RuleId, StrId};
use crate::render;
use crate::state::State;
use crate::tree::{Tier, rules_of};
pub use changes::changes;
use justify::{Failing, distance, justify};
pub use naming::show_number;

/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// Why a call was decided as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation<'l> {
    /// The decision itself, as `decide` gave it.
    pub decision: Decision<'l>,
    /// The tool, as the call names it.
    pub tool: String,
    /// The rules that decided, sorted by name.
    pub deciding: Vec<RuleReport>,
    /// Rules that only observe and would have applied.
    pub observed: Vec<RuleReport>,
    /// For a call that nothing allowed: up to three allow rules that came nearest, with what each lacked.
    pub nearest: Vec<RuleReport>,
    /// Budgets that count this call, sorted by name.
    pub budgets: Vec<BudgetReport>,
}

/// What a rule made of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleReport {
    /// Its name.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// The file it stands in.
    pub file: String,
    /// The line of its first character, from 1.
    pub line: u32,
    /// The bytes of the rule in the file.
    pub place: Place,
    /// Its `because`, with its values; empty if it has none.
    pub because: String,
    /// The source lines in which the literals stand.
    pub lines: Vec<SourceLine>,
    /// The parts of its condition that made it apply, or that kept it from applying; in the order of the source.
    pub literals: Vec<Literal>,
}

/// A line of a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLine {
    /// From 1.
    pub number: u32,
    /// Without its line end.
    pub text: String,
}

/// One part of a condition and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Where it stands; `None` if the source does not show it.
    pub place: Option<Place>,
    /// The line on which it begins, from 1; 0 if there is no place.
    pub line: u32,
    /// Characters of that line: first and one past the last.
    pub columns: (u32, u32),
    /// As it is written, or as it would be.
    pub text: String,
    /// Whether the condition holds (as the rule needs it).
    pub holds: bool,
    /// Neither true nor false: some value was not known.
    pub unknown: bool,
    /// What was found: `200 is more than 5`.
    pub sentence: String,
    /// The values that it speaks of.
    pub values: Vec<Observed>,
}

/// A value that a condition speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observed {
    /// Which, as a rule would write it: `args.count`.
    pub what: String,
    /// What it was, as text; `None` if it was absent or unknown.
    pub value: Option<String>,
    /// Why it was not known.
    pub why: Option<String>,
}

/// A budget that counts the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetReport {
    /// Its name.
    pub name: String,
    /// Used before the call, as text with its unit; `?` if unknown.
    pub used: String,
    /// What the call would add; `?` if unknown.
    pub amount: String,
    /// The limit.
    pub limit: String,
    /// The call would exceed it.
    pub exceeded: bool,
    /// The file it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
}

impl Explanation<'_> {
    /// What was not known and counted.
    pub fn unknown(&self) -> &[Unknown] {
        &self.decision.unknown
    }
}

/// How many near misses are named.
const NEAREST: usize = 3;
/// How many allow rules are looked at for near misses.
const LOOKED_AT: usize = 4096;
/// How many parts of a rule's condition are shown.
const LITERALS: usize = 64;

/// Explains the decision on a call. The state is as it was before the call; nothing is remembered.
pub fn explain<'l>(loaded: &'l Loaded, state: &State, call: &Call<'_>, scratch: &mut Scratch) -> Explanation<'l> {
    let hash = hash::call_hash(call, &mut scratch.bytes);
    let Admitted { tool, came } = match admit(loaded, state, call, scratch) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            let decision = render::refusal(loaded, Some(call.id), &refused(refusal));
            let decision = Decision { call_hash: Some(hash), ..decision };
            return Explanation { decision, tool: call.tool.to_owned(), ..Explanation::default() };
        }
    };
    let history = state.view(call.session, call.turn, call.at);
    let subject = Subject { call, tool, result: None, history: &history, state, fits: true };
    let mut evaluator = Evaluator::with(loaded, subject, came, scratch);
    let outcome = judge(&mut evaluator);
    let mut explanation = Explanation {
        decision: render::decision(loaded, &mut evaluator, &outcome),
        tool: call.tool.to_owned(),
        ..Explanation::default()
    };
    explanation.decision.call_hash = Some(hash);
    let (deciding, observed) = (evaluator.scratch.applied.clone(), evaluator.scratch.observed.clone());
    explanation.deciding = deciding.iter().filter_map(|r| report(&mut evaluator, *r, Failing::First)).collect();
    explanation.observed = observed.iter().filter_map(|r| report(&mut evaluator, *r, Failing::First)).collect();
    if outcome.code == BY_DEFAULT {
        let nearest = nearest(&mut evaluator);
        explanation.nearest = nearest.iter().filter_map(|r| report(&mut evaluator, *r, Failing::Nearest)).collect();
    }
    explanation.budgets = budgets(&mut evaluator);
    evaluator.end();
    explanation
}

/// The allow rules that lack least, ties by name.
fn nearest(evaluator: &mut Evaluator<'_, '_>) -> Vec<RuleId> {
    let policy = evaluator.loaded.policy();
    let mut all: Vec<(usize, RuleId)> = Vec::new();
    for id in rules_of(policy, evaluator.subject.tool, Tier::Allow).take(LOOKED_AT) {
        if let Some(rule) = policy.rules.get(id.index()) {
            all.push((distance(evaluator, rule.when), id));
        }
    }
    all.sort_unstable();
    all.into_iter().filter(|(lacks, _)| *lacks < usize::MAX).take(NEAREST).map(|(_, id)| id).collect()
}

fn report(evaluator: &mut Evaluator<'_, '_>, id: RuleId, failing: Failing) -> Option<RuleReport> {
    let loaded = evaluator.loaded;
    let policy = loaded.policy();
    let rule = policy.rules.get(id.index())?;
    let mut literals: Vec<Literal> = Vec::new();
    justify(evaluator, rule.when, failing, &mut |ev, settled| {
        // Of a near miss only what is missing is worth a line.
        if literals.len() >= LITERALS || (failing == Failing::Nearest && settled.holds) {
            return;
        }
        let place = site(policy, id, settled.outer).or_else(|| site(policy, id, settled.node));
        let (line, columns) = place.map_or((0, (0, 0)), |p| line_and_columns(policy, p));
        let sentence = sentence::sentence(ev, settled);
        literals.push(Literal {
            place,
            line,
            columns,
            text: place.and_then(|p| source(policy, p)).map_or_else(|| sentence.clone(), str::to_owned),
            holds: settled.holds,
            unknown: ev.atom(settled.atom).is_unknown(),
            values: sentence::observed(ev, settled),
            sentence,
        });
    });
    literals.sort_by_key(|l| l.place);
    let mut lines = BTreeMap::new();
    for place in literals.iter().filter_map(|l| l.place) {
        let (number, _) = line_and_columns(policy, place);
        lines.insert(number, source_line(policy, place).to_owned());
    }
    let file = policy.files.get(StrId(rule.place.file).index());
    Some(RuleReport {
        name: loaded.rule_name(id).to_owned(),
        effect: rule.effect,
        file: file.map_or_else(String::new, |f| f.name.clone()),
        line: line_and_columns(policy, rule.place).0,
        place: rule.place,
        because: rule.because.map_or_else(String::new, |b| render::template(evaluator, b)),
        lines: lines.into_iter().map(|(number, text)| SourceLine { number, text }).collect(),
        literals,
    })
}

fn budgets(evaluator: &mut Evaluator<'_, '_>) -> Vec<BudgetReport> {
    let loaded = evaluator.loaded;
    let policy = loaded.policy();
    let mut reports = Vec::new();
    for (budget, id) in policy.budgets.iter().zip(0_u32..) {
        let id = BudgetId(id);
        let Some(amount) = evaluator.amount(id) else { continue };
        let show = |n: Option<i128>| n.map_or_else(|| "?".to_owned(), |n| show_number(policy, n, budget.unit));
        let used = evaluator.used(id);
        reports.push(BudgetReport {
            name: loaded.budget_name(id).to_owned(),
            used: show(used),
            amount: show(amount),
            limit: show(Some(budget.limit)),
            exceeded: evaluator.exceeds(id, amount),
            file: policy.files.get(StrId(budget.place.file).index()).map_or_else(String::new, |f| f.name.clone()),
            line: line_and_columns(policy, budget.place).0,
        });
    }
    reports
}

/// Where a condition of a rule stands.
fn site(policy: &Policy, rule: RuleId, node: NodeId) -> Option<Place> {
    let at = policy.sites.partition_point(|s| (s.rule, s.node) < (rule, node));
    policy.sites.get(at).filter(|s| (s.rule, s.node) == (rule, node)).map(|s| s.place)
}

fn source(policy: &Policy, place: Place) -> Option<&str> {
    let file = policy.files.get(StrId(place.file).index())?;
    file.text.get(StrId(place.start).index()..StrId(place.end).index())
}

/// The file up to a place, and from it on.
fn split(policy: &Policy, place: Place) -> (&str, &str) {
    let text = policy.files.get(StrId(place.file).index()).map_or("", |f| &f.text);
    text.split_at_checked(StrId(place.start).index()).unwrap_or(("", ""))
}

/// The line on which a place begins, from 1, and the characters of that line that it covers.
fn line_and_columns(policy: &Policy, place: Place) -> (u32, (u32, u32)) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (before, after) = split(policy, place);
    let line = count(before.matches('\n').count()).saturating_add(1);
    let start = count(before.rsplit('\n').next().unwrap_or("").chars().count());
    let bytes = StrId(place.end.saturating_sub(place.start)).index();
    let covered = after.get(..bytes).unwrap_or("").split('\n').next().unwrap_or("");
    (line, (start, start.saturating_add(count(covered.chars().count()))))
}

fn source_line(policy: &Policy, place: Place) -> &str {
    let text = policy.files.get(StrId(place.file).index()).map_or("", |f| &f.text);
    let number = usize::try_from(line_and_columns(policy, place).0).unwrap_or(1);
    text.lines().nth(number.saturating_sub(1)).unwrap_or("")
}
