//! Spans, the `Diagnostic` value and the registry of codes.
//!
//! What every phase of the compiler says to people passes through here as a value: a code, a severity,
//! a message, labelled spans, help and fixes. This crate knows no language, renders nothing and reads no file.

mod codes;
mod source;

pub use codes::{Code, all as all_codes, code, find as find_code};
pub use source::{FileId, LineCol, SourceFile, SourceMap, Span};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice: the policy compiles.
    Warning,
    /// The policy does not compile.
    Error,
}

/// A span with a few words that say what it has to do with the message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to say there; may be empty.
    pub text: String,
}

/// Replace the text of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A change of the source that would settle a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the fix does, in the imperative: "write `shell.exec`".
    pub title: String,
    /// All edits together; they do not overlap.
    pub edits: Vec<Edit>,
    /// True only if applying it cannot turn a refusal into an allowance.
    pub safe: bool,
}

/// One thing that a phase has to say about the source.
///
/// Messages are lower case, without a final stop, with the writer's text in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: &'static Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where it is wrong.
    pub primary: Label,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// What to do next, one sentence an entry.
    pub help: Vec<String>,
    /// Changes that would settle it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic with the severity that its code has by default.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Says a few words at the primary span.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Offers a replacement of one span.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>, safe: bool) -> Self {
        self.fixes.push(Fix { title: title.into(), edits: vec![Edit { span, text: text.into() }], safe });
        self
    }

    /// The order in which diagnostics are shown: by place, then by code, then by message.
    pub fn sort_key(&self) -> (Span, &'static str, &str) {
        (self.primary.span, self.code.number, &self.message)
    }
}

/// Sorts diagnostics by place and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics.dedup();
}

/// The candidate that the writer most likely meant, if any is near enough to suggest.
///
/// Distance is Damerau–Levenshtein over characters; at most a third of the word may differ. Ties go to
/// the candidate that sorts first, so the answer does not depend on the order of `candidates`.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count().max(3) / 3).min(4);
    candidates
        .into_iter()
        .filter(|c| *c != word)
        .map(|c| (distance(&word.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

/// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last_a = None;
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut last_b = None;
        for (j, cb) in b.iter().copied().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(ca != cb)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            if j > 0 && last_a == Some(cb) && last_b == Some(ca) {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
            last_b = Some(cb);
        }
        before = std::mem::replace(&mut row, next);
        last_a = Some(ca);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_word_and_nothing_far_away() {
        assert_eq!(suggest("recpient", ["recipient", "amount"]), Some("recipient"));
        assert_eq!(suggest("amuont", ["recipient", "amount"]), Some("amount"));
        assert_eq!(suggest("colour", ["recipient", "amount"]), None);
    }

    #[test]
    fn line_and_column_are_one_based_and_count_characters() {
        let mut map = SourceMap::default();
        let id = map.add("a.policy", "ab\nçd\n");
        let span = Span::new(id, 5, 6);
        assert_eq!(map.line_col(span), LineCol { line: 2, col: 2 });
        assert_eq!(map.text(span), "d");
    }
}
