//! Between the wire and the domain: the only room that names both.

mod charge;
mod explain;
mod inward;
mod judge;
mod purchase;
mod subscription;
mod support;

pub use charge::{charge_page_key, entry, invoice, invoice_page_key, line};
pub use explain::{explain, explained};
pub use inward::{
    auto_renew, billing, cancel, cancel_purchases, charges, invoice_id, invoices, listing,
    quantity, rename, schedule, target, test_clock, test_clock_start, test_clock_to,
};
pub use judge::{judged, proposal};
pub use purchase::{fulfilment, purchase_state, report, start_orders};
pub use subscription::{cancelled_purchases, check, receipt, subscription, test_clock_reading};
pub use support::settle_support;

use crate::domain::Status;
use proto::lifecycle as pb;

/// Writes a status.
pub const fn state(status: Status) -> pb::SubscriptionState {
    match status {
        Status::Pending => pb::SubscriptionState::Pending,
        Status::Active => pb::SubscriptionState::Active,
        Status::Suspended => pb::SubscriptionState::Suspended,
        Status::Expired => pb::SubscriptionState::Expired,
        Status::Cancelled => pb::SubscriptionState::Cancelled,
        Status::Deleted => pb::SubscriptionState::Deleted,
    }
}
