//! A compiled policy as text, for people and for snapshots: what each rule asks, and what is shared.
//!
//! Conditions are written out with `?` behind what must only be possible and `!` behind what must be so; a condition
//! that several places share is written once and named. The text is for reading; nothing reads it back.

use std::cell::Cell;
use std::fmt::Write as _;

use policyc_runtime::num::Decimal;
use policyc_runtime::policy::{
    Atom, AtomId, Budget, BudgetField, BudgetKey, CalendarUnit, Const, ConstId, Node, NodeId, Pattern, PatternId,
    Policy, Read, Rule, Side, StrId, Suggest, TemplateId, TemplatePart, Term, TermId, ToolId, ToolSetId, Unit, Window,
};

use super::json;

/// The policy as text.
pub fn listing(policy: &Policy) -> String {
    let uses = uses(policy);
    let mut lines = Lines { policy, uses, out: String::new(), depth: Cell::new(0), left: Cell::new(MAX_PARTS) };
    lines.all();
    lines.out
}

/// One question of a policy as text: `args.count <= 5`.
pub fn question(policy: &Policy, atom: AtomId) -> String {
    let lines = Lines { policy, uses: Vec::new(), out: String::new(), depth: Cell::new(0), left: Cell::new(1_000) };
    policy.atoms.get(atom.index()).map_or_else(String::new, |a| lines.atom(a))
}

/// How often each node is an operand, a body or a root.
fn uses(policy: &Policy) -> Vec<u32> {
    let mut uses = vec![0_u32; policy.nodes.len()];
    let mut count = |id: NodeId| {
        if let Some(n) = uses.get_mut(id.index()) {
            *n = n.saturating_add(1);
        }
    };
    for node in &policy.nodes {
        match node {
            Node::Not(a) => count(*a),
            Node::And(operands) | Node::Or(operands) => operands.iter().for_each(|a| count(*a)),
            Node::True | Node::False | Node::Atom(..) => {}
        }
    }
    for atom in &policy.atoms {
        if let Atom::Any { body, .. } = atom {
            count(*body);
        }
    }
    uses
}

/// How deep a value or condition is written out, and how many parts in all: a policy that came out of a file may
/// share a value with itself until its text has no end.
const MAX_NESTING: u32 = 128;
const MAX_PARTS: u32 = 4_000_000;

struct Lines<'p> {
    policy: &'p Policy,
    uses: Vec<u32>,
    out: String,
    depth: Cell<u32>,
    left: Cell<u32>,
}

impl Lines<'_> {
    /// Writes a part of something, unless it is too deep or there is too much already.
    fn part(&self, name: char, id: u32, write: impl FnOnce() -> String) -> String {
        let (depth, left) = (self.depth.get(), self.left.get());
        if depth >= MAX_NESTING || left == 0 {
            return format!("{name}{id}…");
        }
        self.depth.set(depth.saturating_add(1));
        self.left.set(left.saturating_sub(1));
        let text = write();
        self.depth.set(depth);
        text
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn all(&mut self) {
        let policy = self.policy;
        self.line(&format!("policy {}", policy.name));
        for tool in &policy.tools {
            let tags: Vec<&str> = tool.tags.iter().map(|t| policy.text(*t)).collect();
            let tags = if tags.is_empty() { String::new() } else { format!(" tags {{{}}}", tags.join(", ")) };
            self.line(&format!("tool {} risk {}{tags}", policy.text(tool.name), tool.risk.name()));
        }
        for budget in &policy.budgets {
            self.budget(budget);
        }
        for after in &policy.afters {
            let what = if after.clear { "clear" } else { "mark" };
            let on = if after.on_result { "result" } else { "session" };
            let mark = policy.marks.get(after.mark.index()).map_or("", |m| policy.text(*m));
            let tools = self.tools(after.tools);
            let when = self.node(after.when);
            self.line(&format!("after {tools} {what} {on} {mark} when {when}"));
        }
        for rule in &policy.rules {
            self.rule(rule);
        }
        for (id, node) in (0..).map(NodeId).zip(&policy.nodes) {
            if self.is_named(id) {
                let text = self.node_text(node);
                self.line(&format!("n{} = {text}", id.0));
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let policy = self.policy;
        let observe = if rule.observe { "observe " } else { "" };
        let tools = self.tools(rule.tools);
        let head = format!("rule {} {observe}{} {tools}", policy.text(rule.name), rule.effect.name());
        self.line(&head);
        let when = self.node(rule.when);
        self.line(&format!("  when {when}"));
        if let Some(template) = rule.because {
            let text = self.template(template);
            self.line(&format!("  because {text}"));
        }
        match &rule.suggest {
            Some(Suggest::Text(template)) => {
                let text = self.template(*template);
                self.line(&format!("  suggest {text}"));
            }
            Some(Suggest::Call(tool, args)) => {
                let tool = self.tool(*tool).to_owned();
                self.line(&format!("  suggest call {tool} {}", policy.text(*args)));
            }
            None => {}
        }
        if !rule.approvers.is_empty() {
            let names: Vec<String> = rule.approvers.iter().map(|a| json::string(policy.text(*a))).collect();
            self.line(&format!("  approvers {}", names.join(", ")));
        }
        if let Some(expires) = rule.expires {
            self.line(&format!("  expires {}", json::duration(expires)));
        }
        for (key, value) in &rule.obligations {
            self.line(&format!("  with {}: {}", policy.text(*key), policy.text(*value)));
        }
        for pattern in &rule.redacts {
            let text = self.pattern(*pattern);
            self.line(&format!("  matching {text}"));
        }
    }

    fn budget(&mut self, budget: &Budget) {
        let policy = self.policy;
        let keys: Vec<String> = budget.per.iter().map(|key| self.budget_key(*key)).collect();
        let per = if keys.is_empty() { String::new() } else { format!(" per {}", keys.join(", ")) };
        let window = match budget.window {
            Window::Lifetime => String::new(),
            Window::Sliding(ns) => format!(" every {}", json::duration(ns)),
            Window::Calendar(unit) => format!(
                " every calendar {}",
                match unit {
                    CalendarUnit::Hour => "hour",
                    CalendarUnit::Day => "day",
                    CalendarUnit::Week => "week",
                    CalendarUnit::Month => "month",
                }
            ),
        };
        let attempts = if budget.attempts { " count attempts" } else { "" };
        let excess = if budget.hold { "hold" } else { "deny" };
        let limit = self.number(budget.limit, budget.unit);
        self.line(&format!("budget {} limit {limit}{window}{per}{attempts} else {excess}", policy.text(budget.name)));
        for charge in &budget.charges {
            let (tools, when) = (self.tools(charge.tools), self.node(charge.when));
            let settle = charge.settle.map_or(String::new(), |t| format!(" settle {}", self.term(t)));
            let amount = self.term(charge.amount);
            self.line(&format!("  charge {amount}{settle} on {tools} when {when}"));
        }
    }

    fn budget_key(&self, key: BudgetKey) -> String {
        match key {
            BudgetKey::Agent => "agent".to_owned(),
            BudgetKey::Session => "session".to_owned(),
            BudgetKey::Task => "task".to_owned(),
            BudgetKey::Tenant => "tenant".to_owned(),
            BudgetKey::Tool => "tool".to_owned(),
            BudgetKey::Call => "call".to_owned(),
            BudgetKey::Label(id) => format!("labels.{}", self.field(self.policy.labels.get(id.index()))),
            BudgetKey::Attr(id) => format!("agent.{}", self.field(self.policy.attributes.get(id.index()))),
        }
    }

    fn field(&self, field: Option<&policyc_runtime::policy::Field>) -> &str {
        field.map_or("", |f| self.policy.text(f.name))
    }

    fn tool(&self, id: ToolId) -> &str {
        self.policy.tools.get(id.index()).map_or("", |t| self.policy.text(t.name))
    }

    fn tools(&self, id: ToolSetId) -> String {
        let Some(set) = self.policy.tool_sets.get(id.index()) else { return String::new() };
        let all = (0..).map(ToolId).zip(&self.policy.tools);
        let names: Vec<&str> = all.filter(|(id, _)| set.has(*id)).map(|(_, t)| self.policy.text(t.name)).collect();
        if names.len() == self.policy.tools.len() { "*".to_owned() } else { format!("{{{}}}", names.join(", ")) }
    }

    fn template(&self, id: TemplateId) -> String {
        let mut text = String::new();
        for part in self.policy.templates.get(id.index()).map_or(&[][..], |t| &t.0) {
            match part {
                TemplatePart::Text(t) => text.push_str(self.policy.text(*t)),
                TemplatePart::Value(t) => {
                    let _ = write!(text, "{{{}}}", self.term(*t));
                }
            }
        }
        json::string(&text)
    }

    /// Shared by two places, and more than one word.
    fn is_named(&self, id: NodeId) -> bool {
        let shared = self.uses.get(id.index()).is_some_and(|n| *n > 1);
        shared && matches!(self.policy.nodes.get(id.index()), Some(Node::And(_) | Node::Or(_)))
    }

    fn node(&self, id: NodeId) -> String {
        if self.is_named(id) {
            return format!("n{}", id.0);
        }
        let node = self.policy.nodes.get(id.index());
        self.part('n', id.0, || node.map_or_else(String::new, |node| self.node_text(node)))
    }

    fn node_text(&self, node: &Node) -> String {
        match node {
            Node::True => "true".to_owned(),
            Node::False => "false".to_owned(),
            Node::Atom(atom, side) => {
                let mark = match side {
                    Side::May => '?',
                    Side::Must => '!',
                };
                let text = self.policy.atoms.get(atom.index()).map_or_else(String::new, |a| self.atom(a));
                format!("[{text}]{mark}")
            }
            Node::Not(inner) => format!("not {}", self.node(*inner)),
            Node::And(operands) => self.joined(operands, " and "),
            Node::Or(operands) => self.joined(operands, " or "),
        }
    }

    fn joined(&self, operands: &[NodeId], word: &str) -> String {
        let texts: Vec<String> = operands.iter().map(|n| self.node(*n)).collect();
        format!("({})", texts.join(word))
    }

    fn atom(&self, atom: &Atom) -> String {
        match atom {
            Atom::IsTrue(t) => self.term(*t),
            Atom::Eq(a, b) => self.infix(*a, "==", *b),
            Atom::Lt(a, b) => self.infix(*a, "<", *b),
            Atom::Le(a, b) => self.infix(*a, "<=", *b),
            Atom::InConst(t, c) => format!("{} in {}", self.term(*t), self.constant(*c)),
            Atom::InWire(t, list, read) => {
                let read = read.map_or("keys".to_owned(), |r| self.read(r));
                format!("{} in {} as {read}", self.term(*t), self.term(*list))
            }
            Atom::Fits(t, p) => format!("{} fits {}", self.term(*t), self.pattern(*p)),
            Atom::StartsWith(a, b) => self.infix(*a, "starts with", *b),
            Atom::EndsWith(a, b) => self.infix(*a, "ends with", *b),
            Atom::Contains(a, b) => self.infix(*a, "contains", *b),
            Atom::WithinNet(t, c) => format!("{} within {}", self.term(*t), self.constant(*c)),
            Atom::WithinValue(a, b) | Atom::WithinPath(a, b) => self.infix(*a, "within", *b),
            Atom::Present(t) => format!("{} is present", self.term(*t)),
            Atom::HasRole(id) => {
                format!("role {}", self.policy.roles.get(id.index()).map_or("", |r| self.policy.text(r.name)))
            }
            Atom::SessionHas(m) => format!("session has {}", self.mark(*m)),
            Atom::ValueHas(t, m) => format!("{} has {}", self.term(*t), self.mark(*m)),
            Atom::FromUser(t) => format!("{} from user", self.term(*t)),
            Atom::FromTools(t, set) => format!("{} from {}", self.term(*t), self.tools(*set)),
            Atom::Any { list, depth, body } => format!("any v{depth} in {}: {}", self.term(*list), self.node(*body)),
        }
    }

    fn mark(&self, id: policyc_runtime::policy::MarkId) -> &str {
        self.policy.marks.get(id.index()).map_or("", |m| self.policy.text(*m))
    }

    fn infix(&self, a: TermId, word: &str, b: TermId) -> String {
        format!("{} {word} {}", self.term(a), self.term(b))
    }

    fn pattern(&self, id: PatternId) -> String {
        match self.policy.patterns.get(id.index()) {
            Some(Pattern::Glob(g)) => format!("glob {}", json::string(self.policy.text(*g))),
            Some(Pattern::Regex(r)) => format!("/{}/", self.policy.text(*r)),
            None => String::new(),
        }
    }

    fn read(&self, read: Read) -> String {
        match read {
            Read::Int => "int".to_owned(),
            Read::Decimal => "decimal".to_owned(),
            Read::Money(currency) => format!("money({})", self.policy.text(currency)),
            Read::Bool => "bool".to_owned(),
            Read::Text => "text".to_owned(),
            Read::Duration => "duration".to_owned(),
            Read::Time => "time".to_owned(),
            Read::Url => "url".to_owned(),
            Read::Host => "host".to_owned(),
            Read::Ip => "ip".to_owned(),
            Read::Cidr => "cidr".to_owned(),
            Read::Email => "email".to_owned(),
            Read::Path => "path".to_owned(),
            Read::Shell => "shell".to_owned(),
            Read::Sql(dialect) => format!("sql({})", self.policy.text(dialect)),
        }
    }

    fn term(&self, id: TermId) -> String {
        let term = self.policy.terms.get(id.index());
        self.part('t', id.0, || term.map_or_else(String::new, |term| self.term_text(term)))
    }

    fn term_text(&self, term: &Term) -> String {
        let text = |id: StrId| self.policy.text(id);
        match term {
            Term::Const(c) => self.constant(*c),
            Term::Arg(name) => format!("args.{}", text(*name)),
            Term::Args => "args".to_owned(),
            Term::Label(id) => format!("labels.{}", self.field(self.policy.labels.get(id.index()))),
            Term::Attr(id) => format!("agent.{}", self.field(self.policy.attributes.get(id.index()))),
            Term::AgentId => "agent.id".to_owned(),
            Term::AgentTenant => "agent.tenant".to_owned(),
            Term::SessionId => "session.id".to_owned(),
            Term::SessionAge => "session.age".to_owned(),
            Term::Task => "call.task".to_owned(),
            Term::ToolName => "tool.name".to_owned(),
            Term::ToolRisk => "tool.risk".to_owned(),
            Term::ToolTags => "tool.tags".to_owned(),
            Term::Time => "time".to_owned(),
            Term::Budget(id, field) => {
                let name = self.policy.budgets.get(id.index()).map_or("", |b| text(b.name));
                let field = match field {
                    BudgetField::Used => "used",
                    BudgetField::Left => "left",
                    BudgetField::Limit => "limit",
                };
                format!("budgets.{name}.{field}")
            }
            Term::Result => "result".to_owned(),
            Term::ResultOk => "result.ok".to_owned(),
            Term::UsageTokens => "usage.tokens".to_owned(),
            Term::UsageCost(currency) => format!("usage.cost({})", text(*currency)),
            Term::UsageTime => "usage.time".to_owned(),
            Term::Var(depth) => format!("v{depth}"),
            Term::Field(base, name) | Term::ConstField(base, name) => format!("{}.{}", self.term(*base), text(*name)),
            Term::Index(map, key) => format!("{}[{}]", self.term(*map), self.term(*key)),
            Term::Read(t, read) => format!("{}({})", self.read(*read), self.term(*t)),
            Term::ReadShell(t, from) => format!("shell({} in {})", self.term(*t), self.term(*from)),
            Term::ReadSql(t, by) => format!("sql({} in {})", self.term(*t), self.term(*by)),
            Term::ReadPath(t, from) => format!("path({} from {})", self.term(*t), self.term(*from)),
            Term::Member(t, member) => format!("{}.{member:?}", self.term(*t)),
            Term::Lookup(table, key) => {
                let name = self.policy.tables.get(table.index()).map_or("", |t| text(t.name));
                format!("{name}[{}]", self.term(*key))
            }
            Term::Add(a, b) => format!("({})", self.infix(*a, "+", *b)),
            Term::Sub(a, b) => format!("({})", self.infix(*a, "-", *b)),
            Term::Mul(a, b) => format!("({})", self.infix(*a, "*", *b)),
            Term::Neg(a) => format!("-{}", self.term(*a)),
            Term::ToDecimal(a) => format!("decimal({})", self.term(*a)),
            Term::Lower(a) => format!("lower({})", self.term(*a)),
            Term::Len(a) => format!("len({})", self.term(*a)),
        }
    }

    fn number(&self, n: i128, unit: Unit) -> String {
        let small = |n: i128| i64::try_from(n).unwrap_or(if n < 0 { i64::MIN } else { i64::MAX });
        match unit {
            Unit::Count => n.to_string(),
            Unit::Decimal => Decimal::from_raw(n).to_string(),
            Unit::Money(currency) => format!("{} {}", Decimal::from_raw(n), self.policy.text(currency)),
            Unit::Duration => json::duration(small(n)),
            Unit::Time => json::time(small(n)),
        }
    }

    fn constant(&self, id: ConstId) -> String {
        let constant = self.policy.consts.get(id.index());
        self.part('k', id.0, || self.constant_text(constant))
    }

    fn constant_text(&self, constant: Option<&Const>) -> String {
        match constant {
            Some(Const::Bool(b)) => b.to_string(),
            Some(Const::Num(n, unit)) => self.number(*n, *unit),
            Some(Const::Text(t)) => json::string(self.policy.text(*t)),
            Some(Const::Host(t) | Const::Network(t) | Const::Path(t)) => self.policy.text(*t).to_owned(),
            Some(Const::List(members)) => {
                let members: Vec<String> = members.iter().map(|m| self.constant(*m)).collect();
                format!("{{{}}}", members.join(", "))
            }
            Some(Const::Record(fields)) => {
                let fields: Vec<String> =
                    fields.iter().map(|(k, v)| format!("{}: {}", self.policy.text(*k), self.constant(*v))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Some(Const::Null) => "null".to_owned(),
            None => String::new(),
        }
    }
}
