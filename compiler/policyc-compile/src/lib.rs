//! Modules, names, schemas, types, checks, and lowering to the decision tree.
//!
//! [`compile`] is the door: file names in, the compiled policy and everything there is to say about the sources out.
//! All mistakes are reported in one run; a policy with an error is never compiled. Files come through [`Sources`]
//! alone, and the same input gives the same bytes.

mod cycles;
pub mod hir;
pub mod lower;
mod modules;
pub mod schema;
mod sources;
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

/// Compiles a policy: load, resolve and check, lower.
pub fn compile(input: &Input, sources: &dyn Sources) -> Compiled {
    let mut map = SourceMap::default();
    let mut diagnostics = Vec::new();
    let mut reader = modules::Reader::new(sources);
    let _loaded = modules::load(input, &mut reader, &mut map, &mut diagnostics);
    let program = hir::Program { name: input.name.clone(), ..hir::Program::default() };
    policyc_diag::sort(&mut diagnostics);
    Compiled { sources: map, program, policy: None, diagnostics }
}
pub mod data;
