//! Policies, as source text, and traces for them; a number makes the same ones again.
//!
//! A generated policy is well typed by construction: the generator keeps its own list of what is declared with which
//! type. Constants and values of events come out of the same small pools, so that conditions are met about as often
//! as they are missed. A new operator joins `conditions` on the day it is born.

mod conditions;
mod events;
mod pools;
mod rules;
mod types;
mod world;

pub use events::trace;
pub use types::{Arg, Type};
pub use world::{BLOCKED, PRICES, World};
