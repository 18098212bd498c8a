//! The one pass over a line.
//!
//! It keeps its own stack of open containers, so that depth costs no stack of the machine. It allocates only while
//! the arena's buffers grow. Keys of a small object are compared with each other as they come, those of a large one
//! by sorting when it closes, so that no line costs more than its length times a logarithm.

use super::{Doc, Node, Tag, index, number};
use crate::{
    limits::Limits,
    refusal::{Refusal, RefusalCode},
};

/// An open container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    node: u32,
    members: u32,
    object: bool,
    /// Which fingerprints of keys were seen: if this one's bit is free, the key is new.
    seen: u64,
}

impl Frame {
    /// How many members are complete, if it is an object.
    pub(super) fn members_of_object(&self) -> Option<u32> {
        self.object.then_some(self.members)
    }
}

/// Up to so many keys of one object are compared one by one.
const FEW_KEYS: u32 = 16;

/// Reads `line` into `doc`.
pub(super) fn parse(doc: &mut Doc, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
    doc.line.clear();
    doc.unescaped.clear();
    doc.nodes.clear();
    doc.frames.clear();
    if line.len() > limits.line_bytes || u32::try_from(line.len()).is_err() {
        return Err(Refusal::new(
            RefusalCode::LimitSize,
            format!("the line has {} bytes; {} are the most", line.len(), limits.line_bytes),
        ));
    }
    if line.starts_with(b"\xef\xbb\xbf") {
        return Err(Refusal::new(RefusalCode::MalformedCall, "the line begins with a byte order mark"));
    }
    let text = std::str::from_utf8(line)
        .map_err(|e| Refusal::new(RefusalCode::BadText, format!("the line is no UTF-8 at byte {}", e.valid_up_to())))?;
    doc.line.push_str(text);
    let Doc { line, unescaped, nodes, frames, keys, call: _ } = doc;
    Parser { text: line, bytes: line.as_bytes(), at: 0, unescaped, nodes, frames, keys, key_count: 0, limits }
        .document()
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    unescaped: &'a mut String,
    nodes: &'a mut Vec<Node>,
    frames: &'a mut Vec<Frame>,
    keys: &'a mut Vec<u32>,
    /// Keys so far: they are nodes, but no values.
    key_count: usize,
    limits: &'a Limits,
}

impl Parser<'_> {
    fn document(mut self) -> Result<(), Refusal> {
        self.space();
        'value: loop {
            let opened = self.value()?;
            if opened {
                // Either the container is empty, and closed below, or its first value follows.
                let object = self.frames.last().is_some_and(|f| f.object);
                self.space();
                if self.peek() == Some(if object { b'}' } else { b']' }) {
                    self.step();
                    self.close()?;
                } else {
                    if object {
                        self.key()?;
                    }
                    continue 'value;
                }
            }
            loop {
                self.space();
                let Some(frame) = self.frames.last_mut() else {
                    return if self.at == self.bytes.len() {
                        Ok(())
                    } else {
                        Err(self.malformed("something follows the end of the value"))
                    };
                };
                frame.members = frame.members.saturating_add(1);
                if index(frame.members) > self.limits.members {
                    return Err(self.refuse(RefusalCode::LimitWidth, "a container has too many members"));
                }
                let object = frame.object;
                match (self.peek(), object) {
                    (Some(b','), true) => {
                        self.step();
                        self.space();
                        self.key()?;
                        continue 'value;
                    }
                    (Some(b','), false) => {
                        self.step();
                        self.space();
                        continue 'value;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.step();
                        self.close()?;
                    }
                    (None, _) => return Err(self.malformed("the line ends within a container")),
                    (Some(_), true) => return Err(self.malformed("a comma or `}` is missing")),
                    (Some(_), false) => return Err(self.malformed("a comma or `]` is missing")),
                }
            }
        }
    }

    /// Reads a scalar, or opens a container and says so.
    #[inline]
    fn value(&mut self) -> Result<bool, Refusal> {
        match self.peek() {
            Some(b'"') => self.string(Tag::Plain, Tag::Unescaped)?,
            Some(b'0'..=b'9') => self.number()?,
            Some(b'-') => {
                if self.rest().starts_with(b"-Infinity") || self.rest().starts_with(b"-NaN") {
                    return Err(self.refuse(RefusalCode::BadNumber, "JSON has no infinity and no NaN"));
                }
                self.number()?;
            }
            Some(b'{') => return self.open(true),
            Some(b'[') => return self.open(false),
            Some(b't') => self.word(b"true", Tag::True)?,
            Some(b'f') => self.word(b"false", Tag::False)?,
            Some(b'n') => self.word(b"null", Tag::Null)?,
            Some(b'N' | b'I') if self.rest().starts_with(b"NaN") || self.rest().starts_with(b"Infinity") => {
                return Err(self.refuse(RefusalCode::BadNumber, "JSON has no infinity and no NaN"));
            }
            Some(b'+' | b'.') => return Err(self.refuse(RefusalCode::BadNumber, "no number of JSON begins like this")),
            Some(b'/') => return Err(self.malformed("JSON has no comments")),
            Some(b',' | b']' | b'}') => return Err(self.malformed("a value is missing")),
            Some(b'\'') => return Err(self.malformed("a text stands in double quotes")),
            Some(_) => return Err(self.malformed("no value of JSON begins like this")),
            None => return Err(self.malformed("a value is missing at the end of the line")),
        }
        Ok(false)
    }

    fn open(&mut self, object: bool) -> Result<bool, Refusal> {
        if self.frames.len() >= self.limits.depth {
            return Err(self.refuse(RefusalCode::LimitDepth, "containers are nested too deeply"));
        }
        self.step();
        let node = self.push(if object { Tag::Object } else { Tag::List }, 0, 0)?;
        self.frames.push(Frame { node, members: 0, object, seen: 0 });
        Ok(true)
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.nodes.get_mut(index(frame.node)) {
            node.a = frame.members;
            node.next = next;
        }
        if frame.object && frame.members > FEW_KEYS { self.keys_are_unique(frame) } else { Ok(()) }
    }

    /// Reads a key and its colon.
    #[inline]
    fn key(&mut self) -> Result<(), Refusal> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("a key in double quotes is missing"));
        }
        let at = self.nodes.len();
        self.key_count = self.key_count.wrapping_add(1);
        self.string(Tag::PlainKey, Tag::UnescapedKey)?;
        self.key_is_new(at)?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.malformed("a colon is missing"));
        }
        self.step();
        self.space();
        Ok(())
    }

    /// Compares a key with those before it in its object, if those are few.
    #[inline]
    fn key_is_new(&mut self, at: usize) -> Result<(), Refusal> {
        let (Some(&node), Some(frame)) = (self.nodes.get(at), self.frames.last_mut()) else { return Ok(()) };
        let key = text(self.text, self.unescaped, node).as_bytes();
        let bit = 1_u64.wrapping_shl(fingerprint(key));
        let may_repeat = frame.seen & bit != 0;
        frame.seen |= bit;
        let frame = *frame;
        if !may_repeat || frame.members > FEW_KEYS {
            return Ok(());
        }
        let mut other = frame.node.saturating_add(1);
        while let Some(&before) = self.nodes.get(index(other)) {
            if index(other) >= at {
                break;
            }
            if text(self.text, self.unescaped, before).as_bytes() == key {
                return Err(self.repeated(node));
            }
            other = self.nodes.get(index(before.next)).map_or(u32::MAX, |value| value.next);
        }
        Ok(())
    }

    /// Compares all keys of a large object that has just closed.
    fn keys_are_unique(&mut self, frame: Frame) -> Result<(), Refusal> {
        self.keys.clear();
        let mut at = frame.node.saturating_add(1);
        for _ in 0..frame.members {
            self.keys.push(at);
            let value = self.nodes.get(index(at)).map_or(u32::MAX, |key| key.next);
            at = self.nodes.get(index(value)).map_or(u32::MAX, |value| value.next);
        }
        let (line, unescaped, nodes) = (self.text, &*self.unescaped, &*self.nodes);
        let key = |at: u32| nodes.get(index(at)).map_or("", |node| text(line, unescaped, *node));
        self.keys.sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
        let twice = self.keys.windows(2).find_map(|pair| match pair {
            [a, b] if key(*a) == key(*b) => nodes.get(index(*b)).copied(),
            _ => None,
        });
        match twice {
            Some(node) => Err(self.repeated(node)),
            None => Ok(()),
        }
    }

    fn repeated(&self, node: Node) -> Refusal {
        let key = crate::refusal::quoted(text(self.text, self.unescaped, node));
        Refusal::new(RefusalCode::DuplicateKey, format!("the key {key} is there twice in one object"))
    }

    /// Reads a text; the current byte is its opening quote.
    #[inline]
    fn string(&mut self, plain: Tag, unescaped: Tag) -> Result<(), Refusal> {
        self.step();
        let start = self.at;
        self.at = start.saturating_add(plain_run(self.rest()));
        if self.peek() != Some(b'"') {
            return self.unescape(start, unescaped);
        }
        let end = self.at;
        self.step();
        self.push_text(plain, start, end)
    }

    /// Reads the rest of a text that has an escape, or none of whose bytes ends it.
    #[cold]
    fn unescape(&mut self, start: usize, tag: Tag) -> Result<(), Refusal> {
        let first = self.unescaped.len();
        let mut run = start;
        loop {
            let plain = self.text.get(run..self.at).unwrap_or("");
            self.unescaped.push_str(plain);
            match self.peek() {
                Some(b'"') => {
                    self.step();
                    return self.push_text(tag, first, self.unescaped.len());
                }
                Some(b'\\') => {
                    self.step();
                    let c = self.escape()?;
                    self.unescaped.push(c);
                }
                Some(_) => return Err(self.malformed("a control character stands bare in a text")),
                None => return Err(self.malformed("the line ends within a text")),
            }
            run = self.at;
            self.at = run.saturating_add(plain_run(self.rest()));
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Refusal> {
        let c = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.step();
                return self.code_point();
            }
            Some(_) | None => return Err(self.malformed("JSON has no such escape")),
        };
        self.step();
        Ok(c)
    }

    /// Reads four hexadecimal digits, and four more after the first half of a pair.
    fn code_point(&mut self) -> Result<char, Refusal> {
        let first = self.hex()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let lone = |p: &Self| p.refuse(RefusalCode::BadText, "a text has half of a surrogate pair");
        if !(0xd800..0xdc00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return Err(lone(self));
        }
        self.step();
        self.step();
        let second = self.hex()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone(self));
        }
        let c = 0x10000_u32.wrapping_add((first & 0x3ff) << 10).wrapping_add(second & 0x3ff);
        char::from_u32(c).ok_or_else(|| lone(self))
    }

    fn hex(&mut self) -> Result<u32, Refusal> {
        let mut value = 0_u32;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.malformed("`\\u` needs four hexadecimal digits")) };
            value = value << 4 | digit;
            self.step();
        }
        Ok(value)
    }

    #[inline]
    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        let Some((len, scientific)) = number::scan(self.rest()) else {
            return Err(self.refuse(RefusalCode::BadNumber, "no number of JSON is spelled like this"));
        };
        if len > self.limits.number_bytes {
            return Err(self.refuse(RefusalCode::LimitLength, "a number is too long"));
        }
        let end = start.saturating_add(len);
        if scientific {
            let raw = self.text.get(start..end).unwrap_or("0");
            if !number::Digits::of(raw).is_held_by_every_reader() {
                return Err(self.refuse(RefusalCode::BadNumber, "a number is too large or too small to be held"));
            }
        }
        self.at = end;
        // `1x`, `1.2.3` and `0x1` are one bad number, not a number and something else.
        if matches!(self.peek(), Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'+' | b'-')) {
            return Err(self.refuse(RefusalCode::BadNumber, "no number of JSON is spelled like this"));
        }
        self.push(Tag::Number, start, end).map(|_| ())
    }

    #[inline]
    fn word(&mut self, word: &[u8], tag: Tag) -> Result<(), Refusal> {
        if !self.rest().starts_with(word) {
            return Err(self.malformed("no value of JSON begins like this"));
        }
        self.at = self.at.saturating_add(word.len());
        self.push(tag, 0, 0).map(|_| ())
    }

    #[inline]
    fn push_text(&mut self, tag: Tag, start: usize, end: usize) -> Result<(), Refusal> {
        if end.saturating_sub(start) > self.limits.text_bytes {
            return Err(self.refuse(RefusalCode::LimitLength, "a text is too long"));
        }
        self.push(tag, start, end).map(|_| ())
    }

    #[inline]
    fn push(&mut self, tag: Tag, start: usize, end: usize) -> Result<u32, Refusal> {
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if self.nodes.len() >= self.limits.nodes.saturating_add(self.key_count) || at == u32::MAX {
            return Err(self.refuse(RefusalCode::LimitWidth, "the line has too many values"));
        }
        let (a, b) = (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        self.nodes.push(Node { tag, a, b, next: at.wrapping_add(1) });
        Ok(at)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or(b"")
    }

    #[inline]
    fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.step();
        }
    }

    #[cold]
    fn malformed(&self, what: &str) -> Refusal {
        self.refuse(RefusalCode::MalformedCall, what)
    }

    #[cold]
    fn refuse(&self, code: RefusalCode, what: &str) -> Refusal {
        Refusal::new(code, format!("{what} (byte {})", self.at))
    }
}

/// The text of a node, as `Doc::text`.
#[inline]
fn text<'a>(line: &'a str, unescaped: &'a str, node: Node) -> &'a str {
    let buffer = if matches!(node.tag, Tag::Unescaped | Tag::UnescapedKey) { unescaped } else { line };
    buffer.get(index(node.a)..index(node.b)).unwrap_or("")
}

/// A number below 64 that tells most keys of one object apart.
#[inline]
fn fingerprint(key: &[u8]) -> u32 {
    let byte = |b: Option<&u8>| u32::from(b.copied().unwrap_or(0));
    let len = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let mix = byte(key.first()).wrapping_mul(31).wrapping_add(byte(key.last()).wrapping_mul(17));
    mix.wrapping_add(len.wrapping_mul(7)) & 63
}

/// How many bytes from the start are neither a quote, nor a backslash, nor a control character.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Eight bytes at a time: a byte's high bit says that it is special; the lowest such bit is always right.
    let mut n = 0_usize;
    let mut rest = bytes;
    while let Some((chunk, more)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let (quote, backslash) = (word ^ ONES.wrapping_mul(0x22), word ^ ONES.wrapping_mul(0x5c));
        let special = (word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let special = special & HIGH;
        if special != 0 {
            return n.wrapping_add(usize::try_from(special.trailing_zeros() >> 3).unwrap_or(0));
        }
        n = n.wrapping_add(8);
        rest = more;
    }
    n.wrapping_add(rest.iter().take_while(|b| **b != b'"' && **b != b'\\' && **b >= 0x20).count())
}
