//! Metered usage, as a publisher's service reports it.

use proto::lifecycle as pb;
use proto::lifecycle::billing_service_server::BillingService;
use proto::lifecycle::inbox_service_server::InboxService;
use rpc::wire;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;
use vocab::{Offer, ProductKind};

use super::services::from_a_service;
use super::{fields, reason, service};
use crate::domain::{ChargeKind, Subscription};
use crate::tests::given::{
    PARTNER, ada, billed_monthly, date, eur, instant, money, price_list, yearly,
};
use crate::tests::house::{House, name_of};

fn metered() -> Offer {
    Offer { kind: ProductKind::IsvSaasMetered, ..billed_monthly() }
}

fn used(house: &House, sub: &Subscription) -> pb::RecordUsageRequest {
    pb::RecordUsageRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        quantity: 300,
        amount: Some(wire::money(eur("25.00"))),
        start_date: Some(wire::date(date("2026-01-10"))),
        end_date: Some(wire::date(date("2026-01-11"))),
        ..pb::RecordUsageRequest::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_12_usage_is_charged_once_and_never_refunded(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.sell(&price_list(&metered())).await;
    let sub = house.buy(&metered(), 10).await;
    house.clock.set(instant("2026-01-12T08:00:00Z"));
    let request = used(&house, &sub);
    let dry = pb::RecordUsageRequest { validate_only: true, ..request.clone() };
    let preview = service(&house).record_usage(from_a_service(dry)).await.unwrap().into_inner();
    assert!(!preview.preview_token.is_empty());
    let first = service(&house).record_usage(from_a_service(request.clone())).await.unwrap();
    let again = service(&house).record_usage(from_a_service(request)).await.unwrap();
    assert!(again.metadata().contains_key("tenure-replayed"));
    let receipt = first.into_inner();
    assert_eq!(receipt, again.into_inner());
    let change = receipt.change.unwrap();
    assert_eq!((change.kind(), change.charges.len()), (pb::ChangeKind::UsageRecorded, 1));

    // What support may credit is what was charged for the seats (SUP-4).
    let crediting = |amount: &str| pb::SettleSupportDecisionRequest {
        request_id: house.uuid().to_string(),
        subscription: name_of(&sub),
        partner: format!("partners/{PARTNER}"),
        credit: Some(wire::money(eur(amount))),
        actor: "op@tenure.example".to_owned(),
        ..pb::SettleSupportDecisionRequest::default()
    };
    let beyond = from_a_service(crediting("83.31"));
    let refused = service(&house).settle_support_decision(beyond).await.unwrap_err();
    assert_eq!(reason(&refused), "CREDIT_NOT_POSSIBLE");

    // The full refund of a publisher's service leaves it out (TRP-57).
    house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap();
    let expected = [
        (ChargeKind::New, 10, "83.30 EUR"),
        (ChargeKind::Usage, 300, "25.00 EUR"),
        (ChargeKind::Cancel, 10, "-83.30 EUR"),
    ];
    let expected = expected.map(|(kind, units, sum)| (kind, units, sum.to_owned()));
    assert_eq!(money(&house.lines(&sub).await), expected);
    assert_eq!(house.invoices().await[0].total().unwrap(), eur("25.00"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_12_what_cannot_be_charged_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let licences = house.buy(&yearly(), 10).await;
    let before = house.everything().await;
    let today = pb::RecordUsageRequest {
        end_date: Some(wire::date(date("2026-01-10"))),
        ..used(&house, &licences)
    };
    let refused = service(&house).record_usage(from_a_service(today.clone())).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "USAGE_NOT_POSSIBLE")
    );
    let malformed = pb::RecordUsageRequest {
        quantity: 0,
        amount: Some(wire::money(eur("-1.00"))),
        end_date: Some(wire::date(date("2026-01-09"))),
        ..today
    };
    let refused = service(&house).record_usage(from_a_service(malformed)).await.unwrap_err();
    assert_eq!(fields(&refused), ["quantity", "amount", "end_date"]);
    assert_eq!(house.everything().await, before, "nothing was done");
}
