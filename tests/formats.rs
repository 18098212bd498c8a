//! What `test` writes for other programs is read as these read it: JUnit and Cobertura by their schemas, SARIF by its
//! own, LCOV, TAP and annotations by readers that take nothing else.

mod json;
pub mod lcov;
mod tap;
pub mod xml;

use std::collections::BTreeMap;

use policyc_compile::lower::lower_tests;
use policyc_harness::MemoryFiles;
use policyc_harness::coverage::{cobertura, lcov as write_lcov};
use policyc_harness::suite::{Options, TestReport, github, junit, run, sarif, tap as write_tap};
use policyc_runtime::policy::Policy;
use serde_json::Value;

use crate::support::{compile_files, messages};

const POLICY: &str = r#"
tool t(n: int, note: string?) risk read

rule small
  allow t
  when args.n < 5 or args.note == "<&\"]]>"

rule secret
  deny t
  when args.note contains "secret"

test "fine" {
  call t { n: 1, note: "" }
  expect allow by small
}

test "]]> <b> & 'quotes' \" # \\ %0A, :: \u{1b}[31m\u{fffe} 100% ok 7 - \u{2028}" tags { "x" } {
  call t { n: 9, note: "\n::error title=forged::x\nok 2 - forged\n<testcase name=\"forged\"/>" }
  expect allow by small
  expect budgets.calls.used == 7
}

test "later" skip because "not # yet\n<>" {
  call t { n: 1 }
  expect allow by small
}

budget calls
  limit 100
  per session
"#;

/// A run in which everything that can go wrong does.
fn gone_wrong() -> (TestReport, Policy) {
    let files = BTreeMap::from([
        ("a b.policy".to_owned(), POLICY.as_bytes().to_vec()),
        ("empty.policy".to_owned(), b"// nothing\n".to_vec()),
    ]);
    let compiled = compile_files("a <b> & \"c\"", files, vec!["a b.policy".to_owned(), "empty.policy".to_owned()]);
    assert!(!compiled.has_errors(), "{:?}", messages(&compiled));
    let suite = lower_tests(&compiled.program, compiled.policy.as_ref().unwrap()).unwrap();
    let call = "{\"call\":\"1\",\"tool\":\"t\",\"args\":{\"n\":1},\"session\":\"s\"}\n";
    let recorded = "policyc decisions 2: same.calls.jsonl\n\ncall  tool  decision  by     with  state  reason\n1     t     allow     small  -     -      -\n";
    let files = MemoryFiles::new([
        ("new <&>.calls.jsonl", call),
        ("changed.calls.jsonl", call),
        ("changed.calls.snap", "policyc decisions 1: changed.calls.jsonl\n\ncall  tool\n1  ]]>\n"),
        ("same.calls.jsonl", "{\"call\":\"1\",\"tool\":\"t\",\"args\":{\"n\":1,\"note\":\"\"},\"session\":\"s\"}\n"),
        ("same.calls.snap", recorded),
        ("empty.calls.jsonl", ""),
        ("slip.calls.jsonl", &call.replace("\"t\"", "\"tt\"")),
        ("broken.messages.json", "[[["),
        ("gone.calls.snap", "policyc decisions 1: gone.calls.jsonl\n"),
        ("odd.call.jsonl", call),
    ]);
    let options = Options { folders: vec![".".into()], coverage: true, ..Options::default() };
    let report = run(&suite, &files, &options, &|_| ());
    assert!(!report.ok());
    (report, suite.policy)
}

#[test]
fn junit_is_valid_against_its_schema() {
    let (report, _) = gone_wrong();
    let text = junit("a <b> & \"c\"", &report).unwrap();
    let root = xml::read(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    xml::check(&root, xml::JUNIT).unwrap_or_else(|e| panic!("{e}: {text}"));
    let cases = root.all("testcase").len();
    let problems = report.problems.iter().filter(|p| p.fails()).count();
    assert!(problems >= 4, "{:?}", report.problems);
    assert_eq!(cases, report.tests.len() + report.fixtures.len() + problems);
    assert_eq!(root.number("tests"), cases);
    for (counted, element) in [("failures", "failure"), ("errors", "error")] {
        assert_eq!(root.number(counted), root.all(element).len(), "{text}");
        let by_suite: usize = root.all("testsuite").iter().map(|suite| suite.number(counted)).sum();
        assert_eq!(root.number(counted), by_suite);
    }
    assert!(root.all("testcase").iter().all(|case| !case.get("name").contains("forged")), "{text}");
    assert!(root.all("failure").iter().any(|f| f.text.contains("a b.policy:19:")), "where it stands is said: {text}");
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let (report, _) = gone_wrong();
    let schema: Value = serde_json::from_str(include_str!("formats/sarif.schema.json")).unwrap();
    let document = sarif(&report, "some where/", "0.1.0");
    json::check(&schema, &schema, &document, "$").unwrap_or_else(|e| panic!("{e}: {document:#}"));
    let run = &document["runs"][0];
    let rules: Vec<&Value> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 8, "{document:#}");
    for result in results {
        assert!(rules.contains(&&result["ruleId"]), "{result:#}");
        for location in result["locations"].as_array().unwrap() {
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            assert!(uri.starts_with("some%20where/") && uri.chars().all(plain), "{uri}");
        }
    }
}

#[test]
fn tap_is_read_by_its_grammar() {
    let (report, _) = gone_wrong();
    let text = write_tap(&report, "");
    let points = tap::read(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let problems = report.problems.iter().filter(|p| p.fails()).count();
    assert_eq!(points.len(), report.tests.len() + report.fixtures.len() + problems, "{text}");
    let bad = points.iter().find(|p| p.description.starts_with("]]> <b>")).unwrap();
    assert!(bad.description.contains("# \\ %0A") && !bad.ok && bad.skip.is_none(), "{bad:?}");
    assert!(bad.block.iter().any(|l| l.contains("expected allow by small, got deny")), "{bad:?}");
    let later = points.iter().find(|p| p.description.starts_with("later")).unwrap();
    assert_eq!((later.ok, later.skip.as_deref()), (true, Some("not # yet <>")), "{text}");
    assert!(points.iter().filter(|p| !p.ok).all(|p| !p.block.is_empty()), "each says what is wrong: {text}");
}

/// `::error KEY=VALUE,…::MESSAGE`, with the escapes that GitHub's runner undoes.
#[test]
fn annotations_are_commands_of_the_runner() {
    let (report, _) = gone_wrong();
    let text = github(&report, "");
    let undone = |t: &str| {
        t.replace("%0A", "\n").replace("%0D", "\r").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::error ").and_then(|l| l.split_once("::")).expect("a command");
        assert!(!undone(message).is_empty());
        for property in head.split(',') {
            let (key, value) = property.split_once('=').expect("a property");
            assert!(["file", "line", "title"].contains(&key), "{line}");
            assert!(!value.is_empty() && !value.contains(':'), "{line}");
        }
    }
    let results = sarif(&report, "", "")["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(text.lines().count(), results, "a call's text forges no line: {text}");
}

#[test]
fn coverage_is_read_by_what_reads_coverage() {
    let (report, policy) = gone_wrong();
    let coverage = report.coverage.unwrap();
    let text = cobertura(&policy, &coverage, "some <where>/");
    let root = xml::read(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    xml::check(&root, xml::COBERTURA).unwrap_or_else(|e| panic!("{e}: {text}"));
    let lines = root.all("line");
    assert_eq!(root.number("lines-valid"), lines.len());
    assert_eq!(root.number("lines-covered"), lines.iter().filter(|l| l.number("hits") > 0).count());
    // The same lines in both forms.
    let read = lcov::read(&write_lcov(&policy, &coverage, "here/"));
    assert_eq!(read["here/a b.policy"].len(), lines.len());
    for line in lines {
        assert_eq!(read["here/a b.policy"][&line.number("number")], line.number("hits") as u64);
    }
}

/// A reader that takes everything says nothing.
#[test]
fn the_readers_refuse_what_is_wrong() {
    let (report, policy) = gone_wrong();
    let head = "<?xml version=\"1.0\"?>";
    for bad in ["<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a b='1' b='2'/>", "<a>&x;</a>", "<a>\u{1b}</a>", "x"] {
        assert!(xml::read(&format!("{head}{bad}")).is_err(), "{bad}");
    }
    let text = junit("x", &report).unwrap();
    for (from, to) in [("name=", "nam="), ("failures=\"", "failures=\"x"), ("<testsuite ", "<testcase/><testsuite ")] {
        let wrong = text.replacen(from, to, 2);
        assert!(xml::read(&wrong).and_then(|root| xml::check(&root, xml::JUNIT)).is_err(), "{from}");
    }
    let wrong = cobertura(&policy, report.coverage.as_ref().unwrap(), "").replace("<methods/>", "");
    assert!(xml::check(&xml::read(&wrong).unwrap(), xml::COBERTURA).is_err());
    let schema: Value = serde_json::from_str(include_str!("formats/sarif.schema.json")).unwrap();
    let right = sarif(&report, "", "");
    for change in [
        |d: &mut Value| d["version"] = "2.0".into(),
        |d: &mut Value| d["runs"][0]["results"][0]["level"] = "fatal".into(),
        |d: &mut Value| d["runs"][0]["results"][0]["message"] = "text".into(),
        |d: &mut Value| d["runs"][0]["extra"] = 1.into(),
    ] {
        let mut wrong = right.clone();
        change(&mut wrong);
        assert!(json::check(&schema, &schema, &wrong, "$").is_err(), "{wrong:#}");
    }
    let tap_text = write_tap(&report, "");
    for (from, to) in [("TAP version 14", "TAP"), ("ok 2 ", "ok 3 "), ("  ...", ""), ("1..", "1..1")] {
        assert!(tap::read(&tap_text.replacen(from, to, 1)).is_err(), "{from}");
    }
}

/// The files of docs/ci are YAML and say what their readers need.
#[test]
fn the_files_for_ci_can_be_read() {
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(crate::root().join("docs/ci").join(name)).unwrap();
        let lines = policyc_harness::yaml::lines(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(lines.len(), 1, "{name}");
        serde_json::from_str(&lines[0]).unwrap()
    };
    let github = read("github-actions.yml");
    assert!(github["on"].is_object() && github["permissions"]["contents"] == "read");
    let steps = github["jobs"]["policy"]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|s| s["uses"].is_string() != s["run"].is_string()), "{steps:?}");
    let runs = |word: &str| steps.iter().any(|s| s["run"].as_str().is_some_and(|r| r.starts_with(word)));
    assert!(runs("policyc test --format github") && runs("policyc check") && runs("policyc test --mutate"));
    let gitlab = read("gitlab.yml");
    assert!(gitlab["policy"]["script"].as_array().unwrap().iter().all(Value::is_string));
    assert_eq!(gitlab["policy"]["artifacts"]["reports"]["junit"], "policy.xml");
    let hooks = read("pre-commit.yaml")["repos"][0]["hooks"].as_array().unwrap().clone();
    assert!(hooks.len() >= 3);
    for hook in hooks {
        for key in ["id", "name", "entry", "language", "files"] {
            assert!(hook[key].is_string(), "{key}: {hook}");
        }
    }
}
