//! What a caller is shown of a subscription, and of what a verb did.

use jiff::Timestamp;
use vocab::Money;

use super::{Change, ChangeKind, Subscription};

/// A subscription as it is seen at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The subscription.
    pub sub: Subscription,
    /// The customer's present instant.
    pub now: Timestamp,
    /// What time alone will do next.
    pub next: Option<NextEvent>,
}

/// What time alone will do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextEvent {
    /// What.
    pub kind: ChangeKind,
    /// When.
    pub due_at: Timestamp,
    /// What it will charge, by the prices known today.
    pub amount: Option<Money>,
}

/// What a verb did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The subscription as it then is.
    pub view: View,
    /// What happened; `None` when nothing had to be done (D-46).
    pub change: Option<Change>,
    /// Holds the real call to what was shown; only of a preview.
    pub preview_token: Option<String>,
}

impl From<&Change> for NextEvent {
    fn from(change: &Change) -> Self {
        let amount = if change.charges.is_empty() { None } else { change.total().ok() };
        Self { kind: change.kind, due_at: change.effective_at, amount }
    }
}
