//! Small changes to a policy, one at a time: rules, budgets, marks and functions.

use std::collections::BTreeSet;

use policyc_compile::hir::{After, Budget, Effect, Expr, ExprKind, Function, Program, Rule, ToolSet, Ty, Window};
use policyc_diag::{SourceMap, Span};

use super::exprs::{constants, variants, written};
use super::tools::{arguments, read_by, wider};

/// How many tools of one rule are left out, one at a time.
const MOST_TOOLS: usize = 3;

/// What takes the place of what.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Rule(usize, Option<Box<Rule>>),
    Budget(usize, Box<Budget>),
    After(usize, Option<Box<After>>),
    Function(usize, Box<Function>),
}

impl Change {
    /// The program with the change.
    pub(super) fn apply(&self, program: &Program) -> Program {
        let mut program = program.clone();
        match self {
            Self::Rule(at, Some(rule)) => set(&mut program.rules, *at, rule),
            Self::Rule(at, None) => remove(&mut program.rules, *at),
            Self::Budget(at, budget) => set(&mut program.budgets, *at, budget),
            Self::After(at, Some(after)) => set(&mut program.afters, *at, after),
            Self::After(at, None) => remove(&mut program.afters, *at),
            Self::Function(at, function) => set(&mut program.functions, *at, function),
        }
        program
    }
}

fn set<T: Clone>(list: &mut [T], at: usize, item: &T) {
    if let Some(slot) = list.get_mut(at) {
        slot.clone_from(item);
    }
}

fn remove<T>(list: &mut Vec<T>, at: usize) {
    if at < list.len() {
        list.remove(at);
    }
}

/// A change with its edit of the source.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) operator: &'static str,
    /// Which bytes.
    pub(super) span: Span,
    /// Become what.
    pub(super) text: String,
    /// Of which rule, budget, mark or function.
    pub(super) item: String,
    pub(super) change: Change,
}

/// Every change, in the order of the program. What the standard library brings is tested there.
pub(super) fn edits(program: &Program, sources: &SourceMap) -> Vec<Edit> {
    let maker = Maker { sources };
    let mut out = Vec::new();
    for (at, rule) in program.rules.iter().enumerate().filter(|(_, r)| maker.is_own(r.span)) {
        maker.rule(program, at, rule, &mut out);
    }
    for (at, budget) in program.budgets.iter().enumerate().filter(|(_, b)| maker.is_own(b.span)) {
        maker.budget(at, budget, &mut out);
    }
    for (at, after) in program.afters.iter().enumerate().filter(|(_, a)| maker.is_own(a.span)) {
        maker.after(program, at, after, &mut out);
    }
    for (at, function) in program.functions.iter().enumerate() {
        if function.ty == Ty::Bool && maker.is_own(function.body.span) {
            for v in variants(&function.body, &|span| maker.text(span)) {
                let changed = Function { body: v.expr, ..function.clone() };
                out.push(Edit {
                    operator: v.operator,
                    span: v.span,
                    text: v.text,
                    item: function.name.clone(),
                    change: Change::Function(at, Box::new(changed)),
                });
            }
        }
    }
    out
}

struct Maker<'s> {
    sources: &'s SourceMap,
}

impl Maker<'_> {
    fn is_own(&self, span: Span) -> bool {
        span.end > span.start && self.sources.file(span.file).is_some_and(|f| !f.name.starts_with("std/"))
    }

    fn text(&self, span: Span) -> String {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let file = self.sources.file(span.file);
        file.and_then(|f| f.text.get(index(span.start)..index(span.end))).unwrap_or("").to_owned()
    }

    /// The first of these words in an item, as a place.
    fn word(&self, item: Span, word: &str) -> Span {
        let text = self.text(item);
        let mut from = 0_usize;
        for line in text.split_inclusive('\n') {
            let code = line.split("//").next().unwrap_or("");
            let found = code.match_indices(word).find(|(at, _)| {
                let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                let end = at.saturating_add(word.len());
                outside(code.get(..*at).and_then(|b| b.chars().next_back()))
                    && outside(code.get(end..).and_then(|a| a.chars().next()))
            });
            if let Some((at, _)) = found {
                let start = u32::try_from(from.saturating_add(at)).unwrap_or(u32::MAX).saturating_add(item.start);
                let end = start.saturating_add(u32::try_from(word.len()).unwrap_or(0));
                return Span { start, end, ..item };
            }
            from = from.saturating_add(line.len());
        }
        item
    }

    /// The first few tools by which a set is wider.
    fn others(&self, program: &Program, wide: &ToolSet, narrow: &ToolSet) -> String {
        let more: Vec<&str> =
            wide.difference(narrow).filter_map(|id| program.tools.get(id.index())).map(|t| t.name.as_str()).collect();
        let shown = more.iter().take(MOST_TOOLS).copied().collect::<Vec<_>>().join(", ");
        if more.len() > MOST_TOOLS { format!("{shown}, …") } else { shown }
    }

    fn rule(&self, program: &Program, at: usize, rule: &Rule, out: &mut Vec<Edit>) {
        let mut push = |operator, span, text: String, changed: Option<Rule>| {
            let change = Change::Rule(at, changed.map(Box::new));
            out.push(Edit { operator, span, text, item: rule.name.clone(), change });
        };
        push("rule dropped", rule.span, String::new(), None);
        for effect in others(rule.effect) {
            let word = self.word(rule.span, rule.effect.name());
            push("effect", word, effect.name().to_owned(), Some(Rule { effect: *effect, ..rule.clone() }));
        }
        if !rule.roles.is_empty() {
            let changed = Rule { roles: BTreeSet::new(), ..rule.clone() };
            push("roles dropped", rule.roles_span, "…every agent".to_owned(), Some(changed));
        }
        if rule.tools.len() > 1 {
            for tool in rule.tools.iter().take(MOST_TOOLS) {
                let mut tools = rule.tools.clone();
                tools.remove(tool);
                let name = program.tools.get(tool.index()).map_or("?", |t| &t.name);
                let text = format!("{} (not over {name})", rule.effect.name());
                push(
                    "tools narrowed",
                    self.word(rule.span, rule.effect.name()),
                    text,
                    Some(Rule { tools, ..rule.clone() }),
                );
            }
        }
        // What a result is asked is of one tool's type.
        let free = rule.when.as_ref().is_none_or(|when| !asks_result(when));
        if let Some(tools) = wider(program, &rule.tools, &read_by(program, rule)).filter(|_| free) {
            let text = format!("{} (also over {})", rule.effect.name(), self.others(program, &tools, &rule.tools));
            push("tools widened", self.word(rule.span, rule.effect.name()), text, Some(Rule { tools, ..rule.clone() }));
        }
        for group in &rule.approvers {
            let approvers = rule.approvers.iter().filter(|g| *g != group).cloned().collect();
            let span = self.word(rule.span, "approvers");
            push(
                "approvers dropped",
                span,
                format!("approvers (not {group})"),
                Some(Rule { approvers, ..rule.clone() }),
            );
        }
        for key in rule.obligations.keys() {
            let mut obligations = rule.obligations.clone();
            obligations.remove(key);
            let span = self.word(rule.span, key);
            push("obligation dropped", span, format!("…no {key}"), Some(Rule { obligations, ..rule.clone() }));
        }
        if let Some(when) = &rule.when {
            for v in variants(when, &|span| self.text(span)) {
                let changed = Rule { when: Some(v.expr), ..rule.clone() };
                push(v.operator, v.span, v.text, Some(changed));
            }
        }
    }

    fn budget(&self, at: usize, budget: &Budget, out: &mut Vec<Edit>) {
        let mut push = |operator, span, text: String, changed: Budget| {
            let change = Change::Budget(at, Box::new(changed));
            out.push(Edit { operator, span, text, item: budget.name.clone(), change });
        };
        let limit = self.word(budget.span, "limit");
        for (_, value) in constants(&budget.limit, &budget.ty) {
            push(
                "limit",
                limit,
                format!("limit {} instead of", written(&value)),
                Budget { limit: value, ..budget.clone() },
            );
        }
        let every = self.word(budget.span, "every");
        if let Window::Sliding(nanos) = budget.window {
            let half = nanos / 2;
            for (window, text) in [(Window::Sliding(half), "half of"), (Window::Lifetime, "ever, not")] {
                push("window", every, format!("every {text}"), Budget { window, ..budget.clone() });
            }
        }
        if let Window::Calendar(_) = budget.window {
            push("window", every, "ever, not every".to_owned(), Budget { window: Window::Lifetime, ..budget.clone() });
        }
        for (index, _) in budget.charges.iter().enumerate() {
            let mut charges = budget.charges.clone();
            charges.remove(index);
            // Without any charge every call would cost one.
            if !charges.is_empty() {
                let span = self.word(budget.span, "charge");
                push("charge dropped", span, format!("…no charge {}", index + 1), Budget { charges, ..budget.clone() });
            }
        }
        for key in &budget.per {
            let mut per = budget.per.clone();
            per.remove(key);
            push(
                "key dropped",
                self.word(budget.span, "per"),
                format!("per all but {key:?} of"),
                Budget { per, ..budget.clone() },
            );
        }
        let (word, now) = if budget.hold { ("hold", "deny") } else { ("budget", "else hold: budget") };
        push("effect", self.word(budget.span, word), now.to_owned(), Budget { hold: !budget.hold, ..budget.clone() });
        for (index, charge) in budget.charges.iter().enumerate() {
            let Some(when) = &charge.when else { continue };
            for v in variants(when, &|span| self.text(span)) {
                let mut changed = budget.clone();
                if let Some(slot) = changed.charges.get_mut(index) {
                    slot.when = Some(v.expr);
                }
                push(v.operator, v.span, v.text, changed);
            }
        }
    }

    fn after(&self, program: &Program, at: usize, after: &After, out: &mut Vec<Edit>) {
        let item = program.marks.get(after.mark.index()).map_or("?", |m| &m.name);
        let mut push = |operator, span, text: String, changed: Option<After>| {
            let change = Change::After(at, changed.map(Box::new));
            out.push(Edit { operator, span, text, item: item.to_owned(), change });
        };
        push("mark dropped", after.span, String::new(), None);
        if after.tools.len() > 1 {
            for tool in after.tools.iter().take(MOST_TOOLS) {
                let mut tools = after.tools.clone();
                tools.remove(tool);
                let name = program.tools.get(tool.index()).map_or("?", |t| &t.name);
                let word = self.word(after.span, "after");
                push("tools narrowed", word, format!("after (not {name})"), Some(After { tools, ..after.clone() }));
            }
        }
        let mut reads = BTreeSet::new();
        after.when.iter().for_each(|when| arguments(program, when, &mut reads));
        // What a result is asked is of one tool's type.
        let free = after.when.as_ref().is_none_or(|when| !asks_result(when));
        if let Some(tools) = wider(program, &after.tools, &reads).filter(|_| free) {
            let text = format!("after (also {})", self.others(program, &tools, &after.tools));
            let word = self.word(after.span, "after");
            push("tools widened", word, text, Some(After { tools, ..after.clone() }));
        }
        if let Some(when) = &after.when {
            for v in variants(when, &|span| self.text(span)) {
                push(v.operator, v.span, v.text, Some(After { when: Some(v.expr), ..after.clone() }));
            }
        }
    }
}

fn asks_result(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Result) || e.children().into_iter().any(asks_result)
}

/// What a rule could do instead.
fn others(effect: Effect) -> &'static [Effect] {
    match effect {
        Effect::Allow => &[Effect::Deny],
        Effect::Hold => &[Effect::Allow, Effect::Deny],
        Effect::Deny => &[Effect::Allow, Effect::Hold],
        Effect::Redact => &[Effect::Quarantine],
        Effect::Quarantine => &[Effect::Redact],
    }
}

impl Edit {
    /// The lines that change, as a difference.
    pub(super) fn difference(&self, sources: &SourceMap) -> String {
        let Some(file) = sources.file(self.span.file) else { return String::new() };
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let (start, end) = (index(self.span.start), index(self.span.end));
        let begin = file.text.get(..start).and_then(|t| t.rfind('\n')).map_or(0, |at| at.saturating_add(1));
        let rest = file.text.get(end..).unwrap_or("");
        let stop = end.saturating_add(rest.find('\n').unwrap_or(rest.len()));
        let old = file.text.get(begin..stop).unwrap_or("");
        let head = file.text.get(begin..start).unwrap_or("");
        let tail = file.text.get(end..stop).unwrap_or("");
        let new = format!("{head}{}{tail}", self.text);
        let signed = |sign: char, text: &str| -> String {
            text.lines().filter(|l| !l.trim().is_empty()).map(|line| format!("{sign}{line}\n")).collect()
        };
        signed('-', old) + &signed('+', &new)
    }
}
