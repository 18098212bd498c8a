//! Tools: declared, imported, refined. What the wire is checked against.

use std::collections::{BTreeMap, BTreeSet};

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, ItemKind, TypeKind};

use crate::checker::{Checker, optional, strip};
use crate::constants::convert;
use crate::hir::{Risk, Tool, ToolId, Ty};
use crate::modules::ModuleId;
use crate::types::{Beside, dialects};
use crate::words;

impl<'a> Checker<'a, '_> {
    /// Every tool, and what refines it.
    pub fn tools(&mut self) {
        let mut tools: BTreeMap<String, Tool> = BTreeMap::new();
        let mut order: Vec<(String, Span)> = Vec::new();
        for (module, item) in self.items() {
            if let ItemKind::Tool(x) = &item.kind {
                let tool = self.declared(x, module);
                self.add_tool(tool, x.name.span, &mut tools, &mut order);
            } else if let ItemKind::ToolsFrom(x) = &item.kind {
                for tool in self.imported(x) {
                    self.add_tool(tool, x.file.span, &mut tools, &mut order);
                }
            }
        }
        self.refuse_confusables(order.iter().map(|(n, s)| (n.as_str(), *s)), "tools");
        self.program.tools = tools.into_values().collect();
        self.ids.tools = (0..).map(ToolId).zip(&self.program.tools).map(|(id, t)| (t.name.clone(), id)).collect();
        let mut refined: BTreeMap<(ToolId, String), Span> = BTreeMap::new();
        for (module, item) in self.items() {
            if let ItemKind::Refine(x) = &item.kind {
                self.refine(x, module, &mut refined);
            }
        }
    }

    fn add_tool(
        &mut self,
        tool: Tool,
        span: Span,
        tools: &mut BTreeMap<String, Tool>,
        order: &mut Vec<(String, Span)>,
    ) {
        if let Some(first) = tools.get(&tool.name) {
            let first = first.span;
            self.twice(&tool.name, span, first);
            return;
        }
        order.push((tool.name.clone(), span));
        tools.insert(tool.name.clone(), tool);
    }

    fn declared(&mut self, x: &'a ast::Tool, module: ModuleId) -> Tool {
        let args = self.fields(&x.args, module);
        let returns = x.returns.as_ref().map_or(Ty::Text, |t| self.ty(t, &[], module));
        let risk = self.risk_clause(x.risk.as_ref());
        if x.risk.is_none() {
            self.noted.no_risk.insert(x.name.text.clone(), x.name.span);
        }
        Tool {
            name: x.name.text.clone(),
            args,
            open: x.open,
            returns,
            risk: risk.unwrap_or(Risk::Delete),
            tags: x.tags.iter().map(|t| t.value.clone()).collect::<BTreeSet<String>>(),
            span: x.name.span,
        }
    }

    fn refine(&mut self, x: &'a ast::Refine, module: ModuleId, refined: &mut BTreeMap<(ToolId, String), Span>) {
        let Some(id) = self.tool_named(&x.tool) else { return };
        let risk = self.risk_clause(x.risk.as_ref());
        if let Some(written) = &x.risk {
            if let Some(first) = refined.insert((id, String::new()), written.span) {
                self.say(
                    Diagnostic::new(&code::BAD_REFINE, written.span, format!("`{}` gets its risk twice", x.tool.text))
                        .also(first, "the first")
                        .help("one place gives a tool its risk"),
                );
            }
            self.noted.no_risk.remove(&x.tool.text);
            self.noted.refined_risk.insert(x.tool.text.clone());
        }
        let mut types: Vec<(usize, Ty)> = Vec::new();
        for (name, written) in &x.args {
            if let Some(first) = refined.insert((id, name.text.clone()), name.span) {
                self.twice(&name.text, name.span, first);
                continue;
            }
            let Some(tool) = self.program.tools.get(id.index()) else { continue };
            let Some(at) = tool.args.iter().position(|f| f.name == name.text) else {
                let known: Vec<String> = tool.args.iter().map(|f| f.name.clone()).collect();
                let message = format!("`{}` has no argument `{}`", x.tool.text, name.text);
                let otherwise = format!("it takes {}", words::listed(known.iter().map(String::as_str)));
                let known = known.iter().map(String::as_str);
                self.unknown(&code::UNKNOWN_ARGUMENT, name.span, message, &name.text, known, &otherwise);
                continue;
            };
            let Some(old) = tool.args.get(at).cloned() else { continue };
            let siblings: Vec<Field> = tool.args.iter().map(|f| (f.name.clone(), f.ty.clone())).collect();
            let ty = self.refined_type(written, &siblings, module);
            if ty == Ty::Poison || old.ty == Ty::Poison {
                continue;
            }
            if !narrows(strip(&old.ty), strip(&ty)) {
                let message =
                    format!("`{}` is {} and cannot become {}", name.text, words::one(strip(&old.ty)), words::one(&ty));
                self.say(
                    Diagnostic::new(&code::BAD_REFINE, written.span, message)
                        .also(old.span, "declared here")
                        .help("a refinement reads a text (or any JSON) as something richer"),
                );
                continue;
            }
            if let Some(default) = &old.default
                && convert(default, &ty).is_err()
            {
                let message = format!("the default of `{}` is not {}", name.text, words::one(&ty));
                self.say(Diagnostic::new(&code::BAD_REFINE, written.span, message).also(old.span, "its default"));
                continue;
            }
            types.push((at, if matches!(old.ty, Ty::Optional(_)) { optional(ty) } else { ty }));
        }
        let Some(tool) = self.program.tools.get_mut(id.index()) else { return };
        for (at, ty) in types {
            if let Some(field) = tool.args.get_mut(at) {
                field.default = field.default.as_ref().and_then(|d| convert(d, &ty).ok());
                field.ty = ty;
            }
        }
        if let Some(risk) = risk {
            tool.risk = risk;
        }
        tool.tags.extend(x.tags.iter().map(|t| t.value.clone()));
    }

    /// A type beside arguments that are not written here.
    fn refined_type(&mut self, written: &'a ast::Type, siblings: &[Field], module: ModuleId) -> Ty {
        if let TypeKind::Applied(name, to) = &written.kind
            && let "path" | "shell" | "sql" = name.text.as_str()
            && !(name.text == "sql" && dialects().contains(&to.text.as_str()))
        {
            let sql = name.text == "sql";
            // What a schema calls a text may be a folder.
            let fits = |ty: &Ty| matches!((strip(ty), sql), (Ty::Text, _) | (Ty::Path(_), false) | (Ty::Enum(_), true));
            let beside = siblings.iter().map(|(n, ty)| Beside { name: n, fits: fits(ty), declared: None });
            return self.read_by(name, to, beside.collect());
        }
        self.ty(written, &[], module)
    }
}

type Field = (String, Ty);

/// Whether everything of the new type on the wire is also of the old one.
fn narrows(old: &Ty, new: &Ty) -> bool {
    match (old, new) {
        (a, b) if a == b => true,
        (Ty::Json, _) => true,
        (
            Ty::Text,
            Ty::Shell(_)
            | Ty::Sql(_)
            | Ty::Url
            | Ty::Path(_)
            | Ty::Host
            | Ty::Ip
            | Ty::Cidr
            | Ty::Email
            | Ty::Enum(_)
            | Ty::Duration
            | Ty::Time
            | Ty::Decimal
            | Ty::Money(_),
        ) => true,
        (Ty::Decimal, Ty::Money(_) | Ty::Int) | (Ty::Int, Ty::Decimal | Ty::Money(_)) => true,
        (Ty::Enum(all), Ty::Enum(some)) => some.iter().all(|v| all.contains(v)),
        (Ty::List(a) | Ty::Set(a), Ty::List(b) | Ty::Set(b)) | (Ty::Map(a), Ty::Map(b)) => narrows(strip(a), strip(b)),
        (Ty::Union(branches), new) => branches.iter().any(|b| narrows(b, new)),
        (_, _) => false,
    }
}
