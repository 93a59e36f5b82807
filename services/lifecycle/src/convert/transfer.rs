//! Transfers between partners, from the wire and to it.

use std::collections::BTreeSet;

use proto::lifecycle as pb;
use proto::{Checked, order as pb_order};
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, PartnerId, SubscriptionId, TransferId};

use super::charge::line;
use crate::domain::{
    Charge, Line, Related, SeenTransfer, Transfer, TransferItem, TransferReceipt, TransferSide,
    TransferState, TransferWanted,
};

/// Reads what is asked for.
pub fn create_transfer(request: &pb::CreateTransferRequest) -> Result<TransferWanted, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let source = fields.parse::<name::Partner>("source_partner", &request.source_partner);
    let customer_email = request.customer_email.clone();
    fields.finish(customer.zip(source).map(|(customer, source)| TransferWanted {
        customer: customer.0,
        customer_email,
        source: source.0,
    }))
}

/// Reads the transfer that a request names, once all its fields were checked.
pub fn transfer_id<M: Checked>(message: &M, name: &str) -> Result<TransferId, Violations> {
    let mut fields = Fields::of(message);
    let name = fields.parse::<name::Transfer>("name", name);
    fields.finish(name.map(|name| name.0))
}

/// Reads what is given away: each subscription once.
pub fn submit_transfer(
    request: &pb::SubmitTransferRequest,
) -> Result<(TransferId, Vec<name::Subscription>), Violations> {
    let mut fields = Fields::of(request);
    let transfer = fields.parse::<name::Transfer>("name", &request.name);
    let (mut given, mut seen) = (vec![], BTreeSet::new());
    for (index, text) in request.subscriptions.iter().enumerate() {
        let field = format!("subscriptions[{index}]");
        let Some(name) = fields.parse::<name::Subscription>(&field, text) else { continue };
        if !seen.insert(name.1) {
            fields.wrong(&field, "is named twice");
        }
        given.push(name);
    }
    fields.finish(transfer.map(|transfer| (transfer.0, given)))
}

/// Reads which transfers a list shows.
pub fn list_transfers(
    request: &pb::ListTransfersRequest,
) -> Result<Option<TransferState>, Violations> {
    let fields = Fields::of(request);
    fields.finish(Some(match request.state() {
        pb::TransferState::Unspecified => None,
        pb::TransferState::Requested => Some(TransferState::Requested),
        pb::TransferState::Submitted => Some(TransferState::Submitted),
        pb::TransferState::Completed => Some(TransferState::Completed),
        pb::TransferState::Declined => Some(TransferState::Declined),
        pb::TransferState::Cancelled => Some(TransferState::Cancelled),
    }))
}

/// Writes a transfer as one side sees it.
pub fn transfer(seen: &SeenTransfer) -> pb::Transfer {
    let transfer = &seen.transfer;
    pb::Transfer {
        name: name::Transfer(transfer.id).to_string(),
        customer: name::Customer(transfer.customer).to_string(),
        customer_email: transfer.customer_email.clone(),
        source_partner: name::Partner(transfer.source).to_string(),
        target_partner: name::Partner(transfer.target).to_string(),
        state: state(transfer.state).into(),
        create_time: Some(wire::timestamp(transfer.created_at)),
        submit_time: transfer.submitted_at.map(wire::timestamp),
        end_time: transfer.ended_at.map(wire::timestamp),
        subscriptions: transfer.items.iter().map(|one| item(one, transfer, seen.side)).collect(),
        amount: seen.amount().ok().flatten().map(wire::money),
        test_clock: transfer.clock.map(|id| name::TestClock(id).to_string()).unwrap_or_default(),
        etag: transfer.etag(),
    }
}

/// Writes what a submission did, or would do: nothing has an id yet in a preview.
pub fn transfer_receipt(receipt: &TransferReceipt) -> pb::TransferReceipt {
    pb::TransferReceipt {
        transfer: Some(transfer(&receipt.seen)),
        preview_token: receipt.preview_token.clone().unwrap_or_default(),
    }
}

/// Asks about a relationship.
pub fn check_relationship(
    customer: CustomerId,
    partner: PartnerId,
) -> pb_order::CheckRelationshipRequest {
    pb_order::CheckRelationshipRequest {
        customer: name::Customer(customer).to_string(),
        partner: name::Partner(partner).to_string(),
    }
}

/// Reads whether there is one, and on which test clock the customer then lives.
pub fn relationship(
    answer: &pb_order::CheckRelationshipResponse,
) -> Result<Option<Related>, Violations> {
    let mut fields = Fields::default();
    let clock = fields.parse_unless_empty::<name::TestClock>("test_clock", &answer.test_clock);
    fields.finish(Some(answer.related.then_some(Related { clock: clock.map(|name| name.0) })))
}

const fn state(state: TransferState) -> pb::TransferState {
    match state {
        TransferState::Requested => pb::TransferState::Requested,
        TransferState::Submitted => pb::TransferState::Submitted,
        TransferState::Completed => pb::TransferState::Completed,
        TransferState::Declined => pb::TransferState::Declined,
        TransferState::Cancelled => pb::TransferState::Cancelled,
    }
}

/// Writes one subscription that moves. Ids are told once it has moved.
fn item(item: &TransferItem, of: &Transfer, side: TransferSide) -> pb::TransferredSubscription {
    let is_source = side != TransferSide::Target;
    let is_target = side != TransferSide::Source;
    let has_moved = of.state == TransferState::Completed;
    let lines = |is_seen: bool, id: SubscriptionId, lines: &[Charge]| {
        let seen = lines.iter().filter(|_| is_seen);
        seen.map(|one| charge(one, (of.customer, id), item, has_moved)).collect()
    };
    let name = |id| name::Subscription(of.customer, id).to_string();
    pb::TransferredSubscription {
        source: if is_source { name(item.from) } else { String::new() },
        target: if is_target && has_moved { name(item.to) } else { String::new() },
        sku: name::Sku(item.product.clone(), item.sku.clone()).to_string(),
        product_title: item.title.clone(),
        quantity: item.quantity,
        end_date: item.ends_on.map(wire::date),
        credits: lines(is_source, item.from, &item.credits),
        charges: lines(is_target, item.to, &item.charges),
        warnings: if is_source {
            item.warnings.iter().map(ToString::to_string).collect()
        } else {
            vec![]
        },
    }
}

fn charge(
    charge: &Charge,
    (customer, subscription): (CustomerId, SubscriptionId),
    item: &TransferItem,
    has_moved: bool,
) -> pb::Charge {
    let mut written = line(&Line {
        charge: charge.clone(),
        change: vocab::ChangeId(uuid::Uuid::nil()),
        subscription,
        customer,
        invoice: None,
        title: item.title.clone(),
    });
    if !has_moved {
        written.name.clear();
        written.subscription.clear();
    }
    written
}
