//! What is looked at before a text is parsed: whether servers agree where its words, strings and comments end, and
//! whether it is small and flat enough.
//!
//! Nothing here says what a text means. A text passes only if the tree that it can become is bounded in size and
//! depth, and if its dialect settles every place at which strings and comments are read in more than one way.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enums have a hundred variants; what is not named here is not relied on"
)]

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace};

use super::Dialect;
use crate::{Unknown, limits};

const TOO_DEEP: Unknown = Unknown("the text nests deeper than what is read");
const TOO_LONG: Unknown = Unknown("the text is longer than what is read");
const BACKSLASH: Unknown = Unknown("a backslash stands before a quote, where the string ends depends on settings");
const COMMENT: Unknown = Unknown("the text has a comment that servers end at different places");
const QUOTING: Unknown = Unknown("the text has a string that servers of its dialect do not quote so");

/// Looks at the bare text.
pub(super) fn text(text: &str, dialect: Dialect) -> Result<(), Unknown> {
    if text.is_empty() {
        return Err(Unknown("the text is empty"));
    }
    if text.len() > limits::MAX_TEXT {
        return Err(TOO_LONG);
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let alone = c == '\r' && chars.peek() != Some(&'\n');
        if alone || (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            return Err(Unknown("the text contains a control character, which servers read differently"));
        }
        if !c.is_ascii() && c.is_whitespace() {
            return Err(Unknown("the text contains white space that some servers take for a letter"));
        }
    }
    let has = |needle: &str| text.as_bytes().windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()));
    if has("u&\"") {
        return Err(Unknown("the text has a name that is written in escapes"));
    }
    if has("/*m!") && matches!(dialect, Dialect::MySql | Dialect::Generic | Dialect::Ansi) {
        return Err(Unknown("the text has a comment that some versions of the server execute"));
    }
    if text.contains("/*!") && matches!(dialect, Dialect::Generic | Dialect::Ansi) {
        return Err(Unknown("the text has a comment that some servers execute"));
    }
    Ok(())
}

/// Looks at the words, strings and comments.
pub(super) fn tokens(tokens: &[TokenWithSpan], dialect: Dialect) -> Result<(), Unknown> {
    if tokens.len() > limits::SQL_TOKENS {
        return Err(TOO_LONG);
    }
    let mut shape = Shape::default();
    let mut verbs = Verbs::default();
    let mut before: Option<&Token> = None;
    for TokenWithSpan { token, .. } in tokens {
        spelling(token, dialect)?;
        if matches!(token, Token::Whitespace(_)) {
            continue;
        }
        shape.see(token, before)?;
        if dialect == Dialect::MsSql {
            verbs.see(token, before)?;
        }
        before = Some(token);
    }
    Ok(())
}

/// Whether all servers of a dialect agree where a token ends.
fn spelling(token: &Token, dialect: Dialect) -> Result<(), Unknown> {
    use Dialect::{Ansi, BigQuery, ClickHouse, DuckDb, Generic, MsSql, MySql, Postgres, Snowflake, Sqlite};
    let none = matches!(dialect, Ansi | Generic);
    if let Token::Whitespace(Whitespace::MultiLineComment(inside)) = token {
        // These four are known to nest comments, or not to.
        let settled = matches!(dialect, Postgres | MsSql | MySql | Sqlite);
        return if inside.contains("/*") && !settled { Err(COMMENT) } else { Ok(()) };
    }
    if let Token::Whitespace(Whitespace::SingleLineComment { comment, prefix }) = token {
        let spaced = comment.is_empty() || comment.starts_with([' ', '\t', '\n', '\r']);
        let doubtful = match prefix.as_str() {
            "--" => none && !spaced,
            "#" => !matches!(dialect, MySql | BigQuery),
            "//" => dialect != Snowflake,
            _ => true,
        };
        return if doubtful { Err(COMMENT) } else { Ok(()) };
    }
    if let Token::SingleQuotedString(inside) | Token::NationalStringLiteral(inside) = token {
        let doubtful = none || matches!(dialect, Postgres);
        let ends = inside.ends_with('\\') || inside.contains("\\'");
        return if doubtful && ends { Err(BACKSLASH) } else { Ok(()) };
    }
    let settled = match token {
        Token::Sharp | Token::DoubleSharp => !none,
        Token::DollarQuotedString(_) => matches!(dialect, Postgres | Snowflake | ClickHouse | DuckDb),
        Token::EscapedStringLiteral(_) | Token::UnicodeStringLiteral(_) => matches!(dialect, Postgres | DuckDb),
        Token::QuoteDelimitedStringLiteral(_) | Token::NationalQuoteDelimitedStringLiteral(_) => false,
        Token::TripleSingleQuotedString(_) | Token::TripleDoubleQuotedString(_) => dialect == BigQuery,
        Token::SingleQuotedRawStringLiteral(_) | Token::DoubleQuotedRawStringLiteral(_) => dialect == BigQuery,
        _ if matches!(token, Token::Backslash) => false,
        _ => true,
    };
    if settled { Ok(()) } else { Err(QUOTING) }
}

/// How deep a tree the tokens can make.
#[derive(Default)]
struct Shape {
    /// Tokens since the last comma, for each level that is open.
    runs: Vec<usize>,
    run: usize,
    joins: usize,
    /// Types in types, prefixes and statements in statements, wherever they stand.
    chained: usize,
}

impl Shape {
    fn see(&mut self, token: &Token, before: Option<&Token>) -> Result<(), Unknown> {
        self.run = self.run.saturating_add(1);
        let mut opens = matches!(token, Token::LParen | Token::LBracket | Token::LBrace);
        let mut closes = matches!(token, Token::RParen | Token::RBracket | Token::RBrace);
        if let Token::Word(word) = token
            && word.quote_style.is_none()
        {
            opens |= word.keyword == Keyword::CASE;
            closes |= word.keyword == Keyword::END;
            if word.keyword == Keyword::JOIN {
                self.joins = self.joins.saturating_add(1);
            }
            let again = matches!(before, Some(Token::Word(b)) if b.keyword == word.keyword);
            if again && word.keyword != Keyword::NoKeyword {
                self.chained = self.chained.saturating_add(1);
            }
        }
        // `array<array<…`, `- - - -`, `! ! !`
        if matches!(token, Token::Lt) || (Some(token) == before && !matches!(token, Token::Word(_) | Token::Comma)) {
            let of_type = matches!(before, Some(Token::Word(b)) if b.quote_style.is_none() && is_generic(b.keyword));
            if of_type || Some(token) == before && !opens && !closes {
                self.chained = self.chained.saturating_add(1);
            }
        }
        if opens {
            self.runs.push(self.run);
            self.run = 0;
        } else if closes {
            // What was closed is one more part of the run that it stands in.
            self.run = self.runs.pop().unwrap_or(self.run);
        } else if matches!(token, Token::Comma) {
            self.run = 0;
        } else if matches!(token, Token::SemiColon) {
            *self = Self { joins: self.joins, ..Self::default() };
        }
        if self.runs.len() > limits::SQL_NESTING
            || self.run > limits::SQL_RUN
            || self.joins > limits::SQL_JOINS
            || self.chained > limits::SQL_NESTING
        {
            return Err(TOO_DEEP);
        }
        Ok(())
    }
}

fn is_generic(keyword: Keyword) -> bool {
    matches!(keyword, Keyword::ARRAY | Keyword::STRUCT | Keyword::MAP | Keyword::NESTED | Keyword::TUPLE)
}

/// Transact-SQL needs no semicolon between statements, so that what looks like the name of a column may be the next
/// statement (`select 1 delete from t`). A word that begins one is read only where it cannot.
#[derive(Default)]
struct Verbs {
    depth: usize,
    begun: bool,
    with: bool,
    alters: bool,
}

impl Verbs {
    fn see(&mut self, token: &Token, before: Option<&Token>) -> Result<(), Unknown> {
        match token {
            Token::LParen => self.depth = self.depth.saturating_add(1),
            Token::RParen => self.depth = self.depth.saturating_sub(1),
            Token::SemiColon => *self = Self::default(),
            _ if matches!(token, Token::Word(_)) => {}
            _ => return Ok(()),
        }
        let Token::Word(word) = token else { return Ok(()) };
        if word.quote_style.is_some() {
            return Ok(());
        }
        let text = word.value.to_ascii_lowercase();
        if !self.begun {
            self.begun = true;
            self.with = text == "with";
            self.alters = text == "alter";
            return Ok(());
        }
        let is = |b: &Token, words: &[&str]| matches!(b, Token::Word(b) if words.iter().any(|w| b.value.eq_ignore_ascii_case(w)));
        let ruled = before.is_some_and(|b| is(b, &RULING)) || self.alters;
        let qualified = matches!(before, Some(Token::Period | Token::Comma));
        let main = self.with && self.depth == 0;
        let verb = matches!(text.as_str(), "select" | "insert" | "update" | "delete" | "merge");
        if main && verb {
            self.with = false;
            return Ok(());
        }
        if ruled || qualified || !BEGINS.contains(&text.as_str()) {
            return Ok(());
        }
        Err(Unknown("a second statement may begin without a semicolon"))
    }
}

/// Words behind which no statement begins, or only one that the parser reads as such.
const RULING: [&str; 11] = ["after", "as", "begin", "deny", "else", "for", "grant", "of", "on", "revoke", "then"];

/// Words that begin a statement of Transact-SQL and are not needed inside one that is read here.
const BEGINS: &[&str] = &[
    "alter",
    "backup",
    "break",
    "bulk",
    "checkpoint",
    "close",
    "commit",
    "continue",
    "create",
    "dbcc",
    "deallocate",
    "declare",
    "delete",
    "deny",
    "disable",
    "drop",
    "dump",
    "enable",
    "exec",
    "execute",
    "goto",
    "grant",
    "insert",
    "kill",
    "load",
    "merge",
    "open",
    "print",
    "raiserror",
    "readtext",
    "reconfigure",
    "restore",
    "return",
    "revert",
    "revoke",
    "rollback",
    "save",
    "send",
    "setuser",
    "shutdown",
    "throw",
    "truncate",
    "update",
    "updatetext",
    "use",
    "waitfor",
    "while",
    "writetext",
];
