//! Globs of the shell: whether one matches a text, and how text is escaped in one.
//!
//! Matching takes time in proportion to both lengths; a bracket that is not read matches any character.

/// One step of a glob.
enum Step<'p> {
    Any,
    One,
    Char(char),
    Set(&'p str),
}

fn steps(pattern: &str) -> Vec<Step<'_>> {
    let mut out = Vec::new();
    let mut rest = pattern;
    // behind the last `]` no set closes, and nothing is looked for
    let mut may_close = pattern.contains(']');
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '*' => out.push(Step::Any),
            '?' => out.push(Step::One),
            '\\' => {
                let next = rest.chars().next().unwrap_or('\\');
                rest = rest.get(next.len_utf8()..).unwrap_or("");
                out.push(Step::Char(next));
            }
            '[' => match may_close.then(|| set_length(rest)).flatten() {
                Some(length) => {
                    out.push(Step::Set(rest.get(..length).unwrap_or("")));
                    rest = rest.get(length.saturating_add(1)..).unwrap_or("");
                }
                None => {
                    may_close = false;
                    out.push(Step::Char('['));
                }
            },
            c => out.push(Step::Char(c)),
        }
    }
    out
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
    let steps = steps(pattern);
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut here) = (0_usize, 0_usize);
    let mut back: Option<(usize, usize)> = None;
    loop {
        match (steps.get(at), chars.get(here)) {
            (Some(Step::Any), _) => {
                back = Some((at, here));
                at = at.saturating_add(1);
            }
            (Some(step), Some(c)) if fits(step, *c) => {
                at = at.saturating_add(1);
                here = here.saturating_add(1);
            }
            (None, None) => return true,
            _ => match back {
                Some((star, from)) if from < chars.len() => {
                    back = Some((star, from.saturating_add(1)));
                    at = star.saturating_add(1);
                    here = from.saturating_add(1);
                }
                _ => return false,
            },
        }
    }
}

/// Whether an unquoted text holds a glob.
pub(super) fn is_glob(pattern: &str) -> bool {
    steps(pattern).iter().any(|step| !matches!(step, Step::Char(_)))
}

/// Whether the glob is plain enough that `matches` is exact.
pub(super) fn is_exact(pattern: &str) -> bool {
    !steps(pattern).iter().any(|step| matches!(step, Step::Set(_)))
}

/// Text as a glob that matches it alone.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
