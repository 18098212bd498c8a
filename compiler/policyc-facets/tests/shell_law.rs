//! The law of the shell reader, against bash itself: whatever bash runs is in the list, or the text is marked.
//!
//! Scripts run in a sandbox (`sandbox.rs`) where every program is a stub that logs its words.
//! `POLICYC_SHELL_CASES=100000 cargo test --release -p policyc-facets --test shell_law -- --nocapture` runs more of
//! them than the default, on `POLICYC_SHELL_JOBS` threads; `POLICYC_SHELL_SEED` chooses others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test: it runs bash and says what it counted"
)]

use std::path::PathBuf;

use policyc_facets::shell::{Shell, Word};

#[path = "shell_law/generate.rs"]
mod generate;
#[path = "shell_law/sandbox.rs"]
mod sandbox;

use sandbox::{HOME, How, Sandbox};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Whether a word that is read is the one that ran; a leading `~` is the home of whoever runs it.
fn is_same(read: &str, ran: &str) -> bool {
    let home = |rest: &str| ran.strip_prefix(HOME) == Some(rest);
    read == ran || read.strip_prefix('~').is_some_and(home)
}

/// Whether the words of a command may be these; what is not known may be any number of words.
fn fits(words: &[Word], ran: &[String]) -> bool {
    match words {
        [] => ran.is_empty(),
        [Word::Literal(own), rest @ ..] => {
            ran.first().is_some_and(|first| is_same(own, first)) && fits(rest, &ran[1..])
        }
        [Word::Pattern(_) | Word::Unknown, rest @ ..] => (0..=ran.len()).any(|at| fits(rest, &ran[at..])),
    }
}

fn is_listed(read: &Shell, ran: &[String]) -> bool {
    let Some((name, args)) = ran.split_first() else { return true };
    let base = |path: &str| path.rsplit('/').next().map(str::to_owned);
    read.commands.iter().any(|command| {
        let program = command.program.literal().unwrap_or("");
        base(program) == base(name) && fits(&command.args, args)
    })
}

fn is_marked(read: &Shell) -> bool {
    read.commands.iter().any(|command| command.program.literal().is_none())
}

#[derive(Default)]
struct Count {
    scripts: usize,
    unknown: usize,
    marked: usize,
    left_out: usize,
    lost: usize,
    run: usize,
    cut: usize,
    logged: usize,
    /// Accepted by `bash -n` and read, refused by both, accepted by bash alone, read alone.
    agreement: [usize; 4],
    /// Texts of the last two kinds.
    apart: Vec<String>,
    violations: Vec<String>,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.scripts += other.scripts;
        self.unknown += other.unknown;
        self.marked += other.marked;
        self.left_out += other.left_out;
        self.lost += other.lost;
        self.run += other.run;
        self.cut += other.cut;
        self.logged += other.logged;
        self.agreement.iter_mut().zip(other.agreement).for_each(|(own, more)| *own += more);
        self.apart.extend(other.apart);
        self.violations.extend(other.violations);
    }
}

/// Reads a script and runs it, if it is fully known; and asks `bash -n`, if it runs `alone`.
fn judge(sandbox: &mut Sandbox, script: &str, alone: bool, count: &mut Count) -> Option<()> {
    count.scripts += 1;
    // What cannot be handed to a program as one word.
    if script.contains('\0') || script.len() > 100_000 {
        count.left_out += 1;
        return Some(());
    }
    let read = policyc_facets::shell(script, None);
    let known = read.as_ref().ok().filter(|read| !is_marked(read));
    count.unknown += usize::from(read.is_err());
    count.marked += usize::from(known.is_none() && read.is_ok());
    let how = match (known, alone) {
        (None, false) => return Some(()),
        (None, true) => How::Not,
        (Some(_), true) => How::Alone,
        (Some(_), false) => How::Forked,
    };
    let ran = sandbox.run(script, how, alone)?;
    if let Some(is_accepted) = ran.is_accepted {
        count.agreement[match (is_accepted, read.is_ok()) {
            (true, true) => 0,
            (false, false) => 1,
            (true, false) => 2,
            (false, true) => 3,
        }] += 1;
        if is_accepted != read.is_ok() {
            let why = read.as_ref().err().map_or("read", |unknown| unknown.0);
            count.apart.push(format!("{script}  ({why})"));
        }
    }
    let Some(read) = known else { return Some(()) };
    count.run += 1;
    count.cut += usize::from(ran.is_cut);
    count.logged += ran.commands.len();
    if let Some(command) = ran.commands.iter().find(|command| !is_listed(read, command)) {
        let listed: Vec<String> = read.commands.iter().map(|c| format!("{:?} {:?}", c.program, c.args)).collect();
        count.violations.push(format!("{script}\n  ran {command:?}\n  listed {}", listed.join("\n         ")));
    }
    Some(())
}

fn report(what: &str, count: &Count) {
    let [both, neither, bash_only, read_only] = count.agreement;
    println!(
        "{what}: {} scripts; {} left out (NUL or longer than a word may be); {} unknown, {} marked, {} fully known and \
         compared ({} cut off by time, {} ended their sandbox, {} commands logged); {} violations",
        count.scripts,
        count.left_out,
        count.unknown,
        count.marked,
        count.run,
        count.cut,
        count.lost,
        count.logged,
        count.violations.len()
    );
    println!(
        "{what}: `bash -n` and the reader agree on {} of {} ({both} read, {neither} refused; {bash_only} only bash \
         accepts, {read_only} only the reader)",
        both + neither,
        count.agreement.iter().sum::<usize>()
    );
    for script in count.apart.iter().take(number("POLICYC_SHELL_APART", 5) as usize) {
        println!("    apart: {script}");
    }
    for violation in count.violations.iter().take(40) {
        println!("--- {violation}");
    }
}

/// Shares scripts among threads, each with a sandbox; `None` where there can be none.
fn share(what: &str, number: u64, alone: u64, script: impl Fn(u64) -> String + Sync) -> Option<Count> {
    let jobs = self::number("POLICYC_SHELL_JOBS", 2).max(1);
    let script = &script;
    let work = move |job: u64| {
        let name = format!("{what}{job}");
        let mut sandbox = Sandbox::new(&name)?;
        let mut count = Count::default();
        let mut case = job;
        while case < number {
            if judge(&mut sandbox, &script(case), (case / jobs).is_multiple_of(alone), &mut count).is_none() {
                count.lost += 1;
                drop(sandbox);
                sandbox = Sandbox::new(&name)?;
            }
            case += jobs;
        }
        Some(count)
    };
    let counts: Vec<Option<Count>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|job| scope.spawn(move || work(job))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Count::default();
    for count in counts {
        let Some(count) = count else {
            println!("{what}: no namespaces of its own here (`unshare`): no script is run");
            return None;
        };
        all.add(count);
    }
    Some(all)
}

#[test]
fn what_bash_runs_is_listed_or_the_text_is_marked() {
    // SPEC: [S4.30]
    let cases = number("POLICYC_SHELL_CASES", 400);
    let seed = number("POLICYC_SHELL_SEED", 1);
    let all = share("generated", cases, 16, |case| {
        generate::script(&mut generate::Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(case)))
    });
    let Some(all) = all else { return };
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

const CORPORA: [(&str, usize); 4] = [("tldr", 90), ("nl2bash", 85), ("gtfobins", 0), ("atomic", 0)];

fn scripts(folder: &std::path::Path, name: &str) -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    text.lines().filter_map(|line| Some((member(line, "cmd")?, line.contains("\"parses\": true")))).collect()
}

#[test]
fn commands_that_people_wrote_are_known() {
    // SPEC: [S4.30]
    let Some(folder) = shared() else { return };
    for (name, least) in CORPORA {
        let scripts = scripts(&folder, name);
        let (mut known, mut is_static, mut agreed) = (0_usize, 0_usize, 0_usize);
        let mut why: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for (script, parses) in &scripts {
            let read = policyc_facets::shell(script, None);
            agreed += usize::from(*parses == read.is_ok());
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
        }
        let all = scripts.len();
        println!(
            "{name}: {all} commands, {known} fully known (read, every program known), {is_static} static, {agreed} agree \
             with the data's own `parses`"
        );
        for (reason, count) in &why {
            println!("    {count} {reason}");
        }
        assert!(known * 100 >= all * least, "{name}: {known} of {all} are fully known");
    }
}

#[test]
fn commands_that_people_wrote_keep_the_law() {
    // SPEC: [S4.30]
    let Some(folder) = shared() else { return };
    // a sample, unless many are asked for
    let every = if number("POLICYC_SHELL_CASES", 400) >= 10_000 { 1 } else { 97 };
    let mut violations = 0;
    for (name, _) in CORPORA {
        let scripts: Vec<_> = scripts(&folder, name).into_iter().step_by(every).collect();
        let all = share(name, scripts.len() as u64, 1, |case| scripts[case as usize].0.clone());
        let Some(all) = all else { return };
        report(name, &all);
        violations += all.violations.len();
    }
    assert!(violations == 0, "{violations} violations of the law");
}
