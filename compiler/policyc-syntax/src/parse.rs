//! The door: a text in, a tree and everything there is to say about the text out.
//!
//! The strict grammar is tried on the whole file first; only a file with mistakes goes the slower way through
//! `recover`. No text makes this fail or take more than linear time.

use pest::Parser;
use policyc_diag::{Diagnostic, FileId, Span, code};

use crate::ast::{Comment, File, Item};
use crate::build::Builder;
use crate::grammar::{Grammar, Pair, Rule};
use crate::lexemes::{Lexeme, LexemeKind, lexemes};
use crate::{nesting, recover};

/// The longest text that is parsed, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// The tree of a text, as far as it could be read, and what is wrong with the text, sorted by place.
///
/// Never fails and never panics. Items that could not be read are missing from [`File::items`]; whoever compiles
/// looks at the diagnostics first.
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut tree = File { id: file, ..File::default() };
    if text.len() > MAX_FILE_BYTES {
        let message = format!("this file has {} bytes, the limit is {MAX_FILE_BYTES}", text.len());
        let said = Diagnostic::new(&code::FILE_TOO_LARGE, Span::new(file, 0, 0), message)
            .help("split it into modules and join them with `use`");
        return (tree, vec![said]);
    }
    let all = lexemes(text);
    let mut builder = Builder::new(file, 0);
    let strict = match nesting::too_deep(text, &all) {
        None => Grammar::parse(Rule::file, text).ok(),
        Some(_) => None,
    };
    match strict {
        Some(pairs) => {
            for pair in pairs.flat_map(Pair::into_inner).filter(|p| p.as_rule() != Rule::EOI) {
                add_item(&mut tree, &mut builder, pair);
            }
        }
        None => recover::file(text, &all, &mut tree, &mut builder),
    }
    attach_comments(&mut tree, text, &all);
    let mut diagnostics = builder.diagnostics;
    policyc_diag::sort(&mut diagnostics);
    (tree, diagnostics)
}

/// Builds one item into the tree. An item that cannot be built has a diagnostic.
pub(crate) fn add_item(tree: &mut File, builder: &mut Builder, pair: Pair<'_>) {
    let span = builder.span(&pair);
    let said = builder.diagnostics.len();
    if pair.as_rule() == Rule::edition {
        let Some((edition, place)) = builder.edition(pair) else { return };
        match tree.edition {
            Some((_, earlier)) => builder.say(
                Diagnostic::new(&code::DUPLICATE_CLAUSE, place, "a second `edition`")
                    .also(earlier, "the first")
                    .help("remove one of them"),
            ),
            None => tree.edition = Some((edition, place)),
        }
        return;
    }
    match builder.item(pair) {
        Some(kind) => tree.items.push(Item { doc: None, kind, span }),
        None if builder.diagnostics.len() == said => {
            builder.say(Diagnostic::new(&code::SYNTAX, span, "this item cannot be read"));
        }
        None => {}
    }
}

/// Gives every item its doc comment and the file the rest.
fn attach_comments(tree: &mut File, text: &str, all: &[Lexeme]) {
    let mut docs: Vec<&str> = Vec::new();
    let mut waiting: Vec<Comment> = Vec::new();
    let mut file_doc: Vec<&str> = Vec::new();
    let mut items = tree.items.iter_mut().peekable();
    let mut line_start = 0;
    let mut begun = false;
    for (i, lexeme) in all.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| all.get(i)).map_or(0, |l| l.end);
        let gap = text.get(before..lexeme.start).unwrap_or("");
        if let Some(at) = gap.rfind('\n') {
            line_start = before + at + 1;
        }
        let own_line = text.get(line_start..lexeme.start).unwrap_or("").trim().is_empty();
        let start = u32::try_from(lexeme.start).unwrap_or(u32::MAX);
        if lexeme.kind != LexemeKind::Comment {
            begun = true;
            while items.peek().is_some_and(|item| item.span.start < start) {
                items.next();
            }
            let documented = items.next_if(|item| item.span.start == start).filter(|_| !docs.is_empty());
            if let Some(item) = documented {
                item.doc = Some(docs.join("\n"));
                waiting.retain(|c| !is_doc(&c.text));
            }
            docs.clear();
            tree.comments.append(&mut waiting);
            continue;
        }
        let written = lexeme.text(text).trim_end();
        if let Some(doc) = written.strip_prefix("//!").filter(|_| own_line && !begun) {
            file_doc.push(doc.strip_prefix(' ').unwrap_or(doc));
            continue;
        }
        if own_line && is_doc(written) {
            let doc = written.get(3..).unwrap_or("");
            docs.push(doc.strip_prefix(' ').unwrap_or(doc));
        }
        let end = u32::try_from(lexeme.start + written.len()).unwrap_or(u32::MAX);
        let span = Span::new(tree.id, start, end);
        waiting.push(Comment { text: written.to_owned(), span, own_line });
    }
    tree.comments.append(&mut waiting);
    tree.doc = (!file_doc.is_empty()).then(|| file_doc.join("\n"));
}

fn is_doc(comment: &str) -> bool {
    comment.starts_with("///") && !comment.starts_with("////")
}
