//! What was bought before it was brought in: its dates, its money, its place on lists.

use jiff::Timestamp;
use rpc::Page;
use rstest::rstest;
use serde_json::json;
use testkit::{Backend, IdGen, TestDb, noon};
use vocab::Offer;

use super::given::{CLOCK, ada, date, eur, instant, just_after, money, perpetual, server, total};
use super::house::{House, fresh};
use crate::app::StartOrder;
use crate::domain::{
    self, ChangeKind, ChargeKind, Held, Occasion, Policy, Purchase, Status, Subscription,
    SubscriptionQuery,
};
use crate::store;

/// A server subscription for three years, charged every year: 3 times 600.00.
fn three_years() -> Offer {
    Offer { term: Some(vocab::TermLength::ThreeYears), price: eur("1800.00"), ..server() }
}

impl House {
    /// What was ordered at an instant, by a customer on the test clock.
    fn past(&self, offer: &Offer, ordered_at: &str) -> Purchase {
        let ordered_at = instant(ordered_at);
        Purchase { ordered_at, clock: Some(CLOCK), ..self.line(offer, 2) }
    }

    /// Brings lines in at an instant, as one order.
    async fn bring_in(&self, at: Timestamp, lines: Vec<Purchase>) -> StartOrder {
        self.set_test_clock(CLOCK, at).await;
        let order = StartOrder { brought_in_at: Some(at), ..self.order(lines) };
        self.app.start(vec![order.clone()]).await.unwrap();
        order
    }

    async fn listed(&self) -> Vec<Subscription> {
        let page = Page { size: 100, after: None };
        let all = SubscriptionQuery::default();
        let (views, _) = self.app.list_subscriptions(&ada(), all, &page).await.unwrap();
        views.into_iter().map(|view| view.sub).collect()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_65_it_is_there_and_on_no_list_of_subscriptions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let at = instant("2021-10-20T00:00:00Z");
    let [old, tool] = [server(), perpetual()].map(|it| house.past(&it, "2021-10-13T23:59:59.999Z"));
    let ids = [old.id, tool.id];
    house.bring_in(at, vec![old, tool]).await;
    let young = house.past(&server(), "2021-10-14T00:00:00Z");
    let young =
        house.given(Purchase { ordered_at: instant("2021-10-14T00:00:00Z"), ..young }).await;

    let listed: Vec<_> = house.listed().await.iter().map(|sub| sub.id).collect();
    assert_eq!(listed, [young.id]);
    for id in ids {
        let sub = house.load(id).await;
        assert_eq!((sub.status, sub.auto_renew), (Status::Active, false));
    }
    // One row each, in one table: what is not listed is found by its order and by its name.
    let told = house.letters("license-key").await;
    assert_eq!(told.iter().filter(|(_, it)| it["status"] == json!("ACTIVE")).count(), 3);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_10_what_was_due_before_is_on_no_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let past = house.past(&three_years(), "2020-01-10T15:00:00Z");
    let id = past.id;
    let order = house.bring_in(instant("2021-02-01T00:00:00Z"), vec![past]).await;
    let before = house.everything().await;
    house.app.start(vec![order]).await.unwrap();
    assert_eq!(house.everything().await, before, "each message once");

    let sub = house.load(id).await;
    let lines = house.lines(&sub).await;
    let expected = |kind| (kind, 2, "1,200.00 EUR".to_owned());
    assert_eq!(money(&lines), [expected(ChargeKind::New), expected(ChargeKind::Cycle)]);
    assert!(lines.iter().all(|line| line.invoice.is_none() && line.charge.billed_elsewhere));
    assert!(house.invoices().await.is_empty());

    // What falls due from now on is charged here, until the term is over.
    house.advance(CLOCK, instant("2023-01-10T00:00:00Z")).await;
    let sub = house.load(id).await;
    assert_eq!((sub.status, sub.status_since), (Status::Expired, instant("2023-01-10T00:00:00Z")));
    assert_eq!(sub.ends_on(), Some(date("2023-01-09")));
    let [invoice] = &house.invoices().await[..] else { panic!("more than one invoice") };
    assert_eq!((invoice.key.month, invoice.excluded), (date("2022-01-01"), eur("1200.00")));
    assert_eq!(money(&house.lines_on(invoice).await), [expected(ChargeKind::Cycle)]);
}

/// The credit is ours, and comes to what was charged elsewhere at most.
#[rstest]
#[case::pcx_6_prorated(server(), "-1,173.70 EUR")]
#[case::d_3_in_full(perpetual(), "-500.00 EUR")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_credited_here(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] offer: Offer,
    #[case] credit: &str,
) {
    let house = House::on(backend).await;
    let past = house.past(&offer, "2021-05-31T23:59:59.999Z");
    let id = past.id;
    house.bring_in(instant("2021-06-05T00:00:00Z"), vec![past]).await;
    house.advance(CLOCK, instant("2021-06-08T12:00:00Z")).await;
    let sub = house.load(id).await;
    let charged = house.lines(&sub).await.remove(0);

    let receipt = fresh(house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap());

    assert_eq!(receipt.view.sub.status, Status::Cancelled);
    let lines = house.lines(&sub).await;
    let [_, line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (line.charge.amount.to_string().as_str(), line.charge.credits),
        (credit, Some(charged.charge.id))
    );
    assert!(0 <= total(&lines), "TRP-55");
    let [invoice] = &house.invoices().await[..] else { panic!("more than one invoice") };
    assert_eq!((line.invoice, invoice.key.month), (Some(invoice.id), date("2021-06-01")));
    assert_eq!(invoice.excluded, line.charge.amount);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_13_the_old_window_ends_with_its_day(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let past = house.past(&server(), "2021-05-31T23:59:59Z");
    let id = past.id;
    house.bring_in(instant("2021-06-05T00:00:00Z"), vec![past]).await;
    let until = instant("2021-07-30T23:59:59.999Z");
    house.advance(CLOCK, just_after(until)).await;
    let sub = house.load(id).await;
    assert_eq!((sub.policy.id.as_str(), sub.cancellable_until), ("SW60", Some(until)));
    let late = house.cancel(&ada(), &house.cancelling(&sub)).await.unwrap_err();
    assert!(late.to_string().contains("closed at 2021-07-30T23:59:59.999Z"), "{late}");
    let kinds: Vec<_> = house.history(&sub).await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [ChangeKind::Started, ChangeKind::WindowClosed]);
}

/// In real time every term from before is over.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_2_what_is_over_already_expired_on_its_date(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let past = Purchase { clock: None, ..house.past(&three_years(), "2020-02-29T15:00:00Z") };
    let id = past.id;
    let order = StartOrder { brought_in_at: Some(noon()), ..house.order(vec![past]) };
    house.app.start(vec![order]).await.unwrap();

    let sub = house.load(id).await;
    assert_eq!((sub.status, sub.status_since), (Status::Expired, instant("2023-02-28T00:00:00Z")));
    assert_eq!(sub.ends_on(), Some(date("2023-02-27")), "TIM-4");
    assert_eq!(total(&house.lines(&sub).await), 3 * 120_000);
    assert!(house.invoices().await.is_empty());
    let told = house.letters("license-key").await;
    assert_eq!((told.len(), told[0].1["status"].clone()), (1, json!("EXPIRED")), "no key for it");
    let to_order = house.letters("order").await;
    assert_eq!(to_order[0].1["lines"][0]["subscription"], json!(id));
    let log = house.letters("audit").await;
    assert_eq!(log.len(), 5, "started, a window closed, two cycles, expired");
    assert_eq!(log[0].1["details"]["billed"], json!("elsewhere"));
}

/// Lines that were written when each had an invoice keep it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bil_1_older_lines_keep_their_invoice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let steps = store::MIGRATIONS.iter().filter(|step| step.name != "billed elsewhere");
    let place = TestDb::fresh(backend, &steps.copied().collect::<Vec<_>>()).await;
    let house = House::on(Backend::Sqlite).await;
    let (policy, held, ids) = (Policy::default(), Held::default(), IdGen::counted());
    let at = Occasion { now: noon(), policy: &policy, held: &held, cycle_charge: None, ids: &ids };
    let change = domain::start(&house.line(&server(), 2), at).unwrap();
    let mut tx = place.db.begin().await.unwrap();
    store::save(&mut tx, std::slice::from_ref(&change), noon()).await.unwrap();
    tx.commit().await.unwrap();

    let now = db::Db::open(&place.url, store::MIGRATIONS).await.unwrap();
    let mut tx = now.begin().await.unwrap();
    let lines = store::charges::of_changes(&mut tx, &[change.id]).await.unwrap();
    assert_eq!(money(&lines), [(ChargeKind::New, 2, "1,200.00 EUR".to_owned())]);
    assert!(lines[0].invoice.is_some());
}
