//! What a shell text runs: every simple command, at every depth, as POSIX sh and bash would run it.
//!
//! Its law: whatever bash would run is in [`Shell::commands`], or the text is marked: [`Unknown`], or a command whose
//! program is [`Word::Unknown`]. The list may hold more than what runs (both arms of an `if`), never less. The reader
//! follows quoting, expansion, control flow, functions, `eval`, shells given code, and carriers such as `sudo` or
//! `find -exec`; what only run time can tell is unknown. It executes nothing, looks at no file, and never sees links,
//! aliases and variables from outside, the contents of scripts, or the far end of `ssh`.

mod arithmetic;
mod braces;
mod builtins;
mod carriers;
mod carry;
mod classify;
mod containers;
mod cursor;
mod embedded;
mod environment;
mod expand;
mod finders;
mod foreign;
mod git;
mod grammar;
mod index;
mod named;
mod options;
mod parameters;
mod paths;
mod pattern;
mod programs;
mod scripts;
mod simple;
mod test_command;
mod tree;
mod verbs;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

/// A text of a command. A short one is held in place and a long one is shared: the same word stands in several lists.
pub use smol_str::SmolStr as Text;

use crate::Unknown;

/// Bytes of a text, at most.
pub const MAX_BYTES: usize = 64 * 1024;
/// Nesting of commands, substitutions and shells within shells, at most.
pub const MAX_DEPTH: usize = 24;
/// Words of a text as it is written, at most.
pub const MAX_WORDS: usize = 8 * 1024;
/// Commands that are listed, at most.
pub const MAX_COMMANDS: usize = 2 * 1024;
/// Words of one command once they are expanded, and members of one brace expansion, at most.
pub const MAX_FIELDS: usize = 1024;
/// Here-documents, at most.
pub const MAX_HERE_DOCUMENTS: usize = 64;
/// Bytes that expansions build in all, at most.
pub const MAX_EXPANDED: usize = 1024 * 1024;

/// A text as it would run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shell {
    /// Every simple command that may run.
    pub commands: Vec<Command>,
    /// Whether every program and every word is known, and no code is hidden from the reader.
    pub is_static: bool,
    /// Why the list of commands may be short of some; each of these also has a command of an unknown program.
    pub hidden: Vec<&'static str>,
    /// Files read, by commands and redirections; [`Word::Unknown`] stands for any number that is not known.
    pub reads: Vec<Word>,
    /// Files written, likewise.
    pub writes: Vec<Word>,
    /// Which program's output another one gets, at any distance in a pipeline.
    pub pipes_into: Vec<(Text, Text)>,
    /// Code that is handed to an interpreter.
    pub interprets: Vec<Interpreted>,
}

/// A simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program: its name alone where it stands in a folder of the system or is looked up, else its path.
    pub program: Word,
    /// What a program with commands of its own is asked to do (`reset` of `git -C x reset`), if it is given any.
    pub verb: Option<Word>,
    /// The words behind the program.
    pub args: Vec<Word>,
    /// Options, each by itself (`-rf` is `-r` and `-f`), under one name (`--recursive` is `-r` for `rm`), no values.
    pub flags: Vec<Text>,
    /// Whether a word that is not known may be one more of them.
    pub has_open_flags: bool,
    /// The words that are neither options nor their values.
    pub operands: Vec<Word>,
    /// Hosts, networks and addresses of services that it is pointed at.
    pub targets: Vec<Word>,
    /// Files that it reads, resolved; [`Word::Unknown`] stands for any number that is not known.
    pub reads: Vec<Word>,
    /// Files that it writes, creates, changes or deletes, likewise.
    pub writes: Vec<Word>,
    /// Variables that are set for this command.
    pub env: Vec<(Text, Word)>,
    /// What runs it, from the outside in: `sudo`, `find -exec`, `git -c core.pager`, …
    pub carriers: Vec<Text>,
    /// Programs whose output it reads: through pipes, the nearest first, or a process substitution.
    pub stdin_from: Vec<Text>,
    /// Programs whose output stands in its words.
    pub words_from: Vec<Text>,
    /// What its standard input holds, if the text says so: a here-document or here-string.
    pub stdin_text: Option<Word>,
    /// Folders in which it may run; `None` is a folder that is not known.
    pub cwd: Arc<Vec<Option<Text>>>,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Exactly this text.
    Literal(Text),
    /// A glob of the shell, which files may match: any number of words. `\` takes the next character literally.
    Pattern(Text),
    /// Only run time can tell.
    Unknown,
}

impl Word {
    /// The text, if it is known exactly.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Pattern(_) | Self::Unknown => None,
        }
    }

    /// Whether the word may be `text`.
    #[must_use]
    pub fn may_be(&self, text: &str) -> bool {
        match self {
            Self::Literal(own) => own == text,
            Self::Pattern(own) => pattern::matches(own, text),
            Self::Unknown => true,
        }
    }
}

/// Code that is handed to an interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreted {
    /// The interpreter.
    pub program: Text,
    /// Where the code comes from.
    pub kind: Code,
}

/// Where code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A word of the command: `python -c …`. Code for a shell that the reader has read is not reported.
    Argument,
    /// A here-document or here-string.
    HereDocument,
    /// What other programs print.
    Pipe,
    /// What a program prints that decodes (`base64 -d`, `xxd -r`, …).
    Decoded,
    /// What a program prints that loads from a network (`curl`, `wget`, …).
    Download,
    /// A file that this text writes, or `source`.
    File,
}

impl Code {
    /// The name that rules use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::HereDocument => "here-document",
            Self::Pipe => "pipe",
            Self::Decoded => "decoded",
            Self::Download => "download",
            Self::File => "file",
        }
    }
}

/// Whether a text shows what it holds: no control characters but tabs and line breaks, none that turn the direction of
/// what is shown, none that show nothing. Of a text that is not plain, a person who looks at it sees another one.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| walk::is_hazard(c) || is_invisible(c))
}

/// Blanks of no width, the byte order mark, and the letters of tags.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Reads `text`, which is run in the folder `cwd`; without one, relative paths stay as they are.
pub fn shell(text: &str, cwd: Option<&str>) -> Result<Shell, Unknown> {
    walk::read(text, cwd)
}
