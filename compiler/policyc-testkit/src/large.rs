//! A policy of the size that people end up with, and calls for it: what the harness is timed on.
//!
//! The same text each time; nothing here is random.

use std::fmt::Write as _;

/// Three hundred rules over thirty tools, and ten thousand calls, a line each.
pub fn policy_and_calls() -> (String, String) {
    let mut policy = "edition 1\nlabel env: dev | staging | prod = dev\nrole boss\n".to_owned();
    for tool in 0..30 {
        let _ = write!(
            policy,
            "tool t{tool}(to: string, amount: int, note: string?) risk external\n\
             rule allow_{tool}\n  allow t{tool}\n  when args.amount < 900 or labels.env == dev\n"
        );
        for rule in 0..9 {
            let (effect, more) = if rule % 3 == 0 { ("hold", "\n  approvers \"desk\"") } else { ("deny", "") };
            let _ = writeln!(
                policy,
                "rule r{tool}_{rule}\n  {effect} t{tool}\n  when args.amount > {} and (args.to starts with \"x{rule}\" or \
                 args.note contains \"n{rule}\") and not (labels.env == prod and args.to == \"boss{rule}\"){more}",
                500 + rule * 40
            );
        }
    }
    let mut calls = String::new();
    for (call, env) in (0..10_000).zip(["dev", "staging", "prod"].into_iter().cycle()) {
        let _ = writeln!(
            calls,
            "{{\"call\":\"c{call}\",\"tool\":\"t{}\",\"args\":{{\"to\":\"x{}-{call}\",\"amount\":{},\"note\":\"n{}\"}},\
             \"labels\":{{\"env\":\"{env}\"}}}}",
            call % 30,
            call % 11,
            call % 1000,
            call % 13
        );
    }
    (policy, calls)
}
