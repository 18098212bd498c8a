//! Exact numbers, the slow way.
//!
//! A number is read digit by digit as people do it, and multiplied as at school. Results are the raw counts of the
//! typed tree: 10⁻¹⁸ for decimals. Whatever does not fit or is not exact is `None`.

/// Digits behind the point of a decimal.
const PLACES: usize = 18;

/// A number as JSON spells it, as a count of 10⁻¹⁸; `None` if it is none, does not fit, or has more places.
pub fn decimal(text: &str) -> Option<i128> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |r| (-1, r));
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.strip_prefix('+').unwrap_or(e).parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let valid = |t: &str| t.chars().all(|c| c.is_ascii_digit());
    let dangling = mantissa.ends_with('.') || rest.ends_with(['e', 'E', '+', '-']);
    if whole.is_empty() || !valid(whole) || !valid(fraction) || dangling || (whole.len() > 1 && whole.starts_with('0'))
    {
        return None;
    }
    // All digits in a row, and how many of them stand behind the point.
    let digits: String = format!("{whole}{fraction}");
    if digits.chars().all(|c| c == '0') {
        return Some(0);
    }
    let behind = i64::try_from(fraction.len()).ok()? - exponent;
    let missing = i64::try_from(PLACES).ok()? - behind;
    let mut row = digits;
    if missing >= 0 {
        if missing > 100 {
            return None;
        }
        row.push_str(&"0".repeat(usize::try_from(missing).ok()?));
    } else {
        for _ in 0..missing.unsigned_abs() {
            if !row.is_empty() && row.pop() != Some('0') {
                return None;
            }
        }
    }
    let row = row.trim_start_matches('0');
    if row.is_empty() {
        return Some(0);
    }
    format!("{}{row}", if sign < 0 { "-" } else { "" }).parse::<i128>().ok()
}

/// A whole number of 64 bits, however it is spelled.
pub fn int(text: &str) -> Option<i64> {
    let raw = decimal(text)?;
    let one = 10_i128.pow(18);
    if raw % one == 0 { i64::try_from(raw / one).ok() } else { None }
}

/// A text of plain digits: an optional sign, digits, optionally a point and digits.
pub fn plain(text: &str) -> Option<i128> {
    if text.contains(['e', 'E']) { None } else { decimal(text) }
}

/// The product of two counts of 10⁻¹⁸ as such a count, if it is exact and fits.
pub fn multiply(a: i128, b: i128) -> Option<i128> {
    let sign = if (a < 0) == (b < 0) { "" } else { "-" };
    let product = long_multiply(&a.unsigned_abs().to_string(), &b.unsigned_abs().to_string());
    let zeros = product.len().checked_sub(PLACES);
    let (kept, dropped) = match zeros {
        Some(at) => product.split_at(at),
        None => ("0", product.as_str()),
    };
    if dropped.chars().any(|c| c != '0') {
        return None;
    }
    format!("{sign}{}", if kept.is_empty() { "0" } else { kept }).parse::<i128>().ok()
}

/// Two rows of digits multiplied.
fn long_multiply(a: &str, b: &str) -> String {
    let digits = |t: &str| -> Vec<u32> { t.chars().rev().filter_map(|c| c.to_digit(10)).collect() };
    let (a, b) = (digits(a), digits(b));
    let mut columns = vec![0_u32; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            if let Some(column) = columns.get_mut(i + j) {
                *column += x * y;
            }
        }
    }
    let mut carry = 0;
    let mut out = String::new();
    for column in columns {
        let sum = column + carry;
        out.insert(0, char::from_digit(sum % 10, 10).unwrap_or('0'));
        carry = sum / 10;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_multiplies_as_at_school() {
        assert_eq!(decimal("-12.50"), Some(-12_500_000_000_000_000_000));
        assert_eq!(decimal("1e-18"), Some(1));
        assert_eq!(decimal("1e-19"), None);
        assert_eq!(decimal("10e-19"), Some(1));
        assert_eq!(decimal("1e40"), None);
        assert_eq!(int("1e3"), Some(1000));
        assert_eq!(int("1.0"), Some(1));
        assert_eq!(int("9223372036854775808"), None);
        let one = 10_i128.pow(18);
        assert_eq!(multiply(3 * one, 5 * one), Some(15 * one));
        assert_eq!(multiply(-one / 2, one / 5), Some(-one / 10));
        assert_eq!(multiply(1, one / 10), None);
    }
}
