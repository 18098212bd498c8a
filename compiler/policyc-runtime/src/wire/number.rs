//! Numbers as JSON spells them: their grammar, and their exact value without a size.

/// The exact value of a number, as its significant digits and the power of ten of the last one.
///
/// Two spellings of one value are equal; nothing is rounded and nothing overflows. The spelling must be JSON's.
#[derive(Clone, Copy, Debug)]
pub struct Digits<'d> {
    negative: bool,
    /// Digits before the point, then those behind it: without zeros at either end.
    parts: [&'d [u8]; 2],
    exponent: i64,
}

impl<'d> Digits<'d> {
    /// The value of a number that is spelled as JSON spells it.
    pub fn of(raw: &'d str) -> Self {
        let (mantissa, exponent) = match raw.find(['e', 'E']) {
            Some(at) => {
                let (mantissa, rest) = raw.split_at(at);
                (mantissa, parse_exponent(rest.get(1..).unwrap_or("")))
            }
            None => (raw, 0),
        };
        let (negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let behind = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        if fraction.is_empty() {
            let short = whole.trim_end_matches('0');
            if short.is_empty() {
                return Self { negative: false, parts: [b"", b""], exponent: 0 };
            }
            let zeros = i64::try_from(whole.len().saturating_sub(short.len())).unwrap_or(i64::MAX);
            return Self { negative, parts: [short.as_bytes(), b""], exponent: exponent.saturating_add(zeros) };
        }
        let fraction = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        Self { negative, parts: [whole.as_bytes(), fraction.as_bytes()], exponent: exponent.saturating_sub(behind) }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.count() == 0
    }

    /// Below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Its significant digits, as ASCII.
    pub fn digits(&self) -> impl Iterator<Item = u8> + 'd {
        let [whole, fraction] = self.parts;
        whole.iter().chain(fraction).copied()
    }

    /// How many significant digits it has; none for zero.
    pub fn count(&self) -> usize {
        let [whole, fraction] = self.parts;
        whole.len().saturating_add(fraction.len())
    }

    /// The power of ten of the last significant digit.
    pub fn exponent(&self) -> i64 {
        self.exponent
    }

    /// Whether every reader holds it: its first digit stands no further than 308 places from the point.
    pub(super) fn is_held_by_every_reader(&self) -> bool {
        let count = i64::try_from(self.count()).unwrap_or(i64::MAX);
        let first = self.exponent.saturating_add(count).saturating_sub(1);
        self.is_zero() || (-308..=308).contains(&first)
    }
}

impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative
            && self.exponent == other.exponent
            && self.count() == other.count()
            && self.digits().eq(other.digits())
    }
}

impl Eq for Digits<'_> {}

/// The exponent; one too long to hold is as far out as can be.
fn parse_exponent(text: &str) -> i64 {
    let far = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.strip_prefix('+').unwrap_or(text).parse().unwrap_or(far)
}

/// How many bytes a number takes at the start of `bytes`, and whether it has an exponent; `None` if there is none.
pub(super) fn scan(bytes: &[u8]) -> Option<(usize, bool)> {
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at = at.saturating_add(whole);
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at.saturating_add(1));
        if fraction == 0 {
            return None;
        }
        at = at.saturating_add(fraction).saturating_add(1);
    }
    let mut scientific = false;
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        scientific = true;
        at = at.saturating_add(1);
        at = at.saturating_add(usize::from(matches!(bytes.get(at), Some(b'+' | b'-'))));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at = at.saturating_add(exponent);
    }
    Some((at, scientific))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_form() {
        for group in [
            &["0", "-0", "0.0", "0e9", "-0.000E-3"][..],
            &["100", "1e2", "100.0", "1.00E+2", "10e1", "0.1e3"],
            &["-12.5", "-1.25e1", "-125e-1", "-0.0125e3"],
            &["0.001", "1e-3", "0.0010"],
        ] {
            for a in group {
                for b in group {
                    assert_eq!(Digits::of(a), Digits::of(b), "{a} {b}");
                }
            }
        }
        for (a, b) in
            [("1", "-1"), ("1", "10"), ("1.01", "1.1"), ("100", "1"), ("12345678901234567890", "12345678901234567891")]
        {
            assert_ne!(Digits::of(a), Digits::of(b), "{a} {b}");
        }
    }

    #[test]
    fn numbers_end_where_json_says() {
        for (text, len) in [("0,", 1), ("-0", 2), ("12.50]", 5), ("1e3 ", 3), ("1.5E-2}", 6), ("0e+1", 4)] {
            assert_eq!(scan(text.as_bytes()).map(|(n, _)| n), Some(len), "{text}");
        }
        for text in ["", "-", "01", "-01", ".5", "5.", "1.e1", "1e", "1e+", "+1", "NaN", "-Infinity"] {
            assert_eq!(scan(text.as_bytes()), None, "{text}");
        }
    }
}
