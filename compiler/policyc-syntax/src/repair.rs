//! One mistake in a slice of a text: what it is, and which edit would settle it.
//!
//! Small edits are tried where the strict parser stopped: what it would have accepted there is put in, the word that
//! stands there is replaced, left out, or changes places with its neighbour. An edit after which the slice parses
//! names the mistake better than any list of what was expected, and the item is read as if it had been made.
//! Nothing here decides anything: a text with a mistake stays refused.

use std::ops::Range;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use policyc_diag::{Diagnostic, Span};

use crate::build::Builder;
use crate::grammar::{Grammar, Rule};
use crate::lexemes::LexemeKind;
use crate::literals;
use crate::messages;
use crate::outline::Source;
use crate::typed::typed;
use crate::words;

/// Longer slices are not edited by way of trial.
pub(crate) const MAX_TRIAL_BYTES: usize = 16 * 1024;

/// What a slice is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Items, one or more.
    Items,
    /// Clauses of a rule.
    RuleClauses,
    /// Clauses of a budget.
    BudgetClauses,
    /// Clauses of an invariant.
    InvariantClauses,
    /// A test up to its open brace.
    TestHead,
    /// An `each` up to its open brace.
    EachHead,
    /// Steps of a test.
    Steps,
    /// A whole expression.
    Expr,
}

impl Entry {
    /// The rule of the grammar.
    pub fn rule(self) -> Rule {
        match self {
            Self::Items => Rule::file,
            Self::RuleClauses => Rule::slice_rule,
            Self::BudgetClauses => Rule::slice_budget,
            Self::InvariantClauses => Rule::slice_invariant,
            Self::TestHead => Rule::slice_test_head,
            Self::EachHead => Rule::slice_each_head,
            Self::Steps => Rule::slice_step,
            Self::Expr => Rule::slice_expr,
        }
    }

    /// The words that begin a part of what is read.
    pub fn words(self, item: &str) -> &'static [&'static str] {
        match (self, item) {
            (Self::RuleClauses, _) | (Self::Items, "rule") => &words::RULE,
            (Self::BudgetClauses, _) | (Self::Items, "budget") => &words::BUDGET,
            (Self::InvariantClauses, _) | (Self::Items, "invariant") => &words::INVARIANT,
            (Self::Steps, _) => &words::STEPS,
            (Self::Items | Self::TestHead | Self::EachHead | Self::Expr, _) => &[],
        }
    }
}

/// A part of a file.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'t> {
    /// The file.
    pub source: Source<'t>,
    /// Its first lexeme.
    pub first: usize,
    /// One past its last lexeme.
    pub last: usize,
    /// The word of the item that it is in; empty if there is none.
    pub item: &'t str,
    /// What it is read as.
    pub entry: Entry,
    /// The lexemes of the whole item.
    pub whole: (usize, usize),
}

/// Where the strict parser stopped.
pub(crate) struct Failure {
    /// The byte, in the file.
    pub at: usize,
    /// The lexeme that stands there; the slice's end if nothing does.
    pub found: usize,
    /// What would have gone on.
    pub expected: Vec<Rule>,
}

/// An edit of the file: what is at a range becomes a text.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The bytes that go.
    pub range: Range<usize>,
    /// The text that comes.
    pub text: String,
}

/// What is wrong with a slice.
pub(crate) struct Finding {
    /// What to say.
    pub diagnostic: Diagnostic,
    /// The one edit that settles it, if there is only one.
    pub change: Option<Change>,
    /// The lexeme that the mistake was found at.
    pub found: usize,
}

impl<'t> Slice<'t> {
    /// The bytes of the slice.
    pub fn range(&self) -> Range<usize> {
        let at = |i: usize| self.source.lexemes.get(i);
        let start = at(self.first).map_or(self.source.text.len(), |l| l.start);
        let end = self.last.checked_sub(1).filter(|i| *i >= self.first).and_then(at).map_or(start, |l| l.end);
        start..end
    }

    /// The text of the slice.
    pub fn text(&self) -> &'t str {
        self.source.text.get(self.range()).unwrap_or("")
    }

    /// Where the strict parser stops, if it does.
    pub fn failure(&self) -> Option<Failure> {
        let error = Grammar::parse(self.entry.rule(), self.text()).err()?;
        let at = self.range().start
            + match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        let found = self.first
            + self.source.lexemes.get(self.first..self.last).map_or(0, |all| all.partition_point(|l| l.end <= at));
        Some(Failure { at, found, expected })
    }

    /// True if the slice parses once the change is made.
    fn parses_with(&self, change: &Change) -> bool {
        self.stops_with(change).is_none()
    }

    /// Where the strict parser stops once the change is made, in bytes of the file as it is.
    fn stops_with(&self, change: &Change) -> Option<usize> {
        let all = self.range();
        let text = self.source.text;
        let parts =
            (text.get(all.start..change.range.start), text.get(change.range.end..all.end.max(change.range.end)));
        let (Some(before), Some(after)) = parts else { return Some(0) };
        let edited = [before, &change.text, after].concat();
        let at = match Grammar::parse(self.entry.rule(), &edited).err()?.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at + all.start,
        };
        Some((at + change.range.len()).saturating_sub(change.text.len()))
    }

    /// The bytes of a lexeme; the empty range behind the slice past its end.
    pub fn bytes(&self, i: usize) -> Range<usize> {
        match self.source.lexemes.get(i).filter(|_| i < self.last) {
            Some(l) => l.start..l.end,
            None => self.range().end..self.range().end,
        }
    }

    /// Where a lexeme is.
    pub fn span(&self, builder: &Builder, i: usize) -> Span {
        let bytes = self.bytes(i);
        builder.place(bytes.start, bytes.end)
    }

    /// The empty place behind the lexeme before `i`, or at the slice's begin.
    pub fn behind_previous(&self, builder: &Builder, i: usize) -> Span {
        if i > self.first {
            return self.span(builder, i - 1).after();
        }
        let start = self.bytes(i).start;
        builder.place(start, start)
    }

    /// The last open bracket before lexeme `i`.
    pub fn open_bracket(&self, i: usize) -> Option<usize> {
        let mut open = Vec::new();
        for k in self.first..i.min(self.last) {
            if self.source.is(k, LexemeKind::Sign) {
                match self.source.word(k) {
                    "(" | "[" | "{" => open.push(k),
                    ")" | "]" | "}" => {
                        open.pop();
                    }
                    _ => {}
                }
            }
        }
        open.pop()
    }

    /// True if the item has a clause with this word already.
    fn has_clause(&self, word: &str) -> bool {
        self.entry.words(self.item).contains(&word)
            && self.whole.1 - self.whole.0 <= MAX_TRIAL_BYTES
            && (self.whole.0..self.whole.1).any(|i| self.source.word(i) == word && self.source.indent(i).is_some())
    }

    /// The words that could stand at a failure; those of items and steps only where a line begins.
    fn legal_words(&self, failure: &Failure) -> Vec<&'static str> {
        let indent = self.source.indent(failure.found);
        let mut legal: Vec<&'static str> = failure.expected.iter().flat_map(|r| typed(*r).words).copied().collect();
        if self.entry == Entry::Items && indent.is_none_or(|indent| indent > 1) {
            legal.retain(|w| !words::ITEMS.contains(w));
        }
        if self.entry == Entry::Steps && indent.is_none() {
            legal.retain(|w| !words::STEPS.contains(w));
            return legal;
        }
        legal.extend(self.entry.words(self.item));
        legal
    }
}

/// A sample that was put in and made the slice parse.
struct Passed {
    say: &'static str,
    sample: &'static str,
    certain: bool,
}

/// What is wrong with a slice that does not parse. `trial` is false where edits are not to be tried.
pub(crate) fn diagnose(slice: Slice<'_>, builder: &Builder, trial: bool) -> Option<Finding> {
    if let Some(finding) = messages::stray_character(slice, builder) {
        return Some(finding);
    }
    let failure = slice.failure()?;
    if trial && slice.range().len() <= MAX_TRIAL_BYTES {
        let tried = uneven_unit(slice, builder, &failure)
            .or_else(|| misspelt(slice, builder, &failure))
            .or_else(|| missing(slice, builder, &failure))
            .or_else(|| unquantified(slice, builder, &failure))
            .or_else(|| mistaken(slice, builder, &failure))
            .or_else(|| superfluous(slice, builder, &failure))
            .or_else(|| swapped(slice, builder, &failure));
        if tried.is_some() {
            return tried;
        }
    }
    Some(messages::unexpected(slice, builder, &failure))
}

/// A unit of time that is not always as long.
fn uneven_unit(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    let word = slice.source.word(failure.found);
    let uneven = matches!(word, "month" | "months" | "quarter" | "quarters" | "year" | "years");
    if failure.found >= slice.last || !uneven || !follows_number(slice, failure) {
        return None;
    }
    let diagnostic = messages::uneven_unit(slice, builder, failure.found);
    let change = Change { range: slice.bytes(failure.found), text: "day".to_owned() };
    Some(Finding { diagnostic, change: Some(change), found: failure.found })
}

/// A word in place of the one that was meant.
fn misspelt(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    let written = slice.source.word(failure.found);
    if failure.found >= slice.last || !slice.source.is(failure.found, LexemeKind::Word) {
        return None;
    }
    let legal = slice.legal_words(failure);
    let units = ["milliseconds", "seconds", "minutes", "hours", "days", "weeks"];
    let expects_unit = failure.expected.contains(&Rule::unit);
    let unit = match written {
        // As many write it; `ms` is as near and a sixty-thousandth of it.
        "m" if expects_unit => Some("min"),
        _ => policyc_diag::suggest(written, units.into_iter().filter(|_| expects_unit)).and_then(literals::unit),
    };
    let near = policyc_diag::suggest(written, legal.iter().copied().filter(|w| w.len() > 1));
    let alike = words::synonym(written).filter(|w| legal.contains(w) || *w == "==");
    let upper = written.to_ascii_uppercase();
    let money = (failure.expected.contains(&Rule::currency) && is_money(&upper) && upper != written).then_some(&*upper);
    for meant in [unit, near, alike, money].into_iter().flatten() {
        let change = Change { range: slice.bytes(failure.found), text: meant.to_owned() };
        let stops = slice.stops_with(&change);
        // It need not be the only mistake: it is enough that the parser comes well past it.
        if stops.is_none_or(|at| at > slice.bytes(failure.found + 1).end && failure.found + 2 < slice.last) {
            let diagnostic = messages::misspelt(slice, builder, failure, meant);
            let change = stops.is_none().then_some(change);
            return Some(Finding { diagnostic, change, found: failure.found });
        }
    }
    None
}

/// The currencies that people write in small letters.
fn is_money(upper: &str) -> bool {
    const KNOWN: [&str; 16] = [
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "INR", "JPY", "KRW", "NOK", "PLN", "SEK", "USD",
    ];
    KNOWN.contains(&upper)
}

/// Something is missing before the lexeme that was found.
fn missing(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    let found = slice.source.lexemes.get(failure.found).filter(|_| failure.found < slice.last);
    let fresh = found.is_none() || slice.source.indent(failure.found).is_some();
    // Items and steps begin lines; their words are not missing in the middle of one.
    let begins_item = fresh && slice.source.indent(failure.found).is_none_or(|indent| indent <= 1);
    let word = slice.source.word(failure.found);
    let closes = found.is_some() && matches!(word, ")" | "]" | "}" | ",");
    let counted = follows_number(slice, failure);
    let mut passed: Vec<Passed> = Vec::new();
    let mut choices: Vec<Passed> = Vec::new();
    for rule in &failure.expected {
        let typed = typed(*rule);
        for sample in typed.samples {
            let starts_item = words::ITEMS.contains(sample) && slice.entry == Entry::Items;
            let starts_step = words::STEPS.contains(sample) && slice.entry == Entry::Steps;
            if starts_item && (!begins_item || found.is_none())
                || starts_step && !fresh
                || closes && matches!(*sample, "(" | "[" | "{")
                // A word of the language that begins a line was meant to begin something.
                || fresh && words::keywords().contains(&word) && typed.certain && !matches!(*sample, ")" | "]" | "}")
                || counted && matches!(*sample, "." | "==" | "matches" | "from" | "has" | "is")
            {
                continue;
            }
            let change = Change { range: failure.at..failure.at, text: format!(" {sample} ") };
            if slice.parses_with(&change) {
                let list =
                    if typed.certain || matches!(*sample, "==" | "matches") { &mut passed } else { &mut choices };
                list.push(Passed { say: typed.say, sample, certain: typed.certain });
            }
        }
    }
    if slice.source.is(failure.found, LexemeKind::Regex) && passed.iter().any(|p| p.sample == "matches") {
        passed = vec![Passed { say: "`matches`", sample: "matches", certain: true }];
    }
    prefer(&mut passed, slice, fresh && found.is_some());
    if passed.is_empty() {
        if choices.iter().any(|c| c.say == "a value") {
            choices = vec![Passed { say: "a value", sample: "x", certain: false }];
        }
        passed = choices;
    }
    let first = passed.first()?;
    if passed.len() > 3 {
        return None;
    }
    let only = passed.len() == 1 && first.certain;
    let change = only.then(|| Change { range: failure.at..failure.at, text: format!(" {} ", first.sample) });
    let say: Vec<(&str, &str)> = passed.iter().map(|p| (p.say, p.sample)).collect();
    let diagnostic = messages::missing(slice, builder, failure, &say, only);
    Some(Finding { diagnostic, change, found: failure.found })
}

/// True for a word behind a number: most likely meant as its unit.
fn follows_number(slice: Slice<'_>, failure: &Failure) -> bool {
    slice.source.is(failure.found.wrapping_sub(1), LexemeKind::Number)
        && slice.source.is(failure.found, LexemeKind::Word)
}

/// Of several things that could be missing, those that make sense where they are missing.
fn prefer(passed: &mut Vec<Passed>, slice: Slice<'_>, fresh: bool) {
    let mut keep = |wanted: &dyn Fn(&Passed) -> bool| {
        if passed.iter().any(wanted) {
            passed.retain(wanted);
        }
    };
    // A second item of the kind that stands before it is likelier than one of another kind.
    keep(&|p| p.sample == slice.item && !slice.item.is_empty());
    keep(&|p| !slice.has_clause(p.sample));
    if fresh {
        keep(&|p| words::is_word(p.sample));
    }
    keep(&|p| !matches!(p.sample, "has" | "from" | "is" | "unless" | "matching" | "suggest"));
    keep(&|p| matches!(p.sample, "," | "for" | "because") || fresh && p.sample == "when");
    keep(&|p| !matches!(p.sample, "expires" | ")" | "]" | "}" | "when"));
}

/// `x in xs: …` without `any` or `all`.
fn unquantified(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    if failure.found >= slice.last || slice.source.word(failure.found) != ":" {
        return None;
    }
    let within = (slice.first + 1..failure.found).rev().find(|i| slice.source.word(*i) == "in")?;
    let at = slice.bytes(within - 1).start;
    if !slice.parses_with(&Change { range: at..at, text: "any ".to_owned() }) {
        return None;
    }
    let diagnostic = messages::unquantified(slice, builder, within - 1);
    Some(Finding { diagnostic, change: None, found: failure.found })
}

/// A sign in place of another one, or a reserved word in place of a name.
fn mistaken(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    if failure.found >= slice.last {
        return None;
    }
    let written = slice.source.word(failure.found);
    let range = slice.bytes(failure.found);
    let reserved = words::is_reserved(written);
    for rule in &failure.expected {
        let typed = typed(*rule);
        for sample in typed.samples {
            let named = reserved && typed.say == "a name";
            let sign =
                matches!(written, "=" | ":" | "," | "->" | "==" | ".") && matches!(*sample, "=" | ":" | "," | "->");
            let change = Change { range: range.clone(), text: format!(" {sample} ") };
            if named && slice.parses_with(&change) {
                let diagnostic = messages::reserved(slice, builder, failure);
                return Some(Finding { diagnostic, change: None, found: failure.found });
            }
            if sign && slice.parses_with(&change) {
                let diagnostic = messages::mistaken(slice, builder, failure, sample);
                return Some(Finding { diagnostic, change: Some(change), found: failure.found });
            }
        }
    }
    None
}

/// The lexeme that was found does not belong there.
fn superfluous(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    // A word that begins a line was meant to begin something: it is an unknown clause.
    let begins = slice.source.is(failure.found, LexemeKind::Word) && slice.source.indent(failure.found).is_some();
    let begins = begins && !slice.entry.words(slice.item).is_empty();
    if failure.found >= slice.last || begins || follows_number(slice, failure) {
        return None;
    }
    let change = Change { range: slice.bytes(failure.found), text: " ".to_owned() };
    if !slice.parses_with(&change) {
        return None;
    }
    let diagnostic = messages::superfluous(slice, builder, failure);
    Some(Finding { diagnostic, change: Some(change), found: failure.found })
}

/// Two neighbours stand the wrong way round.
fn swapped(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Finding> {
    let pairs = [failure.found.wrapping_sub(1), failure.found, failure.found.wrapping_sub(2)];
    for left in pairs {
        let right = left.wrapping_add(1);
        if left < slice.first || right >= slice.last {
            continue;
        }
        let (l, r) = (slice.bytes(left), slice.bytes(right));
        let between = slice.source.text.get(l.end..r.start).unwrap_or(" ");
        if between.contains("//") {
            continue;
        }
        let space = if between.is_empty() { " " } else { between };
        let text = format!("{}{space}{}", slice.source.word(right), slice.source.word(left));
        let change = Change { range: l.start..r.end, text };
        if slice.parses_with(&change) {
            let diagnostic = messages::swapped(slice, builder, left, &change);
            return Some(Finding { diagnostic, change: None, found: failure.found });
        }
    }
    None
}
