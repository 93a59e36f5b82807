//! Legacy add-ons: what is asked for, and what is told.

use proto::lifecycle as pb;
use rpc::{Fields, name, wire};
use vocab::CustomerId;

use super::charge::change;
use super::purchase::refusal;
use crate::domain::{AddOn, AddOnWish, Change, Refusal};

/// Reads the totals that add-ons shall have; each is named once.
pub(super) fn add_on_wishes(asked: &[pb::AddOnQuantity], fields: &mut Fields) -> Vec<AddOnWish> {
    let mut wishes: Vec<AddOnWish> = vec![];
    for one in asked {
        let Some(name::Offer(offer)) = fields.parse("add_ons.offer", &one.offer) else { continue };
        if wishes.iter().any(|wish| wish.offer == offer) {
            fields.wrong("add_ons.offer", "is named twice");
        }
        wishes.push(AddOnWish { offer, quantity: one.quantity });
    }
    wishes
}

/// Writes what would happen to an add-on; what would be bought has no name yet.
pub(super) fn add_on_change(made: &Change) -> pb::AddOnChange {
    let sub = &made.next;
    let is_new = sub.version == 1;
    pb::AddOnChange {
        subscription: if is_new {
            String::new()
        } else {
            name::Subscription(sub.customer, sub.id).to_string()
        },
        offer: name::Offer(sub.product.offer.clone()).to_string(),
        change: Some(change(made, true)),
    }
}

/// Writes an add-on that a base has, or can have.
pub fn add_on(one: &AddOn, customer: CustomerId) -> pb::AddOn {
    let (terms, owned) = (&one.terms, one.owned);
    let product = &terms.product;
    let refusals = one.refusals.iter().map(|no| refusal(&Refusal::from(no)));
    pb::AddOn {
        offer: name::Offer(product.offer.clone()).to_string(),
        sku: name::Sku(product.id.clone(), product.sku.clone()).to_string(),
        title: product.title.clone(),
        subscription: owned
            .map(|(id, _)| name::Subscription(customer, id).to_string())
            .unwrap_or_default(),
        quantity: owned.map(|(_, quantity)| quantity).unwrap_or_default(),
        billing_cycle: wire::billing_cycle(terms.billing).into(),
        term_price: Some(wire::money(one.price)),
        minimum_quantity: product.fewest_seats(),
        maximum_quantity: product.seat_maximum.unwrap_or_default(),
        amount: one.first_charge.map(wire::money),
        refusals: refusals.collect(),
    }
}

/// Returns the key by which a page of add-ons goes on.
pub fn add_on_key(one: &AddOn) -> String {
    one.key()
}
