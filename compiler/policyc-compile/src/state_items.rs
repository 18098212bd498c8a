//! What comes with a call and what is remembered: labels, attributes, roles, marks, `after`.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, ItemKind, MarkTarget, Name};

use crate::checker::Checker;
use crate::exprs::{Place, What};
use crate::hir::{self, AttrId, Field, LabelId, MarkId, RoleId};
use crate::modules::ModuleId;

/// How many marks a policy has.
const MAX_MARKS: usize = 64;
/// How many roles all roles together have, themselves and those they extend included: each keeps all of its own.
const MAX_EXTENDED: usize = 1_000_000;

impl<'a> Checker<'a, '_> {
    /// Labels, attributes, roles, marks.
    pub fn state(&mut self) {
        self.labels();
        self.attributes();
        self.roles();
        self.marks();
    }

    /// The items of one kind with a name each, sorted by name; a second one of a name is refused.
    fn named<T: Copy>(&mut self, what: &str, items: Vec<(&'a Name, T)>) -> BTreeMap<String, (Span, T)> {
        let mut found: BTreeMap<String, (Span, T)> = BTreeMap::new();
        for (name, item) in &items {
            match found.get(&name.text) {
                Some((first, _)) => {
                    let first = *first;
                    self.twice(&name.text, name.span, first);
                }
                None => {
                    found.insert(name.text.clone(), (name.span, *item));
                }
            }
        }
        self.refuse_confusables(items.iter().map(|(n, _)| (n.text.as_str(), n.span)), what);
        found
    }

    fn labels(&mut self) {
        let items = self
            .items()
            .filter_map(|(m, i)| if let ItemKind::Label(x) = &i.kind { Some((&x.name, (m, x))) } else { None });
        let items = items.collect();
        for (name, (span, (module, x))) in self.named("labels", items) {
            let ty = self.ty(&x.ty, &[], module);
            let default = x.default.as_ref().and_then(|e| self.default(e, &ty, module));
            let id = LabelId(u32::try_from(self.program.labels.len()).unwrap_or(u32::MAX));
            self.ids.labels.insert(name.clone(), id);
            let field = Field { name, ty, default, span };
            self.program.labels.push(hir::Label { field, from_caller: x.from_caller == Some(true) });
        }
    }

    fn attributes(&mut self) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut fields: Vec<Field> = Vec::new();
        for (module, item) in self.items() {
            let ItemKind::Agent(declared) = &item.kind else { continue };
            for field in self.fields(declared, module) {
                let Some(decl) = declared.iter().find(|d| d.name.text == field.name) else { continue };
                if ["id", "roles", "tenant"].contains(&field.name.as_str()) {
                    let message = format!("every agent has `{}`", field.name);
                    self.error(
                        &code::DUPLICATE_NAME,
                        field.span,
                        message,
                        "remove it: `id`, `roles` and `tenant` are there",
                    );
                    continue;
                }
                match seen.insert(&decl.name.text, field.span) {
                    Some(first) => self.twice(&field.name, field.span, first),
                    None => fields.push(field),
                }
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        self.ids.attributes = (0..).map(AttrId).zip(&fields).map(|(id, f)| (f.name.clone(), id)).collect();
        self.program.attributes = fields;
    }

    fn roles(&mut self) {
        let items =
            self.items().filter_map(|(_, i)| if let ItemKind::Role(x) = &i.kind { Some((&x.name, x)) } else { None });
        let items = items.collect();
        let roles = self.named("roles", items);
        self.ids.roles = (0..).map(RoleId).zip(roles.keys()).map(|(id, n)| (n.clone(), id)).collect();
        let mut graph: DiGraph<usize, ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> = (0..roles.len()).map(|i| graph.add_node(i)).collect();
        for (i, (_, x)) in roles.values().enumerate() {
            let bases: BTreeSet<RoleId> = x.extends.iter().filter_map(|base| self.role(base)).collect();
            for base in bases {
                if let (Some(a), Some(b)) = (nodes.get(i), nodes.get(base.index())) {
                    graph.add_edge(*a, *b, ());
                }
            }
        }
        let items: Vec<&ast::Role> = roles.values().map(|(_, x)| *x).collect();
        for ring in crate::cycles::rings(&graph) {
            let members: Vec<&&ast::Role> = ring.iter().filter_map(|i| items.get(*i)).collect();
            let Some(first) = members.first() else { continue };
            let names = crate::words::listed(members.iter().map(|r| r.name.text.as_str()));
            let message = if members.len() == 1 {
                format!("the role {names} extends itself")
            } else {
                format!("the roles {names} extend each other")
            };
            let mut said = Diagnostic::new(&code::CYCLE, first.name.span, message);
            for other in members.iter().skip(1).take(crate::cycles::SHOWN) {
                said = said.also(other.name.span, "and this one");
            }
            self.say(said.help("a role extends those that can do less"));
        }
        let mut closures = self.closures(&items, &graph);
        for (i, (name, (span, _))) in roles.into_iter().enumerate() {
            let closure = closures.remove(&i).unwrap_or_default();
            self.program.roles.push(hir::Role { name, closure, span });
        }
    }

    /// What each role is: itself, and all that it extends. What is extended comes first.
    fn closures(&mut self, items: &[&'a ast::Role], graph: &DiGraph<usize, ()>) -> BTreeMap<usize, BTreeSet<RoleId>> {
        let mut closures: BTreeMap<usize, BTreeSet<RoleId>> = BTreeMap::new();
        let mut left = MAX_EXTENDED;
        for at in crate::cycles::needs_first(graph) {
            let mut closure = BTreeSet::from([RoleId(u32::try_from(at).unwrap_or(u32::MAX))]);
            for base in items.get(at).into_iter().flat_map(|x| &x.extends) {
                let Some(id) = self.ids.roles.get(&last_word(&base.text)) else { continue };
                closure.insert(*id);
                let of_base = closures.get(&id.index());
                let Some(less) = left.checked_sub(1 + of_base.map_or(0, BTreeSet::len)) else {
                    let message = format!("`{}` extends too many roles, all others counted too", base.text);
                    let help = format!(
                        "all roles together have at most {MAX_EXTENDED} roles, counted anew for each that extends them: \
                         let fewer roles extend long chains"
                    );
                    self.error(&code::OUT_OF_RANGE, base.span, message, help);
                    return closures;
                };
                left = less;
                closure.extend(of_base.into_iter().flatten());
            }
            closures.insert(at, closure);
        }
        closures
    }

    /// A role by its name; says so if there is none.
    pub fn role(&mut self, name: &Name) -> Option<RoleId> {
        if let Some(id) = self.ids.roles.get(&last_word(&name.text)) {
            return Some(*id);
        }
        if !self.broken.may_be("role", &name.text) {
            let known: Vec<String> = self.ids.roles.keys().cloned().collect();
            let help = format!("declare it: `role {}`", name.text);
            let message = format!("there is no role `{}`", name.text);
            self.unknown(&code::UNKNOWN_NAME, name.span, message, &name.text, known.iter().map(String::as_str), &help);
        }
        None
    }

    fn marks(&mut self) {
        let items =
            self.items().filter_map(|(_, i)| if let ItemKind::Mark(x) = &i.kind { Some((x, ())) } else { None });
        let items = items.collect();
        for (name, (span, ())) in self.named("marks", items) {
            let id = MarkId(u32::try_from(self.program.marks.len()).unwrap_or(u32::MAX));
            if self.program.marks.len() == MAX_MARKS {
                let message = format!("`{name}` is one mark too many");
                self.error(&code::OUT_OF_RANGE, span, message, format!("a policy has at most {MAX_MARKS} marks"));
            }
            self.ids.marks.insert(name.clone(), id);
            self.program.marks.push(hir::Mark { name, span });
        }
        for (_, item) in self.items() {
            if let ItemKind::After(x) = &item.kind
                && !x.clear
                && x.target == MarkTarget::Session
            {
                self.session_marks.insert(last_word(&x.mark.text));
            }
        }
    }

    /// A mark by its name; says so if there is none.
    pub fn mark(&mut self, name: &Name) -> Option<MarkId> {
        if let Some(id) = self.ids.marks.get(&last_word(&name.text)) {
            return Some(*id);
        }
        if !self.broken.may_be("mark", &name.text) {
            let known: Vec<String> = self.ids.marks.keys().cloned().collect();
            let help = format!("declare it: `mark {}`", name.text);
            let message = format!("there is no mark `{}`", name.text);
            self.unknown(&code::UNKNOWN_NAME, name.span, message, &name.text, known.iter().map(String::as_str), &help);
        }
        None
    }

    /// Every `after`.
    pub fn afters(&mut self) {
        for (module, item) in self.items() {
            if let ItemKind::After(x) = &item.kind {
                self.after(x, item.span, module);
            }
        }
        self.callers_marks_and_charges();
    }

    fn after(&mut self, x: &'a ast::After, span: Span, module: ModuleId) {
        let tools = self.tools_of(&x.patterns, module);
        let what = tools.clone().map_or(What::Lost, What::Result);
        let mut place = Place::new(module, what);
        let when = x.when.as_ref().map(|e| self.condition(e, &mut place));
        let mark = self.mark(&x.mark);
        if x.clear && x.target == MarkTarget::Result {
            self.error(
                &code::CLAUSE_NOT_HERE,
                x.mark.span,
                "the mark of a result cannot be cleared",
                "what a result said is remembered as it was marked; clear a mark of the session",
            );
            return;
        }
        if let Some(when) = &when {
            self.check_condition(when, &[], module, None);
        }
        let (Some(tools), Some(mark)) = (tools, mark) else { return };
        if tools.is_empty() {
            return;
        }
        let on_result = x.target == MarkTarget::Result;
        self.program.afters.push(hir::After { tools, when, clear: x.clear, on_result, mark, span });
    }
}

/// Names of one namespace over all modules may be reached through an alias all the same.
pub(crate) fn last_word(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}
