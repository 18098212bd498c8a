//! How expressions are laid out: long chains of `and` and `or` break one operand a line, bodies of quantifiers go to
//! the next line, brackets open up.

use crate::grammar::{Pair, Rule};

use super::Writer;
use super::doc::Doc;

impl<'t> Writer<'t> {
    /// A flat run of operands and operators.
    pub(super) fn expr(&mut self, pair: Pair<'t>) -> Doc {
        let parts: Vec<Pair<'t>> = pair.into_inner().collect();
        self.chain(parts, &[Rule::k_or, Rule::k_and])
    }

    /// A chain of the first of these operators that occurs; its operands are chains of the others.
    fn chain(&mut self, parts: Vec<Pair<'t>>, operators: &[Rule]) -> Doc {
        let Some((operator, below)) = operators.split_first() else { return self.run(parts) };
        let mut operands: Vec<Vec<Pair<'t>>> = vec![Vec::new()];
        let mut signs = Vec::new();
        for part in parts {
            if is_operator(&part, *operator) {
                signs.push(part);
                operands.push(Vec::new());
            } else if let Some(operand) = operands.last_mut() {
                operand.push(part);
            }
        }
        if signs.is_empty() {
            return self.chain(operands.pop().unwrap_or_default(), below);
        }
        let mut operands = operands.into_iter();
        let first = self.chain(operands.next().unwrap_or_default(), below);
        let mut rest = Vec::new();
        for (sign, operand) in signs.into_iter().zip(operands) {
            let start = sign.as_span().start();
            rest.push(Doc::space(false));
            rest.push(self.lead(start));
            rest.push(self.node(sign));
            rest.push(Doc::text(" "));
            rest.push(self.chain(operand, below));
        }
        Doc::group(vec![first, Doc::nest(rest)])
    }

    /// Operands and operators that stay together.
    fn run(&mut self, parts: Vec<Pair<'t>>) -> Doc {
        let mut docs = Vec::new();
        let mut sticks = true;
        for part in parts {
            let rule = part.as_rule();
            let minus = rule == Rule::prefix && part.as_str().starts_with('-');
            if !sticks && !matches!(rule, Rule::member | Rule::index | Rule::call_args) {
                docs.push(Doc::text(" "));
            }
            docs.push(self.node(part));
            sticks = minus;
        }
        Doc::concat(docs)
    }

    /// `any x in xs: body`
    pub(super) fn quantified(&mut self, pair: Pair<'t>) -> Doc {
        let mut docs = Vec::new();
        let mut children = pair.into_inner();
        for child in children.by_ref() {
            let colon = child.as_rule() == Rule::colon;
            if !colon && !docs.is_empty() {
                docs.push(Doc::text(" "));
            }
            docs.push(self.node(child));
            if colon {
                break;
            }
        }
        if let Some(body) = children.next() {
            let start = body.as_span().start();
            let lead = self.lead(start);
            let body = self.node(body);
            docs.push(Doc::nest(vec![Doc::space(false), lead, body]));
        }
        Doc::group(docs)
    }

    /// `( … )`
    pub(super) fn paren(&mut self, pair: Pair<'t>) -> Doc {
        let mut children = pair.into_inner();
        let (Some(open), Some(inner), Some(close)) = (children.next(), children.next(), children.next()) else {
            return Doc::nothing();
        };
        let open = self.token(&open);
        let start = inner.as_span().start();
        let lead = self.lead(start);
        let inner = self.node(inner);
        let last_words = self.inside_end(close.as_span().start(), false);
        let close = self.token(&close);
        Doc::group(vec![open, Doc::nest(vec![Doc::soft(false), lead, inner, last_words]), Doc::soft(false), close])
    }
}

fn is_operator(part: &Pair<'_>, operator: Rule) -> bool {
    part.as_rule() == Rule::infix && part.clone().into_inner().next().is_some_and(|p| p.as_rule() == operator)
}
