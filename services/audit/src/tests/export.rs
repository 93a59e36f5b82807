//! Files: activity as CSV, and the whole log for a check elsewhere.

use futures::TryStreamExt;
use proto::audit::{self as pb, audit_service_server::AuditService};
use rstest::rstest;
use testkit::Backend;
use tonic::Code;
use uuid::Uuid;
use vocab::PartnerId;

use super::{
    House, PARTNER, an_entry,
    wire::{a_query, by, everybody, service},
};
use crate::domain::Entry;

fn a_file() -> pb::ExportActivityRequest {
    let pb::ListActivityRequest { from, to, .. } = a_query();
    pb::ExportActivityRequest { from, to, filter: String::new() }
}

#[rstest]
#[tokio::test]
async fn aud_1_a_file_has_all_lines_of_the_range_and_no_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let noon = testkit::noon();
    let at_noon = |number| Entry { occurred_at: noon, ..an_entry(number) };
    let other = Entry { partner: Some(PartnerId(Uuid::from_u128(0xb))), ..at_noon(2_001) };
    let tomorrow =
        Entry { occurred_at: "2026-01-11T00:00:00Z".parse().unwrap(), ..an_entry(2_002) };
    house.append((1..=1_100).map(at_noon).chain([other, tomorrow])).await;

    let service = service(&house);
    let stream = service.export_activity(by(PARTNER, a_file())).await.unwrap().into_inner();
    let pieces: Vec<_> = stream.try_collect().await.unwrap();

    assert_eq!(pieces.len(), 3);
    let file = pieces.into_iter().flat_map(|piece| piece.chunk).collect();
    let file = String::from_utf8(file).unwrap();
    let lines: Vec<_> = file.lines().collect();
    assert!(lines[0].starts_with("entry,occurred_time,"), "{}", lines[0]);
    assert_eq!(lines.len(), 1_101);
    assert!(lines[1].starts_with("entries/1099,") && lines[1_100].starts_with("entries/0,"));
}

#[tokio::test]
async fn aud_4_a_file_of_a_reversed_range_is_refused() {
    let house = House::with(Backend::Sqlite, 1).await;
    let request = pb::ExportActivityRequest {
        from: Some(proto::Date { year: 2027, month: 1, day: 1 }),
        ..a_file()
    };
    let stream = service(&house).export_activity(by(PARTNER, request)).await.unwrap().into_inner();
    let status = stream.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[rstest]
#[tokio::test]
async fn aud_4_the_whole_log_leaves_with_its_keys_and_heads(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.app.checkpoint().await.unwrap();
    house.append((1..=499).map(an_entry)).await;
    house.app.checkpoint().await.unwrap();
    house.append((500..=501).map(an_entry)).await;

    let request = everybody(pb::ExportLogRequest {});
    let stream = service(&house).export_log(request).await.unwrap().into_inner();
    let pieces: Vec<_> = stream.try_collect().await.unwrap();

    let entries: Vec<_> =
        pieces.iter().flat_map(|piece| &piece.entries).map(|one| one.index).collect();
    assert_eq!(entries, (0..501).collect::<Vec<_>>());
    let heads: Vec<_> =
        pieces.iter().flat_map(|piece| &piece.checkpoints).map(|one| one.size).collect();
    assert_eq!(heads, [0, 499, 501]);
    assert_eq!(pieces.iter().map(|piece| piece.keys.len()).collect::<Vec<_>>(), [1, 0]);
}
