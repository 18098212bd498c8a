//! Tables: JSON and CSV files, typed.
//!
//! A file is read against the type that `data NAME: TYPE` declares and becomes a constant of the policy; what does
//! not fit is named by row and column, or by the path in the JSON. Numbers are read exactly, a key stands once, and
//! nothing is converted that the wire would not convert. This module opens no file.

mod at;
mod rows;
mod typed;

use policyc_runtime::limits::Limits;
use policyc_runtime::wire::Doc;

use crate::hir::{Ty, Value};

pub(crate) use at::At;
pub(crate) use typed::typed;

/// Bytes of one file.
const MAX_BYTES: usize = 16 << 20;
/// Problems of one file; the rest is counted.
const MAX_PROBLEMS: usize = 20;

/// What holds for a table in JSON.
const TABLE: Limits = Limits {
    line_bytes: MAX_BYTES,
    depth: 64,
    members: 1_000_000,
    nodes: 4_000_000,
    text_bytes: 256 << 10,
    number_bytes: 256,
};

/// The value of a file, of this type. The name says whether it is JSON or CSV.
///
/// # Errors
///
/// What does not fit, one sentence each.
pub fn read(ty: &Ty, file_name: &str, bytes: &[u8]) -> Result<Value, Vec<String>> {
    if bytes.len() > MAX_BYTES {
        return Err(vec![format!("`{file_name}` is larger than {} MiB", MAX_BYTES >> 20)]);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(vec![format!("`{file_name}` is not UTF-8 text")]);
    };
    let mut problems = Vec::new();
    let value = match file_name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("json") => json(ty, text, &mut problems),
        Some("csv") => rows::read(ty, text, &mut problems),
        Some(_) | None => {
            problems.push(format!("`{file_name}` is neither `.json` nor `.csv`"));
            None
        }
    };
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        Some(_) | None => {
            if problems.is_empty() {
                problems.push(format!("`{file_name}` does not fit its type"));
            }
            let more = problems.len().saturating_sub(MAX_PROBLEMS);
            if more > 0 {
                problems.truncate(MAX_PROBLEMS);
                problems.push(format!("and {more} more like these"));
            }
            Err(problems)
        }
    }
}

fn json(ty: &Ty, text: &str, problems: &mut Vec<String>) -> Option<Value> {
    let mut doc = Doc::new();
    if let Err(refusal) = doc.parse(text.as_bytes(), &TABLE) {
        problems.push(refusal.message);
        return None;
    }
    typed(doc.root(), ty, &At::Root, problems)
}

#[cfg(test)]
mod tests;
