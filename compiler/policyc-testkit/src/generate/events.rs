//! Traces for a generated policy: user messages, calls, results, answers, and lines that are none of these.

use super::pools;
use super::types::{Arg, Type, VARIANTS, object};
use super::world::{Tool, World};
use crate::Rng;

/// 2026-03-01T12:00:00Z, in seconds.
const START: i64 = 1_772_366_400;

/// So many lines; every call has an id of its own, save for a few on purpose.
pub fn trace(world: &World, seed: u64, lines: usize) -> Vec<String> {
    let mut trace = Trace { world, rng: Rng::new(seed), now: START, calls: Vec::new(), count: 0 };
    (0..lines).map(|_| trace.line()).collect()
}

struct Trace<'w> {
    world: &'w World,
    rng: Rng,
    /// Seconds.
    now: i64,
    /// Ids of calls so far, with session and tool.
    calls: Vec<(String, Option<String>, usize)>,
    count: usize,
}

impl Trace<'_> {
    fn line(&mut self) -> String {
        self.now += match self.rng.below(12) {
            0 => 0,
            1 => 1800,
            2 => -5,
            _ => self.rng.between(1, 40),
        };
        match self.rng.below(40) {
            0..=2 => self.user(),
            3..=9 if !self.calls.is_empty() => self.result(),
            10..=11 if !self.calls.is_empty() => self.answer(),
            12 => self.nonsense(),
            _ => self.call(),
        }
    }

    fn at(&mut self) -> String {
        if self.rng.chance(1, 40) {
            return String::new();
        }
        let (day, second) = (self.now.div_euclid(86_400), self.now.rem_euclid(86_400));
        // Traces are short: they stay in March 2026.
        let date = day - START.div_euclid(86_400) + 1;
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
        let form = if self.rng.chance(1, 10) { ".000Z" } else { "Z" };
        format!(",\"at\":\"2026-03-{date:02}T{h:02}:{m:02}:{s:02}{form}\"")
    }

    fn session(&mut self) -> Option<String> {
        match self.rng.below(30) {
            0 => None,
            n => Some(format!("s{}", n % 3)),
        }
    }

    fn text(&mut self) -> String {
        let rng = &mut self.rng;
        let mut parts = vec![pools::one(rng, pools::TEXTS)];
        for _ in 0..rng.below(3) {
            let pool = rng.pick(&[pools::TEXTS, pools::EMAILS, pools::URLS, pools::WORDS, pools::HOSTS]).copied();
            parts.push(pools::one(rng, pool.unwrap_or(pools::TEXTS)));
        }
        parts.join(rng.word(&[" ", ", ", "\n", ""]))
    }

    fn user(&mut self) -> String {
        let text = pools::quoted(&self.text());
        let session = self.session().unwrap_or_else(|| "s1".into());
        let at = self.at();
        format!("{{\"user\":{text},\"session\":\"{session}\"{at}}}")
    }

    fn call(&mut self) -> String {
        self.count += 1;
        let at = self.at();
        let world = self.world;
        let rng = &mut self.rng;
        let tool_at = rng.below(world.tools.len());
        let Some(tool) = world.tools.get(tool_at) else { return String::new() };
        let id = match rng.pick(&self.calls) {
            Some((id, _, _)) if rng.chance(1, 60) => id.clone(),
            Some(_) | None => format!("c{}", self.count),
        };
        let args = arguments(rng, tool);
        let labels = facts(rng, &world.labels, &[]);
        let agent = agent(rng, world);
        let name = if rng.chance(1, 60) { "no.such.tool".to_owned() } else { tool.name.clone() };
        let mut line = format!("{{\"call\":\"{id}\",\"tool\":\"{name}\",\"args\":{args}");
        if let Some(agent) = agent {
            line.push_str(&format!(",\"agent\":{agent}"));
        }
        let session = self.session();
        let rng = &mut self.rng;
        if let Some(session) = &session {
            line.push_str(&format!(",\"session\":\"{session}\""));
        }
        if rng.chance(14, 15) {
            line.push_str(&format!(",\"task\":\"t{}\"", rng.below(3)));
        }
        if !world.labels.is_empty() {
            line.push_str(&format!(",\"labels\":{labels}"));
        }
        if let (Some(arg), true) = (rng.pick(&tool.args), rng.chance(1, 6)) {
            let mark = rng.word(&["untrusted", "secret", "nobodys"]);
            line.push_str(&format!(",\"marks\":{{\"{}\":[\"{mark}\"]}}", arg.name));
        }
        if rng.chance(1, 2) {
            line.push_str(&format!(",\"turn\":\"u{}\"", self.count / 4));
        }
        if rng.chance(1, 80) {
            line.push_str(rng.word(&[",\"extra\":{\"x\":[1,2]}", ",\"surplus\":1", ",\"Session\":\"s1\""]));
        }
        self.calls.push((id, session, tool_at));
        line.push_str(&at);
        line.push('}');
        line
    }

    fn result(&mut self) -> String {
        let at = self.at();
        let text = self.text();
        let rng = &mut self.rng;
        // Mostly one of the latest, so that results come soon.
        let back = rng.below(4) + 1;
        let Some((id, session, tool)) = self.calls.get(self.calls.len().saturating_sub(back)).cloned() else {
            return String::new();
        };
        let id = if rng.chance(1, 40) { "c-none".to_owned() } else { id };
        let mut line = format!("{{\"result\":\"{id}\"");
        if rng.chance(1, 4) {
            line.push_str(&format!(",\"status\":\"{}\"", rng.word(&["ok", "error", "not-run"])));
        }
        let returns = self.world.tools.get(tool).and_then(|t| t.returns.as_ref());
        let content = match returns {
            Some(ty) if rng.chance(4, 5) => ty.json(rng),
            Some(_) | None => pools::quoted(&text),
        };
        if rng.chance(14, 15) {
            line.push_str(&format!(",\"content\":{content}"));
        }
        if rng.chance(1, 2) {
            line.push_str(&format!(
                ",\"usage\":{{\"tokens\":{},\"cost\":\"{} USD\"}}",
                rng.between(0, 5),
                rng.between(0, 9)
            ));
        }
        if let (Some(session), true) = (session, rng.chance(2, 3)) {
            line.push_str(&format!(",\"session\":\"{session}\""));
        }
        line.push_str(&at);
        line.push('}');
        line
    }

    fn answer(&mut self) -> String {
        let at = self.at();
        let rng = &mut self.rng;
        let back = rng.below(3) + 1;
        let Some((id, _, _)) = self.calls.get(self.calls.len().saturating_sub(back)).cloned() else {
            return String::new();
        };
        let verb = rng.word(&["approve", "approve", "approve", "reject"]);
        let group = match rng.below(4) {
            0 => "",
            1 => ",\"group\":\"security\"",
            2 => ",\"group\":\"nobody\"",
            _ => ",\"group\":\"finops\"",
        };
        format!("{{\"{verb}\":\"{id}\"{group}{at}}}")
    }

    fn nonsense(&mut self) -> String {
        self.rng
            .word(&[
                "",
                "nonsense",
                "[]",
                "{\"call\":\"x\"",
                "{\"user\":\"a\",\"user\":\"b\",\"session\":\"s1\"}",
                "{\"call\":\"y\",\"tool\":5,\"args\":{}}",
                "{\"user\":\"\\ud800\",\"session\":\"s1\"}",
                "{\"call\":\"z\",\"result\":\"c1\"}",
                "{\"result\":\"c1\",\"status\":\"perhaps\"}",
            ])
            .into()
    }
}

/// Arguments of a tool, mostly as declared.
fn arguments(rng: &mut Rng, tool: &Tool) -> String {
    let mut text = object(rng, &tool.args);
    let trouble = rng.below(40);
    if trouble > 3 {
        return text;
    }
    let Some(arg) = rng.pick(&tool.args).cloned() else { return text };
    let with = |arg: &Arg, value: String, rng: &mut Rng| {
        let others: Vec<Arg> = tool.args.iter().filter(|a| a.name != arg.name).cloned().collect();
        let rest = object(rng, &others);
        let comma = if rest == "{}" { "" } else { "," };
        let body = rest.get(1..rest.len().saturating_sub(1)).unwrap_or("").to_owned();
        format!("{{\"{}\":{value}{comma}{body}}}", arg.name)
    };
    text = match trouble {
        0 => with(&arg, Type::wrong(rng), rng),
        1 => {
            let others: Vec<Arg> = tool.args.iter().filter(|a| a.name != arg.name).cloned().collect();
            object(rng, &others)
        }
        2 => {
            let stranger = Arg { name: "surplus".into(), ..arg };
            let value = stranger.ty.json(rng);
            with(&stranger, value, rng)
        }
        _ => {
            let twin = Arg { name: arg.name.to_uppercase(), ..arg };
            let value = twin.ty.json(rng);
            with(&twin, value, rng)
        }
    };
    text
}

/// Labels or attributes, mostly as declared, and sometimes one that nobody declared.
fn facts(rng: &mut Rng, declared: &[Arg], more: &[String]) -> String {
    let mut entries: Vec<String> = more.to_vec();
    for field in declared {
        if rng.chance(if field.may_be_left_out() { 20 } else { 1 }, 60) {
            continue;
        }
        let value = match (&field.ty, rng.below(40)) {
            (_, 0) => Type::wrong(rng),
            (Type::Enum, 1..=20) => pools::quoted(&pools::one(rng, VARIANTS)),
            (ty, _) => ty.json(rng),
        };
        entries.push(format!("\"{}\":{value}", field.name));
    }
    if rng.chance(1, 12) {
        entries.push(format!("\"stranger\":{}", rng.below(9)));
    }
    format!("{{{}}}", entries.join(","))
}

fn agent(rng: &mut Rng, world: &World) -> Option<String> {
    if rng.chance(1, 40) {
        return None;
    }
    let mut fixed = Vec::new();
    if rng.chance(19, 20) {
        fixed.push(format!("\"id\":\"a{}\"", rng.below(2) + 1));
    }
    if rng.chance(9, 10) {
        let roles: Vec<String> =
            world.roles.iter().filter(|_| rng.chance(1, 3)).map(|role| format!("\"{role}\"")).collect();
        let mut roles = roles;
        if rng.chance(1, 10) {
            roles.push("\"stranger\"".into());
        }
        fixed.push(format!("\"roles\":[{}]", roles.join(",")));
    }
    if rng.chance(9, 10) {
        fixed.push(format!("\"tenant\":\"{}\"", rng.word(&["acme", "umbrella"])));
    }
    Some(facts(rng, &world.attributes, &fixed))
}
