//! Builtins that change the state or run code.

use std::sync::Arc;

use super::cursor::is_name;
use super::environment::{Environment, Value};
use super::expand::Field;
use super::walk::Reader;
use super::{Code, Text, Word, paths};
use crate::Unknown;

/// Builtins before which assignments may stay.
pub(super) fn is_special(name: &str) -> bool {
    matches!(
        name,
        "eval"
            | "."
            | "source"
            | "export"
            | "readonly"
            | "set"
            | "shift"
            | "unset"
            | "trap"
            | "exec"
            | ":"
            | "break"
            | "continue"
            | "return"
            | "exit"
            | "times"
            | "command"
            | "builtin"
            | "declare"
            | "typeset"
            | "local"
    )
}

impl Reader {
    /// Runs a builtin that matters; false if `name` is none of them. `at` is its place in the list of commands.
    pub fn builtin(
        &mut self,
        name: &str,
        args: &[Field],
        declared: &[(Text, Value)],
        at: usize,
        env: &mut Environment,
    ) -> Result<bool, Unknown> {
        let texts = || args.iter().map(Field::text);
        let words = || texts().flatten();
        let is_known = texts().all(|text| text.is_some());
        match name {
            "cd" | "chdir" | "pushd" | "popd" => change_folder(name, args, env),
            "eval" => {
                let code = words().collect::<Vec<_>>().join(" ");
                let code = code.strip_prefix("-- ").unwrap_or(&code).to_owned();
                if is_known {
                    self.code(&code, env)?;
                } else {
                    self.hidden_code("eval", Code::Argument, at, env);
                    env.open();
                }
            }
            "source" | "." => {
                if words().next() != Some("/dev/null") {
                    self.hidden_code(name, Code::File, at, env);
                    env.open();
                }
            }
            "exec" | "command" | "builtin" => self.prefixed(name, args, at, env)?,
            "trap" => match words().position(|w| !w.starts_with('-') || w == "-") {
                _ if !is_known => self.hide("a trap that is known only at run time", env),
                Some(first) if words().count() > first.saturating_add(1) => {
                    let code = words().nth(first).unwrap_or("");
                    if code != "-" && !code.is_empty() {
                        self.deferred.push(code.into());
                        let mut copy = env.clone();
                        copy.open();
                        self.code(code, &mut copy)?;
                    }
                }
                _ => {}
            },
            "alias" => {
                self.renames = true;
                for field in args {
                    match field.text().map(|text| (text, text.split_once('='))) {
                        Some((_, Some((name, value)))) => {
                            if is_reserved(name) {
                                return Err(Unknown("an alias takes the name of a word of the grammar"));
                            }
                            let alias = (Text::new(name), Some(Text::new(value)));
                            if !env.aliases.contains(&alias) {
                                env.aliases.push(alias);
                            }
                        }
                        Some((_, None)) => {}
                        None => return Err(Unknown("an alias that is known only at run time")),
                    }
                }
            }
            "export" | "readonly" | "declare" | "typeset" | "local" => self.declare(name, args, declared, env)?,
            "read" | "mapfile" | "readarray" | "getopts" | "wait" => self.fill(name, args, env),
            "printf" => {
                if matches!(texts().next(), Some(None | Some("-v"))) {
                    self.fill_name(texts().nth(1).flatten(), env);
                }
            }
            "let" => {
                for field in args {
                    match field.text() {
                        Some(text) => {
                            let raw = super::tree::Raw::One(super::tree::Part::Quoted(text.into()));
                            if text.contains(['$', '`', '[']) {
                                self.hide("arithmetic over a value that is known only at run time", env);
                            }
                            self.arithmetic(&raw, env)?;
                        }
                        None => self.hide("arithmetic over a value that is known only at run time", env),
                    }
                }
            }
            "unset" => {
                for field in args {
                    match field.text() {
                        Some("-v" | "-f" | "-n") => {}
                        Some(name) if is_name(name) => {
                            let value = if self.calls.is_empty() { Value::Unset } else { Value::Unknown };
                            env.set(name, value);
                            for function in env.functions.iter_mut().filter(|f| f.name == name) {
                                function.is_certain = false;
                            }
                        }
                        Some(name) if !name.contains(['[', '$', '`']) => {
                            for function in env.functions.iter_mut().filter(|f| f.name == name) {
                                function.is_certain = false;
                            }
                        }
                        _ => {
                            self.hide("a variable whose name is known only at run time", env);
                            env.open();
                        }
                    }
                }
            }
            "set" => self.set_options(args, env),
            "shopt" => {
                const KNOWN: [&str; 14] = [
                    "-s",
                    "-u",
                    "-q",
                    "-p",
                    "nullglob",
                    "globstar",
                    "dotglob",
                    "extglob",
                    "failglob",
                    "nocaseglob",
                    "nocasematch",
                    "lastpipe",
                    "expand_aliases",
                    "inherit_errexit",
                ];
                if !is_known || !words().all(|word| KNOWN.contains(&word)) {
                    self.hide("options of the shell that are not known", env);
                }
            }
            "shift" => {
                env.positional = match (&env.positional, words().next().map_or(Ok(1), |n| n.parse::<usize>())) {
                    (Some(list), Ok(n)) if is_known => list.get(n..).map(<[Word]>::to_vec),
                    _ => None,
                };
            }
            "break" | "continue" | "return" | "exit" | "logout" => self.jump(env)?,
            "test" | "[" => {
                let has_index = |field: &Field| field.text().is_none_or(|text| text.contains('['));
                let names =
                    args.iter().zip(args.iter().skip(1)).filter(|(one, _)| matches!(one.text(), Some("-v" | "-R")));
                if names.map(|(_, two)| two).any(has_index) {
                    self.hide("a variable whose name is known only at run time", env);
                }
                if !args.is_empty() && args.iter().any(|field| field.is_many) && args.len() <= 2 {
                    // an unquoted value may itself be `-v` and a name
                    let is_usual = words().all(|text| matches!(text, "]" | "!"));
                    if !is_usual && texts().next() == Some(None) {
                        return Ok(true);
                    }
                }
            }
            "hash" | "enable" | "bind" | "fc" | "complete" | "compgen" => {
                const RUNS: [&str; 10] = ["-p", "-f", "-n", "-x", "-e", "-s", "-C", "-F", "-d", "-a"];
                let is_plain = words().next().is_none() || (name == "hash" && words().eq(["-r"]));
                let runs = words().any(|word| RUNS.iter().any(|option| word.starts_with(option)));
                if name == "fc" || (!is_plain && (runs || !is_known)) {
                    self.hide("a builtin that changes what names run", env);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn prefixed(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            match first.text() {
                Some("--") => {
                    rest = more;
                    break;
                }
                Some(option) if option.starts_with('-') && option.len() > 1 => {
                    if name == "command" && option.contains(['v', 'V']) {
                        return Ok(());
                    }
                    rest = if name == "exec" && option.ends_with('a') { more.get(1..).unwrap_or(&[]) } else { more };
                }
                _ => break,
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        self.inner(name, rest, at, env)
    }

    fn declare(
        &mut self,
        name: &str,
        args: &[Field],
        declared: &[(Text, Value)],
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        let mut flags = String::new();
        let mut names: Vec<(Text, Option<Value>)> = Vec::new();
        for field in args {
            match field.text() {
                Some(text) if text.starts_with(['-', '+']) => flags.push_str(text),
                Some(text) => match text.split_once('=') {
                    Some((name, value)) if is_name(name) => {
                        let value = Value::Text(Text::new(value));
                        self.notice(name, &value, env)?;
                        names.push((name.into(), Some(value)));
                    }
                    None if is_name(text) => names.push((text.into(), None)),
                    _ => {
                        self.hide("a variable whose name is known only at run time", env);
                        env.open();
                    }
                },
                None => {
                    // `"$name=value"`
                    self.hide("a variable whose name is known only at run time", env);
                    env.open();
                }
            }
        }
        if flags.contains('n') && name != "export" {
            self.hide("a variable that stands for another", env);
        }
        if flags.contains(['f', 'F', 'p']) {
            return Ok(());
        }
        names.extend(declared.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
        for (own, value) in names {
            let is_local = matches!(name, "local" | "declare" | "typeset") && !self.calls.is_empty();
            if is_local && !flags.contains('g') && !self.locals.contains(&own) {
                self.locals.push(own.clone());
                if value.is_none() {
                    env.set(&own, Value::Unknown);
                }
            }
            if let Some(value) = value {
                let is_hidden = flags.contains('i') && !value.is_number();
                let is_changed = flags.contains(['u', 'l', 'c', 'i', 'A', 'g']);
                env.set(&own, if is_changed { Value::Unknown } else { value });
                if is_hidden {
                    self.hide("arithmetic over a value that is known only at run time", env);
                }
                if flags.contains('g') {
                    self.locals.retain(|local| *local != own);
                }
            } else if flags.contains(['i', 'u', 'l', 'c', 'A']) {
                // later assignments change the value
                env.set(&own, Value::Unknown);
                env.freeze(&own);
                if flags.contains('i') {
                    self.hide("a variable whose values are arithmetic", env);
                }
            }
            if name == "export" || flags.contains('x') {
                env.export(&own);
            }
            if name == "readonly" || flags.contains('r') {
                env.freeze(&own);
            }
        }
        Ok(())
    }

    /// `read` and its kin: variables get what only run time knows.
    fn fill(&mut self, name: &str, args: &[Field], env: &mut Environment) {
        let mut is_value = false;
        let valued = match name {
            "read" => "adinNptu",
            "mapfile" | "readarray" => "dnOsucC",
            _ => "p",
        };
        for field in args {
            if std::mem::take(&mut is_value) {
                continue;
            }
            match field.text() {
                Some(text) if text.starts_with('-') && text.len() > 1 => {
                    let last = text.chars().last().unwrap_or('-');
                    let first_valued = text.chars().skip(1).find(|c| valued.contains(*c));
                    if name != "read" && text.contains('C') {
                        self.hide("code that is called for each line", env);
                    }
                    is_value = first_valued == Some(last) && !matches!(last, 'a' | 'A');
                    if name == "wait" && text.contains('p') {
                        is_value = false;
                    }
                }
                Some(text) if name == "wait" && !is_name(text) => {}
                Some(text) if name == "getopts" && !is_name(text) => {}
                text => self.fill_name(text, env),
            }
        }
    }

    fn fill_name(&mut self, name: Option<&str>, env: &mut Environment) {
        match name.filter(|name| is_name(name)) {
            Some(name) => {
                let _ = self.notice(name, &Value::Unknown, env);
                env.set(name, Value::Unknown);
            }
            None => {
                self.hide("a variable whose name is known only at run time", env);
                env.open();
            }
        }
    }

    fn set_options(&mut self, args: &[Field], env: &mut Environment) {
        let mut is_name_next = false;
        for (at, field) in args.iter().enumerate() {
            let rest = |from: usize| {
                let rest = args.get(from..).unwrap_or(&[]);
                if rest.iter().any(|f| f.is_many) { None } else { Some(rest.iter().map(|f| f.word.clone()).collect()) }
            };
            match field.text() {
                Some(text) if std::mem::take(&mut is_name_next) => {
                    const KNOWN: [&str; 11] = [
                        "errexit",
                        "nounset",
                        "pipefail",
                        "xtrace",
                        "noglob",
                        "noclobber",
                        "verbose",
                        "noexec",
                        "monitor",
                        "notify",
                        "errtrace",
                    ];
                    if !KNOWN.contains(&text) {
                        self.hide("options of the shell that are not known", env);
                    }
                }
                Some("--") => {
                    env.positional = rest(at.saturating_add(1));
                    return;
                }
                Some(text) if text.starts_with(['-', '+']) => {
                    let letters = text.get(1..).unwrap_or("");
                    is_name_next = letters.ends_with('o');
                    if letters.chars().any(|c| !"euxfvnoCmbhTE".contains(c)) {
                        self.hide("options of the shell that are not known", env);
                    }
                }
                Some(_) => {
                    env.positional = rest(at);
                    return;
                }
                None => {
                    self.hide("options of the shell that are not known", env);
                    env.positional = None;
                    return;
                }
            }
        }
    }

    /// Code that the reader does not see, for a shell or an interpreter; `at` is the command that gets it.
    pub fn hidden_code(&mut self, program: &str, kind: Code, at: usize, env: &Environment) {
        let from: Vec<Text> = match self.commands.get(at) {
            Some(command) => command.stdin_from.iter().chain(&command.words_from).cloned().collect(),
            None => Vec::new(),
        };
        let kind = super::foreign::origin(&from).unwrap_or(kind);
        self.interpret(program, kind);
        self.hide("code that is known only at run time", env);
    }
}

fn change_folder(name: &str, args: &[Field], env: &mut Environment) {
    let operands: Vec<&Field> =
        args.iter().filter(|f| !matches!(f.text(), Some("-P" | "-L" | "-e" | "-@" | "--" | "-n"))).collect();
    let before = Arc::clone(&env.folders);
    let target = match (name, operands.as_slice()) {
        ("popd", _) => None,
        ("pushd", []) => None,
        (_, []) => Some("~"),
        (_, [one]) => one.text().filter(|text| !matches!(*text, "-" | "") && !text.starts_with(['+', '-'])),
        _ => None,
    };
    let is_searched = env.get("CDPATH").is_some() || (target == Some("~") && env.get("HOME").is_some());
    let after: Vec<Option<Text>> = match target.filter(|_| !is_searched) {
        Some(target) => before.iter().map(|folder| paths::join(target, folder.as_deref(), false)).collect(),
        None => vec![None],
    };
    env.folders = Arc::new(after);
    env.moved_from = Some(before);
}

fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "do"
            | "done"
            | "case"
            | "esac"
            | "while"
            | "until"
            | "for"
            | "select"
            | "function"
            | "time"
            | "{"
            | "}"
            | "!"
            | "[["
            | "]]"
            | "in"
            | "coproc"
    )
}
