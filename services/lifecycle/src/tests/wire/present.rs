//! What is shown is what is: by the present instant, beside what the customer has, with all that was
//! asked for.

use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::wire;
use rstest::rstest;
use testkit::Backend;
use vocab::{Offer, ProductKind, QuantityRule, QuantityRuleKind, Restrictions, SkuId};

use super::{call, reason, service};
use crate::domain::{Purchase, Subscription};
use crate::tests::given::{
    RIVAL, ada, billed_monthly, date, instant, money, price_list, server, yearly,
};
use crate::tests::house::{House, name_of};

async fn shown(house: &House, sub: &Subscription) -> pb::Subscription {
    let request = pb::GetSubscriptionRequest { name: name_of(sub) };
    service(house).get_subscription(call(request)).await.unwrap().into_inner()
}

/// What it is, and what is stored.
async fn shown_alone(house: &House, sub: &Subscription) -> pb::Subscription {
    let before = house.everything().await;
    let shown = shown(house, sub).await;
    assert_eq!(house.everything().await, before, "looking changes nothing");
    assert_eq!(shown.etag, house.load(sub.id).await.etag(), "the version is the stored one");
    shown
}

/// The worker is down all the time.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn t_55_what_is_due_is_shown_as_done(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let runs = house.buy(&billed_monthly(), 10).await;
    let ends = house.buy(&yearly(), 10).await;
    house.set_auto_renew(&ada(), &ends, false).await.unwrap();
    let blocked = house.buy(&yearly(), 10).await;
    house.suspend(&ada(), &blocked).await.unwrap();

    house.clock.set(instant("2026-04-09T23:59:59.999Z"));
    assert_eq!(shown_alone(&house, &runs).await.current_cycle.unwrap().number, 3);
    house.clock.set(instant("2026-04-10T00:00:00Z"));
    let now = shown_alone(&house, &runs).await;
    assert_eq!(now.current_cycle.unwrap().number, 4);
    let next = now.next_event.unwrap();
    assert_eq!(next.due_time, Some(wire::timestamp(instant("2026-05-10T00:00:00Z"))));

    let last = instant("2027-01-09T23:59:59.999Z");
    house.clock.set(last);
    let states = [pb::SubscriptionState::Active, pb::SubscriptionState::Suspended];
    let both = [shown_alone(&house, &ends).await, shown_alone(&house, &blocked).await];
    assert_eq!(both.map(|sub| sub.state()), states);
    house.clock.set(crate::tests::given::just_after(last));
    let states = [pb::SubscriptionState::Expired, pb::SubscriptionState::Deleted];
    let both = [shown_alone(&house, &ends).await, shown_alone(&house, &blocked).await];
    assert_eq!(both.map(|sub| sub.state()), states);
    // A renewal is work that is still to be done (D-33).
    let pending = shown_alone(&house, &runs).await;
    assert_eq!(pending.term.unwrap().end_date, Some(wire::date(date("2027-01-09"))));
    assert_eq!(pending.next_event.unwrap().kind(), pb::ChangeKind::Renewed);
}

/// Another service asks before it hands something out (KEY-4, TRP-50).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_33_what_has_ended_is_over_for_whoever_asks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&server(), 1).await;
    house.set_auto_renew(&ada(), &sub, false).await.unwrap();
    let target = rpc::name::Subscription(sub.customer, sub.id);
    let status = async || house.app.check_purchase(target).await.unwrap().status.to_string();
    house.clock.set(instant("2027-01-09T23:59:59.999Z"));
    assert_eq!(status().await, "ACTIVE");
    house.clock.set(instant("2027-01-10T00:00:00Z"));
    let before = house.everything().await;
    assert_eq!(status().await, "EXPIRED");
    assert_eq!(house.everything().await, before, "asking changes nothing");
}

fn scheduling(
    house: &House,
    sub: &Subscription,
    set: pb::ScheduledChange,
) -> pb::ScheduleChangeRequest {
    pb::ScheduleChangeRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        scheduled_change: Some(set),
        ..pb::ScheduleChangeRequest::default()
    }
}

/// Saved, shown, priced in advance, explained, and done.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sch_1_the_end_of_the_next_term_is_scheduled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let ordered_at = instant("2025-04-01T10:00:00Z");
    let other = house.given(Purchase { ordered_at, ..house.line(&yearly(), 1) }).await;
    let set = pb::ScheduledChange { align_with: name_of(&other), ..Default::default() };

    let question = pb::ExplainActionsRequest {
        name: name_of(&sub),
        scheduled_change: Some(set.clone()),
        ..Default::default()
    };
    let told = service(&house).explain_actions(call(question)).await.unwrap().into_inner();
    let told = told.actions.iter().find(|it| it.action() == pb::Action::ScheduleChange).unwrap();
    assert!(told.allowed, "{told:?}");
    assert_eq!(told.scheduled_change.as_ref(), Some(&set));

    let request = scheduling(&house, &sub, set.clone());
    let receipt = service(&house).schedule_change(call(request)).await.unwrap().into_inner();
    let now = receipt.subscription.unwrap();
    assert_eq!(now.scheduled_change, Some(set));
    // 144.00 for the year through 2027-03-31: 81 of its days for ten seats.
    let next = now.next_event.clone().unwrap();
    assert_eq!(
        (next.kind(), next.amount),
        (
            pb::ChangeKind::Renewed,
            Some(proto::Money { currency_code: "EUR".to_owned(), units: 319, nanos: 600_000_000 })
        )
    );
    assert_eq!(shown(&house, &sub).await.next_event, now.next_event);
    let list = pb::ListSubscriptionsRequest {
        parent: format!("customers/{}", sub.customer),
        ..Default::default()
    };
    let listed = service(&house).list_subscriptions(call(list)).await.unwrap().into_inner();
    let listed = listed.subscriptions.into_iter().find(|it| it.name == name_of(&sub)).unwrap();
    assert_eq!(listed.next_event, now.next_event);

    house.sleep_until(instant("2027-01-10T00:01:00Z")).await;
    let renewed = house.load(sub.id).await;
    assert_eq!(renewed.term.unwrap().end, date("2027-03-31"));
    assert_eq!(money(&house.lines(&sub).await)[1].2, "319.60 EUR");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sch_1_an_end_that_cannot_be_had_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let foreign = house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 1) }).await;
    let before = house.everything().await;
    let elsewhere = "customers/01900000-0000-7000-8000-000000000007/subscriptions/01900000-0000-7000-8000-000000000008";
    let end_date = Some(wire::date(date("2027-06-15")));
    for (set, expected) in [
        (pb::ScheduledChange { align_with: name_of(&foreign), ..Default::default() }, "NOT_FOUND"),
        (pb::ScheduledChange { end_date, ..Default::default() }, "CO_TERM_END_INVALID"),
        (
            pb::ScheduledChange { align_with: elsewhere.to_owned(), ..Default::default() },
            "INVALID_FIELDS",
        ),
        (pb::ScheduledChange::default(), "INVALID_FIELDS"),
    ] {
        let request = scheduling(&house, &sub, set);
        let refused = service(&house).schedule_change(call(request)).await.unwrap_err();
        assert_eq!(reason(&refused), expected, "{refused:?}");
    }
    assert_eq!(house.everything().await, before, "nothing was done");
}

fn sold_as(sku: &str, quantity_rule: Option<QuantityRule>) -> Offer {
    let id = vocab::OfferId(format!("{sku}-P1Y"));
    let restrictions = Restrictions { quantity_rule, ..Restrictions::default() };
    let kind = ProductKind::LicenseBased;
    Offer { id, sku: SkuId(sku.to_owned()), kind, restrictions, ..yearly() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_25_an_add_on_says_when_its_base_has_shrunk(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let rule = QuantityRule {
        kind: QuantityRuleKind::AtMostBase,
        base: [SkuId("base".to_owned())].into(),
    };
    let (base, copilot) = (sold_as("base", None), sold_as("copilot", Some(rule)));
    house.sell(&price_list(&base)).await;
    house.sell(&price_list(&copilot)).await;
    let base = house.buy(&base, 10).await;
    let add_on = house.buy(&copilot, 10).await;
    assert_eq!(shown(&house, &add_on).await.compliance, None);
    house.change_quantity(&ada(), &base, 7).await.unwrap();
    let flag = shown(&house, &add_on).await.compliance.unwrap();
    assert_eq!((flag.reason.as_str(), flag.rule.as_str()), ("BASE_SEATS_NOT_MET", "QTY-2"));
    assert_eq!(flag.metadata.get("room").map(String::as_str), Some("7"));
    assert_eq!(shown(&house, &base).await.compliance, None);
    let list = pb::ListSubscriptionsRequest {
        parent: format!("customers/{}", base.customer),
        ..Default::default()
    };
    let listed = service(&house).list_subscriptions(call(list)).await.unwrap().into_inner();
    let flagged = listed.subscriptions.iter().filter(|sub| sub.compliance.is_some());
    assert_eq!(flagged.map(|sub| sub.name.clone()).collect::<Vec<_>>(), [name_of(&add_on)]);
    // Fewer of them, and all is well; the verb's own answer says so too.
    let receipt = house.change_quantity(&ada(), &add_on, 7).await.unwrap();
    let receipt = crate::tests::house::fresh(receipt);
    assert_eq!(receipt.view.compliance, None);
}
