//! One question and its answer as a sentence for people.

use std::collections::BTreeSet;

use super::Observed;
use super::justify::Settled;
use super::naming::{blame_term, show_const, show_term, term_name};
use crate::eval::Evaluator;
use crate::policy::{Atom, ConstId, Node, Pattern, Term, TermId};
use crate::verify::atom_terms;

/// What was found: `200 is more than 5`.
pub(super) fn sentence(evaluator: &mut Evaluator<'_, '_>, settled: Settled) -> String {
    let loaded = evaluator.loaded;
    let policy = loaded.policy();
    let Some(atom) = policy.atoms.get(settled.atom.index()) else { return String::new() };
    let truth = evaluator.atom(settled.atom);
    if truth.is_unknown() && !matches!(atom, Atom::Any { .. }) {
        return unknown(evaluator, atom);
    }
    let yes = truth.must();
    let pick = |if_so: &'static str, if_not: &'static str| if yes { if_so } else { if_not };
    let text = |id| policy.text(id);
    match atom {
        Atom::IsTrue(t) => format!("{} is {yes}", term_name(evaluator, *t)),
        Atom::Eq(a, b) => {
            let (a, b) = constant_last(evaluator, *a, *b);
            two(evaluator, a, pick("is", "is not"), b)
        }
        Atom::Lt(a, b) if is_constant(evaluator, *a) => two(evaluator, *b, pick("is more than", "is at most"), *a),
        Atom::Lt(a, b) => two(evaluator, *a, pick("is less than", "is at least"), *b),
        Atom::Le(a, b) if is_constant(evaluator, *a) => two(evaluator, *b, pick("is at least", "is less than"), *a),
        Atom::Le(a, b) => two(evaluator, *a, pick("is at most", "is more than"), *b),
        Atom::InConst(t, list) => one(evaluator, *t, pick("is one of", "is none of"), &members(evaluator, *list)),
        Atom::InWire(member, list, _) => two(evaluator, *list, pick("contains", "does not contain"), *member),
        Atom::Fits(t, pattern) => match policy.patterns.get(pattern.index()) {
            Some(Pattern::Glob(glob)) => {
                one(evaluator, *t, pick("fits", "does not fit"), &format!("`{}`", text(*glob)))
            }
            Some(Pattern::Regex(regex)) => {
                one(evaluator, *t, pick("matches", "does not match"), &format!("/{}/", text(*regex)))
            }
            None => String::new(),
        },
        Atom::StartsWith(a, b) => two(evaluator, *a, pick("begins with", "does not begin with"), *b),
        Atom::EndsWith(a, b) => two(evaluator, *a, pick("ends with", "does not end with"), *b),
        Atom::Contains(a, b) => two(evaluator, *a, pick("contains", "does not contain"), *b),
        Atom::WithinNet(t, list) => one(evaluator, *t, pick("is within", "is outside of"), &members(evaluator, *list)),
        Atom::WithinValue(a, b) | Atom::WithinPath(a, b) => two(evaluator, *a, pick("is within", "is outside of"), *b),
        Atom::Present(t) => format!("{} is {}", term_name(evaluator, *t), pick("present", "absent")),
        Atom::HasRole(role) => {
            let name = policy.roles.get(role.index()).map_or("?", |r| text(r.name));
            format!("the agent {} the role {name}", pick("has", "does not have"))
        }
        Atom::SessionHas(mark) => {
            let name = policy.marks.get(mark.index()).map_or("?", |m| text(*m));
            format!("the session {} the mark {name}", pick("has", "does not have"))
        }
        Atom::ValueHas(t, mark) => {
            let name = policy.marks.get(mark.index()).map_or("?", |m| text(*m));
            one(evaluator, *t, pick("carries the mark", "does not carry the mark"), name)
        }
        Atom::FromUser(t) => one(evaluator, *t, pick("stands", "does not stand"), "in a message of the user"),
        Atom::FromTools(t, tools) => {
            let tools = policy.tool_sets.get(tools.index()).map_or(&[][..], |s| &s.0);
            let names = crate::verify::set_members(tools).filter_map(|t| policy.tools.get(t.index()));
            let names: Vec<&str> = names.take(4).map(|t| text(t.name)).collect();
            let of = format!("in a result of {}", names.join(", "));
            one(evaluator, *t, pick("stands", "does not stand"), &of)
        }
        Atom::Any { list, body, .. } => {
            // `all` is no member for which it is not so.
            let all = settled.negated && matches!(policy.nodes.get(body.index()), Some(Node::Not(_)));
            let name = term_name(evaluator, *list);
            let list = evaluator.term(*list);
            match evaluator.members(&list) {
                None => format!("{name} is not known"),
                Some(_) if all && yes => format!("a member of {name} does not fit"),
                Some(_) if all => format!("every member of {name} fits"),
                Some(_) if yes => format!("a member of {name} fits"),
                Some(_) => format!("no member of {name} fits"),
            }
        }
    }
}

fn unknown(evaluator: &mut Evaluator<'_, '_>, atom: &Atom) -> String {
    let mut found = BTreeSet::new();
    for term in atom_terms(atom) {
        blame_term(evaluator, term, &mut found);
    }
    match found.first() {
        Some(u) => format!("{} is not known: {}", u.what, u.why),
        None => match atom_terms(atom).next() {
            Some(term) => format!("it is not known whether this is so of {}", term_name(evaluator, term)),
            None => "it is not known whether this is so".to_owned(),
        },
    }
}

fn is_constant(evaluator: &Evaluator<'_, '_>, term: TermId) -> bool {
    matches!(evaluator.loaded.policy().terms.get(term.index()), Some(Term::Const(_)))
}

fn constant_last(evaluator: &Evaluator<'_, '_>, a: TermId, b: TermId) -> (TermId, TermId) {
    if is_constant(evaluator, a) { (b, a) } else { (a, b) }
}

/// A value with its name, or a constant as it is written.
fn named(evaluator: &mut Evaluator<'_, '_>, term: TermId) -> String {
    let name = term_name(evaluator, term);
    if is_constant(evaluator, term) {
        return name;
    }
    match show_term(evaluator, term) {
        Some(value) => format!("{name} (`{value}`)"),
        None => name,
    }
}

fn one(evaluator: &mut Evaluator<'_, '_>, term: TermId, verb: &str, rest: &str) -> String {
    format!("{} {verb} {rest}", named(evaluator, term))
}

fn two(evaluator: &mut Evaluator<'_, '_>, a: TermId, verb: &str, b: TermId) -> String {
    format!("{} {verb} {}", named(evaluator, a), named(evaluator, b))
}

fn members(evaluator: &Evaluator<'_, '_>, list: ConstId) -> String {
    show_const(evaluator.loaded.policy(), list)
}

/// The values that a question speaks of; constants stand in the source.
pub(super) fn observed(evaluator: &mut Evaluator<'_, '_>, settled: Settled) -> Vec<Observed> {
    let loaded = evaluator.loaded;
    let mut seen = Vec::new();
    for term in loaded.policy().atoms.get(settled.atom.index()).into_iter().flat_map(atom_terms) {
        if is_constant(evaluator, term) {
            continue;
        }
        let why = evaluator.term(term).why().map(str::to_owned);
        let value = show_term(evaluator, term);
        seen.push(Observed { what: term_name(evaluator, term), value, why });
    }
    seen
}
