//! The Merkle tree over the log (RFC 6962, section 2.1). Only its right edge is kept: it is all that
//! an append needs. What the leaves are made of is not here (`canonical`).

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

/// Of how many nodes of one stored level a node of the next one is made, as a power of two: every
/// subtree of 256, 65,536, … leaves has its root stored, so that a proof reads hundreds of hashes, not
/// millions, and an append stores one more for each 256 entries.
const LEVEL_HEIGHT: u32 = 8;

/// Bytes of a SHA-256 hash.
const HASH_BYTES: usize = 32;

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:x}")
    }
}

impl fmt::LowerHex for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Hash {
    /// Returns the hash of all parts, one after the other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// Returns the hash of a leaf: the prefix keeps it apart from every node's.
    pub fn of_leaf(content: &[u8]) -> Self {
        Self::of(&[&[0x00], content])
    }

    fn of_node(left: Self, right: Self) -> Self {
        Self::of(&[&[0x01], &left.0, &right.0])
    }
}

/// The root of a perfect subtree of 256, 65,536, … leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 1 for 256 leaves, 2 for 65,536, and so on; leaves are level 0.
    pub level: u32,
    /// How many subtrees of its size lie before it.
    pub position: i64,
    /// Its root.
    pub hash: Hash,
}

/// Returns how many leaves a node of a level stands for.
pub(super) fn width(level: u32) -> Option<i64> {
    1_i64.checked_shl(level.checked_mul(LEVEL_HEIGHT)?).filter(|width| 0 < *width)
}

/// The right edge of a tree: the roots of the perfect subtrees that it consists of, from the left
/// (the largest) to the right, one for each bit that is set in its size.
///
/// Source: RFC 6962, section 2.1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: i64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// Returns the edge of a tree with `size` leaves from its stored roots; `None` if there cannot be
    /// such a tree.
    pub fn from_bytes(size: i64, roots: &[u8]) -> Option<Self> {
        let (roots, rest) = roots.as_chunks::<HASH_BYTES>();
        let count = usize::try_from(size.count_ones()).ok()?;
        let fits = 0 <= size && roots.len() == count && rest.is_empty();
        fits.then(|| Self { size, roots: roots.iter().copied().map(Hash).collect() })
    }

    /// Returns the roots, one after the other, as they are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// Returns how many leaves there are.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// Appends a leaf; returns the nodes that it completes and that are stored.
    pub fn push(&mut self, leaf: Hash) -> Vec<Node> {
        self.join(leaf, 0)
    }

    /// Appends the node of a level, and so all of its leaves; `None` where it cannot stand there.
    pub fn push_node(&mut self, root: Hash, level: u32) -> Option<()> {
        let fits = self.size % width(level)? == 0;
        fits.then(|| drop(self.join(root, level * LEVEL_HEIGHT)))
    }

    fn join(&mut self, mut root: Hash, mut height: u32) -> Vec<Node> {
        let mut nodes = Vec::new();
        let count = self.size >> height;
        self.size += 1 << height;
        // Every perfect subtree that the new one completes is as large as the new one.
        for _ in 0..count.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = Hash::of_node(left, root);
            }
            height += 1;
            if height.is_multiple_of(LEVEL_HEIGHT) {
                let position = (self.size >> height) - 1;
                nodes.push(Node { level: height / LEVEL_HEIGHT, position, hash: root });
            }
        }
        self.roots.push(root);
        nodes
    }

    /// Returns the root of the whole tree; that of an empty one is the hash of nothing.
    pub fn root(&self) -> Hash {
        let from_the_right = self.roots.iter().rev().copied();
        from_the_right
            .reduce(|right, left| Hash::of_node(left, right))
            .unwrap_or_else(|| Hash::of(&[]))
    }

    /// Returns each perfect subtree from the left: the index behind its last leaf, and its root.
    pub fn subtrees(&self) -> impl Iterator<Item = (i64, Hash)> {
        let mut end = 0;
        let mut rest = self.size;
        self.roots.iter().map(move |root| {
            let width = rest.checked_ilog2().map_or(0, |bit| 1_i64 << bit);
            rest -= width;
            end += width;
            (end, *root)
        })
    }

    /// Returns the root of the rightmost perfect subtree.
    pub fn last_subtree(&self) -> Option<Hash> {
        self.roots.last().copied()
    }
}

impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        for leaf in leaves {
            // Whoever extends a tree does not store it.
            self.join(leaf, 0);
        }
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::default();
        tree.extend(leaves);
        tree
    }
}

#[cfg(test)]
mod tests;
