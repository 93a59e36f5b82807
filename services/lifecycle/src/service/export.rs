//! Files, piece by piece: what is read is written and sent before the next is read.

use std::pin::Pin;

use access::Caller;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

use super::{Service, pb};
use crate::app::export::Piece;
use crate::convert;

/// What a caller gets.
pub type Csv = Pin<Box<dyn Stream<Item = Result<pb::CsvPiece, Status>> + Send>>;

impl Service {
    /// Returns a customer's subscriptions.
    pub(super) async fn subscriptions_csv(
        &self,
        caller: Caller,
        request: &pb::ExportSubscriptionsRequest,
    ) -> Result<Csv, Status> {
        let customer = convert::export_of(request).map_err(rpc::status)?;
        let app = self.app.clone();
        let (out, pieces) = mpsc::channel(1);
        tokio::spawn(async move {
            if let Err(error) = app.export_subscriptions(&caller, customer, &out).await {
                drop(out.send(Err(error)).await);
            }
        });
        csv(pieces, convert::subscriptions_head(customer), convert::subscription_rows).await
    }

    /// Returns the lines of an invoice.
    pub(super) async fn reconciliation_csv(
        &self,
        caller: Caller,
        request: &pb::ExportReconciliationRequest,
    ) -> Result<Csv, Status> {
        let invoice = convert::reconciliation_of(request).map_err(rpc::status)?;
        let app = self.app.clone();
        let (out, pieces) = mpsc::channel(1);
        tokio::spawn(async move {
            if let Err(error) = app.export_reconciliation(&caller, invoice, &out).await {
                drop(out.send(Err(error)).await);
            }
        });
        csv(pieces, convert::reconciliation_head(invoice), convert::reconciliation_rows).await
    }
}

/// Writes pieces behind a head. A refusal that comes first is the call's own.
async fn csv<T: Send + 'static>(
    mut pieces: mpsc::Receiver<Piece<T>>,
    mut head: pb::CsvPiece,
    write: fn(&[T]) -> Vec<u8>,
) -> Result<Csv, Status> {
    let first = pieces.recv().await.unwrap_or_else(|| Ok(vec![])).map_err(rpc::status)?;
    head.data.extend(write(&first));
    let others = ReceiverStream::new(pieces).map(move |piece| {
        let data = write(&piece.map_err(rpc::status)?);
        Ok(pb::CsvPiece { data, file_name: String::new() })
    });
    Ok(Box::pin(tokio_stream::once(Ok(head)).chain(others)))
}
