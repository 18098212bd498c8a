//! Why an event is refused before any rule is asked.
//!
//! Every refusal is a `deny` with a stable code and a sentence for people. Text of the event in that sentence is
//! escaped and shortened here, so that no event can forge what its reader sees.

use std::fmt;

macro_rules! codes { ($($(#[$doc:meta])* $variant:ident $name:literal),* $(,)?) => {
    /// The stable code of a refusal.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum RefusalCode { $($(#[$doc])* $variant),* }
    impl RefusalCode {
        /// All of them.
        pub const ALL: &[Self] = &[$(Self::$variant),*];
        /// As decisions spell it.
        pub fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }
    }
}}
codes!(
    /// No JSON, or not the structure of an event.
    MalformedCall "malformed-call",
    /// One object has a key twice.
    DuplicateKey "duplicate-key",
    /// A key differs from a declared one only by case.
    ConfusableKey "confusable-key",
    /// `NaN`, a number that JSON does not know, or one that does not fit.
    BadNumber "bad-number",
    /// Invalid UTF-8 or half of a surrogate pair.
    BadText "bad-text",
    /// The event has a key that no event has.
    UnknownKey "unknown-key",
    /// The policy does not declare the tool.
    UnknownTool "unknown-tool",
    /// The tool does not declare the argument, or a record the field.
    UndeclaredArgument "undeclared-argument",
    /// A required argument or field is absent.
    MissingArgument "missing-argument",
    /// A value is not of its declared type.
    WrongType "wrong-type",
    /// A required label is absent.
    MissingLabel "missing-label",
    /// The policy needs a session.
    MissingSession "missing-session",
    /// The policy needs to know the agent, or an attribute of it.
    MissingAgent "missing-agent",
    /// The policy needs the agent's tenant.
    MissingTenant "missing-tenant",
    /// The policy needs the call's task.
    MissingTask "missing-task",
    /// The policy needs the call's time.
    MissingTime "missing-time",
    /// A time is not RFC 3339 or does not fit.
    BadTime "bad-time",
    /// A call with this id was seen before.
    DuplicateCall "duplicate-call",
    /// No call with this id waits for this.
    UnknownCall "unknown-call",
    /// The answer is nobody's that the held call waits for.
    UnknownApprover "unknown-approver",
    /// The line is too long.
    LimitSize "limit-size",
    /// Too many containers within containers.
    LimitDepth "limit-depth",
    /// Too many members, or too many values in all.
    LimitWidth "limit-width",
    /// A text, a key or a number is too long.
    LimitLength "limit-length",
    /// The state cannot remember more.
    LimitState "limit-state",
    /// The decision would take too long.
    LimitSteps "limit-steps",
    /// Two winning rules disagree on an obligation.
    ConflictingObligations "conflicting-obligations",
    /// The compiled policy contradicts itself.
    BadPolicy "bad-policy",
);

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A refusal: an event that is denied before any rule is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code.
    pub code: RefusalCode,
    /// A sentence: lower case, no final stop, safe to print.
    pub message: String,
}

impl Refusal {
    /// A refusal; text of the event in the message has gone through `quoted`.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// How many characters of a text of the event a message shows.
const SHOWN: usize = 48;

/// Text of an event within a message: in backticks, shortened, what could forge or hide output escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    let mut chars = text.chars();
    for c in chars.by_ref().take(SHOWN) {
        push_escaped(&mut out, c);
    }
    if chars.next().is_some() {
        out.push('…');
    }
    out.push('`');
    out
}

/// Text of an event as it may be printed, not shortened.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(&mut out, c));
    out
}

/// One character, escaped unless it is an ordinary visible one or a space.
fn push_escaped(out: &mut String, c: char) {
    if c == '`' || c == '\\' || c.is_control() || is_invisible(c) {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

/// Whether nothing is to be seen of a character where text is shown.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let mut names: Vec<_> = RefusalCode::ALL.iter().map(|c| c.name()).collect();
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RefusalCode::ALL.len());
    }

    #[test]
    fn quoting_hides_nothing_and_is_short() {
        assert_eq!(quoted("plain ümlaut"), "`plain ümlaut`");
        assert_eq!(quoted("a\u{1b}[31m`b\n"), "`a\\u{1b}[31m\\u{60}b\\u{a}`");
        assert_eq!(quoted("\u{202e}x"), "`\\u{202e}x`");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), SHOWN + 3);
    }
}
