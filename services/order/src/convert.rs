//! Between the wire and the domain: the only room that names both. One file a noun.

mod cancel;
mod cart;
mod forecast;
mod history;
mod inbox;
mod line;
mod order;
mod partner;
mod peer;
mod relationship;
mod reseller;
mod support;
mod support_peer;

pub use cancel::{cancel_order, cancelled};
pub use cart::{cart, cart_name, create_cart, delete_cart, review, update_cart};
pub use forecast::{judge_offers, judged, judged_offers, proposal};
pub use history::{import_history, imported};
pub use inbox::{backlog, check_relationship, checked_relationship, fulfilments, readings, report};
pub use order::{checkout_cart, list_orders, order, order_name, place_order, placed, placed_name};
pub use partner::{
    create_customer, create_partner, customer, customer_name, partner, partner_name, update_partner,
};
pub use peer::{cancel_purchases, cancellation, start_order};
pub use relationship::{
    find_customers, list_relationships, relationship, relationship_name, request_relationship,
};
pub use reseller::{check_reseller, validate_resellers, validated};
pub use support::{
    create_support_request, decide_support_request, list_support_requests, support_request,
    support_request_name, whole_support_request,
};
pub use support_peer::{check_purchase, settle_support, standing};

use access::Caller;
use proto::Checked;
use proto::common::Role;
use rpc::{Fields, Violations};

use crate::domain::Buyer;

/// Reads what a caller's roles are good for.
///
/// Source: PAR-12.
pub fn buyer(caller: &Caller) -> Buyer {
    let any = |roles: &[Role]| roles.iter().any(|role| caller.has(*role));
    Buyer {
        may_buy: any(&[
            Role::AdminAgent,
            Role::SalesAgent,
            Role::BillingAdmin,
            Role::HelpdeskAgent,
        ]),
        may_buy_software: any(&[Role::AdminAgent, Role::GlobalAdmin]),
    }
}

/// Tells whether a caller may cancel software (CAN-7).
pub fn is_admin_agent(caller: &Caller) -> bool {
    caller.has(Role::AdminAgent)
}

/// Checks a request of which nothing but its annotated fields is read.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn checked<M: Checked>(request: &M) -> Result<(), Violations> {
    Fields::of(request).finish(Some(()))
}
