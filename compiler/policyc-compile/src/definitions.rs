//! `let`, `param`, `data`, `fn`: what a module defines for itself, each behind what it needs.
//!
//! Constants are folded to values here; functions stay functions, in an order in which each calls only those before
//! it. What `use … with` gives to a parameter is read in the module that gives it.

use policyc_diag::{Diagnostic, code};
use policyc_syntax::ast::{self, ItemKind};

use crate::checker::Checker;
use crate::exprs::{Local, LocalKind, Place, What, is_condition};
use crate::hir::{Expr, ExprKind, FnId, Function, Table, TableId, Ty, Value, VarId};
use crate::modules::ModuleId;
use crate::scope::{DefId, Source, State};

impl<'a> Checker<'a, '_> {
    /// Every `let`, `param` and `data`.
    pub fn constants(&mut self) {
        self.check_with();
        for id in self.definitions_in_order() {
            let Some(d) = self.scopes.get(id) else { continue };
            let (module, source) = (d.module, d.source);
            let state = match source {
                Source::Let(x) => self.constant(&x.value, x.ty.as_ref(), module, "a `let`"),
                Source::Param(x) => self.param(x, module),
                Source::Data(x) => self.data(x, module),
                Source::Fn(_) | Source::Group(_) => continue,
            };
            self.scopes.set(id, state);
        }
    }

    fn constant(
        &mut self,
        value: &'a ast::Expr,
        ty: Option<&'a ast::Type>,
        module: ModuleId,
        what: &'static str,
    ) -> State {
        let ty = ty.map(|t| self.ty(t, &[], module));
        let mut place = Place::new(module, What::Constant(what));
        let value = match &ty {
            Some(ty) => self.value_of(value, ty, &mut place),
            None => self.value(value, None, &mut place),
        };
        match (self.constant_of(value, what), ty) {
            (Some((value, _)), Some(ty)) => State::Constant(value, ty),
            (Some((value, ty)), None) => State::Constant(value, ty),
            (None, _) => State::Poison,
        }
    }

    /// A default of an argument, a label or a field.
    pub fn default(&mut self, value: &'a ast::Expr, ty: &Ty, module: ModuleId) -> Option<Value> {
        let mut place = Place::new(module, What::Constant("a default"));
        let value = self.value_of(value, ty, &mut place);
        self.constant_of(value, "a default").map(|(value, _)| value)
    }

    /// The value of a constant expression; says so if it is none.
    pub fn constant_of(&mut self, e: Expr, what: &str) -> Option<(Value, Ty)> {
        match (e.kind, e.ty) {
            (_, Ty::Poison) => None,
            (ExprKind::Const(value), ty) => Some((value, ty)),
            (_, _) => {
                let message = format!("`{}` is no constant", self.text(e.span));
                self.error(&code::NOT_CONSTANT, e.span, message, format!("{what} is the same for every call"));
                None
            }
        }
    }

    fn param(&mut self, x: &'a ast::Param, module: ModuleId) -> State {
        let given = self.given(module, &x.name.text);
        let ty = self.ty(&x.ty, &[], module);
        if let Some((_, second, _)) = given.get(1) {
            let first = given.first().map_or(*second, |(_, s, _)| *s);
            self.say(
                Diagnostic::new(&code::DUPLICATE_NAME, *second, format!("`{}` is given twice", x.name.text))
                    .also(first, "the first")
                    .help("a module is part of the policy once: fit it in one place"),
            );
        }
        let (from, value) = match (given.first(), &x.default) {
            (Some((from, _, value)), _) => (*from, *value),
            (None, Some(default)) => (module, default),
            (None, None) => {
                self.missing_param(x, module);
                return State::Poison;
            }
        };
        let mut place = Place::new(from, What::Constant("a parameter"));
        let value = self.value_of(value, &ty, &mut place);
        match self.constant_of(value, "a parameter") {
            Some((value, _)) => State::Constant(value, ty),
            None => State::Poison,
        }
    }

    fn missing_param(&mut self, x: &ast::Param, module: ModuleId) {
        let user = self.loaded.modules.iter().flat_map(|m| &m.uses).find(|u| u.target == Some(module));
        let (span, help) = match user {
            Some(user) => (user.span, format!("write `with {{ {}: … }}` behind it", x.name.text)),
            None => (x.name.span, "give it a default: nobody uses this module, so nobody can give a value".to_owned()),
        };
        let message = format!("the parameter `{}` has no value", x.name.text);
        self.say(Diagnostic::new(&code::MISSING_PARAM, span, message).also(x.name.span, "has no default").help(help));
    }

    /// What is given to parameters that are not there.
    fn check_with(&mut self) {
        for module in &self.loaded.modules {
            for used in &module.uses {
                let Some(target) = used.target else { continue };
                for (name, _) in &used.with {
                    let params: Vec<&str> = self
                        .items()
                        .filter(|(m, _)| *m == target)
                        .filter_map(
                            |(_, i)| if let ItemKind::Param(p) = &i.kind { Some(p.name.text.as_str()) } else { None },
                        )
                        .collect();
                    if params.contains(&name.text.as_str()) || self.broken.may_be("param", &name.text) {
                        continue;
                    }
                    let message = format!("the module `{}` has no parameter `{}`", used.alias, name.text);
                    let otherwise = if params.is_empty() {
                        "it has none at all".to_owned()
                    } else {
                        format!("it has {}", crate::words::listed(params.iter().copied()))
                    };
                    self.unknown(&code::UNKNOWN_PARAM, name.span, message, &name.text, params, &otherwise);
                }
            }
        }
    }

    fn data(&mut self, x: &'a ast::Data, module: ModuleId) -> State {
        let ty = self.ty(&x.ty, &[], module);
        if ty == Ty::Poison {
            return State::Poison;
        }
        let Some(value) = self.read_data(&x.file, &ty) else { return State::Poison };
        let id = TableId(u32::try_from(self.program.tables.len()).unwrap_or(u32::MAX));
        let name = self.qualified(module, &x.name.text);
        self.program.tables.push(Table { name, ty, value });
        State::Table(id)
    }

    /// Every `fn`.
    pub fn functions(&mut self) {
        for id in self.function_order() {
            let Some(d) = self.scopes.get(id) else { continue };
            let (module, source) = (d.module, d.source);
            if let Source::Fn(x) = source {
                let state = self.function(x, module);
                self.scopes.set(id, state);
            }
        }
    }

    /// As `definitions_in_order`, without saying again what is wrong.
    fn function_order(&mut self) -> Vec<DefId> {
        let said = self.diagnostics.len();
        let order = self.definitions_in_order();
        self.diagnostics.truncate(said);
        order
    }

    fn function(&mut self, x: &'a ast::Fn, module: ModuleId) -> State {
        let mut place = Place::new(module, What::Function);
        let mut params: Vec<(String, Ty)> = Vec::new();
        let mut seen: Vec<&ast::Name> = Vec::new();
        for (i, (name, ty)) in x.params.iter().enumerate() {
            self.refuse_root_word(name);
            if let Some(first) = seen.iter().find(|n| n.text == name.text) {
                let first = first.span;
                self.twice(&name.text, name.span, first);
            }
            seen.push(name);
            // Parts of a text are no values of the wire: their types are named where functions take them, nowhere else.
            let part = if let ast::TypeKind::Name(word) = &ty.kind { crate::readings::part(word) } else { None };
            let ty = part.unwrap_or_else(|| self.ty(ty, &[], module));
            let var = VarId(u32::try_from(i).unwrap_or(u32::MAX));
            place.locals.push(Local { name: name.text.clone(), kind: LocalKind::Var(var, ty.clone()) });
            params.push((name.text.clone(), ty));
        }
        place.next_var = u32::try_from(params.len()).unwrap_or(u32::MAX);
        let returns = x.returns.as_ref().map(|t| self.ty(t, &[], module));
        let said = self.diagnostics.len();
        let body = match &returns {
            Some(Ty::Bool) => self.condition(&x.body, &mut place),
            Some(ty) => self.value_of(&x.body, ty, &mut place),
            None if is_condition(&x.body) => self.condition(&x.body, &mut place),
            None => {
                let value = self.value(&x.body, None, &mut place);
                if value.ty == Ty::Bool { self.condition(&x.body, &mut place) } else { value }
            }
        };
        if body.ty == Ty::Poison || self.diagnostics.len() > said {
            return State::Poison;
        }
        let ty = returns.unwrap_or_else(|| body.ty.clone());
        let id = FnId(u32::try_from(self.program.functions.len()).unwrap_or(u32::MAX));
        let name = self.qualified(module, &x.name.text);
        let asks = self.asks_of_function(&body, params.len());
        self.asked_by.push(asks);
        self.program.functions.push(Function { name, params, ty, body });
        State::Function(id)
    }
}
