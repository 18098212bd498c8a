//! Types: from what was written to what it means.
//!
//! A word in a union that is no type is an enum value; a word that stands alone and is no type is a mistake.

use std::sync::Arc;

use policyc_diag::{Diagnostic, Span, code};
use policyc_facets::sql::Dialect;
use policyc_syntax::ast::{FieldDecl, Name, Type, TypeKind, UnionMember};

use crate::checker::{Checker, optional};
use crate::hir::{self, Field, RecordTy, Ty};
use crate::modules::ModuleId;

/// Types that are one word.
const NAMES: [(&str, Ty); 14] = [
    ("bool", Ty::Bool),
    ("int", Ty::Int),
    ("decimal", Ty::Decimal),
    ("string", Ty::Text),
    ("duration", Ty::Duration),
    ("time", Ty::Time),
    ("json", Ty::Json),
    ("shell", Ty::Shell(None)),
    ("url", Ty::Url),
    ("host", Ty::Host),
    ("ip", Ty::Ip),
    ("cidr", Ty::Cidr),
    ("email", Ty::Email),
    ("regex", Ty::Regex),
];

/// What people of other languages write.
const FOREIGN: [(&str, &str); 22] = [
    ("text", "string"),
    ("str", "string"),
    ("String", "string"),
    ("char", "string"),
    ("integer", "int"),
    ("long", "int"),
    ("i64", "int"),
    ("u64", "int"),
    ("number", "decimal"),
    ("float", "decimal"),
    ("double", "decimal"),
    ("boolean", "bool"),
    ("any", "json"),
    ("object", "json"),
    ("array", "list<json>"),
    ("dict", "map<string, json>"),
    ("datetime", "time"),
    ("timestamp", "time"),
    ("uri", "url"),
    ("hostname", "host"),
    ("network", "cidr"),
    ("file", "path"),
];

pub(crate) fn dialects() -> [&'static str; Dialect::ALL.len()] {
    Dialect::ALL.map(Dialect::name)
}

fn named(word: &str) -> Option<Ty> {
    if word == "path" {
        return Some(Ty::Path(None));
    }
    if word == "risk" {
        return Some(Ty::Risk);
    }
    NAMES.iter().find(|(n, _)| *n == word).map(|(_, ty)| ty.clone())
}

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(n, _)| *n).chain(["path", "list", "set", "map", "money"])
}

impl<'a> Checker<'a, '_> {
    /// A type. `siblings` are the arguments beside the one that has it, for `path(ARG)`.
    pub fn ty(&mut self, written: &'a Type, siblings: &'a [FieldDecl], module: ModuleId) -> Ty {
        match &written.kind {
            TypeKind::Name(word) => named(word).unwrap_or_else(|| self.unknown_type(word, written.span)),
            TypeKind::Applied(name, to) => match name.text.as_str() {
                "money" if is_currency(&to.text) => Ty::Money(to.text.clone()),
                "money" => {
                    let message = format!("`{}` is no currency", to.text);
                    self.error(
                        &code::UNKNOWN_TYPE,
                        to.span,
                        message,
                        "a currency is three capital letters: `money(EUR)`",
                    );
                    Ty::Poison
                }
                "sql" if dialects().contains(&to.text.as_str()) => Ty::Sql(hir::Dialect::Named(to.text.clone())),
                "path" | "shell" | "sql" => {
                    let fits = if name.text == "sql" { is_word } else { is_path };
                    let beside = siblings.iter().map(|f| Beside {
                        name: &f.name.text,
                        fits: fits(&f.ty),
                        declared: Some(f.ty.span),
                    });
                    self.read_by(name, to, beside.collect())
                }
                other => {
                    let message = format!("there is no type `{other}(…)`");
                    self.unknown(&code::UNKNOWN_TYPE, name.span, message, other, ["money", "sql", "path", "shell"], "");
                    Ty::Poison
                }
            },
            TypeKind::Generic(name, of) => self.generic(&name.text, name.span, of, siblings, module),
            TypeKind::Record(fields, open) => {
                let fields = self.fields(fields, module);
                Ty::Record(RecordTy { fields, open: *open }.into())
            }
            TypeKind::Optional(of) => optional(self.ty(of, siblings, module)),
            TypeKind::Union(members) => self.union(members, siblings, module),
        }
    }

    /// A text that is read by what an argument beside it says: the folder of `path(ARG)` and `shell(ARG)`, the dialect
    /// of `sql(ARG)`.
    pub(crate) fn read_by(&mut self, name: &Name, to: &Name, beside: Vec<Beside<'_>>) -> Ty {
        let sql = name.text == "sql";
        let Some(by) = beside.iter().find(|b| b.name == to.text) else {
            if sql {
                let message = format!("`{}` is no dialect of SQL that is known here", to.text);
                let known = format!(
                    "the dialects are {}; where the call says it, name the argument",
                    crate::words::listed(dialects())
                );
                let all = dialects().into_iter().chain(beside.iter().filter(|b| b.fits).map(|b| b.name));
                self.unknown(&code::UNKNOWN_TYPE, to.span, message, &to.text, all, &known);
            } else {
                let message = format!("there is no argument `{}` here", to.text);
                let known = beside.iter().map(|b| b.name);
                self.unknown(&code::UNKNOWN_ARGUMENT, to.span, message, &to.text, known, "");
            }
            return Ty::Poison;
        };
        if by.fits {
            return match name.text.as_str() {
                "path" => Ty::Path(Some(to.text.clone())),
                "shell" => Ty::Shell(Some(to.text.clone())),
                _ => Ty::Sql(hir::Dialect::Argument(to.text.clone())),
            };
        }
        let (what, ty) = if sql { ("text that could name a dialect", "string") } else { ("path", "path") };
        let error = Diagnostic::new(&code::TYPE_MISMATCH, to.span, format!("`{}` is no {what}", to.text));
        let error = by.declared.into_iter().fold(error, |error, span| error.also(span, "its type"));
        self.say(error.help(format!("give `{}` the type `{ty}`", to.text)));
        Ty::Poison
    }

    fn generic(&mut self, name: &str, span: Span, of: &'a [Type], siblings: &'a [FieldDecl], module: ModuleId) -> Ty {
        match (name, of) {
            ("list", [of]) => Ty::List(self.ty(of, siblings, module).into()),
            ("set", [of]) => Ty::Set(self.ty(of, siblings, module).into()),
            ("map", [key, of]) => {
                let key_ty = self.ty(key, siblings, module);
                if !matches!(key_ty, Ty::Text | Ty::Poison) {
                    self.error(
                        &code::UNKNOWN_TYPE,
                        key.span,
                        "the keys of a map are texts",
                        "write `map<string, …>`: JSON has no other keys",
                    );
                }
                Ty::Map(self.ty(of, siblings, module).into())
            }
            ("map", _) => {
                self.error(
                    &code::UNKNOWN_TYPE,
                    span,
                    "a map has a type for its keys and one for its values",
                    "write `map<string, …>`",
                );
                Ty::Poison
            }
            (_, _) => {
                let message = format!("`{name}` takes one type");
                self.error(&code::UNKNOWN_TYPE, span, message, "write `list<string>`");
                Ty::Poison
            }
        }
    }

    fn unknown_type(&mut self, word: &str, span: Span) -> Ty {
        let message = format!("there is no type `{word}`");
        match (word, FOREIGN.iter().find(|(f, _)| *f == word)) {
            ("money", _) => self.error(&code::UNKNOWN_TYPE, span, "money needs a currency", "write `money(EUR)`"),
            ("sql", _) => self.error(&code::UNKNOWN_TYPE, span, "SQL needs a dialect", "write `sql(postgres)`"),
            (_, Some((_, ours))) => {
                self.say(Diagnostic::new(&code::UNKNOWN_TYPE, span, message).help(format!("it is `{ours}` here")).fix(
                    format!("write `{ours}`"),
                    span,
                    *ours,
                    false,
                ))
            }
            (_, None) => {
                let help = "an enum has more than one value: `a | b`";
                self.unknown(&code::UNKNOWN_TYPE, span, message, word, names(), help);
            }
        }
        Ty::Poison
    }

    fn union(&mut self, members: &'a [UnionMember], siblings: &'a [FieldDecl], module: ModuleId) -> Ty {
        let mut variants: Vec<(String, Span)> = Vec::new();
        let mut types: Vec<Ty> = Vec::new();
        let mut is_optional = false;
        for member in members {
            match member {
                UnionMember::Text(text) => variants.push((text.value.clone(), text.span)),
                UnionMember::Type(ty) => {
                    let inner = if let TypeKind::Optional(inner) = &ty.kind {
                        is_optional = true;
                        inner
                    } else {
                        ty
                    };
                    match &inner.kind {
                        TypeKind::Name(word) if named(word).is_none() => variants.push((word.clone(), inner.span)),
                        TypeKind::Name(_)
                        | TypeKind::Applied(..)
                        | TypeKind::Generic(..)
                        | TypeKind::Record(..)
                        | TypeKind::Union(_)
                        | TypeKind::Optional(_) => types.push(self.ty(inner, siblings, module)),
                    }
                }
            }
        }
        if !types.is_empty() {
            // Beside types, a word that is nearly one was meant as one.
            for (word, span) in &variants {
                if FOREIGN.iter().any(|(f, _)| f == word) || policyc_diag::suggest(word, names()).is_some() {
                    return self.unknown_type(word, *span);
                }
            }
        }
        let mut seen: Vec<&(String, Span)> = Vec::new();
        for variant in &variants {
            match seen.iter().find(|(v, _)| *v == variant.0) {
                Some((_, first)) => self.twice(&variant.0, variant.1, *first),
                None => seen.push(variant),
            }
        }
        if !seen.is_empty() {
            let variants: Vec<String> = seen.iter().map(|(v, _)| v.clone()).collect();
            types.push(Ty::Enum(variants.into()));
        }
        if types.contains(&Ty::Poison) {
            return Ty::Poison;
        }
        types.dedup();
        let ty = match (types.len(), types.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                types.push(last);
                Ty::Union(types.into())
            }
            (_, None) => Ty::Poison,
        };
        if is_optional { optional(ty) } else { ty }
    }

    /// Arguments, attributes or fields of a record, sorted by name.
    pub fn fields(&mut self, declared: &'a [FieldDecl], module: ModuleId) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::with_capacity(declared.len());
        for decl in declared {
            let ty = self.ty(&decl.ty, declared, module);
            let default = decl.default.as_ref().and_then(|e| self.default(e, &ty, module));
            match fields.iter().find(|f| f.name == decl.name.text) {
                Some(first) => {
                    let first = first.span;
                    self.twice(&decl.name.text, decl.name.span, first);
                }
                None => fields.push(Field { name: decl.name.text.clone(), ty, default, span: decl.name.span }),
            }
        }
        self.refuse_confusables(fields.iter().map(|f| (f.name.as_str(), f.span)), "arguments");
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields
    }

    /// The type of everything that another one is not: for messages and records alike.
    pub fn record_of(&self, fields: Vec<Field>) -> Ty {
        Ty::Record(Arc::new(RecordTy { fields, open: false }))
    }
}

fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// An argument beside a text that may be read by what it says.
pub(crate) struct Beside<'b> {
    pub(crate) name: &'b str,
    /// It can say that.
    pub(crate) fits: bool,
    /// Where its type is written, if it is written near.
    pub(crate) declared: Option<Span>,
}

/// Whether a value is a text that may be one of a few.
fn is_word(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Name(word) => word == "string",
        TypeKind::Optional(of) => is_word(of),
        // An enum: a word that is no type's name, or a text.
        TypeKind::Union(members) => members.iter().all(|member| match member {
            UnionMember::Text(_) => true,
            UnionMember::Type(ty) => matches!(&ty.kind, TypeKind::Name(word) if named(word).is_none()),
        }),
        TypeKind::Applied(..) | TypeKind::Generic(..) | TypeKind::Record(..) => false,
    }
}

fn is_path(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Name(word) => word == "path",
        TypeKind::Optional(of) => is_path(of),
        TypeKind::Applied(name, _) => name.text == "path",
        TypeKind::Generic(..) | TypeKind::Record(..) | TypeKind::Union(_) => false,
    }
}
