//! Whole files: several mistakes at once, modules, the repository's own policies.

#[test]
fn the_policies_of_the_repository_compile() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let std = ["net", "risk", "secrets", "budgets"];
    let mut texts = crate::Texts::default();
    for name in std {
        let text = std::fs::read(format!("{root}/stdlib/{name}.policy")).unwrap();
        texts.0.insert(format!("std/{name}.policy"), text.clone());
    }
    let mut roots = Vec::new();
    for name in ["banking", "workspace", "roles", "control-plane", "fleet"] {
        roots.push(format!("examples/{name}/{name}.policy"));
    }
    for name in std {
        roots.push(format!("stdlib/{name}.policy"));
        roots.push(format!("stdlib/tests/{name}.policy"));
    }
    roots.push("examples/fleet/prices.csv".to_owned());
    for path in &roots {
        texts.0.insert(path.clone(), std::fs::read(format!("{root}/{path}")).unwrap());
    }
    let mut said = Vec::new();
    for path in roots.iter().filter(|p| p.ends_with(".policy")) {
        let input = crate::Input { name: "test".to_owned(), files: vec![path.clone()] };
        let compiled = crate::compile(&input, &texts);
        assert_eq!(compiled.policy.is_some(), !compiled.has_errors());
        said.extend(compiled.lines().into_iter().filter(|l| l.starts_with('E')).map(|l| format!("{path}: {l}")));
    }
    assert!(said.is_empty(), "{said:#?}");
}
