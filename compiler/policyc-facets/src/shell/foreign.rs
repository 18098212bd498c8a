//! Interpreters of other languages, and where the code comes from that they or a shell get.
//!
//! Code of another language is reported, not read.

use std::sync::LazyLock;

use super::environment::Environment;
use super::expand::Field;
use super::index::Index;
use super::walk::Reader;
use super::{Code, Text, Word};

/// An interpreter: name, options that take code, options that take some other value.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const INTERPRETERS: &[Row] = &[
    ("python", &["-c"], &["-W", "-X"]),
    ("pypy", &["-c"], &["-W", "-X"]),
    ("ipython", &["-c"], &[]),
    ("perl", &["-e", "-E"], &["-I", "-M", "-m"]),
    ("ruby", &["-e"], &["-I", "-r", "-C", "-E"]),
    ("irb", &[], &["-r"]),
    ("node", &["-e", "-p", "--eval", "--print", "-pe"], &["-r", "--require"]),
    ("nodejs", &["-e", "-p", "--eval", "--print", "-pe"], &["-r", "--require"]),
    ("bun", &["-e", "--eval"], &[]),
    ("deno", &["eval"], &[]),
    ("ts-node", &["-e", "-p"], &[]),
    ("php", &["-r", "-B", "-R", "-E"], &["-d", "-c"]),
    ("lua", &["-e"], &["-l"]),
    ("luajit", &["-e"], &["-l"]),
    ("tclsh", &[], &[]),
    ("wish", &[], &[]),
    ("expect", &["-c"], &[]),
    ("Rscript", &["-e"], &[]),
    ("R", &["-e"], &[]),
    ("julia", &["-e", "-E", "--eval", "--print"], &[]),
    ("osascript", &["-e"], &["-l"]),
    ("pwsh", &["-c", "-Command", "-EncodedCommand", "-enc", "-ec", "-e", "-command"], &["-File"]),
    ("powershell", &["-c", "-Command", "-EncodedCommand", "-enc", "-ec", "-e", "-command"], &["-File"]),
    ("elixir", &["-e", "--eval"], &["-r"]),
    ("erl", &["-eval"], &[]),
    ("guile", &["-c"], &[]),
    ("racket", &["-e"], &[]),
    ("groovy", &["-e"], &[]),
    ("scala", &["-e"], &[]),
    ("jshell", &[], &[]),
    ("ghc", &["-e"], &[]),
    ("runghc", &["-e"], &[]),
    ("ocaml", &["-e"], &[]),
    ("gjs", &["-c"], &[]),
    ("cpan", &[], &[]),
];

/// The row of an interpreter; a version may stand behind its name.
fn row(name: &str) -> Option<&'static Row> {
    static INDEX: LazyLock<Index<Row>> = LazyLock::new(|| Index::new(INTERPRETERS, |row| row.0));
    INDEX.get(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-'))
}

/// Whether the program interprets another language.
pub(super) fn is_interpreter(name: &str) -> bool {
    row(name).is_some()
}

/// Programs that load from a network.
pub(super) fn is_loader(name: &str) -> bool {
    matches!(
        name,
        "curl"
            | "wget"
            | "fetch"
            | "aria2c"
            | "axel"
            | "lynx"
            | "links"
            | "w3m"
            | "http"
            | "https"
            | "xh"
            | "nc"
            | "ncat"
            | "netcat"
            | "socat"
            | "ftp"
            | "tftp"
            | "lftp"
            | "scp"
            | "sftp"
            | "ssh"
            | "telnet"
            | "dig"
            | "host"
            | "nslookup"
            | "aws"
            | "gsutil"
            | "openssl"
    )
}

/// Programs that decode.
pub(super) fn is_decoder(name: &str) -> bool {
    matches!(
        name,
        "base64"
            | "base32"
            | "base16"
            | "basenc"
            | "gbase64"
            | "xxd"
            | "uudecode"
            | "rev"
            | "tr"
            | "gunzip"
            | "zcat"
            | "gzip"
            | "bunzip2"
            | "bzcat"
            | "xz"
            | "xzcat"
            | "unxz"
            | "zstd"
            | "zstdcat"
            | "gpg"
            | "od"
            | "hexdump"
            | "iconv"
            | "strings"
    )
}

/// What the programs that code comes from make of it.
pub(super) fn origin(from: &[Text]) -> Option<Code> {
    // `openssl` decodes as a rule, and loads with `s_client`
    if from.iter().any(|name| is_loader(name) && name != "openssl") {
        Some(Code::Download)
    } else if from.iter().any(|name| is_decoder(name) || name == "openssl") {
        Some(Code::Decoded)
    } else {
        None
    }
}

impl Reader {
    /// Reports code for an interpreter; `at` is its place in the list.
    pub fn foreign(&mut self, name: &str, args: &[Field], at: usize, env: &Environment) {
        let Some((_, code, valued)) = row(name) else { return };
        let mut is_value = false;
        let mut has_file = false;
        for field in args {
            if std::mem::take(&mut is_value) {
                continue;
            }
            let Some(text) = field.text() else {
                if field.is_many {
                    self.hidden_foreign(name, Code::Argument, at);
                }
                has_file = true;
                if matches!(&field.word, Word::Pattern(own) if own == "/dev/fd/*") {
                    self.hidden_foreign(name, Code::Pipe, at);
                }
                break;
            };
            let is_short = text.starts_with('-') && !text.starts_with("--");
            let takes = |option: &&'static str| {
                text == *option
                    || (is_short
                        && option.len() == 2
                        && text.contains(option.get(1..).unwrap_or(" "))
                        && name != "java")
                    || text.split_once('=').is_some_and(|(own, _)| own == *option)
            };
            if code.contains(&text)
                || (text.starts_with('-') && !valued.iter().any(|v| text.starts_with(v)) && code.iter().any(takes))
            {
                self.hidden_foreign(name, Code::Argument, at);
                return;
            }
            if valued.contains(&text) {
                is_value = true;
            } else if text == "-m" {
                return;
            } else if !text.starts_with('-') {
                has_file = true;
                break;
            } else if text == "-" {
                break;
            }
        }
        if has_file {
            return;
        }
        let Some(command) = self.commands.get(at) else { return };
        if command.stdin_text.is_some() {
            self.hidden_foreign(name, Code::HereDocument, at);
        } else if !command.stdin_from.is_empty() {
            self.hidden_foreign(name, Code::Pipe, at);
        } else if !command.reads.is_empty() && env.folders.is_empty() {
            self.interpret(name, Code::File);
        }
    }

    fn hidden_foreign(&mut self, name: &str, kind: Code, at: usize) {
        let from: Vec<Text> = match self.commands.get(at) {
            Some(command) => command.stdin_from.iter().chain(&command.words_from).cloned().collect(),
            None => Vec::new(),
        };
        let kind = if kind == Code::HereDocument { kind } else { origin(&from).unwrap_or(kind) };
        self.interpret(name, kind);
    }
}
