//! The decision tree: tool, then the rules that can apply, then effect by effect their conditions.
//!
//! Rules over one set of tools are a group; a tool has the groups that hold it, so the tree is as large as the source
//! and never rules times tools. A small group is scanned. A larger one is filed by *access tests*: one question of each
//! rule that must hold for the rule to apply, put where the value at hand finds it. Each value is looked up once for
//! all effects; the candidates are then evaluated effect by effect, the strongest first. They are a superset of the
//! rules that apply, and the condition of each is evaluated all the same, except where it is the test and no more.

mod access;
mod filing;
mod index;

use std::collections::BTreeMap;

use crate::eval::Evaluator;
use crate::policy::{Effect, Node, NodeId, Policy, RuleId, TermId, ToolId, ToolSetId};
use crate::verify::set_members;
use index::{Index, Span, Stores};

/// A group of at most so many rules is scanned.
const SCANNED: usize = 4;

/// Which rules are evaluated together.
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

/// How many tiers there are.
pub(crate) const TIERS: usize = 7;
/// How many families there are.
pub(crate) const FAMILIES: usize = 2;

/// Which rules are looked up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Calls,
    Results,
}

impl Family {
    fn index(self) -> usize {
        match self {
            Self::Calls => 0,
            Self::Results => 1,
        }
    }
}

impl Tier {
    const ALL: [Self; TIERS] =
        [Self::Deny, Self::Hold, Self::Allow, Self::Observe, Self::Quarantine, Self::Redact, Self::ObserveResult];

    fn family(self) -> Family {
        match self {
            Self::Deny | Self::Hold | Self::Allow | Self::Observe => Family::Calls,
            Self::Quarantine | Self::Redact | Self::ObserveResult => Family::Results,
        }
    }

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
    /// By tool and family: which of `held` are its groups.
    tools: Vec<[Span; FAMILIES]>,
    held: Vec<u32>,
    scanned: Vec<Scanned>,
    stores: Stores,
    /// There are rules over results.
    screens: bool,
}

#[derive(Clone, Copy, Debug)]
enum Group {
    /// In `Tree::scanned`.
    Scanned(Span),
    Filed(Index),
}

/// A rule that may apply, with what is asked of it next: so that nobody has to go to the rule for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    rule: RuleId,
    when: NodeId,
    tier: Tier,
    /// Who passes the test behind which it stands has met its condition.
    settled: bool,
}

impl Entry {
    fn new(policy: &Policy, rule: RuleId) -> Self {
        match policy.rules.get(rule.index()) {
            Some(found) => Self { rule, when: found.when, tier: Tier::of(found.effect, found.observe), settled: false },
            // A rule that is not there has no condition either, and so never applies.
            None => Self { rule, when: NodeId(u32::MAX), tier: Tier::Deny, settled: false },
        }
    }
}

/// A rule of a small group.
#[derive(Clone, Copy, Debug)]
struct Scanned {
    entry: Entry,
    /// An argument or label that its condition asks to be present: without it, there is nothing to evaluate.
    guard: Option<TermId>,
}

impl Tree {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut tree = Self::default();
        let mut sets: BTreeMap<(ToolSetId, Family), Vec<RuleId>> = BTreeMap::new();
        for (rule, id) in policy.rules.iter().zip(0_u32..) {
            let tier = Tier::of(rule.effect, rule.observe);
            tree.screens |= tier.family() == Family::Results;
            // What can never apply needs no place.
            if !matches!(policy.nodes.get(rule.when.index()), Some(Node::False)) {
                sets.entry((rule.tools, tier.family())).or_default().push(RuleId(id));
            }
        }
        let mut tools: Vec<[Vec<u32>; FAMILIES]> = Vec::new();
        tools.resize_with(policy.tools.len(), Default::default);
        let mut budget = filing::Budget::new(policy);
        for ((group, (set, family)), rules) in (0_u32..).zip(sets.keys()).zip(sets.values()) {
            let words = policy.tool_sets.get(set.index()).map_or(&[][..], |s| &s.0);
            for tool in set_members(words) {
                if let Some(list) = tools.get_mut(tool.index()).and_then(|t| t.get_mut(family.index())) {
                    list.push(group);
                }
            }
            tree.groups.push(if rules.len() <= SCANNED {
                let rules = rules.iter().map(|rule| Scanned::new(policy, *rule));
                Group::Scanned(filing::span_of(&mut tree.scanned, rules))
            } else {
                Group::Filed(filing::file(policy, rules, &mut budget, &mut tree.stores))
            });
        }
        tree.tools =
            tools.into_iter().map(|families| families.map(|held| filing::span_of(&mut tree.held, held))).collect();
        tree
    }

    /// Whether any rule is about results.
    pub(crate) fn screens(&self) -> bool {
        self.screens
    }

    fn groups(&self, tool: ToolId, family: Family) -> impl Iterator<Item = Group> {
        let held = self.tools.get(tool.index()).and_then(|t| t.get(family.index())).copied().unwrap_or_default();
        let group = |number: &u32| usize::try_from(*number).ok().and_then(|number| self.groups.get(number).copied());
        held.of(&self.held).iter().filter_map(group)
    }
}

/// Adds the rules of a tier that apply to the call at hand, sorted by name.
pub(crate) fn applying(evaluator: &mut Evaluator<'_, '_>, tier: Tier, out: &mut Vec<RuleId>) {
    collect(evaluator, tier.family());
    let Some(bucket) = evaluator.scratch.candidates.get_mut(tier.index()) else { return };
    let candidates = std::mem::take(bucket);
    let from = out.len();
    for candidate in &candidates {
        if candidate.settled || evaluator.node(candidate.when) {
            out.push(candidate.rule);
        }
    }
    if let Some(new) = out.get_mut(from..) {
        new.sort_unstable();
    }
    // Several gates may have led to one rule.
    out.dedup();
    if let Some(bucket) = evaluator.scratch.candidates.get_mut(tier.index()) {
        *bucket = candidates;
    }
}

/// Looks up the candidates of all tiers of a family, once a call.
fn collect(evaluator: &mut Evaluator<'_, '_>, family: Family) {
    let tree = evaluator.loaded.tree();
    let begin = evaluator.begin;
    match evaluator.scratch.collected.get_mut(family.index()) {
        Some(collected) if *collected < begin => *collected = begin,
        Some(_) | None => return,
    }
    for tier in Tier::ALL.into_iter().filter(|t| t.family() == family) {
        if let Some(bucket) = evaluator.scratch.candidates.get_mut(tier.index()) {
            bucket.clear();
        }
    }
    for group in tree.groups(evaluator.subject.tool, family) {
        if let Group::Filed(index) = group {
            tree.stores.reach(index);
        }
    }
    for group in tree.groups(evaluator.subject.tool, family) {
        match group {
            Group::Scanned(rules) => {
                for Scanned { entry, guard } in rules.of(&tree.scanned) {
                    if !guard.is_some_and(|guard| evaluator.did_not_come(guard)) {
                        candidate(evaluator, *entry);
                    }
                }
            }
            Group::Filed(index) => tree.stores.visit(index, evaluator),
        }
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
        Self {
            entry: Entry::new(policy, rule),
            guard: guards.into_iter().find(|guard| access::argument(policy, *guard).is_some()),
        }
    }
}

fn candidate(evaluator: &mut Evaluator<'_, '_>, entry: Entry) {
    if let Some(bucket) = evaluator.scratch.candidates.get_mut(entry.tier.index()) {
        bucket.push(entry);
    }
}
