//! The words of the language, by where they stand.

/// Words that begin an item.
pub(crate) const ITEMS: [&str; 19] = [
    "after",
    "agent",
    "budget",
    "data",
    "edition",
    "fn",
    "group",
    "invariant",
    "label",
    "let",
    "mark",
    "param",
    "refine",
    "role",
    "rule",
    "test",
    "tool",
    "tools",
    "use",
];

/// Words that begin a clause of a rule.
pub(crate) const RULE: [&str; 9] =
    ["for", "when", "unless", "because", "suggest", "approvers", "expires", "with", "matching"];

/// Words that begin a clause of a budget.
pub(crate) const BUDGET: [&str; 8] = ["limit", "every", "per", "count", "charge", "else", "approvers", "because"];

/// Words that begin a clause of an invariant.
pub(crate) const INVARIANT: [&str; 3] = ["for", "when", "unless"];

/// Words that begin a step of a test.
pub(crate) const STEPS: [&str; 10] =
    ["given", "each", "user", "at", "after", "call", "result", "approve", "reject", "expect"];

/// What a rule does.
pub(crate) const EFFECTS: [&str; 5] = ["allow", "hold", "deny", "redact", "quarantine"];

/// Words that cannot be names where an expression or a declaration has one.
const RESERVED: [&str; 26] = [
    "all",
    "and",
    "any",
    "approvers",
    "because",
    "contains",
    "ends",
    "expires",
    "false",
    "for",
    "from",
    "has",
    "in",
    "is",
    "like",
    "matches",
    "not",
    "null",
    "or",
    "starts",
    "suggest",
    "true",
    "unless",
    "when",
    "with",
    "within",
];

/// Every word with a meaning of its own somewhere, sorted.
const KEYWORDS: [&str; 105] = [
    "after",
    "agent",
    "all",
    "allow",
    "always",
    "and",
    "any",
    "approve",
    "approvers",
    "as",
    "at",
    "attempts",
    "because",
    "budget",
    "budgets",
    "by",
    "calendar",
    "call",
    "caller",
    "charge",
    "clear",
    "code",
    "contains",
    "count",
    "cuts",
    "data",
    "deny",
    "each",
    "edition",
    "else",
    "ends",
    "error",
    "every",
    "expect",
    "expires",
    "extends",
    "fails",
    "false",
    "fn",
    "for",
    "from",
    "given",
    "group",
    "has",
    "hints",
    "hold",
    "host",
    "in",
    "invariant",
    "is",
    "label",
    "labels",
    "let",
    "like",
    "limit",
    "list",
    "map",
    "mark",
    "marks",
    "matches",
    "matching",
    "never",
    "not",
    "null",
    "observe",
    "ok",
    "on",
    "open",
    "or",
    "param",
    "pass",
    "per",
    "present",
    "quarantine",
    "redact",
    "refine",
    "reject",
    "result",
    "risk",
    "role",
    "rule",
    "session",
    "set",
    "settle",
    "skip",
    "starts",
    "suggest",
    "tags",
    "task",
    "tenant",
    "test",
    "tool",
    "tools",
    "true",
    "trust",
    "turn",
    "unknown",
    "unless",
    "use",
    "used",
    "user",
    "when",
    "where",
    "with",
    "within",
];

/// Every word that has a meaning of its own somewhere in the language, sorted.
pub fn keywords() -> &'static [&'static str] {
    &KEYWORDS
}

/// True for a word that cannot be the name of anything. It can still be a key, and stand behind a dot.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// True for a name that needs no quotes as a key.
pub fn is_word(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What other languages call it, and what it is called here.
pub(crate) fn synonym(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "if" => "when",
        "reason" | "message" | "why" => "because",
        "permit" | "grant" | "accept" => "allow",
        "forbid" | "block" | "reject" | "refuse" => "deny",
        "ask" | "review" | "require_approval" | "escalate" => "hold",
        "mask" | "censor" => "redact",
        "import" | "include" => "use",
        "policy" => "rule",
        "def" | "func" | "function" | "define" => "fn",
        "const" | "var" | "set" => "let",
        "some" | "exists" => "any",
        "every" | "forall" => "all",
        "eq" | "equals" => "==",
        "under" | "inside" => "within",
        "regex" | "match" => "matches",
        "none" | "nil" | "undefined" => "null",
        "scenario" | "describe" => "test",
        "function_call" | "invoke" => "call",
        "assert" => "expect",
        "action" | "endpoint" => "tool",
        "taint" => "mark",
        "quota" => "budget",
        _ => return None,
    })
}
