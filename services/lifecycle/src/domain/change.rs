//! What a verb, or time, does to a subscription: one value that is stored whole or not at all.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{ChangeId, Money, MoneyError};

use super::{ByHand, Charge, Occasion, ScheduledSet, Subscription};

vocab::text_enum! {
    /// What happened.
    ChangeKind {
        /// A purchase started.
        Started = "STARTED",
        /// Seats were added or taken back.
        QuantityChanged = "QUANTITY_CHANGED",
        /// It was cancelled.
        Cancelled = "CANCELLED",
        /// It was suspended.
        Suspended = "SUSPENDED",
        /// It was resumed.
        Resumed = "RESUMED",
        /// Auto-renew was switched on.
        AutoRenewOn = "AUTO_RENEW_ON",
        /// Auto-renew was switched off.
        AutoRenewOff = "AUTO_RENEW_OFF",
        /// Changes for the next renewal were saved.
        Scheduled = "SCHEDULED",
        /// Saved changes were removed.
        ScheduleRemoved = "SCHEDULE_REMOVED",
        /// Saved changes failed their checks at the renewal (REN-6).
        ScheduleDropped = "SCHEDULE_DROPPED",
        /// Its friendly name was changed.
        Renamed = "RENAMED",
        /// Another reseller owns and manages it (PAR-10).
        ResellerAssigned = "RESELLER_ASSIGNED",
        /// Metered usage was charged (BIL-12).
        UsageRecorded = "USAGE_RECORDED",
        /// A window ended.
        WindowClosed = "WINDOW_CLOSED",
        /// A charge cycle began.
        CycleCharged = "CYCLE_CHARGED",
        /// A new term began.
        Renewed = "RENEWED",
        /// A trial became what is paid for (TRI-3).
        Converted = "CONVERTED",
        /// The next charge shall change the billing frequency (TRM-9).
        BillingChangeSet = "BILLING_CHANGE_SET",
        /// The next charge shall not change the billing frequency any more.
        BillingChangeRemoved = "BILLING_CHANGE_REMOVED",
        /// It became a higher tier in place (UPG-8).
        Upgraded = "UPGRADED",
        /// Some of its seats became another subscription's (UPG-11).
        SeatsMovedOut = "SEATS_MOVED_OUT",
        /// It gained another subscription's seats, or was made of them (UPG-9, UPG-11).
        SeatsMovedIn = "SEATS_MOVED_IN",
        /// All its seats became another subscription's, and it is gone (D-18).
        Transitioned = "TRANSITIONED",
        /// Its partner gave it to another one, and it is on its way (TRF-7).
        TransferSubmitted = "TRANSFER_SUBMITTED",
        /// It came from another partner (TRF-1).
        Transferred = "TRANSFERRED",
        /// A support decision credited money (SUP-4).
        Adjusted = "ADJUSTED",
        /// Its term ended for good.
        Expired = "EXPIRED",
        /// It was deleted with all data.
        Deleted = "DELETED",
    }
}

/// Something that the caller should know besides what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Warning {
    /// Saved changes for the renewal are gone (SEA-8, SCH-4, CAN-10, TRP-22).
    ScheduledChangesDropped {
        /// What was saved.
        dropped: ScheduledSet,
    },
    /// Licences have to be assigned by hand (UPG-10, UPG-13, SCH-5).
    LicencesAssignedByHand {
        /// Why.
        why: ByHand,
    },
    /// Licences are assigned anew although nobody asked for it: all seats go (UPG-13, TRP-34).
    LicencesReassigned,
    /// Suspending switched auto-renew off (SUS-3, D-14).
    AutoRenewTurnedOff,
    /// Resuming leaves auto-renew off, so that it ends with its term (D-14, TRP-19).
    AutoRenewStaysOff {
        /// The last day of the term.
        ends_on: Date,
    },
    /// It expires with its term (REN-3).
    ExpiresAtTermEnd {
        /// The last day of the term.
        ends_on: Date,
    },
    /// All data is deleted unless it is resumed within the term (SUS-5, TRP-18).
    DeletedUnlessResumed {
        /// The last day on which it can be resumed.
        ends_on: Date,
    },
}

/// What happened to a subscription: its next state, the money, and what to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// What happened.
    pub kind: ChangeKind,
    /// When it took effect: for what time caused, the instant at which it was due.
    pub effective_at: Timestamp,
    /// When it was made.
    pub committed_at: Timestamp,
    /// The seats before.
    pub quantity_before: i64,
    /// Whether license-key hands over what it is, or what it was before.
    pub is_handed_over: bool,
    /// The subscription as it now is; its alarm is derived from it.
    pub next: Subscription,
    /// The lines of money, in order.
    pub charges: Vec<Charge>,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    /// Why, as a reason of the wire, where the kind alone does not say it.
    pub reason: Option<&'static str>,
}

impl Change {
    /// Returns the change from `before` to `next`, with the version that follows.
    pub(super) fn new(
        kind: ChangeKind,
        before: &Subscription,
        next: Subscription,
        effective_at: Timestamp,
        at: Occasion<'_>,
    ) -> Self {
        Self {
            id: at.change_id(),
            kind,
            effective_at,
            committed_at: at.now,
            quantity_before: before.quantity,
            is_handed_over: before.product.is_handed_over() || next.product.is_handed_over(),
            next: Subscription { version: before.version + 1, ..next },
            charges: Vec::new(),
            warnings: Vec::new(),
            reason: None,
        }
    }

    /// Drops the saved changes for the renewal, and says so.
    ///
    /// Source: SCH-4, SEA-8, CAN-10, TRP-22.
    pub(super) fn dropping_scheduled(mut self) -> Self {
        if let Some(dropped) = self.next.scheduled.take() {
            self.warnings.push(Warning::ScheduledChangesDropped { dropped });
        }
        self
    }

    /// Returns the earliest instant at which time alone does something to the next state.
    pub fn alarm(&self) -> Option<Timestamp> {
        self.next.alarm()
    }

    /// Returns the sum of its lines.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub fn total(&self) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.next.price.currency);
        self.charges.iter().try_fold(zero, |sum, charge| sum.checked_add(charge.amount))
    }
}

impl Warning {
    /// Returns the warning's name on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ScheduledChangesDropped { .. } => "SCHEDULED_CHANGES_DROPPED",
            Self::LicencesAssignedByHand { .. } => "LICENCES_ASSIGNED_BY_HAND",
            Self::LicencesReassigned => "LICENCES_REASSIGNED",
            Self::AutoRenewTurnedOff => "AUTO_RENEW_TURNED_OFF",
            Self::AutoRenewStaysOff { .. } => "AUTO_RENEW_STAYS_OFF",
            Self::ExpiresAtTermEnd { .. } => "EXPIRES_AT_TERM_END",
            Self::DeletedUnlessResumed { .. } => "DELETED_UNLESS_RESUMED",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScheduledChangesDropped { dropped } => {
                write!(f, "the changes that were scheduled for the renewal are gone: {dropped}")
            }
            Self::LicencesAssignedByHand { why } => {
                write!(f, "licences must be assigned by hand: {}", because(*why))
            }
            Self::LicencesReassigned => f.write_str(
                "all seats go, so licences are assigned anew although no transfer was asked for",
            ),
            Self::AutoRenewTurnedOff => {
                f.write_str("auto-renew was switched off, and resuming does not switch it on again")
            }
            Self::AutoRenewStaysOff { ends_on } => write!(
                f,
                "auto-renew is still off, so the subscription expires after {ends_on} unless it is switched on"
            ),
            Self::ExpiresAtTermEnd { ends_on } => {
                write!(f, "the subscription expires after {ends_on}")
            }
            Self::DeletedUnlessResumed { ends_on } => write!(
                f,
                "unless the subscription is resumed by the end of {ends_on} (UTC), all its data is deleted"
            ),
        }
    }
}

const fn because(why: ByHand) -> &'static str {
    match why {
        ByHand::Partial => "only some of the seats go",
        ByHand::Several => "there are several subscriptions of this SKU",
        ByHand::OtherChannel => "the customer has this SKU from somebody else as well",
        ByHand::OtherQuantity => "the number of seats changes with the upgrade",
    }
}
