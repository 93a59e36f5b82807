//! The benefit at its edges.

use rstest::rstest;
use vocab::ProductId;

use super::*;
use crate::domain::file::tests::read;
use crate::tests::{TWO, a_file};

fn a_licence(hybrid_benefit: Option<HybridEdition>) -> Sku {
    let file = read(a_file(TWO).as_bytes(), None).unwrap();
    let sku = file.products[&ProductId("suites".to_owned())].skus[0].clone();
    Sku { hybrid_benefit, ..sku }
}

fn euros(minor: i64) -> Money {
    Money::of_minor(minor, "EUR".parse().unwrap())
}

#[rstest]
#[case::ahb_1_datacenter(Some(HybridEdition::Datacenter), true, Ok(LicenseUse::Reused))]
#[case::ahb_1_standard(Some(HybridEdition::Standard), true, Ok(LicenseUse::Converted))]
#[case::ahb_1_without_software_assurance(
    Some(HybridEdition::Standard),
    false,
    Err(Ineligible::NoSoftwareAssurance)
)]
#[case::ahb_1_anything_else(None, true, Err(Ineligible::Product))]
fn who_is_eligible(
    #[case] edition: Option<HybridEdition>,
    #[case] has_software_assurance: bool,
    #[case] expected: Result<LicenseUse, Ineligible>,
) {
    let outcome = estimate(&a_licence(edition), has_software_assurance, euros(10_000));
    assert_eq!(outcome.map(|estimate| estimate.license_use), expected);
}

#[rstest]
#[case::ahb_2_two_fifths(10_000, 4_000)]
#[case::ahb_2_never_more_than_two_fifths(9, 3)]
#[case::ahb_2_a_cent(1, 0)]
#[case::ahb_2_nothing(0, 0)]
#[case::ahb_2_the_largest_price(i64::MAX, 3_689_348_814_741_910_322)]
fn the_saving_is_capped(#[case] price: i64, #[case] expected: i64) {
    let licence = a_licence(Some(HybridEdition::Datacenter));
    let estimate = estimate(&licence, true, euros(price)).unwrap();
    assert_eq!(estimate.saving_max, euros(expected));
    assert_eq!(estimate.price_min, euros(price - expected));
    assert!(i128::from(expected) * 100 <= i128::from(price) * i128::from(PERCENT_MAX));
}
