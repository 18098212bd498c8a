//! What a statement is and does in general, by what stands at its beginning.
//!
//! One table over every statement that the library knows. Nothing here looks into conditions or functions; what a
//! statement holds inside is the business of `walk`.

use sqlparser::ast::{
    AlterColumnOperation, AlterFunctionOperation, AlterTableOperation, CopyIntoSnowflakeKind, CopySource, CopyTarget,
    DeclareType, ObjectType, Query, Reset, Set, SetExpr, Statement,
};

use super::Reach;

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Changes an object.
    Alter,
    /// Gathers statistics.
    Analyze,
    /// Begins a transaction.
    Begin,
    /// `if`, `while`, `case`: what is inside may run.
    Block,
    /// Runs a procedure.
    Call,
    /// Describes an object.
    Comment,
    /// Ends a transaction.
    Commit,
    /// Moves rows between a table and a file, stage, program or client.
    Copy,
    /// Makes an object.
    Create,
    /// Declares a cursor or variable.
    Declare,
    /// Deletes rows.
    Delete,
    /// Removes an object.
    Drop,
    /// Runs a prepared statement, a procedure or a text.
    Execute,
    /// Shows how a statement would run, or a table.
    Explain,
    /// Gives privileges.
    Grant,
    /// Adds rows; also `replace`.
    Insert,
    /// Ends a connection or query.
    Kill,
    /// Loads rows from a file, or a library.
    Load,
    /// Locks tables, or unlocks them.
    Lock,
    /// Adds, changes and deletes rows.
    Merge,
    /// Something else: cursors, messages, maintenance.
    Other,
    /// Asks or sets how SQLite works.
    Pragma,
    /// Prepares a statement.
    Prepare,
    /// Takes privileges.
    Revoke,
    /// Takes a transaction back.
    Rollback,
    /// Sets or releases a savepoint.
    Savepoint,
    /// Reads rows; also `values` and `table`.
    Select,
    /// Sets a variable, role or mode.
    Set,
    /// Shows settings or names.
    Show,
    /// Empties tables.
    Truncate,
    /// Changes rows.
    Update,
    /// Chooses a database, role or warehouse.
    Use,
    /// Cleans up.
    Vacuum,
}

impl Kind {
    /// All, sorted by name.
    pub const ALL: [Self; 33] = [
        Self::Alter,
        Self::Analyze,
        Self::Begin,
        Self::Block,
        Self::Call,
        Self::Comment,
        Self::Commit,
        Self::Copy,
        Self::Create,
        Self::Declare,
        Self::Delete,
        Self::Drop,
        Self::Execute,
        Self::Explain,
        Self::Grant,
        Self::Insert,
        Self::Kill,
        Self::Load,
        Self::Lock,
        Self::Merge,
        Self::Other,
        Self::Pragma,
        Self::Prepare,
        Self::Revoke,
        Self::Rollback,
        Self::Savepoint,
        Self::Select,
        Self::Set,
        Self::Show,
        Self::Truncate,
        Self::Update,
        Self::Use,
        Self::Vacuum,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alter => "alter",
            Self::Analyze => "analyze",
            Self::Begin => "begin",
            Self::Block => "block",
            Self::Call => "call",
            Self::Comment => "comment",
            Self::Commit => "commit",
            Self::Copy => "copy",
            Self::Create => "create",
            Self::Declare => "declare",
            Self::Delete => "delete",
            Self::Drop => "drop",
            Self::Execute => "execute",
            Self::Explain => "explain",
            Self::Grant => "grant",
            Self::Insert => "insert",
            Self::Kill => "kill",
            Self::Load => "load",
            Self::Lock => "lock",
            Self::Merge => "merge",
            Self::Other => "other",
            Self::Pragma => "pragma",
            Self::Prepare => "prepare",
            Self::Revoke => "revoke",
            Self::Rollback => "rollback",
            Self::Savepoint => "savepoint",
            Self::Select => "select",
            Self::Set => "set",
            Self::Show => "show",
            Self::Truncate => "truncate",
            Self::Update => "update",
            Self::Use => "use",
            Self::Vacuum => "vacuum",
        }
    }
}

/// What a statement does in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Brings in code, or runs code that is not in the text.
    Code,
    /// Transactions, settings, maintenance.
    Control,
    /// Changes who may do what, or who one is.
    Privilege,
    /// Looks.
    Read,
    /// Changes what tables and other objects there are.
    Structure,
    /// Changes rows.
    Write,
}

impl Class {
    /// All, sorted by name.
    pub const ALL: [Self; 6] = [Self::Code, Self::Control, Self::Privilege, Self::Read, Self::Structure, Self::Write];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Control => "control",
            Self::Privilege => "privilege",
            Self::Read => "read",
            Self::Structure => "structure",
            Self::Write => "write",
        }
    }
}

/// What is known of a statement by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nature {
    pub kind: Kind,
    pub class: Class,
    /// It takes data or structure away, whatever it says further; `None`: what it runs is not in the text.
    pub destructive: Option<bool>,
    /// Where it reaches by itself.
    pub reach: Option<Reach>,
}

impl Nature {
    fn takes_away(self) -> Self {
        Self { destructive: Some(true), ..self }
    }

    fn reaching(self, reach: Reach) -> Self {
        Self { reach: Some(reach), ..self }
    }
}

/// The statement that a query only wraps: `with … delete …` is a `delete`.
pub(super) fn inner(statement: &Statement) -> &Statement {
    let Statement::Query(query) = statement else { return statement };
    match query.body.as_ref() {
        SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner) => inner,
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::SetOperation { .. } | SetExpr::Values(_) => statement,
        SetExpr::Table(_) => statement,
    }
}

/// What a statement is by its beginning.
pub(super) fn nature(statement: &Statement) -> Nature {
    use Statement as S;
    let of = |kind, class| Nature { kind, class, destructive: Some(false), reach: None };
    let unseen = |kind| Nature { kind, class: Class::Code, destructive: None, reach: None };
    match inner(statement) {
        S::Query(query) => of(Kind::Select, if makes_table(query) { Class::Write } else { Class::Read }),
        S::ShowFunctions { .. } | S::ShowVariable { .. } | S::ShowStatus { .. } | S::ShowVariables { .. } => {
            of(Kind::Show, Class::Read)
        }
        S::ShowCreate { .. } | S::ShowColumns { .. } | S::ShowCatalogs { .. } | S::ShowDatabases { .. } => {
            of(Kind::Show, Class::Read)
        }
        S::ShowProcessList { .. } | S::ShowSchemas { .. } | S::ShowCharset(_) | S::ShowObjects(_) => {
            of(Kind::Show, Class::Read)
        }
        S::ShowTables { .. } | S::ShowViews { .. } | S::ShowCollation { .. } => of(Kind::Show, Class::Read),
        S::ExplainTable { .. } | S::Explain { .. } => of(Kind::Explain, Class::Read),
        S::Declare { stmts } => {
            let cursor = stmts.iter().all(|s| s.declare_type == Some(DeclareType::Cursor));
            of(Kind::Declare, if cursor { Class::Read } else { Class::Control })
        }

        S::Insert(insert) => {
            let whole = insert.overwrite;
            let known = of(Kind::Insert, Class::Write);
            Nature { destructive: if insert.replace_into { None } else { Some(whole) }, ..known }
        }
        S::Update(_) => of(Kind::Update, Class::Write),
        S::Delete(_) => of(Kind::Delete, Class::Write),
        S::Merge(_) => of(Kind::Merge, Class::Write),
        S::Copy { source, to, target, .. } => {
            let reads = *to || matches!(source, CopySource::Query(_));
            let known = of(Kind::Copy, if reads { Class::Read } else { Class::Write });
            match target {
                CopyTarget::Stdin | CopyTarget::Stdout => known,
                CopyTarget::File { .. } => known.reaching(Reach::File),
                CopyTarget::Program { .. } => known.reaching(Reach::Program),
            }
        }
        S::CopyIntoSnowflake { kind, .. } => {
            let reads = matches!(kind, CopyIntoSnowflakeKind::Location);
            of(Kind::Copy, if reads { Class::Read } else { Class::Write }).reaching(Reach::File)
        }
        S::Unload { .. } => of(Kind::Copy, Class::Read).reaching(Reach::File),
        S::ExportData(_) => of(Kind::Copy, Class::Read).reaching(Reach::File),
        S::LoadData { .. } => of(Kind::Load, Class::Write).reaching(Reach::File),
        S::Directory { .. } => of(Kind::Insert, Class::Write).reaching(Reach::File),
        S::List(_) => of(Kind::Show, Class::Read).reaching(Reach::File),
        S::Put { .. } => of(Kind::Copy, Class::Write).reaching(Reach::File),
        S::Remove(_) => of(Kind::Drop, Class::Write).reaching(Reach::File).takes_away(),

        S::Truncate(_) => of(Kind::Truncate, Class::Structure).takes_away(),
        S::Drop { object_type: ObjectType::Role | ObjectType::User, .. } => {
            of(Kind::Drop, Class::Privilege).takes_away()
        }
        S::Drop { .. } | S::DropFunction(_) | S::DropDomain(_) | S::DropProcedure { .. } | S::DropPolicy(_) => {
            of(Kind::Drop, Class::Structure).takes_away()
        }
        S::DropConnector { .. } | S::DropExtension(_) | S::DropOperator(_) | S::DropOperatorFamily(_) => {
            of(Kind::Drop, Class::Structure).takes_away()
        }
        S::DropOperatorClass(_) | S::DropTrigger(_) => of(Kind::Drop, Class::Structure).takes_away(),
        S::DropSecret { .. } => of(Kind::Drop, Class::Privilege).takes_away(),

        S::CreateTable(create) => {
            let filled = create.query.is_some();
            let known = of(Kind::Create, if filled { Class::Write } else { Class::Structure });
            if create.or_replace { known.takes_away() } else { known }
        }
        S::CreateView(_) | S::CreateVirtualTable { .. } | S::CreateIndex(_) | S::CreateOperator(_) => {
            of(Kind::Create, Class::Structure)
        }
        S::CreateOperatorFamily(_) | S::CreateOperatorClass(_) | S::CreateTextSearch(_) | S::CreateCollation(_) => {
            of(Kind::Create, Class::Structure)
        }
        S::CreateFileFormat { .. } | S::CreateWarehouse(_) | S::CreateSequence { .. } | S::CreateDomain(_) => {
            of(Kind::Create, Class::Structure)
        }
        S::CreateType { .. } => of(Kind::Create, Class::Structure),
        S::CreateSchema { or_replace, .. } | S::CreateDatabase { or_replace, .. } => {
            let known = of(Kind::Create, Class::Structure);
            if *or_replace { known.takes_away() } else { known }
        }
        S::CreateServer(_) | S::CreateConnector(_) => of(Kind::Create, Class::Structure).reaching(Reach::Network),
        S::CreateStage { .. } => of(Kind::Create, Class::Structure).reaching(Reach::File),
        S::CreateRole(_) | S::CreateUser(_) | S::CreateSecret { .. } | S::CreatePolicy(_) => {
            of(Kind::Create, Class::Privilege)
        }
        S::CreateFunction(_) | S::CreateTrigger(_) | S::CreateProcedure { .. } | S::CreateMacro { .. } => {
            of(Kind::Create, Class::Code)
        }
        S::CreateExtension(_) => of(Kind::Create, Class::Structure),

        S::AlterTable(alter) => {
            let class =
                if alter.operations.iter().any(changes_privileges) { Class::Privilege } else { Class::Structure };
            let known = of(Kind::Alter, class);
            if alter.operations.iter().any(takes_away) { known.takes_away() } else { known }
        }
        S::AlterSchema(alter) => {
            use sqlparser::ast::AlterSchemaOperation as Op;
            let owner = alter.operations.iter().any(|o| matches!(o, Op::OwnerTo { .. }));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterFunction(alter) => {
            let owner = matches!(alter.operation, AlterFunctionOperation::OwnerTo(_));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterCollation(alter) => {
            let owner = matches!(alter.operation, sqlparser::ast::AlterCollationOperation::OwnerTo(_));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterOperator(alter) => {
            let owner = matches!(alter.operation, sqlparser::ast::AlterOperatorOperation::OwnerTo(_));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterOperatorFamily(alter) => {
            let owner = matches!(alter.operation, sqlparser::ast::AlterOperatorFamilyOperation::OwnerTo(_));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterOperatorClass(alter) => {
            let owner = matches!(alter.operation, sqlparser::ast::AlterOperatorClassOperation::OwnerTo(_));
            of(Kind::Alter, if owner { Class::Privilege } else { Class::Structure })
        }
        S::AlterIndex { .. } | S::AlterView { .. } | S::AlterType(_) | S::AlterTextSearch(_) => {
            of(Kind::Alter, Class::Structure)
        }
        S::AlterConnector { .. } => of(Kind::Alter, Class::Structure).reaching(Reach::Network),
        S::RenameTable(_) => of(Kind::Alter, Class::Structure),
        S::AlterRole { .. } | S::AlterPolicy(_) | S::AlterUser(_) => of(Kind::Alter, Class::Privilege),
        S::AlterSession { .. } => of(Kind::Alter, Class::Control),
        S::Comment { .. } => of(Kind::Comment, Class::Structure),
        S::AttachDatabase { .. } | S::AttachDuckDBDatabase { .. } => {
            of(Kind::Other, Class::Structure).reaching(Reach::File)
        }
        S::DetachDuckDBDatabase { .. } => of(Kind::Other, Class::Structure),

        S::Grant(_) => of(Kind::Grant, Class::Privilege),
        S::Deny(_) | S::Revoke(_) => of(Kind::Revoke, Class::Privilege),
        S::Set(Set::SetRole { .. } | Set::SetSessionAuthorization(_)) => of(Kind::Set, Class::Privilege),
        S::Set(Set::SingleAssignment { variable, .. }) => {
            let role = matches!(super::walk::last(variable).as_str(), "role" | "session_authorization");
            of(Kind::Set, if role { Class::Privilege } else { Class::Control })
        }
        S::Set(_) => of(Kind::Set, Class::Control),

        S::Call(_) => unseen(Kind::Call),
        S::Execute { .. } => unseen(Kind::Execute),
        S::Install { .. } | S::Load { .. } => unseen(Kind::Load).reaching(Reach::Program),

        S::Case(_) | S::If(_) | S::While(_) => of(Kind::Block, Class::Control),
        S::StartTransaction { .. } => of(Kind::Begin, Class::Control),
        S::Commit { .. } => of(Kind::Commit, Class::Control),
        S::Rollback { .. } => of(Kind::Rollback, Class::Control),
        S::Savepoint { .. } | S::ReleaseSavepoint { .. } => of(Kind::Savepoint, Class::Control),
        S::Prepare { .. } => of(Kind::Prepare, Class::Control),
        S::Lock(_) | S::LockTables { .. } | S::UnlockTables => of(Kind::Lock, Class::Control),
        S::Use(_) => of(Kind::Use, Class::Control),
        S::Pragma { .. } => of(Kind::Pragma, Class::Control),
        S::Analyze(_) => of(Kind::Analyze, Class::Control),
        S::Vacuum(_) | S::OptimizeTable { .. } => of(Kind::Vacuum, Class::Control),
        S::Kill { .. } => of(Kind::Kill, Class::Control),
        S::Reset(reset) if matches!(reset.reset, Reset::SessionAuthorization) => of(Kind::Set, Class::Privilege),
        S::Fetch { .. } | S::Open(_) | S::Close { .. } | S::Deallocate { .. } | S::Discard { .. } | S::Reset(_) => {
            of(Kind::Other, Class::Control)
        }
        S::LISTEN { .. } | S::UNLISTEN { .. } | S::NOTIFY { .. } | S::Flush { .. } | S::Msck(_) | S::Assert { .. } => {
            of(Kind::Other, Class::Control)
        }
        S::Cache { .. } | S::UNCache { .. } | S::Raise(_) | S::RaisError { .. } | S::Throw(_) | S::Print(_) => {
            of(Kind::Other, Class::Control)
        }
        S::WaitFor(_) | S::Return(_) => of(Kind::Other, Class::Control),
    }
}

/// `select … into t`.
fn makes_table(query: &Query) -> bool {
    let mut open: Vec<&SetExpr> = vec![&query.body];
    while let Some(body) = open.pop() {
        match body {
            SetExpr::Select(select) if select.into.is_some() => return true,
            SetExpr::Query(query) => open.push(&query.body),
            SetExpr::SetOperation { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => {}
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {}
        }
    }
    false
}

fn changes_privileges(operation: &AlterTableOperation) -> bool {
    matches!(
        operation,
        AlterTableOperation::OwnerTo { .. }
            | AlterTableOperation::DisableRowLevelSecurity
            | AlterTableOperation::EnableRowLevelSecurity
            | AlterTableOperation::ForceRowLevelSecurity
            | AlterTableOperation::NoForceRowLevelSecurity
    )
}

/// Columns, constraints and partitions go, or values may be lost to another type.
fn takes_away(operation: &AlterTableOperation) -> bool {
    use AlterTableOperation as Op;
    matches!(
        operation,
        Op::DropProjection { .. }
            | Op::ClearProjection { .. }
            | Op::DropConstraint { .. }
            | Op::DropColumn { .. }
            | Op::DropPrimaryKey { .. }
            | Op::DropForeignKey { .. }
            | Op::DropIndex { .. }
            | Op::DropPartitions { .. }
            | Op::DropClusteringKey
            | Op::ChangeColumn { .. }
            | Op::ModifyColumn { .. }
            | Op::AlterColumn {
                op: AlterColumnOperation::DropNotNull
                    | AlterColumnOperation::DropDefault
                    | AlterColumnOperation::SetDataType { .. },
                ..
            }
    )
}
