//! What a test gives to a state and asks of it; no host needs this.
//!
//! A condition is asked here as a rule would ask it, seen from one call, without deciding anything.

use std::collections::BTreeSet;

use crate::Truth;
use crate::decision::Unknown;
use crate::eval::{Evaluator, Scratch, Subject};
use crate::event::{Call, CallResult};
use crate::explain::Observed;
use crate::explain::justify::{Failing, justify};
use crate::explain::naming::{blame_term, mark_unknown, show_term, term_name};
use crate::loaded::Loaded;
use crate::policy::{Atom, BudgetId, MarkId, NodeId, Term, TermId, ToolId};
use crate::refusal::Refusal;
use crate::state::{History, Meter, State};
use crate::verify::atom_terms;

/// The answer to a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// It holds, on the side on which its node stands.
    pub holds: bool,
    /// The values that settle it, constants left out.
    pub values: Vec<Observed>,
}

/// Asks conditions of one call, for whoever measures what tests have seen. Nothing is decided and nothing remembered,
/// and a host that never looks pays nothing: `decide` does not know of it.
pub struct Asker<'a, 'c, 's>(&'a mut Evaluator<'c, 's>);

/// What a call means to a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// What the call would add; `None` if that is not known.
    pub amount: Option<i128>,
    /// What is left before the call; `None` if the key is not known.
    pub left: Option<i128>,
}

impl Asker<'_, '_, '_> {
    /// Whether a node holds; `false` for all once the steps of a decision are used up.
    pub fn holds(&mut self, node: NodeId) -> bool {
        self.0.node(node) && !self.0.exhausted()
    }

    /// Whether the answers still mean something.
    pub fn is_reliable(&self) -> bool {
        !self.0.exhausted()
    }

    /// Binds the variable of a quantifier to each member of its list in turn.
    pub fn each(&mut self, list: TermId, depth: u8, look: &mut dyn FnMut(&mut Asker<'_, '_, '_>)) {
        let of = self.0.term(list);
        let Some(members) = self.0.members(&of) else { return };
        for member in members.values(self.0) {
            self.0.with_member(depth, (member, list), |inner| look(&mut Asker(inner)));
            if self.0.exhausted() {
                break;
            }
        }
    }

    /// What is charged and reserved of a budget under the key of the call; `None` if the key is not known.
    pub fn used(&mut self, budget: BudgetId) -> Option<i128> {
        self.0.used(budget)
    }

    /// Whether the call's session has a mark.
    pub fn session_has(&mut self, mark: MarkId) -> Truth {
        self.0.subject.history.session_has(mark)
    }

    /// What the call means to a budget; `None` if it does not count the call.
    pub fn due(&mut self, budget: BudgetId) -> Option<Due> {
        let amount = self.0.amount(budget)?;
        let limit = self.0.loaded.policy().budgets.get(budget.index())?.limit;
        let left = self.0.used(budget).and_then(|used| limit.checked_sub(used));
        Some(Due { amount, left })
    }
}

/// Looks at a call, and at its result once there is one, in the state before either is remembered. The tool is that of
/// the policy; a call that does not fit the policy's schema is not looked at, because no rule is asked about it.
pub fn look(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    result: Option<&CallResult<'_>>,
    scratch: &mut Scratch,
    see: &mut dyn FnMut(ToolId, &mut Asker<'_, '_, '_>),
) {
    let Ok(tool) = crate::schema::admit(loaded.policy(), loaded.needs(), call) else { return };
    let at = result.and_then(|r| r.at).or(call.at);
    let history = match result.and_then(|_| state.call(call.id)) {
        Some(record) => state.view_of(record, at),
        None => state.view(call.session, call.turn, at),
    };
    let subject = Subject { call, tool, result, history: &history, state, fits: true };
    let mut evaluator = Evaluator::new(loaded, subject, scratch);
    see(tool, &mut Asker(&mut evaluator));
    evaluator.end();
}

/// Looks at a call that is remembered, in the state after it, as `expect` of a test does.
pub fn look_back(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    scratch: &mut Scratch,
    see: &mut dyn FnMut(&mut Asker<'_, '_, '_>),
) {
    let history = match state.call(call.id) {
        Some(record) => state.view_of(record, call.at),
        None => state.view(call.session, call.turn, call.at),
    };
    let mut evaluator = Evaluator::new(loaded, subject(loaded, state, call, None, &history), scratch);
    see(&mut Asker(&mut evaluator));
    evaluator.end();
}

/// Asks a condition of the state, seen from a call and, where `result` may be asked, its result. A tool that the
/// policy does not know has no arguments that could be known.
pub fn probe(
    loaded: &Loaded,
    state: &State,
    call: &Call<'_>,
    result: Option<&CallResult<'_>>,
    node: NodeId,
    scratch: &mut Scratch,
) -> Probe {
    let at = result.and_then(|r| r.at).or(call.at);
    let history = match state.call(call.id) {
        Some(record) => state.view_of(record, at),
        None => state.view(call.session, call.turn, at),
    };
    let mut evaluator = Evaluator::new(loaded, subject(loaded, state, call, result, &history), scratch);
    let holds = evaluator.node(node) && !evaluator.exhausted();
    let mut values: Vec<Observed> = Vec::new();
    justify(&mut evaluator, node, Failing::All, &mut |ev, settled| {
        let atom = loaded.policy().atoms.get(settled.atom.index());
        let seen = match atom {
            Some(Atom::SessionHas(mark)) => {
                let mark = loaded.policy().marks.get(mark.index()).map_or("?", |m| loaded.policy().text(*m));
                let truth = ev.atom(settled.atom);
                let value = (!truth.is_unknown()).then(|| truth.must().to_string());
                let why = truth.is_unknown().then(|| mark_unknown(ev).to_owned());
                vec![Observed { what: format!("session has {mark}"), value, why }]
            }
            Some(atom) => atom_terms(atom).filter_map(|term| observe(ev, term)).collect(),
            None => Vec::new(),
        };
        for value in seen {
            if !values.contains(&value) {
                values.push(value);
            }
        }
    });
    evaluator.end();
    Probe { holds, values }
}

fn observe(evaluator: &mut Evaluator<'_, '_>, term: crate::policy::TermId) -> Option<Observed> {
    if let Some(Term::Const(_)) = evaluator.loaded.policy().terms.get(term.index()) {
        return None;
    }
    let value = show_term(evaluator, term);
    let mut unknown: BTreeSet<Unknown> = BTreeSet::new();
    if value.is_none() {
        blame_term(evaluator, term, &mut unknown);
    }
    let why = unknown.into_iter().next().map(|u| u.why);
    Some(Observed { what: term_name(evaluator, term), value, why })
}

fn subject<'c>(
    loaded: &Loaded,
    state: &'c State,
    call: &'c Call<'c>,
    result: Option<&'c CallResult<'c>>,
    history: &'c History<'c>,
) -> Subject<'c> {
    let tool = loaded.needs().tool(loaded.policy(), call.tool).unwrap_or(ToolId(u32::MAX));
    Subject { call, tool, result, history, state, fits: true }
}

/// Charges a budget under the key of a call, as if that had been used before; `keys` are those that were charged
/// already, each is charged once.
///
/// # Errors
/// `limit-state`. A call whose key is not known charges nothing.
pub fn give_used(
    loaded: &Loaded,
    state: &mut State,
    call: &Call<'_>,
    (budget, amount, at): (BudgetId, i128, i64),
    keys: &mut BTreeSet<Vec<u8>>,
    scratch: &mut Scratch,
) -> Result<(), Refusal> {
    let history = state.view(call.session, call.turn, call.at);
    let mut evaluator = Evaluator::new(loaded, subject(loaded, state, call, None, &history), scratch);
    let known = evaluator.key(budget).is_some();
    evaluator.end();
    if known
        && keys.insert(scratch.key.clone())
        && let Some(declared) = loaded.policy().budgets.get(budget.index())
    {
        let meter = Meter::of(loaded.policy(), declared);
        state.reserve(budget, &scratch.key, meter, amount, Some(at))?;
    }
    Ok(())
}
