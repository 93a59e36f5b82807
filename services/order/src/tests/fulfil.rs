//! What lifecycle tells: each message once, in any order.

use access::Claims;
use jiff::ToSpan;
use proto::common as pbc;
use proto::order as pb;
use proto::order::inbox_service_server::InboxService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use vocab::ClockId;

use super::house::{
    House, call, cancelled, fulfilment, header, line, refused, started, wrong_fields,
};

#[rstest]
#[tokio::test]
async fn ord_11_a_refused_order_shows_a_reason_for_each_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("server", 1), line("suite", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    house.tell(vec![fulfilment(&house.id(), &order, refused)]).await;

    let failed = house.order(&shop.agent, &order.name).await.unwrap();
    assert_eq!(failed.state(), pb::OrderState::Failed);
    for line in &failed.lines {
        assert_eq!(line.state(), pb::LineState::Failed);
        assert_eq!(line.subscription, "");
        let refusal = line.refusal.as_ref().unwrap();
        assert_eq!(
            (refusal.reason.as_str(), refusal.rule.as_str()),
            ("TENANT_SUBSCRIPTION_LIMIT", "ENT-1")
        );
        assert_eq!(refusal.metadata["limit"], "300");
    }
}

#[rstest]
#[tokio::test]
async fn can_11_a_message_counts_once_in_any_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("server", 5), line("suite", 5)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let start = fulfilment(&house.id(), &order, started);
    let mut cancel = fulfilment(&house.id(), &order, cancelled);
    cancel.lines.truncate(1);

    // The cancellation overtakes the start, and both come twice, together and apart.
    house.tell(vec![cancel.clone(), cancel.clone()]).await;
    house.tell(vec![start.clone(), cancel.clone()]).await;
    let report = house.tell(vec![start, cancel]).await;
    assert!(report.deliveries.iter().all(|one| one.refusal.is_empty()));

    let order = house.order(&shop.agent, &order.name).await.unwrap();
    assert_eq!(order.state(), pb::OrderState::Completed);
    let quantities: Vec<_> = order.lines.iter().map(|line| line.quantity).collect();
    assert_eq!(quantities, [0, 5]);
}

#[rstest]
#[tokio::test]
async fn one_bad_message_holds_up_no_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("suite", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let unknown = pb::Order {
        name: format!("{}/orders/{}", shop.customer, uuid::Uuid::nil()),
        ..order.clone()
    };
    let mut foreign = fulfilment(&house.id(), &order, started);
    foreign.lines[0].line = house.id();
    let ids = [house.id(), foreign.header.clone().unwrap().message_id, house.id()];
    let report = house
        .tell(vec![
            fulfilment(&ids[0], &unknown, started),
            foreign.clone(),
            fulfilment(&ids[2], &order, started),
        ])
        .await;
    let told: Vec<_> = report.deliveries.iter().map(|one| one.message_id.clone()).collect();
    assert_eq!(told, ids);
    assert!(report.deliveries[0].refusal.contains("there is no order"));
    assert!(report.deliveries[1].refusal.contains("has no line"));
    assert_eq!(report.deliveries[2].refusal, "");
    let order = house.order(&shop.agent, &order.name).await.unwrap();
    assert_eq!(order.state(), pb::OrderState::Fulfilled);

    // What was refused was not taken, so it may come again, and right.
    foreign.lines[0].line.clone_from(&order.lines[0].id);
    assert_eq!(house.tell(vec![foreign]).await.deliveries[0].refusal, "");
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_read_is_told_field_by_field(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let message = pb::RecordFulfilmentsRequest {
        fulfilments: vec![pb::Fulfilment {
            header: Some(header("7")),
            order: "orders/7".to_owned(),
            lines: vec![pb::LineOutcome::default()],
        }],
    };
    let claims = Claims::service("lifecycle");
    let request = call(&claims, "InboxService/RecordFulfilments", message).unwrap();
    let refused = house.service.record_fulfilments(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let expected = [
        "fulfilments[0].header.message_id",
        "fulfilments[0].order",
        "fulfilments[0].lines[0].line",
        "fulfilments[0].lines[0]",
    ];
    assert_eq!(wrong_fields(&refused), expected);
}

#[rstest]
#[tokio::test]
async fn tim_6_a_clock_never_moves_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let clock = ClockId(house.process.ids.uuid());
    for shown in [noon() + 1.hours(), noon(), noon() + 1.hours()] {
        house.set(clock, shown).await;
        let mut tx = house.db.db.begin().await.unwrap();
        let now = house.clocks.now(&mut tx, Some(clock)).await.unwrap();
        assert_eq!(now, noon() + 1.hours());
    }
}

#[rstest]
#[tokio::test]
async fn the_backlog_is_what_waits_and_what_was_taken(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("suite", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let backlog = async || {
        let claims = Claims::service("lifecycle");
        let request = call(&claims, "InboxService/GetBacklog", pbc::GetBacklogRequest {}).unwrap();
        let backlog = house.service.get_backlog(request).await.unwrap().into_inner();
        (backlog.waiting_count, backlog.taken_count)
    };
    // Entries on partner, customer and order, and the order's start.
    assert_eq!(backlog().await, (4, 0));
    house.letters("").await;
    house.fulfil(&order).await;
    assert_eq!(backlog().await, (0, 1));
}

#[rstest]
#[tokio::test]
async fn d_28_answers_and_messages_are_forgotten_after_30_days(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 1)]);
    let order = house.place(&shop.agent, message.clone()).await.unwrap();
    house.fulfil(&order).await;

    house.clock.set(noon() + (30 * 24).hours());
    house.app.forget().await.unwrap();
    assert_eq!(house.app.backlog().await.unwrap().taken_count, 1);
    assert_eq!(house.place(&shop.agent, message.clone()).await.unwrap().name, order.name);

    house.clock.set(noon() + (30 * 24).hours() + 1.milliseconds());
    house.app.forget().await.unwrap();
    assert_eq!(house.app.backlog().await.unwrap().taken_count, 0);
    assert_ne!(house.place(&shop.agent, message).await.unwrap().name, order.name);
}
