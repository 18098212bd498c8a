//! The calls that are remembered, by id.
//!
//! One lies behind the other as they came, and so do their ids: to remember one more touches the ends of two lists and
//! one place of a table. Ids come from outside, so their hash is keyed; it is kept, so that the table grows without
//! going to every id again.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::CallRecord;

/// Calls by id.
#[derive(Clone, Default)]
pub(super) struct Calls {
    records: Vec<Filed>,
    ids: String,
    places: HashTable<Place>,
    keys: RandomState,
}

#[derive(Clone)]
struct Filed {
    /// Where its id ends and the next begins.
    end: usize,
    record: CallRecord,
}

#[derive(Clone, Copy)]
struct Place {
    hash: u64,
    number: usize,
}

/// An id that no call has, for `Calls::add`.
pub(super) struct NewId<'i> {
    id: &'i str,
    hash: u64,
}

impl Calls {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// The call with this id.
    pub(super) fn get(&self, id: &str) -> Option<&CallRecord> {
        let number = self.number(id, self.keys.hash_one(id))?;
        self.records.get(number).map(|filed| &filed.record)
    }

    /// The call with this id.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut CallRecord> {
        let number = self.number(id, self.keys.hash_one(id))?;
        self.records.get_mut(number).map(|filed| &mut filed.record)
    }

    /// The id, if no call has it.
    pub(super) fn new_id<'i>(&self, id: &'i str) -> Option<NewId<'i>> {
        let hash = self.keys.hash_one(id);
        self.number(id, hash).is_none().then_some(NewId { id, hash })
    }

    /// Adds a call.
    pub(super) fn add(&mut self, NewId { id, hash }: NewId<'_>, record: CallRecord) {
        let number = self.records.len();
        self.ids.push_str(id);
        self.records.push(Filed { end: self.ids.len(), record });
        self.places.insert_unique(hash, Place { hash, number }, |place| place.hash);
    }

    fn number(&self, id: &str, hash: u64) -> Option<usize> {
        let same = |place: &Place| place.hash == hash && self.id(place.number) == Some(id);
        self.places.find(hash, same).map(|place| place.number)
    }

    fn id(&self, number: usize) -> Option<&str> {
        let start = number.checked_sub(1).and_then(|before| self.records.get(before)).map_or(0, |before| before.end);
        self.ids.get(start..self.records.get(number)?.end)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &CallRecord)> {
        (0..).zip(&self.records).map(|(number, filed)| (self.id(number).unwrap_or(""), &filed.record))
    }
}

/// The same calls, in whatever order they came.
impl PartialEq for Calls {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(id, record)| other.get(id) == Some(record))
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
