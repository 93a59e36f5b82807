//! What an add-on shares with its base, dated as with the base.

use rstest::rstest;
use vocab::{OfferId, PartnerId, SkuId, TermLength};

use super::*;
use crate::domain::add_ons::tests::{a_base, an_add_on};
use crate::domain::tests::{World, alone, date, eur, instant, kinds, money, no};
use crate::domain::{
    AddOnWish, ChargeKind, OfferTerms, Product, assign_reseller, resume, ring, set_add_ons,
    set_auto_renew, settle_support,
};

const BOUGHT: &str = "2026-03-10T15:00:00Z";
const LATER: &str = "2026-06-01T09:00:00Z";
const RENEWAL: &str = "2027-03-10T00:01:00Z";

/// A base of ten seats, and its add-on of three, bought later.
fn a_family() -> (World, Subscription, Subscription) {
    family_in(World::new().selling(&a_base()).selling(&an_add_on()))
}

fn family_in(world: World) -> (World, Subscription, Subscription) {
    let base = world.buy(&a_base(), 10, BOUGHT);
    let world = world.holding(&base);
    let wish = AddOnWish { offer: an_add_on().product.offer, quantity: 3 };
    let base = world.settled(&base, instant(LATER));
    let changes = set_add_ons(alone(&base), &[wish], &world.prices, world.on(LATER)).unwrap();
    let add_on = changes.into_iter().next().unwrap().next;
    (world, base, add_on)
}

fn followed(world: &World, change: &Change, add_on: &Subscription, now: &str) -> Vec<Change> {
    let add_ons = std::slice::from_ref(add_on);
    follow(std::slice::from_ref(change), add_ons, &world.prices, world.on(now)).unwrap()
}

#[test]
fn sus_6_it_is_suspended_and_resumed_with_its_base() {
    let (world, base, add_on) = a_family();
    let blocked = suspend(&base, world.on(LATER)).unwrap();
    let done = followed(&world, &blocked, &add_on, LATER);
    assert_eq!(kinds(&done), [ChangeKind::Suspended]);
    let (of_base, of_it) = (&blocked.next, &done[0].next);
    assert_eq!((of_it.status, of_it.auto_renew), (of_base.status, of_base.auto_renew));
    assert_eq!((of_it.status_since, done[0].effective_at), (instant(LATER), instant(LATER)));
    // Not resumed, it is deleted with its base.
    let over = "2027-03-10T00:00:00Z";
    for sub in [of_base, of_it] {
        let last = world.ring(sub, over).pop().unwrap();
        assert_eq!((last.kind, last.effective_at), (ChangeKind::Deleted, instant(over)));
    }

    let back = resume(of_base, world.on(LATER)).unwrap();
    let done = followed(&world, &back, of_it, LATER);
    assert_eq!(kinds(&done), [ChangeKind::Resumed]);
    assert_eq!((done[0].next.status, done[0].next.auto_renew), (Status::Active, false));
}

#[test]
fn add_1_it_renews_and_expires_as_its_base_is_to() {
    let (world, base, add_on) = a_family();
    let off = set_auto_renew(&base, false, world.on(LATER)).unwrap().unwrap();
    let done = followed(&world, &off, &add_on, LATER);
    assert_eq!(kinds(&done), [ChangeKind::AutoRenewOff]);
    let last = world.ring(&done[0].next, "2027-03-10T00:00:00Z").pop().unwrap();
    assert_eq!((last.kind, last.next.status), (ChangeKind::Expired, Status::Expired));
    let on = set_auto_renew(&off.next, true, world.on(LATER)).unwrap().unwrap();
    let done = followed(&world, &on, &done[0].next, LATER);
    assert!(done[0].next.auto_renew && done[0].next.alarm().is_none());
}

#[test]
fn par_10_it_has_the_reseller_of_its_base() {
    let (world, base, add_on) = a_family();
    let reseller = Some(PartnerId(uuid::Uuid::from_u128(31)));
    let assigned = assign_reseller(&base, reseller, world.on(LATER)).unwrap().unwrap();
    let done = followed(&world, &assigned, &add_on, LATER);
    assert_eq!(done[0].next.reseller, reseller);
    assert!(followed(&world, &assigned, &done[0].next, LATER).is_empty());
}

/// At the base's renewal it renews in full, for as long and at the price then in force.
#[test]
fn add_1_it_renews_with_its_base() {
    let dearer = OfferTerms { price: eur("730.00"), ..an_add_on() };
    let (world, base, add_on) = a_family();
    let world = world.selling_from("2027-01-01T00:00:00Z", &dearer);
    assert!(world.ring(&add_on, RENEWAL).is_empty());
    let of_base = world.ring(&base, RENEWAL);
    let done = follow(&of_base, &[add_on], &world.prices, world.on(RENEWAL)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Renewed]);
    assert_eq!(money(&done), [(ChargeKind::Renew, 3, "2,190.00 EUR".to_owned())]);
    let (of_base, of_it) = (of_base.last().unwrap(), &done[0]);
    assert_eq!(of_it.effective_at, of_base.effective_at);
    assert_eq!(of_it.next.term, of_base.next.term);
}

/// A worker that slept for two years renews both twice, as if in time.
#[test]
fn d_30_late_they_renew_together_as_often() {
    let (world, base, add_on) = a_family();
    let now = "2029-05-01T12:00:00Z";
    let of_base = world.ring(&base, now);
    let done = follow(&of_base, &[add_on], &world.prices, world.on(now)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Renewed, ChangeKind::Renewed, ChangeKind::Renewed]);
    let renewals = of_base.iter().filter(|change| change.kind == ChangeKind::Renewed);
    let dated: Vec<_> = renewals.map(|change| change.effective_at).collect();
    assert_eq!(done.iter().map(|change| change.effective_at).collect::<Vec<_>>(), dated);
    let last = &done[2].next;
    assert_eq!(last.term, of_base.last().unwrap().next.term);
    assert_eq!((last.version, last.quantity), (4, 3));
}

#[test]
fn ren_6_an_add_on_that_is_sold_no_more_ends_alone() {
    let (world, base, add_on) = a_family();
    let world = world.withdrawing_from("2027-01-01T00:00:00Z", &an_add_on());
    let of_base = world.ring(&base, RENEWAL);
    let done = follow(&of_base, &[add_on], &world.prices, world.on(RENEWAL)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Expired]);
    assert_eq!(done[0].next.status_reason, StatusReason::OfferWithdrawn);
    assert_eq!(of_base.last().unwrap().kind, ChangeKind::Renewed);
}

#[test]
fn add_1_a_base_that_is_sold_no_more_takes_it_along() {
    let (world, base, add_on) = a_family();
    let world = world.withdrawing_from("2027-01-01T00:00:00Z", &a_base());
    let of_base = world.ring(&base, RENEWAL);
    assert_eq!(of_base.last().unwrap().kind, ChangeKind::Expired);
    let done = follow(&of_base, &[add_on], &world.prices, world.on(RENEWAL)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Expired]);
    assert_eq!(done[0].effective_at, of_base.last().unwrap().effective_at);
    assert!(done[0].charges.is_empty());
}

/// Cancelled with its base: what is left of its own cycle comes back, the day of the end is used. What
/// support ends, support credits.
#[test]
fn add_1_it_is_cancelled_with_its_base() {
    let with_window = |offer| OfferTerms { policy_id: Some("LIC168".into()), ..offer };
    let world = World::new().selling(&with_window(a_base())).selling(&an_add_on());
    let base = world.buy(&with_window(a_base()), 10, BOUGHT);
    let world = world.holding(&base);
    let now = "2026-03-12T15:00:00Z";
    let wish = AddOnWish { offer: an_add_on().product.offer, quantity: 2 };
    let bought = set_add_ons(alone(&base), &[wish], &world.prices, world.on(BOUGHT)).unwrap();
    let cancelled = world.cancel(&base, instant(now)).unwrap();
    let done = followed(&world, &cancelled, &bought[0].next, now);
    assert_eq!(kinds(&done), [ChangeKind::Cancelled]);
    assert_eq!(money(&done), [(ChargeKind::Cancel, 2, "-726.00 EUR".to_owned())]);
    assert_eq!((done[0].next.quantity, done[0].next.status), (0, Status::Cancelled));

    let decision = crate::domain::SupportDecision { cancels: true, credit: None };
    let by_support = settle_support(&base, decision, eur("100.00"), world.on(now)).unwrap();
    let done = followed(&world, &by_support, &bought[0].next, now);
    assert_eq!((kinds(&done), money(&done)), (vec![ChangeKind::Cancelled], vec![]));
    assert_eq!(done[0].next.status_reason, StatusReason::CancelledBySupport);
}

/// What the base becomes in mid-term: where it is an add-on of that as well, with the same term, it stays;
/// else it ends, and the days that are left come back.
#[rstest]
#[case::upg_14_another_base_of_it("bigger", TermLength::OneYear, true)]
#[case::upg_14_no_base_of_it("other", TermLength::OneYear, false)]
#[case::d_17_another_term("bigger", TermLength::ThreeYears, false)]
fn an_upgrade_of_the_base(#[case] sku: &str, #[case] length: TermLength, #[case] stays: bool) {
    let (world, base, mut add_on) = a_family();
    add_on.product.restrictions.prerequisites.insert(SkuId("bigger".into()));
    let product = Product { sku: SkuId(sku.into()), ..base.product.clone() };
    let mut next = Subscription { product, ..base.clone() };
    if let Some(term) = next.term.as_mut().filter(|term| term.length != length) {
        term.length = length;
        term.end = date("2029-05-31");
    }
    let upgraded = Change::new(ChangeKind::Upgraded, &base, next, instant(LATER), world.on(LATER));
    let done = followed(&world, &upgraded, &add_on, LATER);
    if stays {
        assert!(done.is_empty());
        return;
    }
    assert_eq!(kinds(&done), [ChangeKind::Cancelled]);
    assert_eq!(money(&done), [(ChargeKind::Cancel, 3, "-843.00 EUR".to_owned())]);
    assert_eq!(done[0].reason, Some("BASE_TRANSITIONED"));
}

/// A renewal that makes another SKU of the base ends what does not extend that one, and so does a term of
/// another length.
#[test]
fn add_1_a_renewal_into_something_else_ends_it() {
    let (world, base, add_on) = a_family();
    let mut other = a_base();
    other.product.sku = SkuId("other".into());
    other.product.offer = OfferId("other".into());
    let world = world.selling(&other);
    let mut of_base = world.ring(&base, RENEWAL);
    let renewed = of_base.last_mut().unwrap();
    renewed.next.product = other.product;
    let done =
        follow(&of_base, std::slice::from_ref(&add_on), &world.prices, world.on(RENEWAL)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Expired]);
    assert_eq!(done[0].next.status_reason, StatusReason::BaseTransitioned);

    let mut of_base = world.ring(&base, RENEWAL);
    of_base.last_mut().unwrap().next.term.as_mut().unwrap().length = TermLength::ThreeYears;
    let done = follow(&of_base, &[add_on], &world.prices, world.on(RENEWAL)).unwrap();
    assert_eq!(kinds(&done), [ChangeKind::Expired]);
}

/// What the two share is asked of the base.
#[test]
fn sus_6_alone_it_is_neither_suspended_nor_resumed() {
    let (world, _, add_on) = a_family();
    let at = world.on(LATER);
    assert_eq!(no(suspend(&add_on, at)), ("USE_BASE", "SUS-6"));
    assert_eq!(no(resume(&add_on, at)), ("USE_BASE", "SUS-6"));
    assert_eq!(no(set_auto_renew(&add_on, false, at)), ("USE_BASE", "ADD-1"));
    let reseller = Some(PartnerId(uuid::Uuid::from_u128(31)));
    assert_eq!(no(assign_reseller(&add_on, reseller, at)), ("USE_BASE", "ADD-1"));
    // By itself it is cancelled as its policy says.
    assert_eq!(no(cancel(&add_on, true, at)), ("USE_SUPPORT_REQUEST", "CAN-9"));
    assert!(ring(&add_on, &world.prices, at).unwrap().is_empty());
}
