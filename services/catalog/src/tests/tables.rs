//! Imports of tables: what they change, and what they leave.

use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};

use super::{House, TWO, a_file, a_header, asked, reason, timestamp};
use crate::store;

const TABLE: &str = "\u{feff}sku,sku_title,product,plan,market,currency,price\r\n\
                     full,,,P1Y/ANNUAL,DE,EUR,126\r\n\
                     extra,\"Extra, large\",suites,P1Y/ANNUAL,DE,EUR,10\r\n";

impl House {
    async fn table(
        &self,
        table: &str,
        at: Option<&str>,
    ) -> Result<pb::ImportCatalogResponse, Status> {
        let header = pb::ImportCatalogHeader {
            format: pb::CatalogFormat::Csv.into(),
            effective_time: at.map(timestamp),
            ..a_header()
        };
        self.send(header, table.as_bytes()).await
    }
}

#[rstest]
#[tokio::test]
async fn a_table_is_a_whole_price_list_and_leaves_products_and_promotions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let days = "from: 2026-01-01, until: 2026-12-31";
    let promotion =
        format!("promotions: [{{id: p, title: P, percent: 5, skus: [full], {days}}}]\n");
    let servers =
        "  servers: {title: Servers, kind: ESU, skus: {server: {title: Server}}}\nprices:";
    let document = a_file(&format!("{TWO}{promotion}")).replace("prices:", servers);
    house.import(&document).await.unwrap();

    let at = Some("2026-01-05T00:00:00Z");
    let imported = house.table(TABLE, at).await.unwrap();
    assert_eq!(
        imported.differences,
        [
            "product suites changes, from 2026-01-05T00:00:00Z",
            "basic-p1y-annual-de is withdrawn, from 2026-01-05T00:00:00Z",
            "extra-p1y-annual-de is added at 10.00 EUR, from 2026-01-05T00:00:00Z",
            "full-p1y-annual-de changes from 120.00 EUR to 126.00 EUR, from 2026-01-05T00:00:00Z",
        ]
    );
    let revision = imported.revision.unwrap();
    let counts = (revision.added_count, revision.changed_count, revision.withdrawn_count);
    assert_eq!((revision.number, counts), (2, (1, 1, 1)));
    assert_eq!(house.table(TABLE, at).await.unwrap().revision, None, "again changes nothing");

    let request = pb::GetOfferRequest {
        name: "offers/extra-p1y-annual-de".to_owned(),
        at: at.map(timestamp),
    };
    let extra = house.service.get_offer(asked(request)).await.unwrap().into_inner();
    assert_eq!(extra.title, "Extra, large");
}

#[rstest]
#[tokio::test]
async fn a_broken_table_imports_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let refused = house.table(TABLE, Some("2026-01-01T00:00:00Z")).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::InvalidArgument, "CATALOG_INVALID".to_owned())
    );
    let expected = "line 2, column 1: there is no SKU full in the catalog";
    assert!(refused.message().contains(expected), "{refused:?}");
    let mut tx = house.tx().await;
    assert_eq!(store::head::revision(&mut tx).await.unwrap(), 0);
}

#[tokio::test]
async fn a_table_has_no_date_of_its_own() {
    let house = House::on(Backend::Sqlite).await;
    let refused = house.table(TABLE, None).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

/// What a table was read by must still be so when it is written.
#[rstest]
#[tokio::test]
async fn a_table_that_was_overtaken_by_an_import_is_to_be_sent_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut tx = house.place.db.begin().await.unwrap();
    let overtaken = store::head::lock(&mut tx, Some(1)).await.unwrap_err();
    drop(tx);
    assert_eq!(rpc::status(crate::error::Error::from(overtaken)).code(), Code::Aborted);
}

#[tokio::test]
async fn the_sample_is_sound() {
    let house = House::on(Backend::Sqlite).await;
    let sample = include_str!("../../../../deploy/sample/prices.csv");
    let imported = house.table(sample, Some("2026-07-01T00:00:00Z")).await.unwrap();
    assert_eq!(imported.revision.unwrap().added_count, 5);
    let francs = "contoso-boards-team-p1y-annual-ch is added at 44.00 CHF";
    assert!(imported.differences.iter().any(|one| one.starts_with(francs)));
    let euros = "contoso-boards-team-p1y-annual-ch-eur is added at 42.00 EUR";
    assert!(imported.differences.iter().any(|one| one.starts_with(euros)));
}
