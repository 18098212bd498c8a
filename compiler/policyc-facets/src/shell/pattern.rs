//! Globs of the shell: whether one matches a text, and how text is escaped in one.
//!
//! Matching takes time in proportion to both lengths; a bracket that is not read matches any character.

use std::borrow::Cow;
use std::str::Chars;

/// One step of a glob.
enum Step<'p> {
    Any,
    One,
    Char(char),
    Set(&'p str),
}

/// The steps of a glob, one after the other.
struct Steps<'p> {
    rest: &'p str,
    /// Behind the last `]` no set closes, and nothing is looked for.
    may_close: bool,
}

fn steps(pattern: &str) -> Steps<'_> {
    Steps { rest: pattern, may_close: true }
}

impl<'p> Iterator for Steps<'p> {
    type Item = Step<'p>;

    fn next(&mut self) -> Option<Step<'p>> {
        let c = self.rest.chars().next()?;
        let rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        self.rest = rest;
        Some(match c {
            '*' => Step::Any,
            '?' => Step::One,
            '\\' => {
                let next = rest.chars().next().unwrap_or('\\');
                self.rest = rest.get(next.len_utf8()..).unwrap_or("");
                Step::Char(next)
            }
            '[' => match self.may_close.then(|| set_length(rest)).flatten() {
                Some(length) => {
                    self.rest = rest.get(length.saturating_add(1)..).unwrap_or("");
                    Step::Set(rest.get(..length).unwrap_or(""))
                }
                None => {
                    self.may_close = false;
                    Step::Char('[')
                }
            },
            c => Step::Char(c),
        })
    }
}

/// Bytes of a set, up to its `]`; the first character may be one.
fn set_length(rest: &str) -> Option<usize> {
    let skip = rest.bytes().take_while(|b| matches!(b, b'!' | b'^')).count().min(1);
    let from = skip.saturating_add(1);
    rest.get(from..).and_then(|tail| tail.find(']')).map(|at| at.saturating_add(from))
}

fn fits(step: &Step<'_>, c: char) -> bool {
    match step {
        Step::Any | Step::One => true,
        Step::Char(own) => *own == c,
        Step::Set(set) => in_set(set, c),
    }
}

fn in_set(set: &str, c: char) -> bool {
    if set.contains(['[', '\\']) {
        return true;
    }
    let (negated, set) = match set.strip_prefix(['!', '^']) {
        Some(rest) => (true, rest),
        None => (false, set),
    };
    let chars: Vec<char> = set.chars().collect();
    let mut rest = chars.as_slice();
    let mut found = false;
    loop {
        rest = match rest {
            [from, '-', to, rest @ ..] => {
                // the order of letters is the locale's
                found |= (*from <= c && c <= *to) || c.is_alphabetic();
                rest
            }
            [own, rest @ ..] => {
                found |= *own == c;
                rest
            }
            [] => break,
        };
    }
    found != negated || set.contains('-')
}

/// Whether the glob matches the text; at least whenever bash says so.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    matches_any(pattern, &[text])
}

/// Whether the glob matches one of the texts.
pub(super) fn matches_any(pattern: &str, texts: &[&str]) -> bool {
    let steps: Vec<Step<'_>> = steps(pattern).collect();
    texts.iter().any(|text| is_match(&steps, text))
}

fn is_match(steps: &[Step<'_>], text: &str) -> bool {
    let (mut at, mut here) = (0_usize, text.chars());
    // behind the last `*`, and what is tried there next
    let mut back: Option<(usize, Chars<'_>)> = None;
    loop {
        match (steps.get(at), here.clone().next()) {
            (Some(Step::Any), _) => {
                at = at.saturating_add(1);
                back = Some((at, here.clone()));
            }
            (Some(step), Some(c)) if fits(step, c) => {
                at = at.saturating_add(1);
                here.next();
            }
            (None, None) => return true,
            _ => {
                let Some((behind, from)) = &mut back else { return false };
                if from.next().is_none() {
                    return false;
                }
                at = *behind;
                here = from.clone();
            }
        }
    }
}

/// Whether an unquoted text holds a glob.
pub(super) fn is_glob(pattern: &str) -> bool {
    steps(pattern).any(|step| !matches!(step, Step::Char(_)))
}

/// Whether the glob is plain enough that `matches` is exact.
pub(super) fn is_exact(pattern: &str) -> bool {
    !steps(pattern).any(|step| matches!(step, Step::Set(_)))
}

/// Text as a glob that matches it alone.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\');
    if !text.contains(is_special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Cow::Owned(out)
}
