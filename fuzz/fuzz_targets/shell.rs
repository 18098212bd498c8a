//! Any text is read or unknown: within its limits, the same each time, with hidden commands marked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policyc_facets::shell::{MAX_COMMANDS, Word};

fuzz_target!(|text: &str| {
    let read = policyc_facets::shell(text, Some("/work"));
    assert_eq!(read, policyc_facets::shell(text, Some("/work")), "two readings differ");
    if let Ok(read) = read {
        assert!(read.commands.len() <= MAX_COMMANDS * 2);
        assert!(read.hidden.is_empty() || read.commands.iter().any(|c| c.program == Word::Unknown));
        assert!(!read.is_static || read.commands.iter().all(|c| c.program.literal().is_some()));
    }
});
