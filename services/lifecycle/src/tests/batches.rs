//! Alarms in batches: as one by one, shared among workers, failing and torn off in the middle.

use std::pin::pin;
use std::task::{Context, Poll};

use db::sql;
use jiff::SignedDuration;
use rstest::rstest;
use testkit::Backend;

use super::given::{ada, billed_monthly, instant, money, month_to_month, told, told_line};
use super::house::House;
use crate::app::AlarmPlace;
use crate::domain::Subscription;

const DAY: SignedDuration = SignedDuration::from_hours(24);

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

/// A drain that goes on behind the last alarm has what is in front of it only when it looks there.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_a_batch_begins_behind_a_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    assert_eq!(furnished(&house, 12).await.len(), 12);
    house.sleep_until(instant("2026-02-09T00:00:00Z")).await;
    house.clock.set(instant("2026-02-10T00:01:00Z"));
    let from_front = house.app.ring_due(None, 5).await.unwrap();
    let place = from_front.last.unwrap();
    assert!(AlarmPlace::FRONT < place);

    let behind = house.app.ring_behind(place, None, 5).await.unwrap();
    assert!(place < behind.last.unwrap());
    let further = AlarmPlace(behind.last.unwrap().0 + DAY, behind.last.unwrap().1);
    let nothing = house.app.ring_behind(further, None, 5).await.unwrap();
    assert!(nothing.is_idle() && nothing.last.is_none());
    let rest = house.app.ring_due(None, 5).await.unwrap();

    assert_eq!((from_front.answered, behind.answered, rest.answered), (5, 5, 2));
    assert!(house.app.ring_due(None, 5).await.unwrap().is_idle());
}
