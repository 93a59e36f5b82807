//! Files of keys on their way into pools.

use access::Claims;
use proto::licensekey as pb;
use proto::licensekey::import_keys_request::Part;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use uuid::Uuid;

use super::house::{House, agent, key, operator};
use crate::domain::tests::{a_purchase, a_sku};

fn header(sku: &str, kind: pb::KeyKind) -> pb::ImportKeysRequest {
    header_of(1, sku, kind)
}

/// The beginning of an import with an id.
fn header_of(id: u128, sku: &str, kind: pb::KeyKind) -> pb::ImportKeysRequest {
    let header = pb::ImportKeysHeader {
        sku: a_sku(sku).to_string(),
        kind: kind.into(),
        request_id: Uuid::from_u128(id).to_string(),
        activation_limit: 0,
    };
    pb::ImportKeysRequest { part: Some(Part::Header(header)) }
}

fn chunk(bytes: &[u8]) -> pb::ImportKeysRequest {
    pb::ImportKeysRequest { part: Some(Part::Chunk(bytes.to_vec())) }
}

async fn import(
    house: &House,
    claims: &Claims,
    messages: Vec<pb::ImportKeysRequest>,
) -> Result<pb::ImportKeysResponse, Status> {
    let call = house.call(claims, tokio_stream::iter(messages));
    house.pools().import_keys(call).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn d_24_a_file_in_pieces_becomes_a_pool(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let spaced = |number: u64| key(number).replace("0000000", "0000000-");
    let file = format!(
        "\u{feff}{}\r\n{}\r\nno key\r\n\r\n{}\r\n{}1\r\n{}",
        spaced(1),
        key(2),
        key(1),
        key(3),
        key(4)
    );
    let mut messages = vec![header("a", pb::KeyKind::Mak)];
    messages.extend(file.as_bytes().chunks(11).map(chunk));

    let done = import(&house, &Claims::operator("op"), messages.clone()).await.unwrap();

    assert_eq!((done.imported_count, done.duplicate_count), (3, 1));
    assert_eq!((done.malformed_lines.as_slice(), done.malformed_count), ([3, 6].as_slice(), 2));
    let pool = done.pool.unwrap();
    assert_eq!(pool.name, "keyPools/a");
    assert_eq!((pool.available_count, pool.assigned_count, pool.revoked_count), (3, 0, 0));

    // The same file again, and then for another SKU: nothing enters twice.
    messages[0] = header_of(2, "a", pb::KeyKind::Mak);
    let again = import(&house, &Claims::operator("op"), messages.clone()).await.unwrap();
    assert_eq!((again.imported_count, again.duplicate_count), (0, 4));
    messages[0] = header_of(3, "b", pb::KeyKind::Mak);
    let other = import(&house, &Claims::operator("op"), messages).await.unwrap();
    assert_eq!((other.imported_count, other.duplicate_count), (0, 4));
    assert_eq!(house.pool(&a_sku("a")).await.available_count, 3);
}

#[rstest]
#[tokio::test]
async fn d_24_thousands_go_in_batches_and_only_the_first_bad_lines_are_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut file = String::new();
    for number in 0..1_500 {
        // Every third line repeats the one before, and every tenth is none.
        file += &key(number - u64::from(number % 3 == 2));
        file += if number % 10 == 9 { "x\n" } else { "\n" };
    }
    let ask = house.import_of(&a_sku("a"));
    let mut import = house.app.import(&operator(), ask).await.unwrap();
    for piece in file.as_bytes().chunks(4_000) {
        import.push(piece).await.unwrap();
    }
    let done = import.finish().await.unwrap();
    let counts = &done.import.counts;
    assert_eq!(counts.malformed, 150);
    assert_eq!(counts.malformed_lines, (1..=100).map(|n| n * 10).collect::<Vec<_>>());
    assert_eq!(counts.imported + counts.duplicates, 1_350);
    assert_eq!(done.pool.available_count, counts.imported);
    let entries = house.delivered().await;
    let steps: Vec<_> = entries.iter().map(|it| it.details["step"].as_str()).collect();
    assert_eq!(steps, ["begun", "finished"]);
    assert_eq!(entries[1].details["imported_count"], counts.imported.to_string());
    assert_eq!(
        (entries[1].action.as_str(), entries[1].resource.as_str()),
        ("ImportKeys", "keyPools/a")
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn d_24_two_imports_of_the_same_keys_at_once_add_each_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sku = a_sku("a");
    let (one, two) = tokio::join!(house.stocked(&sku, 0, 2_000), house.stocked(&sku, 1_000, 2_000));
    let (one, two) = (one.import.counts, two.import.counts);
    assert_eq!(one.imported + two.imported, 3_000);
    assert_eq!(one.duplicates + two.duplicates, 1_000);
    assert_eq!(house.pool(&sku).await.available_count, 3_000);
}

#[rstest]
#[tokio::test]
async fn key_2_keys_are_handed_out_in_the_order_of_their_file(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 500, 3).await;
    house.stocked(&purchase.sku, 100, 3).await;
    let answer = house.reveal(&agent(&purchase), &purchase).await.unwrap();
    assert_eq!(answer.product_key, key(500));
}

#[rstest]
#[case::key_1_kms(vec![header("a", pb::KeyKind::Kms), chunk(b"x")], Code::InvalidArgument, "management server")]
#[case::key_2_no_header(vec![chunk(b"x")], Code::InvalidArgument, "must be the first message")]
#[case::key_2_nothing(vec![], Code::InvalidArgument, "must be the first message")]
#[case::key_2_two_headers(
    vec![header("a", pb::KeyKind::Mak), header("a", pb::KeyKind::Mak)],
    Code::InvalidArgument,
    "must be sent once"
)]
#[case::key_2_no_kind(vec![header("a", pb::KeyKind::Unspecified)], Code::InvalidArgument, "kind")]
#[case::key_2_no_sku(vec![header("a b", pb::KeyKind::Mak)], Code::InvalidArgument, "sku")]
#[case::key_2_an_empty_part(
    vec![header("a", pb::KeyKind::Mak), pb::ImportKeysRequest { part: None }],
    Code::InvalidArgument,
    "chunk is required"
)]
#[tokio::test]
async fn a_wrong_import_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] messages: Vec<pb::ImportKeysRequest>,
    #[case] code: Code,
    #[case] told: &str,
) {
    let house = House::on(backend).await;
    let refused = import(&house, &Claims::operator("op"), messages).await.unwrap_err();
    assert_eq!(refused.code(), code);
    assert!(refused.message().contains(told), "{refused:?}");
    assert!(house.app.pool(a_sku("a")).await.is_err());
}

#[rstest]
#[tokio::test]
async fn key_2_only_operators_import(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let messages = vec![header("a", pb::KeyKind::Mak), chunk(key(1).as_bytes())];
    let refused = import(&house, &agent(&a_purchase()), messages).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test]
async fn d_24_an_empty_file_makes_no_pool(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let messages = vec![header("a", pb::KeyKind::Mak), chunk(b"\n\nno key\n")];
    let done = import(&house, &Claims::operator("op"), messages).await.unwrap();
    assert_eq!((done.imported_count, done.malformed_count), (0, 1));
    assert_eq!(done.pool.unwrap().available_count, 0);
    assert!(house.app.pool(a_sku("a")).await.is_err());
}
