//! Taking a purchase back inside its window. Revoking keys and links follows from the change, and
//! is not here.

use std::fmt;

use jiff::Timestamp;
use vocab::{MoneyError, ProductKind};

use super::charge::credit;
use super::objections::Objections;
use super::window::days_left;
use super::{
    Action, Change, ChangeKind, Charge, ChargeKind, Occasion, Refund, Rejection, Status,
    StatusReason, Subscription, lock,
};

/// What partner and customer owe after a cancellation; part of its result (PCX-2).
pub const OBLIGATION: &str = "partner and customer must stop using the software, uninstall it, and remove \
     all downloads and download links";

/// Until when a purchase can be taken back, as an attempt always tells (CAN-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelWindow {
    /// It can be cancelled.
    Open {
        /// The last instant, inclusive.
        allowed_until: Timestamp,
        /// The whole days left until then.
        days_left: i64,
    },
    /// It could be, until this instant.
    Closed {
        /// The last instant, inclusive.
        closed_at: Timestamp,
    },
    /// This term has no window.
    NotInThisTerm,
    /// It never can be.
    Never,
    /// A support request decides.
    BySupport,
}

impl fmt::Display for CancelWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { allowed_until, days_left } => {
                write!(
                    f,
                    "it can be cancelled until {allowed_until}, {days_left} whole days from now"
                )
            }
            Self::Closed { closed_at } => write!(
                f,
                "it could be cancelled until {closed_at}; let it end with its term, auto-renew off"
            ),
            Self::NotInThisTerm => {
                f.write_str("this term has no window; let it end with its term, auto-renew off")
            }
            Self::Never => f.write_str(
                "it can never be cancelled; switch auto-renew off to let it end with its term",
            ),
            Self::BySupport => f.write_str("it is cancelled by a support request alone"),
        }
    }
}

/// Returns until when `sub` can be cancelled, as of `now`.
///
/// Source: CAN-2, CAN-3, D-39.
pub fn cancel_window(sub: &Subscription, now: Timestamp) -> CancelWindow {
    match (sub.policy.refund, sub.cancellable_until) {
        // During a free evaluation it can be cancelled whatever the policy says (D-39).
        (_, Some(allowed_until)) if sub.is_in_evaluation() && now <= allowed_until => {
            CancelWindow::Open { allowed_until, days_left: days_left(allowed_until, now) }
        }
        (Refund::BySupport, _) => CancelWindow::BySupport,
        (Refund::Nothing, _) => CancelWindow::Never,
        (Refund::Prorated | Refund::Full, None) => CancelWindow::NotInThisTerm,
        (Refund::Prorated | Refund::Full, Some(closed_at)) if closed_at < now => {
            CancelWindow::Closed { closed_at }
        }
        (Refund::Prorated | Refund::Full, Some(allowed_until)) => {
            CancelWindow::Open { allowed_until, days_left: days_left(allowed_until, now) }
        }
    }
}

/// Whether cancelling needs an Admin agent.
///
/// Source: CAN-7.
pub const fn needs_admin_agent(kind: ProductKind) -> bool {
    kind.is_software()
}

/// Cancels `sub` at once and for ever, with a credit for each batch of seats.
///
/// # Errors
///
/// [`Rejection::NotActive`] (CAN-12), [`Rejection::TrialLocked`] (D-15),
/// [`Rejection::UseSupportRequest`] (CAN-9), [`Rejection::NeverCancellable`] (CAT-17),
/// [`Rejection::RenewalPending`] (LCK-4), [`Rejection::WindowClosed`] and [`Rejection::NoWindow`]
/// (CAN-3), [`Rejection::AcknowledgementRequired`] (CAN-5).
///
/// Source: CAN-2, CAN-4, CAN-5, CAN-10, CAN-12, PCX-6, BIL-11, D-3.
pub fn cancel(
    sub: &Subscription,
    is_acknowledged: bool,
    at: Occasion<'_>,
) -> Result<Change, Rejection> {
    objections(sub, is_acknowledged, at).verdict()?;
    let change = end(sub, StatusReason::CancelledByPartner, at);
    let charges = credits(sub, at).map_err(|_| sub.too_large(sub.quantity))?;
    Ok(Change { charges, ..change })
}

pub(super) fn objections(
    sub: &Subscription,
    is_acknowledged: bool,
    at: Occasion<'_>,
) -> Objections {
    let mut no = Objections::of(Action::Cancel, sub);
    no.note(lock::needs_use(Action::Cancel, sub));
    no.note(lock::no_trial(Action::Cancel, sub));
    no.note(open_window(sub, at.now).and_then(|allowed_until| {
        if is_acknowledged {
            Ok(())
        } else {
            Err(Rejection::AcknowledgementRequired { allowed_until })
        }
    }));
    no
}

/// Ends `sub` at once and for ever, without any money.
///
/// Source: CAN-4, CAN-10.
pub(super) fn end(sub: &Subscription, reason: StatusReason, at: Occasion<'_>) -> Change {
    let ended = sub.ended(Status::Cancelled, reason, at.now);
    let next = Subscription { quantity: 0, batches: Vec::new(), ..ended };
    Change::new(ChangeKind::Cancelled, sub, next, at.now, at).dropping_scheduled()
}

fn open_window(sub: &Subscription, now: Timestamp) -> Result<Timestamp, Rejection> {
    let (policy, ends_on) = (sub.policy.id.clone(), sub.ends_on());
    match cancel_window(sub, now) {
        CancelWindow::BySupport => return Err(Rejection::UseSupportRequest { policy }),
        CancelWindow::Never => return Err(Rejection::NeverCancellable { policy, ends_on }),
        CancelWindow::Open { .. } | CancelWindow::Closed { .. } | CancelWindow::NotInThisTerm => {}
    }
    lock::check(Action::Cancel, sub, now)?;
    match cancel_window(sub, now) {
        CancelWindow::Open { allowed_until, .. } => Ok(allowed_until),
        CancelWindow::Closed { closed_at } => Err(Rejection::WindowClosed { closed_at, ends_on }),
        CancelWindow::NotInThisTerm | CancelWindow::Never | CancelWindow::BySupport => {
            Err(Rejection::NoWindow { policy, ends_on })
        }
    }
}

/// Returns the credit of each batch.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
pub(super) fn credits(sub: &Subscription, at: Occasion<'_>) -> Result<Vec<Charge>, MoneyError> {
    let mut lines = Vec::new();
    for batch in &sub.batches {
        lines.extend(credit(ChargeKind::Cancel, sub, batch, batch.quantity, at)?);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests;
