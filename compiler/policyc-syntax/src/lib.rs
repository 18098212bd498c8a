//! Grammar, syntax tree, parser with recovery, formatter.
//!
//! `parse` never fails: it gives what could be read and says what could not. Names are not resolved here and no
//! file is opened.

pub mod ast;
