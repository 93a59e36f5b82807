//! The one way out of a key: who gets it, who does not, and what is on record of both.

use access::Claims;
use jiff::SignedDuration;
use proto::audit::{Entry, Outcome};
use proto::common::Role;
use proto::licensekey as pb;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, Fulfilment, MessageId};

use super::house::{House, agent, ask, key, purchase_number, stranger};
use crate::domain::tests::a_purchase;
use crate::domain::{Purchase, PurchaseState};

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

fn outcome(entry: &Entry) -> (Outcome, &str) {
    (entry.outcome(), &entry.reason)
}

#[rstest]
#[tokio::test]
async fn key_5_the_key_is_shown_and_the_read_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 3).await;
    house.delivered().await;
    let before = house.stub.script().entries.len();

    let answer = house.reveal(&agent(&purchase), &purchase).await.unwrap();

    assert_eq!(answer.product_key, key(1));
    assert_eq!(answer.product_key.len(), 32);
    assert_eq!(answer.kind(), pb::KeyKind::Mak);
    assert_eq!(answer.audit_entry, format!("entries/{before}"));
    // Nothing was delivered since: the entry was there before the answer was.
    let entry = house.stub.script().entries[before].clone();
    assert_eq!(outcome(&entry), (Outcome::Done, ""));
    assert_eq!(entry.service, "license-key");
    assert_eq!(entry.actor, "ada@seller.example");
    assert_eq!(entry.partner, format!("partners/{}", purchase.partner));
    assert_eq!(entry.customer, format!("customers/{}", purchase.customer));
    assert_eq!(entry.action, "RevealProductKey");
    assert_eq!(entry.resource, format!("{}/subscriptions/{}", entry.customer, purchase.id));
    assert_eq!(entry.occurred_time, Some(rpc::wire::timestamp(noon())));
    assert_eq!(entry.test_clock_time, None);
    let details: Vec<_> = entry.details.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(
        details,
        [
            format!("order={}/orders/{}", entry.customer, purchase.order),
            "product=products/windows-server".to_owned(),
            "sku=products/windows-server/skus/windows-server-standard".to_owned(),
        ]
    );
    assert!(!format!("{entry:?}").contains(&key(1)), "TRP-53");
}

#[rstest]
#[tokio::test]
async fn trp_53_asking_again_shows_the_same_key_and_is_another_read(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 3).await;
    let message = ask(&purchase, pb::KeyKind::Mak, Uuid::from_u128(9));
    let mut shown = vec![];
    for _ in 0..3 {
        let call = house.call(&agent(&purchase), message.clone());
        shown.push(house.software().reveal_product_key(call).await.unwrap().into_inner());
    }
    assert!(shown.iter().all(|answer| answer.product_key == key(1)));
    let entries: Vec<_> = shown.iter().map(|answer| answer.audit_entry.as_str()).collect();
    assert_eq!(entries, ["entries/0", "entries/1", "entries/2"]);
    assert_eq!(house.pool(&purchase.sku).await.assigned_count, 1);
}

#[rstest]
#[tokio::test]
async fn aud_4_a_read_on_a_test_clock_has_both_instants(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let clock = ClockId(Uuid::from_u128(0xc10c));
    let purchase = house.given(Purchase { test_clock: Some(clock), ..a_purchase() }).await;
    house.stocked(&purchase.sku, 1, 1).await;
    let later = "2031-05-01T00:00:00Z".parse().unwrap();
    let reading = (MessageId(Uuid::from_u128(77)), (clock, later));
    house.app.record_clock_readings(vec![reading]).await.unwrap();

    house.reveal(&agent(&purchase), &purchase).await.unwrap();
    house.reveal_kind(&agent(&purchase), &purchase, pb::KeyKind::Kms).await.unwrap_err();

    let entries = house.delivered().await;
    let of = |wanted: Outcome| {
        let found = entries.iter().find(|it| it.outcome() == wanted && !it.partner.is_empty());
        found.unwrap().test_clock_time
    };
    // lifecycle says noon at the read; the refusal asks nobody and goes by the last reading.
    assert_eq!(of(Outcome::Done), Some(rpc::wire::timestamp(noon())));
    assert_eq!(of(Outcome::Refused), Some(rpc::wire::timestamp(later)));
}

/// Who asks in the table of refusals.
#[derive(Debug, Clone, Copy)]
enum Who {
    Agent,
    Stranger,
    OtherCustomer,
    Customer,
}

impl Who {
    fn claims(self, purchase: &Purchase) -> Claims {
        match self {
            Self::Agent => agent(purchase),
            Self::Stranger => stranger(),
            Self::OtherCustomer => Claims::customer("x", CustomerId(Uuid::from_u128(0xbad))),
            Self::Customer => Claims::customer("carol@customer.example", purchase.customer),
        }
    }
}

const MAK: pb::KeyKind = pb::KeyKind::Mak;

#[rstest]
#[case::key_1_kms(
    Who::Agent,
    PurchaseState::Active,
    pb::KeyKind::Kms,
    Code::InvalidArgument,
    "KMS_NOT_OFFERED"
)]
#[case::key_4_pending(
    Who::Agent,
    PurchaseState::Pending,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[case::sus_1_suspended(
    Who::Agent,
    PurchaseState::Suspended,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[case::key_4_cancelled(
    Who::Agent,
    PurchaseState::Cancelled,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[case::key_4_expired(
    Who::Agent,
    PurchaseState::Expired,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[case::key_4_deleted(
    Who::Agent,
    PurchaseState::Deleted,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[case::par_14_anothers(Who::Stranger, PurchaseState::Active, MAK, Code::NotFound, "NOT_FOUND")]
#[case::par_14_anothers_before_its_kind(
    Who::Stranger,
    PurchaseState::Active,
    pb::KeyKind::Kms,
    Code::NotFound,
    "NOT_FOUND"
)]
#[case::par_14_another_customers(
    Who::OtherCustomer,
    PurchaseState::Active,
    MAK,
    Code::NotFound,
    "NOT_FOUND"
)]
#[case::pcx_1_nor_the_customer_itself(
    Who::Customer,
    PurchaseState::Cancelled,
    MAK,
    Code::FailedPrecondition,
    "KEY_UNAVAILABLE"
)]
#[tokio::test]
async fn no_key_is_shown_and_the_attempt_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] who: Who,
    #[case] live: PurchaseState,
    #[case] kind: pb::KeyKind,
    #[case] code: Code,
    #[case] expected: &str,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 1).await;
    house.delivered().await;
    // lifecycle knows it, and its message has not arrived.
    house.stub.says(&purchase, live);

    let refused = house.reveal_kind(&who.claims(&purchase), &purchase, kind).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused).as_str()), (code, expected));
    assert_eq!(house.waiting().await, 1, "AUD-4: it is durable before the answer leaves");
    let entries = house.delivered().await;
    let entry = entries.last().unwrap();
    assert_eq!(outcome(entry), (Outcome::Refused, expected));
    assert_eq!(entry.action, "RevealProductKey");
    let is_own = code != Code::NotFound;
    assert_eq!(entry.details.contains_key("order"), is_own, "nobody's log tells of others' orders");
    let pool = house.pool(&purchase.sku).await;
    assert_eq!((pool.available_count, pool.assigned_count), (1, 0));
}

#[rstest]
#[tokio::test]
async fn cat_13_key_4_a_plain_licence_has_no_key(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let plain = Purchase { fulfilment: Fulfilment::default(), ..a_purchase() };
    let plain = house.given(plain).await;
    let refused = house.reveal(&agent(&plain), &plain).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "NO_KEY_FOR_PRODUCT");
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().metadata["rule"], "KEY-4");
    assert_eq!(house.delivered().await.last().unwrap().reason, "NO_KEY_FOR_PRODUCT");
}

#[rstest]
#[tokio::test]
async fn par_14_foreign_and_unknown_are_told_apart_by_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let foreign = house.given(a_purchase()).await;
    let unknown = purchase_number(1);
    house.stocked(&foreign.sku, 1, 1).await;
    let told = async |purchase: &Purchase| {
        let status = house.reveal(&stranger(), purchase).await.unwrap_err();
        let details = format!("{:?}", status.get_error_details());
        let own = purchase.id.to_string();
        (status.code(), status.message().replace(&own, "ID"), details.replace(&own, "ID"))
    };
    assert_eq!(told(&foreign).await, told(&unknown).await);
    let entries = house.delivered().await;
    let refused: Vec<_> = entries.iter().filter(|it| it.outcome() == Outcome::Refused).collect();
    let [foreign, unknown] = refused.as_slice() else { panic!("two attempts: {refused:?}") };
    assert_eq!(foreign.partner, format!("partners/{}", stranger().partner.unwrap()));
    assert_eq!((&foreign.partner, &foreign.details), (&unknown.partner, &unknown.details));
}

#[rstest]
#[case::key_3_admin_agent(&[Role::AdminAgent], true)]
#[case::key_3_among_others(&[Role::BillingAdmin, Role::AdminAgent], true)]
#[case::key_3_global_admin(&[Role::GlobalAdmin], false)]
#[case::key_3_sales_agent(&[Role::SalesAgent], false)]
#[case::key_3_billing_admin(&[Role::BillingAdmin], false)]
#[case::key_3_helpdesk_agent(&[Role::HelpdeskAgent], false)]
#[case::trp_52_account_admin(&[Role::AccountAdmin], false)]
#[case::key_3_operator(&[Role::Operator], false)]
#[case::key_3_service(&[Role::Service], false)]
#[tokio::test]
async fn the_role_decides_and_a_refusal_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] roles: &[Role],
    #[case] is_allowed: bool,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 1).await;
    house.delivered().await;
    let claims = Claims::partner("bob", purchase.partner, roles.iter().copied());

    let answer = house.reveal(&claims, &purchase).await;

    assert_eq!(answer.is_ok(), is_allowed);
    let Err(refused) = answer else { return };
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "ROLE_REQUIRED")
    );
    assert_eq!(house.waiting().await, 1, "AUD-4: it is durable before the answer leaves");
    let entries = house.delivered().await;
    let entry = entries.last().unwrap();
    assert_eq!(outcome(entry), (Outcome::Refused, "ROLE_REQUIRED"));
    assert_eq!((entry.actor.as_str(), entry.action.as_str()), ("bob", "RevealProductKey"));
    assert_eq!(entry.partner, format!("partners/{}", purchase.partner));
}

/// Whoever goes on trying does not fill the log.
#[rstest]
#[tokio::test]
async fn t_147_the_same_refusal_is_in_the_log_once_a_minute(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let seller = |name: &str| Claims::partner(name, purchase.partner, [Role::SalesAgent]);
    for (name, millis) in [("bob", 0), ("bob", 1), ("eve", 2), ("bob", 59_999), ("bob", 60_000)] {
        house.clock.set(noon() + SignedDuration::from_millis(millis));
        let refused = house.reveal(&seller(name), &purchase).await.unwrap_err();
        assert_eq!(reason(&refused), "ROLE_REQUIRED");
    }
    let entries = house.delivered().await;
    let refused = entries.iter().filter(|entry| entry.reason == "ROLE_REQUIRED");
    let told: Vec<_> = refused
        .map(|entry| (entry.actor.as_str(), entry.details.get("same_left_out").map(String::as_str)))
        .collect();
    assert_eq!(told, [("bob", None), ("eve", None), ("bob", Some("2"))]);
}

#[rstest]
#[tokio::test]
async fn aud_4_an_attempt_without_a_token_is_on_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let message = ask(&purchase, MAK, Uuid::from_u128(9));
    let refused = house.software().reveal_product_key(message).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let entries = house.delivered().await;
    assert_eq!(outcome(entries.last().unwrap()), (Outcome::Refused, "UNAUTHENTICATED"));
    assert_eq!(entries.last().unwrap().actor, "unknown");
}

#[rstest]
#[tokio::test]
async fn key_3_a_customers_global_admin_reads_its_own_key(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 1).await;
    let carol = Claims::customer("carol@customer.example", purchase.customer);
    assert_eq!(house.reveal(&carol, &purchase).await.unwrap().product_key, key(1));
    let entries = house.delivered().await;
    let read = entries.iter().find(|entry| entry.action == "RevealProductKey").unwrap();
    assert_eq!(read.actor, "carol@customer.example");
    assert_eq!(read.partner, format!("partners/{}", purchase.partner), "its seller's log has it");
}

#[rstest]
#[case::aud_4_audit_is_down(true, "")]
#[case::aud_4_audit_refuses_the_entry(false, "the log is closed")]
#[tokio::test]
async fn what_cannot_be_recorded_is_not_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] is_down: bool,
    #[case] refusal: &str,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    house.delivered().await;
    house.stub.script().is_audit_down = is_down;
    refusal.clone_into(&mut house.stub.script().audit_refusal);

    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "NOT_RECORDED"));
    assert!(refused.get_error_details().retry_info().is_some());
    assert_eq!(house.waiting().await, 1, "the failed attempt goes on record later");
    house.stub.script().is_audit_down = false;
    house.stub.script().audit_refusal.clear();
    assert_eq!(house.reveal(&agent(&purchase), &purchase).await.unwrap().product_key, key(1));
    let entries = house.delivered().await;
    assert_eq!(outcome(entries.last().unwrap()), (Outcome::Refused, "NOT_RECORDED"));
}

#[rstest]
#[tokio::test]
async fn key_4_while_lifecycle_cannot_be_asked_no_key_is_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 1).await;
    house.stub.script().is_lifecycle_down = true;
    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    assert_eq!(house.pool(&purchase.sku).await.assigned_count, 0);
    assert_eq!(outcome(house.delivered().await.last().unwrap()), (Outcome::Refused, "UNAVAILABLE"));

    // Nor if it answers what nobody understands, or knows of no such purchase.
    house.stub.script().is_lifecycle_down = false;
    house.stub.script().live.values_mut().for_each(|answer| answer.state = 0);
    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    house.stub.script().live.clear();
    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn key_2_an_empty_pool_says_so(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let first = house.given(a_purchase()).await;
    let second = house.given(purchase_number(2)).await;
    house.stocked(&first.sku, 1, 1).await;
    house.reveal(&agent(&first), &first).await.unwrap();

    let refused = house.reveal(&agent(&second), &second).await.unwrap_err();

    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "KEY_POOL_EMPTY");
    assert!(refused.message().contains("ask an operator to import keys"));
    assert_eq!(house.delivered().await.last().unwrap().reason, "KEY_POOL_EMPTY");
    house.stocked(&first.sku, 2, 1).await;
    assert_eq!(house.reveal(&agent(&second), &second).await.unwrap().product_key, key(2));
}

#[rstest]
#[tokio::test]
async fn key_2_every_malformed_field_is_named_and_nothing_is_done(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let message = pb::RevealProductKeyRequest {
        subscription: "customers/x".to_owned(),
        request_id: "1".to_owned(),
        kind: 0,
    };
    let call = house.call(&stranger(), message);
    let refused = house.software().reveal_product_key(call).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    let details = refused.get_error_details();
    let named: Vec<_> = details.bad_request().unwrap().field_violations.iter().collect();
    let named: Vec<_> = named.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(named, ["subscription", "request_id", "kind"]);
}
