//! Between the wire and the domain: the only room that names both.

mod add_ons;
mod charge;
mod csv;
mod explain;
mod feed;
mod inward;
mod judge;
mod listing;
mod purchase;
mod subscription;
mod support;
mod timer;
mod transfer;
mod transition;

pub use add_ons::{add_on, add_on_key};
pub use charge::{charge_page_key, entry, invoice, invoice_page_key, line};
pub use csv::{
    export_of, reconciliation_head, reconciliation_of, reconciliation_rows, subscription_rows,
    subscriptions_head,
};
pub use explain::{explain, explained};
pub use feed::{changes, heartbeat, stretch, told, watch};
pub use inward::{
    assign_reseller, auto_renew, billing, cancel, cancel_purchases, charges, invoice_id, invoices,
    quantity, rename, schedule, target, test_clock, test_clock_start, test_clock_to, usage,
};
pub use judge::{judged, proposal};
pub use listing::listing;
pub use purchase::{fulfilment, purchase_state, report, start_orders};
pub use subscription::{cancelled_purchases, check, receipt, subscription, test_clock_reading};
pub use support::settle_support;
pub use timer::{retry_timer, timer, timers};
pub use transfer::{
    check_relationship, create_transfer, list_transfers, relationship, submit_transfer, transfer,
    transfer_id, transfer_receipt,
};
pub use transition::{
    path, possibility, possibility_key, transition, transition_receipt, upgrade_paths,
};

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
