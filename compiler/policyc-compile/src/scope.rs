//! Names: what each module declares for itself, what it sees of others, and what is told twice.
//!
//! Tools, labels, roles, marks and attributes have one namespace over all modules and live in `Ids`. This file knows
//! constants, functions, groups and tables, which belong to their module and are reached through its alias.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, Expr, ExprKind, ItemKind, Name, Origin};

use crate::checker::Checker;
use crate::hir::{FnId, TableId, ToolSet, Ty, Value};
use crate::modules::ModuleId;

/// The words that begin a question: no constant, function or variable may have such a name.
pub(crate) const ROOTS: [&str; 9] = ["agent", "args", "budgets", "call", "labels", "result", "session", "time", "tool"];

/// Of `Scopes::definitions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DefId(pub usize);

/// Something that a module declares for itself.
pub(crate) struct Definition<'a> {
    pub module: ModuleId,
    pub name: &'a Name,
    pub source: Source<'a>,
    /// What it came to, once it was checked.
    pub state: State,
}

/// As it was written.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Let(&'a ast::Let),
    Param(&'a ast::Param),
    Fn(&'a ast::Fn),
    Data(&'a ast::Data),
    Group(&'a ast::Group),
}

/// As it was understood.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Not looked at yet, or wrong: of that, something has been said.
    Poison,
    /// A constant.
    Constant(Value, Ty),
    /// A table.
    Table(TableId),
    /// A function.
    Function(FnId),
    /// A set of tools.
    Tools(ToolSet),
}

/// The names of all modules.
#[derive(Default)]
pub(crate) struct Scopes<'a> {
    pub definitions: Vec<Definition<'a>>,
    names: BTreeMap<(ModuleId, &'a str), DefId>,
    aliases: BTreeMap<(ModuleId, &'a str), Option<ModuleId>>,
}

impl<'a> Scopes<'a> {
    /// What a name means in a module.
    pub fn find(&self, module: ModuleId, name: &str) -> Option<DefId> {
        self.names.get(&(module, name)).copied()
    }

    /// The module that an alias stands for; `Some(None)` for one that could not be had.
    #[expect(clippy::option_option, reason = "not an alias, an alias of nothing, an alias of a module")]
    pub fn alias(&self, module: ModuleId, name: &str) -> Option<Option<ModuleId>> {
        self.aliases.get(&(module, name)).copied()
    }

    /// What a name or `alias.name` means in a module.
    pub fn find_dotted(&self, module: ModuleId, name: &str) -> Option<DefId> {
        match name.split_once('.') {
            None => self.find(module, name),
            Some((alias, rest)) => self.find(self.alias(module, alias)??, rest),
        }
    }

    /// A definition.
    pub fn get(&self, id: DefId) -> Option<&Definition<'a>> {
        self.definitions.get(id.0)
    }

    /// Its state; poison if there is none.
    pub fn state(&self, id: DefId) -> State {
        self.get(id).map_or(State::Poison, |d| d.state.clone())
    }

    /// The table that a definition is, if it is one.
    pub fn table(&self, id: DefId) -> Option<TableId> {
        if let State::Table(table) = self.get(id)?.state { Some(table) } else { None }
    }

    /// Says what a definition came to.
    pub fn set(&mut self, id: DefId, state: State) {
        if let Some(d) = self.definitions.get_mut(id.0) {
            d.state = state;
        }
    }

    /// The names that a module declares.
    pub fn names_of(&self, module: ModuleId) -> impl Iterator<Item = &'a str> {
        self.names.range((module, "")..).take_while(move |((m, _), _)| *m == module).map(|((_, n), _)| *n)
    }
}

impl<'a> Checker<'a, '_> {
    /// Collects every name and refuses what is told twice.
    pub fn names(&mut self) {
        for (_, file) in self.files() {
            for broken in &file.broken {
                self.broken.add(broken);
            }
        }
        for (i, module) in self.loaded.modules.iter().enumerate() {
            let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
            for used in &module.uses {
                if let Some(first) = seen.insert(&used.alias, used.span) {
                    let message = format!("`{}` stands for two modules", used.alias);
                    self.say(
                        Diagnostic::new(&code::DUPLICATE_NAME, used.span, message)
                            .also(first, "the first")
                            .help("give one of them another name with `as`"),
                    );
                    continue;
                }
                self.scopes.aliases.insert((ModuleId(i), &used.alias), used.target);
            }
        }
        for (module, item) in self.items() {
            let (name, source) = match &item.kind {
                ItemKind::Let(x) => (&x.name, Source::Let(x)),
                ItemKind::Param(x) => (&x.name, Source::Param(x)),
                ItemKind::Fn(x) => (&x.name, Source::Fn(x)),
                ItemKind::Data(x) => (&x.name, Source::Data(x)),
                ItemKind::Group(x) => (&x.name, Source::Group(x)),
                ItemKind::Use(_)
                | ItemKind::Tool(_)
                | ItemKind::ToolsFrom(_)
                | ItemKind::Refine(_)
                | ItemKind::Label(_)
                | ItemKind::Role(_)
                | ItemKind::Agent(_)
                | ItemKind::Mark(_)
                | ItemKind::After(_)
                | ItemKind::Budget(_)
                | ItemKind::Rule(_)
                | ItemKind::Test(_)
                | ItemKind::Invariant(_) => continue,
            };
            self.refuse_root_word(name);
            let id = DefId(self.scopes.definitions.len());
            self.scopes.definitions.push(Definition { module, name, source, state: State::Poison });
            match self.scopes.names.get(&(module, name.text.as_str())).copied() {
                None => {
                    self.scopes.names.insert((module, &name.text), id);
                }
                Some(first) => {
                    let first = self.scopes.get(first).map_or(name.span, |d| d.name.span);
                    self.twice(&name.text, name.span, first);
                }
            }
        }
    }

    /// A name that begins a question cannot be given to something else.
    pub fn refuse_root_word(&mut self, name: &Name) {
        if ROOTS.contains(&name.text.as_str()) || matches!(name.text.as_str(), "lower" | "len" | "surely" | "usage") {
            let message = format!("`{}` is a word of the language", name.text);
            self.error(&code::RESERVED_WORD, name.span, message, "choose another name");
        }
    }

    /// Two things of one name.
    pub fn twice(&mut self, name: &str, span: Span, first: Span) {
        self.say(
            Diagnostic::new(&code::DUPLICATE_NAME, span, format!("`{name}` is declared twice"))
                .also(first, "the first")
                .help("rename one of them, or remove it"),
        );
    }

    /// Notes that something refers to a definition.
    pub fn note_use(&mut self, id: DefId) {
        if let Some(d) = self.scopes.get(id) {
            self.noted.used.insert(d.name.span);
        }
    }

    /// The definitions, each behind everything that it needs; those that need themselves are refused.
    pub fn definitions_in_order(&mut self) -> Vec<DefId> {
        let mut graph: DiGraph<usize, ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> = (0..self.scopes.definitions.len()).map(|i| graph.add_node(i)).collect();
        for (i, d) in self.scopes.definitions.iter().enumerate() {
            let mut needed: Vec<(ModuleId, String)> = Vec::new();
            let mut exprs: Vec<(ModuleId, &Expr)> = Vec::new();
            match d.source {
                Source::Let(x) => exprs.push((d.module, &x.value)),
                Source::Fn(x) => exprs.push((d.module, &x.body)),
                Source::Param(x) => {
                    exprs.extend(x.default.iter().map(|e| (d.module, e)));
                    exprs.extend(self.given(d.module, &x.name.text).into_iter().map(|(m, _, e)| (m, e)));
                }
                Source::Group(x) => {
                    for pattern in &x.patterns {
                        if let ast::Pattern::Name(name) = pattern {
                            needed.push((d.module, name.text.clone()));
                        }
                    }
                }
                Source::Data(_) => {}
            }
            for (module, e) in exprs {
                let mut names = Vec::new();
                words(e, &mut names);
                needed.extend(names.into_iter().map(|n| (module, n)));
            }
            // Each once: asking the graph whether an edge is there already takes as long as there are edges.
            let targets: BTreeSet<DefId> =
                needed.into_iter().filter_map(|(module, name)| self.scopes.find_dotted(module, &name)).collect();
            for target in targets {
                if let (Some(a), Some(b)) = (nodes.get(i), nodes.get(target.0)) {
                    graph.add_edge(*a, *b, ());
                }
            }
        }
        for ring in crate::cycles::rings(&graph) {
            let members: Vec<&Name> =
                ring.iter().filter_map(|i| self.scopes.definitions.get(*i)).map(|d| d.name).collect();
            let Some(first) = members.first().map(|n| n.span) else { continue };
            let message = if members.len() == 1 {
                format!("{} needs itself", crate::words::listed(members.iter().map(|n| n.text.as_str())))
            } else {
                format!("{} need each other", crate::words::listed(members.iter().map(|n| n.text.as_str())))
            };
            let mut said = Diagnostic::new(&code::CYCLE, first, message);
            for other in members.iter().skip(1).take(crate::cycles::SHOWN) {
                said = said.also(other.span, "and this one");
            }
            self.say(said.help("there is no recursion: write one of them without the other"));
        }
        crate::cycles::needs_first(&graph).into_iter().map(DefId).collect()
    }

    /// The values that `use … with` gives to a parameter: the module that gives it, where, what.
    pub fn given(&self, module: ModuleId, param: &str) -> Vec<(ModuleId, Span, &'a Expr)> {
        let mut found = Vec::new();
        for (i, user) in self.loaded.modules.iter().enumerate() {
            for used in user.uses.iter().filter(|u| u.target == Some(module)) {
                for (name, value) in used.with.iter().filter(|(n, _)| n.text == param) {
                    found.push((ModuleId(i), name.span, value));
                }
            }
        }
        found
    }
}

/// Every name and every `alias.name` in an expression. Expressions are bounded in depth by the parser.
pub(crate) fn words(e: &Expr, found: &mut Vec<String>) {
    match &e.kind {
        ExprKind::Name(name) => found.push(name.clone()),
        ExprKind::Field(of, name) => {
            if let ExprKind::Name(alias) = &of.kind {
                found.push(format!("{alias}.{}", name.text));
            }
            words(of, found);
        }
        ExprKind::List { items, .. } => items.iter().for_each(|e| words(e, found)),
        ExprKind::Record(entries) => entries.iter().for_each(|(_, e)| words(e, found)),
        ExprKind::Index(a, b) | ExprKind::Binary(_, _, a, b) => {
            words(a, found);
            words(b, found);
        }
        ExprKind::Quantified { list, body, .. } => {
            words(list, found);
            words(body, found);
        }
        ExprKind::Call(f, args) => {
            words(f, found);
            args.iter().for_each(|e| words(e, found));
        }
        ExprKind::Unary(_, of) | ExprKind::Present(of, _) | ExprKind::Has(of, _) => words(of, found),
        ExprKind::From(of, origin) => {
            words(of, found);
            if let Origin::Tools(patterns) = origin {
                for pattern in patterns {
                    if let ast::Pattern::Name(name) = pattern {
                        found.push(name.text.clone());
                    }
                }
            }
        }
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Money(..)
        | ExprKind::Duration(..)
        | ExprKind::Text(_)
        | ExprKind::Net(_)
        | ExprKind::Regex(_)
        | ExprKind::Null => {}
    }
}
