//! Tables of tests: every row is a test of its own, and with `else deny` so is every combination that no row lists.
//!
//! A column that stands in a call, or in what is given, is combined with the others; one that stands in expectations
//! alone says what comes out, and is not. What a column ranges over is what its place in the call can be (roles, enums,
//! truth values) or what is written; where neither is finite nothing is guessed, that is an error.

use std::collections::BTreeSet;

use policyc_diag::{Span, code};
use policyc_syntax::ast::{self, Column, ColumnRange, Expect, ExprKind as K, Given, Step, StepKind};

use crate::checker::{Checker, strip};
use crate::constants::shown;
use crate::exprs::{Local, LocalKind, Place, What};
use crate::hir::{ExprKind, TestStep, TestStepKind, Told, Ty, Value, Verdict};
use crate::modules::ModuleId;
use crate::scope::{State, words};
use crate::state_items::last_word;

/// How many tests the tables of one test may give.
const MAX_ROWS: usize = 10_000;

/// One way through the tables of a test.
#[derive(Clone, Default)]
pub(crate) struct Run<'a> {
    /// Values of the tables, for the name.
    pub suffix: Vec<String>,
    pub steps: Vec<Planned<'a>>,
}

/// A step with what the names of the tables stand for.
#[derive(Clone)]
pub(crate) struct Planned<'a> {
    pub step: &'a Step,
    pub locals: Vec<Local<'a>>,
    /// The `else deny` by which this combination must be denied; `None` if a row lists it.
    pub unlisted: Option<Span>,
}

/// A row, or a combination that is none.
struct Case<'a> {
    inside: Vec<Local<'a>>,
    suffix: Vec<String>,
    unlisted: Option<Span>,
}

/// One value that a column can have.
struct Member<'a> {
    kind: LocalKind<'a>,
    /// What tells it from others.
    key: Value,
    shown: String,
}

/// Where a column stands in a step.
enum Use {
    /// `as NAME`
    Role,
    /// `call NAME`
    Tool,
    /// As an argument, a label or an attribute of this type.
    Value(Ty),
    /// Where anything may stand.
    Other,
}

impl<'a> Checker<'a, '_> {
    /// Every way through the tables. Tables nest no deeper than the parser lets brackets nest.
    pub fn unrolled(
        &mut self,
        steps: &'a [Step],
        (locals, unlisted): (&[Local<'a>], Option<Span>),
        runs: &mut Vec<Run<'a>>,
    ) -> bool {
        for step in steps {
            let StepKind::Each { columns, rows, otherwise, steps: inner } = &step.kind else {
                for run in runs.iter_mut() {
                    run.steps.push(Planned { step, locals: locals.to_vec(), unlisted });
                }
                continue;
            };
            let Some(mut cases) = self.listed(columns, rows, step.span, unlisted) else { return false };
            match otherwise {
                Some(span) => match self.combined(columns, rows, inner, (step.span, *span)) {
                    Some(more) => cases.extend(more),
                    None => return false,
                },
                None if rows.is_empty() => {
                    let help = "a table without rows tests nothing";
                    self.error(&code::BAD_TEST, step.span, "this table has no rows", help);
                    return false;
                }
                None => {
                    if let Some(column) = columns.iter().find(|column| column.range.is_some()) {
                        let message = format!("what `{}` ranges over says nothing here", column.name.text);
                        let help = "write `else deny` behind the rows, so that all other values must be denied";
                        self.error(&code::BAD_TEST, column.name.span, message, help);
                        return false;
                    }
                }
            }
            let mut all = Vec::new();
            for case in cases {
                let mut inside = locals.to_vec();
                inside.extend(case.inside);
                let mut these = runs.clone();
                for run in &mut these {
                    run.suffix.extend(case.suffix.iter().cloned());
                }
                if !self.unrolled(inner, (&inside, case.unlisted), &mut these) {
                    return false;
                }
                all.extend(these);
                if all.len() > MAX_ROWS {
                    self.too_many(step.span);
                    return false;
                }
            }
            *runs = all;
        }
        true
    }

    fn too_many(&mut self, span: Span) {
        self.error(&code::BAD_TEST, span, format!("this is more than {MAX_ROWS} tests"), "use smaller tables");
    }

    fn listed(
        &mut self,
        columns: &'a [Column],
        rows: &'a [Vec<ast::Expr>],
        span: Span,
        unlisted: Option<Span>,
    ) -> Option<Vec<Case<'a>>> {
        let mut cases = Vec::new();
        for row in rows {
            if row.len() != columns.len() {
                let at = row.first().map_or(span, |e| e.span);
                let message = format!("this row has {} values for {} names", row.len(), columns.len());
                self.error(&code::BAD_TEST, at, message, "write `(a, b)` for two names");
                return None;
            }
            let local = |(column, value): (&Column, &'a ast::Expr)| Local {
                name: column.name.text.clone(),
                kind: LocalKind::Row(value),
            };
            cases.push(Case {
                inside: columns.iter().zip(row).map(local).collect(),
                suffix: row.iter().map(|value| self.text(value.span)).collect(),
                unlisted,
            });
        }
        Some(cases)
    }

    /// The combinations of a table that no row lists.
    fn combined(
        &mut self,
        columns: &'a [Column],
        rows: &'a [Vec<ast::Expr>],
        inner: &'a [Step],
        (table, otherwise): (Span, Span),
    ) -> Option<Vec<Case<'a>>> {
        if !expects_a_decision(inner) {
            let message = "no call in this table expects a decision, so there is nothing to deny instead";
            self.error(&code::BAD_TEST, otherwise, message, "write `expect allow by RULE` behind the call");
            return None;
        }
        let mut ranges: Vec<(usize, Vec<Member<'a>>)> = Vec::new();
        let mut size = 1_usize;
        for (at, column) in columns.iter().enumerate() {
            let uses = self.uses(&column.name.text, inner);
            if uses.is_empty() && column.range.is_none() {
                continue;
            }
            let listed: Vec<&'a ast::Expr> = rows.iter().filter_map(|row| row.get(at)).collect();
            let members = self.range_of(column, &uses, &listed)?;
            size = size.saturating_mul(members.len());
            ranges.push((at, members));
        }
        if ranges.is_empty() {
            let message = "no column of this table stands in a call, so there is nothing to combine";
            let help = "name a column where the call has a role, a label or an argument";
            self.error(&code::BAD_TEST, otherwise, message, help);
            return None;
        }
        if size > MAX_ROWS {
            self.too_many(table);
            return None;
        }
        let mut keys: BTreeSet<Vec<Value>> = BTreeSet::new();
        for row in rows {
            let mut key = Vec::new();
            for (at, _) in &ranges {
                let uses = columns.get(*at).map(|c| self.uses(&c.name.text, inner)).unwrap_or_default();
                key.push(self.key_of(row.get(*at)?, &uses)?);
            }
            keys.insert(key);
        }
        let mut cases = Vec::new();
        for number in 0..size {
            let (mut rest, mut case, mut key) = (number, Vec::new(), Vec::new());
            // The last column turns fastest.
            for (at, members) in ranges.iter().rev() {
                let member = members.get(rest.checked_rem(members.len())?)?;
                rest = rest.checked_div(members.len())?;
                case.push((columns.get(*at)?, member));
                key.push(member.key.clone());
            }
            case.reverse();
            key.reverse();
            if keys.contains(&key) {
                continue;
            }
            let inside =
                case.iter().map(|(column, m)| Local { name: column.name.text.clone(), kind: m.kind.clone() }).collect();
            let mut suffix: Vec<String> = case.iter().map(|(_, m)| m.shown.clone()).collect();
            suffix.push("not listed".to_owned());
            cases.push(Case { inside, suffix, unlisted: Some(otherwise) });
        }
        Some(cases)
    }

    /// What a column can be: what is written or what its places say, and what the rows list.
    fn range_of(&mut self, column: &'a Column, uses: &[Use], listed: &[&'a ast::Expr]) -> Option<Vec<Member<'a>>> {
        let mut members = match &column.range {
            Some(ColumnRange::Values(values)) => {
                let mut members = Vec::new();
                for value in values {
                    members.push(self.row_member(value, uses)?);
                }
                members
            }
            Some(ColumnRange::Tools(patterns)) => self.named_range(patterns)?,
            None => self.range_of_places(column, uses)?,
        };
        for value in listed {
            members.push(self.row_member(value, uses)?);
        }
        let mut seen = BTreeSet::new();
        members.retain(|member| seen.insert(member.key.clone()));
        Some(members)
    }

    fn row_member(&mut self, value: &'a ast::Expr, uses: &[Use]) -> Option<Member<'a>> {
        let key = self.key_of(value, uses)?;
        Some(Member { kind: LocalKind::Row(value), key, shown: self.text(value.span) })
    }

    /// What tells a written value from others, read as its places read it.
    fn key_of(&mut self, value: &'a ast::Expr, uses: &[Use]) -> Option<Value> {
        if uses.iter().any(|u| matches!(u, Use::Role)) {
            return word_of(value).map(|word| Value::Text(last_word(&word)));
        }
        if uses.iter().any(|u| matches!(u, Use::Tool)) {
            return word_of(value).map(Value::Text);
        }
        let ty = uses.iter().find_map(|u| if let Use::Value(ty) = u { Some(ty) } else { None });
        let mut place = Place::new(ModuleId::ROOT, What::Constant("a test's table"));
        self.lenient_value(value, ty, &mut place)
    }

    /// The tools of a pattern, or the members of a constant.
    fn named_range(&mut self, patterns: &'a [ast::Pattern]) -> Option<Vec<Member<'a>>> {
        if let [ast::Pattern::Name(name)] = patterns
            && let Some(id) = self.scopes.find_dotted(ModuleId::ROOT, &name.text)
            && matches!(self.scopes.get(id).map(|d| &d.state), Some(State::Constant(..)))
            && let constant = self.definition(id, &name.text, name.span)
            && let (ExprKind::Const(Value::List(values)), Ty::List(of) | Ty::Set(of)) = (&constant.kind, &constant.ty)
        {
            return Some(values.iter().map(|value| known(value.clone(), of)).collect());
        }
        let tools = self.tools_of(patterns, ModuleId::ROOT)?;
        let names = tools.iter().filter_map(|id| self.program.tools.get(id.index())).map(|tool| tool.name.clone());
        let member = |name: String| Member { shown: name.clone(), ..known(Value::Text(name), &Ty::Text) };
        Some(names.map(member).collect())
    }

    /// What the places of a column can hold, if that is finite.
    fn range_of_places(&mut self, column: &Column, uses: &[Use]) -> Option<Vec<Member<'a>>> {
        let name = &column.name;
        let mut found: Option<Vec<Value>> = None;
        let mut members = Vec::new();
        for place in uses {
            let values = match place {
                Use::Role => {
                    let roles = self.ids.roles.keys().cloned().map(Value::Text);
                    Some(roles.chain([Value::Text(String::new())]).collect())
                }
                Use::Value(ty) => finite(ty),
                Use::Tool | Use::Other => None,
            };
            let Some(values) = values else { continue };
            if found.as_ref().is_some_and(|before| *before != values) {
                let message = format!("`{}` stands where different values may stand", name.text);
                let help = format!("write what it ranges over: `each ({} in {{ … }}) in {{ … }} else deny`", name.text);
                self.error(&code::BAD_TEST, name.span, message, help);
                return None;
            }
            members = values
                .iter()
                .map(|value| match (place, value) {
                    (Use::Role, Value::Text(role)) => {
                        let shown = if role.is_empty() { "no role".to_owned() } else { role.clone() };
                        Member { shown, ..known(value.clone(), &Ty::Text) }
                    }
                    (Use::Value(ty), _) => known(value.clone(), ty),
                    (Use::Role | Use::Tool | Use::Other, _) => known(value.clone(), &Ty::Text),
                })
                .collect();
            found = Some(values);
        }
        if found.is_none() {
            let tool = uses.iter().any(|u| matches!(u, Use::Tool));
            let what = if tool { "which tools" } else { "which values" };
            let message = format!("{what} `{}` ranges over is not known, so what no row lists is not known", name.text);
            let range = if tool { "GROUP" } else { "{ … }" };
            let help = format!("write it beside the name: `each ({} in {range}) in {{ … }} else deny`", name.text);
            self.error(&code::BAD_TEST, name.span, message, help);
            return None;
        }
        Some(members)
    }

    /// Where a name of a table stands, expectations aside. Tables nest no deeper than brackets may.
    fn uses(&self, name: &str, steps: &[Step]) -> Vec<Use> {
        let mut uses = Vec::new();
        let stands_in = |e: &ast::Expr| {
            let mut found = Vec::new();
            words(e, &mut found);
            found.iter().any(|word| word == name)
        };
        let of = |e: &ast::Expr, ty: Option<Ty>| match (&e.kind, ty) {
            (K::Name(word), Some(ty)) if word == name => Some(Use::Value(ty)),
            _ => stands_in(e).then_some(Use::Other),
        };
        for step in steps {
            match &step.kind {
                StepKind::Given(entries) => {
                    for entry in entries {
                        match entry {
                            Given::SessionMark(_) => {}
                            Given::BudgetUsed(_, e) => uses.extend(of(e, None)),
                            Given::Label(label, e) => uses.extend(of(e, self.label_type(&label.text))),
                        }
                    }
                }
                StepKind::Each { columns, rows, steps, .. } => {
                    uses.extend(rows.iter().flatten().filter_map(|e| of(e, None)));
                    if !columns.iter().any(|column| column.name.text == name) {
                        uses.extend(self.uses(name, steps));
                    }
                }
                StepKind::User(e) | StepKind::At(e) | StepKind::Wait(e) => uses.extend(of(e, None)),
                StepKind::Result { content, usage, .. } => {
                    uses.extend(of(content, None));
                    uses.extend(usage.iter().filter_map(|(_, e)| of(e, None)));
                }
                StepKind::Call(call) => {
                    if call.tool.text == name {
                        uses.push(Use::Tool);
                    }
                    if call.roles.iter().any(|role| role.text == name) {
                        uses.push(Use::Role);
                    }
                    let tool = self.ids.tools.get(&call.tool.text).and_then(|id| self.program.tools.get(id.index()));
                    for (argument, e) in &call.args {
                        let field = tool.and_then(|t| t.args.iter().find(|f| f.name == argument.text));
                        uses.extend(of(e, field.map(|f| f.ty.clone())));
                    }
                    uses.extend(call.labels.iter().filter_map(|(label, e)| of(e, self.label_type(&label.text))));
                    let others = [&call.by, &call.tenant, &call.session, &call.turn, &call.task];
                    uses.extend(others.into_iter().flatten().filter_map(|e| of(e, None)));
                }
                StepKind::Approve { .. } | StepKind::Expect(_) => {}
            }
        }
        uses
    }

    fn label_type(&self, name: &str) -> Option<Ty> {
        let label = self.ids.labels.get(name).and_then(|id| self.program.labels.get(id.index()));
        let attribute = || self.ids.attributes.get(name).and_then(|id| self.program.attributes.get(id.index()));
        label.map(|l| l.field.ty.clone()).or_else(|| attribute().map(|a| a.ty.clone()))
    }
}

/// The steps of a combination that no row lists: of each call of which a decision is expected, `deny` is expected
/// instead, and nothing that would come of it.
pub(crate) fn denied<'a>(steps: Vec<Planned<'a>>) -> Vec<(Planned<'a>, Option<TestStep>)> {
    let mut out = Vec::with_capacity(steps.len());
    let mut denied = false;
    let expected: Vec<bool> = (1..=steps.len())
        .map(|next| {
            let rest = steps.get(next..).unwrap_or(&[]).iter().map(|planned| &planned.step.kind);
            rest.take_while(|kind| !matches!(kind, StepKind::Call(_))).any(is_decision_of_a_call)
        })
        .collect();
    for (planned, is_expected) in steps.into_iter().zip(expected) {
        match (&planned.step.kind, planned.unlisted) {
            (StepKind::Call(_), Some(span)) if is_expected => {
                denied = true;
                let told = Told { judged: true, ..Told::default() };
                let kind = TestStepKind::ExpectDecision { verdict: Verdict::Deny, by: Vec::new(), code: None, told };
                out.push((planned, Some(TestStep { kind, span })));
            }
            (StepKind::Call(_), _) => {
                denied = false;
                out.push((planned, None));
            }
            (StepKind::Result { .. } | StepKind::Approve { .. } | StepKind::Expect(_), Some(_)) if denied => {}
            _ => out.push((planned, None)),
        }
    }
    out
}

/// Whether one of the steps, at any depth, expects the decision of a call.
fn expects_a_decision(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let inner = if let StepKind::Each { steps, .. } = &step.kind { steps.as_slice() } else { &[] };
        is_decision_of_a_call(&step.kind) || expects_a_decision(inner)
    })
}

fn is_decision_of_a_call(kind: &StepKind) -> bool {
    let StepKind::Expect(Expect::Decision { verdict, .. }) = kind else { return false };
    !matches!(verdict.text.as_str(), "pass" | "redact" | "quarantine")
}

fn known<'a>(value: Value, ty: &Ty) -> Member<'a> {
    Member { shown: shown(&value), kind: LocalKind::Value(value.clone(), ty.clone()), key: value }
}

/// The values of a type that has few.
fn finite(ty: &Ty) -> Option<Vec<Value>> {
    let mut values = if *strip(ty) == Ty::Bool {
        vec![Value::Bool(false), Value::Bool(true)]
    } else {
        let Ty::Enum(all) = strip(ty) else { return None };
        all.iter().map(|v| Value::Enum(v.clone())).collect()
    };
    if matches!(ty, Ty::Optional(_)) {
        values.push(Value::Null);
    }
    Some(values)
}

/// A name, a path of names, or a text.
pub(crate) fn word_of(e: &ast::Expr) -> Option<String> {
    if let K::Name(word) | K::Text(word) = &e.kind {
        return Some(word.clone());
    }
    let K::Field(of, name) = &e.kind else { return None };
    word_of(of).map(|of| format!("{of}.{}", name.text))
}
