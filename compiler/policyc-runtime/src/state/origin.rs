//! Where a text comes from: user messages and results of the session that contain it.
//!
//! Plain tests on text, so that everybody can predict them. What grants is narrow: a text stands in another *as whole
//! words* if the characters around it do not continue a word of it, code point by code point. What restricts is wide,
//! for whoever wrote the result wants it to miss: letters of either case, characters that nobody sees left out, `_` no
//! part of a word, eight characters found anywhere, and a *run* of 24 that both have. What is remembered is bounded:
//! past the bound, and while an allowed call of an earlier turn has no result, "no" becomes "unknown". The work for one
//! event is bounded too: past it every answer is unknown.

use std::borrow::Cow;

use super::{History, Session, mark_bit};
use crate::{
    Truth,
    limits::{Limits, StateLimits},
    policy::{MarkId, ToolId, ToolSet},
    refusal::is_invisible,
    wire::{Doc, Json},
};

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    User,
    Tool(ToolId),
}

/// A text of the session: of a message, or all texts of a result, one a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remembered {
    origin: Origin,
    marks: u64,
    text: Box<str>,
    /// As marks are looked for; nothing where there are none.
    folded: Box<str>,
}

/// Characters in a row that make two texts share a run.
const RUN: usize = 24;
/// A text of so many characters has a mark wherever it stands in a marked result.
const LONG: usize = 8;
/// Results whose texts are JSON again are read so many times over.
const LAYERS: usize = 4;

impl Session {
    /// Remembers texts of one event, unless there is no room: then the session knows that it forgot. Says how many
    /// bytes it took of the `room` that all sessions share.
    pub(super) fn remember<'t>(
        &mut self,
        origin: Origin,
        marks: u64,
        texts: impl IntoIterator<Item = Cow<'t, str>>,
        limits: &StateLimits,
        room: usize,
    ) -> usize {
        let mut all = String::new();
        for text in texts {
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(&text);
        }
        if all.is_empty() {
            return 0;
        }
        let bytes = self.text_bytes.saturating_add(all.len());
        if all.len() > room || bytes > limits.session_text_bytes || self.texts.len() >= limits.session_texts {
            self.forgot = true;
            return 0;
        }
        self.text_bytes = bytes;
        let taken = all.len();
        let folded = if marks == 0 { Box::default() } else { fold(&all).into() };
        self.texts.push(Remembered { origin, marks, text: all.into(), folded });
        taken
    }
}

impl History<'_> {
    /// Whether a text has the mark by origin: it stands in a result with that mark, widely, and in no user message.
    /// What the host states (`Call::states_mark`) is not asked here.
    pub fn text_has(&self, text: &str, mark: MarkId) -> Truth {
        let folded = fold(text);
        let marked = |r: &Remembered| r.origin != Origin::User && r.marks & mark_bit(mark) != 0;
        let found = |r: &Remembered| stands_widely(&folded, &r.folded);
        let marked = self.within(text, marked, found, self.running);
        if marked == Truth::FALSE { marked } else { marked.and(!self.text_from_user(text)) }
    }

    /// Whether a text stands in a user message, as whole words.
    pub fn text_from_user(&self, text: &str) -> Truth {
        self.within(text, |r| r.origin == Origin::User, |r| stands_in(text, &r.text), false)
    }

    /// Whether a text stands in a result of one of these tools, as whole words.
    pub fn text_from_tools(&self, text: &str, tools: &ToolSet) -> Truth {
        let of_these = |r: &Remembered| match r.origin {
            Origin::User => false,
            Origin::Tool(tool) => tools.has(tool),
        };
        self.within(text, of_these, |r| stands_in(text, &r.text), self.running)
    }

    /// Whether the text is found in what the session remembers of one origin. What is missing may hold it.
    fn within(
        &self,
        text: &str,
        origin: impl Fn(&Remembered) -> bool,
        found: impl Fn(&Remembered) -> bool,
        missing: bool,
    ) -> Truth {
        if !self.named {
            return Truth::UNKNOWN;
        }
        if text.is_empty() {
            return Truth::FALSE;
        }
        let Some(session) = self.session else { return Truth::FALSE };
        for remembered in session.texts.iter().filter(|r| origin(r)) {
            let work = text.len().saturating_add(remembered.text.len());
            let Some(left) = self.origin_bytes.get().checked_sub(work) else { return Truth::UNKNOWN };
            self.origin_bytes.set(left);
            if found(remembered) {
                return Truth::TRUE;
            }
        }
        if missing || session.forgot { Truth::UNKNOWN } else { Truth::FALSE }
    }
}

/// The texts of a result, its keys, and what stands in texts that are JSON themselves: a reader of the result sees it
/// without its escapes.
pub(super) fn said<'t>(content: Json<'t>) -> Vec<Cow<'t, str>> {
    let mut said: Vec<Cow<'t, str>> = content.texts_and_keys().map(Cow::Borrowed).collect();
    let mut unread = 0;
    for _ in 0..LAYERS {
        let until = said.len();
        let mut inner = Vec::new();
        for text in said.get(unread..).unwrap_or(&[]).iter().filter(|t| t.trim_start().starts_with(['{', '['])) {
            let mut doc = Doc::new();
            if doc.parse(text.trim().as_bytes(), &Limits::DEFAULT).is_ok() {
                inner.extend(doc.root().texts_and_keys().map(|t| Cow::Owned(t.to_owned())));
            }
        }
        unread = until;
        said.extend(inner);
    }
    said
}

/// A text as marks are looked for: without case, and without what nobody sees.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect()
}

/// Whether a folded text stands in another where a mark is concerned.
fn stands_widely(needle: &str, hay: &str) -> bool {
    let long = needle.chars().nth(LONG.wrapping_sub(1)).is_some();
    let stands = if long { hay.contains(needle) } else { stands_between(needle, hay, char::is_alphanumeric) };
    stands || shares_run(needle, hay)
}

/// Whether `needle` stands in `hay` as whole words.
fn stands_in(needle: &str, hay: &str) -> bool {
    stands_between(needle, hay, |c| c.is_alphanumeric() || c == '_')
}

/// Whether `needle` stands in `hay` where nothing beside it continues a word of it.
fn stands_between(needle: &str, hay: &str, is_word: fn(char) -> bool) -> bool {
    let (Some(first), Some(last)) = (needle.chars().next(), needle.chars().next_back()) else { return false };
    let is_whole = |start: usize| {
        let before = hay.get(..start).and_then(|t| t.chars().next_back());
        let after = hay.get(start.saturating_add(needle.len())..).and_then(|t| t.chars().next());
        let continues = |edge: char, beyond: Option<char>| is_word(edge) && beyond.is_some_and(is_word);
        !continues(first, before) && !continues(last, after)
    };
    let mut from = 0_usize;
    // `find` is fast where matches are few. Where many overlap, starting it again and again would be quadratic.
    for _ in 0..16 {
        let Some(at) = hay.get(from..).and_then(|rest| rest.find(needle)) else { return false };
        let start = from.saturating_add(at);
        if is_whole(start) {
            return true;
        }
        from = start.saturating_add(first.len_utf8());
    }
    every_match(needle.as_bytes(), hay.as_bytes(), from, is_whole)
}

/// Whether some match of `needle` at or after `from`, overlapping ones too, is accepted. Knuth, Morris and Pratt.
fn every_match(needle: &[u8], hay: &[u8], from: usize, accepted: impl Fn(usize) -> bool) -> bool {
    // border[i]: the longest proper prefix of the needle that is a suffix of its first i + 1 bytes.
    let mut border = vec![0_usize; needle.len()];
    let next = |border: &[usize], mut matched: usize, byte: u8| {
        while matched > 0 && needle.get(matched) != Some(&byte) {
            matched = border.get(matched.wrapping_sub(1)).copied().unwrap_or(0);
        }
        if needle.get(matched) == Some(&byte) { matched.wrapping_add(1) } else { matched }
    };
    let mut matched = 0_usize;
    for (i, byte) in needle.iter().enumerate().skip(1) {
        matched = next(&border, matched, *byte);
        if let Some(slot) = border.get_mut(i) {
            *slot = matched;
        }
    }
    matched = 0;
    for (i, byte) in hay.iter().enumerate().skip(from) {
        matched = next(&border, matched, *byte);
        if matched == needle.len() {
            if accepted(i.wrapping_add(1).wrapping_sub(needle.len())) {
                return true;
            }
            matched = border.last().copied().unwrap_or(0);
        }
    }
    false
}

/// Whether two texts share a run.
pub(super) fn shares_run(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // Fewer bytes than characters are needed: no run.
    if short.len() < RUN {
        return false;
    }
    let mut hashes: Vec<(u64, usize)> = runs(short).collect();
    hashes.sort_unstable();
    if hashes.is_empty() {
        return false;
    }
    let mut filter = [0_u64; 256];
    let place = |hash: u64| {
        let high = usize::try_from(hash >> 50).unwrap_or(0);
        (high >> 6, 1_u64.wrapping_shl(u32::try_from(high & 63).unwrap_or(0)))
    };
    for (hash, _) in &hashes {
        let (word, bit) = place(*hash);
        if let Some(word) = filter.get_mut(word) {
            *word |= bit;
        }
    }
    runs(long).any(|(hash, start)| {
        let (word, bit) = place(hash);
        if filter.get(word).is_none_or(|word| word & bit == 0) {
            return false;
        }
        let from = hashes.partition_point(|(h, _)| *h < hash);
        let equal = hashes.iter().skip(from).take_while(|(h, _)| *h == hash);
        // Equal hashes are nearly always equal runs, and one is enough.
        equal.take(8).any(|(_, other)| {
            let run = |text: &str, at: usize| text.get(at..).map(|t| t.chars().take(RUN).collect::<String>());
            run(long, start) == run(short, *other)
        })
    })
}

/// A hash for each run of a text, and at which byte it begins.
fn runs(text: &str) -> impl Iterator<Item = (u64, usize)> {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let top = (1..RUN).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let code = |c: char| u64::from(u32::from(c)).wrapping_add(1);
    let mut hash = 0_u64;
    for c in text.chars().take(RUN.wrapping_sub(1)) {
        hash = hash.wrapping_mul(BASE).wrapping_add(code(c));
    }
    let heads = text.chars().skip(RUN.wrapping_sub(1));
    text.char_indices().zip(heads).map(move |((start, tail), head)| {
        let full = hash.wrapping_mul(BASE).wrapping_add(code(head));
        hash = full.wrapping_sub(code(tail).wrapping_mul(top));
        (full, start)
    })
}
