//! What editors are told of the language is what the parser knows.

use crate::support::root;

#[test]
fn the_vim_plugin_knows_every_keyword_and_no_other() {
    let path = root().join("editors/vim/syntax/policy.vim");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("syntax keyword policyKeyword "));
    let mut known: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let mut keywords = policyc_syntax::keywords().to_vec();
    known.sort_unstable();
    keywords.sort_unstable();
    keywords.dedup();
    assert_eq!(known, keywords);
}
