//! What people type for each rule of the grammar: for messages, and for trying out what is missing.
//!
//! One exhaustive match, so that a new rule of the grammar asks here how it is spoken of.

use crate::grammar::Rule;

/// How a rule of the grammar looks to people.
pub(crate) struct Typed {
    /// How a message names it; empty if no message does.
    pub say: &'static str,
    /// Texts that recovery may put in for it, to see whether it is all that is missing.
    pub samples: &'static [&'static str],
    /// Words of the language that may begin it.
    pub words: &'static [&'static str],
    /// It is one certain word or sign; the others stand for a choice that only the writer can make.
    pub certain: bool,
}

const fn word(say: &'static str, words: &'static [&'static str]) -> Typed {
    Typed { say, samples: words, words, certain: true }
}

const fn sign(say: &'static str, samples: &'static [&'static str]) -> Typed {
    Typed { say, samples, words: &[], certain: true }
}

const fn thing(say: &'static str, samples: &'static [&'static str], words: &'static [&'static str]) -> Typed {
    Typed { say, samples, words, certain: false }
}

/// What people type for a rule.
pub(crate) fn typed(rule: Rule) -> Typed {
    match rule {
        Rule::refine_args => thing("`{ … }`", &["{", "{}"], &[]),
        Rule::refine_arg => thing("an argument", &["x: int"], &[]),
        Rule::agent_fields => thing("`{ … }`", &["{", "{}"], &[]),
        Rule::mark_action => thing("`mark` or `clear`", &["mark"], &["mark", "clear"]),
        Rule::params => thing("`(…)`", &["(", "()"], &[]),
        Rule::parameter => thing("a parameter", &["x: int"], &[]),
        Rule::fields => thing("`(…)`", &["(", "()"], &[]),
        Rule::field => thing("an argument", &["x: int"], &[]),
        Rule::default => thing("`=`", &["="], &[]),
        Rule::returns => thing("`->`", &["->"], &[]),
        Rule::budget_name => thing("a name", &["x"], &[]),
        Rule::rule_name => thing("a name", &["x"], &[]),
        Rule::effect => thing("an effect", &["deny"], &["allow", "deny", "hold", "redact", "quarantine"]),
        Rule::suggest_call => thing("`call`", &["call"], &[]),
        Rule::patterns => thing("a tool", &["x", "tool"], &["tool"]),
        Rule::pattern_set => thing("a list of tools", &["{", "{ x }"], &[]),
        Rule::pattern_where => thing("a tool", &["x"], &[]),
        Rule::every_tool => thing("a tool", &[], &["tool"]),
        Rule::pattern_name => thing("a tool", &["x"], &[]),
        Rule::tool_name => thing("a tool's name", &["x"], &[]),
        Rule::tool_word => thing("a tool's name", &["x"], &[]),
        Rule::block => thing("`{`", &["{", "{}"], &[]),
        Rule::given_short => thing("an entry", &["x: 1"], &[]),
        Rule::each_names => thing("a name", &["x"], &[]),
        Rule::column_values => thing("`{ … }`", &["{", "{ x }"], &[]),
        Rule::column_tools => thing("a tool", &["x"], &[]),
        Rule::rows => thing("`{ … }`", &["{", "{ x }"], &[]),
        Rule::tuple => thing("a row", &["(x, y)"], &[]),
        Rule::marks_entry => thing("an entry", &["x: {}"], &[]),
        Rule::answer_step => thing("`approve` or `reject`", &[], &["approve", "reject"]),
        Rule::expect_decision => {
            thing("a verdict", &["deny"], &["allow", "hold", "deny", "pass", "redact", "quarantine"])
        }
        Rule::verdict | Rule::verdict_column => {
            thing("a verdict", &["deny"], &["allow", "hold", "deny", "pass", "redact", "quarantine"])
        }
        Rule::expect_by => thing("`by`", &["by"], &[]),
        Rule::code_name => thing("a code", &["rule"], &[]),
        Rule::ty => thing("a type", &["int"], &[]),
        Rule::ty_member => thing("a type", &["int"], &[]),
        Rule::ty_generic => thing("a type", &[], &[]),
        Rule::generic_name => thing("a type", &[], &["list", "set", "map"]),
        Rule::ty_applied => thing("a type", &[], &[]),
        Rule::ty_record => thing("a type", &[], &[]),
        Rule::ty_paren => thing("a type", &[], &[]),
        Rule::expr => thing("a value", &["x"], &["any", "all", "not", "true", "false", "null"]),
        Rule::value => thing("a value", &["x"], &[]),
        Rule::prefix => thing("", &[], &["not"]),
        Rule::no_value => thing("a value", &["x"], &["any", "all", "not", "true", "false", "null"]),
        Rule::quantified => thing("a value", &[], &["any", "all"]),
        Rule::member => thing("`.`", &["."], &[]),
        Rule::index => thing("`[`", &[], &[]),
        Rule::call_args => thing("`(`", &[], &[]),
        Rule::present => thing("`is present`", &["is"], &["is"]),
        Rule::has_mark => thing("`has`", &["has"], &[]),
        Rule::from_origin => thing("`from`", &["from"], &[]),
        Rule::origin_user => thing("`user`", &[], &["user"]),
        Rule::infix => thing(
            "an operator",
            &["==", "matches"],
            &["or", "and", "in", "not", "within", "like", "matches", "starts", "ends", "contains", "has", "is", "from"],
        ),
        Rule::record => thing("`{ … }`", &["{", "{}"], &[]),
        Rule::entry => thing("an entry", &["x: 1"], &[]),
        Rule::list => thing("a list", &[], &[]),
        Rule::array => thing("a list", &[], &[]),
        Rule::boolean => thing("`true` or `false`", &[], &["true", "false"]),
        Rule::currency => thing("a currency", &["USD"], &[]),
        Rule::unit => thing("a unit of time", &["min"], &["ms", "s", "min", "h", "day", "week"]),
        Rule::number => thing("a number", &["1"], &[]),
        Rule::net => thing("a network", &[], &[]),
        Rule::text => thing("a text in quotes", &["\"\""], &[]),
        Rule::regex => thing("`/regex/`", &[], &[]),
        Rule::name => thing("a name", &["x"], &[]),
        Rule::word => thing("a name", &["x"], &[]),
        Rule::key => thing("a name", &["x"], &[]),
        Rule::path => thing("a name", &["x"], &[]),
        Rule::paths => thing("a name", &["x"], &[]),
        Rule::comma => sign("`,`", &[","]),
        Rule::colon => sign("`:`", &[":"]),
        Rule::dot => sign("`.`", &["."]),
        Rule::assign => sign("`=`", &["="]),
        Rule::arrow => sign("`->`", &["->"]),
        Rule::bar => sign("`|`", &["|"]),
        Rule::question => sign("`?`", &["?"]),
        Rule::ellipsis => sign("`...`", &["..."]),
        Rule::lparen => sign("`(`", &["(", "()"]),
        Rule::rparen => sign("`)`", &[")"]),
        Rule::lbrace => sign("`{`", &["{"]),
        Rule::rbrace => sign("`}`", &["}"]),
        Rule::lsquare => sign("`[`", &["["]),
        Rule::rsquare => sign("`]`", &["]"]),
        Rule::less => sign("`<`", &["<"]),
        Rule::greater => sign("`>`", &[">"]),
        Rule::k_after => word("`after`", &["after"]),
        Rule::k_agent => word("`agent`", &["agent"]),
        Rule::k_all => thing("`all`", &[], &["all"]),
        Rule::k_allow => word("`allow`", &["allow"]),
        Rule::k_always => word("`always`", &["always"]),
        Rule::k_and => word("`and`", &["and"]),
        Rule::k_any => thing("`any`", &[], &["any"]),
        Rule::k_approve => word("`approve`", &["approve"]),
        Rule::k_approvers => word("`approvers`", &["approvers"]),
        Rule::k_as => word("`as`", &["as"]),
        Rule::k_at => word("`at`", &["at"]),
        Rule::k_attempts => word("`attempts`", &["attempts"]),
        Rule::k_because => word("`because`", &["because"]),
        Rule::k_budget => word("`budget`", &["budget"]),
        Rule::k_budgets => word("`budgets`", &["budgets"]),
        Rule::k_by => word("`by`", &["by"]),
        Rule::k_calendar => word("`calendar`", &["calendar"]),
        Rule::k_call => word("`call`", &["call"]),
        Rule::k_caller => word("`caller`", &["caller"]),
        Rule::k_charge => word("`charge`", &["charge"]),
        Rule::k_clear => word("`clear`", &["clear"]),
        Rule::k_code => word("`code`", &["code"]),
        Rule::k_contains => word("`contains`", &["contains"]),
        Rule::k_count => word("`count`", &["count"]),
        Rule::k_cuts => word("`cuts`", &["cuts"]),
        Rule::k_data => word("`data`", &["data"]),
        Rule::k_deny => word("`deny`", &["deny"]),
        Rule::k_each => word("`each`", &["each"]),
        Rule::k_edition => word("`edition`", &["edition"]),
        Rule::k_else => word("`else`", &["else"]),
        Rule::k_ends => word("`ends`", &["ends"]),
        Rule::k_error => word("`error`", &["error"]),
        Rule::k_every => word("`every`", &["every"]),
        Rule::k_expect => word("`expect`", &["expect"]),
        Rule::k_expires => word("`expires`", &["expires"]),
        Rule::k_extends => word("`extends`", &["extends"]),
        Rule::k_false => thing("`false`", &[], &["false"]),
        Rule::k_fn => word("`fn`", &["fn"]),
        Rule::k_for => word("`for`", &["for"]),
        Rule::k_from => word("`from`", &["from"]),
        Rule::k_given => word("`given`", &["given"]),
        Rule::k_group => word("`group`", &["group"]),
        Rule::k_has => word("`has`", &["has"]),
        Rule::k_hints => word("`hints`", &["hints"]),
        Rule::k_hold => word("`hold`", &["hold"]),
        Rule::k_host => word("`host`", &["host"]),
        Rule::k_in => word("`in`", &["in"]),
        Rule::k_invariant => word("`invariant`", &["invariant"]),
        Rule::k_is => word("`is`", &["is"]),
        Rule::k_label => word("`label`", &["label"]),
        Rule::k_labels => word("`labels`", &["labels"]),
        Rule::k_let => word("`let`", &["let"]),
        Rule::k_like => word("`like`", &["like"]),
        Rule::k_limit => word("`limit`", &["limit"]),
        Rule::k_mark => word("`mark`", &["mark"]),
        Rule::k_marks => word("`marks`", &["marks"]),
        Rule::k_matches => word("`matches`", &["matches"]),
        Rule::k_matching => word("`matching`", &["matching"]),
        Rule::k_never => word("`never`", &["never"]),
        Rule::k_not => thing("`not`", &[], &["not"]),
        Rule::k_null => thing("`null`", &[], &["null"]),
        Rule::k_observe => word("`observe`", &["observe"]),
        Rule::k_ok => word("`ok`", &["ok"]),
        Rule::k_on => word("`on`", &["on"]),
        Rule::k_open => word("`open`", &["open"]),
        Rule::k_or => word("`or`", &["or"]),
        Rule::k_param => word("`param`", &["param"]),
        Rule::k_per => word("`per`", &["per"]),
        Rule::k_present => word("`present`", &["present"]),
        Rule::k_quarantine => word("`quarantine`", &["quarantine"]),
        Rule::k_redact => word("`redact`", &["redact"]),
        Rule::k_refine => word("`refine`", &["refine"]),
        Rule::k_reject => word("`reject`", &["reject"]),
        Rule::k_result => word("`result`", &["result"]),
        Rule::k_risk => word("`risk`", &["risk"]),
        Rule::k_role => word("`role`", &["role"]),
        Rule::k_rule => word("`rule`", &["rule"]),
        Rule::k_session => word("`session`", &["session"]),
        Rule::k_settle => word("`settle`", &["settle"]),
        Rule::k_fails => word("`fails`", &["fails"]),
        Rule::k_unknown => word("`unknown`", &["unknown"]),
        Rule::k_skip => word("`skip`", &["skip"]),
        Rule::k_starts => word("`starts`", &["starts"]),
        Rule::k_suggest => word("`suggest`", &["suggest"]),
        Rule::k_tags => word("`tags`", &["tags"]),
        Rule::k_task => word("`task`", &["task"]),
        Rule::k_tenant => word("`tenant`", &["tenant"]),
        Rule::k_test => word("`test`", &["test"]),
        Rule::k_tool => word("`tool`", &["tool"]),
        Rule::k_tools => word("`tools`", &["tools"]),
        Rule::k_true => thing("`true`", &[], &["true"]),
        Rule::k_trust => word("`trust`", &["trust"]),
        Rule::k_turn => word("`turn`", &["turn"]),
        Rule::k_unless => word("`unless`", &["unless"]),
        Rule::k_use => word("`use`", &["use"]),
        Rule::k_used => word("`used`", &["used"]),
        Rule::k_user => word("`user`", &["user"]),
        Rule::k_when => word("`when`", &["when"]),
        Rule::k_where => word("`where`", &["where"]),
        Rule::k_with => word("`with`", &["with"]),
        Rule::k_within => word("`within`", &["within"]),
        Rule::EOI
        | Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::wc
        | Rule::file
        | Rule::slice_items
        | Rule::slice_rule
        | Rule::slice_budget
        | Rule::slice_invariant
        | Rule::slice_test_head
        | Rule::slice_each_head
        | Rule::slice_step
        | Rule::slice_expr
        | Rule::item
        | Rule::edition
        | Rule::use_item
        | Rule::param_item
        | Rule::tool_item
        | Rule::tool_clause
        | Rule::tools_item
        | Rule::tools_clause
        | Rule::prefix_clause
        | Rule::trust_clause
        | Rule::refine_item
        | Rule::refine_clause
        | Rule::group_item
        | Rule::label_item
        | Rule::source_clause
        | Rule::role_item
        | Rule::agent_item
        | Rule::mark_item
        | Rule::after_item
        | Rule::let_item
        | Rule::fn_item
        | Rule::data_item
        | Rule::risk_clause
        | Rule::tags_clause
        | Rule::open_clause
        | Rule::budget_item
        | Rule::budget_head
        | Rule::budget_clause
        | Rule::limit_clause
        | Rule::every_clause
        | Rule::per_clause
        | Rule::count_clause
        | Rule::charge_clause
        | Rule::settle_clause
        | Rule::else_clause
        | Rule::rule_item
        | Rule::rule_head
        | Rule::effect_word
        | Rule::rule_clause
        | Rule::for_clause
        | Rule::when_clause
        | Rule::unless_clause
        | Rule::because_clause
        | Rule::suggest_clause
        | Rule::approvers_clause
        | Rule::expires_clause
        | Rule::with_clause
        | Rule::matching_clause
        | Rule::invariant_item
        | Rule::invariant_head
        | Rule::invariant_clause
        | Rule::pattern
        | Rule::pattern_part
        | Rule::pattern_char
        | Rule::tool_part
        | Rule::test_item
        | Rule::test_head
        | Rule::test_clause
        | Rule::skip_clause
        | Rule::fails_clause
        | Rule::step
        | Rule::given_step
        | Rule::given_entry
        | Rule::given_mark
        | Rule::given_budget
        | Rule::given_label
        | Rule::each_step
        | Rule::each_head
        | Rule::each_else
        | Rule::column
        | Rule::row
        | Rule::user_step
        | Rule::at_step
        | Rule::wait_step
        | Rule::call_step
        | Rule::call_clause
        | Rule::by_clause
        | Rule::as_clause
        | Rule::tenant_clause
        | Rule::session_clause
        | Rule::turn_clause
        | Rule::task_clause
        | Rule::marks_clause
        | Rule::result_step
        | Rule::expect_step
        | Rule::expect_clause
        | Rule::expect_code
        | Rule::expect_unknown
        | Rule::expect_cuts
        | Rule::operand
        | Rule::tail
        | Rule::postfix
        | Rule::source_word
        | Rule::foreign
        | Rule::primary
        | Rule::paren
        | Rule::amount
        | Rule::v4
        | Rule::v6
        | Rule::hex
        | Rule::any_text
        | Rule::single_text
        | Rule::reserved
        | Rule::lexemes
        | Rule::lexeme
        | Rule::l_comment
        | Rule::l_open_text
        | Rule::l_number
        | Rule::l_word
        | Rule::l_sign
        | Rule::l_junk
        | Rule::equals
        | Rule::unequal
        | Rule::at_most
        | Rule::at_least
        | Rule::plus
        | Rule::minus
        | Rule::star
        | Rule::bang => thing("", &[], &[]),
    }
}
