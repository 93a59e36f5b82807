//! What time does, through the worker's door: in time, late, in batches, twice at once, and torn
//! off in the middle.

use std::pin::pin;
use std::task::{Context, Poll};

use db::sql;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::Backend;
use vocab::{BillingCycle, Offer};

use super::given::{
    ada, billed_monthly, date, eur, instant, money, month_to_month, server, told, told_line, total,
    yearly,
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

/// Buys the same things in the same order, as one order: some are charged, some renew, some expire,
/// some are deleted.
async fn furnished(house: &House, count: usize) -> Vec<Subscription> {
    let offers = [billed_monthly(), month_to_month(), month_to_month(), month_to_month()];
    let lines: Vec<_> = offers.iter().cycle().take(count).map(|it| house.line(it, 2)).collect();
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    house.app.start(vec![house.order(lines)]).await.unwrap();
    for (index, id) in ids.iter().enumerate().take(40) {
        let sub = house.load(*id).await;
        match index % 4 {
            2 => drop(house.set_auto_renew(&ada(), &sub, false).await.unwrap()),
            3 => drop(house.suspend(&ada(), &sub).await.unwrap()),
            _ => {}
        }
    }
    house.all().await
}

async fn shown(house: &House) -> Vec<String> {
    let mut shown = vec![];
    for sub in house.all().await {
        shown.push(told(&sub));
        shown.extend(house.lines(&sub).await.iter().map(told_line));
    }
    for invoice in house.invoices().await {
        shown.push(format!("{invoice:?}"));
    }
    shown
}

/// 500 alarms of one instant, a hundred in each transaction, end as they do one by one.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_a_batch_of_alarms_does_what_each_does_by_itself(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let due_at = instant("2026-02-10T00:01:00Z");
    let mut told = vec![];
    for (batch, calls) in [(100, 3), (1, 300)] {
        let house = House::on(backend).await;
        assert_eq!(furnished(&house, 300).await.len(), 300);
        house.sleep_until(due_at - DAY).await;
        house.clock.set(due_at);
        let mut answered = vec![];
        loop {
            let rung = house.app.ring_due(None, batch).await.unwrap();
            assert_eq!(rung.unanswered, 0);
            if rung.is_idle() {
                break;
            }
            answered.push(rung.answered);
        }
        assert_eq!(answered.len(), calls, "{answered:?}");
        assert_eq!(answered.iter().sum::<usize>(), 300);
        told.push(shown(&house).await);
    }
    assert_eq!(told[0], told[1]);
    for status in ["Active", "Expired", "Deleted"] {
        assert!(told[0].iter().any(|one| one.contains(status)), "{status}");
    }
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

/// Two workers share the rows and meet on none.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_two_workers_at_once_do_each_row_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let subs = furnished(&house, 120).await;
    let due_at = instant("2026-02-10T00:01:00Z");
    house.sleep_until(due_at - DAY).await;
    house.clock.set(due_at);
    let other = house.neighbour(due_at).await;

    let workers = [house.app.clone(), other].map(|app| {
        tokio::spawn(async move {
            let mut answered = 0;
            loop {
                let rung = app.ring_due(None, 7).await.unwrap();
                if rung.is_idle() {
                    return answered;
                }
                answered += rung.answered;
            }
        })
    });
    let mut answered = 0;
    for worker in workers {
        answered += worker.await.unwrap();
    }

    assert_eq!(answered, 120);
    for sub in subs {
        let lines = house.lines(&sub).await;
        let goes_on = sub.auto_renew;
        assert_eq!(lines.len(), if goes_on { 2 } else { 1 }, "{:?}", money(&lines));
    }
}

/// Whatever fails on the way, nothing of the batch stays; the next worker finds the rows as they
/// were.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_a_ring_that_fails_in_the_middle_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&month_to_month(), 2).await;
    house.sleep_until(instant("2026-02-09T00:00:00Z")).await;
    house.clock.set(instant("2026-02-10T00:01:00Z"));
    let before = house.everything().await;

    // The letters are written last, after the subscription, its history and its money.
    rename(&house, &[sql!("ALTER TABLE outbox RENAME TO away")]).await;
    house.app.ring_due(None, 100).await.unwrap_err();
    rename(&house, &[sql!("ALTER TABLE away RENAME TO outbox")]).await;

    assert_eq!(house.everything().await, before);
    assert_eq!(house.app.ring_due(None, 100).await.unwrap().answered, 1);
    assert_eq!(house.lines(&sub).await.len(), 2);
}

async fn rename(house: &House, statements: &[db::Stmt]) {
    let mut tx = house.tx().await;
    for statement in statements {
        statement.execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Lets `work` wait so many times and no more; `None`: it was torn off.
async fn wait_for<F: Future>(mut times: u32, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let poll = |cx: &mut Context<'_>| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if times == 0 => Poll::Ready(None),
        Poll::Pending => {
            times -= 1;
            Poll::Pending
        }
    };
    std::future::poll_fn(poll).await
}

/// A worker that is torn off anywhere has done all of it or nothing.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_a_ring_that_is_torn_off_has_done_all_or_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let subs = furnished(&house, 20).await;
    house.sleep_until(instant("2026-02-09T00:00:00Z")).await;
    house.clock.set(instant("2026-02-10T00:01:00Z"));
    let before = house.everything().await;

    let mut torn_off = 0;
    while house.everything().await == before {
        match wait_for(torn_off, house.app.ring_due(None, 100)).await {
            None => torn_off += 1,
            // The database has not yet let go of the rows of the one that was torn off.
            Some(rung) => assert!([0, 20].contains(&rung.unwrap().answered)),
        }
    }

    assert!(0 < torn_off);
    for sub in subs {
        let lines = house.lines(&sub).await;
        assert_eq!(lines.len(), if sub.auto_renew { 2 } else { 1 }, "{:?}", money(&lines));
        assert!(sub.version < house.load(sub.id).await.version);
    }
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
