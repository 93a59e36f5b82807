//! Switching auto-renew, and switching it to what it is.

use super::*;
use crate::domain::tests::{World, a_trial_of, date, no, perpetual, server, yearly};
use crate::domain::{ScheduledSet, Status, schedule};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

#[test]
fn ren_3_off_and_on_again() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on(BOUGHT)).unwrap().unwrap();
    assert_eq!(off.warnings, [Warning::ExpiresAtTermEnd { ends_on: date("2027-01-09") }]);
    let on =
        set_auto_renew(&off.next, true, world.on("2027-01-09T23:59:59.999Z")).unwrap().unwrap();
    assert_eq!(world.later(&on.next, "2027-01-10T00:01:00Z").status, Status::Active);
    assert_eq!(on.next.update_count, 0, "SEA-7");
}

#[test]
fn sch_4_off_deletes_scheduled_changes() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 5, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let off = set_auto_renew(&saved, false, world.on(BOUGHT)).unwrap().unwrap();
    assert_eq!(off.next.scheduled, None);
    assert_eq!(off.warnings[0], Warning::ScheduledChangesDropped { dropped: wanted });
}

#[test]
fn d_46_setting_what_is_set_is_no_change() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    assert_eq!(set_auto_renew(&sub, true, world.on(BOUGHT)), Ok(None));
    assert_eq!(set_auto_renew(&sub, true, world.on("2027-01-10T00:00:00Z")), Ok(None));
}

#[test]
fn d_2_the_toggle_of_earlier_software_is_refused() {
    let world = World::new();
    let early = world.buy(&server("1.00"), 1, "2021-10-13T23:59:59Z");
    let refused = no(set_auto_renew(&early, true, world.on("2022-01-01T00:00:00Z")));
    assert_eq!(refused, ("AUTO_RENEW_NOT_OFFERED", "D-2"));
    let later = world.buy(&server("1.00"), 1, "2021-10-14T00:00:00Z");
    assert!(set_auto_renew(&later, false, world.on("2022-01-01T00:00:00Z")).unwrap().is_some());
}

#[test]
fn d_47_what_was_bought_once_does_not_renew() {
    let world = World::new();
    let sub = world.buy(&perpetual("1.00"), 1, BOUGHT);
    assert_eq!(no(set_auto_renew(&sub, true, world.on(BOUGHT))), ("PERPETUAL_PURCHASE", "D-47"));
}

#[test]
fn d_15_a_trial_can_be_left_to_expire() {
    let world = World::new();
    let sub = world.buy(&a_trial_of(&yearly("1.00")), 25, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!(world.later(&off, "2026-02-10T00:00:00Z").status, Status::Expired);
}

#[test]
fn lck_2_auto_renew_is_read_only_from_the_end_of_the_term() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    assert!(set_auto_renew(&sub, false, world.on("2027-01-09T23:59:59.999Z")).is_ok());
    let locked = set_auto_renew(&sub, false, world.on("2027-01-10T00:00:00Z")).unwrap_err();
    assert_eq!((locked.reason(), locked.rule()), ("RENEWAL_IN_PROGRESS", "LCK-5"));
    assert_eq!(locked.retry_after(), None, "TRP-27");
}
