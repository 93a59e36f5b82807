//! What callers are told before they act: reasons, deadlines, money, hidden effects.

use rstest::rstest;
use vocab::ProductKind;

use super::*;
use crate::domain::tests::{
    World, a_trial_of, alone, an_offer, eur, instant, just_after, perpetual, server, yearly,
};
use crate::domain::{OfferTerms, Warning};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
/// The last instant of the window of what was bought then.
const CLOSES: &str = "2026-01-17T15:00:00Z";

fn told(world: &World, sub: &Subscription, now: Timestamp, wishes: &Wishes) -> Vec<Explanation> {
    explain(alone(&world.settled(sub, now)), wishes, &world.prices, world.at(now))
}

/// What is said of one action with its defaults.
fn of(world: &World, sub: &Subscription, now: &str, which: fn(&Attempt) -> bool) -> Explanation {
    let mut all = told(world, sub, instant(now), &Wishes::default()).into_iter();
    all.find(|told| which(&told.attempt)).unwrap()
}

const fn cancels(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Cancel)
}

const fn reduces(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Decrease(_))
}

const fn increases(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Increase(_))
}

const fn schedules(attempt: &Attempt) -> bool {
    matches!(attempt, Attempt::Schedule(_))
}

fn reasons(told: &Explanation) -> Vec<(&'static str, &'static str)> {
    told.reasons.iter().map(|no| (no.reason(), no.rule())).collect()
}

fn amount(told: &Explanation) -> Money {
    told.change.as_ref().unwrap().total().unwrap()
}

/// The worked check of PCX-6, asked before it is done.
#[test]
fn pcx_6_the_credit_is_told_before_it_is_asked_for() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let told = of(&world, &sub, "2026-01-13T09:00:00Z", cancels);
    assert_eq!(amount(&told), eur("-1190.10"));
    assert_eq!(told.allowed_until, Some(instant(CLOSES)));
    assert_eq!(told.effective_at, Some(instant("2026-01-13T09:00:00Z")));
    assert!(!told.is_counted);
}

#[test]
fn can_3_what_is_over_says_since_when() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let last = of(&world, &sub, CLOSES, cancels);
    assert!(last.reasons.is_empty());
    let late = of(&world, &sub, "2026-01-17T15:00:00.001Z", cancels);
    assert_eq!(reasons(&late), [("CANCELLATION_WINDOW_CLOSED", "CAN-3")]);
    assert_eq!((late.allowed_until, late.change), (Some(instant(CLOSES)), None));
}

/// Without a wish: one seat more, and as many fewer as can be taken back.
#[test]
fn sea_5_the_defaults_are_one_more_and_as_few_as_now() {
    let world = World::new().selling(&yearly("365.00"));
    let sub = world.buy(&yearly("365.00"), 10, BOUGHT);
    let grown = world.resized(&sub, 15, "2026-01-15T15:00:00Z");
    let now = "2026-01-18T00:00:00Z";
    let fewer = of(&world, &grown, now, reduces);
    assert_eq!(fewer.attempt, Attempt::Decrease(10));
    assert_eq!(fewer.allowed_until, Some(instant("2026-01-22T15:00:00Z")));
    assert!(fewer.is_counted);
    let more = of(&world, &grown, now, increases);
    assert_eq!((&more.attempt, amount(&more)), (&Attempt::Increase(16), eur("357.00")));
    let later = of(&world, &grown, "2026-01-23T00:00:00Z", reduces);
    assert_eq!((&later.attempt, later.change.is_none()), (&Attempt::Decrease(14), true));
    assert_eq!(later.allowed_until, Some(instant("2026-01-22T15:00:00Z")));
}

/// Each batch has its own deadline, so the more seats, the earlier it is too late.
#[rstest]
#[case::sea_2_those_that_were_added_last(12, "2026-01-22T15:00:00Z")]
#[case::sea_13_some_of_the_first_as_well(9, CLOSES)]
#[case::sea_13_down_to_one(1, CLOSES)]
fn until_when(#[case] total: i64, #[case] until: &str) {
    let world = World::new().selling(&yearly("365.00"));
    let sub = world.buy(&yearly("365.00"), 10, BOUGHT);
    let grown = world.resized(&sub, 15, "2026-01-15T15:00:00Z");
    let wishes = Wishes { quantity: Some(total), ..Wishes::default() };
    let mut all = told(&world, &grown, instant("2026-01-16T00:00:00Z"), &wishes).into_iter();
    let fewer = all.find(|told| reduces(&told.attempt)).unwrap();
    assert_eq!(fewer.attempt, Attempt::Decrease(total));
    assert_eq!(fewer.allowed_until, Some(instant(until)));
}

/// Suspended, beyond the limit of updates and of seats, after the window: all of it is told, and
/// what the verb says comes first.
#[test]
fn sea_3_every_reason_is_told_and_not_only_the_first() {
    let offer = yearly("120.00");
    let product = crate::domain::Product { seat_minimum: 5, ..offer.product };
    let offer = OfferTerms { product, ..offer };
    let world = World::new().selling(&offer);
    let bought = world.buy(&offer, 10, BOUGHT);
    let blocked = suspend(&bought, world.on(BOUGHT)).unwrap().next;
    let sub = Subscription { update_count: 1_200, ..blocked };
    let wishes = Wishes { quantity: Some(4), ..Wishes::default() };
    let all = told(&world, &sub, just_after(instant(CLOSES)), &wishes);
    let fewer = all.iter().find(|told| reduces(&told.attempt)).unwrap();
    let expected = [
        ("NOT_ACTIVE", "SUS-9"),
        ("MIN_SEATS", "SEA-13"),
        ("UPDATE_LIMIT_1200", "SEA-7"),
        ("CANCELLATION_WINDOW_CLOSED", "SEA-3"),
    ];
    assert_eq!(reasons(fewer), expected);
    let schedule = all.iter().find(|told| schedules(&told.attempt)).unwrap();
    assert_eq!(
        reasons(schedule),
        [("NOT_ACTIVE", "SUS-9"), ("AUTO_RENEW_OFF", "SCH-2"), ("UPDATE_LIMIT_1200", "SEA-7")]
    );
}

/// What is suspended in its evaluation is deleted when that ends, so nothing is possible any longer.
#[test]
fn d_39_without_auto_renew_everything_ends_with_the_evaluation() {
    let like = yearly("1.00");
    let offer = an_offer(ProductKind::IsvSaasLicense, like.length, like.billing, "1.00");
    let offer = OfferTerms { includes_evaluation: true, ..offer };
    let world = World::new().selling(&offer);
    let bought = world.buy(&offer, 10, BOUGHT);
    let sub = suspend(&bought, world.on(BOUGHT)).unwrap().next;
    let resume = of(&world, &sub, BOUGHT, |attempt| matches!(attempt, Attempt::Resume));
    assert_eq!(resume.allowed_until, Some(instant("2026-02-08T23:59:59.999Z")));
}

/// A reason that only follows from another is not told: who resumes it finds the window open.
#[test]
fn sea_10_being_suspended_closes_no_window() {
    let world = World::new().selling(&yearly("120.00"));
    let bought = world.buy(&yearly("120.00"), 10, BOUGHT);
    let sub = suspend(&bought, world.on(BOUGHT)).unwrap().next;
    assert_eq!(reasons(&of(&world, &sub, BOUGHT, reduces)), [("NOT_ACTIVE", "SUS-9")]);
}

#[rstest]
#[case::d_15_a_trial(a_trial_of(&yearly("1.00")), 25, ("TRIAL_LOCKED", "D-15"))]
#[case::d_47_what_was_bought_once(perpetual("1.00"), 5, ("PERPETUAL_PURCHASE", "D-47"))]
#[case::d_21_a_server(server("1.00"), 5, ("CANCELLATION_WINDOW_CLOSED", "D-21"))]
#[case::sea_9_the_last_seat(yearly("1.00"), 1, ("USE_CANCEL", "SEA-9"))]
fn why_no_seat_can_be_taken_back(
    #[case] offer: OfferTerms,
    #[case] seats: i64,
    #[case] expected: (&str, &str),
) {
    let world = World::new().selling(&offer);
    let sub = world.buy(&offer, seats, BOUGHT);
    assert_eq!(reasons(&of(&world, &sub, BOUGHT, reduces)), [expected]);
    // What a reader of the subscription is shown says the same.
    let view = crate::domain::View::of(sub, &world.prices, world.on(BOUGHT));
    assert_eq!(view.irreducible.map(|no| (no.reason(), no.rule())), Some(expected));
}

#[rstest]
#[case::cat_17_never(ProductKind::LinuxPlan, ("CANCELLATION_WINDOW_CLOSED", "CAT-17"))]
#[case::can_9_by_support(ProductKind::Esu, ("USE_SUPPORT_REQUEST", "CAN-9"))]
fn what_has_no_window(#[case] kind: ProductKind, #[case] expected: (&str, &str)) {
    let like = yearly("1.00");
    let offer = an_offer(kind, like.length, like.billing, "1.00");
    let world = World::new().selling(&offer);
    let sub = world.buy(&offer, 5, BOUGHT);
    assert_eq!(reasons(&of(&world, &sub, BOUGHT, cancels)), [expected]);
}

/// Suspending says what it hides; it costs nothing.
#[test]
fn trp_18_hidden_effects_are_told_before_they_happen() {
    let world = World::new().selling(&yearly("1.00"));
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let bought = world.buy(&yearly("1.00"), 5, BOUGHT);
    let sub = schedule(&bought, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let told = of(&world, &sub, BOUGHT, |attempt| matches!(attempt, Attempt::Suspend));
    let change = told.change.unwrap();
    assert_eq!(
        change.warnings.first(),
        Some(&Warning::ScheduledChangesDropped { dropped: wanted })
    );
    assert_eq!((change.warnings.len(), change.charges.len()), (3, 0));
}

/// What is scheduled takes effect with the next term, and needs no window.
#[test]
fn sch_6_a_scheduled_decrease_takes_effect_with_the_next_term() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let told = of(&world, &sub, "2026-06-01T00:00:00Z", schedules);
    assert_eq!(told.effective_at, Some(instant("2027-01-10T00:00:00Z")));
    assert_eq!(told.allowed_until, Some(instant("2027-01-09T23:59:59.999Z")));
    assert_eq!((told.is_counted, amount(&told).minor), (true, 0));
}

/// Setting what is set is allowed, does nothing, and counts for nothing.
#[test]
fn d_46_what_is_so_already_is_allowed_and_does_nothing() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = Subscription { update_count: 1_200, ..world.buy(&yearly("120.00"), 10, BOUGHT) };
    let wishes = Wishes { quantity: Some(10), ..Wishes::default() };
    for told in told(&world, &sub, instant(BOUGHT), &wishes) {
        let is_so = matches!(
            told.attempt,
            Attempt::Increase(_)
                | Attempt::Decrease(_)
                | Attempt::SetAutoRenew(true)
                | Attempt::RemoveScheduled
                | Attempt::AssignReseller(None)
        );
        assert_eq!(told.reasons.is_empty() && told.change.is_none(), is_so, "{told:?}");
        assert!(!told.is_counted, "{told:?}");
    }
}

/// What has ended says so once: nothing else is of interest.
#[test]
fn can_12_what_has_ended_has_one_reason() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.cancel(&world.buy(&yearly("120.00"), 10, BOUGHT), instant(BOUGHT));
    let reseller = Some(PartnerId(uuid::Uuid::from_u128(31)));
    let sub = Subscription { reseller, ..sub.unwrap().next };
    let wishes = Wishes { quantity: Some(0), ..Wishes::default() };
    for told in told(&world, &sub, instant(CLOSES), &wishes) {
        let is_a_label = matches!(told.attempt, Attempt::Rename(_) | Attempt::AssignReseller(_));
        assert_eq!(told.change.is_some(), is_a_label, "{told:?}");
        assert_eq!(told.reasons.len(), usize::from(!is_a_label), "{told:?}");
    }
}
