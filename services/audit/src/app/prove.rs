//! `GetInclusionProof`, `GetConsistencyProof`: what leads to a signed head.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::pin::Pin;

use access::Reach;
use db::Tx;
use rpc::{Violation, Violations};

use super::App;
use crate::{
    domain::{Consistency, Frontier, Hash, Inclusion, Nodes, Proven, Rejection, proof},
    error::Error,
    store,
};

/// How many nodes of a level make one of the next.
const CHILDREN: i64 = 256;

impl App {
    /// Proves that the entry at `index` is one of the first `size`, or, if that is `None`, of those
    /// that there are now.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an entry that is not there or out of reach, [`Error::Malformed`] for a
    /// size without it, [`Rejection::Unprovable`] if what is stored does not lead to the signed head.
    ///
    /// Source: AUD-4.
    pub async fn prove_inclusion(
        &self,
        reach: Reach,
        index: i64,
        size: Option<i64>,
    ) -> Result<Inclusion, Error> {
        let size = self.size_or_signed(size).await?;
        let mut tx = self.db.read().await?;
        let leaf = store::entries::leaf(&mut tx, index).await?.filter(|leaf| match reach {
            Reach::All => true,
            Reach::Partner(own) => leaf.partner == Some(own),
            Reach::Customer(own) => leaf.customer == Some(own),
        });
        let leaf = leaf.ok_or(Error::NotFound { index })?;
        self.check_end(&mut tx, "tree_size", size).await?;
        if size <= index {
            return Err(wrong("tree_size", format!("is {size}: entry {index} came later")).into());
        }
        let of = self.prove(&mut tx, size, &proof::inclusion(index, size)).await?;
        tx.commit().await?;
        Ok(Inclusion { index, leaf: leaf.hash, of })
    }

    /// Proves that the log of `first_size` entries is the beginning of that of `second_size`, or, if
    /// that is `None`, of what there is now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for sizes that the log has not reached, or in the wrong order,
    /// [`Rejection::Unprovable`] if what is stored does not lead to the signed head.
    ///
    /// Source: AUD-4.
    pub async fn prove_consistency(
        &self,
        first_size: i64,
        second_size: Option<i64>,
    ) -> Result<Consistency, Error> {
        let size = self.size_or_signed(second_size).await?;
        let mut tx = self.db.read().await?;
        self.check_end(&mut tx, "second_size", size).await?;
        if size < first_size {
            let problem = format!("is {first_size}, and must be at most the second, {size}");
            return Err(wrong("first_size", problem).into());
        }
        let first_root = self.prove(&mut tx, first_size, &[]).await?.root;
        let of = self.prove(&mut tx, size, &proof::consistency(first_size, size)).await?;
        tx.commit().await?;
        Ok(Consistency { first_size, first_root, of })
    }

    async fn size_or_signed(&self, size: Option<i64>) -> Result<i64, Error> {
        match size {
            Some(size) => Ok(size),
            None => Ok(self.checkpoint().await?.size),
        }
    }

    async fn check_end(&self, tx: &mut Tx, field: &str, size: i64) -> Result<(), Error> {
        let end = store::tree_head::read(tx).await?.unwrap_or_default().size();
        if end < size {
            return Err(wrong(field, format!("is {size}, and the log has {end} entries")).into());
        }
        Ok(())
    }

    async fn prove(&self, tx: &mut Tx, size: i64, ranges: &[Range<i64>]) -> Result<Proven, Error> {
        let signed = store::checkpoints::between(tx, size - 1, size).await?;
        let checkpoint = signed.into_iter().rfind(|signed| self.keyring.has_signed(signed));
        let nodes = nodes(tx, ranges.iter().chain(std::iter::once(&(0..size)))).await?;
        let root = nodes.root(&(0..size));
        let hashes = ranges.iter().map(|range| nodes.root(range)).collect();
        match (root, hashes, checkpoint) {
            (Some(root), Some(hashes), checkpoint)
                if checkpoint.as_ref().is_none_or(|signed| signed.root == root) =>
            {
                Ok(Proven { size, root, hashes, checkpoint })
            }
            _ => Err(Rejection::Unprovable { size }.into()),
        }
    }
}

/// Reads all nodes that the ranges consist of: neighbours in one statement.
async fn nodes(tx: &mut Tx, ranges: impl Iterator<Item = &Range<i64>>) -> Result<Nodes, Error> {
    let wanted: BTreeSet<(u32, i64)> = ranges.flat_map(proof::cover).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let mut found = BTreeMap::new();
    for run in wanted.chunk_by(|one, next| one.0 == next.0 && one.1 + 1 == next.1) {
        if let (Some((level, first)), Some((_, last))) = (run.first(), run.last()) {
            let hashes = between(tx, *level, *first, *last + 1).await?;
            found.extend(hashes.into_iter().map(|(at, hash)| ((*level, at), hash)));
        }
    }
    Ok(Nodes(found))
}

type Hashes = BTreeMap<i64, Hash>;

/// Reads nodes of one level. Those that an older program did not store are made of the level below.
fn between(
    tx: &mut Tx,
    level: u32,
    first: i64,
    until: i64,
) -> Pin<Box<dyn Future<Output = Result<Hashes, Error>> + Send + '_>> {
    Box::pin(async move {
        let stored = store::nodes::between(tx, level, first, until).await?;
        let mut found: Hashes = stored.into_iter().collect();
        let missing = |at: &i64| 0 < level && !found.contains_key(at);
        for at in (first..until).filter(missing).collect::<Vec<_>>() {
            let children = between(tx, level - 1, at * CHILDREN, (at + 1) * CHILDREN).await?;
            let tree: Frontier = children.into_values().collect();
            found.extend(Some((at, tree.root())).filter(|_| tree.size() == CHILDREN));
        }
        Ok(found)
    })
}

fn wrong(field: &str, problem: String) -> Violations {
    Violations(vec![Violation { field: field.to_owned(), description: problem }])
}
