//! Whose signatures count: that of the key that signs, and those of the keys that did so before. Where
//! they come from is not here.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

use super::{Checkpoint, Hash, Signer};

/// Bytes of an Ed25519 public key.
const KEY_BYTES: usize = 32;

/// A public key of this log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    origin: String,
    key_id: String,
    public_key: Vec<u8>,
}

impl VerifyingKey {
    /// Returns the key with these 32 bytes, of the log that `origin` names; `None` if it has others.
    pub fn new(origin: &str, public_key: &[u8]) -> Option<Self> {
        let is_key = public_key.len() == KEY_BYTES;
        is_key.then(|| Self {
            origin: origin.to_owned(),
            key_id: key_id(origin, public_key),
            public_key: public_key.to_vec(),
        })
    }

    /// Returns the name of the log, which is part of all that is signed.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the name of the key: 8 hexadecimal digits, as C2SP's signed notes make them.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns the 32 bytes of the key.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Whether this key has signed the checkpoint for this log.
    pub fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.public_key);
        let text = checkpoint.text(&self.origin);
        checkpoint.key_id == self.key_id
            && key.verify(text.as_bytes(), &checkpoint.signature).is_ok()
    }
}

/// The key that signs, and those that signed before it.
#[derive(Debug)]
pub struct Keyring {
    /// Signs.
    pub signer: Signer,
    /// Signed before.
    pub retired: Vec<VerifyingKey>,
}

impl Keyring {
    /// Whether one of the keys has signed the checkpoint for this log.
    pub fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        self.keys().any(|key| key.has_signed(checkpoint))
    }

    /// Returns all keys, the one that signs first.
    pub fn keys(&self) -> impl Iterator<Item = &VerifyingKey> {
        std::iter::once(self.signer.key()).chain(&self.retired)
    }

    /// Returns the key of that name; of an unknown name, the one that signs.
    pub fn key_of(&self, key_id: &str) -> &VerifyingKey {
        self.keys().find(|key| key.key_id() == key_id).unwrap_or(self.signer.key())
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
