//! How long the tests of a policy take: ten thousand fixture calls over three hundred rules, with and without coverage.

use std::time::Duration;

use policyc_compile::lower::lower_tests;
use policyc_compile::{Input, compile};
use policyc_harness::MemoryFiles;
use policyc_harness::suite::{Mode, Options, run};

use crate::{Best, Failure, OneFile};

/// What a run may take: without coverage, with all of it.
const AIM: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Prints a row for each kind of run, interleaved; fails if either is over its aim.
pub fn measure() -> Result<(), Failure> {
    let (policy, calls) = policyc_testkit::large::policy_and_calls();
    let input = Input { name: "bench".to_owned(), files: vec!["bench.policy".to_owned()] };
    let compiled = compile(&input, &OneFile(policy));
    let policy = compiled.policy.as_ref().ok_or("the workload does not compile")?;
    let suite = lower_tests(&compiled.program, policy).map_err(|_| "the workload has no plan")?;
    let files = MemoryFiles::new([("fixtures/large.calls.jsonl", calls.as_str())]);
    let plain = Options { folders: vec!["fixtures".into()], ..Options::default() };
    let update = Options { mode: Mode::Update, ..plain.clone() };
    if !run(&suite, &files, &update, &|_| ()).ok() {
        return Err("the snapshot cannot be written".into());
    }
    let mut best = [Best::NONE; 2];
    let mut wrong = false;
    for _ in 0..crate::ROUNDS {
        for (best, coverage) in best.iter_mut().zip([false, true]) {
            let options = Options { coverage, ..plain.clone() };
            best.time(|| wrong |= !run(&suite, &files, &options, &|_| ()).ok());
        }
    }
    if wrong {
        return Err("a decision is not as recorded".into());
    }
    let [without, with] = best.map(|b| b.0.as_secs_f64());
    println!("| `policyc test`, 10,000 fixture calls, 300 rules | time | ratio |\n| --- | ---: | ---: |");
    println!("| without coverage | {:.0} ms | 1.00 × |", without * 1e3);
    println!("| with all of it | {:.0} ms | {:.2} × |", with * 1e3, with / without);
    if best.iter().zip(AIM).any(|(best, aim)| best.0 > aim) {
        return Err("over the aim: 1 s without coverage, 3 s with it".into());
    }
    Ok(())
}
