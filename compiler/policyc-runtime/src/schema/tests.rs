//! Which values have which shape, and with which code and words the others are refused.

use super::*;
use crate::{
    event::{self, Event},
    policy::{Risk, Tool},
    wire::Doc,
};

/// A policy that is only a schema.
struct Build(Policy);

impl Build {
    fn name(&mut self, text: &str) -> StrId {
        let at = self.0.strings.iter().position(|s| &**s == text).unwrap_or_else(|| {
            self.0.strings.push(text.into());
            self.0.strings.len().wrapping_sub(1)
        });
        StrId(u32::try_from(at).unwrap())
    }

    fn shape(&mut self, shape: Shape) -> ShapeId {
        self.0.shapes.push(shape);
        ShapeId(u32::try_from(self.0.shapes.len().wrapping_sub(1)).unwrap())
    }

    fn field(&mut self, name: &str, shape: Shape, required: bool) -> Field {
        Field { name: self.name(name), shape: self.shape(shape), required, default: None }
    }

    fn record(&mut self, mut fields: Vec<Field>, open: bool) -> Shape {
        fields.sort_by(|a, b| self.0.text(a.name).cmp(self.0.text(b.name)));
        Shape::Record { fields, open }
    }

    fn tool(&mut self, name: &str, args: Shape) {
        let tool =
            Tool { name: self.name(name), args: self.shape(args), result: ShapeId(0), risk: Risk::Read, tags: vec![] };
        self.0.tools.push(tool);
        let Policy { tools, strings, .. } = &mut self.0;
        tools.sort_by_key(|t| strings[t.name.index()].clone());
    }
}

fn judge(build: &Build, shape: ShapeId, text: &str) -> Result<(), Refusal> {
    validate(&build.0, shape, Doc::of(text).unwrap().root(), "args.x")
}

#[test]
fn shapes_take_what_they_say_and_nothing_else() {
    use RefusalCode::{BadNumber, WrongType};
    let mut b = Build(Policy::default());
    let (int, text, usd) = (b.shape(Shape::Int), b.shape(Shape::Text), b.name("USD"));
    let names = ["dev", "prod"].map(|n| b.name(n)).to_vec();
    for (shape, good, bad) in [
        (Shape::Bool, &["true", "false"][..], &[("1", WrongType), ("\"true\"", WrongType), ("null", WrongType)][..]),
        (
            Shape::Int,
            &["0", "-5", "5.0", "5e2", "9223372036854775807"],
            &[("1.5", WrongType), ("\"5\"", WrongType), ("9223372036854775808", BadNumber), ("1e300", BadNumber)],
        ),
        (
            Shape::Decimal,
            &["0.5", "\"0.5\"", "-3"],
            &[("\"x\"", WrongType), ("1e-19", BadNumber), ("1e200", BadNumber), ("true", WrongType)],
        ),
        (Shape::Money(usd), &["5", "\"5 USD\"", "\"5.25\""], &[("\"5 EUR\"", WrongType), ("1e99", BadNumber)]),
        (Shape::Text, &["\"\"", "\"x\""], &[("1", WrongType), ("[\"x\"]", WrongType), ("null", WrongType)]),
        (
            Shape::Enum(names),
            &["\"dev\"", "\"prod\""],
            &[("\"Dev\"", WrongType), ("\"\"", WrongType), ("1", WrongType)],
        ),
        (Shape::Duration, &["\"5min\"", "90", "0.5"], &[("\"5\"", WrongType), ("1e300", BadNumber)]),
        (Shape::Time, &["\"2026-11-20T10:00:01Z\""], &[("\"2026-11-20\"", WrongType), ("1", WrongType)]),
        (Shape::List(int), &["[]", "[1,1]"], &[("[\"1\"]", WrongType), ("{}", WrongType), ("1", WrongType)]),
        (Shape::Set(int), &["[]", "[1,2]"], &[("[1,1.0]", WrongType), ("[1,2,1]", WrongType)]),
        (Shape::Map(int), &["{}", "{\"a\":1,\"A\":2}"], &[("{\"a\":\"1\"}", WrongType), ("[]", WrongType)]),
        (Shape::Union(vec![int, text]), &["1", "\"1\""], &[("true", WrongType), ("[]", WrongType)]),
        (Shape::Optional(int), &["null", "1"], &[("\"1\"", WrongType)]),
        (Shape::Json, &["null", "[{\"a\":[]}]", "1e300"], &[]),
    ] {
        let id = b.shape(shape.clone());
        for text in good {
            assert_eq!(judge(&b, id, text), Ok(()), "{shape:?} {text}");
        }
        for (text, code) in bad {
            assert_eq!(judge(&b, id, text).map_err(|r| r.code), Err(*code), "{shape:?} {text}");
        }
    }
}

#[test]
fn records_have_what_they_declare_and_nothing_that_looks_like_it() {
    let mut b = Build(Policy::default());
    for open in [false, true] {
        let fields = vec![b.field("path", Shape::Text, true), b.field("mode", Shape::Int, false)];
        let record = b.record(fields, open);
        let id = b.shape(record);
        let code = |text| judge(&b, id, text).err().map(|r| r.code);
        assert_eq!(code(r#"{"path":"a"}"#), None);
        assert_eq!(code(r#"{"mode":1,"path":"a"}"#), None);
        assert_eq!(code(r#"{"mode":1}"#), Some(RefusalCode::MissingArgument));
        assert_eq!(code(r#"{"path":"a","Mode":1}"#), Some(RefusalCode::ConfusableKey));
        assert_eq!(code(r#"{"path":"a","PATH":"b"}"#), Some(RefusalCode::ConfusableKey));
        assert_eq!(code(r#"{"path":"a","other":1}"#), (!open).then_some(RefusalCode::UndeclaredArgument));
        assert_eq!(code(r#"{"path":null}"#), Some(RefusalCode::WrongType));
    }
}

#[test]
fn messages_say_where_what_and_what_instead() {
    let mut b = Build(Policy::default());
    let int = b.shape(Shape::Int);
    let list = Shape::List(int);
    let fields = vec![b.field("ports", list, true)];
    let record = b.record(fields, false);
    let id = b.shape(record);
    let message = |text| judge(&b, id, text).unwrap_err().message;
    assert_eq!(message(r#"{"ports":[1,"a\n"]}"#), "`args.x.ports[1]` must be an integer, and is the text `a\\u{a}`");
    assert_eq!(message("{}"), "`args.x.ports` is missing");
    assert_eq!(message(r#"{"ports":[],"host":1}"#), "`args.x.host` is not declared; declared: `ports`");
    assert_eq!(message(r#"{"Ports":[]}"#), "the key `Ports` in `args.x` differs from `ports` only by case");
    assert_eq!(
        message(r#"{"ports":[99999999999999999999]}"#),
        "`args.x.ports[0]` is `99999999999999999999`, which does not fit an integer of 64 bits"
    );
}

#[test]
fn large_sets_are_not_compared_pair_by_pair() {
    let mut b = Build(Policy::default());
    let text = b.shape(Shape::Text);
    let id = b.shape(Shape::Set(text));
    let items: Vec<_> = (0..9_999).map(|n| format!("\"{n}\"")).collect();
    assert_eq!(judge(&b, id, &format!("[{}]", items.join(","))), Ok(()));
    let refusal = judge(&b, id, &format!("[{},\"77\"]", items.join(","))).unwrap_err();
    assert_eq!(refusal.message, "`args.x` is a set and has the text `77` twice");
}

#[test]
fn unions_of_lists_of_unions_end() {
    // Each level tries two branches that differ only at the bottom.
    let mut b = Build(Policy::default());
    let (mut left, mut right) = (b.shape(Shape::Int), b.shape(Shape::Bool));
    for _ in 0..40 {
        let union = b.shape(Shape::Union(vec![left, right]));
        (left, right) = (b.shape(Shape::List(union)), b.shape(Shape::List(union)));
    }
    let id = b.shape(Shape::Union(vec![left, right]));
    let text = format!("{}\"x\"{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(judge(&b, id, &text).map_err(|r| r.code), Err(RefusalCode::LimitSteps));
}

fn bank() -> Build {
    let mut b = Build(Policy::default());
    let fields = vec![b.field("to", Shape::Text, true), b.field("amount", Shape::Decimal, true)];
    let args = b.record(fields, false);
    b.tool("pay", args);
    let args = b.record(vec![], true);
    b.tool("anything", args);
    let names = vec![b.name("dev"), b.name("prod")];
    let env = b.field("env", Shape::Enum(names), true);
    let note = b.field("note", Shape::Text, false);
    b.0.labels = vec![env, note];
    let team = b.field("team", Shape::Text, false);
    b.0.attributes = vec![team];
    let mark = b.name("untrusted");
    b.0.marks = vec![mark];
    b
}

fn admitted(b: &Build, need: Need, line: &str) -> Result<String, RefusalCode> {
    let mut needs = Needs::new(&b.0);
    needs.always = need;
    let doc = Doc::of(line).unwrap();
    let Event::Call(call) = event::read(&doc).unwrap() else { panic!("{line}") };
    let id = admit(&b.0, &needs, &call).map_err(|refusal| refusal.code)?;
    Ok(b.0.text(b.0.tools[id.index()].name).to_string())
}

#[test]
fn a_call_is_admitted_whole_or_not() {
    use RefusalCode::{ConfusableKey, MissingArgument, MissingLabel, UndeclaredArgument, UnknownTool, WrongType};
    let b = bank();
    let line =
        |tool: &str, args: &str, rest: &str| format!(r#"{{"call":"c","tool":"{tool}","args":{{{args}}}{rest}}}"#);
    let (pay, env) = (r#""to":"x","amount":5"#, r#","labels":{"env":"dev"}"#);
    let none = Need::default();
    assert_eq!(admitted(&b, none, &line("pay", pay, env)), Ok("pay".into()));
    assert_eq!(admitted(&b, none, &line("anything", "\"q\":[]", env)), Ok("anything".into()));
    for (tool, args, rest, code) in [
        ("Pay", pay, env, UnknownTool),
        ("", pay, env, UnknownTool),
        ("pay", "\"to\":\"x\"", env, MissingArgument),
        ("pay", r#""to":"x","amount":5,"cc":1"#, env, UndeclaredArgument),
        ("pay", r#""to":"x","amount":"much""#, env, WrongType),
        ("pay", pay, "", MissingLabel),
        ("pay", pay, r#","labels":{"note":"x"}"#, MissingLabel),
        ("pay", pay, r#","labels":{"env":"test"}"#, WrongType),
        ("pay", pay, r#","labels":{"env":"dev","Note":"x"}"#, ConfusableKey),
        ("pay", pay, r#","labels":{"env":"dev"},"agent":{"Team":"x"}"#, ConfusableKey),
        ("pay", pay, r#","labels":{"env":"dev"},"agent":{"team":1}"#, WrongType),
        ("pay", pay, r#","labels":{"env":"dev"},"marks":{"cc":[]}"#, UndeclaredArgument),
        ("pay", pay, r#","labels":{"env":"dev"},"marks":{"TO":[]}"#, ConfusableKey),
        ("pay", pay, r#","labels":{"env":"dev"},"marks":{"to":["Untrusted"]}"#, ConfusableKey),
    ] {
        let line = line(if tool.is_empty() { "p" } else { tool }, args, rest);
        assert_eq!(admitted(&b, none, &line), Err(code), "{line}");
    }
    let extra =
        r#","labels":{"env":"dev","other":[1]},"agent":{"id":"a","mood":1},"marks":{"to":["untrusted","mine"]}"#;
    assert_eq!(admitted(&b, none, &line("pay", pay, extra)), Ok("pay".into()));
}

#[test]
fn what_the_policy_needs_is_there_or_named() {
    let b = bank();
    let line = |rest: &str| format!(r#"{{"call":"c","tool":"anything","args":{{}},"labels":{{"env":"dev"}}{rest}}}"#);
    let full = r#","session":"s","task":"k","at":"2026-11-20T10:00:01Z","agent":{"id":"a","tenant":"t"}"#;
    for (need, code) in [
        (Need { session: true, ..Need::default() }, RefusalCode::MissingSession),
        (Need { agent: true, ..Need::default() }, RefusalCode::MissingAgent),
        (Need { tenant: true, ..Need::default() }, RefusalCode::MissingTenant),
        (Need { task: true, ..Need::default() }, RefusalCode::MissingTask),
        (Need { time: true, ..Need::default() }, RefusalCode::MissingTime),
    ] {
        assert_eq!(admitted(&b, need, &line("")), Err(code));
        assert_eq!(admitted(&b, need, &line(full)), Ok("anything".into()));
    }
}

#[test]
fn every_tool_is_found_by_its_name() {
    let mut b = Build(Policy::default());
    for n in 0..300 {
        let args = b.record(vec![], false);
        b.tool(&format!("ns{}.tool_{n}", n % 7), args);
    }
    let needs = Needs::new(&b.0);
    for tool in &b.0.tools {
        let name = b.0.text(tool.name);
        let found = needs.tool(&b.0, name).unwrap();
        assert_eq!(b.0.text(b.0.tools[found.index()].name), name);
        assert_eq!(needs.tool(&b.0, &format!("{name}x")), None);
    }
    assert_eq!(Needs::new(&Policy::default()).tool(&Policy::default(), "x"), None);
}
