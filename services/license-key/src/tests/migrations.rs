//! From volume licensing to a purchase: 180 days, and what is said on the way.

use access::Claims;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};
use proto::licensekey as pb;
use proto::licensekey::DeploymentState::{AtRisk, Deployed, Planned};
use proto::licensekey::MigrationChangeKind as Kind;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::calendar::day_of;
use vocab::{ClockId, CustomerId, Fulfilment, MessageId};
use worker::Progress;

use super::handover::reason;
use super::house::{House, agent, stranger};
use super::transfers::both;
use crate::domain::Purchase;
use crate::domain::tests::a_purchase;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn customer(purchase: &Purchase) -> String {
    rpc::name::Customer(purchase.customer).to_string()
}

/// `days` before today, at which KMS activated ten devices.
pub fn group(name: &str, days: i64) -> pb::DeviceGroup {
    let day: Date = day_of(noon()).checked_sub(days.days()).unwrap();
    pb::DeviceGroup {
        device_group: name.to_owned(),
        device_count: 10,
        kms_activation_date: Some(rpc::wire::date(day)),
        ..Default::default()
    }
}

fn migration_of(purchase: &Purchase, groups: Vec<pb::DeviceGroup>) -> pb::CreateMigrationRequest {
    pb::CreateMigrationRequest {
        parent: customer(purchase),
        subscription: rpc::name::Subscription(purchase.customer, purchase.id).to_string(),
        title: "Berlin".to_owned(),
        device_groups: groups,
        request_id: Uuid::from_u128(1).to_string(),
        validate_only: false,
    }
}

pub async fn create(
    house: &House,
    purchase: &Purchase,
    groups: Vec<pb::DeviceGroup>,
) -> Result<pb::Migration, Status> {
    let call = house.call(&agent(purchase), migration_of(purchase, groups));
    house.migrations().create_migration(call).await.map(tonic::Response::into_inner)
}

async fn read(house: &House, claims: &Claims, name: &str) -> Result<pb::Migration, Status> {
    let call = house.call(claims, pb::GetMigrationRequest { name: name.to_owned() });
    house.migrations().get_migration(call).await.map(tonic::Response::into_inner)
}

async fn deploy(
    house: &House,
    purchase: &Purchase,
    (name, group): (&str, &str),
    deployed_count: i64,
) -> Result<pb::Migration, Status> {
    let message = pb::RecordDeploymentRequest {
        name: name.to_owned(),
        device_group: group.to_owned(),
        deployed_count,
        request_id: house.process.ids.uuid().to_string(),
        validate_only: false,
    };
    let answer = house.migrations().record_deployment(house.call(&agent(purchase), message)).await;
    answer.map(tonic::Response::into_inner)
}

/// What the feed has after a cursor, and where it goes on.
async fn poll(
    house: &House,
    purchase: &Purchase,
    resume_cursor: &str,
) -> (Vec<pb::MigrationChange>, String) {
    let message = pb::PollMigrationChangesRequest {
        parent: customer(purchase),
        resume_cursor: resume_cursor.to_owned(),
        page_size: 2,
    };
    let call = house.call(&agent(purchase), message);
    let answer = house.migrations().poll_migration_changes(call).await.unwrap().into_inner();
    (answer.changes, answer.resume_cursor)
}

/// The whole feed after a cursor: kind, days left, day.
async fn changes(house: &House, purchase: &Purchase) -> Vec<(Kind, i64)> {
    let (mut all, mut cursor) = (vec![], String::new());
    loop {
        let (page, next) = poll(house, purchase, &cursor).await;
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().map(|it| (it.kind(), it.days_left)));
        cursor = next;
    }
}

async fn tick(house: &House) {
    while crate::timers::tick(house.app.clone()).await.unwrap() == Progress::More {}
}

#[rstest]
#[tokio::test]
async fn trp_63_day_180_is_safe_and_day_181_is_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let made = create(&house, &purchase, vec![group("a", 0), group("b", 180), group("c", 181)]);
    let made = made.await.unwrap();
    let told: Vec<_> = made.device_groups.iter().map(|it| (it.state(), it.days_left)).collect();
    assert_eq!(told, [(Planned, 180), (Planned, 0), (AtRisk, -1)]);
    assert!(made.help.contains("technical presales and deployment team"), "VLC-4");
    let day_180 = day_of(noon()).checked_add(180.days()).unwrap();
    assert_eq!(made.device_groups[0].last_safe_date, Some(rpc::wire::date(day_180)));

    // The last millisecond of day 180, and the first of day 181.
    let over = vocab::calendar::start_of(vocab::calendar::day_after(day_180));
    let state = async || read(&house, &agent(&purchase), &made.name).await.unwrap().device_groups;
    house.clock.set(over - SignedDuration::from_millis(1));
    assert_eq!(state().await[0].state(), Planned);
    house.clock.set(over);
    assert_eq!((state().await[0].state(), state().await[0].days_left), (AtRisk, -1));
    // What is deployed on day 180 has no downtime; what is deployed after it is well again.
    for group in ["a", "b", "c"] {
        deploy(&house, &purchase, (&made.name, group), 10).await.unwrap();
    }
    assert!(state().await.iter().all(|it| it.state() == Deployed));
}

#[rstest]
#[tokio::test]
async fn vlc_4_reminders_come_in_time_and_name_whom_to_ask(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    create(&house, &purchase, vec![group("a", 0)]).await.unwrap();
    assert_eq!(changes(&house, &purchase).await, [(Kind::Planned, 180)]);

    house.clock.set(noon() + 150 * DAY);
    tick(&house).await;
    tick(&house).await;
    let so_far = [(Kind::Planned, 180), (Kind::Reminded, 60), (Kind::Reminded, 30)];
    assert_eq!(changes(&house, &purchase).await, so_far, "each once, dated when it was due");
    // A worker that slept catches up.
    house.clock.set(noon() + 400 * DAY);
    tick(&house).await;
    let all = changes(&house, &purchase).await;
    assert_eq!(all[3..], [(Kind::Reminded, 7), (Kind::Reminded, 1), (Kind::AtRisk, -1)]);

    let (page, cursor) = poll(&house, &purchase, "").await;
    assert_eq!(page.len(), 2);
    assert!(page[1].advice.contains("slmgr.vbs"), "{page:?}");
    assert!(page[1].advice.contains("technical presales and deployment team"), "VLC-4");
    let (page, _) = poll(&house, &purchase, &cursor).await;
    assert_eq!(page[0].days_left, 30, "it goes on where it stopped");
    tick(&house).await;
    assert_eq!(changes(&house, &purchase).await.len(), 6, "nothing is said twice");
}

#[rstest]
#[tokio::test]
async fn vlc_2_whoever_deploys_is_not_reminded(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let made = create(&house, &purchase, vec![group("a", 0)]).await.unwrap();
    let of = (made.name.as_str(), "a");
    deploy(&house, &purchase, of, 4).await.unwrap();
    deploy(&house, &purchase, of, 4).await.unwrap();
    house.clock.set(noon() + 100 * DAY);
    deploy(&house, &purchase, of, 10).await.unwrap();
    house.clock.set(noon() + 400 * DAY);
    tick(&house).await;
    let told = changes(&house, &purchase).await;
    assert_eq!(told, [(Kind::Planned, 180), (Kind::Progressed, 180), (Kind::Deployed, 80)]);
    let refused = deploy(&house, &purchase, of, 11).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "TOO_MANY_DEVICES".to_owned())
    );
    let refused = deploy(&house, &purchase, (&made.name, "x"), 1).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn vlc_3_on_a_test_clock_day_181_is_at_risk(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let clock = ClockId(Uuid::from_u128(0xc10c));
    let shows = async |id: u128, at| {
        let reading = (MessageId(Uuid::from_u128(id)), (clock, at));
        house.app.record_clock_readings(vec![reading]).await.unwrap();
    };
    shows(1, noon()).await;
    let purchase = house.given(Purchase { test_clock: Some(clock), ..a_purchase() }).await;
    let made = create(&house, &purchase, vec![group("a", 0)]).await.unwrap();
    house.clock.set(noon() + 400 * DAY);
    tick(&house).await;
    assert_eq!(changes(&house, &purchase).await.len(), 1, "real time is none of its business");
    shows(2, noon() + 181 * DAY).await;
    assert_eq!(changes(&house, &purchase).await.last(), Some(&(Kind::AtRisk, -1)));
    let found = read(&house, &agent(&purchase), &made.name).await.unwrap();
    assert_eq!(found.device_groups[0].state(), AtRisk);
}

/// The purchase moves to another partner, and its migration with it, whichever letter comes first: the other
/// partner sees and records it from then on, the one that had it sees what happened before.
#[rstest]
#[case::vlc_2_the_end_first(&[0, 1])]
#[case::vlc_2_the_beginning_first(&[1, 0])]
#[tokio::test]
async fn a_migration_follows_its_purchase(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] order: &[usize],
) {
    let house = House::on(backend).await;
    let had = house.given(a_purchase()).await;
    let made = create(&house, &had, vec![group("a", 0)]).await.unwrap();
    let both = both(&had);
    for one in order {
        house.given(both[*one].clone()).await;
    }
    let [ended, begun] = &both;
    let found = read(&house, &agent(begun), &made.name).await.unwrap();
    let subscription = rpc::name::Subscription(begun.customer, begun.id).to_string();
    assert_eq!(found.subscription, subscription);
    let refused = read(&house, &agent(ended), &made.name).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    deploy(&house, begun, (&made.name, "a"), 10).await.unwrap();
    assert_eq!(changes(&house, begun).await, [(Kind::Deployed, 180)]);
    assert_eq!(changes(&house, ended).await, [(Kind::Planned, 180)]);
}

#[rstest]
#[tokio::test]
async fn par_14_nobody_elses_migrations_are_seen(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let made = create(&house, &purchase, vec![group("a", 0)]).await.unwrap();
    let other = Claims::customer("x", CustomerId(Uuid::from_u128(0xbad)));
    for claims in [stranger(), other] {
        let refused = read(&house, &claims, &made.name).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let message =
            pb::ListMigrationsRequest { parent: customer(&purchase), ..Default::default() };
        let refused = house.migrations().list_migrations(house.call(&claims, message)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    let own = Claims::customer("carol@customer.example", purchase.customer);
    assert_eq!(read(&house, &own, &made.name).await.unwrap(), made);
}

#[rstest]
#[tokio::test]
async fn vlc_1_what_cannot_begin_says_why_and_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let twice = create(&house, &purchase, vec![group("a", 0), group("a", 1)]).await.unwrap_err();
    assert_eq!(twice.code(), Code::InvalidArgument);
    let plain = Purchase {
        id: vocab::SubscriptionId(Uuid::from_u128(7)),
        fulfilment: Fulfilment::default(),
        ..a_purchase()
    };
    let plain = house.given(plain).await;
    let refused = create(&house, &plain, vec![group("a", 0)]).await.unwrap_err();
    assert_eq!(reason(&refused), "NO_KEY_FOR_PRODUCT");
    assert!(changes(&house, &purchase).await.is_empty());
}
