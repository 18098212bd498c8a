//! The formatter: one style, every comment kept.
//!
//! It walks what pest read, token by token, and never looks at the tree: literals keep their spelling. Comments
//! between two tokens go with the next token where that begins a line, and to the end of the line elsewhere.
//! A text with mistakes is refused, not half formatted.

mod doc;
mod exprs;
mod items;

use pest::Parser;
use policyc_diag::{Diagnostic, FileId};

use crate::grammar::{Grammar, Pair, Rule};
use crate::lexemes::{LexemeKind, lexemes};
use crate::literals;
use crate::parse::parse;
use doc::Doc;

/// The text in the one style, or what is wrong with it.
///
/// Formatting a formatted text changes nothing, and the tree of the result is the tree of the text but for places.
/// Units of time are written in their one spelling; everything else stays as it was spelled.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (_, diagnostics) = parse(FileId(0), text);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut formatted = once(text);
    if formatted == text {
        return Ok(formatted);
    }
    // A comment in an odd place may move once more when its neighbours have moved; it settles at once.
    for _ in 0..4 {
        let again = once(&formatted);
        if again == formatted {
            break;
        }
        formatted = again;
    }
    Ok(formatted)
}

fn once(text: &str) -> String {
    // INVARIANT: the text has just been parsed strictly, so it is parsed here too.
    let Ok(pairs) = Grammar::parse(Rule::file, text) else { return text.to_owned() };
    let mut writer = Writer::new(text);
    writer.file(pairs.flat_map(Pair::into_inner).filter(|p| p.as_rule() != Rule::EOI).collect()).print()
}

/// A comment that has not been written yet.
struct Comment<'t> {
    start: usize,
    end: usize,
    text: &'t str,
}

/// Writes tokens in their order, and comments with them.
struct Writer<'t> {
    text: &'t str,
    comments: std::iter::Peekable<std::vec::IntoIter<Comment<'t>>>,
    /// Where the last token or comment that was written ends.
    end: usize,
}

impl<'t> Writer<'t> {
    fn new(text: &'t str) -> Self {
        let comments: Vec<Comment<'t>> = lexemes(text)
            .into_iter()
            .filter(|l| l.kind == LexemeKind::Comment)
            .map(|l| Comment { start: l.start, end: l.end, text: l.text(text).trim_end() })
            .collect();
        Self { text, comments: comments.into_iter().peekable(), end: 0 }
    }

    /// How many line breaks stand between what was written last and `at`.
    fn breaks(&self, at: usize) -> usize {
        self.text.get(self.end..at).map_or(0, |gap| gap.matches('\n').count())
    }

    /// True if the writer left an empty line before what comes next, which begins at `at` if no comment does.
    fn blank(&mut self, at: usize) -> bool {
        let next = self.comments.peek().map_or(at, |c| c.start.min(at));
        self.breaks(next) > 1
    }

    fn take_comment(&mut self, before: usize) -> Option<Comment<'t>> {
        let comment = self.comments.next_if(|c| c.start < before)?;
        self.end = comment.end;
        Some(comment)
    }

    /// The comments before a token that begins a line, each on a line of its own.
    fn lead(&mut self, at: usize) -> Doc {
        let mut docs = Vec::new();
        while let Some(comment) = self.take_comment(at) {
            docs.push(Doc::text(comment.text));
            let blank = self.blank(at);
            docs.push(Doc::hard(blank));
        }
        Doc::concat(docs)
    }

    /// The comments before a closing bracket, each on a line of its own, the breaks before them.
    fn inside_end(&mut self, at: usize, first: bool) -> Doc {
        let mut docs = Vec::new();
        loop {
            let blank = self.blank(at) && !(first && docs.is_empty());
            let Some(comment) = self.take_comment(at) else { return Doc::concat(docs) };
            docs.push(Doc::hard(blank));
            docs.push(Doc::text(comment.text));
        }
    }

    /// The token at a node's begin, with the comments that stand before it in odd places and behind it on its line.
    fn token(&mut self, pair: &Pair<'t>) -> Doc {
        self.token_as(pair, pair.as_str().to_owned())
    }

    fn token_as(&mut self, pair: &Pair<'t>, text: String) -> Doc {
        let mut docs = Vec::new();
        while let Some(comment) = self.take_comment(pair.as_span().start()) {
            docs.push(Doc::trailing(comment.text));
        }
        docs.push(Doc::text(text));
        self.end = pair.as_span().end();
        docs.extend(self.behind());
        Doc::concat(docs)
    }

    /// A token that is not written, for the comments around it.
    fn drop_token(&mut self, pair: &Pair<'t>) -> Doc {
        self.token_as(pair, String::new())
    }

    /// The comment behind the last token, if it is on the same line.
    fn behind(&mut self) -> Option<Doc> {
        let start = self.comments.peek()?.start;
        let gap = self.text.get(self.end..start)?;
        if gap.contains('\n') || !gap.trim_matches(['\u{FEFF}']).trim().is_empty() {
            return None;
        }
        self.take_comment(start + 1).map(|c| Doc::trailing(c.text))
    }

    /// Any node on one line, as far as what is in it allows.
    fn node(&mut self, pair: Pair<'t>) -> Doc {
        match pair.as_rule() {
            Rule::expr | Rule::value => self.expr(pair),
            Rule::quantified => self.quantified(pair),
            Rule::paren => self.paren(pair),
            Rule::record
            | Rule::list
            | Rule::pattern_set
            | Rule::agent_fields
            | Rule::refine_args
            | Rule::ty_record
            | Rule::column_values => self.bracket(pair.into_inner().collect(), true),
            Rule::rows => {
                let spaced = pair.as_str().starts_with('{');
                self.bracket(pair.into_inner().collect(), spaced)
            }
            Rule::array | Rule::call_args | Rule::fields | Rule::params => {
                self.bracket(pair.into_inner().collect(), false)
            }
            Rule::tags_clause | Rule::marks_clause | Rule::marks_entry | Rule::given_step => self.with_bracket(pair),
            Rule::patterns | Rule::paths | Rule::matching_clause | Rule::approvers_clause => self.sequence(pair),
            Rule::ty => self.union(pair),
            Rule::ty_generic | Rule::ty_applied | Rule::ty_paren | Rule::ty_member => self.tight(pair),
            Rule::index | Rule::member | Rule::tuple | Rule::each_names => self.tight(pair),
            Rule::unit => {
                let unit = literals::unit(pair.as_str()).unwrap_or(pair.as_str()).to_owned();
                self.token_as(&pair, unit)
            }
            _ => self.spaced(pair),
        }
    }

    /// A node's children with single spaces between them.
    fn spaced(&mut self, pair: Pair<'t>) -> Doc {
        let mut children = pair.clone().into_inner().peekable();
        if children.peek().is_none() {
            return self.token(&pair);
        }
        let mut docs = Vec::new();
        let mut behind_dot = false;
        for child in children {
            let rule = child.as_rule();
            let sticks = matches!(rule, Rule::colon | Rule::comma | Rule::dot | Rule::fields | Rule::params);
            if !docs.is_empty() && !sticks && !behind_dot {
                docs.push(Doc::text(" "));
            }
            behind_dot = rule == Rule::dot;
            docs.push(self.node(child));
        }
        Doc::concat(docs)
    }

    /// A node's children without spaces, but for one behind a comma.
    fn tight(&mut self, pair: Pair<'t>) -> Doc {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            let comma = child.as_rule() == Rule::comma;
            docs.push(self.node(child));
            if comma {
                docs.push(Doc::text(" "));
            }
        }
        Doc::concat(docs)
    }

    /// Bracket, members with commas, bracket: on one line, or one member a line with a comma behind the last.
    fn bracket(&mut self, children: Vec<Pair<'t>>, spaced: bool) -> Doc {
        let line = if spaced { Doc::space } else { Doc::soft };
        let mut children = children.into_iter().peekable();
        let Some(open) = children.next() else { return Doc::nothing() };
        let opening = self.token(&open);
        let mut inner = Vec::new();
        let mut first = true;
        let mut comma_may_end = true;
        let mut closing = None;
        while let Some(child) = children.next() {
            if children.peek().is_none() {
                closing = Some(child);
                break;
            }
            if child.as_rule() == Rule::comma {
                let last = children.len() == 1;
                inner.push(if last { self.drop_token(&child) } else { self.token(&child) });
                continue;
            }
            let start = child.as_span().start();
            let blank = !first && self.blank(start);
            inner.push(if first { line(blank) } else { Doc::space(blank) });
            inner.push(self.lead(start));
            comma_may_end = child.as_rule() != Rule::ellipsis;
            inner.push(self.node(child));
            first = false;
        }
        let Some(close) = closing else { return opening };
        if !first && comma_may_end {
            inner.push(Doc::if_broken(","));
        }
        let at = close.as_span().start();
        let last_words = self.inside_end(at, first);
        let empty = first && !last_words.breaks() && !opening.breaks();
        inner.push(last_words);
        let end = if empty { Doc::nothing() } else { line(false) };
        let closing = self.token(&close);
        Doc::group(vec![opening, Doc::nest(inner), end, closing])
    }

    /// Words and then a bracket: `tags { … }`.
    fn with_bracket(&mut self, pair: Pair<'t>) -> Doc {
        let mut docs = Vec::new();
        let mut children: Vec<Pair<'t>> = pair.into_inner().collect();
        let at = children.iter().position(|p| p.as_rule() == Rule::lbrace).unwrap_or(0);
        let rest = children.split_off(at);
        for child in children {
            if child.as_rule() == Rule::colon {
                docs.pop();
            }
            docs.push(self.node(child));
            docs.push(Doc::text(" "));
        }
        docs.push(self.bracket(rest, true));
        Doc::concat(docs)
    }

    /// Members with commas, after a word or not, one a line if they do not fit.
    fn sequence(&mut self, pair: Pair<'t>) -> Doc {
        let mut docs = Vec::new();
        let mut rest = Vec::new();
        let mut comma_before = false;
        for child in pair.into_inner() {
            if child.as_rule() == Rule::comma {
                rest.push(self.token(&child));
                comma_before = true;
                continue;
            }
            if comma_before {
                let start = child.as_span().start();
                rest.push(Doc::space(false));
                rest.push(self.lead(start));
                rest.push(self.node(child));
                continue;
            }
            if !docs.is_empty() {
                docs.push(Doc::text(" "));
            }
            docs.push(self.node(child));
        }
        docs.push(Doc::nest(rest));
        Doc::group(docs)
    }

    /// `a | b | c`
    fn union(&mut self, pair: Pair<'t>) -> Doc {
        let mut children = pair.into_inner();
        let Some(first) = children.next() else { return Doc::nothing() };
        let first = self.node(first);
        let mut rest = Vec::new();
        for child in children {
            if child.as_rule() == Rule::bar {
                let start = child.as_span().start();
                rest.push(Doc::space(false));
                rest.push(self.lead(start));
                rest.push(self.token(&child));
                rest.push(Doc::text(" "));
            } else {
                rest.push(self.node(child));
            }
        }
        Doc::group(vec![first, Doc::nest(rest)])
    }
}
