//! Product keys at rest: what is stored of a key, and the only way back to its text.
//!
//! Keys are encrypted by data keys (AES-256-GCM), data keys by the master key, which is never stored
//! here. A ciphertext is bound to its row, so that swapped rows are found out. Duplicates are found by
//! a keyed hash: without the index key nobody can try out keys against it. So are devices and files;
//! what opens a download link is made by the same secret. Who may see a key is not here.

mod aead;
mod data_key;
mod error;
mod import_digest;
mod key_keeper;
mod link_token;
mod master_key;
mod master_key_source;

use std::collections::BTreeMap;

use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::hmac;
use vocab::{DownloadLinkId, KeyId};
use zeroize::Zeroizing;

pub use data_key::{DataKeyId, Purpose, WrappedKey};
pub use error::CipherError;
pub use import_digest::ImportDigest;
pub use key_keeper::{Keepers, KeyKeeper};
pub use link_token::LinkToken;
pub use master_key::MasterKey;
#[cfg(test)]
use master_key_source::MasterKeySource;
pub use master_key_source::MasterKeys;

use crate::domain::{ProductKey, SkuName};

/// What data keys become before they encrypt product keys, and before they index them.
const SEAL_USE: &str = "tenure license-key: product keys";
const INDEX_USE: &str = "tenure license-key: index of product keys";

/// What the index's data key becomes besides: it is the one that never changes.
const LINK_USE: &str = "tenure license-key: download links";
const DEVICE_USE: &str = "tenure license-key: devices";
const FILE_USE: &str = "tenure license-key: files of product keys";

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
    index: Index,
}

/// Keyed hashes, each with a key of its own.
struct Index {
    keys: hmac::Key,
    links: hmac::Key,
    devices: hmac::Key,
    files: hmac::Key,
}

impl Index {
    fn of(secret: &[u8]) -> Result<Self, CipherError> {
        let key = |usage| {
            let derived = aead::derive(secret, usage)?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, derived.as_slice()))
        };
        Ok(Self {
            keys: key(INDEX_USE)?,
            links: key(LINK_USE)?,
            devices: key(DEVICE_USE)?,
            files: key(FILE_USE)?,
        })
    }
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
    pub async fn open(keepers: &Keepers, data_keys: &[WrappedKey]) -> Result<Self, CipherError> {
        let mut seals = BTreeMap::new();
        let (mut newest, mut index) = (None, None);
        for data_key in data_keys {
            let secret = data_key.unwrap(keepers).await?;
            match data_key.purpose {
                Purpose::Seal => {
                    seals.insert(data_key.id, aead::key(aead::derive(&secret, SEAL_USE)?)?);
                    newest = Some(data_key.id);
                }
                Purpose::Index => index = Some(Index::of(&secret)?),
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
        let fingerprint = self.fingerprint(key);
        Ok(NewKey { sealed: SealedKey { id, sku, data_key, ciphertext }, fingerprint })
    }

    /// Returns what a key is found by: the same for the same key, whatever its row.
    pub fn fingerprint(&self, key: &ProductKey) -> Vec<u8> {
        hmac::sign(&self.index.keys, key.expose().as_bytes()).as_ref().to_vec()
    }

    /// Returns what a device is known by to a key: with another key it has nothing in common.
    pub fn device_hash(&self, key: KeyId, device: &str) -> Vec<u8> {
        let mut of = hmac::Context::with_key(&self.index.devices);
        of.update(key.0.as_bytes());
        of.update(device.as_bytes());
        of.sign().as_ref().to_vec()
    }

    /// Returns what opens a download link. Its one caller has put the read on record before (DWN-6).
    pub fn link_token(&self, link: DownloadLinkId) -> LinkToken {
        LinkToken::of(&self.index.links, link)
    }

    /// Returns the digest of a file of which no line was read yet.
    pub fn import_digest(&self) -> ImportDigest {
        ImportDigest::new(&self.index.files)
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
