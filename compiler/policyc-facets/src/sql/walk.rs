//! Gathers what each statement of a tree touches.
//!
//! The library walks the tree; here every table, column, function and statement that it meets is filed under the
//! statement in which it stands. What is found inside a statement belongs to the one around it as well, so a list may
//! name more than a statement needs, never less.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enums have a hundred variants; what is not named here is not relied on"
)]

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    AssignmentTarget, CopySource, Delete, Expr, FromTable, Function, Ident, Insert, Merge, MergeAction, ObjectName,
    ObjectNamePart, OutputClause, Query, Select, SelectItem, SetExpr, Statement as Parsed, TableFactor, TableObject,
    TableWithJoins, Update, Visit, Visitor,
};
use sqlparser::tokenizer::Location;

use super::functions::{Effect, effect};
use super::kinds::{Class, Kind, Nature, inner, nature};
use super::{Dialect, Reach, Sql, Statement, bound};
use crate::Unknown;

/// What all statements of a text do.
pub(super) fn read(statements: &[Parsed], dialect: Dialect) -> Result<Sql, Unknown> {
    let mut walk = Walk { dialect, open: Vec::new(), scopes: Vec::new(), done: Vec::new(), skipped: None };
    for statement in statements {
        if let ControlFlow::Break(why) = statement.visit(&mut walk) {
            return Err(why);
        }
    }
    let done = walk.done;
    let reads_only = all(done.iter().map(|s| s.reads_only));
    let destructive = all(done.iter().map(|s| s.destructive.map(|d| !d))).map(|d| !d);
    Ok(Sql { statements: done, is_single: statements.len() == 1, reads_only, destructive })
}

/// All of them, in three values.
fn all(of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut so_far = Some(true);
    for next in of {
        so_far = match (so_far, next) {
            (Some(false), _) | (_, Some(false)) => return Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, Some(true) | None) | (Some(true), None) => None,
        };
    }
    so_far
}

/// The last part of a name, in lower case.
pub(super) fn last(name: &ObjectName) -> String {
    name.0.last().and_then(ObjectNamePart::as_ident).map(|i| i.value.to_lowercase()).unwrap_or_default()
}

/// A statement while what is inside it is looked at.
struct Open {
    nature: Nature,
    /// It stands for the statement that a query wraps, which is not one of its own.
    wrapped: *const Parsed,
    /// It is that wrapped statement: nothing is filed under it.
    is_through: bool,
    /// It is only explained or described, not run.
    is_shown: bool,
    shows: bool,
    tables: BTreeSet<String>,
    targets: BTreeSet<String>,
    columns: BTreeSet<String>,
    functions: BTreeSet<String>,
    /// First words of `a.b`: a table, or a column with fields.
    prefixes: BTreeSet<String>,
    /// Names and aliases of what the rows come from.
    sources: BTreeSet<String>,
    reaches: BTreeSet<Reach>,
    /// Something in it writes; something in it is not known not to.
    writes: bool,
    doubtful: bool,
    /// A write stands inside it.
    inner_class: Option<Class>,
    has_where: bool,
    where_is_trivial: Option<bool>,
    has_limit: bool,
}

struct Walk {
    dialect: Dialect,
    open: Vec<Open>,
    /// Names that `with` gives, for each query that is open: the name, where its query ends, and whether it may be
    /// named before that.
    scopes: Vec<Vec<(String, Location, bool)>>,
    done: Vec<Statement>,
    /// The name of a table function, which is no table.
    skipped: Option<*const ObjectName>,
}

const COMPUTED: Unknown = Unknown("a name is computed when the statement runs");

impl Walk {
    /// A name's part as it is compared.
    fn part(&self, ident: &Ident) -> String {
        let lower = ident.value.to_lowercase();
        if ident.quote_style.is_none() || lower == ident.value && self.dialect != Dialect::Snowflake {
            return lower;
        }
        match self.dialect {
            Dialect::Postgres => ident.value.clone(),
            // There, `"USERS"` is `users`, and `"users"` another table.
            Dialect::Snowflake if ident.value == ident.value.to_uppercase() => lower,
            Dialect::Snowflake => format!("\"{}\"", ident.value),
            Dialect::Ansi | Dialect::BigQuery | Dialect::ClickHouse | Dialect::DuckDb | Dialect::Generic => lower,
            Dialect::MsSql | Dialect::MySql | Dialect::Sqlite => lower,
        }
    }

    fn parts(&self, name: &ObjectName) -> Option<Vec<String>> {
        name.0.iter().map(|p| p.as_ident().map(|i| self.part(i))).collect()
    }

    /// A name in full, and its last part.
    fn names(&self, name: &ObjectName) -> Option<Vec<String>> {
        let parts = self.parts(name)?;
        // BigQuery quotes a whole path at once.
        let full = parts.join(".");
        let short = full.rsplit('.').next().map(str::to_owned)?;
        Some(if short == full { vec![full] } else { vec![full, short] })
    }

    fn top(&mut self) -> Option<&mut Open> {
        self.open.iter_mut().rev().find(|o| !o.is_through)
    }

    fn table(&mut self, name: &ObjectName, is_target: bool) -> ControlFlow<Unknown> {
        let Some(names) = self.names(name) else { return ControlFlow::Break(COMPUTED) };
        let quote = name.0.last().and_then(ObjectNamePart::as_ident).and_then(|i| i.quote_style);
        let stage = names.first().is_some_and(|n| n.starts_with('@')) && self.dialect != Dialect::MsSql;
        let Some(top) = self.top() else { return ControlFlow::Continue(()) };
        if stage || quote == Some('\'') {
            top.reaches.insert(Reach::File);
        }
        if is_target {
            top.targets.extend(names.iter().cloned());
        }
        top.sources.extend(names.last().cloned());
        top.tables.extend(names);
        ControlFlow::Continue(())
    }

    fn targets<'n>(&mut self, names: impl IntoIterator<Item = &'n ObjectName>) -> ControlFlow<Unknown> {
        names.into_iter().try_for_each(|name| self.table(name, true))
    }

    fn function(&mut self, name: &ObjectName) -> ControlFlow<Unknown> {
        let Some(parts) = self.parts(name) else { return ControlFlow::Break(COMPUTED) };
        let full = parts.join(".").to_lowercase();
        let short = parts.last().map(|p| p.to_lowercase()).unwrap_or_default();
        let schema = parts.len().checked_sub(2).and_then(|at| parts.get(at)).map(String::as_str);
        let own = matches!(schema, None | Some("pg_catalog" | "sys" | "safe" | "net"));
        // Servers fold the case of ASCII alone: `ran\u{212a}` is not `rank` to them.
        let plain = name.0.iter().filter_map(ObjectNamePart::as_ident).all(|i| i.value.is_ascii());
        let known = match effect(&full).or_else(|| effect(&short)) {
            Some(Effect::Pure) if !own || !plain => None,
            known => known,
        };
        let Some(top) = self.top() else { return ControlFlow::Continue(()) };
        match known {
            Some(Effect::Pure) => {}
            Some(Effect::Writes) => top.writes = true,
            Some(Effect::Reaches(reach)) => {
                top.writes = true;
                top.reaches.insert(reach);
            }
            None => top.doubtful = true,
        }
        if full != short && !own {
            top.functions.insert(full);
        }
        top.functions.insert(short);
        ControlFlow::Continue(())
    }

    fn column(&mut self, ident: &Ident) {
        let name = self.part(ident);
        if let Some(top) = self.top() {
            top.columns.insert(name);
        }
    }

    fn whole_rows(&mut self) {
        if let Some(top) = self.top() {
            top.columns.insert("*".to_owned());
        }
    }

    fn items(&mut self, items: &[SelectItem]) {
        if items.iter().any(|i| matches!(i, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))) {
            self.whole_rows();
        }
    }

    fn output(&mut self, output: Option<&OutputClause>, returning: Option<&[SelectItem]>) {
        match output {
            Some(OutputClause::Output { select_items, into_table, .. }) => {
                self.items(select_items);
                if into_table.is_some()
                    && let Some(top) = self.top()
                {
                    top.writes = true;
                }
            }
            Some(OutputClause::Returning { select_items, .. }) => self.items(select_items),
            None => {}
        }
        self.items(returning.unwrap_or_default());
    }

    fn bounded(&mut self, condition: Option<&Expr>, has_limit: bool) {
        let Some(top) = self.top() else { return };
        top.has_where = condition.is_some();
        top.where_is_trivial = condition.map_or(Some(false), bound::is_trivial);
        top.has_limit = has_limit;
        let unbound = match (condition, top.where_is_trivial) {
            (None, _) | (Some(_), Some(true)) => Some(true),
            (Some(_), trivial) => trivial,
        };
        let changes = matches!(top.nature.kind, Kind::Delete | Kind::Update);
        if changes {
            top.nature.destructive = if has_limit && unbound == Some(true) { None } else { unbound };
        }
    }

    fn insert(&mut self, insert: &Insert) -> ControlFlow<Unknown> {
        match &insert.table {
            TableObject::TableName(name) => self.table(name, true)?,
            TableObject::TableFunction(function) => self.function(&function.name)?,
            TableObject::TableQuery(_) => {}
        }
        let clauses = insert.multi_table_into_clauses.iter();
        let whens = insert.multi_table_when_clauses.iter().flat_map(|w| &w.into_clauses);
        let elses = insert.multi_table_else_clause.iter().flatten();
        let into: Vec<&ObjectName> = clauses.chain(whens).chain(elses).map(|c| &c.table_name).collect();
        self.targets(into)?;
        for name in &insert.columns {
            if let Some(ident) = name.0.last().and_then(ObjectNamePart::as_ident) {
                self.column(ident);
            }
        }
        self.assigned(insert.assignments.iter().map(|a| &a.target));
        self.output(insert.output.as_ref(), insert.returning.as_deref());
        ControlFlow::Continue(())
    }

    fn assigned<'n>(&mut self, targets: impl Iterator<Item = &'n AssignmentTarget>) {
        for target in targets {
            let names = match target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names,
            };
            for ident in names.iter().filter_map(|n| n.0.last()).filter_map(ObjectNamePart::as_ident) {
                self.column(ident);
            }
        }
    }

    fn update(&mut self, update: &Update) -> ControlFlow<Unknown> {
        self.targets(tables_of(std::slice::from_ref(&update.table)))?;
        self.assigned(update.assignments.iter().map(|a| &a.target));
        self.output(update.output.as_ref(), update.returning.as_deref());
        self.bounded(update.selection.as_ref(), update.limit.is_some());
        ControlFlow::Continue(())
    }

    fn delete(&mut self, delete: &Delete) -> ControlFlow<Unknown> {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        self.targets(tables_of(from))?;
        self.output(delete.output.as_ref(), delete.returning.as_deref());
        self.bounded(delete.selection.as_ref(), delete.limit.is_some());
        ControlFlow::Continue(())
    }

    fn merge(&mut self, merge: &Merge) -> ControlFlow<Unknown> {
        if let TableFactor::Table { name, .. } = &merge.table {
            self.table(name, true)?;
        }
        self.output(merge.output.as_ref(), None);
        let changes = |a: &MergeAction| matches!(a, MergeAction::Update(_) | MergeAction::Delete { .. });
        let changes = merge.clauses.iter().any(|c| changes(&c.action));
        if let Some(top) = self.top().filter(|_| changes) {
            // How many rows match is not in the text.
            top.nature.destructive = None;
        }
        ControlFlow::Continue(())
    }

    /// What a statement says outside expressions and queries.
    fn head(&mut self, statement: &Parsed) -> ControlFlow<Unknown> {
        if let Parsed::Insert(insert) = statement {
            return self.insert(insert);
        }
        if let Parsed::Update(update) = statement {
            return self.update(update);
        }
        if let Parsed::Delete(delete) = statement {
            return self.delete(delete);
        }
        if let Parsed::Merge(merge) = statement {
            return self.merge(merge);
        }
        if let Parsed::Query(query) = statement {
            let (has_where, trivial) = conditions(&query.body);
            let limited = query.limit_clause.is_some() || query.fetch.is_some() || has_top(&query.body);
            if let Some(top) = self.top() {
                (top.has_where, top.where_is_trivial, top.has_limit) = (has_where, trivial, limited);
            }
            return ControlFlow::Continue(());
        }
        if let Parsed::Copy { source, to, values, .. } = statement {
            if values.iter().flatten().any(|v| !v.trim().is_empty()) {
                // The library takes all that follows for rows; a server may take it for statements.
                return ControlFlow::Break(Unknown("rows or statements follow a `copy` from the client"));
            }
            if let CopySource::Table { table_name, columns } = source {
                self.table(table_name, !to)?;
                columns.iter().for_each(|c| self.column(c));
                if columns.is_empty() {
                    self.whole_rows();
                }
            }
            return ControlFlow::Continue(());
        }
        if let Parsed::CreateTable(create) = statement {
            if create.external || create.location.is_some() {
                self.reach(Reach::File);
            }
            return self.table(&create.name, true);
        }
        if let Parsed::Call(function) = statement {
            return self.called(function);
        }
        if let Parsed::Execute { name: Some(name), .. } = statement {
            return self.function(name);
        }
        if let Parsed::Truncate(truncate) = statement {
            return self.targets(truncate.table_names.iter().map(|t| &t.name));
        }
        if let Parsed::Drop { names, .. } = statement {
            return self.targets(names);
        }
        if let Parsed::AlterTable(alter) = statement {
            return self.targets([&alter.name]);
        }
        if let Parsed::CreateView(create) = statement {
            return self.targets([&create.name]);
        }
        if let Parsed::CreateIndex(create) = statement {
            return self.targets([&create.table_name]);
        }
        if let Parsed::LoadData { table_name, .. } = statement {
            return self.targets([table_name]);
        }
        if let Parsed::CopyIntoSnowflake { into, from_obj, .. } = statement {
            return self.targets(std::iter::once(into).chain(from_obj));
        }
        if let Parsed::RenameTable(renamed) = statement {
            return self.targets(renamed.iter().flat_map(|r| [&r.old_name, &r.new_name]));
        }
        ControlFlow::Continue(())
    }

    fn reach(&mut self, reach: Reach) {
        if let Some(top) = self.top() {
            top.reaches.insert(reach);
        }
    }

    fn called(&mut self, function: &Function) -> ControlFlow<Unknown> {
        self.function(&function.name)
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.pop() else { return };
        if open.is_through {
            return;
        }
        let nested = self.open.iter().any(|o| !o.is_through);
        let fields = open.prefixes.difference(&open.sources).cloned().collect::<Vec<_>>();
        open.columns.extend(fields);
        if open.columns.iter().any(|c| open.sources.contains(c)) {
            // A table's name as a value is the whole row.
            open.columns.insert("*".to_owned());
        }
        open.reaches.extend(open.nature.reach);
        let class =
            if open.nature.class == Class::Read { open.inner_class.unwrap_or(Class::Read) } else { open.nature.class };
        let reads_only = if class != Class::Read || open.writes || !open.reaches.is_empty() {
            Some(false)
        } else if open.doubtful {
            None
        } else {
            Some(true)
        };
        if let Some(outer) = self.top() {
            outer.tables.extend(open.tables.iter().cloned());
            outer.columns.extend(open.columns.iter().cloned());
            outer.functions.extend(open.functions.iter().cloned());
            outer.sources.extend(open.sources.iter().cloned());
            if !open.is_shown {
                outer.targets.extend(open.targets.iter().cloned());
                outer.reaches.extend(open.reaches.iter().copied());
                outer.writes |= reads_only == Some(false);
                outer.doubtful |= reads_only.is_none();
                if class != Class::Read {
                    outer.inner_class = Some(class);
                }
                outer.nature.destructive = match (outer.nature.destructive, open.nature.destructive) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    (Some(false), Some(false)) => Some(false),
                };
            }
        }
        if open.is_shown {
            return;
        }
        self.done.push(Statement {
            kind: open.nature.kind,
            class,
            is_nested: nested,
            tables: open.tables.into_iter().collect(),
            targets: open.targets.into_iter().collect(),
            columns: open.columns.into_iter().collect(),
            functions: open.functions.into_iter().collect(),
            has_where: open.has_where,
            where_is_trivial: open.where_is_trivial,
            has_limit: open.has_limit,
            reaches: open.reaches.into_iter().collect(),
            reads_only,
            destructive: open.nature.destructive,
        });
    }
}

impl Visitor for Walk {
    type Break = Unknown;

    fn pre_visit_statement(&mut self, statement: &Parsed) -> ControlFlow<Unknown> {
        let is_through = self.open.last().is_some_and(|o| std::ptr::eq(o.wrapped, statement));
        let is_shown = self.open.last().is_some_and(|o| o.shows || o.is_shown);
        let body = inner(statement);
        // `explain` runs what it explains only with `analyze`, which is an option of `(…)` too.
        let shows = match statement {
            Parsed::Explain { analyze, options, .. } => {
                !analyze
                    && options.iter().flatten().all(|o| {
                        let named = o.name.value.eq_ignore_ascii_case("analyze")
                            || o.name.value.eq_ignore_ascii_case("analyse");
                        let off = o.arg.as_ref().is_some_and(|a| {
                            ["false", "off", "0"]
                                .iter()
                                .any(|w| a.to_string().trim_matches('\'').eq_ignore_ascii_case(w))
                        });
                        !named || off
                    })
            }
            _ => false,
        };
        self.open.push(Open {
            nature: nature(statement),
            wrapped: if std::ptr::eq(body, statement) { std::ptr::null() } else { body },
            is_through,
            is_shown,
            shows,
            tables: BTreeSet::new(),
            targets: BTreeSet::new(),
            columns: BTreeSet::new(),
            functions: BTreeSet::new(),
            prefixes: BTreeSet::new(),
            sources: BTreeSet::new(),
            reaches: BTreeSet::new(),
            writes: false,
            doubtful: false,
            inner_class: None,
            has_where: false,
            where_is_trivial: Some(false),
            has_limit: false,
        });
        if is_through { ControlFlow::Continue(()) } else { self.head(body) }
    }

    fn post_visit_statement(&mut self, _: &Parsed) -> ControlFlow<Unknown> {
        self.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Unknown> {
        let mut scope = Vec::new();
        for with in query.with.iter() {
            for table in &with.cte_tables {
                let end = table.closing_paren_token.0.span.end;
                scope.push((self.part(&table.alias.name), end, with.recursive));
            }
        }
        self.scopes.push(scope);
        if !query.locks.is_empty()
            && let Some(top) = self.top()
        {
            top.writes = true;
        }
        let mut open: Vec<&SetExpr> = vec![&query.body];
        while let Some(body) = open.pop() {
            match body {
                SetExpr::Table(table) => {
                    let parts = [table.schema_name.as_deref(), table.table_name.as_deref()];
                    let parts = parts.into_iter().flatten().map(Ident::new).collect::<Vec<_>>();
                    self.table(&ObjectName::from(parts), false)?;
                    self.whole_rows();
                }
                SetExpr::SetOperation { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
                SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Insert(_) => {}
                SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Unknown> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Unknown> {
        self.items(&select.projection);
        if select.into.is_some()
            && let Some(top) = self.top()
        {
            top.writes = true;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Unknown> {
        match factor {
            TableFactor::Table { name, args, alias, .. } => {
                if args.is_some() {
                    self.skipped = Some(std::ptr::from_ref(name));
                    self.function(name)?;
                }
                if let Some(alias) = alias {
                    let name = self.part(&alias.name);
                    if let Some(top) = self.top() {
                        top.sources.insert(name);
                    }
                }
            }
            TableFactor::Function { name, .. } => self.function(name)?,
            TableFactor::SemanticView { name, .. } => self.table(name, false)?,
            TableFactor::Derived { alias, .. } => {
                let name = alias.as_ref().map(|a| self.part(&a.name));
                if let Some(top) = self.top() {
                    top.sources.extend(name);
                }
            }
            TableFactor::TableFunction { .. } | TableFactor::UNNEST { .. } | TableFactor::JsonTable { .. } => {}
            TableFactor::OpenJsonTable { .. } | TableFactor::NestedJoin { .. } | TableFactor::Pivot { .. } => {}
            TableFactor::Unpivot { .. } | TableFactor::UnpivotExpr { .. } | TableFactor::MatchRecognize { .. } => {}
            TableFactor::XmlTable { .. } => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<Unknown> {
        if self.skipped.take().is_some_and(|skipped| std::ptr::eq(skipped, name)) {
            return ControlFlow::Continue(());
        }
        if let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() {
            let (text, at) = (self.part(ident), ident.span.start);
            let given = self.scopes.iter().flatten().any(|(n, end, early)| *n == text && (*early || at > *end));
            if given {
                if let Some(top) = self.top() {
                    top.sources.insert(text);
                }
                return ControlFlow::Continue(());
            }
        }
        self.table(name, false)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Unknown> {
        if let Expr::Identifier(ident) = expr {
            self.column(ident);
        }
        if let Expr::CompoundIdentifier(parts) = expr
            && let Some((first, rest)) = parts.split_first()
        {
            let first = self.part(first);
            rest.iter().for_each(|p| self.column(p));
            if let Some(top) = self.top() {
                top.prefixes.insert(first);
            }
        }
        if let Expr::Wildcard(_) | Expr::QualifiedWildcard(..) = expr {
            self.whole_rows();
        }
        if let Expr::Value(value) = expr
            && matches!(&value.value, sqlparser::ast::Value::Placeholder(p)
                if self.dialect == Dialect::Snowflake && p.starts_with('$'))
        {
            self.whole_rows();
        }
        if let Expr::BinaryOp { op, .. } = expr
            && matches!(op, sqlparser::ast::BinaryOperator::PGCustomBinaryOperator(_))
            && let Some(top) = self.top()
        {
            top.doubtful = true;
        }
        if let Expr::Function(function) = expr {
            self.called(function)?;
        }
        ControlFlow::Continue(())
    }
}

/// The tables of a `from`.
fn tables_of(from: &[TableWithJoins]) -> Vec<&ObjectName> {
    let factors = from.iter().flat_map(|f| std::iter::once(&f.relation).chain(f.joins.iter().map(|j| &j.relation)));
    factors.filter_map(|f| if let TableFactor::Table { name, .. } = f { Some(name) } else { None }).collect()
}

/// Whether every branch has a condition, and whether one of them chooses nothing.
fn conditions(body: &SetExpr) -> (bool, Option<bool>) {
    let (mut everywhere, mut trivial) = (true, Some(false));
    let mut open = vec![body];
    while let Some(body) = open.pop() {
        match body {
            SetExpr::Select(select) => match &select.selection {
                Some(condition) => {
                    let this = bound::is_trivial(condition);
                    trivial = match (trivial, this) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (None, _) | (_, None) => None,
                        (Some(false), Some(false)) => Some(false),
                    };
                }
                None => everywhere = false,
            },
            SetExpr::Query(query) => open.push(&query.body),
            SetExpr::SetOperation { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            SetExpr::Values(_) | SetExpr::Table(_) => everywhere = false,
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {}
        }
    }
    (everywhere, if everywhere { trivial } else { Some(false) })
}

fn has_top(body: &SetExpr) -> bool {
    matches!(body, SetExpr::Select(select) if select.top.is_some())
}
