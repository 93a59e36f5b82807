//! Customers on a test clock live on it alone. That all services follow a clock is shown where all
//! of them run.

use jiff::{SignedDuration, Timestamp};
use proto::lifecycle as pb;
use replay::{Answer, Once};
use rpc::{Classify, Kind, name, wire};
use rstest::rstest;
use serde_json::json;
use testkit::{Backend, noon};
use uuid::Uuid;
use vocab::ClockId;

use super::given::{CLOCK, billed_monthly, instant, month_to_month, yearly};
use super::house::House;
use crate::convert;
use crate::domain::Purchase;
use crate::error::Error;

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tim_1_clocks_are_isolated_from_each_other_and_from_real_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let other = ClockId(Uuid::from_u128(0xeeee));
    house.set_test_clock(CLOCK, noon()).await;
    house.set_test_clock(other, noon() + YEAR).await;
    let buy = async |clock, ordered_at| {
        let line = house.line(&billed_monthly(), 1);
        house.given(Purchase { clock, ordered_at, ..line }).await
    };
    let real = buy(None, noon()).await;
    let (one, two) = (buy(Some(CLOCK), noon()).await, buy(Some(other), noon() + YEAR).await);

    house.advance(CLOCK, instant("2026-06-15T00:00:00Z")).await;
    let counts = async || {
        let mut counts = vec![];
        for sub in [&real, &one, &two] {
            counts.push(house.lines(sub).await.len());
        }
        counts
    };
    assert_eq!(counts().await, [1, 6, 1]);
    house.sleep_until(instant("2026-03-15T00:00:00Z")).await;
    assert_eq!(counts().await, [3, 6, 1]);
    house.advance(other, instant("2027-02-10T00:00:00Z")).await;
    assert_eq!(counts().await, [3, 6, 2]);

    let line = house.lines(&one).await.pop().unwrap();
    assert_eq!(line.charge.committed_at, instant("2026-06-10T00:00:00Z"));
    // The log is kept by the real clock, and says what the test clock showed.
    let of_clock =
        |entry: &serde_json::Value| entry["resource"] == json!(super::house::name_of(&one));
    let entries = house.letters("audit").await;
    let (_, last) = entries.iter().rfind(|(_, entry)| of_clock(entry)).unwrap();
    assert_eq!(last["occurred_at"], json!(noon()));
    assert_eq!(last["test_clock_at"], json!("2026-06-10T00:00:00Z"));
}

/// Several alarms on the way are answered at their own instants, in order, over all subscriptions.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_31_a_clock_that_jumps_answers_every_alarm_at_its_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.set_test_clock(CLOCK, noon()).await;
    let on_clock = |line: Purchase| Purchase { clock: Some(CLOCK), ..line };
    let monthly = house.given(on_clock(house.line(&month_to_month(), 1))).await;
    let yearly = house.given(on_clock(house.line(&yearly(), 1))).await;

    house.advance(CLOCK, instant("2027-02-01T00:00:00Z")).await;

    let mut made = vec![];
    for sub in [&monthly, &yearly] {
        for entry in house.history(sub).await {
            assert_eq!(entry.committed_at, entry.effective_at, "{entry:?}");
            made.push((entry.id, entry.committed_at));
        }
    }
    // Ids are counted: what was made later is dated later.
    made.sort();
    assert!(made.is_sorted_by_key(|(_, at)| *at), "{made:?}");
    assert_eq!(house.lines(&monthly).await.len(), 13);
    assert_eq!(house.load(yearly.id).await.anchor, instant("2027-01-10T00:01:00Z"));
}

async fn create(house: &House, request_id: &str) -> Result<Answer<(ClockId, Timestamp)>, Error> {
    let request = pb::CreateTestClockRequest {
        request_id: request_id.to_owned(),
        now: Some(wire::timestamp(noon() + YEAR)),
    };
    let now = convert::test_clock_start(&request)?;
    let once = Once::new(&request, "operator".to_owned(), convert::test_clock_reading);
    house.app.create_test_clock(&once, now).await
}

/// A clock is told to those who have customers on it; as long as they have not heard, its maker is
/// asked to call again, and again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_a_clock_that_nobody_heard_of_is_not_reported_as_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let request_id = house.uuid().to_string();
    for _ in 0..2 {
        let error = create(&house, &request_id).await.unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Unavailable, "NOT_SETTLED"));
        assert!(error.retry_after().is_some());
    }
    for service in ["order", "license-key"] {
        let letters = house.letters(service).await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].0, "clock.reading");
        assert_eq!(letters[0].1["now"], json!(noon() + YEAR));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tim_1_a_test_clock_moves_forward_and_not_without_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.set_test_clock(CLOCK, noon()).await;
    let advance = async |clock: ClockId, to| {
        let request = pb::AdvanceTestClockRequest {
            name: name::TestClock(clock).to_string(),
            request_id: house.uuid().to_string(),
            to: Some(wire::timestamp(to)),
        };
        let (clock, to) = convert::test_clock_to(&request).unwrap();
        let once = Once::new(&request, "operator".to_owned(), convert::test_clock_reading);
        house.app.advance_test_clock(&once, clock, to).await.unwrap_err().reason().to_owned()
    };
    let millisecond = SignedDuration::from_millis(1);
    let ten_years = SignedDuration::from_hours(10 * 366 * 24);
    assert_eq!(advance(CLOCK, noon() - millisecond).await, "CLOCK_MOVES_FORWARD");
    assert_eq!(advance(CLOCK, noon() + ten_years + millisecond).await, "CLOCK_MOVES_FORWARD");
    assert_eq!(advance(ClockId(house.uuid()), noon()).await, "NOT_FOUND");
    assert_eq!(house.app.get_test_clock(CLOCK).await.unwrap(), (CLOCK, noon()));
}
