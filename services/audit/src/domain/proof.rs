//! Proofs (RFC 6962): that an entry is in the log, and that a later log only added to an earlier one.
//!
//! A proof is a list of ranges of leaves, whose roots are the proof's hashes. The roots are made of
//! stored nodes: which ones, and what they add up to, is here; where they are read is not. How a proof
//! is verified is not here either: whoever verifies should not share the code of whoever proves.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Checkpoint, Frontier, Hash, tree::width};

/// What leads from an entry to a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The entry's place.
    pub index: i64,
    /// The leaf's hash.
    pub leaf: Hash,
    /// The log that has it.
    pub of: Proven,
}

/// What leads from one root to a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// How many entries the earlier log had.
    pub first_size: i64,
    /// Its root.
    pub first_root: Hash,
    /// The later log.
    pub of: Proven,
}

/// A log of a size, and the hashes that lead to its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// How many entries.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
    /// The proof.
    pub hashes: Vec<Hash>,
    /// What was signed for this size.
    pub checkpoint: Option<Checkpoint>,
}

/// Returns the ranges whose roots prove that leaf `index` is one of `size`: from the leaf up.
///
/// Source: RFC 6962, section 2.1.1.
pub fn inclusion(index: i64, size: i64) -> Vec<Range<i64>> {
    let mut ranges = Vec::new();
    let (mut start, mut end) = (0, size);
    while 1 < end - start {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// Returns the ranges whose roots prove that the first `first` of `second` leaves are those of the
/// earlier log, in the order of the RFC; none where the two are the same.
///
/// Source: RFC 6962, section 2.1.2.
pub fn consistency(first: i64, second: i64) -> Vec<Range<i64>> {
    let mut ranges = Vec::new();
    let (mut start, mut end) = (0, second);
    while first != end {
        let middle = start + split(end - start);
        if first <= middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    // The earlier log's own root is known to whoever verifies, unless it is only a part of it.
    if 0 < start {
        ranges.push(start..end);
    }
    ranges.reverse();
    ranges
}

/// More levels than a log of 2^63 entries can have.
const LEVEL_MAX: u32 = 8;

/// Returns the largest power of two that is smaller than `count`, which is at least 2.
fn split(count: i64) -> i64 {
    1 << (count - 1).checked_ilog2().unwrap_or_default()
}

/// Returns the stored nodes that a range consists of, as level and position: the largest first.
pub fn cover(range: &Range<i64>) -> Vec<(u32, i64)> {
    let mut nodes = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let fits = |level: &u32| {
            width(*level).is_some_and(|width| at % width == 0 && width <= range.end - at)
        };
        let level = (1..=LEVEL_MAX).take_while(fits).last().unwrap_or_default();
        let width = width(level).unwrap_or(1);
        nodes.push((level, at / width));
        at += width;
    }
    nodes
}

/// Stored nodes, leaves among them, by level and position.
#[derive(Debug, Default)]
pub struct Nodes(pub BTreeMap<(u32, i64), Hash>);

impl Nodes {
    /// Returns the root over a range; `None` if a node of it is missing.
    pub fn root(&self, range: &Range<i64>) -> Option<Hash> {
        let mut tree = Frontier::default();
        for node in cover(range) {
            tree.push_node(*self.0.get(&node)?, node.0)?;
        }
        Some(tree.root())
    }
}

#[cfg(test)]
mod tests;
