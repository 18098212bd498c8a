//! Tests for what was not seen: calls near those that are tested, tried until one shows it.
//!
//! What is proposed has been decided by the policy, so its expectation holds now; whether that is as it should be is for
//! the person who reads it. What only a sequence of calls can show is not found here.

use policyc_compile::lower::{EventKind, StepKind, TestSuite};
use policyc_runtime::Loaded;
use serde_json::Value;

use super::{Coverage, Layout, Observer};
use crate::decider::Decider;
use crate::mutate::{Pool, decided, written};
use crate::suite::prepare;

/// How many calls are tried.
const MOST_CALLS: usize = 6_000;

/// For goals that were not seen, by index: a test that would see them.
pub fn suggest(suite: &TestSuite, coverage: &Coverage) -> Vec<(usize, String)> {
    let Ok(loaded) = Loaded::new(suite.policy.clone()) else { return Vec::new() };
    let (layout, _) = Layout::of(suite);
    let missing = |(index, (goal, hits)): (usize, (&super::Goal, u32))| (goal.counts && hits == 0).then_some(index);
    let mut wanted: Vec<usize> = coverage.seen().enumerate().filter_map(missing).collect();
    let pool = Pool::of(loaded.policy(), loaded.policy());
    let (mut found, mut left) = (Vec::new(), MOST_CALLS);
    for test in suite.tests.iter().filter(|test| test.skip.is_none()) {
        let mut decider = Decider::new(&loaded);
        if prepare(&mut decider, test).is_err() {
            continue;
        }
        let mut before: Vec<&str> = Vec::new();
        for (number, step) in (1..).zip(&test.steps) {
            let StepKind::Event { what, line } = &step.kind else { continue };
            if *what == EventKind::Call
                && let Ok(Value::Object(call)) = serde_json::from_str::<Value>(line)
            {
                for candidate in pool.near(loaded.policy(), &call) {
                    if left == 0 || wanted.is_empty() {
                        return found;
                    }
                    left = left.saturating_sub(1);
                    let text = Value::Object(candidate.clone()).to_string();
                    let mut observer = Observer::new(&loaded, suite, &layout);
                    let Some(decision) = decider.decide_watched(text.as_bytes(), &mut observer) else { continue };
                    let hits = observer.into_hits();
                    let shows = |goal: &usize| hits.get(*goal).is_some_and(|n| *n > 0);
                    if wanted.iter().any(shows) {
                        let mut events = before.clone();
                        events.push(&text);
                        let written = written(test, loaded.policy(), &events, &[decided(&decision)]);
                        found.extend(wanted.iter().filter(|g| shows(g)).map(|g| (*g, written.clone())));
                        wanted.retain(|goal| !shows(goal));
                    }
                }
            }
            decider.step(line.as_bytes(), number);
            before.push(line.as_str());
        }
    }
    found
}
