//! order asks for the start of what was bought.

use std::collections::BTreeSet;

use db::Tx;
use jiff::Timestamp;
use mailbox::Letter;
use vocab::{CustomerId, MessageId, OrderId};

use super::App;
use super::letters::Cause;
use crate::domain::{
    self, Change, Held, Limit, LineOutcome, Occasion, OrderOutcome, Purchase, Refusal, Rejection,
};
use crate::error::Error;

/// One order: its lines start together or not at all.
#[derive(Debug, Clone)]
pub struct StartOrder {
    /// The message that asks for it.
    pub message: MessageId,
    /// Whose.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// The lines.
    pub lines: Vec<Purchase>,
    /// When it was brought in, of an order from before; what was due by then was billed elsewhere.
    pub brought_in_at: Option<Timestamp>,
}

impl App {
    /// Starts the subscriptions of orders, each order together or not at all (ORD-11), each message
    /// once. What is refused is told to order, with a reason for each line.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then taken.
    pub async fn start(&self, orders: Vec<StartOrder>) -> Result<(), Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        let ids: Vec<MessageId> = orders.iter().map(|order| order.message).collect();
        let is_new = mailbox::take(&mut tx, &ids, real_now).await?;
        let orders: Vec<StartOrder> = orders
            .into_iter()
            .zip(is_new)
            .filter_map(|(order, new)| new.then_some(order))
            .collect();
        // What depends on what the customer has is judged under the customer's lock; the rest needs none.
        let lines = orders.iter().flat_map(|order| &order.lines);
        let judged = lines.filter(|line| line.offer.product.is_limited() || line.co_term.is_some());
        let customers: BTreeSet<_> = judged.map(|line| line.customer).collect();
        let mut held = self.lock_held(&mut tx, &customers).await?;

        let (mut changes, mut refusals): (Vec<Change>, Vec<Letter>) = (vec![], vec![]);
        for order in &orders {
            match self.start_order(&mut tx, order, &held).await? {
                Ok(started) => {
                    held.count_all(started.iter().map(|change| &change.next));
                    changes.extend(started);
                }
                Err(refused) => refusals.extend(self.fulfilment_letter(&refused)),
            }
        }
        self.save(&mut tx, &changes, Cause { actor: "order", real_now }).await?;
        mailbox::send(&mut tx, &refusals, real_now).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(())
    }

    /// Starts all lines of an order, or says of each why not.
    async fn start_order(
        &self,
        tx: &mut Tx,
        order: &StartOrder,
        held: &Held,
    ) -> Result<Result<Vec<Change>, OrderOutcome>, Error> {
        let mut outcomes = vec![];
        for (line, limits) in order.lines.iter().zip(self.judge_order(order, held)) {
            let now = self.clocks.now(tx, line.clock).await?;
            // The order was committed by another machine's clock.
            let now = now.max(line.ordered_at);
            let at = Occasion { held, ..self.occasion(now) };
            let started = begin(line, order.brought_in_at, at);
            let limit = limits.into_iter().next();
            outcomes.push((line, started.and_then(|changes| limit.map_or(Ok(changes), refuse))));
        }
        if outcomes.iter().all(|(_, outcome)| outcome.is_ok()) {
            let started = outcomes.into_iter().filter_map(|(_, outcome)| outcome.ok());
            return Ok(Ok(started.flatten().collect()));
        }
        Ok(Err(refused(order, outcomes)))
    }
}

/// Starts what is bought here, or what was bought elsewhere and since then went on.
fn begin(
    line: &Purchase,
    brought_in_at: Option<Timestamp>,
    at: Occasion<'_>,
) -> Result<Vec<Change>, Rejection> {
    match brought_in_at {
        None => domain::start(line, at).map(|change| vec![change]),
        Some(brought_in_at) => domain::bring_in(line, brought_in_at, at),
    }
}

fn refuse(limit: Limit) -> Result<Vec<Change>, Rejection> {
    Err(limit.into())
}

/// Returns why an order failed: each line's own reason, or that another line was refused.
fn refused(
    order: &StartOrder,
    outcomes: Vec<(&Purchase, Result<Vec<Change>, Rejection>)>,
) -> OrderOutcome {
    let lines = outcomes.into_iter().map(|(line, outcome)| LineOutcome {
        line: line.order_line,
        subscription: None,
        refusal: Some(outcome.err().map_or_else(because_of_another, |no| Refusal::from(&no))),
        is_cancelled: false,
    });
    OrderOutcome { customer: order.customer, order: order.order, lines: lines.collect() }
}

fn because_of_another() -> Refusal {
    Refusal {
        reason: "ORDER_REFUSED".to_owned(),
        rule: "ORD-11".to_owned(),
        message: "another line of the order was refused, and lines start together or not at all; \
                  mend that line and order again"
            .to_owned(),
        metadata: vec![],
    }
}
