//! Seats by the instant at which they were added, and which of them can be taken back (SEA).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{ChargeId, Money};

use super::{Cycle, Status, Subscription};

/// Seats that were added at one instant, with their own window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatBatch {
    /// How many are left of them.
    pub quantity: i64,
    /// When they were added.
    pub added_at: Timestamp,
    /// From when their used days count (D-32).
    pub anchor: Timestamp,
    /// Until when they can be taken back, inclusive; `None` is never.
    pub deadline: Option<Timestamp>,
    /// What was charged for each of them in the current cycle.
    pub charged_per_seat: Money,
    /// Their first charged day in the current cycle.
    pub billed_from: Date,
    /// The line that charged them for the current cycle, which a credit credits (BIL-11).
    pub charge: ChargeId,
    /// What was paid for earlier cycles, kept under a full-refund policy alone (D-32).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<PaidCycle>,
}

/// What was charged for each seat of a batch for one cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidCycle {
    /// The line that charged it.
    pub charge: ChargeId,
    /// What it charged per seat.
    pub charged_per_seat: Money,
    /// The first charged day.
    pub billed_from: Date,
    /// The cycle.
    pub cycle: Cycle,
}

/// Some seats that can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReducibleSeats {
    /// How many.
    pub quantity: i64,
    /// Until when, inclusive.
    pub allowed_until: Timestamp,
}

/// Which seats can be taken back at one instant. Source: SEA-5, SEA-13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reducible {
    /// How many in all.
    pub total: i64,
    /// The same by deadline, the earliest first.
    pub parts: Vec<ReducibleSeats>,
    /// The latest deadline that has passed.
    pub closed_at: Option<Timestamp>,
}

impl SeatBatch {
    /// Whether its seats can be taken back at `now` (D-8).
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.deadline.is_some_and(|deadline| now <= deadline)
    }

    /// Returns what was paid for `cycle`, the current one.
    pub(super) const fn paid(&self, cycle: Cycle) -> PaidCycle {
        PaidCycle {
            charge: self.charge,
            charged_per_seat: self.charged_per_seat,
            billed_from: self.billed_from,
            cycle,
        }
    }
}

/// Returns which seats of `sub` can be taken back at `now`: those of open batches, as long as the
/// offer's minimum is left. A shortage is taken from the latest deadline.
///
/// Source: SEA-5, SEA-10, SEA-13, TRP-9, TRF-7.
pub fn reducible(sub: &Subscription, now: Timestamp) -> Reducible {
    let is_resizable = sub.status == Status::Active
        && !sub.product.is_trial
        && !sub.is_renewal_pending(now)
        && sub.pending_transfer.is_none();
    let open = takeable(sub, now);
    if is_resizable { open } else { Reducible { total: 0, parts: Vec::new(), ..open } }
}

/// As [`reducible`], for windows alone: whether it is in use does not matter.
pub(super) fn takeable(sub: &Subscription, now: Timestamp) -> Reducible {
    let closed_at =
        sub.batches.iter().filter_map(|batch| batch.deadline).filter(|until| *until < now).max();
    let mut left = sub.quantity - sub.product.fewest_seats();
    let mut parts = Vec::new();
    for index in by_deadline(&sub.batches, now) {
        let Some(batch) = sub.batches.get(index) else { continue };
        let quantity = batch.quantity.min(left);
        if let (true, Some(allowed_until)) = (0 < quantity, batch.deadline) {
            parts.push(ReducibleSeats { quantity, allowed_until });
            left -= quantity;
        }
    }
    Reducible { total: parts.iter().map(|part| part.quantity).sum(), parts, closed_at }
}

/// Returns how many seats are in open batches at `now`, whatever the offer's minimum.
pub(super) fn open_seats(sub: &Subscription, now: Timestamp) -> i64 {
    sub.batches.iter().filter(|batch| batch.is_open(now)).map(|batch| batch.quantity).sum()
}

/// Returns until when `count` seats can be taken back, inclusive, as far as windows go; `None` when
/// that many cannot be.
///
/// Source: SEA-2, SEA-13.
pub(super) fn takeable_until(sub: &Subscription, count: i64) -> Option<Timestamp> {
    let deadlines = sub.batches.iter().filter_map(|batch| batch.deadline);
    deadlines.filter(|until| count <= takeable(sub, *until).total).max()
}

/// Returns the places of the open batches in the order in which seats are taken from them: the
/// earliest deadline first, then the older batch.
///
/// Source: D-13.
pub(super) fn by_deadline(batches: &[SeatBatch], now: Timestamp) -> Vec<usize> {
    let mut open: Vec<(usize, &SeatBatch)> =
        batches.iter().enumerate().filter(|(_, batch)| batch.is_open(now)).collect();
    open.sort_by_key(|(_, batch)| (batch.deadline, batch.added_at));
    open.into_iter().map(|(index, _)| index).collect()
}
