//! Which legacy add-ons a SKU has.

use db::{Json, sql};

use super::*;

/// A legacy add-on of `base`, from `market`.
fn an_add_on(id: &str, base: &str, market: &str) -> Offer {
    let restrictions = Restrictions {
        is_add_on: true,
        prerequisites: [SkuId(base.to_owned())].into(),
        ..Restrictions::default()
    };
    Offer {
        sku: SkuId(format!("sku-{id}")),
        kind: ProductKind::LicenseLegacy,
        market: market.parse().unwrap(),
        restrictions,
        ..an_offer(id, 7)
    }
}

async fn add_ons(db: &Db, base: &str, at: Timestamp) -> Vec<String> {
    let offer = an_offer("any", 1);
    let (base, market, currency) = (SkuId(base.to_owned()), offer.market, offer.price.currency);
    let mut tx = db.read().await.unwrap();
    let found = add_ons_of(&mut tx, &base, market, currency, at).await.unwrap();
    found.into_iter().map(|offer| offer.id.0).collect()
}

#[rstest]
#[tokio::test]
async fn add_1_the_add_ons_of_a_base_are_found_by_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let of_new_commerce =
        Offer { kind: ProductKind::LicenseBased, ..an_add_on("new", "base", "DE") };
    let gone = OfferVersion {
        is_withdrawn: true,
        ..version(an_add_on("b", "base", "DE"), noon() + DAY, 2)
    };
    // From then on it extends something else.
    let elsewhere = version(an_add_on("a", "other", "DE"), noon() + 2 * DAY, 3);
    let feed = [
        version(an_add_on("b", "base", "DE"), noon(), 1),
        version(an_add_on("a", "base", "DE"), noon(), 1),
        version(an_add_on("c", "other", "DE"), noon(), 1),
        version(an_add_on("d", "base", "FR"), noon(), 1),
        version(of_new_commerce, noon(), 1),
        gone,
        elsewhere,
    ];
    // Twice is once.
    for _ in 0..2 {
        take(&house.db, &piece("3", &feed)).await;
    }
    assert_eq!(add_ons(&house.db, "base", noon()).await, ["a", "b"]);
    assert_eq!(add_ons(&house.db, "base", noon() + DAY).await, ["a"]);
    assert!(add_ons(&house.db, "base", noon() + 2 * DAY).await.is_empty());
    assert_eq!(add_ons(&house.db, "other", noon() + 2 * DAY).await, ["a", "c"]);
    assert!(add_ons(&house.db, "base", noon() - DAY).await.is_empty());
}

/// What was copied before anybody asked for add-ons is found as well.
#[rstest]
#[tokio::test]
async fn add_1_a_copy_of_before_has_its_add_ons(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, &MIGRATIONS[..2]).await;
    let insert = sql!(
        "INSERT INTO price_list_offers (offer_id, effective_at, revision, is_withdrawn, sku_id,
             market, currency, body) VALUES ($1, $2, 1, FALSE, $3, $4, $5, $6)"
    );
    let plain = Offer { kind: ProductKind::LicenseLegacy, ..an_offer("plain", 1) };
    let mut tx = house.db.begin().await.unwrap();
    for offer in [an_add_on("a", "base", "DE"), plain, an_offer("new", 1)] {
        let body = Json(serde_json::json!(offer).to_string());
        let row = insert.bind(offer.id.as_str()).bind(noon()).bind(offer.sku.as_str());
        let row = row.bind(offer.market.as_str()).bind(offer.price.currency.code());
        row.bind(body).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let db = Db::open(&house.url, MIGRATIONS).await.unwrap();
    assert_eq!(add_ons(&db, "base", noon()).await, ["a"]);
}
