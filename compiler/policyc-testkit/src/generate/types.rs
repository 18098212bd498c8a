//! The types of generated declarations, how they are written, and values of them.

use super::pools;
use crate::Rng;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `decimal`
    Decimal,
    /// `money(USD)`
    Money,
    /// `string`
    Text,
    /// `alpha | bravo | …`
    Enum,
    /// `duration`
    Duration,
    /// `time`
    Time,
    /// `url`
    Url,
    /// `path`
    Path,
    /// `path(cwd)`
    PathIn(String),
    /// `host`
    Host,
    /// `ip`
    Ip,
    /// `cidr`
    Cidr,
    /// `email`
    Email,
    /// `shell`
    Shell,
    /// `shell(cwd)`
    ShellIn(String),
    /// `sql(postgres)`
    Sql,
    /// `string` that mostly names a dialect
    Dialect,
    /// `sql(dialect)`
    SqlIn(String),
    /// `json`
    Json,
    /// `int | string`
    Union,
    /// `list<T>`
    List(Box<Type>),
    /// `set<T>`
    Set(Box<Type>),
    /// `map<string, T>`
    Map(Box<Type>),
    /// `{ n: int, s: string?, … }`
    Record(Vec<Arg>),
}

/// Values of generated enums.
pub const VARIANTS: &[&str] = &["dev", "staging", "prod"];

/// An argument, label, attribute or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// Its type, `?` left out.
    pub ty: Type,
    /// It is `T?`.
    pub optional: bool,
    /// Its default, in the language.
    pub default: Option<String>,
}

impl Arg {
    /// As it is declared.
    pub fn written(&self) -> String {
        let mark = if self.optional { "?" } else { "" };
        let default = self.default.as_ref().map_or_else(String::new, |d| format!(" = {d}"));
        let ty = self.ty.written();
        let ty = if self.optional && ty.contains('|') { format!("({ty})") } else { ty };
        format!("{}: {ty}{mark}{default}", self.name)
    }

    /// It need not be on the wire.
    pub fn may_be_left_out(&self) -> bool {
        self.optional || self.default.is_some()
    }
}

impl Type {
    /// As it is written in a policy.
    pub fn written(&self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Int => "int".into(),
            Self::Decimal => "decimal".into(),
            Self::Money => "money(USD)".into(),
            Self::Text | Self::Dialect => "string".into(),
            Self::Enum => VARIANTS.join(" | "),
            Self::Duration => "duration".into(),
            Self::Time => "time".into(),
            Self::Url => "url".into(),
            Self::Path => "path".into(),
            Self::PathIn(base) => format!("path({base})"),
            Self::Host => "host".into(),
            Self::Ip => "ip".into(),
            Self::Cidr => "cidr".into(),
            Self::Email => "email".into(),
            Self::Shell => "shell".into(),
            Self::ShellIn(base) => format!("shell({base})"),
            Self::Sql => "sql(postgres)".into(),
            Self::SqlIn(by) => format!("sql({by})"),
            Self::Json => "json".into(),
            Self::Union => "int | string".into(),
            Self::List(of) => format!("list<{}>", of.written()),
            Self::Set(of) => format!("set<{}>", of.written()),
            Self::Map(of) => format!("map<string, {}>", of.written()),
            Self::Record(fields) => {
                format!("{{ {} }}", fields.iter().map(Arg::written).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// One of the types without parts.
    pub fn scalar(rng: &mut Rng) -> Self {
        match rng.below(16) {
            0 => Self::Bool,
            1 | 2 => Self::Int,
            3 => Self::Decimal,
            4 => Self::Money,
            5..=7 => Self::Text,
            8 => Self::Enum,
            9 => Self::Duration,
            10 => Self::Time,
            11 => Self::Url,
            12 => Self::Host,
            13 => Self::Ip,
            14 => Self::Email,
            _ => Self::Path,
        }
    }

    /// Any type, parts at most this deep.
    pub fn any(rng: &mut Rng, depth: usize) -> Self {
        if depth == 0 || rng.chance(3, 5) {
            return Self::scalar(rng);
        }
        match rng.below(13) {
            9 | 10 => Self::Sql,
            11 | 12 => Self::Shell,
            0 | 1 => Self::List(Self::any(rng, depth - 1).into()),
            2 => Self::Set(Self::scalar(rng).into()),
            3 => Self::Map(Self::any(rng, depth - 1).into()),
            4 | 5 => Self::Record(
                ["n", "s", "t"]
                    .into_iter()
                    .map(|name| Arg {
                        name: name.into(),
                        ty: Self::any(rng, depth - 1),
                        optional: rng.chance(1, 3),
                        default: None,
                    })
                    .collect(),
            ),
            6 => Self::Union,
            7 => Self::Cidr,
            _ => {
                if rng.chance(1, 2) {
                    Self::Json
                } else {
                    Self::Shell
                }
            }
        }
    }

    /// A constant of the language, for defaults; only of the plain types.
    pub fn constant(&self, rng: &mut Rng) -> Option<String> {
        Some(match self {
            Self::Bool => rng.chance(1, 2).to_string(),
            Self::Int => rng.between(0, 6).to_string(),
            Self::Decimal => "1.5".into(),
            Self::Money => format!("{} USD", rng.between(0, 20)),
            Self::Text => pools::quoted(&pools::one(rng, pools::WORDS)),
            Self::Dialect => pools::quoted(&pools::one(rng, pools::DIALECTS)),
            Self::Enum => pools::one(rng, VARIANTS),
            Self::Duration => format!("{} s", rng.between(0, 90)),
            Self::Path => pools::quoted(&pools::one(rng, pools::GOOD_PATHS)),
            Self::Time
            | Self::Url
            | Self::PathIn(_)
            | Self::Host
            | Self::Ip
            | Self::Cidr
            | Self::Email
            | Self::Shell
            | Self::ShellIn(_)
            | Self::Sql
            | Self::SqlIn(_)
            | Self::Json
            | Self::Union
            | Self::List(_)
            | Self::Set(_)
            | Self::Map(_)
            | Self::Record(_) => return None,
        })
    }

    /// JSON of this type; structured texts are not always readable.
    pub fn json(&self, rng: &mut Rng) -> String {
        let text = |rng: &mut Rng, pool: &[&str]| pools::quoted(&pools::one(rng, pool));
        match self {
            Self::Bool => rng.chance(1, 2).to_string(),
            Self::Int => {
                let n = pools::int(rng);
                if n.unsigned_abs() < 1000 && rng.chance(1, 12) { format!("{n}.0") } else { n.to_string() }
            }
            Self::Decimal => {
                let d = pools::one(rng, pools::DECIMALS);
                if rng.chance(1, 6) { format!("\"{d}\"") } else { d }
            }
            Self::Money => match rng.below(3) {
                0 => format!("\"{} USD\"", rng.between(0, 25)),
                1 => format!("\"{}.{:02}\"", rng.between(0, 25), rng.between(0, 99)),
                _ => rng.between(-2, 25).to_string(),
            },
            Self::Text => text(rng, pools::TEXTS),
            Self::Dialect => text(rng, pools::DIALECTS),
            Self::Enum => text(rng, VARIANTS),
            Self::Duration => {
                let seconds = rng.pick(pools::SECONDS).copied().unwrap_or(1);
                match rng.below(3) {
                    0 => seconds.to_string(),
                    1 => format!("\"{seconds}s\""),
                    _ => format!("\"{}min\"", seconds / 60),
                }
            }
            Self::Time => text(rng, pools::TIMES),
            Self::Url => text(rng, pools::URLS),
            Self::Path | Self::PathIn(_) => text(rng, pools::PATHS),
            Self::Host => text(rng, pools::HOSTS),
            Self::Ip => text(rng, pools::IPS),
            Self::Cidr => text(rng, pools::NETS),
            Self::Email => text(rng, pools::EMAILS),
            Self::Shell | Self::ShellIn(_) => text(rng, pools::COMMANDS),
            Self::Sql | Self::SqlIn(_) => text(rng, pools::STATEMENTS),
            Self::Json => match rng.below(4) {
                0 => "{\"k\":[1,\"alpha\"]}".into(),
                1 => "[]".into(),
                2 => "5".into(),
                _ => text(rng, pools::TEXTS),
            },
            Self::Union => {
                if rng.chance(1, 2) {
                    Self::Int.json(rng)
                } else {
                    Self::Text.json(rng)
                }
            }
            Self::List(of) => {
                let items: Vec<_> = (0..rng.below(4)).map(|_| of.json(rng)).collect();
                format!("[{}]", items.join(","))
            }
            Self::Set(of) => {
                let mut items: Vec<String> = Vec::new();
                for _ in 0..rng.below(4) {
                    let item = of.json(rng);
                    // Numbers in two spellings are one member, so only texts and plain numbers are kept apart here.
                    if !items.contains(&item) && !item.contains('.') {
                        items.push(item);
                    }
                }
                format!("[{}]", items.join(","))
            }
            Self::Map(of) => {
                let mut entries: Vec<String> = Vec::new();
                for word in pools::WORDS {
                    if rng.chance(1, 3) {
                        entries.push(format!("\"{word}\":{}", of.json(rng)));
                    }
                }
                format!("{{{}}}", entries.join(","))
            }
            Self::Record(fields) => object(rng, fields),
        }
    }

    /// JSON that is most likely not of this type.
    pub fn wrong(rng: &mut Rng) -> String {
        rng.word(&["true", "[1,{}]", "{\"x\":{}}", "1e30", "null", "\"\\u0007\"", "-0.5", "\"2026-13-01T00:00:00Z\""])
            .into()
    }
}

/// An object of these fields; what may be left out sometimes is.
pub fn object(rng: &mut Rng, fields: &[Arg]) -> String {
    let mut entries = Vec::new();
    for field in fields {
        if field.may_be_left_out() && rng.chance(1, 3) {
            continue;
        }
        let value = if field.optional && rng.chance(1, 8) { "null".into() } else { field.ty.json(rng) };
        entries.push(format!("{}:{value}", pools::quoted(&field.name)));
    }
    format!("{{{}}}", entries.join(","))
}
