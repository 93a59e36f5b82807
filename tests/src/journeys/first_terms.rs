//! A cart whose prices a promotion lowers, whose terms end where the buyer wants, and one of whose
//! lines begins for free: what is shown, ordered, charged and listed is the same to the cent.

use proto::lifecycle::{GetSubscriptionRequest, Subscription};
use proto::order::{
    Attestation, Cart, CartReview, CheckoutCartRequest, CreateCartRequest, LineItem, Order,
    ReviewCartRequest,
};
use proto::{Date, Money};
use rpc::wire;
use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::house::House;
use super::harness::shop::Shop;

/// 15 % off a year of 231.60: 196.86.
const PROMOTED: &str = "m365-business-premium-p1y-annual-de";
/// 15 % off a year of 243.20: 206.72, which is eleven times 17.23 and then 17.19.
const ALIGNED: &str = "m365-business-premium-p1y-monthly-de";
/// 60.00 a year, after thirty days for free.
const EVALUATED: &str = "fabrikam-expenses-team-p1y-annual-de";
const PROMOTION: &str = "business-premium-start";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_is_charged(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let cart = fill(&shop).await;

    let shown = review(&shop, &cart).await;
    assert!(shown.ready, "{shown:?}");
    let order = check_out(&shop, &cart).await;
    let order = shop.fulfilled(&order.name).await;

    // Of January the aligned line has 22 days of 31: 12.23 of 17.23.
    let firsts = ["1,968.60 EUR", "36.69 EUR", "0.00 EUR"];
    assert_eq!(
        shown.lines.iter().map(|line| money(line.first_charge.as_ref())).collect::<Vec<_>>(),
        firsts
    );
    assert_eq!(
        order.lines.iter().map(|line| money(line.first_charge.as_ref())).collect::<Vec<_>>(),
        firsts
    );
    assert_eq!(
        money(shown.lines[1].term_total.as_ref()),
        "295.02 EUR",
        "3 x (12.23 + 4 x 17.23 + 17.19)"
    );
    let promotions =
        shown.lines.iter().map(|line| line.promotion.as_ref().map(|it| it.id.as_str()));
    assert_eq!(promotions.collect::<Vec<_>>(), [Some(PROMOTION), Some(PROMOTION), None]);
    assert!(!shown.lines[0].co_term_choices.is_empty());
    assert_eq!(order.lines[2].setup_uri, "https://expenses.example.com/set-up");
    assert_eq!(order.lines[2].evaluation_end_date, Some(day(2026, 2, 8)));

    let subscriptions = subscriptions(&shop, &order).await;
    let ends = subscriptions.iter().map(|sub| sub.term.as_ref().and_then(|term| term.end_date));
    let ends: Vec<_> = ends.collect();
    let expected = [day(2027, 1, 9), day(2026, 6, 30), day(2027, 2, 8)];
    assert_eq!(ends, expected.map(Some));
    assert_eq!(
        amounts(&shop, &subscriptions).await,
        [["1,968.60"].as_slice(), &["36.69"], &["0.00"]]
    );

    // A full month of the aligned line, and the first paid year of what was free.
    let mut clocks = shop.clocks();
    let to = shop.advance(&request_id(), "2026-02-10T00:00:00Z");
    clocks.advance_test_clock(to).await.unwrap();
    let charged = amounts(&shop, &subscriptions).await;
    assert_eq!(charged, [["1,968.60"].as_slice(), &["36.69", "51.69"], &["0.00", "120.00"]]);
    books::assert_intact(&shop).await;
    house.suite.stop().await.unwrap();
}

async fn fill(shop: &Shop) -> Cart {
    let line = |offer: &str, quantity| LineItem {
        offer: format!("offers/{offer}"),
        quantity,
        ..LineItem::default()
    };
    let end_date = Some(day(2026, 6, 30));
    let lines =
        vec![line(PROMOTED, 10), LineItem { end_date, ..line(ALIGNED, 3) }, line(EVALUATED, 2)];
    let parent = shop.customer.clone();
    let request = CreateCartRequest {
        parent,
        request_id: request_id(),
        lines,
        ..CreateCartRequest::default()
    };
    shop.orders().create_cart(request).await.unwrap().into_inner()
}

async fn review(shop: &Shop, cart: &Cart) -> CartReview {
    let request = ReviewCartRequest { name: cart.name.clone() };
    shop.orders().review_cart(request).await.unwrap().into_inner()
}

/// Looks first, and then buys exactly what was seen.
async fn check_out(shop: &Shop, cart: &Cart) -> Order {
    let attestation = Attestation { version: "direct-partner-1".to_owned(), accepted: true };
    let request = CheckoutCartRequest {
        name: cart.name.clone(),
        request_id: request_id(),
        attestation: Some(attestation),
        ..CheckoutCartRequest::default()
    };
    let dry = CheckoutCartRequest { validate_only: true, ..request.clone() };
    let seen = shop.orders().checkout_cart(dry).await.unwrap().into_inner();
    let held = CheckoutCartRequest {
        preview_token: seen.preview_token,
        request_id: request_id(),
        ..request
    };
    shop.orders().checkout_cart(held).await.unwrap().into_inner()
}

async fn subscriptions(shop: &Shop, order: &Order) -> Vec<Subscription> {
    let mut found = vec![];
    for line in &order.lines {
        let request = GetSubscriptionRequest { name: line.subscription.clone() };
        found.push(shop.subscriptions().get_subscription(request).await.unwrap().into_inner());
    }
    found
}

/// The amounts of each subscription's lines, the oldest first.
async fn amounts(shop: &Shop, subscriptions: &[Subscription]) -> Vec<Vec<String>> {
    let charges = books::charges(shop).await;
    let of = |sub: &Subscription| {
        let lines = charges.iter().filter(|charge| charge.subscription == sub.name);
        lines.map(|charge| money(charge.amount.as_ref()).replace(" EUR", "")).collect()
    };
    subscriptions.iter().map(of).collect()
}

fn money(money: Option<&Money>) -> String {
    wire::amount(money.unwrap()).unwrap().to_string()
}

const fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}
