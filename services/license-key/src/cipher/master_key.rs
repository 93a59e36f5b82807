//! The master key: 32 bytes that open everything, and are never stored in the database.

use std::fmt;

use aws_lc_rs::aead::LessSafeKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::key_keeper::{Doing, KeyKeeper, Unwrapped};
use super::{CipherError, aead};

/// What the master key becomes before it wraps data keys, and before it is named.
const WRAP_USE: &str = "tenure license-key: data keys";
const NAME_USE: &str = "tenure license-key: name of the master key";

/// Enough of a hash to tell master keys apart.
const ID_BYTES: usize = 8;

/// The master key.
pub struct MasterKey {
    id: String,
    key: LessSafeKey,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl MasterKey {
    /// Reads a key: 32 bytes as base64. `None` for anything else.
    ///
    /// # Errors
    ///
    /// [`CipherError::Library`] if the library refuses the key.
    pub fn read(text: &str) -> Result<Option<Self>, CipherError> {
        let Ok(secret) = STANDARD.decode(text.trim()).map(Zeroizing::new) else { return Ok(None) };
        if secret.len() != aead::SECRET_BYTES {
            return Ok(None);
        }
        let name = aead::derive(&secret, NAME_USE)?;
        let id =
            name.iter().take(ID_BYTES).fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Ok(Some(Self { id, key: aead::key(aead::derive(&secret, WRAP_USE)?)? }))
    }

    /// Returns the text of a new key.
    ///
    /// # Errors
    ///
    /// [`CipherError::Library`] if there is no randomness.
    pub fn generate() -> Result<Zeroizing<String>, CipherError> {
        Ok(Zeroizing::new(STANDARD.encode(aead::random()?.as_slice())))
    }
}

impl KeyKeeper for MasterKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn wrap<'a>(&'a self, secret: &'a [u8], bound_to: &'a [u8]) -> Doing<'a, Vec<u8>> {
        Box::pin(async { aead::seal(&self.key, secret, bound_to) })
    }

    fn unwrap<'a>(&'a self, wrapped: &'a [u8], bound_to: &'a [u8]) -> Doing<'a, Option<Unwrapped>> {
        Box::pin(async { Ok(aead::open(&self.key, wrapped, bound_to)) })
    }
}
