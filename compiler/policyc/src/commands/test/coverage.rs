//! What `test` does with what was seen: the summary, the files, the thresholds, and only what changed.

use std::path::PathBuf;
use std::process::Command;

use policyc_compile::lower::TestSuite;
use policyc_harness::coverage::{self, Coverage, Kind};
use policyc_runtime::policy::{Place, Policy};

use crate::output::{Fault, Output};
use crate::project::Project;
use crate::render;
use crate::render::{svg, tree};

/// A form of coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What was not seen, at the terminal.
    Terminal,
    /// One page.
    Html,
    /// LCOV's tracefile.
    Lcov,
    /// Cobertura's XML.
    Cobertura,
    /// JSON, versioned.
    Json,
}

impl Form {
    /// The form of this name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "terminal" => Self::Terminal,
            "html" => Self::Html,
            "lcov" => Self::Lcov,
            "cobertura" => Self::Cobertura,
            "json" => Self::Json,
            _ => return None,
        })
    }

    fn file(self) -> Option<&'static str> {
        match self {
            Self::Terminal => None,
            Self::Html => Some("coverage.html"),
            Self::Lcov => Some("lcov.info"),
            Self::Cobertura => Some("cobertura.xml"),
            Self::Json => Some("coverage.json"),
        }
    }
}

/// `KIND=N`: at least so many hundredths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Least {
    /// Of what is to be seen of a kind.
    Seen(Kind, usize),
    /// Of the mutants.
    Mutants(usize),
}

/// Reads `KIND=N`.
pub fn least(text: &str) -> Result<Least, String> {
    let kinds = || Kind::ALL.map(Kind::name).join(", ");
    let (kind, number) = text.split_once('=').ok_or_else(|| format!("write KIND=N; kinds are {}, mutants", kinds()))?;
    let number: usize = number
        .trim_end_matches('%')
        .parse()
        .ok()
        .filter(|n| *n <= 100)
        .ok_or_else(|| format!("`{number}` is no number from 0 to 100"))?;
    if kind == "mutants" {
        return Ok(Least::Mutants(number));
    }
    match Kind::of(kind) {
        Some(kind) => Ok(Least::Seen(kind, number)),
        None => Err(format!("there is no kind `{kind}`; there are {}, mutants", kinds())),
    }
}

/// Kinds that were seen less than they should be, as sentences.
pub fn too_little(policy: &Policy, coverage: &Coverage, least: &[Least]) -> Vec<String> {
    let mut out = Vec::new();
    for least in least {
        let Least::Seen(kind, percent) = least else { continue };
        let tally = coverage.tally(*kind);
        if tally.percent() < *percent {
            out.push(format!(
                "{} coverage is {} % ({} of {}), less than {percent} %",
                kind.name(),
                tally.percent(),
                tally.seen,
                tally.of
            ));
        }
        for file in coverage.files(policy) {
            let tally = coverage.tally_in(*kind, file);
            if tally.of > 0 && tally.percent() < *percent {
                let name = usize::try_from(file).ok().and_then(|i| policy.files.get(i)).map_or("?", |f| &f.name);
                out.push(format!(
                    "{} coverage of {name} is {} % ({} of {}), less than {percent} %",
                    kind.name(),
                    tally.percent(),
                    tally.seen,
                    tally.of
                ));
            }
        }
    }
    out
}

/// Writes the form to its file; what was not seen is for the terminal alone.
pub fn write(
    form: Form,
    file: Option<&PathBuf>,
    (policy, coverage): (&Policy, &Coverage),
    prefix: &str,
    out: &mut Output,
) -> Result<(), Fault> {
    let Some(name) = form.file() else { return Ok(()) };
    let text = match form {
        Form::Terminal => return Ok(()),
        Form::Html => {
            let drawn = tree::tree(policy, None).map(|tree| svg::draw(&tree, &policy.name)).unwrap_or_default();
            coverage::html(policy, coverage, &drawn)
        }
        Form::Lcov => coverage::lcov(policy, coverage, prefix),
        Form::Cobertura => coverage::cobertura(policy, coverage, prefix),
        Form::Json => serde_json::to_string_pretty(&coverage::json(policy, coverage)).unwrap_or_default() + "\n",
    };
    let path = file.cloned().unwrap_or_else(|| PathBuf::from(name));
    std::fs::write(&path, text).map_err(|e| Fault::new(format!("`{}` cannot be written: {e}", path.display())))?;
    out.say(&format!("coverage: {}", path.display()));
    Ok(())
}

/// The summary and, if asked, what is missing.
pub fn shown(form: Option<Form>, suite: &TestSuite, coverage: &Coverage, prefix: &str, out: &Output) -> String {
    let mut text = render::coverage::summary(coverage, out.paint());
    text.push('\n');
    if form == Some(Form::Terminal) {
        text.push_str(&render::coverage::missing(suite, coverage, prefix, out.paint()));
    }
    text
}

/// Counts only what stands on lines that differ from a revision.
pub fn only_changed(revision: &str, project: &Project, policy: &Policy, coverage: &mut Coverage) -> Result<(), Fault> {
    if revision.starts_with('-') {
        return Err(Fault::new(format!("`{revision}` is no revision")));
    }
    let changed = Command::new("git")
        .arg("-C")
        .arg(&project.root)
        .args(["diff", "--no-color", "--no-ext-diff", "--unified=0", "--relative", revision, "--", "."])
        .output()
        .map_err(|e| Fault::new(format!("git cannot be run: {e}")))?;
    if !changed.status.success() {
        let why = String::from_utf8_lossy(&changed.stderr).trim().to_owned();
        return Err(Fault::new(format!("git knows no difference to `{revision}`: {why}")));
    }
    let lines = changed_lines(&String::from_utf8_lossy(&changed.stdout));
    coverage.keep(|place: Place| {
        let first = coverage::spot(policy, place);
        let last = coverage::spot(policy, Place { start: place.end, ..place });
        lines.iter().any(|(file, from, to)| *file == first.file && *from <= last.line && first.line < *to)
    });
    Ok(())
}

/// The lines on the new side of a difference: file, first line, one past the last.
fn changed_lines(diff: &str) -> Vec<(String, usize, usize)> {
    let (mut file, mut lines) = (String::new(), Vec::new());
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("+++ ") {
            path.strip_prefix("b/").unwrap_or(path).clone_into(&mut file);
        } else if let Some(hunk) = line.strip_prefix("@@ ") {
            let new = hunk.split(' ').find_map(|part| part.strip_prefix('+')).unwrap_or("");
            let (from, count) = new.split_once(',').unwrap_or((new, "1"));
            if let (Ok(from), Ok(count)) = (from.parse::<usize>(), count.parse::<usize>()) {
                lines.push((file.clone(), from, from.saturating_add(count)));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_say_which_lines_are_new() {
        let diff = "diff --git a/x.policy b/x.policy\n--- a/x.policy\n+++ b/x.policy\n@@ -3 +3,2 @@ rule\n-a\n+b\n+c\n@@ -9,2 +10,0 @@\n";
        assert_eq!(changed_lines(diff), [("x.policy".to_owned(), 3, 5), ("x.policy".to_owned(), 10, 10)]);
    }

    #[test]
    fn a_threshold_names_a_kind_and_a_number() {
        assert_eq!(least("rule=90"), Ok(Least::Seen(Kind::Rule, 90)));
        assert_eq!(least("mcdc=80%"), Ok(Least::Seen(Kind::Mcdc, 80)));
        assert_eq!(least("mutants=85"), Ok(Least::Mutants(85)));
        assert!(least("rules=90").unwrap_err().contains("there is no kind `rules`"));
        assert!(least("rule=101").is_err() && least("rule").is_err());
    }
}
