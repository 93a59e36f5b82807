//! Suites, upgrade paths, promotions and the hybrid benefit, as callers see them.

use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Response};

use super::{House, a_file, asked, reason, timestamp};

/// Four SKUs with paths, and two promotions.
fn a_shop() -> String {
    let skus = "      basic: {title: Basic, conversions: {full: {kind: across-categories, adds_value: true}, \
                plain: across-categories, early: linear, max: many-to-one}}
      full: {title: Full, prerequisites: [basic]}
      plain: {title: Plain}
      early: {title: Early, closed_to_new_purchase: true}
      max: {title: Max}
      standard: {title: Windows Server Standard, hybrid_benefit: standard}
      trial: {title: Trial, trial: true, becomes: full}
";
    let prices = "  2026-01-01:
    basic: {P1Y/ANNUAL: {DE: 100, US: 100}, P1Y/MONTHLY: {DE: 105}}
    full: {P1Y/ANNUAL: {DE: 120, US: 90}}
    plain: {P1Y/ANNUAL: {DE: 100}}
    trial: {P1M/MONTHLY: {DE: 0}}
promotions:
  - {id: over, title: Over, percent: 50, skus: [full], from: 2025-01-01, until: 2025-12-31}
  - {id: spring_1, title: Spring, percent: 15, skus: [full, trial], markets: [DE], terms: [P1Y], from: 2026-01-01, until: 2026-12-31}
  - {id: us, title: Elsewhere, percent: 5, skus: [full], markets: [US], segments: [EDUCATION], from: 2026-01-01, until: 2026-12-31}
";
    a_file(prices).replace("      basic: {title: Basic}\n      full: {title: Full}\n", skus)
}

impl House {
    async fn paths(&self, market: &str) -> Vec<pb::UpgradePath> {
        let request = pb::ListUpgradePathsRequest {
            sku: "products/suites/skus/basic".to_owned(),
            market: market.to_owned(),
            ..Default::default()
        };
        let answer = self.service.list_upgrade_paths(asked(request)).await;
        answer.unwrap().into_inner().paths
    }

    async fn promotions(&self, offer: &str, filter: &str) -> Vec<pb::PromotionChoice> {
        let request = pb::ListPromotionsRequest {
            offer: offer.to_owned(),
            filter: filter.to_owned(),
            at: Some(timestamp("2026-02-01T00:00:00Z")),
            ..Default::default()
        };
        let answer = self.service.list_promotions(asked(request)).await;
        answer.unwrap().into_inner().promotions
    }
}

#[tokio::test]
async fn cat_11_suites_are_listed_by_persona_and_sector() {
    let house = House::on(Backend::Sqlite).await;
    let ask = |filter: &str, page_size, page_token| pb::ListSuitesRequest {
        filter: filter.to_owned(),
        page_size,
        page_token,
    };
    let all = house.service.list_suites(asked(ask("", 500, String::new()))).await.unwrap();
    let all = all.into_inner().suites;
    assert_eq!(all.len(), 38);
    let first = house.service.list_suites(asked(ask("", 20, String::new()))).await.unwrap();
    let first = first.into_inner();
    let rest = house.service.list_suites(asked(ask("", 20, first.next_page_token))).await.unwrap();
    let rest = rest.into_inner();
    assert_eq!([first.suites, rest.suites].concat(), all);
    assert_eq!(rest.next_page_token, "");

    let filter = "persona = INFORMATION_WORKER AND sector = COMMERCIAL_SMB";
    let small = house.service.list_suites(asked(ask(filter, 0, String::new()))).await.unwrap();
    let small = small.into_inner().suites;
    assert!(small.len() == 4 && small.iter().all(|suite| suite.max_seats == 300), "CAT-9");
    let refused = house.service.list_suites(asked(ask("sector = TOYS", 0, String::new()))).await;
    assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
}

#[rstest]
#[tokio::test]
async fn cat_15_every_path_of_a_sku_is_listed_with_its_kind_and_why_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(&a_shop()).await.unwrap();
    let told = |paths: &[pb::UpgradePath]| -> Vec<(String, String, String)> {
        let rule = |path: &pb::UpgradePath| path.refusal.clone().unwrap_or_default().rule;
        paths.iter().map(|path| (path.title.clone(), path.kind.clone(), rule(path))).collect()
    };
    let expected = |full: &str| {
        [
            ("Early", "linear", "CAT-10"),
            ("Full", "across-categories", full),
            ("Max", "many-to-one", "D-19"),
            ("Plain", "across-categories", "D-19"),
        ]
        .map(|(title, kind, rule)| (title.to_owned(), kind.to_owned(), rule.to_owned()))
    };
    let paths = house.paths("DE").await;
    assert_eq!(told(&paths), expected(""));
    let full = &paths[1];
    assert!(full.supported && full.adds_value);
    assert_eq!(full.prerequisites, ["products/suites/skus/basic"], "UPG-17");
    let compared = &full.price_comparisons[0];
    let units = |money: &Option<proto::Money>| money.as_ref().unwrap().units;
    assert_eq!((units(&compared.from), units(&compared.to)), (100, 120), "D-48");

    let paths = house.paths("").await;
    assert_eq!(told(&paths), expected("UPG-1"), "in the US it falls");
    let refusal = paths[1].refusal.clone().unwrap();
    assert_eq!(refusal.reason, "PATH_NOT_SUPPORTED");
    assert_eq!(refusal.metadata["market"], "US");
    assert!(refusal.message.ends_with("there are no downgrades"), "{}", refusal.message);
}

#[rstest]
#[tokio::test]
async fn upg_18_a_refused_pair_has_its_hint(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let file = a_shop()
        .replace("title: Basic", "title: Project Online Essentials")
        .replace("title: Max", "title: Dynamics 365 Team Members");
    house.import(&file).await.unwrap();
    let paths = house.paths("").await;
    let refusal = paths[2].refusal.clone().unwrap();
    assert_eq!((refusal.rule.as_str(), refusal.metadata["hint"].as_str()), ("UPG-18", "DUP-1"));
}

#[tokio::test]
async fn upgrade_paths_come_in_pages_and_of_a_sku_that_exists() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&a_shop()).await.unwrap();
    let ask = |sku: &str, page_size, page_token| {
        asked(pb::ListUpgradePathsRequest {
            sku: format!("products/suites/skus/{sku}"),
            page_size,
            page_token,
            ..Default::default()
        })
    };
    let first = house.service.list_upgrade_paths(ask("basic", 3, String::new())).await.unwrap();
    let first = first.into_inner();
    let rest = house.service.list_upgrade_paths(ask("basic", 3, first.next_page_token)).await;
    let rest = rest.unwrap().into_inner();
    assert_eq!((first.paths.len(), rest.paths.len(), rest.next_page_token.as_str()), (3, 1, ""));
    let unknown = house.service.list_upgrade_paths(ask("none", 0, String::new())).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn pro_2_promotions_of_an_offer_say_whether_they_apply(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(&a_shop()).await.unwrap();
    let told = |choices: &[pb::PromotionChoice]| -> Vec<(String, String)> {
        let why = |one: &pb::PromotionChoice| one.refusal.clone().unwrap_or_default().reason;
        choices.iter().map(|one| (one.promotion.clone().unwrap().id, why(one))).collect()
    };
    let expected = |reasons: [&str; 3]| {
        let ids = ["over", "spring_1", "us"];
        ids.into_iter()
            .zip(reasons)
            .map(|(id, why)| (id.to_owned(), why.to_owned()))
            .collect::<Vec<_>>()
    };
    let (over, fits, market) = ("PROMOTION_NOT_IN_FORCE", "", "PROMOTION_MARKET");
    let germany = house.promotions("offers/full-p1y-annual-de", "").await;
    assert_eq!(told(&germany), expected([over, fits, market]));
    let price = germany[1].price.clone().unwrap();
    assert_eq!((germany[1].eligible, price.units), (true, 102), "PRO-1");
    assert_eq!((germany[0].eligible, germany[0].price.clone()), (false, None));

    let states = house.promotions("offers/full-p1y-annual-us", "").await;
    assert_eq!(told(&states), expected([over, market, "PROMOTION_SEGMENT"]));
    let trial = house.promotions("offers/trial-p1m-monthly-de", "").await;
    assert_eq!(told(&trial), [("spring_1".to_owned(), "PROMOTION_TRIAL".to_owned())], "TRI-8");
}

#[rstest]
#[case::pro_2_all("", &["over", "spring_1", "us"])]
#[case::pro_2_of_a_market("market = DE", &["over", "spring_1"])]
#[case::pro_2_of_a_segment("segment : COMMERCIAL", &["over", "spring_1"])]
#[case::pro_2_of_a_term("term = P1M", &["over", "us"])]
#[case::pro_2_of_a_sku("sku = products/suites/skus/trial", &["spring_1"])]
#[case::pro_2_of_no_sku("sku = products/suites/skus/tria_", &[])]
#[tokio::test]
async fn promotions_are_listed_by_what_is_asked(
    #[case] filter: &str,
    #[case] expected: &[&str],
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.import(&a_shop()).await.unwrap();
    let found = house.promotions("", filter).await;
    let ids: Vec<_> = found.iter().map(|one| one.promotion.as_ref().unwrap().id.as_str()).collect();
    assert_eq!(ids, expected);
    assert!(found.iter().all(|one| one.eligible == (one.promotion.as_ref().unwrap().id != "over")));
}

#[rstest]
#[tokio::test]
async fn pro_2_promotions_have_versions_like_offers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let first = house.import(&a_shop()).await.unwrap();
    let added = "promotion spring_1 is added at 15 %, from 2026-01-01T00:00:00Z";
    assert!(first.differences.iter().any(|one| one == added), "{:?}", first.differences);
    let raised = a_shop()
        .replace("  2026-01-01:\n", "  2026-01-10:\n")
        .replace("percent: 15", "percent: 20")
        .replace("id: us", "id: uk");
    let second = house.import(&raised).await.unwrap();
    assert_eq!(
        second.differences,
        [
            "promotion spring_1 changes from 15 % to 20 %, from 2026-01-10T00:00:00Z",
            "promotion uk is added at 5 %, from 2026-01-10T00:00:00Z",
            "promotion us is withdrawn, from 2026-01-10T00:00:00Z",
        ]
    );
    assert_eq!(house.import(&raised).await.unwrap().revision, None);
    let at = |instant: &str| pb::ListPromotionsRequest {
        filter: "sku = products/suites/skus/trial".to_owned(),
        at: Some(timestamp(instant)),
        ..Default::default()
    };
    for (instant, percent) in [("2026-01-09T23:59:59Z", 15), ("2026-01-10T00:00:00Z", 20)] {
        let found =
            house.service.list_promotions(asked(at(instant))).await.map(Response::into_inner);
        let found = found.unwrap().promotions;
        assert_eq!(found[0].promotion.as_ref().unwrap().percent, percent, "{instant}");
    }
}

#[rstest]
#[case::ahb_1_standard("standard", true, "", 40)]
#[case::ahb_1_without_software_assurance("standard", false, "AHB-1", 0)]
#[case::ahb_1_anything_else("full", true, "AHB-1", 0)]
#[tokio::test]
async fn the_hybrid_benefit_is_estimated(
    #[case] sku: &str,
    #[case] software_assurance: bool,
    #[case] rule: &str,
    #[case] saving: i64,
) {
    let house = House::on(Backend::Sqlite).await;
    house.import(&a_shop()).await.unwrap();
    let price = proto::Money { currency_code: "EUR".to_owned(), units: 100, nanos: 0 };
    let request = pb::EstimateHybridBenefitRequest {
        sku: format!("products/suites/skus/{sku}"),
        virtual_machine_price: Some(price.clone()),
        software_assurance,
    };
    let answer = house.service.estimate_hybrid_benefit(asked(request.clone())).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.eligible, rule.is_empty());
    assert_eq!(answer.refusal.unwrap_or_default().rule, rule);
    assert_eq!(answer.saving_max.map_or(0, |saving| saving.units), saving);
    assert_eq!(answer.label, if rule.is_empty() { "up to" } else { "" }, "AHB-2");

    let negative = proto::Money { units: -1, ..price };
    let request =
        pb::EstimateHybridBenefitRequest { virtual_machine_price: Some(negative), ..request };
    let refused = house.service.estimate_hybrid_benefit(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

#[rstest]
#[case::cat_10_closed_and_still_a_source("office-365/skus/office-365-f3", &[("Office 365 E3", "")])]
#[case::upg_18_one_of_the_sixteen(
    "enterprise-mobility-security/skus/ems-e3",
    &[("Enterprise Mobility + Security E5", "UPG-18"), ("Microsoft 365 E3", "")]
)]
#[case::upg_16_no_way_back_to_teams("office-365/skus/office-365-e3-no-teams", &[("Office 365 E5", "UPG-16")])]
#[case::d_48_from_small_business_to_enterprise(
    "microsoft-365-business/skus/m365-business-standard",
    &[("Microsoft 365 Business Premium", ""), ("Microsoft 365 E3", "")]
)]
#[tokio::test]
async fn the_sample_shows_paths_and_refusals(#[case] sku: &str, #[case] expected: &[(&str, &str)]) {
    let house = House::on(Backend::Sqlite).await;
    house.import(include_str!("../../../../deploy/sample/catalog.yaml")).await.unwrap();
    let request =
        pb::ListUpgradePathsRequest { sku: format!("products/{sku}"), ..Default::default() };
    let paths = house.service.list_upgrade_paths(asked(request)).await.unwrap().into_inner().paths;
    let told: Vec<_> = paths
        .iter()
        .map(|path| (path.title.as_str(), path.refusal.as_ref().map_or("", |why| &why.rule)))
        .collect();
    assert_eq!(told, expected);
}
