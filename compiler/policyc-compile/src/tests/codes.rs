//! One test for each kind of mistake: which code, where, in which words.

use super::{compiled, says};

/// Tools and labels that most tests speak of; nine lines.
const HEAD: &str = "\
tool pay(to: string, amount: money(EUR), memo: string?) risk external
tool look(path: path, at: url) risk read
tool run(command: shell, cwd: path = \"/work\") risk modify
tool send(to: list<email>, from: host, size: int) risk external
label env: dev | staging | prod
label ticket: string? from caller
role operator
mark tainted
after look mark session tainted
";

/// `HEAD`, then the text from line 10, then a rule that allows.
#[track_caller]
fn after_head(src: &str, expected: &[&str]) {
    says(&format!("{HEAD}{src}\nrule fine\n  allow look\n"), expected);
}

#[test]
fn the_head_is_fine() {
    after_head("", &[]);
}

#[test]
fn e0201_unknown_names_come_with_the_nearest_one() {
    after_head("rule a\n  deny pay\n  when labels.evn == dev", &["E0201 12:15 there is no label `evn`"]);
    after_head("rule a\n  deny pay\n  for operater", &["E0201 12:7 there is no role `operater`"]);
    after_head("rule a\n  deny pay\n  when args has tantied", &["E0201 12:17 there is no mark `tantied`"]);
    after_head("rule a\n  deny pay\n  when budgets.x.used > 1", &["E0201 12:16 there is no budget `x`"]);
    after_head("rule a\n  deny pay\n  when args.to in nowhere", &["E0201 12:19 nothing is named `nowhere` here"]);
    after_head("rule a\n  deny pay\n  when bad(args.to)", &["E0201 12:8 there is no function `bad`"]);
    after_head("rule a\n  deny pay\n  when agent.team == \"x\"", &["E0201 12:14 agents have no attribute `team`"]);
    let c =
        compiled(&[("a.policy", &format!("{HEAD}rule a\n  deny pay\n  when labels.evn == dev\nrule b\n  allow look"))]);
    let fix = c.diagnostics.first().and_then(|d| d.fixes.first()).map(|f| f.title.as_str());
    assert_eq!(fix, Some("write `env`"));
}

#[test]
fn e0202_duplicates() {
    after_head("mark tainted", &["E0202 10:6 `tainted` is declared twice"]);
    after_head(
        "let a = 1\nlet a = 2\nrule r\n  deny send\n  when args.size > a",
        &["E0202 11:5 `a` is declared twice"],
    );
    after_head("rule fine\n  deny pay", &["E0202 12:6 `fine` is declared twice"]);
    after_head(
        "test \"t\" { call look { path: \"/\", at: \"https://a.example\" } expect allow }\ntest \"t\" { call look {} expect allow }",
        &["E0202 11:6 two tests are named \"t\""],
    );
    after_head("tool x(a: int, a: int) risk read", &["E0202 10:16 `a` is declared twice"]);
}

#[test]
fn e0203_names_that_look_alike() {
    after_head("tool Pay() risk read", &["E0203 10:6 the tools `pay` and `Pay` differ only by case"]);
    after_head("tool \"p\u{430}y\"() risk read", &["E0203 10:6 the tools `pay` and `p\u{430}y` look alike"]);
    after_head("tool x(to: int, To: int) risk read", &["E0203 10:17 the arguments `to` and `To` differ only by case"]);
    after_head("role Operator", &["E0203 10:6 the roles `operator` and `Operator` differ only by case"]);
    after_head("label ENV: string", &["E0203 10:7 the labels `env` and `ENV` differ only by case"]);
}

#[test]
fn e0205_what_needs_itself() {
    after_head("role a extends b\nrole b extends a", &["E0205 10:6 the roles `a` and `b` extend each other"]);
    after_head(
        "fn f(x: int) = g(x)\nfn g(x: int) = f(x)\nrule r\n  deny send\n  when f(args.size)",
        &["E0205 10:4 `f` and `g` need each other"],
    );
    after_head("let a = a\nrule r\n  deny send\n  when args.size > a", &["E0205 10:5 `a` needs itself"]);
}

#[test]
fn e0301_unknown_argument() {
    after_head("rule a\n  deny pay\n  when args.amuont > 5 EUR", &["E0301 12:13 `pay` has no argument `amuont`"]);
    after_head("refine tool pay { too: email }", &["E0301 10:19 `pay` has no argument `too`"]);
}

#[test]
fn e0302_patterns_meet_something() {
    after_head("rule a\n  deny payy", &["E0303 11:8 there is no tool `payy`"]);
    after_head("rule a\n  deny pey*", &["E0302 11:8 the pattern `pey*` meets no tool"]);
    after_head("rule a\n  deny tool where risk == delete", &["E0302 11:8 `tool where risk == delete` meets no tool"]);
    after_head("group g = { pya }\nrule a\n  deny g", &["E0303 10:13 there is no tool `pya`"]);
}

#[test]
fn e0304_and_e0305_several_tools_are_checked_one_by_one() {
    after_head(
        "rule a\n  deny pay, look\n  when args.amount > 5 EUR",
        &["E0304 12:13 `look` has no argument `amount`"],
    );
    after_head("rule a\n  deny pay, send\n  when args.to == \"x\"", &["E0305 12:13 `args.to` is a text for `pay`"]);
    // What is optional in one is optional in the rule, and no mistake.
    after_head("tool z(memo: string) risk read\nrule a\n  deny pay, z\n  when args.memo is present", &[]);
}

#[test]
fn e0308_risks() {
    after_head("tool x() risk high", &["E0308 10:15 there is no risk `high`"]);
    after_head("rule a\n  deny tool where risk >= modfy", &["E0308 11:27 there is no risk `modfy`"]);
    after_head("rule a\n  deny pay\n  when tool.risk == big", &["E0308 12:21 there is no risk `big`"]);
}

#[test]
fn e0401_types_that_do_not_fit() {
    after_head(
        "rule a\n  deny pay\n  when args.amount > \"much\"",
        &["E0401 12:8 `args.amount` is an amount of EUR and `\"much\"` is a text: they do not compare"],
    );
    after_head(
        "rule a\n  deny pay\n  when args.amount > 5",
        &["E0401 12:8 `args.amount` is an amount of EUR and `5` is an integer"],
    );
    after_head(
        "rule a\n  deny pay\n  when args.amount > 5 USD",
        &["E0401 12:8 `args.amount` is an amount of EUR and `5 USD`"],
    );
    after_head("rule a\n  deny pay\n  when args.to > \"a\"", &["E0401 12:8 texts have no order"]);
    after_head("rule a\n  deny pay\n  when args.memo == null", &["E0401 12:8 nothing can be compared with `null`"]);
    after_head("rule a\n  deny send\n  when args.size == \"5\"", &["E0401 12:8 "]);
    after_head("rule a\n  deny send\n  when args.to == \"a@b.example\"", &["E0401 12:8 "]);
    after_head("rule a\n  deny look\n  when args.at starts with \"https://\"", &["E0401 12:8 `args.at` is a URL"]);
    after_head(
        "rule a\n  deny pay\n  when args.to within \"/tmp\"",
        &["E0401 12:8 `args.to` is a text, which is within nothing"],
    );
    after_head(
        "rule a\n  deny send\n  when args.size + args.from > 1",
        &["E0401 12:18 `+` is not defined for an integer and a host"],
    );
    after_head(
        "rule a\n  deny send\n  when any x in args.size: x > 1",
        &["E0401 12:17 `args.size` is an integer and no list"],
    );
    after_head("let a = { 1, \"x\" }\nrule r\n  deny send\n  when args.size in a", &["E0401 10:14 "]);
}

#[test]
fn structured_texts_are_checked_where_they_are_written() {
    after_head("rule a\n  deny send\n  when args.from == \"not a host\"", &["E0106 12:21 "]);
    after_head("rule a\n  deny look\n  when args.path within \"~/x\"", &["E0106 12:25 "]);
    after_head("rule a\n  deny send\n  when args.from within { 10.0.0.0/8, \"corp.example\" }", &[]);
    after_head("rule a\n  deny look\n  when args.at.host in { \"a.example\", \"b example\" }", &["E0106 12:39 "]);
    after_head("let nets = { 10.0.0.0/8, ::1 }\nrule a\n  deny send\n  when args.from within nets", &[]);
    after_head(
        "rule a\n  deny look\n  when args.path within { \"/tmp\", \"/var/tmp\" } or args.path.extension == \"sh\"",
        &[],
    );
}

#[test]
fn e0403_and_enums() {
    after_head("rule a\n  deny pay\n  when labels.env == prd", &["E0403 12:22 `prd` is none of its values"]);
    after_head("rule a\n  deny pay\n  when labels.env == \"prd\"", &["E0403 12:22 `prd` is none of its values"]);
    after_head("rule a\n  deny pay\n  when prod == labels.env or labels.env in { dev, \"staging\" }", &[]);
    after_head(
        "rule a\n  deny pay\n  when labels.env in { dev, stagin }",
        &["E0403 12:29 `stagin` is none of its values"],
    );
}

#[test]
fn e0402_e0404_types_and_members() {
    after_head("label x: text", &["E0402 10:10 there is no type `text`"]);
    after_head("label x: money", &["E0402 10:10 money needs a currency"]);
    after_head("label x: list<strnig>", &["E0402 10:15 there is no type `strnig`"]);
    after_head("tool x(a: path(b)) risk read", &["E0301 10:16 there is no argument `b` here"]);
    after_head(
        "rule a\n  deny look\n  when args.at.hots == \"a.example\"",
        &["E0404 12:16 `args.at` is a URL and has no `hots`"],
    );
    after_head("rule a\n  deny look\n  when tool.rsik == read", &["E0404 12:13 `tool` has no `rsik`"]);
}

#[test]
fn e0405_e0406_conditions_and_values() {
    after_head("rule a\n  deny pay\n  when args.to", &["E0405 12:8 `args.to` is a text and no condition"]);
    after_head("rule a\n  deny pay\n  when (args.to == \"a\") == true", &["E0406 12:8 "]);
    after_head("rule a\n  deny pay\n  when args == 1", &["E0406 12:8 `args` alone is no value"]);
    after_head("rule a\n  deny pay\n  because \"{args.to == args.to}\"", &["E0406 12:13 "]);
}

#[test]
fn e0407_to_e0412() {
    after_head(
        "rule a\n  deny pay\n  when args.to matches /(a/",
        &["E0407 12:24 this regular expression cannot be read: unclosed group"],
    );
    after_head("rule a\n  deny pay\n  when args.to matches \"a\"", &["E0407 12:24 `\"a\"` is no regular expression"]);
    after_head(
        "fn f(x: int) = x > 1\nrule a\n  deny send\n  when f(1, 2)",
        &["E0408 13:8 `f` takes 1 argument, and there are 2"],
    );
    after_head("rule a\n  deny send\n  when args.size > 9223372036854775808", &["E0409 12:20 "]);
    after_head("let a = 9223372036854775807 + 1\nrule r\n  deny send\n  when args.size > a", &["E0409 10:9 "]);
    after_head("let a = labels.env\nrule r\n  deny pay\n  when labels.env == a", &["E0410 10:9 "]);
    after_head("rule a\n  deny pay\n  when result == \"x\"", &["E0411 12:8 "]);
    after_head("fn f() = args.size > 1\nrule r\n  deny send\n  when f()", &["E0411 10:10 "]);
    after_head("rule a\n  deny run\n  when any c in args.command.commands: c.program == \"rm\"", &[]);
    after_head("rule a\n  deny run\n  when any c in args.command.commands: c.programs == \"rm\"", &["E0404 "]);
    after_head("rule a\n  deny run\n  when args.command like \"rm *\"", &["E0412 12:8 "]);
    after_head("rule a\n  deny run\n  when args.command has tainted and not args.command from user", &[]);
}

#[test]
fn e0501_no_grant_on_the_callers_word() {
    after_head("rule a\n  allow pay\n  when labels.ticket is present", &["E0501 12:8 this allows on `labels.ticket`"]);
    after_head(
        "fn ok() = labels.ticket == \"yes\"\nrule a\n  allow pay\n  when labels.env == dev and ok()",
        &["E0501 13:30 this allows on `labels.ticket`"],
    );
    after_head("after pay when labels.ticket is present clear session tainted", &["E0501 10:16 this clears a mark on"]);
}

#[test]
fn e0501_the_callers_word_lifts_nothing() {
    let lifted = |clause: &str, at: &str| {
        let said = format!("E0501 {at} this is lifted by `labels.ticket`, which is the caller's own word");
        after_head(&format!("rule a\n  deny pay\n  {clause}"), &[&said]);
    };
    lifted("when labels.ticket is not present", "12:8");
    lifted("unless labels.ticket == \"T1\"", "12:10");
    lifted("when labels.ticket != \"T1\"", "12:8");
    lifted("when labels.env == dev and not (labels.ticket like \"T*\" or args.memo == \"x\")", "12:35");
    lifted("when labels.ticket == \"a\" or not args.memo == labels.ticket", "12:49");
    for fine in [
        "when labels.ticket == \"blocked\"",
        "when labels.ticket is present and labels.ticket like \"X*\"",
        "unless labels.ticket != \"blocked\"",
        "when not (labels.ticket is not present or labels.env == dev)",
        "when args.memo == labels.ticket",
    ] {
        after_head(&format!("rule a\n  deny pay\n  {fine}"), &[]);
        after_head(&format!("rule a\n  hold pay\n  {fine}\n  approvers \"x\""), &[]);
    }
    // Through functions, with the sign that a question has there.
    let f = "fn plain(x: string) = x == \"a\"\nfn turned(x: string) = not plain(x)\n";
    let word = "label word: string from caller\n";
    let rule = |c: &str| format!("{f}{word}rule a\n  deny pay\n  {c}");
    after_head(&rule("when plain(labels.word) and not turned(labels.word) unless turned(labels.word)"), &[]);
    after_head(&rule("when turned(labels.word)"), &["E0501 15:15 this is lifted by `labels.word`"]);
    after_head(
        &rule("unless plain(lower(labels.word))"),
        &["L0201 11:4 ", "E0501 15:22 this is lifted by `labels.word`"],
    );
    // Variables stand for what their list says; a longer list makes less of `all` true.
    let words = "label words: list<string> from caller\n";
    let rule = |c: &str| format!("{words}rule a\n  deny pay\n  {c}");
    after_head(&rule("when any w in labels.words: w == args.memo"), &[]);
    after_head(&rule("when any w in labels.words: w != \"x\""), &["E0501 13:31 this is lifted by `labels.words`"]);
    after_head(&rule("when all w in labels.words: w == \"x\""), &["E0501 13:17 this is lifted by `labels.words`"]);
    after_head(&rule("unless all w in labels.words: w != \"x\""), &[]);
    // `x == false` is `not x`, and what silence says already is lifted by anything else.
    let flags = "label a: bool from caller\nlabel b: bool = true from caller\nlabel c: bool = false from caller\n";
    let rule = |c: &str| format!("{flags}rule a\n  deny pay\n  when {c}");
    after_head(&rule("labels.a and labels.c and labels.a == true and labels.a != false"), &[]);
    after_head(&rule("labels.a == false"), &["E0501 15:8 "]);
    after_head(&rule("labels.a == labels.c"), &["E0501 15:8 ", "E0501 15:20 "]);
    after_head(&rule("labels.b"), &["E0501 15:8 this is lifted by `labels.b`"]);
    // `redact` and `mark` restrict too.
    after_head("rule a\n  redact pay\n  unless labels.ticket == \"x\"", &["E0501 12:10 "]);
    after_head("after pay when labels.ticket != \"x\" mark session tainted", &["E0501 10:16 this is lifted by"]);
    // A mark that the caller's word sets grants nothing and lifts nothing.
    let m = "mark told\nmark more\nafter pay when labels.ticket == \"x\" mark session told\nafter pay when session has told mark session more\n";
    let rule = |effect: &str| format!("{m}rule a\n  {effect}");
    after_head(&rule("deny pay\n  when session has more"), &[]);
    after_head(&rule("allow pay\n  unless session has more"), &[]);
    after_head(
        &rule("allow pay\n  when session has more"),
        &["E0501 16:8 this allows on the mark `more`, which the caller's own word sets"],
    );
    after_head(&rule("deny pay\n  unless session has told"), &["E0501 16:10 this is lifted by the mark `told`"]);
}

#[test]
fn e0501_budgets_count_alike_whatever_the_caller_says() {
    let head = "label word: string from caller\nlabel cost: int from caller\nfn cheap() = labels.word == \"cheap\"\n";
    let budget = |b: &str| format!("{head}budget b\n  limit 3 {b}");
    after_head(
        &budget("per session, labels.word"),
        &["L0201 12:4 ", "E0501 14:24 this counts for each value of `labels.word`"],
    );
    after_head(&budget("charge 1 when cheap()"), &["E0501 14:25 this charges by `labels.word`"]);
    after_head(
        &budget("charge 1 when not labels.word == \"x\""),
        &["L0201 12:4 ", "E0501 14:29 this charges by `labels.word`"],
    );
    after_head(&budget("charge labels.cost"), &["L0201 12:4 ", "E0501 14:18 this charges by `labels.cost`"]);
    after_head(
        &budget("charge args.size settle labels.cost on send"),
        &["L0201 12:4 ", "E0501 14:35 this charges by `labels.cost`"],
    );
    after_head(&budget("charge args.size on send when labels.env == dev"), &["L0201 12:4 "]);
}

#[test]
fn e0502_clauses_go_with_their_effect() {
    after_head("rule a\n  deny pay\n  approvers \"x\"", &["E0502 12:13 `approvers` does not go with `deny`"]);
    after_head("rule a\n  allow pay\n  expires 5 min", &["E0502 12:11 `expires` does not go with `allow`"]);
    after_head("rule a\n  deny pay matching /x/", &["E0502 11:21 `matching` does not go with `deny`"]);
    after_head("rule a\n  hold pay", &["L0502 10:6 `a` holds calls"]);
}

#[test]
fn e0503_obligations_that_disagree() {
    let rule =
        |name: &str, value: &str, when: &str| format!("rule {name}\n  allow pay{when}\n  with {{ box: {value} }}\n");
    let two = |a: &str, b: &str| format!("{}{}", rule("a", "true", a), rule("b", "false", b));
    after_head(&two("", ""), &["E0503 13:6 `a` asks for `box: true`, `b` for `box: false`"]);
    after_head(&two("\n  when labels.env == dev", "\n  when labels.env == prod"), &[]);
    after_head(&two("\n  when args.memo == \"a\"", "\n  when args.memo == \"b\""), &[]);
    let deny = two("\n  when args.memo == \"a\"", "\n  when args.memo == \"b\"").replace("allow", "deny");
    after_head(&deny, &["E0503 14:6 "]);
    // A held call keeps the obligations of the rules that allow it.
    let hold = two("", "").replacen("allow pay", "hold pay approvers \"ops\"", 1);
    after_head(&hold, &["E0503 13:6 "]);
}

#[test]
fn e0504_rules_that_never_apply() {
    after_head("rule a\n  deny pay\n  when false", &["E0504 12:8 `a` can never apply: its condition is always false"]);
    after_head(
        "rule a\n  deny pay\n  when labels.env == dev and labels.env == prod",
        &["E0504 12:8 `a` can never apply: its condition contradicts"],
    );
    after_head("rule a\n  deny send\n  when args.size > 5 and args.size < 3", &["E0504 12:8 "]);
    after_head("rule a\n  deny send\n  when args.size > 5\n  unless args.size > 2", &["E0504 12:8 "]);
    after_head(
        "rule a\n  deny look\n  when tool.risk == delete",
        &["E0504 12:8 `a` can never apply: its condition is true for none"],
    );
    after_head("rule a\n  deny send\n  when args.size > 5 or args.size < 3", &[]);
    after_head("rule a\n  deny pay\n  when true", &["L0401 12:8 `true` is always true"]);
    after_head("rule a\n  deny pay\n  when labels.env is present", &["L0401 12:8 `labels.env` is always present"]);
}

#[test]
fn e0506_suggested_calls_fit() {
    after_head("rule a\n  deny pay\n  suggest call loko { path: \"/\" }", &["E0303 12:16 there is no tool `loko`"]);
    after_head(
        "rule a\n  deny pay\n  suggest call look { path: \"/\" }",
        &["E0506 12:11 the suggested call of `look` lacks `at`"],
    );
    after_head(
        "rule a\n  deny pay\n  suggest call look { path: \"/\", at: \"https://a.example\", x: 1 }",
        &["E0506 12:59 `look` has no argument `x`"],
    );
}

#[test]
fn e0601_to_e0604() {
    after_head("budget b\n  limit 3 per labels.ticket", &["E0601 11:15 `labels.ticket` may be missing"]);
    after_head("budget b\n  limit 3 per sesion", &["E0201 11:15 a budget cannot count per `sesion`"]);
    after_head("budget b\n  limit \"x\"", &["E0602 11:9 "]);
    after_head("budget b\n  limit -1", &["E0602 11:9 a limit is above zero"]);
    after_head("budget b\n  limit 3 every calendar year", &["E0602 11:26 "]);
    after_head("budget b\n  limit 3 EUR", &["E0603 11:9 `b` counts amounts of EUR"]);
    after_head("budget b\n  limit 3 EUR\n  charge args.size on send", &["E0603 12:10 `args.size` is an integer"]);
    after_head("budget b\n  limit 3 EUR\n  charge args.amount settle usage.cost on pay", &[]);
    after_head("mark m\nrule a\n  deny pay\n  when session has m", &["E0604 13:8 nothing ever marks the session `m`"]);
    after_head(
        "rule a\n  deny pay\n  when args.to from web.*",
        &["E0604 12:21 the pattern `web.*` meets no tool: nothing"],
    );
}

#[test]
fn e07_tests_and_invariants() {
    let call = "call look { path: \"/\", at: \"https://a.example\" } with { env: dev }";
    after_head(&format!("test \"t\" {{\n  {call}\n}}"), &["E0704 10:6 the test \"t\" expects nothing"]);
    after_head("test \"t\" {\n  expect allow\n}", &["E0702 11:3 `allow` is said of a call"]);
    after_head(&format!("test \"t\" {{\n  {call}\n  expect pass\n}}"), &["E0702 12:3 `pass` is said of a result"]);
    after_head(&format!("test \"t\" {{\n  {call}\n  expect deny\n}}"), &["L0701 12:10 "]);
    after_head(
        &format!("test \"t\" {{\n  {call}\n  expect allow by fnie\n}}"),
        &["E0701 12:19 no rule and no budget is named `fnie`"],
    );
    after_head(
        &format!("test \"t\" {{\n  {call}\n  expect deny code unknwon-tool\n}}"),
        &["E0701 12:20 no decision has the code"],
    );
    after_head(
        "test \"t\" {\n  call look {} with { envv: dev }\n  expect allow\n}",
        &["E0201 11:23 there is no label `envv`"],
    );
    after_head("test \"t\" {\n  call look {} with { env: prd }\n  expect allow\n}", &["E0403 11:28 "]);
    after_head(
        "test \"t\" {\n  call nothing { a: 1 } by \"x\" as nobody with { env: \"odd\" }\n  expect deny code unknown-tool\n}",
        &[],
    );
    after_head("invariant i\n  never allow pay", &["E0703 10:11 the invariant `i` is not settled"]);
    after_head("invariant i\n  never allow pya", &["E0303 11:15 there is no tool `pya`"]);
}

#[test]
fn lints() {
    says("tool a()\nrule r\n  allow a", &["L0301 1:6 `a` says no risk"]);
    says("tool a() risk read\nrule r\n  deny a", &["L0501 3:3 this policy denies and never allows"]);
    after_head("let unused = 1", &["L0201 10:5 the constant `unused` is never used"]);
    after_head("fn unused() = labels.env == dev", &["L0201 10:4 the function `unused` is never used"]);
    after_head("group unused = { pay }", &["L0201 10:7 the group `unused` is never used"]);
}

#[test]
fn quantified_names_can_be_shown_and_unions_narrow() {
    after_head("rule a\n  deny send\n  when any x in args.to: x has tainted\n  because \"{x} to {args.size}\"", &[]);
    after_head(
        "tool u(x: int | string) risk read\nrule a\n  deny u\n  when args.x == 5 or args.x == \"five\" or args.x > 3",
        &[],
    );
    after_head("rule a\n  deny pay\n  when args.to in { args.memo, \"x\" }", &[]);
    after_head(
        "rule a\n  deny pay\n  when operator in agent.roles and not \"operator\" in agent.roles",
        &["E0504 12:8 "],
    );
}
