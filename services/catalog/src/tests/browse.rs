//! Lists and reads, as at an instant.

use access::{Caller, Reach};
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use proto::common::Role;
use rstest::rstest;
use testkit::Backend;
use tonic::Code;
use uuid::Uuid;
use vocab::PartnerId;

use super::{House, TWO, a_file, asked, reason, timestamp};

const SAMPLE: &str = include_str!("../../../../deploy/sample/catalog.yaml");

impl House {
    async fn offers(&self, filter: &str) -> Vec<String> {
        let mut request = pb::ListOffersRequest { filter: filter.to_owned(), ..Default::default() };
        let mut names = vec![];
        loop {
            let page = self.service.list_offers(asked(request.clone())).await.unwrap().into_inner();
            names.extend(page.offers.into_iter().map(|offer| offer.name));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return names;
            }
        }
    }
}

#[rstest]
#[case::cat_1_server_subscriptions("kind = SOFTWARE_SUBSCRIPTION AND market = XK", 3)]
#[case::cat_1_perpetual_software("kind = SOFTWARE_PERPETUAL", 14)]
#[case::cat_1_reservations("kind = AZURE_RESERVATION AND market = MV", 3)]
#[case::cat_1_isv_services("kind = ISV_SAAS_LICENSE AND market = DE", 2)]
#[case::cat_3_publisher("publisher_type = PARTNER AND market = DE", 4)]
#[case::cat_3_billing_type("billing_type = USAGE", 0)]
#[case::cat_3_category("category = \"Small business\" AND market = GB", 11)]
#[case::cat_3_trials("category = Trial", 8)]
#[case::cat_4_segment("segment : EDUCATION AND market = DE", 1)]
#[case::mkt_2_other_kinds_stay_for_sale("market = XK", 11)]
#[case::trp_44_kosovo("market = XK AND kind = AZURE_RESERVATION", 3)]
#[case::one_sku("sku = products/sql-server/skus/sql-server-standard AND currency = EUR", 3)]
#[case::one_product("product = products/office-ltsc-2024", 6)]
#[case::ord_10_legacy_add_ons_are_not_found("kind = LICENSE_LEGACY", 4)]
#[case::all_of_them("", 380)]
#[tokio::test]
async fn offers_are_listed_by_what_is_asked(#[case] filter: &str, #[case] count: usize) {
    let house = House::on(Backend::Sqlite).await;
    house.import(SAMPLE).await.unwrap();
    let names = house.offers(filter).await;
    assert_eq!(names.len(), count);
    assert!(names.is_sorted());
}

/// Legacy add-ons are bought on the page of their base, and nowhere else: lists show them to nobody, and
/// only who runs the catalog can look one up by its id.
#[rstest]
#[tokio::test]
async fn ord_10_a_legacy_add_on_is_not_found_in_the_catalog(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(SAMPLE).await.unwrap();
    let request = pb::ListProductsRequest { page_size: 500, ..Default::default() };
    let page = house.service.list_products(asked(request)).await.unwrap().into_inner();
    let skus: Vec<_> = page.products.iter().flat_map(|product| &product.skus).collect();
    let is_there = |sku: &str| skus.iter().any(|found| found.name.ends_with(sku));
    assert!(is_there("/office-365-e1-traditional"));
    assert!(!is_there("/audio-conferencing-traditional"));

    let request = |name: &str| pb::GetOfferRequest { name: name.to_owned(), at: None };
    let base = "offers/office-365-e1-traditional-p1y-annual-de";
    let add_on = "offers/audio-conferencing-traditional-p1y-annual-de";
    assert!(house.service.get_offer(asked(request(add_on))).await.is_ok());
    let by_a_partner = |name: &str| {
        let mut request = asked(request(name));
        request.extensions_mut().insert(a_partner());
        request
    };
    assert!(house.service.get_offer(by_a_partner(base)).await.is_ok());
    let refused = house.service.get_offer(by_a_partner(add_on)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let product = pb::GetProductRequest { name: "products/office-365-traditional".to_owned() };
    let mut product = asked(product);
    product.extensions_mut().insert(a_partner());
    let seen = house.service.get_product(product).await.unwrap().into_inner();
    assert_eq!(seen.skus.len(), 1);
}

fn a_partner() -> Caller {
    let partner = PartnerId(Uuid::from_u128(7));
    Caller {
        subject: "ada".to_owned(),
        partner: Some(partner),
        customer: None,
        roles: [Role::AdminAgent].into(),
        reach: Reach::Partner(partner),
    }
}

#[rstest]
#[tokio::test]
async fn pages_follow_each_other_without_gaps(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(SAMPLE).await.unwrap();
    let ask = |page_size, page_token: &str| pb::ListProductsRequest {
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let service = &house.service;
    let whole = service.list_products(asked(ask(0, ""))).await.unwrap().into_inner();
    let first = service.list_products(asked(ask(5, ""))).await.unwrap().into_inner();
    let token = first.next_page_token.as_str();
    let rest = service.list_products(asked(ask(500, token))).await.unwrap().into_inner();
    assert_eq!((first.products.len(), rest.next_page_token.as_str()), (5, ""));
    assert_eq!([first.products, rest.products].concat(), whole.products);
}

#[rstest]
#[tokio::test]
async fn an_offer_is_read_as_at_an_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let later = "  2026-02-01:\n    full: {P1Y/ANNUAL: {DE: withdrawn, AU: 200}}\n";
    house.import(&a_file(&format!("{TWO}{later}"))).await.unwrap();
    let get = async |name: &str, at: Option<&str>| {
        let request = pb::GetOfferRequest { name: name.to_owned(), at: at.map(timestamp) };
        house.service.get_offer(asked(request)).await.map(tonic::Response::into_inner)
    };
    let now = get("offers/full-p1y-annual-de", None).await.unwrap();
    assert_eq!(now.price.unwrap().units, 120);
    assert_eq!(now.effective_time, Some(timestamp("2026-01-01T00:00:00Z")));
    assert_eq!((now.revision, now.tax_included), (1, false));
    let gone = get("offers/full-p1y-annual-de", Some("2026-02-01T00:00:00Z")).await.unwrap_err();
    let not_yet = get("offers/full-p1y-annual-au", None).await.unwrap_err();
    let never = get("offers/none", None).await.unwrap_err();
    for refused in [gone, not_yet, never] {
        assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "NOT_FOUND".to_owned()));
    }
    let australia = get("offers/full-p1y-annual-au", Some("2026-02-01T00:00:00Z")).await.unwrap();
    assert!(australia.tax_included, "MKT-3");
}

#[rstest]
#[tokio::test]
async fn cat_13_a_product_tells_how_it_is_handed_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(SAMPLE).await.unwrap();
    let sku = async |product: &str| {
        let request = pb::GetProductRequest { name: format!("products/{product}") };
        let found = house.service.get_product(asked(request)).await.unwrap().into_inner();
        found.skus.into_iter().next().unwrap()
    };
    let facts = |sku: &pb::Sku| {
        let fulfilment = sku.fulfilment.clone().unwrap();
        (fulfilment.product_key, fulfilment.download, !fulfilment.instructions_uri.is_empty())
    };
    assert_eq!(facts(&sku("windows-server").await), (true, true, false));
    assert_eq!(facts(&sku("windows-server-rds-cal").await), (true, false, false));
    assert_eq!(facts(&sku("office-365").await), (false, false, false));
    assert_eq!(facts(&sku("windows-server-2016-esu").await), (false, false, true));
    let conversions = sku("office-365").await.conversions;
    assert_eq!(conversions[0].sku, "products/office-365/skus/office-365-e3");
}

#[rstest]
#[tokio::test]
async fn mkt_1_the_list_of_blocked_markets_is_built_in(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let statement = "{version: \"2026-07\", effective_from: 2026-07-01, markets: [XK]}";
    house.import(&a_file(&format!("{TWO}blocked_markets: {statement}\n"))).await.unwrap();
    let list = async |at: Option<&str>| {
        let request = pb::ListBlockedMarketsRequest { at: at.map(timestamp) };
        let answer = house.service.list_blocked_markets(asked(request)).await.unwrap();
        answer.into_inner().blocked_markets.unwrap()
    };
    let now = list(None).await;
    assert_eq!((now.version.as_str(), now.markets.len()), ("2021-01", 106));
    assert_eq!(now.effective_time, Some(timestamp("2000-01-01T00:00:00Z")));
    assert!(now.markets.iter().any(|market| market == "XK"), "TRP-44");
    assert!(!now.markets.iter().any(|market| market == "DE"));
    assert!(now.markets.is_sorted());
    let later = list(Some("2026-07-01T00:00:00Z")).await;
    assert_eq!((later.version.as_str(), later.markets), ("2026-07", vec!["XK".to_owned()]));
}

#[rstest]
#[tokio::test]
async fn revisions_are_listed_the_newest_first(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for price in 1..=3 {
        house.import(&a_file(&TWO.replace("120", &price.to_string()))).await.unwrap();
    }
    let ask = |page_token: String| pb::ListCatalogRevisionsRequest { page_size: 2, page_token };
    let service = &house.service;
    let first = service.list_catalog_revisions(asked(ask(String::new()))).await.unwrap();
    let first = first.into_inner();
    let rest = service.list_catalog_revisions(asked(ask(first.next_page_token))).await.unwrap();
    let rest = rest.into_inner();
    let names: Vec<_> =
        first.revisions.iter().chain(&rest.revisions).map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["catalogRevisions/3", "catalogRevisions/2", "catalogRevisions/1"]);
    assert_eq!(rest.next_page_token, "");
    assert_eq!(first.revisions[0].description, "A file");
}
