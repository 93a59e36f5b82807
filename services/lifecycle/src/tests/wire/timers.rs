//! Operators look after alarms.

use access::{Caller, Reach};
use db::sql;
use jiff::SignedDuration;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::TimerState::{Due, Late, Parked, Retrying};
use proto::lifecycle::timer_service_server::TimerService;
use proto::lifecycle::transfer_service_server::TransferService;
use rpc::wire;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Response};
use uuid::Uuid;

use super::transfers::{asked, giving};
use super::{by, fields, reason, service};
use crate::domain::{Status, Subscription};
use crate::store::timers::Backlog;
use crate::tests::given::{PARTNER, ada, instant, month_to_month, yearly};
use crate::tests::house::{House, name_of};

fn operator() -> Caller {
    Caller { partner: None, roles: [Role::Operator].into(), reach: Reach::All, ..ada() }
}

async fn timers(house: &House, filter: &str, page_size: i32) -> Vec<pb::Timer> {
    let filter = filter.to_owned();
    let mut request = pb::ListTimersRequest { filter, page_size, ..Default::default() };
    let mut listed = vec![];
    loop {
        let page = service(house).list_timers(by(&operator(), request.clone())).await;
        let page = page.unwrap().into_inner();
        listed.extend(page.timers);
        if page.next_page_token.is_empty() {
            return listed;
        }
        request.page_token = page.next_page_token;
    }
}

fn retrying(house: &House, sub: &Subscription) -> pb::RetryTimerRequest {
    pb::RetryTimerRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        validate_only: false,
    }
}

async fn retry(house: &House, request: pb::RetryTimerRequest) -> pb::Timer {
    service(house).retry_timer(by(&operator(), request)).await.unwrap().into_inner()
}

/// Makes an alarm one that failed so often, tried again or parked.
async fn failed(house: &House, sub: &Subscription, attempts: i64, is_parked: bool) {
    let mut tx = house.tx().await;
    let at = house.now();
    let failed = sql!(
        "UPDATE subscriptions SET attempts = $2, last_error = 'x', alarm_at = $3, parked_at = $4
         WHERE subscription_id = $1"
    );
    let (rings_at, parked_at) =
        if is_parked { (None, Some(at)) } else { (Some(at + SignedDuration::from_secs(8)), None) };
    let failed = failed.bind(sub.id.0).bind(attempts).bind(rings_at).bind(parked_at);
    failed.execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_operators_see_what_is_late_and_what_failed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let late = house.buy(&month_to_month(), 1).await;
    let parked = house.buy(&month_to_month(), 1).await;
    let again = house.buy(&month_to_month(), 1).await;
    house.buy(&yearly(), 1).await;
    house.sleep(SignedDuration::from_secs(61)).await;
    let due = house.buy(&month_to_month(), 1).await;
    house.sleep_until(instant("2026-01-30T00:00:00Z")).await;
    let renewal = instant("2026-02-10T00:01:00Z");
    house.clock.set(renewal + SignedDuration::from_secs(90));
    failed(&house, &parked, 10, true).await;
    failed(&house, &again, 3, false).await;
    let mut tx = house.tx().await;
    let moved = sql!("UPDATE subscriptions SET alarm_at = $2 WHERE subscription_id = $1");
    moved.bind(due.id.0).bind(house.now()).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    for (filter, expected) in [
        ("", vec![&parked, &again, &late, &due]),
        ("state = PARKED", vec![&parked]),
        ("state = RETRYING", vec![&again]),
        ("state = LATE", vec![&late]),
        ("state = DUE", vec![&due]),
    ] {
        for page_size in [0, 1, 2] {
            let listed = timers(&house, filter, page_size).await;
            let names: Vec<_> = listed.iter().map(|timer| timer.subscription.clone()).collect();
            let expected: Vec<_> = expected.iter().map(|sub| name_of(sub)).collect();
            assert_eq!(names, expected, "{filter} by {page_size}");
        }
    }
    let all = timers(&house, "", 0).await;
    let states: Vec<_> = all.iter().map(pb::Timer::state).collect();
    assert_eq!(states, [Parked, Retrying, Late, Due]);
    let lateness: Vec<_> = all.iter().map(|timer| timer.lateness.unwrap().seconds).collect();
    assert_eq!(lateness, [90, 90, 90, 90], "from the instant that was missed");
    assert_eq!((all[0].attempts, all[0].last_error.as_str()), (10, "x"));
    assert_eq!(all[0].parked_time, Some(wire::timestamp(house.now())));
    assert_eq!(all[2].due_time, Some(wire::timestamp(renewal)));
    let backlog = Backlog { due: 2, late: 1, parked: 1, invoices: 1 };
    assert_eq!(house.app.timer_backlog().await.unwrap(), backlog);

    // What was spoilt is mended, or the house would complain.
    for sub in [&parked, &again] {
        assert_eq!(retry(&house, retrying(&house, sub)).await.state(), Due);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_what_was_parked_is_tried_again_on_demand(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 1).await;
    house.sleep_until(instant("2026-02-09T00:00:00Z")).await;
    house.clock.set(instant("2026-02-12T00:00:00Z"));
    failed(&house, &sub, 10, true).await;
    house.ring(None).await;
    let before = house.everything().await;

    let request = retrying(&house, &sub);
    let preview = pb::RetryTimerRequest { validate_only: true, ..request.clone() };
    let preview = retry(&house, preview).await;
    assert_eq!(house.everything().await, before, "a preview does nothing");
    let retried = retry(&house, request.clone()).await;
    assert_eq!(retried, preview);
    assert_eq!((retried.attempts, retried.parked_time), (0, None));
    assert_eq!(retried.ring_time, Some(wire::timestamp(house.now())));
    assert_eq!(retry(&house, request).await, retried, "the same call again");

    let (_, entry) = house.letters("audit").await.pop().unwrap();
    assert_eq!(entry["action"], serde_json::json!("RETRY_TIMER"));
    assert_eq!(entry["resource"], serde_json::json!(name_of(&sub)));
    assert_eq!(house.app.ring_due(None, 10).await.unwrap().answered, 1);
    assert_eq!(house.load(sub.id).await.status, Status::Active);
    assert_eq!(house.lines(&sub).await.len(), 2, "it has renewed");
}

/// What has not failed is left alone, and nothing is written.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_what_waits_for_its_instant_is_left_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    let letters = house.letters("audit").await.len();
    let timer = retry(&house, retrying(&house, &sub)).await;
    assert_eq!(timer.state(), pb::TimerState::Waiting);
    assert_eq!(timer.ring_time, sub.alarm().map(wire::timestamp));
    assert_eq!(house.letters("audit").await.len(), letters);

    let unknown = format!("customers/{}/subscriptions/{}", sub.customer, Uuid::nil());
    for (name, code, because) in [
        (unknown, Code::NotFound, "NOT_FOUND"),
        ("x".to_owned(), Code::InvalidArgument, "INVALID_FIELDS"),
    ] {
        let request = pb::RetryTimerRequest { name, ..retrying(&house, &sub) };
        let refused = service(&house).retry_timer(by(&operator(), request)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (code, because));
    }
    for filter in ["state = WAITING", "state != DUE", "state = X", "kind = DUE"] {
        let filter = filter.to_owned();
        let request = pb::ListTimersRequest { filter, ..Default::default() };
        let refused = service(&house).list_timers(by(&operator(), request)).await.unwrap_err();
        assert_eq!(fields(&refused)[0], "filter");
    }
}

/// An operator sees which transfer cannot be completed, and why, and once it is mended lets it be tried at
/// once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_7_an_operator_lets_a_transfer_be_tried_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (broken, sound) = (house.buy(&yearly(), 1).await, house.buy(&yearly(), 2).await);
    let mut names = vec![];
    for sub in [&broken, &sound] {
        let transfer = asked(&house).await;
        let given = by(&ada(), giving(&house, &transfer, &[sub]));
        service(&house).submit_transfer(given).await.unwrap();
        names.push(transfer.name);
    }
    let given = house.load(broken.id).await;
    house.spoil(&broken).await;
    while house.app.complete_transfer().await.unwrap() {}

    let listed = async |filter: &str| timers(&house, filter, 1).await;
    let found = listed("state = RETRYING").await;
    assert_eq!(found, listed("").await);
    let [timer] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&timer.transfer, timer.subscription.as_str()), (&names[0], ""));
    assert_eq!((timer.attempts, timer.partner.clone()), (1, format!("partners/{PARTNER}")));
    assert!(!timer.last_error.is_empty());
    assert!(house.now() < wire::instant(timer.ring_time.as_ref().unwrap()).unwrap());
    assert!(listed("state = PARKED").await.is_empty());

    let body = db::Json(serde_json::to_string(&given).unwrap());
    let mut tx = house.tx().await;
    let mend = sql!("UPDATE subscriptions SET body = $2 WHERE subscription_id = $1");
    mend.bind(broken.id.0).bind(body).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let retry = async |name: &str, validate_only| {
        let request_id = house.uuid().to_string();
        let request = pb::RetryTimerRequest { name: name.to_owned(), request_id, validate_only };
        service(&house).retry_timer(by(&operator(), request)).await.map(Response::into_inner)
    };
    let shown = retry(&names[0], true).await.unwrap();
    assert_eq!((shown.attempts, shown.state()), (0, Due));
    assert_eq!(listed("").await.len(), 1, "a preview changes nothing");
    retry(&names[0], false).await.unwrap();
    assert!(house.app.complete_transfer().await.unwrap());
    assert_eq!(house.load(broken.id).await.status, Status::Cancelled);
    assert!(listed("").await.is_empty());
    // What is complete is not tried again.
    let done = retry(&names[0], false).await.unwrap();
    assert_eq!((done.state(), done.ring_time), (pb::TimerState::None, None));
    let unknown = format!("transfers/{}", house.uuid());
    assert_eq!(retry(&unknown, false).await.unwrap_err().code(), Code::NotFound);
}
