//! Coverage as one page that needs nothing beside it: the source coloured by what was seen, and the decision tree.
//!
//! Whatever came from a policy is escaped; the page has no script and loads nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use policyc_runtime::policy::Policy;

use super::Coverage;
use super::forms::xml;
use super::goals::{Goal, Kind};
use super::places::{self, spot};

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--dim:#656d76;--line:#d0d7de;--yes:#dafbe1;--part:#fff8c5;\
--no:#ffd7d5}\
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--dim:#8b949e;--line:#30363d;--yes:#12311c;\
--part:#3a2d0a;--no:#4c1517}}\
body{background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;\
padding:0 1rem}\
table{border-collapse:collapse}td,th{padding:.2rem .9rem .2rem 0;text-align:left}td.n{text-align:right;\
font-variant-numeric:tabular-nums}\
pre{border:1px solid var(--line);border-radius:6px;padding:.6rem 0;overflow-x:auto;font:13px/1.5 ui-monospace,\
SFMono-Regular,Menlo,Consolas,monospace}\
pre .row{display:block;padding-right:1rem}pre .no-nr{color:var(--dim);display:inline-block;width:3.5rem;\
text-align:right;margin-right:1rem;user-select:none}\
.yes{background:var(--yes)}.part{background:var(--part)}.no{background:var(--no);text-decoration:underline wavy #cf222e}\
.dim{color:var(--dim)}.tree{overflow-x:auto;border:1px solid var(--line);border-radius:6px}code{font:13px ui-monospace,\
SFMono-Regular,Menlo,Consolas,monospace}";

/// A piece of the source with what was seen of it.
struct Span {
    start: usize,
    end: usize,
    seen: usize,
    of: usize,
    title: String,
}

/// The page. `tree` is the decision tree as SVG, drawn by the caller; an empty one is left out.
pub fn html(policy: &Policy, coverage: &Coverage, tree: &str) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>coverage of {0}</title><style>{STYLE}</style>\
         </head><body>\n<h1>coverage of {0}</h1>\n<table><tr><th>kind</th><th>seen</th><th>of</th><th>%</th></tr>\n",
        xml(&policy.name)
    );
    for kind in Kind::ALL {
        let tally = coverage.tally(kind);
        if tally.of > 0 {
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                kind.name(),
                tally.seen,
                tally.of,
                tally.percent()
            );
        }
    }
    out.push_str(
        "</table>\n<p><span class=\"yes\">seen in every way</span> \
         <span class=\"part\">seen in some ways</span> <span class=\"no\">never seen</span></p>\n",
    );
    for file in coverage.files(policy) {
        if let Some(source) = places::file(policy, file) {
            let _ = writeln!(out, "<h2>{}</h2>", xml(&source.name));
            out.push_str(&listing(&source.text, spans(coverage, file)));
        }
    }
    missing(policy, coverage, &mut out);
    if !tree.is_empty() {
        let _ = write!(out, "<h2>decision tree</h2>\n<div class=\"tree\">{tree}</div>\n");
    }
    out.push_str("</body></html>\n");
    out
}

fn missing(policy: &Policy, coverage: &Coverage, out: &mut String) {
    let missing: Vec<&Goal> = coverage.missing().collect();
    if missing.is_empty() {
        return;
    }
    out.push_str("<h2>not seen</h2>\n<table>\n");
    for goal in missing {
        let at = goal.place.map(|place| spot(policy, place));
        let at = at.map_or(String::new(), |s| format!("{}:{}:{}", s.file, s.line, s.column));
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td class=\"dim\">{}</td></tr>",
            goal.kind.name(),
            xml(&goal.name),
            goal.what,
            xml(&at)
        );
    }
    out.push_str("</table>\n");
}

/// The places of a file, each once, in order; one that begins within another comes after it.
fn spans(coverage: &Coverage, file: u32) -> Vec<Span> {
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let mut by_place: BTreeMap<(u32, Reverse<u32>), Span> = BTreeMap::new();
    for (goal, hits) in coverage.seen().filter(|(goal, _)| goal.counts) {
        let Some(place) = goal.place.filter(|p| p.file == file && p.end > p.start) else { continue };
        let span = by_place.entry((place.start, Reverse(place.end))).or_insert_with(|| Span {
            start: index(place.start),
            end: index(place.end),
            seen: 0,
            of: 0,
            title: String::new(),
        });
        span.seen = span.seen.saturating_add(usize::from(hits > 0));
        span.of = span.of.saturating_add(1);
        let mark = if hits > 0 { format!("{hits}×") } else { "never".to_owned() };
        let _ = writeln!(span.title, "{} {}: {mark}", goal.kind.name(), goal.what);
    }
    by_place.into_values().collect()
}

fn listing(text: &str, spans: Vec<Span>) -> String {
    // What each byte belongs to: the innermost span, which is the last one that begins before it and ends after it.
    let mut owner: Vec<Option<usize>> = vec![None; text.len()];
    for (index, span) in spans.iter().enumerate() {
        if let Some(bytes) = owner.get_mut(span.start..span.end.min(text.len())) {
            bytes.fill(Some(index));
        }
    }
    let mut out = String::from("<pre>");
    let mut at = 0_usize;
    for (number, line) in (1_usize..).zip(text.split_inclusive('\n')) {
        let _ = write!(out, "<span class=\"row\"><span class=\"no-nr\">{number}</span>");
        let shown = line.trim_end_matches(['\n', '\r']);
        // White space before a line belongs to nobody.
        let mut open: Option<usize> = None;
        for (offset, c) in shown.char_indices() {
            let owned = owner.get(at.saturating_add(offset)).copied().flatten();
            let owned = if c.is_whitespace() && shown.get(..offset).is_some_and(|b| b.trim().is_empty()) {
                None
            } else {
                owned
            };
            if owned != open {
                if open.is_some() {
                    out.push_str("</span>");
                }
                if let Some(span) = owned.and_then(|index| spans.get(index)) {
                    let class = match (span.seen, span.of) {
                        (0, _) => "no",
                        (seen, of) if seen == of => "yes",
                        (_, _) => "part",
                    };
                    let _ = write!(out, "<span class=\"{class}\" title=\"{}\">", title(&span.title));
                }
                open = owned;
            }
            out.push_str(&xml(c.encode_utf8(&mut [0; 4])));
        }
        if open.is_some() {
            out.push_str("</span>");
        }
        out.push_str("</span>");
        at = at.saturating_add(line.len());
    }
    out.push_str("</pre>\n");
    out
}

/// A title keeps its line breaks.
fn title(text: &str) -> String {
    text.trim_end().lines().map(xml).collect::<Vec<_>>().join("&#10;")
}
