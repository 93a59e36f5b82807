//! What checkout would do, shown before it does it (ORD-3).

use vocab::{Money, Offer};

use super::{AttestationText, Cart, LineJudgement, Rejection};

/// What checkout would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The cart.
    pub cart: Cart,
    /// One for each line, in its order.
    pub lines: Vec<LineReview>,
    /// What the first charges add up to, one for each currency.
    pub totals: Vec<Money>,
    /// The text that the buyer must confirm.
    pub attestation: AttestationText,
    /// What speaks against the cart as a whole.
    pub refusals: Vec<Rejection>,
}

/// What one line would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReview {
    /// What it costs, and what speaks against it.
    pub judged: LineJudgement,
    /// The other billing plans of what it buys (CAT-8).
    pub plans: Vec<Offer>,
}

impl Review {
    /// Whether checkout would go through, given the attestation: nothing speaks against it, and what
    /// it costs is known.
    pub fn is_ready(&self) -> bool {
        let is_open =
            |line: &LineReview| line.judged.refusals.is_empty() && line.judged.quote.is_some();
        self.refusals.is_empty() && self.lines.iter().all(is_open)
    }
}
