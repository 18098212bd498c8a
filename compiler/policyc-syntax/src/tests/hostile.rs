//! Texts that nobody wrote in good faith: an answer for each, soon, and never a panic.

use super::EVERYTHING;
use crate::{LexemeKind, MAX_FILE_BYTES, format, lexemes, parse};
use policyc_diag::FileId;

fn codes(text: &str) -> Vec<&'static str> {
    parse(FileId(0), text).1.iter().map(|d| d.code.number).collect()
}

/// Numbers without end, the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n
    }
}

#[test]
fn nesting_is_one_error_however_deep() {
    for open in ["(", "[", "{", "{a:", "not ", "- ", "any x in xs: ", "f(", "a[", "if(", "x from tool where "] {
        let text = format!("let x = {}", open.repeat(20_000));
        assert_eq!(codes(&text), ["E0109"], "{open}");
    }
    assert_eq!(codes(&format!("label x: {}", "list<".repeat(20_000))), ["E0109"]);
    assert_eq!(codes(&format!("label x: {}", "{ a: (".repeat(20_000))), ["E0109"]);
    assert_eq!(codes(&format!("let x = a{}", ".b".repeat(20_000))), ["E0109"]);
    assert_eq!(codes(&format!("let x = 1{}", " + 1".repeat(2_000))), ["E0109"]);
    assert_eq!(codes(&format!("rule r deny a because \"{{{}}}\"", "(".repeat(200))), ["E0109"]);
    assert_eq!(codes(&format!("test \"x\" {{{}", " each a in { 1 } {".repeat(100))), ["E0109"]);
}

#[test]
fn a_million_brackets_are_one_error() {
    assert_eq!(codes(&"(".repeat(1_000_000)), ["E0109"]);
}

#[test]
fn the_items_around_something_too_deep_are_read() {
    let text = format!("mark a\nlet x = {}\nmark b", "(".repeat(100));
    let (file, said) = parse(FileId(0), &text);
    assert_eq!((file.items.len(), said.len()), (2, 1));
    assert_eq!(said[0].code.number, "E0109");
}

#[test]
fn what_is_within_the_limits_is_read() {
    assert_eq!(codes(&format!("let x = {}1{}", "(".repeat(60), ")".repeat(60))), [""; 0]);
    assert_eq!(codes(&format!("let x = a{}", " and a".repeat(4_000))), [""; 0]);
    assert_eq!(codes(&format!("let x = a{}", " or b and c".repeat(2_000))), [""; 0]);
    assert_eq!(codes(&format!("let x = a{}", ".b".repeat(100))), [""; 0]);
    assert_eq!(codes(&format!("let x = {{ {} }}", "1, ".repeat(10_000))), [""; 0]);
}

#[test]
fn a_file_over_the_limit_is_one_error() {
    assert_eq!(codes(&"\n".repeat(MAX_FILE_BYTES + 1)), ["E0003"]);
    assert_eq!(codes(&"\n".repeat(1000)), [""; 0]);
}

#[test]
fn odd_characters_have_an_answer() {
    for text in [
        "\0",
        "é",
        "\u{202e}let x = 1",
        "let x = \u{200b}1",
        "“x”",
        "let é = 1",
        "\r\n",
        "\u{FEFF}",
        "let x = \"\u{0}\"",
    ] {
        let _ = (codes(text), format(text));
    }
    assert_eq!(codes("mark a\r\nmark b\r\n"), [""; 0]);
    assert_eq!(codes("let x = \u{200b}1"), ["E0101"]);
}

#[test]
fn token_soup_never_panics_and_always_says_something_or_formats() {
    let all: Vec<&str> =
        lexemes(EVERYTHING).into_iter().filter(|l| l.kind != LexemeKind::Comment).map(|l| l.text(EVERYTHING)).collect();
    let odd = [
        "\n", "\nrule ", "\n}", "\"", "'", "/", "//x\n", "é", "{", "}", "(", ")", ";", "\u{0}", "\\", "\"{", "\"{a}\"",
    ];
    let mut numbers = Numbers(7);
    for round in 0..100 {
        let mut text = String::new();
        for _ in 0..numbers.below(60) {
            let token =
                if numbers.below(4) == 0 { odd[numbers.below(odd.len())] } else { all[numbers.below(all.len())] };
            text.push_str(token);
            text.push_str([" ", "", "\n", "\n  "][numbers.below(4)]);
        }
        let (file, said) = parse(FileId(0), &text);
        for d in &said {
            assert!(d.primary.span.end as usize <= text.len(), "round {round}");
            assert!(
                text.get(d.primary.span.start as usize..d.primary.span.end as usize).is_some(),
                "round {round}: {d:?}\n{text}"
            );
            for fix in &d.fixes {
                assert!(fix.edits.iter().all(|e| e.span.end as usize <= text.len()), "round {round}");
            }
        }
        assert!(!said.is_empty() || file.broken.is_empty(), "round {round}: broken and nothing said");
        assert_eq!(format(&text).is_ok(), said.is_empty(), "round {round}");
    }
}

#[test]
fn a_text_cut_off_anywhere_has_an_answer() {
    for at in (0..EVERYTHING.len()).step_by(97) {
        if let Some(text) = EVERYTHING.get(..at) {
            let (_, said) = parse(FileId(0), text);
            assert!(said.len() <= 2, "cut at {at}: {said:#?}");
        }
    }
}
