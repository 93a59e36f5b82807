//! Tokens become claims, or are refused. Time is an argument.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{decode, decode_header, errors::ErrorKind};
use serde::Deserialize;

use crate::claims::{Claims, Payload};
use crate::jwks::{FetchKeys, KeySet};
use crate::key::{ALGORITHMS, PublicKey};
use crate::refusal::Refusal;

/// More than clocks of servers differ by would only lengthen the life of a stolen token.
const LEEWAY_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What fits in a column and in a log line.
const SUBJECT_MAX: usize = 255;

/// Whose tokens are believed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The `iss` that tokens must have.
    pub issuer: String,
    /// The `aud` that tokens must have, alone or among others.
    pub audience: String,
    /// Public keys of the issuer (Ed25519, P-256, or RSA from 2048 bits), each as PEM text or as the
    /// path of a PEM file. Several let a new key be announced before the old one is retired.
    pub public_keys: Vec<String>,
    /// A JSON Web Key Set of the issuer, whose keys are believed besides: the path of a file, or a URL
    /// that begins with `https://` (TLS 1.3) or `http://`. Empty: none.
    pub jwks: String,
    /// The path of the certificates (PEM) of those who vouch for the server of an `https://` URL. Empty:
    /// the system's list.
    pub jwks_authorities: String,
    /// How soon the set is fetched again at the earliest, when a token names a key that it does not
    /// have, or when it could not be fetched: 1 second to 1 hour.
    pub jwks_rest: SignedDuration,
    /// After how long the set is fetched again in any case, so that a key which was taken out of it is
    /// believed no more: `jwks_rest` to 1 day.
    pub jwks_max_age: SignedDuration,
    /// How far the issuer's clock may be from ours: 0 to 5 minutes.
    pub leeway: SignedDuration,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            issuer: "https://tenure.dev/local".to_owned(),
            audience: "tenure".to_owned(),
            public_keys: vec![],
            jwks: String::new(),
            jwks_authorities: String::new(),
            jwks_rest: SignedDuration::from_secs(30),
            jwks_max_age: SignedDuration::from_mins(5),
            leeway: SignedDuration::from_secs(30),
        }
    }
}

/// Verifies tokens against public keys that were read once, and those of a set that is kept up to date.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: Vec<PublicKey>,
    set: Option<Arc<KeySet>>,
    leeway: SignedDuration,
}

impl Verifier {
    /// Reads the keys.
    ///
    /// # Errors
    ///
    /// If there is no key, one is missing or of no use, or a value is out of bounds: without any of
    /// them no call could be told from a forged one.
    pub fn new(config: &AuthConfig) -> Result<Self> {
        ensure!(config.jwks.is_empty(), "auth.jwks is set, and nobody fetches it");
        Self::with(config, None)
    }

    /// Reads the keys, and believes those that `fetched` finds besides.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), but for that no other key is needed.
    pub fn with(config: &AuthConfig, fetched: Option<Arc<dyn FetchKeys>>) -> Result<Self> {
        let AuthConfig { issuer, audience, public_keys, leeway, .. } = config;
        ensure!(!issuer.is_empty(), "auth.issuer is empty");
        ensure!(!audience.is_empty(), "auth.audience is empty");
        ensure!(
            !public_keys.is_empty() || fetched.is_some(),
            "auth.public_keys is empty: no token could be verified"
        );
        ensure!(
            (SignedDuration::ZERO..=LEEWAY_MAX).contains(leeway),
            "auth.leeway is {leeway:#}, and must be from 0s to {LEEWAY_MAX:#}"
        );
        let set = fetched.map(|source| key_set(config, source)).transpose()?;
        let keys = public_keys.iter().map(|key| PublicKey::read(key)).collect::<Result<_>>();
        Ok(Self {
            issuer: issuer.clone(),
            audience: audience.clone(),
            keys: keys.context("auth.public_keys")?,
            set,
            leeway: *leeway,
        })
    }

    /// Returns what `token` says, if it is to be believed at `now`.
    ///
    /// It is valid from `nbf` (if it has one) until just before `exp`, both widened by the leeway.
    ///
    /// # Errors
    ///
    /// A [`Refusal`]; what a token says is looked at only once its signature was verified.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Refusal> {
        let payload = self.signed(token)?;
        self.check_issue(&payload)?;
        self.check_time(&payload, now)?;
        Ok(payload.into_claims())
    }

    /// Returns the set of keys that is kept up to date, if there is one.
    pub fn key_set(&self) -> Option<&Arc<KeySet>> {
        self.set.as_ref()
    }

    /// Returns the set of keys that has to be fetched before `token` can be judged: the token names a
    /// key that the set does not have (yet).
    pub fn to_fetch(&self, token: &str) -> Option<&Arc<KeySet>> {
        let set = self.set.as_ref()?;
        let header = decode_header(token).ok()?;
        set.lacks(header.kid.as_deref()).then_some(set)
    }

    /// Returns the set of keys if it is time to fetch it again, to one of all who ask.
    pub fn to_renew(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.set.as_ref().filter(|set| set.claims_stale(now)).cloned()
    }

    fn signed(&self, token: &str) -> Result<Payload, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::malformed(BAD_HEADER))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refusal::malformed(BAD_HEADER));
        }
        if header.crit.is_some() {
            return Err(Refusal::malformed("its header demands an extension (crit)"));
        }
        let fetched = self.set.as_ref().map(|set| set.keys()).unwrap_or_default();
        let fits =
            |key: &&PublicKey| key.algorithm == header.alg && key.may_be(header.kid.as_deref());
        for key in self.keys.iter().chain(fetched.iter()).filter(fits) {
            match decode::<Payload>(token, &key.decoding, &key.validation) {
                Ok(token) => return Ok(token.claims),
                Err(error) if *error.kind() == ErrorKind::InvalidSignature => {}
                Err(error) => return Err(Refusal::malformed(unreadable(error.kind()))),
            }
        }
        Err(Refusal::BadSignature)
    }

    fn check_issue(&self, payload: &Payload) -> Result<(), Refusal> {
        if payload.iss != self.issuer {
            let (issuer, expected) = (payload.iss.clone(), self.issuer.clone());
            return Err(Refusal::WrongIssuer { issuer, expected });
        }
        let audience = payload.aud.members();
        if !audience.contains(&self.audience) {
            let (audience, expected) = (audience.join(", "), self.audience.clone());
            return Err(Refusal::WrongAudience { audience, expected });
        }
        if payload.sub.is_empty() || payload.sub.len() > SUBJECT_MAX {
            return Err(Refusal::malformed(format!("sub must have 1 to {SUBJECT_MAX} bytes")));
        }
        // It stands in logs and in columns, of which some take no NUL.
        if payload.sub.contains(char::is_control) {
            return Err(Refusal::malformed("sub has a control character"));
        }
        Ok(())
    }

    fn check_time(&self, payload: &Payload, now: Timestamp) -> Result<(), Refusal> {
        let at = instant("exp", payload.exp)?;
        if now.duration_since(at) >= self.leeway {
            return Err(Refusal::Expired { at });
        }
        let from = payload.nbf.map(|nbf| instant("nbf", nbf)).transpose()?;
        match from {
            Some(from) if from.duration_since(now) > self.leeway => {
                Err(Refusal::NotYetValid { from })
            }
            _ => Ok(()),
        }
    }
}

fn key_set(config: &AuthConfig, source: Arc<dyn FetchKeys>) -> Result<Arc<KeySet>> {
    let AuthConfig { jwks_rest, jwks_max_age, .. } = config;
    ensure!(
        (SignedDuration::from_secs(1)..=SignedDuration::from_hours(1)).contains(jwks_rest),
        "auth.jwks_rest is {jwks_rest:#}, and must be from 1s to 1h"
    );
    ensure!(
        (*jwks_rest..=SignedDuration::from_hours(24)).contains(jwks_max_age),
        "auth.jwks_max_age is {jwks_max_age:#}, and must be from auth.jwks_rest to 24h"
    );
    Ok(Arc::new(KeySet::new(source, *jwks_rest, *jwks_max_age)))
}

const BAD_HEADER: &str = "its header must be JSON and name one of EdDSA, ES256 and RS256 as alg";

fn unreadable(kind: &ErrorKind) -> String {
    if let ErrorKind::Json(error) = kind {
        format!("its claims cannot be read: {error}")
    } else {
        "it is not three parts of base64url, separated by dots".to_owned()
    }
}

fn instant(claim: &str, seconds: i64) -> Result<Timestamp, Refusal> {
    Timestamp::from_second(seconds)
        .map_err(|_| Refusal::malformed(format!("{claim} is out of range: {seconds}")))
}
