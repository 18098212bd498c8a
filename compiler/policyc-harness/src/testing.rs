//! A small policy for the tests of this crate.
//!
//! Payments up to 100 are allowed, larger ones are held for finance; once a web page was fetched nothing is paid any
//! more; a session may fetch three pages, and an agent may pay 250 in all.

use std::collections::{BTreeMap, BTreeSet};

use policyc_compile::hir::{
    After, ArithOp, Budget, BudgetField, BudgetId, BudgetKey, Charge, CompareOp, Effect, Expr, ExprKind, Field, Mark,
    MarkId, Program, Risk, Rule, Template, TemplatePart, Test, TestCall, TestStep, TestStepKind, Tool, ToolId, Ty,
    Value, Window,
};
use policyc_compile::lower::{TestSuite, lower, lower_tests};
use policyc_diag::{SourceMap, Span};
use policyc_runtime::Loaded;

pub(crate) const PAY: ToolId = ToolId(0);
pub(crate) const FETCH: ToolId = ToolId(1);

fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: Span::default() }
}

fn amount() -> Expr {
    expr(ExprKind::Arg("amount".into()), Ty::Int)
}

fn compare(op: CompareOp, a: Expr, b: i64) -> Expr {
    let b = expr(ExprKind::Const(Value::Int(b)), Ty::Int);
    expr(ExprKind::Compare(op, Box::new(a), Box::new(b)), Ty::Bool)
}

fn tool(name: &str, args: &[(&str, Ty)]) -> Tool {
    let field =
        |(name, ty): &(&str, Ty)| Field { name: (*name).into(), ty: ty.clone(), default: None, span: Span::default() };
    Tool {
        name: name.into(),
        args: args.iter().map(field).collect(),
        open: false,
        returns: Ty::Text,
        risk: Risk::External,
        tags: BTreeSet::new(),
        span: Span::default(),
    }
}

fn rule(name: &str, effect: Effect, tool: ToolId, when: Option<Expr>) -> Rule {
    let text = |t: &str| TemplatePart::Text(t.into());
    Rule {
        name: name.into(),
        doc: None,
        observe: false,
        effect,
        tools: [tool].into(),
        roles: BTreeSet::new(),
        roles_span: Span::default(),
        when,
        because: Some(Template { parts: vec![text("because of "), text(name)] }),
        suggest: None,
        approvers: if effect == Effect::Hold { vec!["finance".into()] } else { vec![] },
        expires: None,
        obligations: BTreeMap::new(),
        redacts: vec![],
        span: Span::default(),
    }
}

fn budget(name: &str, tool: ToolId, limit: i64, key: BudgetKey, amount: Expr) -> Budget {
    Budget {
        name: name.into(),
        limit: Value::Int(limit),
        ty: Ty::Int,
        window: Window::Lifetime,
        per: [key].into(),
        attempts: false,
        charges: vec![Charge { tools: [tool].into(), when: None, amount, settle: None }],
        hold: false,
        approvers: vec![],
        because: None,
        span: Span::default(),
    }
}

pub(crate) fn program() -> Program {
    let one = expr(ExprKind::Const(Value::Int(1)), Ty::Int);
    let marked = expr(ExprKind::SessionHas(MarkId(0)), Ty::Bool);
    Program {
        name: "bank".into(),
        tools: vec![
            tool("bank.pay", &[("amount", Ty::Int), ("to", Ty::Text)]),
            tool("web.fetch", &[("url", Ty::Text)]),
        ],
        marks: vec![Mark { name: "untrusted".into(), span: Span::default() }],
        budgets: vec![
            budget("pages", FETCH, 3, BudgetKey::Session, one),
            budget("spend", PAY, 250, BudgetKey::Agent, amount()),
        ],
        afters: vec![After {
            tools: [FETCH].into(),
            when: None,
            clear: false,
            on_result: false,
            mark: MarkId(0),
            span: Span::default(),
        }],
        rules: vec![
            rule("fetch", Effect::Allow, FETCH, None),
            rule("large", Effect::Hold, PAY, Some(compare(CompareOp::Gt, amount(), 100))),
            rule("never", Effect::Deny, PAY, Some(compare(CompareOp::Lt, amount(), -1_000_000))),
            rule("small", Effect::Allow, PAY, Some(compare(CompareOp::Le, amount(), 100))),
            rule("tainted", Effect::Deny, PAY, Some(marked)),
        ],
        ..Program::default()
    }
}

/// The policy, loaded.
pub(crate) fn loaded() -> Loaded {
    Loaded::new(lower(&program(), &SourceMap::default()).unwrap()).unwrap()
}

/// The policy with tests.
pub(crate) fn suite(tests: Vec<Test>) -> TestSuite {
    let program = Program { tests, ..program() };
    let policy = lower(&program, &SourceMap::default()).unwrap();
    lower_tests(&program, &policy).unwrap()
}

pub(crate) fn test(name: &str, steps: Vec<TestStepKind>) -> Test {
    let steps = steps.into_iter().map(|kind| TestStep { kind, span: Span::default() }).collect();
    Test { name: name.into(), tags: vec!["money".into()], skip: None, fails: None, steps, span: Span::default() }
}

pub(crate) fn pay(amount: i64) -> TestStepKind {
    call("bank.pay", [("amount".to_owned(), Value::Int(amount)), ("to".to_owned(), Value::Text("ana".into()))])
}

pub(crate) fn fetch() -> TestStepKind {
    call("web.fetch", [("url".to_owned(), Value::Text("https://example.com".into()))])
}

fn call<const N: usize>(tool: &str, args: [(String, Value); N]) -> TestStepKind {
    TestStepKind::Call(Box::new(TestCall {
        tool: tool.into(),
        args: args.into(),
        agent: "agent".into(),
        roles: vec![],
        tenant: None,
        session: "session".into(),
        turn: None,
        task: None,
        attributes: BTreeMap::new(),
        labels: BTreeMap::new(),
        marks: BTreeMap::new(),
    }))
}

/// `expect budgets.spend.left == N`, said in a way that needs arithmetic.
pub(crate) fn spend_left(left: i64) -> TestStepKind {
    let spend = expr(ExprKind::Budget(BudgetId(1), BudgetField::Left), Ty::Int);
    let zero = expr(ExprKind::Const(Value::Int(0)), Ty::Int);
    let sum = expr(ExprKind::Arith(ArithOp::Add, Box::new(spend), Box::new(zero)), Ty::Int);
    TestStepKind::Expect(compare(CompareOp::Eq, sum, left))
}
