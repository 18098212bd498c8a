//! The files that the harness may read and write, as the caller lends them.
//!
//! Nothing in this crate opens a file by itself: the binary lends the disk, tests lend a map. A path is relative to
//! whatever the lender says, with `/` between its parts.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Reads folders and files, and writes snapshots.
pub trait Files: Sync {
    /// The names of the files (not folders) in a folder, in any order; a folder that is not there has none.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// The whole file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// Writes the whole file.
    fn write(&self, path: &str, text: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &str) -> io::Result<()>;
}

/// Files in memory: for tests, and for callers without a disk.
#[derive(Debug, Default)]
pub struct MemoryFiles(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryFiles {
    /// These files.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        Self(Mutex::new(files.collect()))
    }

    /// The text of a file, if it is there and is text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.with(|files| files.get(path).and_then(|bytes| String::from_utf8(bytes.clone()).ok()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files for MemoryFiles {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        Ok(self.with(|files| {
            let names = files.keys().filter_map(|path| match path.rsplit_once('/') {
                Some((parent, name)) => (parent == folder).then(|| name.to_owned()),
                None => (folder == "." || folder.is_empty()).then(|| path.clone()),
            });
            names.collect()
        }))
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.with(|files| files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()))
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        self.with(|files| files.insert(path.to_owned(), text.as_bytes().to_vec()));
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.with(|files| files.remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into()))
    }
}

/// A file within a folder; the folder `.` and the empty one add nothing.
pub(crate) fn join(folder: &str, name: &str) -> String {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() || folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}
