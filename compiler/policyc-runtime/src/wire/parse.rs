//! The one pass over a line.
//!
//! It keeps its own stack of open containers, so that depth costs no stack of the machine. It allocates only while
//! the arena's buffers grow. Keys of a small object are compared with each other as they come, those of a large one
//! by sorting when it closes, so that no line costs more than its length times a logarithm. Every event of every agent
//! goes through here, so the usual is short: a line without backslashes, whose texts end at the next quote.

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
    seen: u128,
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
    let bytes = line.as_bytes();
    // Looked at to its end, which is quicker than to stop at the first.
    let bare = bytes.iter().fold(true, |bare, byte| bare & (*byte >= b' ') & (*byte != b'\\'));
    let room = limits.nodes;
    let parser = Parser { text: line, bytes, bare, at: 0, unescaped, nodes, frames, keys, room, limits };
    parser.document().map_err(|refusal| *refusal)
}

/// A refusal is rare, and small to hand on.
type Read<T> = Result<T, Box<Refusal>>;

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// There is no backslash in the line and no control character.
    bare: bool,
    /// Where it is within a text that has escapes.
    at: usize,
    unescaped: &'a mut String,
    nodes: &'a mut Vec<Node>,
    frames: &'a mut Vec<Frame>,
    keys: &'a mut Vec<u32>,
    /// How many nodes there may be; each key, which is a node but no value, makes room for itself.
    room: usize,
    limits: &'a Limits,
}

impl Parser<'_> {
    fn document(mut self) -> Read<()> {
        let mut at = self.space(0);
        'value: loop {
            // A value begins.
            match self.bytes.get(at) {
                Some(b'"') => at = self.string(at, Tag::Plain, Tag::Unescaped)?,
                Some(b'{') => {
                    self.open(at, true)?;
                    at = self.space(at.wrapping_add(1));
                    if self.bytes.get(at) != Some(&b'}') {
                        at = self.key(at)?;
                        continue 'value;
                    }
                    self.close()?;
                    at = at.wrapping_add(1);
                }
                Some(b'[') => {
                    self.open(at, false)?;
                    at = self.space(at.wrapping_add(1));
                    if self.bytes.get(at) != Some(&b']') {
                        continue 'value;
                    }
                    self.close()?;
                    at = at.wrapping_add(1);
                }
                Some(_) | None => at = self.scalar(at)?,
            }
            // A value has ended, and each container that ends with it is one.
            loop {
                at = self.space(at);
                let Some(frame) = self.frames.last_mut() else {
                    let whole = at == self.bytes.len();
                    return if whole {
                        Ok(())
                    } else {
                        Err(self.malformed(at, "something follows the end of the value"))
                    };
                };
                frame.members = frame.members.saturating_add(1);
                if index(frame.members) > self.limits.members {
                    return Err(self.refuse(at, RefusalCode::LimitWidth, "a container has too many members"));
                }
                match (self.bytes.get(at), frame.object) {
                    (Some(b','), object) => {
                        at = self.space(at.wrapping_add(1));
                        if object {
                            at = self.key(at)?;
                        }
                        continue 'value;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.close()?;
                        at = at.wrapping_add(1);
                    }
                    (None, _) => return Err(self.malformed(at, "the line ends within a container")),
                    (Some(_), true) => return Err(self.malformed(at, "a comma or `}` is missing")),
                    (Some(_), false) => return Err(self.malformed(at, "a comma or `]` is missing")),
                }
            }
        }
    }

    /// Reads a number or a word; says what is wrong with anything else.
    fn scalar(&mut self, at: usize) -> Read<usize> {
        let rest = self.bytes.get(at..).unwrap_or(b"");
        match rest.first() {
            Some(b'0'..=b'9') => self.number(at),
            Some(b'-') if !rest.starts_with(b"-Infinity") && !rest.starts_with(b"-NaN") => self.number(at),
            Some(b't') => self.word(at, b"true", Tag::True),
            Some(b'f') => self.word(at, b"false", Tag::False),
            Some(b'n') => self.word(at, b"null", Tag::Null),
            Some(b'-' | b'N' | b'I') if [&b"-"[..], b"NaN", b"Infinity"].iter().any(|word| rest.starts_with(word)) => {
                Err(self.refuse(at, RefusalCode::BadNumber, "JSON has no infinity and no NaN"))
            }
            Some(b'+' | b'.') => Err(self.refuse(at, RefusalCode::BadNumber, "no number of JSON begins like this")),
            Some(b'/') => Err(self.malformed(at, "JSON has no comments")),
            Some(b',' | b']' | b'}') => Err(self.malformed(at, "a value is missing")),
            Some(b'\'') => Err(self.malformed(at, "a text stands in double quotes")),
            Some(_) => Err(self.malformed(at, "no value of JSON begins like this")),
            None => Err(self.malformed(at, "a value is missing at the end of the line")),
        }
    }

    fn open(&mut self, at: usize, object: bool) -> Read<()> {
        if self.frames.len() >= self.limits.depth {
            return Err(self.refuse(at, RefusalCode::LimitDepth, "containers are nested too deeply"));
        }
        let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.push(at, if object { Tag::Object } else { Tag::List }, 0, 0)?;
        self.frames.push(Frame { node, members: 0, object, seen: 0 });
        Ok(())
    }

    fn close(&mut self) -> Read<()> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.nodes.get_mut(index(frame.node)) {
            node.a = frame.members;
            node.next = next;
        }
        if frame.object && frame.members > FEW_KEYS { self.keys_are_unique(frame) } else { Ok(()) }
    }

    /// Reads a key and its colon, up to the value.
    #[inline]
    fn key(&mut self, at: usize) -> Read<usize> {
        if self.bytes.get(at) != Some(&b'"') {
            return Err(self.malformed(at, "a key in double quotes is missing"));
        }
        let node = self.nodes.len();
        self.room = self.room.saturating_add(1);
        let at = self.string(at, Tag::PlainKey, Tag::UnescapedKey)?;
        self.key_is_new(node)?;
        let at = self.space(at);
        if self.bytes.get(at) != Some(&b':') {
            return Err(self.malformed(at, "a colon is missing"));
        }
        Ok(self.space(at.wrapping_add(1)))
    }

    /// Compares a key with those before it in its object, if those are few.
    #[inline]
    fn key_is_new(&mut self, at: usize) -> Read<()> {
        let (Some(node), Some(frame)) = (self.nodes.get(at), self.frames.last_mut()) else { return Ok(()) };
        let bit = 1_u128.wrapping_shl(fingerprint(bytes(self.bytes, self.unescaped, node)));
        let may_repeat = frame.seen & bit != 0;
        frame.seen |= bit;
        if may_repeat && frame.members <= FEW_KEYS { self.key_is_no_other(at) } else { Ok(()) }
    }

    fn key_is_no_other(&self, at: usize) -> Read<()> {
        let (Some(node), Some(frame)) = (self.nodes.get(at), self.frames.last()) else { return Ok(()) };
        let key = bytes(self.bytes, self.unescaped, node);
        let mut other = frame.node.saturating_add(1);
        while let Some(before) = self.nodes.get(index(other)) {
            if index(other) >= at {
                break;
            }
            if bytes(self.bytes, self.unescaped, before) == key {
                return Err(self.repeated(*node));
            }
            other = self.nodes.get(index(before.next)).map_or(u32::MAX, |value| value.next);
        }
        Ok(())
    }

    /// Compares all keys of a large object that has just closed.
    fn keys_are_unique(&mut self, frame: Frame) -> Read<()> {
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

    fn repeated(&self, node: Node) -> Box<Refusal> {
        let key = crate::refusal::quoted(text(self.text, self.unescaped, node));
        Refusal::new(RefusalCode::DuplicateKey, format!("the key {key} is there twice in one object")).into()
    }

    /// Reads a text, whose opening quote is there.
    #[inline(always)]
    fn string(&mut self, at: usize, plain: Tag, unescaped: Tag) -> Read<usize> {
        let start = at.wrapping_add(1);
        let rest = self.bytes.get(start..).unwrap_or(b"");
        let end = start.wrapping_add(if self.bare { to_quote(rest) } else { plain_run(rest) });
        if self.bytes.get(end) != Some(&b'"') {
            self.at = end;
            return self.unescape(start, unescaped);
        }
        self.push_text(end, plain, start, end)?;
        Ok(end.wrapping_add(1))
    }

    /// Reads the rest of a text that has an escape, or none of whose bytes ends it.
    #[cold]
    fn unescape(&mut self, start: usize, tag: Tag) -> Read<usize> {
        let first = self.unescaped.len();
        let mut run = start;
        loop {
            let plain = self.text.get(run..self.at).unwrap_or("");
            self.unescaped.push_str(plain);
            match self.peek() {
                Some(b'"') => {
                    self.step();
                    self.push_text(self.at, tag, first, self.unescaped.len())?;
                    return Ok(self.at);
                }
                Some(b'\\') => {
                    self.step();
                    let c = self.escape()?;
                    self.unescaped.push(c);
                }
                Some(_) => return Err(self.malformed(self.at, "a control character stands bare in a text")),
                None => return Err(self.malformed(self.at, "the line ends within a text")),
            }
            run = self.at;
            self.at = run.saturating_add(plain_run(self.rest()));
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Read<char> {
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
            Some(_) | None => return Err(self.malformed(self.at, "JSON has no such escape")),
        };
        self.step();
        Ok(c)
    }

    /// Reads four hexadecimal digits, and four more after the first half of a pair.
    fn code_point(&mut self) -> Read<char> {
        let first = self.hex()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let lone = |p: &Self| p.refuse(p.at, RefusalCode::BadText, "a text has half of a surrogate pair");
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

    fn hex(&mut self) -> Read<u32> {
        let mut value = 0_u32;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.malformed(self.at, "`\\u` needs four hexadecimal digits")) };
            value = value << 4 | digit;
            self.step();
        }
        Ok(value)
    }

    fn number(&mut self, start: usize) -> Read<usize> {
        let rest = self.bytes.get(start..).unwrap_or(b"");
        let Some((len, scientific)) = number::scan(rest) else {
            return Err(self.refuse(start, RefusalCode::BadNumber, "no number of JSON is spelled like this"));
        };
        if len > self.limits.number_bytes {
            return Err(self.refuse(start, RefusalCode::LimitLength, "a number is too long"));
        }
        let end = start.saturating_add(len);
        if scientific {
            let raw = self.text.get(start..end).unwrap_or("0");
            if !number::Digits::of(raw).is_held_by_every_reader() {
                return Err(self.refuse(
                    start,
                    RefusalCode::BadNumber,
                    "a number is too large or too small to be held",
                ));
            }
        }
        // `1x`, `1.2.3` and `0x1` are one bad number, not a number and something else.
        let next = self.bytes.get(end);
        if matches!(next, Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'+' | b'-')) {
            return Err(self.refuse(end, RefusalCode::BadNumber, "no number of JSON is spelled like this"));
        }
        self.push(end, Tag::Number, start, end)?;
        Ok(end)
    }

    fn word(&mut self, at: usize, word: &[u8], tag: Tag) -> Read<usize> {
        if !self.bytes.get(at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.malformed(at, "no value of JSON begins like this"));
        }
        let end = at.saturating_add(word.len());
        self.push(end, tag, 0, 0)?;
        Ok(end)
    }

    #[inline(always)]
    fn push_text(&mut self, at: usize, tag: Tag, start: usize, end: usize) -> Read<()> {
        if end.saturating_sub(start) > self.limits.text_bytes {
            return Err(self.refuse(at, RefusalCode::LimitLength, "a text is too long"));
        }
        self.push(at, tag, start, end)
    }

    /// Adds a node; `at` is where the reader is.
    #[inline(always)]
    fn push(&mut self, at: usize, tag: Tag, start: usize, end: usize) -> Read<()> {
        if self.nodes.len() >= self.room {
            return Err(self.refuse(at, RefusalCode::LimitWidth, "the line has too many values"));
        }
        // A line has fewer nodes than bytes, and both fit.
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let next = number(self.nodes.len()).wrapping_add(1);
        self.nodes.push(Node { tag, a: number(start), b: number(end), next });
        Ok(())
    }

    /// The first place from here on where there is no space.
    #[inline(always)]
    fn space(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(byte) if *byte <= b' ' => self.spaces(at),
            Some(_) | None => at,
        }
    }

    #[inline]
    fn spaces(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(at) {
            at = at.wrapping_add(1);
        }
        at
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

    #[cold]
    fn malformed(&self, at: usize, what: &str) -> Box<Refusal> {
        self.refuse(at, RefusalCode::MalformedCall, what)
    }

    #[cold]
    fn refuse(&self, at: usize, code: RefusalCode, what: &str) -> Box<Refusal> {
        Refusal::new(code, format!("{what} (byte {at})")).into()
    }
}

/// The text of a node, as `Doc::text`.
#[inline]
fn text<'a>(line: &'a str, unescaped: &'a str, node: Node) -> &'a str {
    let buffer = if matches!(node.tag, Tag::Unescaped | Tag::UnescapedKey) { unescaped } else { line };
    buffer.get(index(node.a)..index(node.b)).unwrap_or("")
}

/// The bytes of its text.
#[inline]
fn bytes<'a>(line: &'a [u8], unescaped: &'a str, node: &Node) -> &'a [u8] {
    let buffer = if matches!(node.tag, Tag::Unescaped | Tag::UnescapedKey) { unescaped.as_bytes() } else { line };
    buffer.get(index(node.a)..index(node.b)).unwrap_or(b"")
}

/// A number below 128 that tells most keys of one object apart.
#[inline]
fn fingerprint(key: &[u8]) -> u32 {
    let byte = |b: Option<&u8>| u32::from(b.copied().unwrap_or(0));
    let len = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let mix = byte(key.first()).wrapping_mul(31).wrapping_add(byte(key.last()).wrapping_mul(17));
    mix.wrapping_add(len.wrapping_mul(7)) & 127
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const QUOTES: u64 = ONES.wrapping_mul(0x22);

/// How many bytes stand before the first quote.
#[inline(always)]
fn to_quote(bytes: &[u8]) -> usize {
    // As `plain_run`.
    let mut n = 0_usize;
    let mut rest = bytes;
    while let Some((chunk, more)) = rest.split_first_chunk::<8>() {
        let quote = u64::from_le_bytes(*chunk) ^ QUOTES;
        let found = quote.wrapping_sub(ONES) & !quote & HIGH;
        if found != 0 {
            return n.wrapping_add(usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0));
        }
        n = n.wrapping_add(8);
        rest = more;
    }
    n.wrapping_add(rest.iter().take_while(|b| **b != b'"').count())
}

/// How many bytes from the start are neither a quote, nor a backslash, nor a control character.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    // Eight bytes at a time: a byte's high bit says that it is special; the lowest such bit is always right.
    let mut n = 0_usize;
    let mut rest = bytes;
    while let Some((chunk, more)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let (quote, backslash) = (word ^ QUOTES, word ^ ONES.wrapping_mul(0x5c));
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
