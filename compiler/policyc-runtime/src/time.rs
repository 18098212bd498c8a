//! Time on the wire: RFC 3339 to nanoseconds since 1970 and back, and the calendar, in UTC.
//!
//! Integers only. There is no clock here: time is a field of an event. Leap seconds, and what does not fit 64 bits
//! of nanoseconds (before 1677, after 2262), are refused.

use crate::policy::CalendarUnit;

const NANOS: i64 = 1_000_000_000;
const DAY_SECS: i64 = 86_400;

/// Reads `2026-11-20T10:00:01Z`, `2026-11-20T10:00:01.25+01:00`: with an offset, up to nine digits behind the
/// point, no space.
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let fixed = bytes.first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T' | b't', h1, h2, b':', mi1, mi2, b':', s1, s2] = *fixed
    else {
        return None;
    };
    let year = two(y1, y2)?.checked_mul(100)?.checked_add(two(y3, y4)?)?;
    let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, zone) = fraction(bytes.get(19..)?)?;
    let offset = match *zone {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let secs = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
            if sign == b'-' { secs.checked_neg()? } else { secs }
        }
        _ => return None,
    };
    let clock = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    let secs = days_from_civil(year, month, day)?.checked_mul(DAY_SECS)?.checked_add(clock)?.checked_sub(offset)?;
    // In 128 bits: the first second that fits does so only with its nanoseconds.
    let total = i128::from(secs).checked_mul(i128::from(NANOS))?.checked_add(i128::from(nanos))?;
    i64::try_from(total).ok()
}

/// As RFC 3339 in UTC, with as many digits behind the point as are needed.
pub fn format(nanos: i64) -> String {
    let (secs, below) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    let (days, clock) = (secs.div_euclid(DAY_SECS), secs.rem_euclid(DAY_SECS));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (clock.div_euclid(3600), clock.div_euclid(60).rem_euclid(60), clock.rem_euclid(60));
    let mut out = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if below != 0 {
        let digits = format!("{below:09}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
    out.push('Z');
    out
}

/// Which period of the calendar a time is in: consecutive numbers.
pub fn period(unit: CalendarUnit, nanos: i64) -> i64 {
    let secs = nanos.div_euclid(NANOS);
    let days = secs.div_euclid(DAY_SECS);
    match unit {
        CalendarUnit::Hour => secs.div_euclid(3600),
        CalendarUnit::Day => days,
        // 1970 began on a Thursday.
        CalendarUnit::Week => days.saturating_add(3).div_euclid(7),
        CalendarUnit::Month => {
            let (year, month, _) = civil_from_days(days);
            year.saturating_mul(12).saturating_add(month).saturating_sub(1)
        }
    }
}

/// Two decimal digits.
fn two(a: u8, b: u8) -> Option<i64> {
    let digit = |b: u8| char::from(b).to_digit(10).map(i64::from);
    digit(a)?.checked_mul(10)?.checked_add(digit(b)?)
}

/// The nanoseconds of a fraction, if there is one, and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', after)) = rest.split_first() else { return Some((0, rest)) };
    let count = after.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (digits, zone) = after.split_at_checked(count)?;
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanos = padded.fold(0_i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b.wrapping_sub(b'0'))));
    Some((nanos, zone))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of a date of the Gregorian calendar. Years begin in March here, so that February's end is theirs.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = month.checked_add(9)?.rem_euclid(12);
    let of_year = month.checked_mul(153)?.checked_add(2)?.div_euclid(5).checked_add(day)?.checked_sub(1)?;
    let leaps = of_era.div_euclid(4).checked_sub(of_era.div_euclid(100))?;
    let days = of_era.checked_mul(365)?.checked_add(leaps)?.checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(days)?.checked_sub(719_468)
}

/// The date of a number of days since 1970: year, month, day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let short =
        of_era.div_euclid(1_460).saturating_sub(of_era.div_euclid(36_524)).saturating_add(of_era.div_euclid(146_096));
    let year = of_era.saturating_sub(short).div_euclid(365);
    let before = year.saturating_mul(365).saturating_add(year.div_euclid(4)).saturating_sub(year.div_euclid(100));
    let of_year = of_era.saturating_sub(before);
    let month = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year.saturating_sub(month.saturating_mul(153).saturating_add(2).div_euclid(5)).saturating_add(1);
    let month = if month < 10 { month.saturating_add(3) } else { month.saturating_sub(9) };
    let year = year.saturating_add(era.saturating_mul(400)).saturating_add(i64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rfc_3339_and_nothing_else() {
        for (text, nanos) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.5Z", -500_000_000),
            ("2026-11-20T10:00:01Z", 1_795_168_801 * NANOS),
            ("2026-11-20t10:00:01z", 1_795_168_801 * NANOS),
            ("2026-11-20T11:00:01.250+01:00", 1_795_168_801 * NANOS + 250_000_000),
            ("2000-02-29T00:00:00-00:30", 951_784_200 * NANOS),
            ("1677-09-21T00:12:43.145224192Z", i64::MIN),
            ("2262-04-11T23:47:16.854775807Z", i64::MAX),
        ] {
            assert_eq!(parse(text), Some(nanos), "{text}");
        }
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T10:00:01",
            "2026-11-20 10:00:01Z",
            "2026-11-20T10:00Z",
            "2026-11-20T10:00:60Z",
            "2016-12-31T23:59:60Z",
            "2026-11-20T24:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-11-20T10:00:01.Z",
            "2026-11-20T10:00:01.1234567890Z",
            "2026-11-20T10:00:01+0100",
            "2026-11-20T10:00:01+24:00",
            "2026-11-20T10:00:01Z ",
            "+026-11-20T10:00:01Z",
            "２026-11-20T10:00:01Z",
            "1677-09-21T00:12:43.145224191Z",
            "2262-04-11T23:47:16.854775808Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn formats_what_it_reads() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-20T10:00:01.25Z",
            "1969-12-31T23:59:59.999999999Z",
            "2000-02-29T12:00:00Z",
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(text));
        }
        for day in -100_000..100_000 {
            let (year, month, d) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, d), Some(day));
            assert!((1..=12).contains(&month) && d >= 1 && d <= days_in_month(year, month));
        }
    }

    #[test]
    fn periods_begin_where_people_expect() {
        let p = |unit, text| period(unit, parse(text).unwrap());
        let next = |unit, before, after| assert_eq!(p(unit, before) + 1, p(unit, after), "{before} {after}");
        next(CalendarUnit::Hour, "2026-11-20T10:59:59.999Z", "2026-11-20T11:00:00Z");
        next(CalendarUnit::Day, "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z");
        next(CalendarUnit::Week, "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z");
        next(CalendarUnit::Month, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
        next(CalendarUnit::Week, "1969-12-28T23:59:59Z", "1969-12-29T00:00:00Z");
        assert_eq!(p(CalendarUnit::Week, "2026-11-16T00:00:00Z"), p(CalendarUnit::Week, "2026-11-22T23:59:59Z"));
    }
}
