//! Whether the log still stands where it was signed for.

use super::{Checkpoint, Frontier, Keyring, Rejection};

/// Refuses to go on from a log that lies behind what was signed before: to sign it would vouch for
/// what somebody has cut off, rolled back or forged. `newest` is the newest stored checkpoint.
///
/// # Errors
///
/// [`Rejection::LogCorrupt`] (AUD-4) if there are fewer entries than were signed for, as many with
/// another root, or `newest` is not signed by a key of this log.
pub fn check_head(
    tree: &Frontier,
    newest: Option<&Checkpoint>,
    keyring: &Keyring,
) -> Result<(), Rejection> {
    let Some(newest) = newest else { return Ok(()) };
    let is_older = tree.size() < newest.size;
    let is_other = tree.size() == newest.size && tree.root() != newest.root;
    if is_older || is_other || !keyring.has_signed(newest) {
        return Err(Rejection::LogCorrupt {
            size: tree.size(),
            signed_size: newest.size,
            signed_at: newest.signed_at,
        });
    }
    Ok(())
}
