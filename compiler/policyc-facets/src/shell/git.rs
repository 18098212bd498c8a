//! `git`: settings and options that run a program.

use super::environment::Environment;
use super::expand::Field;
use super::walk::Reader;
use super::{Word, pattern};
use crate::Unknown;

/// Options of subcommands whose value is shell code.
const CODE: [&str; 9] = [
    "--upload-pack",
    "--receive-pack",
    "--exec",
    "--open-files-in-pager",
    "--extcmd",
    "--tree-filter",
    "--index-filter",
    "--msg-filter",
    "--env-filter",
];

impl Reader {
    pub fn git(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        let mut subcommand = "";
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                // a quoted word may be `-calias.x=…`, an unquoted one more than that
                self.unclear(env);
                break;
            };
            match text {
                "-c" | "--config-env" => {
                    let setting = more.first().cloned().unwrap_or(Field::MANY);
                    rest = more.get(1..).unwrap_or(&[]);
                    if text == "--config-env" {
                        self.unclear(env);
                    } else {
                        self.setting("git -c", &setting, at, env)?;
                    }
                }
                "-C" | "--git-dir" | "--work-tree" | "--namespace" | "--super-prefix" | "--exec-path" => {
                    rest = more.get(1..).unwrap_or(&[]);
                }
                _ if text.starts_with("--config-env=") => self.unclear(env),
                _ if text.starts_with('-') => {}
                _ => {
                    subcommand = text;
                    break;
                }
            }
        }
        self.subcommand(subcommand, rest, at, env)
    }

    fn subcommand(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let operands: Vec<&Field> = args.iter().filter(|f| !f.text().is_some_and(|t| t.starts_with('-'))).collect();
        match name {
            "config" => {
                let is_read =
                    args.iter().any(|f| matches!(f.text(), Some("--get" | "--list" | "-l" | "--unset" | "--get-all")));
                if let (false, [key, value, ..]) = (is_read, operands.as_slice()) {
                    let setting = match (key.text(), value.text()) {
                        (Some(key), Some(value)) => Field::literal(format!("{key}={value}")),
                        (Some(key), None) if !runs(key) => return Ok(()),
                        _ => Field::MANY,
                    };
                    return self.setting("git config", &setting, at, env);
                }
                return Ok(());
            }
            "bisect" if operands.first().and_then(|f| f.text()) == Some("run") => {
                let words: Vec<Field> = args.iter().skip_while(|f| f.text() != Some("run")).skip(1).cloned().collect();
                return self.inner("git bisect run", &words, at, env);
            }
            "submodule" if operands.iter().any(|f| f.text() == Some("foreach")) => {
                let words: Vec<&Field> = args
                    .iter()
                    .skip_while(|f| f.text() != Some("foreach"))
                    .skip(1)
                    .skip_while(|f| f.text().is_some_and(|t| t.starts_with('-')))
                    .collect();
                let code: Option<Vec<&str>> = words.iter().map(|f| f.text()).collect();
                let code = code.map_or(Field::MANY, |words| Field::literal(words.join(" ")));
                return self.inner_code("git submodule foreach", &code, at, env);
            }
            _ => {}
        }
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                let may_run = match &first.word {
                    Word::Pattern(own) => pattern::matches_any(own, &CODE),
                    Word::Unknown => {
                        first.is_many && matches!(name, "grep" | "ls-remote" | "clone" | "fetch" | "rebase")
                    }
                    Word::Literal(_) => false,
                };
                if may_run {
                    self.unclear(env);
                }
                continue;
            };
            if let Some(code) = text.strip_prefix("ext::") {
                let code = Field::literal(code);
                self.inner_code("git ext::", &code, at, env)?;
                continue;
            }
            let (option, attached) = match text.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (text, None),
            };
            let is_long = option.len() > 4
                && CODE.iter().any(|own| own.starts_with(option))
                && !matches!((name, option), ("log" | "diff" | "show" | "grep", "--exec"));
            let is_short = match name {
                "rebase" | "difftool" => option == "-x",
                "clone" => option == "-u",
                "grep" => option.starts_with("-O") && option.len() > 2,
                _ => false,
            };
            if is_long || is_short {
                let label = format!("git {name} {option}");
                let code = match (attached, option.strip_prefix("-O")) {
                    (Some(value), _) => Some(Field::literal(value)),
                    (None, Some(value)) => Some(Field::literal(value)),
                    (None, None) if option.starts_with("--open") => None,
                    (None, None) => more.first().cloned(),
                };
                if let Some(code) = code {
                    self.inner_code(&label, &code, at, env)?;
                }
            }
        }
        Ok(())
    }

    fn setting(&mut self, label: &str, setting: &Field, at: usize, env: &Environment) -> Result<(), Unknown> {
        let Some(text) = setting.text() else {
            self.hidden_code("git", super::Code::Argument, at, env);
            return Ok(());
        };
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let key = key.to_ascii_lowercase();
        if !runs(&key) || value.is_empty() {
            return Ok(());
        }
        let label = format!("{label} {key}");
        if key.starts_with("alias.") && !value.starts_with('!') {
            let mut words = vec![Field::literal("git")];
            words.extend(value.split_whitespace().map(Field::literal));
            return self.inner(&label, &words, at, &mut env.clone());
        }
        let is_plain =
            matches!(value, "true" | "false" | "cat" | "less" | "store" | "cache" | "osxkeychain" | "manager");
        if is_plain {
            return Ok(());
        }
        let code = Field::literal(value.trim_start_matches('!'));
        self.inner_code(&label, &code, at, env)
    }
}

/// Whether a setting's value is run.
fn runs(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    const KEYS: [&str; 16] = [
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.fsmonitor",
        "core.askpass",
        "core.gitproxy",
        "sequence.editor",
        "diff.external",
        "credential.helper",
        "gpg.program",
        "web.browser",
        "core.alternaterefscommand",
        "interactive.difffilter",
        "uploadpack.packobjectshook",
        "core.hookspath",
        "init.templatedir",
    ];
    const STARTS: [&str; 3] = ["alias.", "pager.", "credential."];
    const ENDS: [&str; 9] =
        [".command", ".cmd", ".driver", ".clean", ".smudge", ".process", ".textconv", ".program", ".helper"];
    KEYS.contains(&key.as_str()) || STARTS.iter().any(|s| key.starts_with(s)) || ENDS.iter().any(|e| key.ends_with(e))
}
