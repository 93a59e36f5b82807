//! What becomes of a batch of entries: each gets the next place, or the one it has, or a refusal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vocab::MessageId;

use super::{Entry, Frontier, Hash, Logged, Node, Salt, secret};

/// One entry as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Its id as its sender wrote it.
    pub id: String,
    /// The entry, or why it cannot be read.
    pub entry: Result<Entry, String>,
}

impl From<Entry> for Submitted {
    /// What the log itself has to say.
    fn from(entry: Entry) -> Self {
        Self { id: entry.id.to_string(), entry: Ok(entry) }
    }
}

/// The place of one entry, or why it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id as its sender wrote it.
    pub id: String,
    /// The entry's place, the same however often it is sent; or why it cannot be appended.
    pub place: Result<i64, String>,
}

/// What an append does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The entries that are new, in the order of their places.
    pub logged: Vec<Logged>,
    /// The tree with them.
    pub tree: Frontier,
    /// The nodes that they complete.
    pub nodes: Vec<Node>,
    /// One for each entry that came in, in its order.
    pub receipts: Vec<Receipt>,
}

/// Salts that nobody can guess who does not know the seed, which is never stored.
#[derive(Clone)]
pub struct Salts {
    seed: [u8; 32],
    count: u64,
}

impl std::fmt::Debug for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salts").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Salts {
    /// Returns the salts of a random seed.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, count: 0 }
    }

    fn next(&mut self) -> Salt {
        self.count += 1;
        let Hash(hash) = Hash::of(&[&self.seed, &self.count.to_be_bytes()]);
        let (front, _) = hash.split_at(size_of::<Salt>());
        let mut salt = Salt::default();
        salt.copy_from_slice(front);
        salt
    }
}

/// Decides what becomes of `submitted`: `tree` is the log so far, with the instant of its last append,
/// `places` has those of the submitted ids that it knows.
///
/// What is appended is never older than what stands before it: a clock that is behind is not believed.
///
/// A malformed entry, or one that seems to hold a key, is refused by itself; the others are appended
/// in their order. An id that was appended before, or earlier in the batch, keeps its first place.
///
/// Source: AUD-4, TRP-53.
pub fn append(
    (mut tree, last_at): (Frontier, Option<Timestamp>),
    mut places: BTreeMap<MessageId, i64>,
    submitted: Vec<Submitted>,
    mut salts: Salts,
    now: Timestamp,
) -> Appended {
    let appended_at = last_at.map_or(now, |last_at| now.max(last_at));
    let (mut logged, mut nodes) = (Vec::new(), Vec::new());
    let mut receipts = Vec::with_capacity(submitted.len());
    for Submitted { id, entry } in submitted {
        let place = entry.and_then(fit).map(|entry| {
            *places.entry(entry.id).or_insert_with(|| {
                let new = Logged::new(tree.size(), appended_at, entry, salts.next());
                let index = new.index;
                nodes.extend(tree.push(new.leaf_hash));
                logged.push(new);
                index
            })
        });
        receipts.push(Receipt { id, place });
    }
    Appended { logged, tree, nodes, receipts }
}

fn fit(entry: Entry) -> Result<Entry, String> {
    match secret::leak(&entry) {
        None => Ok(entry),
        Some(field) => Err(format!(
            "{field} seems to hold a key, a token or a link, which the log never keeps; send the \
             entry without it"
        )),
    }
}

#[cfg(test)]
mod tests;
