//! Callers read one thing.

use access::{Caller, Reach};
use mailbox::Backlog;
use rpc::name;

use super::act::within_reach;
use super::prices::Book;
use super::{App, Target};
use crate::domain::{Invoice, InvoiceId, PurchaseCheck, View};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns one subscription.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn get(&self, caller: &Caller, target: Target) -> Result<View, Error> {
        let mut tx = self.db.read().await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let sub = within_reach(found, caller, target)?;
        let now = self.clocks.now(&mut tx, sub.clock).await?;
        let prices = Book::of(&mut tx, [&sub].into_iter(), std::iter::empty()).await?;
        Ok(self.view(sub, &prices, now))
    }

    /// Returns an invoice of the caller's partner.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn get_invoice(&self, caller: &Caller, id: InvoiceId) -> Result<Invoice, Error> {
        let mut tx = self.db.read().await?;
        let found = store::invoices::get(&mut tx, id).await?;
        found
            .filter(|invoice| match caller.reach {
                Reach::All => true,
                Reach::Partner(own) => own == invoice.key.partner,
                Reach::Customer(_) => false,
            })
            .ok_or_else(|| Error::NotFound {
                kind: "Invoice",
                name: name::Invoice(id.0).to_string(),
            })
    }

    /// Returns where a purchase stands at this instant, so that no key leaves after its end.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn check_purchase(&self, target: Target) -> Result<PurchaseCheck, Error> {
        let mut tx = self.db.begin().await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let sub = found
            .into_iter()
            .find(|sub| sub.customer == target.0)
            .ok_or_else(|| Error::NotFound { kind: "Subscription", name: target.to_string() })?;
        let now = self.clocks.now(&mut tx, sub.clock).await?;
        // What time has ended is over, whether or not a worker got to it.
        let settled = crate::domain::settle(&sub, self.occasion(now))?;
        let status = settled.last().map_or(sub.status, |change| change.next.status);
        Ok(PurchaseCheck { status, partner: sub.partner, now })
    }

    /// Returns where the mailbox stands.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let mut tx = self.db.read().await?;
        Ok(mailbox::backlog(&mut tx).await?)
    }
}
