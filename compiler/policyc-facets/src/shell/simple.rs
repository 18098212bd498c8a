//! A simple command: its words, assignments and redirections; then a function, a builtin, a carrier or a program.

use smol_str::format_smolstr;

use super::environment::{Environment, Value};
use super::expand::Field;
use super::parameters::value_of;
use super::tree::{Assigned, Assignment, Operator, Redirection, Simple, Target};
use super::walk::Reader;
use super::{Command, Text, Word, paths};
use crate::Unknown;

/// Variables that name a program, which others run as shell code.
const PROGRAMS: [&str; 22] = [
    "PAGER",
    "GIT_PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "SUDO_EDITOR",
    "RSYNC_RSH",
    "CVS_RSH",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "SYSTEMD_PAGER",
    "GIT_PROXY_COMMAND",
    "BAT_PAGER",
];

/// Variables, by how they begin, whose text some program takes for options or settings of its own.
const OPTIONS: [&str; 8] = [
    "TAR_OPTIONS",
    "MAKEFLAGS",
    "GREP_OPTIONS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_PARAMETERS",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
];

/// Variables by which `cargo` is told what to build and to run with.
fn is_runner(name: &str) -> bool {
    matches!(
        name,
        "RUSTC" | "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" | "CARGO_BUILD_RUSTC" | "CARGO_BUILD_RUSTC_WRAPPER"
    ) || name.starts_with("CARGO_TARGET_") && (name.ends_with("_RUNNER") || name.ends_with("_LINKER"))
}

/// Assignments before one command, at most.
const MAX_ASSIGNMENTS: usize = 512;
/// Redirections of one command, at most.
const MAX_REDIRECTIONS: usize = 256;

impl Reader {
    /// Walks a simple command.
    pub fn simple(
        &mut self,
        simple: &Simple,
        redirections: &[Redirection],
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        let start = self.commands.len();
        let outer_fed = std::mem::take(&mut self.fed);
        let outer_into = std::mem::take(&mut self.fed_into);
        // only a redirection of its own changes what the commands behind it read
        let outer_stdin = (!redirections.is_empty()).then(|| (self.stdin_from.clone(), self.stdin_text.clone()));
        let fields = self.fields(&simple.words, env)?;
        if simple.assignments.len() > MAX_ASSIGNMENTS || redirections.len() > MAX_REDIRECTIONS {
            return Err(Unknown("a command has more assignments or redirections than are read"));
        }
        let is_permanent = fields.is_empty();
        let is_unclear = fields.first().is_some_and(|f| f.is_many) && fields.iter().all(|f| f.is_many);
        let mut assigned: Vec<(Text, Value)> = Vec::new();
        let mut declared: Vec<(Text, Value)> = Vec::new();
        for assignment in &simple.assignments {
            let value = self.assigned(assignment, env)?;
            self.notice(&assignment.name, &value, env)?;
            if assignment.is_argument {
                declared.push((assignment.name.clone(), value));
            } else if is_permanent {
                env.set(&assignment.name, value);
            } else {
                if is_unclear {
                    env.set(&assignment.name, Value::Unknown);
                }
                assigned.push((assignment.name.clone(), value));
            }
        }
        let mut command = self.unfed(Word::Unknown, env);
        // every command holds its folders
        self.count(env.folders.iter().flatten().map(|folder| folder.len()).sum())?;
        self.redirect(redirections, env, &mut command)?;
        command.words_from = self.programs_since(start)?;
        command.env = assigned.iter().map(|(name, value)| (name.clone(), word_of(value))).collect();
        command.stdin_from.clone_from(&self.stdin_from);
        command.stdin_from.extend(self.fed.iter().cloned());
        command.stdin_text.clone_from(&self.stdin_text);
        let name = fields.first().and_then(Field::text).unwrap_or("");
        // where a file cannot be opened, neither a function nor a builtin runs
        let not_run = (!is_permanent && may_fail(redirections)).then(|| env.clone());
        if is_permanent {
            self.push_redirected(command);
        } else if assigned.is_empty() {
            self.run(&fields, command, &declared, env)?;
        } else {
            let before = env.clone();
            for (name, value) in &assigned {
                env.set(name, value.clone());
                env.export(name);
            }
            self.run(&fields, command, &declared, env)?;
            let keeps = super::builtins::is_special(name) || before.functions.iter().any(|f| f.name == name);
            for (name, value) in &assigned {
                env.restore(name, &before);
                // by POSIX the assignment stays
                if keeps && env.get(name) != Some(value) {
                    env.set(name, Value::Unknown);
                }
            }
        }
        if let Some(not_run) = not_run {
            env.join(&not_run);
        }
        let into = std::mem::replace(&mut self.fed_into, outer_into);
        for (from, to) in into {
            for command in self.commands.get_mut(from..to).unwrap_or(&mut []) {
                command.stdin_from.push(name.into());
            }
        }
        self.fed = outer_fed;
        if let Some(outer) = outer_stdin {
            (self.stdin_from, self.stdin_text) = outer;
        }
        Ok(())
    }

    fn assigned(&mut self, assignment: &Assignment, env: &mut Environment) -> Result<Value, Unknown> {
        if let Some(index) = &assignment.index {
            // an index is arithmetic: only a plain number in it runs nothing for sure
            let is_plain = matches!(index.parts(), [super::tree::Part::Text(text), ..]
                if text.split_once('[').and_then(|(_, rest)| rest.split_once("]"))
                    .is_some_and(|(index, _)| index.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')));
            self.visit(index, env)?;
            if !is_plain {
                self.hide("an index that is known only at run time", env);
            }
            return Ok(Value::Unknown);
        }
        let before = if assignment.append { env.get(&assignment.name).cloned() } else { Some(Value::Unset) };
        match &assignment.value {
            Assigned::Word(raw) => {
                let value = value_of(&self.text(raw, env)?);
                // words of `declare` are braced apart before they assign
                let is_braced = assignment.is_argument && super::braces::may_expand(raw.parts());
                let value = if is_braced { Value::Unknown } else { value };
                Ok(match (before, value) {
                    (Some(Value::Unset), value) => value,
                    (Some(Value::Text(before)), Value::Text(value)) => {
                        self.count(before.len())?;
                        Value::Text(format_smolstr!("{before}{value}"))
                    }
                    _ => Value::Unknown,
                })
            }
            Assigned::List(raws) => {
                let fields = self.fields(raws, env)?;
                let has_keys = raws.iter().any(
                    |raw| matches!(raw.parts().first(), Some(super::tree::Part::Text(text)) if text.starts_with('[')),
                );
                if has_keys {
                    self.hide_keys(&fields, env);
                    return Ok(Value::Unknown);
                }
                if fields.iter().any(|field| field.is_many) {
                    return Ok(Value::Unknown);
                }
                let words = fields.into_iter().map(|field| field.word);
                Ok(match before {
                    Some(Value::Unset) => Value::List(words.collect()),
                    Some(Value::List(mut list)) => {
                        list.extend(words);
                        Value::List(list)
                    }
                    _ => Value::Unknown,
                })
            }
        }
    }

    fn hide_keys(&mut self, fields: &[Field], env: &Environment) {
        let is_plain = |field: &Field| {
            field.text().and_then(|text| text.strip_prefix('[')).and_then(|text| text.split_once("]=")).is_some_and(
                |(key, _)| key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')),
            )
        };
        if !fields.iter().all(is_plain) {
            self.hide("an index that is known only at run time", env);
        }
    }

    /// What it means that a variable has a value, besides the value.
    pub fn notice(&mut self, name: &str, value: &Value, env: &mut Environment) -> Result<(), Unknown> {
        let text = match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Unset => Some(""),
            Value::Glob(_) | Value::Digits | Value::List(_) | Value::Unknown => None,
        };
        match name {
            "BASH_ENV" | "ENV" if !matches!(text, Some("" | "/dev/null")) => {
                self.hide("a file that shells read when they start", env);
            }
            "PS4" | "PS0" | "PS1" | "PS2" if text.is_none_or(|text| text.contains(['$', '`'])) => {
                self.hide("a prompt that runs commands", env);
            }
            "PROMPT_COMMAND" => match text {
                Some(text) => self.deferred.push(text.into()),
                None => self.hide("a prompt that runs commands", env),
            },
            "SHELLOPTS" | "BASHOPTS" => self.hide("options of shells that are set from outside", env),
            _ if name.starts_with("BASH_FUNC_") => self.hide("a function that is handed to shells", env),
            _ if OPTIONS.iter().any(|own| name.starts_with(own)) && text != Some("") => {
                self.hide("options that a variable hands to a program", env);
            }
            _ if PROGRAMS.contains(&name) || is_runner(name) => match text {
                Some("") => {}
                Some(text) => {
                    self.carried_code(name, text, env)?;
                }
                None => self.hide("a program named in a variable", env),
            },
            _ => {}
        }
        Ok(())
    }

    /// Code that some program hands to a shell of its own.
    pub fn carried_code(&mut self, carrier: &str, code: &str, env: &Environment) -> Result<(), Unknown> {
        let mut child = env.for_child();
        child.positional = None;
        self.carriers.push(carrier.into());
        let before = (self.stdin_from.clone(), self.stdin_text.clone());
        self.isolated_code(code, &mut child)?;
        (self.stdin_from, self.stdin_text) = before;
        self.carriers.pop();
        Ok(())
    }

    /// Code of another shell: what is open here is not open there.
    pub fn isolated_code(&mut self, code: &str, env: &mut Environment) -> Result<(), Unknown> {
        let fed = std::mem::take(&mut self.fed);
        let into = std::mem::take(&mut self.fed_into);
        self.code(code, env)?;
        self.fed = fed;
        self.fed_into = into;
        Ok(())
    }

    /// Files and standard input of a command.
    pub fn redirect(
        &mut self,
        redirections: &[Redirection],
        env: &mut Environment,
        command: &mut Command,
    ) -> Result<(), Unknown> {
        for redirection in redirections {
            let is_input = matches!(redirection.descriptor, None | Some(0));
            let word = match &redirection.target {
                Target::Here(body) => match body.get() {
                    Some(raw) => self.text(raw, env)?,
                    None => Word::Unknown,
                },
                Target::Word(raw) if redirection.operator == Operator::HereString => self.text(raw, env)?,
                Target::Word(raw) => {
                    let fed = self.fed.len();
                    let word = self.target(raw, env)?;
                    if redirection.operator == Operator::Read && is_input {
                        self.stdin_from = self.fed.get(fed..).unwrap_or(&[]).to_vec();
                        self.fed.truncate(fed);
                        self.stdin_text = None;
                    }
                    word
                }
            };
            if matches!(redirection.operator, Operator::HereDocument | Operator::HereString) {
                if is_input {
                    self.stdin_from.clear();
                    self.stdin_text = Some(word);
                }
                continue;
            }
            if redirection.operator == Operator::Duplicate {
                continue;
            }
            self.redirects_unknown |= matches!(word, Word::Unknown);
            if let Some(host) = word.literal().and_then(socket) {
                command.targets.push(Word::Literal(Text::new(host)));
                continue;
            }
            if word.literal().is_some_and(is_nothing) || matches!(&word, Word::Pattern(p) if p == "/dev/fd/*") {
                continue;
            }
            for folder in env.folders.iter() {
                let file = paths::resolve(&word, folder.as_deref());
                if redirection.operator == Operator::ReadWrite && !command.reads.contains(&file) {
                    command.reads.push(file.clone());
                }
                let list = match redirection.operator {
                    Operator::Read => &mut command.reads,
                    Operator::Write
                    | Operator::Append
                    | Operator::ReadWrite
                    | Operator::Duplicate
                    | Operator::Both
                    | Operator::HereDocument
                    | Operator::HereString => &mut command.writes,
                };
                if !list.contains(&file) {
                    list.push(file);
                }
            }
        }
        Ok(())
    }

    /// Runs words: the first is the program.
    pub fn run(
        &mut self,
        fields: &[Field],
        mut command: Command,
        declared: &[(Text, Value)],
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        self.step()?;
        // each word is looked at several times, and each of its files in each folder
        self.spend(fields.len().saturating_mul(env.folders.len().saturating_add(1).saturating_mul(2)))?;
        self.enter()?;
        let Some((first, args)) = fields.split_first() else {
            self.leave();
            return Ok(());
        };
        command.args = args.iter().map(|field| field.word.clone()).collect();
        let Some(name) = first.text() else {
            command.operands.clone_from(&command.args);
            if matches!(first.word, Word::Pattern(_)) && !first.is_many {
                command.program = first.word.clone();
                command.reads = vec![Word::Unknown];
                command.writes = vec![Word::Unknown];
                self.push(command);
            } else {
                command.program = Word::Unknown;
                self.push(command);
            }
            self.hide("a program that is known only at run time", env);
            self.leave();
            return Ok(());
        };
        self.alias(name, args, &command.env, env)?;
        let bodies: Vec<_> = env.functions.iter().filter(|f| f.name == name).cloned().collect();
        if !bodies.is_empty() {
            let is_certain = bodies.iter().any(|f| f.is_certain);
            let words = if args.iter().any(|field| field.is_many) { None } else { Some(command.args.clone()) };
            let bodies: Vec<_> = bodies.into_iter().map(|f| f.body).collect();
            let before = env.clone();
            if is_certain {
                // the words are the function's, its files are read and written all the same
                self.push_redirected(Command { args: Vec::new(), ..command.clone() });
            }
            self.call(name, &bodies, words, env)?;
            if is_certain {
                self.leave();
                return Ok(());
            }
            env.join(&before);
        }
        let folder = env.folders.first().and_then(Option::as_deref);
        let program = paths::program(name, folder);
        command.program = Word::Literal(program.clone());
        self.classify(&program, args, &mut command, env);
        for (name, value) in declared {
            let text = match value {
                Value::Text(text) => Word::Literal(format_smolstr!("{name}={text}")),
                Value::Unset | Value::Glob(_) | Value::Digits | Value::List(_) | Value::Unknown => Word::Unknown,
            };
            command.args.push(text.clone());
            command.operands.push(text);
        }
        let at = self.commands.len();
        self.push(command);
        if !self.builtin(name, args, declared, at, env)? {
            self.carry(&program, args, at, env)?;
        }
        self.leave();
        Ok(())
    }

    fn alias(
        &mut self,
        name: &str,
        args: &[Field],
        assigned: &[(Text, Word)],
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        if env.aliases.is_empty() {
            return Ok(());
        }
        let marker = format_smolstr!("alias {name}");
        if self.calls.contains(&marker) {
            return Ok(());
        }
        let own = env.aliases.iter().filter(|(own, _)| own == name);
        let values: Vec<Option<String>> = own.map(|(_, value)| value.clone().map(String::from)).collect();
        for value in values {
            let Some(mut code) = value.filter(|value| stays_within(value)) else {
                self.hide("an alias that is known only at run time", env);
                continue;
            };
            // words that are not known all of them are put in as one, so that their order is kept
            let is_known = args.iter().all(|field| field.text().is_some());
            for field in if is_known { args } else { &[] } {
                let text = field.text().unwrap_or("");
                code.push_str(" '");
                code.push_str(&text.replace('\'', "'\\''"));
                code.push('\'');
            }
            if !is_known {
                code.push_str(" \"$@\"");
            }
            self.calls.push(marker.clone());
            self.weigh(env)?;
            let mut copy = env.clone();
            if !is_known {
                copy.positional = None;
            }
            // the alias's own words are expanded before what stands before it is assigned
            for (variable, _) in assigned {
                copy.set(variable, Value::Unknown);
            }
            self.code(&code, &mut copy)?;
            copy.positional.clone_from(&env.positional);
            env.join(&copy);
            self.calls.pop();
        }
        Ok(())
    }
}

/// Whether an alias leaves the text behind it as it is: a blank at its end makes an alias of the next word too, and a
/// comment takes in the rest of the line, so that lines of a here-document may run.
fn stays_within(alias: &str) -> bool {
    let is_behind = [' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>'];
    !alias.ends_with([' ', '\t', '\\']) && !alias.split(is_behind).any(|word| word.starts_with('#'))
}

fn word_of(value: &Value) -> Word {
    match value {
        Value::Text(text) => Word::Literal(text.clone()),
        Value::Unset => Word::Literal(Text::default()),
        Value::Glob(_) | Value::Digits | Value::List(_) | Value::Unknown => Word::Unknown,
    }
}

/// Whether one of the files may be one that cannot be opened.
pub(super) fn may_fail(redirections: &[Redirection]) -> bool {
    redirections.iter().any(|redirection| match &redirection.target {
        Target::Here(_) => false,
        Target::Word(raw) => match redirection.operator {
            Operator::HereDocument | Operator::HereString => false,
            Operator::Duplicate => !matches!(raw.plain(), Some("-" | "0" | "1" | "2")),
            Operator::Read | Operator::Write | Operator::Append | Operator::ReadWrite | Operator::Both => {
                !raw.plain().is_some_and(is_nothing)
            }
        },
    })
}

/// Files of the system that hold nothing.
pub(super) fn is_nothing(path: &str) -> bool {
    matches!(path, "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/stdin" | "/dev/tty")
        || path.strip_prefix("/dev/fd/").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// The host in `/dev/tcp/host/port`.
fn socket(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/dev/tcp/").or_else(|| path.strip_prefix("/dev/udp/"))?;
    rest.split('/').next()
}
