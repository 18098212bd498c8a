//! The place in the text, and the characters there.
//!
//! A backslash before a line's end is no character at all, except within single quotes, comments and here-documents;
//! whoever reads those uses the raw functions.

use std::cell::OnceCell;
use std::rc::Rc;

use super::tree::Raw;
use super::{MAX_BYTES, MAX_DEPTH, MAX_HERE_DOCUMENTS, MAX_WORDS};
use crate::Unknown;

/// A here-document whose body is still to come.
pub(super) struct Pending {
    pub delimiter: String,
    pub is_quoted: bool,
    pub strips_tabs: bool,
    pub body: Rc<OnceCell<Raw>>,
}

/// What is counted over a text and all texts within it.
#[derive(Debug)]
pub(super) struct Budget {
    pub words: usize,
    pub here_documents: usize,
    /// Bytes that may still be read, those of texts within texts included.
    pub bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { words: MAX_WORDS, here_documents: MAX_HERE_DOCUMENTS, bytes: MAX_BYTES.saturating_mul(4) }
    }
}

pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    pub depth: usize,
    pub pending: Vec<Pending>,
    pub budget: &'t mut Budget,
}

impl<'t> Parser<'t> {
    pub fn new(text: &'t str, depth: usize, budget: &'t mut Budget) -> Result<Self, Unknown> {
        if text.len() > MAX_BYTES {
            return Err(Unknown("the text is longer than what is read"));
        }
        budget.bytes = budget
            .bytes
            .checked_sub(text.len())
            .ok_or(Unknown("the texts within the text are longer than what is read"))?;
        Ok(Self { text, at: 0, depth, pending: Vec::new(), budget })
    }

    /// One level deeper; whoever enters also leaves.
    pub fn enter(&mut self) -> Result<(), Unknown> {
        if self.depth >= MAX_DEPTH {
            return Err(Unknown("the text is nested deeper than what is read"));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub fn count_word(&mut self) -> Result<(), Unknown> {
        self.budget.words = self.budget.words.checked_sub(1).ok_or(Unknown("the text has more words than are read"))?;
        Ok(())
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The text between two places.
    pub fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or("")
    }

    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The byte here, continuation lines passed over.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = bytes.get(self.at).copied();
            if byte == Some(b'\\') && bytes.get(self.at.saturating_add(1)) == Some(&b'\n') {
                self.at = self.at.saturating_add(2);
                continue;
            }
            return byte;
        }
    }

    /// The byte behind the one here.
    pub fn peek_second(&mut self) -> Option<u8> {
        self.peek()?;
        let here = self.at;
        self.at = here.saturating_add(1);
        let second = self.peek();
        self.at = here;
        second
    }

    /// The byte here, as it is written.
    pub fn raw(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over one ASCII byte.
    pub fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// The character here, as it is written, passed over.
    pub fn take_char(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at = self.at.saturating_add(c.len_utf8());
        Some(c)
    }

    /// The character here as a text, passed over.
    pub fn take_one(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.take_char()?;
        Some(self.slice(start, self.at))
    }

    /// Whether the operator stands here; passed over if so.
    pub fn eat(&mut self, operator: &str) -> bool {
        let start = self.at;
        for byte in operator.bytes() {
            if self.peek() != Some(byte) {
                self.at = start;
                return false;
            }
            self.bump();
        }
        true
    }

    pub fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.bump(),
                // a comment: `\` at its end continues nothing
                b'#' => match self.rest().find('\n') {
                    Some(length) => self.at = self.at.saturating_add(length),
                    None => self.at = self.text.len(),
                },
                _ => return,
            }
        }
    }

    /// The line here, its end passed over, as it is written.
    pub fn take_line(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at = self.at.saturating_add(length).saturating_add(1).min(self.text.len());
        rest.get(..length)
    }
}

/// Whether a byte ends a word that is not quoted.
pub(super) fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}

pub(super) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

pub(super) fn is_name(text: &str) -> bool {
    text.bytes().next().is_some_and(is_name_start) && text.bytes().all(|b| is_name_start(b) || b.is_ascii_digit())
}
