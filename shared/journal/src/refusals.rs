//! Puts what the door refused on record, in the outbox of the service whose method it was.

use std::collections::BTreeMap;
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
    fn entry(&self, attempt: Attempt, now: Timestamp, again: Again) -> Entry {
        let Attempt { path, subject, partner, customer, reason } = attempt;
        Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: now,
            test_clock_at: None,
            service: self.service.to_owned(),
            actor: subject,
            partner,
            customer,
            action: path.rsplit('/').next().unwrap_or_default().to_owned(),
            resource: String::new(),
            outcome: Outcome::Refused,
            reason: reason.to_owned(),
            details: left_out(again),
        }
    }
}

impl RecordRefusal for Refusals {
    fn record(&self, attempt: Attempt) -> Recorded {
        let now = self.clock.now();
        let Attempt { path, subject, partner, customer, reason } = &attempt;
        let thing = format!("{path} {subject} {partner:?} {customer:?} {reason}");
        let Some(again) = self.seldom.say(&thing, now) else { return Box::pin(async {}) };
        let (own, entry) = (self.clone(), self.entry(attempt, now, again));
        // A task of its own: a caller who hangs up is recorded all the same.
        let recorded = tokio::spawn(async move {
            if let Err(error) = own.write(&entry).await {
                let action = entry.action;
                tracing::error!(error = %error, action, "a refused attempt could not be recorded");
            }
        });
        Box::pin(async move {
            if let Err(error) = recorded.await {
                tracing::error!(error = %error, "the recording of a refused attempt broke off");
            }
        })
    }
}

/// Returns what an entry says of those that were left out before it; nothing where none was.
pub fn left_out(again: Again) -> BTreeMap<String, String> {
    let Again { same, others } = again;
    let counts = [("same_left_out", same), ("others_left_out", others)];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(name, count)| (name.to_owned(), count.to_string())).collect()
}
