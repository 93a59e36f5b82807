//! Legacy add-ons as they are bought and live with their base: stored together, told together.

use db::{Json, sql};
use jiff::SignedDuration;
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use proto::lifecycle::timer_service_server::TimerService;
use rpc::Classify;
use rstest::rstest;
use serde_json::json;
use testkit::Backend;
use tonic::Code;
use vocab::{Offer, OfferId, PartnerId, ProductKind, Restrictions, SkuId};

use super::given::{
    PARTNER, RIVAL, ada, billed_monthly, date, eur, instant, money, price_list, somebody_of, yearly,
};
use super::house::{House, fresh, name_of};
use super::wire::{by, call, reason, service};
use crate::convert;
use crate::domain::{
    ChangeKind, ChargeKind, Purchase, Receipt, Status, StatusReason, Subscription,
};

/// In the sixth cycle of what is bought at the first noon.
const LATER: &str = "2026-06-20T09:00:00Z";

fn traditional(like: Offer, id: &str) -> Offer {
    let (id, sku) = (OfferId(id.to_owned()), SkuId(id.to_owned()));
    Offer { id, sku, title: "Traditional".to_owned(), kind: ProductKind::LicenseLegacy, ..like }
}

/// A traditional licence for a year, charged every month.
fn a_base() -> Offer {
    traditional(billed_monthly(), "base")
}

/// What extends it, for a year, charged once.
fn an_add_on() -> Offer {
    let restrictions = Restrictions {
        is_add_on: true,
        prerequisites: [a_base().sku].into(),
        ..Restrictions::default()
    };
    Offer { restrictions, ..traditional(yearly(), "add-on") }
}

async fn a_house(backend: Backend) -> House {
    let house = House::on(backend).await;
    for offer in [a_base(), an_add_on()] {
        house.sell(&price_list(&offer)).await;
    }
    house
}

fn setting(house: &House, base: &Subscription, seats: i64) -> pb::ChangeQuantityRequest {
    let offer = rpc::name::Offer(an_add_on().id).to_string();
    pb::ChangeQuantityRequest {
        name: name_of(base),
        request_id: house.uuid().to_string(),
        quantity: base.quantity,
        add_ons: vec![pb::AddOnQuantity { offer, quantity: seats }],
        ..Default::default()
    }
}

/// Buys a base of ten seats, and later its add-on of three.
async fn a_family(house: &House) -> (Subscription, Subscription) {
    let base = house.buy(&a_base(), 10).await;
    house.sleep_until(instant(LATER)).await;
    let request = setting(house, &base, 3);
    let receipt = fresh(house.change_seats(&ada(), &request).await.unwrap());
    let add_on = receipt.add_ons[0].view.sub.clone();
    (house.load(base.id).await, house.load(add_on.id).await)
}

async fn kinds(house: &House, sub: &Subscription) -> Vec<ChangeKind> {
    house.history(sub).await.iter().map(|entry| entry.kind).collect()
}

/// One call on the base: the add-on is a subscription of its own that ends with it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_1_it_is_bought_from_its_base(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let base = house.buy(&a_base(), 10).await;
    house.sleep_until(instant(LATER)).await;
    let told = house.letters("order").await.len();
    let request = pb::ChangeQuantityRequest { quantity: 12, ..setting(&house, &base, 3) };
    let before = house.everything().await;
    let dry = pb::ChangeQuantityRequest { validate_only: true, ..request.clone() };
    let shown = fresh(house.change_seats(&ada(), &dry).await.unwrap());
    assert_eq!(house.everything().await, before);
    let written = convert::receipt(&shown);
    let of_it = &written.add_ons[0];
    assert_eq!(
        (of_it.preview_token.as_str(), of_it.subscription.as_ref().unwrap().name.as_str()),
        ("", "")
    );

    let preview_token = written.preview_token.clone();
    let held = pb::ChangeQuantityRequest { preview_token, ..request };
    let other = pb::ChangeQuantityRequest {
        add_ons: setting(&house, &base, 4).add_ons,
        request_id: house.uuid().to_string(),
        ..held.clone()
    };
    let stale = house.change_seats(&ada(), &other).await.unwrap_err();
    assert_eq!(stale.reason(), "PREVIEW_STALE");
    let receipt = fresh(house.change_seats(&ada(), &held).await.unwrap());

    let (base, add_on) = (house.load(base.id).await, receipt.add_ons[0].view.sub.clone());
    assert_eq!((base.quantity, add_on.quantity), (12, 3));
    assert_eq!(house.load(add_on.id).await, add_on);
    assert_eq!((add_on.base, add_on.ends_on()), (Some(base.id), base.ends_on()));
    // 204 of the 365 days are left, 20 June among them: 67.07 of 120.00.
    let lines = house.lines(&add_on).await;
    assert_eq!(money(&lines), [(ChargeKind::New, 3, "201.21 EUR".to_owned())]);
    assert_eq!(lines[0].charge.period_end, date("2027-01-09"));
    assert_eq!(house.letters("order").await.len(), told, "nobody ordered it");
    let (_, entry) = house.letters("audit").await.pop().unwrap();
    assert_eq!(entry["details"]["base"], json!(name_of(&base)));
    // The same call again acts no more.
    let again = service(&house).change_quantity(call(held)).await.unwrap();
    assert!(again.metadata().contains_key("tenure-replayed"));
    assert_eq!(again.into_inner().add_ons.len(), 1);
    let asked = pb::GetSubscriptionRequest { name: name_of(&add_on) };
    let told = service(&house).get_subscription(call(asked)).await.unwrap().into_inner();
    assert_eq!((told.base, told.order), (name_of(&base), String::new()));
}

/// The page of the base: what it can have, and then what it has.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_3_the_eligible_ones_are_shown_on_the_page_of_the_base(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let foreign = Offer { market: "FR".parse().unwrap(), ..an_add_on() };
    let foreign = Offer { id: OfferId("french".to_owned()), ..foreign };
    house.sell(&price_list(&foreign)).await;
    let base = house.buy(&a_base(), 10).await;
    let plain = house.buy(&yearly(), 10).await;
    let listed = async |of: &Subscription| {
        let asked = pb::ListAddOnsRequest { parent: name_of(of), ..Default::default() };
        service(&house).list_add_ons(call(asked)).await.unwrap().into_inner().add_ons
    };
    let shown = listed(&base).await;
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].offer.as_str(), shown[0].quantity), ("offers/add-on", 0));
    assert_eq!(shown[0].amount, Some(rpc::wire::money(eur("120.00"))));
    assert!(listed(&plain).await.is_empty());

    let request = setting(&house, &base, 3);
    let receipt = fresh(house.change_seats(&ada(), &request).await.unwrap());
    let add_on = &receipt.add_ons[0].view.sub;
    let shown = listed(&base).await;
    assert_eq!((shown.len(), shown[0].quantity), (1, 3));
    assert_eq!((&shown[0].subscription, &shown[0].amount), (&name_of(add_on), &None));
    assert!(listed(add_on).await.is_empty());
    let asked = pb::ListAddOnsRequest { parent: name_of(&base), ..Default::default() };
    let eve = somebody_of(RIVAL, Role::AdminAgent);
    let refused = service(&house).list_add_ons(by(&eve, asked)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

/// Only who sells can buy: its reseller is sent to it, and to everybody else the base does not exist.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_3_a_reseller_is_sent_to_its_provider(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let reseller = PartnerId(uuid::Uuid::from_u128(0x5e11));
    let line = Purchase { reseller: Some(reseller), ..house.line(&a_base(), 10) };
    let base = house.given(line).await;
    let before = house.everything().await;
    let request = setting(&house, &base, 3);
    let ask = async |partner| {
        let caller = somebody_of(partner, Role::AdminAgent);
        service(&house).change_quantity(by(&caller, request.clone())).await.unwrap_err()
    };
    let refused = ask(reseller).await;
    assert_eq!(reason(&refused), "CONTACT_INDIRECT_PROVIDER");
    assert!(refused.message().contains(&format!("partners/{PARTNER}")), "{refused}");
    assert_eq!(ask(RIVAL).await.code(), Code::NotFound);
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sus_6_its_suspension_is_that_of_its_base(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let (base, add_on) = a_family(&house).await;
    let suspend = |sub: &Subscription| pb::SuspendSubscriptionRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        ..Default::default()
    };
    let refused = service(&house).suspend_subscription(call(suspend(&add_on))).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "USE_BASE".to_owned())
    );
    let done = service(&house).suspend_subscription(call(suspend(&base))).await.unwrap();
    assert_eq!(done.into_inner().add_ons.len(), 1);
    let statuses = async || {
        let both = [house.load(base.id).await, house.load(add_on.id).await];
        both.map(|sub| (sub.status, sub.auto_renew))
    };
    assert_eq!(statuses().await, [(Status::Suspended, false); 2]);
    let resume = pb::ResumeSubscriptionRequest {
        name: name_of(&base),
        request_id: house.uuid().to_string(),
        ..Default::default()
    };
    service(&house).resume_subscription(call(resume)).await.unwrap();
    assert_eq!(statuses().await, [(Status::Active, false); 2]);
    // Auto-renew is off, so both expire, each by its own alarm at the same instant.
    house.sleep_until(instant("2027-01-11T00:00:00Z")).await;
    for sub in [&base, &add_on] {
        let ended = house.load(sub.id).await;
        assert_eq!(
            (ended.status, ended.status_since),
            (Status::Expired, instant("2027-01-10T00:00:00Z"))
        );
    }
    let history = kinds(&house, &add_on).await;
    assert_eq!(history.iter().filter(|kind| **kind == ChangeKind::Expired).count(), 1);
}

/// In time, or by a worker that slept for more than a year: the same dates, the same money.
#[rstest]
#[case::add_1_in_time(true)]
#[case::d_30_late(false)]
#[tokio::test(flavor = "multi_thread")]
async fn it_renews_with_its_base(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] is_in_time: bool,
) {
    let house = a_house(backend).await;
    let (base, add_on) = a_family(&house).await;
    let later = instant("2028-02-01T00:00:00Z");
    if is_in_time {
        house.sleep_until(later).await;
    } else {
        house.clock.set(later);
        house.ring(None).await;
    }
    let (base, add_on) = (house.load(base.id).await, house.load(add_on.id).await);
    assert_eq!(add_on.term, base.term);
    assert_eq!(add_on.term.unwrap().end, date("2029-01-09"));
    let expected = [ChangeKind::Started, ChangeKind::Renewed, ChangeKind::Renewed];
    assert_eq!(kinds(&house, &add_on).await, expected);
    let renewals = |history: Vec<crate::domain::Entry>| {
        let renewals = history.into_iter().filter(|entry| entry.kind == ChangeKind::Renewed);
        renewals.map(|entry| entry.effective_at).collect::<Vec<_>>()
    };
    let of_base = renewals(house.history(&base).await);
    assert_eq!(renewals(house.history(&add_on).await), of_base);
    let amounts: Vec<_> =
        house.lines(&add_on).await.iter().map(|line| line.charge.amount.minor).collect();
    assert_eq!(amounts, [20_121, 43_200, 43_200]);
}

/// A base whose add-on cannot be read waits for it, and holds up nobody else; once that is mended, both go on
/// as if in time.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn t_131_a_base_waits_for_its_add_ons(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let (base, add_on) = a_family(&house).await;
    let other = house.buy(&a_base(), 1).await;
    let sound = house.load(add_on.id).await;
    house.spoil(&add_on).await;
    house.clock.set(instant("2027-06-21T00:00:00Z"));
    house.ring(None).await;
    assert_eq!(house.load(base.id).await.term, base.term);
    assert_ne!(house.load(other.id).await.term, other.term);
    let operator = access::Caller {
        partner: None,
        roles: [Role::Operator].into(),
        reach: access::Reach::All,
        ..ada()
    };
    let request =
        pb::ListTimersRequest { filter: "state = RETRYING".to_owned(), ..Default::default() };
    let timers = service(&house).list_timers(by(&operator, request)).await.unwrap().into_inner();
    let waiting: Vec<_> = timers.timers.iter().map(|timer| timer.subscription.clone()).collect();
    assert_eq!(waiting, [name_of(&base)]);
    assert!(timers.timers[0].last_error.contains("subscriptions"), "{timers:?}");

    let body = Json(serde_json::to_string(&sound).unwrap());
    let mut tx = house.tx().await;
    let mend = sql!("UPDATE subscriptions SET body = $2 WHERE subscription_id = $1");
    mend.bind(add_on.id.0).bind(body).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    house.sleep(SignedDuration::from_hours(1)).await;
    let (base, add_on) = (house.load(base.id).await, house.load(add_on.id).await);
    assert_eq!((add_on.term, add_on.term.unwrap().end), (base.term, date("2028-01-09")));
}

/// What support decides of the base ends both; the base that is told of says what became of the other.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_1_it_ends_with_its_base(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let (base, add_on) = a_family(&house).await;
    let request = pb::SettleSupportDecisionRequest {
        request_id: house.uuid().to_string(),
        subscription: name_of(&base),
        partner: format!("partners/{PARTNER}"),
        cancel: true,
        actor: "olga".to_owned(),
        ..Default::default()
    };
    let settlement = convert::settle_support(&request).unwrap();
    let once = replay::Once::new(&request, ada().key(), convert::receipt);
    let receipt: Receipt = fresh(house.app.settle_support(&once, settlement).await.unwrap());
    assert_eq!(receipt.add_ons.len(), 1);
    let ended = house.load(add_on.id).await;
    assert_eq!(
        (ended.status, ended.status_reason),
        (Status::Cancelled, StatusReason::CancelledBySupport)
    );
    assert_eq!((ended.quantity, ended.alarm()), (0, None));
    assert_eq!(house.lines(&add_on).await.len(), 1, "support credits what it decides to");
    // Nothing comes of it when its base would have renewed.
    house.sleep(SignedDuration::from_hours(400 * 24)).await;
    assert_eq!(house.load(add_on.id).await, ended);
}

/// Asked before it is done: each add-on with its money, and what a suspension does besides.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_1_what_becomes_of_add_ons_is_explained(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let (base, add_on) = a_family(&house).await;
    let explained = async |of: &Subscription, seats: Option<i64>| {
        let add_ons = seats.map(|seats| setting(&house, of, seats).add_ons).unwrap_or_default();
        let asked = pb::ExplainActionsRequest { name: name_of(of), add_ons, ..Default::default() };
        service(&house).explain_actions(call(asked)).await.unwrap().into_inner().actions
    };
    let of = |all: &[pb::ActionExplanation], action: pb::Action| {
        all.iter().find(|one| one.action() == action).unwrap().clone()
    };
    let all = explained(&base, Some(5)).await;
    let more = of(&all, pb::Action::ChangeAddOns);
    assert!(more.allowed && !more.already, "{more:?}");
    assert_eq!(more.method, "tenure.lifecycle.v1.SubscriptionService/ChangeQuantity");
    assert_eq!(more.add_on_changes.len(), 1);
    assert_eq!(more.add_on_changes[0].subscription, name_of(&add_on));
    assert_eq!(more.amount, Some(rpc::wire::money(eur("134.14"))));
    let suspended = of(&all, pb::Action::Suspend);
    assert_eq!(
        suspended.add_on_changes[0].change.as_ref().unwrap().kind(),
        pb::ChangeKind::Suspended
    );
    let same = of(&explained(&base, Some(3)).await, pb::Action::ChangeAddOns);
    assert!(same.allowed && same.already, "{same:?}");
    let any = of(&explained(&base, None).await, pb::Action::ChangeAddOns);
    assert!(any.allowed && !any.already && any.amount.is_none(), "{any:?}");

    let of_it = explained(&add_on, None).await;
    for action in [pb::Action::Suspend, pb::Action::AutoRenewOff, pb::Action::Transition] {
        let told = of(&of_it, action);
        assert_eq!(told.reasons.len(), 1, "{told:?}");
        assert_eq!(told.reasons[0].reason, "USE_BASE");
        assert_eq!(told.reasons[0].metadata["base"], base.id.to_string());
    }
    let none = of(&of_it, pb::Action::ChangeAddOns);
    assert_eq!(none.reasons[0].reason, "ADD_ON_NOT_OFFERED");
}

/// An add-on is named once, by the offer of something that is sold.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn add_1_an_add_on_is_named_once() {
    let house = a_house(Backend::Sqlite).await;
    let base = house.buy(&a_base(), 10).await;
    let mut request = setting(&house, &base, 3);
    request.add_ons.extend(request.add_ons.clone());
    let refused = service(&house).change_quantity(call(request)).await.unwrap_err();
    assert_eq!(
        (refused.code(), super::wire::fields(&refused)),
        (Code::InvalidArgument, vec!["add_ons.offer".to_owned()])
    );
}
