//! Which lines of a trace may see each other's effects, and how they are spread over workers.
//!
//! Two lines with a key in common (a session, a call id, a budget's key) are of one group; lines of different groups
//! cannot influence each other, so they can be decided in any order. Keys are hashes: two keys that meet in one hash
//! make a group larger, never smaller, and so cost speed and nothing else. Whole groups are then dealt out to shards
//! of about the same size.

use std::collections::HashMap;

/// Which line is in which group, as a forest: a line's parent is an earlier line, or itself.
pub(super) struct Groups {
    parent: Vec<u32>,
    owner: HashMap<u64, u32>,
}

impl Groups {
    /// No lines yet.
    pub(super) fn new() -> Self {
        Self { parent: Vec::new(), owner: HashMap::new() }
    }

    /// Adds the next line with its keys; a line without keys is a group of its own.
    pub(super) fn add(&mut self, keys: &[u64]) {
        let line = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        self.parent.push(line);
        for key in keys {
            let before = *self.owner.entry(*key).or_insert(line);
            let (a, b) = (self.find(before), self.find(line));
            let (low, high) = (a.min(b), a.max(b));
            if let Some(parent) = self.parent.get_mut(index(high)) {
                *parent = low;
            }
        }
    }

    /// The first line of the group that a line is in.
    fn find(&mut self, line: u32) -> u32 {
        let mut at = line;
        loop {
            let up = self.up(at);
            if up == at {
                return at;
            }
            // Each step halves the way for whoever comes next.
            let grand = self.up(up);
            if let Some(parent) = self.parent.get_mut(index(at)) {
                *parent = grand;
            }
            at = grand;
        }
    }

    fn up(&self, line: u32) -> u32 {
        self.parent.get(index(line)).copied().unwrap_or(line)
    }

    /// Deals whole groups out to `shards` shards: the shard of each line. `weight` is what a line costs. The largest
    /// group goes first, each to the shard that has least; the answer depends on nothing but the arguments.
    pub(super) fn deal(mut self, shards: usize, weight: impl Fn(usize) -> u64) -> Vec<u32> {
        let lines = self.parent.len();
        let mut total = vec![0_u64; lines];
        for line in 0..lines {
            let root = index(self.find(u32::try_from(line).unwrap_or(u32::MAX)));
            if let Some(sum) = total.get_mut(root) {
                *sum = sum.saturating_add(weight(line)).max(1);
            }
        }
        let mut roots: Vec<(u64, usize)> = total.iter().copied().zip(0..lines).filter(|(sum, _)| *sum > 0).collect();
        roots.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut load = vec![0_u64; shards.max(1)];
        let mut shard_of_root = vec![0_u32; lines];
        for (sum, root) in roots {
            let least = load.iter().enumerate().min_by_key(|(i, used)| (**used, *i)).map_or(0, |(i, _)| i);
            if let Some(used) = load.get_mut(least) {
                *used = used.saturating_add(sum);
            }
            if let Some(shard) = shard_of_root.get_mut(root) {
                *shard = u32::try_from(least).unwrap_or(0);
            }
        }
        let mut shard = Vec::with_capacity(lines);
        for line in 0..lines {
            let root = index(self.find(u32::try_from(line).unwrap_or(u32::MAX)));
            shard.push(shard_of_root.get(root).copied().unwrap_or(0));
        }
        shard
    }
}

fn index(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards(lines: &[&[u64]], shards: usize) -> Vec<u32> {
        let mut groups = Groups::new();
        for keys in lines {
            groups.add(keys);
        }
        groups.deal(shards, |_| 1)
    }

    #[test]
    fn lines_with_a_common_key_stay_together_also_over_a_third() {
        // 0 and 1 know nothing of each other until 3 joins them; 2 stays apart.
        let got = shards(&[&[1], &[2], &[3], &[1, 2], &[2]], 2);
        assert_eq!(got, [0, 0, 1, 0, 0]);
    }

    #[test]
    fn lines_without_keys_fill_the_gaps() {
        let got = shards(&[&[7], &[7], &[], &[7], &[], &[]], 2);
        assert_eq!(got, [0, 0, 1, 0, 1, 1]);
    }

    #[test]
    fn one_shard_takes_all() {
        assert_eq!(shards(&[&[1], &[], &[2]], 1), [0, 0, 0]);
        assert_eq!(shards(&[&[1], &[], &[2]], 0), [0, 0, 0]);
    }

    #[test]
    fn a_long_chain_is_found_without_recursion() {
        let keys: Vec<[u64; 2]> = (0..200_000).map(|i| [i, i + 1]).collect();
        let lines: Vec<&[u64]> = keys.iter().rev().map(|k| k.as_slice()).collect();
        assert!(shards(&lines, 4).iter().all(|s| *s == 0));
    }
}
