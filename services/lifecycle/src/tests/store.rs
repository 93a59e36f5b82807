//! Every statement of the store, on both engines, on an empty database.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use vocab::{
    ChangeId, CustomerId, OrderId, PartnerId, ProductId, ProductKind, SkuId, SubscriptionId,
};

use super::given::{CLOCK, CUSTOMER, PARTNER};
use crate::domain::{InvoiceId, InvoiceKey, Position, Status, SubscriptionQuery};
use crate::store::subscriptions::{AlarmPlace, Reach, Unanswered};
use crate::store::timers::Backlog;
use crate::store::{
    self, changes, charges, customers, feed, invoices, listing, subscriptions, timers,
};

const NOBODY: uuid::Uuid = uuid::Uuid::from_u128(1);

#[rstest]
#[tokio::test]
async fn d_28_every_statement_is_understood(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    let mut tx = place.db.begin().await.unwrap();
    let id = SubscriptionId(NOBODY);
    for ids in [&[][..], &[id]] {
        assert_eq!(subscriptions::load(&mut tx, ids).await.unwrap(), []);
        assert_eq!(subscriptions::lock(&mut tx, ids).await.unwrap(), []);
    }
    assert_eq!(subscriptions::lock_of_order(&mut tx, OrderId(NOBODY)).await.unwrap(), []);
    for clock in [None, Some(CLOCK)] {
        let reach = Reach { clock, until: noon(), behind: AlarmPlace::FRONT, batch: 10 };
        assert!(subscriptions::scheduled_due(&mut tx, reach).await.unwrap().is_empty());
        assert!(subscriptions::lock_due(&mut tx, reach).await.unwrap().is_empty());
        assert_eq!(subscriptions::next_alarm(&mut tx, clock).await.unwrap(), None);
        assert_eq!(invoices::close_due(&mut tx, clock, noon(), 10).await.unwrap(), []);
        assert_eq!(invoices::next_close(&mut tx, clock).await.unwrap(), None);
    }
    for retry_at in [None, Some(Timestamp::MAX)] {
        let one = Unanswered { id, error: "x".to_owned(), retry_at, at: noon() };
        subscriptions::set_aside(&mut tx, &[one]).await.unwrap();
    }
    subscriptions::set_alarms(&mut tx, &[]).await.unwrap();
    store::save(&mut tx, &[], noon()).await.unwrap();

    assert_eq!(changes::list(&mut tx, id, None, 10).await.unwrap(), []);
    assert_eq!(charges::of_changes(&mut tx, &[]).await.unwrap(), []);
    assert_eq!(charges::of_changes(&mut tx, &[ChangeId(NOBODY)]).await.unwrap(), []);
    let invoice = InvoiceId(NOBODY);
    for of in [
        charges::Of::Subscription(id),
        charges::Of::Customer(CUSTOMER),
        charges::Of::Invoice(invoice),
    ] {
        for partner in [None, Some(PARTNER)] {
            for after in [None, Some(NOBODY)] {
                let lines = charges::list(&mut tx, of, partner, after, 10).await.unwrap();
                assert_eq!(lines, []);
            }
        }
    }
    customers::lock(&mut tx, &BTreeSet::new()).await.unwrap();
    customers::lock(&mut tx, &BTreeSet::from([CUSTOMER, CustomerId(NOBODY)])).await.unwrap();

    assert_eq!(invoices::get(&mut tx, invoice).await.unwrap(), None);
    let after = Some(("2026-01-01".parse().unwrap(), NOBODY));
    assert_eq!(invoices::list(&mut tx, PARTNER, after, 10).await.unwrap(), []);
    let key = InvoiceKey {
        partner: PARTNER,
        currency: "EUR".parse().unwrap(),
        month: "2026-01-01".parse().unwrap(),
        clock: None,
    };
    let open = invoices::open(&mut tx, BTreeSet::from([key.clone()])).await.unwrap();
    assert_eq!(open.of(&key).unwrap(), key.id());
    assert!(open.of(&key.following()).is_err());
    tx.commit().await.unwrap();
}

/// Each scope of a list with each of its filters, in both orders.
#[rstest]
#[tokio::test]
async fn trm_7_every_list_is_understood(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(None, Some(CUSTOMER))] customer: Option<CustomerId>,
    #[values(None, Some(PARTNER))] partner: Option<PartnerId>,
) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    let mut tx = place.db.read().await.unwrap();
    let of_customer = SubscriptionQuery { customer, ..SubscriptionQuery::default() };
    let filtered = SubscriptionQuery {
        status: Some(Status::Active),
        product: Some(ProductId("x".to_owned())),
        sku: Some(SkuId("x".to_owned())),
        kind: Some(ProductKind::Esu),
        auto_renew: Some(true),
        ..of_customer.clone()
    };
    let by_renewal = SubscriptionQuery {
        renews_from: Some(noon()),
        renews_before: Some(noon()),
        ..filtered.clone()
    };
    for query in [of_customer, filtered, by_renewal] {
        let place = format!("{NOBODY} 2026-01-10T12:00:00Z");
        for after in [None, Some(place.as_str())] {
            let found = listing::list(&mut tx, partner, &query, after, 10).await.unwrap();
            assert_eq!(found, (vec![], None));
        }
    }
    let of = feed::Of { customer, partner };
    let span = (Position::START, Position::END);
    assert_eq!(feed::after(&mut tx, of, span, 10).await.unwrap(), []);
}

#[rstest]
#[tokio::test]
async fn d_31_every_question_about_alarms_is_understood(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    let mut tx = place.db.begin().await.unwrap();
    for is_parked in [None, Some(true), Some(false)] {
        assert_eq!(timers::set_aside(&mut tx, NOBODY, is_parked, 9).await.unwrap(), []);
    }
    let from = (Timestamp::UNIX_EPOCH, NOBODY);
    assert_eq!(timers::due(&mut tx, from, noon(), 9).await.unwrap(), []);
    assert_eq!(timers::lock(&mut tx, SubscriptionId(NOBODY)).await.unwrap(), None);
    let nothing = Backlog { due: 0, late: 0, parked: 0, invoices: 0 };
    assert_eq!(timers::backlog(&mut tx, noon(), noon()).await.unwrap(), nothing);
    let head = feed::Head { settled: Position::START, has_more: false };
    assert_eq!(feed::head(&mut tx).await.unwrap(), head);
    assert_eq!(feed::before(&mut tx, noon()).await.unwrap(), Position::START);
}
