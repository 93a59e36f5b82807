//! The token that a service shows when it calls another one.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tonic::metadata::{Ascii, MetadataValue};

use crate::{AccessError, Claims, Signer};

/// Long enough to be made rarely, short enough to be of no use to a thief.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Half of the lifetime is left for the call itself and for clocks that differ.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_secs(150);

/// Makes a service's own tokens, each for five minutes, renewed at half of that.
#[derive(Debug)]
pub struct ServiceToken {
    signer: Arc<Signer>,
    claims: Claims,
    made: Mutex<Option<Made>>,
}

#[derive(Debug)]
struct Made {
    at: Timestamp,
    bearer: MetadataValue<Ascii>,
}

impl ServiceToken {
    /// Returns the tokens of the service of that name.
    pub fn new(signer: Arc<Signer>, service: &str) -> Self {
        Self { signer, claims: Claims::service(service), made: Mutex::default() }
    }

    /// Returns the value of `authorization` for a call at `now`.
    ///
    /// # Errors
    ///
    /// [`AccessError::Unsigned`], as [`Signer::sign`].
    pub fn bearer(&self, now: Timestamp) -> Result<MetadataValue<Ascii>, AccessError> {
        // What is in there is whole, even if another thread died while it held the lock.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Made { at, bearer }) = &*made
            && (SignedDuration::ZERO..RENEWED_AFTER).contains(&now.duration_since(*at))
        {
            return Ok(bearer.clone());
        }
        let bearer = self.sign(now)?;
        *made = Some(Made { at: now, bearer: bearer.clone() });
        Ok(bearer)
    }

    fn sign(&self, now: Timestamp) -> Result<MetadataValue<Ascii>, AccessError> {
        let token = self.signer.sign(&self.claims, now, LIFETIME)?;
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {token}")
            .parse()
            .map_err(|_| AccessError::Unsigned { why: "the token is not ASCII".to_owned() })?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }
}
