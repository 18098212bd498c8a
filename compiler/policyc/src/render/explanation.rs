//! An explanation as people read it: what decided, the lines that did it, the values under them, and a way out.
//!
//! Only what decided is drawn; the rest is asked for. Everything that came out of a call is escaped and cut.

use policyc_runtime::decision::{Suggestion, Verdict};
use policyc_runtime::explain::{BudgetReport, Explanation, Literal, Observed, RuleReport};

use crate::output::{Paint, inline};

/// How many deciding rules are drawn if not all are asked for.
const DRAWN_RULES: usize = 3;
/// How many characters of a value or sentence are shown.
const MAX_VALUE: usize = 120;

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// Colours.
    pub paint: Paint,
    /// Columns.
    pub width: usize,
    /// Written before each path.
    pub prefix: &'a str,
    /// Observed rules and budgets that did not matter too.
    pub all: bool,
}

/// The explanation as text.
pub fn draw(explanation: &Explanation, style: Style<'_>) -> String {
    let mut out = Drawing { style, lines: Vec::new() };
    out.head(explanation);
    out.deciding(explanation);
    out.values(explanation);
    out.unknown(explanation);
    out.budgets(&explanation.budgets);
    out.nearest(&explanation.nearest);
    out.way_out(explanation);
    if style.all {
        for report in &explanation.observed {
            out.blank();
            out.push(&format!("  observed  {}", out.title(report)));
            out.frame(report);
        }
    } else if !explanation.observed.is_empty() {
        let names: Vec<&str> = explanation.observed.iter().map(|r| r.name.as_str()).collect();
        out.field("observed", &format!("{} would have applied (--all shows why)", names.join(", ")));
    }
    let mut text = out.lines.join("\n");
    text.push('\n');
    text
}

struct Drawing<'a> {
    style: Style<'a>,
    lines: Vec<String>,
}

impl Drawing<'_> {
    fn push(&mut self, line: &str) {
        self.lines.push(line.trim_end().to_owned());
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|l| !l.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// `  name      text`
    fn field(&mut self, name: &str, text: &str) {
        let name = self.style.paint.dim(&format!("{name:<10}"));
        self.push(&format!("  {name} {text}"));
    }

    /// `DENY  tool                          file:line  rule`
    fn head(&mut self, explanation: &Explanation) {
        let paint = self.style.paint;
        let decision = &explanation.decision;
        let word = decision.verdict.name().to_uppercase();
        let tool = inline(&explanation.tool, MAX_VALUE);
        let by = match explanation.deciding.as_slice() {
            [first, ..] => format!("{}  {}", self.place(first), first.name),
            [] => match decision.budgets.first().and_then(|b| explanation.budgets.iter().find(|r| &r.name == b)) {
                Some(budget) => format!("{}{}:{}  budget {}", self.style.prefix, budget.file, budget.line, budget.name),
                None => decision.code.to_owned(),
            },
        };
        let gap = self.style.width.saturating_sub(word.len() + 2 + tool.chars().count() + by.chars().count()).max(2);
        let word = match decision.verdict {
            Verdict::Allow => paint.green(&word),
            Verdict::Hold => paint.yellow(&word),
            Verdict::Deny => paint.red(&word),
        };
        self.push(&format!("{word}  {}{}{}", paint.bold(&tool), " ".repeat(gap), paint.dim(&by)));
        let reason = match explanation.deciding.first() {
            Some(rule) if !rule.because.is_empty() => &rule.because,
            Some(_) | None => &decision.reason,
        };
        if !reason.is_empty() {
            self.push(&format!("  {}", inline(reason, 400)));
        }
    }

    fn place(&self, report: &RuleReport) -> String {
        let prefix = if report.file.starts_with("std/") { "" } else { self.style.prefix };
        format!("{prefix}{}:{}", report.file, report.line)
    }

    fn title(&self, report: &RuleReport) -> String {
        let paint = self.style.paint;
        format!("{}  {} {}", paint.bold(&report.name), report.effect.name(), paint.dim(&self.place(report)))
    }

    fn deciding(&mut self, explanation: &Explanation) {
        let drawn = if self.style.all { usize::MAX } else { DRAWN_RULES };
        for (i, report) in explanation.deciding.iter().take(drawn).enumerate() {
            self.blank();
            if i > 0 {
                self.push(&format!("  and {}", self.title(report)));
                if !report.because.is_empty() {
                    self.push(&format!("  {}", inline(&report.because, 400)));
                }
            }
            self.frame(report);
            if report.literals.is_empty() {
                self.push("  the rule has no condition");
            }
        }
        let rest: Vec<&str> = explanation.deciding.iter().skip(drawn).map(|r| r.name.as_str()).collect();
        if !rest.is_empty() {
            self.blank();
            self.push(&format!("  and {} (--all shows why)", rest.join(", ")));
        }
    }

    /// The source lines of a rule with its literals under them.
    fn frame(&mut self, report: &RuleReport) {
        let paint = self.style.paint;
        let digits = report.lines.iter().map(|l| l.number.to_string().len()).max().unwrap_or(1).max(2);
        let bar = paint.dim("│");
        for line in &report.lines {
            // A tab is as wide as the terminal likes; one column keeps the markers where they belong.
            let text = line.text.replace('\t', " ");
            let number = paint.dim(&format!("{:>1$}", line.number, digits));
            self.push(&format!("   {number} {bar} {}", crate::output::printable(&text)));
            let here: Vec<&Literal> = report.literals.iter().filter(|l| l.line == line.number).collect();
            for row in markers(&here, text.chars().count()) {
                self.push(&format!("   {} {bar} {}", " ".repeat(digits), row.painted(paint)));
            }
        }
        for literal in report.literals.iter().filter(|l| !report.lines.iter().any(|line| line.number == l.line)) {
            let said = tone(literal).paint(paint, &sentence(literal));
            self.push(&format!("   {}   {said}", " ".repeat(digits)));
        }
    }

    /// The values that deciding rules looked at, each once.
    fn values(&mut self, explanation: &Explanation) {
        let mut seen: Vec<&Observed> = Vec::new();
        let shown = explanation.deciding.iter().chain(&explanation.nearest);
        for value in shown.flat_map(|r| &r.literals).flat_map(|l| &l.values) {
            if value.value.is_some() && !seen.iter().any(|s| s.what == value.what) {
                seen.push(value);
            }
        }
        if seen.is_empty() {
            return;
        }
        self.blank();
        for value in seen {
            let text = value.value.as_deref().unwrap_or("");
            self.push(&format!("  {}: {}", self.style.paint.dim(&value.what), inline(text, MAX_VALUE)));
        }
    }

    fn unknown(&mut self, explanation: &Explanation) {
        if explanation.unknown().is_empty() {
            return;
        }
        self.blank();
        for unknown in explanation.unknown() {
            let text = format!("{}: {}", inline(&unknown.what, MAX_VALUE), inline(&unknown.why, MAX_VALUE));
            let consequence = match explanation.decision.verdict {
                Verdict::Allow => "",
                Verdict::Hold | Verdict::Deny => "; what is not known counts against the call",
            };
            self.field("unknown", &format!("{}{consequence}", self.style.paint.yellow(&text)));
        }
    }

    fn budgets(&mut self, budgets: &[BudgetReport]) {
        let shown: Vec<&BudgetReport> = budgets.iter().filter(|b| b.exceeded || self.style.all).collect();
        if shown.is_empty() {
            return;
        }
        self.blank();
        for budget in shown {
            let sum = format!("{} used, {} more of {}", budget.used, budget.amount, budget.limit);
            let sum = if budget.exceeded { self.style.paint.red(&sum) } else { sum };
            let place = self.style.paint.dim(&format!("{}{}:{}", self.style.prefix, budget.file, budget.line));
            self.field("budget", &format!("{}: {sum}  {place}", budget.name));
        }
    }

    fn nearest(&mut self, nearest: &[RuleReport]) {
        for report in nearest {
            self.blank();
            self.field("nearest", &self.title(report));
            self.frame(report);
        }
    }

    fn way_out(&mut self, explanation: &Explanation) {
        let decision = &explanation.decision;
        let begin = self.lines.len();
        self.blank();
        match &decision.suggest {
            Some(Suggestion::Text(text)) => self.field("instead", &inline(text, 400)),
            Some(Suggestion::Call { tool, args }) => {
                self.field("instead", &format!("{} {}", inline(tool, MAX_VALUE), inline(args, 400)));
            }
            None => {}
        }
        if !decision.approvers.is_empty() {
            let names: Vec<String> = decision.approvers.iter().map(|a| inline(a, MAX_VALUE)).collect();
            let within = decision.expires_ns.map_or(String::new(), |ns| format!(" within {}", duration(ns)));
            self.field("approvers", &format!("{}{within}", names.join(", ")));
        }
        for (key, value) in &decision.obligations {
            self.field("with", &format!("{}: {}", inline(key, MAX_VALUE), inline(value, MAX_VALUE)));
        }
        if self.lines.len() == begin + 1 && self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
    }
}

/// A time to wait, in the largest unit that divides it.
fn duration(ns: i64) -> String {
    let seconds = ns / 1_000_000_000;
    let units = [(86_400, "day"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(size, _)| seconds > 0 && seconds % size == 0);
    unit.map_or_else(|| format!("{seconds} s"), |(size, name)| format!("{} {name}", seconds / size))
}

/// What was found, with the cause if it is unknown.
fn sentence(literal: &Literal) -> String {
    inline(&literal.sentence, MAX_VALUE)
}

/// How a literal is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Holds,
    Lacks,
    Unknown,
}

impl Tone {
    fn paint(self, paint: Paint, text: &str) -> String {
        match self {
            Self::Holds => paint.bold(text),
            Self::Lacks => paint.red(text),
            Self::Unknown => paint.yellow(text),
        }
    }
}

fn tone(literal: &Literal) -> Tone {
    match (literal.unknown, literal.holds) {
        (true, _) => Tone::Unknown,
        (false, true) => Tone::Holds,
        (false, false) => Tone::Lacks,
    }
}

/// One row under a source line: pieces of text at columns.
struct Row(Vec<(usize, String, Option<Tone>)>);

impl Row {
    fn painted(&self, paint: Paint) -> String {
        let mut out = String::new();
        let mut at = 0;
        for (column, text, tone) in &self.0 {
            out.extend(std::iter::repeat_n(' ', column.saturating_sub(at)));
            at = column + text.chars().count();
            out.push_str(&tone.map_or_else(|| paint.dim(text), |t| t.paint(paint, text)));
        }
        out
    }
}

/// The rows under one line: first what is underlined, then a sentence for each, the right-most first. Literals that
/// overlap one before them come in rows of their own.
fn markers(literals: &[&Literal], width: usize) -> Vec<Row> {
    let mut waiting: Vec<&Literal> = literals.to_vec();
    waiting.sort_by_key(|l| (l.columns.0, l.columns.1));
    waiting.dedup_by(|a, b| a.columns == b.columns && a.sentence == b.sentence);
    let mut rows = Vec::new();
    while !waiting.is_empty() {
        let mut now: Vec<(usize, usize, &Literal)> = Vec::new();
        let mut later = Vec::new();
        for literal in waiting {
            let column = |c: u32| usize::try_from(c).unwrap_or(0).min(width.max(1));
            let start = column(literal.columns.0).min(width.saturating_sub(1));
            let end = column(literal.columns.1).max(start + 1);
            match now.last() {
                Some((_, before, _)) if start < *before => later.push(literal),
                Some(_) | None => now.push((start, end, literal)),
            }
        }
        let middle = |start: usize, end: usize| start + (end - start - 1) / 2;
        rows.push(Row(now
            .iter()
            .map(|(start, end, literal)| {
                let at = middle(*start, *end);
                let line = format!("{}┬{}", "─".repeat(at - start), "─".repeat(end - at - 1));
                (*start, line, Some(tone(literal)))
            })
            .collect()));
        while let Some((start, end, literal)) = now.pop() {
            let mut row: Vec<_> = now.iter().map(|(s, e, _)| (middle(*s, *e), "│".to_owned(), None)).collect();
            row.push((middle(start, end), format!("╰ {}", sentence(literal)), Some(tone(literal))));
            rows.push(Row(row));
        }
        waiting = later;
    }
    rows
}

#[cfg(test)]
mod tests {
    use policyc_runtime::decision::Decision;
    use policyc_runtime::explain::SourceLine;
    use policyc_runtime::policy::{Effect, Place};

    use super::*;

    fn literal(line: u32, columns: (u32, u32), sentence: &str, what: &str, value: &str) -> Literal {
        Literal {
            place: None,
            line,
            columns,
            text: String::new(),
            holds: true,
            unknown: false,
            sentence: sentence.into(),
            values: vec![Observed { what: what.into(), value: Some(value.into()), why: None }],
        }
    }

    fn sample() -> Explanation<'static> {
        let rule = RuleReport {
            name: "no_network_scan".into(),
            effect: Effect::Deny,
            file: "recon.policy".into(),
            line: 12,
            place: Place::default(),
            because: "a network sweep is never a legitimate step for an agent".into(),
            lines: vec![SourceLine { number: 15, text: "  when args.tool in scanners and args.count > 5".into() }],
            literals: vec![
                literal(15, (7, 28), "\"nmap\" is one of them", "args.tool", "\"nmap\u{1b}[2J\""),
                literal(15, (33, 47), "200 is more than 5", "args.count", "200"),
            ],
        };
        Explanation {
            decision: Decision {
                verdict: Verdict::Deny,
                code: "rule",
                suggest: Some(Suggestion::Text("ask the inventory".into())),
                ..Decision::default()
            },
            tool: "shell.exec".into(),
            deciding: vec![rule],
            ..Explanation::default()
        }
    }

    #[test]
    fn a_refusal_shows_the_line_the_values_and_a_way_out() {
        let style = Style { paint: Paint(false), width: 80, prefix: "policies/", all: false };
        let want = "\
DENY  shell.exec                       policies/recon.policy:12  no_network_scan
  a network sweep is never a legitimate step for an agent

   15 │   when args.tool in scanners and args.count > 5
      │        ──────────┬──────────     ──────┬───────
      │                  │                     ╰ 200 is more than 5
      │                  ╰ \"nmap\" is one of them

  args.tool: \"nmap\\u{1b}[2J\"
  args.count: 200

  instead    ask the inventory
";
        assert_eq!(draw(&sample(), style), want);
    }

    #[test]
    fn what_overlaps_is_drawn_in_rows_of_its_own_and_nothing_is_out_of_range() {
        let a = literal(1, (0, 10), "outer", "a", "1");
        let b = literal(1, (2, 4), "inner", "b", "2");
        let c = literal(1, (90, 400), "far", "c", "3");
        let rows: Vec<String> = markers(&[&a, &b, &c], 12).iter().map(|r| r.painted(Paint(false))).collect();
        assert_eq!(rows, ["────┬───── ┬", "    │      ╰ far", "    ╰ outer", "  ┬─", "  ╰ inner"]);
        assert_eq!(markers(&[&c], 0).len(), 2);
    }
}
