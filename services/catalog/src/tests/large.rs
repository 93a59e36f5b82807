//! What is only seen in files of many prices or lists: pages, trials, ends, progress, and an end before
//! the end.

use futures::{StreamExt as _, stream};
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use proto::catalog::import_catalog_request::Part;
use rstest::rstest;
use testkit::Backend;
use tokio::sync::watch as signal;
use tonic_types::StatusExt as _;
use vocab::OfferId;

use super::import::reported;
use super::{House, TWO, a_file, a_header, an_operator, asked, reason};
use crate::app::Progress;
use crate::service::import::{Piece, news};

/// More than a page of anything.
const MANY: usize = 4_100;

/// A document with `MANY` SKUs, of one price each.
fn many(price: u32) -> String {
    let skus = (0..MANY).map(|n| format!("      s{n:04}: {{title: S}}\n"));
    let skus = skus.collect::<Vec<_>>().concat();
    let prices = (0..MANY).map(|n| format!("    s{n:04}: {{P1Y/ANNUAL: {{DE: {price}}}}}\n"));
    let prices = prices.collect::<Vec<_>>().concat();
    a_file(&format!("  2026-01-01:\n{prices}"))
        .replace("      basic:", &format!("{skus}      basic:"))
}

#[rstest]
#[tokio::test]
async fn a_file_of_many_prices_is_compared_page_by_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let count = i64::try_from(MANY).unwrap();
    let first = house.import(&many(10)).await.unwrap();
    assert_eq!(reported(&first), Some((1, count, 0, 0)));
    assert_eq!(first.differences.len(), 100);
    assert_eq!(reported(&house.import(&many(10)).await.unwrap()), None, "nothing changes");
    let second = house.import(&many(11)).await.unwrap();
    assert_eq!(reported(&second), Some((2, 0, count, 0)));
    let third = house.import(&a_file(TWO)).await.unwrap();
    assert_eq!(reported(&third), Some((3, 2, 0, count)));
    let told: Vec<_> = third.differences.iter().filter(|one| !one.starts_with("product")).collect();
    assert!(told[0].starts_with("basic-p1y-annual-de is added"), "{told:?}");
    assert!(told[1].starts_with("full-p1y-annual-de is added"), "{told:?}");
    assert!(told[2].starts_with("s0000-p1y-annual-de is withdrawn"), "{told:?}");
    let mut tx = house.tx().await;
    let rows = db::sql!("SELECT count(*) FROM staged_offers").fetch_one(&mut tx).await;
    assert_eq!(rows.unwrap().get::<i64>(0).unwrap(), 0, "nothing is left behind");
}

/// What a trial becomes follows what is for sale, list by list.
#[rstest]
#[tokio::test]
async fn tri_3_a_trial_becomes_a_year_billed_monthly_where_there_is_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let lists = "  2026-01-01:
    trial: {P1M/MONTHLY: {DE: 0, DE/USD: 0, US: 0}}
    full: {P1Y/MONTHLY: {DE: 12}}
  2026-02-01:
    full: {P1Y/MONTHLY: {DE/USD: 13, US: 13}}
  2026-03-01:
    full: {P1Y/MONTHLY: {DE: withdrawn}}
";
    let trial = "full: {title: Full}\n      trial: {title: Trial, trial: true, becomes: full}";
    let file = a_file(lists).replace("full: {title: Full}", trial);
    let imported = house.import(&file).await.unwrap();
    assert_eq!(reported(&imported), Some((1, 6, 3, 1)));
    let becomes = async |market: &str, at: &str| {
        let id = OfferId(format!("trial-p1m-monthly-{market}"));
        let found = house.service.app.get_offer(&id, Some(at.parse().unwrap())).await.unwrap();
        found.offer.converts_to.map(|offer| offer.0)
    };
    for (market, january, february, march) in [
        ("de", Some("full-p1y-monthly-de"), Some("full-p1y-monthly-de"), None),
        ("de-usd", None, Some("full-p1y-monthly-de-usd"), Some("full-p1y-monthly-de-usd")),
        ("us", None, Some("full-p1y-monthly-us"), Some("full-p1y-monthly-us")),
    ] {
        for (month, expected) in [(1, january), (2, february), (3, march)] {
            let found = becomes(market, &format!("2026-0{month}-01T00:00:00Z")).await;
            assert_eq!(found.as_deref(), expected, "{market} in month {month}");
        }
    }
    assert_eq!(reported(&house.import(&file).await.unwrap()), None);
}

#[rstest]
#[case::never_begun("DE: withdrawn, AU: withdrawn", &["line 16, column 45: basic-p1y-annual-au"])]
#[case::ended_before("DE: withdrawn}}\n  2026-03-01:\n    basic: {P1Y/ANNUAL: {DE: withdrawn", &["line 18, column 30: basic-p1y-annual-de"])]
#[case::begun_again("DE: withdrawn}}\n  2026-03-01:\n    basic: {P1Y/ANNUAL: {DE: 7", &[])]
#[tokio::test]
async fn what_is_not_for_sale_cannot_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] prices: &str,
    #[case] expected: &[&str],
) {
    let house = House::on(backend).await;
    let later = format!("  2026-02-01:\n    basic: {{P1Y/ANNUAL: {{{prices}}}}}\n");
    let outcome = house.import(&a_file(&format!("{TWO}{later}"))).await;
    let found = outcome.err().map_or_else(Vec::new, |refused| {
        let details = refused.get_error_details();
        let found = details.bad_request().unwrap().field_violations.clone();
        found.into_iter().map(|one| format!("{}: {}", one.field, one.description)).collect()
    });
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{expected}: {found}");
    }
}

#[rstest]
#[tokio::test]
async fn two_mistakes_in_different_parts_are_told_together(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let prices = "  2026-01-01:\n    full: {P1Y/ANNUAL: {DE: 1.234}}\n";
    let file = a_file(prices).replace("basic: {title: Basic}", "basic: {titel: Basic}");
    // Prices may stand before what they are for.
    let (head, tail) = file.split_once("products:").unwrap();
    let (products, prices) = tail.split_once("prices:").unwrap();
    let file = format!("{head}prices:{prices}products:{products}");
    let refused = house.import(&file).await.unwrap_err();
    let found = refused.get_error_details().bad_request().unwrap().field_violations.clone();
    let places: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(
        places,
        ["line 6, column 29", "line 12, column 14", "line 12, column 15"],
        "{found:?}"
    );
}

/// What an import with progress tells, and how it ends.
async fn told(house: &House, header: pb::ImportCatalogHeader, file: &str) -> Told {
    let chunks = file.as_bytes().chunks(1_000).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    let pieces: Vec<_> =
        parts.map(|part| Ok(Piece::from(pb::ImportCatalogRequest { part: Some(part) }))).collect();
    let (sender, receiver) = signal::channel(Progress::default());
    let importing = house.service.import(an_operator(), stream::iter(pieces), sender);
    let news: Vec<_> = news(Box::pin(importing), receiver).collect().await;
    news.into_iter().collect()
}

type Told = Result<Vec<pb::ImportCatalogWithProgressResponse>, tonic::Status>;

#[rstest]
#[tokio::test]
async fn an_import_tells_how_far_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (header, file) = (a_header(), many(10));
    let news = told(&house, header.clone(), &file).await.unwrap();
    let phases: Vec<_> = news.iter().map(pb::ImportCatalogWithProgressResponse::phase).collect();
    assert!(phases.is_sorted() && phases.contains(&pb::ImportPhase::Reading), "{phases:?}");
    let (last, before) = news.split_last().unwrap();
    assert!(before.iter().all(|one| one.outcome.is_none()));
    let count = i64::try_from(MANY).unwrap();
    assert_eq!((last.phase(), last.replayed), (pb::ImportPhase::Done, false));
    assert_eq!((last.read_count, last.compared_count), (count, count));
    assert_eq!(last.received_bytes, i64::try_from(file.len()).unwrap());
    assert_eq!(reported(last.outcome.as_ref().unwrap()), Some((1, count, 0, 0)));

    // D-28, by whichever method.
    let again = told(&house, header.clone(), &file).await.unwrap();
    assert!(again.last().unwrap().replayed);
    assert_eq!(again.last().unwrap().outcome, last.outcome);
    assert_eq!(house.send(header, file.as_bytes()).await.unwrap(), last.outcome.clone().unwrap());

    let broken = told(&house, a_header(), "format: 2").await.unwrap_err();
    assert_eq!(reason(&broken), "CATALOG_INVALID");
}

/// Nobody waits for the end: nothing is imported, and the next import does not wait either.
#[rstest]
#[tokio::test]
async fn an_import_that_nobody_waits_for_leaves_nothing_behind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let file = many(10);
    let parts = [Part::Header(a_header()), Part::Chunk(file.into_bytes())];
    let pieces = parts.map(|part| Ok(Piece::from(pb::ImportCatalogRequest { part: Some(part) })));
    let (sender, receiver) = signal::channel(Progress::default());
    let importing = house.service.import(an_operator(), stream::iter(pieces), sender);
    let mut news = news(Box::pin(importing), receiver);
    while let Some(Ok(one)) = news.next().await {
        if 0 < one.read_count {
            break;
        }
    }
    drop(news);
    assert_eq!(reported(&house.import(&a_file(TWO)).await.unwrap()), Some((1, 2, 0, 0)));
    let page = house.service.list_offers(asked(pb::ListOffersRequest::default())).await.unwrap();
    assert_eq!(page.into_inner().offers.len(), 2);
}
