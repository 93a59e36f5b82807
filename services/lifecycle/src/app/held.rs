//! What customers have, for the limits that span it.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use vocab::CustomerId;

use super::App;
use crate::domain::{self, Held, Subscription};
use crate::error::Error;
use crate::store;

impl App {
    /// Keeps everybody else from judging these customers' limits until the transaction ends, and
    /// returns what they have. To be called before any of their subscriptions is locked, so that
    /// nobody waits in a circle.
    pub(super) async fn lock_held(
        &self,
        tx: &mut Tx,
        customers: &BTreeSet<CustomerId>,
    ) -> Result<Held, Error> {
        if customers.is_empty() {
            return Ok(Held::default());
        }
        store::customers::lock(tx, customers).await?;
        self.held(tx, customers).await
    }

    /// Returns what the customers have of whose subscriptions `subs` some cannot be seen by themselves.
    pub(super) async fn held_beside(
        &self,
        tx: &mut Tx,
        subs: &[Subscription],
    ) -> Result<Held, Error> {
        let seen = subs.iter().filter(|sub| sub.is_seen_with_others());
        let customers: BTreeSet<_> = seen.map(|sub| sub.customer).collect();
        if customers.is_empty() { Ok(Held::default()) } else { self.held(tx, &customers).await }
    }

    /// Returns what customers have by now, whoever sold it and whether or not time has got to it (D-33).
    /// What cannot be read counts for nothing, so that one broken row does not stop its customer from
    /// buying.
    pub(super) async fn held(
        &self,
        tx: &mut Tx,
        customers: &BTreeSet<CustomerId>,
    ) -> Result<Held, Error> {
        let (mut held, mut clocks) = (Held::default(), BTreeMap::new());
        tx.widen().await?;
        let all = store::subscriptions::held_by(tx, customers).await?;
        tx.narrow().await?;
        for read in all {
            let sub = match read {
                Ok(sub) => sub,
                Err(error) => {
                    tracing::error!(%error, "a subscription could not be counted");
                    continue;
                }
            };
            let now = match clocks.get(&sub.clock) {
                Some(now) => *now,
                None => *clocks.entry(sub.clock).or_insert(self.clocks.now(tx, sub.clock).await?),
            };
            let settled = domain::settle(&sub, self.occasion(now))?;
            held.count(settled.last().map_or(&sub, |last| &last.next));
        }
        Ok(held)
    }
}
