//! The compiled policy, events on the wire, state, decisions and their explanations: what a host links.
//!
//! A host loads a compiled policy once, keeps a [`state::State`], and hands every event of its agents to an [`Engine`]:
//! what the user said, what the agent wants to call, what came of it, what people answered to a held call. Each line
//! gives one answer, and no line gives an error: what cannot be read or judged is denied, with a stable code.
//!
//! ```
//! use policyc_runtime::{Engine, Loaded, bundle, state::State};
//!
//! // A policy without any rule, as a compiler would have written it.
//! let file = bundle::write(&policyc_runtime::policy::Policy::default())?;
//!
//! let loaded = Loaded::of(bundle::read(&file)?)?;
//! let (mut engine, mut state) = (Engine::new(&loaded), State::new());
//! let mut answers = Vec::new();
//! engine.line(&mut state, br#"{"call": "c-1", "tool": "db.query", "args": {}}"#, 1, &mut answers);
//! let answer = String::from_utf8(answers)?;
//! assert!(answer.starts_with(r#"{"call":"c-1","decision":"deny","code":"unknown-tool""#), "{answer}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts, from the line to the answer:
//!
//! * [`wire`] reads a line strictly, [`event`] says what it is, [`schema`] whether it fits what the policy declares;
//! * [`Loaded`] is a policy that was verified and indexed, shared between threads;
//! * [`decide`] gives the verdict on a call and is pure: it changes nothing and reads no clock. Its [`Scratch`] is
//!   memory that is used again, so that nothing is allocated from call to call;
//! * [`step`] judges any event and moves the [`state`] on; [`Engine`] does so for lines;
//! * [`decision`] is the answer, [`explain`] why it was given.
//!
//! A host that runs the call itself forwards what [`wire`] has read, never the line: judge and executor must have read
//! the same thing.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

pub mod bundle;
mod canonical;
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
mod quick;
pub mod read;
mod reading;
mod recall;
pub mod refusal;
mod render;
pub mod schema;
mod spoken;
pub mod state;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests count with small numbers")]
mod testing;
pub mod time;
mod tree;
mod truth;
mod value;
mod verify;
pub mod wire;

pub use decide::{Outcome, decide};
pub use engine::{Brief, Engine, Judged, Wants, step};
pub use eval::{MAX_STEPS, Scratch};
pub use loaded::Loaded;
pub use truth::Truth;
pub use verify::LoadError;
