//! The counters of budgets.
//!
//! A counter adds up charges over a window. Counts of single calls are exact: one stamp for each, as many as the
//! limit needs. Sums over a sliding window are kept in 60 buckets, and a bucket counts until its last instant has
//! left the window, so a sum can be too high by one bucket and is never too low. An amount that overflows stays at
//! the top, above every limit.

use std::collections::VecDeque;

use super::{Change, State, full};
use crate::{
    policy::{Budget, BudgetId, CalendarUnit, Const, Policy, Term, Unit, Window},
    refusal::Refusal,
    time,
};

/// How a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meter {
    /// One sum, for ever.
    Lifetime,
    /// Exact stamps of single calls over so many nanoseconds; so many stamps are kept.
    Exact(i64, usize),
    /// A sum over so many nanoseconds, in 60 buckets.
    Buckets(i64),
    /// A sum over the current period.
    Calendar(CalendarUnit),
}

/// Limits up to this are counted exactly.
const MOST_EXACT: i128 = 1 << 20;
/// Refused attempts count too, so there may be more stamps than the limit. So many beyond it are told apart; of more the
/// oldest count as long as the next.
const BEYOND_LIMIT: usize = 4096;

impl Meter {
    /// How this budget counts: exactly if every charge is one and stays one.
    pub fn of(policy: &Policy, budget: &Budget) -> Self {
        match budget.window {
            Window::Lifetime => Self::Lifetime,
            Window::Calendar(unit) => Self::Calendar(unit),
            Window::Sliding(nanos) => {
                let one = |term| match policy.terms.get(term) {
                    Some(Term::Const(id)) => policy.consts.get(id.index()) == Some(&Const::Num(1, Unit::Count)),
                    _ => false,
                };
                let ones = budget.charges.iter().all(|c| c.settle.is_none() && one(c.amount.index()));
                match usize::try_from(budget.limit.max(0)) {
                    Ok(most) if ones && budget.limit <= MOST_EXACT => {
                        Self::Exact(nanos, most.saturating_add(BEYOND_LIMIT))
                    }
                    _ => Self::Buckets(nanos),
                }
            }
        }
    }
}

/// What a charge has taken, until it is settled or released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// From which budget.
    pub budget: BudgetId,
    /// From which of its counters.
    pub key: Box<[u8]>,
    /// How much.
    pub amount: i128,
    /// When, on the counter's own time.
    pub at: i64,
}

/// What a call takes from a budget once it may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// From which budget.
    pub budget: BudgetId,
    /// From which of its counters.
    pub key: Box<[u8]>,
    /// How much.
    pub amount: i128,
    /// The call goes past this budget's limit, and is held for that: who approves it has been told.
    pub known: bool,
}

/// Appends one part of a budget's key, so that different lists of parts are different keys.
pub fn push_key_part(key: &mut Vec<u8>, part: &[u8]) {
    key.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
    key.extend_from_slice(part);
}

/// One counter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counter {
    meter: Meter,
    latest: i64,
    /// Sums by slot, oldest first: the slot is a bucket's or a period's number, a stamp, or 0 for ever.
    slots: VecDeque<(i64, i128)>,
}

impl Counter {
    fn new(meter: Meter) -> Self {
        Self { meter, latest: i64::MIN, slots: VecDeque::new() }
    }

    /// Which slot a time falls into.
    fn slot(&self, at: i64) -> i64 {
        match self.meter {
            Meter::Lifetime => 0,
            Meter::Exact(..) => at,
            Meter::Buckets(window) => at.div_euclid(bucket_width(window)),
            Meter::Calendar(unit) => time::period(unit, at),
        }
    }

    /// Whether a slot still counts at a time.
    fn counts(&self, slot: i64, now: i64) -> bool {
        match self.meter {
            Meter::Lifetime => true,
            // A charge leaves the window when it is exactly as old as the window is long.
            Meter::Exact(window, _) => now.saturating_sub(slot) < window,
            Meter::Buckets(window) => {
                let end = slot.saturating_add(1).saturating_mul(bucket_width(window)).saturating_sub(1);
                now.saturating_sub(end) < window
            }
            Meter::Calendar(unit) => slot == time::period(unit, now),
        }
    }

    fn used(&self, now: i64) -> i128 {
        let now = now.max(self.latest);
        let counting = self.slots.iter().filter(|(slot, _)| self.counts(*slot, now));
        counting.fold(0, |sum, (_, amount)| sum_or_top(sum, *amount))
    }

    /// Adds an amount and says by how many slots the counter has grown or shrunk.
    fn add(&mut self, at: i64, amount: i128) -> i64 {
        self.latest = self.latest.max(at);
        let now = self.latest;
        let before = self.slots.len();
        while self.slots.front().is_some_and(|(slot, _)| !self.counts(*slot, now)) {
            self.slots.pop_front();
        }
        let slot = self.slot(now);
        match self.slots.back_mut() {
            Some((last, sum)) if *last == slot => *sum = sum_or_top(*sum, amount),
            Some(_) | None => self.slots.push_back((slot, amount)),
        }
        if let Meter::Exact(_, most) = self.meter {
            while self.slots.len() > most {
                // The oldest charge goes on counting with the next: nothing that counts is forgotten.
                let oldest = self.slots.pop_front().map_or(0, |(_, sum)| sum);
                if let Some((_, next)) = self.slots.front_mut() {
                    *next = sum_or_top(*next, oldest);
                }
            }
        }
        grown(before, self.slots.len())
    }

    /// Puts `to` in the place of `from` in the slot of a charge, and says by how many slots the counter has shrunk;
    /// `None` if the slot has left the window and is gone.
    fn replace(&mut self, at: i64, from: i128, to: i128) -> Option<i64> {
        let slot = self.slot(at);
        let before = self.slots.len();
        // Time never runs backwards, so they are in order.
        let place = self.slots.binary_search_by_key(&slot, |(s, _)| *s).ok()?;
        if let Some((_, sum)) = self.slots.get_mut(place) {
            // At the top nobody knows what is in it any more, so it stays there.
            if *sum != i128::MAX {
                *sum = sum_or_top(sum.saturating_sub(from).max(0), to);
            }
            // A stamp that stands for nothing would take the room of one that counts.
            if *sum == 0 && matches!(self.meter, Meter::Exact(..)) {
                self.slots.remove(place);
            }
        }
        Some(grown(before, self.slots.len()))
    }
}

fn grown(before: usize, after: usize) -> i64 {
    let len = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    len(after).saturating_sub(len(before))
}

/// One sixtieth of the window, rounded up.
fn bucket_width(window: i64) -> i64 {
    window.saturating_add(59).div_euclid(60).max(1)
}

/// A sum that stays at the top once it is there.
fn sum_or_top(a: i128, b: i128) -> i128 {
    if a == i128::MAX || b == i128::MAX { i128::MAX } else { a.checked_add(b).unwrap_or(i128::MAX) }
}

impl State {
    /// What is charged and reserved in the window. `now` counts only if it is later than the counter's latest charge.
    pub fn used(&self, budget: BudgetId, key: &[u8], now: Option<i64>) -> i128 {
        let counter = self.counters.get(budget.index()).and_then(|c| c.get(key));
        counter.map_or(0, |c| c.used(now.unwrap_or(i64::MIN)))
    }

    /// Takes an amount, whatever the limit: whether it may be taken has been decided before. A negative amount
    /// takes nothing.
    ///
    /// # Errors
    /// `limit-state`; then nothing has changed.
    pub fn reserve(
        &mut self,
        budget: BudgetId,
        key: &[u8],
        meter: Meter,
        amount: i128,
        at: Option<i64>,
    ) -> Result<Reservation, Refusal> {
        let amount = amount.max(0);
        while self.counters.len() <= budget.index() {
            self.counters.push(Default::default());
        }
        if self.counter_count >= self.limits.counters || self.stamp_count >= self.limits.stamps {
            self.sweep(at);
        }
        let Some(counters) = self.counters.get_mut(budget.index()) else { return Err(full("budgets")) };
        if self.stamp_count >= self.limits.stamps {
            return Err(full("charges"));
        }
        if !counters.contains_key(key) {
            if self.counter_count >= self.limits.counters {
                return Err(full("counters"));
            }
            self.counter_count = self.counter_count.saturating_add(1);
            counters.insert(key.into(), Counter::new(meter));
        }
        let Some(counter) = counters.get_mut(key) else { return Err(full("counters")) };
        // Only a window needs a time, and a policy with a window refuses calls without one.
        let at = at.unwrap_or(counter.latest);
        let grown = counter.add(at, amount);
        let at = counter.latest;
        self.stamps_change(grown);
        self.note(|| Change::Counter { budget, key: key.into(), by: amount });
        Ok(Reservation { budget, key: key.into(), amount, at })
    }

    /// Charges the real amount in place of what was reserved, at the time when it was reserved.
    pub fn settle(&mut self, reservation: &Reservation, actual: i128) {
        let counters = self.counters.get_mut(reservation.budget.index());
        let counter = counters.and_then(|c| c.get_mut(&reservation.key));
        let actual = actual.max(0);
        if let Some(grown) = counter.and_then(|c| c.replace(reservation.at, reservation.amount, actual)) {
            self.stamps_change(grown);
            let Reservation { budget, key, amount, .. } = reservation;
            let by = actual.saturating_sub(*amount);
            self.note(|| Change::Counter { budget: *budget, key: key.clone(), by });
        }
    }

    fn stamps_change(&mut self, by: i64) {
        self.stamp_count = self.stamp_count.saturating_add_signed(isize::try_from(by).unwrap_or(0));
    }

    /// Gives back what was reserved.
    pub fn release(&mut self, reservation: &Reservation) {
        self.settle(reservation, 0);
    }

    /// Forgets counters whose last charge has left its window. It looks at all of them, so it happens only when there
    /// is no more room, and not again within a second of the events' time.
    fn sweep(&mut self, at: Option<i64>) {
        let Some(now) = at else { return };
        if self.swept_at.is_some_and(|last| now.saturating_sub(last) < 1_000_000_000) {
            return;
        }
        self.swept_at = Some(now);
        for counters in &mut self.counters {
            counters.retain(|_, counter| counter.slots.iter().any(|(slot, _)| counter.counts(*slot, now)));
        }
        let left = self.counters.iter().flat_map(|c| c.values());
        (self.counter_count, self.stamp_count) = left.fold((0, 0), |(counters, stamps): (usize, usize), counter| {
            (counters.saturating_add(1), stamps.saturating_add(counter.slots.len()))
        });
    }
}
