//! Why a call was decided as it was: for people who read it and programs that draw it.
//!
//! An explanation names what decided and nothing else: the rules, the parts of their conditions that made them apply,
//! with the values seen, what was unknown, and for a call that nothing allowed the rules that came nearest. It is
//! plain data; drawing it is the binary's business.

pub(crate) mod justify;
pub(crate) mod naming;

use crate::decision::{Decision, Unknown};
use crate::policy::{Effect, Place};

/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// Why a call was decided as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The decision itself, as `decide` gave it.
    pub decision: Decision,
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

impl Explanation {
    /// What was not known and counted.
    pub fn unknown(&self) -> &[Unknown] {
        &self.decision.unknown
    }
}
