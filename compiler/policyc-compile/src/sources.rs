//! What a compilation reads: the names of its files, and whoever hands out their bytes.
//!
//! Paths are relative to the project, with `/` between their parts; modules of the standard library live under
//! `std/`. Nothing here opens a file: the caller does, behind [`Sources`].

use std::fmt;

/// Hands out the bytes of files.
pub trait Sources {
    /// The bytes of the file at `path`: relative, with `/` between its parts; `std/net.policy` for `std.net`.
    ///
    /// # Errors
    ///
    /// Why there are no bytes.
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError>;

    /// The names of the standard modules that there are (`std.net`), for suggestions.
    fn modules(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why a file cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such file.
    NotFound,
    /// It is a directory.
    Directory,
    /// It is larger than whoever reads it wants to read.
    TooLarge,
    /// Anything else, in a few words.
    Unreadable(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::Directory => f.write_str("it is a directory"),
            Self::TooLarge => f.write_str("it is too large"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SourceError {}

/// What to compile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The project's name.
    pub name: String,
    /// The files of the root module, as [`Sources`] knows them; their order has no meaning.
    pub files: Vec<String>,
}

/// Texts in memory: what tests and editors compile.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub std::collections::BTreeMap<String, Vec<u8>>);

impl Sources for Texts {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.0.get(path).cloned().ok_or(SourceError::NotFound)
    }

    fn modules(&self) -> Vec<String> {
        let names = self.0.keys().filter_map(|k| k.strip_prefix("std/")?.strip_suffix(".policy"));
        names.map(|name| format!("std.{name}")).collect()
    }
}

/// `file` as named in a file that lies at `from`: `.` and `..` are resolved by the text alone.
pub(crate) fn beside(from: &str, file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    let absolute = from.starts_with('/');
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(file.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute && parts.is_empty() => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn files_are_named_from_the_file_that_names_them() {
        assert_eq!(beside("a/b.policy", "./c.policy"), "a/c.policy");
        assert_eq!(beside("a/b.policy", "../c.policy"), "c.policy");
        assert_eq!(beside("b.policy", "../c.policy"), "../c.policy");
        assert_eq!(beside("../b.policy", "../c.policy"), "../../c.policy");
        assert_eq!(beside("/x/b.policy", "tools/c.json"), "/x/tools/c.json");
    }
}
