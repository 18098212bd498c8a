//! Snapshots that wait, one changed decision at a time: what was, what is, and a file of what was accepted.
//!
//! Rows are compared without their alignment, so that a column that became wider is no change. What was not accepted
//! stays as it was stored, and so goes on failing.

use policyc_compile::lower::TestSuite;
use policyc_runtime::Loaded;
use similar::{DiffOp, TextDiff};

use super::filter::Filter;
use super::run::Watch;
use super::{fixtures, snapshot};
use crate::files::Files;
use crate::traces;

/// A fixture whose decisions are not those of its snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The fixture.
    pub fixture: String,
    /// Its snapshot.
    pub snapshot: String,
    /// What is stored; the empty table if nothing is.
    pub stored: String,
    /// What is decided now.
    pub now: String,
}

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it is stored; `None` if it is new.
    pub before: Option<String>,
    /// As it is now; `None` if it is gone.
    pub after: Option<String>,
}

/// Every fixture whose snapshot waits, by path.
///
/// # Errors
/// If the policy cannot be loaded or a file cannot be read.
pub fn waiting(suite: &TestSuite, files: &dyn Files, folders: &[String]) -> Result<Vec<Waiting>, String> {
    let loaded = Loaded::new(suite.policy.clone()).map_err(|e| e.to_string())?;
    let watch = Watch::plain(&loaded, suite);
    let filter = Filter::default();
    let found = fixtures::find(&fixtures::Job { watch, files, folders, filter: &filter, only: None, write: false });
    let mut out = Vec::new();
    for (fixture, snapshot, apart, shape) in found.with_snapshots() {
        let unreadable = |e: String| format!("`{fixture}` cannot be read: {e}");
        let bytes = files.read(&fixture).map_err(|e| unreadable(e.to_string()))?;
        let bytes = match shape {
            Some(shape) => traces::events(shape, &bytes).map_err(unreadable)?,
            None => bytes,
        };
        let Some((rows, _)) = fixtures::decide(watch, &bytes, apart).map_err(|e| unreadable(e.to_string()))? else {
            continue;
        };
        let name = fixture.rsplit('/').next().unwrap_or(&fixture);
        let now = snapshot::table(name, &rows);
        let stored = match files.read(&snapshot) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).replace("\r\n", "\n"),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                now.split_inclusive('\n').take(snapshot::HEAD_LINES).collect()
            }
            Err(why) => return Err(format!("`{snapshot}` cannot be read: {why}")),
        };
        if stored != now {
            out.push(Waiting { fixture, snapshot, stored, now });
        }
    }
    Ok(out)
}

impl Waiting {
    /// The rows that differ, in order.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.walk(&mut |change| {
            changes.push(change);
            true
        });
        changes
    }

    /// The snapshot with the changes that were accepted; an answer that is not there is a no.
    pub fn chosen(&self, accepted: &[bool]) -> String {
        let mut answers = accepted.iter().copied();
        self.walk(&mut |_| answers.next().unwrap_or(false))
    }

    fn walk(&self, accept: &mut dyn FnMut(Change) -> bool) -> String {
        let (old, new): (Vec<&str>, Vec<&str>) = (self.stored.lines().collect(), self.now.lines().collect());
        let plain = |lines: &[&str]| -> Vec<String> { lines.iter().map(|l| snapshot::unpadded(l)).collect() };
        let (plain_old, plain_new) = (plain(&old), plain(&new));
        let (a, b): (Vec<&str>, Vec<&str>) =
            (plain_old.iter().map(String::as_str).collect(), plain_new.iter().map(String::as_str).collect());
        let diff = TextDiff::from_slices(&a, &b);
        let mut out = String::new();
        let mut push = |line: Option<&&str>| {
            if let Some(line) = line {
                out.push_str(line);
                out.push('\n');
            }
        };
        for op in diff.ops() {
            let (olds, news) = (op.old_range(), op.new_range());
            if let DiffOp::Equal { .. } = op {
                news.for_each(|at| push(new.get(at)));
                continue;
            }
            let most = olds.len().max(news.len());
            for (before, after) in (olds.start..).zip(news.start..).take(most) {
                let before = olds.contains(&before).then(|| old.get(before)).flatten();
                let after = news.contains(&after).then(|| new.get(after)).flatten();
                let text = |line: Option<&&str>| line.map(|l| (*l).to_owned());
                let yes = accept(Change { before: text(before), after: text(after) });
                push(if yes { after } else { before });
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_accepted_is_written() {
        let head = "policyc decisions 1: x\n\ncall  decision  by\n";
        let waiting = Waiting {
            fixture: "x".into(),
            snapshot: "x.snap".into(),
            stored: format!("{head}a     allow     r\nb     allow     r\nc     allow     r\n"),
            now: format!(
                "{head}a     deny      longer\nb     allow     r\nc     hold      longer\nd     deny      default\n"
            ),
        };
        let changes = waiting.changes();
        assert_eq!(changes.len(), 3, "{changes:#?}");
        assert_eq!(changes[0].before.as_deref(), Some("a     allow     r"));
        assert_eq!(changes[2].before, None);
        assert_eq!(waiting.chosen(&[true, true, true]), waiting.now);
        assert_eq!(waiting.chosen(&[]), waiting.stored);
        let one = waiting.chosen(&[false, true]);
        assert_eq!(one, format!("{head}a     allow     r\nb     allow     r\nc     hold      longer\n"));
    }
}
