//! First terms with a given end: what the caller may choose, and what lifecycle says it costs.

use jiff::ToSpan;
use proto::common::CoTermChoice;
use proto::order as pb;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use uuid::Uuid;

use super::house::{House, Shop, checkout_of, line, metadata, reason, refusals, wrong_fields};
use super::limits::said;
use crate::convert;

const SKU: &str = "business-standard";

fn euros(units: i64) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}

const fn date(year: i32, month: i32, day: i32) -> proto::Date {
    proto::Date { year, month, day }
}

fn of(shop: &Shop) -> String {
    format!("{}/subscriptions/{}", shop.customer, Uuid::from_u128(7))
}

fn with(shop: &Shop) -> pb::LineItem {
    pb::LineItem { align_with: of(shop), ..line("suite", 5) }
}

fn until(end_date: proto::Date) -> pb::LineItem {
    pb::LineItem { end_date: Some(end_date), ..line("suite", 5) }
}

impl House {
    /// Lets lifecycle say what the suite would cost with a given end.
    fn prices(&self, first_charge: i64, term_total: i64) {
        let figures = (euros(first_charge), euros(term_total));
        self.stub.script().figures.insert(SKU.to_owned(), figures);
    }
}

#[rstest]
#[case::trm_8_not_the_last_day(|it: &mut pb::LineItem| it.end_date = Some(date(2026, 11, 29)), "end_date")]
#[case::trm_8_no_day(|it: &mut pb::LineItem| it.end_date = Some(date(2026, 2, 30)), "end_date")]
#[case::trm_8_no_month(|it: &mut pb::LineItem| it.end_date = Some(date(2026, 0, 0)), "end_date")]
#[case::trm_8_no_subscription(|it: &mut pb::LineItem| it.align_with = "subscriptions/1".to_owned(), "align_with")]
#[case::par_14_another_customers(|it: &mut pb::LineItem| it.align_with = format!("customers/{0}/subscriptions/{0}", Uuid::from_u128(9)), "align_with")]
#[case::pro_1_no_id_of_a_promotion(|it: &mut pb::LineItem| it.promotion = "a b".to_owned(), "promotion")]
#[tokio::test]
async fn a_line_is_wrong(#[case] change: fn(&mut pb::LineItem), #[case] field: &str) {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let mut wrong = line("suite", 5);
    change(&mut wrong);
    let lines = vec![line("server", 1), wrong];
    let placed = house.place(&shop.agent, shop.order(house.id(), lines.clone())).await.unwrap_err();
    let put = house.cart(&shop, lines).await.unwrap_err();
    for refused in [placed, put] {
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(wrong_fields(&refused), [format!("lines[1].{field}")]);
    }
}

#[rstest]
#[tokio::test]
async fn trm_8_a_term_has_one_end() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let both = pb::LineItem { end_date: Some(date(2026, 11, 30)), ..with(&shop) };
    let refused = house.cart(&shop, vec![both]).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["lines[0].end_date"]);
}

#[rstest]
#[tokio::test]
async fn trm_8_the_figures_of_a_given_end_are_lifecycles(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.prices(17, 333);
    let lines = vec![with(&shop), until(date(2026, 11, 30)), line("server", 1)];
    let cart = house.cart(&shop, lines.clone()).await.unwrap();
    assert_eq!(cart.lines, lines);

    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert!(review.ready, "{review:?}");
    for line in &review.lines[..2] {
        assert_eq!(line.first_charge, Some(euros(17)));
        assert_eq!(line.term_total, Some(euros(333)));
        assert_eq!(line.term_price, Some(euros(100)));
    }
    assert_eq!(review.totals, [euros(17 + 17 + 120)]);

    let order = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    assert_eq!(order.totals, review.totals);
    assert_eq!((&order.lines[0].align_with, &order.lines[0].end_date), (&of(&shop), &None));
    assert_eq!(order.lines[1].end_date, Some(date(2026, 11, 30)));
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);

    // lifecycle was asked about these ends, and is told them again.
    let asked = house.stub.script().judged.pop().unwrap().orders.remove(0).lines;
    let letters = house.letters("lifecycle.start").await;
    let start = serde_json::from_str(&letters[0].body).unwrap();
    let told = convert::start_order(&start, letters[0].header()).lines;
    for ((asked, told), line) in asked.iter().zip(&told).zip(&lines) {
        assert_eq!((&asked.align_with, &asked.end_date), (&line.align_with, &line.end_date));
        assert_eq!((&told.align_with, &told.end_date), (&line.align_with, &line.end_date));
    }
    assert_eq!((asked.len(), told.len()), (3, 3));
}

/// Plain lines never need lifecycle; a line with a given end does, as nobody else knows its price.
#[rstest]
#[case::trm_8_away(true)]
#[case::trm_8_one_that_says_no_price(false)]
#[tokio::test]
async fn without_a_price_nothing_is_bought(
    #[case] is_away: bool,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    if is_away {
        house.lifecycle_is_away();
    }
    let cart = house.cart(&shop, vec![line("suite", 1), with(&shop)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert!(!review.ready);
    let aligned = &review.lines[1];
    assert_eq!((&aligned.first_charge, &aligned.term_total), (&None, &None));
    assert!(aligned.refusals.is_empty());
    let refused = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    assert_eq!(metadata(&refused, "line"), "1");
    assert!(house.started().await.is_empty());

    let plain = shop.order(house.id(), vec![line("suite", 1)]);
    house.place(&shop.agent, plain).await.unwrap();
    // The same request goes through once lifecycle says what it costs.
    house.limits(&[]);
    house.prices(17, 333);
    house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn trm_8_lifecycles_refusal_of_an_end_is_passed_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.limits(&[(SKU, &["CO_TERM_OF_TOMORROW"])]);
    let refused = house
        .place(&shop.agent, shop.order(house.id(), vec![line("server", 1), with(&shop)]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "CO_TERM_OF_TOMORROW");
    assert_eq!(metadata(&refused, "rule"), said("CO_TERM_OF_TOMORROW").rule);
    assert_eq!(
        (metadata(&refused, "sku"), metadata(&refused, "line")),
        ("suite".into(), "1".into())
    );
    assert_eq!(refusals(&refused).len(), 1);
}

#[rstest]
#[tokio::test]
async fn ord_3_a_review_shows_with_what_a_term_could_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let choices = vec![
        CoTermChoice { end_date: Some(date(2026, 11, 30)), ..Default::default() },
        CoTermChoice {
            end_date: Some(date(2027, 1, 9)),
            align_with: of(&shop),
            refusal: Some(said("TERM_TOO_SHORT")),
        },
    ];
    house.stub.script().choices.insert(SKU.to_owned(), choices.clone());
    let cart = house.cart(&shop, vec![line("server", 1), line("suite", 1)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert_eq!(review.lines[1].co_term_choices, choices);
    assert!(review.lines[0].co_term_choices.is_empty());
    // A choice that cannot be made speaks against nothing that was chosen.
    assert!(review.ready);

    // Nothing is asked where no end can be chosen.
    house.stub.script().judged.clear();
    let cart = house.cart(&shop, vec![line("server", 1), line("sql", 1)]).await.unwrap();
    assert!(house.review(&shop.agent, &cart).await.unwrap().ready);
    assert!(house.stub.script().judged.is_empty());
}

#[rstest]
#[tokio::test]
async fn ord_12_a_preview_holds_for_its_end_and_its_figures(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.prices(17, 333);
    let order = |lines| shop.order(house.id(), lines);
    let preview = pb::PlaceOrderRequest { validate_only: true, ..order(vec![with(&shop)]) };
    let preview = house.place(&shop.agent, preview).await.unwrap();
    assert_eq!(preview.totals, [euros(17)]);
    let held = |lines| pb::PlaceOrderRequest {
        preview_token: preview.preview_token.clone(),
        ..order(lines)
    };
    let other_end = house.place(&shop.agent, held(vec![until(date(2026, 11, 30))])).await;
    house.prices(16, 333);
    let other_price = house.place(&shop.agent, held(vec![with(&shop)])).await;
    for refused in [other_end, other_price] {
        assert_eq!(reason(&refused.unwrap_err()), "PREVIEW_STALE");
    }
    house.prices(17, 333);
    house.clock.set(noon() + 14.minutes());
    house.place(&shop.agent, held(vec![with(&shop)])).await.unwrap();
}
