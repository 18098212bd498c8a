//! Structured texts: read by `policyc-facets`, asked here. SPEC: [S4.16] [S4.17] [S4.18] [S4.19]

use std::net::IpAddr;

use policyc_compile::hir::{Member, Ty};
use policyc_facets::{Email, Host, Network, PathText, Url};

use super::value::{Three, V, Val};

/// A structured text that could be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Facet {
    /// A URL.
    Url(Box<Url>),
    /// A host.
    Host(Host),
    /// An address.
    Ip(IpAddr),
    /// A network.
    Cidr(Network),
    /// A mail address.
    Email(Email),
    /// A path.
    Path(PathText),
    /// Some path below this folder, with what its last part fits.
    Below(PathText, String),
    /// Some path below the folder of whoever runs the text.
    Home(String),
}

impl Facet {
    /// As people write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Url(url) => url.to_string(),
            Self::Host(host) => host.to_string(),
            Self::Ip(address) => Host::Ip(*address).to_string(),
            Self::Cidr(network) => format!("{}/{}", network.address(), network.prefix()),
            Self::Email(email) => email.to_string(),
            Self::Path(path) => path.to_string(),
            Self::Home(last) => format!("~/…/{last}"),
            Self::Below(folder, _) => format!("{}/*", folder.to_string().trim_end_matches('/')),
        }
    }
}

/// Reads a text as its type; `base` is the path from which a relative one is read.
pub fn read(ty: &Ty, text: &str, base: Option<&Val>) -> Option<Facet> {
    match ty {
        Ty::Url => policyc_facets::url(text).ok().map(|url| Facet::Url(Box::new(url))),
        Ty::Host => policyc_facets::host(text).ok().map(Facet::Host),
        Ty::Ip => policyc_facets::ip(text).ok().map(Facet::Ip),
        Ty::Cidr => policyc_facets::cidr(text).ok().map(Facet::Cidr),
        Ty::Email => policyc_facets::email(text).ok().map(Facet::Email),
        Ty::Path(_) => {
            let alone = policyc_facets::path(text, None).ok()?;
            match base.map(|base| &base.v) {
                None | Some(V::Absent) => Some(Facet::Path(alone)),
                Some(_) if alone.is_absolute() => Some(Facet::Path(alone)),
                Some(V::Facet(Facet::Path(cwd))) => policyc_facets::path(text, Some(cwd)).ok().map(Facet::Path),
                Some(_) => None,
            }
        }
        _ => None,
    }
}

/// A constant in normal form; a network may be written as an address.
pub fn constant(ty: &Ty, text: &str) -> V {
    read(ty, text, None).map_or(V::Unknown, V::Facet)
}

/// A member.
pub fn member(facet: &Facet, m: Member) -> V {
    let text = |t: &str| V::Text(t.to_owned());
    let host = |h: &Host| V::Facet(Facet::Host(h.clone()));
    match (facet, m) {
        (Facet::Url(url), Member::UrlScheme) => text(&url.scheme),
        (Facet::Url(url), Member::UrlHost) => url.host.as_ref().map_or(V::Absent, host),
        (Facet::Url(url), Member::UrlPort) => url.port.map_or(V::Absent, |port| V::Int(port.into())),
        (Facet::Url(url), Member::UrlPath) => text(&url.path),
        (Facet::Url(url), Member::UrlQuery) => url.query.as_deref().map_or(V::Absent, text),
        (Facet::Url(url), Member::UrlHasCredentials) => V::Bool(url.has_credentials),
        (Facet::Email(email), Member::EmailHost) => host(&email.host),
        (Facet::Email(email), Member::EmailLocal) => text(&email.local),
        (Facet::Path(path), Member::PathName) => path.name().map_or(V::Absent, text),
        (Facet::Path(path), Member::PathExtension) => path.extension().map_or(V::Absent, text),
        (Facet::Path(path), Member::PathIsAbsolute) => V::Bool(path.is_absolute()),
        (Facet::Below(..) | Facet::Home(_), Member::PathIsAbsolute) => V::Bool(true),
        (Facet::Path(_) | Facet::Below(..) | Facet::Home(_), Member::PathFromHome) => {
            V::Bool(matches!(facet, Facet::Home(_)))
        }
        // Of a pattern that ends in `.letters` every file has that extension, and one without wildcards is a name.
        (Facet::Below(_, last) | Facet::Home(last), Member::PathName | Member::PathExtension) => {
            let name = policyc_facets::path(last, None).ok();
            let suffix = last.rfind('.').and_then(|dot| last.get(dot + 1..)).filter(|s| !s.is_empty());
            match (last.contains(['*', '?', '[']), m, suffix) {
                (false, Member::PathName, _) => text(last),
                (false, _, _) => name.as_ref().and_then(PathText::extension).map_or(V::Absent, text),
                (true, Member::PathExtension, Some(s)) if s.chars().all(|c| c.is_ascii_alphanumeric()) => text(s),
                (true, _, _) => V::Unknown,
            }
        }
        (Facet::Host(host), Member::HostIsIp) => V::Bool(host.is_ip()),
        (Facet::Cidr(net), Member::CidrSize) => {
            net.size().and_then(|n| i64::try_from(n).ok()).map_or(V::Unknown, V::Int)
        }
        _ => V::Unknown,
    }
}

/// Whether one lies within the other.
pub fn within(inner: &Facet, outer: &V) -> Three {
    match (inner, outer) {
        (Facet::Path(path), V::Facet(Facet::Path(directory))) => Three::of(path.within(directory)),
        (Facet::Below(folder, _), V::Facet(Facet::Path(outer))) => {
            if folder.within(outer) == Some(true) {
                Three::True
            } else if folder.within(outer) == Some(false) && outer.within(folder) == Some(false) {
                Three::False
            } else {
                Three::Unknown
            }
        }
        (Facet::Ip(ip), outer) => host_within(&Host::Ip(*ip), outer),
        (Facet::Host(host), outer) => host_within(host, outer),
        (Facet::Email(email), outer) => host_within(&email.host, outer),
        (Facet::Cidr(net), V::Facet(Facet::Cidr(outer))) => net_within(net, outer),
        (Facet::Cidr(net), V::Facet(Facet::Ip(ip) | Facet::Host(Host::Ip(ip)))) => {
            policyc_facets::cidr(&ip.to_string()).map_or(Three::Unknown, |one| net_within(net, &one))
        }
        (Facet::Cidr(_), V::Facet(Facet::Host(Host::Name(_))) | V::Text(_)) => Three::False,
        _ => Three::Unknown,
    }
}

/// Of a network some of whose addresses are within, nobody can say which is meant.
fn net_within(net: &Network, outer: &Network) -> Three {
    match (outer.contains_net(net), net.contains_net(outer)) {
        (true, _) => Three::True,
        (false, true) => Three::Unknown,
        (false, false) => Three::False,
    }
}

fn host_within(host: &Host, outer: &V) -> Three {
    match outer {
        V::Facet(Facet::Cidr(network)) => Three::of(host.within_network(network)),
        V::Facet(Facet::Ip(ip) | Facet::Host(Host::Ip(ip))) => match policyc_facets::cidr(&ip.to_string()) {
            Ok(network) => Three::of(host.within_network(&network)),
            Err(_) => Three::Unknown,
        },
        V::Facet(Facet::Host(domain)) => Three::known(host.within_domain(&domain.to_string())),
        V::Text(domain) => match policyc_facets::host(domain) {
            Ok(domain) => host_within(host, &V::Facet(Facet::Host(domain))),
            Err(_) => Three::Unknown,
        },
        _ => Three::Unknown,
    }
}

/// Whether a structured text means the same as a plain one, read in the same way.
pub fn equal_text(a: &Facet, text: &str) -> Three {
    let ty = match a {
        Facet::Url(_) => Ty::Url,
        Facet::Host(_) => Ty::Host,
        Facet::Ip(_) => Ty::Ip,
        Facet::Cidr(_) => Ty::Cidr,
        Facet::Email(_) => Ty::Email,
        Facet::Path(_) => Ty::Path(None),
        Facet::Below(..) | Facet::Home(_) => return Three::Unknown,
    };
    read(&ty, text, None).map_or(Three::Unknown, |b| equal(a, &b))
}

/// Whether two mean the same.
pub fn equal(a: &Facet, b: &Facet) -> Three {
    match (a, b) {
        (Facet::Below(..) | Facet::Home(_), _) | (_, Facet::Below(..) | Facet::Home(_)) => Three::Unknown,
        (Facet::Path(x), Facet::Path(y)) if x.is_absolute() != y.is_absolute() => Three::Unknown,
        (Facet::Cidr(net), Facet::Ip(ip) | Facet::Host(Host::Ip(ip)))
        | (Facet::Ip(ip) | Facet::Host(Host::Ip(ip)), Facet::Cidr(net)) => {
            Three::known(net.size() == Some(1) && net.address() == *ip)
        }
        (Facet::Ip(ip), Facet::Host(host)) | (Facet::Host(host), Facet::Ip(ip)) => {
            Three::known(host.address() == Some(*ip))
        }
        (Facet::Email(x), Facet::Email(y)) if x != y => {
            let same = x.host == y.host && x.local.to_lowercase() == y.local.to_lowercase();
            if same { Three::Unknown } else { Three::False }
        }
        // What is of another kind (a network and a name) is not known to be something else.
        _ if std::mem::discriminant(a) != std::mem::discriminant(b) => Three::Unknown,
        _ => Three::known(a == b),
    }
}
