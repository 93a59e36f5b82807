//! Data keys: random, stored under the master key, so that a new master key means to wrap a few data
//! keys anew and to touch no product key.

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{CipherError, MasterKey, aead};

/// A data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataKeyId(pub Uuid);

impl fmt::Display for DataKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

vocab::text_enum! {
    /// What a data key is for.
    Purpose {
        /// Encrypts product keys. There may be several; the newest encrypts, all decrypt.
        Seal = "SEAL",
        /// Finds duplicates. There is one, for ever: another would find none of those before.
        Index = "INDEX",
    }
}

/// A data key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which.
    pub id: DataKeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// The id of the master key that wrapped it.
    pub master_key: String,
    /// The secret, under the master key.
    pub wrapped: Vec<u8>,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappedKey")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .field("master_key", &self.master_key)
            .finish_non_exhaustive()
    }
}

impl WrappedKey {
    /// Makes a new data key and wraps it at once.
    ///
    /// # Errors
    ///
    /// [`CipherError::Library`] if there is no randomness.
    pub fn make(id: DataKeyId, purpose: Purpose, master: &MasterKey) -> Result<Self, CipherError> {
        let secret = aead::random()?;
        let wrapped = aead::seal(master.key(), secret.as_slice(), &bound_to(id, purpose))?;
        Ok(Self { id, purpose, master_key: master.id().to_owned(), wrapped })
    }

    pub(super) fn unwrap(&self, master: &MasterKey) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        if self.master_key != master.id() {
            return Err(CipherError::WrongMasterKey {
                stored: self.master_key.clone(),
                configured: master.id().to_owned(),
            });
        }
        aead::open(master.key(), &self.wrapped, &bound_to(self.id, self.purpose))
            .ok_or_else(|| CipherError::Damaged { what: format!("the data key {}", self.id) })
    }
}

fn bound_to(id: DataKeyId, purpose: Purpose) -> Vec<u8> {
    let mut bound_to = b"tenure data key\0".to_vec();
    bound_to.extend_from_slice(id.0.as_bytes());
    bound_to.extend_from_slice(purpose.as_str().as_bytes());
    bound_to
}
