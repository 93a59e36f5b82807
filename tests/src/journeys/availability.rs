//! What a customer can have: asked of the catalog, known by order and lifecycle. Every reason there is
//! against an offer, and what each says to do instead.

use access::Claims;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::{Availability, CheckAvailabilityRequest, ImportCatalogHeader};
use proto::lifecycle::{ResumeSubscriptionRequest, SuspendSubscriptionRequest};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::{CreateCustomerRequest, Customer};
use rstest::rstest;
use tenure::import::{import_catalog, request_id, sha256};
use testkit::Backend;
use tonic::{Code, Status};

use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::patience::eventually;
use super::harness::shop::{Shop, a_customer};

/// Somebody else's partner.
const STRANGER: &str = "0190a0a0-0000-7000-8000-000000000001";

/// One SKU for each reason, all sold in Kosovo, where reservations are not.
fn price_list() -> String {
    let skus = [
        ("free", "LICENSE_BASED", ""),
        ("single", "LICENSE_BASED", ", single_per_customer: true"),
        ("abroad", "ISV_SAAS_LICENSE", ", unsupported_markets: [XK]"),
        ("outside", "ISV_SAAS_LICENSE", ", in_csp: false"),
        ("exclusive", "ISV_SAAS_LICENSE", &format!(", exclusive_to: [{STRANGER}]")),
        ("machines", "ISV_SAAS_METERED", ", runs_on: virtual-machines"),
        ("reserved", "AZURE_RESERVATION", ""),
        ("closed", "LICENSE_BASED", ", closed_to_new_purchase: true"),
        ("needy", "LICENSE_BASED", ", prerequisites: [free]"),
        ("extra", "LICENSE_BASED", ", add_on: true, prerequisites: [free]"),
    ];
    let products = skus.map(|(sku, kind, more)| {
        format!("  {sku}: {{title: P, kind: {kind}, skus: {{{sku}: {{title: S{more}}}}}}}\n")
    });
    let prices = skus.map(|(sku, ..)| format!("    {sku}: {{P1Y/ANNUAL: {{XK: 9}}}}\n"));
    format!(
        "format: 1\nmarkets: {{XK: EUR, DE: EUR}}\nproducts:\n{}  german: {{title: P, kind: LICENSE_BASED, \
         skus: {{german: {{title: S}}}}}}\nprices:\n  2025-01-01:\n{}    german: {{P1Y/ANNUAL: {{DE: 9}}}}\n",
        products.concat(),
        prices.concat()
    )
}

/// A shop with that list, whose customer is in Kosovo.
async fn open(house: &House) -> Shop {
    let desk = house.desk();
    let file = price_list();
    let header = ImportCatalogHeader {
        request_id: request_id(),
        file_sha256: sha256(file.as_bytes()),
        ..ImportCatalogHeader::default()
    };
    let operator = desk.operator(Service::Catalog);
    import_catalog(operator, header, file.into_bytes()).await.expect("a catalog");
    let mut shop = Shop::beside(desk).await;
    let mut customers = CustomerServiceClient::new(shop.desk.call(Service::Order, &shop.agent));
    let kosovar = Customer { market: "XK".to_owned(), ..a_customer(&shop.clock) };
    let request = CreateCustomerRequest {
        request_id: request_id(),
        customer: Some(kosovar),
        ..CreateCustomerRequest::default()
    };
    let customer = customers.create_customer(request).await.expect("a customer");
    shop.customer = customer.into_inner().name;
    eventually("the catalog's way to order and lifecycle", async || {
        match told(&shop, &shop.agent, &["free-p1y-annual-xk"]).await {
            Ok(offers) if offers[0].available => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    shop
}

async fn told(shop: &Shop, claims: &Claims, offers: &[&str]) -> Result<Vec<Availability>, Status> {
    let request = CheckAvailabilityRequest {
        customer: shop.customer.clone(),
        offers: offers.iter().map(|offer| format!("offers/{offer}")).collect(),
    };
    let mut catalog = CatalogServiceClient::new(shop.desk.call(Service::Catalog, claims));
    Ok(catalog.check_availability(request).await?.into_inner().offers)
}

/// What is said of offers: the reason, the rule, and whether it says what to do instead.
async fn reasons(shop: &Shop, offers: &[&str]) -> Vec<(String, String)> {
    let told = told(shop, &shop.agent, offers).await.expect("an answer");
    assert_eq!(told.len(), offers.len());
    told.into_iter()
        .zip(offers)
        .map(|(one, offer)| {
            assert_eq!(one.offer, format!("offers/{offer}"), "one for each, in their order");
            assert_eq!(one.available, one.refusal.is_none());
            let why = one.refusal.unwrap_or_default();
            let hint = why.message.split_once("; ").is_some_and(|(_, hint)| !hint.is_empty());
            assert!(one.available || hint, "{offer}: it says what to do instead: {}", why.message);
            (why.reason, why.rule)
        })
        .collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cat_5_every_reason_is_told_with_what_to_do_instead(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = open(&house).await;
    let expected = [
        ("free-p1y-annual-xk", "", ""),
        ("single-p1y-annual-xk", "", ""),
        ("abroad-p1y-annual-xk", "ISV_COUNTRY_UNSUPPORTED", "MKT-6"),
        ("outside-p1y-annual-xk", "ISV_NOT_IN_CSP", "CAT-5"),
        ("exclusive-p1y-annual-xk", "EXCLUSIVE_TO_OTHER_PARTNERS", "CAT-7"),
        ("machines-p1y-annual-xk", "NOT_TRANSACTABLE_HERE", "CAT-2"),
        ("german-p1y-annual-de", "NOT_TRANSACTABLE_HERE", "CAT-5"),
        ("nothing", "NOT_TRANSACTABLE_HERE", "CAT-5"),
        ("reserved-p1y-annual-xk", "MARKET_UNAVAILABLE", "MKT-1"),
        ("closed-p1y-annual-xk", "NOT_TRANSACTABLE_HERE", "CAT-10"),
        ("needy-p1y-annual-xk", "PREREQUISITE_REQUIRED", "CAT-16"),
        ("extra-p1y-annual-xk", "BASE_REQUIRED", "ADD-2"),
        ("free-p1y-annual-xk", "", ""),
    ];
    let found = reasons(&shop, &expected.map(|(offer, ..)| offer)).await;
    let expected = expected.map(|(_, reason, rule)| (reason.to_owned(), rule.to_owned()));
    assert_eq!(found, expected);
    house.suite.stop().await.unwrap();
}

/// What the customer has changes what it can have; a suspended one is resumed, not bought again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cat_6_what_is_owned_once_is_not_available_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = open(&house).await;
    let (single, needy) = ("single-p1y-annual-xk", "needy-p1y-annual-xk");
    let lines = [(single, 1), ("free-p1y-annual-xk", 1)];
    let order = shop.place_stubbornly(&shop.order_of(&request_id(), &lines)).await;
    let order = shop.fulfilled(&order.name).await;
    let rule = |reason: &str, rule: &str| (reason.to_owned(), rule.to_owned());
    let found = reasons(&shop, &[single, needy]).await;
    assert_eq!(found, [rule("ALREADY_OWNED_SINGLE", "CAT-6"), rule("", "")]);

    let name = order.lines[0].subscription.clone();
    let suspend = SuspendSubscriptionRequest {
        name: name.clone(),
        request_id: request_id(),
        ..SuspendSubscriptionRequest::default()
    };
    shop.subscriptions().suspend_subscription(suspend).await.unwrap();
    assert_eq!(reasons(&shop, &[single]).await, [rule("EXISTING_SUSPENDED", "CAT-6")]);
    let why = told(&shop, &shop.agent, &[single]).await.unwrap().remove(0).refusal.unwrap();
    assert!(why.message.contains("resume"), "TRP-42: {}", why.message);

    let resume = ResumeSubscriptionRequest {
        name,
        request_id: request_id(),
        ..ResumeSubscriptionRequest::default()
    };
    shop.subscriptions().resume_subscription(resume).await.unwrap();
    assert_eq!(reasons(&shop, &[single]).await, [rule("ALREADY_OWNED_SINGLE", "CAT-6")]);
    house.suite.stop().await.unwrap();
}

/// Of a customer that is another partner's nothing is said, and an operator asks for anybody.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_availability_is_for_ones_own_customers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = open(&house).await;
    let stranger = Shop::beside(house.desk()).await;
    let offers = ["free-p1y-annual-xk", "exclusive-p1y-annual-xk"];
    let refused = told(&shop, &stranger.agent, &offers).await.unwrap_err();
    let unknown = Shop { customer: format!("customers/{STRANGER}"), ..shop.clone() };
    let nobody = told(&unknown, &shop.agent, &offers).await.unwrap_err();
    assert_eq!((refused.code(), nobody.code()), (Code::NotFound, Code::NotFound));
    let operator = Claims::operator("olga@platform.example");
    let found = told(&shop, &operator, &offers).await.unwrap();
    assert!(found.iter().all(|one| one.available), "CAT-7 is about who sells: {found:?}");
    house.suite.stop().await.unwrap();
}
