//! A small JSON reader that keeps numbers as they were spelled.
//!
//! It builds a plain tree and knows the refusals that a strict reader owes: duplicate keys, lone surrogates,
//! limits. It recurses to the depth limit and no further; it never repairs anything.

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Keys as they came; each once.
    Object(Vec<(String, Json)>),
}

/// Deepest nesting that is read.
const DEPTH: usize = 64;
/// Members of one container.
const WIDTH: usize = 10_000;
/// Bytes of one line.
const LINE: usize = 1 << 20;
/// Bytes of one text.
const TEXT: usize = 256 << 10;

impl Json {
    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The text that this is.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The members of an object; none for anything else.
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Object(entries) => entries,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Text(_) => &[],
        }
    }
}

/// Every text inside and every key, in the order in which they stand.
pub fn texts_and_keys(json: &Json) -> Vec<String> {
    match json {
        Json::Null | Json::Bool(_) => Vec::new(),
        Json::Number(t) | Json::Text(t) => vec![t.clone()],
        Json::List(items) => items.iter().flat_map(texts_and_keys).collect(),
        Json::Object(entries) => {
            entries.iter().flat_map(|(k, v)| [k.clone()].into_iter().chain(texts_and_keys(v))).collect()
        }
    }
}

/// What a result says: its texts and keys, and those of texts that are JSON themselves, four times over. SPEC: [S6.2]
pub fn said(json: &Json) -> Vec<String> {
    let mut all = texts_and_keys(json);
    let mut layer = all.clone();
    for _ in 0..4 {
        let opens = |text: &&String| text.trim_start().starts_with(['{', '[']);
        let inner = layer.iter().filter(opens).filter_map(|text| read(text.trim().as_bytes()).ok());
        layer = inner.flat_map(|json| texts_and_keys(&json)).collect();
        all.extend(layer.clone());
    }
    all
}

/// Reads one line; the error is the refusal's code.
pub fn read(line: &[u8]) -> Result<Json, &'static str> {
    if line.len() > LINE {
        return Err("limit-size");
    }
    let text = std::str::from_utf8(line).map_err(|_| "bad-text")?;
    let mut reader = Reader { rest: text.chars().collect(), at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.peek().is_some() { Err("malformed-call") } else { Ok(value) }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> Result<(), &'static str> {
        for c in word.chars() {
            if self.next() != Some(c) {
                return Err("malformed-call");
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, &'static str> {
        self.space();
        match self.peek() {
            Some('n') => self.word("null").map(|()| Json::Null),
            Some('t') => self.word("true").map(|()| Json::Bool(true)),
            Some('f') => self.word("false").map(|()| Json::Bool(false)),
            Some('"') => self.text().map(Json::Text),
            Some('[') => self.list(depth),
            Some('{') => self.object(depth),
            Some(c) if c == '-' || c.is_ascii_digit() => self.number().map(Json::Number),
            Some(_) | None => Err("malformed-call"),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, &'static str> {
        if depth >= DEPTH {
            return Err("limit-depth");
        }
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if items.len() > WIDTH {
                return Err("limit-width");
            }
            self.space();
            match self.next() {
                Some(',') => {}
                Some(']') => return Ok(Json::List(items)),
                Some(_) | None => return Err("malformed-call"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, &'static str> {
        if depth >= DEPTH {
            return Err("limit-depth");
        }
        self.at += 1;
        let mut entries: Vec<(String, Json)> = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Json::Object(entries));
        }
        loop {
            self.space();
            if self.peek() != Some('"') {
                return Err("malformed-call");
            }
            let key = self.text()?;
            self.space();
            if self.next() != Some(':') {
                return Err("malformed-call");
            }
            let value = self.value(depth + 1)?;
            if entries.iter().any(|(k, _)| *k == key) {
                return Err("duplicate-key");
            }
            entries.push((key, value));
            if entries.len() > WIDTH {
                return Err("limit-width");
            }
            self.space();
            match self.next() {
                Some(',') => {}
                Some('}') => return Ok(Json::Object(entries)),
                Some(_) | None => return Err("malformed-call"),
            }
        }
    }

    fn number(&mut self) -> Result<String, &'static str> {
        let from = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        let whole = self.digits();
        let leading = self.rest.get(self.at - whole) == Some(&'0');
        if whole == 0 || (whole > 1 && leading) {
            return Err("malformed-call");
        }
        if self.peek() == Some('.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err("malformed-call");
            }
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err("malformed-call");
            }
        }
        Ok(self.rest.get(from..self.at).unwrap_or(&[]).iter().collect())
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    fn text(&mut self) -> Result<String, &'static str> {
        self.at += 1;
        let mut out = String::new();
        loop {
            match self.next() {
                Some('"') => return if out.len() > TEXT { Err("limit-length") } else { Ok(out) },
                Some('\\') => out.push(self.escape()?),
                Some(c) if c >= ' ' => out.push(c),
                Some(_) | None => return Err("malformed-call"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        Ok(match self.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('u') => {
                let high = self.hex()?;
                if (0xD800..0xDC00).contains(&high) {
                    if self.next() != Some('\\') || self.next() != Some('u') {
                        return Err("bad-text");
                    }
                    let low = self.hex()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return Err("bad-text");
                    }
                    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or("bad-text")?
                } else {
                    char::from_u32(high).ok_or("bad-text")?
                }
            }
            Some(_) | None => return Err("malformed-call"),
        })
    }

    fn hex(&mut self) -> Result<u32, &'static str> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|c| c.to_digit(16)).ok_or("malformed-call")?;
            value = value * 16 + digit;
        }
        Ok(value)
    }
}
