//! Events: what a line says, and everything that may be wrong with it before a rule is asked.
//!
//! The specification does not rank the refusals, so reading an event gives *all* codes that fit; whoever compares
//! accepts any of them.

use std::collections::BTreeSet;

use policyc_compile::hir::{AttrId, BudgetKey, Field, LabelId, MarkId, Program, RoleId, ToolId, Ty};

use super::clock;
use super::json::Json;
use super::needs::Needs;
use super::number;
use super::value::{V, Val, fits};

/// Codes that fit a refusal.
pub type Codes = BTreeSet<&'static str>;

/// What kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user said something.
    User,
    /// The agent wants to do something.
    Call,
    /// It was done.
    Result,
    /// A held call was approved.
    Approve,
    /// A held call was rejected.
    Reject,
}

/// An event; what a kind does not have is empty.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which kind.
    pub kind: Kind,
    /// The id of the call that it speaks of, or what the user said.
    pub id: String,
    /// The tool's name.
    pub tool: String,
    /// The arguments.
    pub args: Json,
    /// What is said of the agent.
    pub agent: Json,
    /// The labels.
    pub labels: Json,
    /// Marks that the host states.
    pub marks: Json,
    /// The session.
    pub session: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// The turn.
    pub turn: Option<String>,
    /// The group that answers.
    pub group: Option<String>,
    /// The status of a result.
    pub status: Option<String>,
    /// What a tool gave.
    pub content: Option<Json>,
    /// Usage, as reported.
    pub usage: Json,
    /// Nanoseconds since 1970.
    pub at: Option<i64>,
}

const KINDS: [(&str, Kind, &[&str]); 5] = [
    ("user", Kind::User, &["session", "at", "extra"]),
    ("call", Kind::Call, &["tool", "args", "agent", "session", "task", "labels", "marks", "turn", "at", "extra"]),
    ("result", Kind::Result, &["status", "content", "usage", "session", "at", "extra"]),
    ("approve", Kind::Approve, &["group", "session", "at", "extra"]),
    ("reject", Kind::Reject, &["group", "session", "at", "extra"]),
];

/// SPEC: [S8.1] [S8.2] [S8.3] [S8.4] [S8.5]
pub fn read(json: &Json) -> Result<Event, Codes> {
    let mut codes = Codes::new();
    if !matches!(json, Json::Object(_)) {
        return Err(Codes::from(["malformed-call"]));
    }
    let kinds: Vec<_> = KINDS.into_iter().filter(|(name, _, _)| json.get(name).is_some()).collect();
    let all_keys: BTreeSet<&str> =
        KINDS.iter().flat_map(|(name, _, keys)| keys.iter().copied().chain([*name])).collect();
    for (key, _) in json.entries() {
        if !all_keys.contains(key.as_str()) {
            codes.insert(if all_keys.contains(key.to_lowercase().as_str()) { "confusable-key" } else { "unknown-key" });
        } else if let [(name, _, keys)] = kinds.as_slice()
            && key != name
            && !keys.contains(&key.as_str())
        {
            codes.extend(["unknown-key", "malformed-call"]);
        }
    }
    let [(name, kind, _)] = kinds.as_slice() else {
        codes.insert("malformed-call");
        return Err(codes);
    };
    let mut text = |key: &str| match json.get(key) {
        None | Some(Json::Null) => None,
        Some(Json::Text(t)) if !t.is_empty() || key == "user" => Some(t.clone()),
        Some(_) => {
            codes.insert("malformed-call");
            None
        }
    };
    let id = text(name);
    let (session, task, turn) = (text("session"), text("task"), text("turn"));
    let (tool, group, status) = (text("tool"), text("group"), text("status"));
    let at = match json.get("at") {
        None | Some(Json::Null) => None,
        Some(found) => Some(found.text().and_then(clock::time)),
    };
    let mut object = |key: &str| match json.get(key) {
        None | Some(Json::Null) => Json::Null,
        Some(found @ Json::Object(_)) => found.clone(),
        Some(_) => {
            codes.insert("malformed-call");
            Json::Null
        }
    };
    let (args, agent, labels, marks, usage) =
        (object("args"), object("agent"), object("labels"), object("marks"), object("usage"));
    if at == Some(None) {
        codes.insert("bad-time");
    }
    if id.is_none() && *kind != Kind::User {
        codes.insert("malformed-call");
    }
    if *kind == Kind::User && (session.is_none() || id.is_none()) {
        codes.extend(["malformed-call", "missing-session"]);
    }
    if *kind == Kind::Call && (tool.is_none() || args == Json::Null) {
        codes.insert("malformed-call");
    }
    if status.as_deref().is_some_and(|s| !["ok", "error", "not-run"].contains(&s)) {
        codes.insert("malformed-call");
    }
    let content = json.get("content").filter(|c| **c != Json::Null);
    if status.as_deref() == Some("not-run") && content.is_some() {
        codes.insert("malformed-call");
    }
    let listed = |found: &Json| matches!(found, Json::List(items) if items.iter().all(|i| i.text().is_some()));
    if !marks.entries().iter().all(|(_, list)| listed(list)) || !agent.get("roles").is_none_or(listed) {
        codes.insert("malformed-call");
    }
    for key in ["id", "tenant"] {
        if agent.get(key).is_some_and(|found| *found != Json::Null && found.text().is_none_or(str::is_empty)) {
            codes.insert("malformed-call");
        }
    }
    confusable(&agent, ["id", "roles", "tenant"].into_iter(), &mut codes);
    for (key, found) in usage.entries() {
        let numeric = matches!(found, Json::Number(_) | Json::Null) || (key != "tokens" && found.text().is_some());
        match key.as_str() {
            "tokens" | "cost" | "time" if numeric => {}
            "tokens" | "cost" | "time" => _ = codes.insert("malformed-call"),
            _ => _ = codes.insert("unknown-key"),
        }
    }
    confusable(&usage, ["tokens", "cost", "time"].into_iter(), &mut codes);
    if !codes.is_empty() {
        return Err(codes);
    }
    Ok(Event {
        kind: *kind,
        id: id.unwrap_or_default(),
        tool: tool.unwrap_or_default(),
        args,
        agent,
        labels,
        marks,
        session,
        task,
        turn,
        group,
        status,
        content: json.get("content").filter(|c| **c != Json::Null).cloned(),
        usage,
        at: at.flatten(),
    })
}

/// SPEC: [S8.8]
fn confusable<'a>(object: &Json, declared: impl Iterator<Item = &'a str>, codes: &mut Codes) {
    let declared: Vec<&str> = declared.collect();
    for (key, _) in object.entries() {
        // Both mappings: some letters have one upper case and two lower ones.
        let folded = |t: &str| t.to_uppercase().to_lowercase();
        let twin = |d: &&str| folded(d) == folded(key);
        if !declared.contains(&key.as_str()) && declared.iter().any(twin) {
            codes.insert("confusable-key");
        }
    }
}

impl Event {
    /// Every refusal that this call deserves before a rule is asked. SPEC: [S8.10] [S8.11]
    pub fn refusals(&self, program: &Program, needs: &Needs) -> (Option<ToolId>, Codes) {
        let mut codes = Codes::new();
        let at = program.tools.iter().position(|tool| tool.name == self.tool);
        let (Some(at), Some(tool)) = (at, at.and_then(|at| program.tools.get(at))) else {
            return (None, Codes::from(["unknown-tool"]));
        };
        record(&self.args, &tool.args, tool.open, "missing-argument", &mut codes);
        let labels: Vec<Field> = program.labels.iter().map(|l| l.field.clone()).collect();
        record(&self.labels, &labels, true, "missing-label", &mut codes);
        record(&self.agent, &program.attributes, true, "missing-agent", &mut codes);
        confusable(&self.marks, tool.args.iter().map(|a| a.name.as_str()), &mut codes);
        for (key, marks) in self.marks.entries() {
            if !tool.open && !tool.args.iter().any(|a| a.name == *key) {
                codes.insert("undeclared-argument");
            }
            let Json::List(marks) = marks else { continue };
            let stated = Json::Object(marks.iter().filter_map(|m| Some((m.text()?.to_owned(), Json::Null))).collect());
            confusable(&stated, program.marks.iter().map(|m| m.name.as_str()), &mut codes);
        }
        if let Some(Json::List(roles)) = self.agent.get("roles") {
            let stated = Json::Object(roles.iter().filter_map(|r| Some((r.text()?.to_owned(), Json::Null))).collect());
            confusable(&stated, program.roles.iter().map(|r| r.name.as_str()), &mut codes);
        }
        let declared = program.attributes.iter().map(|a| a.name.as_str()).chain(["id", "roles", "tenant"]);
        confusable(&self.agent, declared, &mut codes);
        let mut need = |needed: bool, there: bool, code: &'static str| {
            if needed && !there {
                codes.insert(code);
            }
        };
        need(needs.session, self.session.is_some(), "missing-session");
        need(needs.agent, self.agent_text("id").is_some(), "missing-agent");
        need(needs.tenant, self.agent_text("tenant").is_some(), "missing-tenant");
        need(needs.task, self.task.is_some(), "missing-task");
        need(needs.time, self.at.is_some(), "missing-time");
        (u32::try_from(at).ok().map(ToolId), codes)
    }

    /// A text that is said of the agent.
    pub fn agent_text(&self, key: &str) -> Option<&str> {
        self.agent.get(key).and_then(Json::text).filter(|t| !t.is_empty())
    }

    /// All roles of the agent; `None` if the call does not say. SPEC: [S5.8]
    pub fn roles(&self, program: &Program) -> Option<BTreeSet<RoleId>> {
        let Some(Json::List(stated)) = self.agent.get("roles") else { return None };
        let has = |name: &str| stated.iter().any(|role| role.text() == Some(name));
        Some(program.roles.iter().filter(|r| has(&r.name)).flat_map(|r| r.closure.iter().copied()).collect())
    }

    /// Whether the host states the mark of the argument.
    pub fn marked(&self, program: &Program, arg: &str, mark: MarkId) -> bool {
        let Some(mark) = program.marks.get(mark.index()) else { return false };
        match self.marks.get(arg) {
            Some(Json::List(items)) => items.iter().any(|m| m.text() == Some(&mark.name)),
            _ => false,
        }
    }

    /// An argument: what came, or the tool's default.
    pub fn argument(&self, program: &Program, tool: ToolId, name: &str) -> Val {
        let declared = program.tools.get(tool.index()).and_then(|t| t.args.iter().find(|a| a.name == name));
        let Some(declared) = declared else { return Val::new(V::Unknown) };
        let base = read_by(&declared.ty).filter(|base| *base != name);
        let base = base.map(|base| self.argument(program, tool, base));
        stated(&self.args, declared, Some(name), base.as_ref())
    }

    /// A label: what came, or its default.
    pub fn label(&self, program: &Program, id: LabelId) -> Val {
        program.labels.get(id.index()).map_or(Val::new(V::Unknown), |l| stated(&self.labels, &l.field, None, None))
    }

    /// An attribute of the agent: what came, or its default.
    pub fn attribute(&self, program: &Program, id: AttrId) -> Val {
        program.attributes.get(id.index()).map_or(Val::new(V::Unknown), |a| stated(&self.agent, a, None, None))
    }

    /// A part of the key under which a budget counts this call, if it is there. SPEC: [S6.7]
    pub fn key(&self, program: &Program, key: BudgetKey, fits: bool) -> Option<String> {
        let of = |val: Val, ty: Option<&Ty>| Some(declared(&val.raw?, ty?));
        let text = |t: Option<&str>| t.map(str::to_owned);
        match key {
            BudgetKey::Agent => text(self.agent_text("id")),
            BudgetKey::Session => self.session.clone(),
            BudgetKey::Task => self.task.clone(),
            BudgetKey::Tenant => text(self.agent_text("tenant")),
            BudgetKey::Tool => Some(self.tool.clone()),
            BudgetKey::Call if !fits => Some(format!("{} as it came {}", self.tool, canonical(&self.args))),
            BudgetKey::Call => {
                let tool = program.tools.iter().find(|t| t.name == self.tool)?;
                Some(format!("{} {}", self.tool, declared_record(&self.args, &tool.args)))
            }
            BudgetKey::Label(_) | BudgetKey::Attr(_) if !fits => None,
            BudgetKey::Label(id) => of(self.label(program, id), program.labels.get(id.index()).map(|l| &l.field.ty)),
            BudgetKey::Attr(id) => of(self.attribute(program, id), program.attributes.get(id.index()).map(|a| &a.ty)),
        }
    }

    /// What the tool gave, read as the tool's return type.
    pub fn content(&self, program: &Program, tool: ToolId) -> Val {
        let Some(ty) = program.tools.get(tool.index()).map(|t| &t.returns) else { return Val::new(V::Unknown) };
        match &self.content {
            Some(content) => Val::wire(content, ty, None, None),
            None => Val::new(V::Absent),
        }
    }

    /// Whether it ran well.
    pub fn ok(&self) -> Option<bool> {
        Some(self.status.as_deref().is_none_or(|s| s == "ok"))
    }

    /// Reported usage.
    pub fn usage(&self, name: &str, ty: &Ty) -> Val {
        self.usage
            .get(name)
            .map_or(Val::new(V::Absent), |found| Val::wire(found, &Ty::Optional(ty.clone().into()), None, None))
    }
}

/// The argument by which a value, or what is in it, is read.
fn read_by(ty: &Ty) -> Option<&str> {
    match ty {
        Ty::Optional(of) | Ty::List(of) | Ty::Set(of) | Ty::Map(of) => read_by(of),
        Ty::Record(record) => record.fields.iter().find_map(|field| read_by(&field.ty)),
        _ => ty.read_by(),
    }
}

fn stated(object: &Json, field: &Field, arg: Option<&str>, base: Option<&Val>) -> Val {
    match (object.get(&field.name), &field.default) {
        (Some(found), _) => Val::wire(found, &field.ty, arg, base),
        (None, Some(default)) => Val::default_of(default, &field.ty, arg, base),
        (None, None) => Val::new(V::Absent),
    }
}

/// Checks an object against what is declared. SPEC: [S3.1] [S8.8] [S8.10]
fn record(object: &Json, fields: &[Field], open: bool, missing: &'static str, codes: &mut Codes) {
    confusable(object, fields.iter().map(|f| f.name.as_str()), codes);
    for (key, _) in object.entries() {
        if !open && !fields.iter().any(|f| f.name == *key) {
            codes.insert("undeclared-argument");
        }
    }
    for field in fields {
        match object.get(&field.name) {
            None if field.default.is_none() && !matches!(field.ty, Ty::Optional(_)) => {
                codes.insert(missing);
            }
            Some(found) if !fits(found, &field.ty) => {
                codes.insert("wrong-type");
                inside(found, &field.ty, codes);
            }
            Some(found) => inside(found, &field.ty, codes),
            None => {}
        }
    }
}

/// What may be wrong further inside, under its own name.
fn inside(json: &Json, ty: &Ty, codes: &mut Codes) {
    match (ty, json) {
        (Ty::Optional(of), _) => inside(json, of, codes),
        (Ty::List(of) | Ty::Set(of), Json::List(items)) => items.iter().for_each(|item| inside(item, of, codes)),
        (Ty::Map(of), Json::Object(entries)) => entries.iter().for_each(|(_, x)| inside(x, of, codes)),
        (Ty::Record(of), Json::Object(_)) => record(json, &of.fields, of.open, "missing-argument", codes),
        (Ty::Union(branches), _) if !branches.iter().any(|b| fits(json, b)) => {
            branches.iter().for_each(|branch| inside(json, branch, codes));
        }
        (Ty::Int, Json::Number(n)) if number::int(n).is_none() => {
            let one = 10_i128.pow(18);
            if number::decimal(n).is_none_or(|raw| raw % one == 0) {
                codes.insert("bad-number");
            }
        }
        (Ty::Decimal | Ty::Money(_), Json::Number(n)) if number::decimal(n).is_none() => {
            codes.insert("bad-number");
        }
        (Ty::Duration, Json::Number(n)) if clock::seconds(n).is_none() => {
            codes.insert("bad-number");
        }
        (Ty::Time, Json::Text(t)) if clock::time(t).is_none() => {
            codes.insert("bad-time");
        }
        _ => {}
    }
}

/// One spelling for each value of a type. SPEC: [S6.7]
fn declared(json: &Json, ty: &Ty) -> String {
    let all = |items: &[Json], of: &Ty| items.iter().map(|item| declared(item, of)).collect::<Vec<_>>();
    match (ty, json) {
        (Ty::Optional(_), Json::Null) => "null".to_owned(),
        (Ty::Optional(of), _) => declared(json, of),
        (Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Duration | Ty::Time, _) => {
            let read = Val::wire(json, ty, None, None).v;
            if matches!(read, V::Unknown) { canonical(json) } else { format!("{read:?}") }
        }
        (Ty::List(of), Json::List(items)) => format!("[{}]", all(items, of).join(",")),
        (Ty::Set(of), Json::List(items)) => {
            let members: BTreeSet<String> = all(items, of).into_iter().collect();
            format!("{members:?}")
        }
        (Ty::Map(of), Json::Object(entries)) => {
            let mut parts: Vec<String> = entries.iter().map(|(k, x)| format!("{k:?}:{}", declared(x, of))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        (Ty::Record(of), Json::Object(_)) => declared_record(json, &of.fields),
        (Ty::Union(branches), _) => {
            let fitting = || branches.iter().filter(|b| fits(json, b));
            let by_value = |b: &&Ty| matches!(b, Ty::Decimal | Ty::Money(_) | Ty::Duration | Ty::Time);
            let meant = fitting().find(by_value).or_else(|| fitting().next());
            meant.map_or_else(|| canonical(json), |branch| declared(json, branch))
        }
        _ => canonical(json),
    }
}

/// Of fields, those that say something.
fn declared_record(json: &Json, fields: &[Field]) -> String {
    let mut parts = Vec::new();
    for (key, found) in json.entries() {
        let Some(field) = fields.iter().find(|f| f.name == *key) else {
            parts.push(format!("{key:?}:{}", canonical(found)));
            continue;
        };
        let default = stated(&Json::Null, field, None, None).raw.map(|raw| declared(&raw, &field.ty));
        let said = declared(found, &field.ty);
        if *found != Json::Null && default.as_ref() != Some(&said) {
            parts.push(format!("{key:?}:{said}"));
        }
    }
    parts.sort();
    format!("{{{}}}", parts.join(","))
}

/// One spelling for each value: keys sorted, numbers by value.
fn canonical(json: &Json) -> String {
    match json {
        Json::Number(n) => number::decimal(n).map_or_else(|| n.clone(), |raw| raw.to_string()),
        Json::List(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Json::Object(entries) => {
            let mut parts: Vec<String> = entries.iter().map(|(k, x)| format!("{k:?}:{}", canonical(x))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        other => format!("{other:?}"),
    }
}
