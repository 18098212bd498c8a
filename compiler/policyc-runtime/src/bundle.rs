//! A compiled policy as a file: magic, format version, length, the policy in postcard's encoding, a checksum.
//!
//! Reading takes any bytes: what is truncated, changed or of another version is refused with the reason, before
//! anything is allocated for it. A bundle that can be read is not yet a policy that can be loaded; `Loaded::new`
//! verifies it.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::policy::Policy;

/// The first bytes of every bundle.
pub const MAGIC: &[u8; 8] = b"POLICYC\n";
/// The version of the encoding. It changes with every change of `Policy` and what it is made of.
pub const FORMAT: u32 = 1;
/// The largest bundle that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;

const HEADER: usize = 8 + 4 + 8;
const CHECKSUM: usize = 32;

/// A policy that was read, and what the policy is known by.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The policy; nothing of it has been verified.
    pub policy: Policy,
    /// SHA-256 of its encoding, as it stood in the file.
    pub hash: [u8; 32],
}

impl Bundle {
    /// Of a policy that was just compiled.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn of(policy: Policy) -> Result<Self, BundleError> {
        let hash = hash(&policy)?;
        Ok(Self { policy, hash })
    }
}

/// Why a bundle cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// It does not begin as one.
    NoBundle,
    /// It is of another version.
    OtherVersion(u32),
    /// It is shorter or longer than it says.
    Length {
        /// What it says, in bytes.
        expected: u64,
        /// What there is.
        found: u64,
    },
    /// Its checksum is another.
    Changed,
    /// It is larger than `MAX_BYTES`.
    TooLarge(u64),
    /// Its checksum is right and its content is not.
    Undecodable,
    /// The policy cannot be encoded.
    NotEncodable,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBundle => write!(f, "this is no compiled policy"),
            Self::OtherVersion(v) => {
                write!(f, "the compiled policy has format {v} and this version reads format {FORMAT}; build it again")
            }
            Self::Length { expected, found } => {
                let how = if found < expected { "truncated" } else { "too long" };
                write!(f, "the compiled policy is {how}: {found} bytes where it says {expected}")
            }
            Self::Changed => write!(f, "the compiled policy was changed or damaged: its checksum does not fit"),
            Self::TooLarge(bytes) => {
                write!(f, "the compiled policy is too large: {bytes} bytes where at most {MAX_BYTES} are read")
            }
            Self::Undecodable => write!(f, "the compiled policy cannot be decoded"),
            Self::NotEncodable => write!(f, "the policy cannot be encoded"),
        }
    }
}

impl std::error::Error for BundleError {}

/// The canonical bytes of a policy: what its hash is taken of.
pub fn encode(policy: &Policy) -> Result<Vec<u8>, BundleError> {
    // Room that is mostly enough, so that what is written is not moved again and again.
    let entries = policy.rules.len().saturating_add(policy.nodes.len()).saturating_add(policy.strings.len());
    let room = Vec::with_capacity(entries.saturating_mul(64));
    postcard::to_extend(policy, room).map_err(|_| BundleError::NotEncodable)
}

/// The hash of a policy: SHA-256 of its canonical bytes.
pub fn hash(policy: &Policy) -> Result<[u8; 32], BundleError> {
    Ok(digest(&encode(policy)?))
}

/// A policy as a bundle.
pub fn write(policy: &Policy) -> Result<Vec<u8>, BundleError> {
    let body = encode(policy)?;
    let length = u64::try_from(body.len()).map_err(|_| BundleError::NotEncodable)?;
    let mut out = Vec::with_capacity(HEADER.saturating_add(body.len()).saturating_add(CHECKSUM));
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    let checksum = checksum(&out, &digest(&body));
    out.extend_from_slice(&body);
    out.extend_from_slice(&checksum);
    Ok(out)
}

/// A policy out of a bundle.
pub fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(BundleError::NoBundle)?;
    let too_short = BundleError::Length { expected: 20 + 32, found };
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(|| too_short.clone())?;
    let version = u32::from_le_bytes(*version);
    if version != FORMAT {
        return Err(BundleError::OtherVersion(version));
    }
    let (length, rest) = rest.split_first_chunk::<8>().ok_or(too_short)?;
    let expected = u64::from_le_bytes(*length).saturating_add(20 + 32);
    if bytes.len() > MAX_BYTES {
        return Err(BundleError::TooLarge(found));
    }
    if found != expected {
        return Err(BundleError::Length { expected, found });
    }
    let (body, found_checksum) = rest.split_last_chunk::<CHECKSUM>().ok_or(BundleError::Changed)?;
    let (header, _) = bytes.split_first_chunk::<HEADER>().ok_or(BundleError::Changed)?;
    let hash = digest(body);
    if checksum(header, &hash) != *found_checksum {
        return Err(BundleError::Changed);
    }
    Ok(Bundle { policy: decode(body)?, hash })
}

/// SHA-256 of the header and the hash of the policy: the policy, which may be long, is gone through once.
fn checksum(header: &[u8], hash: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(header).chain_update(hash).finalize().into()
}

/// A policy out of its canonical bytes.
///
/// A sequence says its length before its members; serde reserves at most 1 MiB on the word of such a length, so what
/// is allocated stays in proportion to the bytes that are there.
pub fn decode(body: &[u8]) -> Result<Policy, BundleError> {
    match postcard::take_from_bytes(body) {
        Ok((policy, [])) => Ok(policy),
        Ok(_) | Err(_) => Err(BundleError::Undecodable),
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Const, Node, StrId, Unit};

    fn sample() -> Policy {
        Policy {
            name: "sample".into(),
            strings: vec!["a".into(), "ä".into()],
            consts: vec![Const::Num(-5, Unit::Count), Const::Text(StrId(1))],
            nodes: vec![Node::True, Node::False, Node::And(Box::new([]))],
            ..Policy::default()
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(&sample()).unwrap();
        let read = read(&bytes).unwrap();
        assert_eq!(read.policy, sample());
        assert_eq!(hash(&sample()), Ok(read.hash));
    }

    #[test]
    fn a_bundle_that_was_cut_is_refused() {
        let bytes = write(&sample()).unwrap();
        for n in 0..bytes.len() {
            assert!(read(&bytes[..n]).is_err(), "{n}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(matches!(read(&longer), Err(BundleError::Length { .. })));
        assert_eq!(read(b""), Err(BundleError::NoBundle));
        assert_eq!(read(b"{\"call\":1}"), Err(BundleError::NoBundle));
    }

    #[test]
    fn a_bundle_that_was_changed_is_refused() {
        let bytes = write(&sample()).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(read(&changed).is_err(), "byte {at} bit {bit}");
            }
        }
        let mut newer = bytes;
        newer[8] = 99;
        assert_eq!(read(&newer), Err(BundleError::OtherVersion(99)));
    }

    #[test]
    fn bytes_that_are_no_policy_never_panic_nor_allocate_beyond_measure() {
        let body = encode(&sample()).unwrap();
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap()
        };
        for _ in 0..20_000 {
            let mut bytes = body.clone();
            for _ in 0..next() % 4 + 1 {
                let at = next() % bytes.len();
                bytes[at] = u8::try_from(next() & 255).unwrap();
            }
            bytes.truncate(next() % (bytes.len() + 1));
            if let Ok(policy) = decode(&bytes) {
                let _ = crate::verify::verify(&policy);
            }
        }
        // A length of 2⁶⁰ with nothing behind it.
        assert!(decode(&[1, b'x', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
    }
}
