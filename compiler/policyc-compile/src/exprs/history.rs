//! `is present`, `has`, `from`: whether there is a value, and what is remembered about it.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, Name, Origin};

use super::compare::is_const;
use super::names::is_name;
use super::{Place, asks, poison};
use crate::checker::Checker;
use crate::hir::{Expr, ExprKind, Ty, Value};

impl<'a> Checker<'a, '_> {
    pub(super) fn present(&mut self, of: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        let value = self.value(of, None, p);
        if value.ty == Ty::Poison {
            return poison(span);
        }
        let always = match &value.kind {
            ExprKind::Arg(_) | ExprKind::Label(_) | ExprKind::AgentAttr(_) => !matches!(value.ty, Ty::Optional(_)),
            ExprKind::Const(_) | ExprKind::Time | ExprKind::ToolName | ExprKind::ToolRisk | ExprKind::ToolTags => true,
            _ => false,
        };
        if always {
            let message = format!("`{}` is always present", self.text(value.span));
            self.say(
                Diagnostic::new(&code::CONSTANT_CONDITION, span, message)
                    .help("a call without it is refused before any rule; write `T?` where it may be absent"),
            );
        }
        asks(ExprKind::Present(value.into()), span)
    }

    pub(super) fn has(&mut self, of: &'a ast::Expr, mark: &Name, span: Span, p: &mut Place<'a>) -> Expr {
        let is_local = |word: &str| p.locals.iter().any(|l| l.name == word);
        if is_name(of, "session") && !is_local("session") {
            if !self.allowed("session", span, p) {
                return poison(span);
            }
            let Some(id) = self.mark(mark) else { return poison(span) };
            let is_set = self.session_marks.contains(&mark.text) || self.broken.any("after");
            if !is_set && !p.lenient {
                let message = format!("nothing ever marks the session `{}`", mark.text);
                let help = format!("write `after PATTERN mark session {}`", mark.text);
                self.error(&code::UNREACHABLE_SOURCE, span, message, help);
                return poison(span);
            }
            return asks(ExprKind::SessionHas(id), span);
        }
        if (is_name(of, "args") || is_name(of, "call")) && !is_local("args") && !is_local("call") {
            if !self.allowed("args", span, p) {
                return poison(span);
            }
            let Some(id) = self.mark(mark) else { return poison(span) };
            let args = Expr { kind: ExprKind::Args, ty: Ty::Json, span: of.span };
            return asks(ExprKind::ValueHas(args.into(), id), span);
        }
        let value = self.value(of, None, p);
        let id = self.mark(mark);
        let (Some(id), false) = (id, value.ty == Ty::Poison) else { return poison(span) };
        if self.refuse_constant(&value, span) {
            return poison(span);
        }
        asks(ExprKind::ValueHas(value.into(), id), span)
    }

    pub(super) fn from(&mut self, of: &'a ast::Expr, origin: &'a Origin, span: Span, p: &mut Place<'a>) -> Expr {
        let value = if is_name(of, "args") && self.allowed("args", span, p) {
            Expr { kind: ExprKind::Args, ty: Ty::Json, span: of.span }
        } else {
            self.value(of, None, p)
        };
        let tools = match origin {
            Origin::User(_) => None,
            Origin::Tools(patterns) => match self.source_tools(patterns, p.module) {
                Some(tools) => Some(tools),
                None => return poison(span),
            },
        };
        // A constant text is a fair question: did the user ever say "delete"?
        let is_text = matches!(value.kind, ExprKind::Const(Value::Text(_)));
        if value.ty == Ty::Poison || (!is_text && self.refuse_constant(&value, span)) {
            return poison(span);
        }
        asks(
            match tools {
                None => ExprKind::FromUser(value.into()),
                Some(tools) => ExprKind::FromTools(value.into(), tools),
            },
            span,
        )
    }

    fn refuse_constant(&mut self, value: &Expr, span: Span) -> bool {
        if !is_const(value) {
            return false;
        }
        let message = format!("`{}` is a constant and comes from nowhere", self.text(value.span));
        self.error(&code::TYPE_MISMATCH, span, message, "ask it of an argument, or of a part of one");
        true
    }
}
