//! What an event is: user message, call, result, answer to a held call.
//!
//! This layer knows the keys that every policy shares. It refuses keys that no event has, and keys that differ from
//! a known one only by case, so that nobody downstream can read another event out of the same line. What a policy
//! declares (tools, arguments, labels, attributes) is `schema`'s business.

use crate::{
    refusal::{Refusal, RefusalCode, quoted},
    time,
    wire::{Doc, Json, Kind},
};

/// An event.
#[derive(Clone, Copy, Debug)]
pub enum Event<'d> {
    /// What the user said.
    User(User<'d>),
    /// What the agent wants to do.
    Call(Call<'d>),
    /// What came of it.
    Result(CallResult<'d>),
    /// What a person says to a held call.
    Answer(Answer<'d>),
}

/// `{"user": TEXT, "session": …}`
#[derive(Clone, Copy, Debug)]
pub struct User<'d> {
    /// What was said.
    pub text: &'d str,
    /// Where.
    pub session: &'d str,
    /// When, in nanoseconds since 1970.
    pub at: Option<i64>,
}

/// `{"call": ID, "tool": …, "args": {…}, …}`
#[derive(Clone, Copy, Debug)]
pub struct Call<'d> {
    /// The whole event.
    pub event: Json<'d>,
    /// Its id, never empty: what its result, and the answer to it, speak of.
    pub id: &'d str,
    /// The tool's name.
    pub tool: &'d str,
    /// An object.
    pub args: Json<'d>,
    /// An object.
    pub agent: Option<Json<'d>>,
    /// `agent.id`, never empty.
    pub agent_id: Option<&'d str>,
    /// `agent.tenant`, never empty.
    pub tenant: Option<&'d str>,
    /// `agent.roles`: a list of texts.
    pub roles: Option<Json<'d>>,
    /// Never empty.
    pub session: Option<&'d str>,
    /// Never empty.
    pub task: Option<&'d str>,
    /// Never empty.
    pub turn: Option<&'d str>,
    /// An object.
    pub labels: Option<Json<'d>>,
    /// An object whose values are lists of texts: marks that the host states, by argument.
    pub marks: Option<Json<'d>>,
    /// In nanoseconds since 1970.
    pub at: Option<i64>,
}

impl<'d> Call<'d> {
    /// The line that it was read from: what is remembered until its result comes.
    pub fn line(&self) -> &'d str {
        self.event.line()
    }

    /// Whether the agent states this role; no closure over `extends` here.
    pub fn states_role(&self, role: &str) -> bool {
        self.roles.is_some_and(|roles| roles.items().any(|r| r.text() == Some(role)))
    }

    /// Whether the host states this mark on this top-level argument.
    pub fn states_mark(&self, argument: &str, mark: &str) -> bool {
        let marks = self.marks.and_then(|marks| marks.get(argument));
        marks.is_some_and(|marks| marks.items().any(|m| m.text() == Some(mark)))
    }
}

/// `{"result": ID, …}`
#[derive(Clone, Copy, Debug)]
pub struct CallResult<'d> {
    /// Of which call.
    pub id: &'d str,
    /// Whether it ran, and ran well.
    pub status: Status,
    /// What the tool gave: a text or anything else.
    pub content: Option<Json<'d>>,
    /// `usage.tokens`: a number.
    pub tokens: Option<Json<'d>>,
    /// `usage.cost`: a number or a text.
    pub cost: Option<Json<'d>>,
    /// `usage.time`: a number or a text.
    pub time: Option<Json<'d>>,
    /// The session of its call, if it says so.
    pub session: Option<&'d str>,
    /// In nanoseconds since 1970.
    pub at: Option<i64>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ran; also what says nothing.
    Ok,
    /// It ran and failed.
    Error,
    /// It did not run.
    NotRun,
}

/// `{"approve": ID, …}`, `{"reject": ID, …}`
#[derive(Clone, Copy, Debug)]
pub struct Answer<'d> {
    /// To which call.
    pub id: &'d str,
    /// `approve`, not `reject`.
    pub approve: bool,
    /// On behalf of which group.
    pub group: Option<&'d str>,
    /// The session of the call, if it says so.
    pub session: Option<&'d str>,
    /// In nanoseconds since 1970.
    pub at: Option<i64>,
}

/// The values of an event by key.
#[derive(Default)]
struct Slots<'d> {
    user: Option<Json<'d>>,
    call: Option<Json<'d>>,
    result: Option<Json<'d>>,
    approve: Option<Json<'d>>,
    reject: Option<Json<'d>>,
    tool: Option<Json<'d>>,
    args: Option<Json<'d>>,
    agent: Option<Json<'d>>,
    session: Option<Json<'d>>,
    task: Option<Json<'d>>,
    labels: Option<Json<'d>>,
    marks: Option<Json<'d>>,
    turn: Option<Json<'d>>,
    at: Option<Json<'d>>,
    extra: Option<Json<'d>>,
    status: Option<Json<'d>>,
    content: Option<Json<'d>>,
    usage: Option<Json<'d>>,
    group: Option<Json<'d>>,
    /// Which keys were there.
    seen: u32,
}

/// A bit for each key of an event.
mod bit {
    pub const USER: u32 = 1 << 0;
    pub const CALL: u32 = 1 << 1;
    pub const RESULT: u32 = 1 << 2;
    pub const APPROVE: u32 = 1 << 3;
    pub const REJECT: u32 = 1 << 4;
    pub const TOOL: u32 = 1 << 5;
    pub const ARGS: u32 = 1 << 6;
    pub const AGENT: u32 = 1 << 7;
    pub const SESSION: u32 = 1 << 8;
    pub const TASK: u32 = 1 << 9;
    pub const LABELS: u32 = 1 << 10;
    pub const MARKS: u32 = 1 << 11;
    pub const TURN: u32 = 1 << 12;
    pub const AT: u32 = 1 << 13;
    pub const EXTRA: u32 = 1 << 14;
    pub const STATUS: u32 = 1 << 15;
    pub const CONTENT: u32 = 1 << 16;
    pub const USAGE: u32 = 1 << 17;
    pub const GROUP: u32 = 1 << 18;

    pub const USER_EVENT: u32 = USER | SESSION | AT | EXTRA;
    pub const CALL_EVENT: u32 = CALL | TOOL | ARGS | AGENT | SESSION | TASK | LABELS | MARKS | TURN | AT | EXTRA;
    pub const RESULT_EVENT: u32 = RESULT | STATUS | CONTENT | USAGE | SESSION | AT | EXTRA;
    pub const APPROVE_EVENT: u32 = APPROVE | GROUP | SESSION | AT | EXTRA;
    pub const REJECT_EVENT: u32 = REJECT | GROUP | SESSION | AT | EXTRA;
    pub const KINDS: u32 = USER | CALL | RESULT | APPROVE | REJECT;
}

/// Every key of an event, in the order of their bits.
const KEYS: [&str; 19] = [
    "user", "call", "result", "approve", "reject", "tool", "args", "agent", "session", "task", "labels", "marks",
    "turn", "at", "extra", "status", "content", "usage", "group",
];

impl<'d> Slots<'d> {
    #[inline]
    fn put(&mut self, key: &str, value: Json<'d>) -> bool {
        let (slot, bit) = match key {
            "user" => (&mut self.user, bit::USER),
            "call" => (&mut self.call, bit::CALL),
            "result" => (&mut self.result, bit::RESULT),
            "approve" => (&mut self.approve, bit::APPROVE),
            "reject" => (&mut self.reject, bit::REJECT),
            "tool" => (&mut self.tool, bit::TOOL),
            "args" => (&mut self.args, bit::ARGS),
            "agent" => (&mut self.agent, bit::AGENT),
            "session" => (&mut self.session, bit::SESSION),
            "task" => (&mut self.task, bit::TASK),
            "labels" => (&mut self.labels, bit::LABELS),
            "marks" => (&mut self.marks, bit::MARKS),
            "turn" => (&mut self.turn, bit::TURN),
            "at" => (&mut self.at, bit::AT),
            "extra" => (&mut self.extra, bit::EXTRA),
            "status" => (&mut self.status, bit::STATUS),
            "content" => (&mut self.content, bit::CONTENT),
            "usage" => (&mut self.usage, bit::USAGE),
            "group" => (&mut self.group, bit::GROUP),
            _ => return false,
        };
        self.seen |= bit;
        *slot = Some(value);
        true
    }
}

/// Reads an event.
///
/// # Errors
/// Whatever has not the structure of exactly one kind of event.
pub fn read(doc: &Doc) -> Result<Event<'_>, Refusal> {
    let root = doc.root();
    if root.kind() != Kind::Object {
        return Err(Refusal::new(RefusalCode::MalformedCall, "an event is a JSON object"));
    }
    let mut slots = Slots::default();
    for (key, value) in root.entries() {
        if !slots.put(key, value) {
            return Err(no_such_key("", key, &KEYS));
        }
    }
    let kind = slots.seen & bit::KINDS;
    let (allowed, what) = match kind {
        bit::USER => (bit::USER_EVENT, "a user message"),
        bit::RESULT => (bit::RESULT_EVENT, "a result"),
        bit::APPROVE => (bit::APPROVE_EVENT, "an approval"),
        bit::REJECT => (bit::REJECT_EVENT, "a rejection"),
        bit::CALL => (bit::CALL_EVENT, "a call"),
        0 if slots.seen & bit::TOOL != 0 => return Err(malformed(NO_ID)),
        0 => return Err(malformed("an event has one of the keys `user`, `call`, `result`, `approve`, `reject`")),
        _ => return Err(malformed("an event has only one of the keys `user`, `call`, `result`, `approve`, `reject`")),
    };
    let extra = slots.seen & !allowed;
    if extra != 0 {
        let at = usize::try_from(extra.trailing_zeros()).unwrap_or(usize::MAX);
        let key = KEYS.get(at).copied().unwrap_or("");
        return Err(Refusal::new(RefusalCode::UnknownKey, format!("{what} has no key `{key}`")));
    }
    match kind {
        bit::USER => read_user(&slots),
        bit::RESULT => read_result(&slots),
        bit::APPROVE => read_answer(&slots, "approve", slots.approve),
        bit::REJECT => read_answer(&slots, "reject", slots.reject),
        _ => read_call(root, &slots),
    }
}

/// Without an id nobody could say what came of a call: its result would not mark, and nothing it reserved would settle.
const NO_ID: &str = "a call has an id in `call`, by which its result is told";

/// The id of a call that may have been refused: for the refusal's own line.
pub fn call_id(doc: &Doc) -> Option<&str> {
    doc.root().get("call").and_then(Json::text)
}

fn read_user<'d>(slots: &Slots<'d>) -> Result<Event<'d>, Refusal> {
    let text = slots.user.and_then(Json::text).ok_or_else(|| malformed("`user` must be a text"))?;
    let session = name("session", slots.session)?;
    let session = session.ok_or_else(|| {
        Refusal::new(RefusalCode::MissingSession, "a user message says which `session` it belongs to")
    })?;
    Ok(Event::User(User { text, session, at: instant(slots.at)? }))
}

fn read_call<'d>(root: Json<'d>, slots: &Slots<'d>) -> Result<Event<'d>, Refusal> {
    let agent = object("agent", slots.agent)?;
    let (mut agent_id, mut tenant, mut roles) = (None, None, None);
    if let Some(agent) = agent {
        for (key, value) in agent.entries() {
            match key {
                "id" => agent_id = name("agent.id", Some(value))?,
                "tenant" => tenant = name("agent.tenant", Some(value))?,
                "roles" => roles = texts("agent.roles", value)?,
                // Any other key is an attribute, declared or not.
                _ => {
                    if let Some(known) = ["id", "tenant", "roles"].into_iter().find(|known| confusable(known, key)) {
                        return Err(confusable_key("agent", key, known));
                    }
                }
            }
        }
    }
    let marks = object("marks", slots.marks)?;
    for (_, value) in marks.into_iter().flat_map(Json::entries) {
        texts("marks", value)?;
    }
    Ok(Event::Call(Call {
        event: root,
        id: name("call", slots.call)?.ok_or_else(|| malformed(NO_ID))?,
        tool: name("tool", slots.tool)?.ok_or_else(|| malformed("a call says which `tool` it means"))?,
        args: object("args", slots.args)?.ok_or_else(|| malformed("a call has an object `args`"))?,
        agent,
        agent_id,
        tenant,
        roles,
        session: name("session", slots.session)?,
        task: name("task", slots.task)?,
        turn: name("turn", slots.turn)?,
        labels: object("labels", slots.labels)?,
        marks,
        at: instant(slots.at)?,
    }))
}

fn read_result<'d>(slots: &Slots<'d>) -> Result<Event<'d>, Refusal> {
    let status = match slots.status.filter(|s| !s.is_null()).map(Json::kind) {
        None | Some(Kind::Text("ok")) => Status::Ok,
        Some(Kind::Text("error")) => Status::Error,
        Some(Kind::Text("not-run")) => Status::NotRun,
        Some(_) => return Err(malformed("`status` must be `ok`, `error` or `not-run`")),
    };
    if status == Status::NotRun && slots.content.is_some_and(|content| !content.is_null()) {
        return Err(malformed("what was not run has no `content`"));
    }
    let usage = object("usage", slots.usage)?;
    let (mut tokens, mut cost, mut time) = (None, None, None);
    for (key, value) in usage.into_iter().flat_map(Json::entries) {
        let slot = match key {
            "tokens" => &mut tokens,
            "cost" => &mut cost,
            "time" => &mut time,
            _ => return Err(no_such_key("usage.", key, &["tokens", "cost", "time"])),
        };
        let numeric = matches!(value.kind(), Kind::Number(_)) || (key != "tokens" && value.text().is_some());
        if !numeric && !value.is_null() {
            let what = if key == "tokens" { "a number" } else { "a number or a text" };
            return Err(malformed(&format!("`usage.{key}` must be {what}")));
        }
        *slot = (!value.is_null()).then_some(value);
    }
    Ok(Event::Result(CallResult {
        id: name("result", slots.result)?.ok_or_else(|| malformed("`result` says of which call"))?,
        status,
        content: slots.content,
        tokens,
        cost,
        time,
        session: name("session", slots.session)?,
        at: instant(slots.at)?,
    }))
}

fn read_answer<'d>(slots: &Slots<'d>, what: &str, id: Option<Json<'d>>) -> Result<Event<'d>, Refusal> {
    Ok(Event::Answer(Answer {
        id: name(what, id)?.ok_or_else(|| malformed(&format!("`{what}` says which call")))?,
        approve: what == "approve",
        group: name("group", slots.group)?,
        session: name("session", slots.session)?,
        at: instant(slots.at)?,
    }))
}

/// A text that names somebody or something: absent, null, or not empty.
fn name<'d>(what: &str, value: Option<Json<'d>>) -> Result<Option<&'d str>, Refusal> {
    match value.map(Json::kind) {
        None | Some(Kind::Null) => Ok(None),
        Some(Kind::Text("")) => Err(malformed(&format!("`{what}` must not be empty"))),
        Some(Kind::Text(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(&format!("`{what}` must be a text"))),
    }
}

fn object<'d>(what: &str, value: Option<Json<'d>>) -> Result<Option<Json<'d>>, Refusal> {
    match value {
        None => Ok(None),
        Some(json) if json.is_null() => Ok(None),
        Some(json) if json.kind() == Kind::Object => Ok(Some(json)),
        Some(_) => Err(malformed(&format!("`{what}` must be an object"))),
    }
}

fn texts<'d>(what: &str, value: Json<'d>) -> Result<Option<Json<'d>>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    let fits = value.kind() == Kind::List && value.items().all(|item| item.text().is_some());
    if fits { Ok(Some(value)) } else { Err(malformed(&format!("`{what}` must be a list of texts"))) }
}

fn instant(value: Option<Json<'_>>) -> Result<Option<i64>, Refusal> {
    let text = match value.map(Json::kind) {
        None | Some(Kind::Null) => return Ok(None),
        Some(Kind::Text(text)) => text,
        Some(_) => return Err(Refusal::new(RefusalCode::BadTime, "`at` must be a text, as RFC 3339 spells times")),
    };
    time::parse(text).map(Some).ok_or_else(|| {
        Refusal::new(
            RefusalCode::BadTime,
            format!("`at` is {}, which is no time of RFC 3339 with an offset", quoted(text)),
        )
    })
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(RefusalCode::MalformedCall, what)
}

/// The refusal of a key that is none of the known ones.
fn no_such_key(within: &str, key: &str, known: &[&str]) -> Refusal {
    match known.iter().find(|k| confusable(k, key)) {
        Some(twin) => confusable_key(within.trim_end_matches('.'), key, twin),
        None => {
            Refusal::new(RefusalCode::UnknownKey, format!("no event has a key {}", quoted(&format!("{within}{key}"))))
        }
    }
}

pub(crate) fn confusable_key(within: &str, key: &str, twin: &str) -> Refusal {
    let within = if within.is_empty() { String::new() } else { format!(" in `{within}`") };
    Refusal::new(
        RefusalCode::ConfusableKey,
        format!("the key {}{within} differs from {} only by case", quoted(key), quoted(twin)),
    )
}

/// Whether two different keys are the same for a reader that ignores case, by the full case mappings of Unicode.
pub(crate) fn confusable(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    // Upper case first: `ſ` and `s`, the Kelvin sign and `k` have one upper case, but not one lower case.
    let fold = |c: char| c.to_uppercase().flat_map(char::to_lowercase);
    a.chars().flat_map(fold).eq(b.chars().flat_map(fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> Option<RefusalCode> {
        read(&Doc::of(line).unwrap()).err().map(|refusal| refusal.code)
    }

    #[test]
    fn every_kind_of_event_is_read() {
        let doc = Doc::of(
            r#"{"call":"c","tool":"t","args":{"a":1},"agent":{"id":"a1","roles":["r"],"tenant":"x","team":7},"session":"s",
            "task":"k","labels":{"env":"dev"},"marks":{"a":["m"]},"turn":"u","at":"1970-01-01T00:00:01Z","extra":[1]}"#,
        )
        .unwrap();
        let Event::Call(call) = read(&doc).unwrap() else { panic!("no call") };
        assert_eq!((call.id, call.tool, call.agent_id, call.tenant), ("c", "t", Some("a1"), Some("x")));
        assert_eq!(
            (call.session, call.task, call.turn, call.at),
            (Some("s"), Some("k"), Some("u"), Some(1_000_000_000))
        );
        assert!(call.states_role("r") && !call.states_role("R"));
        assert!(call.states_mark("a", "m") && !call.states_mark("a", "n") && !call.states_mark("b", "m"));
        let doc = Doc::of(r#"{"call":"c","tool":"t","args":{},"session":null,"agent":null,"at":null}"#).unwrap();
        assert!(matches!(read(&doc), Ok(Event::Call(Call { session: None, agent: None, at: None, .. }))));
        let doc = Doc::of(r#"{"user":"","session":"s"}"#).unwrap();
        assert!(matches!(read(&doc), Ok(Event::User(User { text: "", session: "s", at: None }))));
        let doc =
            Doc::of(r#"{"result":"c","status":"error","content":null,"usage":{"tokens":1,"cost":"1 USD","time":0.5}}"#)
                .unwrap();
        let Ok(Event::Result(result)) = read(&doc) else { panic!("no result") };
        assert_eq!((result.id, result.status, result.session), ("c", Status::Error, None));
        assert!(result.content.is_some() && result.tokens.is_some() && result.cost.is_some() && result.time.is_some());
        let doc = Doc::of(r#"{"reject":"c","group":"g"}"#).unwrap();
        assert!(matches!(read(&doc), Ok(Event::Answer(Answer { id: "c", approve: false, group: Some("g"), .. }))));
    }

    #[test]
    fn what_is_no_event_is_refused_with_a_code() {
        use RefusalCode::{BadTime, ConfusableKey, MalformedCall, MissingSession, UnknownKey};
        for (line, expected) in [
            ("[]", MalformedCall),
            ("{}", MalformedCall),
            (r#"{"session":"s"}"#, MalformedCall),
            (r#"{"call":"c","result":"c"}"#, MalformedCall),
            (r#"{"call":"c"}"#, MalformedCall),
            (r#"{"call":"c","tool":"t"}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":[]}"#, MalformedCall),
            (r#"{"call":"c","tool":7,"args":{}}"#, MalformedCall),
            (r#"{"call":"","tool":"t","args":{}}"#, MalformedCall),
            (r#"{"call":null,"tool":"t","args":{}}"#, MalformedCall),
            (r#"{"tool":"t","args":{}}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"session":""}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"agent":"a"}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"agent":{"roles":"admin"}}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"agent":{"roles":[1]}}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"marks":{"a":"m"}}"#, MalformedCall),
            (r#"{"call":"c","tool":"t","args":{},"at":7}"#, BadTime),
            (r#"{"call":"c","tool":"t","args":{},"at":"yesterday"}"#, BadTime),
            (r#"{"call":"c","tool":"t","args":{},"arguments":{}}"#, UnknownKey),
            (r#"{"call":"c","tool":"t","args":{},"usage":{}}"#, UnknownKey),
            (r#"{"call":"c","tool":"t","args":{},"Args":{}}"#, ConfusableKey),
            (r#"{"call":"c","tool":"t","args":{},"argſ":{}}"#, ConfusableKey),
            (r#"{"call":"c","tool":"t","args":{},"agent":{"Roles":["r"]}}"#, ConfusableKey),
            (r#"{"call":"c","tool":"t","args":{},"agent":{"ID":"a"}}"#, ConfusableKey),
            (r#"{"user":"hi"}"#, MissingSession),
            (r#"{"user":["hi"],"session":"s"}"#, MalformedCall),
            (r#"{"user":"hi","session":"s","tool":"t"}"#, UnknownKey),
            (r#"{"result":"c","status":"fine"}"#, MalformedCall),
            (r#"{"result":"c","usage":{"token":1}}"#, UnknownKey),
            (r#"{"result":"c","usage":{"Tokens":1}}"#, ConfusableKey),
            (r#"{"result":"c","usage":{"tokens":"1"}}"#, MalformedCall),
            (r#"{"approve":null}"#, MalformedCall),
        ] {
            assert_eq!(code(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn the_id_of_a_refused_call_is_still_known() {
        assert_eq!(call_id(&Doc::of(r#"{"x":1,"call":"c-1"}"#).unwrap()), Some("c-1"));
        assert_eq!(call_id(&Doc::of(r#"{"call":1}"#).unwrap()), None);
        assert_eq!(call_id(&Doc::new()), None);
    }

    #[test]
    fn case_is_folded_as_widely_as_any_reader_would() {
        for (a, b) in
            [("tool", "TOOL"), ("task", "taſk"), ("task", "tas\u{212a}"), ("straße", "STRASSE"), ("σ", "ς"), ("é", "É")]
        {
            assert!(confusable(a, b) && confusable(b, a), "{a} {b}");
        }
        for (a, b) in [("tool", "tools"), ("a", "b"), ("é", "e"), ("a_b", "a-b"), ("tool", "tооl")] {
            assert!(!confusable(a, b), "{a} {b}");
        }
    }
}
