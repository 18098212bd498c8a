//! Constants as they are spelled on the wire.
//!
//! Defaults, obligations, suggested calls and the events of tests are JSON texts that the runtime reads like any
//! other; so a number is written with all its digits and money, durations and times as the texts that the wire knows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::hir::Value;

/// A value as a JSON text.
pub(super) fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// A value as a sentence shows it: a text without its quotes.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Text(t) | Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) | Value::Regex(t) => {
            t.clone()
        }
        Value::Money(d, currency) => format!("{d} {currency}"),
        Value::Risk(risk) => risk.name().to_owned(),
        Value::Duration(ns) => duration(*ns),
        Value::Time(ns) => time(*ns),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Decimal(_) | Value::List(_) | Value::Record(_) => {
            self::value(value)
        }
    }
}

/// Named values as a JSON object.
pub(super) fn object(entries: &BTreeMap<String, Value>) -> String {
    let mut out = String::new();
    write_object(&mut out, entries);
    out
}

/// A text as a JSON string.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) => out.push_str(&n.to_string()),
        Value::Decimal(d) => out.push_str(&d.to_string()),
        Value::Money(d, currency) => write_text(out, &format!("{d} {currency}")),
        Value::Duration(ns) => write_text(out, &duration(*ns)),
        Value::Time(ns) => write_text(out, &time(*ns)),
        Value::Risk(risk) => write_text(out, risk.name()),
        Value::Text(t) | Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) | Value::Regex(t) => {
            write_text(out, t)
        }
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Record(entries) => write_object(out, entries),
    }
}

fn write_object(out: &mut String, entries: &BTreeMap<String, Value>) {
    out.push('{');
    for (i, (key, item)) in entries.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write_value(out, item);
    }
    out.push('}');
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Nanoseconds as seconds, exactly: `90s`, `0.25s`.
pub(super) fn duration(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let (seconds, rest) = (ns.unsigned_abs() / 1_000_000_000, ns.unsigned_abs() % 1_000_000_000);
    format!("{sign}{seconds}{}s", fraction(rest))
}

/// Nanoseconds since 1970 as RFC 3339 in UTC.
pub(super) fn time(ns: i64) -> String {
    let seconds = ns.div_euclid(1_000_000_000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let clock = seconds.rem_euclid(86_400);
    let rest = fraction(ns.rem_euclid(1_000_000_000).unsigned_abs());
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{rest}Z")
}

fn fraction(ns: u64) -> String {
    if ns == 0 {
        return String::new();
    }
    format!(".{}", format!("{ns:09}").trim_end_matches('0'))
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar. The year is taken to begin in March, so that
/// the leap day is the last of its year, and the 400 years after which the calendar repeats are 146,097 days.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468; // days from 0000-03-01
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::Decimal;

    #[test]
    fn values_are_spelled_as_the_wire_reads_them() {
        let d = |t: &str| Decimal::parse(t).unwrap();
        for (given, expected) in [
            (Value::Money(d("5.50"), "USD".into()), r#""5.5 USD""#),
            (Value::Decimal(d("-0.000000000000000001")), "-0.000000000000000001"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Duration(90_000_000_000), r#""90s""#),
            (Value::Duration(1), r#""0.000000001s""#),
            (Value::Time(1_767_225_600_000_000_000), r#""2026-01-01T00:00:00Z""#),
            (Value::Time(-1), r#""1969-12-31T23:59:59.999999999Z""#),
            (Value::Time(1_709_164_800_500_000_000), r#""2024-02-29T00:00:00.5Z""#),
            (Value::Text("a\"\\\n\u{1}é".into()), "\"a\\\"\\\\\\n\\u0001é\""),
            (Value::List(vec![Value::Null, Value::Bool(true)]), "[null,true]"),
            (Value::Record([("k".to_owned(), Value::Int(1))].into()), r#"{"k":1}"#),
        ] {
            assert_eq!(value(&given), expected);
        }
    }
}
