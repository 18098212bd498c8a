//! The next wider set of tools: those of the same names but for the last word, and so on, up to all of them.

use std::collections::BTreeSet;

use policyc_compile::hir::{Expr, ExprKind, Field, Program, Rule, Template, TemplatePart, ToolSet};

/// The next wider set over which a rule or a mark still means something; `None` if there is none.
pub(super) fn wider(program: &Program, tools: &ToolSet, reads: &BTreeSet<String>) -> Option<ToolSet> {
    let name = |id: &policyc_compile::hir::ToolId| program.tools.get(id.index()).map(|tool| tool.name.clone());
    let declared = |at: usize, argument: &str| -> Option<&Field> {
        program.tools.get(at)?.args.iter().find(|field| field.name == argument)
    };
    // An argument that is read is declared by each tool, and of one type.
    let fits = |at: usize| {
        reads.iter().all(|argument| {
            let ty = tools.iter().find_map(|id| declared(id.index(), argument)).map(|field| &field.ty);
            declared(at, argument).is_some_and(|field| Some(&field.ty) == ty)
        })
    };
    let mut heads: BTreeSet<String> = tools.iter().filter_map(name).collect();
    loop {
        let cut = |head: &String| head.rsplit_once('.').map_or(String::new(), |(head, _)| head.to_owned());
        heads = heads.iter().map(cut).collect();
        let all = heads.contains("");
        let within = |tool: &str| {
            all || heads.iter().any(|head| tool.strip_prefix(head.as_str()).is_some_and(|rest| rest.starts_with('.')))
        };
        let ids = (0..).map(policyc_compile::hir::ToolId).zip(&program.tools).enumerate();
        let more = ids.filter(|(at, (id, tool))| tools.contains(id) || (within(&tool.name) && fits(*at)));
        let wide: ToolSet = more.map(|(_, (id, _))| id).collect();
        if wide.len() > tools.len() {
            return Some(wide);
        }
        if all {
            return None;
        }
    }
}

/// The arguments that a rule reads.
pub(super) fn read_by(program: &Program, rule: &Rule) -> BTreeSet<String> {
    let mut reads = BTreeSet::new();
    rule.when.iter().for_each(|when| arguments(program, when, &mut reads));
    rule.because.iter().for_each(|because| template(program, because, &mut reads));
    if let Some(policyc_compile::hir::Suggest::Text(text)) = &rule.suggest {
        template(program, text, &mut reads);
    }
    reads
}

fn template(program: &Program, of: &Template, reads: &mut BTreeSet<String>) {
    for part in &of.parts {
        if let TemplatePart::Expr(e) = part {
            arguments(program, e, reads);
        }
    }
}

/// The arguments that an expression reads. Functions do not call themselves, and nest as deep as the language nests.
pub(super) fn arguments(program: &Program, e: &Expr, reads: &mut BTreeSet<String>) {
    if let ExprKind::Arg(name) = &e.kind {
        reads.insert(name.clone());
    }
    if let ExprKind::Call(id, _) = &e.kind
        && let Some(function) = program.functions.get(id.index())
    {
        arguments(program, &function.body, reads);
    }
    e.children().into_iter().for_each(|child| arguments(program, child, reads));
}
