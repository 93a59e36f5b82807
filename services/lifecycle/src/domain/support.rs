//! What an operator decides on a support request: an end that no window limits, and a credit that no
//! formula gives. Who may decide, and what was asked for, is not here.
//!
//! Nothing else passes the window by a decision. A transfer passes it as well (TRP-59), and is no
//! cancellation of a partner.

use jiff::Timestamp;
use vocab::calendar::day_of;
use vocab::{CustomerId, Money, PartnerId, SubscriptionId};

use super::{
    Action, Change, ChangeKind, Charge, ChargeKind, Occasion, Refund, Rejection, StatusReason,
    Subscription, cancel, lock,
};

/// What was decided: an end, a credit, or both. Source: SUP-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupportDecision {
    /// Whether it is cancelled. By itself this credits nothing.
    pub cancels: bool,
    /// What is credited: above 0.
    pub credit: Option<Money>,
}

/// A decision that order wants carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportSettlement {
    /// Whose.
    pub customer: CustomerId,
    /// What is cancelled or credited.
    pub subscription: SubscriptionId,
    /// Who asked for support.
    pub partner: PartnerId,
    /// The decision.
    pub decision: SupportDecision,
    /// The operator's subject.
    pub actor: String,
}

/// Does to `sub` what was decided. `charged` is what was charged for it and not credited yet,
/// metered usage left out.
///
/// What has ended can still be credited.
///
/// # Errors
///
/// [`Rejection::TransferPending`] (TRF-7), [`Rejection::CreditNotPossible`] (SUP-4); of a cancellation [`Rejection::NotActive`] (CAN-12),
/// [`Rejection::TrialLocked`] (D-15), [`Rejection::NeverCancellable`] (CAT-17),
/// [`Rejection::RenewalPending`] (LCK-4).
///
/// Source: SUP-4, CAN-4, CAN-10, BIL-12.
pub fn settle_support(
    sub: &Subscription,
    decision: SupportDecision,
    charged: Money,
    at: Occasion<'_>,
) -> Result<Change, Rejection> {
    lock::no_transfer(Action::Cancel, sub)?;
    let change = if decision.cancels {
        check_end(sub, at.now)?;
        cancel::end(sub, StatusReason::CancelledBySupport, at)
    } else {
        Change::new(ChangeKind::Adjusted, sub, sub.clone(), at.now, at)
    };
    let adjustment = decision.credit.map(|credit| adjustment(sub, credit, charged, at));
    Ok(Change { charges: adjustment.transpose()?.into_iter().collect(), ..change })
}

/// Everything that a cancellation asks for, but for its window.
fn check_end(sub: &Subscription, now: Timestamp) -> Result<(), Rejection> {
    lock::needs_use(Action::Cancel, sub)?;
    lock::no_trial(Action::Cancel, sub)?;
    if sub.policy.refund == Refund::Nothing {
        let (policy, ends_on) = (sub.policy.id.clone(), sub.ends_on());
        return Err(Rejection::NeverCancellable { policy, ends_on });
    }
    lock::check(Action::Cancel, sub, now)
}

/// Returns the line that credits `credit`: of no days, for no formula made it.
fn adjustment(
    sub: &Subscription,
    credit: Money,
    charged: Money,
    at: Occasion<'_>,
) -> Result<Charge, Rejection> {
    let is_possible =
        credit.currency == charged.currency && 0 < credit.minor && credit.minor <= charged.minor;
    if !is_possible {
        return Err(Rejection::CreditNotPossible { credit, charged });
    }
    let (today, amount) = (day_of(at.now), credit.negated());
    Ok(Charge {
        id: at.charge_id(),
        kind: ChargeKind::Adjustment,
        unit_price: sub.cycle.unit_price,
        effective_unit_price: amount,
        quantity: 1,
        period_start: today,
        period_end: today,
        billed_days: 0,
        cycle_days: sub.cycle.days(),
        amount,
        tax_included: sub.tax_included,
        promotion: sub.promotion.clone(),
        credits: None,
        effective_at: at.now,
        committed_at: at.now,
        billed_elsewhere: false,
    })
}

#[cfg(test)]
mod tests;
