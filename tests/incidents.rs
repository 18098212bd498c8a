//! Every incident in `stdlib/incidents` is tried and honestly sorted; none of the collection that the project set out
//! with is missing.

use std::collections::BTreeSet;

use policyc_diag::FileId;
use policyc_syntax::ast::{ItemKind, Test};

use crate::examples::{failures, run_tests};
use crate::support::{compile_files, files, messages, root, shared};

const SORTS: [&str; 3] = ["met", "partly", "beyond"];

/// What is beyond a decision before a call is one of these instead.
const KINDS: [&str; 4] = ["words", "model", "host", "people"];

/// Each test of the folder with its comment.
fn incidents() -> Vec<(Test, String)> {
    let all = files(&root().join("stdlib/incidents"));
    let policies = all.iter().filter(|(path, _)| path.ends_with(".policy"));
    let mut found = Vec::new();
    for (_, bytes) in policies {
        let (tree, _) = policyc_syntax::parse(FileId(0), std::str::from_utf8(bytes).unwrap());
        for item in tree.items {
            if let ItemKind::Test(test) = item.kind {
                found.push((test, item.doc.unwrap_or_default()));
            }
        }
    }
    found
}

fn tags(test: &Test) -> Vec<&str> {
    test.tags.iter().map(|tag| tag.value.as_str()).collect()
}

#[test]
fn every_incident_is_tried() {
    let all = files(&root().join("stdlib/incidents"));
    let policies = all.keys().filter(|path| path.ends_with(".policy")).cloned().collect();
    let compiled = compile_files("incidents", all, policies);
    assert_eq!(messages(&compiled), Vec::<String>::new());
    let report = run_tests(&compiled, &std::collections::BTreeMap::new());
    assert_eq!(failures(&report), Vec::<String>::new());
}

/// An incident has one sort and one name; what is beyond is skipped and says why, and nothing else is; what is met in
/// part says what is not.
#[test]
fn every_incident_is_sorted() {
    let mut names = BTreeSet::new();
    for (test, doc) in incidents() {
        let title = &test.name.value;
        let tags = tags(&test);
        let sorts: Vec<_> = tags.iter().filter(|tag| SORTS.contains(tag)).collect();
        let kinds = tags.iter().filter(|tag| KINDS.contains(tag)).count();
        let beyond = usize::from(sorts == [&"beyond"]);
        assert_eq!((sorts.len(), kinds, tags.len()), (1, beyond, 2 + beyond), "{title}: a sort and a name");
        for name in tags.iter().filter(|tag| !SORTS.contains(tag) && !KINDS.contains(tag)) {
            assert!(names.insert((*name).to_owned()), "{name} stands twice");
        }
        let says = |word: &str| doc.lines().any(|line| line.starts_with(word));
        assert_eq!(*sorts[0] == "beyond", test.skip.is_some(), "{title}: what is beyond is skipped, and nothing else");
        assert_eq!(*sorts[0] == "beyond", test.steps.is_empty(), "{title}: what is beyond has nothing to try");
        assert_eq!(*sorts[0] == "partly", says("Not met: "), "{title}: what is met in part says what is not");
        assert!(says("Source: https://"), "{title}: where it is written down");
    }
}

#[test]
fn no_incident_of_the_collection_is_missing() {
    let Some(path) = shared("data/incidents/incidents.jsonl") else { return };
    let known: BTreeSet<String> = incidents()
        .iter()
        .flat_map(|(test, _)| tags(test).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let text = std::fs::read_to_string(path).unwrap();
    let missing: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .filter(|id| !known.contains(id))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
