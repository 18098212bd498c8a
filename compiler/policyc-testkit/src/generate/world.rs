//! A generated policy: what it declares, and its items as source text.

use super::rules;
use super::types::{Arg, Type};
use crate::Rng;

/// A tool.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// It admits others.
    pub open: bool,
    /// What it gives; `None` is text.
    pub returns: Option<Type>,
}

/// A budget, as far as conditions may ask for it.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// What it counts.
    pub ty: Type,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The type of its only parameter.
    pub param: Type,
    /// The type of its value; `None` is a condition.
    pub gives: Option<Type>,
}

/// A generated policy.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Tools.
    pub tools: Vec<Tool>,
    /// Labels; the last one is the caller's word, if there is one.
    pub labels: Vec<Arg>,
    /// Which label is the caller's own word.
    pub callers_label: Option<String>,
    /// Attributes of agents.
    pub attributes: Vec<Arg>,
    /// Roles.
    pub roles: Vec<String>,
    /// Marks.
    pub marks: Vec<String>,
    /// Budgets.
    pub budgets: Vec<Budget>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Groups that approve.
    pub groups: Vec<String>,
    /// Every item, in the language.
    pub items: Vec<String>,
}

/// The file behind the `data` items of every generated policy.
pub const PRICES: (&str, &str) = ("prices.json", r#"{"alpha": "2 USD", "bravo": 5, "charlie": "7.5"}"#);
/// The file behind the set of every generated policy.
pub const BLOCKED: (&str, &str) = ("blocked.json", r#"["bob", "x", "pay bob"]"#);

/// Names of tools; some share a prefix, so that globs meet several.
const TOOLS: &[&str] = &["files.read", "files.write", "mail.send", "web.fetch", "db.query", "job.exec.shell"];

impl World {
    /// The policy of a number.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let rng = &mut rng;
        let mut world = Self::default();
        world.items.push("edition 1".into());
        world.declare(rng);
        rules::write(&mut world, rng);
        world
    }

    /// All items as one file.
    pub fn source(&self) -> String {
        let mut text = self.items.join("\n\n");
        text.push('\n');
        text
    }

    fn declare(&mut self, rng: &mut Rng) {
        let pool = argument_pool(rng);
        for name in TOOLS.iter().take(2 + rng.below(TOOLS.len() - 1)) {
            let mut args: Vec<Arg> = Vec::new();
            for arg in &pool {
                if rng.chance(2, 3) {
                    let mut arg = arg.clone();
                    // The same type everywhere; whether it may be absent is each tool's own business.
                    if arg.default.is_none() && rng.chance(1, 4) {
                        arg.optional = !arg.optional;
                    }
                    args.push(arg);
                }
            }
            if let Type::Path = pool.first().map_or(Type::Bool, |a| a.ty.clone())
                && args.iter().any(|a| a.name == "cwd")
            {
                for (name, ty) in [
                    ("file", Type::PathIn("cwd".into())),
                    ("command", Type::ShellIn("cwd".into())),
                    ("dialect", Type::Dialect),
                    ("query", Type::SqlIn("dialect".into())),
                    ("batch", Type::List(Type::SqlIn("dialect".into()).into())),
                    ("files", Type::List(Type::PathIn("cwd".into()).into())),
                ] {
                    args.push(Arg { name: name.into(), ty, optional: rng.chance(1, 3), default: None });
                }
            }
            let returns = match rng.below(3) {
                0 => Some(Type::Record(vec![
                    Arg { name: "n".into(), ty: Type::Int, optional: true, default: None },
                    Arg { name: "s".into(), ty: Type::Text, optional: true, default: None },
                ])),
                _ => None,
            };
            let tool = Tool { name: (*name).into(), args, open: rng.chance(1, 8), returns };
            self.items.push(tool.written(rng));
            self.tools.push(tool);
        }
        for (name, ty) in [("env", Type::Enum), ("ticket", Type::Text), ("spend", Type::any(rng, 1))] {
            if rng.chance(2, 3) {
                let mut label = Arg { name: name.into(), ty, optional: rng.chance(1, 3), default: None };
                if !label.optional && rng.chance(1, 3) {
                    label.default = label.ty.constant(rng);
                }
                let from = match (name, rng.below(3)) {
                    ("ticket", 0) => " from caller",
                    (_, 1) => " from host",
                    _ => "",
                };
                if from == " from caller" {
                    self.callers_label = Some(name.into());
                }
                self.items.push(format!("label {}{from}", label.written()));
                self.labels.push(label);
            }
        }
        for (name, ty) in [("level", Type::Int), ("team", Type::Text)] {
            if rng.chance(1, 2) {
                let mut attr = Arg { name: name.into(), ty, optional: rng.chance(1, 2), default: None };
                if !attr.optional && rng.chance(1, 2) {
                    attr.default = attr.ty.constant(rng);
                }
                self.attributes.push(attr);
            }
        }
        if !self.attributes.is_empty() {
            let fields: Vec<_> = self.attributes.iter().map(Arg::written).collect();
            self.items.push(format!("agent {{ {} }}", fields.join(", ")));
        }
        for name in ["reader", "operator", "admin"] {
            let extends = match self.roles.last() {
                Some(before) if rng.chance(1, 2) => format!(" extends {before}"),
                _ => String::new(),
            };
            self.items.push(format!("role {name}{extends}"));
            self.roles.push(name.into());
        }
        for name in ["untrusted", "secret"] {
            self.items.push(format!("mark {name}"));
            self.marks.push(name.into());
        }
        self.groups = vec!["finops".into(), "security".into()];
        self.items.push(format!("data prices: map<string, money(USD)> from \"{}\"", PRICES.0));
        self.items.push(format!("data blocked: set<string> from \"{}\"", BLOCKED.0));
    }
}

impl Tool {
    fn written(&self, rng: &mut Rng) -> String {
        let args: Vec<_> = self.args.iter().map(Arg::written).collect();
        let mut text = format!("tool {}({})", self.name, args.join(", "));
        if let Some(returns) = &self.returns {
            text.push_str(&format!(" -> {}", returns.written()));
        }
        if rng.chance(3, 4) {
            text.push_str(&format!(" risk {}", rng.word(&["read", "modify", "external", "delete"])));
        }
        if rng.chance(1, 3) {
            text.push_str(&format!(" tags {{ {} }}", rng.word(&["\"infra\"", "\"infra\", \"pay\"", "\"pay\""])));
        }
        if self.open {
            text.push_str(" open");
        }
        text
    }
}

/// Arguments that several tools have in common.
fn argument_pool(rng: &mut Rng) -> Vec<Arg> {
    let mut pool = Vec::new();
    if rng.chance(1, 2) {
        pool.push(Arg { name: "cwd".into(), ty: Type::Path, optional: false, default: Some("\"/workspace\"".into()) });
    }
    for name in ["amount", "target", "items", "body", "count"] {
        let ty = match name {
            "amount" if rng.chance(1, 2) => Type::Money,
            "count" if rng.chance(1, 2) => Type::Int,
            _ => Type::any(rng, 2),
        };
        let mut arg = Arg { name: name.into(), ty, optional: rng.chance(1, 4), default: None };
        if !arg.optional && rng.chance(1, 5) {
            arg.default = arg.ty.constant(rng);
        }
        pool.push(arg);
    }
    pool
}
