//! What is remembered between events: sessions, calls, budget counters.
//!
//! These are primitive operations; which of them an event needs is the rules' business. Time is a field of events and
//! never runs backwards: the latest seen counts. Everything is bounded: what would go past a limit is refused
//! (`limit-state`) or, for questions of origin, answered with unknown. Nothing here reads a clock or depends on the
//! order of a hash.

mod calls;
mod changes;
mod counter;
mod origin;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use crate::{
    Truth,
    limits::StateLimits,
    policy::{MarkId, ToolId},
    refusal::{Refusal, RefusalCode, quoted},
    wire::Json,
};

use calls::{Calls, NewId};
pub use changes::Change;
use counter::Counter;
pub use counter::{Due, Meter, Reservation, push_key_part};
use origin::{Origin, Remembered};

/// Everything that is remembered. Its maps are asked for one key at a time, never in an order of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    sessions: HashMap<Box<str>, Session>,
    calls: Calls,
    /// By budget, then by the key that it counts for.
    counters: Vec<HashMap<Box<[u8]>, Counter>>,
    counter_count: usize,
    stamp_count: usize,
    /// When counters were last looked through for room.
    swept_at: Option<i64>,
    open_bytes: usize,
    /// Of all sessions.
    text_bytes: usize,
    limits: StateLimits,
    /// What has changed, if somebody watches.
    changes: Option<Vec<Change>>,
}

/// What is remembered of a session.
#[derive(Clone, Debug, Default, PartialEq)]
struct Session {
    first: Option<i64>,
    latest: Option<i64>,
    /// Bit `n` is mark `n`.
    marks: u64,
    texts: Vec<Remembered>,
    text_bytes: usize,
    /// Some text did not fit any more.
    forgot: bool,
    /// The name of the current turn, if it has one.
    turn: Option<Box<str>>,
    /// Counts turns; the first is 1.
    turn_number: u64,
    /// Calls that run and whose result has not come, by turn.
    running: BTreeSet<(u64, Box<str>)>,
    /// How many of them may set (`true`) or clear a mark of the session, by mark and turn.
    changing: BTreeMap<(u32, bool, u64), usize>,
}

/// Marks of its session that a call's result may set or clear; bit `n` is mark `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkChanges {
    /// May be set.
    pub set: u64,
    /// May be cleared.
    pub clear: u64,
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was denied.
    Denied,
    /// It waits for approval.
    Held,
    /// It was allowed or approved, and its result has not come.
    Running,
    /// Its approval was refused or came too late.
    Rejected,
    /// Its result has come.
    Done,
}

/// What is remembered of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// Its tool; none if the call did not fit the schema.
    pub tool: Option<ToolId>,
    /// Its session.
    pub session: Option<Box<str>>,
    /// How it stands.
    pub standing: Standing,
    /// The call's line, for conditions that are asked when its result or its approval comes; gone once it is done.
    pub line: Option<Box<str>>,
    /// What it has reserved.
    pub reserved: Vec<Reservation>,
    /// What it waits for; nothing unless it is held.
    pub waiting: Option<Box<Waiting>>,
    /// What its result may change.
    pub changes: MarkChanges,
    turn_number: u64,
}

/// What a held call waits for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    /// What it takes once it is approved.
    pub due: Vec<Due>,
    /// Groups that have yet to approve it.
    pub approvers: Vec<Box<str>>,
    /// How many groups were asked to.
    pub asked: usize,
    /// Until when it can be approved.
    pub expires_at: Option<i64>,
}

/// A call that has been decided, to be remembered.
#[derive(Clone, Debug)]
pub struct NewCall<'a> {
    /// Its id; a call without one leaves only its time and turn behind.
    pub id: Option<&'a str>,
    /// See `CallRecord`.
    pub tool: Option<ToolId>,
    /// Its session.
    pub session: Option<&'a str>,
    /// Its turn.
    pub turn: Option<&'a str>,
    /// When.
    pub at: Option<i64>,
    /// How it stands now.
    pub standing: Standing,
    /// See `CallRecord`; none if no condition can be asked later.
    pub line: Option<&'a str>,
    /// See `CallRecord`.
    pub reserved: Vec<Reservation>,
    /// See `CallRecord`.
    pub waiting: Option<Box<Waiting>>,
    /// See `CallRecord`.
    pub changes: MarkChanges,
}

impl State {
    /// Nothing remembered, the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing remembered, other limits.
    pub fn with_limits(limits: StateLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The state as a call of this session and turn sees it, before it is recorded.
    pub fn view(&self, session: Option<&str>, turn: Option<&str>, at: Option<i64>) -> History<'_> {
        let found = session.and_then(|name| self.sessions.get(name));
        let turn_number = found.map_or(1, |s| s.number_of(turn));
        self.history(session.is_some(), found, turn_number, at)
    }

    /// The state as a recorded call sees it: its turn counts, not the current one. `at` is the time of the event.
    pub fn view_of(&self, record: &CallRecord, at: Option<i64>) -> History<'_> {
        let found = record.session.as_deref().and_then(|name| self.sessions.get(name));
        self.history(record.session.is_some(), found, record.turn_number, at)
    }

    fn history<'s>(&'s self, named: bool, session: Option<&'s Session>, turn: u64, at: Option<i64>) -> History<'s> {
        let running = session.is_some_and(|s| s.running.first().is_some_and(|(number, _)| *number < turn));
        History { session, named, at, turn, running, origin_bytes: Cell::new(self.limits.origin_bytes) }
    }

    /// Whether a call can be recorded: its id is new, and there is room for it and its session.
    ///
    /// # Errors
    /// `duplicate-call`, `limit-state`.
    pub fn admits(&self, id: Option<&str>, session: Option<&str>, line_bytes: usize) -> Result<(), Refusal> {
        id.map(|id| self.new_id(id)).transpose()?;
        self.has_room(id.is_some(), session, line_bytes)
    }

    fn new_id<'i>(&self, id: &'i str) -> Result<NewId<'i>, Refusal> {
        let message = || format!("a call with the id {} was seen before", quoted(id));
        self.calls.new_id(id).ok_or_else(|| Refusal::new(RefusalCode::DuplicateCall, message()))
    }

    fn has_room(&self, named: bool, session: Option<&str>, line_bytes: usize) -> Result<(), Refusal> {
        if named && self.calls.len() >= self.limits.calls {
            return Err(full("calls"));
        }
        if self.open_bytes.saturating_add(line_bytes) > self.limits.open_bytes {
            return Err(full("calls without a result"));
        }
        self.admits_session(session)
    }

    fn admits_session(&self, session: Option<&str>) -> Result<(), Refusal> {
        let known = session.is_none_or(|name| self.sessions.contains_key(name));
        if known || self.sessions.len() < self.limits.sessions { Ok(()) } else { Err(full("sessions")) }
    }

    /// Remembers a call, its session's time and turn.
    ///
    /// # Errors
    /// As `admits`; then nothing has changed.
    pub fn record_call(&mut self, call: NewCall<'_>) -> Result<(), Refusal> {
        self.has_room(call.id.is_some(), call.session, call.line.map_or(0, str::len))?;
        let new_id = call.id.map(|id| self.new_id(id)).transpose()?;
        let mut turn_number = 1;
        if let Some(session) = call.session.map(|name| session_at(&mut self.sessions, name, call.at)) {
            turn_number = session.number_of(call.turn);
            if session.turn_number != turn_number {
                session.turn_number = turn_number;
                session.turn = call.turn.map(Box::from);
            }
            if let (Some(id), Standing::Running) = (call.id, call.standing) {
                session.runs(turn_number, id, call.changes);
            }
        }
        let Some(new_id) = new_id else { return Ok(()) };
        let line = match call.standing {
            Standing::Rejected | Standing::Done => None,
            Standing::Denied | Standing::Held | Standing::Running => call.line.map(Box::from),
        };
        self.open_bytes = self.open_bytes.saturating_add(line.as_deref().map_or(0, str::len));
        let record = CallRecord {
            tool: call.tool,
            session: call.session.map(Box::from),
            standing: call.standing,
            line,
            reserved: call.reserved,
            waiting: call.waiting,
            changes: call.changes,
            turn_number,
        };
        self.calls.add(new_id, record);
        Ok(())
    }

    /// The call with this id.
    pub fn call(&self, id: &str) -> Option<&CallRecord> {
        self.calls.get(id)
    }

    /// The call with this id that an event of this session speaks of.
    ///
    /// # Errors
    /// `unknown-call`, also if the event names another session than the call did.
    pub fn call_for(&self, id: &str, session: Option<&str>) -> Result<&CallRecord, Refusal> {
        let unknown = || Refusal::new(RefusalCode::UnknownCall, format!("no call with the id {} was seen", quoted(id)));
        let record = self.calls.get(id).ok_or_else(unknown)?;
        match session {
            Some(name) if record.session.as_deref() != Some(name) => {
                let message = format!("the call {} is not of the session {}", quoted(id), quoted(name));
                Err(Refusal::new(RefusalCode::UnknownCall, message))
            }
            Some(_) | None => Ok(record),
        }
    }

    /// Notes that a group has approved a held call (`None`: all have), and says how many have yet to.
    pub fn approve(&mut self, id: &str, group: Option<&str>) -> Option<usize> {
        let record = self.calls.get_mut(id).filter(|r| r.standing == Standing::Held)?;
        let waiting = record.waiting.get_or_insert_default();
        match group {
            Some(group) => waiting.approvers.retain(|g| &**g != group),
            None => waiting.approvers.clear(),
        }
        Some(waiting.approvers.len())
    }

    /// Lets a held call run, with what it has reserved beyond what it had.
    pub fn start(&mut self, id: &str, reserved: Vec<Reservation>) {
        let Some(record) = self.calls.get_mut(id) else { return };
        record.standing = Standing::Running;
        record.reserved.extend(reserved);
        record.waiting = None;
        let (turn, changes) = (record.turn_number, record.changes);
        if let Some(session) = record.session.as_deref().and_then(|name| self.sessions.get_mut(name)) {
            session.runs(turn, id, changes);
        }
    }

    /// Ends a call as `Done` or `Rejected`, and hands out what it had reserved. A second time there is nothing left. The
    /// line of a rejected call stays: in a replay its result may come all the same, and marks.
    pub fn finish(&mut self, id: &str, standing: Standing) -> Vec<Reservation> {
        let Some(record) = self.calls.get_mut(id) else { return Vec::new() };
        let line = match standing {
            Standing::Done => record.line.take(),
            Standing::Denied | Standing::Held | Standing::Running | Standing::Rejected => None,
        };
        self.open_bytes = self.open_bytes.saturating_sub(line.as_deref().map_or(0, str::len));
        let running = record.standing == Standing::Running;
        let session = record.session.as_deref().filter(|_| running).and_then(|name| self.sessions.get_mut(name));
        if let Some(session) = session {
            session.ends(record.turn_number, id, record.changes);
        }
        record.standing = standing;
        record.waiting = None;
        std::mem::take(&mut record.reserved)
    }

    /// Remembers what the user said.
    ///
    /// # Errors
    /// `limit-state`, if there is no room for another session.
    pub fn record_user(&mut self, session: &str, text: &str, at: Option<i64>) -> Result<(), Refusal> {
        self.remember(session, at, Origin::User, 0, [text.into()])
    }

    /// Remembers the text of a result, with the marks (bit `n` is mark `n`) that it carries.
    ///
    /// # Errors
    /// `limit-state`, if there is no room for another session.
    pub fn record_result(
        &mut self,
        session: &str,
        tool: ToolId,
        marks: u64,
        content: Json<'_>,
        at: Option<i64>,
    ) -> Result<(), Refusal> {
        self.remember(session, at, Origin::Tool(tool), marks, origin::said(content))
    }

    fn remember<'t>(
        &mut self,
        session: &str,
        at: Option<i64>,
        origin: Origin,
        marks: u64,
        texts: impl IntoIterator<Item = Cow<'t, str>>,
    ) -> Result<(), Refusal> {
        self.admits_session(Some(session))?;
        let limits = self.limits.clone();
        let room = limits.text_bytes.saturating_sub(self.text_bytes);
        let taken = session_at(&mut self.sessions, session, at).remember(origin, marks, texts, &limits, room);
        self.text_bytes = self.text_bytes.saturating_add(taken);
        if marks != 0 && taken > 0 {
            self.note(|| Change::Result { marks });
        }
        Ok(())
    }

    /// Notes that a session was alive at a time.
    ///
    /// # Errors
    /// `limit-state`, if there is no room for another session.
    pub fn touch(&mut self, session: &str, at: Option<i64>) -> Result<(), Refusal> {
        self.admits_session(Some(session))?;
        session_at(&mut self.sessions, session, at);
        Ok(())
    }

    /// Marks a session. `mark session` comes after a call, so the session is known.
    pub fn set_mark(&mut self, session: &str, mark: MarkId) {
        self.put_mark(session, mark, true);
    }

    /// Clears a mark of a session.
    pub fn clear_mark(&mut self, session: &str, mark: MarkId) {
        self.put_mark(session, mark, false);
    }

    fn put_mark(&mut self, session: &str, mark: MarkId, set: bool) {
        let Some(session) = self.sessions.get_mut(session) else { return };
        let before = session.marks;
        session.marks = if set { before | mark_bit(mark) } else { before & !mark_bit(mark) };
        if session.marks != before {
            self.note(|| Change::Session { mark, set });
        }
    }
}

/// The session, made if it is not there, with its time noted.
fn session_at<'s>(sessions: &'s mut HashMap<Box<str>, Session>, name: &str, at: Option<i64>) -> &'s mut Session {
    let session = sessions.entry(name.into()).or_default();
    session.first = session.first.or(at);
    session.latest = session.latest.max(at);
    session
}

impl MarkChanges {
    fn places(self, turn: u64) -> impl Iterator<Item = (u32, bool, u64)> {
        let of = |bits: u64, sets: bool| {
            (0..64_u32).filter(move |mark| bits & mark_bit(MarkId(*mark)) != 0).map(move |mark| (mark, sets, turn))
        };
        of(self.set, true).chain(of(self.clear, false))
    }
}

/// The bit of a mark; a mark past the 64th, which no verified policy has, is every bit.
pub fn mark_bit(mark: MarkId) -> u64 {
    1_u64.checked_shl(mark.0).unwrap_or(u64::MAX)
}

fn full(what: &str) -> Refusal {
    Refusal::new(RefusalCode::LimitState, format!("no more {what} can be remembered"))
}

impl Session {
    /// A call of a turn runs.
    fn runs(&mut self, turn: u64, id: &str, changes: MarkChanges) {
        if self.running.insert((turn, id.into())) {
            for place in changes.places(turn) {
                let count = self.changing.entry(place).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    /// It runs no longer.
    fn ends(&mut self, turn: u64, id: &str, changes: MarkChanges) {
        if self.running.remove(&(turn, id.into())) {
            for place in changes.places(turn) {
                let left = self.changing.get(&place).map_or(0, |count| count.saturating_sub(1));
                if left == 0 {
                    self.changing.remove(&place);
                } else {
                    self.changing.insert(place, left);
                }
            }
        }
    }

    /// The number of the turn that a call with this turn is in: a turn that is not the current one is a new one, and
    /// so is no turn.
    fn number_of(&self, turn: Option<&str>) -> u64 {
        let current = turn.is_some() && self.turn.as_deref() == turn;
        if current { self.turn_number } else { self.turn_number.saturating_add(1) }
    }
}

/// The state as one call sees it.
#[derive(Clone, Debug)]
pub struct History<'s> {
    session: Option<&'s Session>,
    /// The call names a session, known or new.
    named: bool,
    at: Option<i64>,
    /// The number of the call's turn.
    turn: u64,
    /// An allowed call of an earlier turn has no result yet.
    running: bool,
    /// How many bytes questions of origin may still look through.
    origin_bytes: Cell<usize>,
}

impl History<'_> {
    /// The time of the call: the latest that the session has seen, the call's own included. None if it has none.
    pub fn now(&self) -> Option<i64> {
        let at = self.at?;
        Some(self.session.and_then(|s| s.latest).map_or(at, |latest| latest.max(at)))
    }

    /// How long the session has lasted, in nanoseconds; 0 for its first event. None without a session or a time.
    pub fn age(&self) -> Option<i64> {
        if !self.named {
            return None;
        }
        let now = self.now()?;
        now.checked_sub(self.session.and_then(|s| s.first).unwrap_or(now))
    }

    /// Whether the session has the mark; unknown without a session, and where a running call of an earlier turn may
    /// change it.
    pub fn session_has(&self, mark: MarkId) -> Truth {
        if !self.named {
            return Truth::UNKNOWN;
        }
        let Some(session) = self.session else { return Truth::FALSE };
        let has = session.marks & mark_bit(mark) != 0;
        let mut changing = session.changing.range((mark.0, !has, 0)..(mark.0, !has, self.turn));
        if changing.next().is_some() { Truth::UNKNOWN } else { Truth::known(has) }
    }
}
