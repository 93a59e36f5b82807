//! Imports: what they change, what they leave, and what they refuse.

use rstest::rstest;
use testkit::Backend;
use tonic::Code;
use tonic_types::StatusExt as _;
use vocab::OfferId;

use super::{House, TWO, a_file, a_header, reason, timestamp};
use crate::domain::product::Product;
use crate::domain::query::ProductQuery;

/// What an import reports: number, added, changed, withdrawn.
pub(super) type Reported = Option<(i64, i64, i64, i64)>;

pub(super) fn reported(response: &proto::catalog::ImportCatalogResponse) -> Reported {
    let revision = response.revision.as_ref()?;
    let (added, changed) = (revision.added_count, revision.changed_count);
    Some((revision.number, added, changed, revision.withdrawn_count))
}

impl House {
    /// Returns the price of an offer at an instant, in minor units.
    pub(super) async fn price(&self, offer: &str, at: &str) -> Option<i64> {
        let (offer, at) = (OfferId(offer.to_owned()), at.parse().unwrap());
        let found = self.service.app.get_offer(&offer, Some(at)).await;
        found.ok().map(|version| version.offer.price.minor)
    }

    async fn products(&self) -> Vec<Product> {
        let page = rpc::Page { size: 50, after: None };
        self.service.app.list_products(&ProductQuery::default(), &page).await.unwrap()
    }

    pub(super) async fn revisions(&self) -> usize {
        let page = rpc::Page { size: 50, after: None };
        self.service.app.list_revisions(&page).await.unwrap().len()
    }
}

#[rstest]
#[tokio::test]
async fn an_import_compares_with_what_is_in_force(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let first = house.import(&a_file(TWO)).await.unwrap();
    assert_eq!(reported(&first), Some((1, 2, 0, 0)));
    assert_eq!(
        first.differences,
        [
            "product suites is added, from 2026-01-01T00:00:00Z",
            "basic-p1y-annual-de is added at 60.00 EUR, from 2026-01-01T00:00:00Z",
            "full-p1y-annual-de is added at 120.00 EUR, from 2026-01-01T00:00:00Z",
        ]
    );
    let again = house.import(&a_file(TWO)).await.unwrap();
    assert_eq!(reported(&again), None, "the same content changes nothing");
    assert_eq!(again.differences, Vec::<String>::new());
    assert_eq!(house.revisions().await, 1);

    let changed = "  2026-01-05:
    full: {P1Y/ANNUAL: {DE: 126, US: 130}}
";
    let second = house.import(&a_file(changed)).await.unwrap();
    assert_eq!(reported(&second), Some((2, 1, 1, 1)));
    assert_eq!(
        second.differences,
        [
            "basic-p1y-annual-de is withdrawn, from 2026-01-05T00:00:00Z",
            "full-p1y-annual-de changes from 120.00 EUR to 126.00 EUR, from 2026-01-05T00:00:00Z",
            "full-p1y-annual-us is added at 130.00 USD, from 2026-01-05T00:00:00Z",
        ]
    );
    for (offer, at, expected) in [
        ("full-p1y-annual-de", "2025-12-31T23:59:59.999Z", None),
        ("full-p1y-annual-de", "2026-01-01T00:00:00Z", Some(12000)),
        ("full-p1y-annual-de", "2026-01-04T23:59:59.999Z", Some(12000)),
        ("full-p1y-annual-de", "2026-01-05T00:00:00Z", Some(12600)),
        ("basic-p1y-annual-de", "2026-01-04T23:59:59.999Z", Some(6000)),
        ("basic-p1y-annual-de", "2026-01-05T00:00:00Z", None),
    ] {
        assert_eq!(house.price(offer, at).await, expected, "{offer} at {at}");
    }
}

#[rstest]
#[tokio::test]
async fn ren_6_next_years_price_waits_in_the_same_file(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let file = a_file(&format!("{TWO}  2027-01-01:\n    full: {{P1Y/ANNUAL: {{DE: 126}}}}\n"));
    assert_eq!(reported(&house.import(&file).await.unwrap()), Some((1, 2, 1, 0)));
    let full = "full-p1y-annual-de";
    assert_eq!(house.price(full, "2026-12-31T23:59:59.999Z").await, Some(12000));
    assert_eq!(house.price(full, "2027-01-01T00:00:00Z").await, Some(12600));
    assert_eq!(house.price("basic-p1y-annual-de", "2027-01-01T00:00:00Z").await, Some(6000));
    assert_eq!(reported(&house.import(&file).await.unwrap()), None);
}

/// The version with the greatest effective instant holds, and of two with one instant the one of
/// the greater revision; so an import for the past does not undo one for later.
#[rstest]
#[tokio::test]
async fn an_import_may_be_dated_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let list = |day: &str, price: u32| {
        a_file(&format!("  {day}:\n    full: {{P1Y/ANNUAL: {{DE: {price}}}}}\n"))
    };
    house.import(&list("2026-02-01", 200)).await.unwrap();
    house.import(&list("2026-01-01", 100)).await.unwrap();
    house.import(&list("2026-02-01", 210)).await.unwrap();
    let full = "full-p1y-annual-de";
    assert_eq!(house.price(full, "2026-01-31T00:00:00Z").await, Some(10000));
    assert_eq!(house.price(full, "2026-02-01T00:00:00Z").await, Some(21000));
    assert_eq!(house.revisions().await, 3);
}

#[rstest]
#[tokio::test]
async fn the_request_may_date_an_import(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let effective_time = Some(timestamp("2026-03-01T00:00:00Z"));
    let header = proto::catalog::ImportCatalogHeader { effective_time, ..a_header() };
    house.send(header, a_file(TWO).as_bytes()).await.unwrap();
    assert_eq!(house.price("full-p1y-annual-de", "2026-02-28T23:59:59Z").await, None);
    assert_eq!(house.price("full-p1y-annual-de", "2026-03-01T00:00:00Z").await, Some(12000));
}

#[rstest]
#[tokio::test]
async fn validate_only_shows_and_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let header = proto::catalog::ImportCatalogHeader { validate_only: true, ..a_header() };
    let shown = house.send(header, a_file(TWO).as_bytes()).await.unwrap();
    assert_eq!(reported(&shown), Some((1, 2, 0, 0)));
    assert_eq!(house.revisions().await, 0);
    assert_eq!(house.price("full-p1y-annual-de", "2026-01-01T00:00:00Z").await, None);
    let real = house.import(&a_file(TWO)).await.unwrap();
    assert_eq!(reported(&real), reported(&shown));
}

#[rstest]
#[tokio::test]
async fn d_28_a_retry_is_answered_the_same_and_another_file_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let header = a_header();
    let file = a_file(TWO);
    let first = house.send(header.clone(), file.as_bytes()).await.unwrap();
    let again = house.send(header.clone(), file.as_bytes()).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(house.revisions().await, 1);

    let other = a_file(&TWO.replace("120", "121"));
    let refused = house.send(header, other.as_bytes()).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    assert_eq!(house.price("full-p1y-annual-de", "2026-01-01T00:00:00Z").await, Some(12000));
}

#[rstest]
#[tokio::test]
async fn a_broken_file_imports_nothing_and_says_where(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let broken = a_file(TWO).replace("DE: 60", "DE: 60.123").replace("kind:", "kin:");
    let refused = house.import(&broken).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::InvalidArgument, "CATALOG_INVALID".into())
    );
    assert!(refused.message().contains("line 6, column 5: kind is missing"), "{refused:?}");
    let details = refused.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!((metadata["line"].as_str(), metadata["column"].as_str()), ("6", "5"));
    assert_eq!(metadata["finding_count"], "3");
    let violations = &details.bad_request().unwrap().field_violations;
    let places: Vec<_> = violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(places, ["line 6, column 5", "line 7, column 5", "line 13, column 30"]);
    assert_eq!(house.products().await, []);
    assert_eq!(house.revisions().await, 0);
}

/// Trailers of more than 16 kB do not arrive, and then nobody would learn what is wrong.
#[rstest]
#[tokio::test]
async fn a_file_of_mistakes_is_refused_in_an_answer_that_arrives(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let lines: Vec<_> =
        (0..1_000).map(|n| format!("    none-{n}-{}: {{}}\n", "😀".repeat(300))).collect();
    let lines = lines.concat();
    let refused = house.import(&a_file(&format!("  2026-01-01:\n{lines}"))).await.unwrap_err();
    let metadata = refused.get_error_details().error_info().unwrap().metadata.clone();
    assert_eq!(metadata["finding_count"], "1000");
    let headers = refused.into_http::<()>().into_parts().0.headers;
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    assert!(bytes < 14_000, "{bytes}");
}

#[rstest]
#[tokio::test]
async fn mkt_4_a_statement_is_never_rewritten(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let file = |version: &str, markets: &str| {
        let from = "effective_from: 2026-07-01";
        let statement = format!("{{version: {version:?}, {from}, markets: [{markets}]}}");
        a_file(&format!("{TWO}blocked_markets: {statement}\n"))
    };
    let first = house.import(&file("2026-07", "MV, XK")).await.unwrap();
    let told = first.differences.last().unwrap();
    assert_eq!(told, "statement 2026-07 blocks 2 markets, from 2026-07-01T00:00:00Z");
    assert_eq!(reported(&house.import(&file("2026-07", "XK, MV")).await.unwrap()), None);

    let refused = house.import(&file("2026-07", "XK")).await.unwrap_err();
    assert_eq!(reason(&refused), "CATALOG_INVALID");
    assert!(refused.message().contains("name a new version"), "{refused:?}");

    let new = house.import(&file("2026-07b", "XK")).await.unwrap();
    assert_eq!(reported(&new), Some((2, 0, 0, 0)), "a statement alone makes a revision");
}

#[rstest]
#[tokio::test]
async fn imports_at_the_same_time_are_made_one_after_the_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let file = |price: u32| a_file(&TWO.replace("120", &price.to_string()));
    let (a, b, c) = (file(1), file(2), file(3));
    let (a, b, c) = tokio::join!(house.import(&a), house.import(&b), house.import(&c));
    let mut numbers: Vec<_> =
        [a, b, c].into_iter().filter_map(|one| reported(&one.unwrap())).map(|one| one.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
}

#[rstest]
#[tokio::test]
async fn an_import_leaves_an_entry_for_the_log(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(&a_file(TWO)).await.unwrap();
    house.import(&a_file(TWO)).await.unwrap();
    let mut tx = house.tx().await;
    let rows = db::sql!("SELECT destination, body FROM outbox").fetch_all(&mut tx).await.unwrap();
    assert_eq!(rows.len(), 1, "what changed nothing is not logged");
    assert_eq!(rows[0].get::<String>(0).unwrap(), "audit");
    let entry: journal::Entry = serde_json::from_str(&rows[0].get::<String>(1).unwrap()).unwrap();
    assert_eq!((entry.actor.as_str(), entry.action.as_str()), ("olga", "ImportCatalog"));
    assert_eq!(entry.resource, "catalogRevisions/1");
    assert_eq!(entry.details["added_count"], "2");
    assert_eq!(entry.details["file_sha256"].len(), 64);
}
