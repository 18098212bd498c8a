//! Expressions: values, and conditions with three answers.
//!
//! One function for each kind of operator, written from chapter 4 of SPEC.md. It walks the typed tree and looks at
//! nothing that lowering or the evaluator made.

use policyc_compile::hir::{
    ArithOp, BudgetField, CompareOp, Expr, ExprKind, MarkId, Program, ToolId, ToolSet, Ty, VarId,
};

use super::Event;
use super::budget;
use super::json::Json;
use super::memory::Session;
use super::state::State;
use super::structured;
use super::value::{Three, V, Val, same, texts};
use super::{glob, number};

/// What a condition may look at.
pub struct Scope<'a> {
    /// The policy.
    pub program: &'a Program,
    /// Everything that was remembered before this event.
    pub state: &'a State,
    /// The call.
    pub call: &'a Event,
    /// Its tool.
    pub tool: ToolId,
    /// It fits what the policy declares; of a call that does not, no argument, label or attribute is known.
    pub fits: bool,
    /// The number of its turn within the session.
    pub turn: u64,
    /// The latest time seen.
    pub now: Option<i64>,
    /// The result, once there is one.
    pub result: Option<&'a Event>,
    /// Parameters and quantified variables in scope.
    pub vars: Vec<(VarId, Val)>,
}

impl<'a> Scope<'a> {
    /// The same scope with one variable more.
    fn with(&self, var: VarId, value: Val) -> Self {
        let mut vars: Vec<_> = self.vars.iter().filter(|(id, _)| *id != var).cloned().collect();
        vars.push((var, value));
        Self { vars, ..*self }
    }

    fn session(&self) -> Option<&'a Session> {
        self.state.session(self.call.session.as_deref()?)
    }

    /// Whether a condition holds.
    pub fn cond(&self, expr: &Expr) -> Three {
        match &expr.kind {
            ExprKind::Not(inner) => self.cond(inner).negated(),
            ExprKind::Surely(inner) => Three::known(matches!(self.cond(inner), Three::True)),
            ExprKind::And(many) => Three::all(many.iter().map(|e| self.cond(e))),
            ExprKind::Or(many) => Three::any(many.iter().map(|e| self.cond(e))),
            ExprKind::IsTrue(inner) => self.cond(inner),
            ExprKind::Compare(op, left, right) => self.compare(*op, left, right),
            ExprKind::In(left, right) => member_of(&self.value(left), &self.value(right)),
            ExprKind::Contains(left, right) => contains(&self.value(left), &self.value(right)),
            ExprKind::Within(left, right) => self.within(left, right),
            ExprKind::Like(left, pattern) => on_text(&self.value(left), |t| glob::like(pattern, t)),
            ExprKind::Matches(left, pattern) => match text(&self.value(left)) {
                Some(t) => Three::of(glob::matches(pattern, &t)),
                None => Three::Unknown,
            },
            ExprKind::StartsWith(left, right) => {
                on_texts(&self.value(left), &self.value(right), |a, b| a.starts_with(b))
            }
            ExprKind::EndsWith(left, right) => on_texts(&self.value(left), &self.value(right), |a, b| a.ends_with(b)),
            ExprKind::Present(inner) => present(&self.value(inner)),
            ExprKind::HasRole(role) => Three::of(self.call.roles(self.program).map(|roles| roles.contains(role))),
            ExprKind::SessionHas(_) if self.call.session.is_none() => Three::Unknown,
            ExprKind::SessionHas(mark) => {
                let has = self.session().is_some_and(|s| s.marks.contains(mark));
                if self.may_change(*mark, has) { Three::Unknown } else { Three::known(has) }
            }
            ExprKind::ValueHas(inner, mark) => {
                let value = self.value(inner);
                // SPEC: [S4.3]
                if missing(&value) && value.raw.is_none() {
                    return Three::Unknown;
                }
                let marked = |arg: &str| self.call.marked(self.program, arg, *mark);
                let stated = match &inner.kind {
                    ExprKind::Args => self.call.args.entries().iter().any(|(arg, _)| marked(arg)),
                    _ => value.arg.as_deref().is_some_and(marked),
                };
                if stated {
                    Three::True
                } else {
                    self.of_texts(inner, |texts| self.history().has_by_origin(texts, *mark))
                }
            }
            ExprKind::FromUser(inner) => self.of_texts(inner, |texts| self.history().stands_in_user(texts)),
            ExprKind::FromTools(inner, tools) => self.of_texts(inner, |texts| self.stands_in_tools(texts, tools)),
            ExprKind::Quantified { all, var, list, body, .. } => {
                let Some(members) = members(&self.value(list)) else { return Three::Unknown };
                let answers = members.into_iter().map(|member| self.with(*var, member).cond(body));
                if *all { Three::all(answers) } else { Three::any(answers) }
            }
            ExprKind::Call(function, args) => {
                let Some(function) = self.program.functions.get(function.index()) else { return Three::Unknown };
                self.entering(args).cond(&function.body)
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
            | ExprKind::Len(_) => match self.value(expr).v {
                V::Bool(b) => Three::known(b),
                _ => Three::Unknown,
            },
        }
    }

    /// What an expression is.
    pub fn value(&self, expr: &Expr) -> Val {
        let plain = |v: Option<V>| Val::new(v.unwrap_or(V::Unknown));
        let optional = |t: Option<&str>| Val::new(t.map_or(V::Absent, |t| V::Text(t.to_owned())));
        match &expr.kind {
            ExprKind::Const(value) => Val::constant(value),
            ExprKind::Arg(_) | ExprKind::Args | ExprKind::Label(_) | ExprKind::AgentAttr(_) if !self.fits => {
                plain(None)
            }
            ExprKind::Arg(name) => self.call.argument(self.program, self.tool, name),
            ExprKind::Args => Val { raw: Some(self.call.args.clone()), ..Val::new(V::Opaque) },
            ExprKind::Label(label) => self.call.label(self.program, *label),
            ExprKind::AgentAttr(attr) => self.call.attribute(self.program, *attr),
            ExprKind::AgentId => optional(self.call.agent_text("id")),
            ExprKind::AgentTenant => optional(self.call.agent_text("tenant")),
            ExprKind::Task => optional(self.call.task.as_deref()),
            ExprKind::SessionId => optional(self.call.session.as_deref()),
            ExprKind::SessionAge => {
                let first = self.session().map(|s| s.first.or(self.now));
                plain(self.now.zip(first.flatten()).and_then(|(now, first)| now.checked_sub(first)).map(V::Duration))
            }
            ExprKind::Time => plain(self.now.map(V::Time)),
            ExprKind::ToolName => plain(self.tool().map(|tool| V::Text(tool.name.clone()))),
            ExprKind::ToolRisk => plain(self.tool().map(|tool| V::Risk(tool.risk))),
            ExprKind::ToolTags => {
                let tags = self.tool().map(|tool| tool.tags.iter().map(|t| Val::new(V::Text(t.clone()))).collect());
                plain(tags.map(V::List))
            }
            ExprKind::Budget(id, field) => plain(self.budget(*id, *field)),
            ExprKind::Result => match self.result {
                Some(result) => result.content(self.program, self.tool),
                None => Val::new(V::Unknown),
            },
            ExprKind::ResultOk => plain(self.result.and_then(Event::ok).map(V::Bool)),
            ExprKind::UsageTokens | ExprKind::UsageCost | ExprKind::UsageTime => {
                let name = match &expr.kind {
                    ExprKind::UsageTokens => "tokens",
                    ExprKind::UsageCost => "cost",
                    _ => "time",
                };
                self.result.map_or(Val::new(V::Unknown), |result| result.usage(name, &expr.ty))
            }
            ExprKind::Var(id) => {
                let found = self.vars.iter().find(|(var, _)| var == id);
                found.map_or(Val::new(V::Unknown), |(_, value)| value.clone())
            }
            ExprKind::Field(inner, name) => field(&self.value(inner), name),
            ExprKind::Index(inner, key) => match text(&self.value(key)) {
                Some(key) => field(&self.value(inner), &key),
                None => Val::new(V::Unknown),
            },
            ExprKind::Lookup(table, key) => {
                let Some(table) = self.program.tables.get(table.index()) else { return Val::new(V::Unknown) };
                let rows = Val::constant(&table.value);
                let row = text(&self.value(key)).map(|key| field(&rows, &key));
                // SPEC: [S4.15]
                match row {
                    Some(row) if !matches!(row.v, V::Absent) => row,
                    Some(_) | None => Val::new(V::Unknown),
                }
            }
            ExprKind::Member(inner, member) => {
                let inner = self.value(inner);
                match &inner.v {
                    V::Absent => Val::new(V::Absent),
                    V::Facet(facet) => {
                        Val { arg: inner.arg.clone(), ..Val::derived(structured::member(facet, *member)) }
                    }
                    _ => Val::new(V::Unknown),
                }
            }
            ExprKind::Call(function, args) => {
                let Some(function) = self.program.functions.get(function.index()) else {
                    return Val::new(V::Unknown);
                };
                self.entering(args).value(&function.body)
            }
            ExprKind::Narrow(inner) => {
                let inner = self.value(inner);
                match (&inner.v, &inner.raw) {
                    (V::Absent, _) => inner,
                    (_, Some(raw)) => Val::wire(raw, &expr.ty, inner.arg.as_deref(), None),
                    (_, None) => inner,
                }
            }
            ExprKind::ToDecimal(inner) => plain(match self.value(inner).v {
                V::Int(n) => i128::from(n).checked_mul(10_i128.pow(18)).map(V::Decimal),
                _ => None,
            }),
            ExprKind::Arith(op, left, right) => plain(arith(*op, &self.value(left).v, &self.value(right).v)),
            ExprKind::Neg(inner) => plain(match self.value(inner).v {
                V::Int(n) => n.checked_neg().map(V::Int),
                V::Decimal(n) => n.checked_neg().map(V::Decimal),
                V::Money(n, currency) => n.checked_neg().map(|n| V::Money(n, currency)),
                V::Duration(n) => n.checked_neg().map(V::Duration),
                _ => None,
            }),
            ExprKind::Lower(inner) => {
                let inner = self.value(inner);
                let lower = text(&inner).map_or(V::Unknown, |t| V::Text(t.to_lowercase()));
                Val { arg: inner.arg.clone(), ..Val::derived(lower) }
            }
            ExprKind::Len(inner) => {
                let inner = self.value(inner);
                let count = match &inner.v {
                    V::List(items) => Some(items.len()),
                    V::Fields(fields) => Some(fields.len()),
                    _ => text(&inner).map(|t| t.chars().count()),
                };
                plain(count.and_then(|n| i64::try_from(n).ok()).map(V::Int))
            }
            ExprKind::IsTrue(_)
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
            | ExprKind::HasRole(_)
            | ExprKind::SessionHas(_)
            | ExprKind::ValueHas(..)
            | ExprKind::FromUser(_)
            | ExprKind::FromTools(..)
            | ExprKind::Quantified { .. } => Val::truth(self.cond(expr)),
        }
    }

    /// Whether a call of an earlier turn that has not reported may take the mark from the session that has it, or give
    /// it to one that does not. SPEC: [S6.6]
    fn may_change(&self, mark: MarkId, has: bool) -> bool {
        let open = self.session().map_or(&[][..], |s| &s.open);
        let earlier = open.iter().filter(|(_, turn)| *turn < self.turn);
        let tools = earlier.filter_map(|(id, _)| self.state.calls.get(id).and_then(|past| past.tool));
        let afters = |tool| self.program.afters.iter().filter(move |a| a.tools.contains(&tool));
        tools.flat_map(afters).any(|a| !a.on_result && a.mark == mark && a.clear == has)
    }

    fn tool(&self) -> Option<&'a policyc_compile::hir::Tool> {
        self.program.tools.get(self.tool.index())
    }

    /// A function's scope: its parameters are the first variables.
    fn entering(&self, args: &[Expr]) -> Self {
        let vars = args.iter().zip(0..).map(|(arg, i)| (VarId(i), self.value(arg))).collect();
        Self { vars, ..*self }
    }

    fn compare(&self, op: CompareOp, left: &Expr, right: &Expr) -> Three {
        let several = in_several_ways(&left.ty, true) || in_several_ways(&right.ty, true);
        let (left, right) = (self.value(left), self.value(right));
        match op {
            CompareOp::Eq => equal(&left, &right, several),
            CompareOp::Ne => equal(&left, &right, several).negated(),
            CompareOp::Lt => order(&left, &right, |o| o.is_lt()),
            CompareOp::Le => order(&left, &right, |o| o.is_le()),
            CompareOp::Gt => order(&left, &right, |o| o.is_gt()),
            CompareOp::Ge => order(&left, &right, |o| o.is_ge()),
        }
    }

    fn within(&self, left: &Expr, right: &Expr) -> Three {
        let (left, right) = (self.value(left), self.value(right));
        let V::Facet(inner) = &left.v else { return Three::Unknown };
        match &right.v {
            // A list is a union of networks and domains.
            V::List(many) => Three::any(many.iter().map(|outer| structured::within(inner, &outer.v))),
            outer => structured::within(inner, outer),
        }
    }

    fn history(&self) -> super::memory::History<'a> {
        super::memory::History::new(self.call.session.is_some(), self.session(), self.turn)
    }

    /// A question about the texts inside a value. SPEC: [S6.3]
    fn of_texts(&self, expr: &Expr, question: impl Fn(&[String]) -> Three) -> Three {
        let mut whole = expr;
        while let ExprKind::Narrow(inner) = &whole.kind {
            whole = inner;
        }
        let value = self.value(expr);
        match (&value.raw, &value.derived) {
            // What stands in the policy or names the agent is as it stands there.
            (_, None) if value.constant || value.raw.is_none() => match &value.v {
                V::Text(text) => question(std::slice::from_ref(text)),
                _ => Three::Unknown,
            },
            (Some(Json::Bool(_)), _) => Three::Unknown,
            (Some(Json::Object(args)), _) if matches!(whole.kind, ExprKind::Args) => {
                let declared = self.tool().map_or(&[][..], |tool| &tool.args);
                let ty = |name: &str| declared.iter().find(|f| f.name == name).map(|f| &f.ty);
                let one = |(name, value): &(String, Json)| match ty(name) {
                    Some(ty) => texts(value, Some(ty)),
                    None => [vec![name.clone()], texts(value, None)].concat(),
                };
                question(&args.iter().flat_map(one).collect::<Vec<_>>())
            }
            (Some(raw), _) => question(&texts(raw, Some(&whole.ty))),
            // It may have come in other words.
            (None, Some(text)) if question(std::slice::from_ref(text)) == Three::True => Three::True,
            (None, _) => Three::Unknown,
        }
    }

    fn stands_in_tools(&self, texts: &[String], tools: &ToolSet) -> Three {
        self.history().stands_in_tools(texts, tools)
    }

    fn budget(&self, id: policyc_compile::hir::BudgetId, field: BudgetField) -> Option<V> {
        let budget = self.program.budgets.get(id.index())?;
        let limit = budget::amount(&Val::constant(&budget.limit).v)?;
        let raw = match field {
            BudgetField::Limit => limit,
            BudgetField::Used => self.state.budgets.used(self, id)?,
            BudgetField::Left => limit.checked_sub(self.state.budgets.used(self, id)?)?.max(0),
        };
        budget::as_type(raw, &budget.ty)
    }
}

/// SPEC: [S4.4]
fn present(value: &Val) -> Three {
    match value.v {
        V::Absent => Three::False,
        V::Unknown if value.raw.is_none() => Three::Unknown,
        _ => Three::True,
    }
}

/// SPEC: [S4.3] every other operator is unknown on what is absent or unknown.
fn missing(value: &Val) -> bool {
    matches!(value.v, V::Absent | V::Unknown)
}

fn text(value: &Val) -> Option<String> {
    match &value.v {
        V::Text(t) => Some(t.clone()),
        _ => None,
    }
}

fn on_text(value: &Val, question: impl Fn(&str) -> bool) -> Three {
    Three::of(text(value).map(|t| question(&t)))
}

fn on_texts(left: &Val, right: &Val, question: impl Fn(&str, &str) -> bool) -> Three {
    Three::of(text(left).zip(text(right)).map(|(a, b)| question(&a, &b)))
}

/// A record's field or a map's value; absent if it is not there.
fn field(value: &Val, name: &str) -> Val {
    match &value.v {
        V::Fields(fields) => fields.get(name).cloned().unwrap_or(Val::new(V::Absent)),
        V::Absent => Val::new(V::Absent),
        _ => Val::new(V::Unknown),
    }
}

/// Members of a list or set, values of a map.
fn members(value: &Val) -> Option<Vec<Val>> {
    match &value.v {
        V::List(items) => Some(items.clone()),
        V::Fields(fields) => Some(fields.values().cloned().collect()),
        _ => None,
    }
}

/// One value of the type can be written in several ways. SPEC: [S4.10]
fn in_several_ways(ty: &Ty, whole: bool) -> bool {
    match ty {
        Ty::Set(_) => true,
        Ty::List(of) | Ty::Map(of) => in_several_ways(of, false),
        Ty::Record(record) => record.fields.iter().any(|f| f.default.is_some() || in_several_ways(&f.ty, false)),
        Ty::Optional(of) => !whole || in_several_ways(of, true),
        Ty::Union(of) => of.iter().any(|ty| in_several_ways(ty, whole)),
        Ty::Bool | Ty::Int | Ty::Text | Ty::Enum(_) | Ty::Risk | Ty::Json | Ty::Regex | Ty::Poison => false,
        _ => !whole,
    }
}

fn equal(left: &Val, right: &Val, several: bool) -> Three {
    if missing(left) || missing(right) {
        return Three::Unknown;
    }
    // What a reader found is asked for its parts, not compared as a whole.
    let is_whole = |x: &Val| matches!(x.v, V::List(_) | V::Fields(_)) && x.raw.is_none();
    if is_whole(left) || is_whole(right) {
        return Three::Unknown;
    }
    match (&left.v, &right.v) {
        (V::Bool(a), V::Bool(b)) => Three::known(a == b),
        (V::Int(a), V::Int(b)) | (V::Duration(a), V::Duration(b)) | (V::Time(a), V::Time(b)) => Three::known(a == b),
        (V::Decimal(a), V::Decimal(b)) => Three::known(a == b),
        (V::Money(a, x), V::Money(b, y)) if x == y => Three::known(a == b),
        (V::Text(a), V::Text(b)) => Three::known(a == b),
        (V::Risk(a), V::Risk(b)) => Three::known(a == b),
        (V::Facet(a), V::Facet(b)) => structured::equal(a, b),
        (V::Facet(a), V::Text(b)) | (V::Text(b), V::Facet(a)) => structured::equal_text(a, b),
        (V::List(_) | V::Fields(_) | V::Opaque, V::List(_) | V::Fields(_) | V::Opaque) => match raw_same(left, right) {
            false if several => Three::Unknown,
            same => Three::known(same),
        },
        (V::Opaque, _) | (_, V::Opaque) => Three::known(raw_same(left, right)),
        _ => Three::Unknown,
    }
}

fn raw_same(a: &Val, b: &Val) -> bool {
    a.raw.as_ref().zip(b.raw.as_ref()).is_some_and(|(a, b)| same(a, b))
}

fn order(left: &Val, right: &Val, question: impl Fn(std::cmp::Ordering) -> bool) -> Three {
    let ordering = match (&left.v, &right.v) {
        (V::Int(a), V::Int(b)) | (V::Duration(a), V::Duration(b)) | (V::Time(a), V::Time(b)) => Some(a.cmp(b)),
        (V::Decimal(a), V::Decimal(b)) => Some(a.cmp(b)),
        (V::Money(a, x), V::Money(b, y)) if x == y => Some(a.cmp(b)),
        (V::Risk(a), V::Risk(b)) => Some(a.cmp(b)),
        _ => None,
    };
    Three::of(ordering.map(question))
}

/// SPEC: [S4.13]
fn member_of(value: &Val, list: &Val) -> Three {
    if missing(value) || missing(list) {
        return Three::Unknown;
    }
    match &list.v {
        V::List(items) => Three::any(items.iter().map(|item| equal(value, item, false))),
        V::Fields(fields) => Three::of(text(value).map(|key| fields.contains_key(&key))),
        _ => Three::Unknown,
    }
}

fn contains(whole: &Val, part: &Val) -> Three {
    match &whole.v {
        V::Text(_) => on_texts(whole, part, |a, b| a.contains(b)),
        _ => member_of(part, whole),
    }
}

/// SPEC: [S4.6] [S4.7] [S4.9] [S4.12]
fn arith(op: ArithOp, left: &V, right: &V) -> Option<V> {
    let add = |a: i64, b: i64| match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
    };
    let exact = |a: i128, b: i128| match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => number::multiply(a, b),
    };
    let times = matches!(op, ArithOp::Mul);
    match (left, right) {
        (V::Int(a), V::Int(b)) => add(*a, *b).map(V::Int),
        (V::Decimal(a), V::Decimal(b)) => exact(*a, *b).map(V::Decimal),
        (V::Money(a, x), V::Money(b, y)) if x == y && !times => exact(*a, *b).map(|n| V::Money(n, x.clone())),
        (V::Money(a, x), V::Decimal(b)) | (V::Decimal(b), V::Money(a, x)) if times => {
            exact(*a, *b).map(|n| V::Money(n, x.clone()))
        }
        (V::Money(a, x), V::Int(b)) | (V::Int(b), V::Money(a, x)) if times => {
            a.checked_mul(i128::from(*b)).map(|n| V::Money(n, x.clone()))
        }
        (V::Decimal(a), V::Int(b)) | (V::Int(b), V::Decimal(a)) if times => {
            a.checked_mul(i128::from(*b)).map(V::Decimal)
        }
        (V::Duration(a), V::Duration(b)) if !times => add(*a, *b).map(V::Duration),
        (V::Duration(a), V::Int(b)) | (V::Int(b), V::Duration(a)) if times => a.checked_mul(*b).map(V::Duration),
        (V::Time(a), V::Duration(b)) if !times => add(*a, *b).map(V::Time),
        (V::Duration(a), V::Time(b)) if matches!(op, ArithOp::Add) => a.checked_add(*b).map(V::Time),
        (V::Time(a), V::Time(b)) if matches!(op, ArithOp::Sub) => a.checked_sub(*b).map(V::Duration),
        _ => None,
    }
}
