//! Places of the source as people count them: files, lines, columns.

use policyc_runtime::policy::{Place, Policy, SourceFile};

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

pub(super) fn file(policy: &Policy, file: u32) -> Option<&SourceFile> {
    policy.files.get(usize::try_from(file).ok()?)
}

fn bytes(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The text of a place.
pub(super) fn text(policy: &Policy, place: Place) -> &str {
    file(policy, place.file).and_then(|f| f.text.get(bytes(place.start)..bytes(place.end))).unwrap_or("")
}

/// The text of a place on one line.
pub(super) fn source(policy: &Policy, place: Place) -> String {
    text(policy, place).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first line of an item without the comments before it: what names it.
pub(super) fn head(policy: &Policy, place: Place) -> Place {
    let mut start = bytes(place.start);
    for line in text(policy, place).split_inclusive('\n') {
        let trimmed = line.trim_start();
        if !trimmed.is_empty() && !trimmed.starts_with("//") {
            let indent = line.len().saturating_sub(trimmed.len());
            let begin = start.saturating_add(indent);
            let end = begin.saturating_add(trimmed.trim_end().len());
            let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            return Place { file: place.file, start: short(begin), end: short(end) };
        }
        start = start.saturating_add(line.len());
    }
    place
}

/// Where a place begins, for people.
pub fn spot(policy: &Policy, place: Place) -> Spot {
    let Some(file) = file(policy, place.file) else { return Spot::default() };
    let before = file.text.get(..bytes(place.start)).unwrap_or("");
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count().saturating_add(1);
    Spot { file: file.name.clone(), line, column }
}
