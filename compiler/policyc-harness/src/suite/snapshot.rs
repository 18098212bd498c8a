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
    /// Why.
    pub reason: String,
}

impl Row {
    fn cells(&self) -> [&str; 6] {
        [&self.call, &self.tool, &self.decision, &self.by, &self.with, &self.reason]
    }
}

/// How every snapshot of ours begins, with the version of its form.
pub(super) const HEAD: &str = "policyc decisions 1: ";

/// The table of a fixture; `fixture` is its file name, without a folder.
pub fn table(fixture: &str, rows: &[Row]) -> String {
    let heads = ["call", "tool", "decision", "by", "with", "reason"];
    let mut lines: Vec<Vec<String>> = vec![heads.iter().map(|h| (*h).to_owned()).collect()];
    lines.extend(rows.iter().map(|row| row.cells().iter().map(|cell| shown(cell)).collect()));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        // A single very long cell does not push all others off the screen.
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(60)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut out = format!("{HEAD}{}\n\n", shown(fixture));
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

/// What differs, as a unified diff from the stored text to the new one; empty if nothing does.
pub fn difference(path: &str, stored: &str, now: &str) -> String {
    if stored == now {
        return String::new();
    }
    let diff = TextDiff::from_lines(stored, now);
    let (old, new) = (format!("{path} (stored)"), format!("{path} (now)"));
    diff.unified_diff().context_radius(2).header(&old, &new).to_string()
}

/// How many rows a difference takes away or adds, each counted once. A column that became wider changes no row.
pub fn changed_rows(stored: &str, now: &str) -> usize {
    // The first three lines are the title, an empty one and the heads of the columns.
    let rows = |text: &str| -> String {
        let cells = text.lines().skip(3).map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
        cells.collect()
    };
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
            reason: texts(reason),
        }
    }

    #[test]
    fn a_table_reads_as_one() {
        let text = table(
            "refunds.calls.jsonl",
            &[row("c-1", "allow", "readers_read", ""), row("c-10", "deny", "no_drop", "a table\nis lost\u{202e}")],
        );
        assert_eq!(
            text,
            "policyc decisions 1: refunds.calls.jsonl\n\n\
             call  tool      decision  by            with  reason\n\
             c-1   db.query  allow     readers_read  -     -\n\
             c-10  db.query  deny      no_drop       -     a table\\nis lost\\u{202e}\n"
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
    }
}
