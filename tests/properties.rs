//! What holds for every policy and every event.

use policyc_diag::SourceMap;
use policyc_testkit::generate::World;

#[test]
fn generated_policies_parse() {
    for seed in 0..300 {
        let source = World::new(seed).source();
        let mut map = SourceMap::default();
        let file = map.add("generated.policy", source.clone());
        let (_, diagnostics) = policyc_syntax::parse(file, &source);
        assert!(diagnostics.is_empty(), "policy {seed}\n{source}\n{diagnostics:#?}");
    }
}
