//! From the typed tree to the compiled policy.
//!
//! Every condition becomes two-valued here: a rule that restricts gets the `may` side of its condition, one that
//! grants the `must` side. Values, questions and conditions are shared, functions are written out where they are
//! called, and the same program gives the same bytes. Nothing is checked for meaning again, and nothing is evaluated;
//! the one thing that can fail is size.

mod arena;
mod conditions;
mod items;
mod json;
mod listing;
mod lowerer;
mod plan;
mod scenarios;
mod suite;
mod terms;
mod values;

#[cfg(test)]
mod tests;

use policyc_diag::{Diagnostic, SourceMap};
use policyc_runtime::policy::Policy;

pub(crate) use json::string as json_string;
pub use listing::{listing, question};
pub use plan::{Plan, PlannedAfter, PlannedCondition, PlannedRule, Tree};
pub use suite::{EventKind, LoweredStep, LoweredTest, Setup, StepKind, TestSuite};
pub(crate) use values::strip as strip_optional;

use crate::hir::Program;

/// The compiled policy of a checked program.
///
/// # Errors
///
/// Diagnostics where functions, written out, make it too large, or where the tree says what a check should have
/// refused.
pub fn lower(program: &Program, sources: &SourceMap) -> Result<Policy, Vec<Diagnostic>> {
    let mut lowerer = lowerer::Lowerer::new(program, arena::Arena::default());
    lowerer.program(sources);
    if lowerer.problems.is_empty() { Ok(lowerer.arena.policy) } else { Err(lowerer.problems) }
}

/// The tests of a program over its compiled policy: what `lower` made of the same program; with them the plan by
/// which coverage is measured.
///
/// # Errors
///
/// Diagnostics where an expectation, its functions written out, is too large.
pub fn lower_tests(program: &Program, policy: &Policy) -> Result<TestSuite, Vec<Diagnostic>> {
    let mut lowerer = lowerer::Lowerer::new(program, arena::Arena::resume(policy.clone()));
    let tests = lowerer.tests();
    let plan = lowerer.plan();
    if lowerer.problems.is_empty() {
        Ok(TestSuite {
            policy: lowerer.arena.policy,
            tests,
            plan,
            empty_files: program.empty_files.clone(),
            elsewhere: program.tests_elsewhere.clone(),
        })
    } else {
        Err(lowerer.problems)
    }
}
