//! Scalars of the wire, read exactly: each as the integer in which the policy compares it.
//!
//! `None` is always "not this type, or it does not fit"; the caller makes a refusal or an unknown out of it.

use crate::{
    num::{Decimal, SCALE},
    time,
    wire::{Digits, Json, Kind},
};

/// A number that is an integer of 64 bits, however it is spelled (`3`, `3.0`, `3e0`).
pub fn int(value: Json<'_>) -> Option<i64> {
    let Kind::Number(raw) = value.kind() else { return None };
    short_int(raw).or_else(|| long_int(raw))
}

/// A decimal, as a count of 10⁻¹⁸: a number, or a text that spells one.
pub fn decimal(value: Json<'_>) -> Option<i128> {
    match value.kind() {
        Kind::Number(raw) => decimal_text(raw),
        Kind::Text(text) if is_plain_decimal(text) => decimal_text(text),
        Kind::Text(_) | Kind::Null | Kind::Bool(_) | Kind::List | Kind::Object => None,
    }
}

/// An amount of this currency, as a count of 10⁻¹⁸: as `decimal`, or a text that ends in a space and the currency.
pub fn money(value: Json<'_>, currency: &str) -> Option<i128> {
    match value.kind() {
        Kind::Text(text) => {
            let amount = text.strip_suffix(currency).and_then(|rest| rest.strip_suffix(' ')).unwrap_or(text);
            if is_plain_decimal(amount) { decimal_text(amount) } else { None }
        }
        Kind::Number(raw) => decimal_text(raw),
        Kind::Null | Kind::Bool(_) | Kind::List | Kind::Object => None,
    }
}

/// A duration in nanoseconds: a text such as `5min`, `90 s`, `1.5h`, or a number of seconds.
pub fn duration(value: Json<'_>) -> Option<i64> {
    let (amount, unit) = match value.kind() {
        Kind::Number(raw) => (raw, 1_000_000_000),
        Kind::Text(text) => {
            let at = text.find(|c: char| c.is_ascii_alphabetic() || c == ' ')?;
            let (amount, unit) = text.split_at(at);
            if !is_plain_decimal(amount) {
                return None;
            }
            (amount, unit_nanos(unit.strip_prefix(' ').unwrap_or(unit))?)
        }
        Kind::Null | Kind::Bool(_) | Kind::List | Kind::Object => return None,
    };
    // As a count of 10⁻¹⁸ of a unit; what is no whole number of nanoseconds is nothing.
    let nanos = decimal_text(amount)?.checked_mul(i128::from(unit))?;
    if nanos.checked_rem(SCALE)? == 0 { i64::try_from(nanos.checked_div(SCALE)?).ok() } else { None }
}

/// A time in nanoseconds since 1970, as RFC 3339 spells it.
pub fn time(value: Json<'_>) -> Option<i64> {
    value.text().and_then(time::parse)
}

/// The nanoseconds of a unit of time.
pub fn unit_nanos(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" | "millis" | "millisecond" | "milliseconds" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000_000,
        "d" | "day" | "days" => 86_400_000_000_000,
        "w" | "wk" | "week" | "weeks" => 604_800_000_000_000,
        _ => return None,
    })
}

/// Whether a text is an optional minus, digits, and perhaps a point and digits: no exponent, nothing around it.
fn is_plain_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Up to 18 digits and nothing else: what nearly every number of a call is.
fn short_int(raw: &str) -> Option<i64> {
    let (negative, digits) = raw.strip_prefix('-').map_or((false, raw), |rest| (true, rest));
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for b in digits.bytes() {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(i64::from(b.wrapping_sub(b'0')));
    }
    Some(if negative { value.wrapping_neg() } else { value })
}

/// Any spelling of an integer that fits.
fn long_int(raw: &str) -> Option<i64> {
    let digits = Digits::of(raw);
    let zeros = u32::try_from(digits.exponent()).ok()?;
    if digits.is_zero() {
        return Some(0);
    }
    let mut value = 0_i128;
    for b in digits.digits() {
        value = value.checked_mul(10)?.checked_add(i128::from(b.wrapping_sub(b'0')))?;
    }
    let value = value.checked_mul(10_i128.checked_pow(zeros)?)?;
    i64::try_from(if digits.is_negative() { value.checked_neg()? } else { value }).ok()
}

/// The decimal that a spelling is, as a count of 10⁻¹⁸.
fn decimal_text(raw: &str) -> Option<i128> {
    match short_int(raw) {
        Some(n) if !has_leading_zero(raw) => i128::from(n).checked_mul(SCALE),
        _ => Decimal::parse(raw).map(Decimal::raw),
    }
}

/// `007`: no number of JSON, so no decimal in a text either.
fn has_leading_zero(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    digits.len() > 1 && digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Doc;

    fn with<T>(text: &str, f: impl FnOnce(Json<'_>) -> T) -> T {
        f(Doc::of(text).unwrap().root())
    }

    #[test]
    fn integers_are_exact_or_nothing() {
        for (text, n) in [
            ("0", 0),
            ("-0", 0),
            ("-7", -7),
            ("3.0", 3),
            ("1.5e1", 15),
            ("30e-1", 3),
            ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("9.223372036854775807e18", i64::MAX),
        ] {
            assert_eq!(with(text, int), Some(n), "{text}");
        }
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "1.5",
            "1e-1",
            "1e19",
            "1e300",
            "\"1\"",
            "true",
            "null",
            "[]",
        ] {
            assert_eq!(with(text, int), None, "{text}");
        }
    }

    #[test]
    fn decimals_and_money_are_exact_or_nothing() {
        for (text, raw) in [
            ("5", 5 * SCALE),
            ("\"5\"", 5 * SCALE),
            ("-0.5", -SCALE / 2),
            ("\"-0.50\"", -SCALE / 2),
            ("1e-18", 1),
            ("0.000000000000000001", 1),
        ] {
            assert_eq!(with(text, decimal), Some(raw), "{text}");
        }
        for text in [
            "1e-19",
            "1e30",
            "\"1e3\"",
            "\"\"",
            "\"-\"",
            "\" 1\"",
            "\"1 \"",
            "\"007\"",
            "\".5\"",
            "\"1.\"",
            "\"1.2.3\"",
            "\"+1\"",
            "\"٣\"",
            "true",
        ] {
            assert_eq!(with(text, decimal), None, "{text}");
        }
        assert_eq!(with("\"0.004 USD\"", |v| money(v, "USD")), Some(SCALE / 250));
        assert_eq!(with("\"12\"", |v| money(v, "USD")), Some(12 * SCALE));
        assert_eq!(with("12.5", |v| money(v, "USD")), Some(25 * SCALE / 2));
        for text in ["\"5 EUR\"", "\"5USD\"", "\"5  USD\"", "\"USD\"", "\" USD\"", "\"USD 5\"", "\"5 usd\"", "null"] {
            assert_eq!(with(text, |v| money(v, "USD")), None, "{text}");
        }
    }

    #[test]
    fn durations_are_exact_or_nothing() {
        for (text, n) in [
            ("\"5min\"", 300_000_000_000),
            ("\"90s\"", 90_000_000_000),
            ("\"90 s\"", 90_000_000_000),
            ("\"1.5h\"", 5_400_000_000_000),
            ("\"-1 day\"", -86_400_000_000_000),
            ("\"250ms\"", 250_000_000),
            ("0.25", 250_000_000),
            ("1e3", 1_000_000_000_000),
            ("9223372036", 9_223_372_036_000_000_000),
        ] {
            assert_eq!(with(text, duration), Some(n), "{text}");
        }
        for text in [
            "\"5\"",
            "\"min\"",
            "\"5 parsecs\"",
            "\"5  s\"",
            "\"0.0000000001s\"",
            "1e300",
            "9223372037",
            "\"1e3s\"",
            "\"\"",
            "null",
        ] {
            assert_eq!(with(text, duration), None, "{text}");
        }
    }
}
