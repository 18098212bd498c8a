//! SQL: every statement that a text would run, and what each is known to touch.
//!
//! The library `sqlparser` builds the tree, behind limits of our own on bytes, tokens, nesting and work; this module
//! decides whether the text can be relied on at all, and what the tree means. A text that servers or settings read
//! differently (a backslash before a quote, a comment that some versions execute, a second statement where none is
//! marked) is unknown, never one of the readings. Nothing is looked up in a database: views, triggers, rules and
//! functions that somebody defined there cannot be seen.

mod bound;
mod functions;
mod guard;
mod kinds;
mod metered;
mod walk;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::ast::Statement as Parsed;
use sqlparser::dialect as library;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

pub use self::kinds::{Class, Kind};
use self::metered::Metered;
use crate::{Unknown, limits};

/// What kind of SQL a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// SQL:2011 as the standard has it.
    Ansi,
    /// Google BigQuery.
    BigQuery,
    /// ClickHouse.
    ClickHouse,
    /// DuckDB.
    DuckDb,
    /// No particular one: only what all of them read alike.
    Generic,
    /// Microsoft SQL Server.
    MsSql,
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
    /// Snowflake.
    Snowflake,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// All, sorted by name.
    pub const ALL: [Self; 10] = [
        Self::Ansi,
        Self::BigQuery,
        Self::ClickHouse,
        Self::DuckDb,
        Self::Generic,
        Self::MsSql,
        Self::MySql,
        Self::Postgres,
        Self::Snowflake,
        Self::Sqlite,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ansi => "ansi",
            Self::BigQuery => "bigquery",
            Self::ClickHouse => "clickhouse",
            Self::DuckDb => "duckdb",
            Self::Generic => "generic",
            Self::MsSql => "mssql",
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
            Self::Snowflake => "snowflake",
            Self::Sqlite => "sqlite",
        }
    }

    /// The dialect of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }

    /// The dialect of a name as callers write it: in either case, or by what its servers are called.
    pub fn called(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "postgresql" => Some(Self::Postgres),
            "sqlite3" => Some(Self::Sqlite),
            "sqlserver" | "tsql" => Some(Self::MsSql),
            _ => Self::named(&name),
        }
    }

    fn library(self) -> &'static dyn library::Dialect {
        match self {
            Self::Ansi => &library::AnsiDialect {},
            Self::BigQuery => &library::BigQueryDialect {},
            Self::ClickHouse => &library::ClickHouseDialect {},
            Self::DuckDb => &library::DuckDbDialect {},
            Self::Generic => &library::GenericDialect {},
            Self::MsSql => &library::MsSqlDialect {},
            Self::MySql => &library::MySqlDialect {},
            Self::Postgres => &library::PostgreSqlDialect {},
            Self::Snowflake => &library::SnowflakeDialect {},
            Self::Sqlite => &library::SQLiteDialect {},
        }
    }
}

/// Where a statement reaches beyond the tables of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Files of the server, or of a stage.
    File,
    /// Another server.
    Network,
    /// A program on the server.
    Program,
}

impl Reach {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Network => "network",
            Self::Program => "program",
        }
    }
}

/// What a text would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// Every statement, in order; those inside `with`, blocks and `explain analyze` stand before the one they are in.
    pub statements: Vec<Statement>,
    /// There is exactly one statement, however many are inside it.
    pub is_single: bool,
    /// Nothing is written, by what the text says; `None` where that cannot be told.
    pub reads_only: Option<bool>,
    /// Data or structure is taken away without a bound; `None` where that cannot be told.
    pub destructive: Option<bool>,
}

/// One statement. Names are sorted and in lower case, unless a quoted name differs from its lower case where that
/// matters; a name with a schema stands there in full and once more as its last part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its first word, so to say.
    pub kind: Kind,
    /// What it does in general.
    pub class: Class,
    /// It stands inside another one.
    pub is_nested: bool,
    /// Tables and views that are named.
    pub tables: Vec<String>,
    /// Tables, views and other objects that it changes.
    pub targets: Vec<String>,
    /// Columns that are named, and `*` where all of a row are meant.
    pub columns: Vec<String>,
    /// Functions that are called.
    pub functions: Vec<String>,
    /// A condition chooses the rows.
    pub has_where: bool,
    /// That condition chooses all rows; `None` where that cannot be told. `Some(false)` without a condition.
    pub where_is_trivial: Option<bool>,
    /// The number of rows is limited.
    pub has_limit: bool,
    /// Where it reaches beyond its tables, sorted.
    pub reaches: Vec<Reach>,
    /// As for the whole text.
    pub reads_only: Option<bool>,
    /// As for the whole text.
    pub destructive: Option<bool>,
}

const NOT_READ: Unknown = Unknown("the text is not SQL of its dialect, or of a kind that is not read");
const TOO_MUCH: Unknown = Unknown("the text takes more work to read than is allowed");

/// Reads the statements of a text.
pub fn sql(text: &str, dialect: Dialect) -> Result<Sql, Unknown> {
    guard::text(text, dialect)?;
    if !text.contains("/*!") || !dialect.library().supports_multiline_comment_hints() {
        return read(text, dialect, false);
    }
    // Whether what stands in such a comment runs may depend on the server's version.
    let (with, without) = (read(text, dialect, true)?, read(text, dialect, false));
    let always = !text.split("/*!").skip(1).any(|inside| inside.starts_with(|c: char| c.is_ascii_digit()));
    if without.as_ref() == Ok(&with) || (always && dialect == Dialect::MySql) {
        return Ok(with);
    }
    Err(Unknown("the text has a comment that some versions of the server execute"))
}

fn read(text: &str, dialect: Dialect, hints: bool) -> Result<Sql, Unknown> {
    // The library is not known to panic on any text; should it, the text is not read.
    let parsed = catch_unwind(AssertUnwindSafe(|| parse(text, dialect, hints)));
    let statements = parsed.unwrap_or(Err(NOT_READ))?;
    walk::read(&statements, dialect)
}

fn parse(text: &str, dialect: Dialect, hints: bool) -> Result<Vec<Parsed>, Unknown> {
    let metered = Metered::new(dialect.library(), u32::MAX, hints);
    let tokens = Tokenizer::new(&metered, text).tokenize_with_location().map_err(|_| NOT_READ)?;
    guard::tokens(&tokens, dialect)?;
    let steps = tokens.len().saturating_mul(limits::SQL_STEPS_PER_TOKEN).saturating_add(1000);
    let metered = Metered::new(dialect.library(), u32::try_from(steps).unwrap_or(u32::MAX), hints);
    let mut parser =
        Parser::new(&metered).with_recursion_limit(limits::SQL_RECURSION).with_tokens_with_locations(tokens);
    let statements = all(&mut parser);
    if metered.is_exhausted() {
        return Err(TOO_MUCH);
    }
    statements
}

/// All statements up to the end of the text, each after a semicolon: the library's own loop stops at a bare `end`.
fn all(parser: &mut Parser<'_>) -> Result<Vec<Parsed>, Unknown> {
    let mut statements = Vec::new();
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        if parser.peek_token_ref().token == Token::EOF {
            break;
        }
        if statements.len() >= limits::SQL_STATEMENTS {
            return Err(Unknown("the text has more statements than are read"));
        }
        statements.push(parser.parse_statement().map_err(|_| NOT_READ)?);
        if !matches!(parser.peek_token_ref().token, Token::SemiColon | Token::EOF) {
            return Err(NOT_READ);
        }
    }
    if statements.is_empty() {
        return Err(Unknown("there is no statement in the text"));
    }
    Ok(statements)
}
