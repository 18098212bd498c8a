//! The identity of a call: SHA-256 over a typed, length-prefixed encoding of what was read.
//!
//! The order of keys, white space, escapes and the spelling of numbers do not change it; anything that another reader
//! could tell apart does. Every value begins with a byte that says its type, every text with its length, so that no
//! two different trees have one encoding.

use sha2::{Digest as _, Sha256};

use crate::{
    canonical,
    event::Call,
    loaded::Loaded,
    policy::ShapeId,
    wire::{Digits, Json, Kind},
};

/// Of the whole event: what a decision carries as `call_hash`. `scratch` is any buffer; it is overwritten.
pub fn call_hash(call: &Call<'_>, scratch: &mut Vec<u8>) -> [u8; 32] {
    scratch.clear();
    encode(call.event, scratch);
    Sha256::digest(&*scratch).into()
}

/// Of tool and arguments alone, as what they are declared to be: what a budget `per call` counts for. Arguments of a
/// call that does not fit (`None`) count as they came. `scratch` is any buffer; it is overwritten.
pub(crate) fn call_key(loaded: &Loaded, declared: Option<ShapeId>, call: &Call<'_>, scratch: &mut Vec<u8>) -> [u8; 32] {
    scratch.clear();
    push_text(b's', call.tool, scratch);
    match declared {
        Some(shape) => canonical::encode(loaded, shape, call.args, scratch),
        None => encode(call.args, scratch),
    }
    Sha256::digest(&*scratch).into()
}

/// Of one value.
pub fn value_hash(value: Json<'_>, scratch: &mut Vec<u8>) -> [u8; 32] {
    scratch.clear();
    encode(value, scratch);
    Sha256::digest(&*scratch).into()
}

/// Appends the encoding of a value. The depth of what was read is limited, so this recursion is.
pub fn encode(value: Json<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Null => out.push(b'n'),
        Kind::Bool(false) => out.push(b'f'),
        Kind::Bool(true) => out.push(b't'),
        Kind::Number(raw) => {
            let digits = Digits::of(raw);
            out.push(if digits.is_negative() { b'-' } else { b'+' });
            out.extend_from_slice(&digits.exponent().to_le_bytes());
            push_len(digits.count(), out);
            out.extend(digits.digits());
        }
        Kind::Text(text) => push_text(b's', text, out),
        Kind::List => {
            out.push(b'l');
            push_len(value.len(), out);
            for item in value.items() {
                encode(item, out);
            }
        }
        Kind::Object => {
            out.push(b'o');
            push_len(value.len(), out);
            encode_entries(value, out);
        }
    }
}

/// The entries of an object, sorted by key as many writers leave them; those of a small one without allocating.
fn encode_entries(object: Json<'_>, out: &mut Vec<u8>) {
    let entry = |(key, value): (&str, Json<'_>)| {
        push_text(b'k', key, out);
        encode(value, out);
    };
    if object.entries().is_sorted_by_key(|(key, _)| key) {
        return object.entries().for_each(entry);
    }
    const FEW: usize = 24;
    let mut few = [None; FEW];
    let mut many = Vec::new();
    let sorted = if object.len() <= FEW {
        few.iter_mut().zip(object.entries()).for_each(|(slot, entry)| *slot = Some(entry));
        few.get_mut(..object.len()).unwrap_or(&mut [])
    } else {
        many.extend(object.entries().map(Some));
        many.as_mut_slice()
    };
    sorted.sort_unstable_by_key(|entry| entry.map(|(key, _)| key));
    sorted.iter().flatten().copied().for_each(entry);
}

fn push_text(tag: u8, text: &str, out: &mut Vec<u8>) {
    out.push(tag);
    push_len(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// A length: one byte if it is below 255, else that byte and eight more.
fn push_len(len: usize, out: &mut Vec<u8>) {
    match u8::try_from(len) {
        Ok(short) if short < u8::MAX => out.push(short),
        Ok(_) | Err(_) => {
            out.push(u8::MAX);
            out.extend_from_slice(&u64::try_from(len).unwrap_or(u64::MAX).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Doc;

    fn hash(text: &str) -> [u8; 32] {
        value_hash(Doc::of(text).unwrap().root(), &mut Vec::new())
    }

    #[test]
    fn spelling_does_not_matter() {
        for (a, b) in [
            (r#"{"a":1,"b":[true,null]}"#, r#" { "b" : [ true , null ] , "a" : 1.0 } "#),
            (r#""\u0041\/""#, r#""A/""#),
            ("100", "1e2"),
            ("-0", "0"),
            ("0.10", "1E-1"),
        ] {
            assert_eq!(hash(a), hash(b), "{a} {b}");
        }
        let many: Vec<_> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
        let back: Vec<_> = many.iter().rev().cloned().collect();
        assert_eq!(hash(&format!("{{{}}}", many.join(","))), hash(&format!("{{{}}}", back.join(","))));
    }

    #[test]
    fn meaning_does() {
        let all = [
            "null",
            "false",
            "true",
            "0",
            "1",
            "-1",
            "10",
            "\"\"",
            "\"1\"",
            "\"null\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[1,2]",
            "[2,1]",
            "[12]",
            "[\"1\",\"2\"]",
            "[\"12\"]",
            "{\"a\":1}",
            "{\"a\":\"1\"}",
            "{\"a\":{}}",
            "{\"A\":1}",
            "{\"a\":1,\"b\":1}",
            "[[1],2]",
            "[[1,2]]",
            "100000000000000000000000000000000000000001",
            "100000000000000000000000000000000000000002",
        ];
        for (i, a) in all.iter().enumerate() {
            for b in all.iter().skip(i + 1) {
                assert_ne!(hash(a), hash(b), "{a} {b}");
            }
        }
    }
}
