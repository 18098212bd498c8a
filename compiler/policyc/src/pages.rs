//! The pages that `explain` shows offline: one for each code, and what each module of the standard library offers.

use policyc_diag::{FileId, all_codes, find_code, suggest};
use policyc_syntax::ast::{Item, ItemKind};

use crate::output::{Fault, Paint};
use crate::stdlib;

/// Number and text of each page, sorted by number.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a code, named by number or slug.
pub fn code(name: &str) -> Option<&'static str> {
    let code = find_code(name)?;
    PAGES.iter().find(|(number, _)| *number == code.number).map(|(_, text)| *text)
}

/// Whether a word looks like a code, known or not: `E0301`, `L12`.
pub fn looks_like_code(word: &str) -> bool {
    let mut chars = word.chars();
    matches!(chars.next(), Some('E' | 'e' | 'L' | 'l')) && word.len() > 1 && chars.all(|c| c.is_ascii_digit())
}

/// Why there is no page of this name, with the nearest one.
pub fn unknown(name: &str) -> Fault {
    let modules: Vec<String> = stdlib::names();
    let names = all_codes().iter().flat_map(|c| [c.number, c.slug]).chain(modules.iter().map(String::as_str));
    let names = names.chain([crate::incidents::NAME]);
    let fault = Fault::new(format!("there is no code, module or file `{name}`"));
    if let Some(near) = suggest(name, names) {
        return fault.help(format!("there is `{near}`"));
    }
    let chapter = name.get(..3).map(str::to_uppercase).unwrap_or_default();
    let beside: Vec<&str> = all_codes().iter().map(|c| c.number).filter(|n| n.starts_with(&chapter)).collect();
    if looks_like_code(name) && !beside.is_empty() {
        return fault.help(format!("of that chapter there are {}", beside.join(", ")));
    }
    fault.help(format!("modules are {}; codes stand in the diagnostics of `policyc check`", modules.join(", ")))
}

/// A page with headings and code told apart, where there are colours.
pub fn paint(page: &str, paint: Paint) -> String {
    let mut out = String::with_capacity(page.len());
    let mut in_code = false;
    for line in page.lines() {
        let fence = line.starts_with("```");
        if fence {
            in_code = !in_code;
            continue;
        }
        let shown = match line.trim_start_matches('#') {
            heading if !in_code && heading.len() < line.len() => paint.bold(heading.trim_start()),
            _ if in_code => paint.dim(&format!("    {line}")).trim_end().to_owned(),
            text => text.to_owned(),
        };
        out.push_str(&shown);
        out.push('\n');
    }
    out
}

/// What a module of the standard library offers: its own words, then each item with its doc comment.
pub fn module(name: &str, paint: Paint) -> Option<String> {
    let file = name.strip_prefix("std.")?;
    let text = stdlib::file(&format!("{}.policy", file.replace('.', "/")))?;
    let (tree, _) = policyc_syntax::parse(FileId(0), text);
    let mut out = format!("{}\n\n{}\n", paint.bold(name), tree.doc.as_deref().unwrap_or("").trim());
    for item in tree.items.iter().filter(|item| is_offered(item)) {
        out.push('\n');
        if let Some(doc) = &item.doc {
            for line in doc.lines() {
                out.push_str(paint.dim(&format!("/// {line}")).trim_end());
                out.push('\n');
            }
        }
        let range = usize::try_from(item.span.start).unwrap_or(0)..usize::try_from(item.span.end).unwrap_or(0);
        out.push_str(text.get(range).unwrap_or("").trim_end());
        out.push('\n');
    }
    Some(out)
}

/// Tests and imports are a module's own affair.
fn is_offered(item: &Item) -> bool {
    match &item.kind {
        ItemKind::Param(_)
        | ItemKind::Tool(_)
        | ItemKind::ToolsFrom(_)
        | ItemKind::Refine(_)
        | ItemKind::Group(_)
        | ItemKind::Label(_)
        | ItemKind::Role(_)
        | ItemKind::Agent(_)
        | ItemKind::Mark(_)
        | ItemKind::After(_)
        | ItemKind::Budget(_)
        | ItemKind::Let(_)
        | ItemKind::Fn(_)
        | ItemKind::Data(_)
        | ItemKind::Rule(_)
        | ItemKind::Invariant(_) => true,
        ItemKind::Use(_) | ItemKind::Test(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let codes: Vec<&str> = all_codes().iter().map(|c| c.number).collect();
        let pages: Vec<&str> = PAGES.iter().map(|(number, _)| *number).collect();
        let missing: Vec<&&str> = codes.iter().filter(|c| !pages.contains(c)).collect();
        let extra: Vec<&&str> = pages.iter().filter(|p| !codes.contains(p)).collect();
        assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
        for (number, text) in PAGES {
            let code = find_code(number).unwrap();
            let title = format!("# {} {}\n", code.number, code.slug);
            assert!(text.starts_with(&title), "{number} begins with {title}");
        }
    }

    #[test]
    fn a_module_shows_its_own_words() {
        let page = module("std.net", Paint(false)).unwrap();
        assert!(page.contains("/// The own machine.\nlet loopback"), "{page}");
        assert!(!page.contains("\ntest "), "{page}");
        assert!(module("std.nett", Paint(false)).is_none());
        assert!(unknown("std.nett").help.unwrap().contains("std.net"));
    }

    #[test]
    fn what_looks_like_a_code_is_told_from_a_path() {
        assert!(looks_like_code("E0301") && looks_like_code("l7"));
        assert!(!looks_like_code("event.json") && !looks_like_code("E"));
    }
}
