//! The copy's promotions, on both databases.

use vocab::PromotionId;

use super::*;

fn a_promotion(id: &str, percent: i64) -> Promotion {
    let day = vocab::calendar::day_of(noon());
    Promotion {
        id: PromotionId(id.to_owned()),
        title: "Spring".to_owned(),
        percent,
        skus: [SkuId("suite".to_owned()), SkuId("bigger".to_owned())].into(),
        markets: ["DE".parse().unwrap()].into(),
        segments: [Segment::Commercial].into(),
        terms: [TermLength::OneYear].into(),
        from: day,
        until: day,
    }
}

fn version(promotion: Promotion, revision: i64) -> PromotionVersion {
    PromotionVersion { promotion, effective_at: noon(), revision, is_withdrawn: false }
}

fn piece(versions: &[PromotionVersion]) -> WatchCatalogResponse {
    let promotions = versions.iter().map(wire::promotion_version).collect();
    WatchCatalogResponse { promotions, cursor: "1".to_owned(), ..Default::default() }
}

async fn of_sku(db: &Db, sku: &str, at: Timestamp) -> Vec<(String, i64)> {
    let mut tx = db.read().await.unwrap();
    let found = promotions_at(&mut tx, &SkuId(sku.to_owned()), at).await.unwrap();
    found.into_iter().map(|one| (one.id.to_string(), one.percent)).collect()
}

#[rstest]
#[tokio::test]
async fn pro_2_the_promotions_of_a_sku_are_those_of_the_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let lower = Promotion { skus: [SkuId("suite".to_owned())].into(), ..a_promotion("a", 20) };
    take(&house.db, &piece(&[version(a_promotion("a", 10), 1), version(a_promotion("b", 5), 1)]))
        .await;
    let both = [("a".to_owned(), 10), ("b".to_owned(), 5)];
    assert_eq!(of_sku(&house.db, "bigger", noon()).await, both);
    assert_eq!(of_sku(&house.db, "bigger", noon() + DAY).await, [], "its days are over");
    assert_eq!(of_sku(&house.db, "other", noon()).await, []);

    let gone = PromotionVersion { is_withdrawn: true, ..version(a_promotion("b", 5), 2) };
    take(&house.db, &piece(&[version(lower, 2), gone.clone()])).await;
    assert_eq!(of_sku(&house.db, "suite", noon()).await, [("a".to_owned(), 20)]);
    assert_eq!(of_sku(&house.db, "bigger", noon()).await, [], "it is no longer for this SKU");
}

/// Whoever asks for many instants reads every version once, those that end a promotion included.
#[rstest]
#[tokio::test]
async fn pro_2_every_version_of_a_skus_promotions_is_read_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let narrower = Promotion { skus: [SkuId("suite".to_owned())].into(), ..a_promotion("a", 20) };
    let versions = [
        version(a_promotion("a", 10), 1),
        version(narrower, 2),
        PromotionVersion { is_withdrawn: true, ..version(a_promotion("b", 5), 1) },
    ];
    take(&house.db, &piece(&versions)).await;
    let mut tx = house.db.read().await.unwrap();
    let mut of_skus = async |skus: &[&str]| {
        let skus: Vec<_> = skus.iter().map(|sku| SkuId((*sku).to_owned())).collect();
        promotion_versions(&mut tx, &skus).await.unwrap()
    };
    assert_eq!(of_skus(&["bigger", "suite", "other"]).await, versions);
    assert_eq!(of_skus(&["other"]).await, []);
    assert_eq!(of_skus(&[]).await, []);
}

#[rstest]
#[tokio::test]
async fn pro_2_a_promotion_is_read_by_its_id_whatever_the_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let feed = piece(&[version(a_promotion("a", 10), 1)]);
    take(&house.db, &feed).await;
    take(&house.db, &feed).await;
    let read = async |at| {
        let mut tx = house.db.read().await.unwrap();
        promotion(&mut tx, &PromotionId("a".to_owned()), at).await.unwrap()
    };
    assert_eq!(read(noon() + DAY).await, Some(a_promotion("a", 10)));
    assert_eq!(read(noon() - DAY).await, None);
    let gone = PromotionVersion { is_withdrawn: true, ..version(a_promotion("a", 10), 2) };
    take(&house.db, &piece(&[gone])).await;
    assert_eq!(read(noon()).await, None);
}

#[rstest]
#[tokio::test]
async fn pro_2_promotions_are_asked_for_many_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let other = Promotion { skus: [SkuId("other".to_owned())].into(), ..a_promotion("c", 5) };
    let gone = PromotionVersion { is_withdrawn: true, ..version(a_promotion("b", 5), 2) };
    let feed = [version(a_promotion("a", 10), 1), version(a_promotion("b", 5), 1), gone];
    take(&house.db, &piece(&feed)).await;
    take(&house.db, &piece(&[version(other, 1)])).await;
    let mut tx = house.db.read().await.unwrap();
    let ids = |found: Vec<Promotion>| found.into_iter().map(|one| one.id.0).collect::<Vec<_>>();
    // One that is for two of the SKUs is there once.
    let skus = ["suite", "bigger", "other"].map(|sku| SkuId(sku.to_owned()));
    assert_eq!(ids(promotions_of(&mut tx, &skus, noon()).await.unwrap()), ["a", "c"]);
    assert_eq!(ids(promotions_of(&mut tx, &[], noon()).await.unwrap()), [""; 0]);
    let named = ["c", "b", "a", "x"].map(|id| PromotionId(id.to_owned()));
    assert_eq!(ids(promotions_named(&mut tx, &named, noon() + DAY).await.unwrap()), ["a", "c"]);
}

#[rstest]
#[tokio::test]
async fn a_piece_of_promotions_alone_is_not_the_end_of_the_feed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    take(&house.db, &piece(&[version(a_promotion("a", 10), 1)])).await;
    let mut tx = house.db.read().await.unwrap();
    assert!(!caught_up(&mut tx).await.unwrap());
}

#[test]
fn pro_1_a_promotion_crosses_the_wire_unchanged() {
    let all = Promotion {
        markets: [].into(),
        segments: [].into(),
        terms: [].into(),
        ..a_promotion("all", 100)
    };
    for promotion in [a_promotion("a", 1), all] {
        assert_eq!(wire::read_promotion(&wire::promotion(&promotion)), Ok(promotion.clone()));
        let version = version(promotion, 7);
        assert_eq!(wire::read_promotion_version(&wire::promotion_version(&version)), Ok(version));
    }
    let free = pb_free();
    assert_eq!(wire::read_promotion(&free).unwrap_err().field, "percent");
}

/// A promotion that lowers nothing.
fn pb_free() -> proto::catalog::Promotion {
    proto::catalog::Promotion { percent: 0, ..wire::promotion(&a_promotion("a", 1)) }
}
