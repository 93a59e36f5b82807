//! Attempts that the door refused, and how they get on record.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;

use vocab::{CustomerId, PartnerId};

/// An attempt that was refused at a method whose attempts are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The method: `/tenure.licensekey.v1.SoftwareService/RevealProductKey`.
    pub path: String,
    /// Who tried; `unknown` where the token is not believed.
    pub subject: String,
    /// The partner for whom they tried.
    pub partner: Option<PartnerId>,
    /// The customer for whom they tried.
    pub customer: Option<CustomerId>,
    /// Why it was refused: `ROLE_REQUIRED` or `UNAUTHENTICATED`.
    pub reason: &'static str,
}

impl Attempt {
    /// Returns the method's name: `RevealProductKey`.
    pub fn action(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns what two attempts have in common that are the same (T-147).
    pub fn thing(&self) -> String {
        let Self { path, subject, partner, customer, reason } = self;
        format!("{path} {subject} {partner:?} {customer:?} {reason}")
    }

    /// Writes the attempt down with `written`, also if the caller hangs up meanwhile. What cannot be
    /// written is in the log of the process.
    pub fn see_to<E: Display>(
        &self,
        written: impl Future<Output = Result<(), E>> + Send + 'static,
    ) -> Recorded {
        let action = self.action().to_owned();
        let recorded = tokio::spawn(async move {
            if let Err(error) = written.await {
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

/// Where refused attempts are recorded: all of them for methods whose trace is `LOGGED_FIRST`, and those
/// of callers who are known where it is `LOGGED`, or where services call each other.
///
/// Source: AUD-4, T-147 in `docs/rules.md`.
pub trait RecordRefusal: Debug + Send + Sync {
    /// Records the attempt; the caller gets no answer before that is done.
    ///
    /// The future is dropped when the caller hangs up: what must happen even then belongs into a
    /// task of its own ([`Attempt::see_to`]).
    fn record(&self, attempt: Attempt) -> Recorded;
}

/// The end of a recording.
pub type Recorded = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Marks the answer to a call that got no further than the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnedAway;
