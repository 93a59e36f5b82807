//! Restrictions, whole and broken.

use rstest::rstest;
use vocab::{OfferId, ProductKind, QuantityRuleKind, Restrictions, SkuId, Workload};

use crate::domain::file::tests::{Whole, read};

/// A file in which the SKU `extra` says `keys`, each on a line of its own from line 14 on.
fn a_file(keys: &str) -> String {
    let keys = keys.lines().fold(String::new(), |all, line| all + "        " + line + "\n");
    format!(
        "\
format: 1
markets: {{DE: EUR}}
products:
  suites:
    title: Suites
    kind: LICENSE_BASED
    skus:
      basic: {{title: Basic}}
      full: {{title: Full}}
  extras:
    title: Extras
    kind: LICENSE_BASED
    skus:
      extra:
        title: Extra
{keys}prices:
  2026-01-01:
    extra: {{P1Y/ANNUAL: {{DE: 1}}}}
"
    )
}

/// A file with a licence that has `kind`, and a legacy SKU `extra` that says `keys`, from line 13 on.
fn a_legacy_file(kind: &str, keys: &str) -> String {
    format!(
        "\
format: 1
markets: {{DE: EUR}}
products:
  suites:
    title: Suites
    kind: {kind}
    skus:
      basic: {{title: Basic}}
  extras:
    title: Extras
    kind: LICENSE_LEGACY
    skus:
      extra: {{title: Extra, {keys}}}
prices:
  2026-01-01:
    extra: {{P1Y/ANNUAL: {{DE: 1}}}}
"
    )
}

#[test]
fn add_1_a_legacy_add_on_names_its_bases() {
    let file = a_legacy_file("LICENSE_LEGACY", "add_on: true, prerequisites: [basic]");
    let found = restrictions(&read(file.as_bytes(), None).unwrap());
    assert!(found.is_legacy_add_on(ProductKind::LicenseLegacy));
    assert_eq!(found.prerequisites, [SkuId("basic".to_owned())].into());
}

#[rstest]
#[case::add_1_no_base(
    "LICENSE_LEGACY",
    "add_on: true",
    "line 13, column 37: a legacy add-on has bases: name them in prerequisites"
)]
#[case::add_1_a_base_of_new_commerce(
    "LICENSE_BASED",
    "add_on: true, prerequisites: [basic]",
    "line 13, column 58: basic is no legacy licence that extra could be an add-on of"
)]
#[case::add_1_an_add_on_of_itself(
    "LICENSE_LEGACY",
    "add_on: true, prerequisites: [extra]",
    "line 13, column 58: extra is no legacy licence that extra could be an add-on of"
)]
fn a_legacy_add_on_without_a_base(#[case] kind: &str, #[case] keys: &str, #[case] expected: &str) {
    let findings = read(a_legacy_file(kind, keys).as_bytes(), None).unwrap_err();
    let found: Vec<_> = findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
    assert_eq!(found, [expected]);
}

fn restrictions(file: &Whole) -> Restrictions {
    file.lists[0][&OfferId("extra-p1y-annual-de".to_owned())].restrictions.clone()
}

#[rstest]
#[case::cat_6_once("single_per_customer: true", |it: Restrictions| it.is_single_per_customer)]
#[case::cat_7_partners(
    "exclusive_to: [01900000-0000-7000-8000-000000000001, partners/01900000-0000-7000-8000-000000000002]",
    |it: Restrictions| it.exclusive_to.len() == 2
)]
#[case::mkt_6_countries("unsupported_markets: [FR, XK]", |it: Restrictions| it.unsupported_markets.len() == 2)]
#[case::cat_5_out_of_the_programme("in_csp: false", |it: Restrictions| it.is_outside_csp)]
#[case::cat_5_in_the_programme("in_csp: true", |it: Restrictions| it.is_none())]
#[case::cat_2_virtual_machines(
    "runs_on: virtual-machines",
    |it: Restrictions| it.runs_on == Some(Workload::VirtualMachines)
)]
#[case::cat_16_prerequisites(
    "prerequisites: [basic, full]",
    |it: Restrictions| it.prerequisites.len() == 2 && !it.needs_base()
)]
#[case::add_2_an_add_on(
    "prerequisites: [basic]\nadd_on: true",
    |it: Restrictions| it.is_add_on && it.needs_base()
)]
#[case::qty_1_five_percent(
    "quantity_rule: {kind: five-percent-of-base, base: [basic, full]}",
    |it: Restrictions| {
        let rule = it.quantity_rule.unwrap();
        rule.kind == QuantityRuleKind::FivePercentOfBase && rule.base.len() == 2
    }
)]
#[case::qty_2_at_most(
    "quantity_rule: {kind: at-most-base, base: [basic]}",
    |it: Restrictions| it.quantity_rule.unwrap().base == [SkuId("basic".to_owned())].into()
)]
#[case::cat_9_a_cap_per_customer(
    "max_quantity: 300\nseats_capped_per_customer: true",
    |it: Restrictions| it.seats_capped_as.as_deref() == Some("extra")
)]
#[case::cat_9_a_cap_per_subscription("max_quantity: 300", |it: Restrictions| it.is_none())]
fn what_a_sku_says_is_on_its_offers(
    #[case] keys: &str,
    #[case] expected: fn(Restrictions) -> bool,
) {
    let file = read(a_file(keys).as_bytes(), None).unwrap();
    let found = restrictions(&file);
    assert!(expected(found.clone()), "{found:?}");
}

#[test]
fn ord_7_an_offer_says_where_it_is_set_up() {
    let file = read(a_file("setup: https://x.example").as_bytes(), None).unwrap();
    let offer = &file.lists[0][&OfferId("extra-p1y-annual-de".to_owned())];
    assert_eq!(offer.fulfilment.setup_uri.as_deref(), Some("https://x.example"));
}

#[rstest]
#[case::cat_6_half_a_truth(
    "single_per_customer: yes",
    "line 16, column 30: single_per_customer must be true or false"
)]
#[case::cat_7_nobody("exclusive_to: []", "line 16, column 23: exclusive_to must list the partners")]
#[case::cat_7_one_scalar("exclusive_to: me", "line 16, column 23: exclusive_to must be a list")]
#[case::cat_7_no_partner("exclusive_to: [me]", "line 16, column 24: \"me\" is no partner")]
#[case::mkt_6_no_country(
    "unsupported_markets: [Kosovo]",
    "line 16, column 31: \"Kosovo\" is not a Market"
)]
#[case::cat_5_half_a_truth("in_csp: no", "line 16, column 17: in_csp must be true or false")]
#[case::cat_2_elsewhere("runs_on: paper", "line 16, column 18: \"paper\" is not a Workload")]
#[case::add_2_without_a_base("add_on: true", "line 16, column 17: an add-on has bases")]
#[case::cat_9_a_cap_without_a_number(
    "seats_capped_per_customer: true",
    "line 16, column 36: what is capped has a cap"
)]
#[case::qty_1_another_kind(
    "quantity_rule: {kind: some, base: [basic]}",
    "line 16, column 31: \"some\" is not a QuantityRuleKind"
)]
#[case::qty_2_no_kind("quantity_rule: {base: [basic]}", "line 16, column 24: kind is missing")]
#[case::qty_2_no_base("quantity_rule: {kind: at-most-base}", "line 16, column 24: base is missing")]
#[case::qty_2_nothing_as_base(
    "quantity_rule: {kind: at-most-base, base: []}",
    "line 16, column 51: base must list the SKUs"
)]
#[case::qty_2_a_base_that_is_no_list(
    "quantity_rule: {kind: at-most-base, base: basic}",
    "line 16, column 51: base must be a list"
)]
#[case::qty_2_a_dangling_base(
    "quantity_rule: {kind: at-most-base, base: [basis]}",
    "line 16, column 52: there is no SKU basis"
)]
#[case::qty_2_another_key(
    "quantity_rule: {kind: at-most-base, base: [basic], of: 5}",
    "line 16, column 60: a quantity_rule has no key of"
)]
fn a_broken_restriction_is_told_with_line_and_column(#[case] keys: &str, #[case] expected: &str) {
    let findings = read(a_file(keys).as_bytes(), None).unwrap_err();
    let found: Vec<_> = findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
    assert_eq!(found.len(), 1, "one mistake is told once: {found:#?}");
    assert!(found[0].starts_with(expected), "{expected}: {}", found[0]);
}
