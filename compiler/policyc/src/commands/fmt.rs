//! `fmt`: one style, comments kept.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use policyc_diag::SourceMap;

use crate::cli::PolicyPaths;
use crate::commands::counted;
use crate::files;
use crate::output::{Ending, Fault, Outcome, Output};
use crate::project::Project;
use crate::render::diagnostics::{self, Context};

/// Arguments of `fmt`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  policyc fmt\n  policyc fmt --check examples/banking\n  policyc fmt - < a.policy")]
pub struct Options {
    #[command(flatten)]
    policy: PolicyPaths,
    /// Change nothing; end with 1 if a file would change
    #[arg(long)]
    check: bool,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    if options.policy.paths == [PathBuf::from("-")] {
        return standard_input(out);
    }
    let project = Project::open(&options.policy.paths)?;
    let (mut changed, mut broken) = (0, false);
    for file in &project.input.files {
        let path = project.root.join(file);
        let shown = format!("{}{file}", project.prefix);
        let text = read(&path)?;
        match policyc_syntax::format(&text) {
            Ok(formatted) if formatted == text => {}
            Ok(formatted) => {
                changed += 1;
                out.line(&shown);
                if !options.check {
                    replace(&path, &formatted)?;
                }
            }
            Err(found) => {
                broken = true;
                show(out, &shown, &text, &found);
            }
        }
    }
    let files = counted(project.input.files.len(), "file");
    match (changed, options.check) {
        (0, _) => out.say(&format!("{files}, nothing to change")),
        (n, true) => out.say(&format!("{n} of {files} would change; run `policyc fmt`")),
        (n, false) => out.say(&format!("{n} of {files} changed")),
    }
    Ok(Ending::found(broken || (options.check && changed > 0)))
}

fn standard_input(out: &mut Output) -> Outcome {
    let text = std::io::read_to_string(std::io::stdin())
        .map_err(|e| Fault::new(format!("standard input cannot be read: {e}")))?;
    match policyc_syntax::format(&text) {
        Ok(formatted) => {
            out.data(formatted.as_bytes());
            Ok(Ending::Clean)
        }
        Err(found) => {
            show(out, "-", &text, &found);
            Ok(Ending::Findings)
        }
    }
}

fn read(path: &Path) -> Result<String, Fault> {
    files::read_text(path, files::MAX_FILE_BYTES)
        .map_err(|e| Fault::new(format!("`{}` cannot be read: {e}", path.display())))
}

/// Writes beside the file and renames, so that a file is never half written.
fn replace(path: &Path, text: &str) -> Result<(), Fault> {
    let fault = |e: std::io::Error| Fault::new(format!("`{}` cannot be written: {e}", path.display()));
    let beside = path.with_extension("policy.new");
    fs::write(&beside, text).map_err(fault)?;
    fs::rename(&beside, path).map_err(fault)
}

fn show(out: &mut Output, name: &str, text: &str, found: &[policyc_diag::Diagnostic]) {
    let mut sources = SourceMap::default();
    sources.add(name, text);
    let context = Context { sources: &sources, prefix: "" };
    for diagnostic in found {
        let drawn = diagnostics::human(&context, diagnostic, out.colour_talk, out.width);
        out.say(&drawn);
    }
}
