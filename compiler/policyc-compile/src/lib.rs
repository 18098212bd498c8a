//! Modules, names, schemas, types, checks, and lowering to the decision tree.

pub mod hir;
pub mod lower;
