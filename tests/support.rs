//! What several tests need: the examples and the standard library from disk, the shared data where it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policyc_compile::{Compiled, Input, Texts, compile};
use policyc_runtime::Loaded;

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A path in the shared data, or a word that the test is left out. Where `POLICYC_REQUIRE_SHARED` is set, it must be
/// there.
#[expect(clippy::disallowed_methods, reason = "where the data lies is the environment's to say")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("POLICYC_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join(path);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("POLICYC_REQUIRE_SHARED").is_some();
    assert!(!required, "the shared data is required, and `{}` is not there", path.display());
    println!("left out: the shared data is not there");
    None
}

/// All files of a folder and of its folders, with `/` between the parts of their paths.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                waiting.push((entry.path(), format!("{prefix}{name}/")));
            } else {
                found.insert(format!("{prefix}{name}"), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

/// The standard library under the names by which the compiler asks for it, and more files.
pub fn with_std(more: BTreeMap<String, Vec<u8>>) -> Texts {
    let mut all = more;
    for (name, text) in files(&root().join("stdlib")) {
        if !name.contains('/') {
            all.insert(format!("std/{name}"), text);
        }
    }
    Texts(all)
}

/// Compiles files of a folder as one module.
pub fn compile_files(name: &str, files: BTreeMap<String, Vec<u8>>, root_files: Vec<String>) -> Compiled {
    compile(&Input { name: name.to_owned(), files: root_files }, &with_std(files))
}

/// Compiles an example; it has no mistakes.
pub fn compile_example(name: &str) -> Compiled {
    let all = files(&root().join("examples").join(name));
    let policies = all.keys().filter(|k| k.ends_with(".policy") && !k.contains('/')).cloned().collect();
    let compiled = compile_files(name, all, policies);
    assert_eq!(messages(&compiled), Vec::<String>::new(), "examples/{name}");
    compiled
}

/// An example, ready to decide.
pub fn example(name: &str) -> Loaded {
    Loaded::new(compile_example(name).policy.unwrap()).unwrap()
}

/// Everything that the compiler says, a line each.
pub fn messages(compiled: &Compiled) -> Vec<String> {
    let line = |d: &policyc_diag::Diagnostic| {
        let at = compiled.sources.line_col(d.primary.span);
        let file = compiled.sources.file(d.primary.span.file).map_or("", |f| &f.name);
        format!("{file}:{}:{} {} {}", at.line, at.col, d.code.number, d.message)
    };
    compiled.diagnostics.iter().map(line).collect()
}
