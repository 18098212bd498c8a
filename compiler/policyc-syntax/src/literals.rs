//! What literals mean: escapes, units, currencies, addresses.
//!
//! These are pure functions over the text of a literal. A literal that the grammar lets through and that means
//! nothing is answered with `None` or a place, and the caller says it to the writer.

use std::net::IpAddr;

/// The one spelling of a unit of time, if the word is one.
///
/// `ms s min h day week` are the units; plurals and usual abbreviations are read as what they stand for, and the
/// formatter writes them out in the one spelling.
pub fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "ms" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "min",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "day",
        "w" | "wk" | "week" | "weeks" => "week",
        _ => return None,
    })
}

/// True for three capital letters.
pub fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// True for an IPv4 or IPv6 address, with or without a prefix length that fits.
pub fn is_network(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|p| p.len() <= 3 && p.parse::<u32>().is_ok_and(|p| p <= most))
}

/// What is between the quotes of a token.
pub fn inside(token: &str) -> &str {
    token.get(1..token.len().saturating_sub(1)).unwrap_or("")
}

/// What stands between quotes, escapes resolved; or the byte range, in it, of an escape that means nothing.
pub fn unescape(inner: &str) -> Result<String, (usize, usize)> {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { return Err((at, at + 1)) };
        let bad = (at, at + 1 + escaped.len_utf8());
        match escaped {
            '"' | '\\' => out.push(escaped),
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'u' => {
                let rest = chars.as_str();
                let digits = rest.strip_prefix('{').and_then(|r| r.split_once('}')).map(|(d, _)| d).ok_or(bad)?;
                let whole = (at, at + 2 + digits.len() + 2);
                let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 6).ok_or(whole)?;
                out.push(char::from_u32(value).ok_or(whole)?);
                chars = skip(chars, digits.chars().count() + 2);
            }
            _ => return Err(bad),
        }
    }
    Ok(out)
}

fn skip(mut chars: std::str::CharIndices<'_>, count: usize) -> std::str::CharIndices<'_> {
    for _ in 0..count {
        chars.next();
    }
    chars
}

/// The token of a text in single quotes as a text in double quotes.
pub fn requote(token: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = inside(token).chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('\'')) => {}
            ('\\', Some(next)) => {
                out.extend([c, next]);
                chars.next();
            }
            ('"', _) => out.push_str("\\\""),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#"a\n\"\u{e9}\\"#), Ok("a\n\"é\\".to_owned()));
        assert_eq!(unescape(r"a\d"), Err((1, 3)));
        assert_eq!(unescape(r"\u{110000}x"), Err((0, 10)));
        assert_eq!(unescape(r"\u12"), Err((0, 2)));
    }

    #[test]
    fn single_quotes_become_double_ones() {
        assert_eq!(requote(r#"'a "b" \'c\' \n'"#), r#""a \"b\" 'c' \n""#);
    }

    #[test]
    fn networks() {
        for good in ["10.0.0.0/8", "::1", "fe80::/10", "1.2.3.4", "::ffff:1.2.3.4/128"] {
            assert!(is_network(good), "{good}");
        }
        for bad in ["10.0.0.256", "10.0.0.0/33", "::/129", "01.2.3.4", "1.2.3.4/"] {
            assert!(!is_network(bad), "{bad}");
        }
    }
}
