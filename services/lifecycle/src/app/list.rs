//! Callers read lists: pages in keyset order. What happened is in `changes`.

use access::{Caller, Reach};
use jiff::civil::Date;
use rpc::{Page, name};
use uuid::Uuid;
use vocab::PartnerId;

use super::App;
use super::act::within_reach;
use super::prices::Book;
use super::read::{is_invoiced_to, own_invoice};
use crate::domain::{ChargesOf, Invoice, Line, Occasion, SubscriptionQuery, View};
use crate::error::Error;
use crate::store;
use crate::store::charges::Of;

/// One more row than the page holds, if there are more: lines of money.
type ChargePage = Vec<Line>;
/// Invoices.
type InvoicePage = Vec<Invoice>;

impl App {
    /// Returns a page of subscriptions, of one customer or of all the caller's, newest first or by
    /// renewal, and the key behind which it goes on.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_subscriptions(
        &self,
        caller: &Caller,
        query: SubscriptionQuery,
        page: &Page,
    ) -> Result<(Vec<View>, Option<String>), Error> {
        let (partner, customer) = match (caller.reach, query.customer) {
            (Reach::All, asked) => (None, asked),
            (Reach::Partner(own), asked) => (Some(own), asked),
            (Reach::Customer(own), asked) if asked.is_none_or(|it| it == own) => (None, Some(own)),
            (Reach::Customer(_), _) => return Ok((vec![], None)),
        };
        let query = SubscriptionQuery { customer, ..query };
        let after = page.after.as_deref();
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let (subs, next) = store::listing::list(&mut tx, partner, &query, after, page.size).await?;
        let prices = Book::of(&mut tx, subs.iter(), std::iter::empty()).await?;
        let held = self.held_beside(&mut tx, &subs).await?;
        let mut views = vec![];
        for sub in subs {
            let now = self.clocks.now(&mut tx, sub.clock).await?;
            let at = Occasion { held: &held, ..self.occasion(now) };
            views.push(View::of(sub, &prices, at));
        }
        Ok((views, next))
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
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
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
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
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
