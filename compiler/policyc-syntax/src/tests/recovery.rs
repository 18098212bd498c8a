//! What is said about which mistake.

use crate::parse;
use policyc_diag::SourceMap;

/// `line:column code message` of each diagnostic.
fn said(text: &str) -> Vec<String> {
    let mut map = SourceMap::default();
    let id = map.add("x.policy", text);
    let (_, all) = parse(id, text);
    all.iter()
        .map(|d| {
            let at = map.line_col(d.primary.span);
            format!("{}:{} {} {}", at.line, at.col, d.code.number, d.message)
        })
        .collect()
}

/// The text after the first fix of each diagnostic was made, last first.
fn fixed(text: &str) -> String {
    let mut map = SourceMap::default();
    let id = map.add("x.policy", text);
    let mut out = text.to_owned();
    for d in parse(id, text).1.iter().rev() {
        let mut edits = d.fixes.first().map(|f| f.edits.clone()).unwrap_or_default();
        edits.sort();
        for e in edits.iter().rev() {
            out.replace_range(e.span.start as usize..e.span.end as usize, &e.text);
        }
    }
    out
}

#[track_caller]
fn one(text: &str, want: &str) {
    assert_eq!(said(text), [want], "{text}");
}

#[test]
fn misspelt_words_say_what_was_meant() {
    one("rule x\n  deny a\n  wehn b > 5\n  because \"c\"", "3:3 E0105 a rule has no clause `wehn`");
    one("rule x\n  alow a", "2:3 E0101 there is no effect `alow`");
    one("rule x\n  permit a", "2:3 E0101 there is no effect `permit`");
    one("rul x\n  allow a\nmark ok", "1:1 E0104 no item begins with `rul`");
    one("import \"x\"", "1:1 E0104 no item begins with `import`");
    one("rule x\n  deny a\n  if b", "3:3 E0105 a rule has no clause `if`");
    one("budget b\n  limit 5 usd every 1 day", "2:11 E0106 the currency `usd` is not in capitals");
    one("let x = 10 minuts", "1:12 E0106 there is no unit `minuts`");
    one("test \"x\" {\n  cal a.b {}\n  expect deny\n}", "2:3 E0105 a test has no step `cal`");
    assert_eq!(fixed("rul x\n  alow a\n  wehn b"), "rule x\n  alow a\n  wehn b");
    assert_eq!(fixed("rule x\n  deny a\n  wehn b\n  becuase \"c\""), "rule x\n  deny a\n  when b\n  because \"c\"");
}

#[test]
fn what_is_missing_is_named_behind_the_word_before_it() {
    one("rule\n  deny a", "1:5 E0102 the rule has no name");
    one("rule x\n  a.b\n  when c", "1:7 E0102 the rule has no effect");
    one("rule x\n  deny\n  when c", "2:7 E0102 no tool is named after `deny`");
    one("rule x\n  deny a\n  when\n  because \"c\"", "3:7 E0102 the condition after `when` is missing");
    one("rule x\n  deny a\n  when b >\n  because \"c\"", "3:11 E0102 a value is missing after `>`");
    one("tool x(a: int b: int)", "1:14 E0102 `,` is missing after `int`");
    one("tool x(a int)", "1:9 E0102 the type of `a` is missing");
    one("tool x", "1:7 E0102 the tool says nothing of its arguments");
    one("mark\nmark x", "1:5 E0102 the mark has no name");
    one("rule x\n  deny a\n  when any c args.c: c", "3:13 E0102 `in` is missing after `c`");
    one("rule x\n  deny a\n  when c in args.c: c", "3:8 E0102 `any` or `all` is missing before `c`");
    one("rule x\n  deny a\n  b == c\n  because \"d\"", "2:9 E0102 `when` is missing after `a`");
    one("after web.fetch mark x", "1:21 E0102 `result` or `session` is missing after `mark`");
    one("budget x\n  every 1 day", "1:9 E0102 the budget `x` has no `limit`");
    assert_eq!(fixed("tool x(a: int b: int)"), "tool x(a: int, b: int)");
    assert_eq!(fixed("tool x()\ntool y"), "tool x()\ntool y ()");
}

#[test]
fn open_brackets_and_texts_do_not_swallow_what_follows() {
    one("rule x\n  deny a\n  with { b: true\n\nrule y\n  allow z", "3:17 E0103 `{` is not closed");
    one("test \"x\" {\n  call a.b { x: 1\n  expect deny by y\n}", "2:18 E0103 `{` is not closed");
    one("test \"x\" {\n  call a.b { x: 1 }\n\nmark y", "2:20 E0103 `{` is not closed");
    one("test \"x\" {\n  each a in { 1 } {\n    user a\n  user b\n}\nmark y", "3:11 E0103 `{` is not closed");
    one("rule x\n  deny a\n  because \"b\n  when c\nmark y", "3:11 E0103 the text `\"b` is not closed on its line");
    one("}\nmark a", "1:1 E0103 `}` closes nothing");
    one("rule x\n  deny a\n  when b) and c", "3:9 E0103 `)` closes nothing");
    one("rule x\n  deny a\n  because \"b {c\"", "3:14 E0103 the brace `{` has no partner in this text");
}

#[test]
fn other_languages_are_understood_and_refused() {
    assert_eq!(
        said("let x = a == b && !c || d = 'e' and f =~ /g/ and h <> 2"),
        [
            "1:16 E0110 `&&` is no operator here",
            "1:19 E0110 `!` is no operator here",
            "1:22 E0110 `||` is no operator here",
            "1:27 E0110 `=` is no operator here",
            "1:29 E0106 the text `'e'` stands in single quotes",
            "1:39 E0110 `=~` is no operator here",
            "1:52 E0110 `<>` is no operator here",
        ]
    );
    assert_eq!(
        fixed("let x = a === b && !c || d <> 'it\\'s \"e\"'"),
        "let x = a == b and not c or d != \"it's \\\"e\\\"\""
    );
    one("rule x\n  deny a\n  when b < c < d", "3:14 E0108 comparisons cannot be chained");
    assert_eq!(fixed("let x = b < c.d < e"), "let x = b < c.d and c.d < e");
    one("let x = session has a has b", "1:23 E0108 comparisons cannot be chained");
    one("let x = a is 5", "1:11 E0110 `is` only asks whether something is present");
    one("let x = a == not b", "1:14 E0101 `not` cannot stand behind an operator without parentheses");
    assert_eq!(fixed("let x = a == not b"), "let x = a == (not b)");
    one("let x = a / b", "1:11 E0110 `/` is no operator here");
    one("let x = any args.l == 1", "1:9 E0101 `any` needs a name for the member");
    one("mark y\nallow t", "2:1 E0101 `allow` stands outside of a rule");
    one("let x = a ? b : c", "1:11 E0110 `?` is no operator here");
    one("let x = a;\nlet y = b", "1:10 E0101 nothing ends with `;` here");
    one("# x\nmark y", "1:1 E0101 `#` begins nothing here");
    one("rule x {\n  deny a\n}", "1:8 E0101 a rule has no braces");
    one("rule my-rule\n  deny a", "1:6 E0101 the name `my-rule` has a `-` in it");
    one("rule \"x\"\n  deny a", "1:6 E0101 the name `\"x\"` stands in quotes");
    one("rule x\n  when a\n  deny b", "3:3 E0101 `deny` stands behind the rule's clauses");
    one("label z: lst<int>", "1:13 E0101 `lst` is no type that takes others");
}

#[test]
fn literals_that_mean_nothing() {
    one("let x = \"\\d\"", "1:10 E0106 `\\d` stands for no character");
    one("let x = 10.0.0.300", "1:9 E0106 `10.0.0.300` is no address and no network");
    one("let x = 5 m", "1:11 E0106 there is no unit `m`");
    assert_eq!(fixed("let x = 5 m"), "let x = 5 min");
    one("let x = time - 1 month", "1:18 E0106 there is no unit `month`");
    one("let x = 5 foo", "1:11 E0106 `5 foo` is no amount and no duration");
    one("let x = é", "1:9 E0101 the letter `é` cannot be in a name");
    one("edition 2", "1:9 E0112 this compiler does not know edition `2`");
}

#[test]
fn reserved_words_are_no_names_but_keys_and_fields() {
    for word in ["when", "for", "any", "with", "null"] {
        let want = format!("1:5 E0107 `{word}` is a word of the language and cannot be a name here");
        one(&format!("let {word} = 5"), &want);
    }
    assert_eq!(fixed("let for = 5"), "let for_ = 5");
    for word in ["risk", "tags", "limit", "every", "mark", "user", "tool", "session", "result", "open", "call", "rule"]
    {
        let text =
            format!("tool t({word}: int)\nlet {word} = {{ {word}: a.{word} }}\nrule r\n  deny t\n  when {word} == 1");
        assert_eq!(said(&text), [""; 0], "{word}");
    }
    for word in ["in", "from", "any", "when", "not", "has"] {
        let text = format!("tool t({word}: int)\nrule r\n  deny t\n  when args.{word} == {{ {word}: 1 }}");
        assert_eq!(said(&text), [""; 0], "{word}");
    }
}

#[test]
fn clauses_that_stand_twice() {
    let text = "rule x\n  deny a\n  when b\n  because \"c\"\n  when d\ntool t() risk read risk modify";
    assert_eq!(said(text), ["5:3 E0111 a second `when`", "6:20 E0111 a second `risk`"]);
}

#[test]
fn seven_mistakes_are_seven_messages_and_the_rest_lives() {
    let text = "edition 1
lable env: string
tool a.b(x: int y: int)
rule one
  alow a.b
rule good
  deny a.b
rule two
  deny a.b
  when args.x >
  because 'two'
budget spend
  limit 5 every 1 dya
test \"t\" {
  call a.b { x: 1
  expect deny by good
}
mark fine
";
    let (file, _) = parse(policyc_diag::FileId(0), text);
    assert_eq!(
        said(text),
        [
            "2:1 E0104 no item begins with `lable`",
            "3:16 E0102 `,` is missing after `int`",
            "5:3 E0101 there is no effect `alow`",
            "10:16 E0102 a value is missing after `>`",
            "11:11 E0106 the text `'two'` stands in single quotes",
            "13:19 E0106 there is no unit `dya`",
            "15:18 E0103 `{` is not closed",
        ]
    );
    assert_eq!(file.items.len(), 7, "the edits that leave no doubt let the items live");
    let broken: Vec<_> =
        file.broken.iter().map(|b| (b.keyword.as_str(), b.name.as_ref().map(|n| n.text.as_str()))).collect();
    assert_eq!(broken, [("rule", Some("two"))]);
}
