//! Patterns: from names, globs, groups and `tool where` to sets of tools.
//!
//! Tools are declared, so every pattern is a finite set here. One that meets no tool is a mistake; in a module that
//! is used by others, a glob or a condition may meet none, since the module cannot know the tools.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what can be asked of a tool is listed; every other expression, also a new one, is a mistake"
)]

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, BinaryOp, Expr, ExprKind as K, Pattern, UnaryOp};

use crate::checker::Checker;
use crate::constants;
use crate::hir::{CompareOp, Risk, Tool, ToolId, ToolSet};
use crate::modules::ModuleId;
use crate::scope::{DefId, Source, State};
use crate::words;

/// A condition over a tool, decided when the policy is compiled.
enum Asked {
    Risk(CompareOp, Risk),
    Tag(String),
    Name(NameTest, String),
    Known(bool),
    Not(Box<Asked>),
    All(Vec<Asked>),
    Any(Vec<Asked>),
}

enum NameTest {
    Is,
    Like,
    Begins,
    Ends,
    Contains,
}

impl Asked {
    fn holds(&self, tool: &Tool) -> bool {
        match self {
            Self::Risk(op, risk) => {
                let order = tool.risk.cmp(risk);
                match op {
                    CompareOp::Eq => order.is_eq(),
                    CompareOp::Ne => order.is_ne(),
                    CompareOp::Lt => order.is_lt(),
                    CompareOp::Le => order.is_le(),
                    CompareOp::Gt => order.is_gt(),
                    CompareOp::Ge => order.is_ge(),
                }
            }
            Self::Tag(tag) => tool.tags.contains(tag),
            Self::Name(test, text) => match test {
                NameTest::Is => tool.name == *text,
                NameTest::Like => fits(text, &tool.name),
                NameTest::Begins => tool.name.starts_with(text.as_str()),
                NameTest::Ends => tool.name.ends_with(text.as_str()),
                NameTest::Contains => tool.name.contains(text.as_str()),
            },
            Self::Known(b) => *b,
            Self::Not(of) => !of.holds(tool),
            Self::All(of) => of.iter().all(|a| a.holds(tool)),
            Self::Any(of) => of.iter().any(|a| a.holds(tool)),
        }
    }
}

/// Whether a glob fits a name: `*` any run of characters, `?` one. Linear in both but for the last `*`.
pub(crate) fn fits(glob: &str, name: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut g, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, n));
                g += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                g += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    g = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    glob.iter().skip(g).all(|c| *c == '*')
}

impl<'a> Checker<'a, '_> {
    /// Every `group`.
    pub fn groups(&mut self) {
        let mut order: Vec<DefId> = Vec::new();
        let said = self.diagnostics.len();
        order.extend(self.definitions_in_order());
        self.diagnostics.truncate(said);
        for id in order {
            let Some(d) = self.scopes.get(id) else { continue };
            let (module, source, name) = (d.module, d.source, d.name);
            if let Source::Group(x) = source {
                if let Some(first) = self.ids.tools.get(&name.text)
                    && let Some(first) = self.program.tools.get(first.index()).map(|t| t.span)
                {
                    self.twice(&name.text, name.span, first);
                }
                if let Some(tools) = self.tools_of(&x.patterns, module) {
                    self.scopes.set(id, State::Tools(tools));
                }
            }
        }
    }

    /// The tools that patterns meet; `None` if a pattern was wrong.
    pub fn tools_of(&mut self, patterns: &'a [Pattern], module: ModuleId) -> Option<ToolSet> {
        let mut tools = ToolSet::new();
        let mut healthy = true;
        for pattern in patterns {
            match self.pattern(pattern, module) {
                Some(found) => tools.extend(found),
                None => healthy = false,
            }
        }
        healthy.then_some(tools)
    }

    fn pattern(&mut self, pattern: &'a Pattern, module: ModuleId) -> Option<ToolSet> {
        match pattern {
            Pattern::Name(name) => {
                let found = self.named_tools(name, module)?;
                if !found.is_empty() {
                    return Some(found);
                }
                let is_glob = name.text.contains(['*', '?']);
                if self.lost_tool(&name.text) {
                    return None;
                }
                if is_glob && self.may_meet_nothing(module) {
                    return Some(found);
                }
                self.meets_nothing(&name.text, name.span, module);
                None
            }
            Pattern::Where { cond, span } => {
                let asked = match cond {
                    Some(cond) => self.where_condition(cond, module)?,
                    None => Asked::Known(true),
                };
                let found: ToolSet = self.every_tool().filter(|(_, t)| asked.holds(t)).map(|(id, _)| id).collect();
                if found.is_empty() && !self.may_meet_nothing(module) {
                    if self.broken.any("tool") || self.broken.any("tools") {
                        return None;
                    }
                    let message = format!("`{}` meets no tool", self.text(*span));
                    let risks: std::collections::BTreeSet<Risk> = self.program.tools.iter().map(|t| t.risk).collect();
                    let help = format!("the tools have the risks {}", words::listed(risks.into_iter().map(Risk::name)));
                    self.error(&code::PATTERN_MEETS_NOTHING, *span, message, help);
                    return None;
                }
                Some(found)
            }
        }
    }

    /// A module for others does not know their tools; neither does a root that declares none, which is such a module
    /// looked at by itself.
    fn may_meet_nothing(&self, module: ModuleId) -> bool {
        module != ModuleId::ROOT || self.program.tools.is_empty()
    }

    fn every_tool(&self) -> impl Iterator<Item = (ToolId, &Tool)> {
        (0..).map(ToolId).zip(&self.program.tools)
    }

    /// All tools.
    pub fn all_tools(&self) -> ToolSet {
        self.every_tool().map(|(id, _)| id).collect()
    }

    /// The tools of a name, a glob or a group; `None` if the group was wrong.
    fn named_tools(&mut self, name: &ast::Name, module: ModuleId) -> Option<ToolSet> {
        if let Some(id) = self.scopes.find_dotted(module, &name.text)
            && let Some(Source::Group(_)) = self.scopes.get(id).map(|d| d.source)
        {
            self.note_use(id);
            return if let State::Tools(tools) = self.scopes.state(id) { Some(tools) } else { None };
        }
        if let Some(id) = self.ids.tools.get(&name.text) {
            return Some(ToolSet::from([*id]));
        }
        if name.text == "*" {
            return Some(self.all_tools());
        }
        if name.text.contains(['*', '?']) {
            return Some(self.every_tool().filter(|(_, t)| fits(&name.text, &t.name)).map(|(id, _)| id).collect());
        }
        Some(ToolSet::new())
    }

    /// Whether a tool or group that could not be read may have been meant.
    fn lost_tool(&self, name: &str) -> bool {
        let is_lost =
            |keyword: &str| self.broken.may_be(keyword, name) || self.broken.of(keyword).any(|n| fits(name, n));
        is_lost("tool") || is_lost("group") || self.broken.any("tools") || self.lost_module(name)
    }

    fn lost_module(&self, name: &str) -> bool {
        let Some((alias, _)) = name.split_once('.') else { return false };
        self.scopes.alias(ModuleId::ROOT, alias) == Some(None)
    }

    fn meets_nothing(&mut self, name: &str, span: Span, module: ModuleId) {
        let (code, message) = if name.contains(['*', '?']) {
            (&code::PATTERN_MEETS_NOTHING, format!("the pattern `{name}` meets no tool"))
        } else {
            (&code::UNKNOWN_TOOL, format!("there is no tool `{name}`"))
        };
        let known: Vec<String> = self.tool_and_group_names(module);
        let otherwise = if self.program.tools.is_empty() {
            "declare tools: `tool NAME(ARGS) risk read`".to_owned()
        } else {
            format!("the tools are {}", words::listed(self.program.tools.iter().map(|t| t.name.as_str())))
        };
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => self.say(Diagnostic::new(code, span, message).help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                span,
                near,
                false,
            )),
            None => self.unknown(code, span, message, name, known.iter().map(String::as_str), &otherwise),
        }
    }

    fn tool_and_group_names(&self, module: ModuleId) -> Vec<String> {
        let groups = self.scopes.definitions.iter().filter(|d| d.module == module);
        let groups = groups.filter(|d| matches!(d.source, Source::Group(_))).map(|d| d.name.text.clone());
        self.program.tools.iter().map(|t| t.name.clone()).chain(groups).collect()
    }

    /// One tool by its name; says so if there is none.
    pub fn tool_named(&mut self, name: &ast::Name) -> Option<ToolId> {
        if let Some(id) = self.ids.tools.get(&name.text) {
            return Some(*id);
        }
        if !self.lost_tool(&name.text) {
            let known: Vec<String> = self.program.tools.iter().map(|t| t.name.clone()).collect();
            let message = format!("there is no tool `{}`", name.text);
            let otherwise = if name.text.contains(['*', '?']) { "one tool is named here, not a pattern" } else { "" };
            self.unknown(
                &code::UNKNOWN_TOOL,
                name.span,
                message,
                &name.text,
                known.iter().map(String::as_str),
                otherwise,
            );
        }
        None
    }

    /// The tools of `x from …`: a source that is not there can never be one.
    pub fn source_tools(&mut self, patterns: &'a [Pattern], module: ModuleId) -> Option<ToolSet> {
        let said = self.diagnostics.len();
        let tools = self.tools_of(patterns, module);
        for d in self.diagnostics.iter_mut().skip(said) {
            if d.code == &code::PATTERN_MEETS_NOTHING || d.code == &code::UNKNOWN_TOOL {
                d.code = &code::UNREACHABLE_SOURCE;
                d.message = format!("{}: nothing can come from it", d.message);
            }
        }
        tools
    }

    // ---- tool where

    fn where_condition(&mut self, e: &'a Expr, module: ModuleId) -> Option<Asked> {
        match &e.kind {
            K::Bool(b) => Some(Asked::Known(*b)),
            K::Unary(UnaryOp::Not, of) => Some(Asked::Not(self.where_condition(of, module)?.into())),
            K::Binary(op @ (BinaryOp::And | BinaryOp::Or), _, a, b) => {
                let (a, b) = (self.where_condition(a, module), self.where_condition(b, module));
                let both = vec![a?, b?];
                Some(if *op == BinaryOp::And { Asked::All(both) } else { Asked::Any(both) })
            }
            K::Binary(op @ (BinaryOp::In | BinaryOp::NotIn), _, a, b) => {
                let asked = self.where_member(a, b, module)?;
                Some(if *op == BinaryOp::In { asked } else { Asked::Not(asked.into()) })
            }
            K::Binary(BinaryOp::Contains, _, a, b) => match subject(a) {
                Some("tags") => Some(Asked::Tag(self.where_text(b, module)?)),
                Some("name") => Some(Asked::Name(NameTest::Contains, self.where_text(b, module)?)),
                _ => self.not_askable(a),
            },
            K::Binary(BinaryOp::Like, _, a, b) => self.where_name(NameTest::Like, a, b, module),
            K::Binary(BinaryOp::StartsWith, _, a, b) => self.where_name(NameTest::Begins, a, b, module),
            K::Binary(BinaryOp::EndsWith, _, a, b) => self.where_name(NameTest::Ends, a, b, module),
            K::Binary(op, _, a, b) => {
                let compare = match op {
                    BinaryOp::Eq => CompareOp::Eq,
                    BinaryOp::Ne => CompareOp::Ne,
                    BinaryOp::Lt => CompareOp::Lt,
                    BinaryOp::Le => CompareOp::Le,
                    BinaryOp::Gt => CompareOp::Gt,
                    BinaryOp::Ge => CompareOp::Ge,
                    _ => return self.not_askable(e),
                };
                match (subject(a), compare) {
                    (Some("risk"), _) => Some(Asked::Risk(compare, self.risk_word(b)?)),
                    (Some("name"), CompareOp::Eq) => self.where_name(NameTest::Is, a, b, module),
                    (Some("name"), CompareOp::Ne) => {
                        Some(Asked::Not(self.where_name(NameTest::Is, a, b, module)?.into()))
                    }
                    _ => self.not_askable(a),
                }
            }
            _ => self.not_askable(e),
        }
    }

    fn where_member(&mut self, a: &'a Expr, b: &'a Expr, module: ModuleId) -> Option<Asked> {
        if subject(b) == Some("tags") {
            return Some(Asked::Tag(self.where_text(a, module)?));
        }
        let K::List { items, .. } = &b.kind else { return self.not_askable(b) };
        let mut any = Vec::with_capacity(items.len());
        for item in items {
            any.push(match subject(a) {
                Some("risk") => Asked::Risk(CompareOp::Eq, self.risk_word(item)?),
                Some("name") => Asked::Name(NameTest::Is, self.where_text(item, module)?),
                _ => return self.not_askable(a),
            });
        }
        Some(Asked::Any(any))
    }

    fn where_name(&mut self, test: NameTest, a: &'a Expr, b: &'a Expr, module: ModuleId) -> Option<Asked> {
        if subject(a) != Some("name") {
            return self.not_askable(a);
        }
        Some(Asked::Name(test, self.where_text(b, module)?))
    }

    fn where_text(&mut self, e: &'a Expr, module: ModuleId) -> Option<String> {
        if let K::Text(text) = &e.kind {
            return Some(text.clone());
        }
        let mut place = crate::exprs::Place::new(module, crate::exprs::What::Constant("a pattern"));
        let value = self.value_of(e, &crate::hir::Ty::Text, &mut place);
        match self.constant_of(value, "a pattern") {
            Some((crate::hir::Value::Text(text), _)) => Some(text),
            Some(_) | None => None,
        }
    }

    fn risk_word(&mut self, e: &Expr) -> Option<Risk> {
        if let K::Name(word) | K::Text(word) = &e.kind {
            if let Some(risk) = constants::risk(word) {
                return Some(risk);
            }
            self.unknown_variant(word, &crate::hir::Ty::Risk, e.span);
            return None;
        }
        let message = format!("`{}` is no risk", self.text(e.span));
        self.error(&code::UNKNOWN_RISK, e.span, message, "the risks are `read`, `modify`, `external` and `delete`");
        None
    }

    fn not_askable(&mut self, e: &Expr) -> Option<Asked> {
        let message = format!("`{}` cannot be asked of a tool", self.text(e.span));
        self.error(
            &code::OUT_OF_SCOPE,
            e.span,
            message,
            "ask `risk >= modify`, `\"tag\" in tags` or `name like \"x*\"`; what comes with a call is asked in `when`",
        );
        None
    }

    /// The value of `risk R`.
    pub fn risk_clause(&mut self, written: Option<&ast::Name>) -> Option<Risk> {
        let name = written?;
        let found = constants::risk(&name.text);
        if found.is_none() {
            self.unknown_variant(&name.text, &crate::hir::Ty::Risk, name.span);
        }
        found
    }
}

/// `risk`, `tool.risk` and so on.
fn subject(e: &Expr) -> Option<&str> {
    match &e.kind {
        K::Name(word) => Some(word),
        K::Field(of, name) if matches!(&of.kind, K::Name(root) if root == "tool") => Some(&name.text),
        _ => None,
    }
}

/// The name nearest to a glob: the one that fits once the glob's own letters are mended.
fn nearest<'n>(glob: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let head = glob.split(['*', '?']).next().unwrap_or("");
    if !glob.contains('*') || head.chars().count() < 2 {
        return None;
    }
    let mut heads: Vec<String> = names.map(|n| n.chars().take(head.chars().count()).collect::<String>()).collect();
    heads.sort();
    heads.dedup();
    let rest = glob.strip_prefix(head)?;
    policyc_diag::suggest(head, heads.iter().map(String::as_str)).map(|near| format!("{near}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn globs_run_across_dots() {
        for (glob, name, yes) in [
            ("*", "a.b", true),
            ("db.*", "db.query.run", true),
            ("db.*", "dbx.query", false),
            ("*.query", "db.query", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("", "", true),
        ] {
            assert_eq!(fits(glob, name), yes, "{glob} {name}");
        }
    }
}
