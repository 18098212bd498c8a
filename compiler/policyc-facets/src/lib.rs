//! Readers of structured texts: URL, host, address, network, e-mail address, path, SQL, shell.
//!
//! Each reader takes a text and gives a structure, or [`Unknown`] with the reason. A text that common clients
//! (browsers, curl and the C library, Python, Go) read differently is `Unknown`, never one of the readings: a rule
//! that is decided on one of them would be got around through the other. The readers are total, bounded by
//! [`limits`] and pure; they resolve no name, touch no file system and follow no link.
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::as_conversions)]

mod email;
mod host;
mod ip;
pub mod limits;
mod path;
pub mod shell;
pub mod sql;
mod url;

use std::fmt;

pub use crate::email::{Email, email};
pub use crate::host::{Host, host};
pub use crate::ip::{Network, cidr, ip};
pub use crate::path::{PathText, path};
pub use crate::shell::shell;
pub use crate::sql::{Sql, sql};
pub use crate::url::{Url, url};

/// The text cannot be relied on to mean one thing; the reason is a short fragment of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown(pub &'static str);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unknown {}

/// What holds for a text of any kind, before it is read: not empty, not too long, nothing that clients strip.
fn plain(text: &str) -> Result<(), Unknown> {
    if text.is_empty() {
        return Err(Unknown("the text is empty"));
    }
    if text.len() > limits::MAX_TEXT {
        return Err(Unknown("the text is longer than what is read"));
    }
    if text.contains('\0') {
        return Err(Unknown("the text contains a NUL, at which some clients stop reading"));
    }
    if text.chars().any(char::is_control) {
        return Err(Unknown("the text contains a control character, which some clients drop"));
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(Unknown("the text begins or ends with a space, which some clients drop"));
    }
    Ok(())
}

/// `text` up to the first of `stops`, and the rest from there on.
fn cut<'t>(text: &'t str, stops: &[char]) -> (&'t str, &'t str) {
    text.find(stops).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

#[cfg(test)]
mod smoke;
