//! The page of every code: its wrong example gives exactly this code, its right one does not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policyc_compile::{Compiled, Input, Texts, compile};
use policyc_diag::{Severity, all_codes};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The fenced blocks below a heading: what stands behind the fence, and the text.
fn blocks(page: &str, heading: &str) -> Vec<(String, String)> {
    let section = page.split("\n## ").find_map(|s| s.strip_prefix(heading)).unwrap_or("");
    let mut found = Vec::new();
    let mut rest = section;
    while let Some((_, after)) = rest.split_once("```") {
        let (info, body) = after.split_once('\n').unwrap();
        let (text, next) = body.split_once("```").expect("the fence is closed");
        found.push((info.trim().to_owned(), text.to_owned()));
        rest = next;
    }
    found
}

/// Compiles the blocks: the one without a name is the policy, the others lie beside it.
fn compiled(blocks: &[(String, String)]) -> Option<Compiled> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (info, text) in blocks {
        let name = match info.strip_prefix("policy")?.trim() {
            "" => "example.policy",
            name => name,
        };
        files.insert(name.to_owned(), text.clone().into_bytes());
    }
    for entry in std::fs::read_dir(root().join("stdlib")).unwrap().flatten() {
        if entry.path().is_file() {
            let name = format!("std/{}", entry.file_name().to_string_lossy());
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    let input = Input { name: "example".into(), files: vec!["example.policy".into()] };
    Some(compile(&input, &Texts(files)))
}

fn said(compiled: &Compiled) -> String {
    let lines = compiled.diagnostics.iter().map(|d| format!("{} {}", d.code.number, d.message));
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn every_code_has_a_page_whose_examples_say_what_the_page_says() {
    let mut mistakes = Vec::new();
    for code in all_codes() {
        let path = root().join(format!("compiler/policyc/codes/{}.md", code.number));
        let Ok(page) = std::fs::read_to_string(&path) else {
            mistakes.push(format!("{}: there is no page", code.number));
            continue;
        };
        assert!(page.starts_with(&format!("# {} {}\n", code.number, code.slug)), "{}: its title", code.number);
        if code.severity == Severity::Warning && !page.contains("\n## To silence it\n") {
            mistakes.push(format!("{}: it does not say how to silence it", code.number));
        }
        let (wrong, right) = (blocks(&page, "Wrong"), blocks(&page, "Right"));
        assert!(!wrong.is_empty() && !right.is_empty(), "{}: both examples", code.number);
        // Files that cannot be shown in a page are described in words.
        let (Some(wrong), Some(right)) = (compiled(&wrong), compiled(&right)) else { continue };
        let exactly = match code.severity {
            Severity::Error => {
                let mut errors = wrong.diagnostics.iter().filter(|d| d.severity == Severity::Error).peekable();
                errors.peek().is_some() && errors.all(|d| d.code == *code)
            }
            Severity::Warning => !wrong.has_errors() && wrong.diagnostics.iter().any(|d| d.code == *code),
        };
        if !exactly {
            mistakes.push(format!("{}: the wrong example says: {}", code.number, said(&wrong)));
        }
        if right.has_errors() || right.diagnostics.iter().any(|d| d.code == *code) {
            mistakes.push(format!("{}: the right example says: {}", code.number, said(&right)));
        }
    }
    assert!(mistakes.is_empty(), "\n{}\n", mistakes.join("\n"));
}
