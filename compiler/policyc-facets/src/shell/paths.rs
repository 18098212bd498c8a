//! File names in words, taken from the folder where the command runs.
//!
//! Only the text is looked at: no link is followed. `~` stays in front, as the folder of whoever runs the text.

use super::{Word, pattern};

/// The file that `word` names in `folder`.
pub(super) fn resolve(word: &Word, folder: Option<&str>) -> Word {
    match word {
        Word::Literal(text) => join(text, folder, false).map_or(Word::Unknown, Word::Literal),
        Word::Pattern(text) => join(text, folder, true).map_or(Word::Unknown, Word::Pattern),
        Word::Unknown => Word::Unknown,
    }
}

/// The path `text`, taken from `folder`.
pub(super) fn join(text: &str, folder: Option<&str>, is_pattern: bool) -> Option<String> {
    let from = if text.starts_with(['/', '~']) { "" } else { folder? };
    let from = if is_pattern && !from.is_empty() { pattern::escape(from) } else { from.to_owned() };
    let is_absolute = text.starts_with('/') || from.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(text.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.starts_with('~')) => {
                parts.pop();
            }
            ".." if is_absolute => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    })
}

/// Whether a path lies below a folder, both as `join` gives them.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    if folder == "." {
        return !path.starts_with(['/', '~']) && !path.starts_with("..");
    }
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
}

/// Folders of the system, in which a program's name alone says which it is.
const SYSTEM: [&str; 9] = [
    "/bin/",
    "/usr/bin/",
    "/sbin/",
    "/usr/sbin/",
    "/usr/local/bin/",
    "/usr/local/sbin/",
    "/opt/homebrew/bin/",
    "/snap/bin/",
    "/system/bin/",
];

/// The name by which rules know a program.
pub(super) fn program(text: &str, folder: Option<&str>) -> String {
    if !text.contains('/') {
        return text.to_owned();
    }
    let path = join(text, folder, false).unwrap_or_else(|| text.to_owned());
    for folder in SYSTEM {
        if let Some(name) = path.strip_prefix(folder).filter(|name| !name.contains('/') && !name.is_empty()) {
            return name.to_owned();
        }
    }
    if text.starts_with("./") && !path.starts_with(['/', '~']) { format!("./{path}") } else { path }
}
