//! What other programs get from the binary: SARIF of `check` and `test` by its schema, and every command that the files
//! of docs/ci have.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "these tests write projects to disk, fail by panicking, and say what they left out"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

#[path = "../../../tests/formats/json.rs"]
mod json;

/// A policy with a fixture, tested so that what docs/ci asks for is met.
const GOOD: &str = "tool t(n: int) risk read\n\nrule small\n  allow t\n  when args.n < 5\n\ntest \"small numbers\" {\n  \
    call t { n: 4 }\n  expect allow by small\n  call t { n: 5 }\n  expect deny code default\n}\n";

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("policyc-machines-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a file can be written");
        }
        Self(folder)
    }

    fn run(&self, command: &mut Command) -> Output {
        command.current_dir(&self.0).stdin(Stdio::null()).env("NO_COLOR", "1").env("CI", "true");
        command.output().expect("it runs")
    }

    fn policyc(&self, args: &[&str]) -> Output {
        self.run(Command::new(env!("CARGO_BIN_EXE_policyc")).args(args))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn sarif_of_check_and_of_test_fits_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../../tests/formats/sarif.schema.json")).expect("JSON");
    let wrong = "tool t(n: int) risk read\nlabel unused: int\nrule small\n  alow t\nrule small\n  allow t\n  when \
        args.m < 5 and args.n == \"<&\"\n\ntest \"x\" { call t { n: 1 } expect deny }\nrule small allow q\n";
    let failing = GOOD.replace("n: 4", "n: 9");
    for (name, policy, findings) in [("good", GOOD, false), ("wrong", wrong, true), ("failing", failing.as_str(), true)]
    {
        let folder = Folder::new(name, &[("a b.policy", policy)]);
        for verb in ["check", "test"] {
            let output = folder.policyc(&[verb, "a b.policy", "--format", "sarif"]);
            let text = String::from_utf8(output.stdout).expect("text");
            // A policy that does not compile is said to people; `check` says it to programs.
            if verb == "test" && name == "wrong" {
                assert!(text.is_empty() && output.status.code() == Some(1), "{text}");
                continue;
            }
            let document: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name} {verb}: {e}: {text}"));
            json::check(&schema, &schema, &document, "$")
                .unwrap_or_else(|e| panic!("{name} {verb}: {e}: {document:#}"));
            let results = document["runs"][0]["results"].as_array().expect("results");
            let expected = findings && (verb == "test") == (name == "failing");
            assert_eq!(!results.is_empty(), expected, "{name} {verb}: {document:#}");
            let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
            for result in results {
                assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result:#}");
                let at = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
                assert_eq!(at, "a%20b.policy", "{result:#}");
            }
        }
    }
}

/// Every text under a key, in order.
fn texts<'v>(value: &'v Value, keys: &[&str], found: &mut Vec<&'v str>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if keys.contains(&key.as_str()) => found.push(text),
                    Value::Array(all) if keys.contains(&key.as_str()) => {
                        found.extend(all.iter().filter_map(Value::as_str))
                    }
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                    Value::Array(_) | Value::Object(_) => texts(value, keys, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| texts(value, keys, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The commands are run as CI runs them, in a project that they should pass, and leave what later steps pick up.
#[test]
fn every_command_of_the_files_for_ci_runs() {
    if Command::new("sh").args(["-c", "true"]).status().is_err() {
        println!("left out: there is no `sh`");
        return;
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_policyc"));
    let path = std::env::join_paths(
        binary
            .parent()
            .map(Path::to_path_buf)
            .into_iter()
            .chain(std::env::split_paths(&std::env::var("PATH").unwrap_or_default())),
    )
    .expect("a path");
    let manifest = ("policy.toml", "[policy]\nname = \"good\"\n");
    let mut count = 0;
    for (file, leaves) in [
        ("github-actions.yml", &["lcov.info"][..]),
        ("gitlab.yml", &["policy.xml", "cobertura.xml"]),
        ("pre-commit.yaml", &[]),
    ] {
        let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci").join(file);
        let text = std::fs::read_to_string(text).expect("the file is there");
        let lines = policyc_harness::yaml::lines(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        let document: Value = serde_json::from_str(&lines[0]).expect("JSON");
        let mut commands = Vec::new();
        texts(&document, &["run", "script", "entry"], &mut commands);
        let folder = Folder::new(&file.replace('.', "-"), &[manifest, ("a.policy", GOOD)]);
        for command in commands.into_iter().filter(|command| !command.starts_with("cargo install")) {
            let output = folder.run(Command::new("sh").args(["-ec", command]).env("PATH", &path));
            assert!(command.contains("policyc") && output.status.success(), "{file}: `{command}`: {output:?}");
            count += 1;
        }
        for left in leaves {
            assert!(folder.0.join(left).is_file(), "{file} leaves no {left}");
        }
    }
    assert!(count >= 11, "{count}");
    // A flag that is not there would be seen.
    let folder = Folder::new("no-flag", &[manifest, ("a.policy", GOOD)]);
    assert_eq!(folder.policyc(&["test", "--coverge"]).status.code(), Some(2));
}
