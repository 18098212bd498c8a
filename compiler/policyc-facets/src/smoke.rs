//! Random and mutated texts: nothing panics, and what is read reads the same from its own form.

use crate::{Network, PathText, Unknown, cidr, email, host, ip, path, url};

const SEEDS: &[&str] = &[
    "https://user:pw@shop.example.org:8443/a/b%20c?q=1&r[]=2#frag",
    "http://[2001:db8::1]:80/",
    "http://192.168.7.9/..;/x",
    "file:///srv/site/x.txt",
    "mailto:ann@example.org?subject=x",
    "postgres://db_1:5433/main",
    "ann.lee+tag@example.org",
    "ann@[IPv6:2001:db8::1]",
    "10.20.0.0/16",
    "::ffff:10.0.0.1",
    "fd00:12::/32",
    "xn--bcher-kva.example",
    "BÜCHER.例え.jp",
    "/srv/site/../x/./y.tar.gz",
    "../../a b/.env.example",
    "/proc/self/root/x",
];

const PIECES: &[&str] = &[
    "%",
    "%2e",
    "%2F",
    "%00",
    "%41",
    "\\",
    "/",
    "//",
    "..",
    ".",
    "@",
    ":",
    "[",
    "]",
    "#",
    "?",
    "~",
    "$",
    "{",
    "0x7f",
    "0177",
    "xn--",
    "-",
    "_",
    " ",
    "\0",
    "\t",
    "\u{3002}",
    "\u{ff0e}",
    "\u{2460}",
    "ß",
    "ς",
    "İ",
    "ſ",
    "\u{200d}",
    "\u{301}",
    "\u{5d0}",
    "\u{661}",
    "😀",
    "::",
    "localhost",
    "nip.io",
    "é",
    "\u{e000}",
    "\u{10ffff}",
    "A",
    "9",
    "|",
    "'",
    "\"",
    "<",
    ";",
];

/// A linear congruential generator: the same texts every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap().checked_rem(bound).unwrap_or(0)
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        if self.below(4) == 0 {
            let bytes: Vec<u8> = (0..self.below(24)).map(|_| u8::try_from(self.below(256)).unwrap()).collect();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut chars: Vec<char> = self.pick(SEEDS).chars().collect();
        for _ in 0..self.below(4) {
            let at = self.below(chars.len().saturating_add(1));
            match self.below(3) {
                0 if at < chars.len() => {
                    chars.remove(at);
                }
                1 => {
                    let piece = self.pick(SEEDS).chars().skip(at).take(6).collect::<Vec<_>>();
                    chars.splice(at..at, piece);
                }
                _ => {
                    let piece = self.pick(PIECES).chars().collect::<Vec<_>>();
                    chars.splice(at..at, piece);
                }
            }
        }
        chars.into_iter().collect()
    }
}

/// Reads `text` with every reader, and what was read once more.
fn read_twice(text: &str, cwd: &PathText) -> usize {
    let mut read = 0_usize;
    let mut count = |known: bool| read = read.saturating_add(usize::from(known));
    let again = |kind: &str, same: bool| assert!(same, "{kind}: {text:?} does not read the same again");

    let first = host(text);
    count(first.is_ok());
    if let Ok(first) = &first {
        again("host", host(&first.to_string()).as_ref() == Ok(first));
        let shown = first.to_string();
        again("host text", shown.is_ascii() && shown == shown.to_ascii_lowercase() && !shown.ends_with('.'));
    }
    if let Ok(first) = ip(text) {
        count(true);
        again("ip", ip(&first.to_string()) == Ok(first) && host(text).ok().and_then(|h| h.address()) == Some(first));
        again("ip as network", cidr(text) == Ok(Network::from(first)));
    }
    if let Ok(first) = cidr(text) {
        count(true);
        again("cidr", cidr(&first.to_string()) == Ok(first) && first.contains(first.address()));
    }
    if let Ok(first) = email(text) {
        count(true);
        again("email", email(&first.to_string()) == Ok(first));
    }
    if let Ok(mut first) = url(text) {
        count(true);
        let shown = url(&first.to_string());
        first.has_credentials = false;
        again("url", shown == Ok(first));
    }
    for from in [None, Some(cwd)] {
        if let Ok(first) = path(text, from) {
            count(true);
            again("path", path(first.as_str(), None).as_ref() == Ok(&first));
            again("path within itself", first.within(&first) == Some(true));
        }
    }
    read
}

#[test]
fn random_texts_are_read_the_same_twice() {
    let cwd = path("/srv/site", None).unwrap();
    let mut random = Random(20_261_120);
    let mut read = 0_usize;
    for _ in 0..60_000 {
        read = read.saturating_add(read_twice(&random.text(), &cwd));
    }
    assert!(read > 10_000, "only {read} texts were read: the smoke tests little");
}

#[test]
fn hostile_sizes_end_in_an_answer() {
    let cwd = path("/srv/site", None).unwrap();
    for piece in
        ["a", "/", "../", "%41", "@", ":", "[", ".", "a.", "ü", "xn--", "\\", "\u{301}", "1", "0x", "~", "$", "😀."]
    {
        for prefix in ["", "https://", "https://a/", "a@", "::", "xn--"] {
            for times in [50, 500, 21_000] {
                read_twice(&format!("{prefix}{}", piece.repeat(times)), &cwd);
            }
        }
    }
    assert_eq!(host(&"x".repeat(1 << 20)), Err(Unknown("the text is longer than what is read")));
}
