//! Partners.

use db::{DbError, Row, Stmt, Tx, sql};
use uuid::Uuid;
use vocab::PartnerId;

use super::text::parsed;
use crate::domain::{Partner, PartnerDraft};

static INSERT: Stmt = sql!(
    "INSERT INTO partners (partner_id, display_name, kind, market, cloud, provider_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

static LOAD: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at
       FROM partners WHERE partner_id = $1"
);

static LIST: Stmt = sql!(
    "SELECT partner_id, display_name, kind, market, cloud, provider_id, created_at
       FROM partners WHERE partner_id > $1 ORDER BY partner_id LIMIT $2"
);

/// Writes a new partner.
pub async fn insert(tx: &mut Tx, partner: &Partner) -> Result<(), DbError> {
    let Partner { id, facts, created_at } = partner;
    let PartnerDraft { display_name, kind, market, cloud, provider } = facts;
    INSERT
        .bind(id.0)
        .bind(display_name)
        .bind(kind.as_str())
        .bind(market.as_str())
        .bind(cloud.as_str())
        .bind(provider.map(|provider| provider.0))
        .bind(*created_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns a partner, if there is such.
pub async fn load(tx: &mut Tx, id: PartnerId) -> Result<Option<Partner>, DbError> {
    LOAD.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
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

fn read(row: &Row) -> Result<Partner, DbError> {
    Ok(Partner {
        id: PartnerId(row.get(0)?),
        facts: PartnerDraft {
            display_name: row.get(1)?,
            kind: parsed(row, 2, "kind")?,
            market: parsed(row, 3, "market")?,
            cloud: parsed(row, 4, "cloud")?,
            provider: row.get::<Option<Uuid>>(5)?.map(PartnerId),
        },
        created_at: row.get(6)?,
    })
}
