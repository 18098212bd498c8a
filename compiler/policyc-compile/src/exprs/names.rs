//! Bare words: variables, definitions, enum values.

use policyc_diag::{Span, code};
use policyc_syntax::ast::{self, ExprKind as K};

use super::{LocalKind, Place, What, constant, poison, variants_of};
use crate::checker::{Checker, strip};
use crate::constants;
use crate::hir::{Expr, ExprKind, Ty, Value};
use crate::modules::ModuleId;
use crate::scope::{DefId, ROOTS, State};
use crate::words;

impl<'a> Checker<'a, '_> {
    /// Whether a bare word in this expression means something only beside a type.
    pub(super) fn needs_type(&self, e: &ast::Expr, p: &Place<'a>) -> bool {
        match &e.kind {
            K::Name(name) => match p.locals.iter().rev().find(|l| l.name == *name).map(|l| &l.kind) {
                Some(LocalKind::Var(..) | LocalKind::Value(..)) => false,
                Some(LocalKind::Row(row)) => {
                    matches!(row.kind, K::Name(_)) && !is_name(row, name) && self.needs_type(row, p)
                }
                None => !ROOTS.contains(&name.as_str()) && self.scopes.find(p.module, name).is_none(),
            },
            K::List { items, .. } => items.iter().any(|e| self.needs_type(e, p)),
            K::Field(of, name) => name.text == "cost" && is_name(of, "usage"),
            K::Record(_)
            | K::Bool(_)
            | K::Number(_)
            | K::Money(..)
            | K::Duration(..)
            | K::Text(_)
            | K::Net(_)
            | K::Regex(_)
            | K::Null
            | K::Index(..)
            | K::Call(..)
            | K::Unary(..)
            | K::Binary(..)
            | K::Present(..)
            | K::Has(..)
            | K::From(..)
            | K::Quantified { .. } => false,
        }
    }

    pub(super) fn name(&mut self, name: &str, expected: Option<&Ty>, span: Span, p: &mut Place<'a>) -> Expr {
        match p.locals.iter().rposition(|l| l.name == name) {
            Some(at) => match p.locals.get(at).map(|l| l.kind.clone()) {
                Some(LocalKind::Var(id, ty)) => return Expr { kind: ExprKind::Var(id), ty, span },
                Some(LocalKind::Value(value, ty)) => return constant(value, ty, span),
                Some(LocalKind::Row(row)) => {
                    // A row is read as if it stood outside of its own table.
                    let inner = p.locals.split_off(at);
                    let value = self.value(row, expected, p);
                    p.locals.extend(inner);
                    return Expr { span, ..value };
                }
                None => {}
            },
            None if ROOTS.contains(&name) => return self.root_word(name, span, p),
            None => {}
        }
        if let Some(id) = self.scopes.find(p.module, name) {
            return self.definition(id, name, span);
        }
        if let Some(ty) = expected {
            match strip(ty) {
                Ty::Risk => {
                    if let Some(risk) = constants::risk(name) {
                        return constant(Value::Risk(risk), Ty::Risk, span);
                    }
                    self.unknown_variant(name, ty, span);
                    return poison(span);
                }
                Ty::Poison => return poison(span),
                _ => {
                    let variants = variants_of(ty);
                    if variants.iter().any(|v| v == name) {
                        return constant(Value::Enum(name.to_owned()), Ty::Enum(variants.into()), span);
                    }
                    if !variants.is_empty() {
                        self.unknown_variant(name, strip(ty), span);
                        return poison(span);
                    }
                }
            }
        }
        self.unknown_word(name, span, p);
        poison(span)
    }

    /// A word that begins a question, alone.
    fn root_word(&mut self, name: &str, span: Span, p: &mut Place<'a>) -> Expr {
        match name {
            "time" => {
                if self.allowed("time", span, p) {
                    return Expr { kind: ExprKind::Time, ty: Ty::Time, span };
                }
            }
            "result" => return self.whole_result(span, p),
            _ => {
                let message = format!("`{name}` alone is no value");
                let help = match name {
                    "args" => "name an argument: `args.NAME`",
                    "labels" => "name a label: `labels.NAME`",
                    "budgets" => "name a budget: `budgets.NAME.used`",
                    "agent" => "ask `agent.id`, `agent.tenant`, an attribute, or `ROLE in agent.roles`",
                    "tool" => "ask `tool.name`, `tool.risk` or `tool.tags`",
                    "session" => "ask `session.id`, `session.age` or `session has MARK`",
                    _ => "ask `call.task` or `call has MARK`",
                };
                self.error(&code::NOT_A_VALUE, span, message, help);
            }
        }
        poison(span)
    }

    fn unknown_word(&mut self, name: &str, span: Span, p: &Place<'a>) {
        if ["let", "param", "fn", "data"].iter().any(|k| self.broken.may_be(k, name)) {
            return;
        }
        // Enum values are candidates too: `dev` beside nothing is a value that has lost its other side.
        let known: Vec<&str> = p
            .locals
            .iter()
            .map(|l| l.name.as_str())
            .chain(self.scopes.names_of(p.module))
            .chain(if matches!(p.what, What::Constant(_)) { [].iter().copied() } else { ROOTS.iter().copied() })
            .collect();
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let otherwise = if self.ids.labels.contains_key(name) && !matches!(p.what, What::Constant(_)) {
            format!("the label is read as `labels.{name}`")
        } else if self.program.tools.iter().any(|t| t.args.iter().any(|f| f.name == name)) {
            format!("the argument is read as `args.{name}`")
        } else {
            "a text stands in quotes; a value of an enum needs something of that type beside it".to_owned()
        };
        let message = format!("nothing is named `{name}` here");
        self.unknown(&code::UNKNOWN_NAME, span, message, name, known.iter().map(String::as_str), &otherwise);
    }

    /// What a definition is worth, as a value.
    pub(crate) fn definition(&mut self, id: DefId, name: &str, span: Span) -> Expr {
        self.note_use(id);
        let state = self.scopes.get(id).map_or(&State::Poison, |d| &d.state);
        match state {
            State::Poison => poison(span),
            State::Constant(value, ty) => {
                if self.constants.write_out(value) {
                    return constant(value.clone(), ty.clone(), span);
                }
                self.too_much_written(name, span)
            }
            State::Table(table) => match self.program.tables.get(table.index()) {
                Some(table) if self.constants.write_out(&table.value) => {
                    constant(table.value.clone(), table.ty.clone(), span)
                }
                Some(_) => self.too_much_written(name, span),
                None => poison(span),
            },
            State::Function(_) => {
                let message = format!("`{name}` is a function");
                self.error(&code::NOT_A_VALUE, span, message, format!("call it: `{name}(…)`"));
                poison(span)
            }
            State::Tools(_) => {
                let message = format!("`{name}` is a group of tools and no value");
                self.error(
                    &code::NOT_A_VALUE,
                    span,
                    message,
                    "groups stand in patterns: `allow GROUP`, `x from GROUP`",
                );
                poison(span)
            }
        }
    }

    /// Constants are written out where their names stand, and this is one too many.
    fn too_much_written(&mut self, name: &str, span: Span) -> Expr {
        if !self.constants.is_said() {
            let message = format!("with `{name}` here, the constants of this policy are too large, written out");
            let help = format!("ask for it in one place and call that: `fn known(x: string) = x in {name}`");
            self.error(&code::CONSTANT_TOO_LARGE, span, message, help);
        }
        poison(span)
    }

    /// `alias.name`, if the first word is a module.
    pub(super) fn of_module(&mut self, alias: &str, name: &ast::Name, span: Span, p: &Place<'a>) -> Option<Expr> {
        Some(match self.module_member(alias, name, p.module)? {
            Some(id) => self.definition(id, &name.text, span),
            None => poison(span),
        })
    }

    /// What `alias.name` names; `Some(None)` if there is such a module and something was said.
    #[expect(clippy::option_option, reason = "no module, a module without such a name, a definition")]
    pub(super) fn module_member(&mut self, alias: &str, name: &ast::Name, from: ModuleId) -> Option<Option<DefId>> {
        let module = self.scopes.alias(from, alias)?;
        let Some(module) = module else { return Some(None) };
        if let Some(id) = self.scopes.find(module, &name.text) {
            return Some(Some(id));
        }
        if ["let", "param", "fn", "data", "group"].iter().any(|k| self.broken.may_be(k, &name.text)) {
            return Some(None);
        }
        let known: Vec<&str> = self.scopes.names_of(module).collect();
        let otherwise = if known.is_empty() {
            "it defines nothing".to_owned()
        } else {
            format!("it has {}", words::listed(known.iter().copied()))
        };
        let message = format!("the module `{alias}` has no `{}`", name.text);
        self.unknown(&code::UNKNOWN_NAME, name.span, message, &name.text, known, &otherwise);
        Some(None)
    }
}

/// Whether this is the bare word.
pub(super) fn is_name(e: &ast::Expr, word: &str) -> bool {
    matches!(&e.kind, K::Name(name) if name == word)
}
