//! Values: what a rule reads, as terms.
//!
//! A value of the wire stays as it came until a rule asks it something as a type; then it is read, once. What is
//! constant was typed by the compiler and needs no reading.

use policyc_runtime::num::Decimal;
use policyc_runtime::policy::{Const, ConstId, Read, StrId, Term, TermId, Unit};

use super::lowerer::{Lowerer, Scope};
use super::values::{member_type, strip};
use crate::hir::{ArithOp, Dialect, Expr, ExprKind, TableId, Ty, Value, VarId};

/// Where a value comes from, and so whether it must be read before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Form {
    /// From the wire.
    Wire,
    /// From the wire, handed to a function; it is read by what the argument of this name says.
    WireFrom(StrId),
    /// From the policy: a constant, a table's row, a member of a constant.
    Constant,
    /// Computed or read: it has its type.
    Typed,
}

/// A lowered value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Held {
    pub(super) term: TermId,
    pub(super) form: Form,
}

impl Lowerer<'_> {
    /// How a value of this type is read; `None` for what is compared as it stands on the wire.
    pub(super) fn reading(&mut self, ty: &Ty) -> Option<Read> {
        Some(match strip(ty) {
            Ty::Bool => Read::Bool,
            Ty::Int => Read::Int,
            Ty::Decimal => Read::Decimal,
            Ty::Money(currency) => Read::Money(self.arena.string(currency)),
            Ty::Text | Ty::Enum(_) | Ty::Risk | Ty::Regex => Read::Text,
            Ty::Shell(_) => Read::Shell,
            Ty::Sql(Dialect::Named(dialect)) => Read::Sql(self.arena.string(dialect)),
            // It is read by what another argument says: see `read_by`.
            Ty::Sql(Dialect::Argument(_)) => return None,
            Ty::Duration => Read::Duration,
            Ty::Time => Read::Time,
            Ty::Url => Read::Url,
            Ty::Path(_) => Read::Path,
            Ty::Host => Read::Host,
            Ty::Ip => Read::Ip,
            Ty::Cidr => Read::Cidr,
            Ty::Email => Read::Email,
            Ty::List(_)
            | Ty::Set(_)
            | Ty::Map(_)
            | Ty::Record(_)
            | Ty::Union(_)
            | Ty::Optional(_)
            | Ty::Json
            | Ty::Session
            | Ty::Poison => return None,
        })
    }

    /// A value as it is compared: read as its type if it comes from the wire.
    pub(super) fn operand(&mut self, e: &Expr, scope: &mut Scope) -> TermId {
        let held = self.held(e, scope);
        self.read(held, &e.ty)
    }

    /// A held value as it is compared.
    pub(super) fn read(&mut self, held: Held, ty: &Ty) -> TermId {
        let ty = strip(ty);
        match held.form {
            Form::Typed => held.term,
            // A constant URL or mail address is the text that the writer wrote; both sides are read alike.
            Form::Constant => match ty {
                Ty::Url => self.arena.term(Term::Read(held.term, Read::Url)),
                Ty::Email => self.arena.term(Term::Read(held.term, Read::Email)),
                Ty::Decimal => self.decimal(held.term),
                Ty::Sql(Dialect::Named(dialect)) => {
                    let dialect = self.arena.string(dialect);
                    self.arena.term(Term::Read(held.term, Read::Sql(dialect)))
                }
                Ty::Sql(Dialect::Argument(dialect)) => {
                    let name = self.arena.string(dialect);
                    self.read_by(held.term, name, ty)
                }
                Ty::Shell(_) => self.arena.term(Term::Read(held.term, Read::Shell)),
                Ty::Bool
                | Ty::Int
                | Ty::Money(_)
                | Ty::Text
                | Ty::Enum(_)
                | Ty::Risk
                | Ty::Duration
                | Ty::Time
                | Ty::List(_)
                | Ty::Set(_)
                | Ty::Map(_)
                | Ty::Record(_)
                | Ty::Union(_)
                | Ty::Optional(_)
                | Ty::Json
                | Ty::Path(_)
                | Ty::Host
                | Ty::Ip
                | Ty::Cidr
                | Ty::Regex
                | Ty::Session
                | Ty::Poison => held.term,
            },
            Form::WireFrom(name) if matches!(ty, Ty::Path(_) | Ty::Shell(_) | Ty::Sql(Dialect::Argument(_))) => {
                self.read_by(held.term, name, ty)
            }
            Form::Wire | Form::WireFrom(_) => {
                if let Some(by) = ty.read_by() {
                    let name = self.arena.string(by);
                    return self.read_by(held.term, name, ty);
                }
                match self.reading(ty) {
                    Some(read) => self.arena.term(Term::Read(held.term, read)),
                    None => held.term,
                }
            }
        }
    }

    /// A text that is read by what the argument of this name says: a folder for relative paths, a dialect for SQL.
    fn read_by(&mut self, term: TermId, name: StrId, ty: &Ty) -> TermId {
        let by = self.arena.term(Term::Arg(name));
        if matches!(ty, Ty::Sql(_)) {
            let dialect = self.arena.term(Term::Read(by, Read::Text));
            return self.arena.term(Term::ReadSql(term, dialect));
        }
        let folder = self.arena.term(Term::Read(by, Read::Path));
        let read = if matches!(ty, Ty::Path(_)) { Term::ReadPath } else { Term::ReadShell };
        self.arena.term(read(term, folder))
    }

    /// A term as a decimal; a constant count becomes one at once.
    fn decimal(&mut self, term: TermId) -> TermId {
        let Some(id) = self.arena.const_of(term) else { return term };
        if let Some(Const::Num(n, Unit::Count)) = self.arena.const_at(id)
            && let Ok(n) = i64::try_from(*n)
        {
            let exact = self.arena.constant(Const::Num(Decimal::from_int(n).raw(), Unit::Decimal));
            return self.arena.term(Term::Const(exact));
        }
        term
    }

    /// A value without reading it.
    pub(super) fn held(&mut self, e: &Expr, scope: &mut Scope) -> Held {
        if !self.enter(e.span) {
            return self.nothing();
        }
        let held = self.held_kind(e, scope);
        self.leave();
        held
    }

    /// The absent value; what stands where a mistake was reported.
    pub(super) fn nothing(&mut self) -> Held {
        let null = self.arena.constant(Const::Null);
        self.constant(null)
    }

    fn constant(&mut self, id: ConstId) -> Held {
        Held { term: self.arena.term(Term::Const(id)), form: Form::Constant }
    }

    fn wire(&mut self, term: Term) -> Held {
        Held { term: self.arena.term(term), form: Form::Wire }
    }

    fn typed(&mut self, term: Term) -> Held {
        Held { term: self.arena.term(term), form: Form::Typed }
    }

    fn held_kind(&mut self, e: &Expr, scope: &mut Scope) -> Held {
        match &e.kind {
            ExprKind::Const(value) => {
                let id = self.arena.value(value, &e.ty);
                self.constant(id)
            }
            ExprKind::Arg(name) => {
                let name = self.arena.string(name);
                self.wire(Term::Arg(name))
            }
            ExprKind::Args => self.wire(Term::Args),
            ExprKind::Label(id) => self.wire(Term::Label(*id)),
            ExprKind::AgentAttr(id) => self.wire(Term::Attr(*id)),
            ExprKind::Result => self.wire(Term::Result),
            ExprKind::AgentId => self.typed(Term::AgentId),
            ExprKind::AgentTenant => self.typed(Term::AgentTenant),
            ExprKind::SessionId => self.typed(Term::SessionId),
            ExprKind::SessionAge => self.typed(Term::SessionAge),
            ExprKind::Task => self.typed(Term::Task),
            ExprKind::ToolName => self.typed(Term::ToolName),
            ExprKind::ToolRisk => self.typed(Term::ToolRisk),
            ExprKind::ToolTags => self.typed(Term::ToolTags),
            ExprKind::Time => self.typed(Term::Time),
            ExprKind::Budget(id, field) => self.typed(Term::Budget(*id, *field)),
            ExprKind::ResultOk => self.typed(Term::ResultOk),
            ExprKind::UsageTokens => self.typed(Term::UsageTokens),
            ExprKind::UsageTime => self.typed(Term::UsageTime),
            ExprKind::UsageCost => {
                let currency = if let Ty::Money(currency) = strip(&e.ty) { currency.as_str() } else { "" };
                let currency = self.arena.string(currency);
                self.typed(Term::UsageCost(currency))
            }
            ExprKind::Var(id) => self.variable(*id, scope),
            ExprKind::Field(base, name) => self.field(base, name, scope),
            ExprKind::Index(map, key) => self.index(map, key, scope),
            ExprKind::Member(base, member) => {
                let base = self.operand(base, scope);
                self.typed(Term::Member(base, *member))
            }
            ExprKind::Lookup(table, key) => {
                let key = self.operand(key, scope);
                self.lookup(*table, key)
            }
            ExprKind::Call(function, args) => self.call_value(*function, args, scope),
            // The branch that counts is that of this expression's own type.
            ExprKind::Narrow(inner) => self.held(inner, scope),
            ExprKind::ToDecimal(inner) => {
                let inner = self.operand(inner, scope);
                let exact = self.decimal(inner);
                if exact == inner {
                    self.typed(Term::ToDecimal(inner))
                } else {
                    Held { term: exact, form: Form::Typed }
                }
            }
            ExprKind::Arith(op, a, b) => {
                let (a, b) = (self.operand(a, scope), self.operand(b, scope));
                self.typed(match op {
                    ArithOp::Add => Term::Add(a, b),
                    ArithOp::Sub => Term::Sub(a, b),
                    ArithOp::Mul => Term::Mul(a, b),
                })
            }
            ExprKind::Neg(a) => {
                let a = self.operand(a, scope);
                self.typed(Term::Neg(a))
            }
            ExprKind::Lower(a) => {
                let a = self.operand(a, scope);
                self.typed(Term::Lower(a))
            }
            ExprKind::Len(a) => {
                let a = self.operand(a, scope);
                self.typed(Term::Len(a))
            }
            ExprKind::HasRole(_)
            | ExprKind::IsTrue(_)
            | ExprKind::Not(_)
            | ExprKind::Surely(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::Within(..)
            | ExprKind::Like(..)
            | ExprKind::Matches(..)
            | ExprKind::StartsWith(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Contains(..)
            | ExprKind::Present(_)
            | ExprKind::SessionHas(_)
            | ExprKind::ValueHas(..)
            | ExprKind::FromUser(_)
            | ExprKind::FromTools(..)
            | ExprKind::Quantified { .. } => {
                self.refuse_condition(e.span);
                self.nothing()
            }
        }
    }

    /// A parameter is what it was called with; a variable of a quantifier stands for each member.
    fn variable(&mut self, id: VarId, scope: &Scope) -> Held {
        match scope.find(id) {
            Some(held) => held,
            // In a `because`, the variable of a quantifier of the condition.
            None => self.wire(Term::Var(u8::try_from(id.0).unwrap_or(u8::MAX))),
        }
    }

    fn field(&mut self, base: &Expr, name: &str, scope: &mut Scope) -> Held {
        let held = self.held(base, scope);
        let key = self.arena.string(name);
        if crate::readings::parts(strip(&base.ty)).is_some() {
            let read = self.read(held, &base.ty);
            return self.wire(Term::Field(read, key));
        }
        if held.form != Form::Constant {
            return self.wire(Term::Field(held.term, key));
        }
        if let Some(Const::Record(fields)) = self.arena.const_of(held.term).and_then(|id| self.arena.const_at(id)) {
            let found = fields.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
            return match found {
                Some(value) => self.constant(value),
                None => self.nothing(),
            };
        }
        Held { term: self.arena.term(Term::ConstField(held.term, key)), form: Form::Constant }
    }

    fn index(&mut self, map: &Expr, key: &Expr, scope: &mut Scope) -> Held {
        if let ExprKind::Const(Value::Text(name)) = &key.kind {
            return self.field(map, name, scope);
        }
        let held = self.held(map, scope);
        let key = self.operand(key, scope);
        // A constant map holds constants; a key that it does not have is absent, unlike a table's.
        let form = if held.form == Form::Constant { Form::Constant } else { Form::Wire };
        Held { term: self.arena.term(Term::Index(held.term, key)), form }
    }

    fn lookup(&mut self, table: TableId, key: TermId) -> Held {
        Held { term: self.arena.term(Term::Lookup(table, key)), form: Form::Constant }
    }

    /// The keys of a constant map, as a constant list.
    pub(super) fn keys(&mut self, fields: &[(StrId, ConstId)]) -> Vec<ConstId> {
        fields.iter().map(|(key, _)| self.arena.constant(Const::Text(*key))).collect()
    }

    /// The type of the members of a list, if it says.
    pub(super) fn members_of(ty: &Ty) -> Ty {
        member_type(ty).cloned().unwrap_or(Ty::Json)
    }
}
