//! Any line is read or refused; what is read is the same after it was written from the tree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policyc_runtime::event;
use policyc_runtime::limits::Limits;
use policyc_runtime::wire::Doc;

fuzz_target!(|line: &[u8]| {
    let mut doc = Doc::new();
    if doc.parse(line, &Limits::DEFAULT).is_err() {
        return;
    }
    let _ = event::read(&doc);
    let written = doc.root().to_string();
    let mut again = Doc::new();
    if let Err(refusal) = again.parse(written.as_bytes(), &Limits::DEFAULT) {
        // Escapes can make a text that was at a limit a little longer.
        assert!(refusal.code.name().starts_with("limit-"), "{refusal}: {written}");
        return;
    }
    assert!(doc.root().same(again.root()), "{written}");
});
