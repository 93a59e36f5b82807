//! Writes rows as CSV, as they come, to a file or to the terminal.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::civil::Date;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{ExportActivityRequest, ExportActivityResponse};
use proto::lifecycle::billing_service_client::BillingServiceClient;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::{CsvPiece, ExportReconciliationRequest, ExportSubscriptionsRequest};
use tonic::Streaming;

use crate::client::{self, Connection};

/// A customer's subscriptions.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tenure export subscriptions customers/CUSTOMER --output subscriptions.csv")]
pub struct SubscriptionsOptions {
    /// The customer: `customers/CUSTOMER`.
    customer: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

/// An invoice's lines.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tenure export reconciliation invoices/INVOICE --output january.csv")]
pub struct ReconciliationOptions {
    /// The invoice: `invoices/INVOICE`.
    invoice: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

/// What a partner's people did and saw.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, as one of the partner's people who read its activity log:
  TENURE_TOKEN=$(tenure token --role ACCOUNT_ADMIN --partner $PARTNER) \\
    tenure export activity --from 2026-01-01 --to 2026-01-31 --filter 'action = RevealProductKey' -o activity.csv")]
pub struct ActivityOptions {
    /// The first day, in UTC.
    #[arg(long)]
    from: Date,
    /// The last day, in UTC; it belongs to the range.
    #[arg(long)]
    to: Date,
    /// Conditions joined by AND, on actor, customer, action and outcome.
    #[arg(long, default_value = "", hide_default_value = true)]
    filter: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

/// Where a file goes.
#[derive(Debug, clap::Args)]
struct Output {
    /// The file to write; to standard output when absent. It appears once it is complete.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes all subscriptions of a customer (EXP-1).
///
/// # Errors
///
/// What lifecycle refuses; a file that cannot be written.
pub async fn subscriptions(options: SubscriptionsOptions) -> anyhow::Result<()> {
    let mut service = SubscriptionServiceClient::new(client::of(&options.connection).await?);
    let request = ExportSubscriptionsRequest { parent: options.customer };
    let pieces = service.export_subscriptions(request).await;
    let pieces = pieces.map_err(|status| client::refused(&status))?.into_inner();
    options.output.write(pieces).await
}

/// Writes the lines of an invoice (BIL-7).
///
/// # Errors
///
/// What lifecycle refuses; a file that cannot be written.
pub async fn reconciliation(options: ReconciliationOptions) -> anyhow::Result<()> {
    let mut service = BillingServiceClient::new(client::of(&options.connection).await?);
    let request = ExportReconciliationRequest { name: options.invoice };
    let pieces = service.export_reconciliation(request).await;
    let pieces = pieces.map_err(|status| client::refused(&status))?.into_inner();
    options.output.write(pieces).await
}

/// Writes the activity log of the caller's partner (AUD-4).
///
/// # Errors
///
/// What audit refuses; a file that cannot be written.
pub async fn activity(options: ActivityOptions) -> anyhow::Result<()> {
    let mut service = AuditServiceClient::new(client::of(&options.connection).await?);
    let request = ExportActivityRequest {
        from: Some(rpc::wire::date(options.from)),
        to: Some(rpc::wire::date(options.to)),
        filter: options.filter,
    };
    let pieces = service.export_activity(request).await;
    let pieces = pieces.map_err(|status| client::refused(&status))?.into_inner();
    options.output.write(pieces).await
}

/// A piece of a file.
trait Piece {
    fn bytes(&self) -> &[u8];
}

impl Piece for CsvPiece {
    fn bytes(&self) -> &[u8] {
        &self.data
    }
}

impl Piece for ExportActivityResponse {
    fn bytes(&self) -> &[u8] {
        &self.chunk
    }
}

impl Output {
    /// Writes pieces as they come; a file that broke off in the middle is not left behind.
    async fn write(&self, pieces: Streaming<impl Piece>) -> anyhow::Result<()> {
        let Some(path) = &self.output else {
            return copy(pieces, &mut io::stdout()).await;
        };
        let unfinished = unfinished(path);
        let cannot_write = || format!("cannot write {}", path.display());
        let mut file = File::create(&unfinished).with_context(cannot_write)?;
        let outcome = copy(pieces, &mut file).await;
        if let Err(error) = outcome {
            std::fs::remove_file(&unfinished).with_context(cannot_write)?;
            return Err(error);
        }
        file.sync_all().with_context(cannot_write)?;
        std::fs::rename(&unfinished, path).with_context(cannot_write)
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

async fn copy(mut pieces: Streaming<impl Piece>, out: &mut impl Write) -> anyhow::Result<()> {
    while let Some(piece) = pieces.message().await.map_err(|status| client::refused(&status))? {
        out.write_all(piece.bytes()).context("cannot write the rows")?;
    }
    out.flush().context("cannot write the rows")
}
