//! Writes rows as CSV, as they come, to a file or to the terminal.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use proto::lifecycle::billing_service_client::BillingServiceClient;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::{CsvPiece, ExportReconciliationRequest, ExportSubscriptionsRequest};
use tonic::Streaming;

use crate::cli::Connection;
use crate::client;

/// A customer's subscriptions.
#[derive(Debug, clap::Args)]
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
pub struct ReconciliationOptions {
    /// The invoice: `invoices/INVOICE`.
    invoice: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

/// Where a file goes.
#[derive(Debug, clap::Args)]
struct Output {
    /// The file to write; to standard output when absent. It appears once it is complete.
    #[arg(long, short)]
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

impl Output {
    /// Writes pieces as they come; a file that broke off in the middle is not left behind.
    async fn write(&self, pieces: Streaming<CsvPiece>) -> anyhow::Result<()> {
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

async fn copy(mut pieces: Streaming<CsvPiece>, out: &mut impl Write) -> anyhow::Result<()> {
    while let Some(piece) = pieces.message().await.map_err(|status| client::refused(&status))? {
        out.write_all(&piece.data).context("cannot write the rows")?;
    }
    out.flush().context("cannot write the rows")
}
