//! Carts and what checkout would do with them.

use proto::common as pb_common;
use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{CartId, CustomerId, Offer};

use super::line::{failure, item, items, refusal};
use super::reseller::{resellers, resellers_if_any};
use crate::domain::{Cart, CoTermChoice, CreateCart, LineReview, Review, UpdateCart};

/// Reads a cart to be made.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn create_cart(request: &pb::CreateCartRequest) -> Result<CreateCart, Violations> {
    let mut fields = Fields::of(request);
    let parent = fields.parse("parent", &request.parent);
    let customer = parent.as_ref().map(|name::Customer(id)| *id);
    let lines = items(&mut fields, &request.lines, customer);
    let resellers = resellers(&mut fields, request.resellers.as_ref());
    let read =
        parent.zip(lines).zip(resellers).map(|((name::Customer(customer), lines), resellers)| {
            CreateCart { customer, lines, resellers }
        });
    fields.finish(read)
}

/// Reads a cart's new lines.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn update_cart(request: &pb::UpdateCartRequest) -> Result<UpdateCart, Violations> {
    let mut fields = Fields::of(request);
    let named = fields.parse("name", &request.name);
    let customer = named.as_ref().map(|name::Cart(customer, _)| *customer);
    let lines = items(&mut fields, &request.lines, customer);
    let resellers = resellers(&mut fields, request.resellers.as_ref());
    let read =
        named.zip(lines).zip(resellers).map(|((name::Cart(customer, cart), lines), resellers)| {
            UpdateCart { customer, cart, lines, resellers }
        });
    fields.finish(read)
}

/// Reads which cart is thrown away.
///
/// # Errors
///
/// [`Violations`].
pub fn delete_cart(request: &pb::DeleteCartRequest) -> Result<(CustomerId, CartId), Violations> {
    cart_name(Fields::of(request), &request.name)
}

/// Reads the name of a cart.
///
/// # Errors
///
/// [`Violations`].
pub fn cart_name(mut fields: Fields, text: &str) -> Result<(CustomerId, CartId), Violations> {
    let read = fields.parse("name", text).map(|name::Cart(customer, cart)| (customer, cart));
    fields.finish(read)
}

/// Writes a cart.
pub fn cart(cart: &Cart) -> pb::Cart {
    let order = cart.order.map(|order| name::Order(cart.customer, order).to_string());
    pb::Cart {
        name: name::Cart(cart.customer, cart.id).to_string(),
        lines: cart.lines.iter().map(|line| item(line, cart.customer)).collect(),
        create_time: Some(wire::timestamp(cart.created_at)),
        expire_time: Some(wire::timestamp(cart.expires_at())),
        order: order.unwrap_or_default(),
        etag: cart.etag(),
        resellers: resellers_if_any(&cart.resellers),
    }
}

/// Writes what checkout would do.
pub fn review(review: &Review) -> pb::CartReview {
    let customer = review.cart.customer;
    pb::CartReview {
        cart: name::Cart(review.cart.customer, review.cart.id).to_string(),
        lines: review.lines.iter().map(|line| line_review(line, customer)).collect(),
        totals: review.totals.iter().map(|total| wire::money(*total)).collect(),
        attestation: Some(pb::AttestationText {
            version: review.attestation.version.to_owned(),
            text: review.attestation.text.to_owned(),
        }),
        ready: review.is_ready(),
        refusals: review.refusals.iter().map(refusal).collect(),
    }
}

fn line_review(line: &LineReview, customer: CustomerId) -> pb::LineReview {
    let judged = &line.judged;
    pb::LineReview {
        item: Some(item(&judged.item, customer)),
        offer: judged.offer.as_ref().map(price_list::wire::offer_shown),
        first_charge: judged.quote.map(|quote| wire::money(quote.first_charge)),
        term_total: judged.quote.map(|quote| wire::money(quote.term_total)),
        billing_plans: line.plans.iter().map(plan).collect(),
        refusals: judged.refusals.iter().map(refusal).collect(),
        promotion: judged.promotion.as_ref().map(price_list::wire::promotion),
        term_price: judged.term_price.map(wire::money),
        co_term_choices: judged.choices.iter().map(|one| choice(one, customer)).collect(),
        evaluation_end_date: judged.evaluation_ends_on.map(wire::date),
    }
}

fn choice(choice: &CoTermChoice, customer: CustomerId) -> pb_common::CoTermChoice {
    let with = choice.with.map(|id| name::Subscription(customer, id).to_string());
    pb_common::CoTermChoice {
        end_date: Some(wire::date(choice.ends_on)),
        align_with: with.unwrap_or_default(),
        refusal: choice.refusal.as_ref().map(failure),
    }
}

fn plan(offer: &Offer) -> pb::BillingPlan {
    pb::BillingPlan {
        offer: name::Offer(offer.id.clone()).to_string(),
        term_length: offer.term.map_or_else(String::new, |term| term.to_string()),
        billing_cycle: wire::billing_cycle(offer.billing).into(),
        price: Some(wire::money(offer.price)),
    }
}
