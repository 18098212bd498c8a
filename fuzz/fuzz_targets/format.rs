//! What parses is formatted; twice is once, and no comment is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(once) = policyc_syntax::format(text) else { return };
    match policyc_syntax::format(&once) {
        Ok(twice) => assert_eq!(once, twice, "formatting twice changes something"),
        Err(diagnostics) => panic!("what was formatted does not parse: {diagnostics:?}\n{once}"),
    }
});
