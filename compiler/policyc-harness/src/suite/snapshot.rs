//! Decisions of a fixture as a text that reads as a table, so that its difference in version control is the review.
//!
//! One row for each call, columns aligned, nothing in it that changes without a decision changing: no hash, no time,
//! no path. The text is written and compared as a whole; it is never parsed back.

use similar::TextDiff;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose: the call's id, or the line's number.
    pub call: String,
    /// Which tool; empty if that could not be read.
    pub tool: String,
    /// What was decided.
    pub decision: String,
    /// By which rules and budgets; the code if by none.
    pub by: String,
    /// What comes along: approvers, obligations, what is cut out.
    pub with: String,
    /// What has changed of what is remembered: marks, counters of budgets.
    pub state: String,
    /// Why.
    pub reason: String,
}

impl Row {
    /// Whether something was decided; otherwise an event only changed what is remembered.
    pub(super) fn is_answer(&self) -> bool {
        !self.by.is_empty()
    }

    fn cells(&self) -> [&str; 7] {
        [&self.call, &self.tool, &self.decision, &self.by, &self.with, &self.state, &self.reason]
    }
}

/// How every snapshot of ours begins, of whatever version.
pub(super) const HEAD: &str = "policyc decisions ";
/// The version of its form.
const VERSION: u32 = 2;

/// The table of a fixture; `fixture` is its file name, without a folder.
pub fn table(fixture: &str, rows: &[Row]) -> String {
    let heads = ["call", "tool", "decision", "by", "with", "state", "reason"];
    let mut lines: Vec<Vec<String>> = vec![heads.iter().map(|h| (*h).to_owned()).collect()];
    lines.extend(rows.iter().map(|row| row.cells().iter().map(|cell| shown(cell)).collect()));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        // A single very long cell does not push all others off the screen.
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(60)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut out = format!("{HEAD}{VERSION}: {}\n\n", shown(fixture));
    for line in &lines {
        let start = out.len();
        for (cell, width) in line.iter().zip(&widths) {
            let pad = width.saturating_sub(cell.chars().count());
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', pad.saturating_add(2)));
        }
        let end = out.trim_end_matches(' ').len().max(start);
        out.truncate(end);
        out.push('\n');
    }
    out
}

/// A cell on one line, whatever stood in the call: `-` if empty, what could break the table or forge output escaped.
fn shown(cell: &str) -> String {
    let mut out = String::new();
    for c in cell.chars() {
        let hidden = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || hidden => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    if out.trim().is_empty() { "-".to_owned() } else { out }
}

/// How many lines stand above the rows: the title, an empty one, the heads of the columns.
pub(super) const HEAD_LINES: usize = 3;

/// The text without the padding of its columns.
pub(super) fn unpadded(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rules and budgets by which the rows of a stored table were decided.
pub(super) fn decided_by(stored: &str) -> Vec<String> {
    let Some(head) = stored.lines().nth(HEAD_LINES - 1) else { return Vec::new() };
    let column = |name: &str| head.find(&format!(" {name} ")).map(|at| at + 1);
    let (Some(from), Some(to)) = (column("by"), column("with")) else { return Vec::new() };
    // A cell that is wider than its column moves the ones behind it.
    let cell = |row: &str| row.chars().skip(from).take(to.saturating_sub(from)).collect::<String>();
    let cells = stored.lines().skip(HEAD_LINES).map(cell);
    let mut names: Vec<String> = cells
        .flat_map(|c| c.split([',', ' ']).filter(|n| !n.is_empty()).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a stored table has this row, or one that begins like it.
pub(super) fn has_row(stored: &str, row: &Row) -> bool {
    let begin = unpadded(&[&row.call, &row.tool, &row.decision, &row.by].map(|cell| shown(cell)).join(" "));
    stored.lines().skip(HEAD_LINES).any(|line| unpadded(line).starts_with(&begin))
}

/// What differs, as a unified diff from the stored text to the new one; empty if nothing does. A column that became
/// wider is no difference.
pub fn difference(path: &str, stored: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), now.lines().collect());
    let plain = |lines: &[&str]| lines.iter().map(|line| unpadded(line)).collect::<Vec<_>>();
    let (plain_old, plain_new) = (plain(&old), plain(&new));
    let (a, b): (Vec<&str>, Vec<&str>) =
        (plain_old.iter().map(String::as_str).collect(), plain_new.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&a, &b);
    let mut out = String::new();
    for group in diff.grouped_ops(2) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if out.is_empty() {
            out = format!("--- {path} (stored)\n+++ {path} (now)\n");
        }
        let span = |from: usize, to: usize| format!("{},{}", from.saturating_add(1), to.saturating_sub(from));
        let was = span(first.old_range().start, last.old_range().end);
        let is = span(first.new_range().start, last.new_range().end);
        out.push_str(&format!("@@ -{was} +{is} @@\n"));
        for op in &group {
            let mut push = |sign: char, lines: &[&str], range: std::ops::Range<usize>| {
                for line in lines.get(range).unwrap_or(&[]) {
                    out.push(sign);
                    out.push_str(line);
                    out.push('\n');
                }
            };
            if let similar::DiffOp::Equal { .. } = op {
                push(' ', &new, op.new_range());
            } else {
                push('-', &old, op.old_range());
                push('+', &new, op.new_range());
            }
        }
    }
    out
}

/// How many rows a difference takes away or adds, each counted once. A column that became wider changes no row.
pub fn changed_rows(stored: &str, now: &str) -> usize {
    let rows = |text: &str| text.lines().skip(HEAD_LINES).map(|row| unpadded(row) + "\n").collect::<String>();
    let (stored, now) = (rows(stored), rows(now));
    let diff = TextDiff::from_lines(&stored, &now);
    let of = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    of(similar::ChangeTag::Delete).max(of(similar::ChangeTag::Insert))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(call: &str, decision: &str, by: &str, reason: &str) -> Row {
        let texts = |t: &str| t.to_owned();
        Row {
            call: texts(call),
            tool: texts("db.query"),
            decision: texts(decision),
            by: texts(by),
            with: String::new(),
            state: String::new(),
            reason: texts(reason),
        }
    }

    #[test]
    fn a_table_reads_as_one() {
        let text = table(
            "refunds.calls.jsonl",
            &[
                Row { state: "calls[a] +1".into(), ..row("c-1", "allow", "readers_read", "") },
                row("c-10", "deny", "no_drop", "a table\nis lost\u{202e}"),
            ],
        );
        assert_eq!(
            text,
            "policyc decisions 2: refunds.calls.jsonl\n\n\
             call  tool      decision  by            with  state        reason\n\
             c-1   db.query  allow     readers_read  -     calls[a] +1  -\n\
             c-10  db.query  deny      no_drop       -     -            a table\\nis lost\\u{202e}\n"
        );
    }

    #[test]
    fn a_difference_shows_the_rows_that_changed() {
        let old = table("x", &[row("a", "allow", "r", ""), row("b", "allow", "r", "")]);
        let new = table("x", &[row("a", "allow", "r", ""), row("b", "deny", "r", "")]);
        let text = difference("x.snap", &old, &new);
        assert!(text.contains("-b     db.query  allow"), "{text}");
        assert!(text.contains("+b     db.query  deny"), "{text}");
        assert_eq!(changed_rows(&old, &new), 1);
        let wider = table("x", &[row("a", "allow", "a_longer_rule", ""), row("b", "allow", "r", "")]);
        assert_eq!(changed_rows(&old, &wider), 1);
        assert_eq!(difference("x.snap", &old, &old), "");
        let text = difference("x.snap", &old, &wider);
        assert_eq!(text.lines().filter(|l| l.starts_with('-')).count(), 2, "the heads did not change: {text}");
    }

    #[test]
    fn a_stored_table_says_by_which_rules() {
        let stored =
            table("x", &[row("ü", "allow", "readers_read, budget calls", ""), row("b", "deny", "default", "")]);
        assert_eq!(decided_by(&stored), ["budget", "calls", "default", "readers_read"]);
        assert_eq!(decided_by("by with"), Vec::<String>::new());
        assert!(has_row(&stored, &row("b", "deny", "default", "")) && !has_row(&stored, &row("b", "deny", "no", "")));
    }
}
