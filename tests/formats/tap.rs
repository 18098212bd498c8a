//! A reader of the Test Anything Protocol, version 14, without subtests.

/// One test point.
#[derive(Debug)]
pub struct Point {
    pub ok: bool,
    pub description: String,
    /// Why it was skipped.
    pub skip: Option<String>,
    /// The lines of its YAML block, without their indentation.
    pub block: Vec<String>,
}

/// Everything that the text says, or what is wrong with it.
pub fn read(text: &str) -> Result<Vec<Point>, String> {
    let mut lines = text.lines().peekable();
    if lines.next() != Some("TAP version 14") {
        return Err("no version".into());
    }
    let plan =
        lines.next().and_then(|l| l.strip_prefix("1..")).and_then(|n| n.parse::<usize>().ok()).ok_or("no plan")?;
    let mut points: Vec<Point> = Vec::new();
    while let Some(line) = lines.next() {
        if line == "  ---" {
            let point = points.last_mut().filter(|p| p.block.is_empty()).ok_or("a block without a point")?;
            loop {
                match lines.next().ok_or("an open block")? {
                    "  ..." => break,
                    inner => point.block.push(inner.strip_prefix("  ").ok_or("a block is indented")?.to_owned()),
                }
            }
            continue;
        }
        let (ok, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok ").ok_or_else(|| format!("neither ok nor not ok: {line:?}"))?),
        };
        let (number, rest) = rest.split_once(" - ").ok_or_else(|| format!("no description: {line:?}"))?;
        if number.parse() != Ok(points.len() + 1) {
            return Err(format!("{number} is not the next number"));
        }
        let (description, directive) = parts(rest);
        let skip = match directive.as_deref().map(str::trim) {
            None => None,
            Some(said) => match said.get(..4) {
                Some(word) if word.eq_ignore_ascii_case("skip") => Some(said[4..].trim().to_owned()),
                Some(word) if word.eq_ignore_ascii_case("todo") => None,
                Some(_) | None => return Err(format!("the directive {said:?}")),
            },
        };
        points.push(Point { ok, description, skip, block: Vec::new() });
    }
    if points.len() != plan {
        return Err(format!("{} points of {plan}", points.len()));
    }
    Ok(points)
}

/// The description, without its escapes, and what stands behind a `#` that is not escaped.
fn parts(text: &str) -> (String, Option<String>) {
    let (mut description, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => description.extend(chars.next()),
            '#' => return (description.trim_end().to_owned(), Some(chars.collect())),
            c => description.push(c),
        }
    }
    (description, None)
}
