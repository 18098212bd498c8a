//! Projects on disk: finding `policy.toml`, reading files, and the modules of the standard library.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use policyc_compile::{Input, SourceError, Sources};
use serde::Deserialize;

use crate::files;
use crate::output::Fault;
use crate::stdlib;

/// A folder with its policy, or files named on the command line.
#[derive(Debug)]
pub struct Project {
    /// Paths in `input` and in diagnostics are relative to this folder.
    pub root: PathBuf,
    /// What is compiled.
    pub input: Input,
    /// Folders in which fixtures are looked for, relative to `root`.
    pub fixtures: Vec<String>,
    /// Those of them that policy.toml names: they have to be there.
    pub fixtures_named: Vec<String>,
    /// How the root is written before a path in output: empty, or the path that was given, with a final `/`.
    pub prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    policy: PolicyTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyTable {
    name: String,
    files: Option<Vec<String>>,
    fixtures: Option<Vec<String>>,
}

impl Project {
    /// The project of a path: a folder in a project, a `policy.toml`, or one or more `.policy` files.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Fault> {
        match paths {
            [] => Self::folder(Path::new(".")),
            [one] if one.is_dir() => Self::folder(one),
            [one] if one.file_name().is_some_and(|n| n == "policy.toml") => {
                Self::folder(one.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))
            }
            files => Self::files(files),
        }
    }

    fn files(paths: &[PathBuf]) -> Result<Self, Fault> {
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                return Err(Fault::new(format!("`{}` is a folder among files", path.display()))
                    .help("name one project folder, or only files"));
            }
            if !path.exists() {
                return Err(Fault::new(format!("there is no file `{}`", path.display())));
            }
            files.push(slashes(path));
        }
        files.sort();
        files.dedup();
        let name =
            paths.first().and_then(|p| p.file_stem()).map_or("policy".into(), |s| s.to_string_lossy().into_owned());
        Ok(Self {
            root: PathBuf::from("."),
            input: Input { name, files },
            fixtures: Vec::new(),
            fixtures_named: Vec::new(),
            prefix: String::new(),
        })
    }

    fn folder(given: &Path) -> Result<Self, Fault> {
        let Some(root) = find_root(given) else {
            let fault = Fault::new(format!("there is no policy.toml in `{}` or above it", given.display()));
            let below = projects_below(given);
            return Err(if below.is_empty() {
                fault.help("name a project folder or `.policy` files, or write a policy.toml: [policy] name = \"…\"")
            } else {
                fault.help(format!("there are projects below it: {}", below.join(", ")))
            });
        };
        let manifest_path = root.join("policy.toml");
        let text = files::read_text(&manifest_path, files::MAX_FILE_BYTES)
            .map_err(|e| Fault::new(format!("`{}` cannot be read: {e}", manifest_path.display())))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|e| {
            Fault::new(format!("`{}` is not understood: {}", manifest_path.display(), e.to_string().trim_end()))
                .help("the table [policy] has the keys name, files and fixtures")
        })?;
        let patterns = manifest.policy.files.unwrap_or_else(|| vec!["*.policy".to_owned()]);
        let files = matching_files(&root, &patterns)?;
        if files.is_empty() {
            return Err(Fault::new(format!("no file in `{}` matches {}", root.display(), patterns.join(", ")))
                .help("write a file that ends in `.policy`, or name the files in policy.toml"));
        }
        let fixtures_named = manifest.policy.fixtures.clone().unwrap_or_default();
        let fixtures = manifest.policy.fixtures.unwrap_or_else(|| vec![".".to_owned(), "fixtures".to_owned()]);
        let shown = slashes(&root);
        let prefix = if shown == "." { String::new() } else { format!("{}/", shown.trim_end_matches('/')) };
        Ok(Self { root, input: Input { name: manifest.policy.name, files }, fixtures, fixtures_named, prefix })
    }

    /// The files of this project.
    pub fn sources(&self) -> Disk {
        Disk { root: self.root.clone() }
    }

    /// As `sources`; what is read of them is noted.
    pub fn noted<'n>(&self, read: &'n RefCell<BTreeSet<String>>) -> Noted<'n> {
        Noted { disk: self.sources(), read }
    }
}

/// The nearest folder at or above `given` that has a `policy.toml`.
fn find_root(given: &Path) -> Option<PathBuf> {
    if given.join("policy.toml").is_file() {
        return Some(given.to_path_buf());
    }
    let absolute = fs::canonicalize(given).ok()?;
    absolute.ancestors().skip(1).find(|p| p.join("policy.toml").is_file()).map(Path::to_path_buf)
}

/// Folders right below one that are projects, the first few.
fn projects_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut found: Vec<String> = entries.filter(|p| p.join("policy.toml").is_file()).map(|p| slashes(&p)).collect();
    found.sort();
    found.truncate(6);
    found
}

fn matching_files(root: &Path, patterns: &[String]) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let listing = fs::read_dir(root.join(folder))
            .map_err(|e| Fault::new(format!("the folder of `{pattern}` cannot be read: {e}")))?;
        for entry in listing.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if !file.starts_with('.') && fits(name, &file) {
                found.push(if folder.is_empty() { file } else { format!("{folder}/{file}") });
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// `*` is any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    (0..=rest.len()).filter_map(|at| rest.get(at..)).any(|rest| fits(tail, rest))
}

/// A path with `/` between its parts.
pub fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Files below a folder; `std/…` comes from the program itself.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if let Some(module) = path.strip_prefix("std/") {
            return stdlib::file(module).map(|t| t.as_bytes().to_vec()).ok_or(SourceError::NotFound);
        }
        let path = self.root.join(path);
        files::read(&path, files::MAX_FILE_BYTES).map_err(|e| source_error(&e))
    }

    fn modules(&self) -> Vec<String> {
        stdlib::names()
    }
}

/// Files below a folder, and which of them were read.
#[derive(Debug)]
pub struct Noted<'n> {
    disk: Disk,
    read: &'n RefCell<BTreeSet<String>>,
}

impl Sources for Noted<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if !path.starts_with("std/") {
            self.read.borrow_mut().insert(path.to_owned());
        }
        self.disk.read(path)
    }

    fn modules(&self) -> Vec<String> {
        self.disk.modules()
    }
}

fn source_error(error: &std::io::Error) -> SourceError {
    let known = [
        (ErrorKind::NotFound, SourceError::NotFound),
        (ErrorKind::IsADirectory, SourceError::Directory),
        (ErrorKind::FileTooLarge, SourceError::TooLarge),
    ];
    let found = known.into_iter().find(|(kind, _)| *kind == error.kind());
    found.map_or_else(|| SourceError::Unreadable(error.to_string()), |(_, known)| known)
}
