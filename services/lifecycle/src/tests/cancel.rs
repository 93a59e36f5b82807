//! Cancelling through the verb: the money, the letters, and everything that makes it act once.

use jiff::SignedDuration;
use proto::common::Role;
use proto::lifecycle as pb;
use replay::Answer;
use rpc::{Classify, Kind};
use rstest::rstest;
use serde_json::json;
use testkit::Backend;

use super::given::{
    RIVAL, ada, billed_monthly, date, eur, instant, just_after, money, perpetual, somebody_of,
    total, yearly,
};
use super::house::{House, fresh, name_of};
use crate::domain::{ChangeKind, ChargeKind, Status, Subscription};

/// How long a preview holds.
const PREVIEW: SignedDuration = SignedDuration::from_mins(15);

/// The worked example of the rulebook.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pcx_6_ten_seats_cancelled_on_the_third_day_get_1190_10_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.clock.set(instant("2026-01-10T15:00:00Z"));
    let sub = house.buy(&yearly(), 10).await;
    house.sleep_until(instant("2026-01-13T09:00:00Z")).await;

    let receipt = fresh(house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap());

    let change = receipt.change.unwrap();
    assert_eq!((change.kind, change.total().unwrap()), (ChangeKind::Cancelled, eur("-1190.10")));
    let sub = house.load(sub.id).await;
    assert_eq!((sub.status, sub.quantity, sub.version), (Status::Cancelled, 0, 2));
    assert_eq!(sub.alarm(), None);
    let lines = house.lines(&sub).await;
    let expected = [
        (ChargeKind::New, 10, "1,200.00 EUR".to_owned()),
        (ChargeKind::Cancel, 10, "-1,190.10 EUR".to_owned()),
    ];
    assert_eq!(money(&lines), expected);
    assert_eq!(lines[1].charge.credits, Some(lines[0].charge.id));
    let invoices = house.invoices().await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0].key.month, date("2026-01-01"));
    assert_eq!(invoices[0].total().unwrap(), eur("9.90"));
    assert_eq!(invoices[0].line_count, 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pcx_1_everybody_is_told_of_a_cancellation(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&perpetual(), 2).await;
    house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap();

    let (_, to_order) = house.letters("order").await.pop().unwrap();
    assert_eq!(to_order["lines"][0]["line"], json!(sub.order_line));
    assert_eq!(to_order["lines"][0]["is_cancelled"], json!(true));
    let (_, to_license_key) = house.letters("license-key").await.pop().unwrap();
    assert_eq!(to_license_key["status"], json!("CANCELLED"));
    assert_eq!(to_license_key["version"], json!(2));
    let (_, to_audit) = house.letters("audit").await.pop().unwrap();
    assert_eq!(to_audit["action"], json!("CANCELLED"));
    assert_eq!(to_audit["actor"], json!(ada().subject));
    assert_eq!(to_audit["resource"], json!(name_of(&sub)));
    assert_eq!(to_audit["details"]["amount"], json!("-500.00 EUR"));
}

#[rstest]
#[case::trp_11_exactly_168_hours(0, None)]
#[case::trp_11_one_millisecond_more(1, Some("CANCELLATION_WINDOW_CLOSED"))]
#[tokio::test(flavor = "multi_thread")]
async fn window(
    #[case] late_millis: i64,
    #[case] refusal: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let week = SignedDuration::from_hours(168) + SignedDuration::from_millis(late_millis);
    house.clock.advance(week);
    let before = house.everything().await;

    let answer = house.cancel(&ada(), &house.cancelling(&sub)).await;

    assert_eq!(answer.as_ref().err().map(Classify::reason), refusal);
    assert_eq!(house.everything().await == before, refusal.is_some());
    let status = house.load(sub.id).await.status;
    let expected = if refusal.is_some() { Status::Active } else { Status::Cancelled };
    assert_eq!(status, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_a_replay_gives_the_same_answer_and_acts_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let request = house.cancelling(&sub);
    let receipt = fresh(house.cancel(&ada(), &request).await.unwrap());
    let before = house.everything().await;

    // Long after the window, and by a colleague: what was answered is answered again.
    house.sleep(SignedDuration::from_hours(20 * 24)).await;
    let before_later = house.everything().await;
    let colleague = somebody_of(ada().partner.unwrap(), Role::SalesAgent);
    for caller in [ada(), colleague] {
        let Answer::Replayed(bytes) = house.cancel(&caller, &request).await.unwrap() else {
            panic!("it acted twice");
        };
        let told: pb::Receipt = prost::Message::decode(bytes.as_slice()).unwrap();
        assert_eq!(told, crate::convert::receipt(&receipt));
    }
    assert_eq!(house.everything().await, before_later);
    assert_eq!(before[0], before_later[0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_the_same_request_at_the_same_time_acts_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = std::sync::Arc::new(House::on(backend).await);
    let sub = house.buy(&yearly(), 10).await;
    let request = house.cancelling(&sub);
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let (house, request) = (house.clone(), request.clone());
            tokio::spawn(async move { house.cancel(&ada(), &request).await })
        })
        .collect();
    let mut fresh_count = 0;
    for call in calls {
        fresh_count += i32::from(matches!(call.await.unwrap().unwrap(), Answer::Fresh(_)));
    }
    assert_eq!(fresh_count, 1);
    assert_eq!(house.lines(&sub).await.len(), 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_the_same_request_id_for_something_else_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (sub, other) = (house.buy(&yearly(), 10).await, house.buy(&yearly(), 1).await);
    let request = house.cancelling(&sub);
    house.cancel(&ada(), &request).await.unwrap();
    let before = house.everything().await;

    let name = name_of(&other);
    let reused = pb::CancelSubscriptionRequest { name, ..request };
    let error = house.cancel(&ada(), &reused).await.unwrap_err();

    assert_eq!((error.kind(), error.reason()), (Kind::Invalid, "REQUEST_ID_REUSED"));
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_64_what_changed_since_it_was_read_is_not_cancelled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    house.change_quantity(&ada(), &sub, 12).await.unwrap();
    let before = house.everything().await;

    let stale = pb::CancelSubscriptionRequest { etag: sub.etag(), ..house.cancelling(&sub) };
    let error = house.cancel(&ada(), &stale).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Conflict, "STALE_ETAG"));
    assert_eq!(error.metadata(), [("given", "v1".to_owned()), ("current", "v2".to_owned())]);
    assert_eq!(house.everything().await, before);

    let etag = house.load(sub.id).await.etag();
    let timely = pb::CancelSubscriptionRequest { etag, ..house.cancelling(&sub) };
    fresh(house.cancel(&ada(), &timely).await.unwrap());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_12_a_preview_changes_nothing_and_shows_what_then_happens(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let before = house.everything().await;
    let request = house.cancelling(&sub);

    let preview = pb::CancelSubscriptionRequest { validate_only: true, ..request.clone() };
    let shown = fresh(house.cancel(&ada(), &preview).await.unwrap());
    assert_eq!(house.everything().await, before);
    assert_eq!(shown.view.sub.status, Status::Cancelled);

    // The last instant at which it holds; the preview's request id was not used up.
    house.clock.advance(PREVIEW);
    let preview_token = shown.preview_token.unwrap();
    let real = pb::CancelSubscriptionRequest { preview_token, ..request };
    let done = fresh(house.cancel(&ada(), &real).await.unwrap());
    assert_eq!(done.preview_token, None);
    let totals = [shown.change, done.change].map(|change| change.unwrap().total().unwrap());
    assert_eq!(totals[0], totals[1]);
    assert_eq!(total(&house.lines(&sub).await), 120_000 + totals[0].minor);
}

#[rstest]
#[case::ord_12_a_preview_is_too_old(just_after(instant("2026-01-10T12:15:00Z")), None)]
#[case::ord_12_another_day_costs_more(instant("2026-01-11T12:00:00.001Z"), None)]
#[case::ord_12_somebody_changed_the_seats(instant("2026-01-10T12:01:00Z"), Some(11))]
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_preview(
    #[case] at: jiff::Timestamp,
    #[case] seats: Option<i64>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let request = house.cancelling(&sub);
    let preview = pb::CancelSubscriptionRequest { validate_only: true, ..request.clone() };
    let shown = fresh(house.cancel(&ada(), &preview).await.unwrap());
    house.clock.set(at);
    if let Some(seats) = seats {
        house.change_quantity(&ada(), &sub, seats).await.unwrap();
    }
    let before = house.everything().await;

    let preview_token = shown.preview_token.unwrap();
    let real = pb::CancelSubscriptionRequest { preview_token, ..request };
    let error = house.cancel(&ada(), &real).await.unwrap_err();

    assert_eq!((error.kind(), error.reason()), (Kind::Conflict, "PREVIEW_STALE"));
    assert_eq!(house.everything().await, before);
}

/// What is another's is told exactly as what does not exist.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_a_foreign_subscription_is_not_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let unknown = Subscription { id: vocab::SubscriptionId(house.uuid()), ..sub.clone() };
    let of_another = Subscription { customer: vocab::CustomerId(house.uuid()), ..sub.clone() };
    let before = house.everything().await;

    let rival = somebody_of(RIVAL, Role::AdminAgent);
    let told = async |caller, target: &Subscription| {
        let error = house.cancel(caller, &house.cancelling(target)).await.unwrap_err();
        let name = name_of(target);
        assert_eq!(error.resource(), Some(("Subscription", name.clone())));
        let said = format!("{:?} {} {error} {:?}", error.kind(), error.reason(), error.metadata());
        said.replace(&name, "NAME")
    };
    let foreign = told(&rival, &sub).await;
    assert_eq!(foreign, told(&rival, &unknown).await);
    assert_eq!(foreign, told(&ada(), &of_another).await);
    assert_eq!(house.everything().await, before);
}

/// A verb does first what time has made due, and dates it at its instant.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_33_a_verb_first_charges_the_cycle_that_is_due(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 3).await;
    house.clock.set(instant("2026-02-12T08:00:00Z"));

    house.change_quantity(&ada(), &sub, 4).await.unwrap();

    let lines = house.lines(&sub).await;
    let expected = [
        (ChargeKind::New, 3, "24.99 EUR".to_owned()),
        (ChargeKind::Cycle, 3, "24.99 EUR".to_owned()),
        (ChargeKind::AddSeats, 1, "7.74 EUR".to_owned()),
    ];
    assert_eq!(money(&lines), expected);
    assert_eq!(lines[1].charge.effective_at, instant("2026-02-10T00:00:00Z"));
    let kinds: Vec<_> = house.history(&sub).await.iter().map(|entry| entry.kind).collect();
    let expected = [
        ChangeKind::Started,
        ChangeKind::WindowClosed,
        ChangeKind::CycleCharged,
        ChangeKind::QuantityChanged,
    ];
    assert_eq!(kinds, expected);
}
