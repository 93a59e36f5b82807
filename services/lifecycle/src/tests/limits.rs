//! Limits that span what a customer has: two partners at once, late alarms, and the question in
//! advance.

use std::collections::BTreeSet;

use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_server::InboxService as _;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{Backend, noon};
use vocab::{Offer, QuantityRule, QuantityRuleKind, Restrictions, SkuId};

use super::given::{CUSTOMER, PARTNER, RIVAL, ada, price_list, server, somebody_of, yearly};
use super::house::House;
use super::wire::{service, services::from_a_service};
use crate::app::StartOrder;
use crate::domain::{ChangeKind, Purchase, Rejection, ScheduledSet, Status, Subscription};
use crate::error::Error;

fn sold_as(sku: &str, restrictions: Restrictions) -> Offer {
    let plain = yearly();
    let id = vocab::OfferId(format!("{sku}-P1Y"));
    Offer { id, sku: SkuId(sku.to_owned()), restrictions, ..plain }
}

fn plain(sku: &str) -> Offer {
    sold_as(sku, Restrictions::default())
}

fn single() -> Offer {
    sold_as("single", Restrictions { is_single_per_customer: true, ..Restrictions::default() })
}

fn copilot() -> Offer {
    let base = BTreeSet::from([SkuId("base".to_owned())]);
    let rule = QuantityRule { kind: QuantityRuleKind::AtMostBase, base };
    sold_as("copilot", Restrictions { quantity_rule: Some(rule), ..Restrictions::default() })
}

fn smb() -> Offer {
    let seats_capped_as = Some("smb".to_owned());
    sold_as("smb", Restrictions { seats_capped_as, ..Restrictions::default() })
}

fn of_rival(line: Purchase) -> Purchase {
    Purchase { partner: RIVAL, ..line }
}

/// The reasons that order was told for each line of an order; none while it is silent.
async fn told(house: &House, order: &StartOrder) -> Vec<String> {
    let letters = house.letters("order").await;
    let about = letters.iter().find(|(_, it)| it["order"] == json!(order.order));
    let lines = about.and_then(|(_, it)| it["lines"].as_array().cloned()).unwrap_or_default();
    let reason = |line: &Value| line["refusal"]["reason"].as_str().unwrap_or_default().to_owned();
    lines.iter().map(reason).collect()
}

/// What the customer has, what each of two partners orders at the same instant, and with what reason
/// the slower one fails.
#[rstest]
#[case::trp_39_copilot(vec![(plain("base"), 250)], copilot(), 200, "BASE_SEATS_NOT_MET")]
#[case::trp_39_the_cap_of_300(vec![(smb(), 100)], smb(), 150, "SEAT_LIMIT")]
#[case::trp_39_one_for_each_customer(vec![], single(), 1, "ALREADY_OWNED_SINGLE")]
#[case::trp_39_the_tenants_limit(
    vec![(plain("base"), 1); 299], plain("base"), 1, "TENANT_SUBSCRIPTION_LIMIT"
)]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_orders_that_break_a_limit_together_one_starts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] has: Vec<(Offer, i64)>,
    #[case] offer: Offer,
    #[case] quantity: i64,
    #[case] reason: &str,
) {
    let house = House::on(backend).await;
    let has: Vec<_> = has.iter().map(|(offer, seats)| house.line(offer, *seats)).collect();
    let before = has.len();
    if !has.is_empty() {
        house.app.start(vec![house.order(has)]).await.unwrap();
    }
    assert_eq!(house.all().await.len(), before, "the customer has that to begin with");

    // Beside the line that counts, one that none of the limits is about.
    let lines = || vec![house.line(&offer, quantity), house.line(&server(), 1)];
    let ours = house.order(lines());
    let theirs = house.order(lines().into_iter().map(of_rival).collect());
    let (here, there) = (house.app.clone(), house.neighbour(noon()).await);
    let (one, other) = (ours.clone(), theirs.clone());
    let racers = [
        tokio::spawn(async move { here.start(vec![one]).await }),
        tokio::spawn(async move { there.start(vec![other]).await }),
    ];
    for racer in racers {
        racer.await.unwrap().unwrap();
    }

    assert_eq!(house.all().await.len(), before + 2, "one order started, whole");
    let mut outcomes = [told(&house, &ours).await, told(&house, &theirs).await];
    outcomes.sort();
    assert_eq!(
        outcomes,
        [vec![String::new(); 2], vec![reason.to_owned(), "ORDER_REFUSED".to_owned()]]
    );
}

fn is_seat_limit(error: &Error) -> bool {
    matches!(error, Error::Rejected(Rejection::Limit(limit)) if limit.reason() == "SEAT_LIMIT")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_39_of_two_increases_that_break_a_limit_together_one_passes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.sell(&price_list(&smb())).await;
    let own = house.buy(&smb(), 100).await;
    let rivals = house.given(of_rival(house.line(&smb(), 100))).await;
    let (ada, eve) = (ada(), somebody_of(RIVAL, proto::common::Role::AdminAgent));

    let outcomes = tokio::join!(
        house.change_quantity(&ada, &own, 160),
        house.change_quantity(&eve, &rivals, 160)
    );

    let outcomes = [outcomes.0, outcomes.1];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(is_seat_limit(&refused), "{refused}");
    let seats: i64 = house.all().await.iter().map(|sub| sub.quantity).sum();
    assert_eq!(seats, 260);
}

/// An order and an increase lock in the same order, so nobody waits in a circle.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_39_an_order_and_an_increase_do_not_both_pass(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let own = house.buy(&smb(), 100).await;
    let order = house.order(vec![of_rival(house.line(&smb(), 150))]);
    let ada = ada();
    let (started, grown) =
        tokio::join!(house.app.start(vec![order.clone()]), house.change_quantity(&ada, &own, 200));
    started.unwrap();
    let is_refused = told(&house, &order).await == ["SEAT_LIMIT"];
    assert_ne!(is_refused, grown.is_err(), "exactly one is refused");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_11_orders_of_one_delivery_count_for_each_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let first = house.order(vec![house.line(&single(), 1)]);
    let second = house.order(vec![of_rival(house.line(&single(), 1))]);
    house.app.start(vec![first.clone(), second.clone()]).await.unwrap();
    assert_eq!(told(&house, &first).await, [""]);
    assert_eq!(told(&house, &second).await, ["ALREADY_OWNED_SINGLE"]);
}

/// Time has ended it, though nobody has answered its alarm yet.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_33_what_is_over_by_now_counts_no_more(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let old = house.buy(&single(), 1).await;
    house.set_auto_renew(&ada(), &old, false).await.unwrap();
    house.clock.set("2027-01-10T00:00:00Z".parse().unwrap());
    let order = house.order(vec![house.line(&single(), 1)]);
    house.app.start(vec![order.clone()]).await.unwrap();
    assert_eq!(told(&house, &order).await, [""]);
    house.ring(None).await;
    assert_eq!(house.load(old.id).await.status, Status::Expired);
}

async fn schedule(house: &House, caller: &access::Caller, sub: &Subscription, quantity: i64) {
    let request = pb::ScheduleChangeRequest {
        name: super::house::name_of(sub),
        request_id: house.uuid().to_string(),
        scheduled_change: Some(pb::ScheduledChange { quantity, ..pb::ScheduledChange::default() }),
        ..pb::ScheduleChangeRequest::default()
    };
    let once = replay::Once::new(&request, caller.key(), crate::convert::receipt);
    let target = rpc::name::Subscription(sub.customer, sub.id);
    let wanted = ScheduledSet { quantity: Some(quantity), ..ScheduledSet::default() };
    house.app.schedule(&once, caller, target, wanted).await.unwrap();
}

/// Both are saved while there is room for either; both fall due at the same instant.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cat_9_of_two_scheduled_increases_one_is_dropped_with_its_reason(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.sell(&price_list(&smb())).await;
    let own = house.buy(&smb(), 100).await;
    let rivals = house.given(of_rival(house.line(&smb(), 100))).await;
    schedule(&house, &ada(), &own, 160).await;
    schedule(&house, &somebody_of(RIVAL, proto::common::Role::AdminAgent), &rivals, 160).await;

    house.sleep_until("2027-01-10T00:01:00Z".parse().unwrap()).await;

    let mut seats = [house.load(own.id).await, house.load(rivals.id).await];
    seats.sort_by_key(|sub| sub.quantity);
    assert_eq!(seats.each_ref().map(|sub| sub.quantity), [100, 160]);
    assert!(seats.iter().all(|sub| sub.term.unwrap().start.year() == 2027), "both renewed");
    let history = house.history(&seats[0]).await;
    let dropped = history.iter().find(|entry| entry.kind == ChangeKind::ScheduleDropped).unwrap();
    assert_eq!(dropped.reason, "SEAT_LIMIT");
}

/// One broken row does not stop its customer, nor anybody else, from buying.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cat_6_what_cannot_be_read_counts_for_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let broken = house.buy(&plain("base"), 1).await;
    house.spoil(&broken).await;
    let order = house.order(vec![house.line(&single(), 1)]);
    house.app.start(vec![order.clone()]).await.unwrap();
    assert_eq!(told(&house, &order).await, [""]);
}

fn proposed(lines: &[(Offer, i64)]) -> pb::ProposedOrder {
    let line = |(offer, quantity): &(Offer, i64)| pb::ProposedLine {
        offer: Some(price_list::wire::offer(offer)),
        quantity: *quantity,
        ..Default::default()
    };
    pb::ProposedOrder { lines: lines.iter().map(line).collect() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_4_the_question_in_advance_gets_the_answer_of_the_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.given(of_rival(house.line(&single(), 1))).await;
    let order = [(single(), 1), (copilot(), 5), (plain("base"), 4)];
    let before = house.everything().await;

    let request = pb::JudgePurchasesRequest {
        customer: format!("customers/{CUSTOMER}"),
        partner: format!("partners/{PARTNER}"),
        test_clock: String::new(),
        orders: vec![proposed(&order), proposed(&order[2..]), proposed(&[])],
        ..Default::default()
    };
    let asked = from_a_service(request);
    let answer = service(&house).judge_purchases(asked).await.unwrap().into_inner();

    assert_eq!(house.everything().await, before, "nothing was done");
    let reasons: Vec<Vec<Vec<_>>> = answer
        .orders
        .iter()
        .map(|order| {
            let lines = order.lines.iter();
            lines
                .map(|line| line.refusals.iter().map(|one| one.reason.as_str()).collect())
                .collect()
        })
        .collect();
    let said: [Vec<&str>; 3] = [vec!["ALREADY_OWNED_SINGLE"], vec!["BASE_SEATS_NOT_MET"], vec![]];
    assert_eq!(reasons, [said.to_vec(), vec![vec![]], vec![]]);
    let refusal = &answer.orders[0].lines[0].refusals[0];
    assert_eq!(refusal.rule, "CAT-6");
    assert_eq!(refusal.metadata.get("subscription"), None, "another partner sold it (QTY-6)");

    let lines: Vec<_> = order.iter().map(|(offer, seats)| house.line(offer, *seats)).collect();
    let order = house.order(lines);
    house.app.start(vec![order.clone()]).await.unwrap();
    let expected = ["ALREADY_OWNED_SINGLE", "BASE_SEATS_NOT_MET", "ORDER_REFUSED"];
    assert_eq!(told(&house, &order).await, expected);
}
