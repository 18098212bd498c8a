//! Any text parses: to a tree and diagnostics whose places are within the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policyc_diag::SourceMap;

fuzz_target!(|text: &str| {
    let mut map = SourceMap::default();
    let id = map.add("fuzz.policy", text);
    let (_, diagnostics) = policyc_syntax::parse(id, text);
    for diagnostic in &diagnostics {
        let spans = diagnostic.secondary.iter().map(|l| l.span).chain([diagnostic.primary.span]);
        for span in spans.chain(diagnostic.fixes.iter().flat_map(|f| f.edits.iter().map(|e| e.span))) {
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range.clone()).is_some(), "{range:?} is no range of the text: {diagnostic:?}");
        }
    }
});
