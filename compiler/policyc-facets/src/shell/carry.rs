//! Follows a carrier to the command inside: the table's rows, shells, and the programs with a grammar of their own.

use std::sync::LazyLock;

use super::carriers::{Carrier, Rest, carrier};
use super::environment::Environment;
use super::expand::Field;
use super::index::Index;
use super::options::parse;
use super::walk::Reader;
use super::{Code, Text, Word, foreign};
use crate::Unknown;

const UNCLEAR: &str = "a carrier with options or words that are not known";

/// A grammar of its own in which a program says what it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    Shell,
    Xargs,
    Parallel,
    Find,
    Git,
    Tar,
    Rsync,
    Sed,
    Awk,
    Make,
    Vim,
    Pager,
    Container,
    Cluster,
    BehindWord,
    Debugger,
    Socat,
    Later,
    Runner,
}

/// Programs and their grammars.
const GRAMMARS: &[(&str, Grammar)] = &[
    ("sh bash dash zsh ksh ksh93 mksh ash rbash fish csh tcsh yash -sh", Grammar::Shell),
    ("xargs gxargs", Grammar::Xargs),
    ("parallel rush", Grammar::Parallel),
    ("find gfind bfs", Grammar::Find),
    ("git", Grammar::Git),
    ("tar gtar bsdtar", Grammar::Tar),
    ("rsync", Grammar::Rsync),
    ("sed gsed", Grammar::Sed),
    ("awk gawk mawk nawk", Grammar::Awk),
    ("make gmake", Grammar::Make),
    ("vim vi nvim view ex rvim vimdiff gvim", Grammar::Vim),
    ("less more most", Grammar::Pager),
    ("docker podman nerdctl docker-compose podman-compose", Grammar::Container),
    ("kubectl oc k3s minikube microk8s", Grammar::Cluster),
    ("lxc incus crictl machinectl vagrant ip", Grammar::BehindWord),
    ("gdb lldb", Grammar::Debugger),
    ("socat", Grammar::Socat),
    ("at batch crontab", Grammar::Later),
    ("perf bundle pipenv poetry uv direnv asdf mise rustup conda nix npm pnpm yarn nix-shell", Grammar::Runner),
];

impl Grammar {
    fn of(name: &str) -> Option<Self> {
        static INDEX: LazyLock<Index<(&str, Grammar)>> = LazyLock::new(|| Index::new(GRAMMARS, |row| row.0));
        INDEX.get(name).map(|row| row.1)
    }
}

/// Whether the program is a shell.
pub(super) fn is_shell(name: &str) -> bool {
    Grammar::of(name) == Some(Grammar::Shell)
}

impl Reader {
    /// Runs the command inside a carrier; `at` is the carrier's place in the list.
    pub fn carry(&mut self, program: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        // a program in a folder of the user may be anything: by its name it may carry all the same
        let name = program.rsplit('/').next().unwrap_or(program);
        match Grammar::of(name) {
            Some(Grammar::Shell) => return self.shell_call(name, args, at, env),
            Some(Grammar::Xargs) => return self.xargs(args, at, env),
            Some(Grammar::Parallel) => return self.parallel(args, at, env),
            Some(Grammar::Find) => return self.find(args, at, env),
            Some(Grammar::Git) => return self.git(args, at, env),
            Some(Grammar::Tar) => return self.tar(args, at, env),
            Some(Grammar::Rsync) => return self.rsync(args, at, env),
            Some(Grammar::Sed) => return self.sed(args, at, env),
            Some(Grammar::Awk) => return self.awk(args, at, env),
            Some(Grammar::Make) => return self.make(args, at, env),
            Some(Grammar::Vim) => return self.vim(args, at, env),
            Some(Grammar::Pager) => return self.pager(name, args, at, env),
            Some(Grammar::Container) => return self.container(name, args, at, env),
            Some(Grammar::Cluster) => return self.cluster(name, args, at, env),
            Some(Grammar::BehindWord) => return self.behind_word(name, args, at, env),
            Some(Grammar::Debugger) => return self.debugger(name, args, at, env),
            Some(Grammar::Socat) => return self.socat(args, at, env),
            Some(Grammar::Later) => return self.later(name, args, at, env),
            Some(Grammar::Runner) => return self.runner(name, args, at, env),
            None => {}
        }
        if foreign::is_interpreter(name) {
            self.foreign(name, args, at, env);
            return Ok(());
        }
        match carrier(name) {
            Some(row) => self.row(name, row, args, at, env),
            None => Ok(()),
        }
    }

    /// What reads standard input from here on gets that of the command at `at`; returns what it was before.
    fn stand_in_for(&mut self, at: usize) -> (Vec<Text>, Option<Word>) {
        let here = match self.commands.get(at) {
            Some(command) => (command.stdin_from.clone(), command.stdin_text.clone()),
            None => (self.stdin_from.clone(), self.stdin_text.clone()),
        };
        (std::mem::replace(&mut self.stdin_from, here.0), std::mem::replace(&mut self.stdin_text, here.1))
    }

    /// The words are a command that the carrier at `at` runs.
    pub fn inner(&mut self, label: &str, fields: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        if fields.is_empty() {
            return Ok(());
        }
        self.carriers.push(Text::new(label));
        let before = self.stand_in_for(at);
        let mut command = self.blank(Word::Unknown, env);
        if let Some(outer) = self.commands.get(at) {
            command.words_from.clone_from(&outer.words_from);
            command.env.clone_from(&outer.env);
        }
        if matches!(label, "exec" | "command" | "builtin") {
            let name = fields.first().and_then(Field::text).unwrap_or("");
            let (own, others) = std::mem::take(&mut env.functions).into_iter().partition(|f| f.name == name);
            env.functions = others;
            let own: Vec<super::environment::Function> = own;
            self.run(fields, command, &[], env)?;
            env.functions.extend(own);
        } else {
            let mut child = env.for_child();
            child.functions.clear();
            child.aliases.clear();
            self.run(fields, command, &[], &mut child)?;
        }
        (self.stdin_from, self.stdin_text) = before;
        self.carriers.pop();
        Ok(())
    }

    /// The text is shell code that the carrier at `at` runs.
    pub fn inner_code(&mut self, label: &str, code: &Field, at: usize, env: &Environment) -> Result<(), Unknown> {
        match code.text() {
            Some(text) => {
                let before = self.stand_in_for(at);
                self.carried_code(label, text, env)?;
                (self.stdin_from, self.stdin_text) = before;
            }
            None => self.hidden_code(label, Code::Argument, at, env),
        }
        Ok(())
    }

    /// A carrier whose words are not clear.
    pub fn unclear(&mut self, env: &Environment) {
        self.hide(UNCLEAR, env);
    }

    fn row(
        &mut self,
        name: &str,
        row: &Carrier,
        args: &[Field],
        at: usize,
        env: &mut Environment,
    ) -> Result<(), Unknown> {
        let parsed = parse(args, row.shorts, row.longs, row.rest != Rest::Nothing);
        for (option, value) in &parsed.options {
            if !row.code.contains(&option.as_str()) {
                continue;
            }
            let label = format!("{name} {option}");
            if let Some(value) = value {
                self.inner_code(&label, value, at, env)?;
            }
        }
        if matches!(name, "ssh" | "autossh" | "slogin" | "scp" | "sftp") {
            let settings: Vec<Field> = parsed.values(&["-o"]).cloned().collect();
            for setting in settings {
                self.ssh_setting(name, &setting, at, env)?;
            }
        }
        if name == "env"
            && let Some(text) = parsed.values(&["-S", "--split-string"]).next()
        {
            // `env` knows quotes, but neither braces nor globs, and variables and escapes of its own
            let is_plain = |text: &&str| {
                !text.contains([
                    '{', '}', '*', '?', '[', '~', '$', '`', '\\', '#', '(', ')', '|', '&', ';', '<', '>', '!', '\n',
                ])
            };
            let mut code = text.text().filter(is_plain).map(str::to_owned);
            for operand in &parsed.operands {
                code = code.zip(operand.text()).map(|(code, word)| format!("{code} '{}'", word.replace('\'', "'\\''")));
            }
            let code = code.map_or(Field::MANY, Field::literal);
            return self.inner_code("env", &code, at, env);
        }
        if name == "flock"
            && let [_, option, code, ..] = parsed.operands.as_slice()
            && matches!(option.text(), Some("-c" | "--command"))
        {
            return self.inner_code(name, code, at, env);
        }
        let prints = name == "env"
            && parsed.operands.iter().all(|field| field.text().is_some_and(|text| text.contains('=')))
            && !parsed.has(&["-i", "--ignore-environment", "--version", "--help"]);
        if let (true, Some(command)) = (prints, self.commands.get_mut(at)) {
            command.reads.push(Word::Literal(Text::new_static(super::named::ENVIRONMENT)));
        }
        let rest = parsed.operands.get(row.before.min(parsed.operands.len())..).unwrap_or(&[]);
        let skipped = parsed.operands.get(..row.before.min(parsed.operands.len())).unwrap_or(&[]);
        let is_unclear = parsed.is_unclear || skipped.iter().any(|field| field.is_many);
        if row.rest == Rest::Nothing {
            // a word that is not known may be the option that carries
            if args.iter().any(|field| field.is_many && matches!(field.word, Word::Unknown)) {
                self.unclear(env);
            }
            return Ok(());
        }
        if rest.is_empty() && !is_unclear {
            return Ok(());
        }
        if is_unclear {
            self.unclear(env);
        }
        match row.rest {
            Rest::Nothing => Ok(()),
            Rest::Command => self.inner(name, rest, at, env),
            Rest::Assignments => {
                let mut child = env.for_child();
                let mut rest = rest;
                while let Some((first, more)) = rest.split_first() {
                    let Some((variable, value)) = first.text().and_then(|text| text.split_once('=')) else { break };
                    let value = super::environment::Value::Text(Text::new(value));
                    self.notice(variable, &value, &mut child)?;
                    child.set(variable, value);
                    child.export(variable);
                    rest = more;
                }
                self.inner(name, rest, at, &mut child)
            }
            Rest::Joined | Rest::Remote => {
                let words: Option<Vec<&str>> = rest.iter().map(Field::text).collect();
                let code = words.map_or(Field::MANY, |words| Field::literal(words.join(" ")));
                if row.rest == Rest::Joined {
                    return self.inner_code(name, &code, at, env);
                }
                let mut far = Environment::new(None);
                far.is_open = true;
                far.folders = std::sync::Arc::new(vec![None]);
                self.inner_code(name, &code, at, &far)
            }
        }
    }

    /// `ssh -o NAME=VALUE`: some of them run a command on this machine.
    fn ssh_setting(&mut self, name: &str, setting: &Field, at: usize, env: &Environment) -> Result<(), Unknown> {
        let Some(text) = setting.text() else {
            self.hidden_code(name, Code::Argument, at, env);
            return Ok(());
        };
        let text = text.trim_start();
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (key, value) = text.split_at_checked(end).unwrap_or((text, ""));
        let key = key.to_ascii_lowercase();
        let value = value.trim_start_matches(|c: char| c == '=' || c.is_whitespace()).trim_matches('"');
        if matches!(key.as_str(), "proxycommand" | "localcommand" | "knownhostscommand") && value != "none" {
            self.inner_code(&format!("{name} -o"), &Field::literal(value), at, env)?;
        }
        Ok(())
    }

    fn shell_call(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        let (mut is_code, mut is_stdin) = (false, false);
        while let Some((first, more)) = rest.split_first() {
            let Some(text) = first.text() else { break };
            if text == "--" || text == "-" {
                rest = more;
                break;
            }
            if let Some(long) = text.strip_prefix("--") {
                rest = more;
                match long {
                    "rcfile" | "init-file" => {
                        self.hide("a file that shells read when they start", env);
                        rest = more.get(1..).unwrap_or(&[]);
                    }
                    "login" | "norc" | "noprofile" | "posix" | "verbose" | "version" | "help" | "restricted"
                    | "noediting" => {}
                    _ if long.starts_with("command=") => {
                        let code = Field::literal(long.strip_prefix("command=").unwrap_or(""));
                        return self.inner_code(name, &code, at, env);
                    }
                    "command" => is_code = true,
                    _ => self.unclear(env),
                }
                continue;
            }
            let is_option = text.starts_with(['-', '+']) && text.len() > 1;
            if !is_option {
                break;
            }
            let letters = text.get(1..).unwrap_or("");
            is_code |= letters.contains('c') && text.starts_with('-');
            is_stdin |= letters.contains('s') && text.starts_with('-');
            rest = more;
            if letters.contains(['o', 'O']) {
                let option = rest.first().and_then(Field::text);
                if !matches!(
                    option,
                    Some(
                        "pipefail"
                            | "errexit"
                            | "nounset"
                            | "xtrace"
                            | "extglob"
                            | "globstar"
                            | "nullglob"
                            | "posix"
                            | "verbose"
                    )
                ) {
                    self.hide("options of the shell that are not known", env);
                }
                rest = rest.get(1..).unwrap_or(&[]);
            }
            if letters.chars().any(|c| !"celiuxvnsafhmptoObBCEHPTrDVdkX".contains(c)) || letters.contains('k') {
                self.unclear(env);
            }
        }
        if is_code {
            let Some((code, words)) = rest.split_first() else { return Ok(()) };
            let Some(code) = code.text() else {
                self.hidden_code(name, Code::Argument, at, env);
                return Ok(());
            };
            let mut child = env.for_child();
            let tail = words.get(1..).unwrap_or(&[]);
            child.positional = if words.iter().any(|field| field.is_many) {
                None
            } else {
                Some(tail.iter().map(|field| field.word.clone()).collect())
            };
            child.is_open |= child.positional.is_none();
            let before = self.stand_in_for(at);
            self.carriers.push(Text::new(name));
            self.isolated_code(code, &mut child)?;
            self.carriers.pop();
            (self.stdin_from, self.stdin_text) = before;
            return Ok(());
        }
        match rest.first() {
            Some(script) if !is_stdin => {
                let is_fed = matches!(&script.word, Word::Pattern(own) if own == "/dev/fd/*")
                    || matches!(script.text(), Some("/dev/stdin" | "/dev/fd/0"));
                if is_fed {
                    self.hidden_code(name, Code::Pipe, at, env);
                } else if script.text().is_none() {
                    self.hidden_code(name, Code::File, at, env);
                }
                Ok(())
            }
            _ => self.shell_input(name, at, env),
        }
    }

    /// A shell that reads its code from standard input.
    fn shell_input(&mut self, name: &str, at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let Some(command) = self.commands.get(at) else { return Ok(()) };
        match command.stdin_text.clone() {
            Some(Word::Literal(text)) => {
                self.carriers.push(Text::new(name));
                let mut child = env.for_child();
                child.is_open = true;
                let before = self.stdin_text.take();
                self.isolated_code(&text, &mut child)?;
                self.stdin_text = before;
                self.carriers.pop();
            }
            Some(_) => self.hidden_code(name, Code::HereDocument, at, env),
            None if !command.stdin_from.is_empty() => self.hidden_code(name, Code::Pipe, at, env),
            None if !command.reads.is_empty() => self.interpret(name, Code::File),
            None => {}
        }
        Ok(())
    }
}
