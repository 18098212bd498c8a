//! A quick hash for tables whose keys the policy chose.
//!
//! It is no defence against keys that were chosen to clash: what comes with a call is only ever looked up, never
//! filed, so that it cannot make a table slow. Equal bytes give equal hashes on every platform.

use std::hash::Hasher;

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
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = mix(hash ^ u64::from_le_bytes(*chunk));
    }
    let mut last = [0_u8; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(hash ^ u64::from_le_bytes(last))
}

fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    n ^ (n >> 29)
}
