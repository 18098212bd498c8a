//! The SQL reader against statements of others, with the class that their source gives them.
//!
//! The statements lie in the shared data and are read by path; without them this says that it was left out. Counted
//! are the share that is read, by dialect, and how often the class agrees; what a source calls writing or destructive
//! must never be said to read only.
#![expect(clippy::disallowed_methods, reason = "where the data lies is the environment's to say")]
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking, and says what it counted")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policyc_facets::sql::{Class, Dialect, Kind, Sql, sql};
use serde_json::Value;

fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("POLICYC_SHARED").map_or_else(beside, PathBuf::from).join(path);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("POLICYC_REQUIRE_SHARED").is_some();
    assert!(!required, "the shared data is required, and `{}` is not there", path.display());
    println!("left out: the shared data is not there");
    None
}

/// The words of the data for what was read.
fn class(read: &Sql) -> &'static str {
    if !read.is_single {
        return "multi-statement";
    }
    let last = read.statements.last().expect("a text that is read has a statement");
    match last.class {
        Class::Read => "read",
        Class::Write => {
            let changes = |k| matches!(k, Kind::Delete | Kind::Update);
            let all_rows = read.statements.iter().any(|s| changes(s.kind) && !s.has_where);
            if all_rows { "write-no-where" } else { "write" }
        }
        Class::Structure if last.destructive == Some(true) => "ddl-destructive",
        Class::Structure => "ddl",
        Class::Privilege => "priv",
        Class::Code => "code",
        Class::Control => "control",
    }
}

#[derive(Default)]
struct Tally {
    rows: usize,
    read: usize,
    agree: usize,
    reads_only: [usize; 3],
}

#[test]
fn the_class_is_that_of_the_source() {
    let Some(folder) = shared("data/sql") else { return };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut unlike: BTreeMap<(String, &str), (usize, String)> = BTreeMap::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    for file in ["pg.jsonl", "sqlglot.jsonl"] {
        for line in std::fs::read_to_string(folder.join(file)).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let dialect = Dialect::named(&text("dialect")).unwrap();
            let tally = tallies.entry(text("dialect")).or_default();
            tally.rows += 1;
            let read = match sql(&text("sql"), dialect) {
                Ok(read) => read,
                Err(why) => {
                    *refused.entry(why.to_string()).or_default() += 1;
                    continue;
                }
            };
            tally.read += 1;
            let (label, found) = (text("class"), class(&read));
            let harmless = ["read", "control", "multi-statement"].contains(&label.as_str());
            assert!(harmless || read.reads_only != Some(true), "{}: {read:?}", text("sql"));
            if let Some(parts) = row.get("parts").and_then(Value::as_array) {
                let reads = parts.iter().all(|p| p.as_str() == Some("read"));
                assert!(reads || read.reads_only != Some(true), "{}: {read:?}", text("sql"));
            }
            if label == "read" {
                tally.reads_only[match read.reads_only {
                    Some(true) => 0,
                    None => 1,
                    Some(false) => 2,
                }] += 1;
            }
            if label == found {
                tally.agree += 1;
            } else {
                unlike.entry((label, found)).or_insert((0, text("sql"))).0 += 1;
            }
        }
    }
    for (dialect, t) in &tallies {
        let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
        println!(
            "{dialect}: {} of {} read ({:.1} %), class agrees on {} ({:.2} %); of the reads {} are known to read only, {} may write, {} reach further",
            t.read,
            t.rows,
            share(t.read, t.rows),
            t.agree,
            share(t.agree, t.read),
            t.reads_only[0],
            t.reads_only[1],
            t.reads_only[2],
        );
    }
    for (why, n) in &refused {
        println!("  not read: {n} {why}");
    }
    for ((label, found), (n, example)) in &unlike {
        println!("  {label} read as {found}: {n}, such as {:?}", example.chars().take(90).collect::<String>());
    }
    let (read, agree) = tallies.values().fold((0, 0), |(r, a), t| (r + t.read, a + t.agree));
    assert!(agree * 100 >= read * 99, "the class agrees on {agree} of {read}");
}
