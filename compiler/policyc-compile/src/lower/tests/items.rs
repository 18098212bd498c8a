//! Whole programs: what the listing shows, what a test becomes, and what is too large.

use super::*;

fn arg(name: &str, ty: Ty) -> Expr {
    expr(ExprKind::Arg(name.to_owned()), ty)
}

fn constant(value: Value, ty: Ty) -> Expr {
    expr(ExprKind::Const(value), ty)
}

fn text(value: &str) -> Expr {
    constant(Value::Text(value.to_owned()), Ty::Text)
}

fn compare(op: CompareOp, a: Expr, b: Expr) -> Expr {
    cond(ExprKind::Compare(op, Box::new(a), Box::new(b)))
}

fn list(of: Ty) -> Ty {
    Ty::List(std::sync::Arc::new(of))
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn usd(amount: &str) -> Value {
    Value::Money(Decimal::parse(amount).unwrap(), "USD".to_owned())
}

/// The line of the only rule's condition, denied and allowed.
fn sides(when: Expr) -> (String, String) {
    let of = |effect| {
        let program = Program {
            tools: vec![tool("t", Vec::new()), tool("u", Vec::new())],
            marks: vec![Mark { name: "secret".to_owned(), span: Span::default() }],
            roles: vec![Role { name: "boss".to_owned(), closure: [RoleId(0)].into(), span: Span::default() }],
            rules: vec![rule("r", effect, Some(when.clone()))],
            ..Program::default()
        };
        let policy = lower(&program, &SourceMap::default()).unwrap();
        assert_well_formed(&policy);
        assert!(policyc_runtime::Loaded::new(policy.clone()).is_ok());
        let lines = super::super::listing(&policy);
        let line = lines.lines().find_map(|l| l.strip_prefix("  when ")).unwrap_or_default();
        line.to_owned()
    };
    (of(Effect::Deny), of(Effect::Allow))
}

#[test]
fn not_asks_the_other_side() {
    let small = || compare(CompareOp::Lt, arg("n", Ty::Int), constant(Value::Int(5), Ty::Int));
    assert_eq!(sides(small()), ("[int(args.n) < 5]?".into(), "[int(args.n) < 5]!".into()));
    let large = cond(ExprKind::Not(boxed(small())));
    assert_eq!(sides(large), ("not [int(args.n) < 5]!".into(), "not [int(args.n) < 5]?".into()));
    let differs = compare(CompareOp::Ne, arg("s", Ty::Text), text("a"));
    assert_eq!(sides(differs), (r#"not [text(args.s) == "a"]!"#.into(), r#"not [text(args.s) == "a"]?"#.into()));
    let always = cond(ExprKind::Or(vec![small(), cond(ExprKind::Not(boxed(small())))]));
    assert_eq!(sides(always), ("true".into(), "([int(args.n) < 5]! or not [int(args.n) < 5]?)".into()));
}

#[test]
fn all_is_not_any_not() {
    let each = |all| {
        let body = cond(ExprKind::FromUser(boxed(expr(ExprKind::Var(VarId(0)), Ty::Email))));
        cond(ExprKind::Quantified {
            all,
            var: VarId(0),
            name: "a".to_owned(),
            list: boxed(arg("to", list(Ty::Email))),
            body: boxed(body),
        })
    };
    assert_eq!(sides(each(false)).0, "[any v0 in args.to: [v0 from user]?]?");
    assert_eq!(sides(each(false)).1, "[any v0 in args.to: [v0 from user]!]!");
    assert_eq!(sides(each(true)).0, "not [any v0 in args.to: not [v0 from user]?]!");
    assert_eq!(sides(each(true)).1, "not [any v0 in args.to: not [v0 from user]!]?");
}

#[test]
fn every_operator_has_its_question() {
    let value = |v: Value, ty: Ty| constant(v, ty);
    let strings =
        |all: &[&str]| value(Value::List(all.iter().map(|t| Value::Text((*t).into())).collect()), list(Ty::Text));
    let nets =
        value(Value::List(vec![Value::Network("10.0.0.0/8".into()), Value::Host("localhost".into())]), list(Ty::Cidr));
    let folder = value(Value::Path("/tmp".into()), Ty::Path(None));
    let cases: Vec<(ExprKind, &str)> = vec![
        (ExprKind::In(boxed(arg("s", Ty::Text)), boxed(strings(&["b", "a", "b"]))), r#"[text(args.s) in {"a", "b"}]?"#),
        (
            ExprKind::In(boxed(arg("u", Ty::Url)), boxed(strings(&["https://a/", "https://b/"]))),
            r#"([url(args.u) == url("https://a/")]? or [url(args.u) == url("https://b/")]?)"#,
        ),
        (
            ExprKind::In(boxed(arg("d", Ty::Decimal)), boxed(value(Value::List(vec![Value::Int(2)]), list(Ty::Int)))),
            "[decimal(args.d) in {2}]?",
        ),
        (
            ExprKind::In(boxed(text("k")), boxed(arg("m", Ty::Map(std::sync::Arc::new(Ty::Int))))),
            r#"["k" in args.m as keys]?"#,
        ),
        (
            ExprKind::Contains(boxed(arg("xs", list(Ty::Host))), boxed(arg("h", Ty::Host))),
            "[host(args.h) in args.xs as host]?",
        ),
        (
            ExprKind::Contains(boxed(arg("ps", list(Ty::Path(Some("cwd".into()))))), boxed(folder.clone())),
            "([any v0 in args.ps: [path(v0 from path(args.cwd)) == /tmp]?]? or [/tmp in {}]?)",
        ),
        (ExprKind::Contains(boxed(arg("s", Ty::Text)), boxed(text("x"))), r#"[text(args.s) contains "x"]?"#),
        (
            ExprKind::In(boxed(text("infra")), boxed(expr(ExprKind::ToolTags, Ty::Set(std::sync::Arc::new(Ty::Text))))),
            r#"["infra" in tool.tags as text]?"#,
        ),
        (ExprKind::Within(boxed(arg("h", Ty::Host)), boxed(nets)), "[host(args.h) within {localhost, 10.0.0.0/8}]?"),
        (
            ExprKind::Within(boxed(arg("u", Ty::Url)), boxed(value(Value::Text("example.com".into()), Ty::Text))),
            r#"[url(args.u).UrlHost within {"example.com"}]?"#,
        ),
        (ExprKind::Within(boxed(arg("h", Ty::Host)), boxed(arg("n", Ty::Cidr))), "[host(args.h) within cidr(args.n)]?"),
        (
            ExprKind::Within(boxed(arg("p", Ty::Path(Some("cwd".into())))), boxed(folder)),
            "[path(args.p from path(args.cwd)) within /tmp]?",
        ),
        (
            ExprKind::Present(boxed(expr(
                ExprKind::Index(
                    boxed(constant(
                        Value::Record([("k".to_owned(), Value::Int(1))].into()),
                        Ty::Map(std::sync::Arc::new(Ty::Int)),
                    )),
                    boxed(arg("s", Ty::Text)),
                ),
                Ty::Int,
            ))),
            "[{k: 1}[text(args.s)] is present]?",
        ),
        (
            ExprKind::Quantified {
                all: false,
                var: VarId(0),
                name: "n".into(),
                list: boxed(constant(
                    Value::Record([("k".to_owned(), Value::Int(1)), ("l".to_owned(), Value::Int(2))].into()),
                    Ty::Map(std::sync::Arc::new(Ty::Int)),
                )),
                body: boxed(compare(CompareOp::Lt, expr(ExprKind::Var(VarId(0)), Ty::Int), arg("n", Ty::Int))),
            },
            "[any v0 in {1, 2}: [v0 < int(args.n)]?]?",
        ),
        (ExprKind::Like(boxed(arg("s", Ty::Text)), "a*".into()), r#"[text(args.s) fits glob "a*"]?"#),
        (ExprKind::Like(boxed(arg("s", Ty::Text)), "abc".into()), r#"[text(args.s) == "abc"]?"#),
        (ExprKind::Matches(boxed(arg("s", Ty::Text)), "^a+".into()), "[text(args.s) fits /^a+/]?"),
        (ExprKind::Present(boxed(arg("u", Ty::Url))), "[args.u is present]?"),
        (ExprKind::HasRole(RoleId(0)), "[role boss]?"),
        (ExprKind::SessionHas(MarkId(0)), "[session has secret]?"),
        (ExprKind::ValueHas(boxed(arg("u", Ty::Url)), MarkId(0)), "[args.u has secret]?"),
        (ExprKind::FromTools(boxed(arg("u", Ty::Url)), [ToolId(1)].into()), "[args.u from {u}]?"),
        (
            ExprKind::Compare(
                CompareOp::Ge,
                boxed(expr(ExprKind::ToolRisk, Ty::Risk)),
                boxed(value(Value::Risk(Risk::External), Ty::Risk)),
            ),
            "[2 <= tool.risk]?",
        ),
        (
            ExprKind::Compare(
                CompareOp::Gt,
                boxed(expr(
                    ExprKind::Arith(
                        ArithOp::Mul,
                        boxed(expr(ExprKind::ToDecimal(boxed(arg("n", Ty::Int))), Ty::Decimal)),
                        boxed(arg("price", Ty::Money("USD".into()))),
                    ),
                    Ty::Money("USD".into()),
                )),
                boxed(value(usd("12.50"), Ty::Money("USD".into()))),
            ),
            "[12.5 USD < (decimal(int(args.n)) * money(USD)(args.price))]?",
        ),
        (
            ExprKind::Compare(
                CompareOp::Eq,
                boxed(expr(ExprKind::Narrow(boxed(arg("id", Ty::Union([Ty::Int, Ty::Text].into())))), Ty::Text)),
                boxed(text("x")),
            ),
            r#"[text(args.id) == "x"]?"#,
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(sides(cond(kind)).0, expected);
    }
}

#[test]
fn functions_are_written_out_once_for_the_same_arguments() {
    // f0(x) = x == "a"; f(i)(x) = f(i-1)(x) and not f(i-1)(x): 60 calls deep, and still small.
    let call = |i: u32, x: Expr| cond(ExprKind::Call(FnId(i), vec![x]));
    let x = || expr(ExprKind::Var(VarId(0)), Ty::Text);
    let mut functions = Vec::new();
    for i in 0..60 {
        let body = if i == 0 {
            compare(CompareOp::Eq, x(), text("a"))
        } else {
            let other = compare(CompareOp::Eq, x(), text(&format!("b{i}")));
            cond(ExprKind::Or(vec![
                cond(ExprKind::And(vec![call(i - 1, x()), other.clone()])),
                cond(ExprKind::And(vec![cond(ExprKind::Not(boxed(call(i - 1, x())))), other])),
            ]))
        };
        let params = vec![("x".to_owned(), Ty::Text)];
        functions.push(Function { name: format!("f{i}"), params, ty: Ty::Bool, body });
    }
    let program = Program {
        tools: vec![tool("t", vec![field("s", Ty::Text)])],
        functions,
        rules: vec![rule("r", Effect::Deny, Some(call(59, arg("s", Ty::Text))))],
        ..Program::default()
    };
    let policy = lower(&program, &SourceMap::default()).unwrap();
    assert!(policy.nodes.len() < 1000, "{}", policy.nodes.len());
    assert!(policy.sites.len() <= 256);
}

#[test]
fn functions_that_double_are_refused() {
    // f(i)(n) = f(i-1)(n + 1) or f(i-1)(n * 2): every call is another one.
    let n = || boxed(expr(ExprKind::Var(VarId(0)), Ty::Int));
    let number = |v| boxed(constant(Value::Int(v), Ty::Int));
    let mut functions = Vec::new();
    for i in 0..60_u32 {
        let body = if i == 0 {
            compare(CompareOp::Lt, *n(), *number(7))
        } else {
            let more = expr(ExprKind::Arith(ArithOp::Add, n(), number(1)), Ty::Int);
            let twice = expr(ExprKind::Arith(ArithOp::Mul, n(), number(2)), Ty::Int);
            cond(ExprKind::Or([more, twice].map(|a| cond(ExprKind::Call(FnId(i - 1), vec![a]))).into()))
        };
        functions.push(Function { name: format!("f{i}"), params: vec![("n".to_owned(), Ty::Int)], ty: Ty::Bool, body });
    }
    let when = cond(ExprKind::Call(FnId(59), vec![arg("n", Ty::Int)]));
    let program = Program {
        tools: vec![tool("t", vec![field("n", Ty::Int)])],
        functions,
        rules: vec![rule("r", Effect::Deny, Some(when))],
        ..Program::default()
    };
    let problems = lower(&program, &SourceMap::default()).unwrap_err();
    assert_eq!(problems.iter().map(|p| p.code.number).collect::<Vec<_>>(), ["E0413"]);
}

#[test]
fn functions_that_nest_too_deep_are_refused_before_the_stack_ends() {
    let mut functions = Vec::new();
    for i in 0..1000_u32 {
        let inner = match i.checked_sub(1) {
            Some(before) => cond(ExprKind::Call(FnId(before), Vec::new())),
            None => cond(ExprKind::SessionHas(MarkId(0))),
        };
        let body = cond(ExprKind::Not(boxed(inner)));
        functions.push(Function { name: format!("f{i}"), params: Vec::new(), ty: Ty::Bool, body });
    }
    let program = Program {
        tools: vec![tool("t", Vec::new())],
        functions,
        rules: vec![rule("r", Effect::Deny, Some(cond(ExprKind::Call(FnId(999), Vec::new()))))],
        ..Program::default()
    };
    let problems = lower(&program, &SourceMap::default()).unwrap_err();
    assert_eq!(problems.iter().map(|p| p.code.number).collect::<Vec<_>>(), ["E0413"]);
}

fn fleet() -> (Program, SourceMap) {
    let mut sources = SourceMap::default();
    let file = sources.add("fleet.policy", "rule a hold run when args.count > 5 and session has secret");
    let at = |start, end| Span::new(file, start, end);
    let mut many = compare(CompareOp::Gt, arg("count", Ty::Int), constant(Value::Int(5), Ty::Int));
    many.span = at(21, 35);
    let mut secret = cond(ExprKind::SessionHas(MarkId(0)));
    secret.span = at(40, 58);
    let mut both = cond(ExprKind::And(vec![many, secret]));
    both.span = at(21, 58);
    let mut hold = rule("a", Effect::Hold, Some(both));
    hold.span = at(0, 58);
    hold.roles = [RoleId(0)].into();
    hold.approvers = vec!["ops".into(), "finops".into(), "ops".into()];
    hold.expires = Some(900_000_000_000);
    hold.because = Some(Template {
        parts: vec![TemplatePart::Expr(arg("count", Ty::Int)), TemplatePart::Text(" machines".into())],
    });
    hold.obligations = [("sandbox".to_owned(), Value::Bool(true))].into();
    let mut count = field("count", Ty::Int);
    count.default = Some(Value::Int(1));
    let env = Label { field: field("env", Ty::Enum(["prod".to_owned(), "dev".to_owned()].into())), from_caller: false };
    let call = TestCall {
        tool: "run".into(),
        args: [("count".to_owned(), Value::Int(6))].into(),
        agent: "a1".into(),
        roles: vec!["boss".into()],
        tenant: None,
        attributes: BTreeMap::new(),
        session: "s".into(),
        turn: None,
        task: Some("job".into()),
        labels: [("env".to_owned(), Value::Enum("dev".into()))].into(),
        marks: [("count".to_owned(), vec!["secret".to_owned()])].into(),
    };
    let step = |kind| TestStep { kind, span: at(0, 4) };
    let test = Test {
        name: "six".into(),
        tags: vec!["fast".into()],
        skip: None,
        fails: None,
        steps: vec![
            step(TestStepKind::GivenMark(MarkId(0))),
            step(TestStepKind::At(1_767_225_600_000_000_000)),
            step(TestStepKind::User("start six".into())),
            step(TestStepKind::Call(Box::new(call))),
            step(TestStepKind::ExpectDecision {
                verdict: Verdict::Hold,
                by: vec!["a".into()],
                code: Some("rule".into()),
                told: Told::default(),
            }),
            step(TestStepKind::Wait(60_000_000_000)),
            step(TestStepKind::Approve { yes: true, group: Some("ops".into()) }),
            step(TestStepKind::ExpectDecision {
                verdict: Verdict::Allow,
                by: Vec::new(),
                code: None,
                told: Told::default(),
            }),
            step(TestStepKind::Result {
                ok: true,
                content: Value::Text("done".into()),
                usage: [("cost".to_owned(), usd("0.004"))].into(),
            }),
            step(TestStepKind::Expect(cond(ExprKind::SessionHas(MarkId(0))))),
        ],
        span: at(0, 10),
    };
    let program = Program {
        name: "fleet".into(),
        tools: vec![tool("run", vec![count])],
        labels: vec![env],
        roles: vec![Role { name: "boss".into(), closure: [RoleId(0)].into(), span: Span::default() }],
        marks: vec![Mark { name: "secret".into(), span: Span::default() }],
        rules: vec![hold],
        tests: vec![test],
        ..Program::default()
    };
    (program, sources)
}

#[test]
fn a_program_is_one_policy_always_the_same() {
    let (program, sources) = fleet();
    let policy = lower(&program, &sources).unwrap();
    assert_eq!(
        super::super::listing(&policy),
        r#"policy fleet
tool run risk modify
rule a hold *
  when ([5 < int(args.count)]? and [session has secret]? and [role boss]?)
  because "{args.count} machines"
  approvers "finops", "ops"
  expires 900s
  with sandbox: true
"#
    );
    let places: Vec<&str> = policy
        .sites
        .iter()
        .map(|s| &policy.files[0].text[usize::try_from(s.place.start).unwrap()..usize::try_from(s.place.end).unwrap()])
        .collect();
    assert_eq!(places, ["args.count > 5", "session has secret", "args.count > 5 and session has secret"]);
    assert!(policyc_runtime::Loaded::new(policy.clone()).is_ok());
    assert_eq!(lower(&program, &sources).unwrap(), policy);
}

#[test]
fn a_test_is_events_and_nodes() {
    let (program, sources) = fleet();
    let policy = lower(&program, &sources).unwrap();
    let suite = lower_tests(&program, &policy).unwrap();
    let test = &suite.tests[0];
    assert_eq!(test.setup, [super::super::Setup::Mark { session: "s".into(), mark: MarkId(0) }]);
    let lines: Vec<String> = test
        .steps
        .iter()
        .map(|s| match &s.kind {
            super::super::StepKind::Event { line, .. } => line.clone(),
            super::super::StepKind::ExpectDecision { of, verdict, by, code, .. } => {
                format!("{of} {verdict:?} {by:?} {code:?}")
            }
            super::super::StepKind::Expect { call, result, node } => {
                format!("{call:?} {result:?} {:?}", suite.policy.nodes[node.index()])
            }
        })
        .collect();
    let must = suite.policy.atoms.iter().position(|a| *a == Atom::SessionHas(MarkId(0))).unwrap();
    assert_eq!(
        lines,
        [
            r#"{"user":"start six","session":"s","at":"2026-01-01T00:00:00Z"}"#.to_owned(),
            r#"{"call":"c1","tool":"run","args":{"count":6},"agent":{"id":"a1","roles":["boss"]},"session":"s","task":"job","labels":{"env":"dev"},"marks":{"count":["secret"]},"at":"2026-01-01T00:00:01Z"}"#.to_owned(),
            r#"1 Hold ["a"] Some("rule")"#.to_owned(),
            r#"{"approve":"c1","group":"ops","session":"s","at":"2026-01-01T00:01:02Z"}"#.to_owned(),
            "3 Allow [] None".to_owned(),
            r#"{"result":"c1","status":"ok","content":"done","usage":{"cost":"0.004 USD"},"session":"s","at":"2026-01-01T00:01:03Z"}"#.to_owned(),
            format!("Some(1) Some(5) Atom(AtomId({must}), Must)"),
        ]
    );
    assert_eq!(suite.policy.rules, policy.rules);
    assert_eq!(suite.policy.nodes[..policy.nodes.len()], policy.nodes[..]);
    assert!(policyc_runtime::Loaded::new(suite.policy).is_ok());
}
