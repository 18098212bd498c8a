//! What is known of the shell's state at one place of the text: variables, functions, aliases, folder.
//!
//! A value is known, or it is unknown; where two ways through the text meet, what differs between them is unknown.

use std::rc::Rc;
use std::sync::Arc;

use super::tree::Compound;
use super::{Text, Word};

/// Folders that are told apart, at most.
const MAX_FOLDERS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Unset,
    Text(Text),
    /// What a glob of the shell matched.
    Glob(Text),
    /// A whole number.
    Digits,
    List(Vec<Word>),
    Unknown,
}

impl Value {
    fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (one, two) if one == two => one.clone(),
            (one, two) if one.is_number() && two.is_number() => Self::Digits,
            _ => Self::Unknown,
        }
    }

    /// Whether arithmetic reads it as a number and runs nothing.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Digits | Self::Unset => true,
            Self::Text(text) => text.bytes().all(|b| b.is_ascii_digit()),
            Self::Glob(_) | Self::List(_) | Self::Unknown => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: Text,
    value: Value,
    is_exported: bool,
    is_frozen: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Function {
    pub name: Text,
    pub body: Rc<Compound>,
    /// Whether a call cannot run a program instead.
    pub is_certain: bool,
}

/// Folders in which a command may run, as a command holds them too.
pub(super) type Folders = Arc<Vec<Option<Text>>>;

#[derive(Clone, Debug)]
pub(super) struct Environment {
    variables: Vec<Variable>,
    /// Whether unnamed variables may have been set by the text; else they come from outside.
    pub is_open: bool,
    /// `$1 $2 …`, where the text sets them.
    pub positional: Option<Vec<Word>>,
    pub functions: Vec<Function>,
    pub aliases: Vec<(Text, Option<Text>)>,
    /// Folders in which commands may run here; `None` is one that is not known.
    pub folders: Folders,
    /// The folders before a `cd` that may have failed.
    pub moved_from: Option<Folders>,
}

/// Variables that the shell itself changes.
#[rustfmt::skip]
const LIVE: [&str; 44] = [
    "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS", "BASH_COMMAND",
    "BASH_LINENO", "BASH_REMATCH", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION", "COMP_WORDBREAKS",
    "COPROC", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "HOSTNAME",
    "HOSTTYPE", "LINENO", "MACHTYPE", "MAPFILE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND", "OSTYPE", "PIPESTATUS",
    "PPID", "PWD", "RANDOM", "REPLY", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM", "UID", "_",
];

pub(super) fn is_live(name: &str) -> bool {
    LIVE.contains(&name)
}

impl Environment {
    pub fn new(cwd: Option<&str>) -> Self {
        Self {
            variables: Vec::new(),
            is_open: false,
            positional: None,
            functions: Vec::new(),
            aliases: Vec::new(),
            folders: Arc::new(vec![Some(Text::new(cwd.unwrap_or("")))]),
            moved_from: None,
        }
    }

    /// The value, if the text says anything about it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.variable(name).map(|v| &v.value)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.variables.binary_search_by(|own| own.name.as_str().cmp(name))
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.place(name).ok().and_then(|at| self.variables.get(at))
    }

    fn variable_mut(&mut self, name: &str) -> Option<&mut Variable> {
        let at = self.place(name).ok()?;
        self.variables.get_mut(at)
    }

    /// How much there is to copy or to compare.
    pub fn size(&self) -> usize {
        let lists = self.variables.iter().map(|v| if let Value::List(words) = &v.value { words.len() } else { 1 });
        let positional = self.positional.as_ref().map_or(0, Vec::len);
        lists
            .fold(positional, usize::saturating_add)
            .saturating_add(self.functions.len())
            .saturating_add(self.aliases.len())
    }

    /// The value; from outside if the text says nothing.
    pub fn get_or_outside(&self, name: &str) -> Option<Value> {
        match self.get(name) {
            Some(value) => Some(value.clone()),
            None if self.is_open => Some(Value::Unknown),
            None => None,
        }
    }

    pub fn set(&mut self, name: &str, value: Value) {
        match self.place(name) {
            Ok(at) => {
                if let Some(variable) = self.variables.get_mut(at) {
                    variable.value = if variable.is_frozen { Value::Unknown } else { value };
                }
            }
            Err(at) => {
                let variable = Variable { name: Text::new(name), value, is_exported: false, is_frozen: false };
                self.variables.insert(at, variable);
            }
        }
    }

    /// Puts back what `before` knew of a variable.
    pub fn restore(&mut self, name: &str, before: &Self) {
        if let Ok(at) = self.place(name) {
            self.variables.remove(at);
        }
        if let Some(variable) = before.variable(name) {
            let at = self.place(name).unwrap_or_else(|at| at);
            self.variables.insert(at, variable.clone());
        } else if self.is_open != before.is_open {
            self.set(name, Value::Unknown);
        }
    }

    pub fn export(&mut self, name: &str) {
        if let Some(variable) = self.variable_mut(name) {
            variable.is_exported = true;
        }
    }

    pub fn freeze(&mut self, name: &str) {
        if self.get(name).is_none() {
            self.set(name, Value::Unknown);
        }
        if let Some(variable) = self.variable_mut(name) {
            variable.is_frozen = true;
        }
    }

    /// What a shell of its own starts with: exported variables; the others it may have from outside.
    pub fn for_child(&self) -> Self {
        let mut child = self.clone();
        for variable in &mut child.variables {
            if !variable.is_exported {
                variable.value = Value::Unknown;
            }
            variable.is_frozen = false;
        }
        child.variables.retain(|v| v.name != "IFS");
        child.positional = Some(Vec::new());
        for function in &mut child.functions {
            function.is_certain = false;
        }
        child.moved_from = None;
        child
    }

    /// Nothing is known but that functions and aliases may be there.
    pub fn open(&mut self) {
        self.variables.clear();
        self.is_open = true;
        self.positional = None;
        for function in &mut self.functions {
            function.is_certain = false;
        }
        self.folders = Arc::new(vec![None]);
        self.moved_from = None;
    }

    /// Whether fields are split at blanks, as they are by default; else the separators, if they are known.
    pub fn separators(&self) -> Option<&str> {
        match self.get("IFS") {
            None if self.is_open => None,
            None | Some(Value::Unset) => Some(" \t\n"),
            Some(Value::Text(text)) => Some(text),
            Some(Value::Glob(_) | Value::Digits | Value::List(_) | Value::Unknown) => None,
        }
    }

    /// Where the way of `other` meets this one; true if something is less known than before.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        if other.is_open && !self.is_open {
            self.is_open = true;
            changed = true;
        }
        for variable in &mut self.variables {
            let theirs = other.variable(&variable.name);
            let joined = match theirs {
                Some(theirs) => variable.value.join(&theirs.value),
                None => Value::Unknown,
            };
            let is_exported = variable.is_exported && theirs.is_some_and(|v| v.is_exported);
            let is_frozen = variable.is_frozen || theirs.is_some_and(|v| v.is_frozen);
            changed |= joined != variable.value || is_exported != variable.is_exported;
            variable.value = joined;
            variable.is_exported = is_exported;
            variable.is_frozen = is_frozen;
        }
        for theirs in &other.variables {
            if let Err(at) = self.place(&theirs.name) {
                self.variables.insert(at, Variable { value: Value::Unknown, is_exported: false, ..theirs.clone() });
                changed = true;
            }
        }
        if self.positional != other.positional && self.positional.is_some() {
            self.positional = None;
            changed = true;
        }
        for function in &mut self.functions {
            let is_there = other.functions.iter().any(|f| f.name == function.name && f.is_certain);
            changed |= function.is_certain && !is_there;
            function.is_certain &= is_there;
        }
        for theirs in &other.functions {
            if !self.functions.iter().any(|f| Rc::ptr_eq(&f.body, &theirs.body)) {
                let is_certain = self.functions.iter().any(|f| f.name == theirs.name && f.is_certain);
                self.functions.push(Function { is_certain, ..theirs.clone() });
                changed = true;
            }
        }
        for alias in &other.aliases {
            if !self.aliases.contains(alias) {
                self.aliases.push(alias.clone());
                changed = true;
            }
        }
        changed | self.add_folders(&other.folders)
    }

    /// More folders in which commands may run.
    pub fn add_folders(&mut self, more: &Folders) -> bool {
        if Arc::ptr_eq(&self.folders, more) || more.iter().all(|folder| self.folders.contains(folder)) {
            return false;
        }
        let folders = Arc::make_mut(&mut self.folders);
        for folder in more.iter() {
            if !folders.contains(folder) {
                folders.push(if folders.len() < MAX_FOLDERS { folder.clone() } else { None });
            }
        }
        folders.dedup();
        true
    }
}
