//! What a session remembers: marks, what the user said, what came back, which calls are still under way.
//!
//! Texts are compared by looking at every place. SPEC: [S6.3] [S6.4] [S6.5] [S6.6]

use std::collections::BTreeSet;

use policyc_compile::hir::{MarkId, ToolId, ToolSet};

use super::value::Three;

/// A session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Marks that it has.
    pub marks: BTreeSet<MarkId>,
    /// What the user said.
    pub user: Vec<String>,
    /// What came back.
    pub results: Vec<Remembered>,
    /// Allowed calls without a result, and the number of their turn.
    pub open: Vec<(String, u64)>,
    /// The number of the latest turn, and its name if it has one.
    pub turn: (u64, Option<String>),
    /// The time of the first event.
    pub first: Option<i64>,
    /// The latest time seen.
    pub latest: Option<i64>,
}

impl Session {
    /// The number of the turn that a call with this turn belongs to: a name that is not the latest one begins a new
    /// turn, and so does a call without one.
    pub fn turn_of(&self, turn: Option<&String>) -> u64 {
        let (number, latest) = &self.turn;
        if turn.is_some() && latest.as_ref() == turn { *number } else { number + 1 }
    }
}

/// A result's text.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Of which tool.
    pub tool: ToolId,
    /// With which marks.
    pub marks: BTreeSet<MarkId>,
    /// The text.
    pub text: String,
}

/// A run of so many characters shared with a marked result carries the mark.
const RUN: usize = 24;

/// What can be asked of a session's memory when a call is decided.
pub struct History<'a> {
    /// The call says which session it is of; without that nothing can be told.
    named: bool,
    session: Option<&'a Session>,
    /// An allowed call of an earlier turn has not reported.
    waiting: bool,
}

impl<'a> History<'a> {
    /// Seen from a call of this turn.
    pub fn new(named: bool, session: Option<&'a Session>, turn: u64) -> Self {
        let waiting = session.is_some_and(|s| s.open.iter().any(|(_, of)| *of < turn));
        Self { named, session, waiting }
    }

    fn user(&self) -> &[String] {
        self.session.map_or(&[], |s| s.user.as_slice())
    }

    fn results(&self) -> &[Remembered] {
        self.session.map_or(&[], |s| s.results.as_slice())
    }

    /// False is only sure once everything has been reported; an empty text stands nowhere.
    fn unless_waiting(&self, text: &str, found: bool) -> Three {
        match (found, !self.named || (self.waiting && !text.is_empty())) {
            (true, _) => Three::True,
            (false, true) => Three::Unknown,
            (false, false) => Three::False,
        }
    }

    /// A text stands in a marked result and in no user message.
    pub fn has_by_origin(&self, texts: &[String], mark: MarkId) -> Three {
        let one = |text: &String| {
            if !self.named {
                return Three::Unknown;
            }
            let marked = self.results().iter().filter(|r| r.marks.contains(&mark));
            let found = marked.clone().any(|r| marks(&r.text, text));
            let said = self.user().iter().any(|u| whole_words(u, text));
            Three::all([self.unless_waiting(text, found), Three::known(said).negated()])
        };
        Three::any(texts.iter().map(one))
    }

    /// Each text stands in a user message.
    pub fn stands_in_user(&self, texts: &[String]) -> Three {
        let one = |text: &String| match self.named {
            true => Three::known(self.user().iter().any(|u| whole_words(u, text))),
            false => Three::Unknown,
        };
        Three::all(texts.iter().map(one))
    }

    /// A text stands in a result of one of the tools.
    pub fn stands_in_tools(&self, texts: &[String], tools: &ToolSet) -> Three {
        let of = |text: &String| self.results().iter().any(|r| tools.contains(&r.tool) && whole_words(&r.text, text));
        Three::any(texts.iter().map(|text| self.unless_waiting(text, of(text))))
    }
}

/// SPEC: [S6.4]
fn whole_words(text: &str, part: &str) -> bool {
    stands_between(text, part, |c| c.is_alphanumeric() || c == '_')
}

fn stands_between(text: &str, part: &str, word: impl Fn(char) -> bool) -> bool {
    let (Some(first), Some(last)) = (part.chars().next(), part.chars().next_back()) else { return false };
    (0..text.len()).any(|at| {
        let Some((before, rest)) = text.split_at_checked(at) else { return false };
        let Some(after) = rest.strip_prefix(part) else { return false };
        let free_before = !word(first) || !before.chars().next_back().is_some_and(&word);
        let free_after = !word(last) || !after.chars().next().is_some_and(&word);
        free_before && free_after
    })
}

/// SPEC: [S6.3] a text carries the mark of this result.
fn marks(result: &str, text: &str) -> bool {
    let (result, text) = (folded(result), folded(text));
    let anywhere = text.chars().count() >= 8 && result.contains(&text);
    anywhere || stands_between(&result, &text, char::is_alphanumeric) || shares_run(&result, &text)
}

/// Without case and without what is not seen: format characters and variation selectors.
fn folded(text: &str) -> String {
    let seen = |c: &char| {
        let n = u32::from(*c);
        let format = [0xad, 0x61c, 0x180e, 0xfeff].contains(&n);
        let ranges = [
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x206f),
            (0xfe00, 0xfe0f),
            (0xfff9, 0xfffb),
            (0xe0000, 0xe0fff),
        ];
        !format && !ranges.iter().any(|(low, high)| (low..=high).contains(&&n))
    };
    text.chars().filter(seen).flat_map(char::to_lowercase).collect()
}

fn shares_run(text: &str, value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    chars.windows(RUN).any(|run| text.contains(&run.iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(whole_words("pay bob now", "bob"));
        assert!(!whole_words("pay bobby now", "bob"));
        assert!(whole_words("pay (bob)", "bob"));
        assert!(whole_words("x-5", "-5"));
        assert!(!whole_words("pay bob", ""));
        assert!(shares_run("..abcdefghijklmnopqrstuvwxyz..", "xabcdefghijklmnopqrstuvwx?"));
        assert!(!shares_run("..abcdefghijklmnopqrstuvw..", "abcdefghijklmnopqrstuvw"));
    }
}
