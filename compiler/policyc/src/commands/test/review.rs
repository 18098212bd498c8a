//! `test --review`: one changed decision at a time, accepted, rejected or left for later.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use policyc_compile::lower::TestSuite;
use policyc_harness::Files;
use policyc_harness::coverage::spot;
use policyc_harness::suite::{Change, waiting};

use crate::output::{Ending, Fault, Outcome, Output, Paint, in_ci, printable};

/// Asks about each change; a snapshot is written as soon as its changes are answered, or when the person leaves.
pub fn run(suite: &TestSuite, disk: &dyn Files, folders: &[String], prefix: &str, out: &mut Output) -> Outcome {
    if in_ci() || !std::io::stdin().is_terminal() {
        return Err(Fault::new("decisions are reviewed at a terminal, and not where CI is set")
            .help("`policyc test --pending` lists what waits, `--update` accepts all of it")
            .into());
    }
    let all = waiting(suite, disk, folders).map_err(Fault::new)?;
    let paint = out.paint();
    let (mut accepted, mut left) = (0_usize, 0_usize);
    let mut leaving = false;
    let total: usize = all.iter().map(|w| w.changes().len()).sum();
    let mut number = 0_usize;
    for one in &all {
        let mut answers = Vec::new();
        for change in one.changes() {
            number = number.saturating_add(1);
            let yes = if leaving {
                false
            } else {
                show(&change, (number, total), &format!("{prefix}{}", one.fixture), suite, prefix, paint, out);
                match ask(out)? {
                    Answer::Accept => true,
                    Answer::Reject | Answer::Skip => false,
                    Answer::Quit => {
                        leaving = true;
                        false
                    }
                }
            };
            if yes {
                accepted = accepted.saturating_add(1);
            } else {
                left = left.saturating_add(1);
            }
            answers.push(yes);
        }
        // A table that only became wider is written without a question.
        if answers.iter().any(|a| *a) || answers.is_empty() {
            disk.write(&one.snapshot, &one.chosen(&answers))
                .map_err(|e| Fault::new(format!("`{}` cannot be written: {e}", one.snapshot)))?;
        }
    }
    out.line(&format!("{accepted} accepted, {left} left as they were"));
    Ok(Ending::found(left > 0))
}

enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

fn ask(out: &mut Output) -> Result<Answer, Fault> {
    out.data(b"  accept, reject, skip, quit? [a/r/s/q] ");
    out.flush();
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(|e| Fault::new(e.to_string()))?;
    Ok(match line.trim().chars().next() {
        Some('a' | 'y') => Answer::Accept,
        Some('r' | 'n') => Answer::Reject,
        Some('q') => Answer::Quit,
        // The input is over.
        None if read == 0 => Answer::Quit,
        Some(_) | None => Answer::Skip,
    })
}

fn show(
    change: &Change,
    (number, total): (usize, usize),
    fixture: &str,
    suite: &TestSuite,
    prefix: &str,
    paint: Paint,
    out: &mut Output,
) {
    out.line(&format!("\n{number} of {total}  {}", printable(fixture)));
    if let Some(before) = &change.before {
        out.line(&paint.red(&format!("  - {}", printable(before))));
    }
    if let Some(after) = &change.after {
        out.line(&paint.green(&format!("  + {}", printable(after))));
    }
    let row = change.after.as_ref().or(change.before.as_ref());
    let words: Vec<&str> = row.map_or(Vec::new(), |row| row.split([' ', ',']).collect());
    for rule in &suite.policy.rules {
        let name = suite.policy.text(rule.name);
        if words.contains(&name) {
            let spot = spot(&suite.policy, rule.place);
            out.line(&paint.dim(&format!("  {name}  {prefix}{}:{}", spot.file, spot.line)));
        }
    }
}
