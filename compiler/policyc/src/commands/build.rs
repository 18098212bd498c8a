//! `build`: one content-addressed file that a host can load without the compiler.

use std::path::PathBuf;

use clap::Args;
use policyc_runtime::bundle;

use crate::cli::PolicyPaths;
use crate::commands::compile_or_show;
use crate::output::{Ending, Fault, Outcome, Output};
use crate::project::Project;

/// Arguments of `build`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  policyc build examples/banking -o banking.policyc\n  policyc inspect banking.policyc"
)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyPaths,
    /// Where to write it [default: NAME.policyc]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let project = Project::open(&options.policy.paths)?;
    let (_, policy) = compile_or_show(&project, out)?;
    let bytes = bundle::write(&policy).map_err(|e| Fault::new(format!("the policy cannot be written: {e}")))?;
    let hash = bundle::hash(&policy).map_err(|e| Fault::new(format!("the policy cannot be hashed: {e}")))?;
    let path = options.output.unwrap_or_else(|| PathBuf::from(format!("{}.policyc", policy.name)));
    std::fs::write(&path, &bytes).map_err(|e| Fault::new(format!("`{}` cannot be written: {e}", path.display())))?;
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    out.line(&format!("sha256:{hex}"));
    out.say(&format!("{}: {} rules, {} bytes", path.display(), policy.rules.len(), bytes.len()));
    Ok(Ending::Clean)
}
