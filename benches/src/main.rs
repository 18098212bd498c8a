//! Peers side by side on one workload.
//!
//! Every peer must give the expected decision on every request before any time counts. Rounds are interleaved, the
//! quietest round of each peer counts, and what is reported is a ratio within this one run: the machine is noisy.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod alloc;
#[cfg(feature = "cedar")]
mod cedar;
mod naive;
mod workload;

fn main() {}
