//! Checking, through its door: a text in, what is said about it out.

mod codes;
mod limits;
mod projects;
mod tables;

use crate::{Compiled, Input, Texts, compile};

/// Files in, everything out; the first file is the root.
fn compiled(files: &[(&str, &str)]) -> Compiled {
    let mut texts = Texts::default();
    for (name, text) in files {
        texts.0.insert((*name).to_owned(), text.as_bytes().to_vec());
    }
    let root = files.first().map(|(name, _)| vec![(*name).to_owned()]).unwrap_or_default();
    compile(&Input { name: "test".to_owned(), files: root }, &texts)
}

/// Asserts what is said of a text: each expectation is the beginning of a line `E0301 4:12 message`.
#[track_caller]
fn says(src: &str, expected: &[&str]) {
    let lines = crate::diagnostics(src);
    let fits = lines.len() == expected.len() && lines.iter().zip(expected).all(|(l, e)| l.starts_with(e));
    assert!(fits, "expected {expected:#?}\nsaid {lines:#?}\nof\n{src}");
}
