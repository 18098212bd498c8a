//! Tests: each step as the event that it is, with the clock, ids and the session that the test did not say.

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Diagnostic, code};
use policyc_runtime::policy::Side;

use super::arena::Arena;
use super::json;
use super::lowerer::{Lowerer, Scope, place};
use super::suite::{EventKind, LoweredStep, LoweredTest, Setup, StepKind};
use crate::hir::{Test, TestCall, TestStepKind, Told, Value, Verdict};

/// 2026-01-01T00:00:00Z, when every test begins.
const BEGIN: i64 = 1_767_225_600_000_000_000;
const SECOND: i64 = 1_000_000_000;
/// The session of a test that does not name one.
const SESSION: &str = "session";

impl Lowerer<'_> {
    pub(super) fn tests(&mut self) -> Vec<LoweredTest> {
        self.program.tests.iter().map(|test| self.test(test)).collect()
    }

    fn test(&mut self, test: &Test) -> LoweredTest {
        self.begin();
        let mut script = Script::new(test);
        for step in &test.steps {
            let kind = match &step.kind {
                TestStepKind::GivenMark(mark) => {
                    let sessions = script.sessions.iter();
                    script.setup.extend(sessions.map(|s| Setup::Mark { session: s.clone(), mark: *mark }));
                    None
                }
                TestStepKind::GivenUsed(budget, amount) => {
                    let ty = self.program.budgets.get(budget.index()).map(|b| &b.ty);
                    if let Some(amount) = ty.and_then(|ty| Arena::amount(amount, ty)) {
                        script.setup.push(Setup::Used { budget: *budget, amount, at: script.begin });
                    }
                    None
                }
                TestStepKind::At(time) => {
                    script.clock.set(*time);
                    None
                }
                TestStepKind::Wait(duration) => {
                    script.clock.wait(*duration);
                    None
                }
                TestStepKind::User(text) => Some(script.user(text)),
                TestStepKind::Call(call) => Some(script.call(call)),
                TestStepKind::Result { ok, content, usage } => Some(script.result(*ok, content, usage)),
                TestStepKind::Approve { yes, group } => Some(script.answer(*yes, group.as_deref())),
                TestStepKind::ExpectDecision { verdict, by, code: named, told } => {
                    let expected = script.expect(*verdict, by, named.as_ref(), told);
                    if expected.is_none() {
                        let message = "there is nothing before this whose decision it could be";
                        self.problems.push(Diagnostic::new(&code::EXPECT_BEFORE_STEP, step.span, message));
                    }
                    expected
                }
                TestStepKind::Expect(condition) => {
                    let node = self.condition(condition, Side::Must, &mut Scope::default());
                    let _ = self.take_sites();
                    Some(StepKind::Expect { call: script.call, result: script.result, node })
                }
            };
            if let Some(kind) = kind {
                script.steps.push(LoweredStep { kind, place: place(step.span) });
            }
        }
        LoweredTest {
            name: test.name.clone(),
            tags: test.tags.clone(),
            skip: test.skip.clone(),
            fails: test.fails.clone(),
            setup: script.setup,
            steps: script.steps,
            place: place(test.span),
        }
    }
}

/// The clock of a test: it moves on one second from event to event, and by what the test waits besides; an event
/// right after the clock was set is at that very time.
struct Clock {
    now: i64,
    /// The next event is at `now` itself.
    set: bool,
}

impl Clock {
    fn set(&mut self, time: i64) {
        (self.now, self.set) = (time, true);
    }

    fn wait(&mut self, duration: i64) {
        self.now = self.now.saturating_add(duration);
    }

    fn tick(&mut self) -> i64 {
        if !self.set {
            self.now = self.now.saturating_add(SECOND);
        }
        self.set = false;
        self.now
    }
}

/// A test while it is written out.
struct Script {
    setup: Vec<Setup>,
    steps: Vec<LoweredStep>,
    clock: Clock,
    /// When the first event is.
    begin: i64,
    /// Every session that the test speaks of.
    sessions: BTreeSet<String>,
    /// The session of each call, in order; a user's message belongs to the call that follows it.
    upcoming: Vec<String>,
    calls: usize,
    /// The places in `steps` of the latest call, result and decision about a call.
    call: Option<usize>,
    result: Option<usize>,
    decided: Option<usize>,
    session: String,
}

impl Script {
    fn new(test: &Test) -> Self {
        let calls = test.steps.iter().filter_map(|step| match &step.kind {
            TestStepKind::Call(call) => Some(call.session.clone()),
            TestStepKind::GivenMark(_)
            | TestStepKind::GivenUsed(..)
            | TestStepKind::At(_)
            | TestStepKind::Wait(_)
            | TestStepKind::User(_)
            | TestStepKind::Result { .. }
            | TestStepKind::Approve { .. }
            | TestStepKind::ExpectDecision { .. }
            | TestStepKind::Expect(_) => None,
        });
        let upcoming: Vec<String> = calls.collect();
        let mut sessions: BTreeSet<String> = upcoming.iter().cloned().collect();
        if sessions.is_empty() {
            sessions.insert(SESSION.to_owned());
        }
        let begin = first_moment(test);
        Self {
            setup: Vec::new(),
            steps: Vec::new(),
            clock: Clock { now: BEGIN, set: true },
            begin,
            sessions,
            upcoming,
            calls: 0,
            call: None,
            result: None,
            decided: None,
            session: SESSION.to_owned(),
        }
    }

    fn call_id(&self) -> String {
        format!("c{}", self.calls)
    }

    fn event(what: EventKind, fields: &[(&str, String)]) -> StepKind {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{}:{value}", json::string(key))).collect();
        StepKind::Event { what, line: format!("{{{}}}", fields.join(",")) }
    }

    fn at(&mut self) -> String {
        json::string(&json::time(self.clock.tick()))
    }

    fn user(&mut self, text: &str) -> StepKind {
        let session = self.upcoming.get(self.calls).unwrap_or(&self.session).clone();
        let at = self.at();
        let fields = [("user", json::string(text)), ("session", json::string(&session)), ("at", at)];
        Self::event(EventKind::User, &fields)
    }

    fn call(&mut self, call: &TestCall) -> StepKind {
        self.calls = self.calls.saturating_add(1);
        self.session.clone_from(&call.session);
        let at = self.at();
        let mut fields = vec![
            ("call", json::string(&self.call_id())),
            ("tool", json::string(&call.tool)),
            ("args", json::object(&call.args)),
            ("agent", agent(call)),
            ("session", json::string(&call.session)),
        ];
        if let Some(task) = &call.task {
            fields.push(("task", json::string(task)));
        }
        fields.push(("labels", json::object(&call.labels)));
        if !call.marks.is_empty() {
            let marks = call.marks.iter().map(|(arg, marks)| (arg.clone(), texts(marks)));
            fields.push(("marks", json::object(&marks.collect())));
        }
        if let Some(turn) = &call.turn {
            fields.push(("turn", json::string(turn)));
        }
        fields.push(("at", at));
        self.call = Some(self.steps.len());
        self.decided = self.call;
        self.result = None;
        Self::event(EventKind::Call, &fields)
    }

    fn result(&mut self, ok: bool, content: &Value, usage: &BTreeMap<String, Value>) -> StepKind {
        let at = self.at();
        let mut fields = vec![
            ("result", json::string(&self.call_id())),
            ("status", json::string(if ok { "ok" } else { "error" })),
            ("content", json::value(content)),
        ];
        if !usage.is_empty() {
            fields.push(("usage", json::object(usage)));
        }
        fields.push(("session", json::string(&self.session)));
        fields.push(("at", at));
        self.result = Some(self.steps.len());
        Self::event(EventKind::Result, &fields)
    }

    fn answer(&mut self, yes: bool, group: Option<&str>) -> StepKind {
        let at = self.at();
        let mut fields = vec![(if yes { "approve" } else { "reject" }, json::string(&self.call_id()))];
        if let Some(group) = group {
            fields.push(("group", json::string(group)));
        }
        fields.push(("session", json::string(&self.session)));
        fields.push(("at", at));
        self.decided = Some(self.steps.len());
        Self::event(EventKind::Answer, &fields)
    }

    /// An expectation, if something came before it.
    fn expect(&self, verdict: Verdict, by: &[String], code: Option<&String>, told: &Told) -> Option<StepKind> {
        let of = match verdict {
            Verdict::Allow | Verdict::Hold | Verdict::Deny => self.decided,
            Verdict::Pass | Verdict::Redact | Verdict::Quarantine => self.result,
        }?;
        let mut by = by.to_vec();
        by.sort();
        by.dedup();
        let obligations = told.obligations.iter().map(|(key, value)| (key.clone(), json::value(value)));
        Some(StepKind::ExpectDecision {
            of,
            verdict,
            by,
            code: code.cloned(),
            reason: told.reason.clone(),
            approvers: told.approvers.clone(),
            obligations: obligations.collect(),
            unknown: told.unknown.clone(),
            cuts: told.cuts.clone(),
            judged: told.judged,
        })
    }
}

fn agent(call: &TestCall) -> String {
    let mut agent = call.attributes.clone();
    agent.insert("id".to_owned(), Value::Text(call.agent.clone()));
    agent.insert("roles".to_owned(), texts(&call.roles));
    if let Some(tenant) = &call.tenant {
        agent.insert("tenant".to_owned(), Value::Text(tenant.clone()));
    }
    json::object(&agent)
}

fn texts(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|t| Value::Text(t.clone())).collect())
}

/// When the first event of a test is.
fn first_moment(test: &Test) -> i64 {
    let mut clock = Clock { now: BEGIN, set: true };
    for step in &test.steps {
        match &step.kind {
            TestStepKind::At(time) => clock.set(*time),
            TestStepKind::Wait(duration) => clock.wait(*duration),
            TestStepKind::User(_)
            | TestStepKind::Call(_)
            | TestStepKind::Result { .. }
            | TestStepKind::Approve { .. } => break,
            TestStepKind::GivenMark(_)
            | TestStepKind::GivenUsed(..)
            | TestStepKind::ExpectDecision { .. }
            | TestStepKind::Expect(_) => {}
        }
    }
    clock.now
}
