//! Programs with a language of their own in which commands stand: `sed`, `awk`, `vim`, `tar`, `make`, debuggers, …
//!
//! Each language is only searched for what runs commands or writes files; what cannot be told is hidden code.

use super::environment::Environment;
use super::expand::Field;
use super::options::parse;
use super::walk::Reader;
use super::{Code, Word, paths};
use crate::Unknown;

/// Letters of `tar` that take a value.
const TAR_VALUED: &str = "bCfFgHIKLNTVX";
/// Letters of `rsync` that take a value.
const RSYNC_VALUED: &str = "eBTfM@";

impl Reader {
    pub fn tar(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                // a file may be named like an option that runs something
                let may_run = match &first.word {
                    Word::Pattern(own) => own.starts_with(['*', '?', '[', '-']) && !own.starts_with("*/"),
                    Word::Unknown => first.is_many,
                    Word::Literal(_) => false,
                };
                if may_run && super::pattern::matches(first_pattern(first), "--checkpoint-action=exec=x") {
                    self.unclear(env);
                }
                continue;
            };
            if text == "--" {
                break;
            }
            let (option, attached) = match text.split_once('=') {
                Some((option, value)) => (option, Some(Field::literal(value))),
                None => (text, None),
            };
            let is = |own: &str, least: usize| option.len() >= least && own.starts_with(option);
            let value = attached.or_else(|| more.first().cloned()).unwrap_or(Field::MANY);
            if is("--checkpoint-action", 13) {
                match value.text().map(|text| text.strip_prefix("exec=")) {
                    Some(Some(code)) => self.inner_code("tar --checkpoint-action", &Field::literal(code), at, env)?,
                    Some(None) => {}
                    None => self.hidden_code("tar", Code::Argument, at, env),
                }
            } else if is("--to-command", 6)
                || is("--use-compress-program", 5)
                || is("--rsh-command", 4)
                || is("--rmt-command", 4)
                || is("--info-script", 5)
                || is("--new-volume-script", 6)
                || option == "-I"
                || option == "-F"
            {
                self.inner_code(&format!("tar {option}"), &value, at, env)?;
            } else if text.starts_with('-') && !text.starts_with("--") {
                // letters together: the first that takes a value has what is left of the word, else the next one
                let valued = text.char_indices().skip(1).find(|(_, c)| TAR_VALUED.contains(*c));
                if let Some((at_letter, 'I' | 'F')) = valued {
                    let tail = text.get(at_letter.saturating_add(1)..).unwrap_or("");
                    let next = || more.first().cloned().unwrap_or(Field::MANY);
                    let code = if tail.is_empty() { next() } else { Field::literal(tail) };
                    self.inner_code("tar -I", &code, at, env)?;
                }
            }
        }
        self.old_tar(args, at, env)
    }

    /// `tar cIf PROGRAM FILE`: letters without a dash take their values from the words behind, in order.
    fn old_tar(&mut self, args: &[Field], at: usize, env: &Environment) -> Result<(), Unknown> {
        let Some((first, values)) = args.split_first() else { return Ok(()) };
        let Some(letters) = first.text().filter(|text| !text.starts_with('-')) else { return Ok(()) };
        let valued = letters.chars().filter(|c| TAR_VALUED.contains(*c));
        for (letter, value) in valued.zip(values) {
            if matches!(letter, 'I' | 'F') {
                self.inner_code("tar I", value, at, env)?;
            }
        }
        Ok(())
    }

    pub fn rsync(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                if super::pattern::matches(first_pattern(first), "--rsh=x") && !matches!(first.word, Word::Unknown) {
                    self.unclear(env);
                }
                continue;
            };
            let is_cluster = text.starts_with('-') && !text.starts_with("--") && text.len() > 1;
            if let Some((_, code)) = text.split_once('=').filter(|(o, _)| o.len() > 4 && "--rsh".starts_with(o)) {
                self.inner_code("rsync --rsh", &Field::literal(code), at, env)?;
            } else if text == "--rsh" {
                self.inner_code("rsync --rsh", &more.first().cloned().unwrap_or(Field::MANY), at, env)?;
                rest = more.get(1..).unwrap_or(&[]);
            } else if is_cluster {
                let valued = text.char_indices().skip(1).find(|(_, c)| RSYNC_VALUED.contains(*c));
                let Some((place, letter)) = valued else { continue };
                let tail = text.get(place.saturating_add(1)..).unwrap_or("").trim_start_matches('=');
                let value = if tail.is_empty() {
                    rest = more.get(1..).unwrap_or(&[]);
                    more.first().cloned().unwrap_or(Field::MANY)
                } else {
                    Field::literal(tail)
                };
                if letter == 'e' {
                    self.inner_code("rsync -e", &value, at, env)?;
                }
            } else if text == "--rsync-path" || text.starts_with("--rsync-path=") {
                let mut far = Environment::new(None);
                far.is_open = true;
                let code = match text.split_once('=') {
                    Some((_, code)) => Field::literal(code),
                    None => more.first().cloned().unwrap_or(Field::MANY),
                };
                self.inner_code("rsync --rsync-path", &code, at, &far)?;
            }
        }
        Ok(())
    }

    pub fn sed(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        const LONGS: &[&str] = &[
            "expression=",
            "file=",
            "in-place?",
            "quiet",
            "silent",
            "regexp-extended",
            "null-data",
            "separate",
            "posix",
            "unbuffered",
            "follow-symlinks",
            "line-length=",
            "debug",
            "sandbox",
            "zero-terminated",
        ];
        let parsed = parse(args, "e:f:nrEzsi::ul:ba", LONGS, false);
        let scripts: Vec<Field> = parsed.values(&["-e", "--expression"]).cloned().collect();
        let scripts = if scripts.is_empty() && !parsed.has(&["-f", "--file"]) {
            parsed.operands.first().cloned().into_iter().collect()
        } else {
            scripts
        };
        for script in scripts {
            let Some(text) = script.text() else {
                self.hidden_code("sed", Code::Argument, at, env);
                continue;
            };
            let found = super::scripts::sed(text);
            for code in &found.code {
                match code {
                    Some(code) => self.inner_code("sed e", &Field::literal(code), at, env)?,
                    None => self.hidden_code("sed", Code::Argument, at, env),
                }
            }
            self.script_files(&found.reads, at, false, env);
            self.script_files(&found.writes, at, true, env);
        }
        Ok(())
    }

    pub fn awk(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let parsed = parse(
            args,
            "F:v:f:W:e:E:i:l:o::d::p::bcghnNOPrsStV",
            &["field-separator=", "assign=", "file=", "source=", "include=", "load=", "posix", "sandbox"],
            true,
        );
        let mut scripts: Vec<Field> = parsed.values(&["-e", "--source"]).cloned().collect();
        if scripts.is_empty() && !parsed.has(&["-f", "--file", "-E"]) {
            scripts.extend(parsed.operands.first().cloned());
        }
        if parsed.has(&["-l", "--load", "-i", "--include"]) {
            self.hidden_code("awk", Code::File, at, env);
        }
        for script in scripts {
            let Some(text) = script.text() else {
                self.hidden_code("awk", Code::Argument, at, env);
                continue;
            };
            let found = super::scripts::awk(text);
            for code in &found.code {
                match code {
                    Some(code) => self.inner_code("awk system", &Field::literal(code), at, env)?,
                    None => self.hidden_code("awk", Code::Argument, at, env),
                }
            }
            self.script_files(&found.reads, at, false, env);
            self.script_files(&found.writes, at, true, env);
        }
        Ok(())
    }

    fn script_files(&mut self, files: &[Option<String>], at: usize, is_write: bool, env: &Environment) {
        for file in files {
            let word = file.as_deref().map_or(Word::Unknown, |file| Word::Literal(file.into()));
            if word.literal().is_some_and(super::simple::is_nothing) {
                continue;
            }
            let files: Vec<Word> = env.folders.iter().map(|folder| paths::resolve(&word, folder.as_deref())).collect();
            if let Some(command) = self.commands.get_mut(at) {
                if is_write { &mut command.writes } else { &mut command.reads }.extend(files);
            }
        }
    }

    pub fn make(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        for (place, field) in args.iter().enumerate() {
            let Some(text) = field.text() else {
                // a glob that matches nothing stands for itself
                if field.is_many || matches!(&field.word, Word::Pattern(own) if own.contains('=')) {
                    self.unclear(env);
                }
                continue;
            };
            let next = args.get(place.saturating_add(1)).and_then(Field::text);
            let (variable, value) = text.split_once('=').unwrap_or((text, ""));
            let name = variable.trim_end_matches([':', '?', '+', '!', ' ']);
            if text.starts_with("--ev") || text.starts_with("-E") {
                self.hidden_code("make", Code::Argument, at, env);
            } else if variable.ends_with('!') {
                self.inner_code("make !=", &Field::literal(value), at, env)?;
            } else if name == "SHELL" && !value.is_empty() {
                self.inner_code("make SHELL", &Field::literal(value), at, env)?;
            } else if value.contains("$(") || value.contains("${") {
                // `$(shell …)` and what leads to it
                self.hidden_code("make", Code::Argument, at, env);
            } else if text == "-f-" || (text == "-f" && matches!(next, Some("-" | "/dev/stdin"))) {
                self.hidden_code("make", Code::HereDocument, at, env);
            } else if text.starts_with("MAKEFLAGS=") || text.starts_with(".SHELLFLAGS=") {
                self.unclear(env);
            }
        }
        Ok(())
    }

    pub fn vim(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            let Some(text) = first.text() else {
                if first_pattern(first).starts_with('+') {
                    self.hidden_code("vim", Code::Argument, at, env);
                }
                continue;
            };
            let command = if matches!(text, "-c" | "--cmd") {
                rest = more.get(1..).unwrap_or(&[]);
                more.first().cloned().unwrap_or(Field::MANY)
            } else if let Some(command) =
                text.strip_prefix('+').filter(|c| c.starts_with(|c: char| !c.is_ascii_digit()))
            {
                Field::literal(command)
            } else {
                continue;
            };
            let Some(command) = command.text() else {
                self.hidden_code("vim", Code::Argument, at, env);
                continue;
            };
            let command = command.trim_start_matches([':', ' ']);
            if let Some(code) = command.strip_prefix('!') {
                self.inner_code("vim !", &Field::literal(code), at, env)?;
            } else if !is_plain_editing(command) {
                self.hidden_code("vim", Code::Argument, at, env);
            }
        }
        Ok(())
    }

    pub fn pager(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        for field in args {
            if first_pattern(field).starts_with('+') {
                self.hidden_code(name, Code::Argument, at, env);
            }
            let Some(command) = field.text().and_then(|text| text.strip_prefix('+')) else { continue };
            let command = command.trim_start_matches('+');
            if let Some(code) = command.strip_prefix('!') {
                self.inner_code(&format!("{name} +!"), &Field::literal(code), at, env)?;
            } else if command.starts_with(['|', '#', 'v', 's']) {
                self.hidden_code(name, Code::Argument, at, env);
            }
        }
        Ok(())
    }

    pub fn debugger(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        let mut rest = args;
        while let Some((first, more)) = rest.split_first() {
            rest = more;
            match first.text() {
                Some("--args" | "--") => {
                    self.inner(name, more, at, env)?;
                    return Ok(());
                }
                Some("-ex" | "--ex" | "-eval-command" | "--eval-command" | "-iex" | "-o" | "--one-line" | "-O") => {
                    rest = more.get(1..).unwrap_or(&[]);
                    let command = more.first().and_then(Field::text).map(str::trim);
                    match command {
                        Some(text) if text.starts_with('!') || text.starts_with("shell ") => {
                            let code = text.trim_start_matches('!').trim_start_matches("shell ");
                            self.inner_code(&format!("{name} shell"), &Field::literal(code), at, env)?;
                        }
                        Some("run" | "r" | "bt" | "quit" | "q" | "continue" | "c" | "where" | "backtrace") => {}
                        Some(text)
                            if text.starts_with("info ") || text.starts_with("break ") || text.starts_with("set ") => {}
                        _ => self.hidden_code(name, Code::Argument, at, env),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub fn socat(&mut self, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        for field in args {
            let Some(text) = field.text() else {
                self.unclear(env);
                continue;
            };
            for address in text.split("!!") {
                let (kind, rest) = address.split_once(':').unwrap_or((address, ""));
                if ["EXEC", "SYSTEM", "SHELL"].iter().any(|own| kind.eq_ignore_ascii_case(own)) {
                    let code = rest.split(',').next().unwrap_or("").trim_matches(['"', '\'']);
                    self.inner_code(&format!("socat {}", kind.to_ascii_uppercase()), &Field::literal(code), at, env)?;
                }
            }
        }
        Ok(())
    }

    /// `at`, `batch`, `crontab -`: code from standard input, at a later time.
    pub fn later(&mut self, name: &str, args: &[Field], at: usize, env: &mut Environment) -> Result<(), Unknown> {
        if name == "crontab" {
            let reads = args.iter().any(|f| f.text() == Some("-"));
            let feeds = self.commands.get(at).is_some_and(|c| c.stdin_text.is_some() || !c.stdin_from.is_empty());
            if reads || (args.is_empty() && feeds) {
                self.hidden_code(name, Code::Pipe, at, env);
            }
            return Ok(());
        }
        if args.iter().any(|f| matches!(f.text(), Some("-l" | "-d" | "-r" | "-c"))) {
            return Ok(());
        }
        match self.commands.get(at).and_then(|command| command.stdin_text.clone()) {
            Some(Word::Literal(text)) => self.inner_code(name, &Field::literal(text), at, env),
            _ if self.commands.get(at).is_some_and(|c| !c.stdin_from.is_empty() || c.stdin_text.is_some()) => {
                self.hidden_code(name, Code::Pipe, at, env);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn first_pattern(field: &Field) -> &str {
    match &field.word {
        Word::Pattern(own) => own,
        Word::Literal(_) => "",
        Word::Unknown => "*",
    }
}

/// Editing that runs nothing: moves, writes, substitutions without an expression.
fn is_plain_editing(command: &str) -> bool {
    let word: String =
        command.chars().skip_while(|c| *c == '%' || c.is_ascii_digit() || *c == ',' || *c == '$').collect();
    let name: String = word.chars().take_while(char::is_ascii_alphabetic).collect();
    let is_known = matches!(
        name.as_str(),
        "" | "q"
            | "qa"
            | "wq"
            | "wqa"
            | "x"
            | "w"
            | "wa"
            | "set"
            | "s"
            | "d"
            | "normal"
            | "syntax"
            | "split"
            | "vsplit"
            | "tabnew"
            | "help"
            | "colorscheme"
            | "PlugInstall"
            | "edit"
            | "e"
            | "sort"
            | "noh"
            | "startinsert"
    );
    is_known && !command.contains(['!', '|', '`', '=']) && !command.contains('\\')
}
