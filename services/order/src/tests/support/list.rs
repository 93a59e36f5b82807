//! Lists of requests for support, and notes on them.

use proto::common::Role;
use proto::order as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;

use super::{a_file, about_a_subscription, described, filing, said};
use crate::tests::house::{
    House, a_customer, a_partner, agent_of, line, metadata, operator, reason, wrong_fields,
};

fn listing(parent: &str, filter: &str) -> pb::ListSupportRequestsRequest {
    pb::ListSupportRequestsRequest {
        parent: parent.to_owned(),
        filter: filter.to_owned(),
        ..Default::default()
    }
}

fn noting(house: &House, request: &pb::SupportRequest, text: &str) -> pb::AddNoteRequest {
    pb::AddNoteRequest {
        name: request.name.clone(),
        request_id: house.id(),
        etag: request.etag.clone(),
        text: text.to_owned(),
        validate_only: false,
    }
}

fn withdrawing(house: &House, request: &pb::SupportRequest) -> pb::CloseSupportRequestRequest {
    pb::CloseSupportRequestRequest {
        name: request.name.clone(),
        request_id: house.id(),
        reason: "solved".to_owned(),
        ..Default::default()
    }
}

fn names(page: &pb::ListSupportRequestsResponse) -> Vec<&str> {
    page.support_requests.iter().map(|request| request.name.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn sup_3_requests_are_listed_newest_first(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let mut filed = vec![];
    for issue_type in [
        pb::SupportIssueType::PurchaseRefund,
        pb::SupportIssueType::SystemFault,
        pb::SupportIssueType::PurchaseRefund,
    ] {
        let mut message = filing(&house, &shop, &order.name);
        said(&mut message).issue_type = issue_type.into();
        said(&mut message).attachments = vec![a_file(5)];
        filed.insert(0, house.file(&shop.agent, message).await.unwrap());
    }
    let closed = house.withdraw(&shop.agent, withdrawing(&house, &filed[1])).await.unwrap();
    filed[1] = closed;
    let desk = operator();
    let list = async |claims, message| house.support_requests(claims, message).await.unwrap();

    let all = list(&shop.agent, listing(&shop.customer, "")).await;
    assert_eq!(all.support_requests, filed);
    assert_eq!(all.support_requests[0].attachments[0].size_bytes, 5);
    for (filter, expected) in [
        ("state = OPEN", vec![&filed[0], &filed[2]]),
        ("state = CLOSED", vec![&filed[1]]),
        ("issue_type = SYSTEM_FAULT", vec![&filed[1]]),
        ("state = OPEN AND issue_type = SYSTEM_FAULT", vec![]),
    ] {
        for parent in [shop.customer.as_str(), "customers/-"] {
            for claims in [&shop.agent, &desk] {
                let page = list(claims, listing(parent, filter)).await;
                let expected: Vec<_> = expected.iter().map(|request| &*request.name).collect();
                assert_eq!(names(&page), expected, "{filter}");
            }
        }
    }
    // Page by page.
    let message = pb::ListSupportRequestsRequest { page_size: 2, ..listing("customers/-", "") };
    let first = list(&shop.agent, message.clone()).await;
    let next =
        pb::ListSupportRequestsRequest { page_token: first.next_page_token.clone(), ..message };
    let second = list(&shop.agent, next.clone()).await;
    assert_eq!([names(&first), names(&second)].concat(), names(&all));
    assert_eq!(second.next_page_token, "");
    let elsewhere = pb::ListSupportRequestsRequest { filter: "state = OPEN".to_owned(), ..next };
    let refused = house.support_requests(&shop.agent, elsewhere).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}

#[rstest]
#[tokio::test]
async fn par_14_a_list_shows_the_partners_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = about_a_subscription(&house, &shop).await;
    house.file(&shop.agent, message).await.unwrap();
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let theirs = house.customer(&other, a_customer(2)).await.unwrap().name;
    for parent in ["customers/-", theirs.as_str()] {
        let page = house.support_requests(&other, listing(parent, "")).await.unwrap();
        assert!(page.support_requests.is_empty());
    }
    let refused = house.support_requests(&other, listing(&shop.customer, "")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[rstest]
#[case::sup_3_an_unknown_state("state = SLEEPING")]
#[case::sup_3_an_unknown_field("title = x")]
#[case::sup_3_another_operator("state != OPEN")]
#[case::sup_3_twice("state = OPEN AND state = CLOSED")]
#[tokio::test]
async fn a_filter_is_wrong(#[case] filter: &str) {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let refused = house.support_requests(&shop.agent, listing("customers/-", filter)).await;
    assert_eq!(wrong_fields(&refused.unwrap_err()), ["filter"]);
}

#[rstest]
#[tokio::test]
async fn sup_2_partner_and_operator_write_to_each_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut message = about_a_subscription(&house, &shop).await;
    described(&mut message).customer = "contoso1.example".to_owned();
    let filed = house.file(&shop.agent, message).await.unwrap();

    let preview = pb::AddNoteRequest { validate_only: true, ..noting(&house, &filed, "?") };
    assert_eq!(house.note(&operator(), preview).await.unwrap().etag, "v2");
    let asked = noting(&house, &filed, "which seats?");
    let noted = house.note(&operator(), asked.clone()).await.unwrap();
    assert_eq!(house.note(&operator(), asked).await.unwrap(), noted);
    let stale = house.note(&shop.agent, noting(&house, &filed, "late")).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "STALE_ETAG"));
    let answered = house.note(&shop.agent, noting(&house, &noted, "all of them")).await.unwrap();

    let read = house.support_request(&shop.agent, &filed.name).await.unwrap();
    let notes: Vec<_> =
        read.notes.iter().map(|note| (note.author.as_str(), note.text.as_str())).collect();
    let expected = [("op@tenure.example", "which seats?"), ("ada@seller.example", "all of them")];
    assert_eq!(notes, expected);
    assert_eq!(read, answered);

    let closed = house.withdraw(&shop.agent, withdrawing(&house, &filed)).await.unwrap();
    let closing = closed.closing.clone().unwrap();
    assert_eq!(closing.outcome(), pb::SupportOutcome::Withdrawn);
    assert_eq!(
        (closing.reason.as_str(), closing.author.as_str()),
        ("solved", "ada@seller.example")
    );
    let late = house.note(&shop.agent, noting(&house, &closed, "one more")).await.unwrap_err();
    assert_eq!(reason(&late), "SUPPORT_REQUEST_CLOSED");
    assert_eq!(metadata(&late, "rule"), "SUP-4");
    let actions: Vec<_> = house
        .letters(journal::KIND)
        .await
        .iter()
        .filter(|entry| entry.body.contains("supportRequests"))
        .map(|entry| serde_json::from_str::<journal::Entry>(&entry.body).unwrap().action)
        .collect();
    let expected = ["CreateSupportRequest", "AddNote", "AddNote", "CloseSupportRequest"];
    assert_eq!(actions, expected);
}

#[rstest]
#[tokio::test]
async fn par_14_nobody_else_writes(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (house, shop) = House::open(backend).await;
    let message = about_a_subscription(&house, &shop).await;
    let filed = house.file(&shop.agent, message).await.unwrap();
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let refused = house.note(&other, noting(&house, &filed, "hello")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = house.withdraw(&other, withdrawing(&house, &filed)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let reader = agent_of(&shop.partner, [Role::AccountAdmin]);
    let refused = house.note(&reader, noting(&house, &filed, "hello")).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_REQUIRED");
}
