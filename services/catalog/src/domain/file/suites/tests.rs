//! SKUs that name their suite.

use rstest::rstest;

use crate::domain::file::tests::read;
use crate::domain::finding::Findings;
use crate::domain::product::Sku;
use crate::domain::suite::Sector;

/// Reads a file with one SKU, sold to some segments.
fn a_sku(segments: &str, facts: &str) -> Result<Sku, Findings> {
    let file = format!(
        "format: 1
markets: {{DE: EUR}}
products:
  suites:
    title: Suites
    kind: LICENSE_BASED
    segments: [{segments}]
    skus:
      suite:
        title: Suite
{facts}
prices:
  2026-01-01: {{}}
"
    );
    let file = read(file.as_bytes(), None)?;
    Ok(file.file.products.into_values().next().unwrap().skus.into_iter().next().unwrap())
}

#[rstest]
#[case::cat_9_the_suites_limit_holds("        suite: Microsoft 365 Business Basic", Some(300))]
#[case::cat_9_the_file_may_say_less(
    "        suite: Microsoft 365 Business Basic\n        max_quantity: 25",
    Some(25)
)]
#[case::cat_9_a_suite_without_a_limit("        suite: Office 365 E3", None)]
#[case::cat_9_no_suite("        product_key: false", None)]
fn the_most_seats(#[case] facts: &str, #[case] expected: Option<i64>) {
    let sku = a_sku("COMMERCIAL", facts).unwrap();
    assert_eq!(sku.max_quantity, expected);
}

#[test]
fn cat_9_the_seats_of_a_suite_count_together_and_a_trials_do_not() {
    let facts = "        suite: Microsoft 365 Business Basic";
    let paid = a_sku("COMMERCIAL", facts).unwrap().restrictions.seats_capped_as;
    assert_eq!(paid.as_deref(), Some("Microsoft 365 Business Basic"));
    let trial = a_sku("COMMERCIAL", &format!("{facts}\n        trial: true")).unwrap();
    assert_eq!(trial.restrictions.seats_capped_as, None);
}

#[rstest]
#[case::cat_10_the_suite_is_closed("COMMERCIAL", "        suite: Office 365 F3", true)]
#[case::cat_10_the_governments_is_not("GOVERNMENT", "        suite: Office 365 F3", false)]
#[case::cat_10_the_file_has_the_last_word(
    "COMMERCIAL",
    "        suite: Office 365 F3\n        closed_to_new_purchase: false",
    false
)]
#[case::cat_10_the_file_may_close_any(
    "COMMERCIAL",
    "        suite: Office 365 E3\n        closed_to_new_purchase: true",
    true
)]
fn closed_to_new_purchase(#[case] segments: &str, #[case] facts: &str, #[case] expected: bool) {
    assert_eq!(a_sku(segments, facts).unwrap().is_closed_to_new_purchase, expected);
}

#[rstest]
#[case::cat_11_companies("COMMERCIAL", Sector::CommercialEnterprise)]
#[case::cat_11_charities_buy_what_companies_do("NON_PROFIT", Sector::CommercialEnterprise)]
#[case::cat_11_public_bodies("GOVERNMENT", Sector::Government)]
fn of_two_suites_with_one_name_the_segments_tell(#[case] segments: &str, #[case] expected: Sector) {
    let sku = a_sku(segments, "        suite: Microsoft 365 F1").unwrap();
    assert_eq!(sku.suite.unwrap().sector, expected);
}

#[rstest]
#[case::cat_11_unknown(
    "COMMERCIAL",
    "Office 365 E9",
    "line 11, column 16: \"Office 365 E9\" is not on the list of suites"
)]
#[case::cat_11_ambiguous(
    "COMMERCIAL, GOVERNMENT",
    "Microsoft 365 F1",
    "line 11, column 16: several sectors have Microsoft 365 F1"
)]
#[case::cat_11_of_another_sector(
    "EDUCATION",
    "Microsoft 365 F1",
    "line 11, column 16: several sectors have Microsoft 365 F1"
)]
#[case::cat_9_more_than_the_suite(
    "COMMERCIAL",
    "Microsoft 365 Business Basic\n        max_quantity: 301",
    "line 12, column 23: max_quantity 301 is above 300"
)]
fn a_suite_that_makes_no_sense_is_refused(
    #[case] segments: &str,
    #[case] suite: &str,
    #[case] expected: &str,
) {
    let findings = a_sku(segments, &format!("        suite: {suite}")).unwrap_err();
    let found: Vec<_> = findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
}
