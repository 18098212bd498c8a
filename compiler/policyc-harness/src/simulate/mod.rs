//! `simulate`: every event of a trace decided, state carried along.

mod feed;
mod groups;
mod keys;
mod lines;
mod report;
mod run;
mod tally;

pub use feed::Trace;
pub use report::{Counts, Example, InputCount, RefusalGroup, Report, RuleCount, SHOWN_GROUPS, VERSION, grouped};
pub use run::{Answer, OnAnswer, Options, simulate};

pub(crate) use lines::Lines;

#[cfg(test)]
mod tests;
