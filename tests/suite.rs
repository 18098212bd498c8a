//! Literate tests: `tests/suite/<chapter>/*.md`, prose with policies, events and what they lead to.
//!
//! A fenced `policy` block begins a case. `// error: [E0301]` at the end of a line says which errors that line has;
//! a policy without such a comment compiles. A fenced block with a file's name (`data.json`) is a file beside it.
//! `call` blocks hold one call a line, each decided in a fresh state; `trace` blocks are one state from the first
//! line to the last. The `expect` block after them has one line for each answer: `deny default`, `hold rule r1 r2`,
//! `allow rule r`, `pass default`, `-` for an event that needs no answer. Oracle, evaluator and a bundle that was
//! written and read must all say so.

use std::collections::BTreeMap;
use std::path::Path;

use policyc_compile::Compiled;
use policyc_diag::Severity;
use policyc_runtime::decision::Step;
use policyc_runtime::state::State;
use policyc_runtime::{Engine, Loaded, bundle};
use policyc_testkit::both::{agree, compile_texts};
use policyc_testkit::oracle::Oracle;

/// A fenced block: its word, its text, the line on which it begins.
struct Block {
    word: String,
    text: String,
    line: usize,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut open: Option<Block> = None;
    for (n, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) => open = Some(Block { word: word.trim().to_owned(), text: String::new(), line: n + 1 }),
            (Some(_), Some(_)) => out.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    out
}

/// What an event has if the test does not say. Texts are put together, so that numbers stay as they are spelled.
fn complete(line: &str, number: usize) -> String {
    let json: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    let object = json.as_object().expect("an event is an object");
    let mut line = line.trim_end().strip_suffix('}').expect("an object ends in a brace").to_owned();
    let mut add = |key: &str, value: String| {
        if !object.contains_key(key) {
            line.push_str(&format!(",\"{key}\":{value}"));
        }
    };
    if object.contains_key("tool") {
        add("call", format!("\"c{number}\""));
        add("session", "\"s\"".into());
        add("args", "{}".into());
        add("agent", "{\"id\":\"a\"}".into());
    }
    add("at", format!("\"2026-01-01T00:{:02}:{:02}Z\"", number / 60, number % 60));
    line.push('}');
    line
}

/// An answer as an `expect` block spells it.
pub fn spelled(step: &Step<'_>) -> String {
    match step {
        Step::Quiet => "-".into(),
        Step::Call(d) => {
            let names = d.rules.iter().chain(&d.budgets);
            names.fold(format!("{} {}", d.verdict.name(), d.code), |line, name| format!("{line} {name}"))
        }
        Step::Result(s) => {
            let spans = s.spans.iter().map(|(from, to)| format!("{from}..{to}"));
            let names = s.rules.iter().map(|rule| (*rule).to_owned()).chain(spans);
            names.fold(format!("{} {}", s.handling.name(), s.code), |line, name| format!("{line} {name}"))
        }
        Step::Refused(r) => format!("deny {}", r.code),
    }
}

/// Runs lines in one state through evaluator, oracle and bundle, and spells the answers.
pub fn answers(compiled: &Compiled, lines: &[String], what: &str) -> Vec<String> {
    let policy = compiled.policy.clone().expect("the policy compiles");
    let bytes = bundle::write(&policy).expect("a policy can be written");
    let loaded = Loaded::new(policy).unwrap_or_else(|e| panic!("{what}: {e}"));
    let read = Loaded::of(bundle::read(&bytes).expect("a bundle can be read")).expect("and loaded");
    let (mut engine, mut state) = (Engine::new(&loaded), State::new());
    let (mut again, mut other) = (Engine::new(&read), State::new());
    let mut oracle = Oracle::new(&compiled.program);
    let mut out = Vec::new();
    for (line, number) in lines.iter().zip(1..) {
        let step = engine.step(&mut state, line.as_bytes(), number);
        assert_eq!(
            step,
            again.step(&mut other, line.as_bytes(), number),
            "{what}: the bundle decides differently\n{line}"
        );
        let answer = oracle.line(line.as_bytes());
        assert!(agree(&answer, &step), "{what}: the oracle says {answer:#?}\nthe evaluator {step:#?}\non {line}");
        out.push(spelled(&step));
    }
    out
}

/// Errors by line, as `line N: E0301 E0302`.
fn errors(compiled: &Compiled) -> BTreeMap<u32, Vec<String>> {
    let mut out: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for d in compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error) {
        out.entry(compiled.sources.line_col(d.primary.span).line).or_default().push(d.code.number.to_owned());
    }
    out.values_mut().for_each(|codes| codes.sort());
    out
}

fn expected_errors(text: &str) -> BTreeMap<u32, Vec<String>> {
    let mut out = BTreeMap::new();
    for (line, number) in text.lines().zip(1..) {
        let Some((_, codes)) = line.split_once("// error:") else { continue };
        let mut codes: Vec<String> =
            codes.split(['[', ']', ' ', ',']).filter(|c| !c.is_empty()).map(str::to_owned).collect();
        codes.sort();
        out.insert(number, codes);
    }
    out
}

fn run(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).expect("a suite file is UTF-8");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let blocks = blocks(&text);
    let mut compiled: Option<Compiled> = None;
    let mut pending: Option<(&Block, Vec<Vec<String>>)> = None;
    let mut checks = 0;
    for (at, block) in blocks.iter().enumerate() {
        let what = format!("{name}:{}", block.line);
        match block.word.as_str() {
            "policy" => {
                assert!(pending.is_none(), "{what}: events without `expect` before it");
                let files = blocks[at + 1..].iter().take_while(|b| b.word != "policy").filter(|b| b.word.contains('.'));
                let files = files.map(|b| (b.word.as_str(), b.text.as_str()));
                let now = compile_texts([("test.policy", block.text.as_str())].into_iter().chain(files));
                let (found, wanted) = (errors(&now), expected_errors(&block.text));
                let shown: Vec<String> = now
                    .diagnostics
                    .iter()
                    .map(|d| {
                        let line = now.sources.line_col(d.primary.span).line;
                        format!("line {line} {}: {} ({})", d.code.number, d.message, d.help.join("; "))
                    })
                    .collect();
                assert_eq!(found, wanted, "{what}: other errors than expected\n{}", shown.join("\n"));
                checks += 1;
                compiled = Some(now);
            }
            "call" | "trace" => {
                assert!(pending.is_none(), "{what}: events without `expect` before it");
                let lines = block.text.lines().filter(|l| !l.trim().is_empty());
                let lines: Vec<String> = lines.zip(1..).map(|(line, n)| complete(line, n)).collect();
                let runs =
                    if block.word == "call" { lines.into_iter().map(|l| vec![l]).collect() } else { vec![lines] };
                pending = Some((block, runs));
            }
            "expect" => {
                let (events, runs) = pending.take().unwrap_or_else(|| panic!("{what}: `expect` without events"));
                let compiled = compiled.as_ref().unwrap_or_else(|| panic!("{what}: no policy"));
                let what = format!("{name}:{}", events.line);
                let found: Vec<String> = runs.iter().flat_map(|lines| answers(compiled, lines, &what)).collect();
                let wanted: Vec<&str> = block
                    .text
                    .lines()
                    .map(|l| l.split("  #").next().unwrap_or("").trim())
                    .filter(|l| !l.is_empty())
                    .collect();
                assert_eq!(found, wanted, "{what}");
                checks += wanted.len();
            }
            word if word.contains('.') || word == "text" || word.is_empty() => {}
            word => panic!("{what}: nobody knows blocks of `{word}`"),
        }
    }
    assert!(pending.is_none(), "{name}: events without `expect`");
    checks
}

#[test]
fn literate_tests() {
    let suite = super::root().join("tests/suite");
    let mut checks = 0;
    let mut failed = Vec::new();
    let mut chapters: Vec<_> = std::fs::read_dir(&suite).expect("tests/suite is there").flatten().collect();
    chapters.sort_by_key(std::fs::DirEntry::path);
    for chapter in chapters {
        let mut files: Vec<_> =
            std::fs::read_dir(chapter.path()).into_iter().flatten().flatten().map(|e| e.path()).collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "md")) {
            match std::panic::catch_unwind(|| run(file)) {
                Ok(count) => checks += count,
                Err(_) => failed.push(file.display().to_string()),
            }
        }
    }
    assert!(failed.is_empty(), "failed: {failed:#?}");
    assert!(checks > 50, "only {checks} checks");
}
