//! Puts what the door refused on record, in the outbox of the service whose method it was.

use std::sync::Arc;

use access::{Again, Attempt, RecordRefusal, Recorded, Seldom};
use clock::Clock;
use db::{Db, DbError};
use jiff::Timestamp;
use mailbox::Nudge;
use vocab::{IdGen, MessageId};

use crate::{Entry, Outcome};

/// Records refused attempts, each once a minute, and no more than a hundred a minute: what was left out
/// is told by the next entry.
///
/// Source: AUD-4, T-147 in `docs/rules.md`.
#[derive(Debug, Clone)]
pub struct Refusals {
    service: &'static str,
    db: Db,
    clock: Arc<dyn Clock>,
    ids: IdGen,
    nudge: Nudge,
    seldom: Arc<Seldom>,
}

impl Refusals {
    /// Records into the outbox in `db`, from which entries go to the log by letter.
    pub fn new(
        service: &'static str,
        db: Db,
        clock: Arc<dyn Clock>,
        ids: IdGen,
        nudge: Nudge,
    ) -> Self {
        Self { service, db, clock, ids, nudge, seldom: Arc::default() }
    }

    async fn write(&self, entry: &Entry) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        mailbox::send(&mut tx, &[entry.letter()], entry.occurred_at).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(())
    }

    /// The request was not read, so nobody knows what was asked for.
    fn entry(&self, attempt: &Attempt, now: Timestamp, again: Again) -> Entry {
        Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: now,
            test_clock_at: None,
            service: self.service.to_owned(),
            actor: attempt.subject.clone(),
            partner: attempt.partner,
            customer: attempt.customer,
            action: attempt.action().to_owned(),
            resource: String::new(),
            outcome: Outcome::Refused,
            reason: attempt.reason.to_owned(),
            details: again.counts(),
        }
    }
}

impl RecordRefusal for Refusals {
    fn record(&self, attempt: Attempt) -> Recorded {
        let now = self.clock.now();
        let Some(again) = self.seldom.say(&attempt.thing(), now) else {
            return Box::pin(async {});
        };
        let (own, entry) = (self.clone(), self.entry(&attempt, now, again));
        attempt.see_to(async move { own.write(&entry).await })
    }
}
