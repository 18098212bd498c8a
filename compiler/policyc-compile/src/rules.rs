//! `rule` and `invariant`: what they are about, when they apply, and which clauses go with which effect.

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, Effect as Written, ItemKind, Name};

use crate::callers_word::Role;
use crate::checker::Checker;
use crate::contradictions::{constant_truth, impossible};
use crate::exprs::{Place, What, is_condition, poison};
use crate::hir::{self, Effect, Expr, ExprKind, RoleId, Suggest, Template, TemplatePart, Ty, Value};
use crate::modules::ModuleId;

/// How many pairs of rules are compared for what they ask of the host.
const MAX_COMPARED: usize = 1_000_000;
/// How many pairs that disagree are said.
const MAX_CONFLICTS: usize = 100;

impl<'a> Checker<'a, '_> {
    /// Every rule; their names first, since tests may name one that is wrong otherwise.
    pub fn rules(&mut self) {
        let of =
            |(m, i): (ModuleId, &'a ast::Item)| if let ItemKind::Rule(x) = &i.kind { Some((m, i, &**x)) } else { None };
        let items: Vec<(ModuleId, &ast::Item, &ast::Rule)> = self.items().filter_map(of).collect();
        let mut names: BTreeMap<String, (Span, ModuleId, &ast::Rule, &ast::Item)> = BTreeMap::new();
        for (module, item, x) in &items {
            let qualified = self.qualified(*module, &x.name.text);
            match names.get(&qualified) {
                Some((first, ..)) => {
                    let first = *first;
                    self.twice(&x.name.text, x.name.span, first);
                }
                None => {
                    self.ids.rules.insert((*module, x.name.text.clone()), qualified.clone());
                    if let Some(budget) = self.ids.budgets.get(&(*module, x.name.text.clone()))
                        && let Some(budget) = self.program.budgets.get(budget.index()).map(|b| b.span)
                    {
                        self.say(
                            Diagnostic::new(
                                &code::DUPLICATE_NAME,
                                x.name.span,
                                format!("`{}` is a rule and a budget", x.name.text),
                            )
                            .also(budget, "the budget")
                            .help("decisions name both: rename one of them"),
                        );
                    }
                    names.insert(qualified, (x.name.span, *module, x, item));
                }
            }
        }
        self.refuse_confusables(names.iter().map(|(n, (s, ..))| (n.as_str(), *s)), "rules");
        for (name, (span, module, x, item)) in names {
            self.noted.rule_names.insert(name.clone(), span);
            if let Some(rule) = self.rule(name, x, item, module) {
                self.program.rules.push(rule);
            }
        }
        // Two wrong rules of one name are checked all the same: each mistake is said.
        for (module, item, x) in items {
            let qualified = self.qualified(module, &x.name.text);
            if self.noted.rule_names.get(&qualified) != Some(&x.name.span) {
                let _ = self.rule(qualified, x, item, module);
            }
        }
    }

    fn rule(&mut self, name: String, x: &'a ast::Rule, item: &'a ast::Item, module: ModuleId) -> Option<hir::Rule> {
        let said = self.diagnostics.len();
        let (written, at) = x.effect;
        let effect = effect(written);
        let tools = self.tools_of(&x.patterns, module);
        let roles = self.for_roles(&x.roles);
        let mut place = Place::new(
            module,
            match (&tools, effect) {
                (None, _) => What::Lost,
                (Some(tools), Effect::Redact | Effect::Quarantine) => What::Result(tools.clone()),
                (Some(tools), Effect::Allow | Effect::Hold | Effect::Deny) => What::Call(tools.clone()),
            },
        );
        place.restricts = effect != Effect::Allow;
        let when = self.when(x.when.as_ref(), x.unless.as_ref(), &mut place);
        place.restricts = false;
        if let Some(when) = &when {
            let role = if effect == Effect::Allow { Role::Grants("allows on") } else { Role::Restricts };
            self.refuse_callers_word(when, role);
        }
        let because = x.because.as_ref().map(|t| self.explained(t, &mut place));
        let suggest = x.suggest.as_ref().and_then(|s| self.suggestion(s, &mut place));
        self.clauses(x, at);
        let expires = x.expires.as_ref().and_then(|e| self.expires(e, module));
        let obligations = self.obligation_values(&x.with, module);
        let redacts = self.redacts(&x.redacts, module);
        if let Some(when) = &when {
            let tools = tools.clone().unwrap_or_default();
            let of: Vec<&hir::Tool> = tools.iter().filter_map(|t| self.program.tools.get(t.index())).collect();
            let facts = if module == ModuleId::ROOT {
                of.iter().map(|t| (t.name.clone(), t.risk)).collect()
            } else {
                Vec::new()
            };
            self.check_condition(when, &facts, module, Some((&x.name, item)));
        }
        let tools = tools.filter(|t| !t.is_empty())?;
        let broken = self.diagnostics.iter().skip(said).any(|d| d.severity == policyc_diag::Severity::Error);
        if broken {
            return None;
        }
        Some(hir::Rule {
            name,
            doc: item.doc.clone(),
            observe: x.observe,
            effect,
            tools,
            roles,
            roles_span: names_span(&x.roles),
            when,
            because,
            suggest,
            approvers: x.approvers.iter().map(|t| t.value.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
            expires,
            obligations,
            redacts,
            span: item.span,
        })
    }

    fn for_roles(&mut self, names: &[Name]) -> BTreeSet<RoleId> {
        let mut roles = BTreeSet::new();
        for name in names {
            roles.extend(self.role(name));
        }
        roles
    }

    /// `when A unless B` is `A and not B`.
    fn when(&mut self, when: Option<&'a ast::Expr>, unless: Option<&'a ast::Expr>, p: &mut Place<'a>) -> Option<Expr> {
        let when = when.map(|e| self.condition(e, p));
        let unless = unless.map(|e| {
            let e = self.condition(e, p);
            let (ty, span) = (e.ty.clone(), e.span);
            if ty == Ty::Poison { e } else { Expr { kind: ExprKind::Not(e.into()), ty, span } }
        });
        match (when, unless) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one),
            (Some(a), Some(b)) if a.ty == Ty::Poison || b.ty == Ty::Poison => Some(poison(a.span)),
            (Some(a), Some(b)) => {
                let span = a.span.to(b.span);
                Some(Expr { kind: ExprKind::And(vec![a, b]), ty: Ty::Bool, span })
            }
        }
    }

    /// Clauses that do not go with the effect.
    fn clauses(&mut self, x: &'a ast::Rule, at: Span) {
        let (effect, word) = (x.effect.0, effect(x.effect.0).name());
        let mut refuse = |span: Span, clause: &str, help: &str| {
            let message = format!("`{clause}` does not go with `{word}`");
            self.say(Diagnostic::new(&code::CLAUSE_NOT_HERE, span, message).also(at, "the effect").help(help));
        };
        if effect != Written::Hold {
            if let Some(text) = x.approvers.first() {
                refuse(text.span, "approvers", "only a held call waits for people: write `hold`, or remove the clause");
            }
            if let Some(e) = &x.expires {
                refuse(e.span, "expires", "only a held call waits: write `hold`, or remove the clause");
            }
        }
        if effect != Written::Redact
            && let Some(e) = x.redacts.first()
        {
            refuse(e.span, "matching", "only `redact` cuts something out");
        }
        if matches!(effect, Written::Redact | Written::Quarantine)
            && let Some((name, _)) = x.with.first()
        {
            refuse(name.span, "with", "obligations go with the decision about a call");
        }
        if effect == Written::Hold && x.approvers.is_empty() && !x.observe {
            self.hold_without_approvers(&x.name);
        }
    }

    /// Nobody is named who could approve.
    pub fn hold_without_approvers(&mut self, name: &Name) {
        let message = format!("`{}` holds calls, and nobody is named who could approve them", name.text);
        self.error(&code::HOLD_WITHOUT_APPROVERS, name.span, message, "write `approvers \"GROUP\"`");
    }

    fn expires(&mut self, e: &'a ast::Expr, module: ModuleId) -> Option<i64> {
        let mut place = Place::new(module, What::Constant("a deadline"));
        let value = self.value_of(e, &Ty::Duration, &mut place);
        match self.constant_of(value, "a deadline")? {
            (Value::Duration(ns), _) if ns > 0 => Some(ns),
            _ => {
                self.error(
                    &code::OUT_OF_RANGE,
                    e.span,
                    "an approval cannot expire before it is asked for",
                    "write `expires 15 min`",
                );
                None
            }
        }
    }

    pub(crate) fn obligation_values(
        &mut self,
        with: &'a [(Name, ast::Expr)],
        module: ModuleId,
    ) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (key, e) in with {
            if let Some(first) = seen.insert(&key.text, key.span) {
                self.twice(&key.text, key.span, first);
                continue;
            }
            let mut place = Place::new(module, What::Constant("an obligation"));
            let value = self.value(e, None, &mut place);
            if let Some((value, _)) = self.constant_of(value, "an obligation") {
                found.insert(key.text.clone(), value);
            }
        }
        found
    }

    fn redacts(&mut self, exprs: &'a [ast::Expr], module: ModuleId) -> Vec<Value> {
        let mut found = Vec::new();
        for e in exprs {
            let mut place = Place::new(module, What::Constant("what is cut out"));
            let value = self.value(e, None, &mut place);
            let span = value.span;
            let Some((value, ty)) = self.constant_of(value, "what is cut out") else { continue };
            let items = if let Value::List(items) = value { items } else { vec![value] };
            for item in items {
                match item {
                    Value::Text(t) if t.is_empty() => {
                        self.error(
                            &code::BAD_PATTERN,
                            span,
                            "an empty text stands everywhere",
                            "write what is to be cut out",
                        );
                    }
                    Value::Text(_) | Value::Regex(_) => found.push(item),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Int(_)
                    | Value::Decimal(_)
                    | Value::Money(..)
                    | Value::Enum(_)
                    | Value::Risk(_)
                    | Value::Duration(_)
                    | Value::Time(_)
                    | Value::Host(_)
                    | Value::Network(_)
                    | Value::Path(_)
                    | Value::List(_)
                    | Value::Record(_) => {
                        let message = format!("`{}` is {}", self.text(span), crate::words::one(&ty));
                        self.error(
                            &code::TYPE_MISMATCH,
                            span,
                            message,
                            "cut out what matches `/regex/` or equals \"a text\"",
                        );
                        break;
                    }
                }
            }
        }
        found
    }

    // ---- texts

    /// A text that may name what the condition's quantifiers went through.
    fn explained(&mut self, template: &'a ast::Template, p: &mut Place<'a>) -> Template {
        let mut inner = p.clone();
        // The first of a name comes last, and so is found first.
        inner.locals.extend(p.met.iter().rev().cloned());
        self.template(template, &mut inner)
    }

    /// A text with values in it.
    pub fn template(&mut self, template: &'a ast::Template, p: &mut Place<'a>) -> Template {
        let mut parts = Vec::with_capacity(template.parts.len());
        for part in &template.parts {
            match part {
                ast::TemplatePart::Text(t) => parts.push(TemplatePart::Text(t.clone())),
                ast::TemplatePart::Expr(e) if is_condition(e) => {
                    let said = self.diagnostics.len();
                    let _ = self.condition(e, p);
                    if said == self.diagnostics.len() {
                        let message = format!("`{}` is a condition, and a text shows values", self.text(e.span));
                        self.error(&code::NOT_A_VALUE, e.span, message, "show what it is about: `{args.NAME}`");
                    }
                }
                ast::TemplatePart::Expr(e) => {
                    let value = self.value(e, None, p);
                    if value.ty != Ty::Poison {
                        parts.push(TemplatePart::Expr(value));
                    }
                }
            }
        }
        Template { parts }
    }

    fn suggestion(&mut self, suggest: &'a ast::Suggest, p: &mut Place<'a>) -> Option<Suggest> {
        match suggest {
            ast::Suggest::Text(t) => Some(Suggest::Text(self.explained(t, p))),
            ast::Suggest::Call { tool, args, span } => {
                let id = self.tool_named(tool)?;
                let declared = self.program.tools.get(id.index())?;
                let (fields, open, name) = (declared.args.clone(), declared.open, declared.name.clone());
                let mut values: BTreeMap<String, Value> = BTreeMap::new();
                let mut healthy = true;
                for (key, e) in args {
                    let mut place = Place::new(p.module, What::Constant("a suggested call"));
                    let value = match fields.iter().find(|f| f.name == key.text) {
                        Some(field) => self.value_of(e, &field.ty, &mut place),
                        None if open => self.value(e, None, &mut place),
                        None => {
                            let message = format!("`{name}` has no argument `{}`", key.text);
                            let known: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                            let otherwise = format!("it takes {}", crate::words::listed(known.iter().copied()));
                            self.unknown(&code::BAD_SUGGESTION, key.span, message, &key.text, known, &otherwise);
                            healthy = false;
                            continue;
                        }
                    };
                    match self.constant_of(value, "a suggested call") {
                        Some((value, _)) => {
                            values.insert(key.text.clone(), value);
                        }
                        None => healthy = false,
                    }
                }
                let missing: Vec<&str> = fields
                    .iter()
                    .filter(|f| f.default.is_none() && !matches!(f.ty, Ty::Optional(_) | Ty::Poison))
                    .map(|f| f.name.as_str())
                    .filter(|n| !args.iter().any(|(k, _)| k.text == *n))
                    .collect();
                if !missing.is_empty() {
                    let message = format!("the suggested call of `{name}` lacks {}", crate::words::listed(missing));
                    self.error(&code::BAD_SUGGESTION, *span, message, "a suggested call is one that could be made");
                    return None;
                }
                healthy.then_some(Suggest::Call(id, values))
            }
        }
    }

    // ---- conditions as a whole

    /// Says whether a condition can be anything but what it always is.
    pub fn check_condition(
        &mut self,
        when: &Expr,
        tools: &[(String, hir::Risk)],
        module: ModuleId,
        rule: Option<(&'a Name, &'a ast::Item)>,
    ) {
        if when.ty == Ty::Poison {
            return;
        }
        match constant_truth(when) {
            Some(true) => {
                let message = format!("`{}` is always true", self.text(when.span));
                self.say(
                    Diagnostic::new(&code::CONSTANT_CONDITION, when.span, message).help("leave the condition out"),
                );
                return;
            }
            Some(false) => {
                self.never(when.span, rule, "is always false");
                return;
            }
            None => {}
        }
        if impossible(&[when], &[], false) {
            self.never(when.span, rule, "contradicts itself");
        } else if module == ModuleId::ROOT && !tools.is_empty() && impossible(&[when], tools, false) {
            self.never(when.span, rule, "is true for none of the tools that it is about");
        } else {
            for part in crate::contradictions::constant_parts(when) {
                let message = format!("`{}` is always the same", self.text(part));
                self.say(Diagnostic::new(&code::CONSTANT_CONDITION, part, message).help("leave it out"));
            }
        }
    }

    fn never(&mut self, span: Span, rule: Option<(&'a Name, &'a ast::Item)>, why: &str) {
        let said = match rule {
            Some((name, _)) => Diagnostic::new(
                &code::NEVER_APPLIES,
                span,
                format!("`{}` can never apply: its condition {why}", name.text),
            )
            .also(name.span, "this rule"),
            None => Diagnostic::new(&code::NEVER_APPLIES, span, format!("this can never apply: its condition {why}")),
        };
        self.say(said.help("mend the condition, or remove the item"));
    }

    // ---- invariants

    /// Every invariant: checked, and reported as unsettled.
    pub fn invariants(&mut self) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for (module, item) in self.items() {
            let ItemKind::Invariant(x) = &item.kind else { continue };
            let name = self.qualified(module, &x.name.text);
            if let Some(first) = seen.insert(name.clone(), x.name.span) {
                self.twice(&x.name.text, x.name.span, first);
            }
            let said = self.diagnostics.len();
            let tools = self.tools_of(&x.patterns, module);
            let roles = self.for_roles(&x.roles);
            let about_results = x.effects.iter().any(|(e, _)| matches!(e, Written::Redact | Written::Quarantine));
            let what = match (&tools, about_results) {
                (None, _) => What::Lost,
                (Some(tools), true) => What::Result(tools.clone()),
                (Some(tools), false) => What::Call(tools.clone()),
            };
            let mut place = Place::new(module, what);
            let when = self.when(x.when.as_ref(), x.unless.as_ref(), &mut place);
            if self.diagnostics.len() > said {
                continue; // what is wrong is not settled either, and says so already
            }
            let message = format!("the invariant `{}` is not settled", x.name.text);
            self.say(
                Diagnostic::new(&code::UNSETTLED_INVARIANT, x.name.span, message)
                    .help(
                        "it was checked for names and types; the analyser that settles it is not part of this version",
                    )
                    .help("until then, say what it claims with tests"),
            );
            self.program.invariants.push(hir::Invariant {
                name,
                always: x.always,
                effects: x.effects.iter().map(|(e, _)| effect(*e)).collect(),
                tools: tools.unwrap_or_default(),
                roles,
                when,
                span: item.span,
            });
        }
    }

    /// Two rules that can apply together and ask for different things.
    pub fn obligations(&mut self) {
        // A held call keeps what the rules that allow it ask for.
        let mut by_key: BTreeMap<(bool, &str), BTreeMap<&Value, Vec<&hir::Rule>>> = BTreeMap::new();
        for rule in self.program.rules.iter().filter(|r| !r.observe) {
            for (key, value) in &rule.obligations {
                by_key.entry((rule.effect == Effect::Deny, key)).or_default().entry(value).or_default().push(rule);
            }
        }
        let mut found = Vec::new();
        let mut left = MAX_COMPARED;
        let mut too_many: Option<(String, Span)> = None;
        'keys: for ((_, key), values) in &by_key {
            let groups: Vec<(&&Value, &Vec<&hir::Rule>)> = values.iter().collect();
            for (i, (one, rules)) in groups.iter().enumerate() {
                for (other, others) in groups.iter().skip(i + 1) {
                    for a in rules.iter() {
                        for b in others.iter() {
                            if left == 0 || found.len() >= MAX_CONFLICTS {
                                if left == 0 {
                                    too_many = Some(((*key).to_owned(), b.span));
                                }
                                break 'keys;
                            }
                            left -= 1;
                            if can_meet(a, b) {
                                found.push((
                                    a.name.clone(),
                                    b.name.clone(),
                                    (*key).to_owned(),
                                    (**one).clone(),
                                    (**other).clone(),
                                ));
                            }
                        }
                    }
                }
            }
        }
        if let Some((key, span)) = too_many {
            let message = format!("too many rules ask for different values of `{key}` to compare each with each");
            self.error(&code::CONFLICTING_OBLIGATIONS, span, message, "let fewer rules hand the key to the host");
        }
        for (a, b, key, one, other) in found {
            let (Some(first), Some(second)) = (self.noted.rule_names.get(&a), self.noted.rule_names.get(&b)) else {
                continue;
            };
            let (mut from, mut to) = ((a, *first, one), (b, *second, other));
            if from.1 > to.1 {
                std::mem::swap(&mut from, &mut to);
            }
            let message = format!(
                "`{}` asks for `{key}: {}`, `{}` for `{key}: {}`, and both can apply to one call",
                from.0,
                crate::constants::shown(&from.2),
                to.0,
                crate::constants::shown(&to.2)
            );
            self.say(
                Diagnostic::new(&code::CONFLICTING_OBLIGATIONS, to.1, message).also(from.1, "the other rule").help(
                    "give both the same value, or conditions that exclude each other on a label that is always there",
                ),
            );
        }
    }
}

/// Whether two rules can apply to one call.
fn can_meet(a: &hir::Rule, b: &hir::Rule) -> bool {
    if a.tools.is_disjoint(&b.tools) {
        return false;
    }
    let conditions: Vec<&Expr> = a.when.iter().chain(&b.when).collect();
    // A granting rule needs its condition to be true; any other may apply where it is unknown.
    !impossible(&conditions, &[], !(a.effect.grants() && b.effect.grants()))
}

/// The effect as the runtime names it.
pub(crate) fn effect(written: Written) -> Effect {
    match written {
        Written::Allow => Effect::Allow,
        Written::Hold => Effect::Hold,
        Written::Deny => Effect::Deny,
        Written::Redact => Effect::Redact,
        Written::Quarantine => Effect::Quarantine,
    }
}

/// From the first name to the last; empty if there is none.
fn names_span(names: &[Name]) -> policyc_diag::Span {
    match (names.first(), names.last()) {
        (Some(first), Some(last)) => policyc_diag::Span { end: last.span.end, ..first.span },
        (_, _) => policyc_diag::Span::default(),
    }
}
