//! SHA-256, and trees of it (RFC 6962, section 2.1).

use aws_lc_rs::digest::{SHA256, digest};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Returns the SHA-256 hash of bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// Returns the hash of a leaf with this content.
pub fn leaf(content: &[u8]) -> Hash {
    sha256(&[&[0], content].concat())
}

/// Returns the hash of a node over two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], &left[..], &right[..]].concat())
}

/// A tree that is built from the left; it keeps the roots of its perfect subtrees, with their heights.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    peaks: Vec<(u32, Hash)>,
    size: i64,
}

impl Tree {
    /// Adds a leaf on the right.
    pub fn add(&mut self, leaf: Hash) {
        self.peaks.push((0, leaf));
        while let [.., (left_height, left), (height, right)] = self.peaks.as_slice()
            && left_height == height
        {
            let joined = (height + 1, node(left, right));
            self.peaks.truncate(self.peaks.len() - 2);
            self.peaks.push(joined);
        }
        self.size += 1;
    }

    /// Returns how many leaves there are.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// Returns the root of the rightmost perfect subtree.
    pub fn last_peak(&self) -> Option<Hash> {
        self.peaks.last().map(|(_, root)| *root)
    }

    /// Returns the root of the whole; that of nothing is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().map(|(_, root)| *root);
        let Some(last) = peaks.next() else { return sha256(&[]) };
        peaks.fold(last, |right, left| node(&left, &right))
    }
}

/// Returns bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

#[cfg(test)]
mod tests;
