//! The feed: everything once, in the order of the log, from wherever a follower left off.

use access::Reach;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use proto::audit::{WatchEntriesRequest, WatchEntriesResponse, audit_service_server::AuditService};
use rpc::wire::timestamp;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::PartnerId;

use super::{
    House, PARTNER, an_entry,
    wire::{by, everybody, service},
};
use crate::{domain::Entry, service::Service};

const OTHER: PartnerId = PartnerId(Uuid::from_u128(0xb));

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

type Feed = <Service as AuditService>::WatchEntriesStream;

async fn watch(service: &Service, reach: Reach, cursor: &str) -> Feed {
    let request =
        WatchEntriesRequest { resume_cursor: cursor.to_owned(), ..WatchEntriesRequest::default() };
    let request = match reach {
        Reach::Partner(partner) => by(partner, request),
        Reach::All | Reach::Customer(_) => everybody(request),
    };
    service.watch_entries(request).await.unwrap().into_inner()
}

async fn watch_from(house: &House, start: Timestamp) -> Feed {
    let request = WatchEntriesRequest {
        start_time: Some(timestamp(start)),
        ..WatchEntriesRequest::default()
    };
    service(house).watch_entries(everybody(request)).await.unwrap().into_inner()
}

async fn next(feed: &mut Feed) -> Result<WatchEntriesResponse, Status> {
    feed.next().await.expect("a feed goes on")
}

fn indexes(piece: &WatchEntriesResponse) -> Vec<i64> {
    piece.entries.iter().map(|one| one.index).collect()
}

#[rstest]
#[tokio::test]
async fn aud_4_a_follower_gets_everything_once_and_then_what_comes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 700).await;
    let service = service(&house);
    let mut feed = watch(&service, Reach::All, "").await;
    let first = next(&mut feed).await.unwrap();
    let second = next(&mut feed).await.unwrap();
    let beat = next(&mut feed).await.unwrap();
    assert_eq!([indexes(&first), indexes(&second)].concat(), (0..700).collect::<Vec<_>>());
    assert_eq!((beat.entries.len(), beat.cursor.as_str()), (0, "700"));

    house.append([an_entry(701)]).await;
    let live = next(&mut feed).await.unwrap();
    assert_eq!((indexes(&live), live.cursor.as_str()), (vec![700], "701"));

    let mut again = watch(&service, Reach::All, &first.cursor).await;
    let resumed = next(&mut again).await.unwrap();
    assert_eq!(indexes(&resumed), (500..701).collect::<Vec<_>>());
}

#[rstest]
#[tokio::test]
async fn par_14_a_partner_follows_its_own_entries(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let of = |number: u32| match number % 600 {
        7 => an_entry(number),
        _ => Entry { partner: Some(OTHER), ..an_entry(number) },
    };
    house.append((1..=1_300).map(of)).await;
    let service = service(&house);
    let mut feed = watch(&service, Reach::Partner(PARTNER), "").await;
    let mut seen = vec![];
    loop {
        let piece = next(&mut feed).await.unwrap();
        seen.extend(indexes(&piece));
        if piece.entries.is_empty() {
            assert_eq!(piece.cursor, "1300");
            break;
        }
    }
    assert_eq!(seen, [6, 606, 1_206]);
}

#[tokio::test]
async fn aud_4_a_cursor_of_another_log_is_refused() {
    let house = House::with(Backend::Sqlite, 3).await;
    let service = service(&house);
    let behind = next(&mut watch(&service, Reach::All, "4").await).await.unwrap_err();
    assert_eq!(behind.code(), Code::OutOfRange);
    assert!(behind.message().contains("lies behind the log's end 3"), "{}", behind.message());
}

#[rstest]
#[case::aud_4_no_cursor("x", None, "resume_cursor")]
#[case::aud_4_before_the_beginning("-1", None, "resume_cursor")]
#[case::aud_4_two_beginnings("1", Some(noon()), "start_time")]
#[tokio::test]
async fn a_beginning_that_is_none_is_refused(
    #[case] cursor: &str,
    #[case] start: Option<Timestamp>,
    #[case] wrong: &str,
) {
    let house = House::with(Backend::Sqlite, 3).await;
    let request = everybody(WatchEntriesRequest {
        resume_cursor: cursor.to_owned(),
        start_time: start.map(timestamp),
    });
    let Err(status) = service(&house).watch_entries(request).await else { panic!("{cursor}") };
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with(wrong), "{}", status.message());
}

/// Eleven entries, one each minute: it begins with what was appended at that very instant.
#[rstest]
#[case::t_153_before_all_of_it(-60_000, 0)]
#[case::t_153_at_the_first(0, 0)]
#[case::t_153_after_the_first(1, 1)]
#[case::t_153_before_the_eighth(419_999, 7)]
#[case::t_153_at_the_eighth(420_000, 7)]
#[case::t_153_after_the_eighth(420_001, 8)]
#[case::t_153_at_the_last(600_000, 10)]
#[case::t_153_after_the_last(600_001, 11)]
#[tokio::test]
async fn a_feed_begins_at_an_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] millis: i64,
    #[case] first: i64,
) {
    let house = House::on(backend).await;
    for number in 1..=11 {
        house.append([an_entry(number)]).await;
        house.clock.advance(MINUTE);
    }
    let mut feed = watch_from(&house, noon() + SignedDuration::from_millis(millis)).await;
    let mut seen = vec![];
    loop {
        let piece = next(&mut feed).await.unwrap();
        seen.extend(indexes(&piece));
        if piece.entries.is_empty() {
            break;
        }
    }
    assert_eq!(seen, (first..11).collect::<Vec<_>>());
}

/// What is appended before an instant that is still to come is passed over.
#[rstest]
#[tokio::test]
async fn t_153_a_feed_may_begin_in_the_future(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    let mut feed = watch_from(&house, noon() + MINUTE).await;
    assert_eq!(next(&mut feed).await.unwrap().cursor, "3");
    house.append([an_entry(4)]).await;
    house.clock.advance(MINUTE);
    house.append([an_entry(5)]).await;
    assert_eq!(indexes(&next(&mut feed).await.unwrap()), [4]);
}

/// The log stays sorted by the time of its appends, also if a process has a clock that is behind.
#[rstest]
#[tokio::test]
async fn t_153_nothing_is_older_than_what_stands_before_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 1).await;
    house.clock.set(noon() - MINUTE);
    house.append([an_entry(2)]).await;
    house.clock.set(noon() + MINUTE);
    house.append([an_entry(3)]).await;
    let times: Vec<_> = house.entries().await.iter().map(|one| one.appended_at).collect();
    assert_eq!(times, [noon(), noon(), noon() + MINUTE]);
    assert_eq!(house.verify().await.finding, None);
}
