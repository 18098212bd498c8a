//! URLs, as browsers, curl, Python and Go all read them, or not at all.
//!
//! The text is first held against a grammar that is narrower than any client's; what passes is read by the WHATWG
//! parser, and both must find the same scheme, user-info, host and port. The fragment is never sent and is dropped;
//! credentials are noticed and dropped. Nothing relative is read, and nothing is resolved.

use std::fmt;
use std::net::IpAddr;

use ::url::{Host as ParsedHost, Url as Parsed};

use crate::host::{Host, host};
use crate::{Unknown, cut, limits, plain};

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    /// Lower case, without the colon.
    pub scheme: String,
    /// Absent for `file:`, `mailto:`, `data:` and their like.
    pub host: Option<Host>,
    /// The port that is written, or the scheme's own.
    pub port: Option<u16>,
    /// Percent-encoded, without needless encoding (`%61` is `a`); begins with `/` where there is a host and any path.
    pub path: String,
    /// What stands behind the first `?`, without it.
    pub query: Option<String>,
    /// Whether there is user-info before the host, even an empty one.
    pub has_credentials: bool,
}

impl fmt::Display for Url {
    /// The URL without its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        match &self.host {
            Some(Host::Ip(IpAddr::V6(address))) => write!(f, "//[{address}]")?,
            Some(host) => write!(f, "//{host}")?,
            None if self.path.starts_with('/') => f.write_str("//")?,
            None => {}
        }
        if let Some(port) = self.port.filter(|&port| Some(port) != default_port(&self.scheme)) {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)?;
        self.query.iter().try_for_each(|query| write!(f, "?{query}"))
    }
}

/// Schemes whose URLs have no authority: what follows the colon is theirs.
const WITHOUT_AUTHORITY: &[&str] =
    &["about", "cid", "data", "javascript", "magnet", "mailto", "mid", "news", "sms", "tel", "urn", "xmpp"];

/// Schemes that the WHATWG parser repairs, so that a missing or superfluous slash does not stop it.
const SPECIAL: &[&str] = &["ftp", "http", "https", "ws", "wss"];

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        "ssh" | "sftp" => 22,
        "telnet" => 23,
        "smtp" => 25,
        "gopher" => 70,
        "imap" => 143,
        "ldap" => 389,
        "smtps" => 465,
        "ldaps" => 636,
        "imaps" => 993,
        "mysql" => 3306,
        "postgres" | "postgresql" => 5432,
        "amqps" => 5671,
        "amqp" => 5672,
        "redis" | "rediss" => 6379,
        "git" => 9418,
        "mongodb" => 27017,
        _ => return None,
    })
}

/// Reads an absolute URL.
pub fn url(text: &str) -> Result<Url, Unknown> {
    plain(text)?;
    let (scheme, rest) = text.split_once(':').ok_or(Unknown("the URL has no scheme, so that clients guess one"))?;
    let mut letters = scheme.bytes();
    if !letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        || !letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    {
        return Err(Unknown("the URL has no scheme, so that clients guess one"));
    }
    let scheme = scheme.to_ascii_lowercase();
    let (located, query_and_fragment) = cut(rest, &['?', '#']);
    if located.contains('\\') {
        return Err(Unknown("the URL contains a backslash, which some clients take for a slash"));
    }
    let read = match rest.strip_prefix("//") {
        None => opaque(text, scheme, rest),
        Some(after) => located_at(text, scheme, after, query_and_fragment),
    }?;
    // encoding makes a text longer; what was read must itself be readable
    if read.to_string().len() > limits::MAX_TEXT {
        return Err(Unknown("the text is longer than what is read"));
    }
    Ok(read)
}

/// `scheme:rest`, where nothing is contacted by name.
fn opaque(text: &str, scheme: String, rest: &str) -> Result<Url, Unknown> {
    if !WITHOUT_AUTHORITY.contains(&scheme.as_str()) {
        return Err(Unknown("the scheme is not followed by `//`; some clients take it for a host, others repair it"));
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Unknown("some clients take what follows the colon for a port"));
    }
    let (body, _) = cut(rest, &['?', '#']);
    if body.is_empty() || body.starts_with('/') || body.contains(char::is_whitespace) {
        return Err(Unknown("what follows the scheme is read differently by different clients"));
    }
    let parsed = parse(text)?;
    if parsed.has_host() || parsed.scheme() != scheme {
        return Err(DISAGREE);
    }
    let path = parsed.path().to_owned();
    let query = parsed.query().map(decode_needless);
    Ok(Url { scheme, host: None, port: None, path, query, has_credentials: false })
}

const DISAGREE: Unknown = Unknown("the URL is read differently by different clients");

fn parse(text: &str) -> Result<Parsed, Unknown> {
    Parsed::parse(text).map_err(|_| Unknown("the text is not a URL"))
}

/// `scheme://authority/path`.
fn located_at(text: &str, scheme: String, after: &str, query_and_fragment: &str) -> Result<Url, Unknown> {
    let (authority, tail) = cut(after, &['/', '?', '#']);
    if tail.starts_with(['?', '#']) && tail.contains(['@', '\\']) {
        return Err(Unknown("the host is followed by `?` or `#` and an `@`, on which clients differ"));
    }
    let (path, _) = cut(tail, &['?', '#']);
    let special = SPECIAL.contains(&scheme.as_str());
    if special && authority.is_empty() {
        return Err(Unknown("the URL has a slash too many, which some clients repair"));
    }
    if !special && authority.is_empty() && path.is_empty() {
        return Err(Unknown("the URL names neither a host nor a path"));
    }
    if scheme == "file" {
        check_file(authority, path)?;
    }
    check_path(path)?;
    let (user, place) = match authority.rsplit_once('@') {
        None => (None, authority),
        Some((user, place)) => (Some(user), place),
    };
    if let Some(user) = user {
        check_user(user)?;
    }
    if user.is_some() && place.is_empty() {
        return Err(Unknown("the URL has user-info but no host"));
    }
    let (found, written_port) = if place.is_empty() { (None, None) } else { host_and_port(place)? };
    let port = written_port.or_else(|| found.as_ref().and_then(|_| default_port(&scheme)));

    let parsed = parse(text)?;
    let same = parsed.scheme() == scheme
        && same_host(&parsed, found.as_ref())
        && parsed.port().or_else(|| found.as_ref().and_then(|_| default_port(&scheme))) == port
        && (user.is_some() || (parsed.username().is_empty() && parsed.password().is_none()))
        && parsed.query().is_some() == query_and_fragment.starts_with('?');
    if !same {
        return Err(DISAGREE);
    }
    Ok(Url {
        scheme,
        host: found,
        port,
        path: decode_needless(parsed.path()),
        query: parsed.query().map(decode_needless),
        has_credentials: user.is_some(),
    })
}

fn same_host(parsed: &Parsed, found: Option<&Host>) -> bool {
    match (parsed.host(), found) {
        (None, None) => true,
        (Some(ParsedHost::Domain(name)), None) => name.is_empty(),
        (Some(ParsedHost::Domain(name)), Some(found)) => host(name).as_ref() == Ok(found),
        (Some(ParsedHost::Ipv4(address)), Some(found)) => found.address() == Some(IpAddr::V4(address)),
        (Some(ParsedHost::Ipv6(address)), Some(found)) => found.address() == Some(IpAddr::V6(address).to_canonical()),
        (None | Some(ParsedHost::Ipv4(_) | ParsedHost::Ipv6(_)), _) => false,
    }
}

/// A file URL has three slashes and no drive.
fn check_file(authority: &str, path: &str) -> Result<(), Unknown> {
    if !authority.is_empty() {
        return Err(Unknown("the file URL names a host, which some clients ignore and others contact"));
    }
    if path.starts_with("//") {
        return Err(Unknown("the file URL has a slash too many, which some systems read as a network share"));
    }
    let mut bytes = path.bytes().skip(1);
    if bytes.next().is_some_and(|b| b.is_ascii_alphabetic()) && matches!(bytes.next(), Some(b':' | b'|')) {
        return Err(Unknown("the file URL names a drive, which depends on the system"));
    }
    Ok(())
}

fn check_user(user: &str) -> Result<(), Unknown> {
    if user.contains('@') {
        return Err(Unknown("the URL has two `@` before the path, on which clients differ"));
    }
    if !escapes_are_whole(user) {
        return Err(Unknown("the user-info contains a percent sign that begins no escape"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:%".contains(c);
    if !user.chars().all(plain) {
        return Err(Unknown("the user-info contains a character on which clients differ"));
    }
    Ok(())
}

fn host_and_port(place: &str) -> Result<(Option<Host>, Option<u16>), Unknown> {
    let (name, port) = if place.starts_with('[') {
        let (inner, rest) = cut(place, &[']']);
        let rest = rest.strip_prefix(']').ok_or(Unknown("the host has a bracket that is not closed"))?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port),
            None if rest.is_empty() => None,
            None => return Err(Unknown("the host's bracket is followed by something other than a port")),
        };
        let name = inner.strip_prefix('[').unwrap_or(inner);
        if !name.contains(':') {
            return Err(Unknown("the host is in brackets but is not an IPv6 address"));
        }
        (name, port)
    } else {
        match place.split_once(':') {
            None => (place, None),
            Some((_, port)) if port.contains(':') => {
                return Err(Unknown("the host contains several colons, on which clients differ"));
            }
            Some((name, port)) => (name, Some(port)),
        }
    };
    let port = port.filter(|port| !port.is_empty()).map(read_port).transpose()?;
    Ok((Some(host(name)?), port))
}

fn read_port(text: &str) -> Result<u16, Unknown> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unknown("the port is not a decimal number"));
    }
    if text.starts_with('0') {
        return Err(Unknown("the port is zero or has leading zeros, on which clients differ"));
    }
    text.parse().map_err(|_| Unknown("the port is out of range"))
}

/// What clients resolve, expand or decode on their own account in a path.
fn check_path(path: &str) -> Result<(), Unknown> {
    if !escapes_are_whole(path) {
        return Err(Unknown("the path contains a percent sign that begins no escape, on which clients differ"));
    }
    if path.contains("%00") {
        return Err(Unknown("the path contains an encoded NUL, at which some readers stop"));
    }
    if path.contains("%5c") || path.contains("%5C") {
        return Err(Unknown("the path contains an encoded backslash, which some readers take for a slash"));
    }
    if path.contains(['{', '}', '[', ']']) {
        return Err(Unknown("the path contains brackets, which some clients expand"));
    }
    if path.split('/').any(is_dots) {
        return Err(Unknown("the path contains `.` or `..`, which some clients resolve and others send"));
    }
    Ok(())
}

/// `.` or `..`, with any of the dots encoded.
fn is_dots(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0_u8;
    while let Some(after) =
        rest.strip_prefix('.').or_else(|| rest.strip_prefix("%2e")).or_else(|| rest.strip_prefix("%2E"))
    {
        rest = after;
        dots = dots.saturating_add(1);
    }
    rest.is_empty() && matches!(dots, 1 | 2)
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| escape(after).is_some())
}

/// The byte that the two digits behind a percent sign stand for.
fn escape(after: &str) -> Option<u8> {
    let digits = after.get(..2)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

/// Decodes the escapes that need none (RFC 3986, 6.2.2.2) and writes the others with capitals.
fn decode_needless(path: &str) -> String {
    let mut parts = path.split('%');
    let mut out = String::with_capacity(path.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match (escape(part), part.split_at_checked(2)) {
            (Some(byte), Some((digits, rest))) => {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    out.push(char::from(byte));
                } else {
                    out.push('%');
                    out.push_str(&digits.to_ascii_uppercase());
                }
                out.push_str(rest);
            }
            (_, _) => {
                out.push('%');
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        url(text).map(|u| u.to_string()).unwrap_or_else(|Unknown(why)| panic!("{text}: {why}"))
    }

    #[test]
    fn urls_have_one_form() {
        for (text, form) in [
            ("HTTPS://Shop.Example.ORG", "https://shop.example.org/"),
            ("https://shop.example.org.:443/a", "https://shop.example.org/a"),
            ("https://shop.example.org:/a", "https://shop.example.org/a"),
            ("http://shop.example.org:443", "http://shop.example.org:443/"),
            ("https://shop.example.org?x=1", "https://shop.example.org/?x=1"),
            ("https://shop.example.org/a?", "https://shop.example.org/a?"),
            ("https://shop.example.org/a#b@c\\d", "https://shop.example.org/a"),
            ("https://shop.example.org/@other.example", "https://shop.example.org/@other.example"),
            ("https://shop.example.org/%61%2d%2f%c3%bc", "https://shop.example.org/a-%2F%C3%BC"),
            ("https://shop.example.org/ü x", "https://shop.example.org/%C3%BC%20x"),
            ("https://shop.example.org/?q=100%&r={\"a\":[1]}", "https://shop.example.org/?q=100%&r={%22a%22:[1]}"),
            (
                "https://shop.example.org/?back=https://x.example/..",
                "https://shop.example.org/?back=https://x.example/..",
            ),
            ("https://shop.example.org/a//b;c=1", "https://shop.example.org/a//b;c=1"),
            ("https://shop.example.org/...", "https://shop.example.org/..."),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("http://[::ffff:192.168.7.9]:8080/", "http://192.168.7.9:8080/"),
            ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/"),
            ("file:///etc/hosts", "file:///etc/hosts"),
            ("unix:///run/a.sock", "unix:///run/a.sock"),
            ("postgres://db_1/main?sslmode=off", "postgres://db_1/main?sslmode=off"),
            ("redis://CACHE:6379", "redis://cache"),
            ("mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"),
            ("data:text/plain,hi", "data:text/plain,hi"),
        ] {
            assert_eq!(show(text), form, "{text}");
            assert_eq!(show(form), form, "{form}");
        }
    }

    #[test]
    fn the_parts_are_found() {
        let read = url("https://u:p@Shop.example.org/a/b?q=1#f").unwrap();
        assert_eq!(read.scheme, "https");
        assert_eq!(read.host, Some(Host::Name("shop.example.org".into())));
        assert_eq!(read.port, Some(443));
        assert_eq!(read.path, "/a/b");
        assert_eq!(read.query.as_deref(), Some("q=1"));
        assert!(read.has_credentials);
        assert!(url("https://@a.example/").unwrap().has_credentials);
        let trick = url("https://shop.example.org:443%2f@evil.example/").unwrap();
        assert_eq!(trick.host, Some(Host::Name("evil.example".into())));
        assert!(trick.has_credentials);
        assert_eq!(url("ssh://git@h/x").unwrap().port, Some(22));
        assert_eq!(url("foo://h/x").unwrap().port, None);
        assert_eq!(url("file:///x").unwrap().port, None);
        assert_eq!(url("javascript:alert(1)").unwrap().host, None);
    }

    #[test]
    fn what_clients_read_differently_is_unknown() {
        for (text, part) in [
            ("", "empty"),
            ("shop.example.org/a", "no scheme"),
            ("//shop.example.org/a", "no scheme"),
            ("1http://a/", "no scheme"),
            ("ht tp://a/", "no scheme"),
            ("localhost:3000/x", "not followed by"),
            ("git@host:x/y", "no scheme"),
            ("http:shop.example.org", "not followed by"),
            ("http:/shop.example.org", "not followed by"),
            ("http:///shop.example.org", "slash too many"),
            ("http:/\\shop.example.org", "backslash"),
            ("http:\\\\shop.example.org", "backslash"),
            ("https://shop.example.org\\a", "backslash"),
            ("https://evil.example\\@shop.example.org/", "backslash"),
            ("https://shop.example.org/a\\b", "backslash"),
            ("view-source:http://a/", "not followed by"),
            ("blob:https://a/b", "not followed by"),
            ("ext::sh -c x", "not followed by"),
            ("mailto:25/x", "port"),
            ("data:/x", "differently"),
            ("about:", "differently"),
            ("foo://", "neither"),
            ("https://a@b@c/", "two `@`"),
            ("https://a@/", "no host"),
            ("https://a b@c/", "user-info"),
            ("https://a[b@c/", "user-info"),
            ("https://a%@c/", "percent"),
            ("https://shop.example.org#@evil.example/", "`#`"),
            ("https://shop.example.org?@evil.example/", "`#`"),
            ("https://shop.example.org:80:90/", "several colons"),
            ("https://::1/", "several colons"),
            ("https://a:b/", "decimal"),
            ("https://a:+1/", "decimal"),
            ("https://a:\u{ff18}0/", "decimal"),
            ("https://a:080/", "leading zeros"),
            ("https://a:0/", "zero"),
            ("https://a:65536/", "range"),
            ("https://[::1/", "not closed"),
            ("https://[::1]x/", "other than a port"),
            ("https://[127.0.0.1]/", "brackets"),
            ("https://[fe80::1%25eth0]/", "zone"),
            ("https://0x7f.1/", "hexadecimal"),
            ("https://127.1/", "shortened"),
            ("https://0177.0.0.1/", "octal"),
            ("https://2130706433/", "single number"),
            ("https://127.0.0.1./", "trailing dot"),
            ("https://shop.example.org%2eevil.example/", "percent"),
            ("https://shop.example.org%00.evil.example/", "percent"),
            ("https://shop.example.org\u{3002}evil.example/", "dot"),
            ("https://\u{2460}27.0.0.1/", "not ASCII"),
            ("https://{a,b}.example/", "no host name"),
            ("https://a,b/", "no host name"),
            ("https://a b/", "no host name"),
            ("https://127.0.0.1.nip.io/", "service"),
            ("https://shop.example.org/a/../b", "`..`"),
            ("https://shop.example.org/a/.", "`..`"),
            ("https://shop.example.org/%2e%2E/b", "`..`"),
            ("https://shop.example.org/.%2e?x", "`..`"),
            ("https://shop.example.org/a%zz", "percent"),
            ("https://shop.example.org/a%", "percent"),
            ("https://shop.example.org/a%00", "NUL"),
            ("https://shop.example.org/..%5cb", "encoded backslash"),
            ("https://shop.example.org/{a,b}", "brackets"),
            ("https://shop.example.org/[1-3]", "brackets"),
            (" https://shop.example.org/", "space"),
            ("https://shop.example.org/\u{a0}", "space"),
            ("https://shop.example\n.org/", "control"),
            ("java\tscript:x", "control"),
            ("https://shop.example.org/\0", "NUL"),
            ("file://server/share", "names a host"),
            ("file:////server/share", "network share"),
            ("file:///C:/x", "drive"),
            ("file:///c|/x", "drive"),
            ("file:/etc/hosts", "not followed by"),
            ("file:///a/../b", "`..`"),
            ("foo://bücher.example/", "differently"),
            ("postgres://a,b/db", "no host name"),
            ("http+unix://%2Frun%2Fx/", "percent"),
        ] {
            match url(text) {
                Err(Unknown(why)) => assert!(why.contains(part), "{text}: {why}"),
                Ok(read) => panic!("{text} was read as {read}"),
            }
        }
        assert!(url(&format!("https://a/{}", "x".repeat(crate::limits::MAX_TEXT))).is_err());
        assert!(url(&format!("https://a/{}", "%41".repeat(20_000))).is_ok());
    }
}
