//! A signed statement of what the log was at an instant: whoever keeps one can prove later that
//! nothing before it was changed. Where the key comes from is not here.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::{Frontier, Hash};

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
    origin: String,
    key_id: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pair: _, origin, key_id } = self;
        f.debug_struct("Signer")
            .field("origin", origin)
            .field("key_id", key_id)
            .finish_non_exhaustive()
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
        let key_id = key_id(origin, pair.public_key().as_ref());
        Ok(Self { pair, origin: origin.to_owned(), key_id })
    }

    /// Returns the name of the key: 8 hexadecimal digits, as C2SP's signed notes make them.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns the public half of the key, its 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Signs what the log is at `now`.
    ///
    /// # Errors
    ///
    /// [`SignerError::Unsigned`].
    pub fn sign(&self, tree: &Frontier, now: Timestamp) -> Result<Checkpoint, SignerError> {
        let (size, root, key_id) = (tree.size(), tree.root(), self.key_id.clone());
        let unsigned = Checkpoint { size, root, signed_at: now, key_id, signature: vec![] };
        let signature = self.pair.try_sign(self.text(&unsigned).as_bytes());
        let signature = signature.map_err(|_| SignerError::Unsigned)?.as_ref().to_vec();
        Ok(Checkpoint { signature, ..unsigned })
    }

    /// Whether this key has signed the checkpoint for this log.
    pub fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.public_key());
        let text = self.text(checkpoint);
        key.verify(text.as_bytes(), &checkpoint.signature).is_ok()
    }

    /// Returns the text that is signed, a C2SP `tlog-checkpoint`: origin, size and root in base64, each
    /// on its line, and as an extension the instant of the signature.
    ///
    /// Source: <https://c2sp.org/tlog-checkpoint>.
    pub fn text(&self, checkpoint: &Checkpoint) -> String {
        let Checkpoint { size, root, signed_at, key_id: _, signature: _ } = checkpoint;
        format!("{}\n{size}\n{}\nsigned {signed_at}\n", self.origin, STANDARD.encode(root.0))
    }
}

/// The first four bytes of a hash over name and key; 1 says that it is an Ed25519 key.
///
/// Source: <https://c2sp.org/signed-note>.
fn key_id(origin: &str, public_key: &[u8]) -> String {
    let hash = Hash::of(&[origin.as_bytes(), b"\n", &[1], public_key]);
    format!("{hash:x}").chars().take(8).collect()
}

#[cfg(test)]
mod tests;
