//! Relationships that were asked for, accepted or not. Which customers a partner reaches is in
//! `customers`.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, PartnerId, RelationshipId};

use super::customers::world;
use crate::domain::{Acceptance, Customer, Introduced, Relationship};

static INSERT: Stmt = sql!(
    "INSERT INTO relationship_requests (relationship_id, partner_id, world, tenant_id, domain,
                                        requested_at, customer_id, accepted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
);

static FIND: Stmt = sql!(
    "SELECT relationship_id, partner_id, world, tenant_id, domain, requested_at, customer_id,
            accepted_at
       FROM relationship_requests
      WHERE partner_id = $1 AND world = $2 AND (tenant_id = $3 OR domain = $4)"
);

static LOCK: Stmt = sql!(
    "SELECT relationship_id, partner_id, world, tenant_id, domain, requested_at, customer_id,
            accepted_at
       FROM relationship_requests WHERE relationship_id = $1" for_update
);

static ACCEPT: Stmt = sql!(
    "UPDATE relationship_requests SET customer_id = $2, accepted_at = $3
      WHERE relationship_id = $1 AND customer_id IS NULL"
);

static ACCEPT_OWN: Stmt = sql!(
    "UPDATE relationship_requests SET customer_id = $1, accepted_at = $2
      WHERE partner_id = $3 AND world = $4 AND (tenant_id = $5 OR domain = $6)
        AND customer_id IS NULL"
);

static LIST: Stmt = sql!(
    "SELECT q.relationship_id, q.partner_id, q.world, q.tenant_id, q.domain, q.requested_at,
            q.customer_id, q.accepted_at, p.display_name
       FROM relationship_requests AS q JOIN partners AS p ON p.partner_id = q.partner_id
      WHERE q.world = $1 AND (q.tenant_id = $2 OR q.domain = $3) AND q.relationship_id > $4
      ORDER BY q.relationship_id LIMIT $5"
);

/// Writes a relationship that is asked for, unless the partner asked the same before; returns whether
/// it was written.
pub async fn insert(tx: &mut Tx, relationship: &Relationship) -> Result<bool, DbError> {
    let Relationship { id, partner, tenant_id, domain, test_clock, requested_at, accepted } =
        relationship;
    let written = INSERT
        .bind(id.0)
        .bind(partner.0)
        .bind(world(*test_clock))
        .bind(*tenant_id)
        .bind(domain.clone())
        .bind(*requested_at)
        .bind(accepted.map(|acceptance| acceptance.customer.0))
        .bind(accepted.map(|acceptance| acceptance.at))
        .execute(tx)
        .await?;
    Ok(written == 1)
}

/// Returns what a partner asked for, or has, by the key of `like`.
pub async fn find(tx: &mut Tx, like: &Relationship) -> Result<Option<Relationship>, DbError> {
    let query = FIND.bind(like.partner.0).bind(world(like.test_clock)).bind(like.tenant_id);
    let row = query.bind(like.domain.clone()).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Returns a relationship and keeps others from accepting it until the transaction ends.
pub async fn lock(tx: &mut Tx, id: RelationshipId) -> Result<Option<Relationship>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Writes that a relationship was accepted.
///
/// # Errors
///
/// [`DbError::Raced`] if it was accepted by somebody else.
pub async fn accept(
    tx: &mut Tx,
    id: RelationshipId,
    acceptance: Acceptance,
) -> Result<(), DbError> {
    let written =
        ACCEPT.bind(id.0).bind(acceptance.customer.0).bind(acceptance.at).execute(tx).await?;
    match written {
        1 => Ok(()),
        _ => Err(DbError::Raced { table: "relationship_requests", row: id.to_string() }),
    }
}

/// Writes that a partner has a relationship with a customer that it registered: whatever it asked for
/// before is accepted with it.
pub async fn register(
    tx: &mut Tx,
    id: RelationshipId,
    partner: PartnerId,
    customer: &Customer,
) -> Result<(), DbError> {
    let Customer { id: customer_id, facts, created_at } = customer;
    ACCEPT_OWN
        .bind(customer_id.0)
        .bind(*created_at)
        .bind(partner.0)
        .bind(world(facts.test_clock))
        .bind(facts.tenant_id)
        .bind(&facts.domain)
        .execute(tx)
        .await?;
    let relationship = Relationship {
        id,
        partner,
        tenant_id: Some(facts.tenant_id),
        domain: Some(facts.domain.clone()),
        test_clock: facts.test_clock,
        requested_at: *created_at,
        accepted: Some(Acceptance { customer: *customer_id, at: *created_at }),
    };
    insert(tx, &relationship).await.map(drop)
}

/// Returns up to `limit` relationships that were asked of `customer`, after `after`, oldest first.
pub async fn list(
    tx: &mut Tx,
    customer: &Customer,
    after: Option<RelationshipId>,
    limit: i64,
) -> Result<Vec<Introduced>, DbError> {
    let facts = &customer.facts;
    let rows = LIST
        .bind(world(facts.test_clock))
        .bind(facts.tenant_id)
        .bind(&facts.domain)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(limit)
        .fetch_all(tx)
        .await?;
    let introduced =
        |row: &Row| Ok(Introduced { relationship: read(row)?, partner_name: row.get(8)? });
    rows.iter().map(introduced).collect()
}

fn read(row: &Row) -> Result<Relationship, DbError> {
    let world: Uuid = row.get(2)?;
    let customer = row.get::<Option<Uuid>>(6)?.map(CustomerId);
    let accepted_at: Option<Timestamp> = row.get(7)?;
    let accepted = customer.zip(accepted_at).map(|(customer, at)| Acceptance { customer, at });
    Ok(Relationship {
        id: RelationshipId(row.get(0)?),
        partner: PartnerId(row.get(1)?),
        tenant_id: row.get(3)?,
        domain: row.get(4)?,
        test_clock: (!world.is_nil()).then_some(ClockId(world)),
        requested_at: row.get(5)?,
        accepted,
    })
}
