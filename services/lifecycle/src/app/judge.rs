//! Limits that span what a customer has: judged for an order that starts, and in advance.

use std::collections::BTreeSet;

use super::{App, StartOrder};
use crate::domain::{self, Basket, Held, Judged, Limit, Occasion, Proposal, Wanted};
use crate::error::Error;

impl App {
    /// Judges orders that might be placed, each by itself: for each order what is said of each line.
    /// Nothing is locked, so what is free now may be taken when one is placed.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn judge_purchases(&self, asked: Proposal) -> Result<Vec<Vec<Judged>>, Error> {
        let mut tx = self.db.read().await?;
        let now = self.clocks.now(&mut tx, asked.clock).await?;
        let held = self.held(&mut tx, &BTreeSet::from([asked.customer])).await?;
        let at = Occasion { held: &held, ..self.occasion(now) };
        Ok(asked.orders.iter().map(|order| domain::propose(&asked, order, at)).collect())
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
