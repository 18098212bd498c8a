//! E-mail addresses: one mailbox, written plainly.
//!
//! Display names, comments, quoted local parts, routes and lists are unknown: mail programs disagree about them, and
//! each has been used to send mail elsewhere than a check believed. The local part keeps its case, because only the
//! receiving server knows whether it matters.

use std::fmt;
use std::net::IpAddr;

use crate::host::{Host, host};
use crate::ip::ip;
use crate::{Unknown, limits, plain};

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email {
    /// What stands before the `@`, as written.
    pub local: String,
    /// The domain.
    pub host: Host,
}

impl Email {
    /// Whether they differ by the case of the mailbox alone.
    pub fn same_but_for_case(&self, other: &Self) -> bool {
        self.host == other.host && self.local.to_lowercase() == other.local.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{}@{name}", self.local),
            Host::Ip(IpAddr::V4(address)) => write!(f, "{}@[{address}]", self.local),
            Host::Ip(IpAddr::V6(address)) => write!(f, "{}@[IPv6:{address}]", self.local),
        }
    }
}

/// Reads an address of the form `local@domain`.
pub fn email(text: &str) -> Result<Email, Unknown> {
    plain(text)?;
    if text.len() > limits::MAX_EMAIL {
        return Err(Unknown("the address is longer than any mailbox"));
    }
    let (local, domain) = text.split_once('@').ok_or(Unknown("the address has no `@`"))?;
    if text.contains(['<', '>']) {
        return Err(Unknown("the address has a display name or angle brackets"));
    }
    if let Some(why) = text.chars().find_map(refusal) {
        return Err(Unknown(why));
    }
    if domain.contains('@') {
        return Err(Unknown("the address has more than one `@`"));
    }
    check_local(local)?;
    let host = match domain.strip_prefix('[') {
        Some(literal) => {
            let literal = literal.strip_suffix(']').ok_or(Unknown("the domain has a bracket that is not closed"))?;
            address_literal(literal)?
        }
        None => match host(domain)? {
            name @ Host::Name(_) => name,
            Host::Ip(_) => return Err(Unknown("the domain is an address without brackets, on which mailers differ")),
        },
    };
    Ok(Email { local: local.to_owned(), host })
}

/// Characters that make an address something else than one plain mailbox.
fn refusal(c: char) -> Option<&'static str> {
    match c {
        ',' | ';' => Some("the text may be several addresses"),
        '"' => Some("the address is quoted, on which mailers differ"),
        '(' | ')' => Some("the address has a comment, on which mailers differ"),
        '\\' => Some("the address contains a backslash"),
        _ if c.is_whitespace() => Some("the address contains a space"),
        _ => None,
    }
}

fn check_local(local: &str) -> Result<(), Unknown> {
    if local.is_empty() {
        return Err(Unknown("the address has nothing before the `@`"));
    }
    if local.len() > limits::MAX_LOCAL {
        return Err(Unknown("the part before the `@` is too long"));
    }
    if !local.is_ascii() {
        return Err(Unknown("the part before the `@` is not ASCII, on which mailers differ"));
    }
    if local.contains(['%', '!']) {
        return Err(Unknown("the part before the `@` may be a route to another host"));
    }
    if local.contains(['|', '`']) || local.starts_with(['-', '/']) {
        return Err(Unknown("some mailers take the part before the `@` for an option, a file or a command"));
    }
    if !local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$&'*+-/=?^_{}~".contains(&b)) {
        return Err(Unknown("the part before the `@` contains a character that no mailbox has unquoted"));
    }
    if local.split('.').any(str::is_empty) {
        return Err(Unknown("the part before the `@` has a dot where none may stand"));
    }
    Ok(())
}

/// What stands in the brackets of `user@[192.0.2.1]` and `user@[IPv6:2001:db8::1]`.
fn address_literal(text: &str) -> Result<Host, Unknown> {
    let v6 = text.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:")).and_then(|_| text.get(5..));
    let (address, tagged) = match v6 {
        Some(address) => (address, true),
        None => (text, false),
    };
    if address.contains(':') != tagged {
        return Err(Unknown("the domain in brackets is not an address as mail writes it"));
    }
    ip(address).map(Host::Ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_mailbox_is_read() {
        for (text, form) in [
            ("Ann.Lee+x@Example.ORG", "Ann.Lee+x@example.org"),
            ("ann@example.org.", "ann@example.org"),
            ("o'neil_1-2=3@example.org", "o'neil_1-2=3@example.org"),
            ("root@localhost", "root@localhost"),
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
            ("ann@[192.168.7.9]", "ann@[192.168.7.9]"),
            ("ann@[ipv6:2001:DB8::1]", "ann@[IPv6:2001:db8::1]"),
            ("ann@[IPv6:::ffff:192.168.7.9]", "ann@[192.168.7.9]"),
        ] {
            let read = email(text).unwrap_or_else(|Unknown(why)| panic!("{text}: {why}"));
            assert_eq!(read.to_string(), form);
            assert_eq!(email(form), Ok(read));
        }
        let outside = email("ann@example.org.evil.example").unwrap();
        assert!(!outside.host.within_domain("example.org"));
    }

    #[test]
    fn anything_else_is_unknown() {
        for (text, part) in [
            ("", "empty"),
            ("ann", "no `@`"),
            ("@example.org", "nothing before"),
            ("ann@", "host is empty"),
            ("Ann <ann@example.org>", "display name"),
            ("<ann@example.org>", "angle"),
            ("\"ann\"@example.org", "quoted"),
            ("ann(x)@example.org", "comment"),
            ("ann@example.org,bob@evil.example", "several"),
            ("ann@example.org;bob@evil.example", "several"),
            ("ann@example.org bob@evil.example", "a space"),
            ("ann@evil.example@example.org", "more than one"),
            ("@relay.example:ann@example.org", "more than one"),
            ("ann%evil.example@example.org", "route"),
            ("evil.example!ann@example.org", "route"),
            ("mailto:ann@example.org", "no mailbox has"),
            ("|run@example.org", "command"),
            ("/tmp/x@example.org", "file"),
            ("-oQ@example.org", "option"),
            ("`id`@example.org", "command"),
            (".ann@example.org", "a dot"),
            ("ann.@example.org", "a dot"),
            ("a..nn@example.org", "a dot"),
            ("änn@example.org", "not ASCII"),
            ("ann\\@example.org", "backslash"),
            ("ann@example.org\r\nBcc: x@evil.example", "control"),
            ("ann@example.org\0.evil.example", "NUL"),
            ("ann@192.168.7.9", "without brackets"),
            ("ann@::1", "without brackets"),
            ("ann@0x7f.1", "hexadecimal"),
            ("ann@[::1]", "as mail writes it"),
            ("ann@[IPv6:1.2.3.4]", "as mail writes it"),
            ("ann@[1.2.3]", "shortened"),
            ("ann@[1.2.3.4", "not closed"),
            ("ann@example\u{3002}org", "dot"),
            ("ann@exa%6dple.org", "percent"),
            ("ann@*.example.org", "pattern"),
        ] {
            match email(text) {
                Err(Unknown(why)) => assert!(why.contains(part), "{text}: {why}"),
                Ok(read) => panic!("{text} was read as {read}"),
            }
        }
        assert!(email(&format!("{}@example.org", "a".repeat(64))).is_ok());
        assert!(email(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(email(&format!("a@{}example.org", "a.".repeat(130))).is_err());
    }
}
