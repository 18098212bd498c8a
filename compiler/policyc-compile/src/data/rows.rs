//! CSV: a header, then rows. Columns are found by name; the key of a map is the column `key`, else the first one.

use std::collections::BTreeMap;
use std::sync::Arc;

use policyc_runtime::wire::Doc;

use super::at::At;
use super::typed::{complete, typed};
use crate::hir::{RecordTy, Ty, Value};
use crate::words::one;

/// What the rows become.
enum Want<'t> {
    /// `map<string, T>`
    Map(&'t Ty),
    /// `list<T>`
    List(&'t Ty),
    /// `set<T>`
    Set(&'t Ty),
}

/// The table of a CSV text.
pub(super) fn read(ty: &Ty, text: &str, problems: &mut Vec<String>) -> Option<Value> {
    let want = if let Ty::Map(of) = ty {
        Want::Map(of)
    } else if let Ty::List(of) = ty {
        Want::List(of)
    } else if let Ty::Set(of) = ty {
        Want::Set(of)
    } else {
        problems.push(format!("a CSV file is a list, a set or a map, not {}", one(ty)));
        return None;
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let columns: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(why) => {
            problems.push(format!("the header cannot be read: {why}"));
            return None;
        }
    };
    let plan = Plan::new(&want, &columns, problems)?;
    let mut table = Table::default();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells: Vec<&str> = record.iter().collect();
                table.row(&plan, &cells, line, problems);
            }
            Err(why) => {
                problems.push(row_error(&why));
                if !matches!(why.kind(), csv::ErrorKind::UnequalLengths { .. }) {
                    return None;
                }
            }
        }
    }
    Some(match want {
        Want::Map(_) => Value::Record(table.entries),
        Want::List(_) => Value::List(table.members),
        Want::Set(_) => {
            table.members.sort();
            Value::List(table.members)
        }
    })
}

fn row_error(why: &csv::Error) -> String {
    if let csv::ErrorKind::UnequalLengths { pos, expected_len, len } = why.kind() {
        let line = pos.as_ref().map_or(0, csv::Position::line);
        return format!("line {line} has {len} cells and the header {expected_len}");
    }
    format!("a row cannot be read: {why}")
}

/// Which column is what.
struct Plan<'t> {
    key: Option<usize>,
    is_set: bool,
    columns: Vec<String>,
    value: RowTy<'t>,
}

enum RowTy<'t> {
    /// One column holds the value.
    Scalar(usize, &'t Ty),
    /// Each column but the key is a field of this name; `None` is the key's column.
    Record(&'t Arc<RecordTy>, Vec<Option<&'t Ty>>),
}

impl<'t> Plan<'t> {
    fn new(want: &Want<'t>, columns: &[String], problems: &mut Vec<String>) -> Option<Self> {
        let before = problems.len();
        for (i, column) in columns.iter().enumerate() {
            if columns.iter().take(i).any(|c| c == column) {
                problems.push(format!("the column `{column}` stands twice"));
            }
        }
        let (of, key, is_set) = match want {
            Want::Map(of) => (*of, Some(columns.iter().position(|c| c == "key").unwrap_or(0)), false),
            Want::List(of) => (*of, None, false),
            Want::Set(of) => (*of, None, true),
        };
        let value = if let Ty::Record(record) = of {
            RowTy::Record(record, Self::fields(record, key, columns, problems))
        } else {
            let mut others = (0..columns.len()).filter(|i| key != Some(*i));
            let (Some(only), None) = (others.next(), others.next()) else {
                let wanted = if key.is_some() { "a key and one column of values" } else { "one column" };
                problems.push(format!("there are {} columns where there should be {wanted}", columns.len()));
                return None;
            };
            RowTy::Scalar(only, of)
        };
        (problems.len() == before).then(|| Self { key, is_set, columns: columns.to_vec(), value })
    }

    /// The type of each column that is a field.
    fn fields(
        record: &'t RecordTy,
        key: Option<usize>,
        columns: &[String],
        problems: &mut Vec<String>,
    ) -> Vec<Option<&'t Ty>> {
        let mut fields = Vec::with_capacity(columns.len());
        for (i, column) in columns.iter().enumerate() {
            let field = record.fields.iter().find(|f| f.name == *column);
            if key != Some(i) && field.is_none() {
                let nearest = policyc_diag::suggest(column, record.fields.iter().map(|f| f.name.as_str()));
                let help = nearest.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
                problems.push(format!("no field is called as the column `{column}`{help}"));
            }
            fields.push(field.map(|f| &f.ty));
        }
        for field in &record.fields {
            let is_there = columns.contains(&field.name);
            if !is_there && field.default.is_none() && !matches!(field.ty, Ty::Optional(_)) {
                problems.push(format!("the column `{}` is missing", field.name));
            }
        }
        fields
    }
}

/// The rows read so far.
#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Value>,
    members: Vec<Value>,
    /// In which line a key or a member of a set stood first.
    lines: BTreeMap<Value, u64>,
    doc: Doc,
}

impl Table {
    fn row(&mut self, plan: &Plan<'_>, cells: &[&str], line: u64, problems: &mut Vec<String>) {
        let Some(value) = self.value(plan, cells, line, problems) else { return };
        let key = plan.key.and_then(|i| cells.get(i)).map(|key| (*key).to_owned());
        let once = match &key {
            Some(key) => Some(Value::Text(key.clone())),
            None => plan.is_set.then(|| value.clone()),
        };
        if let Some(once) = once {
            if let Some(first) = self.lines.get(&once) {
                problems.push(format!("line {line}: the same stands in line {first}"));
                return;
            }
            self.lines.insert(once, line);
        }
        match key {
            Some(key) => {
                self.entries.insert(key, value);
            }
            None => self.members.push(value),
        }
    }

    fn value(&mut self, plan: &Plan<'_>, cells: &[&str], line: u64, problems: &mut Vec<String>) -> Option<Value> {
        let column = |i: usize| plan.columns.get(i).map_or("", String::as_str);
        match &plan.value {
            RowTy::Scalar(i, ty) => self.cell(cells.get(*i)?, ty, &At::Cell(line, column(*i)), problems),
            RowTy::Record(record, fields) => {
                let before = problems.len();
                let mut entries = BTreeMap::new();
                for (i, (cell, ty)) in cells.iter().zip(fields).enumerate() {
                    let Some(ty) = ty else { continue };
                    if let Some(value) = self.cell(cell, ty, &At::Cell(line, column(i)), problems) {
                        entries.insert(column(i).to_owned(), value);
                    }
                }
                if problems.len() == before {
                    complete(&mut entries, record, &At::Cell(line, ""), problems);
                }
                Some(Value::Record(entries))
            }
        }
    }

    /// A cell is read like a text on the wire; `true`, `false` and numbers are read as such. An empty cell is no
    /// value where there may be none.
    fn cell(&mut self, cell: &str, ty: &Ty, at: &At<'_>, problems: &mut Vec<String>) -> Option<Value> {
        if cell.is_empty() && matches!(ty, Ty::Optional(_)) {
            return Some(Value::Null);
        }
        let inner = crate::lower::strip_optional(ty);
        let is_bare = match cell {
            "true" | "false" => *inner == Ty::Bool,
            _ => *inner == Ty::Int && !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b == b'-'),
        };
        let text = if is_bare { cell.to_owned() } else { crate::lower::json_string(cell) };
        if self.doc.parse(text.as_bytes(), &super::TABLE).is_err() {
            problems.push(format!("{at}: `{cell}` is not {}", one(inner)));
            return None;
        }
        typed(self.doc.root(), inner, at, problems)
    }
}
