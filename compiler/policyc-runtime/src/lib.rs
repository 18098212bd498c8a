//! The compiled policy, events on the wire, state, decisions and their explanations: what a host links.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

pub mod bundle;
mod decide;
pub mod decision;
mod engine;
mod eval;
pub mod event;
pub mod explain;
pub mod hash;
pub mod limits;
mod loaded;
mod needs;
pub mod num;
pub mod policy;
pub mod probe;
pub mod read;
pub mod refusal;
mod render;
pub mod schema;
pub mod state;
#[cfg(test)]
mod testing;
pub mod time;
mod tree;
mod truth;
mod value;
mod verify;
pub mod wire;

pub use decide::{Outcome, decide};
pub use engine::{Engine, step};
pub use eval::{MAX_STEPS, Scratch};
pub use loaded::Loaded;
pub use truth::Truth;
pub use verify::LoadError;
