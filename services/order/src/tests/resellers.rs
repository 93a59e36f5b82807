//! Resellers: who may be declared, and what becomes of them.

use jiff::SignedDuration;
use proto::common::{self as pbc, Role};
use proto::order as pb;
use proto::order::inbox_service_server::InboxService;
use proto::order::order_service_server::OrderService;
use proto::order::partner_service_server::PartnerService;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};

use super::house::{
    DIRECT, House, INDIRECT, Shop, a_customer, a_partner, a_reseller, agent_of, call, checkout_of,
    confirmed_as, line, metadata, of_type, operator, reason, refusals, wrong_fields,
};
use crate::convert;
use crate::domain::Policy;

fn resellers(first: &str, additional: &[&str]) -> pb::Resellers {
    let additional = additional.iter().map(|name| (*name).to_owned()).collect();
    pb::Resellers { first: first.to_owned(), additional }
}

fn order_with(
    house: &House,
    shop: &Shop,
    resellers: impl Into<Option<pb::Resellers>>,
) -> pb::PlaceOrderRequest {
    pb::PlaceOrderRequest {
        resellers: resellers.into(),
        attestation: Some(confirmed_as(INDIRECT)),
        ..shop.order(house.id(), vec![line("suite", 1)])
    }
}

async fn cart_with(
    house: &House,
    shop: &Shop,
    resellers: impl Into<Option<pb::Resellers>>,
) -> pb::Cart {
    try_cart(house, shop, resellers).await.unwrap()
}

async fn try_cart(
    house: &House,
    shop: &Shop,
    resellers: impl Into<Option<pb::Resellers>>,
) -> Result<pb::Cart, Status> {
    let message = pb::CreateCartRequest {
        parent: shop.customer.clone(),
        request_id: house.id(),
        lines: vec![line("suite", 1)],
        resellers: resellers.into(),
    };
    let request = call(&shop.agent, "OrderService/CreateCart", message)?;
    house.service.create_cart(request).await.map(tonic::Response::into_inner)
}

async fn validate(
    house: &House,
    shop: &Shop,
    message: pb::ValidateResellersRequest,
) -> Result<pb::ValidateResellersResponse, Status> {
    let request = call(&shop.agent, "PartnerService/ValidateResellers", message)?;
    house.service.validate_resellers(request).await.map(tonic::Response::into_inner)
}

/// The reasons against each reseller.
fn reasons(answer: &pb::ValidateResellersResponse) -> Vec<Vec<&str>> {
    let each = answer.resellers.iter();
    each.map(|one| one.refusals.iter().map(|why| why.reason.as_str()).collect()).collect()
}

#[rstest]
#[tokio::test]
async fn par_10_the_first_reseller_owns_what_is_bought(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let elsewhere = house.partner(of_type(pb::PartnerType::IndirectProvider)).await;
    let other = house.reseller(&elsewhere).await;
    let declared = resellers(&first, &[&other]);
    let message = order_with(&house, &shop, declared.clone());
    let order = house.place(&shop.agent, message).await.unwrap();
    assert_eq!(order.resellers, Some(declared));
    assert_eq!(order.attestation.as_ref().unwrap().version, INDIRECT);
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);

    let letters = house.letters("lifecycle.start").await;
    let start = serde_json::from_str(&letters[0].body).unwrap();
    let sent = convert::start_order(&start, letters[0].header());
    assert_eq!(sent.lines[0].reseller, first);
    // PAR-8: the others are kept with the order, and nobody else hears of them.
    let text = letters[0].body.clone();
    assert!(!text.contains(other.trim_start_matches("partners/")), "{text}");
}

#[rstest]
#[tokio::test]
async fn par_8_additional_resellers_change_no_price(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let second = house.reseller(&shop.partner).await;
    let place = |declared| house.place(&shop.agent, order_with(&house, &shop, declared));
    let alone = place(resellers(&first, &[])).await.unwrap();
    let together = place(resellers(&first, &[&second])).await.unwrap();
    assert_eq!(alone.totals, together.totals);
    assert_eq!(alone.lines[0].offer, together.lines[0].offer);
}

#[rstest]
#[tokio::test]
async fn par_9_an_unknown_reseller_is_a_wrong_field(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let nobody = format!("partners/{}", uuid::Uuid::from_u128(0xbad));
    let twice = resellers(&nobody, &[&nobody]);
    for refused in [
        house.place(&shop.agent, order_with(&house, &shop, twice.clone())).await.unwrap_err(),
        try_cart(&house, &shop, twice).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(wrong_fields(&refused), ["resellers.first", "resellers.additional[0]"]);
    }
    let second = order_with(&house, &shop, resellers(&first, &[&first, &nobody]));
    let refused = house.place(&shop.agent, second).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["resellers.additional[1]"]);
}

#[rstest]
#[tokio::test]
async fn par_9_a_malformed_reseller_is_a_wrong_field(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let message = order_with(&house, &shop, resellers("reseller", &["partners/1", ""]));
    let refused = house.place(&shop.agent, message).await.unwrap_err();
    let wrong = wrong_fields(&refused);
    let expected = ["resellers.first", "resellers.additional[0]", "resellers.additional[1]"];
    assert_eq!(wrong, expected);
}

#[rstest]
#[tokio::test]
async fn par_4_a_provider_picks_one_of_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let elsewhere = house.partner(of_type(pb::PartnerType::IndirectProvider)).await;
    let theirs = house.reseller(&elsewhere).await;
    let direct = house.partner(a_partner()).await;
    for (first, expected, rule) in [
        (&theirs, "RESELLER_OF_ANOTHER", "PAR-4"),
        (&direct, "NOT_A_RESELLER", "PAR-4"),
        (&shop.partner, "RESELLER_IS_SELLER", "PAR-9"),
    ] {
        let message = order_with(&house, &shop, resellers(first, &[]));
        let refused = house.place(&shop.agent, message).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(
            (reason(&refused).as_str(), metadata(&refused, "rule").as_str()),
            (expected, rule)
        );
        assert_eq!(&metadata(&refused, "reseller"), first);
    }
    assert!(house.started().await.is_empty());
}

#[rstest]
#[tokio::test]
async fn par_4_a_direct_partner_names_no_reseller(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let provider = house.partner(of_type(pb::PartnerType::IndirectProvider)).await;
    let reseller = house.reseller(&provider).await;
    let message = order_with(&house, &shop, resellers(&reseller, &[]));
    let refused = house.place(&shop.agent, message).await.unwrap_err();
    let told: Vec<_> = refusals(&refused).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(told, ["RESELLERS_NOT_ALLOWED", "RESELLER_OF_ANOTHER"]);
}

#[rstest]
#[tokio::test]
async fn par_5_the_text_depends_on_whether_a_reseller_is_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let reseller = house.reseller(&shop.partner).await;
    for (declared, version) in [(None, DIRECT), (Some(resellers(&reseller, &[])), INDIRECT)] {
        let cart = cart_with(&house, &shop, declared.clone()).await;
        assert_eq!(cart.resellers, declared);
        let review = house.review(&shop.agent, &cart).await.unwrap();
        assert!(review.ready);
        assert_eq!(review.attestation.unwrap().version, version);
        let other = if version == DIRECT { INDIRECT } else { DIRECT };
        let with = |version| pb::CheckoutCartRequest {
            attestation: Some(confirmed_as(version)),
            ..checkout_of(&cart, house.id())
        };
        // TRP-47: what was confirmed for another order is not enough for this one.
        let refused = house.checkout(&shop.agent, with(other)).await.unwrap_err();
        assert_eq!(reason(&refused), "ATTESTATION_REQUIRED");
        assert_eq!(metadata(&refused, "version"), version);
        let order = house.checkout(&shop.agent, with(version)).await.unwrap();
        let kept = order.attestation.unwrap();
        assert_eq!((kept.version.as_str(), kept.actor.as_str()), (version, "ada@seller.example"));
        assert_eq!(order.resellers, declared);
    }
}

#[rstest]
#[tokio::test]
async fn trp_47_each_order_of_a_partner_has_its_own_text(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let reseller = house.reseller(&shop.partner).await;
    let cart = cart_with(&house, &shop, resellers(&reseller, &[])).await;
    let message = pb::UpdateCartRequest {
        name: cart.name.clone(),
        request_id: house.id(),
        lines: cart.lines.clone(),
        ..Default::default()
    };
    let request = call(&shop.agent, "OrderService/UpdateCart", message).unwrap();
    let cart = house.service.update_cart(request).await.unwrap().into_inner();
    assert_eq!(cart.resellers, None);
    let order = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    assert_eq!(order.attestation.unwrap().version, DIRECT);
}

#[rstest]
#[tokio::test]
async fn par_7_a_review_tells_what_checkout_would_refuse(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let reseller = house.reseller(&shop.partner).await;
    let cart = cart_with(&house, &shop, resellers("", &[&reseller])).await;
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert!(!review.ready);
    assert_eq!(review.refusals[0].reason, "FIRST_RESELLER_REQUIRED");
    assert_eq!(review.refusals[0].metadata["reseller"], reseller);
    let message = pb::CheckoutCartRequest {
        attestation: Some(confirmed_as(INDIRECT)),
        ..checkout_of(&cart, house.id())
    };
    let refused = house.checkout(&shop.agent, message).await.unwrap_err();
    assert_eq!(reason(&refused), "FIRST_RESELLER_REQUIRED");
    assert_eq!(metadata(&refused, "rule"), "PAR-7");
}

#[rstest]
#[tokio::test]
async fn trp_46_the_first_once_more_is_a_duplicate(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let message = order_with(&house, &shop, resellers(&first, &[&first]));
    let refused = house.place(&shop.agent, message).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "RESELLER_DUPLICATE");
}

#[rstest]
#[case::mkt_7_norway("NO", None)]
#[case::par_6_germany("DE", None)]
#[case::mkt_7_united_states("US", Some("MARKET_WITHOUT_DECLARATION"))]
#[tokio::test]
async fn additional_resellers_are_declared_by_the_customers_market(
    #[case] market: &str,
    #[case] expected: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let second = house.reseller(&shop.partner).await;
    let customer = pb::Customer { market: market.to_owned(), ..a_customer(2) };
    let customer = house.customer(&shop.agent, customer).await.unwrap().name;
    let declared = resellers(&first, &[&second]);
    for message in [
        pb::ValidateResellersRequest {
            resellers: Some(declared.clone()),
            customer,
            ..Default::default()
        },
        pb::ValidateResellersRequest {
            resellers: Some(declared),
            market: market.to_owned(),
            ..Default::default()
        },
    ] {
        let answer = validate(&house, &shop, message).await.unwrap();
        assert_eq!(answer.valid, expected.is_none());
        assert_eq!(reasons(&answer), [vec![], Vec::from_iter(expected)]);
    }
}

/// lifecycle asks before it lets another reseller own what was sold.
#[rstest]
#[tokio::test]
async fn par_10_who_is_to_own_what_was_sold_is_asked_about(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let own = house.reseller(&shop.partner).await;
    let unsigned = pb::Partner { agreement_signed: false, ..a_reseller(&shop.partner) };
    let unsigned = house.partner(unsigned).await;
    let elsewhere = house.partner(of_type(pb::PartnerType::IndirectProvider)).await;
    let theirs = house.reseller(&elsewhere).await;
    let nobody = format!("partners/{}", uuid::Uuid::from_u128(0xbad));
    let ask = async |partner: &str, reseller: &str| {
        let message = pb::CheckResellerRequest {
            customer: shop.customer.clone(),
            partner: partner.to_owned(),
            reseller: reseller.to_owned(),
        };
        house.service.check_reseller(tonic::Request::new(message)).await
    };
    assert!(ask(&shop.partner, &own).await.is_ok());
    for (reseller, expected, rule) in [
        (&unsigned, "AGREEMENT_REQUIRED", "PAR-9"),
        (&theirs, "RESELLER_OF_ANOTHER", "PAR-4"),
        (&shop.partner, "RESELLER_IS_SELLER", "PAR-9"),
    ] {
        let refused = ask(&shop.partner, reseller).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(
            (reason(&refused).as_str(), metadata(&refused, "rule").as_str()),
            (expected, rule)
        );
    }
    assert_eq!(wrong_fields(&ask(&shop.partner, &nobody).await.unwrap_err()), ["reseller"]);
    // A customer that is not the seller's.
    assert_eq!(ask(&elsewhere, &theirs).await.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn par_9_validation_tells_everything_of_each(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let unsigned = pb::Partner { agreement_signed: false, ..a_reseller(&shop.partner) };
    let unsigned = house.partner(unsigned).await;
    let nobody = format!("partners/{}", uuid::Uuid::from_u128(0xbad));
    let named = [first.as_str(), &unsigned, &nobody, &shop.partner, &first];
    let message = pb::ValidateResellersRequest {
        resellers: Some(resellers(&first, &named)),
        market: "FR".to_owned(),
        ..Default::default()
    };
    let answer = validate(&house, &shop, message.clone()).await.unwrap();
    assert!(!answer.valid);
    let expected = [
        vec![],
        vec!["RESELLER_DUPLICATE"],
        vec!["AGREEMENT_REQUIRED"],
        vec!["RESELLER_UNKNOWN"],
        vec!["RESELLER_IS_SELLER"],
        vec!["RESELLER_DUPLICATE", "RESELLER_LIMIT"],
    ];
    assert_eq!(reasons(&answer), expected);
    assert_eq!(answer.resellers[2].reseller, unsigned);
    assert_eq!(answer.resellers[2].refusals[0].rule, "PAR-9");

    // Once the agreement is signed, it counts.
    let signed = pb::UpdatePartnerRequest {
        name: unsigned,
        request_id: house.id(),
        agreement_signed: Some(true),
        ..Default::default()
    };
    let request = call(&operator(), "PartnerService/UpdatePartner", signed).unwrap();
    house.service.update_partner(request).await.unwrap();
    assert_eq!(reasons(&validate(&house, &shop, message).await.unwrap())[2], [""; 0]);
}

#[rstest]
#[tokio::test]
async fn d_20_the_limit_is_the_operators(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let policy = Policy { reseller_count_max: 2, ..Policy::default() };
    let house = House::with(backend, policy).await;
    let shop = house.provider().await;
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(house.reseller(&shop.partner).await);
    }
    let two = resellers(&names[0], &[&names[1]]);
    house.place(&shop.agent, order_with(&house, &shop, two)).await.unwrap();
    let three = resellers(&names[0], &[&names[1], &names[2]]);
    let refused = house.place(&shop.agent, order_with(&house, &shop, three)).await.unwrap_err();
    assert_eq!(reason(&refused), "RESELLER_LIMIT");
    assert_eq!(metadata(&refused, "limit"), "2");
    assert_eq!(metadata(&refused, "rule"), "D-20");
}

#[rstest]
#[tokio::test]
async fn par_14_validation_is_for_customers_of_ones_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let other = house.partner(a_partner()).await;
    let other = Shop { agent: agent_of(&other, [Role::SalesAgent]), ..shop };
    let message = |customer: &str, market: &str| pb::ValidateResellersRequest {
        resellers: Some(resellers("", &[])),
        customer: customer.to_owned(),
        market: market.to_owned(),
    };
    let foreign = validate(&house, &other, message(&other.customer, "")).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    assert!(validate(&house, &other, message("", "DE")).await.unwrap().valid);
    for message in [message("", ""), message(&other.customer, "DE")] {
        let refused = validate(&house, &other, message).await.unwrap_err();
        assert_eq!(wrong_fields(&refused), ["customer"]);
    }
    let refused = validate(&house, &other, pb::ValidateResellersRequest::default()).await;
    assert_eq!(wrong_fields(&refused.unwrap_err()), ["resellers", "customer"]);
}

#[rstest]
#[tokio::test]
async fn ord_12_a_preview_holds_for_its_resellers_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let second = house.reseller(&shop.partner).await;
    let preview = pb::PlaceOrderRequest {
        validate_only: true,
        ..order_with(&house, &shop, resellers(&first, &[]))
    };
    let token = house.place(&shop.agent, preview).await.unwrap().preview_token;
    let held = |first: &str| pb::PlaceOrderRequest {
        preview_token: token.clone(),
        ..order_with(&house, &shop, resellers(first, &[]))
    };
    let refused = house.place(&shop.agent, held(&second)).await.unwrap_err();
    assert_eq!(reason(&refused), "PREVIEW_STALE");
    house.place(&shop.agent, held(&first)).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn par_13_a_reseller_is_of_the_sellers_cloud(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::of_a_provider(backend).await;
    let first = house.reseller(&shop.partner).await;
    let cloud = pbc::Cloud::UsGovernment.into();
    let provider = pb::Partner { cloud, ..of_type(pb::PartnerType::IndirectProvider) };
    let provider = house.partner(provider).await;
    let other = house.partner(pb::Partner { cloud, ..a_reseller(&provider) }).await;
    let message = order_with(&house, &shop, resellers(&first, &[&other]));
    let refused = house.place(&shop.agent, message).await.unwrap_err();
    assert_eq!(reason(&refused), "CLOUD_MISMATCH");
    assert_eq!(metadata(&refused, "rule"), "PAR-13");
}

#[rstest]
#[tokio::test]
async fn ord_12_carts_that_expired_long_ago_are_deleted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let retention = SignedDuration::from_hours(1);
    let policy = Policy { cart_retention: retention, ..Policy::default() };
    let house = House::with(backend, policy).await;
    let mut shop = house.provider().await;
    let waiting = cart_with(&house, &shop, None).await;
    let ordered = cart_with(&house, &shop, None).await;
    let order = house.checkout(&shop.agent, checkout_of(&ordered, house.id())).await.unwrap();
    // On a test clock it is still the first day.
    let test_clock = house.test_clock(testkit::noon()).await;
    let customer = pb::Customer { test_clock, ..a_customer(2) };
    let own = shop.customer.clone();
    shop.customer = house.customer(&shop.agent, customer).await.unwrap().name;
    let slow = cart_with(&house, &shop, None).await;
    shop.customer = own;

    let get = async |cart: &pb::Cart| {
        let message = pb::GetCartRequest { name: cart.name.clone() };
        let request = call(&shop.agent, "OrderService/GetCart", message).unwrap();
        house.service.get_cart(request).await.map(|cart| cart.into_inner().order)
    };
    let last = testkit::noon() + SignedDuration::from_hours(168) + retention;
    house.clock.set(last);
    house.app.forget().await.unwrap();
    assert_eq!(get(&waiting).await.unwrap(), "");

    house.clock.set(last + SignedDuration::from_millis(1));
    house.app.forget().await.unwrap();
    assert_eq!(get(&waiting).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(get(&ordered).await.unwrap(), order.name);
    assert_eq!(get(&slow).await.unwrap(), "");
}
