//! A naive loop: every rule in turn, on a request that is already in memory.

use crate::workload::{Condition, Request, Rule, Tool};

/// The strongest effect of all rules that match, as the workload writes it.
pub fn decide(rules: &[Rule], request: &Request) -> u8 {
    let mut best = b'0';
    for rule in rules {
        let tool = match &rule.tool {
            Tool::Exact(name) => *name == request.tool,
            Tool::Namespace(name) => request.tool.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')),
            Tool::Any => true,
        };
        if tool && rule.when.iter().all(|c| holds(c, request)) {
            best = best.max(match rule.effect.as_str() {
                "deny" => b'3',
                "allow" => b'1',
                _ => b'2',
            });
        }
    }
    best
}

fn holds(condition: &Condition, request: &Request) -> bool {
    let text = |arg: &str| request.args.get(arg).and_then(|v| v.as_str());
    match condition {
        Condition::Role { role } => *role == request.role,
        Condition::Capability { capability } => request.capabilities.contains(capability),
        Condition::Label { label, eq } => request.labels.get(label) == Some(eq),
        Condition::Number { arg, op, value } => {
            let Some(n) = request.args.get(arg).and_then(|v| v.as_i64()) else { return false };
            match op.as_str() {
                "<" => n < *value,
                "<=" => n <= *value,
                ">" => n > *value,
                ">=" => n >= *value,
                "==" => n == *value,
                _ => n != *value,
            }
        }
        Condition::Prefix { arg, prefix } => text(arg).is_some_and(|t| t.starts_with(prefix.as_str())),
        Condition::Suffix { arg, suffix } => text(arg).is_some_and(|t| t.ends_with(suffix.as_str())),
        Condition::Glob { arg, glob } => text(arg).is_some_and(|t| glob_fits(glob, t)),
        Condition::In { arg, r#in } => text(arg).is_some_and(|t| r#in.iter().any(|x| x == t)),
    }
}

/// `*` is any run of characters: the first piece at the start, the last at the end, the others in order between.
fn glob_fits(glob: &str, text: &str) -> bool {
    let mut pieces = glob.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or(""),
            None => return false,
        }
    }
    rest.ends_with(last)
}
