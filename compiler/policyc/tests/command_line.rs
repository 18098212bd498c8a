//! The binary as people and scripts meet it: projects, exit statuses, what goes where.
//!
//! It stands beside the binary because only there Cargo says where that is; all other tests are in `tests/`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "these tests write projects to disk, fail by panicking, and say what they left out"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A project in a folder of its own.
struct Project(PathBuf);

impl Project {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("policyc-tests-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
            std::fs::write(path, text).expect("a file can be written");
        }
        Self(folder)
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_policyc"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null()).env("NO_COLOR", "1").env_remove("CI");
        Run::of(command.output().expect("the binary runs"))
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file is there")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
struct Run {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Self { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn ends(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    #[track_caller]
    fn says(&self, text: &str) -> &Self {
        assert!(self.out.contains(text) || self.err.contains(text), "nobody says {text:?}: {self:#?}");
        self
    }
}

const TOML: (&str, &str) = ("policy.toml", "[policy]\nname = \"t\"\n");
const POLICY: &str = "tool t(n: int) risk read\n\nrule small\n  allow t\n  when args.n < 5\n";
const TEST: &str = "\ntest \"small numbers\" {\n  call t { n: 1 }\n  expect allow by small\n  call t { n: 5 }\n  expect deny code default\n}\n";

fn call(n: i64) -> String {
    format!(
        "{{\"call\":\"c{n}\",\"tool\":\"t\",\"args\":{{\"n\":{n}}},\"agent\":{{\"id\":\"a\"}},\"session\":\"s\"}}\n"
    )
}

/// SPEC: [S0.1] [S0.2]
#[test]
fn a_project_is_found_upwards_and_its_files_are_one_module() {
    let policy = format!("{POLICY}{TEST}");
    let (tool, rest) = policy.split_once("\n\n").expect("two items");
    let project = Project::new("found", &[TOML, ("a.policy", rest), ("z.policy", tool), ("deep/er/x.txt", "")]);
    project.run(&["test"]).ends(0);
    project.run(&["test", "deep/er"]).ends(0);
    // Files that are named on the command line are a module too, in any order.
    project.run(&["check", "z.policy", "a.policy"]).ends(0);
    project.run(&["check", "a.policy", "z.policy"]).ends(0);
    let unknown =
        Project::new("unknown", &[("policy.toml", "[policy]\nname = \"t\"\ncolour = 1\n"), ("a.policy", POLICY)]);
    assert_ne!(unknown.run(&["check"]).says("colour").status, Some(0));
}

/// SPEC: [S0.3] [S9.1]
#[test]
fn what_is_no_text_is_an_error_and_no_panic() {
    let project = Project::new("bytes", &[TOML, ("folder.policy/x", "")]);
    std::fs::write(project.0.join("bad.policy"), b"tool t() risk read\n// \xff\n").expect("a file can be written");
    for args in [["check", "folder.policy"], ["check", "bad.policy"], ["check", "nowhere.policy"]] {
        let run = project.run(&args);
        assert!(matches!(run.status, Some(1 | 2)), "{args:?}: {run:#?}");
        assert!(!run.err.contains("panicked"), "{run:#?}");
    }
    project.run(&["frobnicate"]).ends(2);
}

/// SPEC: [S7.1] [S7.2] [S7.3] [S7.4]
#[test]
fn tests_say_exactly_which_rule_and_none_is_no_success() {
    let project = Project::new("tests", &[TOML, ("a.policy", &format!("{POLICY}{TEST}"))]);
    project.run(&["test"]).ends(0);
    project.run(&["test", "-k", "no such test"]).ends(1);
    let none = Project::new("none", &[TOML, ("a.policy", POLICY)]);
    none.run(&["test"]).ends(1);
    let wrong = format!("{POLICY}{}", TEST.replace("allow by small", "allow by large"));
    let wrong = Project::new("wrong", &[TOML, ("a.policy", &wrong)]);
    assert_ne!(wrong.run(&["test"]).status, Some(0));
    let each = "\ntest \"rows\" {\n  each (n, code) in { (5, \"default\"), (6, \"default\") } {\n    call t { n: n }\n    expect deny code default\n  }\n}\n";
    let each = Project::new("each", &[TOML, ("a.policy", &format!("{POLICY}{each}"))]);
    let run = each.run(&["test"]);
    assert!(run.status == Some(0) || run.err.contains("code"), "{run:#?}");
}

/// SPEC: [S7.5]
#[test]
fn fixtures_have_snapshots_that_are_written_only_when_asked() {
    let calls = format!("{}{}", call(1), call(7));
    let project =
        Project::new("fixtures", &[TOML, ("a.policy", &format!("{POLICY}{TEST}")), ("fixtures/x.calls.jsonl", &calls)]);
    let snapshots = || {
        let entries = std::fs::read_dir(project.0.join("fixtures")).expect("the folder is there");
        entries.count()
    };
    project.run(&["test"]).ends(1);
    assert_eq!(snapshots(), 1, "a snapshot was written unasked");
    project.run(&["test", "--update"]).ends(0);
    assert_eq!(snapshots(), 2, "no snapshot was written");
    project.run(&["test"]).ends(0);
    std::fs::write(
        project.0.join("a.policy"),
        format!("{POLICY}{TEST}").replace("args.n < 5", "args.n < 5 or args.n == 7"),
    )
    .expect("a file can be written");
    project.run(&["test"]).ends(1);
}

/// SPEC: [S9.2] [S9.4]
#[test]
fn data_goes_to_standard_output_and_checks_change_nothing() {
    let ugly = POLICY.replace("\n  allow t", " allow   t");
    let project = Project::new(
        "streams",
        &[TOML, ("a.policy", &ugly), ("t.jsonl", &format!("{}\u{1b}[31mx\n{}", call(1), call(9)))],
    );
    project.run(&["fmt", "--check"]).ends(1);
    assert_eq!(project.read("a.policy"), ugly, "`--check` changed a file");
    project.run(&["fmt"]).ends(0);
    project.run(&["fmt", "--check"]).ends(0);
    let run = project.run(&["simulate", ".", "t.jsonl", "--format", "jsonl"]);
    let lines: Vec<serde_json::Value> =
        run.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {run:#?}"))).collect();
    let verdicts: Vec<_> = lines.iter().map(|l| l["decision"].as_str().unwrap_or("")).collect();
    assert_eq!(verdicts, ["allow", "deny", "deny"], "{run:#?}");
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{run:#?}");
}

/// SPEC: [P6]
#[test]
fn a_default_deny_names_what_came_nearest() {
    let project = Project::new("explain", &[TOML, ("a.policy", POLICY), ("t.jsonl", &call(7))]);
    let run = project.run(&["explain", ".", "--trace", "t.jsonl"]);
    assert!(matches!(run.status, Some(0 | 1)), "{run:#?}");
    run.says("small").says("args.n");
}

/// SPEC: [S8.9] [S8.1]
#[test]
fn hostile_lines_are_denied_and_the_rest_is_decided() {
    let deep = format!("{{\"call\":\"d\",\"tool\":\"t\",\"args\":{}{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let long =
        format!("{{\"call\":\"l\",\"tool\":\"t\",\"args\":{{\"n\":1}},\"extra\":\"{}\"}}\n", "x".repeat(3 << 20));
    let wide = format!("{{\"call\":\"w\",\"tool\":\"t\",\"args\":{{\"n\":1}},\"extra\":[{}0]}}\n", "0,".repeat(20_000));
    let text =
        format!("{{\"call\":\"x\",\"tool\":\"t\",\"args\":{{\"n\":1}},\"extra\":\"{}\"}}\n", "x".repeat(300 << 10));
    let trace = [deep, long, wide, text, call(1)].concat();
    let project = Project::new("hostile", &[TOML, ("a.policy", POLICY), ("t.jsonl", &trace)]);
    let run = project.run(&["simulate", ".", "t.jsonl", "--format", "jsonl"]);
    let codes: Vec<String> = run
        .out
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|line| line["code"].as_str().unwrap_or("").to_owned())
        .collect();
    assert_eq!(codes, ["limit-depth", "limit-size", "limit-width", "limit-length", "rule"], "{}", run.err);
}

/// A test that passes, one that fails, a fixture without a snapshot.
fn failing(name: &str) -> Project {
    let wrong = "\ntest \"wrong, with # and \\\\ in it\" {\n  call t { n: 7 }\n  expect allow by small\n}\n";
    let text = format!("{POLICY}{TEST}{wrong}");
    Project::new(name, &[TOML, ("a.policy", &text), ("fixtures/x.calls.jsonl", &call(1))])
}

#[test]
fn every_format_of_a_failing_run_can_be_read() {
    let project = failing("formats");
    let run = project.run(&["test", "--format", "tap"]);
    run.ends(1);
    let mut lines = run.out.lines();
    assert_eq!(lines.next(), Some("TAP version 14"), "{run:#?}");
    let plan: usize = lines.next().and_then(|l| l.strip_prefix("1..")).and_then(|n| n.parse().ok()).unwrap_or(0);
    let points: Vec<&str> = run.out.lines().filter(|l| l.starts_with("ok ") || l.starts_with("not ok ")).collect();
    assert_eq!((plan, points.len()), (3, 3), "{run:#?}");
    for (number, point) in (1..).zip(&points) {
        let rest = point.trim_start_matches("not ").trim_start_matches("ok ");
        assert!(rest.starts_with(&format!("{number} - ")), "{point}");
    }
    assert_eq!(points.iter().filter(|p| p.starts_with("not ok")).count(), 2, "{run:#?}");
    assert!(run.out.contains(r"with \# and \\ in it"), "{run:#?}");

    let run = project.run(&["test", "--format", "github"]);
    run.ends(1);
    let annotations: Vec<&str> =
        run.out.lines().filter(|l| l.starts_with("::error file=a.policy,line=16,title=")).collect();
    assert_eq!(annotations.len(), 1, "{run:#?}");
    assert!(annotations.iter().all(|l| l.contains("expected allow by small, got deny")), "{run:#?}");

    let run = project.run(&["test", "--format", "sarif"]);
    run.ends(1);
    let sarif: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_default();
    assert_eq!(sarif["version"], "2.1.0", "{run:#?}");
    assert!(sarif["runs"][0]["tool"]["driver"]["name"].is_string());
    let results = sarif["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    assert_eq!(results.len(), 2, "{run:#?}");
    for result in results {
        assert!(result["message"]["text"].is_string() && result["ruleId"].is_string(), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].is_string() && place["region"]["startLine"].is_u64(), "{result}");
    }

    let run = project.run(&["test", "--format", "junit"]);
    run.ends(1);
    assert_eq!(run.out.matches("<testcase ").count(), 3, "{run:#?}");
    let run = project.run(&["test", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_default();
    assert_eq!(json["coverage"]["rule"]["of"], 1, "{run:#?}");
}

#[test]
fn a_failing_run_still_says_what_was_seen_and_can_be_run_again() {
    let project = failing("again");
    let run = project.run(&["test"]);
    run.ends(1);
    run.says("coverage rule 1/1").says("again: policyc test -k").says("expected allow by small, got deny");
    let run = project.run(&["test", "--failed"]);
    run.ends(1);
    assert!(!run.out.contains("PASS") && run.out.contains("wrong, with"), "{run:#?}");
    std::fs::write(project.0.join("a.policy"), format!("{POLICY}{TEST}")).expect("a file can be written");
    project.run(&["test", "--update"]).ends(0);
    project.run(&["test", "--failed"]).ends(1).says("nothing failed the last time");
    let shuffled = project.run(&["test", "--shuffle", "7", "--durations"]);
    shuffled.ends(0).says("--shuffle 7").says(" ms  small numbers");
}

#[test]
fn thresholds_and_forms_of_coverage() {
    let project = Project::new("least", &[TOML, ("a.policy", &format!("{POLICY}{TEST}"))]);
    project.run(&["test", "--min", "rule=100", "--min", "condition=100"]).ends(0);
    project.run(&["test", "--min", "argument=100"]).ends(0);
    project.run(&["test", "--min", "rules=100"]).ends(2).says("there is no kind `rules`");
    let bare = Project::new(
        "bare",
        &[
            TOML,
            ("a.policy", &format!("{POLICY}\ntest \"x\" {{\n  call t {{ n: 9 }}\n  expect deny code default\n}}\n")),
        ],
    );
    bare.run(&["test", "--min", "rule=100"]).ends(1).says("rule coverage is 0 % (0 of 1), less than 100 %");
    bare.run(&["test", "--coverage"]).ends(0).says("small: never applied");
    for (form, file, has) in [
        ("html", "coverage.html", "<svg"),
        ("lcov", "lcov.info", "FNDA:0,small"),
        ("cobertura", "cobertura.xml", "<coverage "),
        ("json", "coverage.json", "\"never\""),
    ] {
        bare.run(&["test", "--coverage", form]).ends(0);
        let text = bare.read(file);
        assert!(text.contains(has) || form == "json", "{form}: {text}");
    }
    bare.run(&["test", "--mutate"]).ends(0).says("SURVIVED").says("noticed (");
    bare.run(&["test", "--mutate", "--min", "mutants=100"]).ends(1).says("less than 100 %");
    bare.run(&["test", "--min", "mutants=1"]).ends(1).says("needs `--mutate`");
}

/// Drives `--review` at a pseudo-terminal that `script` (util-linux) makes; left out, with a word, where there is none.
#[test]
fn a_review_writes_what_was_accepted() {
    let calls = format!("{}{}{}", call(1), call(2), call(7));
    let project =
        Project::new("review", &[TOML, ("a.policy", &format!("{POLICY}{TEST}")), ("fixtures/x.calls.jsonl", &calls)]);
    project.run(&["test", "--update"]).ends(0);
    let before = project.read("fixtures/x.calls.snap");
    project.run(&["test", "--review"]).ends(2).says("at a terminal");
    let none = POLICY.replace("args.n < 5", "args.n > 5");
    std::fs::write(project.0.join("a.policy"), none).expect("a file can be written");
    if Command::new("script").arg("--version").stdin(Stdio::null()).output().is_err() {
        println!("left out: there is no `script` to make a terminal");
        return;
    }
    // Accept the first of three, reject the second, leave.
    let mut child = Command::new("script")
        .args(["-qec", &format!("{} test --review", env!("CARGO_BIN_EXE_policyc")), "/dev/null"])
        .current_dir(&project.0)
        .env("NO_COLOR", "1")
        .env_remove("CI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    use std::io::Write as _;
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    stdin.write_all(b"a\nr\nq\n").expect("it can be answered");
    let output = child.wait_with_output().expect("it ends");
    drop(stdin);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 of 3") && said.contains("1 accepted, 2 left as they were"), "{said}");
    assert!(said.contains("a.policy:3"), "the rule that caused it is named: {said}");
    let after = project.read("fixtures/x.calls.snap");
    let differing = before.lines().zip(after.lines()).filter(|(a, b)| a.split_whitespace().ne(b.split_whitespace()));
    assert_eq!(differing.count(), 1, "{before}\n{after}");
}

/// A run that goes on, and what it says.
struct Watching {
    child: std::process::Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watching {
    fn of(project: &Project) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_policyc"))
            .args(["test", "--watch"])
            .current_dir(&project.0)
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let out = std::io::BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            use std::io::BufRead as _;
            out.lines().map_while(Result::ok).all(|line| send.send(line).is_ok())
        });
        Self { child, lines }
    }

    /// What is said until it waits again.
    #[track_caller]
    fn round(&self) -> String {
        let mut said = String::new();
        loop {
            let line = self.lines.recv_timeout(std::time::Duration::from_secs(120)).expect("it goes on");
            if line.starts_with("waiting for a change") {
                return said;
            }
            said = said + &line + "\n";
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// SPEC: [S9.6]
#[test]
fn what_a_change_touches_is_run_again() {
    let tests = format!("{TEST}{}", TEST.replace("small numbers", "more numbers"));
    let data = "\nlet most = 5\n";
    let policy = format!("{}{data}", POLICY.replace("< 5", "< most"));
    let project = Project::new(
        "watch",
        &[TOML, ("a.policy", &policy), ("t.policy", &tests), ("fixtures/x.calls.jsonl", &call(1))],
    );
    let write = |name: &str, text: &str| std::fs::write(project.0.join(name), text).expect("a file can be written");
    project.run(&["test", "--update"]).ends(0);
    let mut watching = Watching::of(&project);
    let all = watching.round();
    assert!(all.contains("2 tests passed") && all.contains("PASS  fixtures/x.calls.jsonl"), "{all}");
    // One test, the fixture alone, everything, a mistake, everything again.
    write("t.policy", &tests.replacen("n: 1 }", "n: 2 }", 1));
    let one = watching.round();
    assert!(one.contains("changed: t.policy\ntouched: 1 of 3\n") && one.contains("PASS  small numbers"), "{one}");
    assert!(!one.contains("more numbers") && !one.contains("x.calls.jsonl"), "{one}");
    write("fixtures/x.calls.jsonl", &format!("{}{}", call(1), call(7)));
    let fixture = watching.round();
    assert!(fixture.contains("FAIL  fixtures/x.calls.jsonl  1 decision changed"), "{fixture}");
    assert!(!fixture.contains("PASS"), "{fixture}");
    write("a.policy", &policy.replace("most = 5", "most = 1"));
    let failing = watching.round();
    assert!(failing.contains("changed: a.policy\n") && failing.contains("FAIL  more numbers"), "{failing}");
    write("a.policy", &policy.replace("most = 5", "most = "));
    watching.round();
    write("a.policy", &policy);
    assert!(watching.round().contains("PASS  more numbers"));
    use std::io::Write as _;
    watching.child.stdin.take().expect("its input is a pipe").write_all(b"q\n").expect("it can be told");
    assert_eq!(watching.child.wait().expect("it ends").code(), Some(1), "the fixture still differs");
    let ci = Command::new(env!("CARGO_BIN_EXE_policyc"))
        .args(["test", "--watch"])
        .current_dir(&project.0)
        .env("CI", "true")
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    Run::of(ci).ends(2).says("CI is set");
}

#[test]
fn what_another_program_recorded_is_a_fixture() {
    let chat = r#"[{"role": "user", "content": "one"}, {"role": "assistant", "tool_calls": [
        {"id": "c1", "function": {"name": "t", "arguments": "{\"n\": 1}"}}, {"id": "c2", "function": {"name": "t"}}]}]"#;
    let project =
        Project::new("recorded", &[TOML, ("a.policy", &format!("{POLICY}{TEST}")), ("fixtures/x.messages.json", chat)]);
    project.run(&["test"]).ends(1).says("there is no snapshot yet");
    project.run(&["test", "--update"]).ends(0);
    let rows = project.read("fixtures/x.messages.snap");
    assert!(rows.contains("allow") && rows.contains("malformed-call"), "{rows}");
    project.run(&["test"]).ends(0);
    std::fs::remove_file(project.0.join("fixtures/x.messages.json")).expect("it is there");
    project.run(&["test"]).ends(1).says("no fixture uses the snapshot");
}

/// SPEC: [S7.2]
#[test]
fn an_expectation_may_speak_of_what_comes_with_a_decision() {
    let policy = "tool t(n: int) risk read\n\nrule small\n  allow t\n  when args.n < 5\n  with { audit: \"full\", sandbox: true }\n\n\
        rule large\n  hold t\n  when args.n >= 5\n  because \"{args.n} is much\"\n  approvers \"desk\", \"boss\"\n";
    let right = "\ntest \"x\" {\n  call t { n: 1 }\n  expect allow by small with { sandbox: true }\n  call t { n: 7 }\n  \
        expect hold by large because \"7 is much\" approvers \"boss\", \"desk\"\n}\n";
    let project = Project::new("told", &[TOML, ("a.policy", &format!("{policy}{right}"))]);
    project.run(&["test"]).ends(0);
    project.run(&["fmt"]).ends(0);
    project.run(&["test"]).ends(0);
    for (from, to, says) in [
        ("sandbox: true }\n  call", "sandbox: false }\n  call", "the obligation `sandbox` is true, not false"),
        ("because \"7", "because \"8", "the reason is `7 is much`"),
        ("approvers \"boss\", \"desk\"", "approvers \"boss\"", "boss, desk must approve, not boss"),
    ] {
        let wrong = right.replace(from, to);
        assert_ne!(wrong, right);
        std::fs::write(project.0.join("a.policy"), format!("{policy}{wrong}")).expect("a file can be written");
        project.run(&["test"]).ends(1).says(says);
    }
}

/// What somebody does on the first day and gets wrong: each ends with 1 and says what to do.
mod a_new_user {
    use super::*;

    /// SPEC: [S7.4]
    #[test]
    fn an_empty_test_file() {
        let policy = format!("{POLICY}{TEST}");
        let project = Project::new("empty", &[TOML, ("a.policy", &policy), ("tests.policy", "// to be written\n")]);
        project.run(&["test"]).ends(1).says("nothing stands in `tests.policy`").says("write a test");
        let project = Project::new("empty2", &[TOML, ("a.policy", POLICY), ("tests.policy", "test \"x\" {\n}\n")]);
        project.run(&["test"]).ends(1).says("the test \"x\" expects nothing").says("write `expect allow`");
        let project = Project::new("empty3", &[TOML, ("a.policy", &policy), ("x.calls.jsonl", "")]);
        project.run(&["test"]).ends(1).says("it has no event: write one a line");
        let project = Project::new("empty4", &[TOML, ("a.policy", POLICY)]);
        project.run(&["test"]).ends(1).says("there is no test and no fixture").says("write `test");
    }

    #[test]
    fn a_misspelt_rule() {
        let policy = format!("{POLICY}{}", TEST.replace("by small", "by smal"));
        let project = Project::new("misspelt", &[TOML, ("a.policy", &policy)]);
        project.run(&["test"]).ends(1).says("no rule and no budget is named `smal`").says("did you mean `small`?");
    }

    #[test]
    fn a_tool_in_a_fixture_that_nobody_declared() {
        let policy = POLICY.replace("tool t(", "tool bank.pay(").replace("allow t", "allow bank.pay");
        let slip = call(1).replace("\"t\"", "\"bank.pya\"");
        let project = Project::new("slip", &[TOML, ("a.policy", &policy), ("x.calls.jsonl", &slip)]);
        project.run(&["test"]).ends(1).says("the call `c1` in `x.calls.jsonl` is of the tool `bank.pya`");
        // Not even taken over in passing: the first time it is said aloud.
        project.run(&["test", "--update"]).ends(1).says("did you mean `bank.pay`?");
        let run = project.run(&["test"]);
        run.ends(0).says("note: the call `c1`");
        std::fs::write(project.0.join("x.calls.jsonl"), call(1).replace("\"t\"", "\"pay\""))
            .expect("it can be written");
        project.run(&["test"]).ends(1).says("did you mean `bank.pay`?");
        // A tool of somebody else's, recorded somewhere, is only mentioned.
        std::fs::write(project.0.join("x.calls.jsonl"), call(1).replace("\"t\"", "\"web.search\"")).expect("written");
        project.run(&["test", "--update"]).ends(0).says("the tool `web.search`, which the policy does not declare");
        assert!(!project.run(&["test"]).ends(0).out.contains("note:"));
    }

    #[test]
    fn a_stale_snapshot_in_ci() {
        let policy = format!("{POLICY}{TEST}");
        let project = Project::new("stale", &[TOML, ("a.policy", &policy), ("x.calls.jsonl", &call(7))]);
        project.run(&["test", "--update"]).ends(0);
        let stored = project.read("x.calls.snap");
        std::fs::write(project.0.join("a.policy"), policy.replace("when args.n < 5", "when args.n != 5"))
            .expect("written");
        for args in [&["test"][..], &["test", "--update"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_policyc"));
            command.args(args).current_dir(&project.0).stdin(Stdio::null()).env("NO_COLOR", "1").env("CI", "true");
            let run = Run::of(command.output().expect("the binary runs"));
            run.ends(1)
                .says("-c7    t     deny")
                .says("+c7    t     allow")
                .says("run `policyc test --update` where you work");
            // Only what changed is in the difference, not the heads of columns that became wider.
            assert_eq!(run.out.lines().filter(|l| l.starts_with("  +") && !l.contains("+++")).count(), 1, "{run:#?}");
        }
        assert_eq!(project.read("x.calls.snap"), stored);
    }

    #[test]
    fn a_filter_that_matches_nothing() {
        let policy = format!("{POLICY}{TEST}");
        let project = Project::new("filter", &[TOML, ("a.policy", &policy)]);
        let run = project.run(&["test", "-k", "smal nubers"]);
        run.ends(1).says("none of 1 tests and fixtures meets `smal nubers`").says("did you mean `small numbers`?");
        assert!(!run.out.contains("coverage"), "nothing was seen: {run:#?}");
        project.run(&["test", "-k", "zork"]).ends(1).says("`policyc test` lists all of them");
    }

    #[test]
    fn two_tests_of_one_name() {
        let project = Project::new("twice", &[TOML, ("a.policy", &format!("{POLICY}{TEST}")), ("b.policy", TEST)]);
        project.run(&["test"]).ends(1).says("two tests are named \"small numbers\"").says("rename one of them");
    }
}

#[test]
fn a_filter_takes_names_tags_files_and_rules() {
    let policy = format!(
        "{POLICY}\ntest \"one\" tags {{ \"quick\" }} {{\n  call t {{ n: 1 }}\n  expect allow by small\n}}\n\n\
         test \"two\" {{\n  call t {{ n: 9 }}\n  expect deny code default\n}}\n"
    );
    let project = Project::new(
        "asked",
        &[
            TOML,
            ("a.policy", &policy),
            ("x.calls.jsonl", &call(1)),
            ("y.calls.jsonl", &call(9).replace("\"s\"", "\"small\"")),
        ],
    );
    project.run(&["test", "--update"]).ends(0);
    for (pattern, taken) in [
        ("one", &["one"][..]),
        ("quick", &["one"]),
        ("small", &["one", "x.calls.jsonl"]),
        ("a.policy", &["one", "two"]),
        ("y.calls*", &["y.calls.jsonl"]),
    ] {
        let run = project.run(&["test", "-k", pattern]);
        run.ends(0);
        let names: Vec<&str> =
            run.out.lines().filter(|l| l.contains("PASS")).filter_map(|l| l.split_whitespace().nth(1)).collect();
        assert_eq!(names, taken, "{pattern}");
    }
}

#[test]
fn what_is_not_run_is_said() {
    let policy = format!("{POLICY}{TEST}");
    let module = "let most = 5\n\ntest \"inner\" {\n  call t { n: 1 }\n  expect allow\n}\n";
    let used = policy.replacen("rule small", "use \"./lib/m.policy\" as m\n\nrule small", 1).replace("< 5", "< m.most");
    let project = Project::new("idle", &[TOML, ("a.policy", &used), ("lib/m.policy", module)]);
    project.run(&["test"]).ends(0).says("the test in `lib/m.policy` was not run").says("policyc test lib/m.policy");
    let skipped = policy.replace("test \"small numbers\"", "test \"small numbers\" skip because \"later\"");
    let project = Project::new("skipped", &[TOML, ("a.policy", &skipped)]);
    project.run(&["test"]).ends(1).says("the only test is skipped");
    for (name, says) in [
        ("fixtures/x.call.jsonl", "call it `fixtures/x.calls.jsonl`"),
        ("fixtures/x.jsonl", "nothing reads `fixtures/x.jsonl`"),
        ("x.trace.json", "call it `x.trace.jsonl`"),
    ] {
        let project = Project::new("astray", &[TOML, ("a.policy", &policy), (name, &call(1)), ("t.jsonl", "")]);
        project.run(&["test"]).ends(1).says(says);
    }
    let named = ("policy.toml", "[policy]\nname = \"t\"\nfixtures = [\"recorded\"]\n");
    let project = Project::new("nowhere", &[named, ("a.policy", &policy)]);
    project.run(&["test"]).ends(1).says("the folder `recorded` for fixtures, and it is not there");
}

/// SPEC: [S7.2]
#[test]
fn an_expectation_may_speak_of_what_was_unknown_and_of_what_is_cut_out() {
    let policy = "tool t(n: int, note: string?) -> string risk read\n\nrule free\n  allow t\n\nrule secret\n  deny t\n  \
        when args.note contains \"secret\"\n\nrule keys\n  redact t\n  matching /k-[0-9]+/\n";
    let right = "\ntest \"x\" {\n  call t { n: 1 }\n  expect deny by secret unknown \"args.note\"\n  \
        call t { n: 1, note: \"\" }\n  expect allow by free\n  result \"k-12 and k-3, k-12\"\n  expect redact by keys cuts \"k-3\", \"k-12\"\n}\n";
    let project = Project::new("what", &[TOML, ("a.policy", &format!("{policy}{right}"))]);
    project.run(&["test"]).ends(0);
    project.run(&["fmt"]).ends(0);
    project.run(&["test"]).ends(0);
    for (from, to, says) in [
        ("unknown \"args.note\"", "unknown \"args.n\"", "`args.n` was not unknown; unknown was args.note"),
        ("cuts \"k-3\", \"k-12\"", "cuts \"k-3\"", "cut out was k-12, k-3, not k-3"),
        ("allow by free", "allow by free cuts \"x\"", "nothing is cut out of a call"),
    ] {
        let wrong = right.replace(from, to);
        assert_ne!(wrong, right);
        std::fs::write(project.0.join("a.policy"), format!("{policy}{wrong}")).expect("a file can be written");
        project.run(&["test"]).ends(1).says(says);
    }
}

/// SPEC: [S7.3] [S7.10]
#[test]
fn what_a_table_does_not_list_must_be_denied() {
    let policy = "tool t(n: int) risk read\n\nrole a\n\nrole b\n\nrole c\n\nlabel env: dev | prod\n\n\
        rule few\n  allow t\n  for a\n  when labels.env == dev\n";
    let table = "\ntest \"who\" {\n  each (role, env, what) in { (a, dev, allow) } else deny {\n    \
        call t { n: 1 } as role with { env: env }\n    expect what by few\n  }\n}\n";
    let project = Project::new("tables", &[TOML, ("a.policy", &format!("{policy}{table}"))]);
    project.run(&["fmt", "--check"]).ends(0);
    project.run(&["test"]).ends(0).says("PASS  who (b, prod, not listed)").says("8 tests passed");
    // What is let through and not listed fails, and so does what no rule was asked about.
    for (from, to, says) in [
        ("  for a\n", "  for a, c\n", "expected deny, got allow by few"),
        ("n: 1 }", "n: \"one\" }", "it is refused with `wrong-type` before any rule is asked"),
        ("label env: dev | prod", "label env: dev | test | prod", ""),
    ] {
        let changed = format!("{policy}{table}").replace(from, to);
        std::fs::write(project.0.join("a.policy"), changed).expect("a file can be written");
        let run = project.run(&["test"]);
        if says.is_empty() {
            run.ends(0).says("12 tests passed").says("PASS  who (a, test, not listed)");
        } else {
            run.ends(1).says(says);
        }
    }
}

/// SPEC: [S7.2]
#[test]
fn a_test_may_be_known_to_fail() {
    let known = TEST.replace("test \"small numbers\"", "test \"small numbers\" fails because \"5 is small\"");
    let failing = known.replace("expect deny code default", "expect allow by small");
    let project = Project::new("known", &[TOML, ("a.policy", &format!("{POLICY}{failing}"))]);
    project.run(&["test"]).ends(0).says("TODO  small numbers  known to fail: 5 is small").says("1 known to fail");
    project.run(&["fmt", "--check"]).ends(0);
    project.run(&["test", "--format", "tap"]).ends(0).says("not ok 1 - small numbers (a.policy:7) # TODO 5 is small");
    project.run(&["test", "--format", "junit"]).ends(0).says("known to fail: 5 is small");
    std::fs::write(project.0.join("a.policy"), format!("{POLICY}{known}")).expect("a file can be written");
    project.run(&["test"]).ends(1).says("it passes, and is said to fail because 5 is small");
}

#[test]
fn tests_that_say_less_than_they_seem_to_are_noted() {
    let more = "\nrule odd\n  deny t\n  when args.n == 7\n\nrule even\n  deny t\n  when args.n == 2\n\n\
        test \"weak\" {\n  call t { n: 7 }\n  expect deny by odd\n  call t { n: 9 }\n  expect deny\n  \
        call t { n: 2 }\n  expect deny by even\n}\n";
    let project = Project::new("weak", &[TOML, ("a.policy", &format!("{POLICY}{TEST}{more}"))]);
    let run = project.run(&["test"]);
    run.ends(0).says("the decision is `deny` without `odd` too").says("`expect deny` is met by whatever denies");
    assert!(!run.out.contains("without `even`") && !run.out.contains("without `small`"), "{run:#?}");
}

/// SPEC: [S7.5]
#[test]
fn fixtures_may_be_written_in_yaml() {
    let yaml =
        "- call: a\n  tool: t\n  args: { n: 1 }\n  session: s\n- call: b\n  tool: t\n  args:\n    n: 7\n  session: s\n";
    let project =
        Project::new("yaml", &[TOML, ("a.policy", &format!("{POLICY}{TEST}")), ("fixtures/x.calls.yaml", yaml)]);
    project.run(&["test", "--update"]).ends(0);
    let rows = project.read("fixtures/x.calls.snap");
    assert!(rows.contains("a     t     allow     small") && rows.contains("b     t     deny      default"), "{rows}");
    std::fs::write(project.0.join("fixtures/x.calls.yaml"), yaml.replace("n: 7", "n: 07")).expect("it can be written");
    project.run(&["test"]).ends(1).says("line 8: `07` is a number to some and a text to others");
}

/// Written behind the page: what a browser makes of it, in the title.
const PROBE: &str = r#"<script>addEventListener("load", () => {
  const seen = ["yes", "part", "no"].map(kind => {
    const all = [...document.querySelectorAll("pre ." + kind)].filter(e => e.getClientRects().length > 0);
    const colours = [...new Set(all.map(e => getComputedStyle(e).backgroundColor))];
    return kind + "=" + colours.join("/") + "=" + all.map(e => e.textContent).join("|");
  });
  document.title = "measured¦" + seen.join("¦") + "¦tree=" + document.querySelectorAll("svg text").length;
});</script>"#;

/// Opens the coverage page in Chromium; `.ci/chromium` installs it from Debian's packages.
#[test]
fn the_coverage_page_shows_covered_and_uncovered_lines_in_a_browser() {
    if Command::new("chromium").arg("--version").stdin(Stdio::null()).output().is_err() {
        println!("left out: there is no chromium; `.ci/chromium` installs it where it can");
        return;
    }
    let policy = format!(
        "{POLICY}{TEST}\nrule never\n  deny t\n  when args.n == 77\n\nrule unseen\n  allow u\n\ntool u() risk read\n"
    );
    let project = Project::new("page", &[TOML, ("a.policy", &policy)]);
    project.run(&["test", "--coverage", "html"]).ends(0);
    let page = project.read("coverage.html");
    assert!(!page.contains("<script"), "the page itself has no script");
    std::fs::write(project.0.join("probed.html"), format!("{page}{PROBE}")).expect("a file can be written");
    let profile = format!("--user-data-dir={}", project.0.join("profile").display());
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom", &profile])
        .arg(format!("file://{}", project.0.join("probed.html").display()))
        .stdin(Stdio::null())
        .output()
        .expect("chromium runs");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let title = dom.split("<title>measured¦").nth(1).and_then(|t| t.split("</title>").next());
    let title = title.unwrap_or_else(|| panic!("{dom}\n{}", String::from_utf8_lossy(&output.stderr)));
    let fields: Vec<Vec<&str>> = title.split('¦').map(|f| f.splitn(3, '=').collect()).collect();
    let [yes, _, no, tree] = &fields[..] else { panic!("{title}") };
    assert!(yes[2].contains("small") && no[2].contains("unseen"), "{title}");
    assert!(yes[1].starts_with("rgb(") && no[1].starts_with("rgb(") && yes[1] != no[1], "{title}");
    assert!(tree[1].parse::<usize>().is_ok_and(|n| n > 3), "the tree is drawn: {title}");
}
