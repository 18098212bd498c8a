//! How much of a text each reader takes. What is longer is unknown, never cut.

/// Bytes of any text.
pub const MAX_TEXT: usize = 64 * 1024;
/// Bytes of a host as it is written, before it is normalised.
pub const MAX_HOST_TEXT: usize = 1024;
/// Bytes of a normalised host name.
pub const MAX_NAME: usize = 253;
/// Bytes of one label of a host name.
pub const MAX_LABEL: usize = 63;
/// Bytes of an e-mail address.
pub const MAX_EMAIL: usize = 254;
/// Bytes of the local part of an e-mail address.
pub const MAX_LOCAL: usize = 64;
/// Bytes of a path, as it is written and once it is joined to its directory.
pub const MAX_PATH: usize = 16 * 1024;
/// Components of a path, the directory's included.
pub const MAX_COMPONENTS: usize = 1024;
/// Tokens of an SQL text, white space and comments included.
pub const SQL_TOKENS: usize = 20_000;
/// Brackets, `case` and types in types that are open at one place of an SQL text.
pub const SQL_NESTING: usize = 32;
/// Tokens of an SQL text between two commas, brackets or semicolons of one level: what can make a tree deep.
pub const SQL_RUN: usize = 600;
/// Joins of an SQL text.
pub const SQL_JOINS: usize = 64;
/// Levels of the SQL parser's own recursion.
pub const SQL_RECURSION: usize = 50;
/// Steps of the SQL parser for each token.
pub const SQL_STEPS_PER_TOKEN: usize = 32;
/// Statements of an SQL text.
pub const SQL_STATEMENTS: usize = 256;
