//! `graph`: the decision tree of a tool, or of all.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use policyc_diag::suggest;
use policyc_runtime::bundle::Bundle;
use policyc_runtime::policy::{Policy, ToolId};

use crate::commands::policy;
use crate::output::{Ending, Fault, Outcome, Output};
use crate::render::{dot, svg, tree};

/// Arguments of `graph`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  policyc graph examples/banking --tool send_money -o send_money.svg\n  \
    policyc graph examples/fleet --format mermaid\n  policyc graph --format dot | dot -Tpng > tree.png")]
pub struct Options {
    /// A project folder, .policy files or a compiled policy
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Draw this tool only
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// What is written [default: by the end of FILE, else svg]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<GraphFormat>,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What a tree is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A picture in one file
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

impl GraphFormat {
    fn of_file(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("dot" | "gv") => Self::Dot,
            Some("mmd" | "mermaid" | "md") => Self::Mermaid,
            Some(_) | None => Self::Svg,
        }
    }
}

/// Runs it.
pub fn run(options: Options, out: &mut Output) -> Outcome {
    let (Bundle { policy, .. }, _) = policy(&options.paths, out)?;
    let tool = options.tool.as_deref().map(|name| find_tool(&policy, name)).transpose()?;
    let tree = tree::tree(&policy, tool).map_err(|tree::TooLarge| {
        Fault::new(format!("the tree has more than {} boxes", tree::MAX_BOXES)).help("name one tool with `--tool`")
    })?;
    let title = options.tool.as_deref().unwrap_or(&policy.name);
    let by_file = options.output.as_deref().map_or(GraphFormat::Svg, GraphFormat::of_file);
    let text = match options.format.unwrap_or(by_file) {
        GraphFormat::Svg => svg::draw(&tree, title),
        GraphFormat::Dot => dot::dot(&tree, title),
        GraphFormat::Mermaid => dot::mermaid(&tree),
    };
    match options.output {
        None => out.data(text.as_bytes()),
        Some(path) => {
            std::fs::write(&path, text)
                .map_err(|e| Fault::new(format!("`{}` cannot be written: {e}", path.display())))?;
            out.say(&format!("{}: {} boxes", path.display(), tree.node_count()));
        }
    }
    Ok(Ending::Clean)
}

fn find_tool(policy: &Policy, name: &str) -> Result<ToolId, Fault> {
    let names = || policy.tools.iter().map(|t| policy.text(t.name));
    if let Some((id, _)) = (0..).map(ToolId).zip(names()).find(|(_, n)| *n == name) {
        return Ok(id);
    }
    let fault = Fault::new(format!("the policy has no tool `{name}`"));
    Err(match suggest(name, names()) {
        Some(near) => fault.help(format!("there is `{near}`")),
        None => fault.help("`policyc inspect` lists the tools"),
    })
}
