//! Addresses and networks.
//!
//! Only the one spelling of an IPv4 address that every client reads alike is read: four decimal numbers without
//! leading zeros. An IPv6 address that carries an IPv4 address is folded where that is exact (mapped addresses) and
//! unknown where it depends on the network. Never guesses what `010.0.0.1` or `2130706433` was meant to be.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::{Unknown, plain};

/// Reads an address. A mapped address (`::ffff:10.0.0.1`) is its IPv4 address.
pub fn ip(text: &str) -> Result<IpAddr, Unknown> {
    plain(text)?;
    if text.contains(':') {
        return v6(text);
    }
    v4_spelling(text).unwrap_or(Err(Unknown("the text is not an IP address"))).map(IpAddr::V4)
}

/// What a text is as an IPv4 address; `None` when no client takes it for one.
///
/// As in the WHATWG standard, a host whose last label is a number is an address or nothing.
pub(crate) fn v4_spelling(text: &str) -> Option<Result<Ipv4Addr, Unknown>> {
    let (body, dotted) = match text.strip_suffix('.') {
        Some(body) => (body, true),
        None => (text, false),
    };
    if !body.rsplit('.').next().is_some_and(is_number) {
        return None;
    }
    if let Ok(address) = body.parse::<Ipv4Addr>() {
        return Some(if dotted {
            Err(Unknown("the host is an IPv4 address with a trailing dot, on which clients differ"))
        } else {
            Ok(address)
        });
    }
    let mut parts = 0_usize;
    let (mut hex, mut octal, mut numbers) = (false, false, true);
    for part in body.split('.') {
        parts = parts.saturating_add(1);
        numbers &= is_number(part);
        hex |= part.starts_with("0x") || part.starts_with("0X");
        octal |= part.len() > 1 && part.starts_with('0');
    }
    let why = if !numbers {
        "the host ends in a number but is not an IPv4 address, on which clients differ"
    } else if hex {
        "the host is an IPv4 address in hexadecimal, on which clients differ"
    } else if octal {
        "the host is an IPv4 address in octal or with leading zeros, on which clients differ"
    } else if parts == 1 {
        "the host is an IPv4 address as a single number, on which clients differ"
    } else if parts < 4 {
        "the host is a shortened IPv4 address, on which clients differ"
    } else {
        "the host looks like an IPv4 address but is none"
    };
    Some(Err(Unknown(why)))
}

/// Whether some client reads this label as a number: decimal digits, or `0x` and hexadecimal ones.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Reads an IPv6 address without brackets.
pub(crate) fn v6(text: &str) -> Result<IpAddr, Unknown> {
    if text.contains('%') {
        return Err(Unknown("the address has a zone, which names an interface of one machine"));
    }
    let address: Ipv6Addr = text.parse().map_err(|_| Unknown("the text is not an IPv6 address"))?;
    match IpAddr::V6(address).to_canonical() {
        folded @ IpAddr::V4(_) => Ok(folded),
        IpAddr::V6(address) if carries_v4(address) => {
            Err(Unknown("the IPv6 address carries an IPv4 address, which it reaches on some networks only"))
        }
        plain @ IpAddr::V6(_) => Ok(plain),
    }
}

/// Forms that a gateway may turn into an IPv4 address: compatible, translated, NAT64, 6to4, Teredo.
fn carries_v4(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => false,
        [0, 0, 0, 0, 0, 0, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..]
        | [0x64, 0xff9b, 1, ..]
        | [0x2002, ..]
        | [0x2001, 0, ..] => true,
        _ => false,
    }
}

/// A network: an address and how many of its leading bits count. The other bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

/// Reads a network. A bare address is a network of one; host bits are cleared (`10.0.0.5/16` is `10.0.0.0/16`).
pub fn cidr(text: &str) -> Result<Network, Unknown> {
    plain(text)?;
    let Some((address, length)) = text.split_once('/') else {
        return ip(text).map(|address| Network(IpNet::from(address)));
    };
    let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    if !digits {
        return Err(Unknown("the length of the network is not a decimal number"));
    }
    if length.len() > 1 && length.starts_with('0') {
        return Err(Unknown("the length of the network has leading zeros"));
    }
    let length: u8 = length.parse().map_err(|_| Unknown("the length of the network is out of range"))?;
    if !address.contains(':') {
        return network(ip(address)?, length);
    }
    if address.contains('%') {
        return Err(Unknown("the address has a zone, which names an interface of one machine"));
    }
    let address: Ipv6Addr = address.parse().map_err(|_| Unknown("the text is not an IPv6 network"))?;
    match address.to_ipv4_mapped() {
        None => network(IpAddr::V6(address), length),
        Some(folded) => match length.checked_sub(96) {
            Some(length) => network(IpAddr::V4(folded), length),
            None => Err(Unknown("the network mixes mapped IPv4 addresses with others")),
        },
    }
}

fn network(address: IpAddr, length: u8) -> Result<Network, Unknown> {
    IpNet::new(address, length)
        .map(|net| Network(net.trunc()))
        .map_err(|_| Unknown("the length of the network is out of range"))
}

impl Network {
    /// Whether the address lies in the network. A mapped address counts as its IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether all of the other network lies in this one.
    #[must_use]
    pub fn contains_net(&self, other: &Network) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the two have an address in common.
    #[must_use]
    pub fn overlaps(&self, other: &Network) -> bool {
        self.contains_net(other) || other.contains_net(self)
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.0.network()
    }

    /// How many leading bits count.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }

    /// How many addresses it has; `None` when that does not fit (`::/0`).
    #[must_use]
    pub fn size(&self) -> Option<u128> {
        let bits = self.0.max_prefix_len().saturating_sub(self.0.prefix_len());
        1_u128.checked_shl(u32::from(bits))
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        Network(IpNet::from(address.to_canonical()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_an_ipv4_address_is_read() {
        assert_eq!(ip("10.0.0.5"), Ok(IpAddr::from([10, 0, 0, 5])));
        assert_eq!(ip("0.0.0.0"), Ok(IpAddr::from([0, 0, 0, 0])));
        for (text, part) in [
            ("0xC0A80101", "hexadecimal"),
            ("192.168.0x1.1", "hexadecimal"),
            ("192.168.1.0x", "hexadecimal"),
            ("0300.0250.1.1", "octal"),
            ("192.168.001.1", "octal"),
            ("3232235777", "single number"),
            ("192.168.257", "shortened"),
            ("192.1", "shortened"),
            ("192.168.1.256", "is none"),
            ("1.2.3.4.5", "is none"),
            ("192.168.1.1.", "trailing dot"),
            ("a.b.1", "ends in a number"),
            ("192.168.1", "shortened"),
            ("[::1]", "not an IPv6"),
            ("192.168.1.1:80", "not an IPv6"),
            ("localhost", "not an IP address"),
            (" 1.2.3.4", "space"),
            ("1.2.3.4\n", "control"),
            ("1.2.3.4\0", "NUL"),
            ("", "empty"),
            ("1.2.3.\u{664}", "not an IP address"),
        ] {
            let Err(Unknown(why)) = ip(text) else { panic!("{text} was read") };
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn ipv6_is_folded_or_unknown_where_it_carries_ipv4() {
        assert_eq!(ip("::FFFF:192.168.1.1"), ip("192.168.1.1"));
        assert_eq!(ip("0:0:0:0:0:ffff:c0a8:0101"), ip("192.168.1.1"));
        assert_eq!(ip("2001:DB8::0:1").map(|a| a.to_string()), Ok("2001:db8::1".into()));
        assert!(ip("::").is_ok() && ip("::1").is_ok() && ip("fd00::1").is_ok() && ip("2001:4860::8888").is_ok());
        for text in [
            "::192.168.1.1",
            "::2",
            "::ffff:0:192.168.1.1",
            "64:ff9b::c0a8:101",
            "64:ff9b:1:2::1",
            "2002:c0a8:101::",
            "2001:0:1::",
            "fe80::1%eth0",
            "fe80::1%25eth0",
            "::ffff:0300.1.1.1",
            ":::1",
            "1::2::3",
            "12345::",
            "1:2:3:4:5:6:7",
            "::g",
        ] {
            assert!(ip(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_are_masked_and_compared() {
        let show = |text| cidr(text).map(|n| n.to_string());
        assert_eq!(show("10.0.0.5/16"), Ok("10.0.0.0/16".into()));
        assert_eq!(show("10.0.0.5"), Ok("10.0.0.5/32".into()));
        assert_eq!(show("::1"), Ok("::1/128".into()));
        assert_eq!(show("::ffff:10.9.0.0/104"), Ok("10.0.0.0/8".into()));
        assert_eq!(show("0.0.0.0/0"), Ok("0.0.0.0/0".into()));
        for text in [
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0/16",
            "010.0.0.0/8",
            "10.0.0.0/255.0.0.0",
            "10.0.0.0 /8",
            "10.0.0.0/999",
            "::/129",
            "::ffff:10.0.0.1/64",
            "fe80::%1/64",
            "10.0.0.1-9",
            "/8",
        ] {
            assert!(cidr(text).is_err(), "{text}");
        }
        let net = |text| cidr(text).unwrap();
        assert!(net("10.0.0.0/8").contains_net(&net("10.3.0.0/16")));
        assert!(!net("10.3.0.0/16").contains_net(&net("10.0.0.0/8")));
        assert!(net("10.3.0.0/16").overlaps(&net("10.0.0.0/8")));
        assert!(!net("::/0").contains_net(&net("10.0.0.0/8")));
        assert!(net("10.0.0.0/8").contains("::ffff:10.1.1.1".parse().unwrap()));
        assert!(!net("10.0.0.0/8").contains("11.0.0.0".parse().unwrap()));
        assert_eq!(net("10.0.0.0/16").size(), Some(65536));
        assert_eq!(net("0.0.0.0/0").size(), Some(1 << 32));
        assert_eq!(net("::/1").size(), Some(1 << 127));
        assert_eq!(net("::/0").size(), None);
        assert_eq!(net("::1").size(), Some(1));
    }
}
