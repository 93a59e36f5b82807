//! Which text is to be confirmed, and when it counts as confirmed.

use rstest::rstest;

use super::super::tests::{PARTNER, confirmed};
use super::*;

#[test]
fn trp_47_the_text_depends_on_the_reseller() {
    let reseller = Resellers { first: Some(PARTNER), additional: Vec::new() };
    let direct = Capacity::with(&Resellers::default()).text();
    let indirect = Capacity::with(&reseller).text();
    assert_ne!(direct.version, indirect.version);
    assert!(direct.text.contains("acts as a direct partner"));
    assert!(indirect.text.contains("acts as an indirect provider"));
}

#[rstest]
#[case::par_5_the_text_in_force(Some(confirmed("direct-partner-1")), true)]
#[case::par_5_missing(None, false)]
#[case::trp_47_the_other_text(Some(confirmed("indirect-provider-1")), false)]
#[case::par_5_an_old_text(Some(confirmed("direct-partner-0")), false)]
#[case::par_5_not_accepted(
    Some(Confirmation { accepted: false, ..confirmed("direct-partner-1") }),
    false
)]
fn a_confirmation_counts(#[case] given: Option<Confirmation>, #[case] counts: bool) {
    let checked = Capacity::DirectPartner.check(given.as_ref());
    assert_eq!(checked.is_ok(), counts);
    if let Err(why) = checked {
        assert_eq!(why.reason(), "ATTESTATION_REQUIRED");
        assert!(why.metadata().contains(&("version", "direct-partner-1".to_owned())));
    }
}
