//! The copy against the feed, on both databases.

use std::collections::BTreeSet;

use db::{Db, Migration};
use jiff::{SignedDuration, Timestamp};
use proto::catalog::WatchCatalogResponse;
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use vocab::{
    BillingCycle, BillingType, BlockedMarkets, Category, Cloud, Fulfilment, Money, Offer, OfferId,
    OfferVersion, PartnerId, ProductId, ProductKind, PublisherType, QuantityRule, QuantityRuleKind,
    Restrictions, Segment, SkuId, TermLength, Workload,
};

use crate::*;

mod add_ons;
mod promotions;

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "price list", sql: TABLES },
    Migration { version: 2, name: "promotions", sql: PROMOTION_TABLES },
    Migration { version: 3, name: "add-ons", sql: ADD_ON_TABLES },
];

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn an_offer(id: &str, minor: i64) -> Offer {
    Offer {
        id: OfferId(id.to_owned()),
        product: ProductId("suites".to_owned()),
        sku: SkuId("suite".to_owned()),
        title: "Suite".to_owned(),
        kind: ProductKind::LicenseBased,
        publisher: "Microsoft".to_owned(),
        publisher_type: PublisherType::Microsoft,
        billing_type: BillingType::License,
        category: Category::SmallBusiness,
        segments: BTreeSet::from([Segment::Commercial, Segment::NonProfit]),
        cloud: Cloud::Commercial,
        market: "DE".parse().unwrap(),
        term: Some(TermLength::OneYear),
        billing: BillingCycle::Annual,
        price: Money::of_minor(minor, "EUR".parse().unwrap()),
        tax_included: false,
        is_trial: false,
        converts_to: None,
        min_quantity: 1,
        max_quantity: Some(300),
        cancellation_policy: Some("LIC168".to_owned()),
        fulfilment: Fulfilment::default(),
        is_closed_to_new_purchase: false,
        includes_evaluation: false,
        restrictions: Restrictions::default(),
    }
}

fn version(offer: Offer, effective_at: Timestamp, revision: i64) -> OfferVersion {
    OfferVersion { offer, effective_at, revision, is_withdrawn: false }
}

fn piece(cursor: &str, versions: &[OfferVersion]) -> WatchCatalogResponse {
    WatchCatalogResponse {
        offers: versions.iter().map(wire::version).collect(),
        cursor: cursor.to_owned(),
        ..Default::default()
    }
}

async fn take(db: &Db, piece: &WatchCatalogResponse) {
    let mut tx = db.begin().await.unwrap();
    apply(&mut tx, piece).await.unwrap();
    tx.commit().await.unwrap();
}

async fn price_at(db: &Db, id: &str, at: Timestamp) -> Option<i64> {
    let mut tx = db.read().await.unwrap();
    let offer = offer_at(&mut tx, &OfferId(id.to_owned()), at).await.unwrap();
    offer.map(|offer| offer.price.minor)
}

#[rstest]
#[tokio::test]
async fn ren_6_the_price_is_that_of_the_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let (now, later) = (noon(), noon() + DAY);
    let withdrawn =
        OfferVersion { is_withdrawn: true, ..version(an_offer("a", 3), noon() + 2 * DAY, 3) };
    // The feed is in the order of imports, not of dates: the later date came first.
    let feed = [
        version(an_offer("a", 2), later, 1),
        version(an_offer("a", 1), now, 2),
        version(an_offer("a", 3), later, 3),
        withdrawn,
    ];
    take(&house.db, &piece("4", &feed)).await;

    let millisecond = SignedDuration::from_millis(1);
    for (at, expected) in [
        (now - millisecond, None),
        (now, Some(1)),
        (later - millisecond, Some(1)),
        (later, Some(3)),
        (noon() + 2 * DAY - millisecond, Some(3)),
        (noon() + 2 * DAY, None),
    ] {
        assert_eq!(price_at(&house.db, "a", at).await, expected, "at {at}");
    }
    assert_eq!(price_at(&house.db, "unknown", now).await, None);
}

#[rstest]
#[tokio::test]
async fn ren_6_what_was_sold_once_is_told_from_what_never_was(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let sold = version(an_offer("a", 1), noon(), 1);
    let over = OfferVersion { is_withdrawn: true, ..version(an_offer("a", 1), noon() + DAY, 2) };
    take(&house.db, &piece("2", &[over.clone(), sold.clone()])).await;

    let ids = ["a", "unknown"].map(|id| OfferId(id.to_owned()));
    let mut tx = house.db.read().await.unwrap();
    assert_eq!(withdrawn_at(&mut tx, &ids, noon()).await.unwrap(), []);
    let gone = withdrawn_at(&mut tx, &ids, noon() + DAY).await.unwrap();
    assert_eq!(gone, [(ids[0].clone(), noon() + DAY)]);
    assert_eq!(versions(&mut tx, &ids).await.unwrap(), [sold, over]);
}

#[rstest]
#[tokio::test]
async fn many_offers_are_answered_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let feed = ["a", "b", "c"].map(|id| version(an_offer(id, 1), noon(), 1));
    take(&house.db, &piece("3", &feed)).await;
    let ids = ["c", "unknown", "a"].map(|id| OfferId(id.to_owned()));
    let mut tx = house.db.read().await.unwrap();
    let found = offers_at(&mut tx, &ids, noon()).await.unwrap();
    assert_eq!(found, [an_offer("a", 1), an_offer("c", 1)]);
    assert_eq!(offers_at(&mut tx, &[], noon()).await.unwrap(), []);
}

#[rstest]
#[tokio::test]
async fn cat_8_the_plans_of_a_sku_are_those_of_the_market_and_currency(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let annual = an_offer("annual", 1);
    let monthly = Offer { billing: BillingCycle::Monthly, ..an_offer("monthly", 2) };
    let month = Offer { term: Some(TermLength::OneMonth), ..an_offer("month", 3) };
    let elsewhere = Offer { market: "AT".parse().unwrap(), ..an_offer("at", 4) };
    let dollars = Money::of_minor(5, "USD".parse().unwrap());
    let other_currency = Offer { price: dollars, ..an_offer("usd", 5) };
    let feed = [&annual, &monthly, &month, &elsewhere, &other_currency]
        .map(|offer| version(offer.clone(), noon(), 1));
    take(&house.db, &piece("5", &feed)).await;

    let (market, currency) = ("DE".parse().unwrap(), "EUR".parse().unwrap());
    let mut tx = house.db.read().await.unwrap();
    let plans = plans_of(&mut tx, &annual.sku, market, currency, noon()).await.unwrap();
    assert_eq!(plans, [month, monthly, annual]);
}

#[rstest]
#[tokio::test]
async fn the_same_piece_twice_is_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let feed = piece("1", &[version(an_offer("a", 1), noon(), 1)]);
    take(&house.db, &feed).await;
    take(&house.db, &feed).await;
    assert_eq!(price_at(&house.db, "a", noon()).await, Some(1));
    let mut tx = house.db.read().await.unwrap();
    assert_eq!(cursor(&mut tx).await.unwrap(), "1");
}

#[rstest]
#[tokio::test]
async fn a_heartbeat_tells_that_the_end_was_reached(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let is_caught_up = async || {
        let mut tx = house.db.read().await.unwrap();
        caught_up(&mut tx).await.unwrap()
    };
    take(&house.db, &piece("1", &[version(an_offer("a", 1), noon(), 1)])).await;
    assert!(!is_caught_up().await);
    take(&house.db, &piece("1", &[])).await;
    assert!(is_caught_up().await);
    take(&house.db, &piece("2", &[version(an_offer("b", 1), noon(), 2)])).await;
    assert!(is_caught_up().await, "once is enough");
}

#[rstest]
#[tokio::test]
async fn a_piece_that_cannot_be_read_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let versions = [version(an_offer("a", 1), noon(), 1), version(an_offer("b", 1), noon(), 1)];
    let mut broken = piece("2", &versions);
    broken.offers[1].offer.as_mut().unwrap().market = "Germany".to_owned();
    let mut tx = house.db.begin().await.unwrap();
    let error = apply(&mut tx, &broken).await.unwrap_err();
    drop(tx);
    assert!(matches!(&error, ApplyError::Unreadable(bad) if bad.field == "market"), "{error:?}");
    assert_eq!(price_at(&house.db, "a", noon()).await, None);
}

#[rstest]
#[tokio::test]
async fn mkt_4_the_statement_is_that_of_the_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let statement = |version: &str, effective_at, markets: &[&str]| BlockedMarkets {
        kind: ProductKind::AzureReservation,
        version: version.to_owned(),
        effective_at,
        markets: markets.iter().map(|code| code.parse().unwrap()).collect(),
    };
    let old = statement("old", noon(), &["MV", "XK"]);
    let corrected = statement("corrected", noon(), &["MV"]);
    let new = statement("new", noon() + DAY, &["XK"]);
    let feed = WatchCatalogResponse {
        blocked_markets: [&old, &corrected, &new].map(wire::blocked_markets).to_vec(),
        ..Default::default()
    };
    take(&house.db, &feed).await;

    let mut tx = house.db.read().await.unwrap();
    for (kind, at, expected) in [
        (ProductKind::AzureReservation, noon() - DAY, None),
        (ProductKind::AzureReservation, noon(), Some(corrected)),
        (ProductKind::AzureReservation, noon() + DAY, Some(new)),
        (ProductKind::SoftwareSubscription, noon() + DAY, None),
    ] {
        let found = blocked_markets_at(&mut tx, kind, at).await.unwrap();
        assert_eq!(found, expected, "{kind} at {at}");
    }
}

#[rstest]
#[case::cat_13_a_plain_licence(Fulfilment::default())]
#[case::cat_13_keys_and_downloads(Fulfilment { product_key: true, download: true, ..Fulfilment::default() })]
#[case::cat_13_instructions(Fulfilment { instructions_uri: Some("https://x".into()), ..Fulfilment::default() })]
#[case::ord_7_a_place_to_set_it_up(Fulfilment { setup_uri: Some("https://x".into()), ..Fulfilment::default() })]
fn an_offer_crosses_the_wire_unchanged(#[case] fulfilment: Fulfilment) {
    let perpetual = Offer {
        fulfilment,
        term: None,
        billing: BillingCycle::OneTime,
        converts_to: Some(OfferId("b".to_owned())),
        max_quantity: None,
        cancellation_policy: None,
        is_closed_to_new_purchase: true,
        includes_evaluation: true,
        ..an_offer("a", 1)
    };
    for offer in [perpetual, an_offer("a", 1)] {
        assert_eq!(wire::read_offer(&wire::offer(&offer)), Ok(offer.clone()));
        let version = version(offer, noon(), 7);
        assert_eq!(wire::read_version(&wire::version(&version)), Ok(version));
    }
}

/// What restricts a sale in every way that there is.
fn restricted() -> Restrictions {
    let skus = |ids: [&str; 2]| ids.map(|id| SkuId(id.to_owned())).into();
    Restrictions {
        is_single_per_customer: true,
        exclusive_to: ["01900000-0000-7000-8000-000000000007".parse::<PartnerId>().unwrap()].into(),
        unsupported_markets: ["FR", "XK"].map(|code| code.parse().unwrap()).into(),
        is_outside_csp: true,
        runs_on: Some(Workload::Containers),
        prerequisites: skus(["suite", "bigger"]),
        is_add_on: true,
        quantity_rule: Some(QuantityRule {
            kind: QuantityRuleKind::FivePercentOfBase,
            base: skus(["suite", "bigger"]),
        }),
        seats_capped_as: Some("suite".to_owned()),
    }
}

#[test]
fn cat_6_restrictions_cross_the_wire_unchanged() {
    let offer = Offer { restrictions: restricted(), ..an_offer("a", 1) };
    assert_eq!(wire::read_offer(&wire::offer(&offer)), Ok(offer));
}

#[test]
fn cat_7_to_whom_else_an_offer_is_sold_is_shown_to_nobody() {
    let offer = Offer { restrictions: restricted(), ..an_offer("a", 1) };
    let shown = wire::offer_shown(&offer).restrictions.unwrap();
    assert!(shown.exclusive_to.is_empty() && shown.single_per_customer);
}

#[test]
fn what_was_stored_without_restrictions_has_none() {
    let plain = an_offer("a", 1);
    let json = serde_json::json!(plain).to_string();
    assert!(!json.contains("restrictions"), "{json}");
    assert_eq!(serde_json::from_str::<Offer>(&json).unwrap(), plain);
}
