//! `budget`: limits, windows, keys and charges.
//!
//! The head of every budget is read before any condition, because conditions ask for `budgets.NAME`; charges are
//! conditions and amounts themselves and come later.

use std::collections::BTreeSet;

use policyc_diag::{Diagnostic, code};
use policyc_syntax::ast::{self, ItemKind, Name};

use crate::checker::{Checker, strip};
use crate::exprs::{Place, What};
use crate::hir::{self, BudgetId, BudgetKey, CalendarUnit, ExprKind, Ty, Value, Window};
use crate::modules::ModuleId;
use crate::words;

impl<'a> Checker<'a, '_> {
    fn budget_items(&self) -> Vec<(ModuleId, &'a ast::Item, &'a ast::Budget)> {
        let of =
            |(m, i): (ModuleId, &'a ast::Item)| if let ItemKind::Budget(x) = &i.kind { Some((m, i, x)) } else { None };
        self.items().filter_map(of).collect()
    }

    /// Every budget but its charges.
    pub fn budget_heads(&mut self) {
        let items = self.budget_items();
        let mut names: Vec<(String, ModuleId, &Name)> = Vec::new();
        for (module, _, x) in &items {
            let qualified = self.qualified(*module, &x.name.text);
            match names.iter().find(|(n, ..)| *n == qualified) {
                Some((.., first)) => {
                    let first = first.span;
                    self.twice(&x.name.text, x.name.span, first);
                }
                None => names.push((qualified, *module, &x.name)),
            }
        }
        self.refuse_confusables(names.iter().map(|(n, _, name)| (n.as_str(), name.span)), "budgets");
        names.sort_by(|a, b| a.0.cmp(&b.0));
        for (i, (_, module, name)) in names.iter().enumerate() {
            self.ids.budgets.insert((*module, name.text.clone()), BudgetId(u32::try_from(i).unwrap_or(u32::MAX)));
        }
        for (qualified, module, name) in names {
            let found = items.iter().find(|(_, _, x)| x.name.span == name.span);
            let Some((_, item, x)) = found else { continue };
            let budget = self.budget_head(x, qualified, item.span, module);
            self.program.budgets.push(budget);
        }
    }

    fn budget_head(
        &mut self,
        x: &'a ast::Budget,
        name: String,
        span: policyc_diag::Span,
        module: ModuleId,
    ) -> hir::Budget {
        let mut place = Place::new(module, What::Constant("a limit"));
        let limit = self.value(&x.limit, None, &mut place);
        let at = limit.span;
        let (limit, ty) = self.constant_of(limit, "a limit").unwrap_or((Value::Int(0), Ty::Poison));
        let is_amount = matches!(ty, Ty::Int | Ty::Decimal | Ty::Money(_) | Ty::Duration | Ty::Poison);
        if !is_amount {
            let message =
                format!("a limit is no {}", words::one(&ty).trim_start_matches("a ").trim_start_matches("an "));
            self.error(&code::BAD_LIMIT, at, message, "a limit is a number, an amount of money or a duration");
        } else if is_zero(&limit) && ty != Ty::Poison || is_negative(&limit) {
            self.error(&code::BAD_LIMIT, at, "a limit is above zero", "to refuse every call, write a rule that denies");
        }
        let (limit, ty) = match (limit, ty) {
            (Value::Int(n), Ty::Int) if self.charges_decimals(x, module) => {
                (Value::Decimal(hir::Decimal::from_int(n)), Ty::Decimal)
            }
            found => found,
        };
        let window = self.window(x, module);
        let per = x.per.iter().filter_map(|key| self.key(key)).collect::<BTreeSet<BudgetKey>>();
        hir::Budget {
            name,
            limit,
            ty: if is_amount { ty } else { Ty::Poison },
            window,
            per,
            attempts: x.attempts,
            charges: Vec::new(),
            hold: x.else_hold.is_some_and(|(hold, _)| hold),
            approvers: x.approvers.iter().map(|t| t.value.clone()).collect(),
            because: None,
            span,
        }
    }

    /// Whether a charge is a decimal: then a limit without a point is one too.
    fn charges_decimals(&mut self, x: &'a ast::Budget, module: ModuleId) -> bool {
        let said = self.diagnostics.len();
        let mut found = false;
        for charge in &x.charges {
            let Some(tools) = self.tools_of(&charge.patterns, module) else { continue };
            let mut place = Place::new(module, What::Call(tools));
            let amount = self.value(&charge.amount, Some(&Ty::Decimal), &mut place);
            found |= *strip(&amount.ty) == Ty::Decimal;
        }
        // What is wrong with a charge is said when it is checked.
        self.diagnostics.truncate(said);
        found
    }

    fn window(&mut self, x: &'a ast::Budget, module: ModuleId) -> Window {
        match &x.window {
            None => Window::Lifetime,
            Some(ast::Window::Sliding(e)) => {
                let mut place = Place::new(module, What::Constant("a window"));
                let value = self.value_of(e, &Ty::Duration, &mut place);
                match self.constant_of(value, "a window") {
                    Some((Value::Duration(ns), _)) if ns > 0 => Window::Sliding(ns),
                    Some(_) => {
                        self.error(&code::BAD_LIMIT, e.span, "a window is longer than nothing", "write `every 1 min`");
                        Window::Lifetime
                    }
                    None => Window::Lifetime,
                }
            }
            Some(ast::Window::Calendar(unit)) => match unit.text.as_str() {
                "hour" => Window::Calendar(CalendarUnit::Hour),
                "day" => Window::Calendar(CalendarUnit::Day),
                "week" => Window::Calendar(CalendarUnit::Week),
                "month" => Window::Calendar(CalendarUnit::Month),
                other => {
                    let message = format!("the calendar has no `{other}` here");
                    let known = ["hour", "day", "week", "month"];
                    self.unknown(
                        &code::BAD_LIMIT,
                        unit.span,
                        message,
                        other,
                        known,
                        "it is `hour`, `day`, `week` or `month`",
                    );
                    Window::Lifetime
                }
            },
        }
    }

    fn key(&mut self, key: &Name) -> Option<BudgetKey> {
        let found = match key.text.as_str() {
            "agent" | "agent.id" => BudgetKey::Agent,
            "session" | "session.id" => BudgetKey::Session,
            "task" | "call.task" => BudgetKey::Task,
            "tenant" | "agent.tenant" => BudgetKey::Tenant,
            "tool" | "tool.name" => BudgetKey::Tool,
            "call" => BudgetKey::Call,
            other => return self.declared_key(other, key),
        };
        Some(found)
    }

    fn declared_key(&mut self, text: &str, key: &Name) -> Option<BudgetKey> {
        if let Some(name) = text.strip_prefix("labels.") {
            let Some(id) = self.ids.labels.get(name).copied() else {
                self.unknown_label(&Name { text: name.to_owned(), span: key.span });
                return None;
            };
            let field = self.program.labels.get(id.index()).map(|l| l.field.clone())?;
            let said = self.diagnostics.len();
            self.refuse_missing(&field, key);
            if self.diagnostics.len() == said {
                self.refuse_callers_key(id, key.span);
            }
            return Some(BudgetKey::Label(id));
        }
        if let Some(name) = text.strip_prefix("agent.")
            && let Some(id) = self.ids.attributes.get(name).copied()
        {
            let field = self.program.attributes.get(id.index()).cloned()?;
            self.refuse_missing(&field, key);
            return Some(BudgetKey::Attr(id));
        }
        let mut known: Vec<String> =
            ["agent", "session", "task", "tenant", "tool", "call"].iter().map(|s| (*s).to_owned()).collect();
        let otherwise = if self.ids.labels.contains_key(text) {
            format!("the label is written `labels.{text}`")
        } else {
            format!("it is {}", words::either(known.iter().map(String::as_str).chain(["labels.NAME", "agent.NAME"])))
        };
        known.extend(self.ids.labels.keys().map(|n| format!("labels.{n}")));
        known.extend(self.ids.attributes.keys().map(|n| format!("agent.{n}")));
        let message = format!("a budget cannot count per `{text}`");
        self.unknown(&code::UNKNOWN_NAME, key.span, message, text, known.iter().map(String::as_str), &otherwise);
        None
    }

    fn refuse_missing(&mut self, field: &hir::Field, key: &Name) {
        if matches!(field.ty, Ty::Optional(_)) && field.default.is_none() {
            let message = format!("`{}` may be missing, and then nothing would be counted", key.text);
            self.say(
                Diagnostic::new(&code::KEY_MAY_BE_MISSING, key.span, message)
                    .also(field.span, "optional here")
                    .help("give it a default, or drop the `?`: then a call without it is refused"),
            );
        }
    }

    /// Every charge, and what else of a budget is a condition or a text.
    pub fn budget_charges(&mut self) {
        for (module, _, x) in self.budget_items() {
            let Some(id) = self.ids.budgets.get(&(module, x.name.text.clone())).copied() else { continue };
            let Some(budget) = self.program.budgets.get(id.index()) else { continue };
            if !stands_in(&x.name, budget.span) {
                continue; // a second one of the name
            }
            let ty = budget.ty.clone();
            if x.charges.is_empty() && matches!(ty, Ty::Money(_) | Ty::Duration) {
                let message =
                    format!("`{}` counts {}, and nothing says how much a call costs", x.name.text, words::many(&ty));
                self.error(&code::CHARGE_MISMATCH, x.limit.span, message, "write `charge AMOUNT on PATTERN`");
            }
            let mut charges = Vec::new();
            let mut every = crate::hir::ToolSet::new();
            for charge in &x.charges {
                let tools = if charge.patterns.is_empty() {
                    Some(self.all_tools())
                } else {
                    self.tools_of(&charge.patterns, module)
                };
                every.extend(tools.iter().flatten().copied());
                charges.extend(self.charge(charge, tools, &ty, module));
            }
            if x.charges.is_empty() {
                every = self.all_tools();
            }
            let mut place = Place::new(module, What::Call(every));
            let because = x.because.as_ref().map(|t| self.template(t, &mut place));
            if let Some((false, at)) = x.else_hold
                && let Some(text) = x.approvers.first()
            {
                self.say(
                    Diagnostic::new(&code::CLAUSE_NOT_HERE, text.span, "a budget that denies has no approvers")
                        .also(at, "denies")
                        .help("write `else hold`"),
                );
            } else if x.else_hold.is_none()
                && let Some(text) = x.approvers.first()
            {
                self.error(
                    &code::CLAUSE_NOT_HERE,
                    text.span,
                    "a budget that denies has no approvers",
                    "write `else hold` before it",
                );
            }
            if x.else_hold.is_some_and(|(hold, _)| hold) && x.approvers.is_empty() {
                self.hold_without_approvers(&x.name);
            }
            if let Some(budget) = self.program.budgets.get_mut(id.index()) {
                budget.charges = charges;
                budget.because = because;
                if !x.charges.is_empty() && budget.charges.is_empty() {
                    count_nothing(budget);
                }
            }
        }
    }

    fn charge(
        &mut self,
        x: &'a ast::Charge,
        tools: Option<hir::ToolSet>,
        ty: &Ty,
        module: ModuleId,
    ) -> Option<hir::Charge> {
        let mut place = Place::new(module, tools.clone().map_or(What::Lost, What::Call));
        let amount = self.value(&x.amount, Some(ty), &mut place);
        let amount = self.amount(amount, ty);
        let when = x.when.as_ref().map(|e| self.condition(e, &mut place));
        if let Some(when) = &when {
            self.check_condition(when, &[], module, None);
        }
        let mut place = Place::new(module, tools.clone().map_or(What::Lost, What::Result));
        let settle = x.settle.as_ref().map(|e| {
            let amount = self.value(e, Some(ty), &mut place);
            self.amount(amount, ty)
        });
        let tools = tools.filter(|t| !t.is_empty())?;
        Some(hir::Charge { tools, when, amount, settle })
    }

    /// An amount of the budget's kind.
    fn amount(&mut self, e: hir::Expr, ty: &Ty) -> hir::Expr {
        let has = strip(&e.ty);
        if let ExprKind::Const(value) = &e.kind
            && is_negative(value)
        {
            self.error(
                &code::CHARGE_MISMATCH,
                e.span,
                "a charge is not below zero",
                "what is given back is said with `settle`",
            );
            return crate::exprs::poison(e.span);
        }
        let fits = has == ty || matches!((has, ty), (Ty::Poison, _) | (_, Ty::Poison) | (Ty::Int, Ty::Decimal));
        if fits {
            return self.fit(e, ty);
        }
        let message =
            format!("`{}` is {}, and the budget counts {}", self.text(e.span), words::one(has), words::many(ty));
        self.say(Diagnostic::new(&code::CHARGE_MISMATCH, e.span, message).help("limit and charge are of one kind"));
        crate::exprs::poison(e.span)
    }
}

/// What becomes of a budget of a module whose charges meet no tool: without this it would count every call, because it
/// says of none what it costs. It stays readable, and asks nothing of a call.
fn count_nothing(budget: &mut hir::Budget) {
    let zero = if let Ty::Money(currency) = &budget.ty {
        Value::Money(hir::Decimal::ZERO, currency.clone())
    } else if budget.ty == Ty::Decimal {
        Value::Decimal(hir::Decimal::ZERO)
    } else if budget.ty == Ty::Duration {
        Value::Duration(0)
    } else {
        Value::Int(0)
    };
    let amount = hir::Expr { kind: ExprKind::Const(zero), ty: budget.ty.clone(), span: budget.span };
    budget.charges = vec![hir::Charge { tools: hir::ToolSet::new(), when: None, amount, settle: None }];
    budget.window = Window::Lifetime;
    budget.per.clear();
    budget.attempts = false;
    budget.because = None;
}

/// Whether a name stands in an item.
fn stands_in(name: &Name, item: policyc_diag::Span) -> bool {
    item.file == name.span.file && item.start <= name.span.start && name.span.end <= item.end
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Int(0) | Value::Duration(0) | Value::Decimal(hir::Decimal::ZERO))
        || matches!(value, Value::Money(d, _) if *d == hir::Decimal::ZERO)
}

fn is_negative(value: &Value) -> bool {
    match value {
        Value::Int(n) | Value::Duration(n) => *n < 0,
        Value::Decimal(d) | Value::Money(d, _) => *d < hir::Decimal::ZERO,
        Value::Null
        | Value::Bool(_)
        | Value::Text(_)
        | Value::Enum(_)
        | Value::Risk(_)
        | Value::Time(_)
        | Value::Host(_)
        | Value::Network(_)
        | Value::Path(_)
        | Value::Regex(_)
        | Value::List(_)
        | Value::Record(_) => false,
    }
}
