//! The hidden effects of a suspension, and what resuming does not take back.

use rstest::rstest;

use super::*;
use crate::domain::tests::{World, a_trial_of, date, instant, no, perpetual, yearly};
use crate::domain::{OfferTerms, ScheduledSet, schedule, set_auto_renew};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

fn blocked(world: &World) -> Subscription {
    suspend(&world.buy(&yearly("1.00"), 1, BOUGHT), world.on(BOUGHT)).unwrap().next
}

#[test]
fn sus_1_it_blocks_at_once() {
    let world = World::new();
    let sub = blocked(&world);
    assert_eq!((sub.status, sub.status_since), (Status::Suspended, instant(BOUGHT)));
}

#[test]
fn trp_18_suspending_has_three_hidden_effects() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 5, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = suspend(&saved, world.on(BOUGHT)).unwrap();
    assert_eq!((change.next.auto_renew, &change.next.scheduled), (false, &None));
    assert_eq!(
        change.warnings,
        [
            Warning::ScheduledChangesDropped { dropped: wanted },
            Warning::AutoRenewTurnedOff,
            Warning::DeletedUnlessResumed { ends_on: date("2027-01-09") },
        ]
    );
    let back = resume(&change.next, world.on(BOUGHT)).unwrap().next;
    assert_eq!((back.status, back.auto_renew, back.scheduled), (Status::Active, false, None));
}

#[test]
fn trp_19_resuming_warns_that_it_will_expire() {
    let world = World::new();
    let change = resume(&blocked(&world), world.on("2026-02-01T00:00:00Z")).unwrap();
    assert_eq!(change.warnings, [Warning::AutoRenewStaysOff { ends_on: date("2027-01-09") }]);
    assert_eq!(world.later(&change.next, "2027-02-01T00:00:00Z").status, Status::Expired);
}

#[test]
fn sus_3_the_partner_switches_auto_renew_on_again() {
    let world = World::new();
    let sub = blocked(&world);
    assert_eq!(no(set_auto_renew(&sub, true, world.on(BOUGHT))), ("NOT_ACTIVE", "SUS-9"));
    let back = resume(&sub, world.on(BOUGHT)).unwrap().next;
    assert!(set_auto_renew(&back, true, world.on(BOUGHT)).unwrap().unwrap().next.auto_renew);
}

#[test]
fn sus_4_any_number_of_times() {
    let world = World::new();
    let mut sub = blocked(&world);
    for _ in 0..3 {
        sub = resume(&sub, world.on(BOUGHT)).unwrap().next;
        sub = suspend(&sub, world.on(BOUGHT)).unwrap().next;
    }
    assert_eq!((sub.status, sub.update_count), (Status::Suspended, 0));
}

#[test]
fn d_14_resuming_restores_neither() {
    let world = World::new();
    let back = resume(&blocked(&world), world.on(BOUGHT)).unwrap().next;
    assert_eq!((back.auto_renew, back.scheduled), (false, None));
}

#[test]
fn d_46_suspending_twice_and_resuming_what_is_active_are_refused() {
    let world = World::new();
    let sub = blocked(&world);
    assert_eq!(no(suspend(&sub, world.on(BOUGHT))), ("NOT_ACTIVE", "D-46"));
    let back = resume(&sub, world.on(BOUGHT)).unwrap().next;
    assert_eq!(no(resume(&back, world.on(BOUGHT))), ("NOT_SUSPENDED", "D-46"));
}

#[rstest]
#[case::trp_37_a_trial(a_trial_of(&yearly("1.00")), ("TRIAL_LOCKED", "D-15"))]
#[case::d_47_what_was_bought_once(perpetual("1.00"), ("PERPETUAL_PURCHASE", "D-47"))]
fn cannot_be_suspended(#[case] offer: OfferTerms, #[case] expected: (&'static str, &'static str)) {
    let world = World::new();
    assert_eq!(no(suspend(&world.buy(&offer, 25, BOUGHT), world.on(BOUGHT))), expected);
}

#[test]
fn sus_7_not_while_a_renewal_is_in_progress() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    assert!(suspend(&sub, world.on("2027-01-09T23:59:59.999Z")).is_ok());
    assert_eq!(
        no(suspend(&sub, world.on("2027-01-10T00:00:00Z"))),
        ("RENEWAL_IN_PROGRESS", "LCK-5")
    );
}
