//! `f(a, b)`: functions of the policy and of the language.

use policyc_diag::{Diagnostic, Span, code};
use policyc_syntax::ast::{self, ExprKind as K};

use super::{Place, constant, is_condition, poison};
use crate::checker::{Checker, strip};
use crate::hir::{Expr, ExprKind, FnId, Ty, Value};
use crate::scope::State;
use crate::words;

impl<'a> Checker<'a, '_> {
    /// A call; `asked` if it stands as a condition.
    pub(super) fn call(
        &mut self,
        callee: &'a ast::Expr,
        args: &'a [ast::Expr],
        span: Span,
        p: &mut Place<'a>,
        asked: bool,
    ) -> Expr {
        let (id, name) = match &callee.kind {
            K::Name(name) => match (self.scopes.find(p.module, name), name.as_str()) {
                (Some(id), _) => (id, name.clone()),
                (None, "surely") => return self.surely(args, span, p, asked),
                (None, "lower" | "len") => return self.builtin(name, args, span, p),
                (None, _) => {
                    self.unknown_function(name, callee.span, p);
                    return self.poisoned_args(args, span, p);
                }
            },
            K::Field(of, member) => {
                let found =
                    if let K::Name(alias) = &of.kind { self.module_member(alias, member, p.module) } else { None };
                match found {
                    Some(Some(id)) => (id, self.text(callee.span)),
                    Some(None) => return self.poisoned_args(args, span, p),
                    None => {
                        let message = format!("`{}` is no function", self.text(callee.span));
                        self.error(
                            &code::UNKNOWN_NAME,
                            callee.span,
                            message,
                            "values have no methods: write `lower(x)`, `len(x)`",
                        );
                        return self.poisoned_args(args, span, p);
                    }
                }
            }
            _ => {
                let message = format!("`{}` is no function", self.text(callee.span));
                self.say(Diagnostic::new(&code::BAD_CALL, callee.span, message));
                return self.poisoned_args(args, span, p);
            }
        };
        self.note_use(id);
        match self.scopes.state(id) {
            State::Function(function) => self.called(function, &name, args, span, p, asked),
            State::Poison => self.poisoned_args(args, span, p),
            State::Constant(..) | State::Table(_) | State::Tools(_) => {
                let message = format!("`{name}` is no function");
                self.error(&code::BAD_CALL, callee.span, message, "write it without parentheses");
                self.poisoned_args(args, span, p)
            }
        }
    }

    fn called(
        &mut self,
        id: FnId,
        name: &str,
        args: &'a [ast::Expr],
        span: Span,
        p: &mut Place<'a>,
        asked: bool,
    ) -> Expr {
        let Some(function) = self.program.functions.get(id.index()) else { return poison(span) };
        let (params, ty) = (function.params.clone(), function.ty.clone());
        let is_question = ty == Ty::Bool && !matches!(function.body.kind, ExprKind::Const(_));
        if !self.counted(name, args, params.len(), span) {
            return self.poisoned_args(args, span, p);
        }
        let mut values = Vec::with_capacity(args.len());
        let mut healthy = true;
        for (arg, (_, needed)) in args.iter().zip(&params) {
            let value = self.value_of(arg, needed, p);
            healthy &= value.ty != Ty::Poison;
            values.push(value);
        }
        if !healthy {
            return poison(span);
        }
        if is_question && !asked {
            self.refuse_condition(span);
            return poison(span);
        }
        Expr { kind: ExprKind::Call(id, values), ty, span }
    }

    fn counted(&mut self, name: &str, args: &[ast::Expr], needed: usize, span: Span) -> bool {
        if args.len() == needed {
            return true;
        }
        let plural = if needed == 1 { "" } else { "s" };
        let message = format!("`{name}` takes {needed} argument{plural}, and there are {}", args.len());
        self.say(Diagnostic::new(&code::BAD_CALL, span, message));
        false
    }

    /// Looks at the arguments of a call that cannot be, for what is wrong with them by themselves.
    fn poisoned_args(&mut self, args: &'a [ast::Expr], span: Span, p: &mut Place<'a>) -> Expr {
        for arg in args {
            if !is_condition(arg) && !self.needs_type(arg, p) {
                let _ = self.value(arg, None, p);
            }
        }
        poison(span)
    }

    fn unknown_function(&mut self, name: &str, span: Span, p: &Place<'a>) {
        if self.broken.may_be("fn", name) {
            return;
        }
        let known: Vec<String> =
            self.scopes.names_of(p.module).chain(["lower", "len", "surely"]).map(str::to_owned).collect();
        let message = format!("there is no function `{name}`");
        let help = "functions are declared with `fn`; the language has `lower`, `len` and `surely`";
        self.unknown(&code::UNKNOWN_NAME, span, message, name, known.iter().map(String::as_str), help);
    }

    /// `surely(C)`. What grants asks for nothing less anyway, and a condition that it denies would be granted on what is
    /// not known: so it stands only where it makes a rule that restricts narrower.
    fn surely(&mut self, args: &'a [ast::Expr], span: Span, p: &mut Place<'a>, asked: bool) -> Expr {
        let [arg] = args else {
            self.counted("surely", args, 1, span);
            return self.poisoned_args(args, span, p);
        };
        let of = self.condition(arg, p);
        if of.ty == Ty::Poison {
            return poison(span);
        }
        if !p.restricts {
            self.error(
                &code::OUT_OF_SCOPE,
                span,
                "`surely` stands in the condition of a rule that restricts",
                "`deny`, `hold`, `redact` and `quarantine` apply where a condition may be true, and `surely` narrows \
                 that; write the condition by itself",
            );
            return poison(span);
        }
        if !asked {
            self.refuse_condition(span);
            return poison(span);
        }
        Expr { kind: ExprKind::Surely(of.into()), ty: Ty::Bool, span }
    }

    fn builtin(&mut self, name: &str, args: &'a [ast::Expr], span: Span, p: &mut Place<'a>) -> Expr {
        let [arg] = args else {
            self.counted(name, args, 1, span);
            return self.poisoned_args(args, span, p);
        };
        let value = self.value(arg, None, p);
        let ty = strip(&value.ty).clone();
        match (name, ty) {
            (_, Ty::Poison) => poison(span),
            ("lower", Ty::Text | Ty::Enum(_)) => {
                if let ExprKind::Const(Value::Text(t) | Value::Enum(t)) = &value.kind {
                    return constant(Value::Text(t.to_lowercase()), Ty::Text, span);
                }
                Expr { kind: ExprKind::Lower(value.into()), ty: Ty::Text, span }
            }
            ("len", Ty::Text | Ty::Enum(_) | Ty::List(_) | Ty::Set(_) | Ty::Map(_)) => {
                let count = match &value.kind {
                    ExprKind::Const(Value::Text(t) | Value::Enum(t)) => Some(t.chars().count()),
                    ExprKind::Const(Value::List(items)) => Some(items.len()),
                    ExprKind::Const(Value::Record(entries)) => Some(entries.len()),
                    _ => None,
                };
                if let Some(n) = count.and_then(|n| i64::try_from(n).ok()) {
                    return constant(Value::Int(n), Ty::Int, span);
                }
                Expr { kind: ExprKind::Len(value.into()), ty: Ty::Int, span }
            }
            (_, Ty::Shell(_) | Ty::Sql(_)) => {
                self.not_a_plain_text(&value, span);
                poison(span)
            }
            (_, ty) => {
                let message = format!("`{name}` is not defined for {}", words::one(&ty));
                let help = if name == "len" {
                    "texts, lists, sets and maps have a length"
                } else {
                    "it folds the case of a text"
                };
                self.error(&code::TYPE_MISMATCH, span, message, help);
                poison(span)
            }
        }
    }
}
