//! Step 4: cancellations in time, one too late, and something that is not sold there.

use anyhow::{Context, bail};
use jiff::Timestamp;
use proto::licensekey::KeyKind;
use proto::lifecycle::{CancelSubscriptionRequest, Receipt};
use proto::order::{CancelOrderRequest, PlaceOrderRequest};
use tonic::Response;

use super::keys::reveal;
use super::lines::{amount, at, money, note, step};
use super::purchase::{Purchase, line};
use super::stage::{Stage, must_be, must_refuse, ok};
use crate::cli::stamp;
use crate::import::request_id;

/// The worked example of PCX-6: 10 seats at 120.00, three used days of 365.
const CREDIT: &str = "-1,190.10 EUR";

/// Cancels what can be cancelled, and tries what cannot.
pub async fn tell(stage: &mut Stage, purchase: &Purchase) -> anyhow::Result<()> {
    step(4, "Second thoughts: in time, a millisecond too late, and never for sale.");
    stage.advance_to("2026-01-13T09:00:00Z").await?;
    cancel_suite(stage, purchase).await?;
    cancel_perpetual(stage, purchase).await?;
    too_late(stage, purchase).await?;
    blocked_market(stage, purchase).await
}

/// Previews a cancellation, does exactly that, and repeats the call to no effect.
async fn cancel_suite(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    let preview =
        CancelSubscriptionRequest { validate_only: true, ..cancellation(&purchase.suite) };
    let preview = ok(stage.subscriptions()?.cancel_subscription(preview).await)?;
    must_be("the previewed credit", &credit(&preview)?, &CREDIT.to_owned())?;
    at(stage.now, format!("preview: cancelling the suite now would credit {CREDIT}"));

    let real = CancelSubscriptionRequest {
        preview_token: preview.preview_token,
        ..cancellation(&purchase.suite)
    };
    let done = ok(stage.subscriptions()?.cancel_subscription(real.clone()).await)?;
    must_be("the credit", &credit(&done)?, &CREDIT.to_owned())?;
    money(stage.now, "cancelled: 10 × suite, 3 used days of 365", total(&done)?);
    note(&done.obligations);

    let again = stage.subscriptions()?.cancel_subscription(real).await;
    let is_replayed = again.as_ref().is_ok_and(is_replayed);
    if !is_replayed {
        bail!("a repeated call was not answered as the first one");
    }
    at(stage.now, "the same call again: the same answer, and no second credit");
    Ok(())
}

/// Cancels the perpetual licence by its order; its key is gone at once.
async fn cancel_perpetual(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    let line = purchase.order.lines.get(1).context("the perpetual line")?;
    let request = CancelOrderRequest {
        name: purchase.order.name.clone(),
        request_id: request_id(),
        lines: vec![line.id.clone()],
        acknowledged: true,
        ..CancelOrderRequest::default()
    };
    let cancelled = ok(stage.orders()?.cancel_order(request).await)?;
    money(
        stage.now,
        "cancelled by order: the perpetual licence, in full",
        amount(cancelled.credit.as_ref())?,
    );
    let refused = must_refuse(
        reveal(stage.as_agent()?, &purchase.perpetual, KeyKind::Mak).await,
        "KEY_UNAVAILABLE",
    )?;
    at(stage.now, format!("its key is asked for: {}", refused.message));
    Ok(())
}

/// The server subscription can be cancelled for 168 hours to the millisecond, inclusive.
async fn too_late(stage: &mut Stage, purchase: &Purchase) -> anyhow::Result<()> {
    stage.advance_to("2026-01-17T15:00:00.000Z").await?;
    let preview =
        CancelSubscriptionRequest { validate_only: true, ..cancellation(&purchase.server) };
    ok(stage.subscriptions()?.cancel_subscription(preview).await)?;
    at(stage.now, "the last millisecond: the server subscription could still be cancelled");

    stage.advance_to("2026-01-17T15:00:00.001Z").await?;
    let refused = must_refuse(
        stage.subscriptions()?.cancel_subscription(cancellation(&purchase.server)).await,
        "CANCELLATION_WINDOW_CLOSED",
    )?;
    let until = refused.allowed_until.context("the refusal does not say until when")?;
    must_be("allowed_until", &until, &"2026-01-17T15:00:00Z".parse::<Timestamp>()?)?;
    at(stage.now, format!("{}: it was possible until {}", refused.reason, stamp(until)));
    note(refused.message);
    Ok(())
}

/// Azure reservations are not sold in Kosovo; everything else is.
async fn blocked_market(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    let customer = stage.customer_in("Adatum", "XK").await?;
    let request = PlaceOrderRequest {
        parent: customer.name.clone(),
        request_id: request_id(),
        lines: vec![line("azure-vm-d4s-v5-p1y-annual-xk", 1)],
        attestation: Some(purchase.attestation.clone()),
        ..PlaceOrderRequest::default()
    };
    let refused = must_refuse(stage.orders()?.place_order(request).await, "MARKET_UNAVAILABLE")?;
    at(stage.now, format!("Adatum (XK) wants an Azure reservation: {}", refused.reason));
    note(refused.message);
    Ok(())
}

fn cancellation(name: &str) -> CancelSubscriptionRequest {
    CancelSubscriptionRequest {
        name: name.to_owned(),
        request_id: request_id(),
        acknowledged: true,
        ..CancelSubscriptionRequest::default()
    }
}

fn is_replayed<T>(answer: &Response<T>) -> bool {
    answer.metadata().get("tenure-replayed").is_some_and(|value| value == "true")
}

fn total(receipt: &Receipt) -> anyhow::Result<vocab::Money> {
    let change = receipt.change.as_ref().context("nothing happened")?;
    let first = change.charges.first().context("nothing was credited")?;
    let zero = vocab::Money::zero(amount(first.amount.as_ref())?.currency);
    change
        .charges
        .iter()
        .try_fold(zero, |sum, charge| Ok(sum.checked_add(amount(charge.amount.as_ref())?)?))
}

fn credit(receipt: &Receipt) -> anyhow::Result<String> {
    Ok(total(receipt)?.to_string())
}
