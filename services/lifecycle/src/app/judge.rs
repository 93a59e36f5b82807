//! Limits that span what a customer has: judged for an order that starts, and in advance.

use std::collections::BTreeSet;

use super::{App, StartOrder};
use crate::domain::{self, Basket, Held, Limit, Occasion, Proposal, Wanted};
use crate::error::Error;

impl App {
    /// Returns what limits say of orders that might be placed, each judged by itself: for each order
    /// each line's refusals. Nothing is locked, so what is free now may be taken when one is placed.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn judge_purchases(&self, asked: Proposal) -> Result<Vec<Vec<Vec<Limit>>>, Error> {
        let mut tx = self.db.read().await?;
        let now = self.clocks.now(&mut tx, asked.clock).await?;
        let is_limited = asked.orders.iter().flatten().any(|(product, _)| product.is_limited());
        let customers: BTreeSet<_> = is_limited.then_some(asked.customer).into_iter().collect();
        let held = self.held(&mut tx, &customers).await?;
        let at = Occasion { held: &held, ..self.occasion(now) };
        let judged = asked.orders.iter().map(|order| {
            let wanted = order.iter();
            let lines: Vec<_> =
                wanted.map(|(product, quantity)| Wanted { product, quantity: *quantity }).collect();
            let basket = Basket { customer: asked.customer, partner: asked.partner, lines: &lines };
            domain::judge(basket, at)
        });
        Ok(judged.collect())
    }

    /// Returns what limits say of an order that starts, line by line. To be called under the
    /// customer's lock.
    pub(super) fn judge_order(&self, order: &StartOrder, held: &Held) -> Vec<Vec<Limit>> {
        let Some(first) = order.lines.first() else { return vec![] };
        let wanted = order.lines.iter();
        let lines: Vec<_> = wanted
            .map(|line| Wanted { product: &line.offer.product, quantity: line.quantity })
            .collect();
        let basket = Basket { customer: order.customer, partner: first.partner, lines: &lines };
        let at = Occasion { held, ..self.occasion(first.ordered_at) };
        domain::judge(basket, at)
    }
}
