//! Globs over texts: `*` any run of characters, `?` one character, `\` takes the next literally.
//!
//! A glob is cut at its stars when the policy is loaded. Matching then finds the pieces from left to right, each as
//! early as it can stand; it never goes back, so its time is linear in the text for every piece without `?`, and at
//! most length of text times length of piece for one with.

/// A glob, ready to match.
#[derive(Debug)]
pub(crate) struct Glob {
    /// What stands before the first, between, and after the last star: one piece if there is no star.
    pieces: Box<[Piece]>,
}

/// Where a text stands in everything that a glob fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Start,
    End,
    Somewhere,
}

#[derive(Debug)]
enum Piece {
    Plain(Box<str>),
    /// `None` is any character.
    Wild(Box<[Option<char>]>),
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut piece: Vec<Option<char>> = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(Piece::new(std::mem::take(&mut piece))),
                '?' => piece.push(None),
                // A backslash at the end stands for itself.
                '\\' => piece.push(Some(chars.next().unwrap_or('\\'))),
                other => piece.push(Some(other)),
            }
        }
        pieces.push(Piece::new(piece));
        Self { pieces: pieces.into() }
    }

    pub(crate) fn fits(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &*self.pieces else {
            return match &*self.pieces {
                [only] => only.starts(text).is_some_and(str::is_empty),
                _ => false,
            };
        };
        let Some(mut rest) = first.starts(text) else { return false };
        for piece in middle {
            let Some(after) = piece.find(rest) else { return false };
            rest = after;
        }
        last.ends(rest)
    }

    /// How much one match can cost, for each byte of the text.
    pub(crate) fn cost(&self) -> u64 {
        let wild = self.pieces.iter().map(|p| match p {
            Piece::Plain(_) => 1,
            Piece::Wild(chars) => u64::try_from(chars.len()).unwrap_or(u64::MAX),
        });
        wild.max().unwrap_or(1)
    }

    /// The longest text that stands in everything that the glob fits, and where.
    pub(crate) fn literal(&self) -> Option<(Where, String)> {
        let last = self.pieces.len().saturating_sub(1);
        let mut best: Option<(Where, String)> = None;
        for (i, piece) in self.pieces.iter().enumerate() {
            let runs: Vec<String> = match piece {
                Piece::Plain(text) => vec![text.to_string()],
                Piece::Wild(chars) => chars.split(Option::is_none).map(|run| run.iter().flatten().collect()).collect(),
            };
            let plain = matches!(piece, Piece::Plain(_));
            let place = match i {
                0 if plain => Where::Start,
                i if i == last && plain => Where::End,
                _ => Where::Somewhere,
            };
            for run in runs {
                if !run.is_empty() && best.as_ref().is_none_or(|(_, text)| run.len() > text.len()) {
                    best = Some((place, run));
                }
            }
        }
        best
    }
}

impl Piece {
    fn new(chars: Vec<Option<char>>) -> Self {
        match chars.iter().copied().collect::<Option<String>>() {
            Some(text) => Self::Plain(text.into()),
            None => Self::Wild(chars.into()),
        }
    }

    /// What follows if the text begins with this piece.
    fn starts<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Plain(plain) => text.strip_prefix(&**plain),
            Self::Wild(wanted) => {
                let mut chars = text.chars();
                for want in wanted {
                    let found = chars.next()?;
                    if want.is_some_and(|w| w != found) {
                        return None;
                    }
                }
                Some(chars.as_str())
            }
        }
    }

    /// What follows the first place where this piece stands.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Plain(plain) => text.find(&**plain).and_then(|at| text.get(at..)).and_then(|t| self.starts(t)),
            Self::Wild(_) => {
                let mut rest = text;
                loop {
                    if let Some(after) = self.starts(rest) {
                        return Some(after);
                    }
                    let mut chars = rest.chars();
                    chars.next()?;
                    rest = chars.as_str();
                }
            }
        }
    }

    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Plain(plain) => text.ends_with(&**plain),
            Self::Wild(wanted) => {
                let mut chars = text.chars();
                wanted.iter().rev().all(|want| chars.next_back().is_some_and(|c| want.is_none_or(|w| w == c)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_fits_the_whole_text() {
        for (pattern, fits, fits_not) in [
            ("", vec![""], vec!["a"]),
            ("*", vec!["", "abc"], vec![]),
            ("a", vec!["a"], vec!["", "aa", "b"]),
            ("a*", vec!["a", "ab"], vec!["", "ba"]),
            ("*a", vec!["a", "ba"], vec!["ab"]),
            ("a*a", vec!["aa", "aba"], vec!["a", "ab"]),
            ("*ab*ab*", vec!["abab", "xabyabz"], vec!["ab", "aab"]),
            ("?", vec!["a", "ä", "\u{1f600}"], vec!["", "ab"]),
            ("?*?", vec!["ab", "abc"], vec!["a"]),
            ("a?c*?e", vec!["abcde", "abc--e"], vec!["abce", "ace"]),
            ("*a?b*", vec!["aab", "xaxbx", "aaxb"], vec!["ab", "aaxxb"]),
            (r"\*", vec!["*"], vec!["a", r"\*"]),
            (r"a\", vec![r"a\"], vec!["a"]),
            (r"\?x", vec!["?x"], vec!["ax"]),
        ] {
            let glob = Glob::new(pattern);
            for text in fits {
                assert!(glob.fits(text), "{pattern} {text}");
            }
            for text in fits_not {
                assert!(!glob.fits(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn what_it_fits_contains_its_literal() {
        let literal = |p: &str| Glob::new(p).literal();
        assert_eq!(literal("/srv/*_042.pem"), Some((Where::End, "_042.pem".to_owned())));
        assert_eq!(literal("/srv/data/*.pem"), Some((Where::Start, "/srv/data/".to_owned())));
        assert_eq!(literal("a?bcd*e"), Some((Where::Somewhere, "bcd".to_owned())));
        assert_eq!(literal("*?*"), None);
    }
}
