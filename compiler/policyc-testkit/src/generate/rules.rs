//! What a generated policy says: functions, constants, groups, marks, budgets, rules.

use super::conditions::{Scope, callers_question, condition};
use super::pools;
use super::types::Type;
use super::world::{Budget, Function, Tool, World};
use crate::Rng;

/// Writes everything that comes after the declarations.
pub fn write(world: &mut World, rng: &mut Rng) {
    functions(world, rng);
    afters(world, rng);
    budgets(world, rng);
    let count = 2 + rng.below(7);
    for n in 0..count {
        let text = rule(world, rng, n);
        world.items.push(text);
    }
    // Without these, most calls would only show the default.
    if rng.chance(3, 4) {
        let pattern = rng.word(&["*", "tool", "tool where risk <= delete"]);
        world.items.push(format!("rule open_door\n  allow {pattern}"));
    }
}

fn functions(world: &mut World, rng: &mut Rng) {
    for (n, param) in [Type::Int, Type::Text, Type::Money, Type::Email].into_iter().enumerate() {
        if !rng.chance(1, 2) {
            continue;
        }
        let name = format!("f{n}");
        let gives = match param {
            Type::Int | Type::Text if rng.chance(1, 3) => Some(param.clone()),
            _ => None,
        };
        let body = match &gives {
            Some(Type::Int) => "x * 2 - 1".to_owned(),
            Some(_) => "lower(x)".to_owned(),
            None => condition(world, &Scope::of_function(&param), rng, 2),
        };
        world.items.push(format!("fn {name}(x: {}) = {body}", param.written()));
        world.functions.push(Function { name, param, gives });
    }
}

/// Every mark has a source, so that no question about it is vain.
fn afters(world: &mut World, rng: &mut Rng) {
    for mark in world.marks.clone() {
        for target in ["session", "result"] {
            let (pattern, tools) = pattern(world, rng);
            let when = if rng.chance(1, 2) {
                let scope = Scope::of_call(world, &tools).with_result(&tools);
                format!("\n  when {}", condition(world, &scope, rng, 1))
            } else {
                String::new()
            };
            let item = format!("after {pattern}{when}\n  mark {target} {mark}");
            world.items.push(item);
        }
        if rng.chance(1, 2) {
            let (pattern, tools) = pattern(world, rng);
            let scope = Scope::of_call(world, &tools).with_result(&tools);
            let when = condition(world, &scope, rng, 1);
            world.items.push(format!("after {pattern}\n  when {when}\n  clear session {mark}"));
        }
    }
}

fn budgets(world: &mut World, rng: &mut Rng) {
    let mut made = Vec::new();
    for n in 0..rng.below(3) {
        let name = format!("b{n}");
        let payers: Vec<&Tool> = world
            .tools
            .iter()
            .filter(|t| t.args.iter().any(|a| a.name == "amount" && a.ty == Type::Money && !a.optional))
            .collect();
        let counters: Vec<&Tool> = world
            .tools
            .iter()
            .filter(|t| t.args.iter().any(|a| a.name == "count" && a.ty == Type::Int && !a.optional))
            .collect();
        let mut ty = Type::Int;
        let mut charge = String::new();
        match rng.below(4) {
            0 if !payers.is_empty() => {
                ty = Type::Money;
                let settle = if rng.chance(1, 2) { " settle usage.cost" } else { "" };
                let on: Vec<_> = payers.iter().map(|t| t.name.clone()).collect();
                charge = format!("\n  charge args.amount{settle} on {}", on.join(", "));
            }
            1 if !counters.is_empty() => {
                let on: Vec<_> = counters.iter().map(|t| t.name.clone()).collect();
                charge = format!("\n  charge args.count on {}", on.join(", "));
            }
            2 => {
                let (pattern, tools) = pattern(world, rng);
                let when = if rng.chance(1, 2) {
                    let scope = Scope::of_call(world, &tools);
                    format!(" when {}", condition(world, &scope, rng, 1))
                } else {
                    String::new()
                };
                charge = format!("\n  charge {} on {pattern}{when}", rng.between(1, 2));
            }
            _ => {}
        }
        let limit =
            if ty == Type::Money { format!("{} USD", rng.between(5, 60)) } else { rng.between(1, 8).to_string() };
        let window = match rng.below(5) {
            0 => "\n  every 1 h",
            1 => "\n  every 5 min",
            2 => "\n  every calendar hour",
            3 => "\n  every calendar day",
            _ => "",
        };
        let mut keys = vec!["agent", "session", "task", "tenant", "tool", "call"];
        if world.labels.iter().any(|l| l.name == "env" && !l.optional) {
            keys.push("labels.env");
        }
        rng.shuffle(&mut keys);
        keys.truncate(rng.below(3));
        let per = if keys.is_empty() { String::new() } else { format!("\n  per {}", keys.join(", ")) };
        let attempts = if rng.chance(1, 4) { "\n  count attempts" } else { "" };
        let on_excess = if rng.chance(1, 3) { "\n  else hold\n  approvers \"finops\"" } else { "" };
        let item = format!("budget {name}\n  limit {limit}{window}{per}{attempts}{charge}{on_excess}");
        made.push((item, Budget { name, ty }));
    }
    for (item, budget) in made {
        world.items.push(item);
        world.budgets.push(budget);
    }
}

/// A set of tools as a pattern, and which they are.
fn pattern<'w>(world: &'w World, rng: &mut Rng) -> (String, Vec<&'w Tool>) {
    let all: Vec<&Tool> = world.tools.iter().collect();
    match rng.below(6) {
        0 => (rng.word(&["*", "tool"]).into(), all),
        1 => {
            let some: Vec<&Tool> = all.iter().copied().filter(|t| t.name.starts_with("files.")).collect();
            ("files.*".into(), some)
        }
        2 => {
            let some: Vec<&Tool> = all.into_iter().filter(|_| rng.chance(1, 2)).collect();
            if some.is_empty() {
                return ("*".into(), world.tools.iter().collect());
            }
            (some.iter().map(|t| t.name.clone()).collect::<Vec<_>>().join(", "), some)
        }
        _ => match rng.pick(&world.tools) {
            Some(tool) => (tool.name.clone(), vec![tool]),
            None => ("*".into(), all),
        },
    }
}

fn rule(world: &World, rng: &mut Rng, n: usize) -> String {
    let effect = rng.word(&["allow", "allow", "allow", "deny", "deny", "hold", "hold", "redact", "quarantine"]);
    let on_result = matches!(effect, "redact" | "quarantine");
    let (pattern, tools) = pattern(world, rng);
    let mut scope = Scope::of_call(world, &tools);
    if on_result {
        scope = scope.with_result(&tools);
    }
    let observe = if rng.chance(1, 8) { "observe " } else { "" };
    let mut text = format!("rule r{n}\n  {observe}{effect} {pattern}");
    if effect == "redact" && rng.chance(3, 4) {
        let what = match rng.below(3) {
            0 => format!("/{}/", rng.word(&["[0-9]+", "b(r|l)avo", "fox .* dog", "o"])),
            1 => "\"bravo\", /x|y/".to_owned(),
            _ => "\"alpha\"".to_owned(),
        };
        text.push_str(&format!("\n  matching {what}"));
    }
    if rng.chance(1, 4) {
        text.push_str(&format!("\n  for {}", rng.pick(&world.roles).map_or("reader", |r| r)));
    }
    if rng.chance(5, 6) && !scope.is_empty() {
        let mut when = condition(world, &scope, rng, 3);
        if effect != "allow" && rng.chance(1, 4) {
            when = match rng.below(3) {
                0 => format!("surely({when})"),
                1 => format!("not surely({when})"),
                _ => format!("surely({when}) or {}", condition(world, &scope, rng, 1)),
            };
        }
        if effect != "allow"
            && rng.chance(1, 4)
            && let Some(asked) = callers_question(world, rng)
        {
            when = format!("({when}) {} {asked}", rng.word(&["and", "or"]));
        }
        text.push_str(&format!("\n  when {when}"));
    }
    if rng.chance(1, 6) {
        text.push_str(&format!("\n  unless {}", condition(world, &scope, rng, 1)));
    }
    if rng.chance(1, 3) {
        let shown = scope.shown();
        let value = rng.pick(&shown).map_or_else(String::new, |p| format!(" because of {{{}}}", p.text));
        text.push_str(&format!("\n  because \"no{value}, {{{{sorry}}}}\""));
    }
    if effect == "hold" {
        if rng.chance(4, 5) {
            text.push_str(&format!("\n  approvers \"{}\"", rng.pick(&world.groups).map_or("finops", |g| g)));
        } else {
            text.push_str("\n  approvers \"finops\", \"security\"");
        }
        if rng.chance(1, 3) {
            text.push_str(&format!("\n  expires {} min", rng.between(1, 15)));
        }
    }
    if matches!(effect, "allow" | "hold") && rng.chance(1, 3) {
        let obligations = match rng.below(3) {
            0 => "sandbox: true",
            1 => "audit: \"full\", sandbox: true",
            _ => "level: 2",
        };
        text.push_str(&format!("\n  with {{ {obligations} }}"));
    }
    if effect == "deny" && rng.chance(1, 5) {
        text.push_str(&format!("\n  suggest {}", pools::quoted("ask somebody")));
    }
    text
}
