//! Shell texts and SQL as records and lists. SPEC: [S4.20] [S4.46] [S4.47]
//!
//! A part is a text that was read out of another; what the reader cannot tell is unknown in its place.

use std::collections::BTreeMap;

use policyc_compile::hir::{self, Ty};
use policyc_facets::shell::{Command, Interpreted, Shell, Text, Word, is_plain, shell};
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
        Ty::Sql(hir::Dialect::Named(dialect)) => dialect.as_str(),
        Ty::Sql(hir::Dialect::Argument(_)) => match base.map(|base| &base.v) {
            Some(V::Text(dialect)) => dialect.as_str(),
            _ => return None,
        },
        Ty::Shell(_) => {
            let names = ["commands", "is_static", "reads", "writes", "pipes_into", "interprets"];
            let mut fields = match shell(text, cwd.as_deref()) {
                Ok(read) => part.shell(&read),
                Err(_) => names.map(|name| (name.to_owned(), part.of(V::Unknown))).into(),
            };
            fields.insert("is_plain".to_owned(), part.told(Some(is_plain(text))));
            return Some(V::Fields(fields));
        }
        _ => return None,
    };
    let read = sql(text, Dialect::called(dialect)?).ok()?;
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
        match (path, text.and_then(|t| home(t, true))) {
            (Some(path), _) => self.of(V::Facet(Facet::Path(path))),
            (None, home) => self.of(home.map_or(V::Unknown, V::Facet)),
        }
    }

    /// A pattern with an absolute folder before its first wildcard lies somewhere below that folder.
    fn file(self, word: &Word) -> Val {
        let Word::Pattern(pattern) = word else { return self.path(word.literal()) };
        if let Some(home) = home(pattern, false) {
            return self.of(V::Facet(home));
        }
        let last = pattern.trim_end_matches('/').rsplit('/').next().filter(|p| *p != ".").unwrap_or("*").to_owned();
        let wild = |c: char| "*?[".contains(c);
        let (before, after) = pattern.split_at(pattern.find(wild).unwrap_or(0));
        let (folder, first) = before.rsplit_once('/').unwrap_or(("", before));
        let odd = pattern.contains(['\\', '(', ')']) || !pattern.starts_with('/');
        let rest = format!("{first}{after}");
        let leaves = rest.split('/').any(|part| part == ".." || part.starts_with('.') && part.contains(wild));
        let found =
            policyc_facets::path(if folder.is_empty() { "/" } else { folder }, None).ok().filter(|_| !odd && !leaves);
        self.of(found.map_or(V::Unknown, |folder| V::Facet(Facet::Below(folder, last.clone()))))
    }

    fn paths(self, words: &[Word]) -> Val {
        self.list(words.iter().map(|w| self.file(w)).collect())
    }

    fn target(self, word: &Word) -> Val {
        // `https://host/x?y` may be a pattern to the shell: the host before its wildcard is the same in all that it matches.
        let whole = match word {
            Word::Literal(text) => Some(text.to_string()),
            Word::Pattern(p) => p.split(['*', '?', '[', '\\', '(']).next().and_then(|known| {
                let (scheme, rest) = known.split_once("://")?;
                Some(format!("{scheme}://{}/", rest.split_once('/')?.0))
            }),
            Word::Unknown => None,
        };
        let found = whole.as_deref().and_then(|t| match (policyc_facets::host(t), policyc_facets::cidr(t)) {
            (Ok(host), _) => Some(Facet::Host(host)),
            (Err(_), Ok(net)) => Some(Facet::Cidr(net)),
            (Err(_), Err(_)) => policyc_facets::url(t).ok()?.host.map(Facet::Host),
        });
        self.of(found.map_or(V::Unknown, V::Facet))
    }

    fn fields<const N: usize>(self, fields: [(&str, Val); N]) -> Val {
        self.of(V::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }

    fn shell(self, read: &Shell) -> BTreeMap<String, Val> {
        let text = |t: &str| self.of(V::Text(t.to_owned()));
        let pipes = read.pipes_into.iter().map(|(a, b)| self.fields([("from", text(a)), ("into", text(b))]));
        let code = |c: &Interpreted| self.fields([("program", text(&c.program)), ("kind", text(c.kind.name()))]);
        let fields = [
            ("commands", self.list(read.commands.iter().map(|c| self.command(c)).collect())),
            ("is_static", self.told(Some(read.is_static))),
            ("reads", self.paths(&read.reads)),
            ("writes", self.paths(&read.writes)),
            ("pipes_into", self.list(pipes.collect())),
            ("interprets", self.list(read.interprets.iter().map(code).collect())),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn command(self, read: &Command) -> Val {
        let names = |names: &[Text]| self.texts(names.iter().map(Text::as_str));
        // Of a program that nobody knows, neither words nor flags nor hosts are known.
        let hidden = read.program.literal().is_none();
        let only = |value: Val| if hidden { self.of(V::Unknown) } else { value };
        let verb = match &read.verb {
            _ if hidden => self.of(V::Unknown),
            Some(word) => self.word(word),
            None => Val::new(V::Absent),
        };
        let mut flags: Vec<Val> = read.flags.iter().map(|f| self.of(V::Text(f.to_string()))).collect();
        flags.extend(read.has_open_flags.then(|| self.of(V::Unknown)));
        let env = read.env.iter().map(|(name, word)| (name.to_string(), self.word(word))).collect();
        self.fields([
            ("program", self.word(&read.program)),
            ("verb", verb),
            ("args", only(self.words(&read.args))),
            ("flags", only(self.list(flags))),
            ("operands", only(self.words(&read.operands))),
            ("targets", only(self.list(read.targets.iter().map(|t| self.target(t)).collect()))),
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

/// `~` and what lies below it, in whatever folder that is.
fn home(text: &str, literal: bool) -> Option<Facet> {
    let parts: Vec<&str> = text.split('/').collect();
    let (first, rest) = parts.split_first()?;
    let odd = rest
        .iter()
        .any(|p| *p == ".." || p.contains(['\\', '(', ')']) || p.starts_with('.') && p.contains(['*', '?', '[']));
    let readable = !literal || rest.is_empty() || policyc_facets::path(&rest.join("/"), None).is_ok();
    let last = rest.iter().rev().find(|p| !p.is_empty()).filter(|p| **p != ".").unwrap_or(&"*");
    (*first == "~" && !odd && readable).then(|| Facet::Home((*last).to_owned()))
}
