//! Diagnostics in every format.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use policyc_diag::{Diagnostic, Severity, SourceMap, Span};
use serde_json::{Value, json};

use crate::output::{Format, Output, printable};

/// Where a compilation's paths begin, in output.
pub struct Context<'a> {
    /// The texts.
    pub sources: &'a SourceMap,
    /// Written before each path.
    pub prefix: &'a str,
}

impl Context<'_> {
    fn path(&self, span: Span) -> String {
        let name = self.sources.file(span.file).map_or("", |f| &f.name);
        if name.starts_with("std/") { name.to_owned() } else { format!("{}{name}", self.prefix) }
    }
}

/// Writes all diagnostics: findings to standard output in machine formats, to standard error otherwise.
pub fn write(out: &mut Output, format: Format, context: &Context<'_>, diagnostics: &[Diagnostic]) {
    match format {
        Format::Human => {
            for diagnostic in diagnostics {
                let text = human(context, diagnostic, out.colour_talk, out.width);
                out.say(&text);
            }
        }
        Format::Plain => {
            for diagnostic in diagnostics {
                out.line(&plain(context, diagnostic));
            }
        }
        Format::Github => {
            for diagnostic in diagnostics {
                out.line(&github(context, diagnostic));
            }
        }
        Format::Sarif => {
            let text = serde_json::to_string_pretty(&sarif(context, diagnostics)).unwrap_or_default();
            out.line(&text);
        }
        Format::Jsonl => {
            for diagnostic in diagnostics {
                out.line(&one_json(context, diagnostic).to_string());
            }
        }
        Format::Json | Format::Junit | Format::Tap => {
            let all: Vec<Value> = diagnostics.iter().map(|d| one_json(context, d)).collect();
            let document = json!({ "version": 1, "diagnostics": all });
            out.line(&serde_json::to_string_pretty(&document).unwrap_or_default());
        }
    }
}

/// `4 errors, 1 warning`, or nothing if there is nothing to say.
pub fn tally(diagnostics: &[Diagnostic]) -> Option<String> {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let count = |n: usize, word: &str| (n > 0).then(|| format!("{n} {word}{}", if n == 1 { "" } else { "s" }));
    let parts: Vec<String> = [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One line: `path:line:col: error[E0301] message (help)`.
pub fn plain(context: &Context<'_>, d: &Diagnostic) -> String {
    let at = context.sources.line_col(d.primary.span);
    let help = if d.help.is_empty() { String::new() } else { format!(" ({})", d.help.join("; ")) };
    let message = printable(&format!("{}{help}", d.message)).replace('\n', " ");
    format!("{}:{}:{}: {}[{}] {message}", context.path(d.primary.span), at.line, at.col, severity(d), d.code.number)
}

fn github(context: &Context<'_>, d: &Diagnostic) -> String {
    let at = context.sources.line_col(d.primary.span);
    // The runner reads `%`, line breaks and (in properties) `:` and `,` as its own.
    let escape = |t: &str| printable(t).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |t: &str| escape(t).replace(':', "%3A").replace(',', "%2C");
    let mut message = d.message.clone();
    for help in &d.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!(
        "::{} file={},line={},col={},title={}::{}",
        severity(d),
        property(&context.path(d.primary.span)),
        at.line,
        at.col,
        property(&format!("{} {}", d.code.number, d.code.slug)),
        escape(&message)
    )
}

fn place(context: &Context<'_>, span: Span) -> Value {
    let start = context.sources.line_col(span);
    let end = context.sources.line_col(span.after());
    json!({
        "file": context.path(span),
        "line": start.line, "col": start.col, "end_line": end.line, "end_col": end.col,
        "start": span.start, "end": span.end,
    })
}

fn one_json(context: &Context<'_>, d: &Diagnostic) -> Value {
    let label = |l: &policyc_diag::Label| json!({ "place": place(context, l.span), "text": l.text });
    let edits = |f: &policyc_diag::Fix| -> Vec<Value> {
        f.edits.iter().map(|e| json!({ "place": place(context, e.span), "text": e.text })).collect()
    };
    let fixes: Vec<Value> =
        d.fixes.iter().map(|f| json!({ "title": f.title, "safe": f.safe, "edits": edits(f) })).collect();
    json!({
        "code": d.code.number, "slug": d.code.slug, "severity": severity(d), "message": d.message,
        "primary": label(&d.primary), "secondary": d.secondary.iter().map(label).collect::<Vec<_>>(),
        "help": d.help, "fixes": fixes,
    })
}

fn sarif(context: &Context<'_>, diagnostics: &[Diagnostic]) -> Value {
    let mut codes: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
    codes.sort_by_key(|c| c.number);
    codes.dedup_by_key(|c| c.number);
    let rules: Vec<Value> = codes
        .iter()
        .map(|c| json!({ "id": c.number, "name": c.slug, "shortDescription": { "text": c.summary } }))
        .collect();
    let location = |span: Span| {
        let start = context.sources.line_col(span);
        let end = context.sources.line_col(span.after());
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": policyc_harness::suite::uri(&context.path(span)) },
            "region": { "startLine": start.line, "startColumn": start.col, "endLine": end.line, "endColumn": end.col },
        } })
    };
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|d| {
            let mut text = d.message.clone();
            for help in &d.help {
                text.push_str("\nhelp: ");
                text.push_str(help);
            }
            let related: Vec<Value> = d
                .secondary
                .iter()
                .map(|l| {
                    let mut value = location(l.span);
                    if let Some(object) = value.as_object_mut() {
                        object.insert("message".to_owned(), json!({ "text": l.text }));
                    }
                    value
                })
                .collect();
            json!({
                "ruleId": d.code.number,
                "level": severity(d),
                "message": { "text": text },
                "locations": [location(d.primary.span)],
                "relatedLocations": related,
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "policyc", "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"), "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// Drawn for a terminal.
pub fn human(context: &Context<'_>, d: &Diagnostic, colour: bool, width: usize) -> String {
    let report = Report::new(context, d);
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_context_lines(1).with_links(false);
    let mut text = String::new();
    match handler.render_report(&mut text, &report) {
        Ok(()) => text.trim_end().to_owned() + "\n",
        Err(fmt::Error) => plain(context, d),
    }
}

/// A diagnostic as miette draws it: labels of the primary file in one frame, other files as notes.
#[derive(Debug)]
struct Report {
    title: String,
    code: String,
    severity: Severity,
    help: Option<String>,
    source: NamedSource<String>,
    labels: Vec<LabeledSpan>,
}

impl Report {
    fn new(context: &Context<'_>, d: &Diagnostic) -> Self {
        let span = |s: Span| (usize::try_from(s.start).unwrap_or(0), usize::try_from(s.end - s.start).unwrap_or(0));
        let text = context.sources.file(d.primary.span.file).map_or(String::new(), |f| f.text.clone());
        let shown = |t: &str| (!t.is_empty()).then(|| printable(t));
        let mut labels = vec![LabeledSpan::new_primary_with_span(shown(&d.primary.text), span(d.primary.span))];
        let mut help: Vec<String> = d.help.iter().map(|h| printable(h)).collect();
        for label in &d.secondary {
            if label.span.file == d.primary.span.file {
                labels.push(LabeledSpan::new_with_span(shown(&label.text), span(label.span)));
            } else {
                let at = context.sources.line_col(label.span);
                help.push(format!("{}:{}: {}", context.path(label.span), at.line, printable(&label.text)));
            }
        }
        for fix in &d.fixes {
            // `did you mean `x`?` says all that `write `x`` would.
            let words = fix.edits.iter().map(|e| format!("`{}`", e.text.trim())).collect::<Vec<_>>();
            let said = help.iter().any(|h| h.contains(&fix.title) || words.iter().any(|w| h.contains(w.as_str())));
            if !said {
                help.push(printable(&fix.title));
            }
        }
        Self {
            title: printable(&d.message),
            code: format!("{} {}", d.code.number, d.code.slug),
            severity: d.severity,
            help: (!help.is_empty()).then(|| help.join("\n")),
            source: NamedSource::new(context.path(d.primary.span), text),
            labels,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
