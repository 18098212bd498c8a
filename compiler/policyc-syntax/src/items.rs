//! Items and patterns: from what pest read to the tree.
//!
//! Clauses come in any order; a clause that stands twice is refused here, with both places.

use policyc_diag::{Diagnostic, Span, code};

use crate::ast::{
    After, Budget, Charge, Data, Effect, Expr, FieldDecl, Fn, Group, Invariant, ItemKind, LabelItem, Let, MarkTarget,
    Name, Param, Pattern, Refine, Role, Rule as RuleItem, Suggest, Template, Text, Tool, ToolsFrom, Type, Use,
    UseTarget, Window,
};
use crate::build::{Builder, first};
use crate::grammar::{Pair, Rule};

/// The editions that this compiler knows.
const EDITIONS: [u32; 1] = [1];

/// A slot for a clause that may stand once.
struct Once<T> {
    value: Option<(T, Span)>,
}

impl<T> Once<T> {
    fn new() -> Self {
        Self { value: None }
    }

    fn set(&mut self, builder: &mut Builder, clause: &str, span: Span, value: T) {
        match &self.value {
            Some((_, earlier)) => builder.say(
                Diagnostic::new(&code::DUPLICATE_CLAUSE, span, format!("a second `{clause}`"))
                    .also(*earlier, "the first")
                    .help(twice(clause)),
            ),
            None => self.value = Some((value, span)),
        }
    }

    fn get(self) -> Option<T> {
        self.value.map(|(value, _)| value)
    }
}

fn twice(clause: &str) -> &'static str {
    match clause {
        "when" => "join the conditions with `and`",
        "unless" => "join the conditions with `or`",
        "because" | "suggest" => "join the two texts",
        "tags" | "for" | "per" | "approvers" | "with" | "matching" | "marks" | "as" | "by" => {
            "join the two lists, with commas"
        }
        _ => "remove one of them",
    }
}

impl Builder {
    /// The edition, if this compiler knows it.
    pub fn edition(&mut self, pair: Pair<'_>) -> Option<(u32, Span)> {
        let span = self.span(&pair);
        let number = pair.into_inner().find(|p| p.as_rule() == Rule::number)?;
        let place = self.span(&number);
        match number.as_str().parse().ok().filter(|n| EDITIONS.contains(n)) {
            Some(edition) => Some((edition, span)),
            None => {
                let message = format!("this compiler does not know edition `{}`", number.as_str());
                self.say(Diagnostic::new(&code::UNKNOWN_EDITION, place, message).help("it knows edition 1").fix(
                    "write `1`",
                    place,
                    "1",
                    false,
                ));
                None
            }
        }
    }

    /// Any item but the edition.
    pub fn item(&mut self, pair: Pair<'_>) -> Option<ItemKind> {
        Some(match pair.as_rule() {
            Rule::use_item => ItemKind::Use(self.use_item(pair)?),
            Rule::param_item => ItemKind::Param(self.param(pair)?),
            Rule::tool_item => ItemKind::Tool(self.tool(pair)?),
            Rule::tools_item => ItemKind::ToolsFrom(self.tools_from(pair)?),
            Rule::refine_item => ItemKind::Refine(self.refine(pair)?),
            Rule::group_item => ItemKind::Group(self.group(pair)?),
            Rule::label_item => ItemKind::Label(self.label(pair)?),
            Rule::role_item => ItemKind::Role(self.role(pair)?),
            Rule::agent_item => ItemKind::Agent(self.fields(first_of(pair, Rule::agent_fields)?)?),
            Rule::mark_item => ItemKind::Mark(self.name(&first_of(pair, Rule::name)?)),
            Rule::after_item => ItemKind::After(self.after(pair)?),
            Rule::budget_item => ItemKind::Budget(self.budget(pair)?),
            Rule::let_item => ItemKind::Let(self.let_item(pair)?),
            Rule::fn_item => ItemKind::Fn(self.fn_item(pair)?),
            Rule::data_item => ItemKind::Data(self.data(pair)?),
            Rule::rule_item => ItemKind::Rule(Box::new(self.rule(pair)?)),
            Rule::test_item => ItemKind::Test(self.test(pair)?),
            Rule::invariant_item => ItemKind::Invariant(Box::new(self.invariant(pair)?)),
            _ => return None,
        })
    }

    fn use_item(&mut self, pair: Pair<'_>) -> Option<Use> {
        let (mut target, mut alias, mut with) = (None, None, Vec::new());
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::path => target = Some(UseTarget::Module(self.name(&p))),
                Rule::text | Rule::single_text => target = Some(UseTarget::File(self.text(&p))),
                Rule::name => alias = Some(self.name(&p)),
                Rule::with_clause => with = self.with(p)?,
                _ => {}
            }
        }
        Some(Use { target: target?, alias, with })
    }

    /// The record of a `with` clause.
    pub fn with(&mut self, pair: Pair<'_>) -> Option<Vec<(Name, Expr)>> {
        self.entries(first_of(pair, Rule::record)?)
    }

    fn param(&mut self, pair: Pair<'_>) -> Option<Param> {
        let (name, ty, default) = self.declared(pair)?;
        Some(Param { name, ty: ty?, default })
    }

    /// The name, type and value of `NAME: TYPE = EXPR`, whatever stands around them.
    fn declared(&mut self, pair: Pair<'_>) -> Option<(Name, Option<Type>, Option<Expr>)> {
        let (mut name, mut ty, mut value) = (None, None, None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::key => name = Some(self.quotable(p)),
                Rule::ty => ty = Some(self.ty(p)?),
                Rule::default => value = Some(self.expr(first_of(p, Rule::expr)?)?),
                Rule::expr => value = Some(self.expr(p)?),
                _ => {}
            }
        }
        Some((name?, ty, value))
    }

    /// Arguments, attributes or fields of a record.
    pub fn fields(&mut self, pair: Pair<'_>) -> Option<Vec<FieldDecl>> {
        let mut fields = Vec::new();
        for p in pair.into_inner().filter(|p| p.as_rule() == Rule::field) {
            let (name, ty, default) = self.declared(p)?;
            fields.push(FieldDecl { name, ty: ty?, default });
        }
        Some(fields)
    }

    fn tool(&mut self, pair: Pair<'_>) -> Option<Tool> {
        let (mut name, mut args, mut returns) = (None, Vec::new(), None);
        let (mut risk, mut tags, mut open) = (Once::new(), Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::tool_name => name = Some(self.quotable(p)),
                Rule::fields => args = self.fields(p)?,
                Rule::returns => returns = Some(self.ty(first_of(p, Rule::ty)?)?),
                Rule::risk_clause => {
                    let value = self.name(&first_of(p, Rule::name)?);
                    risk.set(self, "risk", span, value);
                }
                Rule::tags_clause => {
                    let value = self.texts(p);
                    tags.set(self, "tags", span, value);
                }
                Rule::open_clause => open.set(self, "open", span, ()),
                _ => {}
            }
        }
        let tags = tags.get().unwrap_or_default();
        Some(Tool { name: name?, args, returns, risk: risk.get(), tags, open: open.get().is_some() })
    }

    /// All texts that are children of a node.
    pub fn texts(&mut self, pair: Pair<'_>) -> Vec<Text> {
        let texts = pair.into_inner().filter(|p| matches!(p.as_rule(), Rule::text | Rule::single_text));
        texts.map(|p| self.text(&p)).collect()
    }

    fn tools_from(&mut self, pair: Pair<'_>) -> Option<ToolsFrom> {
        let mut file = None;
        let (mut prefix, mut trust) = (Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::text | Rule::single_text => file = Some(self.text(&p)),
                Rule::prefix_clause => {
                    let value = self.name(&first_of(p, Rule::name)?);
                    prefix.set(self, "as", span, value);
                }
                Rule::trust_clause => trust.set(self, "trust hints", span, ()),
                _ => {}
            }
        }
        Some(ToolsFrom { file: file?, prefix: prefix.get(), trust_hints: trust.get().is_some() })
    }

    fn refine(&mut self, pair: Pair<'_>) -> Option<Refine> {
        let (mut tool, mut args) = (None, Vec::new());
        let (mut risk, mut tags) = (Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::tool_name => tool = Some(self.quotable(p)),
                Rule::refine_args => {
                    for arg in p.into_inner().filter(|p| p.as_rule() == Rule::refine_arg) {
                        let (name, ty, _) = self.declared(arg)?;
                        args.push((name, ty?));
                    }
                }
                Rule::risk_clause => {
                    let value = self.name(&first_of(p, Rule::name)?);
                    risk.set(self, "risk", span, value);
                }
                Rule::tags_clause => {
                    let value = self.texts(p);
                    tags.set(self, "tags", span, value);
                }
                _ => {}
            }
        }
        Some(Refine { tool: tool?, args, risk: risk.get(), tags: tags.get().unwrap_or_default() })
    }

    fn group(&mut self, pair: Pair<'_>) -> Option<Group> {
        let mut inner = pair.into_inner();
        let name = inner.find(|p| p.as_rule() == Rule::name)?;
        let name = self.name(&name);
        let patterns = self.patterns(inner.find(|p| p.as_rule() == Rule::pattern_set)?)?;
        Some(Group { name, patterns })
    }

    /// The patterns of a list or a set.
    pub fn patterns(&mut self, pair: Pair<'_>) -> Option<Vec<Pattern>> {
        let mut patterns = Vec::new();
        for p in pair.into_inner() {
            if !matches!(p.as_rule(), Rule::comma | Rule::lbrace | Rule::rbrace) {
                patterns.push(self.pattern(p)?);
            }
        }
        Some(patterns)
    }

    /// One pattern.
    pub fn pattern(&mut self, pair: Pair<'_>) -> Option<Pattern> {
        if pair.as_rule() != Rule::pattern_where {
            return Some(Pattern::Name(self.quotable(pair)));
        }
        let span = self.span(&pair);
        let cond = match pair.into_inner().find(|p| p.as_rule() == Rule::expr) {
            Some(cond) => Some(self.expr(cond)?),
            None => None,
        };
        Some(Pattern::Where { cond, span })
    }

    fn label(&mut self, pair: Pair<'_>) -> Option<LabelItem> {
        let source = pair.clone().into_inner().find(|p| p.as_rule() == Rule::source_clause);
        let from_caller = source.map(|s| s.into_inner().any(|p| p.as_rule() == Rule::k_caller));
        let (name, ty, default) = self.declared(pair)?;
        Some(LabelItem { name, ty: ty?, default, from_caller })
    }

    fn role(&mut self, pair: Pair<'_>) -> Option<Role> {
        let (mut name, mut extends) = (None, Vec::new());
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::paths => extends = self.paths(p),
                _ => {}
            }
        }
        Some(Role { name: name?, extends })
    }

    /// A list of dotted names.
    pub fn paths(&mut self, pair: Pair<'_>) -> Vec<Name> {
        pair.into_inner().filter(|p| p.as_rule() == Rule::path).map(|p| self.name(&p)).collect()
    }

    fn after(&mut self, pair: Pair<'_>) -> Option<After> {
        let (mut patterns, mut action) = (Vec::new(), None);
        let mut when = Once::new();
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::patterns => patterns = self.patterns(p)?,
                Rule::when_clause => {
                    let cond = self.condition(p)?;
                    when.set(self, "when", span, cond);
                }
                Rule::mark_action => action = Some(p),
                _ => {}
            }
        }
        let (mut clear, mut target, mut mark) = (false, MarkTarget::Session, None);
        for p in action?.into_inner() {
            match p.as_rule() {
                Rule::k_clear => clear = true,
                Rule::k_result => target = MarkTarget::Result,
                Rule::path => mark = Some(self.name(&p)),
                _ => {}
            }
        }
        Some(After { patterns, when: when.get(), clear, target, mark: mark? })
    }

    /// The expression of `when COND` and its like.
    pub fn condition(&mut self, pair: Pair<'_>) -> Option<Expr> {
        self.expr(first_of(pair, Rule::expr)?)
    }

    fn budget(&mut self, pair: Pair<'_>) -> Option<Budget> {
        let whole = self.span(&pair);
        let (mut name, mut charges) = (None, Vec::new());
        let (mut limit, mut window, mut per, mut attempts) = (Once::new(), Once::new(), Once::new(), Once::new());
        let (mut else_hold, mut approvers, mut because) = (Once::new(), Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::budget_name => name = Some(self.name(&p)),
                Rule::limit_clause => {
                    let amount = self.condition(p)?;
                    limit.set(self, "limit", span, amount);
                }
                Rule::every_clause => {
                    let every = p.into_inner().find(|p| matches!(p.as_rule(), Rule::name | Rule::expr))?;
                    let value = if every.as_rule() == Rule::name {
                        Window::Calendar(self.name(&every))
                    } else {
                        Window::Sliding(self.expr(every)?)
                    };
                    window.set(self, "every", span, value);
                }
                Rule::per_clause => {
                    let keys = self.paths(first_of(p, Rule::paths)?);
                    per.set(self, "per", span, keys);
                }
                Rule::count_clause => attempts.set(self, "count attempts", span, ()),
                Rule::charge_clause => charges.push(self.charge(p, span)?),
                Rule::else_clause => {
                    let hold = p.into_inner().any(|p| p.as_rule() == Rule::k_hold);
                    else_hold.set(self, "else", span, (hold, span));
                }
                Rule::approvers_clause => {
                    let groups = self.texts(p);
                    approvers.set(self, "approvers", span, groups);
                }
                Rule::because_clause => {
                    let why = self.why(p)?;
                    because.set(self, "because", span, why);
                }
                _ => {}
            }
        }
        let name: Name = name?;
        let Some(limit) = limit.get() else {
            let place = if self.diagnostics.is_empty() { name.span.after() } else { whole };
            self.say(
                Diagnostic::new(&code::MISSING_TOKEN, place, format!("the budget `{}` has no `limit`", name.text))
                    .help("say how much it allows: `limit 100 every 1 day per agent`"),
            );
            return None;
        };
        Some(Budget {
            name,
            limit,
            window: window.get(),
            per: per.get().unwrap_or_default(),
            attempts: attempts.get().is_some(),
            charges,
            else_hold: else_hold.get(),
            approvers: approvers.get().unwrap_or_default(),
            because: because.get(),
        })
    }

    fn charge(&mut self, pair: Pair<'_>, span: Span) -> Option<Charge> {
        let (mut amount, mut settle, mut patterns, mut when) = (None, None, Vec::new(), None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::expr => amount = Some(self.expr(p)?),
                Rule::settle_clause => settle = Some(self.condition(p)?),
                Rule::patterns => patterns = self.patterns(p)?,
                Rule::when_clause => when = Some(self.condition(p)?),
                _ => {}
            }
        }
        Some(Charge { amount: amount?, settle, patterns, when, span })
    }

    /// The template of `because "…"`.
    fn why(&mut self, pair: Pair<'_>) -> Option<Template> {
        let text = pair.into_inner().find(|p| matches!(p.as_rule(), Rule::text | Rule::single_text))?;
        Some(self.template(&text))
    }

    fn let_item(&mut self, pair: Pair<'_>) -> Option<Let> {
        let (name, ty, value) = self.declared(pair)?;
        Some(Let { name, ty, value: value? })
    }

    fn fn_item(&mut self, pair: Pair<'_>) -> Option<Fn> {
        let (mut name, mut params, mut returns, mut body) = (None, Vec::new(), None, None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::params => {
                    for parameter in p.into_inner().filter(|p| p.as_rule() == Rule::parameter) {
                        let (name, ty, _) = self.declared(parameter)?;
                        params.push((name, ty?));
                    }
                }
                Rule::returns => returns = Some(self.ty(first_of(p, Rule::ty)?)?),
                Rule::expr => body = Some(self.expr(p)?),
                _ => {}
            }
        }
        Some(Fn { name: name?, params, returns, body: body? })
    }

    fn data(&mut self, pair: Pair<'_>) -> Option<Data> {
        let (mut name, mut ty, mut file) = (None, None, None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::ty => ty = Some(self.ty(p)?),
                Rule::text | Rule::single_text => file = Some(self.text(&p)),
                _ => {}
            }
        }
        Some(Data { name: name?, ty: ty?, file: file? })
    }

    fn rule(&mut self, pair: Pair<'_>) -> Option<RuleItem> {
        let (mut name, mut observe, mut effect, mut patterns) = (None, false, None, Vec::new());
        let (mut roles, mut when, mut unless, mut because) = (Once::new(), Once::new(), Once::new(), Once::new());
        let (mut suggest, mut approvers, mut expires) = (Once::new(), Once::new(), Once::new());
        let (mut with, mut redacts) = (Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::rule_name => name = Some(self.name(&p)),
                Rule::k_observe => observe = true,
                Rule::effect => effect = Some((effect_of(&p)?, span)),
                Rule::patterns => patterns = self.patterns(p)?,
                Rule::for_clause => {
                    let value = self.paths(first_of(p, Rule::paths)?);
                    roles.set(self, "for", span, value);
                }
                Rule::when_clause => {
                    let value = self.condition(p)?;
                    when.set(self, "when", span, value);
                }
                Rule::unless_clause => {
                    let value = self.condition(p)?;
                    unless.set(self, "unless", span, value);
                }
                Rule::because_clause => {
                    let value = self.why(p)?;
                    because.set(self, "because", span, value);
                }
                Rule::suggest_clause => {
                    let value = self.suggest(p)?;
                    suggest.set(self, "suggest", span, value);
                }
                Rule::approvers_clause => {
                    let value = self.texts(p);
                    approvers.set(self, "approvers", span, value);
                }
                Rule::expires_clause => {
                    let value = self.condition(p)?;
                    expires.set(self, "expires", span, value);
                }
                Rule::with_clause => {
                    let value = self.with(p)?;
                    with.set(self, "with", span, value);
                }
                Rule::matching_clause => {
                    let mut value = Vec::new();
                    for what in p.into_inner().filter(|p| p.as_rule() == Rule::expr) {
                        value.push(self.expr(what)?);
                    }
                    redacts.set(self, "matching", span, value);
                }
                _ => {}
            }
        }
        Some(RuleItem {
            name: name?,
            observe,
            effect: effect?,
            redacts: redacts.get().unwrap_or_default(),
            patterns,
            roles: roles.get().unwrap_or_default(),
            when: when.get(),
            unless: unless.get(),
            because: because.get(),
            suggest: suggest.get(),
            approvers: approvers.get().unwrap_or_default(),
            expires: expires.get(),
            with: with.get().unwrap_or_default(),
        })
    }

    fn suggest(&mut self, pair: Pair<'_>) -> Option<Suggest> {
        let what = pair.into_inner().find(|p| p.as_rule() != Rule::k_suggest)?;
        if what.as_rule() != Rule::suggest_call {
            return Some(Suggest::Text(self.template(&what)));
        }
        let span = self.span(&what);
        let mut inner = what.into_inner();
        let tool = self.quotable(inner.find(|p| p.as_rule() == Rule::tool_name)?);
        let args = self.entries(inner.find(|p| p.as_rule() == Rule::record)?)?;
        Some(Suggest::Call { tool, args, span })
    }

    fn invariant(&mut self, pair: Pair<'_>) -> Option<Invariant> {
        let (mut name, mut always, mut effects, mut patterns) = (None, false, Vec::new(), Vec::new());
        let (mut roles, mut when, mut unless) = (Once::new(), Once::new(), Once::new());
        for p in pair.into_inner() {
            let span = self.span(&p);
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::k_always => always = true,
                Rule::effect => effects.push((effect_of(&p)?, span)),
                Rule::patterns => patterns = self.patterns(p)?,
                Rule::for_clause => {
                    let value = self.paths(first_of(p, Rule::paths)?);
                    roles.set(self, "for", span, value);
                }
                Rule::when_clause => {
                    let value = self.condition(p)?;
                    when.set(self, "when", span, value);
                }
                Rule::unless_clause => {
                    let value = self.condition(p)?;
                    unless.set(self, "unless", span, value);
                }
                _ => {}
            }
        }
        let roles = roles.get().unwrap_or_default();
        Some(Invariant { name: name?, always, effects, patterns, roles, when: when.get(), unless: unless.get() })
    }
}

/// The first child of a kind.
pub(crate) fn first_of(pair: Pair<'_>, rule: Rule) -> Option<Pair<'_>> {
    pair.into_inner().find(|p| p.as_rule() == rule)
}

fn effect_of(pair: &Pair<'_>) -> Option<Effect> {
    Some(match first(pair.clone())?.as_rule() {
        Rule::k_allow => Effect::Allow,
        Rule::k_hold => Effect::Hold,
        Rule::k_deny => Effect::Deny,
        Rule::k_redact => Effect::Redact,
        Rule::k_quarantine => Effect::Quarantine,
        _ => return None,
    })
}
