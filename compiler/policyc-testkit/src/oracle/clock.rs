//! Times and durations on the wire, and the calendar.
//!
//! Nanoseconds since 1970 in 64 bits, counted day by day; no clock is read.

use super::number;

/// Nanoseconds of a second.
pub const SECOND: i128 = 1_000_000_000;
/// Nanoseconds of a day.
pub const DAY: i128 = 86_400 * SECOND;

/// RFC 3339 with an offset or `Z`.
pub fn time(text: &str) -> Option<i64> {
    let field = |from: usize, to: usize| -> Option<i128> {
        let part = text.get(from..to)?;
        if part.chars().all(|c| c.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    let sign = |at: usize| text.get(at..=at);
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    let separators = [sign(4)?, sign(7)?, sign(13)?, sign(16)?];
    let joined = matches!(sign(10)?, "T" | "t" | " ");
    if separators != ["-", "-", ":", ":"] || !joined || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > days_of(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut nanos = 0;
    if let Some(behind) = rest.strip_prefix('.') {
        let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        nanos = format!("{digits:0<9}").parse::<i128>().ok()?;
        rest = behind.get(digits.len()..)?;
    }
    let offset = if matches!(rest, "Z" | "z") {
        0
    } else {
        let at = text.len().checked_sub(6)?;
        if rest.len() != 6 || sign(at + 3)? != ":" {
            return None;
        }
        let (hours, minutes) = (field(at + 1, at + 3)?, field(at + 4, at + 6)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        match sign(at)? {
            "+" => hours * 60 + minutes,
            "-" => -(hours * 60 + minutes),
            _ => return None,
        }
    };
    let seconds = days_before(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    i64::try_from(seconds * SECOND + nanos).ok()
}

/// `5min`, `90s`, `1.5h`; digits and a unit.
pub fn duration(text: &str) -> Option<i64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (amount, unit) = text.split_at_checked(at)?;
    let unit: i128 = match unit.trim() {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "min" | "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" | "day" | "days" => DAY,
        "week" | "weeks" => 7 * DAY,
        _ => return None,
    };
    in_nanos(number::plain(amount.trim())?, unit)
}

/// A number of seconds.
pub fn seconds(number: &str) -> Option<i64> {
    in_nanos(number::decimal(number)?, SECOND)
}

fn in_nanos(amount: i128, unit: i128) -> Option<i64> {
    let product = amount.checked_mul(unit)?;
    let one = 10_i128.pow(18);
    if product % one == 0 { i64::try_from(product / one).ok() } else { None }
}

/// When the calendar's hour, day, week or month of this moment began.
pub fn period(at: i64, unit: policyc_compile::hir::CalendarUnit) -> i128 {
    use policyc_compile::hir::CalendarUnit;
    let at = i128::from(at);
    let day = at.div_euclid(DAY);
    match unit {
        CalendarUnit::Hour => at.div_euclid(3600 * SECOND) * 3600 * SECOND,
        CalendarUnit::Day => day * DAY,
        // 1970-01-01 was a Thursday: the Monday before it was three days earlier.
        CalendarUnit::Week => ((day + 3).div_euclid(7) * 7 - 3) * DAY,
        CalendarUnit::Month => {
            let mut first = 0;
            let (mut year, mut month) = (1970, 1);
            while first > day {
                (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
                first -= days_of(year, month);
            }
            while first + days_of(year, month) <= day {
                first += days_of(year, month);
                (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            }
            first * DAY
        }
    }
}

fn leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i128, month: i128) -> i128 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i128::from(leap(year)),
        _ => 31,
    }
}

/// Days from 1970-01-01 to this date.
fn days_before(year: i128, month: i128, day: i128) -> i128 {
    let of_year = |y: i128| 365 + i128::from(leap(y));
    let years: i128 = (1970..year).map(of_year).sum::<i128>() - (year..1970).map(of_year).sum::<i128>();
    years + (1..month).map(|m| days_of(year, m)).sum::<i128>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use policyc_compile::hir::CalendarUnit;

    #[test]
    fn counts_days() {
        let at = |t: &str| time(t).map(|n| i128::from(n) / SECOND);
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(at("2026-01-01T00:00:00Z"), Some(1_767_225_600));
        assert_eq!(at("2026-01-01T01:00:00+01:00"), Some(1_767_225_600));
        assert_eq!(at("1969-12-31T23:59:59Z"), Some(-1));
        assert_eq!(at("2024-02-30T00:00:00Z"), None);
        assert_eq!(duration("1.5h"), Some(5_400_000_000_000));
        let march = time("2026-03-17T12:00:00Z").unwrap();
        let began = |unit| i64::try_from(period(march, unit)).unwrap();
        assert_eq!(Some(began(CalendarUnit::Month)), time("2026-03-01T00:00:00Z"));
        assert_eq!(Some(began(CalendarUnit::Week)), time("2026-03-16T00:00:00Z"));
    }
}
