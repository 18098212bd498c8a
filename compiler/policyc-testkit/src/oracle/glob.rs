//! Globs by trying every split, and regular expressions by an engine that the evaluator does not use.

use regex_automata::nfa::thompson::pikevm::PikeVM;

/// SPEC: [S4.14] `*` any run of characters, `?` one, `\` takes the next literally; over the whole text.
pub fn like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // fits[j]: what was read of the pattern fits the first j characters.
    let mut fits: Vec<bool> = (0..=text.len()).map(|j| j == 0).collect();
    let mut at = 0;
    while let Some(c) = pattern.get(at) {
        let mut next = vec![false; text.len() + 1];
        let literal = if *c == '\\' {
            at += 1;
            pattern.get(at).copied().unwrap_or('\\')
        } else {
            *c
        };
        for (j, slot) in next.iter_mut().enumerate() {
            let before = |k: usize| fits.get(k).copied().unwrap_or(false);
            *slot = match *c {
                '*' => (0..=j).any(before),
                '?' => j > 0 && before(j - 1),
                _ => j > 0 && before(j - 1) && text.get(j - 1) == Some(&literal),
            };
        }
        fits = next;
        at += 1;
    }
    fits.last().copied().unwrap_or(false)
}

/// Whether the expression matches somewhere in the text; `None` if it is no expression.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    let engine = PikeVM::new(pattern).ok()?;
    let mut cache = engine.create_cache();
    Some(engine.is_match(&mut cache, text))
}

/// Where the expression matches, in bytes; empty matches left out.
pub fn spans(pattern: &str, text: &str) -> Option<Vec<(usize, usize)>> {
    let engine = PikeVM::new(pattern).ok()?;
    let mut cache = engine.create_cache();
    let found = engine.find_iter(&mut cache, text).map(|m| (m.start(), m.end()));
    Some(found.filter(|(from, to)| from < to).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_cover_the_whole_text() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("a?c", "aéc", true),
            (r"a\*c", "a*c", true),
            (r"a\*c", "abc", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(like(pattern, text), fits, "{pattern} {text}");
        }
    }
}
