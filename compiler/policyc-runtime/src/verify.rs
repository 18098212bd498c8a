//! Checks a policy once, at load: every id, every order that look-ups rely on, and that every walk ends.
//!
//! A compiled policy may come from a file that somebody changed. What passes here can be evaluated without bounds on
//! recursion of its own: operands stand before what uses them, and conditions nest at most `MAX_NESTING` deep. What a
//! pattern or a value means is not checked here; what cannot be read is unknown when it is asked for.

use std::collections::HashSet;
use std::fmt;

use crate::policy::{
    Atom, AtomId, Budget, BudgetKey, Charge, Const, ConstId, Field, Node, NodeId, Pattern, PatternId, Place, Policy,
    Read, Rule, Shape, ShapeId, StrId, Suggest, TemplateId, TemplatePart, Term, TermId, ToolId, ToolSetId, Unit,
};

/// How deep conditions may nest: operators, quantifiers and values together.
pub const MAX_NESTING: u16 = 256;
/// How many quantifiers may stand within each other.
pub const MAX_QUANTIFIERS: u8 = 16;
/// How many marks there may be.
pub const MAX_MARKS: usize = 64;

/// Why a policy cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// An id points to nothing, or a table is not in the order that it must have.
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which entry of it.
        entry: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Conditions nest too deeply.
    TooDeep {
        /// Which entry of `nodes` or `terms`.
        entry: usize,
    },
    /// A table has more entries than ids can count.
    TooLarge {
        /// Which table.
        table: &'static str,
    },
    /// A default value is no JSON.
    BadDefault {
        /// The field's name.
        field: String,
    },
    /// The policy cannot be encoded, so that it has no hash.
    NotEncodable,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt { table, entry, what } => {
                write!(f, "the compiled policy is damaged: entry {entry} of its {table} {what}")
            }
            Self::TooDeep { entry } => {
                write!(f, "the compiled policy has a condition that nests more than {MAX_NESTING} deep (entry {entry})")
            }
            Self::TooLarge { table } => write!(f, "the compiled policy has too many {table}"),
            Self::BadDefault { field } => write!(f, "the default of `{field}` in the compiled policy is no JSON value"),
            Self::NotEncodable => write!(f, "the compiled policy cannot be encoded"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Which variables of quantifiers a value or condition depends on: bit `d` is the variable of depth `d`.
pub(crate) type Vars = u16;

/// What `verify` found out on the way.
#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    pub terms: Vec<Vars>,
    pub atoms: Vec<Vars>,
    pub nodes: Vec<Vars>,
}

/// Checks a policy; see the module.
pub(crate) fn verify(policy: &Policy) -> Result<Dependencies, LoadError> {
    let mut check = Check { policy, table: "names", entry: 0 };
    check.sizes()?;
    check.names()?;
    check.shapes()?;
    check.constants()?;
    let vars = check.conditions()?;
    check.rules(&vars)?;
    check.budgets(&vars)?;
    Ok(vars)
}

struct Check<'p> {
    policy: &'p Policy,
    table: &'static str,
    entry: usize,
}

type Checked = Result<(), LoadError>;

impl<'p> Check<'p> {
    fn bad(&self, what: &'static str) -> LoadError {
        LoadError::Corrupt { table: self.table, entry: self.entry, what }
    }

    fn at(&mut self, table: &'static str, entry: usize) {
        self.table = table;
        self.entry = entry;
    }

    fn ensure(&self, holds: bool, what: &'static str) -> Checked {
        if holds { Ok(()) } else { Err(self.bad(what)) }
    }

    fn text(&self, id: StrId) -> Result<&'p str, LoadError> {
        self.policy.strings.get(id.index()).map(|s| &**s).ok_or_else(|| self.bad("names a text that is not there"))
    }

    fn texts(&self, ids: &[StrId]) -> Checked {
        ids.iter().try_for_each(|id| self.text(*id).map(|_| ()))
    }

    /// Texts, strictly ascending.
    fn sorted(&self, ids: impl Iterator<Item = StrId>) -> Checked {
        let mut last = None;
        for id in ids {
            let text = self.text(id)?;
            self.ensure(last.is_none_or(|l| l < text), "is not in order")?;
            last = Some(text);
        }
        Ok(())
    }

    fn shape(&self, id: ShapeId) -> Checked {
        self.ensure(id.index() < self.policy.shapes.len(), "names a type that is not there")
    }

    fn tool(&self, id: ToolId) -> Checked {
        self.ensure(id.index() < self.policy.tools.len(), "names a tool that is not there")
    }

    fn tool_set(&self, id: ToolSetId) -> Checked {
        self.ensure(id.index() < self.policy.tool_sets.len(), "names a set of tools that is not there")
    }

    fn constant(&self, id: ConstId) -> Result<&'p Const, LoadError> {
        self.policy.consts.get(id.index()).ok_or_else(|| self.bad("names a constant that is not there"))
    }

    fn pattern(&self, id: PatternId) -> Checked {
        self.ensure(id.index() < self.policy.patterns.len(), "names a pattern that is not there")
    }

    fn template(&self, id: TemplateId) -> Checked {
        self.ensure(id.index() < self.policy.templates.len(), "names a template that is not there")
    }

    fn unit(&self, unit: Unit) -> Checked {
        match unit {
            Unit::Money(currency) => self.text(currency).map(|_| ()),
            Unit::Count | Unit::Decimal | Unit::Duration | Unit::Time => Ok(()),
        }
    }

    fn place(&self, place: Place) -> Checked {
        let files = &self.policy.files;
        let Some(file) = files.get(StrId(place.file).index()) else {
            // A policy without sources has places that mean nothing.
            return self.ensure(files.is_empty() || place == Place::default(), "stands in a file that is not there");
        };
        let range = StrId(place.start).index()..StrId(place.end).index();
        self.ensure(file.text.get(range).is_some(), "stands outside of its file")
    }

    fn sizes(&self) -> Checked {
        let p = self.policy;
        let sizes = [
            ("strings", p.strings.len()),
            ("types", p.shapes.len()),
            ("tools", p.tools.len()),
            ("sets of tools", p.tool_sets.len()),
            ("rules", p.rules.len()),
            ("constants", p.consts.len()),
            ("values", p.terms.len()),
            ("questions", p.atoms.len()),
            ("conditions", p.nodes.len()),
        ];
        for (table, size) in sizes {
            // One bit less than ids have, so that the evaluator can tag them.
            if size > StrId(u32::MAX >> 2).index() {
                return Err(LoadError::TooLarge { table });
            }
        }
        if p.marks.len() > MAX_MARKS { Err(LoadError::TooLarge { table: "marks" }) } else { Ok(()) }
    }

    fn names(&mut self) -> Checked {
        let p = self.policy;
        self.at("tools", 0);
        self.sorted(p.tools.iter().map(|t| t.name))?;
        for (i, tool) in p.tools.iter().enumerate() {
            self.at("tools", i);
            self.shape(tool.args)?;
            self.shape(tool.result)?;
            self.texts(&tool.tags)?;
            let args = p.shapes.get(tool.args.index());
            self.ensure(matches!(args, Some(Shape::Record { .. })), "has arguments that are no record")?;
        }
        for (i, set) in p.tool_sets.iter().enumerate() {
            self.at("sets of tools", i);
            for tool in set_members(&set.0) {
                self.tool(tool)?;
            }
        }
        self.at("labels", 0);
        self.fields(&p.labels)?;
        self.at("attributes", 0);
        self.fields(&p.attributes)?;
        self.at("roles", 0);
        self.sorted(p.roles.iter().map(|r| r.name))?;
        for (i, role) in p.roles.iter().enumerate() {
            self.at("roles", i);
            for other in &role.closure {
                self.ensure(other.index() < p.roles.len(), "has a role that is not there")?;
            }
        }
        self.at("marks", 0);
        self.sorted(p.marks.iter().copied())
    }

    fn fields(&self, fields: &[Field]) -> Checked {
        self.sorted(fields.iter().map(|f| f.name))?;
        for field in fields {
            self.shape(field.shape)?;
            if let Some(default) = field.default {
                self.text(default)?;
            }
        }
        Ok(())
    }

    fn shapes(&mut self) -> Checked {
        for (i, shape) in self.policy.shapes.iter().enumerate() {
            self.at("types", i);
            match shape {
                Shape::Bool | Shape::Int | Shape::Decimal | Shape::Text | Shape::Duration | Shape::Time => {}
                Shape::Json => {}
                Shape::Money(currency) => {
                    self.text(*currency)?;
                }
                Shape::Enum(values) => self.sorted(values.iter().copied())?,
                Shape::List(s) | Shape::Set(s) | Shape::Map(s) => self.shape(*s)?,
                Shape::Record { fields, open: _ } => self.fields(fields)?,
                // These two look at the same value again, so a cycle of them would never end.
                Shape::Union(branches) => {
                    for s in branches {
                        self.shape(*s)?;
                        self.ensure(s.index() < i, "is a type made of itself")?;
                    }
                }
                Shape::Optional(s) => {
                    self.shape(*s)?;
                    self.ensure(s.index() < i, "is a type made of itself")?;
                }
            }
        }
        Ok(())
    }

    fn constants(&mut self) -> Checked {
        let mut depth: Vec<u16> = Vec::with_capacity(self.policy.consts.len());
        for (i, constant) in self.policy.consts.iter().enumerate() {
            self.at("constants", i);
            let mut inner = 0;
            let mut member = |check: &Self, id: &ConstId| -> Checked {
                let d = depth.get(id.index()).ok_or_else(|| check.bad("has a member that does not stand before it"))?;
                inner = inner.max(*d);
                Ok(())
            };
            match constant {
                Const::Bool(_) | Const::Null => {}
                Const::Num(_, unit) => self.unit(*unit)?,
                Const::Text(s) | Const::Host(s) | Const::Network(s) | Const::Path(s) => {
                    self.text(*s)?;
                }
                Const::List(members) => members.iter().try_for_each(|m| member(self, m))?,
                Const::Record(members) => {
                    self.sorted(members.iter().map(|(k, _)| *k))?;
                    members.iter().try_for_each(|(_, m)| member(self, m))?;
                }
            }
            if inner >= MAX_NESTING {
                return Err(LoadError::TooDeep { entry: i });
            }
            depth.push(inner.saturating_add(1));
        }
        for (i, table) in self.policy.tables.iter().enumerate() {
            self.at("tables", i);
            self.text(table.name)?;
            self.sorted(table.rows.iter().map(|(k, _)| *k))?;
            table.rows.iter().try_for_each(|(_, v)| self.constant(*v).map(|_| ()))?;
        }
        for (i, pattern) in self.policy.patterns.iter().enumerate() {
            self.at("patterns", i);
            match pattern {
                Pattern::Glob(s) | Pattern::Regex(s) => {
                    self.text(*s)?;
                }
            }
        }
        Ok(())
    }

    /// Terms, atoms and nodes. An atom has no order of its own: it is reached through a node, and its own body must
    /// stand before every node that asks it.
    fn conditions(&mut self) -> Result<Dependencies, LoadError> {
        let p = self.policy;
        let mut vars = Dependencies::default();
        let mut depths: Vec<u16> = Vec::with_capacity(p.terms.len());
        let mut fetched = HashSet::new();
        for (i, term) in p.terms.iter().enumerate() {
            self.at("values", i);
            let (mut free, mut depth): (Vars, u16) = self.own_vars(term)?;
            // What comes with a call is filed under the one term that fetches it.
            let key = if let Term::Arg(name) = term {
                Some((true, self.text(*name)?))
            } else if let Term::Label(label) = term {
                let field = p.labels.get(label.index());
                field.map(|f| self.text(f.name)).transpose()?.map(|name| (false, name))
            } else {
                None
            };
            self.ensure(key.is_none_or(|key| fetched.insert(key)), "stands there twice")?;
            for child in term_children(term) {
                let before = "is made of a value that does not stand before it";
                free |= vars.terms.get(child.index()).copied().ok_or_else(|| self.bad(before))?;
                depth = depth.max(depths.get(child.index()).copied().ok_or_else(|| self.bad(before))?);
            }
            depth = depth.saturating_add(1);
            if depth > MAX_NESTING {
                return Err(LoadError::TooDeep { entry: i });
            }
            vars.terms.push(free);
            depths.push(depth);
        }
        for (i, atom) in p.atoms.iter().enumerate() {
            self.at("questions", i);
            self.atom(atom)?;
        }
        // What an atom depends on is known once its body is; bodies stand before the nodes that ask.
        let mut asked: Vec<Option<(Vars, u16)>> = vec![None; p.atoms.len()];
        let mut node_depths: Vec<u16> = Vec::with_capacity(p.nodes.len());
        for (i, node) in p.nodes.iter().enumerate() {
            self.at("conditions", i);
            let (mut free, mut depth): (Vars, u16) = (0, 0);
            let mut child = |check: &Self, id: NodeId| -> Checked {
                let before = "is made of a condition that does not stand before it";
                free |= vars.nodes.get(id.index()).copied().ok_or_else(|| check.bad(before))?;
                depth = depth.max(node_depths.get(id.index()).copied().ok_or_else(|| check.bad(before))?);
                Ok(())
            };
            match node {
                Node::True | Node::False => {}
                Node::Not(n) => child(self, *n)?,
                Node::And(ns) | Node::Or(ns) => ns.iter().try_for_each(|n| child(self, *n))?,
                Node::Atom(id, _) => {
                    let known = asked.get(id.index()).copied().ok_or_else(|| self.bad("asks what is not there"))?;
                    let (f, d) = match known {
                        Some(known) => known,
                        None => {
                            let known = self.atom_vars(*id, &vars, &depths, &node_depths)?;
                            if let Some(slot) = asked.get_mut(id.index()) {
                                *slot = Some(known);
                            }
                            known
                        }
                    };
                    if let Some(Atom::Any { body, .. }) = p.atoms.get(id.index()) {
                        self.ensure(body.index() < i, "asks a quantifier whose body does not stand before it")?;
                    }
                    (free, depth) = (f, d);
                }
            }
            depth = depth.saturating_add(1);
            if depth > MAX_NESTING {
                return Err(LoadError::TooDeep { entry: i });
            }
            vars.nodes.push(free);
            node_depths.push(depth);
        }
        vars.atoms = asked.into_iter().map(|a| a.map_or(Vars::MAX, |(free, _)| free)).collect();
        Ok(vars)
    }

    fn atom_vars(
        &self,
        id: AtomId,
        vars: &Dependencies,
        depths: &[u16],
        nodes: &[u16],
    ) -> Result<(Vars, u16), LoadError> {
        let (mut free, mut depth): (Vars, u16) = (0, 0);
        let Some(atom) = self.policy.atoms.get(id.index()) else { return Err(self.bad("asks what is not there")) };
        for term in atom_terms(atom) {
            free |= vars.terms.get(term.index()).copied().unwrap_or(Vars::MAX);
            depth = depth.max(depths.get(term.index()).copied().unwrap_or(u16::MAX));
        }
        if let Atom::Any { depth: variable, body, .. } = atom {
            let before = "asks a quantifier whose body does not stand before it";
            let inner = vars.nodes.get(body.index()).copied().ok_or_else(|| self.bad(before))?;
            free |= inner & !variable_bit(*variable);
            depth = depth.max(nodes.get(body.index()).copied().unwrap_or(u16::MAX));
        }
        Ok((free, depth.saturating_add(1)))
    }

    /// The ids that a term has of its own, and the variable that it is.
    fn own_vars(&self, term: &Term) -> Result<(Vars, u16), LoadError> {
        let p = self.policy;
        match term {
            Term::Const(c) => self.constant(*c).map(|_| (0, 0)),
            Term::Arg(s) | Term::Field(_, s) | Term::ConstField(_, s) | Term::UsageCost(s) => {
                self.text(*s).map(|_| (0, 0))
            }
            Term::Label(l) => {
                self.ensure(l.index() < p.labels.len(), "names a label that is not there").map(|()| (0, 0))
            }
            Term::Attr(a) => {
                self.ensure(a.index() < p.attributes.len(), "names an attribute that is not there").map(|()| (0, 0))
            }
            Term::Budget(b, _) => {
                self.ensure(b.index() < p.budgets.len(), "names a budget that is not there").map(|()| (0, 0))
            }
            Term::Lookup(t, _) => {
                self.ensure(t.index() < p.tables.len(), "names a table that is not there").map(|()| (0, 0))
            }
            Term::Var(depth) => {
                self.ensure(*depth < MAX_QUANTIFIERS, "is within too many quantifiers")?;
                Ok((variable_bit(*depth), 0))
            }
            Term::Read(_, Read::Money(name) | Read::Sql(name)) => self.text(*name).map(|_| (0, 0)),
            Term::Args
            | Term::AgentId
            | Term::AgentTenant
            | Term::SessionId
            | Term::SessionAge
            | Term::Task
            | Term::ToolName
            | Term::ToolRisk
            | Term::ToolTags
            | Term::Time
            | Term::Result
            | Term::ResultOk
            | Term::UsageTokens
            | Term::UsageTime
            | Term::Index(..)
            | Term::Read(..)
            | Term::ReadPath(..)
            | Term::ReadShell(..)
            | Term::ReadSql(..)
            | Term::Member(..)
            | Term::Add(..)
            | Term::Sub(..)
            | Term::Mul(..)
            | Term::Neg(..)
            | Term::ToDecimal(..)
            | Term::Lower(..)
            | Term::Len(..) => Ok((0, 0)),
        }
    }

    fn atom(&self, atom: &Atom) -> Checked {
        let p = self.policy;
        for term in atom_terms(atom) {
            self.ensure(term.index() < p.terms.len(), "asks of a value that is not there")?;
        }
        match atom {
            Atom::InConst(_, list) | Atom::WithinNet(_, list) => {
                let list = self.constant(*list)?;
                self.ensure(matches!(list, Const::List(_)), "asks of a list that is none")
            }
            Atom::InWire(_, _, Some(Read::Money(name) | Read::Sql(name))) => self.text(*name).map(|_| ()),
            Atom::Fits(_, pattern) => self.pattern(*pattern),
            Atom::HasRole(role) => self.ensure(role.index() < p.roles.len(), "names a role that is not there"),
            Atom::SessionHas(mark) | Atom::ValueHas(_, mark) => {
                self.ensure(mark.index() < p.marks.len(), "names a mark that is not there")
            }
            Atom::FromTools(_, tools) => self.tool_set(*tools),
            Atom::Any { depth, body, .. } => {
                self.ensure(*depth < MAX_QUANTIFIERS, "is within too many quantifiers")?;
                self.ensure(body.index() < p.nodes.len(), "has a body that is not there")
            }
            Atom::InWire(..)
            | Atom::IsTrue(_)
            | Atom::Eq(..)
            | Atom::Lt(..)
            | Atom::Le(..)
            | Atom::StartsWith(..)
            | Atom::EndsWith(..)
            | Atom::Contains(..)
            | Atom::WithinPath(..)
            | Atom::WithinValue(..)
            | Atom::Present(_)
            | Atom::FromUser(_) => Ok(()),
        }
    }

    /// A condition that stands alone: it is there and depends on no variable.
    fn root(&self, node: NodeId, vars: &Dependencies) -> Checked {
        let free = vars.nodes.get(node.index()).ok_or_else(|| self.bad("has a condition that is not there"))?;
        self.ensure(*free == 0, "has a condition that depends on a variable of no quantifier")
    }

    fn value(&self, term: TermId, vars: &Dependencies) -> Checked {
        let free = vars.terms.get(term.index()).ok_or_else(|| self.bad("has a value that is not there"))?;
        self.ensure(*free == 0, "has a value that depends on a variable of no quantifier")
    }

    fn rules(&mut self, vars: &Dependencies) -> Checked {
        let p = self.policy;
        for (i, template) in p.templates.iter().enumerate() {
            self.at("templates", i);
            for part in &template.0 {
                match part {
                    TemplatePart::Text(s) => {
                        self.text(*s)?;
                    }
                    // A value of a quantifier's variable is shown as `?`; only its id must be there.
                    TemplatePart::Value(t) => {
                        self.ensure(t.index() < p.terms.len(), "has a value that is not there")?;
                    }
                }
            }
        }
        self.at("rules", 0);
        self.sorted(p.rules.iter().map(|r| r.name))?;
        for (i, rule) in p.rules.iter().enumerate() {
            self.at("rules", i);
            self.rule(rule, vars)?;
        }
        for (i, after) in p.afters.iter().enumerate() {
            self.at("afters", i);
            self.tool_set(after.tools)?;
            self.root(after.when, vars)?;
            self.ensure(after.mark.index() < p.marks.len(), "names a mark that is not there")?;
        }
        self.at("sites", 0);
        let sorted = p.sites.windows(2).all(|w| matches!(w, [a, b] if (a.rule, a.node) <= (b.rule, b.node)));
        self.ensure(sorted, "is not in order")?;
        for (i, site) in p.sites.iter().enumerate() {
            self.at("sites", i);
            self.ensure(site.rule.index() < p.rules.len(), "names a rule that is not there")?;
            self.ensure(site.node.index() < p.nodes.len(), "names a condition that is not there")?;
            self.place(site.place)?;
        }
        Ok(())
    }

    fn rule(&self, rule: &Rule, vars: &Dependencies) -> Checked {
        self.tool_set(rule.tools)?;
        self.root(rule.when, vars)?;
        if let Some(template) = rule.because {
            self.template(template)?;
        }
        match &rule.suggest {
            None => {}
            Some(Suggest::Text(template)) => self.template(*template)?,
            Some(Suggest::Call(tool, args)) => {
                self.tool(*tool)?;
                self.text(*args)?;
            }
        }
        self.texts(&rule.approvers)?;
        self.sorted(rule.obligations.iter().map(|(k, _)| *k))?;
        rule.obligations.iter().try_for_each(|(_, v)| self.text(*v).map(|_| ()))?;
        rule.redacts.iter().try_for_each(|r| self.pattern(*r))?;
        if let Some(doc) = rule.doc {
            self.text(doc)?;
        }
        self.place(rule.place)
    }

    fn budgets(&mut self, vars: &Dependencies) -> Checked {
        let p = self.policy;
        self.at("budgets", 0);
        self.sorted(p.budgets.iter().map(|b| b.name))?;
        for (i, budget) in p.budgets.iter().enumerate() {
            self.at("budgets", i);
            self.budget(budget, vars)?;
        }
        Ok(())
    }

    fn budget(&self, budget: &Budget, vars: &Dependencies) -> Checked {
        let p = self.policy;
        self.unit(budget.unit)?;
        for key in &budget.per {
            match key {
                BudgetKey::Label(l) => self.ensure(l.index() < p.labels.len(), "names a label that is not there")?,
                BudgetKey::Attr(a) => {
                    self.ensure(a.index() < p.attributes.len(), "names an attribute that is not there")?;
                }
                BudgetKey::Agent
                | BudgetKey::Session
                | BudgetKey::Task
                | BudgetKey::Tenant
                | BudgetKey::Tool
                | BudgetKey::Call => {}
            }
        }
        for Charge { tools, when, surely, amount, settle } in &budget.charges {
            self.tool_set(*tools)?;
            self.root(*when, vars)?;
            self.root(*surely, vars)?;
            self.value(*amount, vars)?;
            if let Some(settle) = settle {
                self.value(*settle, vars)?;
            }
        }
        self.texts(&budget.approvers)?;
        if let Some(template) = budget.because {
            self.template(template)?;
        }
        self.place(budget.place)
    }
}

/// The bit of a variable; none if there is no such depth.
pub(crate) fn variable_bit(depth: u8) -> Vars {
    Vars::from(depth < MAX_QUANTIFIERS).checked_shl(u32::from(depth)).unwrap_or(0)
}

/// The tools of a set of words.
pub(crate) fn set_members(words: &[u64]) -> impl Iterator<Item = ToolId> + '_ {
    words.iter().zip(0_u32..).flat_map(|(word, base)| {
        let word = *word;
        (0..64_u32)
            .filter(move |bit| word >> bit & 1 == 1)
            .filter_map(move |bit| base.checked_mul(64)?.checked_add(bit).map(ToolId))
    })
}

/// The values that a value is made of.
pub(crate) fn term_children(term: &Term) -> impl Iterator<Item = TermId> {
    let (a, b) = match term {
        Term::Field(t, _)
        | Term::Read(t, _)
        | Term::Member(t, _)
        | Term::Lookup(_, t)
        | Term::ConstField(t, _)
        | Term::Neg(t)
        | Term::ToDecimal(t)
        | Term::Lower(t)
        | Term::Len(t) => (Some(*t), None),
        Term::Index(a, b)
        | Term::ReadPath(a, b)
        | Term::ReadShell(a, b)
        | Term::ReadSql(a, b)
        | Term::Add(a, b)
        | Term::Sub(a, b)
        | Term::Mul(a, b) => (Some(*a), Some(*b)),
        Term::Const(_)
        | Term::Arg(_)
        | Term::Args
        | Term::Label(_)
        | Term::Attr(_)
        | Term::AgentId
        | Term::AgentTenant
        | Term::SessionId
        | Term::SessionAge
        | Term::Task
        | Term::ToolName
        | Term::ToolRisk
        | Term::ToolTags
        | Term::Time
        | Term::Budget(..)
        | Term::Result
        | Term::ResultOk
        | Term::UsageTokens
        | Term::UsageCost(_)
        | Term::UsageTime
        | Term::Var(_) => (None, None),
    };
    a.into_iter().chain(b)
}

/// The values that a question asks of.
pub(crate) fn atom_terms(atom: &Atom) -> impl Iterator<Item = TermId> {
    let (a, b) = match atom {
        Atom::Eq(a, b)
        | Atom::Lt(a, b)
        | Atom::Le(a, b)
        | Atom::InWire(a, b, _)
        | Atom::StartsWith(a, b)
        | Atom::EndsWith(a, b)
        | Atom::Contains(a, b)
        | Atom::WithinPath(a, b)
        | Atom::WithinValue(a, b) => (Some(*a), Some(*b)),
        Atom::IsTrue(t)
        | Atom::InConst(t, _)
        | Atom::Fits(t, _)
        | Atom::WithinNet(t, _)
        | Atom::Present(t)
        | Atom::ValueHas(t, _)
        | Atom::FromUser(t)
        | Atom::FromTools(t, _) => (Some(*t), None),
        Atom::Any { list, .. } => (Some(*list), None),
        Atom::HasRole(_) | Atom::SessionHas(_) => (None, None),
    };
    a.into_iter().chain(b)
}
