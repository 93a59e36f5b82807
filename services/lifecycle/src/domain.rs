//! The rules of a subscription's life, as functions of values: no clock, no database, no wire.
//!
//! A verb takes the subscription as it is and an [`Occasion`], and answers with a [`Change`] or a
//! [`Rejection`]. Callers' verbs are given a subscription that [`settle`] has brought up to date;
//! [`ring()`] does what time alone causes. Roles, limits per customer and storage are not here.

mod action;
mod add_ons;
mod auto_renew;
mod brought_in;
mod cancel;
mod change;
mod change_billing;
mod change_quantity;
mod charge;
mod co_term;
mod explain;
mod feed;
mod first_term;
mod follow;
mod forecast;
mod history;
mod invoice;
mod limits;
mod lock;
mod message;
mod objections;
mod occasion;
mod offer;
mod policy;
mod promotion;
mod proposal;
mod query;
mod rejection;
mod rename;
mod renew;
mod reseller;
mod ring;
mod schedule;
mod seats;
mod split;
mod start;
mod subscription;
mod support;
mod suspend;
mod term;
mod timer;
mod transfer;
mod transfer_request;
mod transition;
mod usage;
mod view;
mod window;

pub use action::Action;
pub use add_ons::{AddOn, AddOnWish, Family, NoAddOn, add_ons, set_add_ons};
pub use auto_renew::set_auto_renew;
pub use brought_in::bring_in;
pub use cancel::{CancelWindow, OBLIGATION, cancel, cancel_window, needs_admin_agent};
pub use change::{Change, ChangeKind, Warning};
pub use change_billing::{NextCharge, change_billing};
pub use change_quantity::change_quantity;
pub use charge::{Charge, ChargeKind};
pub use co_term::{CoTerm, CoTermChoice, NoSuchEnd};
pub use explain::{Attempt, Explained, Explanation, Wishes, explain};
pub use feed::{ChangeQuery, FeedStart, Position, Record, Stretch, Told};
pub use first_term::Quote;
pub use follow::follow;
pub use forecast::forecast;
pub use history::{ChargesOf, Entry, Line};
pub use invoice::{Invoice, InvoiceId, InvoiceKey};
pub use limits::{Basket, Held, Limit, NOTHING_HELD, Wanted, judge};
pub use message::{ClockReading, LineOutcome, OrderOutcome, PurchaseState, Refusal};
pub use occasion::Occasion;
pub use offer::{OfferTerms, Prices, Product};
pub use policy::{POLICIES, Policy, PolicyRow, Refund, StampedPolicy, StatutoryRow};
pub use proposal::{Judged, Proposal, Proposed, propose};
pub use query::SubscriptionQuery;
pub use rejection::Rejection;
pub use rename::rename;
pub use reseller::assign_reseller;
pub use ring::{Due, DueKind, ring, settle, step};
pub use schedule::{ScheduledSet, remove_scheduled, schedule};
pub use seats::{PaidCycle, Reducible, ReducibleSeats, SeatBatch, reducible};
pub use split::Rebilled;
pub use start::{Purchase, start};
pub use subscription::{Status, StatusReason, Subscription};
pub use support::{SupportDecision, SupportSettlement, settle_support};
pub use suspend::{resume, suspend};
pub use term::{Cycle, Term};
pub use timer::{LATE_AFTER, Timer, TimerOf, TimerState};
pub use transfer::{HandedOver, Handover, Moved, hand_over, submit};
pub use transfer_request::{
    Related, SeenTransfer, Transfer, TransferItem, TransferReceipt, TransferSide, TransferState,
    TransferWanted,
};
pub use transition::{
    ByHand, Destination, Goal, NoTransition, Path, PathKind, Possibility, Side, Transition,
    TransitionWish, Transitioned, Verdict, Way, possibilities,
};
pub use usage::{NoUsage, Usage, record_usage};
pub use view::{
    CancelPurchases, CancelledPurchases, NextEvent, PurchaseCheck, Receipt, TransitionReceipt, View,
};
pub use window::Window;

#[cfg(test)]
mod tests;
