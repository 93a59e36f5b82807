//! Step 5: a year passes. Cycles are charged, the renewal comes with the next year's price, and its
//! window counts from its completion.

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::date;
use proto::lifecycle::{
    Change, ChangeKind, GetSubscriptionRequest, ListChangesRequest, Subscription,
};
use vocab::Money;

use super::lines::{self, amount, at, instant, money, note, step};
use super::purchase::Purchase;
use super::stage::{Stage, must_be, ok};
use crate::cli::stamp;

/// Lets the year pass and shows what time did.
pub async fn tell(stage: &mut Stage, purchase: &Purchase) -> anyhow::Result<()> {
    step(5, "A year passes.");
    stage.advance_to("2027-01-10T12:00:00Z").await?;
    cycles(stage, purchase).await?;
    renewal(stage, purchase).await
}

/// Twelve months add up to the term's price, exactly.
async fn cycles(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    let changes = history(stage, &purchase.cals).await?;
    let of_first_term = changes
        .iter()
        .filter(|change| matches!(change.kind(), ChangeKind::Started | ChangeKind::CycleCharged));
    let (mut sum, mut count) = (None::<Money>, 0);
    for change in of_first_term.take(12) {
        let paid = charged(change)?;
        sum = Some(sum.map_or(Ok(paid), |sum| sum.checked_add(paid))?);
        count += 1;
        if count <= 3 || count == 12 {
            let what = format!("month {count} of 12: 5 × client access licences");
            money(instant(change.effective_time.as_ref())?, what, paid);
        } else if count == 4 {
            note("…");
        }
    }
    let sum = sum.context("nothing was charged")?;
    must_be("the number of months", &count, &12)?;
    must_be("their sum", &sum.to_string(), &"240.00 EUR".to_owned())?;
    note(format!("twelve months add up to {sum}, the price of 5 × 48.00"));
    Ok(())
}

async fn renewal(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    let changes = history(stage, &purchase.server).await?;
    for change in &changes {
        show(change)?;
    }
    let renewed = changes.iter().find(|change| change.kind() == ChangeKind::Renewed);
    let Some(renewed) = renewed else { bail!("the server subscription did not renew") };
    must_be("the renewal's price", &charged(renewed)?.to_string(), &"656.00 EUR".to_owned())?;

    let request = GetSubscriptionRequest { name: purchase.server.clone() };
    let server = ok(stage.subscriptions()?.get_subscription(request).await)?;
    check_new_term(&server)?;
    let until = window(&server)?;
    must_be("the new window", &until, &"2027-01-17T00:01:00Z".parse::<Timestamp>()?)?;
    note(format!(
        "the new term costs 2 × 328.00 after 2 × 312.00; it can be cancelled until {}",
        stamp(until)
    ));
    note("which is 168 hours from the renewal's completion, not from midnight");
    Ok(())
}

fn check_new_term(server: &Subscription) -> anyhow::Result<()> {
    let term = server.term.as_ref().context("the term is missing")?;
    let start = lines::date(term.start_date.as_ref())?;
    let end = lines::date(term.end_date.as_ref())?;
    must_be("the new term's first day", &start, &date(2027, 1, 10))?;
    must_be("the new term's last day", &end, &date(2028, 1, 9))
}

fn window(server: &Subscription) -> anyhow::Result<Timestamp> {
    let cancellation = server.cancellation.as_ref().context("the window is missing")?;
    instant(cancellation.allowed_until.as_ref())
}

fn show(change: &Change) -> anyhow::Result<()> {
    let when = instant(change.effective_time.as_ref())?;
    let told = [
        (ChangeKind::Started, "2 × Windows Server Standard start"),
        (ChangeKind::WindowClosed, "the window closes: what was bought is firm"),
        (ChangeKind::Renewed, "the term is over, and renews at the next year's price"),
    ];
    let what = told.into_iter().find(|(kind, _)| *kind == change.kind());
    let what = what.map_or_else(|| change.kind().as_str_name(), |(_, what)| what);
    if change.charges.is_empty() {
        at(when, what);
    } else {
        money(when, what, charged(change)?);
    }
    Ok(())
}

/// Everything that happened to a subscription.
pub async fn history(stage: &Stage, subscription: &str) -> anyhow::Result<Vec<Change>> {
    let request = ListChangesRequest {
        parent: subscription.to_owned(),
        page_size: 500,
        ..ListChangesRequest::default()
    };
    Ok(ok(stage.subscriptions()?.list_changes(request).await)?.changes)
}

fn charged(change: &Change) -> anyhow::Result<Money> {
    let first = change.charges.first().context("a change without money")?;
    let zero = Money::zero(amount(first.amount.as_ref())?.currency);
    change
        .charges
        .iter()
        .try_fold(zero, |sum, charge| Ok(sum.checked_add(amount(charge.amount.as_ref())?)?))
}
