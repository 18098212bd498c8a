//! Which tree which text has: precedence, spans, docs, every form of expression.

use crate::ast::*;
use crate::parse;
use policyc_diag::FileId;

/// The one item of a text without mistakes.
fn item(text: &str) -> ItemKind {
    let (mut file, said) = parse(FileId(0), text);
    assert!(said.is_empty(), "{text}: {said:?}");
    assert_eq!(file.items.len(), 1, "{text}");
    file.items.remove(0).kind
}

fn expr(text: &str) -> Expr {
    match item(&format!("let x = {text}")) {
        ItemKind::Let(l) => l.value,
        other => panic!("{other:?}"),
    }
}

/// An expression with all its parentheses.
fn shape(e: &Expr) -> String {
    let all = |es: &[Expr]| es.iter().map(shape).collect::<Vec<_>>().join(", ");
    match &e.kind {
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.clone(),
        ExprKind::Money(n, c) => format!("{n}_{c}"),
        ExprKind::Duration(n, u) => format!("{n}_{u}"),
        ExprKind::Text(t) => format!("{t:?}"),
        ExprKind::Net(n) => format!("net {n}"),
        ExprKind::Regex(r) => format!("/{r}/"),
        ExprKind::Null => "null".to_owned(),
        ExprKind::List { items, square: true } => format!("[{}]", all(items)),
        ExprKind::List { items, square: false } => format!("{{{}}}", all(items)),
        ExprKind::Record(entries) => {
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{}: {}", k.text, shape(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ExprKind::Name(n) => n.clone(),
        ExprKind::Field(of, name) => format!("{}.{}", shape(of), name.text),
        ExprKind::Index(of, at) => format!("{}[{}]", shape(of), shape(at)),
        ExprKind::Call(of, args) => format!("{}({})", shape(of), all(args)),
        ExprKind::Unary(op, of) => format!("({op:?} {})", shape(of)),
        ExprKind::Binary(op, _, a, b) => format!("({} {op:?} {})", shape(a), shape(b)),
        ExprKind::Present(of, not) => format!("({} is{} present)", shape(of), if *not { " not" } else { "" }),
        ExprKind::Has(of, mark) => format!("({} has {})", shape(of), mark.text),
        ExprKind::From(of, Origin::User(_)) => format!("({} from user)", shape(of)),
        ExprKind::From(of, Origin::Tools(p)) => format!("({} from {})", shape(of), patterns(p)),
        ExprKind::Quantified { all, var, list, body } => {
            format!("({} {} in {}: {})", if *all { "all" } else { "any" }, var.text, shape(list), shape(body))
        }
    }
}

fn patterns(all: &[Pattern]) -> String {
    let one = |p: &Pattern| match p {
        Pattern::Name(n) => n.text.clone(),
        Pattern::Where { cond: Some(c), .. } => format!("tool where {}", shape(c)),
        Pattern::Where { cond: None, .. } => "tool".to_owned(),
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ty(t: &Type) -> String {
    let fields =
        |fs: &[FieldDecl]| fs.iter().map(|f| format!("{}: {}", f.name.text, ty(&f.ty))).collect::<Vec<_>>().join(", ");
    match &t.kind {
        TypeKind::Name(n) => n.clone(),
        TypeKind::Applied(a, b) => format!("{}({})", a.text, b.text),
        TypeKind::Generic(g, ts) => format!("{}<{}>", g.text, ts.iter().map(ty).collect::<Vec<_>>().join(", ")),
        TypeKind::Record(fs, open) => format!("{{{}{}}}", fields(fs), if *open { "..." } else { "" }),
        TypeKind::Union(ms) => {
            let one = |m: &UnionMember| match m {
                UnionMember::Type(t) => ty(t),
                UnionMember::Text(t) => format!("{:?}", t.value),
            };
            format!("({})", ms.iter().map(one).collect::<Vec<_>>().join(" | "))
        }
        TypeKind::Optional(t) => format!("{}?", ty(t)),
    }
}

#[test]
fn operators_bind_as_the_specification_says() {
    for (text, want) in [
        ("a or b and c", "(a Or (b And c))"),
        ("a and b or c", "((a And b) Or c)"),
        ("not a and b", "((Not a) And b)"),
        ("not a == b", "(Not (a Eq b))"),
        ("not not a", "(Not (Not a))"),
        ("a + b * c == d", "((a Add (b Mul c)) Eq d)"),
        ("a - b - c", "((a Sub b) Sub c)"),
        ("-a * -b", "((Neg a) Mul (Neg b))"),
        ("-a.b[1](c)", "(Neg a.b[1](c))"),
        ("(a or b) and c", "((a Or b) And c)"),
        ("a not in b", "(a NotIn b)"),
        ("a not within b and c within d", "((a NotWithin b) And (c Within d))"),
        ("a starts with b or c ends with d", "((a StartsWith b) Or (c EndsWith d))"),
        ("a contains b", "(a Contains b)"),
        ("a like \"x*\"", "(a Like \"x*\")"),
        ("a matches /b\\/c \\d/", "(a Matches /b/c \\d/)"),
        ("a is present and b is not present", "((a is present) And (b is not present))"),
        ("not a has m", "(Not (a has m))"),
        ("a from user or a from web.*", "((a from user) Or (a from web.*))"),
        ("a from { b.c, \"d e\", tool where risk > read }", "(a from b.c, d e, tool where (risk Gt read))"),
        ("a from user.list", "(a from user.list)"),
        ("any x in xs: x == 1 and y", "(any x in xs: ((x Eq 1) And y))"),
        ("a and all x in xs: any y in x.ys: y or z", "(a And (all x in xs: (any y in x.ys: (y Or z))))"),
        ("(any x in xs: x) and y", "((any x in xs: x) And y)"),
        ("a != b", "(a Ne b)"),
        ("a < b and a <= b and a > b and a >= b", "((((a Lt b) And (a Le b)) And (a Gt b)) And (a Ge b))"),
    ] {
        assert_eq!(shape(&expr(text)), want, "{text}");
    }
}

#[test]
fn literals_are_what_they_look_like() {
    for (text, want) in [
        ("1_000", "1000"),
        ("1.50", "1.50"),
        ("5 USD", "5_USD"),
        ("0.004 USD", "0.004_USD"),
        ("10 minutes", "10_min"),
        ("5hrs", "5_h"),
        ("2 d", "2_day"),
        ("10.0.0.0/8", "net 10.0.0.0/8"),
        ("::1", "net ::1"),
        ("fe80::1/64", "net fe80::1/64"),
        ("1:2:3:4:5:6:7:8", "net 1:2:3:4:5:6:7:8"),
        ("::ffff:1.2.3.4", "net ::ffff:1.2.3.4"),
        ("\"a\\n\\\"b\\\" \\u{e9}\"", "\"a\\n\\\"b\\\" é\""),
        ("{}", "{}"),
        ("{ a }", "{a}"),
        ("[]", "[]"),
        ("[a, 1,]", "[a, 1]"),
        ("{ a: 1, \"b c\": { d }, when: 2 }", "{a: 1, b c: {d}, when: 2}"),
        ("{ /a/, /\"/ }", "{/a/, /\"/}"),
        ("true", "true"),
        ("null", "null"),
        ("f()", "f()"),
        ("a.when.any", "a.when.any"),
        ("decade", "decade"),
        ("trueish", "trueish"),
        ("{ host: ::1 }", "{host: net ::1}"),
    ] {
        assert_eq!(shape(&expr(text)), want, "{text}");
    }
}

#[test]
fn types() {
    for (text, want) in [
        ("int", "int"),
        ("money(USD)?", "money(USD)?"),
        ("list<map<string, T?>>", "list<map<string, T?>>"),
        ("dev | staging | \"not a word\"", "(dev | staging | \"not a word\")"),
        ("(int | string)?", "(int | string)?"),
        ("int | string?", "(int | string?)"),
        ("\"only\"", "(\"only\")"),
        ("{ a: int, \"b c\": { d: e }, ... }", "{a: int, b c: {d: e}...}"),
        ("{ ... }", "{...}"),
        ("{}", "{}"),
        ("list", "list"),
    ] {
        let ItemKind::Label(label) = item(&format!("label x: {text}")) else { panic!("{text}") };
        assert_eq!(ty(&label.ty), want, "{text}");
    }
}

#[test]
fn a_rule_has_its_clauses_in_any_order() {
    let text = "rule r observe redact a.*, \"b c\", tool\n  because \"x {a.b} {{y}} \\u{e9}\"\n  for p, q.r\n  matching /x/, \"y\"\n  unless u\n  when w\n  with { s: true }\n  approvers \"g\", \"h\"\n  expires 5 min\n  suggest call t { v: 1 }";
    let ItemKind::Rule(rule) = item(text) else { panic!() };
    assert_eq!((rule.name.text.as_str(), rule.observe, rule.effect.0), ("r", true, Effect::Redact));
    assert_eq!(patterns(&rule.patterns), "a.*, b c, tool");
    assert_eq!(rule.roles.iter().map(|r| r.text.as_str()).collect::<Vec<_>>(), ["p", "q.r"]);
    assert_eq!(rule.redacts.iter().map(shape).collect::<Vec<_>>(), ["/x/", "\"y\""]);
    assert_eq!(rule.when.as_ref().map(shape).as_deref(), Some("w"));
    assert_eq!(rule.unless.as_ref().map(shape).as_deref(), Some("u"));
    assert_eq!(rule.expires.as_ref().map(shape).as_deref(), Some("5_min"));
    assert_eq!(rule.approvers.len(), 2);
    assert_eq!(rule.with.len(), 1);
    assert!(matches!(&rule.suggest, Some(Suggest::Call { tool, args, .. }) if tool.text == "t" && args.len() == 1));
    let parts: Vec<String> = rule
        .because
        .iter()
        .flat_map(|t| &t.parts)
        .map(|p| match p {
            TemplatePart::Text(t) => t.clone(),
            TemplatePart::Expr(e) => {
                let (from, to) = (e.span.start as usize, e.span.end as usize);
                assert_eq!(&text[from..to], "a.b", "the span of a template's expression is a place of the file");
                format!("<{}>", shape(e))
            }
        })
        .collect();
    assert_eq!(parts, ["x ", "<a.b>", " {y} é"]);
}

#[test]
fn budgets_and_charges() {
    let text = "budget b per agent, labels.x count attempts limit 5 USD every calendar month charge 1 USD settle usage.cost on a when w charge 2 USD else hold approvers \"g\" because \"y\"";
    let ItemKind::Budget(b) = item(text) else { panic!() };
    assert_eq!(shape(&b.limit), "5_USD");
    assert!(matches!(&b.window, Some(Window::Calendar(n)) if n.text == "month"));
    assert_eq!(b.per.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["agent", "labels.x"]);
    assert!(b.attempts && b.else_hold.is_some_and(|(hold, _)| hold));
    assert_eq!(b.charges.len(), 2);
    assert_eq!(b.charges[0].settle.as_ref().map(shape).as_deref(), Some("usage.cost"));
    assert!(b.charges[0].when.is_some() && b.charges[1].patterns.is_empty());
}

#[test]
fn from_caller_is_no_part_of_the_default() {
    let ItemKind::Label(l) = item("label x: string? = a.b from caller") else { panic!() };
    assert_eq!((l.default.as_ref().map(shape).as_deref(), l.from_caller), (Some("a.b"), Some(true)));
}

#[test]
fn tests_and_their_steps() {
    let text = "test \"t\" tags { \"a\" } skip because \"b\" {
  given { session has m, budgets.b.used == 5, labels.l == 1, k: 2 }
  each (a, b) in { (1, 2), (3, 4) } { user a each c in [d] { at b } }
  each (a in { 1, 2 }, t in g.*) in { (1, x) } else deny { user a }
  call \"odd name\" { x: 1 } as r, s by \"i\" tenant t in \"s\" turn u task v with { l: 1 } marks { x: { m }, \"y z\": {} }
  result error { a: 1 } with { tokens: 5 }
  result \"fine\"
  approve \"g\"
  reject
  after 5 min
  expect deny by r, b code wrong-type
  expect allow
  expect session has m
}";
    let ItemKind::Test(t) = item(text) else { panic!() };
    assert_eq!((t.tags.len(), t.skip.map(|s| s.value).as_deref()), (1, Some("b")));
    let kinds: Vec<String> = t
        .steps
        .iter()
        .map(|s| match &s.kind {
            StepKind::Given(g) => format!("given {}", g.len()),
            StepKind::Each { columns, rows, otherwise, steps } => {
                let ranges: Vec<&str> = columns
                    .iter()
                    .map(|c| match &c.range {
                        None => "-",
                        Some(ColumnRange::Values(_)) => "values",
                        Some(ColumnRange::Tools(_)) => "tools",
                    })
                    .collect();
                let otherwise = otherwise.map_or("", |_| " else deny");
                format!("each {} {} {}{otherwise}", ranges.join(" "), rows.len(), steps.len())
            }
            StepKind::User(_) => "user".to_owned(),
            StepKind::At(_) => "at".to_owned(),
            StepKind::Wait(e) => format!("wait {}", shape(e)),
            StepKind::Call(c) => {
                format!("call {} {} {} {}", c.tool.text, c.roles.len(), c.marks.len(), c.task.is_some())
            }
            StepKind::Result { ok, usage, .. } => format!("result {ok} {}", usage.len()),
            StepKind::Approve { yes, group } => format!("approve {yes} {}", group.is_some()),
            StepKind::Expect(Expect::Decision { verdict, by, code, .. }) => {
                format!("expect {} {} {:?}", verdict.text, by.len(), code.as_ref().map(|c| c.text.as_str()))
            }
            StepKind::Expect(Expect::Cond(e)) => format!("expect {}", shape(e)),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "given 4",
            "each - - 2 2",
            "each values tools 1 1 else deny",
            "call odd name 2 2 true",
            "result false 1",
            "result true 0",
            "approve true true",
            "approve false false",
            "wait 5_min",
            "expect deny 2 Some(\"wrong-type\")",
            "expect allow 0 None",
            "expect (session has m)",
        ]
    );
}

#[test]
fn spans_end_where_the_last_word_ends() {
    let text = "mark a // why\n\n/// doc\n/// of b\nrole b extends c // http://x\n// end\n";
    let (file, _) = parse(FileId(0), text);
    let written: Vec<&str> = file.items.iter().map(|i| &text[i.span.start as usize..i.span.end as usize]).collect();
    assert_eq!(written, ["mark a", "role b extends c"]);
    assert_eq!(file.items[1].doc.as_deref(), Some("doc\nof b"));
    assert_eq!(
        file.comments.iter().map(|c| (c.text.as_str(), c.own_line)).collect::<Vec<_>>(),
        [("// why", false), ("// http://x", false), ("// end", true)]
    );
    let text = "let x = a and\n  \"http://b\" // c";
    let (file, _) = parse(FileId(0), text);
    assert_eq!(file.items[0].span.end as usize, text.len() - " // c".len());
}

#[test]
fn a_files_own_doc_is_its_own() {
    let (file, _) = parse(FileId(0), "//! one\n//!  two\n\n/// three\nmark a");
    assert_eq!(file.doc.as_deref(), Some("one\n two"));
    assert_eq!(file.items[0].doc.as_deref(), Some("three"));
    assert!(file.comments.is_empty());
}

#[test]
fn long_chains_make_shallow_trees() {
    fn depth(e: &Expr) -> usize {
        match &e.kind {
            ExprKind::Binary(_, _, a, b) => 1 + depth(a).max(depth(b)),
            _ => 1,
        }
    }
    let long = expr(&format!("a{}", " or a".repeat(5000)));
    assert!(depth(&long) < 20);
    assert_eq!(depth(&expr(&format!("a{}", " or a".repeat(50)))), 51);
}
