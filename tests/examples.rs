//! Every example and every module of the standard library compiles without a word, stands in the one style, and passes
//! its own tests; the fixtures of the examples are decided as their snapshots say.

use std::collections::BTreeMap;

use policyc_compile::Compiled;
use policyc_compile::lower::lower_tests;
use policyc_harness::MemoryFiles;
use policyc_harness::suite::{FixtureStatus, Options, TestReport, TestStatus, headline, run};

use crate::support::{compile_example, compile_files, files, messages, root};

const EXAMPLES: [&str; 6] = ["banking", "control-plane", "fleet", "roles", "workbench", "workspace"];

pub fn run_tests(compiled: &Compiled, files: &BTreeMap<String, Vec<u8>>) -> TestReport {
    let suite = lower_tests(&compiled.program, compiled.policy.as_ref().unwrap()).unwrap();
    let texts = files.iter().filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)));
    let options = Options { ci: true, folders: vec![".".to_owned(), "fixtures".to_owned()], ..Options::default() };
    run(&suite, &MemoryFiles::new(texts), &options, &|_| ())
}

pub fn failures(report: &TestReport) -> Vec<String> {
    let tests = report.tests.iter().flat_map(|test| {
        let failed = match &test.status {
            TestStatus::Failed(failures) => failures.as_slice(),
            TestStatus::Passed | TestStatus::Skipped(_) | TestStatus::Known(_) => &[],
        };
        failed.iter().map(|f| format!("{}: line {}: {}", test.name, f.line, headline(f)))
    });
    let fixtures = report
        .fixtures
        .iter()
        .filter(|f| f.status != FixtureStatus::Matches)
        .map(|f| format!("{}: {:?}", f.file, f.status));
    let problems = report.problems.iter().map(|p| format!("{p:?}"));
    tests.chain(fixtures).chain(problems).collect()
}

#[test]
fn every_example_passes_its_tests_and_its_snapshots() {
    let folders = std::fs::read_dir(root().join("examples")).unwrap();
    let mut found: Vec<String> = folders.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, EXAMPLES, "an example that no test knows");
    for name in EXAMPLES {
        let report = run_tests(&compile_example(name), &files(&root().join("examples").join(name)));
        assert_eq!(failures(&report), Vec::<String>::new(), "examples/{name}");
        assert!(!report.tests.is_empty() && !report.fixtures.is_empty(), "examples/{name} tests nothing");
    }
}

#[test]
fn every_std_module_is_tried() {
    let stdlib = files(&root().join("stdlib"));
    for module in stdlib.keys().filter(|name| !name.contains('/')) {
        let tests = format!("tests/{module}");
        assert!(stdlib.contains_key(&tests), "stdlib/{module} has no tests");
        let compiled = compile_files(module, stdlib.clone(), vec![tests.clone()]);
        assert!(!compiled.has_errors(), "stdlib/{tests}: {:?}", messages(&compiled));
        let report = run_tests(&compiled, &BTreeMap::new());
        assert_eq!(failures(&report), Vec::<String>::new(), "stdlib/{tests}");
        assert!(!report.tests.is_empty(), "stdlib/{tests} tests nothing");
    }
}

#[test]
fn every_policy_of_the_project_stands_in_the_one_style() {
    for folder in ["examples", "stdlib"] {
        for (path, bytes) in files(&root().join(folder)) {
            if path.ends_with(".policy") {
                let text = String::from_utf8(bytes).unwrap();
                let formatted = policyc_syntax::format(&text).unwrap();
                assert!(formatted == text, "{folder}/{path}: run `policyc fmt`\n{formatted}");
            }
        }
    }
}
