//! The program as people and scripts meet it: what it writes where, and how it ends.
//!
//! Each test runs the built binary. Hostile inputs are here too: each gets a clear answer, and the rest is decided.

#![expect(clippy::disallowed_methods, reason = "the program is tested with real files")]

#[cfg(test)]
mod cli {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    use serde_json::Value;

    /// What a run left.
    struct Ran {
        code: i32,
        out: String,
        err: String,
    }

    impl Ran {
        fn lines(&self) -> Vec<Value> {
            self.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
        }
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Runs it at the root of the repository, without colours and outside CI.
    fn policyc(args: &[&str]) -> Ran {
        fed(args, |_| {})
    }

    fn command(args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_policyc"));
        command.args(args).current_dir(root());
        for name in ["CI", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs it with something on standard input.
    fn fed(args: &[&str], feed: impl FnOnce(&mut dyn std::io::Write) + Send) -> Ran {
        let mut child =
            command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || feed(&mut stdin));
            child.wait_with_output().unwrap()
        });
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn text(args: &[&str], input: &str) -> Ran {
        fed(args, |stdin| stdin.write_all(input.as_bytes()).unwrap_or(()))
    }

    /// A folder of this test's own, empty.
    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    const PAY: &str = "tool pay(amount: decimal, to: string) risk external\n\nrule small_sums\n  allow pay\n  \
        when args.amount <= 100\n\nrule strangers\n  deny pay\n  when args.to == \"stranger\"\n  \
        because \"{args.to} is not known\"\n";

    fn call(id: &str, args: &str) -> String {
        format!("{{\"call\":\"{id}\",\"tool\":\"pay\",\"args\":{args},\"agent\":{{\"id\":\"a\"}},\"session\":\"s\"}}\n")
    }

    const EXAMPLES: [&str; 5] = ["banking", "workspace", "roles", "control-plane", "fleet"];

    #[test]
    fn the_bare_name_says_what_there_is_and_help_fits_a_screen() {
        let ran = policyc(&[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for verb in ["check", "fmt", "test", "simulate", "explain", "graph", "build", "inspect"] {
            assert!(ran.out.contains(&format!("\n  {verb} ")), "{}", ran.out);
            let help = policyc(&[verb, "-h"]);
            assert_eq!(help.code, 0);
            assert!(help.out.contains("Examples:"), "{}", help.out);
            assert!(help.out.lines().count() <= 40, "{} lines: {}", help.out.lines().count(), help.out);
        }
        assert_eq!(policyc(&["--version"]).out, format!("policyc {}\n", env!("CARGO_PKG_VERSION")));
        let typo = policyc(&["chek"]);
        assert_eq!(typo.code, 2);
        assert!(typo.err.contains("'check'"), "{}", typo.err);
    }

    #[test]
    fn every_example_is_without_a_mistake_formatted_and_can_be_built() {
        let folder = folder("examples");
        for name in EXAMPLES {
            let example = format!("examples/{name}");
            let checked = policyc(&["check", &example]);
            assert_eq!(checked.code, 0, "{name}: {}", checked.err);
            let formatted = policyc(&["fmt", "--check", &example]);
            assert_eq!(formatted.code, 0, "{name}: {}", formatted.out);
            let bundle = folder.join(format!("{name}.policyc")).to_string_lossy().into_owned();
            let built = policyc(&["build", &example, "-o", &bundle]);
            assert_eq!(built.code, 0, "{}", built.err);
            let (source, bundle) = (policyc(&["inspect", &example]), policyc(&["inspect", &bundle]));
            assert_eq!((source.code, &source.out), (bundle.code, &bundle.out));
            let tree = policyc(&["graph", &example]);
            assert!(tree.code == 0 && tree.out.starts_with("<svg ") && tree.out.ends_with("</svg>\n"), "{}", tree.err);
        }
    }

    #[test]
    fn a_bundle_and_its_sources_decide_alike_and_so_do_any_number_of_workers() {
        let folder = folder("alike");
        for name in EXAMPLES {
            let (example, fixtures) = (format!("examples/{name}"), format!("examples/{name}/fixtures"));
            let bundle = folder.join("x.policyc").to_string_lossy().into_owned();
            assert_eq!(policyc(&["build", &example, "-o", &bundle]).code, 0);
            let one = policyc(&["simulate", &example, &fixtures, "--format", "jsonl", "--jobs", "1"]);
            assert_eq!(one.code, 0, "{}", one.err);
            assert!(!one.out.is_empty());
            for line in one.lines() {
                assert!(line.get("decision").is_some(), "{line}");
            }
            for args in [[bundle.as_str(), "--jobs", "1"], [example.as_str(), "--jobs", "7"]] {
                let other = policyc(&["simulate", args[0], &fixtures, "--format", "jsonl", args[1], args[2]]);
                assert_eq!(one.out, other.out);
            }
        }
    }

    #[test]
    fn a_typo_is_named_with_its_line_and_healthy_rules_survive() {
        let folder = folder("typo");
        let path = file(&folder, "p.policy", PAY.replace("args.amount", "args.amuont"));
        let ran = policyc(&["check", "--format", "plain", &path]);
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains(":5:13: error[E0301]") && ran.out.contains("`amount`"), "{}", ran.out);
        assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
        let human = policyc(&["check", &path]);
        assert_eq!((human.code, human.out.as_str()), (1, ""));
        assert!(human.err.contains("E0301 unknown-argument"), "{}", human.err);
        for (format, has) in [
            ("json", "\"version\": 1"),
            ("jsonl", "\"code\":\"E0301\""),
            ("sarif", "\"version\": \"2.1.0\""),
            ("github", "::error file="),
        ] {
            let ran = policyc(&["check", "--format", format, &path]);
            assert_eq!(ran.code, 1);
            assert!(ran.out.contains(has) && ran.out.contains("E0301"), "{format}: {}", ran.out);
        }
        // Other commands say the same and stop.
        let simulated = text(&["simulate", &path, "-"], &call("c", "{}"));
        assert_eq!((simulated.code, simulated.out.as_str()), (1, ""));
        assert!(simulated.err.contains("does not compile: 1 error"), "{}", simulated.err);
    }

    #[test]
    fn fixes_are_applied_where_they_are_safe() {
        let folder = folder("fix");
        let path =
            file(&folder, "p.policy", PAY.replace("args.amount <= 100", "args.amount <= 100 && args.to != \"x\""));
        assert_eq!(policyc(&["check", &path]).code, 1);
        let fixed = policyc(&["check", "--fix", &path]);
        assert_eq!(fixed.code, 0, "{}", fixed.err);
        assert!(std::fs::read_to_string(&path).unwrap().contains("<= 100 and args.to"));
    }

    #[test]
    fn fmt_writes_the_one_style_and_check_writes_nothing() {
        let folder = folder("fmt");
        let ugly = "tool   pay( amount:decimal ,to : string )risk external // keep me\nrule r allow pay\n";
        let path = file(&folder, "p.policy", ugly);
        assert_eq!(policyc(&["fmt", "--check", &path]).code, 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), ugly);
        assert_eq!(policyc(&["fmt", &path]).code, 0);
        let now = std::fs::read_to_string(&path).unwrap();
        assert!(now.contains("tool pay(amount: decimal, to: string)") && now.contains("// keep me"), "{now}");
        assert_eq!(policyc(&["fmt", "--check", &path]).code, 0);
        assert_eq!(text(&["fmt", "-"], ugly).out, now);
    }

    #[test]
    fn what_is_no_policy_is_a_fault() {
        let folder = folder("faults");
        let directory = folder.join("dir.policy");
        std::fs::create_dir(&directory).unwrap();
        let latin = file(&folder, "latin.policy", b"// caf\xe9\n");
        let paths = ["/nowhere.policy", &directory.to_string_lossy(), &latin];
        for path in paths {
            for verb in ["check", "fmt", "test", "build", "inspect", "graph"] {
                let ran = policyc(&[verb, path]);
                assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{verb} {path}: {}", ran.err);
                assert!(ran.err.lines().count() >= 1 && !ran.err.contains("panicked"), "{}", ran.err);
            }
        }
        let bundle = folder.join("b.policyc").to_string_lossy().into_owned();
        assert_eq!(policyc(&["build", "examples/banking", "-o", &bundle]).code, 0);
        let mut bytes = std::fs::read(&bundle).unwrap();
        bytes.truncate(bytes.len() / 2);
        let cut = file(&folder, "cut.policyc", &bytes);
        for args in [vec!["inspect", &cut], vec!["simulate", &cut, "-"], vec!["explain", &cut, "-"]] {
            let ran = policyc(&args);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
            assert!(ran.err.contains("truncated"), "{}", ran.err);
        }
        std::fs::write(folder.join("policy.toml"), "[policy]\nname = \"x\"\nfixture = []\n").unwrap();
        let ran = policyc(&["check", &folder.to_string_lossy()]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("fixture"), "{}", ran.err);
        // A folder among the files of a project is named.
        std::fs::write(folder.join("policy.toml"), "[policy]\nname = \"x\"\nfiles = [\"dir.policy\"]\n").unwrap();
        let ran = policyc(&["check", &folder.to_string_lossy()]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("dir.policy"), "{}", ran.err);
    }

    #[test]
    fn a_million_brackets_are_one_mistake() {
        let folder = folder("deep");
        let deep = format!("{PAY}\nrule deep\n  allow pay\n  when {}\n", "(".repeat(1_000_000));
        let path = file(&folder, "p.policy", deep);
        let ran = policyc(&["check", "--format", "plain", &path]);
        assert_eq!(ran.code, 1);
        assert!(ran.out.lines().count() <= 2 && ran.out.contains("E01"), "{:.400}", ran.out);
    }

    #[test]
    fn a_hostile_line_is_refused_and_the_rest_of_the_trace_is_decided() {
        let folder = folder("hostile");
        let policy = file(&folder, "p.policy", PAY);
        let good = |id: &str| call(id, "{\"amount\":5,\"to\":\"x\"}");
        let lines: Vec<(&str, String)> = vec![
            ("malformed-call", "not json\n".into()),
            ("malformed-call", "[]\n".into()),
            ("limit-depth", "[".repeat(1_000_000) + "\n"),
            ("duplicate-key", "{\"call\":\"d\",\"call\":\"d\",\"tool\":\"pay\",\"args\":{}}\n".into()),
            ("duplicate-key", call("e", "{\"amount\":5,\"amount\":500,\"to\":\"x\"}")),
            ("confusable-key", call("f", "{\"amount\":5,\"to\":\"x\",\"To\":\"y\"}")),
            ("unknown-tool", good("g").replace("\"pay\"", "\"pya\"")),
            ("undeclared-argument", call("h", "{\"amount\":5,\"to\":\"x\",\"now\":true}")),
            ("missing-argument", call("i", "{\"amount\":5}")),
            ("wrong-type", call("j", "{\"amount\":\"many\",\"to\":\"x\"}")),
            ("bad-number", call("k", "{\"amount\":NaN,\"to\":\"x\"}")),
            ("unknown-call", "{\"result\":\"never\",\"content\":\"x\"}\n".into()),
            ("unknown-key", good("l").replace("\"session\"", "\"sesion\"")),
            ("bad-text", call("m", "{\"amount\":5,\"to\":\"\\ud800\"}")),
        ];
        let mut trace = Vec::new();
        for (i, (_, line)) in lines.iter().enumerate() {
            trace.extend_from_slice(line.as_bytes());
            trace.extend_from_slice(good(&format!("good-{i}")).as_bytes());
        }
        trace.extend_from_slice(b"\xff\xfe\n");
        trace.extend_from_slice(good("last").as_bytes());
        let trace = file(&folder, "t.jsonl", &trace);
        let ran = policyc(&["simulate", &policy, &trace, "--format", "jsonl"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let answers = ran.lines();
        let codes: Vec<&str> = answers.iter().filter_map(|a| a["code"].as_str()).collect();
        for ((want, line), pair) in lines.iter().zip(codes.chunks(2)) {
            let line: String = line.chars().take(100).collect();
            assert_eq!(pair, [*want, "rule"], "{line}");
        }
        assert_eq!(codes[codes.len() - 2..], ["bad-text", "rule"]);
        for answer in answers.iter().filter(|a| a["code"] != "rule") {
            assert_eq!(answer["decision"], "deny", "{answer}");
            assert!(answer["reason"].as_str().is_some_and(|r| !r.is_empty()), "{answer}");
        }
        assert!(ran.err.contains("15 allow"), "{}", ran.err);
    }

    #[test]
    fn a_line_of_100_megabytes_is_refused_in_bounded_time() {
        let folder = folder("long");
        let policy = file(&folder, "p.policy", PAY);
        let began = std::time::Instant::now();
        let ran = fed(&["simulate", &policy, "-", "--format", "jsonl"], |stdin| {
            let block = vec![b'x'; 1 << 20];
            for _ in 0..100 {
                stdin.write_all(&block).unwrap();
            }
            stdin.write_all(b"\n").unwrap();
            stdin.write_all(call("c", "{\"amount\":5,\"to\":\"x\"}").as_bytes()).unwrap();
        });
        assert_eq!(ran.code, 0, "{}", ran.err);
        let answers = ran.lines();
        assert_eq!((&answers[0]["code"], &answers[1]["decision"]), (&"limit-size".into(), &"allow".into()));
        assert!(began.elapsed().as_secs() < 60);
    }

    #[test]
    fn a_call_without_what_budgets_count_by_is_denied() {
        let folder = folder("session");
        let policy = file(&folder, "p.policy", format!("{PAY}\nbudget calls\n  limit 2 every 1 min per session\n"));
        let ok = "{\"amount\":5,\"to\":\"x\"}";
        let timed = |id: &str| call(id, ok).replace("\"session\"", "\"at\":\"2026-01-01T00:00:00Z\",\"session\"");
        let trace = [timed("a").replace(",\"session\":\"s\"", ""), call("b", ok), timed("c"), timed("d"), timed("e")];
        let ran = text(&["simulate", &policy, "-", "--format", "jsonl"], &trace.concat());
        let codes: Vec<String> = ran.lines().iter().map(|a| a["code"].as_str().unwrap_or("").to_owned()).collect();
        assert_eq!(codes, ["missing-session", "missing-time", "rule", "rule", "budget"], "{}", ran.out);
    }

    #[test]
    fn simulate_says_what_was_refused_and_how_to_ask_why() {
        let folder = folder("why");
        let policy = file(&folder, "p.policy", PAY);
        let trace = [
            call("a", "{\"amount\":5,\"to\":\"x\"}"),
            call("b", "{\"amount\":5,\"to\":\"stranger\"}"),
            call("c", "{\"amount\":500,\"to\":\"x\"}"),
        ];
        let trace = file(&folder, "t.jsonl", trace.concat());
        let ran = policyc(&["simulate", &policy, &trace]);
        assert_eq!(ran.code, 0);
        let last = ran.out.lines().last().unwrap();
        assert_eq!(last, "3 calls: 1 allow · 0 hold · 2 deny · 0 errors");
        assert!(ran.out.contains("stranger is not known"), "{}", ran.out);
        let why = ran.err.lines().last().unwrap().strip_prefix("why: policyc ").unwrap();
        let args: Vec<&str> = why.split(' ').collect();
        let explained = policyc(&args);
        assert_eq!(explained.code, 0, "{}", explained.err);
        assert!(explained.out.starts_with("DENY  pay "), "{}", explained.out);
        let json = policyc(&["simulate", &policy, &trace, "--format", "json"]);
        let report: Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(report["counts"]["deny"], 2);
        // What cannot be read is a fault; what can be is still decided.
        let ran = policyc(&["simulate", &policy, &trace, "/nowhere.jsonl", "--format", "jsonl"]);
        assert_eq!((ran.code, ran.out.lines().count()), (2, 3), "{}", ran.err);
        assert_eq!(policyc(&["simulate", &policy]).code, 2);
    }

    #[test]
    fn explain_shows_the_rule_the_values_and_what_an_allow_lacked() {
        let folder = folder("explain");
        let policy = file(&folder, "p.policy", PAY);
        let event = file(
            &folder,
            "e.json",
            "{\n  \"call\": \"c\", \"tool\": \"pay\",\n  \"args\": {\"amount\": 5, \"to\": \"stranger\"},\n  \"agent\": {\"id\": \"a\"}, \"session\": \"s\"\n}\n",
        );
        let ran = policyc(&["explain", &policy, &event]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for has in [
            "DENY  pay",
            "p.policy:7  strangers",
            "stranger is not known",
            "   9 │   when args.to == \"stranger\"",
            "┬",
            "╰",
        ] {
            assert!(ran.out.contains(has), "{has}: {}", ran.out);
        }
        let nearest = text(&["explain", &policy, "-", "--exit-decision"], &call("c", "{\"amount\":500,\"to\":\"x\"}"));
        assert_eq!(nearest.code, 1);
        assert!(nearest.out.contains("nearest    small_sums") && nearest.out.contains("500"), "{}", nearest.out);
        let json = policyc(&["explain", &policy, &event, "--format", "json"]);
        let json: Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(json["decision"]["decision"], "deny");
        // What came out of a call reaches the terminal escaped, and on one line.
        let escape = call("c", "{\"amount\":500,\"to\":\"\\u001b[2J\\nALLOW  pay\"}");
        let ran = text(&["explain", &policy, "-", "--all"], &escape);
        assert!(!ran.out.contains('\u{1b}') && ran.out.lines().filter(|l| l.starts_with("ALLOW")).count() == 0);
        let missing = text(&["explain", &policy, "-", "--call", "d"], &call("c1", "{}"));
        assert_eq!(missing.code, 2);
        assert!(missing.err.contains("no call `d`"), "{}", missing.err);
    }

    #[test]
    fn explain_knows_codes_and_modules() {
        let page = policyc(&["explain", "E0301"]);
        assert_eq!(page.code, 0);
        assert!(page.out.contains("unknown-argument") && page.out.contains("Wrong") && page.out.contains("Right"));
        assert_eq!(policyc(&["explain", "unknown-argument"]).out, page.out);
        assert!(policyc(&["explain", "std.net"]).out.contains("let loopback"));
        for (wrong, near) in [("std.nett", "`std.net`"), ("unknown-argumnt", "`unknown-argument`"), ("E0399", "E0301")]
        {
            let ran = policyc(&["explain", wrong]);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""));
            assert!(ran.err.contains(near), "{}", ran.err);
        }
    }

    #[test]
    fn tests_pass_fail_and_are_never_none() {
        let folder = folder("tests");
        let none = policyc(&["test", &file(&folder, "none.policy", PAY)]);
        assert_eq!(none.code, 1);
        assert!(none.out.contains("there is no test") && none.out.contains("help: write `test"), "{}", none.out);
        let test = |verdict: &str| {
            format!(
                "{PAY}\ntest \"small sums pass\" {{\n  call pay {{ amount: 5, to: \"x\" }} by \"a\"\n  expect {verdict}\n}}\n"
            )
        };
        let good = policyc(&["test", &file(&folder, "good.policy", test("allow by small_sums"))]);
        assert_eq!(good.code, 0, "{}", good.out);
        assert!(good.out.contains("PASS  small sums pass") && good.out.ends_with("1 test passed\n"), "{}", good.out);
        let path = file(&folder, "bad.policy", test("deny by strangers"));
        let bad = policyc(&["test", &path]);
        assert_eq!(bad.code, 1);
        for has in
            ["FAIL  small sums pass", "expected deny by strangers", "got allow by small_sums", "again: policyc test"]
        {
            assert!(bad.out.contains(has), "{has}: {}", bad.out);
        }
        let xml = policyc(&["test", &path, "--format", "junit"]);
        assert!(xml.code == 1 && xml.out.contains("<testsuites") && xml.out.contains("failures=\"1\""), "{}", xml.out);
        let json: Value = serde_json::from_str(&policyc(&["test", &path, "--format", "json"]).out).unwrap();
        assert_eq!(json["version"], 1);
        let filtered = policyc(&["test", &path, "-k", "nothing like it"]);
        assert_eq!(filtered.code, 1);
        assert!(filtered.out.contains("none of 1 tests"), "{}", filtered.out);
    }

    #[test]
    fn snapshots_are_written_only_when_asked_and_never_in_ci() {
        let folder = folder("snapshots");
        file(&folder, "policy.toml", "[policy]\nname = \"pay\"\n");
        file(&folder, "p.policy", PAY);
        file(&folder, "pay.calls.jsonl", call("a", "{\"amount\":5,\"to\":\"x\"}"));
        let (snapshot, path) = (folder.join("pay.calls.snap"), folder.to_string_lossy().into_owned());
        let missing = policyc(&["test", &path]);
        assert_eq!(missing.code, 1);
        assert!(missing.out.contains("--update"), "{}", missing.out);
        assert!(policyc(&["test", &path, "--pending"]).out.contains("waiting for review"));
        let output = command(&["test", &path, "--update"]).env("CI", "true").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(!snapshot.exists());
        assert_eq!(policyc(&["test", &path, "--update"]).code, 0);
        assert!(snapshot.exists());
        assert_eq!(policyc(&["test", &path]).code, 0);
        file(&folder, "p.policy", PAY.replace("<= 100", "<= 1"));
        let changed = policyc(&["test", &path]);
        assert_eq!(changed.code, 1);
        assert!(changed.out.contains("1 decision changed") && changed.out.contains("default"), "{}", changed.out);
    }

    #[test]
    fn a_tree_is_drawn_in_three_languages() {
        let graph =
            |format: &str| policyc(&["graph", "examples/banking", "--tool", "send_money", "--format", format]).out;
        assert!(graph("svg").contains("payees_are_named_by_the_customer"));
        assert!(graph("dot").starts_with("digraph \"send_money\""));
        assert!(graph("mermaid").starts_with("flowchart LR\n"));
        let typo = policyc(&["graph", "examples/banking", "--tool", "send_monye"]);
        assert_eq!(typo.code, 2);
        assert!(typo.err.contains("`send_money`"), "{}", typo.err);
    }

    #[test]
    fn colours_come_only_where_they_are_wanted() {
        let args = ["explain", "E0301"];
        assert!(!policyc(&args).out.contains('\u{1b}'));
        let forced = command(&args).env("CLICOLOR_FORCE", "1").output().unwrap();
        assert!(forced.stdout.contains(&0x1b));
        let none = command(&args).env("CLICOLOR_FORCE", "0").env("NO_COLOR", "1").output().unwrap();
        assert!(!none.stdout.contains(&0x1b));
    }

    #[test]
    fn a_reader_that_goes_away_is_no_fault() {
        let folder = folder("head");
        let policy = file(&folder, "p.policy", PAY);
        let trace: String = (0..20_000).map(|i| call(&format!("c{i}"), "{\"amount\":5,\"to\":\"x\"}")).collect();
        let trace = file(&folder, "t.jsonl", trace);
        let mut child = command(&["simulate", &policy, &trace, "--format", "jsonl"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(
            !String::from_utf8_lossy(&output.stderr).contains("bug"),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
