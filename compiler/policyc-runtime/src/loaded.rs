//! A policy that was verified, with everything that is derived from it.
//!
//! Nothing here is stored in a bundle: loading derives it anew. Whoever holds a `Loaded` may evaluate it without
//! checking ids again. Regular expressions are built when they are first asked for; one that cannot be built makes
//! what asks for it unknown.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::OnceLock;

use regex_automata::meta;

use crate::bundle::Bundle;
use crate::eval::glob::Glob;
use crate::eval::read_structure;
use crate::needs;
use crate::policy::{
    Atom, BudgetId, Const, ConstId, Effect, Field, LabelId, Member, Pattern, PatternId, Policy, Read, RuleId, Shape,
    ShapeId, StrId, TableId, Term, TermId, ToolId,
};
use crate::quick::Quick;
use crate::recall::Recall;
use crate::schema::{Key, Needs};
use crate::spoken::Spoken;
use crate::tree::Tree;
use crate::value::{Slot, Structure, Value};
use crate::verify::{LoadError, set_members, verify};
use crate::wire::{Doc, Json};

/// A regular expression may take so many bytes, built and while it runs.
const REGEX_BYTES: usize = 1 << 20;
/// A set of at least so many texts is searched, a smaller one is run through.
const SEARCHED: usize = 4;
/// No memory of its own.
const NO_SLOT: u32 = u32::MAX;

/// A policy that was verified and indexed; shared between threads, never changed.
#[derive(Debug)]
pub struct Loaded {
    policy: Policy,
    hash: [u8; 32],
    needs: Needs,
    tree: Tree,
    pub(crate) recall: Recall,
    /// By term: its place in the scratch memory, if it needs one.
    slots: Vec<u32>,
    slot_count: usize,
    matchers: Vec<Matcher>,
    structures: BTreeMap<ConstId, Structure>,
    text_sets: BTreeMap<ConstId, Box<[StrId]>>,
    defaults: BTreeMap<StrId, Doc>,
    /// Tools whose results some item asks about.
    asked_later: Vec<bool>,
    pub(crate) spoken: Spoken,
    /// The terms that ask for arguments, by key.
    arguments: ByKey<(TermId, StrId)>,
    /// By type of a tool's arguments and by place in it, and by label.
    arguments_at: Vec<Box<[Option<Asked>]>>,
    labels_at: Box<[Option<Asked>]>,
    /// Of these, terms whose value may be a default.
    defaulted: BTreeSet<TermId>,
    /// Some record within a value has a field with a default.
    shapes_matter: bool,
    /// Some condition asks where a text comes from.
    remembers: bool,
}

/// What is known of the keys within a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They are names: no type of the policy lets a caller choose a key.
    Names,
    /// They are data.
    Data,
    /// What this type says.
    Of(ShapeId),
}

/// The term that asks for a value, and the value's declared type if that says anything.
type Asked = (TermId, Option<ShapeId>);

type ByKey<T> = HashMap<Box<str>, T, BuildHasherDefault<Quick>>;

/// A glob or regular expression, ready to match.
#[derive(Debug)]
pub(crate) enum Matcher {
    Glob(Glob),
    Regex(Regex),
}

/// A regular expression that is built when it is first asked for.
#[derive(Debug)]
pub(crate) struct Regex {
    pattern: Box<str>,
    built: OnceLock<Option<meta::Regex>>,
}

impl Regex {
    fn new(pattern: &str) -> Self {
        Self { pattern: pattern.into(), built: OnceLock::new() }
    }

    fn built(&self) -> Option<&meta::Regex> {
        let build = || {
            let config = meta::Config::new()
                .nfa_size_limit(Some(REGEX_BYTES))
                .hybrid_cache_capacity(REGEX_BYTES)
                .onepass_size_limit(Some(REGEX_BYTES));
            meta::Regex::builder().configure(config).build(&self.pattern).ok()
        };
        self.built.get_or_init(build).as_ref()
    }

    /// Whether it stands somewhere in the text; `None` if it cannot be built.
    pub(crate) fn is_match(&self, text: &str) -> Option<bool> {
        self.built().map(|regex| regex.is_match(text))
    }

    /// Where it stands, from left to right; `None` if it cannot be built, or if that would take more looking than
    /// `left` bytes: each search may look ahead to the end of the text.
    pub(crate) fn spans(&self, text: &str, left: &mut usize) -> Option<Vec<(usize, usize)>> {
        let regex = self.built()?;
        let mut spans = Vec::new();
        let mut found = regex.find_iter(text);
        let mut from = 0_usize;
        loop {
            *left = left.checked_sub(text.len().saturating_sub(from))?;
            let Some(next) = found.next() else { return Some(spans) };
            spans.push((next.start(), next.end()));
            from = next.end();
        }
    }
}

impl Loaded {
    /// Verifies a policy and derives what evaluation needs.
    ///
    /// # Errors
    /// What `verify` finds: the policy was damaged or nests too deeply.
    pub fn new(policy: Policy) -> Result<Self, LoadError> {
        Self::of(Bundle::of(policy).map_err(|_| LoadError::NotEncodable)?)
    }

    /// As `new`, of a policy that was read and whose hash is therefore known.
    ///
    /// # Errors
    /// As `new`.
    pub fn of(Bundle { policy, hash }: Bundle) -> Result<Self, LoadError> {
        let vars = verify(&policy)?;
        let defaults = defaults(&policy)?;
        let (slots, slot_count) = slots(&policy);
        let (arguments, shapes_matter) = (arguments(&policy), shapes_matter(&policy));
        let matchers = policy.patterns.iter().map(|p| match p {
            Pattern::Glob(text) => Matcher::Glob(Glob::new(policy.text(*text))),
            Pattern::Regex(text) => Matcher::Regex(Regex::new(policy.text(*text))),
        });
        Ok(Self {
            matchers: matchers.collect(),
            structures: structures(&policy),
            text_sets: text_sets(&policy),
            needs: needs::of(&policy),
            tree: Tree::new(&policy),
            hash,
            asked_later: asked_later(&policy),
            spoken: Spoken::new(&policy),
            arguments_at: arguments_at(&policy, &arguments, shapes_matter),
            labels_at: labels_at(&policy),
            arguments,
            defaulted: defaulted(&policy),
            shapes_matter,
            remembers: remembers(&policy),
            recall: Recall::new(&policy, vars),
            slots,
            slot_count,
            defaults,
            policy,
        })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// SHA-256 of the policy.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// What a call must bring.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    /// A rule's name.
    pub fn rule_name(&self, rule: RuleId) -> &str {
        self.spoken.name(rule)
    }

    /// The rule of this name.
    pub fn rule_named(&self, name: &str) -> Option<RuleId> {
        let at = self.policy.rules.binary_search_by(|rule| self.policy.text(rule.name).cmp(name)).ok()?;
        u32::try_from(at).ok().map(RuleId)
    }

    /// A budget's name.
    pub fn budget_name(&self, budget: BudgetId) -> &str {
        self.policy.budgets.get(budget.index()).map_or("", |b| self.policy.text(b.name))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The term that asks for what came under a key of a call of this tool, and the declared type of that.
    pub(crate) fn asked_under(&self, tool: ToolId, key: Key<'_>) -> Option<Asked> {
        match key {
            Key::Argument(place) => {
                let args = self.policy.tools.get(tool.index())?.args;
                *self.arguments_at.get(args.index())?.get(place)?
            }
            Key::Other(key) => self.argument(tool, key),
            Key::Label(place) => *self.labels_at.get(place)?,
        }
    }

    /// The term that asks for the argument of this name of a tool, and its declared type.
    pub(crate) fn argument(&self, tool: ToolId, key: &str) -> Option<Asked> {
        let (term, name) = self.arguments.get(key)?;
        let args = self.policy.tools.get(tool.index()).filter(|_| self.shapes_matter).map(|t| t.args);
        Some((*term, args.and_then(|args| self.field_shape(args, *name))))
    }

    /// The term that asks for the label of this name, and its declared type.
    pub(crate) fn label(&self, key: &str) -> Option<Asked> {
        let at = self.policy.labels.binary_search_by(|field| self.policy.text(field.name).cmp(key)).ok()?;
        *self.labels_at.get(at)?
    }

    /// Whether an argument or label may have a default.
    pub(crate) fn has_default(&self, term: TermId) -> bool {
        !self.defaulted.is_empty() && self.defaulted.contains(&term)
    }

    /// The fields of a record.
    pub(crate) fn fields(&self, shape: ShapeId) -> Option<&[Field]> {
        self.policy.shapes.get(shape.index()).and_then(record).map(Vec::as_slice)
    }

    /// The type of a record's field.
    fn field_shape(&self, record: ShapeId, name: StrId) -> Option<ShapeId> {
        self.fields(record)?.iter().find(|f| f.name == name).map(|f| f.shape)
    }

    /// Whether something about the call will be asked when its result comes.
    pub(crate) fn asks_later(&self, tool: ToolId) -> bool {
        self.asked_later.get(tool.index()).copied().unwrap_or(true)
    }

    /// Whether some condition asks where a text comes from, so that results must be remembered.
    pub(crate) fn remembers(&self) -> bool {
        self.remembers
    }

    pub(crate) fn slots(&self) -> usize {
        self.slot_count
    }

    /// The place of a term in the scratch memory.
    pub(crate) fn slot(&self, term: TermId) -> Option<Slot> {
        self.slots.get(term.index()).copied().filter(|s| *s != NO_SLOT).map(Slot)
    }

    pub(crate) fn matcher(&self, pattern: PatternId) -> Option<&Matcher> {
        self.matchers.get(pattern.index())
    }

    /// A constant as a value.
    pub(crate) fn constant(&self, id: ConstId) -> Value<'_> {
        match self.policy.consts.get(id.index()) {
            Some(Const::Bool(value)) => Value::Bool(*value),
            Some(Const::Num(n, unit)) => Value::Num(*n, *unit),
            Some(Const::Text(text)) => Value::Text(self.policy.text(*text)),
            Some(Const::Host(_) | Const::Network(_) | Const::Path(_)) if self.structures.contains_key(&id) => {
                Value::ConstRead(id)
            }
            Some(Const::Host(_) | Const::Network(_) | Const::Path(_)) | None => {
                Value::Unknown("a constant of the policy cannot be read")
            }
            Some(Const::List(_) | Const::Record(_)) => Value::Const(id),
            Some(Const::Null) => Value::Absent,
        }
    }

    pub(crate) fn structure(&self, constant: ConstId) -> Option<&Structure> {
        self.structures.get(&constant)
    }

    /// The texts of a list, sorted, if they are worth searching.
    pub(crate) fn text_set(&self, list: ConstId) -> Option<&[StrId]> {
        self.text_sets.get(&list).map(|set| &**set)
    }

    /// A default value by its JSON text.
    pub(crate) fn default(&self, text: StrId) -> Option<Json<'_>> {
        self.defaults.get(&text).map(Doc::root)
    }

    /// A type without the `?` around it.
    pub(crate) fn inner(&self, shape: ShapeId) -> Option<ShapeId> {
        let mut at = shape;
        // `verify` has seen to it that this ends.
        while let Shape::Optional(inner) = self.policy.shapes.get(at.index())? {
            at = *inner;
        }
        Some(at)
    }

    /// The type of the members of a list, set or map.
    pub(crate) fn member_shape(&self, shape: ShapeId) -> Option<ShapeId> {
        match self.policy.shapes.get(shape.index())? {
            Shape::List(member) | Shape::Set(member) | Shape::Map(member) => Some(*member),
            Shape::Bool | Shape::Int | Shape::Decimal | Shape::Money(_) | Shape::Text | Shape::Enum(_) => None,
            Shape::Duration | Shape::Time | Shape::Record { .. } | Shape::Union(_) | Shape::Json => None,
            Shape::Optional(_) => None,
        }
    }

    /// Whether a key within a value is named by the value's type, and what is known of the keys further in. No key:
    /// a member of a list.
    pub(crate) fn within(&self, keys: Keys, key: Option<&str>) -> (bool, Keys) {
        let Keys::Of(shape) = keys else { return (keys == Keys::Names, keys) };
        match self.inner(shape).and_then(|shape| self.policy.shapes.get(shape.index())) {
            Some(Shape::Record { fields, .. }) => {
                let at = key.and_then(|key| fields.binary_search_by(|f| self.policy.text(f.name).cmp(key)).ok());
                at.and_then(|at| fields.get(at)).map_or((false, Keys::Data), |field| (true, Keys::Of(field.shape)))
            }
            Some(Shape::List(member) | Shape::Set(member) | Shape::Map(member)) => (false, Keys::Of(*member)),
            Some(Shape::Json | Shape::Union(_)) => (false, Keys::Data),
            // A value of another form than its type.
            Some(Shape::Bool | Shape::Int | Shape::Decimal | Shape::Money(_) | Shape::Text | Shape::Enum(_)) => {
                (false, Keys::Data)
            }
            Some(Shape::Duration | Shape::Time | Shape::Optional(_)) | None => (false, Keys::Data),
        }
    }

    /// A table's row.
    pub(crate) fn row(&self, table: TableId, key: &str) -> Option<ConstId> {
        let rows = &self.policy.tables.get(table.index())?.rows;
        let at = rows.binary_search_by(|(name, _)| self.policy.text(*name).cmp(key)).ok()?;
        rows.get(at).map(|(_, value)| *value)
    }
}

/// The fields of a record.
fn record(shape: &Shape) -> Option<&Vec<Field>> {
    if let Shape::Record { fields, open: _ } = shape { Some(fields) } else { None }
}

fn defaults(policy: &Policy) -> Result<BTreeMap<StrId, Doc>, LoadError> {
    let records = policy.shapes.iter().filter_map(record);
    let mut docs = BTreeMap::new();
    for Field { name, default, .. } in records.chain([&policy.labels, &policy.attributes]).flatten() {
        let Some(text) = default else { continue };
        if !docs.contains_key(text) {
            let bad = |_| LoadError::BadDefault { field: policy.text(*name).to_owned() };
            docs.insert(*text, Doc::of(policy.text(*text)).map_err(bad)?);
        }
    }
    Ok(docs)
}

/// Which terms need memory of their own: those that compute a text or read a structure.
fn slots(policy: &Policy) -> (Vec<u32>, usize) {
    let mut next = 0_u32;
    let slots = policy.terms.iter().map(|term| {
        let needs = if let Term::Read(_, how) = term {
            match how {
                Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => true,
                Read::Sql(_) | Read::Shell => true,
                Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Text => false,
                Read::Duration | Read::Time => false,
            }
        } else if let Term::Member(_, member) = term {
            match member {
                Member::UrlScheme | Member::UrlHost | Member::UrlPath | Member::UrlQuery => true,
                Member::EmailHost | Member::EmailLocal | Member::PathName | Member::PathExtension => true,
                Member::UrlPort | Member::UrlHasCredentials | Member::PathIsAbsolute => false,
                Member::PathFromHome | Member::HostIsIp | Member::CidrSize => false,
            }
        } else {
            matches!(term, Term::ReadPath(..) | Term::ReadShell(..) | Term::ReadSql(..) | Term::Lower(_))
        };
        if needs {
            let slot = next;
            next = next.saturating_add(1);
            slot
        } else {
            NO_SLOT
        }
    });
    let slots = slots.collect();
    (slots, usize::try_from(next).unwrap_or(0))
}

fn arguments(policy: &Policy) -> ByKey<(TermId, StrId)> {
    let terms = policy.terms.iter().zip(0_u32..);
    let arguments = terms.filter_map(|(term, id)| {
        let Term::Arg(name) = term else { return None };
        Some((policy.text(*name).into(), (TermId(id), *name)))
    });
    arguments.collect()
}

fn arguments_at(policy: &Policy, arguments: &ByKey<(TermId, StrId)>, shapes_matter: bool) -> Vec<Box<[Option<Asked>]>> {
    let asked = |field: &Field| {
        let (term, _) = arguments.get(policy.text(field.name))?;
        Some((*term, shapes_matter.then_some(field.shape)))
    };
    let tools: BTreeSet<ShapeId> = policy.tools.iter().map(|t| t.args).collect();
    let by_shape = policy.shapes.iter().zip(0_u32..).map(|(shape, id)| {
        let fields = record(shape).filter(|_| tools.contains(&ShapeId(id)));
        fields.into_iter().flatten().map(asked).collect()
    });
    by_shape.collect()
}

fn labels_at(policy: &Policy) -> Box<[Option<Asked>]> {
    let mut asked: Box<[Option<Asked>]> = vec![None; policy.labels.len()].into();
    for (term, id) in policy.terms.iter().zip(0_u32..) {
        if let Term::Label(label) = term
            && let (Some(place), Some(field)) = (asked.get_mut(label.index()), policy.labels.get(label.index()))
        {
            *place = Some((TermId(id), Some(field.shape)));
        }
    }
    asked
}

/// The terms that fetch an argument that some tool has a default for, or a label that has one.
fn defaulted(policy: &Policy) -> BTreeSet<TermId> {
    let records = policy.tools.iter().filter_map(|tool| policy.shapes.get(tool.args.index()).and_then(record));
    let fields = records.flatten().filter(|f| f.default.is_some());
    let names: BTreeSet<StrId> = fields.map(|f| f.name).collect();
    let terms = policy.terms.iter().zip(0_u32..).filter(|(term, _)| {
        let has = |label: &LabelId| policy.labels.get(label.index()).is_some_and(|f| f.default.is_some());
        matches!(term, Term::Arg(name) if names.contains(name)) || matches!(term, Term::Label(label) if has(label))
    });
    terms.map(|(_, id)| TermId(id)).collect()
}

/// Whether a record that is not a tool's arguments has a field with a default, or a caller can choose keys of which
/// somebody asks where they come from.
fn shapes_matter(policy: &Policy) -> bool {
    let free = |shape: &Shape| match shape {
        Shape::Map(_) | Shape::Json | Shape::Union(_) => true,
        Shape::Record { open, .. } => *open,
        Shape::Bool | Shape::Int | Shape::Decimal | Shape::Money(_) | Shape::Text | Shape::Enum(_) => false,
        Shape::Duration | Shape::Time | Shape::List(_) | Shape::Set(_) | Shape::Optional(_) => false,
    };
    if remembers(policy) && policy.shapes.iter().any(free) {
        return true;
    }
    let tools: BTreeSet<ShapeId> = policy.tools.iter().map(|t| t.args).collect();
    let mut others = policy.shapes.iter().zip(0_u32..).filter(|(_, id)| !tools.contains(&ShapeId(*id)));
    others.any(|(shape, _)| record(shape).is_some_and(|fields| fields.iter().any(|f| f.default.is_some())))
}

fn asked_later(policy: &Policy) -> Vec<bool> {
    let mut asked = vec![false; policy.tools.len()];
    let results = policy.rules.iter().filter(|r| matches!(r.effect, Effect::Redact | Effect::Quarantine));
    let settled = policy.budgets.iter().flat_map(|b| &b.charges).filter(|c| c.settle.is_some());
    let sets = policy.afters.iter().map(|a| a.tools).chain(results.map(|r| r.tools)).chain(settled.map(|c| c.tools));
    for set in sets {
        let words = policy.tool_sets.get(set.index()).map_or(&[][..], |s| &s.0);
        for tool in set_members(words) {
            if let Some(asked) = asked.get_mut(tool.index()) {
                *asked = true;
            }
        }
    }
    asked
}

fn remembers(policy: &Policy) -> bool {
    policy.atoms.iter().any(|a| matches!(a, Atom::ValueHas(..) | Atom::FromUser(_) | Atom::FromTools(..)))
}

fn structures(policy: &Policy) -> BTreeMap<ConstId, Structure> {
    let read = policy.consts.iter().zip(0_u32..).filter_map(|(constant, id)| {
        let (text, how) = match constant {
            Const::Host(text) => (text, Read::Host),
            Const::Network(text) => (text, Read::Cidr),
            Const::Path(text) => (text, Read::Path),
            Const::Bool(_) | Const::Num(..) | Const::Text(_) | Const::List(_) | Const::Record(_) | Const::Null => {
                return None;
            }
        };
        read_structure(policy.text(*text), how).ok().map(|s| (ConstId(id), s))
    });
    read.collect()
}

/// The lists of texts that some question searches.
fn text_sets(policy: &Policy) -> BTreeMap<ConstId, Box<[StrId]>> {
    let mut sets = BTreeMap::new();
    for atom in &policy.atoms {
        let Atom::InConst(_, list) = atom else { continue };
        let Some(Const::List(members)) = policy.consts.get(list.index()) else { continue };
        if members.len() < SEARCHED || sets.contains_key(list) {
            continue;
        }
        let texts = members.iter().map(|m| match policy.consts.get(m.index()) {
            Some(Const::Text(text)) => Some(*text),
            Some(_) | None => None,
        });
        let Some(mut texts) = texts.collect::<Option<Vec<StrId>>>() else { continue };
        texts.sort_unstable_by_key(|t| policy.text(*t));
        sets.insert(*list, texts.into());
    }
    sets
}
