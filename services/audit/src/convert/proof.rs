//! Proofs, and what they are asked of.

use proto::audit as pb;
use rpc::{Fields, Violations};

use super::checkpoint::checkpoint;
use crate::domain::{Consistency, Hash, Inclusion, Keyring, Proven};

/// Reads of which entry and size a proof is asked: its place, and `None` for the size that there is.
///
/// # Errors
///
/// [`Violations`] with all that is malformed.
pub fn get_inclusion_proof(
    request: &pb::GetInclusionProofRequest,
) -> Result<(i64, Option<i64>), Violations> {
    let fields = Fields::of(request);
    let index = request.name.strip_prefix("entries/").and_then(|index| index.parse().ok());
    fields.finish(index.map(|index| (index, size(request.tree_size))))
}

/// Reads between which sizes a proof is asked.
///
/// # Errors
///
/// [`Violations`] with all that is malformed.
pub fn get_consistency_proof(
    request: &pb::GetConsistencyProofRequest,
) -> Result<(i64, Option<i64>), Violations> {
    let sizes = (request.first_size, size(request.second_size));
    Fields::of(request).finish(Some(sizes))
}

fn size(given: i64) -> Option<i64> {
    Some(given).filter(|given| *given != 0)
}

/// Writes the proof that an entry is in the log.
pub fn inclusion_proof(proof: Inclusion, keyring: &Keyring) -> pb::InclusionProof {
    let Inclusion { index, leaf, of: Proven { size, root, hashes, checkpoint: signed } } = proof;
    pb::InclusionProof {
        index,
        tree_size: size,
        leaf_hash: leaf.0.to_vec(),
        hashes: bytes(&hashes),
        root_hash: root.0.to_vec(),
        checkpoint: signed.map(|signed| checkpoint(&signed, keyring)),
    }
}

/// Writes the proof that a log was only added to.
pub fn consistency_proof(proof: Consistency, keyring: &Keyring) -> pb::ConsistencyProof {
    let Consistency { first_size, first_root, of } = proof;
    let Proven { size, root, hashes, checkpoint: signed } = of;
    pb::ConsistencyProof {
        first_size,
        second_size: size,
        hashes: bytes(&hashes),
        first_root_hash: first_root.0.to_vec(),
        second_root_hash: root.0.to_vec(),
        checkpoint: signed.map(|signed| checkpoint(&signed, keyring)),
    }
}

fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.0.to_vec()).collect()
}
