//! What people and machines see: diagnostics, explanations, results of tests, trees.

pub mod coverage;
pub mod diagnostics;
pub mod dot;
pub mod explanation;
pub mod svg;
pub mod tests;
pub mod tree;
