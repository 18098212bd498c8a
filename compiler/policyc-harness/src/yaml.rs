//! YAML as JSON, for events that people write by hand: each document, or each item of a list, is a line.
//!
//! Nothing is guessed. What YAML reads in two ways (`no`, `0123`, `1_000`) has to stand in quotes; anchors, aliases,
//! tags and merged keys are refused, so that no text becomes larger than it is written. Duplicate keys stay, and the
//! reader of events refuses them.

use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// How much is read at once.
const MAX_BYTES: usize = 16 << 20;
/// How deep brackets nest; the reader of events has a limit of its own below this.
const MAX_DEPTH: usize = 128;

/// A list or a mapping that is open, and how far it is.
enum Open {
    /// The list of a document: each item is a line of its own.
    Lines,
    List {
        first: bool,
    },
    Mapping {
        first: bool,
        key: bool,
    },
}

/// The lines of a text.
///
/// # Errors
/// What is wrong and on which line, in words.
pub fn lines(text: &str) -> Result<Vec<String>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("a YAML file has at most {} MiB", MAX_BYTES >> 20));
    }
    let mut writer = Writer { lines: Vec::new(), out: String::new(), open: Vec::new() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| e.to_string())?;
        writer.event(event).map_err(|why| format!("line {}: {why}", span.start.line()))?;
    }
    Ok(writer.lines)
}

struct Writer {
    lines: Vec<String>,
    out: String,
    open: Vec<Open>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
            Event::Alias(_) => return Err("an alias is not followed: write the value out".to_owned()),
            Event::Scalar(text, style, anchor, tag) => {
                plain(anchor, tag.is_some())?;
                self.scalar(&text, style)?;
            }
            Event::SequenceStart(anchor, tag) => {
                plain(anchor, tag.is_some())?;
                if self.open.is_empty() {
                    self.open.push(Open::Lines);
                    return Ok(());
                }
                self.begin("a list")?;
                self.out.push('[');
                self.push(Open::List { first: true })?;
            }
            Event::MappingStart(anchor, tag) => {
                plain(anchor, tag.is_some())?;
                self.begin("a mapping")?;
                self.out.push('{');
                self.push(Open::Mapping { first: true, key: true })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                match self.open.pop() {
                    Some(Open::Lines) | None => return Ok(()),
                    Some(Open::List { .. }) => self.out.push(']'),
                    Some(Open::Mapping { .. }) => self.out.push('}'),
                }
                self.ended();
            }
        }
        Ok(())
    }

    fn push(&mut self, open: Open) -> Result<(), String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("brackets nest at most {MAX_DEPTH} deep"));
        }
        self.open.push(open);
        Ok(())
    }

    /// Writes what stands before a value.
    fn begin(&mut self, what: &str) -> Result<(), String> {
        match self.open.last_mut() {
            None | Some(Open::Lines) => {}
            Some(Open::List { first }) => {
                if !std::mem::take(first) {
                    self.out.push(',');
                }
            }
            Some(Open::Mapping { key: true, .. }) => return Err(format!("{what} is no key")),
            Some(Open::Mapping { .. }) => self.out.push(':'),
        }
        Ok(())
    }

    /// A value is written: a key comes next, or the line is whole.
    fn ended(&mut self) {
        match self.open.last_mut() {
            Some(Open::Mapping { key, .. }) => *key = true,
            Some(Open::List { .. }) => {}
            Some(Open::Lines) | None => self.lines.push(std::mem::take(&mut self.out)),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle) -> Result<(), String> {
        let quoted = || serde_json::Value::from(text).to_string();
        if let Some(Open::Mapping { first, key: key @ true }) = self.open.last_mut() {
            if text == "<<" && style == ScalarStyle::Plain {
                return Err("keys are not merged: write them out".to_owned());
            }
            *key = false;
            if !std::mem::take(first) {
                self.out.push(',');
            }
            self.out.push_str(&quoted());
            return Ok(());
        }
        self.begin("a text")?;
        let value = match style {
            ScalarStyle::Plain => bare(text)?.unwrap_or_else(quoted),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Literal | ScalarStyle::Folded => {
                quoted()
            }
        };
        let _ = write!(self.out, "{value}");
        self.ended();
        Ok(())
    }
}

fn plain(anchor: usize, tagged: bool) -> Result<(), String> {
    match (anchor, tagged) {
        (0, false) => Ok(()),
        (0, true) => Err("a tag is not read: write the value as it is".to_owned()),
        (_, _) => Err("an anchor is not read: write the value out where it is needed".to_owned()),
    }
}

/// A scalar without quotes as JSON; `None` if it is a text.
fn bare(text: &str) -> Result<Option<String>, String> {
    let two_ways = |how: &str| Err(format!("`{text}` is {how} to some and a text to others: put it in quotes"));
    match text {
        "" | "~" | "null" => return Ok(Some("null".to_owned())),
        "true" | "false" => return Ok(Some(text.to_owned())),
        _ => {}
    }
    let word = text.to_ascii_lowercase();
    if ["true", "false", "yes", "no", "on", "off", "y", "n"].contains(&word.as_str()) {
        return two_ways("a truth value");
    }
    if word == "null" {
        return two_ways("nothing");
    }
    let digits = text.strip_prefix(['-', '+', '.']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) && ![".inf", ".nan", "-.inf", "+.inf"].contains(&word.as_str())
    {
        return Ok(None);
    }
    // As it is written: a number keeps its digits.
    if serde_json::from_str::<serde_json::Number>(text).is_ok() {
        return Ok(Some(text.to_owned()));
    }
    let numeric =
        |c: char| c.is_ascii_hexdigit() || matches!(c, '_' | '.' | '+' | '-' | 'x' | 'o' | 'X' | 'O' | ':' | 'i' | 'n');
    let prefixed = ["0x", "0o", "0b"].iter().any(|p| word.trim_start_matches(['-', '+']).starts_with(p));
    let decimal = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '+' | '-' | 'e' | 'E' | ':'));
    // Times and addresses are texts to everybody.
    let parts = text.matches(['-', '.', ':']).count();
    if prefixed && text.chars().all(numeric) || word.contains(".inf") || word.contains(".nan") || decimal && parts < 2 {
        return two_ways("a number");
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_items_are_lines() {
        let text = "call: c1\ntool: t\nargs: {n: 1, note: \"no\", list: [a, -0.5, null, true]}\nat: 2026-01-01T00:00:00Z\n---\n- user: |\n    two\n    lines\n- call: '2'\n  args:\n    host: 10.0.0.1\n";
        let got = lines(text).unwrap();
        assert_eq!(
            got,
            [
                r#"{"call":"c1","tool":"t","args":{"n":1,"note":"no","list":["a",-0.5,null,true]},"at":"2026-01-01T00:00:00Z"}"#,
                r#"{"user":"two\nlines\n"}"#,
                r#"{"call":"2","args":{"host":"10.0.0.1"}}"#,
            ]
        );
        assert_eq!(lines("").unwrap(), Vec::<String>::new());
        assert_eq!(lines("a: 1\na: 2\n").unwrap(), [r#"{"a":1,"a":2}"#], "the reader of events refuses it");
        assert_eq!(
            lines("n: 123456789012345678901234567890.10\n").unwrap(),
            [r#"{"n":123456789012345678901234567890.10}"#]
        );
    }

    #[test]
    fn nothing_is_guessed_and_nothing_grows() {
        for (text, why) in [
            ("a: no", "a truth value to some"),
            ("a: True", "a truth value to some"),
            ("a: 0123", "a number to some"),
            ("a: 1_000", "a number to some"),
            ("a: 0x1f", "a number to some"),
            ("a: +1", "a number to some"),
            ("a: .5", "a number to some"),
            ("a: .inf", "a number to some"),
            ("a: 1:30", "a number to some"),
            ("a: &x 1\nb: *x", "an anchor is not read"),
            ("a: !!str 1", "a tag is not read"),
            ("<<: {a: 1}", "not merged"),
            ("? [a]\n: 1", "is no key"),
            ("a: [1", ""),
            ("a: \"\\ud800\"", ""),
        ] {
            let said = lines(text).unwrap_err();
            assert!(said.contains(why), "{text:?}: {said}");
        }
        assert!(lines(&"[".repeat(100_000)).is_err());
        assert!(lines(&"- ".repeat(100_000)).is_err());
        assert!(lines(&"{a: ".repeat(10_000)).is_err());
    }
}
