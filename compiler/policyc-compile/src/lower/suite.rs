//! Tests as an evaluator runs them: events as finished JSON lines, expectations as nodes of a policy.
//!
//! Whoever runs them needs neither the typed tree nor the sources. Nothing here runs anything.

use policyc_runtime::policy::{BudgetId, MarkId, NodeId, Place, Policy};

use super::plan::Plan;
use crate::hir::Verdict;

/// All tests of a program.
#[derive(Clone, Debug, Default)]
pub struct TestSuite {
    /// The policy under test with the nodes of the expectations appended: every id of the policy itself is the same,
    /// no rule is different, and its hash is not the policy's.
    pub policy: Policy,
    /// In source order.
    pub tests: Vec<LoweredTest>,
    /// What can be seen of the policy.
    pub plan: Plan,
    /// Files of the root in which nothing stands.
    pub empty_files: Vec<String>,
    /// Files of other modules with tests, which are not among these, and how many.
    pub elsewhere: Vec<(String, usize)>,
}

/// One scenario, run in a fresh state.
#[derive(Clone, Debug)]
pub struct LoweredTest {
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Why it is not run.
    pub skip: Option<String>,
    /// Why it is known to fail.
    pub fails: Option<String>,
    /// What is so before the first step.
    pub setup: Vec<Setup>,
    /// What happens and what is expected, in order.
    pub steps: Vec<LoweredStep>,
    /// The item.
    pub place: Place,
}

/// A piece of state that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The session has the mark. There is one entry for each session that the test speaks of.
    Mark {
        /// Which session.
        session: String,
        /// Which mark.
        mark: MarkId,
    },
    /// So much of the budget is used when the test begins, for the keys of every call of the test.
    Used {
        /// Which budget.
        budget: BudgetId,
        /// In the budget's unit.
        amount: i128,
        /// When it was charged: the test's first moment, in nanoseconds since 1970.
        at: i64,
    },
}

/// One step.
#[derive(Clone, Debug)]
pub struct LoweredStep {
    /// What.
    pub kind: StepKind,
    /// Where it stands.
    pub place: Place,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// An event: one JSON object, without a line break.
    Event {
        /// What kind of event.
        what: EventKind,
        /// As it goes over the wire.
        line: String,
    },
    /// The decision of an earlier event.
    ExpectDecision {
        /// The index in `steps` of the event whose decision is meant: a call, an answer, or a result.
        of: usize,
        /// Which decision.
        verdict: Verdict,
        /// By exactly these rules and budgets, sorted; empty: not said.
        by: Vec<String>,
        /// With this code.
        code: Option<String>,
        /// The reason has this in it.
        reason: Option<String>,
        /// Exactly these groups approve, sorted; empty: not said.
        approvers: Vec<String>,
        /// These obligations are among those that come along: key and JSON text.
        obligations: Vec<(String, String)>,
        /// These are among what was unknown.
        unknown: Vec<String>,
        /// Exactly these texts are cut out of the result, sorted; `None`: not said.
        cuts: Option<Vec<String>>,
        /// Rules, budgets or the default decided: a refusal before any rule was asked is no answer.
        judged: bool,
    },
    /// This node must be true of the state after the step before, seen from a call.
    Expect {
        /// The index in `steps` of the latest call: its arguments, labels and keys are those that the node asks for.
        /// `None` if there was no call yet.
        call: Option<usize>,
        /// The index in `steps` of the latest result of that call, if `result` may be asked.
        result: Option<usize>,
        /// A `must` node of `TestSuite::policy`.
        node: NodeId,
    },
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The user says something.
    User,
    /// A call.
    Call,
    /// A result.
    Result,
    /// An answer to a held call.
    Answer,
}
