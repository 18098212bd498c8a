//! Peers side by side on one workload.
//!
//! Every peer must give the expected decision on every request before any time counts. Rounds are interleaved, the
//! quietest round of each peer counts, and what is reported is a ratio within this one run: the machine is noisy.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod naive;
mod workload;

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shared = std::env::var_os("POLICYC_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    for n in [100, 1_000, 10_000] {
        let work = workload::Workload::read(&shared.join("bench"), n)?;
        let wrong = work.requests.iter().zip(&work.expected).filter(|(r, e)| naive::decide(&work.rules, r) != **e).count();
        println!("{n} rules: naive loop, {wrong} of {} wrong", work.requests.len());
        let path = Path::new("target").join(format!("bench-{n}.policy"));
        std::fs::write(path, work.policy())?;
        std::fs::write(Path::new("target").join(format!("bench-{n}.jsonl")), work.events().join("\n"))?;
    }
    Ok(())
}
