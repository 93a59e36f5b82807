//! What an operator can set of the rules.

use jiff::SignedDuration;
use serde::Deserialize;

/// What an operator can set of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How many resellers a transaction can have, the first one included. Source: D-20.
    pub reseller_count_max: usize,
    /// How long a cart is kept once it has expired: whoever comes back to it is told so. Source:
    /// ORD-12.
    pub cart_retention: SignedDuration,
    /// How many bytes the files of a request for support have in all; less than a message of the
    /// server takes. Source: SUP-2.
    pub attachment_bytes_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            reseller_count_max: 5,
            cart_retention: SignedDuration::from_hours(30 * 24),
            attachment_bytes_max: 3 * 1024 * 1024,
        }
    }
}
