//! Tables of tests: what is combined, and what cannot be.

use super::{compiled, says};
use crate::hir::TestStepKind;

const HEAD: &str = "\
tool look(path: string, deep: bool?) risk read
tool list(path: string) risk read
tool drop(name: string) risk delete
label env: dev | prod
role reader
role writer
group looking = { look, list }
let paths = { \"/a\", \"/b\" }
rule fine
  allow looking
";

/// The names of the tests that a table gives, and how many expectations each has.
#[track_caller]
fn rows(table: &str) -> Vec<(String, usize)> {
    let compiled = compiled(&[("a.policy", &format!("{HEAD}test \"t\" {{\n{table}\n}}\n"))]);
    let problems: Vec<_> = compiled.diagnostics.iter().map(|d| &d.message).collect();
    assert!(!compiled.has_errors(), "{problems:#?}");
    let expectations = |steps: &[crate::hir::TestStep]| {
        steps.iter().filter(|s| matches!(s.kind, TestStepKind::ExpectDecision { .. })).count()
    };
    compiled.program.tests.iter().map(|t| (t.name.clone(), expectations(&t.steps))).collect()
}

#[track_caller]
fn names(table: &str) -> Vec<String> {
    rows(table).into_iter().map(|(name, _)| name.trim_start_matches("t (").trim_end_matches(')').to_owned()).collect()
}

#[test]
fn places_say_what_a_column_ranges_over() {
    assert_eq!(
        names(
            "each (role, env) in { (reader, dev) } else deny { call look { path: \"x\" } as role with { env: env } expect allow }"
        ),
        [
            "reader, dev",
            "reader, prod, not listed",
            "writer, dev, not listed",
            "writer, prod, not listed",
            "no role, dev, not listed",
            "no role, prod, not listed",
        ]
    );
    assert_eq!(
        names("each d in { true } else deny { call look { path: \"x\", deep: d } with { env: dev } expect allow }"),
        ["true", "false, not listed", "null, not listed"]
    );
    // A role that nobody declares is one more; what only expectations speak of is not combined.
    assert_eq!(
        names(
            "each (r, why, what) in { (intern, fine, allow) } else deny { call look { path: \"x\" } as r expect what by why }"
        ),
        ["intern, fine, allow", "reader, not listed", "writer, not listed", "no role, not listed"]
    );
}

#[test]
fn what_a_column_ranges_over_may_be_written() {
    let call = "{ call t { path: p } with { env: dev } expect allow }";
    assert_eq!(
        names(&format!("each (t in looking, p in paths) in {{ (look, \"/a\"), (list, \"/c\") }} else deny {call}")),
        [
            "look, \"/a\"",
            "list, \"/c\"",
            "list, \"/a\", not listed",
            "list, \"/b\", not listed",
            "look, \"/b\", not listed",
            "look, \"/c\", not listed",
        ]
    );
    assert_eq!(
        names(&format!("each (t in {{ look, drop }}, p in {{ \"/a\" }}) in {{}} else deny {call}")),
        ["look, \"/a\", not listed", "drop, \"/a\", not listed"]
    );
}

#[test]
fn only_calls_of_which_something_is_expected_are_denied_instead() {
    let table = "each role in { reader } else deny {
        call look { path: \"x\" } as reader
        result \"seen\"
        call list { path: \"x\" } as role
        expect allow by fine
        result \"files\"
        expect budgets_are_not_asked
        call drop { name: \"x\" } as role
        expect deny code default
    }";
    let table = table.replace("        expect budgets_are_not_asked\n", "");
    let steps = rows(&table);
    assert_eq!(steps[0], ("t (reader)".to_owned(), 2));
    assert_eq!(steps[1], ("t (writer, not listed)".to_owned(), 2));
    let compiled = compiled(&[("a.policy", &format!("{HEAD}test \"t\" {{\n{table}\n}}\n"))]);
    let kinds: Vec<&str> = compiled.program.tests[1]
        .steps
        .iter()
        .map(|step| {
            if let TestStepKind::ExpectDecision { told, .. } = &step.kind {
                return if told.judged { "denied" } else { "expected" };
            }
            if matches!(step.kind, TestStepKind::Call(_)) { "call" } else { "result" }
        })
        .collect();
    assert_eq!(kinds, ["call", "result", "call", "denied", "call", "denied"]);
}

#[test]
fn what_cannot_be_combined_is_an_error() {
    for (table, expected) in [
        (
            "each p in { \"/a\" } else deny { call look { path: p } expect allow }",
            "E0701 12:6 which values `p` ranges over is not known",
        ),
        (
            "each (t, d) in { (look, true) } else deny { call t { path: \"x\" } expect allow }",
            "E0701 12:7 which tools `t` ranges over is not known",
        ),
        (
            "each r in { reader } else deny { call look { path: \"x\" } as r }",
            "E0701 12:22 no call in this table expects a decision",
        ),
        (
            "each what in { allow } else deny { call look { path: \"x\" } expect what by fine }",
            "E0701 12:24 no column of this table stands in a call",
        ),
        (
            "each (p in paths) in { \"/a\" } { call look { path: p } expect allow }",
            "E0701 12:7 what `p` ranges over says nothing here",
        ),
        (
            "each x in { dev } else deny { call look { path: \"x\" } as x with { env: x } expect allow }",
            "E0701 12:6 `x` stands where different values may stand",
        ),
    ] {
        let used = "rule named\n  deny look\n  when args.path in paths\n";
        says(&format!("{HEAD}test \"t\" {{\n{table}\n}}\n{used}"), &[expected]);
    }
    let many: Vec<String> = (0..101).map(|n| format!("\"{n}\"")).collect();
    let many = many.join(", ");
    let table = format!(
        "each (a in {{ {many} }}, b in {{ {many} }}) in {{}} else deny {{ call look {{ path: a }} by b expect allow }}"
    );
    says(&format!("{HEAD}test \"t\" {{\n{table}\n}}\n"), &["L0201 8:5 ", "E0701 12:1 this is more than 10000 tests"]);
}
