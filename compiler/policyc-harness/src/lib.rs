//! Scenarios, fixtures, snapshots and simulation: a policy against events, in bulk.
//!
//! Everything here is a library: it prints nothing, reads no argument and no environment, opens no file by itself
//! and looks at no clock. The same inputs give the same bytes, however many workers there are.

pub mod coverage;
mod decider;
mod files;
pub mod mutate;
pub mod simulate;
pub mod suite;
#[cfg(test)]
mod testing;
pub mod traces;
mod workers;
pub mod yaml;

pub use files::{Files, MemoryFiles};
