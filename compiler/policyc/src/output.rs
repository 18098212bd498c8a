//! Where output goes, and what a command ends with.

use std::io::{IsTerminal as _, Write};

use clap::ValueEnum;

/// How output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal: colours and frames where the terminal has them.
    Human,
    /// For people without a terminal: one finding a line.
    Plain,
    /// One JSON document, versioned.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
    /// The Test Anything Protocol.
    Tap,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing wrong.
    Clean,
    /// Findings: diagnostics, failed tests, a refusal where that was asked.
    Findings,
    /// The command line or a file is at fault.
    Usage,
}

impl Ending {
    /// Clean or findings.
    pub fn found(anything: bool) -> Self {
        if anything { Self::Findings } else { Self::Clean }
    }

    /// The exit status of SPEC.md [S9.1].
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
        }
    }
}

/// Why a command could not do its work; ends in exit status 2.
#[derive(Debug)]
pub struct Fault {
    /// What is wrong, lower case.
    pub message: String,
    /// What to do, if there is something to say.
    pub help: Option<String>,
}

impl Fault {
    /// A fault without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub enum Stop {
    /// It could not do its work.
    Fault(Fault),
    /// Everything was already said.
    Said(Ending),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What a command gives.
pub type Outcome = Result<Ending, Stop>;

/// Colours, where they are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    fn with(self, codes: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\u{1b}[{codes}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// What is wrong.
    pub fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// What is right.
    pub fn green(self, text: &str) -> String {
        self.with("1;32", text)
    }

    /// What waits.
    pub fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// What is pointed out.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What stands beside.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
}

/// The two streams: data and talk.
pub struct Output {
    out: std::io::BufWriter<std::io::Stdout>,
    /// Colours on standard output.
    pub colour: bool,
    /// Colours on standard error.
    pub colour_talk: bool,
    /// Columns of the terminal, or 100.
    pub width: usize,
    broken: bool,
}

impl Output {
    /// The process's own streams.
    pub fn new() -> Self {
        let plain =
            environment("NO_COLOR").is_some_and(|v| !v.is_empty()) || environment("TERM").as_deref() == Some("dumb");
        let forced = environment("CLICOLOR_FORCE").is_some_and(|v| v != "0" && !v.is_empty());
        let colour = |terminal: bool| forced || (terminal && !plain);
        let width = environment("COLUMNS").and_then(|c| c.parse().ok()).unwrap_or(100).clamp(40, 160);
        let out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
        Self {
            out,
            colour: colour(std::io::stdout().is_terminal()),
            colour_talk: colour(std::io::stderr().is_terminal()),
            width,
            broken: false,
        }
    }

    /// Writes data. A reader that went away (`| head`) is no fault: the rest is dropped.
    pub fn data(&mut self, bytes: &[u8]) {
        if !self.broken && self.out.write_all(bytes).is_err() {
            self.broken = true;
        }
    }

    /// Writes a line of data.
    pub fn line(&mut self, text: &str) {
        self.data(text.as_bytes());
        self.data(b"\n");
    }

    /// Says something to the person, on standard error.
    pub fn say(&mut self, text: &str) {
        self.flush();
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Colours for standard output.
    pub fn paint(&self) -> Paint {
        Paint(self.colour)
    }

    /// Whether the reader of standard output went away.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether standard output is a terminal.
    pub fn on_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Hands everything on.
    pub fn flush(&mut self) {
        if self.out.flush().is_err() {
            self.broken = true;
        }
    }
}

/// A variable of the environment, if it is text.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether this runs in CI, where nothing is written.
pub fn in_ci() -> bool {
    environment("CI").is_some_and(|v| !v.is_empty() && v != "0" && v != "false")
}

/// Text that came out of a call, on one line, made safe and cut to `most` characters.
pub fn inline(text: &str, most: usize) -> String {
    let safe = printable(text).replace('\n', "\\n").replace('\t', "\\t");
    let count = safe.chars().count();
    if count <= most {
        return safe;
    }
    let kept: String = safe.chars().take(most).collect();
    format!("{kept}… ({} characters)", text.chars().count())
}

/// Text that came out of a call or a file, made safe for a terminal: control characters and direction marks are
/// shown as escapes.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if c == '\n' || c == '\t' || !(c.is_control() || hidden) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}
