//! What time does, through the worker's door: in time, late, in vain, and what cannot be answered.

use db::sql;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::Backend;
use vocab::{BillingCycle, Offer};

use super::given::{
    ada, billed_monthly, date, eur, instant, month_to_month, server, total, yearly,
};
use super::house::House;
use crate::domain::{ChangeKind, ChargeKind, Line, Status, Subscription};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(168);

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_a_year_of_months_adds_up_to_the_price_of_the_term(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 3).await;
    house.sleep_until(instant("2027-01-10T00:00:59.999Z")).await;

    let lines = house.lines(&sub).await;
    assert_eq!(lines.len(), 12);
    assert_eq!(total(&lines), 3 * 10_000);
    for (index, line) in lines.iter().enumerate() {
        let charge = &line.charge;
        let kind = if index == 0 { ChargeKind::New } else { ChargeKind::Cycle };
        let amount = if index == 11 { eur("25.11") } else { eur("24.99") };
        assert_eq!((charge.kind, charge.amount), (kind, amount), "{line:?}");
        // Every line is made at its due instant.
        assert_eq!(charge.effective_at, charge.committed_at);
        if let Some(next) = lines.get(index + 1) {
            let following = charge.period_end.tomorrow().unwrap();
            assert_eq!(following, next.charge.period_start);
            assert_eq!(next.charge.effective_at.to_string(), format!("{following}T00:00:00Z"));
        }
    }
    assert_eq!(lines[11].charge.period_end, date("2027-01-09"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ren_1_the_renewal_comes_a_minute_into_the_day_after_the_term_at_the_new_price(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&billed_monthly(), 3).await;
    let completed_at = instant("2027-01-10T00:01:00.000Z");
    house.sleep_until(completed_at).await;

    let renewed = house.load(sub.id).await;
    let term = renewed.term.unwrap();
    assert_eq!((term.start, term.end), (date("2027-01-10"), date("2028-01-09")));
    assert_eq!(renewed.price, eur("120.00"));
    assert_eq!(renewed.cancellable_until, Some(completed_at + WEEK));
    assert_eq!(renewed.batches[0].deadline, Some(completed_at + WEEK));
    let last = house.lines(&sub).await.pop().unwrap().charge;
    assert_eq!((last.kind, last.amount), (ChargeKind::Renew, eur("30.00")));
    assert_eq!((last.period_start, last.committed_at), (date("2027-01-10"), completed_at));
    let entry = house.history(&sub).await.pop().unwrap();
    assert_eq!((entry.kind, entry.effective_at), (ChangeKind::Renewed, completed_at));
}

/// The worker was down over the renewal and a cycle: dates and money are as if it had been up; only
/// the window counts from the completion.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_30_a_late_worker_ends_where_it_would_have_been(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let punctual = House::on(backend).await;
    let late = House::on(backend).await;
    let back_at = instant("2027-02-14T10:00:00.123Z");
    let (mut shown, mut lines) = (vec![], vec![]);
    for house in [&punctual, &late] {
        let sub = house.buy(&billed_monthly(), 3).await;
        house.sleep_until(back_at - 40 * DAY).await;
        if std::ptr::eq(house, &raw const punctual) {
            house.sleep_until(back_at).await;
        } else {
            house.clock.set(back_at);
            assert_eq!(house.app.ring_due(None, 1).await.unwrap().answered, 1);
        }
        shown.push(house.load(sub.id).await);
        lines.push(house.lines(&sub).await);
    }

    let dated = |lines: &[Line]| -> Vec<_> {
        let one = |line: &Line| {
            let charge = &line.charge;
            (
                charge.kind,
                charge.amount,
                charge.period_start,
                charge.period_end,
                charge.effective_at,
            )
        };
        lines.iter().map(one).collect()
    };
    assert_eq!(dated(&lines[0]), dated(&lines[1]));
    assert_eq!(lines[1].len(), 14);
    assert_eq!(lines[1][13].charge.committed_at, back_at);
    let at = |sub: &Subscription| (sub.term, sub.cycle, sub.price, sub.status, sub.quantity);
    assert_eq!(at(&shown[0]), at(&shown[1]));
    assert_eq!(shown[0].cancellable_until, Some(instant("2027-01-10T00:01:00Z") + WEEK));
    assert_eq!(shown[1].cancellable_until, Some(back_at + WEEK));
    assert_eq!(shown[1].anchor, back_at);
}

/// A row that cannot be read holds up no other, is tried ever later, and is parked at last.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_a_row_that_cannot_be_answered_is_set_aside(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let broken = house.buy(&month_to_month(), 1).await;
    let sound = house.buy(&month_to_month(), 1).await;
    house.sleep_until(instant("2026-02-09T00:00:00Z")).await;
    house.spoil(&broken).await;
    let due_at = instant("2026-02-10T00:01:00Z");
    house.clock.set(due_at);

    let rung = house.app.ring_due(None, 100).await.unwrap();
    assert_eq!((rung.answered, rung.unanswered), (1, 1));
    assert_eq!(house.load(sound.id).await.term.unwrap().start, date("2026-02-10"));
    assert!(house.app.ring_due(None, 100).await.unwrap().is_idle());

    let mut retries = vec![];
    loop {
        let (attempts, error, alarm, parked_at) = aside(&house, &broken).await;
        assert!(error.unwrap().contains("subscriptions"));
        retries.push(attempts);
        let Some(alarm) = alarm else {
            assert_eq!(parked_at, Some(house.now()));
            break;
        };
        assert_eq!(alarm - house.now(), jiff::Span::new().seconds(1 << attempts).fieldwise());
        house.clock.set(alarm);
        assert_eq!(house.app.ring_due(None, 100).await.unwrap().unanswered, 1);
    }
    assert_eq!(retries, (1..=10).collect::<Vec<_>>());
    house.sleep(20 * DAY).await;
    assert_eq!(aside(&house, &broken).await.0, 10);
}

type Aside = (i64, Option<String>, Option<Timestamp>, Option<Timestamp>);

async fn aside(house: &House, sub: &Subscription) -> Aside {
    let mut tx = house.tx().await;
    let row = sql!(
        "SELECT attempts, last_error, alarm_at, parked_at FROM subscriptions
         WHERE subscription_id = $1"
    );
    let row = row.bind(sub.id.0).fetch_one(&mut tx).await.unwrap();
    (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap())
}

/// An alarm that rings in vain does no harm: it is set to what the state asks for.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ren_1_an_alarm_in_vain_does_no_harm(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    let mut tx = house.tx().await;
    let early = sql!("UPDATE subscriptions SET alarm_at = $1");
    early.bind(house.now()).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let rung = house.app.ring_due(None, 100).await.unwrap();

    assert_eq!((rung.answered, rung.unanswered), (1, 0));
    assert_eq!(house.load(sub.id).await, sub);
    assert_eq!(aside(&house, &sub).await, (0, None, sub.alarm(), None));
    assert!(house.app.ring_due(None, 100).await.unwrap().is_idle());
}

/// A caller's verb brings back what was parked.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_33_a_verb_revives_an_alarm_that_was_parked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    let mut tx = house.tx().await;
    let parked = sql!(
        "UPDATE subscriptions SET alarm_at = NULL, attempts = 10, last_error = 'x', parked_at = $1"
    );
    parked.bind(house.now()).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    house.change_quantity(&ada(), &sub, 2).await.unwrap();

    let alarm = house.load(sub.id).await.alarm();
    assert!(alarm.is_some());
    assert_eq!(aside(&house, &sub).await, (0, None, alarm, None));
}

#[rstest]
#[case::ren_3_without_auto_renew_it_expires(false, Status::Expired, ChangeKind::Expired)]
#[case::sus_5_suspended_it_is_deleted(true, Status::Deleted, ChangeKind::Deleted)]
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_term(
    #[case] is_suspended: bool,
    #[case] status: Status,
    #[case] kind: ChangeKind,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&server(), 1).await;
    if is_suspended {
        house.suspend(&ada(), &sub).await.unwrap();
    } else {
        house.set_auto_renew(&ada(), &sub, false).await.unwrap();
    }
    house.sleep(400 * DAY).await;

    let ended = house.load(sub.id).await;
    assert_eq!((ended.status, ended.alarm()), (status, None));
    assert_eq!(ended.status_since, instant("2027-01-10T00:00:00Z"));
    let entry = house.history(&sub).await.pop().unwrap();
    assert_eq!((entry.kind, entry.committed_at), (kind, instant("2027-01-10T00:00:00Z")));
    assert_eq!(house.lines(&sub).await.len(), 1);
    let (_, told) = house.letters("license-key").await.pop().unwrap();
    assert_eq!(told["status"], serde_json::json!(status.as_str()));
}

/// Where the price list knows no price any more, the subscription expires and says why.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ren_6_what_has_no_price_any_more_expires(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 1).await;
    let offer: Offer = month_to_month();
    assert_eq!(offer.billing, BillingCycle::Monthly);
    house
        .sell(&[vocab::OfferVersion {
            offer,
            effective_at: instant("2026-02-10T00:00:00Z"),
            revision: 2,
            is_withdrawn: true,
        }])
        .await;
    house.sleep(40 * DAY).await;

    let ended = house.load(sub.id).await;
    assert_eq!(ended.status, Status::Expired);
    let entry = house.history(&sub).await.pop().unwrap();
    assert_eq!((entry.kind, entry.reason.as_str()), (ChangeKind::Expired, "OFFER_WITHDRAWN"));
    assert_eq!(house.lines(&sub).await.len(), 1);
}
