//! Tests of the crate's doors, over one file that has everything.

mod format;
mod hostile;
mod mutations;
mod recovery;
mod trees;

use crate::*;
use policyc_diag::FileId;

const EVERYTHING: &str = include_str!("../testdata/everything.policy");

fn messages(text: &str) -> Vec<String> {
    let (_, said) = parse(FileId(0), text);
    said.iter().map(|d| format!("{} {}", d.code.number, d.message)).collect()
}

#[test]
fn everything_parses() {
    let (file, said) = parse(FileId(0), EVERYTHING);
    let first = said.first().map(|d| {
        (
            d.message.clone(),
            EVERYTHING.get(d.primary.span.start as usize..).map(|s| s.chars().take(60).collect::<String>()),
        )
    });
    assert_eq!(first, None);
    assert_eq!(file.edition.map(|e| e.0), Some(1));
    assert_eq!(file.items.len(), 52);
    assert_eq!(messages("\u{FEFF}edition 1"), [""; 0]);
}
