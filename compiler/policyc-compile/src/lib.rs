//! Modules, names, schemas, types, checks, and lowering to the decision tree.
//!
//! [`compile`] is the door: file names in, the compiled policy and everything there is to say about the sources out.
//! All mistakes are reported in one run; a policy with an error is never compiled. Files come through [`Sources`]
//! alone, and the same input gives the same bytes.

mod budgets;
mod callers_word;
mod checker;
mod confusable;
mod constants;
mod contradictions;
mod cycles;
pub mod data;
mod definitions;
mod exprs;
pub mod hir;
mod imports;
mod lints;
pub mod lower;
mod modules;
mod patterns;
mod readings;
mod rules;
pub mod schema;
mod scope;
mod sources;
mod state_items;
mod tables;
mod tests_items;
mod tools;
mod types;
mod words;

use policyc_diag::{Diagnostic, Severity, SourceMap};
use policyc_runtime::policy::Policy;

pub use modules::{MAX_BYTES, MAX_FILES};
pub use sources::{Input, SourceError, Sources, Texts};

/// What a compilation gives.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// Every text that was read.
    pub sources: SourceMap,
    /// The typed tree; where there were mistakes, what is healthy of it.
    pub program: hir::Program,
    /// The compiled policy; none if there is any error.
    pub policy: Option<Policy>,
    /// Everything there is to say, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether any diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Compiles a policy: load, check (names, types, everything else), lower.
///
/// Never fails and never panics: what is wrong is in `diagnostics`.
pub fn compile(input: &Input, sources: &dyn Sources) -> Compiled {
    let mut map = SourceMap::default();
    let mut diagnostics = Vec::new();
    let mut reader = modules::Reader::new(sources);
    let loaded = modules::load(input, &mut reader, &mut map, &mut diagnostics);
    let program = checker::check(&input.name, &loaded, &mut reader, &mut map, &mut diagnostics);
    let mut policy = None;
    if !diagnostics.iter().any(|d| d.severity == Severity::Error) {
        match lower::lower(&program, &map) {
            Ok(lowered) => policy = Some(lowered),
            Err(problems) => diagnostics.extend(problems),
        }
    }
    policyc_diag::sort(&mut diagnostics);
    Compiled { sources: map, program, policy, diagnostics }
}

/// What there is to say about one text, as `"E0301 4:12 message"` lines: the door for tests.
pub fn diagnostics(src: &str) -> Vec<String> {
    let mut texts = Texts::default();
    texts.0.insert("policy.policy".to_owned(), src.as_bytes().to_vec());
    let input = Input { name: "test".to_owned(), files: vec!["policy.policy".to_owned()] };
    compile(&input, &texts).lines()
}

impl Compiled {
    /// Every diagnostic as `"E0301 4:12 message"`.
    pub fn lines(&self) -> Vec<String> {
        let line = |d: &Diagnostic| {
            let at = self.sources.line_col(d.primary.span);
            format!("{} {}:{} {}", d.code.number, at.line, at.col, d.message)
        };
        self.diagnostics.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests;
