//! Expressions: precedence, from the flat run of operands and operators that the grammar reads.
//!
//! Levels, weakest first: `or`, `and`, `not`, comparisons (which do not chain), `+ -`, `*`, unary `-`, postfix.
//! The depth of every tree is counted while it is built, so that whoever walks it may recurse.

use std::iter::Peekable;

use policyc_diag::{Diagnostic, Span, code};

use crate::ast::{BinaryOp, Expr, ExprKind, Name, Origin, UnaryOp};
use crate::build::{Builder, first};
use crate::grammar::{Pair, Rule};
use crate::literals;

/// No tree of an expression is deeper than this.
pub const MAX_DEPTH: u32 = 256;

/// Chains of `and` and `or` with more operands are built balanced instead of leaning to the left.
const LEANING_CHAIN: usize = 64;

type Parts<'i> = Peekable<pest::iterators::Pairs<'i, Rule>>;

/// An expression with the depth of its tree.
struct Built {
    expr: Expr,
    depth: u32,
}

/// A binary operator where it was written.
struct Operator {
    op: BinaryOp,
    span: Span,
}

impl Builder {
    /// An expression.
    pub fn expr(&mut self, pair: Pair<'_>) -> Option<Expr> {
        self.built(pair).map(|b| b.expr)
    }

    fn built(&mut self, pair: Pair<'_>) -> Option<Built> {
        let mut parts = pair.into_inner().peekable();
        let built = self.or(&mut parts)?;
        parts.next().is_none().then_some(built)
    }

    fn grow(&mut self, kind: ExprKind, span: Span, below: u32) -> Option<Built> {
        let depth = below + 1;
        if depth > MAX_DEPTH {
            let message = format!("this expression is more than {MAX_DEPTH} steps deep");
            self.say(Diagnostic::new(&code::TOO_DEEP, span, message).help("give parts of it names with `let` or `fn`"));
            return None;
        }
        Some(Built { expr: Expr { kind, span }, depth })
    }

    fn binary(&mut self, op: &Operator, left: Built, right: Built) -> Option<Built> {
        let span = left.expr.span.to(right.expr.span);
        let depth = left.depth.max(right.depth);
        self.grow(ExprKind::Binary(op.op, op.span, Box::new(left.expr), Box::new(right.expr)), span, depth)
    }

    fn or(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        self.chain(parts, BinaryOp::Or, Self::and)
    }

    fn and(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        self.chain(parts, BinaryOp::And, Self::not)
    }

    fn chain(
        &mut self,
        parts: &mut Parts<'_>,
        op: BinaryOp,
        below: fn(&mut Self, &mut Parts<'_>) -> Option<Built>,
    ) -> Option<Built> {
        let mut operands = vec![below(self, parts)?];
        let mut operators = Vec::new();
        while peek_op(parts) == Some(op) {
            operators.push(self.operator(parts)?);
            operands.push(below(self, parts)?);
        }
        if operands.len() > LEANING_CHAIN {
            return self.balanced(&mut operands.into_iter(), &mut operators.into_iter());
        }
        let mut operands = operands.into_iter();
        let mut left = operands.next()?;
        for (op, right) in operators.iter().zip(operands) {
            left = self.binary(op, left, right)?;
        }
        Some(left)
    }

    /// A long chain as a balanced tree: `and` and `or` are associative, and the tree stays shallow.
    fn balanced(
        &mut self,
        operands: &mut std::vec::IntoIter<Built>,
        operators: &mut std::vec::IntoIter<Operator>,
    ) -> Option<Built> {
        fn take(
            builder: &mut Builder,
            count: usize,
            operands: &mut std::vec::IntoIter<Built>,
            operators: &mut std::vec::IntoIter<Operator>,
        ) -> Option<Built> {
            if count <= 1 {
                return operands.next();
            }
            let left = take(builder, count / 2, operands, operators)?;
            let op = operators.next()?;
            let right = take(builder, count - count / 2, operands, operators)?;
            builder.binary(&op, left, right)
        }
        take(self, operands.len(), operands, operators)
    }

    fn not(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        let mut starts = Vec::new();
        while let Some(prefix) = parts.next_if(is_not) {
            self.check_prefix(&prefix);
            starts.push(self.span(&prefix));
        }
        let mut built = self.comparison(parts)?;
        while let Some(start) = starts.pop() {
            let span = start.to(built.expr.span);
            built = self.grow(ExprKind::Unary(UnaryOp::Not, Box::new(built.expr)), span, built.depth)?;
        }
        Some(built)
    }

    /// One comparison or none. A second one is refused, read, and left out of the tree, so that nobody complains about
    /// its type too.
    fn comparison(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        let mut left = self.sum(parts)?;
        let mut seen: Option<(Span, String)> = None;
        loop {
            let Some(next) = parts.peek() else { return Some(left) };
            let asks = matches!(next.as_rule(), Rule::present | Rule::has_mark | Rule::from_origin);
            let compares = peek_op(parts).is_some_and(is_comparison);
            if !asks && !compares {
                return Some(left);
            }
            let start = left.expr.span;
            let next = parts.peek()?.clone();
            let here = self.span(&next);
            if let Some((first, middle)) = &seen {
                self.say(chained(*first, here, middle, left.expr.span.after(), compares));
                if compares {
                    self.operator(parts)?;
                    self.sum(parts)?;
                } else {
                    parts.next();
                }
                continue;
            }
            if compares {
                let op = self.operator(parts)?;
                let right = self.sum(parts)?;
                let is_first = seen.is_none();
                seen = Some((op.span, text_of(&right.expr)));
                // A comparison of a comparison would be a second message about the same mistake.
                if is_first {
                    left = self.binary(&op, left, right)?;
                }
            } else {
                parts.next();
                seen = Some((here, String::new()));
                let depth = left.depth;
                let kind = self.question(next, left.expr)?;
                left = self.grow(kind, start.to(here), depth)?;
            }
        }
    }

    fn question(&mut self, pair: Pair<'_>, of: Expr) -> Option<ExprKind> {
        let of = Box::new(of);
        let rule = pair.as_rule();
        if rule == Rule::present {
            return Some(ExprKind::Present(of, pair.into_inner().any(|p| p.as_rule() == Rule::k_not)));
        }
        if rule == Rule::has_mark {
            let mark = pair.into_inner().find(|p| p.as_rule() == Rule::path)?;
            return Some(ExprKind::Has(of, self.name(&mark)));
        }
        let origin = pair.into_inner().find(|p| p.as_rule() != Rule::k_from)?;
        if origin.as_rule() == Rule::origin_user {
            return Some(ExprKind::From(of, Origin::User(self.span(&origin))));
        }
        let patterns =
            if origin.as_rule() == Rule::pattern_set { self.patterns(origin)? } else { vec![self.pattern(origin)?] };
        Some(ExprKind::From(of, Origin::Tools(patterns)))
    }

    fn sum(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        let mut left = self.product(parts)?;
        while matches!(peek_op(parts), Some(BinaryOp::Add | BinaryOp::Sub)) {
            let op = self.operator(parts)?;
            let right = self.product(parts)?;
            left = self.binary(&op, left, right)?;
        }
        Some(left)
    }

    fn product(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        let mut left = self.unary(parts)?;
        while peek_op(parts) == Some(BinaryOp::Mul) {
            let op = self.operator(parts)?;
            let right = self.unary(parts)?;
            left = self.binary(&op, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        if let Some(not) = parts.peek().filter(|p| is_not(p)).map(|p| self.span(p)) {
            let built = self.not(parts)?;
            let whole = not.to(built.expr.span);
            let mut said =
                Diagnostic::new(&code::SYNTAX, not, "`not` cannot stand behind an operator without parentheses")
                    .help("put parentheses around what is negated");
            said.fixes.push(policyc_diag::Fix {
                title: "put it in parentheses".to_owned(),
                edits: vec![
                    policyc_diag::Edit { span: Span { end: whole.start, ..whole }, text: "(".to_owned() },
                    policyc_diag::Edit { span: whole.after(), text: ")".to_owned() },
                ],
                safe: false,
            });
            self.say(said);
            return Some(built);
        }
        let mut starts = Vec::new();
        while let Some(minus) = parts.next_if(|p| p.as_rule() == Rule::prefix && !is_not(p)) {
            starts.push(self.span(&minus));
        }
        let mut built = self.postfixed(parts)?;
        while let Some(start) = starts.pop() {
            let span = start.to(built.expr.span);
            built = self.grow(ExprKind::Unary(UnaryOp::Neg, Box::new(built.expr)), span, built.depth)?;
        }
        Some(built)
    }

    fn postfixed(&mut self, parts: &mut Parts<'_>) -> Option<Built> {
        let mut built = self.primary(parts.next()?)?;
        while let Some(pair) = parts.next_if(|p| matches!(p.as_rule(), Rule::member | Rule::index | Rule::call_args)) {
            let span = built.expr.span.to(self.span(&pair));
            let of = Box::new(built.expr);
            let (kind, depth) = match pair.as_rule() {
                Rule::member => {
                    let word = pair.into_inner().find(|p| p.as_rule() == Rule::word)?;
                    (ExprKind::Field(of, self.name(&word)), built.depth)
                }
                Rule::index => {
                    let (mut indices, depth) = self.members(pair)?;
                    (ExprKind::Index(of, Box::new(indices.pop()?)), depth.max(built.depth))
                }
                _ => {
                    let (args, depth) = self.members(pair)?;
                    (ExprKind::Call(of, args), depth.max(built.depth))
                }
            };
            built = self.grow(kind, span, depth)?;
        }
        Some(built)
    }

    /// All expressions that are children of a node, and the depth of the deepest.
    fn members(&mut self, pair: Pair<'_>) -> Option<(Vec<Expr>, u32)> {
        let mut items = Vec::new();
        let mut deepest = 0;
        for inner in pair.into_inner().filter(|p| p.as_rule() == Rule::expr) {
            let built = self.built(inner)?;
            deepest = deepest.max(built.depth);
            items.push(built.expr);
        }
        Some((items, deepest))
    }

    fn primary(&mut self, pair: Pair<'_>) -> Option<Built> {
        let span = self.span(&pair);
        let written = pair.as_str();
        let kind = match pair.as_rule() {
            Rule::quantified => return self.quantified(pair, span),
            Rule::paren => {
                let inner = pair.into_inner().find(|p| p.as_rule() == Rule::expr)?;
                let built = self.built(inner)?;
                return Some(Built { expr: Expr { span, ..built.expr }, depth: built.depth });
            }
            Rule::record => {
                let (entries, depth) = self.entries_with_depth(pair)?;
                return self.grow(ExprKind::Record(entries), span, depth);
            }
            rule @ (Rule::list | Rule::array) => {
                let (items, depth) = self.members(pair)?;
                return self.grow(ExprKind::List { items, square: rule == Rule::array }, span, depth);
            }
            Rule::regex => ExprKind::Regex(literals::inside(written).replace("\\/", "/")),
            Rule::net => {
                if !literals::is_network(written) {
                    let message = format!("`{written}` is no address and no network");
                    self.say(
                        Diagnostic::new(&code::BAD_LITERAL, span, message)
                            .help("addresses are written `10.0.0.1` or `::1`, networks `10.0.0.0/8` or `fe80::/10`"),
                    );
                }
                ExprKind::Net(written.to_owned())
            }
            Rule::amount => {
                let mut inner = pair.into_inner();
                let number = digits(&inner.next()?);
                match inner.next() {
                    None => ExprKind::Number(number),
                    Some(p) if p.as_rule() == Rule::currency => ExprKind::Money(number, p.as_str().to_owned()),
                    Some(unit) => ExprKind::Duration(number, literals::unit(unit.as_str())?.to_owned()),
                }
            }
            Rule::text | Rule::single_text => ExprKind::Text(self.text(&pair).value),
            Rule::boolean => ExprKind::Bool(written == "true"),
            Rule::k_null => ExprKind::Null,
            Rule::name => ExprKind::Name(written.to_owned()),
            _ => return None,
        };
        self.grow(kind, span, 0)
    }

    fn quantified(&mut self, pair: Pair<'_>, span: Span) -> Option<Built> {
        let mut all = false;
        let mut var: Option<Name> = None;
        let mut exprs = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::k_all => all = true,
                Rule::name => var = Some(self.name(&inner)),
                Rule::expr => exprs.push(self.built(inner)?),
                _ => {}
            }
        }
        let (body, list) = (exprs.pop()?, exprs.pop()?);
        let depth = body.depth.max(list.depth);
        let kind = ExprKind::Quantified { all, var: var?, list: Box::new(list.expr), body: Box::new(body.expr) };
        self.grow(kind, span, depth)
    }

    /// The entries of a record.
    pub fn entries(&mut self, pair: Pair<'_>) -> Option<Vec<(Name, Expr)>> {
        self.entries_with_depth(pair).map(|(entries, _)| entries)
    }

    fn entries_with_depth(&mut self, pair: Pair<'_>) -> Option<(Vec<(Name, Expr)>, u32)> {
        let mut entries: Vec<(Name, Expr)> = Vec::new();
        let mut deepest = 0;
        for entry in pair.into_inner().filter(|p| p.as_rule() == Rule::entry) {
            let mut inner = entry.into_inner();
            let key = self.quotable(inner.next()?);
            let value = self.built(inner.find(|p| p.as_rule() == Rule::expr)?)?;
            deepest = deepest.max(value.depth);
            entries.push((key, value.expr));
        }
        Some((entries, deepest))
    }

    /// The next operator; one of another language is refused and read as what it means here.
    fn operator(&mut self, parts: &mut Parts<'_>) -> Option<Operator> {
        let pair = parts.next()?;
        let span = self.span(&pair);
        let (op, foreign) = operator_of(&pair)?;
        if foreign {
            let written = pair.as_str().trim_end();
            self.say(foreign_operator(written, span));
        }
        Some(Operator { op, span })
    }

    fn check_prefix(&mut self, prefix: &Pair<'_>) {
        if first(prefix.clone()).is_some_and(|p| p.as_rule() == Rule::bang) {
            let span = self.span(prefix);
            self.say(
                Diagnostic::new(&code::FOREIGN_OPERATOR, span, "`!` is no operator here")
                    .help("negation is written `not`")
                    .fix("write `not`", span, "not ", true),
            );
        }
    }
}

fn foreign_operator(written: &str, span: Span) -> Diagnostic {
    let said = Diagnostic::new(&code::FOREIGN_OPERATOR, span, format!("`{written}` is no operator here"));
    let ours = match written {
        "=" | "===" => "==",
        "!==" | "<>" => "!=",
        "&&" => "and",
        "||" => "or",
        "=~" => "matches",
        "!~" => return said.help("write `not x matches /regex/`"),
        _ => return said.help("there is no division: multiply the other side, or let the host supply the quotient"),
    };
    // The same meaning in other words, but for `=`, which might have been meant as another comparison.
    said.help(format!("write `{ours}`")).fix(format!("write `{ours}`"), span, ours, written != "=")
}

fn chained(first: Span, second: Span, middle: &str, at: Span, compares: bool) -> Diagnostic {
    let said = Diagnostic::new(&code::CHAINED_COMPARISON, second, "comparisons cannot be chained")
        .also(first, "the first comparison");
    if compares && !middle.is_empty() {
        return said.help("write two comparisons joined by `and`").fix(
            format!("write `and {middle}` before it"),
            at,
            format!(" and {middle}"),
            false,
        );
    }
    said.help("join two comparisons with `and`, or put one in parentheses")
}

/// A short expression as it would be written, for a fix; empty if it is no plain path or number.
fn text_of(expr: &Expr) -> String {
    let mut fields = Vec::new();
    let mut at = expr;
    while let ExprKind::Field(of, name) = &at.kind {
        fields.push(name.text.as_str());
        at = of;
    }
    let (ExprKind::Name(root) | ExprKind::Number(root)) = &at.kind else { return String::new() };
    fields.push(root);
    fields.reverse();
    fields.join(".")
}

fn digits(pair: &Pair<'_>) -> String {
    pair.as_str().replace('_', "")
}

fn is_not(pair: &Pair<'_>) -> bool {
    pair.as_rule() == Rule::prefix && first(pair.clone()).is_some_and(|p| p.as_rule() != Rule::minus)
}

fn is_comparison(op: BinaryOp) -> bool {
    !matches!(op, BinaryOp::Or | BinaryOp::And | BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul)
}

fn peek_op(parts: &mut Parts<'_>) -> Option<BinaryOp> {
    operator_of(parts.peek()?).map(|(op, _)| op)
}

/// What an operator means, and whether it is of another language.
fn operator_of(pair: &Pair<'_>) -> Option<(BinaryOp, bool)> {
    if pair.as_rule() != Rule::infix {
        return None;
    }
    let mut inner = pair.clone().into_inner();
    let sign = inner.next()?;
    let second = inner.next().map(|p| p.as_rule());
    let op = match sign.as_rule() {
        Rule::foreign => {
            let op = match sign.as_str() {
                "=" | "===" => BinaryOp::Eq,
                "!==" | "<>" => BinaryOp::Ne,
                "&&" => BinaryOp::And,
                "||" => BinaryOp::Or,
                "=~" | "!~" => BinaryOp::Matches,
                _ => BinaryOp::Mul,
            };
            return Some((op, true));
        }
        Rule::equals => BinaryOp::Eq,
        Rule::unequal => BinaryOp::Ne,
        Rule::less => BinaryOp::Lt,
        Rule::at_most => BinaryOp::Le,
        Rule::greater => BinaryOp::Gt,
        Rule::at_least => BinaryOp::Ge,
        Rule::k_or => BinaryOp::Or,
        Rule::k_and => BinaryOp::And,
        Rule::k_in => BinaryOp::In,
        Rule::k_not if second == Some(Rule::k_within) => BinaryOp::NotWithin,
        Rule::k_not => BinaryOp::NotIn,
        Rule::k_within => BinaryOp::Within,
        Rule::k_like => BinaryOp::Like,
        Rule::k_matches => BinaryOp::Matches,
        Rule::k_starts => BinaryOp::StartsWith,
        Rule::k_ends => BinaryOp::EndsWith,
        Rule::k_contains => BinaryOp::Contains,
        Rule::plus => BinaryOp::Add,
        Rule::minus => BinaryOp::Sub,
        Rule::star => BinaryOp::Mul,
        _ => return None,
    };
    Some((op, false))
}
