//! Reads files that somebody named: regular files only, and no more of them than is wanted.
//!
//! A device or a pipe has no end that could be waited for, and what a file says of its length is checked again while it
//! is read.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A policy, a data file, a manifest is at most so many bytes.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

/// The whole file.
///
/// # Errors
/// It is not there, is no regular file, is longer than `most` bytes, or cannot be read.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let meta = fs::metadata(path)?;
    if meta.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !meta.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= most) {
        Ok(bytes)
    } else {
        Err(ErrorKind::FileTooLarge.into())
    }
}

/// The whole file as text.
///
/// # Errors
/// As `read`; or it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}
