//! What reading a command or a statement costs, beside other readers of shell and the bare SQL parser.
//!
//! Typical texts are those of the shared data that every peer reads. Each text is timed by itself, peers in turn, the
//! quietest of some rounds; the median over the texts counts. A peer only parses; policyc's readers also say what a
//! text does. Hostile texts are those of the readers' own test.

use std::hint::black_box;
use std::path::Path;

use policyc_facets::sql::Dialect;

use crate::{Best, Failure, ROUNDS, human};

#[path = "../../compiler/policyc-facets/tests/hostile/texts.rs"]
mod texts;

/// A reader by its name; it says whether it could read the text.
type Peer = (&'static str, Box<dyn FnMut(&str) -> bool>);

pub fn measure(shared: &Path) -> Result<(), Failure> {
    println!("| median of a text | texts | time | ratio |\n| --- | ---: | ---: | ---: |");
    for name in ["tldr", "nl2bash"] {
        compare(name, &texts_of(&shared.join(format!("data/shell/{name}.jsonl")), "cmd", "")?, shells()?);
    }
    compare("pg", &texts_of(&shared.join("data/sql/pg.jsonl"), "sql", "postgres")?, sqls());
    println!("\n| hostile texts | texts | slowest | its text |\n| --- | ---: | ---: | --- |");
    hostile("shell", &texts::shell(), |text| drop(black_box(policyc_facets::shell(text, Some("/work")))));
    hostile("sql (postgres)", &texts::sql(), |text| drop(black_box(policyc_facets::sql::sql(text, Dialect::Postgres))));
    hostile("sql (mysql)", &texts::sql(), |text| drop(black_box(policyc_facets::sql::sql(text, Dialect::MySql))));
    Ok(())
}

/// The texts of a file of the shared data, of one dialect if it names one.
fn texts_of(path: &Path, member: &str, dialect: &str) -> Result<Vec<String>, Failure> {
    let mut out = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let is_meant = dialect.is_empty() || row.get("dialect").and_then(|d| d.as_str()) == Some(dialect);
        out.extend(row.get(member).and_then(|text| text.as_str()).filter(|_| is_meant).map(str::to_owned));
    }
    Ok(out)
}

fn sqls() -> Vec<Peer> {
    vec![
        ("policyc", Box::new(|text| black_box(policyc_facets::sql::sql(text, Dialect::Postgres)).is_ok())),
        (
            "`sqlparser` alone",
            Box::new(|text| {
                let dialect = sqlparser::dialect::PostgreSqlDialect {};
                black_box(sqlparser::parser::Parser::parse_sql(&dialect, text)).is_ok()
            }),
        ),
    ]
}

#[cfg_attr(
    not(feature = "readers"),
    expect(clippy::unnecessary_wraps, reason = "setting up a peer may fail where there are peers")
)]
fn shells() -> Result<Vec<Peer>, Failure> {
    let own: Peer = ("policyc", Box::new(|text| black_box(policyc_facets::shell(text, Some("/work"))).is_ok()));
    #[cfg(not(feature = "readers"))]
    return Ok(vec![own]);
    #[cfg(feature = "readers")]
    {
        let options = brush_parser::ParserOptions::default();
        let brush = move |text: &str| {
            let mut parser = brush_parser::Parser::new(std::io::Cursor::new(text.as_bytes()), &options);
            black_box(parser.parse_program()).is_ok()
        };
        let mut tree_sitter = tree_sitter::Parser::new();
        tree_sitter.set_language(&tree_sitter_bash::LANGUAGE.into())?;
        let tree_sitter = move |text: &str| {
            let tree = black_box(tree_sitter.parse(text, None));
            tree.is_some_and(|tree| !tree.root_node().has_error())
        };
        Ok(vec![own, ("`brush-parser`", Box::new(brush)), ("`tree-sitter-bash`", Box::new(tree_sitter))])
    }
}

fn compare(name: &str, texts: &[String], mut peers: Vec<Peer>) {
    let read: Vec<&String> = texts.iter().filter(|text| peers.iter_mut().all(|(_, peer)| peer(text))).collect();
    let mut times = vec![Vec::with_capacity(read.len()); peers.len()];
    for text in &read {
        let mut best = vec![Best::NONE; peers.len()];
        for _ in 0..ROUNDS {
            for ((_, peer), best) in peers.iter_mut().zip(&mut best) {
                best.time(|| {
                    peer(text);
                });
            }
        }
        for (times, best) in times.iter_mut().zip(best) {
            times.push(best.nanos_each(1));
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    let unit = medians.last().copied().unwrap_or(1.0);
    let unit = if name == "pg" { unit } else { medians.get(1).copied().unwrap_or(unit) };
    for ((peer, _), median) in peers.iter().zip(medians) {
        println!("| {name}: {peer} | {} of {} | {} | {:.2} × |", read.len(), texts.len(), human(median), median / unit);
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

fn hostile(name: &str, texts: &[texts::Named], mut read: impl FnMut(&str)) {
    let mut times: Vec<(f64, &str)> = Vec::new();
    for (what, text) in texts {
        let mut best = Best::NONE;
        for _ in 0..3 {
            best.time(|| read(text));
        }
        times.push((best.nanos_each(1), what));
    }
    times.sort_by(|one, two| two.0.total_cmp(&one.0));
    for (nanos, what) in times.iter().take(5) {
        println!("| {name} | {} | {} | {} |", times.len(), human(*nanos), what.replace('|', "\\|"));
    }
}
