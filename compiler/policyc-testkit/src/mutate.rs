//! One mistake in a text, as people make them: a token that is missing, two neighbours that changed places.
//!
//! Tokens are cut here, without the parser, so that the parser's own idea of a token is tested too.

use std::ops::Range;

/// Where the tokens of a text are; comments and blanks are none.
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let first = rest.chars().next().unwrap_or(' ');
        let len = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '/' && regex_begins(text, at) {
            quoted(rest, '/')
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            let two = rest.get(..2).unwrap_or("");
            if ["->", "==", "!=", "<=", ">="].contains(&two) { 2 } else { first.len_utf8() }
        };
        out.push(at..at + len);
        at += len;
    }
    out
}

/// A slash begins a regular expression where the line has another one behind it.
fn regex_begins(text: &str, at: usize) -> bool {
    let line = text.get(at + 1..).and_then(|rest| rest.split('\n').next()).unwrap_or("");
    let before = text.get(..at).unwrap_or("").trim_end();
    line.contains('/') && (before.ends_with("matches") || before.ends_with("matching") || before.ends_with(','))
}

/// The length of a quoted text, quotes included; an open one reaches to the end of its line.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '\n' {
            return at;
        }
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The text without one token.
pub fn without(text: &str, token: &Range<usize>) -> String {
    let (before, after) = (text.get(..token.start).unwrap_or(""), text.get(token.end..).unwrap_or(""));
    format!("{before}{after}")
}

/// The text with two tokens in each other's place; `first` stands before `second`.
pub fn swapped(text: &str, first: &Range<usize>, second: &Range<usize>) -> String {
    let part = |range: Range<usize>| text.get(range).unwrap_or("");
    let between = part(first.end..second.start);
    let rest = text.get(second.end..).unwrap_or("");
    format!("{}{}{between}{}{rest}", part(0..first.start), part(second.clone()), part(first.clone()))
}

/// The line of a byte, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_signs_and_texts() {
        let text = "rule a // no\n  when x.y >= 10.0.0.0/8 and z matches /a b/ or \"c \\\" d\"";
        let found: Vec<&str> = tokens(text).into_iter().map(|t| &text[t]).collect();
        let expected = [
            "rule",
            "a",
            "when",
            "x.y",
            ">=",
            "10.0.0.0",
            "/",
            "8",
            "and",
            "z",
            "matches",
            "/a b/",
            "or",
            "\"c \\\" d\"",
        ];
        assert_eq!(found, expected);
        assert_eq!(swapped("a b c", &(0..1), &(2..3)), "b a c");
    }
}
