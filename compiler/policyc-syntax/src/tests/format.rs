//! The formatter: one style, all comments, the same tree.

use super::EVERYTHING;
use crate::{LexemeKind, ast_eq, format, lexemes, parse};
use policyc_diag::FileId;

fn formatted(text: &str) -> String {
    format(text).unwrap_or_else(|said| panic!("{said:?}\n{text}"))
}

fn comments(text: &str) -> Vec<String> {
    let all = lexemes(text).into_iter().filter(|l| l.kind == LexemeKind::Comment);
    all.map(|l| l.text(text).trim_end().to_owned()).collect()
}

/// Formats, and checks everything that holds for all texts.
#[track_caller]
fn check(text: &str) -> String {
    let out = formatted(text);
    assert_eq!(formatted(&out), out, "not idempotent:\n{text}");
    assert_eq!(comments(&out), comments(text), "comments:\n{text}\n{out}");
    let (a, b) = (parse(FileId(0), text).0, parse(FileId(0), &out).0);
    assert!(ast_eq(&a, &b), "another tree:\n{text}\n{out}");
    out
}

#[test]
fn a_formatted_text_stays() {
    assert_eq!(check(EVERYTHING), EVERYTHING);
}

#[test]
fn a_text_on_one_line_is_laid_out() {
    let squeezed: String = EVERYTHING
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .map(|l| l.split(" // ").next().unwrap_or(l))
        .collect::<Vec<_>>()
        .join(" ");
    let out = check(&squeezed);
    let plain: Vec<&str> = EVERYTHING.lines().filter(|l| l.starts_with(' ')).collect();
    let got: Vec<&str> = out.lines().filter(|l| l.starts_with(' ')).collect();
    assert_eq!(got, plain);
}

#[test]
fn comments_behind_every_token_and_on_lines_of_their_own_are_kept() {
    let all: Vec<_> = lexemes(EVERYTHING).into_iter().filter(|l| l.kind != LexemeKind::Comment).collect();
    for own_line in [false, true] {
        for every in [1, 3] {
            let mut text = String::new();
            let mut at = 0;
            for (i, l) in all.iter().enumerate() {
                text.push_str(&EVERYTHING[at..l.end]);
                at = l.end;
                // Names of tools and paths are one token to the grammar.
                let inside = |c: u8| matches!(c, b'.' | b'-' | b'*' | b'?' | b'_') || c.is_ascii_alphanumeric();
                let glued = EVERYTHING.as_bytes().get(l.end).is_some_and(|c| inside(*c))
                    || ["*", "."].contains(&l.text(EVERYTHING));
                if i % every == 0 && !glued {
                    text.push_str(&if own_line { format!("\n// c{i}\n") } else { format!(" // c{i}\n") });
                }
            }
            text.push_str(&EVERYTHING[at..]);
            check(&text);
        }
    }
}

#[test]
fn style() {
    for (text, want) in [
        ("", ""),
        ("// only\n\n\n\n// comments", "// only\n\n// comments\n"),
        ("let  x=5   minutes\n\n\n\nlet y = 10 USD", "let x = 5 min\n\nlet y = 10 USD\n"),
        ("rule x deny a when b because \"c\"", "rule x\n  deny a\n  when b\n  because \"c\"\n"),
        ("mark a // one\n  // two\nmark b", "mark a // one\n// two\nmark b\n"),
        ("rule x deny a // why\n// that\nrule y deny b", "rule x\n  deny a // why\n\n// that\nrule y\n  deny b\n"),
        (
            "test \"x\" {\n\n  // a\n  call b.c {} // d\n\n\n  expect deny by e\n  // f\n}",
            "test \"x\" {\n  // a\n  call b.c {} // d\n\n  expect deny by e\n  // f\n}\n",
        ),
        ("let x = { // a\n 1, // b\n 2 // c\n // d\n}", "let x = { // a\n  1, // b\n  2, // c\n  // d\n}\n"),
        (
            "let x={}\nlet y=[ 1,2, ]\nlet z={a:1,\"b-c\":- 2}",
            "let x = {}\nlet y = [1, 2]\nlet z = { a: 1, \"b-c\": -2 }\n",
        ),
        ("label e:a|b|\"c d\" = a from caller", "label e: a | b | \"c d\" = a from caller\n"),
    ] {
        assert_eq!(check(text), want);
    }
}

#[test]
fn what_is_too_wide_breaks() {
    let long = "rule x deny tool when args.first == \"aaaaaaaaaaaaaaaaaaaa\" or args.second in { \"bbbbbbbbbbbb\" } and args.third != 5 or (args.fourth)";
    assert_eq!(
        check(long),
        "rule x
  deny tool
  when args.first == \"aaaaaaaaaaaaaaaaaaaa\"
    or args.second in { \"bbbbbbbbbbbb\" } and args.third != 5
    or (args.fourth)
"
    );
    let wide = format!("let x = {{ {} }}", ["\"0123456789\""; 12].join(", "));
    assert_eq!(check(&wide), format!("let x = {{\n{}}}\n", "  \"0123456789\",\n".repeat(12)));
    let tool = "tool a.b(first: string, second: list<email>, third: map<string, json>, fourth: int = 5, fifth: bool?) risk read";
    assert_eq!(
        check(tool),
        "tool a.b(
  first: string,
  second: list<email>,
  third: map<string, json>,
  fourth: int = 5,
  fifth: bool?,
) risk read
"
    );
}

#[test]
fn a_text_with_mistakes_is_refused() {
    let said = format("rule x deny\nlet y = 'a'").unwrap_err();
    assert_eq!(said.len(), 2);
}
