//! From what pest read to the syntax tree: the state of building and the leaves.
//!
//! Building never fails as a whole: what cannot be built is `None`, and then something has been said about it.
//! Mistakes that the grammar reads on purpose (operators of other languages, single quotes) are reported here.

use policyc_diag::{Diagnostic, FileId, Span, code};

use crate::ast::{Expr, Name, Template, TemplatePart, Text};
use crate::grammar::{Pair, Rule};
use crate::literals;
use crate::recover;

/// An edit that recovery made to a text before it was parsed: `removed` bytes at `at` became `inserted` bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edited {
    /// Where, in the text before the edit.
    pub at: usize,
    /// How many bytes went.
    pub removed: usize,
    /// How many bytes came.
    pub inserted: usize,
}

/// Builds the tree of one parsed text.
pub(crate) struct Builder {
    file: FileId,
    /// Where the parsed text begins in the file.
    base: usize,
    edits: Vec<Edited>,
    /// What there is to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl Builder {
    /// A builder for a text that begins at byte `base` of the file.
    pub fn new(file: FileId, base: usize) -> Self {
        Self { file, base, edits: Vec::new(), diagnostics: Vec::new() }
    }

    /// From now on texts begin at byte `base` of the file and were edited before they were parsed; the edits are
    /// sorted by place, which is counted in the text before any edit.
    pub fn turn_to(&mut self, base: usize, edits: Vec<Edited>) {
        self.base = base;
        self.edits = edits;
    }

    /// The span of bytes of the parsed text, as places of the file.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let at = |p: usize| u32::try_from(self.base + self.before_edit(p)).unwrap_or(u32::MAX);
        Span::new(self.file, at(start), at(end))
    }

    fn before_edit(&self, p: usize) -> usize {
        let (mut came, mut went) = (0, 0);
        for e in &self.edits {
            let at = e.at + came - went;
            if p >= at + e.inserted {
                came += e.inserted;
                went += e.removed;
            } else if p > at {
                return e.at + e.removed.min(p - at);
            } else {
                break;
            }
        }
        p + went - came
    }

    /// The span of a node, without the blanks and comments behind its last leaf.
    pub fn span(&self, pair: &Pair<'_>) -> Span {
        self.place(pair.as_span().start(), end_of(pair))
    }

    /// Says something.
    pub fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A leaf as a name.
    pub fn name(&self, pair: &Pair<'_>) -> Name {
        Name { text: pair.as_str().to_owned(), span: self.span(pair) }
    }

    /// A key, a tool's name or a pattern, which may be quoted.
    pub fn quotable(&mut self, pair: Pair<'_>) -> Name {
        let leaf = if matches!(pair.as_rule(), Rule::key | Rule::tool_name) { first(pair) } else { Some(pair) };
        match leaf {
            Some(leaf) if matches!(leaf.as_rule(), Rule::text | Rule::single_text) => {
                let text = self.text(&leaf);
                Name { text: text.value, span: text.span }
            }
            Some(leaf) => self.name(&leaf),
            None => Name { text: String::new(), span: self.place(0, 0) },
        }
    }

    /// A text leaf, escapes resolved.
    pub fn text(&mut self, pair: &Pair<'_>) -> Text {
        self.check_quotes(pair);
        let start = pair.as_span().start() + 1;
        let double = if pair.as_rule() == Rule::single_text { Some(literals::requote(pair.as_str())) } else { None };
        let value = self.unescape(literals::inside(double.as_deref().unwrap_or(pair.as_str())), start);
        Text { value, span: self.span(pair) }
    }

    fn check_quotes(&mut self, pair: &Pair<'_>) {
        if pair.as_rule() == Rule::single_text {
            let span = self.span(pair);
            self.say(
                Diagnostic::new(
                    &code::BAD_LITERAL,
                    span,
                    format!("the text `{}` stands in single quotes", pair.as_str()),
                )
                .help("texts stand in double quotes")
                .fix("write double quotes", span, literals::requote(pair.as_str()), true),
            );
        }
    }

    fn unescape(&mut self, inner: &str, start: usize) -> String {
        match literals::unescape(inner) {
            Ok(value) => value,
            Err((from, to)) => {
                let escape = inner.get(from..to).unwrap_or("\\");
                let span = self.place(start + from, start + to);
                self.say(
                    Diagnostic::new(&code::BAD_LITERAL, span, format!("`{escape}` stands for no character"))
                        .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t`, `\\r` and `\\u{…}`")
                        .fix("write the backslash itself", span, format!("\\{escape}"), false),
                );
                inner.to_owned()
            }
        }
    }

    /// A text with `{expr}` in it.
    pub fn template(&mut self, pair: &Pair<'_>) -> Template {
        self.check_quotes(pair);
        let inner = literals::inside(pair.as_str());
        let start = pair.as_span().start() + 1;
        let mut parts = Vec::new();
        let mut plain = String::new();
        // `from` is where the pending plain text begins; `at` walks.
        let (mut from, mut at) = (0, 0);
        while let Some(offset) = inner.get(at..).and_then(|rest| rest.find(['{', '}', '\\'])) {
            at += offset;
            let rest = inner.get(at..).unwrap_or("");
            if rest.starts_with('\\') {
                let escape = if rest.starts_with("\\u{") { rest.find('}').unwrap_or(1) + 1 } else { 2 };
                at += escape.min(rest.len());
                at += (at..=inner.len()).find(|p| inner.is_char_boundary(*p)).unwrap_or(inner.len()) - at;
                continue;
            }
            plain.push_str(&self.unescape(inner.get(from..at).unwrap_or(""), start + from));
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push_str(rest.get(..1).unwrap_or(""));
                at += 2;
            } else if let Some(len) = hole(rest) {
                if !plain.is_empty() {
                    parts.push(TemplatePart::Text(std::mem::take(&mut plain)));
                }
                let source = rest.get(1..len - 1).unwrap_or("").replace("\\\"", " \"");
                if let Some(expr) = self.hole(&source, start + at + 1) {
                    parts.push(TemplatePart::Expr(expr));
                }
                at += len;
            } else {
                let brace = rest.get(..1).unwrap_or("");
                let span = self.place(start + at, start + at + 1);
                let message = format!("the brace `{brace}` has no partner in this text");
                self.say(
                    Diagnostic::new(&code::UNCLOSED, span, message)
                        .help(format!("`{{expr}}` puts a value here; a brace itself is written `{brace}{brace}`"))
                        .fix(format!("write `{brace}{brace}`"), span, brace.repeat(2), false),
                );
                at += 1;
            }
            from = at;
        }
        plain.push_str(&self.unescape(inner.get(from..).unwrap_or(""), start + from));
        if !plain.is_empty() || parts.is_empty() {
            parts.push(TemplatePart::Text(plain));
        }
        Template { parts, span: self.span(pair) }
    }

    /// The expression in a template's braces; it stands at byte `at` of the parsed text.
    fn hole(&mut self, source: &str, at: usize) -> Option<Expr> {
        let base = usize::try_from(self.place(at, at).start).unwrap_or(usize::MAX);
        let mut inner = Builder::new(self.file, base);
        let expr = recover::hole(source, &mut inner);
        self.diagnostics.append(&mut inner.diagnostics);
        expr
    }
}

/// The length of `{…}` at the beginning of `rest`, its braces included, if it is closed.
fn hole(rest: &str) -> Option<usize> {
    let mut depth = 0usize;
    if !rest.starts_with('{') {
        return None;
    }
    for (i, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(i + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The first child.
pub(crate) fn first(pair: Pair<'_>) -> Option<Pair<'_>> {
    pair.into_inner().next()
}

/// Where the last leaf of a node ends: pest counts the blanks and comments behind it to the node.
pub(crate) fn end_of(pair: &Pair<'_>) -> usize {
    let whole = pair.as_str().trim_end_matches([' ', '\n', '\t', '\r', '\u{FEFF}']);
    let last_line = whole.rsplit('\n').next().unwrap_or(whole);
    if !last_line.contains("//") {
        return pair.as_span().start() + whole.len();
    }
    let mut last = pair.clone();
    while let Some(inner) = last.clone().into_inner().next_back() {
        last = inner;
    }
    last.as_span().end()
}
