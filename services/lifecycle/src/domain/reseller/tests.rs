//! Who owns and manages what was bought.

use uuid::Uuid;

use super::*;
use crate::domain::tests::{World, no, yearly};
use crate::domain::{ScheduledSet, schedule, suspend};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
const RESELLER: Option<PartnerId> = Some(PartnerId(Uuid::from_u128(31)));

fn world() -> World {
    World::new().selling(&yearly("120.00"))
}

#[test]
fn par_10_it_owns_it_from_then_on() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let change = assign_reseller(&sub, RESELLER, world.on(BOUGHT)).unwrap().unwrap();
    assert_eq!((change.kind, change.next.reseller), (ChangeKind::ResellerAssigned, RESELLER));
    assert!(change.charges.is_empty() && change.warnings.is_empty());
    let renewed = world.later(&change.next, "2027-01-10T00:01:00Z");
    assert_eq!(renewed.reseller, RESELLER);
    let gone = assign_reseller(&renewed, None, world.on("2027-01-10T00:01:00Z"));
    assert_eq!(gone.unwrap().unwrap().next.reseller, None);
}

#[test]
fn d_46_what_is_so_already_is_no_change() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    assert_eq!(assign_reseller(&sub, None, world.on(BOUGHT)), Ok(None));
    let owned = Subscription { reseller: RESELLER, ..sub };
    assert_eq!(assign_reseller(&owned, RESELLER, world.on(BOUGHT)), Ok(None));
}

#[test]
fn sch_8_scheduled_changes_survive_it() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let set = ScheduledSet { quantity: Some(5), ..ScheduledSet::default() };
    let saved = schedule(&sub, &set, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let owned = assign_reseller(&saved, RESELLER, world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!((owned.scheduled, owned.update_count), (Some(set), 1));
}

#[test]
fn sea_7_it_is_never_counted_nor_refused_for_the_count() {
    let world = world();
    let sub = Subscription { update_count: 1200, ..world.buy(&yearly("120.00"), 10, BOUGHT) };
    let owned = assign_reseller(&sub, RESELLER, world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!(owned.update_count, 1200);
}

#[test]
fn lck_4_while_the_renewal_is_pending_it_is_to_be_repeated() {
    let world = world();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let pending = assign_reseller(&sub, RESELLER, world.on("2027-01-10T00:00:00Z"));
    assert_eq!(no(pending), ("RENEWAL_PENDING_RETRY", "LCK-4"));
    let blocked = suspend(&sub, world.on(BOUGHT)).unwrap().next;
    assert!(assign_reseller(&blocked, RESELLER, world.on(BOUGHT)).unwrap().is_some());
}
