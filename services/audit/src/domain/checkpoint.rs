//! A signed statement of what the log was at an instant: whoever keeps one can prove later that
//! nothing before it was changed. Where the key comes from is not here, nor which keys count
//! (`keyring`).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::{Frontier, Hash, VerifyingKey};

/// A tree head, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Which key signed it.
    pub key_id: String,
    /// The Ed25519 signature over its text.
    pub signature: Vec<u8>,
}

/// A key that cannot sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// It is something else.
    #[error("the signing key is not an Ed25519 private key in PEM (PKCS #8)")]
    NotAKey,
    /// The library failed.
    #[error("the checkpoint could not be signed")]
    Unsigned,
}

/// Signs checkpoints for one log.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: VerifyingKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pair: _, key } = self;
        f.debug_struct("Signer").field("key", key).finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads an Ed25519 private key in PEM; `origin` names the log, on one line.
    ///
    /// # Errors
    ///
    /// [`SignerError::NotAKey`].
    pub fn from_pem(pem: &str, origin: &str) -> Result<Self, SignerError> {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body.trim()).map_err(|_| SignerError::NotAKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| SignerError::NotAKey)?;
        let public_key = pair.public_key().as_ref();
        let key = VerifyingKey::new(origin, public_key).ok_or(SignerError::NotAKey)?;
        Ok(Self { pair, key })
    }

    /// Returns the public half of the key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Signs what the log is at `now`.
    ///
    /// # Errors
    ///
    /// [`SignerError::Unsigned`].
    pub fn sign(&self, tree: &Frontier, now: Timestamp) -> Result<Checkpoint, SignerError> {
        let (size, root, key_id) = (tree.size(), tree.root(), self.key.key_id().to_owned());
        let unsigned = Checkpoint { size, root, signed_at: now, key_id, signature: vec![] };
        let signature = self.pair.try_sign(unsigned.text(self.key.origin()).as_bytes());
        let signature = signature.map_err(|_| SignerError::Unsigned)?.as_ref().to_vec();
        Ok(Checkpoint { signature, ..unsigned })
    }
}

impl Checkpoint {
    /// Returns the text that is signed, a C2SP `tlog-checkpoint`: origin, size and root in base64, each
    /// on its line, and as an extension the instant of the signature.
    ///
    /// Source: <https://c2sp.org/tlog-checkpoint>.
    pub fn text(&self, origin: &str) -> String {
        let Self { size, root, signed_at, key_id: _, signature: _ } = self;
        format!("{origin}\n{size}\n{}\nsigned {signed_at}\n", STANDARD.encode(root.0))
    }
}

#[cfg(test)]
mod tests;
