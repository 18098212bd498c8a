//! A tree as text for Graphviz (DOT) and for Mermaid.

use std::fmt::Write as _;

use petgraph::visit::EdgeRef as _;
use policyc_runtime::policy::Effect;

use super::tree::{Kind, Tree};

/// For Graphviz.
pub fn dot(tree: &Tree, title: &str) -> String {
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR\n  node [shape=box, fontname=\"monospace\", fontsize=11]\n",
        quoted(title)
    );
    for index in tree.node_indices() {
        let Some(shape) = tree.node_weight(index) else { continue };
        let style = match shape.kind {
            Kind::Tool => ", style=bold".to_owned(),
            Kind::Join => ", shape=oval".to_owned(),
            Kind::Question => String::new(),
            Kind::Default => ", color=red".to_owned(),
            Kind::Tier(effect) | Kind::Rule(effect) => format!(", color={}", colour(effect)),
        };
        let _ = writeln!(out, "  n{} [label={}{style}]", index.index(), quoted(&shape.text));
    }
    for edge in tree.edge_references() {
        let label =
            if edge.weight().is_empty() { String::new() } else { format!(" [label={}]", quoted(edge.weight())) };
        let _ = writeln!(out, "  n{} -> n{}{label}", edge.source().index(), edge.target().index());
    }
    out.push_str("}\n");
    out
}

fn colour(effect: Effect) -> &'static str {
    match effect {
        Effect::Deny => "red",
        Effect::Hold => "orange",
        Effect::Allow => "darkgreen",
        Effect::Redact | Effect::Quarantine => "blue",
    }
}

fn quoted(text: &str) -> String {
    let safe: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", safe.replace('\\', "\\\\").replace('"', "\\\""))
}

/// For Mermaid, as Markdown renderers draw it.
pub fn mermaid(tree: &Tree) -> String {
    let mut out = String::from("flowchart LR\n");
    for index in tree.node_indices() {
        let Some(shape) = tree.node_weight(index) else { continue };
        let (open, close, class) = match shape.kind {
            Kind::Tool => ("[[", "]]", ""),
            Kind::Join => ("([", "])", ""),
            Kind::Question => ("[", "]", ""),
            Kind::Default => ("[", "]", ":::deny"),
            Kind::Tier(effect) | Kind::Rule(effect) => ("[", "]", class(effect)),
        };
        let _ = writeln!(out, "  n{}{open}\"{}\"{close}{class}", index.index(), entities(&shape.text));
    }
    for edge in tree.edge_references() {
        let label = if edge.weight().is_empty() { String::new() } else { format!("|{}|", entities(edge.weight())) };
        let _ = writeln!(out, "  n{} -->{label} n{}", edge.source().index(), edge.target().index());
    }
    for (name, colour) in [("deny", "#cf222e"), ("hold", "#9a6700"), ("allow", "#1a7f37"), ("result", "#0969da")] {
        let _ = writeln!(out, "  classDef {name} stroke:{colour},stroke-width:2px");
    }
    out
}

fn class(effect: Effect) -> &'static str {
    match effect {
        Effect::Deny => ":::deny",
        Effect::Hold => ":::hold",
        Effect::Allow => ":::allow",
        Effect::Redact | Effect::Quarantine => ":::result",
    }
}

/// Mermaid has its own entities: `#` and a number. Letters, digits and plain marks stand as they are.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,_-+*/=!?()[]".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::Shape;

    #[test]
    fn what_has_a_meaning_in_the_format_is_escaped() {
        let mut tree = Tree::new();
        let a = tree.add_node(Shape { kind: Kind::Tool, text: "a \"b\" \\ <c>".into() });
        let b = tree.add_node(Shape { kind: Kind::Rule(Effect::Deny), text: "end".into() });
        tree.add_edge(a, b, "x|y".into());
        assert!(dot(&tree, "t\"").contains(r#"label="a \"b\" \\ <c>""#));
        let text = mermaid(&tree);
        assert!(text.contains("n0[[\"a #34;b#34; #92; #60;c#62;\"]]"), "{text}");
        assert!(text.contains("n0 -->|x#124;y| n1"), "{text}");
    }
}
