//! Keys, download links, activations and migrations that go from one purchase to another.

use db::{DbError, Stmt, Tx, sql};

use crate::domain::Handover;

/// A purchase has one key at most; one that was revoked stays where it was.
static KEYS: Stmt = sql!(
    "UPDATE product_keys SET subscription_id = $3
      WHERE customer_id = $1 AND subscription_id = $2 AND state = 'ASSIGNED'
        AND EXISTS (SELECT 1 FROM purchases AS p
                     WHERE p.customer_id = $1 AND p.subscription_id = $3)
        AND NOT EXISTS (SELECT 1 FROM product_keys AS k
                         WHERE k.customer_id = $1 AND k.subscription_id = $3)"
);

static LINKS: Stmt = sql!(
    "UPDATE download_links SET subscription_id = $3
      WHERE customer_id = $1 AND subscription_id = $2 AND revoked_at IS NULL
        AND EXISTS (SELECT 1 FROM purchases AS p
                     WHERE p.customer_id = $1 AND p.subscription_id = $3)"
);

static ACTIVATIONS: Stmt = sql!(
    "UPDATE activations SET subscription_id = $3
      WHERE customer_id = $1 AND subscription_id = $2
        AND EXISTS (SELECT 1 FROM purchases AS p
                     WHERE p.customer_id = $1 AND p.subscription_id = $3)"
);

/// Devices go on waiting for the key that has moved; whoever sells it now is told of them. What happened
/// before stays with the partner that had it.
static MIGRATIONS: Stmt = sql!(
    "UPDATE volume_migrations SET subscription_id = $3, partner_id =
            (SELECT p.partner_id FROM purchases AS p
              WHERE p.customer_id = $1 AND p.subscription_id = $3)
      WHERE customer_id = $1 AND subscription_id = $2
        AND EXISTS (SELECT 1 FROM purchases AS p
                     WHERE p.customer_id = $1 AND p.subscription_id = $3)"
);

/// Lets everything that opens something, and what waits for it, follow to a purchase that is known already; to one that is not
/// known yet it follows when that one is told of. Harmless twice.
///
/// # Errors
///
/// Those of the database.
pub async fn follow(tx: &mut Tx, handover: Handover) -> Result<(), DbError> {
    let Handover { customer, from, to } = handover;
    for statement in [&KEYS, &LINKS, &ACTIVATIONS, &MIGRATIONS] {
        statement.bind(customer.0).bind(from.0).bind(to.0).execute(tx).await?;
    }
    Ok(())
}
