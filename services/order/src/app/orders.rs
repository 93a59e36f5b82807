//! Reading orders, and waiting until one is done.

use std::time::Duration;

use access::Caller;
use rpc::Page;
use tokio::time::{Instant, timeout_at};
use vocab::{CustomerId, OrderId};

use super::App;
use super::partners::one_more;
use super::scope::{not_found, partner_of};
use crate::domain::{Order, OrderState};
use crate::error::Error;
use crate::store;
use crate::store::orders::Before;

/// How often a waiting call looks by itself: another process may have taken the news.
const LOOK_REST: Duration = Duration::from_millis(200);

impl App {
    /// Returns an order with the state of each line (HIS-2).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn get_order(
        &self,
        caller: &Caller,
        customer: CustomerId,
        id: OrderId,
    ) -> Result<Order, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer(&mut tx, caller, customer).await?;
        let found = store::orders::load(&mut tx, customer, id).await?;
        own_order(caller, found, customer, id)
    }

    /// Lists a customer's orders, newest first: one more than the page holds, if there is (HIS-1).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Page`].
    pub async fn list_orders(
        &self,
        caller: &Caller,
        customer: CustomerId,
        page: &Page,
    ) -> Result<Vec<Order>, Error> {
        let before = page.after.as_deref().map(before).transpose()?;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer(&mut tx, caller, customer).await?;
        let partner = partner_of(caller);
        Ok(store::orders::list(&mut tx, customer, partner, before, one_more(page)).await?)
    }

    /// Returns an order once its subscriptions have started or were refused, or as it is at
    /// `deadline`, or when the process shall stop: others hear of the rest (T-176).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn settled(
        &self,
        caller: &Caller,
        customer: CustomerId,
        id: OrderId,
        deadline: Instant,
    ) -> Result<Order, Error> {
        // Heard from before the first look on, so that no news falls in between.
        let mut bell = self.bells.listen(id);
        loop {
            let order = self.get_order(caller, customer, id).await?;
            let now = Instant::now();
            let is_over = deadline <= now || self.stop.is_cancelled();
            if order.state() != OrderState::Processing || is_over {
                return Ok(order);
            }
            // Rung or not: look again.
            let news = timeout_at(deadline.min(now + LOOK_REST), bell.changed());
            let (Some(Ok(_) | Err(_)) | None) = self.stop.run_until_cancelled(news).await;
        }
    }
}

/// Returns the order if the caller reaches it.
pub fn own_order(
    caller: &Caller,
    found: Option<Order>,
    customer: CustomerId,
    id: OrderId,
) -> Result<Order, Error> {
    let own = partner_of(caller);
    found
        .filter(|order| own.is_none_or(|own| own == order.partner))
        .ok_or_else(|| not_found("Order", format!("customers/{customer}/orders/{id}")))
}

/// Returns where a page ends, for the token of the next one.
pub fn page_key(order: &Order) -> String {
    format!("{} {}", order.created_at, order.id)
}

fn before(key: &str) -> Result<Before, rpc::PageError> {
    let (created_at, id) = key.split_once(' ').ok_or(rpc::PageError)?;
    Ok(Before {
        created_at: created_at.parse().map_err(|_| rpc::PageError)?,
        id: id.parse().map_err(|_| rpc::PageError)?,
    })
}
