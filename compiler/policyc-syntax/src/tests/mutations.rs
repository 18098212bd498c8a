//! One token left out, two neighbours swapped: one mistake, one message, near the place.
//!
//! The ignored test tries every token instead of one in sixteen.

#![expect(clippy::print_stderr, reason = "the share is worth reading with --nocapture")]

use super::EVERYTHING;
use crate::{LexemeKind, lexemes, parse};
use policyc_diag::{FileId, Severity};

/// What a set of mutants came to.
#[derive(Default)]
struct Tally {
    broken: usize,
    good: usize,
    bad: Vec<String>,
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count()
}

fn judge(tally: &mut Tally, what: &str, mutant: &str, lines: (usize, usize)) {
    let (_, said) = parse(FileId(0), mutant);
    let errors: Vec<_> = said.iter().filter(|d| d.severity == Severity::Error).collect();
    if errors.is_empty() {
        return;
    }
    tally.broken += 1;
    let places: Vec<usize> = errors.iter().map(|d| line_of(mutant, d.primary.span.start as usize)).collect();
    let near = |l: &usize| *l + 1 >= lines.0 && *l <= lines.1 + 1;
    if errors.len() == 1 && places.iter().all(near) {
        tally.good += 1;
    } else {
        let said: Vec<String> =
            errors.iter().zip(&places).map(|(d, l)| format!("{}: {} {}", l + 1, d.code.number, d.message)).collect();
        tally.bad.push(format!("{what} line {}: {}", lines.0 + 1, said.join(" | ")));
    }
}

fn mutate(text: &str, step: usize) -> (Tally, Tally) {
    let all: Vec<_> = lexemes(text).into_iter().filter(|l| l.kind != LexemeKind::Comment).collect();
    let (mut deletions, mut swaps) = (Tally::default(), Tally::default());
    for (i, l) in all.iter().enumerate().step_by(step) {
        let line = line_of(text, l.start);
        let mutant = format!("{}{}", &text[..l.start], &text[l.end..]);
        judge(&mut deletions, &format!("without `{}`", l.text(text)), &mutant, (line, line));
        let Some(next) = all.get(i + 1) else { continue };
        if next.text(text) == l.text(text) {
            continue;
        }
        let mutant = format!(
            "{}{}{}{}{}",
            &text[..l.start],
            next.text(text),
            &text[l.end..next.start],
            l.text(text),
            &text[next.end..]
        );
        let what = format!("swapped `{}` `{}`", l.text(text), next.text(text));
        judge(&mut swaps, &what, &mutant, (line, line_of(text, next.start)));
    }
    (deletions, swaps)
}

fn check(step: usize) {
    let (deletions, swaps) = mutate(EVERYTHING, step);
    for (name, tally) in [("deletions", &deletions), ("swaps", &swaps)] {
        let share = format!("{name}: {} of {} broken mutants give one error near the change", tally.good, tally.broken);
        eprintln!("{share}\n{}", tally.bad.join("\n"));
        assert!(tally.good * 100 >= tally.broken * 95, "{share}");
    }
}

#[test]
fn one_token_more_or_less_is_one_error_near_it() {
    check(16);
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn any_token_more_or_less_is_one_error_near_it() {
    check(1);
}
