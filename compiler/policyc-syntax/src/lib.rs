//! Grammar, syntax tree, parser with recovery, formatter.
//!
//! `parse` never fails: it gives what could be read and says what could not. Names are not resolved here and no
//! file is opened.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has some 250 rules; a builder matches those that its node has, and the grammar decides which"
)]

pub mod ast;
mod build;
mod eq;
mod exprs;
mod format;
mod grammar;
mod items;
mod lexemes;
mod literals;
mod messages;
mod nesting;
mod outline;
mod parse;
mod recover;
mod repair;
mod steps;
#[cfg(test)]
mod tests;
mod typed;
mod types;
mod words;

pub use eq::ast_eq;
pub use exprs::MAX_DEPTH;
pub use format::format;
pub use lexemes::{Lexeme, LexemeKind, lexemes};
pub use nesting::MAX_NESTING;
pub use parse::{MAX_FILE_BYTES, parse};
pub use words::{is_reserved, is_word, keywords};
