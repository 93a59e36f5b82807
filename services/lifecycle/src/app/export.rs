//! Callers take rows away as files: read in pieces at one moment, however many there are.

use std::time::Duration;

use access::Caller;
use db::Tx;
use tokio::sync::mpsc::Sender;
use vocab::CustomerId;

use super::App;
use super::changes::of;
use super::read::own_invoice;
use crate::domain::{InvoiceId, Line, Subscription, SubscriptionQuery};
use crate::error::Error;
use crate::store;
use crate::store::charges::Of;

/// Exports of one process at a time: each holds a connection, and callers want theirs.
pub const AT_ONCE: usize = 2;
/// Rows of one piece.
const PIECE_ROWS: usize = 200;
/// A reader that takes nothing for so long has gone: it would hold a connection for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The next rows of an export, or why there are none.
pub type Piece<T> = Result<Vec<T>, Error>;

impl App {
    /// Sends all of a customer's subscriptions that the caller's lists show, in pieces, newest
    /// first, as they are at one moment (EXP-1).
    ///
    /// # Errors
    ///
    /// Those of the database; [`Error::ReaderGone`].
    pub async fn export_subscriptions(
        &self,
        caller: &Caller,
        customer: CustomerId,
        out: &Sender<Piece<Subscription>>,
    ) -> Result<(), Error> {
        let Some(of) = of(caller, Some(customer)) else { return Ok(()) };
        let _turn = self.exports.acquire().await;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let query = SubscriptionQuery { customer: Some(customer), ..SubscriptionQuery::default() };
        let mut after = None;
        loop {
            let after_key = after.as_deref();
            let listed = store::listing::list(&mut tx, of.partner, &query, after_key, PIECE_ROWS);
            let (piece, next) = listed.await?;
            send(out, piece).await?;
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Sends all lines of an invoice in pieces, oldest first, as they are at one moment (BIL-7).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14), before anything is sent;
    /// [`Error::ReaderGone`].
    pub async fn export_reconciliation(
        &self,
        caller: &Caller,
        id: InvoiceId,
        out: &Sender<Piece<Line>>,
    ) -> Result<(), Error> {
        let _turn = self.exports.acquire().await;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        own_invoice(store::invoices::get(&mut tx, id).await?, caller, id)?;
        let mut after = None;
        loop {
            let mut piece = lines(&mut tx, id, after).await?;
            let has_more = PIECE_ROWS < piece.len();
            piece.truncate(PIECE_ROWS);
            after = piece.last().map(|line| line.charge.id.0);
            send(out, piece).await?;
            if !has_more {
                return Ok(());
            }
        }
    }
}

async fn lines(tx: &mut Tx, id: InvoiceId, after: Option<uuid::Uuid>) -> Piece<Line> {
    Ok(store::charges::list(tx, Of::Invoice(id), None, after, PIECE_ROWS).await?)
}

async fn send<T>(out: &Sender<Piece<T>>, piece: Vec<T>) -> Result<(), Error> {
    match tokio::time::timeout(PATIENCE, out.send(Ok(piece))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Error::ReaderGone { after: PATIENCE }),
    }
}
