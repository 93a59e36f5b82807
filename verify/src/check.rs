//! The check itself: entries in, the first bad one out.
//!
//! Four things vouch for entries, each stronger than the one before: an entry's own hashes, the head
//! that is stored with the log, heads that are signed, and a signed head that was kept elsewhere. Who
//! can write to the database can write the first two anew.

use std::ops::RangeInclusive;

use crate::{
    hash::{Hash, Tree},
    head::{Head, Key},
    row::Found,
};

/// The head as the log keeps it: how many entries, and the roots of their perfect subtrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// How many entries are counted.
    pub size: i64,
    /// The roots, one after the other, the largest first.
    pub roots: Vec<u8>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were hashed.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
    /// What is wrong; empty if nothing is.
    pub finding: Option<Finding>,
    /// How many of the entries are signed for.
    pub signed: i64,
    /// The head of the most entries that a trusted key has signed.
    pub newest: Option<Head>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first bad entry, or the first of those that may be it; `None` if entries are not.
    pub first_bad: Option<i64>,
    /// For people.
    pub text: String,
}

/// A check under way.
#[derive(Debug)]
pub struct Check {
    tree: Tree,
    /// Signed heads by size, the smallest last.
    heads: Vec<(i64, Hash, Head)>,
    newest: Option<Head>,
    /// Ends of perfect subtrees of the stored head and their roots, the first last.
    subtrees: Vec<(i64, Hash)>,
    counted: Option<i64>,
    agreed: i64,
    signed: i64,
    doubt: Option<Finding>,
    finding: Option<Finding>,
    others: Vec<String>,
    erased: Vec<i64>,
    erasures: Vec<RangeInclusive<i64>>,
}

impl Check {
    /// Begins a check. `heads` are those that came with the log, `kept` is one that was kept
    /// elsewhere; only what one of `keys` has signed counts.
    pub fn new(
        keys: &[Key],
        heads: Vec<Head>,
        kept: Option<&Head>,
        stored: Option<Stored>,
    ) -> Self {
        let mut others = Vec::new();
        let mut trusted = Vec::new();
        let is_kept = |head: &Head| Some(head) == kept;
        for head in heads.into_iter().filter(|head| !is_kept(head)).chain(kept.cloned()) {
            match (head.size(), head.root(), head.is_signed_by(keys)) {
                (Some(size), Some(root), true) => trusted.push((size, root, head)),
                (size, ..) => {
                    let size = size.map_or_else(|| "no size".to_owned(), |size| size.to_string());
                    others.push(format!("the head of size {size} is signed by no trusted key"));
                }
            }
        }
        trusted.sort_by_key(|(size, ..)| std::cmp::Reverse(*size));
        let parts = stored.as_ref().map(subtrees);
        if let Some(None) = parts {
            others.push("the stored head is missing or is no head of a tree".to_owned());
        }
        let subtrees = parts.flatten();
        let mut check = Self {
            tree: Tree::default(),
            newest: trusted.first().map(|(.., head)| head.clone()),
            heads: trusted,
            counted: stored.filter(|_| subtrees.is_some()).map(|stored| stored.size),
            subtrees: subtrees.unwrap_or_default(),
            agreed: 0,
            signed: 0,
            doubt: None,
            finding: None,
            others,
            erased: vec![],
            erasures: vec![],
        };
        check.compare();
        check
    }

    /// Takes what stands at the next place; `false` when there is nothing more to find.
    pub fn take(&mut self, found: &Found) -> bool {
        if self.finding.is_some() {
            return false;
        }
        match self.leaf(found) {
            Ok(leaf) => {
                self.tree.add(leaf);
                self.compare();
            }
            Err(finding) => self.finding = Some(self.doubt.take().unwrap_or(finding)),
        }
        self.finding.is_none()
    }

    /// Ends the check.
    pub fn finish(mut self) -> Report {
        let finding = self
            .finding
            .take()
            .or_else(|| self.doubt.take())
            .or_else(|| self.cut_off())
            .or_else(|| self.erased_in_secret())
            .or_else(|| {
                let text = self.others.first()?.clone();
                Some(Finding { first_bad: None, text })
            });
        let (size, root) = (self.tree.size(), self.tree.root());
        Report { size, root, finding, signed: self.signed, newest: self.newest }
    }

    fn leaf(&mut self, found: &Found) -> Result<Hash, Finding> {
        let (next, index) = (self.tree.size(), found.index);
        let bad = |index, text: String| Err(Finding { first_bad: Some(index), text });
        if next < index {
            return bad(next, format!("entry {next} is missing"));
        }
        if index < next {
            return bad(index, format!("entry {index} stands where no entry belongs"));
        }
        if self.counted.is_some_and(|counted| counted <= index) {
            return bad(index, format!("entry {index} lies beyond the stored head"));
        }
        let row = match &found.row {
            Ok(row) => row,
            Err(why) => return bad(index, format!("entry {index} cannot be read: {why}")),
        };
        let leaf = match row.leaf(index) {
            Ok(leaf) => leaf,
            Err(fault) => return bad(index, format!("entry {index} was changed: {fault}")),
        };
        if row.is_erased() {
            self.erased.push(index);
        }
        self.erasures.extend(row.erasures());
        Ok(leaf)
    }

    /// Compares with the stored head and with all signed ones of this size.
    fn compare(&mut self) {
        let size = self.tree.size();
        if let Some((_, root)) = self.subtrees.pop_if(|(end, _)| *end == size) {
            if self.tree.last_peak() == Some(root) {
                self.agreed = self.agreed.max(size);
            } else if self.doubt.is_none() {
                self.doubt = Some(among(self.agreed, size, "the head that is stored with the log"));
            }
        }
        while let Some((_, root, head)) = self.heads.pop_if(|(of, ..)| *of == size) {
            if root == self.tree.root() {
                // The signature is right, so not the entries were changed but what doubted them.
                let unfounded = self.doubt.take();
                let text = |doubt: Finding| format!("the stored head was changed ({})", doubt.text);
                self.others.splice(0..0, unfounded.map(text));
                (self.agreed, self.signed) = (size, size);
            } else if self.finding.is_none() {
                let by = format!("what was signed at {}", head.signed_at());
                let changed = among(self.signed, size, &by);
                self.finding = Some(self.doubt.take().unwrap_or(changed));
            }
        }
    }

    fn cut_off(&self) -> Option<Finding> {
        let size = self.tree.size();
        let text = if let Some((signed, _, head)) = self.heads.first() {
            format!(
                "the log ends after {size} entries, and {signed} were signed for at {}: it was cut \
                 off or set back",
                head.signed_at()
            )
        } else {
            let counted = self.counted.filter(|counted| size < *counted)?;
            format!("the log ends after {size} entries, and its head counts {counted}")
        };
        Some(Finding { first_bad: Some(size), text })
    }

    fn erased_in_secret(&self) -> Option<Finding> {
        let is_told = |index: i64| self.erasures.iter().any(|range| range.contains(&index));
        let first = self.erased.iter().copied().find(|index| !is_told(*index))?;
        let text = format!("entry {first} has lost its actor, and no entry tells of that");
        Some(Finding { first_bad: Some(first), text })
    }
}

fn among(since: i64, until: i64, by: &str) -> Finding {
    let text = match until - since {
        ..=1 => format!("entry {since} was changed together with its hash: {by} says otherwise"),
        _ => format!(
            "one of the entries {since} to {} was changed together with its hash: {by} says otherwise",
            until - 1
        ),
    };
    Finding { first_bad: Some(since), text }
}

/// Returns where each perfect subtree ends and its root, the first last; `None` if these roots are not
/// those of a tree of this size.
fn subtrees(stored: &Stored) -> Option<Vec<(i64, Hash)>> {
    let Stored { size, roots } = stored;
    let (roots, rest) = roots.as_chunks::<32>();
    let bits = (0..63).rev().filter(|bit| 0 < *size >> bit & 1).map(|bit| 1_i64 << bit);
    let widths: Vec<i64> = bits.collect();
    if *size < 0 || !rest.is_empty() || widths.len() != roots.len() {
        return None;
    }
    let ends = widths.iter().scan(0, |end, width| {
        *end += width;
        Some(*end)
    });
    let mut subtrees: Vec<_> = ends.zip(roots.iter().copied()).collect();
    subtrees.reverse();
    Some(subtrees)
}

#[cfg(test)]
mod tests;
