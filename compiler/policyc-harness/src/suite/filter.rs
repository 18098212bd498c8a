//! Which tests and fixtures are meant: `-k`.
//!
//! A pattern is a piece of a name, or, with `*` or `?` in it, a glob over the whole name. It is compared with the
//! name of a test, its tags, the file that it stands in and the rules that it expects (of a fixture: its path, and the
//! rules in its snapshot); one hit is enough. Letters are compared as they are.

/// A filter; without patterns it takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    patterns: Vec<String>,
}

impl Filter {
    /// Takes whatever one of the patterns takes.
    pub fn new(patterns: impl IntoIterator<Item = String>) -> Self {
        Self { patterns: patterns.into_iter().collect() }
    }

    /// The patterns, as they were given.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether everything is taken.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether one of the names is taken.
    pub fn takes<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        self.is_empty() || self.takes_one_of(names)
    }

    /// Whether a pattern takes one of the names; without patterns none does.
    pub fn takes_one_of(&self, names: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
        names.into_iter().any(|name| self.patterns.iter().any(|p| meets(p, name.as_ref())))
    }
}

fn meets(pattern: &str, name: &str) -> bool {
    name.contains(pattern) || (pattern.contains(['*', '?']) && glob(pattern, name))
}

/// `*` any run of characters, `?` one. Only the last `*` is taken back, so the work is bounded by the product of the
/// two lengths.
fn glob(pattern: &str, name: &str) -> bool {
    let (mut p, mut n) = (pattern.chars(), name.chars());
    let mut last_star: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let here = n.clone();
        match (p.next(), n.next()) {
            (Some('*'), _) => {
                n = here;
                last_star = Some((p.clone(), n.clone()));
            }
            (Some('?'), Some(_)) => {}
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(_) | None, Some(_)) => {
                // The star takes one character more, and what follows it begins again.
                let Some((after, taken)) = &mut last_star else { return false };
                if taken.next().is_none() {
                    return false;
                }
                (p, n) = (after.clone(), taken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_or_a_glob_over_the_whole() {
        for (pattern, name, want) in [
            ("sweep", "a sweep of the VPC", true),
            ("swoop", "a sweep of the VPC", false),
            ("a*VPC", "a sweep of the VPC", true),
            ("*sweep", "a sweep of the VPC", false),
            ("*sweep*", "a sweep of the VPC", true),
            ("?sweep*", "a sweep", false),
            ("what?", "what? now", true), // as a piece, also with a sign of the glob in it
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-cd", false),
            ("*", "", true),
            ("?", "ü", true),
            ("??", "ü", false),
        ] {
            assert_eq!(meets(pattern, name), want, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn no_pattern_takes_everything_and_one_of_several_is_enough() {
        assert!(Filter::default().takes(["x"]));
        let filter = Filter::new(["slow".to_owned(), "mail".to_owned()]);
        assert!(filter.takes(["a test", "mail"]));
        assert!(!filter.takes(["a test", "fast"]));
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!glob(&format!("{}b", "*a".repeat(200)), &"a".repeat(4000)));
    }
}
