//! The keys of an issuer that publishes them as a set (RFC 7517): kept, and fetched again when they may
//! have changed. How a set is fetched is `boot`'s.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;

use crate::key::PublicKey;

/// Whoever waits for a set waits no longer than this.
const FETCH_MAX: Duration = Duration::from_secs(5);

/// Where a set of keys comes from.
pub trait FetchKeys: Debug + Send + Sync {
    /// Returns the set as it is now, as JSON.
    fn fetch(&self) -> Fetching;
}

/// The end of a fetch.
pub type Fetching = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// A set of keys, as it was when it was fetched last.
///
/// Source: T-146 in `docs/rules.md`.
#[derive(Debug)]
pub struct KeySet {
    source: Arc<dyn FetchKeys>,
    rest: SignedDuration,
    max_age: SignedDuration,
    keys: RwLock<Arc<Vec<PublicKey>>>,
    /// From when on it is too old, in milliseconds since 1970.
    stale_at: AtomicI64,
    /// When it was fetched, or tried to be.
    tried: tokio::sync::Mutex<Option<Timestamp>>,
}

/// The members of a set that are not understood are passed over (RFC 7517, 5).
#[derive(Deserialize)]
struct Members {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// A set that is empty until it is fetched.
    ///
    /// It is fetched again after `max_age`, and at once when a token names a key that it does not have,
    /// but never twice within `rest`.
    pub fn new(source: Arc<dyn FetchKeys>, rest: SignedDuration, max_age: SignedDuration) -> Self {
        Self {
            source,
            rest,
            max_age,
            keys: RwLock::default(),
            stale_at: AtomicI64::new(i64::MIN),
            tried: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the keys as they were fetched last.
    pub(crate) fn keys(&self) -> Arc<Vec<PublicKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a token may be signed by a key that was published since: it names one that is not here.
    pub(crate) fn lacks(&self, kid: Option<&str>) -> bool {
        let Some(kid) = kid.filter(|kid| !kid.is_empty()) else { return self.keys().is_empty() };
        !self.keys().iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Whether the set is too old; true for one of all who ask, and again after `rest`.
    pub(crate) fn claims_stale(&self, now: Timestamp) -> bool {
        let at = self.stale_at.load(Ordering::Relaxed);
        let next = now.as_millisecond().saturating_add(millis(self.rest));
        let relaxed = Ordering::Relaxed;
        at <= now.as_millisecond()
            && self.stale_at.compare_exchange(at, next, relaxed, relaxed).is_ok()
    }

    /// Fetches the set, unless that was tried within `rest`. What cannot be fetched or read leaves the
    /// keys as they were.
    pub async fn refresh(&self, now: Timestamp) {
        let mut tried = self.tried.lock().await;
        let is_early = |at: Timestamp| now.duration_since(at).abs() < self.rest;
        if tried.is_some_and(is_early) {
            return;
        }
        *tried = Some(now);
        if let Err(error) = self.load(now).await {
            tracing::warn!(error = format!("{error:#}"), "the issuer's keys could not be fetched");
        }
    }

    /// Fetches the set.
    ///
    /// # Errors
    ///
    /// A source that does not answer in time, and as [`take`](Self::take).
    pub async fn load(&self, now: Timestamp) -> Result<()> {
        let text = tokio::time::timeout(FETCH_MAX, self.source.fetch()).await;
        self.take(&text.context("nobody answers")??, now)
    }

    /// Takes the keys of a set that was fetched.
    ///
    /// # Errors
    ///
    /// A text that is no set, or has no key that could verify a token; the keys stay as they were.
    pub fn take(&self, text: &str, now: Timestamp) -> Result<()> {
        let keys = read(text)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        let stale_at = now.as_millisecond().saturating_add(millis(self.max_age));
        self.stale_at.store(stale_at, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns the keys of a set that can verify tokens.
fn read(text: &str) -> Result<Vec<PublicKey>> {
    let set: Members = serde_json::from_str(text).context("it is no JSON Web Key Set")?;
    let understood = set.keys.into_iter().filter_map(|one| Jwk::deserialize(one).ok());
    let keys: Vec<_> = understood.filter_map(|jwk| PublicKey::of_jwk(&jwk)).collect();
    ensure!(!keys.is_empty(), "it has no Ed25519, P-256 or RSA key for signatures");
    Ok(keys)
}

fn millis(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
