//! One strict reading of one line of JSON.
//!
//! `Doc` is an arena that is filled by one pass over the line and used again for the next; `Json` is a handle into
//! it. Everything that decides, explains, hashes or forwards an event reads this tree and no other. What JSON allows
//! but readers disagree on (duplicate keys, halves of surrogate pairs, numbers that no reader holds) is refused.

mod number;
mod parse;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::{
    limits::Limits,
    refusal::{Refusal, RefusalCode},
};

pub use number::Digits;

/// What a node of the arena is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Null,
    False,
    True,
    /// `a..b` of the line.
    Number,
    /// `a..b` of the line.
    Plain,
    /// `a..b` of the unescaped texts.
    Unescaped,
    /// As `Plain`, the key of the value that follows.
    PlainKey,
    /// As `Unescaped`, the key of the value that follows.
    UnescapedKey,
    /// `a` members follow.
    List,
    /// `a` pairs of key and value follow.
    Object,
}

/// A node. Children follow their container; `next` is where the next sibling stands.
#[derive(Clone, Copy, Debug)]
struct Node {
    tag: Tag,
    a: u32,
    b: u32,
    next: u32,
}

/// The arena of one event.
#[derive(Default)]
pub struct Doc {
    line: String,
    unescaped: String,
    nodes: Vec<Node>,
    frames: Vec<parse::Frame>,
    keys: Vec<u32>,
    /// Of a line that was refused: what stood under `call` before the fault.
    call: Option<Node>,
}

impl Doc {
    /// An empty arena; its root is null.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one line in place of what was there. After a refusal the root is null.
    ///
    /// # Errors
    /// Whatever is not exactly one JSON value within the limits, read the same way by every reader.
    pub fn parse(&mut self, line: &[u8], limits: &Limits) -> Result<(), Refusal> {
        let done = parse::parse(self, line, limits);
        self.call = done.as_ref().err().and_then(|refusal| self.call_before(refusal));
        if done.is_err() {
            self.nodes.clear();
        }
        done
    }

    /// The id of the call that a refused line speaks of, if it was read before the fault: for the answer alone.
    pub fn refused_call(&self) -> Option<&str> {
        self.call.map(|node| self.text(node))
    }

    fn call_before(&self, refusal: &Refusal) -> Option<Node> {
        // A key of the event that stands there twice may be this one.
        if self.frames.len() < 2 && refusal.code == RefusalCode::DuplicateKey {
            return None;
        }
        let left = self.frames.first()?.members_of_object()?;
        let mut entries = Entries { doc: self, at: 1, left };
        let (_, id) = entries.find(|(key, _)| *key == "call")?;
        self.node(id.at).filter(|node| matches!(node.tag, Tag::Plain | Tag::Unescaped))
    }

    /// Reads a text as a document of its own, under the default limits.
    ///
    /// # Errors
    /// As `parse`.
    pub fn of(text: &str) -> Result<Self, Refusal> {
        let mut doc = Self::new();
        doc.parse(text.as_bytes(), &Limits::DEFAULT)?;
        Ok(doc)
    }

    /// The whole value; null before the first line and after a refusal.
    pub fn root(&self) -> Json<'_> {
        Json { doc: self, at: 0 }
    }

    /// The line as it came (empty if it was refused before it was read as text).
    pub fn line(&self) -> &str {
        &self.line
    }

    #[inline]
    fn text(&self, node: Node) -> &str {
        let buffer = if matches!(node.tag, Tag::Unescaped | Tag::UnescapedKey) { &self.unescaped } else { &self.line };
        buffer.get(index(node.a)..index(node.b)).unwrap_or("")
    }

    #[inline]
    fn node(&self, at: u32) -> Option<Node> {
        self.nodes.get(index(at)).copied()
    }
}

impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doc({})", self.root())
    }
}

/// A `u32` as an index; every platform that we build for has at least 32 bits.
fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A value: a handle, as cheap as a reference.
#[derive(Clone, Copy)]
pub struct Json<'d> {
    doc: &'d Doc,
    at: u32,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'d> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// As it is spelled; `read` and `Digits` know its value.
    Number(&'d str),
    /// Unescaped.
    Text(&'d str),
    /// See `Json::items`.
    List,
    /// See `Json::entries`.
    Object,
}

impl<'d> Json<'d> {
    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind<'d> {
        let Some(node) = self.doc.node(self.at) else { return Kind::Null };
        match node.tag {
            Tag::Null => Kind::Null,
            Tag::False => Kind::Bool(false),
            Tag::True => Kind::Bool(true),
            Tag::Number => Kind::Number(self.doc.text(node)),
            Tag::Plain | Tag::Unescaped | Tag::PlainKey | Tag::UnescapedKey => Kind::Text(self.doc.text(node)),
            Tag::List => Kind::List,
            Tag::Object => Kind::Object,
        }
    }

    /// The whole line that it was read from.
    pub fn line(self) -> &'d str {
        self.doc.line()
    }

    /// Which node of its document it is: equal handles of one document have equal numbers.
    pub fn id(self) -> u32 {
        self.at
    }

    /// The value of this number in the same document.
    pub(crate) fn node(self, id: u32) -> Json<'d> {
        Json { doc: self.doc, at: id }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether it is a text.
    #[inline]
    pub fn is_text(self) -> bool {
        self.doc.node(self.at).is_some_and(|node| matches!(node.tag, Tag::Plain | Tag::Unescaped))
    }

    /// The text, if it is one.
    pub fn text(self) -> Option<&'d str> {
        let node = self.doc.node(self.at)?;
        matches!(node.tag, Tag::Plain | Tag::Unescaped).then(|| self.doc.text(node))
    }

    /// The truth value, if it is one.
    pub fn bool(self) -> Option<bool> {
        match self.doc.node(self.at)?.tag {
            Tag::True => Some(true),
            Tag::False => Some(false),
            Tag::Null | Tag::Number | Tag::List | Tag::Object => None,
            Tag::Plain | Tag::Unescaped | Tag::PlainKey | Tag::UnescapedKey => None,
        }
    }

    /// How many members a list or an object has; 0 for anything else.
    pub fn len(self) -> usize {
        match self.doc.node(self.at) {
            Some(node) if matches!(node.tag, Tag::List | Tag::Object) => index(node.a),
            _ => 0,
        }
    }

    /// Whether it has no members.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value under a key of an object.
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        self.entries().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    /// The members of a list; nothing for anything else.
    pub fn items(self) -> Items<'d> {
        let (at, left) = match self.doc.node(self.at) {
            Some(node) if node.tag == Tag::List => (self.at.saturating_add(1), node.a),
            _ => (0, 0),
        };
        Items { doc: self.doc, at, left }
    }

    /// The keys and values of an object, as they came; nothing for anything else.
    pub fn entries(self) -> Entries<'d> {
        let (at, left) = match self.doc.node(self.at) {
            Some(node) if node.tag == Tag::Object => (self.at.saturating_add(1), node.a),
            _ => (0, 0),
        };
        Entries { doc: self.doc, at, left }
    }

    /// Every text and number within it, itself included, in order; numbers as they are spelled, keys not.
    pub fn texts(self) -> Texts<'d> {
        let end = self.doc.node(self.at).map_or(self.at, |node| node.next);
        Texts { doc: self.doc, at: self.at, end, keys: false }
    }

    /// As `texts`, and the keys of objects too.
    pub fn texts_and_keys(self) -> Texts<'d> {
        Texts { keys: true, ..self.texts() }
    }

    /// What it costs to look through it: its values and keys at any depth, and each 32 bytes of its texts.
    pub(crate) fn size(self) -> u64 {
        let end = self.doc.node(self.at).map_or(self.at, |node| node.next);
        let nodes = u64::from(end.saturating_sub(self.at));
        self.texts_and_keys()
            .fold(nodes, |sum, text| sum.saturating_add(u64::try_from(text.len() >> 5).unwrap_or(u64::MAX)))
    }

    /// Whether two values are the same: numbers by exact value, objects in any order.
    pub fn same(self, other: Json<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Number(a), Kind::Number(b)) => a == b || Digits::of(a) == Digits::of(b),
            (Kind::List, Kind::List) => {
                self.len() == other.len() && self.items().zip(other.items()).all(|(a, b)| a.same(b))
            }
            (Kind::Object, Kind::Object) => self.len() == other.len() && same_entries(self, other),
            (a, b) => a == b,
        }
    }
}

/// Objects of one size, each key once.
fn same_entries(a: Json<'_>, b: Json<'_>) -> bool {
    const FEW: usize = 16;
    if a.len() <= FEW {
        return a.entries().all(|(key, x)| b.get(key).is_some_and(|y| x.same(y)));
    }
    let (mut a, mut b): (Vec<_>, Vec<_>) = (a.entries().collect(), b.entries().collect());
    a.sort_unstable_by_key(|(key, _)| *key);
    b.sort_unstable_by_key(|(key, _)| *key);
    a.iter().zip(&b).all(|((k, x), (l, y))| k == l && x.same(*y))
}

/// As JSON, on one line, keys as they came.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Number(raw) => f.write_str(raw),
            Kind::Text(text) => write_text(f, text),
            Kind::List => {
                f.write_str("[")?;
                for (i, item) in self.items().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Kind::Object => {
                f.write_str("{")?;
                for (i, (key, value)) in self.entries().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    write_text(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A text as JSON spells it, in runs that need no escape.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b < b' ' || b == b'"' || b == b'\\') {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        f.write_str(plain)?;
        match special.bytes().next() {
            Some(b'"') => f.write_str("\\\"")?,
            Some(b'\\') => f.write_str("\\\\")?,
            Some(b'\n') => f.write_str("\\n")?,
            Some(b'\r') => f.write_str("\\r")?,
            Some(b'\t') => f.write_str("\\t")?,
            Some(b) => write!(f, "\\u{b:04x}")?,
            None => {}
        }
        rest = special.get(1..).unwrap_or("");
    }
    f.write_str(rest)?;
    f.write_str("\"")
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// See `Json::items`.
#[derive(Clone)]
pub struct Items<'d> {
    doc: &'d Doc,
    at: u32,
    left: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Json<'d>;

    #[inline]
    fn next(&mut self) -> Option<Json<'d>> {
        self.left = self.left.checked_sub(1)?;
        let item = Json { doc: self.doc, at: self.at };
        self.at = self.doc.node(self.at)?.next;
        Some(item)
    }
}

/// See `Json::entries`.
#[derive(Clone)]
pub struct Entries<'d> {
    doc: &'d Doc,
    at: u32,
    left: u32,
}

impl<'d> Iterator for Entries<'d> {
    type Item = (&'d str, Json<'d>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let key = self.doc.node(self.at)?;
        let value = Json { doc: self.doc, at: key.next };
        self.at = self.doc.node(key.next)?.next;
        Some((self.doc.text(key), value))
    }
}

/// See `Json::texts`.
#[derive(Clone)]
pub struct Texts<'d> {
    doc: &'d Doc,
    at: u32,
    end: u32,
    keys: bool,
}

impl<'d> Iterator for Texts<'d> {
    type Item = &'d str;

    fn next(&mut self) -> Option<&'d str> {
        while self.at < self.end {
            let node = self.doc.node(self.at)?;
            self.at = self.at.saturating_add(1);
            match node.tag {
                Tag::Number | Tag::Plain | Tag::Unescaped => return Some(self.doc.text(node)),
                Tag::PlainKey | Tag::UnescapedKey if self.keys => return Some(self.doc.text(node)),
                Tag::PlainKey | Tag::UnescapedKey => {}
                Tag::Null | Tag::False | Tag::True | Tag::List | Tag::Object => {}
            }
        }
        None
    }
}
