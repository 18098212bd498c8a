//! Where a text with mistakes is cut: into items at their words in column 0, into clauses and steps at their words
//! at the beginning of a line.
//!
//! Cutting looks at lexemes alone and is total. An item's word in column 0 cuts at any depth of brackets, so that
//! an open brace cannot swallow the next item.

use crate::lexemes::{Lexeme, LexemeKind};
use crate::words;

/// A text with its lexemes, comments left out.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t> {
    /// The whole text.
    pub text: &'t str,
    /// Its lexemes.
    pub lexemes: &'t [Lexeme],
}

impl<'t> Source<'t> {
    /// The text of a lexeme; empty past the end.
    pub fn word(&self, i: usize) -> &'t str {
        self.lexemes.get(i).map_or("", |l| l.text(self.text))
    }

    /// True if the lexeme is of this kind.
    pub fn is(&self, i: usize, kind: LexemeKind) -> bool {
        self.lexemes.get(i).is_some_and(|l| l.kind == kind)
    }

    /// How many bytes stand before a lexeme on its line, if they are all blank.
    pub fn indent(&self, i: usize) -> Option<usize> {
        let start = self.lexemes.get(i)?.start;
        let before = i.checked_sub(1).and_then(|i| self.lexemes.get(i)).map(|l| l.end);
        // Between two lexemes there are blanks and comments, and a comment reaches to the end of its line.
        let gap = self.text.get(before.unwrap_or(0)..start)?;
        match (gap.rfind('\n'), before) {
            (Some(at), _) => Some(gap.len() - at - 1),
            (None, None) => Some(gap.trim_start_matches('\u{FEFF}').len()),
            (None, Some(_)) => None,
        }
    }

    /// True if a lexeme is a word that the next lexeme makes look like the begin of something, and not like a
    /// name within an expression.
    fn begins(&self, i: usize) -> bool {
        const GOES_ON: [&str; 14] = [
            "in", "and", "or", "has", "is", "within", "like", "matches", "starts", "ends", "contains", "from", "not",
            "with",
        ];
        match self.lexemes.get(i + 1).map(|l| l.kind) {
            Some(LexemeKind::Word) => !GOES_ON.contains(&self.word(i + 1)),
            Some(LexemeKind::Sign) => matches!(self.word(i + 1), "{" | "(" | "[" | "-" | "*"),
            Some(LexemeKind::Junk | LexemeKind::Comment) => false,
            Some(LexemeKind::Text | LexemeKind::SingleText | LexemeKind::OpenText | LexemeKind::Number)
            | Some(LexemeKind::Net | LexemeKind::Regex)
            | None => true,
        }
    }

    /// The depth of brackets after a lexeme, from the depth before it.
    fn depth_after(&self, i: usize, depth: usize) -> usize {
        if !self.is(i, LexemeKind::Sign) {
            return depth;
        }
        match self.word(i) {
            "(" | "[" | "{" => depth + 1,
            ")" | "]" | "}" => depth.saturating_sub(1),
            _ => depth,
        }
    }
}

/// The index of the first lexeme of each item, or of what stands where an item should.
pub(crate) fn items(source: Source<'_>) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut depth = 0;
    for i in 0..source.lexemes.len() {
        let word = source.word(i);
        if source.is(i, LexemeKind::Word) && source.indent(i) == Some(0) {
            let before = source.word(i.wrapping_sub(1));
            let at_rest = depth == 0 && !matches!(before, "," | "=" | ":" | "|" | "." | "->");
            let starts = if words::ITEMS.contains(&word) {
                source.begins(i) || word == "tools" || at_rest && matches!(source.word(i + 1), "=" | ":" | "}")
            } else {
                at_rest
                    && !stands_inside(word)
                    && !(words::is_reserved(before) && before != "true" && before != "false")
            };
            if starts {
                cuts.push(i);
                depth = 0;
            }
        }
        depth = source.depth_after(i, depth);
    }
    if cuts.first() != Some(&0) && !source.lexemes.is_empty() {
        cuts.insert(0, 0);
    }
    cuts
}

/// Words that stand inside items and may be in column 0 in a text that nobody formatted.
fn stands_inside(word: &str) -> bool {
    words::is_reserved(word)
        || words::EFFECTS.contains(&word)
        || words::RULE.contains(&word)
        || words::BUDGET.contains(&word)
        || words::STEPS.contains(&word)
        || matches!(
            word,
            "observe" | "never" | "always" | "risk" | "tags" | "open" | "extends" | "clear" | "settle" | "on"
        )
}

/// The index of the first lexeme of each clause in `range`, at a word of `clauses` (or one much like it) that begins
/// a line; the first is the begin of the range.
pub(crate) fn clauses(source: Source<'_>, range: std::ops::Range<usize>, clauses: &[&str]) -> Vec<usize> {
    let mut cuts = vec![range.start];
    let mut depth = 0;
    for i in range.start + 1..range.end {
        let word = source.word(i);
        if source.is(i, LexemeKind::Word) && source.indent(i).is_some() && source.word(i - 1) != "." {
            let known = clauses.contains(&word) && (words::is_reserved(word) || depth == 0);
            let meant =
                || depth == 0 && source.begins(i) && policyc_diag::suggest(word, clauses.iter().copied()).is_some();
            let is_key = source.word(i + 1) == ":";
            if !is_key && (known || !stands_inside(word) && meant()) {
                cuts.push(i);
                depth = 0;
            }
        }
        depth = source.depth_after(i, depth);
    }
    cuts
}

/// The index of the first lexeme of each step of a test in `range`, the head of the test being the first piece.
pub(crate) fn steps(source: Source<'_>, range: std::ops::Range<usize>) -> Vec<usize> {
    let mut cuts = vec![range.start];
    for i in range.start + 1..range.end {
        let word = source.word(i);
        let begins = source.is(i, LexemeKind::Word) && source.indent(i).is_some() && source.word(i - 1) != ".";
        let known = words::STEPS.contains(&word) && !matches!(source.word(i + 1), ":" | "." | "," | "=");
        let meant = || source.begins(i) && policyc_diag::suggest(word, words::STEPS).is_some();
        if begins && (known || !stands_inside(word) && meant()) {
            cuts.push(i);
        }
    }
    cuts
}
