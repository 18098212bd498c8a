//! Shell texts and SQL as records and lists. SPEC: [S4.20] [S4.46] [S4.47]
//!
//! A part is a text that was read out of another; what the reader cannot tell is unknown in its place.

use std::collections::BTreeMap;

use policyc_compile::hir::Ty;
use policyc_facets::shell::{Command, Interpreted, Shell, Word, shell};
use policyc_facets::sql::{Dialect, Statement, sql};

use super::structured::Facet;
use super::value::{V, Val};

/// The parts of a text; nothing if it cannot be read.
pub fn read(ty: &Ty, text: &str, arg: Option<&str>, base: Option<&Val>) -> Option<V> {
    let cwd = match base.map(|base| &base.v) {
        Some(V::Facet(Facet::Path(path))) if path.is_absolute() => Some(path.to_string()),
        _ => None,
    };
    let part = Part { arg };
    let dialect = match ty {
        Ty::Sql(dialect) => dialect,
        Ty::Shell(_) => return part.shell(&shell(text, cwd.as_deref()).ok()?),
        _ => return None,
    };
    let read = sql(text, Dialect::named(dialect)?).ok()?;
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

    fn word(self, word: &Word) -> Val {
        self.of(word.literal().map_or(V::Unknown, |t| V::Text(t.to_owned())))
    }

    fn words(self, words: &[Word]) -> Val {
        self.list(words.iter().map(|w| self.word(w)).collect())
    }

    fn path(self, text: Option<&str>) -> Val {
        let path = text.and_then(|t| policyc_facets::path(t, None).ok());
        self.of(path.map_or(V::Unknown, |p| V::Facet(Facet::Path(p))))
    }

    /// A pattern with an absolute folder before its first wildcard lies somewhere below that folder.
    fn file(self, word: &Word) -> Val {
        let Word::Pattern(pattern) = word else { return self.path(word.literal()) };
        let wild = |c: char| "*?[".contains(c);
        let (before, after) = pattern.split_at(pattern.find(wild).unwrap_or(0));
        let (folder, first) = before.rsplit_once('/').unwrap_or(("", before));
        let odd = pattern.contains(['\\', '(', ')']) || !pattern.starts_with('/');
        let rest = format!("{first}{after}");
        let leaves = rest.split('/').any(|part| part == ".." || part.starts_with('.') && part.contains(wild));
        let found =
            policyc_facets::path(if folder.is_empty() { "/" } else { folder }, None).ok().filter(|_| !odd && !leaves);
        self.of(found.map_or(V::Unknown, |folder| V::Facet(Facet::Below(folder))))
    }

    fn paths(self, words: &[Word]) -> Val {
        self.list(words.iter().map(|w| self.file(w)).collect())
    }

    fn target(self, word: &Word) -> Val {
        let found = word.literal().and_then(|t| match (policyc_facets::host(t), policyc_facets::cidr(t)) {
            (Ok(host), _) => Some(Facet::Host(host)),
            (Err(_), Ok(net)) => Some(Facet::Cidr(net)),
            (Err(_), Err(_)) => policyc_facets::url(t).ok()?.host.map(Facet::Host),
        });
        self.of(found.map_or(V::Unknown, V::Facet))
    }

    fn fields<const N: usize>(self, fields: [(&str, Val); N]) -> Val {
        self.of(V::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }

    fn shell(self, read: &Shell) -> Option<V> {
        let text = |t: &str| self.of(V::Text(t.to_owned()));
        let pipes = read.pipes_into.iter().map(|(a, b)| self.fields([("from", text(a)), ("into", text(b))]));
        let code = |c: &Interpreted| self.fields([("program", text(&c.program)), ("kind", text(c.kind.name()))]);
        let whole = self.fields([
            ("commands", self.list(read.commands.iter().map(|c| self.command(c)).collect())),
            ("is_static", self.told(Some(read.is_static))),
            ("reads", self.paths(&read.reads)),
            ("writes", self.paths(&read.writes)),
            ("pipes_into", self.list(pipes.collect())),
            ("interprets", self.list(read.interprets.iter().map(code).collect())),
        ]);
        Some(whole.v)
    }

    fn command(self, read: &Command) -> Val {
        let names = |names: &[String]| self.texts(names.iter().map(String::as_str));
        let env = read.env.iter().map(|(name, word)| (name.clone(), self.word(word))).collect();
        self.fields([
            ("program", self.word(&read.program)),
            ("args", self.words(&read.args)),
            ("flags", names(&read.flags)),
            ("operands", self.words(&read.operands)),
            ("targets", self.list(read.targets.iter().map(|t| self.target(t)).collect())),
            ("reads", self.paths(&read.reads)),
            ("writes", self.paths(&read.writes)),
            ("env", self.of(V::Fields(env))),
            ("carriers", names(&read.carriers)),
            ("stdin_from", names(&read.stdin_from)),
            ("words_from", names(&read.words_from)),
            ("stdin_text", read.stdin_text.as_ref().map_or(Val::new(V::Absent), |w| self.word(w))),
            ("cwd", self.list(read.cwd.iter().map(|c| self.path(c.as_deref())).collect())),
        ])
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
        self.fields(fields)
    }
}
