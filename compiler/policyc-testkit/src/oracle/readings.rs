//! SQL texts as records and lists. SPEC: [S4.20] [S4.46] [S4.47]
//!
//! A part is a text that was read out of another; what the reader cannot tell is unknown in its place.

use std::collections::BTreeMap;

use policyc_compile::hir::Ty;
use policyc_facets::sql::{Dialect, Statement, sql};

use super::value::{V, Val};

/// The parts of a text; nothing if it cannot be read.
pub fn read(ty: &Ty, text: &str, arg: Option<&str>) -> Option<V> {
    let Ty::Sql(dialect) = ty else { return None };
    let read = sql(text, Dialect::named(dialect)?).ok()?;
    let part = Part { arg };
    Some(V::Fields(BTreeMap::from([
        ("statements".to_owned(), part.list(read.statements.iter().map(|s| part.statement(s)).collect())),
        ("is_single".to_owned(), part.told(Some(read.is_single))),
        ("reads_only".to_owned(), part.told(read.reads_only)),
        ("destructive".to_owned(), part.told(read.destructive)),
    ])))
}

/// Whose parts they are.
#[derive(Clone, Copy)]
struct Part<'a> {
    arg: Option<&'a str>,
}

impl Part<'_> {
    fn of(self, v: V) -> Val {
        Val { arg: self.arg.map(str::to_owned), ..Val::derived(v) }
    }

    fn told(self, value: Option<bool>) -> Val {
        self.of(value.map_or(V::Unknown, V::Bool))
    }

    fn list(self, items: Vec<Val>) -> Val {
        self.of(V::List(items))
    }

    fn texts<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> Val {
        self.list(texts.into_iter().map(|t| self.of(V::Text(t.to_owned()))).collect())
    }

    fn statement(self, read: &Statement) -> Val {
        let names = |names: &[String]| self.texts(names.iter().map(String::as_str));
        let fields = [
            ("kind", self.of(V::Text(read.kind.name().to_owned()))),
            ("class", self.of(V::Text(read.class.name().to_owned()))),
            ("is_nested", self.told(Some(read.is_nested))),
            ("tables", names(&read.tables)),
            ("targets", names(&read.targets)),
            ("columns", names(&read.columns)),
            ("functions", names(&read.functions)),
            ("has_where", self.told(Some(read.has_where))),
            ("where_is_trivial", self.told(read.where_is_trivial)),
            ("has_limit", self.told(Some(read.has_limit))),
            ("reaches", self.texts(read.reaches.iter().map(|r| r.name()))),
            ("reads_only", self.told(read.reads_only)),
            ("destructive", self.told(read.destructive)),
        ];
        self.of(V::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }
}
