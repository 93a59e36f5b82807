//! What order asks when an operator decides on a support request, and the refusals that lead there.

use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_server::InboxService;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::wire;
use rstest::rstest;
use serde_json::json;
use testkit::Backend;
use tonic::{Code, Status};

use super::services::from_a_service;
use super::{call, fields, metadata, reason, resizing, service};
use crate::domain::{ChargeKind, OBLIGATION, Status as State, Subscription};
use crate::tests::given::{PARTNER, RIVAL, date, eur, instant, money, perpetual, total, yearly};
use crate::tests::house::{House, name_of};

fn settling(house: &House, sub: &Subscription) -> pb::SettleSupportDecisionRequest {
    pb::SettleSupportDecisionRequest {
        request_id: house.uuid().to_string(),
        subscription: name_of(sub),
        partner: format!("partners/{PARTNER}"),
        actor: "op@tenure.example".to_owned(),
        ..pb::SettleSupportDecisionRequest::default()
    }
}

fn crediting(house: &House, sub: &Subscription, amount: &str) -> pb::SettleSupportDecisionRequest {
    let credit = Some(wire::money(eur(amount)));
    pb::SettleSupportDecisionRequest { credit, ..settling(house, sub) }
}

async fn settle(
    house: &House,
    message: pb::SettleSupportDecisionRequest,
) -> Result<tonic::Response<pb::Receipt>, Status> {
    service(house).settle_support_decision(from_a_service(message)).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sup_4_a_decision_ends_and_credits_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&perpetual(), 2).await;
    // Far outside of the thirty days.
    house.sleep_until(instant("2026-06-01T12:00:00Z")).await;
    let message =
        pb::SettleSupportDecisionRequest { cancel: true, ..crediting(&house, &sub, "300.00") };
    let first = settle(&house, message.clone()).await.unwrap();
    assert!(first.metadata().get("tenure-replayed").is_none());
    let again = settle(&house, message).await.unwrap();
    assert!(again.metadata().get("tenure-replayed").is_some());
    let receipt = first.into_inner();
    assert_eq!(receipt, again.into_inner());
    assert_eq!(receipt.obligations, OBLIGATION);
    assert_eq!(receipt.subscription.unwrap().state_reason, "CANCELLED_BY_SUPPORT");

    let sub = house.load(sub.id).await;
    assert_eq!((sub.status, sub.quantity), (State::Cancelled, 0));
    let expected = [
        (ChargeKind::New, 2, "500.00 EUR".to_owned()),
        (ChargeKind::Adjustment, 1, "-300.00 EUR".to_owned()),
    ];
    assert_eq!(money(&house.lines(&sub).await), expected);
    assert_eq!(house.invoices().await.last().unwrap().total().unwrap(), eur("-300.00"));
    // Everybody hears what a partner's cancellation would have told them (PCX-1).
    let (_, to_order) = house.letters("order").await.pop().unwrap();
    assert_eq!(to_order["lines"][0]["is_cancelled"], json!(true));
    let (_, to_license_key) = house.letters("license-key").await.pop().unwrap();
    assert_eq!(to_license_key["status"], json!("CANCELLED"));
    let (_, to_audit) = house.letters("audit").await.pop().unwrap();
    assert_eq!(to_audit["actor"], json!("op@tenure.example"));
    assert_eq!(to_audit["details"]["amount"], json!("-300.00 EUR"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sup_4_credits_add_up_to_what_was_charged(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    settle(&house, crediting(&house, &sub, "1000.00")).await.unwrap();
    for (amount, left) in
        [("200.01", Some("200.00 EUR")), ("200.00", None), ("0.01", Some("0.00 EUR"))]
    {
        let answer = settle(&house, crediting(&house, &sub, amount)).await;
        let Some(left) = left else {
            let change = answer.unwrap().into_inner().change.unwrap();
            assert_eq!(change.kind(), pb::ChangeKind::Adjusted);
            continue;
        };
        let refused = answer.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused), "CREDIT_NOT_POSSIBLE");
        assert_eq!(metadata(&refused, "charged").as_deref(), Some(left));
    }
    assert_eq!(total(&house.lines(&sub).await), 0);
    assert_eq!(house.load(sub.id).await.status, State::Active);
}

/// A cycle that is due and not charged yet counts as charged (D-33).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sup_4_what_is_due_is_charged_first(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.clock.set(instant("2026-01-10T12:00:00Z"));
    let sub = house.buy(&crate::tests::given::billed_monthly(), 1).await;
    house.clock.set(instant("2026-02-10T00:00:00Z"));
    let both_cycles = crediting(&house, &sub, "16.66");
    settle(&house, both_cycles).await.unwrap();
    let kinds: Vec<_> = money(&house.lines(&sub).await).into_iter().map(|line| line.0).collect();
    assert_eq!(kinds, [ChargeKind::New, ChargeKind::Cycle, ChargeKind::Adjustment]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sup_4_a_preview_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let before = house.everything().await;
    let message = pb::SettleSupportDecisionRequest {
        validate_only: true,
        cancel: true,
        ..crediting(&house, &sub, "1.00")
    };
    let shown = settle(&house, message).await.unwrap().into_inner();
    assert_eq!(shown.change.unwrap().kind(), pb::ChangeKind::Cancelled);
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_another_partners_subscription_is_not_settled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let before = house.everything().await;
    let message = pb::SettleSupportDecisionRequest {
        partner: format!("partners/{RIVAL}"),
        ..crediting(&house, &sub, "1.00")
    };
    let refused = settle(&house, message).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    let nothing = settling(&house, &sub);
    let refused = settle(&house, nothing).await.unwrap_err();
    assert_eq!(fields(&refused), ["credit"]);
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_61_the_end_of_the_term_is_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.clock.set(instant("2026-01-10T15:00:00Z"));
    for (offer, end) in [(yearly(), Some(date("2027-01-09"))), (perpetual(), None)] {
        let subscription = name_of(&house.buy(&offer, 1).await);
        let message = pb::CheckPurchaseRequest { subscription };
        let answer = service(&house).check_purchase(from_a_service(message)).await.unwrap();
        assert_eq!(answer.into_inner().term_end_date, end.map(wire::date));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn can_9_a_refusal_leads_to_support(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    house.sleep_until(instant("2026-09-01T12:00:00Z")).await;
    let request = call(house.cancelling(&sub));
    let refused = service(&house).cancel_subscription(request).await.unwrap_err();
    assert_eq!(reason(&refused), "CANCELLATION_WINDOW_CLOSED");
    let support = |status: &Status, name: &str| metadata(status, name).unwrap_or_default();
    assert_eq!(support(&refused, "support_issue_type"), "PURCHASE_REFUND");
    let method = "tenure.order.v1.SupportService/CreateSupportRequest";
    assert_eq!(support(&refused, "support_method"), method);
    assert!(refused.message().contains("SupportService/CreateSupportRequest"), "{refused}");
    // What a schedule solves does not.
    let request = call(resizing(&house, &sub, 5));
    let refused = service(&house).change_quantity(request).await.unwrap_err();
    assert_eq!(metadata(&refused, "support_issue_type"), None);
}
