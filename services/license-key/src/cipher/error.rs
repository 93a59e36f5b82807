//! How encryption fails. No message holds a key, nor a part of one.

use std::path::PathBuf;

use super::{DataKeyId, Purpose};

/// Why keys cannot be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
pub enum CipherError {
    /// There is no master key, and none may be made here.
    #[error(
        "there is no master key: set master_key to 32 random bytes as base64, or to the path of a file \
         that holds them (make one with `head -c 32 /dev/urandom | base64`), and keep a copy elsewhere"
    )]
    NoMasterKey,
    /// What is configured is no key.
    #[error("the master key from {from} is not 32 bytes as base64")]
    BadMasterKey {
        /// Where it came from.
        from: String,
    },
    /// The file with the master key cannot be read or written.
    #[error("the file of the master key, {}, cannot be used", path.display())]
    MasterKeyFile {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The generated master key's file is gone, yet product keys were encrypted under it.
    #[error(
        "the file of the master key, {}, is gone, and the stored product keys cannot be read without \
         it: restore it",
        path.display()
    )]
    MasterKeyLost {
        /// Which file.
        path: PathBuf,
    },
    /// Another master key wrapped the stored data keys.
    #[error(
        "the stored data keys belong to the master key {stored}, and {configured} is configured: \
         configure the one that they belong to, as master_key or among former_master_keys"
    )]
    WrongMasterKey {
        /// The id of the master key that wrapped them.
        stored: String,
        /// The id of the configured one.
        configured: String,
    },
    /// The database has no data key for a purpose.
    #[error("the database has no data key for the purpose {purpose}")]
    NoDataKey {
        /// Which.
        purpose: Purpose,
    },
    /// A product key was encrypted by a data key that is not there.
    #[error("the data key {id} is not there")]
    UnknownDataKey {
        /// Which.
        id: DataKeyId,
    },
    /// What is stored is not what was written.
    #[error("{what} was changed after it was written")]
    Damaged {
        /// What.
        what: String,
    },
    /// The library has no randomness, or refuses its input.
    #[error("the cryptographic library failed at {at}")]
    Library {
        /// What it was to do.
        at: &'static str,
    },
}
