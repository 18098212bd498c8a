//! `inspect`: what is in a compiled policy, or in a policy that compiles.

use std::path::PathBuf;

use clap::Args;
use policyc_compile::lower::listing;
use policyc_runtime::bundle::Bundle;
use serde_json::json;

use crate::cli::formats;
use crate::commands::policy;
use crate::output::{Ending, Format, Outcome, Output};

/// What it writes.
const FORMATS: &[Format] = &[Format::Plain, Format::Json];

/// Arguments of `inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  policyc inspect banking.policyc\n  policyc inspect examples/banking --format json"
)]
pub struct Options {
    /// A compiled policy, a project folder or .policy files
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How output is written
    #[arg(long, value_name = "FORMAT", value_parser = formats(FORMATS), default_value = "plain")]
    format: Format,
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let format = options.format;
    let (bundle, _) = policy(&options.paths, out)?;
    match format {
        Format::Json => out.line(&summary(&bundle)),
        Format::Human
        | Format::Plain
        | Format::Jsonl
        | Format::Sarif
        | Format::Github
        | Format::Junit
        | Format::Tap => {
            out.data(listing(&bundle.policy).as_bytes());
        }
    }
    Ok(Ending::Clean)
}

fn summary(Bundle { policy, hash }: &Bundle) -> String {
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    let tools: Vec<_> = policy
        .tools
        .iter()
        .map(|t| {
            json!({ "name": policy.text(t.name), "risk": t.risk.name(),
            "tags": t.tags.iter().map(|s| policy.text(*s)).collect::<Vec<_>>() })
        })
        .collect();
    let rules: Vec<_> = policy
        .rules
        .iter()
        .map(|r| json!({ "name": policy.text(r.name), "effect": r.effect.name(), "observe": r.observe }))
        .collect();
    let names = |ids: &[policyc_runtime::policy::StrId]| ids.iter().map(|s| policy.text(*s)).collect::<Vec<_>>();
    let document = json!({
        "version": 1, "name": policy.name, "policy": format!("sha256:{hex}"), "tools": tools, "rules": rules,
        "labels": policy.labels.iter().map(|f| policy.text(f.name)).collect::<Vec<_>>(),
        "marks": names(&policy.marks),
        "budgets": policy.budgets.iter().map(|b| policy.text(b.name)).collect::<Vec<_>>(),
        "sizes": { "terms": policy.terms.len(), "atoms": policy.atoms.len(), "nodes": policy.nodes.len() },
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
