//! The compiled policy, events on the wire, state, decisions and their explanations: what a host links.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

pub mod bundle;
pub mod decision;
pub mod explain;
mod loaded;
pub mod num;
pub mod policy;
mod truth;
mod verify;

pub use loaded::Loaded;
pub use truth::Truth;
pub use verify::LoadError;
