//! Texts that are made to hang, to overflow or to crash a reader.

use std::time::Instant;

use super::shell;

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about time")]
fn hostile_texts_are_answered_at_once() {
    // SPEC: [S4.37]
    let texts = [
        "a".repeat(1_000_000),
        "$(".repeat(100_000),
        "$(".repeat(30_000),
        "`".repeat(60_000),
        "(".repeat(60_000),
        "((".repeat(30_000),
        "$((".repeat(20_000),
        "${x:-".repeat(12_000),
        "\"$(".repeat(20_000),
        "a|".repeat(10_000) + "a",
        "a;".repeat(30_000),
        "a&&".repeat(20_000) + "a",
        "if a;then ".repeat(6_000),
        "{ ".repeat(30_000),
        "<<E$[\t\t".to_owned(),
        "cat <<A <<B <<C\n".repeat(3_000),
        "<<A ".repeat(15_000),
        "{".repeat(60_000),
        "{a,".repeat(20_000),
        "{a,b}".repeat(12_000),
        "{1..99999999}{1..999999}".to_owned(),
        "{a..z}".repeat(100),
        "x=aaaaaaaa;".to_owned() + &"x=$x$x;".repeat(60),
        "f() { f; f; }; f".to_owned(),
        ":(){ :|:& };:".to_owned(),
        (0..40).map(|i| format!("f{i}() {{ f{n} a; f{n} b; }}; ", n = i + 1)).collect::<String>() + "f0",
        "for a in 1 2 3 4 5 6 7 8; do ".repeat(12) + "x" + &"; done".repeat(12),
        "while a; do ".repeat(12) + "x" + &"; done".repeat(12),
        "eval ".repeat(10_000) + "x",
        "sudo ".repeat(12_000) + "x",
        "env ".repeat(12_000) + "x",
        "sh -c ".repeat(9_000) + "x",
        "\\\n".repeat(30_000),
        "#".repeat(60_000),
        "'".to_owned() + &"\\".repeat(60_000),
        "[".repeat(60_000),
        "*".repeat(60_000),
        "x='".to_owned() + &"*".repeat(3_000) + "'; ${x#" + &"*a".repeat(30) + "}",
        "a=b ".repeat(15_000) + "c",
        "alias a='a a a a'; ".to_owned() + &"a;".repeat(3_000),
        "echo $((".to_owned() + &"x+".repeat(20_000) + "1))",
        "[[ ".to_owned() + &"a && ".repeat(10_000) + "b ]]",
        "case x in ".to_owned() + &"a) b;; ".repeat(6_000) + "esac",
        "awk '".to_owned() + &"/a/|".repeat(12_000) + "'",
        "sed '".to_owned() + &"s/[/]/a/;".repeat(6_000) + "'",
        "\u{0}".repeat(1000),
        "é\\é'é'\"é\"".repeat(4_000),
    ];
    for text in &texts {
        let start = Instant::now();
        let read = shell(text, Some("/app"));
        let took = start.elapsed();
        // an unoptimised build is some twenty times slower
        let most = if cfg!(debug_assertions) { 2_000 } else { 50 };
        let head: String = text.chars().take(20).collect();
        assert!(took.as_millis() < most, "{head}… ({} bytes) took {took:?}: {}", text.len(), read.is_ok());
    }
    assert!(shell(&texts[0], None).is_err() && shell(&texts[1], None).is_err());
    assert!(shell(":(){ :|:& };:", None).is_ok());
}
