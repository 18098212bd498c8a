//! For tests only: the oracle interpreter, generators of policies and traces, and the comparison of both readings.
//!
//! Nothing here is linked by what a host runs.

#[expect(clippy::wildcard_enum_match_arm, reason = "the generators give obligations of few kinds")]
pub mod both;
#[expect(clippy::wildcard_enum_match_arm, reason = "an operator is generated for few types")]
pub mod generate;
pub mod large;
pub mod mutate;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operator is defined on a few kinds of values; on all others the answer is unknown"
)]
pub mod oracle;
mod rng;

pub use rng::Rng;
