//! A text cut into lexemes: words, signs, literals, comments, and what belongs to none.
//!
//! Cutting is total and linear: every text has lexemes, whatever it is. The parser does not run on them; limits,
//! comments, recovery and messages do.

use pest::Parser;

use crate::grammar::{Grammar, Pair, Rule};

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexemeKind {
    /// `// …`
    Comment,
    /// An address or a network.
    Net,
    /// `"…"`
    Text,
    /// `'…'`
    SingleText,
    /// A quote without its partner on the line.
    OpenText,
    /// `/…/`
    Regex,
    /// Digits and what hangs on them.
    Number,
    /// Letters, digits and `_`.
    Word,
    /// Brackets, operators, punctuation.
    Sign,
    /// A character that the language does not use.
    Junk,
}

/// One lexeme: bytes `start` to `end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Lexeme {
    /// The lexeme's own text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// All lexemes of a text, comments included, blank space not.
pub fn lexemes(text: &str) -> Vec<Lexeme> {
    let Ok(pairs) = Grammar::parse(Rule::lexemes, text) else { return Vec::new() };
    pairs.flat_map(Pair::into_inner).filter_map(|pair| lexeme(&pair)).collect()
}

fn lexeme(pair: &Pair<'_>) -> Option<Lexeme> {
    const KINDS: [(Rule, LexemeKind); 10] = [
        (Rule::l_word, LexemeKind::Word),
        (Rule::l_sign, LexemeKind::Sign),
        (Rule::text, LexemeKind::Text),
        (Rule::l_comment, LexemeKind::Comment),
        (Rule::l_number, LexemeKind::Number),
        (Rule::net, LexemeKind::Net),
        (Rule::regex, LexemeKind::Regex),
        (Rule::single_text, LexemeKind::SingleText),
        (Rule::l_open_text, LexemeKind::OpenText),
        (Rule::l_junk, LexemeKind::Junk),
    ];
    let rule = pair.as_rule();
    let kind = KINDS.iter().find(|(r, _)| *r == rule).map(|(_, kind)| *kind)?;
    let span = pair.as_span();
    Some(Lexeme { kind, start: span.start(), end: span.end() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        lexemes(text).iter().map(|l| l.text(text)).collect()
    }

    #[test]
    fn every_byte_is_in_a_lexeme_or_blank() {
        for text in ["", "a.b == \"x\" // c", "é§ \u{0} '", "10.0.0.0/8 /re/ ::1 a::1", "\"open\nnext"] {
            let kept: String = lexemes(text).iter().map(|l| l.text(text)).collect();
            let want: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            assert_eq!(kept.replace(' ', ""), want);
        }
    }

    #[test]
    fn networks_and_expressions_are_no_divisions() {
        assert_eq!(cut("{ 10.0.0.0/8, 10.1.0.0/16 }"), ["{", "10.0.0.0/8", ",", "10.1.0.0/16", "}"]);
        assert_eq!(cut("x matches /[\"']/ // why"), ["x", "matches", "/[\"']/", "// why"]);
        assert_eq!(cut("fe80::/10 in xs: a"), ["fe80::/10", "in", "xs", ":", "a"]);
    }
}
