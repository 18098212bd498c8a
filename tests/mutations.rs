//! One mistake is one diagnostic, near the mistake: single tokens of the shipped policies are left out or swapped.

use std::path::Path;

use policyc_diag::{Severity, SourceMap};
use policyc_testkit::Rng;
use policyc_testkit::mutate::{line_of, swapped, tokens, without};
use rayon::prelude::*;

/// All policies that the project ships, by path.
pub fn shipped() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for folder in ["stdlib", "examples"] {
        collect(&super::root().join(folder), &mut out);
    }
    out.sort();
    out
}

fn collect(folder: &Path, out: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "policy") {
            out.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a policy is UTF-8")));
        }
    }
}

/// What became of a text with a mistake in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It is still a text of the language.
    Nothing,
    /// One error, within a line of the change.
    One,
    /// Anything else.
    Other,
}

fn look(text: &str, lines: std::ops::RangeInclusive<usize>) -> Found {
    let mut map = SourceMap::default();
    let file = map.add("mutated.policy", text);
    let (_, diagnostics) = policyc_syntax::parse(file, text);
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    match errors.as_slice() {
        [] => Found::Nothing,
        [one] => {
            let line = usize::try_from(map.line_col(one.primary.span).line).expect("a line number");
            if (lines.start().saturating_sub(1)..=lines.end() + 1).contains(&line) { Found::One } else { Found::Other }
        }
        _ => Found::Other,
    }
}

/// SPEC: [S1.7] [S1.1] [S1.2] [S1.3]
#[test]
fn one_mistake_is_one_error_where_it_is() {
    let files = shipped();
    assert!(!files.is_empty(), "no policies are shipped");
    // All of them where many cases are asked for, else a fixed sample.
    let all = std::env::var("POLICYC_CASES").is_ok_and(|n| n.replace('_', "").parse().unwrap_or(0) > 100_000);
    let cases: Vec<(usize, usize, bool)> = (0..files.len())
        .flat_map(|file| {
            (0..tokens(&files[file].1).len()).flat_map(move |token| [(file, token, true), (file, token, false)])
        })
        .collect();
    let mut rng = Rng::new(1);
    let cases: Vec<_> = cases.into_iter().filter(|_| all || rng.chance(1, 20)).collect();
    let results: Vec<(Found, String)> = cases
        .into_par_iter()
        .filter_map(|(file, token, delete)| {
            let (name, text) = &files[file];
            let tokens = tokens(text);
            let first = tokens.get(token)?;
            let (mutated, what, last) = if delete {
                (without(text, first), format!("without `{}`", &text[first.clone()]), first)
            } else {
                let second = tokens.get(token + 1)?;
                if text[first.clone()] == text[second.clone()] {
                    return None;
                }
                (swapped(text, first, second), format!("`{}` swapped", &text[first.start..second.end]), second)
            };
            let lines = line_of(text, first.start)..=line_of(text, last.start);
            Some((look(&mutated, lines.clone()), format!("{name}:{} {what}", lines.start())))
        })
        .collect();
    let broken: Vec<_> = results.iter().filter(|(found, _)| *found != Found::Nothing).collect();
    let bad: Vec<&str> =
        broken.iter().filter(|(found, _)| *found == Found::Other).map(|(_, what)| what.as_str()).collect();
    let good = broken.len() - bad.len();
    #[expect(clippy::print_stdout, reason = "the share is what people ask for")]
    {
        println!("{} mistakes, {} of {} errors are one error where it is", results.len(), good, broken.len());
    }
    assert!(
        good * 100 >= broken.len() * 95,
        "{good} of {} mistakes give one error where they are; the others:\n{}",
        broken.len(),
        bad.iter().take(60).copied().collect::<Vec<_>>().join("\n"),
    );
}
