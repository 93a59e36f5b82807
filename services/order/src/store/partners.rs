//! Partners.

use db::{DbError, Row, Stmt, Tx, sql};
use uuid::Uuid;
use vocab::PartnerId;

use super::text::parsed;
use crate::domain::{Partner, PartnerDraft};

static INSERT: Stmt = sql!(
    "INSERT INTO partners (partner_id, display_name, kind, market, cloud, provider_id, created_at,
                           agreement_signed, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);

static LOAD: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at,
            agreement_signed, version
       FROM partners WHERE partner_id = $1"
);

static LOCK: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at,
            agreement_signed, version
       FROM partners WHERE partner_id = $1" for_update
);

static LOAD_MANY: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at,
            agreement_signed, version
       FROM partners WHERE partner_id" in_uuids "$1"
);

static LIST: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at,
            agreement_signed, version
       FROM partners WHERE partner_id > $1 ORDER BY partner_id LIMIT $2"
);

static SAVE: Stmt = sql!(
    "UPDATE partners SET display_name = $2, agreement_signed = $3, version = $4
      WHERE partner_id = $1 AND version = $4 - 1"
);

/// Writes a new partner.
pub async fn insert(tx: &mut Tx, partner: &Partner) -> Result<(), DbError> {
    let Partner { id, facts, created_at, version } = partner;
    let PartnerDraft { display_name, kind, market, cloud, provider, has_signed_agreement } = facts;
    INSERT
        .bind(id.0)
        .bind(display_name)
        .bind(kind.as_str())
        .bind(market.as_str())
        .bind(cloud.as_str())
        .bind(provider.map(|provider| provider.0))
        .bind(*created_at)
        .bind(*has_signed_agreement)
        .bind(*version)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns a partner, if there is such.
pub async fn load(tx: &mut Tx, id: PartnerId) -> Result<Option<Partner>, DbError> {
    LOAD.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns a partner and keeps others from changing it until the transaction ends.
pub async fn lock(tx: &mut Tx, id: PartnerId) -> Result<Option<Partner>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns those of the partners that exist, in no order.
pub async fn load_many(tx: &mut Tx, ids: &[PartnerId]) -> Result<Vec<Partner>, DbError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    LOAD_MANY.bind(ids).fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns up to `limit` partners after `after`, oldest first: ids sort by age.
pub async fn list(
    tx: &mut Tx,
    after: Option<PartnerId>,
    limit: i64,
) -> Result<Vec<Partner>, DbError> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    LIST.bind(after).bind(limit).fetch_all(tx).await?.iter().map(read).collect()
}

/// Writes a partner that was changed once since it was loaded.
///
/// # Errors
///
/// [`DbError::Raced`] if somebody else changed it.
pub async fn save(tx: &mut Tx, partner: &Partner) -> Result<(), DbError> {
    let Partner { id, facts, version, .. } = partner;
    let written = SAVE
        .bind(id.0)
        .bind(&facts.display_name)
        .bind(facts.has_signed_agreement)
        .bind(*version)
        .execute(tx)
        .await?;
    match written {
        1 => Ok(()),
        _ => Err(DbError::Raced { table: "partners", row: id.to_string() }),
    }
}

fn read(row: &Row) -> Result<Partner, DbError> {
    Ok(Partner {
        id: PartnerId(row.get(0)?),
        facts: PartnerDraft {
            display_name: row.get(1)?,
            kind: parsed(row, 2, "kind")?,
            market: parsed(row, 3, "market")?,
            cloud: parsed(row, 4, "cloud")?,
            provider: row.get::<Option<Uuid>>(5)?.map(PartnerId),
            has_signed_agreement: row.get(7)?,
        },
        created_at: row.get(6)?,
        version: row.get(8)?,
    })
}
