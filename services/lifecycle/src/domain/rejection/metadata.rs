//! The values of a refusal, by their names on the wire.

use super::Rejection;
use super::words::SUPPORT;
use crate::domain::Limit;

impl Rejection {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let mut values = self.values();
        if let Some(until) = self.allowed_until() {
            values.push(("allowed_until", until.to_string()));
        }
        if let Some(issue) = self.support_issue() {
            values.push(("support_issue_type", issue.to_owned()));
            values.push(("support_method", format!("tenure.order.v1.{SUPPORT}")));
        }
        values
    }

    /// Returns the issue type of the support request that may help, as order's contract names it.
    ///
    /// Source: CAN-9, DUP-1, SUP-1, SUP-3.
    pub fn support_issue(&self) -> Option<&'static str> {
        if matches!(
            self,
            Self::UseSupportRequest { .. } | Self::WindowClosed { .. } | Self::NoWindow { .. }
        ) {
            Some("PURCHASE_REFUND")
        } else if matches!(self, Self::UpdateLimit { .. }) {
            Some("UPDATE_LIMIT")
        } else if matches!(self, Self::Limit(Limit::Tenant { .. })) {
            Some("LICENSE_CONSOLIDATION")
        } else if matches!(self, Self::Transition(no) if no.leaves_redundant()) {
            Some("REDUNDANT_LICENSES")
        } else {
            None
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table, one row for each refusal")]
    fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotActive { action, status, since } => vec![
                ("action", action.to_string()),
                ("status", status.to_string()),
                ("since", since.to_string()),
            ],
            Self::NotSuspended { status, since } => {
                vec![("status", status.to_string()), ("since", since.to_string())]
            }
            Self::TrialLocked { action, ends_on } => {
                vec![("action", action.to_string()), ("ends_on", ends_on.to_string())]
            }
            Self::Perpetual { action } => vec![("action", action.to_string())],
            Self::WindowClosed { closed_at: _, ends_on } => optional("ends_on", *ends_on),
            Self::NoWindow { policy, ends_on } | Self::NeverCancellable { policy, ends_on } => {
                let mut values = optional("ends_on", *ends_on);
                values.push(("policy", policy.clone()));
                values
            }
            Self::UseSupportRequest { policy } => vec![("policy", policy.clone())],
            Self::AcknowledgementRequired { allowed_until: _ } | Self::UseCancel => Vec::new(),
            Self::RenewalPending { action, began_at }
            | Self::RenewalInProgress { action, began_at } => {
                vec![("action", action.to_string()), ("began_at", began_at.to_string())]
            }
            Self::AutoRenewOff { ends_on }
            | Self::NoReduction { ends_on }
            | Self::ScheduleInstead { ends_on } => {
                vec![("ends_on", ends_on.to_string())]
            }
            Self::AutoRenewNotOffered { ordered_at } => {
                vec![("ordered_at", ordered_at.to_string())]
            }
            Self::QuantityInvalid { quantity } => vec![("quantity", quantity.to_string())],
            Self::TrialSeats { quantity, seats } => {
                vec![("quantity", quantity.to_string()), ("seats", seats.to_string())]
            }
            Self::MinSeats { quantity, minimum } => {
                vec![("quantity", quantity.to_string()), ("minimum", minimum.to_string())]
            }
            Self::SeatLimit { quantity, limit } => {
                vec![("quantity", quantity.to_string()), ("limit", limit.to_string())]
            }
            Self::NotReducible { wanted, reducible, allowed_until: _, closed_at: _, ends_on } => {
                vec![
                    ("wanted", wanted.to_string()),
                    ("reducible", reducible.to_string()),
                    ("ends_on", ends_on.to_string()),
                ]
            }
            Self::UpdateLimit { limit } => vec![("limit", limit.to_string())],
            Self::OfferWithdrawn { offer, at } => {
                vec![("offer", offer.to_string()), ("at", at.to_string())]
            }
            Self::PathNotSupported { from, to } => {
                vec![("from", from.to_string()), ("to", to.to_string())]
            }
            Self::CreditNotPossible { credit, charged } => {
                vec![("credit", credit.to_string()), ("charged", charged.to_string())]
            }
            Self::BillingNotOffered { .. }
            | Self::PlanNotSold { .. }
            | Self::CycleChargeInProgress { .. }
            | Self::TooLittleLeft { .. } => self.billing_values(),
            Self::TransferPending { action, transfer } => {
                vec![("action", action.to_string()), ("transfer", format!("transfers/{transfer}"))]
            }
            Self::NotTransferable { kind } => vec![("kind", kind.to_string())],
            Self::TransferClosed { transfer, state, since } => vec![
                ("transfer", format!("transfers/{transfer}")),
                ("state", state.to_string()),
                ("since", since.to_string()),
            ],
            Self::Limit(limit) => limit.metadata(),
            Self::CoTerm(no) => no.metadata(),
            Self::Transition(no) => no.metadata(),
            Self::AddOn(no) => no.metadata(),
            Self::Usage(no) => no.metadata(),
            Self::AmountTooLarge { quantity, price } => {
                vec![("quantity", quantity.to_string()), ("price", price.to_string())]
            }
        }
    }

    /// Returns the values of what is said against a change of billing.
    fn billing_values(&self) -> Vec<(&'static str, String)> {
        if let Self::PlanNotSold { length, billing } = self {
            vec![("term", length.to_string()), ("billing", billing.to_string())]
        } else if let Self::CycleChargeInProgress { began_at } = self {
            vec![("began_at", began_at.to_string())]
        } else if let Self::TooLittleLeft { months, needed, ends_on } = self {
            vec![
                ("months", months.to_string()),
                ("needed", needed.to_string()),
                ("ends_on", ends_on.to_string()),
            ]
        } else if let Self::BillingNotOffered { length, billing } = self {
            let mut values = optional("term", *length);
            values.push(("billing", billing.to_string()));
            values
        } else {
            Vec::new()
        }
    }
}

fn optional(name: &'static str, value: Option<impl ToString>) -> Vec<(&'static str, String)> {
    value.map(|value| (name, value.to_string())).into_iter().collect()
}
