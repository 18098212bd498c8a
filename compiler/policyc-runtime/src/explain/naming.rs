//! Values and their names as people read them, and why a value is not known.

use std::collections::BTreeSet;

use super::justify::{Failing, Settled, justify};
use crate::decision::Unknown;
use crate::eval::Evaluator;
use crate::num::Decimal;
use crate::policy::{Atom, BudgetField, Const, ConstId, Member, NodeId, Policy, Risk, Term, TermId, Unit};
use crate::time;
use crate::value::{OTHER_KIND, Value, Why, risk_rank};
use crate::verify::{atom_terms, term_children};

/// A text of the call is shown up to so many characters.
const SHOWN: usize = 200;
/// At most so many unknown values are listed.
const LISTED: usize = 32;

/// How a rule writes a value.
pub(crate) fn term_name(evaluator: &Evaluator<'_, '_>, term: TermId) -> String {
    let policy = evaluator.loaded.policy();
    let text = |id| policy.text(id);
    let of = |term: &TermId| term_name(evaluator, *term);
    match policy.terms.get(term.index()) {
        None => "?".to_owned(),
        Some(Term::Const(constant)) => show_const(policy, *constant),
        Some(Term::Arg(name)) => format!("args.{}", text(*name)),
        Some(Term::Args) => "args".to_owned(),
        Some(Term::Label(label)) => {
            format!("labels.{}", policy.labels.get(label.index()).map_or("?", |f| text(f.name)))
        }
        Some(Term::Attr(attribute)) => {
            format!("agent.{}", policy.attributes.get(attribute.index()).map_or("?", |f| text(f.name)))
        }
        Some(Term::AgentId) => "agent.id".to_owned(),
        Some(Term::AgentTenant) => "agent.tenant".to_owned(),
        Some(Term::SessionId) => "session.id".to_owned(),
        Some(Term::SessionAge) => "session.age".to_owned(),
        Some(Term::Task) => "call.task".to_owned(),
        Some(Term::ToolName) => "tool.name".to_owned(),
        Some(Term::ToolRisk) => "tool.risk".to_owned(),
        Some(Term::ToolTags) => "tool.tags".to_owned(),
        Some(Term::Time) => "time".to_owned(),
        Some(Term::Budget(budget, field)) => {
            let field = match field {
                BudgetField::Used => "used",
                BudgetField::Left => "left",
                BudgetField::Limit => "limit",
            };
            format!("budgets.{}.{field}", evaluator.loaded.budget_name(*budget))
        }
        Some(Term::Result) => "result".to_owned(),
        Some(Term::ResultOk) => "result.ok".to_owned(),
        Some(Term::UsageTokens) => "usage.tokens".to_owned(),
        Some(Term::UsageCost(_)) => "usage.cost".to_owned(),
        Some(Term::UsageTime) => "usage.time".to_owned(),
        Some(Term::Var(depth)) => match evaluator.list_of(*depth) {
            Some(list) => format!("a member of {}", of(&list)),
            None => "a member".to_owned(),
        },
        Some(Term::Field(t, name) | Term::ConstField(t, name)) => format!("{}.{}", of(t), text(*name)),
        Some(Term::Index(t, key)) => format!("{}[{}]", of(t), of(key)),
        Some(Term::Read(t, _) | Term::ReadPath(t, _) | Term::ReadShell(t, _)) => of(t),
        Some(Term::ReadSql(t, _) | Term::ToDecimal(t)) => of(t),
        Some(Term::Member(t, member)) => format!("{}.{}", of(t), member_name(*member)),
        Some(Term::Lookup(table, key)) => {
            format!("{}[{}]", policy.tables.get(table.index()).map_or("?", |t| text(t.name)), of(key))
        }
        Some(Term::Add(a, b)) => format!("{} + {}", of(a), of(b)),
        Some(Term::Sub(a, b)) => format!("{} - {}", of(a), of(b)),
        Some(Term::Mul(a, b)) => format!("{} * {}", of(a), of(b)),
        Some(Term::Neg(t)) => format!("-{}", of(t)),
        Some(Term::Lower(t)) => format!("lower({})", of(t)),
        Some(Term::Len(t)) => format!("len({})", of(t)),
    }
}

fn member_name(member: Member) -> &'static str {
    match member {
        Member::UrlScheme => "scheme",
        Member::UrlHost | Member::EmailHost => "host",
        Member::UrlPort => "port",
        Member::UrlPath => "path",
        Member::UrlQuery => "query",
        Member::UrlHasCredentials => "has_credentials",
        Member::EmailLocal => "local",
        Member::PathName => "name",
        Member::PathExtension => "extension",
        Member::PathIsAbsolute => "is_absolute",
        Member::PathFromHome => "from_home",
        Member::HostIsIp => "is_ip",
        Member::CidrSize => "size",
    }
}

/// What a term is, as text; `None` if it is absent or unknown.
pub(crate) fn show_term(evaluator: &mut Evaluator<'_, '_>, term: TermId) -> Option<String> {
    let value = evaluator.term(term);
    let risk = matches!(evaluator.loaded.policy().terms.get(term.index()), Some(Term::ToolRisk));
    match value.number().filter(|_| risk) {
        Some((n, _)) => Risk::ALL.into_iter().find(|r| risk_rank(*r) == n).map(|r| r.name().to_owned()),
        None => show(evaluator, &value),
    }
}

/// A value as text; `None` if it is absent or unknown.
pub(crate) fn show(evaluator: &Evaluator<'_, '_>, value: &Value<'_>) -> Option<String> {
    let policy = evaluator.loaded.policy();
    match value {
        Value::Unknown(_) | Value::Absent => None,
        Value::Bool(b) => Some(b.to_string()),
        Value::Num(n, unit) => Some(show_number(policy, *n, *unit)),
        Value::Text(text) => Some(shortened(text)),
        Value::Wire(json, _) => Some(match json.text() {
            Some(text) => shortened(text),
            None => shortened(&json.to_string()),
        }),
        Value::Const(constant) => Some(shortened(&show_const(policy, *constant))),
        Value::Tags(tool) => {
            let tags = policy.tools.get(tool.index()).into_iter().flat_map(|t| &t.tags);
            Some(tags.map(|t| policy.text(*t)).collect::<Vec<_>>().join(", "))
        }
        Value::Part(..) => evaluator.show_part(value).map(|s| shortened(&s)),
        Value::Computed(slot) => Some(shortened(evaluator.slot_text(*slot))),
        Value::Read(_) | Value::ConstRead(_) => evaluator.structure(value).map(|s| shortened(&s.show())),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// A number with its unit, as rules write it.
pub fn show_number(policy: &Policy, n: i128, unit: Unit) -> String {
    match unit {
        Unit::Count => n.to_string(),
        Unit::Decimal => Decimal::from_raw(n).to_string(),
        Unit::Money(currency) => format!("{} {}", Decimal::from_raw(n), policy.text(currency)),
        Unit::Duration => show_duration(n),
        Unit::Time => i64::try_from(n).map_or_else(|_| n.to_string(), time::format),
    }
}

/// A duration in the largest unit that shows it exactly.
fn show_duration(nanos: i128) -> String {
    let units = [
        (604_800_000_000_000, "week"),
        (86_400_000_000_000, "day"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
    ];
    for (size, unit) in units {
        if let (Some(0), Some(n)) = (nanos.checked_rem(size), nanos.checked_div(size))
            && n != 0
        {
            return format!("{n} {unit}");
        }
    }
    let raw = nanos.checked_mul(1_000_000_000).map(Decimal::from_raw);
    raw.map_or_else(|| format!("{nanos} ns"), |seconds| format!("{seconds} s"))
}

/// A constant, as rules write it. Constants nest as deep as `verify` allows.
pub(crate) fn show_const(policy: &Policy, id: ConstId) -> String {
    match policy.consts.get(id.index()) {
        None => "?".to_owned(),
        Some(Const::Bool(b)) => b.to_string(),
        Some(Const::Num(n, unit)) => show_number(policy, *n, *unit),
        Some(Const::Text(t) | Const::Host(t) | Const::Network(t) | Const::Path(t)) => {
            format!("\"{}\"", policy.text(*t))
        }
        Some(Const::List(members)) => {
            let mut shown: Vec<String> = members.iter().take(8).map(|m| show_const(policy, *m)).collect();
            if members.len() > shown.len() {
                shown.push(format!("… ({} in all)", members.len()));
            }
            format!("{{{}}}", shown.join(", "))
        }
        Some(Const::Record(members)) => {
            let shown: Vec<String> =
                members.iter().map(|(k, m)| format!("{}: {}", policy.text(*k), show_const(policy, *m))).collect();
            format!("{{{}}}", shown.join(", "))
        }
        Some(Const::Null) => "null".to_owned(),
    }
}

/// What was not known of the values that settle a condition.
pub(crate) fn unknowns_of(evaluator: &mut Evaluator<'_, '_>, node: NodeId, into: &mut BTreeSet<Unknown>) {
    justify(evaluator, node, Failing::All, &mut |ev, settled: Settled| {
        if into.len() < LISTED && ev.atom(settled.atom).is_unknown() {
            blame(ev, settled, into);
        }
    });
}

/// Why it is not known whether the session has a mark.
pub(crate) fn mark_unknown(evaluator: &Evaluator<'_, '_>) -> Why {
    match evaluator.subject.call.session {
        Some(_) => "an allowed call that may change the mark has no reported result",
        None => "the call names no session",
    }
}

/// Which values make a question unknown, and why.
fn blame(evaluator: &mut Evaluator<'_, '_>, settled: Settled, into: &mut BTreeSet<Unknown>) {
    let loaded = evaluator.loaded;
    let Some(atom) = loaded.policy().atoms.get(settled.atom.index()) else { return };
    let before = into.len();
    for term in atom_terms(atom) {
        blame_term(evaluator, term, into);
    }
    if into.len() > before {
        return;
    }
    let Some(term) = atom_terms(atom).next() else {
        into.insert(Unknown { what: "session".to_owned(), why: mark_unknown(evaluator).to_owned() });
        return;
    };
    let why = if matches!(atom, Atom::ValueHas(..) | Atom::FromUser(_) | Atom::FromTools(..)) {
        "where it comes from cannot be told: the session has forgotten text, or a result has not come yet"
    } else if matches!(atom, Atom::WithinNet(..) | Atom::WithinValue(..)) {
        "which addresses it stands for is not known here"
    } else if matches!(atom, Atom::WithinPath(..)) {
        "which folder it is relative to is not known"
    } else if matches!(atom, Atom::Fits(..)) {
        "the pattern cannot be used"
    } else {
        OTHER_KIND
    };
    into.insert(Unknown { what: term_name(evaluator, term), why: why.to_owned() });
}

/// The values deepest within a term that are not known. Terms nest as deep as `verify` allows.
pub(crate) fn blame_term(evaluator: &mut Evaluator<'_, '_>, term: TermId, into: &mut BTreeSet<Unknown>) {
    let Some(why) = evaluator.term(term).why() else { return };
    if into.len() >= LISTED {
        return;
    }
    let loaded = evaluator.loaded;
    let before = into.len();
    for child in loaded.policy().terms.get(term.index()).into_iter().flat_map(term_children) {
        blame_term(evaluator, child, into);
    }
    if into.len() == before {
        into.insert(Unknown { what: term_name(evaluator, term), why: why.to_owned() });
    }
}
