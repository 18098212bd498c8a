//! What there is to be seen of a policy: one goal for each thing, in a fixed order, so that a run counts by index.

use policyc_compile::lower::{Plan, TestSuite};
use policyc_runtime::policy::{Effect, Place, Policy, Shape, ToolId};

use super::places;

/// What a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A rule that was among those that decided.
    Rule,
    /// A rule that was asked.
    Reached,
    /// A condition that was true, or false.
    Condition,
    /// A condition that was unknown, where that can be.
    Unknown,
    /// A side of an `and` or `or` that decided alone: modified condition/decision coverage.
    Mcdc,
    /// A budget used up to its limit, and one that refused.
    Budget,
    /// A mark that was set or cleared.
    Mark,
    /// A tool that was called.
    Tool,
    /// An argument that was given, or, where it may be, was not.
    Argument,
    /// A call that no rule allowed.
    Default,
}

impl Kind {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Rule,
        Self::Reached,
        Self::Condition,
        Self::Unknown,
        Self::Mcdc,
        Self::Budget,
        Self::Mark,
        Self::Tool,
        Self::Argument,
        Self::Default,
    ];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Reached => "reached",
            Self::Condition => "condition",
            Self::Unknown => "unknown",
            Self::Mcdc => "mcdc",
            Self::Budget => "budget",
            Self::Mark => "mark",
            Self::Tool => "tool",
            Self::Argument => "argument",
            Self::Default => "default",
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What it is about.
    pub kind: Kind,
    /// Whose: a rule, a budget, a tool, or the text of a condition.
    pub name: String,
    /// What is to happen.
    pub what: &'static str,
    /// Where it stands; what is declared in a file of another kind has no place.
    pub place: Option<Place>,
    /// Whether it counts: it can happen, and it is the policy's own.
    pub counts: bool,
}

/// Seen and to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were seen.
    pub seen: usize,
    /// Of how many.
    pub of: usize,
}

impl Tally {
    /// In hundredths, rounded down; all of nothing is everything.
    pub fn percent(self) -> usize {
        self.seen.saturating_mul(100).checked_div(self.of).unwrap_or(100)
    }
}

/// Where the goals of each thing begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(super) conditions: usize,
    pub(super) budgets: usize,
    pub(super) afters: usize,
    pub(super) tools: usize,
    /// For each tool: its goal, then for each argument its name and the goal of its being there; the one after that
    /// is its being absent.
    pub(super) arguments: Vec<Vec<(String, usize)>>,
    pub(super) default: usize,
    /// For each tool: rules over calls, rules over results, `after`s.
    pub(super) on_call: Vec<Vec<usize>>,
    pub(super) on_result: Vec<Vec<usize>>,
    pub(super) after: Vec<Vec<usize>>,
    /// How many goals there are.
    pub(super) len: usize,
}

/// Goals of a rule: asked, decided.
pub(super) const RULE: usize = 2;
/// Goals of a condition: true, false, unknown, true alone, false alone.
pub(super) const CONDITION: usize = 5;
/// Goals of a budget: used up to its limit, refused.
pub(super) const BUDGET: usize = 2;

impl Layout {
    /// The goals of a policy under test.
    pub(crate) fn of(suite: &TestSuite) -> (Self, Vec<Goal>) {
        let policy = &suite.policy;
        let mut goals = Vec::new();
        rules(policy, &mut goals);
        let mut layout = Self { conditions: goals.len(), ..Self::default() };
        conditions(policy, &suite.plan, &mut goals);
        layout.budgets = goals.len();
        for budget in &policy.budgets {
            let name = policy.text(budget.name);
            for what in ["used up to its limit", "refused"] {
                goals.push(goal(Kind::Budget, name, what, Some(places::head(policy, budget.place))));
            }
        }
        layout.afters = goals.len();
        for (after, planned) in policy.afters.iter().zip(&suite.plan.afters) {
            let mark = policy.marks.get(after.mark.index()).map_or("?", |m| policy.text(*m));
            let what = if after.clear { "cleared" } else { "set" };
            goals.push(goal(Kind::Mark, mark, what, Some(planned.place)));
        }
        layout.tools(policy, &mut goals);
        layout.default = goals.len();
        goals.push(goal(Kind::Default, "default deny", "reached", None));
        layout.len = goals.len();
        layout.by_tool(policy);
        (layout, goals)
    }

    /// How many goals there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn tools(&mut self, policy: &Policy, goals: &mut Vec<Goal>) {
        self.tools = goals.len();
        for tool in &policy.tools {
            goals.push(goal(Kind::Tool, policy.text(tool.name), "called", None));
        }
        for tool in &policy.tools {
            let mut arguments = Vec::new();
            if let Some(Shape::Record { fields, .. }) = policy.shapes.get(tool.args.index()) {
                for field in fields {
                    let key = policy.text(field.name);
                    let name = format!("{}.{key}", policy.text(tool.name));
                    arguments.push((key.to_owned(), goals.len()));
                    goals.push(goal(Kind::Argument, &name, "given", None));
                    let absent = goal(Kind::Argument, &name, "left out", None);
                    goals.push(Goal { counts: !field.required, ..absent });
                }
            }
            self.arguments.push(arguments);
        }
    }

    fn by_tool(&mut self, policy: &Policy) {
        for id in (0..).map(ToolId).take(policy.tools.len()) {
            let over = |set: policyc_runtime::policy::ToolSetId| {
                policy.tool_sets.get(set.index()).is_some_and(|tools| tools.has(id))
            };
            let (mut calls, mut results) = (Vec::new(), Vec::new());
            for (index, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| over(rule.tools)) {
                match rule.effect {
                    Effect::Allow | Effect::Hold | Effect::Deny => calls.push(index),
                    Effect::Redact | Effect::Quarantine => results.push(index),
                }
            }
            self.on_call.push(calls);
            self.on_result.push(results);
            let afters = policy.afters.iter().enumerate().filter(|(_, after)| over(after.tools));
            self.after.push(afters.map(|(index, _)| index).collect());
        }
    }
}

fn goal(kind: Kind, name: &str, what: &'static str, place: Option<Place>) -> Goal {
    Goal { kind, name: name.to_owned(), what, place, counts: true }
}

fn rules(policy: &Policy, goals: &mut Vec<Goal>) {
    for rule in &policy.rules {
        let (name, place) = (policy.text(rule.name), Some(places::head(policy, rule.place)));
        goals.push(goal(Kind::Reached, name, "asked", place));
        goals.push(goal(Kind::Rule, name, "applied", place));
    }
}

fn conditions(policy: &Policy, plan: &Plan, goals: &mut Vec<Goal>) {
    for condition in &plan.conditions {
        let text = places::source(policy, condition.place);
        // What a module of the standard library asks is tested there.
        let own = places::file(policy, condition.place.file).is_some_and(|f| !f.name.starts_with("std/"));
        let mut push = |kind, what, counts| {
            goals.push(Goal { counts: counts && own, ..goal(kind, &text, what, Some(condition.place)) });
        };
        push(Kind::Condition, "true", true);
        push(Kind::Condition, "false", true);
        push(Kind::Unknown, "unknown", condition.unknowable);
        push(Kind::Mcdc, "true alone decides", condition.joined);
        push(Kind::Mcdc, "false alone decides", condition.joined);
    }
}
