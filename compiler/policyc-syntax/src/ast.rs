//! The syntax tree: what the writer wrote, with a span on everything that a message may point at.
//!
//! Nothing is resolved here: names are texts, `dev` may be an enum value or a constant, a pattern is the
//! text of a glob. Comments live beside the items, in order, so that the formatter can put them back.

use policyc_diag::{FileId, Span};

/// One file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// `edition N`, if it is there.
    pub edition: Option<(u32, Span)>,
    /// The doc comment (`//!` lines) of the file, without the slashes.
    pub doc: Option<String>,
    /// All healthy items, in the order of the text.
    pub items: Vec<Item>,
    /// All comments but doc comments, in the order of the text.
    pub comments: Vec<Comment>,
    /// Items that could not be read. Something has been said about each; what they would have declared is declared
    /// as far as other messages go.
    pub broken: Vec<Broken>,
}

/// An item that could not be read.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The word that it begins with: `rule`, `tool`, …
    pub keyword: String,
    /// Its name, if that could be read.
    pub name: Option<Name>,
    /// The whole item.
    pub span: Span,
}

/// A `//` comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// With the slashes, without the line break.
    pub text: String,
    /// Where.
    pub span: Span,
    /// Nothing but white space stands before it on its line.
    pub own_line: bool,
}

/// A name as written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text. For tool names and patterns this includes dots, for quoted ones it is what is inside the quotes.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A text literal, escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The value.
    pub value: String,
    /// Where, with the quotes.
    pub span: Span,
}

/// One item at the top of a file.
#[derive(Clone, Debug)]
pub struct Item {
    /// `///` lines before it, without slashes and one leading space, joined by `\n`.
    pub doc: Option<String>,
    /// What it is.
    pub kind: ItemKind,
    /// From the keyword to the end (doc comment not included).
    pub span: Span,
}

/// What an item is.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `use std.net` · `use "./common.policy" as c` · `use std.recon with { exempt: net.loopback }`
    Use(Use),
    /// `param NAME: TYPE [= EXPR]`
    Param(Param),
    /// `tool NAME(ARGS) [-> TYPE] [risk R] [tags { "…" }] [open]`
    Tool(Tool),
    /// `tools from "FILE" [as PREFIX] [trust hints]`
    ToolsFrom(ToolsFrom),
    /// `refine tool NAME { arg: TYPE, … } [risk R] [tags { … }]`
    Refine(Refine),
    /// `group NAME = { PATTERN, … }`
    Group(Group),
    /// `label NAME: TYPE [= EXPR] [from host | from caller]`
    Label(LabelItem),
    /// `role NAME [extends NAME, …]`
    Role(Role),
    /// `agent { NAME: TYPE [= EXPR], … }`: attributes that the host states of every agent
    Agent(Vec<FieldDecl>),
    /// `mark NAME`
    Mark(Name),
    /// `after PATTERNS [when COND] (mark|clear) (session|result) NAME`
    After(After),
    /// `budget NAME limit … `
    Budget(Budget),
    /// `let NAME [: TYPE] = EXPR`
    Let(Let),
    /// `fn NAME(x: T, …) [-> TYPE] = EXPR`
    Fn(Fn),
    /// `data NAME: TYPE from "FILE"`
    Data(Data),
    /// `rule NAME …`
    Rule(Box<Rule>),
    /// `test "…" { … }`
    Test(Test),
    /// `invariant NAME (never|always) …`
    Invariant(Box<Invariant>),
}

/// `use …`
#[derive(Clone, Debug)]
pub struct Use {
    /// Which module.
    pub target: UseTarget,
    /// `as NAME`
    pub alias: Option<Name>,
    /// `with { NAME: EXPR, … }`
    pub with: Vec<(Name, Expr)>,
}

/// What `use` names.
#[derive(Clone, Debug)]
pub enum UseTarget {
    /// `std.net`: the dotted path as text.
    Module(Name),
    /// `"./common.policy"`
    File(Text),
}

/// `param NAME: TYPE [= EXPR]`
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
}

/// An argument, attribute or record field: `name: TYPE [= EXPR]`; the name may be quoted.
#[derive(Clone, Debug)]
pub struct FieldDecl {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
}

/// `tool …`
#[derive(Clone, Debug)]
pub struct Tool {
    /// Full dotted name (or what was inside the quotes).
    pub name: Name,
    /// Its arguments.
    pub args: Vec<FieldDecl>,
    /// `-> TYPE`
    pub returns: Option<Type>,
    /// `risk R`
    pub risk: Option<Name>,
    /// `tags { "…" }`
    pub tags: Vec<Text>,
    /// `open`
    pub open: bool,
}

/// `tools from …`
#[derive(Clone, Debug)]
pub struct ToolsFrom {
    /// The file, relative to this one.
    pub file: Text,
    /// `as PREFIX`
    pub prefix: Option<Name>,
    /// `trust hints`
    pub trust_hints: bool,
}

/// `refine tool …`
#[derive(Clone, Debug)]
pub struct Refine {
    /// Which tool.
    pub tool: Name,
    /// New types of arguments.
    pub args: Vec<(Name, Type)>,
    /// `risk R`
    pub risk: Option<Name>,
    /// `tags { "…" }`, added to those that it has.
    pub tags: Vec<Text>,
}

/// `group NAME = { … }`
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// Its members.
    pub patterns: Vec<Pattern>,
}

/// A set of tools.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A tool name, a glob over names, or a group's name; `*` is every tool. Quoted when the name is no word.
    Name(Name),
    /// `tool where COND`, a condition over `risk`, `tags` and `name` alone; `tool` alone is every tool (`cond` is `None`).
    Where {
        /// The condition; `risk`, `tags`, `name` stand bare in it.
        cond: Option<Expr>,
        /// Where.
        span: Span,
    },
}

/// `label …`
#[derive(Clone, Debug)]
pub struct LabelItem {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
    /// `from caller` is `Some(true)`, `from host` is `Some(false)`.
    pub from_caller: Option<bool>,
}

/// `role NAME [extends …]`
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// What it is besides.
    pub extends: Vec<Name>,
}

/// `after …`
#[derive(Clone, Debug)]
pub struct After {
    /// After which calls.
    pub patterns: Vec<Pattern>,
    /// `when COND`; may speak of `result`.
    pub when: Option<Expr>,
    /// `clear` instead of `mark`.
    pub clear: bool,
    /// `session` or `result`.
    pub target: MarkTarget,
    /// Which mark.
    pub mark: Name,
}

/// What `after` marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkTarget {
    /// The session.
    Session,
    /// The result's text, and with it every later value that comes from it.
    Result,
}

/// `budget NAME limit AMOUNT [every DURATION | every calendar UNIT] [per KEY, …] [count attempts] [charge …]* [else deny|hold] [approvers "g"] [because "…"]`
#[derive(Clone, Debug)]
pub struct Budget {
    /// Its name.
    pub name: Name,
    /// `limit AMOUNT`
    pub limit: Expr,
    /// The window; none counts for as long as the key lives.
    pub window: Option<Window>,
    /// `per KEY, …`; none is one counter for all.
    pub per: Vec<Name>,
    /// `count attempts`
    pub attempts: bool,
    /// `charge AMOUNT [settle AMOUNT] on PATTERNS [when COND]`; none charges 1 on every call.
    pub charges: Vec<Charge>,
    /// `else hold` (true) or `else deny` (false, the default).
    pub else_hold: Option<(bool, Span)>,
    /// `approvers "…"`
    pub approvers: Vec<Text>,
    /// `because "…"`
    pub because: Option<Template>,
}

/// A budget's window.
#[derive(Clone, Debug)]
pub enum Window {
    /// `every 1 day`: the last so much time before the call.
    Sliding(Expr),
    /// `every calendar day`: `hour`, `day`, `week` or `month`, in UTC.
    Calendar(Name),
}

/// `charge AMOUNT [settle AMOUNT] on PATTERNS [when COND]`
#[derive(Clone, Debug)]
pub struct Charge {
    /// How much is reserved when the call is decided.
    pub amount: Expr,
    /// `settle AMOUNT`: what is charged in its place once the result is there; may speak of `usage` and `result`.
    pub settle: Option<Expr>,
    /// `on PATTERN, …`; none is every tool.
    pub patterns: Vec<Pattern>,
    /// `when COND`
    pub when: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// `let …`
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// Its type, if it says one.
    pub ty: Option<Type>,
    /// Its value.
    pub value: Expr,
}

/// `fn …`
#[derive(Clone, Debug)]
pub struct Fn {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<(Name, Type)>,
    /// `-> TYPE`
    pub returns: Option<Type>,
    /// Its body.
    pub body: Expr,
}

/// `data NAME: TYPE from "FILE"`
#[derive(Clone, Debug)]
pub struct Data {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// The file, relative to this one.
    pub file: Text,
}

/// What a rule does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Run it.
    Allow,
    /// Ask people first.
    Hold,
    /// Do not run it.
    Deny,
    /// Cut spans out of the result.
    Redact,
    /// Keep the result from the agent.
    Quarantine,
}

/// `rule …`
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// `observe`
    pub observe: bool,
    /// Its effect and where that stands.
    pub effect: (Effect, Span),
    /// `redact PATTERNS matching /regex/` … what is cut out: spans that match any of these expressions (regexes or
    /// texts); empty on `redact` cuts the whole result.
    pub redacts: Vec<Expr>,
    /// Which tools.
    pub patterns: Vec<Pattern>,
    /// `for ROLE, …`
    pub roles: Vec<Name>,
    /// `when COND`
    pub when: Option<Expr>,
    /// `unless COND`
    pub unless: Option<Expr>,
    /// `because "…"`
    pub because: Option<Template>,
    /// `suggest …`
    pub suggest: Option<Suggest>,
    /// `approvers "…", …`
    pub approvers: Vec<Text>,
    /// `expires DURATION`
    pub expires: Option<Expr>,
    /// `with { key: EXPR, … }`
    pub with: Vec<(Name, Expr)>,
}

/// `suggest …`
#[derive(Clone, Debug)]
pub enum Suggest {
    /// `suggest "text"`
    Text(Template),
    /// `suggest call TOOL { … }`
    Call {
        /// Which tool.
        tool: Name,
        /// Its arguments.
        args: Vec<(Name, Expr)>,
        /// Where.
        span: Span,
    },
}

/// A text with `{expr}` in it; `{{` and `}}` are braces.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its parts, in order.
    pub parts: Vec<TemplatePart>,
    /// Where, with the quotes.
    pub span: Span,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Plain text.
    Text(String),
    /// A value.
    Expr(Expr),
}

/// `test "…" [tags { … }] [skip because "…"] [fails because "…"] { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: Text,
    /// `tags { "…" }`
    pub tags: Vec<Text>,
    /// `skip because "…"`
    pub skip: Option<Text>,
    /// `fails because "…"`
    pub fails: Option<Text>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// One step of a test.
#[derive(Clone, Debug)]
pub struct Step {
    /// What.
    pub kind: StepKind,
    /// Where.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// `given { session has M, label: value … }`: conditions that hold from the start.
    Given(Vec<Given>),
    /// `each NAME in { … } [else deny] { steps }`, or `each (a, b) in { (1, 2), … } [else deny] { … }`
    Each {
        /// The names that vary together.
        columns: Vec<Column>,
        /// The values; each row is as long as `columns`.
        rows: Vec<Vec<Expr>>,
        /// `else deny`: what is not listed is denied.
        otherwise: Option<Span>,
        /// The body.
        steps: Vec<Step>,
    },
    /// `user "text"`
    User(Expr),
    /// `at "2026-01-01T00:00:00Z"`
    At(Expr),
    /// `after 5 min`
    Wait(Expr),
    /// `call TOOL { … } …`
    Call(Box<CallStep>),
    /// `result [ok|error] EXPR`: of the latest call.
    Result {
        /// `ok` unless it says `error`.
        ok: bool,
        /// The content: a text, or a record.
        content: Expr,
        /// `with { tokens: 5, cost: 0.004 USD }`: the reported usage.
        usage: Vec<(Name, Expr)>,
    },
    /// `approve ["group"]` / `reject`: what people answer to the latest held call.
    Approve {
        /// `approve` or `reject`.
        yes: bool,
        /// By which group.
        group: Option<Text>,
    },
    /// `expect …`
    Expect(Expect),
}

/// A column of a test's table: `NAME`, `NAME in { … }`, `NAME in PATTERN`.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands for its value in the steps.
    pub name: Name,
    /// What it ranges over, if that is written.
    pub range: Option<ColumnRange>,
}

/// What a column ranges over.
#[derive(Clone, Debug)]
pub enum ColumnRange {
    /// These values.
    Values(Vec<Expr>),
    /// The tools of a pattern.
    Tools(Vec<Pattern>),
}

/// One entry of `given`.
#[derive(Clone, Debug)]
pub enum Given {
    /// `session has MARK`
    SessionMark(Name),
    /// `budgets.NAME.used == EXPR`
    BudgetUsed(Name, Expr),
    /// `labels.NAME == EXPR`: the default of every call of the test.
    Label(Name, Expr),
}

/// `call TOOL { … } [by "id"] [as ROLE, …] [tenant "t"] [in "session"] [turn "t"] [with { label: … }] [marks { arg: { M }, … }]`
#[derive(Clone, Debug)]
pub struct CallStep {
    /// Which tool; need not exist (an unknown tool is a thing to test).
    pub tool: Name,
    /// Its arguments.
    pub args: Vec<(Name, Expr)>,
    /// `by "id"`
    pub by: Option<Expr>,
    /// `as ROLE, …`
    pub roles: Vec<Name>,
    /// `tenant "t"`
    pub tenant: Option<Expr>,
    /// `in "session"`
    pub session: Option<Expr>,
    /// `turn "t"`
    pub turn: Option<Expr>,
    /// `task "t"`
    pub task: Option<Expr>,
    /// `with { label: EXPR, … }`
    pub labels: Vec<(Name, Expr)>,
    /// `marks { arg: { M, … }, … }`
    pub marks: Vec<(Name, Vec<Name>)>,
}

/// `expect …`, of the step before it.
#[derive(Clone, Debug)]
pub enum Expect {
    /// `expect deny [by RULE, …] [code NAME] [because TEXT] [approvers TEXT, …] [with { KEY: VALUE }]
    /// [unknown TEXT, …] [cuts TEXT, …]`
    Decision {
        /// `allow`, `hold`, `deny`, `pass`, `redact`, `quarantine`.
        verdict: Name,
        /// `by RULE, …`: exactly these rules (or budgets).
        by: Vec<Name>,
        /// `code NAME`
        code: Option<Name>,
        /// `because TEXT`: the reason has this in it.
        because: Option<Text>,
        /// `approvers TEXT, …`: exactly these.
        approvers: Vec<Text>,
        /// `with { KEY: VALUE }`: these obligations are among those that come along.
        with: Vec<(Name, Expr)>,
        /// `unknown TEXT, …`: these are among what was unknown.
        unknown: Vec<Text>,
        /// `cuts TEXT, …`: exactly these are cut out of the result.
        cuts: Vec<Text>,
    },
    /// `expect COND`: over session marks, budgets and `reason`.
    Cond(Expr),
}

/// `invariant NAME (never|always) EFFECT, … PATTERNS [for ROLE, …] [when COND] [unless COND]`
#[derive(Clone, Debug)]
pub struct Invariant {
    /// Its name.
    pub name: Name,
    /// `always` instead of `never`.
    pub always: bool,
    /// Which decisions.
    pub effects: Vec<(Effect, Span)>,
    /// Over which tools.
    pub patterns: Vec<Pattern>,
    /// For which roles.
    pub roles: Vec<Name>,
    /// `when COND`
    pub when: Option<Expr>,
    /// `unless COND`
    pub unless: Option<Expr>,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    /// What.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `int`, `string`, `url`, … or an unknown word.
    Name(String),
    /// `money(USD)`, `sql(postgres)`
    Applied(Name, Name),
    /// `list<T>`, `set<T>`, `map<K, V>`
    Generic(Name, Vec<Type>),
    /// `{ a: T, b: U? }`; true if `open` (ends in `...`).
    Record(Vec<FieldDecl>, bool),
    /// `dev | staging | prod` or `int | string`: members are told apart when names are resolved: words that are no
    /// type's name are enum values; texts always are.
    Union(Vec<UnionMember>),
    /// `T?`
    Optional(Box<Type>),
}

/// A member of `a | b`.
#[derive(Clone, Debug)]
pub enum UnionMember {
    /// A type, or a bare enum value (a `Name` that is no type).
    Type(Type),
    /// `"text"`: an enum value that is no word.
    Text(Text),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where, parentheses included.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// `42`, `1.5`: the digits as written, without `_`.
    Number(String),
    /// `5 USD`
    Money(String, String),
    /// `10 min`: digits and unit (`ms s min h day week`; plural forms are read and formatted away).
    Duration(String, String),
    /// `"…"`
    Text(String),
    /// `"… {expr} …"` is read as a template only in `because` and `suggest`, so it never stands here.
    /// `10.0.0.0/8`, `::1`, `192.168.0.1`: an address or network, as written.
    Net(String),
    /// `/regex/`, without the slashes; `\/` is resolved.
    Regex(String),
    /// `null`
    Null,
    /// `{ a, b }` or `[a, b]`
    List {
        /// Its members.
        items: Vec<Expr>,
        /// Written with square brackets.
        square: bool,
    },
    /// `{ key: value, … }`; `{}` is an empty record.
    Record(Vec<(Name, Expr)>),
    /// A bare word.
    Name(String),
    /// `a.b`
    Field(Box<Expr>, Name),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a, b)`; the callee is a name or a path such as `shell.is_scan`.
    Call(Box<Expr>, Vec<Expr>),
    /// `not a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a op b`
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// `a is present`; `a is not present` has `true`.
    Present(Box<Expr>, bool),
    /// `a has MARK`, `a not has MARK` is written `not a has MARK`.
    Has(Box<Expr>, Name),
    /// `a from user`, `a from PATTERN, …` (one pattern; several in `{ }`)
    From(Box<Expr>, Origin),
    /// `any x in xs: COND`, `all x in xs: COND`; the body reaches as far right as it can.
    Quantified {
        /// `all` instead of `any`.
        all: bool,
        /// The bound name.
        var: Name,
        /// The list.
        list: Box<Expr>,
        /// The condition.
        body: Box<Expr>,
    },
}

/// Where a value may come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// `from user`
    User(Span),
    /// `from PATTERN`
    Tools(Vec<Pattern>),
}

/// `not`, `-`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// Operators between two expressions, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
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
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `within`
    Within,
    /// `not within`
    NotWithin,
    /// `like "glob"`
    Like,
    /// `matches /regex/`
    Matches,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `contains`
    Contains,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}
