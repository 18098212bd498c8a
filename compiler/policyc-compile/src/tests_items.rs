//! `test`: scenarios as lists of steps, their tables written out.
//!
//! A test may do what a policy refuses (call tools that are not there, with arguments that do not fit), so calls are
//! read leniently. Labels, marks, roles, rules and budgets are names of the policy and must be there.

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, CallStep, Expect, ExprKind as K, Given, ItemKind, Name, Step, StepKind};

use crate::checker::{Checker, strip};
use crate::constants::{convert, shown};
use crate::exprs::{Local, LocalKind, Place, What};
use crate::hir::{Test, TestCall, TestStep, TestStepKind, Told, ToolSet, Ty, Value, Verdict};
use crate::modules::ModuleId;
use crate::tables::{Run, denied, word_of};
use crate::words;

/// Codes of decisions that are no refusals.
const CODES: [&str; 3] = ["budget", "default", "rule"];

/// Codes of refusals, as the wire names them.
const REFUSALS: [&str; 31] = [
    "bad-number",
    "bad-policy",
    "bad-text",
    "bad-time",
    "confusable-key",
    "conflicting-obligations",
    "duplicate-call",
    "duplicate-key",
    "limit-depth",
    "limit-length",
    "limit-size",
    "limit-state",
    "limit-steps",
    "limit-width",
    "malformed-call",
    "missing-agent",
    "missing-argument",
    "missing-label",
    "missing-session",
    "missing-task",
    "missing-tenant",
    "missing-time",
    "undeclared-argument",
    "unknown-approver",
    "unknown-call",
    "unknown-key",
    "unknown-tool",
    "wrong-type",
    "approved",
    "rejected",
    "expired",
];

/// What a test has done so far.
#[derive(Default)]
struct Progress {
    labels: BTreeMap<String, Value>,
    called: bool,
    resulted: bool,
    stepped: bool,
    tools: Option<ToolSet>,
    expects: bool,
}

impl<'a> Checker<'a, '_> {
    /// The tests of the root.
    pub fn tests(&mut self) {
        self.files_without_tests_to_run();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (module, item) in self.items() {
            let ItemKind::Test(x) = &item.kind else { continue };
            if module != ModuleId::ROOT {
                continue;
            }
            if let Some(first) = seen.insert(&x.name.value, x.name.span) {
                self.say(
                    Diagnostic::new(
                        &code::DUPLICATE_NAME,
                        x.name.span,
                        format!("two tests are named {:?}", x.name.value),
                    )
                    .also(first, "the first")
                    .help("rename one of them: a report names tests"),
                );
            }
            self.test(x, item.span);
        }
    }

    /// Files that say nothing, and files whose tests belong to another run: whoever runs tests says so.
    fn files_without_tests_to_run(&mut self) {
        for (module, file) in self.files() {
            let Some(name) = self.map.file(file.id).map(|f| f.name.clone()) else { continue };
            let tests = file.items.iter().filter(|item| matches!(item.kind, ItemKind::Test(_))).count();
            if module == ModuleId::ROOT {
                if file.items.is_empty() && file.broken.is_empty() {
                    self.program.empty_files.push(name);
                }
            } else if tests > 0 && !name.starts_with("std/") {
                self.program.tests_elsewhere.push((name, tests));
            }
        }
    }

    fn test(&mut self, x: &'a ast::Test, span: Span) {
        let mut runs = vec![Run::default()];
        if !self.unrolled(&x.steps, (&[], None), &mut runs) {
            return;
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        let said = self.diagnostics.len();
        for (i, run) in runs.into_iter().enumerate() {
            let mut name = x.name.value.clone();
            if !run.suffix.is_empty() {
                name = format!("{name} ({})", run.suffix.join(", "));
            }
            let numbered = if names.insert(name.clone()) { name } else { format!("{name} #{}", i + 1) };
            let mut progress = Progress::default();
            let mut steps = Vec::with_capacity(run.steps.len());
            for (planned, instead) in denied(run.steps) {
                steps.extend(self.step(planned.step, planned.locals, &mut progress));
                progress.expects |= instead.is_some();
                steps.extend(instead);
            }
            if i == 0 && !progress.expects && x.skip.is_none() {
                let message = format!("the test {:?} expects nothing", x.name.value);
                self.error(
                    &code::TEST_WITHOUT_EXPECTATION,
                    x.name.span,
                    message,
                    "write `expect allow`, `expect deny by RULE`, …",
                );
            }
            let test = Test {
                name: numbered,
                tags: x.tags.iter().map(|t| t.value.clone()).collect(),
                skip: x.skip.as_ref().map(|t| t.value.clone()),
                fails: x.fails.as_ref().map(|t| t.value.clone()),
                steps,
                span,
            };
            self.program.tests.push(test);
        }
        // A mistake in a table's body is one mistake, however many rows there are.
        let mut fresh: Vec<Diagnostic> = self.diagnostics.split_off(said);
        policyc_diag::sort(&mut fresh);
        fresh.dedup_by(|b, a| a.code == b.code && a.primary.span == b.primary.span);
        self.diagnostics.extend(fresh);
    }

    fn step(&mut self, step: &'a Step, locals: Vec<Local<'a>>, so_far: &mut Progress) -> Vec<TestStep> {
        let mut place = Place::new(ModuleId::ROOT, What::Constant("a test's step"));
        place.locals = locals;
        let kind = match &step.kind {
            StepKind::Given(entries) => return self.given_state(entries, step.span, &mut place, so_far),
            StepKind::Each { .. } => None,
            StepKind::User(e) => {
                so_far.stepped = true;
                self.step_text(e, &mut place).map(TestStepKind::User)
            }
            StepKind::At(e) => match self.step_value(e, &Ty::Time, &mut place) {
                Some(Value::Time(ns)) => Some(TestStepKind::At(ns)),
                _ => None,
            },
            StepKind::Wait(e) => match self.step_value(e, &Ty::Duration, &mut place) {
                Some(Value::Duration(ns)) if ns >= 0 => Some(TestStepKind::Wait(ns)),
                Some(_) => {
                    self.error(&code::BAD_TEST, e.span, "time does not run backwards", "write `after 5 min`");
                    None
                }
                None => None,
            },
            StepKind::Call(call) => {
                (so_far.called, so_far.resulted, so_far.stepped) = (true, false, true);
                let tool = self.tool_text(&call.tool, &place);
                so_far.tools = self.ids.tools.get(&tool).map(|id| ToolSet::from([*id]));
                let call = self.test_call(call, &mut place, so_far);
                Some(TestStepKind::Call(call.into()))
            }
            StepKind::Result { ok, content, usage } => {
                self.needs_call(so_far, step.span, "a result");
                so_far.resulted = true;
                place.lenient = true;
                let ty = so_far.tools.as_ref().and_then(|t| t.first()).and_then(|t| self.program.tools.get(t.index()));
                let ty = ty.map(|t| t.returns.clone());
                let value = self.value(content, ty.as_ref(), &mut place);
                let content = self.constant_of(value, "a result").map(|(v, _)| v);
                let usage = self.usage_of(usage, &mut place);
                content.map(|content| TestStepKind::Result { ok: *ok, content, usage })
            }
            StepKind::Approve { yes, group } => {
                self.needs_call(so_far, step.span, "an answer");
                Some(TestStepKind::Approve { yes: *yes, group: group.as_ref().map(|g| g.value.clone()) })
            }
            StepKind::Expect(expect) => {
                so_far.expects = true;
                self.expectation(expect, step.span, &mut place, so_far)
            }
        };
        kind.map(|kind| TestStep { kind, span: step.span }).into_iter().collect()
    }

    fn needs_call(&mut self, so_far: &Progress, span: Span, what: &str) {
        if !so_far.called {
            let message = format!("{what} needs a call before it");
            self.error(&code::BAD_TEST, span, message, "write `call TOOL { … }`");
        }
    }

    fn step_value(&mut self, e: &'a ast::Expr, ty: &Ty, p: &mut Place<'a>) -> Option<Value> {
        let value = self.value_of(e, ty, p);
        self.constant_of(value, "a test's step").map(|(v, _)| v)
    }

    fn step_text(&mut self, e: &'a ast::Expr, p: &mut Place<'a>) -> Option<String> {
        match self.step_value(e, &Ty::Text, p) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn given_state(
        &mut self,
        entries: &'a [Given],
        span: Span,
        p: &mut Place<'a>,
        so_far: &mut Progress,
    ) -> Vec<TestStep> {
        let mut steps = Vec::new();
        for entry in entries {
            match entry {
                Given::SessionMark(name) => {
                    if let Some(mark) = self.mark(name) {
                        steps.push(TestStep { kind: TestStepKind::GivenMark(mark), span: name.span });
                    }
                }
                Given::BudgetUsed(name, e) => {
                    let Some(id) = self.budget_named(&name.text, name.span, p.module) else { continue };
                    let ty = self.program.budgets.get(id.index()).map_or(Ty::Poison, |b| b.ty.clone());
                    if let Some(value) = self.step_value(e, &ty, p) {
                        steps.push(TestStep { kind: TestStepKind::GivenUsed(id, value), span });
                    }
                }
                Given::Label(name, e) => {
                    if let Some(value) = self.label_value(name, e, p) {
                        so_far.labels.insert(name.text.clone(), value);
                    }
                }
            }
        }
        steps
    }

    /// A label's value: of its type where the word is bare, anything where it is written out.
    fn label_value(&mut self, name: &Name, e: &'a ast::Expr, p: &mut Place<'a>) -> Option<Value> {
        let label = self.ids.labels.get(&name.text).and_then(|id| self.program.labels.get(id.index()));
        let attribute = self.ids.attributes.get(&name.text).and_then(|id| self.program.attributes.get(id.index()));
        let ty = match (label, attribute) {
            (Some(label), _) => label.field.ty.clone(),
            (None, Some(attribute)) => attribute.ty.clone(),
            (None, None) => {
                self.unknown_label(name);
                return None;
            }
        };
        self.lenient_value(e, Some(&ty), p)
    }

    pub fn lenient_value(&mut self, e: &'a ast::Expr, ty: Option<&Ty>, p: &mut Place<'a>) -> Option<Value> {
        let was = std::mem::replace(&mut p.lenient, true);
        let value = self.value(e, ty, p);
        p.lenient = was;
        let (value, _) = self.constant_of(value, "a test's call")?;
        // What a type changes in the form on the wire is kept; a text stays the text that it is.
        match ty.map(strip) {
            Some(needed @ (Ty::List(_) | Ty::Set(_))) if matches!(&value, Value::Record(r) if r.is_empty()) => {
                Some(convert(&value, needed).unwrap_or(value))
            }
            _ => Some(value),
        }
    }

    fn test_call(&mut self, x: &'a CallStep, p: &mut Place<'a>, so_far: &Progress) -> TestCall {
        let tool_name = self.tool_text(&x.tool, p);
        let tool = self.ids.tools.get(&tool_name).and_then(|id| self.program.tools.get(id.index()));
        let fields: Vec<(String, Ty)> =
            tool.map(|t| t.args.iter().map(|f| (f.name.clone(), f.ty.clone())).collect()).unwrap_or_default();
        let mut args = BTreeMap::new();
        for (name, e) in &x.args {
            let ty = fields.iter().find(|(n, _)| *n == name.text).map(|(_, ty)| ty);
            if let Some(value) = self.lenient_value(e, ty, p) {
                args.insert(name.text.clone(), value);
            }
        }
        let mut labels = so_far.labels.clone();
        let mut attributes = BTreeMap::new();
        labels.retain(|name, value| {
            let is_attribute = !self.ids.labels.contains_key(name);
            if is_attribute {
                attributes.insert(name.clone(), value.clone());
            }
            !is_attribute
        });
        for (name, e) in &x.labels {
            if let Some(value) = self.label_value(name, e, p) {
                if self.ids.labels.contains_key(&name.text) {
                    labels.insert(name.text.clone(), value);
                } else {
                    attributes.insert(name.text.clone(), value);
                }
            }
        }
        let mut marks = BTreeMap::new();
        for (arg, names) in &x.marks {
            let named: Vec<String> = names
                .iter()
                .filter(|n| self.mark(n).is_some())
                .map(|n| crate::state_items::last_word(&n.text))
                .collect();
            marks.insert(arg.text.clone(), named);
        }
        let mut text = |e: &'a Option<ast::Expr>| e.as_ref().and_then(|e| self.step_text(e, p));
        let (agent, tenant, session) = (text(&x.by), text(&x.tenant), text(&x.session));
        let (turn, task) = (text(&x.turn), text(&x.task));
        TestCall {
            tool: tool_name,
            args,
            agent: agent.unwrap_or_else(|| "agent".to_owned()),
            roles: x.roles.iter().map(|r| self.role_text(r, p)).filter(|role| !role.is_empty()).collect(),
            tenant,
            attributes,
            session: session.unwrap_or_else(|| "session".to_owned()),
            turn,
            task,
            labels,
            marks,
        }
    }

    /// A tool need not be there; a name of a table stands for its value, unless a tool is named so.
    fn tool_text(&self, name: &Name, p: &Place<'a>) -> String {
        let local = p.locals.iter().rev().find(|l| l.name == name.text).map(|l| &l.kind);
        let named = match local {
            Some(LocalKind::Row(e)) => word_of(e),
            Some(LocalKind::Value(Value::Text(tool), _)) => Some(tool.clone()),
            Some(LocalKind::Value(..) | LocalKind::Var(..)) | None => None,
        };
        named.filter(|_| !self.ids.tools.contains_key(&name.text)).unwrap_or_else(|| name.text.clone())
    }

    /// A role need not be there; a name of a table stands for its value, which may be no role.
    fn role_text(&self, name: &Name, p: &Place<'a>) -> String {
        let local = p.locals.iter().rev().find(|l| l.name == name.text).map(|l| &l.kind);
        match local {
            Some(LocalKind::Row(ast::Expr { kind: K::Name(role) | K::Text(role), .. })) => role.clone(),
            Some(LocalKind::Value(Value::Text(role), _)) => role.clone(),
            Some(LocalKind::Row(_) | LocalKind::Value(..) | LocalKind::Var(..)) | None => {
                crate::state_items::last_word(&name.text)
            }
        }
    }

    fn usage_of(&mut self, usage: &'a [(Name, ast::Expr)], p: &mut Place<'a>) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for (name, e) in usage {
            let value = self.value(e, None, p);
            let Some((value, ty)) = self.constant_of(value, "reported usage") else { continue };
            let fits = match name.text.as_str() {
                "tokens" => matches!(ty, Ty::Int),
                "cost" => matches!(ty, Ty::Money(_) | Ty::Text),
                "time" => matches!(ty, Ty::Duration),
                other => {
                    let message = format!("`usage` has no `{other}`");
                    let known = ["tokens", "cost", "time"];
                    self.unknown(
                        &code::UNKNOWN_MEMBER,
                        name.span,
                        message,
                        other,
                        known,
                        "it has `tokens`, `cost` and `time`",
                    );
                    continue;
                }
            };
            if !fits {
                let message = format!("`{}` is {}", shown(&value), words::one(&ty));
                self.error(
                    &code::TYPE_MISMATCH,
                    e.span,
                    message,
                    "write `tokens: 812`, `cost: 0.004 USD`, `time: 3 s`",
                );
                continue;
            }
            found.insert(name.text.clone(), value);
        }
        found
    }

    fn expectation(
        &mut self,
        expect: &'a Expect,
        span: Span,
        p: &mut Place<'a>,
        so_far: &Progress,
    ) -> Option<TestStepKind> {
        match expect {
            Expect::Decision { verdict, by, code: named, because, approvers, with, unknown, cuts } => {
                let verdict_of = self.verdict(verdict, p)?;
                let about_result = matches!(verdict_of, Verdict::Pass | Verdict::Redact | Verdict::Quarantine);
                if about_result && !so_far.resulted {
                    let message = format!("`{}` is said of a result, and there is none before it", verdict.text);
                    self.error(&code::EXPECT_BEFORE_STEP, span, message, "write `result …` before it");
                } else if !about_result && !so_far.called {
                    let message = format!("`{}` is said of a call, and there is none before it", verdict.text);
                    self.error(&code::EXPECT_BEFORE_STEP, span, message, "write `call TOOL { … }` before it");
                }
                if verdict_of == Verdict::Deny && by.is_empty() && named.is_none() {
                    self.say(
                        Diagnostic::new(&code::BARE_DENY, verdict.span, "this passes whatever denies the call")
                            .help("write `by RULE`, or `code default` where no rule applies"),
                    );
                }
                if let (false, Some(first)) = (about_result, cuts.first()) {
                    let message = "nothing is cut out of a call";
                    self.error(&code::BAD_TEST, first.span, message, "write it behind `expect redact`, after a result");
                }
                let mut names = Vec::new();
                for name in by {
                    names.extend(self.rule_or_budget(name, p));
                }
                names.sort();
                names.dedup();
                if let Some(named) = named {
                    self.known_code(named);
                }
                Some(TestStepKind::ExpectDecision {
                    verdict: verdict_of,
                    by: names,
                    code: named.as_ref().map(|n| n.text.clone()),
                    told: Told {
                        reason: because.as_ref().map(|t| t.value.clone()),
                        approvers: approvers
                            .iter()
                            .map(|t| t.value.clone())
                            .collect::<BTreeSet<_>>()
                            .into_iter()
                            .collect(),
                        obligations: self.obligation_values(with, p.module),
                        unknown: unknown.iter().map(|t| t.value.clone()).collect(),
                        cuts: (!cuts.is_empty()).then(|| {
                            cuts.iter().map(|t| t.value.clone()).collect::<BTreeSet<_>>().into_iter().collect()
                        }),
                        judged: false,
                    },
                })
            }
            Expect::Cond(e) => {
                if !so_far.stepped {
                    self.error(
                        &code::EXPECT_BEFORE_STEP,
                        span,
                        "there is no step before this expectation",
                        "write `call TOOL { … }` before it",
                    );
                    return None;
                }
                let tools = so_far.tools.clone();
                p.what = match (tools, so_far.resulted) {
                    (Some(tools), true) => What::Result(tools),
                    (Some(tools), false) => What::Call(tools),
                    (None, _) => What::Function,
                };
                p.lenient = true;
                let asked = self.condition(e, p);
                (asked.ty != Ty::Poison).then_some(TestStepKind::Expect(asked))
            }
        }
    }

    fn verdict(&mut self, name: &Name, p: &Place<'a>) -> Option<Verdict> {
        let local = p.locals.iter().rev().find(|l| l.name == name.text).map(|l| &l.kind);
        let word = match local {
            Some(LocalKind::Row(ast::Expr { kind: K::Name(word), .. })) => word.as_str(),
            Some(LocalKind::Row(_) | LocalKind::Value(..) | LocalKind::Var(..)) | None => name.text.as_str(),
        };
        Some(match word {
            "allow" => Verdict::Allow,
            "hold" => Verdict::Hold,
            "deny" => Verdict::Deny,
            "pass" => Verdict::Pass,
            "redact" => Verdict::Redact,
            "quarantine" => Verdict::Quarantine,
            other => {
                let message = format!("`{other}` is no decision");
                let known = ["allow", "hold", "deny", "pass", "redact", "quarantine"];
                let help = "calls are allowed, held or denied; results pass, are redacted or quarantined";
                self.unknown(&code::BAD_TEST, name.span, message, other, known, help);
                return None;
            }
        })
    }

    /// The qualified name of a rule or budget; says so if there is none.
    fn rule_or_budget(&mut self, name: &Name, p: &Place<'a>) -> Option<String> {
        if let Some(LocalKind::Row(ast::Expr { kind: K::Name(inner) | K::Text(inner), span })) =
            p.locals.iter().rev().find(|l| l.name == name.text).map(|l| l.kind.clone())
        {
            let inner = Name { text: inner.clone(), span: *span };
            let outside = Place::new(p.module, p.what.clone());
            return self.rule_or_budget(&inner, &outside);
        }
        let text = name.text.as_str();
        if let Some(found) = self.ids.rules.get(&(p.module, text.to_owned())) {
            return Some(found.clone());
        }
        if let Some((alias, rest)) = text.rsplit_once('.') {
            match self.scopes.alias(p.module, alias) {
                Some(Some(target)) => {
                    if let Some(found) = self.ids.rules.get(&(target, rest.to_owned())) {
                        return Some(found.clone());
                    }
                }
                Some(None) => return None,
                None => {}
            }
        }
        if let Some(found) = self.ids.rules.values().find(|q| *q == text) {
            return Some(found.clone());
        }
        if let Some(id) = self.find_budget(text, p.module) {
            return self.program.budgets.get(id.index()).map(|b| b.name.clone());
        }
        if self.broken.may_be("rule", text) || self.broken.may_be("budget", text) {
            return None;
        }
        let known: Vec<String> =
            self.ids.rules.values().cloned().chain(self.program.budgets.iter().map(|b| b.name.clone())).collect();
        let message = format!("no rule and no budget is named `{text}`");
        self.unknown(&code::BAD_TEST, name.span, message, text, known.iter().map(String::as_str), "");
        None
    }

    fn known_code(&mut self, name: &Name) {
        let known = || CODES.into_iter().chain(REFUSALS);
        if !known().any(|c| c == name.text) {
            let message = format!("no decision has the code `{}`", name.text);
            self.unknown(
                &code::BAD_TEST,
                name.span,
                message,
                &name.text,
                known(),
                "the codes are `rule`, `budget`, `default` and the refusals",
            );
        }
    }
}
