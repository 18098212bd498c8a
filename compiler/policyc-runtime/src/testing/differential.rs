//! The decision tree and its memory against a walk over every rule that remembers nothing.

use std::fmt::Write as _;

use super::{Build, Random};
use crate::Loaded;
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::{self, Event};
use crate::limits::Limits;
use crate::policy::*;
use crate::schema;
use crate::state::State;
use crate::tree::{Tier, applying, rules_of};
use crate::wire::Doc;

/// Two are the same but for a letter near the start.
const WORDS: [&str; 9] = ["a", "ab", "abc", "prod", "dev", "/srv/a/x.pem", "/srw/a/x.pem", "böse", "zebra"];
const TIERS: [Tier; 4] = [Tier::Deny, Tier::Hold, Tier::Allow, Tier::Observe];

/// A policy over three tools with arguments of every kind, some optional.
fn policy(random: &mut Random, rules: usize) -> Loaded {
    let mut b = Build::default();
    let text = b.optional(Shape::Text);
    let int = b.optional(Shape::Int);
    let boolean = b.optional(Shape::Bool);
    let either = {
        let (t, i) = (b.shape(Shape::Text), b.shape(Shape::Int));
        let union = b.shape(Shape::Union(vec![t, i]));
        b.shape(Shape::Optional(union))
    };
    let list = {
        let member = b.shape(Shape::Text);
        b.optional(Shape::List(member))
    };
    let fields = [("b", boolean), ("either", either), ("list", list), ("n", int), ("t", text), ("u", text)];
    let tools: Vec<ToolId> = ["x.one", "x.three", "x.two"].iter().map(|t| b.tool(t, &fields)).collect();
    for name in ["r0", "r1", "r2"] {
        let name = b.s(name);
        let id = RoleId(u32::try_from(b.policy.roles.len()).unwrap());
        let mut closure = vec![id];
        if id.0 == 2 {
            closure.insert(0, RoleId(0));
        }
        b.policy.roles.push(Role { name, closure });
    }
    let (env, text) = (b.s("env"), b.optional(Shape::Text));
    b.policy.labels.push(Field { name: env, shape: text, required: false, default: None });
    let sets = [b.set(&tools), b.set(&tools[..2]), b.set(&tools[1..])];
    for i in 0..rules {
        let effect = random.one(&[Effect::Deny, Effect::Hold, Effect::Allow]);
        let side = if effect.grants() { Side::Must } else { Side::May };
        let when = condition(&mut b, random, side, 3, false);
        let (set, observe) = (random.one(&sets), random.below(10) == 0);
        b.rule(&format!("rule{i:04}"), effect, set, when).observe = observe;
    }
    b.load()
}

fn condition(b: &mut Build, random: &mut Random, side: Side, depth: usize, member: bool) -> NodeId {
    let kind = if depth == 0 { 0 } else { random.below(9) };
    match kind {
        1 | 2 => {
            let parts = (0..2 + random.below(2)).map(|_| condition(b, random, side, depth - 1, member)).collect();
            b.and(parts)
        }
        3 => {
            let parts = (0..2).map(|_| condition(b, random, side, depth - 1, member)).collect();
            b.or(parts)
        }
        4 => {
            // Negation turns the side around.
            let side = if side == Side::May { Side::Must } else { Side::May };
            let inner = condition(b, random, side, depth - 1, member);
            b.not(inner)
        }
        5 if !member => {
            let list = b.raw_arg("list");
            let body = condition(b, random, side, depth - 1, true);
            b.ask(Atom::Any { list, depth: 0, body }, side)
        }
        // What most rules ask: whether a value came, and one thing of it.
        6 | 7 if !member => {
            let (argument, read) = random.one(&[("t", Read::Text), ("either", Read::Text), ("n", Read::Int)]);
            let came = b.raw_arg(argument);
            let (came, value) = (b.ask(Atom::Present(came), side), b.arg(argument, read));
            let atom = if read == Read::Int {
                let bound = b.int(i128::try_from(random.below(8)).unwrap() - 2);
                let ask = random.one(&[Atom::Lt, Atom::Le]);
                if random.below(2) == 0 { ask(value, bound) } else { ask(bound, value) }
            } else {
                let word = b.text(random.one(&WORDS));
                random.one(&[Atom::Eq, Atom::StartsWith, Atom::EndsWith])(value, word)
            };
            let asked = b.ask(atom, side);
            b.and(vec![came, asked])
        }
        _ => {
            let atom = question(b, random, member);
            b.ask(atom, side)
        }
    }
}

fn question(b: &mut Build, random: &mut Random, member: bool) -> Atom {
    let word = random.one(&WORDS);
    let name = random.one(&["t", "u", "either"]);
    let mut text = b.arg(name, Read::Text);
    if member && random.below(2) == 0 {
        let var = b.t(Term::Var(0));
        text = b.t(Term::Read(var, Read::Text));
    }
    if random.below(6) == 0 {
        let label = b.t(Term::Label(LabelId(0)));
        text = b.t(Term::Read(label, Read::Text));
    }
    if random.below(6) == 0 {
        text = b.t(Term::Lower(text));
    }
    let name = random.one(&["n", "either"]);
    let n = b.arg(name, Read::Int);
    let bound = b.int(i128::try_from(random.below(8)).unwrap() - 2);
    match random.below(16) {
        0 | 1 => {
            let word = b.text(word);
            Atom::Eq(text, word)
        }
        2 => {
            let count = random.below(6);
            let words: Vec<&str> = (0..count).map(|_| random.one(&WORDS)).collect();
            let list = b.texts(&words);
            Atom::InConst(text, list)
        }
        3 => Atom::Lt(n, bound),
        4 => Atom::Le(bound, n),
        5 => Atom::Le(n, bound),
        6 => Atom::Eq(bound, n),
        7 => {
            let glob = random.one(&["*a*", "ab*", "*.pem", "/srv/*/x.???", "?", "*", "*prod*"]);
            let pattern = b.glob(glob);
            Atom::Fits(text, pattern)
        }
        8 => {
            let pattern = b.regex("^a+b?$");
            Atom::Fits(text, pattern)
        }
        9 => {
            let word = b.text(word);
            if random.below(2) == 0 { Atom::StartsWith(text, word) } else { Atom::EndsWith(text, word) }
        }
        10 => {
            let word = b.text(word);
            Atom::Contains(text, word)
        }
        11 => {
            let (word, list) = (b.text(word), b.raw_arg("list"));
            Atom::InWire(word, list, Some(Read::Text))
        }
        12 => {
            let name = random.one(&["t", "n", "list", "either"]);
            let term = b.raw_arg(name);
            Atom::Present(term)
        }
        13 => Atom::HasRole(RoleId(u32::try_from(random.below(3)).unwrap())),
        14 => {
            let truth = b.arg("b", Read::Bool);
            Atom::IsTrue(truth)
        }
        _ => {
            let other = b.arg("u", Read::Text);
            Atom::Eq(text, other)
        }
    }
}

fn call(random: &mut Random) -> String {
    let mut args = Vec::new();
    let word = |random: &mut Random| format!("{:?}", random.one(&WORDS));
    let number = |random: &mut Random| (i64::try_from(random.below(8)).unwrap() - 2).to_string();
    for name in ["t", "u"] {
        if random.below(3) > 0 {
            args.push(format!("{name:?}:{}", word(random)));
        }
    }
    if random.below(3) > 0 {
        args.push(format!("\"n\":{}", number(random)));
    }
    if random.below(3) > 0 {
        let value = if random.below(2) == 0 { word(random) } else { number(random) };
        args.push(format!("\"either\":{value}"));
    }
    if random.below(2) == 0 {
        args.push(format!("\"b\":{}", random.below(2) == 0));
    }
    if random.below(3) > 0 {
        let members: Vec<String> = (0..random.below(4)).map(|_| word(random)).collect();
        args.push(format!("\"list\":[{}]", members.join(",")));
    }
    let tool = random.one(&["x.one", "x.two", "x.three"]);
    let mut line = format!("{{\"call\":\"c\",\"tool\":{tool:?},\"args\":{{{}}}", args.join(","));
    if random.below(3) > 0 {
        let role = random.one(&["r0", "r1", "r2", "nobody"]);
        write!(line, ",\"agent\":{{\"id\":\"a\",\"roles\":[{role:?}]}}").unwrap();
    }
    if random.below(2) == 0 {
        write!(line, ",\"labels\":{{\"env\":{}}}", word(random)).unwrap();
    }
    line + "}"
}

/// A condition by the book: nothing is remembered from one question to the next.
fn by_the_book(evaluator: &mut Evaluator<'_, '_>, node: NodeId) -> bool {
    let loaded = evaluator.loaded;
    match &loaded.policy().nodes[node.index()] {
        Node::True => true,
        Node::False => false,
        Node::Not(child) => !by_the_book(evaluator, *child),
        Node::And(children) => children.iter().all(|c| by_the_book(evaluator, *c)),
        Node::Or(children) => children.iter().any(|c| by_the_book(evaluator, *c)),
        Node::Atom(atom, side) => {
            evaluator.restart();
            if let Atom::Any { list, depth, body } = &loaded.policy().atoms[atom.index()] {
                let of = evaluator.term(*list);
                let Some(members) = evaluator.members(&of) else { return *side == Side::May };
                return members
                    .values(evaluator)
                    .any(|member| evaluator.with_member(*depth, (member, *list), |inner| by_the_book(inner, *body)));
            }
            let truth = evaluator.atom(*atom);
            if *side == Side::May { truth.may() } else { truth.must() }
        }
    }
}

#[test]
fn the_tree_finds_exactly_the_rules_that_apply() {
    let mut random = Random(20_261_121);
    let (mut compared, mut applied) = (0, 0);
    for round in 0..60 {
        let rules = [5, 20, 60, 400][round % 4];
        let loaded = policy(&mut random, rules);
        let state = State::new();
        let (mut scratch, mut other) = (Scratch::new(), Scratch::new());
        let mut doc = Doc::new();
        for _ in 0..40 {
            let line = call(&mut random);
            doc.parse(line.as_bytes(), &Limits::DEFAULT).unwrap();
            let Ok(Event::Call(call)) = event::read(&doc) else { panic!("{line}") };
            let tool = schema::admit(loaded.policy(), loaded.needs(), &call).unwrap();
            let history = state.view(None, None, None);
            let subject = Subject { call: &call, tool, result: None, history: &history, state: &state, fits: true };
            let mut fast = Evaluator::new(&loaded, subject, &mut scratch);
            let mut slow = Evaluator::new(&loaded, subject, &mut other);
            for tier in TIERS {
                let mut found = Vec::new();
                applying(&mut fast, tier, &mut found);
                let policy = loaded.policy();
                let expected: Vec<RuleId> = rules_of(policy, tool, tier)
                    .filter(|r| by_the_book(&mut slow, policy.rules[r.index()].when))
                    .collect();
                assert_eq!(found, expected, "round {round} {tier:?}\n{line}");
                compared += 1;
                applied += found.len();
            }
            fast.end();
            slow.end();
        }
    }
    assert_eq!(compared, 60 * 40 * 4);
    assert!(applied > 10_000, "{applied}");
}
