//! Customers, and the partners that have a relationship with them.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, PartnerId};

use super::text::parsed;
use crate::domain::{Customer, CustomerDraft, CustomerKey, Wanted};

static INSERT: Stmt = sql!(
    "INSERT INTO customers (customer_id, world, tenant_id, domain, display_name, market, segment,
                            cloud, created_at, name_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"
);

static RELATE: Stmt = sql!(
    "INSERT INTO relationships (partner_id, customer_id, since) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING"
);

static TENANT_TAKEN: Stmt = sql!("SELECT 1 FROM customers WHERE world = $1 AND tenant_id = $2");

static LOAD: Stmt = sql!(
    "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment,
            c.cloud, c.created_at
       FROM customers AS c WHERE c.customer_id = $1"
);

static LOAD_RELATED: Stmt = sql!(
    "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment,
            c.cloud, c.created_at
       FROM customers AS c
       JOIN relationships AS r ON r.customer_id = c.customer_id AND r.partner_id = $2
      WHERE c.customer_id = $1"
);

static LIST: Stmt = sql!(
    "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment,
            c.cloud, c.created_at
       FROM customers AS c WHERE c.customer_id > $1 ORDER BY c.customer_id LIMIT $2"
);

static LIST_RELATED: Stmt = sql!(
    "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment,
            c.cloud, c.created_at
       FROM relationships AS r
       JOIN customers AS c ON c.customer_id = r.customer_id
      WHERE r.partner_id = $3 AND r.customer_id > $1 ORDER BY r.customer_id LIMIT $2"
);

static OWNER: Stmt = sql!(
    "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market, c.segment,
            c.cloud, c.created_at
       FROM customers AS c WHERE c.world = $1 AND (c.tenant_id = $2 OR c.domain = $3)"
);

/// The ways to look for customers, each for a partner that reaches some and for those that reach all.
macro_rules! find {
    ($condition:literal) => {
        sql!(
            "SELECT c.customer_id, c.world, c.tenant_id, c.domain, c.display_name, c.market,
                    c.segment, c.cloud, c.created_at
               FROM customers AS c
              WHERE" $condition "AND c.customer_id > $2
                AND (CAST($3 AS BOOLEAN) OR EXISTS (
                    SELECT 1 FROM relationships AS r
                     WHERE r.customer_id = c.customer_id AND r.partner_id = $4))
              ORDER BY c.customer_id LIMIT $5"
        )
    };
}

static BY_NAME: Stmt = find!(" c.name_key = $1 ");
static BY_TENANT: Stmt = find!(" c.tenant_id = $1 ");
static BY_DOMAIN: Stmt = find!(" c.domain = $1 ");

/// What another customer of the same world has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The tenant's GUID.
    TenantId,
    /// The domain name.
    Domain,
}

/// Writes a new customer unless its tenant or its domain is taken.
pub async fn insert(tx: &mut Tx, customer: &Customer) -> Result<Option<Taken>, DbError> {
    let Customer { id, facts, created_at } = customer;
    let world = world(facts.test_clock);
    let written = INSERT
        .bind(id.0)
        .bind(world)
        .bind(facts.tenant_id)
        .bind(&facts.domain)
        .bind(&facts.display_name)
        .bind(facts.market.as_str())
        .bind(facts.segment.as_str())
        .bind(facts.cloud.as_str())
        .bind(*created_at)
        .bind(folded(&facts.display_name))
        .execute(tx)
        .await?;
    if written == 1 {
        return Ok(None);
    }
    let tenant = TENANT_TAKEN.bind(world).bind(facts.tenant_id).fetch_optional(tx).await?;
    Ok(Some(if tenant.is_some() { Taken::TenantId } else { Taken::Domain }))
}

/// Writes that a partner has a relationship with a customer.
pub async fn relate(
    tx: &mut Tx,
    partner: PartnerId,
    customer: CustomerId,
    since: Timestamp,
) -> Result<(), DbError> {
    RELATE.bind(partner.0).bind(customer.0).bind(since).execute(tx).await.map(drop)
}

/// Returns a customer if it exists and, when a partner asks, has a relationship with it (PAR-14).
pub async fn load(
    tx: &mut Tx,
    id: CustomerId,
    partner: Option<PartnerId>,
) -> Result<Option<Customer>, DbError> {
    let query = match partner {
        Some(partner) => LOAD_RELATED.bind(id.0).bind(partner.0),
        None => LOAD.bind(id.0),
    };
    query.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns up to `limit` customers after `after`, oldest first; only those that have a relationship
/// with `partner` when there is one.
pub async fn list(
    tx: &mut Tx,
    partner: Option<PartnerId>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, DbError> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let query = match partner {
        Some(partner) => LIST_RELATED.bind(after).bind(limit).bind(partner.0),
        None => LIST.bind(after).bind(limit),
    };
    query.fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns up to `limit` customers that are wanted, after `after`, oldest first; only those that have
/// a relationship with `partner` when there is one (PAR-3, PAR-14).
pub async fn find(
    tx: &mut Tx,
    wanted: &Wanted,
    partner: Option<PartnerId>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, DbError> {
    let query = match wanted {
        Wanted::Name(name) => BY_NAME.bind(folded(name)),
        Wanted::Key(CustomerKey::TenantId(tenant)) => BY_TENANT.bind(*tenant),
        Wanted::Key(CustomerKey::Domain(domain)) => BY_DOMAIN.bind(domain),
    };
    let query = query
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(partner.is_none())
        .bind(partner.map(|partner| partner.0))
        .bind(limit);
    query.fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns whoever has the tenant or the domain in a world, if anybody.
pub async fn owner(
    tx: &mut Tx,
    clock: Option<ClockId>,
    tenant: Option<Uuid>,
    domain: Option<&str>,
) -> Result<Option<Customer>, DbError> {
    let query = OWNER.bind(world(clock)).bind(tenant).bind(domain.map(str::to_owned));
    query.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns a name as it is looked for: without regard to case and to blanks around it.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Returns the world of a test clock: itself, or zero for real time.
pub(super) fn world(clock: Option<ClockId>) -> Uuid {
    clock.map_or(Uuid::nil(), |clock| clock.0)
}

fn read(row: &Row) -> Result<Customer, DbError> {
    let world: Uuid = row.get(1)?;
    Ok(Customer {
        id: CustomerId(row.get(0)?),
        facts: CustomerDraft {
            tenant_id: row.get(2)?,
            domain: row.get(3)?,
            display_name: row.get(4)?,
            market: parsed(row, 5, "market")?,
            segment: parsed(row, 6, "segment")?,
            cloud: parsed(row, 7, "cloud")?,
            test_clock: (!world.is_nil()).then_some(ClockId(world)),
        },
        created_at: row.get(8)?,
    })
}
