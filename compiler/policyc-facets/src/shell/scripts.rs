//! Where `sed` and `awk` scripts run commands or write files. `None` stands for what only run time can tell.

use super::named::ENVIRONMENT;

/// What a script runs, reads and writes.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub code: Vec<Option<String>>,
    pub reads: Vec<Option<String>>,
    pub writes: Vec<Option<String>>,
}

/// Reads a `sed` script; one that does not read is code that is not known.
pub(super) fn sed(script: &str) -> Found {
    let mut found = Found::default();
    let chars: Vec<char> = script.chars().collect();
    let mut at = 0_usize;
    while at < chars.len() {
        match sed_command(&chars, at, &mut found) {
            Some(next) => at = next.max(at.saturating_add(1)),
            None => {
                found.code.push(None);
                return found;
            }
        }
    }
    found
}

fn skip(chars: &[char], mut at: usize, these: &[char]) -> usize {
    while chars.get(at).is_some_and(|c| these.contains(c)) {
        at = at.saturating_add(1);
    }
    at
}

/// Past a delimiter that is not escaped and not within brackets.
fn past(chars: &[char], mut at: usize, delimiter: char, brackets: bool) -> Option<usize> {
    let mut is_set = false;
    // behind the last `]` no set closes, and nothing is looked for
    let mut may_close = true;
    loop {
        let c = *chars.get(at)?;
        let start = at;
        at = at.saturating_add(1);
        if c == '\\' && !is_set {
            at = at.saturating_add(1);
        } else if is_set {
            is_set = c != ']'
                || chars.get(start.saturating_sub(1)) == Some(&'[')
                || matches!(
                    (chars.get(start.saturating_sub(1)), chars.get(start.saturating_sub(2))),
                    (Some('^'), Some('['))
                );
        } else if c == delimiter {
            return Some(at);
        } else if c == '[' && brackets && may_close {
            may_close = chars.get(at..).is_some_and(|rest| rest.contains(&']'));
            is_set = may_close;
        } else if c == '\n' && brackets {
            return None;
        }
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars.get(at..).and_then(|rest| rest.iter().position(|c| *c == '\n')).map_or(chars.len(), |n| at.saturating_add(n))
}

fn sed_command(chars: &[char], at: usize, found: &mut Found) -> Option<usize> {
    let mut at = skip(chars, at, &[' ', '\t', '\n', ';', '{', '}']);
    // addresses
    for _ in 0..2 {
        match chars.get(at) {
            Some('/') => at = past(chars, at.saturating_add(1), '/', true)?,
            Some('\\') => {
                let delimiter = *chars.get(at.saturating_add(1))?;
                at = past(chars, at.saturating_add(2), delimiter, true)?;
            }
            _ => at = skip(chars, at, &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '$', '~', '+']),
        }
        at = skip(chars, at, &['I', 'M', ' ', '\t']);
        if chars.get(at) != Some(&',') {
            break;
        }
        at = skip(chars, at.saturating_add(1), &[' ', '\t', '+', '~']);
    }
    at = skip(chars, at, &['!', ' ', '\t']);
    let Some(command) = chars.get(at) else { return Some(chars.len()) };
    let rest = at.saturating_add(1);
    match command {
        's' => {
            let delimiter = *chars.get(rest).filter(|c| **c != '\\' && **c != '\n')?;
            let middle = past(chars, rest.saturating_add(1), delimiter, true)?;
            let mut at = past(chars, middle, delimiter, false)?;
            while let Some(flag) = chars.get(at) {
                match flag {
                    'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => at = at.saturating_add(1),
                    'e' => {
                        found.code.push(None);
                        at = at.saturating_add(1);
                    }
                    'w' => {
                        let end = line_end(chars, at);
                        found.writes.push(Some(text(chars, at.saturating_add(1), end)));
                        return Some(end);
                    }
                    ' ' | '\t' | '\n' | ';' | '}' | '#' => break,
                    _ => return None,
                }
            }
            Some(at)
        }
        'y' => {
            let delimiter = *chars.get(rest)?;
            let middle = past(chars, rest.saturating_add(1), delimiter, false)?;
            past(chars, middle, delimiter, false)
        }
        'e' => {
            let end = line_end(chars, rest);
            let code = text(chars, rest, end);
            found.code.push((!code.is_empty()).then_some(code));
            Some(end)
        }
        'w' | 'W' => {
            let end = line_end(chars, rest);
            found.writes.push(Some(text(chars, rest, end)));
            Some(end)
        }
        'r' | 'R' => {
            let end = line_end(chars, rest);
            found.reads.push(Some(text(chars, rest, end)));
            Some(end)
        }
        '#' | ':' | 'b' | 't' | 'T' => {
            let end = line_end(chars, rest);
            if matches!(command, 'b' | 't' | 'T' | ':') {
                let semicolon = chars.get(rest..end)?.iter().position(|c| matches!(c, ';' | '}'));
                return Some(semicolon.map_or(end, |n| rest.saturating_add(n)));
            }
            Some(end)
        }
        'a' | 'i' | 'c' => {
            let mut end = line_end(chars, rest);
            while end < chars.len() && chars.get(end.saturating_sub(1)) == Some(&'\\') {
                end = line_end(chars, end.saturating_add(1));
            }
            Some(end)
        }
        'p' | 'P' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'x' | 'n' | 'N' | 'q' | 'Q' | 'l' | 'L' | '=' | 'z' | 'F'
        | 'v' => Some(skip(chars, rest, &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ' ', '\t'])),
        '}' => Some(rest),
        _ => None,
    }
}

fn text(chars: &[char], from: usize, to: usize) -> String {
    let text: String = chars.get(from..to).unwrap_or(&[]).iter().collect();
    text.trim().to_owned()
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
    Pipe,
    Append,
    Regex,
}

/// Reads an `awk` program for pipes, `system` and files.
pub(super) fn awk(program: &str) -> Found {
    let tokens = tokens(program);
    let mut found = Found::default();
    let mut is_print = false;
    let mut open = 0_i32;
    let mut opened_at = 0_i32;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at.saturating_add(1));
        let after = tokens.get(at.saturating_add(2));
        let third = tokens.get(at.saturating_add(3));
        match token {
            Token::Word(word) if word == "system" => {
                found.code.push(match (next, after, third) {
                    (Some(Token::Sign('(')), Some(Token::Text(code)), Some(Token::Sign(')'))) => Some(code.clone()),
                    _ => None,
                });
            }
            Token::Word(word) if word == "print" || word == "printf" => {
                is_print = true;
                opened_at = open;
            }
            Token::Word(word) if word == "getline" => {
                // `getline < file` and `getline variable < file`
                let from = tokens.iter().skip(at.saturating_add(1)).take(4).position(|t| *t == Token::Sign('<'));
                if let Some(from) = from {
                    let file = tokens.get(at.saturating_add(from).saturating_add(2));
                    found.reads.push(match file {
                        Some(Token::Text(file)) => Some(file.clone()),
                        _ => None,
                    });
                }
            }
            Token::Word(word) if word == "ENVIRON" => found.reads.push(Some(ENVIRONMENT.to_owned())),
            // the words that name its files are a list like any other
            Token::Word(word) if word == "ARGV" => found.reads.push(None),
            Token::Word(_) | Token::Text(_) | Token::Regex => {}
            Token::Pipe => match (next, at.checked_sub(1).and_then(|before| tokens.get(before))) {
                (Some(Token::Word(word)), Some(Token::Text(code))) if word == "getline" => {
                    let is_alone =
                        at.checked_sub(2).and_then(|b| tokens.get(b)).is_none_or(|t| matches!(t, Token::Sign(_)));
                    found.code.push(is_alone.then(|| code.clone()));
                }
                (Some(Token::Text(code)), _) if after.is_none_or(|t| matches!(t, Token::Sign(';' | '}' | '\n'))) => {
                    found.code.push(Some(code.clone()));
                }
                _ => found.code.push(None),
            },
            Token::Append | Token::Sign('>') => {
                if is_print && open <= opened_at {
                    found.writes.push(match (next, after) {
                        (Some(Token::Text(file)), None | Some(Token::Sign(';' | '}' | '\n'))) => Some(file.clone()),
                        _ => None,
                    });
                }
            }
            Token::Sign('(') => open = open.saturating_add(1),
            Token::Sign(')') => open = open.saturating_sub(1),
            Token::Sign(';' | '}' | '\n') => is_print = false,
            // calls by name, and what is loaded
            Token::Sign('@') => found.code.push(None),
            Token::Sign(_) => {}
        }
    }
    found
}

fn tokens(program: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut chars = program.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let mut text = String::new();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('n') => text.push('\n'),
                            Some('t') => text.push('\t'),
                            Some(c) => text.push(c),
                            None => break,
                        },
                        c => text.push(c),
                    }
                }
                out.push(Token::Text(text));
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' => {
                let is_value = match out.last() {
                    Some(Token::Word(word)) => !matches!(word.as_str(), "print" | "printf" | "return" | "in" | "case"),
                    Some(Token::Text(_) | Token::Regex) => true,
                    Some(Token::Sign(sign)) => matches!(sign, ')' | ']' | '$'),
                    Some(Token::Pipe | Token::Append) | None => false,
                };
                if is_value {
                    out.push(Token::Sign('/'));
                    continue;
                }
                let mut is_set = false;
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '[' => is_set = true,
                        ']' => is_set = false,
                        '/' if !is_set => break,
                        '\n' => break,
                        _ => {}
                    }
                }
                out.push(Token::Regex);
            }
            '|' => {
                if chars.next_if_eq(&'|').is_some() {
                    out.push(Token::Sign('o'));
                } else {
                    chars.next_if_eq(&'&');
                    out.push(Token::Pipe);
                }
            }
            '>' => {
                if chars.next_if_eq(&'>').is_some() {
                    out.push(Token::Append);
                } else if chars.next_if_eq(&'=').is_some() {
                    out.push(Token::Sign('g'));
                } else {
                    out.push(Token::Sign('>'));
                }
            }
            '\\' => {
                chars.next();
            }
            ' ' | '\t' => {}
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                out.push(Token::Word(word));
            }
            c => out.push(Token::Sign(c)),
        }
    }
    out
}
