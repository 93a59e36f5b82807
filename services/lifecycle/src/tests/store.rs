//! Every statement of the store, on both engines, on an empty database.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use vocab::{ChangeId, CustomerId, OrderId, PartnerId, SubscriptionId};

use super::given::{CLOCK, CUSTOMER, PARTNER};
use crate::domain::{InvoiceId, InvoiceKey};
use crate::store::subscriptions::{Listing, Unanswered};
use crate::store::{self, changes, charges, customers, invoices, subscriptions};

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
        let due = subscriptions::lock_due(&mut tx, clock, noon(), 10).await.unwrap();
        assert!(due.is_empty());
        assert_eq!(subscriptions::next_alarm(&mut tx, clock).await.unwrap(), None);
        assert_eq!(invoices::close_due(&mut tx, clock, noon(), 10).await.unwrap(), 0);
        assert_eq!(invoices::next_close(&mut tx, clock).await.unwrap(), None);
    }
    for retry_at in [None, Some(Timestamp::MAX)] {
        let one = Unanswered { id, error: "x".to_owned(), retry_at, at: noon() };
        subscriptions::set_aside(&mut tx, &[one]).await.unwrap();
    }
    subscriptions::set_alarms(&mut tx, &[]).await.unwrap();
    store::save(&mut tx, &[]).await.unwrap();

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

/// Each scope of a list with each of its filters.
#[rstest]
#[tokio::test]
async fn trm_7_every_list_is_understood(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(None, Some(CUSTOMER))] customer: Option<CustomerId>,
    #[values(None, Some(PARTNER))] partner: Option<PartnerId>,
) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    let mut tx = place.db.read().await.unwrap();
    for filter in [None, Some("X".to_owned())] {
        let listing = Listing {
            customer,
            partner,
            status: filter.clone(),
            product: filter.clone(),
            kind: filter,
        };
        for after in [None, Some(NOBODY)] {
            let found = subscriptions::list(&mut tx, &listing, after, 10).await.unwrap();
            assert_eq!(found, []);
        }
    }
}
