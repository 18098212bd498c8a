//! Whole files: several mistakes at once, modules, the repository's own policies.
#![expect(clippy::disallowed_methods, reason = "the tests read the project's policies from disk")]

#[test]
fn the_policies_of_the_repository_compile() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let std = ["net", "risk", "secrets", "budgets"];
    let mut texts = crate::Texts::default();
    for name in std {
        let text = std::fs::read(format!("{root}/stdlib/{name}.policy")).unwrap();
        texts.0.insert(format!("std/{name}.policy"), text.clone());
    }
    let mut roots = Vec::new();
    for name in ["banking", "workspace", "roles", "control-plane", "fleet"] {
        roots.push(format!("examples/{name}/{name}.policy"));
    }
    for name in std {
        roots.push(format!("stdlib/{name}.policy"));
        roots.push(format!("stdlib/tests/{name}.policy"));
    }
    roots.push("examples/fleet/prices.csv".to_owned());
    for path in &roots {
        texts.0.insert(path.clone(), std::fs::read(format!("{root}/{path}")).unwrap());
    }
    let mut said = Vec::new();
    for path in roots.iter().filter(|p| p.ends_with(".policy")) {
        let input = crate::Input { name: "test".to_owned(), files: vec![path.clone()] };
        let compiled = crate::compile(&input, &texts);
        assert_eq!(compiled.policy.is_some(), !compiled.has_errors());
        said.extend(compiled.lines().into_iter().filter(|l| l.starts_with('E')).map(|l| format!("{path}: {l}")));
    }
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn seven_mistakes_are_seven_diagnostics_and_the_rest_survives() {
    let src = "\
tool pay(to: string, amount: money(EUR)) risk external
tool look(path: path) risk read
label env: dev | staging | prod
label ticket: string? from caller
role operator

rule looking
  allow look

rule one
  deny pay
  when args.amuont > 5 EUR

rule two
  deny pay
  when args.amount > 5

rule three
  deny payments.*

rule four
  deny pay
  when labels.env == prd

rule five
  allow pay
  when labels.ticket is present

rule six
  deny pay
  for operater

rule dear
  deny pay
  when args.amount > 1000 EUR and labels.env != prod

budget seven
  limit 3 every 1 min per labels.ticket

test \"looking\" {
  call look { path: \"/\" } with { env: dev }
  expect allow by looking
}
";
    let compiled = super::compiled(&[("a.policy", src)]);
    let lines = compiled.lines();
    let heads: Vec<String> = lines.iter().map(|l| l.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let expected =
        ["E0301 12:13", "E0401 16:8", "E0302 19:8", "E0403 23:22", "E0501 27:8", "E0201 31:7", "E0601 38:27"];
    assert_eq!(heads, expected, "{lines:#?}");
    assert!(compiled.diagnostics.iter().all(|d| !d.help.is_empty()), "{:#?}", compiled.diagnostics);
    assert!(compiled.policy.is_none());
    let names: Vec<&str> = compiled.program.rules.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["dear", "looking"]);
    assert_eq!(compiled.program.tests.len(), 1);
}

#[test]
fn modules_bring_names_and_rules() {
    let root = "\
use \"./lib/common.policy\" as c with { most: 5 }
tool send(to: host, size: int) risk external
rule small
  allow send
  when args.size < c.most and c.inside(args.to)
test \"t\" {
  call send { to: \"a.corp.example\", size: 9 }
  expect deny by c.big
}
";
    let lib = "\
param most: int = 3
let domains = { \"corp.example\", 10.0.0.0/8 }
fn inside(h: host) = h within domains
rule big
  deny *
  when tool.risk == external
rule nothing
  deny tool where risk == delete
";
    let compiled = super::compiled(&[("a.policy", root), ("lib/common.policy", lib)]);
    assert_eq!(compiled.lines(), Vec::<String>::new());
    let names: Vec<&str> = compiled.program.rules.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["c.big", "small"]);
    assert!(compiled.policy.is_some());
}

#[test]
fn modules_that_are_not_there_or_do_not_fit() {
    let says = |root: &str, lib: &str, expected: &[&str]| {
        let files = [("a.policy", root), ("l.policy", lib), ("std/net.policy", "let a = 1")];
        let lines = super::compiled(&files).lines();
        let fits = lines.len() == expected.len() && lines.iter().zip(expected).all(|(l, e)| l.starts_with(e));
        assert!(fits, "{lines:#?}");
    };
    let head = "tool a() risk read\nrule r\n  allow a\n";
    says(&format!("{head}use std.nett"), "", &["E0204 4:5 there is no module `std.nett`"]);
    says(&format!("{head}use \"./x.policy\""), "", &["E0001 4:5 `x.policy` cannot be read"]);
    says(&format!("{head}use \"./a.policy\""), "", &["E0205 4:1 `a.policy` is part of the policy already"]);
    says(&format!("{head}use \"./l.policy\""), "param p: int", &["E0207 4:5 the parameter `p` has no value"]);
    says(&format!("{head}use \"./l.policy\" with {{ q: 1 }}"), "", &["E0206 4:25 the module `l` has no parameter `q`"]);
    says(
        &format!("{head}use \"./l.policy\""),
        "use \"./l.policy\" as again",
        &["E0205 1:21 the module `l` uses itself"],
    );
    // A module that is not there is one mistake, not one for each of its names.
    says(&format!("{head}use std.nett\nrule x\n  deny a\n  when time == nett.a"), "", &["E0204 4:5 "]);
    says(
        &format!("{head}use std.net\nrule x\n  deny a\n  when len(agent.id) == net.b"),
        "",
        &["E0201 7:29 the module `net` has no `b`"],
    );
}

#[test]
fn files_that_cannot_be_had() {
    let input = crate::Input { name: "x".to_owned(), files: vec!["a.policy".to_owned(), "b.policy".to_owned()] };
    let mut texts = crate::Texts::default();
    texts.0.insert("a.policy".to_owned(), vec![0xff, 0xfe]);
    let compiled = crate::compile(&input, &texts);
    let heads: Vec<&str> = compiled.diagnostics.iter().map(|d| d.code.number).collect();
    assert_eq!(heads, ["E0002", "E0001"]);
    assert!(compiled.policy.is_none());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let src = include_str!("../../../policyc-syntax/src/testdata/everything.policy");
    let a = super::compiled(&[("a.policy", src)]);
    let b = super::compiled(&[("a.policy", src)]);
    assert_eq!(format!("{:?}{:?}", a.diagnostics, a.program), format!("{:?}{:?}", b.diagnostics, b.program));
}

#[test]
fn the_code_pages_show_what_they_say() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut texts = crate::Texts::default();
    for name in ["net", "risk", "secrets", "budgets"] {
        let text = std::fs::read(format!("{root}/stdlib/{name}.policy")).unwrap();
        texts.0.insert(format!("std/{name}.policy"), text);
    }
    let input = crate::Input { name: "page".to_owned(), files: vec!["a.policy".to_owned()] };
    let mut said = |src: String| {
        texts.0.insert("a.policy".to_owned(), src.into_bytes());
        crate::compile(&input, &texts).lines()
    };
    let folder = format!("{root}/compiler/policyc/codes");
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    pages.sort();
    let mut wrong = Vec::new();
    for page in pages {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        // Files and syntax are other crates' pages; what needs a second file shows only the first.
        if name.starts_with("E00") || name.starts_with("E01") || name == "E0207" {
            continue;
        }
        let text = std::fs::read_to_string(&page).unwrap();
        let Some((_, rest)) = text.split_once("## Wrong") else { continue };
        let (bad, good) = rest.split_once("## Right").unwrap_or((rest, ""));
        let block = |s: &str| Some(s.split_once("```policy\n")?.1.split_once("\n```")?.0.to_owned());
        if let Some(lines) = block(bad).map(&mut said)
            && !lines.iter().any(|l| l.starts_with(&name))
        {
            wrong.push(format!("{name} wrong: {lines:?}"));
        }
        if let Some(lines) = block(good).map(&mut said)
            && lines.iter().any(|l| l.starts_with('E') || l.starts_with(&name))
        {
            wrong.push(format!("{name} right: {lines:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_parser_lets_through_is_never_too_deep_to_check() {
    let head = "tool a(xs: list<int>, n: int) risk read\nrule r\n  allow a\n  when ";
    let sum = |n: usize| format!("{head}{} > 1", vec!["args.n"; n].join(" + "));
    assert_eq!(crate::diagnostics(&sum(100)), Vec::<String>::new());
    let _ = crate::diagnostics(&sum(250)); // lowering may refuse it, and must answer
    let nots = format!("{head}{}args.n > 1", "not ".repeat(60));
    assert_eq!(crate::diagnostics(&nots), Vec::<String>::new());
    let parens = format!("{head}{}args.n > 1{}", "(args.n > 2 or ".repeat(60), ")".repeat(60));
    assert_eq!(crate::diagnostics(&parens), Vec::<String>::new());
    let any: String = (0..30).map(|i| format!("any x{i} in args.xs: ")).collect();
    assert_eq!(crate::diagnostics(&format!("{head}{any}x0 > x29")), Vec::<String>::new());
}

/// Every word of a policy left out once: something is said of most, and nothing panics.
#[test]
fn a_policy_with_a_word_left_out_is_checked_all_the_same() {
    let src = include_str!("../../../../examples/fleet/fleet.policy");
    let words: Vec<(usize, usize)> = src
        .split_whitespace()
        .map(|w| {
            let at = w.as_ptr().addr() - src.as_ptr().addr();
            (at, at + w.len())
        })
        .collect();
    for (from, to) in words.into_iter().step_by(7) {
        let cut = format!("{}{}", &src[..from], &src[to..]);
        let _ = crate::diagnostics(&cut);
    }
}
