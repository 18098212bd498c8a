//! Fetches and computes values.
//!
//! A value is read from the wire only in the way in which the policy says; what does not fit is unknown, never
//! converted. Defaults are those of the schema.

use policyc_facets as facets;

use super::Evaluator;
use crate::num::SCALE_DIGITS;
use crate::policy::{BudgetField, Const, Field, Member, Read, ShapeId, StrId, Term, TermId, Unit};
use crate::value::{self, ABSENT, OTHER_KIND, Structure, Value, Why, risk_rank};
use crate::wire::{Json, Kind};
use crate::{read, reading};

const _: () = assert!(SCALE_DIGITS == 18);

impl<'c> Evaluator<'c, '_> {
    pub(super) fn compute(&mut self, id: TermId, term: &'c Term) -> Value<'c> {
        match term {
            Term::Const(c) => self.loaded.constant(*c),
            Term::Arg(..) | Term::Args | Term::Label(_) | Term::Attr(_) | Term::AgentId | Term::AgentTenant => {
                self.fetch(term)
            }
            Term::SessionId | Term::SessionAge | Term::Task | Term::ToolName | Term::ToolRisk => self.fetch(term),
            Term::ToolTags | Term::Time | Term::Result | Term::ResultOk | Term::UsageTokens => self.fetch(term),
            Term::UsageCost(_) | Term::UsageTime => self.fetch(term),
            Term::Budget(budget, field) => self.budget_field(*budget, *field),
            Term::Var(depth) => {
                let unbound = Value::Unknown("it is bound by no quantifier");
                self.bindings.get(usize::from(*depth)).map_or(unbound, |b| b.value)
            }
            Term::Field(of, name) => {
                let of = self.term(*of);
                self.field(of, *name)
            }
            Term::ConstField(of, name) => {
                let of = self.term(*of);
                self.field(of, *name)
            }
            Term::Index(of, key) => {
                let (of, key) = (self.term(*of), self.term(*key));
                self.index(of, key)
            }
            Term::Read(of, how) => {
                let of = self.term(*of);
                self.read(id, of, *how)
            }
            Term::ReadPath(of, cwd) => {
                let (of, cwd) = (self.term(*of), self.term(*cwd));
                self.read_path(id, of, cwd)
            }
            Term::ReadShell(of, cwd) => {
                let (of, cwd) = (self.term(*of), self.term(*cwd));
                self.read_shell(id, of, cwd)
            }
            Term::ReadSql(of, dialect) => {
                let (of, dialect) = (self.term(*of), self.term(*dialect));
                self.read_sql(id, of, dialect)
            }
            Term::Member(of, member) => {
                let of = self.term(*of);
                self.member(id, of, *member)
            }
            Term::Lookup(table, key) => {
                let key = self.term(*key);
                if let Some(why) = key.why() {
                    return Value::Unknown(why);
                }
                let row = self.text(&key).and_then(|key| self.loaded.row(*table, key));
                row.map_or(Value::Unknown("the table has no such key"), |c| self.loaded.constant(c))
            }
            Term::Add(a, b) => self.arithmetic(*a, *b, value::add),
            Term::Sub(a, b) => self.arithmetic(*a, *b, value::sub),
            Term::Mul(a, b) => self.arithmetic(*a, *b, value::mul),
            Term::Neg(a) => numeric(self.term(*a)).map_or_else(Value::Unknown, value::neg),
            Term::ToDecimal(a) => {
                let a = self.term(*a);
                let absent = matches!(a, Value::Absent);
                if absent { a } else { numeric(a).map_or_else(Value::Unknown, value::to_decimal) }
            }
            Term::Lower(of) => self.lower(id, *of),
            Term::Len(of) => {
                let of = self.term(*of);
                self.length(of)
            }
        }
    }

    /// Values that stand in the event or in what is remembered.
    fn fetch(&mut self, term: &Term) -> Value<'c> {
        let (loaded, subject) = (self.loaded, self.subject);
        let (policy, call) = (loaded.policy(), subject.call);
        let text = |t: Option<&'c str>| t.map_or(Value::Absent, Value::Text);
        let int = |n: Option<i64>, unit| n.map_or(Value::Absent, |n| Value::Num(i128::from(n), unit));
        let tool = policy.tools.get(subject.tool.index());
        match term {
            Term::Arg(_) | Term::Args | Term::Label(_) | Term::Attr(_) if !subject.fits => {
                Value::Unknown(super::MISFIT)
            }
            // What came was filed before anything was asked.
            Term::Arg(name) => {
                let fields = tool.and_then(|t| loaded.fields(t.args)).unwrap_or(&[]);
                fields.iter().find(|f| f.name == *name).map_or(Value::Absent, |f| self.default(f))
            }
            Term::Args => Value::Wire(call.args, tool.map(|t| t.args)),
            Term::Label(label) => policy.labels.get(label.index()).map_or(Value::Absent, |field| self.default(field)),
            Term::Attr(attribute) => self.declared(call.agent, policy.attributes.get(attribute.index())),
            Term::AgentId => text(call.agent_id),
            Term::AgentTenant => text(call.tenant),
            Term::SessionId => text(call.session),
            Term::Task => text(call.task),
            Term::SessionAge => int(subject.history.age(), Unit::Duration),
            Term::Time => int(subject.history.now(), Unit::Time),
            Term::ToolName => tool.map_or(Value::Absent, |t| Value::Text(policy.text(t.name))),
            Term::ToolRisk => tool.map_or(Value::Absent, |t| Value::Num(risk_rank(t.risk), Unit::Count)),
            Term::ToolTags => Value::Tags(subject.tool),
            Term::Result => {
                let content = subject.result.and_then(|r| r.content);
                content.map_or(Value::Absent, |json| wire(json, tool.map(|t| t.result)))
            }
            Term::ResultOk => match subject.result {
                Some(result) => Value::Bool(result.status == crate::event::Status::Ok),
                None => Value::Absent,
            },
            Term::UsageTokens => match subject.result.and_then(|r| r.tokens) {
                Some(json) => read_scalar(read::int(json).map(i128::from), Unit::Count),
                None => Value::Absent,
            },
            Term::UsageCost(currency) => match subject.result.and_then(|r| r.cost) {
                Some(json) => read_scalar(read::money(json, policy.text(*currency)), Unit::Money(*currency)),
                None => Value::Absent,
            },
            Term::UsageTime => match subject.result.and_then(|r| r.time) {
                Some(json) => read_scalar(read::duration(json).map(i128::from), Unit::Duration),
                None => Value::Absent,
            },
            // Computed, not fetched.
            Term::Const(_) | Term::Budget(..) | Term::Var(_) | Term::Field(..) | Term::Index(..) | Term::Read(..) => {
                Value::Absent
            }
            Term::ReadPath(..)
            | Term::ReadShell(..)
            | Term::ReadSql(..)
            | Term::Member(..)
            | Term::Lookup(..)
            | Term::ConstField(..)
            | Term::Add(..) => Value::Absent,
            Term::Sub(..) | Term::Mul(..) | Term::Neg(_) | Term::ToDecimal(_) | Term::Lower(_) | Term::Len(_) => {
                Value::Absent
            }
        }
    }

    /// A label or attribute: what came, or the default.
    pub(super) fn declared(&self, object: Option<Json<'c>>, field: Option<&'c Field>) -> Value<'c> {
        let Some(field) = field else { return Value::Absent };
        if !self.subject.fits {
            return Value::Unknown(super::MISFIT);
        }
        let came = object.and_then(|o| o.get(self.loaded.policy().text(field.name)));
        match came.filter(|json| !json.is_null()) {
            Some(json) => Value::Wire(json, Some(field.shape)),
            None => self.default(field),
        }
    }

    fn default(&self, field: &Field) -> Value<'c> {
        let default = field.default.and_then(|text| self.loaded.default(text));
        default.map_or(Value::Absent, |json| wire(json, Some(field.shape)))
    }

    /// A key of an object, or the default that its type has for it.
    fn entry(&self, object: Json<'c>, shape: Option<ShapeId>, name: StrId) -> Value<'c> {
        let came = object.get(self.loaded.policy().text(name)).filter(|json| !json.is_null());
        let inner = shape.and_then(|s| self.loaded.inner(s));
        let field = inner.and_then(|s| self.loaded.fields(s)).and_then(|fields| fields.iter().find(|f| f.name == name));
        let members = || inner.and_then(|s| self.loaded.member_shape(s));
        match (came, field) {
            (Some(json), Some(field)) => Value::Wire(json, Some(field.shape)),
            (Some(json), None) => Value::Wire(json, members()),
            (None, Some(field)) => self.default(field),
            (None, None) => Value::Absent,
        }
    }

    fn field(&self, of: Value<'c>, name: StrId) -> Value<'c> {
        match of {
            Value::Unknown(_) | Value::Absent => of,
            Value::Wire(json, shape) if json.kind() == Kind::Object => self.entry(json, shape, name),
            Value::Const(constant) => match self.loaded.policy().consts.get(constant.index()) {
                Some(Const::Record(members)) => {
                    let found = members.iter().find(|(key, _)| *key == name);
                    found.map_or(Value::Absent, |(_, c)| self.loaded.constant(*c))
                }
                Some(_) | None => Value::Unknown(OTHER_KIND),
            },
            Value::Wire(..) | Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) => {
                Value::Unknown(OTHER_KIND)
            }
            Value::Read(_) | Value::Part(..) => self.part_field(&of, self.loaded.policy().text(name)),
            Value::Tags(_) | Value::ConstRead(_) => Value::Unknown(OTHER_KIND),
        }
    }

    fn index(&self, of: Value<'c>, key: Value<'c>) -> Value<'c> {
        if let Some(why) = key.why() {
            return Value::Unknown(why);
        }
        let Some(key) = self.text(&key) else { return Value::Unknown(OTHER_KIND) };
        match of {
            Value::Unknown(_) | Value::Absent => of,
            Value::Wire(json, shape) if json.kind() == Kind::Object => match json.get(key).filter(|j| !j.is_null()) {
                Some(member) => {
                    let shape = shape.and_then(|s| self.loaded.inner(s)).and_then(|s| self.loaded.member_shape(s));
                    Value::Wire(member, shape)
                }
                None => Value::Absent,
            },
            Value::Const(constant) => match self.loaded.policy().consts.get(constant.index()) {
                Some(Const::Record(members)) => {
                    let found = members.iter().find(|(name, _)| self.loaded.policy().text(*name) == key);
                    found.map_or(Value::Absent, |(_, c)| self.loaded.constant(*c))
                }
                Some(_) | None => Value::Unknown(OTHER_KIND),
            },
            Value::Wire(..) | Value::Bool(_) | Value::Num(..) | Value::Text(_) | Value::Computed(_) => {
                Value::Unknown(OTHER_KIND)
            }
            Value::Part(..) => self.part_field(&of, key),
            Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) => Value::Unknown(OTHER_KIND),
        }
    }

    /// Reads a value of the wire as a scalar.
    fn read(&mut self, id: TermId, of: Value<'c>, how: Read) -> Value<'c> {
        let read = match (of, how) {
            (Value::Unknown(_) | Value::Absent, _) => return of,
            (Value::Part(..), _) => return self.read_part(of, how),
            (Value::Wire(json, _), _) => self.read_plain(json, how),
            // A constant list's member, or a constant text that is read as a structure.
            (Value::Text(_) | Value::Computed(_), Read::Text) | (Value::Bool(_), Read::Bool) => return of,
            (Value::Num(_, unit), _) if unit_of(how) == Some(unit) => return of,
            (Value::ConstRead(_) | Value::Read(_), _) if structured(how) => return of,
            (Value::Text(_) | Value::Computed(_), _) if structured(how) => None,
            _ => return Value::Unknown(OTHER_KIND),
        };
        if let Some(plain) = read {
            return plain;
        }
        let Some(text) = self.text(&of) else { return Value::Unknown(OTHER_KIND) };
        let structure = match how {
            Read::Sql(dialect) => reading::of_sql(text, self.loaded.policy().text(dialect)),
            Read::Shell => Ok(reading::of_shell(text, None)),
            Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => read_structure(text, how),
            Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Text | Read::Duration | Read::Time => {
                Err(OTHER_KIND)
            }
        };
        let len = text.len();
        self.spend_bytes(len, if matches!(how, Read::Sql(_) | Read::Shell) { 64 } else { 8 });
        self.keep(id, structure)
    }

    /// Reads a value of the wire as what needs no memory; `None` for a structured text.
    pub(super) fn read_plain(&self, json: Json<'c>, how: Read) -> Option<Value<'c>> {
        let currency = |c: StrId| self.loaded.policy().text(c);
        Some(match how {
            Read::Int => read_scalar(read::int(json).map(i128::from), Unit::Count),
            Read::Decimal => read_scalar(read::decimal(json), Unit::Decimal),
            Read::Money(c) => read_scalar(read::money(json, currency(c)), Unit::Money(c)),
            Read::Duration => read_scalar(read::duration(json).map(i128::from), Unit::Duration),
            Read::Time => read_scalar(read::time(json).map(i128::from), Unit::Time),
            Read::Bool => json.bool().map_or(Value::Unknown(OTHER_KIND), Value::Bool),
            Read::Text => json.text().map_or(Value::Unknown(OTHER_KIND), Value::Text),
            Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => return None,
            Read::Sql(_) | Read::Shell => return None,
        })
    }

    fn read_path(&mut self, id: TermId, of: Value<'c>, cwd: Value<'c>) -> Value<'c> {
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        let Some(text) = self.text(&of) else { return Value::Unknown(OTHER_KIND) };
        let len = text.len();
        let absolute = facets::path(text, None).ok().filter(facets::PathText::is_absolute);
        let path = match (absolute, cwd.why(), self.structure(&cwd), self.text(&cwd)) {
            // An absolute path needs no working directory.
            (Some(path), ..) => Ok(path),
            (None, Some(_), ..) => Err("it is relative to a folder that is not known"),
            (None, None, Some(Structure::Path(cwd)), _) => facets::path(text, Some(cwd)).map_err(|u| u.0),
            (None, None, _, Some(cwd)) => {
                facets::path(cwd, None).and_then(|cwd| facets::path(text, Some(&cwd))).map_err(|u| u.0)
            }
            (None, None, _, None) => Err("it is relative to a folder that is not known"),
        };
        self.spend_bytes(len, 8);
        self.keep(id, path.map(Structure::Path))
    }

    fn read_shell(&mut self, id: TermId, of: Value<'c>, cwd: Value<'c>) -> Value<'c> {
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        let Some(text) = self.text(&of) else { return Value::Unknown(OTHER_KIND) };
        // A folder that is not known leaves relative paths relative, so that nothing is known of them.
        let folder = match self.structure(&cwd) {
            Some(Structure::Path(path)) if path.is_absolute() => Some(path.to_string()),
            Some(_) | None => None,
        };
        let (len, read) = (text.len(), Ok(reading::of_shell(text, folder.as_deref())));
        self.spend_bytes(len, 64);
        self.keep(id, read)
    }

    fn read_sql(&mut self, id: TermId, of: Value<'c>, dialect: Value<'c>) -> Value<'c> {
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        let Some(text) = self.text(&of) else { return Value::Unknown(OTHER_KIND) };
        let read = match self.text(&dialect) {
            Some(dialect) => reading::of_sql(text, dialect),
            None => Err("the dialect that it is in is not known"),
        };
        let len = text.len();
        self.spend_bytes(len, 64);
        self.keep(id, read)
    }

    fn member(&mut self, id: TermId, of: Value<'c>, member: Member) -> Value<'c> {
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        let Some(structure) = self.structure(&of) else { return Value::Unknown(OTHER_KIND) };
        let host = |host: Option<&facets::Host>| host.cloned().map(|h| Found::Read(Structure::Host(h)));
        let text = |text: Option<&str>| text.map(|t| Found::Text(t.to_owned()));
        let count = |n: i128| Some(Found::Plain(Value::Num(n, Unit::Count)));
        let found: Option<Found<'c>> = match (structure, member) {
            (Structure::Url(url), Member::UrlScheme) => text(Some(&url.scheme)),
            (Structure::Url(url), Member::UrlHost) => host(url.host.as_ref()),
            (Structure::Url(url), Member::UrlPort) => url.port.and_then(|p| count(i128::from(p))),
            (Structure::Url(url), Member::UrlPath) => text(Some(&url.path)),
            (Structure::Url(url), Member::UrlQuery) => text(url.query.as_deref()),
            (Structure::Url(url), Member::UrlHasCredentials) => Some(Found::Plain(Value::Bool(url.has_credentials))),
            (Structure::Email(email), Member::EmailHost) => host(Some(&email.host)),
            (Structure::Email(email), Member::EmailLocal) => text(Some(&email.local)),
            (Structure::Path(path), Member::PathName) => text(path.name()),
            (Structure::Path(path), Member::PathExtension) => text(path.extension()),
            (Structure::Path(path), Member::PathIsAbsolute) => Some(Found::Plain(Value::Bool(path.is_absolute()))),
            (Structure::Below(_, last) | Structure::Home(last), Member::PathName) if !is_wild(last) => text(Some(last)),
            (Structure::Below(_, last) | Structure::Home(last), Member::PathExtension) => match extension(last) {
                Some(known) => text(known),
                None => Some(Found::Plain(Value::Unknown("it is a pattern that files may match"))),
            },
            (Structure::Below(..) | Structure::Home(_), Member::PathIsAbsolute) => {
                Some(Found::Plain(Value::Bool(true)))
            }
            (Structure::Home(_), Member::PathFromHome) => Some(Found::Plain(Value::Bool(true))),
            (Structure::Path(_) | Structure::Below(..), Member::PathFromHome) => Some(Found::Plain(Value::Bool(false))),
            (Structure::Host(host), Member::HostIsIp) => Some(Found::Plain(Value::Bool(host.is_ip()))),
            (Structure::Network(net), Member::CidrSize) => match net.size().and_then(|n| i64::try_from(n).ok()) {
                Some(n) => count(i128::from(n)),
                None => Some(Found::Plain(Value::Unknown("it has more addresses than a number holds"))),
            },
            _ => Some(Found::Plain(Value::Unknown(OTHER_KIND))),
        };
        match found {
            None => Value::Absent,
            Some(Found::Plain(value)) => value,
            Some(Found::Read(structure)) => self.keep(id, Ok(structure)),
            Some(Found::Text(text)) => self.keep_text(id, |_, out| {
                out.push_str(&text);
                Ok(())
            }),
        }
    }

    fn arithmetic(&mut self, a: TermId, b: TermId, operate: fn((i128, Unit), (i128, Unit)) -> Value<'c>) -> Value<'c> {
        match (numeric(self.term(a)), numeric(self.term(b))) {
            (Ok(a), Ok(b)) => operate(a, b),
            (Err(why), _) | (_, Err(why)) => Value::Unknown(why),
        }
    }

    fn lower(&mut self, id: TermId, of: TermId) -> Value<'c> {
        let of = self.term(of);
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        let len = self.text(&of).map_or(0, str::len);
        if !self.spend_bytes(len, 4) {
            return Value::Unknown(value::TOO_MANY_STEPS);
        }
        self.keep_text(id, |me, out| {
            let text = me.text(&of).ok_or(OTHER_KIND)?;
            if text.is_ascii() {
                out.push_str(text);
                out.make_ascii_lowercase();
            } else {
                out.push_str(&text.to_lowercase());
            }
            Ok(())
        })
    }

    fn length(&mut self, of: Value<'c>) -> Value<'c> {
        if matches!(of, Value::Unknown(_) | Value::Absent) {
            return of;
        }
        if let Some(text) = self.text(&of) {
            let (bytes, chars) = (text.len(), text.chars().count());
            self.spend_bytes(bytes, 1);
            return counted(chars);
        }
        match of {
            Value::Part(..) => self.part_len(&of).map_or(Value::Unknown(OTHER_KIND), counted),
            Value::Wire(json, _) if matches!(json.kind(), Kind::List | Kind::Object) => counted(json.len()),
            Value::Const(constant) => match self.loaded.policy().consts.get(constant.index()) {
                Some(Const::List(members)) => counted(members.len()),
                Some(Const::Record(members)) => counted(members.len()),
                Some(_) | None => Value::Unknown(OTHER_KIND),
            },
            Value::Tags(tool) => counted(self.loaded.policy().tools.get(tool.index()).map_or(0, |t| t.tags.len())),
            Value::Wire(..) | Value::Bool(_) | Value::Num(..) | Value::Text(_) => Value::Unknown(OTHER_KIND),
            Value::Computed(_) | Value::Read(_) | Value::ConstRead(_) => Value::Unknown(OTHER_KIND),
            Value::Unknown(_) | Value::Absent => of,
        }
    }

    fn budget_field(&mut self, budget: crate::policy::BudgetId, field: BudgetField) -> Value<'c> {
        let Some(declared) = self.loaded.policy().budgets.get(budget.index()) else {
            return Value::Unknown("the policy has no such budget");
        };
        if field == BudgetField::Limit {
            return Value::Num(declared.limit, declared.unit);
        }
        let Some(used) = self.used(budget) else { return Value::Unknown("what the budget counts for is not known") };
        let left = || declared.limit.checked_sub(used).map(|left| left.max(0));
        value::number(if field == BudgetField::Used { Some(used) } else { left() }, declared.unit)
    }
}

/// A member of a structured text, before it is kept.
enum Found<'c> {
    Plain(Value<'c>),
    Text(String),
    Read(Structure),
}

/// Null counts as absent.
pub(super) fn wire(json: Json<'_>, shape: Option<ShapeId>) -> Value<'_> {
    if json.is_null() { Value::Absent } else { Value::Wire(json, shape) }
}

fn read_scalar<'c>(n: Option<i128>, unit: Unit) -> Value<'c> {
    n.map_or(Value::Unknown(OTHER_KIND), |n| Value::Num(n, unit))
}

fn counted<'c>(n: usize) -> Value<'c> {
    i64::try_from(n).map_or(Value::Unknown("the number does not fit"), |n| Value::Num(i128::from(n), Unit::Count))
}

fn numeric(value: Value<'_>) -> Result<(i128, Unit), Why> {
    match value {
        Value::Num(n, unit) => Ok((n, unit)),
        Value::Unknown(why) => Err(why),
        Value::Absent => Err(ABSENT),
        Value::Bool(_) | Value::Text(_) | Value::Computed(_) | Value::Wire(..) => Err(OTHER_KIND),
        Value::Const(_) | Value::Tags(_) | Value::Read(_) | Value::ConstRead(_) | Value::Part(..) => Err(OTHER_KIND),
    }
}

fn unit_of(how: Read) -> Option<Unit> {
    match how {
        Read::Int => Some(Unit::Count),
        Read::Decimal => Some(Unit::Decimal),
        Read::Money(currency) => Some(Unit::Money(currency)),
        Read::Duration => Some(Unit::Duration),
        Read::Time => Some(Unit::Time),
        Read::Bool | Read::Text | Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => None,
        Read::Sql(_) | Read::Shell => None,
    }
}

fn structured(how: Read) -> bool {
    match how {
        Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => true,
        Read::Sql(_) | Read::Shell => true,
        Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Text | Read::Duration | Read::Time => false,
    }
}

/// Reads a structured text.
pub(crate) fn read_structure(text: &str, how: Read) -> Result<Structure, Why> {
    let read = match how {
        Read::Url => facets::url(text).map(Structure::Url),
        Read::Host => facets::host(text).map(Structure::Host),
        Read::Ip => facets::ip(text).map(|address| Structure::Host(facets::Host::Ip(address))),
        Read::Cidr => facets::cidr(text).map(Structure::Network),
        Read::Email => facets::email(text).map(Structure::Email),
        Read::Path => facets::path(text, None).map(Structure::Path),
        // Nothing is compared with these as a whole.
        Read::Sql(_) | Read::Shell => return Err(OTHER_KIND),
        Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Text | Read::Duration | Read::Time => {
            return Err(OTHER_KIND);
        }
    };
    read.map_err(|unknown| unknown.0)
}

fn is_wild(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

/// The extension of whatever fits the last part of a pattern, if all that fits has the same; inside, what it is if there
/// is one.
fn extension(last: &str) -> Option<Option<&str>> {
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    match last.rsplit_once('.') {
        Some(("", _)) if !is_wild(last) => Some(None),
        Some((_, after)) if !is_wild(last) || is_plain(after) => Some(Some(after)),
        None if !is_wild(last) => Some(None),
        Some(_) | None => None,
    }
}
