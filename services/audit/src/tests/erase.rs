//! A name goes, and everything is proven as before.

use access::Reach;
use audit_verify::proof::includes;
use db::{Stmt, sql};
use proto::audit::{self as pb, audit_service_server::AuditService};
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Response};

use super::{
    House, PARTNER, an_entry,
    wire::{a_query, by, everybody, service},
};
use crate::domain::Entry;

const ADA: &str = "ada@partner.example";

pub(super) fn a_request(actor: &str, number: u32) -> pb::ErasePersonalDataRequest {
    pb::ErasePersonalDataRequest {
        actor: actor.to_owned(),
        request_id: an_entry(number).id.to_string(),
        validate_only: false,
    }
}

pub(super) async fn erase(
    house: &House,
    request: pb::ErasePersonalDataRequest,
) -> Response<pb::ErasePersonalDataResponse> {
    service(house).erase_personal_data(everybody(request)).await.unwrap()
}

/// Ada did the entries 0, 1, 3 and 4; bob did entry 2.
async fn house(backend: Backend) -> House {
    let house = House::on(backend).await;
    let bob = Entry { actor: "bob".to_owned(), ..an_entry(3) };
    house.append([an_entry(1), an_entry(2), bob, an_entry(4), an_entry(5)]).await;
    house
}

#[rstest]
#[tokio::test]
async fn aud_4_a_name_is_erased_and_the_proofs_stay(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let signed = house.app.checkpoint().await.unwrap();
    let before = house.app.prove_inclusion(Reach::All, 3, Some(5)).await.unwrap();

    let answer = erase(&house, a_request(ADA, 70)).await.into_inner();
    assert_eq!((answer.erased_count, answer.record.as_str()), (4, "entries/5"));

    let mut tx = house.tx().await;
    let left = sql!(
        "SELECT count(*) FROM entries WHERE actor = $1 OR (actor IS NULL) <> (actor_salt IS NULL)"
    );
    assert_eq!(left.bind(ADA).fetch_one(&mut tx).await.unwrap().get::<i64>(0).unwrap(), 0);
    drop(tx);
    let page = service(&house).list_activity(by(PARTNER, a_query())).await.unwrap().into_inner();
    let actors: Vec<_> =
        page.entries.iter().map(|one| one.entry.as_ref().unwrap().actor.as_str()).collect();
    assert_eq!(actors, ["erased", "erased", "bob", "erased", "erased"]);
    assert!(page.entries[0].actor_erased && page.entries[0].actor_salt.is_empty());

    let after = house.app.prove_inclusion(Reach::All, 3, Some(5)).await.unwrap();
    assert_eq!(after, before);
    let path: Vec<_> = after.of.hashes.iter().map(|hash| hash.0).collect();
    assert!(includes(3, 5, &after.leaf.0, &path, &signed.root.0));
    assert_eq!(house.app.verify(Some(signed.clone())).await.unwrap().finding, None);
    assert_eq!(house.verify_elsewhere(Some(&signed)).await.finding, None);

    let record = &house.entries().await[5].entry;
    assert_eq!((record.service.as_str(), record.action.as_str()), ("audit", "ErasePersonalData"));
    assert_eq!(record.actor, "olga");
    assert_eq!(record.details["entries.001"], "0-1,3-4");
    assert!(!format!("{record:?}").contains(ADA));
}

#[rstest]
#[tokio::test]
async fn d_28_a_repeated_erasure_is_answered_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let first = erase(&house, a_request(ADA, 70)).await.into_inner();
    let again = erase(&house, a_request(ADA, 70)).await;
    assert_eq!(again.metadata().get("tenure-replayed").unwrap(), "true");
    assert_eq!(again.into_inner(), first);
    assert_eq!(house.verify().await.size, 6);

    let other = everybody(a_request("bob", 70));
    let status = service(&house).erase_personal_data(other).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    let nothing = erase(&house, a_request(ADA, 71)).await.into_inner();
    assert_eq!((nothing.erased_count, nothing.record.as_str()), (0, ""));
    assert_eq!(house.verify().await.size, 6);
}

#[rstest]
#[tokio::test]
async fn d_28_a_preview_erases_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    let preview = pb::ErasePersonalDataRequest { validate_only: true, ..a_request(ADA, 70) };
    assert_eq!(erase(&house, preview).await.into_inner().erased_count, 4);
    assert!(house.entries().await.iter().all(|logged| !logged.is_erased()));
    assert_eq!(erase(&house, a_request(ADA, 70)).await.into_inner().erased_count, 4);
}

#[rstest]
#[case::aud_4_nobody(a_request("", 70), "actor is required")]
#[case::aud_4_nobody_any_more(a_request("erased", 70), "actor is erased, which stands for names")]
#[case::aud_4_the_log(a_request("audit", 70), "actor is the log itself")]
#[tokio::test]
async fn what_is_no_name_is_refused(
    #[case] request: pb::ErasePersonalDataRequest,
    #[case] text: &str,
) {
    let house = house(Backend::Sqlite).await;
    let status = service(&house).erase_personal_data(everybody(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains(text), "{}", status.message());
}

/// A name that somebody else takes out of the database is missed.
#[rstest]
#[tokio::test]
async fn aud_4_an_erasure_past_the_service_is_found(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = house(backend).await;
    erase(&house, a_request(ADA, 70)).await;
    let mut tx = house.tx().await;
    let secretly: Stmt =
        sql!("UPDATE entries SET actor = NULL, actor_salt = NULL WHERE entry_index = 2");
    secretly.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    house.assert_bad(Some(2), "entry 2 has lost its actor").await;
}

#[tokio::test]
async fn aud_4_nobody_else_writes_in_the_logs_name() {
    let house = house(Backend::Sqlite).await;
    let entry = pb::Entry { service: "audit".to_owned(), ..super::wire::an_entry(9) };
    let request = everybody(pb::AppendEntriesRequest { entries: vec![entry] });
    let receipts = service(&house).append_entries(request).await.unwrap().into_inner().receipts;
    assert_eq!(receipts[0].refusal, "service is the log itself, which writes its own entries");
}
