//! What a caller is shown of a subscription, and of what a verb did.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use vocab::{CustomerId, Money, OrderId, OrderLineId, PartnerId};

use super::{
    CancelWindow, Change, ChangeKind, Limit, Occasion, Prices, Reducible, Rejection, Status,
    Subscription, cancel_window, change_quantity, forecast, limits, reducible,
};

/// A subscription as it is seen at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The subscription.
    pub sub: Subscription,
    /// The customer's present instant.
    pub now: Timestamp,
    /// What time alone will do next.
    pub next: Option<NextEvent>,
    /// Until when it can be cancelled.
    pub window: CancelWindow,
    /// Which seats can be taken back.
    pub reducible: Reducible,
    /// Why not a single one can be; `None` where some can (SEA-5).
    pub irreducible: Option<Rejection>,
    /// What base seats ask of this add-on and do not find any more (D-25).
    pub compliance: Option<Limit>,
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
    /// Its legacy add-ons, as far as something happened to them too (ADD-1).
    pub add_ons: Vec<Receipt>,
    /// Holds the real call to what was shown; only of a preview.
    pub preview_token: Option<String>,
}

/// What a transition did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionReceipt {
    /// The source.
    pub source: Receipt,
    /// The child, or the existing subscription, that has the seats now; `None` where the source itself
    /// has them.
    pub target: Option<Receipt>,
    /// Credits and charges together.
    pub amount: Money,
    /// Holds the real call to what was shown; only of a preview.
    pub preview_token: Option<String>,
}

/// Which purchases of an order shall be cancelled, for whom (CAN-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelPurchases {
    /// Whose.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// The caller's partner.
    pub partner: PartnerId,
    /// The lines; all of the order's when empty.
    pub lines: BTreeSet<OrderLineId>,
    /// "Yes, cancel" (CAN-5).
    pub is_acknowledged: bool,
    /// The caller's subject.
    pub actor: String,
    /// Whether the caller is an Admin agent (CAN-7).
    pub is_admin_agent: bool,
}

/// Which purchases were cancelled, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledPurchases {
    /// One for each line.
    pub receipts: Vec<Receipt>,
    /// What is credited in all; negative is owed to the partner.
    pub credit: Money,
}

/// The present state of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseCheck {
    /// Where it stands.
    pub status: Status,
    /// Who sold it.
    pub partner: PartnerId,
    /// The customer's present instant.
    pub now: Timestamp,
    /// The inclusive end of the term; `None` for what was bought once.
    pub ends_on: Option<Date>,
}

impl Receipt {
    /// Marks what was only shown.
    pub fn mark_previewed(&mut self, token: &str) {
        self.preview_token = Some(token.to_owned());
        for receipt in &mut self.add_ons {
            receipt.mark_previewed(token);
        }
    }
}

impl TransitionReceipt {
    /// Marks what was only shown.
    pub fn mark_previewed(&mut self, token: String) {
        for receipt in self.target.iter_mut().chain([&mut self.source]) {
            receipt.mark_previewed(&token);
        }
        self.preview_token = Some(token);
    }
}

impl View {
    /// Returns `sub` as it is seen at an instant. `at` knows what the customer has if
    /// [`Subscription::is_seen_with_others`].
    pub fn of(sub: Subscription, prices: &dyn Prices, at: Occasion<'_>) -> Self {
        let reducible = reducible(&sub, at.now);
        let why = || change_quantity::objections(&sub, sub.quantity - 1, at).all();
        let irreducible = if reducible.total == 0 { why().into_iter().next() } else { None };
        Self {
            next: forecast(&sub, prices, at).as_ref().map(NextEvent::from),
            window: cancel_window(&sub, at.now),
            reducible,
            irreducible,
            compliance: limits::compliance(&sub, at),
            now: at.now,
            sub,
        }
    }
}

impl From<&Change> for NextEvent {
    fn from(change: &Change) -> Self {
        let amount = if change.charges.is_empty() { None } else { change.total().ok() };
        Self { kind: change.kind, due_at: change.effective_at, amount }
    }
}
