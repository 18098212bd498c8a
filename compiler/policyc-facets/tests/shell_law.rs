//! The law of the shell reader, against bash itself: whatever bash runs is in the list, or the text is marked.
//!
//! Scripts run in an empty folder where every program is a stub that logs its words, without a network where the
//! system allows it. `POLICYC_SHELL_CASES=100000 cargo test -p policyc-facets --test shell_law -- --nocapture` runs
//! more of them than the default; `POLICYC_SHELL_SEED` chooses others.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test: it runs bash and says what it counted"
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use policyc_facets::shell::{Shell, Word};

#[path = "shell_law/generate.rs"]
mod generate;
#[path = "shell_law/sandbox.rs"]
mod sandbox;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Whether the words of a command may be these; what is not known may be any number of words.
fn fits(words: &[Word], ran: &[String]) -> bool {
    match words {
        [] => ran.is_empty(),
        [Word::Literal(own), rest @ ..] => {
            let is_first = ran.first().is_some_and(|first| first == own || own.starts_with('~'));
            is_first && fits(rest, &ran[1..])
        }
        [Word::Pattern(_) | Word::Unknown, rest @ ..] => (0..=ran.len()).any(|at| fits(rest, &ran[at..])),
    }
}

fn is_listed(read: &Shell, ran: &[String]) -> bool {
    let Some((name, args)) = ran.split_first() else { return true };
    read.commands.iter().any(|command| {
        let program = command.program.literal().unwrap_or("");
        program.rsplit('/').next() == Some(name) && fits(&command.args, args)
    })
}

fn is_marked(read: &Shell) -> bool {
    read.commands.iter().any(|command| command.program.literal().is_none())
}

/// What must not run even with stubs: other places than the folder, and builtins that reach beyond it.
fn is_safe(script: &str) -> bool {
    let far = [
        "/", "kill", "ulimit", "~", "OLDPWD", "suspend", "enable", "umask", "disown", "BASH", "fc ", "history",
        "coproc",
    ];
    let mut dots = script.match_indices("..").map(|(at, _)| at);
    let in_braces = |at: usize| {
        let (before, after) = (script[..at].chars().next_back(), script[at + 2..].chars().next());
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    !far.iter().any(|text| script.contains(text)) && dots.all(in_braces) && !script.contains('\0') && script.is_ascii()
}

#[derive(Default)]
struct Count {
    run: usize,
    marked: usize,
    unknown: usize,
    logged: usize,
    violations: Vec<String>,
}

fn judge(sandbox: &mut sandbox::Sandbox, script: &str, count: &mut Count) {
    count.run += 1;
    let read = match policyc_facets::shell(script, None) {
        Ok(read) => read,
        Err(_) => {
            count.unknown += 1;
            return;
        }
    };
    if is_marked(&read) {
        count.marked += 1;
        return;
    }
    let ran = sandbox.run(script);
    count.logged += ran.len();
    for command in &ran {
        if !is_listed(&read, command) {
            let listed: Vec<String> = read.commands.iter().map(|c| format!("{:?} {:?}", c.program, c.args)).collect();
            count.violations.push(format!("{script}\n  ran {command:?}\n  listed {}", listed.join("\n         ")));
            break;
        }
    }
}

fn report(what: &str, count: &Count) {
    println!(
        "{what}: {} scripts, {} read and run ({} commands logged), {} marked, {} unknown, {} violations",
        count.run,
        count.run - count.marked - count.unknown,
        count.logged,
        count.marked,
        count.unknown,
        count.violations.len()
    );
    for violation in count.violations.iter().take(12) {
        println!("--- {violation}");
    }
}

#[test]
fn what_bash_runs_is_listed_or_the_text_is_marked() {
    // SPEC: [S4.30]
    let cases = number("POLICYC_SHELL_CASES", 400);
    let seed = number("POLICYC_SHELL_SEED", 1);
    let workers: Vec<_> = (0..2_u64)
        .map(|worker| {
            std::thread::spawn(move || {
                let mut sandbox = sandbox::Sandbox::new(&format!("g{worker}"));
                let mut count = Count::default();
                let mut case = worker;
                while case < cases {
                    let mut chance = generate::Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(case));
                    let script = generate::script(&mut chance);
                    case += 2;
                    if is_safe(&script.replace('~', "")) {
                        judge(&mut sandbox, &script, &mut count);
                    }
                }
                (count, sandbox.is_isolated)
            })
        })
        .collect();
    let mut all = Count::default();
    for worker in workers {
        let (count, is_isolated) = worker.join().unwrap();
        if !is_isolated {
            println!("no network namespace here: the scripts ran with the network that is there");
        }
        all.run += count.run;
        all.marked += count.marked;
        all.unknown += count.unknown;
        all.logged += count.logged;
        all.violations.extend(count.violations);
    }
    report("generated", &all);
    assert!(all.violations.is_empty(), "{} violations of the law", all.violations.len());
}

fn shared() -> Option<PathBuf> {
    let root = std::env::var("POLICYC_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let folder = root.join("data/shell");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("POLICYC_REQUIRE_SHARED").is_none(), "no shared data at {}", folder.display());
    println!("no shared data: the commands that people wrote are left out");
    None
}

/// The value of a text member of a line of JSON.
fn member(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!("\"{name}\": \""))?;
    let mut out = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    out.push(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).unwrap_or('?'));
                }
                c => out.push(c),
            },
            c => out.push(c),
        }
    }
}

fn bash_accepts(script: &str) -> bool {
    Command::new("bash")
        .args(["-n", "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn commands_that_people_wrote_are_known_and_keep_the_law() {
    // SPEC: [S4.30]
    let Some(folder) = shared() else { return };
    let runs = number("POLICYC_SHELL_CASES", 400) >= 10_000;
    let mut sandbox = sandbox::Sandbox::new("corpus");
    let mut law = Count::default();
    for (name, least) in [("tldr", 90), ("nl2bash", 85), ("gtfobins", 0), ("atomic", 0)] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        let (mut all, mut known, mut is_static, mut accepted, mut agreed) =
            (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
        let mut why: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for line in text.lines() {
            let Some(script) = member(line, "cmd") else { continue };
            let parses = if runs { bash_accepts(&script) } else { line.contains("\"parses\": true") };
            all += 1;
            let read = policyc_facets::shell(&script, None);
            accepted += usize::from(parses);
            agreed += usize::from(parses == read.is_ok());
            match &read {
                Ok(read) => {
                    known += usize::from(!is_marked(read));
                    is_static += usize::from(read.is_static);
                    for reason in &read.hidden {
                        *why.entry(reason).or_default() += 1;
                    }
                }
                Err(unknown) => *why.entry(unknown.0).or_default() += 1,
            }
            if runs && is_safe(&script) {
                judge(&mut sandbox, &script, &mut law);
            }
        }
        println!(
            "{name}: {all} commands, {known} fully known (read, every program known), {is_static} static, bash accepts {accepted}, agreed {agreed}"
        );
        for (reason, count) in &why {
            println!("    {count} {reason}");
        }
        assert!(known * 100 >= all * least, "{name}: {known} of {all} are fully known");
    }
    if runs {
        report("commands that people wrote", &law);
        assert!(law.violations.is_empty(), "{} violations of the law", law.violations.len());
    }
}
