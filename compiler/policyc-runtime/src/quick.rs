//! A quick hash for tables whose keys the policy chose.
//!
//! It is no defence against keys that were chosen to clash: what comes with a call is only ever looked up, never
//! filed, so that it cannot make a table slow. Equal bytes give equal hashes on every platform.

use std::hash::Hasher;
use std::ops::Range;

/// Hashes bytes as they come; a key that is a hash already stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0 ^ hash_bytes(bytes));
    }

    fn write_u8(&mut self, end: u8) {
        self.0 = mix(self.0 ^ u64::from(end));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// The hash of some bytes.
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::try_from(bytes.len()).unwrap_or(0);
    let Some(last) = bytes.last_chunk::<8>() else {
        let few = bytes.iter().fold(0, |few, byte| few << 8 | u64::from(*byte));
        return mix(hash ^ few);
    };
    // The last eight may have some in common with those before them.
    let (chunks, _) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = mix(hash ^ u64::from_le_bytes(*chunk));
    }
    mix(hash ^ u64::from_le_bytes(*last))
}

/// A hash of a hash.
pub(crate) fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    n ^ (n >> 29)
}

/// Tables of hashes that the policy chose, each with a range, one table behind the other. With many rules a look costs
/// what it takes to reach memory, and most looks find nothing: the tags, which are small and those of one table close
/// together, say so.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// By place: nothing where it is free, else part of the hash that stands there.
    tags: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    hash: u64,
    start: u32,
    end: u32,
}

impl Tables {
    /// Adds a table, and says where it is. At least half of its places stay free; a clash goes to the next free one.
    pub(crate) fn add(&mut self, entries: &[(u64, (u32, u32))]) -> Range<usize> {
        let first = self.tags.len();
        if entries.is_empty() {
            return first..first;
        }
        let size = entries.len().saturating_mul(2).checked_next_power_of_two().unwrap_or(1);
        self.tags.resize(first.saturating_add(size), FREE);
        self.places.resize(first.saturating_add(size), Place::default());
        for (hash, (start, end)) in entries {
            let mut places = probes(size, *hash).map(|at| first.saturating_add(at));
            let free = places.find(|at| self.tags.get(*at) == Some(&FREE));
            if let Some((at, place)) = free.and_then(|at| self.tags.get_mut(at).zip(self.places.get_mut(at))) {
                (*at, *place) = (tag(*hash), Place { hash: *hash, start: *start, end: *end });
            }
        }
        first..self.tags.len()
    }

    /// The range of a hash in the table that is there.
    pub(crate) fn get(&self, table: Range<usize>, hash: u64) -> Option<Range<usize>> {
        let (tags, places) = (self.tags.get(table.clone())?, self.places.get(table)?);
        let wanted = tag(hash);
        for at in probes(tags.len(), hash) {
            let tag = *tags.get(at)?;
            if tag == wanted
                && let Some(place) = places.get(at).filter(|place| place.hash == hash)
            {
                return Some(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?);
            }
            if tag == FREE {
                return None;
            }
        }
        None
    }
}

/// The tag of a place where nothing stands.
const FREE: u8 = 0;

/// What a tag keeps of a hash: bits that do not choose the place.
fn tag(hash: u64) -> u8 {
    u8::try_from(hash >> 57).unwrap_or(0).saturating_add(1)
}

/// The places at which a hash can be, one after the other; `size` is a power of two.
fn probes(size: usize, hash: u64) -> impl Iterator<Item = usize> {
    let mask = size.wrapping_sub(1);
    let start = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
    (0..size).map(move |step| start.wrapping_add(step) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_finds_what_was_put_in_and_nothing_else() {
        let entries: Vec<(u64, (u32, u32))> =
            (0..1000_u32).map(|n| (hash_bytes(&n.to_le_bytes()), (n, n + 1))).collect();
        let mut tables = Tables::default();
        let none = tables.add(&[]);
        let table = tables.add(&entries);
        // All in one place: the chain is walked to its end.
        let clashing: Vec<(u64, (u32, u32))> = (1..9_u32).map(|n| (u64::from(n) << 32, (n, n + 1))).collect();
        let clashing = tables.add(&clashing);
        for (n, (hash, _)) in entries.iter().enumerate() {
            assert_eq!(tables.get(table.clone(), *hash), Some(n..n + 1));
        }
        assert_eq!(tables.get(table.clone(), 1), None);
        assert_eq!(tables.get(clashing.clone(), 8 << 32), Some(8..9));
        assert_eq!(tables.get(table, 8 << 32), None);
        assert_eq!(tables.get(none, 0), None);
    }
}
