//! The bounds of everything that comes over the wire or is remembered.
//!
//! A bound that is met ends in a refusal with a code of its own, never in a shortened value. The numbers are part of
//! SPEC.md; a host may lower them, tests do.

/// Bounds of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line.
    pub line_bytes: usize,
    /// Containers within containers.
    pub depth: usize,
    /// Members of one container.
    pub members: usize,
    /// Values in all, containers included, keys not.
    pub nodes: usize,
    /// Bytes of one text, unescaped, or of one key.
    pub text_bytes: usize,
    /// Bytes of one number as it is spelled.
    pub number_bytes: usize,
}

impl Limits {
    /// What holds unless the host says otherwise.
    pub const DEFAULT: Self = Self {
        line_bytes: 1 << 20,
        depth: 64,
        members: 10_000,
        nodes: 100_000,
        text_bytes: 256 << 10,
        number_bytes: 256,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bounds of what is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLimits {
    /// Sessions of one state.
    pub sessions: usize,
    /// Call ids of one state.
    pub calls: usize,
    /// Bytes of calls that are kept until their result comes.
    pub open_bytes: usize,
    /// Counters of all budgets together.
    pub counters: usize,
    /// Time stamps of all exact windows together.
    pub stamps: usize,
    /// Bytes of text that one session remembers; past it, questions of origin are unknown.
    pub session_text_bytes: usize,
    /// Texts that one session remembers; past it, questions of origin are unknown.
    pub session_texts: usize,
    /// Bytes of text that all sessions remember together; past it, questions of origin are unknown.
    pub text_bytes: usize,
    /// Bytes that all questions of origin of one event may look through; past it, their answers are unknown.
    pub origin_bytes: usize,
}

impl StateLimits {
    /// What holds unless the host says otherwise.
    pub const DEFAULT: Self = Self {
        sessions: 1 << 20,
        calls: 1 << 22,
        open_bytes: 256 << 20,
        counters: 1 << 20,
        stamps: 1 << 24,
        session_text_bytes: 1 << 20,
        session_texts: 4096,
        text_bytes: 512 << 20,
        origin_bytes: 256 << 20,
    };
}

impl Default for StateLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
