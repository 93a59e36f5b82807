//! The whole log, as it leaves for a check elsewhere.

use proto::audit as pb;

use super::{checkpoint::checkpoint, entry::logged};
use crate::domain::{Exported, Keyring, VerifyingKey};

/// Writes a piece of the log.
pub fn exported(exported: &Exported, keyring: &Keyring) -> pb::ExportLogResponse {
    let Exported { entries, checkpoints, next: _ } = exported;
    pb::ExportLogResponse {
        keys: vec![],
        entries: entries.iter().map(logged).collect(),
        checkpoints: checkpoints.iter().map(|signed| checkpoint(signed, keyring)).collect(),
    }
}

/// Writes the public keys, the one that signs first.
pub fn signing_keys(keys: &[(VerifyingKey, i64)]) -> Vec<pb::SigningKey> {
    let key = |(place, (key, signed_size)): (usize, &(VerifyingKey, i64))| pb::SigningKey {
        key_id: key.key_id().to_owned(),
        public_key: key.public_key().to_vec(),
        retired: 0 < place,
        signed_size: *signed_size,
    };
    keys.iter().enumerate().map(key).collect()
}
