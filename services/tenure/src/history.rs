//! Imports a file of orders from before: what one customer's partners have in their books.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::{ImportHistoryRequest, Order, PastLine, PastOrder};
use rpc::wire;
use serde::Deserialize;
use serde_json::json;
use vocab::{BillingCycle, Currency, Money};

use crate::cli::say;
use crate::client::{self, Client, Connection, refused};
use crate::import::{read, request_id};

/// Orders from before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example (the sample shows what a file looks like):
  tenure import history deploy/sample/history.yaml --customer $CUSTOMER --partner $PARTNER --validate-only")]
pub struct Options {
    /// The file.
    file: PathBuf,
    /// Who ordered: `customers/CUSTOMER`.
    #[arg(long)]
    customer: String,
    /// Who sold what the file names nobody for: `partners/PARTNER`.
    #[arg(long)]
    partner: String,
    /// Checks everything and brings in nothing.
    #[arg(long)]
    validate_only: bool,
    /// Writes one JSON object a line, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// A file, as people write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    orders: Vec<OrderOfFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderOfFile {
    reference: String,
    ordered_at: Timestamp,
    #[serde(default)]
    partner: Option<String>,
    lines: Vec<LineOfFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineOfFile {
    offer: String,
    quantity: i64,
    price: String,
    plan: String,
    #[serde(default)]
    tax_included: bool,
    #[serde(default)]
    friendly_name: String,
}

/// Brings in a file and says what its orders became.
///
/// # Errors
///
/// A file that cannot be read, or that order refuses.
pub async fn import(options: Options) -> anyhow::Result<()> {
    let file = String::from_utf8(read(&options.file)?).context("the file is not in UTF-8")?;
    let orders = parse(&file, &options.partner)?;
    let client = client::of(&options.connection).await?;
    let request = ImportHistoryRequest {
        parent: options.customer,
        request_id: request_id(),
        validate_only: options.validate_only,
        orders,
    };
    let imported = import_history(client, request).await?;
    if options.json {
        imported.iter().map(as_json).for_each(say);
        return Ok(());
    }
    imported.iter().map(told).for_each(say);
    let dry = if options.validate_only { " (dry run: nothing was brought in)" } else { "" };
    say(format!("{} orders{dry}", imported.len()));
    Ok(())
}

/// Sends orders from before.
///
/// # Errors
///
/// What order refuses.
pub async fn import_history(
    client: Client,
    request: ImportHistoryRequest,
) -> anyhow::Result<Vec<Order>> {
    let answer = OrderServiceClient::new(client).import_history(request).await;
    answer.map(|imported| imported.into_inner().orders).map_err(|status| refused(&status))
}

/// Reads a file's orders, which `partner` sold unless they name somebody else.
///
/// # Errors
///
/// What is no YAML, has unknown keys, or a price or plan that is none.
pub fn parse(file: &str, partner: &str) -> anyhow::Result<Vec<PastOrder>> {
    let document: Document = serde_saphyr::from_str(file).context("the file cannot be read")?;
    document.orders.into_iter().map(|order| past_order(order, partner)).collect()
}

fn past_order(order: OrderOfFile, partner: &str) -> anyhow::Result<PastOrder> {
    let reference = order.reference;
    let line =
        |(index, line)| past_line(line).with_context(|| format!("{reference}, line {}", index + 1));
    let lines = order.lines.into_iter().enumerate().map(line).collect::<anyhow::Result<_>>()?;
    Ok(PastOrder {
        partner: order.partner.unwrap_or_else(|| partner.to_owned()),
        order_time: Some(wire::timestamp(order.ordered_at)),
        lines,
        reference,
    })
}

fn past_line(line: LineOfFile) -> anyhow::Result<PastLine> {
    let LineOfFile { offer, quantity, price, plan, tax_included, friendly_name } = line;
    let (term_length, billing) = plan.rsplit_once('/').unwrap_or(("", &plan));
    let billing: BillingCycle = billing.parse().with_context(|| format!("{plan} is no plan"))?;
    Ok(PastLine {
        offer: format!("offers/{offer}"),
        quantity,
        price: Some(wire::money(amount(&price)?)),
        tax_included,
        term_length: term_length.to_owned(),
        billing_cycle: wire::billing_cycle(billing).into(),
        friendly_name,
    })
}

/// Reads a price such as `312.00 EUR`.
fn amount(price: &str) -> anyhow::Result<Money> {
    let (amount, currency) = price
        .split_once(' ')
        .ok_or_else(|| anyhow!("{price} is no price; write it with its currency: 312.00 EUR"))?;
    let currency: Currency = currency.trim().parse()?;
    Ok(Money::parse(amount, currency)?)
}

/// An order for programs.
fn as_json(order: &Order) -> String {
    let value = json!({
        "name": order.name,
        "reference": order.brought_in.as_ref().map(|from| from.reference.clone()),
        "order_time": ordered_at(order),
        "line_count": order.lines.len(),
    });
    value.to_string()
}

fn ordered_at(order: &Order) -> Option<String> {
    let at = order.create_time.as_ref().and_then(|at| wire::instant(at).ok());
    at.map(|at| at.to_string())
}

/// An order in one line: its name, its reference, and when it was ordered.
fn told(order: &Order) -> String {
    let name = if order.name.is_empty() { "would be an order" } else { order.name.as_str() };
    let reference = order.brought_in.as_ref().map_or("", |from| from.reference.as_str());
    let at = ordered_at(order).unwrap_or_default();
    format!("{reference}: {name}, ordered at {at}, {} lines", order.lines.len())
}

#[cfg(test)]
mod tests;
