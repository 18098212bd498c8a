//! `test --mutate`: the policy changed in one place after the other, and who noticed.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};
use policyc_compile::Compiled;
use policyc_compile::lower::TestSuite;
use policyc_harness::Files;
use policyc_harness::mutate::{self, Fate, Mutants, Progress};

use crate::output::{Fault, Output, Paint, inline};

/// How many survivors are shown; `--format json` has all of them.
const MOST: usize = 30;

/// Tries all mutants, with a bar where there is a terminal.
pub fn run(
    compiled: &Compiled,
    suite: &TestSuite,
    (disk, folders): (&dyn Files, &[String]),
    jobs: usize,
    out: &mut Output,
) -> Result<Mutants, Fault> {
    out.flush();
    let bar: OnceLock<ProgressBar> = OnceLock::new();
    let progress = |step| match step {
        Progress::Of(n) => {
            // Nothing is drawn where standard error is no terminal.
            let new = ProgressBar::new(u64::try_from(n).unwrap_or(u64::MAX));
            if let Ok(style) = ProgressStyle::with_template("mutants {bar:30} {pos}/{len}") {
                new.set_style(style);
            }
            let _ = bar.set(new);
        }
        Progress::One => {
            if let Some(bar) = bar.get() {
                bar.inc(1);
            }
        }
    };
    let mutants = mutate::mutate(&compiled.program, &compiled.sources, suite, (disk, folders), jobs, &progress);
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
    }
    mutants.map_err(|e| Fault::new(e.to_string()).help("mutants need tests that pass: `policyc test` says what fails"))
}

/// Survivors with what was changed and the test that would notice, and the score.
pub fn shown(mutants: &Mutants, prefix: &str, paint: Paint) -> String {
    let mut out = String::new();
    let survivors: Vec<_> = mutants.survivors().collect();
    for mutant in survivors.iter().take(MOST) {
        let at = format!("{prefix}{}:{}", mutant.file, mutant.line);
        out.push_str(&format!(
            "\n{}  {}  {}  {}\n",
            paint.red("SURVIVED"),
            paint.bold(&inline(&mutant.item, 80)),
            mutant.operator,
            paint.dim(&at)
        ));
        for line in mutant.diff.lines().take(12) {
            let text = inline(line, 160);
            out.push_str(&format!("  {}\n", if line.starts_with('+') { paint.green(&text) } else { paint.red(&text) }));
        }
        if let Fate::Survived { killer: Some(test) } = &mutant.fate {
            out.push_str(&format!("  {}\n", paint.dim("this test would notice:")));
            for line in test.lines() {
                out.push_str(&format!("    {}\n", inline(line, 400)));
            }
        }
    }
    if survivors.len() > MOST {
        let rest = survivors.len().saturating_sub(MOST);
        out.push_str(&format!("\nand {rest} more: `--format json` has all of them\n"));
    }
    let (killed, left) = (mutants.killed(), survivors.len());
    let same = mutants.all.iter().filter(|m| m.fate == Fate::Same).count();
    let invalid = mutants.all.iter().filter(|m| m.fate == Fate::Invalid).count();
    let text = format!("mutants {killed} of {} noticed ({} %)", killed.saturating_add(left), mutants.score());
    let mut notes = Vec::new();
    if same > 0 {
        notes.push(format!("{same} were the same policy"));
    }
    if invalid > 0 {
        notes.push(format!("{invalid} were no policy"));
    }
    let notes = if notes.is_empty() { String::new() } else { format!(", {}", notes.join(", ")) };
    let painted = if left == 0 { paint.green(&text) } else { paint.yellow(&text) };
    out.push_str(&format!("\n{painted}{notes}\n"));
    out
}
