//! What a simulation found, in a stable order.

use serde_json::{Value, json};

/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// How many groups of refusals a report shows.
pub const SHOWN_GROUPS: usize = 10;

/// What a simulation found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Counts over everything.
    pub counts: Counts,
    /// Every rule of the policy, by name.
    pub rules: Vec<RuleCount>,
    /// Budgets that refused a call, by name, and how many.
    pub budgets: Vec<(String, u64)>,
    /// Refusals (deny and hold) that have decision, code, rules and budgets in common: the largest first, among
    /// equals the one that came first. All of them; people see `SHOWN_GROUPS`.
    pub refusals: Vec<RefusalGroup>,
    /// What was read, in order.
    pub inputs: Vec<InputCount>,
    /// What could not be read (to its end), and why.
    pub unreadable: Vec<(String, String)>,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines, of every kind.
    pub lines: u64,
    /// Lines that were calls and were decided.
    pub calls: u64,
    /// Calls that may run.
    pub allow: u64,
    /// Calls that wait for people.
    pub hold: u64,
    /// Calls that may not run.
    pub deny: u64,
    /// Lines that were refused and are no call: no JSON, not an event, a result of nothing.
    pub errors: u64,
    /// Results that the agent sees; counted only if the policy has rules for results.
    pub pass: u64,
    /// Results of which spans are cut out.
    pub redact: u64,
    /// Results that the agent never sees.
    pub quarantine: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        for (into, from) in [
            (&mut self.lines, other.lines),
            (&mut self.calls, other.calls),
            (&mut self.allow, other.allow),
            (&mut self.hold, other.hold),
            (&mut self.deny, other.deny),
            (&mut self.errors, other.errors),
            (&mut self.pass, other.pass),
            (&mut self.redact, other.redact),
            (&mut self.quarantine, other.quarantine),
        ] {
            *into += from;
        }
    }
}

/// How often a rule was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// Its name.
    pub name: String,
    /// What it does.
    pub effect: &'static str,
    /// In how many decisions it was among the rules that decided.
    pub decided: u64,
    /// In how many it would have applied, but only observes.
    pub observed: u64,
}

/// Refusals of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalGroup {
    /// `hold` or `deny`.
    pub decision: &'static str,
    /// The code that they have.
    pub code: String,
    /// The rules that decided.
    pub rules: Vec<String>,
    /// The budgets that would have been exceeded.
    pub budgets: Vec<String>,
    /// How many.
    pub count: u64,
    /// The first.
    pub example: Example,
}

/// One line as an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The input's name.
    pub input: String,
    /// The line in it, from 1.
    pub line: u64,
    /// The call's id, if it has one.
    pub call: Option<String>,
    /// What the decision says for people.
    pub reason: String,
}

/// How much of an input was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputCount {
    /// Its name.
    pub name: String,
    /// Its lines.
    pub lines: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl Report {
    /// Rules that no decision named, by name.
    pub fn never_applied(&self) -> impl Iterator<Item = &RuleCount> {
        self.rules.iter().filter(|rule| rule.decided == 0 && rule.observed == 0)
    }

    /// Everything in one line: `12,048 calls: 11,390 allow · 214 hold · 444 deny · 0 errors (6 rules never applied)`.
    pub fn headline(&self) -> String {
        let c = &self.counts;
        let mut out = format!(
            "{}: {} allow · {} hold · {} deny · {}",
            counted(c.calls, "call", "calls"),
            grouped(c.allow),
            grouped(c.hold),
            grouped(c.deny),
            counted(c.errors, "error", "errors"),
        );
        if c.redact > 0 || c.quarantine > 0 {
            out.push_str(&format!(
                "; {}: {} redacted · {} quarantined",
                counted(c.pass.saturating_add(c.redact).saturating_add(c.quarantine), "result", "results"),
                grouped(c.redact),
                grouped(c.quarantine)
            ));
        }
        let never = u64::try_from(self.never_applied().count()).unwrap_or(u64::MAX);
        if never > 0 {
            out.push_str(&format!(" ({} never applied)", counted(never, "rule", "rules")));
        }
        out
    }

    /// The report as JSON, with a version.
    pub fn json(&self) -> Value {
        let c = &self.counts;
        json!({
            "version": VERSION,
            "kind": "simulate",
            "counts": {
                "lines": c.lines, "calls": c.calls, "allow": c.allow, "hold": c.hold, "deny": c.deny,
                "errors": c.errors, "pass": c.pass, "redact": c.redact, "quarantine": c.quarantine,
            },
            "rules": self.rules.iter().map(|rule| json!({
                "name": rule.name, "effect": rule.effect, "decided": rule.decided, "observed": rule.observed,
            })).collect::<Vec<_>>(),
            "budgets": self.budgets.iter().map(|(name, count)| json!({ "name": name, "refused": count }))
                .collect::<Vec<_>>(),
            "never_applied": self.never_applied().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
            "refusals": self.refusals.iter().map(|group| json!({
                "decision": group.decision, "code": group.code, "rules": group.rules, "budgets": group.budgets,
                "count": group.count,
                "example": {
                    "input": group.example.input, "line": group.example.line, "call": group.example.call,
                    "reason": group.example.reason,
                },
            })).collect::<Vec<_>>(),
            "inputs": self.inputs.iter().map(|input| json!({
                "name": input.name, "lines": input.lines, "bytes": input.bytes,
            })).collect::<Vec<_>>(),
            "unreadable": self.unreadable.iter().map(|(name, why)| json!({ "name": name, "why": why }))
                .collect::<Vec<_>>(),
        })
    }
}

/// A number with its noun: `1 call`, `12,048 calls`.
fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A number with a comma between thousands.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_reads_as_a_sentence() {
        let rule = |name: &str, decided| RuleCount { name: name.into(), effect: "deny", decided, observed: 0 };
        let counts = Counts { lines: 13_000, calls: 12_048, allow: 11_390, hold: 214, deny: 444, ..Counts::default() };
        let report = Report { counts, rules: vec![rule("a", 1), rule("b", 0)], ..Report::default() };
        assert_eq!(
            report.headline(),
            "12,048 calls: 11,390 allow · 214 hold · 444 deny · 0 errors (1 rule never applied)"
        );
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
