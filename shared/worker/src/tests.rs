//! On a paused clock: a tick is told by the instant at which it came.

use std::{cell::RefCell, sync::Arc, time::Duration};

use rstest::rstest;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{BACK_OFF_FIRST, BACK_OFF_MAX, Progress, back_off_after, jittered, run};

const REST: Duration = Duration::from_secs(10);

type Outcome = Result<Progress, &'static str>;

/// Runs a worker whose ticks end as in `outcomes` and returns when each came, in milliseconds.
async fn instants(outcomes: &[Outcome]) -> Vec<u128> {
    let (stop, start) = (CancellationToken::new(), Instant::now());
    let ticks = RefCell::new(Vec::new());
    run(stop.clone(), REST, Arc::new(Notify::new()), async || {
        let number = ticks.borrow().len();
        ticks.borrow_mut().push(start.elapsed().as_millis());
        if number + 1 == outcomes.len() {
            stop.cancel();
        }
        outcomes[number]
    })
    .await;
    ticks.into_inner()
}

#[rstest]
#[case::more_is_asked_at_once(&[Ok(Progress::More), Ok(Progress::More), Ok(Progress::Idle)], &[0, 0, 0])]
#[case::idle_rests(&[Ok(Progress::Idle), Ok(Progress::More), Ok(Progress::Idle)], &[0, 10_000, 10_000])]
#[case::what_is_due_earlier_comes_earlier(&[Ok(Progress::IdleFor(Duration::from_secs(3))), Ok(Progress::Idle)], &[0, 3_000])]
#[case::what_is_due_later_waits_no_longer(&[Ok(Progress::IdleFor(Duration::MAX)), Ok(Progress::Idle)], &[0, 10_000])]
#[tokio::test(start_paused = true)]
async fn a_worker_rests_as_it_is_told(#[case] outcomes: &[Outcome], #[case] expected: &[u128]) {
    assert_eq!(instants(outcomes).await, expected);
}

#[tokio::test(start_paused = true)]
async fn failures_rest_longer_each_time_until_one_succeeds() {
    let ticks =
        instants(&[Err("x"), Err("x"), Ok(Progress::More), Err("x"), Ok(Progress::Idle)]).await;
    assert!((100..=200).contains(&ticks[1]), "{ticks:?}");
    assert!((200..=400).contains(&(ticks[2] - ticks[1])), "{ticks:?}");
    assert_eq!(ticks[3], ticks[2]);
    assert!((100..=200).contains(&(ticks[4] - ticks[3])), "{ticks:?}");
}

#[rstest]
#[case::first(1, BACK_OFF_FIRST)]
#[case::third(3, BACK_OFF_FIRST * 4)]
#[case::late(9, BACK_OFF_MAX)]
#[case::for_ever(u32::MAX, BACK_OFF_MAX)]
fn back_off_doubles_up_to_a_bound(#[case] failures: u32, #[case] longest: Duration) {
    assert_eq!(back_off_after(failures), longest);
    for _ in 0..100 {
        let rest = jittered(longest);
        assert!(longest / 2 <= rest && rest <= longest, "{rest:?}");
    }
}

/// A worker in the background that counts its ticks, always idle.
struct Counter {
    stop: CancellationToken,
    nudge: Arc<Notify>,
    ticks: Arc<std::sync::atomic::AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

fn counter() -> Counter {
    let (stop, nudge) = (CancellationToken::new(), Arc::new(Notify::new()));
    let ticks = Arc::<std::sync::atomic::AtomicU32>::default();
    let count = Arc::clone(&ticks);
    let task = tokio::spawn(run(stop.clone(), REST, Arc::clone(&nudge), move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::future::ready(Outcome::Ok(Progress::Idle))
    }));
    Counter { stop, nudge, ticks, task }
}

impl Counter {
    fn ticks(&self) -> u32 {
        self.ticks.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_nudge_ends_the_rest() {
    let start = Instant::now();
    let counter = counter();
    for expected in [1, 2, 3] {
        while counter.ticks() < expected {
            tokio::task::yield_now().await;
        }
        counter.nudge.notify_one();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_rest_and_the_worker() {
    let start = Instant::now();
    let counter = counter();
    while counter.ticks() == 0 {
        tokio::task::yield_now().await;
    }
    counter.stop.cancel();
    counter.task.await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_stopped_before_never_ticks() {
    let counter = counter();
    counter.stop.cancel();
    counter.task.await.unwrap();
    assert_eq!(counter.ticks.load(std::sync::atomic::Ordering::Relaxed), 0);
}
