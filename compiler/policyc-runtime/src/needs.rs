//! What every call must bring because something in the policy asks for it.
//!
//! A rule that asks for the session, the time or the agent's id must not be decided on a call that does not say; such
//! a call is refused. Only what rules, budgets and `after` items reach counts, not what merely stands in the tables.

use crate::policy::{Atom, AtomId, BudgetKey, Node, NodeId, Policy, TemplateId, TemplatePart, Term, TermId, Window};
use crate::schema::{Need, Needs};
use crate::verify::{atom_terms, term_children};

pub(crate) fn of(policy: &Policy) -> Needs {
    let mut walk = Walk {
        policy,
        need: Need::default(),
        nodes: vec![false; policy.nodes.len()],
        terms: vec![false; policy.terms.len()],
        todo: Vec::new(),
    };
    for rule in &policy.rules {
        walk.todo.push(rule.when);
        rule.because.iter().for_each(|t| walk.template(*t));
        // Without a time nobody could say when it is too late to approve.
        walk.need.time |= rule.expires.is_some();
    }
    for after in &policy.afters {
        // What a result leaves behind is remembered by session.
        walk.need.session = true;
        walk.todo.push(after.when);
    }
    for budget in &policy.budgets {
        for key in &budget.per {
            match key {
                BudgetKey::Agent => walk.need.agent = true,
                BudgetKey::Session => walk.need.session = true,
                BudgetKey::Task => walk.need.task = true,
                BudgetKey::Tenant => walk.need.tenant = true,
                // Always there; the schema sees to labels and attributes.
                BudgetKey::Tool | BudgetKey::Call | BudgetKey::Label(_) | BudgetKey::Attr(_) => {}
            }
        }
        walk.need.time |= match budget.window {
            Window::Lifetime => false,
            Window::Sliding(_) | Window::Calendar(_) => true,
        };
        for charge in &budget.charges {
            walk.todo.extend([charge.when, charge.surely]);
            walk.term(charge.amount);
            charge.settle.iter().for_each(|t| walk.term(*t));
        }
        budget.because.iter().for_each(|t| walk.template(*t));
    }
    walk.run();
    let mut needs = Needs::new(policy);
    needs.always = walk.need;
    needs
}

struct Walk<'p> {
    policy: &'p Policy,
    need: Need,
    nodes: Vec<bool>,
    terms: Vec<bool>,
    todo: Vec<NodeId>,
}

/// Whether this is the first time that an entry is seen.
fn first(seen: &mut [bool], index: usize) -> bool {
    seen.get_mut(index).is_some_and(|seen| !std::mem::replace(seen, true))
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some(node) = self.todo.pop() {
            if !first(&mut self.nodes, node.index()) {
                continue;
            }
            match self.policy.nodes.get(node.index()) {
                Some(Node::Atom(atom, _)) => self.atom(*atom),
                Some(Node::Not(child)) => self.todo.push(*child),
                Some(Node::And(children) | Node::Or(children)) => self.todo.extend(children.iter()),
                Some(Node::True | Node::False) | None => {}
            }
        }
    }

    fn template(&mut self, id: TemplateId) {
        let parts = self.policy.templates.get(id.index()).into_iter().flat_map(|t| &t.0);
        for part in parts {
            match part {
                TemplatePart::Value(term) => self.term(*term),
                TemplatePart::Text(_) => {}
            }
        }
    }

    fn atom(&mut self, id: AtomId) {
        let Some(atom) = self.policy.atoms.get(id.index()) else { return };
        self.need.session |= match atom {
            Atom::SessionHas(_) | Atom::ValueHas(..) | Atom::FromUser(_) | Atom::FromTools(..) => true,
            Atom::Any { body, .. } => {
                self.todo.push(*body);
                false
            }
            Atom::IsTrue(_) | Atom::Eq(..) | Atom::Lt(..) | Atom::Le(..) | Atom::InConst(..) => false,
            Atom::InWire(..) | Atom::Fits(..) | Atom::StartsWith(..) | Atom::EndsWith(..) => false,
            Atom::Contains(..) | Atom::WithinNet(..) | Atom::WithinValue(..) | Atom::WithinPath(..) => false,
            Atom::Present(_) | Atom::HasRole(_) => false,
        };
        atom_terms(atom).for_each(|term| self.term(term));
    }

    /// A value and what it is made of. Each is seen once, and values nest as deep as `verify` allows.
    fn term(&mut self, id: TermId) {
        if !first(&mut self.terms, id.index()) {
            return;
        }
        let Some(term) = self.policy.terms.get(id.index()) else { return };
        self.need.session |= matches!(term, Term::SessionId | Term::SessionAge);
        self.need.time |= matches!(term, Term::SessionAge | Term::Time);
        self.need.agent |= matches!(term, Term::AgentId);
        self.need.tenant |= matches!(term, Term::AgentTenant);
        self.need.task |= matches!(term, Term::Task);
        term_children(term).for_each(|child| self.term(child));
    }
}
