//! What is said about mistakes in the syntax.
//!
//! Messages say what is wrong in the writer's words; the caret stands behind the previous word for something that is
//! missing; hints come from what could stand there.

use policyc_diag::{Code, Diagnostic, code};

use crate::build::Builder;
use crate::grammar::Rule;
use crate::lexemes::LexemeKind;
use crate::literals;
use crate::nesting;
use crate::outline::Source;
use crate::repair::{Change, Entry, Failure, Finding, Slice};
use crate::typed::typed;
use crate::words;

/// What a writer sees of a lexeme: long ones are cut.
fn shown(source: Source<'_>, i: usize) -> String {
    let word = source.word(i);
    if word.chars().count() <= 24 {
        return format!("`{word}`");
    }
    format!("`{}…`", word.chars().take(23).collect::<String>())
}

/// `a`, `b` or `c`.
fn one_of(things: &[&str]) -> String {
    match things {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

fn ticked(words: &[&str]) -> String {
    let ticked: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    one_of(&ticked.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Something nests deeper than the limit.
pub(crate) fn too_deep(span: policyc_diag::Span) -> Diagnostic {
    Diagnostic::new(&code::TOO_DEEP, span, format!("this nests more than {} deep", nesting::MAX_NESTING))
        .help("give parts of it names with `let` or `fn`")
}

/// There are so many mistakes that the rest is not read.
pub(crate) fn too_many(span: policyc_diag::Span, most: usize) -> Diagnostic {
    Diagnostic::new(
        &code::SYNTAX,
        span,
        format!("there are more than {most} mistakes; the rest of the file is not read"),
    )
    .help("is this a policy?")
}

/// A quote without its partner, or a character that the language does not use, if the slice has one.
pub(crate) fn stray_character(slice: Slice<'_>, builder: &Builder) -> Option<Finding> {
    let source = slice.source;
    let lexemes = source.lexemes.get(slice.first..slice.last)?;
    let stray = |k: LexemeKind| matches!(k, LexemeKind::OpenText | LexemeKind::Junk);
    let i = slice.first + lexemes.iter().position(|l| stray(l.kind))?;
    let (span, written) = (slice.span(builder, i), source.word(i));
    let range = slice.bytes(i);
    let shown = shown(source, i);
    let plain = |message: String| Diagnostic::new(&code::SYNTAX, span, message);
    let (diagnostic, change) = if source.is(i, LexemeKind::OpenText) {
        let quote = written.get(..1).unwrap_or("\"");
        let kept = written.trim_end();
        let end = builder.place(range.start + kept.len(), range.start + kept.len());
        let change = Change { range: range.start + kept.len()..range.start + kept.len(), text: quote.to_owned() };
        let said = Diagnostic::new(&code::UNCLOSED, span, format!("the text {shown} is not closed on its line"))
            .help("a text ends on the line it begins on; a line break in it is written `\\n`")
            .fix("close it at the end of the line", end, quote, false);
        (said, Some(change))
    } else {
        let gone = Some(Change { range: range.clone(), text: " ".to_owned() });
        match written {
            ";" => (plain("nothing ends with `;` here".to_owned()).fix("remove it", span, "", true), gone),
            "#" => (plain("`#` begins nothing here".to_owned()).help("a comment begins with `//`"), None),
            "“" | "”" | "„" | "‘" | "’" | "`" => (
                plain(format!("{shown} is no quote here")).help("texts stand in straight double quotes: `\"…\"`"),
                None,
            ),
            "&" => (plain("`&` is no operator here".to_owned()).help("write `and`"), None),
            _ if written.chars().all(char::is_alphabetic) => (
                plain(format!("the letter {shown} cannot be in a name"))
                    .help("names are made of ASCII letters, digits and `_`; anything else stands in quotes"),
                None,
            ),
            _ if written.trim().is_empty() || written.chars().all(char::is_control) => {
                let c = written.chars().next().map_or(0, u32::from);
                (
                    plain(format!("the invisible character U+{c:04X} cannot be here")).fix(
                        "remove it",
                        span,
                        " ",
                        false,
                    ),
                    gone,
                )
            }
            _ => (plain(format!("the character {shown} has no meaning here")), None),
        }
    };
    Some(Finding { diagnostic, change, found: i })
}

/// A month or a year is no duration.
pub(crate) fn uneven_unit(slice: Slice<'_>, builder: &Builder, i: usize) -> Diagnostic {
    let word = slice.source.word(i);
    let message = format!("there is no unit `{word}`");
    let help = format!("a {} is not always as long: write days, such as `30 day`", word.trim_end_matches('s'));
    Diagnostic::new(&code::BAD_LITERAL, slice.span(builder, i), message).help(help)
}

/// A word stands for another one.
pub(crate) fn misspelt(slice: Slice<'_>, builder: &Builder, failure: &Failure, meant: &str) -> Diagnostic {
    let span = slice.span(builder, failure.found);
    let written = shown(slice.source, failure.found);
    let fix = format!("write `{meant}`");
    let (code, message): (&'static Code, String) = if slice.entry.words(slice.item).contains(&meant) {
        match slice.entry {
            Entry::Steps => (&code::UNKNOWN_CLAUSE, format!("a test has no step {written}")),
            _ => (&code::UNKNOWN_CLAUSE, format!("a {} has no clause {written}", slice.item)),
        }
    } else if words::ITEMS.contains(&meant) && slice.entry == Entry::Items {
        (&code::UNKNOWN_ITEM, format!("no item begins with {written}"))
    } else if words::EFFECTS.contains(&meant) {
        (&code::SYNTAX, format!("there is no effect {written}"))
    } else if literals::unit(meant).is_some() {
        (&code::BAD_LITERAL, format!("there is no unit {written}"))
    } else if literals::is_currency(meant) {
        (&code::BAD_LITERAL, format!("the currency {written} is not in capitals"))
    } else if meant == "==" || matches!(meant, "and" | "or" | "within" | "matches") {
        (&code::FOREIGN_OPERATOR, format!("{written} is no operator here"))
    } else {
        (&code::SYNTAX, format!("{written} cannot stand here"))
    };
    Diagnostic::new(code, span, message).help(format!("did you mean `{meant}`?")).fix(fix, span, meant, false)
}

/// Something is missing; `things` are what it could be, as people say it and as it is written.
pub(crate) fn missing(
    slice: Slice<'_>,
    builder: &Builder,
    failure: &Failure,
    things: &[(&str, &str)],
    only: bool,
) -> Diagnostic {
    let at = slice.behind_previous(builder, failure.found);
    let before = failure.found.checked_sub(1).filter(|i| *i >= slice.first);
    let mut say: Vec<&str> = Vec::new();
    for (thing, _) in things {
        if !say.contains(thing) {
            say.push(thing);
        }
    }
    say.truncate(4);
    let behind = before.map_or(String::new(), |i| format!(" after {}", shown(slice.source, i)));
    let sample = things.first().map_or("", |(_, sample)| *sample);
    if matches!(sample, ")" | "]" | "}") && only {
        return unclosed(slice, builder, failure, sample);
    }
    if words::ITEMS.contains(&sample) && slice.entry == Entry::Items {
        let here = slice.span(builder, failure.found);
        let written = shown(slice.source, failure.found);
        let start = builder.place(slice.bytes(failure.found).start, slice.bytes(failure.found).start);
        return Diagnostic::new(&code::UNKNOWN_ITEM, here, format!("no item begins with {written}"))
            .help(format!("an item begins with its word; is {} missing?", one_of(&say)))
            .fix(format!("write `{sample}` before it"), start, format!("{sample} "), false);
    }
    let word_before = before.map_or("", |i| slice.source.word(i));
    let (message, help) = lacking(say.first().copied().unwrap_or(""), word_before, slice.item)
        .filter(|_| say.len() == 1)
        .map_or_else(|| (format!("{} is missing{behind}", one_of(&say)), None), |(m, h)| (m, Some(h)));
    let mut said = Diagnostic::new(&code::MISSING_TOKEN, at, message);
    if let Some(help) = help {
        said = said.help(help);
    }
    if only {
        let text = if matches!(sample, "," | ":" | "." | "?") { sample.to_owned() } else { format!(" {sample}") };
        let tail =
            if failure.found < slice.last && at.end as usize == slice.bytes(failure.found).start { " " } else { "" };
        let safe = matches!(sample, "," | ":");
        said = said.fix(format!("write `{sample}` here"), at, text + tail, safe);
    }
    said
}

/// Messages for what is missing most often.
fn lacking(thing: &str, before: &str, item: &str) -> Option<(String, &'static str)> {
    Some(match (thing, before) {
        ("an effect", _) if item == "rule" => (
            "the rule has no effect".to_owned(),
            "say what it does: `allow`, `hold`, `deny`, `redact` or `quarantine`, then the tools",
        ),
        ("a verdict", _) => ("nothing is expected here".to_owned(), "write `expect deny by RULE`, or a condition"),
        ("a name", b) if b == item => (format!("the {item} has no name"), "write a name of letters, digits and `_`"),
        ("a tool's name", "tool") => ("the tool has no name".to_owned(), "write the name the agent calls it by"),
        ("a tool", b) => {
            (format!("no tool is named after `{b}`"), "name tools: `shell.exec`, `db.*`, or `tool` for every one")
        }
        ("a value", b @ ("when" | "unless" | "where")) => {
            (format!("the condition after `{b}` is missing"), "write a condition, or remove the word")
        }
        ("a text in quotes", "test") => ("the test has no name".to_owned(), "write what it shows, in quotes"),
        ("`(…)`" | "`(`", b) if item == "tool" && !matches!(b, "money" | "sql" | "path") => {
            ("the tool says nothing of its arguments".to_owned(), "write `()` for a tool without arguments")
        }
        ("a type", b) => (format!("the type after `{b}` is missing"), "write a type: `string`, `int`, `list<url>`, …"),
        ("`:`", b) if matches!(item, "label" | "param" | "tool" | "data") => {
            (format!("the type of `{b}` is missing"), "write `name: type`")
        }
        _ => return None,
    })
}

/// A bracket is not closed.
fn unclosed(slice: Slice<'_>, builder: &Builder, failure: &Failure, closer: &str) -> Diagnostic {
    let at = slice.behind_previous(builder, failure.found);
    let opener = match closer {
        ")" => "(",
        "]" => "[",
        _ => "{",
    };
    let text = if closer == "}" { " }" } else { closer };
    let said = Diagnostic::new(&code::UNCLOSED, at, format!("`{opener}` is not closed"))
        .label(format!("`{closer}` is missing"));
    let said = match slice.open_bracket(failure.found) {
        Some(open) => said.also(slice.span(builder, open), "opened here"),
        None => said,
    };
    said.fix(format!("write `{closer}` here"), at, text, false)
}

/// A block of a test is not closed: `open` is its brace, `behind` the last lexeme that belongs to it.
pub(crate) fn unclosed_block(source: Source<'_>, builder: &Builder, open: usize, behind: usize) -> Diagnostic {
    let place = |i: usize| source.lexemes.get(i).map_or(builder.place(0, 0), |l| builder.place(l.start, l.end));
    let at = place(behind).after();
    Diagnostic::new(&code::UNCLOSED, at, "`{` is not closed")
        .label("`}` is missing")
        .also(place(open), "opened here")
        .fix("write `}` here", at, "\n}", false)
}

/// A closing bracket that closes nothing.
pub(crate) fn closes_nothing(slice: Slice<'_>, builder: &Builder, i: usize) -> Diagnostic {
    let span = slice.span(builder, i);
    Diagnostic::new(&code::UNCLOSED, span, format!("{} closes nothing", shown(slice.source, i)))
        .help("remove it, or open what it should close")
        .fix("remove it", span, "", false)
}

/// A reserved word stands where a name should.
pub(crate) fn reserved(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Diagnostic {
    let word = slice.source.word(failure.found);
    let span = slice.span(builder, failure.found);
    Diagnostic::new(&code::RESERVED_WORD, span, format!("`{word}` is a word of the language and cannot be a name here"))
        .help(format!("choose another name, such as `{word}_`; behind a dot and as a key it can stay"))
        .fix(format!("write `{word}_`"), span, format!("{word}_"), false)
}

/// `x in xs: …` without `any` or `all`; `i` is the name.
pub(crate) fn unquantified(slice: Slice<'_>, builder: &Builder, i: usize) -> Diagnostic {
    let span = slice.span(builder, i);
    let name = shown(slice.source, i);
    Diagnostic::new(&code::MISSING_TOKEN, span, format!("`any` or `all` is missing before {name}"))
        .help("`any x in xs: C` asks whether one of them is so, `all x in xs: C` whether every one is")
}

/// A sign stands for another one.
pub(crate) fn mistaken(slice: Slice<'_>, builder: &Builder, failure: &Failure, meant: &str) -> Diagnostic {
    let span = slice.span(builder, failure.found);
    let written = shown(slice.source, failure.found);
    Diagnostic::new(&code::SYNTAX, span, format!("{written} stands where `{meant}` belongs")).fix(
        format!("write `{meant}`"),
        span,
        meant,
        false,
    )
}

/// Something stands where nothing should.
pub(crate) fn superfluous(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Diagnostic {
    let i = failure.found;
    if matches!(slice.source.word(i), ")" | "]" | "}" | ">") && slice.source.is(i, LexemeKind::Sign) {
        return closes_nothing(slice, builder, i);
    }
    let span = slice.span(builder, i);
    Diagnostic::new(&code::SYNTAX, span, format!("{} does not belong here", shown(slice.source, i))).fix(
        "remove it",
        span,
        "",
        false,
    )
}

/// Two neighbours stand the wrong way round.
pub(crate) fn swapped(slice: Slice<'_>, builder: &Builder, left: usize, change: &Change) -> Diagnostic {
    let span = slice.span(builder, left).to(slice.span(builder, left + 1));
    let (a, b) = (shown(slice.source, left), shown(slice.source, left + 1));
    Diagnostic::new(&code::SYNTAX, span, format!("{a} and {b} stand the wrong way round")).fix(
        "let them change places",
        span,
        change.text.clone(),
        false,
    )
}

/// No small edit settles it: what stands there, and what could.
pub(crate) fn unexpected(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Finding {
    let diagnostic = special(slice, builder, failure).unwrap_or_else(|| {
        if failure.found >= slice.last {
            let at = slice.behind_previous(builder, failure.found);
            let before = failure.found.checked_sub(1).map_or(String::new(), |i| shown(slice.source, i));
            return with_expected(
                Diagnostic::new(&code::MISSING_TOKEN, at, format!("something is missing after {before}")),
                failure,
            );
        }
        let span = slice.span(builder, failure.found);
        let written = shown(slice.source, failure.found);
        with_expected(Diagnostic::new(&code::SYNTAX, span, format!("{written} cannot stand here")), failure)
    });
    Finding { diagnostic, change: None, found: failure.found }
}

fn with_expected(said: Diagnostic, failure: &Failure) -> Diagnostic {
    let mut say: Vec<&str> = Vec::new();
    for rule in &failure.expected {
        let thing = typed(*rule).say;
        if !thing.is_empty() && !say.contains(&thing) {
            say.push(thing);
        }
    }
    if say.is_empty() || say.len() > 6 {
        return said;
    }
    said.help(format!("here could stand {}", one_of(&say)))
}

/// Mistakes with a message of their own.
fn special(slice: Slice<'_>, builder: &Builder, failure: &Failure) -> Option<Diagnostic> {
    let i = failure.found;
    let source = slice.source;
    let word = source.word(i);
    let before = i.checked_sub(1).filter(|k| *k >= slice.first).map_or("", |k| source.word(k));
    if i >= slice.last {
        return None;
    }
    let span = slice.span(builder, i);
    let plain = |code: &'static Code, message: String| Diagnostic::new(code, span, message);
    if before == "is" {
        let is = slice.span(builder, i - 1);
        return Some(
            Diagnostic::new(&code::FOREIGN_OPERATOR, is, "`is` only asks whether something is present")
                .help("write `==` to compare, `is present` to ask whether it is there")
                .fix("write `==`", is, "==", false),
        );
    }
    if word == "where" {
        return Some(
            plain(&code::SYNTAX, "`where` goes with `tool`".to_owned()).help("write `tool where risk == read`"),
        );
    }
    if word == "<" && source.is(i - 1, LexemeKind::Word) && !matches!(before, "list" | "set" | "map") {
        return Some(
            plain(&code::SYNTAX, format!("`{before}` is no type that takes others"))
                .help("the types that take others are `list<T>`, `set<T>` and `map<string, T>`"),
        );
    }
    if matches!(word, ")" | "]" | "}") && slice.open_bracket(i).is_none() {
        return Some(closes_nothing(slice, builder, i));
    }
    if word == "/" && source.word(i + 1) == "*" {
        return Some(plain(&code::SYNTAX, "`/*` begins nothing here".to_owned()).help("a comment begins with `//`"));
    }
    let fresh = source.indent(i).is_some();
    if fresh && words::EFFECTS.contains(&word) {
        return Some(
            plain(&code::SYNTAX, format!("`{word}` stands outside of a rule"))
                .help(format!("a rule has a name: write `rule NAME` before the `{word}`")),
        );
    }
    let quantifier = i.checked_sub(2).filter(|k| *k >= slice.first).map_or("", |k| source.word(k));
    if matches!(quantifier, "any" | "all") && failure.expected == [Rule::k_in] {
        let message = format!("`{quantifier}` needs a name for the member");
        return Some(
            Diagnostic::new(&code::SYNTAX, slice.span(builder, i - 2), message)
                .help(format!("write `{quantifier} x in LIST: x == …`")),
        );
    }
    if !fresh && source.is(i.wrapping_sub(1), LexemeKind::Number) && source.is(i, LexemeKind::Word) && i > slice.first {
        return Some(
            plain(&code::BAD_LITERAL, format!("`{before} {word}` is no amount and no duration"))
                .help("write `5 USD` with a currency in capitals, or `10 min` with one of `ms s min h day week`"),
        );
    }
    let at_name = i == slice.first + 1;
    if at_name && source.is(i, LexemeKind::Text) {
        let name = literals::inside(word);
        let said = plain(&code::SYNTAX, format!("the name {} stands in quotes", shown(source, i)))
            .help("names are bare words of letters, digits and `_`; only tools, keys and tests have quoted ones");
        let fits = words::is_word(name) && !words::is_reserved(name);
        return Some(if fits { said.fix(format!("write `{name}`"), span, name, false) } else { said });
    }
    if word == "-" && i == slice.first + 2 && source.is(i + 1, LexemeKind::Word) {
        let (first, last) = (source.word(i - 1), source.word(i + 1));
        let whole = slice.span(builder, i - 1).to(slice.span(builder, i + 1));
        return Some(
            Diagnostic::new(&code::SYNTAX, whole, format!("the name `{first}-{last}` has a `-` in it"))
                .help("names are words of letters, digits and `_`; only the names of tools may have `-`")
                .fix(format!("write `{first}_{last}`"), whole, format!("{first}_{last}"), false),
        );
    }
    if word == "{" && i == slice.first + 2 && matches!(slice.item, "rule" | "budget" | "invariant") {
        return Some(
            plain(&code::SYNTAX, format!("a {} has no braces", slice.item))
                .help("what belongs to it follows on lines of its own, until the next item begins"),
        );
    }
    if word == "?" {
        return Some(
            plain(&code::FOREIGN_OPERATOR, "`?` is no operator here".to_owned())
                .help("there is no `a ? b : c`: write two rules, or `a and b or not a and c`"),
        );
    }
    if slice.source.indent(i).is_some() && source.is(i, LexemeKind::Word) {
        let known = slice.entry.words(slice.item);
        if slice.entry == Entry::Steps {
            return Some(
                plain(&code::UNKNOWN_CLAUSE, format!("a test has no step `{word}`"))
                    .help(format!("the steps are {}", ticked(known))),
            );
        }
        if !known.is_empty() && !known.contains(&word) {
            return Some(
                plain(&code::UNKNOWN_CLAUSE, format!("a {} has no clause `{word}`", slice.item))
                    .help(format!("its clauses are {}", ticked(known))),
            );
        }
    }
    None
}

/// Something stands where an item should.
pub(crate) fn no_item(slice: Slice<'_>, builder: &Builder) -> Diagnostic {
    let source = slice.source;
    let i = slice.first;
    let span = slice.span(builder, i);
    let word = source.word(i);
    if source.is(i, LexemeKind::Sign) && matches!(word, ")" | "]" | "}") {
        return closes_nothing(slice, builder, i);
    }
    let next = source.word(i + 1);
    let said = Diagnostic::new(&code::UNKNOWN_ITEM, span, format!("no item begins with {}", shown(source, i)));
    if source.is(i, LexemeKind::Word) {
        if let Some(meant) = policyc_diag::suggest(word, words::ITEMS)
            .or_else(|| words::synonym(word).filter(|w| words::ITEMS.contains(w)))
        {
            return said.help(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), span, meant, false);
        }
        if words::ITEMS.contains(&next) && i + 1 < slice.last {
            let both = span.to(slice.span(builder, i + 1));
            return said.help(format!("the word `{next}` comes first")).fix(
                "let them change places",
                both,
                format!("{next} {word}"),
                false,
            );
        }
    }
    if words::EFFECTS.contains(&word) || word == "observe" {
        return said.help(format!("an effect belongs to a rule: write `rule NAME {word} …`"));
    }
    if words::RULE.contains(&word) || words::BUDGET.contains(&word) {
        return said.help(format!("`{word}` belongs to an item: what should stand before it?"));
    }
    said.help(format!("an item begins with {}", ticked(&words::ITEMS)))
}

/// The effect of a rule stands behind its clauses.
pub(crate) fn late_effect(slice: Slice<'_>, builder: &Builder, effect: usize) -> Diagnostic {
    let word = slice.source.word(effect);
    Diagnostic::new(&code::SYNTAX, slice.span(builder, effect), format!("`{word}` stands behind the rule's clauses"))
        .also(slice.behind_previous(builder, slice.first + 2), "it belongs here")
        .help(format!("the effect comes first: `rule NAME {word} TOOLS`, then the clauses in any order"))
}
