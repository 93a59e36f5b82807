//! What holds whenever a house is left.

use std::sync::atomic::Ordering;

use db::{Json, sql};
use jiff::Timestamp;

use super::House;
use crate::domain::{ClockReading, OrderOutcome, PurchaseState, Subscription};
use crate::peers::kind;

/// How often the worker comes by for an alarm before it counts as unanswered.
const ROUNDS_MAX: usize = 500;

impl House {
    /// No alarm is overdue once the worker has come by, every alarm is the one that the state asks
    /// for, seats and invoices add up, and nothing waits in the outbox that its taker could not
    /// read.
    pub(super) async fn check(&self) {
        // A call that was refused lets go of its rows a moment later: the worker comes again.
        for _ in 0..ROUNDS_MAX {
            self.ring(None).await;
            if !self.is_overdue().await {
                break;
            }
        }
        assert!(!self.is_overdue().await, "an alarm is overdue and unanswered");
        self.check_rows().await;
        self.check_invoices().await;
        self.check_letters().await;
    }

    async fn is_overdue(&self) -> bool {
        self.next_alarm(None).await.is_some_and(|next| next <= self.now())
    }

    /// Every alarm is the one that the state asks for, and every seat is in a batch.
    pub async fn check_rows(&self) {
        let mut tx = self.tx().await;
        let rows = sql!("SELECT subscription_id, body, alarm_at, attempts FROM subscriptions");
        for row in rows.fetch_all(&mut tx).await.unwrap() {
            let Json(body) = row.get(1).unwrap();
            let Ok(sub) = serde_json::from_str::<Subscription>(&body) else {
                assert!(self.has_broken_rows.load(Ordering::Relaxed), "{body}");
                continue;
            };
            assert_eq!(row.get::<i64>(3).unwrap(), 0, "unanswered: {sub:?}");
            assert_eq!(row.get::<Option<Timestamp>>(2).unwrap(), sub.alarm(), "{sub:?}");
            let seats: i64 = sub.batches.iter().map(|batch| batch.quantity).sum();
            assert!(!sub.is_live() || seats == sub.quantity, "{sub:?}");
        }
    }

    async fn check_invoices(&self) {
        for invoice in self.invoices().await {
            let lines = self.lines_on(&invoice).await;
            let of = |is_included: bool| -> i64 {
                let lines = lines.iter().filter(|line| line.charge.tax_included == is_included);
                lines.map(|line| line.charge.amount.minor).sum()
            };
            assert_eq!(invoice.excluded.minor, of(false), "{invoice:?}");
            assert_eq!(invoice.included.minor, of(true), "{invoice:?}");
            assert_eq!(usize::try_from(invoice.line_count).unwrap(), lines.len(), "{invoice:?}");
        }
    }

    async fn check_letters(&self) {
        let mut tx = self.tx().await;
        let rows = sql!("SELECT destination, kind, body FROM outbox").fetch_all(&mut tx).await;
        for row in rows.unwrap() {
            let (to, about): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let body: String = row.get(2).unwrap();
            let is_read = match (to.as_str(), about.as_str()) {
                ("order", kind::FULFILMENT) => reads::<OrderOutcome>(&body),
                ("license-key", kind::PURCHASE) => reads::<PurchaseState>(&body),
                ("order" | "license-key", kind::CLOCK) => reads::<ClockReading>(&body),
                ("audit", journal::KIND) => reads::<journal::Entry>(&body),
                _ => false,
            };
            assert!(is_read, "{to} cannot take {about}: {body}");
        }
        // No change is without its entry in the log, and no entry without its change, but for what
        // operators do to alarms, and for transfers, which are of no subscription.
        let unlogged = sql!(
            "SELECT count(*) FROM changes c FULL OUTER JOIN
                (SELECT message_id FROM outbox WHERE destination = 'audit'
                    AND body NOT LIKE '%RETRY_TIMER%'
                    AND body NOT LIKE '%\"resource\":\"transfers/%') e
                ON e.message_id = c.change_id
             WHERE e.message_id IS NULL OR c.change_id IS NULL"
        );
        let count: i64 = unlogged.fetch_one(&mut tx).await.unwrap().get(0).unwrap();
        assert_eq!(count, 0, "changes without an entry, or entries without a change");
    }
}

fn reads<T: serde::de::DeserializeOwned>(body: &str) -> bool {
    serde_json::from_str::<T>(body).is_ok()
}
