//! Exact decimals.
//!
//! A decimal is a signed 128-bit count of 10⁻¹⁸; there is no float anywhere. What does not fit, or would have to be
//! rounded, is no decimal: every operation says so instead of guessing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Digits behind the point.
pub const SCALE_DIGITS: u32 = 18;
/// One, as a count of 10⁻¹⁸.
pub const SCALE: i128 = 1_000_000_000_000_000_000;

/// An exact decimal with up to 18 digits behind the point, below about 1.7 × 10²⁰ in size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Decimal(i128);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From a count of 10⁻¹⁸.
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }

    /// As a count of 10⁻¹⁸.
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// An integer; every `i64` fits.
    pub fn from_int(n: i64) -> Self {
        Self(i128::from(n).saturating_mul(SCALE))
    }

    /// The integer that this is, if it is one and fits.
    pub fn to_int(self) -> Option<i64> {
        if self.0.checked_rem(SCALE) == Some(0) { i64::try_from(self.0.checked_div(SCALE)?).ok() } else { None }
    }

    /// Reads a number as JSON spells it (`-12.50`, `1e3`), exactly; `None` if it is no number, needs more than 18
    /// digits behind the point, or does not fit.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => {
                let (m, e) = text.split_at(at);
                let digits = e.get(1..)?;
                let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
                if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                (m, digits.parse::<i64>().ok()?)
            }
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let fraction = match fraction {
            Some("") => return None,
            Some(f) => f,
            None => "",
        };
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero {
            return None;
        }
        let mut value: i128 = 0;
        let mut digits = 0_i64; // behind the point, once trailing zeros are dropped
        let fraction = fraction.trim_end_matches('0');
        for b in whole.bytes().chain(fraction.bytes()) {
            if !b.is_ascii_digit() {
                return None;
            }
            value = value.checked_mul(10)?.checked_add(i128::from(b.wrapping_sub(b'0')))?;
        }
        digits = digits.checked_add(i64::try_from(fraction.len()).ok()?)?;
        // value × 10^(exponent − digits) is the number; as a count of 10⁻¹⁸ that is value × 10^shift.
        let shift = exponent.checked_sub(digits)?.checked_add(i64::from(SCALE_DIGITS))?;
        let raw = if value == 0 {
            0
        } else if shift >= 0 {
            value.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
        } else {
            let divisor = 10_i128.checked_pow(u32::try_from(shift.checked_neg()?).ok()?)?;
            if value.checked_rem(divisor)? != 0 {
                return None;
            }
            value.checked_div(divisor)?
        };
        Some(Self(if negative { raw.checked_neg()? } else { raw }))
    }

    /// The sum, if it fits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, if it fits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, if it is exact and fits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // Powers of ten move out of both factors first, so that an exact product is found whenever it fits.
        let (mut a, mut b, mut zeros) = (self.0, other.0, 0_u32);
        if a == 0 || b == 0 {
            return Some(Self::ZERO);
        }
        for n in [&mut a, &mut b] {
            while n.checked_rem(10) == Some(0) {
                *n = n.checked_div(10)?;
                zeros = zeros.checked_add(1)?;
            }
        }
        let product = a.checked_mul(b)?;
        if zeros >= SCALE_DIGITS {
            return product.checked_mul(10_i128.checked_pow(zeros.checked_sub(SCALE_DIGITS)?)?).map(Self);
        }
        let divisor = 10_i128.checked_pow(SCALE_DIGITS.checked_sub(zeros)?)?;
        if product.checked_rem(divisor)? == 0 { product.checked_div(divisor).map(Self) } else { None }
    }

    /// The negated number, if it fits.
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let (whole, fraction) = (magnitude.checked_div(scale), magnitude.checked_rem(scale));
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", whole.unwrap_or(0))?;
        let digits = format!("{:018}", fraction.unwrap_or(0));
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { Ok(()) } else { write!(f, ".{digits}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_exactly_or_not_at_all() {
        for (text, shown) in [
            ("0", "0"),
            ("-0", "0"),
            ("12.50", "12.5"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            ("100000000000000000000", "100000000000000000000"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("0e999999", "0"),
        ] {
            assert_eq!(Decimal::parse(text).map(|d| d.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "-",
            "01",
            ".5",
            "5.",
            "1e",
            "1e+",
            "0x1",
            "1_000",
            "NaN",
            "1e40",
            "1e-19",
            "1e99999999999999999999",
            " 1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn multiplies_exactly_or_not_at_all() {
        let d = |t: &str| Decimal::parse(t).unwrap();
        assert_eq!(d("1.5").checked_mul(d("0.2")), Some(d("0.3")));
        assert_eq!(d("10000000000").checked_mul(d("1000000000")), Some(d("10000000000000000000")));
        assert_eq!(d("0.000000000000000001").checked_mul(d("0.1")), None);
        assert_eq!(d("100000000000000000000").checked_mul(d("10")), None);
    }
}
