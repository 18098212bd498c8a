//! What a reader found in a text, as a tree that rules can ask.
//!
//! Statements of SQL become records and lists here, once a call, under the names that the compiler gave
//! them types for. A part that a reader cannot tell is unknown in its own place; only readers make such a part, no
//! event can. Nothing is read here and nothing is decided.

use policyc_facets::Unknown;
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
    List(Vec<u32>),
    /// Sorted by key.
    Record(Vec<(&'static str, u32)>),
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

    /// Members of a list.
    pub(crate) fn items(&self, id: u32) -> Option<&[u32]> {
        if let Node::List(items) = self.node(id)? { Some(items) } else { None }
    }

    /// A part as people read it.
    pub(crate) fn show(&self, id: u32) -> String {
        match self.node(id) {
            None | Some(Node::Unknown(_)) => "?".to_owned(),
            Some(Node::Bool(value)) => value.to_string(),
            Some(Node::Text(text)) => text.clone(),
            Some(Node::List(items)) => {
                let shown: Vec<String> = items.iter().take(8).map(|i| self.show(*i)).collect();
                let more = if items.len() > shown.len() { ", …" } else { "" };
                format!("{}{more}", shown.join(", "))
            }
            Some(Node::Record(fields)) => {
                let name = ["kind", "program"].iter().find_map(|n| fields.iter().find(|(key, _)| key == n));
                let tables = fields.iter().find(|(key, _)| *key == "tables").map(|(_, id)| self.show(*id));
                let parts = name.map(|(_, id)| self.show(*id)).into_iter().chain(tables.filter(|t| !t.is_empty()));
                parts.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// The statements of a text in the dialect of this name.
pub(crate) fn of_sql(text: &str, dialect: &str) -> Result<Structure, Why> {
    let dialect = Dialect::named(dialect).ok_or("its dialect is none that is read")?;
    let read = sql(text, dialect).map_err(|Unknown(why)| why)?;
    let mut tree = Tree::default();
    let root = tree.sql(&read);
    Ok(Structure::Reading(Reading { nodes: tree.nodes, root }))
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

    fn record(&mut self, mut fields: Vec<(&'static str, u32)>) -> u32 {
        fields.sort_unstable();
        self.add(Node::Record(fields))
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
