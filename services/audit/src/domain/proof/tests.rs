//! Proofs of trees of all kinds of sizes, judged by a verifier that knows nothing of them.

use std::ops::Range;

use audit_verify::proof::{includes, is_consistent};
use proptest::prelude::*;

use super::{Nodes, consistency, cover, inclusion};
use crate::domain::{Frontier, Hash};

fn leaf(number: i64) -> Hash {
    Hash::of_leaf(&number.to_be_bytes())
}

/// Returns a tree with all that is stored of it.
fn tree(size: i64) -> (Frontier, Nodes) {
    let (mut tree, mut nodes) = (Frontier::default(), Nodes::default());
    for number in 0..size {
        nodes.0.insert((0, number), leaf(number));
        let stored = tree.push(leaf(number));
        nodes.0.extend(stored.iter().map(|node| ((node.level, node.position), node.hash)));
    }
    (tree, nodes)
}

fn root(size: i64) -> [u8; 32] {
    (0..size).map(leaf).collect::<Frontier>().root().0
}

fn path(nodes: &Nodes, ranges: &[Range<i64>]) -> Vec<[u8; 32]> {
    ranges.iter().map(|range| nodes.root(range).expect("a node is missing").0).collect()
}

#[test]
fn aud_4_every_entry_of_every_small_tree_is_proven() {
    let (_, nodes) = tree(70);
    for size in 1..=70 {
        let root = root(size);
        assert_eq!(nodes.root(&(0..size)).unwrap().0, root);
        for index in 0..size {
            let proof = path(&nodes, &inclusion(index, size));
            assert!(includes(index, size, &leaf(index).0, &proof, &root), "{index} of {size}");
        }
        for first in 1..=size {
            let proof = path(&nodes, &consistency(first, size));
            let (old, new) = ((first, &self::root(first)), (size, &root));
            assert!(is_consistent(old, new, &proof), "{first} to {size}");
        }
    }
}

/// Beyond 65,536 leaves there are nodes of two levels.
#[test]
fn aud_4_a_large_tree_is_proven_by_few_nodes() {
    let size = 66_000;
    let (tree, nodes) = tree(size);
    assert_eq!(nodes.0.keys().filter(|(level, _)| *level == 1).count(), 257);
    assert_eq!(nodes.0.keys().filter(|(level, _)| *level == 2).count(), 1);
    for index in [0, 1, 255, 256, 40_000, 65_535, 65_536, 65_999] {
        let ranges = inclusion(index, size);
        let proof = path(&nodes, &ranges);
        assert!(includes(index, size, &leaf(index).0, &proof, &tree.root().0), "{index}");
        let read: usize = ranges.iter().map(|range| cover(range).len()).sum();
        assert!(read < 1_000, "{index} takes {read} nodes");
    }
    for first in [1, 256, 257, 40_000, 65_536, 65_537] {
        let proof = path(&nodes, &consistency(first, size));
        let old = (first, &root(first));
        assert!(is_consistent(old, (size, &tree.root().0), &proof), "{first}");
    }
}

proptest! {
    #[test]
    fn aud_4_what_covers_a_range_is_as_long_as_it(start in 0_i64..1 << 20, length in 0_i64..1 << 20) {
        let width = |level: u32| 256_i64.pow(level);
        let mut at = start;
        for (level, position) in cover(&(start..start + length)) {
            prop_assert_eq!(position * width(level), at);
            at += width(level);
        }
        prop_assert_eq!(at, start + length);
    }
}

#[test]
fn aud_4_a_missing_node_makes_no_root() {
    let (_, mut nodes) = tree(300);
    nodes.0.remove(&(1, 0));
    assert_eq!(nodes.root(&(0..300)), None);
    assert!(nodes.root(&(0..255)).is_some());
}
