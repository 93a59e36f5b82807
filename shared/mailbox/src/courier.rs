//! Who brings letters to another service: each service's own, for only it knows what its letters say.

use crate::{Envelope, Outcome};

/// Brings letters to their destination.
///
/// It is called without an open transaction, inside a span that goes on with the letters' traces, and
/// is given up after some seconds. What it is given may have been delivered before.
pub trait Courier: Send + Sync + 'static {
    /// Brings a batch of one `kind` to the service `to`; returns one outcome for each, in this order.
    fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> impl Future<Output = Result<Vec<Outcome>, CarryError>> + Send;
}

/// Why a call brought no answer; whether the letters were taken is then unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarryError {
    /// The destination is down, or too slow: nothing was learned about the letters.
    #[error("the destination cannot be reached: {0}")]
    Unreachable(String),
    /// The destination is there and failed, perhaps at one letter: they are brought one by one, and
    /// each that fails alone is set aside without ever being parked for it.
    #[error("the destination failed: {0}")]
    Failed(String),
}
