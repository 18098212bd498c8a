//! The decision tree: tool, then effect, then the rules that can apply.
//!
//! Rules over one set of tools and of one effect are a group; a tool has the groups that hold it, so the tree is as
//! large as the source and never rules times tools. A small group is scanned. A larger one is filed by *access
//! tests*: one question of each rule that must hold for the rule to apply, put where the value at hand finds it. What
//! the tree yields is a superset of the rules that apply; the condition of each is evaluated all the same, so the tree
//! can be slow, never wrong.

mod access;
mod index;

use std::collections::BTreeMap;

use crate::eval::Evaluator;
use crate::policy::{Effect, Node, NodeId, Policy, RuleId, TermId, ToolId, ToolSetId};
use crate::verify::set_members;
use index::Index;

/// A group of at most so many rules is scanned.
const SCANNED: usize = 12;

/// Which rules are asked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// `deny` rules.
    Deny,
    /// `hold` rules.
    Hold,
    /// `allow` rules.
    Allow,
    /// `observe` rules over calls, of any effect.
    Observe,
    /// `quarantine` rules.
    Quarantine,
    /// `redact` rules.
    Redact,
    /// `observe` rules over results.
    ObserveResult,
}

const TIERS: usize = 7;

impl Tier {
    fn index(self) -> usize {
        match self {
            Self::Deny => 0,
            Self::Hold => 1,
            Self::Allow => 2,
            Self::Observe => 3,
            Self::Quarantine => 4,
            Self::Redact => 5,
            Self::ObserveResult => 6,
        }
    }

    fn of(effect: Effect, observe: bool) -> Self {
        match (effect, observe) {
            (Effect::Deny, false) => Self::Deny,
            (Effect::Hold, false) => Self::Hold,
            (Effect::Allow, false) => Self::Allow,
            (Effect::Quarantine, false) => Self::Quarantine,
            (Effect::Redact, false) => Self::Redact,
            (Effect::Deny | Effect::Hold | Effect::Allow, true) => Self::Observe,
            (Effect::Quarantine | Effect::Redact, true) => Self::ObserveResult,
        }
    }
}

/// The tree over all rules.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    groups: Vec<Group>,
    /// By tool and tier: indexes into `groups`.
    tools: Vec<[Box<[usize]>; TIERS]>,
    /// By rule: its condition. Beside each other they are quicker to reach than within the rules.
    whens: Vec<NodeId>,
    /// There are rules over results.
    screens: bool,
}

#[derive(Debug)]
enum Group {
    Scanned(Box<[Scanned]>),
    Filed(Box<Index>),
}

/// A rule of a small group.
#[derive(Clone, Copy, Debug)]
struct Scanned {
    rule: RuleId,
    /// An argument or label that its condition asks to be present: without it, there is nothing to evaluate.
    guard: Option<TermId>,
}

impl Tree {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut sets: BTreeMap<(ToolSetId, Tier), Vec<RuleId>> = BTreeMap::new();
        for (rule, id) in policy.rules.iter().zip(0_u32..) {
            // What can never apply needs no place.
            if !matches!(policy.nodes.get(rule.when.index()), Some(Node::False)) {
                sets.entry((rule.tools, Tier::of(rule.effect, rule.observe))).or_default().push(RuleId(id));
            }
        }
        let mut tree = Self { whens: policy.rules.iter().map(|r| r.when).collect(), ..Self::default() };
        let mut tools: Vec<[Vec<usize>; TIERS]> = Vec::new();
        tools.resize_with(policy.tools.len(), Default::default);
        let mut budget = index::Budget::new(policy);
        for ((set, tier), rules) in sets {
            tree.screens |= matches!(tier, Tier::Quarantine | Tier::Redact | Tier::ObserveResult);
            let group = tree.groups.len();
            let words = policy.tool_sets.get(set.index()).map_or(&[][..], |s| &s.0);
            for tool in set_members(words) {
                if let Some(list) = tools.get_mut(tool.index()).and_then(|t| t.get_mut(tier.index())) {
                    list.push(group);
                }
            }
            tree.groups.push(if rules.len() <= SCANNED {
                Group::Scanned(rules.iter().map(|rule| Scanned::new(policy, *rule)).collect())
            } else {
                Group::Filed(Box::new(Index::new(policy, &rules, &mut budget)))
            });
        }
        tree.tools = tools.into_iter().map(|tiers| tiers.map(Vec::into_boxed_slice)).collect();
        tree
    }

    /// Whether any rule is about results.
    pub(crate) fn screens(&self) -> bool {
        self.screens
    }

    fn groups(&self, tool: ToolId, tier: Tier) -> &[usize] {
        self.tools.get(tool.index()).and_then(|t| t.get(tier.index())).map_or(&[], |groups| groups)
    }
}

/// Adds the rules of a tier that apply to the call at hand, sorted by name.
pub(crate) fn applying(evaluator: &mut Evaluator<'_, '_>, tier: Tier, out: &mut Vec<RuleId>) {
    let tree = evaluator.loaded.tree();
    let from = out.len();
    for group in tree.groups(evaluator.subject.tool, tier) {
        match tree.groups.get(*group) {
            Some(Group::Scanned(rules)) => {
                for Scanned { rule, guard } in rules {
                    if !guard.is_some_and(|guard| evaluator.did_not_come(guard)) {
                        consider(evaluator, *rule, out);
                    }
                }
            }
            Some(Group::Filed(index)) => index.visit(evaluator, out),
            None => {}
        }
        if evaluator.exhausted() {
            return;
        }
    }
    if let Some(new) = out.get_mut(from..) {
        new.sort_unstable();
    }
}

/// All rules of a tier over a tool, for who looks at every one.
pub(crate) fn rules_of(policy: &Policy, tool: ToolId, tier: Tier) -> impl Iterator<Item = RuleId> + '_ {
    policy.rules.iter().zip(0_u32..).filter_map(move |(rule, id)| {
        let tools = policy.tool_sets.get(rule.tools.index())?;
        (Tier::of(rule.effect, rule.observe) == tier && tools.has(tool)).then_some(RuleId(id))
    })
}

impl Scanned {
    fn new(policy: &Policy, rule: RuleId) -> Self {
        let when = policy.rules.get(rule.index()).map(|r| r.when);
        let guards = when.map_or_else(Vec::new, |when| access::guards(policy, when));
        Self { rule, guard: guards.into_iter().find(|guard| access::argument(policy, *guard).is_some()) }
    }
}

fn consider(evaluator: &mut Evaluator<'_, '_>, rule: RuleId, out: &mut Vec<RuleId>) {
    let when = evaluator.loaded.tree().whens.get(rule.index()).copied();
    if when.is_some_and(|when| evaluator.node(when)) {
        out.push(rule);
    }
}
