//! The compiled policy, events on the wire, state, decisions and their explanations: what a host links.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

pub mod num;
pub mod policy;
mod truth;

pub use truth::Truth;
