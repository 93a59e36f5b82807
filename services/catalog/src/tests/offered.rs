//! Which products are listed, to whom, and with what.

use access::{Caller, Reach};
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use proto::common::Role;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Request};
use uuid::Uuid;
use vocab::PartnerId;

use super::{House, TWO, a_file, asked, reason};

const OWN: PartnerId = PartnerId(Uuid::from_u128(0xa));
const RIVAL: PartnerId = PartnerId(Uuid::from_u128(0xb));

/// A request of somebody at a partner.
fn asked_at<T>(partner: PartnerId, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller {
        subject: "ada".to_owned(),
        partner: Some(partner),
        customer: None,
        roles: [Role::AdminAgent].into(),
        reach: Reach::Partner(partner),
    });
    request
}

/// Products of every sort, with a SKU each.
fn every_sort() -> String {
    let products = "  school:
    title: School
    kind: LICENSE_BASED
    segments: [EDUCATION, NON_PROFIT]
    skus: {school: {title: School}}
  small:
    title: Small
    kind: LICENSE_BASED
    category: Small business
    skus: {small: {title: Small}}
  meter:
    title: Meter
    kind: ISV_SAAS_METERED
    publisher: Fabrikam
    skus: {meter: {title: Meter}}
  service:
    title: Service
    kind: ISV_SAAS_LICENSE
    publisher: Fabrikam
    category: Small business
    segments: [COMMERCIAL, EDUCATION]
    skus: {service: {title: Service, evaluation: true}}
prices:";
    a_file(TWO).replace("prices:", products)
}

#[rstest]
#[case::cat_3_publisher("publisher_type = PARTNER", &["meter", "service"])]
#[case::cat_3_billing_type("billing_type = USAGE", &["meter"])]
#[case::cat_3_category("category = \"Small business\"", &["service", "small"])]
#[case::cat_3_all_must_match("category = \"Small business\" AND publisher_type = PARTNER", &["service"])]
#[case::cat_3_nothing_matches_all("billing_type = USAGE AND category = \"Small business\"", &[])]
#[case::cat_4_schools("segment : EDUCATION", &["school", "service"])]
#[case::cat_4_companies("segment = COMMERCIAL", &["meter", "service", "small", "suites"])]
#[case::cat_4_with_a_filter("segment = EDUCATION AND publisher_type = MICROSOFT", &["school"])]
#[case::cat_4_governments("segment = GOVERNMENT", &[])]
#[case::cat_3_everything("", &["meter", "school", "service", "small", "suites"])]
#[tokio::test]
async fn products_are_listed_by_what_is_asked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] filter: &str,
    #[case] expected: &[&str],
    #[values(1, 50)] page_size: i32,
) {
    let house = House::on(backend).await;
    house.import(&every_sort()).await.unwrap();
    let mut request =
        pb::ListProductsRequest { filter: filter.to_owned(), page_size, ..Default::default() };
    let mut found = vec![];
    loop {
        let page = house.service.list_products(asked(request.clone())).await.unwrap().into_inner();
        assert!(page.products.len() <= usize::try_from(page_size).unwrap());
        found.extend(page.products.into_iter().map(|product| product.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = expected.iter().map(|id| format!("products/{id}")).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn cat_4_a_product_says_for_whom_it_is() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&every_sort()).await.unwrap();
    let request = pb::GetProductRequest { name: "products/school".to_owned() };
    let school = house.service.get_product(asked(request)).await.unwrap().into_inner();
    let segments: Vec<_> = school.segments().collect();
    assert_eq!(segments, [proto::common::Segment::Education, proto::common::Segment::NonProfit]);
    assert_eq!(school.cloud(), proto::common::Cloud::Commercial);
}

/// Two products, one of which is exclusive as a whole, the other in part; each leads to the other.
fn exclusive() -> String {
    let skus = format!(
        "      basic: {{title: Basic, conversions: {{full: many-to-one, tool: many-to-one}}}}
      full: {{title: Full, prerequisites: [tool], exclusive_to: [{OWN}]}}
  tools:
    title: Tools
    kind: ISV_SAAS_LICENSE
    publisher: Fabrikam
    skus: {{tool: {{title: Tool, exclusive_to: [{OWN}]}}}}
"
    );
    a_file(TWO).replace("      basic: {title: Basic}\n      full: {title: Full}\n", &skus)
}

#[rstest]
#[case::cat_7_its_partner(OWN, &["products/suites", "products/tools"], &["full", "tool"])]
#[case::cat_7_another_partner(RIVAL, &["products/suites"], &[])]
#[tokio::test]
async fn what_is_exclusive_is_nowhere_named_to_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] who: PartnerId,
    #[case] products: &[&str],
    #[case] targets: &[&str],
) {
    let house = House::on(backend).await;
    house.import(&exclusive()).await.unwrap();
    let service = &house.service;
    let list = pb::ListProductsRequest { page_size: 1, ..Default::default() };
    let first = service.list_products(asked_at(who, list)).await.unwrap().into_inner();
    let rest = pb::ListProductsRequest { page_token: first.next_page_token, ..Default::default() };
    let mut listed = first.products;
    if !rest.page_token.is_empty() {
        let rest = service.list_products(asked_at(who, rest)).await.unwrap().into_inner();
        listed.extend(rest.products);
    }
    let names: Vec<_> = listed.iter().map(|product| product.name.as_str()).collect();
    assert_eq!(names, products);

    let sku = |name: &str| format!("products/suites/skus/{name}");
    let basic = &listed[0].skus[0];
    let conversions: Vec<_> =
        basic.conversions.iter().map(|one| one.sku.rsplit('/').next().unwrap()).collect();
    assert_eq!(conversions, targets);
    assert_eq!(listed[0].skus.len(), 1 + usize::from(who == OWN));
    let read = pb::GetProductRequest { name: "products/suites".to_owned() };
    let read = service.get_product(asked_at(who, read)).await.unwrap().into_inner();
    assert_eq!(read, listed[0], "one product looks as it does in a list");
    let tools = pb::GetProductRequest { name: "products/tools".to_owned() };
    assert_eq!(service.get_product(asked_at(who, tools)).await.is_ok(), who == OWN);

    let paths = |name: &str| pb::ListUpgradePathsRequest { sku: sku(name), ..Default::default() };
    let found = service.list_upgrade_paths(asked_at(who, paths("basic"))).await.unwrap();
    let found: Vec<_> =
        found.into_inner().paths.iter().map(|path| path.title.to_lowercase()).collect();
    assert_eq!(found, targets);
    let hidden = service.list_upgrade_paths(asked_at(who, paths("full"))).await;
    assert_eq!(
        hidden.map_or_else(|no| no.code(), |_| Code::Ok),
        if who == OWN { Code::Ok } else { Code::NotFound }
    );
}

/// A promotion names no SKU that is for others alone, and is not there when it is for nothing else.
#[rstest]
#[case::cat_7_its_partner(OWN, &["both: basic full", "hidden: tool", "later: basic"])]
#[case::cat_7_another_partner(RIVAL, &["both: basic", "later: basic"])]
#[tokio::test]
async fn promotions_of_what_is_exclusive_are_not_told_to_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] who: PartnerId,
    #[case] expected: &[&str],
) {
    let house = House::on(backend).await;
    let promotion = |id: &str, skus: &str| {
        let days = "from: 2026-01-01, until: 2026-12-31";
        format!("  - {{id: {id}, title: T, percent: 5, skus: [{skus}], {days}}}\n")
    };
    let promotions = [
        promotion("both", "basic, full"),
        promotion("hidden", "tool"),
        promotion("later", "basic"),
    ];
    let document = format!("{}promotions:\n{}", exclusive(), promotions.concat());
    house.import(&document).await.unwrap();
    let (mut found, mut page_token) = (vec![], String::new());
    loop {
        let request = pb::ListPromotionsRequest { page_size: 1, page_token, ..Default::default() };
        let page =
            house.service.list_promotions(asked_at(who, request)).await.unwrap().into_inner();
        for choice in page.promotions {
            let one = choice.promotion.unwrap();
            found.push(format!("{}: {}", one.id, one.sku_ids.join(" ")));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, expected);
}

/// What cannot be chosen is not there, and nothing to choose from is no error.
#[rstest]
#[tokio::test]
async fn cat_12_downloads_are_the_choices_that_there_are(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let uri = "uri: https://x";
    let downloads = format!(
        "downloads: [{{version: '2022', language: en, file_type: ISO, {uri}}}, \
         {{version: '2022', language: de, file_type: ISO, {uri}}}, \
         {{version: '2019', language: en, file_type: EXE, {uri}}}]"
    );
    let file = a_file(TWO).replace("{title: Full}", &format!("{{title: Full, {downloads}}}"));
    house.import(&file).await.unwrap();
    let request = pb::GetProductRequest { name: "products/suites".to_owned() };
    let product = house.service.get_product(asked(request)).await.unwrap().into_inner();
    let choices = |sku: &pb::Sku| -> Vec<String> {
        let told = |one: &pb::DownloadOption| {
            format!("{} {} {}", one.version, one.language, one.file_type)
        };
        sku.downloads.iter().map(told).collect()
    };
    assert_eq!(choices(&product.skus[0]), Vec::<String>::new());
    assert!(!product.skus[0].fulfilment.clone().unwrap().download);
    assert_eq!(choices(&product.skus[1]), ["2022 en ISO", "2022 de ISO", "2019 en EXE"]);
    assert!(product.skus[1].fulfilment.clone().unwrap().download);
}

/// An evaluation that comes or goes is a change like any other.
#[rstest]
#[tokio::test]
async fn ord_8_an_evaluation_is_part_of_the_offer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let with = format!("{}    service: {{P1Y/ANNUAL: {{DE: 9}}}}\n", every_sort());
    house.import(&with).await.unwrap();
    let offer = async || {
        let name = "offers/service-p1y-annual-de".to_owned();
        let request = pb::GetOfferRequest { name, at: None };
        house.service.get_offer(asked(request)).await.unwrap().into_inner()
    };
    assert!(offer().await.includes_evaluation);
    let request = pb::GetProductRequest { name: "products/service".to_owned() };
    let product = house.service.get_product(asked(request)).await.unwrap().into_inner();
    assert!(product.skus[0].includes_evaluation);

    let without = with.replace(", evaluation: true", "");
    let imported = house.import(&without).await.unwrap();
    let told = "service-p1y-annual-de changes in its terms, from 2026-01-01T00:00:00Z";
    assert!(imported.differences.iter().any(|one| one == told), "{:?}", imported.differences);
    assert!(!offer().await.includes_evaluation);
}

#[tokio::test]
async fn cat_4_an_unknown_segment_is_refused() {
    let house = House::on(Backend::Sqlite).await;
    let filter = "segment = EVERYBODY".to_owned();
    let request = pb::ListProductsRequest { filter, ..Default::default() };
    let refused = house.service.list_products(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}
