//! Makes tokens: for our own calls, for `tenure token`, and in tests. An issuer of a company's
//! own people is somebody else's program.

use std::fmt;

use anyhow::{Context, Result};
use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

use crate::AccessError;
use crate::claims::{Audience, Claims, Payload};

/// Signs tokens with an Ed25519 key.
#[derive(Debug)]
pub struct Signer {
    key: EncodingKey,
    header: Header,
    issuer: String,
    audience: String,
}

impl Signer {
    /// Reads a private key in PEM (PKCS #8), whose public half goes by the name of `kid`.
    ///
    /// # Errors
    ///
    /// If it is no such key.
    pub fn from_pem(private_key: &str, issuer: &str, audience: &str, kid: &str) -> Result<Self> {
        let key = EncodingKey::from_ed_pem(private_key.as_bytes())
            .context("the signing key is not an Ed25519 private key in PEM (PKCS #8)")?;
        Ed25519KeyPair::from_pkcs8(key.as_bytes())
            .map_err(|why| anyhow::anyhow!("the signing key is not valid: {why}"))?;
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
        Ok(Self { key, header, issuer: issuer.to_owned(), audience: audience.to_owned() })
    }

    /// Returns a token that says `claims` from the second of `now` for `lifetime`.
    ///
    /// # Errors
    ///
    /// [`AccessError::Unsigned`] if the end of that lifetime is past the year 9999, or the library
    /// cannot sign.
    pub fn sign(
        &self,
        claims: &Claims,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<String, AccessError> {
        let unsigned = |why: String| AccessError::Unsigned { why };
        let end = now.checked_add(lifetime).map_err(|error| unsigned(error.to_string()))?;
        let payload = Payload {
            sub: claims.subject.clone(),
            iss: self.issuer.clone(),
            aud: Audience::One(self.audience.clone()),
            iat: Some(now.as_second()),
            nbf: Some(now.as_second()),
            exp: end.as_second(),
            roles: Payload::names_of(&claims.roles),
            partner: claims.partner,
            customer: claims.customer,
        };
        encode(&self.header, &payload, &self.key).map_err(|error| unsigned(error.to_string()))
    }
}

/// A new pair of Ed25519 keys, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// For the [`Signer`]; never printed.
    pub private_pem: String,
    /// For [`AuthConfig::public_keys`](crate::AuthConfig::public_keys).
    pub public_pem: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { private_pem: _, public_pem } = self;
        f.debug_struct("KeyPair").field("public_pem", public_pem).finish_non_exhaustive()
    }
}

/// Makes a new pair of keys.
///
/// # Errors
///
/// If the machine gives no randomness.
pub fn generate_key_pair() -> Result<KeyPair> {
    let private = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("no key could be made"))?;
    let public = Ed25519KeyPair::from_pkcs8(private.as_ref())
        .ok()
        .and_then(|pair| pair.public_key().as_der().ok())
        .context("the new key cannot be written down")?;
    Ok(KeyPair {
        private_pem: pem("PRIVATE KEY", private.as_ref()),
        public_pem: pem("PUBLIC KEY", public.as_ref()),
    })
}

/// An Ed25519 key fits in the 64 characters of one line.
fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
