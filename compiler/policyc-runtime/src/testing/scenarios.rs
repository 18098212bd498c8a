//! Small traces through the whole runtime: rules, budgets, marks, results, limits.

use serde_json::{Value, json};

use super::{Build, replay};
use crate::decision::{Step, Verdict};
use crate::limits::StateLimits;
use crate::policy::*;
use crate::state::State;
use crate::{Brief, Engine, Loaded};

fn place() -> Place {
    Place::default()
}

fn budget(b: &mut Build, name: &str, limit: i128, hold: bool) -> Budget {
    Budget {
        name: b.s(name),
        limit,
        unit: Unit::Count,
        window: Window::Lifetime,
        per: Vec::new(),
        attempts: false,
        charges: Vec::new(),
        hold,
        approvers: Vec::new(),
        because: None,
        place: place(),
    }
}

/// One tool `t` with an optional text `x`, an optional int `n` and an optional list of texts `to`.
fn one_tool(b: &mut Build) -> ToolSetId {
    let (text, int) = (b.optional(Shape::Text), b.optional(Shape::Int));
    let list = {
        let member = b.shape(Shape::Text);
        b.optional(Shape::List(member))
    };
    let tool = b.tool("t", &[("n", int), ("to", list), ("x", text)]);
    b.set(&[tool])
}

fn always(b: &mut Build) -> NodeId {
    b.node(Node::True)
}

fn more_than_five(b: &mut Build, side: Side) -> NodeId {
    let (five, n) = (b.int(5), b.arg("n", Read::Int));
    b.ask(Atom::Lt(five, n), side)
}

fn call(id: &str, args: &Value) -> String {
    json!({"call": id, "tool": "t", "args": args, "session": "s"}).to_string()
}

fn verdicts(loaded: &Loaded, lines: &[String]) -> Vec<String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let word = |v: &Value, key: &str| v[key].as_str().unwrap_or("-").to_owned();
    replay(loaded, &lines).iter().map(|v| format!("{} {}", word(v, "decision"), word(v, "code"))).collect()
}

#[test]
fn what_restricts_applies_on_unknown_and_what_grants_does_not() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let may = more_than_five(&mut b, Side::May);
    b.rule("deny_many", Effect::Deny, tools, may);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let loaded = b.load();
    let lines = [json!({"n": 6}), json!({"n": 5}), json!({})].map(|args| call("c", &args));
    for (line, expected) in lines.into_iter().zip(["deny rule", "allow rule", "deny rule"]) {
        assert_eq!(verdicts(&loaded, &[line]), [expected]);
    }

    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let must = more_than_five(&mut b, Side::Must);
    b.rule("many", Effect::Allow, tools, must);
    let loaded = b.load();
    let lines = [json!({"n": 6}), json!({"n": 5}), json!({})].map(|args| call("c", &args));
    for (line, expected) in lines.into_iter().zip(["allow rule", "deny default", "deny default"]) {
        assert_eq!(verdicts(&loaded, &[line]), [expected]);
    }
}

#[test]
fn all_rules_of_the_strongest_effect_are_named() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    let (ops, finops) = (b.s("ops"), b.s("finops"));
    let rule = b.rule("b_hold", Effect::Hold, tools, when);
    (rule.approvers, rule.expires) = (vec![ops], Some(60_000_000_000));
    let rule = b.rule("a_hold", Effect::Hold, tools, when);
    (rule.approvers, rule.expires) = (vec![finops], Some(30_000_000_000));
    b.rule("rest", Effect::Allow, tools, when);
    b.rule("watch", Effect::Deny, tools, when).observe = true;
    let loaded = b.load();
    // What expires needs a time.
    assert_eq!(replay(&loaded, &[&call("b", &json!({}))])[0]["code"], "missing-time");
    let line = json!({"call": "c", "tool": "t", "args": {}, "at": "2026-01-01T00:00:00Z"}).to_string();
    let answer = &replay(&loaded, &[&line])[0];
    assert_eq!(answer["decision"], "hold");
    assert_eq!(answer["rules"], json!(["a_hold", "b_hold"]));
    assert_eq!(answer["approvers"], json!(["finops", "ops"]));
    assert_eq!(answer["expires"], 30);
    assert_eq!(answer["observed"], json!(["watch"]));
}

#[test]
fn obligations_are_united_or_the_call_is_denied() {
    for (other, expected) in [("true", "allow rule"), ("false", "deny conflicting-obligations")] {
        let mut b = Build::default();
        let tools = one_tool(&mut b);
        let when = always(&mut b);
        let (key, yes, other) = (b.s("sandbox"), b.s("true"), b.s(other));
        b.rule("a", Effect::Allow, tools, when).obligations = vec![(key, yes)];
        b.rule("b", Effect::Allow, tools, when).obligations = vec![(key, other)];
        assert_eq!(verdicts(&b.load(), &[call("c", &json!({}))]), [expected]);
    }
}

#[test]
fn a_held_call_is_bound_by_the_rules_that_allow_it() {
    for (other, verdict, rules) in [("true", "hold", json!(["ask"])), ("false", "deny", json!(["ask", "boxed"]))] {
        let mut b = Build::default();
        let tools = one_tool(&mut b);
        let when = always(&mut b);
        let (key, yes, other) = (b.s("sandbox"), b.s("true"), b.s(other));
        b.rule("boxed", Effect::Allow, tools, when).obligations = vec![(key, yes)];
        b.rule("ask", Effect::Hold, tools, when).obligations = vec![(key, other)];
        let answer = &replay(&b.load(), &[&call("c", &json!({}))])[0];
        assert_eq!((&answer["decision"], &answer["rules"]), (&json!(verdict), &rules));
    }
    for (other, code) in [("true", "budget"), ("false", "conflicting-obligations")] {
        let mut b = Build::default();
        let tools = one_tool(&mut b);
        let when = always(&mut b);
        let (key, yes, other) = (b.s("sandbox"), b.s("true"), b.s(other));
        b.rule("a", Effect::Allow, tools, when).obligations = vec![(key, yes)];
        b.rule("b", Effect::Allow, tools, when).obligations = vec![(key, other)];
        let none_left = budget(&mut b, "calls", 0, true);
        b.policy.budgets.push(none_left);
        assert_eq!(replay(&b.load(), &[&call("c", &json!({}))])[0]["code"], code);
    }
}

#[test]
fn a_budget_makes_a_decision_stronger_and_a_result_settles_it() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let mut spend = budget(&mut b, "spend", 10, false);
    let (amount, used) = (b.arg("n", Read::Int), b.t(Term::UsageTokens));
    spend.charges = vec![Charge { tools, when, surely: when, amount, settle: Some(used) }];
    b.policy.budgets.push(spend);
    let loaded = b.load();
    let lines = [
        call("1", &json!({"n": 6})),
        // 6 are reserved.
        call("2", &json!({"n": 5})),
        // What is not known does not fit.
        call("3", &json!({})),
        json!({"result": "1", "content": "", "usage": {"tokens": 2}}).to_string(),
        call("4", &json!({"n": 5})),
        json!({"result": "4", "status": "not-run"}).to_string(),
        call("5", &json!({"n": 8})),
        call("6", &json!({"n": 1})),
    ];
    assert_eq!(
        verdicts(&loaded, &lines),
        ["allow rule", "deny budget", "deny budget", "- -", "allow rule", "- -", "allow rule", "deny budget"]
    );
}

#[test]
fn a_held_call_is_charged_when_it_is_approved() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    let ops = b.s("ops");
    b.rule("ask", Effect::Hold, tools, when).approvers = vec![ops];
    let calls = budget(&mut b, "calls", 1, false);
    b.policy.budgets.push(calls);
    let loaded = b.load();
    let answer = |kind: &str, id: &str| json!({kind: id, "group": "ops"}).to_string();
    let lines = [
        call("1", &json!({})),
        call("2", &json!({})),
        answer("reject", "1"),
        answer("approve", "2"),
        answer("approve", "1"),
        call("3", &json!({})),
    ];
    assert_eq!(verdicts(&loaded, &lines), ["hold rule", "hold rule", "- -", "- -", "deny unknown-call", "deny budget"]);
}

#[test]
fn a_budget_can_hold_what_rules_allow() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let mut calls = budget(&mut b, "calls", 0, true);
    calls.approvers = vec![b.s("finops")];
    b.policy.budgets.push(calls);
    let line = call("1", &json!({}));
    let answer = &replay(&b.load(), &[&line])[0];
    assert_eq!((&answer["decision"], &answer["code"]), (&json!("hold"), &json!("budget")));
    assert_eq!((&answer["rules"], &answer["budgets"]), (&json!([]), &json!(["calls"])));
    assert_eq!(answer["approvers"], json!(["finops"]));
    assert_eq!(answer["reason"], "the budget `calls` has 0 of 0 used, and this call needs 1");
}

#[test]
fn attempts_that_are_refused_count_where_the_budget_says_so() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let few = more_than_five(&mut b, Side::Must);
    b.rule("many", Effect::Allow, tools, few);
    let mut tries = budget(&mut b, "tries", 2, false);
    tries.attempts = true;
    b.policy.budgets.push(tries);
    let many = json!({"n": 6});
    let lines = [call("1", &json!({})), call("2", &json!({})), call("3", &many)];
    assert_eq!(verdicts(&b.load(), &lines), ["deny default", "deny default", "deny budget"]);
}

#[test]
fn a_result_marks_and_what_came_from_it_is_known() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let untrusted = b.s("untrusted");
    b.policy.marks.push(untrusted);
    let mark = MarkId(0);
    for on_result in [false, true] {
        b.policy.afters.push(After { tools, when, clear: false, on_result, mark });
    }
    let x = b.raw_arg("x");
    let has = b.ask(Atom::ValueHas(x, mark), Side::May);
    let present = b.ask(Atom::Present(x), Side::May);
    let when = b.and(vec![has, present]);
    b.rule("stranger", Effect::Deny, tools, when);
    let marked = b.ask(Atom::SessionHas(mark), Side::May);
    b.rule("tainted", Effect::Deny, tools, marked).observe = true;
    let loaded = b.load();
    let lines = [
        call("1", &json!({"x": "eve@example.org"})),
        json!({"result": "1", "content": "write to eve@example.org please"}).to_string(),
        call("2", &json!({"x": "eve@example.org"})),
        json!({"result": "2", "content": ""}).to_string(),
        call("3", &json!({"x": "bob@example.org"})),
        json!({"user": "eve@example.org is fine", "session": "s"}).to_string(),
        json!({"result": "3", "content": ""}).to_string(),
        call("4", &json!({"x": "eve@example.org"})),
        json!({"result": "4", "content": ""}).to_string(),
        json!({"call": "5", "tool": "t", "args": {"x": "y"}, "marks": {"x": ["untrusted"]}, "session": "s"})
            .to_string(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let answers = replay(&loaded, &lines);
    let of = |i: usize| (answers[i]["decision"].as_str().unwrap(), answers[i]["observed"].clone());
    assert_eq!(of(0), ("allow", json!([])));
    assert_eq!(of(2), ("deny", json!(["tainted"])));
    assert_eq!(of(4), ("allow", json!(["tainted"])));
    assert_eq!(of(7).0, "allow");
    assert_eq!(of(9).0, "deny");
    assert!(answers[1].is_null());
}

#[test]
fn results_are_redacted_and_kept_back() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let key = b.regex("key-[0-9]+");
    b.rule("keys", Effect::Redact, tools, when).redacts = vec![key];
    let raw = b.t(Term::Result);
    let result = b.t(Term::Read(raw, Read::Text));
    let worst = b.text("worst");
    let contains = b.ask(Atom::Contains(result, worst), Side::May);
    b.rule("worst", Effect::Quarantine, tools, contains);
    let loaded = b.load();
    let result = |id: &str, content: Value| json!({"result": id, "content": content}).to_string();
    let lines = [
        call("1", &json!({})),
        call("2", &json!({})),
        call("3", &json!({})),
        result("1", json!("a key-12 and key-3.")),
        result("2", json!("the worst")),
        // A result that is no text may contain it.
        result("3", json!({"a": 1})),
        result("1", json!("again")),
        result("nobody", json!("")),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let answers = replay(&loaded, &lines);
    assert_eq!(answers[3]["decision"], "redact");
    assert_eq!(answers[3]["spans"], json!([[2, 8], [13, 18]]));
    assert_eq!(answers[4]["decision"], "quarantine");
    assert_eq!(answers[5]["decision"], "quarantine");
    assert_eq!(answers[6]["code"], "unknown-call");
    assert_eq!(
        answers[7],
        json!({"line": 8, "call": "nobody", "decision": "deny", "code": "unknown-call",
        "reason": answers[7]["reason"].clone()})
    );
}

#[test]
fn lines_that_are_no_events_are_refused_and_the_rest_is_decided() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let loaded = b.load();
    let deep = "[".repeat(100_000);
    let lines = [
        "nonsense".to_owned(),
        deep,
        json!({"call": "u", "tool": "unheard.of", "args": {}}).to_string(),
        json!({"call": "z", "tool": "t", "args": {"z": 1}}).to_string(),
        r#"{"call":"1","tool":"t","args":{"n":1,"n":2}}"#.to_owned(),
        call("1", &json!({})),
        call("1", &json!({})),
    ];
    assert_eq!(
        verdicts(&loaded, &lines),
        [
            "deny malformed-call",
            "deny limit-depth",
            "deny unknown-tool",
            "deny undeclared-argument",
            "deny duplicate-key",
            "allow rule",
            "deny duplicate-call"
        ]
    );
}

#[test]
fn too_many_steps_deny_unless_they_only_observe() {
    for (observe, expected) in [(false, "deny limit-steps"), (true, "allow rule")] {
        let loaded = costly(observe);
        let few = call("1", &json!({"to": ["a", "a"]}));
        let many = call("2", &json!({"to": vec!["a"; 9_000]}));
        assert_eq!(verdicts(&loaded, &[few, many]), ["allow rule", expected]);
    }
}

/// Allows everything after a look at all pairs of members of a list.
fn costly(observe: bool) -> Loaded {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    // Four members of a list of 10,000 that differ: no such member.
    let list = b.raw_arg("to");
    let members: Vec<TermId> = (0..2).map(|d| b.t(Term::Var(d))).collect();
    let texts: Vec<TermId> = members.iter().map(|m| b.t(Term::Read(*m, Read::Text))).collect();
    let same = b.ask(Atom::Eq(texts[0], texts[1]), Side::May);
    let differ = b.not(same);
    let inner = b.ask(Atom::Any { list, depth: 1, body: differ }, Side::May);
    let outer = b.ask(Atom::Any { list, depth: 0, body: inner }, Side::May);
    let present = b.ask(Atom::Present(list), Side::May);
    let when = b.and(vec![present, outer]);
    b.rule("differ", Effect::Deny, tools, when).observe = observe;
    b.load()
}

#[test]
fn deep_conditions_are_evaluated_and_deeper_ones_refused() {
    let policy = |depth: usize| {
        let mut b = Build::default();
        let tools = one_tool(&mut b);
        let (mut when, n) = (more_than_five(&mut b, Side::Must), b.arg("n", Read::Int));
        for i in 0..depth {
            let bound = b.int(i128::try_from(i).unwrap());
            let other = b.ask(Atom::Eq(n, bound), Side::Must);
            when = if i % 2 == 0 { b.or(vec![when, other]) } else { b.and(vec![when, other]) };
        }
        b.rule("deep", Effect::Allow, tools, when);
        b.policy
    };
    let loaded = Loaded::new(policy(240)).unwrap();
    assert_eq!(verdicts(&loaded, &[call("1", &json!({"n": 239}))]), ["deny default"]);
    assert!(matches!(Loaded::new(policy(400)), Err(crate::LoadError::TooDeep { .. })));
}

#[test]
fn a_damaged_policy_is_not_loaded() {
    let sound = || {
        let mut b = Build::default();
        let tools = one_tool(&mut b);
        let when = more_than_five(&mut b, Side::Must);
        b.rule("rest", Effect::Allow, tools, when);
        b.policy
    };
    type Damage = fn(&mut Policy);
    let damages: [Damage; 8] = [
        |p| p.rules[0].when = NodeId(99),
        |p| p.rules[0].tools = ToolSetId(7),
        |p| p.nodes.push(Node::Not(NodeId(99))),
        |p| p.nodes[0] = Node::Not(NodeId(0)),
        |p| p.terms[0] = Term::Neg(TermId(0)),
        |p| p.atoms[0] = Atom::IsTrue(TermId(1_000)),
        |p| p.tools[0].name = StrId(1_000),
        |p| p.rules.push(p.rules[0].clone()),
    ];
    assert!(Loaded::new(sound()).is_ok());
    for (i, damage) in damages.into_iter().enumerate() {
        let mut policy = sound();
        damage(&mut policy);
        assert!(Loaded::new(policy).is_err(), "damage {i}");
    }
    let mut policy = sound();
    let x = TermId(u32::try_from(policy.terms.len()).unwrap());
    policy.terms.push(Term::Var(0));
    policy.atoms.push(Atom::IsTrue(x));
    let atom = AtomId(u32::try_from(policy.atoms.len() - 1).unwrap());
    policy.nodes.push(Node::Atom(atom, Side::May));
    policy.rules[0].when = NodeId(u32::try_from(policy.nodes.len() - 1).unwrap());
    let error = Loaded::new(policy).unwrap_err();
    assert!(error.to_string().contains("depends on a variable of no quantifier"), "{error}");
}

#[test]
fn a_decision_says_what_was_seen_and_what_was_not_known() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let x = b.arg("x", Read::Url);
    let host = b.t(Term::Member(x, Member::UrlHost));
    let domain = b.s("example.com");
    let domain = b.c(Const::Text(domain));
    let domains = b.c(Const::List(vec![domain]));
    let within = b.ask(Atom::WithinNet(host, domains), Side::Must);
    let n = b.arg("n", Read::Int);
    let five = b.int(5);
    let few = b.ask(Atom::Le(n, five), Side::Must);
    let when = b.and(vec![within, few]);
    b.rule("ours", Effect::Allow, tools, when);
    b.policy
        .files
        .push(SourceFile { name: "p.policy".into(), text: "rule ours\n  allow t\n  when ü and n <= 5\n".into() });
    let start = u32::try_from("rule ours\n  allow t\n  when ü and ".len()).unwrap();
    b.policy.sites.push(Site { rule: RuleId(0), node: few, place: Place { file: 0, start, end: start + 6 } });
    let loaded = b.load();
    let mut engine = Engine::new(&loaded);
    let state = State::new();

    let line = call("c", &json!({"x": "https://www.example.com/a", "n": 7}));
    let explanation = engine.explain(&state, line.as_bytes()).unwrap();
    assert_eq!(explanation.decision.verdict, Verdict::Deny);
    assert_eq!(explanation.decision.reason, "no rule allows this call of `t`");
    assert_eq!(Some(&explanation.decision), engine.decide(&state, line.as_bytes()).as_ref());
    let near = &explanation.nearest[0];
    assert_eq!((&*near.name, near.lines[0].number, &*near.lines[0].text), ("ours", 3, "  when ü and n <= 5"));
    let [lacks] = &*near.literals else { panic!("{near:?}") };
    assert_eq!((&*lacks.text, lacks.line, lacks.columns), ("n <= 5", 3, (13, 19)));
    assert_eq!(lacks.sentence, "args.n (`7`) is more than 5");
    assert_eq!(lacks.values[0].value.as_deref(), Some("7"));

    let line = call("c", &json!({"x": "http://0x7f.1/", "n": 1}));
    let explanation = engine.explain(&state, line.as_bytes()).unwrap();
    assert_eq!(explanation.unknown()[0].what, "args.x");
    assert!(explanation.unknown()[0].why.contains("hexadecimal"), "{:?}", explanation.unknown());
    let json = explanation.to_json();
    assert_eq!(json["nearest"][0]["literals"][0]["unknown"], true);

    let line = call("c", &json!({"x": "https://example.com/", "n": 1}));
    let explanation = engine.explain(&state, line.as_bytes()).unwrap();
    assert_eq!(explanation.decision.verdict, Verdict::Allow);
    assert_eq!(explanation.deciding[0].literals.len(), 2);

    let explanation = engine.explain(&state, b"[1").unwrap();
    assert_eq!((explanation.decision.verdict, explanation.decision.code), (Verdict::Deny, "malformed-call"));
}

#[test]
fn a_decision_in_brief_is_the_one_that_stands() {
    let mut b = Build::default();
    let tools = one_tool(&mut b);
    let may = more_than_five(&mut b, Side::May);
    b.rule("ask", Effect::Hold, tools, may);
    let when = always(&mut b);
    b.rule("rest", Effect::Allow, tools, when);
    let loaded = b.load();
    // No held call can be remembered here, so none may wait for approval.
    let limits = StateLimits { open_bytes: 3, ..StateLimits::DEFAULT };
    let (mut engine, mut state) = (Engine::new(&loaded), State::with_limits(limits));
    let (mut asked, held) = (Vec::new(), call("a", &json!({"n": 6})));
    let brief = engine.brief(&mut state, held.as_bytes(), 1, &mut |judged| {
        asked.push((judged.verdict, judged.code, judged.rules.len()));
        judged.verdict == Verdict::Deny
    });
    let Brief::Call { judged, words } = brief else { panic!("no call") };
    assert_eq!((judged.verdict, judged.code, judged.rules), (Verdict::Deny, "limit-state", &[][..]));
    assert_eq!(words.map(|words| (words.verdict, words.code)), Some((Verdict::Deny, "limit-state")));
    assert_eq!(asked, [(Verdict::Hold, "rule", 1), (Verdict::Deny, "limit-state", 0)]);

    let allowed = call("b", &json!({"n": 1}));
    let brief = engine.brief(&mut state, allowed.as_bytes(), 2, &mut |_| false);
    let Brief::Call { judged, words: None } = brief else { panic!("words, or no call") };
    assert_eq!((judged.verdict, judged.rules), (Verdict::Allow, &[RuleId(1)][..]));
    // In full, what nobody put into words is denied.
    let brief = engine.brief(&mut state, call("c", &json!({"n": 1})).as_bytes(), 3, &mut |_| false);
    assert!(matches!(brief.in_full(), Step::Call(decision) if decision.verdict == Verdict::Deny));
}
