//! Brace expansion, which comes before everything else: `{a,b}` and `{1..3}`.
//!
//! The number of words is capped; past the cap the text is unknown.

use super::MAX_FIELDS;
use super::tree::Part;
use crate::Unknown;

/// A character of unquoted text, or a part that braces do not look into.
#[derive(Clone, Copy)]
pub(super) enum Piece<'r> {
    Char(char),
    Part(&'r Part),
}

const MANY: Unknown = Unknown("braces expand to more words than are read");

/// Whether the parts may hold braces that expand.
pub(super) fn may_expand(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('{')))
}

/// The parts as pieces.
pub(super) fn pieces(parts: &[Part]) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => out.extend(text.chars().map(Piece::Char)),
            Part::Quoted(_)
            | Part::Opaque
            | Part::Parameter(_)
            | Part::Command(..)
            | Part::Process(..)
            | Part::Arithmetic(..) => out.push(Piece::Part(part)),
        }
    }
    out
}

/// The words that the pieces stand for.
pub(super) fn expand<'r>(pieces: &[Piece<'r>], depth: usize) -> Result<Vec<Vec<Piece<'r>>>, Unknown> {
    let opened = pieces.iter().filter(|piece| matches!(piece, Piece::Char('{'))).count();
    if depth > 16 || opened > 256 {
        return Err(Unknown("braces are nested deeper than what is read"));
    }
    let ends = ends(pieces);
    let mut words: Vec<Vec<Piece<'r>>> = vec![Vec::new()];
    let mut at = 0_usize;
    while let Some(piece) = pieces.get(at) {
        let rest = pieces.get(at.saturating_add(1)..).unwrap_or(&[]);
        if let Some(close) = ends.get(at).copied().flatten() {
            let close = close.saturating_sub(at).saturating_sub(1);
            let inner = rest.get(..close).unwrap_or(&[]);
            if let Some(choices) = choices(inner, depth)? {
                if words.len().saturating_mul(choices.len()) > MAX_FIELDS {
                    return Err(MANY);
                }
                let mut next = Vec::new();
                for word in &words {
                    for choice in &choices {
                        let mut joined = word.clone();
                        joined.extend_from_slice(choice);
                        next.push(joined);
                    }
                }
                if next.iter().map(Vec::len).fold(0_usize, usize::saturating_add) > super::MAX_BYTES {
                    return Err(MANY);
                }
                words = next;
                at = at.saturating_add(close).saturating_add(2);
                continue;
            }
        }
        for word in &mut words {
            word.push(*piece);
        }
        at = at.saturating_add(1);
    }
    Ok(words)
}

/// For each brace that opens, where it closes.
fn ends(pieces: &[Piece<'_>]) -> Vec<Option<usize>> {
    let mut ends = vec![None; pieces.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Char('{') => open.push(at),
            Piece::Char('}') => {
                if let Some(end) = open.pop().and_then(|start| ends.get_mut(start)) {
                    *end = Some(at);
                }
            }
            Piece::Char(_) | Piece::Part(_) => {}
        }
    }
    ends
}

/// The choices between two braces; `None` if they are plain text.
fn choices<'r>(inner: &[Piece<'r>], depth: usize) -> Result<Option<Vec<Vec<Piece<'r>>>>, Unknown> {
    let mut parts: Vec<&[Piece<'r>]> = Vec::new();
    let mut open = 0_usize;
    let mut start = 0_usize;
    for (at, piece) in inner.iter().enumerate() {
        match piece {
            Piece::Char('{') => open = open.saturating_add(1),
            Piece::Char('}') => open = open.saturating_sub(1),
            Piece::Char(',') if open == 0 => {
                parts.push(inner.get(start..at).unwrap_or(&[]));
                start = at.saturating_add(1);
            }
            Piece::Char(_) | Piece::Part(_) => {}
        }
    }
    if parts.is_empty() {
        return sequence(inner);
    }
    parts.push(inner.get(start..).unwrap_or(&[]));
    let mut out = Vec::new();
    for part in parts {
        out.extend(expand(part, depth.saturating_add(1))?);
        if out.len() > MAX_FIELDS {
            return Err(MANY);
        }
    }
    Ok(Some(out))
}

/// `1..5`, `a..e`, `01..10..3`.
fn sequence<'r>(inner: &[Piece<'r>]) -> Result<Option<Vec<Vec<Piece<'r>>>>, Unknown> {
    let mut text = String::new();
    for piece in inner {
        match piece {
            Piece::Char(c) => text.push(*c),
            Piece::Part(_) => return Ok(None),
        }
    }
    let parts: Vec<&str> = text.split("..").collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, 1_i64),
        [from, to, step] => match step.parse::<i64>() {
            Ok(step) => (*from, *to, step),
            Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    let step = i64::try_from(step.unsigned_abs().max(1)).map_err(|_| MANY)?;
    let letter = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|c| c.is_ascii_alphabetic() && chars.next().is_none())
    };
    let (first, last, is_letter) = match (from.parse::<i64>(), to.parse::<i64>(), letter(from), letter(to)) {
        (Ok(first), Ok(last), _, _) => (first, last, false),
        (_, _, Some(first), Some(last)) => (i64::from(u32::from(first)), i64::from(u32::from(last)), true),
        _ => return Ok(None),
    };
    let is_padded =
        |text: &str| text.trim_start_matches('-').starts_with('0') && text.trim_start_matches('-').len() > 1;
    let width = if !is_letter && (is_padded(from) || is_padded(to)) { from.len().max(to.len()) } else { 0 };
    let mut out = Vec::new();
    let mut value = first;
    loop {
        let text = if is_letter {
            let c = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or('?');
            if !c.is_ascii_alphabetic() {
                return Err(Unknown("braces run over characters that are no letters"));
            }
            c.to_string()
        } else {
            format!("{value:0width$}")
        };
        out.push(text.chars().map(Piece::Char).collect());
        if out.len() > MAX_FIELDS {
            return Err(MANY);
        }
        let next = if first <= last { value.checked_add(step) } else { value.checked_sub(step) };
        match next {
            Some(next) if (first <= last && next <= last) || (first > last && next >= last) => value = next,
            _ => return Ok(Some(out)),
        }
    }
}
