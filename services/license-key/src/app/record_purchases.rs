//! Takes over what lifecycle says of purchases.

use vocab::MessageId;

use super::App;
use crate::domain::{self, Purchase};
use crate::error::Error;
use crate::store;

impl App {
    /// Records purchases, each message once; of each purchase the highest version wins, in whatever
    /// order they arrive. The keys and download links of those that are over are revoked with it, but for
    /// those that another partner's purchase takes over, whichever of the two is told first. So is the key
    /// of what a purchase was before it became another SKU.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then taken.
    ///
    /// Source: PCX-1, DWN-5, TRP-50, TRF-1, T-180 in `docs/rules.md`.
    pub async fn record_purchases(
        &self,
        messages: Vec<(MessageId, Purchase)>,
    ) -> Result<(), Error> {
        let now = self.clocks.real_now();
        let ids: Vec<MessageId> = messages.iter().map(|(id, _)| *id).collect();
        let mut tx = self.db.begin().await?;

        let are_new = mailbox::take(&mut tx, &ids, now).await?;
        let new = messages.into_iter().zip(are_new).filter(|(_, is_new)| *is_new);
        let purchases = domain::newest_of_each(new.map(|((_, purchase), _)| purchase));
        store::purchases::record(&mut tx, &purchases).await?;
        let mut known: Vec<_> = purchases.iter().map(|one| (one.customer, one.id)).collect();
        for handover in purchases.iter().flat_map(Purchase::handovers) {
            store::handovers::follow(&mut tx, handover).await?;
            known.push((handover.customer, handover.to));
        }
        store::keys::revoke_former(&mut tx, &known, now).await?;
        let over: Vec<_> = purchases
            .iter()
            .filter(|purchase| purchase.ends_its_keys())
            .map(|purchase| (purchase.customer, purchase.id))
            .collect();
        store::keys::revoke(&mut tx, &over, now).await?;
        store::download_links::revoke_of(&mut tx, &over, now).await?;

        tx.commit().await?;
        Ok(())
    }
}
