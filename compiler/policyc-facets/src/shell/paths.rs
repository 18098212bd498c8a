//! File names in words, taken from the folder where the command runs.
//!
//! Only the text is looked at: no link is followed. `~` stays in front, as the folder of whoever runs the text.

use std::borrow::Cow;

use smol_str::{SmolStrBuilder, format_smolstr};

use super::{Text, Word, pattern};

/// The file that `word` names in `folder`.
pub(super) fn resolve(word: &Word, folder: Option<&str>) -> Word {
    match word {
        Word::Literal(text) => join(text, folder, false).map_or(Word::Unknown, Word::Literal),
        Word::Pattern(text) => join(text, folder, true).map_or(Word::Unknown, Word::Pattern),
        Word::Unknown => Word::Unknown,
    }
}

/// The path `text`, taken from `folder`.
pub(super) fn join(text: &str, folder: Option<&str>, is_pattern: bool) -> Option<Text> {
    let from = if text.starts_with(['/', '~']) { "" } else { folder? };
    let from = if is_pattern { pattern::escape(from) } else { Cow::Borrowed(from) };
    if from.is_empty() && is_straight(text) {
        return Some(text.into());
    }
    if is_straight(&from) {
        // the folder itself, or what lies in it
        if text == "." {
            return Some(Text::new(from));
        }
        let below = text.strip_prefix("./").unwrap_or(text);
        if !below.starts_with('/') && is_straight(below) {
            let mut out = SmolStrBuilder::new();
            out.push_str(&from);
            out.push('/');
            out.push_str(below);
            return Some(out.finish());
        }
    }
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
        (true, _) => format_smolstr!("/{joined}"),
        (false, true) => Text::new_static("."),
        (false, false) => joined.into(),
    })
}

/// Whether each part of a path leads one folder further down, so that the path is written as `join` would write it.
fn is_straight(path: &str) -> bool {
    let (mut length, mut dots) = (0_usize, 0_usize);
    let is_step = |length: usize, dots: usize| length > dots || length > 2;
    for byte in path.strip_prefix('/').unwrap_or(path).bytes() {
        if byte == b'/' {
            if !is_step(length, dots) {
                return false;
            }
            (length, dots) = (0, 0);
        } else {
            length = length.saturating_add(1);
            dots = dots.saturating_add(usize::from(byte == b'.'));
        }
    }
    is_step(length, dots)
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
pub(super) fn program(text: &str, folder: Option<&str>) -> Text {
    if !text.contains('/') {
        return text.into();
    }
    let path = join(text, folder, false).unwrap_or_else(|| text.into());
    for folder in SYSTEM {
        if let Some(name) = path.strip_prefix(folder).filter(|name| !name.contains('/') && !name.is_empty()) {
            return name.into();
        }
    }
    if text.starts_with("./") && !path.starts_with(['/', '~']) { format_smolstr!("./{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_are_taken_from_their_folder() {
        // SPEC: [S4.30]
        for (text, folder, is_pattern, path) in [
            ("a", "/w", false, "/w/a"),
            ("a/b.c", "/w/x", false, "/w/x/a/b.c"),
            (".", "/w", false, "/w"),
            ("./a", "/w", false, "/w/a"),
            (".//a", "/w", false, "/w/a"),
            ("././a", "/w", false, "/w/a"),
            ("./", "/w", false, "/w"),
            ("", "/w", false, "/w"),
            ("..", "/w", false, "/"),
            ("./../a", "/w/x", false, "/w/a"),
            ("...", "/w", false, "/w/..."),
            ("a/", "/w", false, "/w/a"),
            ("a//b", "/w", false, "/w/a/b"),
            ("a/./b", "/w", false, "/w/a/b"),
            ("a/../b", "/w", false, "/w/b"),
            ("/etc/../a", "/w", false, "/a"),
            ("//a", "/w", false, "/a"),
            ("/", "/w", false, "/"),
            ("a", "/", false, "/a"),
            ("a", "/w/", false, "/w/a"),
            ("a", "/w/../v", false, "/v/a"),
            ("~/a", "/w", false, "~/a"),
            ("a", "~/w", false, "~/w/a"),
            ("a", "", false, "a"),
            (".", "", false, "."),
            ("./a", "", false, "a"),
            (".//a", "", false, "a"),
            ("../a", "", false, "../a"),
            ("*.c", "/w[1]", true, "/w\\[1\\]/*.c"),
            ("*.c", "/w[1]", false, "/w[1]/*.c"),
        ] {
            assert_eq!(join(text, Some(folder), is_pattern).as_deref(), Some(path), "{text} in {folder}");
        }
        assert_eq!(join("a", None, false), None);
        assert_eq!(join("/a", None, false).as_deref(), Some("/a"));
    }
}
