//! Any text is read as SQL of each dialect, or not, at once; and what is read says the same when it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policyc_facets::sql::{Dialect, sql};

fuzz_target!(|text: &str| {
    for dialect in Dialect::ALL {
        let Ok(read) = sql(text, dialect) else { continue };
        assert!(!read.statements.is_empty(), "what is read has a statement");
        let writes = read.statements.iter().any(|s| s.reads_only == Some(false));
        assert!(!(writes && read.reads_only == Some(true)), "a text that writes does not only read: {read:?}");
        let destroys = read.statements.iter().any(|s| s.destructive == Some(true));
        assert!(!destroys || read.destructive == Some(true), "{read:?}");
        assert_eq!(sql(text, dialect).as_ref(), Ok(&read));
    }
});
