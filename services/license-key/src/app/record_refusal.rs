//! Puts refused attempts on record (AUD-4): those that a rule refused, and those that the door did.

use std::pin::Pin;
use std::sync::Arc;

use access::{Attempt, RecordRefusal};
use clock::ClockError;

use super::App;
use super::entry::Deed;
use crate::domain::Purchase;
use crate::error::Error;

impl App {
    /// Records a refused attempt; it survives a crash once this returns.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(super) async fn record_refusal_of(
        &self,
        deed: Deed,
        purchase: Option<&Purchase>,
        reason: &str,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let mut deed = purchase.map(|purchase| deed.clone().on(purchase)).unwrap_or(deed);
        if let Some(clock) = purchase.and_then(|purchase| purchase.test_clock) {
            deed.test_clock_at = match self.clocks.now(&mut tx, Some(clock)).await {
                Ok(now) => Some(now),
                // Its first reading is still on its way.
                Err(ClockError::Unknown(_)) => None,
                Err(ClockError::Db(error)) => return Err(error.into()),
            };
        }
        let entry = self.entry(deed, Some(reason));
        self.write(&mut tx, &entry).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(())
    }
}

/// Records what the door refused: callers without the role, or without a token that is believed.
#[derive(Debug, Clone)]
pub struct Refusals {
    app: Arc<App>,
}

impl Refusals {
    /// A recorder that writes through `app`.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

impl RecordRefusal for Refusals {
    fn record(&self, attempt: Attempt) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let app = self.app.clone();
        // A task of its own: a caller who hangs up is recorded all the same.
        let recorded = tokio::spawn(async move {
            let Attempt { path, subject, partner, customer, reason } = attempt;
            // The request was not read, so nobody knows whose key was asked for.
            let deed = Deed {
                actor: subject,
                partner,
                customer,
                action: action(&path),
                ..Deed::default()
            };
            if let Err(error) = app.record_refusal_of(deed, None, reason).await {
                tracing::error!(error = %error, path, "a refused attempt could not be recorded");
            }
        });
        Box::pin(async move {
            if let Err(error) = recorded.await {
                tracing::error!(error = %error, "the recording of a refused attempt broke off");
            }
        })
    }
}

/// Returns the method's name: `RevealProductKey`.
fn action(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
