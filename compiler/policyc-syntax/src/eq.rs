//! Whether two trees say the same, wherever they say it.

use crate::ast::File;

/// True if two files have the same items, docs and edition, places and comments aside.
pub fn ast_eq(a: &File, b: &File) -> bool {
    a.edition.map(|e| e.0) == b.edition.map(|e| e.0)
        && a.doc == b.doc
        && a.items.len() == b.items.len()
        && a.items.iter().zip(&b.items).all(|(a, b)| a.doc == b.doc && shape(&a.kind) == shape(&b.kind))
}

/// A tree written out without its spans.
///
/// Every node of the tree writes itself out in full; leaving the spans out of that is shorter than a comparison of
/// every node by hand, and cannot forget a field.
fn shape(kind: &crate::ast::ItemKind) -> String {
    const SPAN: &str = "Span { file: FileId(";
    let written = format!("{kind:?}");
    let mut out = String::with_capacity(written.len());
    let mut rest = written.as_str();
    while let Some((before, after)) = rest.split_once(SPAN) {
        out.push_str(before);
        out.push_str("Span");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out + rest
}
