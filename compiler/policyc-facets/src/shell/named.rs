//! Files and hosts that words name where no row of the table can say it: in the variables of a command, in the words of
//! `git`, in programs of `jq`.
//!
//! What is found here comes beside what is known otherwise; a program whose files are unknown keeps them unknown.

use super::expand::Field;
use super::{Command, Text, Word};

/// The file in which a process finds its environment: what prints the environment reads it.
pub(super) const ENVIRONMENT: &str = "/proc/self/environ";

/// What words name, before it is known from which folder.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Named {
    pub reads: Vec<Word>,
    pub writes: Vec<Word>,
    pub targets: Vec<Word>,
}

impl Named {
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.writes.is_empty() && self.targets.is_empty()
    }

    fn read(&mut self, text: &str) {
        self.reads.push(Word::Literal(Text::new(text)));
    }
}

/// What the variables in front of a command name: a program may read every path that it is told, and go by every URL.
pub(super) fn in_variables(command: &Command) -> Named {
    let mut named = Named::default();
    for value in command.env.iter().filter_map(|(_, value)| value.literal()) {
        if is_url(value) {
            named.targets.push(Word::Literal(Text::new(value)));
            continue;
        }
        value
            .split(':')
            .filter(|part| part.starts_with('/') || part.starts_with("~/"))
            .for_each(|part| named.read(part));
    }
    named
}

fn is_url(text: &str) -> bool {
    text.contains(':') && text.contains("://")
}

/// Options whose value is a pattern or a text, even if it begins as a path does.
const TEXTS: [&str; 16] = [
    "exclude",
    "include",
    "expression",
    "regexp",
    "grep",
    "format",
    "pattern",
    "filter",
    "message",
    "transform",
    "author",
    "data",
    "header",
    "field-separator",
    "delimiter",
    "separator",
];

/// What words name that look like a path, and URLs: of a program of which no row says what its words are. Behind an
/// option, `--option=/path`, that is asked of every program; `words` says whether the other words are looked at too.
pub(super) fn in_words(args: &[Field], words: bool) -> Named {
    let mut named = Named::default();
    for text in args.iter().filter_map(Field::text) {
        let value = match text.strip_prefix('-').and_then(|option| option.split_once('=')) {
            Some((option, _)) if TEXTS.iter().any(|own| option.trim_start_matches('-').starts_with(own)) => continue,
            Some((_, value)) => value,
            None if words => text,
            None => continue,
        };
        if is_url(value) {
            named.targets.push(Word::Literal(Text::new(value)));
        } else if value.starts_with('/') || value.starts_with("~/") || value.starts_with("../") {
            // `/here:/there` mounts one folder at another
            named.read(value.split(':').next().unwrap_or(value));
        }
    }
    named
}

/// Options of `git` in front of its verb that name a folder which is read.
const OF_ALL: [&str; 4] = ["--git-dir", "--work-tree", "--exec-path", "-C"];
/// Options whose value is a file or folder that is read.
const READ: [&str; 6] =
    ["--contents", "--pathspec-from-file", "--template", "--exclude-from", "--separate-git-dir", "--reference"];
/// Options whose value is a file or folder that is written.
const WRITTEN: [&str; 3] = ["--output", "--output-directory", "-o"];
/// Options whose value is the next word, and names nothing.
const VALUED: [&str; 27] = [
    "-S",
    "-G",
    "-n",
    "-m",
    "-b",
    "-B",
    "-c",
    "-U",
    "-O",
    "-e",
    "-L",
    "-s",
    "-X",
    "-u",
    "--grep",
    "--author",
    "--committer",
    "--since",
    "--until",
    "--after",
    "--before",
    "--message",
    "--format",
    "--pretty",
    "--date",
    "--max-count",
    "--skip",
];

/// What the words of `git` name.
pub(super) fn by_git(args: &[Field]) -> Named {
    let mut named = Named::default();
    let mut rest = args.iter();
    let mut verb = "";
    while let Some(text) = rest.next().and_then(Field::text) {
        if let Some((_, value)) = text.split_once('=').filter(|(option, _)| OF_ALL.contains(option)) {
            named.read(value);
        } else if OF_ALL.contains(&text) {
            named.reads.extend(rest.next().map(|field| field.word.clone()));
        } else if text == "-c" {
            rest.next();
        } else if !text.starts_with('-') {
            verb = text;
            break;
        }
    }
    let takes_file = matches!(verb, "commit" | "tag" | "notes" | "merge" | "config" | "grep" | "commit-tree");
    let mut operands: Vec<&Field> = Vec::new();
    while let Some(field) = rest.next() {
        let Some(text) = field.text() else {
            operands.push(field);
            continue;
        };
        let (option, value) = text.split_once('=').map_or((text, None), |(option, value)| (option, Some(value)));
        let is_file = takes_file && matches!(option, "-F" | "-f" | "--file");
        if text == "--" {
            named.reads.extend(rest.by_ref().map(|field| field.word.clone()));
        } else if is_file || READ.contains(&option) || WRITTEN.contains(&option) && verb != "push" && verb != "grep" {
            let value = value.map(|v| Word::Literal(Text::new(v))).or_else(|| rest.next().map(|f| f.word.clone()));
            let list = if WRITTEN.contains(&option) { &mut named.writes } else { &mut named.reads };
            list.extend(value);
        } else if VALUED.contains(&text) {
            rest.next();
        } else if !text.starts_with('-') {
            operands.push(field);
        }
    }
    operands_of_git(verb, &operands, &mut named);
    named
}

fn operands_of_git(verb: &str, operands: &[&Field], named: &mut Named) {
    let words = || operands.iter().map(|field| field.word.clone());
    match verb {
        "add" | "am" | "annotate" | "apply" | "blame" | "checkout" | "diff" | "difftool" | "hash-object" | "log"
        | "restore" | "show" | "stage" | "whatchanged" | "cat-file" | "ls-tree" | "archive" | "rev-parse" => {
            for word in words() {
                // `HEAD:path` and `:path` name a file of the history
                let of_history =
                    word.literal().and_then(|text| text.split_once(':')).filter(|(_, path)| !path.is_empty());
                match of_history.map(|(_, path)| path.to_owned()) {
                    Some(path) => named.read(&path),
                    None => named.reads.push(word),
                }
            }
        }
        "worktree" if operands.first().and_then(|f| f.text()) == Some("add") => {
            named.writes.extend(words().skip(1).take(1));
        }
        "bundle" if operands.first().and_then(|f| f.text()) == Some("create") => {
            named.writes.extend(words().skip(1).take(1));
        }
        "clone" => named.writes.extend(words().skip(1).take(1)),
        "init" => named.writes.extend(words().take(1)),
        _ => {}
    }
}

/// Words of `jq` without the options that take two values; the files among these are read.
pub(super) fn by_jq(args: &[Field]) -> (Vec<Field>, Named) {
    let (mut kept, mut named) = (Vec::with_capacity(args.len()), Named::default());
    let mut rest = args.iter();
    while let Some(field) = rest.next() {
        match field.text() {
            Some("--arg" | "--argjson") => {
                rest.next();
                rest.next();
            }
            Some("--slurpfile" | "--rawfile") => {
                rest.next();
                named.reads.extend(rest.next().map(|field| field.word.clone()));
            }
            Some("-L" | "--library-path") => named.reads.extend(rest.next().map(|field| field.word.clone())),
            Some(_) | None => kept.push(field.clone()),
        }
    }
    let prints = |field: &Field| field.text().is_some_and(asks_environment);
    if kept.iter().any(prints) {
        named.read(ENVIRONMENT);
    }
    (kept, named)
}

/// Whether a program of `jq` asks for the environment: `env` that is no field and no text, or `$ENV`.
fn asks_environment(program: &str) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'"' | b'$' | b'-' | b'/');
    let alone = |at: usize| {
        let before = program.as_bytes().get(..at).and_then(<[u8]>::last);
        let after = program.as_bytes().get(at.saturating_add(3));
        !before.is_some_and(|b| is_word(b) || *b == b'.') && !after.is_some_and(|b| is_word(b) || *b == b':')
    };
    program.contains("$ENV") || program.match_indices("env").any(|(at, _)| alone(at))
}
