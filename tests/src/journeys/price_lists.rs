//! Broken catalog files, by way of the real import: line and column, and nothing is imported.

use proto::catalog::import_catalog_request::Part;
use proto::catalog::{
    ImportCatalogHeader, ImportCatalogRequest, ImportCatalogResponse, ListCatalogRevisionsRequest,
};
use rstest::rstest;
use tenure::import::{request_id, sha256};
use testkit::Backend;
use tonic::{Code, Status};

use super::harness::desk::Desk;
use super::harness::house::House;
use super::harness::shop::{CATALOG, catalog};
use super::harness::words::{reason, value};

/// Each breaks the sample in one place, which the refusal must name.
#[rstest]
#[case::cat_1_unknown_currency("DE: EUR", "DE: EUX")]
#[case::cat_1_unknown_kind("kind: LINUX_PLAN", "kind: HARDWARE")]
#[case::cat_1_negative_price("{DE: 980.00,", "{DE: -980.00,")]
#[case::cat_1_too_many_decimals("JP: 158760,", "JP: 158760.5,")]
#[case::cat_1_unknown_market("{DE: 1830.00,", "{QQ: 1830.00,")]
#[case::cat_1_unknown_sku(
    "    office-ltsc-standard-2024:\n      ONE_TIME",
    "    no-such-sku:\n      ONE_TIME"
)]
#[case::cat_1_not_yaml(
    "  windows-server:\n    title: Windows Server",
    "  windows-server: {\n    title: ]Windows Server"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_refused_whole(#[case] good: &str, #[case] bad: &str) {
    assert_eq!(CATALOG.matches(good).count(), 1, "the sample has {good:?} once");
    let house = House::on(Backend::Sqlite).await;
    let desk = house.desk();
    let file = CATALOG.replace(good, bad);
    let refused = import(&desk, header(&file), &file).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(reason(&refused), "CATALOG_INVALID");
    let broken_at = CATALOG.split(good).next().unwrap().matches('\n').count() + 1;
    let line: usize = value(&refused, "line").parse().unwrap();
    let lines = broken_at..=broken_at + 1;
    assert!(lines.contains(&line), "line {line} is not in {lines:?}: {}", refused.message());
    assert_ne!(value(&refused, "column").parse(), Ok(0), "columns count from 1");
    assert!(refused.message().contains(&format!("line {line}, column")), "{}", refused.message());
    assert_eq!(revisions(&desk).await, 0, "nothing was imported");
    house.suite.stop().await.unwrap();
}

/// A file that was damaged on its way, and one that never began.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_did_not_arrive_is_refused() {
    let house = House::on(Backend::Sqlite).await;
    let desk = house.desk();
    let refused = import(&desk, header(CATALOG), &CATALOG[..1_000]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let header = ImportCatalogHeader::default();
    let refused = import(&desk, header, CATALOG).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::InvalidArgument, "INVALID_FIELDS".into())
    );
    let nothing = catalog(&desk).import_catalog(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument);
    assert_eq!(revisions(&desk).await, 0, "nothing was imported");
    house.suite.stop().await.unwrap();
}

fn header(file: &str) -> ImportCatalogHeader {
    ImportCatalogHeader {
        request_id: request_id(),
        file_sha256: sha256(file.as_bytes()),
        ..ImportCatalogHeader::default()
    }
}

async fn import(
    desk: &Desk,
    header: ImportCatalogHeader,
    file: &str,
) -> Result<ImportCatalogResponse, Status> {
    let parts = [Part::Header(header), Part::Chunk(file.as_bytes().to_vec())];
    let requests = parts.map(|part| ImportCatalogRequest { part: Some(part) });
    let answer = catalog(desk).import_catalog(tokio_stream::iter(requests)).await;
    answer.map(tonic::Response::into_inner)
}

async fn revisions(desk: &Desk) -> usize {
    let request = ListCatalogRevisionsRequest::default();
    let listed = catalog(desk).list_catalog_revisions(request).await.unwrap();
    listed.into_inner().revisions.len()
}
