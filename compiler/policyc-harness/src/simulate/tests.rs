//! A trace, one line after the other and in parallel.

use super::{Options, Report, Trace, simulate};
use crate::testing::loaded;

type Lines = Vec<(u64, String)>;

fn run(input: &[u8], jobs: usize) -> (Lines, Report) {
    let loaded = loaded();
    let mut lines = Vec::new();
    let traces = vec![Trace::bytes("trace.jsonl", input)];
    let report = simulate(
        &loaded,
        traces,
        &Options { jobs, ..Options::default() },
        &mut |answer| {
            lines.push((answer.line, String::from_utf8(answer.json.to_vec()).unwrap()));
            Ok(())
        },
        &|_| {},
    );
    (lines, report.unwrap())
}

fn pay(id: &str, session: &str, agent: &str, amount: i64) -> String {
    format!(
        r#"{{"call":"{id}","tool":"bank.pay","args":{{"amount":{amount},"to":"ana"}},"agent":{{"id":"{agent}"}},"session":"{session}"}}"#
    )
}

fn fetch(id: &str, session: &str) -> String {
    format!(
        r#"{{"call":"{id}","tool":"web.fetch","args":{{"url":"https://x.example"}},"agent":{{"id":"{id}"}},"session":"{session}"}}"#
    )
}

fn decision(line: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| value[key].as_str().unwrap_or("").to_owned();
    format!("{} {}", text("decision"), text("code"))
}

#[test]
fn state_is_carried_along_and_counted() {
    let trace = [
        pay("1", "s", "a", 100),
        pay("2", "s", "a", 200),
        fetch("3", "s"),
        r#"{"result":"3","content":"a page"}"#.to_owned(),
        pay("4", "s", "a", 10),
        pay("5", "t", "a", 100),
        pay("6", "u", "a", 51),
        "no json".to_owned(),
        String::new(),
        r#"{"result":"99"}"#.to_owned(),
    ]
    .join("\n");
    let (lines, report) = run(trace.as_bytes(), 1);
    let got: Vec<String> = lines.iter().map(|(n, line)| format!("{n} {}", decision(line))).collect();
    assert_eq!(
        got,
        [
            "1 allow rule",
            "2 deny budget",
            "3 allow rule",
            "5 deny rule",
            "6 allow rule",
            "7 deny budget",
            "8 deny malformed-call",
            "9 deny malformed-call",
            "10 deny unknown-call",
        ]
    );
    assert_eq!(
        report.headline(),
        "6 calls: 3 allow · 0 hold · 3 deny · 3 errors (2 rules never applied)",
        "{:?}",
        report.counts
    );
    let never: Vec<&str> = report.never_applied().map(|r| r.name.as_str()).collect();
    assert_eq!(never, ["large", "never"]);
    let group = &report.refusals[0];
    assert_eq!((group.code.as_str(), group.count, group.example.line), ("budget", 2, 2));
    assert_eq!(group.budgets, ["spend"]);
    assert_eq!(report.inputs[0].lines, 10);
}

/// Sessions, agents and call ids that meet and part, with lines of every kind between them.
fn mixed(lines: usize) -> String {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |n: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % n
    };
    let mut out = String::new();
    for n in 0..lines {
        let (session, agent) = (format!("s{}", next(40)), format!("a{}", next(60)));
        let line = match next(12) {
            0 => r#"{"call":"#.to_owned(),
            1 => format!(r#"{{"user":"hello","session":"{session}"}}"#),
            2 | 3 => format!(r#"{{"result":"c{}","content":"x"}}"#, next(lines as u64)),
            4 => format!(r#"{{"approve":"c{}","group":"finance"}}"#, next(lines as u64)),
            5 | 6 => fetch(&format!("c{n}"), &session),
            7 => pay(&format!("c{}", next(lines as u64)), &session, &agent, 10),
            _ => pay(&format!("c{n}"), &session, &agent, i64::try_from(next(150)).unwrap()),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn in_parallel_it_is_the_same_bytes() {
    for lines in [1, 50, 300] {
        let trace = mixed(lines);
        let serial = run(trace.as_bytes(), 1);
        assert_eq!(serial, run(trace.as_bytes(), 3), "{lines}");
    }
    // Many groups that never meet: a session and an agent for each twentieth line.
    let apart: Vec<String> =
        (0..2_000).map(|n| pay(&format!("c{n}"), &format!("s{}", n / 20), &format!("a{}", n / 20), 30)).collect();
    let trace = apart.join("\n");
    let serial = run(trace.as_bytes(), 1);
    assert_eq!(serial, run(trace.as_bytes(), 2));
    assert_eq!((serial.1.counts.allow, serial.1.counts.deny), (800, 1_200));
}

#[test]
fn hostile_lines_are_answered_and_the_rest_is_decided() {
    let mut trace = vec![b'['; 3 << 20];
    trace.extend_from_slice(b"\n\xff\xfe\n");
    trace.extend_from_slice("[".repeat(200_000).as_bytes());
    trace.push(b'\n');
    trace.extend_from_slice(br#"{"call":"1","call":"1"}"#);
    trace.push(b'\n');
    trace.extend_from_slice(pay("1", "s", "a", 1).as_bytes());
    let got: Vec<String> = run(&trace, 1).0.iter().map(|(_, line)| decision(line)).collect();
    assert_eq!(got, ["deny limit-size", "deny bad-text", "deny limit-depth", "deny duplicate-key", "allow rule"]);
    assert_eq!(run(&trace, 1), run(&trace, 2));
}

#[test]
fn an_input_that_cannot_be_read_is_named_and_the_next_one_follows() {
    let loaded = loaded();
    let good = pay("1", "s", "a", 1);
    let traces = vec![
        Trace { name: "gone.jsonl".into(), open: Box::new(|| Err(std::io::ErrorKind::NotFound.into())) },
        Trace::bytes("good.jsonl", good.as_bytes()),
        Trace::bytes("again.jsonl", good.as_bytes()),
    ];
    let mut seen = Vec::new();
    let mut each = |answer: &super::Answer<'_>| {
        seen.push((answer.input.to_owned(), answer.line));
        Ok(())
    };
    let options = Options { separate: true, ..Options::default() };
    let report = simulate(&loaded, traces, &options, &mut each, &|_| {}).unwrap();
    assert_eq!(seen, [("good.jsonl".to_owned(), 1), ("again.jsonl".to_owned(), 1)]);
    assert_eq!(report.unreadable.len(), 1);
    assert_eq!(report.counts.allow, 2, "each input begins with nothing remembered");
}

#[test]
fn whoever_takes_the_answers_can_stop() {
    let loaded = loaded();
    let trace = mixed(100);
    for jobs in [1, 2] {
        let traces = vec![Trace::bytes("t", trace.as_bytes())];
        let mut taken = 0;
        let mut each = |_: &super::Answer<'_>| {
            taken += 1;
            if taken == 3 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
        };
        let options = Options { jobs, ..Options::default() };
        let error = simulate(&loaded, traces, &options, &mut each, &|_| {}).unwrap_err();
        assert_eq!((error.kind(), taken), (std::io::ErrorKind::BrokenPipe, 3));
    }
}

#[test]
fn who_only_counts_gets_the_same_report_and_no_answers() {
    let loaded = loaded();
    let trace = mixed(300);
    for jobs in [1, 2] {
        let (lines, answered) = run(trace.as_bytes(), jobs);
        assert!(lines.iter().any(|(_, line)| line.contains("\"call_hash\":\"sha256:")));
        let traces = vec![Trace::bytes("trace.jsonl", trace.as_bytes())];
        let options = Options { jobs, answers: false, ..Options::default() };
        let mut each = |_: &super::Answer<'_>| Err(std::io::ErrorKind::Other.into());
        assert_eq!(simulate(&loaded, traces, &options, &mut each, &|_| {}).unwrap(), answered);
    }
}
