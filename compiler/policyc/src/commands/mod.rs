//! One file for each command, and what they share: opening a policy from sources or from a bundle.

pub mod build;
pub mod check;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod inspect;
pub mod simulate;
pub mod test;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use policyc_compile::{Compiled, Sources, compile};
use policyc_diag::{Diagnostic, Severity, code};
use policyc_runtime::Loaded;
use policyc_runtime::bundle::{self, Bundle};
use policyc_runtime::policy::Policy;

use crate::files;
use crate::output::{Ending, Fault, Format, Output, Stop};
use crate::project::Project;
use crate::render::diagnostics::{self, Context};

/// Formats of commands that write findings.
pub const FINDINGS: &[Format] =
    &[Format::Human, Format::Plain, Format::Json, Format::Jsonl, Format::Sarif, Format::Github];

/// Compiles a project. If it does not compile, its errors are shown and the command ends.
pub fn compile_or_show(project: &Project, out: &mut Output) -> Result<(Compiled, Policy), Stop> {
    compile_from(project, &project.sources(), out)
}

/// As `compile_or_show`, from these files.
pub fn compile_from(project: &Project, sources: &dyn Sources, out: &mut Output) -> Result<(Compiled, Policy), Stop> {
    let mut compiled = compile(&project.input, sources);
    match compiled.policy.take() {
        Some(policy) => Ok((compiled, policy)),
        None => {
            let context = Context { sources: &compiled.sources, prefix: &project.prefix };
            let errors: Vec<_> =
                compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).cloned().collect();
            for diagnostic in &errors {
                let text = diagnostics::human(&context, diagnostic, out.colour_talk, out.width);
                out.say(&text);
            }
            let tally = diagnostics::tally(&errors).unwrap_or_else(|| "no policy".to_owned());
            out.say(&format!("the policy does not compile: {tally}"));
            Err(Stop::Said(ending_of(&errors)))
        }
    }
}

/// What diagnostics end a command with: a file that cannot be read is at fault, everything else is a finding.
pub fn ending_of(diagnostics: &[Diagnostic]) -> Ending {
    let file_at_fault = [&code::UNREADABLE_FILE, &code::NOT_UTF8, &code::FILE_TOO_LARGE];
    if diagnostics.iter().any(|d| file_at_fault.contains(&d.code)) {
        return Ending::Usage;
    }
    Ending::found(diagnostics.iter().any(|d| d.severity == Severity::Error))
}

/// A policy that can decide, and how its files are shown.
pub struct Ready {
    /// The policy.
    pub loaded: Loaded,
    /// What is written before the path of a file.
    pub prefix: String,
}

/// Opens the policy of a path: a project folder, `.policy` files or a compiled policy; without a path, the project
/// of the current folder.
pub fn ready(paths: &[PathBuf], out: &mut Output) -> Result<Ready, Stop> {
    let (bundle, prefix) = policy(paths, out)?;
    let loaded = Loaded::of(bundle).map_err(|e| Fault::new(format!("the compiled policy is refused: {e}")))?;
    Ok(Ready { loaded, prefix })
}

/// As `ready`, without loading it.
pub fn policy(paths: &[PathBuf], out: &mut Output) -> Result<(Bundle, String), Stop> {
    if let [one] = paths
        && is_bundle(one)
    {
        return Ok((read_bundle(one)?, String::new()));
    }
    let project = Project::open(paths)?;
    let (_, policy) = compile_or_show(&project, out)?;
    let bundle = Bundle::of(policy).map_err(|e| Fault::new(format!("the policy cannot be hashed: {e}")))?;
    Ok((bundle, project.prefix))
}

/// Divides the arguments of a command that takes `[POLICY] FILE…`: the first is the policy if it is a project
/// folder, a `policy.toml`, a `.policy` file or a compiled policy.
pub fn split_policy(paths: &[PathBuf]) -> (&[PathBuf], &[PathBuf]) {
    let first_is_policy = paths.first().is_some_and(|first| {
        let extension = first.extension().and_then(|e| e.to_str());
        first.join("policy.toml").is_file()
            || first.file_name().is_some_and(|n| n == "policy.toml")
            || matches!(extension, Some("policy" | "policyc"))
            || (first.is_file() && is_bundle(first))
    });
    paths.split_at(usize::from(first_is_policy))
}

/// Whether a file is, or says that it is, a compiled policy.
fn is_bundle(path: &Path) -> bool {
    if path.extension().is_some_and(|e| e == "policyc") {
        return true;
    }
    let mut magic = [0; bundle::MAGIC.len()];
    // A pipe or a device would be waited for.
    let regular = std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
    regular && std::fs::File::open(path).is_ok_and(|mut f| f.read_exact(&mut magic).is_ok()) && &magic == bundle::MAGIC
}

fn read_bundle(path: &Path) -> Result<Bundle, Fault> {
    let most = u64::try_from(bundle::MAX_BYTES).unwrap_or(u64::MAX);
    let bytes = files::read(path, most).map_err(|e| Fault::new(format!("`{}` cannot be read: {e}", path.display())))?;
    bundle::read(&bytes).map_err(|e| {
        Fault::new(format!("`{}` cannot be loaded: {e}", path.display())).help("build it again with `policyc build`")
    })
}

/// `1 rule`, `2 rules`.
pub fn counted(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}
