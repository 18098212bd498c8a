//! The compiled policy, events on the wire, state, decisions and their explanations: what a host links.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

pub mod bundle;
pub mod decision;
pub mod event;
pub mod explain;
pub mod hash;
pub mod limits;
mod loaded;
pub mod num;
pub mod policy;
pub mod read;
pub mod refusal;
pub mod schema;
pub mod state;
pub mod time;
mod truth;
mod verify;
pub mod wire;

pub use loaded::Loaded;
pub use truth::Truth;
pub use verify::LoadError;
