//! Product keys at rest: what is stored of a key, and the only way back to its text.
//!
//! Keys are encrypted by data keys (AES-256-GCM), data keys by the master key, which is never stored
//! here. A ciphertext is bound to its row, so that swapped rows are found out. Duplicates are found by
//! a keyed hash: without the index key nobody can try out keys against it. Who may see a key is not
//! here.

mod aead;
mod data_key;
mod error;
mod master_key;
mod master_key_source;

use std::collections::BTreeMap;

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::hmac;
use vocab::KeyId;
use zeroize::Zeroizing;

pub use data_key::{DataKeyId, Purpose, WrappedKey};
pub use error::CipherError;
pub use master_key::MasterKey;
pub use master_key_source::MasterKeySource;

use crate::domain::{ProductKey, SkuName};

/// What data keys become before they encrypt product keys, and before they index them.
const SEAL_USE: &str = "tenure license-key: product keys";
const INDEX_USE: &str = "tenure license-key: index of product keys";

/// What is stored of a product key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The key's row.
    pub id: KeyId,
    /// Whose pool it is in.
    pub sku: SkuName,
    /// Which data key opens it.
    pub data_key: DataKeyId,
    /// Its text, as [`Cipher`] writes it.
    pub ciphertext: Vec<u8>,
}

/// A key on its way into a pool.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What is stored of it.
    pub sealed: SealedKey,
    /// The same for the same key, whatever its row.
    pub fingerprint: Vec<u8>,
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("sealed", &self.sealed).finish_non_exhaustive()
    }
}

/// Encrypts, indexes and decrypts product keys.
pub struct Cipher {
    seals: BTreeMap<DataKeyId, LessSafeKey>,
    /// The one among `seals` that encrypts what comes in; the others only decrypt.
    newest: DataKeyId,
    index: hmac::Key,
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("newest", &self.newest).finish_non_exhaustive()
    }
}

impl Cipher {
    /// Unwraps the data keys, the oldest first.
    ///
    /// # Errors
    ///
    /// [`CipherError::WrongMasterKey`] if another master key wrapped them, [`CipherError::Damaged`] if
    /// somebody changed them, [`CipherError::NoDataKey`] if one is missing.
    pub fn open(master: &MasterKey, data_keys: &[WrappedKey]) -> Result<Self, CipherError> {
        let mut seals = BTreeMap::new();
        let (mut newest, mut index) = (None, None);
        for data_key in data_keys {
            let secret = data_key.unwrap(master)?;
            match data_key.purpose {
                Purpose::Seal => {
                    seals.insert(data_key.id, aead::key(aead::derive(&secret, SEAL_USE)?)?);
                    newest = Some(data_key.id);
                }
                Purpose::Index => {
                    let derived = aead::derive(&secret, INDEX_USE)?;
                    index = Some(hmac::Key::new(hmac::HMAC_SHA256, derived.as_slice()));
                }
            }
        }
        let missing = |purpose| move || CipherError::NoDataKey { purpose };
        Ok(Self {
            seals,
            newest: newest.ok_or_else(missing(Purpose::Seal))?,
            index: index.ok_or_else(missing(Purpose::Index))?,
        })
    }

    /// Returns what is to be stored of a key.
    ///
    /// # Errors
    ///
    /// [`CipherError::Library`] if there is no randomness.
    pub fn seal(&self, id: KeyId, sku: SkuName, key: &ProductKey) -> Result<NewKey, CipherError> {
        let data_key = self.newest;
        let ciphertext =
            aead::seal(self.data_key(data_key)?, key.expose().as_bytes(), &row(id, &sku))?;
        let fingerprint = hmac::sign(&self.index, key.expose().as_bytes()).as_ref().to_vec();
        Ok(NewKey { sealed: SealedKey { id, sku, data_key, ciphertext }, fingerprint })
    }

    /// Returns the key in clear: the only function that does. Its one caller has put the read on
    /// record before (KEY-5, AUD-4).
    ///
    /// # Errors
    ///
    /// [`CipherError::Damaged`] if the row is not as it was written.
    pub fn reveal(&self, sealed: &SealedKey) -> Result<ProductKey, CipherError> {
        let damaged = || CipherError::Damaged { what: format!("the product key {}", sealed.id) };
        let bound_to = row(sealed.id, &sealed.sku);
        let bytes = aead::open(self.data_key(sealed.data_key)?, &sealed.ciphertext, &bound_to)
            .ok_or_else(damaged)?;
        let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
        text.push_str(std::str::from_utf8(&bytes).map_err(|_| damaged())?);
        Ok(ProductKey::of(text))
    }

    fn data_key(&self, id: DataKeyId) -> Result<&LessSafeKey, CipherError> {
        self.seals.get(&id).ok_or(CipherError::UnknownDataKey { id })
    }
}

/// Returns what binds a ciphertext to its row; every part but the last has a fixed length or an end.
fn row(id: KeyId, sku: &SkuName) -> Vec<u8> {
    let mut bound_to = b"tenure product key\0".to_vec();
    bound_to.extend_from_slice(id.0.as_bytes());
    bound_to.extend_from_slice(sku.product.as_str().as_bytes());
    bound_to.push(0);
    bound_to.extend_from_slice(sku.sku.as_str().as_bytes());
    bound_to
}

#[cfg(test)]
mod tests;
