//! Entries on their way to the audit service.

use mailbox::{CarryError, Envelope};
use proto::{
    audit::{self as pb, audit_service_client::AuditServiceClient},
    common::MessageHeader,
};
use rpc::{name, wire::timestamp};
use tonic::{
    body::Body,
    client::GrpcService,
    codegen::{Body as ResponseBody, Bytes, StdError},
};
use vocab::MessageId;

use crate::{Entry, Outcome};

/// Where an entry is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The entry.
    pub id: MessageId,
    /// Its place, from 0.
    pub index: i64,
}

/// Brings letters of the kind [`KIND`](crate::KIND) to the audit service.
///
/// A letter that cannot be read is refused here.
pub async fn carry<T>(
    client: &mut AuditServiceClient<T>,
    batch: &[Envelope],
) -> Result<Vec<mailbox::Outcome>, CarryError>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: ResponseBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as ResponseBody>::Error: Into<StdError> + Send,
{
    let (mut entries, mut said) = (Vec::new(), Vec::new());
    for letter in batch {
        match serde_json::from_str::<Entry>(&letter.body) {
            Ok(entry) => entries.push(message(&entry, letter.header())),
            Err(error) => said.push((letter.id.to_string(), format!("is no entry: {error}"))),
        }
    }
    if !entries.is_empty() {
        let answer = client.append_entries(pb::AppendEntriesRequest { entries }).await?;
        let receipts = answer.into_inner().receipts.into_iter();
        said.extend(receipts.map(|receipt| (receipt.message_id, receipt.refusal)));
    }
    mailbox::outcomes(batch, said)
}

/// Appends an entry before anything else happens: once this returns, it is on record for good.
///
/// For methods whose contract says `LOGGED_FIRST`. Where it fails, there must be no answer; the same
/// entry may be appended again.
///
/// # Errors
///
/// [`CarryError`] if the audit service does not confirm that it has it.
pub async fn append_now<T>(
    client: &mut AuditServiceClient<T>,
    entry: &Entry,
) -> Result<Receipt, CarryError>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: ResponseBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as ResponseBody>::Error: Into<StdError> + Send,
{
    let header = MessageHeader {
        message_id: entry.id.to_string(),
        traceparent: mailbox::traceparent(),
        sent_time: Some(timestamp(entry.occurred_at)),
    };
    let request = pb::AppendEntriesRequest { entries: vec![message(entry, header)] };
    let answer = client.append_entries(request).await?.into_inner();
    match answer.receipts.as_slice() {
        [receipt] if receipt.message_id != entry.id.to_string() => {
            Err(CarryError::Failed(format!("a receipt for another entry than {}", entry.id)))
        }
        [receipt] if receipt.refusal.is_empty() => {
            Ok(Receipt { id: entry.id, index: receipt.index })
        }
        [receipt] => Err(CarryError::Failed(format!("entry refused: {}", receipt.refusal))),
        receipts => Err(CarryError::Failed(format!("{} receipts for one entry", receipts.len()))),
    }
}

/// An entry tells in its details in which trace it came about (T-172): the whole context, for the trace's id
/// alone has the form of a product key.
fn message(entry: &Entry, header: MessageHeader) -> pb::Entry {
    let mut details = entry.details.clone();
    if !header.traceparent.is_empty() {
        details.insert("traceparent".to_owned(), header.traceparent.clone());
    }
    pb::Entry {
        header: Some(header),
        occurred_time: Some(timestamp(entry.occurred_at)),
        test_clock_time: entry.test_clock_at.map(timestamp),
        service: entry.service.clone(),
        actor: entry.actor.clone(),
        partner: entry.partner.map_or_else(String::new, |id| name::Partner(id).to_string()),
        customer: entry.customer.map_or_else(String::new, |id| name::Customer(id).to_string()),
        action: entry.action.clone(),
        resource: entry.resource.clone(),
        outcome: outcome(entry.outcome).into(),
        reason: entry.reason.clone(),
        details,
    }
}

fn outcome(outcome: Outcome) -> pb::Outcome {
    match outcome {
        Outcome::Done => pb::Outcome::Done,
        Outcome::Refused => pb::Outcome::Refused,
    }
}
