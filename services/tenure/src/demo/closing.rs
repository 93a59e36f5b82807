//! Step 6: the invoice adds up, the log verifies, and everything that must hold does.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use jiff::civil::{Date, date};
use proto::audit::VerifyLogRequest;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::lifecycle::billing_service_client::BillingServiceClient;
use proto::lifecycle::{Charge, Invoice, InvoiceState, ListChargesRequest, ListInvoicesRequest};
use vocab::Money;
use vocab::calendar::day_after;

use super::lines::{self, amount, at, instant, money, note, step};
use super::purchase::Purchase;
use super::stage::{Stage, must_be, ok};
use crate::client::Client;
use crate::import::hex;

/// Checks the books.
pub async fn tell(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    step(6, "The books.");
    let invoices = invoices(stage).await?;
    for invoice in &invoices {
        check_invoice(stage, invoice).await?;
    }
    note(format!("{} invoices add up, line by line, to the cent", invoices.len()));
    check_cycles(stage, purchase).await?;
    verify_log(stage).await
}

fn billing(stage: &Stage) -> anyhow::Result<BillingServiceClient<Client>> {
    Ok(BillingServiceClient::new(stage.as_agent()?))
}

async fn invoices(stage: &Stage) -> anyhow::Result<Vec<Invoice>> {
    let request = ListInvoicesRequest {
        partner: stage.partner.name.clone(),
        page_size: 500,
        page_token: String::new(),
    };
    let mut invoices = ok(billing(stage)?.list_invoices(request).await)?.invoices;
    invoices.reverse();
    if invoices.is_empty() {
        bail!("there are no invoices");
    }
    Ok(invoices)
}

/// BIL-7, MKT-8: the lines add up to the invoice's total. The first month is shown line by line.
async fn check_invoice(stage: &Stage, invoice: &Invoice) -> anyhow::Result<()> {
    let request = ListChargesRequest {
        invoice: invoice.name.clone(),
        page_size: 500,
        ..ListChargesRequest::default()
    };
    let charges = ok(billing(stage)?.list_charges(request).await)?.charges;
    let total = amount(invoice.total.as_ref())?;
    let month = lines::date(invoice.month.as_ref())?;
    let is_shown = month == date(2026, 1, 1);
    let mut sum = Money::zero(total.currency);
    for charge in &charges {
        let of_line = amount(charge.amount.as_ref())?;
        sum = sum.checked_add(of_line)?;
        if is_shown {
            let what = format!("{} × {}", charge.quantity, charge.product_title);
            money(instant(charge.commit_time.as_ref())?, what, of_line);
        }
    }
    must_be(&format!("the sum of {month}'s lines"), &sum, &total)?;
    let is_over = invoice
        .close_time
        .as_ref()
        .is_some_and(|close| rpc::wire::instant(close).is_ok_and(|close| close <= stage.now));
    must_be("closed", &(invoice.state() == InvoiceState::Closed), &is_over)?;
    if is_shown {
        let closed_at = instant(invoice.close_time.as_ref())?;
        money(closed_at, "the invoice of January 2026 closes, and never changes", total);
    }
    Ok(())
}

/// BIL-8: no cycle is skipped or charged twice, and cycles neither overlap nor leave gaps.
async fn check_cycles(stage: &Stage, purchase: &Purchase) -> anyhow::Result<()> {
    for subscription in [&purchase.server, &purchase.cals] {
        let request = ListChargesRequest {
            parent: subscription.clone(),
            page_size: 500,
            ..ListChargesRequest::default()
        };
        let charges = ok(billing(stage)?.list_charges(request).await)?.charges;
        check_no_gap(&charges)?;
    }
    note("no cycle was skipped, charged twice, or overlaps another");
    let outcomes: BTreeSet<&String> =
        purchase.order.lines.iter().map(|line| &line.subscription).collect();
    must_be("subscriptions of three lines", &outcomes.len(), &purchase.order.lines.len())
}

fn check_no_gap(charges: &[Charge]) -> anyhow::Result<()> {
    let mut expected: Option<Date> = None;
    for charge in charges {
        let start = lines::date(charge.service_start_date.as_ref())?;
        if let Some(expected) = expected {
            must_be("the first day of a cycle", &start, &expected)?;
        }
        expected = Some(day_after(lines::date(charge.service_end_date.as_ref())?));
    }
    expected.context("nothing was charged").map(drop)
}

async fn verify_log(stage: &Stage) -> anyhow::Result<()> {
    let mut audit = AuditServiceClient::new(stage.as_operator());
    let verified = ok(audit.verify_log(VerifyLogRequest::default()).await)?;
    if !verified.intact {
        bail!("the audit log is not intact: {}", verified.finding);
    }
    let root = hex(verified.root_hash.get(..8).unwrap_or_default());
    at(stage.now, format!("the audit log verifies: {} entries, root {root}…", verified.size));
    Ok(())
}
