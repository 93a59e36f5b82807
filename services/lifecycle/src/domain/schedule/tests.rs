//! Saving what the next renewal is to change.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, SkuId, TermLength};

use super::*;
use crate::domain::tests::{World, an_offer, month_to_month, monthly_billed, no, yearly};
use crate::domain::{OfferTerms, Status, rename, set_auto_renew};

mod ends;

const BOUGHT: &str = "2026-01-10T15:00:00Z";
const PENDING: &str = "2027-01-10T00:00:00Z";

fn world() -> World {
    World::new().selling(&yearly("120.00")).selling(&monthly_billed("132.00"))
}

fn seats(quantity: i64) -> ScheduledSet {
    ScheduledSet { quantity: Some(quantity), ..ScheduledSet::default() }
}

fn plan(offer: &OfferTerms) -> ScheduledSet {
    ScheduledSet { offer: Some(offer.product.offer.clone()), ..ScheduledSet::default() }
}

#[rstest]
#[case::sch_1_more_seats(seats(12))]
#[case::sch_1_fewer_seats(seats(1))]
#[case::sch_1_another_billing_frequency(plan(&monthly_billed("132.00")))]
fn saved(#[case] wanted: ScheduledSet) {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let change = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap();
    assert_eq!(change.next.scheduled, Some(wanted));
    assert_eq!((change.next.update_count, change.charges.len()), (1, 0));
}

#[test]
fn sch_3_there_is_one_set_and_a_later_one_takes_its_place() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let at = world.on(BOUGHT);
    let first = schedule(&sub, &seats(5), &world.prices, at).unwrap().unwrap().next;
    let second =
        schedule(&first, &plan(&monthly_billed("1.00")), &world.prices, at).unwrap().unwrap().next;
    assert_eq!(second.scheduled, Some(plan(&monthly_billed("1.00"))));
    let gone = remove_scheduled(&second, at).unwrap().unwrap();
    assert_eq!((gone.kind, &gone.next.scheduled), (ChangeKind::ScheduleRemoved, &None));
    assert_eq!(remove_scheduled(&gone.next, at), Ok(None));
}

#[test]
fn d_46_saving_what_is_so_already_is_no_change() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let at = world.on(BOUGHT);
    assert_eq!(schedule(&sub, &seats(10), &world.prices, at), Ok(None));
    let saved = schedule(&sub, &seats(5), &world.prices, at).unwrap().unwrap().next;
    assert_eq!(schedule(&saved, &seats(5), &world.prices, at), Ok(None));
    let back = schedule(&saved, &seats(10), &world.prices, at).unwrap().unwrap();
    assert_eq!(back.kind, ChangeKind::ScheduleRemoved);
}

/// A three-year plan of the same SKU, and what makes it unfit.
fn unfit(change: impl FnOnce(&mut OfferTerms)) -> OfferTerms {
    let (kind, term) = (ProductKind::LicenseBased, Some(TermLength::ThreeYears));
    let mut offer = an_offer(kind, term, BillingCycle::Annual, "1.00");
    change(&mut offer);
    offer
}

#[rstest]
#[case::sch_1_another_sku(unfit(|offer| offer.product.sku = SkuId("other".into())))]
#[case::sch_1_another_market(unfit(|offer| offer.product.market = "FR".parse().unwrap()))]
#[case::sch_1_another_currency(unfit(|offer| offer.price.currency = "USD".parse().unwrap()))]
#[case::sch_1_bought_once(unfit(|offer| offer.length = None))]
fn not_another_plan(#[case] offer: OfferTerms) {
    let world = world().selling(&offer);
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let refused = schedule(&sub, &plan(&offer), &world.prices, world.on(BOUGHT));
    assert_eq!(no(refused), ("PATH_NOT_SUPPORTED", "SCH-1"));
}

#[rstest]
#[case::sea_9_none(seats(0), ("USE_CANCEL", "SEA-9"))]
#[case::sea_4_less_than_none(seats(-2), ("QUANTITY_INVALID", "SEA-4"))]
#[case::ren_6_an_offer_without_a_price(plan(&month_to_month("1.00")), ("OFFER_WITHDRAWN", "REN-6"))]
fn refused(#[case] wanted: ScheduledSet, #[case] expected: (&'static str, &'static str)) {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    assert_eq!(no(schedule(&sub, &wanted, &world.prices, world.on(BOUGHT))), expected);
}

#[test]
fn sch_2_needs_auto_renew() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!(
        no(schedule(&off, &seats(5), &world.prices, world.on(BOUGHT))),
        ("AUTO_RENEW_OFF", "SCH-2")
    );
}

#[test]
fn sch_2_needs_an_active_subscription() {
    let world = world();
    let sub =
        Subscription { status: Status::Suspended, ..world.buy(&yearly("120.00"), 10, BOUGHT) };
    assert_eq!(
        no(schedule(&sub, &seats(5), &world.prices, world.on(BOUGHT))),
        ("NOT_ACTIVE", "SUS-9")
    );
}

#[test]
fn lck_6_saving_and_removing_are_read_only_while_the_renewal_is_pending() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let saved = schedule(&sub, &seats(5), &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let locked = ("RENEWAL_IN_PROGRESS", "LCK-5");
    assert_eq!(no(schedule(&saved, &seats(6), &world.prices, world.on(PENDING))), locked);
    assert_eq!(no(remove_scheduled(&saved, world.on(PENDING))), locked);
}

#[test]
fn sea_7_scheduling_counts() {
    let world = world();
    let sub = Subscription { update_count: 1200, ..world.buy(&yearly("120.00"), 10, BOUGHT) };
    assert_eq!(
        no(schedule(&sub, &seats(5), &world.prices, world.on(BOUGHT))),
        ("UPDATE_LIMIT_1200", "SEA-7")
    );
}

#[test]
fn sch_8_a_rename_leaves_scheduled_changes_alone() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let saved = schedule(&sub, &seats(5), &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let renamed = rename(&saved, "Head office", world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!((renamed.scheduled, renamed.update_count), (saved.scheduled.clone(), 1));
    assert_eq!(rename(&saved, "A product", world.on(BOUGHT)), Ok(None));
    assert_eq!(no(rename(&saved, "Branch", world.on(PENDING))), ("RENEWAL_PENDING_RETRY", "LCK-4"));
}
