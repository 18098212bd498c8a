//! The house keeps its own rules: edges between crates, pages of codes, paragraphs with tests, sizes of files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::root;

/// Files below a folder with one of these endings; build output and hidden folders left out.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name == "target" {
                continue;
            }
            if path.is_dir() {
                todo.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Crates of the workspace that a manifest names, by the manifest's own package.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let mut out = BTreeMap::new();
    for manifest in files(&root(), &["Cargo.toml"]) {
        let table: toml::Table = read(&manifest).parse().expect("a manifest is TOML");
        let Some(name) = table.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str()) else { continue };
        if manifest.starts_with(root().join("fuzz")) {
            continue;
        }
        let kinds = ["dependencies", "build-dependencies", "dev-dependencies"];
        let named = kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()).flat_map(|t| t.keys());
        let ours = named.filter(|dep| dep.starts_with("policyc")).cloned().collect();
        out.insert(name.to_owned(), ours);
    }
    out
}

/// The table of ARCHITECTURE.md: `| crate | may use | for |`.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = read(root().join("ARCHITECTURE.md"));
    let rows = text.lines().filter(|line| line.starts_with("| policyc"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let uses = cells[1].split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect();
        (cells[0].to_owned(), uses)
    })
    .collect()
}

#[test]
fn crates_depend_only_on_what_the_architecture_names() {
    let allowed = allowed();
    for (name, uses) in edges() {
        let named = allowed.get(&name).unwrap_or_else(|| panic!("ARCHITECTURE.md does not name the crate {name}"));
        let beyond: Vec<_> = uses.difference(named).collect();
        assert!(beyond.is_empty(), "{name} depends on {beyond:?}, which ARCHITECTURE.md does not name");
    }
}

#[test]
fn every_code_has_a_page() {
    let folder = root().join("compiler/policyc/codes");
    if !folder.exists() {
        return;
    }
    let there: BTreeSet<String> =
        files(&folder, &[".md"]).iter().map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let codes: BTreeSet<String> = policyc_diag::all_codes().iter().map(|c| c.number.to_owned()).collect();
    let missing: Vec<_> = codes.difference(&there).collect();
    assert!(missing.is_empty(), "codes without a page in compiler/policyc/codes: {missing:?}");
    let unknown: Vec<_> = there.difference(&codes).filter(|name| name.len() == 5).collect();
    assert!(unknown.is_empty(), "pages of codes that are not in the registry: {unknown:?}");
}

#[test]
fn codes_are_sorted_and_unique() {
    let mut seen = BTreeSet::new();
    for code in policyc_diag::all_codes() {
        assert!(seen.insert(code.number), "{} stands twice", code.number);
        assert!(seen.insert(code.slug), "{} stands twice", code.slug);
    }
}

/// Ids of the form `[S4.3]` or `[P2]` in a text.
fn ids(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for part in text.split('[').skip(1) {
        let Some((id, _)) = part.split_once(']') else { continue };
        let number = id.strip_prefix(['S', 'P']).unwrap_or("");
        if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            out.insert(id.to_owned());
        }
    }
    out
}

/// What follows `SPEC:` on a line cites; in Rust only code that is tests counts.
fn cited() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for path in files(&root(), &[".rs", ".md", ".jsonl", ".policy"]) {
        let text = read(&path);
        let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let of_tests = relative.starts_with("tests/")
            || relative.contains("/tests/")
            || relative.ends_with("/tests.rs")
            || relative.starts_with("stdlib/")
            || relative.starts_with("examples/");
        let text = match (of_tests, text.find("#[cfg(test)]")) {
            (true, _) => &text[..],
            (false, Some(at)) if relative.ends_with(".rs") => &text[at..],
            (false, _) => continue,
        };
        for line in text.lines().filter_map(|line| line.split_once("SPEC:")) {
            out.extend(ids(line.1));
        }
        if relative.ends_with(".jsonl") {
            let lists = text.split("\"spec\":").skip(1).filter_map(|rest| rest.split_once(']'));
            for (list, _) in lists {
                out.extend(list.split('"').flat_map(|id| ids(&format!("[{id}]"))));
            }
        }
    }
    out
}

#[test]
fn every_paragraph_of_the_specification_is_cited_by_a_test() {
    let spec = read(root().join("SPEC.md"));
    let begins = |line: &&str| line.starts_with('[');
    let paragraphs: BTreeSet<String> =
        spec.lines().filter(begins).filter_map(|line| ids(&line[..line.find(']')? + 1]).pop_first()).collect();
    assert!(paragraphs.len() > 50, "SPEC.md has only {} paragraphs with an id", paragraphs.len());
    let cited = cited();
    let missing: Vec<_> = paragraphs.difference(&cited).collect();
    assert!(missing.is_empty(), "no test cites {missing:?}");
    let unknown: Vec<_> = cited.difference(&paragraphs).collect();
    assert!(unknown.is_empty(), "tests cite paragraphs that SPEC.md does not have: {unknown:?}");
}

#[test]
fn no_file_is_longer_than_800_lines() {
    let long: Vec<String> = files(&root(), &[".rs", ".pest", ".policy"])
        .iter()
        .map(|path| (read(path).lines().count(), path))
        .filter(|(lines, _)| *lines > 800)
        .map(|(lines, path)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "look for the second subject in: {long:#?}");
}

#[test]
fn no_snapshot_waits_for_review() {
    let pending = files(&root(), &[".snap.new", ".pending-snap"]);
    assert!(pending.is_empty(), "{pending:#?}");
}

#[test]
fn modules_say_what_they_are_for() {
    let silent: Vec<_> = files(&root(), &[".rs"])
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs") && !read(path).trim_start().starts_with("//!"))
        .filter(|path| !path.components().any(|part| part.as_os_str() == "tests"))
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top of: {silent:#?}");
}
