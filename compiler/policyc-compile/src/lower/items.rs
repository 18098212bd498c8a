//! Items: tools, labels, roles, budgets, `after`s and rules, in the order of the typed tree.

use policyc_diag::{Diagnostic, code};
use policyc_runtime::policy::{
    After, Budget, Charge, ConstId, NodeId, Pattern, PatternId, Role, Rule, RuleId, Side, Site, SourceFile, StrId,
    Suggest, Table, Template, TemplateId, TemplatePart, Term, Tool, ToolSetId,
};

use super::arena::{Arena, next_id};
use super::json;
use super::lowerer::{Lowerer, Scope, place};
use super::values::{member_type, tool_bits};
use crate::hir::{self, Expr, Ty, Value};

impl Lowerer<'_> {
    /// Everything but the tests.
    pub(super) fn program(&mut self, sources: &policyc_diag::SourceMap) {
        let program = self.program;
        self.arena.policy.name.clone_from(&program.name);
        self.arena.policy.files =
            sources.files().map(|(_, f)| SourceFile { name: f.name.clone(), text: f.text.clone() }).collect();
        for tool in &program.tools {
            let tool = self.tool(tool);
            self.arena.policy.tools.push(tool);
        }
        for label in &program.labels {
            let field = self.arena.field(&label.field);
            self.arena.policy.labels.push(field);
        }
        for attribute in &program.attributes {
            let field = self.arena.field(attribute);
            self.arena.policy.attributes.push(field);
        }
        for role in &program.roles {
            let name = self.arena.string(&role.name);
            self.arena.policy.roles.push(Role { name, closure: role.closure.iter().copied().collect() });
        }
        for mark in &program.marks {
            let name = self.arena.string(&mark.name);
            self.arena.policy.marks.push(name);
        }
        for table in &program.tables {
            let table = self.table(table);
            self.arena.policy.tables.push(table);
        }
        for budget in &program.budgets {
            self.begin();
            let budget = self.budget(budget);
            self.arena.policy.budgets.push(budget);
        }
        for after in &program.afters {
            self.begin();
            let after = self.after(after);
            self.arena.policy.afters.push(after);
        }
        let _ = self.take_sites(); // budgets and `after`s have no rule to which a place could belong
        let mut sites = Vec::new();
        for (index, rule) in program.rules.iter().enumerate() {
            self.begin();
            let rule = self.rule(rule);
            self.arena.policy.rules.push(rule);
            let id = RuleId(next_id(index));
            sites.extend(self.take_sites().into_iter().map(|(node, place)| Site { rule: id, node, place }));
        }
        self.arena.policy.sites = sites;
    }

    fn tool(&mut self, tool: &hir::Tool) -> Tool {
        let args = policyc_runtime::policy::Shape::Record { fields: self.arena.fields(&tool.args), open: tool.open };
        Tool {
            name: self.arena.string(&tool.name),
            args: self.arena.shape(args),
            result: self.arena.shape_of(&tool.returns),
            risk: tool.risk,
            tags: tool.tags.iter().map(|t| self.arena.string(t)).collect(),
        }
    }

    fn table(&mut self, table: &hir::Table) -> Table {
        let name = self.arena.string(&table.name);
        let mut rows = Vec::new();
        // A list or set is only asked for its members, and those are constants where they are asked.
        if let Value::Record(entries) = &table.value {
            let of = member_type(&table.ty).cloned().unwrap_or(Ty::Json);
            for (key, value) in entries {
                rows.push((self.arena.string(key), self.arena.value(value, &of)));
            }
        }
        Table { name, rows }
    }

    fn tools(&mut self, tools: &hir::ToolSet) -> ToolSetId {
        self.arena.tool_set(tool_bits(tools, self.program.tools.len()))
    }

    /// One side of a condition that may be left out.
    fn when(&mut self, when: Option<&Expr>, side: Side) -> NodeId {
        match when {
            Some(e) => self.condition(e, side, &mut Scope::default()),
            None => self.arena.known(true),
        }
    }

    fn budget(&mut self, budget: &hir::Budget) -> Budget {
        let limit = Arena::amount(&budget.limit, &budget.ty).unwrap_or_else(|| {
            let problem = Diagnostic::new(&code::BAD_LIMIT, budget.span, "the limit is no amount")
                .help("write a number, an amount of money or a duration");
            self.problems.push(problem);
            0
        });
        let mut charges: Vec<Charge> = budget.charges.iter().map(|c| self.charge(c)).collect();
        if budget.charges.is_empty() {
            let every = self.program.tools.iter().enumerate().map(|(i, _)| hir::ToolId(next_id(i))).collect();
            let one: ConstId = self.arena.one(&budget.ty);
            charges.push(Charge {
                tools: self.tools(&every),
                when: self.arena.known(true),
                surely: self.arena.known(true),
                amount: self.arena.term(Term::Const(one)),
                settle: None,
            });
        }
        Budget {
            name: self.arena.string(&budget.name),
            limit,
            unit: self.arena.unit(&budget.ty),
            window: budget.window,
            per: budget.per.iter().copied().collect(),
            attempts: budget.attempts,
            charges,
            hold: budget.hold,
            approvers: self.names(&budget.approvers),
            because: budget.because.as_ref().map(|t| self.template(t)),
            place: place(budget.span),
        }
    }

    fn charge(&mut self, charge: &hir::Charge) -> Charge {
        Charge {
            tools: self.tools(&charge.tools),
            when: self.when(charge.when.as_ref(), Side::May),
            surely: self.when(charge.when.as_ref(), Side::Must),
            amount: self.operand(&charge.amount, &mut Scope::default()),
            settle: charge.settle.as_ref().map(|e| self.operand(e, &mut Scope::default())),
        }
    }

    fn after(&mut self, after: &hir::After) -> After {
        let side = if after.clear { Side::Must } else { Side::May };
        After {
            tools: self.tools(&after.tools),
            when: self.when(after.when.as_ref(), side),
            clear: after.clear,
            on_result: after.on_result,
            mark: after.mark,
        }
    }

    fn rule(&mut self, rule: &hir::Rule) -> Rule {
        let side = if rule.effect.grants() { Side::Must } else { Side::May };
        let when = self.when(rule.when.as_ref(), side);
        let when = if rule.roles.is_empty() {
            when
        } else {
            let roles: Vec<NodeId> = rule
                .roles
                .iter()
                .map(|role| self.arena.atom(policyc_runtime::policy::Atom::HasRole(*role), side))
                .collect();
            let roles = self.arena.or(roles);
            self.arena.and([roles, when])
        };
        Rule {
            name: self.arena.string(&rule.name),
            effect: rule.effect,
            observe: rule.observe,
            tools: self.tools(&rule.tools),
            when,
            because: rule.because.as_ref().map(|t| self.template(t)),
            suggest: rule.suggest.as_ref().map(|s| match s {
                hir::Suggest::Text(t) => Suggest::Text(self.template(t)),
                hir::Suggest::Call(tool, args) => Suggest::Call(*tool, self.arena.string(&json::object(args))),
            }),
            approvers: self.names(&rule.approvers),
            expires: rule.expires,
            obligations: rule
                .obligations
                .iter()
                .map(|(key, value)| (self.arena.string(key), self.arena.string(&json::value(value))))
                .collect(),
            redacts: self.redacts(&rule.redacts),
            doc: rule.doc.as_ref().map(|d| self.arena.string(d)),
            place: place(rule.span),
        }
    }

    fn redacts(&mut self, values: &[Value]) -> Vec<PatternId> {
        let mut patterns = Vec::new();
        for value in values {
            match value {
                Value::Regex(regex) => patterns.push(self.regex(regex)),
                Value::Text(t) | Value::Enum(t) | Value::Host(t) | Value::Network(t) | Value::Path(t) => {
                    patterns.push(self.regex(&escape(t)));
                }
                Value::List(members) => patterns.extend(self.redacts(members)),
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Decimal(_)
                | Value::Money(..)
                | Value::Risk(_)
                | Value::Duration(_)
                | Value::Time(_)
                | Value::Record(_) => patterns.push(self.regex(&escape(&json::value(value)))),
            }
        }
        patterns
    }

    fn regex(&mut self, regex: &str) -> PatternId {
        let regex = self.arena.string(regex);
        self.arena.pattern(Pattern::Regex(regex))
    }

    /// Names, sorted and each once.
    fn names(&mut self, names: &[String]) -> Vec<StrId> {
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        sorted.dedup();
        sorted.into_iter().map(|n| self.arena.string(n)).collect()
    }

    fn template(&mut self, template: &hir::Template) -> TemplateId {
        let mut parts: Vec<TemplatePart> = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            parts.push(match part {
                hir::TemplatePart::Text(t) => TemplatePart::Text(self.arena.string(t)),
                hir::TemplatePart::Expr(e) => {
                    if let hir::ExprKind::Const(value) = &e.kind {
                        TemplatePart::Text(self.arena.string(&json::shown(value)))
                    } else {
                        TemplatePart::Value(self.held(e, &mut Scope::default()).term)
                    }
                }
            });
        }
        self.arena.template(Template(parts))
    }
}

/// A plain text as a regular expression.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
