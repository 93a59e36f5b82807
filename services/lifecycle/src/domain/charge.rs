//! Lines of money and how they are computed. When a line is due is decided by the verbs.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_of, days_between, start_of};
use vocab::{ChargeId, Money, MoneyError};

use super::{Cycle, Occasion, PaidCycle, Refund, SeatBatch, Subscription};

vocab::text_enum! {
    /// What a line of money is for. Source: BIL-1.
    ChargeKind {
        /// The first cycle of a purchase.
        New = "NEW",
        /// The first cycle of a renewed term.
        Renew = "RENEW",
        /// A later cycle of a term.
        Cycle = "CYCLE",
        /// Seats added in mid-cycle.
        AddSeats = "ADD_SEATS",
        /// The credit for seats taken back.
        RemoveSeats = "REMOVE_SEATS",
        /// The credit of a cancellation.
        Cancel = "CANCEL",
        /// An upgrade, or what a trial becomes.
        Convert = "CONVERT",
        /// A move to another partner.
        Transfer = "TRANSFER",
        /// Metered usage.
        Usage = "USAGE",
        /// A support decision.
        Adjustment = "ADJUSTMENT",
    }
}

/// One line of money: appended once, never changed. Source: BIL-1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// What it is for.
    pub kind: ChargeKind,
    /// The price per seat of the whole cycle.
    pub unit_price: Money,
    /// What this line charges per seat, prorated; negative on a credit. Times the quantity it is
    /// the amount, but for usage, whose amount its publisher says (BIL-12).
    pub effective_unit_price: Money,
    /// The seats; of usage the units.
    pub quantity: i64,
    /// The first day of the service period.
    pub period_start: Date,
    /// The last day of the service period, inclusive.
    pub period_end: Date,
    /// The days that are charged or credited.
    pub billed_days: i64,
    /// The calendar days of the whole cycle.
    pub cycle_days: i64,
    /// The amount, with its currency; negative is owed to the partner.
    pub amount: Money,
    /// Whether the amount includes tax (MKT-8).
    pub tax_included: bool,
    /// The promotion that lowered the price.
    pub promotion: Option<String>,
    /// The line that a credit credits (BIL-11).
    pub credits: Option<ChargeId>,
    /// When it was due.
    pub effective_at: Timestamp,
    /// When it was made; the invoice of that month has it (BIL-10).
    pub committed_at: Timestamp,
    /// Whether it was billed before the purchase was brought in, so that no invoice of ours has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub billed_elsewhere: bool,
}

/// Charges `quantity` seats of `sub` for its cycle from `day` on, `day` included.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: BIL-3, D-11.
pub(super) fn charge(
    kind: ChargeKind,
    sub: &Subscription,
    quantity: i64,
    day: Date,
    effective_at: Timestamp,
    at: Occasion<'_>,
) -> Result<Charge, MoneyError> {
    let cycle = &sub.cycle;
    let per_seat = cycle.price_from(day);
    Ok(Charge {
        id: at.charge_id(),
        kind,
        unit_price: cycle.unit_price,
        effective_unit_price: per_seat,
        quantity,
        period_start: day,
        period_end: cycle.end,
        billed_days: cycle.days_from(day),
        cycle_days: cycle.days(),
        amount: per_seat.checked_mul(quantity)?,
        tax_included: sub.tax_included,
        promotion: sub.promotion.clone(),
        credits: None,
        effective_at,
        committed_at: at.now,
        billed_elsewhere: false,
    })
}

/// Credits `quantity` seats of `batch`: one negative line, linked to the line it credits, and under
/// a full refund one more for each earlier cycle that was paid.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: BIL-11, PCX-6, D-3, D-32.
pub(super) fn credit(
    kind: ChargeKind,
    sub: &Subscription,
    batch: &SeatBatch,
    quantity: i64,
    at: Occasion<'_>,
) -> Result<Vec<Charge>, MoneyError> {
    let current = batch.paid(sub.cycle);
    let in_full = sub.policy.refund == Refund::Full;
    let used_days = if in_full { 0 } else { used_days(used_from(batch, &sub.cycle), at.now) };
    let earlier = if in_full { batch.earlier.as_slice() } else { &[] };
    let lines = earlier.iter().map(|paid| (paid, 0)).chain([(&current, used_days)]);
    lines.map(|(paid, used)| credit_line(kind, sub, paid, quantity, used, at)).collect()
}

/// Credits `quantity` seats of `batch` for the days of its cycle from today on, which belong to what
/// the seats become: one negative line, linked to the line it credits.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: D-34, BIL-5, BIL-11.
pub(super) fn credit_unused(
    kind: ChargeKind,
    sub: &Subscription,
    batch: &SeatBatch,
    quantity: i64,
    at: Occasion<'_>,
) -> Result<Charge, MoneyError> {
    let used_days = days_between(batch.billed_from, day_of(at.now)).max(0);
    credit_line(kind, sub, &batch.paid(sub.cycle), quantity, used_days, at)
}

/// Credits all seats of `batch` for the days of the current cycle that are left once `used_days` of
/// those that were charged are used, whatever its policy pays back.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: BIL-11, D-29.
pub(super) fn credit_for_days(
    kind: ChargeKind,
    sub: &Subscription,
    batch: &SeatBatch,
    used_days: i64,
    at: Occasion<'_>,
) -> Result<Charge, MoneyError> {
    credit_line(kind, sub, &batch.paid(sub.cycle), batch.quantity, used_days, at)
}

fn credit_line(
    kind: ChargeKind,
    sub: &Subscription,
    paid: &PaidCycle,
    quantity: i64,
    used_days: i64,
    at: Occasion<'_>,
) -> Result<Charge, MoneyError> {
    let cycle = &paid.cycle;
    let credited_days = (cycle.days_from(paid.billed_from) - used_days).max(0);
    let per_seat = refund_per_seat(paid, used_days).negated();
    Ok(Charge {
        id: at.charge_id(),
        kind,
        unit_price: cycle.unit_price,
        effective_unit_price: per_seat,
        quantity,
        period_start: last_days(cycle.end, credited_days),
        period_end: cycle.end,
        billed_days: credited_days,
        cycle_days: cycle.days(),
        amount: per_seat.checked_mul(quantity)?,
        tax_included: sub.tax_included,
        promotion: sub.promotion.clone(),
        credits: Some(paid.charge),
        effective_at: at.now,
        committed_at: at.now,
        billed_elsewhere: false,
    })
}

/// Returns what is paid back per seat: what was charged less the days used, at least 0 and at most
/// what was charged.
///
/// Source: PCX-6, TRP-55.
fn refund_per_seat(paid: &PaidCycle, used_days: i64) -> Money {
    let used = paid.cycle.unit_price.share(used_days, paid.cycle.days());
    let charged = paid.charged_per_seat;
    Money::of_minor((charged.minor - used.minor).clamp(0, charged.minor.max(0)), charged.currency)
}

/// Returns the instant from which the used days of a batch count: its anchor, or the start of the
/// current cycle when the batch is older than that.
///
/// Source: D-32.
fn used_from(batch: &SeatBatch, cycle: &Cycle) -> Timestamp {
    batch.anchor.max(start_of(cycle.start))
}

/// Returns the days used from `anchor` to `now`: a started day counts, and there is always one.
///
/// Source: D-10.
fn used_days(anchor: Timestamp, now: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let used = now.as_millisecond() - anchor.as_millisecond();
    (used + DAY - 1).div_euclid(DAY).max(1)
}

/// Returns the first of the `count` days that end with `end`; `end` itself when there is none.
fn last_days(end: Date, count: i64) -> Date {
    end.checked_sub((count - 1).max(0).days()).unwrap_or(end)
}

#[cfg(test)]
mod tests;
