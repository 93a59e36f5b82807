//! Calls to other services: letters on their way, and the one question that cannot wait.

mod forecasts;
mod support;

use boot::Peer;
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::lifecycle::StartSubscriptionsRequest;
use proto::lifecycle::inbox_service_client::InboxServiceClient;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::convert;
use crate::domain::{CancelPurchases, Cancellation, StartOrder};
use crate::error::Error;

/// The services that get letters from this one.
pub const DESTINATIONS: &[&str] = &[START_TO, journal::TO];

/// The service that starts subscriptions.
pub const START_TO: &str = "lifecycle";
/// The kind of the letter that starts an order's subscriptions.
pub const START: &str = "lifecycle.start";

/// Brings letters to lifecycle and to the audit service.
#[derive(Debug)]
pub struct Post {
    /// Where subscriptions start.
    pub lifecycle: Peer,
    /// Where entries go.
    pub audit: Peer,
}

impl Courier for Post {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        match (to, kind) {
            (START_TO, START) => start(self.lifecycle.clone(), batch).await,
            (journal::TO, journal::KIND) => {
                journal::carry(&mut AuditServiceClient::new(self.audit.clone()), batch).await
            }
            _ => {
                let refused = Outcome::Refused(format!("nobody carries {kind} to {to}"));
                Ok(vec![refused; batch.len()])
            }
        }
    }
}

async fn start(lifecycle: Peer, batch: &[Envelope]) -> Result<Vec<Outcome>, CarryError> {
    let (mut orders, mut said) = (Vec::new(), Vec::new());
    for letter in batch {
        match serde_json::from_str::<StartOrder>(&letter.body) {
            Ok(order) => orders.push(convert::start_order(&order, letter.header())),
            Err(error) => said.push((letter.id.to_string(), format!("is no order: {error}"))),
        }
    }
    if !orders.is_empty() {
        let request = StartSubscriptionsRequest { orders };
        let answer = SubscriptionServiceClient::new(lifecycle).start_subscriptions(request).await?;
        let report = answer.into_inner().deliveries.into_iter();
        said.extend(report.map(|one| (one.message_id, one.refusal)));
    }
    mailbox::outcomes(batch, said)
}

/// Asks lifecycle.
#[derive(Debug)]
pub struct Lifecycle(pub Peer);

impl Lifecycle {
    /// Cancels purchases of one order, all that are named or none.
    ///
    /// # Errors
    ///
    /// [`Error::PeerRefused`] with lifecycle's own refusal, to be passed on as it came;
    /// [`Error::PeerUnavailable`] if it is not known what became of it.
    pub async fn cancel(&self, request: &CancelPurchases) -> Result<Cancellation, Error> {
        let answer = InboxServiceClient::new(self.0.clone())
            .cancel_purchases(convert::cancel_purchases(request))
            .await
            .map_err(failed)?;
        convert::cancellation(&answer.into_inner())
            .map_err(|error| Error::PeerBroken { service: "lifecycle", why: error.to_string() })
    }

    /// Tells whether purchases of one order could be cancelled: whether the window is open. Nothing is
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`cancel`](Self::cancel), but for a closed window.
    pub async fn could_cancel(&self, request: CancelPurchases) -> Result<bool, Error> {
        let question = CancelPurchases { validate_only: true, is_acknowledged: true, ..request };
        match self.cancel(&question).await {
            Ok(_) => Ok(true),
            Err(Error::PeerRefused(status)) if reason(&status).as_deref() == Some(TOO_LATE) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

fn reason(status: &Status) -> Option<String> {
    status.get_error_details().error_info().map(|info| info.reason.clone())
}

/// The reason of a refusal that comes too late.
const TOO_LATE: &str = "CANCELLATION_WINDOW_CLOSED";

/// Tells a refusal, which is the caller's to read, from a call that failed.
fn failed(status: Status) -> Error {
    let status = Box::new(status);
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::ResourceExhausted
        | Code::PermissionDenied => Error::PeerRefused(status),
        // Of us, not of the caller.
        Code::Unauthenticated
        | Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Unknown
        | Code::Ok
        | Code::AlreadyExists
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss => Error::PeerUnavailable { service: "lifecycle", source: status },
    }
}
