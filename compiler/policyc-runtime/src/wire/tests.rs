//! What is read and what is refused, as a table; and that nothing costs more than it should.

use super::*;
use crate::refusal::RefusalCode;

fn code(line: &[u8]) -> Option<RefusalCode> {
    Doc::new().parse(line, &Limits::DEFAULT).err().map(|refusal| refusal.code)
}

#[test]
fn accepted() {
    for (text, shown) in [
        ("null", "null"),
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
        ("-0", "-0"),
        ("-12.50e+3", "-12.50e+3"),
        ("1E308", "1E308"),
        ("0e999999", "0e999999"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ("\"\"", "\"\""),
        ("\"plain text\"", "\"plain text\""),
        ("\"ünïcode 🦀\"", "\"ünïcode 🦀\""),
        ("\"\u{7f}\u{80}\u{ffff}\u{10ffff}\"", "\"\u{7f}\u{80}\u{ffff}\u{10ffff}\""),
        (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\u0008\u000c\n\r\t""#),
        (r#""\u0041\u00e9\u20AC\ud83e\uDD80""#, "\"Aé€🦀\""),
        (r#""\u0000""#, r#""\u0000""#),
        (r#""a\u0062c""#, "\"abc\""),
        (r#""1234567\n""#, r#""1234567\n""#),
        (r#""12345678\n9012345678""#, r#""12345678\n9012345678""#),
        ("[]", "[]"),
        ("[ ]", "[]"),
        ("{}", "{}"),
        ("{ }", "{}"),
        ("\t\r\n [1 , \"a\" ,\n[ null ] ]  ", "[1,\"a\",[null]]"),
        (r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#, r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#),
        (r#"{"":0," ":1,"a":2,"A":3,"ä":4}"#, r#"{"":0," ":1,"a":2,"A":3,"ä":4}"#),
        (r#"{"a\nb":1}"#, r#"{"a\nb":1}"#),
    ] {
        let doc = Doc::of(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        assert_eq!(doc.root().to_string(), shown, "{text}");
    }
}

#[test]
fn refused() {
    use RefusalCode::{BadNumber, BadText, DuplicateKey, MalformedCall};
    for (code_, lines) in [
        (
            MalformedCall,
            &[
                "",
                " ",
                "[",
                "{",
                "]",
                "}",
                "[1",
                "[1,",
                "[,1]",
                "[1,]",
                "[1 2]",
                "[1,,2]",
                "[}",
                "{]",
                "[1}",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{,}",
                "{1:1}",
                "{a:1}",
                "{'a':1}",
                "{null:1}",
                "{\"a\" 1}",
                "{\"a\"::1}",
                "{\"a\":}",
                "{\"a\":1 \"b\":2}",
                "{\"a\"}",
                "{\"a\",\"b\"}",
                "1 2",
                "{} {}",
                "[]]",
                "{}}",
                "null,",
                "true false",
                "tru",
                "True",
                "nul",
                "nulll",
                "NULL",
                "undefined",
                "None",
                "fals",
                "falsey",
                "'a'",
                "\"",
                "\"a",
                "\"\\\"",
                "\"\\x41\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\u{41}\"",
                "\"\\'\"",
                "\"\\U0041\"",
                "\"\\\u{0}\"",
                "\"a\nb\"",
                "\"a\tb\"",
                "\"\u{0}\"",
                "\"\u{1f}\"",
                "\"12345678\u{1f}\"",
                "/* a */ 1",
                "// a\n1",
                "1 // a",
                "[1] # a",
                "\u{feff}1",
                "\u{a0}1",
                "\u{2028}1",
                "\u{0}",
                "1\u{0}",
                "[1\u{b}]",
                "\u{c}1",
                "`1`",
                "(1)",
                "<1>",
                "a",
                "\\u0031",
                "!",
                "*",
            ][..],
        ),
        (
            BadNumber,
            &[
                "NaN",
                "-NaN",
                "Infinity",
                "-Infinity",
                "[NaN]",
                "{\"a\":Infinity}",
                "+1",
                "+0",
                ".5",
                "-.5",
                "1.",
                "-1.",
                "1.e1",
                "01",
                "-01",
                "00",
                "-",
                "--1",
                "-a",
                "1e",
                "1e+",
                "1e-",
                "1E",
                "1ee1",
                "1e1.5",
                "0x10",
                "0b1",
                "1_000",
                "1a",
                "1.2.3",
                "1-1",
                "1+1",
                "1e309",
                "-1e309",
                "1e-309",
                "123e307",
                "1e99999999999999999999",
                "0.1e-99999999999999999999",
            ],
        ),
        (
            BadText,
            &[
                r#""\ud800""#,
                r#""\udc00""#,
                r#""\ud800a""#,
                r#""\ud800\n""#,
                r#""\ud800\u0041""#,
                r#""\ud800\ud800""#,
                r#""\udc00\ud800""#,
                r#"{"\ud800":1}"#,
            ],
        ),
        (
            DuplicateKey,
            &[
                r#"{"a":1,"a":1}"#,
                r#"{"a":1,"\u0061":2}"#,
                r#"{"":1,"":2}"#,
                r#"{"a":1,"b":{"x":1},"a":2}"#,
                r#"{"o":{"a":1,"b":2,"a":3}}"#,
                r#"[[{"k":[],"k":[]}]]"#,
                r#"{"🦀":1,"\ud83e\udd80":2}"#,
                r#"{"a/":1,"a\/":2}"#,
            ],
        ),
    ] {
        for line in lines {
            assert_eq!(code(line.as_bytes()), Some(code_), "{line:?}");
        }
    }
    for line in [
        &b"\"\xff\""[..],
        b"\"\xc0\xaf\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf5\x80\x80\x80\"",
        b"\xe2\x82",
        b"{\"\x80\":1}",
        b"\xff\xfe1\0",
    ] {
        assert_eq!(code(line), Some(BadText), "{line:?}");
    }
    assert_eq!(code(b"\xef\xbb\xbf{}"), Some(MalformedCall));
}

#[test]
fn repeated_keys_are_found_in_objects_of_every_size() {
    for count in [2, 3, 15, 16, 17, 18, 40, 1000] {
        for twin in [0, 1, count / 2, count - 1] {
            let keys = |last: usize| {
                let mut keys: Vec<_> = (0..count).map(|n| format!("\"k{n}\":[{{\"k0\":{n}}}]")).collect();
                keys.push(format!("\"\\u006b{last}\":0"));
                format!("{{{}}}", keys.join(","))
            };
            assert_eq!(code(keys(twin).as_bytes()), Some(RefusalCode::DuplicateKey), "{count} {twin}");
            assert_eq!(code(keys(count).as_bytes()), None, "{count}");
        }
    }
}

#[test]
fn limits_have_codes_of_their_own() {
    let limits = Limits { line_bytes: 100, depth: 3, members: 4, nodes: 12, text_bytes: 5, number_bytes: 4 };
    let code = |text: &str| Doc::new().parse(text.as_bytes(), &limits).err().map(|r| r.code);
    for (fits, over, expected) in [
        (" ".repeat(99) + "1", " ".repeat(100) + "1", RefusalCode::LimitSize),
        ("[[[]]]".into(), "[[[[]]]]".into(), RefusalCode::LimitDepth),
        ("{\"a\":{\"a\":[]}}".into(), "{\"a\":[{\"a\":{}}]}".into(), RefusalCode::LimitDepth),
        ("[1,2,3,4]".into(), "[1,2,3,4,5]".into(), RefusalCode::LimitWidth),
        ("[[1,2,3,4],[1,2,3,4],1]".into(), "[[1,2,3,4],[1,2,3,4],1,2]".into(), RefusalCode::LimitWidth),
        (
            "[{\"a\":1,\"b\":1,\"c\":1},[1,2,3,4],1,2]".into(),
            "[{\"a\":1,\"b\":1,\"c\":1},[1,2,3,4],1,[2]]".into(),
            RefusalCode::LimitWidth,
        ),
        ("\"12345\"".into(), "\"123456\"".into(), RefusalCode::LimitLength),
        ("\"1\\n345\"".into(), "\"1\\n3456\"".into(), RefusalCode::LimitLength),
        ("{\"12345\":1}".into(), "{\"123456\":1}".into(), RefusalCode::LimitLength),
        ("-1.5".into(), "-1.50".into(), RefusalCode::LimitLength),
    ] {
        assert_eq!(code(&fits), None, "{fits}");
        assert_eq!(code(&over), Some(expected), "{over}");
    }
}

#[test]
fn hostile_lines_are_answered_at_once() {
    assert_eq!(code(&vec![b'['; 1_000_000]), Some(RefusalCode::LimitDepth));
    assert_eq!(code("{\"a\":".repeat(100_000).as_bytes()), Some(RefusalCode::LimitDepth));
    assert_eq!(code(&vec![b'"'; 100_000_000]), Some(RefusalCode::LimitSize));
    assert_eq!(code(format!("[{}", "0,".repeat(500_000)).as_bytes()), Some(RefusalCode::LimitWidth));
    assert_eq!(code(format!("\"{}\"", "\\n".repeat(300_000)).as_bytes()), Some(RefusalCode::LimitLength));
    assert_eq!(code("9".repeat(1_000_000).as_bytes()), Some(RefusalCode::LimitLength));
    // Keys of one fingerprint.
    let keys: Vec<_> = (0..9_999).map(|n| format!("\"a{n:05}a\":0")).collect();
    assert_eq!(code(format!("{{{}}}", keys.join(",")).as_bytes()), None);
    // A refusal leaves nothing behind, and the arena goes on.
    let mut doc = Doc::new();
    assert!(doc.parse(b"[1,2", &Limits::DEFAULT).is_err());
    assert!(doc.root().is_null());
    assert!(doc.parse(b"[1,2]", &Limits::DEFAULT).is_ok());
    assert_eq!(doc.root().len(), 2);
}

#[test]
fn every_cut_of_a_line_is_refused() {
    let line = r#"{"call":"c-1","args":{"a":[1,-2.5e3,"x\n\u00e9",true,null,{"b":{}}]}}"#;
    for end in 0..line.len() {
        assert!(code(&line.as_bytes()[..end]).is_some(), "{}", &line[..end]);
    }
    assert_eq!(code(line.as_bytes()), None);
}

#[test]
fn the_tree_is_what_the_line_says() {
    let doc = Doc::of(r#"{"n":1,"s":"a\tb","l":[1,[2,3],{"k":"v"}],"o":{"p":null,"q":false}}"#).unwrap();
    let root = doc.root();
    assert_eq!(root.len(), 4);
    assert_eq!(root.entries().map(|(key, _)| key).collect::<Vec<_>>(), ["n", "s", "l", "o"]);
    assert_eq!(root.get("n").map(Json::kind), Some(Kind::Number("1")));
    assert_eq!(root.get("s").and_then(Json::text), Some("a\tb"));
    let list = root.get("l").unwrap();
    assert_eq!(list.items().map(|i| i.to_string()).collect::<Vec<_>>(), ["1", "[2,3]", "{\"k\":\"v\"}"]);
    assert_eq!(root.get("o").and_then(|o| o.get("q")).and_then(Json::bool), Some(false));
    assert!(root.get("o").and_then(|o| o.get("p")).is_some_and(Json::is_null));
    assert!(root.get("x").is_none() && list.get("k").is_none() && root.items().next().is_none());
    assert_eq!(root.texts().collect::<Vec<_>>(), ["1", "a\tb", "1", "2", "3", "v"]);
    assert_eq!(list.texts_and_keys().collect::<Vec<_>>(), ["1", "2", "3", "k", "v"]);
}

#[test]
fn sameness_is_by_structure_and_exact_value() {
    let same = |a: &str, b: &str| Doc::of(a).unwrap().root().same(Doc::of(b).unwrap().root());
    for (a, b) in [
        ("1", "1.0"),
        ("100", "1e2"),
        ("\"a\"", "\"\\u0061\""),
        ("{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}"),
        ("12345678901234567890.0", "12345678901234567890"),
    ] {
        assert!(same(a, b) && same(b, a), "{a} {b}");
    }
    for (a, b) in [
        ("1", "\"1\""),
        ("[1,2]", "[2,1]"),
        ("[1]", "[1,1]"),
        ("{\"a\":1}", "{\"a\":1,\"b\":1}"),
        ("{\"a\":1}", "{\"b\":1}"),
        ("[]", "{}"),
        ("null", "false"),
        ("12345678901234567890", "12345678901234567891"),
    ] {
        assert!(!same(a, b) && !same(b, a), "{a} {b}");
    }
}

/// What we accept, another strict reader accepts too, and reads the same.
#[test]
fn nothing_is_accepted_that_another_reader_refuses_or_reads_otherwise() {
    let seeds = [
        r#"{"call":"c-1","tool":"t.x","args":{"a":[1,-2.5e3,"x\n\u00e9\ud83e\udd80",true,null,{"b":{}}],"c":"plain text"}}"#,
        r#"[0,-0,10,1.25,1e2,1E-2,[[]],{"":[{}]},"\"\\\/\b\f\n\r\t","é🦀",false]"#,
    ];
    let alphabet = b"\"\\{}[]:,0159-+.eEutfnalsr /\n\t\x00\x1f\x7f\xc3\xa9\xed\xff";
    let mut seed = 1_u64;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let mut doc = Doc::new();
    let mut accepted = 0;
    for round in 0..40_000 {
        let mut line = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=below(3) {
            let at = below(line.len());
            match below(4) {
                0 => line[at] = alphabet[below(alphabet.len())],
                1 => line.insert(at, alphabet[below(alphabet.len())]),
                2 => drop(line.remove(at)),
                _ => {
                    let (from, len) = (below(line.len()), 1 + below(8));
                    let piece: Vec<u8> = line.iter().copied().skip(from).take(len).collect();
                    drop(line.splice(at..at, piece));
                }
            }
        }
        if doc.parse(&line, &Limits::DEFAULT).is_ok() {
            accepted += 1;
            let theirs: serde_json::Value = serde_json::from_slice(&line).unwrap();
            let ours: serde_json::Value = serde_json::from_str(&doc.root().to_string()).unwrap();
            assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&line));
        }
    }
    assert!(accepted > 2_000, "{accepted}");
}

#[test]
fn a_refused_line_says_of_which_call_it_speaks_if_that_was_read() {
    for (line, call) in [
        (r#"{"call":"a","tool":"t","args":{"p":1,"p":2}}"#, Some("a")),
        (r#"{"call":"a\u0062","args":[NaN]}"#, Some("ab")),
        (r#"{"tool":"t","call":"a","args":{"n":1e999999999999}}"#, Some("a")),
        (r#"{"call":"a""#, Some("a")),
        (r#"{"args":{"p":1,"p":2},"call":"a"}"#, None),
        (r#"{"call":"a","call":"b"}"#, None),
        (r#"{"call":"a","tool":"t","tool":"t"}"#, None),
        (r#"{"call":{"call":"a"},"args":[NaN]}"#, None),
        (r#"{"args":{"call":"a","n":NaN}}"#, None),
        (r#"["call","a",NaN]"#, None),
        ("", None),
    ] {
        let mut doc = Doc::new();
        assert!(doc.parse(line.as_bytes(), &Limits::DEFAULT).is_err(), "{line}");
        assert_eq!(doc.refused_call(), call, "{line}");
    }
}
