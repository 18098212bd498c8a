//! Mutation: a policy is changed in one place, and the tests should notice.
//!
//! Mutants are made from the typed tree, so that each compiles and says exactly which bytes of the source it changes.
//! One that no test and no fixture tells from the policy survives; with it comes a call that would tell, if one is
//! found near the calls that are tested already. Whether a survivor is the same policy in other words is not proved.

mod exprs;
mod pool;
mod program;
mod raw;
mod seek;
mod tools;
mod write;

use policyc_compile::hir::Program;
use policyc_compile::lower::{TestSuite, lower, lower_tests};
use policyc_diag::SourceMap;
use policyc_runtime::Loaded;
use rayon::prelude::*;
use serde_json::{Value, json as object};

use crate::files::Files;
use crate::suite::{Trial, TrialError};
use crate::workers;
pub(crate) use pool::Pool;
use program::{Edit, edits};
pub(crate) use write::{decided, test as written};

/// Version of the JSON.
pub const VERSION: u32 = 1;

/// A policy that was changed in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What kind of change.
    pub operator: &'static str,
    /// Of which rule, budget, mark or function.
    pub item: String,
    /// The file that it stands in.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// The lines that change.
    pub diff: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test or fixture noticed.
    Killed(String),
    /// None noticed.
    Survived {
        /// A test that would, if one was found.
        killer: Option<String>,
    },
    /// It compiles to the very same policy.
    Same,
    /// It is no policy.
    Invalid,
}

/// What became of all mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutants {
    /// In the order of the policy.
    pub all: Vec<Mutant>,
}

impl Mutants {
    /// Those that were noticed.
    pub fn killed(&self) -> usize {
        self.all.iter().filter(|m| matches!(m.fate, Fate::Killed(_))).count()
    }

    /// Those that were not.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.all.iter().filter(|m| matches!(m.fate, Fate::Survived { .. }))
    }

    /// Killed, in hundredths of those that are policies of their own.
    pub fn score(&self) -> usize {
        let (killed, left) = (self.killed(), self.survivors().count());
        killed.saturating_mul(100).checked_div(killed.saturating_add(left)).unwrap_or(100)
    }
}

/// Why mutants cannot be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutateError {
    /// The tests fail already.
    Failing(String),
    /// There is no test and no fixture that could notice.
    NoTests,
    /// The policy cannot be loaded, because.
    Unusable(String),
}

impl std::fmt::Display for MutateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failing(name) => {
                write!(f, "`{name}` fails without any change, so nothing can be learnt from mutants")
            }
            Self::NoTests => write!(f, "there is no test and no fixture that could notice a mutant"),
            Self::Unusable(why) => write!(f, "the policy cannot be mutated: {why}"),
        }
    }
}

impl From<TrialError> for MutateError {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::Failing(name) => Self::Failing(name),
            TrialError::NoTests => Self::NoTests,
            TrialError::Unusable(why) => Self::Unusable(why),
        }
    }
}

/// Tries every mutant against the tests and fixtures, with so many workers (0: as many as there are cores). `progress` hears how many there are, once, and then of each that
/// is done.
///
/// # Errors
/// When the tests fail as they are, or when there are none.
pub fn mutate(
    program: &Program,
    sources: &SourceMap,
    suite: &TestSuite,
    (files, folders): (&dyn Files, &[String]),
    jobs: usize,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Mutants, MutateError> {
    let loaded = Loaded::new(suite.policy.clone()).map_err(|e| MutateError::Unusable(e.to_string()))?;
    let trial = Trial::new(&loaded, suite, files, folders)?;
    let edits = edits(program, sources);
    progress(Progress::Of(edits.len()));
    let tried = |edit: &Edit| {
        let fate = fate(program, sources, suite, &trial, edit);
        if !matches!(fate, Fate::Survived { .. }) {
            progress(Progress::One);
        }
        fate
    };
    let fates: Vec<Fate> = workers::with(jobs, || edits.par_iter().map(tried).collect());
    let share = seek::share(fates.iter().filter(|fate| matches!(fate, Fate::Survived { .. })).count());
    let one = |(edit, fate): (&Edit, Fate)| {
        let fate = match fate {
            Fate::Survived { .. } => {
                let mutant = changed(program, sources, edit).and_then(|changed| Loaded::new(changed.policy).ok());
                let killer = mutant.and_then(|mutant| seek::killer(&loaded, &mutant, suite, share));
                progress(Progress::One);
                Fate::Survived { killer }
            }
            Fate::Killed(_) | Fate::Same | Fate::Invalid => fate,
        };
        let at = sources.line_col(edit.span);
        Mutant {
            operator: edit.operator,
            item: edit.item.clone(),
            file: sources.file(edit.span.file).map_or(String::new(), |f| f.name.clone()),
            line: usize::try_from(at.line).unwrap_or(0),
            diff: edit.difference(sources),
            fate,
        }
    };
    Ok(Mutants { all: workers::with(jobs, || edits.par_iter().zip(fates).map(one).collect()) })
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many mutants there are.
    Of(usize),
    /// One more is done.
    One,
}

/// The mutant and its tests; `None` if it is no policy.
fn changed(program: &Program, sources: &SourceMap, edit: &Edit) -> Option<TestSuite> {
    let mutant = edit.change.apply(program);
    let policy = lower(&mutant, sources).ok()?;
    lower_tests(&mutant, &policy).ok()
}

/// What becomes of a mutant; the test that would kill a survivor is looked for when all survivors are known.
fn fate(program: &Program, sources: &SourceMap, suite: &TestSuite, trial: &Trial, edit: &Edit) -> Fate {
    let Some(changed) = changed(program, sources, edit) else { return Fate::Invalid };
    if changed.policy == suite.policy {
        return Fate::Same;
    }
    let Ok(loaded) = Loaded::new(changed.policy.clone()) else { return Fate::Invalid };
    match trial.noticed(&loaded, &changed) {
        Some(by) => Fate::Killed(by),
        None => Fate::Survived { killer: None },
    }
}

/// All mutants as JSON, with a version.
pub fn json(name: &str, mutants: &Mutants) -> Value {
    object!({
        "version": VERSION,
        "kind": "mutants",
        "name": name,
        "score": mutants.score(),
        "killed": mutants.killed(),
        "survived": mutants.survivors().count(),
        "mutants": mutants.all.iter().map(|mutant| {
            let (fate, by, test) = match &mutant.fate {
                Fate::Killed(by) => ("killed", Some(by), None),
                Fate::Survived { killer } => ("survived", None, killer.as_ref()),
                Fate::Same => ("same", None, None),
                Fate::Invalid => ("invalid", None, None),
            };
            object!({
                "operator": mutant.operator,
                "item": mutant.item,
                "file": mutant.file,
                "line": mutant.line,
                "diff": mutant.diff,
                "fate": fate,
                "by": by,
                "test": test,
            })
        }).collect::<Vec<_>>(),
    })
}
