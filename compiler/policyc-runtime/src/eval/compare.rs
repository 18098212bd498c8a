//! Equality, order, membership and containment of values.
//!
//! Both sides are there and known. Values of different kinds are not different: they are incomparable, and the
//! answer is unknown.

use policyc_facets::{Host, PathText};

use super::Evaluator;
use super::term::read_structure;
use crate::num::Decimal;
use crate::policy::{Const, ConstId, Read, Unit};
use crate::read;
use crate::truth::Truth;
use crate::value::{Structure, Value};
use crate::wire::{Json, Kind};

impl<'c> Evaluator<'c, '_> {
    /// Whether two values are equal: scalars, structured texts, or values of the wire by structure.
    pub(super) fn equal(&mut self, a: &Value<'c>, b: &Value<'c>) -> Truth {
        match (a, b) {
            (Value::Bool(a), Value::Bool(b)) => Truth::known(a == b),
            (Value::Num(a, of_a), Value::Num(b, of_b)) if of_a == of_b => Truth::known(a == b),
            (Value::Wire(a, _), Value::Wire(b, _)) => {
                if !self.spend(a.size().saturating_add(b.size())) {
                    return Truth::UNKNOWN;
                }
                Truth::known(a.same(*b))
            }
            (Value::Const(a), Value::Const(b)) => Truth::known(a == b),
            (Value::Wire(json, _), Value::Const(c)) | (Value::Const(c), Value::Wire(json, _)) => {
                if !self.spend(json.size()) {
                    return Truth::UNKNOWN;
                }
                self.same_as_const(*json, *c)
            }
            (Value::Wire(json, _), Value::Bool(b)) | (Value::Bool(b), Value::Wire(json, _)) => {
                Truth::known(json.bool() == Some(*b))
            }
            (Value::Wire(json, _), Value::Num(n, unit)) | (Value::Num(n, unit), Value::Wire(json, _)) => {
                Truth::known(self.same_number(*json, *n, *unit))
            }
            // A text against a value of any type: what is no text is another value.
            (Value::Wire(json, _), Value::Text(_) | Value::Computed(_)) => {
                Truth::known(json.text().is_some() && json.text() == self.text(b))
            }
            (Value::Text(_) | Value::Computed(_), Value::Wire(json, _)) => {
                Truth::known(json.text().is_some() && json.text() == self.text(a))
            }
            (Value::Text(_) | Value::Computed(_), Value::Text(_) | Value::Computed(_)) => {
                match (self.text(a), self.text(b)) {
                    (Some(a), Some(b)) => Truth::known(a == b),
                    _ => Truth::UNKNOWN,
                }
            }
            (Value::Part(..), _) | (_, Value::Part(..)) if self.text(a).is_some() && self.text(b).is_some() => {
                Truth::known(self.text(a) == self.text(b))
            }
            _ => match (self.structure(a), self.structure(b)) {
                (Some(a), Some(b)) => equal_structures(a, b),
                (Some(s), None) => self.text(b).map_or(Truth::UNKNOWN, |text| equal_to_text(s, text)),
                (None, Some(s)) => self.text(a).map_or(Truth::UNKNOWN, |text| equal_to_text(s, text)),
                (None, None) => Truth::UNKNOWN,
            },
        }
    }

    /// Whether a scalar equals a member of a list that is read as the policy says.
    pub(super) fn equal_as(&mut self, scalar: &Value<'c>, item: &Value<'c>, how: Read) -> Truth {
        if item.why().is_some() {
            return Truth::UNKNOWN;
        }
        match item {
            Value::Wire(json, _) => match self.read_plain(*json, how) {
                Some(plain) if plain.why().is_some() => Truth::UNKNOWN,
                Some(plain) => self.equal(scalar, &plain),
                None => {
                    let read = json.text().map(|text| read_structure(text, how));
                    match (self.structure(scalar), read) {
                        (Some(a), Some(Ok(b))) => equal_structures(a, &b),
                        (None, Some(Ok(b))) => self.text(scalar).map_or(Truth::UNKNOWN, |a| equal_to_text(&b, a)),
                        (_, Some(Err(_)) | None) => Truth::UNKNOWN,
                    }
                }
            },
            Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) => self.equal(scalar, item),
            Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) => self.equal(scalar, item),
            Value::Part(..) => self.equal(scalar, item),
            Value::Unknown(_) | Value::Absent => Truth::UNKNOWN,
        }
    }

    /// Numbers of one unit.
    pub(super) fn ordered(a: &Value<'c>, b: &Value<'c>, is: fn(std::cmp::Ordering) -> bool) -> Truth {
        match (a, b) {
            (Value::Num(a, of_a), Value::Num(b, of_b)) if of_a == of_b => Truth::known(is(a.cmp(b))),
            _ => Truth::UNKNOWN,
        }
    }

    /// Whether a scalar is among the constants of a list.
    pub(super) fn in_const(&mut self, value: Value<'c>, list: ConstId) -> Truth {
        if value.why().is_some() {
            return Truth::UNKNOWN;
        }
        let loaded = self.loaded;
        let policy = loaded.policy();
        let Some(Const::List(members)) = policy.consts.get(list.index()) else { return Truth::UNKNOWN };
        if let (Some(set), Some(text)) = (loaded.text_set(list), self.text(&value)) {
            return Truth::known(set.binary_search_by(|s| policy.text(*s).cmp(text)).is_ok());
        }
        let mut found = Truth::FALSE;
        for member in members {
            if !self.spend(1) {
                return Truth::UNKNOWN;
            }
            let member = loaded.constant(*member);
            found = found.or(if member.why().is_some() { Truth::UNKNOWN } else { self.equal(&value, &member) });
            if found.must() {
                break;
            }
        }
        found
    }

    /// Whether a value of the wire is the same as a constant. Constants nest as deep as the policy's limit.
    fn same_as_const(&self, json: Json<'c>, constant: ConstId) -> Truth {
        let policy = self.loaded.policy();
        let Some(constant) = policy.consts.get(constant.index()) else { return Truth::UNKNOWN };
        match constant {
            Const::Null => Truth::known(json.is_null()),
            Const::Bool(b) => Truth::known(json.bool() == Some(*b)),
            Const::Num(n, unit) => Truth::known(self.same_number(json, *n, *unit)),
            Const::Text(s) => Truth::known(json.text() == Some(policy.text(*s))),
            Const::Host(s) | Const::Network(s) | Const::Path(s) => {
                if json.text() == Some(policy.text(*s)) {
                    Truth::TRUE
                } else {
                    Truth::UNKNOWN
                }
            }
            Const::List(members) => {
                if json.kind() != Kind::List || json.len() != members.len() {
                    return Truth::FALSE;
                }
                let pairs = json.items().zip(members);
                pairs.fold(Truth::TRUE, |so_far, (item, member)| {
                    if so_far.may() { so_far.and(self.same_as_const(item, *member)) } else { so_far }
                })
            }
            Const::Record(members) => {
                if json.kind() != Kind::Object || json.len() != members.len() {
                    return Truth::FALSE;
                }
                members.iter().fold(Truth::TRUE, |so_far, (key, member)| match json.get(policy.text(*key)) {
                    Some(value) if so_far.may() => so_far.and(self.same_as_const(value, *member)),
                    Some(_) => so_far,
                    None => Truth::FALSE,
                })
            }
        }
    }

    fn same_number(&self, json: Json<'c>, n: i128, unit: Unit) -> bool {
        let read = match unit {
            Unit::Count => match json.kind() {
                Kind::Number(raw) => Decimal::parse(raw).and_then(Decimal::to_int).map(i128::from),
                Kind::Null | Kind::Bool(_) | Kind::Text(_) | Kind::List | Kind::Object => None,
            },
            Unit::Decimal => read::decimal(json),
            Unit::Money(currency) => read::money(json, self.loaded.policy().text(currency)),
            Unit::Duration => read::duration(json).map(i128::from),
            Unit::Time => read::time(json).map(i128::from),
        };
        read == Some(n)
    }

    /// Whether a host, address, network or mail address is within one of the constants of a list.
    pub(super) fn within_const(&mut self, value: Value<'c>, list: ConstId) -> Truth {
        let loaded = self.loaded;
        let policy = loaded.policy();
        let Some(Const::List(members)) = policy.consts.get(list.index()) else { return Truth::UNKNOWN };
        let mut found = Truth::FALSE;
        for member in members {
            if !self.spend(1) {
                return Truth::UNKNOWN;
            }
            let member = loaded.constant(*member);
            found = found.or(match (self.structure(&value), &member) {
                // A domain of the policy is in normal form.
                (Some(inner), Value::Text(domain)) => match host_of(inner) {
                    Some(host) => Truth::known(host.within_domain(domain)),
                    None => within_domain(inner, domain),
                },
                _ => self.within_value(&value, &member),
            });
            if found.must() {
                break;
            }
        }
        found
    }

    /// Whether a host, address, network or mail address is within a network, host or domain.
    pub(super) fn within_value(&mut self, inner: &Value<'c>, outer: &Value<'c>) -> Truth {
        let Some(inner) = self.structure(inner) else { return Truth::UNKNOWN };
        match (self.structure(outer), self.text(outer)) {
            (Some(outer), _) => within(inner, outer),
            (None, Some(domain)) => within_domain(inner, domain),
            (None, None) => Truth::UNKNOWN,
        }
    }

    pub(super) fn within_path(&mut self, inner: &Value<'c>, outer: &Value<'c>) -> Truth {
        match (self.structure(inner), self.structure(outer)) {
            (Some(Structure::Path(inner)), Some(Structure::Path(outer))) => {
                inner.within(outer).map_or(Truth::UNKNOWN, Truth::known)
            }
            (Some(Structure::Below(folder, _)), Some(Structure::Path(outer))) => below(folder, outer),
            _ => Truth::UNKNOWN,
        }
    }
}

fn equal_structures(a: &Structure, b: &Structure) -> Truth {
    match (a, b) {
        (Structure::Url(a), Structure::Url(b)) => Truth::known(a == b),
        (Structure::Host(a), Structure::Host(b)) => Truth::known(a == b),
        (Structure::Network(a), Structure::Network(b)) => Truth::known(a == b),
        // Only the server behind it knows whether the case of a mailbox matters.
        (Structure::Email(a), Structure::Email(b)) if a != b && a.same_but_for_case(b) => Truth::UNKNOWN,
        (Structure::Email(a), Structure::Email(b)) => Truth::known(a == b),
        // A relative path may be any.
        (Structure::Path(a), Structure::Path(b)) if a.is_absolute() != b.is_absolute() => Truth::UNKNOWN,
        (Structure::Path(a), Structure::Path(b)) => Truth::known(a == b),
        // An address and the network of that one address.
        (Structure::Host(Host::Ip(ip)), Structure::Network(net))
        | (Structure::Network(net), Structure::Host(Host::Ip(ip))) => {
            Truth::known(net.size() == Some(1) && net.address() == *ip)
        }
        _ => Truth::UNKNOWN,
    }
}

/// A structured text against a plain one: the plain one is read in the same way.
fn equal_to_text(structure: &Structure, text: &str) -> Truth {
    let how = match structure {
        Structure::Url(_) => Read::Url,
        Structure::Host(_) => Read::Host,
        Structure::Network(_) => Read::Cidr,
        Structure::Email(_) => Read::Email,
        Structure::Path(_) => Read::Path,
        Structure::Below(..) | Structure::Home(_) | Structure::Reading(_) => return Truth::UNKNOWN,
    };
    match read_structure(text, how) {
        Ok(other) => equal_structures(structure, &other),
        Err(_) => Truth::UNKNOWN,
    }
}

fn within(inner: &Structure, outer: &Structure) -> Truth {
    let known = |within: Option<bool>| within.map_or(Truth::UNKNOWN, Truth::known);
    match (inner, outer) {
        // Some of its addresses are within.
        (Structure::Network(a), Structure::Network(b)) if !b.contains_net(a) && b.overlaps(a) => Truth::UNKNOWN,
        (Structure::Network(a), Structure::Network(b)) => Truth::known(b.contains_net(a)),
        (Structure::Network(_), Structure::Host(Host::Ip(ip))) => match policyc_facets::cidr(&ip.to_string()) {
            Ok(one) => within(inner, &Structure::Network(one)),
            Err(_) => Truth::UNKNOWN,
        },
        (Structure::Network(_), Structure::Host(Host::Name(_))) => Truth::FALSE,
        (Structure::Path(a), Structure::Path(b)) => known(a.within(b)),
        (Structure::Below(folder, _), Structure::Path(outer)) => below(folder, outer),
        _ => match (host_of(inner), outer) {
            (Some(host), Structure::Network(net)) => known(host.within_network(net)),
            (Some(host), Structure::Host(Host::Name(domain))) => Truth::known(host.within_domain(domain)),
            (Some(host), Structure::Host(Host::Ip(ip))) => match host.address() {
                Some(address) => Truth::known(address == *ip),
                None => known(policyc_facets::cidr(&ip.to_string()).ok().and_then(|net| host.within_network(&net))),
            },
            _ => Truth::UNKNOWN,
        },
    }
}

/// Whether whatever lies below a folder is within another one.
fn below(folder: &PathText, outer: &PathText) -> Truth {
    match (folder.within(outer), outer.within(folder)) {
        (Some(true), _) => Truth::TRUE,
        (Some(false), Some(false)) => Truth::FALSE,
        (Some(false), Some(true) | None) | (None, _) => Truth::UNKNOWN,
    }
}

fn within_domain(inner: &Structure, domain: &str) -> Truth {
    match (inner, host_of(inner)) {
        (_, Some(host)) => match policyc_facets::host(domain) {
            Ok(Host::Name(domain)) => Truth::known(host.within_domain(&domain)),
            Ok(Host::Ip(address)) => Truth::known(host.address() == Some(address)),
            Err(_) => Truth::UNKNOWN,
        },
        (Structure::Network(_), None) => Truth::FALSE,
        (_, None) => Truth::UNKNOWN,
    }
}

/// The host that a structured text speaks of.
fn host_of(structure: &Structure) -> Option<&Host> {
    match structure {
        Structure::Host(host) => Some(host),
        Structure::Email(email) => Some(&email.host),
        Structure::Url(url) => url.host.as_ref(),
        Structure::Network(_) | Structure::Path(_) | Structure::Below(..) => None,
        Structure::Home(_) | Structure::Reading(_) => None,
    }
}
