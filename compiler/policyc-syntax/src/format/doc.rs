//! Documents with possible line breaks, and how they are laid out in a width.
//!
//! A group is printed on one line if it fits, otherwise all of its own lines break. Comments at the end of a line
//! wait until the line ends, so that they never swallow what follows them.

/// How wide a line may be.
const WIDTH: usize = 100;

/// How far a level is indented.
const INDENT: usize = 2;

/// A piece of output.
#[derive(Clone, Debug)]
pub(super) struct Doc {
    kind: Kind,
    /// It holds a line break that must be: a group with it is broken.
    hard: bool,
    /// It ends with a comment that waits for the end of the line.
    trails: bool,
    /// It holds a possible line break.
    lines: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Text(String),
    /// Printed only where the enclosing group is broken.
    IfBroken(&'static str),
    /// A comment that goes to the end of the line.
    Trailing(String),
    Line {
        /// What stands in its place where the group fits; `None` if it always breaks.
        flat: Option<&'static str>,
        /// An empty line goes with the break.
        blank: bool,
    },
    Concat(Vec<Doc>),
    Group(Vec<Doc>),
    Nest(Vec<Doc>),
}

fn many(kind: fn(Vec<Doc>) -> Kind, docs: Vec<Doc>) -> Doc {
    let (mut hard, mut trails, mut lines) = (false, false, false);
    for doc in &docs {
        // A comment stays with what it stands behind: the next possible break must be one.
        hard |= doc.hard || trails && doc.lines;
        trails = doc.trails || trails && !doc.lines;
        lines |= doc.lines;
    }
    Doc { kind: kind(docs), hard, trails, lines }
}

fn leaf(kind: Kind) -> Doc {
    let hard = matches!(kind, Kind::Line { flat: None, .. });
    let trails = matches!(kind, Kind::Trailing(_));
    let lines = matches!(kind, Kind::Line { .. });
    Doc { kind, hard, trails, lines }
}

impl Doc {
    /// Text without line breaks.
    pub fn text(text: impl Into<String>) -> Self {
        leaf(Kind::Text(text.into()))
    }

    /// Nothing.
    pub fn nothing() -> Self {
        Self::concat(Vec::new())
    }

    /// Text for broken groups only.
    pub fn if_broken(text: &'static str) -> Self {
        leaf(Kind::IfBroken(text))
    }

    /// A comment for the end of the line.
    pub fn trailing(text: impl Into<String>) -> Self {
        leaf(Kind::Trailing(text.into()))
    }

    /// A break, or a space where the group fits.
    pub fn space(blank: bool) -> Self {
        leaf(Kind::Line { flat: Some(" "), blank })
    }

    /// A break, or nothing where the group fits.
    pub fn soft(blank: bool) -> Self {
        leaf(Kind::Line { flat: Some(""), blank })
    }

    /// A break.
    pub fn hard(blank: bool) -> Self {
        leaf(Kind::Line { flat: None, blank })
    }

    /// One after the other.
    pub fn concat(docs: Vec<Doc>) -> Self {
        many(Kind::Concat, docs)
    }

    /// On one line if it fits.
    pub fn group(docs: Vec<Doc>) -> Self {
        many(Kind::Group, docs)
    }

    /// Lines in it are indented one level more.
    pub fn nest(docs: Vec<Doc>) -> Self {
        many(Kind::Nest, docs)
    }

    /// True if what follows cannot be on the same line.
    pub fn breaks(&self) -> bool {
        self.hard || self.trails
    }

    /// How wide it is on one line.
    pub fn flat_width(&self) -> usize {
        match &self.kind {
            Kind::Text(text) => text.chars().count(),
            Kind::IfBroken(_) | Kind::Trailing(_) => 0,
            Kind::Line { flat, .. } => flat.map_or(0, str::len),
            Kind::Concat(docs) | Kind::Group(docs) | Kind::Nest(docs) => docs.iter().map(Self::flat_width).sum(),
        }
    }

    /// The laid out text, with a line break at its end if there is anything.
    pub fn print(&self) -> String {
        let mut printer = Printer::default();
        printer.run(self);
        printer.finish()
    }
}

#[derive(Clone, Copy)]
struct Frame<'d> {
    doc: &'d Doc,
    indent: usize,
    broken: bool,
}

#[derive(Default)]
struct Printer {
    out: String,
    column: usize,
    trailing: Vec<String>,
}

impl Printer {
    fn run(&mut self, doc: &Doc) {
        let mut stack = vec![Frame { doc, indent: 0, broken: true }];
        while let Some(frame) = stack.pop() {
            match &frame.doc.kind {
                Kind::Text(text) => self.write(text),
                Kind::IfBroken(text) if frame.broken => self.write(text),
                Kind::IfBroken(_) => {}
                Kind::Trailing(text) => self.trailing.push(text.clone()),
                Kind::Line { flat: Some(flat), .. } if !frame.broken => self.write(flat),
                Kind::Line { blank, .. } => self.newline(frame.indent, *blank),
                Kind::Concat(docs) => push(&mut stack, docs, frame),
                Kind::Nest(docs) => push(&mut stack, docs, Frame { indent: frame.indent + INDENT, ..frame }),
                Kind::Group(docs) => {
                    let flat = Frame { broken: false, ..frame };
                    let fits = !frame.doc.hard && (!frame.broken || self.fits(docs, flat, &stack));
                    push(&mut stack, docs, Frame { broken: !fits, ..frame });
                }
            }
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn newline(&mut self, indent: usize, blank: bool) {
        self.end_line(indent);
        if blank {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn end_line(&mut self, indent: usize) {
        for (i, comment) in std::mem::take(&mut self.trailing).into_iter().enumerate() {
            if i > 0 {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', indent));
            } else if !self.out.ends_with([' ', '\n']) && !self.out.is_empty() {
                self.out.push(' ');
            }
            self.out.push_str(&comment);
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn finish(mut self) -> String {
        if !self.out.is_empty() || !self.trailing.is_empty() {
            self.end_line(0);
        }
        self.out
    }

    /// True if `docs` and what follows them up to the next break fit on the line.
    fn fits(&self, docs: &[Doc], frame: Frame<'_>, rest: &[Frame<'_>]) -> bool {
        let mut room = WIDTH.saturating_sub(self.column);
        let mut rest = rest.iter().rev();
        let mut stack = Vec::new();
        push(&mut stack, docs, frame);
        loop {
            let Some(next) = stack.pop().or_else(|| rest.next().copied()) else { return true };
            let width = match &next.doc.kind {
                Kind::Text(text) => text.chars().count(),
                Kind::IfBroken(text) if next.broken => text.len(),
                Kind::IfBroken(_) | Kind::Trailing(_) => 0,
                Kind::Line { flat: Some(flat), .. } if !next.broken => flat.len(),
                Kind::Line { .. } => return true,
                Kind::Concat(docs) | Kind::Nest(docs) => {
                    push(&mut stack, docs, next);
                    0
                }
                Kind::Group(docs) => {
                    push(&mut stack, docs, Frame { broken: next.doc.hard, ..next });
                    0
                }
            };
            match room.checked_sub(width) {
                Some(left) => room = left,
                None => return false,
            }
        }
    }
}

fn push<'d>(stack: &mut Vec<Frame<'d>>, docs: &'d [Doc], frame: Frame<'d>) {
    stack.extend(docs.iter().rev().map(|doc| Frame { doc, ..frame }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_break_as_a_whole_and_comments_wait_for_the_end_of_the_line() {
        let list = |n: usize| {
            let mut docs = vec![Doc::text("{")];
            let mut inner = Vec::new();
            for _ in 0..n {
                inner.extend([Doc::space(false), Doc::text("0123456789"), Doc::if_broken(",")]);
            }
            docs.push(Doc::nest(inner));
            docs.extend([Doc::space(false), Doc::text("}")]);
            Doc::group(docs)
        };
        assert_eq!(list(2).print(), "{ 0123456789 0123456789 }\n");
        assert!(list(9).print().starts_with("{\n  0123456789,\n"));
        let noted =
            Doc::concat(vec![Doc::text("a"), Doc::trailing("// b"), Doc::text(" c"), Doc::hard(true), Doc::text("d")]);
        assert_eq!(noted.print(), "a c // b\n\nd\n");
    }
}
