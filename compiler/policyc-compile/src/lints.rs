//! Advice about a policy as a whole: what is not used, what says no risk, what never allows.

use std::collections::BTreeSet;

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{Effect, ItemKind};

use crate::checker::Checker;
use crate::modules::ModuleId;
use crate::scope::Source;

impl<'a> Checker<'a, '_> {
    /// Everything that can only be said at the end.
    pub fn lints(&mut self) {
        self.empty();
        self.unused();
        self.without_risk();
        self.only_denies();
    }

    /// There is no policy at all.
    fn empty(&mut self) {
        let root: Vec<_> = self.files().filter(|(m, _)| *m == ModuleId::ROOT).map(|(_, f)| f).collect();
        if root.iter().any(|f| !f.items.is_empty() || !f.broken.is_empty()) || !self.diagnostics.is_empty() {
            return;
        }
        let Some(file) = root.first() else { return };
        self.error(
            &code::EMPTY_POLICY,
            Span::new(file.id, 0, 0),
            "there is no policy here",
            "a policy begins with tools and rules: `tool NAME(ARGS) risk read`, `rule NAME allow NAME`",
        );
    }

    /// Definitions of the root that nothing refers to. A root that only defines things is a module for others.
    fn unused(&mut self) {
        let decides = |(m, i): (ModuleId, &policyc_syntax::ast::Item)| {
            m == ModuleId::ROOT
                && matches!(
                    i.kind,
                    ItemKind::Rule(_) | ItemKind::After(_) | ItemKind::Budget(_) | ItemKind::Invariant(_)
                )
        };
        let lost = ["rule", "after", "budget", "invariant", "test", "fn", "let"].iter().any(|k| self.broken.any(k));
        if !self.items().any(decides) || lost || self.program.tools.is_empty() {
            return;
        }
        let mut found = Vec::new();
        for d in &self.scopes.definitions {
            let is_root = d.module == ModuleId::ROOT;
            let is_first = self.scopes.find(d.module, &d.name.text).and_then(|id| self.scopes.get(id));
            if !is_root
                || is_first.is_none_or(|f| f.name.span != d.name.span)
                || d.name.text.starts_with('_')
                || self.noted.used.contains(&d.name.span)
            {
                continue;
            }
            let what = match d.source {
                Source::Let(_) => "constant",
                Source::Param(_) => "parameter",
                Source::Fn(_) => "function",
                Source::Data(_) => "table",
                Source::Group(_) => "group",
            };
            found.push(
                Diagnostic::new(&code::UNUSED, d.name.span, format!("the {what} `{}` is never used", d.name.text))
                    .help(format!("remove it, or call it `_{}`", d.name.text)),
            );
        }
        self.diagnostics.extend(found);
    }

    fn without_risk(&mut self) {
        let names: Vec<(String, Span)> = self.noted.no_risk.iter().map(|(n, s)| (n.clone(), *s)).collect();
        for (name, span) in names {
            self.say(
                Diagnostic::new(
                    &code::NO_RISK,
                    span,
                    format!("`{name}` says no risk and counts as `delete`, the highest"),
                )
                .help("write `risk read`, `modify`, `external` or `delete`"),
            );
        }
        let imported: Vec<(Span, BTreeSet<String>)> =
            self.noted.imported_without_risk.iter().map(|(s, n)| (*s, n.clone())).collect();
        for (span, names) in imported {
            let left: Vec<&str> =
                names.iter().filter(|n| !self.noted.refined_risk.contains(*n)).map(String::as_str).collect();
            if left.is_empty() {
                continue;
            }
            let message = format!("{} of these tools say no risk and count as `delete`, the highest", left.len());
            self.say(
                Diagnostic::new(&code::NO_RISK, span, message)
                    .help(format!(
                        "write `refine tool NAME risk read` for {}",
                        crate::words::listed(left.iter().copied())
                    ))
                    .help("or `trust hints`, if the server's own word is good enough"),
            );
        }
    }

    fn only_denies(&mut self) {
        let mut first: Option<Span> = None;
        for (_, item) in self.items() {
            let ItemKind::Rule(x) = &item.kind else { continue };
            if matches!(x.effect.0, Effect::Allow | Effect::Hold) && !x.observe {
                return;
            }
            if matches!(x.effect.0, Effect::Deny) {
                first = first.or(Some(x.effect.1));
            }
        }
        if let Some(span) = first
            && !self.broken.any("rule")
        {
            self.say(
                Diagnostic::new(&code::ONLY_DENIES, span, "this policy denies and never allows")
                    .help("what no rule allows is denied anyway: write a rule that allows something"),
            );
        }
    }
}
