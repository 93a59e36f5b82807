//! Free evaluations, promotions, and what a purchase would come to.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, Promotion, PromotionId, SkuId, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_purchase, a_trial_of, an_offer, date, eur, instant, just_after, money, monthly_billed,
    no, perpetual, yearly,
};
use crate::domain::{
    Change, ChangeKind, ChargeKind, Proposal, Proposed, Purchase, Rejection, Status, StatusReason,
    Subscription, forecast, propose, reducible, resume, set_auto_renew, start, suspend,
};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

/// A publisher's service for a year, charged every month, with a free evaluation.
fn service() -> OfferTerms {
    let year = Some(TermLength::OneYear);
    let offer = an_offer(ProductKind::IsvSaasLicense, year, BillingCycle::Monthly, "120.00");
    OfferTerms { includes_evaluation: true, ..offer }
}

fn a_promotion(percent: i64) -> Promotion {
    Promotion {
        id: PromotionId("spring".into()),
        title: "Spring".into(),
        percent,
        skus: [SkuId("sku".into())].into(),
        markets: [].into(),
        segments: [].into(),
        terms: [].into(),
        from: date("2026-01-01"),
        until: date("2026-12-31"),
    }
}

fn promoted(offer: &OfferTerms, percent: i64) -> Change {
    let promotion = Some(a_promotion(percent));
    let purchase = Purchase { promotion, ..a_purchase(offer, 10, BOUGHT) };
    start(&purchase, World::new().on(BOUGHT)).unwrap()
}

/// Each row: the day of the purchase, the evaluation's last day, and the paid term's first and last.
#[rstest]
#[case::d_39_thirty_days("2026-01-10", "2026-02-08", "2026-02-09", "2027-02-08")]
#[case::d_39_over_february("2026-01-31", "2026-03-01", "2026-03-02", "2027-03-01")]
#[case::d_39_over_the_29th("2028-01-31", "2028-02-29", "2028-03-01", "2029-02-28")]
#[case::trp_36_thirty_days_are_no_month("2026-03-01", "2026-03-30", "2026-03-31", "2027-03-30")]
fn an_evaluation(#[case] day: &str, #[case] last: &str, #[case] first: &str, #[case] end: &str) {
    let sub = World::new().buy(&service(), 3, &format!("{day}T15:00:00Z"));
    let term = sub.term.unwrap();
    assert_eq!(sub.evaluation_ends_on, Some(date(last)));
    assert_eq!((term.start, term.end), (date(first), date(end)));
    assert_eq!(term.anchor_day, date(first).day());
    assert_eq!((sub.cycle.start, sub.cycle.end), (date(day), date(last)));
}

#[test]
fn trp_36_a_trial_is_a_month() {
    let trial = OfferTerms { includes_evaluation: true, ..a_trial_of(&yearly("1.00")) };
    let sub = World::new().buy(&trial, 25, "2026-01-31T10:00:00Z");
    assert_eq!((sub.evaluation_ends_on, sub.ends_on()), (None, Some(date("2026-02-27"))));
}

/// Nobody waives it, and the schedule of charges and renewals goes by its end.
#[test]
fn ord_8_the_paid_term_starts_when_the_evaluation_ends() {
    let world = World::new().selling(&service());
    let change = world.try_buy(&service(), 3, BOUGHT).unwrap();
    assert_eq!(money(std::slice::from_ref(&change)), [(ChargeKind::New, 3, "0.00 EUR".to_owned())]);
    assert_eq!((change.charges[0].billed_days, change.charges[0].cycle_days), (30, 30));

    let changes = world.ring(&change.next, "2026-03-09T00:00:00Z");
    let paid: Vec<_> = changes.iter().filter(|change| !change.charges.is_empty()).collect();
    assert_eq!(
        paid.iter().map(|change| (change.kind, change.effective_at)).collect::<Vec<_>>(),
        [
            (ChangeKind::CycleCharged, instant("2026-02-09T00:00:00Z")),
            (ChangeKind::CycleCharged, instant("2026-03-09T00:00:00Z")),
        ]
    );
    let expected = [(ChargeKind::New, 3, "30.00 EUR"), (ChargeKind::Cycle, 3, "30.00 EUR")];
    assert_eq!(money(&changes), expected.map(|(kind, seats, sum)| (kind, seats, sum.to_owned())));
    let renewed = world.later(&changes.last().unwrap().next, "2027-02-09T00:01:00Z");
    assert_eq!(renewed.term.unwrap().start, date("2027-02-09"));
    assert_eq!((renewed.evaluation_ends_on, renewed.cycle.index), (None, 1));
}

#[test]
fn tri_10_what_comes_next_is_the_first_charge() {
    let world = World::new().selling(&service());
    let sub = world.buy(&service(), 3, BOUGHT);
    let next = forecast(&sub, &world.prices, world.on(BOUGHT)).unwrap();
    assert_eq!(
        (next.kind, next.effective_at),
        (ChangeKind::CycleCharged, instant("2026-02-09T00:00:00Z"))
    );
    assert_eq!(next.total().unwrap(), eur("30.00"));
}

/// During the evaluation always, for nothing; afterwards 72 hours from the purchase are long over.
#[test]
fn d_39_cancelling_is_always_allowed_during_it() {
    let world = World::new().selling(&service());
    let sub = world.buy(&service(), 3, BOUGHT);
    let last = instant("2026-02-08T23:59:59.999Z");
    for now in [instant("2026-01-13T15:00:00.001Z"), last] {
        assert_eq!(world.cancel(&sub, now).unwrap().total().unwrap(), eur("0.00"));
    }
    let refused = world.cancel(&sub, just_after(last));
    assert_eq!(no(refused), ("CANCELLATION_WINDOW_CLOSED", "CAN-3"));
}

#[test]
fn d_39_even_where_the_policy_has_no_window() {
    let offer = OfferTerms { policy_id: Some("NEVER".into()), ..service() };
    let world = World::new().selling(&offer);
    let sub = world.buy(&offer, 3, BOUGHT);
    assert!(world.cancel(&sub, instant("2026-02-08T12:00:00Z")).is_ok());
    let refused = world.cancel(&sub, instant("2026-02-09T00:00:00Z"));
    assert_eq!(no(refused), ("CANCELLATION_WINDOW_CLOSED", "CAT-17"));
}

/// Seats come for nothing until the paid term begins, and then pay with the others.
#[test]
fn d_39_seats_that_are_added_are_free_until_the_term_begins() {
    let world = World::new().selling(&service());
    let sub = world.buy(&service(), 3, BOUGHT);
    let grown = world.resize(&sub, 5, "2026-01-20T10:00:00Z").unwrap().unwrap();
    assert_eq!(grown.total().unwrap(), eur("0.00"));
    let open = reducible(&grown.next, instant("2026-01-20T10:00:00Z"));
    assert_eq!(open.total, 2, "the first three had their 72 hours (D-22)");
    let changes = world.ring(&grown.next, "2026-02-09T00:00:00Z");
    assert_eq!(changes.last().unwrap().total().unwrap(), eur("50.00"));
}

#[test]
fn d_39_auto_renew_off_ends_it_with_the_evaluation() {
    let world = World::new().selling(&service());
    let off = set_auto_renew(&world.buy(&service(), 3, BOUGHT), false, world.on(BOUGHT));
    let change = off.unwrap().unwrap();
    assert_eq!(change.next.ends_on(), Some(date("2026-02-08")));
    assert!(change.warnings[0].to_string().contains("2026-02-08"), "{:?}", change.warnings);
    let changes = world.ring(&change.next, "2026-02-09T00:00:00Z");
    let end = changes.last().unwrap();
    assert_eq!(
        (end.kind, end.effective_at),
        (ChangeKind::Expired, instant("2026-02-09T00:00:00Z"))
    );
    assert_eq!((end.next.status_reason, end.charges.len()), (StatusReason::AutoRenewOff, 0));

    let on = set_auto_renew(&change.next, true, world.on("2026-02-08T23:00:00Z"));
    let charged = world.later(&on.unwrap().unwrap().next, "2026-02-09T00:00:00Z");
    assert_eq!((charged.status, charged.cycle.index), (Status::Active, 1));
}

/// Suspending switches auto-renew off, so what is suspended at its end is deleted (SUS-9).
#[test]
fn d_39_suspended_at_its_end_is_deleted() {
    let world = World::new().selling(&service());
    let sub = suspend(&world.buy(&service(), 3, BOUGHT), world.on(BOUGHT)).unwrap().next;
    assert_eq!(world.later(&sub, "2026-02-09T00:00:00Z").status, Status::Deleted);
    let resumed = resume(&sub, world.on("2026-02-08T23:59:59.999Z")).unwrap().next;
    assert_eq!(world.later(&resumed, "2026-02-09T00:00:00Z").status, Status::Expired);
}

/// Each row: the list price, the percentage, and what cycles of a year by the month cost then.
#[rstest]
#[case::pro_1_a_tenth("120.00", 10, "108.00", "9.00")]
#[case::pro_1_once_before_the_split("100.00", 15, "85.00", "7.08")]
#[case::pro_1_half_up("99.99", 50, "50.00", "4.17")]
#[case::pro_1_all_of_it("120.00", 100, "0.00", "0.00")]
fn a_promotion_lowers(
    #[case] list: &str,
    #[case] percent: i64,
    #[case] term: &str,
    #[case] cycle: &str,
) {
    let change = promoted(&monthly_billed(list), percent);
    let sub = &change.next;
    assert_eq!((sub.price, sub.cycle.unit_price), (eur(term), eur(cycle)));
    assert_eq!(
        (sub.promotion.as_deref(), change.charges[0].promotion.as_deref()),
        (Some("spring"), Some("spring"))
    );
    assert_eq!(change.charges[0].unit_price, eur(cycle));
}

/// Seats added during the term have it, and every cycle of the term does.
#[test]
fn pro_2_it_holds_for_the_whole_term() {
    let offer = monthly_billed("120.00");
    let world = World::new().selling(&offer);
    let sub = promoted(&offer, 10).next;
    let later = world.later(&sub, "2026-12-20T00:00:00Z");
    let grown = world.resize(&later, 11, "2026-12-20T10:00:00Z").unwrap().unwrap();
    let line = &grown.charges[0];
    assert_eq!((line.unit_price, line.promotion.as_deref()), (eur("9.00"), Some("spring")));
}

/// Order committed it (D-38), so it is not judged again, whatever its days say.
#[test]
fn d_38_a_promotion_that_order_committed_is_taken_as_given() {
    let over = Promotion { until: date("2026-01-01"), ..a_promotion(10) };
    let purchase = Purchase { promotion: Some(over), ..a_purchase(&yearly("100.00"), 1, BOUGHT) };
    let sub = start(&purchase, World::new().on(BOUGHT)).unwrap().next;
    assert_eq!(sub.price, eur("90.00"));
}

/// Each row: what is proposed, and its end, first charge and term's price for ten seats.
#[rstest]
#[case::ord_3_a_year(yearly("120.00"), None, (Some("2027-01-09"), "1200.00", "1200.00"))]
#[case::ord_3_a_year_by_the_month(monthly_billed("100.00"), None, (Some("2027-01-09"), "83.30", "1000.00"))]
#[case::trm_8_a_given_end(monthly_billed("100.00"), Some("2026-06-30"), (Some("2026-06-30"), "59.10", "476.00"))]
#[case::d_39_after_an_evaluation(service(), None, (Some("2027-02-08"), "100.00", "1200.00"))]
#[case::ord_3_bought_once(perpetual("50.00"), None, (None, "500.00", "500.00"))]
fn a_quote(
    #[case] offer: OfferTerms,
    #[case] end: Option<&str>,
    #[case] expected: (Option<&str>, &str, &str),
) {
    let world = World::new();
    let co_term = end.map(|end| CoTerm { with: None, end: Some(date(end)) });
    let judged = judged_alone(&world, Proposed { offer, quantity: 10, promotion: None, co_term });
    let quote = judged.quote.unwrap();
    let (end, first_charge, term_total) = expected;
    assert_eq!(quote.ends_on, end.map(date));
    assert_eq!((quote.first_charge, quote.term_total), (eur(first_charge), eur(term_total)));
    assert_eq!(judged.refusals, []);
}

#[test]
fn trm_8_an_end_that_cannot_be_had_is_told_without_a_price() {
    let co_term = Some(CoTerm { with: None, end: Some(date("2026-06-29")) });
    let line = Proposed { offer: yearly("1.00"), quantity: 1, promotion: None, co_term };
    let judged = judged_alone(&World::new(), line);
    let reasons: Vec<_> = judged.refusals.iter().map(Rejection::reason).collect();
    assert_eq!((reasons, judged.quote), (vec!["CO_TERM_END_INVALID"], None));
    assert_eq!(judged.choices.len(), 12, "the ends of months within the year");
}

fn judged_alone(world: &World, line: Proposed) -> crate::domain::Judged {
    let Subscription { customer, partner, .. } = world.buy(&yearly("1.00"), 1, BOUGHT);
    let orders = vec![vec![line]];
    let proposal = Proposal { customer, partner, clock: None, orders, wants_choices: true };
    propose(&proposal, &proposal.orders[0], world.on(BOUGHT)).remove(0)
}
