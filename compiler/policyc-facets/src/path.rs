//! Paths, normalised by their text alone, as POSIX systems read them.
//!
//! `.`, `..` and doubled slashes are resolved against a working directory; letters keep their case. Whatever a shell,
//! a URL decoder or another system would read otherwise is unknown: `~`, variables, backslashes, drives, escapes,
//! patterns, characters that some file systems drop or fold to ASCII. Links are the host's to resolve; only the
//! kernel's own links under `/proc` are known to lead elsewhere, and are unknown.

use std::fmt;

use crate::{Unknown, limits, plain};

/// A normalised path: no `.`, no doubled or trailing slash, `..` only at the start of a relative one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathText(String);

impl fmt::Display for PathText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PathText {
    /// Whether it begins at the root.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }

    /// The text; `.` for the working directory itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components from the root or the working directory on; `..` may lead those of a relative path.
    pub fn components(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.split('/').filter(|component| !component.is_empty() && *component != ".")
    }

    /// The last component; `None` for the root and for what ends in `..`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.components().last().filter(|name| *name != "..")
    }

    /// What stands behind the last dot of the name; a leading dot does not count.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let (stem, extension) = self.name()?.rsplit_once('.')?;
        (!stem.is_empty()).then_some(extension)
    }

    /// Whether the path is the directory or lies below it, component by component.
    ///
    /// Two relative paths are taken from the same working directory. `None` where that directory decides.
    #[must_use]
    pub fn within(&self, directory: &PathText) -> Option<bool> {
        if self.is_absolute() != directory.is_absolute() {
            return None;
        }
        let (mine, theirs) = (self.ups(), directory.ups());
        match mine.cmp(&theirs) {
            std::cmp::Ordering::Greater => None,
            // everything below the working directory lies below the directories above it
            std::cmp::Ordering::Less => (directory.components().count() == theirs).then_some(true),
            std::cmp::Ordering::Equal => {
                let mut rest = self.components();
                Some(directory.components().all(|component| rest.next() == Some(component)))
            }
        }
    }

    fn ups(&self) -> usize {
        self.components().take_while(|component| *component == "..").count()
    }
}

/// Reads a path, relative ones from `cwd` where that is given.
pub fn path(text: &str, cwd: Option<&PathText>) -> Result<PathText, Unknown> {
    plain(text)?;
    if text.len() > limits::MAX_PATH {
        return Err(Unknown("the path is longer than what is read"));
    }
    check_start(text)?;
    if let Some(why) = text.chars().find_map(refusal) {
        return Err(Unknown(why));
    }
    check_percent(text)?;
    check_variables(text)?;
    let cwd = cwd.filter(|_| !text.starts_with('/'));
    let absolute = text.starts_with('/') || cwd.is_some_and(PathText::is_absolute);
    let mut stack: Vec<&str> = cwd.into_iter().flat_map(PathText::components).collect();
    for component in text.split('/') {
        step(&mut stack, component, absolute)?;
    }
    let joined = stack.join("/");
    if joined.len() > limits::MAX_PATH {
        return Err(Unknown("the path is longer than what is read"));
    }
    if !absolute && !joined.is_empty() {
        // `./~` and `a/../c:` name plain files, but what is left of them does not look so
        plain(&joined)?;
        check_start(&joined)?;
    }
    Ok(PathText(match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }))
}

fn step<'t>(stack: &mut Vec<&'t str>, component: &'t str, absolute: bool) -> Result<(), Unknown> {
    match component {
        "" | "." => {}
        ".." if stack.last().is_some_and(|last| *last != "..") => {
            stack.pop();
        }
        ".." if absolute => {}
        _ => {
            if component != ".." && component.ends_with(['.', ' ']) {
                return Err(Unknown("a name in the path ends in a dot or a space, which some systems drop"));
            }
            if stack.len() >= limits::MAX_COMPONENTS {
                return Err(Unknown("the path has more components than are read"));
            }
            stack.push(component);
            if absolute && leads_elsewhere(stack) {
                return Err(Unknown("the path goes through a link of `/proc` that leads elsewhere"));
            }
        }
    }
    Ok(())
}

/// `/proc/ID/cwd`, `/proc/ID/root`, `/proc/ID/fd/N` and their like, which the kernel resolves to other places.
fn leads_elsewhere(stack: &[&str]) -> bool {
    let below = match stack {
        ["proc", _, "task", _, below @ ..] | ["proc", _, below @ ..] => below,
        ["dev", "fd", _, ..] => return true,
        _ => return false,
    };
    matches!(below, ["cwd" | "root" | "exe", ..] | ["fd" | "map_files", _, ..])
}

fn check_start(text: &str) -> Result<(), Unknown> {
    let (scheme, rest) = text.split_once(':').unwrap_or(("", ""));
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if is_scheme && (rest.starts_with("//") || scheme.eq_ignore_ascii_case("file")) {
        return Err(Unknown("the path is a URL"));
    }
    if is_scheme && scheme.len() == 1 {
        return Err(Unknown("the path begins with a drive letter"));
    }
    if text.starts_with('~') {
        return Err(Unknown("the path begins with `~`, which depends on the user"));
    }
    if text.starts_with("//") {
        return Err(Unknown("the path begins with two slashes, which some systems read as a network share"));
    }
    Ok(())
}

/// Why this character makes a path mean different things to different readers.
fn refusal(c: char) -> Option<&'static str> {
    match c {
        '\\' => Some("the path contains a backslash, which some systems take for a slash"),
        '`' => Some("the path contains a backtick, which a shell would run"),
        '*' | '?' => Some("the path contains a pattern, which some tools expand"),
        // one, two, three dot leaders; fraction, division and big solidus; reverse solidi; small forms; full width
        '\u{2024}'..='\u{2026}'
        | '\u{2044}'
        | '\u{2215}'
        | '\u{29f5}'
        | '\u{29f8}'
        | '\u{29f9}'
        | '\u{fe50}'..='\u{fe6b}'
        | '\u{ff01}'..='\u{ff5e}' => Some("the path contains a look-alike that some systems map to ASCII"),
        // long s, Kelvin sign, Latin ligatures: equal to ASCII letters where case is ignored
        '\u{17f}' | '\u{212a}' | '\u{fb00}'..='\u{fb06}' => {
            Some("the path contains a letter that some file systems take for an ASCII one")
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}' => Some("the path contains an invisible character, which some file systems drop"),
        _ => None,
    }
}

fn check_percent(text: &str) -> Result<(), Unknown> {
    let mut parts = text.split('%').skip(1);
    let (first, second) = (parts.next(), parts.next());
    let escape = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if first.is_some_and(escape) || second.is_some_and(escape) {
        return Err(Unknown("the path contains a percent escape, which some tools decode"));
    }
    if second.is_some() {
        return Err(Unknown("the path may contain a variable between percent signs"));
    }
    Ok(())
}

/// A dollar sign that a shell or a tool would expand: before a name, a digit, a brace, a parenthesis or a quote.
fn check_variables(text: &str) -> Result<(), Unknown> {
    let expands = |after: &str| after.starts_with(|c: char| c.is_alphanumeric() || "_{([\"'$@#-!".contains(c));
    if text.split('$').skip(1).any(expands) || text.contains("$$") {
        return Err(Unknown("the path contains a variable"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PathText {
        path(text, None).unwrap_or_else(|Unknown(why)| panic!("{text}: {why}"))
    }

    #[test]
    fn paths_are_resolved_by_their_text() {
        let cwd = read("/srv/site");
        for (text, form) in [
            ("a/b", "/srv/site/a/b"),
            ("./a//b/", "/srv/site/a/b"),
            ("../a", "/srv/a"),
            ("../../../../a", "/a"),
            ("a/../../site-old", "/srv/site-old"),
            (".", "/srv/site"),
            ("..", "/srv"),
            ("/", "/"),
            ("/..", "/"),
            ("/a//../b/.", "/b"),
            ("a b", "/srv/site/a b"),
            (".ENV", "/srv/site/.ENV"),
            ("...a", "/srv/site/...a"),
            ("x~", "/srv/site/x~"),
            ("a/~b", "/srv/site/a/~b"),
            ("100%.txt", "/srv/site/100%.txt"),
            ("5$.txt", "/srv/site/5$.txt"),
            ("app/[slug]/{x}.tsx", "/srv/site/app/[slug]/{x}.tsx"),
            ("main.rs:12", "/srv/site/main.rs:12"),
            ("straße/ü.txt", "/srv/site/straße/ü.txt"),
            ("/proc/self/environ", "/proc/self/environ"),
            ("/proc/self/fd", "/proc/self/fd"),
            ("-rf", "/srv/site/-rf"),
        ] {
            let got = path(text, Some(&cwd)).unwrap_or_else(|Unknown(why)| panic!("{text}: {why}"));
            assert_eq!(got.as_str(), form, "{text}");
            assert_eq!(read(form), got);
        }
        for (text, form) in [("a/..", "."), ("a/../..", ".."), ("../../x/./y", "../../x/y"), ("./a", "a")] {
            assert_eq!(read(text).as_str(), form);
        }
        assert_eq!(path("../c", Some(&read("a/b"))).unwrap().as_str(), "a/c");
        assert_eq!(path("x", Some(&read("/"))).unwrap().as_str(), "/x");
    }

    #[test]
    fn what_is_read_differently_is_unknown() {
        for (text, part) in [
            ("", "empty"),
            ("~", "`~`"),
            ("~/x", "`~`"),
            ("~root/x", "`~`"),
            ("$HOME/x", "variable"),
            ("a/${x}", "variable"),
            ("a$(id)", "variable"),
            ("a$1", "variable"),
            ("$$", "variable"),
            ("`id`", "backtick"),
            ("%HOME%/x", "percent signs"),
            ("%2e%2e/x", "percent escape"),
            ("a%2fb", "percent escape"),
            ("..%5cx", "percent escape"),
            ("100%/%2e", "percent escape"),
            ("a\\b", "backslash"),
            ("\\\\srv\\x", "backslash"),
            ("C:/x", "drive"),
            ("c:x", "drive"),
            ("//srv/x", "network share"),
            ("file:///x", "URL"),
            ("FILE:/x", "URL"),
            ("https://a/b", "URL"),
            ("a\0b", "NUL"),
            ("a\nb", "control"),
            ("a\u{7f}", "control"),
            (" a", "space"),
            ("a ", "space"),
            ("a /b", "dot or a space"),
            (".env.", "dot or a space"),
            (".../x", "dot or a space"),
            ("a/*", "pattern"),
            ("a/.en?", "pattern"),
            ("\u{ff0e}\u{ff0e}/x", "look-alike"),
            ("\u{2025}/x", "look-alike"),
            ("a\u{2215}b", "look-alike"),
            (".\u{ff45}nv", "look-alike"),
            (".\u{17f}sh/x", "take for an ASCII"),
            (".g\u{200c}it/x", "invisible"),
            ("a\u{202e}b", "invisible"),
            ("/proc/self/root/x", "`/proc`"),
            ("/proc/1/cwd", "`/proc`"),
            ("/proc/self/cwd/../x", "`/proc`"),
            ("/proc/self/task/7/root", "`/proc`"),
            ("/proc/self/fd/3", "`/proc`"),
            ("/x/../proc/self/./root", "`/proc`"),
        ] {
            match path(text, None) {
                Err(Unknown(why)) => assert!(why.contains(part), "{text}: {why}"),
                Ok(read) => panic!("{text} was read as {read}"),
            }
        }
        assert!(path("self/root", Some(&read("/proc"))).is_err());
        assert!(path(&"a/".repeat(limits::MAX_COMPONENTS), None).is_ok());
        assert!(path(&"a/".repeat(limits::MAX_COMPONENTS + 1), None).is_err());
        assert!(path(&"a".repeat(limits::MAX_PATH + 1), None).is_err());
    }

    #[test]
    fn names_and_extensions() {
        for (text, name, extension) in [
            ("/a/b.tar.gz", Some("b.tar.gz"), Some("gz")),
            ("/a/.env", Some(".env"), None),
            ("/a/.env.example", Some(".env.example"), Some("example")),
            ("a/Makefile", Some("Makefile"), None),
            ("/", None, None),
            (".", None, None),
            ("../..", None, None),
        ] {
            let path = read(text);
            assert_eq!((path.name(), path.extension()), (name, extension), "{text}");
        }
    }

    #[test]
    fn directories_are_compared_by_component() {
        for (inner, outer, answer) in [
            ("/a/b", "/a", Some(true)),
            ("/a", "/a", Some(true)),
            ("/a", "/", Some(true)),
            ("/ab", "/a", Some(false)),
            ("/a", "/a/b", Some(false)),
            ("/a/../b", "/a", Some(false)),
            ("/A/b", "/a", Some(false)),
            ("a/b", "a", Some(true)),
            ("a", ".", Some(true)),
            ("ab", "a", Some(false)),
            ("a", "/a", None),
            ("/a", "a", None),
            ("../a/b", "../a", Some(true)),
            ("../b", "../a", Some(false)),
            ("a", "..", Some(true)),
            ("a", "../b", None),
            ("../a", ".", None),
            ("..", "a", None),
        ] {
            assert_eq!(read(inner).within(&read(outer)), answer, "{inner} within {outer}");
        }
    }
}
