//! Parsing that does not give up: strict first, then item by item.

use pest::Parser;
use policyc_diag::{Diagnostic, code};

use crate::build::Builder;
use crate::grammar::{Grammar, Pair, Rule};
use crate::lexemes::lexemes;
use crate::nesting;

/// What a slice of a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A whole expression.
    Expr,
}

impl Entry {
    fn rule(self) -> Rule {
        match self {
            Self::Expr => Rule::slice_expr,
        }
    }
}

/// Parses a slice strictly and builds from it; says what is wrong otherwise.
pub(crate) fn parse_slice<T>(
    entry: Entry,
    text: &str,
    builder: &mut Builder,
    build: impl FnOnce(&mut Builder, Pair<'_>) -> Option<T>,
) -> Option<T> {
    let all = lexemes(text);
    if let Some(lexeme) = nesting::too_deep(text, &all) {
        builder.say(too_deep(builder.place(lexeme.start, lexeme.end)));
        return None;
    }
    match Grammar::parse(entry.rule(), text) {
        Ok(mut pairs) => build(builder, pairs.next()?),
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
            };
            builder.say(Diagnostic::new(&code::SYNTAX, builder.place(at, at), "this cannot be read"));
            None
        }
    }
}

/// Something nests deeper than the limit.
pub(crate) fn too_deep(span: policyc_diag::Span) -> Diagnostic {
    Diagnostic::new(&code::TOO_DEEP, span, format!("this nests more than {} deep", nesting::MAX_NESTING))
        .help("give parts of it names with `let` or `fn`")
}

/// Reads a file with mistakes, item by item.
pub(crate) fn file(text: &str, all: &[crate::lexemes::Lexeme], tree: &mut crate::ast::File, builder: &mut Builder) {
    let _ = tree;
    if let Some(lexeme) = nesting::too_deep(text, all) {
        builder.say(too_deep(builder.place(lexeme.start, lexeme.end)));
    } else if let Err(error) = Grammar::parse(Rule::file, text) {
        let at = match error.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
        };
        builder.say(Diagnostic::new(&code::SYNTAX, builder.place(at, at), "this cannot be read"));
    }
}
