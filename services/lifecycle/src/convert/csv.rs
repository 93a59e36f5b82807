//! Rows as CSV (RFC 4180, UTF-8), safe to be opened in a spreadsheet (TRP-66).

use jiff::tz::TimeZone;
use proto::lifecycle as pb;
use rpc::csv::Row;
use rpc::{Fields, Violations, name};
use vocab::{CustomerId, Money};

use crate::domain::{InvoiceId, Line, Subscription};

/// The columns of subscriptions. Source: EXP-2.
const SUBSCRIPTIONS: [&str; 7] =
    ["Subscription ID", "Name", "Quantity", "Status", "Billing cycle", "Promotion", "Reseller"];

/// The columns of an invoice's lines. Source: BIL-7, BIL-1.
const RECONCILIATION: [&str; 20] = [
    "Invoice",
    "Charge",
    "Customer",
    "Subscription",
    "Product",
    "Kind",
    "Service start",
    "Service end",
    "Billed days",
    "Cycle days",
    "Quantity",
    "Unit price",
    "Effective unit price",
    "Amount",
    "Currency",
    "Tax included",
    "Effective time",
    "Commit time",
    "Credited charge",
    "Promotion",
];

/// What stands where there is no promotion.
const NO_PROMOTION: &str = "None";

/// Reads whose subscriptions are exported.
pub fn export_of(request: &pb::ExportSubscriptionsRequest) -> Result<CustomerId, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("parent", &request.parent);
    fields.finish(customer.map(|name| name.0))
}

/// Reads which invoice is exported.
pub fn reconciliation_of(
    request: &pb::ExportReconciliationRequest,
) -> Result<InvoiceId, Violations> {
    let mut fields = Fields::of(request);
    let invoice = fields.parse::<name::Invoice>("name", &request.name);
    fields.finish(invoice.map(|name| InvoiceId(name.0)))
}

/// Writes the beginning of a file of subscriptions.
pub fn subscriptions_head(customer: CustomerId) -> pb::CsvPiece {
    head(&SUBSCRIPTIONS, format!("subscriptions-{customer}.csv"))
}

/// Writes the beginning of a file of an invoice's lines.
pub fn reconciliation_head(invoice: InvoiceId) -> pb::CsvPiece {
    head(&RECONCILIATION, format!("reconciliation-{}.csv", invoice.0))
}

fn head(columns: &[&str], file_name: String) -> pb::CsvPiece {
    pb::CsvPiece { data: Row::of_texts(columns).end(), file_name }
}

/// Writes subscriptions.
pub fn subscription_rows(subs: &[Subscription]) -> Vec<u8> {
    let rows = subs.iter().flat_map(|sub| {
        Row::default()
            .text(&sub.id.to_string())
            .text(&sub.product.title)
            .number(sub.quantity)
            .text(&status(sub))
            .text(sub.billing.as_str())
            .text(sub.promotion.as_deref().unwrap_or(NO_PROMOTION))
            .text(&sub.reseller.map(|id| id.to_string()).unwrap_or_default())
            .end()
    });
    rows.collect()
}

/// Writes lines of money.
pub fn reconciliation_rows(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(reconciliation_row).collect()
}

fn reconciliation_row(line: &Line) -> Vec<u8> {
    let charge = &line.charge;
    Row::default()
        .text(&line.invoice.map(|id| id.0.to_string()).unwrap_or_default())
        .text(&charge.id.to_string())
        .text(&line.customer.to_string())
        .text(&line.subscription.to_string())
        .text(&line.title)
        .text(charge.kind.as_str())
        .text(&charge.period_start.to_string())
        .text(&charge.period_end.to_string())
        .number(charge.billed_days)
        .number(charge.cycle_days)
        .number(charge.quantity)
        .number(decimal(charge.unit_price))
        .number(decimal(charge.effective_unit_price))
        .number(decimal(charge.amount))
        .text(charge.amount.currency.code())
        .text(if charge.tax_included { "true" } else { "false" })
        .text(&charge.effective_at.to_string())
        .text(&charge.committed_at.to_string())
        .text(&charge.credits.map(|id| id.to_string()).unwrap_or_default())
        .text(charge.promotion.as_deref().unwrap_or(NO_PROMOTION))
        .end()
}

/// Returns the state of auto-renew, with the date of the renewal if there is one. Source: EXP-2.
fn status(sub: &Subscription) -> String {
    let state = if sub.auto_renew { "Auto-renew on" } else { "Auto-renew off" };
    match sub.renews_at() {
        Some(at) => format!("{state}, renews {}", at.to_zoned(TimeZone::UTC).date()),
        None => state.to_owned(),
    }
}

/// Writes an amount as a number: all decimals of its currency, nothing between thousands.
fn decimal(money: Money) -> String {
    let per_major = money.currency.minor_per_major().unsigned_abs();
    let (minor, sign) = (money.minor.unsigned_abs(), if money.minor < 0 { "-" } else { "" });
    match usize::try_from(money.currency.exponent()).unwrap_or(0) {
        0 => format!("{sign}{minor}"),
        width => format!("{sign}{}.{:0width$}", minor / per_major, minor % per_major),
    }
}

#[cfg(test)]
mod tests;
