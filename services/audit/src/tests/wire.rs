//! What callers see: receipts, pages, codes and reasons.

use std::time::Duration;

use access::{Caller, Reach};
use proto::{
    audit::{self as pb, audit_service_server::AuditService},
    common::{GetBacklogRequest, MessageHeader, Role},
};
use rpc::Seal;
use rstest::rstest;
use testkit::Backend;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use vocab::PartnerId;
use worker::Pace;

use super::{CUSTOMER, House, PARTNER};
use crate::service::Service;

pub(super) fn service(house: &House) -> Service {
    let pace = Pace { heartbeat: Duration::from_secs(15), poll: Duration::from_secs(1) };
    Service::new(house.app.clone(), Seal::new(b"test"), CancellationToken::new(), pace)
}

pub(super) fn an_entry(number: u128) -> pb::Entry {
    let occurred_at = testkit::noon();
    pb::Entry {
        header: Some(MessageHeader {
            message_id: Uuid::from_u128(number).to_string(),
            ..Default::default()
        }),
        occurred_time: Some(rpc::wire::timestamp(occurred_at)),
        test_clock_time: None,
        service: "license-key".to_owned(),
        actor: "ada".to_owned(),
        partner: format!("partners/{PARTNER}"),
        customer: format!("customers/{CUSTOMER}"),
        action: "RevealProductKey".to_owned(),
        resource: String::new(),
        outcome: pb::Outcome::Done.into(),
        reason: String::new(),
        details: [("order".to_owned(), "orders/1".to_owned())].into(),
    }
}

/// A request by an Account admin of a partner.
pub(super) fn by<T>(partner: PartnerId, message: T) -> Request<T> {
    by_role(partner, Role::AccountAdmin, message)
}

/// A request by somebody of a partner.
pub(super) fn by_role<T>(partner: PartnerId, role: Role, message: T) -> Request<T> {
    let (subject, reach) = ("reader".to_owned(), Reach::Partner(partner));
    let partner = Some(partner);
    with(Caller { subject, partner, customer: None, roles: [role].into(), reach }, message)
}

/// A request by an operator.
pub(super) fn everybody<T>(message: T) -> Request<T> {
    let (subject, roles) = ("olga".to_owned(), [Role::Operator].into());
    with(Caller { subject, partner: None, customer: None, roles, reach: Reach::All }, message)
}

fn with<T>(caller: Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

async fn append(service: &Service, entries: Vec<pb::Entry>) -> Vec<pb::Receipt> {
    let request = Request::new(pb::AppendEntriesRequest { entries });
    service.append_entries(request).await.unwrap().into_inner().receipts
}

pub(super) fn a_query() -> pb::ListActivityRequest {
    pb::ListActivityRequest {
        from: Some(date(2026, 1, 10)),
        to: Some(date(2026, 1, 10)),
        ..Default::default()
    }
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    violations.iter().map(|one| format!("{} {}", one.field, one.description)).collect()
}

#[rstest]
#[tokio::test]
async fn aud_4_a_malformed_entry_is_refused_by_itself(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = service(&house);
    let change = |number, change: fn(&mut pb::Entry)| {
        let mut entry = an_entry(number);
        change(&mut entry);
        entry
    };
    let batch = vec![
        an_entry(1),
        pb::Entry::default(),
        change(2, |entry| entry.header.as_mut().unwrap().message_id = "x".to_owned()),
        change(3, |entry| entry.occurred_time.as_mut().unwrap().seconds = 0),
        change(4, |entry| entry.partner = "partners/x".to_owned()),
        change(5, |entry| entry.outcome = 7),
        change(6, |entry| entry.resource = "a\0b".to_owned()),
        change(7, |entry| {
            entry.details.insert("token".to_owned(), "x".to_owned());
        }),
        an_entry(8),
    ];
    let receipts = append(&service, batch.clone()).await;

    let shown: Vec<_> = receipts.iter().map(|one| (one.index, one.refusal.as_str())).collect();
    assert_eq!(shown[0], (0, ""));
    assert_eq!(shown[8], (1, ""));
    for ((index, refusal), part) in shown[1..8].iter().zip([
        "header.message_id is required; ",
        "header.message_id ",
        "occurred_time lies outside",
        "partner is not a name such as partners/{partner}",
        "outcome is ",
        "resource holds the character NUL",
        "details.token seems to hold a key",
    ]) {
        assert_eq!(*index, -1);
        assert!(refusal.contains(part), "{refusal}");
    }
    assert_eq!(
        shown[1].1,
        "header.message_id is required; occurred_time is required; service is required; \
         actor is required; action is required; outcome is required"
    );
    let ids: Vec<_> = receipts.iter().map(|one| one.message_id.as_str()).collect();
    assert_eq!(ids[2], "x");
    assert_eq!(append(&service, batch).await, receipts);
}

#[rstest]
#[tokio::test]
async fn aud_1_an_entry_comes_back_as_it_was_sent(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = service(&house);
    let refused = pb::Entry {
        outcome: pb::Outcome::Refused.into(),
        reason: "KEY_UNAVAILABLE".to_owned(),
        test_clock_time: Some(rpc::wire::timestamp(testkit::noon())),
        ..an_entry(2)
    };
    append(&service, vec![an_entry(1), refused.clone()]).await;

    let page = service.list_activity(by(PARTNER, a_query())).await.unwrap().into_inner();
    let sent = [refused, an_entry(1)].map(Some);
    assert_eq!(page.entries.iter().map(|one| one.entry.clone()).collect::<Vec<_>>(), sent);
    assert_eq!(page.entries[0].name, "entries/1");
    assert_eq!(page.entries[0].append_time, Some(rpc::wire::timestamp(testkit::noon())));
    assert_eq!(page.entries[0].leaf_hash.len(), 32);

    let other = PartnerId(Uuid::from_u128(0xb));
    let page = service.list_activity(by(other, a_query())).await.unwrap().into_inner();
    assert_eq!(page.entries, []);
}

#[rstest]
#[tokio::test]
async fn aud_1_pages_follow_each_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = service(&house);
    append(&service, (1..=5).map(an_entry).collect()).await;
    let filter = "action = RevealProductKey AND outcome != OUTCOME_REFUSED".to_owned();
    let mut query = pb::ListActivityRequest { page_size: 2, filter, ..a_query() };
    let mut seen = vec![];
    loop {
        let page = service.list_activity(by(PARTNER, query.clone())).await.unwrap().into_inner();
        seen.extend(page.entries.iter().map(|one| one.index));
        query.page_token = page.next_page_token;
        if query.page_token.is_empty() {
            break;
        }
        let others = by(PartnerId(Uuid::from_u128(0xb)), query.clone());
        let status = service.list_activity(others).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "PAGE_TOKEN_INVALID")
        );
    }
    assert_eq!(seen, [4, 3, 2, 1, 0]);
}

const fn date(year: i32, month: i32, day: i32) -> proto::Date {
    proto::Date { year, month, day }
}

#[rstest]
#[case::aud_4_reversed(date(2026, 1, 11), date(2026, 1, 10), "from", "2026-01-11")]
#[case::aud_4_too_long(date(2026, 1, 1), date(2027, 1, 2), "days_max", "366")]
#[tokio::test]
async fn a_bad_range(
    #[case] from: proto::Date,
    #[case] to: proto::Date,
    #[case] name: &str,
    #[case] value: &str,
) {
    let house = House::on(Backend::Sqlite).await;
    let service = service(&house);
    let query = pb::ListActivityRequest { from: Some(from), to: Some(to), ..a_query() };
    let status = service.list_activity(by(PARTNER, query)).await.unwrap_err();

    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "BAD_DATE_RANGE");
    assert_eq!(info.metadata["rule"], "AUD-4");
    assert_eq!(info.metadata[name], value);
}

#[rstest]
#[case::aud_1_nothing_given(pb::ListActivityRequest::default(), &["from is required", "to is required"])]
#[case::aud_1_no_such_date(
    pb::ListActivityRequest { from: Some(date(2026, 2, 30)), page_size: 501, ..a_query() },
    &["page_size is 501, and must be at most 500", "from is not a date of the calendar"]
)]
#[case::aud_1_an_unknown_field(
    pb::ListActivityRequest { filter: "partner = x".to_owned(), ..a_query() },
    &["filter names partner; this list can be filtered by actor, customer, action, outcome"]
)]
#[case::aud_1_all_that_is_wrong(
    pb::ListActivityRequest {
        filter: "actor < x AND customer = x AND outcome = y".to_owned(),
        ..a_query()
    },
    &[
        "filter compares actor by something else than = or !=",
        "filter has a customer that is not a name such as customers/{customer}",
        "filter says that \"y\" is not a Outcome; it is one of DONE, REFUSED",
    ]
)]
#[tokio::test]
async fn a_malformed_query(#[case] query: pb::ListActivityRequest, #[case] expected: &[&str]) {
    let house = House::on(Backend::Sqlite).await;
    let service = service(&house);
    let status = service.list_activity(by(PARTNER, query)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    assert_eq!(fields(&status), expected);
}

#[tokio::test]
async fn par_14_a_call_without_a_caller_is_a_fault_of_ours() {
    let house = House::on(Backend::Sqlite).await;
    let service = service(&house);
    let status = service.list_activity(Request::new(a_query())).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
}

#[rstest]
#[tokio::test]
async fn aud_4_a_checkpoint_goes_out_and_comes_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    let service = service(&house);
    let request = everybody(pb::GetCheckpointRequest {});
    let checkpoint = service.get_checkpoint(request).await.unwrap().into_inner();
    assert_eq!(checkpoint.size, 3);
    assert!(checkpoint.text.starts_with("log.example\n3\n"), "{}", checkpoint.text);
    assert_eq!((checkpoint.public_key.len(), checkpoint.key_id.len()), (32, 8));

    let request = pb::VerifyLogRequest { checkpoint: Some(checkpoint.clone()) };
    let answer = service.verify_log(Request::new(request)).await.unwrap().into_inner();
    let expected = pb::VerifyLogResponse {
        intact: true,
        size: 3,
        root_hash: checkpoint.root_hash,
        first_bad_index: -1,
        finding: String::new(),
    };
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn aud_4_a_bad_log_is_an_answer_not_an_error() {
    let house = House::with(Backend::Sqlite, 3).await;
    let mut tx = house.tx().await;
    db::sql!("DROP TRIGGER entries_keep_rows").execute(&mut tx).await.unwrap();
    db::sql!("DELETE FROM entries WHERE entry_index = 1").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let request = Request::new(pb::VerifyLogRequest::default());
    let answer = service(&house).verify_log(request).await.unwrap().into_inner();
    assert_eq!((answer.intact, answer.size, answer.first_bad_index), (false, 1, 1));
    assert!(answer.finding.starts_with("entry 1 is missing"), "{}", answer.finding);
}

#[tokio::test]
async fn aud_4_only_our_own_checkpoint_is_compared_with() {
    let house = House::with(Backend::Sqlite, 3).await;
    let service = service(&house);
    let request = everybody(pb::GetCheckpointRequest {});
    let ours = service.get_checkpoint(request).await.unwrap().into_inner();

    let forged = pb::Checkpoint { size: 2, ..ours };
    let request = pb::VerifyLogRequest { checkpoint: Some(forged) };
    let status = service.verify_log(Request::new(request)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let [violation] = fields(&status).try_into().unwrap();
    assert!(violation.starts_with("checkpoint.signature is not of this log's key"), "{violation}");

    let empty = pb::Checkpoint { size: -1, ..Default::default() };
    let request = pb::VerifyLogRequest { checkpoint: Some(empty) };
    let status = service.verify_log(Request::new(request)).await.unwrap_err();
    assert_eq!(
        fields(&status),
        [
            "checkpoint.size is negative",
            "checkpoint.root_hash has not 32 bytes",
            "checkpoint.sign_time is required",
        ]
    );
}

#[rstest]
#[tokio::test]
async fn aud_4_the_backlog_counts_what_was_taken(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 4).await;
    let request = Request::new(GetBacklogRequest {});
    let backlog = service(&house).get_backlog(request).await.unwrap().into_inner();
    assert_eq!((backlog.waiting_count, backlog.taken_count), (0, 4));
}
