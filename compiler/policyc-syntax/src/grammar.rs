//! The grammar as pest compiles it. Nothing outside this crate sees a pest type.

use pest_derive::Parser;

/// The parser that `grammar.pest` describes.
#[derive(Parser)]
#[grammar = "grammar.pest"]
pub(crate) struct Grammar;

/// One node of what pest read.
pub(crate) type Pair<'i> = pest::iterators::Pair<'i, Rule>;
