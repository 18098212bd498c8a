//! The evaluator's memory: allocated once, used again for every call.
//!
//! What was found out about a term, atom or node carries the number of the moment at which it was; each call,
//! and each member that a quantifier binds, is a new moment. An entry counts while nothing that it depends on was
//! bound after it, so nothing is ever cleared between calls.

use super::Came;
use crate::loaded::Loaded;
use crate::policy::{BudgetId, RoleId, RuleId, StrId};
use crate::tree::{Entry, FAMILIES, TIERS};
use crate::value::{Slot, Structure, Value};
use crate::wire::Doc;

/// Moments are counted up to here; then the memory is cleared once. Two bits are left for a truth.
const LAST_MOMENT: u32 = 1 << 29;

/// What a term, atom or node was found to be, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memo {
    moment: u32,
    value: u32,
}

impl Memo {
    pub(super) fn new(moment: u32, value: u32) -> Self {
        Self { moment, value }
    }

    /// What it was found to be, if that was at this moment or later.
    pub(super) fn since(self, moment: u32) -> Option<u32> {
        (self.moment >= moment).then_some(self.value)
    }
}

/// A text that was computed or read.
#[derive(Debug, Default)]
pub(super) struct Computed {
    pub text: String,
    pub structure: Option<Structure>,
}

/// Memory for decisions. One serves any number of calls, policies and states, one after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) moment: u32,
    pub(super) terms: Vec<Memo>,
    pub(super) atoms: Vec<Memo>,
    pub(super) nodes: Vec<Memo>,
    pub(super) computed: Vec<Computed>,
    pool: Vec<Value<'static>>,
    came: Vec<Came>,
    /// By tier: rules that may apply.
    pub(crate) candidates: [Vec<Entry>; TIERS],
    /// By family: when its candidates were looked up.
    pub(crate) collected: [u32; FAMILIES],
    /// Gates of an automaton that were passed, for the group at hand.
    pub(crate) gates: Vec<Memo>,
    /// Gates that the value at hand has opened.
    pub(crate) open: Vec<u32>,
    /// The agent's roles, and since when they are known.
    pub(super) roles: Vec<RoleId>,
    pub(super) roles_known: u32,
    /// Rules of the winning effect.
    pub(crate) applied: Vec<RuleId>,
    /// Allow rules that apply to a call which a rule holds: their obligations stay.
    pub(crate) binding: Vec<RuleId>,
    /// Rules that only observe and would have applied.
    pub(crate) observed: Vec<RuleId>,
    /// Budgets that the call would exceed.
    pub(crate) exceeded: Vec<BudgetId>,
    /// Obligations of the rules of the winning effect, of a held call also of the allow rules, sorted by key.
    pub(crate) obligations: Vec<(StrId, StrId)>,
    /// What the call would add to each budget that counts it.
    pub(crate) charges: Vec<(BudgetId, Option<i128>)>,
    /// The key under which a budget counts.
    pub(crate) key: Vec<u8>,
    /// A call that was seen before, read again.
    pub(crate) past: Doc,
    /// Bytes to be hashed.
    pub(crate) bytes: Vec<u8>,
}

impl Scratch {
    /// Empty memory; it grows to what the policy needs with the first call.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules of the last decision's effect, sorted.
    pub fn rules(&self) -> &[RuleId] {
        &self.applied
    }

    /// The rules of the last decision that only observe and would have applied, sorted.
    pub fn observed(&self) -> &[RuleId] {
        &self.observed
    }

    /// The budgets that the last call would exceed, sorted.
    pub fn budgets(&self) -> &[BudgetId] {
        &self.exceeded
    }

    /// Makes room for a policy and begins a call: everything that was found out is out of date.
    pub(super) fn begin<'c>(&mut self, loaded: &Loaded) -> Vec<Value<'c>> {
        let policy = loaded.policy();
        if self.moment >= LAST_MOMENT {
            self.moment = 0;
            self.roles_known = 0;
            self.collected = [0; FAMILIES];
            for memos in [&mut self.terms, &mut self.atoms, &mut self.nodes, &mut self.gates] {
                memos.fill(Memo::default());
            }
        }
        grow(&mut self.terms, policy.terms.len());
        grow(&mut self.atoms, policy.atoms.len());
        grow(&mut self.nodes, policy.nodes.len());
        if self.computed.len() < loaded.slots() {
            self.computed.resize_with(loaded.slots(), Computed::default);
        }
        self.forget();
        self.tick();
        recycle(std::mem::take(&mut self.pool))
    }

    /// Forgets the last decision.
    pub(crate) fn forget(&mut self) {
        self.applied.clear();
        self.binding.clear();
        self.observed.clear();
        self.exceeded.clear();
        self.charges.clear();
        self.obligations.clear();
    }

    /// Takes the memory of the values and of what came back.
    pub(super) fn end(&mut self, pool: Vec<Value<'_>>, came: Vec<Came>) {
        self.pool = recycle(pool);
        self.came = came;
    }

    /// Room for what comes with a call.
    pub(crate) fn no_arrivals(&mut self) -> Vec<Came> {
        let mut came = std::mem::take(&mut self.came);
        came.clear();
        came
    }

    /// A new moment.
    pub(crate) fn tick(&mut self) -> u32 {
        self.moment = self.moment.saturating_add(1);
        self.moment
    }

    /// Whether this is the first time since `moment`; now it no longer is.
    pub(crate) fn first_time(memos: &mut [Memo], index: usize, since: u32, now: u32) -> bool {
        match memos.get_mut(index) {
            Some(memo) if memo.since(since).is_some() => false,
            Some(memo) => {
                *memo = Memo::new(now, 0);
                true
            }
            None => true,
        }
    }

    pub(super) fn slot(&self, slot: Slot) -> Option<&Computed> {
        self.computed.get(slot.index())
    }
}

/// Room for gates of an automaton.
pub(crate) fn grow(memos: &mut Vec<Memo>, len: usize) {
    if memos.len() < len {
        memos.resize(len, Memo::default());
    }
}

/// An empty vector with another lifetime and the same memory: the standard library collects in place.
fn recycle<'b>(mut pool: Vec<Value<'_>>) -> Vec<Value<'b>> {
    pool.clear();
    pool.into_iter().map_while(|_| None).collect()
}
