//! The feed: everything once, in the order of the log, from wherever a follower left off.

use access::Reach;
use futures::StreamExt;
use proto::audit::{WatchEntriesRequest, WatchEntriesResponse, audit_service_server::AuditService};
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::PartnerId;

use super::{
    House, PARTNER, an_entry,
    wire::{by, everybody, service},
};
use crate::{domain::Entry, service::Service};

const OTHER: PartnerId = PartnerId(Uuid::from_u128(0xb));

type Feed = <Service as AuditService>::WatchEntriesStream;

async fn watch(service: &Service, reach: Reach, cursor: &str) -> Feed {
    let request = WatchEntriesRequest { resume_cursor: cursor.to_owned() };
    let request = match reach {
        Reach::Partner(partner) => by(partner, request),
        Reach::All | Reach::Customer(_) => everybody(request),
    };
    service.watch_entries(request).await.unwrap().into_inner()
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

    for cursor in ["x", "-1"] {
        let request = everybody(WatchEntriesRequest { resume_cursor: cursor.to_owned() });
        let Err(status) = service.watch_entries(request).await else { panic!("{cursor}") };
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}
