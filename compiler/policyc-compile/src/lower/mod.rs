//! From the typed tree to the compiled policy.
//!
//! Every condition becomes two-valued here: a rule that restricts gets the `may` side of its condition, one that
//! grants the `must` side. Values, questions and conditions are shared, functions are written out where they are
//! called, and the same program gives the same bytes. Nothing is checked for meaning again, and nothing is evaluated.

mod suite;

pub use suite::{EventKind, LoweredStep, LoweredTest, Setup, StepKind, TestSuite};
