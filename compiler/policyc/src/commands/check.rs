//! `check`: every diagnostic at once.

use std::collections::BTreeMap;

use clap::Args;
use policyc_compile::{Compiled, compile};
use policyc_diag::{Edit, FileId, Severity};

use crate::cli::{PolicyPaths, formats};
use crate::commands::{FINDINGS, counted, ending_of};
use crate::output::{Ending, Fault, Format, Outcome, Output};
use crate::project::Project;
use crate::render::diagnostics::{self, Context};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  policyc check\n  policyc check examples/banking --format plain\n  policyc check --fix"
)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyPaths,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FINDINGS), default_value = "human")]
    format: Format,
    /// Apply the fixes that cannot turn a refusal into an allowance
    #[arg(long)]
    fix: bool,
    /// Treat warnings as findings
    #[arg(long)]
    deny_warnings: bool,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let format = options.format;
    let project = Project::open(&options.policy.paths)?;
    let mut compiled = compile(&project.input, &project.sources());
    if options.fix {
        let fixed = apply_fixes(&project, &compiled)?;
        if fixed > 0 {
            out.say(&format!("{fixed} fix{} applied", if fixed == 1 { "" } else { "es" }));
            compiled = compile(&project.input, &project.sources());
        }
    }
    let context = Context { sources: &compiled.sources, prefix: &project.prefix };
    diagnostics::write(out, format, &context, &compiled.diagnostics);
    let errors = compiled.diagnostics.iter().any(|d| d.severity == Severity::Error);
    let tally = diagnostics::tally(&compiled.diagnostics);
    let counts = format!(
        "{}, {}, {}, {}",
        counted(compiled.sources.files().count(), "file"),
        counted(compiled.program.tools.len(), "tool"),
        counted(compiled.program.rules.len(), "rule"),
        counted(compiled.program.tests.len(), "test")
    );
    match tally {
        Some(tally) if errors => out.say(&format!("{tally} in {counts}; `policyc explain CODE` says more")),
        Some(tally) => out.say(&format!("no errors, {tally} in {counts}")),
        None => out.say(&format!("no mistakes in {counts}")),
    }
    let found = compiled.policy.is_none() || (options.deny_warnings && !compiled.diagnostics.is_empty());
    Ok(ending_of(&compiled.diagnostics).max(Ending::found(found)))
}

/// Applies every safe fix that does not overlap one before it; gives their number.
fn apply_fixes(project: &Project, compiled: &Compiled) -> Result<usize, Fault> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let mut applied = 0;
    for fix in compiled.diagnostics.iter().filter_map(|d| d.fixes.iter().find(|f| f.safe)) {
        let free = fix.edits.iter().all(|new| {
            let others = by_file.get(&new.span.file).map_or(&[][..], |v| v.as_slice());
            others.iter().all(|old| new.span.end <= old.span.start || old.span.end <= new.span.start)
        });
        if free {
            applied += 1;
            for edit in &fix.edits {
                by_file.entry(edit.span.file).or_default().push(edit);
            }
        }
    }
    for (file, mut edits) in by_file {
        let Some(source) = compiled.sources.file(file) else { continue };
        if source.name.starts_with("std/") {
            continue;
        }
        edits.sort_by_key(|e| std::cmp::Reverse(e.span.start));
        let mut text = source.text.clone();
        for edit in edits {
            let range = usize::try_from(edit.span.start).unwrap_or(0)..usize::try_from(edit.span.end).unwrap_or(0);
            if text.get(range.clone()).is_some() {
                text.replace_range(range, &edit.text);
            }
        }
        let path = project.root.join(&source.name);
        std::fs::write(&path, text).map_err(|e| Fault::new(format!("`{}` cannot be written: {e}", path.display())))?;
    }
    Ok(applied)
}
