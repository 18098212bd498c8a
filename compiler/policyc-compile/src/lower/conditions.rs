//! Conditions: from three values to two.
//!
//! `condition(e, side)` is the node that is true exactly when the `side` bit of `e` is. `and`, `or`, `any` keep the
//! side; `not` asks the other one and negates it; `all x: p` is `not any x: not p`. What a mistake left behind is
//! unknown, and so `may` and not `must`.

use policyc_runtime::policy::{Atom, Const, ConstId, NodeId, Pattern, Side, Term, TermId, Unit};

use super::lowerer::{Lowerer, Scope};
use super::terms::{Form, Held};
use super::values::{strip, tool_bits};
use crate::hir::{CompareOp, Expr, ExprKind, Ty, Value, VarId};

pub(super) fn other(side: Side) -> Side {
    match side {
        Side::May => Side::Must,
        Side::Must => Side::May,
    }
}

impl Lowerer<'_> {
    /// One side of a condition.
    pub(super) fn condition(&mut self, e: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        if !self.enter(e.span) {
            return self.arena.unknown(side);
        }
        let node = self.condition_kind(e, side, scope);
        self.leave();
        self.note(node, e.span);
        node
    }

    fn condition_kind(&mut self, e: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        match &e.kind {
            ExprKind::Const(Value::Bool(b)) => self.arena.known(*b),
            ExprKind::IsTrue(inner) => self.condition(inner, side, scope),
            // What must be true is all that either side asks for. SPEC: [S4.23]
            ExprKind::Surely(inner) => self.condition(inner, Side::Must, scope),
            ExprKind::Not(inner) => {
                let inner = self.condition(inner, other(side), scope);
                self.arena.not(inner)
            }
            ExprKind::And(operands) => {
                let nodes: Vec<NodeId> = operands.iter().map(|o| self.condition(o, side, scope)).collect();
                self.arena.and(nodes)
            }
            ExprKind::Or(operands) => {
                let nodes: Vec<NodeId> = operands.iter().map(|o| self.condition(o, side, scope)).collect();
                self.arena.or(nodes)
            }
            ExprKind::Call(function, args) => self.call_condition(*function, args, side, scope),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b, side, scope),
            ExprKind::In(x, xs) => self.member_of(x, xs, side, scope),
            ExprKind::Contains(xs, x) if matches!(strip(&xs.ty), Ty::List(_) | Ty::Set(_) | Ty::Map(_)) => {
                self.member_of(x, xs, side, scope)
            }
            ExprKind::Contains(a, b) => {
                let (a, b) = (self.operand(a, scope), self.operand(b, scope));
                self.arena.atom(Atom::Contains(a, b), side)
            }
            ExprKind::StartsWith(a, b) => {
                let (a, b) = (self.operand(a, scope), self.operand(b, scope));
                self.arena.atom(Atom::StartsWith(a, b), side)
            }
            ExprKind::EndsWith(a, b) => {
                let (a, b) = (self.operand(a, scope), self.operand(b, scope));
                self.arena.atom(Atom::EndsWith(a, b), side)
            }
            ExprKind::Within(x, y) => self.within(x, y, side, scope),
            ExprKind::Like(x, glob) => self.like(x, glob, side, scope),
            ExprKind::Matches(x, regex) => {
                let x = self.operand(x, scope);
                let regex = self.arena.string(regex);
                let regex = self.arena.pattern(Pattern::Regex(regex));
                self.arena.atom(Atom::Fits(x, regex), side)
            }
            ExprKind::Present(x) => self.present(x, side, scope),
            ExprKind::HasRole(role) => self.arena.atom(Atom::HasRole(*role), side),
            ExprKind::SessionHas(mark) => self.arena.atom(Atom::SessionHas(*mark), side),
            ExprKind::ValueHas(x, mark) => {
                let x = self.held(x, scope).term;
                self.arena.atom(Atom::ValueHas(x, *mark), side)
            }
            ExprKind::FromUser(x) => {
                let x = self.held(x, scope).term;
                self.arena.atom(Atom::FromUser(x), side)
            }
            ExprKind::FromTools(x, tools) => {
                let x = self.held(x, scope).term;
                let tools = self.arena.tool_set(tool_bits(tools, self.program.tools.len()));
                self.arena.atom(Atom::FromTools(x, tools), side)
            }
            ExprKind::Quantified { all, var, list, body, .. } => {
                let side_inside = if *all { other(side) } else { side };
                let any = self.any(list, *var, side_inside, scope, |me, scope| {
                    let node = me.condition(body, side, scope);
                    if *all { me.arena.not(node) } else { node }
                });
                if *all { self.arena.not(any) } else { any }
            }
            ExprKind::Const(_)
            | ExprKind::Arg(_)
            | ExprKind::Args
            | ExprKind::Label(_)
            | ExprKind::AgentId
            | ExprKind::AgentTenant
            | ExprKind::AgentAttr(_)
            | ExprKind::SessionId
            | ExprKind::SessionAge
            | ExprKind::ToolName
            | ExprKind::ToolRisk
            | ExprKind::ToolTags
            | ExprKind::Time
            | ExprKind::Budget(..)
            | ExprKind::Result
            | ExprKind::ResultOk
            | ExprKind::UsageTokens
            | ExprKind::UsageCost
            | ExprKind::UsageTime
            | ExprKind::Task
            | ExprKind::Var(_)
            | ExprKind::Field(..)
            | ExprKind::Member(..)
            | ExprKind::Index(..)
            | ExprKind::Lookup(..)
            | ExprKind::Narrow(_)
            | ExprKind::ToDecimal(_)
            | ExprKind::Arith(..)
            | ExprKind::Neg(_)
            | ExprKind::Lower(_)
            | ExprKind::Len(_) => {
                let term = self.operand(e, scope);
                match self.scalar(term) {
                    Some(Const::Bool(b)) => self.arena.known(b),
                    Some(_) | None => self.arena.atom(Atom::IsTrue(term), side),
                }
            }
        }
    }

    /// The constant scalar that a term is, if it is one.
    fn scalar(&self, term: TermId) -> Option<Const> {
        let constant = self.arena.const_at(self.arena.const_of(term)?)?;
        match constant {
            Const::Bool(_) | Const::Num(..) | Const::Text(_) => Some(constant.clone()),
            Const::Host(_) | Const::Network(_) | Const::Path(_) | Const::List(_) | Const::Record(_) | Const::Null => {
                None
            }
        }
    }

    fn compare(&mut self, op: CompareOp, a: &Expr, b: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        // Values that are written alike are equal; of others it may not be known that they are not. SPEC: [S4.10]
        let asked = if op == CompareOp::Ne { other(side) } else { side };
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && asked == Side::May && (several(&a.ty) || several(&b.ty)) {
            return self.arena.known(op == CompareOp::Eq);
        }
        let (a, b) = (self.operand(a, scope), self.operand(b, scope));
        match op {
            CompareOp::Eq => self.equal(a, b, side),
            CompareOp::Ne => {
                let equal = self.equal(a, b, other(side));
                self.arena.not(equal)
            }
            CompareOp::Lt => self.ordered(a, b, true, side),
            CompareOp::Gt => self.ordered(b, a, true, side),
            CompareOp::Le => self.ordered(a, b, false, side),
            CompareOp::Ge => self.ordered(b, a, false, side),
        }
    }

    /// `a == b`: the constant stands on the right, and otherwise the older value on the left.
    pub(super) fn equal(&mut self, a: TermId, b: TermId, side: Side) -> NodeId {
        if let (Some(x), Some(y)) = (self.scalar(a), self.scalar(b)) {
            return self.arena.known(x == y);
        }
        let (ka, kb) = (self.arena.const_of(a).is_some(), self.arena.const_of(b).is_some());
        let (a, b) = if (ka, a) <= (kb, b) { (a, b) } else { (b, a) };
        self.arena.atom(Atom::Eq(a, b), side)
    }

    fn ordered(&mut self, a: TermId, b: TermId, strict: bool, side: Side) -> NodeId {
        if let (Some(Const::Num(x, of_x)), Some(Const::Num(y, of_y))) = (self.scalar(a), self.scalar(b))
            && of_x == of_y
        {
            return self.arena.known(if strict { x < y } else { x <= y });
        }
        self.arena.atom(if strict { Atom::Lt(a, b) } else { Atom::Le(a, b) }, side)
    }

    /// `x in xs`.
    fn member_of(&mut self, x: &Expr, xs: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        let held = self.held(xs, scope);
        let constant = self.arena.const_of(held.term).and_then(|id| self.arena.const_at(id)).cloned();
        match constant {
            Some(Const::List(members)) => self.among(x, &xs.ty, &members, side, scope),
            Some(Const::Record(fields)) => {
                let keys = self.keys(&fields);
                self.among(x, &Ty::List(Ty::Text.into()), &keys, side, scope)
            }
            Some(
                Const::Bool(_)
                | Const::Num(..)
                | Const::Text(_)
                | Const::Host(_)
                | Const::Network(_)
                | Const::Path(_)
                | Const::Null,
            ) => self.arena.unknown(side),
            None => self.among_wire(x, xs, held, side, scope),
        }
    }

    /// `x` among constants: one set where they are compared as they stand, otherwise one comparison for each.
    fn among(&mut self, x: &Expr, list: &Ty, members: &[ConstId], side: Side, scope: &mut Scope) -> NodeId {
        let held = self.held(x, scope);
        let ty = strip(&x.ty).clone();
        let term = self.read(held, &ty);
        let is_address = matches!(ty, Ty::Url | Ty::Email) && !members.is_empty();
        let plain = !is_address
            && members.iter().all(|id| match self.arena.const_at(*id) {
                Some(Const::Num(..) | Const::Text(_) | Const::Host(_) | Const::Network(_) | Const::Path(_)) => true,
                Some(Const::Bool(_) | Const::List(_) | Const::Record(_) | Const::Null) | None => false,
            });
        let of = Self::members_of(list);
        let mut compared: Vec<ConstId> = Vec::with_capacity(members.len());
        for id in members {
            compared.push(self.as_type(*id, &ty));
        }
        if plain {
            let set = self.arena.sorted(&compared);
            return self.arena.atom(Atom::InConst(term, set), side);
        }
        let mut nodes = Vec::with_capacity(compared.len());
        for id in compared {
            let member = Held { term: self.arena.term(Term::Const(id)), form: Form::Constant };
            let member = self.read(member, if is_address { &ty } else { &of });
            nodes.push(self.equal(term, member, side));
        }
        self.arena.or(nodes)
    }

    /// A count among decimals is a decimal.
    fn as_type(&mut self, id: ConstId, ty: &Ty) -> ConstId {
        match (ty, self.arena.const_at(id)) {
            (Ty::Decimal, Some(Const::Num(n, Unit::Count))) => {
                let Ok(n) = i64::try_from(*n) else { return id };
                let raw = policyc_runtime::num::Decimal::from_int(n).raw();
                self.arena.constant(Const::Num(raw, Unit::Decimal))
            }
            (_, _) => id,
        }
    }

    /// `x` among what came over the wire.
    fn among_wire(&mut self, x: &Expr, xs: &Expr, held: Held, side: Side, scope: &mut Scope) -> NodeId {
        let is_map = matches!(strip(&xs.ty), Ty::Map(_) | Ty::Record(_));
        let of = Self::members_of(&xs.ty);
        let term = self.operand(x, scope);
        if is_map {
            return self.arena.atom(Atom::InWire(term, held.term, None), side);
        }
        if !matches!(strip(&of), Ty::Path(Some(_)))
            && let Some(read) = self.reading(&of)
        {
            return self.arena.atom(Atom::InWire(term, held.term, Some(read)), side);
        }
        let is_read = self.reading(&x.ty).is_some();
        let any = self.any_held(held, side, xs.span, scope, |me, member, _| {
            let member = me.read(member, &of);
            me.equal(term, member, side)
        });
        let unknown = self.unknown_without(term, is_read, side);
        self.arena.or([any, unknown])
    }

    /// False; unknown if there is no such value. An empty list would otherwise hide that `x` is absent.
    fn unknown_without(&mut self, x: TermId, is_read: bool, side: Side) -> NodeId {
        if is_read {
            let none = self.arena.sorted(&[]);
            return self.arena.atom(Atom::InConst(x, none), side);
        }
        match side {
            Side::May => {
                let present = self.arena.atom(Atom::Present(x), Side::Must);
                self.arena.not(present)
            }
            Side::Must => self.arena.known(false),
        }
    }

    pub(super) fn any(
        &mut self,
        list: &Expr,
        var: VarId,
        side: Side,
        scope: &mut Scope,
        body: impl FnOnce(&mut Self, &mut Scope) -> NodeId,
    ) -> NodeId {
        let held = self.held(list, scope);
        self.any_held(held, side, list.span, scope, |me, member, scope| {
            scope.push(var, member);
            let node = body(me, scope);
            scope.pop();
            node
        })
    }

    /// Some member of a list makes the body true.
    fn any_held(
        &mut self,
        list: Held,
        side: Side,
        span: policyc_diag::Span,
        scope: &mut Scope,
        body: impl FnOnce(&mut Self, Held, &mut Scope) -> NodeId,
    ) -> NodeId {
        let mut list = list;
        let constant = self.arena.const_of(list.term).and_then(|id| self.arena.const_at(id));
        // The members of a constant map are its values.
        if let Some(Const::Record(fields)) = constant {
            let values = fields.iter().map(|(_, value)| *value).collect();
            let values = self.arena.constant(Const::List(values));
            list.term = self.arena.term(Term::Const(values));
        }
        let constant = self.arena.const_of(list.term).and_then(|id| self.arena.const_at(id));
        if let Some(Const::List(members)) = constant
            && members.is_empty()
        {
            return self.arena.known(false);
        }
        let depth = scope.depth;
        let Some(inside) = depth.checked_add(1) else {
            self.stop(span);
            return self.arena.unknown(side);
        };
        let is_tags = self.arena.term_at(list.term) == Some(&Term::ToolTags);
        let member = self.bound(depth, list.form == Form::Constant || is_tags);
        scope.depth = inside;
        let body = body(self, member, scope);
        scope.depth = depth;
        // No member makes it true; only that the list may be absent is left, and that is never known to be true.
        if side == Side::Must && self.arena.node_at(body) == Some(&policyc_runtime::policy::Node::False) {
            return body;
        }
        self.arena.atom(Atom::Any { list: list.term, depth, body }, side)
    }

    /// `x within y`: a path in folders, or a host, address, network or mail address in networks and domains.
    fn within(&mut self, x: &Expr, y: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        let is_path = matches!(strip(&x.ty), Ty::Path(_));
        let mut term = self.operand(x, scope);
        if *strip(&x.ty) == Ty::Url {
            term = self.arena.term(Term::Member(term, crate::hir::Member::UrlHost));
        }
        let held = self.held(y, scope);
        let constant = self.arena.const_of(held.term);
        match constant.and_then(|id| self.arena.const_at(id).map(|c| (id, c.clone()))) {
            Some((_, Const::List(members))) if members.is_empty() => self.unknown_without(term, true, side),
            Some((_, Const::List(members))) if is_path => {
                let mut nodes = Vec::with_capacity(members.len());
                for id in members {
                    let folder = self.arena.term(Term::Const(id));
                    nodes.push(self.arena.atom(Atom::WithinPath(term, folder), side));
                }
                self.arena.or(nodes)
            }
            Some((_, Const::List(members))) => {
                let set = self.arena.sorted(&members);
                self.arena.atom(Atom::WithinNet(term, set), side)
            }
            Some((id, _)) if !is_path => {
                let set = self.arena.sorted(&[id]);
                self.arena.atom(Atom::WithinNet(term, set), side)
            }
            Some(_) => self.arena.atom(Atom::WithinPath(term, held.term), side),
            None if matches!(strip(&y.ty), Ty::List(_) | Ty::Set(_) | Ty::Map(_)) => {
                let of = Self::members_of(&y.ty);
                let any = self.any_held(held, side, y.span, scope, |me, member, _| {
                    let member = me.read(member, &of);
                    me.within_value(term, member, is_path, side)
                });
                let unknown = self.unknown_without(term, true, side);
                self.arena.or([any, unknown])
            }
            None => {
                let value = self.read(held, &y.ty);
                self.within_value(term, value, is_path, side)
            }
        }
    }

    fn within_value(&mut self, x: TermId, y: TermId, is_path: bool, side: Side) -> NodeId {
        self.arena.atom(if is_path { Atom::WithinPath(x, y) } else { Atom::WithinValue(x, y) }, side)
    }

    /// A glob without anything special in it is one text.
    fn like(&mut self, x: &Expr, glob: &str, side: Side, scope: &mut Scope) -> NodeId {
        let term = self.operand(x, scope);
        let is_text = matches!(strip(&x.ty), Ty::Text | Ty::Enum(_));
        if is_text && !glob.contains(['*', '?', '\\']) {
            let text = self.arena.text(glob);
            let text = self.arena.term(Term::Const(text));
            return self.equal(term, text, side);
        }
        let glob = self.arena.string(glob);
        let glob = self.arena.pattern(Pattern::Glob(glob));
        self.arena.atom(Atom::Fits(term, glob), side)
    }

    /// `x is present` asks for the value as it came, whether or not it reads as its type.
    fn present(&mut self, x: &Expr, side: Side, scope: &mut Scope) -> NodeId {
        let term = self.held(x, scope).term;
        match self.arena.const_of(term).and_then(|id| self.arena.const_at(id)) {
            Some(Const::Null) => self.arena.known(false),
            Some(_) => self.arena.known(true),
            None => self.arena.atom(Atom::Present(term), side),
        }
    }
}

/// Whether a value that is compared as a whole can be written in several ways.
fn several(ty: &Ty) -> bool {
    match ty {
        Ty::List(of) | Ty::Map(of) => many_spellings(of),
        Ty::Set(_) => true,
        Ty::Record(record) => record.fields.iter().any(|f| f.default.is_some() || many_spellings(&f.ty)),
        Ty::Optional(of) => several(of),
        Ty::Union(branches) => branches.iter().any(several),
        // Scalars and structured texts are read before they are compared; JSON is what it says.
        Ty::Bool | Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Text | Ty::Enum(_) | Ty::Risk => false,
        Ty::Duration | Ty::Time | Ty::Json | Ty::Shell(_) | Ty::Sql(_) | Ty::Url | Ty::Path(_) => false,
        Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email | Ty::Regex | Ty::Session | Ty::Poison => false,
    }
}

/// Whether a value within another can be written in several ways.
fn many_spellings(ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::Int | Ty::Text | Ty::Enum(_) | Ty::Risk | Ty::Json | Ty::Regex | Ty::Session | Ty::Poison => {
            false
        }
        Ty::Decimal | Ty::Money(_) | Ty::Duration | Ty::Time | Ty::Optional(_) => true,
        Ty::Shell(_) | Ty::Sql(_) | Ty::Url | Ty::Path(_) | Ty::Host | Ty::Ip | Ty::Cidr | Ty::Email => true,
        Ty::Union(branches) => branches.iter().any(many_spellings),
        Ty::List(_) | Ty::Map(_) | Ty::Set(_) | Ty::Record(_) => several(ty),
    }
}
