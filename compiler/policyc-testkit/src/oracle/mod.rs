//! The oracle: what a policy means, said a second time and as simply as possible.
//!
//! It interprets the typed tree with three truth values, written paragraph by paragraph from SPEC.md. It shares
//! nothing with the evaluator but the types of the tree and the readers of structured texts; it is slow, remembers
//! everything in plain lists, and never looks at the compiled policy.

mod budget;
mod clock;
mod decide;
mod eval;
mod event;
mod glob;
mod json;
mod memory;
mod needs;
mod number;
mod readings;
mod state;
mod structured;
mod value;
mod walk;

pub use decide::{Answer, Effect, Oracle};
pub use event::{Codes, Event, Kind};
