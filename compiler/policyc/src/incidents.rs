//! What went wrong with agents, sorted by what a decision before the call does about it: the page that
//! `explain std.incidents` shows and that stands in `docs/incidents.md`.
//!
//! There is no second list. An incident is a test in `stdlib/incidents`: its comment says what happened, what is not met
//! and where that is written down, its tags say the sort, its expectations name the rules. This file only reads them.

use policyc_diag::FileId;
use policyc_syntax::ast::{Expect, Item, ItemKind, Step, StepKind, Test};

/// The files in which the incidents stand, in the order of the page.
const FILES: [&str; 5] = [
    include_str!("../../../stdlib/incidents/commands.policy"),
    include_str!("../../../stdlib/incidents/leaks.policy"),
    include_str!("../../../stdlib/incidents/tools.policy"),
    include_str!("../../../stdlib/incidents/money.policy"),
    include_str!("../../../stdlib/incidents/words.policy"),
];

/// The name under which `explain` shows the page.
pub const NAME: &str = "std.incidents";

/// How much of an incident a decision before the call meets; of what is beyond it, what it is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Met,
    Partly,
    Words,
    Model,
    Host,
    People,
}

impl Sort {
    const ALL: [Self; 6] = [Self::Met, Self::Partly, Self::Words, Self::Model, Self::Host, Self::People];

    /// The tag that says it.
    fn tag(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::Words => "words",
            Self::Model => "model",
            Self::Host => "host",
            Self::People => "people",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Met => "Met by a rule",
            Self::Partly => "Met in part",
            Self::Words => "Beyond a decision before a call: wrong words",
            Self::Model => "Beyond a decision before a call: what a model wants",
            Self::Host => "Beyond a decision before a call: holes in hosts and servers",
            Self::People => "Beyond a decision before a call: people by themselves",
        }
    }
}

/// One incident, as its test tells it.
#[derive(Debug)]
struct Incident {
    title: String,
    sort: Sort,
    /// What happened.
    facts: String,
    /// The rules and refusals that meet it, as the test expects them.
    met_by: Vec<String>,
    /// What is not met, or why nothing is.
    not_met: Option<String>,
    source: String,
}

/// The page, in Markdown.
pub fn page() -> String {
    let all = incidents();
    let of = |sort: Sort| all.iter().filter(move |i| i.sort == sort);
    let mut out = String::from("# Incidents\n\n");
    out.push_str(&format!(
        "{} times that something went wrong with an agent, or that somebody showed how it would, and what a decision \
         before the call does about each. The list is made from the tests in `stdlib/incidents`, which run with all \
         others; the house in which they are tried stands beside them in `house.policy`. It allows what no rule speaks \
         of, so that the rule that meets an incident is seen. A policy that denies by default meets more, and one that \
         nobody asks meets nothing.\n\n| | incidents |\n| --- | --- |\n",
        all.len()
    ));
    for sort in Sort::ALL {
        out.push_str(&format!("| {} | {} |\n", sort.heading(), of(sort).count()));
    }
    for sort in Sort::ALL {
        out.push_str(&format!("\n## {}\n", sort.heading()));
        for incident in of(sort) {
            out.push_str(&format!("\n### {}\n\n{}\n\n", incident.title, incident.facts));
            if !incident.met_by.is_empty() {
                out.push_str(&format!("* met by {}\n", incident.met_by.join(", ")));
            }
            if let Some(not_met) = &incident.not_met {
                out.push_str(&format!("* not met: {not_met}\n"));
            }
            out.push_str(&format!("* source: <{}>\n", incident.source));
        }
    }
    out
}

/// All incidents, as they stand in the files.
fn incidents() -> Vec<Incident> {
    let trees = FILES.iter().map(|text| policyc_syntax::parse(FileId(0), text).0);
    trees.flat_map(|tree| tree.items).filter_map(|item| incident(&item)).collect()
}

/// An item as an incident; none if it is no test that carries a sort.
fn incident(item: &Item) -> Option<Incident> {
    let ItemKind::Test(test) = &item.kind else { return None };
    let sort = Sort::ALL.into_iter().find(|sort| test.tags.iter().any(|tag| tag.value == sort.tag()))?;
    let (mut facts, mut not_met, mut source) = (Vec::new(), None, String::new());
    for paragraph in item.doc.as_deref().unwrap_or("").split("\n\n") {
        let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(rest) = text.strip_prefix("Not met: ") {
            not_met = Some(rest.trim_end_matches('.').to_owned());
        } else if let Some(rest) = text.strip_prefix("Source: ") {
            rest.clone_into(&mut source);
        } else {
            facts.push(text);
        }
    }
    Some(Incident {
        title: test.name.value.clone(),
        sort,
        facts: facts.join("\n\n"),
        met_by: met_by(test),
        not_met: not_met.or_else(|| test.skip.as_ref().map(|why| why.value.clone())),
        source,
    })
}

/// What the test expects to refuse or hold a call, each named once.
fn met_by(test: &Test) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting: Vec<&[Step]> = vec![&test.steps];
    while let Some(steps) = waiting.pop() {
        for step in steps {
            match &step.kind {
                StepKind::Each { steps, .. } => waiting.push(steps),
                StepKind::Expect(Expect::Decision { verdict, by, code, .. }) if verdict.text != "allow" => {
                    // That it was some rule says nothing.
                    let code = code.iter().filter(|code| code.text != "rule");
                    let names = by.iter().chain(code).map(|name| format!("`{}`", name.text));
                    for name in names {
                        if !found.contains(&name) {
                            found.push(name);
                        }
                    }
                }
                StepKind::Expect(_)
                | StepKind::Given(_)
                | StepKind::User(_)
                | StepKind::At(_)
                | StepKind::Wait(_)
                | StepKind::Call(_)
                | StepKind::Result { .. }
                | StepKind::Approve { .. } => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_one_in_the_docs() {
        let written = include_str!("../../../docs/incidents.md");
        let stale = "docs/incidents.md is stale: policyc explain std.incidents --format plain > docs/incidents.md";
        assert!(page() == written, "{stale}");
    }

    #[test]
    fn what_is_not_met_is_said_as_plainly_as_what_is() {
        for incident in incidents() {
            let title = &incident.title;
            assert!(!incident.facts.is_empty() && incident.source.starts_with("https://"), "{title}");
            match incident.sort {
                Sort::Met => assert!(!incident.met_by.is_empty() && incident.not_met.is_none(), "{title}"),
                Sort::Partly => assert!(!incident.met_by.is_empty() && incident.not_met.is_some(), "{title}"),
                Sort::Words | Sort::Model | Sort::Host | Sort::People => {
                    assert!(incident.met_by.is_empty() && incident.not_met.is_some(), "{title}")
                }
            }
        }
    }
}
