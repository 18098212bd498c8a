//! Tests: from what pest read to the tree.

use policyc_diag::{Diagnostic, code};

use crate::ast::{CallStep, Column, ColumnRange, Expect, Expr, Given, Name, Step, StepKind, Test};
use crate::build::Builder;
use crate::grammar::{Pair, Rule};
use crate::items::first_of;

impl Builder {
    /// A test.
    pub fn test(&mut self, pair: Pair<'_>) -> Option<Test> {
        let (mut name, mut tags, mut skip, mut fails, mut steps) = (None, Vec::new(), None, None, Vec::new());
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::text | Rule::single_text => name = Some(self.text(&p)),
                Rule::tags_clause => tags.append(&mut self.texts(p)),
                Rule::skip_clause => skip = self.texts(p).pop(),
                Rule::fails_clause => fails = self.texts(p).pop(),
                Rule::block => steps = self.block(p)?,
                _ => {}
            }
        }
        Some(Test { name: name?, tags, skip, fails, steps })
    }

    fn block(&mut self, pair: Pair<'_>) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        for p in pair.into_inner().filter(|p| !matches!(p.as_rule(), Rule::lbrace | Rule::rbrace)) {
            let span = self.span(&p);
            steps.push(Step { kind: self.step(p)?, span });
        }
        Some(steps)
    }

    fn step(&mut self, pair: Pair<'_>) -> Option<StepKind> {
        Some(match pair.as_rule() {
            Rule::given_step => StepKind::Given(self.given(pair)?),
            Rule::each_step => self.each(pair)?,
            Rule::user_step => StepKind::User(self.condition(pair)?),
            Rule::at_step => StepKind::At(self.condition(pair)?),
            Rule::wait_step => StepKind::Wait(self.condition(pair)?),
            Rule::call_step => StepKind::Call(Box::new(self.call(pair)?)),
            Rule::result_step => {
                let (mut ok, mut content, mut usage) = (true, None, Vec::new());
                for p in pair.into_inner() {
                    match p.as_rule() {
                        Rule::k_error => ok = false,
                        Rule::expr => content = Some(self.expr(p)?),
                        Rule::with_clause => usage = self.with(p)?,
                        _ => {}
                    }
                }
                StepKind::Result { ok, content: content?, usage }
            }
            Rule::answer_step => {
                let yes = pair.clone().into_inner().any(|p| p.as_rule() == Rule::k_approve);
                StepKind::Approve { yes, group: self.texts(pair).pop() }
            }
            Rule::expect_step => {
                let what = pair.into_inner().find(|p| p.as_rule() != Rule::k_expect)?;
                StepKind::Expect(self.expect_step(what)?)
            }
            _ => return None,
        })
    }

    fn given(&mut self, pair: Pair<'_>) -> Option<Vec<Given>> {
        let mut all = Vec::new();
        for p in pair.into_inner() {
            let rule = p.as_rule();
            if !matches!(rule, Rule::given_mark | Rule::given_budget | Rule::given_label | Rule::given_short) {
                continue;
            }
            let (mut name, mut value) = (None, None);
            for part in p.into_inner() {
                match part.as_rule() {
                    Rule::path | Rule::name => name = Some(self.name(&part)),
                    Rule::key => name = Some(self.quotable(part)),
                    Rule::expr => value = Some(self.expr(part)?),
                    _ => {}
                }
            }
            all.push(match rule {
                Rule::given_mark => Given::SessionMark(name?),
                Rule::given_budget => Given::BudgetUsed(name?, value?),
                _ => Given::Label(name?, value?),
            });
        }
        Some(all)
    }

    fn each(&mut self, pair: Pair<'_>) -> Option<StepKind> {
        let (mut columns, mut rows, mut steps, mut otherwise) = (Vec::new(), Vec::new(), Vec::new(), None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::each_names => {
                    for p in p.into_inner().filter(|p| matches!(p.as_rule(), Rule::name | Rule::column)) {
                        columns.push(self.column(p)?);
                    }
                }
                Rule::rows => rows = self.rows(p, columns.len())?,
                Rule::each_else => otherwise = Some(self.span(&p)),
                Rule::block => steps = self.block(p)?,
                _ => {}
            }
        }
        Some(StepKind::Each { columns, rows, otherwise, steps })
    }

    /// A name, or a name with what it ranges over.
    fn column(&mut self, pair: Pair<'_>) -> Option<Column> {
        if pair.as_rule() == Rule::name {
            return Some(Column { name: self.name(&pair), range: None });
        }
        let (mut name, mut range) = (None, None);
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => name = Some(self.name(&p)),
                Rule::column_values => {
                    let mut values = Vec::new();
                    for value in p.into_inner().filter(|p| p.as_rule() == Rule::expr) {
                        values.push(self.expr(value)?);
                    }
                    range = Some(ColumnRange::Values(values));
                }
                Rule::column_tools => range = Some(ColumnRange::Tools(self.patterns(p)?)),
                _ => {}
            }
        }
        Some(Column { name: name?, range })
    }

    fn rows(&mut self, pair: Pair<'_>, columns: usize) -> Option<Vec<Vec<Expr>>> {
        let mut rows = Vec::new();
        for p in pair.into_inner() {
            let span = self.span(&p);
            let mut row = Vec::new();
            match p.as_rule() {
                Rule::expr => row.push(self.expr(p)?),
                Rule::tuple => {
                    for value in p.into_inner().filter(|p| p.as_rule() == Rule::expr) {
                        row.push(self.expr(value)?);
                    }
                }
                _ => continue,
            }
            if row.len() != columns {
                let message = format!("a row of {} for {}", counted(row.len(), "value"), counted(columns, "name"));
                self.say(Diagnostic::new(&code::BAD_TEST, span, message).help("give each name a value in each row"));
            } else {
                rows.push(row);
            }
        }
        Some(rows)
    }

    fn call(&mut self, pair: Pair<'_>) -> Option<CallStep> {
        let mut call = CallStep {
            tool: Name { text: String::new(), span: self.span(&pair) },
            args: Vec::new(),
            by: None,
            roles: Vec::new(),
            tenant: None,
            session: None,
            turn: None,
            task: None,
            labels: Vec::new(),
            marks: Vec::new(),
        };
        let mut seen: Vec<(Rule, policyc_diag::Span)> = Vec::new();
        for p in pair.into_inner() {
            let (rule, span) = (p.as_rule(), self.span(&p));
            if let Some((_, earlier)) = seen.iter().find(|(r, _)| *r == rule) {
                let word = p.as_str().split_whitespace().next().unwrap_or("");
                self.say(
                    Diagnostic::new(&code::DUPLICATE_CLAUSE, span, format!("a second `{word}`"))
                        .also(*earlier, "the first")
                        .help("remove one of them"),
                );
                continue;
            }
            seen.push((rule, span));
            match rule {
                Rule::tool_name => call.tool = self.quotable(p),
                Rule::record => call.args = self.entries(p)?,
                Rule::by_clause => call.by = Some(self.operand(p)?),
                Rule::as_clause => call.roles = self.paths(first_of(p, Rule::paths)?),
                Rule::tenant_clause => call.tenant = Some(self.operand(p)?),
                Rule::session_clause => call.session = Some(self.operand(p)?),
                Rule::turn_clause => call.turn = Some(self.operand(p)?),
                Rule::task_clause => call.task = Some(self.operand(p)?),
                Rule::with_clause => call.labels = self.with(p)?,
                Rule::marks_clause => {
                    for entry in p.into_inner().filter(|p| p.as_rule() == Rule::marks_entry) {
                        let key = self.quotable(first_of(entry.clone(), Rule::key)?);
                        call.marks.push((key, self.paths(entry)));
                    }
                }
                _ => {}
            }
        }
        Some(call)
    }

    fn operand(&mut self, pair: Pair<'_>) -> Option<Expr> {
        self.expr(first_of(pair, Rule::value)?)
    }

    fn expect_step(&mut self, pair: Pair<'_>) -> Option<Expect> {
        if pair.as_rule() == Rule::expr {
            return Some(Expect::Cond(self.expr(pair)?));
        }
        let (mut verdict, mut by, mut code_name) = (None, Vec::new(), None);
        let (mut because, mut approvers, mut with) = (None, Vec::new(), Vec::new());
        let (mut unknown, mut cuts) = (Vec::new(), Vec::new());
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::verdict => verdict = Some(self.name(&p)),
                Rule::verdict_column => verdict = Some(self.name(&first_of(p, Rule::name)?)),
                Rule::expect_by => by.append(&mut self.paths(first_of(p, Rule::paths)?)),
                Rule::because_clause => because = self.texts(p).pop(),
                Rule::approvers_clause => approvers.append(&mut self.texts(p)),
                Rule::with_clause => with.append(&mut self.with(p)?),
                Rule::expect_unknown => unknown.append(&mut self.texts(p)),
                Rule::expect_cuts => cuts.append(&mut self.texts(p)),
                Rule::expect_code => code_name = Some(self.name(&first_of(p, Rule::code_name)?)),
                _ => {}
            }
        }
        Some(Expect::Decision { verdict: verdict?, by, code: code_name, because, approvers, with, unknown, cuts })
    }
}

fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
