//! `a.b` and `a[b]`: arguments, labels and the rest of what is in scope, fields, members of structured texts.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, ExprKind as K, Name};

use super::names::is_name;
use super::{Place, What, constant, poison};
use crate::checker::{Checker, optional, strip};
use crate::hir::{BudgetField, BudgetId, Expr, ExprKind, Member, ToolSet, Ty, Value};
use crate::modules::ModuleId;
use crate::readings::parts;
use crate::scope::ROOTS;
use crate::words;

impl<'a> Checker<'a, '_> {
    pub(super) fn field(
        &mut self,
        of: &'a ast::Expr,
        name: &'a Name,
        expected: Option<&Ty>,
        e: &'a ast::Expr,
        p: &mut Place<'a>,
    ) -> Expr {
        if let K::Name(root) = &of.kind
            && !p.locals.iter().any(|l| l.name == *root)
        {
            if ROOTS.contains(&root.as_str()) && root != "result" && root != "time" {
                return self.of_root(root, name, e.span, p);
            }
            if root == "result" && name.text == "ok" && !self.result_has_field("ok", p) {
                return self.in_result(ExprKind::ResultOk, Ty::Bool, "result.ok", e.span, p);
            }
            if root == "result" {
                return self.result_field(name, e.span, p);
            }
            if self.scopes.find(p.module, root).is_none() {
                if let Some(value) = self.of_module(root, name, e.span, p) {
                    return value;
                }
                if root == "usage" {
                    return self.usage(name, expected, e.span, p);
                }
            }
        }
        // `budgets.NAME.used` and `budgets.alias.NAME.used`
        if let K::Field(inner, budget) = &of.kind {
            if is_name(inner, "budgets") {
                return self.budget_field(&budget.text, budget.span, name, e.span, p);
            }
            if let K::Field(root, alias) = &inner.kind
                && is_name(root, "budgets")
            {
                let dotted = format!("{}.{}", alias.text, budget.text);
                return self.budget_field(&dotted, alias.span.to(budget.span), name, e.span, p);
            }
        }
        let base = self.value(of, None, p);
        self.member(base, name, e.span)
    }

    fn of_root(&mut self, root: &str, name: &Name, span: Span, p: &mut Place<'a>) -> Expr {
        if !self.allowed(&format!("{root}.{}", name.text), span, p) {
            return poison(span);
        }
        let found = match (root, name.text.as_str()) {
            ("args", _) => return self.argument(name, span, p),
            ("labels", _) => return self.label(name, span),
            ("agent", "id") => (ExprKind::AgentId, Ty::Text),
            ("agent", "tenant") => (ExprKind::AgentTenant, Ty::Optional(Ty::Text.into())),
            ("agent", "roles") => {
                self.error(
                    &code::NOT_A_VALUE,
                    span,
                    "the roles of an agent are no value",
                    "ask `ROLE in agent.roles`, or write `for ROLE`",
                );
                return poison(span);
            }
            ("agent", attribute) => match self.ids.attributes.get(attribute) {
                Some(id) => {
                    let ty = self.program.attributes.get(id.index()).map_or(Ty::Poison, |f| f.ty.clone());
                    (ExprKind::AgentAttr(*id), ty)
                }
                None => {
                    if !self.broken.any("agent") {
                        let message = format!("agents have no attribute `{attribute}`");
                        let known: Vec<String> = self.ids.attributes.keys().cloned().collect();
                        let known = known.iter().map(String::as_str).chain(["id", "tenant", "roles"]);
                        let help = format!("declare it: `agent {{ {attribute}: string }}`");
                        self.unknown(&code::UNKNOWN_NAME, name.span, message, attribute, known, &help);
                    }
                    return poison(span);
                }
            },
            ("tool", "name") => (ExprKind::ToolName, Ty::Text),
            ("tool", "risk") => (ExprKind::ToolRisk, Ty::Risk),
            ("tool", "tags") => (ExprKind::ToolTags, Ty::Set(Ty::Text.into())),
            ("session", "id") => (ExprKind::SessionId, Ty::Text),
            ("session", "age") => (ExprKind::SessionAge, Ty::Duration),
            ("call", "task") => (ExprKind::Task, Ty::Optional(Ty::Text.into())),
            (_, member) => {
                let known: &[&str] = match root {
                    "tool" => &["name", "risk", "tags"],
                    "session" => &["id", "age"],
                    "call" => &["task"],
                    _ => &[],
                };
                let message = format!("`{root}` has no `{member}`");
                let otherwise = match root {
                    "budgets" => "ask `budgets.NAME.used`, `left` or `limit`".to_owned(),
                    _ => format!("it has {}", words::listed(known.iter().copied())),
                };
                self.unknown(&code::UNKNOWN_MEMBER, name.span, message, member, known.iter().copied(), &otherwise);
                return poison(span);
            }
        };
        Expr { kind: found.0, ty: found.1, span }
    }

    /// Whether a call's facts can be asked here.
    pub(super) fn allowed(&mut self, what: &str, span: Span, p: &Place<'a>) -> bool {
        if let What::Constant(of) = p.what {
            let message = format!("`{what}` is not known before there is a call");
            self.error(&code::NOT_CONSTANT, span, message, format!("{of} is the same for every call"));
            return false;
        }
        true
    }

    fn label(&mut self, name: &Name, span: Span) -> Expr {
        if let Some(id) = self.ids.labels.get(&name.text) {
            let ty = self.program.labels.get(id.index()).map_or(Ty::Poison, |l| l.field.ty.clone());
            return Expr { kind: ExprKind::Label(*id), ty, span };
        }
        self.unknown_label(name);
        poison(span)
    }

    /// Says that there is no such label, unless it was lost.
    pub fn unknown_label(&mut self, name: &Name) {
        if self.broken.may_be("label", &name.text) {
            return;
        }
        let known: Vec<String> = self.ids.labels.keys().cloned().collect();
        let message = format!("there is no label `{}`", name.text);
        let help = format!("declare it: `label {}: string`", name.text);
        self.unknown(&code::UNKNOWN_NAME, name.span, message, &name.text, known.iter().map(String::as_str), &help);
    }

    /// `args.NAME` over all tools that the rule is about.
    fn argument(&mut self, name: &Name, span: Span, p: &Place<'a>) -> Expr {
        let tools = match &p.what {
            What::Call(tools) | What::Result(tools) => tools.clone(),
            What::Function => {
                let message = format!("`args.{}` cannot be asked in a function", name.text);
                self.error(
                    &code::OUT_OF_SCOPE,
                    span,
                    message,
                    "which tool is called is not known here: take it as a parameter",
                );
                return poison(span);
            }
            What::Constant(_) | What::Lost => return poison(span),
        };
        let ty = self.shared_field(&tools, name, "argument", &format!("args.{}", name.text));
        if ty == Ty::Poison { poison(span) } else { Expr { kind: ExprKind::Arg(name.text.clone()), ty, span } }
    }

    /// The type that a name has as an argument (or in the result) of all tools; says what is wrong with it.
    fn shared_field(&mut self, tools: &ToolSet, name: &Name, what: &str, asked: &str) -> Ty {
        let mut found: Option<Ty> = None;
        let mut is_optional = false;
        let (mut with, mut without): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut differs: Option<(String, Ty, Span)> = None;
        for tool in tools.iter().filter_map(|t| self.program.tools.get(t.index())) {
            let fields: &[crate::hir::Field] = if what == "argument" {
                &tool.args
            } else if let Ty::Record(record) = strip(&tool.returns) {
                &record.fields
            } else {
                &[]
            };
            let Ok(at) = fields.binary_search_by(|f| f.name.as_str().cmp(&name.text)) else {
                without.push(&tool.name);
                continue;
            };
            let Some(field) = fields.get(at) else { continue };
            with.push(&tool.name);
            is_optional |= matches!(field.ty, Ty::Optional(_));
            let ty = strip(&field.ty);
            match &found {
                None => found = Some(ty.clone()),
                Some(first) if first == ty || *ty == Ty::Poison => {}
                Some(Ty::Poison) => found = Some(ty.clone()),
                Some(_) if differs.is_none() => differs = Some((tool.name.clone(), ty.clone(), field.span)),
                Some(_) => {}
            }
        }
        let Some(ty) = found else {
            self.unknown_argument(tools, name, what);
            return Ty::Poison;
        };
        if let Some((tool, other, place)) = differs {
            let first = with.first().copied().unwrap_or("").to_owned();
            let message =
                format!("`{asked}` is {} for `{first}` and {} for `{tool}`", words::one(&ty), words::one(&other));
            self.say(
                Diagnostic::new(&code::ARGUMENT_TYPES_DIFFER, name.span, message)
                    .also(place, "the other type")
                    .help("write a rule for each type"),
            );
            return Ty::Poison;
        }
        if !without.is_empty() {
            let message = format!("{} no {what} `{}`", has_words(&without), name.text);
            let help = format!("{} it: write a rule for those alone", has_words(&with));
            self.error(&code::ARGUMENT_MISSING_IN_ONE, name.span, message, help);
            return Ty::Poison;
        }
        if is_optional { optional(ty) } else { ty }
    }

    fn unknown_argument(&mut self, tools: &ToolSet, name: &Name, what: &str) {
        let healthy = || tools.iter().filter_map(|t| self.program.tools.get(t.index()));
        if tools.is_empty() || healthy().any(|t| self.broken.may_be("args of", &t.name)) {
            return;
        }
        let mut known: Vec<String> = healthy().flat_map(|t| t.args.iter().map(|f| f.name.clone())).collect();
        if what != "argument" {
            known.clear();
        }
        known.sort();
        known.dedup();
        let names: Vec<&str> = healthy().map(|t| t.name.as_str()).collect();
        let message = match names.as_slice() {
            [only] => format!("`{only}` has no {what} `{}`", name.text),
            _ => format!("none of {} has the {what} `{}`", words::listed(names.iter().copied()), name.text),
        };
        let otherwise = match (names.as_slice(), known.is_empty()) {
            ([_], true) if what == "argument" => "it takes no arguments".to_owned(),
            ([_], false) => format!("it takes {}", words::listed(known.iter().map(String::as_str))),
            (_, _) => String::new(),
        };
        let known = known.iter().map(String::as_str);
        self.unknown(&code::UNKNOWN_ARGUMENT, name.span, message, &name.text, known, &otherwise);
    }

    // ---- results

    fn result_tools(&mut self, asked: &str, span: Span, p: &Place<'a>) -> Option<ToolSet> {
        match &p.what {
            What::Result(tools) => Some(tools.clone()),
            What::Lost => None,
            What::Constant(_) => {
                self.allowed(asked, span, p);
                None
            }
            What::Call(_) | What::Function => {
                let message = format!("`{asked}` cannot be asked here: there is no result yet");
                self.error(
                    &code::OUT_OF_SCOPE,
                    span,
                    message,
                    "results are there in `redact`, `quarantine`, `after` and `settle`",
                );
                None
            }
        }
    }

    fn in_result(&mut self, kind: ExprKind, ty: Ty, asked: &str, span: Span, p: &Place<'a>) -> Expr {
        match self.result_tools(asked, span, p) {
            Some(_) => Expr { kind, ty, span },
            None => poison(span),
        }
    }

    pub(super) fn whole_result(&mut self, span: Span, p: &Place<'a>) -> Expr {
        let Some(tools) = self.result_tools("result", span, p) else { return poison(span) };
        let mut types = tools.iter().filter_map(|t| self.program.tools.get(t.index())).map(|t| &t.returns);
        let first = types.next().cloned().unwrap_or(Ty::Text);
        // Where the tools differ, what they have in common is the text.
        let ty = if types.all(|t| *t == first) { first } else { Ty::Text };
        Expr { kind: ExprKind::Result, ty, span }
    }

    fn result_has_field(&self, name: &str, p: &Place<'a>) -> bool {
        let What::Result(tools) = &p.what else { return false };
        let mut types = tools.iter().filter_map(|t| self.program.tools.get(t.index())).map(|t| strip(&t.returns));
        types.any(|t| matches!(t, Ty::Record(r) if r.fields.iter().any(|f| f.name == name)))
    }

    fn result_field(&mut self, name: &Name, span: Span, p: &Place<'a>) -> Expr {
        let asked = format!("result.{}", name.text);
        let Some(tools) = self.result_tools(&asked, span, p) else { return poison(span) };
        let ty = self.shared_field(&tools, name, "field of its result", &asked);
        if ty == Ty::Poison {
            return poison(span);
        }
        let result = Expr { kind: ExprKind::Result, ty: self.whole_result(span, p).ty, span };
        Expr { kind: ExprKind::Field(result.into(), name.text.clone()), ty, span }
    }

    fn usage(&mut self, name: &Name, expected: Option<&Ty>, span: Span, p: &Place<'a>) -> Expr {
        let asked = format!("usage.{}", name.text);
        match (name.text.as_str(), expected.map(strip)) {
            ("tokens", _) => self.in_result(ExprKind::UsageTokens, Ty::Optional(Ty::Int.into()), &asked, span, p),
            ("time", _) => self.in_result(ExprKind::UsageTime, Ty::Optional(Ty::Duration.into()), &asked, span, p),
            ("cost", Some(money @ Ty::Money(_))) => {
                self.in_result(ExprKind::UsageCost, Ty::Optional(money.clone().into()), &asked, span, p)
            }
            ("cost", _) => {
                self.error(
                    &code::TYPE_MISMATCH,
                    span,
                    "the currency of `usage.cost` is not known here",
                    "compare it with an amount: `usage.cost > 1 USD`",
                );
                poison(span)
            }
            (other, _) => {
                let message = format!("`usage` has no `{other}`");
                let known = ["tokens", "cost", "time"];
                self.unknown(
                    &code::UNKNOWN_MEMBER,
                    name.span,
                    message,
                    other,
                    known,
                    "it has `tokens`, `cost` and `time`",
                );
                poison(span)
            }
        }
    }

    // ---- budgets

    /// The budget of a name: of the module, of another one by alias, or the only one of that name.
    pub fn find_budget(&self, name: &str, module: ModuleId) -> Option<BudgetId> {
        if let Some(id) = self.ids.budgets.get(&(module, name.to_owned())) {
            return Some(*id);
        }
        if let Some((alias, rest)) = name.split_once('.')
            && let Some(Some(target)) = self.scopes.alias(module, alias)
        {
            return self.ids.budgets.get(&(target, rest.to_owned())).copied();
        }
        let mut named = self.ids.budgets.iter().filter(|((m, n), _)| n == name || self.qualified(*m, n) == name);
        let (_, only) = named.next()?;
        if named.next().is_none() { Some(*only) } else { None }
    }

    /// As `find_budget`; says so if there is none.
    pub fn budget_named(&mut self, name: &str, span: Span, module: ModuleId) -> Option<BudgetId> {
        if let Some(id) = self.find_budget(name, module) {
            return Some(id);
        }
        if !self.broken.may_be("budget", name) {
            let known: Vec<String> = self.ids.budgets.keys().map(|(_, n)| n.clone()).collect();
            let known = known.iter().map(String::as_str);
            self.unknown(&code::UNKNOWN_NAME, span, format!("there is no budget `{name}`"), name, known, "");
        }
        None
    }

    fn budget_field(&mut self, name: &str, at: Span, field: &Name, span: Span, p: &Place<'a>) -> Expr {
        if !self.allowed(&format!("budgets.{name}"), span, p) {
            return poison(span);
        }
        let Some(id) = self.budget_named(name, at, p.module) else { return poison(span) };
        let asked = match field.text.as_str() {
            "used" => BudgetField::Used,
            "left" => BudgetField::Left,
            "limit" => BudgetField::Limit,
            other => {
                let message = format!("a budget has no `{other}`");
                self.unknown(
                    &code::UNKNOWN_MEMBER,
                    field.span,
                    message,
                    other,
                    ["used", "left", "limit"],
                    "it has `used`, `left` and `limit`",
                );
                return poison(span);
            }
        };
        let ty = self.program.budgets.get(id.index()).map_or(Ty::Poison, |b| b.ty.clone());
        Expr { kind: ExprKind::Budget(id, asked), ty, span }
    }

    // ---- values

    fn member(&mut self, base: Expr, name: &Name, span: Span) -> Expr {
        let may_lack = matches!(base.ty, Ty::Optional(_));
        let ty = strip(&base.ty).clone();
        let found = match &ty {
            Ty::Poison => return poison(span),
            Ty::Record(record) => match record.fields.iter().find(|f| f.name == name.text) {
                Some(field) => {
                    let ty = if may_lack { optional(field.ty.clone()) } else { field.ty.clone() };
                    if let ExprKind::Const(Value::Record(entries)) = &base.kind {
                        let value = entries.get(&name.text).cloned().unwrap_or(Value::Null);
                        return constant(value, ty, span);
                    }
                    return Expr { kind: ExprKind::Field(base.into(), name.text.clone()), ty, span };
                }
                None => None,
            },
            Ty::Shell(_) | Ty::Sql(_) => {
                let field = parts(&ty).and_then(|r| r.fields.iter().find(|f| f.name == name.text).cloned());
                match field {
                    Some(_) if matches!(base.kind, ExprKind::Const(_)) => return self.part_of_constant(&base, span),
                    Some(field) => {
                        let ty = if may_lack { optional(field.ty) } else { field.ty };
                        return Expr { kind: ExprKind::Field(base.into(), name.text.clone()), ty, span };
                    }
                    None => None,
                }
            }
            Ty::Map(_) => {
                let message = format!("`{}` is a map", self.text(base.span));
                self.error(
                    &code::UNKNOWN_MEMBER,
                    name.span,
                    message,
                    format!("its values are read as `[\"{}\"]`", name.text),
                );
                return poison(span);
            }
            ty => members(ty).iter().find(|(n, ..)| *n == name.text).map(|(_, member, ty)| (*member, ty.clone())),
        };
        if let Some((member, ty)) = found {
            if let ExprKind::Const(_) = base.kind {
                return self.part_of_constant(&base, name.span);
            }
            return Expr { kind: ExprKind::Member(base.into(), member), ty, span };
        }
        let message = format!("`{}` is {} and has no `{}`", self.text(base.span), words::one(&ty), name.text);
        let known: Vec<String> = match &ty {
            Ty::Record(record) => record.fields.iter().map(|f| f.name.clone()).collect(),
            Ty::Shell(_) | Ty::Sql(_) => parts(&ty).iter().flat_map(|r| &r.fields).map(|f| f.name.clone()).collect(),
            ty => members(ty).iter().map(|(n, ..)| (*n).to_owned()).collect(),
        };
        let counts = matches!(ty, Ty::List(_) | Ty::Set(_) | Ty::Map(_) | Ty::Text)
            && matches!(&*name.text, "length" | "len" | "count" | "size");
        let otherwise = if counts {
            format!("`len({})` says how many there are", self.text(base.span))
        } else if known.is_empty() {
            "nothing in it can be asked".to_owned()
        } else {
            format!("it has {}", words::listed(known.iter().map(String::as_str)))
        };
        let known = known.iter().map(String::as_str);
        self.unknown(&code::UNKNOWN_MEMBER, name.span, message, &name.text, known, &otherwise);
        poison(span)
    }

    fn part_of_constant(&mut self, base: &Expr, span: Span) -> Expr {
        let message = format!("`{}` is a constant", self.text(base.span));
        self.error(&code::UNKNOWN_MEMBER, span, message, "write the part itself as a constant");
        poison(span)
    }

    /// Commands and SQL are not asked as texts.
    pub(super) fn not_a_plain_text(&mut self, e: &Expr, span: Span) {
        let (asked, what) = (self.text(e.span).to_owned(), words::one(strip(&e.ty)));
        let parts = parts(strip(&e.ty));
        let known = words::listed(parts.iter().flat_map(|r| &r.fields).map(|f| f.name.as_str()));
        self.say(
            Diagnostic::new(&code::NOT_A_PLAIN_TEXT, span, format!("`{asked}` is {what} and is not asked as a text"))
                .help(format!("ask what it does: it has {known}"))
                .help("for the bare text, declare the argument as `string`; a text test is easy to get around"),
        );
    }

    pub(super) fn index(&mut self, of: &'a ast::Expr, key: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        if let K::Name(name) = &of.kind
            && !p.locals.iter().any(|l| l.name == *name)
            && let Some(id) = self.scopes.find(p.module, name)
            && let Some(table) = self.scopes.table(id)
        {
            self.note_use(id);
            return self.lookup(table, key, of.span, span, p);
        }
        if let K::Field(module, name) = &of.kind
            && let K::Name(alias) = &module.kind
            && let Some(Some(target)) = self.scopes.alias(p.module, alias)
            && let Some(id) = self.scopes.find(target, &name.text)
            && let Some(table) = self.scopes.table(id)
        {
            self.note_use(id);
            return self.lookup(table, key, of.span, span, p);
        }
        let base = self.value(of, None, p);
        let key = self.value(key, Some(&Ty::Text), p);
        match strip(&base.ty).clone() {
            Ty::Poison => poison(span),
            Ty::Map(value) => {
                let key = self.fit(key, &Ty::Text);
                if key.ty == Ty::Poison {
                    return poison(span);
                }
                if let (ExprKind::Const(Value::Record(entries)), ExprKind::Const(Value::Text(name))) =
                    (&base.kind, &key.kind)
                {
                    if let Some(found) = entries.get(name) {
                        return constant(found.clone(), (*value).clone(), span);
                    }
                    let known: Vec<&str> = entries.keys().map(String::as_str).collect();
                    let message = format!("`{}` has no `{name}`", self.text(base.span));
                    self.unknown(&code::UNKNOWN_MEMBER, key.span, message, name, known, "");
                    return poison(span);
                }
                let ty = optional((*value).clone());
                Expr { kind: ExprKind::Index(base.into(), key.into()), ty, span }
            }
            Ty::Record(record) => {
                let ExprKind::Const(Value::Text(name)) = &key.kind else {
                    if key.ty == Ty::Poison {
                        return poison(span);
                    }
                    if let ExprKind::Const(Value::Record(entries)) = &base.kind {
                        return self.index_record(entries, &record.fields, &base, key, span);
                    }
                    self.error(
                        &code::NOT_CONSTANT,
                        key.span,
                        "the fields of a record have constant names",
                        "only a map is read by a computed key",
                    );
                    return poison(span);
                };
                let name = Name { text: name.clone(), span: key.span };
                self.member(base, &name, span)
            }
            ty => {
                let message = format!("`{}` is {} and is not read by a key", self.text(base.span), words::one(&ty));
                self.error(&code::TYPE_MISMATCH, span, message, "maps and tables are; of a list, ask `any x in xs: …`");
                poison(span)
            }
        }
    }

    /// A constant record whose fields have one type, read by a computed key, is a map.
    fn index_record(
        &mut self,
        entries: &std::collections::BTreeMap<String, Value>,
        fields: &[crate::hir::Field],
        base: &Expr,
        key: Expr,
        span: Span,
    ) -> Expr {
        let key = self.fit(key, &Ty::Text);
        let first = fields.first().map_or(Ty::Poison, |f| f.ty.clone());
        if key.ty == Ty::Poison || first == Ty::Poison {
            return poison(span);
        }
        if let Some(other) = fields.iter().find(|f| f.ty != first) {
            let message = format!("the fields of `{}` have different types", self.text(base.span));
            self.say(Diagnostic::new(&code::TYPE_MISMATCH, span, message).also(other.span, words::one(&other.ty)));
            return poison(span);
        }
        let map = constant(Value::Record(entries.clone()), Ty::Map(first.clone().into()), base.span);
        Expr { kind: ExprKind::Index(map.into(), key.into()), ty: optional(first), span }
    }

    fn lookup(
        &mut self,
        table: crate::hir::TableId,
        key: &'a ast::Expr,
        at: Span,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let key = self.value_of(key, &Ty::Text, p);
        let ty = self.program.tables.get(table.index()).map_or(Ty::Poison, |t| t.ty.clone());
        match (strip(&ty), &key.ty) {
            (Ty::Poison, _) | (_, Ty::Poison) => poison(span),
            (Ty::Map(of), _) => Expr { kind: ExprKind::Lookup(table, key.into()), ty: (**of).clone(), span },
            (ty, _) => {
                let message = format!("`{}` is {} and is not read by a key", self.text(at), words::one(ty));
                self.error(
                    &code::TYPE_MISMATCH,
                    span,
                    message,
                    "a table that is read by a key has the type `map<string, …>`",
                );
                poison(span)
            }
        }
    }
}

/// "`a` and `b` have", "`a` has".
fn has_words(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", words::listed(names.iter().copied()))
}

/// What can be asked of a structured text.
fn members(ty: &Ty) -> Vec<(&'static str, Member, Ty)> {
    let maybe = |ty: Ty| Ty::Optional(ty.into());
    match ty {
        Ty::Url => vec![
            ("scheme", Member::UrlScheme, Ty::Text),
            ("host", Member::UrlHost, maybe(Ty::Host)),
            ("port", Member::UrlPort, maybe(Ty::Int)),
            ("path", Member::UrlPath, Ty::Text),
            ("query", Member::UrlQuery, maybe(Ty::Text)),
            ("has_credentials", Member::UrlHasCredentials, Ty::Bool),
        ],
        Ty::Email => vec![("host", Member::EmailHost, Ty::Host), ("local", Member::EmailLocal, Ty::Text)],
        Ty::Path(_) => vec![
            ("name", Member::PathName, maybe(Ty::Text)),
            ("extension", Member::PathExtension, maybe(Ty::Text)),
            ("is_absolute", Member::PathIsAbsolute, Ty::Bool),
            ("from_home", Member::PathFromHome, Ty::Bool),
        ],
        Ty::Host => vec![("is_ip", Member::HostIsIp, Ty::Bool)],
        Ty::Cidr => vec![("size", Member::CidrSize, Ty::Int)],
        _ => Vec::new(),
    }
}
