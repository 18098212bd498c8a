//! What the policy says of an event, and its line of JSON.
//!
//! The types here carry a verdict; they never come to one. Their defaults are the safe ones: a decision that nobody
//! filled in is `deny`. The order of the fields in the JSON is fixed, and equal decisions give equal bytes.

/// What the host does with a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Run it, under the obligations.
    Allow,
    /// Do not run it until people have approved it.
    Hold,
    /// Do not run it.
    #[default]
    Deny,
}

impl Verdict {
    /// As it stands in a decision.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

/// A value that was not known, where that mattered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// Which value, as a rule would write it: `args.url`.
    pub what: String,
    /// Why it is not known.
    pub why: String,
}

/// What could be done instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Suggestion {
    /// In words.
    Text(String),
    /// Another call.
    Call {
        /// The tool's name.
        tool: String,
        /// Its arguments, as a JSON object.
        args: String,
    },
}

/// The code of a decision that rules made.
pub const BY_RULE: &str = "rule";
/// The code of a decision that only budgets made.
pub const BY_BUDGET: &str = "budget";
/// The code of a call that nothing allowed.
pub const BY_DEFAULT: &str = "default";

/// The decision on a call. Names and words of the policy are the policy's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision<'l> {
    /// The call's id; `None` if it has none.
    pub call: Option<String>,
    /// What is to be done.
    pub verdict: Verdict,
    /// `rule`, `budget`, `default`, or the stable name of a refusal.
    pub code: &'static str,
    /// All rules of the winning effect, sorted.
    pub rules: Vec<&'l str>,
    /// All budgets that the call would exceed, sorted.
    pub budgets: Vec<&'l str>,
    /// For people: why.
    pub reason: String,
    /// What could be done instead.
    pub suggest: Option<Suggestion>,
    /// Groups of people, each of which must approve, sorted.
    pub approvers: Vec<&'l str>,
    /// How long an approval is awaited, in nanoseconds.
    pub expires_ns: Option<i64>,
    /// What was not known and counted.
    pub unknown: Vec<Unknown>,
    /// Rules that only observe and would have applied, sorted.
    pub observed: Vec<&'l str>,
    /// What the host has to see to: key and JSON text, sorted by key.
    pub obligations: Vec<(&'l str, &'l str)>,
    /// SHA-256 of the policy.
    pub policy: [u8; 32],
    /// SHA-256 of the call; `None` if there was no tree to hash.
    pub call_hash: Option<[u8; 32]>,
}

impl Decision<'_> {
    /// Appends the decision as one JSON object, without a line end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"call\":");
        match &self.call {
            Some(id) => json_text(id, out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"decision\":\"");
        out.extend_from_slice(self.verdict.name().as_bytes());
        out.extend_from_slice(b"\",\"code\":\"");
        out.extend_from_slice(self.code.as_bytes());
        out.extend_from_slice(b"\",\"rules\":");
        json_texts(&self.rules, out);
        out.extend_from_slice(b",\"budgets\":");
        json_texts(&self.budgets, out);
        out.extend_from_slice(b",\"reason\":");
        json_text(&self.reason, out);
        out.extend_from_slice(b",\"suggest\":");
        match &self.suggest {
            None => out.extend_from_slice(b"null"),
            Some(Suggestion::Text(text)) => {
                out.extend_from_slice(b"{\"text\":");
                json_text(text, out);
                out.push(b'}');
            }
            Some(Suggestion::Call { tool, args }) => {
                out.extend_from_slice(b"{\"tool\":");
                json_text(tool, out);
                out.extend_from_slice(b",\"args\":");
                out.extend_from_slice(args.as_bytes());
                out.push(b'}');
            }
        }
        out.extend_from_slice(b",\"approvers\":");
        json_texts(&self.approvers, out);
        out.extend_from_slice(b",\"expires\":");
        match self.expires_ns {
            None => out.extend_from_slice(b"null"),
            Some(ns) => json_seconds(ns, out),
        }
        out.extend_from_slice(b",\"unknown\":");
        json_unknown(&self.unknown, out);
        out.extend_from_slice(b",\"observed\":");
        json_texts(&self.observed, out);
        out.extend_from_slice(b",\"obligations\":{");
        for (i, (key, value)) in self.obligations.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            json_text(key, out);
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"},\"policy\":");
        json_hash(&self.policy, out);
        out.extend_from_slice(b",\"call_hash\":");
        match &self.call_hash {
            None => out.extend_from_slice(b"null"),
            Some(hash) => json_hash(hash, out),
        }
        out.push(b'}');
    }

    /// The decision as one JSON object.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.write_json(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// What happens to a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handling {
    /// The agent sees it.
    Pass,
    /// The agent sees it without the spans.
    Redact,
    /// The agent never sees it.
    #[default]
    Quarantine,
}

impl Handling {
    /// As it stands in a decision.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Redact => "redact",
            Self::Quarantine => "quarantine",
        }
    }
}

/// The decision on a call's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screening<'l> {
    /// The call's id.
    pub result: String,
    /// What happens to it.
    pub handling: Handling,
    /// `rule` or `default`.
    pub code: &'static str,
    /// All rules of the winning effect, sorted.
    pub rules: Vec<&'l str>,
    /// For people: why.
    pub reason: String,
    /// What is cut out: ranges of bytes of the content if that is a text, else of its JSON without spaces, and then all of it; sorted, disjoint.
    pub spans: Vec<(usize, usize)>,
    /// What was not known and counted.
    pub unknown: Vec<Unknown>,
    /// Rules that only observe and would have applied, sorted.
    pub observed: Vec<&'l str>,
    /// SHA-256 of the policy.
    pub policy: [u8; 32],
}

impl Screening<'_> {
    /// Appends it as one JSON object, without a line end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"result\":");
        json_text(&self.result, out);
        out.extend_from_slice(b",\"decision\":\"");
        out.extend_from_slice(self.handling.name().as_bytes());
        out.extend_from_slice(b"\",\"code\":\"");
        out.extend_from_slice(self.code.as_bytes());
        out.extend_from_slice(b"\",\"rules\":");
        json_texts(&self.rules, out);
        out.extend_from_slice(b",\"reason\":");
        json_text(&self.reason, out);
        out.extend_from_slice(b",\"spans\":[");
        for (i, (start, end)) in self.spans.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.extend_from_slice(format!("[{start},{end}]").as_bytes());
        }
        out.extend_from_slice(b"],\"unknown\":");
        json_unknown(&self.unknown, out);
        out.extend_from_slice(b",\"observed\":");
        json_texts(&self.observed, out);
        out.extend_from_slice(b",\"policy\":");
        json_hash(&self.policy, out);
        out.push(b'}');
    }
}

/// The answer to a line that is no readable call: always `deny`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejection {
    /// The line's number, from 1.
    pub line: u64,
    /// The id of the call that the line spoke of, if it could be read.
    pub call: Option<String>,
    /// The stable name of the refusal.
    pub code: &'static str,
    /// For people: why.
    pub reason: String,
}

impl Rejection {
    /// Appends it as one JSON object, without a line end.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"line\":{}", self.line).as_bytes());
        if let Some(id) = &self.call {
            out.extend_from_slice(b",\"call\":");
            json_text(id, out);
        }
        out.extend_from_slice(b",\"decision\":\"deny\",\"code\":\"");
        out.extend_from_slice(self.code.as_bytes());
        out.extend_from_slice(b"\",\"reason\":");
        json_text(&self.reason, out);
        out.push(b'}');
    }
}

/// What one event led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'l> {
    /// Nothing to say: a user message, a result that needs no screening, an approval that was taken.
    Quiet,
    /// A call was decided.
    Call(Decision<'l>),
    /// A result was screened.
    Result(Screening<'l>),
    /// The event was refused.
    Refused(Rejection),
}

impl Step<'_> {
    /// Appends the answer as one JSON object without a line end; `false` if there is nothing to say.
    pub fn write_json(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Quiet => return false,
            Self::Call(decision) => decision.write_json(out),
            Self::Result(screening) => screening.write_json(out),
            Self::Refused(rejection) => rejection.write_json(out),
        }
        true
    }
}

/// Appends a JSON string. Besides what JSON asks for, DEL and the other controls, the line separators and the marks that turn the direction
/// of writing are escaped, so that a line shows what it says.
pub(crate) fn json_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = next_escape(rest) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(before.as_bytes());
        let mut chars = tail.chars();
        if let Some(c) = chars.next() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                other => out.extend_from_slice(format!("\\u{:04x}", u32::from(other)).as_bytes()),
            }
        }
        rest = chars.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// Where the first character stands that must be escaped. Most texts are plain, and are run through bytewise.
fn next_escape(text: &str) -> Option<usize> {
    let from = text.bytes().position(|b| !(0x20..0x7f).contains(&b) || b == b'"' || b == b'\\')?;
    text.get(from..)?.find(must_be_escaped)?.checked_add(from)
}

fn must_be_escaped(c: char) -> bool {
    matches!(c, '"' | '\\' | '\0'..='\x1f' | '\x7f' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn json_texts(texts: &[&str], out: &mut Vec<u8>) {
    out.push(b'[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        json_text(text, out);
    }
    out.push(b']');
}

fn json_unknown(unknown: &[Unknown], out: &mut Vec<u8>) {
    out.push(b'[');
    for (i, u) in unknown.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"what\":");
        json_text(&u.what, out);
        out.extend_from_slice(b",\"why\":");
        json_text(&u.why, out);
        out.push(b'}');
    }
    out.push(b']');
}

/// Nanoseconds as seconds, exactly.
fn json_seconds(ns: i64, out: &mut Vec<u8>) {
    let magnitude = ns.unsigned_abs();
    let (whole, part) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    if ns < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(whole.to_string().as_bytes());
    if part > 0 {
        out.extend_from_slice(format!(".{part:09}").trim_end_matches('0').as_bytes());
    }
}

fn json_hash(hash: &[u8; 32], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"sha256:");
    out.extend_from_slice(&hex(hash));
    out.push(b'"');
}

/// 64 lower-case hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let digit = |n: u8| if n < 10 { n.wrapping_add(b'0') } else { n.wrapping_sub(10).wrapping_add(b'a') };
    let mut digits = [0; 64];
    for (to, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(hash) {
        *to = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_that_nobody_filled_in_denies() {
        assert_eq!(Decision::default().verdict, Verdict::Deny);
        assert_eq!(Screening::default().handling, Handling::Quarantine);
    }

    #[test]
    fn the_fields_of_a_line_stand_in_a_fixed_order() {
        let decision = Decision {
            call: Some("c\"1".into()),
            verdict: Verdict::Hold,
            code: BY_RULE,
            rules: vec!["a", "b"],
            reason: "needs \u{202e}\n\u{1}".into(),
            suggest: Some(Suggestion::Call { tool: "t".into(), args: "{\"n\":1}".into() }),
            approvers: vec!["finops"],
            expires_ns: Some(900_500_000_000),
            unknown: vec![Unknown { what: "args.url".into(), why: "no URL".into() }],
            obligations: vec![("sandbox", "true")],
            ..Decision::default()
        };
        let zeros = "0".repeat(64);
        assert_eq!(
            decision.to_json(),
            format!(
                r#"{{"call":"c\"1","decision":"hold","code":"rule","rules":["a","b"],"budgets":[],"reason":"needs \u202e\n\u0001","suggest":{{"tool":"t","args":{{"n":1}}}},"approvers":["finops"],"expires":900.5,"unknown":[{{"what":"args.url","why":"no URL"}}],"observed":[],"obligations":{{"sandbox":true}},"policy":"sha256:{zeros}","call_hash":null}}"#
            )
        );
        serde_json::from_str::<serde_json::Value>(&decision.to_json()).unwrap();
    }
}
