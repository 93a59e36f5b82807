//! The values of a refusal, by their names on the wire.

use super::Rejection;

impl Rejection {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let mut values = self.values();
        if let Some(until) = self.allowed_until() {
            values.push(("allowed_until", until.to_string()));
        }
        values
    }

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
            Self::AutoRenewOff { ends_on } | Self::NoReduction { ends_on } => {
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
            Self::BillingNotOffered { length, billing } => {
                let mut values = optional("term", *length);
                values.push(("billing", billing.to_string()));
                values
            }
            Self::AmountTooLarge { quantity, price } => {
                vec![("quantity", quantity.to_string()), ("price", price.to_string())]
            }
        }
    }
}

fn optional(name: &'static str, value: Option<impl ToString>) -> Vec<(&'static str, String)> {
    value.map(|value| (name, value.to_string())).into_iter().collect()
}
