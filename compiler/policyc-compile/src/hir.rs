//! The typed tree: every name resolved, every expression with its type.
//!
//! It is what lowering turns into the decision tree and what the oracle interprets, so it says what a policy
//! *means* and nothing about how it is evaluated. Values in it are constants of the language.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use policyc_diag::Span;
pub use policyc_runtime::num::Decimal;
// Ids of what keeps its place when it is lowered are those of the compiled policy.
pub use policyc_runtime::policy::{AttrId, BudgetId, LabelId, MarkId, RoleId, TableId, ToolId};
pub use policyc_runtime::policy::{BudgetField, BudgetKey, CalendarUnit, Effect, Member, Risk, Window};

macro_rules! ids { ($($(#[$doc:meta])* $name:ident),*) => {$(
    $(#[$doc])* #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)] pub struct $name(pub u32);
    impl $name { /// As an index.
        pub fn index(self) -> usize { usize::try_from(self.0).unwrap_or(usize::MAX) } }
)*}}
ids!(
    /// Of `Program::functions`.
    FnId,
    /// Of the variables in scope: function parameters and quantified variables, counted from the outermost.
    VarId
);

/// A whole policy, checked.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The project's name.
    pub name: String,
    /// Sorted by name.
    pub tools: Vec<Tool>,
    /// In order of their names.
    pub labels: Vec<Label>,
    /// Attributes of agents.
    pub attributes: Vec<Field>,
    /// Roles, in order of their names.
    pub roles: Vec<Role>,
    /// Marks, in order of their names.
    pub marks: Vec<Mark>,
    /// Budgets, in order of their names.
    pub budgets: Vec<Budget>,
    /// How marks change.
    pub afters: Vec<After>,
    /// `data` tables.
    pub tables: Vec<Table>,
    /// Functions; a function calls only functions before it.
    pub functions: Vec<Function>,
    /// Rules, in order of their qualified names.
    pub rules: Vec<Rule>,
    /// Tests of the root module (and of a std module when that is what is compiled), in source order.
    pub tests: Vec<Test>,
    /// Invariants, checked for types only.
    pub invariants: Vec<Invariant>,
    /// Files of the root in which no item stands.
    pub empty_files: Vec<String>,
    /// Files of other modules, those of the standard library left out, with how many tests they have: these are run
    /// when that module is the root.
    pub tests_elsewhere: Vec<(String, usize)>,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ty {
    /// `true` or `false`.
    Bool,
    /// 64 bits, signed.
    Int,
    /// Exact; 18 digits after the point.
    Decimal,
    /// Exact, of one currency.
    Money(String),
    /// Text without structure.
    Text,
    /// One of these texts, sorted as declared.
    Enum(Arc<[String]>),
    /// `read < modify < external < delete`.
    Risk,
    /// Nanoseconds.
    Duration,
    /// Nanoseconds since 1970-01-01 UTC.
    Time,
    /// Values in order.
    List(Arc<Ty>),
    /// On the wire a list without repetition.
    Set(Arc<Ty>),
    /// Keys are texts.
    Map(Arc<Ty>),
    /// Named fields.
    Record(Arc<RecordTy>),
    /// One of several types, told apart by the form on the wire.
    Union(Arc<[Ty]>),
    /// May be absent or null.
    Optional(Arc<Ty>),
    /// Anything; presence and equality only.
    Json,
    /// A shell command; relative paths are read from the argument named here.
    Shell(Option<String>),
    /// SQL of a dialect.
    Sql(Dialect),
    /// A URL.
    Url,
    /// A path; relative ones are read from the argument named here.
    Path(Option<String>),
    /// A host name or address.
    Host,
    /// An address.
    Ip,
    /// A network.
    Cidr,
    /// A mail address.
    Email,
    /// A regular expression: constants only.
    Regex,
    /// The session, as in `session has M`: no value.
    Session,
    /// The type of something that was already reported; fits everything.
    Poison,
}

/// What says which SQL a text is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// The policy: the dialect's name.
    Named(String),
    /// The call: the argument beside it of this name.
    Argument(String),
}

impl Ty {
    /// The argument beside it by which a value is read: the folder of its relative paths, or its dialect.
    pub fn read_by(&self) -> Option<&str> {
        match self {
            Self::Path(by) | Self::Shell(by) => by.as_deref(),
            Self::Sql(Dialect::Argument(by)) => Some(by),
            Self::Sql(Dialect::Named(_)) | Self::Bool | Self::Int | Self::Decimal | Self::Money(_) => None,
            Self::Text | Self::Enum(_) | Self::Risk | Self::Duration | Self::Time | Self::Regex => None,
            Self::List(_) | Self::Set(_) | Self::Map(_) | Self::Record(_) | Self::Union(_) => None,
            Self::Optional(_) | Self::Json | Self::Url | Self::Host | Self::Ip | Self::Cidr => None,
            Self::Email | Self::Session | Self::Poison => None,
        }
    }
}

/// A record's type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordTy {
    /// Sorted by name.
    pub fields: Vec<Field>,
    /// Undeclared fields are admitted.
    pub open: bool,
}

/// An argument, an attribute, or a field of a record. Two are the same wherever they are declared.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// What it is when the wire does not say.
    pub default: Option<Value>,
    /// Where it is declared.
    pub span: Span,
}

impl Field {
    fn meaning(&self) -> (&str, &Ty, Option<&Value>) {
        (&self.name, &self.ty, self.default.as_ref())
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Field {}

impl PartialOrd for Field {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Field {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meaning().hash(state);
    }
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `null`: absent.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A decimal.
    Decimal(Decimal),
    /// An amount with its currency.
    Money(Decimal, String),
    /// A text; also a URL or e-mail address as it was written.
    Text(String),
    /// An enum value.
    Enum(String),
    /// A risk.
    Risk(Risk),
    /// Nanoseconds.
    Duration(i64),
    /// Nanoseconds since 1970.
    Time(i64),
    /// A host name or an address, in the normal form of `policyc-facets`.
    Host(String),
    /// A network, in normal form.
    Network(String),
    /// A directory or file, in normal form.
    Path(String),
    /// A regular expression that was compiled once to see that it can be.
    Regex(String),
    /// A list or set (a set is sorted and without repetition).
    List(Vec<Value>),
    /// A record or map.
    Record(BTreeMap<String, Value>),
}

/// A tool.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its full name.
    pub name: String,
    /// Sorted by name.
    pub args: Vec<Field>,
    /// Undeclared arguments are admitted.
    pub open: bool,
    /// The type of its result: `Text` unless it says otherwise.
    pub returns: Ty,
    /// Its risk; the highest if it does not say.
    pub risk: Risk,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Where it is declared.
    pub span: Span,
}

/// A set of tools, by id.
pub type ToolSet = BTreeSet<ToolId>;

/// A label.
#[derive(Clone, Debug)]
pub struct Label {
    /// Name, type, default, place.
    pub field: Field,
    /// The caller's own word.
    pub from_caller: bool,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// All roles that an agent with this role has, itself included.
    pub closure: BTreeSet<RoleId>,
    /// Where it is declared.
    pub span: Span,
}

/// A mark.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
}

/// `after …`
#[derive(Clone, Debug)]
pub struct After {
    /// After calls of these tools.
    pub tools: ToolSet,
    /// The condition (may side for `mark`, must side for `clear`).
    pub when: Option<Expr>,
    /// `clear` instead of `mark`.
    pub clear: bool,
    /// The result's text instead of the session.
    pub on_result: bool,
    /// Which mark.
    pub mark: MarkId,
    /// Where.
    pub span: Span,
}

/// A budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// How much.
    pub limit: Value,
    /// `Int`, `Decimal`, `Money` or `Duration`.
    pub ty: Ty,
    /// How long a charge counts.
    pub window: Window,
    /// What it counts for; empty is one counter for all.
    pub per: BTreeSet<BudgetKey>,
    /// Refused calls count too.
    pub attempts: bool,
    /// What is charged; the first charge whose tools hold the call's tool and whose condition may be true counts.
    pub charges: Vec<Charge>,
    /// Over the limit: hold instead of deny.
    pub hold: bool,
    /// Who approves.
    pub approvers: Vec<String>,
    /// What a refusal says.
    pub because: Option<Template>,
    /// Where.
    pub span: Span,
}

/// One charge.
#[derive(Clone, Debug)]
pub struct Charge {
    /// On calls of these tools.
    pub tools: ToolSet,
    /// If this may be true.
    pub when: Option<Expr>,
    /// What is reserved; of the budget's type.
    pub amount: Expr,
    /// What is charged in its place once the result is there.
    pub settle: Option<Expr>,
}

/// A `data` table: a constant list, set, map or record; indexed by a key that may be missing.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Its contents.
    pub value: Value,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its qualified name.
    pub name: String,
    /// Types of the parameters; in the body parameter `i` is `VarId(i)`.
    pub params: Vec<(String, Ty)>,
    /// The type of the body.
    pub ty: Ty,
    /// The body.
    pub body: Expr,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Qualified by its module for modules other than the root: `std.risk.x`.
    pub name: String,
    /// Its doc comment.
    pub doc: Option<String>,
    /// Evaluated and reported, never deciding.
    pub observe: bool,
    /// What it does.
    pub effect: Effect,
    /// Over which tools; never empty.
    pub tools: ToolSet,
    /// Agents with one of these roles; empty is every agent.
    pub roles: BTreeSet<RoleId>,
    /// Where `for` names them; empty if it does not.
    pub roles_span: Span,
    /// The condition; `unless C` has become `and not C`. `None` is true.
    pub when: Option<Expr>,
    /// What a refusal says.
    pub because: Option<Template>,
    /// What to do instead.
    pub suggest: Option<Suggest>,
    /// Who may approve (hold only).
    pub approvers: Vec<String>,
    /// How long an approval is awaited, in nanoseconds (hold only).
    pub expires: Option<i64>,
    /// Obligations, by key.
    pub obligations: BTreeMap<String, Value>,
    /// Which spans `redact` cuts out; empty cuts everything.
    pub redacts: Vec<Value>,
    /// The whole item.
    pub span: Span,
}

/// What to do instead.
#[derive(Clone, Debug)]
pub enum Suggest {
    /// In words.
    Text(Template),
    /// A call, its arguments as constants.
    Call(ToolId, BTreeMap<String, Value>),
}

/// A text with values in it.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its parts.
    pub parts: Vec<TemplatePart>,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Plain text.
    Text(String),
    /// A value.
    Expr(Expr),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Its type; conditions have `Bool`.
    pub ty: Ty,
    /// Where.
    pub span: Span,
}

impl Expr {
    /// The expressions right inside this one.
    pub fn children(&self) -> Vec<&Self> {
        crate::contradictions::children(self)
    }
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant (also a folded `let`, `param`, literal).
    Const(Value),
    /// `args.NAME`; read from the call, else the tool's default, else absent.
    Arg(String),
    /// `args`: the whole record (in `call has MARK`-like uses and `any` over maps never; only `Json`).
    Args,
    /// `labels.NAME`
    Label(LabelId),
    /// `agent.id`
    AgentId,
    /// `agent.tenant`
    AgentTenant,
    /// `agent.NAME`
    AgentAttr(AttrId),
    /// `ROLE in agent.roles`
    HasRole(RoleId),
    /// `session.id`
    SessionId,
    /// `session.age`: time since the session's first event
    SessionAge,
    /// `tool.name`
    ToolName,
    /// `tool.risk`
    ToolRisk,
    /// `tool.tags`, a set of texts
    ToolTags,
    /// `time`
    Time,
    /// `budgets.NAME.used | left | limit`, for the key of this call, before this call
    Budget(BudgetId, BudgetField),
    /// `result`, of the tool's return type
    Result,
    /// `result.status`-like questions: true when the result is ok
    ResultOk,
    /// `usage.tokens`: int
    UsageTokens,
    /// `usage.cost`: money of the type of this expression
    UsageCost,
    /// `usage.time`: duration
    UsageTime,
    /// `tool` in a test's or template's text, `call.task`
    Task,
    /// A parameter or quantified variable.
    Var(VarId),
    /// A record's field; absent if it is not there.
    Field(Box<Expr>, String),
    /// A member of a structured text: `url.host`.
    Member(Box<Expr>, Member),
    /// `map[key]`; absent if it is not there.
    Index(Box<Expr>, Box<Expr>),
    /// `table[key]`: unknown if it is not there.
    Lookup(TableId, Box<Expr>),
    /// A function called.
    Call(FnId, Vec<Expr>),
    /// The branch of a union that a comparison needs; unknown if the value is of another branch.
    Narrow(Box<Expr>),
    /// An `Int` read as `Decimal`.
    ToDecimal(Box<Expr>),
    /// `+ - *` on `Int`, `Decimal`, `Money`, `Duration`, `Time`; unknown on overflow.
    Arith(ArithOp, Box<Expr>, Box<Expr>),
    /// `-a`
    Neg(Box<Expr>),
    /// `lower(x)`
    Lower(Box<Expr>),
    /// `len(x)`: characters of a text, members of a list or set or map
    Len(Box<Expr>),

    /// A `bool` value asked as a condition.
    IsTrue(Box<Expr>),
    /// `not`
    Not(Box<Expr>),
    /// `surely(C)`: true if the condition must be true, and otherwise false; only in rules that restrict.
    Surely(Box<Expr>),
    /// `and`
    And(Vec<Expr>),
    /// `or`
    Or(Vec<Expr>),
    /// `== != < <= > >=`; both sides of one type
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `x in xs`; the right side is a list, set or map (keys)
    In(Box<Expr>, Box<Expr>),
    /// `x within y`; see `WithinKind` for the types
    Within(Box<Expr>, Box<Expr>),
    /// `x like "glob"`: `*` any run of characters, `?` one, `\` takes the next literally
    Like(Box<Expr>, String),
    /// `x matches /re/`: somewhere in x
    Matches(Box<Expr>, String),
    /// `starts with`
    StartsWith(Box<Expr>, Box<Expr>),
    /// `ends with`
    EndsWith(Box<Expr>, Box<Expr>),
    /// `contains`: a text in a text, or a member in a list or set
    Contains(Box<Expr>, Box<Expr>),
    /// `x is present`
    Present(Box<Expr>),
    /// `session has M`
    SessionHas(MarkId),
    /// `x has M`; x is a value that came with the call (any type: every text inside counts)
    ValueHas(Box<Expr>, MarkId),
    /// `x from user`
    FromUser(Box<Expr>),
    /// `x from PATTERN`
    FromTools(Box<Expr>, ToolSet),
    /// `any`/`all`: the variable's id, the list, the condition
    Quantified {
        /// `all` instead of `any`.
        all: bool,
        /// The variable.
        var: VarId,
        /// Its name, for explanations.
        name: String,
        /// A list, set, or map (its values).
        list: Box<Expr>,
        /// The condition.
        body: Box<Expr>,
    },
}

/// `+ - *`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// `== != < <= > >=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// `invariant …`
#[derive(Clone, Debug)]
pub struct Invariant {
    /// Its name.
    pub name: String,
    /// `always` instead of `never`.
    pub always: bool,
    /// Which decisions.
    pub effects: BTreeSet<Effect>,
    /// Over which tools.
    pub tools: ToolSet,
    /// For which roles; empty is all.
    pub roles: BTreeSet<RoleId>,
    /// The condition.
    pub when: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// A test, its tables unrolled: one for each row (`name` then ends in the row's values).
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Why it is not run.
    pub skip: Option<String>,
    /// Why it is known to fail.
    pub fails: Option<String>,
    /// What happens, in order.
    pub steps: Vec<TestStep>,
    /// Where.
    pub span: Span,
}

/// One step.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// What.
    pub kind: TestStepKind,
    /// Where.
    pub span: Span,
}

/// What a step does. Values are constants; what goes over the wire is written as JSON by the harness.
#[derive(Clone, Debug)]
pub enum TestStepKind {
    /// The session has this mark from the start.
    GivenMark(MarkId),
    /// The budget has used so much, for the keys of each call of the test.
    GivenUsed(BudgetId, Value),
    /// The clock is set, in nanoseconds since 1970.
    At(i64),
    /// The clock moves on, in nanoseconds.
    Wait(i64),
    /// The user says this.
    User(String),
    /// A call.
    Call(Box<TestCall>),
    /// The result of the latest call.
    Result {
        /// Or an error.
        ok: bool,
        /// A text or a record.
        content: Value,
        /// Reported usage, by name.
        usage: BTreeMap<String, Value>,
    },
    /// People answer to the latest held call.
    Approve {
        /// Or reject.
        yes: bool,
        /// As which group.
        group: Option<String>,
    },
    /// The decision of the latest call (`allow hold deny`) or result (`pass redact quarantine`).
    ExpectDecision {
        /// Which.
        verdict: Verdict,
        /// By exactly these rules and budgets, sorted; empty: not said.
        by: Vec<String>,
        /// With this code.
        code: Option<String>,
        /// What else comes with it.
        told: Told,
    },
    /// This must be true of the state after the latest step.
    Expect(Expr),
}

/// What an expectation says of a decision besides rules and code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The reason has this in it.
    pub reason: Option<String>,
    /// Exactly these groups approve, sorted; empty: not said.
    pub approvers: Vec<String>,
    /// These obligations are among those that come along.
    pub obligations: BTreeMap<String, Value>,
    /// These are among what was unknown, as decisions write it.
    pub unknown: Vec<String>,
    /// Exactly these texts are cut out of the result, sorted; `None`: not said.
    pub cuts: Option<Vec<String>>,
    /// Rules, budgets or the default decided: a refusal before any rule was asked is no answer.
    pub judged: bool,
}

/// What a test can expect of a call or of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `allow`
    Allow,
    /// `hold`
    Hold,
    /// `deny`
    Deny,
    /// `pass`
    Pass,
    /// `redact`
    Redact,
    /// `quarantine`
    Quarantine,
}

/// A call of a test.
#[derive(Clone, Debug)]
pub struct TestCall {
    /// Need not be a declared tool.
    pub tool: String,
    /// Its arguments.
    pub args: BTreeMap<String, Value>,
    /// The agent's id; `"agent"` if the test does not say.
    pub agent: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its tenant.
    pub tenant: Option<String>,
    /// Its attributes; what a test says in `with` under a name that is an attribute and no label.
    pub attributes: BTreeMap<String, Value>,
    /// The session; `"session"` if the test does not say.
    pub session: String,
    /// The turn.
    pub turn: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// Labels, those of `given` included.
    pub labels: BTreeMap<String, Value>,
    /// Marks that the host states, by argument.
    pub marks: BTreeMap<String, Vec<String>>,
}
