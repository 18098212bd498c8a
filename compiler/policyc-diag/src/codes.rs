//! The registry of diagnostic codes.
//!
//! Four digits and a slug, a hundred to each chapter of SPEC.md, never reused; `L` for lints. Each has a
//! page in `compiler/policyc/codes/` whose examples run as tests.

use crate::Severity;

/// A stable name for one kind of mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// "E0301".
    pub number: &'static str,
    /// "unknown-argument".
    pub slug: &'static str,
    /// What it means, in one line.
    pub summary: &'static str,
    /// Error for `E`, warning for `L`.
    pub severity: Severity,
}

/// Every code, sorted by number.
pub fn all() -> &'static [&'static Code] {
    code::ALL
}

/// The code with this number or slug; letters may be of either case.
pub fn find(name: &str) -> Option<&'static Code> {
    all().iter().copied().find(|c| c.number.eq_ignore_ascii_case(name) || c.slug.eq_ignore_ascii_case(name))
}

macro_rules! codes {
    ($($severity:ident { $($konst:ident $number:literal $slug:literal $summary:literal;)* })*) => {
        /// One constant for each code.
        pub mod code {
            use super::*;
            $($(
                #[doc = $summary]
                pub static $konst: Code =
                    Code { number: $number, slug: $slug, summary: $summary, severity: Severity::$severity };
            )*)*
            pub(super) static ALL: &[&Code] = &[$($(&$konst,)*)*];
        }
    };
}

codes! {
    Error {
        // E00: files and the project
        UNREADABLE_FILE "E0001" "unreadable-file" "a file cannot be read";
        NOT_UTF8 "E0002" "not-utf8" "a file is not UTF-8 text";
        FILE_TOO_LARGE "E0003" "file-too-large" "a file is over the limit";
        UNKNOWN_KEY "E0004" "unknown-key" "a project file has a key that nobody knows";
        EMPTY_POLICY "E0005" "empty-policy" "there is no policy here";
        BAD_DATA_FILE "E0006" "bad-data-file" "a data or schema file cannot be understood";

        // E01: syntax
        SYNTAX "E0101" "syntax" "the text is not of the language";
        MISSING_TOKEN "E0102" "missing-token" "something is missing here";
        UNCLOSED "E0103" "unclosed" "a bracket, brace or text is not closed";
        UNKNOWN_ITEM "E0104" "unknown-item" "no item begins with this word";
        UNKNOWN_CLAUSE "E0105" "unknown-clause" "an item has no such clause";
        BAD_LITERAL "E0106" "bad-literal" "a literal cannot be read";
        RESERVED_WORD "E0107" "reserved-word" "a name is a word of the language";
        CHAINED_COMPARISON "E0108" "chained-comparison" "comparisons cannot be chained";
        TOO_DEEP "E0109" "too-deep" "an expression is nested too deeply";
        FOREIGN_OPERATOR "E0110" "foreign-operator" "an operator of another language";
        DUPLICATE_CLAUSE "E0111" "duplicate-clause" "a clause stands twice";
        UNKNOWN_EDITION "E0112" "unknown-edition" "this compiler does not know the edition";

        // E02: names and modules
        UNKNOWN_NAME "E0201" "unknown-name" "nothing has this name";
        DUPLICATE_NAME "E0202" "duplicate-name" "two things have one name";
        CONFUSABLE_NAME "E0203" "confusable-name" "two names look alike";
        UNKNOWN_MODULE "E0204" "unknown-module" "there is no such module";
        CYCLE "E0205" "cycle" "a definition needs itself";
        UNKNOWN_PARAM "E0206" "unknown-param" "a module has no such parameter";
        MISSING_PARAM "E0207" "missing-param" "a module's parameter has no value";

        // E03: tools, arguments, patterns
        UNKNOWN_ARGUMENT "E0301" "unknown-argument" "a tool has no such argument";
        PATTERN_MEETS_NOTHING "E0302" "pattern-meets-nothing" "a pattern meets no declared tool";
        UNKNOWN_TOOL "E0303" "unknown-tool" "no tool has this name";
        ARGUMENT_MISSING_IN_ONE "E0304" "argument-missing-in-one" "one of several tools lacks the argument";
        ARGUMENT_TYPES_DIFFER "E0305" "argument-types-differ" "several tools give the argument different types";
        BAD_SCHEMA "E0306" "bad-schema" "a JSON Schema says something that has no type here";
        BAD_REFINE "E0307" "bad-refine" "a refinement does not fit the tool";
        UNKNOWN_RISK "E0308" "unknown-risk" "there is no such risk";

        // E04: types
        TYPE_MISMATCH "E0401" "type-mismatch" "the types do not fit";
        UNKNOWN_TYPE "E0402" "unknown-type" "there is no such type";
        UNKNOWN_VARIANT "E0403" "unknown-variant" "the enum has no such value";
        UNKNOWN_MEMBER "E0404" "unknown-member" "the type has no such member";
        NOT_A_CONDITION "E0405" "not-a-condition" "this is no condition";
        NOT_A_VALUE "E0406" "not-a-value" "a condition stands where a value is needed";
        BAD_PATTERN "E0407" "bad-pattern" "a glob or regular expression cannot be read";
        BAD_CALL "E0408" "bad-call" "a function is called with the wrong arguments";
        OUT_OF_RANGE "E0409" "out-of-range" "a number does not fit its type";
        NOT_CONSTANT "E0410" "not-constant" "a constant is needed here";
        OUT_OF_SCOPE "E0411" "out-of-scope" "this cannot be asked here";
        NOT_A_PLAIN_TEXT "E0412" "not-a-plain-text" "a command or an SQL text is not asked as a text";
        TOO_LARGE "E0413" "too-large" "functions, written out, make a condition too large";
        CONSTANT_TOO_LARGE "E0414" "constant-too-large" "a constant, or all that is made of constants, is too large";

        // E05: rules
        GRANT_ON_CALLERS_WORD "E0501" "grant-on-callers-word" "what the caller says of itself grants, or lifts what restricts";
        CLAUSE_NOT_HERE "E0502" "clause-not-here" "the clause does not go with this effect";
        CONFLICTING_OBLIGATIONS "E0503" "conflicting-obligations" "two rules ask for different things under one key";
        NEVER_APPLIES "E0504" "never-applies" "a rule can never apply";
        BAD_SUGGESTION "E0506" "bad-suggestion" "a suggested call does not fit its tool";

        // E06: marks, budgets, history
        KEY_MAY_BE_MISSING "E0601" "key-may-be-missing" "a budget's key may be missing";
        BAD_LIMIT "E0602" "bad-limit" "a limit or a window is not usable";
        CHARGE_MISMATCH "E0603" "charge-mismatch" "a charge is not of the limit's kind";
        UNREACHABLE_SOURCE "E0604" "unreachable-source" "nothing ever sets this mark";

        // E07: tests and invariants
        BAD_TEST "E0701" "bad-test" "a test does not fit the policy";
        EXPECT_BEFORE_STEP "E0702" "expect-before-step" "an expectation has no step before it";
        UNSETTLED_INVARIANT "E0703" "unsettled-invariant" "an invariant is not settled";
        TEST_WITHOUT_EXPECTATION "E0704" "test-without-expectation" "a test expects nothing";
    }
    Warning {
        UNUSED "L0201" "unused" "something is declared and never used";
        NO_RISK "L0301" "no-risk" "a tool says no risk and counts as the highest";
        ONLY_DENIES "L0501" "only-denies" "a policy denies and never allows";
        HOLD_WITHOUT_APPROVERS "L0502" "hold-without-approvers" "nobody is named who could approve";
        BARE_DENY "L0701" "bare-deny" "an expectation does not say by which rule";
        CONSTANT_CONDITION "L0401" "constant-condition" "a condition is always the same";
    }
}
