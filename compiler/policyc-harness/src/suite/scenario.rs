//! Runs one test of the language in a fresh state and compares what happened with what it expects.
//!
//! A test goes on after an expectation that is not met, so that one run tells everything. What a failure needs to be
//! understood (the values under the condition) is found out only when there is a failure, by playing the events up to
//! it once more.

use std::collections::BTreeSet;

use policyc_compile::hir::Verdict as Expected;
use policyc_compile::lower::{EventKind, LoweredTest, Setup, StepKind};
use policyc_runtime::Loaded;
use policyc_runtime::decision::{BY_BUDGET, BY_DEFAULT, BY_RULE, Handling, Screening, Step};
use policyc_runtime::explain::Observed;
use policyc_runtime::policy::{NodeId, Place, Policy};
use policyc_runtime::state::Standing;

use super::report::{Failure, FailureKind, TestOutcome, TestStatus, Verdict};
use super::run::Watch;
use crate::decider::Decider;

/// Runs a test; with the outcome comes what it has seen.
pub(super) fn run(watch: Watch<'_>, test: &LoweredTest) -> (TestOutcome, Vec<u32>) {
    let loaded = watch.loaded();
    let policy = loaded.policy();
    let (file, line) = whereabouts(policy, test.place);
    let mut outcome = TestOutcome {
        name: test.name.clone(),
        tags: test.tags.clone(),
        file,
        line,
        status: TestStatus::Passed,
        expectations: 0,
    };
    if let Some(why) = &test.skip {
        outcome.status = TestStatus::Skipped(why.clone());
        return (outcome, Vec::new());
    }
    let mut stage = Stage {
        loaded,
        test,
        decider: watch.decider(),
        answers: Vec::new(),
        reasons: Vec::new(),
        along: Vec::new(),
        latest: Along::default(),
        failures: Vec::new(),
    };
    match stage.prepare() {
        Ok(()) => outcome.expectations = stage.play(),
        Err(why) => stage.fail(test.place, FailureKind::Broken(why), None, Vec::new()),
    }
    match &test.fails {
        Some(why) if stage.failures.is_empty() => {
            let message = format!("it passes, and is said to fail because {why}: take `fails because` away");
            stage.fail(test.place, FailureKind::Other(message), None, Vec::new());
        }
        // What cannot be run at all is not what was known.
        Some(why) if !stage.failures.iter().any(|f| matches!(f.kind, FailureKind::Broken(_))) => {
            outcome.status = TestStatus::Known(why.clone());
            return (outcome, stage.decider.into_hits());
        }
        Some(_) | None => {}
    }
    if !stage.failures.is_empty() {
        outcome.status = TestStatus::Failed(stage.failures);
    }
    (outcome, stage.decider.into_hits())
}

/// The decision of an event of a test under another policy, in a word.
pub(super) fn decided(loaded: &Loaded, test: &LoweredTest, of: usize) -> Option<String> {
    let mut decider = Decider::new(loaded);
    prepare(&mut decider, test).ok()?;
    let mut latest = None;
    for (at, number) in (0..=of).zip(1..) {
        let Some(StepKind::Event { what, line }) = test.steps.get(at).map(|step| &step.kind) else { continue };
        let step = decider.step(line.as_bytes(), number);
        let standing = (*what == EventKind::Answer).then(|| decider.standing_of(line)).flatten();
        latest = (at == of).then(|| verdict(&step, standing).decision);
    }
    latest
}

/// The file and the line of a place.
pub(super) fn whereabouts(policy: &Policy, place: Place) -> (String, u32) {
    let index = usize::try_from(place.file).unwrap_or(usize::MAX);
    let Some(file) = policy.files.get(index) else { return (String::new(), 0) };
    let before = file.text.as_bytes().get(..usize::try_from(place.start).unwrap_or(usize::MAX)).unwrap_or(&[]);
    let breaks = before.iter().filter(|b| **b == b'\n').count();
    (file.name.clone(), u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1))
}

/// What comes with an answer besides rules, code and reason.
#[derive(Clone, Default)]
struct Along {
    approvers: Vec<String>,
    obligations: Vec<(String, String)>,
    unknown: Vec<String>,
    /// Cut out of a result, sorted.
    cut: Vec<String>,
}

/// What an expectation says of it.
struct Told<'t> {
    reason: Option<&'t str>,
    approvers: &'t [String],
    obligations: &'t [(String, String)],
    unknown: &'t [String],
    cuts: Option<&'t [String]>,
}

struct Stage<'l> {
    loaded: &'l Loaded,
    test: &'l LoweredTest,
    decider: Decider<'l>,
    /// What each step that is an event was answered.
    answers: Vec<Option<Verdict>>,
    /// What each answer said for people.
    reasons: Vec<String>,
    /// What came with each answer.
    along: Vec<Along>,
    latest: Along,
    failures: Vec<Failure>,
}

impl<'l> Stage<'l> {
    /// Puts in place what is given.
    fn prepare(&mut self) -> Result<(), String> {
        prepare(&mut self.decider, self.test)
    }

    /// Plays all steps; how many of them were expectations.
    fn play(&mut self) -> usize {
        let mut expectations = 0;
        let test = self.test;
        for step in &test.steps {
            let (mut answer, mut reason) = (None, String::new());
            match &step.kind {
                StepKind::Event { what, line } => {
                    let (verdict, said) = self.event(*what, line);
                    (answer, reason) = (Some(verdict), said);
                }
                StepKind::ExpectDecision {
                    of,
                    verdict,
                    by,
                    code,
                    reason,
                    approvers,
                    obligations,
                    unknown,
                    cuts,
                    judged,
                } => {
                    expectations += 1;
                    self.expect_decision(step.place, *of, *verdict, by, code.as_deref());
                    let (reason, cuts) = (reason.as_deref(), cuts.as_deref());
                    self.expect_told(step.place, *of, &Told { reason, approvers, obligations, unknown, cuts });
                    if *judged {
                        self.expect_judged(step.place, *of);
                    }
                }
                StepKind::Expect { call, result, node } => {
                    expectations += 1;
                    self.expect(step.place, *call, *result, *node);
                }
            }
            self.along.resize(self.answers.len(), Along::default());
            self.along.push(std::mem::take(&mut self.latest));
            self.answers.push(answer);
            self.reasons.push(reason);
        }
        expectations
    }

    fn event(&mut self, what: EventKind, line: &str) -> (Verdict, String) {
        let number = u64::try_from(self.answers.len()).unwrap_or(u64::MAX).saturating_add(1);
        let step = self.decider.step(line.as_bytes(), number);
        let standing = match what {
            EventKind::User | EventKind::Call | EventKind::Result => None,
            EventKind::Answer => self.decider.standing_of(line),
        };
        let reason = match &step {
            Step::Quiet => String::new(),
            Step::Call(decision) => {
                self.latest = Along {
                    approvers: owned(&decision.approvers),
                    obligations: decision.obligations.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
                    unknown: decision.unknown.iter().map(|u| u.what.clone()).collect(),
                    cut: Vec::new(),
                };
                decision.reason.clone()
            }
            Step::Result(screening) => {
                self.latest.unknown = screening.unknown.iter().map(|u| u.what.clone()).collect();
                self.latest.cut = cut_out(screening, line);
                screening.reason.clone()
            }
            Step::Refused(rejection) => rejection.reason.clone(),
        };
        (verdict(&step, standing), reason)
    }

    fn expect_decision(&mut self, place: Place, of: usize, verdict: Expected, by: &[String], code: Option<&str>) {
        let expected =
            Verdict { decision: word(verdict).to_owned(), by: by.to_vec(), code: code.unwrap_or("").to_owned() };
        let Some(actual) = self.answers.get(of).cloned().flatten() else {
            self.fail(place, FailureKind::NoAnswer, Some(of), Vec::new());
            return;
        };
        let same_by = expected.by.is_empty() || expected.by == actual.by;
        let same_code = expected.code.is_empty() || expected.code == actual.code;
        if expected.decision == actual.decision && same_by && same_code {
            return;
        }
        // What decided, and what was expected to: the answer is in one of the two.
        let rules: Vec<String> = actual.by.iter().chain(&expected.by).cloned().collect();
        let values = self.values_before(of, &rules);
        let reason = self.reasons.get(of).cloned().unwrap_or_default();
        self.fail(place, FailureKind::Decision { expected, actual, reason }, Some(of), values);
    }

    /// A call that was refused before any rule was asked says nothing about what the rules deny.
    fn expect_judged(&mut self, place: Place, of: usize) {
        let Some(actual) = self.answers.get(of).cloned().flatten() else { return };
        if actual.decision == "deny" && !matches!(actual.code.as_str(), BY_RULE | BY_BUDGET | BY_DEFAULT) {
            let reason = self.reasons.get(of).cloned().unwrap_or_default();
            let why = format!(
                "it is refused with `{}` before any rule is asked, so it does not show that what the table does not \
                 list is denied: {reason}",
                actual.code
            );
            self.fail(place, FailureKind::Other(why), Some(of), Vec::new());
        }
    }

    /// What comes with a decision besides rules and code.
    fn expect_told(&mut self, place: Place, of: usize, told: &Told<'_>) {
        let said = self.reasons.get(of).cloned().unwrap_or_default();
        let came = self.along.get(of).cloned().unwrap_or_default();
        let listed = |all: &[String], none: &str| if all.is_empty() { none.to_owned() } else { all.join(", ") };
        let mut wrong = Vec::new();
        if let Some(reason) = told.reason.filter(|reason| !said.contains(reason)) {
            wrong.push(format!("the reason is `{said}`, and `{reason}` is not in it"));
        }
        if !told.approvers.is_empty() && came.approvers != told.approvers {
            let now = listed(&came.approvers, "nobody");
            wrong.push(format!("{now} must approve, not {}", told.approvers.join(", ")));
        }
        for (key, value) in told.obligations.iter().filter(|wanted| !came.obligations.contains(wanted)) {
            let now = came.obligations.iter().find(|(k, _)| k == key).map_or("not there", |(_, v)| v);
            wrong.push(format!("the obligation `{key}` is {now}, not {value}"));
        }
        for what in told.unknown.iter().filter(|what| !came.unknown.contains(what)) {
            wrong.push(format!("`{what}` was not unknown; unknown was {}", listed(&came.unknown, "nothing")));
        }
        if let Some(cuts) = told.cuts.filter(|cuts| *cuts != came.cut) {
            wrong.push(format!("cut out was {}, not {}", listed(&came.cut, "nothing"), cuts.join(", ")));
        }
        for why in wrong {
            self.fail(place, FailureKind::Other(why), Some(of), Vec::new());
        }
    }

    fn expect(&mut self, place: Place, call: Option<usize>, result: Option<usize>, node: NodeId) {
        let line = |at: Option<usize>| at.and_then(|at| event_line(self.test, at));
        let about = result.or(call);
        match self.decider.ask(line(call), line(result), node) {
            Ok(probe) if probe.holds => {}
            Ok(probe) => self.fail(place, FailureKind::Condition, about, shown(&probe.values)),
            Err(why) => self.fail(place, FailureKind::Broken(why), about, Vec::new()),
        }
    }

    /// The values under the conditions of rules, in the state in which the event of a step was decided.
    fn values_before(&self, of: usize, rules: &[String]) -> Vec<(String, String)> {
        let mut decider = Decider::new(self.loaded);
        if prepare(&mut decider, self.test).is_err() {
            return Vec::new();
        }
        let mut call = None;
        for (at, step) in self.test.steps.iter().enumerate().take(of.saturating_add(1)) {
            let StepKind::Event { what, line } = &step.kind else { continue };
            if *what == EventKind::Call {
                call = Some(line.as_str());
            }
            if at < of {
                decider.step(line.as_bytes(), u64::try_from(at).unwrap_or(u64::MAX));
            }
        }
        let result = match self.test.steps.get(of).map(|step| &step.kind) {
            Some(StepKind::Event { what: EventKind::Result, line }) => Some(line.as_str()),
            Some(StepKind::Event { .. } | StepKind::ExpectDecision { .. } | StepKind::Expect { .. }) | None => None,
        };
        call.map(|call| shown(&decider.values(call, result, rules))).unwrap_or_default()
    }

    fn fail(&mut self, place: Place, kind: FailureKind, event: Option<usize>, values: Vec<(String, String)>) {
        let policy = self.loaded.policy();
        let event = event.and_then(|at| event_line(self.test, at)).unwrap_or("").to_owned();
        self.failures.push(Failure {
            place,
            line: whereabouts(policy, place).1,
            source: source(policy, place),
            kind,
            event,
            values,
            rerun: format!("policyc test -k {}", quoted(&self.test.name)),
        });
    }
}

/// What is cut out of a result, each once, sorted: pieces of its text, or the whole of what is no text.
pub(crate) fn cut_out(screening: &Screening<'_>, line: &str) -> Vec<String> {
    let event: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    let content = event.get("content");
    let whole = || content.map_or_else(String::new, |c| c.as_str().map_or_else(|| c.to_string(), str::to_owned));
    let cut: BTreeSet<String> = match (screening.handling, content.and_then(serde_json::Value::as_str)) {
        (Handling::Pass, _) => BTreeSet::new(),
        (Handling::Redact, Some(text)) => {
            let piece = |(start, end): &(usize, usize)| text.get(*start..*end).map(str::to_owned);
            screening.spans.iter().filter_map(piece).collect()
        }
        (Handling::Redact | Handling::Quarantine, _) => [whole()].into(),
    };
    cut.into_iter().collect()
}

/// Puts what a test gives into a state.
pub(crate) fn prepare(decider: &mut Decider<'_>, test: &LoweredTest) -> Result<(), String> {
    for setup in &test.setup {
        match setup {
            Setup::Mark { session, mark } => decider.mark(session, *mark)?,
            Setup::Used { budget, amount, at } => {
                let calls = test.steps.iter().filter_map(|step| match &step.kind {
                    StepKind::Event { what: EventKind::Call, line } => Some(line.as_str()),
                    StepKind::Event { .. } | StepKind::ExpectDecision { .. } | StepKind::Expect { .. } => None,
                });
                decider.charge((*budget, *amount, *at), calls)?;
            }
        }
    }
    Ok(())
}

fn event_line(test: &LoweredTest, at: usize) -> Option<&str> {
    match &test.steps.get(at)?.kind {
        StepKind::Event { line, .. } => Some(line),
        StepKind::ExpectDecision { .. } | StepKind::Expect { .. } => None,
    }
}

/// What a step says, as a test speaks of it. An answer that was taken says how the call stands now.
fn verdict(step: &Step<'_>, standing: Option<Standing>) -> Verdict {
    let plain = |decision: &str| Verdict { decision: decision.to_owned(), ..Verdict::default() };
    match step {
        Step::Quiet => match standing {
            None | Some(Standing::Done) => plain("pass"),
            Some(Standing::Running) => plain("allow"),
            Some(Standing::Held) => plain("hold"),
            Some(Standing::Denied | Standing::Rejected) => plain("deny"),
        },
        Step::Call(decision) => {
            let mut by = [owned(&decision.rules), owned(&decision.budgets)].concat();
            by.sort();
            Verdict { decision: decision.verdict.name().to_owned(), by, code: decision.code.to_owned() }
        }
        Step::Result(screening) => Verdict {
            decision: screening.handling.name().to_owned(),
            by: owned(&screening.rules),
            code: screening.code.to_owned(),
        },
        Step::Refused(rejection) => Verdict { code: rejection.code.to_owned(), ..plain("deny") },
    }
}

/// Names that outlive the policy.
fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn word(verdict: Expected) -> &'static str {
    match verdict {
        Expected::Allow => "allow",
        Expected::Hold => "hold",
        Expected::Deny => "deny",
        Expected::Pass => "pass",
        Expected::Redact => "redact",
        Expected::Quarantine => "quarantine",
    }
}

fn shown(values: &[Observed]) -> Vec<(String, String)> {
    let shown = values.iter().map(|observed| {
        let value = match (&observed.value, &observed.why) {
            (Some(value), _) => value.clone(),
            (None, Some(why)) => format!("unknown: {why}"),
            (None, None) => "absent".to_owned(),
        };
        (observed.what.clone(), value)
    });
    shown.collect()
}

/// The text of a place, its white space as single spaces.
fn source(policy: &Policy, place: Place) -> String {
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let file = policy.files.get(index(place.file));
    let text = file.and_then(|f| f.text.get(index(place.start)..index(place.end))).unwrap_or("");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A word for a shell, in double quotes unless it holds something that these do not take.
fn quoted(word: &str) -> String {
    if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_word_in_a_shell() {
        assert_eq!(quoted("a sweep of the VPC"), "\"a sweep of the VPC\"");
        assert_eq!(quoted("it's $5"), r"'it'\''s $5'");
    }
}
