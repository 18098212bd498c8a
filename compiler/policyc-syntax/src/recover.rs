//! Files with mistakes: cut into items, and where an item is broken, into its clauses or steps.
//!
//! Each slice is parsed strictly. What parses is kept; what does not gets one message each, and the item is read
//! again with the edits that would settle all of its mistakes, if there is no doubt about them. Otherwise it goes
//! to [`File::broken`], so that nobody asks for what it would have declared.

use pest::Parser;
use policyc_diag::{Diagnostic, code};

use crate::ast::{Broken, Expr, File, Name};
use crate::build::{Builder, Edited, first};
use crate::grammar::{Grammar, Pair, Rule};
use crate::lexemes::{Lexeme, LexemeKind, lexemes};
use crate::outline::{self, Source};
use crate::parse::add_item;
use crate::repair::{Change, Entry, Finding, MAX_TRIAL_BYTES, Slice, diagnose};
use crate::{messages, nesting, words};

/// After so many findings, edits are no longer tried: a file that is no policy at all stays cheap.
const MAX_TRIED_FINDINGS: usize = 200;

/// After so many mistakes the rest of a file is not read.
const MAX_MISTAKES: usize = 1000;

/// Reads the expression of a template, which stands where the builder was turned to.
pub(crate) fn hole(text: &str, builder: &mut Builder) -> Option<Expr> {
    let lexemes: Vec<Lexeme> = lexemes(text).into_iter().filter(|l| l.kind != LexemeKind::Comment).collect();
    let source = Source { text, lexemes: &lexemes };
    let slice =
        Slice { source, first: 0, last: lexemes.len(), item: "", entry: Entry::Expr, whole: (0, lexemes.len()) };
    if let Some(lexeme) = nesting::too_deep(text, &lexemes) {
        builder.say(messages::too_deep(builder.place(lexeme.start, lexeme.end)));
        return None;
    }
    match Grammar::parse(Rule::slice_expr, text) {
        Ok(mut pairs) => builder.expr(first(pairs.next()?)?),
        Err(_) => {
            let finding = diagnose(slice, builder, true);
            builder.diagnostics.extend(finding.map(|f| f.diagnostic));
            None
        }
    }
}

/// Reads a file with mistakes.
pub(crate) fn file(text: &str, all: &[Lexeme], tree: &mut File, builder: &mut Builder) {
    let lexemes: Vec<Lexeme> = all.iter().copied().filter(|l| l.kind != LexemeKind::Comment).collect();
    let source = Source { text, lexemes: &lexemes };
    let cuts = outline::items(source);
    let mut reader =
        Reader { tree, builder, source, tried: 0, to_end: usize::MAX, in_pieces: false, pieces: Vec::new() };
    for (k, start) in cuts.iter().enumerate() {
        let end = cuts.get(k + 1).copied().unwrap_or(lexemes.len());
        if reader.builder.diagnostics.len() >= MAX_MISTAKES {
            let rest =
                Slice { source, first: *start, last: lexemes.len(), item: "", entry: Entry::Items, whole: (0, 0) };
            let said = messages::too_many(reader.builder.place(rest.range().start, rest.range().start), MAX_MISTAKES);
            reader.builder.say(said);
            reader.broken(rest);
            break;
        }
        reader.item(*start, end);
    }
}

/// Reads the items of a file one after the other.
struct Reader<'a, 't> {
    tree: &'a mut File,
    builder: &'a mut Builder,
    source: Source<'t>,
    /// How many findings edits were tried for.
    tried: usize,
    /// How many lexemes before the end of the item before this one its last mistake was found.
    to_end: usize,
    /// The mistakes of the item that is being looked at were found in its clauses or steps.
    in_pieces: bool,
    /// The healthy clauses or steps of the item that is being looked at.
    pieces: Vec<Slice<'t>>,
}

impl<'t> Reader<'_, 't> {
    fn item(&mut self, start: usize, end: usize) {
        let word = self.source.word(start);
        let known = self.source.is(start, LexemeKind::Word) && words::ITEMS.contains(&word);
        let item = if known { word } else { "" };
        let slice =
            Slice { source: self.source, first: start, last: end, item, entry: Entry::Items, whole: (start, end) };
        let to_end = std::mem::replace(&mut self.to_end, usize::MAX);
        if let Some(deep) = self.source.lexemes.get(start..end).and_then(|l| nesting::too_deep(self.source.text, l)) {
            let span = self.builder.place(deep.start, deep.end);
            self.builder.say(messages::too_deep(span));
            self.broken(slice);
            return;
        }
        if self.add(slice, Vec::new()) {
            return;
        }
        self.pieces.clear();
        self.in_pieces = false;
        let findings = if known { self.findings(slice) } else { self.no_item(slice) };
        let settled = findings.iter().map(|f| f.change.clone()).collect::<Option<Vec<Change>>>();
        for finding in findings {
            // What is missing at the end of one item and found at the begin of the next is one mistake.
            let same =
                if known { to_end <= 1 && finding.found <= start + 1 } else { to_end <= 3 && finding.found == start };
            if !same {
                self.to_end = end.saturating_sub(finding.found);
                self.builder.say(finding.diagnostic);
            }
        }
        if !settled.is_some_and(|changes| self.add(slice, changes)) {
            self.check_pieces();
            self.keep_healthy(slice);
        }
    }

    /// Adds the items of a slice to the tree if, with the changes made, it parses.
    fn add(&mut self, slice: Slice<'_>, mut changes: Vec<Change>) -> bool {
        changes.sort_by_key(|c| (c.range.start, c.range.end));
        let range = slice.range();
        let mut text = String::new();
        let mut at = range.start;
        for change in &changes {
            text.push_str(self.source.text.get(at..change.range.start).unwrap_or(""));
            text.push_str(&change.text);
            at = change.range.end;
        }
        text.push_str(self.source.text.get(at..range.end).unwrap_or(""));
        let Ok(pairs) = Grammar::parse(Rule::file, &text) else { return false };
        let before = (self.builder.diagnostics.len(), self.tree.items.len());
        let edits = changes.iter().map(|c| Edited {
            at: c.range.start - range.start,
            removed: c.range.len(),
            inserted: c.text.len(),
        });
        self.builder.turn_to(range.start, edits.collect());
        for pair in pairs.flat_map(Pair::into_inner).filter(|p| p.as_rule() != Rule::EOI) {
            add_item(self.tree, self.builder, pair);
        }
        self.builder.turn_to(0, Vec::new());
        if !changes.is_empty() && self.builder.diagnostics.len() > before.0 {
            // The edits made something that says more than the writer did wrong: they were not what was meant.
            self.builder.diagnostics.truncate(before.0);
            self.tree.items.truncate(before.1);
            return false;
        }
        true
    }

    /// Keeps the items at the begin of a slice if what is behind them is something else, and notes what is broken.
    fn keep_healthy(&mut self, slice: Slice<'_>) {
        let end = healthy(slice);
        let apart = self.source.indent(end).is_some_and(|indent| indent <= 1);
        if self.in_pieces || end == slice.first || end >= slice.last || !apart {
            self.broken(slice);
            return;
        }
        let before = self.builder.diagnostics.len();
        self.add(Slice { last: end, ..slice }, Vec::new());
        // What the whole begin of an item lacks may be in the rest.
        let said = self.builder.diagnostics.split_off(before);
        self.builder.diagnostics.extend(said.into_iter().filter(|d| *d.code != code::MISSING_TOKEN));
        self.broken(Slice { first: end, ..slice });
    }

    fn broken(&mut self, slice: Slice<'_>) {
        let range = slice.range();
        let span = self.builder.place(range.start, range.end);
        let word = self.source.word(slice.first);
        let meant = meant_item(self.source, slice.first).filter(|_| !words::ITEMS.contains(&word));
        let keyword = meant.unwrap_or(word).to_owned();
        let nameless = ["after", "agent", "edition", "test", "tools", "use"].contains(&keyword.as_str());
        let known = words::ITEMS.contains(&keyword.as_str()) && !nameless;
        let name = if known { self.name_of(slice) } else { None };
        self.tree.broken.push(Broken { keyword, name, span });
    }

    /// The name that a broken item would have declared.
    fn name_of(&self, slice: Slice<'_>) -> Option<Name> {
        let source = self.source;
        let refines = source.word(slice.first) == "refine" && source.word(slice.first + 1) == "tool";
        let at = slice.first + 1 + usize::from(refines);
        if at >= slice.last || !source.is(at, LexemeKind::Word) || words::is_reserved(source.word(at)) {
            return None;
        }
        let mut end = at;
        while matches!(source.word(end + 1), "." | "-") && end + 2 < slice.last && source.is(end + 2, LexemeKind::Word)
        {
            end += 2;
        }
        let (from, to) = (slice.bytes(at).start, slice.bytes(end).end);
        let text = source.text.get(from..to)?.to_owned();
        Some(Name { text, span: self.builder.place(from, to) })
    }

    /// Counts a finding; true if edits may be tried for it.
    fn may_try(&mut self) -> bool {
        self.tried += 1;
        self.tried <= MAX_TRIED_FINDINGS
    }

    fn diagnose(&mut self, slice: Slice<'_>) -> Option<Finding> {
        let trial = self.may_try();
        diagnose(slice, self.builder, trial)
    }

    /// What is wrong with an item that has its word.
    fn findings(&mut self, slice: Slice<'t>) -> Vec<Finding> {
        let healthy = healthy(slice);
        let clause_words = Entry::Items.words(slice.item);
        let cuts = outline::clauses(self.source, slice.first..slice.last, clause_words);
        if healthy > slice.first && !cuts.contains(&healthy) && slice.failure().is_some_and(|f| f.found == healthy) {
            // The item is whole; what follows it is something else.
            return self.diagnose(slice).into_iter().collect();
        }
        let pieces = match slice.item {
            "rule" => self.clauses(slice, &words::RULE, Entry::RuleClauses),
            "budget" => self.clauses(slice, &words::BUDGET, Entry::BudgetClauses),
            "invariant" => self.clauses(slice, &words::INVARIANT, Entry::InvariantClauses),
            "test" => self.steps(slice),
            _ => Vec::new(),
        };
        self.in_pieces = !pieces.is_empty();
        if pieces.is_empty() { self.diagnose(slice).into_iter().collect() } else { pieces }
    }

    /// One finding for each broken clause.
    fn clauses(&mut self, slice: Slice<'t>, clause_words: &[&str], entry: Entry) -> Vec<Finding> {
        let late = |i: &usize| words::EFFECTS.contains(&self.source.word(*i)) && self.source.indent(*i).is_some();
        if slice.item == "rule"
            && clause_words.contains(&self.source.word(slice.first + 2))
            && let Some(effect) = (slice.first + 3..slice.last).find(late)
        {
            let diagnostic = messages::late_effect(slice, self.builder, effect);
            return vec![Finding { diagnostic, change: None, found: effect }];
        }
        let mut findings = Vec::new();
        let cuts = outline::clauses(self.source, slice.first..slice.last, clause_words);
        for (k, start) in cuts.iter().enumerate() {
            let last = cuts.get(k + 1).copied().unwrap_or(slice.last);
            let entry = if k == 0 { Entry::Items } else { entry };
            let piece = Slice { first: *start, last, entry, ..slice };
            match Grammar::parse(entry.rule(), piece.text()) {
                Ok(_) => self.pieces.push(piece),
                Err(_) => findings.extend(self.diagnose(piece)),
            }
        }
        findings
    }

    /// Says what the builder has to say about the healthy pieces of an item that cannot be built.
    fn check_pieces(&mut self) {
        for piece in std::mem::take(&mut self.pieces) {
            let Ok(pairs) = Grammar::parse(piece.entry.rule(), piece.text()) else { continue };
            self.builder.turn_to(piece.range().start, Vec::new());
            for pair in pairs {
                check(self.builder, pair);
            }
            self.builder.turn_to(0, Vec::new());
        }
    }

    /// One finding for each broken step, and for braces that do not match.
    fn steps(&mut self, slice: Slice<'t>) -> Vec<Finding> {
        let source = self.source;
        let cuts = outline::steps(source, slice.first..slice.last);
        let mut findings: Vec<Finding> = Vec::new();
        // The open blocks: the brace, and how far the line of its head is indented.
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        for (k, start) in cuts.iter().enumerate() {
            let mut last = cuts.get(k + 1).copied().unwrap_or(slice.last);
            self.left_open(slice, &mut blocks, &mut findings, *start);
            let (net, closers) = balance(source, *start, last);
            let head = k == 0 || source.word(*start) == "each";
            let entry = match k {
                0 => Entry::TestHead,
                _ if head && net == 1 => Entry::EachHead,
                _ => Entry::Steps,
            };
            last -= closers;
            let piece = Slice { first: *start, last, entry, ..slice };
            match Grammar::parse(entry.rule(), piece.text()) {
                Ok(_) => {
                    self.pieces.push(piece);
                    if entry != Entry::Steps {
                        blocks.push((last - 1, source.indent(*start).unwrap_or(0)));
                    }
                }
                Err(_) => {
                    if head && source.word(last - 1) == "{" {
                        blocks.push((last - 1, source.indent(*start).unwrap_or(0)));
                    } else if k == 0 {
                        // The body's brace is missing or drowned; its closer still has to find something.
                        blocks.push((*start, 0));
                    }
                    findings.extend(self.diagnose(piece));
                }
            }
            for closer in last..last + closers {
                self.close(slice, &mut blocks, &mut findings, closer);
            }
        }
        if let (Some((open, _)), true) = (blocks.pop(), findings.is_empty()) {
            let diagnostic = messages::unclosed_block(source, self.builder, open, slice.last - 1);
            let end = slice.range().end;
            let change = blocks.is_empty().then(|| Change { range: end..end, text: " }".to_owned() });
            findings.push(Finding { diagnostic, change, found: slice.last });
        }
        findings
    }

    /// A step that is indented no further than the head of the block it is in: the block should have been closed.
    fn left_open(
        &mut self,
        slice: Slice<'_>,
        blocks: &mut Vec<(usize, usize)>,
        findings: &mut Vec<Finding>,
        step: usize,
    ) {
        let Some(indent) = self.source.indent(step).filter(|_| step > slice.first && blocks.len() > 1) else { return };
        if let Some((open, _)) = blocks.pop_if(|(_, inner)| indent <= *inner).filter(|_| findings.is_empty()) {
            let diagnostic = messages::unclosed_block(self.source, self.builder, open, step - 1);
            let at = slice.bytes(step).start;
            let change = Some(Change { range: at..at, text: " } ".to_owned() });
            findings.push(Finding { diagnostic, change, found: step });
        }
    }

    /// A closing brace of a test: closes the block that it is indented like.
    fn close(
        &mut self,
        slice: Slice<'_>,
        blocks: &mut Vec<(usize, usize)>,
        findings: &mut Vec<Finding>,
        closer: usize,
    ) {
        let indent = self.source.indent(closer);
        match blocks.pop() {
            None if findings.is_empty() => {
                let diagnostic = messages::closes_nothing(slice, self.builder, closer);
                let change = Some(Change { range: slice.bytes(closer), text: " ".to_owned() });
                findings.push(Finding { diagnostic, change, found: closer });
            }
            None => {}
            Some((open, inner)) => {
                let outer = blocks.last().map(|(_, indent)| *indent);
                if findings.is_empty() && indent.is_some_and(|i| i < inner) && indent == outer {
                    blocks.pop();
                    let diagnostic = messages::unclosed_block(self.source, self.builder, open, closer - 1);
                    let at = slice.bytes(closer).start;
                    let change = Some(Change { range: at..at, text: " } ".to_owned() });
                    findings.push(Finding { diagnostic, change, found: closer });
                }
            }
        }
    }

    /// Something stands where an item should.
    fn no_item(&mut self, slice: Slice<'_>) -> Vec<Finding> {
        let found = slice.first;
        let text = slice.text();
        let diagnostic = messages::no_item(slice, self.builder);
        let meant = meant_item(self.source, found);
        let range = slice.bytes(found);
        if let Some(meant) = meant {
            let change = Change { range, text: meant.to_owned() };
            return vec![Finding { diagnostic, change: Some(change), found }];
        }
        if self.source.is(found, LexemeKind::Sign) {
            let rest = text.get(range.len()..).unwrap_or("");
            let change = Grammar::parse(Rule::file, rest).is_ok().then(|| Change { range, text: " ".to_owned() });
            return vec![Finding { diagnostic, change, found }];
        }
        if words::ITEMS.contains(&self.source.word(found + 1)) || text.len() > MAX_TRIAL_BYTES || !self.may_try() {
            return vec![Finding { diagnostic, change: None, found }];
        }
        // Perhaps the word that begins it is missing.
        let fitting: Vec<&str> =
            words::ITEMS.into_iter().filter(|w| Grammar::parse(Rule::file, &format!("{w} {text}")).is_ok()).collect();
        let Some(word) = fitting.first() else {
            return self.unknown_or_stray(slice, diagnostic);
        };
        let at = self.builder.place(range.start, range.start);
        let diagnostic = Diagnostic { help: Vec::new(), fixes: Vec::new(), ..diagnostic }
            .help(format!("an item begins with its word; is `{}` missing?", fitting.join("` or `")))
            .fix(format!("write `{word}` before it"), at, format!("{word} "), false);
        let change = (fitting.len() == 1).then(|| Change { range: range.start..range.start, text: format!("{word} ") });
        vec![Finding { diagnostic, change, found }]
    }

    fn unknown_or_stray(&self, slice: Slice<'_>, diagnostic: Diagnostic) -> Vec<Finding> {
        let stray = messages::stray_character(slice, self.builder).filter(|f| f.found == slice.first);
        vec![stray.unwrap_or(Finding { diagnostic, change: None, found: slice.first })]
    }
}

/// The item's word that a word was most likely meant as.
fn meant_item(source: Source<'_>, i: usize) -> Option<&'static str> {
    let word = source.word(i);
    policyc_diag::suggest(word, words::ITEMS)
        .or_else(|| words::synonym(word).filter(|w| words::ITEMS.contains(w)))
        .filter(|_| source.is(i, LexemeKind::Word))
}

/// The lexeme behind the whole items at the begin of a slice.
fn healthy(slice: Slice<'_>) -> usize {
    let Ok(mut pairs) = Grammar::parse(Rule::slice_items, slice.text()) else { return slice.first };
    let last = pairs.next().and_then(|p| p.into_inner().last());
    let Some(last) = last.filter(|p| p.as_rule() != Rule::EOI) else { return slice.first };
    let end = slice.range().start + crate::build::end_of(&last);
    slice.source.lexemes.partition_point(|l| l.end <= end)
}

/// How many more braces a piece opens than it closes, and how many braces at its end close what it did not open.
fn balance(source: Source<'_>, first: usize, last: usize) -> (usize, usize) {
    let mut open = 0usize;
    let mut closers = 0;
    for i in first..last {
        match source.word(i) {
            "{" if source.is(i, LexemeKind::Sign) => open += 1,
            "}" if source.is(i, LexemeKind::Sign) => {
                if open == 0 {
                    let rest = (i..last).all(|k| source.word(k) == "}");
                    closers = if rest { last - i } else { 0 };
                    break;
                }
                open -= 1;
            }
            _ => {}
        }
    }
    (open, closers)
}

/// Builds the expressions and texts of a healthy piece, for what the builder says about them.
fn check(builder: &mut Builder, pair: Pair<'_>) {
    match pair.as_rule() {
        Rule::expr => {
            builder.expr(pair);
        }
        Rule::text | Rule::single_text => {
            builder.text(&pair);
        }
        Rule::because_clause | Rule::suggest_clause => {
            for text in pair.into_inner().filter(|p| matches!(p.as_rule(), Rule::text | Rule::single_text)) {
                builder.template(&text);
            }
        }
        _ => {
            for inner in pair.into_inner() {
                check(builder, inner);
            }
        }
    }
}
