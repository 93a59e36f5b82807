//! Whether a customer can have offers (CAT-5). Who knows that is order, and lifecycle behind it; here
//! is what they are asked and what they say.

use std::collections::BTreeMap;

use vocab::{CustomerId, OfferId, PartnerId};

/// Whether a customer can have offers, each for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who would have them.
    pub customer: CustomerId,
    /// Who would sell them; `None` for an operator, who sells nothing.
    pub partner: Option<PartnerId>,
    /// The offers.
    pub offers: Vec<OfferId>,
}

/// Why an offer cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The reason, as `tenure.common.v1.Reason` lists it, without prefix.
    pub reason: String,
    /// The rule's ID.
    pub rule: String,
    /// What is wrong, and what to do instead.
    pub message: String,
    /// Every value of the message.
    pub metadata: BTreeMap<String, String>,
}
