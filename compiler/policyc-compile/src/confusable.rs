//! Names that look alike: equal once case is folded, or drawn with the same shapes (Unicode TS 39).
//!
//! On the wire a name is compared code point by code point, so two names that people cannot tell apart are two
//! different things: an error, never a warning.

use std::collections::BTreeMap;

use policyc_diag::{Diagnostic, Span, code};
use unicode_normalization::UnicodeNormalization;

use crate::checker::Checker;

/// What is the same for all names that look alike.
fn looks(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    unicode_security::skeleton(&folded).collect()
}

impl Checker<'_, '_> {
    /// Refuses names of one namespace that differ and look alike. Equal names are somebody else's business.
    pub fn refuse_confusables<'n>(&mut self, names: impl IntoIterator<Item = (&'n str, Span)>, what: &str) {
        let mut seen: BTreeMap<String, (&str, Span)> = BTreeMap::new();
        for (name, span) in names {
            let drawn = looks(name);
            match seen.get(&drawn).copied() {
                None => {
                    seen.insert(drawn, (name, span));
                }
                Some((first, _)) if first == name => {}
                Some((first, place)) => {
                    let why =
                        if first.to_lowercase() == name.to_lowercase() { "differ only by case" } else { "look alike" };
                    self.say(
                        Diagnostic::new(
                            &code::CONFUSABLE_NAME,
                            span,
                            format!("the {what} `{first}` and `{name}` {why}"),
                        )
                        .also(place, "the other one")
                        .help("rename one of them: on the wire they are two different things"),
                    );
                }
            }
        }
    }
}
