//! Evaluates conditions over one call: two-valued nodes over three-valued atoms over values.
//!
//! Things are found out only when they are asked for, and what is asked for again is remembered (see `recall`). The
//! answer to a node is exact; there is no way to fail: what cannot be known is unknown, and once the steps are used up
//! everything is, so that nothing is granted. Nesting was bounded when the policy was verified, so recursion here is.

mod atom;
mod budget;
mod compare;
pub(crate) mod glob;
mod parts;
mod scratch;
mod term;

pub use scratch::Scratch;
pub(crate) use scratch::{Memo, grow};
pub(crate) use term::read_structure;

use crate::event::{Call, CallResult};
use crate::loaded::Loaded;
use crate::policy::{AtomId, Node, NodeId, Read, RoleId, ShapeId, Side, Term, TermId, ToolId};
use crate::reading::Node as Found;
use crate::state::{History, State};
use crate::truth::Truth;
use crate::value::{Slot, Structure, TOO_MANY_STEPS, Value, Why};
use crate::verify::{MAX_QUANTIFIERS, Vars};
use crate::wire::Json;

/// How many steps a decision may take: a value, question or condition is one, and so is every 32nd byte that a text
/// operator looks at.
pub const MAX_STEPS: u64 = 5_000_000;

/// What a condition is about: one call, what is remembered of its past, and its result once there is one.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'c> {
    pub call: &'c Call<'c>,
    pub tool: ToolId,
    pub result: Option<&'c CallResult<'c>>,
    pub history: &'c History<'c>,
    pub state: &'c State,
    /// The call fits what the policy declares. Of one that does not, arguments, labels and attributes are unknown.
    pub fits: bool,
}

/// A value that came with a call: which term asks for it, where it stands in the event, and its declared type if that
/// says anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    term: TermId,
    value: u32,
    shape: Option<ShapeId>,
}

impl Came {
    /// Nothing if nobody asks for it, or if it is null.
    pub(crate) fn new(asked: Option<(TermId, Option<ShapeId>)>, value: Json<'_>) -> Option<Self> {
        let (term, shape) = asked.filter(|_| !value.is_null())?;
        Some(Self { term, value: value.id(), shape })
    }
}

/// Why nothing is known of the values of a call that does not fit.
const MISFIT: &str = "the call does not fit what the policy declares";

/// The member that a quantifier has at hand.
#[derive(Clone, Copy)]
struct Binding<'c> {
    value: Value<'c>,
    /// Since when.
    moment: u32,
    /// Of which list it is a member.
    list: Option<TermId>,
}

/// Evaluates conditions over one subject.
pub(crate) struct Evaluator<'c, 's> {
    pub loaded: &'c Loaded,
    pub subject: Subject<'c>,
    pub scratch: &'s mut Scratch,
    /// The moment at which the call began.
    pub begin: u32,
    came: Vec<Came>,
    pool: Vec<Value<'c>>,
    bindings: [Binding<'c>; QUANTIFIERS],
    steps: u64,
    /// Some value could not be read or computed.
    pub saw_unknown: bool,
    /// Some question had no answer.
    pub in_doubt: bool,
}

const QUANTIFIERS: usize = 16;
const _: () = assert!(MAX_QUANTIFIERS == 16);

impl<'c, 's> Evaluator<'c, 's> {
    /// Of a call that was not admitted just now: what came with it is looked up here.
    pub(crate) fn new(loaded: &'c Loaded, subject: Subject<'c>, scratch: &'s mut Scratch) -> Self {
        let mut came = scratch.no_arrivals();
        if subject.fits {
            let arguments = subject.call.args.entries();
            came.extend(arguments.filter_map(|(key, value)| Came::new(loaded.argument(subject.tool, key), value)));
            let labels = subject.call.labels.into_iter().flat_map(Json::entries);
            came.extend(labels.filter_map(|(key, value)| Came::new(loaded.label(key), value)));
        }
        Self::with(loaded, subject, came, scratch)
    }

    /// Of a call that was admitted with these arguments and labels.
    pub(crate) fn with(loaded: &'c Loaded, subject: Subject<'c>, came: Vec<Came>, scratch: &'s mut Scratch) -> Self {
        let pool = scratch.begin(loaded);
        let unbound = Binding { value: Value::Unknown("it is bound by no quantifier"), moment: 0, list: None };
        let begin = scratch.moment;
        let bindings = [unbound; QUANTIFIERS];
        let mut new = Self {
            loaded,
            subject,
            scratch,
            begin,
            came,
            pool,
            bindings,
            steps: MAX_STEPS,
            saw_unknown: false,
            in_doubt: false,
        };
        new.arrivals();
        new
    }

    /// Files what came with the call under the terms that ask for it, so that nothing is searched for again.
    fn arrivals(&mut self) {
        let came = std::mem::take(&mut self.came);
        for Came { term, value, shape } in &came {
            self.file(*term, Value::Wire(self.subject.call.args.node(*value), *shape));
        }
        self.came = came;
    }

    fn file(&mut self, term: TermId, value: Value<'c>) {
        let place = u32::try_from(self.pool.len());
        self.pool.push(value);
        if let (Some(memo), Ok(place)) = (self.scratch.terms.get_mut(term.index()), place) {
            *memo = Memo::new(self.begin, place);
        }
    }

    /// Forgets everything that was found out.
    #[cfg(test)]
    pub(crate) fn restart(&mut self) {
        self.begin = self.scratch.tick();
        self.arrivals();
    }

    /// Whether an argument or label is known to be absent: it did not come, and has no default.
    pub(crate) fn did_not_come(&self, term: TermId) -> bool {
        let filed = self.scratch.terms.get(term.index()).is_some_and(|m| m.since(self.begin).is_some());
        self.subject.fits && !filed && !self.loaded.has_default(term)
    }

    /// Gives the memory back.
    pub(crate) fn end(self) {
        self.scratch.end(self.pool, self.came);
    }

    /// Whether the steps are used up: nothing that was found out since is worth anything.
    pub(crate) fn exhausted(&self) -> bool {
        self.steps == 0
    }

    /// Takes steps; `false` if there are none left.
    pub(crate) fn spend(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }

    /// Looks at something with steps of its own: what it uses up nobody else lacks.
    pub(crate) fn aside<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let left = std::mem::replace(&mut self.steps, MAX_STEPS);
        let seen = look(self);
        self.steps = left;
        seen
    }

    /// Takes the steps of looking at so many bytes.
    fn spend_bytes(&mut self, bytes: usize, each: u64) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.spend((bytes >> 5).saturating_mul(each).saturating_add(1))
    }

    /// The moment since which everything that these variables say is as it is.
    fn since(&self, vars: Vars) -> u32 {
        if vars == 0 {
            return self.begin;
        }
        let bound = self.bindings.iter().enumerate().filter(|(depth, _)| vars >> depth & 1 == 1);
        bound.map(|(_, b)| b.moment).fold(self.begin, u32::max)
    }

    /// Whether a condition holds.
    pub(crate) fn node(&mut self, id: NodeId) -> bool {
        let Some(node) = self.loaded.policy().nodes.get(id.index()) else {
            // `verify` has seen to it that there is none such. Nothing is granted, whatever stands in its place.
            self.steps = 0;
            return false;
        };
        match node {
            Node::True => return true,
            Node::False => return false,
            // One bit of a memo of its own.
            Node::Atom(atom, side) => return self.side(*atom, *side),
            Node::Not(_) | Node::And(_) | Node::Or(_) => {}
        }
        let vars = self.loaded.recall.node_vars(id);
        if let Some(vars) = vars
            && let Some(known) = self.scratch.nodes.get(id.index()).and_then(|m| m.since(self.since(vars)))
        {
            return known == 1;
        }
        if !self.spend(1) {
            return false;
        }
        let moment = self.scratch.moment;
        let holds = match node {
            Node::Not(child) => !self.node(*child),
            Node::And(children) => children.iter().all(|c| self.node(*c)),
            Node::Or(children) => children.iter().any(|c| self.node(*c)),
            Node::True | Node::False | Node::Atom(..) => false,
        };
        if let (Some(_), Some(memo)) = (vars, self.scratch.nodes.get_mut(id.index())) {
            *memo = Memo::new(moment, u32::from(holds));
        }
        holds
    }

    fn side(&mut self, atom: AtomId, side: Side) -> bool {
        let truth = self.atom(atom);
        match side {
            Side::May => truth.may(),
            Side::Must => truth.must(),
        }
    }

    /// What is known of an atom. A quantifier answers for the side on which it stands: its body is of that side.
    pub(crate) fn atom(&mut self, id: AtomId) -> Truth {
        let vars = self.loaded.recall.atom_vars(id);
        if let Some(vars) = vars
            && let Some(known) = self.scratch.atoms.get(id.index()).and_then(|m| m.since(self.since(vars)))
        {
            return Truth::new(known & 1 == 1, known & 2 == 2);
        }
        if !self.spend(1) {
            self.in_doubt = true;
            return Truth::UNKNOWN;
        }
        let moment = self.scratch.moment;
        let truth = match self.loaded.policy().atoms.get(id.index()) {
            Some(atom) => self.ask(atom),
            None => Truth::UNKNOWN,
        };
        self.in_doubt |= truth.is_unknown();
        if let (Some(_), Some(memo)) = (vars, self.scratch.atoms.get_mut(id.index())) {
            *memo = Memo::new(moment, u32::from(truth.may()) | u32::from(truth.must()) << 1);
        }
        truth
    }

    /// The value of a term.
    pub(crate) fn term(&mut self, id: TermId) -> Value<'c> {
        let Some(term) = self.loaded.policy().terms.get(id.index()) else {
            return Value::Unknown("the policy has no such value");
        };
        if let Term::Const(constant) = term {
            return self.loaded.constant(*constant);
        }
        let since = self.since(self.loaded.recall.term_vars(id));
        let memo = self.scratch.terms.get(id.index()).copied().unwrap_or_default();
        let place = memo.since(self.begin).and_then(|p| usize::try_from(p).ok());
        if let (Some(place), true) = (place, memo.since(since).is_some())
            && let Some(value) = self.pool.get(place)
        {
            return *value;
        }
        if !self.spend(1) {
            return Value::Unknown(TOO_MANY_STEPS);
        }
        let moment = self.scratch.moment;
        let value = self.compute(id, term);
        self.saw_unknown |= matches!(value, Value::Unknown(_));
        let place = match place {
            Some(place) => {
                if let Some(slot) = self.pool.get_mut(place) {
                    *slot = value;
                }
                u32::try_from(place).ok()
            }
            None => {
                self.pool.push(value);
                u32::try_from(self.pool.len().saturating_sub(1)).ok()
            }
        };
        if let (Some(memo), Some(place)) = (self.scratch.terms.get_mut(id.index()), place) {
            *memo = Memo::new(moment, place);
        }
        value
    }

    /// An argument or label that came, read in a way that needs no memory; nothing if it did not come.
    pub(crate) fn plain(&mut self, of: TermId, how: Read) -> Option<Value<'c>> {
        let place = self.scratch.terms.get(of.index())?.since(self.begin)?;
        let Value::Wire(json, _) = self.pool.get(usize::try_from(place).ok()?)? else { return None };
        if let (Read::Text, Some(text)) = (how, json.text()) {
            return Some(Value::Text(text));
        }
        let value = self.read_plain(*json, how)?;
        self.saw_unknown |= matches!(value, Value::Unknown(_));
        Some(value)
    }

    /// Binds the variable of a depth; what was there before is given back.
    fn bind(&mut self, depth: u8, value: Value<'c>, list: TermId) -> Option<Binding<'c>> {
        let moment = self.scratch.tick();
        let slot = self.bindings.get_mut(usize::from(depth))?;
        Some(std::mem::replace(slot, Binding { value, moment, list: Some(list) }))
    }

    /// The list whose member a variable is.
    pub(crate) fn list_of(&self, depth: u8) -> Option<TermId> {
        self.bindings.get(usize::from(depth))?.list
    }

    /// Puts back what was bound before.
    fn unbind(&mut self, depth: u8, before: Option<Binding<'c>>) {
        let moment = self.scratch.tick();
        if let (Some(slot), Some(before)) = (self.bindings.get_mut(usize::from(depth)), before) {
            *slot = Binding { moment, ..before };
        }
    }

    /// Binds a variable for as long as somebody looks at it from outside: see `justify`.
    pub(crate) fn with_member<T>(
        &mut self,
        depth: u8,
        member: (Value<'c>, TermId),
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.bind(depth, member.0, member.1);
        let seen = look(self);
        self.unbind(depth, before);
        seen
    }

    /// The text that a value is, if it is one.
    pub(crate) fn text<'x>(&'x self, value: &Value<'c>) -> Option<&'x str> {
        match value {
            Value::Text(text) => Some(text),
            Value::Computed(slot) => self.scratch.slot(*slot).map(|c| &*c.text),
            Value::Wire(json, _) => json.text(),
            Value::Part(slot, id) => match self.reading(*slot)?.node(*id)? {
                Found::Text(text) => Some(text),
                Found::Unknown(_) | Found::Bool(_) | Found::Structure(_) | Found::List(_) | Found::Record(_) => None,
            },
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) => None,
            Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) => None,
        }
    }

    /// The structured text that a value is, if it is one.
    pub(crate) fn structure<'x>(&'x self, value: &Value<'c>) -> Option<&'x Structure> {
        match value {
            Value::Read(slot) => self.scratch.slot(*slot).and_then(|c| c.structure.as_ref()),
            Value::ConstRead(constant) => self.loaded.structure(*constant),
            Value::Part(slot, id) => match self.reading(*slot)?.node(*id)? {
                Found::Structure(structure) => Some(structure),
                Found::Unknown(_) | Found::Bool(_) | Found::Text(_) | Found::List(_) | Found::Record(_) => None,
            },
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) | Value::Text(_) => None,
            Value::Computed(_) | Value::Wire(..) | Value::Const(_) | Value::Tags(_) => None,
        }
    }

    /// Keeps a computed text in the place of its term.
    fn keep_text(&mut self, id: TermId, write: impl FnOnce(&Self, &mut String) -> Result<(), Why>) -> Value<'c> {
        let Some(slot) = self.loaded.slot(id) else { return Value::Unknown("the policy has no such value") };
        let mut text = match self.scratch.computed.get_mut(slot.index()) {
            Some(computed) => std::mem::take(&mut computed.text),
            None => String::new(),
        };
        text.clear();
        let written = write(self, &mut text);
        if let Some(computed) = self.scratch.computed.get_mut(slot.index()) {
            computed.text = text;
        }
        match written {
            Ok(()) => Value::Computed(slot),
            Err(why) => Value::Unknown(why),
        }
    }

    /// Keeps a structured text in the place of its term.
    fn keep(&mut self, id: TermId, structure: Result<Structure, Why>) -> Value<'c> {
        let Some(slot) = self.loaded.slot(id) else { return Value::Unknown("the policy has no such value") };
        match (structure, self.scratch.computed.get_mut(slot.index())) {
            (Ok(structure), Some(computed)) => {
                computed.structure = Some(structure);
                Value::Read(slot)
            }
            (Ok(_), None) => Value::Unknown("the policy has no such value"),
            (Err(why), _) => Value::Unknown(why),
        }
    }

    /// A computed text.
    pub(crate) fn slot_text(&self, slot: Slot) -> &str {
        self.scratch.slot(slot).map_or("", |c| &c.text)
    }

    /// Whether the call says which roles its agent has; without that it may have any.
    pub(crate) fn states_roles(&self) -> bool {
        self.subject.call.roles.is_some()
    }

    /// The agent's roles with all that they extend, sorted; found out once.
    pub(crate) fn roles(&mut self) -> &[RoleId] {
        if self.scratch.roles_known < self.begin {
            self.scratch.roles_known = self.begin;
            self.scratch.roles.clear();
            let policy = self.loaded.policy();
            let stated = self.subject.call.roles.into_iter().flat_map(Json::items).filter_map(Json::text);
            for name in stated {
                let Ok(at) = policy.roles.binary_search_by(|r| policy.text(r.name).cmp(name)) else { continue };
                let itself = u32::try_from(at).map(RoleId);
                // A role that is there has brought all that it extends.
                if let (Ok(itself), Some(role)) = (itself, policy.roles.get(at))
                    && !self.scratch.roles.contains(&itself)
                {
                    self.scratch.roles.push(itself);
                    self.scratch.roles.extend(&role.closure);
                }
            }
            self.scratch.roles.sort_unstable();
            self.scratch.roles.dedup();
        }
        &self.scratch.roles
    }
}
