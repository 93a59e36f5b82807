//! Previews: a call can be held to the figures that `validate_only` showed.

use jiff::{SignedDuration, Timestamp};

use crate::error::{Classify, Kind};
use crate::seal::Seal;

/// How long a preview holds: long enough to show it to a person who decides (API, `validate_only`).
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// What would happen is not what the preview showed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what would happen now is not what the preview showed; preview again and decide anew")]
pub struct PreviewStale;

impl Classify for PreviewStale {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn reason(&self) -> &'static str {
        "PREVIEW_STALE"
    }
}

/// Issues and checks preview tokens.
#[derive(Debug, Clone)]
pub struct Previews(Seal);

impl Previews {
    /// Previews under a seal.
    pub const fn new(seal: Seal) -> Self {
        Self(seal)
    }

    /// Returns a token for `figures`: whatever bytes must be the same for the real call, the etag
    /// of the resource among them.
    pub fn issue(&self, method: &str, figures: &[u8], now: Timestamp) -> String {
        let expires_at = now.as_millisecond() + millis(LIFETIME);
        let mut body = expires_at.to_be_bytes().to_vec();
        body.extend_from_slice(figures_hash(figures).as_ref());
        self.0.close(&format!("preview\0{method}"), &body)
    }

    /// Checks that `token` was issued for `method` and these figures, at most 15 minutes ago.
    ///
    /// # Errors
    ///
    /// [`PreviewStale`] in every other case.
    pub fn check(
        &self,
        token: &str,
        method: &str,
        figures: &[u8],
        now: Timestamp,
    ) -> Result<(), PreviewStale> {
        let body = self.0.open(&format!("preview\0{method}"), token).ok_or(PreviewStale)?;
        let (expires_at, hash) = body.split_first_chunk::<8>().ok_or(PreviewStale)?;
        let in_time = now.as_millisecond() <= i64::from_be_bytes(*expires_at);
        if in_time && hash == figures_hash(figures).as_ref() { Ok(()) } else { Err(PreviewStale) }
    }
}

fn figures_hash(figures: &[u8]) -> aws_lc_rs::digest::Digest {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, figures)
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
