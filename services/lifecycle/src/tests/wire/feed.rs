//! The feed of changes: in order, without gaps, for each only what is theirs.

mod moved;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Caller, Reach};
use db::{Tx, sql};
use jiff::{SignedDuration, Timestamp};
use journal::{Entry, Outcome};
use proto::common::Role;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::wire;
use rstest::rstest;
use testkit::{Backend, noon};
use tokio_stream::StreamExt;
use tonic::Code;
use vocab::{CustomerId, MessageId};

use super::{by, call, fields, metadata, reason, service};
use crate::app::{App, Look};
use crate::domain::{self, NOTHING_HELD, Occasion, Purchase, Subscription};
use crate::service::feed::Feed;
use crate::store;
use crate::tests::given::{
    CUSTOMER, PARTNER, RIVAL, ada, month_to_month, server, somebody_of, yearly,
};
use crate::tests::house::{House, name_of};

fn operator() -> Caller {
    Caller { partner: None, roles: [Role::Operator].into(), reach: Reach::All, ..ada() }
}

async fn feed(house: &House, caller: &Caller, request: pb::WatchChangesRequest) -> Feed {
    service(house).watch_changes(by(caller, request)).await.unwrap().into_inner()
}

async fn whole(house: &House, caller: &Caller) -> Feed {
    feed(house, caller, pb::WatchChangesRequest::default()).await
}

/// Lets the process look until nothing waits for others, who share the database server.
async fn settle(app: &App) {
    while app.look_at_feed().await.unwrap() == Look::Waiting {
        tokio::task::yield_now().await;
    }
}

/// Returns what a feed tells up to its next heartbeat, and the heartbeat's cursor.
async fn until_heartbeat(feed: &mut Feed) -> (Vec<pb::ChangeRecord>, String) {
    let mut told = vec![];
    loop {
        let piece = feed.next().await.unwrap().unwrap();
        if piece.records.is_empty() {
            return (told, piece.cursor);
        }
        told.extend(piece.records);
    }
}

/// Returns the next so many records of a feed.
async fn next(feed: &mut Feed, count: usize) -> Vec<pb::ChangeRecord> {
    let mut told = vec![];
    while told.len() < count {
        told.extend(feed.next().await.unwrap().unwrap().records);
    }
    told
}

fn kinds(records: &[pb::ChangeRecord]) -> Vec<pb::ChangeKind> {
    records.iter().map(|record| record.change.as_ref().unwrap().kind()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_what_happened_and_goes_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 2).await;
    house.change_quantity(&ada(), &sub, 3).await.unwrap();
    let mut feed = whole(&house, &ada()).await;
    settle(&house.app).await;

    let told = next(&mut feed, 2).await;
    assert_eq!(kinds(&told), [pb::ChangeKind::Started, pb::ChangeKind::QuantityChanged]);
    for record in &told {
        assert_eq!(record.subscription, name_of(&sub));
        assert_eq!(record.partner, format!("partners/{PARTNER}"));
        assert_eq!(record.record_time, Some(wire::timestamp(noon())));
    }
    let request = pb::ListChangesRequest { parent: name_of(&sub), ..Default::default() };
    let history = service(&house).list_changes(call(request)).await.unwrap().into_inner();
    let changes: Vec<_> = told.iter().map(|record| record.change.clone().unwrap()).collect();
    assert_eq!(changes, history.changes, "with all their money");

    let (none, cursor) = until_heartbeat(&mut feed).await;
    assert_eq!((none.len(), &cursor), (0, &told[1].cursor));
    house.suspend(&ada(), &sub).await.unwrap();
    settle(&house.app).await;
    assert_eq!(kinds(&next(&mut feed, 1).await), [pb::ChangeKind::Suspended]);
}

/// Whatever cursor a follower has, it gets the rest.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_resumed_from_every_cursor(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let offers: Vec<_> = (0..600).map(|_| house.line(&server(), 1)).collect();
    house.app.start(vec![house.order(offers)]).await.unwrap();
    let mut feed_of_all = whole(&house, &ada()).await;
    settle(&house.app).await;
    let all = next(&mut feed_of_all, 600).await;

    for from in (0..600).step_by(53).chain([598, 599]) {
        let resume_cursor = all[from].cursor.clone();
        let request = pb::WatchChangesRequest { resume_cursor, ..Default::default() };
        let mut resumed = feed(&house, &ada(), request).await;
        let (rest, cursor) = until_heartbeat(&mut resumed).await;
        assert_eq!(rest, all[from + 1..]);
        assert_eq!(cursor, all[599].cursor);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_14_a_feed_tells_each_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let other_customer = CustomerId(house.uuid());
    let own = house.buy(&yearly(), 1).await;
    let rivals = house.given(Purchase { partner: RIVAL, ..house.line(&yearly(), 2) }).await;
    let elsewhere = Purchase { customer: other_customer, ..house.line(&yearly(), 3) };
    let elsewhere = house.given(elsewhere).await;
    let _follower = whole(&house, &operator()).await;
    settle(&house.app).await;

    let rival = somebody_of(RIVAL, Role::AccountAdmin);
    let of_customer = format!("customers/{CUSTOMER}");
    let of_other = format!("customers/{other_customer}");
    let all = "customers/-".to_owned();
    for (caller, parent, expected) in [
        (&ada(), String::new(), vec![&own, &elsewhere]),
        (&ada(), all.clone(), vec![&own, &elsewhere]),
        (&ada(), of_customer.clone(), vec![&own]),
        (&rival, all.clone(), vec![&rivals]),
        (&rival, of_other.clone(), vec![]),
        (&operator(), all.clone(), vec![&own, &rivals, &elsewhere]),
        (&operator(), of_customer, vec![&own, &rivals]),
    ] {
        let request = pb::WatchChangesRequest { parent: parent.clone(), ..Default::default() };
        let mut feed = feed(&house, caller, request).await;
        let (told, _) = until_heartbeat(&mut feed).await;
        let expected: Vec<_> = expected.into_iter().map(name_of).collect();
        let told: Vec<_> = told.into_iter().map(|record| record.subscription).collect();
        assert_eq!(told, expected, "{parent} of {:?}", caller.reach);
        if !parent.is_empty() {
            let request = pb::ListChangesRequest { parent, ..Default::default() };
            let page = service(&house).list_changes(by(caller, request)).await.unwrap();
            let listed = page.into_inner().changes;
            let of = |change: pb::Change| change.name.split("/changes/").next().unwrap().to_owned();
            assert_eq!(listed.into_iter().map(of).collect::<Vec<_>>(), expected);
        }
    }
}

/// Many write at once, through two processes; a follower of one of them sees everything once, and
/// what happens to one subscription in its order.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_feed_has_no_gaps_under_concurrent_writers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const SUBSCRIPTIONS: usize = 6;
    const CHANGES: i64 = 12;
    let house = Arc::new(House::on(backend).await);
    let mut subs = vec![];
    for _ in 0..SUBSCRIPTIONS {
        subs.push(house.buy(&yearly(), 1).await);
    }
    let mut feed = whole(&house, &ada()).await;

    let expected = SUBSCRIPTIONS * (1 + usize::try_from(CHANGES).unwrap());
    let told = {
        let writers = async {
            let write = |sub: Subscription| {
                let house = Arc::clone(&house);
                tokio::spawn(async move {
                    for quantity in 2..CHANGES + 2 {
                        house.change_quantity(&ada(), &sub, quantity).await.unwrap();
                    }
                })
            };
            let mut tasks: Vec<_> = subs.iter().cloned().map(write).collect();
            while let Some(task) = tasks.pop() {
                task.await.unwrap();
            }
        };
        let mut told = vec![];
        let follow = async {
            while told.len() < expected {
                tokio::select! {
                    piece = feed.next() => told.extend(piece.unwrap().unwrap().records),
                    () = async { loop {
                        house.app.look_at_feed().await.unwrap();
                        tokio::task::yield_now().await;
                    } } => {}
                }
            }
        };
        tokio::join!(writers, follow);
        told
    };

    let mut places: Vec<domain::Position> =
        told.iter().map(|record| record.cursor.parse().unwrap()).collect();
    assert!(places.is_sorted());
    places.dedup();
    assert_eq!(places.len(), expected, "each once");
    let mut seats: BTreeMap<&str, i64> = BTreeMap::new();
    for record in &told {
        let change = record.change.as_ref().unwrap();
        let held = seats.entry(&record.subscription).or_default();
        assert_eq!(change.quantity_before, *held, "{}", change.name);
        *held = change.quantity_after;
    }
    assert!(seats.values().all(|held| *held == CHANGES + 1), "{seats:?}");
}

/// A change of `sub`, as a verb makes it.
fn renamed(house: &House, sub: &Subscription, label: &str) -> domain::Change {
    let at = Occasion {
        now: house.now(),
        policy: &house.app.policy,
        held: &NOTHING_HELD,
        cycle_charge: None,
        ids: &house.app.ids,
    };
    domain::rename(sub, label, at).unwrap().unwrap()
}

/// Writes a change with its entry in the log, and leaves the transaction open.
async fn write(house: &House, tx: &mut Tx, change: &domain::Change) {
    store::save(tx, std::slice::from_ref(change), house.now()).await.unwrap();
    let entry = Entry {
        id: MessageId(change.id.0),
        occurred_at: house.now(),
        test_clock_at: None,
        service: "lifecycle".to_owned(),
        actor: "ada".to_owned(),
        partner: Some(PARTNER),
        customer: Some(CUSTOMER),
        action: "RENAMED".to_owned(),
        resource: name_of(&change.next),
        outcome: Outcome::Done,
        reason: String::new(),
        details: BTreeMap::new(),
    };
    mailbox::send(tx, &[entry.letter()], house.now()).await.unwrap();
}

/// Two transactions that began in one order write in the other: what one of them has not yet
/// committed holds the feed back, and the order of a subscription's changes stays.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_waits_for_transactions_that_may_still_write(
    #[values(Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (sub, other) = (house.buy(&yearly(), 1).await, house.buy(&month_to_month(), 1).await);
    let mut feed = whole(&house, &ada()).await;
    settle(&house.app).await;
    assert_eq!(next(&mut feed, 2).await.len(), 2);

    // The earlier transaction has its number, and has written nothing of a subscription yet.
    let mut early = house.tx().await;
    let numbered = sql!("INSERT INTO customers (customer_id) VALUES ($1)");
    numbered.bind(house.uuid()).execute(&mut early).await.unwrap();
    let first = renamed(&house, &sub, "first");
    let of_other = renamed(&house, &other, "other");
    for change in [&first, &of_other] {
        let mut tx = house.tx().await;
        write(&house, &mut tx, change).await;
        tx.commit().await.unwrap();
    }
    assert_eq!(house.app.look_at_feed().await.unwrap(), Look::Waiting);
    assert_eq!(until_heartbeat(&mut feed).await.0, [], "the earlier one may still write");

    let second = renamed(&house, &first.next, "second");
    write(&house, &mut early, &second).await;
    early.commit().await.unwrap();
    settle(&house.app).await;

    let told = next(&mut feed, 3).await;
    let ids: Vec<_> = told.iter().map(|record| &record.change.as_ref().unwrap().name).collect();
    let place = |change: &domain::Change| {
        ids.iter().position(|name| name.ends_with(&change.id.to_string())).unwrap()
    };
    assert!(place(&first) < place(&second), "{ids:?}");
    assert!(place(&of_other) < 3);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_can_be_asked_for_a_kind_and_from_an_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    for seats in 2..7 {
        house.sleep(SignedDuration::from_mins(10)).await;
        house.change_quantity(&ada(), &sub, seats).await.unwrap();
    }
    house.suspend(&ada(), &sub).await.unwrap();
    let _follower = whole(&house, &ada()).await;
    settle(&house.app).await;

    let told = async |start: Option<Timestamp>, filter: &str| {
        let start_time = start.map(wire::timestamp);
        let filter = filter.to_owned();
        let request = pb::WatchChangesRequest { start_time, filter, ..Default::default() };
        let mut feed = feed(&house, &ada(), request).await;
        until_heartbeat(&mut feed).await.0.len()
    };
    let after = |minutes| Some(noon() + SignedDuration::from_mins(minutes));
    for (start, filter, expected) in [
        (None, "", 7),
        (after(0), "", 7),
        (after(10), "", 6),
        (after(11), "", 5),
        (after(50), "", 2),
        (after(51), "", 0),
        (after(10_000), "", 0),
        (None, "kind = SUSPENDED", 1),
        (None, "kind = RENEWED", 0),
        (after(30), "kind = QUANTITY_CHANGED", 3),
    ] {
        assert_eq!(told(start, filter).await, expected, "{start:?} {filter}");
    }
}

#[rstest]
#[case::no_cursor("x", false, "", Some("resume_cursor"))]
#[case::two_starts("0.0", true, "", Some("start_time"))]
#[case::no_kind("", false, "kind = X", Some("filter"))]
#[case::no_field("", false, "state = X", Some("filter"))]
#[case::elsewhere("9000000000000.1", false, "", None)]
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_cannot_be_followed(
    #[case] cursor: &str,
    #[case] has_start: bool,
    #[case] filter: &str,
    #[case] wrong: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.buy(&yearly(), 1).await;
    let request = pb::WatchChangesRequest {
        resume_cursor: cursor.to_owned(),
        start_time: has_start.then(|| wire::timestamp(noon())),
        filter: filter.to_owned(),
        ..Default::default()
    };
    let refused = service(&house).watch_changes(call(request)).await.err().unwrap();
    if let Some(wrong) = wrong {
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), [wrong]);
    } else {
        assert_eq!(refused.code(), Code::OutOfRange);
        assert_eq!(reason(&refused), "CURSOR_EXPIRED");
        assert_eq!(metadata(&refused, "earliest").unwrap(), "0.0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_ends_when_the_process_stops() {
    let house = House::on(Backend::Sqlite).await;
    let mut feed = whole(&house, &ada()).await;
    until_heartbeat(&mut feed).await;
    house.stop().cancel();
    assert!(feed.next().await.is_none());
}

/// Who does not follow costs nothing, and neither does who has gone.
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_looked_at_only_while_somebody_follows() {
    let house = House::on(Backend::Sqlite).await;
    assert_eq!(house.app.look_at_feed().await.unwrap(), Look::Unwatched);
    let mut feed = whole(&house, &ada()).await;
    until_heartbeat(&mut feed).await;
    assert_eq!(house.app.look_at_feed().await.unwrap(), Look::Settled);
    drop(feed);
    while house.app.look_at_feed().await.unwrap() != Look::Unwatched {
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_12_changes_are_listed_by_kind_and_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 1).await;
    for seats in 2..5 {
        house.sleep(SignedDuration::from_hours(24)).await;
        house.change_quantity(&ada(), &sub, seats).await.unwrap();
    }
    house.suspend(&ada(), &sub).await.unwrap();

    let all = ["customers/-".to_owned(), format!("customers/{CUSTOMER}"), name_of(&sub)];
    for (filter, expected) in [
        ("", vec![1, 2, 3, 4, 4]),
        ("kind = SUSPENDED", vec![4]),
        ("commit_time < 2026-01-12", vec![1, 2]),
        ("commit_time <= 2026-01-12", vec![1, 2, 3]),
        ("commit_time > 2026-01-12T12:00:00Z", vec![4, 4]),
        ("commit_time >= 2026-01-12T12:00:00Z AND commit_time < 2026-01-13", vec![3]),
        ("kind = RENEWED", vec![]),
    ] {
        for parent in &all {
            let (filter, parent) = (filter.to_owned(), parent.clone());
            let mut request =
                pb::ListChangesRequest { filter, parent, page_size: 2, ..Default::default() };
            let mut told = vec![];
            loop {
                let page = service(&house).list_changes(call(request.clone())).await;
                let page = page.unwrap().into_inner();
                assert!(page.changes.len() <= 2);
                told.extend(page.changes.iter().map(|change| change.quantity_after));
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            assert_eq!(told, expected, "{} of {}", request.filter, request.parent);
        }
    }
}
