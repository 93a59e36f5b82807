//! Imports of tables: what they change, and what they leave.

use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{House, TWO, a_file, a_header, asked, reason, timestamp};

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
    assert_eq!(house.revisions().await, 0);
}

#[tokio::test]
async fn a_table_has_no_date_of_its_own() {
    let house = House::on(Backend::Sqlite).await;
    let refused = house.table(TABLE, None).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

/// However far apart the two rows are, and beside everything else that is wrong.
#[rstest]
#[tokio::test]
async fn an_offer_that_stands_twice_is_told_with_its_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let skus = (0..1_500).map(|n| format!("      s{n}: {{title: S}}\n"));
    let skus = skus.collect::<Vec<_>>().concat();
    let file = a_file(TWO).replace("      full:", &format!("{skus}      full:"));
    house.import(&file).await.unwrap();
    let row = |sku: &str| format!("{sku},P1Y/ANNUAL,DE,EUR,1\n");
    let between: String = (0..1_500).map(|n| row(&format!("s{n}"))).collect();
    let twice = [row("full"), between, row("full"), row("full"), row("fuller")].concat();
    let table = format!("sku,plan,market,currency,price\n{twice}");
    let refused = house.table(&table, Some("2026-01-01T00:00:00Z")).await.unwrap_err();
    let details = refused.get_error_details();
    let found = &details.bad_request().unwrap().field_violations;
    let told: Vec<_> = found.iter().map(|one| (&*one.field, &*one.description)).collect();
    let why = "full-p1y-annual-de has a price already in this list";
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[..2], [("line 1503, column 1", why), ("line 1504, column 1", why)]);
    assert_eq!(told[2].0, "line 1505, column 1");
    assert_eq!(house.revisions().await, 1);
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
