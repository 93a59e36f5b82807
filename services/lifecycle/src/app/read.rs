//! Callers read one thing.

use access::{Caller, Reach};
use mailbox::Backlog;
use rpc::name;
use vocab::PartnerId;

use super::act::within_reach;
use super::prices::Book;
use super::{App, Target};
use crate::domain::{self, Invoice, InvoiceId, Occasion, PurchaseCheck, Subscription, View};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns one subscription as it is: what time has made due, a renewal excepted, is shown as
    /// done, whether or not a worker got to it (D-33). Nothing is saved, so the version stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn get(&self, caller: &Caller, target: Target) -> Result<View, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let sub = within_reach(found, caller, target)?;
        let now = self.clocks.now(&mut tx, sub.clock).await?;
        let prices = Book::of(&mut tx, [&sub].into_iter(), std::iter::empty()).await?;
        let held = self.held_beside(&mut tx, std::slice::from_ref(&sub)).await?;
        let at = Occasion { held: &held, ..self.occasion(now) };
        Ok(View::of(settled(sub, at), &prices, at))
    }

    /// Returns an invoice of the caller's partner.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn get_invoice(&self, caller: &Caller, id: InvoiceId) -> Result<Invoice, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        own_invoice(store::invoices::get(&mut tx, id).await?, caller, id)
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
        let settled = domain::settle(&sub, self.occasion(now))?;
        let latest = settled.last().map_or(&sub, |change| &change.next);
        let (status, ends_on) = (latest.status, latest.ends_on());
        Ok(PurchaseCheck { status, partner: sub.partner, now, ends_on })
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

/// Returns what a verb would find, under the version that is stored. What cannot be settled is shown
/// as it is stored: its alarm tells the operator why.
fn settled(stored: Subscription, at: Occasion<'_>) -> Subscription {
    let version = stored.version;
    let last = domain::settle(&stored, at).ok().and_then(|mut changes| changes.pop());
    Subscription { version, ..last.map_or(stored, |last| last.next) }
}

/// Returns the invoice that was asked for, if it is the caller's partner's (PAR-14).
pub(super) fn own_invoice(
    found: Option<Invoice>,
    caller: &Caller,
    id: InvoiceId,
) -> Result<Invoice, Error> {
    let name = || name::Invoice(id.0).to_string();
    found
        .filter(|invoice| is_invoiced_to(caller, invoice.key.partner))
        .ok_or_else(|| Error::NotFound { kind: "Invoice", name: name() })
}

/// Whether a partner's invoices are the caller's to see; customers see none.
pub(super) fn is_invoiced_to(caller: &Caller, partner: PartnerId) -> bool {
    match caller.reach {
        Reach::All => true,
        Reach::Partner(own) => own == partner,
        Reach::Customer(_) => false,
    }
}
