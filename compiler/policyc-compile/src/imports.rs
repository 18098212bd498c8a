//! Files that are no policies: lists of functions, tables. What their readers say is said at the place that names
//! the file.

use policyc_diag::{Diagnostic, Severity, Span, code};
use policyc_syntax::ast::{self, Text};

use crate::checker::Checker;
use crate::hir::{Field, RecordTy, Tool, Ty, Value};
use crate::sources::beside;

/// Bytes of one list of functions.
const MAX_SCHEMA_BYTES: usize = 16 << 20;
/// How deep a type of a file is; its reader has the same bound.
const DEPTH: usize = 64;
/// Problems of one file that are shown one by one.
const SHOWN: usize = 20;

impl<'a> Checker<'a, '_> {
    /// The tools of `tools from`.
    pub fn imported(&mut self, x: &'a ast::ToolsFrom) -> Vec<Tool> {
        let Some(text) = self.beside(&x.file, MAX_SCHEMA_BYTES) else {
            self.broken.add_nameless("tools");
            return Vec::new();
        };
        let prefix = x.prefix.as_ref().map(|p| p.text.as_str());
        let (mut tools, problems) = crate::schema::import(&text, prefix, x.trust_hints);
        let more = problems.len().saturating_sub(SHOWN);
        for problem in problems.iter().take(SHOWN) {
            let at = match (problem.tool.as_str(), problem.path.as_str()) {
                ("", _) => format!("`{}`", x.file.value),
                (tool, "") => format!("`{tool}` in `{}`", x.file.value),
                (tool, path) => format!("`{tool}` in `{}`, {path}", x.file.value),
            };
            let mut said = Diagnostic::new(&code::BAD_SCHEMA, x.file.span, format!("{at}: {}", problem.message));
            said.severity = problem.severity;
            if problem.severity == Severity::Error {
                let name = prefix.map_or_else(|| problem.tool.clone(), |p| format!("{p}.{}", problem.tool));
                if problem.tool.is_empty() {
                    self.broken.add_nameless("tools");
                } else {
                    self.broken.add_name("tool", &name);
                    self.broken.add_name("args of", &name);
                }
            }
            self.say(said);
        }
        if more > 0 {
            let message = format!("`{}` has {more} more problems", x.file.value);
            self.say(Diagnostic::new(&code::BAD_SCHEMA, x.file.span, message));
        }
        for tool in &mut tools {
            place(tool, x.file.span);
            if !x.trust_hints {
                self.noted.imported_without_risk.entry(x.file.span).or_default().insert(tool.name.clone());
            }
        }
        tools
    }

    /// The value of a table.
    pub fn read_data(&mut self, file: &'a Text, ty: &Ty) -> Option<Value> {
        let text = self.beside(file, MAX_SCHEMA_BYTES)?;
        match crate::data::read(ty, &file.value, text.as_bytes()) {
            Ok(value) => Some(value),
            Err(problems) => {
                for problem in problems {
                    self.say(Diagnostic::new(&code::BAD_DATA_FILE, file.span, problem));
                }
                None
            }
        }
    }

    fn beside(&mut self, file: &Text, limit: usize) -> Option<String> {
        let from = self.loaded.paths.get(&file.span.file).cloned().unwrap_or_default();
        let path = beside(&from, &file.value);
        match self.reader.text(&path, file.span, limit) {
            Ok(text) => Some(text),
            Err(said) => {
                self.say(*said);
                None
            }
        }
    }
}

/// A tool of a file stands where the file is named.
fn place(tool: &mut Tool, span: Span) {
    tool.span = span;
    for field in &mut tool.args {
        place_field(field, span, 0);
    }
}

fn place_field(field: &mut Field, span: Span, depth: usize) {
    field.span = span;
    field.ty = placed(&field.ty, span, depth);
}

fn placed(ty: &Ty, span: Span, depth: usize) -> Ty {
    let inside = |of: &Ty| placed(of, span, depth + 1);
    match (ty, depth) {
        (_, DEPTH..) => ty.clone(),
        (Ty::Record(record), _) => {
            let mut fields = record.fields.clone();
            for field in &mut fields {
                place_field(field, span, depth + 1);
            }
            Ty::Record(RecordTy { fields, open: record.open }.into())
        }
        (Ty::List(of), _) => Ty::List(inside(of).into()),
        (Ty::Set(of), _) => Ty::Set(inside(of).into()),
        (Ty::Map(of), _) => Ty::Map(inside(of).into()),
        (Ty::Optional(of), _) => Ty::Optional(inside(of).into()),
        (Ty::Union(of), _) => Ty::Union(of.iter().map(inside).collect()),
        (_, _) => ty.clone(),
    }
}
