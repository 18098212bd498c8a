//! A file that is no compiled policy is refused; one that loads decides without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policyc_runtime::state::State;
use policyc_runtime::{Engine, Loaded, bundle};

const LINES: [&str; 3] = [
    r#"{"user":"hello","session":"s"}"#,
    r#"{"call":"c","tool":"t","args":{"n":1,"s":"x"},"session":"s","agent":{"id":"a"},"at":"2026-01-01T00:00:00Z"}"#,
    r#"{"result":"c","content":"hello","session":"s"}"#,
];

fuzz_target!(|bytes: &[u8]| {
    // The checksum would stop nearly everything, so the policy behind it is read too.
    let policies = [bundle::read(bytes).ok().map(|b| b.policy), bundle::decode(bytes).ok()];
    for policy in policies.into_iter().flatten() {
        let Ok(loaded) = Loaded::new(policy) else { continue };
        let mut engine = Engine::new(&loaded);
        let mut state = State::new();
        for (line, number) in LINES.iter().zip(1..) {
            let mut out = Vec::new();
            engine.line(&mut state, line.as_bytes(), number, &mut out);
        }
    }
});
