//! Promotions: shown at review, settled at checkout, told to lifecycle; and free evaluations.

use jiff::ToSpan;
use proto::order as pb;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use vocab::{Fulfilment, Offer, ProductKind, Promotion, SkuId};

use super::house::{House, checkout_of, line, metadata, reason, refusals};
use crate::convert;
use crate::domain::tests::{a_promotion, a_suite};

fn euros(units: i64, nanos: i32) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos }
}

/// Each amount, which must be there.
fn amounts<T>(lines: &[T], of: fn(&T) -> &Option<proto::Money>) -> Vec<proto::Money> {
    lines.iter().map(|line| of(line).clone().unwrap()).collect()
}

fn named(promotion: &str, offer: &str) -> pb::LineItem {
    pb::LineItem { promotion: promotion.to_owned(), ..line(offer, 5) }
}

fn id(promotion: Option<&proto::catalog::Promotion>) -> &str {
    promotion.map_or("", |promotion| &promotion.id)
}

#[rstest]
#[tokio::test]
async fn ord_3_a_review_shows_the_promotion_and_what_it_leaves(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.promotes(vec![a_promotion("ten", 10), a_promotion("twenty", 20)]).await;
    let lines = vec![line("suite", 5), named("ten", "suite"), named("", "server")];
    let cart = house.cart(&shop, lines).await.unwrap();
    assert_eq!(cart.lines[1].promotion, "ten");

    let review = house.review(&shop.agent, &cart).await.unwrap();

    assert!(review.ready);
    let ids: Vec<_> = review.lines.iter().map(|line| id(line.promotion.as_ref())).collect();
    assert_eq!(ids, ["twenty", "ten", ""]);
    let prices = amounts(&review.lines, |line| &line.term_price);
    assert_eq!(prices, [euros(80, 0), euros(90, 0), euros(120, 0)]);
    let totals = amounts(&review.lines, |line| &line.term_total);
    assert_eq!(totals, [euros(400, 0), euros(450, 0), euros(600, 0)]);
    let first = amounts(&review.lines, |line| &line.first_charge);
    // 80.00 / 12 = 6.67, 90.00 / 12 = 7.50.
    assert_eq!(first, [euros(33, 350_000_000), euros(37, 500_000_000), euros(600, 0)]);
    assert_eq!(review.totals, [euros(670, 850_000_000)]);
    // The offer keeps its list price.
    assert_eq!(review.lines[0].offer.as_ref().unwrap().price, Some(euros(100, 0)));
}

#[rstest]
#[tokio::test]
async fn pro_1_an_order_has_the_promotion_and_lifecycle_is_told_all_of_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let promotion = a_promotion("ten", 10);
    house.promotes(vec![promotion.clone()]).await;
    let lines = vec![line("suite", 5), line("server", 1)];
    let order = house.place(&shop.agent, shop.order(house.id(), lines)).await.unwrap();

    assert_eq!(order.lines[0].promotion, Some(price_list::wire::promotion(&promotion)));
    assert_eq!(order.lines[0].first_charge, Some(euros(37, 500_000_000)));
    assert_eq!(order.lines[1].promotion, None);
    // It is kept with the line.
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);

    let letters = house.letters("lifecycle.start").await;
    let start = serde_json::from_str(&letters[0].body).unwrap();
    let sent = convert::start_order(&start, letters[0].header());
    assert_eq!(sent.customer_segment(), proto::common::Segment::Commercial);
    assert_eq!(sent.lines[0].promotion, order.lines[0].promotion);
    assert_eq!(sent.lines[1].promotion, None);
    // The list price: lifecycle takes the promotion off, once.
    assert_eq!(sent.lines[0].offer.as_ref().unwrap().price, Some(euros(100, 0)));
    // It judges limits with it, too.
    let asked = house.stub.script().judged.pop().unwrap();
    assert_eq!(asked.orders[0].lines[0].promotion, order.lines[0].promotion);
}

#[rstest]
#[case::pro_2_over("over", "PROMOTION_NOT_IN_FORCE", "PRO-2")]
#[case::pro_2_unknown("never", "PROMOTION_NOT_IN_FORCE", "PRO-2")]
#[case::pro_2_elsewhere("french", "PROMOTION_MARKET", "PRO-2")]
#[case::pro_1_for_something_else("other", "PROMOTION_OTHER_SKU", "PRO-1")]
#[tokio::test]
async fn a_named_promotion_must_apply(
    #[case] promotion: &str,
    #[case] why: &str,
    #[case] rule: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let over = a_promotion("over", 10);
    let until = over.from.yesterday().unwrap();
    let over = Promotion { from: until, until, ..over };
    let french = Promotion { markets: ["FR".parse().unwrap()].into(), ..a_promotion("french", 10) };
    let other = Promotion { skus: [SkuId("x".to_owned())].into(), ..a_promotion("other", 10) };
    house.promotes(vec![over, french, other, a_promotion("good", 5)]).await;
    let lines = vec![line("server", 1), named(promotion, "suite")];
    let cart = house.cart(&shop, lines).await.unwrap();

    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert!(!review.ready);
    let refusal = &review.lines[1].refusals[0];
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), (why, rule));
    assert_eq!(refusal.metadata["promotion"], promotion);
    let refused = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!((reason(&refused).as_str(), metadata(&refused, "rule").as_str()), (why, rule));
    assert_eq!(
        (metadata(&refused, "line"), metadata(&refused, "promotion")),
        ("1".into(), promotion.into())
    );
    assert_eq!(refusals(&refused).len(), 1);
    assert!(house.started().await.is_empty());
}

/// What a review showed is no promise: a promotion is settled when the order is made.
#[rstest]
#[tokio::test]
async fn ord_12_a_promotion_that_ends_makes_a_preview_stale(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    // Five minutes before the midnight that ends it.
    house.clock.set(noon() + 36.hours() - 5.minutes());
    house.promotes(vec![a_promotion("ten", 10)]).await;
    let cart = house.cart(&shop, vec![line("suite", 5)]).await.unwrap();
    let preview = pb::CheckoutCartRequest { validate_only: true, ..checkout_of(&cart, house.id()) };
    let preview = house.checkout(&shop.agent, preview).await.unwrap();
    assert_eq!(id(preview.lines[0].promotion.as_ref()), "ten");

    house.clock.set(noon() + 36.hours());
    let held = pb::CheckoutCartRequest {
        preview_token: preview.preview_token,
        ..checkout_of(&cart, house.id())
    };
    let refused = house.checkout(&shop.agent, held).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "PREVIEW_STALE"));
    let order = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    assert_eq!((order.lines[0].promotion.as_ref(), order.totals[0].units), (None, 41));
}

#[rstest]
#[tokio::test]
async fn pro_2_a_better_promotion_of_the_same_price_is_another_preview(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.promotes(vec![a_promotion("b", 10)]).await;
    let preview = pb::PlaceOrderRequest {
        validate_only: true,
        ..shop.order(house.id(), vec![line("suite", 5)])
    };
    let preview = house.place(&shop.agent, preview).await.unwrap();
    house.promotes(vec![a_promotion("a", 10)]).await;
    let held = pb::PlaceOrderRequest {
        preview_token: preview.preview_token,
        ..shop.order(house.id(), vec![line("suite", 5)])
    };
    let refused = house.place(&shop.agent, held).await.unwrap_err();
    assert_eq!(reason(&refused), "PREVIEW_STALE");
}

#[rstest]
#[tokio::test]
async fn pro_1_nothing_is_priced_before_all_promotions_are_known(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let partner = house.partner(super::house::a_partner()).await;
    let agent = super::house::agent_of(&partner, [proto::common::Role::AdminAgent]);
    let customer = house.customer(&agent, super::house::a_customer(1)).await.unwrap().name;
    let shop = super::house::Shop { partner, customer, agent };
    let since = noon() - 1.hour();
    let piece = proto::catalog::WatchCatalogResponse {
        offers: vec![price_list::wire::version(&vocab::OfferVersion {
            offer: a_suite("suite"),
            effective_at: since,
            revision: 1,
            is_withdrawn: false,
        })],
        cursor: "1".to_owned(),
        ..Default::default()
    };
    let mut tx = house.db.db.begin().await.unwrap();
    price_list::apply(&mut tx, &piece).await.unwrap();
    tx.commit().await.unwrap();
    let order = || shop.order(house.id(), vec![line("suite", 1)]);
    assert_eq!(house.place(&shop.agent, order()).await.unwrap_err().code(), Code::Unavailable);
    house.apply(vec![], vec![]).await;
    house.place(&shop.agent, order()).await.unwrap();
}

/// A publisher's service with a free evaluation and a place to set it up.
fn saas() -> Offer {
    Offer {
        kind: ProductKind::IsvSaasLicense,
        sku: SkuId("saas".to_owned()),
        includes_evaluation: true,
        fulfilment: Fulfilment {
            setup_uri: Some("https://isv.example/setup".to_owned()),
            ..Fulfilment::default()
        },
        ..a_suite("saas")
    }
}

#[rstest]
#[tokio::test]
async fn ord_8_an_evaluation_applies_by_itself_and_is_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.sells(vec![saas()]).await;
    let cart = house.cart(&shop, vec![line("saas", 3), line("suite", 1)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    let shown = &review.lines[0];
    assert_eq!(
        (&shown.first_charge, &shown.term_total),
        (&Some(euros(0, 0)), &Some(euros(300, 0)))
    );
    let last = vocab::calendar::day_of(noon() + (29 * 24).hours());
    assert_eq!(shown.evaluation_end_date, Some(rpc::wire::date(last)));
    assert_eq!(review.lines[1].evaluation_end_date, None);
    assert_eq!(review.totals, [euros(8, 330_000_000)]);

    let order = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    assert_eq!(order.lines[0].first_charge, Some(euros(0, 0)));
    assert_eq!(order.lines[0].evaluation_end_date, Some(rpc::wire::date(last)));
    assert_eq!(order.lines[1].evaluation_end_date, None);
    assert_eq!(order.totals, review.totals);
}

#[rstest]
#[tokio::test]
async fn ord_7_a_publishers_service_says_where_it_is_set_up(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.sells(vec![saas()]).await;
    let order = house.fulfilled(&shop, vec![line("saas", 3), line("suite", 1)]).await;
    let links: Vec<_> = order.lines.iter().map(|line| line.setup_uri.as_str()).collect();
    assert_eq!(links, ["https://isv.example/setup", ""]);
}
