//! `ChangeBillingCycle` as a caller makes it.

use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::wire;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use vocab::{BillingCycle, Offer, OfferId, TermLength};

use super::given::{date, instant, price_list, yearly};
use super::house::{House, name_of};
use super::wire::{call, metadata, reason, service};
use crate::domain::Subscription;

fn three_years(billing: BillingCycle) -> Offer {
    let id = OfferId(format!("three-years-{billing}"));
    let price = vocab::Money::of_minor(100_000, yearly().price.currency);
    Offer { id, term: Some(TermLength::ThreeYears), billing, price, ..yearly() }
}

async fn ask(
    house: &House,
    sub: &Subscription,
    billing: BillingCycle,
    preview: Option<String>,
) -> Result<pb::Receipt, Status> {
    let request = pb::ChangeBillingCycleRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        validate_only: preview.is_none(),
        preview_token: preview.unwrap_or_default(),
        billing_cycle: wire::billing_cycle(billing).into(),
        ..Default::default()
    };
    service(house).change_billing_cycle(call(request)).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_9_the_next_charge_changes_the_billing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for billing in [BillingCycle::Annual, BillingCycle::Monthly] {
        house.sell(&price_list(&three_years(billing))).await;
    }
    let sub = house.buy(&three_years(BillingCycle::Annual), 1).await;
    let shown = ask(&house, &sub, BillingCycle::Monthly, None).await.unwrap();
    let receipt =
        ask(&house, &sub, BillingCycle::Monthly, Some(shown.preview_token)).await.unwrap();
    assert_eq!(receipt.change.unwrap().kind(), pb::ChangeKind::BillingChangeSet);
    let told = receipt.subscription.unwrap();
    let next = told.next_charge_instruction.unwrap();
    assert_eq!(next.effective_date, Some(wire::date(date("2027-01-10"))));
    assert_eq!(
        (next.billing_cycle(), next.cycle_count),
        (wire::billing_cycle(BillingCycle::Monthly), 24)
    );
    let money = |money: Option<proto::Money>| money.map(|it| (it.units, it.nanos / 10_000_000));
    assert_eq!(money(next.cycle_price), Some((27, 78)));
    assert_eq!(money(next.last_cycle_price), Some((27, 73)));

    house.sleep_until(instant("2029-01-09T12:00:00Z")).await;
    let lines = house.lines(&sub).await;
    assert_eq!(lines.len(), 25);
    assert_eq!(super::given::total(&lines), 100_000, "to the cent");
    assert_eq!(house.load(sub.id).await.product.offer, three_years(BillingCycle::Monthly).id);
}

/// While a cycle charge is due and not committed the instruction is read-only, and no retry is
/// advised; nothing else is locked (LCK-5, D-33).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lck_5_an_uncommitted_cycle_charge_makes_the_instruction_read_only(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for billing in [BillingCycle::Annual, BillingCycle::Monthly] {
        house.sell(&price_list(&three_years(billing))).await;
    }
    let sub = house.buy(&three_years(BillingCycle::Monthly), 1).await;
    house.clock.set(instant("2026-02-10T00:00:00Z"));
    let before = house.everything().await;
    let refused = ask(&house, &sub, BillingCycle::Annual, Some(String::new())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "CYCLE_CHARGE_IN_PROGRESS");
    assert_eq!(metadata(&refused, "rule").as_deref(), Some("LCK-5"));
    assert_eq!(metadata(&refused, "began_at").as_deref(), Some("2026-02-10T00:00:00Z"));
    assert_eq!(house.everything().await, before, "nothing was done, the cycle charge neither");

    house.ring(None).await;
    ask(&house, &sub, BillingCycle::Annual, Some(String::new())).await.unwrap();
}
