//! What every call must bring because some item of the policy looks at it. SPEC: [S6.7] [S6.12] [S8.10]

use policyc_compile::hir::{BudgetKey, Expr, ExprKind, Program, Template, TemplatePart, Window};

/// Fields without which a call is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// `session`
    pub session: bool,
    /// `agent.id`
    pub agent: bool,
    /// `agent.tenant`
    pub tenant: bool,
    /// `task`
    pub task: bool,
    /// `at`
    pub time: bool,
}

impl Needs {
    /// Of a policy.
    pub fn of(program: &Program) -> Self {
        let mut needs = Self::default();
        for budget in &program.budgets {
            for key in &budget.per {
                match key {
                    BudgetKey::Agent => needs.agent = true,
                    BudgetKey::Session => needs.session = true,
                    BudgetKey::Task => needs.task = true,
                    BudgetKey::Tenant => needs.tenant = true,
                    BudgetKey::Tool | BudgetKey::Call | BudgetKey::Label(_) | BudgetKey::Attr(_) => {}
                }
            }
            needs.time |= !matches!(budget.window, Window::Lifetime);
            needs.shows(program, budget.because.as_ref());
            for charge in &budget.charges {
                charge.when.iter().chain([&charge.amount]).chain(&charge.settle).for_each(|e| needs.see(program, e));
            }
        }
        for after in &program.afters {
            needs.session = true;
            after.when.iter().for_each(|e| needs.see(program, e));
        }
        for rule in &program.rules {
            rule.when.iter().for_each(|e| needs.see(program, e));
            needs.shows(program, rule.because.as_ref());
            needs.time |= rule.expires.is_some();
        }
        needs
    }

    fn shows(&mut self, program: &Program, template: Option<&Template>) {
        for part in template.iter().flat_map(|t| &t.parts) {
            if let TemplatePart::Expr(e) = part {
                self.see(program, e);
            }
        }
    }

    fn see(&mut self, program: &Program, expr: &Expr) {
        match &expr.kind {
            ExprKind::SessionId
            | ExprKind::SessionHas(_)
            | ExprKind::ValueHas(..)
            | ExprKind::FromUser(_)
            | ExprKind::FromTools(..) => self.session = true,
            ExprKind::SessionAge => {
                self.session = true;
                self.time = true;
            }
            ExprKind::Time => self.time = true,
            ExprKind::AgentId => self.agent = true,
            ExprKind::AgentTenant => self.tenant = true,
            ExprKind::Task => self.task = true,
            ExprKind::Call(function, _) => {
                // Functions call only functions before them.
                if let Some(function) = program.functions.get(function.index()) {
                    self.see(program, &function.body);
                }
            }
            _ => {}
        }
        super::walk::children(expr).into_iter().for_each(|child| self.see(program, child));
    }
}
