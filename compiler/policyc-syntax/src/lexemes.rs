//! A text cut into lexemes: words, signs, literals, comments, and what belongs to none.
//!
//! Cutting is total and linear: every text has lexemes, whatever it is. The parser does not run on them; limits,
//! comments, recovery and messages do. The rule `lexemes` of the grammar says the same; it is cut by hand here
//! because every file is cut once before it is parsed, and a test holds the two against each other.

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

/// Signs of more than one character, each before its own beginnings.
const LONG_SIGNS: [&str; 12] = ["...", "===", "!==", "->", "==", "!=", "<=", ">=", "=~", "!~", "&&", "||"];

/// All lexemes of a text, comments included, blank space not.
pub fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut all = Vec::with_capacity(text.len() / 6);
    let mut at = 0;
    // Up to here no `/` has a partner on its line: looking once is enough for all of them.
    let mut lonely_until = 0;
    while let Some(rest) = text.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        if matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{FEFF}') {
            at += c.len_utf8();
            continue;
        }
        let (kind, len) = if c == '/' && at < lonely_until { (LexemeKind::Sign, 1) } else { lexeme(rest, c) };
        if c == '/' && kind == LexemeKind::Sign && !rest.starts_with("//") && at >= lonely_until {
            lonely_until = at + line(rest).len();
        }
        all.push(Lexeme { kind, start: at, end: at + len });
        at += len;
    }
    all
}

/// The lexeme at the begin of `rest`, which begins with `c`.
fn lexeme(rest: &str, c: char) -> (LexemeKind, usize) {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied().unwrap_or(0);
    match c {
        '/' if second == b'/' => (LexemeKind::Comment, line(rest).len()),
        '/' => match closing(rest, b'/') {
            Some(len) if len > 2 => (LexemeKind::Regex, len),
            Some(_) | None => (LexemeKind::Sign, 1),
        },
        '"' => closing(rest, b'"').map_or_else(|| (LexemeKind::OpenText, line(rest).len()), |l| (LexemeKind::Text, l)),
        '\'' => closing(rest, b'\'')
            .map_or_else(|| (LexemeKind::OpenText, line(rest).len()), |l| (LexemeKind::SingleText, l)),
        ':' if second == b':' => net(bytes).map_or((LexemeKind::Sign, 1), |len| (LexemeKind::Net, len)),
        '0'..='9' => match net(bytes) {
            Some(len) => (LexemeKind::Net, len),
            None => (LexemeKind::Number, number(bytes)),
        },
        'a'..='f' | 'A'..='F' => match net(bytes) {
            Some(len) => (LexemeKind::Net, len),
            None => (LexemeKind::Word, run(bytes, is_wc)),
        },
        'g'..='z' | 'G'..='Z' | '_' => (LexemeKind::Word, run(bytes, is_wc)),
        _ => {
            if rest.starts_with("<>") {
                return (LexemeKind::Sign, 2);
            }
            if let Some(sign) = LONG_SIGNS.iter().find(|s| rest.starts_with(**s)) {
                return (LexemeKind::Sign, sign.len());
            }
            let sign = "{}()[]<>,:.=|?+-*!%".contains(c);
            (if sign { LexemeKind::Sign } else { LexemeKind::Junk }, c.len_utf8())
        }
    }
}

fn is_wc(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// How many bytes at the begin are so.
fn run(bytes: &[u8], so: fn(u8) -> bool) -> usize {
    bytes.iter().position(|b| !so(*b)).unwrap_or(bytes.len())
}

/// The rest of the line.
fn line(rest: &str) -> &str {
    rest.split('\n').next().unwrap_or(rest)
}

/// The length of a literal that ends with `quote` on its line; a backslash takes the next character along.
fn closing(rest: &str, quote: u8) -> Option<usize> {
    let mut escaped = false;
    for (i, b) in rest.bytes().enumerate().skip(1) {
        match b {
            b'\n' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if b == quote => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// Digits and what hangs on them: `5`, `1.5`, `10min`.
fn number(bytes: &[u8]) -> usize {
    let mut at = 1;
    loop {
        at += run(bytes.get(at..).unwrap_or(&[]), is_wc);
        let goes_on = bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !goes_on {
            return at;
        }
        at += 2;
    }
}

/// The length of an address or network at the begin.
fn net(bytes: &[u8]) -> Option<usize> {
    let address = v4(bytes).or_else(|| v6(bytes))?;
    let tail = bytes.get(address..).unwrap_or(&[]);
    let digits = |from: usize| run(tail.get(from..).unwrap_or(&[]), |b| b.is_ascii_digit());
    let prefix = if tail.first() == Some(&b'/') && digits(1) > 0 { 1 + digits(1) } else { 0 };
    (!tail.get(prefix).copied().is_some_and(is_wc)).then_some(address + prefix)
}

fn v4(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        if part > 0 {
            bytes.get(at).filter(|b| **b == b'.')?;
            at += 1;
        }
        let digits = run(bytes.get(at..)?, |b| b.is_ascii_digit());
        at += Some(digits).filter(|n| *n > 0)?;
    }
    Some(at)
}

/// Up to four hexadecimal digits, and no fifth.
fn hex(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = run(bytes.get(at..)?.get(..5.min(bytes.len() - at))?, |b| b.is_ascii_hexdigit());
    (1..=4).contains(&digits).then_some(at + digits)
}

fn v6(bytes: &[u8]) -> Option<usize> {
    let colon = |at: usize| bytes.get(at) == Some(&b':');
    let mut groups = 0;
    let mut at = 0;
    if let Some(end) = hex(bytes, 0) {
        (at, groups) = (end, 1);
        while groups < 9
            && let Some(end) = hex(bytes, at + 1).filter(|_| colon(at))
        {
            (at, groups) = (end, groups + 1);
        }
    }
    if !(colon(at) && colon(at + 1)) {
        // Eight groups without an abbreviation; a ninth does not belong to it.
        let mut end = hex(bytes, 0).filter(|_| groups >= 8)?;
        for _ in 0..7 {
            end = hex(bytes, end + 1)?;
        }
        return Some(end);
    }
    at += 2;
    if let Some(len) = v4(bytes.get(at..).unwrap_or(&[])) {
        return Some(at + len);
    }
    let Some(mut end) = hex(bytes, at) else { return Some(at) };
    for _ in 0..8 {
        match hex(bytes, end + 1).filter(|next| colon(end) && bytes.get(*next) != Some(&b'.')) {
            Some(next) => end = next,
            None => break,
        }
    }
    if colon(end)
        && let Some(len) = v4(bytes.get(end + 1..).unwrap_or(&[]))
    {
        end += 1 + len;
    }
    Some(end)
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

    /// What the rule of the grammar says.
    fn by_the_grammar(text: &str) -> Vec<Lexeme> {
        use crate::grammar::{Grammar, Rule};
        use pest::Parser;
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
        let pairs = Grammar::parse(Rule::lexemes, text).unwrap().flat_map(|p| p.into_inner());
        pairs
            .filter_map(|pair| {
                let kind = KINDS.iter().find(|(r, _)| *r == pair.as_rule())?.1;
                Some(Lexeme { kind, start: pair.as_span().start(), end: pair.as_span().end() })
            })
            .collect()
    }

    #[test]
    fn cutting_by_hand_is_cutting_by_the_grammar() {
        let parts = [
            "a",
            "fe80",
            "::",
            ":",
            "1",
            "10",
            ".",
            "/",
            "8",
            "12345",
            "ffff",
            "\"",
            "'",
            "\\",
            "//",
            "\n",
            " ",
            "=",
            "!",
            "<",
            ">",
            "-",
            "é",
            "~",
            "&",
            "|",
            "g",
            "_",
            "1.2.3.4",
            ":1:2:3:4:5:6:7:8",
            "*",
            "?",
            "{",
            "}",
            ",",
            "\u{FEFF}",
            "\t",
            "\r",
            "%",
        ];
        let mut seed = 1u64;
        for _ in 0..4000 {
            let mut text = String::new();
            for _ in 0..8 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(parts[usize::try_from(seed >> 33).unwrap() % parts.len()]);
            }
            assert_eq!(lexemes(&text), by_the_grammar(&text), "{text:?}");
        }
        let everything = include_str!("testdata/everything.policy");
        assert_eq!(lexemes(everything), by_the_grammar(everything));
    }

    #[test]
    fn networks_and_expressions_are_no_divisions() {
        assert_eq!(cut("{ 10.0.0.0/8, 10.1.0.0/16 }"), ["{", "10.0.0.0/8", ",", "10.1.0.0/16", "}"]);
        assert_eq!(cut("x matches /[\"']/ // why"), ["x", "matches", "/[\"']/", "// why"]);
        assert_eq!(cut("fe80::/10 in xs: a"), ["fe80::/10", "in", "xs", ":", "a"]);
    }
}
