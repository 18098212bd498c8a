//! What rules can ask of shell texts and SQL: the types of the parts that the readers of `policyc-facets` find.
//!
//! The names are those under which `policyc-runtime` keeps the parts; a test holds the two together. Nothing is read
//! here.

use std::sync::Arc;

use policyc_diag::Span;
use policyc_facets::shell::Code;
use policyc_facets::sql::{Class, Kind, Reach};

use crate::hir::{Field, RecordTy, Ty};

/// What can be asked of a text of this type, if its parts can be asked at all.
pub fn parts(ty: &Ty) -> Option<Arc<RecordTy>> {
    if let Ty::Shell(_) = ty {
        return Some(shell());
    }
    matches!(ty, Ty::Sql(_)).then(sql)
}

/// The parts that functions can take, by the name of their type: a `command` of a shell text, a `statement` of SQL.
pub fn part(name: &str) -> Option<Ty> {
    let (whole, list) = match name {
        "command" => (shell(), "commands"),
        "statement" => (sql(), "statements"),
        _ => return None,
    };
    let of = whole.fields.iter().find(|field| field.name == list)?;
    if let Ty::List(item) = &of.ty { Some(item.as_ref().clone()) } else { None }
}

fn texts() -> Ty {
    Ty::List(Ty::Text.into())
}

fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> Ty {
    Ty::Enum(names.map(str::to_owned).collect::<Vec<_>>().into())
}

fn record(fields: Vec<(&str, Ty)>) -> Arc<RecordTy> {
    let mut fields: Vec<Field> = fields
        .into_iter()
        .map(|(name, ty)| Field { name: name.to_owned(), ty, default: None, span: Span::default() })
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    RecordTy { fields, open: false }.into()
}

fn sql() -> Arc<RecordTy> {
    let reaches = one_of([Reach::File, Reach::Network, Reach::Program].map(Reach::name).into_iter());
    let statement = record(vec![
        ("kind", one_of(Kind::ALL.iter().map(|k| k.name()))),
        ("class", one_of(Class::ALL.iter().map(|c| c.name()))),
        ("is_nested", Ty::Bool),
        ("tables", texts()),
        ("targets", texts()),
        ("columns", texts()),
        ("functions", texts()),
        ("has_where", Ty::Bool),
        ("where_is_trivial", Ty::Bool),
        ("has_limit", Ty::Bool),
        ("reaches", Ty::List(reaches.into())),
        ("reads_only", Ty::Bool),
        ("destructive", Ty::Bool),
    ]);
    record(vec![
        ("statements", Ty::List(Ty::Record(statement).into())),
        ("is_single", Ty::Bool),
        ("reads_only", Ty::Bool),
        ("destructive", Ty::Bool),
    ])
}

fn shell() -> Arc<RecordTy> {
    let paths = || Ty::List(Ty::Path(None).into());
    let command = record(vec![
        ("program", Ty::Text),
        ("verb", Ty::Optional(Ty::Text.into())),
        ("args", texts()),
        ("flags", texts()),
        ("operands", texts()),
        ("targets", Ty::List(Ty::Host.into())),
        ("reads", paths()),
        ("writes", paths()),
        ("env", Ty::Map(Ty::Text.into())),
        ("carriers", texts()),
        ("stdin_from", texts()),
        ("words_from", texts()),
        ("stdin_text", Ty::Optional(Ty::Text.into())),
        ("cwd", paths()),
    ]);
    let codes = [Code::Argument, Code::HereDocument, Code::Pipe, Code::Decoded, Code::Download, Code::File];
    let code = record(vec![("program", Ty::Text), ("kind", one_of(codes.map(Code::name).into_iter()))]);
    let pipe = record(vec![("from", Ty::Text), ("into", Ty::Text)]);
    record(vec![
        ("commands", Ty::List(Ty::Record(command).into())),
        ("is_static", Ty::Bool),
        ("is_plain", Ty::Bool),
        ("reads", paths()),
        ("writes", paths()),
        ("pipes_into", Ty::List(Ty::Record(pipe).into())),
        ("interprets", Ty::List(Ty::Record(code).into())),
    ])
}
