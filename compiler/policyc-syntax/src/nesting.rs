//! How deep a text nests, found before anything recurses on it.
//!
//! The parser recurses on brackets, on the bodies of `any` and `all`, and on `where`; trees recurse on chains of
//! `not`, `-` and `.` besides. All are counted here over lexemes, so that a text which nests too deeply is refused
//! in linear time and no stack depends on what somebody wrote.

use crate::lexemes::{Lexeme, LexemeKind};
use crate::literals;

/// How deeply brackets, quantifiers and prefix operators may nest.
pub const MAX_NESTING: usize = 64;

/// Words that cannot stand inside an expression: they end every open quantifier outside brackets.
const CLAUSE_WORDS: [&str; 7] = ["when", "unless", "because", "for", "suggest", "approvers", "expires"];

/// Words after which an expression goes on.
const OPERATORS: [&str; 16] = [
    "and", "or", "not", "in", "within", "like", "matches", "starts", "ends", "with", "contains", "is", "has", "from",
    "any", "all",
];

/// Words that begin a type with `<`.
const GENERICS: [&str; 3] = ["list", "set", "map"];

/// An open bracket with the quantifiers that are open inside it.
struct Open {
    sign: char,
    quantifiers: usize,
}

/// The first lexeme that goes deeper than [`MAX_NESTING`], if there is one.
pub fn too_deep(text: &str, lexemes: &[Lexeme]) -> Option<Lexeme> {
    let mut open: Vec<Open> = Vec::new();
    let mut outside = 0usize;
    let mut depth = 0usize;
    let mut run = 0usize;
    let mut before = "";
    let mut operand_ended = false;
    let mut members = 0usize;
    for (i, lexeme) in lexemes.iter().enumerate() {
        if lexeme.kind == LexemeKind::Comment {
            continue;
        }
        let word = lexeme.text(text);
        let plain = lexeme.kind == LexemeKind::Word && before != "." && !is_key(text, lexemes, i);
        let is = |kind: LexemeKind, w: &str| lexeme.kind == kind && word == w;
        run =
            if plain && word == "not" || is(LexemeKind::Sign, "-") || is(LexemeKind::Sign, "!") { run + 1 } else { 0 };
        members = match (lexeme.kind, word) {
            (LexemeKind::Sign, "." | ")" | "]") => members + 1,
            (LexemeKind::Word, _) if before == "." => members,
            (LexemeKind::Sign, "(" | "[") => members,
            (LexemeKind::Word | LexemeKind::Sign | LexemeKind::Number, _)
            | (LexemeKind::Text | LexemeKind::SingleText | LexemeKind::OpenText, _)
            | (LexemeKind::Net | LexemeKind::Regex | LexemeKind::Junk | LexemeKind::Comment, _) => 0,
        };
        // INVARIANT: quantifiers are forgotten only where the parser cannot go on with the expression they are in.
        let goes_on = OPERATORS.contains(&word) && !matches!(word, "any" | "all" | "with") || word == "where";
        if plain && operand_ended && !goes_on || plain && CLAUSE_WORDS.contains(&word) || is(LexemeKind::Sign, ",") {
            while open.last().is_some_and(|o| o.sign == '<' && word != ",") {
                depth -= open.pop().map_or(0, |o| 1 + o.quantifiers);
            }
            depth -= std::mem::take(open.last_mut().map_or(&mut outside, |o| &mut o.quantifiers));
        }
        if plain && matches!(word, "any" | "all" | "where") {
            *open.last_mut().map_or(&mut outside, |o| &mut o.quantifiers) += 1;
            depth += 1;
        } else if lexeme.kind == LexemeKind::Sign {
            match word {
                "(" | "[" | "{" => {
                    open.push(Open { sign: word.chars().next().unwrap_or('('), quantifiers: 0 });
                    depth += 1;
                }
                "<" if GENERICS.contains(&before) => {
                    open.push(Open { sign: '<', quantifiers: 0 });
                    depth += 1;
                }
                ">" if open.last().is_some_and(|o| o.sign == '<') => {
                    depth -= open.pop().map_or(0, |o| 1 + o.quantifiers);
                }
                ")" | "]" | "}" => {
                    // A closer closes the brackets of types that it cannot cross, then one of its own.
                    while let Some(o) = open.pop() {
                        depth -= 1 + o.quantifiers;
                        if o.sign != '<' {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        if depth > MAX_NESTING || run > MAX_NESTING || members > 2 * MAX_NESTING {
            return Some(*lexeme);
        }
        operand_ended = ends_operand(text, lexemes, i, before == ".");
        before = word;
    }
    None
}

/// True if an expression that ends with this lexeme cannot go on with a word that is no operator.
fn ends_operand(text: &str, lexemes: &[Lexeme], i: usize, after_dot: bool) -> bool {
    let Some(lexeme) = lexemes.get(i) else { return false };
    let word = lexeme.text(text);
    match lexeme.kind {
        LexemeKind::Word => after_dot || !(OPERATORS.contains(&word) || word == "where"),
        LexemeKind::Number => !lexemes.get(i + 1).is_some_and(|next| {
            let unit = next.text(text);
            next.kind != LexemeKind::Word || literals::unit(unit).is_some() || literals::is_currency(unit)
        }),
        LexemeKind::Sign => matches!(word, ")" | "]" | "}"),
        LexemeKind::Text | LexemeKind::SingleText | LexemeKind::Net | LexemeKind::Regex => true,
        LexemeKind::Comment | LexemeKind::OpenText | LexemeKind::Junk => false,
    }
}

/// True for a word that is the key of a record or the name of an argument: `{ all: 1 }`.
fn is_key(text: &str, lexemes: &[Lexeme], i: usize) -> bool {
    lexemes.get(i + 1).is_some_and(|next| next.kind == LexemeKind::Sign && next.text(text) == ":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexemes::lexemes;

    fn deep(text: &str) -> bool {
        too_deep(text, &lexemes(text)).is_some()
    }

    #[test]
    fn brackets_quantifiers_and_prefixes_count_and_chains_do_not() {
        assert!(!deep(&"(".repeat(64)));
        assert!(deep(&"(".repeat(65)));
        assert!(deep(&"any x in xs: ".repeat(65)));
        assert!(deep(&"x from tool where ".repeat(65)));
        assert!(deep(&"not ".repeat(65)));
        assert!(deep(&"- ".repeat(65)));
        assert!(deep(&"list<".repeat(65)));
        assert!(deep(&"map<string, ".repeat(65)));
        assert!(deep(&format!("a{}", ".b".repeat(129))));
        assert!(!deep(&"a and ".repeat(5000)));
        assert!(!deep(&"rule r deny x when any c in cs: c\n".repeat(500)));
        assert!(!deep(&"a < b and ".repeat(500)));
        assert!(!deep(&"let x = any y in ys: y > 5\n".repeat(500)));
        assert!(deep(&"any x in a starts with ".repeat(65)));
        assert!(deep(&"any x in\nrule: ".repeat(65)));
        assert!(!deep(&"x(any y in ys: y), ".repeat(500)));
    }
}
