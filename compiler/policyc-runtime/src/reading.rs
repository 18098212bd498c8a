//! What a reader found in a text, as a tree that rules can ask.
//!
//! Statements of SQL and commands of a shell become records and lists here, once a call, under the names that the compiler gave
//! them types for. A part that a reader cannot tell is unknown in its own place; only readers make such a part, no
//! event can. Nothing is read here and nothing is decided.

use std::borrow::Cow;
use std::collections::BTreeMap;

use policyc_facets::Unknown;
use policyc_facets::shell::{Command, Shell, Text, Word, is_plain, shell};
use policyc_facets::sql::{Dialect, Reach, Sql, Statement, sql};

use crate::value::{Structure, Why};

/// Why a part of a text is not known.
const NOT_TOLD: Why = "the text does not tell";

/// A tree; its root is a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    nodes: Vec<Node>,
    root: u32,
}

/// A part of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Unknown(Why),
    Bool(bool),
    Text(String),
    Structure(Structure),
    List(Vec<u32>),
    Record(Vec<(Cow<'static, str>, u32)>),
}

impl Reading {
    /// The whole.
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

    pub(crate) fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(id).ok()?)
    }

    /// A record's part.
    pub(crate) fn field(&self, id: u32, name: &str) -> Option<u32> {
        let Node::Record(fields) = self.node(id)? else { return None };
        fields.iter().find(|(key, _)| *key == name).map(|(_, id)| *id)
    }

    /// Members of a list, values of a record.
    pub(crate) fn items(&self, id: u32) -> Option<Vec<u32>> {
        match self.node(id)? {
            Node::List(items) => Some(items.clone()),
            Node::Record(fields) => Some(fields.iter().map(|(_, id)| *id).collect()),
            Node::Unknown(_) | Node::Bool(_) | Node::Text(_) | Node::Structure(_) => None,
        }
    }

    /// A part as people read it.
    pub(crate) fn show(&self, id: u32) -> String {
        match self.node(id) {
            None | Some(Node::Unknown(_)) => "?".to_owned(),
            Some(Node::Bool(value)) => value.to_string(),
            Some(Node::Text(text)) => text.clone(),
            Some(Node::Structure(structure)) => structure.show(),
            Some(Node::List(items)) => {
                let shown: Vec<String> = items.iter().take(8).map(|i| self.show(*i)).collect();
                let more = if items.len() > shown.len() { ", …" } else { "" };
                format!("{}{more}", shown.join(", "))
            }
            Some(Node::Record(fields)) => {
                let name = ["kind", "program"].iter().find_map(|n| fields.iter().find(|(key, _)| key == n));
                let rest = ["tables", "args"].iter().find_map(|n| fields.iter().find(|(key, _)| key == n));
                let parts = name.into_iter().chain(rest).map(|(_, id)| self.show(*id));
                parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// The statements of a text in the dialect of this name, which a policy or a caller wrote.
pub(crate) fn of_sql(text: &str, dialect: &str) -> Result<Structure, Why> {
    let dialect = Dialect::called(dialect).ok_or("its dialect is none that is read")?;
    let read = sql(text, dialect).map_err(|Unknown(why)| why)?;
    let mut tree = Tree::default();
    let root = tree.sql(&read);
    Ok(Structure::Reading(Reading { nodes: tree.nodes, root }))
}

/// The commands of a text that runs in this folder, if it is known. Of a text that cannot be read all is unknown but
/// whether it is plain.
pub(crate) fn of_shell(text: &str, cwd: Option<&str>) -> Structure {
    let mut tree = Tree::default();
    let plain = ("is_plain", tree.bool(is_plain(text)));
    let mut fields = match shell(text, cwd) {
        Ok(read) => tree.shell(&read),
        Err(Unknown(why)) => SHELL_PARTS.map(|name| (name, tree.add(Node::Unknown(why)))).to_vec(),
    };
    fields.push(plain);
    let root = tree.record(fields);
    Structure::Reading(Reading { nodes: tree.nodes, root })
}

/// The parts of a shell text that are unknown where it cannot be read.
const SHELL_PARTS: [&str; 6] = ["commands", "is_static", "reads", "writes", "pipes_into", "interprets"];

/// The folder below which everything lies that a pattern of the shell fits. A component that is a pattern fits neither
/// `.` nor `..`, unless it begins with a dot or is one of the extended patterns.
fn below(pattern: &str) -> Option<Structure> {
    let is_wild = |part: &str| part.contains(['*', '?', '[']);
    if !pattern.starts_with('/') || pattern.contains(['\\', '(', ')']) {
        return None;
    }
    let parts: Vec<&str> = pattern.split('/').collect();
    let (known, rest) = parts.split_at_checked(parts.iter().position(|part| is_wild(part))?)?;
    if rest.iter().any(|part| *part == ".." || (is_wild(part) && part.starts_with('.'))) {
        return None;
    }
    let folder = known.join("/");
    let folder = policyc_facets::path(if folder.is_empty() { "/" } else { &folder }, None).ok()?;
    // `…/*/.` is the folder itself, under whatever name
    let last = rest.iter().rev().find(|part| !part.is_empty()).filter(|part| **part != ".").unwrap_or(&"*");
    Some(Structure::Below(folder, (*last).to_owned()))
}

/// Scheme and host of an address that the shell takes for a pattern (`https://host/x?y=z`): whatever file it may match,
/// what stands before its first wildcard stays.
fn address(pattern: &str) -> Option<&str> {
    let known = pattern.get(..pattern.find(['*', '?', '[', '\\', '('])?)?;
    let end = known.get(known.find("://")?.checked_add(3)?..)?.find('/')?;
    known.get(..known.find("://")?.checked_add(4)?.checked_add(end)?)
}

/// What lies below the folder of whoever runs the text, wherever that is; nothing if it may lead out of it.
fn home(text: &str) -> Option<Structure> {
    let rest = if text == "~" { "" } else { text.strip_prefix("~/")? };
    let leads_out = |part: &str| part == ".." || (part.starts_with('.') && part.contains(['*', '?', '[']));
    if rest.contains(['\\', '(', ')']) || rest.split('/').any(leads_out) {
        return None;
    }
    let last = rest.trim_end_matches('/').rsplit('/').next().filter(|last| !last.is_empty() && *last != ".");
    Some(Structure::Home(last.unwrap_or("*").to_owned()))
}

/// A tree that grows.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    fn add(&mut self, node: Node) -> u32 {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        id
    }

    fn bool(&mut self, value: bool) -> u32 {
        self.add(Node::Bool(value))
    }

    fn told(&mut self, value: Option<bool>) -> u32 {
        self.add(value.map_or(Node::Unknown(NOT_TOLD), Node::Bool))
    }

    fn text(&mut self, text: &str) -> u32 {
        self.add(Node::Text(text.to_owned()))
    }

    fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> u32 {
        let items = texts.into_iter().map(|t| self.text(t)).collect();
        self.add(Node::List(items))
    }

    fn record(&mut self, fields: Vec<(&'static str, u32)>) -> u32 {
        self.add(Node::Record(fields.into_iter().map(|(name, id)| (Cow::Borrowed(name), id)).collect()))
    }

    fn list<T>(&mut self, of: &[T], add: impl Fn(&mut Self, &T) -> u32) -> u32 {
        let items = of.iter().map(|item| add(self, item)).collect();
        self.add(Node::List(items))
    }

    fn structure(&mut self, read: Option<Structure>) -> u32 {
        self.add(read.map_or(Node::Unknown(NOT_TOLD), Node::Structure))
    }

    /// A word as a text: a pattern may stand for any number of them.
    fn word(&mut self, word: &Word) -> u32 {
        match word {
            Word::Literal(text) => self.text(text),
            Word::Pattern(_) => self.add(Node::Unknown("it is a pattern that files may match")),
            Word::Unknown => self.add(Node::Unknown("it is computed when the command runs")),
        }
    }

    fn words(&mut self, words: &[Word]) -> u32 {
        self.list(words, Self::word)
    }

    fn path(&mut self, text: Option<&str>) -> u32 {
        let path = text.and_then(|t| policyc_facets::path(t, None).ok());
        let is_read = |t: &&str| t.strip_prefix("~/").is_none_or(|rest| policyc_facets::path(rest, None).is_ok());
        let home = || text.filter(is_read).and_then(home);
        self.structure(path.map(Structure::Path).or_else(home))
    }

    fn paths(&mut self, words: &[Word]) -> u32 {
        self.list(words, |me, word| match word {
            Word::Literal(text) => me.path(Some(text)),
            Word::Pattern(pattern) => me.structure(below(pattern).or_else(|| home(pattern))),
            Word::Unknown => me.structure(None),
        })
    }

    /// A host, a network, or the host of a URL.
    fn target(&mut self, word: &Word) -> u32 {
        let known = match word {
            Word::Literal(text) => Some(text.as_str()),
            Word::Pattern(pattern) => address(pattern),
            Word::Unknown => None,
        };
        let read = known.and_then(|text| {
            let host = || policyc_facets::host(text).ok().map(Structure::Host);
            let network = || policyc_facets::cidr(text).ok().map(Structure::Network);
            let url = || policyc_facets::url(text).ok().and_then(|url| url.host).map(Structure::Host);
            host().or_else(network).or_else(url)
        });
        self.structure(read)
    }

    fn shell(&mut self, read: &Shell) -> Vec<(&'static str, u32)> {
        vec![
            ("commands", self.list(&read.commands, Self::command)),
            ("is_static", self.bool(read.is_static)),
            ("reads", self.paths(&read.reads)),
            ("writes", self.paths(&read.writes)),
            (
                "pipes_into",
                self.list(&read.pipes_into, |me, (from, into)| {
                    let fields = vec![("from", me.text(from)), ("into", me.text(into))];
                    me.record(fields)
                }),
            ),
            (
                "interprets",
                self.list(&read.interprets, |me, code| {
                    let fields = vec![("program", me.text(&code.program)), ("kind", me.text(code.kind.name()))];
                    me.record(fields)
                }),
            ),
        ]
    }

    /// Options; a word that may be one stands among them as unknown.
    fn flags(&mut self, read: &Command) -> u32 {
        let mut items: Vec<u32> = read.flags.iter().map(|flag| self.text(flag)).collect();
        if read.has_open_flags {
            items.push(self.add(Node::Unknown("a word that is not known may be an option")));
        }
        self.add(Node::List(items))
    }

    fn command(&mut self, read: &Command) -> u32 {
        // Of a variable that is set twice the last value counts.
        let env: BTreeMap<&str, &Word> = read.env.iter().map(|(name, word)| (name.as_str(), word)).collect();
        let env = env.into_iter().map(|(name, word)| (Cow::Owned(name.to_owned()), self.word(word))).collect();
        // Of a program that is not known nothing else is: neither its words nor what they mean.
        let is_known = read.program.literal().is_some();
        let known = |me: &mut Self, add: &dyn Fn(&mut Self) -> u32| {
            if is_known { add(me) } else { me.add(Node::Unknown("its program is not known")) }
        };
        let mut fields = vec![
            ("program", self.word(&read.program)),
            ("args", known(self, &|me| me.words(&read.args))),
            ("flags", known(self, &|me| me.flags(read))),
            ("operands", known(self, &|me| me.words(&read.operands))),
            ("targets", known(self, &|me| me.list(&read.targets, Self::target))),
            ("reads", self.paths(&read.reads)),
            ("writes", self.paths(&read.writes)),
            ("env", self.add(Node::Record(env))),
            ("carriers", self.texts(read.carriers.iter().map(Text::as_str))),
            ("stdin_from", self.texts(read.stdin_from.iter().map(Text::as_str))),
            ("words_from", self.texts(read.words_from.iter().map(Text::as_str))),
            ("cwd", self.list(&read.cwd, |me, folder| me.path(folder.as_deref()))),
        ];
        for (name, word) in [("stdin_text", &read.stdin_text), ("verb", &read.verb)] {
            if let Some(word) = word {
                fields.push((name, self.word(word)));
            } else if name == "verb" && !is_known {
                fields.push((name, self.word(&Word::Unknown)));
            }
        }
        self.record(fields)
    }

    fn sql(&mut self, read: &Sql) -> u32 {
        let statements = read.statements.iter().map(|s| self.statement(s)).collect();
        let fields = vec![
            ("statements", self.add(Node::List(statements))),
            ("is_single", self.bool(read.is_single)),
            ("reads_only", self.told(read.reads_only)),
            ("destructive", self.told(read.destructive)),
        ];
        self.record(fields)
    }

    fn statement(&mut self, read: &Statement) -> u32 {
        let fields = vec![
            ("kind", self.text(read.kind.name())),
            ("class", self.text(read.class.name())),
            ("is_nested", self.bool(read.is_nested)),
            ("tables", self.texts(read.tables.iter().map(String::as_str))),
            ("targets", self.texts(read.targets.iter().map(String::as_str))),
            ("columns", self.texts(read.columns.iter().map(String::as_str))),
            ("functions", self.texts(read.functions.iter().map(String::as_str))),
            ("has_where", self.bool(read.has_where)),
            ("where_is_trivial", self.told(read.where_is_trivial)),
            ("has_limit", self.bool(read.has_limit)),
            ("reaches", self.texts(read.reaches.iter().map(|r: &Reach| r.name()))),
            ("reads_only", self.told(read.reads_only)),
            ("destructive", self.told(read.destructive)),
        ];
        self.record(fields)
    }
}
