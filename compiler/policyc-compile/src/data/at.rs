//! Where something stands in a file, as people say it.

use std::fmt;

/// A place in a file: a chain from the value up to the root. It is written out only where there is a problem.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    /// The whole file.
    Root,
    /// A member of an object.
    Key(&'a At<'a>, &'a str),
    /// A member of a list, from 0.
    Item(&'a At<'a>, usize),
    /// A cell of a table: the line in the file, from 1, and the column's name.
    Cell(u64, &'a str),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the file"),
            Self::Key(Self::Root, key) => write!(f, "`{key}`"),
            Self::Key(parent, key) => write!(f, "{parent}, `{key}`"),
            Self::Item(Self::Root, index) => write!(f, "item {}", index.saturating_add(1)),
            Self::Item(parent, index) => write!(f, "{parent}, item {}", index.saturating_add(1)),
            Self::Cell(line, column) => write!(f, "line {line}, column `{column}`"),
        }
    }
}
