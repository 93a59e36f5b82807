//! Transitions as they are stored and told: both sides together, once, and previewed to the cent. What
//! the catalog itself says is shown by the journeys.

use jiff::SignedDuration;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use replay::{Answer, Once};
use rpc::{Classify, name};
use rstest::rstest;
use serde_json::json;
use testkit::Backend;
use tonic::Code;
use vocab::{Money, Offer, OfferId, SkuId};

use super::given::{ada, billed_monthly, instant, price_list, yearly};
use super::house::{House, fresh, name_of};
use super::wire::{call, service};
use crate::convert;
use crate::domain::{
    ChangeKind, Path, PathKind, Receipt, ScheduledSet, Status, StatusReason, Subscription,
    TransitionReceipt,
};
use crate::error::Error;

/// Long after the purchase's window, in its second cycle.
const LATER: &str = "2026-02-20T09:00:00Z";

/// Twice as dear a month as what is bought here.
fn big() -> Offer {
    let price = Money::of_minor(20_000, billed_monthly().price.currency);
    let (id, sku) = (OfferId("big-monthly".to_owned()), SkuId("big".to_owned()));
    Offer { id, sku, title: "Big".to_owned(), price, ..billed_monthly() }
}

async fn a_house(backend: Backend) -> House {
    let house = House::on(backend).await;
    house.sell(&price_list(&big())).await;
    house
}

fn way_from(sub: &Subscription) -> Path {
    Path {
        from: sub.product.sku.clone(),
        product: big().product,
        to: big().sku,
        title: big().title,
        kind: PathKind::Linear,
        refusal: None,
    }
}

fn to_new(
    house: &House,
    source: &Subscription,
    quantity: i64,
) -> pb::TransitionSubscriptionRequest {
    pb::TransitionSubscriptionRequest {
        name: name_of(source),
        request_id: house.uuid().to_string(),
        offer: name::Offer(big().id).to_string(),
        quantity,
        ..Default::default()
    }
}

fn into(
    house: &House,
    source: &Subscription,
    target: &Subscription,
    quantity: i64,
) -> pb::TransitionSubscriptionRequest {
    let request = to_new(house, source, quantity);
    pb::TransitionSubscriptionRequest { offer: String::new(), into: name_of(target), ..request }
}

/// Does it, by a way that the catalog would know.
async fn go(
    house: &House,
    source: &Subscription,
    request: &pb::TransitionSubscriptionRequest,
) -> Result<Answer<TransitionReceipt>, Error> {
    let (target, wish) = convert::transition(request)?;
    let caller = ada();
    let once = Once::new(request, caller.key(), convert::transition_receipt);
    house.app.transition_by(&once, &caller, target, (&wish, Some(&way_from(source)))).await
}

async fn kinds(house: &House, sub: &Subscription) -> Vec<ChangeKind> {
    house.history(sub).await.iter().map(|entry| entry.kind).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn upg_8_in_place_under_the_same_id(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let sub = house.buy(&billed_monthly(), 10).await;
    house.sleep_until(instant(LATER)).await;
    let request = to_new(&house, &sub, 12);
    let receipt = fresh(go(&house, &sub, &request).await.unwrap());
    assert_eq!(receipt.target, None);

    let stored = house.load(sub.id).await;
    assert_eq!(receipt.source.view.sub, stored);
    assert_eq!((stored.product.sku.clone(), stored.quantity), (big().sku, 12));
    assert_eq!((stored.ends_on(), stored.update_count), (sub.ends_on(), 1));
    assert_eq!(kinds(&house, &sub).await.last(), Some(&ChangeKind::Upgraded));
    // The cycle of 10 February to 9 March has 28 days, and 18 are left: 8.33 and 16.67 a seat.
    let lines = house.lines(&sub).await;
    let last_two: Vec<_> =
        lines.iter().rev().take(2).map(|line| line.charge.amount.minor).collect();
    assert_eq!(last_two, [12 * 1_072, -10 * 535]);

    // The same call again acts no more, and asks nobody: no catalog answers here.
    let again = service(&house).transition_subscription(call(request)).await.unwrap();
    assert!(again.metadata().contains_key("tenure-replayed"));
    assert_eq!(house.load(sub.id).await, stored);

    house.sleep_until(instant("2026-03-11T00:00:00Z")).await;
    assert_eq!(house.lines(&sub).await.last().unwrap().charge.amount.minor, 12 * 1_667);
}

/// The child is no line of the order: what becomes of it later is not told to order as the line's.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn upg_11_a_child_lives_on_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let sub = house.buy(&billed_monthly(), 10).await;
    let told = house.letters("order").await.len();
    house.sleep(SignedDuration::from_hours(48)).await;
    let receipt = fresh(go(&house, &sub, &to_new(&house, &sub, 4)).await.unwrap());
    let child = receipt.target.unwrap().view.sub;
    assert_eq!(house.load(child.id).await, child);
    assert_eq!((house.load(sub.id).await.quantity, child.quantity), (6, 4));
    assert_eq!(child.split_from, Some(sub.id));
    assert_eq!(kinds(&house, &child).await, [ChangeKind::SeatsMovedIn]);

    house.cancel(&ada(), &house.cancelling(&child)).await.unwrap();
    assert_eq!(house.load(child.id).await.status, Status::Cancelled);
    assert_eq!(house.letters("order").await.len(), told);
    house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap();
    let letters = house.letters("order").await;
    assert_eq!(letters.last().unwrap().1["lines"][0]["subscription"], json!(sub.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_18_into_an_existing_one_both_sides_change_together(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let source = house.buy(&billed_monthly(), 10).await;
    let target = house.buy(&big(), 5).await;
    house.sleep_until(instant(LATER)).await;
    let request = into(&house, &source, &target, 10);
    fresh(go(&house, &source, &request).await.unwrap());
    let (gone, joined) = (house.load(source.id).await, house.load(target.id).await);
    assert_eq!((gone.status, gone.status_reason), (Status::Deleted, StatusReason::Transitioned));
    assert_eq!((gone.quantity, gone.transitioned_to), (0, Some(target.id)));
    assert_eq!((joined.quantity, joined.term), (15, target.term));
    let asked = pb::GetSubscriptionRequest { name: name_of(&source) };
    let told = service(&house).get_subscription(call(asked)).await.unwrap().into_inner();
    assert_eq!(
        (told.transitioned_to, told.state_reason.as_str()),
        (name_of(&target), "TRANSITIONED")
    );
    // What is gone can be the source of nothing.
    let again = go(&house, &source, &into(&house, &source, &target, 10)).await.unwrap_err();
    assert_eq!(again.reason(), "NOT_ACTIVE");
}

/// Which of the two was bought first, and so comes first by id, makes no difference: the verb acts on the
/// one that it names.
#[rstest]
#[case::tto_1_the_source_came_first(false)]
#[case::tto_1_the_target_came_first(true)]
#[tokio::test(flavor = "multi_thread")]
async fn the_source_is_the_one_that_is_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] is_target_first: bool,
) {
    let house = a_house(backend).await;
    let (source, target) = if is_target_first {
        let target = house.buy(&big(), 5).await;
        (house.buy(&billed_monthly(), 10).await, target)
    } else {
        (house.buy(&billed_monthly(), 10).await, house.buy(&big(), 5).await)
    };
    assert_eq!(target.id < source.id, is_target_first);
    house.sleep_until(instant(LATER)).await;
    let receipt = fresh(go(&house, &source, &into(&house, &source, &target, 10)).await.unwrap());
    assert_eq!(receipt.source.view.sub.id, source.id);
    assert_eq!(receipt.target.unwrap().view.sub.id, target.id);
    let (gone, joined) = (house.load(source.id).await, house.load(target.id).await);
    assert_eq!((gone.status, gone.quantity), (Status::Deleted, 0));
    assert_eq!((joined.status, joined.quantity), (Status::Active, 15));
    assert_eq!(joined.product.sku, big().sku);
}

/// license-key hears of what it handed over before, also when there is nothing to hand over any more, and
/// of what it is to hand over from now on.
#[rstest]
#[case::key_4_to_a_plain_licence(true, false)]
#[case::key_4_to_one_with_a_key(false, true)]
#[case::cat_13_between_plain_licences(false, false)]
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_changes_what_is_handed_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] has_key: bool,
    #[case] gets_key: bool,
) {
    let with = |product_key, offer: Offer| {
        let fulfilment = vocab::Fulfilment { product_key, ..vocab::Fulfilment::default() };
        Offer { fulfilment, ..offer }
    };
    let house = House::on(backend).await;
    house.sell(&price_list(&with(gets_key, big()))).await;
    let sub = house.buy(&with(has_key, billed_monthly()), 10).await;
    let told = house.letters("license-key").await.len();
    assert_eq!(told, usize::from(has_key));
    house.sleep_until(instant(LATER)).await;
    fresh(go(&house, &sub, &to_new(&house, &sub, 10)).await.unwrap());
    let letters = house.letters("license-key").await;
    assert_eq!(letters.len(), told + usize::from(has_key || gets_key));
    let Some((_, last)) = letters.last() else { return };
    assert_eq!(last["product"]["sku"], json!("big"));
    assert_eq!(last["product"]["fulfilment"]["product_key"], json!(gets_key));
}

/// A preview changes nothing, and holds the real call to both sides.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn upg_9_a_preview_holds_both_sides(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let source = house.buy(&billed_monthly(), 10).await;
    let target = house.buy(&big(), 5).await;
    house.sleep_until(instant(LATER)).await;
    let before = house.everything().await;
    let request = into(&house, &source, &target, 4);
    let dry = pb::TransitionSubscriptionRequest { validate_only: true, ..request.clone() };
    let shown = fresh(go(&house, &source, &dry).await.unwrap());
    assert_eq!(house.everything().await, before);
    let preview_token = shown.preview_token.clone().unwrap();
    let written = convert::transition_receipt(&shown);
    assert_eq!(written.source.unwrap().change.unwrap().name, "");

    let held = pb::TransitionSubscriptionRequest { preview_token, ..request };
    let other = pb::TransitionSubscriptionRequest {
        request_id: house.uuid().to_string(),
        quantity: 5,
        ..held.clone()
    };
    assert_eq!(go(&house, &source, &other).await.unwrap_err().reason(), "PREVIEW_STALE");
    let done = fresh(go(&house, &source, &held).await.unwrap());
    assert_eq!(done.amount, shown.amount);
    let moved = |receipt: &Receipt| receipt.view.sub.quantity;
    assert_eq!((moved(&done.source), moved(&done.target.unwrap())), (6, 9));
}

/// A target that somebody changed meanwhile is another one.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn upg_9_a_preview_falls_with_its_target(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let source = house.buy(&billed_monthly(), 10).await;
    let target = house.buy(&big(), 5).await;
    house.sleep_until(instant(LATER)).await;
    let request = into(&house, &source, &target, 4);
    let dry = pb::TransitionSubscriptionRequest { validate_only: true, ..request.clone() };
    let shown = fresh(go(&house, &source, &dry).await.unwrap());
    house.change_quantity(&ada(), &target, 6).await.unwrap();
    let preview_token = shown.preview_token.unwrap();
    let held = pb::TransitionSubscriptionRequest { preview_token, ..request };
    assert_eq!(go(&house, &source, &held).await.unwrap_err().reason(), "PREVIEW_STALE");
}

/// Without the catalog nobody knows what leads where: the caller is to come again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn upg_5_without_the_catalog_it_is_to_be_repeated(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let sub = house.buy(&billed_monthly(), 10).await;
    let before = house.everything().await;
    let asked = to_new(&house, &sub, 10);
    let asked = service(&house).transition_subscription(call(asked)).await.unwrap_err();
    let listed = pb::ListTransitionsRequest { parent: name_of(&sub), ..Default::default() };
    let listed = service(&house).list_transitions(call(listed)).await.unwrap_err();
    let set = pb::ScheduledChange {
        offer: name::Offer(big().id).to_string(),
        ..pb::ScheduledChange::default()
    };
    let saved = pb::ScheduleChangeRequest {
        name: name_of(&sub),
        request_id: house.uuid().to_string(),
        scheduled_change: Some(set),
        ..Default::default()
    };
    let saved = service(&house).schedule_change(call(saved)).await.unwrap_err();
    for status in [asked, listed, saved] {
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        let details = tonic_types::StatusExt::get_error_details(&status);
        assert!(details.retry_info().is_some_and(|info| info.retry_delay.is_some()), "{status:?}");
    }
    assert_eq!(house.everything().await, before);
    // Another plan of the same SKU needs nobody's word.
    let plan = ScheduledSet { offer: Some(yearly().id), ..ScheduledSet::default() };
    let request = pb::ScheduleChangeRequest {
        name: name_of(&sub),
        request_id: house.uuid().to_string(),
        scheduled_change: Some(pb::ScheduledChange {
            offer: name::Offer(yearly().id).to_string(),
            ..Default::default()
        }),
        ..Default::default()
    };
    service(&house).schedule_change(call(request)).await.unwrap();
    assert_eq!(house.load(sub.id).await.scheduled, Some(plan));
}

/// Where the seats go must be said, once, and be another one of the customer's.
#[rstest]
#[case::upg_5_nowhere("", "", &["offer"])]
#[case::upg_5_both("offers/big-monthly", "other", &["offer"])]
#[case::upg_5_itself("", "itself", &["into"])]
#[tokio::test(flavor = "multi_thread")]
async fn bad_targets(#[case] offer: &str, #[case] into: &str, #[case] expected: &[&str]) {
    let house = a_house(Backend::Sqlite).await;
    let sub = house.buy(&billed_monthly(), 10).await;
    let into = match into {
        "itself" => name_of(&sub),
        "other" => {
            name::Subscription(sub.customer, vocab::SubscriptionId(house.uuid())).to_string()
        }
        nowhere => nowhere.to_owned(),
    };
    let offer = offer.to_owned();
    let request = to_new(&house, &sub, 10);
    let request = pb::TransitionSubscriptionRequest { offer, into, ..request };
    let refused = service(&house).transition_subscription(call(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = tonic_types::StatusExt::get_error_details(&refused);
    let violations = &details.bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, expected);
}

/// A target of another customer, or of nobody, does not exist.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_foreign_targets_do_not_exist(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = a_house(backend).await;
    let source = house.buy(&billed_monthly(), 10).await;
    let line = house.line(&big(), 5);
    let line = crate::domain::Purchase { partner: super::given::RIVAL, ..line };
    let foreign = house.given(line).await;
    let unknown = Subscription { id: vocab::SubscriptionId(house.uuid()), ..foreign.clone() };
    for target in [foreign, unknown] {
        let request = into(&house, &source, &target, 10);
        let over_the_wire = service(&house).transition_subscription(call(request.clone())).await;
        assert_eq!(over_the_wire.unwrap_err().code(), Code::NotFound);
        assert_eq!(go(&house, &source, &request).await.unwrap_err().reason(), "NOT_FOUND");
    }
}
