//! The compiled policy: what the compiler writes, the bundle carries and the evaluator reads.
//!
//! It is plain data in arenas with typed ids. Conditions are one directed acyclic graph of two-valued nodes: `may`
//! and `must` have been told apart when the policy was lowered. Nothing here evaluates anything, and what can be
//! derived from these tables (indexes, automata) is derived when a policy is loaded, never stored.
//!
//! INVARIANT: a child's id is smaller than its parent's, in `terms` and `nodes`, so every walk ends. `verify` checks
//! this and every other id once, at load; the evaluator still treats a bad id as unknown.

use serde::{Deserialize, Serialize};

macro_rules! ids { ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub struct $name(pub u32);
    impl $name {
        /// As an index.
        pub fn index(self) -> usize { usize::try_from(self.0).unwrap_or(usize::MAX) }
    }
)*}}
ids!(
    /// Of `Policy::strings`.
    StrId,
    /// Of `Policy::shapes`.
    ShapeId,
    /// Of `Policy::tools`.
    ToolId,
    /// Of `Policy::tool_sets`.
    ToolSetId,
    /// Of `Policy::labels`.
    LabelId,
    /// Of `Policy::attributes`.
    AttrId,
    /// Of `Policy::roles`.
    RoleId,
    /// Of `Policy::marks`; at most 64 of them.
    MarkId,
    /// Of `Policy::budgets`.
    BudgetId,
    /// Of `Policy::rules`.
    RuleId,
    /// Of `Policy::consts`.
    ConstId,
    /// Of `Policy::tables`.
    TableId,
    /// Of `Policy::terms`.
    TermId,
    /// Of `Policy::atoms`.
    AtomId,
    /// Of `Policy::nodes`.
    NodeId,
    /// Of `Policy::patterns`: globs and regular expressions.
    PatternId,
    /// Of `Policy::templates`.
    TemplateId,
    /// Of `Policy::files`.
    SourceId,
);

/// A compiled policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The project's name.
    pub name: String,
    /// All texts, each once.
    pub strings: Vec<Box<str>>,
    /// Types of what comes over the wire.
    pub shapes: Vec<Shape>,
    /// Sorted by name.
    pub tools: Vec<Tool>,
    /// Sets of tools, each once.
    pub tool_sets: Vec<ToolSet>,
    /// Sorted by name.
    pub labels: Vec<Field>,
    /// Attributes of agents, sorted by name.
    pub attributes: Vec<Field>,
    /// Sorted by name.
    pub roles: Vec<Role>,
    /// Sorted by name.
    pub marks: Vec<StrId>,
    /// Sorted by name.
    pub budgets: Vec<Budget>,
    /// How marks change.
    pub afters: Vec<After>,
    /// Sorted by name.
    pub rules: Vec<Rule>,
    /// Constants, each once.
    pub consts: Vec<Const>,
    /// `data` tables.
    pub tables: Vec<Table>,
    /// Globs and regular expressions, each once.
    pub patterns: Vec<Pattern>,
    /// Values, each once.
    pub terms: Vec<Term>,
    /// Questions about values, each once.
    pub atoms: Vec<Atom>,
    /// Conditions, each once.
    pub nodes: Vec<Node>,
    /// Texts with values in them.
    pub templates: Vec<Template>,
    /// The files, for explanations.
    pub files: Vec<SourceFile>,
    /// Where a node of a rule stands in the source, for explanations: sorted by rule, then node.
    pub sites: Vec<Site>,
}

/// What comes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A number that is an integer of 64 bits.
    Int,
    /// A number, or a text that spells one in plain digits; 18 digits after the point.
    Decimal,
    /// As `Decimal`, or a text that ends in a space and this currency.
    Money(StrId),
    /// A text; also every structured text, which is looked into only when a rule asks.
    Text,
    /// One of these texts, sorted.
    Enum(Vec<StrId>),
    /// A text such as `5min`, `90s`, `1.5h`, or a number of seconds.
    Duration,
    /// RFC 3339 with an offset or `Z`.
    Time,
    /// A list of these.
    List(ShapeId),
    /// A list of these without repetition.
    Set(ShapeId),
    /// An object with any keys and these values.
    Map(ShapeId),
    /// An object.
    Record {
        /// Sorted by name.
        fields: Vec<Field>,
        /// Undeclared fields are admitted.
        open: bool,
    },
    /// One of these.
    Union(Vec<ShapeId>),
    /// This, or null, or absent.
    Optional(ShapeId),
    /// Anything.
    Json,
}

/// An argument, label, attribute or record field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its key.
    pub name: StrId,
    /// Its type.
    pub shape: ShapeId,
    /// It may not be absent (no default, not optional).
    pub required: bool,
    /// What it is when it is absent, as a JSON text.
    pub default: Option<StrId>,
}

/// How bad a tool can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Risk {
    /// Looks.
    Read,
    /// Changes what is its own.
    Modify,
    /// Reaches the outside.
    External,
    /// Destroys; also what says no risk.
    Delete,
}

impl Risk {
    /// All, weakest first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Modify, Self::External, Self::Delete];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Modify => "modify",
            Self::External => "external",
            Self::Delete => "delete",
        }
    }
}

/// A tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: StrId,
    /// A `Record` shape: its arguments.
    pub args: ShapeId,
    /// The shape of its result; `Text` accepts everything.
    pub result: ShapeId,
    /// Its risk.
    pub risk: Risk,
    /// Sorted.
    pub tags: Vec<StrId>,
}

/// A set of tools: bit `i % 64` of word `i / 64` is tool `i`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolSet(pub Vec<u64>);

impl ToolSet {
    /// Whether the tool is in it.
    pub fn has(&self, tool: ToolId) -> bool {
        let bit = tool.0 & 63;
        self.0.get(ToolId(tool.0 >> 6).index()).is_some_and(|word| word >> bit & 1 == 1)
    }
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: StrId,
    /// All roles that an agent with this role has, itself included, sorted.
    pub closure: Vec<RoleId>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Effect {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold => "hold",
            Self::Deny => "deny",
            Self::Redact => "redact",
            Self::Quarantine => "quarantine",
        }
    }

    /// Whether it grants (and so needs the `must` of its condition); all others restrict (`may`).
    pub fn grants(self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its qualified name.
    pub name: StrId,
    /// What it does.
    pub effect: Effect,
    /// Reported, never deciding.
    pub observe: bool,
    /// Over which tools.
    pub tools: ToolSetId,
    /// When: roles, `when` and `unless` in one node, of the side that the effect needs.
    pub when: NodeId,
    /// What a refusal says.
    pub because: Option<TemplateId>,
    /// What to do instead.
    pub suggest: Option<Suggest>,
    /// Who may approve, sorted.
    pub approvers: Vec<StrId>,
    /// How long an approval is awaited, in nanoseconds.
    pub expires: Option<i64>,
    /// Obligations, sorted by key; the value is a JSON text.
    pub obligations: Vec<(StrId, StrId)>,
    /// Which spans `redact` cuts out (regular expressions; a plain text is an escaped one); empty cuts everything.
    pub redacts: Vec<PatternId>,
    /// The doc comment.
    pub doc: Option<StrId>,
    /// Where the item stands.
    pub place: Place,
}

/// What to do instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suggest {
    /// In words.
    Text(TemplateId),
    /// A call: tool, arguments as a JSON object text.
    Call(ToolId, StrId),
}

/// What a budget counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BudgetKey {
    /// The agent's id.
    Agent,
    /// The session.
    Session,
    /// The call's `task`.
    Task,
    /// The agent's tenant.
    Tenant,
    /// The tool.
    Tool,
    /// The call itself: tool and arguments.
    Call,
    /// A label.
    Label(LabelId),
    /// An attribute of the agent.
    Attr(AttrId),
}

/// How long a charge counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Window {
    /// For ever.
    Lifetime,
    /// The last so many nanoseconds.
    Sliding(i64),
    /// The current period, in UTC.
    Calendar(CalendarUnit),
}

/// A period of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CalendarUnit {
    /// From minute 0.
    Hour,
    /// From midnight.
    Day,
    /// From Monday's midnight.
    Week,
    /// From the first's midnight.
    Month,
}

/// What can be asked of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BudgetField {
    /// What is charged and reserved in the window.
    Used,
    /// `limit - used`, never below zero.
    Left,
    /// The limit.
    Limit,
}

/// What an amount is, so that it can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// An integer.
    Count,
    /// A count of 10⁻¹⁸.
    Decimal,
    /// A count of 10⁻¹⁸ of a currency.
    Money(StrId),
    /// Nanoseconds.
    Duration,
    /// Nanoseconds since 1970.
    Time,
}

/// A budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its name.
    pub name: StrId,
    /// The limit, in `unit`.
    pub limit: i128,
    /// What is counted.
    pub unit: Unit,
    /// How long a charge counts.
    pub window: Window,
    /// What it counts for, sorted; empty is one counter for all.
    pub per: Vec<BudgetKey>,
    /// Refused calls count too.
    pub attempts: bool,
    /// The first that fits counts.
    pub charges: Vec<Charge>,
    /// Hold instead of deny.
    pub hold: bool,
    /// Who approves, sorted.
    pub approvers: Vec<StrId>,
    /// What a refusal says.
    pub because: Option<TemplateId>,
    /// Where the item stands.
    pub place: Place,
}

/// One charge of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// On calls of these tools.
    pub tools: ToolSetId,
    /// If this holds (`may` side).
    pub when: NodeId,
    /// If this holds (`must` side of the same), no charge behind it counts.
    pub surely: NodeId,
    /// What is reserved.
    pub amount: TermId,
    /// What is charged in its place once the result is there.
    pub settle: Option<TermId>,
}

/// `after …`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// After calls of these tools.
    pub tools: ToolSetId,
    /// If this holds (`may` for `mark`, `must` for `clear`).
    pub when: NodeId,
    /// `clear` instead of `mark`.
    pub clear: bool,
    /// The result's text instead of the session.
    pub on_result: bool,
    /// Which mark.
    pub mark: MarkId,
}

/// A constant, in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Const {
    /// A truth value.
    Bool(bool),
    /// An integer, decimal, money, duration, time or risk, as `Unit` says.
    Num(i128, Unit),
    /// A text or enum value.
    Text(StrId),
    /// A host in normal form.
    Host(StrId),
    /// A network in normal form.
    Network(StrId),
    /// A path in normal form.
    Path(StrId),
    /// A list or set.
    List(Vec<ConstId>),
    /// A record or map, sorted by key.
    Record(Vec<(StrId, ConstId)>),
    /// Null.
    Null,
}

/// A `data` table that is indexed by a text: sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: StrId,
    /// Sorted by key; the values are `Num`, `Text`, `Bool` or `Record`.
    pub rows: Vec<(StrId, ConstId)>,
}

/// A glob or a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pattern {
    /// `*` any run of characters, `?` one, `\` takes the next literally; over the whole text.
    Glob(StrId),
    /// Somewhere in the text, linear time.
    Regex(StrId),
}

/// How a value of the wire is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Read {
    /// `Num`, `Unit::Count`
    Int,
    /// `Num`, `Unit::Decimal`
    Decimal,
    /// `Num`, `Unit::Money`
    Money(StrId),
    /// A truth value.
    Bool,
    /// A text or enum value.
    Text,
    /// `Num`, `Unit::Duration`
    Duration,
    /// `Num`, `Unit::Time`
    Time,
    /// A URL.
    Url,
    /// A host.
    Host,
    /// An address.
    Ip,
    /// A network.
    Cidr,
    /// A mail address.
    Email,
    /// A path; relative ones stay relative.
    Path,
    /// SQL of the dialect of this name.
    Sql(StrId),
    /// A shell text; its relative paths stay relative.
    Shell,
}

/// A member of a structured text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Member {
    /// Text.
    UrlScheme,
    /// Host; absent if there is none.
    UrlHost,
    /// Int; absent if the scheme has none.
    UrlPort,
    /// Text.
    UrlPath,
    /// Text; absent if there is none.
    UrlQuery,
    /// Bool.
    UrlHasCredentials,
    /// Host.
    EmailHost,
    /// Text.
    EmailLocal,
    /// Text; absent for `/`.
    PathName,
    /// Text; absent if there is none.
    PathExtension,
    /// Bool.
    PathIsAbsolute,
    /// Bool: the host is an address, not a name.
    HostIsIp,
    /// Int: how many addresses, unknown if more than fit.
    CidrSize,
    /// Bool: it begins at the folder that `~` stands for.
    PathFromHome,
}

/// A value that the evaluator can fetch or compute. Absent and unknown are possible results of each.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Term {
    /// A constant.
    Const(ConstId),
    /// `args.NAME`: what came, or the tool's default. A wire value.
    Arg(StrId),
    /// All arguments. A wire value.
    Args,
    /// `labels.NAME`: what came, or the default. A wire value.
    Label(LabelId),
    /// `agent.NAME`: what came, or the default. A wire value.
    Attr(AttrId),
    /// Text.
    AgentId,
    /// Text.
    AgentTenant,
    /// Text.
    SessionId,
    /// Duration.
    SessionAge,
    /// Text.
    Task,
    /// Text.
    ToolName,
    /// Num.
    ToolRisk,
    /// A list of texts.
    ToolTags,
    /// Time.
    Time,
    /// Num, of the budget's unit.
    Budget(BudgetId, BudgetField),
    /// The result's content. A wire value.
    Result,
    /// Bool.
    ResultOk,
    /// Num.
    UsageTokens,
    /// Num, of this currency.
    UsageCost(StrId),
    /// Num.
    UsageTime,
    /// The variable of the quantifier at this depth, 0 the outermost. A wire value or a member of a constant.
    Var(u8),
    /// A record's or map's field. A wire value.
    Field(TermId, StrId),
    /// A map's value under a key that is computed: a wire value, or a constant of a constant map. Absent if the key is
    /// not there.
    Index(TermId, TermId),
    /// A wire value read as a scalar; unknown if it is of another kind (a union's other branch) or no such text.
    /// Also a constant text read as a URL or mail address, so that it compares as one.
    Read(TermId, Read),
    /// A wire value read as a path relative to another path.
    ReadPath(TermId, TermId),
    /// A member of a structured text that was read.
    Member(TermId, Member),
    /// A shell text that runs in a folder: its relative paths are read from there.
    ReadShell(TermId, TermId),
    /// SQL of the dialect that another text names.
    ReadSql(TermId, TermId),
    /// A table's row; unknown if the key is not there.
    Lookup(TableId, TermId),
    /// A field of a constant record (a table's row); absent if it is not there.
    ConstField(TermId, StrId),
    /// Of one unit, or time and duration. Unknown on overflow.
    Add(TermId, TermId),
    /// Of one unit, or time and duration or time. Unknown on overflow.
    Sub(TermId, TermId),
    /// At least one is a count, or both decimal, or decimal and money. Unknown on overflow or if not exact.
    Mul(TermId, TermId),
    /// Unknown on overflow.
    Neg(TermId),
    /// A count as a decimal.
    ToDecimal(TermId),
    /// A text in lower case.
    Lower(TermId),
    /// Characters of a text, members of a list, set or map.
    Len(TermId),
}

/// A question about values; its answer is a `Truth`, `may` and `must`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Atom {
    /// A truth value is true.
    IsTrue(TermId),
    /// Two values of one type are equal: scalars, or wire values by structure.
    Eq(TermId, TermId),
    /// Numbers: `a < b`.
    Lt(TermId, TermId),
    /// Numbers: `a <= b`.
    Le(TermId, TermId),
    /// A scalar is among constants: `ConstId` is a `List` of `Text` or `Num` (or hosts, networks, paths).
    InConst(TermId, ConstId),
    /// A scalar is among the members of a wire list, each read as given; or a key of a wire map (`None`).
    InWire(TermId, TermId, Option<Read>),
    /// A text fits a glob or regular expression.
    Fits(TermId, PatternId),
    /// Text.
    StartsWith(TermId, TermId),
    /// Text.
    EndsWith(TermId, TermId),
    /// Text in text.
    Contains(TermId, TermId),
    /// A host, address, network or mail address is within one of these networks, hosts or domains: `ConstId` is a
    /// `List` of `Network`, `Host` and `Text` (a domain).
    WithinNet(TermId, ConstId),
    /// As `WithinNet`, in a network, host or address that is itself a value (a label, an argument).
    WithinValue(TermId, TermId),
    /// A path is within a path.
    WithinPath(TermId, TermId),
    /// There is a value: not absent, not null. A text that does not parse is present.
    Present(TermId),
    /// The agent has the role.
    HasRole(RoleId),
    /// The session has the mark.
    SessionHas(MarkId),
    /// A text inside the wire value has the mark: stated by the host, or by origin.
    ValueHas(TermId, MarkId),
    /// Every text inside the wire value stands in a user message of the session as whole words.
    FromUser(TermId),
    /// Some text inside the wire value stands in a result of one of these tools as whole words.
    FromTools(TermId, ToolSetId),
    /// Some member of the list makes the node true. The node is of the side on which this atom stands; the variable
    /// of this depth is bound in it.
    Any {
        /// A wire list or map (its values), or a constant list.
        list: TermId,
        /// The depth of its variable.
        depth: u8,
        /// The condition.
        body: NodeId,
    },
}

/// Which of the two bits of an atom counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// It may be true.
    May,
    /// It must be true.
    Must,
}

/// A condition, two-valued.
///
/// INVARIANT: operands are sorted, without repetition, and never of the parent's own operator; no double negation;
/// `And` with a node and its negation is `False`, `Or` `True`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Node {
    /// Always.
    True,
    /// Never.
    False,
    /// One bit of an atom.
    Atom(AtomId, Side),
    /// Negation.
    Not(NodeId),
    /// All of them.
    And(Box<[NodeId]>),
    /// One of them.
    Or(Box<[NodeId]>),
}

/// A text with values in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Template(pub Vec<TemplatePart>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TemplatePart {
    /// Plain text.
    Text(StrId),
    /// A value; `?` is shown where it is unknown or absent.
    Value(TermId),
}

/// A source file, kept for explanations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// As people know it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A range of bytes in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index into `Policy::files`.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Where a condition of a rule stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// Of which rule.
    pub rule: RuleId,
    /// Which condition.
    pub node: NodeId,
    /// Where.
    pub place: Place,
}

impl Policy {
    /// A text; empty if the id is not of this policy (`verify` has refused such a policy before).
    pub fn text(&self, id: StrId) -> &str {
        self.strings.get(id.index()).map_or("", |s| s)
    }
}
