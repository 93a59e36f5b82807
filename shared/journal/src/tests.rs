//! The letters of entries, and the calls that bring them, to a log that answers what it is told.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use mailbox::{CarryError, Envelope};
use proto::audit::{self as pb, audit_service_client::AuditServiceClient};
use rpc::wire::timestamp;
use rstest::rstest;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use uuid::Uuid;
use vocab::{CustomerId, MessageId, PartnerId};

use crate::{Entry, KIND, Outcome, Receipt, TO, append_now, carry};

/// What the log answers: receipts (id, index, refusal), or that it is down.
type Answer = Option<Vec<(u128, i64, &'static str)>>;

/// Keeps what it is asked, and answers what it is told.
#[derive(Debug, Clone)]
struct Log {
    answer: Answer,
    asked: Arc<Mutex<Vec<pb::Entry>>>,
}

impl Log {
    fn that_answers(answer: Answer) -> Self {
        Self { answer, asked: Arc::default() }
    }

    fn client(&self) -> AuditServiceClient<Self> {
        AuditServiceClient::new(self.clone())
    }

    fn asked(&self) -> Vec<pb::Entry> {
        self.asked.lock().unwrap().clone()
    }
}

/// Written without the generated trait, so that what else the log learns to do is of no concern here.
impl UnaryService<pb::AppendEntriesRequest> for Log {
    type Response = pb::AppendEntriesResponse;
    type Future = Ready<Result<Response<Self::Response>, Status>>;

    fn call(&mut self, request: Request<pb::AppendEntriesRequest>) -> Self::Future {
        self.asked.lock().unwrap().extend(request.into_inner().entries);
        let receipt = |(id, index, refusal): (u128, i64, &str)| pb::Receipt {
            message_id: Uuid::from_u128(id).to_string(),
            index,
            refusal: refusal.to_owned(),
        };
        ready(match self.answer.clone() {
            None => Err(Status::unavailable("starting")),
            Some(receipts) => {
                let receipts = receipts.into_iter().map(receipt).collect();
                Ok(Response::new(pb::AppendEntriesResponse { receipts }))
            }
        })
    }
}

impl Service<http::Request<Body>> for Log {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut grpc = Grpc::new(ProstCodec::default());
        let log = self.clone();
        Box::pin(async move { Ok(grpc.unary(log, request).await) })
    }
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn entry(number: u128) -> Entry {
    Entry {
        id: MessageId(Uuid::from_u128(number)),
        occurred_at: "2026-01-10T12:00:00.001Z".parse().unwrap(),
        test_clock_at: Some("2030-01-01T00:00:00Z".parse().unwrap()),
        service: "order".to_owned(),
        actor: "ann@example.com".to_owned(),
        partner: Some(PartnerId(Uuid::from_u128(7))),
        customer: Some(CustomerId(Uuid::from_u128(8))),
        action: "PlaceOrder".to_owned(),
        resource: "customers/8/orders/9".to_owned(),
        outcome: Outcome::Refused,
        reason: "MARKET_BLOCKED".to_owned(),
        details: BTreeMap::from([("offer".to_owned(), "\"o\" & ö".to_owned())]),
    }
}

fn envelope(entry: &Entry) -> Envelope {
    let letter = entry.letter();
    Envelope {
        id: letter.id,
        kind: letter.kind.to_owned(),
        body: letter.body,
        traceparent: TRACE.to_owned(),
        sent_at: "2026-01-10T12:00:00.002Z".parse().unwrap(),
    }
}

#[rstest]
#[case::with_everything(entry(1))]
#[case::with_nothing_that_may_be_absent(Entry {
    test_clock_at: None, partner: None, customer: None, outcome: Outcome::Done,
    reason: String::new(), details: BTreeMap::new(), ..entry(1)
})]
fn a_letter_holds_the_whole_entry(#[case] entry: Entry) {
    let letter = entry.letter();
    assert_eq!((letter.id, letter.to, letter.kind), (entry.id, TO, KIND));
    assert_eq!(serde_json::from_str::<Entry>(&letter.body).unwrap(), entry);
}

#[tokio::test]
async fn t_172_entries_go_out_whole_and_tell_their_trace() {
    let log = Log::that_answers(Some(vec![(1, 0, ""), (2, 1, "")]));
    let absent = Entry {
        test_clock_at: None,
        partner: None,
        customer: None,
        outcome: Outcome::Done,
        ..entry(2)
    };
    let outcomes = carry(&mut log.client(), &[envelope(&entry(1)), envelope(&absent)]).await;
    assert_eq!(outcomes, Ok(vec![mailbox::Outcome::Taken; 2]));

    let given = entry(1);
    let whole = pb::Entry {
        header: Some(proto::common::MessageHeader {
            message_id: given.id.to_string(),
            traceparent: TRACE.to_owned(),
            sent_time: Some(timestamp(envelope(&given).sent_at)),
        }),
        occurred_time: Some(timestamp(given.occurred_at)),
        test_clock_time: given.test_clock_at.map(timestamp),
        service: given.service,
        actor: given.actor,
        partner: "partners/00000000-0000-0000-0000-000000000007".to_owned(),
        customer: "customers/00000000-0000-0000-0000-000000000008".to_owned(),
        action: given.action,
        resource: given.resource,
        outcome: pb::Outcome::Refused.into(),
        reason: given.reason,
        details: [("offer", "\"o\" & ö"), ("traceparent", TRACE)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let mut header = whole.header.clone().unwrap();
    header.message_id = absent.id.to_string();
    let bare = pb::Entry {
        header: Some(header),
        test_clock_time: None,
        partner: String::new(),
        customer: String::new(),
        outcome: pb::Outcome::Done.into(),
        ..whole.clone()
    };
    assert_eq!(log.asked(), [whole, bare]);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_rest_goes_out() {
    let log = Log::that_answers(Some(vec![(3, 0, ""), (2, 0, "too long")]));
    let unreadable = Envelope { body: "{}".to_owned(), ..envelope(&entry(1)) };
    let batch = [unreadable.clone(), envelope(&entry(2)), envelope(&entry(3))];
    let outcomes = carry(&mut log.client(), &batch).await.unwrap();
    let refused = |outcome: &mailbox::Outcome, start: &str| matches!(outcome, mailbox::Outcome::Refused(reason) if reason.starts_with(start));
    assert!(refused(&outcomes[0], "is no entry: missing field"), "{outcomes:?}");
    assert!(refused(&outcomes[1], "too long"), "{outcomes:?}");
    assert_eq!(outcomes[2..], [mailbox::Outcome::Taken]);

    let unasked = Log::that_answers(None);
    carry(&mut unasked.client(), &[unreadable]).await.unwrap();
    assert!(unasked.asked().is_empty());
}

#[rstest]
#[case::the_log_is_down(None, CarryError::Unreachable("Unavailable: starting".to_owned()))]
#[case::an_entry_is_left_out(
    Some(vec![(2, 0, "")]),
    CarryError::Failed("no word of message 00000000-0000-0000-0000-000000000001".to_owned())
)]
#[tokio::test]
async fn without_an_answer_nothing_is_taken(#[case] answer: Answer, #[case] expected: CarryError) {
    let log = Log::that_answers(answer);
    assert_eq!(carry(&mut log.client(), &[envelope(&entry(1))]).await, Err(expected));
}

#[rstest]
#[case::appended(Some(vec![(1, 41, "")]), Ok(41))]
#[case::refused(Some(vec![(1, 0, "too long")]), Err("the destination failed: entry refused: too long"))]
#[case::down(None, Err("the destination cannot be reached: Unavailable: starting"))]
#[case::no_receipt(Some(vec![]), Err("the destination failed: 0 receipts for one entry"))]
#[case::two_receipts(
    Some(vec![(1, 0, ""), (1, 0, "")]),
    Err("the destination failed: 2 receipts for one entry")
)]
#[case::another_receipt(
    Some(vec![(2, 0, "")]),
    Err("the destination failed: a receipt for another entry than 00000000-0000-0000-0000-000000000001")
)]
#[tokio::test]
async fn an_entry_is_on_record_only_with_its_receipt(
    #[case] answer: Answer,
    #[case] expected: Result<i64, &str>,
) {
    let log = Log::that_answers(answer);
    let found = append_now(&mut log.client(), &entry(1)).await.map_err(|error| error.to_string());
    let receipt = |index| Receipt { id: entry(1).id, index };
    assert_eq!(found, expected.map(receipt).map_err(str::to_owned));
    let [asked] = log.asked().try_into().unwrap();
    let header = asked.header.unwrap();
    assert_eq!(header.sent_time, Some(timestamp(entry(1).occurred_at)));
}
