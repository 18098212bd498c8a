//! The decision tree of a policy as a graph: tool, tier, rule, condition.
//!
//! The graph says what the evaluator asks and in which order the answers count; it decides nothing. Conditions that
//! several rules share are one box. Boxes and edges come in a fixed order, and how many there are is bounded.

use std::collections::BTreeMap;

use petgraph::graph::{DiGraph, NodeIndex};
use policyc_compile::lower::question;
use policyc_runtime::policy::{Atom, Effect, Node, NodeId, Policy, RuleId, Site, ToolId};

/// How many boxes are drawn; a policy with more has to be looked at tool by tool.
pub const MAX_BOXES: usize = 3_000;
/// How deep a condition is followed.
const MAX_DEPTH: usize = 48;

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The policy or a tool.
    Tool,
    /// All rules of one effect.
    Tier(Effect),
    /// What happens if nothing applies.
    Default,
    /// A rule.
    Rule(Effect),
    /// `all of`, `one of`, `not`.
    Join,
    /// A question about values.
    Question,
}

/// A box.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What it is.
    pub kind: Kind,
    /// What stands in it, on one line.
    pub text: String,
}

/// The graph; edges carry what leads along them, and stand in the order in which they are asked.
pub type Tree = DiGraph<Shape, String>;

/// The tree is too large to draw.
#[derive(Debug)]
pub struct TooLarge;

/// The tree of one tool, or of all.
pub fn tree(policy: &Policy, tool: Option<ToolId>) -> Result<Tree, TooLarge> {
    let mut builder = Builder { policy, tree: Tree::new(), rules: BTreeMap::new(), conditions: BTreeMap::new() };
    match tool {
        Some(tool) => {
            builder.tool(tool)?;
        }
        None => {
            let root = builder.add(Kind::Tool, format!("policy {}", policy.name))?;
            for (id, _) in (0..).map(ToolId).zip(&policy.tools) {
                let child = builder.tool(id)?;
                builder.tree.add_edge(root, child, String::new());
            }
        }
    }
    Ok(builder.tree)
}

struct Builder<'p> {
    policy: &'p Policy,
    tree: Tree,
    rules: BTreeMap<RuleId, NodeIndex>,
    conditions: BTreeMap<NodeId, NodeIndex>,
}

impl Builder<'_> {
    fn add(&mut self, kind: Kind, text: String) -> Result<NodeIndex, TooLarge> {
        if self.tree.node_count() >= MAX_BOXES {
            return Err(TooLarge);
        }
        Ok(self.tree.add_node(Shape { kind, text }))
    }

    fn tool(&mut self, id: ToolId) -> Result<NodeIndex, TooLarge> {
        let policy = self.policy;
        let name = policy.tools.get(id.index()).map_or("", |t| policy.text(t.name));
        let root = self.add(Kind::Tool, name.to_owned())?;
        let (mut any_allow, mut any_tier) = (false, false);
        for effect in [Effect::Deny, Effect::Hold, Effect::Allow, Effect::Quarantine, Effect::Redact] {
            if effect == Effect::Quarantine {
                let text = if any_allow { "deny (default)" } else { "deny (default): no rule ever allows it" };
                let default = self.add(Kind::Default, text.to_owned())?;
                self.tree.add_edge(root, default, if any_tier { "else" } else { "" }.to_owned());
            }
            let rules: Vec<RuleId> = (0..)
                .map(RuleId)
                .zip(&policy.rules)
                .filter(|(_, rule)| rule.effect == effect)
                .filter(|(_, rule)| policy.tool_sets.get(rule.tools.index()).is_some_and(|set| set.has(id)))
                .map(|(id, _)| id)
                .collect();
            any_allow |= effect == Effect::Allow && !rules.is_empty();
            if rules.is_empty() {
                continue;
            }
            let order = if any_tier { "else" } else { "first" };
            any_tier = true;
            let (text, edge) = match effect {
                Effect::Deny => ("deny if any of", order),
                Effect::Hold => ("hold if any of", order),
                Effect::Allow => ("allow if any of", order),
                Effect::Quarantine => ("quarantine if any of", "its result"),
                Effect::Redact => ("redact if any of", "its result"),
            };
            let tier = self.add(Kind::Tier(effect), text.to_owned())?;
            self.tree.add_edge(root, tier, edge.to_owned());
            for rule in rules {
                let child = self.rule(rule)?;
                self.tree.add_edge(tier, child, String::new());
            }
        }
        Ok(root)
    }

    fn rule(&mut self, id: RuleId) -> Result<NodeIndex, TooLarge> {
        if let Some(at) = self.rules.get(&id) {
            return Ok(*at);
        }
        let Some(rule) = self.policy.rules.get(id.index()) else { return self.add(Kind::Join, "?".to_owned()) };
        let observe = if rule.observe { " (observes)" } else { "" };
        let at = self.add(Kind::Rule(rule.effect), format!("{}{observe}", self.policy.text(rule.name)))?;
        self.rules.insert(id, at);
        let condition = self.condition(id, rule.when, 0)?;
        self.tree.add_edge(at, condition, "when".to_owned());
        Ok(at)
    }

    fn condition(&mut self, rule: RuleId, id: NodeId, depth: usize) -> Result<NodeIndex, TooLarge> {
        if let Some(at) = self.conditions.get(&id) {
            return Ok(*at);
        }
        let node = self.policy.nodes.get(id.index());
        let (kind, text, children) = match node {
            Some(_) if depth >= MAX_DEPTH => (Kind::Join, "…".to_owned(), Vec::new()),
            Some(Node::True) => (Kind::Question, "always".to_owned(), Vec::new()),
            Some(Node::False) => (Kind::Question, "never".to_owned(), Vec::new()),
            Some(Node::Atom(atom, _)) => {
                let children = match self.policy.atoms.get(atom.index()) {
                    Some(Atom::Any { body, .. }) => vec![*body],
                    Some(_) | None => Vec::new(),
                };
                let text = self.written(rule, id).unwrap_or_else(|| question(self.policy, *atom));
                let text = if children.is_empty() { text } else { head(&text) };
                (Kind::Question, text, children)
            }
            Some(Node::Not(inner)) => match (self.policy.nodes.get(inner.index()), self.written(rule, id)) {
                (Some(Node::Atom(..)), Some(text)) => (Kind::Question, text, Vec::new()),
                (_, _) => (Kind::Join, "not".to_owned(), vec![*inner]),
            },
            Some(Node::And(all)) => (Kind::Join, "all of".to_owned(), all.to_vec()),
            Some(Node::Or(all)) => (Kind::Join, "one of".to_owned(), all.to_vec()),
            None => (Kind::Join, "?".to_owned(), Vec::new()),
        };
        let at = self.add(kind, text)?;
        self.conditions.insert(id, at);
        for child in children {
            let child = self.condition(rule, child, depth + 1)?;
            self.tree.add_edge(at, child, String::new());
        }
        Ok(at)
    }

    /// The condition as its writer wrote it, if that is one place and short.
    fn written(&self, rule: RuleId, node: NodeId) -> Option<String> {
        let key = |s: &Site| (s.rule, s.node);
        let first = self.policy.sites.partition_point(|s| key(s) < (rule, node));
        let site = self.policy.sites.get(first).filter(|s| key(s) == (rule, node))?;
        let file = self.policy.files.get(usize::try_from(site.place.file).ok()?)?;
        let range = usize::try_from(site.place.start).ok()?..usize::try_from(site.place.end).ok()?;
        let text = file.text.get(range)?.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty() && text.chars().count() <= 120).then_some(text)
    }
}

/// `any x in xs: …` without what is asked of each: that stands in the next box.
fn head(text: &str) -> String {
    match text.split_once(':') {
        Some((head, _)) if head.starts_with("any ") || head.starts_with("all ") => head.to_owned(),
        Some(_) | None => text.to_owned(),
    }
}
