//! A strict reader of the XML that we write, and a check of its tree against a schema.
//!
//! It knows elements, attributes, text, the five entities and numbers of characters, CDATA, the declaration and a
//! document type without content; everything else is an error. A schema says which attributes and children an element
//! has; what it does not say is not allowed.

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text in it, that of its children left out.
    pub text: String,
}

impl Element {
    pub fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn number(&self, name: &str) -> usize {
        self.get(name).parse().unwrap_or_else(|e| panic!("{name} of {}: {e}: {:?}", self.name, self.get(name)))
    }

    /// This element and all below it of a name.
    pub fn all(&self, name: &str) -> Vec<&Element> {
        let own = (self.name == name).then_some(self);
        own.into_iter().chain(self.children.iter().flat_map(|child| child.all(name))).collect()
    }
}

/// What XML 1.0 has a character for.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|c| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

fn decoded(raw: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, behind) = after.split_once(';').ok_or_else(|| format!("an open entity in {raw:?}"))?;
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let digits = number.strip_prefix('#').ok_or_else(|| format!("the entity {number:?}"))?;
                let code = match digits.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                let c = code.ok().and_then(char::from_u32).filter(|c| is_char(*c));
                c.ok_or_else(|| format!("no character {number:?}"))?
            }
        });
        rest = behind;
    }
    out.push_str(rest);
    if let Some(bad) = out.chars().find(|c| !is_char(*c)) {
        return Err(format!("{bad:?} is no character of XML"));
    }
    Ok(out)
}

/// Reads a document.
pub fn read(text: &str) -> Result<Element, String> {
    let mut rest = text.strip_prefix("<?xml ").and_then(|t| t.split_once("?>")).ok_or("no declaration")?.1;
    rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix("<!DOCTYPE ") {
        rest = after.split_once('>').ok_or("an open document type")?.1;
    }
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        if before.contains("]]>") {
            return Err("`]]>` in a text".into());
        }
        match open.last_mut() {
            Some(element) => element.text.push_str(&decoded(before)?),
            None if before.trim().is_empty() => {}
            None => return Err(format!("{before:?} outside of the root")),
        }
        if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>").ok_or("open CDATA")?;
            if let Some(bad) = data.chars().find(|c| !is_char(*c)) {
                return Err(format!("{bad:?} is no character of XML"));
            }
            open.last_mut().ok_or("CDATA outside of the root")?.text.push_str(data);
            rest = after;
            continue;
        }
        // A `>` in the value of an attribute ends no tag.
        let mut quote = None;
        let end = tag.char_indices().find_map(|(i, c)| match quote {
            Some(q) => {
                if c == q {
                    quote = None;
                }
                None
            }
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                None
            }
            None => (c == '>').then_some(i),
        });
        let end = end.ok_or("an open tag")?;
        let inner = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            let done =
                open.pop().filter(|e| e.name == name.trim_end()).ok_or_else(|| format!("</{name}> closes nothing"))?;
            match open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => root = Some(done),
            }
            continue;
        }
        if root.is_some() {
            return Err("a second root".into());
        }
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
        let element = opened(inner)?;
        match (empty, open.last_mut()) {
            (false, _) => open.push(element),
            (true, Some(parent)) => parent.children.push(element),
            (true, None) => root = Some(element),
        }
    }
    if !rest.trim().is_empty() || !open.is_empty() {
        return Err(format!("the document ends within {:?}", open.last().map(|e| &e.name)));
    }
    root.ok_or_else(|| "no root".into())
}

fn opened(inner: &str) -> Result<Element, String> {
    let (name, mut rest) = inner.split_at(inner.find(char::is_whitespace).unwrap_or(inner.len()));
    if !is_name(name) {
        return Err(format!("{name:?} is no name"));
    }
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    while !rest.trim().is_empty() {
        if !rest.starts_with(char::is_whitespace) {
            return Err(format!("no space before {rest:?}"));
        }
        let (name, value) = rest.trim_start().split_once('=').ok_or_else(|| format!("no value: {rest:?}"))?;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("a value without quotes")?;
        let (value, after) = value[1..].split_once(quote).ok_or("an open value")?;
        if !is_name(name) || element.attributes.iter().any(|(n, _)| n == name) || value.contains('<') {
            return Err(format!("the attribute {name:?} of {}", element.name));
        }
        element.attributes.push((name.to_owned(), decoded(value)?));
        rest = after;
    }
    Ok(element)
}

/// What an attribute holds.
#[derive(Clone, Copy)]
pub enum Holds {
    Text,
    /// A whole number from 0.
    Count,
    /// A number from 0 to 1.
    Rate,
    Bool,
    /// `75% (3/4)`
    Percent,
}

/// An element of a schema. Attributes whose name ends in `!` must be there; children are `name`, `name?`, `name*`, in
/// this order where `ordered` says so.
pub struct Rule {
    pub name: &'static str,
    pub attributes: &'static [(&'static str, Holds)],
    pub children: &'static [&'static str],
    pub ordered: bool,
    pub text: bool,
}

fn fits(holds: Holds, value: &str) -> bool {
    let count = |v: &str| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit());
    match holds {
        Holds::Text => true,
        Holds::Count => count(value),
        Holds::Rate => value.parse::<f64>().is_ok_and(|n| (0.0..=1.0).contains(&n)),
        Holds::Bool => matches!(value, "true" | "false"),
        Holds::Percent => value.split_once("% (").is_some_and(|(percent, of)| {
            let parts = of.strip_suffix(')').and_then(|of| of.split_once('/'));
            count(percent) && parts.is_some_and(|(a, b)| count(a) && count(b))
        }),
    }
}

/// Checks an element and all below it.
pub fn check(element: &Element, schema: &[Rule]) -> Result<(), String> {
    let name = &element.name;
    let rule = schema.iter().find(|r| r.name == name).ok_or_else(|| format!("<{name}> is not in the schema"))?;
    let bare = |n: &'static str| n.trim_end_matches(['!', '?', '*']);
    for (attribute, value) in &element.attributes {
        let known = rule.attributes.iter().find(|(n, _)| bare(n) == attribute);
        let (_, holds) = known.ok_or_else(|| format!("<{name}> has no attribute `{attribute}`"))?;
        if !fits(*holds, value) {
            return Err(format!("`{attribute}` of <{name}> is {value:?}"));
        }
    }
    for (attribute, _) in rule.attributes.iter().filter(|(n, _)| n.ends_with('!')) {
        if !element.attributes.iter().any(|(n, _)| n == bare(attribute)) {
            return Err(format!("<{name}> has no `{}`", bare(attribute)));
        }
    }
    if !rule.text && !element.text.trim().is_empty() {
        return Err(format!("text in <{name}>: {:?}", element.text));
    }
    let mut last = 0;
    for child in &element.children {
        let at = rule.children.iter().position(|n| bare(n) == child.name);
        let at = at.ok_or_else(|| format!("<{}> does not stand in <{name}>", child.name))?;
        if rule.ordered && at < last {
            return Err(format!("<{}> stands too late in <{name}>", child.name));
        }
        last = at;
        check(child, schema)?;
    }
    for wanted in rule.children {
        let count = element.children.iter().filter(|c| c.name == bare(wanted)).count();
        let enough = match wanted.chars().last() {
            Some('*') => true,
            Some('?') => count <= 1,
            Some(_) | None => count == 1,
        };
        if !enough {
            return Err(format!("{count} times <{}> in <{name}>", bare(wanted)));
        }
    }
    Ok(())
}

use Holds::{Bool, Count, Percent, Rate, Text};

const fn rule(
    name: &'static str,
    attributes: &'static [(&'static str, Holds)],
    children: &'static [&'static str],
) -> Rule {
    Rule { name, attributes, children, ordered: true, text: false }
}

/// JUnit's XML as Jenkins' xUnit plugin validates it (the tenth edition of its XSD), those elements of it that a
/// runner of tests without processes of its own can have.
pub const JUNIT: &[Rule] = &[
    rule(
        "testsuites",
        &[("name", Text), ("time", Text), ("tests", Count), ("failures", Count), ("errors", Count)],
        &["testsuite*"],
    ),
    Rule {
        ordered: false,
        ..rule(
            "testsuite",
            &[
                ("name!", Text),
                ("tests!", Count),
                ("failures!", Count),
                ("errors!", Count),
                ("skipped", Count),
                ("group", Text),
                ("time", Text),
                ("timestamp", Text),
                ("hostname", Text),
                ("id", Text),
                ("package", Text),
                ("file", Text),
                ("log", Text),
                ("url", Text),
            ],
            &["properties*", "testcase*", "system-out*", "system-err*"],
        )
    },
    rule("properties", &[], &["property*"]),
    rule("property", &[("name!", Text), ("value!", Text)], &[]),
    Rule {
        ordered: false,
        ..rule(
            "testcase",
            &[("name!", Text), ("classname", Text), ("time", Text), ("group", Text)],
            &["skipped*", "error*", "failure*", "system-out*", "system-err*"],
        )
    },
    Rule { text: true, ..rule("skipped", &[("type", Text), ("message", Text)], &[]) },
    Rule { text: true, ..rule("error", &[("type", Text), ("message", Text)], &[]) },
    Rule { text: true, ..rule("failure", &[("type", Text), ("message", Text)], &[]) },
    Rule { text: true, ..rule("system-out", &[], &[]) },
    Rule { text: true, ..rule("system-err", &[], &[]) },
];

/// Cobertura's XML, the fourth edition of its DTD.
pub const COBERTURA: &[Rule] = &[
    rule(
        "coverage",
        &[
            ("line-rate!", Rate),
            ("branch-rate!", Rate),
            ("lines-covered!", Count),
            ("lines-valid!", Count),
            ("branches-covered!", Count),
            ("branches-valid!", Count),
            ("complexity!", Count),
            ("version!", Text),
            ("timestamp!", Count),
        ],
        &["sources?", "packages"],
    ),
    rule("sources", &[], &["source*"]),
    Rule { text: true, ..rule("source", &[], &[]) },
    rule("packages", &[], &["package*"]),
    rule(
        "package",
        &[("name!", Text), ("line-rate!", Rate), ("branch-rate!", Rate), ("complexity!", Count)],
        &["classes"],
    ),
    rule("classes", &[], &["class*"]),
    rule(
        "class",
        &[("name!", Text), ("filename!", Text), ("line-rate!", Rate), ("branch-rate!", Rate), ("complexity!", Count)],
        &["methods", "lines"],
    ),
    rule("methods", &[], &["method*"]),
    rule(
        "method",
        &[("name!", Text), ("signature!", Text), ("line-rate!", Rate), ("branch-rate!", Rate), ("complexity!", Count)],
        &["lines"],
    ),
    rule("lines", &[], &["line*"]),
    rule(
        "line",
        &[("number!", Count), ("hits!", Count), ("branch", Bool), ("condition-coverage", Percent)],
        &["conditions*"],
    ),
    rule("conditions", &[], &["condition*"]),
    rule("condition", &[("number!", Count), ("type!", Text), ("coverage!", Text)], &[]),
];
