//! A tree drawn as SVG, in one file that needs nothing beside it and reads well on light and dark.
//!
//! The layout is our own: columns from left to right by the longest way from the root; every box without a child of
//! its own takes the next row, a parent stands at the middle of its children. Same tree, same bytes.

use std::fmt::Write as _;

use petgraph::Direction::Outgoing;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef as _;
use policyc_runtime::policy::Effect;

use super::tree::{Kind, Tree};

const ROW: usize = 34;
const BOX: usize = 24;
const GAP: usize = 64;
const MARGIN: usize = 16;
/// Thousandths of a pixel that a character takes in the font below.
const CHAR_MILLIPX: usize = 7_300;
/// Longer texts are cut; the whole text is the box's title.
const MAX_CHARS: usize = 56;

const STYLE: &str = "\
:root{color-scheme:light dark}\
svg{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}\
.page{fill:#fff}text{fill:#1f2328}.edge{fill:none;stroke:#8c959f}.word{fill:#656d76;font-size:10px}\
rect.box{stroke:#8c959f;fill:#f6f8fa}.deny rect{stroke:#cf222e;fill:#ffebe9}.hold rect{stroke:#9a6700;fill:#fff8c5}\
.allow rect{stroke:#1a7f37;fill:#dafbe1}.result rect{stroke:#0969da;fill:#ddf4ff}\
@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.word{fill:#8b949e}\
rect.box{stroke:#6e7681;fill:#161b22}.deny rect{stroke:#f85149;fill:#3c1618}.hold rect{stroke:#d29922;fill:#3a2d0a}\
.allow rect{stroke:#3fb950;fill:#12311c}.result rect{stroke:#58a6ff;fill:#0f2a4a}}";

/// The tree as an SVG document.
pub fn draw(tree: &Tree, title: &str) -> String {
    let layout = Layout::of(tree);
    let (width, height) = (layout.width, layout.rows * ROW + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(title)
    );
    for edge in tree.edge_references() {
        let (from, to) = (layout.at(edge.source()), layout.at(edge.target()));
        let (x1, y1, x2, y2) = (from.x + from.width, from.y, to.x, to.y);
        let bend = x1 + (x2.saturating_sub(x1)) / 2;
        let _ = writeln!(out, "<path class=\"edge\" d=\"M{x1},{y1} C{bend},{y1} {bend},{y2} {x2},{y2}\"/>");
        if !edge.weight().is_empty() {
            let (x, y) = (x2.saturating_sub(4), y2.saturating_sub(4));
            let _ = writeln!(
                out,
                "<text class=\"word\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
                escaped(edge.weight())
            );
        }
    }
    for index in tree.node_indices() {
        let Some(shape) = tree.node_weight(index) else { continue };
        let place = layout.at(index);
        let (x, top, width) = (place.x, place.y.saturating_sub(BOX / 2), place.width);
        let round = if matches!(shape.kind, Kind::Join) { BOX / 2 } else { 4 };
        let _ = writeln!(
            out,
            "<g class=\"{}\"><title>{}</title><rect class=\"box\" x=\"{x}\" y=\"{top}\" width=\"{width}\" \
             height=\"{BOX}\" rx=\"{round}\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            class(shape.kind),
            escaped(&shape.text),
            x + 9,
            place.y + 4,
            escaped(&cut(&shape.text))
        );
    }
    out.push_str("</svg>\n");
    out
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "tool",
        Kind::Join => "join",
        Kind::Question => "question",
        Kind::Default => "deny",
        Kind::Tier(effect) | Kind::Rule(effect) => match effect {
            Effect::Deny => "deny",
            Effect::Hold => "hold",
            Effect::Allow => "allow",
            Effect::Redact | Effect::Quarantine => "result",
        },
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(MAX_CHARS - 1).collect();
    out.push('…');
    out
}

/// Text for XML: what has a meaning there is written as an entity, what XML cannot hold as a question mark.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push('?');
            }
            c => out.push(c),
        }
    }
    out
}

#[derive(Clone, Copy, Default)]
struct Place {
    x: usize,
    /// The middle.
    y: usize,
    width: usize,
}

struct Layout {
    places: Vec<Place>,
    rows: usize,
    width: usize,
}

impl Layout {
    fn at(&self, index: NodeIndex) -> Place {
        self.places.get(index.index()).copied().unwrap_or_default()
    }

    fn of(tree: &Tree) -> Self {
        let columns = columns(tree);
        let (middles, rows) = middles(tree);
        let widths: Vec<usize> =
            tree.node_weights().map(|shape| cut(&shape.text).chars().count() * CHAR_MILLIPX / 1_000 + 18).collect();
        let mut widest = vec![0; columns.iter().max().map_or(0, |m| m + 1)];
        for (column, width) in columns.iter().zip(&widths) {
            if let Some(most) = widest.get_mut(*column) {
                *most = (*most).max(*width);
            }
        }
        let mut starts = Vec::new();
        let mut x = MARGIN;
        for width in &widest {
            starts.push(x);
            x += width + GAP;
        }
        let places = columns
            .iter()
            .zip(&widths)
            .zip(&middles)
            .map(|((column, width), y)| Place {
                x: starts.get(*column).copied().unwrap_or(MARGIN),
                y: *y,
                width: *width,
            })
            .collect();
        Self { places, rows, width: x.saturating_sub(GAP) + MARGIN }
    }
}

/// The column of each box: the longest way from a root. Boxes are added parent first and shared ones are found again,
/// so passing along the edges until nothing moves ends after at most as many rounds as there are columns.
fn columns(tree: &Tree) -> Vec<usize> {
    let mut columns = vec![0; tree.node_count()];
    for index in petgraph::algo::toposort(tree, None).unwrap_or_default() {
        let next = columns.get(index.index()).copied().unwrap_or(0) + 1;
        for child in tree.neighbors_directed(index, Outgoing) {
            if let Some(column) = columns.get_mut(child.index()) {
                *column = (*column).max(next);
            }
        }
    }
    columns
}

/// The children in the order in which they were added; petgraph gives the latest first.
fn children(tree: &Tree, index: NodeIndex) -> Vec<NodeIndex> {
    let mut children: Vec<NodeIndex> = tree.neighbors_directed(index, Outgoing).collect();
    children.reverse();
    children
}

/// The middle of each box, and how many rows there are. A box belongs to the parent that reaches it first.
fn middles(tree: &Tree) -> (Vec<usize>, usize) {
    let mut middles = vec![0; tree.node_count()];
    let mut seen = vec![false; tree.node_count()];
    let mut rows = 0;
    for root in tree.externals(petgraph::Direction::Incoming) {
        // A stack of (box, its own children, how many of them are done) in place of recursion.
        let mut stack: Vec<(NodeIndex, Vec<NodeIndex>, usize)> = Vec::new();
        let mut visit = |index: NodeIndex, stack: &mut Vec<(NodeIndex, Vec<NodeIndex>, usize)>| {
            if let Some(flag) = seen.get_mut(index.index()) {
                *flag = true;
            }
            // Claiming children at once keeps a box that two of them share with the first.
            let mut own = Vec::new();
            for child in children(tree, index) {
                if let Some(flag) = seen.get_mut(child.index())
                    && !*flag
                {
                    *flag = true;
                    own.push(child);
                }
            }
            stack.push((index, own, 0));
        };
        visit(root, &mut stack);
        while let Some((index, own, done)) = stack.last_mut() {
            if let Some(child) = own.get(*done).copied() {
                *done += 1;
                visit(child, &mut stack);
                continue;
            }
            let of = |i: &NodeIndex| middles.get(i.index()).copied().unwrap_or(0);
            let middle = match (own.first(), own.last()) {
                (Some(first), Some(last)) => usize::midpoint(of(first), of(last)),
                (_, _) => {
                    rows += 1;
                    MARGIN + (rows - 1) * ROW + ROW / 2
                }
            };
            let index = index.index();
            if let Some(place) = middles.get_mut(index) {
                *place = middle;
            }
            stack.pop();
        }
    }
    (middles, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::Shape;

    fn sample() -> Tree {
        let mut tree = Tree::new();
        let shape = |kind, text: &str| Shape { kind, text: text.into() };
        let root = tree.add_node(shape(Kind::Tool, "send <money>"));
        let deny = tree.add_node(shape(Kind::Tier(Effect::Deny), "deny if any of"));
        let a = tree.add_node(shape(Kind::Question, "args.to == \"x&y\""));
        let b = tree.add_node(shape(Kind::Question, &"long ".repeat(40)));
        for (from, to) in [(root, deny), (deny, a), (deny, b), (root, b)] {
            tree.add_edge(from, to, "first".into());
        }
        tree
    }

    #[test]
    fn a_drawing_is_escaped_and_always_the_same() {
        let svg = draw(&sample(), "a <b>");
        assert_eq!(svg, draw(&sample(), "a <b>"));
        assert!(svg.contains("send &lt;money&gt;") && svg.contains("x&amp;y") && svg.contains("<title>a &lt;b&gt;"));
        assert!(!svg.contains("http:") || svg.matches("http:").count() == 1, "only the namespace");
    }

    #[test]
    fn no_two_boxes_lie_on_each_other() {
        let tree = sample();
        let layout = Layout::of(&tree);
        let places: Vec<Place> = tree.node_indices().map(|i| layout.at(i)).collect();
        for (i, a) in places.iter().enumerate() {
            for b in &places[i + 1..] {
                let apart_x = a.x + a.width <= b.x || b.x + b.width <= a.x;
                assert!(apart_x || a.y.abs_diff(b.y) >= BOX, "{i}");
            }
        }
    }
}
