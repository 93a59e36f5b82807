//! Signed heads, and what a check against one found.

use proto::audit as pb;
use rpc::{Fields, Violations, wire};

use crate::domain::{Checkpoint, Finding, Hash, Keyring, Report};

/// Writes a checkpoint, with all that is needed to verify it elsewhere.
pub fn checkpoint(checkpoint: &Checkpoint, keyring: &Keyring) -> pb::Checkpoint {
    let key = keyring.key_of(&checkpoint.key_id);
    pb::Checkpoint {
        size: checkpoint.size,
        root_hash: checkpoint.root.0.to_vec(),
        sign_time: Some(wire::timestamp(checkpoint.signed_at)),
        signature: checkpoint.signature.clone(),
        key_id: checkpoint.key_id.clone(),
        public_key: key.public_key().to_vec(),
        text: checkpoint.text(key.origin()),
    }
}

/// Reads the checkpoint to compare with; `None` asks for the newest.
///
/// Its text and key are not read: the text follows from the other fields, and only this log's own key
/// counts.
///
/// # Errors
///
/// [`Violations`] with all that is malformed.
pub fn verify(request: &pb::VerifyLogRequest) -> Result<Option<Checkpoint>, Violations> {
    let mut fields = Fields::of(request);
    let Some(given) = &request.checkpoint else { return fields.finish(Some(None)) };
    if given.size < 0 {
        fields.wrong("checkpoint.size", "is negative");
    }
    let root = <[u8; 32]>::try_from(given.root_hash.as_slice());
    let root = fields.keep("checkpoint.root_hash", root.map_err(|_| "has not 32 bytes"));
    let signed_at = fields.required("checkpoint.sign_time", given.sign_time);
    let signed_at =
        signed_at.and_then(|time| fields.keep("checkpoint.sign_time", wire::instant(&time)));
    let read = root.zip(signed_at).map(|(root, signed_at)| Checkpoint {
        size: given.size,
        root: Hash(root),
        signed_at,
        key_id: given.key_id.clone(),
        signature: given.signature.clone(),
    });
    fields.finish(read.map(Some))
}

/// Writes what a check found.
pub fn report(report: Report) -> pb::VerifyLogResponse {
    let Report { size, root, finding } = report;
    let intact = finding.is_none();
    let Finding { first_bad, text } =
        finding.unwrap_or(Finding { first_bad: None, text: String::new() });
    pb::VerifyLogResponse {
        intact,
        size,
        root_hash: root.0.to_vec(),
        first_bad_index: first_bad.unwrap_or(-1),
        finding: text,
    }
}
