//! Conditions, well typed by construction: every operator and quantifier of the language.

use super::pools;
use super::types::{Arg, Type, VARIANTS};
use super::world::{Tool, World};
use crate::Rng;

/// What a condition may speak of.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Values by how they are written.
    places: Vec<Place>,
    /// The session, budgets, the agent and the clock are there too.
    whole: bool,
    /// There is a result.
    result: bool,
    /// The next quantified variable.
    depth: usize,
    /// Tools, for `from PATTERN`.
    tools: Vec<String>,
}

/// A value.
#[derive(Clone, Debug)]
pub struct Place {
    /// As it is written.
    pub text: String,
    /// Its type.
    pub ty: Type,
    /// It may be absent.
    pub optional: bool,
    /// It came over the wire, so it can be asked for marks and origin.
    pub wire: bool,
}

impl Scope {
    /// For a rule over these tools. The caller's label is not in it: `callers_question` asks about that.
    pub fn of_call(world: &World, tools: &[&Tool]) -> Self {
        let mut places = Vec::new();
        if let Some((first, rest)) = tools.split_first() {
            for arg in &first.args {
                let everywhere: Vec<&Arg> =
                    rest.iter().filter_map(|t| t.args.iter().find(|a| a.name == arg.name && a.ty == arg.ty)).collect();
                if everywhere.len() == rest.len() {
                    let optional = arg.optional || everywhere.iter().any(|a| a.optional);
                    places.push(Place { text: format!("args.{}", arg.name), ty: arg.ty.clone(), optional, wire: true });
                }
            }
        }
        for label in &world.labels {
            if world.callers_label.as_ref() == Some(&label.name) {
                continue;
            }
            let text = format!("labels.{}", label.name);
            places.push(Place { text, ty: label.ty.clone(), optional: label.optional, wire: true });
        }
        for attr in &world.attributes {
            let text = format!("agent.{}", attr.name);
            places.push(Place { text, ty: attr.ty.clone(), optional: attr.optional, wire: true });
        }
        let tools = world.tools.iter().map(|t| t.name.clone()).collect();
        Self { places, whole: true, result: false, depth: 0, tools }
    }

    /// The same with `result` in scope.
    pub fn with_result(mut self, tools: &[&Tool]) -> Self {
        let returns = tools.first().and_then(|t| t.returns.clone());
        if tools.iter().all(|t| t.returns == returns) {
            let ty = returns.unwrap_or(Type::Text);
            self.places.push(Place { text: "result".into(), ty, optional: false, wire: false });
        }
        self.places.push(Place { text: "usage.tokens".into(), ty: Type::Int, optional: true, wire: false });
        self.result = true;
        self
    }

    /// For the body of a function of one parameter.
    pub fn of_function(param: &Type) -> Self {
        let places = vec![Place { text: "x".into(), ty: param.clone(), optional: false, wire: false }];
        Self { places, whole: false, result: false, depth: 0, tools: Vec::new() }
    }

    /// Whether anything can be asked.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && !self.whole
    }

    /// The places of one type.
    pub fn of_type(&self, ty: &Type) -> Vec<&Place> {
        self.places.iter().filter(|p| p.ty == *ty).collect()
    }

    /// Places whose value can stand in a text.
    pub fn shown(&self) -> Vec<&Place> {
        self.places.iter().filter(|p| matches!(p.ty, Type::Text | Type::Int | Type::Money | Type::Enum)).collect()
    }

    fn with(&self, text: &str, ty: &Type, optional: bool, wire: bool) -> Self {
        let mut inner = self.clone();
        inner.depth += 1;
        let place = Place { text: text.into(), ty: ty.clone(), optional, wire };
        // The new variable is what a body should mostly speak of.
        inner.places.extend([place.clone(), place.clone(), place]);
        inner
    }
}

/// A question about the caller's own word, such as a rule may ask that restricts.
pub fn callers_question(world: &World, rng: &mut Rng) -> Option<String> {
    let label = world.labels.iter().find(|l| world.callers_label.as_ref() == Some(&l.name))?;
    let name = format!("labels.{}", label.name);
    Some(match rng.below(5) {
        0 if label.optional => format!("{name} is present"),
        1 => format!("not (not {name} like \"*a*\")"),
        2 => format!("{name} starts with \"b\""),
        3 => format!("{name} matches /o/"),
        _ => format!("{name} contains \"a\""),
    })
}

/// A condition with operators nested at most this deep.
pub fn condition(world: &World, scope: &Scope, rng: &mut Rng, depth: usize) -> String {
    if depth > 0 {
        let sub = |rng: &mut Rng| condition(world, scope, rng, depth - 1);
        match rng.below(8) {
            0 | 1 => return format!("({} and {})", sub(rng), sub(rng)),
            2 | 3 => return format!("({} or {})", sub(rng), sub(rng)),
            4 => return format!("not ({})", sub(rng)),
            5 => {
                if let Some(text) = quantified(world, scope, rng, depth - 1) {
                    return text;
                }
            }
            _ => {}
        }
    }
    atom(world, scope, rng)
}

/// `any x in xs: …`
fn quantified(world: &World, scope: &Scope, rng: &mut Rng, depth: usize) -> Option<String> {
    let lists: Vec<&Place> =
        scope.places.iter().filter(|p| matches!(p.ty, Type::List(_) | Type::Set(_) | Type::Map(_))).collect();
    let list = rng.pick(&lists)?;
    let (Type::List(of) | Type::Set(of) | Type::Map(of)) = &list.ty else { return None };
    let var = format!("v{}", scope.depth);
    let inner = scope.with(&var, of, false, list.wire);
    let body = condition(world, &inner, rng, depth);
    Some(format!("({} {var} in {}: {body})", rng.word(&["any", "all"]), list.text))
}

/// One question.
fn atom(world: &World, scope: &Scope, rng: &mut Rng) -> String {
    if scope.places.is_empty() || (scope.whole && rng.chance(1, 4)) {
        return about_the_rest(world, scope, rng);
    }
    if scope.result && rng.chance(1, 8) {
        return match rng.below(3) {
            0 => "result.ok".into(),
            1 => "usage.tokens is not present".into(),
            _ => format!("usage.cost {} {} USD", comparison(rng), rng.between(0, 9)),
        };
    }
    let Some(place) = rng.pick(&scope.places).cloned() else { return "session has secret".into() };
    if place.optional && rng.chance(1, 6) {
        return format!("{} is {}present", place.text, rng.word(&["", "not "]));
    }
    if place.wire && scope.whole && rng.chance(1, 7) {
        return origin(world, scope, &place, rng);
    }
    if rng.chance(1, 8)
        && let Some(text) = through_function(world, &place, rng)
    {
        return text;
    }
    let text = about(world, scope, &place, rng, 2);
    if place.optional && rng.chance(1, 3) {
        let guard = &place.text;
        return if rng.chance(1, 2) {
            format!("({guard} is present and {text})")
        } else {
            format!("({guard} is not present or {text})")
        };
    }
    text
}

fn origin(world: &World, scope: &Scope, place: &Place, rng: &mut Rng) -> String {
    let whole = &place.text;
    let subject = &match place.ty {
        Type::Url | Type::Email if rng.chance(1, 3) => format!("{whole}.host"),
        Type::Text if rng.chance(1, 3) => format!("lower({whole})"),
        _ => whole.clone(),
    };
    match rng.below(4) {
        0 => format!("{subject} from user"),
        1 => format!("{subject} from {}", rng.pick(&scope.tools).map_or("*", |t| t)),
        _ => format!("{subject} has {}", rng.pick(&world.marks).map_or("secret", |m| m)),
    }
}

fn through_function(world: &World, place: &Place, rng: &mut Rng) -> Option<String> {
    let fitting: Vec<_> = world.functions.iter().filter(|f| f.param == place.ty).collect();
    let function = rng.pick(&fitting)?;
    let call = format!("{}({})", function.name, place.text);
    match &function.gives {
        None => Some(call),
        Some(Type::Int) => Some(format!("{call} {} {}", comparison(rng), rng.between(0, 9))),
        Some(Type::Text) => Some(format!("{call} {} {}", equality(rng), pools::quoted(&pools::one(rng, pools::TEXTS)))),
        Some(_) => None,
    }
}

fn comparison(rng: &mut Rng) -> &'static str {
    rng.word(&["==", "!=", "<", "<=", ">", ">="])
}

fn equality(rng: &mut Rng) -> &'static str {
    rng.word(&["==", "!="])
}

fn number(n: i64) -> String {
    if n < 0 { format!("(-{})", n.unsigned_abs()) } else { n.to_string() }
}

/// A question about one value; `fuel` bounds how far it looks into it.
fn about(world: &World, scope: &Scope, place: &Place, rng: &mut Rng, fuel: usize) -> String {
    let x = &place.text;
    match &place.ty {
        Type::Bool => match rng.below(3) {
            0 => x.clone(),
            1 => format!("not {x}"),
            _ => format!("{x} {} {}", equality(rng), rng.chance(1, 2)),
        },
        Type::Int => about_int(scope, x, rng),
        Type::Decimal => match rng.below(4) {
            0 => format!("{x} {} {}", equality(rng), pools::one(rng, pools::DECIMALS)),
            1 => format!(
                "{x} {} 1.5 {} {}",
                rng.word(&["*", "+", "-"]),
                comparison(rng),
                pools::one(rng, pools::DECIMALS)
            ),
            _ => format!("{x} {} {}", comparison(rng), pools::one(rng, pools::DECIMALS)),
        },
        Type::Money => about_money(scope, x, rng),
        Type::Text | Type::Dialect => about_text(x, rng),
        Type::Enum => match rng.below(3) {
            0 => format!("{x} in {}", pools::set_of(rng, VARIANTS, str::to_owned)),
            _ => format!("{x} {} {}", equality(rng), pools::one(rng, VARIANTS)),
        },
        Type::Duration => match rng.below(3) {
            0 => format!("{x} * 2 {} 1 min", comparison(rng)),
            1 => format!("{x} + 30 s {} {} s", comparison(rng), rng.between(0, 100)),
            _ => format!("{x} {} {} s", comparison(rng), rng.pick(pools::SECONDS).copied().unwrap_or(1)),
        },
        Type::Time => match (rng.below(3), scope.whole) {
            (0, true) => format!("time - {x} {} {} day", comparison(rng), rng.between(0, 400)),
            (1, true) => format!("{x} + 1 h {} time", comparison(rng)),
            _ => match rng.pick(&scope.of_type(&Type::Time)) {
                Some(other) => format!("{x} - {} {} 1 h", other.text, comparison(rng)),
                None => format!("{x} - {x} <= 0 s"),
            },
        },
        Type::Url => about_url(x, rng),
        Type::Path | Type::PathIn(_) => match rng.below(6) {
            0 => format!("{x}.name {} {}", equality(rng), pools::quoted(rng.word(&["a.txt", "passwd", "b"]))),
            1 => format!("{x}.extension in {{ \"txt\", \"gz\" }}"),
            2 => format!("{x}.{}", rng.word(&["is_absolute", "from_home"])),
            3 => format!("not {x} within {}", pools::quoted(&pools::one(rng, pools::GOOD_PATHS))),
            _ => format!("{x} within {}", pools::quoted(&pools::one(rng, pools::GOOD_PATHS))),
        },
        Type::Host => about_host(x, rng),
        Type::Ip => match rng.below(3) {
            0 => format!("{x} {} {}", equality(rng), rng.word(&["10.0.0.1", "127.0.0.1", "::1"])),
            1 => format!("{x} within {}", pools::set_of(rng, pools::GOOD_NETS, str::to_owned)),
            _ => format!("{x} within {}", pools::one(rng, pools::GOOD_NETS)),
        },
        Type::Cidr => match rng.below(2) {
            0 => format!("{x}.size {} {}", comparison(rng), rng.word(&["1", "256", "65536", "16777216"])),
            _ => format!("{x} within {}", pools::one(rng, pools::GOOD_NETS)),
        },
        Type::Email => match rng.below(4) {
            0 => format!(
                "{x} {} {}",
                equality(rng),
                pools::quoted(rng.word(&["ann@example.com", "bob@mail.example.com"]))
            ),
            1 => about_host(&format!("{x}.host"), rng),
            2 => about_text(&format!("{x}.local"), rng),
            _ => format!("{x} within {}", pools::quoted(&pools::one(rng, pools::DOMAINS))),
        },
        Type::Sql | Type::SqlIn(_) => about_sql(x, scope.depth, rng),
        Type::Shell | Type::ShellIn(_) => about_shell(x, scope.depth, rng),
        Type::Json => format!("{x} is present"),
        Type::Union => {
            if rng.chance(1, 2) {
                format!("{x} {} {}", equality(rng), pools::quoted(&pools::one(rng, pools::TEXTS)))
            } else {
                format!("{x} {} {}", comparison(rng), number(pools::int(rng)))
            }
        }
        Type::List(of) | Type::Set(of) => about_list(world, scope, place, of, rng, fuel),
        Type::Map(of) => match rng.below(3) {
            0 => format!("{} {}in {x}", pools::quoted(&pools::one(rng, pools::WORDS)), rng.word(&["", "not "])),
            1 => format!("len({x}) {} {}", comparison(rng), rng.between(0, 4)),
            _ => {
                let text = format!("{x}[{}]", pools::quoted(&pools::one(rng, pools::WORDS)));
                let inner = Place { text, ty: (**of).clone(), optional: true, wire: place.wire };
                deeper(world, scope, &inner, rng, fuel)
            }
        },
        Type::Record(fields) => match rng.pick(fields) {
            Some(field) => {
                let inner = Place {
                    text: format!("{x}.{}", field.name),
                    ty: field.ty.clone(),
                    optional: field.optional || place.optional,
                    wire: place.wire,
                };
                if inner.optional && rng.chance(1, 4) {
                    return format!("{} is {}present", inner.text, rng.word(&["", "not "]));
                }
                deeper(world, scope, &inner, rng, fuel)
            }
            None => format!("{x} is present"),
        },
    }
}

fn deeper(world: &World, scope: &Scope, place: &Place, rng: &mut Rng, fuel: usize) -> String {
    match fuel.checked_sub(1) {
        Some(fuel) => about(world, scope, place, rng, fuel),
        None => format!("{} is present", place.text),
    }
}

fn about_int(scope: &Scope, x: &str, rng: &mut Rng) -> String {
    let n = number(pools::int(rng));
    match rng.below(7) {
        0 => format!("{x} in {}", pools::set_of(rng, &["1", "2", "3", "5", "10"], str::to_owned)),
        1 => format!("{x} {} {} {} {n}", rng.word(&["+", "-", "*"]), rng.between(0, 3), comparison(rng)),
        2 => format!("-{x} {} {n}", comparison(rng)),
        3 => match rng.pick(&scope.of_type(&Type::Int)) {
            Some(other) => format!("{x} {} {} {} {n}", rng.word(&["+", "-", "*"]), other.text, comparison(rng)),
            None => format!("{x} == {n}"),
        },
        4 => match rng.pick(&scope.of_type(&Type::Decimal)) {
            Some(other) => format!("{x} {} {}", comparison(rng), other.text),
            None => format!("{x} {} 1.5", comparison(rng)),
        },
        _ => format!("{x} {} {n}", comparison(rng)),
    }
}

fn about_money(scope: &Scope, x: &str, rng: &mut Rng) -> String {
    let amount = format!("{} USD", rng.between(0, 25));
    match rng.below(5) {
        0 => format!("{x} * {} {} {amount}", rng.word(&["2", "1.5", "0.1"]), comparison(rng)),
        1 => match rng.pick(&scope.of_type(&Type::Money)) {
            Some(other) => format!("{x} {} {} {} {amount}", rng.word(&["+", "-"]), other.text, comparison(rng)),
            None => format!("{x} - 1.25 USD {} {amount}", comparison(rng)),
        },
        2 => match rng.pick(&scope.of_type(&Type::Int)) {
            Some(other) => format!("{} * {x} {} {amount}", other.text, comparison(rng)),
            None => format!("{x} {} {amount}", equality(rng)),
        },
        _ => format!("{x} {} {amount}", comparison(rng)),
    }
}

fn about_text(x: &str, rng: &mut Rng) -> String {
    let text = pools::quoted(&pools::one(rng, pools::TEXTS));
    match rng.below(12) {
        0 => format!("{x} in {}", pools::set_of(rng, pools::TEXTS, pools::quoted)),
        1 => format!("{x} like \"{}\"", pools::one(rng, pools::GLOBS)),
        2 => format!("{x} matches /{}/", pools::one(rng, pools::REGEXES)),
        3 => format!("{x} starts with {text}"),
        4 => format!("{x} ends with {text}"),
        5 => format!("{x} contains {text}"),
        6 => format!("len({x}) {} {}", comparison(rng), rng.between(0, 12)),
        7 => format!("lower({x}) {} {text}", equality(rng)),
        8 => format!("{x} {}in blocked", rng.word(&["", "not "])),
        9 => format!("prices[{x}] {} {} USD", comparison(rng), rng.between(1, 8)),
        10 => format!("{x} {}in prices", rng.word(&["", "not "])),
        _ => format!("{x} {} {text}", equality(rng)),
    }
}

fn about_sql(x: &str, depth: usize, rng: &mut Rng) -> String {
    let not = rng.word(&["", "not "]);
    let member = rng.word(&["reads_only", "destructive", "is_single"]);
    if rng.chance(1, 4) {
        return match rng.below(4) {
            0 => format!("{x}.{member} is {}present", not),
            1 => format!("{x}.{member} {} {}", equality(rng), rng.chance(1, 2)),
            2 => format!("len({x}.statements) {} {}", comparison(rng), rng.between(0, 3)),
            _ => format!("{not}{x}.{member}"),
        };
    }
    let s = format!("s{depth}");
    let names = rng.word(&["tables", "targets", "columns", "functions"]);
    let name = rng.word(&["users", "orders", "*", "alpha", "count", "public.orders"]);
    let body = match rng.below(9) {
        0 => format!("{s}.kind {not}in {{ select, delete, drop }}"),
        1 => format!("{s}.class {} {}", equality(rng), rng.word(&["read", "write", "structure", "privilege"])),
        2 => format!("\"{name}\" {not}in {s}.{names}"),
        3 => format!(
            "({} n{depth} in {s}.{names}: {})",
            rng.word(&["any", "all"]),
            about_text(&format!("n{depth}"), rng)
        ),
        4 => format!("len({s}.{names}) {} {}", comparison(rng), rng.between(0, 3)),
        5 => format!("{not}{s}.{}", rng.word(&["has_where", "has_limit", "is_nested", "destructive"])),
        6 => format!("{not}{s}.where_is_trivial"),
        7 => format!("{s}.reaches contains {}", rng.word(&["file", "program"])),
        _ => format!("{s}.kind == {} and {not}{s}.reads_only", rng.word(&["select", "copy", "update"])),
    };
    format!("({} {s} in {x}.statements: {body})", rng.word(&["any", "all"]))
}

fn about_shell(x: &str, depth: usize, rng: &mut Rng) -> String {
    let not = rng.word(&["", "not "]);
    let (c, n) = (format!("c{depth}"), format!("n{depth}"));
    let folder = pools::quoted(rng.word(&["/workspace", "/tmp", "/etc"]));
    if rng.chance(1, 3) {
        return match rng.below(5) {
            0 => format!("{not}{x}.{}", rng.word(&["is_static", "is_plain"])),
            1 => format!(
                "({} {n} in {x}.{}: {not}{n} within {folder})",
                rng.word(&["any", "all"]),
                rng.word(&["reads", "writes"])
            ),
            2 => format!("(any {n} in {x}.pipes_into: {n}.into == \"sh\" and {n}.from {not}in {{ \"curl\" }})"),
            3 => format!("(any {n} in {x}.interprets: {n}.kind {} argument)", equality(rng)),
            _ => format!("len({x}.commands) {} {}", comparison(rng), rng.between(0, 3)),
        };
    }
    let texts = rng.word(&["args", "flags", "operands", "carriers", "stdin_from", "words_from"]);
    let word = rng.word(&["-r", "alpha", "sudo", "/etc/passwd", "curl"]);
    let body = match rng.below(13) {
        0 | 1 => format!("{c}.program {not}in {{ \"rm\", \"nmap\", \"sh\" }}"),
        2 => about_text(&format!("{c}.program"), rng),
        3 => format!("\"{word}\" {not}in {c}.{texts}"),
        4 => format!("({} {n} in {c}.targets: {})", rng.word(&["any", "all"]), about_host(&n, rng)),
        5 => format!(
            "({} {n} in {c}.{}: {not}{n} within {folder})",
            rng.word(&["any", "all"]),
            rng.word(&["reads", "writes", "cwd"])
        ),
        6 => format!("\"A\" {not}in {c}.env"),
        7 => format!("{c}.env[\"A\"] == \"alpha\""),
        8 => format!("{c}.{} is {not}present", rng.word(&["stdin_text", "verb"])),
        9 => format!("{c}.verb {not}in {{ \"status\", \"push\", \"get\" }}"),
        10 => format!(
            "(any {n} in {c}.reads: {})",
            if rng.chance(1, 2) { about_text(&format!("{n}.name"), rng) } else { format!("{n}.from_home") }
        ),
        11 => format!("(all {n} in {c}.writes: {not}{n}.extension == \"txt\")"),
        _ => format!("({} {n} in {c}.{texts}: {})", rng.word(&["any", "all"]), about_text(&n, rng)),
    };
    format!("({} {c} in {x}.commands: {body})", rng.word(&["any", "all"]))
}

fn about_url(x: &str, rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => format!("{x}.scheme {} \"https\"", equality(rng)),
        1 => format!("{x}.port {} {}", comparison(rng), rng.word(&["80", "443", "8080"])),
        2 => about_text(&format!("{x}.path"), rng),
        3 => format!("{x}.query is {}present", rng.word(&["", "not "])),
        4 => format!("{x}.has_credentials"),
        5 => format!("{x}.host is present"),
        _ => about_host(&format!("{x}.host"), rng),
    }
}

fn about_host(x: &str, rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => format!("{x} within {}", pools::one(rng, pools::GOOD_NETS)),
        1 => format!("{x} {} {}", equality(rng), pools::quoted(&pools::one(rng, pools::DOMAINS))),
        2 => format!("{x}.is_ip"),
        3 => format!("{x} within {}", pools::set_of(rng, pools::GOOD_NETS, str::to_owned)),
        _ => format!("{x} {}within {}", rng.word(&["", "not "]), pools::quoted(&pools::one(rng, pools::DOMAINS))),
    }
}

fn about_list(world: &World, scope: &Scope, place: &Place, of: &Type, rng: &mut Rng, fuel: usize) -> String {
    let x = &place.text;
    let constant = match of {
        Type::Text => Some(pools::quoted(&pools::one(rng, pools::TEXTS))),
        Type::Int => Some(number(pools::int(rng))),
        Type::Email => Some("\"ann@example.com\"".into()),
        Type::Decimal => Some(pools::one(rng, pools::DECIMALS)),
        Type::Money => Some(format!("{} USD", rng.between(0, 25))),
        Type::Union if rng.chance(1, 2) => Some(number(pools::int(rng))),
        Type::Union => Some(pools::quoted(&pools::one(rng, pools::TEXTS))),
        _ => None,
    };
    match (rng.below(4), constant) {
        (0, Some(member)) => format!("{member} {}in {x}", rng.word(&["", "not "])),
        (1, Some(member)) => format!("{x} contains {member}"),
        (2, _) if fuel > 0 => {
            let var = format!("v{}", scope.depth);
            let inner = scope.with(&var, of, false, place.wire);
            let member = Place { text: var.clone(), ty: of.clone(), optional: false, wire: place.wire };
            let body = deeper(world, &inner, &member, rng, fuel);
            format!("({} {var} in {x}: {body})", rng.word(&["any", "all"]))
        }
        _ => format!("len({x}) {} {}", comparison(rng), rng.between(0, 4)),
    }
}

/// Questions about the session, the agent, the tool, the clock and budgets.
fn about_the_rest(world: &World, scope: &Scope, rng: &mut Rng) -> String {
    let mark = rng.pick(&world.marks).map_or("secret", |m| m.as_str());
    let role = rng.pick(&world.roles).map_or("reader", |r| r.as_str());
    match rng.below(13) {
        0 | 1 => format!("session has {mark}"),
        2 | 3 => format!("{role} {}in agent.roles", rng.word(&["", "not "])),
        4 => format!("agent.id {} \"a1\"", equality(rng)),
        5 => format!("agent.tenant {} \"acme\"", equality(rng)),
        6 => format!("tool.risk {} {}", comparison(rng), rng.word(&["modify", "external"])),
        7 => format!("\"infra\" {}in tool.tags", rng.word(&["", "not "])),
        8 => format!("tool.name like \"{}\"", rng.word(&["files.*", "*.read", "?ail.*"])),
        9 => format!("session.age {} {} min", comparison(rng), rng.between(0, 9)),
        10 => format!("call.task {} \"t1\"", equality(rng)),
        11 => "session.id starts with \"s\"".into(),
        _ => match rng.pick(&world.budgets) {
            Some(budget) if scope.whole => {
                let field = rng.word(&["used", "left", "limit"]);
                let bound = match budget.ty {
                    Type::Money => format!("{} USD", rng.between(0, 20)),
                    _ => rng.between(0, 5).to_string(),
                };
                format!("budgets.{}.{field} {} {bound}", budget.name, comparison(rng))
            }
            Some(_) | None => format!("session has {mark}"),
        },
    }
}
