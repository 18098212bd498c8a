//! The lines of several inputs, one after the other.

use std::io::{self, BufReader, Read};

use super::lines::Lines;
use super::report::InputCount;

/// A trace to be read. It is opened when its turn comes, so that a folder of many is no trouble.
pub struct Trace<'a> {
    /// As people know it: a path, or `-`.
    pub name: String,
    /// Opens it.
    pub open: Box<dyn FnOnce() -> io::Result<Box<dyn Read + 'a>> + 'a>,
}

impl<'a> Trace<'a> {
    /// Bytes that are already there.
    pub fn bytes(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self { name: name.into(), open: Box::new(move || Ok(Box::new(bytes))) }
    }
}

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Which input.
    pub(super) input: usize,
    /// Which line of it, from 1.
    pub(super) number: u64,
}

/// Lines of inputs, in order, and what is known of the inputs so far.
pub(super) struct Feed<'a> {
    waiting: std::vec::IntoIter<Trace<'a>>,
    open: Option<Lines<BufReader<Box<dyn Read + 'a>>>>,
    cap: usize,
    /// Inputs that were begun.
    pub(super) inputs: Vec<InputCount>,
    /// Inputs that could not be read to their end, and why.
    pub(super) unreadable: Vec<(String, String)>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(traces: Vec<Trace<'a>>, cap: usize) -> Self {
        Self { waiting: traces.into_iter(), open: None, cap, inputs: Vec::new(), unreadable: Vec::new() }
    }

    /// Appends the next line to `into`; `None` after the last line of the last input. An input that fails is noted,
    /// and the next one follows.
    pub(super) fn next(&mut self, into: &mut Vec<u8>) -> Option<Place> {
        loop {
            if let Some(lines) = &mut self.open {
                let start = into.len();
                match lines.next(into) {
                    Ok(Some((number, bytes))) => {
                        let input = self.inputs.len().saturating_sub(1);
                        if let Some(count) = self.inputs.last_mut() {
                            count.lines += 1;
                            count.bytes = count.bytes.saturating_add(bytes);
                        }
                        return Some(Place { input, number });
                    }
                    Ok(None) => self.open = None,
                    Err(error) => {
                        into.truncate(start);
                        self.open = None;
                        let name = self.inputs.last().map(|i| i.name.clone()).unwrap_or_default();
                        self.unreadable.push((name, error.to_string()));
                    }
                }
                continue;
            }
            let trace = self.waiting.next()?;
            self.inputs.push(InputCount { name: trace.name.clone(), lines: 0, bytes: 0 });
            match (trace.open)() {
                Ok(read) => self.open = Some(Lines::new(BufReader::with_capacity(1 << 16, read), self.cap)),
                Err(error) => self.unreadable.push((trace.name, error.to_string())),
            }
        }
    }

    /// The name of an input.
    pub(super) fn name(&self, input: usize) -> &str {
        self.inputs.get(input).map_or("", |i| &i.name)
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.inputs.iter().fold(0, |sum, input| sum.saturating_add(input.bytes))
    }
}
