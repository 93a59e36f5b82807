//! First terms as order sends them: promotions, given ends, evaluations; and what is said of them
//! before they are bought.

use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_server::InboxService;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::{name, wire};
use rstest::rstest;
use testkit::{Backend, noon};
use uuid::Uuid;
use vocab::{Offer, ProductKind, Promotion, PromotionId, PromotionVersion, Segment};

use super::given::{
    CUSTOMER, PARTNER, RIVAL, billed_monthly, date, eur, instant, money, month_to_month,
    price_list, yearly,
};
use super::house::{House, name_of};
use super::wire::services::from_a_service;
use super::wire::{call, service};
use crate::domain::{ChangeKind, ChargeKind, CoTerm, Purchase, Status, Subscription};

fn a_promotion(id: &str, percent: i64, from: &str, until: &str) -> Promotion {
    Promotion {
        id: PromotionId(id.to_owned()),
        title: "Less".to_owned(),
        percent,
        skus: [yearly().sku].into(),
        markets: [].into(),
        segments: [Segment::Education].into(),
        terms: [].into(),
        from: date(from),
        until: date(until),
    }
}

/// A publisher's service for a year, with a free evaluation.
fn service_offer() -> Offer {
    Offer { kind: ProductKind::IsvSaasLicense, includes_evaluation: true, ..billed_monthly() }
}

/// An order of one line, as it crosses the wire.
fn an_order(house: &House, line: pb::StartLine) -> pb::StartOrder {
    pb::StartOrder {
        header: Some(proto::common::MessageHeader {
            message_id: house.uuid().to_string(),
            ..Default::default()
        }),
        order: format!("customers/{CUSTOMER}/orders/{}", house.uuid()),
        partner: format!("partners/{PARTNER}"),
        test_clock: String::new(),
        effective_time: Some(wire::timestamp(noon())),
        lines: vec![pb::StartLine {
            line: house.uuid().to_string(),
            subscription: house.uuid().to_string(),
            quantity: 10,
            ..line
        }],
        customer_segment: wire::segment(Segment::Education).into(),
        ..Default::default()
    }
}

async fn start(house: &House, order: &pb::StartOrder) -> String {
    let request = pb::StartSubscriptionsRequest { orders: vec![order.clone()] };
    let report = service(house).start_subscriptions(from_a_service(request)).await.unwrap();
    report.into_inner().deliveries.remove(0).refusal
}

async fn started(house: &House, line: pb::StartLine) -> Subscription {
    let order = an_order(house, line);
    assert_eq!(start(house, &order).await, "");
    house.load(order.lines[0].subscription.parse().unwrap()).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pro_1_a_promotion_lowers_the_first_term_and_the_best_one_the_next(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let spring = a_promotion("spring", 10, "2026-01-01", "2026-03-31");
    house
        .promote(&[
            PromotionVersion {
                promotion: a_promotion("winter", 25, "2027-01-01", "2027-01-31"),
                effective_at: noon(),
                revision: 1,
                is_withdrawn: false,
            },
            PromotionVersion {
                promotion: a_promotion("gone", 50, "2027-01-01", "2027-01-31"),
                effective_at: noon(),
                revision: 1,
                is_withdrawn: true,
            },
        ])
        .await;
    let line = pb::StartLine {
        offer: Some(price_list::wire::offer(&yearly())),
        promotion: Some(price_list::wire::promotion(&spring)),
        ..Default::default()
    };
    let sub = started(&house, line).await;
    assert_eq!((sub.price, sub.promotion.as_deref()), (eur("108.00"), Some("spring")));
    assert_eq!(sub.segment, Some(Segment::Education));

    house.sleep_until(instant("2027-01-10T00:01:00Z")).await;
    let sub = house.load(sub.id).await;
    // A quarter less than 144.00, the price in force at the new term's start.
    assert_eq!((sub.price, sub.promotion.as_deref()), (eur("108.00"), Some("winter")));
    house.sleep_until(instant("2028-01-10T00:01:00Z")).await;
    let sub = house.load(sub.id).await;
    assert_eq!((sub.price, &sub.promotion), (eur("144.00"), &None));
    let lines = house.lines(&sub).await;
    let promotions: Vec<_> = lines.iter().map(|line| line.charge.promotion.as_deref()).collect();
    assert_eq!(promotions, [Some("spring"), Some("winter"), None]);
}

/// Whoever has a test clock still has its own price list; the promotion is that of the new start.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pro_2_what_comes_next_tells_the_price_with_the_promotion(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let winter = a_promotion("winter", 50, "2027-01-01", "2027-01-31");
    let version = PromotionVersion {
        promotion: winter,
        effective_at: noon(),
        revision: 1,
        is_withdrawn: false,
    };
    house.promote(&[version]).await;
    let purchase = Purchase { segment: Some(Segment::Education), ..house.line(&yearly(), 10) };
    let sub = house.given(purchase).await;
    let request = pb::GetSubscriptionRequest { name: name_of(&sub) };
    let shown = service(&house).get_subscription(call(request)).await.unwrap().into_inner();
    let next = shown.next_event.unwrap();
    assert_eq!((next.kind(), next.amount.unwrap().units), (pb::ChangeKind::Renewed, 720));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_8_a_first_term_ends_with_a_subscription_or_a_month(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let other = house
        .given(Purchase { ordered_at: instant("2025-07-31T10:00:00Z"), ..house.line(&yearly(), 1) })
        .await;
    let offer = Some(price_list::wire::offer(&billed_monthly()));
    let aligned = started(
        &house,
        pb::StartLine { offer: offer.clone(), align_with: name_of(&other), ..Default::default() },
    )
    .await;
    assert_eq!(
        (aligned.term.unwrap().end, aligned.term.unwrap().anchor_day),
        (date("2026-07-30"), 31)
    );
    // The sixth cycle of 8.33, 2025-12-31..2026-01-30: 21 of its 31 days.
    let lines = house.lines(&aligned).await;
    assert_eq!(money(&lines), [(ChargeKind::New, 10, "56.40 EUR".to_owned())]);
    assert_eq!((lines[0].charge.billed_days, lines[0].charge.cycle_days), (21, 31));

    let end_date = Some(wire::date(date("2026-03-31")));
    let month = started(&house, pb::StartLine { offer, end_date, ..Default::default() }).await;
    assert_eq!((month.term.unwrap().end, month.term.unwrap().anchor_day), (date("2026-03-31"), 1));
    house.sleep_until(instant("2026-08-01T00:00:00Z")).await;
    let renewed = [house.load(aligned.id).await, house.load(month.id).await];
    assert_eq!(renewed.map(|sub| sub.term.unwrap().end), [date("2027-07-30"), date("2027-03-31")]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_8_an_end_that_cannot_be_had_refuses_the_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let foreign = house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 1) }).await;
    let unknown = name::Subscription(CUSTOMER, vocab::SubscriptionId(Uuid::from_u128(404)));
    let offer = Some(price_list::wire::offer(&yearly()));
    for align_with in [name_of(&foreign), unknown.to_string()] {
        let line = pb::StartLine { offer: offer.clone(), align_with, ..Default::default() };
        assert_eq!(start(&house, &an_order(&house, line)).await, "");
    }
    let letters = house.letters("order").await;
    let refused: Vec<_> =
        letters.iter().skip(1).map(|(_, told)| &told["lines"][0]["refusal"]).collect();
    assert_eq!(refused.len(), 2);
    for refusal in &refused {
        assert_eq!(
            (refusal["reason"].as_str(), refusal["rule"].as_str()),
            (Some("NOT_FOUND"), Some("PAR-14"))
        );
        assert_eq!(refusal["metadata"].as_array().unwrap().len(), 1, "only what was asked for");
    }
    let elsewhere = "customers/01900000-0000-7000-8000-000000000007/subscriptions/01900000-0000-7000-8000-000000000008";
    let line = pb::StartLine { offer, align_with: elsewhere.to_owned(), ..Default::default() };
    let refusal = start(&house, &an_order(&house, line)).await;
    assert!(
        refusal.contains("lines.align_with is not a subscription of this customer"),
        "{refusal}"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_39_an_evaluation_is_shown_and_charged_for_when_it_is_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.sell(&price_list(&service_offer())).await;
    let offer = Some(price_list::wire::offer(&service_offer()));
    let sub = started(&house, pb::StartLine { offer, ..Default::default() }).await;
    let shown = async || {
        let request = pb::GetSubscriptionRequest { name: name_of(&sub) };
        service(&house).get_subscription(call(request)).await.unwrap().into_inner()
    };
    let now = shown().await;
    assert_eq!(now.evaluation_end_date, Some(wire::date(date("2026-02-08"))));
    assert_eq!(now.term.unwrap().start_date, Some(wire::date(date("2026-02-09"))));
    let next = now.next_event.unwrap();
    assert_eq!(next.kind(), pb::ChangeKind::CycleCharged);
    assert_eq!(next.due_time, Some(wire::timestamp(instant("2026-02-09T00:00:00Z"))));
    let cancellation = now.cancellation.unwrap();
    assert!(cancellation.open);
    assert_eq!(
        cancellation.allowed_until,
        Some(wire::timestamp(instant("2026-02-08T23:59:59.999Z")))
    );

    house.sleep_until(instant("2026-03-01T00:00:00Z")).await;
    let lines = house.lines(&sub).await;
    let expected = [(ChargeKind::New, 10, "0.00 EUR"), (ChargeKind::New, 10, "83.30 EUR")];
    assert_eq!(money(&lines), expected.map(|(kind, seats, sum)| (kind, seats, sum.to_owned())));
    let kinds: Vec<_> = house.history(&sub).await.iter().map(|entry| entry.kind).collect();
    let expected = [
        ChangeKind::Started,
        ChangeKind::WindowClosed,
        ChangeKind::WindowClosed,
        ChangeKind::CycleCharged,
    ];
    assert_eq!(kinds, expected, "the seats' 72 hours, then the evaluation");
    assert!(!shown().await.cancellation.unwrap().open);
    assert_eq!(house.load(sub.id).await.status, Status::Active);
}

/// order asks what lines would come to, and how else they could end.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_8_order_is_told_prices_and_choices_in_advance(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let own = house
        .given(Purchase { ordered_at: instant("2025-07-10T10:00:00Z"), ..house.line(&yearly(), 1) })
        .await;
    house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 1) }).await;
    let before = house.everything().await;
    let line = |offer: &Offer, end_date: Option<&str>| pb::ProposedLine {
        offer: Some(price_list::wire::offer(offer)),
        quantity: 10,
        end_date: end_date.map(|end| wire::date(date(end))),
        ..Default::default()
    };
    let spring = a_promotion("spring", 10, "2026-01-01", "2026-03-31");
    let lines = vec![
        pb::ProposedLine {
            promotion: Some(price_list::wire::promotion(&spring)),
            align_with: name_of(&own),
            ..line(&yearly(), None)
        },
        line(&month_to_month(), Some("2026-01-31")),
        line(&billed_monthly(), Some("2027-01-31")),
    ];
    let request = pb::JudgePurchasesRequest {
        customer: format!("customers/{CUSTOMER}"),
        partner: format!("partners/{PARTNER}"),
        test_clock: String::new(),
        orders: vec![pb::ProposedOrder { lines }],
        without_choices: false,
    };
    let answer = service(&house).judge_purchases(from_a_service(request.clone())).await.unwrap();
    assert_eq!(house.everything().await, before, "nothing was done");
    let lines = &answer.get_ref().orders[0].lines;

    let units = |money: &Option<proto::Money>| money.as_ref().map(|it| (it.units, it.nanos));
    // 108.00 for 365 days from 2025-07-10: 181 of them are left.
    assert_eq!(lines[0].end_date, Some(wire::date(date("2026-07-09"))));
    assert_eq!(units(&lines[0].first_charge), Some((535, 600_000_000)));
    assert_eq!(lines[0].first_charge, lines[0].term_total);
    let choices = &lines[0].co_term_choices;
    assert_eq!(choices[0].align_with, name_of(&own));
    assert_eq!(choices.len(), 13, "one subscription of its own, and twelve ends of months");
    assert_eq!(choices[1].end_date, Some(wire::date(date("2026-01-31"))));

    assert_eq!(units(&lines[1].first_charge), Some((220, 0)));
    let refusal = lines[1].co_term_choices[0].refusal.as_ref().unwrap();
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("CO_TERM_END_INVALID", "TRM-8"));

    assert_eq!(
        (lines[2].refusals[0].reason.as_str(), units(&lines[2].first_charge)),
        ("CO_TERM_END_INVALID", None)
    );

    let request = pb::JudgePurchasesRequest { without_choices: true, ..request };
    let briefly = service(&house).judge_purchases(from_a_service(request)).await.unwrap();
    let mut expected = answer.into_inner();
    for line in &mut expected.orders[0].lines {
        line.co_term_choices.clear();
    }
    assert_eq!(briefly.into_inner(), expected, "nothing else is left out");
}

/// An alignment is judged under the customer's lock, with what the same batch started before.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_8_what_was_started_just_before_can_be_ended_with(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let first = house.line(&yearly(), 1);
    let co_term = Some(CoTerm { with: Some(first.id), end: None });
    let second = Purchase { co_term, ..house.line(&yearly(), 1) };
    let orders = vec![house.order(vec![first.clone()]), house.order(vec![second.clone()])];
    house.app.start(orders).await.unwrap();
    assert_eq!(house.load(second.id).await.term, house.load(first.id).await.term);
}
