//! Which resellers a seller may declare, at the edges.

use rstest::rstest;
use uuid::Uuid;
use vocab::Cloud;

use super::super::tests::{PARTNER, a_partner, market, words};
use super::super::{Capacity, PartnerDraft};
use super::*;

const OTHER_PROVIDER: PartnerId = PartnerId(Uuid::from_u128(0xb0));

/// The `number`th reseller of the seller, with its agreement signed.
fn reseller(number: u128) -> Partner {
    let facts = PartnerDraft {
        kind: PartnerType::IndirectReseller,
        provider: Some(PARTNER),
        has_signed_agreement: true,
        ..a_partner().facts
    };
    Partner { id: id(number), facts, ..a_partner() }
}

fn id(number: u128) -> PartnerId {
    PartnerId(Uuid::from_u128(0x5e11_0000 + number))
}

fn seller(kind: PartnerType) -> Partner {
    Partner { facts: PartnerDraft { kind, ..a_partner().facts }, ..a_partner() }
}

/// The seller, resellers 1 to 9 as they should be, and 11 to 15 that each have one fault.
fn known() -> BTreeMap<PartnerId, Partner> {
    let changed = |number: u128, change: fn(&mut PartnerDraft)| {
        let mut partner = reseller(number);
        change(&mut partner.facts);
        partner
    };
    let wrong = [
        changed(11, |facts| facts.has_signed_agreement = false),
        changed(12, |facts| facts.provider = Some(OTHER_PROVIDER)),
        changed(13, |facts| facts.cloud = Cloud::UsGovernment),
        changed(14, |facts| facts.kind = PartnerType::DirectBill),
        changed(15, |facts| facts.kind = PartnerType::IndirectProvider),
    ];
    let right = (1..10).map(reseller);
    let all = right.chain(wrong).chain([seller(PartnerType::IndirectProvider)]);
    all.map(|partner| (partner.id, partner)).collect()
}

fn judged(
    kind: PartnerType,
    code: &str,
    first: Option<PartnerId>,
    additional: &[PartnerId],
) -> Vec<Vec<(&'static str, &'static str)>> {
    let judgements = judge_resellers(&Declaration {
        seller: &seller(kind),
        market: market(code),
        resellers: &Resellers { first, additional: additional.to_vec() },
        known: &known(),
        count_max: 5,
    });
    let told = |one: &ResellerJudgement| one.refusals.iter().map(words).collect();
    judgements.iter().map(told).collect()
}

#[rstest]
#[case::par_4_one_of_its_own(1, None)]
#[case::par_9_nobody(99, Some(("RESELLER_UNKNOWN", "PAR-9")))]
#[case::par_9_without_the_agreement(11, Some(("AGREEMENT_REQUIRED", "PAR-9")))]
#[case::par_4_of_another_provider(12, Some(("RESELLER_OF_ANOTHER", "PAR-4")))]
#[case::par_13_of_another_cloud(13, Some(("CLOUD_MISMATCH", "PAR-13")))]
#[case::par_4_a_direct_partner(14, Some(("NOT_A_RESELLER", "PAR-4")))]
#[case::par_4_another_provider(15, Some(("NOT_A_RESELLER", "PAR-4")))]
fn a_first_reseller(#[case] number: u128, #[case] expected: Option<(&str, &str)>) {
    let found = judged(PartnerType::IndirectProvider, "DE", Some(id(number)), &[]);
    assert_eq!(found, [Vec::from_iter(expected)]);
}

#[test]
fn par_9_the_seller_is_no_reseller_of_its_own() {
    let found = judged(PartnerType::IndirectProvider, "DE", Some(PARTNER), &[]);
    assert_eq!(found, [[("RESELLER_IS_SELLER", "PAR-9")]]);
}

#[test]
fn par_4_a_direct_partner_names_no_reseller() {
    let found = judged(PartnerType::DirectBill, "DE", Some(id(1)), &[]);
    assert_eq!(found, [[("RESELLERS_NOT_ALLOWED", "PAR-4")]]);
    assert_eq!(judged(PartnerType::DirectBill, "DE", None, &[]), [[]; 0]);
}

#[rstest]
#[case::par_6_in_the_eu("DE", true)]
#[case::mkt_7_iceland("IS", true)]
#[case::mkt_7_liechtenstein("LI", true)]
#[case::mkt_7_norway("NO", true)]
#[case::mkt_7_switzerland("CH", true)]
#[case::mkt_7_croatia("HR", true)]
#[case::mkt_7_united_kingdom("GB", false)]
#[case::mkt_7_united_states("US", false)]
#[case::mkt_7_kosovo("XK", false)]
fn additional_resellers_by_market(#[case] code: &str, #[case] declared: bool) {
    let found = judged(PartnerType::IndirectProvider, code, Some(id(1)), &[id(2)]);
    let expected = if declared { vec![] } else { vec![("MARKET_WITHOUT_DECLARATION", "MKT-7")] };
    assert_eq!(found, [vec![], expected]);
}

#[rstest]
#[case::par_6_of_another_provider(12, None)]
#[case::par_9_nobody(99, Some(("RESELLER_UNKNOWN", "PAR-9")))]
#[case::par_9_without_the_agreement(11, Some(("AGREEMENT_REQUIRED", "PAR-9")))]
#[case::trp_46_the_first_once_more(1, Some(("RESELLER_DUPLICATE", "PAR-9")))]
#[case::par_9_an_additional_one_once_more(2, Some(("RESELLER_DUPLICATE", "PAR-9")))]
fn an_additional_reseller(#[case] number: u128, #[case] expected: Option<(&str, &str)>) {
    let found = judged(PartnerType::IndirectProvider, "FR", Some(id(1)), &[id(2), id(number)]);
    assert_eq!(found, [vec![], vec![], Vec::from_iter(expected)]);
}

#[test]
fn par_7_an_additional_reseller_needs_a_first() {
    let found = judged(PartnerType::IndirectProvider, "DE", None, &[id(1), id(2)]);
    assert_eq!(found, [[("FIRST_RESELLER_REQUIRED", "PAR-7")]; 2]);
}

#[test]
fn d_20_the_sixth_is_one_too_many() {
    let all: Vec<_> = (2..7).map(id).collect();
    let five = judged(PartnerType::IndirectProvider, "DE", Some(id(1)), &all[..4]);
    assert_eq!(five, [[]; 5]);
    let six = judged(PartnerType::IndirectProvider, "DE", Some(id(1)), &all);
    assert_eq!(six[..5], [[]; 5]);
    assert_eq!(six[5], [("RESELLER_LIMIT", "D-20")]);
}

#[test]
fn par_9_everything_is_told_at_once() {
    let found = judged(PartnerType::IndirectProvider, "US", None, &[id(11), id(11)]);
    let both = [("FIRST_RESELLER_REQUIRED", "PAR-7"), ("MARKET_WITHOUT_DECLARATION", "MKT-7")];
    let agreement = ("AGREEMENT_REQUIRED", "PAR-9");
    assert_eq!(found[0], [both[0], both[1], agreement]);
    assert_eq!(found[1], [both[0], both[1], ("RESELLER_DUPLICATE", "PAR-9"), agreement]);
}

#[rstest]
#[case::par_5_none(None, &[], Capacity::DirectPartner)]
#[case::par_5_a_first(Some(id(1)), &[], Capacity::IndirectProvider)]
#[case::par_5_a_first_and_others(Some(id(1)), &[id(2)], Capacity::IndirectProvider)]
#[case::par_7_others_alone(None, &[id(2)], Capacity::IndirectProvider)]
fn in_which_capacity(
    #[case] first: Option<PartnerId>,
    #[case] additional: &[PartnerId],
    #[case] expected: Capacity,
) {
    let resellers = Resellers { first, additional: additional.to_vec() };
    assert_eq!(Capacity::with(&resellers), expected);
}
