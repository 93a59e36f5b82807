//! The feed, from its beginning and from a cursor.

use futures::StreamExt as _;
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;

use super::{House, TWO, a_file, a_process, asked, reason};
use crate::service::watch::Feed;

impl House {
    async fn feed(&self, resume_cursor: &str) -> Feed {
        let request = pb::WatchCatalogRequest { resume_cursor: resume_cursor.to_owned() };
        self.service.watch_catalog(asked(request)).await.unwrap().into_inner()
    }
}

async fn next(feed: &mut Feed) -> pb::WatchCatalogResponse {
    feed.next().await.unwrap().unwrap()
}

/// Returns what a piece says of offers: name, price, and whether it is withdrawn.
fn offers(piece: &pb::WatchCatalogResponse) -> Vec<(&str, i64, bool)> {
    let mut said = vec![];
    for version in &piece.offers {
        let offer = version.offer.as_ref().unwrap();
        said.push((&*offer.name, offer.price.as_ref().unwrap().units, version.withdrawn));
    }
    said
}

#[rstest]
#[tokio::test]
async fn the_feed_tells_everything_in_the_order_of_imports_and_goes_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(&a_file(TWO)).await.unwrap();
    let mut feed = house.feed("").await;

    let all = next(&mut feed).await;
    let (basic, full) = ("offers/basic-p1y-annual-de", "offers/full-p1y-annual-de");
    assert_eq!(offers(&all), [(basic, 60, false), (full, 120, false)]);
    assert_eq!(all.blocked_markets.len(), 1, "the built-in statement");
    let beat = next(&mut feed).await;
    assert_eq!((offers(&beat), &beat.cursor), (vec![], &all.cursor));

    let file = a_file("  2026-01-05:\n    full: {P1Y/ANNUAL: {DE: 126}}\n");
    let (live, imported) = tokio::join!(next(&mut feed), house.import(&file));
    imported.unwrap();
    assert_eq!(offers(&live), [(full, 126, false), (basic, 60, true)]);

    let mut resumed = house.feed(&all.cursor).await;
    assert_eq!(next(&mut resumed).await, live);
}

#[rstest]
#[tokio::test]
async fn pro_2_promotions_are_in_the_feed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let days = "from: 2026-01-01, until: 2026-12-31";
    let promotion =
        format!("promotions: [{{id: p, title: P, percent: 5, skus: [full], {days}}}]\n");
    house.import(&a_file(&format!("{TWO}{promotion}"))).await.unwrap();
    house.import(&a_file(TWO)).await.unwrap();
    let piece = next(&mut house.feed("").await).await;
    let said: Vec<_> = piece
        .promotions
        .iter()
        .map(|version| (version.revision, version.withdrawn, version.promotion.as_ref().unwrap()))
        .map(|(revision, withdrawn, promotion)| (revision, withdrawn, promotion.percent))
        .collect();
    assert_eq!(said, [(1, false, 5), (2, true, 5)]);
    assert_eq!((offers(&piece).len(), piece.cursor.as_str()), (2, "5"));
}

#[rstest]
#[tokio::test]
async fn the_feed_comes_in_pieces_without_gaps(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let skus: Vec<_> = (0..1_200).map(|n| format!("      s{n}: {{title: S}}\n")).collect();
    let prices: Vec<_> =
        (0..1_200).map(|n| format!("    s{n}: {{P1Y/ANNUAL: {{DE: {n}}}}}\n")).collect();
    let file = a_file(&format!("  2026-01-01:\n{}", prices.concat()));
    let file = file.replace("      full: {title: Full}\n", &skus.concat());
    house.import(&file).await.unwrap();

    let mut feed = house.feed("").await;
    let mut sizes = vec![];
    let mut names = std::collections::BTreeSet::new();
    loop {
        let piece = next(&mut feed).await;
        let size = piece.offers.len() + piece.blocked_markets.len();
        if size == 0 {
            break;
        }
        sizes.push(size);
        names.extend(piece.offers.into_iter().map(|version| version.offer.unwrap().name));
    }
    assert_eq!(sizes, [500, 500, 201]);
    assert_eq!(names.len(), 1_200);
}

/// Two processes share a database: what one imports the other's feed finds by looking.
#[rstest]
#[tokio::test]
async fn the_feed_finds_what_another_process_imported(
    #[values(Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, |config| {
        config.watch.poll = jiff::SignedDuration::from_millis(1);
    })
    .await;
    let (other, _post) = crate::build(&house.config, &a_process(&house.config)).await.unwrap();
    let other = House { service: other, ..house };
    let mut feed = other.feed("").await;
    assert_eq!(next(&mut feed).await.blocked_markets.len(), 1, "published once");
    assert_eq!(next(&mut feed).await.offers.len(), 0);

    let third = crate::build(&other.config, &a_process(&other.config)).await.unwrap();
    let third = House { service: third.0, ..other };
    third.import(&a_file(TWO)).await.unwrap();
    assert_eq!(next(&mut feed).await.offers.len(), 2);
}

#[rstest]
#[case::of_the_future("7", Code::OutOfRange, "CURSOR_EXPIRED")]
#[case::no_number("seven", Code::InvalidArgument, "INVALID_FIELDS")]
#[case::negative("-1", Code::InvalidArgument, "INVALID_FIELDS")]
#[tokio::test]
async fn a_cursor_that_was_never_handed_out_is_refused(
    #[case] cursor: &str,
    #[case] code: Code,
    #[case] because: &str,
) {
    let house = House::on(Backend::Sqlite).await;
    let request = pb::WatchCatalogRequest { resume_cursor: cursor.to_owned() };
    let refused = match house.service.watch_catalog(asked(request)).await {
        Ok(feed) => feed.into_inner().next().await.unwrap().unwrap_err(),
        Err(refused) => refused,
    };
    assert_eq!((refused.code(), reason(&refused)), (code, because.to_owned()));
}

#[tokio::test]
async fn the_feed_ends_when_the_process_stops() {
    let house = House::on(Backend::Sqlite).await;
    let mut feed = house.feed("").await;
    next(&mut feed).await;
    next(&mut feed).await;
    let (end, ()) = tokio::join!(feed.next(), async { house.process.stop.cancel() });
    assert!(end.is_none());
}
