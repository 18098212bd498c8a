//! What the lines of a trace share under a policy: the keys that make groups of them.
//!
//! A key is anything that a state remembers by: the id of a call, a session, a counter of a budget. Where the exact
//! key is dear to read, a coarser one is taken (fewer parts of a budget's key, one key for all values that are no
//! text); that joins lines which could have stayed apart and never parts two that belong together. A line that cannot
//! be read as JSON changes no state and has no key.

use std::hash::{DefaultHasher, Hash, Hasher};

use policyc_runtime::Loaded;
use policyc_runtime::event::{self, Call, Event};
use policyc_runtime::limits::Limits;
use policyc_runtime::policy::{Atom, BudgetKey, Field, Policy, Shape, Term};
use policyc_runtime::wire::{Doc, Json};

/// Which keys a policy gives to its events.
pub(super) struct KeyPlan<'l> {
    policy: &'l Policy,
    /// Whether anything that a session remembers can matter.
    sessions: bool,
    /// For each budget the parts of its key that are read.
    budgets: Vec<Vec<&'l BudgetKey>>,
}

/// Kinds of keys, so that a session and a call of one name are two keys.
#[derive(Hash)]
enum KeyKind {
    Call,
    Session,
    Budget(usize),
}

impl<'l> KeyPlan<'l> {
    /// For a policy.
    pub(super) fn new(loaded: &'l Loaded) -> Self {
        let policy = loaded.policy();
        let budgets = policy.budgets.iter().map(|budget| budget.per.iter().filter(|k| readable(policy, k)).collect());
        Self { policy, sessions: sessions_matter(policy), budgets: budgets.collect() }
    }

    /// The keys of a line, into `keys`; `doc` is overwritten.
    pub(super) fn keys(&self, line: &[u8], doc: &mut Doc, keys: &mut Vec<u64>) {
        keys.clear();
        if doc.parse(line, &Limits::DEFAULT).is_err() {
            return;
        }
        match event::read(doc) {
            Ok(Event::User(user)) => self.session(Some(user.session), keys),
            Ok(Event::Call(call)) => {
                self.id(Some(call.id), keys);
                self.session(call.session, keys);
                self.call(&call, keys);
            }
            Ok(Event::Result(result)) => {
                self.id(Some(result.id), keys);
                self.session(result.session, keys);
            }
            Ok(Event::Answer(answer)) => {
                self.id(Some(answer.id), keys);
                self.session(answer.session, keys);
            }
            // It is refused, but what it names may be remembered all the same.
            Err(_) => {
                let root = doc.root();
                let text = |key| root.get(key).and_then(Json::text);
                for key in ["call", "result", "approve", "reject"] {
                    self.id(text(key), keys);
                }
                self.session(text("session"), keys);
            }
        }
    }

    fn id(&self, id: Option<&str>, keys: &mut Vec<u64>) {
        if let Some(id) = id {
            keys.push(hashed(&(KeyKind::Call, id)));
        }
    }

    fn session(&self, session: Option<&str>, keys: &mut Vec<u64>) {
        if let (true, Some(session)) = (self.sessions, session) {
            keys.push(hashed(&(KeyKind::Session, session)));
        }
    }

    /// The counters that a call may read or charge: those of every budget, whatever the tool.
    fn call(&self, call: &Call<'_>, keys: &mut Vec<u64>) {
        for (n, parts) in self.budgets.iter().enumerate() {
            let mut hasher = DefaultHasher::new();
            KeyKind::Budget(n).hash(&mut hasher);
            for part in parts {
                match part {
                    BudgetKey::Agent => call.agent_id.hash(&mut hasher),
                    BudgetKey::Session => call.session.hash(&mut hasher),
                    BudgetKey::Task => call.task.hash(&mut hasher),
                    BudgetKey::Tenant => call.tenant.hash(&mut hasher),
                    // Arguments are part of the call, but the tool tells enough calls apart.
                    BudgetKey::Tool | BudgetKey::Call => call.tool.hash(&mut hasher),
                    BudgetKey::Label(id) => {
                        self.text(call.labels, self.policy.labels.get(id.index())).hash(&mut hasher)
                    }
                    BudgetKey::Attr(id) => {
                        self.text(call.agent, self.policy.attributes.get(id.index())).hash(&mut hasher);
                    }
                }
            }
            keys.push(hasher.finish());
        }
    }

    /// The text under the name of a field; all that are no text are one key.
    fn text<'d>(&self, object: Option<Json<'d>>, field: Option<&Field>) -> Option<&'d str> {
        object?.get(self.policy.text(field?.name))?.text()
    }
}

/// Whether equal parts of a key can be told from the event alone: not where a default speaks for what is absent, or
/// where one value has several spellings.
fn readable(policy: &Policy, key: &BudgetKey) -> bool {
    let spelled = |field: &Field| matches!(policy.shapes.get(field.shape.index()), Some(Shape::Text | Shape::Enum(_)));
    let plain = |field: Option<&Field>| field.is_some_and(|f| f.default.is_none() && spelled(f));
    match key {
        BudgetKey::Agent | BudgetKey::Session | BudgetKey::Task | BudgetKey::Tenant => true,
        BudgetKey::Tool | BudgetKey::Call => true,
        BudgetKey::Label(id) => plain(policy.labels.get(id.index())),
        BudgetKey::Attr(id) => plain(policy.attributes.get(id.index())),
    }
}

/// Whether a session's marks, texts, age or time can change an answer.
fn sessions_matter(policy: &Policy) -> bool {
    let by_atom = policy.atoms.iter().any(|atom| match atom {
        Atom::SessionHas(_) | Atom::ValueHas(..) | Atom::FromUser(_) | Atom::FromTools(..) => true,
        Atom::IsTrue(_) | Atom::Eq(..) | Atom::Lt(..) | Atom::Le(..) | Atom::InConst(..) | Atom::InWire(..) => false,
        Atom::Fits(..) | Atom::StartsWith(..) | Atom::EndsWith(..) | Atom::Contains(..) => false,
        Atom::WithinNet(..) | Atom::WithinValue(..) | Atom::WithinPath(..) => false,
        Atom::Present(_) | Atom::HasRole(_) | Atom::Any { .. } => false,
    });
    let by_term = policy.terms.iter().any(|term| matches!(term, Term::SessionAge | Term::Time));
    let by_hold = policy.rules.iter().any(|rule| rule.expires.is_some());
    by_atom || by_term || by_hold || !policy.afters.is_empty() || !policy.budgets.is_empty()
}

fn hashed(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
