//! Calls to other services: entries to the audit log.

use boot::Peer;
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;

/// Where this service's letters go.
pub const DESTINATIONS: &[&str] = &[journal::TO];

/// Brings letters to other services.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The audit service.
    pub audit: AuditServiceClient<Peer>,
}

impl Courier for Peers {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        if (to, kind) == (journal::TO, journal::KIND) {
            return journal::carry(&mut self.audit.clone(), batch).await;
        }
        Err(CarryError::Failed(format!("nobody takes {kind} at {to}")))
    }
}
