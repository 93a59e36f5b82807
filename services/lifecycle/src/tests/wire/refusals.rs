//! Refusals: the code, the reason, and what a program can read of them.

use std::time::Duration;

use access::Caller;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::{by, call, fields, metadata, reason, resizing, service};
use crate::tests::given::{
    PARTNER, RIVAL, billed_monthly, instant, just_after, month_to_month, perpetual, server,
    somebody_of, yearly,
};
use crate::tests::house::{House, name_of};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sea_4_everything_that_is_malformed_is_told_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let malformed = pb::ChangeQuantityRequest {
        name: "subscriptions/x".to_owned(),
        request_id: "once".to_owned(),
        quantity: -1,
        ..pb::ChangeQuantityRequest::default()
    };
    let status = service(&house).change_quantity(call(malformed)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "INVALID_FIELDS")
    );
    assert_eq!(fields(&status), ["name", "request_id", "quantity"]);
}

#[rstest]
#[case::sea_9_none(0, Code::FailedPrecondition, "USE_CANCEL")]
#[case::sea_4_negative(-1, Code::InvalidArgument, "INVALID_FIELDS")]
#[case::sea_4_the_most_negative(i64::MIN, Code::InvalidArgument, "INVALID_FIELDS")]
#[case::cat_9_more_than_the_offer_has(301, Code::ResourceExhausted, "SEAT_LIMIT")]
#[case::sea_4_more_than_anybody_has(10_000_001, Code::InvalidArgument, "INVALID_FIELDS")]
#[case::sea_4_the_largest(i64::MAX, Code::InvalidArgument, "INVALID_FIELDS")]
#[tokio::test(flavor = "multi_thread")]
async fn quantities(
    #[case] quantity: i64,
    #[case] code: Code,
    #[case] expected: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let request = call(resizing(&house, &sub, quantity));
    let status = service(&house).change_quantity(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (code, expected));
    assert_eq!(house.load(sub.id).await, sub);
}

/// A million seats at the highest price that fits: what cannot be charged is refused, not wrapped.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_11_more_than_can_be_charged_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let price = vocab::Money::of_minor(i64::MAX / 1_000, "EUR".parse().unwrap());
    let dear = vocab::Offer { price, max_quantity: None, ..yearly() };
    let sub = house.buy(&dear, 1).await;
    let request = call(resizing(&house, &sub, 10_000_000));
    let status = service(&house).change_quantity(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "QUANTITY_INVALID")
    );
    assert_eq!(metadata(&status, "rule").as_deref(), Some("D-11"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_not_found_names_what_was_asked_for_and_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let name = name_of(&house.buy(&yearly(), 1).await);
    let request = pb::GetSubscriptionRequest { name: name.clone() };
    let rival = somebody_of(RIVAL, Role::AdminAgent);
    let status = service(&house).get_subscription(by(&rival, request)).await.unwrap_err();

    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "NOT_FOUND"));
    let details = status.get_error_details();
    let resource = details.resource_info().unwrap();
    assert_eq!(resource.resource_type, "Subscription");
    assert_eq!(resource.resource_name, name);
    assert_eq!(resource.owner, "");
    assert!(!format!("{status:?}").contains(&PARTNER.to_string()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn can_3_a_closed_window_says_until_when_it_was_open(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let until = sub.cancellable_until.unwrap();
    house.clock.set(just_after(until));
    let request = call(house.cancelling(&sub));
    let status = service(&house).cancel_subscription(request).await.unwrap_err();

    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "CANCELLATION_WINDOW_CLOSED");
    assert_eq!(metadata(&status, "allowed_until"), Some(until.to_string()));
    assert_eq!(metadata(&status, "rule").as_deref(), Some("CAN-3"));
    assert!(status.message().contains(&until.to_string()), "{}", status.message());
    let details = status.get_error_details();
    let violation = &details.precondition_failure().unwrap().violations[0];
    assert_eq!(violation.r#type, "CANCELLATION_WINDOW_CLOSED");
    assert_eq!(violation.subject, "CAN-3");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn can_5_cancelling_asks_for_yes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let hasty = pb::CancelSubscriptionRequest { acknowledged: false, ..house.cancelling(&sub) };
    let status = service(&house).cancel_subscription(call(hasty)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "ACKNOWLEDGEMENT_REQUIRED");
    let until = sub.cancellable_until.unwrap();
    assert_eq!(metadata(&status, "allowed_until"), Some(until.to_string()));
}

#[rstest]
#[case::can_7_a_server_by_a_sales_agent(&server(), Role::SalesAgent, Some("ROLE_REQUIRED"))]
#[case::can_7_a_server_by_an_admin_agent(&server(), Role::AdminAgent, None)]
#[case::can_7_perpetual_by_a_billing_admin(&perpetual(), Role::BillingAdmin, Some("ROLE_REQUIRED"))]
#[case::can_7_perpetual_by_an_admin_agent(&perpetual(), Role::AdminAgent, None)]
#[case::par_12_a_suite_by_a_sales_agent(&yearly(), Role::SalesAgent, None)]
#[tokio::test(flavor = "multi_thread")]
async fn who_cancels(
    #[case] offer: &vocab::Offer,
    #[case] role: Role,
    #[case] refusal: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(offer, 1).await;
    let request = by(&somebody_of(PARTNER, role), house.cancelling(&sub));
    let status = service(&house).cancel_subscription(request).await.err();
    assert_eq!(status.as_ref().map(reason).as_deref(), refusal);
    if let Some(status) = status {
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(metadata(&status, "roles").as_deref(), Some("ADMIN_AGENT"));
        assert_eq!(metadata(&status, "rule").as_deref(), Some("CAN-7"));
    }
}

/// Between the end of a term and its renewal: what may be attempted is to be repeated in two
/// minutes, what is read-only is not.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lck_4_what_waits_for_the_renewal_is_to_be_repeated(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 10).await;
    house.clock.set(instant("2026-02-10T00:00:00Z"));
    let (service, before) = (service(&house), house.everything().await);

    let cancelled = service.cancel_subscription(call(house.cancelling(&sub))).await;
    let resized = service.change_quantity(call(resizing(&house, &sub, 11))).await;
    for status in [cancelled.unwrap_err(), resized.unwrap_err()] {
        assert_eq!(status.code(), Code::Aborted);
        assert_eq!(reason(&status), "RENEWAL_PENDING_RETRY");
        let details = status.get_error_details();
        let retry = details.retry_info().unwrap().retry_delay;
        assert_eq!(retry, Some(Duration::from_mins(2)));
    }

    let switching = pb::SetAutoRenewRequest {
        name: name_of(&sub),
        request_id: house.uuid().to_string(),
        auto_renew: Some(false),
        ..pb::SetAutoRenewRequest::default()
    };
    let status = service.set_auto_renew(call(switching)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "RENEWAL_IN_PROGRESS");
    assert!(status.get_error_details().retry_info().is_none());
    assert_eq!(house.everything().await, before);

    // Two minutes later the renewal is complete, and the same calls succeed.
    house.sleep_until(instant("2026-02-10T00:02:00Z")).await;
    service.change_quantity(call(resizing(&house, &sub, 11))).await.unwrap();
}

/// Each request's own malformed fields, and those that must be said.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ren_3_auto_renew_must_be_said(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 1).await;
    let (name, request_id) = (name_of(&sub), house.uuid().to_string());
    let unsaid = pb::SetAutoRenewRequest {
        name: name.clone(),
        request_id: request_id.clone(),
        ..pb::SetAutoRenewRequest::default()
    };
    let status = service(&house).set_auto_renew(call(unsaid)).await.unwrap_err();
    assert_eq!(fields(&status), ["auto_renew"]);

    let nothing = pb::ScheduleChangeRequest {
        name: name.clone(),
        request_id: request_id.clone(),
        scheduled_change: Some(pb::ScheduledChange::default()),
        ..pb::ScheduleChangeRequest::default()
    };
    let status = service(&house).schedule_change(call(nothing)).await.unwrap_err();
    assert_eq!(fields(&status), ["scheduled_change"]);

    let friendly_name = "a\0b".to_owned();
    let unreadable = pb::UpdateSubscriptionRequest {
        name,
        request_id,
        friendly_name,
        ..pb::UpdateSubscriptionRequest::default()
    };
    let status = service(&house).update_subscription(call(unreadable)).await.unwrap_err();
    assert_eq!(fields(&status), ["friendly_name"]);
}

/// A call that did not come through the door is a fault of ours, and tells nothing.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_nobody_is_let_in_without_a_caller(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    let request = Request::new(pb::GetSubscriptionRequest { name: name_of(&sub) });
    assert!(request.extensions().get::<Caller>().is_none());
    let status = service(&house).get_subscription(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Internal, "INTERNAL"));
}
