//! Files, whole and broken.

use rstest::rstest;
use vocab::{BillingCycle, Money, Offer, Segment, SkuId, TermLength};

use super::*;
use crate::domain::finding::Findings;

/// A file with the offers that its lists bring, each with what the lists before leave.
#[derive(Debug)]
pub struct Whole {
    pub file: File,
    pub lists: Vec<BTreeMap<OfferId, Offer>>,
}

impl std::ops::Deref for Whole {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

/// Reads a document at once.
pub fn read(document: &[u8], effective_at: Option<Timestamp>) -> Result<Whole, Findings> {
    let mut prices = vec![];
    let outline = outline(document).map_err(broken)?;
    let sink = &mut |priced| prices.push(priced);
    let file = outline.read_prices(document, effective_at, sink).map_err(broken)?;
    Ok(whole(file, prices))
}

pub fn broken(error: ReadError) -> Findings {
    match error {
        ReadError::Broken(findings) => findings,
        ReadError::Io(error) => panic!("{error}"),
    }
}

/// Puts lists together, of which each says what changes on its day.
pub fn whole(file: File, prices: Vec<Priced>) -> Whole {
    let mut lists = vec![BTreeMap::<OfferId, Offer>::new(); file.dates.len()];
    for priced in prices {
        for list in lists.iter_mut().skip(usize::try_from(priced.list).unwrap()) {
            match priced.offer.clone() {
                Some(offer) => list.insert(priced.id.clone(), offer),
                None => list.remove(&priced.id),
            };
        }
    }
    Whole { file, lists }
}

const SAMPLE: &str = include_str!("../../../../../deploy/sample/catalog.yaml");

/// A small file in which there is one of everything.
const SMALL: &str = "\
format: 1
description: Small
markets:
  DE: EUR
  JP: JPY
  AU: AUD
  BR: {currency: BRL, tax_included: false}
  XK: EUR
products:
  suites:
    title: Suites
    kind: LICENSE_BASED
    skus:
      suite:
        title: Suite
        conversions: {bigger: linear}
      bigger:
        title: Bigger suite
        prerequisites: [suite]
      trial:
        title: Trial
        trial: true
        becomes: suite
  servers:
    title: Server
    kind: SOFTWARE_PERPETUAL
    skus:
      server:
        title: Server
        product_key: true
        downloads: [{version: '1', language: en, file_type: ISO, uri: https://x}]
prices:
  2026-01-01:
    suite:
      P1Y/ANNUAL: {DE: 120.00, JP: 18000, AU: 1, BR: 2, XK: 3}
      P1Y/MONTHLY: {DE: 126, DE/USD: 130.5}
    trial:
      P1M/MONTHLY: {DE: 0}
    server:
      ONE_TIME: {DE: 980.5}
  2027-01-01:
    suite:
      P1Y/ANNUAL: {DE: 126.00, JP: withdrawn}
blocked_markets:
  version: \"2026-07\"
  effective_from: 2026-07-01
  markets: [MV, XK]
";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn price(file: &Whole, list: usize, offer: &str) -> Option<Money> {
    file.lists[list].get(&OfferId(offer.to_owned())).map(|offer| offer.price)
}

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency.parse().unwrap()).unwrap()
}

#[test]
fn a_file_becomes_products_and_dated_offers() {
    let file = read(SMALL.as_bytes(), None).unwrap();
    assert_eq!(file.description, "Small");
    let dates = file.dates.clone();
    assert_eq!(dates, [at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")]);
    let (annual, monthly) = ("suite-p1y-annual-de", "suite-p1y-monthly-de");
    assert_eq!(price(&file, 0, annual), Some(money("120", "EUR")));
    assert_eq!(price(&file, 1, annual), Some(money("126", "EUR")));
    assert_eq!(
        price(&file, 1, monthly),
        Some(money("126", "EUR")),
        "a later list says what changes"
    );
    assert_eq!(price(&file, 0, "suite-p1y-monthly-de-usd"), Some(money("130.50", "USD")));
    assert_eq!(price(&file, 0, "server-one-time-de"), Some(money("980.50", "EUR")));
    assert_eq!(price(&file, 0, "suite-p1y-annual-jp"), Some(money("18000", "JPY")));
    assert_eq!(price(&file, 1, "suite-p1y-annual-jp"), None);

    let (_, statement) = file.file.statement.unwrap();
    assert_eq!(statement.effective_at, at("2026-07-01T00:00:00Z"));
    assert_eq!(statement.markets.len(), 2);
}

#[test]
fn tri_3_a_trial_says_what_it_becomes() {
    let mut becomes = vec![];
    let outline = outline(SMALL.as_bytes()).unwrap();
    let sink = &mut |priced: Priced| becomes.extend(priced.becomes.map(|sku| (priced.id, sku)));
    outline.read_prices(SMALL.as_bytes(), None, sink).unwrap();
    let trial = OfferId("trial-p1m-monthly-de".to_owned());
    assert_eq!(becomes, [(trial, SkuId("suite".to_owned()))]);
}

#[rstest]
#[case::mkt_3_germany_excludes_tax("DE", false)]
#[case::mkt_3_australia_includes_it("AU", true)]
#[case::trp_45_the_file_may_say_otherwise("BR", false)]
#[case::trp_44_kosovo_is_a_market("XK", false)]
fn tax_included_comes_from_the_market_or_the_file(#[case] market: &str, #[case] expected: bool) {
    let file = read(SMALL.as_bytes(), None).unwrap();
    let id = OfferId(format!("suite-p1y-annual-{}", market.to_lowercase()));
    assert_eq!(file.lists[0][&id].tax_included, expected);
}

#[rstest]
#[case::cat_13_a_plain_licence("suites", "suite", (false, false))]
#[case::cat_13_a_key_and_downloads("servers", "server", (true, true))]
fn fulfilment_is_what_the_sku_has(
    #[case] product: &str,
    #[case] sku: &str,
    #[case] expected: (bool, bool),
) {
    let file = read(SMALL.as_bytes(), None).unwrap();
    let skus = &file.products[&ProductId(product.to_owned())].skus;
    let found = &skus.iter().find(|one| one.id == SkuId(sku.to_owned())).unwrap().fulfilment;
    assert_eq!((found.product_key, found.download), expected);
}

#[test]
fn the_request_may_date_the_first_list() {
    let file = read(SMALL.as_bytes(), Some(at("2026-06-01T12:00:00Z"))).unwrap();
    assert_eq!(file.dates, [at("2026-06-01T12:00:00Z"), at("2027-01-01T00:00:00Z")]);
    let findings = read(SMALL.as_bytes(), Some(at("2027-01-01T00:00:00Z"))).unwrap_err();
    assert!(findings.to_string().contains("must come into force after"), "{findings}");
}

/// Replaces the first `from` in the small file; returns what is found then.
fn findings(from: &str, to: &str) -> Vec<String> {
    assert!(SMALL.contains(from), "{from} is in the file");
    let broken = SMALL.replacen(from, to, 1);
    match read(broken.as_bytes(), None) {
        Ok(_) => vec![],
        Err(findings) => {
            findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect()
        }
    }
}

#[rstest]
#[case::unknown_key("    kind:", "    kin:", &["line 11, column 5: kind is missing", "line 12, column 5: a product has no key kin"])]
#[case::unknown_kind("LICENSE_BASED", "LICENCE", &["line 12, column 11: \"LICENCE\" is not a ProductKind"])]
#[case::unknown_segment("    skus:", "    segments: [COMERCIAL]\n    skus:", &["line 13, column 16: \"COMERCIAL\" is not a Segment"])]
#[case::unknown_cloud("    skus:", "    cloud: PRIVATE\n    skus:", &["line 13, column 12: \"PRIVATE\" is not a Cloud"])]
#[case::cat_3_unknown_category("    skus:", "    category: Toys\n    skus:", &["line 13, column 15: \"Toys\" is not a Category"])]
#[case::trm_1_unknown_term("P1Y/ANNUAL", "P2Y/ANNUAL", &["line 35, column 7: \"P2Y\" is not a TermLength"])]
#[case::trm_2_unknown_billing("P1Y/ANNUAL", "P1Y/WEEKLY", &["line 35, column 7: \"WEEKLY\" is not a BillingCycle"])]
#[case::trm_4_a_month_paid_by_the_year("P1Y/ANNUAL", "P1M/ANNUAL", &["line 35, column 7: P1M/ANNUAL is not sold: P1M goes with MONTHLY"])]
#[case::trm_4_a_year_paid_by_three("P1Y/ANNUAL", "P1Y/TRIENNIAL", &["line 35, column 7: P1Y/TRIENNIAL is not sold"])]
#[case::trm_4_a_year_paid_once("P1Y/ANNUAL", "P1Y/ONE_TIME", &["line 35, column 7: P1Y/ONE_TIME is not sold"])]
#[case::trm_4_a_suite_bought_once("P1Y/ANNUAL", "ONE_TIME", &["line 35, column 7: suite has terms"])]
#[case::trm_1_perpetual_software_with_a_term("ONE_TIME", "P1Y/ANNUAL", &["line 40, column 7: server is bought once and has no term"])]
#[case::trm_1_a_trial_of_a_year("P1M/MONTHLY", "P1Y/MONTHLY", &["line 38, column 7: trial is a trial, which lasts a month"])]
#[case::no_plan("P1Y/ANNUAL", "yearly", &["line 35, column 7: yearly is no plan such as"])]
#[case::cat_14_no_year_by_year_of_three_before_its_day("  2026-01-01:\n    suite:\n      P1Y/ANNUAL", "  2021-10-21T23:59:59.999Z:\n    suite:\n      P3Y/ANNUAL", &["line 35, column 7: P3Y/ANNUAL is on offer since 2021-10-22T00:00:00Z"])]
#[case::cat_14_no_three_years_at_once_before_its_day("  2026-01-01:\n    suite:\n      P1Y/ANNUAL", "  2021-10-14:\n    suite:\n      P3Y/TRIENNIAL", &["line 35, column 7: P3Y/TRIENNIAL is on offer since 2021-10-22T00:00:00Z"])]
#[case::cat_14_year_by_year_of_three_from_its_day_on("  2026-01-01:\n    suite:\n      P1Y/ANNUAL: {DE: 120.00, JP: 18000,", "  2021-10-22:\n    suite:\n      P1Y/ANNUAL: {JP: 1}\n      P3Y/ANNUAL: {DE: 120.00,", &[])]
#[case::cat_14_a_suite_by_the_month_always_was("  2026-01-01:", "  2021-10-21:", &[])]
#[case::cat_12_a_choice_twice("uri: https://x}", "uri: https://x}, {version: '1', language: en, file_type: ISO, uri: https://y}", &["1, en, ISO is a choice of this SKU already"])]
#[case::ord_8_an_evaluation_of_a_suite("        title: Suite\n", "        title: Suite\n        evaluation: true\n", &["line 16, column 21: LICENSE_BASED has no evaluation, only ISV_SAAS_LICENSE"])]
#[case::ord_8_an_evaluation_that_is_none("        title: Suite\n", "        title: Suite\n        evaluation: false\n", &[])]
#[case::ord_8_an_evaluation_of_what_is_bought_once("product_key: true", "evaluation: true", &["line 30, column 21: SOFTWARE_PERPETUAL has no evaluation"])]
#[case::cat_17_linux_becomes_nothing_else("kind: LICENSE_BASED", "kind: LINUX_PLAN", &["line 16, column 23: suite is a LINUX_PLAN, which cannot be exchanged"])]
#[case::cat_17_linux_has_no_policy_of_its_own("kind: SOFTWARE_PERPETUAL\n    skus:\n      server:\n        title: Server\n", "kind: LINUX_PLAN\n    skus:\n      server:\n        title: Server\n        cancellation_policy: LIC168\n", &["line 30, column 30: a LINUX_PLAN cannot be cancelled", "line 41, column 7: server has terms"])]
#[case::d_43_yen_have_no_decimals("18000", "18000.5", &["line 35, column 36: 18000.5 has more than 0 decimals"])]
#[case::d_43_euros_have_two("120.00", "120.001", &["line 35, column 24: 120.001 has more than 2 decimals"])]
#[case::d_43_an_unlisted_currency("DE: EUR", "DE: EURO", &["line 4, column 7: \"EURO\" is not a currency"])]
#[case::d_43_gold_has_no_minor_unit("XK: EUR", "XK: XAU", &["line 8, column 7: \"XAU\" is not a currency"])]
#[case::a_negative_price("120.00", "-120.00", &["line 35, column 24: the price -120.00 is negative"])]
#[case::less_than_nothing("DE: 0}", "DE: -0}", &["line 38, column 25: the price -0 is negative"])]
#[case::a_price_in_words("120.00", "cheap", &["line 35, column 24: \"cheap\" is not a decimal amount"])]
#[case::a_price_too_large("120.00", "99999999999999999999", &["line 35, column 24: the amount is too large"])]
#[case::a_price_that_is_a_list("120.00", "[1]", &["line 35, column 24: a price must be a single value"])]
#[case::trp_44_no_market("  XK: EUR", "  Kosovo: EUR", &["line 8, column 3: \"Kosovo\" is not a Market", "line 35, column 57: XK is not listed"])]
#[case::an_unlisted_market("XK: 3}", "FR: 3}", &["line 35, column 57: FR is not listed under markets"])]
#[case::a_product_twice("  servers:", "  suites:", &["line 24, column 3: suites stands here twice, first at line 10, column 3", "line 39, column 5: there is no SKU server"])]
#[case::a_sku_twice("      bigger:", "      suite:", &["line 16, column 23: there is no SKU bigger", "line 17, column 7: suite stands here twice, first at line 14, column 7"])]
#[case::a_sku_of_two_products("      server:", "      trial:", &["line 28, column 7: trial is a SKU of suites already", "there is no SKU server"])]
#[case::an_offer_twice("JP: 18000", "DE: 18000", &["line 35, column 32: DE stands here twice"])]
#[case::an_offer_in_its_own_currency_twice("DE/USD", "DE/EUR", &["line 36, column 30: suite-p1y-monthly-de has a price already"])]
#[case::cat_15_a_dangling_conversion("{bigger: linear}", "{biggest: linear}", &["line 16, column 23: there is no SKU biggest"])]
#[case::cat_15_an_unknown_conversion("{bigger: linear}", "{bigger: sideways}", &["line 16, column 31: \"sideways\" is not a ConversionKind"])]
#[case::cat_16_a_dangling_prerequisite("[suite]", "[suit]", &["line 19, column 25: there is no SKU suit"])]
#[case::a_dangling_successor("becomes: suite", "becomes: suit", &["line 23, column 18: there is no SKU suit"])]
#[case::a_dangling_price("    trial:\n      P1M", "    trail:\n      P1M", &["line 37, column 5: there is no SKU trail"])]
#[case::an_id_with_a_slash("  suites:", "  s/u:", &["line 10, column 3: \"s/u\" is no id"])]
#[case::an_id_with_a_blank("      trial:\n", "      a trial:\n", &["line 20, column 7: \"a trial\" is no id", "there is no SKU trial"])]
#[case::seats_reversed("        title: Suite\n", "        title: Suite\n        min_quantity: 5\n        max_quantity: 4\n", &["line 17, column 23: max_quantity 4 is below min_quantity 5"])]
#[case::no_seats("        title: Suite\n", "        title: Suite\n        min_quantity: 0\n", &["line 16, column 23: min_quantity must be a whole number"])]
#[case::half_a_truth("product_key: true", "product_key: yes", &["line 30, column 22: product_key must be true or false"])]
#[case::no_title("    title: Server\n", "", &["line 25, column 5: title is missing"])]
#[case::another_format("format: 1", "format: 2", &["line 1, column 9: this program reads format 1"])]
#[case::no_format("format: 1\n", "", &["line 1, column 1: format is missing"])]
#[case::no_day("2027-01-01", "2027-02-30", &["line 41, column 3: \"2027-02-30\" is neither a day"])]
#[case::another_millennium("2027-01-01", "2327-01-01", &["line 41, column 3: 2327-01-01 lies outside"])]
#[case::dates_reversed("2027-01-01", "2025-01-01", &["line 41, column 3: this list must come into force after 2026-01-01"])]
#[case::mkt_4_a_statement_without_a_date("  effective_from: 2026-07-01\n", "", &["effective_from is missing"])]
#[case::not_yaml("description: Small", "description: Sm: all", &["line 2, column 16: this is not YAML"])]
fn a_broken_file_is_told_with_line_and_column(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &[&str],
) {
    let found = findings(from, to);
    assert_eq!(found.len(), expected.len(), "one mistake is told once: {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() {
    let broken = SMALL
        .replace("DE: 126.00", "DE: 1.234")
        .replace("product_key: true", "key: true")
        .replace("LICENSE_BASED", "X")
        .replace("JP: JPY", "JP: ???");
    let findings = read(broken.as_bytes(), None).unwrap_err();
    let lines: Vec<_> = findings.iter().map(|one| one.place.line).collect();
    assert_eq!(lines, [5, 12, 30, 43]);
    let text = findings.to_string();
    assert!(text.starts_with("the catalog file is broken at line 5, column 7: "), "{text}");
    assert!(text.ends_with("; 3 more places are broken"), "{text}");
}

#[rstest]
#[case::nothing(b"", 1, 1)]
#[case::a_scalar(b"hello", 1, 1)]
#[case::a_list(b"- a", 1, 1)]
#[case::no_text(b"format: 1\nab\xff", 2, 3)]
#[case::no_text_at_once(b"\xff", 1, 1)]
fn what_is_no_catalog_at_all_is_told(#[case] file: &[u8], #[case] line: u64, #[case] column: u64) {
    let findings = read(file, None).unwrap_err();
    assert_eq!(findings.first.place, Place { line, column }, "{findings}");
}

#[test]
fn a_long_text_is_cut_in_a_finding() {
    let broken =
        SMALL.replacen("120.00", &"9".repeat(100_000), 1).replacen("EUR", &"E".repeat(100_000), 1);
    let findings = read(broken.as_bytes(), None).unwrap_err();
    assert!(findings.iter().all(|one| one.what.len() < 210));
}

#[test]
fn the_sample_is_sound_and_has_what_the_demo_needs() {
    let file = read(SAMPLE.as_bytes(), None).unwrap();
    assert!(file.description.contains("invented"));
    let offer = |list: usize, id: &str| {
        file.lists[list].get(&OfferId(id.to_owned())).unwrap_or_else(|| panic!("{id}"))
    };
    // PCX-6, the worked example.
    let suite = offer(0, "m365-business-standard-p1y-annual-de");
    assert_eq!(suite.price, money("120.00", "EUR"));
    assert_eq!((suite.term, suite.billing), (Some(TermLength::OneYear), BillingCycle::Annual));
    assert_eq!(suite.segments.iter().collect::<Vec<_>>(), [&Segment::Commercial]);
    let next_year = offer(1, "m365-business-standard-p1y-annual-de");
    assert_eq!(next_year.price, money("126.00", "EUR"));

    assert!(offer(0, "windows-server-standard-p1y-annual-de").fulfilment.product_key);
    assert!(offer(0, "windows-server-2022-standard-one-time-de").term.is_none());
    assert!(offer(0, "m365-business-standard-p1y-annual-br").tax_included);
    assert_eq!(offer(0, "azure-vm-d4s-v5-p1y-annual-mv").kind.as_str(), "AZURE_RESERVATION");
    let kinds: std::collections::BTreeSet<_> =
        file.products.values().map(|product| product.kind).collect();
    assert_eq!(kinds.len(), 8, "every kind but the metered one: {kinds:?}");
}

#[test]
fn the_sample_says_that_its_prices_are_invented_and_stays_short() {
    assert!(SAMPLE.contains("EVERY PRICE IN IT IS INVENTED"));
    assert!(SAMPLE.lines().count() < 400);
}

#[test]
fn add_1_the_sample_has_a_legacy_add_on_with_its_base() {
    let file = read(SAMPLE.as_bytes(), None).unwrap();
    let of = |sku: &str| {
        let id = OfferId(format!("{sku}-p1y-monthly-de"));
        file.lists[0].get(&id).unwrap_or_else(|| panic!("{id}"))
    };
    let (base, add_on) = (of("office-365-e1-traditional"), of("audio-conferencing-traditional"));
    assert!(!base.restrictions.is_legacy_add_on(base.kind));
    assert!(add_on.restrictions.is_legacy_add_on(add_on.kind));
    assert_eq!(add_on.restrictions.prerequisites, [base.sku.clone()].into());
}

/// What the sample shows of upgrade paths, promotions and suites.
#[test]
fn the_sample_shows_every_kind_of_path_a_promotion_and_suites() {
    let file = read(SAMPLE.as_bytes(), None).unwrap();
    let skus: Vec<_> = file.products.values().flat_map(|product| &product.skus).collect();
    let kinds: std::collections::BTreeSet<_> =
        skus.iter().flat_map(|sku| &sku.conversions).map(|one| one.kind).collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(file.promotions.len(), 1);
    assert_eq!(skus.iter().filter(|sku| sku.hybrid_benefit.is_some()).count(), 2);
    let capped = skus.iter().filter(|sku| sku.max_quantity == Some(300)).count();
    assert_eq!((skus.iter().filter(|sku| sku.suite.is_some()).count(), capped), (13, 3));
    let f3 = skus.iter().find(|sku| sku.id.as_str() == "office-365-f3").unwrap();
    assert!(f3.is_closed_to_new_purchase, "CAT-10");
}
