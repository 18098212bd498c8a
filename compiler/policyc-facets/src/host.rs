//! Hosts: a name or an address, in the one form in which they can be compared.
//!
//! A name is ASCII, lower case, without a trailing dot, in punycode where it was written in another script; a name
//! that merely looks like another one is therefore a different text. Which address a name resolves to is never
//! known here. A spelling that clients map differently, and a name that spells an address, are unknown.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::ip::{Network, v4_spelling, v6};
use crate::{Unknown, limits, plain};

/// Who is spoken to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name: lower-case ASCII, no trailing dot.
    Name(String),
    /// An address; never a mapped one.
    Ip(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(address) => address.fmt(f),
        }
    }
}

impl Host {
    /// Whether the host is the domain or a name below it. An address is only within itself.
    #[must_use]
    pub fn within_domain(&self, domain: &str) -> bool {
        match self {
            Host::Name(name) => name
                .strip_suffix(domain)
                .is_some_and(|rest| !domain.is_empty() && (rest.is_empty() || rest.ends_with('.'))),
            Host::Ip(address) => address.to_string() == domain,
        }
    }

    /// Whether the host lies in the network; `None` for what only a resolver or the machine knows.
    ///
    /// `localhost` and the names below it are the loopback addresses. The unspecified address reaches the own machine
    /// on some systems and nothing on others.
    #[must_use]
    pub fn within_network(&self, network: &Network) -> Option<bool> {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        let loopback = network.contains(v4) || network.contains(v6);
        match self {
            Host::Ip(address) if network.contains(*address) => Some(true),
            Host::Ip(address) if address.is_unspecified() && touches_loopback(network) => None,
            Host::Ip(_) => Some(false),
            Host::Name(_) if !self.is_localhost() => None,
            Host::Name(_) if loopback => Some(true),
            // a part of 127.0.0.0/8 without 127.0.0.1: some system may use it
            Host::Name(_) if touches_loopback(network) => None,
            Host::Name(_) => Some(false),
        }
    }

    /// Whether it is an address.
    #[must_use]
    pub fn is_ip(&self) -> bool {
        matches!(self, Host::Ip(_))
    }

    /// The address, where it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::Ip(address) => Some(*address),
        }
    }

    /// Whether it is the own machine: `localhost`, a name below it, or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Host::Name(_) => self.is_localhost(),
            Host::Ip(address) => address.is_loopback(),
        }
    }

    fn is_localhost(&self) -> bool {
        self.within_domain("localhost")
    }
}

fn touches_loopback(network: &Network) -> bool {
    network.contains(IpAddr::V6(Ipv6Addr::LOCALHOST))
        || match network.address() {
            IpAddr::V4(first) => first.is_loopback() || network.contains(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            IpAddr::V6(_) => false,
        }
}

/// Services that answer a name with the address that the name spells, or with the loopback address: a way to write
/// an address that no address rule sees. The names below them are unknown.
const NAMES_THAT_SPELL_ADDRESSES: &[&str] = &[
    "1u.ms",
    "backname.io",
    "ddev.site",
    "docksal.site",
    "fuf.me",
    "ip.addr.tools",
    "ip6.name",
    "lacolhost.com",
    "lcl.host",
    "lndo.site",
    "local.gd",
    "localdev.me",
    "localh.st",
    "localho.st",
    "localhost.direct",
    "localtest.me",
    "lvh.me",
    "nip.io",
    "plex.direct",
    "rbndr.us",
    "spoofed.burpcollaborator.net",
    "sslip.io",
    "traefik.me",
    "vcap.me",
    "xip.io",
    "xip.name",
];

/// Reads a host: a name, an IPv4 address, or an IPv6 address with or without brackets. No port, no user.
pub fn host(text: &str) -> Result<Host, Unknown> {
    if text.is_empty() {
        return Err(Unknown("the host is empty"));
    }
    plain(text)?;
    if text.len() > limits::MAX_HOST_TEXT {
        return Err(Unknown("the host is longer than what is read"));
    }
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or(Unknown("the host has a bracket that is not closed"))?;
        return v6(inner).map(Host::Ip);
    }
    if text.contains(':') {
        return v6(text).map(Host::Ip).map_err(|Unknown(why)| match why {
            "the text is not an IPv6 address" => Unknown("the host contains a colon but is not an IPv6 address"),
            why => Unknown(why),
        });
    }
    if let Some(refused) = text.chars().find_map(refusal) {
        return Err(Unknown(refused));
    }
    if let Some(address) = v4_spelling(text) {
        return address.map(IpAddr::V4).map(Host::Ip);
    }
    let written = text.strip_suffix('.').unwrap_or(text);
    let name = if written.is_ascii() { written.to_ascii_lowercase() } else { international(written)? };
    if name.len() > limits::MAX_NAME {
        return Err(Unknown("the host name is too long"));
    }
    name.split('.').try_for_each(label)?;
    check_punycode(&name)?;
    // mapping may have made digits of something else
    if v4_spelling(&name).is_some() {
        return Err(Unknown("the host spells an IPv4 address in other characters, on which clients differ"));
    }
    let host = Host::Name(name);
    if NAMES_THAT_SPELL_ADDRESSES.iter().any(|service| host.within_domain(service)) {
        return Err(Unknown("the host is under a service whose names stand for any address, the own machine's too"));
    }
    Ok(host)
}

/// Why this character cannot stand in a host name.
fn refusal(c: char) -> Option<&'static str> {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => None,
        '%' => Some("the host contains a percent sign, which some clients decode"),
        '\\' => Some("the host contains a backslash, which some clients take for a slash"),
        '@' => Some("the host contains an `@`"),
        '/' | '?' | '#' => Some("the text is more than a host"),
        '*' => Some("the host is a pattern"),
        _ if c.is_ascii() => Some("the host contains a character that no host name has"),
        'ß' | 'ẞ' | 'ς' | '\u{200c}' | '\u{200d}' => {
            Some("the host contains a character that older and newer clients map differently")
        }
        '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{2024}' => {
            Some("the host contains a character that some clients take for a dot")
        }
        _ if c.is_whitespace() => Some("the host contains a space"),
        _ if c.is_numeric() => Some("the host contains digits that are not ASCII, which some clients map"),
        _ => None,
    }
}

fn label(label: &str) -> Result<(), Unknown> {
    if label.is_empty() {
        return Err(Unknown("the host has an empty label"));
    }
    if label.len() > limits::MAX_LABEL {
        return Err(Unknown("the host has a label that is too long"));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(Unknown("the host has a label that begins or ends with a hyphen, on which clients differ"));
    }
    Ok(())
}

/// The punycode of a name in which every label is written as it is registered, save for upper case.
///
/// Labels that the mapping changes in any other way (full-width, enclosed, ligature, unordered accents) are unknown:
/// which mapping a client applies, if any, depends on the client.
fn international(written: &str) -> Result<String, Unknown> {
    const CHANGED: Unknown = Unknown("the host contains characters that some clients map to others");
    let lower: String = written.chars().map(simple_lower).collect();
    let ascii = Uts46::new()
        .to_ascii(lower.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify)
        .map_err(|_| Unknown("the host is not a valid internationalised name"))?;
    let mut labels = ascii.split('.');
    for source in lower.split('.') {
        let encoded = labels.next().ok_or(CHANGED)?;
        if source.is_ascii() {
            if encoded != source {
                return Err(CHANGED);
            }
        } else if !encoded.starts_with("xn--") || to_unicode(encoded).ok_or(CHANGED)? != source {
            return Err(CHANGED);
        }
    }
    match labels.next() {
        None => Ok(ascii.into_owned()),
        Some(_) => Err(CHANGED),
    }
}

/// The lower case of a letter where that is one letter and leads back, so that every mapping agrees on it.
fn simple_lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    let (Some(small), None) = (lower.next(), lower.next()) else { return c };
    let mut upper = small.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(back), None) if back == c => small,
        _ => c,
    }
}

fn to_unicode(label: &str) -> Option<Cow<'_, str>> {
    let (text, valid) = Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::URL, Hyphens::Allow);
    valid.ok().map(|()| text)
}

/// A name with `xn--` labels must decode, and encode again to the same name; some clients would refuse it otherwise
/// and others send it as it is.
fn check_punycode(name: &str) -> Result<(), Unknown> {
    if !name.split('.').any(|label| label.starts_with("xn--")) {
        return Ok(());
    }
    match Uts46::new().to_ascii(name.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify) {
        Ok(again) if again == name => Ok(()),
        Ok(_) | Err(_) => Err(Unknown("the host has a punycode label that is not valid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cidr;

    fn show(text: &str) -> String {
        host(text).map(|h| h.to_string()).unwrap_or_else(|Unknown(why)| panic!("{text}: {why}"))
    }

    #[test]
    fn names_have_one_form() {
        for (text, form) in [
            ("Shop.Example.ORG", "shop.example.org"),
            ("shop.example.org.", "shop.example.org"),
            ("localhost", "localhost"),
            ("LOCALHOST.", "localhost"),
            ("db_1", "db_1"),
            ("_dmarc.example.org", "_dmarc.example.org"),
            ("r3---sn-4g5.example.org", "r3---sn-4g5.example.org"),
            ("1password.example", "1password.example"),
            ("0x7f.example", "0x7f.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("例え.jp", "xn--r8jz45g.jp"),
            // looks like shop.example.org, with a Cyrillic letter: another name
            ("sh\u{43e}p.example.org", "xn--shp-ted.example.org"),
            ("xn--strae-oqa.example", "xn--strae-oqa.example"),
            ("192.168.7.9", "192.168.7.9"),
            ("::1", "::1"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("[::ffff:192.168.7.9]", "192.168.7.9"),
        ] {
            assert_eq!(show(text), form, "{text}");
            assert_eq!(show(form), form, "{form}");
        }
    }

    #[test]
    fn what_clients_read_differently_is_unknown() {
        for (text, part) in [
            ("", "empty"),
            (".", "empty label"),
            ("a..b", "empty label"),
            ("a.b..", "empty label"),
            (".a", "empty label"),
            ("a b", "no host name has"),
            ("a\tb", "control"),
            ("a\0.example.org", "NUL"),
            ("a%2eb", "percent"),
            ("a%00.b", "percent"),
            ("a\\b", "backslash"),
            ("u@a", "`@`"),
            ("a/b", "more than a host"),
            ("a:80", "colon"),
            ("a,b", "no host name has"),
            ("{a,b}", "no host name has"),
            ("$h", "no host name has"),
            ("*.example.org", "pattern"),
            ("-oProxy=x", "no host name has"),
            ("-a.example", "hyphen"),
            ("a-.example", "hyphen"),
            ("0x7f000001", "hexadecimal"),
            ("0177.0.0.1", "octal"),
            ("2130706433", "single number"),
            ("127.1", "shortened"),
            ("127.0.0.1.", "trailing dot"),
            ("127.0.0.0x1", "hexadecimal"),
            ("example.1", "ends in a number"),
            ("[::1", "not closed"),
            ("[127.0.0.1]", "not an IPv6"),
            ("[fe80::1%25eth0]", "zone"),
            ("[v1.x]", "not an IPv6"),
            ("[::127.0.0.1]", "carries"),
            ("\u{ff11}\u{ff12}\u{ff17}.0.0.1", "not ASCII"),
            ("\u{2460}\u{2461}\u{2466}.0.0.1", "not ASCII"),
            ("127\u{3002}0\u{3002}0\u{3002}1", "dot"),
            ("shop\u{ff0e}example.org", "dot"),
            ("\u{ff53}hop.example", "map to others"),
            ("\u{24e2}hop.example", "map to others"),
            ("\u{212a}elvin.example", "map to others"),
            ("e\u{301}.example", "map to others"),
            ("a\u{ad}b.example", "map to others"),
            ("a\u{200d}b.example", "older and newer"),
            ("straße.example", "older and newer"),
            ("xn--.example", "hyphen"),
            ("xn--a.example", "punycode"),
            ("xn--example-.org", "hyphen"),
            ("bücher.xn--zzzz9999999", "not a valid"),
            ("127.0.0.1.nip.io", "service"),
            ("app-7f000001.sslip.io", "service"),
            ("x.LocalTest.me.", "service"),
            ("lvh.me", "service"),
        ] {
            match host(text) {
                Err(Unknown(why)) => assert!(why.contains(part), "{text}: {why}"),
                Ok(read) => panic!("{text} was read as {read}"),
            }
        }
        assert!(host("myspelnip.io").is_ok());
        assert!(host(&"a".repeat(64)).is_err());
        assert!(host(&"a.".repeat(127)).is_ok());
        assert!(host(&"a.".repeat(128)).is_err());
        assert!(host(&"ü".repeat(400)).is_err());
    }

    #[test]
    fn domains_are_compared_by_label() {
        let within = |text: &str, domain| host(text).unwrap().within_domain(domain);
        assert!(within("example.org", "example.org"));
        assert!(within("a.b.Example.org.", "example.org"));
        assert!(!within("evilexample.org", "example.org"));
        assert!(!within("example.org.evil.net", "example.org"));
        assert!(!within("org", "example.org"));
        assert!(!within("example.org", ""));
        assert!(within("10.0.0.1", "10.0.0.1"));
        assert!(!within("10.0.0.1", "0.1"));
    }

    #[test]
    fn a_name_is_in_no_known_network_save_localhost() {
        let within = |text: &str, net: &str| host(text).unwrap().within_network(&cidr(net).unwrap());
        assert_eq!(within("localhost", "127.0.0.0/8"), Some(true));
        assert_eq!(within("localhost", "::1/128"), Some(true));
        assert_eq!(within("app.localhost.", "127.0.0.0/8"), Some(true));
        assert_eq!(within("localhost", "10.0.0.0/8"), Some(false));
        assert_eq!(within("localhost", "127.5.0.0/16"), None);
        assert_eq!(within("example.org", "127.0.0.0/8"), None);
        assert_eq!(within("notlocalhost", "127.0.0.0/8"), None);
        assert_eq!(within("10.2.3.4", "10.0.0.0/8"), Some(true));
        assert_eq!(within("11.2.3.4", "10.0.0.0/8"), Some(false));
        assert_eq!(within("[::ffff:10.2.3.4]", "10.0.0.0/8"), Some(true));
        assert_eq!(within("0.0.0.0", "127.0.0.0/8"), None);
        assert_eq!(within("::", "::1"), None);
        assert_eq!(within("0.0.0.0", "10.0.0.0/8"), Some(false));
        assert_eq!(within("0.0.0.0", "0.0.0.0/8"), Some(true));
        assert!(host("127.8.8.8").unwrap().is_loopback() && !host("127.example").unwrap().is_loopback());
    }
}
