//! Small texts that would mean much work: each is checked in time, or refused with an error.
//!
//! None of these tests looks at a clock: what doubles with each of sixty steps does not end at all.

use super::says;

/// `f0` calls `f1` twice, and so on, sixty steps; the last one asks `last`.
fn doubling(last: &str) -> String {
    let steps = (0..60).map(|i| format!("fn f{i}(x: string) = f{n}(x) or f{n}(x)\n", n = i + 1));
    format!("{}fn f60(x: string) = {last}\n", steps.collect::<String>())
}

#[test]
fn functions_that_call_a_function_twice_are_gone_through_once() {
    let head = "tool t(x: string) risk read\nlabel word: string from caller\n";
    let rule = "rule a\n  allow t\n  when f0(args.x)\n";
    says(&format!("{head}{rule}{}", doubling("x == \"a\"")), &[]);
    says(
        &format!("{head}{rule}{}", doubling("x == labels.word")),
        &["E0501 5:8 this allows on `labels.word`, which is the caller's own word"],
    );
}
