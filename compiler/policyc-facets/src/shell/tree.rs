//! The tree of a shell text, as it is written: nothing is expanded yet.

use std::cell::OnceCell;
use std::rc::Rc;

use super::Text;

#[derive(Debug, Default)]
pub(super) struct Script {
    pub items: Vec<Item>,
}

#[derive(Debug)]
pub(super) struct Item {
    pub pipeline: Pipeline,
    pub then: Then,
}

/// What stands behind a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Next,
    And,
    Or,
    Background,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    pub commands: Vec<Compound>,
    pub is_negated: bool,
}

#[derive(Debug)]
pub(super) struct Compound {
    pub what: What,
    pub redirections: Vec<Redirection>,
}

#[derive(Debug)]
pub(super) enum What {
    Simple(Simple),
    Group(Script),
    Subshell(Script),
    If(Vec<(Script, Script)>, Option<Script>),
    Loop(Script, Script),
    For(Text, Option<Vec<Raw>>, Script),
    Count(Raw, Script),
    Case(Raw, Vec<(Vec<Raw>, Script)>),
    Function(Text, Rc<Compound>),
    Arithmetic(Raw),
    Test(Vec<Token>),
    Coprocess(Box<Compound>),
}

#[derive(Debug, Default)]
pub(super) struct Simple {
    pub assignments: Vec<Assignment>,
    pub words: Vec<Raw>,
}

#[derive(Debug)]
pub(super) struct Assignment {
    pub name: Text,
    /// `a[i]=…`
    pub index: Option<Raw>,
    pub append: bool,
    pub value: Assigned,
    /// Which word it is among those of a `declare` and its kin.
    pub is_argument: bool,
}

#[derive(Debug)]
pub(super) enum Assigned {
    Word(Raw),
    List(Vec<Raw>),
}

#[derive(Debug)]
pub(super) struct Redirection {
    pub operator: Operator,
    pub target: Target,
    /// The descriptor, if one is written; `None` for `{name}>` and for the default.
    pub descriptor: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Read,
    Write,
    Append,
    ReadWrite,
    /// `>&` and `<&` with a number or `-`.
    Duplicate,
    /// `&>`, `&>>`, `>&file`.
    Both,
    HereDocument,
    HereString,
}

#[derive(Debug)]
pub(super) enum Target {
    Word(Raw),
    /// A here-document: its body, once the line has ended.
    Here(Rc<OnceCell<Raw>>),
}

/// A word of `[[ … ]]`.
#[derive(Debug)]
pub(super) enum Token {
    Operator,
    Word(Raw),
}

/// A word as it is written. Nearly every one is of one part, for which no list is made.
#[derive(Debug, Default)]
pub(super) enum Raw {
    #[default]
    Empty,
    One(Part),
    Many(Vec<Part>),
}

impl Raw {
    pub fn parts(&self) -> &[Part] {
        match self {
            Self::Empty => &[],
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }

    pub fn push(&mut self, part: Part) {
        *self = match std::mem::take(self) {
            Self::Empty => Self::One(part),
            Self::One(first) => Self::Many(vec![first, part]),
            Self::Many(mut parts) => {
                parts.push(part);
                Self::Many(parts)
            }
        };
    }

    /// Puts another part in the place of the first, or none.
    pub fn replace_first(&mut self, by: Option<Part>) {
        match (self, by) {
            (own @ Self::One(_), None) => *own = Self::Empty,
            (own @ (Self::Empty | Self::One(_)), Some(part)) => *own = Self::One(part),
            (Self::Many(parts), by) => {
                parts.splice(..1.min(parts.len()), by);
            }
            (Self::Empty, None) => {}
        }
    }

    /// Adds the parts of another word behind these.
    pub fn extend(&mut self, more: Self) {
        match more {
            Self::Empty => {}
            Self::One(part) => self.push(part),
            Self::Many(parts) => parts.into_iter().for_each(|part| self.push(part)),
        }
    }

    /// The text of a word without any quote or expansion.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::One(Part::Text(text)) => Some(text),
            Self::Many(parts) => match parts.as_slice() {
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            Self::Empty | Self::One(_) => None,
        }
    }
}

#[derive(Debug)]
pub(super) enum Part {
    /// Unquoted text: globs, braces and a leading tilde are live in it.
    Text(Text),
    /// Quoted text, possibly empty.
    Quoted(Text),
    /// One word that cannot be known as text.
    Opaque,
    Parameter(Box<Parameter>),
    Command(Script, Quoted),
    Process(Script, Flow),
    Arithmetic(Box<Raw>, Quoted),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    Yes,
    No,
}

/// `<(…)` reads from the commands, `>(…)` writes to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    From,
    Into,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub name: Text,
    pub index: Option<Index>,
    pub action: Action,
    pub quoted: Quoted,
}

#[derive(Debug)]
pub(super) enum Index {
    /// `[@]` or `[*]`
    All,
    At(Raw),
}

#[derive(Debug)]
pub(super) enum Action {
    Value,
    Length,
    /// `${!name}`, `${!name@}`: another variable's.
    Indirect,
    /// `- = + ?`, with a colon or without.
    Default(u8, bool, Raw),
    /// `#`, `##`, `%`, `%%`: from the end, the longest match.
    Remove(bool, bool, Raw),
    /// `/`: kind (`/`, `#`, `%` or none) and both words.
    Replace(Option<u8>, Raw, Option<Raw>),
    Slice(Raw, Option<Raw>),
    /// `^ ^^ , ,,`: upper, all.
    Case(bool, bool, Raw),
    /// `@Q` and its kin.
    Transform(u8),
}
