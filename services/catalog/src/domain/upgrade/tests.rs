//! Each rule of upgrade paths at its edges.

use rstest::rstest;
use vocab::ProductId;

use super::*;
use crate::domain::file::tests::read;
use crate::domain::suite;
use crate::tests::{TWO, a_file};

/// A SKU, called `title`; a suite where that is the name of one.
fn a_sku(title: &str) -> Sku {
    let file = read(a_file(TWO).as_bytes(), None).unwrap();
    let sku = file.products[&ProductId("suites".to_owned())].skus[0].clone();
    let suite = suite::all().into_iter().find(|suite| suite.name == title);
    Sku { title: title.to_owned(), suite, ..sku }
}

fn a_path(kind: ConversionKind) -> Conversion {
    let to = SkuName { product: ProductId("suites".to_owned()), sku: a_sku("X").id };
    Conversion { to, kind, adds_value: true, removes_limit: false }
}

/// Reads `P1Y DE 120 EUR`.
fn a_plan(text: &str) -> Plan {
    let words: Vec<_> = text.split(' ').collect();
    Plan {
        term: words[0].parse().unwrap(),
        market: words[1].parse().unwrap(),
        price: Money::parse(words[2], words[3].parse().unwrap()).unwrap(),
    }
}

fn rule(path: &UpgradePath) -> Option<&'static str> {
    path.refusal.as_ref().map(PathRefusal::rule)
}

/// Judges a path with the prices of both sides: `P1Y DE 100 EUR, P1M DE 9 EUR > P1Y DE 101 EUR`.
fn judged(conversion: &Conversion, from: &Sku, to: &Sku, prices: &str) -> UpgradePath {
    let plans = |texts: &str| texts.split(", ").map(a_plan).collect::<Vec<_>>();
    let (source, target) = prices.split_once(" > ").unwrap();
    let (source, target) = (plans(source), plans(target));
    judge(conversion, Side { sku: from, plans: &source }, Side { sku: to, plans: &target })
}

const RISING: &str = "P1Y DE 100 EUR > P1Y DE 101 EUR";

#[test]
fn upg_18_sixteen_pairs_are_refused_whatever_their_kind() {
    let pairs: Vec<_> = UNSUPPORTED.lines().skip(1).collect();
    assert_eq!(pairs.len(), 16);
    for pair in pairs {
        let (from, to) = pair.split_once(',').unwrap();
        for kind in ConversionKind::ALL {
            let path = judged(&a_path(*kind), &a_sku(from), &a_sku(to), RISING);
            let refusal = path.refusal.as_ref().unwrap();
            assert_eq!((refusal.rule(), refusal.hint()), ("UPG-18", Some("DUP-1")), "{pair}");
            let back = judged(&a_path(*kind), &a_sku(to), &a_sku(from), RISING);
            assert_eq!(rule(&back), None, "{pair} is about one direction");
        }
    }
}

/// A list that names a suite means its editions as well, whatever their titles are.
#[test]
fn upg_18_a_pair_is_found_by_the_suite_too() {
    let from =
        Sku { title: "Security, bundled".to_owned(), ..a_sku("Enterprise Mobility + Security E5") };
    let to = Sku { title: "Everything".to_owned(), ..a_sku("Microsoft 365 E5") };
    let path = judged(&a_path(ConversionKind::Linear), &from, &to, RISING);
    assert_eq!(rule(&path), Some("UPG-18"));
    let text = path.refusal.unwrap().to_string();
    assert!(
        text.contains("cancel the redundant Security, bundled within its current term"),
        "{text}"
    );
}

#[rstest]
#[case::upg_16_none_gains_teams("Office 365 E3", true, "Office 365 E5", false, Some("UPG-16"))]
#[case::upg_16_none_gains_teams_in_microsoft_365(
    "Microsoft 365 E3",
    true,
    "Microsoft 365 E5",
    false,
    Some("UPG-16")
)]
#[case::upg_16_with_may_become_without("Office 365 E3", false, "Office 365 E5", true, None)]
#[case::upg_16_without_may_stay_without("Office 365 E3", true, "Office 365 E5", true, None)]
#[case::upg_16_with_may_stay_with("Office 365 E3", false, "Office 365 E5", false, None)]
#[case::upg_16_is_about_five_suites(
    "Office 365 E3",
    true,
    "Windows 10/11 Enterprise E5",
    false,
    None
)]
fn teams(
    #[case] from: &str,
    #[case] from_is_without: bool,
    #[case] to: &str,
    #[case] to_is_without: bool,
    #[case] expected: Option<&str>,
) {
    let from = Sku { is_without_teams: from_is_without, ..a_sku(from) };
    let to = Sku { is_without_teams: to_is_without, ..a_sku(to) };
    let path = judged(&a_path(ConversionKind::Linear), &from, &to, RISING);
    assert_eq!(rule(&path), expected);
}

#[rstest]
#[case::d_19_it_rises(ConversionKind::AcrossCategories, RISING, None)]
#[case::d_19_it_stays(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR > P1Y DE 100 EUR",
    Some("D-19")
)]
#[case::upg_1_it_falls(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR > P1Y DE 99.99 EUR",
    Some("UPG-1")
)]
#[case::upg_15_linear_skips_the_test(ConversionKind::Linear, "P1Y DE 100 EUR > P1Y DE 1 EUR", None)]
#[case::tto_2_many_to_one_stays_valid(
    ConversionKind::ManyToOne,
    "P1Y DE 100 EUR > P1Y DE 1 EUR",
    None
)]
#[case::d_48_other_terms_are_not_compared(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR, P1M DE 10 EUR > P1Y DE 110 EUR, P3Y DE 5 EUR",
    None
)]
#[case::d_48_other_markets_are_not_compared(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR, P1Y XK 100 EUR > P1Y DE 110 EUR, P1Y AT 5 EUR",
    None
)]
#[case::d_48_other_currencies_are_not_compared(
    ConversionKind::AcrossCategories,
    "P1Y CH 100 EUR, P1Y CH 100 CHF > P1Y CH 110 EUR, P1Y CH 5 USD",
    None
)]
#[case::d_48_the_cheapest_plan_of_the_source(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR, P1Y DE 90 EUR > P1Y DE 95 EUR",
    None
)]
#[case::d_48_the_cheapest_plan_of_the_target(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR > P1Y DE 110 EUR, P1Y DE 100 EUR",
    Some("D-19")
)]
#[case::d_48_it_rises_for_every_term(
    ConversionKind::AcrossCategories,
    "P1M DE 10 EUR, P1Y DE 100 EUR > P1M DE 11 EUR, P1Y DE 99 EUR",
    Some("UPG-1")
)]
#[case::d_48_nothing_to_compare(
    ConversionKind::AcrossCategories,
    "P1Y DE 100 EUR > P3Y DE 300 EUR",
    Some("D-48")
)]
fn the_price(#[case] kind: ConversionKind, #[case] prices: &str, #[case] expected: Option<&str>) {
    let path = judged(&a_path(kind), &a_sku("A"), &a_sku("B"), prices);
    assert_eq!(rule(&path), expected);
}

#[rstest]
#[case::d_19_value(ConversionKind::AcrossCategories, true, false, None)]
#[case::d_19_a_limit(ConversionKind::AcrossCategories, false, true, None)]
#[case::d_19_neither(ConversionKind::AcrossCategories, false, false, Some("D-19"))]
#[case::d_19_linear_needs_neither(ConversionKind::Linear, false, false, None)]
#[case::tto_2_many_to_one_skips_the_price_alone(
    ConversionKind::ManyToOne,
    false,
    false,
    Some("D-19")
)]
fn the_value(
    #[case] kind: ConversionKind,
    #[case] adds_value: bool,
    #[case] removes_limit: bool,
    #[case] expected: Option<&str>,
) {
    let conversion = Conversion { adds_value, removes_limit, ..a_path(kind) };
    let path = judged(&conversion, &a_sku("A"), &a_sku("B"), RISING);
    assert_eq!(rule(&path), expected);
}

#[test]
fn d_48_what_was_compared_is_told() {
    let prices = "P1Y DE 100 EUR, P1Y DE 90 EUR, P1M DE 9 EUR > P1Y DE 120 EUR";
    let path = judged(&a_path(ConversionKind::AcrossCategories), &a_sku("A"), &a_sku("B"), prices);
    let (from, to) = (a_plan("P1Y DE 90 EUR"), a_plan("P1Y DE 120 EUR"));
    let expected =
        Comparison { term: from.term, market: from.market, from: from.price, to: to.price };
    assert_eq!(path.comparisons, [expected]);
    let linear = judged(&a_path(ConversionKind::Linear), &a_sku("A"), &a_sku("B"), prices);
    assert_eq!(linear.comparisons, []);
}

#[test]
fn upg_1_an_upgrade_leads_to_a_paid_tier() {
    let trial = Sku { is_trial: true, ..a_sku("B") };
    let path = judged(&a_path(ConversionKind::Linear), &a_sku("A"), &trial, RISING);
    assert_eq!(rule(&path), Some("UPG-1"));
}

#[test]
fn cat_10_what_is_closed_to_new_purchase_is_a_source_and_no_target() {
    let closed = Sku { is_closed_to_new_purchase: true, ..a_sku("A") };
    let linear = a_path(ConversionKind::Linear);
    assert_eq!(rule(&judged(&linear, &closed, &a_sku("B"), RISING)), None);
    assert_eq!(rule(&judged(&linear, &a_sku("B"), &closed, RISING)), Some("CAT-10"));
}

#[test]
fn upg_17_what_must_be_there_first_is_named() {
    let first = a_path(ConversionKind::Linear).to;
    let to = Sku { prerequisites: vec![first.clone()], ..a_sku("B") };
    let path = judged(&a_path(ConversionKind::Linear), &a_sku("A"), &to, RISING);
    assert_eq!((path.refusal, path.prerequisites), (None, vec![first]));
}
