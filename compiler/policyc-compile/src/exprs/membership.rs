//! `in`, `contains`, `within`, `any`, `all`: members of lists, maps, tables, folders and networks.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, ExprKind as K, Name};

use super::compare::{branch_for, is_const, narrow};
use super::names::is_name;
use super::{Local, LocalKind, Place, asks, constant, poison};
use crate::checker::{Checker, strip};
use crate::constants::{Misfit, convert, set};
use crate::hir::{CompareOp, Expr, ExprKind, Ty, Value, VarId};
use crate::words;

impl<'a> Checker<'a, '_> {
    pub(super) fn is_in(&mut self, x: &'a ast::Expr, xs: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        if is_roles(xs) {
            return self.has_role(x, span, p);
        }
        if let K::List { items, square } = &xs.kind {
            return self.among_written(x, items, *square, xs.span, span, p);
        }
        let (x, xs) = if self.needs_type(x, p) {
            let xs = self.value(xs, None, p);
            let of = member_type(&xs.ty);
            (self.value(x, of.as_ref(), p), xs)
        } else {
            let x = self.value(x, None, p);
            let set = Ty::Set(strip(&x.ty).clone().into());
            let xs = self.value(xs, Some(&set), p);
            (x, xs)
        };
        self.member_of(x, xs, span)
    }

    /// `x in { a, b }`: a list that is written out may hold values of the call too.
    fn among_written(
        &mut self,
        x: &'a ast::Expr,
        items: &'a [ast::Expr],
        square: bool,
        at: Span,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let (x, items): (Expr, Vec<Expr>) = if self.needs_type(x, p) {
            let items: Vec<Expr> = items.iter().map(|i| self.value(i, None, p)).collect();
            let of = items.first().map(|i| strip(&i.ty).clone());
            (self.value(x, of.as_ref(), p), items)
        } else {
            let x = self.value(x, None, p);
            let of = strip(&x.ty).clone();
            (x, items.iter().map(|i| self.value(i, Some(&of), p)).collect())
        };
        if x.ty == Ty::Poison || items.iter().any(|i| i.ty == Ty::Poison) {
            return poison(span);
        }
        if items.iter().all(is_const) && !matches!(strip(&x.ty), Ty::Union(_) | Ty::Json) && !is_const(&x) {
            let of = strip(&x.ty).clone();
            let said = self.diagnostics.len();
            let mut fitting = Vec::with_capacity(items.len());
            for item in items {
                match self.alike(x.clone(), item, span) {
                    // The list's members decide: an integer among decimals is asked as a decimal.
                    Some((_, item)) => fitting.push(item),
                    None => continue,
                }
            }
            if self.diagnostics.len() > said {
                return poison(span);
            }
            let of = fitting.iter().map(|i| strip(&i.ty)).find(|t| **t == Ty::Decimal).cloned().unwrap_or(of);
            let x = self.fit(x, &of);
            let list = self.list_of(fitting.into_iter().collect(), square, Some(of.clone()), at);
            let list = self.fit(list, &Ty::Set(of.into()));
            if x.ty == Ty::Poison || list.ty == Ty::Poison {
                return poison(span);
            }
            return asks(ExprKind::In(x.into(), list.into()), span);
        }
        let mut asked = Vec::with_capacity(items.len());
        for item in items {
            let at = item.span;
            let one = self.compared(CompareOp::Eq, x.clone(), item, at);
            if one.ty == Ty::Poison {
                return poison(span);
            }
            asked.push(one);
        }
        asks(ExprKind::Or(asked), span)
    }

    /// `x in xs` where both are known.
    fn member_of(&mut self, x: Expr, xs: Expr, span: Span) -> Expr {
        if x.ty == Ty::Poison || xs.ty == Ty::Poison {
            return poison(span);
        }
        match strip(&xs.ty).clone() {
            Ty::List(of) | Ty::Set(of) => {
                let fitted = self.fitted_member(x, xs, &of, span);
                let Some((x, xs)) = fitted else { return poison(span) };
                asks(ExprKind::In(x.into(), xs.into()), span)
            }
            Ty::Map(_) | Ty::Record(_) => {
                let x = self.fit(x, &Ty::Text);
                if x.ty == Ty::Poison { poison(span) } else { asks(ExprKind::In(x.into(), xs.into()), span) }
            }
            Ty::Union(branches) => {
                let list = branches.iter().find(|b| member_type(b).is_some_and(|of| of == *strip(&x.ty))).cloned();
                match list {
                    Some(list) => self.member_of(x, narrow(xs, list), span),
                    None => self.no_members(&xs, span),
                }
            }
            _ => self.no_members(&xs, span),
        }
    }

    fn no_members(&mut self, xs: &Expr, span: Span) -> Expr {
        let message = format!("`{}` is {} and has no members", self.text(xs.span), words::one(strip(&xs.ty)));
        let help = match strip(&xs.ty) {
            Ty::Text => "for a part of a text, ask `text contains part`",
            Ty::Cidr | Ty::Host | Ty::Ip | Ty::Path(_) => "ask `x within y`",
            Ty::Enum(_) => "ask `==`",
            _ => "`in` asks for a member of a list or set, or for a key of a map or table",
        };
        self.error(&code::TYPE_MISMATCH, span, message, help);
        poison(span)
    }

    /// A member and a list as member and list of one type.
    fn fitted_member(&mut self, x: Expr, xs: Expr, of: &Ty, span: Span) -> Option<(Expr, Expr)> {
        let wanted = strip(&x.ty).clone();
        if let Ty::Union(branches) = &wanted
            && !is_const(&x)
            && wanted != *strip(of)
        {
            let probe = Expr { kind: ExprKind::Args, ty: strip(of).clone(), span };
            if let Some(branch) = branch_for(branches, &probe) {
                return self.fitted_member(narrow(x, branch), xs, of, span);
            }
        }
        // A member of another branch than is asked about makes the question unknown, as `==` does.
        if let Ty::Union(branches) = strip(of)
            && !is_const(&xs)
            && (is_const(&x) || !matches!(wanted, Ty::Union(_)))
            && let Some(branch) = branch_for(branches, &x)
        {
            let of = branch.clone().into();
            let list = if let Ty::Set(_) = strip(&xs.ty) { Ty::Set(of) } else { Ty::List(of) };
            return self.fitted_member(x, narrow(xs, list), &branch, span);
        }
        if let ExprKind::Const(Value::List(items)) = &xs.kind
            && !is_const(&x)
        {
            let wanted = if wanted == Ty::Int && *strip(of) == Ty::Decimal { Ty::Decimal } else { wanted };
            let mut out = Vec::with_capacity(items.len());
            for item in items {
                match convert(item, &wanted) {
                    Ok(value) => out.push(value),
                    Err(why) => {
                        let item = constant(item.clone(), of.clone(), xs.span);
                        self.misfit_member(&item, &wanted, why);
                        return None;
                    }
                }
            }
            let list = constant(set(out), Ty::Set(wanted.clone().into()), xs.span);
            return Some((self.fit(x, &wanted), list));
        }
        let x = self.fit(x, of);
        if x.ty == Ty::Poison { None } else { Some((x, xs)) }
    }

    /// A member of a list that stands elsewhere is none of the type that is asked for.
    fn misfit_member(&mut self, item: &Expr, needed: &Ty, why: Misfit) {
        let shown =
            if let ExprKind::Const(value) = &item.kind { crate::constants::shown(value) } else { String::new() };
        let list = self.text(item.span);
        let because = match why {
            Misfit::Text(why) | Misfit::Field(why) => format!(": {why}"),
            Misfit::Kind | Misfit::Variant(_) => String::new(),
        };
        let message = format!("`{shown}` in `{list}` is not {}{because}", words::one(needed));
        self.say(Diagnostic::new(&code::TYPE_MISMATCH, item.span, message));
    }

    pub(super) fn contains(&mut self, xs: &'a ast::Expr, x: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        if is_roles(xs) {
            return self.has_role(x, span, p);
        }
        let xs = self.value(xs, None, p);
        match strip(&xs.ty).clone() {
            Ty::Poison => {
                let _ = self.value(x, Some(&Ty::Poison), p);
                poison(span)
            }
            Ty::List(of) | Ty::Set(of) => {
                let x = self.value(x, Some(&of), p);
                self.member_of_list(x, xs, &of, span)
            }
            Ty::Union(branches) => {
                let x = self.value(x, None, p);
                let list = branches.iter().find(|b| member_type(b).is_some_and(|of| of == *strip(&x.ty)));
                match list.or_else(|| branches.iter().find(|b| **b == Ty::Text)).cloned() {
                    Some(Ty::Text) => self.text_question(narrow(xs, Ty::Text), x, span),
                    Some(list) => {
                        let of = member_type(&list).unwrap_or(Ty::Json);
                        self.member_of_list(x, narrow(xs, list), &of, span)
                    }
                    None => self.no_members(&xs, span),
                }
            }
            Ty::Map(_) | Ty::Record(_) => {
                let x = self.value(x, Some(&Ty::Text), p);
                self.member_of(x, xs, span)
            }
            _ => {
                let x = self.value(x, Some(&Ty::Text), p);
                self.text_question(xs, x, span)
            }
        }
    }

    fn text_question(&mut self, text: Expr, part: Expr, span: Span) -> Expr {
        let (text, part) = (self.as_text(text), self.as_text(part));
        if text.ty == Ty::Poison || part.ty == Ty::Poison {
            return poison(span);
        }
        asks(ExprKind::Contains(text.into(), part.into()), span)
    }

    fn member_of_list(&mut self, x: Expr, xs: Expr, of: &Ty, span: Span) -> Expr {
        if x.ty == Ty::Poison {
            return poison(span);
        }
        match self.fitted_member(x, xs, of, span) {
            Some((x, xs)) => asks(ExprKind::Contains(xs.into(), x.into()), span),
            None => poison(span),
        }
    }

    /// `ROLE in agent.roles`
    fn has_role(&mut self, role: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        if !self.allowed("agent.roles", span, p) {
            return poison(span);
        }
        let (name, at) = match &role.kind {
            K::Name(name) | K::Text(name) => (name.clone(), role.span),
            _ => {
                self.error(&code::TYPE_MISMATCH, role.span, "a role is a name", "write `NAME in agent.roles`");
                return poison(span);
            }
        };
        match self.role(&Name { text: name, span: at }) {
            Some(id) => asks(ExprKind::HasRole(id), span),
            None => poison(span),
        }
    }

    // ---- within

    pub(super) fn within(&mut self, x: &'a ast::Expr, y: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        let x = self.value(x, None, p);
        let y = self.value(y, None, p);
        if x.ty == Ty::Poison || y.ty == Ty::Poison {
            return poison(span);
        }
        let x = match strip(&x.ty).clone() {
            Ty::Union(branches) => match branches.iter().find(|b| lies_within(b)).cloned() {
                Some(branch) => narrow(x, branch),
                None => x,
            },
            _ => x,
        };
        let is_path = matches!(strip(&x.ty), Ty::Path(_));
        match strip(&x.ty) {
            ty if lies_within(ty) => {}
            Ty::Shell(_) | Ty::Sql(_) => {
                self.not_a_plain_text(&x, span);
                return poison(span);
            }
            Ty::Text => {
                let message = format!("`{}` is a text, which is within nothing", self.text(x.span));
                self.error(
                    &code::TYPE_MISMATCH,
                    span,
                    message,
                    "give it the type `path`, `host`, `url`, `ip` or `email` where it is declared",
                );
                return poison(span);
            }
            Ty::List(_) | Ty::Set(_) => {
                let message = format!("`{}` is {}", self.text(x.span), words::one(strip(&x.ty)));
                self.error(&code::TYPE_MISMATCH, span, message, "ask `all x in xs: x within …`");
                return poison(span);
            }
            ty => {
                let message = format!("`{}` is {}, which is within nothing", self.text(x.span), words::one(ty));
                self.error(
                    &code::TYPE_MISMATCH,
                    span,
                    message,
                    "paths, hosts, URLs, addresses, networks and mail addresses can be",
                );
                return poison(span);
            }
        }
        if is_const(&x) {
            let message = format!("`{}` is a constant", self.text(x.span));
            self.error(&code::TYPE_MISMATCH, x.span, message, "ask it of something that comes with the call");
            return poison(span);
        }
        let y = match &y.kind {
            ExprKind::Const(value) => match self.area(value, is_path, y.span) {
                Some((value, ty)) => constant(value, ty, y.span),
                None => return poison(span),
            },
            _ => {
                let of = member_type(&y.ty).unwrap_or_else(|| strip(&y.ty).clone());
                let fits = match strip(&of) {
                    Ty::Path(_) => is_path,
                    Ty::Host | Ty::Cidr | Ty::Ip => !is_path,
                    _ => false,
                };
                if !fits {
                    let message =
                        format!("`{}` is {}: nothing is within it", self.text(y.span), words::one(strip(&y.ty)));
                    let help =
                        if is_path { "a path is within a `path`" } else { "hosts are within a `cidr` or a `host`" };
                    self.error(&code::TYPE_MISMATCH, span, message, help);
                    return poison(span);
                }
                y
            }
        };
        asks(ExprKind::Within(x.into(), y.into()), span)
    }

    /// A constant as what something can be within: a folder; or a domain or network; or several.
    fn area(&mut self, value: &Value, is_path: bool, span: Span) -> Option<(Value, Ty)> {
        if let Value::List(items) = value {
            let of = if is_path { Ty::Path(None) } else { Ty::Host };
            let items: Option<Vec<Value>> =
                items.iter().map(|v| self.area(v, is_path, span).map(|(value, _)| value)).collect();
            return Some((set(items?), Ty::Set(of.into())));
        }
        let tried = match (value, is_path) {
            (Value::Record(entries), _) if entries.is_empty() => {
                Ok((Value::List(Vec::new()), Ty::Set(Ty::Host.into())))
            }
            (_, true) => convert(value, &Ty::Path(None)).map(|v| (v, Ty::Path(None))),
            (Value::Text(t), false) if !t.contains('/') && policyc_facets::ip(t).is_err() => {
                convert(value, &Ty::Host).map(|v| (v, Ty::Host))
            }
            (Value::Host(t), false) if policyc_facets::ip(t).is_err() => Ok((value.clone(), Ty::Host)),
            (_, false) => convert(value, &Ty::Cidr).map(|v| (v, Ty::Cidr)),
        };
        match tried {
            Ok(found) => Some(found),
            Err(why) => {
                let shown = crate::constants::shown(value);
                let what = if is_path { "folder" } else { "domain or network" };
                let (code, because) = match why {
                    Misfit::Text(why) => (&code::BAD_LITERAL, format!(": {why}")),
                    Misfit::Kind | Misfit::Variant(_) | Misfit::Field(_) => (&code::TYPE_MISMATCH, String::new()),
                };
                self.say(Diagnostic::new(code, span, format!("`{shown}` is no {what}{because}")));
                None
            }
        }
    }

    // ---- any, all

    pub(super) fn quantified(
        &mut self,
        all: bool,
        var: &'a Name,
        list: &'a ast::Expr,
        body: &'a ast::Expr,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        self.refuse_root_word(var);
        let list = if is_roles(list) {
            self.error(
                &code::TYPE_MISMATCH,
                list.span,
                "the roles of an agent are not gone through",
                "ask `ROLE in agent.roles`",
            );
            poison(list.span)
        } else {
            self.value(list, None, p)
        };
        let list = match strip(&list.ty) {
            Ty::Union(branches) => match branches.iter().find(|b| member_type(b).is_some()).cloned() {
                Some(branch) => narrow(list, branch),
                None => list,
            },
            _ => list,
        };
        let of = match strip(&list.ty) {
            Ty::List(of) | Ty::Set(of) | Ty::Map(of) => (**of).clone(),
            Ty::Poison => Ty::Poison,
            Ty::Shell(_) | Ty::Sql(_) => {
                self.not_a_plain_text(&list, list.span);
                Ty::Poison
            }
            ty => {
                let message = format!("`{}` is {} and no list", self.text(list.span), words::one(ty));
                self.error(&code::TYPE_MISMATCH, list.span, message, "`any` and `all` go through lists, sets and maps");
                Ty::Poison
            }
        };
        let id = VarId(p.next_var);
        let local = Local { name: var.text.clone(), kind: LocalKind::Var(id, of.clone()) };
        p.met.push(local.clone());
        p.locals.push(local);
        p.next_var = p.next_var.saturating_add(1);
        let body = self.condition(body, p);
        p.next_var = p.next_var.saturating_sub(1);
        p.locals.pop();
        if of == Ty::Poison || body.ty == Ty::Poison {
            return poison(span);
        }
        let kind = ExprKind::Quantified { all, var: id, name: var.text.clone(), list: list.into(), body: body.into() };
        asks(kind, span)
    }
}

/// `agent.roles`
fn is_roles(e: &ast::Expr) -> bool {
    matches!(&e.kind, K::Field(of, name) if name.text == "roles" && is_name(of, "agent"))
}

fn lies_within(ty: &Ty) -> bool {
    matches!(ty, Ty::Path(_) | Ty::Host | Ty::Url | Ty::Ip | Ty::Cidr | Ty::Email)
}

/// The type of the members of a list or set.
pub(super) fn member_type(ty: &Ty) -> Option<Ty> {
    match strip(ty) {
        Ty::List(of) | Ty::Set(of) => Some(strip(of).clone()),
        _ => None,
    }
}
