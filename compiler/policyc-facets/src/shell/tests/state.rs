//! What a text knows of the shell's state where something may have failed.

use super::{lines, read};
use crate::shell::shell;

#[test]
fn a_file_that_cannot_be_opened_leaves_the_state_as_it_was() {
    // SPEC: [S4.32]
    for text in ["{ p=a; } < f; $p b", "export p=a > f; $p b", "eval 'p=a' 3< f; $p b", "f() { p=a; }; f >& 7; $p b"] {
        assert!(!read(text).hidden.is_empty(), "{text}: {:?}", lines(text));
    }
    for text in ["{ p=a; } > /dev/null 2>&1; $p b", "export p=a <<< f; $p b"] {
        assert!(lines(text).contains(&"a|b".to_owned()), "{text}: {:?}", lines(text));
    }
    assert_eq!(read("cd x > f; rm y").commands.last().unwrap().cwd.len(), 2);
}

#[test]
fn an_assignment_before_an_alias_is_not_seen_by_the_words_of_the_alias() {
    // SPEC: [S4.31]
    let text = "shopt -s expand_aliases\nalias z='a \"p$x\"'\nx=b z";
    assert_eq!(lines(text).iter().filter(|line| line.starts_with("a|")).collect::<Vec<_>>(), ["a|?"], "{text}");
}

#[test]
fn an_alias_that_takes_in_the_rest_of_the_line_hides_what_runs() {
    // SPEC: [S4.31]
    for alias in ["a # b", "#", "a;# b", "a ", "a \\"] {
        let text = format!("shopt -s expand_aliases\nalias z='{alias}'\nz; c <<'E'\nd\nE");
        assert!(!read(&text).hidden.is_empty(), "{text}: {:?}", lines(&text));
    }
    assert!(read("shopt -s expand_aliases\nalias z='a#b'\nz; c").hidden.is_empty());
}

#[test]
fn a_here_document_in_what_begins_as_arithmetic_is_not_read() {
    // SPEC: [S4.33]
    assert!(shell("(( cat <<E\nx\nE\na ) )", None).is_err());
    assert!(shell("( ( cat <<E\nx\nE\na ) )", None).is_ok());
    assert!(shell("(( a ) )", None).is_ok());
}
