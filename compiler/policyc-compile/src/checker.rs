//! Checking: from loaded files to the typed tree, in the order in which one thing needs another.
//!
//! Constants first, since types' defaults need them; then what the wire brings (tools, labels, roles, marks); then
//! budgets and functions; then everything with a condition. Each kind of item has a file of its own, all of them
//! `impl Checker`. A mistake is said once and leaves `Ty::Poison` behind, which fits everything.

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Code, Diagnostic, SourceMap, Span};
use policyc_syntax::ast::{Broken, File, Item};

use crate::callers_word::Asks;
use crate::constants::Constants;
use crate::hir::{AttrId, BudgetId, LabelId, MarkId, Program, RoleId, ToolId, Ty};
use crate::modules::{Loaded, ModuleId, Reader};
use crate::scope::Scopes;

/// What checking knows and has said so far.
pub(crate) struct Checker<'a, 's> {
    pub loaded: &'a Loaded,
    pub reader: &'a mut Reader<'s>,
    pub map: &'a mut SourceMap,
    pub diagnostics: Vec<Diagnostic>,
    pub scopes: Scopes<'a>,
    pub program: Program,
    pub constants: Constants,
    pub ids: Ids,
    /// What items that could not be read would have declared.
    pub broken: BrokenNames,
    /// For each function, what it asks, itself or through others.
    pub asked_by: Vec<Asks>,
    /// Marks that the caller's own word sets.
    pub callers_marks: BTreeSet<MarkId>,
    /// Marks that some `after` sets on the session, whether or not the `after` meets a tool.
    pub session_marks: BTreeSet<String>,
    /// Things that the lints look at.
    pub noted: Noted,
}

/// Ids by name.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    pub tools: BTreeMap<String, ToolId>,
    pub labels: BTreeMap<String, LabelId>,
    pub attributes: BTreeMap<String, AttrId>,
    pub roles: BTreeMap<String, RoleId>,
    pub marks: BTreeMap<String, MarkId>,
    /// By module and the name in it.
    pub budgets: BTreeMap<(ModuleId, String), BudgetId>,
    /// Qualified names of all rules, healthy or not, by module and the name in it.
    pub rules: BTreeMap<(ModuleId, String), String>,
}

/// Names of items that could not be read, by the item's keyword.
#[derive(Debug, Default)]
pub(crate) struct BrokenNames {
    names: BTreeMap<String, BTreeSet<String>>,
    nameless: BTreeSet<String>,
}

impl BrokenNames {
    /// Remembers an item.
    pub fn add(&mut self, broken: &Broken) {
        match &broken.name {
            Some(name) => {
                self.names.entry(broken.keyword.clone()).or_default().insert(name.text.clone());
            }
            None => {
                self.nameless.insert(broken.keyword.clone());
            }
        }
    }

    /// Remembers that items of a kind are missing altogether.
    pub fn add_nameless(&mut self, keyword: &str) {
        self.nameless.insert(keyword.to_owned());
    }

    /// Remembers one name.
    pub fn add_name(&mut self, keyword: &str, name: &str) {
        self.names.entry(keyword.to_owned()).or_default().insert(name.to_owned());
    }

    /// Whether an item of this kind and name may have been lost.
    pub fn may_be(&self, keyword: &str, name: &str) -> bool {
        self.nameless.contains(keyword) || self.names.get(keyword).is_some_and(|n| n.contains(name))
    }

    /// Whether any item of this kind was lost.
    pub fn any(&self, keyword: &str) -> bool {
        self.nameless.contains(keyword) || self.names.contains_key(keyword)
    }

    /// The names of lost items of a kind.
    pub fn of(&self, keyword: &str) -> impl Iterator<Item = &str> {
        self.names.get(keyword).into_iter().flatten().map(String::as_str)
    }
}

/// What lints look at when everything is checked.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Definitions that something refers to.
    pub used: BTreeSet<Span>,
    /// Tools that say no risk, with the place where one could stand.
    pub no_risk: BTreeMap<String, Span>,
    /// Rules of the root module or others, by name, with the place of their name.
    pub rule_names: BTreeMap<String, Span>,
    /// Tools of files, by the place that names the file, that nothing but their file says a risk of.
    pub imported_without_risk: BTreeMap<Span, BTreeSet<String>>,
    /// Tools to which a refinement gives a risk.
    pub refined_risk: BTreeSet<String>,
}

/// Checks what was loaded.
pub(crate) fn check<'a>(
    name: &str,
    loaded: &'a Loaded,
    reader: &'a mut Reader<'_>,
    map: &'a mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let mut checker = Checker {
        loaded,
        reader,
        map,
        diagnostics: Vec::new(),
        scopes: Scopes::default(),
        program: Program { name: name.to_owned(), ..Program::default() },
        constants: Constants::default(),
        ids: Ids::default(),
        broken: BrokenNames::default(),
        asked_by: Vec::new(),
        callers_marks: BTreeSet::new(),
        session_marks: BTreeSet::new(),
        noted: Noted::default(),
    };
    checker.names();
    checker.constants();
    checker.tools();
    checker.state();
    checker.groups();
    checker.budget_heads();
    checker.functions();
    checker.budget_charges();
    checker.afters();
    checker.rules();
    checker.invariants();
    checker.obligations();
    checker.tests();
    checker.lints();
    diagnostics.append(&mut checker.diagnostics);
    checker.program
}

impl<'a> Checker<'a, '_> {
    /// Says something.
    pub fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Says something that needs no more than a message.
    pub fn error(&mut self, code: &'static Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.say(Diagnostic::new(code, span, message).help(help));
    }

    /// What the writer wrote there, shortened.
    pub fn text(&self, span: Span) -> String {
        const SHOWN: usize = 48;
        let words: Vec<&str> = self.map.text(span).split_whitespace().collect();
        let text = words.join(" ");
        if text.chars().count() > SHOWN {
            let cut: String = text.chars().take(SHOWN).collect();
            return format!("{}…", cut.trim_end());
        }
        text
    }

    /// All files, those of the root first.
    pub fn files(&self) -> impl Iterator<Item = (ModuleId, &'a File)> + use<'a> {
        self.loaded.modules.iter().enumerate().flat_map(|(i, m)| m.files.iter().map(move |f| (ModuleId(i), f)))
    }

    /// All items that could be read, those of the root first.
    pub fn items(&self) -> impl Iterator<Item = (ModuleId, &'a Item)> + use<'a> {
        self.files().flat_map(|(m, f)| f.items.iter().map(move |i| (m, i)))
    }

    /// The name of something of a module, as it is known outside.
    pub fn qualified(&self, module: ModuleId, name: &str) -> String {
        match self.loaded.modules.get(module.0).map(|m| m.qualifier.as_str()) {
            Some("") | None => name.to_owned(),
            Some(qualifier) => format!("{qualifier}.{name}"),
        }
    }

    /// `unknown name`, with the nearest known one.
    pub fn unknown<'n>(
        &mut self,
        code: &'static Code,
        span: Span,
        message: String,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
        otherwise: &str,
    ) {
        let said = Diagnostic::new(code, span, message);
        let said = match policyc_diag::suggest(name, known) {
            Some(near) => {
                said.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near, false)
            }
            None if otherwise.is_empty() => said,
            None => said.help(otherwise),
        };
        self.say(said);
    }
}

/// A type without `?`.
pub(crate) fn strip(ty: &Ty) -> &Ty {
    let mut ty = ty;
    while let Ty::Optional(inner) = ty {
        ty = inner;
    }
    ty
}

/// Whether a value of this type may be absent.
pub(crate) fn optional(ty: Ty) -> Ty {
    if matches!(ty, Ty::Optional(_) | Ty::Poison) { ty } else { Ty::Optional(ty.into()) }
}
