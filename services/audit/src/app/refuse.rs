//! What the door refuses at the log's own methods is in the log before the answer leaves. Others send
//! theirs by letter.

use std::sync::Arc;

use access::{Again, Attempt, RecordRefusal, Recorded, Seldom};
use vocab::MessageId;

use super::App;
use crate::{
    domain::{Entry, ITSELF, Outcome, Submitted},
    error::Error,
};

/// Appends refused attempts, each once a minute, and no more than a hundred a minute.
///
/// Source: AUD-4, T-147, T-151 in `docs/rules.md`.
#[derive(Debug)]
pub struct Refusals {
    app: Arc<App>,
    seldom: Seldom,
}

impl Refusals {
    /// Appends to the log of `app`.
    pub fn new(app: Arc<App>) -> Self {
        Self { app, seldom: Seldom::default() }
    }
}

impl RecordRefusal for Refusals {
    fn record(&self, attempt: Attempt) -> Recorded {
        let Some(again) = self.seldom.say(&attempt.thing(), self.app.clock.now()) else {
            return Box::pin(async {});
        };
        let (app, refused) = (self.app.clone(), attempt.clone());
        attempt.see_to(async move { app.refuse(refused, again).await })
    }
}

impl App {
    /// Appends that an attempt was refused. The request was not read, so nobody knows what was asked for.
    async fn refuse(&self, attempt: Attempt, again: Again) -> Result<(), Error> {
        let entry = Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: self.clock.now(),
            test_clock_at: None,
            service: ITSELF.to_owned(),
            action: attempt.action().to_owned(),
            actor: attempt.subject,
            partner: attempt.partner,
            customer: attempt.customer,
            resource: String::new(),
            outcome: Outcome::Refused,
            reason: attempt.reason.to_owned(),
            details: again.counts(),
        };
        self.append(vec![Submitted::from(entry)]).await?;
        Ok(())
    }
}
