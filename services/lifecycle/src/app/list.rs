//! Callers read lists: pages in keyset order.

use std::collections::BTreeMap;

use access::{Caller, Reach};
use jiff::civil::Date;
use rpc::{Page, name};
use uuid::Uuid;
use vocab::{ChangeId, CustomerId, PartnerId};

use super::act::within_reach;
use super::prices::Book;
use super::read::{is_invoiced_to, own_invoice};
use super::{App, Target};
use crate::domain::{ChargesOf, Entry, Invoice, Line, View};
use crate::error::Error;
use crate::store;
use crate::store::charges::Of;
use crate::store::subscriptions::Listing;

/// One more row than the page holds, if there are more.
type SubscriptionPage = Vec<View>;
/// Entries with their lines of money.
type ChangePage = Vec<(Entry, Vec<Line>)>;
/// Lines of money.
type ChargePage = Vec<Line>;
/// Invoices.
type InvoicePage = Vec<Invoice>;

impl App {
    /// Returns a page of subscriptions, newest first, of one customer or of all the caller's.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_subscriptions(
        &self,
        caller: &Caller,
        customer: Option<CustomerId>,
        filter: [Option<String>; 3],
        page: &Page,
    ) -> Result<SubscriptionPage, Error> {
        let [status, product, kind] = filter;
        let (partner, customer) = match caller.reach {
            Reach::All => (None, customer),
            Reach::Partner(own) => (Some(own), customer),
            Reach::Customer(own) if customer.is_none_or(|asked| asked == own) => (None, Some(own)),
            Reach::Customer(_) => return Ok(vec![]),
        };
        let listing = Listing { customer, partner, status, product, kind };
        let mut tx = self.db.read().await?;
        let subs = store::subscriptions::list(&mut tx, &listing, after_id(page), page.size).await?;
        let prices = Book::of(&mut tx, subs.iter(), std::iter::empty()).await?;
        let mut views = vec![];
        for sub in subs {
            let now = self.clocks.now(&mut tx, sub.clock).await?;
            views.push(self.view(sub, &prices, now));
        }
        Ok(views)
    }

    /// Returns a page of a subscription's history, oldest first, each with its money.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn list_changes(
        &self,
        caller: &Caller,
        target: Target,
        page: &Page,
    ) -> Result<ChangePage, Error> {
        let mut tx = self.db.read().await?;
        within_reach(store::subscriptions::load(&mut tx, &[target.1]).await?, caller, target)?;
        let entries = store::changes::list(&mut tx, target.1, after_id(page), page.size).await?;
        let ids: Vec<ChangeId> = entries.iter().map(|entry| entry.id).collect();
        let mut lines: BTreeMap<ChangeId, Vec<Line>> = BTreeMap::new();
        for line in store::charges::of_changes(&mut tx, &ids).await? {
            lines.entry(line.change).or_default().push(line);
        }
        let with_lines = entries.into_iter().map(|entry| {
            let of_entry = lines.remove(&entry.id).unwrap_or_default();
            (entry, of_entry)
        });
        Ok(with_lines.collect())
    }

    /// Returns a page of lines of money, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown or foreign subscription or invoice (PAR-14).
    pub async fn list_charges(
        &self,
        caller: &Caller,
        list: ChargesOf,
        page: &Page,
    ) -> Result<ChargePage, Error> {
        let partner = match caller.reach {
            Reach::Partner(own) => Some(own),
            Reach::All | Reach::Customer(_) => None,
        };
        let mut tx = self.db.read().await?;
        let of = match list {
            ChargesOf::Customer(customer) => match caller.reach {
                Reach::Customer(own) if own != customer => return Ok(vec![]),
                Reach::All | Reach::Partner(_) | Reach::Customer(_) => Of::Customer(customer),
            },
            ChargesOf::Subscription(customer, id) => {
                let target = name::Subscription(customer, id);
                let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
                within_reach(found, caller, target)?;
                Of::Subscription(target.1)
            }
            ChargesOf::Invoice(id) => {
                own_invoice(store::invoices::get(&mut tx, id).await?, caller, id)?;
                Of::Invoice(id)
            }
        };
        Ok(store::charges::list(&mut tx, of, partner, after_id(page), page.size).await?)
    }

    /// Returns a page of a partner's invoices, the newest month first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a foreign partner (PAR-14).
    pub async fn list_invoices(
        &self,
        caller: &Caller,
        partner: PartnerId,
        page: &Page,
    ) -> Result<InvoicePage, Error> {
        if !is_invoiced_to(caller, partner) {
            let name = name::Partner(partner).to_string();
            return Err(Error::NotFound { kind: "Partner", name });
        }
        let mut tx = self.db.read().await?;
        let after = page.after.as_deref().and_then(after_month);
        Ok(store::invoices::list(&mut tx, partner, after, page.size).await?)
    }
}

/// Returns the id that a page token holds; ours always does.
fn after_id(page: &Page) -> Option<Uuid> {
    page.after.as_deref().and_then(|key| Uuid::try_parse(key).ok())
}

fn after_month(key: &str) -> Option<(Date, Uuid)> {
    let (month, id) = key.split_once(' ')?;
    Some((month.parse().ok()?, Uuid::try_parse(id).ok()?))
}
