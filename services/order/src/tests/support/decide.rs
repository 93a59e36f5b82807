//! Operators' decisions: what lifecycle is asked, once, and what the partner then sees.

use std::collections::HashMap;

use proto::order as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{about_a_subscription, euros, filing};
use crate::tests::house::{House, Shop, call, line, metadata, operator, reason, wrong_fields};

fn deciding(
    house: &House,
    request: &pb::SupportRequest,
    cancel: bool,
    credit: Option<i64>,
) -> pb::DecideSupportRequestRequest {
    pb::DecideSupportRequestRequest {
        name: request.name.clone(),
        request_id: house.id(),
        decision: Some(pb::SupportDecision {
            explanation: "it was a mistake".to_owned(),
            cancel,
            credit: credit.map(euros),
            subscription: String::new(),
        }),
        ..Default::default()
    }
}

async fn filed(house: &House, shop: &Shop) -> pb::SupportRequest {
    let message = about_a_subscription(house, shop).await;
    house.file(&shop.agent, message).await.unwrap()
}

fn purchase(request: &pb::SupportRequest) -> String {
    request.description.as_ref().unwrap().purchase.clone()
}

#[rstest]
#[tokio::test]
async fn sup_4_an_operator_cancels_and_credits(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    let message = deciding(&house, &filed, true, Some(100));
    let closed = house.decide(&operator(), message.clone()).await.unwrap();
    assert_eq!(house.decide(&operator(), message).await.unwrap(), closed);

    let asked = house.stub.script().decisions.clone();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].cancel && !asked[0].validate_only);
    assert_eq!((&asked[0].subscription, &asked[0].partner), (&purchase(&filed), &shop.partner));
    assert_eq!(
        (&asked[0].credit, asked[0].actor.as_str()),
        (&Some(euros(100)), "op@tenure.example")
    );

    let seen = house.support_request(&shop.agent, &filed.name).await.unwrap();
    assert_eq!(seen, closed);
    assert_eq!((seen.state(), seen.pending_decision), (pb::SupportRequestState::Closed, None));
    let closing = seen.closing.unwrap();
    assert_eq!(closing.outcome(), pb::SupportOutcome::Granted);
    assert_eq!(closing.reason, "it was a mistake");
    assert_eq!(closing.obligations, "stop using it");
    let decision = closing.decision.unwrap();
    assert_eq!((decision.subscription, decision.credit), (purchase(&filed), Some(euros(100))));

    let again = house.decide(&operator(), deciding(&house, &filed, false, None)).await.unwrap_err();
    assert_eq!(reason(&again), "SUPPORT_REQUEST_CLOSED");
    let entries = house.letters(journal::KIND).await;
    let entry = entries.iter().find(|entry| entry.body.contains("DecideSupportRequest")).unwrap();
    let entry: journal::Entry = serde_json::from_str(&entry.body).unwrap();
    assert_eq!(
        (entry.actor.as_str(), entry.details["outcome"].as_str()),
        ("op@tenure.example", "GRANTED")
    );
    assert_eq!(entry.details["credit"], "100.00 EUR");
}

#[rstest]
#[tokio::test]
async fn sup_4_a_declined_request_asks_nothing_of_lifecycle(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    house.stub.script().is_down = true;
    let closed = house.decide(&operator(), deciding(&house, &filed, false, None)).await.unwrap();
    assert_eq!(closed.closing.unwrap().outcome(), pb::SupportOutcome::Declined);
    assert!(house.stub.script().decisions.is_empty());
}

/// Another operator, another request id: it is the same decision that is carried out.
#[rstest]
#[tokio::test]
async fn sup_4_a_decision_that_was_cut_off_is_finished_by_repeating_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    house.stub.script().is_down = true;
    let lost = house.decide(&operator(), deciding(&house, &filed, true, None)).await.unwrap_err();
    assert_eq!((lost.code(), reason(&lost).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    let open = house.support_request(&shop.agent, &filed.name).await.unwrap();
    assert_eq!((open.state(), &open.etag), (pb::SupportRequestState::Open, &filed.etag));
    assert!(open.pending_decision.unwrap().cancel);

    house.stub.script().is_down = false;
    let other = house.decide(&operator(), deciding(&house, &filed, true, Some(1))).await;
    assert_eq!(reason(&other.unwrap_err()), "SUPPORT_DECISION_PENDING");
    let message = pb::CloseSupportRequestRequest {
        name: filed.name.clone(),
        request_id: house.id(),
        reason: "never mind".to_owned(),
        ..Default::default()
    };
    let withdrawn = house.withdraw(&shop.agent, message).await.unwrap_err();
    assert_eq!(reason(&withdrawn), "SUPPORT_DECISION_PENDING");

    let colleague = access::Claims::operator("eve@tenure.example");
    let closed = house.decide(&colleague, deciding(&house, &filed, true, None)).await.unwrap();
    assert_eq!(closed.closing.unwrap().author, "op@tenure.example");
    let asked = house.stub.script().decisions.clone();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[rstest]
#[tokio::test]
async fn sup_4_lifecycles_refusal_leaves_it_open_for_another_decision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    let values = HashMap::from([("charged".to_owned(), "120.00 EUR".to_owned())]);
    let details = ErrorDetails::with_error_info("CREDIT_NOT_POSSIBLE", rpc::DOMAIN, values);
    let refusal = Status::with_error_details(Code::FailedPrecondition, "too much", details);
    house.stub.script().decision_refusal = Some(refusal);
    let refused = house.decide(&operator(), deciding(&house, &filed, false, Some(121))).await;
    let refused = refused.unwrap_err();
    assert_eq!(reason(&refused), "CREDIT_NOT_POSSIBLE");
    assert_eq!(metadata(&refused, "charged"), "120.00 EUR");
    let open = house.support_request(&shop.agent, &filed.name).await.unwrap();
    assert_eq!(open, filed);

    house.stub.script().decision_refusal = None;
    house.decide(&operator(), deciding(&house, &filed, false, Some(120))).await.unwrap();
    let asked = house.stub.script().decisions.clone();
    // One id for whatever is decided, so that lifecycle carries out one decision at most.
    assert_eq!(asked[0].request_id, asked[1].request_id);
}

#[rstest]
#[tokio::test]
async fn sup_4_a_preview_decides_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    let message = pb::DecideSupportRequestRequest {
        validate_only: true,
        ..deciding(&house, &filed, true, Some(1))
    };
    let shown = house.decide(&operator(), message).await.unwrap();
    assert_eq!(shown.state(), pb::SupportRequestState::Closed);
    assert_eq!(house.support_request(&shop.agent, &filed.name).await.unwrap(), filed);
    house.decide(&operator(), deciding(&house, &filed, true, Some(1))).await.unwrap();
    let asked = house.stub.script().decisions.clone();
    assert!(asked[0].validate_only && !asked[1].validate_only);
    assert_ne!(asked[0].request_id, asked[1].request_id);
}

#[rstest]
#[tokio::test]
async fn sup_4_of_an_order_it_is_said_what_is_settled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let filed = house.file(&shop.agent, filing(&house, &shop, &order.name)).await.unwrap();
    let mut message = deciding(&house, &filed, true, None);
    let refused = house.decide(&operator(), message.clone()).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["decision.subscription"]);
    let bought = order.lines[0].subscription.clone();
    message.decision.as_mut().unwrap().subscription.clone_from(&bought);
    house.decide(&operator(), message).await.unwrap();
    assert_eq!(house.stub.script().decisions[0].subscription, bought);
}

#[rstest]
#[tokio::test]
async fn sup_4_a_decision_lists_all_its_faults() {
    let (house, _) = House::open(Backend::Sqlite).await;
    let message = pb::DecideSupportRequestRequest {
        decision: Some(pb::SupportDecision {
            credit: Some(euros(0)),
            subscription: "subscriptions/1".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = house.decide(&operator(), message).await.unwrap_err();
    let mut wrong = wrong_fields(&refused);
    wrong.sort();
    let expected =
        ["decision.credit", "decision.explanation", "decision.subscription", "name", "request_id"];
    assert_eq!(wrong, expected);
}

#[rstest]
#[tokio::test]
async fn sup_4_a_partner_does_not_decide() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let filed = filed(&house, &shop).await;
    let message = deciding(&house, &filed, true, None);
    let refused = call(&shop.agent, "SupportService/DecideSupportRequest", message).unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "ROLE_REQUIRED")
    );
}

#[rstest]
#[tokio::test]
async fn sup_4_a_decision_is_about_what_was_read(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let filed = filed(&house, &shop).await;
    let message = pb::DecideSupportRequestRequest {
        etag: "v7".to_owned(),
        ..deciding(&house, &filed, true, None)
    };
    let refused = house.decide(&operator(), message).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert!(house.stub.script().decisions.is_empty());
}
