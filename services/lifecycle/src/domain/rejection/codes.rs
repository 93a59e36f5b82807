//! What programs know a refusal by: the reason on the wire, and the rule that says no.

use super::Rejection;
use crate::domain::Action;

impl Rejection {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotActive { .. } => "NOT_ACTIVE",
            Self::NotSuspended { .. } => "NOT_SUSPENDED",
            Self::TrialLocked { .. } | Self::TrialSeats { .. } => "TRIAL_LOCKED",
            Self::Perpetual { .. } => "PERPETUAL_PURCHASE",
            Self::WindowClosed { .. }
            | Self::NoWindow { .. }
            | Self::NeverCancellable { .. }
            | Self::NotReducible { .. }
            | Self::NoReduction { .. } => "CANCELLATION_WINDOW_CLOSED",
            Self::UseSupportRequest { .. } => "USE_SUPPORT_REQUEST",
            Self::AcknowledgementRequired { .. } => "ACKNOWLEDGEMENT_REQUIRED",
            Self::RenewalPending { .. } => "RENEWAL_PENDING_RETRY",
            Self::RenewalInProgress { .. } => "RENEWAL_IN_PROGRESS",
            Self::AutoRenewOff { .. } => "AUTO_RENEW_OFF",
            Self::AutoRenewNotOffered { .. } => "AUTO_RENEW_NOT_OFFERED",
            Self::UseCancel => "USE_CANCEL",
            Self::QuantityInvalid { .. } | Self::AmountTooLarge { .. } => "QUANTITY_INVALID",
            Self::MinSeats { .. } => "MIN_SEATS",
            Self::SeatLimit { .. } => "SEAT_LIMIT",
            Self::UpdateLimit { .. } => "UPDATE_LIMIT_1200",
            Self::OfferWithdrawn { .. } => "OFFER_WITHDRAWN",
            Self::PathNotSupported { .. } => "PATH_NOT_SUPPORTED",
            Self::BillingNotOffered { .. }
            | Self::PlanNotSold { .. }
            | Self::TooLittleLeft { .. } => "BILLING_NOT_OFFERED",
            Self::CycleChargeInProgress { .. } => "CYCLE_CHARGE_IN_PROGRESS",
            Self::ScheduleInstead { .. } => "SCHEDULE_INSTEAD",
            Self::TransferPending { .. } => "TRANSFER_PENDING",
            Self::NotTransferable { .. } => "NOT_TRANSFERABLE",
            Self::TransferClosed { .. } => "TRANSFER_CLOSED",
            Self::Limit(limit) => limit.reason(),
            Self::Usage(_) => "USAGE_NOT_POSSIBLE",
            Self::CoTerm(no) => no.reason(),
            Self::Transition(no) => no.reason(),
            Self::AddOn(no) => no.reason(),
            Self::CreditNotPossible { .. } => "CREDIT_NOT_POSSIBLE",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotActive { action: Action::Cancel, .. } => "CAN-12",
            Self::NotActive { action: Action::Suspend, .. } | Self::NotSuspended { .. } => "D-46",
            Self::NotActive { action: Action::Transfer, .. } | Self::NotTransferable { .. } => {
                "TRF-6"
            }
            Self::TransferPending { .. } => "TRF-7",
            Self::TransferClosed { .. } => "TRF-1",
            Self::NotActive { .. } => "SUS-9",
            Self::TrialLocked { .. } => "D-15",
            Self::TrialSeats { .. } => "TRI-1",
            Self::Perpetual { .. } => "D-47",
            Self::WindowClosed { .. } => "CAN-3",
            Self::NoWindow { .. } => "CAN-1",
            Self::NeverCancellable { .. } => "CAT-17",
            Self::UseSupportRequest { .. } => "CAN-9",
            Self::AcknowledgementRequired { .. } => "CAN-5",
            Self::RenewalPending { .. } => "LCK-4",
            Self::RenewalInProgress { .. } | Self::CycleChargeInProgress { .. } => "LCK-5",
            Self::AutoRenewOff { .. } => "SCH-2",
            Self::AutoRenewNotOffered { .. } => "D-2",
            Self::UseCancel => "SEA-9",
            Self::QuantityInvalid { .. } => "SEA-4",
            Self::MinSeats { .. } => "SEA-13",
            Self::SeatLimit { .. } => "CAT-9",
            Self::NotReducible { .. } => "SEA-3",
            Self::NoReduction { .. } => "D-21",
            Self::UpdateLimit { .. } => "SEA-7",
            Self::OfferWithdrawn { .. } => "REN-6",
            Self::PathNotSupported { .. } => "SCH-1",
            Self::BillingNotOffered { .. } | Self::PlanNotSold { .. } => "TRM-4",
            Self::ScheduleInstead { .. } | Self::TooLittleLeft { .. } => "D-40",
            Self::Limit(limit) => limit.rule(),
            Self::Usage(_) => "BIL-12",
            Self::CoTerm(no) => no.rule(),
            Self::Transition(no) => no.rule(),
            Self::AddOn(no) => no.rule(),
            Self::CreditNotPossible { .. } => "SUP-4",
            Self::AmountTooLarge { .. } => "D-11",
        }
    }
}
