//! Finds the row of a table by the name of a program.
//!
//! The tables are written here and never grow, so their names are hashed by a plain sum: nobody from outside chooses
//! what stands in them. Of a name that several rows have, the first row counts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table by the names of its rows.
pub(super) struct Index<R: 'static>(HashMap<&'static str, &'static R, BuildHasherDefault<Sum>>);

impl<R> Index<R> {
    /// Indexes rows that hold their names with a blank between two.
    pub fn new(rows: &'static [R], names: fn(&R) -> &'static str) -> Self {
        Self(rows.iter().rev().flat_map(|row| names(row).split(' ').map(move |name| (name, row))).collect())
    }

    pub fn get(&self, name: &str) -> Option<&'static R> {
        self.0.get(name).copied()
    }
}

/// FNV-1a.
#[derive(Clone, Copy)]
struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
