//! What other services tell: what became of orders, and what test clocks show.

use std::collections::{BTreeMap, BTreeSet};

use mailbox::{Backlog, Outcome};
use vocab::OrderId;

use super::App;
use crate::domain::{Fulfilment, Order, Reading, record};
use crate::error::Error;
use crate::store;

impl App {
    /// Records what became of orders, each message once; returns one outcome for each, in its order.
    ///
    /// A message about what does not exist is refused and holds up no other.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then recorded.
    ///
    /// Source: ORD-11, CAN-11, HIS-2.
    pub async fn record_fulfilments(
        &self,
        fulfilments: &[Fulfilment],
    ) -> Result<Vec<Outcome>, Error> {
        let wanted: BTreeSet<_> = fulfilments.iter().map(|one| (one.customer, one.order)).collect();
        let mut tx = self.db.begin().await?;
        let locked = store::orders::lock(&mut tx, &Vec::from_iter(wanted)).await?;
        let before: BTreeMap<_, _> = locked.into_iter().map(|order| (order.id, order)).collect();
        let outcomes: Vec<_> = fulfilments.iter().map(|one| outcome(&before, one)).collect();

        let takeable: Vec<_> = fulfilments
            .iter()
            .zip(&outcomes)
            .filter(|(_, said)| **said == Outcome::Taken)
            .collect();
        let ids: Vec<_> = takeable.iter().map(|(one, _)| one.message).collect();
        let new = mailbox::take(&mut tx, &ids, self.clocks.real_now()).await?;
        let mut after: BTreeMap<OrderId, Order> = BTreeMap::new();
        for ((one, _), _) in takeable.into_iter().zip(new).filter(|(_, is_new)| *is_new) {
            let Some(order) = before.get(&one.order) else { continue };
            let version = order.version + 1;
            let order = after.get(&one.order).unwrap_or(order);
            if let Ok(next) = record(order, &one.lines) {
                // Several messages about one order are one change of its row.
                after.insert(one.order, Order { version, ..next });
            }
        }
        let changed: Vec<_> = after.into_values().collect();
        store::orders::save(&mut tx, &changed).await?;
        tx.commit().await?;
        for order in &changed {
            self.bells.ring(order.id);
        }
        Ok(outcomes)
    }

    /// Records what test clocks show, each message once; one that lies before what is known changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then recorded.
    pub async fn record_readings(&self, readings: &[Reading]) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let ids: Vec<_> = readings.iter().map(|reading| reading.message).collect();
        let new = mailbox::take(&mut tx, &ids, self.clocks.real_now()).await?;
        for (reading, _) in readings.iter().zip(new).filter(|(_, is_new)| *is_new) {
            self.clocks.set(&mut tx, reading.clock, reading.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Returns where the mailbox stands.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let mut tx = self.db.read().await?;
        Ok(mailbox::backlog(&mut tx).await?)
    }
}

/// Says of a message whether it can be taken.
fn outcome(orders: &BTreeMap<OrderId, Order>, fulfilment: &Fulfilment) -> Outcome {
    let (customer, id) = (fulfilment.customer, fulfilment.order);
    let found = orders.get(&id).filter(|order| order.customer == customer);
    match found.map(|order| record(order, &fulfilment.lines)) {
        None => Outcome::Refused(format!("there is no order customers/{customer}/orders/{id}")),
        Some(Err(line)) => Outcome::Refused(format!("the order {id} has no line {line}")),
        Some(Ok(_)) => Outcome::Taken,
    }
}
