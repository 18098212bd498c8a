//! Rings in graphs of definitions: what needs itself, and an order in which nothing comes before what it needs.
//!
//! Kosaraju's algorithm walks without recursion, so a chain of any length has its order.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

/// The rings of a graph, each sorted, sorted by their first member.
pub(crate) fn rings(graph: &DiGraph<usize, ()>) -> Vec<Vec<usize>> {
    let mut rings: Vec<Vec<usize>> = kosaraju_scc(graph)
        .into_iter()
        .filter(|ring| ring.len() > 1 || ring.first().is_some_and(|n| graph.contains_edge(*n, *n)))
        .map(|ring| {
            let mut members: Vec<usize> = ring.iter().filter_map(|n| graph.node_weight(*n).copied()).collect();
            members.sort_unstable();
            members
        })
        .collect();
    rings.sort();
    rings
}

/// How many members of a ring are shown beside the first.
pub(crate) const SHOWN: usize = 16;

/// The nodes of a graph, each behind everything that it points at; the members of a ring in any fixed order.
pub(crate) fn needs_first(graph: &DiGraph<usize, ()>) -> Vec<usize> {
    kosaraju_scc(graph).into_iter().flatten().filter_map(|n| graph.node_weight(n).copied()).collect()
}
