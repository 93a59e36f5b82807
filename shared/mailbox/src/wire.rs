//! What couriers have in common on the wire: the head of a message, the report on it, a failed call.

use std::collections::BTreeMap;

use proto::common::{DeliveryReport, MessageHeader};
use tonic::{Code, Status};

use crate::{CarryError, Envelope, Outcome};

impl Envelope {
    /// Returns the head of the message.
    pub fn header(&self) -> MessageHeader {
        MessageHeader {
            message_id: self.id.to_string(),
            traceparent: self.traceparent.clone(),
            sent_time: Some(rpc::wire::timestamp(self.sent_at)),
        }
    }
}

impl From<Status> for CarryError {
    /// Tells a destination that is not there, or not in a state to answer, from one that failed at
    /// what it was given.
    fn from(status: Status) -> Self {
        let text = format!("{:?}: {}", status.code(), status.message());
        match status.code() {
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::ResourceExhausted
            | Code::Unauthenticated
            | Code::PermissionDenied => Self::Unreachable(text),
            Code::Ok
            | Code::Unknown
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss => Self::Failed(text),
        }
    }
}

/// Returns what a report says of each letter of `batch`.
///
/// # Errors
///
/// [`CarryError::Failed`] if it leaves one out.
pub fn delivered(batch: &[Envelope], report: DeliveryReport) -> Result<Vec<Outcome>, CarryError> {
    outcomes(batch, report.deliveries.into_iter().map(|it| (it.message_id, it.refusal)))
}

/// Returns the outcome of each letter of `batch`, by what was said: ids of messages, each with why it
/// was refused, or with an empty text if it was taken.
///
/// # Errors
///
/// [`CarryError::Failed`] if one is left out.
pub fn outcomes(
    batch: &[Envelope],
    said: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<Outcome>, CarryError> {
    let said: BTreeMap<String, String> = said.into_iter().collect();
    let outcome = |letter: &Envelope| match said.get(&letter.id.to_string()) {
        Some(refusal) if refusal.is_empty() => Ok(Outcome::Taken),
        Some(refusal) => Ok(Outcome::Refused(refusal.clone())),
        None => Err(CarryError::Failed(format!("no word of message {}", letter.id))),
    };
    batch.iter().map(outcome).collect()
}
