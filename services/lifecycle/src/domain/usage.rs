//! Metered usage of a publisher's service, which is charged as it is reported and never refunded.

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::calendar::{day_of, days_between, start_of};
use vocab::{Currency, Money, ProductKind};

use super::{Change, ChangeKind, Charge, ChargeKind, Occasion, Rejection, Subscription};

/// What was used. Source: BIL-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many units, above 0.
    pub quantity: i64,
    /// What they cost in all, above 0.
    pub amount: Money,
    /// The first day of use.
    pub from: Date,
    /// The last one, not before it.
    pub to: Date,
}

/// Why usage is not charged. Source: BIL-12.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUsage {
    /// Nothing is metered.
    #[error("what is {kind} is not metered; record usage for an ISV_SAAS_METERED subscription")]
    NotMetered {
        /// The product's kind.
        kind: ProductKind,
    },
    /// Another currency.
    #[error("{given} is not in {expected}, in which it is charged; convert the amount")]
    OtherCurrency {
        /// What was asked for.
        given: Money,
        /// The subscription's currency.
        expected: Currency,
    },
    /// Not used yet.
    #[error("{to} is after {today}; record usage once its last day has come")]
    Future {
        /// The last day of use.
        to: Date,
        /// The customer's present day.
        today: Date,
    },
    /// It did not run then.
    #[error("it was not in use from {from} through {to}, for it began on {since}{}; record usage of days when it was", ended(*.over_at))]
    Outside {
        /// The first day of use.
        from: Date,
        /// The last day of use.
        to: Date,
        /// The day on which it began.
        since: Date,
        /// When it ended.
        over_at: Option<Timestamp>,
    },
    /// Partly free.
    #[error(
        "{from} through {to} is free of charge through {last} alone; record the two parts one by one"
    )]
    HalfFree {
        /// The first day of use.
        from: Date,
        /// The last day of use.
        to: Date,
        /// The last day of the evaluation.
        last: Date,
    },
}

/// Charges `usage` of `sub`; in a free evaluation it costs nothing. What has ended can still be charged
/// for days when it was in use.
///
/// # Errors
///
/// [`Rejection::Usage`] (BIL-12).
///
/// Source: BIL-12, D-39.
pub fn record_usage(
    sub: &Subscription,
    usage: Usage,
    at: Occasion<'_>,
) -> Result<Change, Rejection> {
    check(sub, usage, at.now)?;
    let change = Change::new(ChangeKind::UsageRecorded, sub, sub.clone(), at.now, at);
    Ok(Change { charges: vec![line(sub, usage, at)], ..change })
}

fn check(sub: &Subscription, usage: Usage, now: Timestamp) -> Result<(), NoUsage> {
    let (kind, expected) = (sub.product.kind, sub.price.currency);
    let Usage { quantity: _, amount: given, from, to } = usage;
    let (since, today) = (day_of(sub.ordered_at), day_of(now));
    let over_at = (!sub.is_live()).then_some(sub.status_since);
    let was_in_use = since <= from && over_at.is_none_or(|over_at| start_of(to) < over_at);
    if kind != ProductKind::IsvSaasMetered {
        Err(NoUsage::NotMetered { kind })
    } else if given.currency != expected {
        Err(NoUsage::OtherCurrency { given, expected })
    } else if today < to {
        Err(NoUsage::Future { to, today })
    } else if !was_in_use {
        Err(NoUsage::Outside { from, to, since, over_at })
    } else {
        match sub.evaluation_ends_on {
            Some(last) if from <= last && last < to => Err(NoUsage::HalfFree { from, to, last }),
            _ => Ok(()),
        }
    }
}

/// The amount is the publisher's; the price of a unit is what it comes to, rounded.
fn line(sub: &Subscription, usage: Usage, at: Occasion<'_>) -> Charge {
    let is_free = sub.evaluation_ends_on.is_some_and(|last| usage.to <= last);
    let amount = if is_free { Money::zero(usage.amount.currency) } else { usage.amount };
    let days = days_between(usage.from, usage.to) + 1;
    Charge {
        id: at.charge_id(),
        kind: ChargeKind::Usage,
        unit_price: usage.amount.share(1, usage.quantity),
        effective_unit_price: amount.share(1, usage.quantity),
        quantity: usage.quantity,
        period_start: usage.from,
        period_end: usage.to,
        billed_days: days,
        cycle_days: days,
        amount,
        tax_included: sub.tax_included,
        promotion: None,
        credits: None,
        effective_at: at.now,
        committed_at: at.now,
        billed_elsewhere: false,
    }
}

impl NoUsage {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotMetered { kind } => vec![("kind", kind.to_string())],
            Self::OtherCurrency { given, expected } => {
                vec![("given", given.to_string()), ("expected", expected.code().to_owned())]
            }
            Self::Future { to, today } => {
                vec![("to", to.to_string()), ("today", today.to_string())]
            }
            Self::Outside { from, to, since, over_at } => {
                let days = [("from", from), ("to", to), ("since", since)];
                let days = days.map(|(name, day)| (name, day.to_string()));
                let end = over_at.map(|over_at| ("over_at", over_at.to_string()));
                days.into_iter().chain(end).collect()
            }
            Self::HalfFree { from, to, last } => {
                let days = [("from", from), ("to", to), ("last", last)];
                days.map(|(name, day)| (name, day.to_string())).into()
            }
        }
    }
}

fn ended(over_at: Option<Timestamp>) -> String {
    over_at.map_or_else(String::new, |over_at| format!(" and ended at {over_at}"))
}

#[cfg(test)]
mod tests;
