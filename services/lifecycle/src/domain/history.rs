//! What is kept of a change and of a charge, as it is read back.

use jiff::Timestamp;
use vocab::{ChangeId, CustomerId, SubscriptionId};

use super::{Change, ChangeKind, Charge, InvoiceId, Status, Warning};

/// An entry of a subscription's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: ChangeId,
    /// What happened.
    pub kind: ChangeKind,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// When it was done.
    pub committed_at: Timestamp,
    /// Seats before.
    pub quantity_before: i64,
    /// Seats after.
    pub quantity_after: i64,
    /// The status after.
    pub status_after: Status,
    /// Why; empty where the kind says it.
    pub reason: String,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

/// A charge with where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line of money.
    pub charge: Charge,
    /// The change that caused it.
    pub change: ChangeId,
    /// Whose.
    pub subscription: SubscriptionId,
    /// Whose.
    pub customer: CustomerId,
    /// The invoice that has it; `None` in a preview, and for what was billed elsewhere.
    pub invoice: Option<InvoiceId>,
    /// What was sold.
    pub title: String,
}

/// Whose lines a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargesOf {
    /// A subscription's.
    Subscription(CustomerId, SubscriptionId),
    /// A customer's.
    Customer(CustomerId),
    /// An invoice's.
    Invoice(InvoiceId),
}

impl From<&Change> for Entry {
    fn from(change: &Change) -> Self {
        Self {
            id: change.id,
            kind: change.kind,
            effective_at: change.effective_at,
            committed_at: change.committed_at,
            quantity_before: change.quantity_before,
            quantity_after: change.next.quantity,
            status_after: change.next.status,
            reason: change.reason.unwrap_or_default().to_owned(),
            warnings: change.warnings.clone(),
        }
    }
}

impl Change {
    /// Returns its lines of money with where they belong, on no invoice yet.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        self.charges.iter().map(|charge| Line {
            charge: charge.clone(),
            change: self.id,
            subscription: self.next.id,
            customer: self.next.customer,
            invoice: None,
            title: self.next.product.title.clone(),
        })
    }
}
