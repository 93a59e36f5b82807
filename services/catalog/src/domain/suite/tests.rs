//! The list of suites, as published.

use std::collections::BTreeSet;

use rstest::rstest;

use super::*;

#[test]
fn cat_11_every_row_of_the_list_is_read() {
    let suites = all();
    assert_eq!(suites.len(), LIST.lines().count() - 1);
    let keys: BTreeSet<_> = suites.iter().map(Suite::key).collect();
    assert_eq!(keys.len(), suites.len(), "name and sector name one suite");
}

#[rstest]
#[case::cat_11_desks_of_enterprises(
    Some(Persona::InformationWorker),
    Some(Sector::CommercialEnterprise),
    10
)]
#[case::cat_11_the_frontline_of_enterprises(
    Some(Persona::FrontlineWorker),
    Some(Sector::CommercialEnterprise),
    3
)]
#[case::cat_11_small_businesses(None, Some(Sector::CommercialSmb), 4)]
#[case::cat_11_the_frontline(Some(Persona::FrontlineWorker), None, 6)]
#[case::cat_11_schools(None, Some(Sector::Education), 10)]
#[case::cat_11_no_school_has_a_frontline(
    Some(Persona::FrontlineWorker),
    Some(Sector::Education),
    0
)]
fn suites_are_listed_by_persona_and_sector(
    #[case] persona: Option<Persona>,
    #[case] sector: Option<Sector>,
    #[case] count: usize,
) {
    let query = SuiteQuery { persona, sector };
    assert_eq!(all().iter().filter(|suite| query.matches(suite)).count(), count);
}

#[test]
fn cat_9_suites_of_small_businesses_have_300_seats_and_others_no_limit() {
    for suite in all() {
        let expected = (suite.sector == Sector::CommercialSmb).then_some(300);
        assert_eq!(suite.max_seats, expected, "{}", suite.key());
    }
}

#[test]
fn cat_10_only_the_commercial_office_365_f3_is_closed_to_new_purchase() {
    let suites = all();
    let closed: Vec<_> = suites.iter().filter(|suite| suite.is_closed_to_new_purchase).collect();
    let keys: Vec<_> = closed.into_iter().map(Suite::key).collect();
    assert_eq!(keys, ["Office 365 F3|COMMERCIAL_ENTERPRISE"]);
}
