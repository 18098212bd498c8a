//! Peers side by side on one workload.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod workload;
mod naive;

fn main() {}
