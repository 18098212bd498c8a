//! How items are laid out: clauses and steps on lines of their own, everything else on one line if it fits.

use crate::grammar::{Pair, Rule};

use super::Writer;
use super::doc::Doc;

impl<'t> Writer<'t> {
    /// All items, and the comments around them.
    pub(super) fn file(&mut self, items: Vec<Pair<'t>>) -> Doc {
        let mut docs = Vec::new();
        let mut before: Option<Rule> = None;
        for item in items {
            let start = item.as_span().start();
            let rule = item.as_rule();
            if let Some(before) = before {
                let blank = self.blank(start) || is_block(before) || is_block(rule);
                docs.push(Doc::hard(blank));
            }
            docs.push(self.lead(start));
            docs.push(self.item(item));
            before = Some(rule);
        }
        if before.is_none() {
            // Nothing but comments: the first begins the text.
            docs.extend(self.take_comment(self.text.len()).map(|c| Doc::text(c.text)));
        }
        docs.push(self.inside_end(self.text.len(), false));
        Doc::concat(docs)
    }

    fn item(&mut self, item: Pair<'t>) -> Doc {
        match item.as_rule() {
            Rule::rule_item | Rule::invariant_item => self.ruled(item),
            Rule::budget_item => self.budget(item),
            Rule::test_item => self.step(item),
            Rule::after_item => self.after(item),
            _ => self.node(item),
        }
    }

    /// A break before something that begins a line, with the comments that stand before it.
    fn fresh(&mut self, start: usize) -> Doc {
        let blank = self.blank(start);
        let lead = self.lead(start);
        Doc::concat(vec![Doc::hard(blank), lead])
    }

    /// A rule or an invariant: the name, the effect and each clause have a line.
    fn ruled(&mut self, item: Pair<'t>) -> Doc {
        let mut head = Vec::new();
        let mut body = Vec::new();
        for child in item.into_inner() {
            let rule = child.as_rule();
            let named = matches!(rule, Rule::k_rule | Rule::rule_name | Rule::k_invariant | Rule::name);
            if named {
                if !head.is_empty() {
                    head.push(Doc::text(" "));
                }
                head.push(self.node(child));
                continue;
            }
            // The effect's line: `observe deny a, b` or `never allow, hold a`.
            let goes_on = matches!(rule, Rule::effect | Rule::patterns) && !body.is_empty();
            if rule == Rule::comma {
                body.push(self.token(&child));
            } else if goes_on {
                body.push(Doc::text(" "));
                body.push(self.node(child));
            } else {
                body.push(self.fresh(child.as_span().start()));
                body.push(self.node(child));
            }
        }
        head.push(Doc::nest(body));
        Doc::concat(head)
    }

    /// A budget: each clause has a line, but for the window and the keys right behind the limit.
    fn budget(&mut self, item: Pair<'t>) -> Doc {
        let mut head = Vec::new();
        let mut body = Vec::new();
        let mut limits = false;
        for child in item.into_inner() {
            let rule = child.as_rule();
            if matches!(rule, Rule::k_budget | Rule::budget_name) {
                if !head.is_empty() {
                    head.push(Doc::text(" "));
                }
                head.push(self.node(child));
                continue;
            }
            let joins = limits && matches!(rule, Rule::every_clause | Rule::per_clause);
            body.push(if joins { Doc::text(" ") } else { self.fresh(child.as_span().start()) });
            body.push(self.node(child));
            limits = rule == Rule::limit_clause || joins;
        }
        head.push(Doc::nest(body));
        Doc::concat(head)
    }

    /// `after …`: on one line if it fits.
    fn after(&mut self, item: Pair<'t>) -> Doc {
        let mut head = Vec::new();
        let mut rest = Vec::new();
        for child in item.into_inner() {
            match child.as_rule() {
                Rule::k_after => head.push(self.node(child)),
                Rule::patterns => {
                    head.push(Doc::text(" "));
                    head.push(self.node(child));
                }
                _ => {
                    let start = child.as_span().start();
                    rest.push(Doc::space(false));
                    rest.push(self.lead(start));
                    rest.push(self.node(child));
                }
            }
        }
        head.push(Doc::nest(rest));
        Doc::group(head)
    }

    /// A test or a step: what it says, then its block if it has one.
    fn step(&mut self, step: Pair<'t>) -> Doc {
        if step.as_rule() == Rule::call_step {
            return self.call(step);
        }
        if !matches!(step.as_rule(), Rule::test_item | Rule::each_step) {
            return self.node(step);
        }
        let mut docs = Vec::new();
        for child in step.into_inner() {
            if !docs.is_empty() {
                docs.push(Doc::text(" "));
            }
            docs.push(if child.as_rule() == Rule::block { self.block(child) } else { self.node(child) });
        }
        Doc::concat(docs)
    }

    /// A call: what does not fit goes to a second line, unless the arguments alone are wide.
    fn call(&mut self, step: Pair<'t>) -> Doc {
        const WIDE: usize = 72;
        let mut head = Vec::new();
        let mut rest = Vec::new();
        let mut behind_record = false;
        for child in step.into_inner() {
            let record = child.as_rule() == Rule::record;
            if behind_record {
                let start = child.as_span().start();
                let line = if rest.is_empty() { Doc::nothing() } else { Doc::space(false) };
                let lead = self.lead(start);
                rest.extend([line, lead, self.node(child)]);
                continue;
            }
            if !head.is_empty() {
                head.push(Doc::text(" "));
            }
            head.push(self.node(child));
            behind_record = record;
        }
        let head = Doc::concat(head);
        if rest.is_empty() {
            return head;
        }
        if head.flat_width() > WIDE || head.breaks() {
            return Doc::concat(vec![head, Doc::text(" "), Doc::nest(vec![Doc::group(rest)])]);
        }
        Doc::group(vec![head, Doc::nest(vec![Doc::space(false), Doc::group(rest)])])
    }

    fn block(&mut self, block: Pair<'t>) -> Doc {
        let mut open = Doc::nothing();
        let mut body = Vec::new();
        let mut first = true;
        let mut close = None;
        for child in block.into_inner() {
            match child.as_rule() {
                Rule::lbrace => open = self.token(&child),
                Rule::rbrace => close = Some(child),
                _ => {
                    let start = child.as_span().start();
                    let blank = self.blank(start) && !first;
                    body.push(Doc::hard(blank));
                    body.push(self.lead(start));
                    body.push(self.step(child));
                    first = false;
                }
            }
        }
        let Some(close) = close else { return open };
        let last_words = self.inside_end(close.as_span().start(), first);
        let empty = first && !last_words.breaks() && !open.breaks();
        body.push(last_words);
        let end = if empty { Doc::nothing() } else { Doc::hard(false) };
        let close = self.token(&close);
        Doc::concat(vec![open, Doc::nest(body), end, close])
    }
}

/// Items that have an empty line around them.
fn is_block(rule: Rule) -> bool {
    matches!(rule, Rule::rule_item | Rule::budget_item | Rule::test_item | Rule::invariant_item)
}
