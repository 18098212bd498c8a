//! Commands that people wrote: how many are read as fully known.

#[test]
fn nothing_yet() {}
