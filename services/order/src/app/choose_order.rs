//! Which order is meant when a product is to be cancelled and no order is named.

use access::Reach;
use vocab::{CustomerId, PartnerId, ProductId};

use super::App;
use crate::domain::{CancelPurchases, Order, Rejection, lines_of_product};
use crate::error::Error;
use crate::store;
use crate::store::cancellations::Question;

/// How many orders of one product are looked at: whoever has more must name one anyway.
const ORDERS_MAX: i64 = 20;

impl App {
    /// Returns the one order that can be cancelled for a product, and its lines.
    ///
    /// One order that holds it is the one, and lifecycle says if it is too late; of several those are
    /// left whose window is open.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] when there is none, or not exactly one; [`Error::PeerRefused`] for another
    /// reason than a closed window, [`Error::PeerUnavailable`].
    ///
    /// Source: D-6, CAN-14.
    pub(super) async fn choose_order(
        &self,
        (customer, partner): (CustomerId, PartnerId),
        product: &ProductId,
        to_ask: impl Fn(Question) -> CancelPurchases,
    ) -> Result<Question, Error> {
        let held = self.held(customer, partner, product).await?;
        match held.as_slice() {
            [] => return Err(Rejection::NotBought { customer, product: product.clone() }.into()),
            [only] => return Ok(only.clone()),
            _ => {}
        }
        let mut open = Vec::new();
        for question in &held {
            if self.lifecycle.could_cancel(to_ask(question.clone())).await? {
                open.push(question.clone());
            }
        }
        let several = match open.as_slice() {
            [only] => return Ok(only.clone()),
            [] => held,
            _ => open,
        };
        let orders = several.into_iter().map(|question| question.order).collect();
        Err(Rejection::OrderRequired { customer, product: product.clone(), orders }.into())
    }

    /// Returns what could be meant, newest first.
    async fn held(
        &self,
        customer: CustomerId,
        partner: PartnerId,
        product: &ProductId,
    ) -> Result<Vec<Question>, Error> {
        let mut tx = self.db.read_as(Reach::Partner(partner).sight()).await?;
        let owner = (customer, partner);
        let found = store::orders::with_product(&mut tx, owner, product, ORDERS_MAX).await?;
        let question = |order: &Order| {
            let lines = lines_of_product(order, product);
            (!lines.is_empty()).then_some(Question { order: order.id, lines })
        };
        Ok(found.iter().filter_map(question).collect())
    }
}
