//! Which seats leave a subscription by a transition, what is credited for them, and what they are at
//! the target.

use jiff::Timestamp;
use vocab::calendar::day_of;

use super::Transition;
use crate::domain::charge::credit_unused;
use crate::domain::{Charge, ChargeKind, Occasion, Rejection, SeatBatch, Subscription};

/// Seats that leave, as they were at the source, and what is left there.
#[derive(Debug)]
pub(super) struct Leaving {
    /// What goes.
    pub(super) gone: Vec<SeatBatch>,
    /// What stays.
    pub(super) left: Vec<SeatBatch>,
    /// The credit of each batch.
    pub(super) credits: Vec<Charge>,
}

impl Transition<'_> {
    /// Takes the seats from the source's batches, the earliest deadline first, closed ones before open
    /// ones, with a credit for each.
    ///
    /// Source: D-13, D-34, D-42, BIL-5, BIL-11.
    pub(super) fn take(&self, at: Occasion<'_>) -> Result<Leaving, Rejection> {
        let (source, mut wanted) = (self.source, self.leaving());
        let mut batches = source.batches.clone();
        // No deadline at all comes before every other; a stable sort leaves the rest as it was.
        batches.sort_by_key(|batch| (batch.deadline, batch.added_at));
        let (mut gone, mut left, mut credits) = (Vec::new(), Vec::new(), Vec::new());
        for batch in batches {
            let quantity = batch.quantity.min(wanted);
            wanted -= quantity;
            if 0 < quantity {
                let line = credit_unused(ChargeKind::Convert, source, &batch, quantity, at);
                credits.push(line.map_err(|_| source.too_large(quantity))?);
                gone.push(SeatBatch { quantity, ..batch.clone() });
            }
            if quantity < batch.quantity {
                left.push(SeatBatch { quantity: batch.quantity - quantity, ..batch });
            }
        }
        left.sort_by_key(|batch| batch.added_at);
        Ok(Leaving { gone, left, credits })
    }

    /// Returns the seats at the target, all charged by `line`: those that moved keep the deadlines of
    /// their batches, those that are bought with them have none.
    ///
    /// Source: D-16, D-36, D-37.
    pub(super) fn arriving(
        &self,
        gone: &[SeatBatch],
        holder: &Subscription,
        line: &Charge,
        at: Occasion<'_>,
    ) -> Vec<SeatBatch> {
        if self.source.product.is_trial {
            let deadline = holder.policy.deadline(at.now);
            let deadline = deadline.filter(|_| !holder.product.kind.is_software());
            return vec![new_batch(self.quantity, deadline, line, at.now)];
        }
        let moved = gone.iter().map(|batch| SeatBatch {
            added_at: batch.added_at,
            ..new_batch(batch.quantity, batch.deadline, line, at.now)
        });
        let bought = self.quantity - self.leaving();
        let bought = (0 < bought).then(|| new_batch(bought, None, line, at.now));
        moved.chain(bought).collect()
    }

    /// Returns the source without the seats that left; a transition counts, and drops what the next
    /// charge was to change.
    ///
    /// Source: SEA-7, D-41.
    pub(super) fn without(&self, left: Vec<SeatBatch>) -> Subscription {
        let source = self.source;
        Subscription {
            quantity: source.quantity - self.leaving(),
            batches: left,
            next_charge: None,
            update_count: source.update_count + 1,
            ..source.clone()
        }
    }
}

/// Returns seats that `line` charges from its first day on.
pub(super) fn new_batch(
    quantity: i64,
    deadline: Option<Timestamp>,
    line: &Charge,
    now: Timestamp,
) -> SeatBatch {
    SeatBatch {
        quantity,
        added_at: now,
        anchor: now,
        deadline,
        charged_per_seat: line.effective_unit_price,
        billed_from: day_of(now),
        charge: line.id,
        earlier: Vec::new(),
    }
}
