//! Signed heads, and the keys that vouch for them. The text that is signed is that of
//! `docs/audit-log.md`: a C2SP `tlog-checkpoint`.

use anyhow::{Context, Result, ensure};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// What stands before the 32 bytes of an Ed25519 public key in a PEM file (RFC 8410).
const PEM_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// An Ed25519 public key that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// Returns the key of its 32 bytes.
    ///
    /// # Errors
    ///
    /// Another number of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.len() == 32, "an Ed25519 public key has 32 bytes, not {}", bytes.len());
        Ok(Self(bytes.to_vec()))
    }

    /// Reads base64 of 32 bytes, or a public key in PEM.
    ///
    /// # Errors
    ///
    /// A text that is neither.
    pub fn of_text(text: &str) -> Result<Self> {
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let bytes = STANDARD.decode(body.trim()).context("the key is neither base64 nor PEM")?;
        Self::of_bytes(bytes.strip_prefix(&PEM_PREFIX).unwrap_or(&bytes))
    }

    /// Returns the public half of a private key in PEM (PKCS #8).
    ///
    /// # Errors
    ///
    /// A text that is none.
    pub fn of_private_pem(pem: &str) -> Result<Self> {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body.trim()).context("the stored key is no PEM")?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).ok().context("the stored key is no key")?;
        Self::of_bytes(pair.public_key().as_ref())
    }
}

/// A signed head: the text, and the signature over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Origin, size, root in base64 and instant of the signature, each on its line.
    pub text: String,
    /// The Ed25519 signature, in base64.
    pub signature: String,
}

impl Head {
    /// Puts together what a database keeps in parts; `signed_at` in microseconds since 1970.
    pub fn of_parts(
        origin: &str,
        size: i64,
        root: &[u8],
        signed_at: i64,
        signature: &[u8],
    ) -> Self {
        let signed_at = Timestamp::from_microsecond(signed_at).unwrap_or(Timestamp::UNIX_EPOCH);
        let root = STANDARD.encode(root);
        let text = format!("{origin}\n{size}\n{root}\nsigned {signed_at}\n");
        Self { text, signature: STANDARD.encode(signature) }
    }

    /// Whether one of the keys has signed it.
    pub fn is_signed_by(&self, keys: &[Key]) -> bool {
        let Ok(signature) = STANDARD.decode(&self.signature) else { return false };
        keys.iter().any(|key| {
            let key = UnparsedPublicKey::new(&ED25519, &key.0);
            key.verify(self.text.as_bytes(), &signature).is_ok()
        })
    }

    /// Returns for how many entries it was signed; `None` if it does not say.
    pub fn size(&self) -> Option<i64> {
        self.text.lines().nth(1)?.parse().ok()
    }

    /// Returns the root that was signed; `None` if there is none.
    pub fn root(&self) -> Option<Hash> {
        STANDARD.decode(self.text.lines().nth(2)?).ok()?.try_into().ok()
    }

    /// Returns when it was signed, as the text has it.
    pub fn signed_at(&self) -> &str {
        let line = self.text.lines().nth(3).unwrap_or_default();
        line.strip_prefix("signed ").unwrap_or(line)
    }
}
