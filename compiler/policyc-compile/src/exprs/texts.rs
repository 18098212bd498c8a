//! `like`, `matches`, `starts with`, `ends with`: questions about plain texts.
//!
//! A structured text is not asked as a text: `/tmp/../etc` starts with `/tmp`, and is not within it.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast;

use super::compare::narrow;
use super::{Place, asks, poison};
use crate::checker::{Checker, strip};
use crate::hir::{Expr, ExprKind, Ty, Value};
use crate::words;

impl<'a> Checker<'a, '_> {
    /// A value that can be asked as a text.
    pub(super) fn as_text(&mut self, e: Expr) -> Expr {
        match strip(&e.ty).clone() {
            Ty::Text | Ty::Enum(_) | Ty::Poison => e,
            Ty::Union(branches) if branches.contains(&Ty::Text) => narrow(e, Ty::Text),
            Ty::Shell(_) | Ty::Sql(_) => {
                let span = e.span;
                self.not_a_plain_text(&e, span);
                poison(span)
            }
            ty => {
                let message = format!("`{}` is {} and is not asked as a text", self.text(e.span), words::one(&ty));
                let help = match ty {
                    Ty::Url => "ask its `host`, `path` or `scheme`; for the bare text, declare it as `string`",
                    Ty::Path(_) => "ask `within`, its `name` or `extension`; for the bare text, declare it as `string`",
                    Ty::Host | Ty::Ip | Ty::Cidr => {
                        "ask `within` a domain or network; for the bare text, declare it as `string`"
                    }
                    Ty::Email => {
                        "ask `within` a domain, or its `local` part; for the bare text, declare it as `string`"
                    }
                    Ty::List(_) | Ty::Set(_) => "ask `any x in xs: …`",
                    _ => "compare it with a value of its own type",
                };
                self.error(&code::TYPE_MISMATCH, e.span, message, help);
                poison(e.span)
            }
        }
    }

    pub(super) fn like(&mut self, x: &'a ast::Expr, glob: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        let x = self.value(x, None, p);
        let x = self.as_text(x);
        let glob = self.value(glob, Some(&Ty::Text), p);
        if x.ty == Ty::Poison || glob.ty == Ty::Poison {
            return poison(span);
        }
        let globs: Option<Vec<String>> = match &glob.kind {
            ExprKind::Const(Value::Text(glob)) => Some(vec![glob.clone()]),
            ExprKind::Const(Value::List(items)) => {
                items.iter().map(|v| if let Value::Text(t) = v { Some(t.clone()) } else { None }).collect()
            }
            _ => None,
        };
        let Some(globs) = globs else {
            let message = format!("`{}` is no glob", self.text(glob.span));
            self.error(&code::BAD_PATTERN, glob.span, message, "a glob is a constant text: `like \"*.exe\"`");
            return poison(span);
        };
        if globs.iter().any(|g| ends_in_escape(g)) {
            self.error(
                &code::BAD_PATTERN,
                glob.span,
                "the glob ends in `\\`, which takes nothing literally",
                "write `\\\\\\\\` for a backslash",
            );
            return poison(span);
        }
        let mut asked = globs.into_iter().map(|g| asks(ExprKind::Like(x.clone().into(), g), span));
        match (asked.next(), asked.next()) {
            (Some(only), None) => only,
            (first, second) => asks(ExprKind::Or(first.into_iter().chain(second).chain(asked).collect()), span),
        }
    }

    pub(super) fn matches(&mut self, x: &'a ast::Expr, regex: &'a ast::Expr, span: Span, p: &mut Place<'a>) -> Expr {
        let x = self.value(x, None, p);
        let x = self.as_text(x);
        let written = regex;
        let regex = self.value(regex, Some(&Ty::Regex), p);
        if x.ty == Ty::Poison || regex.ty == Ty::Poison {
            return poison(span);
        }
        let regexes: Option<Vec<String>> = match &regex.kind {
            ExprKind::Const(Value::Regex(re)) => Some(vec![re.clone()]),
            ExprKind::Const(Value::List(items)) => {
                items.iter().map(|v| if let Value::Regex(re) = v { Some(re.clone()) } else { None }).collect()
            }
            _ => None,
        };
        let Some(regexes) = regexes else {
            let mut said = Diagnostic::new(
                &code::BAD_PATTERN,
                regex.span,
                format!("`{}` is no regular expression", self.text(regex.span)),
            )
            .help("a regular expression stands between slashes: `/^a+$/`");
            if let ast::ExprKind::Text(text) = &written.kind {
                let ours = format!("/{}/", text.replace('/', "\\/"));
                said = said.fix(format!("write `{ours}`"), regex.span, ours, false);
            }
            self.say(said);
            return poison(span);
        };
        let mut asked = regexes.into_iter().map(|re| asks(ExprKind::Matches(x.clone().into(), re), span));
        match (asked.next(), asked.next()) {
            (Some(only), None) => only,
            (first, second) => asks(ExprKind::Or(first.into_iter().chain(second).chain(asked).collect()), span),
        }
    }

    pub(super) fn begins_or_ends(
        &mut self,
        begins: bool,
        x: &'a ast::Expr,
        part: &'a ast::Expr,
        span: Span,
        p: &mut Place<'a>,
    ) -> Expr {
        let x = self.value(x, None, p);
        let x = self.as_text(x);
        let part = self.value(part, Some(&Ty::Text), p);
        let part = self.as_text(part);
        if x.ty == Ty::Poison || part.ty == Ty::Poison {
            return poison(span);
        }
        asks(
            if begins {
                ExprKind::StartsWith(x.into(), part.into())
            } else {
                ExprKind::EndsWith(x.into(), part.into())
            },
            span,
        )
    }
}

fn ends_in_escape(glob: &str) -> bool {
    glob.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}
