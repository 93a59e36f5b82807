//! Step 2: a cart of three lines becomes an order.

use anyhow::{Context, bail};
use proto::order::{
    Attestation, CartReview, CheckoutCartRequest, CreateCartRequest, GetOrderRequest, LineItem,
    LineState, Order, OrderState, PlaceOrderRequest, ReviewCartRequest,
};

use super::lines::{amount, at, money, note, often, step};
use super::stage::{Stage, ok};
use crate::import::request_id;

/// What was bought, by subscription.
#[derive(Debug)]
pub struct Purchase {
    /// The order of three lines.
    pub order: Order,
    /// A server subscription: two seats for a year, billed yearly.
    pub server: String,
    /// A perpetual licence.
    pub perpetual: String,
    /// A suite: ten seats for a year, billed yearly.
    pub suite: String,
    /// Client access licences: five seats for a year, billed monthly.
    pub cals: String,
    /// The confirmation that every order needs.
    pub attestation: Attestation,
}

/// Returns everything that this step buys.
pub fn shopping_list() -> Vec<LineItem> {
    first_cart().into_iter().chain([cals()]).collect()
}

fn first_cart() -> Vec<LineItem> {
    vec![
        line("windows-server-standard-p1y-annual-de", 2),
        line("windows-server-2022-standard-one-time-de", 1),
        line("m365-business-standard-p1y-annual-de", 10),
    ]
}

fn cals() -> LineItem {
    line("rds-cal-2022-user-p1y-monthly-de", 5)
}

/// Fills a cart, reviews it, checks it out.
pub async fn tell(stage: &mut Stage) -> anyhow::Result<Purchase> {
    step(2, "Contoso orders a server subscription, a perpetual licence and a suite.");
    let cart = CreateCartRequest {
        parent: stage.customer.name.clone(),
        request_id: request_id(),
        lines: first_cart(),
        ..CreateCartRequest::default()
    };
    let cart = ok(stage.orders()?.create_cart(cart).await)?;
    let review = ReviewCartRequest { name: cart.name.clone() };
    let review = ok(stage.orders()?.review_cart(review).await)?;
    let attestation = show_review(stage, &review)?;

    let checkout = CheckoutCartRequest {
        name: cart.name.clone(),
        request_id: request_id(),
        attestation: Some(attestation.clone()),
        ..CheckoutCartRequest::default()
    };
    let order = fulfilled(stage, ok(stage.orders()?.checkout_cart(checkout).await)?).await?;
    for line in &order.lines {
        let title = line.offer.as_ref().map(|offer| offer.title.clone()).unwrap_or_default();
        let what = format!("charged: {} × {title}", line.quantity);
        money(stage.now, what, amount(line.first_charge.as_ref())?);
    }
    let second = order_cals(stage, &attestation).await?;
    Ok(Purchase {
        server: subscription(&order, 0)?,
        perpetual: subscription(&order, 1)?,
        suite: subscription(&order, 2)?,
        cals: subscription(&second, 0)?,
        attestation,
        order,
    })
}

/// A second order in one call: something that is billed monthly.
async fn order_cals(stage: &Stage, attestation: &Attestation) -> anyhow::Result<Order> {
    let request = PlaceOrderRequest {
        parent: stage.customer.name.clone(),
        request_id: request_id(),
        lines: vec![cals()],
        attestation: Some(attestation.clone()),
        ..PlaceOrderRequest::default()
    };
    let order = fulfilled(stage, ok(stage.orders()?.place_order(request).await)?).await?;
    let first = order.lines.first().context("the second order has no line")?;
    let what = "charged: 5 × client access licences, the first of twelve months";
    money(stage.now, what, amount(first.first_charge.as_ref())?);
    Ok(order)
}

/// Says that a review refuses nothing, or everything that it refuses.
pub fn unrefused(review: &CartReview) -> anyhow::Result<()> {
    let of_lines = review.lines.iter().flat_map(|line| &line.refusals);
    let refusals: Vec<_> = review.refusals.iter().chain(of_lines).collect();
    if !refusals.is_empty() {
        bail!("the review refuses the cart: {refusals:?}");
    }
    Ok(())
}

fn show_review(stage: &Stage, review: &CartReview) -> anyhow::Result<Attestation> {
    unrefused(review)?;
    at(stage.now, "the cart is reviewed");
    for line in &review.lines {
        let offer = line.offer.as_ref().context("an offer is missing")?;
        note(format!(
            "{:40} {:>14} for the term, {}; other plans: {}",
            offer.title,
            amount(line.term_total.as_ref())?.to_string(),
            often(offer.billing_cycle),
            line.billing_plans.len().saturating_sub(1),
        ));
    }
    let text = review.attestation.as_ref().context("the attestation's text is missing")?;
    note(format!("to be confirmed, {}:", text.version));
    note(format!("\"{}\"", text.text));
    Ok(Attestation { version: text.version.clone(), accepted: true })
}

/// Returns the order once every line runs.
pub async fn fulfilled(stage: &Stage, order: Order) -> anyhow::Result<Order> {
    let mut order = order;
    for _ in 0..100 {
        if order.state() != OrderState::Processing {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let request = GetOrderRequest { name: order.name.clone() };
        order = ok(stage.orders()?.get_order(request).await)?;
    }
    let all_run = order.lines.iter().all(|line| line.state() == LineState::Fulfilled);
    if order.state() != OrderState::Fulfilled || !all_run {
        bail!("{} is {:?}: {:?}", order.name, order.state(), order.lines);
    }
    at(stage.now, format!("order {}: fulfilled", short(&order.name)));
    Ok(order)
}

/// Returns a line that asks for an offer.
pub fn line(offer: &str, quantity: i64) -> LineItem {
    LineItem { offer: format!("offers/{offer}"), quantity, ..LineItem::default() }
}

/// Returns the end of a long name.
pub fn short(name: &str) -> &str {
    name.rsplit(['/', '-']).next().unwrap_or(name)
}

fn subscription(order: &Order, index: usize) -> anyhow::Result<String> {
    let line = order.lines.get(index).context("a line is missing")?;
    Ok(line.subscription.clone())
}
