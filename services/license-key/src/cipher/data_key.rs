//! Data keys: random, stored under the master key, so that a new master key means to wrap a few data
//! keys anew and to touch no product key.

use std::fmt;

use uuid::Uuid;

use super::key_keeper::{Keepers, KeyKeeper, Unwrapped};
use super::{CipherError, aead};

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
    pub async fn make(
        id: DataKeyId,
        purpose: Purpose,
        keeper: &dyn KeyKeeper,
    ) -> Result<Self, CipherError> {
        let secret = aead::random()?;
        let wrapped = keeper.wrap(secret.as_slice(), &bound_to(id, purpose)).await?;
        Ok(Self { id, purpose, master_key: keeper.id().to_owned(), wrapped })
    }

    /// Wraps the key by the master key that is in use; `None` if that one wrapped it already.
    ///
    /// # Errors
    ///
    /// As [`Cipher::open`](super::Cipher::open).
    pub async fn wrapped_anew(&self, keepers: &Keepers) -> Result<Option<Self>, CipherError> {
        let current = keepers.current();
        if self.master_key == current.id() {
            return Ok(None);
        }
        let secret = self.unwrap(keepers).await?;
        let wrapped = current.wrap(&secret, &bound_to(self.id, self.purpose)).await?;
        Ok(Some(Self { master_key: current.id().to_owned(), wrapped, ..self.clone() }))
    }

    pub(super) async fn unwrap(&self, keepers: &Keepers) -> Result<Unwrapped, CipherError> {
        let keeper = keepers.with(&self.master_key)?;
        let secret = keeper.unwrap(&self.wrapped, &bound_to(self.id, self.purpose)).await?;
        secret.ok_or_else(|| CipherError::Damaged { what: format!("the data key {}", self.id) })
    }
}

fn bound_to(id: DataKeyId, purpose: Purpose) -> Vec<u8> {
    let mut bound_to = b"tenure data key\0".to_vec();
    bound_to.extend_from_slice(id.0.as_bytes());
    bound_to.extend_from_slice(purpose.as_str().as_bytes());
    bound_to
}
